//! The part of the command line that measures the quality of datasets, at their node.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::civil::Date;
use model::id::ServiceId;

use super::Format;

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
    #[command(flatten)]
    pub(crate) node: NodeFolder,
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
