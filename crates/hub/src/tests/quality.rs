//! Measurements that nodes report: taken once and only from those whose they are; scores made anew from what was counted; defects that nobody
//! closes but a measurement.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use model::time::day_in_viet_nam;
use quality::report::{CauseCounts, Counted, FORM, FieldCounts, GroupCounts, LEAST, Report, RuleCounts};
use quality::{Rules, score};
use serde_json::{Value, json};

use super::apply;
use super::usage::{Reporting, SERVICE, Sides, confirm, world};
use super::world::World;
use crate::catalogue::contract::Contract;
use crate::clock;
use crate::quality::{pack, report as reports, rules};
use crate::registry::Subject as _;
use crate::store::run;

pub(super) const CONTRACT: &str = "dan-cu.nguoi@1.0.0";
const PATH: &str = "VN%2FGOV%2FG01%2Fdan-cu%2Fnguoi";

pub(super) async fn rules_of(world: &World, contract: &str) -> Rules {
    let mut tx = world.hub.db.read().await.unwrap();
    let contract = Contract::load(&mut tx, contract).await.unwrap().unwrap();
    rules::made(&mut tx, &contract, day_in_viet_nam(clock::now())).await.unwrap().rules
}

/// A report in which each rule fails for as many rows as it is told, of 1,000.
fn report(rules: &Rules, fails: &BTreeMap<&str, u64>, (from, to): (Timestamp, Timestamp)) -> Report {
    let counts = |rule: &quality::Rule| {
        let fail = fails.get(rule.id.as_str()).copied().unwrap_or(0);
        RuleCounts {
            rule: rule.id.clone(),
            version: rule.version,
            pass: 990 - fail.min(990),
            fail,
            null: 10,
            not_applicable: 0,
            cause: (fail >= 20).then(|| CauseCounts {
                by: "value".to_owned(),
                groups: 1,
                told: vec![GroupCounts { name: "1".to_owned(), fails: 20, rows: 100 }],
            }),
        }
    };
    let field = |field: &quality::rule::Field| FieldCounts {
        field: field.name.clone(),
        filled: 990,
        nulls: 10,
        blank: 0,
        distinct: 500,
        lengths: vec![Counted { name: "12".to_owned(), rows: 980 }],
        scripts: vec![Counted { name: "ascii".to_owned(), rows: 990 }],
        values: vec![Counted { name: "1".to_owned(), rows: 500 }],
    };
    Report {
        form: FORM,
        node: "VN/GOV/G01/nut-1".parse().unwrap(),
        service: SERVICE.parse().unwrap(),
        from,
        to,
        version: "0.1.0".to_owned(),
        contract: CONTRACT.to_owned(),
        pack: "chat-luong@1".to_owned(),
        least: 10,
        day: day_in_viet_nam(to),
        rows: 1000,
        keyless: 0,
        sampled: false,
        lacking: Vec::new(),
        rules: rules.rules.iter().map(counts).collect(),
        fields: rules.fields.iter().map(field).collect(),
        units: Vec::new(),
    }
}

impl Reporting {
    pub(super) async fn measured(&self, world: &World, body: &str) -> (StatusCode, Value) {
        let signature = trust::hex(&self.sign(&[quality::report::SIGNED_AS, body.as_bytes()].concat()));
        let request = Request::post("/quality")
            .extension(crate::web::listen::From::showing(self.tls.clone()))
            .header("lienthong-key", self.keyid())
            .header("lienthong-signature", signature);
        let (status, _, answer) = world.answer(request.body(Body::from(body.to_owned())).unwrap()).await;
        (status, answer)
    }
}

/// A node that measures, its rules, and the end of its last run.
pub(super) struct Measuring {
    pub(super) node: Reporting,
    pub(super) rules: Rules,
    pub(super) until: Timestamp,
    /// Which node, which dataset, by which contract.
    pub(super) of: (String, String, String),
}

impl Measuring {
    pub(super) async fn begun(world: &World) -> Self {
        Self::of(world, ("VN/GOV/G01/nut-1", SERVICE, CONTRACT)).await
    }

    pub(super) async fn of(world: &World, (node, service, contract): (&str, &str, &str)) -> Self {
        let rules = rules_of(world, contract).await;
        let until = clock::now() - SignedDuration::from_hours(2);
        let of = (node.to_owned(), service.to_owned(), contract.to_owned());
        Self { node: Reporting::of(world, node).await, rules, until, of }
    }

