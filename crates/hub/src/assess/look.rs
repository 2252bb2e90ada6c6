//! Assessments as they are looked at: a period with all agencies, an agency, a criterion of it. What is shown of an agency is computed anew
//! from what was kept, each time, and compared with what it came to then.

use std::collections::BTreeMap;

use assess::evidence::{Class, Reading};
use assess::measure::Measure;
use assess::pack::{Criterion, Group, Layer};
use assess::peers::Place;
use assess::period::Period;
use assess::score::{HeldBy, State, Triple};
use assess::{Bundle, canonical, score};
use model::agency::{Agency, Name};
use model::fault::Fault;
use model::text::search_key;
use serde::Serialize;
use utoipa::ToSchema;

use super::acting::{self, Dispute, WaiverLine};
use super::keep::{self, Head, Line};
use super::packs::{self, Known};
use crate::registry::Subject as _;
use crate::registry::check::not_there;
use crate::registry::order::Order;
use crate::store::{Tx, all};

/// Periods that are told of an agency: three years of months.
const PERIODS_MAX: i64 = 36;

/// What lists are ordered by, and the columns of their tables.
pub(crate) const ORDERS: [&str; 9] =
    ["agency", "name.vi", "name.en", "group", "observed", "coverage", "claimed", "gap", "level"];
pub(crate) const COLUMNS: [&str; 20] = [
    "agency",
    "name.vi",
    "name.en",
    "group",
    "level",
    "observed",
    "coverage",
    "claimed",
    "gap",
    "low",
    "high",
    "place.best",
    "place.worst",
    "place.among",
    "place.median",
    "met",
    "not_met",
    "not_measured",
    "overdue",
    "waived",
];

/// An agency on a line. Scores are in points from 0 to 100; coverage is a share of a hundred.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = AssessedAgency)]
pub(crate) struct OnLine {
    /// The agency.
    pub(crate) agency: String,
    /// What it is called.
    pub(crate) name: Name,
    /// The group in which it is compared.
    pub(crate) group: Option<String>,
    /// 1 to 5.
    pub(crate) level: Option<u8>,
    /// What was observed; null: nothing was. Never to be shown without coverage and gap.
    pub(crate) observed: Option<f64>,
    /// How much of what is asked was measured by somebody else than the agency.
    pub(crate) coverage: Option<f64>,
    /// What it claims.
    pub(crate) claimed: Option<f64>,
    /// Claimed minus observed.
    pub(crate) gap: Option<f64>,
    /// The least that was observed may be.
    pub(crate) low: Option<f64>,
    /// The most.
    pub(crate) high: Option<f64>,
    /// Where it stands among its peers.
    pub(crate) place: Option<Place>,
    /// Criteria that are met.
    pub(crate) met: usize,
    /// Those that are not.
    pub(crate) not_met: usize,
    /// Those of which nothing was measured, which is no failure yet.
    pub(crate) not_measured: usize,
    /// Those of which nothing was measured in time.
    pub(crate) overdue: usize,
    /// Those that are not asked for at present.
    pub(crate) waived: usize,
}

/// Hundredths as points.
#[expect(clippy::cast_precision_loss, reason = "from -10,000 to 10,000")]
fn points(hundredths: i64) -> f64 {
    hundredths as f64 / 100.0
}

impl OnLine {
    fn of(agency: String, name: Name, line: &Line) -> Self {
        let count = |state| line.counts.get(&state).copied().unwrap_or_default();
        Self {
            agency,
            name,
            group: line.group.clone(),
            level: line.level,
            observed: line.triple.observed.map(points),
            coverage: line.triple.coverage.map(points),
            claimed: line.triple.claimed.map(points),
            gap: line.triple.gap.map(points),
            low: line.interval.map(|interval| points(interval.0)),
            high: line.interval.map(|interval| points(interval.1)),
            place: line.place.clone(),
            met: count(State::Met),
            not_met: count(State::NotMet),
            not_measured: count(State::NotMeasured),
            overdue: count(State::Overdue),
            waived: count(State::Waived),
        }
    }
}

