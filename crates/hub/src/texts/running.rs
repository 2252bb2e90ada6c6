//! Texts of nodes, their certificates, directories and reports.

use std::fmt::Display;

use model::words::Words;

model::texts! {
    // Nodes and their certificates.
    hub_already = "đã có nền tảng điều phối ở đây" | "there is a hub already";
    systems_order =
        "các hệ thống phải xếp theo thứ tự mã, mỗi mã một lần"
        | "its systems must stand in order of their identifiers, each once";
    address_form(address: &str) =
        "địa chỉ {address:?} phải có dạng máy:cổng; địa chỉ IPv6 đặt trong ngoặc vuông, [2001:db8::1]:5500"
        | "its address {address:?} must be host:port, with an IPv6 address in brackets, [2001:db8::1]:5500";
    certificate_request(error: &Words) =
        "yêu cầu chứng thư của nút: {error}" | "its certificate request: {error}";
    key_certified_before =
        "khoá này đã được cấp chứng thư trước đây; mỗi khoá chỉ một lần, hãy tạo khoá mới"
        | "this key was certified before; each is once only, so make a new one";
    certificate_digits(least: impl Display) =
        "nêu ít nhất {least} chữ số đầu của SHA-256 của chứng thư"
        | "name the certificate by the first {least} digits of its SHA-256 at least";
    renewal_not_signed =
        "yêu cầu không mang chữ ký bằng khoá ký hiện có của nút"
        | "the request is not signed with the node's present signing key";
    renewed_otherwise =
        "đã có khoá khác được cấp trên chứng thư này"
        | "other keys were certified over this certificate already";
    renewal_too_early = "chưa đến kỳ" | "it is too early";
    node_unknown = "nút không có trong sổ đăng ký" | "the node is not in the registry";

    // Settings.
    instance_form = "instance gồm chữ cái, chữ số và dấu gạch nối" | "instance is letters, digits and hyphens";
    url_form = "url có dạng https://máy:cổng/" | "url is https://host:port/";
    database_form =
        "database là sqlite:ĐƯỜNG_DẪN hoặc postgres://…" | "database is sqlite:PATH or postgres://…";
    metrics_for_all(at: impl Display) =
        "metrics {at} mở ra mạng mà chỉ máy này được đọc: dùng 127.0.0.1 hoặc [::1]"
        | "metrics {at} is open to a network, and only this machine may read them: use 127.0.0.1 or [::1]";
    directory_days_range = "directory_days từ 1 đến 365" | "directory_days is from 1 to 365";
    hub_level_range = "security_level từ 1 đến 5" | "security_level is from 1 to 5";

    // Directories that nodes show.
    directory_of_another =
        "danh bạ mà nút đưa ra không do khoá của nền tảng điều phối này ký"
        | "the directory that it shows is not signed by a key of this hub";
    not_as_signed(path: impl Display) = "{path} không đúng như đã ký" | "{path} is not what was signed";
    number_range(range: impl Display) =
        "số để đi tiếp phải trong {range}" | "the number to go on from must be in {range}";

    // Reports of traffic.
    report_rows = "quá nhiều dòng" | "too many rows";
    report_gaps = "quá nhiều trường thiếu" | "too many fields are missing";
    report_of_another(own: impl Display) = "{own} không thuộc nút này" | "{own} is not one of its systems";
    report_signature = "chữ ký không phải của nút" | "the signature is not the node's";
    report_ends_early =
        "nó kết thúc không sau lúc bắt đầu; xem đồng hồ của nút"
        | "it ends no later than it begins; look at the node's clock";
    report_time =
        "thời gian của nó không hợp lý so với giờ của nền tảng điều phối; xem đồng hồ của nút"
        | "its time is not plausible by the hub's clock; look at the node's clock";

    // Incidents: the probable cause, from what is seen.
    incident_silent =
        "nền tảng điều phối mất liên lạc với nút kết nối: nút, máy chủ hoặc đường mạng của nút có thể đã ngừng; chưa có cơ quan nào gọi tới để đối chiếu"
        | "the hub does not hear the node: it, its machine or its network is probably down; nobody else has called it to compare";
    incident_down =
        "nền tảng điều phối mất liên lạc với nút kết nối, các cơ quan gọi tới cũng không kết nối được: nút hoặc máy chủ của nút có thể đã ngừng"
        | "the hub does not hear the node and those who call it cannot reach it: the node or its machine is probably down";
    incident_way_to_hub =
        "các cơ quan khác vẫn kết nối được với nút, chỉ nền tảng điều phối mất liên lạc: đường từ nút tới nền tảng điều phối có thể bị đứt"
        | "others reach the node, only the hub does not hear it: its way to the hub is probably cut";
    incident_between =
        "có cơ quan kết nối được với nút, có cơ quan không: mạng giữa các bên có thể bị lỗi"
        | "some reach the node and some do not: the network between them probably fails";
    incident_certificate_ended =
        "chứng thư của nút kết nối đã hết hạn; nút phải gia nhập lại"
        | "the node's certificate has ended; it must join anew";
    incident_unreachable =
        "nền tảng điều phối vẫn nghe được nút, nhưng nhiều cơ quan không kết nối được: xem địa chỉ, cổng và tường lửa của nút"
        | "the hub hears the node, and several agencies cannot reach it: look at its address, its port and its firewall";
    incident_source_down =
        "nút kết nối hoạt động, nhưng hệ thống phía sau dịch vụ không trả lời"
        | "the node works, what stands behind its services does not answer";
    incident_hub_network =
        "nhiều nút mất liên lạc cùng lúc: có thể mạng của nền tảng điều phối bị lỗi"
        | "many nodes fell silent together: the hub's own network probably fails";
    incident_not_open = "đã có người tiếp nhận, hoặc đã đóng" | "it was taken in hand or closed already";
    incident_long = "đã có quá nhiều mục, không thêm được nữa" | "it has too many entries to take another";

    // Maintenance.
    maintenance_backdated =
        "bảo trì phải báo trước: from không sớm hơn bây giờ"
        | "maintenance is announced beforehand: it does not begin before now";
    maintenance_span(days: impl Display) =
        "to phải sau from, và không quá {days} ngày" | "its end must be after its beginning, by {days} days at most";
    maintenance_many(most: impl Display) =
        "cơ quan đã báo trước {most} lần bảo trì chưa xong"
        | "its agency has announced {most} that are not over";
    maintenance_over = "đã kết thúc hoặc đã rút" | "it is over or was withdrawn";

    // Commands.
    key_of_another_command(path: impl Display) =
        "đã dùng cho yêu cầu khác ({path}); mỗi yêu cầu một khoá riêng"
        | "it stood for another command ({path}); take a new key for each";
}
