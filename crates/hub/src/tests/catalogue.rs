//! The catalogue for others, and the list of open data.

use jiff::civil::date;
use oxrdf::{NamedOrBlankNode, Term};
use oxttl::TurtleParser;
use serde_json::{Value, json};

use super::world::documents;
use super::{apply, contracts::contract};
use crate::catalogue::dcat::graph;
use crate::catalogue::open;
use crate::hub::open_store;
use crate::kinds::Document;

fn with_open_data(sets: &Value) -> Document {
    let database = documents().into_iter().find(|document| document.subject().0 == "Database").unwrap();
    let mut database = serde_json::to_value(database).unwrap();
    database["open_data"] = sets.clone();
    serde_json::from_value(database).unwrap()
}

fn set(code: &str, service: &str) -> Value {
    json!({ "code": code, "name": { "vi": "Tên gọi", "en": "Names" }, "service": service, "update": "monthly" })
}

/// Runs a script of `docs/verify/` on files. `cargo xtask test` names a Python that has what it needs.
fn check(files: &[&std::path::Path]) -> (bool, String) {
    #[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
    let python = std::env::var("LIENTHONG_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let output =
        std::process::Command::new(python).arg("../../docs/verify/catalogue.py").args(files).output();
    let output = output.expect("Python is there: run `cargo xtask test`");
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!told.contains("ModuleNotFoundError"), "run `cargo xtask test`, which installs it: {told}");
    (output.status.success(), told)
}

#[tokio::test]
async fn the_published_shapes_find_nothing_in_the_catalogue() {
    let folder = tempfile::tempdir().unwrap();
    let db = open_store(&format!("sqlite:{}", folder.path().join("hub.db").display())).await.unwrap();
    apply(&db, &whole()).await.unwrap();
    let graph =
        graph(&mut db.read().await.unwrap(), "https://hub.example/", date(2026, 11, 25)).await.unwrap();
    let (turtle, json) = (folder.path().join("catalogue.ttl"), folder.path().join("catalogue.jsonld"));
    let text = String::from_utf8(graph.turtle().unwrap()).unwrap();
    std::fs::write(&turtle, &text).unwrap();
    std::fs::write(&json, graph.json_ld().to_string()).unwrap();
    let (passes, told) = check(&[&turtle, &json]);
    assert!(passes, "{told}");
    // The check can fail.
    std::fs::write(&turtle, text.replace("dct:publisher", "dct:creator")).unwrap();
    assert!(!check(&[&turtle]).0);
}

/// Another hand, in another language, over what is exported: whole, and with things left out by dice.
#[tokio::test]
async fn the_points_of_the_catalogue_are_those_that_others_compute() {
    let folder = tempfile::tempdir().unwrap();
    let db = open_store(&format!("sqlite:{}", folder.path().join("hub.db").display())).await.unwrap();
    apply(&db, &whole()).await.unwrap();
    let graph =
        graph(&mut db.read().await.unwrap(), "https://hub.example/", date(2026, 11, 25)).await.unwrap();
    const LEFT_OUT: [&str; 12] = [
        "keyword",
        "theme",
        "spatial",
        "temporal",
        "format",
        "mediaType",
        "license",
        "accessRights",
        "contactPoint",
        "publisher",
        "issued",
        "title",
    ];
    let mut files = Vec::new();
    let mut ours = Vec::new();
    // xorshift64: which triple is left out.
    let mut dice: u64 = 0x9e37_79b9_7f4a_7c15;
    for nth in 0..10_u64 {
        let altered = graph.without(|subject, predicate| {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            let is_thing =
                ["/database/", "/open/", "/distribution"].iter().any(|part| subject.contains(part));
            let word = predicate.rsplit(['#', '/']).next().unwrap();
            nth > 0 && is_thing && LEFT_OUT.contains(&word) && dice % 10 < nth
        });
        let file = folder.path().join(format!("{nth}.ttl"));
        std::fs::write(&file, altered.turtle().unwrap()).unwrap();
        files.push(file);
        ours.push(crate::catalogue::mqa::quality(&altered));
    }
    #[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
    let python = std::env::var("LIENTHONG_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let output =
        std::process::Command::new(python).arg("../../docs/verify/mqa.py").args(&files).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let told: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told.len(), ours.len());
    for (nth, (told, ours)) in told.iter().zip(&ours).enumerate() {
        for indicator in ours.indicators.iter().filter(|indicator| indicator.measured) {
            let theirs = &told["indicators"][indicator.indicator];
            assert_eq!(theirs, &json!(indicator.points), "{nth}: {}", indicator.indicator);
        }
        assert_eq!(told["points"], ours.points, "{nth}");
        assert_eq!(ours.indicators.iter().map(|indicator| indicator.most).sum::<u32>(), 405);
    }
    // Whole it is as good as it can be without addresses to download from, sizes, rights and European licences.
    assert_eq!((ours[0].points, ours[0].band, ours[0].not_measured), (28_500, "good", 8_000));
    assert!(ours[9].points < ours[0].points);
}