/// What is asked of a list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) family: String,
    pub(crate) period: Option<Period>,
    pub(crate) group: String,
    pub(crate) level: Option<u8>,
    pub(crate) text: String,
    pub(crate) order: Option<Order>,
}

/// All agencies of a period that are asked for, in their order.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::StoreFailed`].
pub(crate) async fn list(tx: &mut Tx, wanted: &Wanted) -> Result<(Head, Vec<OnLine>), Fault> {
    let head = keep::named(tx, &wanted.family, wanted.period).await?;
    let mut names = names(tx).await?;
    let words: Vec<String> = search_key(&wanted.text).split_whitespace().map(str::to_owned).collect();
    let mut lines = Vec::new();
    for (agency, line) in keep::lines(tx, &head).await? {
        let of_group = wanted.group.is_empty() || line.group.as_ref() == Some(&wanted.group);
        if !of_group || wanted.level.is_some_and(|level| line.level != Some(level)) {
            continue;
        }
        // Of an agency that has left the registry there is its identifier.
        let unknown = || Name { vi: agency.clone(), en: agency.clone() };
        let name = names.remove(&agency).unwrap_or_else(unknown);
        let key = search_key(&format!("{agency} {} {}", name.vi, name.en));
        if words.iter().all(|word| key.contains(word)) {
            lines.push(OnLine::of(agency, name, &line));
        }
    }
    if let Some(Order { column, descending }) = &wanted.order {
        lines.sort_by(|a, b| compare(a, b, column, *descending).then_with(|| a.agency.cmp(&b.agency)));
    }
    Ok((head, lines))
}

/// In the order of a column; what was not measured stands below everything that was, whichever way.
fn compare(a: &OnLine, b: &OnLine, column: &str, descending: bool) -> std::cmp::Ordering {
    let number = |line: &OnLine| match column {
        "observed" => line.observed,
        "coverage" => line.coverage,
        "claimed" => line.claimed,
        "gap" => line.gap,
        "level" => line.level.map(f64::from),
        _ => None,
    };
    let text = |line: &OnLine| match column {
        "name.vi" => search_key(&line.name.vi),
        "name.en" => search_key(&line.name.en),
        "group" => line.group.clone().unwrap_or_default(),
        _ => line.agency.clone(),
    };
    let turned = |order: std::cmp::Ordering| if descending { order.reverse() } else { order };
    match column {
        "observed" | "coverage" | "claimed" | "gap" | "level" => match (number(a), number(b)) {
            (Some(one), Some(other)) => turned(one.total_cmp(&other)),
            (one, other) => other.is_some().cmp(&one.is_some()),
        },
        _ => turned(text(a).cmp(&text(b))),
    }
}

async fn names(tx: &mut Tx) -> Result<BTreeMap<String, Name>, Fault> {
    let rows: Vec<(String, String, String)> = all!(tx, "SELECT id, name_vi, name_en FROM agency")?;
    Ok(rows.into_iter().map(|(id, vi, en)| (id, Name { vi, en })).collect())
}

