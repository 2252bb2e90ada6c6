//! Corrections reach the holder: both values stay, each correction is told once whatever happens on the way, how its defect stands is shown in
//! the case, and nothing that is told is about anybody (invariant O7).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use model::casework::Previewing;
use model::defect::{Met, Standing, Told};
use model::fault::Fault;
use model::id::SystemId;
use proptest::prelude::*;
use serde_json::json;

use crate::caller::Right;
use crate::defect::Defects;
use crate::tests::engine::{mother, officer, opening, prefilled, rests, until};
use crate::tests::world::{CLIENT, MOTHER, World, birth, open};
use crate::work::Cases;

/// How the hub is when it is told something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hub {
    Takes,
    Away,
    /// It takes it, and its answer is lost.
    Lost,
    Refuses,
}

/// A hub: what it was told, by key, and how its defects stand.
#[derive(Default)]
struct Desk {
    is: Mutex<Option<Hub>>,
    taken: Mutex<BTreeMap<String, (Met, Standing)>>,
    heard: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl Defects for Arc<Desk> {
    async fn tell(&self, client: &SystemId, met: &[Met]) -> Result<Vec<Told>, Fault> {
        assert_eq!(client.as_str(), CLIENT);
        let is = self.is.lock().unwrap().unwrap_or(Hub::Takes);
        let away = || Err(Fault::HubUnreachable { url: "x".into(), why: "x".into() });
        self.heard.lock().unwrap().push(serde_json::to_string(met).unwrap());
        if is == Hub::Away {
            return away();
        }
        let mut taken = self.taken.lock().unwrap();
        let mut told = Vec::new();
        for one in met {
            let (defect, state, refused) = match is {
                Hub::Refuses => (None, None, Some(crate::tests::world::name("x"))),
                _ => {
                    let entry = taken.entry(one.key.clone()).or_insert((one.clone(), Standing::Open));
                    assert_eq!(entry.0, *one, "one key is one defect");
                    (Some(format!("CL-{}", one.key.len())), Some(entry.1), None)
                }
            };
            told.push(Told { key: one.key.clone(), defect, state, refused });
        }
        if is == Hub::Lost { away() } else { Ok(told) }
    }
}

fn correcting(value: &str, why: &str) -> model::casework::Correcting {
    serde_json::from_value(json!({ "fact": "me.ho_ten", "value": value, "why": why })).unwrap()
}

/// A case on its form, where a name was corrected.
async fn corrected(cases: &Arc<Cases>) -> String {
    let case = prefilled(cases, "a").await;
    let all = ["me", "the"].map(str::to_owned).into();
    cases.preview(&mother(2), &case.id, &Previewing { accept: all, ..Previewing::default() }).await.unwrap();
    cases.correct(&mother(2), &case.id, &correcting("Nguyễn Thị Hoa", "sai tên")).await.unwrap();
    case.id
}

#[tokio::test]
async fn a_correction_leaves_both_values_and_opens_one_defect() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let id = corrected(&cases).await;
    let unsaid = cases.correct(&mother(2), &id, &correcting("Khác", " ")).await;
    assert_eq!(unsaid.unwrap_err().code(), "LT-7106");
    cases.correct(&mother(2), &id, &correcting("Nguyễn Thị Hoan", "sai tên")).await.unwrap();
    let line = &cases.look(&id, model::case::By::Citizen).await.unwrap().form[1];
    assert_eq!(line.value.as_ref().unwrap().value, "Nguyễn Thị Hòa");
    assert_eq!(line.correction.as_ref().unwrap().value, "Nguyễn Thị Hoan");
    let hub = Arc::new(Desk::default());
    let at = *world.now.lock().unwrap();
    assert_eq!(cases.tell_defects(&hub, at).await.unwrap(), 1);
    assert_eq!(cases.tell_defects(&hub, at).await.unwrap(), 0, "it has told it");
    // The clock was two days ahead then: nobody waits for two days to hear how it stands.
    let back = at - SignedDuration::from_hours(48);
    assert_eq!(cases.tell_defects(&hub, back).await.unwrap(), 1);
    assert_eq!(cases.tell_defects(&hub, back).await.unwrap(), 0, "then again after the usual pause");
    assert_eq!(cases.tell_defects(&hub, at).await.unwrap(), 1);
    // An officer decides which counts, of the value that they have seen; deeds go by it.
    let counts = |value: &str| {
        serde_json::from_value(json!({ "fact": "me.ho_ten", "value": value, "counts": true })).unwrap()
    };
    let citizen = cases.correct(&mother(2), &id, &counts("Nguyễn Thị Hoan")).await;
    assert_eq!(citizen.unwrap_err().code(), "LT-9103");
    let head = officer(&[Right::Decide, Right::Work]);
    let stale = cases.correct(&head, &id, &counts("Nguyễn Thị Hoa")).await;
    assert_eq!(stale.unwrap_err().code(), "LT-9105", "what they have seen is another by now");
    let case = cases.correct(&head, &id, &counts("Nguyễn Thị Hoan")).await.unwrap();
    let correction = case.form[1].correction.clone().unwrap();
    assert_eq!((correction.counts, correction.defect_state), (Some(true), Some(Standing::Open)));
    assert!(correction.defect.is_some());
}

