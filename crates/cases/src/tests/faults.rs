//! Days of cases with faults, by dice from a seed: sources that fail, slow, have nothing, two, or another person; subjects who have died;
//! grants, contracts and procedures that change in mid-case; processes that are killed, clocks that are set; keys that are used twice at once,
//! officers who act at once, markup, answers after submission. None lost, none doubled, no deed sent twice unseen (invariant O9).
//!
//! What a source does is rolled by seed, dossier, service and try, and not in the order in which things happen: so a seed is the same day
//! however its tasks are woken.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use exchange::{Answered, Ask};
use futures::FutureExt as _;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use model::agency::Name;
use model::case::{By, Case, DeedState, ItemState, State};
use model::casework::{Answers, Deciding, Opening, Previewing, Submitting};
use model::fault::Fault;
use model::gap::GapClass;
use model::id::ServiceId;
use model::procedure::Procedure;
use model::scope::ReusePack;
use serde_json::{Value, json};
use store::run;
use tokio::sync::Notify;

use crate::caller::{Caller, Right};
use crate::run::carry_on;
use crate::tests::engine::{everything, mother, officer};
use crate::tests::world::{
    BIRTHS, CLIENT, Deeds, HOLDER, INSURED, MARK, MOTHER, Mood, PEOPLE, STRANGER, World, answered, birth,
    pack, record,
};
use crate::vault::Vault;
use crate::work::Cases;
use crate::{Sources, tests::world};

/// Days among the other tests; `cargo xtask judge faults` lives through more.
const DAYS: u64 = 12;
/// Longest time of a day, faults and all.
const LONGEST: Duration = Duration::from_secs(60);
/// What a source does that is at fault. Of a hundred asks sixty are answered as they should be.
const FAULTS: [Did; 24] = [
    Did::As(Mood::Down),
    Did::As(Mood::Slow),
    Did::As(Mood::Empty),
    Did::As(Mood::Two),
    Did::As(Mood::OtherPerson),
    Did::As(Mood::Placeholder),
    Did::As(Mood::Spelled),
    Did::As(Mood::OldNumber),
    Did::As(Mood::Markup),
    Did::As(Mood::Huge),
    Did::As(Mood::Lacking),
    Did::As(Mood::NoJson),
    Did::As(Mood::Withheld),
    Did::As(Mood::Pending),
    Did::As(Mood::NoGrant),
    Did::As(Mood::BasisEnded),
    Did::As(Mood::TooFast),
    Did::As(Mood::Unsupported),
    Did::As(Mood::Forged),
    Did::As(Mood::Broken),
    Did::Dead,
    Did::OldCommune,
    Did::Cancelled,
    Did::As(Mood::Down),
];
const DEEDS: [Deeds; 8] = [
    Deeds::Done,
    Deeds::Done,
    Deeds::Done,
    Deeds::Done,
    Deeds::Refused,
    Deeds::Lost,
    Deeds::Unreachable,
    Deeds::Failed,
];
/// What people type where a program might take it for its own.
const MARKUP: &str = "<script>alert(1)</script>'; DROP TABLE case_file; --";

/// What a source does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Did {
    As(Mood),
    /// The subject has died since the case was opened.
    Dead,
    /// A place by the code of a commune that is none any more.
    OldCommune,
    /// The record is under another number: the one that was asked by is cancelled.
    Cancelled,
}

/// A number below `most`, of a seed and what it is for.
fn rolled(seed: u64, of: &str, most: usize) -> usize {
    let digest = trust::sha256(format!("{seed} {of}").as_bytes());
    let number = digest.iter().take(4).fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
    number % most
}

/// One day.
struct Day {
    seed: u64,
    world: Arc<World>,
    /// By dossier and service, how often it was asked.
    tries: Mutex<HashMap<String, u32>>,
    /// How often the process has begun.
    life: AtomicU64,
    /// From here on everything goes well.
    calm: AtomicBool,
    /// At which call the power goes, and whether behind it.
    kill: Mutex<Option<(u64, bool)>>,
    calls: AtomicU64,
    killed: Notify,
    /// By key: the id that was told, and the version by which the case began, as it was seen then.
    told: Mutex<BTreeMap<String, (String, String)>>,
}

