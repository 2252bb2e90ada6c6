//! What a deed takes and nobody knows is left out where nothing asks for it, and is in the way where something does; and whatever is in the way
//! somebody can give. Over all shapes of what a value comes from.

use model::case::{By, DeedState, ItemState, State};
use model::casework::{Correcting, Previewing};
use model::gap::{Gap, GapClass};
use model::procedure::{Otherwise, Procedure};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::answer::{Found, Outcome, take};
use crate::case::{Fact, Held, HeldItem};
use crate::fetch::For;
use crate::paper::{self, Handed};
use crate::plan::{advance, to_ask};
use crate::tests::world::{CLIENT, HOLDER, MOTHER, PEOPLE, birth, name, pack};
use crate::{form, preview, submit};

/// What is asked for, and what the deed takes of it.
const FATHER: &str = "cha.so";

/// Whether something is asked of the person, must be said, or may be left empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    No,
    Must,
    May,
}

/// What comes of a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comes {
    Answered,
    Declined,
    NotApplicable,
    Gap(Gap),
}

/// What a value that a deed takes may come from.
#[derive(Debug, Clone)]
struct Shape {
    sources: Vec<(Otherwise, Comes)>,
    line: Said,
    input: Said,
}

fn shape() -> impl Strategy<Value = Shape> {
    let otherwise = || select(vec![Otherwise::Paper, Otherwise::Field, Otherwise::Nothing]);
    let comes = || {
        prop_oneof![
            2 => Just(Comes::Answered),
            2 => Just(Comes::Declined),
            2 => Just(Comes::NotApplicable),
            6 => select(Gap::ALL).prop_map(Comes::Gap),
        ]
    };
    let said = || select(vec![Said::No, Said::Must, Said::May]);
    (proptest::collection::vec((otherwise(), comes()), 0..3), said(), said())
        .prop_map(|(sources, line, input)| Shape { sources, line, input })
}

fn procedure(shape: &Shape) -> Procedure {
    let requirement = |(number, (otherwise, comes)): (usize, &(Otherwise, Comes))| {
        let ask = json!({ "id": format!("a{number}"), "service": PEOPLE, "find": { "so_dinh_danh": "me.so_dinh_danh" },
            "claims": [{ "field": format!("f{number}"), "use": { "fill": FATHER } }] });
        let mut one = json!({ "id": format!("r{number}"), "name": name("x"), "role": "me", "otherwise": otherwise,
            "paper": { "code": "x", "name": name("x") }, "alternatives": [{ "asks": [ask] }] });
        if *comes == Comes::NotApplicable {
            one["when"] = json!("me.so_dinh_danh = \"x\"");
        }
        one
    };
    let field = |said: Said| match said {
        Said::No => Vec::new(),
        said => vec![
            json!({ "fact": FATHER, "name": name("Cha"), "kind": "text", "optional": said == Said::May }),
        ],
    };
    let mut one = serde_json::to_value(birth()).unwrap();
    one["requirements"] = shape.sources.iter().enumerate().map(requirement).collect();
    one["inputs"] = field(shape.input).into();
    one["form"] = field(shape.line).into();
    one["deeds"] = json!([{ "id": "ghi", "name": name("x"), "service": HOLDER, "path": "/x",
        "body": { "me": "me.so_dinh_danh", "cha": FATHER } }]);
    serde_json::from_value(one).unwrap()
}

/// A case of that shape, asked and previewed.
fn case(shape: &Shape, procedure: &Procedure) -> Held {
    let now = "2026-11-30T02:00:00Z".parse().unwrap();
    let mut held =
        Held::begin(procedure, (By::Citizen, "person".into(), 2), now, "2026-12-30".parse().unwrap());
    held.facts.insert("me.so_dinh_danh".into(), Fact::said(MOTHER.into()));
    held.client = CLIENT.into();
    advance(&mut held, "x", procedure);
    for one in to_ask(&held, procedure) {
        // What is asked of one record has one exchange; here each has what its ask is told.
        for ask in &one.asks {
            let number: usize = ask.trim_start_matches('a').parse().unwrap();
            let record: Value = json!({ format!("f{number}"): "001085000001" });
            let found = match shape.sources[number].1 {
                Comes::Gap(gap) => Err(gap),
                _ => Ok(Found {
                    records: vec![record.as_object().unwrap().clone()],
                    unavailable: Vec::new(),
                    as_of: None,
                }),
            };
            let outcome = Outcome { exchange: one.exchange.clone(), earlier: Vec::new(), at: now, found };
            take(
                &mut held,
                procedure,
                &crate::plan::ToAsk { asks: vec![ask.clone()], ..one.clone() },
                &outcome,
            );
        }
    }
    advance(&mut held, "x", procedure);
    let mut said = Previewing::default();
    for (number, (_, comes)) in shape.sources.iter().enumerate() {
        let is_found = held.items[number].state == ItemState::Found;
        match comes {
            Comes::Answered if is_found => said.accept.insert(format!("r{number}")),
            Comes::Declined if is_found => said.decline.insert(format!("r{number}")),
            _ => false,
        };
    }
    preview::decide(&mut held, procedure, &said).unwrap();
    assert_eq!(held.state, State::Form, "{shape:?}");
    held
}

