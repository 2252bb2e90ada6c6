//! What stands around the help of commands and arguments, and what is said of arguments that cannot be read.

model::texts! {
    usage = "Cách dùng" | "Usage";
    commands = "Lệnh" | "Commands";
    arguments = "Tham số" | "Arguments";
    options = "Tuỳ chọn" | "Options";
    examples = "Ví dụ" | "Examples";
    any_options = "[TUỲ_CHỌN]" | "[OPTIONS]";
    a_command = "<LỆNH>" | "<COMMAND>";
    print_help = "In trợ giúp này" | "Print this help";
    print_version = "In phiên bản" | "Print the version";
    default_is(value: &str) = "mặc định: {value}" | "default: {value}";
    from_variable(name: &str) = "hoặc biến môi trường {name}" | "or the environment variable {name}";
    more_of(command: &str) =
        "Thêm về một lệnh: {command} LỆNH --help" | "More about a command: {command} COMMAND --help";
    see(command: &str) = "Xem thêm: {command} --help" | "See: {command} --help";

    // Groups of commands.
    to_begin = "Bắt đầu" | "To begin with";
    for_officers = "Cán bộ – cơ sở dữ liệu, nghĩa vụ, đề nghị, quyền khai thác" | "Officers – databases, duties, requests, grants";
    for_the_registry =
        "Cán bộ – nội dung sổ đăng ký" | "Officers – what stands in the registry";
    for_integrators = "Kỹ sư tích hợp – từ bảng thành dịch vụ" | "Integrators – from a table to a service";
    for_operators =
        "Người vận hành – nền tảng điều phối và nút kết nối" | "Operators – hubs and nodes";
    for_auditors = "Kiểm toán viên" | "Auditors";

    // Arguments that cannot be read.
    lacking = "còn thiếu" | "missing";
    no_option(word: &str) = "không có tuỳ chọn {word}" | "there is no option {word}";
    no_command(word: &str) = "không có lệnh {word}" | "there is no command {word}";
    one_too_many(word: &str) = "thừa: {word}" | "one too many: {word}";
    did_you_mean(words: &str) = "Có phải ý là: {words}" | "Did you mean: {words}";
    not_taken(argument: &str, value: &str) =
        "{argument}: không nhận giá trị {value:?}" | "{argument}: {value:?} is not taken";
    no_value(argument: &str) = "{argument}: chưa có giá trị" | "{argument}: the value is missing";
    may_be(values: &str) = "một trong: {values}" | "one of: {values}";
    within(range: &str) = "trong khoảng {range}" | "within {range}";
    not_together(one: &str, other: &str) =
        "{one} không đi cùng {other}" | "{one} does not go with {other}";
    only_once(argument: &str) = "{argument} chỉ được nêu một lần" | "{argument} may stand once only";
    not_utf8 = "tham số không phải chữ UTF-8" | "an argument is not UTF-8";
    not_read = "không đọc được tham số" | "the arguments cannot be read";
}
