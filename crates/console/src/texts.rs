//! What the console says by itself, in both languages. What its templates say stands in `words.toml`.

use std::fmt::Display;

use model::words::Words;

model::texts! {
    no_such_page = "Không có trang này." | "There is no such page.";
    not_a_table = "Trang này không phải bảng." | "This page is not a table.";
    form_not_whole =
        "Biểu mẫu lớn hơn 2 MB hoặc bị đứt giữa chừng, nên chưa được đọc. Quay lại trang trước, bỏ bớt rồi gửi lại."
        | "The form is larger than 2 MB or broke off, and was not read. Go back a page, shorten it and send it again.";
    paper_not_whole =
        "Tệp lớn hơn 10 MB hoặc bị đứt giữa chừng, nên chưa được nhận. Quay lại trang trước, chọn ảnh nhỏ hơn rồi gửi lại."
        | "The file is larger than 10 MB or broke off, and was not taken. Go back a page, choose a smaller picture and send it again.";
    form_of_another_site =
        "Biểu mẫu đến từ trang khác; mở lại trang này rồi làm lại."
        | "The form comes from another site; open this page and try again.";
    document_not_json(line: usize, column: usize) =
        "Văn bản chưa đúng dạng JSON ở dòng {line}, cột {column}. Sửa chỗ đó rồi gửi lại."
        | "The document is not JSON at line {line}, column {column}. Correct it there and send it again.";
    document_no_object =
        "Văn bản JSON phải là một đối tượng có các mục, trong ngoặc nhọn." | "The JSON document must be an object with members, in braces.";
    no_identifier =
        "Chưa có mã. Điền mã rồi gửi lại." | "It has no identifier yet. Enter one and send it again.";
    type_identifier(id: &str) =
        "Để chắc chắn, hãy gõ lại đúng mã: {id}" | "To be sure, type the identifier as it is: {id}";
    not_filled_in = "Chưa điền." | "Not filled in.";
    nothing_listed = "Chưa chọn. Chọn một mục trong danh sách." | "Nothing is chosen. Choose one of the list.";
    nothing_picked =
        "Chưa chọn. Gõ một phần tên, bấm Tìm rồi chọn." | "Nothing is chosen. Type a part of its name, press Find and choose.";
    not_picked =
        "Chưa chọn được từ chữ đã gõ. Gõ một phần tên, bấm Tìm rồi chọn trong danh sách."
        | "What was typed is none of the list. Type a part of the name, press Find and choose.";
    choose_one(offered: &Words) = "Chưa chọn. Chọn một trong: {offered}." | "Nothing is chosen. Choose one of: {offered}.";
    choose_some(offered: &Words) = "Chọn ít nhất một trong: {offered}." | "Choose at least one of: {offered}.";
    no_row = "Chưa có dòng nào. Điền ít nhất một dòng." | "There is no line. Fill in one at least.";
    for_example(example: &Words) = "Ví dụ: {example}" | "For example: {example}";
    too_long(most: usize) = "Dài quá {most} ký tự. Rút ngắn lại." | "It is longer than {most} characters. Make it shorter.";
    control_characters =
        "Có ký tự không nhìn thấy được, thường do dán từ nơi khác. Xoá đi và gõ lại bằng bàn phím."
        | "It holds characters that cannot be seen, often pasted from elsewhere. Take them out and type it by hand.";
    not_composed =
        "Dấu tiếng Việt đang ở dạng tổ hợp. Gõ lại bằng bộ gõ Unicode dựng sẵn."
        | "Its accents are separate characters. Type it again with precomposed Unicode letters.";
    number_form(least: i64, most: i64) =
        "Phải là số nguyên từ {least} đến {most}." | "It must be a whole number from {least} to {most}.";
    day_form = "Phải là một ngày có thật." | "It must be a day that there is.";
    moment_form = "Phải là một ngày giờ có thật." | "It must be a day and time that there is.";
    code_form =
        "Mã chỉ gồm chữ không dấu, chữ số, gạch nối, chấm, gạch dưới; dài nhất 100."
        | "A code has letters a to z, digits, hyphens, dots and underscores only; 100 at most.";
    agency_form =
        "Mã cơ quan có ba phần cách nhau bằng dấu gạch chéo." | "The identifier of an agency has three parts with slashes between them.";
    system_form =
        "Mã hệ thống có bốn phần: mã cơ quan, rồi mã riêng của hệ thống." | "The identifier of a system has four parts: its agency's, and its own.";
    service_form =
        "Mã dịch vụ có năm phần: mã hệ thống, rồi mã riêng của dịch vụ." | "The identifier of a service has five parts: its system's, and its own.";
    node_form =
        "Mã nút kết nối có bốn phần: mã cơ quan, rồi mã riêng của nút." | "The identifier of a node has four parts: its agency's, and its own.";
    term_form =
        "Mã thuật ngữ gồm tên bộ từ điển, dấu hai chấm và mã riêng." | "The identifier of a term is its dictionary, a colon and its own code.";
    path_form =
        "Đường dẫn bắt đầu bằng dấu gạch chéo; dấu sao thay cho một phần bất kỳ, hai dấu sao chỉ đứng ở cuối."
        | "A path begins with a slash; a star stands for one part, two stars at the end for the rest.";
    version_form = "Phiên bản là ba số, giữa chúng có dấu chấm." | "A version is three numbers with dots between them.";
    retention_form =
        "Gõ permanent nếu lưu vĩnh viễn, hoặc số tháng, ví dụ 120." | "Type permanent, or a number of months, for example 120.";
    dataset_or_api =
        "Khai báo một trong hai: các trường của tập dữ liệu, hoặc các điểm gọi của API."
        | "Describe one of the two: the fields of a dataset, or the endpoints of an API.";
    service_or_grant =
        "Chọn một trong hai: dịch vụ, hoặc quyền khai thác." | "Choose one of the two: a service or a grant.";
    no_field_ticked = "Chưa chọn trường nào. Đánh dấu ít nhất một trường." | "No field is chosen. Tick one at least.";
    no_duty =
        "Chưa chọn nghĩa vụ. Loại tự động cần một nghĩa vụ chia sẻ dịch vụ này cho cơ quan bạn; không có thì chọn loại theo đề nghị."
        | "No duty is chosen. The automatic type needs a duty to share this service with your agency; without one choose the type on request.";
    no_renewal = "Chưa chọn quyền khai thác cần gia hạn." | "No grant is chosen that is to be renewed.";
    several_mistakes = "Chưa ghi được; nội dung đã nhập còn nguyên." | "Nothing was written; what you typed is still there.";
    choose_here = "Chưa chọn. Chọn một trong các mục dưới đây." | "Nothing is chosen. Choose one of these.";
    not_filled_in_here = "Chưa điền. Điền vào ô dưới đây." | "Nothing is filled in. Fill in the field below.";
    field_as_written = "mỗi dòng viết một trường: mã trường = giá trị" | "write a field on each line: its code = its value";
    day_as_written =
        "Ngày chưa đúng. Viết ngày, tháng, năm, ví dụ 3/11/1990." | "This is no day. Write day, month and year, for example 3/11/1990.";
    at_the_office = "Chưa tự bắt đầu được thủ tục này trên mạng. Hãy đến bộ phận một cửa; cán bộ mở hồ sơ cho bạn." | "You cannot begin this by yourself yet. Please come to the one-stop office: an officer opens the case for you.";
    number_as_written = "Phải là một số, ví dụ 3." | "It must be a number, for example 3.";
    person_id_as_written =
        "Số định danh có 12 chữ số. Xem mặt trước thẻ căn cước." | "The personal id number has 12 digits. See the front of the identity card.";
    same_as_before =
        "Giống hệt dữ liệu đang có. Nếu dữ liệu đúng rồi, bấm Quay lại." | "It is the same as what is there. If that is right, go back.";
    say_why = "Chưa ghi lý do. Viết ngắn gọn vì sao dữ liệu sai." | "No reason is given. Say in short why it is wrong.";
    no_file_chosen = "Chưa chọn tệp. Chụp ảnh giấy tờ rồi chọn ảnh đó." | "No file is chosen. Take a picture of the paper and choose it.";
    file_kind = "Tệp này không phải ảnh JPEG, PNG hay tệp PDF. Chụp ảnh giấy tờ rồi chọn lại." | "This is no JPEG or PNG picture and no PDF. Take a picture of the paper and choose that.";
    file_too_large = "Tệp lớn hơn 10 MB. Chụp lại với cỡ ảnh nhỏ hơn." | "The file is larger than 10 MB. Take a smaller picture.";
    tick_to_close = "Đánh dấu vào ô này nếu chắc chắn muốn rút." | "Tick this if you are sure that you want to withdraw.";
    for_officers =
        "Trang này dành cho cán bộ của cơ quan. Nếu bạn có hồ sơ, xem ở mục Hồ sơ của tôi."
        | "This page is for officers of the agency. If you have a case, see My cases.";
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
