//! Texts of briefs: what stands on papers and in workbooks for those who lead.

use model::words::Words;

model::texts! {
    // The form of an administrative document.
    country = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" | "SOCIALIST REPUBLIC OF VIET NAM";
    motto = "Độc lập - Tự do - Hạnh phúc" | "Independence - Freedom - Happiness";
    brief_number = "Số: ........./BC" | "No.: ........./BC";
    brief_kind = "BÁO CÁO" | "REPORT";
    recipients = "Nơi nhận:" | "Recipients:";
    recipient_leaders(agency: &str) = "- Lãnh đạo {agency};" | "- Leaders, {agency};";
    recipient_file(id: &str) = "- Lưu: VT ({id})." | "- File ({id}).";
    signer = "THỦ TRƯỞNG CƠ QUAN" | "HEAD OF THE AGENCY";
    brief_issuer =
        "Đơn vị vận hành nền tảng điều phối Liên Thông" | "Operator of the Lien Thong hub";

    // What a brief says.
    brief_subject(day: &str) =
        "Tình hình kết nối, chia sẻ dữ liệu đến ngày {day}" | "State of data sharing as of {day}";
    brief_begins(agency: &str, day: &str) =
        "{agency} báo cáo tình hình kết nối, chia sẻ dữ liệu của các cơ quan, theo số liệu hệ thống ghi nhận đến ngày {day}:"
        | "{agency} reports on how the agencies share data, by the figures observed up to {day}:";
    brief_begins_agency(agency: &str, day: &str) =
        "Tình hình kết nối, chia sẻ dữ liệu của {agency}, theo số liệu hệ thống ghi nhận đến ngày {day}:"
        | "How {agency} shares data, by the figures observed up to {day}:";
    brief_results = "1. Kết quả" | "1. Results";
    brief_used(used: usize, known: usize, met: usize, all: usize) =
        "{used} trong {known} cơ sở dữ liệu đã được cơ quan khác khai thác thực tế; {met} trong {all} nghĩa vụ chia sẻ đã hoàn thành."
        | "{used} of {known} databases are in real use by other agencies; {met} of {all} duties to share are met.";
    brief_reuse(month: &str, reused: u64, applicable: u64, re_asks: u64, asked: u64) =
        "Thủ tục hành chính tháng {month}: {reused} trong {applicable} lượt cần giấy tờ đã tái sử dụng dữ liệu thực chất; {re_asks} trong {asked} giấy tờ đã yêu cầu là hỏi lại."
        | "Procedures in {month}: data were really reused for {reused} of {applicable} papers required; {re_asks} of {asked} papers asked for were re-asks.";
    brief_reuse_offices(reporting: usize, offices: usize, droppable: usize) =
        "{reporting} trong {offices} nơi giải quyết đã báo; {droppable} giấy tờ có thể bỏ ngay."
        | "{reporting} of {offices} offices report; {droppable} papers could be dropped today.";
    brief_reuse_not_measured(offices: usize) =
        "Tái sử dụng dữ liệu trong thủ tục hành chính chưa đo được: chưa nơi nào trong {offices} nơi giải quyết báo số liệu."
        | "Reuse of data in procedures is not measured: none of {offices} offices reports.";
    brief_late = "2. Chậm tiến độ" | "2. Late";
    brief_late_count(databases: usize, duties: usize, requests: usize) =
        "Quá hạn: {databases} cơ sở dữ liệu chưa dùng chung, {duties} nghĩa vụ chia sẻ chưa hoàn thành, {requests} đề nghị cấp quyền khai thác chưa xử lý xong."
        | "Past their day: {databases} databases not in shared use, {duties} duties to share not met, {requests} requests for data not dealt with.";
    brief_tasks(all: i64, done: i64, overdue: i64, soon: i64, review: i64) =
        "Nhiệm vụ do văn bản chỉ đạo giao: {overdue} trong {all} quá hạn, {soon} đến hạn trong 7 ngày, {review} chờ thẩm định, {done} đã hoàn thành."
        | "Tasks that directives order: {overdue} of {all} are overdue, {soon} due within 7 days, {review} await review, {done} are done.";
    brief_task_latest(task: &str, days: i64) =
        "Trễ nhất: {task}, {days} ngày." | "The most late: {task}, {days} days.";
    brief_what = "Nội dung" | "What";
    brief_whose = "Cơ quan" | "Whose";
    brief_days_late = "Số ngày trễ" | "Days late";
    brief_more(left: usize) =
        "Còn {left} nội dung quá hạn khác, xem trên nền tảng điều phối."
        | "{left} more are late; they are listed at the hub.";
    brief_agency = "Bộ, ngành, địa phương" | "Ministry, province";
    brief_unused = "3. Đã khai báo kết nối nhưng chưa ghi nhận khai thác" | "3. Declared as connected, no use observed";
    brief_unused_count(count: usize, listed: &str) =
        "{count} cơ sở dữ liệu{listed}." | "{count} databases{listed}.";
    brief_others(left: usize) = "và {left} nội dung khác" | "and {left} more";
    brief_changes = "4. Thay đổi so với kỳ trước" | "4. Changes since the report before";
    brief_changes_since(id: &str, day: &str) =
        "4. Thay đổi so với báo cáo {id} ngày {day}" | "4. Changes since report {id} of {day}";
    brief_first =
        "Đây là báo cáo đầu tiên, chưa có kỳ trước để so sánh." | "This is the first report; there is none to compare it with.";
    brief_unchanged = "Không có thay đổi." | "Nothing changed.";
    brief_change(what: &Words, before: usize, now: usize) =
        "{what}: {before} → {now}" | "{what}: {before} → {now}";
    brief_came = "thêm" | "new";
    brief_went = "bớt" | "no longer";
    brief_decide = "5. Việc cần quyết định" | "5. What needs a decision";
    brief_decide_count(claims: usize, requests: usize, differences: usize, incidents: usize) =
        "{claims} cơ sở dữ liệu có nội dung chờ xác nhận; {requests} đề nghị cấp quyền khai thác đang xử lý; {differences} lượt ngày có số đếm hai bên không khớp; {incidents} sự cố chưa kết thúc."
        | "{claims} databases with claims to confirm; {requests} requests for data under way; {differences} days on which both sides counted otherwise; {incidents} incidents that last.";
    nobodys = "Chưa xác định cơ quan" | "Not determined";
    brief_weekly = "báo cáo tuần theo lịch" | "the week's brief";

    // What is counted; above narrow columns in short.
    known_databases = "Cơ sở dữ liệu đã xác định" | "Databases that are known";
    used_databases = "Cơ sở dữ liệu có khai thác thực tế" | "Databases in real use";
    all_duties = "Nghĩa vụ chia sẻ" | "Duties to share";
    met_duties = "Nghĩa vụ chia sẻ đã hoàn thành" | "Duties to share that are met";
    late_databases = "Cơ sở dữ liệu quá hạn" | "Databases that are late";
    late_duties = "Nghĩa vụ chia sẻ quá hạn" | "Duties to share that are late";
    late_requests = "Đề nghị quá hạn xử lý" | "Requests that are late";
    unused_databases =
        "Cơ sở dữ liệu đã khai báo, chưa ghi nhận khai thác" | "Databases declared, no use observed";
    databases_to_confirm = "Cơ sở dữ liệu chờ xác nhận" | "Databases with claims to confirm";
    open_requests = "Đề nghị đang xử lý" | "Requests under way";
    differing_days = "Lượt ngày số đếm hai bên không khớp" | "Days on which counts differ";
    live_incidents = "Sự cố chưa kết thúc" | "Incidents that last";
    head_late_databases = "CSDL quá hạn" | "Databases late";
    head_late_duties = "Nghĩa vụ quá hạn" | "Duties late";
    head_late_requests = "Đề nghị quá hạn" | "Requests late";
    head_unused = "Chưa có khai thác" | "Not used";
    head_claims = "Chờ xác nhận" | "To confirm";
    late_duty(name: &str) = "Nghĩa vụ chia sẻ: {name}" | "Duty: {name}";
    late_request(name: &str) = "Đề nghị khai thác: {name}" | "Request: {name}";

    // Mistakes.
    briefs_of_a_day(most: i64) =
        "mỗi ngày lập nhiều nhất {most} báo cáo; hãy xem báo cáo đã có hoặc lập vào ngày mai"
        | "{most} briefs are made on a day at most; read those that are there, or make one tomorrow";
    brief_settings =
        "trong mục brief, mỗi tên dài từ 1 đến 120 chữ" | "in brief, each name has 1 to 120 letters";

    // Workbooks.
    book_figures = "Số liệu" | "Figures";
    book_things = "Chi tiết" | "What they count";
    book_agencies = "Theo cơ quan" | "By agency";
    book_figure = "Chỉ tiêu" | "Figure";
    book_now = "Kỳ này" | "Now";
    book_before = "Kỳ trước" | "Before";
    book_came = "Thêm" | "New";
    book_went = "Bớt" | "No longer";
    book_name = "Tên" | "Name";
    book_code = "Mã" | "Code";
    book_agency_code = "Mã cơ quan" | "Agency's code";
    book_since = "So với kỳ trước" | "Since the report before";
    book_new = "mới" | "new";
}
