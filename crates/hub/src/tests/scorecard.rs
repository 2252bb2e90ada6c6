//! The scorecard of an agency: it says what the lists say, on one page, in either language, whatever names stand on it.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::apply;
use super::quality::{Measuring, OTHER, another, look};
use super::usage::{confirm, world};
use super::world::World;
use crate::clock;
use crate::quality::dataset;

const CARD: &str = "/api/v1/quality/scorecards/VN%2FGOV%2FG01";
/// Names that somebody would break out of a page with, or off it.
const NAMES: [&str; 5] = [
    "Bộ Công an",
    "#set page(width: 1cm) $x^2$ [ ] \\ * _ @ <b>",
    "mộttừrấtdàikhôngcókhoảngtrắng",
    "endstream endobj BT ET ) Tj",
    "Bộ Nông nghiệp và Môi trường; điều 5, khoản 2",
];

async fn named(world: &World, name: &str) {
    let name = json!({ "vi": name, "en": name });
    let all = json!([{ "kind": "Agency", "id": "VN/GOV/G01", "name": name, "bloc": "government" }]);
    apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(all).unwrap()).await.unwrap();
}

/// The text of a paper, and on how many pages it stands.
async fn read(world: &World, language: &str) -> (String, usize) {
    let path = format!("{CARD}?format=pdf&lang={language}");
    let request = Request::get(path).header("authorization", &world.token).body(Body::empty()).unwrap();
    let (status, headers, body) = world.bytes(request).await;
    assert_eq!((status, &headers["content-type"]), (StatusCode::OK, &"application/pdf".parse().unwrap()));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("phieu.pdf");
    std::fs::write(&file, body).unwrap();
    let told =
        std::process::Command::new("pdftotext").args(["-layout"]).arg(&file).arg("-").output().unwrap();
    assert!(told.status.success());
    let text = String::from_utf8(told.stdout).unwrap();
    let pages = text.matches('\u{c}').count();
    (text, pages)
}

/// As the paper writes a score.
fn points(value: &Value, mark: &str) -> String {
    let told = format!("{:.2}", (value.as_f64().unwrap() * 100.0 + 1e-6).floor() / 100.0);
    told.replace('.', mark)
}

/// Causes name communes and systems as they are called, and by their code what nobody calls anything.
async fn causes_call_things_by_their_names(world: &World) {
    named(world, "Tên").await;
    let list = json!([{ "kind": "CodeList", "id": "don-vi-hanh-chinh", "name": { "vi": "Đơn vị", "en": "Units" }, "owner": "VN/GOV/G01",
        "source": "thử", "codes": [{ "code": "00004", "vi": "Phường Ba Đình", "parent": "01" }, { "code": "01", "vi": "Hà Nội" }] }]);
    super::apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(list).unwrap()).await.unwrap();
    let id = look(world, CARD).await["first"][0]["defect"]["id"].as_str().unwrap().to_owned();
    for (by, names, called) in [
        ("unit", &["00004", "99999"][..], "Phường Ba Đình (30); 99999 (30)"),
        ("source", &["VN/GOV/G01/dan-cu"], " (30)"),
    ] {
        let mut tx = world.hub.db.write().await.unwrap();
        let (entry,): (String,) =
            crate::store::optional!(tx, "SELECT entry FROM quality_defect WHERE id = $1" => &id)
                .unwrap()
                .unwrap();
        let mut entry: Value = serde_json::from_str(&entry).unwrap();
        let told: Vec<Value> =
            names.iter().map(|name| json!({ "name": name, "fails": 30, "rows": 60 })).collect();
        entry["cause"] = json!({ "by": by, "groups": told.len(), "told": told });
        crate::store::run!(tx, "UPDATE quality_defect SET entry = $2 WHERE id = $1" => &id, entry.to_string()).unwrap();
        tx.commit().await.unwrap();
        let (text, _) = read(world, "vi").await;
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            text.contains(called) && !text.contains("00004") && !text.contains("G01/dan-cu (30)"),
            "{called}: {text}"
        );
    }
}

