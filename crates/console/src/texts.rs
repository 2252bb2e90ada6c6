//! What the console says by itself, in both languages. What its templates say stands in `words.toml`.

use std::fmt::Display;

model::texts! {
    no_such_page = "Không có trang này." | "There is no such page.";
    not_a_table = "Trang này không phải bảng." | "This page is not a table.";
    form_not_whole =
        "Biểu mẫu lớn hơn 2 MB hoặc bị đứt giữa chừng, nên chưa được đọc. Quay lại trang trước, bỏ bớt rồi gửi lại."
        | "The form is larger than 2 MB or broke off, and was not read. Go back a page, shorten it and send it again.";
    form_of_another_site =
        "Biểu mẫu đến từ trang khác; mở lại trang này rồi làm lại."
        | "The form comes from another site; open this page and try again.";
    document_not_json(error: impl Display) =
        "Văn bản không phải JSON: {error}. Sửa chỗ đó rồi gửi lại."
        | "The document is not JSON: {error}. Correct it there and send it again.";
    no_identifier =
        "Chưa có mã. Điền mã rồi gửi lại." | "It has no identifier yet. Enter one and send it again.";
    type_identifier(id: &str) =
        "Để chắc chắn, hãy gõ lại đúng mã: {id}" | "To be sure, type the identifier as it is: {id}";
    passwords_differ =
        "Hai lần gõ mật khẩu mới không giống nhau." | "The new password was not typed the same twice.";
    draft_unreadable(why: &str) =
        "Chưa đọc được bản nháp: {why}. Dán nguyên tệp mà lienthong source inspect đã ghi."
        | "The draft cannot be read: {why}. Paste the file as lienthong source inspect wrote it.";
    draft_too_large(kib: usize, columns: usize) =
        "Bản nháp quá lớn: trang này nhận tới {kib} KiB và {columns} cột. Bỏ bớt cột, hoặc dùng lienthong source bind và publish."
        | "The draft is too large: this page takes up to {kib} KiB and {columns} columns. Take out columns, or use lienthong source bind and publish.";
    draft_broken(error: impl Display) =
        "Bản nháp đi cùng biểu mẫu đã hỏng: {error}. Dán lại bản nháp."
        | "The draft that goes along with the form is broken: {error}. Paste the draft again.";
}
