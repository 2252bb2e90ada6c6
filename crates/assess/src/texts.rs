//! What this crate tells people, in both languages.

use std::fmt::Display;

model::texts! {
    pack_too_large(bytes: usize) = "Bộ quy tắc dài quá {bytes} byte" | "A pack has at most {bytes} bytes";
    pack_unread(why: &str) = "Không đọc được bộ quy tắc: {why}" | "The pack cannot be read: {why}";
    pack_kind = "Tệp này không phải bộ quy tắc đánh giá (kind = \"AssessPack\")" | "This is no pack of assessments (kind = \"AssessPack\")";
    pack_id = "Mã bộ quy tắc gồm tên và số phiên bản, ví dụ lienthong-30@1" | "The id of a pack is its name and its version, for instance lienthong-30@1";
    pack_ends = "Bộ quy tắc phải hết hiệu lực sau ngày bắt đầu" | "A pack ends behind the day on which it begins";
    pack_begins = "Bộ quy tắc phải có hiệu lực từ ngày đầu của một kỳ" | "A pack begins with the first day of a period";
    pack_factors = "Hệ số của các lớp minh chứng từ 1 đến 100 và không tăng từ E1 đến E4" | "Factors of classes are from 1 to 100 and do not rise from E1 to E4";
    pack_levels = "Các mức đi từ 2 đến 5, mỗi mức không đòi ít hơn mức trước" | "Levels go from 2 to 5, and none asks for less than the one before";
    pack_empty = "Bộ quy tắc phải có từ 1 đến 500 tiêu chí" | "A pack has from 1 to 500 criteria";
    criterion_twice(id: &str) = "Tiêu chí {id} có hai lần" | "The criterion {id} is there twice";
    criterion_id(id: &str) = "Mã tiêu chí {id} chỉ gồm chữ thường, chữ số và dấu gạch nối" | "The id of criterion {id} has small letters, digits and hyphens only";
    criterion_measure(id: &str, measure: &str) =
        "Tiêu chí {id} dùng phép đo {measure} không có trong danh sách" | "The criterion {id} asks for the measure {measure}, which is not in the list";
    criterion_unit(id: &str, asked: impl Display, measure: &str) =
        "Tiêu chí {id}: {asked} không cùng đơn vị với phép đo {measure}" | "The criterion {id}: {asked} is not in the unit of the measure {measure}";
    criterion_bound(id: &str) =
        "Tiêu chí {id} phải có đúng một ngưỡng: tối thiểu hoặc tối đa" | "The criterion {id} has one bound: a least or a most";
    criterion_zero(id: &str) =
        "Tiêu chí {id}: điểm 0 phải nằm bên không đạt của ngưỡng" | "The criterion {id}: zero lies on the failing side of its bound";
    criterion_weight(id: &str) = "Tiêu chí {id}: trọng số từ 1 đến 1000" | "The criterion {id}: weights are from 1 to 1000";
    criterion_gate(id: &str) = "Tiêu chí {id}: điều kiện của mức 2 đến 5" | "The criterion {id}: a gate of level 2 to 5";
    criterion_grace(id: &str) =
        "Tiêu chí {id}: phép đo mà nền tảng không thấy được thì không có ngày chuyển thành không đạt"
        | "The criterion {id}: what the platform cannot see never turns into a failure";
    criterion_text(id: &str) = "Tiêu chí {id} thiếu tên hoặc căn cứ" | "The criterion {id} lacks a name or a citation";
    bundle_too_large(bytes: usize) = "Gói kiểm chứng dài quá {bytes} byte" | "A bundle has at most {bytes} bytes";
    bundle_unread(why: &str) = "Không đọc được gói kiểm chứng: {why}" | "The bundle cannot be read: {why}";
    bundle_form(form: &str) = "Gói kiểm chứng phải theo mẫu {form}" | "A bundle has the form {form}";
}
