//! The law of the list of defects: whatever is filtered, in whatever order, in pages of whatever size, it is what one gets who filters and
//! sorts all of them by hand; however many there are. And what becomes of defects whose rule a contract drops.

use axum::http::StatusCode;
use jiff::{SignedDuration, Span};
use model::id::encode_part;
use model::time::day_in_viet_nam;
use model::words::Language;
use quality::rule::Defect as Group;
use serde_json::{Value, json};

use super::apply;
use super::quality::{Measuring, look};
use super::usage::{SERVICE, confirm, world};
use super::world::World;
use crate::clock;
use crate::sheet::cell;
use crate::store::run;

const SERVICES: [&str; 3] = [SERVICE, "VN/LOC/H05/a/x", "VN/LOC/H05.1/a/x"];
const OWNERS: [&str; 3] = ["VN/GOV/G01", "VN/LOC/H05", "VN/LOC/H05.1"];
const REPORTERS: [&str; 3] = ["VN/GOV/G15", "VN/LOC/H05", ""];
const STATES: [&str; 3] = ["open", "correcting", "closed"];
const COLUMNS: [&str; 7] = ["id", "due", "fails", "gain", "opened_at", "service", "owner"];
/// So many, of which few are alike in everything and many in something.
const DEFECTS: i64 = 120;
/// More than any list holds in memory.
const MANY: i64 = 20_050;

/// Numbers that look like chance, the same ones each time.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    pub(super) fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.throw(of.len() as u64)).unwrap()]
    }
}

/// A defect, as far as lists ask about it.
#[derive(Debug, Clone)]
struct Made {
    id: String,
    service: &'static str,
    owner: &'static str,
    /// Empty: it was measured.
    reporter: &'static str,
    state: &'static str,
    opened_at: String,
    /// Days from today.
    due: i64,
    fails: i64,
    gain: i64,
}

impl Made {
    fn thrown(dice: &mut Dice, number: i64) -> Self {
        let at = usize::try_from(dice.throw(3)).unwrap();
        Self {
            id: format!("CL-2026-{:06}", (number * 7919) % 100_003),
            service: SERVICES[at],
            owner: OWNERS[at],
            reporter: dice.one_of(&REPORTERS),
            state: dice.one_of(&STATES),
            opened_at: format!("2026-11-{:02}T01:02:03Z", dice.throw(4) + 10),
            due: i64::try_from(dice.throw(5)).unwrap() - 2,
            fails: i64::try_from(dice.throw(6)).unwrap() * 7,
            gain: i64::try_from(dice.throw(6)).unwrap() * 125,
        }
    }

    fn origin(&self) -> &'static str {
        if self.reporter.is_empty() { "measured" } else { "reported" }
    }

    /// What one is ordered by: numbers by number, texts by their bytes.
    fn key(&self, column: &str) -> (i64, &str) {
        match column {
            "due" => (self.due, ""),
            "fails" => (self.fails, ""),
            "gain" => (self.gain, ""),
            "opened_at" => (0, &self.opened_at),
            "service" => (0, self.service),
            "owner" => (0, self.owner),
            _ => (0, ""),
        }
    }
}

async fn write(world: &World, defects: &[Made]) {
    let today = day_in_viet_nam(clock::now());
    let mut tx = world.hub.db.write().await.unwrap();
    for made in defects {
        run!(
            tx,
            "INSERT INTO quality_defect (id, service, owner, reporter, origin, rule, field, kind, severity, state, opened_at, check_by, due,
                 fails, gain, times, ended_at, entry)
             VALUES ($1, $2, $3, $4, $5, '', 'ho_ten', 'format', 'warning', $6, $7, $8, $8, $9, $10, 1, NULL, '{}')"
            => &made.id, made.service, made.owner, made.reporter, made.origin(), made.state, &made.opened_at,
               (today + Span::new().days(made.due)).to_string(), made.fails, made.gain
        )
        .unwrap();
    }
    tx.commit().await.unwrap();
}

/// What is asked of the list.
#[derive(Debug, Clone, Copy)]
struct Asked {
    agency: &'static str,
    service: &'static str,
    database: &'static str,
    state: &'static str,
    origin: &'static str,
    late: bool,
    /// Empty: what is due first.
    column: &'static str,
    down: bool,
}

