//! The law of papers: what an applicant hands in with a request is read by those who act in that request, as it was, each time written down
//! before; by nobody else, whoever they are and whatever they try; nothing of it stands readable in the store; and it goes in its time.

use axum::http::StatusCode;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::{SignedDuration, Span};
use model::time::day_in_viet_nam;
use serde_json::{Value, json};

use super::usage::{SERVICE, world};
use super::world::{World, officer};
use crate::audit::change;
use crate::audit::right::{Right, Role};
use crate::clock;
use crate::granting::request::paper;
use crate::store::{all, run};

const PLACES: [(&str, Option<&str>); 4] =
    [("chu", Some("VN/GOV/G01")), ("xin", Some("VN/GOV/G15")), ("ngoai", Some("VN/GOV/G07")), ("hub", None)];
/// The paper that the shipped rules ask of each kind of request.
const KIND: &str = "on_request";

struct Office {
    world: World,
    tokens: Vec<(String, String)>,
    id: String,
    paper: String,
}

impl Office {
    async fn new(url: &str) -> Self {
        let world = world(url).await;
        let other = json!([{ "kind": "Agency", "id": "VN/GOV/G07", "name": { "vi": "Bộ khác", "en": "Another" }, "bloc": "government" }]);
        super::apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(other).unwrap()).await.unwrap();
        let mut tokens = Vec::new();
        for (place, agency) in PLACES {
            for role in Role::ALL.into_iter().filter(|role| role.fits(agency.is_none())) {
                let role = json!(role).as_str().unwrap().to_owned();
                let name = format!("{place}.{role}");
                tokens.push((name.clone(), world.account_of(&name, agency, &role).await));
            }
        }
        let mut office = Self { world, tokens, id: String::new(), paper: String::new() };
        let asking = json!({ "asking": { "type": KIND, "mode": "query", "client": "VN/GOV/G15/ho-tich", "service": SERVICE, "per_second": 5,
            "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": ["ho_ten"], "volume": "ít",
            "valid_to": day_in_viet_nam(clock::now()) + Span::new().years(1), "statement": "thử" } });
        let (status, opened) = office.ask("xin.engineer", "POST", "/api/v1/requests", asking).await;
        assert_eq!(status, StatusCode::OK, "{opened}");
        office.id = opened["request"]["id"].as_str().unwrap().to_owned();
        let pack = opened["request"]["pack"].as_str().unwrap();
        let (_, pack) = office
            .ask("hub.hub_officer", "GET", &format!("/api/v1/registry/packs/{pack}"), Value::Null)
            .await;
        let kinds = pack["types"].as_array().unwrap();
        let kind = kinds.iter().find(|kind| kind["id"] == KIND).unwrap();
        office.paper = kind["papers"][0].as_str().unwrap().to_owned();
        office
    }

    async fn ask(&self, who: &str, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let token = &self.tokens.iter().find(|(name, _)| name == who).unwrap().1;
        self.world.send(method, path, Some(token), body).await
    }

    async fn hand_in(&self, who: &str, name: &str, content: &[u8]) -> (StatusCode, Value) {
        let body = json!({ "paper": self.paper, "text": "số 12", "name": name, "content": BASE64_STANDARD.encode(content) });
        self.ask(who, "POST", &format!("/api/v1/requests/{}/papers", self.id), body).await
    }

    async fn read(&self, who: &str, number: i64) -> (StatusCode, axum::http::HeaderMap, Vec<u8>) {
        let token = &self.tokens.iter().find(|(name, _)| name == who).unwrap().1;
        let path = format!("/api/v1/requests/{}/papers/{number}", self.id);
        let request = axum::http::Request::get(path).header("authorization", token);
        let (status, headers, body) =
            self.world.bytes(request.body(axum::body::Body::empty()).unwrap()).await;
        (status, headers, body)
    }

    async fn readings(&self) -> Vec<String> {
        let mut tx = self.world.hub.db.read().await.unwrap();
        let trail = change::list(&mut tx, 0, change::PAGE).await.unwrap();
        let read = trail.into_iter().filter(|entry| entry.act == "read" && entry.kind == "Paper");
        read.map(|entry| format!("{} {}", entry.who, entry.subject)).collect()
    }
}

