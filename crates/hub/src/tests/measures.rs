//! Reuse as nodes count it: taken once whatever comes how often, from those whose it is, in words of the registry; summed alike by whatever it is
//! looked at; and to others no small number.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::ToSpan as _;
use jiff::civil::Date;
use model::gap::Gap;
use model::reuse_report::{Counted, SIGNED_AS};
use model::time::day_in_viet_nam;
use serde_json::{Value, json};

use super::apply;
use super::usage::Reporting;
use super::world::{World, documents, procedure};
use crate::clock;
use crate::kinds::Document;
use crate::store::{all, run};

pub(super) const OFFICES: [&str; 5] =
    ["VN/LOC/H05.01", "VN/LOC/H05.02", "VN/LOC/H10.01", "VN/LOC/H12.01", "VN/GOV/G01"];
const TOPS: [&str; 4] = ["VN/LOC/H05", "VN/LOC/H10", "VN/LOC/H12", "VN/GOV/G01"];

/// Numbers that repeat.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn to(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    pub(super) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.to(of.len() as u64)).unwrap()]
    }
}

/// The small registry, with offices in three provinces that carry two procedures.
pub(super) async fn world(url: &str) -> World {
    let world = World::at(Some(url)).await;
    let mut all = documents();
    for document in &mut all {
        if let Document::Scope(scope) = document {
            scope.procedures = ["1.001193".to_owned()].into();
            scope.clients = ["VN/LOC/*/mot-cua".to_owned(), "VN/GOV/*/mot-cua".to_owned()].into();
        }
    }
    let name = json!({ "vi": "Tên tiếng Việt", "en": "English name" });
    let mut more = Vec::new();
    for top in &TOPS[..3] {
        more.push(json!({ "kind": "Agency", "id": top, "name": name, "bloc": "local" }));
    }
    for (at, office) in OFFICES[..4].iter().enumerate() {
        let parent = office.split_once('.').unwrap().0;
        more.push(json!({ "kind": "Agency", "id": office, "parent": parent, "name": name, "bloc": "local" }));
        more.push(json!({ "kind": "System", "id": format!("{office}/mot-cua"), "name": name }));
        more.push(json!({ "kind": "Node", "id": format!("{office}/nut-1"), "address": format!("127.0.0.1:{}", 5600 + at),
            "systems": [format!("{office}/mot-cua")] }));
    }
    let mut first = procedure();
    first["valid_from"] = json!("2020-01-01");
    let mut second = first.clone();
    second["id"] = json!("2.000001@1");
    second["requirements"][0]["paper"]["code"] = json!("giay-khac");
    second["purpose"] = json!("viec-khac");
    more.push(json!({ "kind": "Purpose", "code": "viec-khac", "name": name }));
    all.retain(|document| document.subject().0 != "Procedure");
    more.extend([first, second]);
    all.extend(more.into_iter().map(|document| serde_json::from_value(document).unwrap()));
    apply(&world.hub.db, &all).await.unwrap();
    world
}

/// An office's node, with a store of cases.
struct Desk {
    node: Reporting,
    office: String,
}

impl Desk {
    async fn of(world: &World, office: &str) -> Self {
        Self { node: Reporting::of(world, &format!("{office}/nut-1")).await, office: office.to_owned() }
    }

    async fn tell(&self, world: &World, store: &str, lines: &[Value]) -> (StatusCode, Value) {
        self.tell_of(world, (&self.office, store), lines).await
    }

    async fn tell_of(
        &self,
        world: &World,
        (office, store): (&str, &str),
        lines: &[Value],
    ) -> (StatusCode, Value) {
        let body = json!({ "node": format!("{}/nut-1", self.office), "office": office, "store": store, "lines": lines });
        let body = body.to_string();
        let signature = trust::hex(&self.node.sign(&[SIGNED_AS, body.as_bytes()].concat()));
        let request = Request::post("/reuse")
            .extension(crate::web::listen::From::showing(self.node.tls.clone()))
            .header("lienthong-key", self.node.keyid())
            .header("lienthong-signature", signature);
        let (status, _, answer) = world.answer(request.body(Body::from(body)).unwrap()).await;
        (status, answer)
    }
}