impl Asked {
    fn thrown(dice: &mut Dice) -> Self {
        // Half of the filters are left out, or hardly a defect would be left.
        let mut some = |of: &[&'static str]| if dice.throw(2) == 0 { "" } else { dice.one_of(of) };
        Self {
            agency: some(&["VN/GOV/G01", "VN/LOC/H05", "VN/LOC/H05.1", "VN/GOV/G99"]),
            service: some(&SERVICES),
            database: some(&["VNDB-013", "VNDB-999"]),
            state: some(&["open", "correcting", "closed", "live"]),
            origin: some(&["measured", "reported"]),
            column: some(&COLUMNS),
            late: dice.throw(3) == 0,
            down: dice.throw(2) == 0,
        }
    }

    fn query(&self) -> String {
        let Self { agency, service, database, state, origin, late, column, down } = *self;
        let sort = if column.is_empty() {
            String::new()
        } else {
            format!("{}{column}", if down { "-" } else { "" })
        };
        let part = encode_part;
        format!(
            "agency={}&service={}&database={}&state={state}&origin={origin}&late={late}&sort={sort}",
            part(agency),
            part(service),
            part(database)
        )
    }

    /// The same by hand, as it is shown to somebody of the hub (none) or of an agency.
    fn by_hand(&self, all: &[Made], whose: Option<&str>) -> Vec<String> {
        let holds = |made: &&Made| {
            let sees = made.reporter.is_empty()
                || whose.is_none_or(|whose| [made.owner, made.reporter].contains(&whose));
            let under = self.agency.is_empty()
                || made.owner == self.agency
                || (self.agency == "VN/LOC/H05" && made.owner == "VN/LOC/H05.1");
            let state = match self.state {
                "" => true,
                "live" => made.state != "closed",
                state => made.state == state,
            };
            sees && under
                && state
                && (self.service.is_empty() || made.service == self.service)
                && (self.database.is_empty() || (self.database == "VNDB-013" && made.service == SERVICE))
                && (self.origin.is_empty() || made.origin() == self.origin)
                && (!self.late || (made.due < 0 && made.state != "closed"))
        };
        let mut left: Vec<&Made> = all.iter().filter(holds).collect();
        let column = if self.column.is_empty() { "due" } else { self.column };
        left.sort_by(|a, b| a.key(column).cmp(&b.key(column)).then_with(|| a.id.cmp(&b.id)));
        if self.down && !self.column.is_empty() {
            left.reverse();
        }
        left.into_iter().map(|made| made.id.clone()).collect()
    }
}

/// All pages of it, and how many it says that there are.
async fn listed(world: &World, token: &str, query: &str, limit: usize) -> (Vec<String>, u64) {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/quality/defects?total=true&limit={limit}&{query}&after={after}");
        let (status, page) = world.send("GET", &path, Some(token), Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit, "{path}");
        found.extend(items.iter().map(|line| cell(line, "id")));
        after = encode_part(&cell(&page, "next"));
        if after.is_empty() {
            return (found, page["total"].as_u64().unwrap());
        }
    }
}

async fn furnished(url: &str) -> World {
    let world = world(url).await;
    confirm(&world).await;
    let name = |text: &str| json!({ "vi": text, "en": text });
    let more = json!([
        { "kind": "Agency", "id": "VN/LOC/H05", "name": name("Hà Nội"), "bloc": "local" },
        { "kind": "Agency", "id": "VN/LOC/H05.1", "parent": "VN/LOC/H05", "name": name("Ba Đình"), "bloc": "local" },
    ]);
    apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(more).unwrap()).await.unwrap();
    world
}

