//! The part of the command line that runs things: the demo, hubs, nodes, and what nodes leave behind.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use model::id::{NodeId, ServiceId, SystemId};
use url::Url;

use super::{Format, OfficerFile, Output, Verb};

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Số người trong quốc gia | Persons in the nation
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(2_000..=1_000_000))]
    pub(crate) persons: u32,
    /// Giá trị khởi tạo: cùng giá trị khởi tạo, cùng quốc gia | Seed: the same seed makes the same nation
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Kết thúc khi ngày đã diễn xong, thay vì ở lại | End when the day has been played instead of staying up
    #[arg(long)]
    pub(crate) once: bool,
    /// Giữ trạng thái trong thư mục này | Keep the state in this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// Đặt cơ sở dữ liệu dân cư trên máy chủ PostgreSQL này, trong lược đồ lienthong_demo được tạo lại; mật khẩu ở biến LIENTHONG_DEMO_POSTGRES_PASSWORD | Put the population database on this PostgreSQL server, in a schema lienthong_demo that is made anew; its password by that variable
    #[arg(long, value_name = "URL")]
    pub(crate) postgres: Option<Url>,
    /// Đặt cơ sở dữ liệu bảo hiểm trên máy chủ MariaDB này, trong cơ sở dữ liệu lienthong_demo được tạo lại; mật khẩu ở biến LIENTHONG_DEMO_MARIADB_PASSWORD | Put the insurance database on this MariaDB server, in a database lienthong_demo that is made anew; its password by that variable
    #[arg(long, value_name = "URL")]
    pub(crate) mariadb: Option<Url>,
    /// Cách in kết quả | How results are printed
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Format,
    /// Các hệ thống phía sau nút; chương trình tự gọi | The systems behind the nodes; the program calls this itself
    #[arg(long, hide = true, value_name = "LISTEN")]
    pub(crate) systems: Option<SocketAddr>,
    /// Thư mục của định danh thử, phục vụ cùng các hệ thống đó | Folder of the play identity provider, served beside those systems
    #[arg(long, hide = true, value_name = "DIR", requires = "systems")]
    pub(crate) provider: Option<PathBuf>,
    /// Kết thúc khi đầu vào chuẩn đóng | End when standard input closes
    #[arg(long, hide = true)]
    pub(crate) until_stdin_closes: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Hub {
    /// Dựng nền tảng điều phối mới: khoá, kho, cán bộ đầu tiên | Make a new hub: keys, store, the first officer
    Init {
        /// Thư mục trạng thái | State folder
        #[arg(long)]
        dir: PathBuf,
        /// Mã miền liên thông | Name of the instance
        #[arg(long, default_value = "VN")]
        instance: String,
        /// Địa chỉ lắng nghe | Where it listens
        #[arg(long, default_value = "127.0.0.1:7443")]
        listen: SocketAddr,
        /// Địa chỉ mà nút và cán bộ gọi tới | How nodes and officers reach it
        #[arg(long, default_value = "https://127.0.0.1:7443/")]
        url: Url,
        /// Kho: sqlite:… hoặc postgres://… | The store: sqlite:… or postgres://…
        #[arg(long, default_value = "sqlite:hub.db", env = "LIENTHONG_DATABASE", hide_env_values = true)]
        database: String,
    },
    /// Chạy nền tảng điều phối | Run the hub
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
    /// Đổi khoá ký danh bạ, tại thư mục của nền tảng điều phối | Give a role of the directory a new key, in the hub's folder
    Rotate {
        /// Thư mục trạng thái | State folder
        #[arg(long)]
        dir: PathBuf,
        /// Vai nào đổi khoá | Which role gets a new key
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

/// Quyền của cán bộ trên hồ sơ | What an officer may do with cases
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OfficerRight {
    /// Xem hồ sơ | Look at cases
    Look,
    /// Mở, yêu cầu giấy tờ, sửa | Open them, ask for papers, correct
    Work,
    /// Quyết định: giá trị nào được dùng, và kết quả hồ sơ | Decide: which value counts, and the case
    Decide,
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
        /// Thêm khoá hậu lượng tử ML-DSA-44: nút nào cũng có thì ký bằng cả hai | A post-quantum key, ML-DSA-44, beside: nodes that both have one sign by both
        #[arg(long)]
        hybrid_signatures: bool,
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
    /// Các chứng thư của một nút: để làm gì, đến khi nào, được gia hạn trên cái nào | The certificates of a node: what for, until when, over which each was renewed
    Certificates {
        #[command(flatten)]
        officer: OfficerFile,
        /// Nút, như VN/GOV/G01/nut-1 | The node, as VN/GOV/G01/nut-1
        node: NodeId,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Rút một chứng thư cùng khoá của nó khỏi danh bạ: không nơi nào còn nhận, và không bao giờ trở lại | Take one certificate out of the directory with its key: it is refused everywhere, and never comes back
    Withdraw {
        #[command(flatten)]
        officer: OfficerFile,
        /// Nút, như VN/GOV/G01/nut-1 | The node, as VN/GOV/G01/nut-1
        node: NodeId,
        /// Chứng thư: SHA-256 của nó, hoặc ít nhất 16 chữ số đầu, như trong tên khoá | The certificate: its SHA-256, or the first 16 digits at least, as in a key's name
        certificate: String,
        /// Lý do, ghi vào nhật ký thay đổi | Why, for the audit trail
        #[arg(long)]
        reason: String,
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
    /// Tạo mã bí mật cho một kiểm toán viên của cơ quan, để tra cứu sổ trao đổi ở /ledger | Make a token for an auditor of the agency, who looks exchanges up at /ledger
    Auditor {
        /// Thư mục trạng thái | State folder
        #[arg(long)]
        dir: PathBuf,
        /// Tên, ghi cùng mỗi lần tra cứu | Their name, noted with each look-up
        #[arg(long)]
        name: String,
        /// Tệp nhận mã, ở dạng tiêu đề cho `curl -H @TỆP`; trong trình duyệt mã là mật khẩu | File for the token, as a header for `curl -H @FILE`; in a browser it is the password
        #[arg(long)]
        out: PathBuf,
    },
    /// Mời một cán bộ của cơ quan xử lý hồ sơ tại nút; người đó đăng nhập lần đầu bằng địa chỉ trong thư mời | Invite an officer of the agency to the node's cases; they sign in for the first time by the address in the invitation
    InviteOfficer {
        /// Thư mục trạng thái | State folder
        #[arg(long)]
        dir: PathBuf,
        /// Tên của cán bộ | Their name
        #[arg(long)]
        name: String,
        /// Nơi làm việc, như "Bộ phận một cửa" | Where they work, as "one-stop desk"
        #[arg(long)]
        unit: String,
        /// Quyền trên hồ sơ; nêu được nhiều lần | What they may do with cases; may be repeated
        #[arg(long, required = true, value_enum)]
        right: Vec<OfficerRight>,
        /// Số định danh của cán bộ: thư mời không dùng được cho ai khác | Their number: the invitation is of use to nobody else
        #[arg(long)]
        number: Option<String>,
        /// Người mời, ghi vào nhật ký của nút | Who invites them, for the node's log
        #[arg(long)]
        by: String,
        /// Tệp nhận thư mời | File for the invitation
        #[arg(long)]
        out: PathBuf,
    },
    /// Liệt kê cán bộ xử lý hồ sơ tại nút | List the officers of the node's cases
    Officers {
        /// Thư mục trạng thái | State folder
        #[arg(long)]
        dir: PathBuf,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Thôi quyền một cán bộ: các phiên và thư mời của người đó hết hiệu lực ngay | Remove an officer: their sessions and invitations end at once
    RemoveOfficer {
        /// Thư mục trạng thái | State folder
        #[arg(long)]
        dir: PathBuf,
        /// Mã của cán bộ, như cb-0123456789abcdef | Their code, as cb-0123456789abcdef
        id: String,
        /// Người thôi quyền, ghi vào nhật ký của nút | Who removes them, for the node's log
        #[arg(long)]
        by: String,
    },
}

/// Which ledger, and for whom what it says is printed.
#[derive(Debug, Args)]
pub(crate) struct LedgerAt {
    /// Thư mục trạng thái của nút; nút có thể đang chạy | The node's state folder; the node may be running
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Sổ của các gói trên phương tiện lưu trữ | The ledger of packages on media
    #[arg(long)]
    pub(crate) packages: bool,
}

/// Dạng của tệp | How a file is written
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(crate) enum ExportFormat {
    /// Bảng CSV | A table as CSV
    #[default]
    Csv,
    /// Mỗi dòng một đối tượng JSON | A JSON object a line
    Jsonl,
}

/// Which exchanges: all that is named must hold.
#[derive(Debug, Args)]
pub(crate) struct Conditions {
    /// Từ ngày 2026-11-25, giờ Việt Nam 2026-11-25T08:00, hoặc thời điểm RFC 3339 | From a day, a time in Viet Nam, or a moment by RFC 3339
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) from: String,
    /// Đến hết ngày, hoặc trước thời điểm | Up to the end of a day, or before a time
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) to: String,
    /// Cơ quan hoặc hệ thống, ở bên nào cũng được | Agency or system, on either side
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) system: String,
    /// Hệ thống gọi, hoặc cơ quan của nó | The calling system, or its agency
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) client: String,
    /// Dịch vụ, hoặc hệ thống, hoặc cơ quan của nó | The service, or its system or agency
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) service: String,
    /// Mã mục đích | The purpose's code
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) purpose: String,
    /// Mã căn cứ pháp lý, theo các quyền trong danh bạ hiện có | The legal basis's code, by the grants of the present directory
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) basis: String,
    /// Cán bộ | The officer
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) officer: String,
    /// Hồ sơ | The case
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) case: String,
    /// Mã thông điệp hoặc mã lượt trao đổi | Id of the message or of the exchange
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) id: String,
    /// Kết quả: answered, empty, rejected, refused, failed, broken_off, begun | What came of it: answered, empty, rejected, refused, failed, broken_off, begun
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) outcome: String,
    /// Mã lỗi, như LT-2104 | The code, as LT-2104
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) code: String,
    /// Nút ở bên nào: consumer (bên sử dụng), provider (bên cung cấp) | Which end the node was: consumer, provider
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) side: String,
}

