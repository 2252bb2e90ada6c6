//! Tasks on both databases: the store finds each in the state that follows from its rows; whoever does one closes none that others judge; a
//! played year by a driven clock, in which they close and open again.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan as _};
use model::fault::Fault;
use serde_json::{Value, json};

use super::apply;
use super::world::{World, context, documents, officer};
use crate::audit::change::AuditContext;
use crate::audit::right::Role;
use crate::directive::acting::{self, Deed, Extending};
use crate::directive::condition::Way;
use crate::directive::doing::Doing;
use crate::directive::list::{self, Wanted};
use crate::directive::show::{Shown, show};
use crate::directive::standing;
use crate::directive::state::{Facts, State, state};
use crate::gauge::step;
use crate::hub::open_store;
use crate::kinds::{self, Document, Kind};
use crate::quality::current::Current;
use crate::store::{Db, optional, run};

const LEAD: &str = "VN/GOV/G01";
const SUPPORT: &str = "VN/GOV/G15";
const REVIEWER: &str = "VN/GOV/G03";

fn noon(day: Date) -> Timestamp {
    format!("{day}T05:00:00Z").parse().unwrap()
}

/// A directive, agencies, and one task of each way.
pub(super) fn ordered() -> Vec<Document> {
    let name = |text: &str| json!({ "vi": text, "en": text });
    let task = |id: &str, condition: Value| {
        json!({ "kind": "Task", "id": id, "directive": "cd-103", "clause": "1", "text": name(id), "lead": LEAD, "support": [SUPPORT],
            "reviewer": REVIEWER, "deadline": "2026-06-30", "condition": condition })
    };
    let more = json!([
        { "kind": "Agency", "id": REVIEWER, "name": name("Bộ Giáo dục"), "bloc": "government" },
        { "kind": "Agency", "id": "VN/GOV/G01.01", "parent": LEAD, "name": name("Cục"), "bloc": "government" },
        { "kind": "Directive", "id": "cd-103", "number": "103/CĐ-TTg", "title": name("Kết nối"), "issuer": name("Thủ tướng"),
          "issued": "2025-06-30", "source": "thử", "clauses": [{ "id": "1", "says": name("Hoàn thành") }] },
        task("do", json!({ "measure": { "expression": "consumers_outside >= 1", "unit": "agencies", "database": "VNDB-013" } })),
        task("tep", json!({ "artefact": { "sha256": trust::hex(&trust::sha256(b"bien ban")) } })),
        task("xem", json!({ "review": { "asks": name("Đã ban hành") } })),
    ]);
    let mut all = documents();
    all.retain(|document| !["cd-103", "do", "tep", "xem"].contains(&document.name()));
    all.extend(serde_json::from_value::<Vec<Document>>(more).unwrap());
    all
}

async fn nation(url: &str) -> Db {
    let db = open_store(url).await.unwrap();
    apply(&db, &ordered()).await.unwrap();
    db
}

async fn shown(db: &Db, id: &str, now: Timestamp) -> Shown {
    show(&mut db.read().await.unwrap(), &officer("can-bo", None, &Role::ALL), id, now).await.unwrap()
}

