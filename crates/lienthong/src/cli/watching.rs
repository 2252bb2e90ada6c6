//! The part of the command line that tells how hubs and nodes are.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Format;

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Thư mục trạng thái của nền tảng điều phối hoặc của nút; có thể đang chạy | State folders of a hub or of nodes; they may be running
    #[arg(required = true, value_name = "DIR")]
    pub(crate) dirs: Vec<PathBuf>,
    /// Cách in kết quả | How results are printed
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Format,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Check {
    /// Nút có hoạt động tốt không; ngưỡng là số giây chờ trả lời (2 và 5) | Whether a node is well; bounds are seconds until it answers (2 and 5)
    Node(CheckAt),
    /// Nền tảng điều phối có hoạt động tốt không; ngưỡng là số giây chờ trả lời (2 và 5) | Whether a hub is well; bounds are seconds until it answers (2 and 5)
    Hub(CheckAt),
    /// Các chứng thư còn bao lâu; ngưỡng là số ngày (30 và 7) | How long certificates hold; bounds are days (30 and 7)
    Certificates(CheckAt),
    /// Danh bạ nút đang giữ còn dùng được bao lâu; ngưỡng là số giờ (72 và 24) | How long a node's directory counts; bounds are hours (72 and 24)
    Directory(CheckAt),
    /// Ổ đĩa của sổ trao đổi hoặc của kho: còn bao nhiêu, có ghi được không; ngưỡng là số MB (2000 và 256) | The disk of a ledger or a store: how much is left, whether it can be written; bounds are MB (2000 and 256)
    Disk(CheckAt),
}

#[derive(Debug, Args)]
pub(crate) struct CheckAt {
    /// Thư mục trạng thái; có thể đang chạy | The state folder; it may be running
    #[arg(long)]
    pub(crate) dir: PathBuf,
    /// Ngưỡng cảnh báo | From where on it is a warning
    #[arg(short, long, value_name = "N")]
    pub(crate) warning: Option<f64>,
    /// Ngưỡng nghiêm trọng | From where on it is critical
    #[arg(short, long, value_name = "N")]
    pub(crate) critical: Option<f64>,
}
