//! Texts of the catalogue: agencies, contracts, databases, drafts, services, terms.

use std::fmt::Display;

use model::words::Words;

model::texts! {
    // Agencies.
    agency_code_form =
        "mã cơ quan chỉ gồm chữ cái không dấu, chữ số, gạch nối, chấm, gạch dưới, và không quá dài: nó là tên tệp trong danh bạ"
        | "its codes are letters a-z, digits, hyphens, dots and underscores, and not too long: they name a file of the directory";
    parents_circle = "các cơ quan cấp trên tạo thành vòng" | "its parents lead in a circle";

    // Code lists.
    codes_count(most: impl Display) =
        "phải có từ 1 đến {most} mã" | "it must have between 1 and {most} codes";
    code_two_meanings(code: impl Display) =
        "mã {code} có hai nghĩa trong một ngày, hoặc đứng sai thứ tự"
        | "the code {code} has two meanings on one day, or stands out of order";
    code_without_parent(code: impl Display, parent: impl Display) =
        "mã {code} thuộc {parent}, nhưng danh mục không có"
        | "the code {code} is under {parent}, which the list does not have";
    code_left_out(code: impl Display) =
        "mã {code} không được bỏ đi; đặt valid_to nếu thôi dùng (AU-02)"
        | "the code {code} may not be left out; give it a valid_to if it is no longer used (AU-02)";
    pairs_too_many(most: impl Display) = "có quá {most} cặp" | "it has more than {most} pairs";
    no_such_code(code: impl Display) = "danh mục không có mã {code}" | "the list has no code {code}";

    // Contracts.
    number_not_text(name: &str) =
        "là số, phải là chữ trong ngoặc kép: {name}: \"1.0.0\""
        | "it is a number and must be a text in quotation marks: {name}: \"1.0.0\"";
    contract_in_force =
        "đã có hiệu lực nên không xoá được; đặt status: retired"
        | "it has been in force and cannot be removed; give it status: retired";
    contract_too_large = "quá lớn (1 MB)" | "it is too large (1 MB)";
    not_odcs(wrong: impl Display) =
        "không đúng lược đồ ODCS 3.1: {wrong}" | "it is not as the schema of ODCS 3.1 says: {wrong}";
    contract_api_version = "apiVersion phải là v3.1.0" | "its apiVersion must be v3.1.0";
    contract_id(named: impl Display) =
        "id phải là {named}, với phiên bản ba số như 1.0.0"
        | "its id must be {named}, with a version of three numbers as 1.0.0";
    contract_status =
        "status là proposed, draft, active, deprecated hoặc retired"
        | "its status is proposed, draft, active, deprecated or retired";
    field_without_term(name: impl Display, example: impl Display) =
        "trường {name} chưa gắn thuật ngữ (DD-02): thêm authoritativeDefinitions với type: businessDefinition, url: {example}"
        | "the field {name} is bound to no term (DD-02): add authoritativeDefinitions with type: businessDefinition, url: {example}";
    term_not_approved(name: impl Display, term: impl Display, version: impl Display) =
        "trường {name}: {term} {version} chưa được phê duyệt"
        | "the field {name}: {term} {version} is not approved";
    field_without_class(name: impl Display, classes: impl Display) =
        "trường {name} chưa phân loại: classification là {classes}"
        | "the field {name} has no class: its classification is {classes}";
    field_is_secret(name: impl Display) =
        "trường {name} là bí mật nhà nước, không chia sẻ qua dịch vụ (CN-07)"
        | "the field {name} is a state secret and is not shared by a service (CN-07)";
    contract_id_used(id: impl Display, service: impl Display) =
        "mã {id} đã dùng cho dịch vụ {service}" | "the id {id} is used for the service {service}";
    contract_breaks(before: impl Display, breaking: impl Display) =
        "thay đổi không tương thích so với {before}: {breaking}; cần phiên bản chính mới (DD-03)"
        | "what changed since {before} breaks its users: {breaking}; it needs a new major version (DD-03)";
    contract_life =
        "vòng đời chỉ đi tới: draft, active, deprecated, retired"
        | "its life only goes on: draft, active, deprecated, retired";
    contract_fixed =
        "đã có hiệu lực nên chỉ đổi được status; sửa gì thì ra phiên bản mới"
        | "it is in force, and only its status may change; what is to be changed comes in a new version";
    field_on_one_side(name: impl Display) =
        "trường {name} chỉ có ở một bên: hợp đồng và dịch vụ phải có cùng các trường"
        | "the field {name} is on one side only: contract and service must have the same fields";
    primary_key(key: impl Display) = "primaryKey phải là {key}" | "its primaryKey must be {key}";

    // Databases.
    security_level_range = "security_level là số từ 1 đến 5" | "its security_level is a number from 1 to 5";
    only_registered =
        "chỉ cơ sở dữ liệu mà cơ quan chủ quản đã đăng ký (standing: registered) mới khai giai đoạn, hệ thống và dữ liệu chủ"
        | "only a database that its owner has registered (standing: registered) has a declared stage, systems and master data";
    datum_has_master(datum: impl Display, holder: impl Display, owner: impl Display) =
        "dữ liệu {datum} đã có cơ sở dữ liệu chủ là {holder}{owner}; mỗi dữ liệu chỉ có một (CN-03)"
        | "the datum {datum} has its master already: {holder}{owner}; there is one for each (CN-03)";
    open_data_of_another(code: impl Display, service: impl Display) =
        "open_data {code}: {service} không thuộc hệ thống của cơ sở dữ liệu này"
        | "open_data {code}: {service} is not of a system of this database";
    open_data_twice(code: impl Display) = "open_data {code} hai lần" | "open_data {code} stands twice";
    open_data_without_contract(code: impl Display) =
        "open_data {code}: dịch vụ chưa có hợp đồng có hiệu lực với trường classification: public (DL-06)"
        | "open_data {code}: the service has no contract in force with a field of classification: public (DL-06)";
    successors_circle = "các cơ sở dữ liệu kế tiếp tạo thành vòng" | "its successors lead in a circle";
    registration_needs(missing: impl Display) =
        "muốn đăng ký phải nêu: {missing} (DL-01, DL-05)"
        | "to be registered it must have: {missing} (DL-01, DL-05)";

    // What is claimed of databases, and confirmed.
    only_the_hub_confirms =
        "đã xác nhận (standing: confirmed) do cán bộ nền tảng điều phối ghi bằng lệnh riêng, không khai trong tài liệu"
        | "that it is confirmed (standing: confirmed) an officer of the hub says by a command of its own, and no document";
    confirmed_stays_registered =
        "đã được xác nhận nên giữ standing: registered; cán bộ nền tảng điều phối rút xác nhận trước"
        | "it was confirmed and keeps standing: registered; an officer of the hub takes the confirmation back first";
    not_registered =
        "cơ quan chủ quản chưa đăng ký (standing: registered), nên chưa có gì để xác nhận"
        | "its owner has not registered it (standing: registered), so there is nothing to confirm";
    service_not_named(service: impl Display) =
        "cơ quan chủ quản không nêu dịch vụ {service} thuộc cơ sở dữ liệu này"
        | "its owner does not name the service {service} under it";
    service_of_another(service: impl Display, other: impl Display) =
        "dịch vụ {service} đã được xác nhận thuộc {other}; một dịch vụ chỉ thuộc một cơ sở dữ liệu: rút xác nhận ở đó trước"
        | "the service {service} was confirmed to belong to {other}; a service belongs to one database: take it back there first";
    who_claims_does_not_confirm(officer: impl Display) =
        "{officer} là người đã khai báo điều này; phải do cán bộ khác của nền tảng điều phối xác nhận"
        | "{officer} has claimed it; another officer of the hub has to confirm it";
    services_too_many(most: impl Display) =
        "mỗi lần nhiều nhất {most} dịch vụ" | "{most} services at once at most";
    not_confirmed = "chưa được xác nhận" | "it is not confirmed";
    service_not_confirmed(service: impl Display) =
        "dịch vụ {service} chưa được xác nhận thuộc cơ sở dữ liệu này"
        | "the service {service} is not confirmed to belong to it";

    // Official lists of databases.
    no_such_list(list: impl Display, known: impl Display) =
        "listed: không có danh sách {list}; có: {known}" | "listed: there is no list {list}; there are: {known}";
    listed_twice(list: impl Display) =
        "listed: danh sách {list} đứng hai lần" | "listed: the list {list} stands twice";
    candidate_on_a_list =
        "cơ sở dữ liệu dự kiến (chưa xác minh) không thuộc danh sách chính thức nào"
        | "a planned database (unverified) is on no official list";
    list_too_long(most: impl Display) = "nhiều nhất {most} dòng" | "{most} rows at most";
    other_count(act: impl Display, entries: impl Display, rows: impl Display) =
        "{act} nêu {entries} cơ sở dữ liệu, tệp có {rows}" | "{act} names {entries} databases, the file has {rows}";
    perhaps_the_same(name: impl Display, id: impl Display, other: impl Display) =
        "“{name}” sẽ được thêm mới; có thể chính là {id} “{other}”: nếu đúng, ghi mã {id} vào cột code"
        | "“{name}” would be new; it may be {id} “{other}”: if it is, write {id} in the column code";
    other_owner(id: impl Display, there: impl Display, told: impl Display) =
        "{id}: sổ đăng ký ghi cơ quan chủ quản {there}, danh sách ghi {told}; giữ nguyên"
        | "{id}: the registry has the owner {there}, the list says {told}; it stays";
    no_such_database(code: impl Display) = "không có cơ sở dữ liệu {code}" | "there is no database {code}";
    several_of_the_name(codes: impl Display) =
        "nhiều cơ sở dữ liệu cùng tên: {codes}; ghi mã vào cột code"
        | "several databases have this name: {codes}; write the code in the column code";
    row_twice = "cơ sở dữ liệu này đã ở dòng khác" | "this database stands in another row, too";
    no_such_owner(name: impl Display) =
        "không có cơ quan nào tên hoặc mã “{name}”; để trống nếu chưa rõ"
        | "no agency has the name or identifier “{name}”; leave it empty if it is not known";

    // What the catalogue in DCAT says.
    catalogue_as(form: &str) = "Danh mục dạng {form}" | "The catalogue as {form}";
    owner_unknown = "Chưa xác định cơ quan chủ quản" | "Owner not determined yet";
    through_service(name: &Words) = "Qua dịch vụ chia sẻ: {name}" | "Through a service: {name}";
    no_service_yet = "Chưa có dịch vụ chia sẻ; mô tả" | "No service shares it yet; description";
    viet_nam = "Việt Nam" | "Viet Nam";
    open_licence = "Dữ liệu mở, ghi nguồn" | "Open data, name the source";
    only_with_grant = "Chỉ cơ quan được cấp quyền" | "Agencies with a grant only";
    hub_name = "Nền tảng điều phối Liên Thông" | "The data exchange hub";
    catalogue_title = "Danh mục cơ sở dữ liệu" | "Catalogue of databases";
    catalogue_description =
        "Các cơ sở dữ liệu quốc gia, chuyên ngành và dịch vụ chia sẻ của chúng."
        | "National and sectoral databases and the services that share them.";
    catalogue_keyword = "danh mục" | "catalogue";
    public_fields(fields: impl Display) = "Các trường công khai: {fields}" | "Public fields: {fields}";
    open_data_keyword = "dữ liệu mở" | "open data";

    // Drafts.
    draft_too_long(fields: usize, most: usize) = "{fields} trường, tối đa {most}" | "{fields} fields, {most} at most";
    draft_secret(name: impl Display) =
        "{name}: dữ liệu bí mật nhà nước không chia sẻ tự động (CN-07); bỏ trường này"
        | "{name}: state secrets are not shared by themselves (CN-07); leave the field out";
    draft_class_guessed(name: impl Display, class: impl Display) =
        "{name}: loại dữ liệu mới là phỏng đoán ({class}); chọn một loại, hoặc bỏ dấu hỏi trong tệp"
        | "{name}: the class {class} is a guess; choose one, or take off the question mark in the file";
    draft_class(name: impl Display, classes: impl Display) =
        "{name}: loại dữ liệu là {classes}" | "{name}: the class is {classes}";
    draft_source_member(name: impl Display) =
        "nguồn không có mục {name}" | "a source has no {name} in a draft";
    draft_password =
        "địa chỉ nguồn chứa mật khẩu; bỏ đi, và đưa bằng tệp hoặc biến môi trường của nút"
        | "the source's address holds a password; take it out, and give it by a file or the environment of the node";
    draft_key = "khoá không phải một trường" | "the key is no field";
    service_exists =
        "dịch vụ đã có; chọn mã khác, hoặc sửa dịch vụ ấy"
        | "the service is there already; choose another name, or edit that one";
    name_fits(share: &str) = "tên giống {share}" | "the name fits {share}";
    values_days = "giá trị là ngày" | "the values are days";
    values_moments = "giá trị là thời điểm" | "the values are moments";
    values_flags = "giá trị có/không" | "the values are yes or no";
    twelve_digits = "12 chữ số" | "12 digits";
    like_telephones = "dạng số điện thoại" | "like telephone numbers";
    like_mail_addresses = "dạng thư điện tử" | "like mail addresses";
    like_tax_codes = "dạng mã số thuế" | "like tax codes";
    like_names = "dạng họ tên người" | "like names of people";
    words_of_addresses = "chữ chỉ địa chỉ" | "words of addresses";
    latitudes = "vĩ độ Việt Nam" | "latitudes of Viet Nam";
    longitudes = "kinh độ Việt Nam" | "longitudes of Viet Nam";
    web_addresses = "địa chỉ web" | "web addresses";
    words_for_sex = "chữ chỉ giới tính" | "words for sex";

    // Duties.
    duty_without_master(datum: impl Display) =
        "dữ liệu {datum} không còn cơ sở dữ liệu chủ nào, mà nghĩa vụ này dựa vào nó"
        | "no database is master of {datum} any more, and this duty stands on it";
    datum_without_master(datum: impl Display) =
        "dữ liệu {datum} chưa có cơ sở dữ liệu chủ: đăng ký trong master_data của một cơ sở dữ liệu trước"
        | "the datum {datum} has no master: name it in the master_data of a database first";
    duty_without_receivers = "chưa nêu cơ quan nhận nào" | "it names no receivers";
    receiver_is_holder(receiver: impl Display) =
        "{receiver} là cơ quan chủ quản của dữ liệu, không phải bên nhận"
        | "{receiver} holds the datum and does not receive it";
    terms_without_service = "có phạm vi (terms) mà chưa nêu dịch vụ" | "it has terms and names no service";
    service_of_no_system(service: impl Display, database: impl Display) =
        "dịch vụ {service} không thuộc hệ thống nào của {database}"
        | "the service {service} is of none of the systems of {database}";

    // Services.
    service_reserved =
        "mã này X-Road giữ cho riêng mình" | "its code is one of those that X-Road keeps for itself";
    endpoints_count(most: impl Display) =
        "phải có từ 1 đến {most} điểm gọi" | "it must have between 1 and {most} endpoints";
    key_not_a_field(key: &str) =
        "khoá {key:?} không nằm trong các trường" | "its key {key:?} is not among its fields";
    fields_too_many(most: impl Display) = "có quá {most} trường" | "it has more than {most} fields";
    field_name_forbidden(name: &str) =
        "không được đặt tên trường là {name:?}" | "a field cannot be called {name:?}";
    field_twice(name: &str) = "trường {name:?} đứng hai lần" | "the field {name:?} stands twice";
    field_unknown(name: &str) = "dịch vụ không có trường {name:?}" | "the service has no field {name:?}";
    rows_by_no_field(field: &str) =
        "giới hạn bản ghi theo {field:?}, nhưng bộ dữ liệu không có trường đó"
        | "it limits records by {field:?}, which is no field of the dataset";
    rows_without_values(field: impl Display) =
        "giới hạn bản ghi theo {field} mà không nêu giá trị nào (one_of, under)"
        | "it limits records by {field} and names no value (one_of, under)";

    // Terms.
    common_dictionary = "Từ điển dữ liệu dùng chung" | "Common data dictionary";
    version_twice = "đứng hai lần" | "it stands twice";
    term_reviewed =
        "đã qua rà soát nên không xoá được; đặt status: retired"
        | "it has been reviewed and cannot be removed; give it status: retired";
    term_without_version = "chưa có phiên bản nào" | "it has no version";
    version_left_out(version: impl Display) =
        "phiên bản {version} không được bỏ đi; đặt status: retired nếu thôi dùng"
        | "the version {version} may not be left out; give it status: retired if it is no longer used";
    version_step(version: impl Display, from: impl Display, to: impl Display) =
        "phiên bản {version} không đi từ {from} sang {to}: đề xuất, rà soát, lấy ý kiến, phê duyệt, từng bước một"
        | "the version {version} cannot go from {from} to {to}: proposed, reviewed, consulted, approved, a step at a time";
    version_fixed(version: impl Display) =
        "phiên bản {version} đã phê duyệt nên không sửa được; thêm phiên bản mới"
        | "the version {version} is approved and cannot be changed; add a new version";
    version_order(to: impl Display, from: impl Display) =
        "phiên bản {to} đứng sau {from}; xếp từ cũ tới mới"
        | "the version {to} stands behind {from}; put the oldest first";
    version_breaks(from: impl Display, to: impl Display, breaks: impl Display) =
        "từ {from} sang {to} thay đổi không tương thích ở {breaks}: cần phiên bản chính mới (DD-03)"
        | "from {from} to {to} the change in {breaks} breaks its users: it needs a new major version (DD-03)";
    term_form = "mã thuật ngữ có dạng ndg:ID-001" | "the identifier of a term has the form ndg:ID-001";
}
