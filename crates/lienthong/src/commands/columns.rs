//! The columns of tables that people read: what stands above each, and how its values are written. Programs ask for JSON or CSV, where each
//! column is named by its path.

mod assess;
mod quality;

use hub::sheet::{Sheet, cell};
use model::words::Language;
use serde_json::Value;

use crate::texts;

pub(crate) use self::assess::{
    ASSESS_PACKS, ASSESSED_CRITERIA, ASSESSED_PERIODS, ASSESSMENTS, BUNDLE_DIFFERENCES, MQA, REUSE,
    REUSE_PAPERS, VERIFIED,
};
pub(crate) use self::quality::{COMPARED, DEFECTS, MEASURES, QUALITY, QUALITY_HISTORY, QUALITY_UNITS, TASKS};

/// How the values of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum As {
    /// As they are.
    Plain,
    /// A word of a closed list, as the pages say it under this prefix.
    Word(&'static str),
    /// A count, its thousands apart.
    Count,
    /// Microseconds, as milliseconds.
    Micros,
    /// Of a hundred.
    Percent,
    /// Yes or no.
    YesNo,
}

/// Each column by its path: what stands above it in Vietnamese and in English, and how it is written.
const HEADS: &[(&str, &str, &str, As)] = &[
    ("id", "mã", "code", As::Plain),
    ("code", "mã", "code", As::Plain),
    ("database", "cơ sở dữ liệu", "database", As::Plain),
    ("name.vi", "tên", "name", As::Plain),
    ("vi", "tên", "name", As::Plain),
    ("owner", "cơ quan chủ quản", "owner", As::Plain),
    ("name", "tên", "name", As::Plain),
    ("unit", "đơn vị", "unit", As::Plain),
    ("rights", "quyền", "rights", As::Plain),
    ("invited_by", "người mời", "invited by", As::Plain),
    ("invited_at", "ngày mời", "invited", As::Plain),
    ("enrolled_at", "đăng nhập lần đầu", "enrolled", As::Plain),
    ("used_at", "lần cuối", "last here", As::Plain),
    ("parent", "cấp trên", "above it", As::Plain),
    ("papers", "giấy tờ", "papers", As::Count),
    ("replaced", "thay được bằng dữ liệu", "replaced by data", As::Count),
    ("place", "ở đâu", "where", As::Plain),
    ("warning", "chỉ lưu ý", "only a warning", As::YesNo),
    ("standing", "tình trạng", "standing", As::Word("standing.")),
    ("declared.stage", "khai báo", "declared", As::Word("stage.")),
    ("observed", "ghi nhận", "observed", As::Word("seen.")),
    ("services", "dịch vụ", "services", As::Count),
    ("agencies", "cơ quan dùng", "agencies", As::Count),
    ("first_use", "lần khai thác đầu tiên", "first real use", As::Plain),
    ("deadline", "hạn", "due", As::Plain),
    ("time_left.vi", "còn lại", "left", As::Plain),
    ("a", "một", "one", As::Plain),
    ("b", "hai", "other", As::Plain),
    ("percent.0", "phần của một", "share of one", As::Percent),
    ("percent.1", "phần của hai", "share of other", As::Percent),
    ("terms", "thuật ngữ chung", "terms in common", As::Plain),
    ("names", "tên giống nhau", "like names", As::Plain),
    ("what", "khai báo gì", "claimed", As::Word("claim.")),
    ("service", "dịch vụ", "service", As::Plain),
    ("table", "bảng", "table", As::Plain),
    ("verified_until", "đúng với nguồn đến", "as its source until", As::Plain),
    ("held_records", "bản ghi giữ lại", "records held", As::Count),
    ("trouble.vi", "vướng ở đâu", "what is in the way", As::Plain),
    ("says", "cơ sở dữ liệu nói", "the database says", As::Plain),
    ("held_by", "thuộc về", "belongs to", As::Plain),
    ("act", "văn bản", "act", As::Plain),
    ("entries", "số mục", "entries", As::Count),
    ("identified", "đã xác định", "identified", As::Count),
    ("evidence.annex", "theo phụ lục", "by the annex", As::Count),
    ("evidence.named", "theo tên", "by name", As::Count),
    ("evidence.implied", "suy ra", "implied", As::Count),
    ("confirmed", "đã xác nhận", "confirmed", As::Count),
    ("contract", "hợp đồng", "contract", As::Plain),
    ("fields", "trường", "fields", As::Plain),
    ("update", "cập nhật", "updated", As::Plain),
    ("entry.id", "mã", "code", As::Plain),
    ("entry.datum", "mục dữ liệu", "data item", As::Plain),
    ("datum", "mục dữ liệu", "data item", As::Plain),
    ("progress.holder", "cơ quan phải chia sẻ", "must share", As::Plain),
    ("entry.receivers", "bên nhận", "receivers", As::Plain),
    ("receivers", "bên nhận", "receivers", As::Plain),
    ("basis", "căn cứ", "basis", As::Plain),
    ("progress.met", "đã thực hiện", "met", As::YesNo),
    ("entry.deadline", "hạn", "due", As::Plain),
    ("progress.time_left.days", "số ngày còn lại", "days left", As::Count),
    ("time_left.days", "số ngày còn lại", "days left", As::Count),
    ("progress.time_left.vi", "còn lại", "left", As::Plain),
    ("valid_from", "từ ngày", "from", As::Plain),
    ("valid_to", "đến trước ngày", "until", As::Plain),
    ("to", "đến", "to", As::Plain),
    ("from", "từ", "from", As::Plain),
    ("relation", "quan hệ", "relation", As::Plain),
    ("default", "mặc định", "default", As::YesNo),
    ("note", "ghi chú", "note", As::Plain),
    ("grant.id", "quyền", "grant", As::Plain),
    ("grant.client", "hệ thống", "system", As::Plain),
    ("grant.service", "dịch vụ", "service", As::Plain),
    ("unused.is", "không dùng", "unused", As::YesNo),
    ("unused.last", "lần dùng cuối", "last used", As::Plain),
    ("ends", "sắp hết hạn", "ends soon", As::YesNo),
    ("issued_at", "cấp lúc", "issued", As::Plain),
    ("grant", "quyền", "grant", As::Plain),
    ("why", "vì sao", "why", As::Word("suspension.")),
    ("ended_at", "kết thúc", "ended", As::Plain),
    ("text.vi", "việc phải làm", "what is to be done", As::Plain),
    ("title.vi", "về việc", "about", As::Plain),
    ("issued", "ngày ban hành", "issued", As::Plain),
    ("lead", "chủ trì", "leads", As::Plain),
    ("directive", "văn bản", "directive", As::Plain),
    ("measures", "số đo", "measures", As::Plain),
    ("claimed_on", "báo hoàn thành", "said to be done", As::Plain),
    ("done_on", "hoàn thành", "done", As::Plain),
    ("extended_to", "gia hạn tới", "extended to", As::Plain),
    ("verdict", "theo số đo", "by measure", As::Word("task.verdict.")),
    ("of_database", "theo từng cơ sở dữ liệu", "by database", As::YesNo),
    ("least", "ít nhất", "least", As::Count),
    ("most", "nhiều nhất", "most", As::Count),
    ("reason", "lý do", "reason", As::Plain),
    ("dossier", "số hồ sơ", "dossier", As::Plain),
    ("case_state", "trạng thái", "state", As::Plain),
    ("opened", "mở lúc", "opened", As::Plain),
    ("number", "số", "number", As::Plain),
    ("late", "quá hạn", "late", As::YesNo),
    ("gaps", "mục chưa có dữ liệu", "items without data", As::Count),
    ("by_whom", "ai", "by", As::Plain),
    ("happened", "việc", "what", As::Plain),
    ("about", "về", "about", As::Plain),
    ("day", "ngày", "day", As::Plain),
    ("counted", "được tính", "counted", As::Plain),
    ("client", "hệ thống", "system", As::Plain),
    ("purpose", "mục đích", "purpose", As::Plain),
    ("figures.calls", "lượt", "calls", As::Count),
    ("figures.answered", "có trả lời", "answered", As::Count),
    ("figures.empty", "không có bản ghi", "no record", As::Count),
    ("figures.rejected", "yêu cầu sai", "rejected", As::Count),
    ("figures.refused", "từ chối theo quy định", "refused by rule", As::Count),
    ("figures.failed", "lỗi", "failed", As::Count),
    ("figures.p95_micros", "p95", "p95", As::Micros),
    ("at_consumer.calls", "lượt", "calls", As::Count),
    ("at_consumer.answered", "bên dùng: có trả lời", "consumer: answered", As::Count),
    ("at_consumer.empty", "không có bản ghi", "no record", As::Count),
    ("at_consumer.rejected", "yêu cầu sai", "rejected", As::Count),
    ("at_consumer.refused", "từ chối theo quy định", "refused by rule", As::Count),
    ("at_consumer.failed", "lỗi", "failed", As::Count),
    ("at_consumer.percent_answered", "tỷ lệ trả lời", "answered of all", As::Percent),
    ("at_provider.answered", "bên cung cấp: có trả lời", "provider: answered", As::Count),
    ("at_provider.p95_micros", "p95 bên cung cấp", "p95 at the provider", As::Micros),
    ("node", "nút kết nối", "node", As::Plain),
    ("flaws", "giá trị không đọc được", "values not read", As::Count),
    ("since", "từ lúc", "since", As::Plain),
    ("consumer", "bên sử dụng", "consumer", As::Plain),
    ("test", "kiểm thử", "test", As::YesNo),
    ("compared", "đối chiếu", "compared", As::Plain),
    ("difference", "chênh lệch", "difference", As::Count),
    ("at_provider.nodes", "nút bên cung cấp", "provider's nodes", As::Plain),
    ("at_consumer.nodes", "nút bên dùng", "consumer's nodes", As::Plain),
    ("kind", "loại", "kind", As::Word("found.")),
    ("part", "phần", "part", As::Plain),
    ("fits", "khớp", "fits", As::Word("fits.")),
    ("ended.on", "hết hiệu lực", "ended", As::Plain),
    ("ended.became.0.name", "nay là", "is now", As::Plain),
    ("state", "trạng thái", "state", As::Word("request.state.")),
    ("subject", "ở đâu", "where", As::Plain),
    ("times", "số lần", "times", As::Count),
    ("cause", "nguyên nhân", "cause", As::Word("cause.")),
    ("usage", "để làm gì", "for", As::Plain),
    ("sha256", "SHA-256", "SHA-256", As::Plain),
    ("renewed_over", "gia hạn trên", "renewed over", As::Plain),
    ("admitted_at", "nhận lúc", "admitted", As::Plain),
    ("withdrawn_at", "rút lúc", "withdrawn", As::Plain),
    ("type", "loại", "type", As::Plain),
    ("step", "bước", "step", As::Plain),
    ("waits_for", "chờ ai", "waits for", As::Word("by.")),
    ("due", "hạn", "due", As::Plain),
    ("address", "địa chỉ", "address", As::Plain),
    ("systems", "hệ thống", "systems", As::Plain),
    ("odcs.status", "trạng thái", "status", As::Plain),
    ("citation", "trích dẫn", "citation", As::Plain),
    ("ground", "căn cứ", "ground", As::Plain),
    ("versions.-1.name.vi", "tên", "name", As::Plain),
    ("versions.-1.version", "phiên bản", "version", As::Plain),
    ("versions.-1.status", "trạng thái", "status", As::Word("status.")),
    ("versions.-1.owned_by", "cơ quan sở hữu", "owned by", As::Plain),
    ("duty", "nghĩa vụ", "duty", As::Plain),
    ("holder", "cơ quan phải chia sẻ", "must share", As::Plain),
    ("days", "số ngày", "days", As::Count),
    ("answered", "có trả lời", "answered", As::Count),
    ("empty", "không có bản ghi", "no record", As::Count),
    ("rejected", "yêu cầu sai", "rejected", As::Count),
    ("refused", "từ chối theo quy định", "refused by rule", As::Count),
    ("failed", "lỗi", "failed", As::Count),
    ("answered_at_provider", "bên cung cấp đếm", "provider counted", As::Count),
    ("answered_at_consumer", "bên sử dụng đếm", "consumer counted", As::Count),
    ("week", "tuần", "week", As::Plain),
    ("counts.known_databases", "CSDL đã xác định", "known databases", As::Count),
    ("counts.used_databases", "có khai thác", "in use", As::Count),
    ("counts.met_duties", "nghĩa vụ hoàn thành", "duties met", As::Count),
    ("counts.late_databases", "CSDL quá hạn", "late databases", As::Count),
    ("counts.late_duties", "nghĩa vụ quá hạn", "late duties", As::Count),
    ("counts.late_requests", "đề nghị quá hạn", "late requests", As::Count),
    ("counts.unused_databases", "khai báo, chưa dùng", "declared, not used", As::Count),
    ("figure", "số liệu", "figure", As::Word("topic.")),
    ("count", "số lượng", "count", As::Count),
    ("at", "lúc", "at", As::Plain),
    ("about", "về", "about", As::Plain),
    ("time_left.by", "hạn", "due", As::Plain),
    ("read_at", "đã đọc lúc", "read", As::Plain),
    ("second_hand", "nhận lại", "second hand", As::YesNo),
    ("overall.value", "điểm", "score", As::Plain),
    ("overall.band", "mức", "band", As::Plain),
    ("criteria.accurate.value", "đúng", "accurate", As::Plain),
    ("criteria.complete.value", "đủ", "complete", As::Plain),
    ("criteria.clean.value", "sạch", "clean", As::Plain),
    ("criteria.live.value", "sống", "live", As::Plain),
    ("criteria.consistent.value", "thống nhất", "consistent", As::Plain),
    ("criteria.shared.value", "dùng chung", "shared", As::Plain),
    ("alerts", "cảnh báo trường khoá", "key field alerts", As::Count),
    ("datasets", "bộ dữ liệu", "datasets", As::Count),
    ("datasets_measured", "đã đo", "measured", As::Count),
    ("measured_at", "đo lúc", "measured at", As::Plain),
    ("defects", "lỗi chưa sửa", "open defects", As::Count),
    ("scores.overall.value", "điểm", "score", As::Plain),
    ("scores.criteria.accurate.value", "đúng", "accurate", As::Plain),
    ("scores.criteria.complete.value", "đủ", "complete", As::Plain),
    ("scores.criteria.clean.value", "sạch", "clean", As::Plain),
    ("scores.criteria.live.value", "sống", "live", As::Plain),
    ("scores.criteria.consistent.value", "thống nhất", "consistent", As::Plain),
    ("scores.alerts", "cảnh báo trường khoá", "key field alerts", As::Count),
    ("field", "trường", "field", As::Plain),
    ("rule", "quy tắc", "rule", As::Plain),
    ("fails", "bản ghi lỗi", "failing records", As::Count),
    ("rows", "bản ghi", "records", As::Count),
    ("a.service", "bộ dữ liệu", "dataset", As::Plain),
    ("a.field", "trường", "field", As::Plain),
    ("b.service", "bộ dữ liệu kia", "other dataset", As::Plain),
    ("b.field", "trường kia", "other field", As::Plain),
    ("found.a", "số giá trị", "values", As::Count),
    ("found.b", "số giá trị bên kia", "other's values", As::Count),
    ("found.both", "giá trị chung", "in common", As::Count),
    ("band", "mức", "band", As::Word("band.")),
    ("worst.service", "bộ dữ liệu", "dataset", As::Plain),
    ("worst.rule", "quy tắc kém nhất", "worst rule", As::Plain),
    ("worst.fails", "bản ghi lỗi", "failing records", As::Count),
    ("worst.rows", "trên tổng số", "of all", As::Count),
    ("gain", "điểm tăng", "gain", As::Plain),
    ("opened_at", "từ lúc", "since", As::Plain),
    ("due.by", "hạn sửa", "due", As::Plain),
    ("measured", "đã đo", "measured", As::YesNo),
    ("withheld", "có số không nêu", "numbers withheld", As::YesNo),
    ("cases", "hồ sơ", "cases", As::Count),
    ("applicable", "lượt cần giấy tờ", "papers required", As::Count),
    ("reused", "tái sử dụng thực chất", "really reused", As::Count),
    ("reuse", "tỷ lệ tái sử dụng, %", "reuse, %", As::Plain),
    ("coverage", "đã công bố, %", "published, %", As::Plain),
    ("papers_asked", "giấy tờ đã yêu cầu", "papers asked for", As::Count),
    ("re_asks", "hỏi lại", "re-asks", As::Count),
    ("re_ask_rate", "tỷ lệ hỏi lại, %", "re-asks, %", As::Plain),
    ("procedure", "thủ tục", "procedure", As::Plain),
    ("paper", "giấy tờ", "paper", As::Plain),
    ("verdict", "kết luận", "verdict", As::Word("reuse.verdict.")),
    ("shown", "dữ liệu trả lời được", "shown by data", As::Count),
    ("shown_at_least", "ít nhất, %", "at least, %", As::Plain),
    ("differing", "lệch", "differing", As::Count),
    ("agency", "cơ quan", "agency", As::Plain),
    ("criterion", "tiêu chí", "criterion", As::Plain),
    ("period", "kỳ", "period", As::Plain),
    ("pack", "bộ quy tắc", "pack", As::Plain),
    ("as_of", "số liệu ngày", "read on", As::Plain),
    ("frozen_at", "chốt lúc", "frozen", As::Plain),
    ("pack_sha256", "mã băm bộ quy tắc", "digest of the pack", As::Plain),
    ("evidence_sha256", "mã băm minh chứng", "digest of the evidence", As::Plain),
    ("result_sha256", "mã băm kết quả", "digest of the result", As::Plain),
    ("effective_from", "hiệu lực từ", "from", As::Plain),
    ("announced_at", "công bố lúc", "announced", As::Plain),
    ("criteria", "số tiêu chí", "criteria", As::Count),
    ("second_hand", "nguồn thứ cấp", "second-hand", As::YesNo),
    ("assessed.level", "mức", "level", As::Plain),
    ("assessed.observed", "ghi nhận", "observed", As::Plain),
    ("assessed.coverage", "độ phủ, %", "coverage, %", As::Plain),
    ("assessed.claimed", "tự báo cáo", "claimed", As::Plain),
    ("assessed.gap", "chênh lệch", "gap", As::Plain),
    ("assessed.not_met", "không đạt", "not met", As::Count),
    ("assessed.not_measured", "chưa đo được", "not measured", As::Count),
    ("assessed.state", "kết quả", "result", As::Word("assess.state.")),
    ("assessed.value", "ghi nhận", "observed", As::Plain),
    ("assessed.bound", "ngưỡng", "bound", As::Plain),
    ("assessed.class", "lớp minh chứng", "class", As::Plain),
    ("assessed.since", "không đạt từ kỳ", "not met since", As::Plain),
    ("indicator", "chỉ tiêu", "indicator", As::Word("mqa.")),
    ("dimension", "nhóm", "dimension", As::Word("mqa.of.")),
    ("satisfying", "thoả", "satisfy it", As::Count),
    ("of", "trên", "of", As::Count),
    ("points", "phần trăm điểm", "hundredths of a point", As::Count),
    ("most", "điểm tối đa", "points at most", As::Count),
    ("told", "gói ghi", "the bundle says", As::Plain),
    ("computed", "tính lại được", "computed anew", As::Plain),
];

