//! What cases count for: over whatever sources do and people decide, each count is found again in the cases, a paper that comes late takes back
//! what counted, nothing but counts by the registry's words leaves, and the hub has each total once, whatever ends in between.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::civil::Date;
use model::case::{Case, ItemState, State};
use model::casework::{AskingPaper, Deciding, Previewing};
use model::gap::Gap;
use model::reuse_report::{Counted, ReuseLine, ReuseReport, ReuseTaken};

use crate::caller::{Caller, Right};
use crate::report::Reports;
use crate::tests::engine::{everything, mother, officer, prefilled, rests, until};
use crate::tests::world::{
    BIRTHS, CLIENT, INSURED, MOTHER, Mood, PEOPLE, STRANGER, World, birth, open, pack,
};
use crate::work::Cases;

const PDF: &[u8] = b"%PDF-1.7 mot giay to";

/// A hub that is away as often as it is told to, hears some reports of which the node does not learn it, and keeps the highest totals.
#[derive(Default)]
struct Hub {
    heard: Mutex<Vec<ReuseReport>>,
    /// Reports that are lost, and ones of which the answer is.
    lost: Mutex<Vec<(bool, bool)>>,
    /// The last day that it takes for one that can be.
    today: Mutex<Option<Date>>,
}

impl Hub {
    fn totals(&self) -> BTreeMap<ReuseLine, u32> {
        let mut totals: BTreeMap<ReuseLine, u32> = BTreeMap::new();
        for line in self.heard.lock().unwrap().iter().flat_map(|report| &report.lines) {
            let total = totals.entry(ReuseLine { count: 0, ..line.clone() }).or_default();
            *total = (*total).max(line.count);
        }
        totals
    }

    fn count(&self, counted: Counted) -> u32 {
        self.totals().iter().filter(|(line, _)| line.counted == counted).map(|(_, count)| count).sum()
    }
}

#[async_trait]
impl Reports for Hub {
    async fn hand(&self, report: &ReuseReport) -> Result<ReuseTaken, String> {
        let (lost, unheard) = self.lost.lock().unwrap().pop().unwrap_or_default();
        let today = *self.today.lock().unwrap();
        let is_ahead = |line: &ReuseLine| today.is_some_and(|today| line.day > today);
        let lines = report.lines.iter().enumerate();
        let lines_left_out: Vec<usize> = lines.filter(|(_, line)| is_ahead(line)).map(|(at, _)| at).collect();
        if !lost {
            let mut heard = report.clone();
            heard.lines.retain(|line| !is_ahead(line));
            self.heard.lock().unwrap().push(heard);
        }
        if lost || unheard {
            return Err("away".into());
        }
        Ok(ReuseTaken { taken: true, left_out: lines_left_out.len(), lines_left_out })
    }
}

/// What somebody does with a case, by dice.
struct Dice(u64);