impl Day {
    fn of_seed(seed: u64) -> Self {
        Self {
            seed,
            world: Arc::new(World::new(procedure(1))),
            tries: Mutex::default(),
            life: AtomicU64::new(0),
            calm: AtomicBool::new(false),
            kill: Mutex::default(),
            calls: AtomicU64::new(0),
            killed: Notify::new(),
            told: Mutex::default(),
        }
    }

    fn rolled(&self, of: &str, most: usize) -> usize {
        rolled(self.seed, of, most)
    }

    fn is_calm(&self) -> bool {
        self.calm.load(Ordering::SeqCst)
    }

    fn fault(&self, ask: &Ask) -> Did {
        let (dossier, service) = (ask.issue.as_deref().unwrap_or_default(), ask.service.as_str());
        let name = format!("{dossier} {service}");
        let mut tries = self.tries.lock().unwrap();
        let tried = tries.entry(name.clone()).or_default();
        *tried += 1;
        let life = self.life.load(Ordering::SeqCst);
        if self.is_calm() {
            return Did::As(Mood::Fine);
        }
        // A grant is taken back, or a column dropped from the contract, for as long as a process lives.
        match self.rolled(&format!("{service} in life {life}"), 10) {
            0 => return Did::As(Mood::NoGrant),
            1 => return Did::As(Mood::Lacking),
            _ => {}
        }
        match self.rolled(&format!("{name} {tried}"), 100) {
            at if at < 60 => Did::As(Mood::Fine),
            // Waiting for who never answers takes a second each time: a few of them are enough.
            at => match FAULTS[(at + self.rolled(&name, 24)) % FAULTS.len()] {
                Did::As(Mood::Slow) if self.rolled(&format!("{name} {tried} slow"), 4) > 0 => {
                    Did::As(Mood::Down)
                }
                did => did,
            },
        }
    }

