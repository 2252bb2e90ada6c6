//! Assessments: a year is played by a driven clock; what is over stays as it was and comes to the same digits; nobody judged moves it alone.

use std::collections::BTreeMap;

use assess::period::{Cycle, Period};
use assess::{Pack, bundle};
use axum::http::StatusCode;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use model::fault::Fault;
use serde_json::{Value, json};

use super::apply;
use super::usage::{Sides, confirm, world};
use super::world::{World, officer};
use crate::assess::acting::{self, Claiming, Disputing, Waiving};
use crate::assess::run::Ran;
use crate::assess::{look, packs, run};
use crate::audit::change::AuditContext;
use crate::audit::right::Role;
use crate::store;

const FAMILY: &str = "lienthong-30";
const DELIVERS: &str = "VN/GOV/G01";
const DECLARES: &str = "VN/GOV/G15";

fn at(day: Date) -> Timestamp {
    format!("{day}T05:00:00Z").parse().unwrap()
}

fn of_hub(day: Date) -> AuditContext {
    AuditContext::new(&officer("can-bo", None, &[Role::HubOfficer]), "thử", at(day)).unwrap()
}

fn of_agency(agency: &str, day: Date) -> AuditContext {
    AuditContext::new(&officer("lan", Some(agency), &[Role::DataOfficer]), "thử", at(day)).unwrap()
}

/// Assesses on a day, as the hub does by itself.
async fn assess_on(world: &World, day: Date) -> Vec<Ran> {
    let now = at(day);
    let mut tx = world.hub.db.read().await.unwrap();
    let country = world.hub.quality.country(&mut tx, now).await.unwrap();
    let read = run::read(&mut tx, &country, now).await.unwrap();
    drop(tx);
    let mut tx = world.hub.db.write().await.unwrap();
    let ran = run::write(&mut tx, &read, &packs::by_the_hub(now)).await.unwrap();
    tx.commit().await.unwrap();
    ran
}

/// All that is kept of all periods of a family, as the store has it.
async fn kept(world: &World) -> BTreeMap<String, String> {
    let mut tx = world.hub.db.read().await.unwrap();
    let rows: Vec<(String, String, String, String, String, String)> = store::all!(
        tx,
        "SELECT r.period, r.agency, r.evidence, r.evidence_sha256, r.result_sha256, r.line FROM assess_result r
         JOIN assess_period p ON p.family = r.family AND p.period = r.period WHERE r.family = $1 AND p.frozen_at IS NOT NULL" => FAMILY
    )
    .unwrap();
    let row = |(period, agency, evidence, one, other, line)| {
        (format!("{period} {agency}"), format!("{evidence} {one} {other} {line}"))
    };
    rows.into_iter().map(row).collect()
}

async fn whole(world: &World, agency: &str, period: Option<&str>) -> look::Whole {
    let period = period.map(|period| period.parse().unwrap());
    look::agency(&mut world.hub.db.read().await.unwrap(), FAMILY, period, agency).await.unwrap()
}

fn claiming(criterion: &str, agency: &str, value: &str) -> Claiming {
    let [family, criterion, agency, value, reason] =
        [FAMILY, criterion, agency, value, "thử"].map(str::to_owned);
    Claiming { family, criterion, agency, value, reason }
}

async fn claim(world: &World, claiming: &Claiming, context: &AuditContext) -> Result<(), Fault> {
    let mut tx = world.hub.db.write().await.unwrap();
    acting::claim(&mut tx, claiming, context).await?;
    tx.commit().await
}

/// The shipped pack in another version, from a day on, in which one criterion weighs more.
fn next_version(number: u32, from: &str) -> String {
    let text = assess::pack::SHIPPED[0].1;
    text.replace("lienthong-30@1", &format!("lienthong-30@{number}"))
        .replace("effective_from = \"2026-11-01\"", &format!("effective_from = \"{from}\""))
        .replacen("weight = 4", "weight = 9", 1)
}

async fn announce(world: &World, toml: &str, day: Date) -> Result<(), Fault> {
    let mut tx = world.hub.db.write().await.unwrap();
    packs::announce(&mut tx, toml, &of_hub(day)).await?;
    tx.commit().await
}

