//! When a task is done: a measure with a threshold, an artefact, or a reviewer's word. A threshold is a condition of the language that rules
//! of quality are written in, over measures by name. What is not measured is never a number: then nobody knows whether the condition holds.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use model::agency::Name;
use model::fault::{Fault, Words};
use model::id::MemberId;
use quality::expression::{Columns, Lane, Program, Type};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::measure::{Measure, Reach, Unit};
use crate::registry::check::{Gathered, check_name, check_text};
use crate::texts;

/// Thresholds of one measure are tried with numbers up to this one, so that none is there that nothing can reach.
const TRIED: u32 = 10_000;
/// Most combinations of what measures may be that a condition is judged by.
const ROWS_MAX: usize = 20_000;

/// When a task is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TaskCondition)]
pub enum Condition {
    /// When what the hub observes says so; and no longer when it says so no more.
    Measure(Threshold),
    /// When a text or a file is there.
    Artefact(Artefact),
    /// When another agency than the one that leads has looked at it and says so.
    Review(Review),
}

/// A condition over measures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskThreshold)]
pub struct Threshold {
    /// The condition: `databases_in_use >= 11`, `duties_met_share = 100`.
    pub expression: String,
    /// What its numbers count: the unit of every measure in it.
    pub unit: Unit,
    /// Of this agency with all below it, and not of the whole country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<MemberId>,
    /// Of this database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
}

/// A text or a file that must be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskArtefact)]
pub struct Artefact {
    /// The number of a text: done when the hub has a directive of that number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The SHA-256 of a file, in hexadecimal: done when such a file was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// What a reviewer is to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaskReview)]
pub struct Review {
    /// What must be so.
    pub asks: Name,
}

/// The ways of knowing whether a task is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TaskWay)]
pub(crate) enum Way {
    /// It is measured.
    Measure,
    /// A text or a file is there or not.
    Artefact,
    /// Somebody else looks at it.
    Review,
}

impl Way {
    pub(crate) const ALL: [Self; 3] = [Self::Measure, Self::Artefact, Self::Review];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Measure => "measure",
            Self::Artefact => "artefact",
            Self::Review => "review",
        }
    }
}

/// What is known of a condition that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TaskVerdict)]
pub(crate) enum Verdict {
    /// It holds.
    Met,
    /// It does not.
    Unmet,
    /// Nobody knows: something of it is not measured.
    NotMeasured,
}

impl Verdict {
    pub(crate) const ALL: [Self; 3] = [Self::Met, Self::Unmet, Self::NotMeasured];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Unmet => "unmet",
            Self::NotMeasured => "not_measured",
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.word() == word)
    }
}

impl Condition {
    pub(crate) fn way(&self) -> Way {
        match self {
            Self::Measure(_) => Way::Measure,
            Self::Artefact(_) => Way::Artefact,
            Self::Review(_) => Way::Review,
        }
    }

    /// Whether it can be known at all.
    pub(crate) fn check(&self, subject: (&str, &str)) -> Result<(), Fault> {
        let mut gathered = Gathered::default();
        match self {
            Self::Measure(threshold) => {
                if let Err(why) = threshold.read() {
                    gathered.wrong(subject, "measure.expression", why);
                }
                let both = threshold.agency.is_some() && threshold.database.is_some();
                gathered.must(!both, subject, "measure.database", texts::condition_of_two);
            }
            Self::Artefact(Artefact { number, sha256 }) => {
                let one = number.is_some() != sha256.is_some();
                gathered.must(one, subject, "artefact", texts::condition_artefact);
                if let Some(number) = number {
                    gathered.take("artefact.number", check_text(subject, "number", number))?;
                }
                let is_digest = |text: &String| {
                    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
                };
                let fits = sha256.as_ref().is_none_or(is_digest);
                gathered.must(fits, subject, "artefact.sha256", texts::condition_digest);
            }
            Self::Review(review) => {
                gathered.take("review.asks", check_name(subject, &review.asks))?;
            }
        }
        gathered.done()
    }
}

/// A threshold that was read.
pub(crate) struct Reading {
    program: Program,
    measures: BTreeSet<Measure>,
}

impl Threshold {
    /// Reads it.
    ///
    /// # Errors
    /// Why it cannot be a condition: with its place where it is no condition at all, and what a measure is counted in where the unit is
    /// another.
    pub(crate) fn read(&self) -> Result<Reading, Words> {
        let known = |name: &str| Measure::of_name(name).map(|_| Type::Number);
        let program = Program::read(&self.expression, &known)
            .map_err(|error| texts::condition_not_read(error.at, &error.why))?;
        let measures: BTreeSet<Measure> = program.fields().filter_map(Measure::of_name).collect();
        if measures.is_empty() {
            return Err(texts::condition_without_measure());
        }
        for measure in &measures {
            if measure.unit() != self.unit {
                return Err(texts::condition_unit(
                    measure.name(),
                    &measure.unit().words(),
                    &self.unit.words(),
                ));
            }
            if self.database.is_some() && measure.reach() == Reach::Agencies {
                return Err(texts::condition_no_database(measure.name()));
            }
        }
        let reading = Reading { program, measures };
        reading.check_reachable(self.unit)?;
        Ok(reading)
    }
}

