//! Periods as they are kept: evidence of each agency, what it came to, and that a period is over. What is over changes no more.

use std::collections::BTreeMap;

use assess::evidence::Evidence;
use assess::peers::{self, Place};
use assess::period::Period;
use assess::score::{State, Triple};
use assess::{Assessment, canonical, score};
use jiff::civil::Date;
use model::fault::Fault;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::packs::{self, Known};
use crate::audit::change::{Act, AuditContext, note};
use crate::registry::check::not_there;
use crate::store::{Tx, all, from_json, from_text, moment, optional, run, to_json};

/// The word for periods in the audit trail.
pub(crate) const KIND: &str = "Assessment";

/// A period that was assessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AssessedPeriod)]
pub(crate) struct Head {
    /// By which family of packs.
    pub(crate) family: String,
    /// The period.
    #[schema(value_type = String)]
    pub(crate) period: Period,
    /// By which version.
    pub(crate) pack: String,
    /// SHA-256 over the canonical text of the pack.
    pub(crate) pack_sha256: String,
    /// The day on which its evidence was read.
    pub(crate) as_of: Date,
    /// Since when it does not change any more; null: it lasts, and what stands here is how it is going.
    #[schema(format = DateTime)]
    pub(crate) frozen_at: Option<String>,
    /// SHA-256 over the digests of all its evidence.
    pub(crate) evidence_sha256: String,
    /// What it came to, over all agencies.
    pub(crate) summary: Summary,
}

/// What a period came to over all agencies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AssessSummary)]
pub(crate) struct Summary {
    /// Agencies of which something is asked.
    pub(crate) agencies: usize,
    /// Those of which something was observed.
    pub(crate) observed: usize,
    /// Those that claim anything.
    pub(crate) claiming: usize,
    /// The median of what was observed, in hundredths.
    pub(crate) median: Option<i64>,
    /// The median of claimed minus observed, of those that have both.
    pub(crate) median_gap: Option<i64>,
    /// The median of coverage.
    pub(crate) median_coverage: Option<i64>,
    /// How many agencies are on each level.
    #[schema(value_type = BTreeMap<String, usize>)]
    pub(crate) levels: BTreeMap<u8, usize>,
}

/// An agency of a period, on one line as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = KeptAssessment)]
pub(crate) struct Line {
    /// The group in which it is compared.
    pub(crate) group: Option<String>,
    /// What was observed and covered, and what is claimed.
    pub(crate) triple: Triple,
    /// The least and the most that was observed may be.
    #[schema(value_type = Option<Vec<i64>>)]
    pub(crate) interval: Option<(i64, i64)>,
    /// 1 to 5.
    pub(crate) level: Option<u8>,
    /// Where it stands among its peers.
    pub(crate) place: Option<Place>,
    /// Criteria by how they stand.
    pub(crate) counts: BTreeMap<State, usize>,
    /// Those that are not met.
    pub(crate) failed: Vec<String>,
}

impl Line {
    fn of(found: &Assessment, place: Option<Place>) -> Self {
        let mut counts = BTreeMap::new();
        for line in &found.criteria {
            *counts.entry(line.state).or_default() += 1;
        }
        let failed =
            found.criteria.iter().filter(|line| matches!(line.state, State::NotMet | State::Overdue));
        Self {
            group: found.group.clone(),
            triple: found.triple,
            interval: found.interval,
            level: found.level,
            place,
            counts,
            failed: failed.map(|line| line.criterion.clone()).collect(),
        }
    }
}

/// An agency in a period that is about to be kept.
pub(crate) struct Kept {
    evidence: Evidence,
    evidence_sha256: String,
    result_sha256: String,
    line: Line,
}

/// All that a period comes to: nothing is read or written here.
///
/// # Errors
/// [`Fault::Internal`].
pub(crate) fn judge(known: &Known, evidence: Vec<Evidence>) -> Result<(Vec<Kept>, Summary), Fault> {
    let failed = |error: canonical::NotCanonical| Fault::Internal { why: error.to_string() };
    let mut scored = Vec::with_capacity(evidence.len());
    for evidence in evidence {
        let found = score(&known.pack, &evidence);
        // Of whom nothing is asked nothing is said.
        if found.level.is_some() {
            scored.push((evidence, found));
        }
    }
    let mut places = peers::places(scored.iter().map(|(_, found)| found));
    let summary = summary(scored.iter().map(|(_, found)| found));
    let kept = scored.into_iter().map(|(evidence, found)| {
        Ok(Kept {
            evidence_sha256: canonical::digest(&evidence).map_err(failed)?,
            result_sha256: canonical::digest(&found).map_err(failed)?,
            line: Line::of(&found, places.remove(&evidence.agency)),
            evidence,
        })
    });
    Ok((kept.collect::<Result<_, Fault>>()?, summary))
}