/// What the deed is sent with, once the case is submitted.
fn sent(held: &mut Held, procedure: &Procedure) -> Value {
    submit::begin(held, procedure).unwrap();
    let index = submit::next(held, procedure, "x").expect("there is a deed to be sent");
    let to = For {
        client: CLIENT.parse().unwrap(),
        purpose: "x".into(),
        dossier: "x".into(),
        user: "x".into(),
        within: std::time::Duration::from_secs(1),
    };
    serde_json::from_slice(&submit::ask(held, procedure, &procedure.deeds[index], "x-1", &to).body).unwrap()
}

/// Gives whatever is in the way, as people can: the paper is handed in, then the office says what it reads there.
fn give(held: &mut Held, procedure: &Procedure) {
    let now = held.opened;
    for requirement in &procedure.requirements {
        let handed = Handed { item: &requirement.id, file: "a.pdf", content: b"%PDF-", reason: None };
        let _ = paper::hand_in(held, procedure, Some(&pack()), &handed, (By::Citizen, now));
    }
    if form::missing(held, procedure).is_empty() {
        return;
    }
    form::correct(held, procedure, &said(), By::Officer).expect("somebody can say it");
}

fn said() -> Correcting {
    Correcting { fact: FATHER.into(), value: Some("001085000002".into()), why: None, counts: None }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_deed_goes_without_what_nothing_asks_for_and_waits_for_what_somebody_can_give(shape in shape(), types in any::<bool>()) {
        let procedure = procedure(&shape);
        let mut held = case(&shape, &procedure);
        // Somebody may type something into a line though nothing asks for it.
        if types && shape.line != Said::No && held.counting(FATHER).is_none() {
            form::correct(&mut held, &procedure, &said(), By::Citizen).unwrap();
        }
        let known = held.counting(FATHER).is_some();
        // What a source asks for where it gave nothing: nothing at all, only where it does not apply or need not be shown.
        let released = |((otherwise, comes), item): (&(Otherwise, Comes), &HeldItem)| match comes {
            Comes::NotApplicable | Comes::Gap(Gap::NotApplicable) => true,
            Comes::Gap(_) => *otherwise == Otherwise::Nothing,
            // What another source had said before was not there to be declined.
            Comes::Declined => *otherwise == Otherwise::Nothing && item.state == ItemState::Declined,
            Comes::Answered => false,
        };
        let may_be_empty = shape.line == Said::May || shape.input == Said::May;
        let nobody_asks = shape.input == Said::No && !shape.sources.is_empty() && shape.sources.iter().zip(&held.items).all(released);
        // What is in the way for other reasons: a paper, a level.
        let papers = held.items.iter().zip(&procedure.requirements).any(|(item, requirement)| {
            let gap = matches!(item.state, ItemState::Gap | ItemState::Declined).then_some(item.gap).flatten();
            gap.is_some_and(|gap| gap == Gap::LowLevel
                || requirement.otherwise == Otherwise::Paper && gap.class() == GapClass::PaperMayBeAsked)
        });
        // A line that must be filled is, unless what it is of came to nothing that anybody has to make up for.
        let made_up = held.items.iter().zip(&procedure.requirements).any(|(item, requirement)| {
            let states = item.gap.is_some_and(|gap| gap.class() != GapClass::PaperMayBeAsked);
            match item.state {
                ItemState::NotApplicable => true,
                ItemState::Gap => states || requirement.otherwise == Otherwise::Nothing,
                ItemState::Declined => requirement.otherwise == Otherwise::Nothing,
                _ => false,
            }
        });
        let line_is_empty = shape.line == Said::Must && !known && !made_up;
        let deed_lacks = !known && !may_be_empty && !nobody_asks;
        let missing = form::missing(&held, &procedure);
        prop_assert_eq!(missing.is_empty(), !papers && !line_is_empty && !deed_lacks, "{:?}", missing);
        let low = held.items.iter().any(|item| item.gap == Some(Gap::LowLevel));
        if !missing.is_empty() && !low {
            give(&mut held, &procedure);
        }
        if !low {
            let known = held.counting(FATHER).map(str::to_owned);
            let body = sent(&mut held, &procedure);
            let applies = shape.input != Said::No || shape.sources.is_empty()
                || held.items.iter().any(|item| item.state != ItemState::NotApplicable);
            let known = known.filter(|_| applies);
            prop_assert_eq!(body.get("cha").and_then(Value::as_str), known.as_deref(), "what is known and applies is sent, and nothing else");
            prop_assert_eq!(&body["me"], MOTHER);
            prop_assert!(held.deeds[0].state == DeedState::Sent);
        }
    }
}
