//! Texts of all kinds, tables and limits.

use std::fmt::Display;

use model::words::Words;

model::texts! {
    all_systems(code: &str, of: &Words) = "mọi hệ thống {code} của {of}" | "all {code} systems of {of}";
    of_localities = "địa phương" | "localities";
    of_ministries = "bộ, ngành" | "ministries";
    // Texts, codes and spans of all kinds.
    identifier_too_long(limit: usize) =
        "mã dài quá {limit} byte" | "its identifier is longer than {limit} bytes";
    named_by_an_unreadable_row =
        "còn được nhắc tới ở một dòng mà kho không đọc được" | "a row of the store that cannot be read still names it";
    text_empty(member: &str) = "{member} để trống" | "{member} is empty";
    text_too_long(member: &str) = "{member} dài quá 1000 ký tự" | "{member} is longer than 1000 characters";
    text_control(member: &str) = "{member} có ký tự điều khiển" | "{member} holds control characters";
    text_hidden(member: &str) =
        "{member} có ký tự ẩn hoặc ký tự đổi chiều chữ"
        | "{member} holds characters that nobody sees, or that turn the direction of text";
    text_not_nfc(member: &str) = "{member} không ở dạng NFC" | "{member} is not NFC text";
    code_form =
        "mã gồm 1 đến 100 chữ cái không dấu, chữ số, gạch nối, chấm, gạch dưới, không chỉ toàn dấu chấm"
        | "its code is 1 to 100 letters a-z, digits, hyphens, dots and underscores, and not of dots only";
    missing = "thiếu" | "missing";
    member_twice(name: String) = "thành viên {name:?} đứng hai lần" | "the member {name:?} stands twice";
    parameter_twice(name: &str) = "tham số {name} đứng hai lần" | "the parameter {name} stands twice";
    line(line: u64) = "dòng {line}" | "line {line}";
    too_large = "quá lớn" | "too large";
    too_slow = "quá chậm" | "too slow";
    searched_too_long(most: usize) = "lời tìm: tối đa {most} ký tự" | "the text that is looked for: {most} characters at most";
    names_too_many(most: usize) = "tối đa {most} tên mỗi lần" | "{most} names at a time at most";
    no_such_order(column: &str, known: &str) = "không sắp xếp được theo {column:?}; có: {known}" | "no order by {column:?}; there are: {known}";
    the_hub = "nền tảng điều phối" | "the hub";
    documents_too_many(most: usize) = "tối đa {most} tài liệu mỗi lần" | "at most {most} documents at a time";
    reason_too_long(most: usize) = "tối đa {most} ký tự" | "{most} characters at most";
    idempotency_key(most: usize) =
        "Idempotency-Key: một lần, ASCII, tối đa {most} ký tự" | "Idempotency-Key: once, ASCII, {most} characters at most";
    validity_empty =
        "valid_to phải sau valid_from: đó là ngày đầu tiên không còn giá trị"
        | "valid_to must be after valid_from: it is the first day on which it no longer holds";
    twice_among_documents = "đứng hai lần trong các tài liệu" | "it stands twice among the documents";
    still_named(told: impl Display) = "còn được nhắc tới ở: {told}" | "still named by {told}";

    // Limits on what an agency has in the directory.
    too_large_for_directory(bytes: impl Display, most: impl Display) =
        "quá lớn để vào danh bạ: {bytes} byte, tối đa {most}"
        | "it is too large for the directory: {bytes} bytes, {most} at most";
    too_many_certificates =
        "nút đã có quá nhiều chứng thư; rút bớt cái không dùng (lienthong node withdraw)"
        | "it has too many certificates already; take out those that are not used (lienthong node withdraw)";
    too_many_of_these(most: impl Display) =
        "quá {most} hệ thống hoặc nút" | "more than {most} systems or nodes";
    part_too_large(bytes: impl Display, max: impl Display) =
        "phần của danh bạ sẽ lên {bytes} byte, hạn mức {max}: bỏ bớt dịch vụ, trường hoặc quyền"
        | "its part of the directory would come to {bytes} bytes, where {max} are allowed: take out services, fields or grants";

    // Tables.
    table_empty = "bảng trống" | "the table is empty";
    rows_too_many = "quá nhiều dòng" | "too many rows";
    column_missing(column: &str) = "thiếu cột {column}" | "the column {column} is missing";
    column_unknown(column: &str, known: &str) =
        "cột lạ {column}; có: {known}" | "unknown column {column}; there are: {known}";
    column_twice(column: &str) = "cột {column} đứng hai lần" | "the column {column} stands twice";
    cell(place: &str) = "ô {place}" | "cell {place}";
    cell_empty = "để trống" | "it is empty";
    cell_too_long(column: &str, row: usize, most: usize) =
        "XLSX: cột {column}, dòng {row} dài hơn {most} ký tự; dùng CSV"
        | "XLSX: the column {column} in row {row} is longer than {most} characters; take CSV";
    in_column(column: &str, why: &Words) = "{column}: {why}" | "{column}: {why}";
    in_xlsx(why: &Words) = "XLSX: {why}" | "XLSX: {why}";
    no_sheet = "không có trang" | "no sheet";
    too_large_unpacked = "quá lớn khi giải nén" | "too large unpacked";
}