fn summary<'a>(all: impl Iterator<Item = &'a Assessment> + Clone) -> Summary {
    let median = |of: fn(&Assessment) -> Option<i64>| {
        let mut values: Vec<i64> = all.clone().filter_map(of).collect();
        values.sort_unstable();
        values.get(values.len().saturating_sub(1) / 2).copied()
    };
    let mut levels = BTreeMap::new();
    for level in all.clone().filter_map(|one| one.level) {
        *levels.entry(level).or_default() += 1;
    }
    Summary {
        agencies: all.clone().count(),
        observed: all.clone().filter(|one| one.triple.observed.is_some()).count(),
        claiming: all.clone().filter(|one| one.triple.claimed.is_some()).count(),
        median: median(|one| one.triple.observed),
        median_gap: median(|one| one.triple.gap),
        median_coverage: median(|one| one.triple.coverage),
        levels,
    }
}

/// Keeps a period that lasts in place of what was kept of it before. One that is over is left as it is.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn save(
    tx: &mut Tx,
    known: &Known,
    (period, as_of): (Period, Date),
    (kept, summary): &(Vec<Kept>, Summary),
) -> Result<bool, Fault> {
    let family = &known.family;
    if let Some(before) = head(tx, family, Some(period)).await?
        && (before.frozen_at.is_some() || before.as_of > as_of)
    {
        return Ok(false);
    }
    packs::keep(tx, &known.pack, known.announced_at.as_deref().unwrap_or_default()).await?;
    let period = period.to_string();
    run!(tx, "DELETE FROM assess_result WHERE family = $1 AND period = $2" => family, &period)?;
    for one in kept {
        run!(
            tx,
            "INSERT INTO assess_result (family, period, agency, evidence, evidence_sha256, result_sha256, line) VALUES ($1, $2, $3, $4, $5, $6, $7)"
            => family, &period, &one.evidence.agency, to_json(&one.evidence)?, &one.evidence_sha256, &one.result_sha256, to_json(&one.line)?
        )?;
    }
    let digests: Vec<(&str, &str)> =
        kept.iter().map(|one| (one.evidence.agency.as_str(), one.evidence_sha256.as_str())).collect();
    let digest = canonical::digest(&digests).map_err(|error| Fault::Internal { why: error.to_string() })?;
    let first: Period = from_text(&period)?;
    run!(
        tx,
        "INSERT INTO assess_period (family, period, first, pack, as_of, frozen_at, sha256, summary) VALUES ($1, $2, $3, $4, $5, NULL, $6, $7)
         ON CONFLICT (family, period) DO UPDATE SET pack = excluded.pack, as_of = excluded.as_of, sha256 = excluded.sha256, summary = excluded.summary"
        => family, &period, first.first().to_string(), &known.id, as_of.to_string(), digest, to_json(summary)?
    )?;
    Ok(true)
}

/// Ends the periods of a family whose last day is over: from then on nothing of them changes. What each came to stands in the audit trail.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn freeze_ended(
    tx: &mut Tx,
    family: &str,
    today: Date,
    context: &AuditContext,
) -> Result<Vec<Period>, Fault> {
    let mut ended = Vec::new();
    for head in heads(tx, family).await? {
        if head.frozen_at.is_some() || head.period.last() >= today {
            continue;
        }
        let period = head.period.to_string();
        run!(
            tx,
            "UPDATE assess_period SET frozen_at = $3 WHERE family = $1 AND period = $2 AND frozen_at IS NULL"
            => family, &period, moment(context.at)
        )?;
        let told = json!({
            "pack": head.pack, "pack_sha256": head.pack_sha256, "evidence_sha256": head.evidence_sha256, "as_of": head.as_of,
        });
        let subject = format!("{family} {period}");
        note(tx, context, Act::Created, (KIND, &subject), None, Some(told.to_string())).await?;
        ended.push(head.period);
    }
    Ok(ended)
}

type HeadRow = (String, String, String, String, Option<String>, String, String);

