//! Pairs of agencies: what one called of the other's services on a day, as both sides counted it. What one side alone reports shows
//! nothing, and where both do, the lower count holds: so nobody moves by its own reports what is said of it.

pub(crate) mod list;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::ToSpan as _;
use jiff::civil::Date;
use model::fault::Fault;
use model::id::{MemberId, NodeId, ServiceId, SystemId};
use model::usage::{Counted, Figures, Latency, Outcomes};
use serde::{Deserialize, Serialize};

use super::tree::Tree;
use crate::store::{Tx, all, from_json, from_text, optional, run, to_json};

/// What one side counted, and its nodes that reported it: their ledgers hold the proof.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Side {
    #[serde(default)]
    figures: Figures,
    #[serde(default)]
    nodes: BTreeSet<String>,
}

/// Calls that a node has counted.
pub(crate) struct Calls<'a> {
    pub(crate) node: &'a NodeId,
    pub(crate) counted: Counted,
    pub(crate) client: &'a SystemId,
    pub(crate) service: &'a ServiceId,
    /// Whether their purpose is a test.
    pub(crate) test: bool,
    pub(crate) figures: &'a Figures,
}

/// Calls that had an answer, an empty one as well: what both sides of an exchange know of.
fn answers(figures: &Figures) -> u64 {
    let Outcomes { answered, empty, .. } = figures.outcomes();
    answered.saturating_add(empty)
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What both sides agree on: answers that both counted, without those that the hub itself has asked for, and how long they took; and what
/// failed, as those saw it who called.
fn agreed(provider: &Figures, consumer: &Figures, trial: u64) -> Figures {
    let (by_provider, by_consumer) = (provider.outcomes(), consumer.outcomes());
    let mut agreed = consumer.come_to(Outcomes {
        answered: by_provider.answered.min(by_consumer.answered).saturating_sub(trial),
        empty: by_provider.empty.min(by_consumer.empty),
        ..by_consumer
    });
    if answers(&agreed) == 0 {
        agreed.latency = Latency::default();
    }
    agreed
}

/// Calls by purpose that the hub itself has made for somebody who tried.
type Trial = BTreeMap<String, u64>;

fn all_of(trial: &Trial) -> u64 {
    trial.values().fold(0, |sum, count| sum.saturating_add(*count))
}

/// What names a row.
struct Key<'a> {
    service: &'a str,
    consumer: &'a str,
    test: bool,
    day: &'a str,
}

/// A row as it is kept.
#[derive(Default)]
struct Kept {
    own: bool,
    trial: Trial,
    provider: Side,
    consumer: Side,
}

impl Kept {
    async fn load(tx: &mut Tx, key: &Key<'_>) -> Result<Option<Self>, Fault> {
        let row: Option<(bool, String, String, String)> = optional!(
            tx,
            "SELECT own, trial, at_provider, at_consumer FROM usage_pair_day WHERE service = $1 AND consumer = $2 AND test = $3 AND day = $4"
            => key.service, key.consumer, key.test, key.day
        )?;
        row.map(|(own, trial, provider, consumer)| {
            let (provider, consumer) = (from_json(&provider)?, from_json(&consumer)?);
            Ok(Self { own, trial: from_json(&trial)?, provider, consumer })
        })
        .transpose()
    }

    /// Keeps it; and if both sides saw an answer to another agency, that there was a use on this day.
    async fn save(&self, tx: &mut Tx, key: &Key<'_>, day: Date, provider: &str) -> Result<(), Fault> {
        let [eve, morrow] = [day.saturating_sub(1.day()), day.saturating_add(1.day())];
        run!(
            tx,
            "INSERT INTO usage_pair_day (service, consumer, test, day, eve, morrow, provider, own, trial, at_provider, at_consumer,
                 provider_answers, consumer_answers)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             ON CONFLICT (service, consumer, test, day) DO UPDATE SET trial = excluded.trial, at_provider = excluded.at_provider,
                 at_consumer = excluded.at_consumer, provider_answers = excluded.provider_answers,
                 consumer_answers = excluded.consumer_answers"
            => key.service, key.consumer, key.test, key.day, eve.to_string(), morrow.to_string(), provider, self.own, to_json(&self.trial)?,
               to_json(&self.provider)?, to_json(&self.consumer)?, whole(answers(&self.provider.figures)),
               whole(answers(&self.consumer.figures))
        )?;
        let agreed = agreed(&self.provider.figures, &self.consumer.figures, all_of(&self.trial));
        if self.own || agreed.answered == 0 {
            return Ok(());
        }
        run!(
            tx,
            "INSERT INTO usage_agency_day (service, day, consumer, test) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
            => key.service, key.day, key.consumer, key.test
        )?;
        Ok(())
    }
}

