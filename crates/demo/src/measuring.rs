//! What lets the nation's nodes measure their own data: what rules are made of is fetched once, as an operator does for a node, and each
//! node's schedule measures as soon as the node runs.

use std::collections::BTreeSet;

use exchange::measure::Materials;
use model::fault::Fault;
use model::id::ServiceId;
use operate::client::HubClient;
use operate::quality::fetch;
use operate::trouble::Trouble;

use crate::processes::step;
use crate::registry::{NODES, NodePlan};

/// From midnight on: whenever the demo begins, its nodes measure then. They look every two seconds whether there is something to report:
/// the day is short, and ends when all of it is told.
const AT_ONCE: &str = "\n[quality]\nhour = 0\nevery_seconds = 2\n";
/// A second node before the same database would measure the same records again.
const NOT_AGAIN: &str = "\n[quality]\noff = true\n";

/// What rules are made of, for all datasets of the nation.
pub(crate) struct Measuring {
    pub(crate) materials: Materials,
}

impl Measuring {
    /// How many datasets the nation measures.
    pub(crate) fn datasets() -> usize {
        NODES.iter().flat_map(datasets).collect::<BTreeSet<_>>().len()
    }

    pub(crate) async fn fetch(client: &HubClient) -> Result<Self, Trouble> {
        let datasets = NODES.iter().flat_map(datasets);
        let mut services = datasets
            .map(|id| id.parse().map_err(|_| step("quality", id)))
            .collect::<Result<Vec<ServiceId>, Fault>>()?;
        services.sort();
        services.dedup();
        Ok(Self { materials: fetch(client, &services).await? })
    }

    /// What a node's settings say of measuring.
    pub(crate) fn settings(plan: &NodePlan) -> &'static str {
        let first = NODES.iter().find(|other| datasets(other).eq(datasets(plan)));
        if first.is_some_and(|first| first.id == plan.id) { AT_ONCE } else { NOT_AGAIN }
    }
}

fn datasets(plan: &NodePlan) -> impl Iterator<Item = &'static str> {
    plan.database.into_iter().flat_map(|(_, services)| services.iter().map(|(service, _)| *service))
}