fn read(
    family: &str,
    (period, pack, pack_sha256, as_of, frozen_at, evidence_sha256, summary): HeadRow,
) -> Result<Head, Fault> {
    Ok(Head {
        family: family.to_owned(),
        period: from_text(&period)?,
        pack,
        pack_sha256,
        as_of: from_text(&as_of)?,
        frozen_at,
        evidence_sha256,
        summary: from_json(&summary)?,
    })
}

/// The periods of a family that were assessed, the newest first.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn heads(tx: &mut Tx, family: &str) -> Result<Vec<Head>, Fault> {
    let rows: Vec<HeadRow> = all!(
        tx,
        "SELECT p.period, p.pack, k.sha256, p.as_of, p.frozen_at, p.sha256, p.summary FROM assess_period p JOIN assess_pack k ON k.id = p.pack
         WHERE p.family = $1 ORDER BY p.first DESC" => family
    )?;
    rows.into_iter().map(|row| read(family, row)).collect()
}

/// A period that was assessed, the newest where none is named.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn head(tx: &mut Tx, family: &str, period: Option<Period>) -> Result<Option<Head>, Fault> {
    let row: Option<HeadRow> = optional!(
        tx,
        "SELECT p.period, p.pack, k.sha256, p.as_of, p.frozen_at, p.sha256, p.summary FROM assess_period p JOIN assess_pack k ON k.id = p.pack
         WHERE p.family = $1 AND ($2 = '' OR p.period = $2) ORDER BY p.first DESC LIMIT 1"
        => family, period.map(|period| period.to_string()).unwrap_or_default()
    )?;
    row.map(|row| read(family, row)).transpose()
}

/// The same, where there must be one.
///
/// # Errors
/// [`Fault::NotInRegistry`] if nothing was assessed by such packs, or in that period; [`Fault::StoreFailed`].
pub(crate) async fn named(tx: &mut Tx, family: &str, period: Option<Period>) -> Result<Head, Fault> {
    let name = || period.map_or_else(|| family.to_owned(), |period| format!("{family} {period}"));
    head(tx, family, period).await?.ok_or_else(|| not_there(KIND, &name()))
}

/// The lines of a period, in order of agencies.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn lines(tx: &mut Tx, head: &Head) -> Result<Vec<(String, Line)>, Fault> {
    let rows: Vec<(String, String)> = all!(
        tx,
        "SELECT agency, line FROM assess_result WHERE family = $1 AND period = $2 ORDER BY agency"
        => &head.family, head.period.to_string()
    )?;
    rows.into_iter().map(|(agency, line)| Ok((agency, from_json(&line)?))).collect()
}

/// The lines of an agency by period, the newest first, so many at most.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn history(
    tx: &mut Tx,
    family: &str,
    agency: &str,
    limit: i64,
) -> Result<Vec<(Period, String, Line)>, Fault> {
    let rows: Vec<(String, String, String)> = all!(
        tx,
        "SELECT r.period, p.pack, r.line FROM assess_result r JOIN assess_period p ON p.family = r.family AND p.period = r.period
         WHERE r.agency = $1 AND r.family = $2 ORDER BY p.first DESC LIMIT $3" => agency, family, limit
    )?;
    rows.into_iter().map(|(period, pack, line)| Ok((from_text(&period)?, pack, from_json(&line)?))).collect()
}

/// The evidence of an agency in a period, with the digests of it and of what it came to.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn evidence(
    tx: &mut Tx,
    head: &Head,
    agency: &str,
) -> Result<Option<(Evidence, [String; 2], Line)>, Fault> {
    let row: Option<(String, String, String, String)> = optional!(
        tx,
        "SELECT evidence, evidence_sha256, result_sha256, line FROM assess_result WHERE family = $1 AND period = $2 AND agency = $3"
        => &head.family, head.period.to_string(), agency
    )?;
    row.map(|(evidence, one, other, line)| Ok((from_json(&evidence)?, [one, other], from_json(&line)?)))
        .transpose()
}

/// All evidence of a period, in order of agencies.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn all_evidence(tx: &mut Tx, head: &Head) -> Result<Vec<Evidence>, Fault> {
    let rows: Vec<(String,)> = all!(
        tx,
        "SELECT evidence FROM assess_result WHERE family = $1 AND period = $2 ORDER BY agency"
        => &head.family, head.period.to_string()
    )?;
    rows.into_iter().map(|(evidence,)| from_json(&evidence)).collect()
}