impl Dice {
    fn to(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

fn office() -> Caller {
    officer(&[Right::Look, Right::Work, Right::Decide])
}

fn asking(item: &str) -> AskingPaper {
    serde_json::from_value(serde_json::json!({ "item": item, "reason": "nguon-sai" })).unwrap()
}

/// Takes a case to its end, or leaves it on the way; and says what happened with papers.
async fn play(cases: &Arc<Cases>, world: &World, dice: &mut Dice, key: &str) -> Case {
    const MOODS: [Mood; 8] = [
        Mood::Fine,
        Mood::Fine,
        Mood::Fine,
        Mood::Empty,
        Mood::Down,
        Mood::NoGrant,
        Mood::Placeholder,
        Mood::Two,
    ];
    for service in [PEOPLE, BIRTHS, INSURED] {
        world.set(service, MOODS[usize::try_from(dice.to(MOODS.len() as u64)).unwrap()]);
    }
    let case = prefilled(cases, key).await;
    let (mut accept, mut decline) = (BTreeSet::new(), BTreeSet::new());
    for item in case.items.iter().filter(|item| item.state == ItemState::Found) {
        let said = if dice.to(4) == 0 { &mut decline } else { &mut accept };
        said.insert(item.id.clone());
    }
    let said = Previewing { accept, decline };
    cases.preview(&mother(2), &case.id, &said).await.unwrap();
    let case = until(cases, &case.id, rests).await;
    for item in ["me", "the"] {
        match dice.to(4) {
            0 => drop(cases.ask_paper(&office(), &case.id, &asking(item)).await.unwrap()),
            1 => {
                drop(cases.hand_in(&office(), &case.id, (item, "a.pdf", Some("ban-goc")), PDF).await.unwrap())
            }
            _ => {}
        }
    }
    if dice.to(5) == 0 {
        cases.close(&mother(2), &case.id).await.unwrap();
        return cases.look(&case.id, model::case::By::Officer).await.unwrap();
    }
    // What is missing is brought, so that most cases come to their end.
    let case = cases.look(&case.id, model::case::By::Officer).await.unwrap();
    for item in &case.items {
        let waits = item.asked_paper.as_ref().is_some_and(|paper| paper.handed_in.is_none());
        let may = matches!(item.state, ItemState::Gap | ItemState::Declined) && item.id != "sinh";
        if waits || may {
            let handed = cases.hand_in(&office(), &case.id, (&item.id, "b.pdf", Some("ban-goc")), PDF).await;
            handed.unwrap();
        }
    }
    for (fact, value) in [("me.ho_ten", "Nguyễn Thị Hòa"), ("me.so_the", "GD1")] {
        let said = serde_json::from_value(serde_json::json!({ "fact": fact, "value": value })).unwrap();
        // Where a source has said it, or no line asks for it, that is no matter here.
        let _ = cases.correct(&office(), &case.id, &said).await;
    }
    if cases.submit_case(&office(), &case.id, &model::casework::Submitting::default()).await.is_err() {
        cases.close(&mother(2), &case.id).await.unwrap();
        return cases.look(&case.id, model::case::By::Officer).await.unwrap();
    }
    let case = until(cases, &case.id, rests).await;
    if case.state != State::Submitted {
        return case;
    }
    cases.decide(&office(), &case.id, &Deciding { granted: true, mark: None, result: None }).await.unwrap();
    for item in ["me", "the", "sinh"] {
        if dice.to(4) == 0 {
            let handed = cases.hand_in(&office(), &case.id, (item, "c.pdf", Some("nguon-sai")), PDF).await;
            handed.unwrap();
        }
    }
    cases.look(&case.id, model::case::By::Officer).await.unwrap()
}

/// What RU-07 asks of cases as they are seen, counted by hand: decided, applicable, reused now, papers asked for.
fn by_hand(all: &[Case]) -> [u32; 5] {
    let mut counts = [0; 5];
    for case in all {
        let decided = case.state == State::Decided;
        counts[0] += u32::from(decided);
        for item in case.items.iter().filter(|item| item.id != "sinh") {
            let applies = decided && item.state != ItemState::NotApplicable;
            let brought = item.asked_paper.as_ref().is_some_and(|paper| paper.handed_in.is_some());
            counts[1] += u32::from(applies);
            counts[2] += u32::from(applies && item.state == ItemState::Accepted && !brought);
        }
        for item in &case.items {
            let Some(paper) = &item.asked_paper else { continue };
            counts[if paper.needed { 3 } else { 4 }] += 1;
        }
    }
    counts
}

/// Every word that may leave: of the procedure, of gaps, of the pack; and what is no word at all.
fn is_known(report: &ReuseReport) -> bool {
    let (procedure, pack) = (birth(), pack());
    let known = |line: &ReuseLine| {
        let reason = line.reason.as_deref().is_none_or(|reason| {
            Gap::of_code(reason).is_some() || pack.reasons.iter().any(|known| known.code == reason)
        });
        // By the hub's own measure: what does not fit it leaves out.
        line.procedure == procedure.id && line.fits(&procedure) && reason
    };
    report.lines.iter().all(known)
        && report.node.as_str() == "VN/LOC/H05.01/nut-1"
        && report.office.to_string() == "VN/LOC/H05.01"
}

#[tokio::test]
async fn what_cases_count_for_is_found_in_them_and_reaches_the_hub_once_as_nothing_but_counts() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    let hub = Hub::default();
    let mut dice = Dice(0x1130_2026);
    let (mut cases, writing) = open(&world, folder.path()).await;
    let mut writing = tokio::spawn(writing);
    let mut all = Vec::new();
    for number in 0..60 {
        // Another day: who counts by days counts on each of them.
        *world.now.lock().unwrap() += jiff::SignedDuration::from_hours(25);
        all.push(play(&cases, &world, &mut dice, &format!("k{number}")).await);
        match dice.to(6) {
            // The hub is away, or has it and its answer is lost.
            0 => hub.lost.lock().unwrap().push((dice.to(2) == 0, dice.to(2) == 0)),
            // The node ends, and begins anew.
            1 => {
                writing.abort();
                let opened = open(&world, folder.path()).await;
                cases = opened.0;
                writing = tokio::spawn(opened.1);
            }
            _ => {}
        }
        if dice.to(3) == 0 {
            let now = *world.now.lock().unwrap();
            cases.tell_counts(&hub, now).await.unwrap();
        }
    }
    hub.lost.lock().unwrap().clear();
    let now = *world.now.lock().unwrap();
    // What a hub leaves out whose clock is behind is told again, with whatever was counted meanwhile.
    *hub.today.lock().unwrap() =
        Some(model::time::day_in_viet_nam(now).saturating_sub(jiff::Span::new().days(20)));
    cases.tell_counts(&hub, now).await.unwrap();
    cases.tell_counts(&hub, now).await.unwrap();
    assert!(!crate::store::untold(&cases.db, 10, 0).await.unwrap().is_empty(), "something was left out");
    *hub.today.lock().unwrap() = None;
    cases.tell_counts(&hub, now).await.unwrap();
    assert_eq!(cases.tell_counts(&hub, now).await.unwrap(), 0, "what the hub has is not told again");
    let of = |counted| hub.count(counted);
    let reused = of(Counted::Reused) - of(Counted::TakenBack);
    let told = [
        of(Counted::Decided),
        of(Counted::Applicable),
        reused,
        of(Counted::PaperNeeded),
        of(Counted::ReAsked),
    ];
    assert_eq!(told, by_hand(&all));
    // All of it happened, so that the law was tried.
    assert!(of(Counted::TakenBack) > 0 && of(Counted::YieldTakenBack) > 0, "{:?}", hub.totals());
    assert!(told.iter().all(|count| *count > 0) && of(Counted::Shown) > reused, "{told:?}");
    assert!(of(Counted::Yielded) <= of(Counted::LookedUp));
    // Nothing of anybody is in what left.
    let text = everything(&cases).await;
    assert!(text.contains(MOTHER), "cases are of somebody");
    for report in hub.heard.lock().unwrap().iter() {
        assert!(is_known(report), "{report:?}");
        let left = serde_json::to_string(report).unwrap();
        let secrets = all.iter().flat_map(|case| [case.id.as_str(), case.dossier.as_str()]);
        for secret in secrets.chain([MOTHER, STRANGER, "Nguyễn", "Trần", "GD4010", "a.pdf", CLIENT]) {
            assert!(secret.is_empty() || !left.contains(secret), "{secret} left: {left}");
        }
    }
    // Of days of which the hub takes none any more nothing is kept.
    let later = now + jiff::SignedDuration::from_hours(24 * 402);
    cases.tell_counts(&hub, later).await.unwrap();
    assert!(crate::store::untold(&cases.db, 10, 0).await.unwrap().is_empty());
    let mut tx = cases.db.read().await.unwrap();
    let left: Vec<(String,)> = store::all!(tx, "SELECT day FROM reuse_count").unwrap();
    assert!(left.is_empty());
}