pub(super) async fn pages_of_defects_are_all_of_them_filtered_and_sorted_by_hand(url: &str) {
    let world = furnished(url).await;
    let mut dice = Dice(17);
    let mut all: Vec<Made> = (0..DEFECTS).map(|number| Made::thrown(&mut dice, number)).collect();
    write(&world, &all).await;
    let of_owner = world.account_of("cua-chu", Some("VN/GOV/G01"), "data_officer").await;
    let of_other = world.account_of("cua-khac", Some("VN/GOV/G15"), "engineer").await;
    let people = [(&world.token, None), (&of_owner, Some("VN/GOV/G01")), (&of_other, Some("VN/GOV/G15"))];
    let mut some = 0;
    for number in 0..150 {
        let asked = Asked::thrown(&mut dice);
        let (token, whose) = people[number % 3];
        let by_hand = asked.by_hand(&all, whose);
        some += usize::from(by_hand.len() > 3);
        for limit in [3, 500] {
            let (found, total) = listed(&world, token, &asked.query(), limit).await;
            assert_eq!(found, by_hand, "{asked:?} as {whose:?}, {limit} a page");
            assert_eq!(usize::try_from(total).unwrap(), found.len(), "{asked:?}");
        }
    }
    assert!(some > 40, "{some}: most filters leave nothing");
    // Behind what one does not see there is no page, as behind what is not there.
    let hidden = all.iter().find(|made| made.owner == "VN/GOV/G01" && made.reporter == "VN/LOC/H05").unwrap();
    for id in [&hidden.id, "CL-1999-000001"] {
        let path = format!("/api/v1/quality/defects?after={id}");
        assert_eq!(
            world.send("GET", &path, Some(&of_other), Value::Null).await.0,
            StatusCode::NOT_FOUND,
            "{id}"
        );
    }
    // However many there are, what is asked for is found among all of them: those that are due last gain most.
    let mut tx = world.hub.db.write().await.unwrap();
    run!(
        tx,
        "INSERT INTO quality_defect (id, service, owner, reporter, origin, rule, field, kind, severity, state, opened_at, check_by, due,
             fails, gain, times, ended_at, entry)
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
         SELECT 'CL-2027-' || CAST(100000 + i AS TEXT), $2, 'VN/GOV/G01', '', 'measured', '', '', 'format', 'warning', 'open',
             '2026-11-20T00:00:00Z', '2030-01-01', '2030-01-01', 1, 1000, 1, NULL, '{}' FROM n"
        => MANY, SERVICE
    )
    .unwrap();
    tx.commit().await.unwrap();
    let last = Made {
        id: "CL-2028-000001".into(),
        gain: 90_000,
        due: 5000,
        reporter: "",
        state: "open",
        ..all[0].clone()
    };
    write(&world, std::slice::from_ref(&last)).await;
    all.push(last);
    let look = async |query: &str| {
        let path = format!("/api/v1/quality/defects?{query}");
        let (status, page) = world.send("GET", &path, Some(&world.token), Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
        page
    };
    let first = look("sort=-gain&limit=1&total=true").await;
    assert_eq!(
        (&first["items"][0]["id"], &first["total"]),
        (&json!("CL-2028-000001"), &json!(DEFECTS + MANY + 1))
    );
    assert_eq!(look("sort=-due&limit=1").await["items"][0]["id"], "CL-2028-000001");
    let left = look("agency=VN%2FLOC%2FH05.1&limit=500").await["items"].as_array().unwrap().len();
    assert_eq!(left, all.iter().filter(|made| made.owner == "VN/LOC/H05.1").count());
}

/// The dataset's contract in which a name must be there, or need not.
fn asking(version: &str, required: bool) -> crate::kinds::Document {
    super::contracts::contract(version, |odcs| {
        odcs["schema"][0]["properties"][1]["required"] = json!(required)
    })
}

