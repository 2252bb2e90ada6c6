//! What a node with cases tells people beside the faults, in both languages.

use std::fmt::Display;

use model::words::Words;

model::texts! {
    // What somebody may not do.
    may_work = "mở hoặc sửa hồ sơ" | "open or change cases";
    may_look = "xem hồ sơ của cơ quan" | "look at the office's cases";
    may_ask_paper = "yêu cầu giấy tờ" | "ask for papers";
    may_settle = "xác nhận kết quả của việc đã gửi" | "say what became of what was sent";
    may_decide = "quyết định hồ sơ" | "decide a case";
    may_decide_paper = "xác nhận giấy tờ" | "say what a paper proves";
    may_decide_value = "quyết định giá trị nào được dùng" | "decide which value counts";
    may_revoke = "thu hồi kết quả" | "revoke results";
    may_see_log = "xem nhật ký của hồ sơ" | "see the case's log";
    may_open_here = "mở hồ sơ tại nút này" | "open cases at this node";
    keys_of_others =
        "khóa và hồ sơ không thuộc cùng một kho; kiểm tra lại đường dẫn store và keys" | "the keys are not those of these cases; check the paths of store and keys";
    may_act_unsaid = "nêu số của người khác mà không nói làm thay theo quyền nào" | "name another person's number without saying by what right you act";
    may_act_so = "làm thay theo cách này trong thủ tục này" | "act for another in this way in this procedure";

    // Where a case is.
    nothing_to_preview = "không có gì để xem trước" | "there is nothing to preview";
    not_found_item(item: impl Display) = "mục {item} không có dữ liệu để chọn, hoặc được chọn cả hai" | "{item} has nothing to accept or decline, or is named for both";
    no_form_yet = "chưa đến bước kiểm tra biểu mẫu" | "the form is not there yet";
    no_line(fact: impl Display) = "biểu mẫu không có dòng {fact}" | "the form has no line {fact}";
    no_correction(fact: impl Display) = "dòng {fact} chưa có đính chính" | "the line {fact} has no correction";
    no_item(item: impl Display) = "không có mục {item}" | "there is no item {item}";
    no_paper(item: impl Display) = "mục {item} chưa có giấy tờ nào được nộp" | "no paper was handed in for {item}";
    no_question(ask: impl Display) = "không có câu hỏi {ask} đang chờ" | "no question {ask} is waiting";
    no_papers_now = "bước này không nhận giấy tờ" | "no papers are taken at this step";
    submitted_already = "hồ sơ đã nộp hoặc đã kết thúc" | "the case was submitted or has ended";
    sent_already = "một việc đã được gửi đến cơ quan tiếp nhận, nên phần này giữ nguyên" | "a holder has a part of it already, so this stays as it is";
    number_stays = "số định danh trong hồ sơ giữ nguyên; nếu sai, mở hồ sơ khác" | "the number in a case stays; if it is wrong, open another case";
    corrected_meanwhile = "đính chính đã được thay bằng giá trị khác" | "the correction has become another meanwhile";
    withheld = "dữ liệu về người khác chỉ cán bộ xem được" | "what was found about another person is for officers only";
    too_many_open(most: i64) = "bạn đã có {most} hồ sơ chưa xong; hoàn tất hoặc rút bớt trước" | "you have {most} open cases; finish or withdraw some first";
    too_many_today(most: i64) = "bạn đã mở {most} hồ sơ hôm nay; mở tiếp vào ngày mai" | "you have opened {most} cases today; go on tomorrow";
    fits_unseen = "Có bản ghi khớp. Nội dung là về người khác nên chỉ cán bộ xem được." | "A record fits. It is about another person, so only officers see what it says.";
    not_submitted = "hồ sơ chưa nộp, hoặc đã được quyết định khác" | "the case is not submitted, or was decided otherwise";
    not_ready = "hồ sơ chưa nộp được" | "the case cannot be submitted yet";
    nobody_to_ask = "không có việc nào chưa rõ kết quả mà cơ quan tiếp nhận cho hỏi lại; liên hệ trực tiếp với cơ quan đó" | "there is nothing unknown that its holder can be asked about; contact the holder";
    not_unknown(deed: impl Display) = "việc {deed} không ở trạng thái chưa rõ kết quả" | "the outcome of {deed} is not unknown";

    // What is in the way of submission.
    being_asked = "đang hỏi các cơ sở dữ liệu" | "databases are being asked";
    to_be_previewed(item: &Words) = "chọn dùng hay không dùng dữ liệu của mục: {item}" | "accept or decline what was found for: {item}";
    paper_needed(item: &Words) = "giấy tờ cho mục: {item}" | "a paper for: {item}";
    step_up(item: &Words) = "xác thực ở mức cao hơn cho mục: {item}" | "a higher level of sign-in for: {item}";
    line_empty(line: &Words) = "dòng còn trống: {line}" | "the line that is empty: {line}";
    correction_undecided(line: &Words) = "cơ quan quyết định giá trị nào được dùng: {line}" | "the office's word on which value counts: {line}";
    not_represented = "giấy tờ chứng minh quyền làm thay" | "proof that you may act for the other person";

    // Values that cannot be read.
    is_empty = "chưa có giá trị" | "it is empty";
    too_long(most: usize) = "dài quá {most} ký tự" | "it is longer than {most} characters";
    hidden_characters = "có ký tự ẩn hoặc ký tự điều khiển" | "it holds hidden or control characters";
    no_day = "phải là một ngày, viết như 2026-11-30" | "it must be a day, such as 2026-11-30";
    no_number = "phải là số nguyên" | "it must be a whole number";
    no_person_id = "phải là số định danh 12 chữ số" | "it must be an id number of 12 digits";
    yes_or_no = "phải là true hoặc false" | "it must be true or false";
    not_a_choice = "không có trong danh sách" | "it is not in the list";
    no_input = "thủ tục không hỏi điều này" | "the procedure does not ask for this";
    no_dossier = "số hồ sơ chỉ gồm ký tự ASCII nhìn thấy được, không có khoảng trắng, và không chứa số định danh" | "a dossier's number is visible ASCII without spaces, and holds no person's number";
    no_reason_of_pack = "không có lý do này trong gói tái sử dụng" | "the reuse pack has no such reason";
    bad_key(most: usize) = "phải có từ 1 đến {most} ký tự ASCII nhìn thấy được" | "it must be 1 to {most} visible ASCII characters";

    // Results.
    no_kind_of_result = "loại kết quả gồm chữ thường không dấu, chữ số và dấu gạch nối" | "the kind of a result is small letters, digits and hyphens";
    too_many_fields(most: usize) = "kết quả có quá {most} trường, hoặc tên trường quá dài" | "a result has over {most} fields, or the name of one is too long";
    no_result(code: &str) = "cơ quan này không giữ kết quả {code}" | "this office keeps no result {code}";
    no_result_there(code: &str) = "cơ quan cấp không có kết quả {code} của người trong mục này" | "the office that is named has no result {code} of whom this item is about";
    result_not_signed = "câu trả lời không có chữ ký của cơ quan cấp, hoặc là kết quả khác" | "what came is not signed by the office that keeps it, or is another result";
    result_revoked = "kết quả này đã bị thu hồi" | "this result was revoked";
    result_over = "kết quả này đã hết hạn, hoặc quá cũ cho mục này" | "this result holds no longer, or is too old for this item";
    result_of_another = "kết quả này không phải của người trong mục này" | "this result is not of whom this item is about";
    result_lacks = "kết quả này không có đủ, hoặc khác với điều mục này cần" | "this result lacks what this item asks for, or says otherwise";
    another_kind(kind: &str) = "mục này không cần loại kết quả {kind}" | "this item does not ask for a result of the kind {kind}";
    not_missing(item: impl Display) = "mục {item} đã có câu trả lời hoặc giấy tờ" | "{item} has its answer or its paper";

    // Papers.
    no_form_of_paper = "không phải PDF, PNG hoặc JPEG" | "it is no PDF, PNG or JPEG";
    too_many_papers(most: u32) = "hồ sơ đã có {most} giấy tờ" | "the case has {most} papers already";

    // Deeds.
    refused(status: &u16) = "Bên tiếp nhận từ chối (mã {status})." | "The holder refused it (status {status}).";
    refused_by_node(code: &str) = "Nút của bên tiếp nhận từ chối ({code}); chưa có gì được thực hiện." | "The holder's node refused it ({code}); nothing was carried out.";

    // What a person said first.
    said_at_first = "Đã khai khi mở hồ sơ." | "Said when the case was opened.";

    // Persons.
    provider_unknown = "không có nhà cung cấp danh tính này ở đây" | "there is no such identity provider here";
    other_provider = "trở về từ nhà cung cấp danh tính khác" | "it came back from another identity provider";
    nothing_brought = "trình duyệt không mang theo gì" | "the browser brought nothing along";
    number_not_told =
        "nhà cung cấp danh tính không cho biết số định danh 12 chữ số" | "the identity provider does not tell an id number of 12 digits";
    officer_unknown =
        "danh tính này chưa được ghi nhận là cán bộ; cần thư mời" | "this identity is not enrolled as an officer; it takes an invitation";
    officer_idle(days: i64) =
        "cán bộ không dùng quá {days} ngày (SEC-02); cần thư mời mới" | "the officer was not here for {days} days (SEC-02) and needs a new invitation";
    officer_already = "danh tính này đã thuộc một cán bộ" | "this identity is an officer's already";
    officer_form =
        "tên và đơn vị có từ 1 đến 200 ký tự, và có ít nhất một quyền" | "name and unit have 1 to 200 characters, and there is one right at least";
    invitation_unknown = "thư mời sai, đã dùng hoặc quá hạn" | "the invitation is wrong, used or too old";
    invitation_of_another = "thư mời dành cho người khác" | "the invitation is for somebody else";
}