/// Tasks whose rows hold what may stand in them, with what that is.
async fn furnished(db: &Db, today: Date) -> BTreeMap<String, Facts> {
    let some = |offsets: &[i64]| {
        [None].into_iter().chain(offsets.iter().map(|at| Some(today + at.days()))).collect::<Vec<_>>()
    };
    let text = |day: Option<Date>| day.map(|day| day.to_string());
    let mut facts = BTreeMap::new();
    let mut tx = db.write().await.unwrap();
    let (entry,): (String,) = optional!(tx, "SELECT entry FROM task WHERE id = 'xem'").unwrap().unwrap();
    assert!(entry.contains("\"id\":\"xem\""));
    for way in Way::ALL {
        for deadline in some(&[-9, -1, 0, 7, 8]) {
            for extended in some(&[-1, 3, 30]).into_iter().filter(|day| *day > deadline || day.is_none()) {
                for (accepted, claimed_on) in [(false, None), (true, None), (true, Some(-9)), (true, Some(0))]
                {
                    for (done_on, dropped) in
                        [(None, false), (Some(-9), false), (Some(0), false), (None, true)]
                    {
                        let (claimed_on, done_on) = (
                            claimed_on.map(|at: i64| today + at.days()),
                            done_on.map(|at: i64| today + at.days()),
                        );
                        let extended = extended.filter(|_| deadline.is_some());
                        let id = format!("t-{:05}", facts.len());
                        run!(
                            tx,
                            "INSERT INTO task (id, directive, lead, deadline, way, entry) VALUES ($1, 'cd-103', $2, $3, $4, $5)"
                            => &id, LEAD, text(deadline), way.word(), entry.replace("\"id\":\"xem\"", &format!("\"id\":\"{id}\""))
                        )
                        .unwrap();
                        if let Some(later) = extended {
                            run!(
                                tx,
                                "INSERT INTO task_extension (task, number, deadline, document, granted_by, why, who, at) VALUES ($1, 1, $2, 'x', 'x', 'x', 'x', 'x')"
                                => &id, later.to_string()
                            )
                            .unwrap();
                        }
                        if accepted || done_on.is_some() || dropped {
                            run!(
                                tx,
                                "INSERT INTO task_standing (task, accepted_on, claimed_on, done_on, dropped_on, observed, told, times, seen_at)
                                 VALUES ($1, $2, $3, $4, $5, '', '', 0, '2026-01-01T00:00:00Z')"
                                => &id, text(Some(today).filter(|_| accepted)), text(claimed_on), text(done_on), text(Some(today).filter(|_| dropped))
                            )
                            .unwrap();
                        }
                        let due = extended.or(deadline);
                        facts.insert(
                            id,
                            Facts {
                                way,
                                due,
                                extended: extended.is_some(),
                                accepted,
                                claimed_on,
                                done_on,
                                dropped,
                            },
                        );
                    }
                }
            }
        }
    }
    tx.commit().await.unwrap();
    assert!(facts.len() > 700, "{}", facts.len());
    facts
}

/// Over what may stand in the rows of a task and many days: a filter by a state leaves the tasks that are in it, and no others; and those
/// are all, each once.
pub(super) async fn the_store_finds_each_task_in_the_state_that_follows_from_its_rows(url: &str) {
    let db = nation(url).await;
    let today = date(2026, 11, 30);
    let facts = furnished(&db, today).await;
    for days in [-40, -8, -1, 0, 1, 7, 400] {
        let day = today + i64::from(days).days();
        let mut found = BTreeSet::new();
        for wanted in State::ALL {
            let asked = Wanted { state: wanted.word().into(), limit: 5_000, ..Wanted::default() };
            let mut tx = db.read().await.unwrap();
            let (lines, more) = list::list(&mut tx, &asked, day).await.unwrap();
            assert!(!more);
            assert_eq!(list::count(&mut tx, &asked, day).await.unwrap(), i64::try_from(lines.len()).unwrap());
            for line in lines {
                assert_eq!(line.state, wanted);
                if let Some(facts) = facts.get(&line.id) {
                    assert_eq!(state(facts, day), wanted, "{} {day} {facts:?}", line.id);
                    found.insert(line.id);
                }
            }
        }
        assert_eq!(found.len(), facts.len(), "{day}: each is in one state");
    }
}

/// Who may do what at all.
fn may_be(who: &str, doing: Doing) -> bool {
    match doing {
        Doing::Accept | Doing::Claim => who == "chu-tri",
        Doing::Evidence => who != "cap-duoi",
        Doing::Review | Doing::Return => who == "tham-dinh",
        Doing::Extend | Doing::Drop => who == "hub",
        Doing::Part => false,
    }
}

/// What happened, as it is told.
fn told_in(shown: &Shown) -> Vec<(i64, String, String)> {
    let told = |event: &crate::directive::show::Event| (event.number, event.at.clone(), event.what.clone());
    shown.events.iter().map(told).collect()
}

/// What stays, whoever has tried what.
fn holds((id, who, doing, is_done): (&str, &str, Doing, bool), before: &Shown, after: &Shown, told: &str) {
    assert_eq!(after.line.deadline.as_deref(), Some("2026-06-30"), "{told}: the first day stays");
    assert!(after.line.extended_to >= before.line.extended_to, "{told}: a day goes on only");
    // Only a reviewer closes what is to be reviewed; nobody what is measured, or waits for another file.
    let closed = after.line.done_on.is_some() && before.line.done_on.is_none();
    assert!(!closed || (id, who, doing) == ("xem", "tham-dinh", Doing::Review), "{told}");
    if who != "tham-dinh" && is_done {
        assert_eq!(after.line.done_on, before.line.done_on, "{told}");
    }
    // What happened stays as it was told, in its order.
    let events = told_in(after);
    assert!(events.is_sorted_by_key(|(number, ..)| *number), "{events:?}");
    assert!(events.iter().map(|(_, at, _)| at).is_sorted(), "{events:?}");
}