pub(super) async fn a_rule_that_a_contract_drops_ends_its_defect_as_that(url: &str) {
    let world = world(url).await;
    let mut node = Measuring::begun(&world).await;
    let owner = world.account_of("chat-luong", Some("VN/GOV/G01"), "data_officer").await;
    let consumer = world.account_of("khai-thac", Some("VN/GOV/G15"), "engineer").await;
    let granted = json!([{ "kind": "Grant", "id": "g-ho-tich", "client": "VN/GOV/G15/ho-tich", "service": SERVICE,
        "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": ["ho_ten"], "valid_to": "2027-01-01", "per_second": 5,
        "endpoints": [{ "method": "GET", "path": "/*" }] }]);
    apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(granted).unwrap()).await.unwrap();
    let list = async |state: &str| {
        let told = look(&world, &format!("/api/v1/quality/defects?state={state}")).await;
        told["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let show = async |id: &str| look(&world, &format!("/api/v1/quality/defects/{id}")).await;
    let what = |defect: &Value| {
        let events = defect["events"].as_array().unwrap().iter();
        events.map(|event| event["what"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // By a contract that asks for names, names are missing: it is measured, and a consumer has met it.
    apply(&world.hub.db, &[asking("1.1.0", true)]).await.unwrap();
    node.by(&world, "dan-cu.nguoi@1.1.0").await;
    node.run(&world, &[("ho_ten:required", 30)]).await;
    let measured = list("live").await.remove(0);
    let met = json!({ "service": SERVICE, "exchange": "0198c0de-0000-7000-8000-000000000001", "field": "ho_ten", "kind": "missing", "reason": "thiếu tên" });
    let (status, met) = world.send("POST", "/api/v1/quality/defects", Some(&consumer), met).await;
    assert_eq!(status, StatusCode::OK, "{met}");
    let met = met["id"].as_str().unwrap().to_owned();
    // A contract that does not ask for them: nothing is over before somebody measures by it, be it a draft's or an older one's.
    apply(&world.hub.db, &[asking("2.0.0", false)]).await.unwrap();
    node.until = clock::now();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let measure = async |node: &mut Measuring, fails: &[(&str, u64)]| {
        let (from, to) =
            (node.until + SignedDuration::from_millis(5), node.until + SignedDuration::from_millis(10));
        node.until = to;
        let (status, told) = node.run_at(&world, fails, (from, to)).await;
        assert_eq!(status, StatusCode::OK, "{told}");
    };
    measure(&mut node, &[("ho_ten:required", 30)]).await;
    assert_eq!(list("live").await, [measured.clone(), met.clone()]);
    node.by(&world, "dan-cu.nguoi@2.0.0").await;
    measure(&mut node, &[]).await;
    assert_eq!((list("live").await, list("closed").await), (vec![], vec![]), "neither is corrected");
    assert_eq!(list("rule_gone").await, [measured.clone(), met.clone()]);
    for id in [&measured, &met] {
        let gone = show(id).await;
        let last = gone["events"].as_array().unwrap().last().unwrap();
        assert_eq!(
            (&last["what"], &last["said"]),
            (&json!("rule_gone"), &json!("dan-cu.nguoi@2.0.0")),
            "{gone}"
        );
        assert!(!what(&gone).contains(&"passed".to_owned()) && gone["due"]["state"] != "done", "{gone}");
        assert!(gone["ended_at"].is_string() && gone["gain"] == 0.0, "{gone}");
        let body = json!({ "reason": "đang sửa" });
        let path = format!("/api/v1/quality/defects/{id}/correct");
        assert_eq!(world.send("POST", &path, Some(&owner), body).await.1["title"], "LT-7104");
    }
    assert_eq!(show(&measured).await["fails"], 30, "as it was counted last");
    let line = look(&world, "/api/v1/quality?level=dataset").await["items"][0].clone();
    assert_eq!((&line["defects"], &line["defects_late"]), (&json!(0), &json!(0)));
    // A contract that asks again: what fails then has come back.
    apply(&world.hub.db, &[asking("3.0.0", true)]).await.unwrap();
    node.by(&world, "dan-cu.nguoi@3.0.0").await;
    measure(&mut node, &[("ho_ten:required", 5)]).await;
    let again = show(&measured).await;
    assert_eq!(
        (&again["state"], &again["times"], &again["ended_at"]),
        (&json!("open"), &json!(2), &Value::Null)
    );
    assert_eq!(what(&again), ["opened", "rule_gone", "again"]);
}

/// A report of a kind that nothing measures is refused in words, in either language, and in no program's.
pub(super) async fn what_no_rule_looks_for_is_told_in_words(url: &str) {
    let world = world(url).await;
    let consumer = world.account_of("khai-thac", Some("VN/GOV/G15"), "engineer").await;
    let granted = json!([{ "kind": "Grant", "id": "g-ho-tich", "client": "VN/GOV/G15/ho-tich", "service": SERVICE,
        "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "fields": ["ho_ten"], "valid_to": "2027-01-01", "per_second": 5,
        "endpoints": [{ "method": "GET", "path": "/*" }] }]);
    apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(granted).unwrap()).await.unwrap();
    let rules = super::quality::rules_of(&world, super::quality::CONTRACT).await;
    let of_field = rules.rules.iter().filter(|rule| rule.field.as_deref() == Some("ho_ten"));
    let looked_for: Vec<Group> = of_field.map(|rule| rule.defect).collect();
    for kind in Group::ALL.into_iter().filter(|kind| !looked_for.contains(kind)) {
        let met = json!({ "service": SERVICE, "exchange": "0198c0de-0000-7000-8000-000000000001", "field": "ho_ten", "kind": kind.word(), "reason": "sai" });
        let (status, told) = world.send("POST", "/api/v1/quality/defects", Some(&consumer), met).await;
        assert_eq!((status.is_client_error(), &told["title"]), (true, &json!("LT-7104")), "{told}");
        for (text, language) in [("detail_vi", Language::Vi), ("detail", Language::En)] {
            let said = told[text].as_str().unwrap();
            for known in looked_for.iter().chain([&kind]) {
                assert!(said.contains(language.of(&known.words())), "{said}");
                let codes = said.split(|c: char| !c.is_alphanumeric()).filter(|word| *word == known.word());
                assert!(language == Language::En || codes.count() == 0, "{said}");
            }
        }
    }
    // The pages say the same words, with their numbers.
    let words: toml::Table = toml::from_str(include_str!("../../../console/words.toml")).unwrap();
    for (number, kind) in (1..).zip(Group::ALL) {
        let said = words[&format!("defect.group.{}", kind.word())].as_array().unwrap();
        let expected = [kind.words().vi(), kind.words().en()].map(|text| format!("{number}. {text}"));
        assert_eq!(said.iter().map(|text| text.as_str().unwrap()).collect::<Vec<_>>(), expected);
    }
}
