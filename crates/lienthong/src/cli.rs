//! The command line.

mod governing;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use model::id::{MemberId, NodeId, ServiceId, SystemId};
use url::Url;

pub(crate) use governing::{
    Codelist, Crosswalk, Database, Duty, Grant, Graph, Part, Request, Saying, Search, Suspension, Usage, Why,
};

/// Liên Thông: các cơ sở dữ liệu của Nhà nước kết nối và chia sẻ với nhau. | The State's databases connect and share.
///
/// Bắt đầu: `lienthong demo` dựng một quốc gia nhỏ trên máy này. | To begin: `lienthong demo` sets up a small nation on this machine.
#[derive(Debug, Parser)]
#[command(name = "lienthong", version, propagate_version = true, max_term_width = 110)]
pub(crate) struct Cli {
    /// Nhật ký dạng JSON, mỗi dòng một sự kiện | Log as JSON, one event a line
    #[arg(long, global = true)]
    pub(crate) log_json: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Quốc gia nhỏ: trung tâm, các nút, một ngày hồ sơ thật | A small nation: a hub, nodes, a day of real cases
    Demo(Demo),
    /// Trung tâm: sổ đăng ký và danh bạ đã ký | The hub: the registry and the signed directory
    #[command(subcommand)]
    Hub(Hub),
    /// Nút: mang các lượt trao đổi của một cơ quan | A node: carries an agency's exchanges
    #[command(subcommand)]
    Node(Node),
    /// Nạp tệp YAML vào sổ đăng ký | Load YAML files into the registry
    Apply(Apply),
    /// Nói tệp YAML khác sổ đăng ký ở đâu; mã thoát 1 nếu khác | Tell where YAML files differ from the registry; exit code 1 if they do
    Diff(Diff),
    /// Ghi cả sổ đăng ký ra YAML, nạp lại được bằng apply | Write the whole registry as YAML that apply takes back
    Export(Export),
    /// Nạp bộ khởi đầu: cơ quan, cơ sở dữ liệu, danh mục, từ điển | Load what a hub can begin with: agencies, databases, code lists, dictionary
    Seed(Seed),
    /// Cơ quan | Agencies
    #[command(subcommand)]
    Agency(Verb),
    /// Hệ thống | Systems
    #[command(subcommand)]
    System(Verb),
    /// Dịch vụ | Services
    #[command(subcommand)]
    Service(Verb),
    /// Mục đích sử dụng | Purposes
    #[command(subcommand)]
    Purpose(Verb),
    /// Căn cứ pháp lý | Legal bases
    #[command(subcommand)]
    Basis(Verb),
    /// Danh mục dùng chung | Code lists
    #[command(subcommand)]
    Codelist(Codelist),
    /// Chuyển mã giữa các danh mục | Cross-walks between code lists
    #[command(subcommand)]
    Crosswalk(Crosswalk),
    /// Thuật ngữ của từ điển | Terms of the dictionary
    #[command(subcommand)]
    Term(Verb),
    /// Cả từ điển, ra và vào dạng bảng hay SKOS | The whole dictionary, out and in as a table or SKOS
    #[command(subcommand)]
    Dictionary(Dictionary),
    /// Hợp đồng dữ liệu theo chuẩn ODCS 3.1 | Contracts by the Open Data Contract Standard 3.1
    #[command(subcommand)]
    Contract(Contract),
    /// Cơ sở dữ liệu | Databases
    #[command(subcommand)]
    Db(Database),
    /// Nghĩa vụ chia sẻ | Duties to share
    #[command(subcommand)]
    Duty(Duty),
    /// Yêu cầu khai thác: xin, thẩm định, cấp | Requests for data: asked for, appraised, granted
    #[command(subcommand)]
    Request(Request),
    /// Bộ quy tắc: các bước, thời hạn, giấy tờ của yêu cầu | Rule packs: steps, clocks and papers of requests
    #[command(subcommand)]
    Pack(Verb),
    /// Quyền khai thác | Grants
    #[command(subcommand)]
    Grant(Grant),
    /// Tạm ngừng dịch vụ, cắt quyền | Services that stand still, users that are cut off
    #[command(subcommand)]
    Suspension(Suspension),
    /// Số liệu lưu lượng mà các nút báo cáo | Figures of the traffic, as nodes report them
    #[command(subcommand)]
    Usage(Usage),
    /// Tìm trong mọi thứ, có dấu hay không | Search everything, with or without marks
    Search(Search),
    /// Tài khoản: ai được đăng nhập, trong vai trò nào | Accounts: who may sign in, in which roles
    #[command(subcommand)]
    User(User),
    /// Đăng nhập bằng mật khẩu và mã dùng một lần | Sign in with a password and a one-time code
    Login(Login),
    /// Đăng xuất | Sign out
    Logout {
        #[command(flatten)]
        officer: OfficerFile,
    },
    /// Kiểm chuỗi của vết thay đổi, hoặc in ra | Check the chain of the audit trail, or print it
    Audit(Audit),
    /// Sổ trao đổi của các nút | The nodes' ledgers
    #[command(subcommand)]
    Ledger(Ledger),
    /// In phần gợi ý lệnh cho vỏ lệnh | Print completions for a shell
    Completions {
        /// Vỏ lệnh | The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Giải thích một mã lỗi | Explain an error's code
    Explain {
        /// Mã, như LT-2104 | The code, as LT-2104
        code: String,
    },
}

/// Cách in kết quả | How results are printed
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(crate) enum Format {
    /// Cho người đọc | For people
    #[default]
    Text,
    /// Một đối tượng JSON | One JSON object
    Json,
}

/// Cách in danh sách và tài liệu | How lists and documents are printed
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(crate) enum Output {
    /// Bảng cho người đọc | A table for people
    #[default]
    Table,
    /// Một đối tượng JSON | One JSON object
    Json,
    /// YAML, nạp lại được bằng put và apply | YAML that put and apply take back
    Yaml,
    /// CSV, mọi cột | CSV with all columns
    Csv,
    /// XLSX, mọi cột | XLSX with all columns
    Xlsx,
    /// Chỉ mã, mỗi dòng một | Names only, one a line
    Name,
}

/// Việc làm được với mọi thứ trong sổ đăng ký | What can be done with everything in the registry
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Danh sách | The list
    List {
        #[command(flatten)]
        officer: OfficerFile,
        /// Lọc, như owner=VN/GOV/G01; nêu được nhiều lần | Filter, as owner=VN/GOV/G01; may be repeated
        #[arg(long, value_name = "NAME=VALUE")]
        filter: Vec<String>,
        /// Nhiều nhất bấy nhiêu | So many at most
        #[arg(long)]
        limit: Option<u32>,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Xem một thứ | Look at one
    Get {
        #[command(flatten)]
        officer: OfficerFile,
        /// Mã | Its name
        id: String,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t = Output::Yaml)]
        output: Output,
    },
    /// Thêm, hoặc sửa bản đã đọc bằng get; bản người khác vừa sửa thì hiện cả hai | Add, or change what get has read; what somebody else changed meanwhile is shown beside it
    Put {
        #[command(flatten)]
        officer: OfficerFile,
        /// Tệp YAML, như get in ra | YAML file, as get prints it
        #[arg(short, long = "file", value_name = "FILE")]
        file: PathBuf,
        /// Lý do | Why
        #[arg(long)]
        reason: String,
        /// Ghi đè dù tệp không nói dựa trên bản nào | Overwrite although the file does not say which state it is based on
        #[arg(long)]
        overwrite: bool,
        /// Chỉ nói điều sẽ thay đổi | Only tell what would change
        #[arg(long)]
        dry_run: bool,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
    },
    /// Bỏ khỏi sổ đăng ký, nếu không còn gì nhắc tới | Take it out of the registry, if nothing names it any more
    Remove {
        #[command(flatten)]
        officer: OfficerFile,
        /// Mã | Its name
        id: String,
        /// Lý do | Why
        #[arg(long)]
        reason: String,
    },
    /// Ai đã làm gì với nó | Who did what to it
    History {
        #[command(flatten)]
        officer: OfficerFile,
        /// Mã | Its name
        id: String,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Số người trong quốc gia | Persons in the nation
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(2_000..=1_000_000))]
    pub(crate) persons: u32,
    /// Hạt giống: cùng hạt giống, cùng quốc gia | Seed: the same seed makes the same nation
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Kết thúc khi ngày đã diễn xong, thay vì ở lại | End when the day has been played instead of staying up
    #[arg(long)]
    pub(crate) once: bool,
    /// Giữ trạng thái trong thư mục này | Keep the state in this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// Cách in kết quả | How results are printed
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Format,
    /// Các hệ thống phía sau nút; chương trình tự gọi | The systems behind the nodes; the program calls this itself
    #[arg(long, hide = true, value_name = "LISTEN")]
    pub(crate) systems: Option<SocketAddr>,
    /// Kết thúc khi đầu vào chuẩn đóng | End when standard input closes
    #[arg(long, hide = true)]
    pub(crate) until_stdin_closes: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Hub {
    /// Dựng trung tâm mới: khoá, kho, cán bộ đầu tiên | Make a new hub: keys, store, the first officer
    Init {
        /// Thư mục trạng thái | State folder
        #[arg(long)]
        dir: PathBuf,
        /// Tên phiên bản liên thông | Name of the instance
        #[arg(long, default_value = "VN")]
        instance: String,
        /// Địa chỉ lắng nghe | Where it listens
        #[arg(long, default_value = "127.0.0.1:7443")]
        listen: SocketAddr,
        /// Địa chỉ mà nút và cán bộ gọi tới | How nodes and officers reach it
        #[arg(long, default_value = "https://127.0.0.1:7443/")]
        url: Url,
        /// sqlite:ĐƯỜNG-DẪN hoặc postgres://… | sqlite:PATH or postgres://…
        #[arg(long, default_value = "sqlite:hub.db", env = "LIENTHONG_DATABASE", hide_env_values = true)]
        database: String,
    },
    /// Chạy trung tâm | Run the hub
    Run {
        /// Thư mục trạng thái | State folder
        #[arg(long)]
        dir: PathBuf,
        /// Kết thúc khi đầu vào chuẩn đóng | End when standard input closes
        #[arg(long, hide = true)]
        until_stdin_closes: bool,
    },
    /// Mời một nút đã khai trong sổ: ghi tệp thư mời | Invite a node of the registry: writes the invitation to a file
    Invite {
        #[command(flatten)]
        officer: OfficerFile,
        /// Nút, như VN/GOV/G01/nut-1 | The node, as VN/GOV/G01/nut-1
        node: NodeId,
        /// Tệp thư mời, trao kín cho người vận hành nút | File of the invitation; hand it to the node's operator in secret
        #[arg(long)]
        out: PathBuf,
        /// Lý do | Why
        #[arg(long)]
        reason: String,
    },
    /// Đổi khoá ký danh bạ, tại thư mục của trung tâm | Give a role of the directory a new key, in the hub's folder
    Rotate {
        /// Thư mục trạng thái | State folder
        #[arg(long)]
        dir: PathBuf,
        /// Vai | The role
        #[arg(value_enum)]
        role: Role,
        /// Với vai root: tệp khoá cũ được thay | For the role root: file of the old key to replace
        #[arg(long, required_if_eq("role", "root"))]
        old: Option<PathBuf>,
    },
}

