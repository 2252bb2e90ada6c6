//! Official lists: what is loaded is shown first, keeps what was there, and is counted by what shows it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::World;

fn database(id: &str, vi: &str, standing: &str, more: &Value) -> Value {
    let mut document = json!({ "kind": "Database", "id": id, "name": { "vi": vi, "en": "x" }, "scale": "national", "standing": standing });
    for (name, value) in more.as_object().into_iter().flatten() {
        document[name.as_str()] = value.clone();
    }
    document
}

/// On the list by an older source.
fn implied() -> Value {
    json!({ "listed": [{ "list": "nq-71-2025", "act": "Nghị quyết 71/NQ-CP", "evidence": "implied" }] })
}

/// A store of an older list: named, planned, on the list by a source.
fn older() -> Vec<Value> {
    vec![
        json!({ "kind": "Agency", "id": "VN/GOV/G10", "name": { "vi": "Bộ Nông nghiệp và Môi trường", "en": "x" }, "bloc": "government" }),
        database("VNDB-001", "Cơ sở dữ liệu quốc gia về đất đai", "sourced", &json!({})),
        database("VNDB-002", "Cơ sở dữ liệu xăng dầu", "candidate", &json!({})),
        database("VNDB-003", "Cơ sở dữ liệu phát triển đô thị", "sourced", &implied()),
    ]
}

const ANNEX: &str = "number,name_vi,owner\n1,CSDL quốc gia về Đất đai,Bộ Nông nghiệp và Môi trường\n2,Cơ sở dữ liệu xăng dầu,\n3,Cơ sở dữ liệu quản lý xăng dầu quốc gia,\n";

struct Lists<'a>(&'a World);

impl Lists<'_> {
    async fn apply(&self, documents: &[Value]) -> (StatusCode, Value) {
        let body = json!({ "documents": documents, "reason": "thử" });
        self.0.send("POST", "/api/v1/apply", Some(&self.0.token), body).await
    }

    async fn load(&self, more: &str, annex: &str) -> (StatusCode, Value) {
        let path = format!("/api/v1/official-lists/nq-71-2025?reason=nap{more}");
        let headers = [("authorization", self.0.token.as_str()), ("content-type", "text/csv")];
        let (status, _, body) = self.0.exchange("POST", &path, &headers, annex.to_owned()).await;
        (status, body)
    }

    async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.0.send("GET", path, Some(&self.0.token), Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    /// Identified, by annex, by what is implied.
    async fn counted(&self) -> (u64, u64, u64) {
        let lists = self.get("/api/v1/official-lists").await;
        let list =
            lists["items"].as_array().unwrap().iter().find(|list| list["code"] == "nq-71-2025").unwrap();
        let number = |value: &Value| value.as_u64().unwrap();
        (
            number(&list["identified"]),
            number(&list["evidence"]["annex"]),
            number(&list["evidence"]["implied"]),
        )
    }

    async fn database(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/registry/databases/{id}")).await
    }

    async fn history(&self, id: &str) -> usize {
        self.get(&format!("/api/v1/registry/databases/{id}/history")).await["items"].as_array().unwrap().len()
    }
}

fn outcomes(answer: &Value) -> Vec<(String, String)> {
    let of = |effect: &Value, name: &str| effect[name].as_str().unwrap().to_owned();
    let effects = answer["effects"].as_array().unwrap().iter();
    effects.map(|effect| (of(effect, "name"), of(effect, "outcome"))).collect()
}

pub(super) async fn a_list_is_shown_before_it_is_loaded_and_history_stays(url: &str) {
    let world = World::at(Some(url)).await;
    let lists = Lists(&world);
    assert_eq!(lists.apply(&older()).await.0, StatusCode::OK);
    assert_eq!(lists.counted().await, (1, 0, 1), "a planned database is on no list");
    let (status, would) = lists.load("&dry_run=true", ANNEX).await;
    assert_eq!(status, StatusCode::OK, "{would}");
    let expected = [
        ("VNDB-001", "updated"),
        ("VNDB-002", "updated"),
        ("nq-71-2025-001", "created"),
        ("VNDB-003", "updated"),
    ];
    let expected: Vec<(String, String)> =
        expected.iter().map(|(name, outcome)| ((*name).to_owned(), (*outcome).to_owned())).collect();
    assert_eq!(outcomes(&would), expected);
    assert_eq!(
        would["effects"][3]["differences"]["listed"][1],
        Value::Null,
        "it is not in the annex: {would}"
    );
    // The file has other than so many rows, and one that is perhaps in the registry under another name, which a row names too.
    let remarks = would["remarks"].to_string();
    assert!(remarks.contains("116") && !remarks.contains("VNDB-002"), "{remarks}");
    assert_eq!((lists.counted().await, lists.history("VNDB-001").await), ((1, 0, 1), 1), "only asked");
    // What was shown is what is done, or nothing is.
    let seen = format!("&seen={}", would["difference"].as_str().unwrap());
    assert_eq!(lists.load("&seen=khac", ANNEX).await.1["title"], "LT-7113");
    assert_eq!(lists.counted().await, (1, 0, 1));
    let (status, done) = lists.load(&seen, ANNEX).await;
    assert_eq!((status, outcomes(&done)), (StatusCode::OK, expected));
    assert_eq!(lists.counted().await, (3, 3, 0));
    assert_eq!(lists.database("VNDB-002").await["standing"], "sourced", "the act names it");
    let land = lists.database("VNDB-001").await;
    assert_eq!((&land["owner"], &land["listed"][0]["number"]), (&json!("VN/GOV/G10"), &json!(1)));
    // What left the list is there, with its history.
    assert!(lists.database("VNDB-003").await.get("listed").is_none());
    assert_eq!(lists.history("VNDB-003").await, 2);
    // Again: nothing.
    let (_, again) = lists.load("", ANNEX).await;
    assert!(outcomes(&again).iter().all(|(_, outcome)| outcome == "unchanged"), "{again}");
    assert_eq!((again["read"].as_u64(), lists.history("VNDB-001").await), (Some(3), 2));
}