/// Over all ways of judging a task × who tries × what they try, in any order, with a clock that is set back in between: nothing that those
/// who do it say closes what is measured or looked at; nobody looks at what they do; a day only goes on, and on a text.
#[expect(clippy::too_many_lines, reason = "who × what × how, and what holds behind each")]
pub(super) async fn nobody_who_does_a_task_moves_what_it_is_judged_by(url: &str) {
    let db = nation(url).await;
    let people = [
        ("chu-tri", Some(LEAD)),
        ("cap-duoi", Some("VN/GOV/G01.01")),
        ("phoi-hop", Some(SUPPORT)),
        ("tham-dinh", Some(REVIEWER)),
        ("hub", None),
    ];
    let roles = |agency: Option<&str>| {
        Role::ALL.into_iter().filter(|role| role.fits(agency.is_none())).collect::<Vec<_>>()
    };
    let mut seed = 41_u64;
    let mut dice = |sides: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % u64::try_from(sides).unwrap()).unwrap()
    };
    let deeds = [Doing::Accept, Doing::Claim, Doing::Evidence, Doing::Review, Doing::Return, Doing::Extend];
    let mut done = BTreeSet::new();
    let mut latest = BTreeMap::new();
    for turn in 0..300_i64 {
        let id = ["do", "tep", "xem"][dice(3)];
        let doing = deeds[dice(deeds.len())];
        // Half of all tries are by somebody who may.
        let able = dice(2) == 0;
        let anybody = people[dice(people.len())];
        let (who, agency) = *people.iter().find(|(who, _)| able && may_be(who, doing)).unwrap_or(&anybody);
        // Three days on, and now and then a month back.
        let day = date(2026, 6, 1) + (turn / 6).days() - if dice(5) == 0 { 30.days() } else { 0.days() };
        let before = shown(&db, id, noon(day)).await;
        let context = AuditContext::new(&officer(who, agency, &roles(agency)), "thử", noon(day)).unwrap();
        let later = day + i64::try_from(dice(40)).unwrap().days() - 20.days();
        let extending = Extending {
            deadline: later,
            document: "CV 1".into(),
            granted_by: "Thủ tướng".into(),
            reason: "thử".into(),
        };
        let deed = match doing {
            Doing::Extend => Deed::Extended(&extending),
            Doing::Claim | Doing::Evidence => {
                Deed::Said(doing, Some("c2FpIHTDqnA=").filter(|_| dice(2) == 0))
            }
            doing => Deed::Plain(doing),
        };
        let mut tx = db.write().await.unwrap();
        let outcome = acting::act(&mut tx, id, deed, &context).await;
        let told = format!("{turn}: {who} tries {doing:?} in {id} on {day}: {outcome:?}");
        match &outcome {
            Ok(_) => tx.commit().await.unwrap(),
            Err(_) => drop(tx),
        }
        match &outcome {
            Ok(_) => {
                assert!(may_be(who, doing), "{told}");
                done.insert((id, doing));
            }
            Err(Fault::NotTheirs { .. } | Fault::NoRight { .. }) => assert!(!may_be(who, doing), "{told}"),
            Err(Fault::Contradictory { .. }) => assert!(may_be(who, doing), "{told}"),
            Err(other) => panic!("{told}: {other}"),
        }
        step::step(&db, &Current::default(), noon(day)).await.unwrap();
        let after = shown(&db, id, noon(day)).await;
        holds((id, who, doing, outcome.is_ok()), &before, &after, &told);
        let events = told_in(&after);
        if let Some(known) = latest.insert(id, events.clone()) {
            assert_eq!(known[..], events[..known.len()], "{told}: history was rewritten");
        }
    }
    for reached in [
        ("xem", Doing::Review),
        ("xem", Doing::Return),
        ("xem", Doing::Claim),
        ("do", Doing::Claim),
        ("tep", Doing::Extend),
    ] {
        assert!(done.contains(&reached), "{reached:?} was never done: {done:?}");
    }
    // The file that was asked for closes it, whoever shows it.
    let day = date(2027, 2, 1);
    let context =
        AuditContext::new(&officer("chu-tri", Some(LEAD), &roles(Some(LEAD))), "biên bản", noon(day))
            .unwrap();
    let mut tx = db.write().await.unwrap();
    let closed = acting::act(&mut tx, "tep", Deed::Said(Doing::Evidence, Some("YmllbiBiYW4=")), &context)
        .await
        .unwrap();
    assert!(closed.line.done_on.is_some(), "{closed:?}");
}

