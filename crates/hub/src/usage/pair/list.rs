//! Pairs of agencies as they are shown: what both sides counted on a day, and what comparing it has come to.

use std::collections::HashMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use model::fault::Fault;
use model::time::day_in_viet_nam;
use model::usage::Outcomes;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Side, agreed, all_of, answers, whole};
use crate::store::{Tx, all, from_json, from_text};

/// Of a hundred answers so many may differ between the two sides: clocks, midnight, and answers that were lost on their way.
const TOLERATED: u64 = 1;

/// What comparing both sides of a pair on a day has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PairCompared)]
pub(crate) enum Compared {
    /// Both belong to one agency's tree: it counts as no use.
    Own,
    /// A report may still come.
    NotYet,
    /// Both counted the same, but for what clocks and midnight make.
    Same,
    /// Only one side has reported answers.
    OneSided,
    /// Both have, and not the same.
    Differs,
}

/// Answers by which the two sides differ, and what explains it.
#[derive(Debug, Clone, Copy)]
struct Difference {
    provider: u64,
    consumer: u64,
    /// Calls that came to nothing as the consumer saw them: answers may have been lost on their way.
    failed: u64,
    /// How many more the provider counted on the day before and on the day after.
    beside: [i64; 2],
}

impl Difference {
    /// What is not explained. What one day has too many and the day beside it too few was counted around midnight.
    fn unexplained(self) -> i64 {
        let excess = whole(self.provider) - whole(self.consumer);
        let lost = if excess > 0 { whole(self.failed) } else { 0 };
        let moved: i64 = self
            .beside
            .iter()
            .filter(|other| other.signum() == -excess.signum())
            .map(|other| other.saturating_abs())
            .fold(0, i64::saturating_add);
        let rest = excess.saturating_abs().saturating_sub(lost).saturating_sub(moved).max(0);
        rest * excess.signum()
    }

    fn compared(self) -> Compared {
        let rest = self.unexplained();
        let tolerated = self.provider.max(self.consumer).saturating_mul(TOLERATED) / 100;
        match rest {
            0 => Compared::Same,
            _ if self.provider == 0 || self.consumer == 0 => Compared::OneSided,
            _ if rest.unsigned_abs() <= tolerated => Compared::Same,
            _ => Compared::Differs,
        }
    }
}

/// What one side counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PairSide)]
pub(crate) struct Told {
    /// All calls.
    calls: u64,
    /// Answered with something.
    answered: u64,
    /// Answered: there is no such thing.
    empty: u64,
    /// The service said that the call was wrong.
    rejected: u64,
    /// A rule said no.
    refused: u64,
    /// A node, the network or the service failed.
    failed: u64,
    /// The nodes that reported it: their ledgers hold the exchanges.
    nodes: Vec<String>,
}

impl From<&Side> for Told {
    fn from(Side { figures, nodes }: &Side) -> Self {
        let Outcomes { answered, empty, rejected, refused, failed } = figures.outcomes();
        Self {
            calls: figures.calls(),
            answered,
            empty,
            rejected,
            refused,
            failed,
            nodes: nodes.iter().cloned().collect(),
        }
    }
}

/// What an agency called of another's service on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PairDay)]
pub(crate) struct Line {
    /// Which line: its day, service and consumer, and 1 for tests or 0.
    pub(crate) id: String,
    /// The day.
    #[schema(format = Date)]
    day: String,
    /// Whose service it is.
    provider: String,
    /// Who called.
    consumer: String,
    /// The service.
    service: String,
    /// Whether it was for a purpose that is a test.
    test: bool,
    /// Calls that the hub itself has made for somebody who tried.
    trial: u64,
    /// As the provider's nodes counted.
    at_provider: Told,
    /// As the consumer's nodes counted.
    at_consumer: Told,
    /// What comparing them has come to.
    pub(crate) compared: Compared,
    /// How many more answers the provider counted, without what is explained; less than 0: the consumer did.
    difference: i64,
    /// The answers that count as use by another agency.
    pub(crate) counted: u64,
}

impl Line {
    /// Day, provider, consumer and service.
    pub(crate) fn names(&self) -> (&str, &str, &str, &str) {
        (&self.day, &self.provider, &self.consumer, &self.service)
    }
}

/// Which pairs. Empty texts: all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// One side.
    pub(crate) agency: String,
    /// The other.
    pub(crate) counterpart: String,
    /// The service.
    pub(crate) service: String,
    /// The database to which the service was confirmed to belong.
    pub(crate) database: String,
    /// Only where the counts of answers are not the same.
    pub(crate) differing: bool,
}

/// Where a page ends: day, service, consumer, and whether it was for tests. It names a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark(String, String, String, bool);

impl Mark {
    /// Reads what was written.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let [day, service, consumer, test] = text.split(' ').collect::<Vec<_>>().try_into().ok()?;
        Some(Self(day.to_owned(), service.to_owned(), consumer.to_owned(), test == "1"))
    }

    /// Whether its line comes behind another's, newest first.
    pub(crate) fn is_behind(&self, other: &Self) -> bool {
        let place = |Self(day, service, consumer, test): &Self| {
            (std::cmp::Reverse(day.clone()), service.clone(), consumer.clone(), *test)
        };
        place(self) > place(other)
    }
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(day, service, consumer, test) = self;
        write!(f, "{day} {service} {consumer} {}", u8::from(*test))
    }
}

