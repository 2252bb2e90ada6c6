//! The power goes at every point of a case: before and behind every exchange and every deed, and at any moment. What was acknowledged is there
//! afterwards, once; every case comes to its end; and no deed is sent a second time before somebody knows what became of the first (O9).

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use model::case::{DeedState, ItemState, State};
use model::casework::{Previewing, Submitting};
use proptest::prelude::*;
use serde_json::json;

use crate::run::carry_on;
use crate::tests::engine::{everything, mother, opening};
use crate::tests::world::{INSURED, Kill, Mood, World, birth, open};
use crate::work::Cases;

/// What the citizen's side does with one case: goes on from wherever it is, until it is submitted.
async fn client(cases: &Arc<Cases>, world: &World, key: &str) -> String {
    let id = cases.open_case(&mother(2), (key, key.as_bytes()), &opening()).await.unwrap();
    loop {
        let case = cases.look(&id, model::case::By::Officer).await.unwrap();
        match case.state {
            State::Question => {
                let answers =
                    serde_json::from_value(json!({ "questions": { "bhyt": "1990-05-01" } })).unwrap();
                let _ = cases.answer(&mother(2), &id, &answers).await;
            }
            State::Preview => {
                let found = case
                    .items
                    .iter()
                    .filter(|item| item.state == ItemState::Found)
                    .map(|item| item.id.clone());
                let said = Previewing { accept: found.collect(), ..Previewing::default() };
                let _ = cases.preview(&mother(2), &id, &said).await;
            }
            State::Form => {
                cases.submit_case(&mother(2), &id, &Submitting::default()).await.unwrap();
            }
            State::OutcomeUnknown => {
                // Somebody asks the holder, by the exchange.
                let done = world.done.lock().unwrap().clone();
                let unknown = case.deeds.iter().filter(|deed| deed.state == DeedState::OutcomeUnknown);
                let outcomes =
                    unknown.map(|deed| (deed.id.clone(), done.contains_key(&deed.exchange))).collect();
                let gave = [("so".to_owned(), "12/2026".to_owned())].into();
                let gave = [("dang-ky".to_owned(), gave)].into();
                let who = crate::Caller::System(crate::tests::world::CLIENT.parse().unwrap());
                let _ = cases.submit_case(&who, &id, &Submitting { outcomes, gave, ask: false }).await;
            }
            State::Submitted => return id,
            _ => tokio::time::sleep(Duration::from_millis(2)).await,
        }
    }
}

/// One life of the process: until all cases are submitted, or the power goes. All its tasks end with it.
fn live(
    world: &Arc<World>,
    folder: &Path,
    keys: &[&str],
    for_at_most: Option<Duration>,
) -> Option<Vec<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ended = runtime.block_on(async {
        let (cases, writing) = open(world, folder).await;
        tokio::spawn(writing);
        let carried = cases.clone();
        tokio::spawn(async move { carry_on(&carried).await });
        let clients = async {
            let mut ids = Vec::new();
            for key in keys {
                ids.push(client(&cases, world, key).await);
            }
            ids
        };
        tokio::select! {
            ids = clients => {
                let text = everything(&cases).await;
                assert!(text.contains("Trần Thị Mai"));
                Some(ids)
            }
            () = world.killed.notified() => None,
            () = async {
                match for_at_most {
                    Some(time) => tokio::time::sleep(time).await,
                    None => std::future::pending().await,
                }
            } => None,
        }
    });
    runtime.shutdown_background();
    ended
}

fn check(world: &World, folder: &Path, ids: &[String]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let named = runtime.block_on(async {
        let alive = Arc::new(World::new(birth()));
        let (cases, _writing) = open(&alive, folder).await;
        let list = cases.list(&mother(2), "", "", 100).await.unwrap();
        assert_eq!(list.items.len(), ids.len(), "none lost, none doubled");
        for one in &list.items {
            let case = cases.look(&one.id, model::case::By::Officer).await.unwrap();
            assert_eq!(case.state, State::Submitted);
            assert!(cases.receipt(&one.id).await.is_ok());
        }
        everything(&cases).await
    });
    let done = world.done.lock().unwrap();
    assert_eq!(done.len(), 2 * ids.len(), "each deed of each case: {done:?}");
    assert!(done.values().all(|times| *times == 1), "and none twice: {done:?}");
    // No deed was sent twice under one id.
    let asked = world.asked.lock().unwrap();
    let mut sent: Vec<&str> =
        asked.iter().filter(|ask| ask.path != "/find").map(|ask| ask.id.as_str()).collect();
    let all = sent.len();
    sent.sort_unstable();
    sent.dedup();
    assert_eq!(sent.len(), all);
    // Whatever left is named in its case: what ledgers have, the case leads to.
    for ask in asked.iter() {
        assert!(named.contains(&format!("\"{}\"", ask.id)), "{} is in no case", ask.id);
    }
}

#[test]
fn the_power_goes_before_and_behind_every_exchange_and_nothing_is_lost_doubled_or_sent_twice() {
    for at in 1..=6 {
        for behind in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let mut world = World::new(birth());
            world.set(INSURED, Mood::Two);
            world.kill = Some(Kill { at, behind });
            let world = Arc::new(world);
            let mut lives = 0;
            let ids = loop {
                lives += 1;
                match live(&world, folder.path(), &["a"], None) {
                    Some(ids) => break ids,
                    None => assert!(lives < 5, "it does not end"),
                }
            };
            assert_eq!(lives, 2, "the power went at {at}");
            check(&world, folder.path(), &ids);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn whenever_the_power_goes_every_case_comes_to_its_end_once(cuts in proptest::collection::vec(0u64..40, 1..8)) {
        let folder = tempfile::tempdir().unwrap();
        let world = Arc::new(World::new(birth()));
        let keys = ["a", "b", "c", "d"];
        for cut in cuts {
            live(&world, folder.path(), &keys, Some(Duration::from_millis(cut)));
        }
        let ids = live(&world, folder.path(), &keys, None).unwrap();
        check(&world, folder.path(), &ids);
    }
}
