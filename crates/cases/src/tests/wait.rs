//! What a case waits for by itself comes without anybody asking for it: answers that were promised, and what became of deeds. And what people do
//! meanwhile at one case is told to each other; its last day is counted, and late ones are found.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use model::case::{By, DeedState, ItemState, State};
use model::casework::{Deciding, Previewing, Submitting};
use model::gap::Gap;
use model::procedure::Procedure;
use proptest::prelude::*;
use serde_json::json;

use crate::answer::{Found, Outcome, take};
use crate::caller::{Caller, Right};
use crate::case::{Fact, Held};
use crate::pause::MOST;
use crate::plan::{advance, to_ask};
use crate::run::carry_on;
use crate::submit::{self, Sent};
use crate::tests::engine::{mother, officer, opening, prefilled, rests, submitted, until};
use crate::tests::world::{BIRTHS, CLIENT, Deeds, Kill, MOTHER, Mood, PEOPLE, World, birth, open};
use crate::wait;
use crate::work::Cases;

const HOURS: u16 = 72;

/// Only the register of people is asked.
fn of_one() -> Procedure {
    let mut one = birth();
    one.requirements.truncate(1);
    one
}

fn begun(procedure: &Procedure, now: Timestamp) -> Held {
    let mut held =
        Held::begin(procedure, (By::Citizen, "person".into(), 2), now, "2026-12-30".parse().unwrap());
    held.facts.insert("me.so_dinh_danh".into(), Fact::said(MOTHER.into()));
    held
}

/// Makes what is to be asked, all of it answered alike. Returns how many exchanges that were.
fn ask(held: &mut Held, procedure: &Procedure, found: &Result<Found, Gap>, now: Timestamp) -> usize {
    let all = to_ask(held, procedure);
    for one in &all {
        let outcome =
            Outcome { exchange: one.exchange.clone(), earlier: Vec::new(), at: now, found: found.clone() };
        take(held, procedure, one, &outcome);
    }
    advance(held, "x", procedure);
    all.len()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// However the clock goes, also back: what is promised is asked for when it is due and not before, after pauses that grow; whatever is due
    /// gets done, so that nothing spins; and it ends by its answer or by its time.
    #[test]
    fn what_is_promised_is_asked_for_when_it_is_due_until_it_is_there_or_took_too_long(
        steps in proptest::collection::vec((-90i64..500, 0u8..20), 1..200),
    ) {
        let procedure = of_one();
        let mut now: Timestamp = "2026-11-30T02:00:00Z".parse().unwrap();
        let mut held = begun(&procedure, now);
        advance(&mut held, "x", &procedure);
        ask(&mut held, &procedure, &Err(Gap::Pending), now);
        wait::keep(&mut held, &procedure, now);
        let (mut last, mut asks, mut gone) = (now, 0, SignedDuration::ZERO);
        for (minutes, dice) in steps {
            now += SignedDuration::from_mins(minutes);
            gone += SignedDuration::from_mins(minutes.max(0));
            let due = wait::next(&held).is_some_and(|next| next <= now || next.duration_since(now) > MOST);
            let done = wait::ask_again(&mut held, &procedure, now, HOURS);
            prop_assert_eq!(due, !done.is_empty(), "what is due is done, and nothing else");
            if done.iter().any(|(_, asked)| *asked) {
                let since = now.duration_since(last);
                prop_assert!(since >= SignedDuration::from_mins(4) || since.is_negative(), "asked after {since}");
                advance(&mut held, "x", &procedure);
                let found = if dice == 0 {
                    let record = json!({ "so_dinh_danh": MOTHER, "ho_ten": "Nguyễn Thị Hòa", "ngay_sinh": "1990-05-01", "noi_thuong_tru": "Ba Đình" });
                    Ok(Found { records: vec![record.as_object().unwrap().clone()], unavailable: Vec::new(), as_of: None })
                } else {
                    Err(Gap::Pending)
                };
                prop_assert_eq!(ask(&mut held, &procedure, &found, now), 1);
                (last, asks) = (now, asks + 1);
            }
            wait::keep(&mut held, &procedure, now);
            let item = &held.items[0];
            prop_assert_eq!(item.pending.is_some(), item.gap == Some(Gap::Pending));
            prop_assert_eq!(wait::next(&held).is_some(), item.pending.is_some());
        }
        let item = &held.items[0];
        if item.gap == Some(Gap::Timeout) {
            prop_assert!(gone >= SignedDuration::from_hours(i64::from(HOURS)) - SignedDuration::from_mins(5));
        }
        prop_assert!(asks < 60, "{asks}");
    }
}

