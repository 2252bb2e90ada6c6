//! The part of the command line that measures the quality of datasets, at their node.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use model::id::{MemberId, ServiceId};

use super::{Format, OfficerFile, Output, Said};

/// Tại nút nào | At which node
#[derive(Debug, Args)]
pub(crate) struct NodeFolder {
    /// Thư mục của nút; nút có thể đang chạy | The node's folder; the node may be running
    #[arg(long)]
    pub(crate) dir: PathBuf,
}

/// Lượt đo nào | Which measurement
#[derive(Debug, Args)]
pub(crate) struct Measured {
    /// Thư mục của nút; không nêu thì hỏi nền tảng điều phối | The node's folder; without it the hub is asked
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
    /// Tệp của cán bộ, để hỏi nền tảng điều phối | The officer's file, to ask the hub
    #[arg(long, env = "LIENTHONG_OFFICER", value_name = "FILE")]
    pub(crate) officer: Option<PathBuf>,
    /// Bộ dữ liệu, như VN/GOV/G01/dan-cu/nguoi | The dataset, as VN/GOV/G01/dan-cu/nguoi
    pub(crate) service: ServiceId,
    /// Ngày đo, như 2026-11-30; không nêu thì lần gần nhất | The day, as 2026-11-30; without it the last one
    #[arg(long)]
    pub(crate) day: Option<Date>,
    /// Cách in kết quả | How results are printed
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Format,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Quality {
    /// Đo các bộ dữ liệu của nút; lượt bị ngắt thì chạy lại để đi tiếp | Measure the node's datasets; run it again to go on where it was broken off
    Run {
        #[command(flatten)]
        node: NodeFolder,
        /// Bộ dữ liệu; không nêu thì tất cả | Datasets; without any, all of them
        services: Vec<ServiceId>,
        /// Tệp của cán bộ, để lấy hợp đồng, thuật ngữ, danh mục; không nêu thì dùng bản đã lấy | The officer's file, to fetch contracts, terms and code lists; without it those that were fetched are used
        #[arg(long, env = "LIENTHONG_OFFICER", value_name = "FILE")]
        officer: Option<PathBuf>,
        /// Nhiều nhất bấy nhiêu bản ghi mỗi giây; không nêu thì theo node.toml | So many records a second at most; without it as node.toml says
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
        rate: Option<u32>,
        /// Đọc lại toàn bộ bản ghi, kể cả khi nguồn cho biết bản ghi nào đã đổi | Read all records, also where the source tells what changed
        #[arg(long)]
        whole: bool,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Format,
    },
    /// Điểm của mọi cơ sở dữ liệu, bộ dữ liệu, cơ quan, tỉnh, khối, hoặc cả nước | Scores of all databases, datasets, agencies, provinces, blocs, or the whole country
    List {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cấp: nation, bloc, province, agency, database, dataset | The level: nation, bloc, province, agency, database, dataset
        #[arg(long, default_value = "database")]
        level: String,
        /// Chỉ của cơ quan này và các cơ quan trực thuộc | Only of this agency and those below it
        #[arg(long, value_name = "MEMBER")]
        agency: Option<String>,
        /// Chỉ mức này: red, yellow, green, not_measured | Only in this band: red, yellow, green, not_measured
        #[arg(long)]
        band: Option<String>,
        /// Sắp theo cột này, như overall hoặc -overall | In the order of this column, as overall or -overall
        #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
        sort: Option<String>,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Điểm đã lưu qua các lần đo, mới nhất trước | Scores as they were kept, newest first
    History {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cấp: nation, bloc, province, agency, database, dataset | The level: nation, bloc, province, agency, database, dataset
        #[arg(long, default_value = "dataset")]
        level: String,
        /// Mã của thứ cần xem, như VN/GOV/G01/dan-cu/nguoi | What, by its identifier, as VN/GOV/G01/dan-cu/nguoi
        id: String,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Các xã, phường của một tỉnh: bao nhiêu bản ghi, quy tắc nào kém nhất ở đó; nơi chưa đo ghi là chưa đo | The communes of a province: how many records, which rule is worst there; what is not measured is told as that
    Units {
        #[command(flatten)]
        officer: OfficerFile,
        /// Mã tỉnh, thành phố, như 01 | The province's code, as 01
        province: String,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// So khớp hai bộ dữ liệu có bao nhiêu giá trị chung | How many values two datasets have in common
    #[command(subcommand)]
    Overlap(Overlap),
    /// Phiếu chất lượng dữ liệu của một cơ quan trên một trang A4: điểm, diễn biến, nguyên nhân, sửa gì trước | An agency's scorecard on one A4 page: scores, how they went, causes, what to repair first
    Scorecard {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cơ quan, như VN/GOV/G01 | The agency, as VN/GOV/G01
        agency: MemberId,
        /// Dạng: json, pdf, docx | The form: json, pdf, docx
        #[arg(long, value_enum, default_value_t)]
        format: CardFormat,
        /// Ghi ra tệp này; không có thì in ra đầu ra chuẩn | Written to this file; without, to standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Điểm theo sáu tiêu chí, từng trường, kèm số lượt xét và khoảng tin cậy | Scores by the six criteria, for each field, with counts and intervals
    Show {
        #[command(flatten)]
        measured: Measured,
    },
    /// Một con số gồm những gì: quy tắc, căn cứ, định nghĩa, số đếm | What a number is made of: rules, sources, definitions, counts
    Explain {
        #[command(flatten)]
        measured: Measured,
        /// Trường, tiêu chí (accurate, complete, clean, live, consistent) hoặc quy tắc; không nêu thì cả bộ dữ liệu | A field, a criterion (accurate, complete, clean, live, consistent) or a rule; without it the whole dataset
        number: Option<String>,
    },
    /// Hai lần đo khác nhau ở đâu | What differs between two measurements
    Diff {
        #[command(flatten)]
        measured: Measured,
        /// So với ngày này; không nêu thì lần liền trước | Compared with this day; without it the one before
        #[arg(long)]
        with: Option<Date>,
    },
    /// Lỗi theo nguyên nhân có khả năng nhất, lỗi sửa được nhiều nhất trước; khoá bản ghi và đề xuất sửa chỉ có tại nút này | Defects by probable cause, what repair gains most first; keys of records and proposals of repair are only here, at this node
    Defects {
        #[command(flatten)]
        measured: Measured,
        /// Chỉ quy tắc này | This rule only
        #[arg(long)]
        rule: Option<String>,
        /// Liệt kê khoá các bản ghi lỗi | List the keys of failing records
        #[arg(long)]
        keys: bool,
        /// Đọc lại các bản ghi lỗi: còn lỗi hay đã sửa | Read failing records again: do they fail still
        #[arg(long)]
        again: bool,
        /// Nhiều nhất bấy nhiêu khoá của mỗi quy tắc; số đếm vẫn đủ | So many keys of each rule at most; the counts are of all
        #[arg(long, value_name = "N", default_value_t = 1000)]
        limit: usize,
        /// Ghi đề xuất sửa thành lệnh SQL ra tệp này, để chủ dữ liệu xem và tự chạy | Write proposals of repair as SQL to this file, for the owner to look at and run
        #[arg(long, value_name = "FILE")]
        sql: Option<PathBuf>,
        /// Ghi đề xuất sửa ra tệp CSV này | Write proposals of repair to this CSV file
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Overlap {
    /// Các đề nghị so khớp về bộ dữ liệu của cơ quan bạn, mới nhất trước | Comparisons about your agency's datasets, the newest first
    List {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Đề nghị đếm số giá trị chung của một trường ở hai bộ dữ liệu; cả hai cơ quan chủ quản phải đồng ý, không giá trị nào rời nút | Ask how many values a field of two datasets has in common; both owners must agree, no value leaves its node
    Ask {
        #[command(flatten)]
        officer: OfficerFile,
        /// Bộ dữ liệu, như VN/GOV/G01/dan-cu/nguoi | A dataset, as VN/GOV/G01/dan-cu/nguoi
        service: ServiceId,
        /// Trường của bộ dữ liệu này | Its field
        #[arg(long, value_name = "NAME")]
        field: String,
        /// Bộ dữ liệu kia | The other dataset
        #[arg(long, value_name = "SERVICE")]
        with: ServiceId,
        /// Trường của bộ dữ liệu kia; không nêu thì cùng tên | Its field; without it one of the same name
        #[arg(long, value_name = "NAME")]
        with_field: Option<String>,
        /// So khớp để làm gì, cho hai cơ quan chủ quản và nhật ký thay đổi | What for, for both owners and the audit trail
        #[arg(long)]
        reason: String,
    },
    /// Đồng ý cho so khớp phần của cơ quan bạn | Agree for what is your agency's
    Agree(Compared),
    /// Từ chối hoặc rút lại; những gì nút đã che đều bị xoá | Decline it or take it back; what nodes have covered is forgotten
    End(Compared),
}

#[derive(Debug, Args)]
pub(crate) struct Compared {
    #[command(flatten)]
    pub(crate) officer: OfficerFile,
    /// Số, như TR-2026-000001 | Its number, as TR-2026-000001
    pub(crate) id: String,
    /// Lý do, ghi vào nhật ký thay đổi | The reason, in the audit trail
    #[arg(long)]
    pub(crate) reason: String,
}

/// Dạng của phiếu chất lượng | The form of a scorecard
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(crate) enum CardFormat {
    /// Toàn bộ nội dung cho máy đọc | All of it, for programs
    #[default]
    Json,
    /// Một trang A4 để in và ký | One A4 page to print and to sign
    Pdf,
    /// Cùng trang ấy để sửa tiếp | The same page, to be worked on
    Docx,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Defect {
    /// Lỗi dữ liệu phải sửa tại nguồn, quá hạn và sắp hết hạn trước | Defects to be corrected at the source, what is late or due first
    List {
        #[command(flatten)]
        officer: OfficerFile,
        /// Chỉ của cơ quan này và các cơ quan trực thuộc | Only of this agency and those below it
        #[arg(long, value_name = "MEMBER")]
        agency: Option<String>,
        /// Chỉ của bộ dữ liệu này | Only of this dataset
        #[arg(long)]
        service: Option<String>,
        /// Trạng thái: live, open, correcting, closed, rule_gone | The state: live, open, correcting, closed, rule_gone
        #[arg(long, default_value = "live")]
        state: String,
        /// Chỉ những lỗi quá hạn | Only those past their day
        #[arg(long)]
        late: bool,
        /// Sắp theo cột này, như -gain | In the order of this column, as -gain
        #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
        sort: Option<String>,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Xem một lỗi: quy tắc, nguyên nhân, thời hạn, đã xảy ra những gì | Look at one: the rule, the cause, its clocks, what happened
    Show {
        #[command(flatten)]
        officer: OfficerFile,
        /// Số, như CL-2026-000001 | Its number, as CL-2026-000001
        id: String,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t = Output::Yaml)]
        output: Output,
    },
    /// Báo lỗi gặp trong một lượt khai thác; không ghi dữ liệu của người cụ thể | Report one met in an exchange; write no data of persons
    Report {
        #[command(flatten)]
        officer: OfficerFile,
        /// Bộ dữ liệu, như VN/GOV/G01/dan-cu/nguoi | The dataset, as VN/GOV/G01/dan-cu/nguoi
        service: ServiceId,
        /// Mã lượt khai thác, như nút kết nối đã ghi | The exchange's id, as the node has written it
        #[arg(long, value_name = "ID")]
        exchange: String,
        /// Trường có lỗi | The field that is wrong
        #[arg(long, value_name = "NAME")]
        field: String,
        /// Loại lỗi: missing, range, duplicate, format, reference, contradiction, stale, differs | What is wrong: missing, range, duplicate, format, reference, contradiction, stale, differs
        #[arg(long)]
        kind: String,
        /// Nội dung cho cơ quan chủ quản | What was met, for the owner
        #[arg(long)]
        reason: String,
    },
    /// Báo đang sửa tại nguồn; chỉ lượt đo sau đạt quy tắc mới đóng lỗi | Say that it is being corrected; only a later measurement that passes closes it
    Correct(Said),
    /// Báo cần xác minh: hạn dời tới ngày làm việc thứ 15, một lần | Say that it is disputed: its last day becomes the 15th working day, once
    Dispute(Said),
    /// Ghi ý kiến cho những bên liên quan | Say something to all whom it concerns
    Comment(Said),
}
