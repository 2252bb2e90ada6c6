//! Reasons that the program itself writes into the trail, as people are told them. The trail keeps what was written: a link of its chain.

use model::words::Words;

use crate::texts;

/// What was written by the program and not by somebody who gave a reason; none: somebody did.
#[must_use]
pub fn told(why: &str) -> Option<Words> {
    let fixed =
        |words: Words| (why == words.both() || why == words.vi() || why == words.en()).then_some(words);
    let known = match why {
        "token" => texts::reason_token(),
        "session" => texts::reason_session(),
        "invitation" => texts::reason_invitation(),
        "sign-in" => texts::reason_sign_in(),
        "password" => texts::reason_password(),
        "the session moved to another program" => texts::reason_session_moved(),
        "hub init" => texts::reason_hub_init(),
        "joined with its invitation" => texts::reason_joined(),
        "renewed its keys by itself" => texts::reason_renewed(),
        _ => {
            let days =
                |text: &str| text.split(|c: char| !c.is_ascii_digit()).find_map(|part| part.parse().ok());
            return fixed(texts::brief_weekly())
                .or_else(|| fixed(texts::notice_way_changed()))
                .or_else(|| fixed(texts::papers_kept_no_longer()))
                .or_else(|| fixed(texts::paper_read()))
                .or_else(|| fixed(texts::not_used_for(days(why)?)))
                .or_else(|| {
                    let id = why.strip_prefix("Request ").filter(|id| !id.contains(' '))?;
                    Some(texts::reason_request(id))
                });
        }
    };
    Some(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_writes_is_told_in_one_language_and_what_people_write_is_left_alone() {
        for (why, vi) in [
            ("token", "bằng mã truy cập"),
            ("joined with its invitation", "gia nhập bằng thư mời"),
            ("Request YC-2026-000001", "xử lý đề nghị YC-2026-000001"),
            (texts::not_used_for(90).both().as_str(), texts::not_used_for(90).vi()),
            (texts::notice_way_changed().both().as_str(), texts::notice_way_changed().vi()),
        ] {
            assert_eq!(told(why).unwrap().vi(), vi, "{why}");
        }
        for why in ["token cũ", "bảo trì | nâng cấp", "Request the data", "không dùng 90 ngày"] {
            assert!(told(why).is_none(), "{why}");
        }
    }
}
