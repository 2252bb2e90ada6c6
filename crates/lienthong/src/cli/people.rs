//! The part of the command line for accounts and signing in.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use model::id::MemberId;

use super::{Format, OfficerFile};

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Lập tài khoản: ghi tệp thư mời, hoặc tệp có mã của một chương trình | Make an account: writes an invitation, or a program's token, to a file
    Add {
        #[command(flatten)]
        officer: OfficerFile,
        /// Tên tài khoản | Its name
        name: String,
        /// Tên người, hoặc chương trình là gì | The person's name, or what the program is
        #[arg(long)]
        person: String,
        /// Loại | Its type
        #[arg(long = "type", value_enum, default_value_t = UserType::Operator)]
        kind: UserType,
        /// Cơ quan; không nêu là của nền tảng điều phối | Its agency; the hub's without it
        #[arg(long, value_name = "MEMBER")]
        agency: Option<MemberId>,
        /// Vai trò, như data_officer; nêu được nhiều lần | A role, as data_officer; may be repeated
        #[arg(long)]
        role: Vec<String>,
        /// Mã của người này ở nhà cung cấp danh tính | Who it is at the identity provider
        #[arg(long)]
        subject: Option<String>,
        /// Tệp để ghi, trao kín | File to write; hand it over in secret
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Lý do | Why
        #[arg(long)]
        reason: String,
    },
    /// Đặt mật khẩu đầu tiên bằng thư mời; đọc mật khẩu, mã từ bàn phím hoặc đầu vào chuẩn | Set the first password by an invitation; password and code are read from the keyboard or standard input
    Enrol {
        /// Tệp thư mời | File of the invitation
        #[arg(long, value_name = "FILE")]
        invitation: PathBuf,
        /// Tệp để ghi cho các lệnh sau | File to write for later commands
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Đổi mật khẩu của mình | Change one's own password
    Password {
        #[command(flatten)]
        officer: OfficerFile,
    },
    /// Các tài khoản | The accounts
    List {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
    },
    /// Đổi vai trò của một tài khoản | Give an account other roles
    Roles {
        #[command(flatten)]
        officer: OfficerFile,
        /// Tên tài khoản | Its name
        name: String,
        /// Vai trò, như data_officer; nêu được nhiều lần | A role, as data_officer; may be repeated
        #[arg(long)]
        role: Vec<String>,
        /// Lý do | Why
        #[arg(long)]
        reason: String,
    },
    /// Khoá một tài khoản, có hiệu lực ngay | Disable an account, at once
    Disable {
        #[command(flatten)]
        officer: OfficerFile,
        /// Tên tài khoản | Its name
        name: String,
        /// Lý do | Why
        #[arg(long)]
        reason: String,
    },
    /// Mở lại, hoặc cấp thư mời hay mã mới | Let it be used anew, or give it a new invitation or token
    Renew {
        #[command(flatten)]
        officer: OfficerFile,
        /// Tên tài khoản | Its name
        name: String,
        /// Tệp để ghi, trao kín | File to write; hand it over in secret
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Lý do | Why
        #[arg(long)]
        reason: String,
    },
    /// Xác nhận tài khoản còn cần | Confirm that an account is still needed
    Review {
        #[command(flatten)]
        officer: OfficerFile,
        /// Tên tài khoản | Its name
        name: String,
        /// Lý do | Why
        #[arg(long)]
        reason: String,
    },
}

/// Loại tài khoản | Types of accounts
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UserType {
    /// Quản trị | An administrator
    Admin,
    /// Nghiệp vụ | Works with the registry
    Operator,
    /// Kỹ thuật | Works on systems
    Technical,
    /// Chương trình, có mã thay mật khẩu | A program, with a token in place of a password
    Service,
}

#[derive(Debug, Args)]
pub(crate) struct Login {
    #[command(flatten)]
    pub(crate) officer: OfficerFile,
    /// Tên tài khoản; không nêu thì lấy trong tệp | Its name; from the file without it
    #[arg(long)]
    pub(crate) name: Option<String>,
}
