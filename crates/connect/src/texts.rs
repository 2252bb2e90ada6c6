//! What sources tell people, in both languages.

use std::fmt::Display;

use model::words::Words;

model::texts! {
    // Databases.
    rows_hidden =
        "máy chủ chỉ cho tài khoản này thấy một phần các dòng (row security)"
        | "the server shows this account a part of the rows only (row security)";
    column_not_readable(name: impl Display) =
        "tài khoản này không được đọc cột {name}" | "this account may not read the column {name}";

    busy = "đang bận" | "it is busy";
    no_connection = "không kết nối được kịp lúc" | "no connection in time";
    mark_unknown = "mốc không phải là mốc đã được trả về" | "the mark is not one that was given out";
    key_twice = "khoá đứng hai lần" | "the key stands twice";

    // Addresses of sources.
    copy_lacks_column(table: &str, column: &str) = "bảng {table} không có cột {column}; hãy đổi tên bảng hoặc thêm cột" | "the table {table} has no column {column}; choose another table or add the column";
    copy_not_ours(table: &str) = "bảng {table} đã có bản ghi không thuộc bản sao này; hãy nêu một bảng khác, hoặc làm rỗng bảng nếu không ai cần" | "the table {table} has records that are not of this copy; name another table, or empty it if nobody needs them";
    no_target(address: &str) = "không ghi được vào {address}; hãy nêu sqlite:TỆP hoặc postgres://…" | "nothing can be written to {address}; give sqlite:FILE or postgres://…";
    password_in_address =
        "địa chỉ có mật khẩu; hãy đưa mật khẩu bằng tệp hoặc biến môi trường"
        | "a password stands in the address; give it by a file or the environment";
    no_client = "ở đây không gọi được API" | "APIs cannot be asked here";
    no_source(url: &str) =
        "{url} không phải nguồn: postgres://, mariadb://, mysql://, sqlite:, http(s):// hoặc tệp .csv, .tsv, .xlsx, .parquet"
        | "{url} is not a source: postgres://, mariadb://, mysql://, sqlite:, http(s):// or a file .csv, .tsv, .xlsx, .parquet";

    // Snapshots.
    source_not_read_anew(why: impl Display, minutes: impl Display) =
        "không đọc lại được nguồn ({why}); đang dùng bảng đã đọc {minutes} phút trước"
        | "the source cannot be read anew ({why}); the table that was read {minutes} minutes ago is served";
    members_twice =
        "có bản ghi mang một tên trường hai lần; giá trị đó không được dùng"
        | "some records have a member twice; such a value is not used";
    nulls_left_out(count: impl Display) =
        "{count} bản ghi là null và bị bỏ qua" | "{count} records are null and are left out";
    no_records =
        "API trả lời không có bản ghi nào; bảng trống"
        | "the API answers that it has no records; the table is empty";
    int96_in_nested =
        "thời điểm INT96 nằm trong cột lồng nhau chỉ đọc được đến phần triệu giây"
        | "moments of type INT96 within nested columns are read to the microsecond only";

    // Encodings.
    encoding_by_zeros(name: impl Display) =
        "bảng mã: {name}, không có dấu BOM, nhận ra theo các byte 0"
        | "encoding: {name} without a BOM, told by its zero bytes";
    encoding_told(name: &str, evidence: &Words) = "bảng mã: {name}. {evidence}" | "encoding: {name}. {evidence}";
    words_read(share: &str) = "{share} từ có dấu đọc ra tiếng Việt" | "{share} words with marks read as Vietnamese";
    mostly_utf8(broken: impl Display, all: impl Display, line: impl Display) =
        "bảng mã: UTF-8, nhưng {broken} trong {all} đoạn chữ có dấu bị hỏng, đầu tiên ở dòng {line}; các ô đó coi là không đọc được"
        | "encoding: UTF-8, though {broken} of {all} runs of marked letters are broken, the first in line {line}; these cells are told as unavailable";

    // Heads of tables.
    head_at(number: impl Display, titles: impl Display) =
        "dòng tiêu đề là dòng {number}; phía trên bỏ qua: {titles}"
        | "the head is row {number}; left out above it: {titles}";
    row_below_head(number: impl Display, units: impl Display) =
        "bỏ qua dòng {number} dưới tiêu đề, là đơn vị tính hoặc số thứ tự cột: {units}"
        | "row {number} below the head is left out, it has units or numbers of columns: {units}";
    column_unnamed(number: impl Display, name: impl Display) =
        "cột thứ {number} không có tên, đặt là {name}" | "column {number} has no name and is called {name}";
    column_name_twice(first: impl Display, number: impl Display, name: impl Display) =
        "tên cột {first} đứng nhiều lần, cột thứ {number} đặt là {name}"
        | "the name {first} stands more than once, column {number} is called {name}";

    // Spreadsheets.
    hidden_sheet(name: &str) = "{name} (ẩn)" | "{name} (hidden)";
    sheet_read(name: &str, count: usize, sheets: &Words) =
        "đọc trang {name}; tệp có {count} trang: {sheets}" | "sheet {name} is read; there are {count}: {sheets}";
    head_merged(row: impl Display) =
        "dòng tiêu đề {row} có ô gộp ngang nhưng không rõ là tiêu đề hai dòng; hãy đặt `head` nếu cần"
        | "the head in row {row} has merged cells and is not clearly one of two rows; set `head` if it should be another";
    head_of_two_rows(row: impl Display, next: impl Display) =
        "tiêu đề gồm hai dòng {row} và {next}, tên cột được ghép lại"
        | "the head is of two rows, {row} and {next}, and their names are joined";
    merged_areas(count: impl Display, first: impl Display) =
        "dưới tiêu đề có {count} vùng ô gộp, đầu tiên ở {first}; chỉ ô đầu của mỗi vùng có giá trị"
        | "{count} merged areas stand below the head, the first at {first}; only the first cell of each has the value";
    formulas_without_results(count: impl Display, first: impl Display) =
        "{count} công thức chưa có kết quả lưu trong tệp, đầu tiên ở {first}; hãy mở tệp bằng bảng tính rồi lưu lại"
        | "{count} formulas have no result in the file, the first at {first}; open it in a spreadsheet and save it";
    cells_with_errors(many: impl Display, first: impl Display) =
        "{many} ô có lỗi (#N/A, #DIV/0! …), đầu tiên ở {first}; coi là trống"
        | "{many} cells hold an error (#N/A, #DIV/0! …), the first at {first}; they are taken as empty";
    digits_lost(many: impl Display, first: impl Display) =
        "{many} số có hơn 15 chữ số, đầu tiên ở {first}; bảng tính đã làm mất các chữ số cuối"
        | "{many} numbers have more than 15 digits, the first at {first}; the spreadsheet has lost the last ones";
    zeros_lost(name: impl Display, many: impl Display, first: impl Display) =
        "cột {name}: {many} ô là số, đầu tiên ở {first}, có thể đã mất các số 0 ở đầu; hãy định dạng cột là văn bản"
        | "column {name}: {many} cells are numbers, the first at {first}, that may have lost leading zeros; format it as text";
    zeros_restored(name: impl Display, many: impl Display, first: impl Display) =
        "cột {name}: {many} số được đọc với các số 0 ở đầu như định dạng hiển thị, đầu tiên ở {first}"
        | "column {name}: {many} numbers are read with the leading zeros that their format shows, the first at {first}";

    // Files that can't be read.
    file_unreadable(error: impl Display) = "không đọc được tệp: {error}" | "the file cannot be read: {error}";
    not_of_form(form: impl Display, why: impl Display) = "tệp không phải {form}: {why}" | "it is not {form}: {why}";
    broken_at(place: impl Display, why: impl Display) =
        "tệp hỏng ở {place}: {why}" | "it is broken at {place}: {why}";
    no_head_in_empty = "tệp trống: không có dòng tiêu đề" | "it is empty: there is no head";
    nothing_in_head(row: u32) =
        "dòng {row}, lẽ ra là dòng tiêu đề, không có gì" | "there is nothing in row {row}, which should be the head";
    no_sheet(asked: &str, there: &Words) =
        "không có trang {asked} đọc được; các trang hiện có: {there}"
        | "it has no sheet {asked} that can be read; there are: {there}";
    too_large(amount: u64, what: &Words, place: &str, limit: u64) =
        "tệp quá lớn: {amount} {what} ở {place}; chỉ đọc tối đa {limit}"
        | "it is too large: {amount} {what} at {place}; up to {limit} are read";
    columns = "cột" | "columns";
    rows = "dòng" | "rows";
    cells = "ô" | "cells";
    bytes = "byte" | "bytes";
    levels = "cấp lồng nhau" | "levels of nesting";
    ragged(line: u64, found: usize, columns: usize) =
        "dòng {line} có {found} ô, còn dòng tiêu đề có {columns}"
        | "line {line} has {found} cells and the head has {columns}";
    unclosed(line: u64) =
        "dấu ngoặc kép ở dòng {line} không được đóng cho đến hết tệp"
        | "the quotation mark in line {line} is not closed before the end of the file";
    encoding_unclear(line: u64, bytes: &str, evidence: &Words, known: &str) =
        "dòng {line} không phải UTF-8 (các byte {bytes}) và không bảng mã nào khác đủ thuyết phục ({evidence}); hãy lưu tệp theo UTF-8, hoặc đặt `encoding` là một trong {known}"
        | "line {line} is not UTF-8 (bytes {bytes}) and no other encoding is convincing ({evidence}); save it as UTF-8, or set `encoding` to one of {known}";
    option_unknown(option: &str, value: &str, known: &str) =
        "`{option}` không thể là {value}; có thể là {known}" | "`{option}` cannot be {value}; it can be {known}";
    rows_differ(said: i64, read: u64) =
        "tệp ghi là có {said} dòng nhưng chỉ đọc được {read}"
        | "it says that it has {said} rows and {read} could be read";
    rows_not_kept(why: &str) = "không lưu được các dòng: {why}" | "the rows cannot be kept: {why}";
    reader_stopped(why: &str) = "bộ đọc bị dừng: {why}" | "the reader stopped: {why}";
    not_a_file = "không phải tệp thường" | "it is not a regular file";
}
