//! `lienthong case`: cases at a node, in the name of its one-stop system.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use model::id::SystemId;
use url::Url;

use super::Output;

/// Where cases are, and who asks.
#[derive(Debug, Args)]
pub(crate) struct DeskAt {
    /// Địa chỉ hồ sơ của nút | The address of the node's cases
    #[arg(long, default_value = "http://127.0.0.1:8445/")]
    pub(crate) url: Url,
    /// Hệ thống một cửa | The one-stop system
    #[arg(long)]
    pub(crate) system: SystemId,
    /// Tệp mã bí mật của hệ thống, như lệnh node token ghi ra | The file of the system's token, as `node token` writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) token: PathBuf,
    /// Chứng thư của nút khi địa chỉ là https | The node's certificate, where the address is https
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Case {
    /// Các hồ sơ, mới nhất trước | Cases, the last opened first
    List {
        #[command(flatten)]
        desk: DeskAt,
        /// Chỉ ở trạng thái này: form, submitted, …; late là quá hạn | Only in this state: form, submitted, …; late: past their last day
        #[arg(long, default_value = "")]
        state: String,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Một hồ sơ | A case
    Show {
        #[command(flatten)]
        desk: DeskAt,
        /// Mã hồ sơ | The case's id
        id: String,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t = Output::Yaml)]
        output: Output,
    },
    /// Những gì đã xảy ra trong một hồ sơ | What happened in a case
    Log {
        #[command(flatten)]
        desk: DeskAt,
        /// Mã hồ sơ | The case's id
        id: String,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Mở một hồ sơ; gửi lại cùng khóa là cùng hồ sơ | Open a case; the same key again is the same case
    Open {
        #[command(flatten)]
        desk: DeskAt,
        /// Tệp JSON: thủ tục, những gì người dân khai | File of JSON: the procedure, what the person says
        #[arg(short, long = "file", value_name = "FILE")]
        file: PathBuf,
        /// Khóa của lần mở này | The key of this opening
        #[arg(long)]
        key: String,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t = Output::Yaml)]
        output: Output,
    },
}
