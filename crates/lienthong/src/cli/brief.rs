//! Briefs for those who lead, as commands.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{OfficerFile, Output};

#[derive(Debug, Subcommand)]
pub(crate) enum Brief {
    /// Tình hình lúc này: chậm ở đâu, của ai, đã khai báo mà chưa dùng, cần quyết định gì | How it stands now: what is late and whose, declared and not used, needs a decision
    Now {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Các báo cáo đã lập, mới nhất trước, kèm số liệu đã lưu | The briefs that were made, newest first, with the figures that were kept
    List {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Lập báo cáo một trang từ tình hình lúc này; ngoài ra nền tảng điều phối tự lập mỗi tuần | Make a one-page brief of how it stands now; the hub also makes one each week by itself
    Make {
        #[command(flatten)]
        officer: OfficerFile,
        /// Lập để làm gì, ghi vào nhật ký thay đổi | What for, noted in the audit trail
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        paper: Paper,
    },
    /// Lấy một báo cáo đã lập, đúng như khi lập | Get a brief as it was made
    Get {
        #[command(flatten)]
        officer: OfficerFile,
        /// Số, như BC-2026-000001 | Its number, as BC-2026-000001
        id: String,
        #[command(flatten)]
        paper: Paper,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Paper {
    /// Dạng: json, pdf, docx, xlsx | The form: json, pdf, docx, xlsx
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: PaperFormat,
    /// Ghi ra tệp này; không có thì in ra đầu ra chuẩn | Written to this file; without, to standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Dạng của báo cáo | The form of a brief
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub(crate) enum PaperFormat {
    /// Toàn bộ nội dung cho máy đọc | All of it, for programs
    #[default]
    Json,
    /// Một trang A4 để in và ký | One A4 page to print and to sign
    Pdf,
    /// Cùng trang ấy để sửa tiếp | The same page, to be worked on
    Docx,
    /// Số liệu và chi tiết từng số | Figures, and what each counts
    Xlsx,
}
