//! Pages of assessments, over a hub that has assessed: what was observed never stands without what it covers, in both languages.

use serde_json::{Value, json};

use super::World;

#[tokio::test]
async fn pages_of_assessments_tell_the_triple_together_in_both_languages() {
    let world = World::new().await;
    // Before anything was assessed there is a page that says so.
    let empty = world.html("/tuan-thu?lang=vi").await;
    assert!(empty.contains("Chưa có kỳ nào được đánh giá") && !empty.contains('⟦'), "{empty}");
    world.apply(&super::database(1, 1)).await;
    world.confirm(&[("VNDB-1".to_owned(), Vec::new())]).await;
    let officer = world.member("lan-g01", Some("VN/GOV/G01"), "data_officer").await;
    for (what, said) in [("claims", json!({ "value": "95.5 %" })), ("disputes", json!({}))] {
        if what == "disputes" {
            world.done(world.ask("POST", "/api/v1/assessments/run", &json!({ "reason": "thử" }))).await;
        }
        let mut body = json!({ "family": "lienthong-30", "criterion": "can-cu-phap-ly", "agency": "VN/GOV/G01", "reason": "thử" });
        body.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
        let mut request = world.ask("POST", &format!("/api/v1/assessments/{what}"), &body);
        request.headers_mut().insert("authorization", officer.parse().unwrap());
        world.done(request).await;
    }
    for (address, vi, en) in [
        ("/tuan-thu", "Tự báo cáo so với ghi nhận", "Claimed minus observed"),
        ("/tuan-thu/VN%2FGOV%2FG01", "trên độ phủ", "covering"),
        ("/tuan-thu/VN%2FGOV%2FG01/can-cu-phap-ly", "95,5%", "95.5 %"),
        ("/tuan-thu/bo-quy-tac", "trên 405 điểm", "of 405 points"),
        ("/tuan-thu/bo-quy-tac/lienthong-30%401", "nền tảng không thấy được", "the platform cannot see it"),
    ] {
        for (language, said) in [("vi", vi), ("en", en)] {
            let page = world.html(&format!("{address}?lang={language}")).await;
            assert!(page.contains(said), "{address} {language} does not say {said}: {page}");
            assert!(!page.contains('⟦') && !page.contains("undefined"), "{address} {language}: {page}");
        }
        let twin: Value = serde_json::from_str(&world.text(&format!("{address}?format=json")).await).unwrap();
        assert!(twin.is_object(), "{address}");
    }
    let csv = world.text("/tuan-thu?format=csv").await;
    assert!(csv.contains("VN/GOV/G01"), "{csv}");
}