fn today() -> Date {
    day_in_viet_nam(clock::now())
}

/// The last day of the month before.
pub(super) fn last_month() -> Date {
    today().first_of_month().yesterday().unwrap()
}

pub(super) fn month(day: Date) -> String {
    day.strftime("%Y-%m").to_string()
}

/// A line of one of the procedures.
fn line(day: Date, procedure: usize, counted: Counted, reason: Option<&str>, count: u64) -> Value {
    let (id, paper) = [("1.001193@1", "can-cuoc"), ("2.000001@1", "giay-khac")][procedure];
    let mut line = json!({ "day": day, "procedure": id, "counted": counted, "count": count });
    if counted != Counted::Decided {
        line["requirement"] = json!("ten");
        line["alternative"] = json!(0);
        line["paper"] = json!(paper);
    }
    if let Some(reason) = reason {
        line["reason"] = json!(reason);
    }
    line
}

pub(super) async fn get(world: &World, token: &str, query: &str) -> (StatusCode, Value) {
    world.send("GET", &format!("/api/v1/reuse{query}"), Some(token), Value::Null).await
}

/// What somebody sees on a level: each number of each line, and null for one that is not told.
pub(super) async fn seen(world: &World, token: &str, query: &str) -> BTreeMap<String, Value> {
    let (status, told) = get(world, token, query).await;
    assert_eq!(status, StatusCode::OK, "{query}: {told}");
    let items = told["items"].as_array().unwrap().iter();
    items.map(|line| (line["id"].as_str().unwrap().to_owned(), line.clone())).collect()
}

/// A word of each line as the answer has it.
pub(super) const TOLD: [(&str, Counted, Option<Counted>); 9] = [
    ("cases", Counted::Decided, None),
    ("applicable", Counted::Applicable, None),
    ("shown", Counted::Shown, None),
    ("reused", Counted::Reused, Some(Counted::TakenBack)),
    ("differing", Counted::Differing, None),
    ("look_ups", Counted::LookedUp, None),
    ("look_ups_counted", Counted::Yielded, Some(Counted::YieldTakenBack)),
    ("papers_needed", Counted::PaperNeeded, None),
    ("re_asks", Counted::ReAsked, None),
];

/// What was told: office, store, day, procedure, what, reason; and the highest total.
type Cell = (String, String, Date, usize, Counted, String);
type Known = BTreeMap<Cell, u64>;

/// Totals by dice, of some days of this month and the last. Of two stores one is of an office's older machine.
fn made(dice: &mut Dice) -> Known {
    let days = [today(), today().first_of_month(), last_month(), last_month().first_of_month()];
    let mut known = Known::new();
    for _ in 0..dice.to(120) + 20 {
        let counted = dice.one(Counted::ALL);
        let reason = match counted {
            Counted::PaperNeeded => dice.one(&["not_found", "source_down", "declined", ""]),
            Counted::ReAsked => dice.one(&["ban-chinh", "nguon-sai"]),
            _ => "",
        };
        let (office, store) = (dice.one(&OFFICES).to_owned(), dice.one(&["a1", "b2"]).to_owned());
        let procedure = usize::try_from(dice.to(2)).unwrap();
        let key = (office, store, dice.one(&days), procedure, counted, reason.to_owned());
        known.insert(key, dice.to(40) + 1);
    }
    known
}

/// Tells of it in reports that come in parts, twice, late, and each with a state of before among them.
async fn tell(world: &World, desks: &BTreeMap<String, Desk>, known: &Known, dice: &mut Dice) {
    let mut reports: Vec<(String, String, Vec<Value>)> = Vec::new();
    for ((office, store, day, procedure, counted, reason), count) in known {
        let reason = (!reason.is_empty()).then_some(reason.as_str());
        for count in [dice.to(*count) + 1, *count] {
            let line = line(*day, *procedure, *counted, reason, count);
            let last = reports.iter_mut().rev().find(|(of, at, _)| of == office && at == store);
            match last {
                Some((_, _, lines)) if dice.to(3) > 0 => lines.push(line),
                _ => reports.push((office.clone(), store.clone(), vec![line])),
            }
        }
    }
    let mut again = reports.clone();
    for at in (1..again.len()).rev() {
        again.swap(at, usize::try_from(dice.to(at as u64 + 1)).unwrap());
    }
    reports.extend(again);
    // Beyond what a node may send at once.
    for (office, store, lines) in reports {
        loop {
            let (status, told) = desks[&office].tell(world, &store, &lines).await;
            if status == StatusCode::TOO_MANY_REQUESTS || told["title"] == "LT-7130" {
                tokio::time::sleep(std::time::Duration::from_millis(300)).await;
                continue;
            }
            assert_eq!((status, &told["left_out"]), (StatusCode::OK, &json!(0)), "{told}: {lines:?}");
            break;
        }
    }
}