/// A criterion as it is looked at: what is asked, by which law, what shows it, and how it stands.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = AssessedCriterion)]
pub(crate) struct Shown {
    /// Its code.
    pub(crate) id: String,
    /// In both languages.
    pub(crate) name: Name,
    /// The rule.
    pub(crate) citation: String,
    /// Whether that is known second-hand only.
    pub(crate) second_hand: bool,
    /// The layer.
    pub(crate) layer: Layer,
    /// The measure that shows it, by its name.
    pub(crate) measure: String,
    /// From where on it counts nothing, as people write it; null: all or nothing.
    pub(crate) zero_at: Option<String>,
    /// What it weighs.
    pub(crate) weight: u32,
    /// The level from which on it must be met.
    pub(crate) gate: Option<u8>,
    /// Evidence that is older counts as none, in days.
    pub(crate) fresh_days: u32,
    /// The last day on which it is no failure that nothing was measured; null: it never is one.
    pub(crate) grace: Option<jiff::civil::Date>,
    /// What whoever fails it should do.
    pub(crate) fix: Name,
    /// What is measured.
    pub(crate) measure_name: Name,
    /// What that is read from, or why it is not seen.
    pub(crate) measure_from: Name,
    /// How it stands.
    pub(crate) state: State,
    /// The value that was observed, as people write it; null: none was.
    pub(crate) value: Option<String>,
    /// The bound, as people write it.
    pub(crate) bound: String,
    /// Out of so many.
    pub(crate) of: Option<u64>,
    /// By whom it is shown.
    pub(crate) class: Option<Class>,
    /// Of which day the evidence is.
    pub(crate) as_of: Option<jiff::civil::Date>,
    /// What it counts, from 0 to 100; null: it is in no mean.
    pub(crate) result: Option<f64>,
    /// The value that the agency claims, as people write it.
    pub(crate) claimed: Option<String>,
    /// What that would count.
    pub(crate) claimed_result: Option<f64>,
    /// Why nothing was measured.
    pub(crate) why: Option<assess::score::Unmeasured>,
    /// By how many points what was observed rises when it is met.
    pub(crate) gain: f64,
    /// Some of what does not pass.
    pub(crate) failing: Vec<String>,
    /// Since which period it has not been met without a break; null: it is met, or nothing is known.
    #[schema(value_type = Option<String>)]
    pub(crate) since: Option<Period>,
}

/// A period of an agency.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = AssessPoint)]
pub(crate) struct Point {
    /// The period.
    #[schema(value_type = String)]
    pub(crate) period: Period,
    /// By which version.
    pub(crate) pack: String,
    /// How it stood.
    #[serde(flatten)]
    pub(crate) line: OnLine,
}

/// How an agency stands by a pack.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = AgencyAssessment)]
pub(crate) struct Whole {
    /// The period.
    pub(crate) head: Head,
    /// The pack.
    pub(crate) pack: Known,
    /// The agency on one line.
    pub(crate) line: OnLine,
    /// The group in which it is compared.
    pub(crate) group: Option<Group>,
    /// The same mean with what the agency says of itself, by the factor of its class.
    pub(crate) with_declared: Option<f64>,
    /// What keeps it from the next level.
    pub(crate) held_by: Option<HeldBy>,
    /// By layer, in hundredths of a point.
    pub(crate) layers: BTreeMap<Layer, Triple>,
    /// By criterion.
    pub(crate) criteria: Vec<Shown>,
    /// The periods there are, the newest first.
    pub(crate) history: Vec<Point>,
    /// What it disputes.
    pub(crate) disputes: Vec<Dispute>,
    /// What it is let off.
    pub(crate) waivers: Vec<WaiverLine>,
    /// SHA-256 over the canonical text of its evidence.
    pub(crate) evidence_sha256: String,
    /// SHA-256 over the canonical text of what that came to.
    pub(crate) result_sha256: String,
    /// Whether the same evidence comes to the same digits now.
    pub(crate) recomputed: bool,
}

