//! The last minutes, as they are shown: in all by minute, and pairs of a calling system and a service. However many pairs have called, what
//! is read, held and answered has a bound: sums are kept as reports come, and of the pairs those are shown that failed most, were refused
//! most or called most.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::fault::Fault;
use model::usage::{Figures, Outcomes};

use super::{Shown, minute_of, shown};
use crate::store::{Tx, all, from_json, optional, run, to_json};

/// Pairs that are shown by each order: most failed, most refused, most called.
pub(crate) const PAIRS: i64 = 100;
/// Rows that are read for them.
const ROWS_MAX: i64 = 200_000;
/// Of these so many at a time.
const ROWS_AT_ONCE: i64 = 5_000;
/// A row counts as no more than this when rows are put in order, so that no sum of them is beyond what the databases can hold.
const COUNT_MAX: u64 = 1 << 40;
/// Gaps that are shown, and what they take.
pub(crate) const GAPS: i64 = 500;
const GAPS_BYTES: i64 = 1024 * 1024;

/// The last minutes.
pub(crate) struct Minutes {
    /// What callers' nodes counted, oldest first.
    pub(crate) in_all: Vec<(String, Figures)>,
    /// By calling system and service, as the consumer's nodes counted and as the provider's did.
    pub(crate) pairs: BTreeMap<(String, String), [Figures; 2]>,
    /// Pairs that called, too, and are not among them.
    pub(crate) left_out: usize,
}

/// A pair with its rows and its place in each order.
type Ranked = (String, String, i64, i64, i64, i64, i64);

/// The figures since a minute.
pub(crate) async fn of_minutes(tx: &mut Tx, since: Timestamp) -> Result<Minutes, Fault> {
    let since = minute_of(since);
    let rows: Vec<(String, String)> =
        all!(tx, "SELECT minute, figures FROM usage_total WHERE minute >= $1 ORDER BY minute" => &since)?;
    let in_all = rows
        .into_iter()
        .map(|(minute, figures)| Ok((minute, from_json(&figures)?)))
        .collect::<Result<_, Fault>>()?;
    let ranked: Vec<Ranked> = all!(
        tx,
        "WITH pair AS (
             SELECT client, service, COUNT(*) AS size, SUM(failed) AS failed, SUM(refused) AS refused, SUM(calls) AS calls
             FROM usage_minute WHERE minute >= $1 GROUP BY client, service),
         ranked AS (
             SELECT client, service, size,
                 ROW_NUMBER() OVER (ORDER BY failed DESC, client, service) AS by_failed,
                 ROW_NUMBER() OVER (ORDER BY refused DESC, client, service) AS by_refused,
                 ROW_NUMBER() OVER (ORDER BY calls DESC, client, service) AS by_calls,
                 COUNT(*) OVER () AS pairs
             FROM pair)
         SELECT client, service, size, by_failed, by_refused, by_calls, pairs FROM ranked
         WHERE by_failed <= $2 OR by_refused <= $2 OR by_calls <= $2" => &since, PAIRS
    )?;
    let called = ranked.first().map_or(0, |(.., pairs)| usize::try_from(*pairs).unwrap_or_default());
    let mut pairs = BTreeMap::new();
    for (client, service) in chosen(ranked, ROWS_MAX) {
        let figures = of_pair(tx, (&client, &service), &since).await?;
        pairs.insert((client, service), figures);
    }
    let left_out = called.saturating_sub(pairs.len());
    Ok(Minutes { in_all, pairs, left_out })
}

/// The pairs that no more than so many rows are to be read for, whoever is first in an order before the others.
fn chosen(mut ranked: Vec<Ranked>, rows_max: i64) -> Vec<(String, String)> {
    ranked.sort_by_key(|(_, _, _, failed, refused, calls, _)| *failed.min(refused).min(calls));
    let mut rows = 0;
    let fits = |(client, service, size, ..): Ranked| {
        let fits = rows + size <= rows_max;
        rows += if fits { size } else { 0 };
        fits.then_some((client, service))
    };
    ranked.into_iter().filter_map(fits).collect()
}

/// What the nodes of either side counted.
async fn of_pair(tx: &mut Tx, (client, service): (&str, &str), since: &str) -> Result<[Figures; 2], Fault> {
    let (mut consumer, mut provider) = (Figures::default(), Figures::default());
    let mut last = [since, "", "", ""].map(str::to_owned);
    loop {
        let [minute, node, counted, purpose] = &last;
        let rows: Vec<(String, String, String, String, String)> = all!(
            tx,
            "SELECT minute, node, counted, purpose, figures FROM usage_minute
             WHERE client = $1 AND service = $2 AND minute >= $3 AND (minute > $3 OR (node, counted, purpose) > ($4, $5, $6))
             ORDER BY minute, node, counted, purpose LIMIT $7"
            => client, service, minute, node, counted, purpose, ROWS_AT_ONCE
        )?;
        let is_last = (rows.len() as i64) < ROWS_AT_ONCE;
        for (minute, node, counted, purpose, figures) in rows {
            let side = if counted == "consumer" { &mut consumer } else { &mut provider };
            side.merge(&from_json(&figures)?);
            last = [minute, node, counted, purpose];
        }
        if is_last {
            return Ok([consumer, provider]);
        }
    }
}