impl Reading {
    /// The measures that it names.
    pub(crate) fn measures(&self) -> impl Iterator<Item = Measure> {
        self.measures.iter().copied()
    }

    /// Of one measure: that some number fulfils it, and not every one. 8,000 percent nobody reaches, and below no number nobody stays.
    fn check_reachable(&self, unit: Unit) -> Result<(), Words> {
        let mut measures = self.measures();
        let (Some(only), None) = (measures.next(), measures.next()) else { return Ok(()) };
        let most = if unit.is_bounded() { 100 } else { TRIED };
        let numbers = (0..=most).map(|number| Some(f64::from(number))).collect::<Vec<_>>();
        let rows = numbers.len();
        let columns = Given([(only.name(), Lane::Numbers(numbers))].into());
        let truths = self.program.truths(&columns, rows, 0);
        if !truths.contains(&Some(true)) {
            return Err(texts::condition_unreachable(only.name(), &unit.words()));
        }
        if truths.iter().all(|truth| *truth == Some(true)) {
            return Err(texts::condition_always(only.name()));
        }
        Ok(())
    }

    /// What it comes to by these values, and the values, as they are told. It holds if it does by all that each measure may be; it does not
    /// if it does by none; else, and where a measure has no value at all, nobody knows.
    pub(crate) fn judge(&self, values: &Values, today: Date) -> (Verdict, String) {
        let possible = |measure: Measure| {
            let values = values.get(&measure).map_or(&[][..], Vec::as_slice);
            Some(values).filter(|values| !values.is_empty() && values.iter().all(|value| value.is_finite()))
        };
        let told: Vec<String> = self
            .measures()
            .map(|measure| format!("{} = {}", measure.name(), range(possible(measure))))
            .collect();
        let verdict = self.combined(possible).map_or(Verdict::NotMeasured, |columns| {
            let day = (today - Date::constant(1970, 1, 1)).get_days();
            let rows = columns.values().map(Vec::len).max().unwrap_or_default();
            let lanes = columns.into_iter().map(|(measure, values)| (measure.name(), Lane::Numbers(values)));
            let truths = self.program.truths(&Given(lanes.collect()), rows, day);
            match () {
                () if !truths.is_empty() && truths.iter().all(|truth| *truth == Some(true)) => Verdict::Met,
                () if !truths.is_empty() && truths.iter().all(|truth| *truth == Some(false)) => {
                    Verdict::Unmet
                }
                () => Verdict::NotMeasured,
            }
        });
        (verdict, told.join("; "))
    }

    /// Each combination of what the measures may be, as columns. None: one may be anything, or there are too many.
    fn combined<'a>(
        &self,
        possible: impl Fn(Measure) -> Option<&'a [f64]>,
    ) -> Option<BTreeMap<Measure, Vec<Option<f64>>>> {
        let mut columns: BTreeMap<Measure, Vec<Option<f64>>> = BTreeMap::new();
        let mut rows = 1;
        for measure in self.measures() {
            let values = possible(measure)?;
            rows *= values.len();
            if rows > ROWS_MAX {
                return None;
            }
            // Each row there is once with each value.
            for column in columns.values_mut() {
                *column = column.iter().flat_map(|value| vec![*value; values.len()]).collect();
            }
            let before = rows / values.len();
            columns.insert(measure, (0..before).flat_map(|_| values.iter().copied().map(Some)).collect());
        }
        Some(columns)
    }
}

/// What each measure may be, as far as it is known: one number where it was counted whole. None: it is not measured.
pub(crate) type Values = BTreeMap<Measure, Vec<f64>>;

/// What a measure may be, as it is told.
fn range(possible: Option<&[f64]>) -> String {
    match possible {
        None => "?".to_owned(),
        Some([one]) => told(*one),
        Some(values) => {
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            format!("{}..{}", told(least), told(most))
        }
    }
}