pub(super) async fn a_paper_is_read_by_those_who_act_in_its_request_and_by_nobody_else(url: &str) {
    let office = Office::new(url).await;
    let content = [b"%PDF-1.7\n".as_slice(), &[0, 255, 13, 10].repeat(5000)].concat();
    let who: Vec<String> = office.tokens.iter().map(|(name, _)| name.clone()).collect();
    refuses(&office, &who, &content).await;
    let (status, told) = office.hand_in("xin.engineer", "../công văn 12.pdf", &content).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let file = &told["request"]["papers"][&office.paper]["file"];
    let number = file["number"].as_i64().unwrap();
    let sha256 = trust::hex(&trust::sha256(&content));
    assert_eq!(
        (&file["name"], &file["media"], &file["bytes"], &file["sha256"]),
        (&json!("công văn 12.pdf"), &json!("application/pdf"), &json!(content.len()), &json!(sha256))
    );
    // It stands sealed.
    let mut tx = office.world.hub.db.read().await.unwrap();
    let rows: Vec<(String,)> = all!(tx, "SELECT sealed FROM request_paper").unwrap();
    drop(tx);
    let kept = BASE64_STANDARD.decode(&rows[0].0).unwrap();
    assert!(!kept.windows(5).any(|window| window == b"%PDF-") && !rows[0].0.contains("JVBERi"));
    // Who acts in the request reads it as it was; nobody else does, and each reading is written down.
    for name in &who {
        let (place, role) = name.split_once('.').unwrap();
        let role: Role = serde_json::from_value(json!(role)).unwrap();
        let officer = officer(name, None, &[role]);
        let acts = match place {
            "hub" => officer.may(Right::DecideAsHub),
            "xin" => officer.may(Right::Ask),
            "chu" => officer.may(Right::DecideAsOwner),
            _ => false,
        };
        let before = office.readings().await.len();
        let (status, headers, body) = office.read(name, number).await;
        let after = office.readings().await;
        if acts {
            assert_eq!((status, body == content), (StatusCode::OK, true), "{name}");
            assert_eq!(headers["x-content-type-options"], "nosniff");
            assert!(
                headers["content-disposition"].to_str().unwrap().starts_with("attachment;"),
                "{headers:?}"
            );
            assert_eq!(after.last().unwrap(), &format!("{name} {}/{number}", office.id));
            assert_eq!(after.len(), before + 1, "{name}");
        } else {
            assert_eq!((status, after.len()), (StatusCode::NOT_FOUND, before), "{name}");
        }
    }
    let newer = takes_its_place(&office, number, &rows[0].0).await;
    let newer = the_last_act_says_what_a_paper_is(&office, newer).await;
    goes_in_its_time(&office, newer).await;
}

/// What is not for whoever hands it in, or is no paper, is not taken, and nothing of it stays.
async fn refuses(office: &Office, who: &[String], content: &[u8]) {
    // Who does not ask for the applicant hands nothing in.
    for name in who.iter().filter(|name| !name.starts_with("xin.")) {
        let (status, told) = office.hand_in(name, "a.pdf", content).await;
        assert!([StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&status), "{name}: {told}");
    }
    // What is no paper is not taken, whatever it is called.
    for (name, bad) in
        [("a.pdf", &b"<html>"[..]), ("a.pdf", b""), ("a.docx", b"PK\x03\x04"), ("a.exe", b"MZ")]
    {
        let (status, told) = office.hand_in("xin.engineer", name, bad).await;
        assert_eq!(
            (status.is_client_error(), told["title"].as_str()),
            (true, Some("LT-7104")),
            "{name}: {told}"
        );
    }
    let large = [b"%PDF-".as_slice(), &vec![b'x'; paper::FILE_MAX]].concat();
    assert!(office.hand_in("xin.engineer", "a.pdf", &large).await.0.is_client_error());
    let (_, shown) =
        office.ask("xin.engineer", "GET", &format!("/api/v1/requests/{}", office.id), Value::Null).await;
    assert_eq!(shown["request"]["papers"], json!({}), "nothing of what was refused stays");
}

