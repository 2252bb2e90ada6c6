//! Groups of failing records by their probable cause. Of each dimension the groups are found that tell best which records fail: those that
//! hold many of the failing ones and little else. The dimension that tells it with the fewest groups is the probable cause.

use crate::state::State;
use crate::state::counts::Counts;
use crate::state::dimension::Dimension;
use crate::state::measured::Measured;

/// Fewest failing records of a group.
const LEAST: u64 = 3;
/// A group fails so many times as often as all rows do, at least.
const LIFT: f64 = 2.0;
/// Most groups that one cause may have.
const GROUPS: usize = 50;
/// What each group more costs, so that "one unit" is preferred to "two hundred days".
const COST: f64 = 0.005;
/// A cause that tells less than this is none: the failures are spread over everything.
const TELLS: f64 = 0.3;
/// Values and patterns tell by themselves that they fail; units, systems and days lead to somebody, and come first where both tell as well.
const BY_ITSELF: f64 = 0.6;

/// A rule's failures, with their probable cause.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    /// The rule.
    pub rule: String,
    /// The dimension by which failures are told best; none: they are spread.
    pub dimension: Option<Dimension>,
    /// The groups, the largest first.
    pub groups: Vec<Group>,
    /// Rows that fail.
    pub fails: u64,
    /// Of them, those in the groups.
    pub explained: u64,
}

/// Failing records that have something in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The unit, system, day, value or pattern.
    pub name: String,
    /// Failing rows in it.
    pub fails: u64,
    /// All rows in it.
    pub rows: u64,
    /// How many times as often it fails as all rows do.
    pub lift: f64,
}

/// The causes of all that fails, what repair gains most first.
#[must_use]
pub fn causes(state: &State) -> Vec<Cause> {
    let mut found: Vec<Cause> = state
        .rules
        .iter()
        .filter(|(_, measured)| measured.tally().fail > 0)
        .map(|(id, measured)| cause(id, measured, state))
        .collect();
    // Gain: failing records, those of key fields and grave ones first among as many.
    let gain = |cause: &Cause| {
        let measured = state.rules.get(&cause.rule);
        (cause.fails, measured.is_some_and(|rule| rule.key), measured.map(|rule| rule.severity))
    };
    found.sort_by(|a, b| gain(b).cmp(&gain(a)).then_with(|| a.rule.cmp(&b.rule)));
    found
}

fn cause(id: &str, measured: &Measured, state: &State) -> Cause {
    let tally = measured.tally();
    let best = measured
        .causes
        .iter()
        .filter_map(|(dimension, fails)| {
            let profile = measured.field.as_ref().and_then(|field| state.fields.get(field));
            let all = match dimension {
                Dimension::Value => profile.map(|profile| &profile.values),
                Dimension::Pattern => profile.map(|profile| &profile.patterns),
                dimension => state.causes.get(dimension),
            };
            let told = told(*dimension, fails, all?, tally.fail, state.rows)?;
            Some((*dimension, told))
        })
        .max_by(|(_, a), (_, b)| a.score.total_cmp(&b.score))
        .filter(|(_, told)| told.score >= TELLS);
    let (dimension, groups) = best.map(|(dimension, told)| (dimension, told.groups)).unzip();
    let groups: Vec<Group> = groups.unwrap_or_default();
    Cause {
        rule: id.to_owned(),
        dimension,
        explained: groups.iter().map(|group| group.fails).sum(),
        groups,
        fails: tally.fail,
    }
}

struct Told {
    groups: Vec<Group>,
    score: f64,
}

/// The groups of a dimension that tell best which rows fail.
#[expect(clippy::cast_precision_loss, reason = "shares of counts")]
fn told(dimension: Dimension, fails: &Counts, all: &Counts, failing: u64, rows: u64) -> Option<Told> {
    let by_itself = matches!(dimension, Dimension::Value | Dimension::Pattern);
    let usual = failing as f64 / rows.max(1) as f64;
    let mut groups: Vec<Group> = fails
        .entries()
        .filter(|(_, count, _)| *count >= LEAST.min(failing))
        .filter_map(|(digest, count, name)| {
            let rows = all.of_digest(digest).max(count);
            let lift = count as f64 / rows as f64 / usual;
            (lift >= LIFT).then(|| Group { name: name.to_owned(), fails: count, rows, lift })
        })
        .collect();
    // Those that fail most surely first; telling failing rows by them is then best at some head of the list, by Youden's
    // index: the share of failing rows that are told, less the share of the others that are told with them.
    let surely = |group: &Group| group.fails as f64 / group.rows as f64;
    groups.sort_by(|a, b| {
        let order = surely(b).total_cmp(&surely(a));
        if by_itself { b.fails.cmp(&a.fails) } else { order.then(b.fails.cmp(&a.fails)) }
            .then_with(|| a.name.cmp(&b.name))
    });
    let (mut hit, mut held) = (0u64, 0u64);
    let mut best = (0, 0.0);
    for (place, group) in groups.iter().take(GROUPS).enumerate() {
        hit += group.fails;
        held += group.rows;
        let right = hit as f64 / failing as f64;
        let wrong = held.saturating_sub(hit) as f64 / rows.saturating_sub(failing).max(1) as f64;
        let score = (right - wrong - COST * place as f64) * if by_itself { BY_ITSELF } else { 1.0 };
        if score > best.1 {
            best = (place + 1, score);
        }
    }
    groups.truncate(best.0);
    groups.sort_by(|a, b| b.fails.cmp(&a.fails).then_with(|| a.name.cmp(&b.name)));
    (!groups.is_empty()).then_some(Told { groups, score: best.1 })
}
