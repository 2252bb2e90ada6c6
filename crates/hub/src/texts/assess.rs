//! What assessments tell.

model::texts! {
    assess_pack_known =
        "phiên bản này đã công bố và không sửa được; hãy công bố phiên bản mới"
        | "this version was announced and is not changed; announce a new one";
    assess_pack_early(least: &str) =
        "phiên bản mới phải công bố trước trọn một kỳ: sớm nhất có hiệu lực từ {least}"
        | "a new version is announced a whole period ahead: it begins on {least} at the earliest";
    assess_pack_cycle =
        "độ dài kỳ đánh giá không đổi giữa các phiên bản; hãy đặt tên bộ quy tắc khác"
        | "the length of periods stays the same between versions; name another pack";
    assess_pack_order =
        "phiên bản mới phải có hiệu lực sau mọi phiên bản đã công bố"
        | "a new version begins behind all that were announced";
    assess_frozen_why = "hết kỳ đánh giá" | "the period is over";
    assess_claim_unit(bound: &str) =
        "giá trị tự báo cáo phải cùng đơn vị với ngưỡng ({bound})"
        | "what is claimed is in the unit of the bound ({bound})";
    assess_waiver_until =
        "miễn tiêu chí kết thúc từ hôm nay đến một năm sau"
        | "a waiver ends between today and a year from now";
    assess_waiver_ended = "lần miễn tiêu chí này đã hết hạn" | "this waiver has ended";
    assess_disputed =
        "tiêu chí này đang có khiếu nại chờ trả lời, hoặc cơ quan có quá nhiều khiếu nại chưa được trả lời"
        | "this criterion is being disputed, or the agency has too many disputes without an answer";
    assess_answered = "khiếu nại này đã được trả lời" | "this dispute was answered";
}
