//! The part of the command line that assesses agencies, and computes bundles anew.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::civil::Date;
use model::id::MemberId;

use super::{OfficerFile, Output};

/// Theo bộ quy tắc nào, kỳ nào | By which pack, in which period
#[derive(Debug, Args)]
pub(crate) struct InPeriod {
    /// Bộ quy tắc, như lienthong-30 | The pack, as lienthong-30
    #[arg(long, value_name = "PACK", default_value = "lienthong-30")]
    pub(crate) pack: String,
    /// Kỳ, như 2026-11 hoặc 2026-Q4; không nêu thì kỳ mới nhất | The period, as 2026-11 or 2026-Q4; without it the newest
    #[arg(long)]
    pub(crate) period: Option<String>,
}

/// Tiêu chí nào, của cơ quan nào, vì sao | Which criterion, of which agency, and why
#[derive(Debug, Args)]
pub(crate) struct OfCriterion {
    #[command(flatten)]
    pub(crate) officer: OfficerFile,
    /// Cơ quan, như VN/GOV/G01 | The agency, as VN/GOV/G01
    pub(crate) agency: MemberId,
    /// Tiêu chí, như can-cu-phap-ly | The criterion, as can-cu-phap-ly
    pub(crate) criterion: String,
    /// Bộ quy tắc, như lienthong-30 | The pack, as lienthong-30
    #[arg(long, value_name = "PACK", default_value = "lienthong-30")]
    pub(crate) pack: String,
    /// Lý do, ghi vào nhật ký thay đổi | The reason, for the audit trail
    #[arg(long)]
    pub(crate) reason: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Assess {
    /// Mọi cơ quan trong một kỳ: điểm ghi nhận, độ phủ, tự báo cáo, chênh lệch, mức | All agencies of a period: observed, covered, claimed, the gap, the level
    List {
        #[command(flatten)]
        officer: OfficerFile,
        #[command(flatten)]
        of: InPeriod,
        /// Sắp theo cột này, như gap hoặc -gap | In the order of this column, as gap or -gap
        #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
        sort: Option<String>,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Các kỳ đã đánh giá, mới nhất trước, kèm mã băm | The periods that were assessed, newest first, with their digests
    Periods {
        #[command(flatten)]
        officer: OfficerFile,
        /// Bộ quy tắc, như lienthong-30 | The pack, as lienthong-30
        #[arg(long, value_name = "PACK", default_value = "lienthong-30")]
        pack: String,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Một cơ quan: từng tiêu chí, minh chứng, từ khi nào, sửa thì tăng bao nhiêu | One agency: each criterion, its evidence, since when, what mending it adds
    Show {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cơ quan, như VN/GOV/G01 | The agency, as VN/GOV/G01
        agency: MemberId,
        #[command(flatten)]
        of: InPeriod,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Một tiêu chí của một cơ quan: căn cứ, đo gì, đọc từ đâu, minh chứng, các kỳ không đạt | One criterion of an agency: its law, what is measured and read from where, evidence, periods not met
    Explain {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cơ quan, như VN/GOV/G01 | The agency, as VN/GOV/G01
        agency: MemberId,
        /// Tiêu chí, như can-cu-phap-ly | The criterion, as can-cu-phap-ly
        criterion: String,
        #[command(flatten)]
        of: InPeriod,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t = Output::Yaml)]
        output: Output,
    },
    /// Đánh giá kỳ này ngay bây giờ; nền tảng điều phối tự làm mỗi ngày một lần | Assess the present period now; the hub does so by itself once a day
    Run {
        #[command(flatten)]
        officer: OfficerFile,
        /// Lý do, ghi vào nhật ký thay đổi | The reason, for the audit trail
        #[arg(long)]
        reason: String,
    },
    /// Tải gói kiểm chứng: bộ quy tắc, minh chứng, kết quả, mã băm | Fetch the bundle: pack, evidence, results, digests
    Bundle {
        #[command(flatten)]
        officer: OfficerFile,
        /// Cơ quan, như VN/GOV/G01; không nêu thì mọi cơ quan | The agency, as VN/GOV/G01; without it all of them
        agency: Option<MemberId>,
        #[command(flatten)]
        of: InPeriod,
        /// Ghi ra tệp này; không có thì in ra đầu ra chuẩn | Written to this file; without, to standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Tính lại một gói kiểm chứng, không cần mạng; gói bị sửa thì nêu rõ chỗ khác | Compute a bundle anew, without a network; of one that was altered what differs is named
    Verify {
        /// Gói kiểm chứng | The bundle
        #[arg(value_name = "FILE")]
        bundle: PathBuf,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Các bộ quy tắc và thời gian hiệu lực; nêu một bộ thì xem toàn bộ | The packs and when each judges; of one that is named all of it
    Packs {
        #[command(flatten)]
        officer: OfficerFile,
        /// Bộ quy tắc cùng phiên bản, như lienthong-30@1 | A pack with its version, as lienthong-30@1
        id: Option<String>,
        /// Cách in kết quả | How results are printed
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
    },
    /// Công bố một bộ quy tắc; phiên bản mới phải công bố trước trọn một kỳ | Announce a pack; a new version a whole period ahead
    Announce {
        #[command(flatten)]
        officer: OfficerFile,
        /// Bộ quy tắc, tệp TOML | The pack, a file of TOML
        file: PathBuf,
        /// Lý do, ghi vào nhật ký thay đổi | The reason, for the audit trail
        #[arg(long)]
        reason: String,
    },
    /// Tự báo cáo giá trị của một tiêu chí; chỉ đặt cạnh số ghi nhận | Claim a value of a criterion; it only stands beside what was observed
    Claim {
        #[command(flatten)]
        of: OfCriterion,
        /// Giá trị, như "95 %", "3", "800 ms", yes; bỏ trống thì rút lại | The value, as "95 %", "3", "800 ms", yes; empty takes it back
        #[arg(long, default_value = "")]
        value: String,
    },
    /// Miễn một tiêu chí cho một cơ quan đến một ngày | Let an agency off a criterion until a day
    Waive {
        #[command(flatten)]
        of: OfCriterion,
        /// Căn cứ pháp lý | The legal basis
        #[arg(long)]
        basis: String,
        /// Ngày cuối cùng, như 2027-03-31 | The last day, as 2027-03-31
        #[arg(long)]
        until: Date,
    },
    /// Kết thúc một lần miễn ngay hôm nay | End a waiver today
    EndWaiver {
        #[command(flatten)]
        officer: OfficerFile,
        /// Số, như MT-2026-000001 | Its number, as MT-2026-000001
        id: String,
        /// Lý do, ghi vào nhật ký thay đổi | The reason, for the audit trail
        #[arg(long)]
        reason: String,
    },
    /// Khiếu nại kết quả một tiêu chí của cơ quan mình | Dispute how one's agency stands by a criterion
    Dispute {
        #[command(flatten)]
        of: OfCriterion,
        /// Kỳ, như 2026-11; không nêu thì kỳ mới nhất | The period, as 2026-11; without it the newest
        #[arg(long)]
        period: Option<String>,
    },
    /// Trả lời một khiếu nại | Answer a dispute
    Answer {
        #[command(flatten)]
        officer: OfficerFile,
        /// Số, như KN-2026-000001 | Its number, as KN-2026-000001
        id: String,
        /// Nội dung trả lời, cũng ghi vào nhật ký thay đổi | The answer, in the audit trail as well
        #[arg(long)]
        reason: String,
    },
}
