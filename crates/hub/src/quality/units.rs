//! The communes of a province as the datasets tell of them: how many records each has recorded, and where failing ones are its own. Datasets of
//! any owner tell of them, since what is recorded in a commune stands in databases of ministries, too.

use std::collections::BTreeMap;

use jiff::civil::Date;
use model::codelist::{CodeList, UNITS};
use model::fault::Fault;
use quality::report::{Counted, GroupCounts, RuleCounts};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::list::Country;
use super::{Band, pack};
use crate::registry::Subject as _;
use crate::registry::check::not_there;
use crate::store::{Tx, from_json, optional};

/// The communes of a province.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityUnits)]
pub(crate) struct Units {
    /// The province, by its code in the list of administrative units.
    pub(crate) province: String,
    /// What it is called, in Vietnamese.
    pub(crate) name: String,
    /// How many datasets tell of the units that recorded them.
    pub(crate) datasets: usize,
    /// All units of it that are in force, by name.
    pub(crate) units: Vec<Unit>,
}

/// A commune.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityUnit)]
pub(crate) struct Unit {
    /// Its code.
    pub(crate) code: String,
    /// What it is called, in Vietnamese.
    pub(crate) name: String,
    /// Records of it in all datasets that tell of it, as far as they may be told; null: none tells of it, so nothing is measured.
    pub(crate) rows: Option<u64>,
    /// The band of the rule that passes least; null: nothing is measured, or so many failing records may be this commune's or another's that it
    /// could be another band.
    pub(crate) band: Option<Band>,
    /// The rule that passes least of those whose failing records are of certain units; null: none.
    pub(crate) worst: Option<Worst>,
}

/// A rule that fails in a commune.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QualityUnitRule)]
pub(crate) struct Worst {
    /// The dataset.
    pub(crate) service: String,
    /// The rule.
    pub(crate) rule: String,
    /// Failing records of the commune.
    pub(crate) fails: u64,
    /// All of its records in that dataset.
    pub(crate) rows: u64,
}

impl Worst {
    /// The share that passes, of a hundred.
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    fn passes(&self) -> f64 {
        100.0 - self.fails.min(self.rows) as f64 * 100.0 / self.rows.max(1) as f64
    }
}

/// What of a report tells of units.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    units: Vec<Counted>,
    #[serde(default)]
    rules: Vec<RuleCounts>,
}

/// What is told of a unit.
struct Sum {
    rows: u64,
    worst: Option<Worst>,
    /// So much of a hundred passes of each rule at least, wherever those failing records are of which that is not told.
    least: f64,
}

impl Sum {
    /// The band, if it is known.
    fn band(&self, of: impl Fn(f64) -> Band) -> Option<Band> {
        let told = of(self.worst.as_ref().map_or(100.0, Worst::passes));
        (self.rows > 0 && of(self.least) == told).then_some(told)
    }
}

impl Default for Sum {
    fn default() -> Self {
        Self { rows: 0, worst: None, least: 100.0 }
    }
}

/// The communes of a province that are in force on a day.
///
/// # Errors
/// [`Fault::NotInRegistry`] for what is no province of the list; [`Fault::StoreFailed`].
pub(crate) async fn units(
    tx: &mut Tx,
    country: &Country,
    province: &str,
    today: Date,
) -> Result<Units, Fault> {
    let list = CodeList::load(tx, UNITS).await?.ok_or_else(|| not_there("CodeList", UNITS))?;
    let in_force = || list.codes.iter().filter(|code| code.valid.holds_on(today));
    let named = in_force().find(|code| code.code == province && code.parent.is_none());
    let named = named.ok_or_else(|| not_there("CodeList", &format!("{UNITS} {province}")))?;
    let mut sums: BTreeMap<&str, Sum> = in_force()
        .filter(|code| code.parent.as_deref() == Some(province))
        .map(|code| (code.code.as_str(), Sum::default()))
        .collect();
    let mut datasets = 0;
    for (service, (node, number)) in country.reports() {
        let row: Option<(String,)> = optional!(
            tx,
            "SELECT report FROM quality_report WHERE service = $1 AND number = $2 AND node = $3" => service, number, node
        )?;
        let Some((report,)) = row else { continue };
        let told: Told = from_json(&report)?;
        datasets += usize::from(!told.units.is_empty());
        add(&mut sums, service, &told);
    }
    let pack = pack()?;
    let mut units: Vec<Unit> = in_force()
        .filter_map(|code| Some((code, sums.remove(code.code.as_str())?)))
        .map(|(code, sum)| Unit {
            code: code.code.clone(),
            name: code.vi.clone(),
            rows: (sum.rows > 0).then_some(sum.rows),
            band: sum.band(|passes| Band::of(pack.bands.of(passes))),
            worst: sum.worst,
        })
        .collect();
    units.sort_by_cached_key(|unit| (model::text::search_key(&unit.name), unit.code.clone()));
    Ok(Units { province: province.to_owned(), name: named.vi.clone(), datasets, units })
}

/// Adds what a dataset tells. Of failing records of which it is not told where they were recorded any may be a commune's.
fn add(sums: &mut BTreeMap<&str, Sum>, service: &str, told: &Told) {
    let groups = |rule: &'_ RuleCounts| -> Vec<GroupCounts> {
        let by_unit = rule.cause.iter().filter(|cause| cause.by == "unit");
        by_unit.flat_map(|cause| &cause.told).filter(|group| group.rows > 0).cloned().collect()
    };
    let mut rows: BTreeMap<String, u64> = BTreeMap::new();
    let of_groups = told.rules.iter().flat_map(groups).map(|group| (group.name, group.rows));
    for (name, count) in told.units.iter().map(|one| (one.name.clone(), one.rows)).chain(of_groups) {
        let sum = rows.entry(name).or_default();
        *sum = count.max(*sum);
    }
    for (name, count) in &rows {
        if let Some(sum) = sums.get_mut(name.as_str()) {
            sum.rows += count;
        }
    }
    for rule in &told.rules {
        let groups = groups(rule);
        let elsewhere = rule.fail.saturating_sub(groups.iter().map(|group| group.fails).sum());
        for (name, rows) in &rows {
            let Some(sum) = sums.get_mut(name.as_str()) else { continue };
            let group = groups.iter().find(|group| group.name == *name);
            let (fails, rows) = group.map_or((elsewhere, *rows), |group| (group.fails, group.rows));
            let one = Worst { service: service.to_owned(), rule: rule.rule.clone(), fails, rows };
            sum.least = sum.least.min(one.passes());
            if group.is_some() && sum.worst.as_ref().is_none_or(|worst| one.passes() < worst.passes()) {
                sum.worst = Some(one);
            }
        }
    }
}
