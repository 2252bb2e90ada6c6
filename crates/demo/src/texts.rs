//! What the demo says, in both languages.

use std::fmt::Display;

use model::words::Words;

model::texts! {
    // What is special about a case.
    scene_birth = "mẹ đi khai; câu trả lời của sổ hộ tịch bị mất trên đường" | "the mother comes; the answer of the civil-status register is lost on its way";
    scene_old_commune = "nơi cư trú ghi mã xã cũ; không có nhà đất tại xã" | "an old commune code; no land in the commune";
    scene_low_level = "đăng nhập mức thấp, rồi nâng mức" | "signed in at a low level, then at a higher one";
    scene_old_number_of_land = "sổ đất ghi số CMND cũ" | "the land register has an old number";
    scene_restrained = "thửa đất đang bị hạn chế" | "the parcel is under restraint";
    scene_registers_differ = "dân cư và hộ tịch nói khác nhau" | "population and civil status differ";
    scene_other_spelling = "tên viết khác dấu" | "a name with other marks";
    scene_other_birthday = "giấy phép ghi ngày sinh khác" | "the licence has another day of birth";
    scene_cancelled_number = "bảo hiểm ghi số đã huỷ" | "the insurance has a cancelled number";
    scene_corrected = "cha đi khai và sửa một dòng" | "the father comes, and corrects a line";
    scene_gives_result = "kết quả được cấp có mã, để dùng lại" | "its result gets a code, to be used again";
    scene_uses_result_of_province = "dùng lại kết quả của tỉnh: nút của tỉnh được hỏi, không ai nộp giấy" | "a result of the province is used again: the province's node is asked, and nobody brings a paper";
    scene_uses_own_result = "dùng lại kết quả của chính xã" | "a result of the commune itself is used again";
    scene_source_back = "CSDL đất đai ngừng, có lại thì hỏi lại" | "the land database is away, and asked again when it is back";
    scene_source_down = "CSDL đất đai đang ngừng" | "the land database is away";
    scene_declined = "người dân không đồng ý dùng một mục" | "the person declines an item";
    scene_company = "người đại diện nộp cho doanh nghiệp" | "a representative acts for a company";
    scene_placeholder = "dân cư ghi địa chỉ “không rõ”" | "the address in population is a placeholder";
    scene_slow = "CSDL trường học trả lời chậm" | "the database of schools is slow";

    // Cases.
    said_by_person = "Người dân đã chuyển chỗ ở" | "The person has moved";
    case_withdrawn = "Đã rút; không có gì được gửi đi." | "Withdrawn; nothing was sent.";
    case_granted = "Đã nộp, có biên nhận, được giải quyết." | "Submitted with a receipt, granted.";
    case_granted_with(gave: &str) =
        "Đã nộp, có biên nhận, được giải quyết: {gave}." | "Submitted with a receipt, granted: {gave}.";
    case_not_granted =
        "Đã nộp, có biên nhận, không được giải quyết: cơ quan chủ quản phải sửa tại nguồn."
        | "Submitted with a receipt, not granted: the owner must correct at the source.";
    case_counted(look_ups: usize, ms: f64, not_asked: usize, papers: usize) =
        "{look_ups} lượt tra cứu trong {ms} ms; {not_asked} trên {papers} giấy tờ không phải nộp."
        | "{look_ups} look-ups in {ms} ms; {not_asked} of {papers} papers were not asked for.";
    corrected(line: &Words, source: &str, said: &str) =
        "{line}: nguồn ghi “{source}”, người dân nói “{said}”; giữ cả hai"
        | "{line}: the source says “{source}”, the person “{said}”; both stay";
    found_out(deed: &Words, exchange: &str) =
        "{deed}: không nhận được câu trả lời, nên hỏi lại theo mã lượt {exchange}: đã làm, không gửi lần hai"
        | "{deed}: no answer came, so its holder was asked by the exchange {exchange}: it was done, and not sent again";
    by_result(code: &str) = "theo kết quả {code}" | "by the result {code}";
    result_given(code: &str) = "cấp kết quả {code}" | "gave the result {code}";
    none_there = "không có bản ghi nào" | "no record";
    handed_in(paper: &Words) = "nộp giấy: {paper}" | "handed in: {paper}";
    day_counted(cases: usize, procedures: usize, look_ups: usize, not_asked: usize, papers: usize) =
        "{cases} hồ sơ của {procedures} thủ tục; {look_ups} lượt tra cứu; {not_asked} trên {papers} giấy tờ không phải nộp"
        | "{cases} cases of {procedures} procedures; {look_ups} look-ups; {not_asked} of {papers} papers were not asked for";
    papers_not_asked = "Giấy tờ không phải nộp, theo thủ tục" | "Papers that were not asked for, by procedure";
    without_answer =
        "Mục không có câu trả lời, theo lý do" | "What no database has answered, by reason";

    // Signing in.
    play_title = "Định danh thử" | "Play identity";
    play_warning =
        "Đây không phải dịch vụ định danh thật. Trang này của quốc gia thử, chỉ biết những người không có thật, và không hỏi mật khẩu: bạn chọn mình là ai."
        | "This is not a real identity provider. It belongs to the demo nation, knows fictitious persons only, and asks for no password: you choose who you are.";
    play_who = "Bạn là ai?" | "Who are you?";
    play_how = "Mức xác thực" | "How surely are you known?";
    play_go = "Đăng nhập" | "Sign in";
    play_level(level: u8) = "Mức {level}" | "Level {level}";
    tries_birth = "đăng ký khai sinh cho con" | "registers the birth of a child";
    tries_child(name: &str, number: impl Display) =
        "cha mẹ: tuyển sinh lớp 1 cho con {name}, số {number}" | "a parent: enrols the child {name}, number {number}, in the first class";
    tries_marital = "xin xác nhận tình trạng hôn nhân" | "asks for a confirmation of marital status";
    tries_residence(commune: &str) = "có nhà đất tại xã mã {commune}: đăng ký tạm trú" | "owns land in the commune {commune}: registers a residence";
    tries_licence = "đổi giấy phép lái xe" | "changes a driving licence";
    tries_company = "đại diện doanh nghiệp: xin giấy phép lao động" | "represents a company: asks for a work permit";
    tries_ward(name: &str, number: impl Display) =
        "người giám hộ: tuyển sinh lớp 1 cho {name}, số {number}"
        | "a guardian: enrols {name}, number {number}, in the first class";
    tries_mandate(name: &str, number: impl Display, birth: &str) =
        "được {name}, số {number}, ủy quyền: xin trích lục khai sinh {birth}"
        | "with a mandate of {name}, number {number}: asks for an extract of the birth entry {birth}";
    officer_decides = "cán bộ: xử lý và quyết định hồ sơ" | "officer: works on cases and decides them";
    officer_works = "cán bộ: xử lý hồ sơ" | "officer: works on cases";
    one_stop_unit = "Bộ phận một cửa" | "One-stop desk";

    // Trials.
    without_grant =
        "Ngành giáo dục hỏi dữ liệu dân cư khi chưa được cấp quyền"
        | "The education ministry asks for data of the population without a grant";
    outside_purpose =
        "Xã hỏi dân cư với mục đích ngoài quyền" | "The commune asks for a purpose outside its grant";
    field_outside =
        "Trường ngoài quyền (tôn giáo) không có trong câu trả lời"
        | "A field outside the grant (religion) is absent from the answer";
    field_absent(count: impl Display) =
        "Có {count} trường được cấp; không có ton_giao." | "{count} granted fields came; ton_giao did not.";
    message_changed =
        "Thông điệp bị đổi sau khi ký (hỏi người khác)"
        | "A message changed after it was signed (to ask for somebody else)";
    node_killed =
        "Một trong hai nút dân cư bị kill -9 giữa lúc đang đọc"
        | "One of the two population nodes is killed (-9) while reads go on";
    reads_done(count: impl Display, ms: impl Display) =
        "{count} lượt đọc, 0 lượt hỏng; lượt chậm nhất {ms} ms."
        | "{count} reads, none failed; the slowest took {ms} ms.";
    grant_revoked = "Thu hồi quyền đang dùng" | "A grant in use is revoked";
    refused_everywhere(ms: impl Display) =
        "Bị từ chối ở mọi nút sau {ms} ms." | "Refused at every node after {ms} ms.";
    hub_killed = "Nền tảng điều phối bị kill -9" | "The hub is killed (-9)";
    cases_went_on =
        "3 hồ sơ vẫn xong, không lượt nào hỏng." | "3 cases went on to their end, no call failed.";

    // The day.
    making_nation = "Dựng quốc gia thử…" | "Making the nation…";
    starting = "Khởi động nền tảng điều phối và các nút…" | "Starting the hub and the nodes…";
    verifying = "Kiểm các sổ trao đổi…" | "Verifying the ledgers…";
    staying = "Ở lại cho tới Ctrl-C." | "Staying up until Ctrl-C.";
    day_begins = "Một ngày bắt đầu…" | "The day begins…";
    requests_go = "Các đề nghị cấp quyền khai thác đi từng bước…" | "Requests go their way, step by step…";
    accounts_made = "tài khoản của từng vai trò" | "an account for every role";
    databases_made = "cơ sở dữ liệu của các cơ quan" | "the agencies' databases";
    faults_put_in = "Lỗi cố ý như trong dữ liệu thật" | "Faults put in on purpose, as real data have them";
    hub_killed_cases_go_on =
        "Nền tảng điều phối bị kill -9; các hồ sơ vẫn chạy" | "The hub is killed (-9); the cases go on";
    volume(calls: u32) = "{calls} lượt mỗi ngày" | "{calls} calls a day";
    server_renewed = "Nâng cấp máy chủ cơ sở dữ liệu đất đai" | "The land database's server is being upgraded";
    weekly_meeting = "Họp giao ban" | "Weekly meeting";
    monthly_report = "Báo cáo tháng" | "Monthly report";
    no_such_deed = "không có việc nào theo mã lượt này" | "no deed by this exchange";
    no_such_action = "không có việc này" | "no such action";
    nation_set_up = "dựng quốc gia thử" | "the demo nation is set up";
    demo_nation = "quốc gia thử" | "demo nation";
    claims_compared = "đã đối chiếu hồ sơ đăng ký" | "compared with the registration";
    no_longer_needed = "hết nhu cầu" | "no longer needed";

    // The report.
    nation_made(persons: u32, seed: u64) =
        "Quốc gia thử: {persons} người (giá trị khởi tạo {seed}). Mọi số định danh, CMND, BHXH, điện thoại đều không thuộc về ai: mã tỉnh 9xx không có thật."
        | "The demo nation: {persons} persons (seed {seed}). No id, card, insurance or telephone number belongs to anyone: province codes 9xx do not exist.";
    dossier = "hồ sơ" | "dossier";
    requests_for_data = "Đề nghị cấp quyền khai thác" | "Requests for data";
    kind_automatic = "loại 1, tự động" | "type 1, automatic";
    kind_on_request = "loại 2, theo đề nghị" | "type 2, on request";
    kind_special = "loại 3, đặc biệt" | "type 3, special";
    state_open = "đang xử lý" | "under way";
    state_returned = "trả lại" | "given back";
    state_granted = "đã cấp" | "granted";
    state_refused = "từ chối" | "refused";
    state_withdrawn = "đã rút" | "withdrawn";
    step_agree = "thống nhất nội dung" | "content is agreed on";
    step_appraise = "thẩm định" | "appraisal";
    step_set_up = "lắp đặt" | "setting up";
    step_test = "kiểm thử" | "test";
    step_live = "vận hành" | "going live";
    exchanges(count: usize) = "{count} lượt trao đổi" | "{count} exchanges";
    rightly_refused(count: u64) = "{count} bị từ chối đúng" | "{count} rightly refused";
    failed(count: u64) = "{count} hỏng" | "{count} failed";
    failover = "chuyển nút" | "failover";
    revocation = "thu hồi" | "revocation";
    ledgers_checked(ledgers: usize, entries: u64) =
        "{ledgers} sổ, {entries} mục, mọi chữ ký và chuỗi đã kiểm"
        | "{ledgers} ledgers, {entries} entries, every signature and chain checked";
    whole = "nguyên vẹn" | "whole";
    damaged = "HỎNG" | "DAMAGED";
    in_both(count: usize) = "{count} lượt có ở cả hai bên" | "{count} exchanges held by both sides";
    the_hub = "nền tảng điều phối" | "hub";
    the_nodes = "Các nút" | "The nodes";
    the_console = "Trang web" | "The console";
    accounts_there =
        "Tài khoản của từng vai trò, mật khẩu trong đó" | "An account for every role, with its password";
    offices_there =
        "Một cửa: trang của người dân; của cán bộ tại /can-bo"
        | "One-stop desks: pages for citizens; for officers at /can-bo";
    sign_in_as =
        "Đăng nhập bằng định danh thử, không cần mật khẩu, chẳng hạn"
        | "Sign in by the play identity, without a password, for instance as";
    try_it = "Thử" | "Try";
}
