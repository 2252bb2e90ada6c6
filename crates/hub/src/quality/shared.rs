//! "Dùng chung": how much others use a dataset, as the hub itself has observed it. What counts is what both sides have counted (`usage/pair.rs`),
//! by agencies that are not of the owner's tree; nobody reports it, and no owner can raise it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use model::fault::Fault;
use quality::score::{Measure, Score};

use crate::catalogue::database::SHARED_BY;
use crate::store::{Tx, all};
use crate::usage::WINDOW_DAYS;
use crate::usage::tree::Tree;

/// Who used what, of all services at once.
#[derive(PartialEq, Eq)]
pub(crate) struct Shared {
    /// Of each service whose node has ever reported, the other agencies that used it within the window.
    users: BTreeMap<String, BTreeSet<String>>,
}

impl Shared {
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn load(tx: &mut Tx, tree: &Tree, today: Date) -> Result<Self, Fault> {
        let since = (today - jiff::Span::new().days(WINDOW_DAYS)).to_string();
        let measured: Vec<(String,)> = all!(
            tx,
            "SELECT DISTINCT s.id FROM service s JOIN node_system n ON n.system = s.system JOIN usage_node u ON u.node = n.node"
        )?;
        let mut users: BTreeMap<String, BTreeSet<String>> =
            measured.into_iter().map(|(service,)| (service, BTreeSet::new())).collect();
        let used: Vec<(String, String, String)> = all!(
            tx,
            "SELECT DISTINCT u.service, u.consumer, s.agency FROM usage_agency_day u JOIN service s ON s.id = u.service
             WHERE u.day >= $1 AND NOT u.test" => since
        )?;
        for (service, consumer, owner) in used {
            if tree.known_top(&consumer) != tree.known_top(&owner) {
                users.entry(service).or_default().insert(consumer);
            }
        }
        Ok(Self { users })
    }

    /// How many other agencies use any of these services; none: no node of them has ever reported.
    pub(crate) fn agencies<'a>(&self, services: impl IntoIterator<Item = &'a str>) -> Option<usize> {
        let known: Vec<&BTreeSet<String>> =
            services.into_iter().filter_map(|service| self.users.get(service)).collect();
        let agencies: BTreeSet<&String> = known.iter().flat_map(|users| users.iter()).collect();
        (!known.is_empty()).then_some(agencies.len())
    }

    /// The score of things, each by how many agencies use it: the share of what makes all of them shared. A database is shared when
    /// [`SHARED_BY`] agencies use it; more make it no more than that. The count is of agencies.
    #[expect(clippy::cast_precision_loss, reason = "shares of small counts")]
    pub(crate) fn score(of: &[Option<usize>]) -> Score {
        let known: Vec<usize> = of.iter().copied().flatten().collect();
        if known.is_empty() {
            return Score::NotMeasured;
        }
        let reached: usize = known.iter().map(|agencies| (*agencies).min(SHARED_BY)).sum();
        let value = reached as f64 * 100.0 / (known.len() * SHARED_BY) as f64;
        Score::Measured(Measure {
            value,
            count: known.iter().sum::<usize>() as u64,
            coverage: known.len() as f64 / of.len() as f64,
            // It is counted, not estimated.
            interval: (value, value),
        })
    }
}
