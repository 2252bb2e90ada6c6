//! A case of the day as it is told: the case itself, as its node has it at the end, and what is counted of it.

use std::collections::{BTreeMap, BTreeSet};

use model::case::{Case, Item, ItemState};
use model::gap::Gap;
use model::words::Words;
use serde::Serialize;

/// A case that was played to its end.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Played {
    /// Code of the procedure.
    pub(crate) code: String,
    pub(crate) procedure: Words,
    /// What is special about it; empty: nothing.
    pub(crate) scene: Words,
    /// The agency at whose desk it was.
    pub(crate) agency: Words,
    pub(crate) system: String,
    pub(crate) outcome: Words,
    pub(crate) figures: Figures,
    /// From opening to the last answer of the sources.
    pub(crate) asked_ms: f64,
    /// Deeds whose answer was lost, and of which their holder told afterwards.
    pub(crate) found_out: Vec<String>,
    /// As its node has it.
    pub(crate) case: Case,
}

/// What is counted of a case, or of several.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Figures {
    /// Exchanges with databases.
    pub(crate) look_ups: usize,
    /// Those that nobody answered.
    pub(crate) unanswered: usize,
    /// Deeds at holders.
    pub(crate) deeds: usize,
    /// Papers that the procedure asks for by rule, where the requirement applies.
    pub(crate) papers: usize,
    /// Of these, those whose data a database gave: nobody had to bring them.
    pub(crate) not_asked: usize,
    /// Those that were handed in.
    pub(crate) handed_in: usize,
    /// Items without an answer, by reason code.
    pub(crate) gaps: BTreeMap<String, usize>,
}

impl Figures {
    /// What is counted of a case.
    pub(crate) fn of(case: &Case, unanswered: usize) -> Self {
        let exchanges: BTreeSet<&str> =
            case.items.iter().flat_map(|item| &item.exchanges).map(|exchange| exchange.id.as_str()).collect();
        let applies = |item: &&Item| item.state != ItemState::NotApplicable;
        let with_paper: Vec<&Item> =
            case.items.iter().filter(applies).filter(|item| item.paper.is_some()).collect();
        let handed_in =
            |item: &&&Item| item.asked_paper.as_ref().is_some_and(|paper| paper.handed_in.is_some());
        let mut gaps = BTreeMap::new();
        for gap in case.items.iter().filter(applies).filter_map(reason) {
            *gaps.entry(gap.code().to_owned()).or_default() += 1;
        }
        Self {
            look_ups: exchanges.len(),
            unanswered,
            deeds: case.deeds.iter().filter(|deed| !deed.exchange.is_empty()).count(),
            papers: with_paper.len(),
            not_asked: with_paper
                .iter()
                .filter(|item| item.state == ItemState::Accepted && item.asked_paper.is_none())
                .count(),
            handed_in: with_paper.iter().filter(handed_in).count(),
            gaps,
        }
    }

    /// Both together.
    pub(crate) fn add(&mut self, other: &Self) {
        self.look_ups += other.look_ups;
        self.unanswered += other.unanswered;
        self.deeds += other.deeds;
        self.papers += other.papers;
        self.not_asked += other.not_asked;
        self.handed_in += other.handed_in;
        for (gap, count) in &other.gaps {
            *self.gaps.entry(gap.clone()).or_default() += count;
        }
    }
}

/// Why an item has no answer of a database, if it has none: what a paper or the person's word stands for now, too.
pub(crate) fn reason(item: &Item) -> Option<Gap> {
    let is_answered = matches!(item.state, ItemState::Found | ItemState::Accepted);
    item.gap.filter(|_| !is_answered)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const STATES: [&str; 9] =
        ["waiting", "asking", "found", "accepted", "declined", "gap", "paper", "said", "not_applicable"];

    fn case(item: &Value) -> Case {
        let name = json!({ "vi": "Tên", "en": "Name" });
        serde_json::from_value(json!({
            "id": "b", "dossier": "1", "procedure": "1@1", "name": name, "state": "form", "revision": 1, "opened": "2026-11-30T01:00:00Z",
            "by": "system", "items": [item], "form": [], "kept_until": "2027-01-01",
        }))
        .unwrap()
    }

    /// Over every state, reason and paper: a paper is spared only where a database has answered and none came in; one that came in is
    /// counted as that; and what has no answer is counted once, by its reason.
    #[test]
    fn a_paper_is_spared_only_where_a_database_has_answered() {
        let name = json!({ "vi": "Tên", "en": "Name" });
        let mut tried = 0;
        for state in STATES {
            for gap in std::iter::once(None).chain(Gap::ALL.iter().copied().map(Some)) {
                for (paper, handed_in) in
                    [(false, None), (true, None), (true, Some(false)), (true, Some(true))]
                {
                    let mut item = json!({ "id": "a", "name": name, "state": state });
                    item["gap"] = json!(gap);
                    item["paper"] = if paper { name.clone() } else { Value::Null };
                    item["asked_paper"] = handed_in.map_or(Value::Null, |is_in| {
                        json!({ "needed": true, "handed_in": is_in.then_some("2026-11-30T02:00:00Z") })
                    });
                    let found = Figures::of(&case(&item), 0);
                    let applies = state != "not_applicable";
                    let came_in = applies && handed_in == Some(true);
                    assert_eq!(found.papers, usize::from(applies && paper), "{item}");
                    assert_eq!(found.handed_in, usize::from(came_in), "{item}");
                    assert_eq!(
                        found.not_asked,
                        usize::from(state == "accepted" && paper && handed_in.is_none()),
                        "{item}"
                    );
                    let told = applies && !["found", "accepted"].contains(&state) && gap.is_some();
                    assert_eq!(found.gaps.values().sum::<usize>(), usize::from(told), "{item}");
                    let mut twice = found.clone();
                    twice.add(&found);
                    assert_eq!(
                        (twice.papers, twice.gaps.values().sum::<usize>()),
                        (2 * found.papers, 2 * usize::from(told))
                    );
                    tried += 1;
                }
            }
        }
        assert_eq!(tried, STATES.len() * (Gap::ALL.len() + 1) * 4);
    }
}
