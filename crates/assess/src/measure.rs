//! The measures that packs ask for: each with its unit, the best class in which it is shown, and what it is read from. One list; the hub reads
//! those that it sees, and says of the others that nobody does.

use model::words::Words;

use crate::evidence::Class;
use crate::quantity::Unit;

/// A measure.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// The class of evidence that it is shown by.
    pub class: Class,
    /// Whether the platform reads it by itself. What it does not see it says so.
    pub seen: bool,
    vi: &'static str,
    en: &'static str,
    from_vi: &'static str,
    from_en: &'static str,
}

impl Measure {
    /// What it is.
    #[must_use]
    pub fn words(&self) -> Words {
        Words::fixed(self.vi, self.en)
    }

    /// What it is read from; of what is not seen, why not.
    #[must_use]
    pub fn from(&self) -> Words {
        Words::fixed(self.from_vi, self.from_en)
    }

    /// The measure of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|measure| measure.name == name)
    }
}

macro_rules! measures {
    ($($name:literal $unit:ident $class:ident $seen:ident: $vi:literal | $en:literal, $from_vi:literal | $from_en:literal;)*) => {
        /// All of them.
        pub const ALL: &[Measure] = &[$(Measure {
            name: $name, unit: Unit::$unit, class: Class::$class, seen: is!($seen), vi: $vi, en: $en, from_vi: $from_vi, from_en: $from_en,
        },)*];
    };
}

macro_rules! is {
    (seen) => {
        true
    };
    (unseen) => {
        false
    };
}