/// Day, provider, consumer, service, test, own, trial, both sides, and how many more the provider counted on the days beside it.
pub(crate) type PairRow = (String, String, String, String, bool, bool, String, String, String, i64, i64);

macro_rules! pairs {
    ($condition:literal) => {
        concat!(
            "SELECT p.day, p.provider, p.consumer, p.service, p.test, p.own, p.trial, p.at_provider, p.at_consumer,
                 COALESCE(e.provider_answers - e.consumer_answers, 0), COALESCE(m.provider_answers - m.consumer_answers, 0)
             FROM usage_pair_day p
             LEFT JOIN usage_pair_day e ON e.service = p.service AND e.consumer = p.consumer AND e.test = p.test AND e.day = p.eve
             LEFT JOIN usage_pair_day m ON m.service = p.service AND m.consumer = p.consumer AND m.test = p.test AND m.day = p.morrow
             WHERE ",
            $condition,
            " AND ($1 = '' OR p.provider = $1 OR p.consumer = $1) AND ($2 = '' OR p.provider = $2 OR p.consumer = $2)
               AND ($3 = '' OR p.service = $3)
               AND ($4 = '' OR p.service IN (SELECT service FROM service_confirmed WHERE database_id = $4))
               AND ($5 = 0 OR (p.provider_answers <> p.consumer_answers AND NOT p.own))
               AND p.day >= $6 AND p.day <= $7
               AND (p.day < $7 OR (p.service, p.consumer, p.test) > ($8, $9, $10))
             ORDER BY p.day DESC, p.service, p.consumer, p.test LIMIT $11"
        )
    };
}

/// What agencies called of one another's services, newest first: so many at most, those behind a mark; and the mark of the next, if there
/// are more.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn list(
    tx: &mut Tx,
    wanted: &Wanted,
    (since, today): (Date, Date),
    after: Option<Mark>,
    limit: usize,
) -> Result<(Vec<Line>, Option<Mark>), Fault> {
    // The condition that an index answers stands first.
    let sql = if !wanted.service.is_empty() {
        pairs!("p.service = $3")
    } else if !wanted.agency.is_empty() {
        pairs!("(p.provider = $1 OR p.consumer = $1)")
    } else if wanted.differing {
        pairs!("p.provider_answers <> p.consumer_answers AND NOT p.own AND p.day >= $6")
    } else {
        pairs!("p.day >= $6")
    };
    // Of a day that is not over nearly every pair differs for a minute: none of that is a difference.
    let newest = if wanted.differing { today.saturating_sub(1.day()) } else { Date::MAX };
    let first = || Mark(newest.to_string(), String::new(), String::new(), false);
    let Mark(day, service, consumer, test) = after.unwrap_or_else(first);
    let at_once = whole(u64::try_from(limit).unwrap_or_default()).saturating_add(1);
    let mut rows: Vec<PairRow> = all!(
        tx,
        sql => &wanted.agency, &wanted.counterpart, &wanted.service, &wanted.database, i64::from(wanted.differing), since.to_string(),
               &day, &service, &consumer, test, at_once
    )?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more);
    let next = next.map(|row| Mark(row.0.clone(), row.3.clone(), row.2.clone(), row.4));
    let reported = Reported::load(tx).await?;
    let lines = rows.into_iter().map(|row| line(row, &reported, today));
    let mut lines = lines.collect::<Result<Vec<Line>, Fault>>()?;
    // What is explained, or may still change, is no difference.
    lines.retain(|line| !wanted.differing || matches!(line.compared, Compared::Differs | Compared::OneSided));
    Ok((lines, next))
}

/// All that differ: few, and which they are is known only when they were compared.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn differing(tx: &mut Tx, wanted: &Wanted, days: (Date, Date)) -> Result<Vec<Line>, Fault> {
    let (mut lines, mut mark) = (Vec::new(), None);
    loop {
        let (some, next) = list(tx, wanted, days, mark, AT_ONCE).await?;
        lines.extend(some);
        if next.is_none() {
            return Ok(lines);
        }
        mark = next;
    }
}

