//! Reads all measures that the hub sees, of all agencies at once: a few statements over all of it, so that it is as quick for a nation as for a
//! village. What each is, `assess::measure` says; what the hub does not see it says there as well.
//!
//! Nobody moves a measure alone: traffic counts as both sides have counted it, without calls within one agency's tree, tests, and the hub's own
//! trials; of one consumer so many calls at most; and reuse no further than other agencies' nodes have witnessed answers.

mod registry;
mod reuse;
mod traffic;

use std::collections::BTreeMap;

use assess::evidence::{Reading, Why};
use assess::measure::ALL;
use jiff::Timestamp;
use jiff::civil::Date;
use model::fault::Fault;
use quality::rule::Criterion;

use super::facts::Of;
use super::found::Found;
use crate::quality::list::{Country, Level};
use crate::store::Tx;
use crate::usage::tree::Tree;

/// Days of the window in which traffic is looked at.
const WINDOW_DAYS: i64 = 30;
/// Days of a quarter.
const QUARTER_DAYS: i64 = 92;

/// The day so many days before.
fn before(day: Date, days: i64) -> String {
    day.saturating_sub(jiff::Span::new().days(days)).to_string()
}

/// What was found, by agency and measure. Of each agency every measure that the hub sees is there, with a value or why there is none.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn read(
    tx: &mut Tx,
    country: &Country,
    agencies: &BTreeMap<String, Of>,
    (today, now): (Date, Timestamp),
) -> Result<BTreeMap<String, BTreeMap<&'static str, Reading>>, Fault> {
    let tree = Tree::whole(tx).await?;
    let mut found = Found::new(today);
    registry::databases(tx, &mut found).await?;
    registry::officers(tx, &mut found, today).await?;
    registry::contracts(tx, &mut found).await?;
    registry::nodes(tx, &mut found, (today, now)).await?;
    registry::papers(tx, &mut found, today).await?;
    registry::maintenance(tx, &mut found, today).await?;
    traffic::duties(tx, &mut found, today).await?;
    traffic::consumers(tx, &mut found, &tree, today).await?;
    traffic::pairs(tx, &mut found, &tree, today).await?;
    traffic::purposes(tx, &mut found, today).await?;
    traffic::defects(tx, &mut found, today).await?;
    reuse::cases(tx, &mut found, today).await?;
    quality(country, &mut found);
    let reporting = traffic::reporting(tx).await?;
    let mut readings = found.into_readings();
    for agency in agencies.keys() {
        let why = if reporting.contains(agency) { Why::Nothing } else { Why::NoReports };
        let of_agency = readings.entry(agency.clone()).or_default();
        for measure in ALL.iter().filter(|measure| measure.seen) {
            of_agency.entry(measure.name).or_insert(Reading::NotMeasured(why));
        }
    }
    Ok(readings)
}

/// Scores of quality, as agencies have them with all below them, and datasets that were measured.
fn quality(country: &Country, found: &mut Found) {
    for line in country.lines(Level::Agency) {
        let criteria = [
            (Criterion::Accurate, "quality_accurate"),
            (Criterion::Complete, "quality_complete"),
            (Criterion::Clean, "quality_clean"),
            (Criterion::Live, "quality_live"),
            (Criterion::Consistent, "quality_consistent"),
        ];
        let measured_at = line.measured_at.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
        let Some(day) = measured_at.map(model::time::day_in_viet_nam) else { continue };
        for (criterion, measure) in criteria {
            if let Some(value) = line.criteria.get(criterion).value {
                found.value(measure, &line.id, hundredths(value), day);
            }
        }
    }
    for line in country.lines(Level::Dataset) {
        if let Some(owner) = &line.owner {
            found.count("datasets_measured", owner, line.datasets_measured > 0, &line.id);
        }
    }
}

/// A score from 0 to 100 in hundredths, rounded down as it was told.
#[expect(clippy::cast_possible_truncation, reason = "from 0 to 10,000")]
fn hundredths(score: f64) -> i64 {
    (score.clamp(0.0, 100.0) * 100.0 + 1e-6).floor() as i64
}