    async fn dies(&self, number: u64, behind: bool) {
        let now = *self.kill.lock().unwrap() == Some((number, behind));
        if now {
            self.killed.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl Sources for Arc<Day> {
    async fn ask(&self, ask: Ask) -> Result<Answered, Fault> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        self.dies(number, false).await;
        let answer = if ask.service.as_str() == HOLDER {
            let rolled = self.rolled(&ask.id.replace(char::is_alphabetic, ""), DEEDS.len())
                + self.rolled(&format!("{:?} {}", ask.issue, ask.path), DEEDS.len());
            let how = if self.is_calm() { Deeds::Done } else { DEEDS[rolled % DEEDS.len()] };
            // Set and read within one turn of the only thread.
            *self.world.deeds.lock().unwrap() = how;
            Sources::ask(&self.world, ask).await
        } else {
            match self.fault(&ask) {
                Did::As(mood) => {
                    self.world.set(ask.service.as_str(), mood);
                    Sources::ask(&self.world, ask).await
                }
                did => {
                    self.world.asked.lock().unwrap().push(ask.clone());
                    Ok(special(&ask, did))
                }
            }
        };
        self.dies(number, true).await;
        answer
    }

    fn procedures(&self) -> Vec<Arc<Procedure>> {
        Sources::procedures(&self.world)
    }

    fn pack(&self) -> Option<Arc<ReusePack>> {
        let mut pack = pack();
        pack.timers.ask_seconds = 1;
        Some(Arc::new(pack))
    }

    fn agency(&self, service: &ServiceId) -> Name {
        Sources::agency(&self.world, service)
    }

    fn citation(&self, basis: &str) -> String {
        basis.to_owned()
    }

    fn node(&self) -> String {
        self.world.name.clone()
    }

    fn sign(&self, signed_as: &[u8], statement: &[u8]) -> (String, Vec<u8>) {
        Sources::sign(&self.world, signed_as, statement)
    }

    fn now(&self) -> Timestamp {
        Sources::now(&self.world)
    }
}

/// A record that is at odds with the world of today.
fn special(ask: &Ask, did: Did) -> Answered {
    let asked: Value = serde_json::from_slice(&ask.body).unwrap();
    let number = asked["filters"]["so_dinh_danh"].as_str().unwrap_or(MOTHER);
    let mut record = record(number);
    let header = match did {
        Did::Dead => {
            record["tinh_trang"] = json!("0");
            None
        }
        Did::OldCommune => {
            record["noi_thuong_tru"] = json!("00004");
            Some(("age", "86400"))
        }
        _ => {
            record["so_dinh_danh"] = json!("001190999999");
            record["noi_thuong_tru"] = json!(MARK);
            None
        }
    };
    let fields: Vec<String> = serde_json::from_value(asked["fields"].clone()).unwrap();
    let record = record.as_object().unwrap().clone();
    let cut: serde_json::Map<String, Value> =
        record.into_iter().filter(|(name, _)| fields.contains(name)).collect();
    answered(StatusCode::OK, &json!({ "items": [cut], "more": false }), header.as_slice())
}

/// The procedure of a birth, whose mother must be alive; a later version asks for less.
fn procedure(version: u32) -> Procedure {
    let mut one = serde_json::to_value(birth()).unwrap();
    one["id"] = json!(format!("1.001193@{version}"));
    let claims = one["requirements"][2]["alternatives"][0]["asks"][0]["claims"].as_array_mut().unwrap();
    claims.push(json!({ "field": "tinh_trang", "use": { "test": "it = \"1\"" } }));
    if version > 1 {
        one["requirements"].as_array_mut().unwrap().remove(1);
    }
    serde_json::from_value(one).unwrap()
}

/// Somebody's case: a citizen's, an officer's, the one-stop system's.
#[derive(Clone)]
struct Client {
    day: Arc<Day>,
    key: String,
    caller: Caller,
}

fn system() -> Caller {
    Caller::System(CLIENT.parse().unwrap())
}

fn officer_of(name: &str) -> Caller {
    let Caller::Officer(mut one) = officer(&[Right::Look, Right::Work, Right::Decide]) else {
        unreachable!()
    };
    one.account = name.into();
    Caller::Officer(one)
}

/// Whatever is refused is refused for a reason that is told to whoever asks, by a code of cases, of what was handed in, or of a store that takes
/// nothing.
fn refused<T>(day: &Day, done: Result<T, Fault>) -> Option<T> {
    done.map_err(|fault| {
        let code = fault.code();
        let known = code.starts_with("LT-91") || code.starts_with("LT-71");
        assert!(known, "seed {}: {code} {fault}", day.seed);
    })
    .ok()
}

impl Client {
    fn new(day: &Arc<Day>, number: usize) -> Self {
        let caller = match number % 3 {
            0 => mother(2),
            1 => officer_of("can-bo-1"),
            _ => system(),
        };
        Self { day: day.clone(), key: format!("HS-{number}"), caller }
    }

    /// Rolled anew for each state that it comes to.
    fn rolled(&self, case: &Case, of: &str, most: usize) -> usize {
        self.day.rolled(&format!("{} {of} {:?} {}", self.key, case.state, case.revision), most)
    }

    fn opening(&self) -> Opening {
        let mut inputs = json!({ "con.ho_ten": "Trần Thị Mai" });
        if !matches!(self.caller, Caller::Citizen(_)) {
            inputs["me.so_dinh_danh"] = json!(MOTHER);
        }
        serde_json::from_value(
            json!({ "procedure": "1.001193", "inputs": inputs, "level": 2, "dossier": self.key }),
        )
        .unwrap()
    }

    /// One key, twice at once: whoever is answered is answered the same, now and ever.
    async fn open(&self, cases: &Arc<Cases>) -> Option<String> {
        let opening = self.opening();
        let open = || cases.open_case(&self.caller, (&self.key, self.key.as_bytes()), &opening);
        let (one, other) = tokio::join!(open(), open());
        let mut ids = [one, other].into_iter().filter_map(|opened| refused(&self.day, opened));
        let id = ids.next()?;
        assert!(ids.all(|same| same == id), "seed {}: {} has two cases", self.day.seed, self.key);
        let case = refused(&self.day, cases.look(&id, By::Officer).await)?;
        let mut told = self.day.told.lock().unwrap();
        let known = told.entry(self.key.clone()).or_insert((id.clone(), case.procedure.clone()));
        assert_eq!(*known, (id.clone(), case.procedure), "seed {}: {}", self.day.seed, self.key);
        Some(id)
    }

    /// Goes on from wherever the case is until it has come to its end.
    async fn live(&self, cases: &Arc<Cases>) {
        let id = loop {
            match self.open(cases).await {
                Some(id) => break id,
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        loop {
            let Some(case) = refused(&self.day, cases.look(&id, By::Officer).await) else {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            };
            match case.state {
                State::Question => Box::pin(self.answer(cases, &case)).await,
                State::Preview => Box::pin(self.preview(cases, &case)).await,
                State::Form => Box::pin(self.form(cases, &case)).await,
                State::OutcomeUnknown => self.find_out(cases, &case).await,
                State::Submitted => Box::pin(self.decide(cases, &case)).await,
                State::Decided | State::Closed => return,
                State::Fetching | State::Submitting => {}
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    async fn answer(&self, cases: &Arc<Cases>, case: &Case) {
        let said: Answers = serde_json::from_value(json!({ "questions": { "bhyt": "1990-05-01" } })).unwrap();
        let other = officer_of("can-bo-2");
        let (one, other) =
            tokio::join!(cases.answer(&self.caller, &case.id, &said), cases.answer(&other, &case.id, &said));
        for answered in [one, other] {
            refused(&self.day, answered);
        }
    }

    async fn preview(&self, cases: &Arc<Cases>, case: &Case) {
        let mut said = Previewing::default();
        for item in case.items.iter().filter(|item| item.state == ItemState::Found) {
            let declined = !self.day.is_calm() && self.rolled(case, &item.id, 6) == 0;
            if declined { &mut said.decline } else { &mut said.accept }.insert(item.id.clone());
        }
        // Two at once, who need not agree.
        let all = Previewing {
            accept: said.accept.union(&said.decline).cloned().collect(),
            ..Previewing::default()
        };
        let other = officer_of("can-bo-2");
        let (one, other) =
            tokio::join!(cases.preview(&self.caller, &case.id, &said), cases.preview(&other, &case.id, &all));
        for shown in [one, other] {
            refused(&self.day, shown);
        }
    }

    async fn form(&self, cases: &Arc<Cases>, case: &Case) {
        if !self.day.is_calm() {
            match self.rolled(case, "form", 12) {
                0 => drop(refused(&self.day, cases.close(&self.caller, &case.id).await)),
                1..=3 => {
                    let said = serde_json::from_value(json!({ "again": true })).unwrap();
                    let asked = refused(&self.day, cases.answer(&self.caller, &case.id, &said).await);
                    if asked.is_some_and(|asked| asked.revision != case.revision) {
                        return;
                    }
                }
                4 | 5 => {
                    let said = serde_json::from_value(
                        json!({ "fact": "me.ho_ten", "value": MARKUP, "why": MARKUP }),
                    )
                    .unwrap();
                    refused(&self.day, cases.correct(&self.caller, &case.id, &said).await);
                    let counts =
                        serde_json::from_value(json!({ "fact": "me.ho_ten", "counts": true })).unwrap();
                    refused(&self.day, cases.correct(&officer_of("can-bo-2"), &case.id, &counts).await);
                }
                6 => {
                    let asked =
                        serde_json::from_value(json!({ "item": "sinh", "reason": "nguon-sai" })).unwrap();
                    refused(&self.day, cases.ask_paper(&officer_of("can-bo-2"), &case.id, &asked).await);
                }
                _ => {}
            }
        }
        for item in &case.items {
            let is_asked = item.asked_paper.as_ref().map(|asked| asked.handed_in.is_none());
            if is_asked.unwrap_or(item.class == Some(GapClass::PaperMayBeAsked)) {
                let handed = (item.id.as_str(), "a.pdf", None);
                refused(&self.day, cases.hand_in(&self.caller, &case.id, handed, b"%PDF-1.7").await);
            }
        }
        for line in case.form.iter().filter(|line| line.value.is_none() && !line.optional) {
            let said = json!({ "fact": line.fact, "value": "Nguyễn Thị Hòa", "why": "giấy tờ" });
            refused(
                &self.day,
                cases.correct(&self.caller, &case.id, &serde_json::from_value(said).unwrap()).await,
            );
        }
        let (said, office) = (Submitting::default(), system());
        let (one, other) = tokio::join!(
            cases.submit_case(&self.caller, &case.id, &said),
            cases.submit_case(&office, &case.id, &said)
        );
        for submitted in [one, other] {
            refused(&self.day, submitted);
        }
    }

    /// Somebody asks the holder, by the exchange.
    async fn find_out(&self, cases: &Arc<Cases>, case: &Case) {
        let done = self.day.world.done.lock().unwrap().clone();
        let unknown = case.deeds.iter().filter(|deed| deed.state == DeedState::OutcomeUnknown);
        let outcomes = unknown.map(|deed| (deed.id.clone(), done.contains_key(&deed.exchange))).collect();
        let gave = [("dang-ky".to_owned(), [("so".to_owned(), "12/2026".to_owned())].into())].into();
        refused(
            &self.day,
            cases.submit_case(&system(), &case.id, &Submitting { outcomes, gave, ask: false }).await,
        );
    }

    /// What comes late changes nothing; of two who decide otherwise, one has decided.
    async fn decide(&self, cases: &Arc<Cases>, case: &Case) {
        let again: Answers = serde_json::from_value(json!({ "again": true })).unwrap();
        assert!(
            refused(&self.day, cases.answer(&self.caller, &case.id, &again).await).is_none(),
            "it was submitted"
        );
        let said = serde_json::from_value(json!({ "fact": "con.ho_ten", "value": "Muộn" })).unwrap();
        refused(&self.day, cases.correct(&self.caller, &case.id, &said).await);
        let receipt = refused(&self.day, cases.receipt(&case.id).await);
        assert!(receipt.is_none_or(|receipt| !receipt.contains("Muộn")), "a receipt has no values");
        let (granting, other) = (officer_of("can-bo-1"), officer_of("can-bo-2"));
        let deciding =
            |granted: bool| serde_json::from_value::<Deciding>(json!({ "granted": granted })).unwrap();
        let (yes, no) = (deciding(true), deciding(false));
        let (one, other) =
            tokio::join!(cases.decide(&granting, &case.id, &yes), cases.decide(&other, &case.id, &no));
        let decided = [one, other].into_iter().filter_map(|decided| refused(&self.day, decided)).count();
        assert!(decided <= 1, "seed {}: decided both ways", self.day.seed);
    }
}

/// Where a day's cases are kept.
struct Kept<'a> {
    folder: &'a Path,
    store: String,
    keys: String,
}

impl<'a> Kept<'a> {
    fn in_files(folder: &'a Path) -> Self {
        let url = |name: &str| format!("sqlite:{}", folder.join(name).display());
        Self { folder, store: url("cases.db"), keys: url("keys.db") }
    }

    async fn open(&self, day: &Arc<Day>) -> (Arc<Cases>, impl Future<Output = ()> + use<>) {
        let vault = Vault::open(&self.keys, &self.folder.join("cases.key")).await.unwrap();
        Cases::open(Arc::new(day.clone()), CLIENT.parse().unwrap(), (&self.store, vault)).await.unwrap()
    }
}

/// How a life of the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    AllDone,
    Killed,
    TimeOver,
}

/// One life of the process: until all cases have come to their end, or it is killed, or its time is over. All its tasks end with it.
fn live(day: &Arc<Day>, kept: &Kept<'_>, clients: &[Client], at_most: Duration) -> Ended {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ended = runtime.block_on(async {
        // Whoever was killed in the life before is dead already.
        let _ = day.killed.notified().now_or_never();
        let (cases, writing) = kept.open(day).await;
        // The process may have been killed while there was none.
        there_is_room(&cases).await;
        tokio::spawn(writing);
        let carried = cases.clone();
        tokio::spawn(async move { carry_on(&carried).await });
        let all = futures::future::join_all(clients.iter().map(|client| client.live(&cases)));
        let life = day.life.load(Ordering::SeqCst);
        if !day.is_calm() && day.rolled(&format!("full {life}"), 3) == 0 {
            tokio::spawn(fills_up(cases.clone(), day.rolled(&format!("full at {life}"), 150) as u64));
        }
        tokio::select! {
            _ = all => Ended::AllDone,
            () = day.killed.notified() => Ended::Killed,
            () = tokio::time::sleep(at_most) => Ended::TimeOver,
        }
    });
    runtime.shutdown_background();
    ended
}

/// The store takes nothing for a while, as a full disk does: what is written fails, and nothing of it is there.
async fn fills_up(cases: Arc<Cases>, after_ms: u64) {
    tokio::time::sleep(Duration::from_millis(after_ms)).await;
    let mut tx = cases.db.write().await.unwrap();
    run!(
        tx,
        "CREATE TRIGGER full_disk BEFORE INSERT ON case_event BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
    )
    .unwrap();
    tx.commit().await.unwrap();
    tokio::time::sleep(Duration::from_millis(80)).await;
    there_is_room(&cases).await;
}

async fn there_is_room(cases: &Cases) {
    let mut tx = cases.db.write().await.unwrap();
    run!(tx, "DROP TRIGGER IF EXISTS full_disk").unwrap();
    tx.commit().await.unwrap();
}

/// Lives through the day of a seed, and checks what is left of it.
fn one_day(seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let (day, kept) = (Arc::new(Day::of_seed(seed)), Kept::in_files(folder.path()));
    let clients: Vec<Client> =
        (0..4 + day.rolled("cases", 5)).map(|number| Client::new(&day, number)).collect();
    for life in 0..day.rolled("lives", 5) {
        let rolled = |of: &str, most| day.rolled(&format!("{of} {life}"), most);
        let ahead = day.calls.load(Ordering::SeqCst) + 1 + rolled("call", 20) as u64;
        *day.kill.lock().unwrap() = (rolled("kill", 3) > 0).then_some((ahead, rolled("behind", 2) == 0));
        let cases = &clients[..clients.len().min(1 + rolled("clients", clients.len()))];
        live(&day, &kept, cases, Duration::from_millis(20 + rolled("time", 400) as u64));
        day.life.fetch_add(1, Ordering::SeqCst);
        // The clock is set, back or on, and somebody publishes another version.
        let hours = i64::try_from(rolled("clock", 97)).unwrap() - 48;
        *day.world.now.lock().unwrap() += SignedDuration::from_hours(hours);
        if rolled("version", 2) == 0 {
            *day.world.procedures.lock().unwrap() = vec![Arc::new(procedure(2))];
        }
    }
    *day.kill.lock().unwrap() = None;
    day.calm.store(true, Ordering::SeqCst);
    let ended = live(&day, &kept, &clients, LONGEST);
    assert!(ended == Ended::AllDone, "seed {seed}: {ended:?}: {}", standing(&day, &kept));
    check(&day, &kept, clients.len());
}

/// Where cases stand.
fn standing(day: &Arc<Day>, kept: &Kept<'_>) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (cases, _writing) = kept.open(day).await;
        let list = cases.list(&system(), "", "", 100).await.unwrap();
        let mut told = String::new();
        for one in list.items {
            let case = cases.look(&one.id, By::Officer).await.unwrap();
            told +=
                &format!("\n{} {:?} {:?} missing {:?}", case.dossier, case.state, case.deeds, case.missing);
        }
        told
    })
}

/// None lost, none doubled, each deed of what was submitted done once, and nothing of anybody else kept.
fn check(day: &Arc<Day>, kept: &Kept<'_>, cases_opened: usize) {
    let seed = day.seed;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ends: BTreeMap<String, Case> = runtime.block_on(async {
        let (cases, _writing) = kept.open(day).await;
        let list = cases.list(&system(), "", "", 100).await.unwrap();
        let told: BTreeSet<String> = day.told.lock().unwrap().values().map(|(id, _)| id.clone()).collect();
        let there: BTreeSet<String> = list.items.iter().map(|one| one.id.clone()).collect();
        assert_eq!(there, told, "seed {seed}: lost or doubled");
        assert_eq!(there.len(), cases_opened, "seed {seed}");
        let text = everything(&cases).await;
        assert!(!text.contains(MARK) && !text.contains(STRANGER), "seed {seed}: another person's values");
        let mut ends = BTreeMap::new();
        for id in there {
            let case = cases.look(&id, By::Officer).await.unwrap();
            let log = cases.log(&id).await.unwrap();
            assert!(log.iter().map(|event| event.number).eq(1..=log.len() as u64), "seed {seed}: {id}'s log");
            assert_eq!(cases.receipt(&id).await.is_ok(), case.state == State::Decided, "seed {seed}: {id}");
            ends.insert(case.dossier.clone(), case);
        }
        ends
    });
    let (asked, done) = (day.world.asked.lock().unwrap(), day.world.done.lock().unwrap());
    let mut of_deeds: BTreeMap<(String, String), u32> = BTreeMap::new();
    let mut sent = BTreeSet::new();
    for ask in asked.iter() {
        assert!(sent.insert(ask.id.clone()), "seed {seed}: {} left twice", ask.id);
        if ask.service.as_str() == HOLDER {
            let name = (ask.issue.clone().unwrap_or_default(), ask.path.clone());
            *of_deeds.entry(name).or_default() += done.get(&ask.id).copied().unwrap_or_default();
        }
    }
    for (key, (_, version)) in day.told.lock().unwrap().iter() {
        let case = &ends[key];
        assert_eq!(case.procedure, *version, "seed {seed}: it ends by what it began with");
        let once = u32::from(case.state == State::Decided);
        assert!(matches!(case.state, State::Decided | State::Closed), "seed {seed}: {:?}", case.state);
        for path in ["/khai-sinh", "/the"] {
            let times = of_deeds.get(&(key.clone(), path.to_owned())).copied().unwrap_or_default();
            assert_eq!(times, once, "seed {seed}: {key} {path}");
        }
        for item in &case.items {
            let open = matches!(item.state, ItemState::Waiting | ItemState::Asking);
            assert!(!open || case.state == State::Closed, "seed {seed}: {key} {}", item.id);
            assert_eq!(item.gap.is_some(), item.told.is_some(), "seed {seed}: {key} {}", item.id);
        }
    }
}

/// How many days, from which seed on: `LIENTHONG_FAULTS="200 0"`.
fn wanted() -> (u64, u64) {
    let said = std::env::var_os("LIENTHONG_FAULTS").unwrap_or_default().to_string_lossy().into_owned();
    let mut numbers = said.split_whitespace().filter_map(|number| number.parse().ok());
    (numbers.next().unwrap_or(DAYS), numbers.next().unwrap_or(0))
}

#[test]
fn days_of_cases_with_faults_lose_nothing_double_nothing_and_send_nothing_twice_unseen() {
    let (days, from) = wanted();
    for seed in from..from + days {
        let lived = std::panic::catch_unwind(|| one_day(seed));
        if let Err(why) = lived {
            eprintln!("again: cargo xtask judge faults 1 {seed}");
            std::panic::resume_unwind(why);
        }
    }
}

/// What the law is about happens: each fault, each end of a deed, cases that are handed in and cases that are not.
#[test]
fn the_days_have_all_that_can_go_wrong_in_them() {
    let mut seen = BTreeSet::new();
    for seed in 0..DAYS {
        let day = Arc::new(Day::of_seed(seed));
        for number in 0..8 {
            for service in [PEOPLE, INSURED, BIRTHS] {
                for _ in 0..4 {
                    let ask = world::asking(service, &format!("HS-{number}"));
                    seen.insert(format!("{:?}", day.fault(&ask)));
                }
            }
        }
    }
    for fault in FAULTS {
        assert!(seen.contains(&format!("{fault:?}")), "{fault:?} does not happen");
    }
    assert!(seen.contains("As(Fine)"));
}
