//! Texts of the quality of data.

use std::fmt::Display;

use model::words::Words;

model::texts! {
    nation = "Cả nước" | "The whole country";
    bloc_government = "Khối Chính phủ" | "Government";
    bloc_local = "Khối Địa phương" | "Local";
    bloc_party = "Khối Đảng" | "Party";
    bloc_assembly = "Khối Quốc hội" | "National Assembly";
    bloc_president = "Khối Chủ tịch nước" | "President";
    bloc_court = "Khối Tòa án" | "Courts";
    bloc_procuracy = "Khối Viện kiểm sát" | "Procuracy";
    bloc_audit = "Khối Kiểm toán nhà nước" | "State Audit";
    bloc_front = "Khối Mặt trận và đoàn thể" | "Front";

    // Reports of measurements.
    report_form(form: impl Display, known: impl Display) =
        "báo cáo chất lượng theo mẫu số {form}, nền tảng điều phối này đọc mẫu số {known}; hãy cập nhật phần mềm để hai bên cùng mẫu"
        | "the report of quality is of form {form}, and this hub reads form {known}; upgrade so that both have the same";
    report_stores(most: impl Display) =
        "cơ quan đã có {most} kho hồ sơ, không nhận thêm" | "the agency has had {most} stores of cases already, and no more are taken";
    report_small(of: &str) =
        "{of} có số đếm không được rời nút kết nối: quá nhỏ hoặc chưa làm tròn"
        | "{of} holds a count that must not leave a node: too small, or not rounded";
    report_large(of: &str) = "{of} nhiều hơn hoặc dài hơn mức cho phép" | "{of} is more or longer than it may be";
    report_impossible(of: &str) =
        "{of} đếm nhiều bản ghi hơn số đã đọc, hoặc xuất hiện hai lần"
        | "{of} counts more records than were read, or stands there twice";
    report_contract(contract: &str, service: impl Display) =
        "sổ đăng ký không có hợp đồng {contract:?} của {service}; hãy lấy lại hợp đồng rồi đo lại"
        | "the registry has no contract {contract:?} of {service}; fetch contracts anew and measure again";

    // Defects.
    defect_closed =
        "lỗi đã được lượt đo sau xác nhận là hết"
        | "a later measurement has shown that it is corrected";
    defect_rule_gone =
        "lỗi này đã kết thúc vì hợp đồng dữ liệu đang áp dụng không còn quy tắc ấy"
        | "it has ended, since the data contract in force does not have that rule any more";
    defect_only_measured =
        "chỉ lượt đo sau đạt quy tắc mới đóng được lỗi"
        | "only a later measurement that passes closes a defect";
    defect_disputed_before =
        "lỗi này đã được gia hạn xác minh một lần"
        | "it was given longer to be looked into once already";
    defect_long = "lỗi này đã có quá nhiều sự kiện" | "too much has happened in this defect";
    defect_holds_digits =
        "không ghi số định danh hay dữ liệu của người cụ thể; nêu mã lượt khai thác là đủ để cơ quan chủ quản tìm bản ghi"
        | "write no identity numbers or data of a person; the exchange's id is enough for the owner to find the record";
    defect_no_field(field: &str, service: impl Display) =
        "hợp đồng của {service} không có trường {field:?}"
        | "the contract of {service} has no field {field:?}";
    defect_field_not_measured(field: &str) =
        "hợp đồng không có quy tắc nào kiểm tra trường {field:?} nên không lượt đo nào xác nhận được là đã sửa; hãy đề nghị cơ quan chủ quản bổ sung quy tắc"
        | "the contract has no rule about the field {field:?}, so no measurement could tell that it is corrected; ask its owner for a rule";
    defect_kind_not_measured(field: &str, kind: &Words, kinds: &Words) =
        "không quy tắc nào của hợp đồng kiểm tra lỗi “{kind}” ở trường {field:?} nên không lượt đo nào xác nhận được là đã sửa; các loại được kiểm tra: {kinds}"
        | "no rule of the contract looks for the kind “{kind}” in the field {field:?}, so no measurement could tell that it is corrected; kinds looked for: {kinds}";
    defect_own =
        "cơ quan của bạn chưa từng có quyền khai thác dịch vụ này; chỉ bên khai thác báo lỗi từ một lượt khai thác"
        | "your agency has never had a grant for this service; a defect is reported from an exchange, by whoever made it";
    defect_exchange =
        "mã lượt khai thác phải đúng như nút kết nối đã ghi"
        | "the exchange's id must be as the node has written it";
    defect_twice(id: &str) =
        "cơ quan của bạn đã báo lỗi này ({id})"
        | "your agency has reported this defect already ({id})";
    defect_of_case = "người dân nói khác khi làm thủ tục" | "a person says otherwise in a procedure";
    defect_of_case_in(exchange: &str) =
        "Người dân nói khác khi làm thủ tục; tìm bản ghi theo mã lượt khai thác {exchange} trong sổ của nút."
        | "A person says otherwise in a procedure; find the record by the exchange {exchange} in your node's ledger.";
    notice_defects(count: &str, service: &Words) =
        "{count} lỗi dữ liệu của {service} cần sửa tại nguồn"
        | "{count} defects of {service} are to be corrected at the source";
    notice_defects_late(count: &str, service: &Words) =
        "{count} lỗi dữ liệu của {service} quá hạn sửa"
        | "{count} defects of {service} are past the day by which they were to be corrected";

    // The scorecard of an agency, on paper.
    card_kind = "PHIẾU CHẤT LƯỢNG DỮ LIỆU" | "DATA QUALITY SCORECARD";
    card_number = "Số: ........./PCL" | "No.: ........./PCL";
    card_subject(agency: &str, day: &str) =
        "Chất lượng dữ liệu của {agency} đến ngày {day}" | "Quality of the data of {agency} as of {day}";
    card_no_line(databases: usize) =
        "Điểm được tính cho cơ quan đứng đầu cùng các đơn vị trực thuộc; riêng cơ quan này có {databases} cơ sở dữ liệu trong sổ đăng ký và chưa có điểm."
        | "Scores are made for an agency with all below it; this agency alone has {databases} databases in the registry and no score yet.";
    card_begins(measured: usize, of: usize, rows: &str, pack: &str) =
        "Đã đo {measured} trên {of} cơ sở dữ liệu, {rows} bản ghi, theo bộ quy tắc {pack}. Điểm từ 0 đến 100. Nội dung chưa đo được ghi là chưa đo, không tính là 0 điểm."
        | "{measured} of {of} databases were measured, {rows} records, by the rule pack {pack}. Scores are from 0 to 100. What was not measured is told as that and is no zero.";
    card_second_hand(source: &str) =
        "Ngưỡng và cách tính mới biết qua nguồn thứ cấp: {source}." | "Bands and roll-up are known second-hand only: {source}.";
    card_scores = "1. Điểm theo sáu tiêu chí" | "1. Scores by the six criteria";
    card_criterion = "Tiêu chí" | "Criterion";
    card_overall = "Điểm chung" | "Overall";
    card_score = "Điểm" | "Score";
    card_band = "Mức" | "Band";
    card_between = "Khoảng tin cậy 95 %" | "95 % interval";
    card_counted = "đếm toàn bộ" | "all counted";
    card_coverage = "Độ phủ" | "Coverage";
    card_keys(rules: usize) =
        "Trường khoá chưa đạt 100 %: {rules} quy tắc. Mức được hạ dù trung bình cao đến đâu."
        | "Key fields below 100 %: {rules} rules. They lower the band, whatever the average.";
    card_trend = "2. Diễn biến" | "2. How it went";
    card_no_trend =
        "Chưa có điểm của ngày nào trước đó để so sánh." | "No scores of an earlier day were kept to compare with.";
    card_moved(day: &str, then: &str, now: &str, moved: &str) =
        "Điểm chung ngày {day}: {then}; nay: {now} ({moved})." | "Overall on {day}: {then}; now: {now} ({moved}).";
    card_causes = "3. Nguyên nhân chính" | "3. Main causes";
    card_cause(asked: &str, dataset: &str, by: &Words, groups: &str) =
        "- {asked} ({dataset}): {by}: {groups}." | "- {asked} ({dataset}): {by}: {groups}.";
    cause_unit = "lỗi tập trung ở đơn vị" | "failing records are of the units";
    cause_source = "lỗi tập trung ở hệ thống nguồn" | "failing records come from the systems";
    cause_day = "lỗi tập trung vào ngày" | "failing records are of the days";
    cause_value = "lỗi tập trung ở giá trị" | "failing records have the values";
    cause_pattern = "lỗi tập trung ở dạng" | "failing records have the forms";
    card_first = "4. Sửa gì trước" | "4. What to repair first";
    card_what = "Yêu cầu chưa đạt" | "What is not met";
    card_of = "Bộ dữ liệu; cơ quan sửa tại nguồn" | "Dataset; who corrects it at the source";
    card_fails = "Bản ghi lỗi" | "Failing records";
    card_due = "Hạn" | "Due";
    card_gain = "Điểm được thêm" | "Gain";
    card_defects(all: i64, late: i64, left: usize) =
        "Lỗi chưa sửa xong: {all}, quá hạn: {late}; ngoài bảng này còn {left}, xem trên nền tảng điều phối."
        | "Defects not corrected yet: {all}, past their day: {late}; {left} stand beside this table and are listed at the hub.";
    not_measured = "chưa đo" | "not measured";
    band_green = "xanh" | "green";
    band_yellow = "vàng" | "yellow";
    band_red = "đỏ" | "red";

    // How many values two datasets have in common.
    overlap_not_measured(service: impl Display) =
        "{service} chưa có lượt đo chất lượng nào trong quý qua, hoặc có quá ít bản ghi; hãy đo trước rồi đề nghị so khớp"
        | "{service} was not measured within a quarter, or has too few records; measure it first, then ask";
    overlap_itself = "hai bên là cùng một trường" | "both are the same field";
    overlap_before(id: &str) =
        "hai trường này đang được so khớp hoặc đã so khớp trong 30 ngày qua ({id})"
        | "these two fields are being compared, or were within 30 days ({id})";
    overlap_over = "đề nghị so khớp này đã kết thúc" | "this question has ended";
    overlap_agreed =
        "phần của cơ quan bạn đã được đồng ý, hoặc cả hai bên đã đồng ý"
        | "your agency's part is agreed to already, or both are";
    overlap_not_asked(id: &str) =
        "nền tảng điều phối không chờ phần này của {id} từ nút kết nối ấy"
        | "this part of {id} is not waited for from that node";
    overlap_no_end = "hai tuần sau khi hai bên đồng ý vẫn chưa đếm được" | "two weeks after both had agreed it could not be counted";
    overlap_counted = "hai nút kết nối đã gửi đủ" | "both nodes have handed in all";
    bands_there_are =
        "mức chất lượng chỉ có: red (đỏ), yellow (vàng), green (xanh), not_measured (chưa đo)"
        | "bands of quality are: red, yellow, green, and not_measured (nothing was measured)";
}