/// Vai ký danh bạ (TUF) | Roles that sign the directory (TUF)
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Gốc | The root
    Root,
    /// Nội dung | The content
    Targets,
    /// Ảnh chụp | The snapshot
    Snapshot,
    /// Mốc thời gian | The time stamp
    Timestamp,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Node {
    #[command(flatten)]
    Verb(Verb),
    /// Gia nhập bằng thư mời: tạo khoá, nhận chứng thư, ghi cấu hình | Join with an invitation: makes keys, gets certificates, writes settings
    Join {
        /// Thư mục trạng thái | State folder
        #[arg(long)]
        dir: PathBuf,
        /// Tệp thư mời | File of the invitation
        #[arg(long)]
        invitation: PathBuf,
        /// Cổng cho các nút khác | Port for other nodes
        #[arg(long, default_value = "0.0.0.0:5500")]
        peer: SocketAddr,
        /// Cổng cho hệ thống của cơ quan | Port for the agency's systems
        #[arg(long, default_value = "127.0.0.1:8080")]
        edge: SocketAddr,
        /// Tên máy mà hệ thống gọi cổng này; nêu được nhiều lần | Host name that systems call this port by; may be repeated
        #[arg(long)]
        edge_name: Vec<String>,
    },
    /// Chạy nút | Run the node
    Run {
        /// Thư mục trạng thái | State folder
        #[arg(long)]
        dir: PathBuf,
        /// Kết thúc khi đầu vào chuẩn đóng | End when standard input closes
        #[arg(long, hide = true)]
        until_stdin_closes: bool,
    },
    /// Tạo mã bí mật cho một hệ thống gọi qua nút | Make a token for a system that calls through the node
    Token {
        /// Thư mục trạng thái | State folder
        #[arg(long)]
        dir: PathBuf,
        /// Hệ thống, như VN/LOC/H05/mot-cua | The system, as VN/LOC/H05/mot-cua
        #[arg(long)]
        system: SystemId,
        /// Tệp nhận mã, ở dạng tiêu đề cho `curl -H @TỆP` | File for the token, as a header for `curl -H @FILE`
        #[arg(long)]
        out: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct OfficerFile {
    /// Tệp của cán bộ: trung tâm ở đâu và mã của mình | The officer's file: where the hub is, and their token
    #[arg(long = "officer", env = "LIENTHONG_OFFICER", value_name = "FILE")]
    pub(crate) path: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    pub(crate) officer: OfficerFile,
    /// Tệp hoặc thư mục YAML | YAML file or folder
    #[arg(short, long = "file", value_name = "PATH", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Chỉ nói điều sẽ thay đổi | Only tell what would change
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Lý do | Why
    #[arg(long)]
    pub(crate) reason: String,
    /// Cách in kết quả | How results are printed
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    pub(crate) officer: OfficerFile,
    /// Tệp hoặc thư mục YAML | YAML file or folder
    #[arg(short, long = "file", value_name = "PATH", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Cách in kết quả | How results are printed
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Seed {
    #[command(flatten)]
    pub(crate) officer: OfficerFile,
    /// Chỉ nói điều sẽ thay đổi | Only tell what would change
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Lý do | Why
    #[arg(long)]
    pub(crate) reason: String,
    /// Cách in kết quả | How results are printed
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) officer: OfficerFile,
    /// Tệp để ghi; không nêu thì ra đầu ra chuẩn | File to write; standard output without it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

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
        /// Cơ quan; không nêu là của trung tâm | Its agency; the hub's without it
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

#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[command(flatten)]
    pub(crate) officer: OfficerFile,
    /// Mã băm đã giữ từ lần trước: phải còn trong chuỗi | A digest kept from an earlier time: it must still be in the chain
    #[arg(long, value_name = "DIGEST")]
    pub(crate) kept: Option<String>,
    /// In từng mục | Print the entries
    #[arg(long)]
    pub(crate) entries: bool,
    /// Cách in kết quả | How results are printed
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Format,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Contract {
    #[command(flatten)]
    Verb(Verb),
    /// Nạp tệp YAML của chuẩn ODCS | Take a YAML file of the standard
    Import {
        #[command(flatten)]
        officer: OfficerFile,
        /// Tệp YAML | YAML file
        #[arg(short, long = "file", value_name = "FILE")]
        file: PathBuf,
        /// Dịch vụ, như VN/GOV/G01/dan-cu/nguoi | The service, as VN/GOV/G01/dan-cu/nguoi
        #[arg(long)]
        service: ServiceId,
        /// Lý do | Why
        #[arg(long)]
        reason: String,
        /// Chỉ kiểm và nói điều sẽ thay đổi | Only check it and tell what would change
        #[arg(long)]
        dry_run: bool,
    },
    /// In ra theo chuẩn ODCS | Print it as the standard has it
    Export {
        #[command(flatten)]
        officer: OfficerFile,
        /// Mã và phiên bản, như dan-cu.nguoi@1.0.0 | Id and version, as dan-cu.nguoi@1.0.0
        id: String,
    },
    /// Soạn hợp đồng từ dịch vụ, gợi ý thuật ngữ | Draw one up from a service, proposing terms
    Draft {
        #[command(flatten)]
        officer: OfficerFile,
        /// Dịch vụ, như VN/GOV/G01/dan-cu/nguoi | The service, as VN/GOV/G01/dan-cu/nguoi
        service: ServiceId,
    },
    /// Hai phiên bản khác nhau ở đâu; mã thoát 1 nếu không tương thích | What differs between two versions; exit code 1 if it breaks users
    Diff {
        #[command(flatten)]
        officer: OfficerFile,
        /// Bản cũ | The older version
        old: String,
        /// Bản mới | The newer version
        new: String,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Dictionary {
    /// Ghi ra | Write it
    Export {
        #[command(flatten)]
        officer: OfficerFile,
        /// Dạng | As what
        #[arg(short, long, value_enum)]
        format: DictionaryFormat,
        /// Tệp để ghi | File to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Nạp vào; sai ở đâu thì nói dòng và ô, không nạp nửa chừng | Read it; a mistake is told with line and cell, and nothing is taken in part
    Import {
        #[command(flatten)]
        officer: OfficerFile,
        /// Tệp .csv, .xlsx hoặc .ttl | File .csv, .xlsx or .ttl
        #[arg(short, long = "file", value_name = "FILE")]
        file: PathBuf,
        /// Lý do | Why
        #[arg(long)]
        reason: String,
        /// Chỉ nói điều sẽ thay đổi | Only tell what would change
        #[arg(long)]
        dry_run: bool,
    },
}

/// Dạng của từ điển | How a dictionary is written
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DictionaryFormat {
    /// Bảng CSV | A table as CSV
    Csv,
    /// Bảng XLSX | A table as XLSX
    Xlsx,
    /// JSON | JSON
    Json,
    /// SKOS dạng Turtle | SKOS as Turtle
    Turtle,
    /// SKOS dạng JSON-LD | SKOS as JSON-LD
    Jsonld,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Đọc toàn bộ, kiểm từng chữ ký và chuỗi; nhiều sổ thì đối chiếu với nhau | Read all, check every signature and the chain; several are held against each other
    Verify {
        /// Thư mục trạng thái của các nút | State folders of nodes
        #[arg(required = true, value_name = "DIR")]
        dirs: Vec<PathBuf>,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed_and_says_itself_in_both_languages() {
        Cli::command().debug_assert();
        let mut left = vec![Cli::command()];
        while let Some(command) = left.pop() {
            if command.get_name() != "lienthong" {
                let about = command.get_about().map(ToString::to_string).unwrap_or_default();
                assert!(about.contains(" | "), "{}: {about}", command.get_name());
            }
            for argument in command
                .get_arguments()
                .filter(|argument| !matches!(argument.get_id().as_str(), "help" | "version"))
            {
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(help.contains(" | "), "{} {}: {help}", command.get_name(), argument.get_id());
            }
            left.extend(command.get_subcommands().cloned());
        }
    }
}