/// How many are told, and how.
#[derive(Debug, Args)]
pub(crate) struct Told {
    /// Nhiều nhất bấy nhiêu lượt | So many at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: u32,
    /// Chỉ các mục trước số này: trang tiếp theo | Entries below this number only: the next page
    #[arg(long, value_name = "NUMBER")]
    pub(crate) before: Option<u64>,
    /// Cách in kết quả | How results are printed
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Format,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Các lượt trao đổi mới nhất | The newest exchanges
    List {
        #[command(flatten)]
        at: LedgerAt,
        #[command(flatten)]
        told: Told,
    },
    /// Tra cứu lượt trao đổi theo điều kiện: ai hỏi ai, lúc nào, để làm gì, hồ sơ nào, kết quả ra sao | Look exchanges up: who asked whom, when, for what, on which case, with what outcome
    Find {
        #[command(flatten)]
        at: LedgerAt,
        #[command(flatten)]
        conditions: Box<Conditions>,
        #[command(flatten)]
        told: Told,
    },
    /// Một lượt trao đổi, kiểm từng chữ ký của nó; mã thoát 1 nếu có chữ ký sai | One exchange, its signatures checked; the exit code is 1 if one is wrong
    Show {
        #[command(flatten)]
        at: LedgerAt,
        /// Số của mục | The entry's number
        number: u64,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
    },
    /// Ghi mọi lượt trao đổi đúng điều kiện ra tệp chưa có | Write all exchanges that meet the conditions to a new file
    Export {
        #[command(flatten)]
        at: LedgerAt,
        #[command(flatten)]
        conditions: Box<Conditions>,
        /// Dạng của tệp | How the file is written
        #[arg(long, value_enum, default_value_t)]
        format: ExportFormat,
        /// Tệp nhận | The file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
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

/// Where a source is.
#[derive(Debug, Args)]
pub(crate) struct SourceAt {
    /// Nguồn, không kèm mật khẩu: postgres://…, mariadb://…, sqlite:…, http://…, hoặc tệp csv, xlsx, parquet | The source, without a password: postgres://…, mariadb://…, sqlite:…, http://…, or a file csv, xlsx, parquet
    pub(crate) url: String,
    /// Tên mà nút gọi nguồn này | What the node calls it
    #[arg(long, default_value = "nguon")]
    pub(crate) name: String,
    /// Biến môi trường chứa mật khẩu | The environment's variable with the password
    #[arg(long, value_name = "NAME")]
    pub(crate) password_env: Option<String>,
    /// Tệp chứa mật khẩu | The file with the password
    #[arg(long, value_name = "FILE", conflicts_with = "password_env")]
    pub(crate) password_file: Option<PathBuf>,
    /// Trang tính; bỏ trống: trang hiện đầu tiên có dữ liệu | The sheet; without it the first visible one with rows
    #[arg(long)]
    pub(crate) sheet: Option<String>,
    /// Dòng tiêu đề, tính từ 1; bỏ trống: dòng đầu tiên giống tiêu đề | The row of the head, from 1; without it the first that looks like one
    #[arg(long, value_name = "ROW")]
    pub(crate) head: Option<u32>,
    /// Bảng mã của tệp CSV: utf-8, utf-16le, utf-16be, windows-1258, tcvn3, vni; bỏ trống: đoán theo chữ | The encoding of a CSV file; without it what its text says
    #[arg(long)]
    pub(crate) encoding: Option<String>,
    /// Danh sách bản ghi ở đâu trong câu trả lời của API, dạng JSON pointer: /result/records | Where an API's list of records is in its answer, as a JSON pointer: /result/records
    #[arg(long, value_name = "POINTER")]
    pub(crate) items: Option<String>,
    /// Dấu ngăn ô của tệp CSV; bỏ trống: đoán theo các dòng đầu | What stands between the cells of a CSV file; without it what its first rows say
    #[arg(long)]
    pub(crate) delimiter: Option<char>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Source {
    /// Xem các bảng, hoặc lập bản nháp của một bảng: kiểu, khoá, đặc điểm giá trị (không giữ giá trị nào), phỏng đoán dữ liệu cá nhân | List tables, or draw up a draft of one: types, keys, what values look like (none is kept), guesses of personal data
    Inspect {
        #[command(flatten)]
        source: SourceAt,
        /// Lược đồ | The schema
        #[arg(long)]
        schema: Option<String>,
        /// Bảng cần lập bản nháp; không nêu thì lấy bảng duy nhất, hoặc liệt kê các bảng | The table to draw up; without it the only one, or they are listed
        #[arg(long)]
        table: Option<String>,
        /// Ghi bản nháp ra tệp mới này và in bảng các trường; không nêu, hoặc là -, thì in cả bản nháp | Write the draft to this new file and print its fields as a table; without it, or as -, the draft is printed
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
    },
    /// Đề xuất thuật ngữ cho từng cột, kèm lý do, ghi vào bản nháp | Propose a term for each column, with reasons, into the draft
    Bind {
        #[command(flatten)]
        officer: OfficerFile,
        /// Bản nháp | The draft
        draft: PathBuf,
    },
    /// Quyết định điều còn là phỏng đoán trong bản nháp: mức của từng trường, khoá, bỏ trường nào | Decide what is a guess in the draft: each field's class, the key, which fields are left out
    Decide {
        /// Bản nháp | The draft
        draft: PathBuf,
        /// Lấy mọi phỏng đoán còn lại làm quyết định | Take all other guesses as decided
        #[arg(long)]
        accept_guesses: bool,
        /// Mức của một trường: public, internal, personal, sensitive; nêu được nhiều lần | A field's class: public, internal, personal, sensitive; may be repeated
        #[arg(long = "class", value_name = "FIELD=VALUE", value_parser = pair)]
        classes: Vec<(String, String)>,
        /// Trường làm khoá | The field that is the key
        #[arg(long, value_name = "NAME")]
        key: Option<String>,
        /// Trường không đưa vào dịch vụ; nêu được nhiều lần | A field that is not served; may be repeated
        #[arg(long, value_name = "NAME")]
        without: Vec<String>,
    },
    /// Kiểm bản nháp, đăng ký dịch vụ, ghi cấu hình nút và hợp đồng nháp | Check the draft, register the service, write the node's settings and a draft contract
    Publish {
        #[command(flatten)]
        officer: OfficerFile,
        /// Bản nháp | The draft
        draft: PathBuf,
        /// Mã dịch vụ | The service's identifier
        #[arg(long)]
        service: ServiceId,
        /// Lý do, ghi vào nhật ký thay đổi | Why, for the audit trail
        #[arg(long)]
        reason: String,
        /// Thư mục của nút: thêm cấu hình vào node.toml | The node's folder: settings are added to its node.toml
        #[arg(long, value_name = "DIR")]
        node: Option<PathBuf>,
        /// Ghi hợp đồng nháp ra tệp này | Write the draft contract to this file
        #[arg(long, value_name = "FILE", default_value = "contract.yaml")]
        contract: PathBuf,
        /// Lấy mọi phỏng đoán còn lại trong bản nháp làm quyết định | Take all guesses left in the draft as decided
        #[arg(long)]
        accept_guesses: bool,
    },
    /// Tại nút của bên cung cấp: đọc hết bộ dữ liệu, chỉ ra bản ghi nào (khoá, trường) có lỗi gì; không in giá trị nào. Mã thoát 1 nếu có lỗi | At the provider's node: read the whole dataset and tell which records (key, field) have what wrong; no value is printed. The exit code is 1 if there is something
    Check {
        /// Thư mục của nút; nút có thể đang chạy | The node's folder; the node may be running
        #[arg(long)]
        dir: PathBuf,
        /// Mã dịch vụ | The service's identifier
        #[arg(long)]
        service: ServiceId,
        /// Chỉ ra nhiều nhất bấy nhiêu lỗi; số đếm vẫn đủ | Faults that are told one by one at most; the counts are of all
        #[arg(long, value_name = "N", default_value_t = 1000)]
        limit: usize,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Package {
    /// Bên sử dụng: viết đơn đặt đã ký, giữ khoá mở gói tại nút | The consumer: write a signed order; the key that opens the package stays at the node
    Order {
        /// Thư mục trạng thái của nút | The node's state folder
        #[arg(long)]
        dir: PathBuf,
        /// Hệ thống sử dụng | The system that asks
        #[arg(long)]
        client: SystemId,
        /// Bộ dữ liệu; quyền phải nêu POST /stream | The dataset; the grant must name POST /stream
        #[arg(long)]
        service: ServiceId,
        /// Mục đích | What for
        #[arg(long)]
        purpose: String,
        /// Cán bộ | The officer
        #[arg(long)]
        user: Option<String>,
        /// Chỉ bản ghi có giá trị này; lặp lại được | Only records with this value; may be repeated
        #[arg(long = "filter", value_name = "FIELD=VALUE", value_parser = pair)]
        filters: Vec<(String, String)>,
        /// Tệp đơn đặt | File of the order
        #[arg(long)]
        out: PathBuf,
    },
    /// Bên cung cấp: đóng gói theo đơn, hoặc đi tiếp nếu đã đứt quãng | The provider: make what was ordered, or go on where it broke off
    Make {
        /// Thư mục trạng thái của nút | The node's state folder
        #[arg(long)]
        dir: PathBuf,
        /// Đơn đặt | The order
        order: PathBuf,
        /// Thư mục của gói | The package's folder
        #[arg(long)]
        out: PathBuf,
        /// Hợp đồng dữ liệu kèm theo | The data contract to go with it
        #[arg(long, value_name = "FILE")]
        contract: Option<PathBuf>,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
    },
    /// Kiểm chữ ký, dấu băm và số lượng; không cần khoá mở | Check signatures, digests and counts; needs no key
    Verify {
        /// Thư mục trạng thái của một nút, vì danh bạ | A node's state folder, for its directory
        #[arg(long)]
        dir: PathBuf,
        /// Thư mục của gói | The package's folder
        package: PathBuf,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
    },
    /// Bên sử dụng: ghi sổ rồi mở gói thành NDJSON, hoặc đi tiếp nếu đã đứt quãng | The consumer: record it and open it into NDJSON, or go on where it broke off
    Open {
        /// Thư mục trạng thái của nút đã đặt | State folder of the node that ordered it
        #[arg(long)]
        dir: PathBuf,
        /// Thư mục của gói | The package's folder
        package: PathBuf,
        /// Thư mục nhận dữ liệu | Folder for the data
        #[arg(long)]
        out: PathBuf,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
    },
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("TRƯỜNG=GIÁ-TRỊ | FIELD=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