pub(super) async fn what_is_over_stays_as_it_was_and_comes_to_the_same_digits(url: &str) {
    let world = world(url).await;
    // One offers something, claims all, and does nothing.
    let name = json!({ "vi": "x", "en": "x" });
    let offers = json!([
        { "kind": "System", "id": "VN/GOV/G15/ho-tich", "name": name },
        { "kind": "Service", "id": "VN/GOV/G15/ho-tich/khai-sinh", "name": name, "http": { "endpoints": [{ "method": "GET", "path": "/*" }] } },
    ]);
    let offers: Vec<crate::kinds::Document> = serde_json::from_value(offers).unwrap();
    apply(&world.hub.db, &offers).await.unwrap();
    for criterion in &Pack::shipped().unwrap()[0].criteria {
        let value = criterion.at_least.or(criterion.at_most).unwrap().to_string();
        let day = "2026-11-02".parse().unwrap();
        claim(&world, &claiming(&criterion.id, DECLARES, &value), &of_agency(DECLARES, day)).await.unwrap();
    }
    let mut period = Period::of(Cycle::Month, "2026-11-01".parse().unwrap());
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let mut levels = Vec::new();
    for month in 0..13 {
        for day in [period.first(), period.first().saturating_add(14.days()), period.last()] {
            assess_on(&world, day).await;
        }
        match month {
            // The other one delivers: what it owes is confirmed, and others use it.
            2 => {
                confirm(&world).await;
                let mut sides = Sides::admitted(&world).await;
                sides.report(&world, "khai-sinh", 30).await;
            }
            // A later version, announced in March, judges from May on.
            4 => {
                let day = "2027-03-10".parse().unwrap();
                let early = announce(&world, &next_version(2, "2027-04-01"), day).await;
                assert!(matches!(early, Err(Fault::Contradictory { .. })), "{early:?}");
                announce(&world, &next_version(2, "2027-05-01"), day).await.unwrap();
                let again = announce(&world, &next_version(2, "2027-09-01"), day).await;
                assert!(matches!(again, Err(Fault::Contradictory { .. })), "{again:?}");
            }
            _ => {}
        }
        assess_on(&world, period.last()).await;
        period = period.next();
        assess_on(&world, period.first()).await;
        let now = kept(&world).await;
        for (row, was) in &known {
            assert_eq!(now.get(row), Some(was), "{row} was over and changed in {period}");
        }
        assert!(now.len() > known.len(), "nothing was frozen before {period}");
        known = now;
        levels.push((whole(&world, DELIVERS, None).await.line.level, whole(&world, DECLARES, None).await));
    }
    // Whoever only declares stays at the bottom, and the gap is the whole claim.
    for (_, declares) in &levels {
        assert_eq!(declares.line.level, Some(1));
        assert_eq!(declares.line.claimed, Some(100.0));
    }
    let march = whole(&world, DELIVERS, Some("2027-03")).await;
    let before = whole(&world, DELIVERS, Some("2026-12")).await;
    assert!(march.recomputed && before.recomputed);
    assert!(march.line.observed > before.line.observed, "{:?} {:?}", march.line, before.line);
    // Each period by the version that judged it.
    let by = |period: &str| {
        march.history.iter().find(|point| point.period.to_string() == period).unwrap().pack.clone()
    };
    assert_eq!((by("2027-04").as_str(), by("2027-05").as_str()), ("lienthong-30@1", "lienthong-30@2"));
    // March is computed anew in December, elsewhere, to the same digits; altered, it says where.
    let mut tx = world.hub.db.read().await.unwrap();
    let text = look::bundle(&mut tx, FAMILY, Some("2027-03".parse().unwrap()), "").await.unwrap();
    drop(tx);
    assert!(bundle::verify(&text).unwrap().differences.is_empty());
    let told: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(told["pack_sha256"], march.head.pack_sha256);
    let mut altered = told.clone();
    altered["agencies"][0]["result"]["triple"]["observed"] = json!(9999);
    let found = bundle::verify(&altered.to_string()).unwrap().differences;
    assert!(found.iter().any(|one| one.place.ends_with("/triple/observed")), "{found:?}");
    // What each period came to stands in the trail.
    let (_, trail) =
        world.send("GET", "/api/v1/changes?kind=Assessment&limit=500", Some(&world.token), Value::Null).await;
    let entries = trail["items"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["subject"] == "lienthong-30 2027-03").unwrap();
    assert_eq!(entry["after"]["evidence_sha256"], march.head.evidence_sha256);
    // A clock that goes back makes nothing anew.
    let again = kept(&world).await;
    assert!(assess_on(&world, "2027-02-11".parse().unwrap()).await.is_empty());
    assert_eq!(kept(&world).await, again);
    assert!(
        !run::is_due(&mut world.hub.db.read().await.unwrap(), at("2027-02-12".parse().unwrap()))
            .await
            .unwrap()
    );
}