/// Whether a node that counted for one side shows what that side saw. One of the other side's tree that speaks for both shows nothing.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn proves(
    tx: &mut Tx,
    tree: &mut Tree,
    node: &NodeId,
    at_consumer: bool,
    [provider, consumer]: [&MemberId; 2],
) -> Result<bool, Fault> {
    let other = if at_consumer { provider } else { consumer };
    Ok(!tree.is_one(tx, node.member().as_str(), other.as_str()).await?)
}

/// Adds what a node has counted on a day to what its side has reported of the pair.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn add(tx: &mut Tx, tree: &mut Tree, calls: &Calls<'_>, day: Date) -> Result<(), Fault> {
    let (provider, consumer) = (calls.service.system().member(), calls.client.member());
    let own = tree.is_one(tx, provider.as_str(), consumer.as_str()).await?;
    let at_consumer = calls.counted == Counted::AtConsumer;
    if !own && !proves(tx, tree, calls.node, at_consumer, [&provider, &consumer]).await? {
        return Ok(());
    }
    let text = day.to_string();
    let key =
        Key { service: calls.service.as_str(), consumer: consumer.as_str(), test: calls.test, day: &text };
    let mut kept = Kept::load(tx, &key).await?.unwrap_or(Kept { own, ..Kept::default() });
    let side = if at_consumer { &mut kept.consumer } else { &mut kept.provider };
    side.figures.merge(calls.figures);
    side.nodes.insert(calls.node.to_string());
    kept.save(tx, &key, day, provider.as_str()).await
}

/// Notes that the hub itself calls for somebody who tries, or that such a call had no answer after all.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn note_trial(
    tx: &mut Tx,
    (client, service, purpose): (&SystemId, &ServiceId, &str),
    is_made: bool,
    day: Date,
) -> Result<(), Fault> {
    let known: Option<(i64, bool)> = optional!(
        tx,
        "SELECT (SELECT COUNT(*) FROM service WHERE id = $1), p.test FROM purpose p WHERE p.code = $2" => service.as_str(), purpose
    )?;
    // What the registry does not know is refused by the node.
    let Some((1, test)) = known else { return Ok(()) };
    let (provider, consumer, text) = (service.system().member(), client.member(), day.to_string());
    let own = Tree::default().is_one(tx, provider.as_str(), consumer.as_str()).await?;
    let key = Key { service: service.as_str(), consumer: consumer.as_str(), test, day: &text };
    let mut kept = Kept::load(tx, &key).await?.unwrap_or(Kept { own, ..Kept::default() });
    let count = kept.trial.entry(purpose.to_owned()).or_default();
    *count = if is_made { count.saturating_add(1) } else { count.saturating_sub(1) };
    kept.save(tx, &key, day, provider.as_str()).await
}

/// Forgets days that are old. On which days an agency used a service at all is kept.
pub(crate) async fn forget_old(tx: &mut Tx, day: &str) -> Result<(), Fault> {
    run!(tx, "DELETE FROM usage_pair_day WHERE day < $1" => day)?;
    Ok(())
}

/// Makes pairs of the days that are kept, where an older program has made none. It counted what one side reported: of these days it is
/// counted anew, of older ones it stays.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn derive_anew(tx: &mut Tx) -> Result<(), Fault> {
    let any: Option<(String,)> = optional!(tx, "SELECT day FROM usage_pair_day LIMIT 1")?;
    let days: Vec<(String,)> = all!(tx, "SELECT DISTINCT day FROM usage_day ORDER BY day")?;
    let Some((first,)) = days.first().filter(|_| any.is_none()) else { return Ok(()) };
    run!(tx, "DELETE FROM usage_agency_day WHERE day >= $1" => first)?;
    let purposes: Vec<(String, bool)> = all!(tx, "SELECT code, test FROM purpose")?;
    let purposes: HashMap<String, bool> = purposes.into_iter().collect();
    let mut tree = Tree::whole(tx).await?;
    for (day,) in &days {
        let rows: Vec<(String, String, String, String, String, String)> = all!(
            tx,
            "SELECT node, counted, client, service, purpose, figures FROM usage_day WHERE day = $1" => day
        )?;
        for (node, counted, client, service, purpose, figures) in rows {
            let calls = Calls {
                node: &from_text(&node)?,
                counted: if counted == "consumer" { Counted::AtConsumer } else { Counted::AtProvider },
                client: &from_text(&client)?,
                service: &from_text(&service)?,
                test: purposes.get(&purpose).copied().unwrap_or_default(),
                figures: &from_json(&figures)?,
            };
            add(tx, &mut tree, &calls, from_text(day)?).await?;
        }
    }
    Ok(())
}