async fn settled(cases: &Arc<Cases>, world: &World, minutes: i64) {
    *world.now.lock().unwrap() += SignedDuration::from_mins(minutes);
    cases.wake.notify_one();
    tokio::time::sleep(Duration::from_millis(150)).await;
}

#[tokio::test]
async fn an_answer_that_was_promised_comes_into_the_case_by_itself_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(of_one()));
    world.set(PEOPLE, Mood::Pending);
    let (cases, writing) = open(&world, folder.path()).await;
    let writing = tokio::spawn(writing);
    let id = cases.open_case(&mother(2), ("a", b"a"), &opening()).await.unwrap();
    assert_eq!(until(&cases, &id, rests).await.items[0].gap, Some(Gap::Pending));
    let carried = cases.clone();
    let carrying = tokio::spawn(async move { carry_on(&carried).await });
    settled(&cases, &world, 1).await;
    let asked = || world.asked.lock().unwrap().len();
    let before = asked();
    settled(&cases, &world, 6).await;
    assert!(asked() > before, "it is asked again without anybody");
    // Another process goes on waiting.
    carrying.abort();
    writing.abort();
    world.set(PEOPLE, Mood::Fine);
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let carried = cases.clone();
    tokio::spawn(async move { carry_on(&carried).await });
    settled(&cases, &world, 20).await;
    let case = until(&cases, &id, |case| case.state == State::Preview).await;
    assert_eq!(case.items[0].state, ItemState::Found);
    let log = cases.log(&id).await.unwrap();
    assert!(log.iter().any(|event| event.kind == "asked_again" && event.by.is_none()), "{log:?}");
}

/// Forty minutes for what comes later there; the hours of the pack here.
#[tokio::test]
async fn oots_timer_3_what_pends_for_longer_than_the_pack_says_lets_the_paper_be_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(of_one()));
    world.set(PEOPLE, Mood::Pending);
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let id = cases.open_case(&mother(2), ("a", b"a"), &opening()).await.unwrap();
    until(&cases, &id, rests).await;
    let paper = ("me", "a.pdf", None);
    assert_eq!(cases.hand_in(&mother(2), &id, paper, b"%PDF-").await.unwrap_err().code(), "LT-9107");
    let carried = cases.clone();
    tokio::spawn(async move { carry_on(&carried).await });
    settled(&cases, &world, 73 * 60).await;
    let case = until(&cases, &id, |case| case.items[0].gap == Some(Gap::Timeout)).await;
    assert_eq!(case.items[0].class, Some(model::gap::GapClass::PaperMayBeAsked));
    cases.hand_in(&mother(2), &id, paper, b"%PDF-").await.unwrap();
}