/// The contract of the small registry in a later version, where names are of a class.
fn names_are(version: &str, class: &'static str) -> Document {
    contract(version, move |odcs| odcs["schema"][0]["properties"][1]["classification"] = json!(class))
}

pub(super) async fn only_what_is_public_is_open_data(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &documents()).await.unwrap();
    let open = async || open::list(&mut db.read().await.unwrap()).await.unwrap();
    let one = with_open_data(&json!([set("ten", "VN/GOV/G01/dan-cu/nguoi")]));
    let refused = async |sets: Value| apply(&db, &[with_open_data(&sets)]).await.unwrap_err().en();
    assert!(refused(json!([set("ten", "VN/GOV/G01/dan-cu/nguoi")])).await.contains("classification: public"));
    apply(&db, &[names_are("1.1.0", "public")]).await.unwrap();
    assert!(
        refused(json!([set("ten", "VN/GOV/G01/mot-cua/khac")])).await.contains("VN/GOV/G01/mot-cua/khac")
    );
    assert!(
        refused(json!([set("ten", "VN/GOV/G01/dan-cu/nguoi"), set("ten", "VN/GOV/G01/dan-cu/nguoi")]))
            .await
            .contains("stands twice")
    );
    apply(&db, &[one]).await.unwrap();
    let listed = open().await;
    assert_eq!(
        (listed[0].fields.as_slice(), listed[0].contract.as_str()),
        (&["ho_ten".to_owned()][..], "dan-cu.nguoi@1.1.0")
    );
    // What is no longer public leaves the list by itself.
    apply(&db, &[names_are("1.2.0", "personal")]).await.unwrap();
    assert_eq!(open().await, []);
}

/// The small registry with open data, a candidate and a database that nobody has registered.
pub(super) fn whole() -> Vec<Document> {
    let mut all = documents();
    all.extend([
        names_are("1.1.0", "public"),
        with_open_data(&json!([set("ten", "VN/GOV/G01/dan-cu/nguoi")])),
    ]);
    all.retain(|document| {
        document.subject().0 != "Database" || document.members().unwrap().get("open_data").is_some()
    });
    let more = json!([
        { "kind": "Database", "id": "VNDB-999", "name": { "vi": "Dự kiến", "en": "Candidate" }, "scale": "sectoral", "standing": "candidate" },
        { "kind": "Database", "id": "VNDB-998", "name": { "vi": "Chưa đăng ký", "en": "Sourced" }, "scale": "sectoral", "standing": "sourced" },
    ]);
    all.extend(serde_json::from_value::<Vec<_>>(more).unwrap());
    all
}

pub(super) async fn the_catalogue_is_a_graph_without_candidates(url: &str) {
    let db = open_store(url).await.unwrap();
    apply(&db, &whole()).await.unwrap();
    let graph =
        graph(&mut db.read().await.unwrap(), "https://hub.example/", date(2026, 11, 25)).await.unwrap();
    let turtle = graph.turtle().unwrap();
    let mut of_class = std::collections::BTreeMap::<String, Vec<String>>::new();
    for triple in TurtleParser::new().for_slice(&turtle) {
        let triple = triple.unwrap();
        let NamedOrBlankNode::NamedNode(subject) = triple.subject else { panic!("a blank node") };
        if let (true, Term::NamedNode(class)) = (triple.predicate.as_str().ends_with("#type"), &triple.object)
        {
            let class = class.as_str().rsplit(['#', '/']).next().unwrap().to_owned();
            of_class.entry(class).or_default().push(subject.as_str().replace("https://hub.example/id/", ""));
        }
    }
    assert_eq!(of_class["Dataset"], ["database/VNDB-013", "database/VNDB-998", "open/VNDB-013%2Ften"]);
    assert_eq!(
        (of_class["DataService"].len(), of_class["CatalogRecord"].len(), of_class["Catalog"].len()),
        (1, 4, 1)
    );
    assert!(!String::from_utf8(turtle).unwrap().contains("VNDB-999"));
    assert!(graph.json_ld()["@graph"].as_array().unwrap().len() > 40);
}