    /// Measures by another contract from now on.
    pub(super) async fn by(&mut self, world: &World, contract: &str) {
        self.rules = rules_of(world, contract).await;
        contract.clone_into(&mut self.of.2);
    }

    fn made(&self, fails: &[(&str, u64)], when: (Timestamp, Timestamp)) -> Report {
        let mut made = report(&self.rules, &fails.iter().copied().collect(), when);
        let (node, service, contract) = &self.of;
        (made.node, made.service) = (node.parse().unwrap(), service.parse().unwrap());
        made.contract.clone_from(contract);
        made
    }

    /// Another run, a minute long, some minutes behind the last one.
    fn next(&mut self) -> (Timestamp, Timestamp) {
        let from = self.until + SignedDuration::from_mins(1);
        self.until = from + SignedDuration::from_mins(1);
        (from, self.until)
    }

    /// The report of another run, in which no rule fails.
    fn whole(&mut self) -> Report {
        let when = self.next();
        self.made(&[], when)
    }

    pub(super) async fn run(&mut self, world: &World, fails: &[(&str, u64)]) -> (StatusCode, Value) {
        let when = self.next();
        self.run_at(world, fails, when).await
    }

    pub(super) async fn run_at(
        &self,
        world: &World,
        fails: &[(&str, u64)],
        when: (Timestamp, Timestamp),
    ) -> (StatusCode, Value) {
        world.hub.paces.forget();
        let made = self.made(fails, when);
        self.node.measured(world, &serde_json::to_string(&made).unwrap()).await
    }
}

