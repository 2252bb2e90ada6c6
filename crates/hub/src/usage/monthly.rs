//! What an agency gave to others in a month, from the reports of both sides: what its own report of the month is made from (rule CN-19).

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use model::fault::Fault;
use model::id::{MemberId, SystemId};
use model::usage::{Figures, Outcomes};
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::{Tx, all, from_json, from_text};
use crate::usage::pair::{self, Both, Sum};
use crate::usage::tree::Tree;

/// What a service gave to an agency for a purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SharedInMonth)]
pub(crate) struct Shared {
    /// The service.
    service: String,
    /// The agency that called.
    consumer: String,
    /// What for.
    purpose: String,
    /// Days on which it did, as both sides counted.
    days: usize,
    /// Answered with something, as both sides counted: the lower of the two counts of each day.
    answered: u64,
    /// Answered: there is no such thing, in the same way.
    empty: u64,
    /// The call was wrong, or its caller gave it up, as the owner's nodes counted.
    rejected: u64,
    /// A rule said no, which is no failure, as the owner's nodes counted.
    refused: u64,
    /// A node, the network or the service failed, as the owner's nodes counted.
    failed: u64,
    /// Answered with something, as the owner's nodes counted; absent where none of them has reported it.
    #[serde(skip_serializing_if = "Option::is_none")]
    answered_at_provider: Option<u64>,
    /// Answered with something, as the consumers' nodes counted; absent where none of them has reported it.
    #[serde(skip_serializing_if = "Option::is_none")]
    answered_at_consumer: Option<u64>,
}

/// What an agency gave to others in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SharedOfMonth)]
pub(crate) struct Monthly {
    /// The agency.
    owner: MemberId,
    /// The first day of the month.
    month: Date,
    /// Since when a node of the agency has reported; absent: none has, and nothing is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    measured_since: Option<String>,
    /// The columns of its table, by names of members of the items.
    columns: Vec<&'static str>,
    /// By service, consumer and purpose. Tests are left out, and calls of the agency itself and of those in its tree.
    pub(crate) items: Vec<Shared>,
    /// Its services that no other agency called, as far as both sides counted.
    unused: Vec<String>,
}

/// The columns of its table. Whoever else draws it takes them from the answer.
pub(crate) const COLUMNS: [&str; 11] = [
    "service",
    "consumer",
    "purpose",
    "days",
    "answered",
    "empty",
    "rejected",
    "refused",
    "failed",
    "answered_at_provider",
    "answered_at_consumer",
];

/// What an agency gave to others in the month that begins on this day.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn monthly(tx: &mut Tx, owner: &MemberId, month: Date) -> Result<Monthly, Fault> {
    let end = month.saturating_add(1.month());
    let (from, to) = (month.to_string(), end.to_string());
    let rows: Vec<(String, String, String, String, String, String, String)> = all!(
        tx,
        "SELECT u.counted, u.node, u.day, u.client, u.service, u.purpose, u.figures FROM usage_day u JOIN service s ON s.id = u.service
         WHERE s.agency = $1 AND u.day >= $2 AND u.day < $3" => owner.as_str(), &from, &to
    )?;
    let tests: Vec<(String,)> = all!(tx, "SELECT code FROM purpose WHERE test")?;
    let mut tree = Tree::whole(tx).await?;
    let mut sums: BTreeMap<[String; 3], Both> = BTreeMap::new();
    for (counted, node, day, client, service, purpose, figures) in rows {
        let (consumer, at_consumer) = (from_text::<SystemId>(&client)?.member(), counted == "consumer");
        let own = tree.is_one(tx, consumer.as_str(), owner.as_str()).await?;
        let proven = pair::proves(tx, &mut tree, &from_text(&node)?, at_consumer, [owner, &consumer]).await?;
        if own || !proven || tests.iter().any(|(test,)| *test == purpose) {
            continue;
        }
        let figures: Figures = from_json(&figures)?;
        sums.entry([service, consumer.to_string(), purpose]).or_default().add(day, at_consumer, &figures);
    }
    for ([service, consumer, day], trial) in pair::trials(tx, owner.as_str(), (&from, &to)).await? {
        for (purpose, count) in trial {
            if let Some(both) = sums.get_mut(&[service.clone(), consumer.clone(), purpose]) {
                both.add_trial(&day, count);
            }
        }
    }
    let services: Vec<(String,)> =
        all!(tx, "SELECT id FROM service WHERE agency = $1 ORDER BY id" => owner.as_str())?;
    let since: Vec<(String,)> = all!(
        tx,
        "SELECT u.since FROM usage_node u JOIN node n ON n.id = u.node WHERE n.agency = $1 ORDER BY u.since LIMIT 1" => owner.as_str()
    )?;
    let items: Vec<Shared> = sums.into_iter().map(shared).collect();
    let unused = services.into_iter().map(|(service,)| service);
    let is_used = |service: &String| {
        items.iter().any(|item| item.service == *service && item.answered + item.empty > 0)
    };
    let unused = unused.filter(|service| !is_used(service)).collect();
    let measured_since = since.into_iter().next().map(|(since,)| since);
    Ok(Monthly { owner: owner.clone(), month, measured_since, columns: COLUMNS.to_vec(), items, unused })
}

fn shared(([service, consumer, purpose], both): ([String; 3], Both)) -> Shared {
    let Sum { days, both, at_provider, at_consumer } = both.sum();
    let Outcomes { answered, empty, .. } = both.outcomes();
    let Outcomes { rejected, refused, failed, .. } = at_provider.clone().unwrap_or_default().outcomes();
    Shared {
        service,
        consumer,
        purpose,
        days,
        answered,
        empty,
        rejected,
        refused,
        failed,
        answered_at_provider: at_provider.map(|figures| figures.answered),
        answered_at_consumer: at_consumer.map(|figures| figures.answered),
    }
}