pub(crate) const DATABASES: &[&str] = &[
    "id",
    "name.vi",
    "owner",
    "standing",
    "declared.stage",
    "observed",
    "services",
    "agencies",
    "first_use",
    "deadline",
    "time_left.days",
    "time_left.vi",
];
pub(crate) const OVERLAPS: &[&str] = &["a", "b", "percent.0", "percent.1", "terms", "names"];
/// Procedures, with what data take the place of.
pub(crate) const PROCEDURES: &[&str] = &["name.vi", "id", "owner", "papers", "replaced", "valid_to"];
/// Cases at a node.
pub(crate) const CASES: &[&str] =
    &["id", "dossier", "name.vi", "case_state", "opened", "due", "late", "gaps"];
/// What happened in one.
pub(crate) const CASE_EVENTS: &[&str] = &["number", "at", "by_whom", "happened", "about", "reason"];
/// What was found of a procedure.
pub(crate) const FINDINGS: &[&str] = &["place", "name.vi", "warning"];
pub(crate) const CLAIMS: &[&str] = &["database", "owner", "what", "service", "held_by"];
pub(crate) const OFFICIAL: &[&str] = &[
    "code",
    "name.vi",
    "act",
    "entries",
    "identified",
    "evidence.annex",
    "evidence.named",
    "evidence.implied",
    "confirmed",
];
pub(crate) const OPEN_DATA: &[&str] =
    &["code", "database", "owner", "name.vi", "name.en", "service", "contract", "fields", "update"];