pub(super) async fn nobody_is_let_off_by_themselves_and_what_is_let_off_ends(url: &str) {
    let world = world(url).await;
    let day: Date = "2026-11-10".parse().unwrap();
    let waiving = |until: &str| Waiving {
        family: FAMILY.to_owned(),
        criterion: "can-cu-phap-ly".to_owned(),
        agency: DELIVERS.to_owned(),
        basis: "Công văn 12".to_owned(),
        until: until.parse().unwrap(),
        reason: "thử".to_owned(),
    };
    let waive = async |until: &str, context: &AuditContext| {
        let mut tx = world.hub.db.write().await.unwrap();
        let waived = acting::waive(&mut tx, &waiving(until), context).await?;
        tx.commit().await.map(|()| waived)
    };
    // Neither the judged nor another agency, whatever their rights; and for a year at most.
    for agency in [DELIVERS, DECLARES] {
        let context = AuditContext::new(&officer("lan", Some(agency), &Role::ALL), "thử", at(day)).unwrap();
        let refused = waive("2027-01-01", &context).await;
        assert!(matches!(refused, Err(Fault::NotTheirs { .. })), "{refused:?}");
    }
    for until in ["2026-11-09", "2028-01-01"] {
        assert!(matches!(waive(until, &of_hub(day)).await, Err(Fault::Contradictory { .. })));
    }
    // What an agency claims of another is nobody's.
    let others =
        claim(&world, &claiming("can-cu-phap-ly", DELIVERS, "100 %"), &of_agency(DECLARES, day)).await;
    assert!(matches!(others, Err(Fault::NotTheirs { .. })), "{others:?}");
    let unit = claim(&world, &claiming("can-cu-phap-ly", DELIVERS, "3"), &of_agency(DELIVERS, day)).await;
    assert!(matches!(unit, Err(Fault::BadDocument { .. })), "{unit:?}");
    let state = async |day: &str| {
        assess_on(&world, day.parse().unwrap()).await;
        let found = whole(&world, DELIVERS, None).await;
        found.criteria.into_iter().find(|one| one.id == "can-cu-phap-ly").unwrap().state
    };
    // It is asked of whoever owns a database that was confirmed.
    confirm(&world).await;
    let asked = state("2026-11-10").await;
    assert_eq!(asked, assess::score::State::Met);
    let waived = waive("2026-12-15", &of_hub(day)).await.unwrap();
    assert_eq!(state("2026-11-11").await, assess::score::State::Waived);
    assert_eq!(state("2026-12-15").await, assess::score::State::Waived);
    assert_eq!(state("2026-12-16").await, assess::score::State::Met, "it has ended");
    assert_eq!(whole(&world, DELIVERS, Some("2026-11")).await.waivers[0].id, waived.id);
    let again = waive("2027-06-01", &of_hub("2026-12-17".parse().unwrap())).await.unwrap();
    assert_eq!(state("2026-12-18").await, assess::score::State::Waived);
    let mut tx = world.hub.db.write().await.unwrap();
    acting::end_waiver(&mut tx, &again.id, &of_hub("2026-12-19".parse().unwrap())).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(state("2026-12-19").await, assess::score::State::Met);
    // A dispute changes nothing of the score, has its clock, and is answered once.
    let disputing = Disputing {
        family: FAMILY.to_owned(),
        criterion: "can-cu-phap-ly".to_owned(),
        agency: DELIVERS.to_owned(),
        period: String::new(),
        reason: "thử".to_owned(),
    };
    let before = whole(&world, DELIVERS, None).await.line;
    let mut tx = world.hub.db.write().await.unwrap();
    let context = of_agency(DELIVERS, "2026-12-19".parse().unwrap());
    let opened = acting::dispute(&mut tx, &disputing, &context).await.unwrap();
    assert!(matches!(acting::dispute(&mut tx, &disputing, &context).await, Err(Fault::Contradictory { .. })));
    assert!(matches!(acting::answer(&mut tx, &opened.id, &context).await, Err(Fault::NoRight { .. })));
    let hub = of_hub("2026-12-21".parse().unwrap());
    assert!(acting::answer(&mut tx, &opened.id, &hub).await.unwrap().answer.is_some());
    assert!(matches!(acting::answer(&mut tx, &opened.id, &hub).await, Err(Fault::Contradictory { .. })));
    tx.commit().await.unwrap();
    assert_eq!(whole(&world, DELIVERS, None).await.line, before);
}