/// The birth, whose holder says by the exchange what became of a deed.
fn with_outcomes() -> Procedure {
    let mut one = birth();
    for deed in &mut one.deeds {
        deed.outcome = Some("/ket-qua".to_owned());
    }
    one
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// However far and how often the clock is set back: no holder is asked what became of a deed that may still be under way, and each is asked.
    #[test]
    fn a_holder_is_asked_about_a_deed_in_time_and_never_too_early_however_far_the_clock_is_set_back(
        steps in proptest::collection::vec((0i64..200, prop_oneof![4 => Just(0i64), 1 => 0i64..3000]), 1..100),
    ) {
        let procedure = with_outcomes();
        let mut now: Timestamp = "2026-11-30T02:00:00Z".parse().unwrap();
        let mut held = begun(&procedure, now);
        held.state = State::OutcomeUnknown;
        held.deeds[0].state = DeedState::OutcomeUnknown;
        wait::keep(&mut held, &procedure, now);
        // Minutes that went by since it was sent or asked about, and since the clock was set back.
        let (mut waited, mut steady) = (0, 0);
        for (minutes, back) in steps {
            now += SignedDuration::from_mins(minutes - back);
            waited += minutes;
            steady = if back > 0 { 0 } else { steady + minutes };
            let asked = wait::deed_due(&mut held, &procedure, now).is_some();
            wait::keep(&mut held, &procedure, now);
            if asked {
                prop_assert!(waited >= 5, "asked after {waited} minutes");
                waited = 0;
            } else {
                prop_assert!(SignedDuration::from_mins(steady.min(waited)) < MOST, "not asked for {waited} minutes");
            }
        }
    }

    /// Of nodes that share a store one hears late what another has taken over, somebody has settled, or was sent anew: an answer says something of
    /// its own exchange and of no other, so the holder has done it once, and what it said of that counts.
    #[test]
    fn an_answer_says_something_of_its_own_exchange_and_of_no_other(
        steps in proptest::collection::vec((0u8..6, any::<bool>(), any::<proptest::sample::Index>()), 1..60),
    ) {
        let mut procedure = with_outcomes();
        procedure.deeds.truncate(1);
        procedure.deeds[0].body.clear();
        procedure.deeds[0].gives.clear();
        let now: Timestamp = "2026-11-30T02:00:00Z".parse().unwrap();
        let mut held = begun(&procedure, now);
        held.state = State::Submitting;
        let mut done: BTreeSet<String> = BTreeSet::new();
        let (mut sent, mut asked): (Vec<(String, Sent)>, Vec<String>) = (Vec::new(), Vec::new());
        for (step, dice, which) in steps {
            let before = held.clone();
            let current = held.deeds[0].exchange.clone();
            match step {
                0 => {
                    if held.state == State::Form {
                        // As it is submitted again.
                        (held.state, held.deeds[0].state) = (State::Submitting, DeedState::Waiting);
                    }
                    if submit::next(&mut held, &procedure, "x").is_some() {
                        let exchange = held.deeds[0].exchange.clone();
                        let came = match (which.index(4), dice) {
                            (0, _) => Sent::Unseen(model::fault::Words::quoted("x")),
                            (1, false) => Sent::Unknown,
                            (lost, _) => {
                                done.insert(exchange.clone());
                                if lost == 1 { Sent::Unknown } else { Sent::Done(BTreeMap::new()) }
                            }
                        };
                        sent.push((exchange, came));
                    }
                }
                1 => drop(submit::lose_sight(&mut held)),
                2 if !sent.is_empty() => {
                    let (exchange, came) = sent.swap_remove(which.index(sent.len()));
                    let is_done = matches!(came, Sent::Done(_));
                    let taken = submit::take(&mut held, (0, &exchange), came, now);
                    prop_assert_eq!(taken, held != before, "what is noted has changed something");
                    prop_assert!(exchange == current || !taken);
                    prop_assert!(exchange != current || !is_done || held.deeds[0].state == DeedState::Done);
                }
                3 if held.state == State::OutcomeUnknown => asked.push(current),
                4 if !asked.is_empty() => {
                    let exchange = asked.swap_remove(which.index(asked.len()));
                    let is_done = done.contains(&exchange);
                    let came = if is_done { submit::Outcome::Done(BTreeMap::new()) } else { submit::Outcome::NotDone };
                    let taken = submit::take_outcome(&mut held, (0, &exchange), came, now);
                    prop_assert_eq!(taken, held != before, "what is noted has changed something");
                    prop_assert!(exchange == current || !taken);
                }
                5 if held.state == State::OutcomeUnknown => {
                    let id = procedure.deeds[0].id.clone();
                    let said = Submitting { outcomes: [(id, done.contains(&current))].into(), ..Submitting::default() };
                    submit::settle(&mut held, &procedure, &said).unwrap();
                }
                _ => {}
            }
            prop_assert!(done.len() <= 1, "done twice: {:?}", done);
        }
    }
}

/// Whether the holder has done it or not, the power goes, or it is away for hours: what became of a deed is found out by its exchange, and each is
/// done once, with nobody doing anything.
#[tokio::test]
async fn what_became_of_a_deed_is_found_out_by_its_exchange_and_none_is_sent_twice_unseen() {
    for (how, kill) in [
        (Deeds::Lost, None),
        (Deeds::Failed, None),
        (Deeds::Done, Some(Kill { at: 4, behind: false })),
        (Deeds::Done, Some(Kill { at: 4, behind: true })),
        (Deeds::Done, Some(Kill { at: 5, behind: true })),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut world = World::new(with_outcomes());
        world.kill = kill;
        *world.deeds.lock().unwrap() = how;
        let world = Arc::new(world);
        let (cases, writing) = open(&world, folder.path()).await;
        let writing = tokio::spawn(writing);
        let case = prefilled(&cases, "a").await;
        let found =
            case.items.iter().filter(|item| item.state == ItemState::Found).map(|item| item.id.clone());
        let said = Previewing { accept: found.collect(), ..Previewing::default() };
        cases.preview(&mother(2), &case.id, &said).await.unwrap();
        cases.submit_case(&mother(2), &case.id, &Submitting::default()).await.unwrap();
        match kill {
            Some(_) => world.killed.notified().await,
            None => drop(until(&cases, &case.id, |case| case.state == State::OutcomeUnknown).await),
        }
        writing.abort();
        let (cases, writing) = open(&world, folder.path()).await;
        tokio::spawn(writing);
        let carried = cases.clone();
        tokio::spawn(async move { carry_on(&carried).await });
        // For a while the holder is away: nothing is known, and nothing is sent.
        *world.deeds.lock().unwrap() = if how == Deeds::Failed { Deeds::Failed } else { Deeds::Unreachable };
        let done = || world.done.lock().unwrap().values().sum::<u32>();
        let before = done();
        for _ in 0..3 {
            settled(&cases, &world, 30).await;
        }
        let waiting = cases.look(&case.id, By::Officer).await.unwrap();
        assert_eq!((waiting.state, done()), (State::OutcomeUnknown, before), "{how:?} {kill:?}");
        *world.deeds.lock().unwrap() = Deeds::Done;
        settled(&cases, &world, 8 * 60).await;
        let case = until(&cases, &case.id, |case| case.state == State::Submitted).await;
        assert!(case.deeds.iter().all(|deed| deed.state == DeedState::Done));
        let all = world.done.lock().unwrap().clone();
        assert!(all.len() == 2 && all.values().all(|times| *times == 1), "{how:?} {kill:?}: {all:?}");
        let log = cases.log(&case.id).await.unwrap();
        assert!(log.iter().any(|event| event.kind == "outcome_asked" && event.by.is_none()));
    }
}

