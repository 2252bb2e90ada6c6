//! What the demo says, in both languages.

use std::fmt::Display;

use model::words::Words;

model::texts! {
    // A birth.
    birth =
        "Đăng ký khai sinh, cấp thẻ BHYT cho trẻ dưới 6 tuổi"
        | "Birth registration, with a health card for a child under six";
    birth_entry = "Ghi sổ khai sinh" | "Entry in the register of births";
    birth_number = "Cấp số định danh cá nhân" | "A personal id number";
    birth_card = "Cấp thẻ BHYT trẻ em" | "A child's health card";
    birth_done(entry: impl Display, number: impl Display, card: impl Display, until: impl Display) =
        "Khai sinh {entry}; số định danh {number}; thẻ BHYT {card} đến {until}. Không giấy tờ nào phải nộp."
        | "Birth {entry}; id number {number}; health card {card} until {until}. No paper was asked for.";
    parents_married = "Cha mẹ có đăng ký kết hôn?" | "Are the parents married?";
    fathers_data = "Nhân thân của cha" | "The father's data";
    mothers_data = "Nhân thân và nơi cư trú của mẹ" | "The mother's data and residence";

    // Civil status.
    extract_done(number: &str, note: &Words) = "Trích lục {number}; {note}." | "Extract {number}; {note}.";
    marital = "Xác nhận tình trạng hôn nhân" | "Confirmation of marital status";
    marital_in_population =
        "Tình trạng hôn nhân trong CSDL dân cư" | "Marital status in the population database";
    marital_single =
        "Xác nhận chưa đăng ký kết hôn với ai; hai nguồn thống nhất. Không hỏi giấy tờ."
        | "Confirmed as not married to anyone; both sources agree. No paper was asked for.";
    marital_differs =
        "Xác nhận tình trạng hôn nhân, hai nguồn khác nhau"
        | "Confirmation of marital status, where two sources differ";
    marital_says(state: impl Display, held: impl Display) =
        "dân cư ghi {state}; sổ hộ tịch có {held} kết hôn đang hiệu lực"
        | "population says {state}; civil status holds {held} valid marriage(s)";
    marital_refused =
        "Không cấp xác nhận độc thân. Cơ quan chủ quản phải sửa tại nguồn; không ai ghi đè thầm lặng (Luật Căn cước, Điều 11)."
        | "No confirmation of being single. The owner must correct at the source; nobody overwrites silently (Law on Identity, Art. 11).";
    married_as_husband = "Kết hôn với tư cách chồng?" | "Married as husband?";
    married_as_wife = "Kết hôn với tư cách vợ?" | "Married as wife?";
    extract = "Cấp bản sao trích lục khai sinh" | "Copy of a birth extract";
    extract_record = "Bản ghi khai sinh" | "The birth record";
    extract_match =
        "Khớp với dân cư không? (không xem dữ liệu)"
        | "Does it match the population database? (no data are shown)";
    extract_made = "Lập trích lục" | "The extract is made";
    sources_match = "hai nguồn khớp sau khi chuẩn hoá" | "the sources match once normalised";
    difference_noted =
        "ghi chú khác biệt, cần sửa tại nguồn"
        | "the difference is noted and must be corrected at its source";

    // A family without its provider.
    allowance = "Trợ cấp tuất" | "Survivors' allowance";
    death = "Đăng ký khai tử" | "The registered death";
    contributions = "Quá trình đóng BHXH" | "The contributions";
    death_differs(state: impl Display, died: impl Display) =
        "bảo hiểm ghi {state}, hộ tịch ghi mất ngày {died}"
        | "insurance says {state}, civil status says dead since {died}";
    spouse_living = "Vợ hoặc chồng còn sống" | "The living spouse";
    child_under_age = "Con chưa thành niên" | "A child under age";
    entitled = "Tính điều kiện hưởng" | "Is the family entitled?";
    allowance_done(count: impl Display, months: impl Display) =
        "Tiếp nhận: {count} thân nhân, {months} tháng đóng. Bảo hiểm cần cập nhật trạng thái người mất."
        | "Accepted: {count} relatives, {months} months paid. Insurance must update the state of the deceased.";
    reissued =
        "Tra cứu bảo hiểm của người đã cấp lại số định danh"
        | "Insurance of somebody whose id number was re-issued";
    insurance_by_number = "Bảo hiểm theo số hiện nay" | "Insurance by the number of today";
    insurance_lacks_number = "bảo hiểm không có số này" | "insurance does not have this number";
    cancelled_number = "Số đã huỷ ứng với ai?" | "Whose is the cancelled number?";
    insurance_by_cancelled = "Bảo hiểm theo số đã huỷ" | "Insurance by the cancelled number";
    insurance_found(insured: impl Display) =
        "Tìm thấy sổ {insured} theo số đã huỷ; bảo hiểm cần ghi số mới, tại nguồn."
        | "Found {insured} under the cancelled number; insurance must take the new one, at its source.";

    // Land.
    transfer = "Chuyển nhượng quyền sử dụng đất" | "Transfer of land-use rights";
    parcel_and_owner = "Thửa đất và chủ sử dụng" | "The parcel and its owner";
    sellers_data = "Nhân thân bên bán" | "The seller's data";
    common_property = "Đất có là tài sản chung?" | "Is it common property of a couple?";
    buyers_data = "Nhân thân bên mua" | "The buyer's data";
    change_entry = "Đăng ký biến động" | "Entry of the change";
    both_sign = "vợ chồng cùng ký" | "both spouses sign";
    own_property = "tài sản riêng" | "the seller's own property";
    transfer_done(entry: &str, parcel: &str, both: &Words) =
        "Đã đăng ký biến động {entry} cho thửa {parcel}; {both}. Sổ đất cần thay số CMND cũ bằng số định danh, tại nguồn."
        | "Change {entry} registered for parcel {parcel}; {both}. The land register must replace the old number, at its source.";
    transfer_stopped(parcel: &str, why: &Words) =
        "Dừng: thửa {parcel} {why}; trả hồ sơ kèm lý do. Người dân không phải đi lại để biết điều này."
        | "Stopped: parcel {parcel} is {why}; returned with the reason. Nobody had to travel to learn it.";
    names_differ(here: &str, there: &str, why: &Words) =
        "“{here}” và “{there}”: {why}" | "“{here}” and “{there}”: {why}";
    transfer_restrained = "Chuyển nhượng đất đang bị hạn chế" | "Transfer of land under restraint";
    parcel_and_state = "Thửa đất và tình trạng" | "The parcel and its state";
    owners_data = "Nhân thân chủ đất" | "The owner's data";
    mortgaged = "đang thế chấp" | "mortgaged";
    seized = "đang bị kê biên" | "seized";
    disputed = "đang tranh chấp" | "disputed";
    old_number_held = "sổ đất ghi số CMND 9 số" | "the land register has the old 9-digit number";
    old_number_now = "Số CMND này nay là số định danh nào?" | "Which id number is this old number today?";
    spelled_otherwise = "khác cách viết" | "spelled otherwise";

    // A driving licence.
    licence = "Đổi giấy phép lái xe" | "Change of a driving licence";
    licence_held = "Giấy phép đang có" | "The licence held";
    licence_match = "Khớp với dân cư không?" | "Does it match the population database?";
    licence_birth = "Sổ khai sinh ghi ngày nào?" | "Which day does the register of births have?";
    licence_differs(born: impl Display, printed: impl Display) =
        "sổ khai sinh {born}, giấy phép {printed}" | "register of births {born}, licence {printed}";
    licence_may_change(until: impl Display) =
        "Đủ điều kiện đổi; giấy phép hết hạn {until}." | "May be changed; the licence ends {until}.";
    licence_accepted(until: impl Display) =
        "Nhận hồ sơ (hết hạn {until}); in theo ngày sinh của dân cư và hộ tịch. Hồ sơ giấy phép cần sửa tại nguồn."
        | "Accepted (ends {until}); printed with the birth date of population and civil status. The licence record must be corrected at its source.";

    // A residence.
    residence = "Đăng ký thường trú" | "Registration of residence";
    residence_done(commune: &str, code: impl Display, number: &str, proof: &Words) =
        "Đã đăng ký thường trú tại {commune} ({code}), số {number}; {proof}."
        | "Residence registered in {commune} ({code}), number {number}; {proof}.";
    commune_moved(code: &str, day: &Words, then: impl Display, now: impl Display) =
        "mã {code} ghi ngày {day} là {then}; nay thuộc {now}"
        | "the code {code}, recorded {day}, was {then}; now part of {now}";
    residence_before = "Nhân thân và nơi thường trú cũ" | "The person's data and old residence";
    land_in_commune = "Có nhà đất tại xã không?" | "Any land of their own in the commune?";
    no_land_in_commune =
        "sổ đất không có thửa nào của người này tại xã"
        | "the land register has no parcel of theirs in the commune";
    residence_new = "Đăng ký thường trú mới" | "The new residence";
    no_paper = "không hỏi giấy tờ" | "no paper was asked for";
    only_the_lease =
        "chỉ hỏi hợp đồng thuê nhà, vì sổ đất không có"
        | "only the lease was asked for, since the land register has nothing";

    // A school.
    enrolment = "Tuyển sinh lớp 1" | "Enrolment in the first class";
    pupil_entered = "Ghi danh" | "Enrolment";
    enrolment_done(pupil: &str, school: &str, note: &Words) =
        "Học sinh {pupil}, lớp 1, {school}; {note}." | "Pupil {pupil}, first class, {school}; {note}.";
    birth_certificate = "Giấy khai sinh" | "The birth certificate";
    lives_in_commune = "Trẻ có thường trú tại xã?" | "Does the child live in the commune?";
    at_school_already = "Đã học ở trường nào chưa?" | "Is the child at some school already?";
    own_area = "đúng tuyến" | "in the school's own area";
    residence_in_doubt = "cần xem lại nơi cư trú" | "the residence must be looked into";

    // How a value compares.
    matches_spelled_otherwise =
        "khớp, chỉ khác cách viết (hoa thường, vị trí dấu thanh)"
        | "matches, spelled otherwise (case, place of the tone mark)";
    matches_old_commune =
        "khớp: cơ sở dữ liệu giữ mã xã cũ, đã sáp nhập vào xã này"
        | "matches: the database holds the old commune, which went into this one";
    same_without_marks = "chỉ giống khi bỏ dấu" | "the same only without tone marks";
    no_value = "cơ sở dữ liệu không có giá trị" | "the database has no value";
    differs = "khác nhau" | "differs";

    // Trials.
    without_grant =
        "Tỉnh hỏi dữ liệu học sinh khi chưa được cấp quyền"
        | "The province asks for pupils' data without a grant";
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
    no_record = "không có bản ghi" | "no record";
    requests_for_data = "Đề nghị cấp quyền khai thác" | "Requests for data";
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
    try_it = "Thử" | "Try";
}
