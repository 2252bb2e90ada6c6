//! Pages of reuse, before anybody has told anything: for an officer of the hub, and for one of another agency, in both languages.

use serde_json::{Value, json};

use super::{World, database};

const PAGES: [&str; 8] = [
    "/dung-lai",
    "/dung-lai/danh-sach?level=province",
    "/dung-lai/danh-sach?level=office&sort=-cases",
    "/dung-lai/danh-sach?level=procedure",
    "/dung-lai/danh-sach?level=reason",
    "/dung-lai/giay-to?verdict=not_published",
    "/dung-lai/co-quan/VN%2FGOV%2FG01",
    "/dung-lai/thu-tuc/9.000001",
];

#[tokio::test]
async fn pages_of_reuse_say_that_nothing_is_measured_and_nothing_that_has_no_words() {
    let world = World::new().await;
    world.apply(&database(1, 2)).await;
    let pack: Value =
        serde_saphyr::from_str(include_str!("../../../../data/packs/tai-su-dung.yaml")).unwrap();
    let name = json!({ "vi": "Thủ tục thử", "en": "Test procedure" });
    let procedure = json!({ "kind": "Procedure", "id": "9.000001@1", "name": name, "owner": "VN/GOV/G01", "levels": ["commune"],
        "purpose": "thu-tuc-1", "bases": ["nd-70"], "roles": [{ "id": "nguoi", "name": name }], "assurance": 2,
        "inputs": [{ "fact": "nguoi.dia_chi", "name": name, "kind": "text" }], "source": "thử",
        "requirements": [{ "id": "giay", "name": name, "role": "nguoi", "otherwise": "paper",
            "paper": { "code": "giay-1", "name": { "vi": "Giấy thử", "en": "Test paper" } }, "alternatives": [] }],
        "form": [{ "fact": "nguoi.dia_chi", "name": name, "kind": "text" }] });
    let purpose = json!({ "kind": "Purpose", "code": "thu-tuc-1", "name": name });
    world.apply(&json!([pack, purpose, procedure])).await;
    let other =
        World { token: world.member("xem", Some("VN/GOV/G15"), "data_officer").await, ..world.shared() };
    for path in PAGES {
        for (who, world) in [("hub", &world), ("other", &other)] {
            for lang in ["vi", "en"] {
                let address = format!("{path}{}lang={lang}", if path.contains('?') { "&" } else { "?" });
                let page = world.html(&address).await;
                assert!(!page.contains('⟦'), "{who} {address}: something has no words");
                let said = [
                    "chưa đo",
                    "not measured",
                    "Chưa có số liệu",
                    "No figures yet",
                    "no data published",
                    "chưa công bố",
                    "Không có số liệu",
                    "There are no figures",
                ];
                assert!(said.iter().any(|said| page.contains(said)), "{who} {address}: {page}");
            }
        }
    }
    let csv = world.text("/dung-lai/giay-to?format=csv").await;
    assert!(csv.contains("Giấy thử") && csv.contains("not_published"), "{csv}");
    let csv = world.text("/dung-lai/danh-sach?level=procedure&format=csv").await;
    assert_eq!(csv.lines().count(), 2, "{csv}");
    // What is within another agency is not there to be seen.
    assert!(other.html("/dung-lai/co-quan/VN%2FGOV%2FG01").await.contains("chỉ dành cho cơ quan ấy"));
}