pub(crate) const DUTIES: &[&str] = &[
    "entry.id",
    "entry.datum",
    "progress.holder",
    "entry.receivers",
    "progress.met",
    "entry.deadline",
    "progress.time_left.days",
    "progress.time_left.vi",
];
pub(crate) const CODES: &[&str] = &["code", "vi", "en", "parent", "valid_from", "valid_to"];
pub(crate) const PAIRS_OF_CODES: &[&str] = &["to", "from", "relation", "default", "note"];
pub(crate) const CONSPICUOUS: &[&str] =
    &["grant.id", "grant.client", "grant.service", "unused.is", "unused.last", "ends", "issued_at"];
pub(crate) const SUSPENSIONS: &[&str] =
    &["id", "service", "grant", "why", "from", "to", "ended_at", "reason"];
pub(crate) const USAGE_DAYS: &[&str] = &[
    "day",
    "counted",
    "client",
    "service",
    "purpose",
    "figures.calls",
    "figures.answered",
    "figures.empty",
    "figures.rejected",
    "figures.refused",
    "figures.failed",
    "figures.p95_micros",
];
pub(crate) const USAGE_LIVE: &[&str] = &[
    "client",
    "service",
    "at_consumer.calls",
    "at_consumer.answered",
    "at_consumer.empty",
    "at_consumer.rejected",
    "at_consumer.refused",
    "at_consumer.failed",
    "at_consumer.percent_answered",
    "at_provider.answered",
    "at_provider.p95_micros",
];
pub(crate) const GAPS: &[&str] = &["service", "node", "fields", "flaws", "since"];
pub(crate) const USAGE_PAIRS: &[&str] = &[
    "day",
    "consumer",
    "service",
    "test",
    "at_provider.answered",
    "at_consumer.answered",
    "compared",
    "difference",
    "counted",
    "at_provider.nodes",
    "at_consumer.nodes",
];
pub(crate) const FOUND: &[&str] =
    &["id", "kind", "part", "name.vi", "name.en", "fits", "ended.on", "ended.became.0.name"];