/// A number as it is told: two digits behind the point where it has any.
fn told(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

/// Values by the names of measures.
struct Given(BTreeMap<&'static str, Lane<'static>>);

impl Columns for Given {
    fn lane(&self, field: &str) -> Option<&Lane<'_>> {
        self.0.get(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threshold(expression: &str, unit: Unit) -> Threshold {
        Threshold { expression: expression.to_owned(), unit, agency: None, database: None }
    }

    /// Over every measure and every unit: only its own is taken, and what it comes to where it is not measured is never that it holds or
    /// does not, however it is asked.
    #[test]
    fn a_threshold_is_taken_in_its_own_unit_and_says_nothing_of_what_is_not_measured() {
        let units = [
            Unit::Databases,
            Unit::Services,
            Unit::Agencies,
            Unit::Duties,
            Unit::Defects,
            Unit::Incidents,
            Unit::Nodes,
            Unit::Percent,
            Unit::Points,
        ];
        let today = Date::constant(2026, 11, 30);
        for measure in Measure::ALL {
            let name = measure.name();
            for unit in units {
                let read = threshold(&format!("{name} >= 1"), unit).read();
                assert_eq!(read.is_ok(), unit == measure.unit(), "{name} {unit:?}");
            }
            for asked in [
                "{} = 0",
                "{} < 5",
                "not ({} >= 5)",
                "{} is null or {} < 2",
                "not ({} is not null) or {} = 1",
            ] {
                let reading = threshold(&asked.replace("{}", name), measure.unit()).read().unwrap();
                for values in [vec![], vec![f64::NAN], vec![f64::INFINITY]] {
                    let (verdict, told) = reading.judge(&[(*measure, values)].into(), today);
                    assert_eq!((verdict, told), (Verdict::NotMeasured, format!("{name} = ?")), "{asked}");
                }
                let (verdict, _) = reading.judge(&[(*measure, vec![0.0])].into(), today);
                assert_ne!(verdict, Verdict::NotMeasured, "{asked}: zero was measured");
                // What was counted in part is known as far as all that it may be says the same.
                let of = |value: f64| reading.judge(&[(*measure, vec![value])].into(), today).0;
                for (least, most) in [(0, 3), (0, 9), (3, 4), (5, 9), (1, 1)] {
                    let all: Vec<f64> = (least..=most).map(f64::from).collect();
                    let each: BTreeSet<&str> = all.iter().map(|value| of(*value).word()).collect();
                    let (verdict, _) = reading.judge(&[(*measure, all)].into(), today);
                    let expected = if each.len() == 1 { *each.first().unwrap() } else { "not_measured" };
                    assert_eq!(verdict.word(), expected, "{asked} {least}..{most}");
                }
            }
            let (verdict, _) = threshold(&format!("{name} >= 1"), measure.unit())
                .read()
                .unwrap()
                .judge(&BTreeMap::new(), today);
            assert_eq!(verdict, Verdict::NotMeasured);
        }
    }

    #[test]
    fn what_nothing_reaches_or_everything_fulfils_is_refused_with_its_place() {
        for (expression, unit) in [
            ("reuse_rate >= 8000", Unit::Percent),
            ("quality_score > 100", Unit::Points),
            ("databases_in_use >= 0", Unit::Databases),
            ("databases_in_use < 0", Unit::Databases),
            ("databases_in_use", Unit::Databases),
            ("1 = 1", Unit::Databases),
            ("", Unit::Databases),
            ("databases_in_use >= date '2026-01-01'", Unit::Databases),
            ("databases_dreamt >= 1", Unit::Databases),
            ("databases_in_use >= '11'", Unit::Databases),
        ] {
            assert!(threshold(expression, unit).read().is_err(), "{expression}");
        }
        let why = threshold("databases_in_use >= 11 databases", Unit::Databases).read().err().unwrap();
        assert!(why.en().contains("character 24"), "{}", why.en());
        let of_database =
            Threshold { database: Some("VNDB-013".into()), ..threshold("duties_met >= 1", Unit::Duties) };
        assert!(of_database.read().is_err());
        // Measures of one unit may be set against each other.
        let both = threshold("duties_met >= duties_late * 2", Unit::Duties).read().unwrap();
        let values = |late: &[f64]| {
            BTreeMap::from([(Measure::DutiesMet, vec![4.0]), (Measure::DutiesLate, late.to_vec())])
        };
        let today = Date::constant(2026, 11, 30);
        assert_eq!(
            both.judge(&values(&[2.0]), today),
            (Verdict::Met, "duties_met = 4; duties_late = 2".into())
        );
        assert_eq!(both.judge(&values(&[3.0]), today).0, Verdict::Unmet);
        assert_eq!(both.judge(&values(&[]), today).0, Verdict::NotMeasured);
        assert_eq!(
            both.judge(&values(&[2.0, 3.0]), today),
            (Verdict::NotMeasured, "duties_met = 4; duties_late = 2..3".into())
        );
    }
}