async fn desks(world: &World) -> BTreeMap<String, Desk> {
    let mut desks = BTreeMap::new();
    for office in OFFICES {
        desks.insert(office.to_owned(), Desk::of(world, office).await);
    }
    desks
}

/// Whatever is told in whatever order, how often and by whatever parts: on each level the lines sum up to what the highest totals do, counted here
/// by hand; so do months, and filters.
#[expect(clippy::too_many_lines, reason = "each level of one world")]
pub(super) async fn totals_are_counted_once_and_sum_up_alike_by_whatever_they_are_looked_at(url: &str) {
    let world = world(url).await;
    let desks = desks(&world).await;
    let mut dice = Dice(0x2026_1130);
    let known = made(&mut dice);
    tell(&world, &desks, &known, &mut dice).await;
    let by_hand = |of: &dyn Fn(&Cell) -> bool, counted: Counted| -> u64 {
        known.iter().filter(|(key, _)| key.4 == counted && of(key)).map(|(_, count)| count).sum()
    };
    let code = ["1.001193", "2.000001"];
    let paper = ["can-cuoc", "giay-khac"];
    let top = |office: &str| office.split_once('.').map_or(office.to_owned(), |(top, _)| top.to_owned());
    for day in [today(), last_month()] {
        let at = month(day);
        for level in ["nation", "agency", "province", "office", "procedure", "paper", "reason"] {
            let lines = seen(&world, &world.token, &format!("?level={level}&month={at}&limit=500")).await;
            for (id, told) in &lines {
                let is_of = |key: &Cell| {
                    month(key.2) == at
                        && match level {
                            "nation" => true,
                            "agency" | "province" => top(&key.0) == *id,
                            "office" => key.0 == *id,
                            "procedure" => code[key.3] == id,
                            "paper" => paper[key.3] == id,
                            _ => {
                                *id == format!(
                                    "{}.{}",
                                    key.4.word(),
                                    if key.5.is_empty() { "none" } else { &key.5 }
                                )
                            }
                        }
                };
                for (name, counted, back) in TOLD {
                    let is_told = match (level, counted) {
                        ("paper", Counted::Decided) => false,
                        ("reason", counted) => matches!(counted, Counted::PaperNeeded | Counted::ReAsked),
                        _ => true,
                    };
                    let sum = by_hand(&is_of, counted);
                    let sum = sum.saturating_sub(back.map_or(0, |back| by_hand(&is_of, back)));
                    let value = &told[name];
                    assert!(value.is_null() || is_told, "{level} {id} {name}");
                    assert_eq!(
                        value.as_u64().unwrap_or_default() * u64::from(is_told),
                        sum * u64::from(is_told),
                        "{level} {id} {name}"
                    );
                }
                // A scope was published for the first procedure and its paper, and for no other.
                if level == "paper" && id == "can-cuoc" || level == "procedure" && id == "1.001193" {
                    assert_eq!(
                        told["covered"].as_u64().unwrap_or_default(),
                        by_hand(&is_of, Counted::Applicable)
                    );
                }
            }
            // Nothing that was counted stands on no line.
            let provinces = level == "province";
            for (name, counted, back) in TOLD {
                let all: u64 = lines.values().filter_map(|line| line[name].as_u64()).sum();
                let of = |key: &Cell| month(key.2) == at && (!provinces || key.0.contains("/LOC/"));
                let has = !matches!((level, counted), ("paper", Counted::Decided) | ("reason", _))
                    || level == "reason" && matches!(counted, Counted::PaperNeeded | Counted::ReAsked);
                // What was taken back is taken line by line: a total that lacks it somewhere cannot go below nothing.
                if has && back.is_none() {
                    assert_eq!(all, by_hand(&of, counted), "{level} {name}");
                }
            }
        }
        // Filters together are filters one after the other.
        for office in OFFICES {
            for (at_procedure, code) in code.iter().enumerate() {
                let query = format!(
                    "?level=nation&month={at}&agency={}&procedure={code}",
                    office.replace('/', "%2F")
                );
                let told = seen(&world, &world.token, &query).await;
                let of = |key: &Cell| month(key.2) == at && key.0 == office && key.3 == at_procedure;
                assert_eq!(
                    told["nation"]["cases"].as_u64().unwrap_or_default(),
                    by_hand(&of, Counted::Decided)
                );
            }
        }
    }
    // What stands in sums is what stands in lines.
    let mut tx = world.hub.db.read().await.unwrap();
    for counted in Counted::ALL {
        for table in ["reuse_count", "reuse_month", "reuse_day"] {
            let sql = format!(
                "SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM {table} WHERE counted = '{}'",
                counted.word()
            );
            let sum: Vec<(i64,)> = all!(tx, sqlx::AssertSqlSafe(sql)).unwrap();
            assert_eq!(u64::try_from(sum[0].0).unwrap(), by_hand(&|_| true, *counted), "{table} {counted:?}");
        }
    }
}