pub(super) async fn every_measure_that_is_seen_is_read_and_every_other_said_to_be_unseen(url: &str) {
    let world = world(url).await;
    confirm(&world).await;
    let mut sides = Sides::admitted(&world).await;
    sides.report(&world, "khai-sinh", 30).await;
    let (now, today) = (crate::clock::now(), model::time::day_in_viet_nam(crate::clock::now()));
    let mut tx = world.hub.db.read().await.unwrap();
    let country = world.hub.quality.country(&mut tx, now).await.unwrap();
    let agencies = crate::assess::facts::agencies(&mut tx).await.unwrap();
    let read = crate::assess::measures::read(&mut tx, &country, &agencies, (today, now)).await.unwrap();
    for (agency, readings) in &read {
        for measure in assess::measure::ALL {
            assert_eq!(readings.contains_key(measure.name), measure.seen, "{agency}: {}", measure.name);
        }
        assert_eq!(readings.len(), assess::measure::ALL.iter().filter(|measure| measure.seen).count());
    }
    let value = |agency: &str, measure: &str| match &read[agency][measure] {
        assess::evidence::Reading::Measured(measured) => Some(measured.value),
        assess::evidence::Reading::NotMeasured(_) => None,
    };
    for (measure, is) in [
        ("databases_with_basis", 10_000),
        ("databases_confirmed", 10_000),
        ("databases_classed", 10_000),
        ("duties_published", 10_000),
        ("duties_in_use", 10_000),
        ("duties_met", 0),
        ("consumers", 1),
        ("services_with_contract", 10_000),
        ("services_whole", 10_000),
        ("fields_bound", 10_000),
        // Thirty answered, one failed.
        ("calls_answered", 9_677),
        ("scopes_published", 1),
        ("certificates_ahead", 10_000),
        ("nodes_current", 10_000),
        ("nodes_reporting", 10_000),
        ("security_confirmed", 0),
    ] {
        assert_eq!(value(DELIVERS, measure), Some(is), "{measure}");
    }
    assert!(value(DELIVERS, "latency_p95").is_some());
    assert_eq!(value(DELIVERS, "quality_accurate"), None);
    assert_eq!(value(DECLARES, "calls_with_purpose"), Some(10_000));
    assert_eq!(value(DECLARES, "duties_published"), None);
}

