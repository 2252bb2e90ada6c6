//! What this crate tells people, in both languages.

use std::fmt::Display;

use model::words::Words;

model::texts! {
    // The six criteria.
    criterion_accurate = "Đúng" | "Accurate";
    criterion_complete = "Đủ" | "Complete";
    criterion_clean = "Sạch" | "Clean";
    criterion_live = "Sống" | "Live";
    criterion_consistent = "Thống nhất" | "Consistent";
    criterion_shared = "Dùng chung" | "Shared";

    // Groups of defects, in a word or two.
    defect_missing = "thiếu hoặc điền cho có" | "missing, or a stand-in";
    defect_range = "ngoài khoảng" | "beyond its range";
    defect_duplicate = "trùng" | "duplicate";
    defect_format = "sai khuôn dạng" | "not in its form";
    defect_reference = "tham chiếu không có" | "leads nowhere";
    defect_contradiction = "mâu thuẫn với trường khác" | "contradicts another field";
    defect_stale = "cũ" | "stale";
    defect_differs = "khác nguồn gốc pháp lý" | "differs from the legal source";

    // Rules: what is asked, then what repairs a record that fails.
    rule_required(title: &Words) =
        "{title} phải có giá trị. Bổ sung từ hồ sơ gốc tại nơi tạo lập dữ liệu"
        | "{title} must have a value. Complete it from the original file where the data are made";
    rule_placeholder(title: &Words) =
        "{title} không được điền cho có (\"không rõ\", \"N/A\", \"-\", 01/01/1900). Điền giá trị thật, hoặc để trống nếu chưa biết"
        | "{title} must not hold a stand-in (\"không rõ\", \"N/A\", \"-\", 01/01/1900). Put the true value, or leave it empty if it is not known";
    rule_type(title: &Words, kind: &Words) =
        "{title} phải đọc được là {kind}. Sửa lại cách ghi tại nguồn" | "{title} must read as {kind}. Correct how it is written at the source";
    rule_length(title: &Words, low: impl Display, high: impl Display) =
        "{title} dài từ {low} đến {high} ký tự. Đối chiếu hồ sơ gốc và sửa tại nguồn"
        | "{title} has {low} to {high} characters. Compare with the original file and correct it at the source";
    rule_format(title: &Words, pattern: &str) =
        "{title} phải đúng khuôn dạng {pattern}. Sửa tại nguồn; kiểm tra số 0 ở đầu và dấu phân cách thừa"
        | "{title} must have the form {pattern}. Correct it at the source; look for lost leading zeros and needless separators";
    rule_tax_code(title: &Words) =
        "{title} phải là mã số thuế có chữ số kiểm tra đúng. Tra lại tại cơ quan thuế"
        | "{title} must be a tax code with the right check digit. Look it up at the tax office";
    rule_one_of(title: &Words) =
        "{title} phải là một trong các giá trị đã nêu. Đổi sang giá trị đúng tại nguồn"
        | "{title} must be one of the values that are named. Change it to the right one at the source";
    rule_none_of(title: &Words) =
        "{title} không được là giá trị thay cho trống. Bổ sung giá trị thật"
        | "{title} must not be a value that stands for nothing. Complete it";
    rule_code(title: &Words, list: &str, day: impl Display) =
        "{title} phải là mã của danh mục {list} còn hiệu lực ngày {day}. Đổi sang mã mới theo bảng đối chiếu"
        | "{title} must be a code of the list {list} that is in force on {day}. Change it to the later code by the cross-walk";
    rule_code_at(title: &Words, list: &str, field: &str) =
        "{title} phải là mã của danh mục {list} có hiệu lực vào ngày ghi ở {field}. Đổi mã, hoặc sửa ngày, theo bảng đối chiếu"
        | "{title} must be a code of the list {list} that is in force on the day in {field}. Change the code, or the day, by the cross-walk";
    rule_within(title: &Words, above: &str) =
        "{title} phải thuộc đơn vị ghi ở {above} vào ngày của bản ghi. Đối chiếu hai mã và sửa mã sai"
        | "{title} must be within the unit in {above} on the record's day. Compare both codes and correct the wrong one";
    rule_range(title: &Words, low: &str, high: &str) =
        "{title} phải trong khoảng từ {low} đến {high}. Kiểm tra đơn vị đo và hồ sơ gốc"
        | "{title} must be from {low} to {high}. Look at the unit of measure and the original file";
    rule_span(title: &Words, low: &str, high: &str) =
        "{title} phải trong khoảng từ {low} đến {high}. Kiểm tra hồ sơ gốc"
        | "{title} must be from {low} to {high}. Look at the original file";
    rule_unique(title: &Words) =
        "{title} không được trùng giữa hai bản ghi. Hợp nhất hoặc xác minh các bản ghi trùng"
        | "no two records may have the same {title}. Merge or examine those that do";
    rule_unique_with(title: &Words, others: &str) =
        "{title} cùng với {others} không được trùng giữa hai bản ghi. Hợp nhất hoặc xác minh các bản ghi trùng"
        | "no two records may have the same {title} with {others}. Merge or examine those that do";
    rule_reference(title: &Words) =
        "{title} phải có trong tập dữ liệu được dẫn chiếu. Bổ sung bản ghi được dẫn hoặc sửa mã dẫn"
        | "{title} must be in the dataset that it refers to. Add that record or correct the reference";
    rule_id_province(title: &Words) =
        "ba chữ số đầu của {title} phải là mã nơi đăng ký khai sinh đã có. Đối chiếu với cơ sở dữ liệu quốc gia về dân cư; không tự loại"
        | "the first three digits of {title} must be a known code of birth registration. Compare with the population database; do not drop the record";
    rule_id_birth_year(title: &Words) =
        "năm sinh trong {title} phải khớp ngày sinh. Đối chiếu với cơ sở dữ liệu quốc gia về dân cư; không tự loại"
        | "the year of birth in {title} must agree with the date of birth. Compare with the population database; do not drop the record";
    rule_id_sex(title: &Words) =
        "giới tính trong {title} phải khớp giới tính đã ghi. Đối chiếu với cơ sở dữ liệu quốc gia về dân cư; không tự loại"
        | "the sex in {title} must agree with the one recorded. Compare with the population database; do not drop the record";
    rule_not_before(title: &Words, earlier: &str) =
        "{title} phải sau {earlier}. Kiểm tra cả hai ngày trong hồ sơ gốc" | "{title} must be after {earlier}. Look at both days in the original file";
    rule_differs(title: &Words, from: &str) =
        "{title} phải khác {from}. Kiểm tra lại hồ sơ gốc" | "{title} must differ from {from}. Look at the original file";
    rule_parent(title: &Words, years: impl Display) =
        "người có {title} phải hơn con ít nhất {years} tuổi. Kiểm tra số định danh của cha, mẹ"
        | "the person with {title} must be at least {years} years older than the child. Look at the parent's id number";
    rule_not_future(title: &Words) =
        "{title} không được sau hôm nay. Sửa ngày, kiểm tra đồng hồ của hệ thống ghi"
        | "{title} must not be to come. Correct the day, look at the clock of the recording system";
    rule_fresh(title: &Words, days: impl Display) =
        "{title} không được cũ quá {days} ngày. Cập nhật bản ghi hoặc kiểm tra việc đồng bộ"
        | "{title} must not be older than {days} days. Bring the record up to date or look at the synchronisation";
    rule_lag(title: &Words, since: &str, days: impl Display) =
        "{title} phải trong vòng {days} ngày từ {since}. Rút ngắn thời gian từ sự kiện đến khi ghi nhận"
        | "{title} must be within {days} days of {since}. Shorten the time from event to record";
    rule_composed(title: &Words) =
        "{title} phải ở dạng Unicode dựng sẵn (NFC). Chuyển dạng tại nguồn" | "{title} must be in composed Unicode (NFC). Convert it at the source";
    rule_encoding(title: &Words) =
        "{title} không được ở bảng mã cũ (TCVN3, VNI) hoặc hỏng chữ. Chuyển sang Unicode theo đề xuất"
        | "{title} must not be in an old encoding (TCVN3, VNI) or broken. Convert it to Unicode as proposed";
    rule_letter_d(title: &Words) =
        "{title} phải dùng chữ Đ (U+0110), không dùng Ð hoặc Ɖ. Thay chữ tại nguồn"
        | "{title} must use the letter Đ (U+0110), not Ð or Ɖ. Replace it at the source";
    rule_spaces(title: &Words) =
        "{title} không được thừa dấu cách hoặc có ký tự ẩn. Bỏ phần thừa tại nguồn"
        | "{title} must not have needless spaces or hidden characters. Take them out at the source";
    rule_case(title: &Words) =
        "{title} phải viết hoa chữ đầu mỗi từ, hoặc viết hoa toàn bộ. Sửa tại nguồn"
        | "{title} must have a capital at the head of each word, or be all capitals. Correct it at the source";
    rule_tone(title: &Words, example: &str) =
        "{title} phải đặt dấu thanh theo một kiểu ({example}). Chuyển về một kiểu khi ghi"
        | "{title} must place tone marks in one way ({example}). Convert them when they are written";
    rule_no_digits(title: &Words) =
        "{title} không được có chữ số. Kiểm tra cột bị lệch khi nhập" | "{title} must not have digits. Look for columns that were shifted on entry";
    rule_full_name(title: &Words) =
        "{title} phải bằng họ, chữ đệm và tên ghép lại. Đối chiếu giấy khai sinh"
        | "{title} must be the family, middle and given name put together. Compare with the birth certificate";
    rule_condition(condition: &str) =
        "bản ghi phải thoả điều kiện: {condition}. Sửa theo chỉ dẫn của cơ quan chủ quản"
        | "the record must meet the condition: {condition}. Correct it as its owner directs";
    rule_rows = "số bản ghi phải như hợp đồng yêu cầu. Kiểm tra việc nạp dữ liệu" | "the number of records must be as the contract demands. Look at how the data are loaded";

    // Kinds of values.
    kind_text = "chữ" | "text";
    kind_integer = "số nguyên" | "a whole number";
    kind_decimal = "số" | "a number";
    kind_date = "ngày dạng yyyy-mm-dd" | "a day as yyyy-mm-dd";
    kind_moment = "thời điểm dạng yyyy-mm-ddThh:mm:ss" | "a moment as yyyy-mm-ddThh:mm:ss";
    kind_boolean = "đúng hoặc sai" | "yes or no";
    type_number = "số" | "a number";
    type_text = "chữ" | "a text";
    type_day = "ngày" | "a day";
    type_truth = "đúng hoặc sai" | "true or false";

    // Conditions that cannot be read.
    condition_empty = "điều kiện để trống" | "the condition is empty";
    condition_too_long(limit: usize) = "điều kiện dài quá {limit} byte; hãy tách thành nhiều quy tắc" | "the condition is longer than {limit} bytes; make several rules of it";
    condition_too_large(limit: usize) = "điều kiện có quá {limit} phần; hãy tách thành nhiều quy tắc" | "the condition has more than {limit} parts; make several rules of it";
    condition_too_deep(limit: usize) = "dấu ngoặc lồng quá {limit} tầng" | "brackets are nested deeper than {limit}";
    condition_goes_on = "điều kiện đã hết ở đây nhưng còn chữ phía sau; thiếu and hoặc or?" | "the condition ends here and more follows; is `and` or `or` missing?";
    no_condition = "biểu thức không phải điều kiện: kết quả phải là đúng hoặc sai" | "this is no condition: it must come to true or false";
    number_not_read(text: &str) = "{text} không đọc được là số" | "{text} cannot be read as a number";
    day_not_read(text: &str) = "{text} không phải ngày có thật dạng yyyy-mm-dd" | "{text} is no day of the calendar as yyyy-mm-dd";
    quote_not_closed = "thiếu dấu nháy đóng" | "the closing quote is missing";
    sign_unknown(sign: char) = "ký tự {sign} không dùng được ở đây" | "the sign {sign} has no meaning here";
    sign_wanted(sign: &str) = "ở đây cần {sign}" | "{sign} is missing here";
    value_wanted = "ở đây cần một giá trị, một trường hoặc dấu ngoặc mở" | "a value, a field or an opening bracket is missing here";
    pattern_wanted = "sau matches là mẫu trong dấu nháy đơn" | "after `matches` stands a pattern in single quotes";
    pattern_not_read(why: impl Display) = "mẫu không dùng được: {why}" | "the pattern cannot be used: {why}";
    field_unknown(name: &str) = "không có trường {name} trong hợp đồng" | "the contract has no field {name}";
    function_unknown(name: &str) = "không có hàm {name}; có length, year, lower, trim, abs" | "there is no function {name}; there are length, year, lower, trim, abs";
    one_argument(name: &str) = "hàm {name} cần đúng một giá trị" | "the function {name} takes one value";
    type_wanted(kind: &Words) = "ở đây cần {kind}" | "here must be {kind}";
    types_differ(one: &Words, other: &Words) = "không so được {one} với {other}" | "{one} cannot be compared with {other}";
    not_computed(sign: &str) = "phép {sign} chỉ dùng với số; ngày chỉ trừ ngày hoặc cộng, trừ số ngày" | "{sign} is for numbers; from a day a day may be taken, or days added or taken away";

    // What of a contract or of the dictionary could not be made a rule of.
    no_table = "hợp đồng không có bảng nào (schema)" | "the contract has no table (schema)";
    format_unread(field: &str, format: &str) =
        "trường {field}: khuôn dạng \"{format}\" của từ điển chưa đọc được thành quy tắc, không kiểm tra khuôn dạng này"
        | "field {field}: the dictionary's format \"{format}\" is none that can be made a rule of; it is not checked";
    list_missing(field: &str, list: &str) =
        "trường {field}: chưa có danh mục {list} để kiểm tra mã" | "field {field}: the code list {list} is not there to check codes by";
    term_missing(field: &str, term: &str) =
        "trường {field}: từ điển không có thuật ngữ {term} ở phiên bản này" | "field {field}: the dictionary has no term {term} of this version";
    quality_sql(name: &str) =
        "quy tắc {name} là câu SQL: chạy trong nguồn, không chạy ở đây" | "the rule {name} is SQL: it is run inside the source, not here";
    quality_text(name: &str) = "quy tắc {name} chỉ có lời văn, không tự kiểm tra được" | "the rule {name} is words only and cannot be checked";
    quality_engine(name: &str, engine: &str) =
        "quy tắc {name} viết cho công cụ {engine}; hãy viết lại thành điều kiện với engine: lienthong"
        | "the rule {name} is written for {engine}; write it as a condition with engine: lienthong";
    quality_metric(name: &str, metric: &str) =
        "quy tắc {name}: không có thước đo {metric}; có nullValues, missingValues, invalidValues, duplicateValues, rowCount"
        | "the rule {name}: there is no metric {metric}; there are nullValues, missingValues, invalidValues, duplicateValues, rowCount";
    quality_needs_field(name: &str) = "quy tắc {name} phải đặt ở một trường" | "the rule {name} must stand at a field";
    quality_argument(name: &str, argument: &str) =
        "quy tắc {name}: tham số {argument} thiếu hoặc sai" | "the rule {name}: the argument {argument} is missing or wrong";
    gate_unread(name: &str) =
        "gate ở {name} không dùng được: ở trường là record hoặc số từ 0 đến 100, ở quy tắc là record"
        | "the gate at {name} cannot be used: at a field it is record or a number from 0 to 100, at a rule it is record";
    gate_without_rule(field: &str) =
        "gate ở trường {field} không giữ lại bản ghi nào: trường này không có quy tắc nghiêm trọng nào về từng bản ghi"
        | "the gate at field {field} withholds no record: the field has no serious rule about single records";
    gate_at_key(field: &str) =
        "gate bằng số không dùng được ở khoá {field}: không có khoá thì không tìm được bản ghi nào"
        | "a gate with a number cannot be used at the key {field}: without the key no record is found";
    gate_of_no_record(name: &str) =
        "quy tắc {name} nói về cả tập, không về từng bản ghi: không giữ lại bản ghi nào theo quy tắc này"
        | "the rule {name} is about the whole and not about one record: no record is withheld by it";
    nested_unread(field: &str) =
        "trường {field} có phần bên trong: điều hợp đồng đòi hỏi ở chính trường này hoặc trong map không được kiểm tra"
        | "field {field} has fields within it: what the contract asks of itself, or within its map, is not checked";
    option_unread(field: &str, option: &str) =
        "trường {field}: tuỳ chọn {option} của hợp đồng chưa kiểm tra được; hãy viết thành điều kiện"
        | "field {field}: the contract's option {option} is not checked; write it as a condition";
    sla_unread(what: &str, element: &str) =
        "cam kết {what} cho {element}: không có trường này trong bảng, hoặc thời hạn và đơn vị không đọc được; không kiểm tra"
        | "the {what} that is promised for {element}: the table has no such field, or time and unit cannot be read; it is not checked";
    quality_operator(name: &str) =
        "quy tắc {name} cần một phép so sánh (mustBe, mustBeLessThan …) với số" | "the rule {name} needs one comparison (mustBe, mustBeLessThan …) with numbers";
    quality_contradicts(name: &str) =
        "quy tắc {name} tự mâu thuẫn: cận dưới lớn hơn cận trên" | "the rule {name} contradicts itself: its lower bound is above the upper one";
    quality_condition(name: &str, at: usize, why: &Words) =
        "quy tắc {name}, ký tự {at}: {why}" | "the rule {name}, character {at}: {why}";
    too_many_rules(limit: usize) = "hợp đồng có quá {limit} quy tắc; phần sau không kiểm tra" | "the contract has more than {limit} rules; those after are not checked";
    rule_twice(name: &str) = "hai quy tắc cùng mã {name}; quy tắc sau không kiểm tra" | "two rules have the id {name}; the second is not checked";

    // States of another day.
    rule_of_its_day(rule: &str) =
        "quy tắc {rule} tính theo ngày đo, kết quả cũ không còn đúng hôm nay"
        | "the rule {rule} goes by the day of measuring: what it came to is no longer so today";

    // Batches that cannot be read.
    column_missing(name: &str) =
        "dữ liệu không có cột {name} mà hợp đồng nêu; kiểm tra ánh xạ của nguồn" | "the data have no column {name}, which the contract names; look at the source's mapping";
    column_kind(name: &str, kind: impl Display) =
        "cột {name} có kiểu {kind} mà quy tắc không đọc được" | "the column {name} is of type {kind}, which rules cannot read";
    column_changed(name: &str) =
        "cột {name} đổi kiểu giữa chừng khi đang đọc; đọc lại từ đầu" | "the column {name} has changed its type while it was read; read it from the beginning";

    // Repairs that are proposed.
    repair_encoding(name: &str) = "chữ ở bảng mã {name}, chuyển sang Unicode" | "text in {name}, converted to Unicode";
    repair_composed = "chuyển sang Unicode dựng sẵn" | "converted to composed Unicode";
    repair_letter_d = "thay Ð bằng Đ" | "Ð replaced by Đ";
    repair_spaces = "bỏ dấu cách thừa và ký tự ẩn" | "needless spaces and hidden characters taken out";
    repair_case = "viết hoa chữ đầu mỗi từ" | "a capital at the head of each word";
    repair_tone = "đặt lại dấu thanh theo một kiểu" | "tone marks placed in one way";
    repair_code_after(list: &str) = "mã đã hết hiệu lực, theo bảng đối chiếu {list}" | "the code has ended, by the cross-walk of {list}";
    repair_code_several(list: &str) =
        "mã cũ tách ra nhiều mã mới theo bảng đối chiếu {list}; đây là mã nguồn chọn, cần xem địa chỉ"
        | "the old code became several by the cross-walk of {list}; this is the source's choice, look at the address";
    repair_code_name(list: &str) = "ghi tên thay cho mã, theo danh mục {list}" | "the name stands in the place of the code, by the list {list}";
    repair_zeros = "mất số 0 ở đầu" | "leading zeros were lost";
    repair_separators = "bỏ dấu phân cách" | "separators taken out";
    repair_day = "ngày ghi dạng ngày/tháng/năm" | "the day is written as day/month/year";
    repair_sex_by_id = "theo chữ số thứ tư của số định danh" | "by the fourth digit of the id number";
    repair_empty = "giá trị điền cho có, để trống để bổ sung" | "a stand-in, emptied to be completed";
    repair_name = "ghép từ họ, chữ đệm và tên" | "put together from family, middle and given name";
}