/// What a row's figures come to: calls, failed, refused.
pub(super) fn counts(figures: &Figures) -> [i64; 3] {
    let Outcomes { failed, refused, .. } = figures.outcomes();
    [figures.calls(), failed, refused].map(|count| i64::try_from(count.min(COUNT_MAX)).unwrap_or_default())
}

/// Adds what callers' nodes counted to a minute's sum.
pub(super) async fn add(tx: &mut Tx, minute: &str, more: &Figures) -> Result<(), Fault> {
    let old: Option<(String,)> =
        optional!(tx, "SELECT figures FROM usage_total WHERE minute = $1" => minute)?;
    let mut figures: Figures = old.map(|(old,)| from_json(&old)).transpose()?.unwrap_or_default();
    figures.merge(more);
    run!(
        tx,
        "INSERT INTO usage_total (minute, figures) VALUES ($1, $2) ON CONFLICT (minute) DO UPDATE SET figures = excluded.figures"
        => minute, to_json(&figures)?
    )?;
    Ok(())
}

/// Counts anew what reports have left, where an older program has kept them.
pub(crate) async fn derive_anew(tx: &mut Tx) -> Result<(), Fault> {
    let known: Vec<(String,)> = all!(tx, "SELECT minute FROM usage_total")?;
    let known: BTreeSet<String> = known.into_iter().map(|(minute,)| minute).collect();
    let minutes: Vec<(String,)> = all!(tx, "SELECT DISTINCT minute FROM usage_minute ORDER BY minute")?;
    for (minute,) in minutes.into_iter().filter(|(minute,)| !known.contains(minute)) {
        let rows: Vec<(String, String, String, String, String, String)> = all!(
            tx,
            "SELECT node, counted, client, service, purpose, figures FROM usage_minute WHERE minute = $1" => &minute
        )?;
        let mut in_all = Figures::default();
        for (node, counted, client, service, purpose, figures) in rows {
            let figures: Figures = from_json(&figures)?;
            let [calls, failed, refused] = counts(&figures);
            run!(
                tx,
                "UPDATE usage_minute SET calls = $7, failed = $8, refused = $9
                 WHERE minute = $1 AND node = $2 AND counted = $3 AND client = $4 AND service = $5 AND purpose = $6"
                => &minute, node, &counted, client, service, purpose, calls, failed, refused
            )?;
            if counted == "consumer" {
                in_all.merge(&figures);
            }
        }
        add(tx, &minute, &in_all).await?;
    }
    Ok(())
}

/// What datasets cannot give, those of one's own agency first; and how many more there are than can be told at once.
pub(crate) async fn gaps(tx: &mut Tx, agency: Option<&str>) -> Result<(Vec<Shown>, usize), Fault> {
    let own = agency.map_or_else(String::new, |agency| format!("{agency}/"));
    let rows: Vec<(String, String, String, String, String)> = all!(
        tx,
        "WITH placed AS (
             SELECT service, node, fields, flaws, since,
                 CASE WHEN substr(service, 1, length($1)) = $1 THEN 0 ELSE 1 END AS other
             FROM usage_gap),
         summed AS (
             SELECT service, node, fields, flaws, since, ROW_NUMBER() OVER (ORDER BY other, service, node) AS place,
                 SUM(octet_length(fields) + octet_length(flaws)) OVER (ORDER BY other, service, node) AS bytes
             FROM placed)
         SELECT service, node, fields, flaws, since FROM summed WHERE place <= $2 AND bytes <= $3 ORDER BY place"
        => &own, GAPS, GAPS_BYTES
    )?;
    let left_out = count_gaps(tx).await?.saturating_sub(rows.len());
    Ok((shown(rows)?, left_out))
}

/// How many datasets cannot give something.
pub(crate) async fn count_gaps(tx: &mut Tx) -> Result<usize, Fault> {
    let there: Option<(i64,)> = optional!(tx, "SELECT COUNT(*) FROM usage_gap")?;
    Ok(there.and_then(|(there,)| usize::try_from(there).ok()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_first_in_an_order_is_read_first_and_what_does_not_fit_holds_up_nobody() {
        let pair = |name: &str, size: i64, places: [i64; 3]| {
            let [failed, refused, calls] = places;
            (name.to_owned(), String::new(), size, failed, refused, calls, 4)
        };
        let ranked = || {
            vec![
                pair("calls", 4, [4, 4, 1]),
                pair("nothing", 3, [3, 3, 4]),
                pair("refused", 5, [2, 1, 3]),
                pair("failed", 2, [1, 2, 2]),
            ]
        };
        let names = |rows_max: i64| {
            let names = chosen(ranked(), rows_max).into_iter().map(|(name, _)| name);
            names.collect::<Vec<_>>()
        };
        assert_eq!(names(14), ["calls", "refused", "failed", "nothing"]);
        assert_eq!(names(13), ["calls", "refused", "failed"]);
        assert_eq!(names(7), ["calls", "failed"]);
        assert!(names(1).is_empty());
    }

    #[test]
    fn no_sum_of_what_is_reported_is_beyond_what_the_databases_hold() {
        let figures: Figures =
            serde_json::from_str(&format!(r#"{{"answered":{0},"failed":{0}}}"#, u64::MAX)).unwrap();
        let [calls, failed, _] = counts(&figures);
        assert!(calls.checked_mul(4_000_000).is_some() && failed.checked_mul(4_000_000).is_some());
    }
}