#[tokio::test]
async fn what_is_assessed_is_asked_for_over_http_by_whom_it_may_be() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(&format!("sqlite:{}", folder.path().join("hub.db").display())).await;
    confirm(&world).await;
    let send = async |method: &str, path: &str, who: &str, body: Value| {
        world.send(method, path, Some(who), body).await
    };
    let nothing = send("GET", "/api/v1/assessments", &world.token, Value::Null).await;
    assert_eq!(nothing.0, StatusCode::NOT_FOUND);
    let agency = world.account_of("lan.g01", Some(DELIVERS), "data_officer").await;
    let run = |who: String| async move { who };
    let refused =
        send("POST", "/api/v1/assessments/run", &run(agency.clone()).await, json!({ "reason": "x" })).await;
    assert_eq!(refused.0, StatusCode::FORBIDDEN);
    let (status, ran) =
        send("POST", "/api/v1/assessments/run", &world.token, json!({ "reason": "thử" })).await;
    assert_eq!(status, StatusCode::OK, "{ran}");
    assert_eq!(ran["periods"].as_array().unwrap().len(), assess::pack::SHIPPED.len());
    for path in [
        "/api/v1/assessments?sort=-gap",
        "/api/v1/assessments?q=ten&limit=1",
        "/api/v1/assessments/periods",
        "/api/v1/assessments/packs",
        "/api/v1/assessments/packs/lienthong-30%401",
        "/api/v1/assessments/agencies/VN%2FGOV%2FG01",
        "/api/v1/assessments/agencies/VN%2FGOV%2FG01?family=chiase-278",
        "/api/v1/assessments/agencies/VN%2FGOV%2FG01/criteria/can-cu-phap-ly",
        "/api/v1/assessments/bundle?agency=VN%2FGOV%2FG01",
    ] {
        let (status, answer) = send("GET", path, &agency, Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    }
    let body = json!({ "family": FAMILY, "criterion": "gan-tu-dien", "agency": DELIVERS, "value": "95 %", "reason": "báo cáo" });
    let (status, told) = send("POST", "/api/v1/assessments/claims", &agency, body.clone()).await;
    assert_eq!((status, &told["value"]), (StatusCode::OK, &json!("95 %")), "{told}");
    let hub = send("POST", "/api/v1/assessments/claims", &world.token, body).await;
    assert_eq!(hub.0, StatusCode::FORBIDDEN, "the hub claims nothing of an agency");
    let waive = json!({ "family": FAMILY, "criterion": "gan-tu-dien", "agency": DELIVERS, "basis": "x", "until": "2099-01-01", "reason": "x" });
    assert_eq!(send("POST", "/api/v1/assessments/waivers", &agency, waive).await.0, StatusCode::FORBIDDEN);
    for path in
        ["/api/v1/assessments?period=2026-13", "/api/v1/assessments?sort=none", "/api/v1/assessments?limit=0"]
    {
        assert_eq!(send("GET", path, &agency, Value::Null).await.0, StatusCode::BAD_REQUEST, "{path}");
    }
}

/// Agencies of the size that is asked for.
const NATION: usize = 4000;

/// A nation in which everybody owns a database, owes a duty, runs a node, and calls and is called; straight into the store.
async fn fill(world: &World) {
    let mut tx = world.hub.db.write().await.unwrap();
    for nth in 0..NATION {
        let id = format!("VN/LOC/N{nth:04}");
        let (system, service, node) = (format!("{id}/s"), format!("{id}/s/d"), format!("{id}/n"));
        let (database, duty) = (format!("DB-{nth:04}"), format!("duty-{nth:04}"));
        let name = json!({ "vi": "Tên", "en": "Name" });
        let entry = json!({ "id": database, "name": name, "scale": "sectoral", "standing": "registered", "owner": id, "legal_basis": "x",
            "systems": [system], "master_data": [{ "code": duty, "name": name }] });
        let owed = json!({ "id": duty, "datum": duty, "receivers": ["VN/GOV/G15"], "basis": "nd-70", "deadline": "2026-12-31", "service": service });
        let contract = json!({ "id": format!("{duty}@1.0.0"), "service": service, "odcs": { "status": "active", "version": "1.0.0" } });
        store::run!(tx, "INSERT INTO agency (id, parent, name_vi, name_en, bloc, assumed_code) VALUES ($1, NULL, 'a', 'a', '\"local\"', 1 = 0)" => &id).unwrap();
        store::run!(tx, "INSERT INTO system (id, agency, name_vi, name_en) VALUES ($1, $2, 'a', 'a')" => &system, &id).unwrap();
        store::run!(tx, "INSERT INTO service (id, system, name_vi, name_en, offer, agency) VALUES ($1, $2, 'a', 'a', '{}', $3)" => &service, &system, &id).unwrap();
        store::run!(tx, "INSERT INTO node (id, agency, address) VALUES ($1, $2, 'a')" => &node, &id).unwrap();
        store::run!(tx, "INSERT INTO node_system (node, system) VALUES ($1, $2)" => &node, &system).unwrap();
        store::run!(tx, "INSERT INTO usage_node (node, number, reported_at, since, version, rows_left, reported_until) VALUES ($1, 1, '2027-01-01', '2026-01-01', '0.1.0', 0, '')" => &node).unwrap();
        store::run!(tx, "INSERT INTO database_entry (id, entry, owner, standing) VALUES ($1, $2, $3, 'registered')" => &database, entry.to_string(), &id).unwrap();
        store::run!(tx, "INSERT INTO database_confirmed (database_id, at) VALUES ($1, '2026-01-01')" => &database).unwrap();
        store::run!(tx, "INSERT INTO service_confirmed (service, database_id) VALUES ($1, $2)" => &service, &database).unwrap();
        store::run!(tx, "INSERT INTO master_datum (datum, database_id) VALUES ($1, $2)" => &duty, &database)
            .unwrap();
        store::run!(tx, "INSERT INTO duty (id, datum, entry, holder) VALUES ($1, $1, $2, $3)" => &duty, owed.to_string(), &id).unwrap();
        store::run!(tx, "INSERT INTO duty_receiver (duty, agency) VALUES ($1, 'VN/GOV/G15')" => &duty)
            .unwrap();
        store::run!(tx, "INSERT INTO reference VALUES ('Duty', $1, 'Service', $2)" => &duty, &service)
            .unwrap();
        store::run!(tx, "INSERT INTO contract (id, family, service, agency, status, entry) VALUES ($1, $2, $3, $4, 'active', $5)" => format!("{duty}@1.0.0"), &duty, &service, &id, contract.to_string()).unwrap();
        for criterion in &Pack::shipped().unwrap()[0].criteria {
            store::run!(tx, "INSERT INTO assess_claim (family, criterion, agency, value, day) VALUES ($1, $2, $3, 1, '2026-11-01')" => FAMILY, &criterion.id, &id).unwrap();
        }
    }
    tx.commit().await.unwrap();
}