/// The uses of a database by another agency, as its nodes would have counted them.
async fn used(db: &Db, day: Date) {
    let mut tx = db.write().await.unwrap();
    run!(
        tx,
        "INSERT INTO usage_agency_day (service, day, consumer, test) VALUES ('VN/GOV/G01/dan-cu/nguoi', $1, 'VN/GOV/G15', $2) ON CONFLICT DO NOTHING"
        => day.to_string(), false
    )
    .unwrap();
    tx.commit().await.unwrap();
}

/// What the year has left in the history of the task.
async fn history_says_why(db: &Db) {
    let history = shown(db, "do", noon(date(2026, 12, 31))).await.events;
    let why = |what: &str| {
        let of = history.iter().filter(|event| event.what == what);
        of.map(|event| event.said.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(why("met"), ["consumers_outside = 1 (consumers_outside >= 1)"; 3]);
    assert_eq!(why("reopened"), ["consumers_outside = 0 (consumers_outside >= 1)"; 3]);
    assert_eq!(why("not_measured"), ["consumers_outside = ? (consumers_outside >= 1)"]);
    assert_eq!(why("claim"), ["xong rồi"]);
}

/// A year by a driven clock. The database is used in some months and not in others; nobody reports before February. A task whose condition
/// is that others use it closes by itself when they do, and opens again by itself when nobody has for thirty days; what its agency claims
/// all along changes nothing; and each change is told with what was observed.
pub(super) async fn a_year_is_played_and_tasks_close_and_open_again_by_what_is_observed(url: &str) {
    let db = nation(url).await;
    let mut tx = db.write().await.unwrap();
    run!(tx, "INSERT INTO database_confirmed (database_id, at) VALUES ('VNDB-013', 'x')").unwrap();
    run!(
        tx,
        "INSERT INTO service_confirmed (service, database_id) VALUES ('VN/GOV/G01/dan-cu/nguoi', 'VNDB-013')"
    )
    .unwrap();
    tx.commit().await.unwrap();
    let quality = Current::default();
    let months_used = [3, 4, 7, 9, 10, 11];
    let mut states = Vec::new();
    let mut day = date(2026, 1, 1);
    while day < date(2027, 1, 1) {
        if day == date(2026, 2, 1) {
            let mut tx = db.write().await.unwrap();
            run!(
                tx,
                "INSERT INTO usage_node (node, number, reported_at, since, version) VALUES ('VN/GOV/G01/nut-1', 1, 'x', '2026-02-01', '1')"
            )
            .unwrap();
            tx.commit().await.unwrap();
        }
        if months_used.contains(&day.month()) && day.day() == 1 {
            used(&db, day).await;
        }
        step::step(&db, &quality, noon(day)).await.unwrap();
        // Looking twice changes nothing, nor does a clock that is set back.
        if day.day() < 4 {
            assert_eq!(step::step(&db, &quality, noon(day)).await.unwrap(), 0, "{day}");
            assert_eq!(step::step(&db, &quality, noon(day) - 40.hours()).await.unwrap(), 0, "{day}");
        }
        let found = shown(&db, "do", noon(day)).await;
        if states.last().is_none_or(|(_, last, _)| *last != found.line.state) {
            states.push((day, found.line.state, found.line.times));
        }
        if day == date(2026, 1, 10) {
            assert_eq!(found.line.verdict.map(|verdict| verdict.word()), Some("not_measured"));
            assert_eq!(found.line.measures, "consumers_outside = ?", "what nobody measures is no zero");
            let context =
                AuditContext::new(&officer("a", Some(LEAD), &[Role::DataOfficer]), "xong rồi", noon(day))
                    .unwrap();
            let mut tx = db.write().await.unwrap();
            acting::act(&mut tx, "do", Deed::Said(Doing::Claim, None), &context).await.unwrap();
            tx.commit().await.unwrap();
        }
        day = day.tomorrow().unwrap();
    }
    let told: Vec<(String, &str, i64)> =
        states.iter().map(|(day, state, times)| (day.to_string(), state.word(), *times)).collect();
    let expected = [
        ("2026-01-01", "not_due", 0),
        ("2026-01-11", "in_progress", 0),
        ("2026-03-01", "done_on_time", 0),
        ("2026-05-02", "in_progress", 1),
        ("2026-06-23", "due_soon", 1),
        ("2026-07-01", "done_late", 1),
        ("2026-08-01", "overdue", 2),
        ("2026-09-01", "done_late", 2),
        ("2026-12-02", "overdue", 3),
    ];
    let expected = expected.map(|(day, state, times)| (day.to_owned(), state, times));
    assert_eq!(told, expected);
    history_says_why(&db).await;
}

/// What cannot be is refused where it is entered: circles, a first day that changes, a reviewer who does it, a unit that does not fit.
pub(super) async fn what_cannot_be_ordered_is_refused_where_it_is_entered(url: &str) {
    let db = nation(url).await;
    let read = |id: &str| ordered().into_iter().find(|document| document.name() == id).unwrap();
    let changed = |id: &str, change: &dyn Fn(&mut Value)| {
        let mut members = json!(read(id));
        change(&mut members);
        serde_json::from_value::<Document>(members).unwrap()
    };
    // Of two that wait for each other, in one go or one after the other, and of one that waits for itself.
    let waits = |id: &str, on: &str| changed(id, &|task| task["depends_on"] = json!([on]));
    assert!(apply(&db, &[waits("do", "do")]).await.is_err());
    assert!(apply(&db, &[waits("do", "xem"), waits("xem", "do")]).await.is_err());
    apply(&db, &[waits("do", "xem"), waits("xem", "tep")]).await.unwrap();
    let refused = apply(&db, &[waits("tep", "do")]).await.unwrap_err();
    assert!(refused.en().contains("circle"), "{}", refused.en());
    for (id, change) in [
        ("xem", &(|task: &mut Value| task["deadline"] = json!("2026-07-01")) as &dyn Fn(&mut Value)),
        ("xem", &|task| drop(task.as_object_mut().unwrap().remove("deadline"))),
        ("xem", &|task| task["directive"] = json!("cd-104")),
        ("xem", &|task| task["clause"] = json!("9")),
        ("xem", &|task| task["reviewer"] = json!(LEAD)),
        ("xem", &|task| task["reviewer"] = json!(SUPPORT)),
        ("xem", &|task| task["reviewer"] = json!("VN/GOV/G01.01")),
        ("xem", &|task| task["support"] = json!([SUPPORT, SUPPORT])),
        ("do", &|task| task["condition"]["measure"]["unit"] = json!("percent")),
        ("do", &|task| task["condition"]["measure"]["expression"] = json!("consumers_outside >=")),
        ("do", &|task| task["condition"]["measure"]["database"] = json!("VNDB-999")),
        ("tep", &|task| task["condition"]["artefact"]["sha256"] = json!("ABC")),
        ("tep", &|task| task["condition"]["artefact"]["number"] = json!("1/CV")),
    ] {
        assert!(apply(&db, &[changed(id, change)]).await.is_err(), "{:?}", changed(id, change));
    }
    // A day that nobody knew may be found, once.
    let without = changed("xem", &|task| {
        task["id"] = json!("moi");
        task.as_object_mut().unwrap().remove("deadline");
    });
    let dated =
        |day: &str| changed("xem", &|task| (task["id"], task["deadline"]) = (json!("moi"), json!(day)));
    apply(&db, &[without]).await.unwrap();
    apply(&db, &[dated("2026-03-31")]).await.unwrap();
    assert!(apply(&db, &[dated("2026-04-01")]).await.is_err());
    // What somebody has acted in stays; what only time has passed over need not.
    step::step(&db, &Current::default(), noon(date(2026, 5, 1))).await.unwrap();
    let remove = async |id: &str| {
        let mut tx = db.write().await.unwrap();
        kinds::apply::remove(&mut tx, Kind::Task, id, &context("thừa")).await?;
        tx.commit().await
    };
    remove("moi").await.unwrap();
    let lead =
        AuditContext::new(&officer("a", Some(LEAD), &[Role::DataOfficer]), "nhận", noon(date(2026, 5, 2)))
            .unwrap();
    let mut tx = db.write().await.unwrap();
    acting::act(&mut tx, "do", Deed::Plain(Doing::Accept), &lead).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(remove("do").await, Err(Fault::Contradictory { .. })));
    // A row that cannot be read stops no other.
    let mut tx = db.write().await.unwrap();
    run!(tx, "UPDATE task SET entry = '{' WHERE id = 'tep'").unwrap();
    tx.commit().await.unwrap();
    step::step(&db, &Current::default(), noon(date(2026, 7, 1))).await.unwrap();
    let mut tx = db.read().await.unwrap();
    assert_eq!(standing::of(&mut tx, "xem").await.unwrap().unwrap().told, Some(State::Overdue));
}

/// And is told as that; then it can be done no second time.
async fn each_deed_is_for_whom_it_is(world: &World, lead: &String, other: &String) {
    let reason = json!({ "reason": "thử" });
    let found = |outcome: &str| json!({ "outcome": outcome, "reason": "thử" });
    let extension =
        json!({ "deadline": "2099-01-01", "document": "CV 1", "granted_by": "Thủ tướng", "reason": "thử" });
    let (_, measures) = world.send("GET", "/api/v1/measures", Some(lead), Value::Null).await;
    assert!(measures["items"].as_array().is_some_and(|all| all.len() >= 15), "{measures}");
    for (verb, body, token, expected) in [
        ("extend", extension.clone(), lead, 403),
        ("extend", extension.clone(), &world.token, 200),
        ("extend", extension, &world.token, 400),
        ("review", found("done"), other, 400),
        ("accept", reason.clone(), lead, 200),
        ("accept", reason.clone(), lead, 400),
        ("claim", json!({ "reason": "xong", "file": "c2FpIHTDqnA=" }), lead, 200),
        ("claim", json!({ "reason": "xong", "file": "không phải" }), lead, 400),
        ("evidence", json!({ "reason": "thêm", "file": "****" }), lead, 400),
        ("review", found("done"), lead, 403),
        ("review", found("done"), &world.token, 403),
        ("review", found("done"), other, 200),
        ("review", found("returned"), other, 200),
        ("drop", reason.clone(), lead, 403),
        ("drop", reason.clone(), &world.token, 200),
        ("evidence", reason, lead, 400),
    ] {
        let path = format!("/api/v1/tasks/xem/{verb}");
        let (status, told) = world.send("POST", &path, Some(token), body).await;
        assert_eq!(status.as_u16(), expected, "{verb}: {told}");
    }
    let (_, shown) = world.send("GET", "/api/v1/tasks/xem", Some(other), Value::Null).await;
    assert_eq!((shown["state"].as_str(), shown["times"].as_i64()), (Some("dropped"), Some(1)));
    assert!(
        !shown.to_string().contains("\"chu-tri\""),
        "names of another agency's people are not told: {shown}"
    );
}

/// Over HTTP: what an agency has made of a task for itself it and the one that leads see, and nobody else; what each may do is what they
/// can.
pub(super) async fn parts_of_a_task_are_seen_by_whoever_made_them_and_who_leads(url: &str) {
    let world = World::at(Some(url)).await;
    apply(&world.hub.db, &ordered()).await.unwrap();
    let lead = world.account_of("chu-tri", Some(LEAD), "data_officer").await;
    let support = world.account_of("phoi-hop", Some(SUPPORT), "data_officer").await;
    let other = world.account_of("khac", Some(REVIEWER), "data_officer").await;
    let part = |said: &str| json!({ "said": said, "due": "2026-06-01", "reason": "chia việc" });
    for (token, said) in [(&lead, "việc của chủ trì"), (&support, "việc của phối hợp")] {
        let (status, told) = world.send("POST", "/api/v1/tasks/xem/parts", Some(token), part(said)).await;
        assert_eq!(status, StatusCode::OK, "{told}");
    }
    let (status, told) = world.send("POST", "/api/v1/tasks/xem/parts", Some(&other), part("chen vào")).await;
    assert_eq!((status, told["title"].as_str()), (StatusCode::FORBIDDEN, Some("LT-7111")));
    for (token, expected) in [(&lead, 2), (&support, 1), (&other, 0), (&world.token, 0)] {
        let (_, shown) = world.send("GET", "/api/v1/tasks/xem", Some(token), Value::Null).await;
        assert_eq!(shown["parts"].as_array().map(Vec::len), Some(expected), "{shown}");
    }
    let (_, changes) = world.send("GET", "/api/v1/changes?limit=500", Some(&world.token), Value::Null).await;
    assert!(!changes.to_string().contains("việc của phối hợp"), "the trail tells what was its own");
    let end = |number: u32| json!({ "number": number, "done": true, "reason": "xong" });
    let (status, _) = world.send("POST", "/api/v1/tasks/xem/parts/end", Some(&lead), end(2)).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "what another has made is not theirs to end");
    let (status, _) = world.send("POST", "/api/v1/tasks/xem/parts/end", Some(&support), end(2)).await;
    assert_eq!(status, StatusCode::OK);
    // What is listed is what is shown, by each filter.
    for (query, ids) in [
        ("", vec!["do", "tep", "xem"]),
        ("?way=review", vec!["xem"]),
        ("?agency=VN/GOV/G01", vec!["do", "tep", "xem"]),
        ("?agency=VN/GOV/G15", vec![]),
        ("?of=VN/GOV/G15", vec!["do", "tep", "xem"]),
        ("?directive=cd-103&from=2026-06-30&to=2026-06-30", vec!["do", "tep", "xem"]),
        ("?from=2026-07-01", vec![]),
        ("?q=xem", vec!["xem"]),
        ("?sort=-id&limit=2", vec!["xem", "tep"]),
        ("?state=dropped", vec![]),
    ] {
        let path = format!("/api/v1/tasks{query}");
        let (status, listed) = world.send("GET", &path, Some(&other), Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{query}: {listed}");
        let found = listed["items"].as_array().unwrap().iter().filter(|line| line["directive"] == "cd-103");
        let found: Vec<&str> = found.map(|line| line["id"].as_str().unwrap()).collect();
        assert_eq!(found, ids, "{query}");
    }
    for (query, token) in
        [("?state=khac", &lead), ("?way=khac", &lead), ("?sort=khac", &lead), ("?from=hom-qua", &lead)]
    {
        let (status, _) = world.send("GET", &format!("/api/v1/tasks{query}"), Some(token), Value::Null).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
    }
    each_deed_is_for_whom_it_is(&world, &lead, &other).await;
}

/// Each shipped task stands in a shipped text, in one of its clauses, and has a condition that can be known.
#[test]
fn every_shipped_task_belongs_to_its_text_and_can_be_judged() {
    let files = [
        include_str!("../../../../data/directives/cd-103-2025.yaml"),
        include_str!("../../../../data/directives/nghi-quyet.yaml"),
        include_str!("../../../../data/directives/nghi-dinh-luat.yaml"),
        include_str!("../../../../data/directives/chi-dao-2026.yaml"),
    ];
    let read = |text: &str| {
        serde_saphyr::from_str::<Document>(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    };
    let all: Vec<Document> = files.iter().flat_map(|file| file.split("\n---\n")).map(read).collect();
    let texts: BTreeMap<&str, BTreeSet<&str>> = all
        .iter()
        .filter_map(|document| match document {
            Document::Directive(text) => {
                Some((text.id.as_str(), text.clauses.iter().map(|one| one.id.as_str()).collect()))
            }
            _ => None,
        })
        .collect();
    let mut names = BTreeSet::new();
    let mut tasks = 0;
    for document in &all {
        assert!(names.insert(document.subject()), "{:?} stands twice", document.subject());
        let Document::Task(task) = document else { continue };
        tasks += 1;
        let clauses = &texts[task.directive.as_str()];
        assert!(clauses.contains(task.clause.as_deref().unwrap()), "{}", task.id);
        task.condition
            .check(("Task", &task.id))
            .unwrap_or_else(|fault| panic!("{}: {}", task.id, fault.en()));
        assert!(task.doers().collect::<BTreeSet<_>>().len() == task.doers().count(), "{}", task.id);
        // What a source does not say is told.
        let known = task.lead.is_some() && task.deadline.is_some();
        assert!(known || task.note.is_some() || task.lead_said.is_some(), "{}", task.id);
        assert!(task.directive != "cd-103-2025" || task.second_hand, "{}", task.id);
    }
    assert!(tasks >= 50 && texts.len() >= 14, "{tasks} {}", texts.len());
}