pub(super) async fn a_list_fills_a_fresh_store_and_mistakes_are_told_by_cell(url: &str) {
    let world = World::at(Some(url)).await;
    let lists = Lists(&world);
    let annex = "name_vi,number\nCơ sở dữ liệu thuế,7\nCơ sở dữ liệu quốc gia về giá,8\n";
    assert_eq!(lists.load("", annex).await.0, StatusCode::OK);
    assert_eq!(lists.counted().await, (2, 2, 0));
    let prices = lists.database("nq-71-2025-002").await;
    assert_eq!((&prices["scale"], &prices["standing"]), (&json!("national"), &json!("sourced")));
    for (wrong, cell) in [
        ("name_vi,owner\nCơ sở dữ liệu thuế,Bộ Thuế\n", "B2"),
        ("name_vi,code\nCơ sở dữ liệu thuế,VNDB-900\n", "B2"),
        ("name_vi\nCơ sở dữ liệu thuế\nCSDL Thuế\n", "A3"),
        ("name_vi,number\nCơ sở dữ liệu thuế,bảy\n", "B2"),
        ("ten\nCơ sở dữ liệu thuế\n", "1"),
    ] {
        let (_, told) = lists.load("", wrong).await;
        assert_eq!(told["title"], "LT-7102", "{wrong}: {told}");
        assert!(told["detail"].as_str().unwrap().contains(cell), "{wrong}: {told}");
    }
    // A name that is nearly one that is there: whoever loads it is told before.
    let (_, would) = lists.load("&dry_run=true", "name_vi\nCơ sở dữ liệu giá cả\n").await;
    assert!(!would["remarks"].to_string().contains("nq-71-2025-002"), "one word of two is not near: {would}");
    let (_, would) = lists.load("&dry_run=true", "name_vi\nCơ sở dữ liệu về thuế\n").await;
    assert!(would["remarks"].to_string().contains("nq-71-2025-001"), "{would}");
    assert_eq!(lists.counted().await, (2, 2, 0));
    let (status, _) =
        world.send("POST", "/api/v1/official-lists/khac?reason=x", Some(&world.token), json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

pub(super) async fn what_is_on_a_list_is_not_for_its_owner_to_say(url: &str) {
    let world = World::at(Some(url)).await;
    let lists = Lists(&world);
    let mut all = older();
    all[1]["owner"] = json!("VN/GOV/G10");
    assert_eq!(lists.apply(&all).await.0, StatusCode::OK);
    let owner = world.account_of("chu-quan", Some("VN/GOV/G10"), "data_officer").await;
    let change = async |more: &Value| {
        let mut more = more.clone();
        more["owner"] = json!("VN/GOV/G10");
        let document = database("VNDB-001", "Cơ sở dữ liệu quốc gia về đất đai", "sourced", &more);
        world
            .send("POST", "/api/v1/apply", Some(&owner), json!({ "documents": [document], "reason": "thử" }))
            .await
    };
    assert_eq!(change(&json!({ "scope": "Thửa đất" })).await.0, StatusCode::OK);
    let (status, told) = change(&implied()).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{told}");
    assert_eq!(lists.counted().await.0, 1);
    // Nor is a planned one on a list, whoever says so, nor a list one that nobody knows.
    let refused = async |id: &str, standing: &str, more: Value| {
        let (_, told) = lists.apply(&[database(id, "Cơ sở dữ liệu khác", standing, &more)]).await;
        assert_eq!(told["title"], "LT-7104", "{told}");
        told["detail"].as_str().unwrap().to_owned()
    };
    assert!(refused("VNDB-005", "candidate", implied()).await.contains("on no official list"));
    let mut twice = implied();
    let one = twice["listed"][0].clone();
    twice["listed"].as_array_mut().unwrap().push(one);
    assert!(refused("VNDB-005", "sourced", twice).await.contains("stands twice"));
    let mut unknown = implied();
    unknown["listed"][0]["list"] = json!("nq-72");
    assert!(refused("VNDB-005", "sourced", unknown).await.contains("nq-71-2025"));
    // Planned ones are counted apart, and in no other figure.
    let glance = lists.get("/api/v1/overview").await["databases"].clone();
    assert_eq!((&glance["known"], &glance["candidates"]), (&json!(2), &json!(1)));
    let observed: u64 = glance["observed"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(observed, 2, "{glance}");
    assert_eq!(glance["official"][0]["identified"], 1);
}