/// A month of traffic for everybody, in place of the one before.
async fn traffic(world: &World, until: Date) {
    let mut figures = model::usage::Figures::default();
    for nth in 0..30 {
        figures.count(model::usage::Outcome::Answered, None, 1000 * nth);
    }
    let side = json!({ "figures": figures, "nodes": [] }).to_string();
    let mut tx = world.hub.db.write().await.unwrap();
    for sql in ["DELETE FROM usage_pair_day", "DELETE FROM usage_agency_day"] {
        store::run!(tx, sqlx::AssertSqlSafe(sql)).unwrap();
    }
    for back in 0..30_i32 {
        let day = until.saturating_sub(back.days()).to_string();
        store::run!(
            tx,
            "INSERT INTO usage_pair_day (service, consumer, test, day, eve, morrow, provider, own, trial, at_provider, at_consumer, provider_answers, consumer_answers)
             SELECT id, 'VN/GOV/G15', 1 = 0, $1, $1, $1, agency, 1 = 0, '{}', $2, $2, 30, 30 FROM service" => &day, &side
        )
        .unwrap();
        store::run!(tx, "INSERT INTO usage_agency_day (service, day, consumer, test) SELECT id, $1, 'VN/GOV/G15', 1 = 0 FROM service" => &day).unwrap();
    }
    tx.commit().await.unwrap();
}

/// 4,000 agencies by all shipped packs, twelve months: `cargo test -p hub --lib -- --ignored a_nation_is_assessed --nocapture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it measures, for some minutes"]
async fn a_nation_is_assessed_within_a_minute() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(&format!("sqlite:{}", folder.path().join("hub.db").display())).await;
    fill(&world).await;
    let mut period = Period::of(Cycle::Month, "2026-11-01".parse().unwrap());
    let mut took = std::time::Duration::ZERO;
    for _ in 0..12 {
        traffic(&world, period.last()).await;
        let began = std::time::Instant::now();
        assess_on(&world, period.last()).await;
        took += began.elapsed();
        period = period.next();
    }
    let began = std::time::Instant::now();
    assess_on(&world, period.first()).await;
    took += began.elapsed();
    let kept = kept(&world).await.len();
    assert!(kept >= 12 * NATION, "{kept}");
    let looked = std::time::Instant::now();
    assert_eq!(whole(&world, "VN/LOC/N0007", Some("2027-03")).await.history.len(), 13);
    println!(
        "{NATION} agencies, 12 periods frozen and one begun: {took:?}; one agency looked at: {:?}",
        looked.elapsed()
    );
    assert!(took < std::time::Duration::from_secs(60), "{took:?}");
}
