//! What was found of measures, agency by agency, while it is being counted.

use std::collections::{BTreeMap, HashMap};

use assess::evidence::{Class, Measured, Reading, Why};
use assess::measure::Measure;
use assess::quantity::{WHOLE, share};
use jiff::civil::Date;

/// Things that do not pass, that are named at most.
const NAMED: usize = 5;

/// A share that is being counted.
#[derive(Default)]
struct Tally {
    pass: u64,
    all: u64,
    failing: Vec<String>,
}

/// All that was found.
pub(super) struct Found {
    today: Date,
    tallies: HashMap<(String, &'static str), Tally>,
    readings: BTreeMap<String, BTreeMap<&'static str, Reading>>,
}

impl Found {
    pub(super) fn new(today: Date) -> Self {
        Self { today, tallies: HashMap::new(), readings: BTreeMap::new() }
    }

    /// The day that is looked at.
    pub(super) fn today(&self) -> Date {
        self.today
    }

    /// Counts a thing of an agency, which passes or does not.
    pub(super) fn count(&mut self, measure: &'static str, agency: &str, passes: bool, name: &str) {
        let tally = self.tallies.entry((agency.to_owned(), measure)).or_default();
        tally.all += 1;
        if passes {
            tally.pass += 1;
        } else if !name.is_empty() && tally.failing.len() < NAMED {
            tally.failing.push(name.to_owned());
        }
    }

    /// Counts many at once.
    pub(super) fn add(&mut self, measure: &'static str, agency: &str, pass: u64, all: u64) {
        let tally = self.tallies.entry((agency.to_owned(), measure)).or_default();
        tally.pass = tally.pass.saturating_add(pass);
        tally.all = tally.all.saturating_add(all);
    }

    /// Keeps a value.
    pub(super) fn value(&mut self, measure: &'static str, agency: &str, value: i64, as_of: Date) {
        self.keep(measure, agency, value, (None, as_of), Vec::new());
    }

    fn keep(
        &mut self,
        measure: &'static str,
        agency: &str,
        value: i64,
        (of, as_of): (Option<u64>, Date),
        failing: Vec<String>,
    ) {
        let class = Measure::of(measure).map_or(Class::E4, |measure| measure.class);
        // What traffic shows is a sample of what may happen; what the registry holds is counted whole.
        let sampled =
            of.is_some() && matches!(measure, "calls_answered" | "defects_on_time" | "counts_agree");
        let measured = Measured { value, of, class, as_of, sampled, failing };
        let of_agency = self.readings.entry(agency.to_owned()).or_default();
        of_agency.insert(measure, Reading::Measured(measured));
    }

    /// Says why there is no value, where there is none.
    pub(super) fn lacks(&mut self, measure: &'static str, agency: &str, why: Why) {
        let of_agency = self.readings.entry(agency.to_owned()).or_default();
        of_agency.entry(measure).or_insert(Reading::NotMeasured(why));
    }

    /// The readings of each agency.
    pub(super) fn into_readings(mut self) -> BTreeMap<String, BTreeMap<&'static str, Reading>> {
        let (tallies, today) = (std::mem::take(&mut self.tallies), self.today);
        for ((agency, measure), Tally { pass, all, mut failing }) in tallies {
            failing.sort_unstable();
            match share(pass, all) {
                // Rounded down: only what has no failure is whole.
                Some(_) => {
                    let value = u128::from(pass) * u128::from(WHOLE.unsigned_abs()) / u128::from(all);
                    let value = i64::try_from(value).unwrap_or(WHOLE);
                    self.keep(measure, &agency, value, (Some(all), today), failing);
                }
                None => self.lacks(measure, &agency, Why::Nothing),
            }
        }
        self.readings
    }
}