pub(super) async fn look(world: &World, path: &str) -> Value {
    let (status, told) = world.send("GET", path, Some(&world.token), Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{path}: {told}");
    told
}

#[expect(clippy::too_many_lines, reason = "one story: each step stands on the one before")]
pub(super) async fn a_measurement_is_taken_once_and_only_from_whose_it_is(url: &str) {
    let world = world(url).await;
    let mut node = Measuring::begun(&world).await;
    // Nothing measured is no zero, on any level.
    for level in ["nation", "bloc", "province", "agency", "database", "dataset"] {
        for line in look(&world, &format!("/api/v1/quality?level={level}")).await["items"].as_array().unwrap()
        {
            assert_eq!(
                (&line["overall"]["measured"], &line["overall"]["value"]),
                (&json!(false), &Value::Null),
                "{line}"
            );
        }
    }
    assert_eq!(look(&world, &format!("/api/v1/quality/datasets/{PATH}")).await["measurement"], Value::Null);
    let when = node.next();
    let good = report(&node.rules, &BTreeMap::new(), when);
    let refused = async |change: &dyn Fn(&mut Value)| {
        world.hub.paces.forget();
        let mut body = serde_json::to_value(&good).unwrap();
        change(&mut body);
        let (status, told) = node.node.measured(&world, &body.to_string()).await;
        assert!(told["detail_vi"].as_str().is_some_and(|vi| told["detail"] != vi), "{told}");
        (
            status.as_u16(),
            told["title"].as_str().unwrap_or_default().to_owned(),
            told["detail"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let bad = |told: (u16, String, String), why: &str| {
        assert_eq!((told.0, told.1.as_str()), (403, "LT-7125"), "{told:?}");
        assert!(told.2.contains(why), "{told:?}");
    };
    bad(refused(&|body| body["form"] = json!(2)).await, "form 2");
    bad(refused(&|body| body["keys"] = json!([1])).await, "keys");
    bad(refused(&|body| body["least"] = json!(LEAST - 1)).await, "least");
    bad(refused(&|body| body["fields"][0]["lengths"][0]["rows"] = json!(7)).await, "must not leave");
    bad(refused(&|body| body["rules"][0]["pass"] = json!(5_000)).await, "more records");
    bad(refused(&|body| body["node"] = json!("VN/GOV/G15/nut-9")).await, "registry");
    bad(refused(&|body| body["service"] = json!("VN/GOV/G15/ho-tich/khai-sinh")).await, "VN/GOV/G15/ho-tich");
    bad(refused(&|body| body["contract"] = json!("dan-cu.nguoi@9.0.0")).await, "9.0.0");
    // A signature over other words, or of nobody.
    let body = serde_json::to_string(&good).unwrap();
    world.hub.paces.forget();
    let (status, told) = node.node.send(&world, body.clone()).await;
    assert_ne!(status, StatusCode::OK, "a measurement is no report of usage: {told}");
    let unsigned = Request::post("/quality").body(Body::from(body.clone())).unwrap();
    assert_eq!(world.answer(unsigned).await.0, StatusCode::UNAUTHORIZED);
    // Once; and what overlaps it counts nothing.
    world.hub.paces.forget();
    assert_eq!(node.node.measured(&world, &body).await.1, json!({ "taken": true }));
    assert_eq!(node.node.measured(&world, &body).await.1, json!({ "taken": false }));
    let minute = SignedDuration::from_secs(30);
    assert_eq!(node.run_at(&world, &[], (when.0, when.1 + minute)).await.1["title"], "LT-7134");
    assert_eq!(node.run_at(&world, &[], (when.1 + minute, when.1 + minute)).await.1["title"], "LT-7135");
    let ahead = clock::now() + SignedDuration::from_hours(1);
    assert_eq!(node.run_at(&world, &[], (when.1, ahead)).await.1["title"], "LT-7135");
    let told = look(&world, &format!("/api/v1/quality/datasets/{PATH}")).await;
    assert_eq!(told["line"]["overall"]["value"], json!(100.0), "{}", told["line"]);
    assert_eq!(told["measurement"]["rows"], 1000);
    // Old ones of a day go, the last stays.
    assert_eq!(node.run(&world, &[]).await.1["taken"], true);
    let history = async || {
        look(&world, &format!("/api/v1/quality/history?level=dataset&id={PATH}")).await["items"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(history().await, 2);
    let mut tx = world.hub.db.write().await.unwrap();
    reports::forget_old(&mut tx, clock::now() + SignedDuration::from_hours(72)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(history().await, 1);
    let mut tx = world.hub.db.write().await.unwrap();
    reports::forget_old(&mut tx, clock::now() + SignedDuration::from_hours(24 * 800)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(history().await, 1, "the last one of a dataset is never forgotten");
}

/// The node, the service and the contract of a second dataset.
pub(super) const OTHER: (&str, &str, &str) =
    ("VN/GOV/G15/nut-1", "VN/GOV/G15/ho-tich/khai-sinh", "ho-tich.khai-sinh@1.0.0");

/// A second dataset, of another agency, whose fields are called otherwise and are of the same terms.
pub(super) async fn another(world: &World) {
    let name = json!({ "vi": "Khai sinh", "en": "Births" });
    let bound = json!([{ "url": "urn:lienthong:term:ndg:ID-004@1.0.0", "type": "businessDefinition" }]);
    let all = json!([
        { "kind": "Service", "id": "VN/GOV/G15/ho-tich/khai-sinh", "name": name,
          "dataset": { "key": "so", "fields": [{ "name": "so", "label": name }, { "name": "gioi", "label": name }] } },
        { "kind": "Node", "id": "VN/GOV/G15/nut-1", "address": "127.0.0.1:5515", "systems": ["VN/GOV/G15/ho-tich"] },
        { "kind": "Contract", "id": "ho-tich.khai-sinh@1.0.0", "service": "VN/GOV/G15/ho-tich/khai-sinh", "odcs": {
            "apiVersion": "v3.1.0", "kind": "DataContract", "id": "ho-tich.khai-sinh", "version": "1.0.0", "status": "active", "name": "Khai sinh",
            "schema": [{ "name": "khai_sinh", "properties": [
                { "name": "so", "logicalType": "string", "primaryKey": true, "required": true, "classification": "personal", "authoritativeDefinitions": bound },
                { "name": "gioi", "logicalType": "string", "classification": "personal", "authoritativeDefinitions": bound },
            ] }] } },
    ]);
    apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(all).unwrap()).await.unwrap();
}

#[expect(clippy::too_many_lines, reason = "one story: each step stands on the one before")]
pub(super) async fn what_is_above_datasets_is_made_of_what_was_counted_in_them(url: &str) {
    let world = world(url).await;
    another(&world).await;
    confirm(&world).await;
    let mut one = Measuring::begun(&world).await;
    let other = Measuring::of(&world, OTHER).await;
    assert_eq!(one.run(&world, &[("ho_ten:values", 90)]).await.1["taken"], true);
    let second = other.made(&[("gioi:values", 900)], (one.until, one.until + SignedDuration::from_mins(1)));
    world.hub.paces.forget();
    let (status, told) = other.node.measured(&world, &serde_json::to_string(&second).unwrap()).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    // The nation's number is that of both states merged, under the dictionary's names.
    let first = report(&one.rules, &[("ho_ten:values", 90)].into(), (one.until, one.until));
    let merged = first.pooled(&one.rules).merge(&second.pooled(&other.rules)).unwrap();
    let value = score(&merged, pack().unwrap()).summary.overall.measure().unwrap().value;
    let nation = look(&world, "/api/v1/quality?level=nation").await["items"][0].clone();
    assert!((nation["overall"]["value"].as_f64().unwrap() - value).abs() < 0.0002, "{nation} {value}");
    assert_eq!(
        (&nation["datasets"], &nation["datasets_measured"], &nation["rows"]),
        (&json!(2), &json!(2), &json!(2000))
    );
    // It can be explained, down to the counts of the rule that both have.
    let explained = look(&world, "/api/v1/quality/explain?level=nation&id=nation&number=clean").await;
    assert_eq!(explained["score"]["value"], nation["criteria"]["clean"]["value"]);
    let rule = explained["rules"]
        .as_array()
        .unwrap()
        .iter()
        .find(|rule| rule["rule"].as_str().unwrap().contains(":values@"))
        .unwrap();
    assert_eq!((&rule["fail"], &rule["term"]["id"]), (&json!(990), &json!("ndg:ID-004")), "{rule}");
    // A database has what was confirmed to belong to it, and nothing else; its agency all below it.
    let of = async |path: &str| look(&world, path).await["items"].as_array().unwrap().clone();
    let database = of("/api/v1/quality?level=database").await;
    assert_eq!((&database[0]["id"], &database[0]["datasets"]), (&json!("VNDB-013"), &json!(1)));
    let dataset = look(&world, &format!("/api/v1/quality/datasets/{PATH}")).await;
    let agencies = of("/api/v1/quality?level=agency&sort=overall").await;
    assert_eq!(
        agencies.iter().map(|line| line["id"].as_str().unwrap()).collect::<Vec<_>>(),
        ["VN/GOV/G15", "VN/GOV/G01"]
    );
    // Each number that is shown of the dataset is what explaining it comes to.
    for number in
        ["", "accurate", "complete", "clean", "live", "consistent", "shared", "ho_ten", "ho_ten:values"]
    {
        let path = format!("/api/v1/quality/explain?level=dataset&id={PATH}&number={number}");
        let explained = look(&world, &path).await["score"].clone();
        let field =
            || dataset["fields"].as_array().unwrap().iter().find(|field| field["field"] == "ho_ten").unwrap();
        let shown = match number {
            "" => dataset["line"]["overall"].clone(),
            "ho_ten" => field()["overall"].clone(),
            "ho_ten:values" => field()["rules"]
                .as_array()
                .unwrap()
                .iter()
                .find(|rule| rule["rule"] == number)
                .unwrap()["score"]
                .clone(),
            criterion => dataset["line"]["criteria"][criterion].clone(),
        };
        assert_eq!(explained["value"], shown["value"], "{number}");
    }
    // What repair gains most comes first, with the code that fails; a key field that fails is told whatever the mean.
    assert_eq!(dataset["fix_first"][0]["rule"], "ho_ten:values");
    assert_eq!(dataset["fix_first"][0]["cause"]["told"][0]["name"], "1");
    assert_eq!(one.run(&world, &[("so_dinh_danh:values", 1)]).await.1["taken"], true);
    let line = look(&world, &format!("/api/v1/quality/datasets/{PATH}")).await["line"].clone();
    assert_eq!((&line["alerts"], &line["overall"]["band"]), (&json!(1), &json!("red")), "{line}");
    assert!(line["overall"]["value"].as_f64().unwrap() > 99.0);
    let changes = look(&world, &format!("/api/v1/quality/datasets/{PATH}/changes")).await;
    assert_eq!(changes["rules"][0]["rule"], "ho_ten:values", "{changes}");
    assert_eq!(
        (&changes["rules"][0]["before"]["fail"], &changes["rules"][0]["after"]["fail"]),
        (&json!(90), &json!(0))
    );
    // The day's scores are kept, and what is out of date counts as not measured.
    let country =
        world.hub.quality.country(&mut world.hub.db.read().await.unwrap(), clock::now()).await.unwrap();
    let scores = crate::quality::dataset::above_datasets(&country);
    let mut tx = world.hub.db.write().await.unwrap();
    crate::quality::dataset::keep_day(&mut tx, &scores, clock::now()).await.unwrap();
    tx.commit().await.unwrap();
    let kept = look(&world, "/api/v1/quality/history?level=nation&id=nation").await;
    assert!(kept["items"][0]["scores"]["overall"]["measured"].as_bool().unwrap(), "{kept}");
    // What is not measured lowers the coverage, in the list and where it is explained.
    let mut tx = world.hub.db.write().await.unwrap();
    run!(
        tx,
        "UPDATE quality_report SET ended_at = $1 WHERE service = $2" => "2026-01-01T00:00:00Z", "VN/GOV/G15/ho-tich/khai-sinh"
    )
    .unwrap();
    tx.commit().await.unwrap();
    world.hub.quality.forget();
    let nation = of("/api/v1/quality?level=nation").await[0].clone();
    assert!(nation["overall"]["coverage"].as_f64().unwrap() <= 0.5, "{nation}");
    for (number, shown) in [("", &nation["overall"]), ("clean", &nation["criteria"]["clean"])] {
        let path = format!("/api/v1/quality/explain?level=nation&id=nation&number={number}");
        assert_eq!(&look(&world, &path).await["score"], shown, "{number}");
    }
    let mut tx = world.hub.db.write().await.unwrap();
    run!(tx, "UPDATE quality_report SET ended_at = $1" => "2026-01-01T00:00:00Z").unwrap();
    tx.commit().await.unwrap();
    world.hub.quality.forget();
    let line = of("/api/v1/quality?level=nation").await[0].clone();
    assert_eq!((&line["overall"]["measured"], &line["datasets_out_of_date"]), (&json!(false), &json!(2)));
}

/// What an owner or its node may send changes nothing of what the hub itself has seen, or of what rules weigh.
pub(super) async fn nobody_moves_the_quality_that_judges_them(url: &str) {
    let world = world(url).await;
    confirm(&world).await;
    let mut node = Measuring::begun(&world).await;
    node.run(&world, &[("ho_ten:values", 90)]).await;
    let line = async || look(&world, &format!("/api/v1/quality/datasets/{PATH}")).await["line"].clone();
    let before = line().await;
    assert_eq!(before["criteria"]["shared"]["measured"], json!(false), "no node has reported of its traffic");
    // Rules left out are not measured, which lowers the coverage; they do not raise the score of those that are there to a whole.
    let mut less = node.whole();
    less.rules.retain(|counts| !counts.rule.starts_with("ho_ten:"));
    world.hub.paces.forget();
    assert_eq!(node.node.measured(&world, &serde_json::to_string(&less).unwrap()).await.0, StatusCode::OK);
    let after = line().await;
    assert!(
        after["overall"]["coverage"].as_f64().unwrap() < before["overall"]["coverage"].as_f64().unwrap(),
        "{after}"
    );
    let open = look(&world, "/api/v1/quality/defects?state=live").await;
    assert_eq!(open["items"].as_array().unwrap().len(), 1, "what was left out is not corrected: {open}");
    // Nor does an empty table, a sample, or a rule by a name that nobody knows.
    let mut empty = node.whole();
    empty.rules.iter_mut().for_each(|counts| (counts.pass, counts.null) = (0, 1000));
    let mut sample = node.whole();
    sample.sampled = true;
    let mut made_up = node.whole();
    made_up.rules.iter_mut().for_each(|counts| counts.rule = format!("{}-khac", counts.rule));
    for made in [empty, sample, made_up] {
        world.hub.paces.forget();
        let (status, told) = node.node.measured(&world, &serde_json::to_string(&made).unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        let open = look(&world, "/api/v1/quality/defects?state=live").await;
        assert_eq!(open["items"].as_array().unwrap().len(), 1, "{open}");
    }
    // Nor a draft that asks less while another contract is in force, nor days of the node's own choice.
    let less = super::contracts::contract("2.0.0", |odcs| odcs["status"] = json!("draft"));
    apply(&world.hub.db, &[less]).await.unwrap();
    let mut by_draft = node.whole();
    by_draft.contract = by_draft.contract.replace("@1.0.0", "@2.0.0");
    let (mut of_old, mut of_later) = (node.whole(), node.whole());
    of_old.day = day_in_viet_nam(of_old.to - SignedDuration::from_hours(72));
    of_later.day = day_in_viet_nam(of_later.to + SignedDuration::from_hours(24));
    for (made, code) in [(by_draft, "LT-7125"), (of_old, "LT-7135"), (of_later, "LT-7135")] {
        world.hub.paces.forget();
        let (_, told) = node.node.measured(&world, &serde_json::to_string(&made).unwrap()).await;
        assert_eq!(told["title"], code, "{told}");
    }
    // Nor counts of another version of a rule.
    let mut older = node.whole();
    older.rules.iter_mut().for_each(|counts| counts.version = "9.0.0".parse().unwrap());
    world.hub.paces.forget();
    assert_eq!(node.node.measured(&world, &serde_json::to_string(&older).unwrap()).await.0, StatusCode::OK);
    let open = look(&world, "/api/v1/quality/defects?state=live").await;
    assert_eq!(open["items"].as_array().unwrap().len(), 1, "{open}");
    // Shared use: what the provider alone reports counts nothing; what both sides report, by another agency, does.
    let more = json!([{ "kind": "Node", "id": "VN/GOV/G15/nut-1", "address": "127.0.0.1:5515", "systems": ["VN/GOV/G15/ho-tich"] }]);
    apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(more).unwrap()).await.unwrap();
    let mut sides = Sides {
        provider: Reporting::of(&world, "VN/GOV/G01/nut-1").await,
        consumer: Reporting::of(&world, "VN/GOV/G15/nut-1").await,
    };
    world.hub.paces.forget();
    sides.provider.report(&world, json!([super::usage::row("VN/GOV/G15/ho-tich", "khai-sinh", 900)])).await;
    assert_eq!(line().await["criteria"]["shared"]["value"], json!(0.0));
    sides.report(&world, "khai-sinh", 3).await;
    let shared = line().await["criteria"]["shared"].clone();
    assert_eq!((&shared["count"], &shared["value"]), (&json!(1), &json!(33.3333)), "one agency of three");
}

pub(super) async fn only_a_later_measurement_closes_a_defect(url: &str) {
    let world = world(url).await;
    let mut node = Measuring::begun(&world).await;
    let owner = world.account_of("chat-luong", Some("VN/GOV/G01"), "data_officer").await;
    let consumer = world.account_of("khai-thac", Some("VN/GOV/G15"), "engineer").await;
    node.run(&world, &[("ho_ten:values", 40), ("so_dinh_danh:required", 2)]).await;
    let live = async || {
        look(&world, "/api/v1/quality/defects?state=live&sort=-gain").await["items"]
            .as_array()
            .unwrap()
            .clone()
    };
    let defects = live().await;
    assert_eq!(defects.len(), 2, "{defects:?}");
    assert!(
        defects[0]["gain"].as_f64().unwrap() > 0.0 && defects.iter().all(|one| one["owner"] == "VN/GOV/G01")
    );
    let of = |rule: &str| {
        defects.iter().find(|one| one["rule"] == rule).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let id = of("ho_ten:values");
    let post = async |token: &str, path: &str, body: Value| {
        world.send("POST", &format!("/api/v1/quality/defects{path}"), Some(token), body).await
    };
    let reason = || json!({ "reason": "đang đối chiếu hồ sơ gốc" });
    // Whoever is not its owner corrects nothing, and there is no command that closes.
    assert_eq!(post(&consumer, &format!("/{id}/correct"), reason()).await.0, StatusCode::FORBIDDEN);
    assert_eq!(post(&world.token, &format!("/{id}/correct"), reason()).await.0, StatusCode::FORBIDDEN);
    assert_eq!(post(&owner, &format!("/{id}/close"), reason()).await.0, StatusCode::NOT_FOUND);
    let (status, told) = post(&owner, &format!("/{id}/correct"), reason()).await;
    assert_eq!((status, &told["state"]), (StatusCode::OK, &json!("correcting")), "{told}");
    let due = told["due"]["by"].clone();
    let (status, told) = post(&owner, &format!("/{id}/dispute"), reason()).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert!(told["due"]["by"].as_str() > due.as_str() && told["disputed"] == json!(true), "{told}");
    assert_eq!(post(&owner, &format!("/{id}/dispute"), reason()).await.1["title"], "LT-7104");
    let with_number = json!({ "reason": "hồ sơ của 079 203 001 234" });
    assert_eq!(post(&owner, &format!("/{id}/comments"), with_number).await.1["title"], "LT-7104");
    // Counted anew, then passed; then back.
    node.run(&world, &[("ho_ten:values", 15), ("so_dinh_danh:required", 2)]).await;
    let show = async |id: &str| look(&world, &format!("/api/v1/quality/defects/{id}")).await;
    assert_eq!((&show(&id).await["fails"], &show(&id).await["state"]), (&json!(15), &json!("correcting")));
    node.run(&world, &[("so_dinh_danh:required", 2)]).await;
    let closed = show(&id).await;
    assert_eq!((&closed["state"], &closed["fails"]), (&json!("closed"), &json!(0)), "{closed}");
    assert_eq!(post(&owner, &format!("/{id}/correct"), reason()).await.1["title"], "LT-7104");
    node.run(&world, &[("ho_ten:values", 7), ("so_dinh_danh:required", 2)]).await;
    let again = show(&id).await;
    assert_eq!(
        (&again["state"], &again["times"], &again["disputed"]),
        (&json!("open"), &json!(2), &json!(false))
    );
    let what: Vec<&str> =
        again["events"].as_array().unwrap().iter().map(|event| event["what"].as_str().unwrap()).collect();
    assert_eq!(what, ["opened", "correcting", "disputed", "counted", "passed", "again"]);
    // A consumer reports what it met: named by the exchange, without anybody's number; once; and hears what became of it.
    let report = |reason: &str| json!({ "service": SERVICE, "exchange": "0198c0de-0000-7000-8000-000000000001", "field": "ho_ten", "kind": "reference", "reason": reason });
    let granted = json!([{ "kind": "Grant", "id": "g-ho-tich", "client": "VN/GOV/G15/ho-tich", "service": SERVICE,
        "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": ["ho_ten"], "valid_to": "2027-01-01", "per_second": 5,
        "endpoints": [{ "method": "GET", "path": "/*" }] }]);
    assert_eq!(
        post(&consumer, "", report("sai tên")).await.1["title"],
        "LT-7104",
        "nobody meets a defect where they never called"
    );
    apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(granted).unwrap()).await.unwrap();
    for wrong in [
        report("số 079 203 001 234 sai tên"),
        {
            let mut other = report("x");
            other["field"] = json!("khac");
            other
        },
        {
            // No rule looks for that in the field: no measurement could ever close it.
            let mut other = report("x");
            other["kind"] = json!("stale");
            other
        },
        {
            let mut other = report("x");
            other["exchange"] = json!("079203001234");
            other
        },
    ] {
        assert!(post(&consumer, "", wrong).await.0.is_client_error());
    }
    let (status, reported) = post(&consumer, "", report("tên trả về không có trong danh mục")).await;
    assert_eq!((status, &reported["origin"]), (StatusCode::OK, &json!("reported")), "{reported}");
    let theirs = reported["id"].as_str().unwrap().to_owned();
    assert_eq!(post(&consumer, "", report("lần nữa")).await.1["title"], "LT-7104");
    // A measurement that began before it was reported says nothing of it, one that passes later does.
    let hidden = world.account_of("ngoai", Some("VN/GOV/G01"), "compliance_officer").await;
    assert_eq!(
        world.send("GET", &format!("/api/v1/quality/defects/{theirs}"), Some(&hidden), Value::Null).await.0,
        StatusCode::OK,
        "its owner sees it"
    );
    node.run(&world, &[("so_dinh_danh:required", 2)]).await;
    assert_eq!(show(&theirs).await["state"], "open", "that measurement was made before");
    let later = clock::now() + SignedDuration::from_millis(5);
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    node.run_at(&world, &[("so_dinh_danh:required", 2)], (later, later + SignedDuration::from_secs(1))).await;
    assert_eq!(show(&theirs).await["state"], "closed");
    // One that overlaps or is older than the last changes nothing.
    let back = later - SignedDuration::from_hours(1);
    assert_eq!(
        node.run_at(&world, &[("ho_ten:values", 9)], (back, back + SignedDuration::from_secs(1))).await.1["title"],
        "LT-7134"
    );
}
