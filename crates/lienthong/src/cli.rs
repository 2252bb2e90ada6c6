//! The command line.

mod assess;
mod brief;
mod case;
mod directive;
mod governing;
mod incident;
mod people;
mod quality;
mod reuse;
mod running;
mod sync;
mod watching;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use model::id::ServiceId;

pub(crate) use assess::{Assess, InPeriod, OfCriterion};
pub(crate) use brief::{Brief, Paper, PaperFormat};
pub(crate) use case::{Case, DeskAt};
pub(crate) use directive::{OnTask, ShownOnTask, Task, TaskOutcome};
pub(crate) use governing::{
    Codelist, Crosswalk, Database, Directory, Duty, Grant, Graph, Pairs, Part, Procedure, Request, Saying,
    Search, Suspension, Usage, Why,
};
pub(crate) use incident::{Incident, Maintenance, Notice, Said, Work};
pub(crate) use people::{Login, User, UserType};
pub(crate) use quality::{CardFormat, Compared, Defect, Measured, Overlap, Quality};
pub(crate) use reuse::Reuse;
pub(crate) use running::{
    Conditions, Demo, ExportFormat, Hub, Ledger, LedgerAt, Node, OfficerRight, Package, Role, Source,
    SourceAt, Told,
};
pub(crate) use sync::{NewCopy, Sync};
pub(crate) use watching::{Check, Doctor};

