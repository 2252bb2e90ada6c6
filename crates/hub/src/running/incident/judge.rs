//! From what is seen of all nodes to what becomes of incidents. A pure step: what is seen and what is open in, what is to be done out.
//!
//! There is one incident for a node at a time, for as long as something is wrong with it, whatever that turns out to be. When many fall
//! silent together, and nobody else misses them, it is the hub that does not hear: one incident for all of them. What is not known yet, since
//! this hub has only begun to look, changes nothing: nothing is opened on it and nothing closed.

use std::collections::{BTreeMap, BTreeSet};

use super::cause::{Cause, Signs, cause};

/// The subject of an incident of many nodes.
pub(crate) const HUB: &str = "hub";
/// From so many silent nodes on, if they are half of all that are known, it is one incident of the hub's own.
pub(crate) const MANY: usize = 3;

/// What is seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// Of each node of which something is to be said. Of all others nothing is wrong.
    pub(crate) nodes: BTreeMap<String, Signs>,
    /// Nodes of which it is not known yet how they are.
    pub(crate) unknown: BTreeSet<String>,
    /// Nodes within their announced maintenance.
    pub(crate) maintained: BTreeSet<String>,
    /// How many nodes have ever been heard.
    pub(crate) known: usize,
}

/// An incident that is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Live {
    pub(crate) id: String,
    /// A node, or [`HUB`].
    pub(crate) subject: String,
    pub(crate) cause: Cause,
    /// Its nodes that are not well again.
    pub(crate) nodes: BTreeSet<String>,
    /// Whether it was opened a moment ago and nobody has touched it: it may turn out to be a part of something larger.
    pub(crate) is_young: bool,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Open one, or the last one of that subject again.
    Open { subject: String, cause: Cause, nodes: BTreeSet<String> },
    /// It turns out to be something else.
    Turn { id: String, cause: Cause },
    /// A node falls in with the others.
    Join { id: String, node: String },
    /// A node of several is well again, or something of its own is wrong with it.
    Leave { id: String, node: String },
    /// It is over.
    End { id: String },
    /// It is a part of the one of the hub, which is opened in the same go.
    Merge { id: String },
}

/// What is to be done about what is seen.
pub(crate) fn judge(seen: &Seen, live: &[Live]) -> Vec<Step> {
    let mut steps = Vec::new();
    let of_hub = live.iter().find(|one| one.subject == HUB);
    let own: BTreeMap<&str, &Live> =
        live.iter().filter(|one| one.subject != HUB).map(|one| (one.subject.as_str(), one)).collect();
    let is_open = |node: &str| own.contains_key(node) || of_hub.is_some_and(|one| one.nodes.contains(node));
    let wrong: BTreeMap<&str, Cause> = seen
        .nodes
        .iter()
        .filter(|(node, _)| !seen.unknown.contains(*node))
        // Announced beforehand; what was wrong before stays an incident.
        .filter(|(node, _)| !seen.maintained.contains(*node) || is_open(node))
        .filter_map(|(node, signs)| Some((node.as_str(), cause(signs)?)))
        .collect();
    let grouped = group(seen, &wrong, of_hub, &own, &mut steps);
    for (subject, one) in &own {
        if seen.unknown.contains(*subject) || (grouped.contains(*subject) && one.is_young) {
            continue;
        }
        match wrong.get(subject) {
            None => steps.push(Step::End { id: one.id.clone() }),
            Some(cause) if *cause != one.cause => {
                steps.push(Step::Turn { id: one.id.clone(), cause: *cause });
            }
            Some(_) => {}
        }
    }
    for (node, cause) in &wrong {
        if !own.contains_key(node) && !grouped.contains(*node) {
            let nodes = BTreeSet::from([(*node).to_owned()]);
            steps.push(Step::Open { subject: (*node).to_owned(), cause: *cause, nodes });
        }
    }
    steps
}

/// The nodes that fell silent together, if they are many; and what is to be done about the one incident of all of them.
fn group(
    seen: &Seen,
    wrong: &BTreeMap<&str, Cause>,
    of_hub: Option<&Live>,
    own: &BTreeMap<&str, &Live>,
    steps: &mut Vec<Step>,
) -> BTreeSet<String> {
    let counts = |node: &str| own.get(node).is_none_or(|one| one.is_young);
    let silent = wrong.iter().filter(|(node, cause)| **cause == Cause::Silent && counts(node));
    let mut members: BTreeSet<String> = silent.map(|(node, _)| (*node).to_owned()).collect();
    // Those of whom nothing is known stay where they are.
    let held = of_hub.into_iter().flat_map(|one| &one.nodes);
    members.extend(held.filter(|node| seen.unknown.contains(*node)).cloned());
    let are_many = members.len() >= MANY && 2 * members.len() >= seen.known;
    match of_hub {
        None if !are_many => return BTreeSet::new(),
        None => steps.push(Step::Open {
            subject: HUB.to_owned(),
            cause: Cause::HubNetwork,
            nodes: members.clone(),
        }),
        Some(one) if !are_many => {
            steps.push(Step::End { id: one.id.clone() });
            return BTreeSet::new();
        }
        Some(one) => {
            let step = |node: &String| Step::Join { id: one.id.clone(), node: node.clone() };
            steps.extend(members.difference(&one.nodes).map(step));
            let step = |node: &String| Step::Leave { id: one.id.clone(), node: node.clone() };
            steps.extend(one.nodes.difference(&members).map(step));
        }
    }
    let merged = members.iter().filter_map(|node| own.get(node.as_str()));
    steps.extend(merged.map(|one| Step::Merge { id: one.id.clone() }));
    members
}

#[cfg(test)]
mod laws;