pub(crate) const BRIEFS: &[&str] = &[
    "id",
    "day",
    "week",
    "counts.known_databases",
    "counts.used_databases",
    "counts.met_duties",
    "counts.late_databases",
    "counts.late_duties",
    "counts.late_requests",
    "counts.unused_databases",
];
pub(crate) const SITUATION: &[&str] = &["figure", "count"];
pub(crate) const NOTICES: &[&str] = &["id", "at", "vi", "en", "about", "time_left.by", "read_at", "address"];
pub(crate) const INCIDENTS: &[&str] =
    &["id", "state", "subject", "vi", "en", "since", "ended_at", "times", "services", "agencies", "cause"];
pub(crate) const MAINTENANCE: &[&str] = &["id", "node", "owner", "from", "to", "withdrawn_at", "reason"];
pub(crate) const CERTIFICATES: &[&str] = &["usage", "sha256", "from", "to", "renewed_over", "admitted_at"];
pub(crate) const OFFICERS: &[&str] =
    &["id", "name", "unit", "rights", "invited_by", "invited_at", "enrolled_at", "used_at"];
pub(crate) const REQUESTS: &[&str] = &[
    "id",
    "type",
    "client",
    "service",
    "state",
    "step",
    "waits_for",
    "due",
    "time_left.days",
    "time_left.vi",
    "grant",
];