/// What other agencies called of a service from a day on, as far as both sides agree; tests are left out.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn figures(tx: &mut Tx, service: &ServiceId, since: &str) -> Result<Figures, Fault> {
    let rows: Vec<(String, String, String)> = all!(
        tx,
        "SELECT trial, at_provider, at_consumer FROM usage_pair_day WHERE service = $1 AND day >= $2 AND NOT own AND NOT test"
        => service.as_str(), since
    )?;
    let mut sum = Figures::default();
    for (trial, provider, consumer) in rows {
        let (provider, consumer): (Side, Side) = (from_json(&provider)?, from_json(&consumer)?);
        sum.merge(&agreed(&provider.figures, &consumer.figures, all_of(&from_json(&trial)?)));
    }
    Ok(sum)
}

/// Trial calls of an agency's services: service, consumer, day, and how many by purpose.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn trials(
    tx: &mut Tx,
    provider: &str,
    (from, to): (&str, &str),
) -> Result<Vec<([String; 3], Trial)>, Fault> {
    let rows: Vec<(String, String, String, String)> = all!(
        tx,
        "SELECT service, consumer, day, trial FROM usage_pair_day WHERE provider = $1 AND day >= $2 AND day < $3 AND trial <> '{}'"
        => provider, from, to
    )?;
    rows.into_iter()
        .map(|(service, consumer, day, trial)| Ok(([service, consumer, day], from_json(&trial)?)))
        .collect()
}

/// Both sides' counts of some calls, by day.
#[derive(Default)]
pub(crate) struct Both(BTreeMap<String, (Option<Figures>, Option<Figures>, u64)>);

/// What both sides' counts come to.
pub(crate) struct Sum {
    /// Days on which both saw an answer.
    pub(crate) days: usize,
    /// What both agree on.
    pub(crate) both: Figures,
    /// What the provider counted, if it has reported.
    pub(crate) at_provider: Option<Figures>,
    /// What the consumer counted, if it has reported.
    pub(crate) at_consumer: Option<Figures>,
}

impl Both {
    /// Adds what one side counted on a day.
    pub(crate) fn add(&mut self, day: String, at_consumer: bool, figures: &Figures) {
        let (provider, consumer, _) = self.0.entry(day).or_default();
        (if at_consumer { consumer } else { provider }).get_or_insert_default().merge(figures);
    }

    /// Adds calls of a day that count as no use.
    pub(crate) fn add_trial(&mut self, day: &str, count: u64) {
        if let Some((.., trial)) = self.0.get_mut(day) {
            *trial = trial.saturating_add(count);
        }
    }

    /// What they come to.
    pub(crate) fn sum(self) -> Sum {
        let mut sum = Sum { days: 0, both: Figures::default(), at_provider: None, at_consumer: None };
        let none = Figures::default();
        for (provider, consumer, trial) in self.0.into_values() {
            let agreed =
                agreed(provider.as_ref().unwrap_or(&none), consumer.as_ref().unwrap_or(&none), trial);
            sum.days += usize::from(agreed.answered > 0);
            sum.both.merge(&agreed);
            for (side, counted) in [(&mut sum.at_provider, provider), (&mut sum.at_consumer, consumer)] {
                if let Some(counted) = counted {
                    side.get_or_insert_default().merge(&counted);
                }
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Nothing that one side alone reports raises what both agree on.
        #[test]
        fn what_one_side_adds_raises_nothing(calls in 0u64..5000, more in 0u64..5000, trial in 0u64..10, at_consumer: bool) {
            let figures = |answered| Figures::from(Outcomes { answered, empty: answered / 2, ..Outcomes::default() });
            let both = agreed(&figures(calls), &figures(calls), trial);
            let (provider, consumer) = if at_consumer { (calls, calls + more) } else { (calls + more, calls) };
            prop_assert_eq!(agreed(&figures(provider), &figures(consumer), trial).answered, both.answered);
            prop_assert_eq!(both.answered, calls.saturating_sub(trial));
        }
    }
}