/// What a row says of a pair on a day.
///
/// # Errors
/// [`Fault::StoreFailed`] for one that cannot be read.
pub(crate) fn line(row: PairRow, reported: &Reported, today: Date) -> Result<Line, Fault> {
    let (day, provider, consumer, service, test, own, trial, at_provider, at_consumer, eve, morrow) = row;
    let (at_provider, at_consumer): (Side, Side) = (from_json(&at_provider)?, from_json(&at_consumer)?);
    let trial = all_of(&from_json(&trial)?);
    let difference = Difference {
        provider: answers(&at_provider.figures),
        consumer: answers(&at_consumer.figures),
        failed: at_consumer.figures.outcomes().failed,
        beside: [eve, morrow],
    };
    let compared = if own {
        Compared::Own
    } else if reported.all_of(from_text(&day)?, [&provider, &consumer], today) {
        difference.compared()
    } else {
        Compared::NotYet
    };
    let counts = !own && !test;
    let counted = if counts { agreed(&at_provider.figures, &at_consumer.figures, trial).answered } else { 0 };
    let difference = match compared {
        Compared::Own | Compared::NotYet | Compared::Same => 0,
        Compared::OneSided | Compared::Differs => difference.unexplained(),
    };
    let (at_provider, at_consumer) = (Told::from(&at_provider), Told::from(&at_consumer));
    let id = Mark(day.clone(), service.clone(), consumer.clone(), test).to_string();
    Ok(Line {
        id,
        day,
        provider,
        consumer,
        service,
        test,
        trial,
        at_provider,
        at_consumer,
        compared,
        difference,
        counted,
    })
}

/// Lines of which it is looked at once whether they differ.
const AT_ONCE: usize = 500;

/// On how many days pairs differ within the window.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn differences(tx: &mut Tx, since: Date, today: Date) -> Result<usize, Fault> {
    let wanted = Wanted { differing: true, ..Wanted::default() };
    Ok(differing(tx, &wanted, (since, today)).await?.len())
}

/// The days up to which agencies' nodes have reported: the last of those that have ever reported.
pub(crate) struct Reported(HashMap<String, Date>);

impl Reported {
    pub(crate) async fn load(tx: &mut Tx) -> Result<Self, Fault> {
        let rows: Vec<(String, String)> = all!(
            tx,
            "SELECT DISTINCT y.agency, u.reported_until FROM node_system n JOIN system y ON y.id = n.system
             JOIN usage_node u ON u.node = n.node WHERE u.reported_until <> ''"
        )?;
        let mut last: HashMap<String, Date> = HashMap::new();
        for (agency, until) in rows {
            let Ok(until) = until.parse::<jiff::Timestamp>() else { continue };
            let day = day_in_viet_nam(until);
            let known = last.entry(agency).or_insert(day);
            *known = day.min(*known);
        }
        Ok(Self(last))
    }

    /// Whether nothing is waited for: both sides have reported beyond the end of the day, or it ended a whole day ago.
    fn all_of(&self, day: Date, sides: [&str; 2], today: Date) -> bool {
        if day >= today {
            return false;
        }
        let late = day.saturating_add(1.day()) < today;
        late || sides.iter().all(|agency| self.0.get(*agency).is_none_or(|until| *until > day))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn compared(provider: &[u64], consumer: &[u64], failed: &[u64], day: usize) -> (Compared, i64) {
        let excess = |at: Option<usize>| {
            at.and_then(|at| Some(whole(*provider.get(at)?) - whole(*consumer.get(at)?))).unwrap_or_default()
        };
        let beside = [excess(day.checked_sub(1)), excess(Some(day + 1))];
        let difference =
            Difference { provider: provider[day], consumer: consumer[day], failed: failed[day], beside };
        (difference.compared(), difference.unexplained())
    }

    proptest! {
        /// Calls around one midnight that a side counts on the next day, answers that were lost on their way: no difference.
        #[test]
        fn what_midnight_and_lost_answers_make_is_no_difference(
            calls in prop::collection::vec(0u64..5000, 4), night in 0usize..3, moved in 0u64..5000, lost in 0u64..300, at_consumer: bool
        ) {
            let (mut provider, mut consumer, mut failed) = (calls.clone(), calls.clone(), vec![0; 4]);
            let side = if at_consumer { &mut consumer } else { &mut provider };
            let moved = moved.min(side[night]);
            side[night] -= moved;
            side[night + 1] += moved;
            // Lost in a night of its own: what was lost and what was moved on one day is told by no count.
            let quiet = (0..4).find(|day| *day != night && *day != night + 1).unwrap();
            let lost = lost.min(consumer[quiet]);
            consumer[quiet] -= lost;
            failed[quiet] += lost;
            for day in 0..4 {
                prop_assert_eq!(compared(&provider, &consumer, &failed, day), (Compared::Same, 0));
            }
        }

        /// What a side makes up is told on its day, to the call; if the other side has nothing, that only one reports.
        #[test]
        fn what_was_made_up_is_told_on_its_day(
            calls in prop::collection::vec(0u64..5000, 3), made_up in 1u64..100_000, at_consumer: bool
        ) {
            let (mut provider, mut consumer, failed) = (calls.clone(), calls.clone(), vec![0; 3]);
            let side = if at_consumer { &mut consumer } else { &mut provider };
            side[1] += made_up;
            let (told, by) = compared(&provider, &consumer, &failed, 1);
            let sign = if at_consumer { -1 } else { 1 };
            prop_assert_eq!(by, whole(made_up) * sign);
            let expected = match calls[1] {
                0 => Compared::OneSided,
                _ if made_up * 100 <= calls[1] + made_up => Compared::Same,
                _ => Compared::Differs,
            };
            prop_assert_eq!(told, expected);
            for day in [0, 2] {
                prop_assert_eq!(compared(&provider, &consumer, &failed, day).0, Compared::Same);
            }
        }

    }
}
