//! Texts of directives and tasks.

use std::fmt::Display;

use model::words::Words;

model::texts! {
    // What cannot be entered.
    task_baseline =
        "thời hạn ban đầu của nhiệm vụ không sửa được; nếu có văn bản gia hạn, hãy ghi một lần gia hạn kèm số văn bản"
        | "the deadline that the text set is never changed; where another text puts it off, enter an extension with that text";
    task_of_its_text =
        "nhiệm vụ thuộc về văn bản đã giao nó; hãy tạo nhiệm vụ mới cho văn bản khác"
        | "a task belongs to the text that orders it; enter a new one for another text";
    task_no_clause(clause: &str, directive: &str) =
        "văn bản {directive} không có mục {clause}" | "the text {directive} has no clause {clause}";
    task_own_reviewer(agency: impl Display) =
        "{agency} cùng hệ thống với cơ quan thực hiện nên không thẩm định được; hãy chọn cơ quan khác, hoặc để trống để nền tảng điều phối thẩm định"
        | "{agency} belongs to one of those that do it and cannot review it; name another agency, or none for the hub to review it";
    task_circle =
        "các nhiệm vụ chờ nhau thành vòng tròn, không nhiệm vụ nào bắt đầu được; hãy bỏ một quan hệ phụ thuộc"
        | "tasks wait for each other in a circle, and none could ever begin; leave one dependency out";
    task_stays =
        "nhiệm vụ đã có người xử lý nên được giữ lại; nếu không theo dõi nữa, hãy chuyển sang thôi theo dõi"
        | "somebody has acted in it, so it stays; where nobody is to follow it, drop it";
    condition_not_read(at: usize, why: &Words) =
        "không đọc được điều kiện ở ký tự {at}: {why}" | "the condition cannot be read at character {at}: {why}";
    condition_without_measure =
        "điều kiện phải nêu ít nhất một số đo; xem danh sách số đo tại trang Nhiệm vụ"
        | "a condition names at least one measure; the page of tasks lists them";
    condition_unit(measure: &str, own: &Words, given: &Words) =
        "{measure} tính bằng {own}, không phải {given}" | "{measure} counts {own}, not {given}";
    condition_no_database(measure: &str) =
        "{measure} không tính cho từng cơ sở dữ liệu; hãy bỏ mã cơ sở dữ liệu hoặc nêu cơ quan"
        | "{measure} is not counted by database; leave the database out, or name an agency";
    condition_of_two =
        "điều kiện tính cho một cơ quan hoặc một cơ sở dữ liệu, không cả hai"
        | "a condition is about an agency or a database, not both";
    condition_unreachable(measure: &str, unit: &Words) =
        "không giá trị nào của {measure} ({unit}) đạt điều kiện này; hãy kiểm tra ngưỡng và đơn vị"
        | "no value of {measure} ({unit}) fulfils this condition; check the threshold and its unit";
    condition_always(measure: &str) =
        "giá trị nào của {measure} cũng đạt điều kiện này; hãy kiểm tra ngưỡng"
        | "every value of {measure} fulfils this condition; check the threshold";
    condition_artefact =
        "nêu số văn bản hoặc mã SHA-256 của tệp, một trong hai" | "name the number of a text or the SHA-256 of a file, one of the two";
    condition_digest =
        "mã SHA-256 gồm 64 chữ số thập lục phân viết thường" | "a SHA-256 has 64 hexadecimal digits, in small letters";

    // What cannot be done.
    task_is_dropped = "nhiệm vụ này đã thôi theo dõi" | "it is no longer followed";
    task_is_done = "nhiệm vụ này đã hoàn thành" | "it is done";
    task_accepted_before = "cơ quan chủ trì đã nhận nhiệm vụ này" | "the agency that leads has said already that it is at it";
    task_claimed_before =
        "cơ quan chủ trì đã báo hoàn thành; muốn bổ sung, hãy thêm minh chứng"
        | "the agency that leads has said already that it is done; add evidence where there is more to show";
    task_not_claimed = "cơ quan chủ trì chưa báo hoàn thành" | "the agency that leads has not said that it is done";
    task_not_for_review =
        "nhiệm vụ này hoàn thành theo số đo hoặc theo văn bản, tệp; không ai thẩm định thay được"
        | "it is done by what is measured, or by a text or file; nobody reviews it instead";
    task_without_day =
        "nhiệm vụ chưa có thời hạn để gia hạn; khi biết thời hạn, hãy ghi vào nhiệm vụ"
        | "it has no deadline that could be put off; once it is known, enter it in the task";
    task_only_later(due: impl Display) =
        "thời hạn mới phải sau thời hạn đang áp dụng ({due})" | "the new deadline must be later than the one that holds ({due})";
    task_long = "nhiệm vụ này đã có quá nhiều sự kiện" | "too much has happened in this task";
    task_parts(most: impl Display) =
        "cơ quan đã chia nhiệm vụ này thành {most} việc, không thêm được nữa"
        | "your agency has made {most} parts of this task, and no more are taken";
    task_file_not_read = "tệp phải ở dạng base64" | "the file must be base64";
    task_file_size(most: usize) = "tệp phải có nội dung và không quá {most} byte" | "the file must hold something, {most} bytes at most";

    // Units.
    unit_databases = "cơ sở dữ liệu" | "databases";
    unit_services = "dịch vụ" | "services";
    unit_agencies = "cơ quan" | "agencies";
    unit_duties = "nghĩa vụ chia sẻ" | "duties to share";
    unit_defects = "lỗi dữ liệu" | "defects";
    unit_incidents = "sự cố" | "incidents";
    unit_nodes = "nút kết nối" | "nodes";
    unit_percent = "phần trăm" | "percent";
    unit_points = "điểm" | "points";

    // Measures.
    measure_databases_known = "Cơ sở dữ liệu đã nêu trong văn bản hoặc đã xác nhận" | "Databases that a source names or that were confirmed";
    measure_databases_confirmed = "Cơ sở dữ liệu đã xác nhận" | "Databases that were confirmed";
    measure_databases_in_use = "Cơ sở dữ liệu có khai thác thực tế" | "Databases in real use";
    measure_databases_in_shared_use = "Cơ sở dữ liệu đang dùng chung" | "Databases in shared use";
    measure_databases_late = "Cơ sở dữ liệu quá hạn mà chưa dùng chung" | "Databases past their day that are not in shared use";
    measure_priority_confirmed = "Cơ sở dữ liệu ưu tiên đã xác nhận" | "Priority databases that were confirmed";
    measure_priority_in_use = "Cơ sở dữ liệu ưu tiên có khai thác thực tế" | "Priority databases in real use";
    measure_share_in_use = "Tỷ lệ cơ sở dữ liệu có khai thác thực tế" | "Share of databases in real use";
    measure_services_confirmed = "Dịch vụ đã xác nhận thuộc cơ sở dữ liệu" | "Services confirmed to belong to a database";
    measure_consumers = "Cơ quan khác đã khai thác" | "Other agencies that used it";
    measure_consumers_outside =
        "Cơ quan ngoài bộ, ngoài tỉnh của chủ quản đã khai thác" | "Agencies of other ministries and provinces that used it";
    measure_duties_met = "Nghĩa vụ chia sẻ đã thực hiện" | "Duties to share that are met";
    measure_duties_late = "Nghĩa vụ chia sẻ quá hạn" | "Duties to share that are late";
    measure_duties_met_share = "Tỷ lệ nghĩa vụ chia sẻ đã thực hiện" | "Share of duties that are met";
    measure_quality = "Điểm chất lượng dữ liệu" | "Score of data quality";
    measure_defects_late = "Lỗi dữ liệu quá hạn sửa" | "Defects that are past their day";
    measure_terms_bound = "Tỷ lệ trường dữ liệu gắn với từ điển" | "Share of fields bound to the dictionary";
    measure_reuse = "Tỷ lệ giấy tờ được thay bằng dữ liệu" | "Share of papers that data took the place of";
    measure_incidents = "Sự cố nút kết nối chưa kết thúc" | "Incidents of nodes that last";
    measure_nodes = "Nút kết nối đã có liên lạc" | "Nodes that the hub has heard";

    // Notices.
    notice_task_soon(task: &str, text: &Words) = "Nhiệm vụ {task} sắp đến hạn: {text}" | "Task {task} is due soon: {text}";
    notice_task_late(task: &str, text: &Words) = "Nhiệm vụ {task} quá hạn: {text}" | "Task {task} is overdue: {text}";
    notice_task_reopened(task: &str, text: &Words) =
        "Nhiệm vụ {task} mở lại vì điều kiện không còn đạt: {text}"
        | "Task {task} was opened again since its condition holds no more: {text}";
    notice_task_review(task: &str, text: &Words) =
        "Nhiệm vụ {task} chờ thẩm định: {text}" | "Task {task} awaits review: {text}";
}
