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

    no_root = "đường Merkle không dẫn tới gốc nào" | "its path leads to no root";
}
