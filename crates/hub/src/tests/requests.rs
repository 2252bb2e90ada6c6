//! Requests on their way, and what stands still: by those who ask, those who own and the hub.

use axum::http::StatusCode;
use jiff::{SignedDuration, Span};
use model::grant::Grant;
use model::time::day_in_viet_nam;
use serde_json::{Value, json};

use super::usage::{Reporting, row, world};
use super::world::{World, documents};
use crate::audit::change;
use crate::clock;
use crate::registry::Subject as _;
use crate::store::run;

const ASKING: &str = "VN/GOV/G15/ho-tich";
const SERVICE: &str = "VN/GOV/G01/dan-cu/nguoi";

/// The small registry, with somebody on each side.
struct Office {
    world: World,
    applicant: String,
    owner: String,
    hub: String,
    stranger: String,
}

impl Office {
    async fn open(url: &str) -> Self {
        let world = world(url).await;
        let more = json!([{ "kind": "Agency", "id": "VN/GOV/G07", "name": { "vi": "Bộ khác", "en": "Another" }, "bloc": "government" }]);
        super::apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(more).unwrap()).await.unwrap();
        let applicant = world.account_of("ky-su", Some("VN/GOV/G15"), "engineer").await;
        let owner = world.account_of("chu-quan", Some("VN/GOV/G01"), "data_officer").await;
        let hub = world.account_of("trung-tam", None, "hub_officer").await;
        let stranger = world.account_of("nguoi-ngoai", Some("VN/GOV/G07"), "data_officer").await;
        Self { world, applicant, owner, hub, stranger }
    }

    async fn ask(&self, change: Value) -> (StatusCode, Value) {
        let until = day_in_viet_nam(clock::now()) + Span::new().years(1);
        let mut asking = json!({
            "type": "on_request", "mode": "query", "client": ASKING, "service": SERVICE, "per_second": 5,
            "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": ["ho_ten"], "volume": "200 lượt mỗi ngày",
            "valid_to": until, "statement": "Đăng ký khai sinh liên thông",
        });
        for (name, value) in change.as_object().unwrap() {
            asking[name] = value.clone();
        }
        let asked = json!({ "asking": asking });
        self.world.send("POST", "/api/v1/requests", Some(&self.applicant), asked).await
    }

    async fn asked(&self, change: Value) -> String {
        let (status, answer) = self.ask(change).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["request"]["id"].as_str().unwrap().to_owned()
    }

    async fn act(&self, id: &str, who: &str, act: Value) -> (StatusCode, Value) {
        let path = format!("/api/v1/requests/{id}/acts");
        self.world.send("POST", &path, Some(who), act).await
    }

    /// Does a part; returns the step the request is at now.
    async fn part(&self, id: &str, who: &str, part: &str) -> String {
        let (status, answer) = self.act(id, who, json!({ "act": "do", "part": part, "text": "số 12" })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["request"]["step"].as_str().unwrap().to_owned()
    }

    /// What is said when an act is refused.
    async fn refused(&self, id: &str, who: &str, act: Value) -> String {
        let (status, problem) = self.act(id, who, act).await;
        assert!(status.is_client_error(), "{problem}");
        problem["detail"].as_str().unwrap_or_default().to_owned()
    }

    async fn grant(&self, id: &str) -> Option<Grant> {
        Grant::load(&mut self.world.hub.db.read().await.unwrap(), id).await.unwrap()
    }

    async fn waiting(&self, who: &str) -> Vec<String> {
        let (_, answer) =
            self.world.send("GET", "/api/v1/requests?waiting=true", Some(who), Value::Null).await;
        let items = answer["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }
}

fn doing(part: &str) -> Value {
    json!({ "act": "do", "part": part, "text": "được" })
}

pub(super) async fn a_request_goes_its_whole_way_and_becomes_a_grant(url: &str) {
    let office = Office::open(url).await;
    let (applicant, owner, hub) = (&office.applicant, &office.owner, &office.hub);
    let id = office.asked(json!({})).await;
    assert!(id.starts_with("YC-20") && id.ends_with("-000001"), "{id}");
    // It waits for the owner, and nobody else decides for them.
    assert_eq!(office.waiting(owner).await, std::slice::from_ref(&id));
    assert!(office.waiting(hub).await.is_empty() && office.waiting(applicant).await.is_empty());
    assert!(
        office.refused(&id, applicant, doing("content")).await.contains("deciding requests as the owner")
    );
    assert!(office.refused(&id, hub, doing("content")).await.contains("deciding requests as the owner"));
    assert_eq!(office.act(&id, &office.stranger, doing("content")).await.0, StatusCode::NOT_FOUND);
    let seen = office
        .world
        .send("GET", &format!("/api/v1/requests/{id}"), Some(&office.stranger), Value::Null)
        .await;
    assert_eq!(seen.0, StatusCode::NOT_FOUND, "another agency's request is nobody's business");
    assert!(office.refused(&id, owner, doing("go")).await.contains("whose parts are: content"));
    assert_eq!(office.part(&id, owner, "content").await, "appraise");
    assert_eq!(office.waiting(hub).await, std::slice::from_ref(&id));
    assert_eq!(office.part(&id, hub, "technique").await, "set_up");
    assert_eq!(office.grant(&id.to_lowercase()).await, None);
    // Set up, it may be tested, for a while and for nothing else.
    assert_eq!(office.part(&id, applicant, "ready").await, "test");
    let trial = office.grant(&id.to_lowercase()).await.unwrap();
    let today = day_in_viet_nam(clock::now());
    assert_eq!((trial.uses.len(), trial.uses[0].purpose.as_str()), (1, "kiem-thu"));
    assert_eq!(trial.valid_to, Some(today + Span::new().days(90)));
    office.part(&id, applicant, "minutes").await;
    assert!(office.refused(&id, applicant, doing("minutes")).await.contains("done already"));
    assert!(
        office
            .refused(&id, owner, doing("minutes_owner"))
            .await
            .contains("a test call that the hub has seen")
    );
    let mut node = Reporting::admitted(&office.world).await;
    // Neither another's call nor one for a real purpose is this test.
    node.report(
        &office.world,
        json!([row("VN/GOV/G01/mot-cua", "kiem-thu", 1), row(ASKING, "khai-sinh", 1)]),
    )
    .await;
    assert!(office.refused(&id, owner, doing("minutes_owner")).await.contains("a test call"));
    node.report(&office.world, json!([row(ASKING, "kiem-thu", 1)])).await;
    assert_eq!(office.part(&id, owner, "minutes_owner").await, "live");
    live(&office, &id).await;
    let trail = change::list(&mut office.world.hub.db.read().await.unwrap(), 0, change::PAGE).await.unwrap();
    let grants = trail.iter().filter(|entry| entry.kind == "Grant");
    let acts: Vec<_> = grants.map(|entry| (entry.act.as_str(), entry.who.as_str())).collect();
    assert_eq!(acts, [("created", "can-bo"), ("created", "ky-su"), ("updated", "trung-tam")]);
}

/// The last step of a request.
async fn live(office: &Office, id: &str) {
    let (applicant, owner, hub) = (&office.applicant, &office.owner, &office.hub);
    // The last step waits for the papers.
    office.part(id, owner, "rules").await;
    assert!(office.refused(id, hub, doing("go")).await.contains("papers.security_confirmation"));
    let paper = |paper: &str| json!({ "act": "paper", "paper": paper, "text": "cấp độ 3, 12/2026" });
    assert!(office.refused(id, applicant, paper("promise")).await.contains("needs no paper promise"));
    assert_eq!(office.act(id, applicant, paper("security_confirmation")).await.0, StatusCode::OK);
    // A confirmation holds for six months.
    let age = async |months: i64| {
        let at = (clock::now() - SignedDuration::from_hours(24 * 31 * months)).to_string();
        let mut tx = office.world.hub.db.write().await.unwrap();
        run!(tx, "UPDATE request_act SET at = $1 WHERE act = 'paper'" => at).unwrap();
        tx.commit().await.unwrap();
    };
    age(7).await;
    assert!(office.refused(id, hub, doing("go")).await.contains("security_confirmation (expired)"));
    age(1).await;
    let (_, granted) = office.act(id, hub, doing("go")).await;
    assert_eq!(granted["request"]["state"], "granted", "{granted}");
    // Nobody typed it again, and it stands in the directory.
    let grant = office.grant(&id.to_lowercase()).await.unwrap();
    assert_eq!(
        (grant.uses[0].purpose.as_str(), grant.valid_to),
        ("khai-sinh", Some(day_in_viet_nam(clock::now()) + Span::new().years(1)))
    );
    assert!(granted["revision"].is_number(), "{granted}");
    assert!(
        office.refused(id, owner, json!({ "act": "withdraw", "text": "thôi" })).await.contains("has ended")
    );
}

pub(super) async fn a_request_that_ends_leaves_nothing_behind(url: &str) {
    let office = Office::open(url).await;
    let (applicant, owner, hub) = (&office.applicant, &office.owner, &office.hub);
    // What could never be granted is not asked for.
    let wrong =
        async |change: Value| office.ask(change).await.1["detail"].as_str().unwrap_or_default().to_owned();
    assert!(wrong(json!({ "type": "khac" })).await.contains("automatic, on_request, special, renewal"));
    assert!(wrong(json!({ "client": "VN/GOV/G01/mot-cua" })).await.contains("VN/GOV/G15"));
    assert!(wrong(json!({ "service": "VN/GOV/G01/dan-cu/khac" })).await.contains("VN/GOV/G01/dan-cu/khac"));
    assert!(wrong(json!({ "uses": [] })).await.contains("PD-01"));
    assert!(wrong(json!({ "uses": [{ "purpose": "khac", "basis": "nd-70" }] })).await.contains("khac"));
    assert!(wrong(json!({ "fields": ["khong_co"] })).await.contains("khong_co"));
    assert!(wrong(json!({ "valid_to": "2020-01-01" })).await.contains("after today"));
    assert!(wrong(json!({ "statement": "Bo\u{302}" })).await.contains("NFC"));
    let listed = office.world.send("GET", "/api/v1/requests", Some(hub), Value::Null).await.1;
    assert_eq!(listed["items"], json!([]));
    // Given back, amended, and on from the beginning.
    let id = office.asked(json!({})).await;
    office.part(&id, owner, "content").await;
    let give_back = json!({ "act": "return", "text": "bớt trường" });
    assert!(
        office.refused(&id, applicant, give_back.clone()).await.contains("deciding requests as the owner")
    );
    assert_eq!(office.act(&id, hub, give_back).await.1["request"]["state"], "returned");
    assert_eq!(office.waiting(applicant).await, std::slice::from_ref(&id));
    assert!(office.refused(&id, hub, doing("technique")).await.contains("not under way"));
    let mut asking = office.act(&id, applicant, json!({ "act": "comment", "text": "sẽ sửa" })).await.1["request"]["asking"].clone();
    asking["fields"] = json!(["so_dinh_danh"]);
    let amend = json!({ "act": "amend", "asking": asking, "text": "đã bớt" });
    assert!(office.refused(&id, owner, amend.clone()).await.contains("VN/GOV/G01"));
    let amended = office.act(&id, applicant, amend).await.1;
    assert_eq!(
        (&amended["request"]["step"], &amended["request"]["state"]),
        (&json!("agree"), &json!("open"))
    );
    assert_eq!(office.part(&id, owner, "content").await, "appraise", "what was agreed before counts no more");
    office.part(&id, hub, "technique").await;
    office.part(&id, applicant, "ready").await;
    assert!(office.grant(&id.to_lowercase()).await.is_some());
    // Taken back, its grant for tests goes too.
    assert!(
        office.refused(&id, owner, json!({ "act": "withdraw", "text": "thôi" })).await.contains("VN/GOV/G01")
    );
    let (_, withdrawn) =
        office.act(&id, applicant, json!({ "act": "withdraw", "text": "không cần nữa" })).await;
    assert_eq!(withdrawn["request"]["state"], "withdrawn", "{withdrawn}");
    assert_eq!(office.grant(&id.to_lowercase()).await, None);
    // Refused, it is over.
    let id = office.asked(json!({})).await;
    let mut no = json!({ "act": "refuse", "part": "content", "text": "không thuộc phạm vi" });
    assert!(office.refused(&id, hub, no.clone()).await.contains("deciding requests as the owner"));
    // What is shared by default is refused on a law, or not at all; the applicant reads which.
    for basis in [Value::Null, json!(" ")] {
        no["basis"] = basis;
        assert!(
            office.refused(&id, owner, no.clone()).await.contains("names the law that restricts the data")
        );
    }
    no["basis"] = json!("nd-70");
    assert_eq!(office.act(&id, owner, no).await.1["request"]["state"], "refused");
    let path = format!("/api/v1/requests/{id}");
    let (_, seen) = office.world.send("GET", &path, Some(applicant), Value::Null).await;
    let acts = seen["request"]["acts"].as_array().unwrap();
    assert_eq!(acts.last().unwrap()["basis"], "NĐ 70/2024/NĐ-CP", "{seen}");
    // Another law than the registry has is cited in words.
    let other = office.asked(json!({})).await;
    let cited = json!({ "act": "refuse", "part": "content", "text": "mật", "basis": "Nghị định 63/2026/NĐ-CP, Điều 5" });
    let (_, refused) = office.act(&other, owner, cited).await;
    assert_eq!(
        refused["request"]["acts"].as_array().unwrap().last().unwrap()["basis"],
        "Nghị định 63/2026/NĐ-CP, Điều 5"
    );
    assert!(office.refused(&id, hub, doing("technique")).await.contains("not under way"));
    assert!(office.waiting(owner).await.is_empty());
}

pub(super) async fn what_a_duty_entitles_to_needs_no_approval(url: &str) {
    let office = Office::open(url).await;
    let (status, problem) = office.ask(json!({ "type": "automatic", "duty": "khac" })).await;
    assert_eq!((status, problem["title"].as_str()), (StatusCode::BAD_REQUEST, Some("LT-7103")), "{problem}");
    let (_, answer) = office.ask(json!({ "type": "automatic", "duty": "dan-cu-ngay-sinh" })).await;
    assert_eq!(answer["request"]["step"], "set_up", "{answer}");
    assert_eq!(answer["duty"]["met"], false);
    let id = answer["request"]["id"].as_str().unwrap().to_owned();
    assert_eq!(office.waiting(&office.applicant).await, std::slice::from_ref(&id));
    assert_eq!(office.part(&id, &office.applicant, "ready").await, "test");
    // Only a renewal names a grant: another request's would take the place of somebody else's.
    let (status, problem) =
        office.ask(json!({ "type": "automatic", "duty": "dan-cu-ngay-sinh", "renews": "g-khai-sinh" })).await;
    assert_eq!((status, problem["title"].as_str()), (StatusCode::BAD_REQUEST, Some("LT-7104")), "{problem}");
    // Not even a duty lets an agency in that it does not name.
    let other = json!([{ "kind": "Duty", "id": "khac", "datum": "ngay-sinh", "receivers": ["VN/GOV/G07"], "basis": "nd-70", "service": SERVICE }]);
    super::apply(&office.world.hub.db, &serde_json::from_value::<Vec<_>>(other).unwrap()).await.unwrap();
    let problem = office.ask(json!({ "type": "automatic", "duty": "khac" })).await.1;
    assert!(
        problem["detail"].as_str().unwrap().contains("does not share this service with VN/GOV/G15"),
        "{problem}"
    );
}

pub(super) async fn a_duty_entitles_to_what_its_holder_has_published_and_to_nothing_more(url: &str) {
    let office = Office::open(url).await;
    let duty = |terms: Value| {
        let mut duty = json!({ "kind": "Duty", "id": "dan-cu-ngay-sinh", "datum": "ngay-sinh", "receivers": ["VN/GOV/G15"],
            "basis": "nd-70", "service": SERVICE });
        if !terms.is_null() {
            duty["terms"] = terms;
        }
        serde_json::from_value::<Vec<_>>(json!([duty])).unwrap()
    };
    let ask = async |change: Value| {
        let mut asked = json!({ "type": "automatic", "duty": "dan-cu-ngay-sinh" });
        asked.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (status, answer) = office.ask(asked).await;
        assert!(status == StatusCode::OK || answer["title"] == "LT-7104", "{answer}");
        answer["detail"].as_str().unwrap_or_default().to_owned()
    };
    let one = json!([{ "method": "GET", "path": "/*" }]);
    // What the applicant alone has chosen is nobody's decision: by fields, by endpoints, by rate.
    assert!(
        ask(json!({ "fields": ["ho_ten", "so_dinh_danh"] })).await.contains("duty dan-cu-ngay-sinh: fields")
    );
    assert!(ask(json!({ "fields": "all" })).await.contains(": fields"));
    assert!(ask(json!({ "per_second": 6 })).await.contains(": per_second"));
    assert!(
        ask(json!({ "endpoints": [{ "method": "GET", "path": "/stream" }] })).await.contains(": endpoints")
    );
    assert_eq!(ask(json!({ "per_second": 4 })).await, "");
    super::apply(
        &office.world.hub.db,
        &duty(json!({ "fields": ["ho_ten"], "endpoints": one, "per_second": 5 })),
    )
    .await
    .unwrap();
    assert!(ask(json!({})).await.contains(": endpoints"), "all are more than one");
    assert_eq!(ask(json!({ "endpoints": one })).await, "");
    super::apply(
        &office.world.hub.db,
        &duty(json!({ "fields": "all", "per_second": 9, "rows": [{ "field": "ho_ten", "one_of": ["A"] }] })),
    )
    .await
    .unwrap();
    assert!(ask(json!({})).await.contains(": rows"));
    assert_eq!(ask(json!({ "rows": [{ "field": "ho_ten", "one_of": ["A"] }] })).await, "");
    // Without terms, or with other ones since, nothing comes of it, and the request says so.
    let id = office.asked(json!({ "type": "automatic", "duty": "dan-cu-ngay-sinh", "rows": [{ "field": "ho_ten", "one_of": ["A"] }] })).await;
    super::apply(&office.world.hub.db, &duty(Value::Null)).await.unwrap();
    assert!(ask(json!({})).await.contains("has no terms"));
    assert!(office.refused(&id, &office.applicant, doing("ready")).await.contains("has no terms"));
    assert_eq!(office.grant(&id.to_lowercase()).await, None);
    // By a decision of the owner it can be anything, as ever.
    assert_eq!(office.asked(json!({ "fields": "all", "per_second": 500 })).await.len(), id.len());
    // Terms are about fields that there are.
    let wrong =
        super::apply(&office.world.hub.db, &duty(json!({ "fields": ["khong-co"], "per_second": 5 }))).await;
    assert_eq!(wrong.unwrap_err().code(), "LT-7104");
}

pub(super) async fn an_empty_list_of_endpoints_is_refused_wherever_it_is_written(url: &str) {
    let office = Office::open(url).await;
    let (db, token) = (&office.world.hub.db, Some(office.world.token.as_str()));
    let refused = |(status, problem): (StatusCode, Value)| {
        assert_eq!((status, &problem["title"]), (StatusCode::BAD_REQUEST, &json!("LT-7104")), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains("endpoints is an empty list"), "{problem}");
        assert!(problem["detail_vi"].as_str().unwrap().contains("endpoints là danh sách rỗng"), "{problem}");
    };
    // In a grant, in the terms of a duty: by a document and in the place of what is there.
    let named = json!([{ "method": "GET", "path": "/*" }]);
    for (kind, plural, place) in [("Grant", "grants", ""), ("Duty", "duties", "/terms")] {
        let document = documents().into_iter().find(|document| document.subject().0 == kind).unwrap();
        let path = format!("/api/v1/registry/{plural}/{}", document.name());
        for (endpoints, is_fine) in [(json!([]), false), (Value::Null, false), (named.clone(), true)] {
            let mut members = document.members().unwrap();
            members.pointer_mut(place).unwrap()["endpoints"] = endpoints.clone();
            let put = json!({ "members": members.clone(), "reason": "thử" });
            members["kind"] = json!(kind);
            let applied = json!({ "documents": [members], "reason": "thử" });
            let (_, headers, _) = office
                .world
                .exchange("GET", &path, &[("authorization", token.unwrap())], String::new())
                .await;
            let tag = headers["etag"].to_str().unwrap();
            let put = office
                .world
                .exchange(
                    "PUT",
                    &path,
                    &[("authorization", token.unwrap()), ("if-match", tag)],
                    put.to_string(),
                )
                .await;
            for answer in [(put.0, put.2), office.world.send("POST", "/api/v1/apply", token, applied).await] {
                match &endpoints {
                    _ if is_fine => assert_eq!(answer.0, StatusCode::OK, "{}", answer.1),
                    // Who says nothing of them leaves the word out.
                    Value::Null => assert_eq!(answer.1["title"], "LT-7102", "{}", answer.1),
                    _ => refused(answer),
                }
            }
        }
    }
    // A list of rules that is empty would let all records pass, though somebody meant to limit them.
    for (kind, place) in [("Grant", ""), ("Duty", "/terms")] {
        let document = documents().into_iter().find(|document| document.subject().0 == kind).unwrap();
        for (rows, code) in [(json!([]), "LT-7104"), (Value::Null, "LT-7102")] {
            let mut members = document.members().unwrap();
            members.pointer_mut(place).unwrap()["rows"] = rows;
            members["kind"] = json!(kind);
            let applied = json!({ "documents": [members], "reason": "thử" });
            let (status, problem) = office.world.send("POST", "/api/v1/apply", token, applied).await;
            assert_eq!(
                (status, &problem["title"]),
                (StatusCode::BAD_REQUEST, &json!(code)),
                "{kind}: {problem}"
            );
            assert!(
                code == "LT-7102" || problem["detail"].as_str().unwrap().contains("rows is an empty list"),
                "{problem}"
            );
        }
    }
    let (status, problem) = office.ask(json!({ "rows": [] })).await;
    assert_eq!((status, &problem["title"]), (StatusCode::BAD_REQUEST, &json!("LT-7104")), "{problem}");
    // In what is asked for, and when it is amended.
    refused(office.ask(json!({ "endpoints": [] })).await);
    let id = office.asked(json!({ "fields": ["ho_ten", "so_dinh_danh"] })).await;
    office.act(&id, &office.owner, json!({ "act": "return", "text": "bớt trường" })).await;
    let shown = async || {
        office
            .world
            .send("GET", &format!("/api/v1/requests/{id}"), Some(&office.applicant), Value::Null)
            .await
            .1["request"]["asking"]
            .clone()
    };
    let mut asking = shown().await;
    asking["endpoints"] = json!([]);
    let amend = |asking: &Value| json!({ "act": "amend", "asking": asking, "text": "đã bớt" });
    refused(office.act(&id, &office.applicant, amend(&asking)).await);
    // Rows have always said by an empty list that none are named, requests too: they go on meaning that.
    let mut tx = db.write().await.unwrap();
    run!(tx, "UPDATE request SET asking = $2 WHERE id = $1" => &id, asking.to_string()).unwrap();
    run!(tx, "UPDATE grants SET endpoints = '[]' WHERE id = 'g-khai-sinh'").unwrap();
    tx.commit().await.unwrap();
    assert_eq!(office.grant("g-khai-sinh").await.unwrap().endpoints, None);
    let asking = shown().await;
    assert!(asking.get("endpoints").is_none(), "{asking}");
    let (status, amended) = office.act(&id, &office.applicant, amend(&asking)).await;
    assert_eq!((status, &amended["request"]["state"]), (StatusCode::OK, &json!("open")), "{amended}");
}

pub(super) async fn a_renewal_keeps_its_scope_and_needs_its_owner_only(url: &str) {
    let office = Office::open(url).await;
    let today = day_in_viet_nam(clock::now());
    let grant = json!([{ "kind": "Grant", "id": "g-cu", "client": ASKING, "service": SERVICE, "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }],
        "fields": ["ho_ten"], "valid_to": today + Span::new().days(10), "per_second": 5 }]);
    super::apply(&office.world.hub.db, &serde_json::from_value::<Vec<_>>(grant).unwrap()).await.unwrap();
    let (_, problem) = office.ask(json!({ "type": "renewal", "renews": "g-khai-sinh" })).await;
    assert!(problem["detail"].as_str().unwrap().contains("another system or service"), "{problem}");
    let (_, problem) = office
        .ask(json!({ "type": "renewal", "renews": "g-cu", "fields": ["ho_ten", "so_dinh_danh"] }))
        .await;
    assert!(problem["detail"].as_str().unwrap().contains("changes its end only"), "{problem}");
    let id = office.asked(json!({ "type": "renewal", "renews": "g-cu" })).await;
    let (_, granted) = office.act(&id, &office.owner, doing("content")).await;
    assert_eq!(
        (&granted["request"]["state"], &granted["request"]["grant"]),
        (&json!("granted"), &json!("g-cu")),
        "{granted}"
    );
    assert_eq!(office.grant("g-cu").await.unwrap().valid_to, Some(today + Span::new().years(1)));
}

pub(super) async fn a_sync_waits_for_its_checklist(url: &str) {
    let office = Office::open(url).await;
    let id = office.asked(json!({ "type": "automatic", "duty": "dan-cu-ngay-sinh", "mode": "sync" })).await;
    office.part(&id, &office.applicant, "ready").await;
    let mut node = Reporting::admitted(&office.world).await;
    node.report(&office.world, json!([row(ASKING, "kiem-thu", 1)])).await;
    office.part(&id, &office.applicant, "minutes").await;
    office.part(&id, &office.owner, "minutes_owner").await;
    let paper = json!({ "act": "paper", "paper": "security_confirmation", "text": "cấp độ 3" });
    office.act(&id, &office.applicant, paper).await;
    office.part(&id, &office.owner, "rules").await;
    let tick = |item: &str| json!({ "act": "tick", "item": item, "text": "biên bản số 7" });
    // What the hub sees by itself nobody ticks, and each ticks their own.
    assert!(office.refused(&id, &office.owner, tick("no_secrets")).await.contains("what the hub sees"));
    assert!(
        office
            .refused(&id, &office.applicant, tick("profiled"))
            .await
            .contains("deciding requests as the owner")
    );
    assert!(office.refused(&id, &office.applicant, tick("khac")).await.contains("no point khac"));
    for item in ["profiled", "packaging", "approved", "signed"] {
        assert_eq!(office.act(&id, &office.owner, tick(item)).await.0, StatusCode::OK);
    }
    assert_eq!(office.refused(&id, &office.hub, doing("go")).await.matches("checklist.").count(), 2);
    office.act(&id, &office.owner, tick("units")).await;
    let (_, seen) = office.act(&id, &office.applicant, tick("network")).await;
    assert!(seen["checklist"].as_object().unwrap().values().all(|point| point["done"] == true), "{seen}");
    assert_eq!(seen["checklist"]["mapped"]["evidence"], "dan-cu.nguoi@1.0.0");
    assert_eq!(office.act(&id, &office.hub, doing("go")).await.1["request"]["state"], "granted");
}

pub(super) async fn a_suspension_is_announced_and_ends(url: &str) {
    let office = Office::open(url).await;
    let announce = async |who: &str, body: Value| {
        office.world.send("POST", "/api/v1/suspensions", Some(who), body).await
    };
    let now = clock::now();
    let later = |days: i64| (now + SignedDuration::from_hours(24 * days)).to_string();
    let planned = |from: i64, to: i64| json!({ "service": SERVICE, "why": "planned", "from": later(from), "to": later(to), "reason": "bảo trì" });
    let why = |answer: (StatusCode, Value)| answer.1["detail"].as_str().unwrap_or_default().to_owned();
    let too_late = why(announce(&office.owner, planned(3, 4)).await);
    // It is the pack's clock, and no law's: it says so, and names no requirement of ours.
    assert!(too_late.contains("by the rule pack") && too_late.contains("7 working days ahead"), "{too_late}");
    assert!(!too_late.contains("CN-13"), "{too_late}");
    assert!(why(announce(&office.owner, planned(20, 19)).await).contains("after its beginning"));
    assert!(why(announce(&office.stranger, planned(20, 21)).await).contains("VN/GOV/G07"));
    assert!(why(announce(&office.applicant, planned(20, 21)).await).contains("announcing suspensions"));
    let open_end = json!({ "service": SERVICE, "why": "planned", "from": later(20), "reason": "bảo trì" });
    assert!(why(announce(&office.owner, open_end).await).contains("must have an end"));
    let neither = json!({ "why": "unplanned", "reason": "sự cố" });
    assert!(why(announce(&office.owner, neither).await).contains("a service or a grant"));
    let (status, announced) = announce(&office.owner, planned(20, 21)).await;
    assert_eq!(status, StatusCode::OK, "{announced}");
    // Those whom it meets see it; it stands in the directory before it begins.
    let list = async || {
        office.world.send("GET", "/api/v1/suspensions", Some(&office.applicant), Value::Null).await.1
    };
    assert_eq!(list().await["items"][0]["service"], SERVICE);
    let incident = json!({ "grant": "g-khai-sinh", "why": "cut", "reason": "lộ mã bí mật" });
    let (_, cut) = announce(&office.hub, incident).await;
    assert_eq!(list().await["items"].as_array().unwrap().len(), 2);
    let entry = async || {
        let mut tx = office.world.hub.db.read().await.unwrap();
        crate::granting::suspension::of_agency(&mut tx, &"VN/GOV/G01".parse().unwrap(), clock::now())
            .await
            .unwrap()
    };
    let told = entry().await;
    assert_eq!((told.len(), told[1].grant.as_deref(), told[1].to), (2, Some("g-khai-sinh"), None));
    let end = format!("/api/v1/suspensions/{}/end", cut["id"].as_str().unwrap());
    let reason = json!({ "reason": "đã đổi mã" });
    assert_eq!(
        office.world.send("POST", &end, Some(&office.stranger), reason.clone()).await.0,
        StatusCode::FORBIDDEN
    );
    assert_eq!(office.world.send("POST", &end, Some(&office.owner), reason.clone()).await.0, StatusCode::OK);
    assert!(why(office.world.send("POST", &end, Some(&office.owner), reason).await).contains("it is over"));
    assert_eq!(entry().await.len(), 1);
}

pub(super) async fn grants_that_nobody_uses_are_pointed_out(url: &str) {
    let office = Office::open(url).await;
    let look = async |query: &str| {
        let path = format!("/api/v1/grants/conspicuous?{query}");
        let (status, answer) = office.world.send("GET", &path, Some(&office.owner), Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["items"].clone()
    };
    let set = async |sql: &'static str| {
        let mut tx = office.world.hub.db.write().await.unwrap();
        run!(tx, sql).unwrap();
        tx.commit().await.unwrap();
    };
    // The grant of the small registry ends in 2027; what was issued today is not yet unused.
    assert_eq!(look("ending_days=0").await, json!([]));
    assert_eq!(look("ending_days=3650").await[0]["ends"], "2027-01-01");
    set("UPDATE grants SET issued_at = '2026-01-01T00:00:00Z'").await;
    assert_eq!(look("ending_days=0").await[0]["unused"]["is"], "not_measured");
    assert_eq!(look("ending_days=0&agency=VN/GOV/G15").await, json!([]));
    let mut node = Reporting::admitted(&office.world).await;
    node.report(&office.world, json!([])).await;
    assert_eq!(look("ending_days=0").await[0]["unused"]["is"], "not_measured", "it has only begun to report");
    set("UPDATE usage_node SET since = '2026-01-01T00:00:00Z'").await;
    assert_eq!(look("ending_days=0").await[0]["unused"], json!({ "is": "unused", "last": null }));
    node.report(&office.world, json!([row("VN/GOV/G01/mot-cua", "khai-sinh", 1)])).await;
    assert_eq!(look("ending_days=0").await, json!([]));
}
