//! What this crate tells people beside the faults, in both languages.

use std::fmt::Display;

model::texts! {
    too_large(bytes: u64) = "quá {bytes} byte" | "more than {bytes} bytes";
    other_encoding(name: &str) = "bảng mã {name}, cần UTF-8" | "the encoding is {name}, not UTF-8";
    not_utf8(line: usize) =
        "dòng {line}: không phải UTF-8, lưu lại tệp theo UTF-8" | "line {line}: it is not UTF-8, save it as UTF-8";
    at_line(place: &str, document: u32, line: u64) =
        "{place}, tài liệu {document}, dòng {line}" | "{place}, document {document}, line {line}";
    system_there(system: impl Display, digest: &str, file: impl Display) =
        "đã có {system}: thêm \"{digest}\" vào token_sha256 của nó và giữ mã bí mật trong {file}"
        | "{system} is there already: add \"{digest}\" to its token_sha256 and keep the token in {file}";
    joined_already = "một nút đã gia nhập ở đây" | "a node has joined here already";
    test_of_connection = "Kiểm thử kết nối" | "Test of a connection";
}
