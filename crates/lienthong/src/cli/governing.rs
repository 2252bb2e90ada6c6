//! The part of the command line that governs beside documents: requests, suspensions, figures, search, the catalogue.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;

use super::{OfficerFile, Output, Verb};

#[derive(Debug, Subcommand)]
pub(crate) enum Database {
    #[command(flatten)]
    Verb(Verb),
    /// Cơ quan chủ quản khai báo và hệ thống ghi nhận, cạnh nhau | What its owner declares and what the hub observes, side by side
    Status {
        #[command(flatten)]
        officer: OfficerFile,
        /// Mã, như VNDB-013; không nêu là tất cả | The database, as VNDB-013; all of them without it
        id: Option<String>,
        /// Cách in kết quả; không nêu là bảng với danh sách, YAML với một thứ | How results are printed; without it a table for a list, YAML for one thing
        #[arg(short, long, value_enum)]
        output: Option<Output>,
    },
    /// Trường bị thu thập trùng giữa các cơ sở dữ liệu | Fields that several databases collect
    Overlap {
        #[command(flatten)]
        officer: OfficerFile,
        /// Chỉ với cơ sở dữ liệu này | Only with this database
        id: Option<String>,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Khai báo của cơ quan chủ quản chờ nền tảng điều phối xác nhận | What owners claim and the hub has not confirmed
    Claims {
        #[command(flatten)]
        officer: OfficerFile,
        /// Chỉ của cơ quan này | Only of this agency
        #[arg(long, value_name = "MEMBER")]
        owner: Option<String>,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Xác nhận một cơ sở dữ liệu đã đăng ký và các dịch vụ thuộc nó; người khai báo không tự xác nhận | Confirm a registered database and the services that belong to it; whoever claims does not confirm
    Confirm {
        #[command(flatten)]
        officer: OfficerFile,
        /// Mã, như VNDB-013 | The database, as VNDB-013
        id: String,
        /// Dịch vụ thuộc nó; nêu được nhiều lần | A service that belongs to it; may be repeated
        #[arg(long)]
        service: Vec<String>,
        /// Mọi dịch vụ đang chờ mà chưa thuộc cơ sở dữ liệu khác | All services that wait and belong to no other database
        #[arg(long, conflicts_with = "service")]
        all: bool,
        /// Lý do | Why
        #[arg(long)]
        reason: String,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t = Output::Yaml)]
        output: Output,
    },
    /// Rút xác nhận: của các dịch vụ này, hoặc toàn bộ | Take a confirmation back: of these services, or all of it
    TakeBack {
        #[command(flatten)]
        officer: OfficerFile,
        /// Mã, như VNDB-013 | The database, as VNDB-013
        id: String,
        /// Dịch vụ; nêu được nhiều lần; không nêu là toàn bộ | A service; may be repeated; without it all
        #[arg(long)]
        service: Vec<String>,
        /// Lý do | Why
        #[arg(long)]
        reason: String,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t = Output::Yaml)]
        output: Output,
    },
    /// Các danh sách chính thức: đã xác định được bao nhiêu, bằng gì | Official lists: how much of each is identified, and by what
    Lists {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Nạp một danh sách chính thức: nói khác gì trước, rồi nạp; giữ lịch sử | Load an official list: tells the difference first, then loads it; history stays
    Import {
        #[command(flatten)]
        officer: OfficerFile,
        /// Mã danh sách, như nq-71-2025 | The list, as nq-71-2025
        #[arg(long)]
        list: String,
        /// Tệp .csv hoặc .xlsx, có cột name_vi | File .csv or .xlsx with a column name_vi
        #[arg(short, long = "file", value_name = "FILE")]
        file: PathBuf,
        /// Văn bản, nếu văn bản lập danh sách đã được sửa đổi | The act, if the one that makes the list was amended
        #[arg(long)]
        act: Option<String>,
        /// Đọc ở đâu | Where it was read
        #[arg(long)]
        source: Option<String>,
        /// Lý do | Why
        #[arg(long)]
        reason: String,
        /// Chỉ nói điều sẽ thay đổi | Only tell what would change
        #[arg(long)]
        dry_run: bool,
    },
    /// Danh mục theo DCAT-AP 3, cho nơi khác thu thập | The catalogue in DCAT-AP 3, for others to harvest
    Catalogue {
        #[command(flatten)]
        officer: OfficerFile,
        /// Dạng | As what
        #[arg(short, long, value_enum, default_value_t)]
        format: Graph,
    },
    /// Chất lượng siêu dữ liệu của danh mục theo phương pháp MQA của data.europa.eu, trên 405 điểm | The catalogue's metadata by the method of data.europa.eu (MQA), of 405 points
    CatalogueQuality {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Danh mục dữ liệu mở: chỉ trường công khai | The list of open data: public fields only
    OpenData {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
}

/// Dạng của đồ thị | How a graph is written
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(crate) enum Graph {
    /// Turtle | Turtle
    #[default]
    Turtle,
    /// JSON-LD | JSON-LD
    Jsonld,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Directory {
    /// Số của danh bạ, và các nút có giữ bản mới hơn kho không | Its number, and whether nodes hold a newer one than the store knows
    Status {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t = Output::Yaml)]
        output: Output,
    },
    /// Quyết định: sổ đăng ký hiện có là đúng, công bố tiếp trên mọi số nút đang giữ | Decide that the registry as it is holds, and publish above all that nodes hold
    GoOn {
        #[command(flatten)]
        officer: OfficerFile,
        /// Số cao nhất các nút đã chứng minh, như directory status nói | The highest number that nodes have proven, as directory status tells
        revision: u64,
        /// Lý do | Why
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Duty {
    #[command(flatten)]
    Verb(Verb),
    /// Đã thực hiện tới bước nào | How far it is met
    Status {
        #[command(flatten)]
        officer: OfficerFile,
        /// Mã nghĩa vụ; không nêu là tất cả | The duty; all of them without it
        id: Option<String>,
        /// Cách in kết quả; không nêu là bảng với danh sách, YAML với một thứ | How results are printed; without it a table for a list, YAML for one thing
        #[arg(short, long, value_enum)]
        output: Option<Output>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Procedure {
    #[command(flatten)]
    Verb(Verb),
    /// Thủ tục nào đã thay được bao nhiêu giấy tờ; hoặc một thủ tục: phải có gì, dữ liệu nào thay | How many papers each does without; or of one: what is required, which data show it
    Show {
        #[command(flatten)]
        officer: OfficerFile,
        /// Thủ tục, như 1.001193@1; không nêu là tất cả | The procedure, as 1.001193@1; all of them without it
        id: Option<String>,
        /// Cách in kết quả; không nêu là bảng với danh sách, YAML với một thứ | How results are printed; without it a table for a list, YAML for one thing
        #[arg(short, long, value_enum)]
        output: Option<Output>,
    },
    /// Có xử lý hồ sơ theo thủ tục được không; mã thoát 1 nếu không | Whether a case can be carried by it; exit code 1 if not
    Check {
        #[command(flatten)]
        officer: OfficerFile,
        /// Thủ tục, như 1.001193@1 | The procedure, as 1.001193@1
        id: String,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Bộ nào đã công bố dữ liệu gì, còn thiếu gì | Which ministry has published what, and what is missing
    Published {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t = Output::Yaml)]
        output: Output,
    },
    /// Ghi mọi thủ tục ra bảng tính XLSX | Write all procedures to a workbook
    Export {
        #[command(flatten)]
        officer: OfficerFile,
        /// Tệp để ghi | File to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Nạp bảng tính XLSX; sai ở đâu thì nói trang tính và ô, không nạp nửa chừng | Read a workbook; a mistake is told by sheet and cell, and nothing is taken in part
    Import {
        #[command(flatten)]
        officer: OfficerFile,
        /// Tệp .xlsx | File .xlsx
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

#[derive(Debug, Subcommand)]
pub(crate) enum Codelist {
    #[command(flatten)]
    Verb(Verb),
    /// Các mã có hiệu lực vào một ngày | The codes that are in force on a day
    Codes {
        #[command(flatten)]
        officer: OfficerFile,
        /// Mã danh mục | The list
        id: String,
        /// Ngày, như 2026-11-25; không nêu là hôm nay | The day, as 2026-11-25; today without it
        #[arg(long)]
        on: Option<Date>,
        /// Chỉ mã thuộc mã này | Only codes under this one
        #[arg(long)]
        under: Option<String>,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Crosswalk {
    #[command(flatten)]
    Verb(Verb),
    /// Một mã chuyển thành mã nào | Where a code leads
    Follow {
        #[command(flatten)]
        officer: OfficerFile,
        /// Mã bảng chuyển | The cross-walk
        id: String,
        /// Mã cần chuyển | The code
        code: String,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Grant {
    #[command(flatten)]
    Verb(Verb),
    /// Thu hồi một quyền; mọi nút biết ngay | Revoke a grant; every node knows at once
    Revoke {
        #[command(flatten)]
        officer: OfficerFile,
        /// Mã quyền | The grant
        id: String,
        /// Lý do | Why
        #[arg(long)]
        reason: String,
    },
    /// Gia hạn một quyền, giữ nguyên phạm vi | Let a grant hold longer, its scope unchanged
    Renew {
        #[command(flatten)]
        officer: OfficerFile,
        /// Mã quyền | The grant
        id: String,
        /// Ngày đầu tiên hết giá trị, như 2027-12-31 | The first day on which it no longer holds, as 2027-12-31
        #[arg(long)]
        until: Date,
        /// Lý do | Why
        #[arg(long)]
        reason: String,
    },
    /// Quyền nên xem lại: không ai dùng, sắp hết hạn | Grants to look at: nobody uses them, or they end soon
    Conspicuous {
        #[command(flatten)]
        officer: OfficerFile,
        /// Chỉ của cơ quan này, cung cấp hoặc khai thác | Only of this agency, as provider or consumer
        #[arg(long, value_name = "MEMBER")]
        agency: Option<String>,
        /// Không dùng bấy nhiêu ngày | Not used for so many days
        #[arg(long, default_value_t = 90)]
        unused_days: u16,
        /// Hết hạn trong bấy nhiêu ngày | Ending within so many days
        #[arg(long, default_value_t = 60)]
        ending_days: u16,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Request {
    /// Gửi đề nghị: tệp YAML nêu nội dung đề nghị | Send one in: a YAML file says what is asked for
    Open {
        #[command(flatten)]
        officer: OfficerFile,
        /// Tệp YAML; mẫu: lienthong request template | YAML file; for one to fill in: lienthong request template
        #[arg(short, long = "file", value_name = "FILE")]
        file: PathBuf,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// In tệp mẫu để điền | Print a file to fill in
    Template,
    /// Danh sách: của mình, và những gì chờ mình | The list: one's own, and what waits for one
    List {
        #[command(flatten)]
        officer: OfficerFile,
        /// Ở trạng thái: open, returned, granted, refused, withdrawn | In a state: open, returned, granted, refused, withdrawn
        #[arg(long)]
        state: Option<String>,
        /// Chỉ những đề nghị đang chờ mình | Only those that wait for you
        #[arg(long)]
        waiting: bool,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Xem một đề nghị: các bước, thời hạn, còn thiếu gì | Look at one: its steps, clocks, what is lacking
    Get {
        #[command(flatten)]
        officer: OfficerFile,
        /// Số, như YC-2026-000001 | Its number, as YC-2026-000001
        id: String,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Làm một phần của bước: đồng ý, hoặc xác nhận | Do a part of the step: agree, or state that it is so
    Do(Part),
    /// Từ chối; đề nghị kết thúc | Decide no; the request ends
    Refuse {
        #[command(flatten)]
        part: Part,
        /// Căn cứ pháp lý hạn chế dữ liệu: mã trong sổ đăng ký, hoặc trích dẫn; cơ quan chủ quản phải nêu | The law that restricts the data: its code in the registry, or a citation; the owner must name it
        #[arg(long)]
        basis: Option<String>,
    },
    /// Trả lại cho bên đề nghị sửa | Give it back to be amended
    Return(Saying),
    /// Sửa đề nghị bị trả lại và gửi lại | Amend what was given back, and send it in again
    Amend {
        #[command(flatten)]
        saying: Saying,
        /// Tệp YAML | YAML file
        #[arg(short, long = "file", value_name = "FILE")]
        file: PathBuf,
    },
    /// Rút đề nghị | Take it back
    Withdraw(Saying),
    /// Nộp một giấy tờ | Hand in a paper
    Paper {
        #[command(flatten)]
        part: Part,
        /// Tệp của giấy tờ: PDF, PNG, JPEG hoặc DOCX, không quá 2 MB; được giữ niêm phong | The paper's file: PDF, PNG, JPEG or DOCX, 2 MB at most; it is kept sealed
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Lấy tệp của một giấy tờ đã nộp; mỗi lần lấy đều ghi vào nhật ký thay đổi | Get the file of a paper that was handed in; each time is in the audit trail
    File {
        #[command(flatten)]
        officer: OfficerFile,
        /// Số, như YC-2026-000001 | Its number, as YC-2026-000001
        id: String,
        /// Số của tệp; get cho biết | The file's number; get says it
        number: i64,
        /// Ghi ra tệp này; không có thì in ra đầu ra chuẩn | Written to this file; without, to standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Đánh dấu một điểm của danh mục kiểm tra | Tick a point of the checklist
    Tick(Part),
    /// Nói thêm | Say something
    Comment(Saying),
}

#[derive(Debug, Args)]
pub(crate) struct Saying {
    #[command(flatten)]
    pub(crate) officer: OfficerFile,
    /// Số, như YC-2026-000001 | Its number, as YC-2026-000001
    pub(crate) id: String,
    /// Lời kèm theo: căn cứ, số, ngày | What to say: grounds, a number, a day
    #[arg(long)]
    pub(crate) text: String,
    /// Cách in kết quả | How results are printed
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Part {
    /// Số, như YC-2026-000001 | Its number, as YC-2026-000001
    pub(crate) id: String,
    /// Phần, giấy tờ hoặc điểm; get cho biết có những gì | The part, paper or point; get says which there are
    pub(crate) part: String,
    #[command(flatten)]
    pub(crate) officer: OfficerFile,
    /// Lời kèm theo: căn cứ, số, ngày | What to say: grounds, a number, a day
    #[arg(long)]
    pub(crate) text: String,
    /// Cách in kết quả | How results are printed
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Output,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Suspension {
    /// Các lần tạm ngừng đang và sắp diễn ra | What stands still, and what will
    List {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cả những lần đã qua | Those that are over as well
        #[arg(long)]
        past: bool,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Thông báo tạm ngừng một dịch vụ, hoặc cắt một quyền; mọi nút biết | Announce that a service stands still, or cut a grant off; every node knows
    Announce {
        #[command(flatten)]
        officer: OfficerFile,
        /// Dịch vụ, như VN/GOV/G01/dan-cu/nguoi | The service, as VN/GOV/G01/dan-cu/nguoi
        #[arg(long, conflicts_with = "grant", required_unless_present = "grant")]
        service: Option<String>,
        /// Quyền cần cắt | The grant to cut off
        #[arg(long)]
        grant: Option<String>,
        /// Vì sao | Why
        #[arg(long, value_enum)]
        why: Why,
        /// Từ lúc, như 2026-12-10T22:00:00+07:00; không nêu là ngay | From when, as 2026-12-10T22:00:00+07:00; at once without it
        #[arg(long)]
        from: Option<Timestamp>,
        /// Đến lúc | Until when
        #[arg(long)]
        to: Option<Timestamp>,
        /// Lời cho người dùng | What users are told
        #[arg(long)]
        reason: String,
    },
    /// Kết thúc sớm | End it before its time
    End {
        #[command(flatten)]
        officer: OfficerFile,
        /// Số, như TN-2026-000001 | Its number, as TN-2026-000001
        id: String,
        /// Lý do | Why
        #[arg(long)]
        reason: String,
    },
}

/// Vì sao tạm ngừng | Why it stands still
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Why {
    /// Bảo trì có kế hoạch, báo trước | Planned maintenance, announced ahead
    Planned,
    /// Sự cố | An incident
    Unplanned,
    /// Cắt một bên dùng vì lạm dụng hoặc rủi ro | A user is cut off for misuse or risk
    Cut,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Usage {
    /// Theo ngày, của một dịch vụ hoặc một hệ thống gọi | By day, of a service or a calling system
    Days {
        #[command(flatten)]
        officer: OfficerFile,
        /// Dịch vụ | The service
        #[arg(long, conflicts_with = "client", required_unless_present = "client")]
        service: Option<String>,
        /// Hệ thống gọi | The calling system
        #[arg(long)]
        client: Option<String>,
        /// Số ngày | How many days back
        #[arg(long, default_value_t = 30)]
        days: u16,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Theo cặp cơ quan, dịch vụ và ngày: hai bên đếm được gì, khớp hay không, nút nào giữ chứng cứ | By pair of agencies, service and day: what both sides counted, whether it agrees, which nodes hold the proof
    Pairs(Pairs),
    /// Trong một tháng: một cơ quan đã chia sẻ gì, cho ai, để làm gì | In a month: what an agency shared, with whom, for what
    Month {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cơ quan, như VN/GOV/G01 | The agency, as VN/GOV/G01
        #[arg(long)]
        owner: String,
        /// Tháng, như 2026-11 | The month, as 2026-11
        #[arg(long)]
        month: String,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Những phút vừa qua: ai gọi gì, lỗi gì, nút nào báo cáo | The last minutes: who called what, what failed, which nodes reported
    Live {
        #[command(flatten)]
        officer: OfficerFile,
        /// Số phút | How many minutes
        #[arg(long, default_value_t = 60)]
        minutes: u16,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Pairs {
    #[command(flatten)]
    pub(crate) officer: OfficerFile,
    /// Một bên, như VN/GOV/G01 | One side, as VN/GOV/G01
    #[arg(long, value_name = "MEMBER")]
    pub(crate) agency: Option<String>,
    /// Bên kia | The other side
    #[arg(long, value_name = "MEMBER")]
    pub(crate) counterpart: Option<String>,
    /// Dịch vụ | The service
    #[arg(long)]
    pub(crate) service: Option<String>,
    /// Cơ sở dữ liệu mà dịch vụ đã được xác nhận thuộc về | The database that services were confirmed to belong to
    #[arg(long)]
    pub(crate) database: Option<String>,
    /// Số ngày | How many days back
    #[arg(long, default_value_t = 30)]
    pub(crate) days: u16,
    /// Chỉ chỗ hai bên đếm khác nhau | Only where the two sides counted otherwise
    #[arg(long)]
    pub(crate) differing: bool,
    /// Cách in kết quả | How results are printed
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    #[command(flatten)]
    pub(crate) officer: OfficerFile,
    /// Từ cần tìm, có dấu hay không | Words, with or without marks
    #[arg(required = true)]
    pub(crate) words: Vec<String>,
    /// Chỉ loại này, như Term, Field, Code | Only of this kind, as Term, Field, Code
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// Nhiều nhất bấy nhiêu | So many at most
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: u8,
    /// Cách in kết quả | How results are printed
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Output,
}