/// Liên Thông: các cơ sở dữ liệu của Nhà nước kết nối và chia sẻ với nhau. | The State's databases connect and share.
///
/// Bắt đầu: `lienthong demo` dựng một quốc gia nhỏ trên máy này. | To begin: `lienthong demo` sets up a small nation on this machine.
#[derive(Debug, Parser)]
#[command(name = "lienthong", version, propagate_version = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// Nhật ký dạng JSON, mỗi dòng một sự kiện | Log as JSON, one event a line
    #[arg(long, global = true)]
    pub(crate) log_json: bool,

    /// Ngôn ngữ; không nêu thì theo biến LIENTHONG_LANG, ngôn ngữ của máy, rồi tiếng Việt | The language; without it that of LIENTHONG_LANG, of the locale, then Vietnamese
    // `language` has read it before: what is wrong with the line is told in it.
    #[arg(long, global = true, value_enum)]
    pub(crate) lang: Option<Lang>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Quốc gia nhỏ: nền tảng điều phối, các nút, một ngày hồ sơ thật | A small nation: a hub, nodes, a day of real cases
    Demo(Demo),
    /// Nền tảng điều phối: sổ đăng ký và danh bạ đã ký | The hub: the registry and the signed directory
    #[command(subcommand)]
    Hub(Hub),
    /// Nút: mang các lượt trao đổi của một cơ quan | A node: carries an agency's exchanges
    #[command(subcommand)]
    Node(Node),
    /// Hồ sơ tại nút, theo tên hệ thống một cửa | Cases at a node, in the name of its one-stop system
    #[command(subcommand)]
    Case(Case),
    /// Cơ sở dữ liệu của cơ quan: từ bảng thành dịch vụ | An agency's database: from a table to a service
    #[command(subcommand)]
    Source(Source),
    /// Chất lượng dữ liệu, đo tại nơi dữ liệu nằm: đúng, đủ, sạch, sống, thống nhất, dùng chung | Quality of data, measured where they lie, by six criteria
    #[command(subcommand)]
    Quality(Quality),
    /// Bản sao của bộ dữ liệu nơi khác, được đồng bộ tại nút | Copies of others' datasets, kept in sync at a node
    #[command(subcommand)]
    Sync(Sync),
    /// Tái sử dụng dữ liệu trong thủ tục: thực chất bao nhiêu, còn hỏi lại giấy tờ gì | Reuse of data in procedures: how much is real, which papers are still asked for
    #[command(subcommand)]
    Reuse(Reuse),
    /// Đánh giá tuân thủ theo bộ quy tắc: ghi nhận, độ phủ, tự báo cáo | Assessments by rule packs: observed, covered, claimed
    #[command(subcommand)]
    Assess(Assess),
    /// Lỗi dữ liệu: của ai, hạn nào, sửa đến đâu | Defects of data: whose they are, by when, how far
    #[command(subcommand)]
    Defect(Defect),
    /// Gói dữ liệu trên phương tiện lưu trữ: đặt, đóng, kiểm, mở | Packages of data on media: order, make, verify, open
    #[command(subcommand)]
    Package(Package),
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
    /// Đề nghị cấp quyền khai thác: gửi, thẩm định, cấp | Requests for data: asked for, appraised, granted
    #[command(subcommand)]
    Request(Request),
    /// Bộ quy tắc: các bước, thời hạn, giấy tờ của đề nghị | Rule packs: steps, clocks and papers of requests
    #[command(subcommand)]
    Pack(Verb),
    /// Thủ tục hành chính: hỏi gì, ở đâu, thay giấy tờ nào | Procedures: what is asked, where, in place of which paper
    #[command(subcommand)]
    Procedure(Procedure),
    /// Phạm vi công bố: dữ liệu dùng thay giấy tờ | Published scopes: data that take the place of papers
    #[command(subcommand)]
    Scope(Verb),
    /// Gói quy tắc tái sử dụng: thời gian chờ, ngưỡng, giả định | Packs of reuse: times, thresholds, assumptions
    #[command(subcommand)]
    ReusePack(Verb),
    /// Văn bản chỉ đạo: ai giao, ngày nào, các mục giao việc | Directives: who has issued them, when, and the clauses that order something
    #[command(subcommand)]
    Directive(Verb),
    /// Nhiệm vụ: ai chủ trì, hạn nào, đến đâu; nhiệm vụ theo số đo tự đóng và tự mở lại | Tasks: who leads, by when, how far; those that are measured close and open by themselves
    #[command(subcommand)]
    Task(Task),
    /// Quyền khai thác | Grants
    #[command(subcommand)]
    Grant(Grant),
    /// Tạm ngừng dịch vụ, cắt quyền | Services that stand still, users that are cut off
    #[command(subcommand)]
    Suspension(Suspension),
    /// Sự cố của các nút kết nối: nút nào, ảnh hưởng ai, vì sao | Incidents of nodes: which, whom they touch, why
    #[command(subcommand)]
    Incident(Incident),
    /// Việc đang chờ mình, việc quá hạn và sắp hết hạn trước | What waits for one, what is late or due first
    Work(Work),
    /// Thông báo: những gì mình đã được báo | Notices: what one was told
    #[command(subcommand)]
    Notice(Notice),
    /// Bảo trì nút kết nối, báo trước | Maintenance of nodes, announced beforehand
    #[command(subcommand)]
    Maintenance(Maintenance),
    /// Báo cáo cho lãnh đạo: một trang, PDF, DOCX, XLSX | Briefs for those who lead: one page, PDF, DOCX, XLSX
    #[command(subcommand)]
    Brief(Brief),
    /// Danh bạ đã ký mà các nút dùng | The signed directory that nodes decide from
    #[command(subcommand)]
    Directory(Directory),
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
    /// Toàn cảnh: cơ sở dữ liệu, nghĩa vụ, những gì chờ mình | At a glance: databases, duties, what waits for one
    Overview {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Nền tảng điều phối có ổn không, và cái gì sắp hết hạn hoặc đã hết: chứng thư, gốc danh bạ. Mã thoát 1 nếu có sự cố | How the hub is, and what ends soon or has ended: certificates, the directory's root. The exit code is 1 if something is wrong
    Status {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t = Output::Yaml)]
        output: Output,
    },
    /// Mình là ai, được làm gì, đến khi nào | Who one is, what one may, and until when
    Whoami {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t = Output::Yaml)]
        output: Output,
    },
    /// Kiểm chuỗi của nhật ký thay đổi, hoặc in ra | Check the chain of the audit trail, or print it
    Audit(Audit),
    /// Sổ trao đổi của các nút | The nodes' ledgers
    #[command(subcommand)]
    Ledger(Ledger),
    /// Khám một nền tảng điều phối hay một nút: đồng hồ, chứng thư, ổ đĩa, cổng, danh bạ, đường tới từng bên cung cấp. Mã thoát 1 nếu có điều cần xử lý | Examine a hub or a node: clock, certificates, disk, ports, directory, the way to every provider. The exit code is 1 if something is to be done
    Doctor(Doctor),
    /// Kiểm một điều, một dòng, theo quy ước của Nagios: mã thoát 0 tốt, 1 cảnh báo, 2 nghiêm trọng, 3 không biết | Check one thing, in one line, by Nagios' rules: exit code 0 OK, 1 warning, 2 critical, 3 unknown
    #[command(subcommand)]
    Check(Check),
    /// In phần gợi ý lệnh cho shell | Print completions for a shell
    Completions {
        /// Loại shell | The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Giải thích một mã lỗi | Explain an error's code
    Explain {
        /// Mã, như LT-2104 | The code, as LT-2104
        code: String,
    },
    /// Trợ giúp về một lệnh | Help about a command
    Help {
        /// Lệnh, như grant revoke | The command, as grant revoke
        words: Vec<String>,
    },
}

/// Ngôn ngữ | The language
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// Tiếng Việt | Vietnamese
    Vi,
    /// Tiếng Anh | English
    En,
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
    /// Lịch sử xử lý của nó | Its history
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
pub(crate) struct OfficerFile {
    /// Tệp của cán bộ: nền tảng điều phối ở đâu và mã của mình | The officer's file: where the hub is, and their token
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
    /// Đưa các cơ sở dữ liệu chưa ai đăng ký về như bản này biết; danh sách đã nạp giữ nguyên | Bring databases that nobody has registered to what this program knows; lists that were loaded stay
    #[arg(long)]
    pub(crate) refresh: bool,
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
    /// Ghi cả từ điển ra tệp | Write the whole dictionary to a file
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