/// An officer need not wait until the node asks by itself. What the holder has done is known at once; that it has not heard of a deed counts only
/// when none can be under way any more; and who may not settle a deed cannot have it asked about.
#[tokio::test]
async fn an_officer_has_a_holder_asked_at_once_and_what_may_be_under_way_is_not_sent_again() {
    for (how, done) in [(Deeds::Lost, true), (Deeds::Failed, false)] {
        let folder = tempfile::tempdir().unwrap();
        let world = Arc::new(World::new(with_outcomes()));
        *world.deeds.lock().unwrap() = how;
        let (cases, writing) = open(&world, folder.path()).await;
        tokio::spawn(writing);
        let ask = Submitting { ask: true, ..Submitting::default() };
        let case = prefilled(&cases, "a").await;
        let desk = officer(&[Right::Decide, Right::Work, Right::Look]);
        assert_eq!(cases.submit_case(&desk, &case.id, &ask).await.unwrap_err().code(), "LT-9105");
        let found =
            case.items.iter().filter(|item| item.state == ItemState::Found).map(|item| item.id.clone());
        let said = Previewing { accept: found.collect(), ..Previewing::default() };
        cases.preview(&mother(2), &case.id, &said).await.unwrap();
        cases.submit_case(&mother(2), &case.id, &Submitting::default()).await.unwrap();
        until(&cases, &case.id, |case| case.state == State::OutcomeUnknown).await;
        *world.deeds.lock().unwrap() = Deeds::Done;
        let asked = cases.submit_case(&desk, &case.id, &ask).await.unwrap();
        let sent = || world.done.lock().unwrap().values().sum::<u32>();
        if !done {
            assert_eq!((asked.state, sent()), (State::OutcomeUnknown, 0), "it may still come to the holder");
            *world.now.lock().unwrap() += SignedDuration::from_mins(6);
            cases.submit_case(&desk, &case.id, &ask).await.unwrap();
        }
        let case = until(&cases, &case.id, |case| case.state == State::Submitted).await;
        assert!(case.deeds.iter().all(|deed| deed.state == DeedState::Done));
        assert_eq!((sent(), world.done.lock().unwrap().len()), (2, 2), "{how:?}");
    }
}