/// What the person had said at first, and a source says otherwise, the holder hears of when an officer decides that the person is right.
#[tokio::test]
async fn what_was_said_first_is_told_when_it_counts() {
    let mut one = serde_json::to_value(birth()).unwrap();
    let input = json!({ "fact": "me.ho_ten", "name": { "vi": "x", "en": "x" }, "kind": "text" });
    one["inputs"].as_array_mut().unwrap().push(input);
    one["requirements"][1]["when"] = json!("me.so_dinh_danh = \"x\"");
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(serde_json::from_value(one).unwrap()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let mut said = opening();
    said.inputs.insert("me.ho_ten".to_owned(), "Nguyễn Thị Hoàn".to_owned());
    let id = cases.open_case(&mother(2), ("a", b"a"), &said).await.unwrap();
    until(&cases, &id, rests).await;
    let all = Previewing { accept: ["me".to_owned()].into(), ..Previewing::default() };
    cases.preview(&mother(2), &id, &all).await.unwrap();
    let hub = Arc::new(Desk::default());
    let at = *world.now.lock().unwrap();
    assert_eq!(cases.tell_defects(&hub, at).await.unwrap(), 0, "nobody has decided that the source is wrong");
    let counts = serde_json::from_value(json!({ "fact": "me.ho_ten", "counts": true })).unwrap();
    let head = officer(&[Right::Decide, Right::Work]);
    for _ in 0..2 {
        let _ = cases.correct(&head, &id, &counts).await;
    }
    assert_eq!(cases.tell_defects(&hub, at).await.unwrap(), 1);
}

/// Something that happens between two moments.
#[derive(Debug, Clone, Copy)]
enum Step {
    Hub(Hub),
    Minutes(i64),
    Restart,
    Stands(Standing),
    Correct(bool),
}

fn step() -> impl Strategy<Value = Step> {
    use proptest::sample::select;
    prop_oneof![
        3 => select(vec![Hub::Takes, Hub::Away, Hub::Lost]).prop_map(Step::Hub),
        4 => (1i64..600).prop_map(Step::Minutes),
        1 => Just(Step::Restart),
        2 => select(vec![Standing::Open, Standing::Correcting, Standing::Closed, Standing::RuleGone]).prop_map(Step::Stands),
        2 => any::<bool>().prop_map(Step::Correct),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whether the hub is there or not, its answers get lost, or the node ends: each correction is one defect, the case says how it stands as
    /// soon as the hub can say so, and nobody is told anything of anybody.
    #[test]
    fn a_correction_is_taken_once_whatever_happens_on_the_way(steps in proptest::collection::vec(step(), 1..14), refuses in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let world = Arc::new(World::new(birth()));
            let hub = Arc::new(Desk::default());
            let (mut cases, writing) = open(&world, folder.path()).await;
            let mut writing = tokio::spawn(writing);
            let id = corrected(&cases).await;
            for step in steps {
                match step {
                    Step::Hub(is) => *hub.is.lock().unwrap() = Some(is),
                    Step::Minutes(minutes) => *world.now.lock().unwrap() += SignedDuration::from_mins(minutes),
                    Step::Restart => {
                        writing.abort();
                        let (again, next) = open(&world, folder.path()).await;
                        (cases, writing) = (again, tokio::spawn(next));
                    }
                    Step::Stands(state) => {
                        for (_, stands) in hub.taken.lock().unwrap().values_mut() {
                            // What has ended does not begin anew.
                            *stands = if stands.is_live() { state } else { *stands };
                        }
                    }
                    Step::Correct(other) => {
                        let value = if other { "Nguyễn Thị Hoan" } else { "Nguyễn Thị Hoa" };
                        cases.correct(&mother(2), &id, &correcting(value, "sai tên")).await.unwrap();
                    }
                }
                let now = *world.now.lock().unwrap();
                cases.tell_defects(&hub, now).await.unwrap();
            }
            // At last the hub is there.
            *hub.is.lock().unwrap() = Some(if refuses { Hub::Refuses } else { Hub::Takes });
            for _ in 0..3 {
                *world.now.lock().unwrap() += SignedDuration::from_hours(7);
                let now = *world.now.lock().unwrap();
                cases.tell_defects(&hub, now).await.unwrap();
            }
            let taken = hub.taken.lock().unwrap().clone();
            let case = cases.look(&id, model::case::By::Citizen).await.unwrap();
            let correction = case.form[1].correction.clone().unwrap();
            if refuses && correction.defect.is_none() {
                let heard = hub.heard.lock().unwrap().len();
                *world.now.lock().unwrap() += SignedDuration::from_hours(48);
                let now = *world.now.lock().unwrap();
                cases.tell_defects(&hub, now).await.unwrap();
                assert_eq!(hub.heard.lock().unwrap().len(), heard, "what is refused is not told again");
            } else if !refuses {
                assert_eq!(taken.len(), 1, "one correction, one defect");
                assert_eq!(correction.defect_state, taken.values().next().map(|(_, state)| *state));
            }
            for text in hub.heard.lock().unwrap().iter() {
                for value in ["Hòa", "Hoa", "Nguyễn", "sai tên", MOTHER, "Mai"] {
                    assert!(!text.contains(value), "{value} was told: {text}");
                }
                assert!(text.contains("\"field\":\"ho_ten\"") && text.contains(&id));
            }
            writing.abort();
        });
    }
}

#[tokio::test]
async fn what_is_on_its_way_when_a_case_is_erased_is_told_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::new(birth()));
    let (cases, writing) = open(&world, folder.path()).await;
    tokio::spawn(writing);
    let id = corrected(&cases).await;
    cases.erase(std::slice::from_ref(&id)).await.unwrap();
    let hub = Arc::new(Desk::default());
    let at = *world.now.lock().unwrap();
    assert_eq!(cases.tell_defects(&hub, at).await.unwrap(), 1);
    let later = at + SignedDuration::from_hours(48);
    assert_eq!(cases.tell_defects(&hub, later).await.unwrap(), 0, "nobody asks how it stands");
}