fn head(path: &str) -> Option<&'static (&'static str, &'static str, &'static str, As)> {
    HEADS.iter().find(|(known, ..)| *known == path)
}

/// The columns of a table in one language: of those that say the same in both, one.
pub(crate) fn in_language<'a>(columns: &[&'a str], language: Language) -> Vec<&'a str> {
    let other = match language {
        Language::Vi => "en",
        Language::En => "vi",
    };
    let has_twin = |path: &str| {
        let stem = path.strip_suffix("vi").or_else(|| path.strip_suffix("en"));
        stem.is_some_and(|stem| {
            columns.contains(&format!("{stem}vi").as_str()) && columns.contains(&format!("{stem}en").as_str())
        })
    };
    // How many days are left stands in the words beside it.
    let is_told = |path: &str| {
        path.strip_suffix(".days").is_some_and(|stem| columns.contains(&format!("{stem}.vi").as_str()))
    };
    let is_other = |path: &str| path == other || path.ends_with(&format!(".{other}"));
    columns.iter().copied().filter(|path| !(is_told(path) || is_other(path) && has_twin(path))).collect()
}

/// A list as a file: headings and words in one language, figures as programs count with them.
pub(crate) fn sheet(name: &str, columns: &[&str], items: &[Value], language: Language) -> Sheet {
    let spoken = in_language(columns, language);
    // How many days are left is a figure here.
    let is_shown = |path: &&&str| spoken.contains(*path) || path.ends_with(".days");
    let columns: Vec<&str> = columns.iter().filter(is_shown).copied().collect();
    let heads = columns.iter().map(|path| title(path, language)).collect();
    let told = |item: &Value, path: &str| match head(path).map(|(.., shown)| *shown) {
        Some(As::Word(_) | As::YesNo) => value(item, path, language),
        _ => cell(item, &in_tongue(path, language)),
    };
    let rows = items.iter().map(|item| columns.iter().map(|path| told(item, path)).collect()).collect();
    Sheet::new(name, heads, rows)
}

