//! What this crate tells people beside the faults, in both languages.

use std::fmt::Display;

use model::words::Words;

model::texts! {
    too_large(bytes: u64) = "quá {bytes} byte" | "more than {bytes} bytes";
    other_encoding(name: &str) = "bảng mã {name}, cần UTF-8" | "the encoding is {name}, not UTF-8";
    not_utf8(line: usize) =
        "dòng {line}: không phải UTF-8, lưu lại tệp theo UTF-8" | "line {line}: it is not UTF-8, save it as UTF-8";
    at_line(place: &str, document: u32, line: u64) =
        "{place}, tài liệu {document}, dòng {line}" | "{place}, document {document}, line {line}";
    system_there(system: impl Display, digest: &str, file: impl Display) =
        "đã có {system}: thêm \"{digest}\" vào token_sha256 của nó và giữ mã bí mật trong {file}"
        | "{system} is there already: add \"{digest}\" to its token_sha256 and keep the token in {file}";
    joined_already = "một nút đã gia nhập ở đây" | "a node has joined here already";
    test_of_connection = "Kiểm thử kết nối" | "Test of a connection";

    // What is looked at by `doctor` and `check`.
    this_program(version: &str) = "chương trình phiên bản {version}" | "the program is version {version}";
    settings_read(dir: impl Display) = "đọc được cấu hình trong {dir}" | "the settings in {dir} can be read";
    few_files(most: u64, wanted: u64) =
        "chỉ được mở {most} tệp và kết nối, nên có {wanted}"
        | "only {most} files and connections may be open, {wanted} should be";
    raise_files =
        "Đặt LimitNOFILE=65536 cho dịch vụ systemd, hoặc ulimit -Hn."
        | "Set LimitNOFILE=65536 in the systemd service, or ulimit -Hn.";
    files_allowed(most: u64) =
        "được mở {most} tệp và kết nối" | "{most} files and connections may be open";
    files_unlimited = "số tệp và kết nối không bị giới hạn" | "files and connections are not limited";
    certificate_holds(name: &str, day: impl Display) =
        "chứng thư {name} có giá trị đến {day}" | "the certificate {name} holds until {day}";
    not_written(folder: impl Display, why: impl Display) =
        "không ghi được vào {folder}: {why}" | "{folder} cannot be written to: {why}";
    mend_disk =
        "Kiểm tra ổ đĩa, quyền ghi và chỗ trống; khi chưa ghi được thì không lượt trao đổi hay thay đổi nào đi qua."
        | "Look at the disk, its permissions and its space; while it cannot be written, no exchange and no change goes through.";
    disk_is(folder: impl Display, free_mb: u64, millis: u128) =
        "ổ đĩa của {folder} còn {free_mb} MB, ghi bền mất {millis} ms"
        | "the disk of {folder} has {free_mb} MB left, and a durable write takes {millis} ms";
    make_room = "Giải phóng chỗ trống hoặc chuyển sang ổ lớn hơn." | "Make room, or move to a larger disk.";
    faster_disk =
        "Mỗi lượt trao đổi chờ một lần ghi bền: dùng ổ SSD hoặc bộ điều khiển có pin."
        | "Each exchange waits for a durable write: use an SSD or a controller with a battery.";
    clock_right(seconds: impl Display) =
        "đồng hồ lệch nền tảng điều phối không quá {seconds} giây"
        | "the clock is within {seconds} s of the hub's";
    clock_off(seconds: i64) =
        "đồng hồ máy này lệch {seconds} giây so với nền tảng điều phối (dương là nhanh hơn)"
        | "this machine's clock is {seconds} s ahead of the hub's (negative: behind)";
    set_clock(limit: i64) =
        "Bật đồng bộ giờ (chrony hoặc systemd-timesyncd) ở máy sai; thông điệp lệch quá {limit} giây bị từ chối."
        | "Turn on time synchronisation (chrony or systemd-timesyncd) on the machine that is wrong; messages that are off by more than {limit} s are refused.";
    port_open(name: &str, address: impl Display) =
        "cổng {name} {address} đang mở" | "the port {name} {address} is open";
    port_closed(name: &str, address: impl Display, why: impl Display) =
        "cổng {name} {address} không kết nối được dù chương trình đang chạy: {why}"
        | "the port {name} {address} cannot be reached although the program runs: {why}";
    copy_stands_still(service: impl Display, table: &str, why: &Words) =
        "bản sao của {service} trong bảng {table} đang dừng: {why}"
        | "the copy of {service} in the table {table} stands still: {why}";
    copy_holds(service: impl Display, table: &str, records: usize) =
        "bản sao của {service} trong bảng {table} giữ lại {records} bản ghi mà cơ sở dữ liệu không nhận"
        | "the copy of {service} in the table {table} holds {records} records that its database refuses";
    copy_is_so(service: impl Display, table: &str, until: impl Display) =
        "bản sao của {service} trong bảng {table} đúng với nguồn đến {until}"
        | "the copy of {service} in the table {table} is as its source until {until}";
    copy_is_made(service: impl Display, table: &str) =
        "bản sao của {service} trong bảng {table} đang được sao"
        | "the copy of {service} in the table {table} is being made";
    look_at_copies(dir: impl Display) =
        "Xem: lienthong sync list --dir {dir}" | "Look: lienthong sync list --dir {dir}";
    look_at_held(dir: impl Display, service: impl Display) =
        "Xem bản ghi nào, vì sao: lienthong sync held --dir {dir} {service}"
        | "See which and why: lienthong sync held --dir {dir} {service}";
    see_the_log = "Xem nhật ký của dịch vụ và tường lửa của máy." | "Look at the service's log and the machine's firewall.";
    port_free(name: &str, address: impl Display) =
        "cổng {name} {address} còn trống" | "the port {name} {address} is free";
    port_taken(name: &str, address: impl Display, why: impl Display) =
        "cổng {name} {address} không mở được: {why}" | "the port {name} {address} cannot be opened: {why}";
    who_has_the_port(port: u16) =
        "Xem chương trình nào đang giữ cổng (ss -ltnp | grep :{port}), hoặc đổi cổng trong cấu hình."
        | "See which program has it (ss -ltnp | grep :{port}), or set another port.";
    root_keys_here(folder: impl Display) =
        "các khoá gốc vẫn còn ở {folder}" | "the root keys are still in {folder}";
    move_root_keys =
        "Cất mỗi khoá một nơi ngoài máy này." | "Move them off this machine, each to another place.";
    hub_away(url: impl Display, why: impl Display) =
        "nền tảng điều phối {url} không trả lời: {why}" | "the hub {url} does not answer: {why}";
    start_hub(dir: impl Display) =
        "Nếu chưa chạy: lienthong hub run --dir {dir}; nếu đang chạy, xem nhật ký của dịch vụ."
        | "If it does not run: lienthong hub run --dir {dir}; if it does, look at its log.";
    reach_hub(url: impl Display) =
        "Kiểm tra mạng và tường lửa tới {url}, rồi hỏi người vận hành nền tảng điều phối; nút đi tiếp bằng danh bạ đang giữ cho đến khi nó hết hạn."
        | "Look at the network and firewalls to {url}, then ask the hub's operator; the node goes on with the directory it has until that expires.";
    hub_well(url: impl Display, millis: u128) =
        "nền tảng điều phối {url} hoạt động tốt, trả lời sau {millis} ms"
        | "the hub {url} is well, and answered after {millis} ms";
    hub_not_well(url: impl Display, status: u16, why: impl Display) =
        "nền tảng điều phối {url} báo có sự cố ({status}): {why}"
        | "the hub {url} says that something is wrong ({status}): {why}";
    see_status =
        "Xem trang trạng thái của nền tảng điều phối hoặc chạy lienthong status."
        | "See the hub's status page, or run lienthong status.";
    tell_hub = "Báo cho người vận hành nền tảng điều phối." | "Tell the hub's operator.";
    node_away(edge: impl Display) =
        "nút không trả lời ở {edge}" | "the node does not answer at {edge}";
    start_node(dir: impl Display) =
        "Nếu chưa chạy: lienthong node run --dir {dir}; nếu đang chạy, xem nhật ký của dịch vụ."
        | "If it does not run: lienthong node run --dir {dir}; if it does, look at its log.";
    node_well(millis: u128) =
        "nút hoạt động tốt, trả lời sau {millis} ms" | "the node is well, and answered after {millis} ms";
    node_not_well(code: &str, why: &Words) =
        "nút báo có sự cố: {code} {why}" | "the node says that something is wrong: {code} {why}";
    explain(code: &str) = "Xem thêm: lienthong explain {code}" | "See: lienthong explain {code}";
    directory_held(revision: u64, expires: impl Display) =
        "nút giữ danh bạ số {revision}, dùng được đến {expires}"
        | "the node has directory {revision}, which counts until {expires}";
    directory_old(revision: u64, newest: u64) =
        "nút giữ danh bạ số {revision}, nền tảng điều phối đã có số {newest}"
        | "the node has directory {revision}, the hub has {newest}";
    renew_directory =
        "Nút phải chạy và tới được nền tảng điều phối; nếu vẫn không nhận, tìm mã lỗi trong nhật ký của nút."
        | "The node must run and reach the hub; if it still does not take it, look for the code in the node's log.";
    provider_reached(node: impl Display, address: impl Display, services: usize, millis: u128) =
        "tới được {node} ({address}, {services} dịch vụ được cấp quyền) sau {millis} ms"
        | "{node} ({address}, {services} services granted) was reached after {millis} ms";
    slow_provider =
        "Kết nối chậm: kiểm tra đường truyền giữa hai nút." | "That is slow: look at the line between the two nodes.";
    provider_away(node: impl Display, address: impl Display, services: usize, why: impl Display) =
        "không tới được {node} ({address}, {services} dịch vụ được cấp quyền): {why}"
        | "{node} ({address}, {services} services granted) cannot be reached: {why}";
    reach_provider(address: impl Display) =
        "Kiểm tra mạng và tường lửa tới {address}, rồi hỏi người vận hành nút đó."
        | "Look at the network and firewalls to {address}, then ask that node's operator.";
    served_nowhere(service: impl Display) =
        "chưa có nút nào phục vụ {service}" | "no node serves {service}";
    ask_owner =
        "Hỏi cơ quan chủ quản của dịch vụ." | "Ask the agency that owns the service.";

    // One line for those who watch.
    not_a_node = "thư mục không phải của nút" | "the folder is not a node's";
    not_a_hub = "thư mục không phải của nền tảng điều phối" | "the folder is not a hub's";
    checked_well(millis: u128) = "hoạt động tốt, trả lời sau {millis} ms" | "it is well, and answered after {millis} ms";
    checked_away(why: impl Display) = "không trả lời: {why}" | "it does not answer: {why}";
    checked_ill(status: u16, why: impl Display) = "báo có sự cố ({status}): {why}" | "something is wrong ({status}): {why}";
    ends_first(name: &str, days: i64) =
        "chứng thư {name} hết hạn đầu tiên, còn {days} ngày"
        | "the certificate {name} ends first, in {days} days";
    directory_left(revision: u64, hours: i64) =
        "danh bạ số {revision} còn dùng được {hours} giờ"
        | "directory {revision} counts for {hours} hours more";
    disk_left(free_mb: u64, millis: u128) =
        "còn {free_mb} MB, ghi bền mất {millis} ms" | "{free_mb} MB are left, and a durable write takes {millis} ms";
}