/// A node tells of its own offices only, and of nothing that the registry has no word for: whatever it writes, nothing of it is in the store.
pub(super) async fn what_the_registry_has_no_word_for_is_not_kept(url: &str) {
    let world = world(url).await;
    let desk = Desk::of(&world, OFFICES[0]).await;
    let good = line(today(), 0, Counted::Applicable, None, 7);
    let secret = "001190000011";
    let with = |changes: &[(&str, Value)]| {
        let mut line = good.clone();
        for (name, value) in changes {
            line[*name] = value.clone();
        }
        line
    };
    let needed = ("counted", json!("paper_needed"));
    let bad = [
        with(&[("procedure", json!(format!("{secret}@1")))]),
        with(&[("requirement", json!(secret))]),
        with(&[("paper", json!(secret))]),
        with(&[("paper", Value::Null)]),
        with(&[("alternative", json!(3))]),
        with(&[("reason", json!(secret))]),
        with(&[needed.clone(), ("reason", json!(secret))]),
        with(&[("counted", json!("re_asked")), ("reason", json!(secret))]),
        with(&[("counted", json!("re_asked"))]),
        with(&[("counted", json!("decided"))]),
        with(&[("requirement", Value::Null), ("alternative", Value::Null), ("paper", Value::Null)]),
        with(&[("day", json!(today().saturating_add(3.days())))]),
        with(&[("day", json!(today().saturating_sub(401.days())))]),
    ];
    let mut lines = bad.to_vec();
    lines.extend([good.clone(), with(&[needed, ("reason", json!(Gap::NotFound.code()))])]);
    let (status, told) = desk.tell(&world, "a1", &lines).await;
    assert_eq!(
        (status, &told["taken"], &told["left_out"]),
        (StatusCode::OK, &json!(true), &json!(bad.len())),
        "{told}"
    );
    assert_eq!(told["lines_left_out"], json!((0..bad.len()).collect::<Vec<_>>()), "{told}");
    let (_, told) = desk.tell(&world, "a1", &lines).await;
    assert_eq!(told["taken"], false);
    let mut tx = world.hub.db.read().await.unwrap();
    let rows: Vec<(String, String, String, String, String, String, String)> =
        all!(tx, "SELECT office, store, procedure, requirement, counted, reason, paper FROM reuse_count")
            .unwrap();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(!format!("{rows:?}").contains(secret));
    drop(tx);
    // Another's office, a store with no name of one, and a line with a member that nobody knows.
    for (of, store, line) in [
        (OFFICES[1], "a1", good.clone()),
        (OFFICES[0], "Nguyễn Văn A", good.clone()),
        (OFFICES[0], "", good.clone()),
        (OFFICES[0], "a1", with(&[("ho_ten", json!("Nguyễn Văn A"))])),
        (OFFICES[0], "a1", with(&[("count", json!(-1))])),
    ] {
        let (status, told) = desk.tell_of(&world, (of, store), &[line]).await;
        assert!(status.is_client_error(), "{of} {store}: {status} {told}");
    }
    let nation = seen(&world, &world.token, "?level=nation").await;
    assert_eq!((&nation["nation"]["applicable"], &nation["nation"]["papers_needed"]), (&json!(7), &json!(7)));
}

