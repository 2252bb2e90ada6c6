//! Texts of grants, requests, rule packs and suspensions.

use std::fmt::Display;

use model::words::Words;

model::texts! {
    // Grants.
    grant_name_taken =
        "mã này từng là của một quyền đã thu hồi ở cơ quan khác; dùng mã khác"
        | "this was the name of a grant of another agency that was revoked; use another name";
    class_of_another_instance =
        "lớp hệ thống thuộc một miền liên thông khác với miền của dịch vụ"
        | "the class of systems is of another instance than the service";
    grant_without_purpose =
        "chưa nêu mục đích nào kèm căn cứ pháp lý (PD-01)" | "it names no purpose with a legal basis (PD-01)";
    endpoints_empty =
        "endpoints là danh sách rỗng: bỏ hẳn endpoints nếu cấp mọi điểm gọi, hoặc ghi rõ từng điểm gọi"
        | "endpoints is an empty list: leave endpoints out to allow all of them, or name those that are meant";
    rows_empty =
        "rows là danh sách rỗng: bỏ hẳn rows nếu cấp mọi bản ghi, hoặc ghi rõ quy tắc giới hạn bản ghi"
        | "rows is an empty list: leave rows out to allow all records, or name the rules that limit them";
    grant_not_removed =
        "quyền không xoá mà thu hồi: lienthong grant revoke"
        | "a grant is revoked, not removed: lienthong grant revoke";
    grant_name_of_requests(prefix: impl Display) =
        "mã bắt đầu bằng {prefix} dành cho quyền cấp theo đề nghị"
        | "names that begin with {prefix} are for grants that come of requests";

    // Rule packs.
    pack_id = "id có dạng tên@số" | "its id is name@number";
    pack_names_nothing(what: impl Display) =
        "nhắc tới {what} nhưng không có" | "it names {what} and has none";
    pack_too_large = "quá lớn" | "it is too large";
    pack_last_step(kind: impl Display) =
        "bước cuối của {kind} phải cấp quyền (grants: full)"
        | "the last step of {kind} must grant (grants: full)";
    pack_grants_too_early(kind: impl Display) =
        "{kind} cấp quyền khi chưa ai ngoài bên đề nghị quyết định (needs_duty, hoặc act: decide)"
        | "{kind} grants before anybody but the applicant has decided (needs_duty, or act: decide)";

    // Requests.
    request_type(types: impl Display) = "type là: {types}" | "its type is one of: {types}";
    request_past = "ngày hết hiệu lực phải sau hôm nay (valid_to)" | "its end must be after today (valid_to)";
    request_renews_nothing =
        "renews chỉ dùng cho đề nghị gia hạn (type: renewal)"
        | "only a renewal (type: renewal) names a grant in renews";
    renewal_names_none =
        "chọn quyền khai thác cần gia hạn" | "choose the grant that is to be renewed";
    duty_not_named =
        "chọn nghĩa vụ chia sẻ cho phép khai thác" | "choose the duty to share that entitles you";
    ability_no_call =
        "Quyền này không gọi được gì: không điểm gọi nào đã chọn khớp với dịch vụ. Chọn lại điểm gọi, hoặc để trống để gọi được tất cả."
        | "This grant can call nothing: no endpoint that was chosen fits the service. Choose others, or none to be able to call all.";
    ability_no_field =
        "Quyền này không đọc được gì: chưa chọn trường nào. Chọn ít nhất một trường."
        | "This grant reads nothing: no field is chosen. Choose one at least.";
    ability_pages(key: Words) =
        "Không có trường khoá “{key}”: vẫn tra cứu được từng bản ghi, nhưng danh sách chỉ xem được trang đầu."
        | "Without the key field “{key}” single records can be looked up, and of lists only the first page is shown.";
    ability_consent(citation: impl Display) =
        "Căn cứ “{citation}” dựa trên sự đồng ý của người dân; nút kết nối chưa có sổ đồng ý nên sẽ từ chối mọi lượt gọi. Chọn căn cứ khác."
        | "“{citation}” rests on the person's consent; nodes have no record of consent yet and will refuse every call. Choose another basis.";
    ability_not_in_force(citation: impl Display) =
        "Căn cứ “{citation}” hôm nay không có hiệu lực: lượt gọi sẽ bị từ chối. Chọn căn cứ đang có hiệu lực."
        | "“{citation}” is not in force today: calls will be refused. Choose a basis that is in force.";
    ability_no_node =
        "Cơ quan chủ quản chưa có nút kết nối nào phục vụ dịch vụ này: chưa đọc được gì cho tới khi có."
        | "The owner has no node yet that serves this service: nothing can be read until there is one.";
    ability_no_node_of_client =
        "Hệ thống khai thác chưa đăng ký ở nút kết nối nào: chưa gọi được cho tới khi cơ quan bạn đăng ký."
        | "The calling system is registered at no node: it cannot call until your agency registers it.";
    renewal_of_another(name: impl Display) =
        "quyền {name} là của hệ thống hoặc dịch vụ khác" | "the grant {name} is of another system or service";
    renewal_changes_more(name: impl Display) =
        "gia hạn {name} chỉ đổi được ngày hết hiệu lực (valid_to); muốn đổi phạm vi thì gửi đề nghị mới"
        | "a renewal of {name} changes its end only (valid_to); for another scope send a new request";
    duty_not_for(name: impl Display, receiver: impl Display) =
        "nghĩa vụ {name} không chia sẻ dịch vụ này cho {receiver}; chọn loại theo đề nghị (type: on_request)"
        | "the duty {name} does not share this service with {receiver}; choose the type on request (type: on_request)";
    duty_without_terms(name: impl Display) =
        "nghĩa vụ {name} chưa công bố phạm vi (terms: fields, endpoints, per_second); cơ quan chủ quản bổ sung, hoặc chọn loại theo đề nghị (type: on_request)"
        | "the duty {name} has no terms (fields, endpoints, per_second); its holder adds them, or choose the type on request (type: on_request)";
    duty_exceeded(name: impl Display, exceeded: impl Display) =
        "vượt phạm vi nghĩa vụ {name} đã công bố: {exceeded}; xin trong phạm vi ấy, hoặc chọn loại theo đề nghị (type: on_request)"
        | "it goes beyond the terms of the duty {name}: {exceeded}; keep to them, or choose the type on request (type: on_request)";
    granted_for_tests(request: &str) = "{request}: cấp quyền kiểm thử" | "{request}: granted for tests";
    granted(request: &str) = "{request}: cấp quyền" | "{request}: granted";
    ended_with_request(request: &str) = "{request}: đề nghị kết thúc" | "{request}: the request has ended";
    paper_expired(paper: &str) = "papers.{paper} (hết hạn)" | "papers.{paper} (expired)";
    test_call = "một lượt gọi kiểm thử mà nền tảng điều phối thấy được" | "a test call that the hub has seen";
    by_nodes = "nút" | "nodes";
    paper_too_large(megabytes: usize) =
        "tệp phải có nội dung và không quá {megabytes} MB; hãy quét lại ở độ phân giải thấp hơn hoặc chia nhỏ"
        | "a file is not empty and at most {megabytes} MB; scan it at a lower resolution or divide it";
    paper_form =
        "chỉ nhận tệp PDF, PNG, JPEG hoặc DOCX không có macro; hãy chuyển sang PDF"
        | "only PDF, PNG, JPEG, or DOCX without macros is taken; make a PDF of it";
    paper_content = "nội dung tệp không đúng base64" | "the content of the file is not base64";
    papers_too_many(megabytes: i64) =
        "giấy tờ của cơ quan đã giữ quá {megabytes} MB; hãy nộp tệp nhỏ hơn hoặc báo quản trị nền tảng điều phối"
        | "papers of the agency take over {megabytes} MB; hand in a smaller file or tell the hub's administrator";
    papers_kept_no_longer = "hết thời hạn giữ giấy tờ" | "papers are kept no longer";
    paper_read = "đọc giấy tờ của đề nghị" | "read a paper of a request";
    paper_not_needed(paper: impl Display) = "không cần giấy tờ {paper}" | "needs no paper {paper}";
    refusal_without_basis =
        "từ chối chia sẻ phải nêu căn cứ pháp lý hạn chế dữ liệu: mã căn cứ trong sổ đăng ký, hoặc trích dẫn văn bản"
        | "a refusal to share names the law that restricts the data: the code of a basis in the registry, or a citation";
    statement_too_long = "lời quá dài (2000 ký tự)" | "what is said is too long (2000 characters)";
    statement_form =
        "lời có ký tự điều khiển hoặc không ở dạng NFC"
        | "what is said holds control characters or is not NFC text";
    request_ended = "đã kết thúc" | "has ended";
    request_not_under_way = "không đang được xử lý" | "is not under way";
    no_such_step = "không có bước này" | "has no such step";
    step_parts(step: impl Display, parts: impl Display) =
        "đang ở bước {step}, có các phần: {parts}" | "is at the step {step}, whose parts are: {parts}";
    part_done(part: impl Display) = "phần {part} đã làm" | "has its part {part} done already";
    request_not_returned = "chưa được trả lại để sửa" | "was not given back to be amended";
    request_keeps =
        "hệ thống và dịch vụ giữ nguyên; muốn đổi thì gửi đề nghị mới"
        | "keeps its system and its service; for others send a new request";
    grant_name_used = "trùng mã với một quyền khác" | "has the name of another grant";
    no_test_purpose =
        "chưa cấp được quyền kiểm thử: chưa có mục đích nào đánh dấu test: true"
        | "cannot be given a grant for tests: no purpose is marked test: true";
    step_lacks(step: impl Display, missing: &Words) =
        "bước này chưa xong được; còn thiếu những gì nêu ở bước đang làm ({step}: {missing})" | "the step cannot end yet; what it lacks is named there ({step}: {missing})";
    point_by_hub(item: impl Display) =
        "điểm {item} do hệ thống tự xét" | "has its point {item} ticked by what the hub sees";
    no_such_point(item: impl Display) = "không có điểm {item}" | "has no point {item}";

    // Suspensions.
    suspend_one = "nêu service hoặc grant, một trong hai" | "name a service or a grant, one of them";
    suspension_order = "lúc trở lại phải sau lúc bắt đầu" | "its end must be after its beginning";
    suspension_notice(pack: &Words, days: impl Display, earliest: impl Display) =
        "theo bộ quy tắc {pack}, tạm ngừng theo kế hoạch được báo trước {days} ngày làm việc: sớm nhất {earliest}; nếu là sự cố, chọn ngừng đột xuất (why: unplanned)"
        | "by the rule pack {pack} a planned suspension is announced {days} working days ahead: {earliest} at the earliest; if it is an incident, choose an unplanned one (why: unplanned)";
    suspension_without_end =
        "phải nêu lúc dự kiến trở lại" | "it must have an end: when is the service expected back";
    suspension_over = "đã kết thúc" | "it is over";
}
