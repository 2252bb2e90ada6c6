//! Texts of accounts, rights and signing in.

use std::fmt::Display;

model::texts! {
    trail_grows_too_fast(megabytes: i64, hours: i64) =
        "các thay đổi đã thêm quá {megabytes} MB vào nhật ký trong một ngày; tiếp tục sau {hours} giờ"
        | "its changes have added over {megabytes} MB to the audit trail in a day; go on in {hours} hours";
    // Rights.
    right_govern = "cơ quan, mục đích, căn cứ, bộ quy tắc" | "agencies, purposes, legal bases, rule packs";
    right_catalogue = "cơ sở dữ liệu và nghĩa vụ chia sẻ" | "databases and duties";
    right_services = "hệ thống, nút, dịch vụ, hợp đồng" | "systems, nodes, services, contracts";
    right_propose_terms = "đề xuất thuật ngữ và danh mục" | "proposing terms and code lists";
    right_approve_terms = "rà soát, phê duyệt thuật ngữ" | "reviewing and approving terms";
    right_issue_grants = "cấp, gia hạn, thu hồi quyền" | "issuing, renewing and revoking grants";
    right_ask = "đề nghị cấp quyền khai thác" | "asking for grants";
    right_decide_as_owner = "quyết định đề nghị với vai trò cơ quan chủ quản" | "deciding requests as the owner";
    right_decide_as_hub = "quyết định đề nghị với vai trò nền tảng điều phối" | "deciding requests as the hub";
    right_suspend = "thông báo tạm ngừng" | "announcing suspensions";
    right_manage_accounts = "quản lý tài khoản" | "managing accounts";
    right_review_accounts = "rà soát tài khoản" | "reviewing accounts";
    right_lead = "lập báo cáo tuần cho lãnh đạo" | "making briefs for those who lead";
    right_read_audit = "đọc toàn bộ nhật ký thay đổi" | "reading the whole audit trail";
    hubs_own = "những gì của riêng nền tảng điều phối" | "what is the hub's alone";

    // Accounts.
    role_not_there(role: impl Display) =
        "có vai trò không thuộc nơi này (roles: {role})" | "a role is not held there (roles: {role})";
    compliance_independent =
        "cán bộ tuân thủ độc lập: không kiêm vai trò khác (DD-05)"
        | "a compliance officer is independent and holds no other role (DD-05)";
    subject_taken =
        "tên này ở nhà cung cấp định danh (subject) đã thuộc một tài khoản khác; hãy báo quản trị nền tảng điều phối"
        | "this name at the identity provider (subject) belongs to another account already; tell the hub's administrator";
    name_differs_in_capitals =
        "đã có tài khoản có tên chỉ khác ở chữ hoa, chữ thường"
        | "there is an account whose name differs in capitals only";
    appointing =
        "việc bổ nhiệm quản trị và cán bộ tuân thủ" | "appointing administrators and compliance officers";
    who_set_up = "Người dựng nền tảng điều phối" | "who set the hub up";
    not_used_for(days: i64) = "không dùng quá {days} ngày (SEC-02)" | "not used for {days} days (SEC-02)";
    // Reasons that the program itself writes into the trail.
    reason_token = "bằng mã truy cập" | "by token";
    reason_session = "bằng mật khẩu, trên trình duyệt" | "by password, in a browser";
    reason_invitation = "bằng thư mời" | "by invitation";
    reason_sign_in = "đăng nhập không đúng" | "a wrong sign-in";
    reason_password = "đổi mật khẩu" | "the password was changed";
    reason_session_moved =
        "phiên làm việc xuất hiện ở một chương trình khác" | "the session turned up in another program";
    reason_hub_init = "lập nền tảng điều phối" | "the hub was set up";
    reason_joined = "gia nhập bằng thư mời" | "joined with its invitation";
    reason_renewed = "tự gia hạn khóa" | "renewed its keys by itself";
    reason_request(id: &str) = "xử lý đề nghị {id}" | "request {id}";
    account_name_taken =
        "tên này đã có; nhật ký thay đổi phải phân biệt được người"
        | "there is or was one of this name, and the audit trail must tell them apart";
    not_ones_own =
        "không ai tự đổi tài khoản của mình; đề nghị người quản trị khác"
        | "nobody changes their own account; ask another administrator";
    account_type_stays = "không đổi được loại tài khoản" | "the type of an account stays";
    no_review_of_ones_own = "không ai tự rà soát tài khoản của mình" | "nobody reviews their own account";
    last_administrator =
        "là quản trị cuối cùng của nền tảng điều phối; lập người khác trước"
        | "is the hub's last administrator; make another first";

    // Passwords.
    password_short(shortest: impl Display) =
        "ngắn hơn {shortest} ký tự" | "it is shorter than {shortest} characters";
    password_long(most: impl Display) = "dài quá {most} ký tự" | "it is longer than {most} characters";
    password_has_name = "có tên tài khoản ở trong" | "the account's name is in it";
    password_monotonous(least: impl Display) =
        "chỉ có dưới {least} ký tự khác nhau" | "it has fewer than {least} different characters";
    password_kinds(least: impl Display) =
        "phải có ít nhất {least} trong bốn loại: chữ thường, chữ hoa, chữ số, ký tự khác"
        | "it must have at least {least} of four kinds: small letters, capitals, digits, others";
    password_used_before(last: impl Display) =
        "đã dùng trong {last} mật khẩu gần đây" | "it is one of the last {last}";

    // Settings of accounts and of the identity provider.
    account_password_kinds =
        "password_alone_kinds trong [accounts] từ 1 đến 4" | "password_alone_kinds in [accounts] is from 1 to 4";
    account_numbers = "các số trong [accounts] từ 1 đến 10000" | "numbers in [accounts] are from 1 to 10000";
    password_lengths =
        "password_with_code trong [accounts] ít nhất là 8, và password_alone không nhỏ hơn nó"
        | "password_with_code in [accounts] is 8 or more, and password_alone not below it";
    no_certificate_in_file = "tệp không có chứng thư nào" | "it holds no certificate";

    // Signing in.
    nothing_brought = "trình duyệt không mang theo gì" | "the browser brought nothing along";
    no_provider = "nền tảng điều phối không dùng nhà cung cấp danh tính nào" | "the hub has no identity provider";
    sign_in_weak =
        "cách đăng nhập chưa đủ mạnh (acr)" | "the way of signing in was not strong enough (acr)";
    code_not_set_up =
        "vai trò của tài khoản cần mã một lần mà tài khoản chưa đặt; đề nghị quản trị cấp thư mời mới"
        | "its roles ask for one-time codes, which it has not set up; ask an administrator for a new invitation";
    identity_unknown =
        "chưa có tài khoản nào gắn với danh tính này" | "no account here is tied to this identity";
    second_factor_missing =
        "tài khoản này cần xác thực hai yếu tố mà nhà cung cấp chưa xác nhận (oidc.acr)"
        | "this account needs two factors, which the provider does not vouch for (oidc.acr)";
}
