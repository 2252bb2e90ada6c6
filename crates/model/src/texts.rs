//! What this crate tells people beside the faults, in both languages.

use std::fmt::Display;

use crate::words::Words;

crate::texts! {
    // Mistakes that are told together.
    nothing_of_that_name(name: &str) =
        "sổ đăng ký không có “{name}”; chọn trong danh sách, hoặc đăng ký nó trước"
        | "the registry has no “{name}”; choose one of the list, or register it first";
    and_more(count: usize) = "và {count} chỗ nữa" | "and {count} more";

    // Identifiers and paths that can't be read.
    id_parts(text: &str, found: usize, wanted: usize, form: &str) =
        "{text:?} có {found} phần, cần {wanted} phần: {form}"
        | "{text:?} has {found} parts; {form} has {wanted}";
    id_part_empty(text: &str, position: usize) =
        "phần {position} của {text:?} để trống" | "part {position} of {text:?} is empty";
    id_part_too_long(position: usize, limit: usize) =
        "phần {position} dài quá {limit} ký tự" | "part {position} is longer than {limit} characters";
    id_part_encoding(text: &str, position: usize) =
        "phần {position} của {text:?} không phải UTF-8 mã hoá phần trăm"
        | "part {position} of {text:?} is not percent-encoded UTF-8";
    id_part_forbidden(text: &str, position: usize) =
        "phần {position} của {text:?} có ký tự hoặc tên không được dùng trong mã"
        | "part {position} of {text:?} holds a character or a name that no identifier may hold";
    path_too_long(limit: usize) =
        "đường dẫn dài quá {limit} byte" | "the path is longer than {limit} bytes";
    path_no_slash =
        "đường dẫn không bắt đầu bằng dấu gạch chéo" | "the path does not begin with a slash";
    path_encoding = "đường dẫn không phải UTF-8 mã hoá phần trăm" | "the path is not percent-encoded UTF-8";
    path_ambiguous(position: usize) =
        "đoạn {position} của đường dẫn có thể đọc theo hai cách"
        | "segment {position} of the path can be read in two ways";

    // What holds until a day.
    node_tls_certificate = "chứng thư TLS của nút" | "the node's TLS certificate";
    node_signing_certificate = "chứng thư ký của nút" | "the node's signing certificate";
    node_edge_certificate = "chứng thư cổng gọi của nút" | "the certificate of the node's edge";
    hub_certificate = "chứng thư của nền tảng điều phối" | "the hub's own certificate";
    authority_certificate = "chứng thư của cơ quan cấp nội bộ" | "the built-in authority's certificate";
    directory_root = "gốc của danh bạ" | "the root of the directory";
    directory_targets = "nội dung danh bạ (targets)" | "the directory's targets";
    directory_snapshot = "ảnh chụp danh bạ (snapshot)" | "the directory's snapshot";
    directory_timestamp = "mốc thời gian danh bạ (timestamp)" | "the directory's time stamp";
    renew_node =
        "nút tự gia hạn khi gặp được nền tảng điều phối; nếu không, mời nút gia nhập lại"
        | "the node renews it by itself when it reaches the hub; if it cannot, invite it and let it join anew";
    renew_edge =
        "đặt edge.pem và edge.key mới, khởi động lại, giao cho các hệ thống"
        | "put another edge.pem and edge.key there, restart, hand it to the systems";
    renew_hub =
        "nền tảng điều phối tự gia hạn chứng thư do mình cấp; chứng thư đặt vào thì người đặt thay"
        | "the hub renews what its own authority issued; one that was put there is replaced by whoever put it";
    renew_authority = "xem docs/operator.md, mục Keys" | "see docs/operator.md, Keys";
    renew_root = "lienthong hub rotate" | "lienthong hub rotate";
    renew_directory =
        "nền tảng điều phối phải ký lại được: xem nhật ký của nền tảng điều phối" | "the hub must be able to sign: see its log";
    ended(day: impl Display) = "đã hết hạn ngày {day}" | "ended on {day}";
    ends_today(day: impl Display) = "hết hạn hôm nay, ngày {day}" | "ends today, on {day}";
    ends_tomorrow(day: impl Display) = "hết hạn ngày {day}, còn 1 ngày" | "ends on {day}, in 1 day";
    ends_in_days(day: impl Display, days: i64) =
        "hết hạn ngày {day}, còn {days} ngày" | "ends on {day}, in {days} days";
    ending(what: &Words, of: String, when: &Words, remedy: &Words) =
        "{what}{of} {when}: {remedy}" | "{what}{of} {when}: {remedy}";

    // What is done by a day.
    due_done = "đã xong" | "done";
    due_today = "hạn hôm nay" | "due today";
    day_left = "còn 1 ngày" | "1 day left";
    days_left(days: i64) = "còn {days} ngày" | "{days} days left";
    day_late = "trễ 1 ngày" | "1 day late";
    days_late(days: i64) = "trễ {days} ngày" | "{days} days late";
    day_past = "đã qua hạn 1 ngày, chưa đo được đã xong hay chưa" | "1 day past, whether it is done is not measured";
    days_past(days: i64) =
        "đã qua hạn {days} ngày, chưa đo được đã xong hay chưa"
        | "{days} days past, whether it is done is not measured";

    // What calls come to.
    class_mistake = "lượt gọi sai hoặc bên gọi bỏ dở" | "a wrong call, or one that its caller gave up";
    class_rule = "từ chối theo quy định" | "refused by rule";
    class_nothing = "không có dữ liệu được hỏi" | "nothing was found";
    class_outage = "lỗi hoặc gián đoạn" | "a failure";

    // What stands out in a column.
    twelve_digits = "12 chữ số" | "12 digits";
    nine_digits = "9 chữ số" | "9 digits";
    like_tax_codes = "dạng mã số thuế" | "like tax codes";
    like_telephones = "dạng số điện thoại" | "like telephone numbers";
    like_mail_addresses = "dạng thư điện tử" | "like mail addresses";
    days = "ngày" | "days";
    moments = "thời điểm" | "moments";
    words_for_sex = "chữ chỉ giới tính" | "words for sex";
    like_names = "dạng họ tên" | "like names of people";
    words_of_addresses = "chữ chỉ địa chỉ" | "words of addresses";

    // The form that values of a field have.
    form_text = "chữ" | "text";
    form_code = "mã" | "a code";
    form_date = "ngày dạng yyyy-mm-dd, ví dụ 2020-02-29" | "a day as yyyy-mm-dd, such as 2020-02-29";
    form_integer = "số nguyên, ví dụ 42" | "a whole number, such as 42";
    form_boolean = "true hoặc false" | "true or false";
    form_unit = "mã đơn vị hành chính 2, 3 hoặc 5 chữ số" | "a unit's code of 2, 3 or 5 digits";
    form_person_id = "số định danh 12 chữ số" | "an id number of 12 digits";
    form_decimal = "số, ví dụ 1.50" | "a number, such as 1.50";
    form_moment = "thời điểm dạng yyyy-mm-ddThh:mm:ssZ" | "a moment as yyyy-mm-ddThh:mm:ssZ";

    // Conditions that can't be read.
    condition_long(most: usize) = "điều kiện dài hơn {most} byte" | "the condition is longer than {most} bytes";
    condition_deep(most: usize) = "điều kiện lồng nhau quá {most} bậc" | "the condition is nested deeper than {most}";
    condition_unreadable(at: usize) = "không đọc được điều kiện từ byte thứ {at}" | "the condition can't be read from byte {at}";
    condition_ends = "điều kiện bị cụt" | "the condition ends too early";
    condition_unexpected(found: &str) = "không mong đợi “{found}” trong điều kiện" | "“{found}” is not expected in the condition";

    // What is asked and not allowed.
    uncovered_from(from: &Words, what: &str) = "từ {from}: {what}" | "from {from}: {what}";
    uncovered_until(to: &Words, what: &str) = "trước {to}: {what}" | "before {to}: {what}";
    uncovered_between(from: &Words, to: &Words, what: &str) =
        "từ {from} đến trước {to}: {what}" | "from {from} until before {to}: {what}";

    // Why something was not answered in a case.
    gap_not_found = "Cơ sở dữ liệu không có bản ghi nào khớp. Bạn có thể nộp giấy tờ." | "The database has no record that fits. You may hand in the paper.";
    gap_ambiguous = "Có nhiều bản ghi khớp nên không xác định được bản ghi nào là đúng. Bạn có thể nộp giấy tờ." | "Several records fit, so it is not known which is meant. You may hand in the paper.";
    gap_incomplete = "Bản ghi thiếu dữ liệu cần dùng. Bạn có thể nộp giấy tờ; cơ quan quản lý dữ liệu được báo." | "The record lacks what is needed. You may hand in the paper; the agency that keeps it is told.";
    gap_condition_not_met = "Dữ liệu tìm được không đạt điều kiện của thủ tục. Nếu bạn có giấy tờ chứng minh khác, bạn có thể nộp." | "What was found does not meet the procedure's condition. If you have a paper that shows otherwise, you may hand it in.";
    gap_differs_population = "Dữ liệu khác với Cơ sở dữ liệu quốc gia về dân cư. Bạn có thể nộp giấy tờ; cơ quan quản lý dữ liệu được báo." | "The data differ from the population database. You may hand in the paper; the agency that keeps them is told.";
    gap_differs_sources = "Hai cơ sở dữ liệu cho kết quả khác nhau. Bạn có thể nộp giấy tờ; cơ quan quản lý dữ liệu được báo." | "Two databases differ. You may hand in the paper; the agencies that keep them are told.";
    gap_stale = "Dữ liệu cũ hơn thời hạn thủ tục cho phép. Bạn có thể nộp giấy tờ." | "The data are older than the procedure allows. You may hand in the paper.";
    gap_other_person = "Câu trả lời là về người khác nên đã bị bỏ, không ai xem. Bạn có thể nộp giấy tờ." | "The answer was about somebody else and was dropped unseen. You may hand in the paper.";
    gap_source_down = "Cơ sở dữ liệu hiện không trả lời. Bạn có thể thử lại sau hoặc nộp giấy tờ." | "The database does not answer now. You may try again later or hand in the paper.";
    gap_timeout = "Cơ sở dữ liệu không trả lời kịp. Bạn có thể thử lại sau hoặc nộp giấy tờ." | "The database did not answer in time. You may try again later or hand in the paper.";
    gap_unbelievable = "Câu trả lời không qua được kiểm tra chữ ký nên bị bỏ. Bạn có thể thử lại sau hoặc nộp giấy tờ." | "The answer failed its checks and was dropped. You may try again later or hand in the paper.";
    gap_unrepresented = "Chưa chứng minh được quyền làm thay. Bạn có thể nộp giấy tờ về đại diện hoặc ủy quyền." | "The right to act for the other person is not proved. You may hand in a paper on it.";
    gap_not_published = "Chưa có cơ quan nào công bố dữ liệu này để dùng lại. Bạn cần nộp giấy tờ." | "No agency has published these data for reuse. Hand in the paper.";
    gap_declined = "Bạn đã chọn không dùng dữ liệu này. Bạn cần nộp giấy tờ." | "You chose not to use these data. Hand in the paper.";
    gap_no_grant = "Cơ quan này chưa có quyền khai thác dữ liệu. Đây là việc của cơ quan nhà nước; bạn không phải nộp giấy tờ." | "This office has no grant for the data. That is for the State to settle; you need not bring the paper.";
    gap_basis_ended = "Căn cứ pháp lý đã hết hiệu lực. Đây là việc của cơ quan nhà nước; bạn không phải nộp giấy tờ." | "The legal basis is no longer in force. That is for the State to settle; you need not bring the paper.";
    gap_too_fast = "Cơ quan đang hỏi quá nhanh; hệ thống sẽ hỏi lại. Bạn không phải nộp giấy tờ." | "The office asks too fast; it will be asked again. You need not bring the paper.";
    gap_unsupported = "Nguồn dữ liệu chưa hỗ trợ cách hỏi này. Đây là việc của cơ quan nhà nước; bạn không phải nộp giấy tờ." | "The source cannot be asked this way. That is for the State to settle; you need not bring the paper.";
    gap_internal = "Hệ thống gặp lỗi; sẽ được hỏi lại. Bạn không phải nộp giấy tờ." | "The system has a fault; it will be asked again. You need not bring the paper.";
    gap_low_level = "Cần đăng nhập ở mức xác thực cao hơn để xem dữ liệu này. Hãy xác thực thêm." | "A higher level of sign-in is needed for these data. Please confirm who you are.";
    gap_pending = "Cơ quan quản lý dữ liệu đang xử lý; kết quả có sau. Bạn có thể quay lại." | "The agency that keeps the data is working on it; the answer comes later. You may come back.";
    gap_not_applicable = "Không áp dụng trong trường hợp này." | "Does not apply in this case.";
}