/// Officers of another agency see whole months, no detail of others, and no number from which a small one follows; an agency sees its own.
#[expect(clippy::too_many_lines, reason = "each viewer of one world")]
pub(super) async fn others_see_no_small_number_and_an_agency_sees_its_own(url: &str) {
    let world = world(url).await;
    let desks = desks(&world).await;
    let day = last_month();
    for (office, cases) in OFFICES.iter().zip([2u64, 1, 3, 1, 60]) {
        let mut lines = Vec::new();
        for (procedure, cases) in [(0, cases), (1, cases * 2)] {
            for (counted, count) in [
                (Counted::Decided, cases),
                (Counted::Applicable, cases),
                (Counted::Shown, cases),
                (Counted::Reused, cases.saturating_sub(1)),
                (Counted::LookedUp, cases * 3),
            ] {
                if count > 0 {
                    lines.push(line(day, procedure, counted, None, count));
                }
            }
            for (reason, count) in [("not_found", cases), ("source_down", 1), ("stale", 2)] {
                lines.push(line(day, procedure, Counted::PaperNeeded, Some(reason), count.max(1)));
            }
        }
        let (status, told) = desks[*office].tell(&world, "a1", &lines).await;
        assert_eq!(status, StatusCode::OK, "{told}");
    }
    let other = world.account_of("xem-khac", Some("VN/GOV/G15"), "data_officer").await;
    let own = world.account_of("xem-minh", Some("VN/LOC/H05"), "data_officer").await;
    let at = month(day);
    // H05: 9 cases, H10: 9, H12: 3, G01: 180.
    let all = seen(&world, &world.token, &format!("?level=agency&month={at}")).await;
    assert_eq!((&all["VN/LOC/H05"]["cases"], &all["VN/LOC/H10"]["cases"]), (&json!(9), &json!(9)), "{all:?}");
    for token in [&other, &own] {
        for query in ["?month=", "?level=agency&month="] {
            let (status, told) = get(&world, token, &format!("{query}{}", month(today()))).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{told}");
        }
        for query in [
            "?level=procedure&agency=VN%2FGOV%2FG01",
            "?level=office&agency=VN%2FGOV%2FG01",
            "?level=nation&procedure=1.001193",
            "?level=nation&paper=can-cuoc",
        ] {
            let (status, told) = get(&world, token, query).await;
            assert_eq!(
                (status, &told["title"]),
                (StatusCode::FORBIDDEN, &json!("LT-7111")),
                "{query}: {told}"
            );
        }
    }
    // One's own, whole: this month, too, and in all its parts.
    for (level, id, cases) in
        [("agency", "VN/LOC/H05", 9), ("office", "VN/LOC/H05.02", 3), ("procedure", "1.001193", 3)]
    {
        let mine = seen(&world, &own, &format!("?level={level}&agency=VN%2FLOC%2FH05&month={at}")).await;
        assert_eq!(mine[id]["cases"], cases, "{mine:?}");
        let (status, _) =
            get(&world, &own, &format!("?level={level}&agency=VN%2FLOC%2FH05&month={}", month(today())))
                .await;
        assert_eq!(status, StatusCode::OK);
    }
    let offices = seen(&world, &own, &format!("?level=office&month={at}")).await;
    assert_eq!(offices.keys().collect::<Vec<_>>(), ["VN/LOC/H05.01", "VN/LOC/H05.02"]);
    assert!(seen(&world, &other, &format!("?level=office&month={at}")).await.is_empty());
    // Over all lines that others see: where a table's sum is told, no cell below five can be what is missing.
    for level in ["agency", "procedure", "paper", "reason"] {
        let exact = seen(&world, &world.token, &format!("?level={level}&month={at}")).await;
        let told = seen(&world, &other, &format!("?level={level}&month={at}")).await;
        let nation = &seen(&world, &other, &format!("?level=nation&month={at}")).await["nation"];
        for (name, counted, _) in TOLD {
            let cells: Vec<(u64, Option<u64>)> = exact
                .iter()
                .filter_map(|(id, line)| Some((line[name].as_u64()?, told.get(id)?[name].as_u64())))
                .collect();
            for (exact, told) in &cells {
                assert!(told.is_none_or(|told| told == *exact && (told == 0 || told >= 5)), "{level} {name}");
            }
            let hidden: Vec<u64> =
                cells.iter().filter(|(_, told)| told.is_none()).map(|(exact, _)| *exact).collect();
            let is_told = !nation[name].is_null()
                && (level != "reason" || matches!(counted, Counted::PaperNeeded | Counted::ReAsked));
            if is_told && hidden.iter().any(|cell| (1..5).contains(cell)) {
                assert!(hidden.len() >= 3, "{level} {name}: {cells:?}");
            }
        }
    }
    let nation = &seen(&world, &other, &format!("?level=nation&month={at}")).await["nation"];
    assert_eq!((&nation["measured"], &nation["cases"]), (&json!(true), &json!(201)));
    let agencies = seen(&world, &other, &format!("?level=agency&month={at}")).await;
    assert_eq!(
        (&agencies["VN/LOC/H12"]["cases"], &agencies["VN/LOC/H12"]["withheld"]),
        (&Value::Null, &json!(true))
    );
    // What is one's own is told among what is not.
    let agencies = seen(&world, &own, &format!("?level=agency&month={at}")).await;
    assert_eq!(
        (&agencies["VN/LOC/H05"]["cases"], &agencies["VN/LOC/H10"]["cases"]),
        (&json!(9), &Value::Null)
    );
    // Papers: everybody learns which can be dropped, and the hub by how many cases.
    let (_, papers) = get(&world, &other, "/papers").await;
    let (_, exact) = get(&world, &world.token, "/papers").await;
    let of = |papers: &Value, id: &str| {
        papers["items"].as_array().unwrap().iter().find(|one| one["id"] == id).cloned().unwrap()
    };
    assert_eq!(of(&papers, "2.000001:giay-khac")["verdict"], "not_published");
    let (told, exact) = (of(&papers, "1.001193:can-cuoc"), of(&exact, "1.001193:can-cuoc"));
    assert_eq!((&told["verdict"], &exact["verdict"]), (&json!("droppable"), &json!("droppable")), "{exact}");
    assert_eq!((&told["applicable"], &exact["applicable"]), (&Value::Null, &json!(67)));
    // What is counted today changes nothing for others.
    let differing = line(today(), 0, Counted::Differing, None, 60);
    assert_eq!(desks[OFFICES[4]].tell(&world, "a1", &[differing]).await.0, StatusCode::OK);
    for (token, verdict) in [(&other, "droppable"), (&world.token, "not_yet")] {
        let (_, papers) = get(&world, token, "/papers").await;
        assert_eq!(of(&papers, "1.001193:can-cuoc")["verdict"], verdict);
    }
    // A commune's figures are its own, under its own name.
    let commune = world.account_of("xem-xa", Some(OFFICES[0]), "data_officer").await;
    let mine = seen(&world, &commune, &format!("?level=agency&agency=VN%2FLOC%2FH05.01&month={at}")).await;
    assert_eq!(
        (mine.len(), &mine[OFFICES[0]]["cases"], &mine[OFFICES[0]]["offices"]),
        (1, &json!(6), &json!(1))
    );
    // What a ministry could do: what it cost is told to it and to the hub; to it no small number of others, and none of a month that goes on.
    let path = "/owners/VN%2FGOV%2FG01";
    let ministry = world.account_of("xem-bo", Some("VN/GOV/G01"), "data_officer").await;
    let (status, told) = get(&world, &ministry, &format!("{path}?month={}", month(today()))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{told}");
    let (_, told) = get(&world, &ministry, path).await;
    assert_eq!((&told["basis"]["month"], &told["basis"]["is_exact"]), (&json!(at), &json!(false)), "{told}");
    assert!(told["in_vain"].as_array().unwrap().iter().all(|one| one["reasons"] == json!([])), "{told}");
    let (_, told) = get(&world, &other, &format!("{path}?month={at}")).await;
    let (_, exact) = get(&world, &world.token, &format!("{path}?month={at}")).await;
    assert_eq!((&told["without_scope"], &told["cases_paid"]), (&json!(0), &Value::Null), "{told}");
    assert!(exact["cases_paid"].as_u64().unwrap() > 0, "{exact}");
    assert_eq!(exact["in_vain"][0]["service"], "VN/GOV/G01/dan-cu/nguoi");
}

/// What is not told is not measured; a table has the lines of the answer; what is old is forgotten, and told anew it counts no more.
pub(super) async fn what_nobody_told_is_not_measured(url: &str) {
    let world = world(url).await;
    let nation = seen(&world, &world.token, "?level=nation").await;
    assert_eq!((&nation["nation"]["measured"], &nation["nation"]["cases"]), (&json!(false), &Value::Null));
    assert_eq!(
        (&nation["nation"]["offices"], &nation["nation"]["offices_reporting"]),
        (&json!(5), &json!(0))
    );
    let desk = Desk::of(&world, OFFICES[0]).await;
    let lines =
        [line(today(), 0, Counted::Decided, None, 50), line(today(), 0, Counted::Applicable, None, 50)];
    assert_eq!(desk.tell(&world, "a1", &lines).await.0, StatusCode::OK);
    let nation = seen(&world, &world.token, "?level=nation").await;
    let nation = &nation["nation"];
    assert_eq!(
        (&nation["cases"], &nation["reuse"], &nation["offices_reporting"]),
        (&json!(50), &json!(0.0), &json!(1))
    );
    // What it looked up nobody else has seen, until a provider's node counts an answer to it.
    assert_eq!(nation["witnessed"], 0);
    let mut provider = Reporting::of(&world, "VN/GOV/G01/nut-1").await;
    let rows = [("VN/LOC/H05.01/mot-cua", 9), ("VN/LOC/H05.02/mot-cua", 4)];
    let rows = rows.map(|(system, count)| super::usage::row(system, "khai-sinh", count));
    assert_eq!(provider.report(&world, json!(rows)).await.1["taken"], true);
    let nation = seen(&world, &world.token, "?level=nation").await;
    assert_eq!(nation["nation"]["witnessed"], 13);
    // Of one agency what was answered to that one.
    for level in ["agency", "nation"] {
        let one = seen(&world, &world.token, &format!("?level={level}&agency=VN%2FLOC%2FH05.01")).await;
        assert_eq!(one.values().map(|line| &line["witnessed"]).collect::<Vec<_>>(), [9], "{one:?}");
    }
    // Of the other offices nothing is known.
    let offices = seen(&world, &world.token, "?level=office").await;
    let known: BTreeSet<(&str, bool)> =
        offices.iter().map(|(id, line)| (id.as_str(), line["measured"] == true)).collect();
    assert_eq!(known, OFFICES.iter().map(|id| (*id, *id == OFFICES[0])).collect());
    let request =
        |path: &str| Request::get(path).header("authorization", &world.token).body(Body::empty()).unwrap();
    let (status, _, csv) = world.bytes(request("/api/v1/reuse?level=office&format=csv&sort=-cases")).await;
    let csv = String::from_utf8(csv).unwrap();
    assert_eq!((status, csv.lines().count()), (StatusCode::OK, 1 + OFFICES.len()), "{csv}");
    assert!(csv.lines().nth(1).unwrap().contains(OFFICES[0]), "{csv}");
    let mut tx = world.hub.db.write().await.unwrap();
    let later = clock::now() + jiff::SignedDuration::from_hours(24 * 402);
    crate::running::reuse_report::forget_old(&mut tx, later).await.unwrap();
    let left: Vec<(String,)> = all!(tx, "SELECT day FROM reuse_count").unwrap();
    assert!(left.is_empty());
    run!(tx, "DELETE FROM reuse_month").unwrap();
    tx.commit().await.unwrap();
}
