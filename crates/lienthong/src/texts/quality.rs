//! What the commands about quality say.

use std::fmt::Display;

use model::fault::Words;

model::texts! {
    // The six criteria.
    accurate = "đúng" | "accurate";
    complete = "đủ" | "complete";
    clean = "sạch" | "clean";
    live = "sống" | "live";
    consistent = "thống nhất" | "consistent";
    shared = "dùng chung" | "shared";
    red = "đỏ" | "red";
    yellow = "vàng" | "yellow";
    green = "xanh" | "green";
    not_measured = "chưa đo" | "not measured";

    // Scores.
    whole = "bộ dữ liệu" | "dataset";
    of_rows = "(cả bản ghi)" | "(whole records)";
    head_what = "tiêu chí" | "criterion";
    head_field = "trường" | "field";
    head_score = "điểm" | "score";
    head_interval = "khoảng tin cậy 95 %" | "95 % interval";
    head_count = "lượt xét" | "judgements";
    head_coverage = "độ phủ" | "coverage";
    head_band = "mức" | "band";
    alert(field: &str, fails: u64, rule: &str) =
        "CẢNH BÁO trường khoá {field}: {fails} bản ghi lỗi theo {rule}"
        | "ALERT for the key field {field}: {fails} records fail {rule}";
    keyless(rows: u64) =
        "{rows} bản ghi không có khoá: chỉ đếm được, không đọc được các trường khác"
        | "{rows} records have no key: they are counted, and their other fields cannot be read";
    lacking = "Nguồn không có các trường của hợp đồng" | "The source lacks fields of the contract";
    not_in_order =
        "Nguồn không bảo đảm khoá là duy nhất: đọc một lượt, lượt bị ngắt phải đo lại từ đầu."
        | "The source does not hold its key unique: it is read in one go, and a run that is broken off begins anew.";
    added(records: u64, since: impl Display) =
        "Chỉ đọc {records} bản ghi mới, cộng vào lần đo ngày {since}: không có bản ghi nào bị sửa hay xoá từ đó."
        | "Only {records} new records were read, onto the measurement of {since}: none was altered or deleted since.";
    whole_read = "Đọc lại toàn bộ" | "The whole was read";
    no_rule = "Không lập được quy tắc" | "No rule was made";
    materials_of(at: impl Display) =
        "Hợp đồng, thuật ngữ, danh mục lấy lúc {at}." | "Contracts, terms and code lists are of {at}.";
    gate_records(rules: &str) =
        "Giữ lại bản ghi không đạt một trong các quy tắc: {rules}" | "Withheld are records that fail one of these rules: {rules}";
    gate_shut(field: &str, least: impl Display, score: &str) =
        "Giữ lại trường {field}: chỉ cung cấp từ {least} điểm, lần đo gần nhất {score}"
        | "Withheld is the field {field}: it is given from a score of {least} on, and came to {score} last";
    gate_open(field: &str, least: impl Display, score: &str) =
        "Trường {field} được cung cấp từ {least} điểm, lần đo gần nhất {score}"
        | "The field {field} is given from a score of {least} on, and came to {score} last";
    second_hand(source: &Words) =
        "Bộ quy tắc chấm điểm mới biết qua nguồn thứ cấp, chưa phải văn bản chính thức: {source}"
        | "The rule pack of scores is known second-hand and is not official: {source}";
    measurement_of(service: impl Display) =
        "lần đo của {service} (đo bằng lienthong quality run)" | "measurement of {service} (measure with lienthong quality run)";

    // Running.
    nothing_fetched =
        "chưa lấy hợp đồng, thuật ngữ, danh mục từ nền tảng điều phối: chạy lienthong quality run với tệp của cán bộ một lần"
        | "no contracts, terms and code lists were fetched from the hub: run lienthong quality run with an officer's file once";
    hub_not_asked(at: impl Display) =
        "Không tới được nền tảng điều phối; dùng hợp đồng, thuật ngữ, danh mục lấy lúc {at}."
        | "The hub cannot be reached; contracts, terms and code lists of {at} are used.";
    progress(rows: u64, of: u64, minutes: u64) =
        "{rows}/{of} bản ghi, còn khoảng {minutes} phút" | "{rows} of {of} records, about {minutes} min left";
    rests(rows: u64) =
        "nguồn chậm hoặc bận, đang nghỉ sau {rows} bản ghi" | "the source is slow or busy; resting after {rows} records";

    // What numbers are made of.
    counts(pass: u64, fail: u64, null: u64, beside: u64) =
        "đạt {pass}, lỗi {fail}, trống {null}, không áp dụng {beside}"
        | "{pass} pass, {fail} fail, {null} empty, {beside} not concerned";
    source = "căn cứ" | "source";
    definition = "định nghĩa" | "definition";
    fails_of(rule: &str) = "lỗi theo {rule}" | "failing {rule}";

    // Defects.
    fails(count: u64) = "{count} bản ghi lỗi" | "{count} records fail";
    cause_unit = "tập trung theo đơn vị ghi" | "by recording unit";
    cause_source = "tập trung theo hệ thống nguồn" | "by source system";
    cause_day = "tập trung theo ngày ghi" | "by day of recording";
    cause_value = "tập trung theo giá trị" | "by value";
    cause_pattern = "tập trung theo dạng ghi" | "by pattern";
    cause_none = "rải rác, chưa rõ nguyên nhân" | "spread; no cause is told by the data";
    head_group = "nhóm" | "group";
    head_fails = "lỗi" | "fail";
    head_rows = "bản ghi" | "records";
    read_again(still: u64, others: u64, repairs: u64) =
        "đọc lại: {still} còn lỗi, {others} không còn; {repairs} đề xuất sửa"
        | "read again: {still} fail still, {others} do not; {repairs} proposals of repair";
    more_keys(count: u64) = "và {count} bản ghi nữa" | "and {count} records more";
    keys_of_last_only =
        "khoá các bản ghi lỗi chỉ giữ của lần đo gần nhất" | "keys of failing records are kept of the last measurement only";
    no_sql =
        "nguồn là tệp hoặc API, không có lệnh SQL; dùng --csv" | "the source is a file or an API and takes no SQL; use --csv";
    only_at_the_node =
        "khoá các bản ghi lỗi và đề xuất sửa chỉ có tại nút đã đo: nêu --dir; danh sách lỗi ở nền tảng điều phối: lienthong defect list"
        | "keys of failing records and proposals of repair are only at the node that measured: name --dir; the hub's list is lienthong defect list";
    no_officer =
        "nêu --dir để đọc tại nút, hoặc --officer để hỏi nền tảng điều phối"
        | "name --dir to read at the node, or --officer to ask the hub";
    measured_at(at: &str, node: &str) = "đo lúc {at} tại {node}" | "measured at {at} by {node}";
    never_measured = "Nền tảng điều phối chưa nhận lượt đo nào." | "The hub has taken no measurement yet.";
    fix_first = "Sửa trước, theo số điểm tăng thêm" | "To be repaired first, by what it gains";
    gain(points: &str) = "tăng {points} điểm" | "gains {points} points";
    parts = "gồm" | "made of";
    defect_taken(id: &str) = "Đã báo đang sửa {id}." | "Said that {id} is being corrected.";
    defect_disputed(id: &str) = "Đã báo {id} cần xác minh." | "Said that {id} is disputed.";
    defect_commented(id: &str) = "Đã ghi ý kiến vào {id}." | "Said it in {id}.";
    defect_reported(id: &str) = "Đã báo lỗi {id}." | "Reported {id}.";
    task_stands(id: &str, state: &Words) = "{id}: {state}." | "{id}: {state}.";
    no_defects = "Không có bản ghi lỗi." | "No record fails.";

    // How many values two datasets have in common.
    overlap_asked(id: &str) =
        "Đã gửi đề nghị so khớp {id}; chờ cơ quan chủ quản còn lại đồng ý."
        | "Asked, as {id}; the other owner has to agree.";
    overlap_agreed(id: &str) =
        "Hai bên đã đồng ý so khớp {id}; nút kết nối của hai bên sẽ tự làm, xem kết quả bằng lienthong quality overlap list."
        | "Both have agreed to {id}; their nodes do it by themselves, and lienthong quality overlap list tells the count.";
    overlap_ended(id: &str) = "Đã kết thúc đề nghị so khớp {id}." | "{id} has ended.";
}