/// What stands above a column. One that is not in the table is named by its path.
pub(crate) fn title(path: &str, language: Language) -> String {
    let path = if path == "en" {
        "vi".to_owned()
    } else {
        path.strip_suffix(".en").map_or_else(|| path.to_owned(), |stem| format!("{stem}.vi"))
    };
    match (head(&path), language) {
        (Some((_, vi, ..)), Language::Vi) => (*vi).to_owned(),
        (Some((_, _, en, _)), Language::En) => (*en).to_owned(),
        (None, _) => path,
    }
}

/// Where what stands in both languages stands in one.
fn in_tongue(path: &str, language: Language) -> String {
    match path.strip_suffix(".vi") {
        Some(stem) => format!("{stem}.{}", language.name()),
        None => path.to_owned(),
    }
}

/// Where the words of a column begin, of lists that say the same of other things in other words.
fn words_of<'a>(item: &Value, path: &str, usual: &'a str) -> &'a str {
    match path {
        "state" if item.get("cause").is_some() => "incident.",
        "state" if item.get("account").is_some() => "user.state.",
        "state" if item.get("held_records").is_some() => "copy.state.",
        "state" if item.get("way").is_some() => "task.state.",
        _ => usual,
    }
}

/// What stands in a column of a thing, for people.
pub(crate) fn value(item: &Value, path: &str, language: Language) -> String {
    let text = cell(item, &in_tongue(path, language));
    match head(path).map_or(As::Plain, |(.., shown)| *shown) {
        As::Plain => text,
        As::Word(prefix) => {
            let prefix = words_of(item, path, prefix);
            let word = |word: &str| {
                // What was never said has a word, too.
                let key = format!("{prefix}{}", if word.is_empty() { "none" } else { word });
                console::said(&key).map_or(word.to_owned(), |words| language.of(words).to_owned())
            };
            // Several stand beside each other.
            text.split("; ").map(word).collect::<Vec<_>>().join("; ")
        }
        As::Count => grouped(&text, language),
        As::Micros => {
            text.parse::<f64>().map_or(text, |micros| format!("{} ms", decimal(micros / 1000.0, language)))
        }
        As::Percent => text.parse::<f64>().map_or(text, |share| format!("{} %", decimal(share, language))),
        As::YesNo => match text.as_str() {
            "true" => language.of(&texts::yes()).to_owned(),
            "false" => language.of(&texts::no()).to_owned(),
            _ => text,
        },
    }
}

