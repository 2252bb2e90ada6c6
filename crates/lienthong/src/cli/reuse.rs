//! The part of the command line that looks at reuse as it was counted.

use clap::{Args, Subcommand};

use super::{OfficerFile, Output};

/// Tháng nào | Which month
#[derive(Debug, Args)]
pub(crate) struct Month {
    /// Tháng, như 2026-11; không nêu thì tháng này, của cơ quan khác thì tháng đã qua | The month, as 2026-11; without it the present one, of other agencies the last that is over
    #[arg(long)]
    pub(crate) month: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Reuse {
    /// Tái sử dụng thực chất của cả nước, cơ quan, tỉnh, nơi giải quyết, thủ tục, giấy tờ, lý do | Real reuse of the nation, agencies, provinces, offices, procedures, papers, reasons
    List {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cấp: nation, agency, province, office, procedure, paper, reason | The level: nation, agency, province, office, procedure, paper, reason
        #[arg(long, default_value = "agency")]
        level: String,
        /// Chỉ của cơ quan này và các cơ quan trực thuộc | Only of this agency and those below it
        #[arg(long, value_name = "MEMBER")]
        agency: Option<String>,
        /// Chỉ thủ tục này | Only of this procedure
        #[arg(long, value_name = "CODE")]
        procedure: Option<String>,
        /// Chỉ giấy tờ này | Only of this paper
        #[arg(long, value_name = "CODE")]
        paper: Option<String>,
        #[command(flatten)]
        month: Month,
        /// Sắp theo cột này, như reuse hoặc -re_asks | In the order of this column, as reuse or -re_asks
        #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
        sort: Option<String>,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Giấy tờ có thể bỏ ngay hôm nay, chưa bỏ được, hoặc chưa đo được | Papers that could be dropped today, not yet, or of which nothing can be said
    Papers {
        #[command(flatten)]
        officer: OfficerFile,
        /// Chỉ thủ tục này | Only of this procedure
        #[arg(long, value_name = "CODE")]
        procedure: Option<String>,
        /// Chỉ kết luận này: droppable, not_yet, not_measured, not_published | Only with this verdict: droppable, not_yet, not_measured, not_published
        #[arg(long)]
        verdict: Option<String>,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Một cơ quan chủ quản: cơ sở dữ liệu chưa công bố, dữ liệu hỏi không có, giấy tờ người dân vẫn phải nộp | A ministry: databases without a scope, data asked in vain, papers that people brought since
    Show {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cơ quan, như VN/GOV/G01 | The agency, as VN/GOV/G01
        id: String,
        #[command(flatten)]
        month: Month,
        /// Cách in kết quả; mặc định là yaml | How results are printed; yaml by default
        #[arg(short, long, value_enum)]
        output: Option<Output>,
    },
}
