//! The page of those who lead: each figure is what the page has that it leads to, also agency by agency; and briefs as they were made.

use jiff::ToSpan as _;
use model::time::day_in_viet_nam;
use serde_json::{Value, json};

use super::World;

/// Two ministries, a province, and databases of theirs that are late, declared or nobody's.
async fn country(world: &World) {
    let today = day_in_viet_nam(hub::clock::now());
    let name = |text: &str| json!({ "vi": text, "en": format!("{text} (en)") });
    let agency = |id: &str, vi: &str, bloc: &str| json!({ "kind": "Agency", "id": id, "name": name(vi), "bloc": bloc });
    let database = |id: &str, owner: Option<&str>, days: i64| {
        let mut document = json!({ "kind": "Database", "id": id, "name": name("Đất đai <b>"), "scale": "national", "standing": "sourced",
            "deadline": today + days.days(), "listed": [{ "list": "nq-71-2025", "act": "Nghị quyết 71/NQ-CP", "evidence": "implied" }] });
        if let Some(owner) = owner {
            document["owner"] = json!(owner);
        }
        document
    };
    let mut declared = database("VNDB-904", Some("VN/GOV/G10"), 40);
    let more = json!({ "standing": "registered", "legal_basis": "x", "scope": "x", "class": "core", "retention": "permanent",
        "security_level": 4, "personal_data": "basic",
        "declared": { "stage": "in_shared_use", "since": "2024-01-01", "evidence": "x" } });
    for (member, value) in more.as_object().unwrap() {
        declared[member.as_str()] = value.clone();
    }
    let documents = json!([
        agency("VN/GOV/G01", "Bộ Công an", "government"),
        agency("VN/GOV/G10", "Bộ Nông nghiệp và Môi trường", "government"),
        agency("VN/LOC/H05", "Bắc Ninh", "local"),
        database("VNDB-901", Some("VN/GOV/G01"), -12),
        database("VNDB-902", Some("VN/LOC/H05"), -3),
        database("VNDB-903", None, -1),
        declared,
    ]);
    world.apply(&documents).await;
}

/// Figures with the pages that they lead to.
fn leading(view: &Value) -> Vec<(String, usize)> {
    let cells =
        view["agencies"].as_array().unwrap().iter().flat_map(|group| group["cells"].as_array().unwrap());
    let all = view["figures"].as_object().unwrap().values().chain(cells);
    let one = |figure: &Value| {
        let count = figure["count"].as_u64().unwrap();
        (figure["at"].as_str().unwrap().to_owned(), usize::try_from(count).unwrap())
    };
    all.map(one).collect()
}

/// With `LIENTHONG_PAPER=FOLDER` the pages stay there, to be looked at.
#[tokio::test]
async fn each_figure_of_those_who_lead_is_what_the_page_has_that_it_leads_to() {
    let world = World::new().await;
    country(&world).await;
    let made = world.done(world.ask("POST", "/api/v1/briefs", &json!({ "reason": "thử" }))).await;
    let (view, ..) = world.page("/lanh-dao").await;
    let figures = leading(&view);
    for (at, count) in &figures {
        let (list, ..) = world.page(at).await;
        assert_eq!(list["items"].as_array().unwrap().len(), *count, "{at}");
    }
    for at in
        ["/co-so-du-lieu?late=true", "/co-so-du-lieu?late=true&under=none", "/co-so-du-lieu?unused=true"]
    {
        assert!(figures.iter().any(|(known, count)| known == at && *count > 0), "{at}: {figures:?}");
    }
    let brief = format!("/bao-cao/{}", made["id"].as_str().unwrap());
    for path in ["/lanh-dao", "/bao-cao", brief.as_str()] {
        for lang in ["vi", "en"] {
            let html = world.html(&format!("{path}?lang={lang}")).await;
            assert!(!html.contains('⟦') && !html.contains("<b>"), "{path}: {html}");
            keep(path, lang, &html);
        }
    }
    let html = world.html("/lanh-dao").await.replace("&#x2f;", "/");
    for said in ["Bộ Công an", "Bắc Ninh", "VNDB-901", "href=\"/nghia-vu?late=true\"", "format=pdf"] {
        assert!(html.contains(said), "{said}: {html}");
    }
}

#[expect(clippy::disallowed_methods, reason = "for whoever looks at the pages, not a setting")]
fn keep(path: &str, lang: &str, html: &str) {
    if let Ok(folder) = std::env::var("LIENTHONG_PAPER") {
        std::fs::write(format!("{folder}/page{}-{lang}.html", path.replace('/', "-")), html).unwrap();
    }
}