measures! {
    "databases_with_basis" Share E2 seen:
        "Tỷ lệ cơ sở dữ liệu có ghi căn cứ pháp lý" | "Share of databases with their legal basis recorded",
        "Danh mục cơ sở dữ liệu: những cơ sở dữ liệu văn bản có nêu hoặc đã xác nhận" | "The register: databases that a text names or that were confirmed";
    "databases_confirmed" Share E2 seen:
        "Tỷ lệ cơ sở dữ liệu đã được xác nhận" | "Share of databases that were confirmed",
        "Danh mục cơ sở dữ liệu: nội dung cơ quan chủ quản đăng ký và nền tảng điều phối xác nhận" | "The register: what owners have registered and the hub has confirmed";
    "databases_classed" Share E2 seen:
        "Tỷ lệ cơ sở dữ liệu đã phân loại cốt lõi, quan trọng, khác" | "Share of databases classed as core, important or other",
        "Danh mục cơ sở dữ liệu: mục phân loại" | "The register: the class of each database";
    "databases_with_retention" Share E2 seen:
        "Tỷ lệ cơ sở dữ liệu đã đặt thời hạn lưu trữ" | "Share of databases with a retention period",
        "Danh mục cơ sở dữ liệu: thời hạn lưu trữ" | "The register: the retention period of each database";
    "databases_with_level" Share E2 seen:
        "Tỷ lệ cơ sở dữ liệu đã ghi cấp độ an toàn" | "Share of databases with their security level recorded",
        "Danh mục cơ sở dữ liệu: cấp độ an toàn" | "The register: the security level of each database";
    "officers_active" Share E1 seen:
        "Tỷ lệ cán bộ quản trị dữ liệu đã đăng nhập trong 90 ngày" | "Share of data officers who signed in within 90 days",
        "Tài khoản đang hoạt động của cơ quan trên nền tảng điều phối" | "Active accounts of the agency at the hub";
    "duties_published" Share E2 seen:
        "Tỷ lệ nghĩa vụ chia sẻ đã có dịch vụ công bố" | "Share of duties to share with a published service",
        "Nghĩa vụ chia sẻ: bước công bố dịch vụ" | "Duties to share: the step of publishing";
    "duties_in_use" Share E1 seen:
        "Tỷ lệ nghĩa vụ chia sẻ có lượt khai thác thực tế trong 30 ngày" | "Share of duties to share in real use within 30 days",
        "Báo cáo lưu lượng của cả hai bên, không tính lượt kiểm thử và lượt của chính cơ quan" | "Traffic reports of both sides, without tests and the agency's own calls";
    "duties_met" Share E1 seen:
        "Tỷ lệ nghĩa vụ chia sẻ hoàn thành đủ năm bước" | "Share of duties to share that are met in all five steps",
        "Nghĩa vụ chia sẻ: từ công bố đến khai thác thường xuyên" | "Duties to share: from publishing to steady use";
    "consumers" Count E1 seen:
        "Số cơ quan khác khai thác trong 30 ngày" | "Other agencies that used its services within 30 days",
        "Báo cáo lưu lượng của cả hai bên; mỗi cơ quan cùng các đơn vị trực thuộc tính một" | "Traffic reports of both sides; an agency counts once with all below it";
    "services_with_contract" Share E2 seen:
        "Tỷ lệ dịch vụ có hợp đồng dữ liệu đang hiệu lực" | "Share of services with a contract in force",
        "Hợp đồng dữ liệu có phiên bản, đọc được và đang hiệu lực" | "Contracts with a version, which can be read and are in force";
    "services_whole" Share E1 seen:
        "Tỷ lệ dịch vụ dữ liệu trả đủ các trường của hợp đồng" | "Share of datasets that give all fields of their contract",
        "Báo cáo của nút kết nối: trường thiếu và bản ghi sai khuôn dạng" | "Reports of nodes: fields that are missing and records that cannot be read";
    "fields_bound" Share E2 seen:
        "Tỷ lệ trường chia sẻ đã gắn từ điển dữ liệu dùng chung" | "Share of shared fields bound to the common dictionary",
        "Hợp đồng dữ liệu đang hiệu lực" | "Contracts in force";
    "quality_accurate" Share E1 seen:
        "Điểm chất lượng dữ liệu theo tiêu chí đúng" | "Quality of data: accurate",
        "Đo chất lượng tại nút kết nối, chỉ gửi số đếm" | "Quality as measured at nodes, of which only counts leave";
    "quality_complete" Share E2 seen:
        "Điểm chất lượng dữ liệu theo tiêu chí đủ" | "Quality of data: complete",
        "Đo chất lượng tại nút kết nối, chỉ gửi số đếm" | "Quality as measured at nodes, of which only counts leave";
    "quality_clean" Share E2 seen:
        "Điểm chất lượng dữ liệu theo tiêu chí sạch" | "Quality of data: clean",
        "Đo chất lượng tại nút kết nối, chỉ gửi số đếm" | "Quality as measured at nodes, of which only counts leave";
    "quality_live" Share E1 seen:
        "Điểm chất lượng dữ liệu theo tiêu chí sống" | "Quality of data: live",
        "Đo chất lượng tại nút kết nối, chỉ gửi số đếm" | "Quality as measured at nodes, of which only counts leave";
    "quality_consistent" Share E1 seen:
        "Điểm chất lượng dữ liệu theo tiêu chí thống nhất" | "Quality of data: consistent",
        "Đo chất lượng tại nút kết nối, chỉ gửi số đếm" | "Quality as measured at nodes, of which only counts leave";
    "datasets_measured" Share E2 seen:
        "Tỷ lệ tập dữ liệu đã đo chất lượng trong quý" | "Share of datasets measured within a quarter",
        "Báo cáo đo chất lượng của nút kết nối" | "Reports of quality by nodes";
    "calls_answered" Share E1 seen:
        "Tỷ lệ lượt gọi được trả lời trong 30 ngày" | "Share of calls answered within 30 days",
        "Báo cáo lưu lượng của hai bên, các ngày cả hai cùng ghi nhận; lượt bị từ chối theo quy định không tính" | "Traffic reports of both sides, on days that both know of; what was refused by rule is left out";
    "latency_p95" Milliseconds E1 seen:
        "Thời gian trả lời của 95% lượt gọi" | "Time within which 95 % of calls were answered",
        "Báo cáo lưu lượng phía cơ quan khai thác" | "Traffic reports of those who call";
    "defects_on_time" Share E1 seen:
        "Tỷ lệ lỗi dữ liệu được phản hồi đúng hạn" | "Share of data defects answered on time",
        "Lỗi dữ liệu do bên khai thác báo và do đo được, hạn kiểm tra 5 ngày làm việc" | "Defects that were reported and measured, to be checked within 5 working days";
    "exchange_outside" Share E4 unseen:
        "Tỷ lệ trao đổi ngoài nền tảng (tệp, thư)" | "Share of exchange beside the platform (files, mail)",
        "Nền tảng không thấy được: chỉ có số cơ quan tự báo cáo" | "The platform cannot see it: there is only what the agency says";
    "certificates_ahead" Share E1 seen:
        "Tỷ lệ nút kết nối có chứng thư còn hạn trên 30 ngày" | "Share of nodes whose certificates hold for more than 30 days",
        "Chứng thư số đã cấp cho nút kết nối" | "Certificates issued to nodes";
    "nodes_current" Share E1 seen:
        "Tỷ lệ nút kết nối chạy phiên bản trong hai bản gần nhất" | "Share of nodes within two releases of the newest",
        "Phiên bản phần mềm mà nút kết nối báo" | "The release that nodes report";
    "nodes_reporting" Share E1 seen:
        "Tỷ lệ nút kết nối có báo cáo trong 7 ngày" | "Share of nodes that reported within 7 days",
        "Báo cáo lưu lượng của nút kết nối" | "Traffic reports of nodes";
    "counts_agree" Share E1 seen:
        "Tỷ lệ ngày hai bên đếm số lượt trả lời khớp nhau" | "Share of days on which both sides counted the same answers",
        "Báo cáo lưu lượng của hai bên; mỗi lượt có chữ ký của cả hai trong sổ ghi" | "Traffic reports of both sides; each call has both signatures in the ledgers";
    "calls_with_purpose" Share E1 seen:
        "Tỷ lệ luồng gọi theo ngày có mục đích hợp lệ" | "Share of daily flows of calls with a valid purpose",
        "Báo cáo lưu lượng của nút kết nối bên khai thác" | "Traffic reports of the consumer's nodes";
    "receipts_available" Share E1 unseen:
        "Tỷ lệ lượt đọc dữ liệu cá nhân người dân xem được" | "Share of reads of personal data that citizens can see",
        "Sổ ghi ở nút kết nối của từng cơ quan, nền tảng điều phối không đọc" | "It stands in each agency's own ledger, which the hub does not read";
    "questions_on_time" Share E1 unseen:
        "Tỷ lệ câu hỏi của người dân về lượt xem dữ liệu được trả lời đúng hạn" | "Share of citizens' questions answered on time",
        "Hồ sơ ở nút kết nối của từng cơ quan, nền tảng điều phối không đọc" | "It stands in cases at each agency's node, which the hub does not read";
    "papers_replaced" Share E1 seen:
        "Tỷ lệ giấy tờ thực sự được thay bằng dữ liệu" | "Share of papers that data really took the place of",
        "Số đếm hồ sơ một cửa của tháng đã qua, chỉ tính khi cơ quan khác cũng ghi nhận đã trả lời" | "Counts of one-stop cases of the month that is over, as far as others have witnessed answers";
    "papers_asked_again" Share E1 seen:
        "Tỷ lệ hỏi lại trong số giấy tờ đã yêu cầu" | "Share of papers asked for that were asked again although the data were there",
        "Số đếm hồ sơ một cửa của tháng đã qua, phần mọi người được xem" | "Counts of one-stop cases of the month that is over, as everybody may see them";
    "lookups_answered" Share E1 seen:
        "Tỷ lệ lần tra cứu cho hồ sơ có kết quả" | "Share of look-ups for cases that found something",
        "Số đếm hồ sơ một cửa của tháng đã qua, phần mọi người được xem" | "Counts of one-stop cases of the month that is over, as everybody may see them";
    "scopes_published" Count E2 seen:
        "Số phạm vi dữ liệu đã công bố để thay giấy tờ" | "Published scopes of data that replace papers",
        "Phạm vi tái sử dụng đã công bố" | "Scopes published for reuse";
    "security_confirmed" Share E3 seen:
        "Tỷ lệ hệ thống có xác nhận an toàn còn hạn" | "Share of systems with a security confirmation in date",
        "Giấy xác nhận an toàn nộp kèm đề nghị cấp quyền khai thác, hạn 6 tháng" | "Confirmations handed in with requests, which hold for 6 months";
    "changes_announced" Share E1 seen:
        "Tỷ lệ hợp đồng thay bằng phiên bản không phá vỡ bên khai thác" | "Share of new contract versions that break no consumer",
        "So sánh các phiên bản hợp đồng dữ liệu trong năm" | "Comparison of the versions of contracts within a year";
    "schemas_distinct" Share E2 seen:
        "Tỷ lệ cơ sở dữ liệu không trùng cấu trúc với cơ sở dữ liệu khác" | "Share of databases whose structure doubles no other",
        "So sánh các trường đã gắn từ điển giữa các hợp đồng dữ liệu" | "Comparison of bound fields between contracts";
    "outages_announced" Share E1 seen:
        "Tỷ lệ lần bảo trì được báo trước 7 ngày làm việc" | "Share of maintenance announced 7 working days ahead",
        "Lịch bảo trì trên nền tảng điều phối" | "The calendar of maintenance at the hub";
    "resources_declared" Flag E4 unseen:
        "Đã báo cáo nhân lực và kinh phí của từng hệ thống" | "Staff and budget of each system declared",
        "Nền tảng không thấy được: chỉ có số cơ quan tự báo cáo" | "The platform cannot see it: there is only what the agency says";
    "platforms_shared" Share E4 unseen:
        "Tỷ lệ hệ thống dùng nền tảng dùng chung" | "Share of systems that use shared platforms",
        "Nền tảng không thấy được: chỉ có số cơ quan tự báo cáo" | "The platform cannot see it: there is only what the agency says";
    "systems_mapped" Share E4 unseen:
        "Tỷ lệ hệ thống đã gắn vào các mô hình tham chiếu của khung kiến trúc" | "Share of systems mapped to the reference models",
        "Nền tảng không thấy được: chỉ có số cơ quan tự báo cáo" | "The platform cannot see it: there is only what the agency says";
}