#[tokio::test]
async fn a_scorecard_says_what_the_lists_say_on_one_page_whatever_names_stand_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(&format!("sqlite:{}", folder.path().join("hub.db").display())).await;
    another(&world).await;
    confirm(&world).await;
    // Before anything was measured: that, and no zero.
    for (language, said) in [("vi", "chưa đo"), ("en", "not measured")] {
        let (text, pages) = read(&world, language).await;
        assert!(
            pages == 1 && text.contains(said) && !text.contains("0,00") && !text.contains("0.00"),
            "{text}"
        );
    }
    let mut one = Measuring::begun(&world).await;
    let rules: Vec<String> = one.rules.rules.iter().map(|rule| rule.id.clone()).collect();
    let fails: Vec<(&str, u64)> =
        rules.iter().zip((30..).step_by(20)).map(|(id, of)| (id.as_str(), of)).collect();
    assert_eq!(one.run(&world, &fails).await.1["taken"], true);
    let mut other = Measuring::of(&world, OTHER).await;
    assert_eq!(other.run(&world, &[("gioi:values", 900)]).await.1["taken"], true);
    // As long as a name may be.
    let long = |name: &str| name.repeat(60).chars().take(1000).collect::<String>();
    for name in NAMES.iter().flat_map(|name| [(*name).to_owned(), long(name)]) {
        named(&world, &name).await;
        let card = look(&world, CARD).await;
        let lines = look(&world, "/api/v1/quality?level=agency").await;
        let line = lines["items"].as_array().unwrap().iter().find(|line| line["id"] == "VN/GOV/G01").unwrap();
        assert_eq!(&card["line"], line, "another agency's records are in another card");
        let defects =
            look(&world, "/api/v1/quality/defects?state=live&sort=-gain&limit=8&agency=VN%2FGOV%2FG01").await;
        let of = |list: &Value, path: &str| -> Vec<Value> {
            list.as_array().unwrap().iter().map(|one| one.pointer(path).unwrap().clone()).collect()
        };
        assert_eq!(of(&card["first"], "/defect/id"), of(&defects["items"], "/id"));
        assert!(card["first"].as_array().unwrap().len() > 2, "{card}");
        for (language, mark) in [("vi", ","), ("en", ".")] {
            let (text, pages) = read(&world, language).await;
            assert_eq!(pages, 1, "{name}: {text}");
            let criteria = line["criteria"].as_object().unwrap();
            let measured = criteria.iter().filter(|(_, score)| score["measured"] == true);
            for (criterion, score) in measured {
                let told = points(&score["value"], mark);
                assert!(text.contains(&told), "{criterion} {told}: {text}");
            }
            assert!(text.contains(&points(&line["overall"]["value"], mark)), "{text}");
            // What the hub has not seen is not measured, beside what was.
            let words = [("vi", "chưa đo"), ("en", "not measured")];
            assert!(words.iter().any(|(of, said)| *of == language && text.contains(said)), "{text}");
        }
    }
    causes_call_things_by_their_names(&world).await;
    // What was kept of a day before is what it is compared with.
    let mut tx = world.hub.db.write().await.unwrap();
    let now = clock::now();
    let country = world.hub.quality.country(&mut tx, now).await.unwrap();
    let scores = dataset::above_datasets(&country);
    let earlier = now - jiff::SignedDuration::from_hours(24 * 40);
    dataset::keep_day(&mut tx, &scores, earlier).await.unwrap();
    tx.commit().await.unwrap();
    let card = look(&world, CARD).await;
    assert_eq!(card["before"]["scores"]["overall"], card["line"]["overall"], "{card}");
    let day = model::time::day_in_viet_nam(earlier).strftime("%d/%m/%Y").to_string();
    assert!(read(&world, "vi").await.0.contains(&day));
    let (status, told) =
        world.send("GET", "/api/v1/quality/scorecards/VN%2FGOV%2FG99", Some(&world.token), Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{told}");
}
