//! What the node tells people beside the faults, in both languages.

use std::fmt::Display;

use model::words::Words;

model::texts! {
    // Requests that can't be read.
    address_no_slash = "không bắt đầu bằng dấu gạch chéo" | "it does not begin with a slash";
    address_other_protocol =
        "chỉ dùng phiên bản r1 của giao thức" | "only version r1 of the protocol is spoken";
    address_no_r1 = "không bắt đầu bằng /r1/" | "it does not begin with /r1/";
    address_incomplete =
        "chưa nêu đủ phiên bản, lớp, thành viên, hệ thống và dịch vụ"
        | "it does not name instance, class, member, system and service";
    description_of_what = "getOpenAPI cần ?serviceCode=" | "getOpenAPI needs ?serviceCode=";
    stands_twice = "đứng nhiều hơn một lần" | "it stands more than once";
    not_visible_ascii =
        "chỉ được chứa ASCII nhìn thấy được; hãy mã hoá phần trăm"
        | "it holds other than visible ASCII; percent-encode it";
    header_too_long(limit: usize) = "dài quá {limit} byte" | "it is longer than {limit} bytes";
    represented_form = "có dạng [lớp/]mã" | "it has the form [class/]code";
    not_the_authority = "khác với :authority" | "it differs from :authority";
    only_chunked = "chỉ nhận chunked" | "only chunked is taken";

    // Persons.
    people_without_cases = "[people] cần có [cases]" | "[people] needs [cases]";
    people_url_form = "people.url có dạng https://…/" | "people.url is https://…/";
    people_no_provider = "people.providers để trống" | "people.providers is empty";
    provider_name_form(at: &str) =
        "{at}: tên gồm tối đa 40 chữ cái thường không dấu, chữ số, dấu gạch nối"
        | "{at}: its name is up to 40 small letters, digits and hyphens";
    number_claim_missing(at: &str) = "thiếu {at}.number_claim" | "{at}.number_claim is missing";
    issuer_twice(at: &str) =
        "{at}.issuer đã thuộc nhà cung cấp khác" | "{at}.issuer is another provider's already";
    people_numbers =
        "các số trong [people] từ 1 đến 1000, officer_level từ 0 đến 4"
        | "numbers in [people] are from 1 to 1000, and officer_level from 0 to 4";

    // Cases.
    cases_without_tls(address: std::net::SocketAddr) =
        "cases.listen = {address} nghe ngoài máy này, nên cases.tls phải là true"
        | "cases.listen = {address} is reached from other machines, so cases.tls must be true";
    cases_of_no_system(system: impl Display) =
        "cases.system = {system} không có trong [[systems]]" | "cases.system = {system} is not among [[systems]]";
    cases_stores =
        "cases.store và cases.keys có dạng sqlite:PATH hoặc postgres://…, và là hai nơi khác nhau"
        | "cases.store and cases.keys are sqlite:PATH or postgres://…, and are two places";

    // Quality.
    measured_already = "một lượt đo khác của bộ dữ liệu này đang chạy" | "another run measures this dataset now";
    key_damaged = "khoá bên trong bị hỏng; xoá cả thư mục quality để đo lại từ đầu" | "the key in it is damaged; remove the folder quality to measure anew";
    quality_range =
        "trong [quality], hour từ 0 đến 23; rate, segment, every_seconds từ 1 trở lên"
        | "in [quality], hour is from 0 to 23; rate, segment, every_seconds are 1 or more";
    read_whole_first =
        "chưa có lần đo toàn bộ nào để cộng thêm phần thay đổi" | "there is no measurement of the whole yet to add what changed to";
    read_whole_other =
        "quy tắc, danh mục, ánh xạ hoặc cách đọc đã khác lần trước" | "rules, code lists, mapping or the way of reading are others than before";
    read_whole_asked = "theo yêu cầu đo toàn bộ" | "the whole was asked for";
    read_whole_altered(since: impl Display) =
        "từ ngày {since} có bản ghi bị sửa hoặc xoá; nguồn không cho biết trước đó bản ghi ra sao"
        | "records were altered or deleted since {since}; the source does not tell what they were before";
    contract_of(service: impl Display) = "hợp đồng dữ liệu của {service}" | "contract of {service}";

    // Messages of peers.
    not_by_both_keys = "cả hai nút đều có khoá hậu lượng tử, nên chữ ký phải bằng cả hai khoá"
        | "both nodes have a post-quantum key, so it must be signed by both keys";
    header_changed = "một tiêu đề không còn như lúc ký" | "a header is not as it was signed";

    // Settings.
    not_in_environment(name: &str) =
        "môi trường không có biến {name}" | "the environment has no {name}";
    password_hsm(why: &Words) = "password_hsm: {why}" | "password_hsm: {why}";
    header_never_passes(name: &str) =
        "tiêu đề {name} không bao giờ được chuyển: nó thuộc kết nối hoặc nút, hoặc nêu phương thức, địa chỉ hay người gọi khác"
        | "the header {name} never passes: it is a connection's or a node's, or says another method, address or caller";
    not_a_header(name: &str) = "{name:?} không phải tên tiêu đề" | "{name:?} is not the name of a header";
    edge_without_tls(edge: impl Display) =
        "edge {edge} mở ra mạng nên edge_tls phải là true"
        | "edge {edge} is open to a network, so edge_tls must be true";
    metrics_for_all(at: impl Display) =
        "metrics {at} mở ra mạng mà chỉ máy này được đọc: dùng 127.0.0.1 hoặc [::1]"
        | "metrics {at} is open to a network, and only this machine may read them: use 127.0.0.1 or [::1]";
    traces_elsewhere(at: impl Display) =
        "traces {at} phải là http tới chính máy này, như http://127.0.0.1:4318/v1/traces"
        | "traces {at} must be http to this machine, as http://127.0.0.1:4318/v1/traces";
    hub_form = "hub là https://… hoặc danh sách các địa chỉ đó" | "hub is https://… or a list of them";
    hub_not_https(hub: impl Display) = "hub {hub} phải là https" | "hub {hub} must be https";
    usage_seconds_range = "usage_seconds từ 1 đến 3600" | "usage_seconds is from 1 to 3600";
    token_form(system: impl Display) =
        "token_sha256 của {system} không phải 64 chữ số thập lục phân"
        | "token_sha256 of {system} is not 64 hexadecimal digits";
    certificates_need_tls(system: impl Display) =
        "certificates của {system} cần edge_tls" | "certificates of {system} need edge_tls";
    system_twice(system: impl Display) = "{system} đứng hai lần" | "{system} stands twice";
    one_of_three(service: impl Display) =
        "{service} phải có đúng một trong url, sqlite và source"
        | "{service} must have one of url, sqlite and source";
    source_unknown(service: impl Display, source: &str) =
        "{service} nêu nguồn {source}, không có trong sources"
        | "{service} names the source {source}, which is not among the sources";
    auditor_name(name: &str) =
        "auditors: tên {name:?} để trống hoặc đứng hai lần" | "auditors: the name {name:?} is empty or stands twice";
    url_form(service: impl Display) =
        "url của {service} phải là http, hoặc https kèm ca, và không có truy vấn"
        | "url of {service} must be http, or https with ca, and have no query";
    password_in_two_places(source: &str) =
        "nguồn {source} có mật khẩu ở hai nơi" | "source {source} has its password in two places";
    copy_twice(table: &str, target: &str) =
        "bảng {table} trong {target} là bản sao của hai bộ dữ liệu"
        | "the table {table} in {target} is a copy of two datasets";
    copy_limits(service: impl Display) =
        "bản sao của {service} cần tên bảng, every_seconds từ 1 đến 86400 và verify_seconds ít nhất là 1"
        | "the copy of {service} needs a table, every_seconds of 1 to 86400, and verify_seconds of 1 at least";
    copy_of_no_system(service: impl Display, client: impl Display) =
        "bản sao của {service} hỏi bằng hệ thống {client}, là hệ thống không khai ở nút này"
        | "the copy of {service} asks as the system {client}, which this node does not name";
    coded(code: &str, why: &Words) = "{code} {why}" | "{code} {why}";
    copy_refused(status: u16, code: &str) =
        "nút bên cung cấp từ chối ({status} {code}); xem lienthong explain {code}"
        | "the provider's node refuses ({status} {code}); see lienthong explain {code}";
    copy_answer(why: &str) =
        "câu trả lời không đọc được: {why}; kiểm tra phiên bản phần mềm của hai nút"
        | "the answer cannot be read: {why}; look at the releases of both nodes";
    copy_target(why: &Words) =
        "cơ sở dữ liệu của bản sao: {why}"
        | "the copy's database: {why}";
    copy_fenced =
        "bản sao không còn ở chỗ cũ: có nơi khác cùng ghi vào; chỉ để một nút giữ bản sao này"
        | "the copy is no longer where it was: something else writes to it; let one node keep it";
    source_limits(source: &str) =
        "nguồn {source} cần ít nhất một kết nối và một giây"
        | "source {source} needs at least one connection and one second";
    no_such_source(source: &str) = "không có nguồn {source}" | "there is no source {source}";
    no_host = "địa chỉ không có tên máy" | "the address has no host";
    no_port = "địa chỉ không có cổng" | "the address has no port";

    // Grants, certificates and the directory.
    until(when: &Words) = "đến {when}" | "until {when}";
    until_further_notice = "chưa rõ đến khi nào" | "until further notice";
    tls_certificate = "chứng thư TLS" | "its TLS certificate";
    signing_certificate = "chứng thư ký" | "its signing certificate";
    both_certificates = "cả hai chứng thư" | "both its certificates";
    no_longer_named(certificates: &Words) =
        "danh bạ không còn nêu {certificates} của nút; đã bị rút hoặc nút bị xoá"
        | "the directory no longer names {certificates}; it was taken out, or the node was removed";
    not_taken_by_hub =
        "nền tảng điều phối không nhận chứng thư của nút; đã bị rút hoặc nút bị xoá"
        | "the hub does not take it; it was taken out, or the node was removed";
    see_log = "xem nhật ký của nút" | "see the node's log";

    // HTTP APIs behind services.
    connection_closed = "kết nối đã đóng" | "the connection was closed";
    sent_already = "lượt gọi đã được gửi một lần" | "the call was sent once already";
    answer_head_too_large(bytes: usize, headers: usize) =
        "phần đầu của câu trả lời vượt {bytes} byte hoặc {headers} tiêu đề"
        | "the head of its answer exceeds {bytes} bytes or {headers} headers";
    answer_not_http(why: impl Display) =
        "câu trả lời không đúng dạng HTTP ({why})" | "its answer is not valid HTTP ({why})";
    closed_before_answer(why: impl Display) =
        "kết nối bị đóng khi chưa có câu trả lời ({why})"
        | "the connection was closed before there was an answer ({why})";
    too_large(bytes: u64) = "vượt {bytes} byte" | "it exceeds {bytes} bytes";
    no_answer_within(seconds: u64) =
        "không trả lời trong {seconds} giây" | "no answer within {seconds} seconds";
    answer_too_large(limit: u64) = "câu trả lời vượt {limit} byte" | "its answer exceeds {limit} bytes";
    silent_for(seconds: u64) = "không gửi gì trong {seconds} giây" | "it sent nothing for {seconds} s";
    too_slow(bytes: u32) = "gửi chậm hơn {bytes} byte mỗi giây" | "it sent under {bytes} bytes a second";
    answer_broke_off(why: impl Display) = "câu trả lời đứt giữa chừng ({why})" | "its answer broke off ({why})";
    no_room_for_answer =
        "nút không còn chỗ cho câu trả lời của dịch vụ này"
        | "the node has no room left for answers of this service";
    not_ready_yet = "nút đang khởi động, chưa mở dịch vụ này" | "the node is starting and has not opened this service yet";
    switched_protocols =
        "đổi giao thức dù không được yêu cầu" | "it switched protocols, which nobody had asked for";
    no_such_status(status: impl Display) =
        "trạng thái {status} không có trong HTTP" | "HTTP has no status {status}";
    content_type_twice = "nêu Content-Type hai lần" | "its Content-Type stands twice";
    content_type_not_ascii =
        "Content-Type có ký tự ngoài ASCII" | "its Content-Type holds bytes that are not ASCII";
    length_ambiguous =
        "độ dài của câu trả lời hiểu được hai cách (Transfer-Encoding, Content-Length)"
        | "the length of its answer can be read in two ways (Transfer-Encoding, Content-Length)";
    partial_answer =
        "chỉ là một phần, dù được hỏi toàn bộ" | "it is a part, though the whole was asked for";
    not_json = "không phải JSON" | "it is not JSON";
    compressed = "đã bị nén" | "it is compressed";
    not_utf8_but_wider =
        "viết bằng UTF-16 hoặc UTF-32 thay vì UTF-8" | "it is in UTF-16 or UTF-32 instead of UTF-8";
    not_utf8(at: usize) = "không phải UTF-8, tại byte {at}" | "it is not UTF-8, at byte {at}";
    not_valid_json(at: usize) =
        "không phải JSON hợp lệ, tại byte {at}" | "it is not valid JSON, at byte {at}";
    nested_too_deep(levels: usize) =
        "lồng nhau quá {levels} tầng" | "it is nested deeper than {levels} levels";
    plain_values = "có giá trị không mang tên trường" | "it holds plain values without names";

    // Questions to datasets.
    field_takes(field: &str, form: &Words) = "trường {field} nhận {form}" | "the field {field} takes {form}";
    batch_size(most: usize) =
        "mỗi lần tra từ 1 đến {most} khoá" | "from 1 to {most} keys can be looked up at once";
    paging_needs_key(limit: usize, key: &str) =
        "có hơn {limit} bản ghi, và quyền đã cấp không gồm trường khoá {key} để sang trang"
        | "there are more than {limit} records, and the grant lacks the key field {key} that paging needs";
    confirm_size(most: usize) =
        "mỗi lần đối chiếu tối đa {most} giá trị" | "{most} values can be confirmed at once";
    not_listed_by(name: &str) =
        "không lọc, xếp danh sách theo {name}" | "lists are not filtered or sorted by {name}";
    no_such_field(name: &str) = "bộ dữ liệu không có trường {name:?}" | "the dataset has no field {name:?}";
    one_key(path: &str) =
        "GET /{path} nhận đúng một tham số key, không để trống" | "GET /{path} takes one parameter, key, which is not empty";
    key_in_query =
        "bản ghi có khoá mà đường dẫn không chứa được, ví dụ key=01%2F1999"
        | "a record whose key a path does not carry, as key=01%2F1999";
    parameter_twice(name: &str) = "{name:?} đứng hai lần" | "{name:?} stands twice";
    sync_not_named(client: impl Display) =
        "quyền khai thác của {client} chưa nêu thao tác đồng bộ; đề nghị cơ quan chủ quản thêm POST /sync vào quyền"
        | "the grant of {client} does not name synchronisation; ask the owner to add POST /sync to it";
    sync_needs_key(key: &str) = "cần có trường {key} trong quyền khai thác thì mới đồng bộ được" | "the grant must have the field {key} for the dataset to be kept in sync";
    find_in_address =
        "POST /find không nhận gì trong địa chỉ: điều kiện nằm trong nội dung"
        | "POST /find takes nothing in its address: filters stand in the body";
    find_by_nothing =
        "filters nêu ít nhất một trường và giá trị; muốn xem tất cả thì dùng danh sách"
        | "filters name at least one field and its value; all records are a list";
    find_nothing = "fields nêu ít nhất một trường cần lấy" | "fields name at least one field that is wanted";
    field_twice(name: &str) = "fields nêu trường {name} hai lần" | "fields name {name} twice";
    find_in_body =
        "Điều kiện và các trường cần lấy đều nằm trong nội dung: không có số định danh nào trong địa chỉ hay trong sổ trao đổi."
        | "Filters and the fields that are wanted stand in the body: no id number stands in an address or in a ledger.";
    limit_form(most: usize) = "limit là số từ 1 đến {most}" | "limit is a number from 1 to {most}";
    cursor_unknown =
        "cursor không phải là cursor đã được trả về" | "the cursor is not one that was given out";
    json_not_listed(name: &str) =
        "trường {name} là JSON ở nguồn: không lọc, xếp danh sách theo nó"
        | "the field {name} is JSON in the source: lists are not filtered or sorted by it";
    field_unavailable(name: &str) =
        "trường {name} hiện không có trong cơ sở dữ liệu nguồn"
        | "the field {name} is not available in the source at present";
    digits_not_set(field: &str) =
        "bên cung cấp chưa khai số chữ số (digits) của mã ở trường {field}"
        | "the provider has not set the digits of the codes in the field {field}";

    // What the description of a dataset says.
    as_in_source(field: &str) = "như ở nguồn: {field}" | "as the source has it: {field}";
    why_withheld =
        "Thay cho bản ghi bị giữ lại: quy tắc chất lượng của hợp đồng mà bản ghi không đạt"
        | "In place of a record that is withheld: the contract's rule of quality that it fails";
    why_missing(field: &str) = "vì sao không có trường {field}" | "why there is no {field}";
    only_by_grant = "chỉ khi quyền đã cấp nêu rõ" | "only by a grant that names it";

    // Packages.
    not_a_file = "không phải một tệp" | "it is not a file";
    file_too_large(most: u64) = "lớn hơn {most} byte" | "it is larger than {most} bytes";
    not_our_file(error: impl Display) =
        "không phải tệp do lienthong package viết ({error})"
        | "lienthong package did not write it ({error})";
    header_not_valid = "một tiêu đề không hợp lệ" | "a header is not valid";
    not_an_order = "không phải đơn đặt" | "it is not an order";
    order_path_wrong = "đường dẫn sai" | "its path is wrong";
    not_for_stream = "đơn không phải cho POST /stream" | "it is not an order for POST /stream";
    no_request_id = "thiếu X-Road-Request-Id" | "it lacks X-Road-Request-Id";
    package_incomplete =
        "gói chưa đóng xong; bên cung cấp chạy lại package make"
        | "it is not complete; the provider runs package make again";
    package_form_unknown = "không phải dạng gói đã biết" | "its form is not one that is known";
    order_done_before =
        "đơn này đã được đáp ứng một lần, ở một thư mục khác hoặc với phần nay đã hỏng; hãy gửi đơn mới"
        | "this order was carried out before, in another folder or with parts that are broken now; send another";
    records_do_not_add_up = "tổng số bản ghi không khớp" | "its count of records does not add up";
    part_too_many = "có phần thừa" | "there is a part too many";
    ordered_elsewhere(node: impl Display) =
        "gói này do nút {node} đặt, không mở được ở đây"
        | "it was ordered by the node {node} and cannot be opened here";
    order_answered_before =
        "đơn này đã nhận một gói khác; hãy gửi đơn mới"
        | "this order was answered by another package; send another order";
    not_as_in_manifest = "nội dung không khớp bản kê" | "it does not hold what the manifest says";
    not_what_was_signed = "không phải bản đã ký" | "it is not the one that was signed";
    not_the_signed_part = "không phải phần đã ký" | "it is not the part that was signed";
    package_not_by_key(key: &str) =
        "gói dữ liệu không lọc theo khoá {key}" | "a package is not filtered by the key {key}";
    record_too_long(limit: usize) =
        "một bản ghi dài quá {limit} byte" | "a record is longer than {limit} bytes";
    key_empty_or_twice =
        "khoá của bộ dữ liệu có giá trị trống hoặc trùng; bên cung cấp cần sửa nguồn"
        | "the dataset's key is empty or stands twice somewhere; the provider must mend the source";
    records_differ(taken: u64, count: u64) =
        "đã lấy {taken} bản ghi nhưng nguồn có {count}; không ký gói này, hãy báo bên cung cấp"
        | "{taken} records were taken and the source counts {count}; this package is not signed, tell the provider";
    changed_since_begun =
        "bảng hoặc quyền đã đổi từ lúc bắt đầu; hãy làm lại từ đơn mới"
        | "the table or the grant has changed since it was begun; begin anew with another order";

    // Exchanges that are looked up.
    look_title = "Tra cứu lượt trao đổi" | "Exchanges of this node";
    look_one(number: u64) = "Lượt trao đổi, mục {number} của sổ" | "Exchange, entry {number} of the ledger";
    look_about =
        "Đọc từ sổ trao đổi của nút kết nối này. Mỗi lần tra cứu đều được ghi lại: ai, lúc nào, tra gì. Giờ Việt Nam."
        | "Read from this node's own ledger. Each look-up is noted: who, when, for what. Times are of Viet Nam.";
    look_basis_now(revision: u64) =
        "Căn cứ pháp lý lấy theo danh bạ số {revision} hiện có; sổ chỉ ghi mục đích."
        | "Legal bases are those of the present directory, number {revision}; the ledger holds the purpose.";
    look_find = "Tra cứu" | "Look up";
    look_by(name: &str) = "Người tra cứu: {name}" | "Looked up by {name}";
    look_nothing = "Không có lượt trao đổi nào như vậy." | "There is no such exchange.";
    look_count(count: usize) = "{count} lượt trao đổi, mới nhất trước" | "{count} exchanges, the newest first";
    look_more = "Trang cũ hơn" | "Older";
    look_unfinished =
        "Chưa xem hết sổ trong thời gian cho phép: bấm “Trang cũ hơn” để tra tiếp."
        | "The ledger was not looked through in the time there is: go on with “Older”.";
    look_back = "Về danh sách" | "Back to the list";
    look_same = "Cùng nội dung cho chương trình" | "The same for programs";
    look_any = "tất cả" | "any";
    look_signatures = "Chữ ký" | "Signatures";
    look_good = "đúng" | "good";
    look_request = "yêu cầu" | "request";
    look_answer = "câu trả lời" | "answer";
    look_signed(of: &Words, key: &str, state: &Words) =
        "Chữ ký trên {of}, khoá {key}: {state}" | "Signature of the {of}, key {key}: {state}";
    look_no_signature =
        "Mục này không có chữ ký: lượt gọi bị từ chối trước khi gửi đi."
        | "This entry has no signature: the call was refused before anything left.";
    look_key_missing(key: &str) =
        "sổ không có chứng thư của khoá {key}" | "the ledger has no certificate of the key {key}";
    look_from = "Từ" | "From";
    look_to = "Đến hết" | "To, included";
    look_system = "Cơ quan hoặc hệ thống, ở bên nào cũng được" | "Agency or system, on either side";
    col_number = "Mục" | "Entry";
    col_at = "Thời điểm" | "Time";
    col_side = "Bên" | "Side";
    col_outcome = "Kết quả" | "Outcome";
    col_code = "Mã lỗi" | "Code";
    col_status = "Trạng thái HTTP" | "HTTP status";
    col_client = "Hệ thống gọi" | "Calling system";
    col_service = "Dịch vụ" | "Service";
    col_purpose = "Mục đích" | "Purpose";
    col_basis = "Căn cứ pháp lý" | "Legal basis";
    col_officer = "Cán bộ" | "Officer";
    col_case = "Hồ sơ" | "Case";
    col_id = "Mã thông điệp" | "Message id";
    col_exchange = "Mã lượt trao đổi" | "Exchange id";
    col_party = "Thay mặt" | "On behalf of";
    col_method = "Phương thức" | "Method";
    col_path = "Đường dẫn" | "Path";
    col_query = "Tham số" | "Query";
    col_sent = "Số byte đã gửi" | "Bytes sent";
    side_consumer = "bên sử dụng" | "consumer";
    side_provider = "bên cung cấp" | "provider";
    outcome_answered = "đã trả lời" | "answered";
    outcome_empty = "không có dữ liệu" | "no data";
    outcome_rejected = "lượt gọi không hợp lệ" | "invalid call";
    outcome_refused = "từ chối theo quy định" | "refused by rule";
    outcome_failed = "không thực hiện được" | "not done";
    outcome_broken = "đứt quãng" | "broken off";
    outcome_begun = "ghi trước khi thực hiện" | "recorded before it began";
    ask_unknown(name: &str) = "không có điều kiện {name}" | "there is no condition {name}";
    ask_twice(name: &str) = "{name} đứng hai lần" | "{name} stands twice";
    ask_too_long(name: &str) = "{name} quá dài" | "{name} is too long";
    ask_time(name: &str, text: &str) =
        "{name}: {text:?} không phải ngày (2026-11-25), giờ Việt Nam (2026-11-25T08:00) hay thời điểm RFC 3339"
        | "{name}: {text:?} is not a day (2026-11-25), a time in Viet Nam (2026-11-25T08:00) or a moment by RFC 3339";
    ask_choice(name: &str, text: &str, choices: &str) =
        "{name}: {text:?} không thuộc {choices}" | "{name}: {text:?} is none of {choices}";
}
