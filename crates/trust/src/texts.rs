//! What this crate tells people beside the faults, in both languages.

use std::fmt::Display;

model::texts! {
    // Signatures.
    unknown_algorithm = "thuật toán không phải của ta" | "the algorithm is not one of ours";
    not_this_keys =
        "không phải chữ ký của khoá này trên thông điệp này" | "it is not this key's over this message";
    parameter_missing(key: &str) = "thiếu tham số {key}" | "the parameter {key} is missing";
    tag_not_ours = "nhãn tag không phải của ta" | "the tag is not ours";
    created_missing = "thiếu tham số created" | "the parameter created is missing";
    field_too_long(name: &str, limit: usize) =
        "{name} dài quá {limit} byte" | "{name} is longer than {limit} bytes";
    header_twice(name: &str) =
        "tiêu đề {name} đứng nhiều hơn một lần" | "the header {name} stands more than once";
    not_rebuildable = "chữ ký bao thành phần không dựng lại được" | "it covers something that cannot be rebuilt";
    not_covered(component: impl Display) = "chữ ký không bao {component}" | "it does not cover {component}";
    covered_twice = "chữ ký bao một thành phần hai lần" | "it covers something twice";
    not_in_message(identifier: impl Display) =
        "thông điệp không có {identifier}" | "{identifier} is not in the message";
    base_too_long = "phần được ký quá dài" | "what it covers is too long";
    signature_input_empty = "Signature-Input để trống" | "Signature-Input is empty";
    field_unreadable(error: impl Display) =
        "không đọc được trường chữ ký: {error}" | "the field cannot be read: {error}";
    parameters_unreadable_as(error: impl Display) =
        "không đọc được tham số: {error}" | "the parameters cannot be read: {error}";
    parameters_unreadable = "không đọc được tham số" | "the parameters cannot be read";

    // Certificates, keys and secrets of an HSM.
    certificate_unreadable = "không đọc được chứng thư" | "the certificate cannot be read";
    not_valid_before(from: impl Display) = "chưa có giá trị trước {from}" | "it is not valid before {from}";
    expired_at(to: impl Display) = "hết hạn lúc {to}" | "it expired at {to}";
    no_authority(why: &str) =
        "không cơ quan cấp nào trong danh bạ bảo đảm cho nó: {why}"
        | "no authority in the directory vouches for it: {why}";
    not_ed25519 = "khoá trong đó không phải Ed25519" | "its key is not an Ed25519 key";
    key_file(path: &str, why: impl Display) =
        "không dùng được tệp khoá {path}: {why}" | "the key file {path} cannot be used: {why}";
    not_a_key(path: &str) =
        "{path} không có khoá riêng dùng được" | "{path} holds no usable private key";
    key_mismatch(path: &str) =
        "chứng thư ở {path} không phải của khoá đi cùng" | "the certificate in {path} is not that of its key";
    no_token(label: &str) = "HSM không có token {label}" | "the HSM has no token {label}";
    no_object(label: &str) = "token không có đối tượng {label}" | "the token has no object {label}";
    not_utf8_text =
        "đối tượng không phải văn bản UTF-8" | "the object does not hold UTF-8 text";

    no_root = "đường Merkle không dẫn tới gốc nào" | "its path leads to no root";

    // Signing in by a provider.
    issuer_form(at: &str) = "{at}.issuer có dạng https://…" | "{at}.issuer is https://…";
    client_id_missing(at: &str) = "thiếu {at}.client_id" | "{at}.client_id is missing";
    levels_form(at: &str) =
        "{at}.levels: mỗi từ của acr ứng với một mức từ 1 đến 4" | "{at}.levels: each word of acr has a level from 1 to 4";
    no_certificate_in_file = "tệp không có chứng thư nào" | "it holds no certificate";
    sign_in_too_long = "đi quá lâu" | "it took too long";
    state_differs = "state không khớp" | "the state does not match";
    issuer_differs = "iss là của nơi khác" | "iss is another's";
    provider_answered(error: impl Display) =
        "nhà cung cấp trả lời {error}" | "the provider answered {error}";
    code_missing = "thiếu code" | "the code is missing";
    code_not_accepted = "nhà cung cấp không nhận code" | "the provider does not accept the code";
    nonce_differs = "nonce không khớp" | "the nonce does not match";
    token_for_another = "mã cấp cho nơi khác" | "the token is for another party";
    token_not_valid = "mã định danh không hợp lệ" | "the ID token is not valid";
    algorithm_not_accepted = "thuật toán ký không được nhận" | "its algorithm is not accepted";
    key_not_there = "không có khoá đã ký" | "the key that signed it is not there";
}
