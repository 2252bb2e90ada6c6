//! Texts of reuse: packs, published scopes, procedures.

use std::fmt::Display;

use model::words::Words;

model::texts! {
    // Packs and scopes.
    pack_times = "thời gian phải lớn hơn 0" | "times must be above 0";
    pack_percent = "phần trăm từ 0 đến 100" | "percents are from 0 to 100";
    pack_levels = "ba mức thấp, vừa, cao phải tăng dần" | "low, middle and high must rise";
    too_many_in(most: impl Display) = "từ 1 đến {most} mục" | "1 to {most} entries";
    number_between(least: impl Display, most: impl Display) = "phải có từ {least} đến {most} mục" | "there must be {least} to {most} entries";
    twice_in(what: impl Display) = "{what} đứng hai lần" | "{what} stands twice";
    scope_owner =
        "phạm vi do cơ quan chủ quản của dịch vụ công bố: owner phải là cơ quan đó"
        | "a scope is published by the agency that owns the service: owner must be that agency";
    scope_without_procedure = "chưa nêu thủ tục nào" | "it names no procedure";
    scope_clients(example: &str) =
        "clients là lớp hệ thống như {example}, hoặc một hệ thống"
        | "clients are classes of systems such as {example}, or systems";
    scope_rate(most: impl Display) = "per_second từ 1 đến {most}" | "per_second is from 1 to {most}";
    scope_field(field: &str, service: impl Display) =
        "dịch vụ {service} không có trường {field}" | "the service {service} has no field {field}";

    // Binding.
    no_dataset = "dịch vụ không phải tập dữ liệu nên không tra cứu được" | "the service is no dataset, so nothing can be looked up";
    no_http = "dịch vụ là tập dữ liệu nên không gửi việc tới được" | "the service is a dataset: nothing can be done there";
    no_contract_in_force =
        "dịch vụ chưa có hợp đồng dữ liệu đang hiệu lực" | "the service has no contract in force";
    no_such_operation(operation: &str) = "dịch vụ không có thao tác {operation}" | "the service has no operation {operation}";
    term_version(named: &str) =
        "{named}: thuật ngữ phải kèm phiên bản, như ndg:ID-001@1.0.0" | "{named}: a term has its version, as in ndg:ID-001@1.0.0";
    term_not_offered(named: &str) =
        "hợp đồng đang hiệu lực không có trường nào gắn với thuật ngữ {named}"
        | "no field of the contract in force is bound to the term {named}";
    term_offered_twice(named: &str, fields: &str) =
        "thuật ngữ {named} gắn với nhiều trường: {fields}; hãy nêu tên trường" | "the term {named} is bound to several fields: {fields}; name the field";
    not_filterable(field: &str) =
        "không tra cứu được theo trường {field}: dịch vụ không cho lọc theo trường này"
        | "no record is found by {field}: the service does not filter by it";

    // Procedures as sheets.
    sheet_missing(name: &str) = "thiếu trang tính {name}" | "the sheet {name} is missing";
    sheet_of_nothing(what: &str) = "không có {what} ở trang tính trước" | "the sheet before has no {what}";
    sheet_number(wanted: impl Display) = "số thứ tự ở đây là {wanted}" | "the number here is {wanted}";
    sheet_entry(form: &str) = "mỗi dòng trong ô có dạng: {form}" | "each line of the cell has the form: {form}";
    sheet_word(known: &str) = "một trong: {known}" | "one of: {known}";

    // Procedures.
    procedure_fixed =
        "phiên bản đã có hiệu lực thì chỉ được đặt ngày hết hiệu lực (valid_to); muốn sửa, hãy thêm phiên bản mới"
        | "a version in force can only be ended (valid_to); to change it, add the next version";
    procedure_stays =
        "phiên bản đã có hiệu lực thì không được xóa vì hồ sơ đã bắt đầu theo phiên bản đó; hãy đặt ngày hết hiệu lực (valid_to)"
        | "a version in force is not removed: cases have begun by it; end it (valid_to)";
    procedure_levels = "chưa nêu cấp thực hiện" | "it says at no level where it is done";
    procedure_bases = "chưa nêu căn cứ pháp lý" | "it names no legal basis";
    procedure_assurance = "mức xác thực từ 1 đến 4 (ID-03)" | "the level of authentication is 1 to 4 (ID-03)";
    procedure_case_role(role: &str) = "{role} là tên dành cho chính hồ sơ" | "{role} is the name of the case itself";
    procedure_first_role =
        "vai đầu tiên là người hoặc tổ chức có hồ sơ" | "the first role is the person or organisation whose case it is";
    procedure_acts_for_oneself =
        "người làm thay phải là vai khác với vai đầu tiên (người có hồ sơ), nếu không thì ai cũng nhận là làm cho mình và không phải chứng minh"
        | "whoever acts for another has a role other than the first one, whose case it is; else anybody acts as for themselves and proves nothing";
    procedure_acts_without_number =
        "người làm thay phải là người có số định danh" | "whoever acts for another is a person with an id number";
    procedure_nobody_acts =
        "hồ sơ của tổ chức phải nêu ai làm thay tổ chức (acts_for), như người đại diện theo pháp luật"
        | "of an organisation's case it must say who acts for it (acts_for), such as its legal representative";
    procedure_uncompared =
        "tra cứu người khác theo số do người dân khai thì phải khai thêm họ tên (ho_ten) hoặc ngày sinh (ngay_sinh) của người đó để đối chiếu với câu trả lời"
        | "where somebody else is looked up by what the person says, their name (ho_ten) or day of birth (ngay_sinh) must be said as well, and compared with the answer";
    not_in_procedure(what: &str) = "thủ tục không có {what}" | "the procedure has no {what}";
    procedure_word(most: impl Display) =
        "gồm chữ thường không dấu, chữ số, gạch nối, gạch dưới; bắt đầu bằng chữ; tối đa {most} ký tự"
        | "small letters a-z, digits, hyphens, underscores; a letter first; {most} characters at most";
    procedure_fact(fact: &str) = "{fact}: phải có dạng vai.tên" | "{fact}: it must be role.name";
    procedure_fact_role(fact: &str, role: &str) = "{fact}: không có vai {role}" | "{fact}: there is no role {role}";
    procedure_paper_unnamed = "chưa nêu giấy tờ phải nộp" | "the paper that is asked for is not named";
    procedure_no_way =
        "không có cách nào đáp ứng: thêm cách tra cứu, hoặc cho nộp giấy tờ (otherwise)"
        | "there is no way to meet it: add a look-up, or let the paper be handed in (otherwise)";
    procedure_holder =
        "holder chỉ dùng khi chưa có gì để hỏi (asks trống)" | "holder stands only where there is nothing to ask (asks is empty)";
    procedure_claim_unnamed = "phải nêu thuật ngữ (term) hoặc trường (field)" | "it names no term and no field";
    procedure_test_without_it = "phép thử phải nói về “it”, giá trị được thử" | "a test is about “it”, the value that is tested";
    procedure_absent_alone = "absent phải đứng một mình" | "absent must stand alone";
    procedure_published =
        "published do danh bạ tự ghi, không ghi trong tài liệu" | "published is set by the directory, not by documents";
    procedure_identity =
        "phải có số định danh, hoặc họ tên cùng ngày sinh" | "it needs the number, or name and day of birth";
    procedure_question = "không hỏi lại điều đã dùng để tra cứu" | "what the record is found by is not asked again";
    procedure_path(path: &str) = "{path} không phải đường dẫn" | "{path} is no path";
    procedure_unidentified =
        "chưa nêu cách nhận ra câu trả lời là về đúng người (identity)"
        | "it does not say how the answer is known to be about that person (identity)";
    procedure_deep(wave: impl Display, most: impl Display) =
        "phải chờ {wave} lượt tra cứu nối nhau; tối đa {most}" | "it waits for {wave} look-ups one after the other; {most} at most";
    procedure_loop(way: &str) = "chờ vòng tròn: {way}" | "it waits for itself: {way}";
    nothing_makes(fact: &str) =
        "không có gì cho biết {fact}: thêm vào dữ liệu người dân khai, hoặc lấy từ một câu tra cứu"
        | "nothing makes {fact} known: add it to what the person says, or take it from a look-up";
    procedure_unused(fact: &str) =
        "{fact} được lấy về mà không dùng vào việc gì: bỏ đi" | "{fact} is taken and used for nothing: leave it out";
    never_holds(condition: impl Display) = "điều kiện không bao giờ đúng: {condition}" | "the condition never holds: {condition}";
    on_the_card =
        "đã có trên thẻ căn cước nên không hỏi người dân (ID-04); hãy tra cứu theo số định danh"
        | "it is on the identity card, so the person is not asked for it (ID-04); look it up by the number";
    procedure_not_complete =
        "không có bản ghi chưa chứng tỏ là không có: hợp đồng dữ liệu phải ghi complete"
        | "no record is no proof that there is none: the contract must say that the dataset is complete";
    not_offered(service: impl Display) =
        "dịch vụ {service} chưa có hợp đồng dữ liệu đang hiệu lực" | "the service {service} has no contract in force";
    not_published(service: impl Display) =
        "chưa có phạm vi công bố nào cho hỏi dịch vụ {service} để làm thủ tục này"
        | "no published scope lets {service} be asked for this procedure";
    requirement_unmet(why: &Words) =
        "không cách nào đáp ứng được, mà otherwise là nothing: {why}" | "no way of it can be met, and otherwise is nothing: {why}";
    purpose_of_another(purpose: &str, code: &str) =
        "mục đích {purpose} là của thủ tục {code}; mỗi thủ tục có mục đích riêng"
        | "the purpose {purpose} is that of procedure {code}; each procedure has its own";
    contract_drops(procedure: impl Display, what: &Words) =
        "thủ tục {procedure} dùng dữ liệu mà hợp đồng này bỏ: {what}"
        | "procedure {procedure} uses what this contract drops: {what}";
    service_drops(procedure: impl Display, what: &Words) =
        "thủ tục {procedure} không thực hiện được với dịch vụ như vậy: {what}"
        | "procedure {procedure} cannot be carried with the service like this: {what}";
    too_many_procedures(most: impl Display) = "tối đa {most} thủ tục" | "{most} procedures at most";

    // Measures.
    reuse_within_others =
        "số liệu tái sử dụng bên trong cơ quan khác" | "figures of reuse within another agency";
    reuse_month_known =
        "tháng có dạng 2026-11 và không ở tương lai" | "a month is written 2026-11, and is none to come";
    reuse_month_over =
        "tháng có dạng 2026-10 và đã kết thúc: số liệu của cơ quan khác chỉ xem được theo tháng đã qua"
        | "a month is written 2026-10 and is over: of other agencies only months that are over can be looked at";
    replaces_no_paper = "Không thay giấy tờ nào" | "In place of no paper";
    no_reason_told = "Không nêu lý do" | "No reason was told";
    verdicts_there_are =
        "kết luận về giấy tờ chỉ có: droppable (bỏ được), not_yet (chưa bỏ được), not_measured (chưa đo), not_published (chưa công bố dữ liệu)"
        | "verdicts on papers are: droppable (it can be dropped), not_yet (not yet), not_measured (too few cases), not_published (no data published)";
}
