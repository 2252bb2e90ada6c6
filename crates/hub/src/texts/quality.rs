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
}