/// A newer file takes the place of one, which is gone; what stands in the place of another is not handed out. Returns its number.
async fn takes_its_place(office: &Office, number: i64, other: &str) -> i64 {
    // One that takes its place; what was before is gone.
    let (_, told) = office.hand_in("xin.engineer", "b.png", b"\x89PNG\r\n\x1a\n2").await;
    let newer = told["request"]["papers"][&office.paper]["file"]["number"].as_i64().unwrap();
    assert_eq!(office.read("hub.hub_officer", number).await.0, StatusCode::NOT_FOUND);
    assert_eq!(office.read("hub.hub_officer", newer).await.2, b"\x89PNG\r\n\x1a\n2");
    // What somebody puts into another's place in the store is not handed out.
    let db = office.world.hub.db.clone();
    let set = async |to: &str| {
        let mut tx = db.write().await.unwrap();
        run!(tx, "UPDATE request_paper SET sealed = $1" => to).unwrap();
        tx.commit().await.unwrap();
    };
    let right = {
        let mut tx = db.read().await.unwrap();
        let rows: Vec<(String,)> = all!(tx, "SELECT sealed FROM request_paper").unwrap();
        rows[0].0.clone()
    };
    set(other).await;
    assert!(office.read("hub.hub_officer", newer).await.0.is_server_error());
    set(&right).await;
    newer
}

/// A paper that is handed in anew without a file has none, and the one before is gone; with one again it has that one, by a name that no
/// machine runs. Returns its number.
async fn the_last_act_says_what_a_paper_is(office: &Office, number: i64) -> i64 {
    let act = json!({ "act": "paper", "paper": office.paper, "text": "số 13" });
    let path = format!("/api/v1/requests/{}/acts", office.id);
    let (status, told) = office.ask("xin.engineer", "POST", &path, act).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let (_, shown) =
        office.ask("hub.hub_officer", "GET", &format!("/api/v1/requests/{}", office.id), Value::Null).await;
    for request in [&told["request"], &shown["request"]] {
        let paper = &request["papers"][&office.paper];
        assert_eq!((&paper["text"], &paper["file"]), (&json!("số 13"), &Value::Null));
    }
    assert_eq!(office.read("hub.hub_officer", number).await.0, StatusCode::NOT_FOUND);
    let (_, told) = office.hand_in("xin.engineer", "cong-van.bat", b"%PDF-1.7\ncalc").await;
    let file = &told["request"]["papers"][&office.paper]["file"];
    assert_eq!(file["name"], "cong-van.bat.pdf");
    file["number"].as_i64().unwrap()
}

/// While a request is under way nothing of it goes; five years after its end it does, and the trail says so.
async fn goes_in_its_time(office: &Office, number: i64) {
    let db = &office.world.hub.db;
    let after = async |years: i64| {
        let mut tx = db.write().await.unwrap();
        paper::forget_old(&mut tx, clock::now() + SignedDuration::from_hours(years * 366 * 24 + 1))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        office.read("hub.hub_officer", number).await.0
    };
    assert_eq!(after(50).await, StatusCode::OK, "it is under way");
    let act = json!({ "act": "withdraw", "text": "thôi" });
    let path = format!("/api/v1/requests/{}/acts", office.id);
    assert_eq!(office.ask("xin.engineer", "POST", &path, act).await.0, StatusCode::OK);
    assert_eq!((after(4).await, after(5).await), (StatusCode::OK, StatusCode::NOT_FOUND));
    let mut tx = db.read().await.unwrap();
    let trail = change::list(&mut tx, 0, change::PAGE).await.unwrap();
    assert!(
        trail.iter().any(|entry| entry.act == "removed" && entry.kind == "Paper"),
        "the trail says that it went"
    );
}
