//! What the command line says, in both languages. The help of its arguments stands beside them, in `cli`.

pub(crate) mod quality;

use std::fmt::Display;

use model::words::Words;

model::texts! {
    // Said by many commands.
    yes = "có" | "yes";
    no = "không" | "no";
    next = "Tiếp" | "Next";
    note = "Lưu ý" | "Note";
    whole = "nguyên vẹn" | "whole";
    damaged = "HỎNG" | "DAMAGED";
    the_hub = "nền tảng điều phối" | "the hub";
    entries(count: u64) = "{count} mục" | "{count} entries";
    records(count: u64) = "{count} bản ghi" | "{count} records";
    ended = "Kết thúc." | "Ended.";
    removed(id: &str) = "Đã bỏ {id}." | "Removed {id}.";
    file_already = "đã có tệp" | "there is a file already";
    one_document(count: usize) = "{count} tài liệu, cần một" | "{count} documents, not one";
    other_kind(found: &str, wanted: &str) = "kind: {found}, cần {wanted}" | "kind: {found}, not {wanted}";
    for_lists_only = "-o csv, xlsx: chỉ cho danh sách" | "-o csv, xlsx: for lists only";
    now = "đang có" | "now";
    yours = "của bạn" | "yours";

    no_invitation = "tệp không có thư mời" | "it holds no invitation";
    no_account = "tệp không nêu tài khoản: --name" | "it names no account: --name";

    // Hubs, nodes, directories.
    hub_made(dir: impl Display, path: impl Display) =
        "Nền tảng điều phối ở {dir}. Cán bộ đầu tiên: {path} (giữ kín). Ba khoá gốc ở {dir}/directory/root-keys: cất mỗi khoá một nơi, ngoài máy này."
        | "The hub is in {dir}. Its first officer: {path} (keep it secret). Three root keys are in {dir}/directory/root-keys: keep each somewhere else, off this machine.";
    invitation(node: impl Display, file: impl Display) =
        "Thư mời cho {node}: {file}. Tiếp: lienthong node join --dir THƯ_MỤC --invitation {file}"
        | "Invitation for {node}: {file}. Next: lienthong node join --dir DIR --invitation {file}";
    key_changed =
        "Đã đổi khoá; danh bạ kế tiếp mang khoá mới." | "The key is changed; the next directory is signed with it.";
    node_joined(dir: impl Display) =
        "Nút đã gia nhập. Khai hệ thống và dịch vụ trong {dir}/node.toml, rồi: lienthong node run --dir {dir}"
        | "The node has joined. Name its systems and services in {dir}/node.toml, then: lienthong node run --dir {dir}";
    token_made(system: impl Display, file: impl Display) =
        "Mã bí mật của {system} ở {file}: trao kín. Nút đang chạy nhận mã trong vài giây."
        | "The token of {system} is in {file}: hand it over in secret. A node that runs takes it within seconds.";
    auditor_made(name: &str, file: impl Display) =
        "{name} tra cứu ở /ledger của cổng gọi: mật khẩu là mã trong {file}. Nút đang chạy nhận mã trong vài giây."
        | "{name} looks exchanges up at /ledger of the edge; the password is the token in {file}. A node that runs takes it within seconds.";
    no_people = "chưa có [cases] và [people]" | "it has no [cases] and [people]";
    officer_invited(id: &str, file: impl Display) =
        "Cán bộ {id}. Thư mời ở {file}: trao kín; dùng được một lần." | "Officer {id}. The invitation is in {file}: hand it over in secret; it can be used once.";
    officer_removed(id: &str) = "Đã thôi quyền cán bộ {id}; các phiên của người đó đã hết." | "Officer {id} is removed; their sessions have ended.";
    looked_unseen(why: &Words) = "Lần tra cứu này không được ghi lại: {why}" | "This look-up was not noted: {why}";
    older(number: u64) = "Còn mục cũ hơn: --before {number}" | "There are older ones: --before {number}";
    exported(count: u64, file: impl Display) =
        "Đã ghi {count} lượt trao đổi vào {file}." | "Wrote {count} exchanges to {file}.";
    withdrawn(certificates: &str, node: impl Display) =
        "Đã rút {certificates} của {node}." | "Took {certificates} of {node} out.";
    renewed_over_it(certificate: &str) =
        "Chú ý: {certificate} được gia hạn trên đó và vẫn dùng được; nếu không phải của nút thì rút luôn."
        | "Note: {certificate} was renewed over it and still stands; if it is not the node's, take it out as well.";
    certificate_lacking(node: impl Display) =
        "Nút không còn đủ chứng thư: mời lại bằng lienthong hub invite {node}."
        | "The node lacks a certificate now: invite it anew with lienthong hub invite {node}.";
    published(revision: u64) =
        "Đã công bố danh bạ số {revision}." | "Directory {revision} is published.";
    held_by(revision: u64, held: u64, of: u64) =
        "Danh bạ số {revision}: {held}/{of} nút liên quan đã nhận."
        | "Directory {revision}: held by {held} of {of} nodes concerned.";
    not_yet = "chưa nhận" | "not yet";
    otherwise_than(revision: u64) =
        "Khác với danh bạ số {revision} mà các nút đã giữ:" | "Different from directory {revision}, which nodes held:";
    holds_again = "nay lại có hiệu lực" | "holds again";
    is_gone = "không còn" | "is gone";
    says_otherwise = "nội dung khác" | "says something else";
    not_all_known =
        "Chưa biết hết điều đã quyết định sau bản sao lưu: đối chiếu quyền đã thu hồi, tạm ngừng, nút đã gỡ."
        | "Not all that was decided after the backup is known: compare revoked grants, suspensions, nodes that were removed.";

    // The registry and its audit trail.
    would_change(created: usize, updated: usize, unchanged: usize) =
        "Sẽ tạo {created}, sửa {updated}, giữ {unchanged}; chưa có gì thay đổi."
        | "Would create {created}, update {updated}, leave {unchanged}; nothing was changed.";
    changed(created: usize, updated: usize, unchanged: usize) =
        "Đã tạo {created}, sửa {updated}, giữ {unchanged}."
        | "Created {created}, updated {updated}, left {unchanged}.";
    without_digest(count: u64) =
        "{count} chưa có mã băm (ghi bởi bản cũ)" | "{count} without a digest (of an older version)";
    trail_broken(number: i64) =
        "HỎNG từ mục {number}: đã bị sửa hoặc bị bỏ" | "BROKEN from entry {number}: changed or taken away";
    last_digest = "mã băm cuối" | "last digest";
    trail_rewritten =
        "Mã băm đã giữ không còn trong chuỗi: vết đã bị viết lại."
        | "The digest that was kept is not in the chain: the trail was written anew.";
    candidate = "dự kiến (chưa xác minh)" | "planned (unverified)";
    codes_assumed = "có mã giả định" | "some codes are assumed";
    assumed = "giả định" | "assumed";
    assumed_code = "mã giả định" | "assumed code";
    breaking = "không tương thích" | "breaking";
    compatible = "tương thích" | "compatible";
    no_difference = "Không khác gì." | "No difference.";

    // Grants, suspensions, requests.
    revoked(id: &str) = "Đã thu hồi {id}." | "Revoked {id}.";
    holds_until(id: &str, day: impl Display) =
        "Quyền {id} có giá trị đến trước {day}." | "The grant {id} holds until before {day}.";
    announced(id: &str) = "Đã thông báo {id}." | "Announced {id}.";
    brief_made(id: &str) = "Đã lập báo cáo {id}." | "Made brief {id}.";
    incident_taken(id: &str) = "Đã tiếp nhận {id}." | "Took {id} in hand.";
    incident_commented(id: &str) = "Đã ghi ý kiến vào {id}." | "Said it in {id}.";
    incident_closed(id: &str) = "Đã đóng {id}." | "Closed {id}.";
    notices_read(count: u64) = "Đã đánh dấu {count} thông báo là đã đọc." | "Marked {count} notices as read.";
    maintenance_withdrawn(id: &str) = "Đã rút {id}." | "Withdrew {id}.";
    suspension_ended(id: &str) = "Đã kết thúc {id}." | "Ended {id}.";
    until = "đến" | "until";
    due = "hạn" | "due";
    you = "bạn" | "you";
    lacking = "thiếu" | "lacking";
    test_call = "một lượt gọi kiểm thử" | "a test call";

    // The overview.
    as_of(day: &str) = "Ngày {day}" | "On {day}";
    figure = "số lượng" | "count";
    databases_known = "Cơ sở dữ liệu đã xác nhận hoặc đã nêu trong văn bản" | "Databases confirmed or named in a source";
    databases_confirmed = "  trong đó đã xác nhận" | "  of these confirmed";
    databases_shared = "  đang dùng chung" | "  in shared use";
    databases_used = "  có khai thác thực tế" | "  in real use";
    databases_published = "  đã công bố dịch vụ" | "  service published";
    databases_without_service = "  chưa có dịch vụ" | "  no service";
    databases_not_measured = "  chưa đo được" | "  not measured";
    databases_late = "  quá hạn mà chưa dùng chung" | "  past their day and not in shared use";
    databases_claims =
        "Cơ sở dữ liệu có khai báo chờ xác nhận" | "Databases with something declared and not confirmed";
    databases_planned =
        "Cơ sở dữ liệu dự kiến (chưa xác minh)" | "Databases planned (unverified)";
    duties_all = "Nghĩa vụ chia sẻ" | "Duties to share";
    duties_met = "  đã thực hiện" | "  met";
    duties_not_measured = "  chưa đo được" | "  not measured";
    duties_overdue = "Nghĩa vụ quá hạn" | "Duties past their day";
    requests_waiting = "Đề nghị chờ mình" | "Requests that wait for you";
    suspensions = "Lần tạm ngừng đang và sắp diễn ra" | "Suspensions that hold or will hold";
    gaps = "Bộ dữ liệu thiếu trường hoặc có giá trị không đọc được" | "Datasets that lack fields or hold values that cannot be read";
    differences = "Ngày mà hai bên đếm khác nhau" | "Days on which two sides counted otherwise";
    named_first = "Cơ sở dữ liệu ưu tiên" | "Databases named first";
    live_left_out(pairs: u64, gaps: u64) =
        "Chưa nêu hết: còn {pairs} kết nối có ít lượt lỗi, ít lượt bị từ chối và ít lượt gọi hơn, và {gaps} bộ dữ liệu thiếu trường. Xem từng dịch vụ bằng lienthong usage days."
        | "Not all is told: there are {pairs} more connections, with fewer failures, refusals and calls, and {gaps} more datasets that lack fields. See each service by lienthong usage days.";

    // Accounts.
    roles_changed(name: &str) = "Đã đổi vai trò của {name}." | "Changed the roles of {name}.";
    disabled(name: &str) = "Đã khoá {name}." | "Disabled {name}.";
    confirmed(name: &str) = "Đã xác nhận {name} còn cần." | "Confirmed that {name} is needed.";
    account_made(name: &str, file: impl Display) =
        "Tài khoản {name}: {file}, trao kín." | "The account {name}: {file}, hand it over in secret.";
    to_be_reviewed = "cần rà soát" | "to be reviewed";
    one_time_codes = "Mã dùng một lần, cho ứng dụng xác thực" | "One-time codes, for an authenticator";
    password = "Mật khẩu" | "Password";
    password_now = "Mật khẩu đang dùng" | "Password now";
    new_password = "Mật khẩu mới" | "New password";
    six_digits = "Mã sáu chữ số" | "Six digits";
    six_digits_or_none = "Mã sáu chữ số, bỏ trống nếu không dùng" | "Six digits, empty for none";
    password_set(file: impl Display) =
        "Đã đặt mật khẩu. Tiếp: lienthong login --officer {file}"
        | "The password is set. Next: lienthong login --officer {file}";
    password_changed =
        "Đã đổi mật khẩu; đăng nhập lại." | "The password is changed; sign in anew.";
    signed_in(name: &str, ends: &str) =
        "{name}: đã đăng nhập, đến {ends}." | "{name}: signed in, until {ends}.";
    signed_out = "Đã đăng xuất." | "Signed out.";

    // Ledgers.
    consumed(count: u64) = "{count} hỏi" | "{count} consumed";
    provided(count: u64) = "{count} đáp" | "{count} provided";
    intents(count: u64) = "{count} dự định" | "{count} intents";
    refusals(count: u64) = "{count} từ chối" | "{count} refusals";
    signatures(count: u64) = "{count} chữ ký" | "{count} signatures";
    segments(count: usize) = "{count} tệp" | "{count} segments";
    root = "gốc" | "root";
    unended(count: u64) =
        "{count} dự định chưa có kết cục: đang chạy, hoặc bị cắt cùng nút"
        | "{count} intents without an end: under way, or cut off with the node";
    unfinished =
        "lượt ghi cuối chưa trọn" | "the last commit is not whole: it was cut off, or is being written";
    problems(count: u64) = "{count} vấn đề" | "{count} problems";
    held_at_consumer = "bên hỏi cũng ghi" | "the consumer holds the request, too";
    not_held_at_consumer = "bên hỏi không ghi" | "the consumer holds nothing of it";
    broke_off = "đáp dở" | "broke off";
    in_both(count: usize) = "{count} lượt có ở cả hai bên" | "{count} exchanges held by both sides";
    only_at_consumer = "chỉ có ở bên hỏi" | "only at the consumer";
    only_at_provider = "chỉ có ở bên đáp" | "only at the provider";

    // Packages.
    order = "Đơn đặt" | "Order";
    send_order =
        "Gửi tệp này cho bên cung cấp. Khoá mở gói ở lại nút này."
        | "Send the file to the provider. The key that opens the package stays at this node.";
    parts(count: usize) = "{count} phần" | "{count} parts";
    read = "đọc" | "read";
    fields = "trường" | "fields";
    not_in_source = "nguồn không có" | "not in the source";

    // Sources.
    registered = "Đã đăng ký dịch vụ" | "Registered";
    wrote(file: impl Display) = "Đã ghi {file}" | "Wrote {file}";
    put_into_node = "Thêm vào node.toml của nút:" | "Put this into the node's node.toml:";
    complete_contract(file: impl Display) =
        "Bổ sung hợp đồng trong {file} (bản nháp đã vào sổ), rồi nạp lại:"
        | "Complete the contract in {file} (its draft is in the registry), and load it again:";
    read_at_start =
        "Khởi động lại nút: nút đọc dịch vụ và nguồn khi khởi động." | "Start the node again: it reads services and sources when it starts.";
    copy_at_start =
        "Khởi động lại nút: nút đọc các bản sao khi khởi động." | "Start the node again: it reads its copies when it starts.";
    copy_look(dir: impl Display) =
        "Xem bản sao đến đâu: lienthong sync list --dir {dir}" | "See how far it is: lienthong sync list --dir {dir}";
    then_grant =
        "Cấp quyền khai thác cho hệ thống cần dùng." | "Grant it to the systems that need it.";
    schema = "lược đồ" | "schema";
    table = "bảng" | "table";
    row_count = "số dòng" | "rows";
    column_count = "số cột" | "columns";
    name_a_table =
        "Tiếp: nêu một bảng bằng --table BẢNG --out draft.yaml để lập bản nháp."
        | "Next: name one with --table TABLE --out draft.yaml, and a draft of it is drawn up.";
    no_tables = "Không có bảng nào đọc được với tài khoản này." | "There is no table that this account may read.";
    column = "cột" | "column";
    field = "trường" | "field";
    kind = "kiểu" | "kind";
    class = "mức" | "class";
    filled = "có giá trị" | "filled";
    looks_like = "giá trị giống" | "values look like";
    term = "thuật ngữ" | "term";
    key = "khoá" | "key";
    no_field(name: &str) = "bản nháp không có trường {name}" | "the draft has no field {name}";
    no_class(field: &str, class: &str, known: &str) =
        "{field}: không có mức {class}, chỉ có {known}" | "{field}: there is no class {class}, but {known}";
    name_a_key(draft: impl Display) =
        "chưa có khoá: lienthong source decide {draft} --key TRƯỜNG"
        | "it has no key: lienthong source decide {draft} --key FIELD";
    bind_next(draft: impl Display) = "lienthong source bind {draft} (đề xuất thuật ngữ)" | "lienthong source bind {draft} (proposes terms)";
    decide_next(draft: impl Display) =
        "xem từng dòng có dấu ?, rồi lienthong source decide {draft} --class TRƯỜNG=MỨC hoặc --accept-guesses"
        | "look at each line with a ?, then lienthong source decide {draft} --class FIELD=CLASS or --accept-guesses";
    publish_next(draft: impl Display) =
        "lienthong source publish {draft} --service MÃ_DỊCH_VỤ --node THƯ_MỤC --reason …"
        | "lienthong source publish {draft} --service SERVICE --node DIR --reason …";
    not_in_table = "bảng không có" | "not in the table";
    keyless(rows: u64) =
        "{rows} dòng để trống khoá, không được phục vụ" | "{rows} rows leave the key empty and are not served";
    values_not_utf8 = "giá trị không phải chữ UTF-8" | "values that are not UTF-8";
    values_out_of_range = "ngày giờ ngoài lịch" | "moments outside of every calendar";
    values_unreadable = "giá trị không đọc được" | "values that cannot be read";
    values_not_of_kind =
        "giá trị không đúng kiểu của trường" | "values that are not of the field's kind";
    key_twice = "bản ghi có khoá đã có ở bản ghi khác" | "records whose key another one has";
    no_table(name: &str) = "không có bảng {name}" | "there is no table {name}";
    table_gone = "bảng không còn" | "the table is gone";
    no_column(name: &str) = "không có cột {name}" | "there is no column {name}";
    not_a_key(name: &str, empty: u64, twice: u64) =
        "cột {name} không làm khoá được: {empty} dòng để trống, {twice} giá trị trùng"
        | "the column {name} is no key: {empty} rows leave it empty, {twice} values stand twice";
    key_not_held(name: &str) =
        "Nguồn không bảo đảm cột {name} luôn có và không trùng; hiện đã đếm là đúng, nút sẽ đếm lại mỗi giờ."
        | "The source does not guarantee that {name} is never empty or repeated; a count found no such rows now, and the node counts again each hour.";

    // Assessments.
    assessed(periods: usize) = "Đã đánh giá {periods} kỳ." | "{periods} periods were assessed.";
    pack_announced(id: &str, from: &str) = "Đã công bố {id}, có hiệu lực từ {from}." | "{id} was announced and judges from {from}.";
    claimed(criterion: &str, value: &str) = "{criterion}: tự báo cáo {value}" | "{criterion}: claimed {value}";
    waived(id: &str, until: &str) = "Đã miễn ({id}) đến hết ngày {until}." | "Waived ({id}) until {until}.";
    waiver_ended(id: &str) = "Đã kết thúc {id}." | "{id} has ended.";
    disputed(id: &str) = "Đã gửi khiếu nại {id}." | "The dispute {id} was opened.";
    dispute_answered(id: &str) = "Đã trả lời {id}." | "{id} was answered.";
    bundle_too_large = "gói kiểm chứng quá lớn" | "the bundle is too large";
    bundle_differs(count: usize) =
        "Gói KHÁC kết quả tính lại ở {count} chỗ: gói đã bị sửa, hoặc không do nền tảng điều phối này lập."
        | "The bundle DIFFERS from what it comes to in {count} places: it was altered, or was not made by this hub.";
    bundle_same =
        "Tính lại ra đúng các chữ số trong gói. Đối chiếu mã băm với trang của kỳ và với nhật ký thay đổi để biết gói là của kỳ nào."
        | "Computed anew it comes to the same digits. Compare the digests with the period's page and the audit trail to know whose it is.";
}