/// An agency in a period.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::StoreFailed`].
pub(crate) async fn agency(
    tx: &mut Tx,
    family: &str,
    period: Option<Period>,
    id: &str,
) -> Result<Whole, Fault> {
    let head = keep::named(tx, family, period).await?;
    let known = packs::one(tx, &head.pack).await?;
    let kept = keep::evidence(tx, &head, id).await?;
    let (evidence, [evidence_sha256, result_sha256], line) = kept.ok_or_else(|| not_there(keep::KIND, id))?;
    let found = score(&known.pack, &evidence);
    let again = [canonical::digest(&evidence), canonical::digest(&found)].map(Result::unwrap_or_default);
    let name = Agency::load(tx, id).await?.map(|agency| agency.name);
    let name = name.unwrap_or_else(|| Name { vi: id.to_owned(), en: id.to_owned() });
    let history = keep::history(tx, family, id, PERIODS_MAX).await?;
    let before: Vec<&(Period, String, Line)> = history.iter().filter(|(of, ..)| *of <= head.period).collect();
    let mut criteria = Vec::with_capacity(found.criteria.len());
    for (criterion, line) in known.pack.criteria.iter().zip(&found.criteria) {
        let failed = before.iter().take_while(|(_, _, line)| line.failed.contains(&criterion.id));
        let since = failed.last().map(|(period, ..)| *period);
        criteria.push(shown(criterion, line, evidence.measures.get(&criterion.measure), since));
    }
    let point = |(period, pack, line): &(Period, String, Line)| Point {
        period: *period,
        pack: pack.clone(),
        line: OnLine::of(id.to_owned(), name.clone(), line),
    };
    Ok(Whole {
        line: OnLine::of(id.to_owned(), name.clone(), &line),
        group: known.pack.group(&evidence.facts).cloned(),
        with_declared: found.with_declared.map(points),
        held_by: found.held_by.clone(),
        layers: found.layers.clone(),
        criteria,
        history: history.iter().map(point).collect(),
        disputes: acting::disputes(tx, family, id).await?,
        waivers: acting::waivers(tx, family, id).await?,
        recomputed: again == [evidence_sha256.clone(), result_sha256.clone()],
        evidence_sha256,
        result_sha256,
        head,
        pack: known,
    })
}

fn shown(
    asked: &Criterion,
    line: &assess::score::Line,
    reading: Option<&Reading>,
    since: Option<Period>,
) -> Shown {
    let measure = Measure::of(&asked.measure);
    let words = |words: fn(&Measure) -> model::words::Words| {
        measure.map_or_else(
            || Name { vi: asked.measure.clone(), en: asked.measure.clone() },
            |measure| words(measure).into(),
        )
    };
    let written = |value: i64| {
        measure
            .map(|measure| assess::quantity::Quantity { value, unit: measure.unit }.to_string())
            .unwrap_or_default()
    };
    let failing = match reading {
        Some(Reading::Measured(measured)) => measured.failing.clone(),
        _ => Vec::new(),
    };
    let bound = match (asked.at_least, asked.at_most) {
        (Some(least), _) => format!("≥ {least}"),
        (None, Some(most)) => format!("≤ {most}"),
        (None, None) => String::new(),
    };
    Shown {
        measure_name: words(Measure::words),
        measure_from: words(Measure::from),
        state: line.state,
        value: line.value.map(written),
        bound,
        of: line.of,
        class: line.class,
        as_of: line.as_of,
        result: line.result.map(points),
        claimed: line.claimed.map(written),
        claimed_result: line.claimed_result.map(points),
        why: line.why,
        gain: points(line.gain),
        failing,
        since,
        id: asked.id.clone(),
        name: asked.name.clone(),
        citation: asked.citation.clone(),
        second_hand: asked.second_hand,
        layer: asked.layer,
        measure: asked.measure.clone(),
        zero_at: asked.zero_at.map(|zero| zero.to_string()),
        weight: asked.weight,
        gate: asked.gate,
        fresh_days: asked.fresh_days,
        grace: asked.grace,
        fix: asked.fix.clone(),
    }
}

/// The bundle of one agency, or of all of a period, as its one text.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::StoreFailed`].
pub(crate) async fn bundle(
    tx: &mut Tx,
    family: &str,
    period: Option<Period>,
    agency: &str,
) -> Result<String, Fault> {
    let head = keep::named(tx, family, period).await?;
    let known = packs::one(tx, &head.pack).await?;
    let evidence = if agency.is_empty() {
        keep::all_evidence(tx, &head).await?
    } else {
        let kept = keep::evidence(tx, &head, agency).await?;
        vec![kept.ok_or_else(|| not_there(keep::KIND, agency))?.0]
    };
    let failed = |error: canonical::NotCanonical| Fault::Internal { why: error.to_string() };
    Bundle::of(known.pack, evidence).and_then(|bundle| bundle.text()).map_err(failed)
}