fn decimal(number: f64, language: Language) -> String {
    let text = format!("{number:.1}");
    match language {
        Language::Vi => text.replace('.', ","),
        Language::En => text,
    }
}

/// A count with its thousands apart; what is no count stays as it is.
pub(crate) fn grouped(text: &str, language: Language) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    if digits.len() < 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    let between = match language {
        Language::Vi => '.',
        Language::En => ',',
    };
    let mut grouped = sign.to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            grouped.push(between);
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_column_says_what_it_is_in_both_languages() {
        let lists = [
            DATABASES,
            OVERLAPS,
            PROCEDURES,
            CASES,
            CASE_EVENTS,
            FINDINGS,
            CLAIMS,
            OFFICIAL,
            OPEN_DATA,
            DUTIES,
            CODES,
            PAIRS_OF_CODES,
            CONSPICUOUS,
            SUSPENSIONS,
            USAGE_DAYS,
            USAGE_LIVE,
            GAPS,
            USAGE_PAIRS,
            FOUND,
            BRIEFS,
            SITUATION,
            NOTICES,
            QUALITY,
            QUALITY_HISTORY,
            QUALITY_UNITS,
            COMPARED,
            DEFECTS,
            TASKS,
            MEASURES,
            INCIDENTS,
            MAINTENANCE,
            CERTIFICATES,
            OFFICERS,
            REQUESTS,
        ];
        let brief = ::hub::kinds::Kind::ALL.iter().map(|kind| crate::commands::noun::brief(*kind));
        for path in lists.into_iter().chain(assess::ALL).chain(brief).flatten() {
            let known =
                path.strip_suffix("en").map_or_else(|| (*path).to_owned(), |stem| format!("{stem}vi"));
            assert!(head(path).or(head(&known)).is_some(), "{path}");
        }
        for (path, vi, en, shown) in HEADS {
            assert!(!vi.is_empty() && !en.is_empty() && !vi.contains(" | "), "{path}");
            if let As::Word(prefix) = shown {
                assert!(
                    [
                        "none",
                        "not_met",
                        "not_measured",
                        "candidate",
                        "approved",
                        "claims",
                        "name",
                        "registered",
                        "open",
                        "Database",
                        "down",
                        "owner",
                        "planned",
                        "keyword",
                        "findability",
                    ]
                    .iter()
                    .any(|word| console::said(&format!("{prefix}{word}")).is_some()),
                    "{prefix}"
                );
            }
        }
    }

    #[test]
    fn figures_have_their_units_and_words_are_words() {
        let item = json!({ "observed": "in_shared_use", "services": 1234567, "figures": { "p95_micros": 12345, "calls": -1200 }, "progress": { "met": true }, "name": { "vi": "Một", "en": "One" } });
        let of = |path, language| value(&item, path, language);
        assert_eq!(of("observed", Language::Vi), "đang dùng chung");
        assert_eq!(of("observed", Language::En), "in shared use");
        assert_eq!(
            (of("services", Language::Vi), of("services", Language::En)),
            ("1.234.567".into(), "1,234,567".into())
        );
        assert_eq!(
            (of("figures.p95_micros", Language::Vi), of("figures.calls", Language::En)),
            ("12,3 ms".into(), "-1,200".into())
        );
        assert_eq!(
            (of("name.vi", Language::En), of("progress.met", Language::En)),
            ("One".into(), "yes".into())
        );
        assert_eq!(in_language(CODES, Language::En), ["code", "en", "parent", "valid_from", "valid_to"]);
        assert!(!in_language(REQUESTS, Language::En).contains(&"time_left.days"));
    }
}
