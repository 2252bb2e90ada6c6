//! Texts of notices, of the letters that carry them, and of their settings.

use std::fmt::Display;

use model::words::Words;

model::texts! {
    // What is told. Names stand as the registry has them.
    notice_request_waits(id: &str, applicant: &Words, service: &Words, step: &Words) =
        "Đề nghị {id} của {applicant} về “{service}” chờ bạn xử lý: {step}"
        | "Request {id} of {applicant} for “{service}” waits for you: {step}";
    notice_request_returned(id: &str, applicant: &Words, service: &Words, step: &Words) =
        "Đề nghị {id} của {applicant} về “{service}” được trả lại để bổ sung (bước: {step})"
        | "Request {id} of {applicant} for “{service}” was returned for changes (step: {step})";
    notice_deadline_near(id: &str, applicant: &Words, service: &Words, step: &Words) =
        "Sắp hết hạn bước “{step}” của đề nghị {id} ({applicant}, “{service}”)"
        | "The step “{step}” of request {id} is due soon ({applicant}, “{service}”)";
    notice_deadline_over(id: &str, applicant: &Words, service: &Words, step: &Words) =
        "Quá hạn bước “{step}” của đề nghị {id} ({applicant}, “{service}”)"
        | "The step “{step}” of request {id} is overdue ({applicant}, “{service}”)";
    notice_request_granted(id: &str, applicant: &Words, service: &Words, _step: &Words) =
        "Đề nghị {id} của {applicant} về “{service}” đã được cấp quyền khai thác"
        | "Request {id} of {applicant} for “{service}” was granted";
    notice_request_refused(id: &str, applicant: &Words, service: &Words, _step: &Words) =
        "Đề nghị {id} của {applicant} về “{service}” bị từ chối"
        | "Request {id} of {applicant} for “{service}” was refused";
    notice_request_withdrawn(id: &str, applicant: &Words, service: &Words, _step: &Words) =
        "{applicant} đã rút đề nghị {id} về “{service}”"
        | "{applicant} has withdrawn request {id} for “{service}”";
    notice_grant_ends(id: &str, service: &Words) =
        "Quyền khai thác {id} đối với “{service}” sắp hết hạn"
        | "Grant {id} for “{service}” is about to end";
    notice_grant_gone(id: &str, service: &Words) =
        "Quyền khai thác {id} đối với “{service}” đã bị thu hồi"
        | "Grant {id} for “{service}” was revoked";
    notice_grant_cut(id: &str, service: &Words) =
        "Quyền khai thác {id} đối với “{service}” đã bị ngắt"
        | "Grant {id} for “{service}” was cut off";
    notice_service_suspended(id: &str, service: &Words) =
        "Dịch vụ “{service}” tạm ngừng ({id})" | "The service “{service}” stands still ({id})";
    notice_incident(id: &str, cause: &Words) = "Sự cố {id}: {cause}" | "Incident {id}: {cause}";
    notice_incident_over(id: &str) = "Sự cố {id} đã kết thúc" | "Incident {id} is over";
    notice_claim_waits(database: &Words, owner: &Words) =
        "Khai báo của {owner} về “{database}” chờ xác nhận"
        | "What {owner} says of “{database}” waits for confirmation";
    notice_claim_confirmed(database: &Words, _owner: &Words) =
        "Khai báo về “{database}” đã được xác nhận" | "What was said of “{database}” was confirmed";

    // Why somebody is told.
    notice_why_act = "Việc này thuộc phần bạn xử lý." | "It is for you to act.";
    notice_why_know = "Việc này liên quan tới cơ quan của bạn." | "It concerns your agency.";
    notice_why_late =
        "Việc đã quá hạn nên được báo lên bạn." | "It is overdue, so it is brought before you.";
    notice_why_nobody =
        "Nơi phải xử lý chưa có ai giữ vai trò này." | "Where it should be done nobody holds the role.";

    // Letters.
    letter_subject(what: &str) = "[Liên Thông] {what}" | "[Liên Thông] {what}";
    letter_many(count: impl Display) = "[Liên Thông] {count} thông báo" | "[Liên Thông] {count} notices";
    letter_greeting(person: &str) = "Kính gửi {person}," | "Dear {person},";
    letter_by(day: impl Display) = "Hạn: {day}" | "By: {day}";
    letter_more(count: impl Display) =
        "Còn {count} thông báo nữa trên trang Thông báo." | "{count} more are on the page of notices.";
    letter_foot(page: &str, settings: &str) =
        "Mọi thông báo: {page}\nĐổi cách nhận hoặc thôi nhận thư: {settings}\nThư do nền tảng điều phối Liên Thông gửi tự động, xin không trả lời."
        | "All notices: {page}\nChange how you are told, or stop these letters: {settings}\nThe Liên Thông hub has sent this by itself; please do not answer.";
    letter_code_subject = "[Liên Thông] Xác nhận địa chỉ thư" | "[Liên Thông] Confirm your address";
    letter_code(code: &str, minutes: impl Display, settings: &str) =
        "Mã xác nhận địa chỉ thư này: {code}\nMã dùng được trong {minutes} phút, nhập tại {settings}\nNếu bạn không yêu cầu, hãy bỏ qua thư này."
        | "The code that confirms this address: {code}\nIt is good for {minutes} minutes, at {settings}\nIf you have not asked for it, ignore this letter.";

    // Their settings.
    notice_hour = "giờ gửi bản tổng hợp từ 0 đến 23" | "the hour of the daily letter is from 0 to 23";
    mail_address_form = "địa chỉ thư có dạng ten@co-quan.gov.vn" | "an address is name@agency.gov.vn";
    mail_address_domain(domains: &str) =
        "chỉ gửi tới hộp thư công vụ thuộc {domains}" | "letters go only to official addresses in {domains}";
    webhook_form =
        "địa chỉ nhận phải có dạng https://máy/đường-dẫn, không kèm tên hay mật khẩu"
        | "it must be https://host/path, without a name or password";
    webhook_private =
        "địa chỉ nằm trong mạng nội bộ hoặc trên chính máy này, mà cấu hình của nền tảng điều phối không cho phép"
        | "it is in a private network or on this machine, which the hub's settings do not allow";
    webhook_unknown(why: impl Display) = "không tìm thấy máy này: {why}" | "the host cannot be found: {why}";
    no_mail = "gửi thư" | "sending letters";
    no_webhook = "gọi tới địa chỉ nhận thông báo" | "calling addresses that take notices";
    notice_way_changed = "đổi cách nhận thông báo" | "changed how to be told";
    mail_server_form = "mail.server là tên máy" | "mail.server is the name of a machine";
    mail_plain_away =
        "mail.encryption = \"none\" chỉ dùng khi máy gửi thư là chính máy này (127.0.0.1, ::1, localhost)"
        | "mail.encryption = \"none\" is only for a server on this machine (127.0.0.1, ::1, localhost)";
    mail_authority_missing =
        "mail.authority phải nêu tệp chứng thư của nơi cấp, trừ khi encryption là none"
        | "mail.authority names the file of its authority's certificates, unless encryption is none";
    mail_from_form = "mail.from là một địa chỉ thư" | "mail.from is an address";
    mail_password_lone =
        "mail.user và mail.password_file đi cùng nhau" | "mail.user and mail.password_file go together";
}
