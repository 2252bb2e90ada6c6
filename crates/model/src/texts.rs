//! What this crate tells people beside the faults, in both languages.

use std::fmt::Display;

use crate::words::Words;

crate::texts! {
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
}