/// What others' systems overwrite without a word: each officer decides on what they have seen, or is told that it is another by now.
#[tokio::test]
async fn two_officers_at_one_case_are_told_of_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let case = prefilled(&cases, "a").await;
    let case = submitted(&cases, &case).await.unwrap();
    let head = officer(&[Right::Decide, Right::Work, Right::Look]);
    let mark = async || cases.look(&case.id, &head).await.unwrap().mark;
    let seen = mark().await;
    assert!(seen.is_some() && cases.look(&case.id, &mother(2)).await.unwrap().mark.is_none());
    let decide = |granted: bool, mark: Option<String>| Deciding { granted, mark, result: None };
    let other = officer(&[Right::Work, Right::Look]);
    let asking = serde_json::from_value(json!({ "item": "me", "reason": "ban-goc" })).unwrap();
    cases.ask_paper(&other, &case.id, &asking).await.unwrap();
    let refused = cases.decide(&head, &case.id, &decide(true, seen)).await.unwrap_err();
    assert_eq!(refused.code(), "LT-9130");
    assert_eq!(cases.look(&case.id, &head).await.unwrap().state, State::Submitted);
    // That somebody has looked at a paper changes nothing that is decided on.
    let seen = mark().await;
    cases.hand_in(&mother(2), &case.id, ("me", "a.pdf", None), b"%PDF-").await.unwrap();
    assert_ne!(mark().await, seen);
    let seen = mark().await;
    cases.paper(&other, &case.id, 1).await.unwrap();
    assert_eq!(mark().await, seen);
    let (one, two) = futures::future::join(
        Box::pin(cases.decide(&head, &case.id, &decide(true, seen.clone()))),
        Box::pin(cases.decide(&head, &case.id, &decide(false, seen.clone()))),
    )
    .await;
    assert!(one.is_ok() != two.is_ok(), "one decides, and the other is told");
    let told = one.err().or(two.err()).unwrap();
    assert_eq!(told.code(), "LT-9105");
    let granted = cases.look(&case.id, &head).await.unwrap().decision.unwrap().granted;
    assert!(
        cases.decide(&head, &case.id, &decide(granted, seen)).await.is_ok(),
        "said twice it is one decision"
    );
}

#[tokio::test]
async fn the_last_day_is_counted_from_when_a_case_is_handed_in_and_late_ones_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let draft = prefilled(&cases, "a").await;
    let case = prefilled(&cases, "b").await;
    // It is handed in ten days later: three working days, of which 11/12 is a holiday here.
    *world.now.lock().unwrap() += SignedDuration::from_hours(24 * 10);
    let case = submitted(&cases, &case).await.unwrap();
    assert_eq!(case.due.unwrap().to_string(), "2026-12-16");
    let office = Caller::System(CLIENT.parse().unwrap());
    let late = async || cases.list(&office, "late", "", 10).await.unwrap().items;
    assert!(late().await.is_empty() && !case.late, "what nobody has handed in is not late");
    *world.now.lock().unwrap() += SignedDuration::from_hours(24 * 7);
    let all = late().await;
    assert!(all.len() == 1 && all[0].id == case.id && all[0].late);
    assert!(!cases.look(&draft.id, &office).await.unwrap().late);
    let theirs = cases.list(&mother(2), "late", "", 10).await.unwrap().items;
    assert!(
        theirs.len() == 1 && theirs[0].id == case.id,
        "a citizen's are filtered as the office's are: {theirs:?}"
    );
    // A page of which none can be opened ends no list.
    let newest = prefilled(&cases, "c").await;
    cases.vault.destroy(&[newest.id]).await.unwrap();
    let (mut before, mut listed) = (String::new(), Vec::new());
    loop {
        let page = cases.list(&office, "", &before, 1).await.unwrap();
        listed.extend(page.items.into_iter().map(|one| one.id));
        let Some(next) = page.next else { break };
        before = next;
    }
    listed.sort();
    let mut both = [case.id.clone(), draft.id.clone()];
    both.sort();
    assert_eq!(listed, both);
    cases.decide(&office, &case.id, &Deciding { granted: true, mark: None, result: None }).await.unwrap();
    assert!(late().await.is_empty());
}

/// Somebody dies in mid-case: what was accepted stays with its day, and what is asked from then on says so by its own condition.
#[tokio::test]
async fn a_subject_who_dies_in_mid_case_is_met_by_what_is_asked_afterwards() {
    let mut one = serde_json::to_value(birth()).unwrap();
    one["requirements"][2]["alternatives"][0]["asks"][0]["claims"] =
        json!([{ "field": "tinh_trang", "use": { "test": "it = \"1\"" } }]);
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(serde_json::from_value(one).unwrap()));
    world.set(BIRTHS, Mood::Down);
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let case = prefilled(&cases, "a").await;
    assert_eq!(case.items[2].gap, Some(Gap::SourceDown));
    let all = ["me", "the"].map(str::to_owned).into();
    cases.preview(&mother(2), &case.id, &Previewing { accept: all, ..Previewing::default() }).await.unwrap();
    world.set(BIRTHS, Mood::Dead);
    let again = serde_json::from_value(json!({ "again": true })).unwrap();
    cases.answer(&mother(2), &case.id, &again).await.unwrap();
    let case = until(&cases, &case.id, rests).await;
    assert_eq!(case.items[2].gap, Some(Gap::ConditionNotMet));
    assert_eq!(case.items[0].state, ItemState::Accepted, "what was accepted stays");
    assert!(case.form[1].value.as_ref().unwrap().fetched.is_some());
}
