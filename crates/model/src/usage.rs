//! What a node tells the hub of its traffic: counts and times by who called what for what. No bodies, no persons, no keys.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::fault::Class;
use crate::id::{NodeId, ServiceId, SystemId};

/// What a node signs when it signs a report stands before the report's bytes, so that the signature is good for nothing else.
pub const SIGNED_AS: &[u8] = b"lienthong usage report, version 1\n";
/// Largest report.
pub const REPORT_MAX_BYTES: usize = 2 * 1024 * 1024;
/// Most rows in one report: some 500 bytes each, so that a report is well below what the hub reads. What is left goes into the next.
pub const ROWS_MAX: usize = 2000;
/// Most gaps in one report, and most fields of a gap.
pub const GAPS_MAX: usize = 1000;
/// The edition of the rules by which pages and answers count: raised whenever a figure comes to count something else.
pub const RULES: u32 = 1;
/// So far ahead of the hub's clock a report may end: clocks differ.
pub const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// The figures of a node since its last report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Who reports, and signs it.
    pub node: NodeId,
    /// The report's own: its end, in milliseconds. One that was taken is not taken again.
    pub number: u64,
    /// From when: not before the end of any report that counted.
    pub from: Timestamp,
    /// Until when: later than that, and not ahead of the hub's clock.
    pub to: Timestamp,
    /// The program's version.
    pub version: String,
    /// The number of the directory that the node decides from.
    #[serde(default)]
    pub directory: u64,
    /// A newer one that it refuses, so that it goes on with rights that may have been taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<RefusedDirectory>,
    /// The figures.
    pub rows: Vec<Row>,
    /// What datasets of the node cannot give at the end of that time: all of it, or nothing is missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
}

/// A directory that a node does not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusedDirectory {
    /// Its number.
    pub revision: u64,
    /// Our code of the fault.
    pub fault: String,
    /// Since when the node has refused to follow.
    pub since: Timestamp,
}

/// A dataset whose source has not what the contract says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// The dataset.
    pub service: ServiceId,
    /// The fields that cannot be given; without them and without flaws, the source cannot be read at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// What is wrong with records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flaws: Vec<Flaw>,
}

/// What is wrong with records of a dataset. No values, no keys: its owner's own node tells them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flaw {
    /// A field of the dataset's contract; of `gate` the rule that withholds.
    pub field: String,
    /// What: `not_utf8`, `out_of_range`, `unreadable`, `withheld`, `gate`, `key_twice`, `key_empty`, `guessed`.
    pub kind: String,
    /// How many such records were met, as often as they were met.
    pub records: u64,
}

/// The side of an exchange that counted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// The node of the calling system.
    AtConsumer,
    /// The node of the service.
    AtProvider,
}

/// The figures of one system's calls on one service for one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Who counted.
    pub counted: Counted,
    /// Who called.
    pub client: SystemId,
    /// What.
    pub service: ServiceId,
    /// What for; `?` for what is no purpose of the directory.
    pub purpose: String,
    /// What was counted since the last report.
    pub figures: Figures,
}

/// Counts and times, as they are reported and kept. A call that ended with one of our codes is in the counter that the code's first digit
/// names, as it was in the first release, so that reports and stores of all releases are of one meaning. What it came to is not read from
/// that but from the code: [`Figures::outcomes`]. The counters are nobody else's to read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Answered with something.
    #[serde(default)]
    pub answered: u64,
    #[serde(default)]
    empty: u64,
    #[serde(default)]
    rejected: u64,
    #[serde(default)]
    refused: u64,
    #[serde(default)]
    failed: u64,
    /// Our codes of what was not answered with something, counted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub faults: BTreeMap<String, u64>,
    /// How long calls took that were answered, empty or not.
    #[serde(default)]
    pub latency: Latency,
}

/// What a call came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Answered with something.
    Answered,
    /// Answered: there is no such thing.
    Empty,
    /// The call was wrong, or its caller gave it up.
    Rejected,
    /// A rule said no.
    Refused,
    /// A node, the network or the service failed.
    Failed,
}

impl Outcome {
    /// What an answer of a service with this status is.
    #[must_use]
    pub fn of_status(status: u16) -> Self {
        match status {
            ..400 => Self::Answered,
            404 | 410 => Self::Empty,
            400..500 => Self::Rejected,
            _ => Self::Failed,
        }
    }

    /// What a call is that ended with one of our codes, by its class in the list of faults. Of a code that is not in the list a later
    /// release knows more: it is what its counter says.
    #[must_use]
    pub fn of_code(code: &str) -> Self {
        match Class::of(code) {
            Some(Class::Mistake) => Self::Rejected,
            Some(Class::Rule) => Self::Refused,
            Some(Class::Nothing) => Self::Empty,
            Some(Class::Outage) => Self::Failed,
            None => Self::counter_of(code),
        }
    }

    /// The counter that a code is in. Released: it never changes.
    fn counter_of(code: &str) -> Self {
        match code.as_bytes().get(3) {
            Some(b'1') => Self::Rejected,
            Some(b'2') => Self::Refused,
            _ => Self::Failed,
        }
    }
}

/// Calls by what they came to, each in one place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Answered with something.
    pub answered: u64,
    /// Answered: there is no such thing.
    pub empty: u64,
    /// The call was wrong, or its caller gave it up.
    pub rejected: u64,
    /// A rule said no.
    pub refused: u64,
    /// A node, the network or the service failed.
    pub failed: u64,
}

impl Outcomes {
    fn of(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Answered => &mut self.answered,
            Outcome::Empty => &mut self.empty,
            Outcome::Rejected => &mut self.rejected,
            Outcome::Refused => &mut self.refused,
            Outcome::Failed => &mut self.failed,
        }
    }

    /// Adds others to these.
    pub fn merge(&mut self, other: &Self) {
        self.answered = self.answered.saturating_add(other.answered);
        self.empty = self.empty.saturating_add(other.empty);
        self.rejected = self.rejected.saturating_add(other.rejected);
        self.refused = self.refused.saturating_add(other.refused);
        self.failed = self.failed.saturating_add(other.failed);
    }

    /// Of a hundred calls that were to be answered so many were, rounded down; none if none was to be. What a rule refused and what was
    /// wrong was not to be answered, and is no outage.
    #[must_use]
    pub fn percent_answered(&self) -> Option<u64> {
        let good = self.answered.saturating_add(self.empty);
        let all = u128::from(good) + u128::from(self.failed);
        let percent = (u128::from(good) * 100).checked_div(all)?;
        u64::try_from(percent).ok()
    }
}

impl From<Outcomes> for Figures {
    fn from(outcomes: Outcomes) -> Self {
        let Outcomes { answered, empty, rejected, refused, failed } = outcomes;
        Self { answered, empty, rejected, refused, failed, ..Self::default() }
    }
}

impl Figures {
    /// The same calls where others say what they came to: their codes go with them where what is counted and what they came to is one.
    #[must_use]
    pub fn come_to(&self, outcomes: Outcomes) -> Self {
        let stays = |code: &&String| Outcome::counter_of(code) == Outcome::of_code(code);
        let faults = self.faults.iter().filter(|(code, _)| stays(code));
        let faults = faults.map(|(code, count)| (code.clone(), *count)).collect();
        Self { faults, latency: self.latency.clone(), ..outcomes.into() }
    }

    /// Counts a call: what it came to, or the code that it ended with.
    pub fn count(&mut self, outcome: Outcome, code: Option<&str>, micros: u64) {
        let counter = match code.map_or(outcome, Outcome::counter_of) {
            Outcome::Answered => &mut self.answered,
            Outcome::Empty => &mut self.empty,
            Outcome::Rejected => &mut self.rejected,
            Outcome::Refused => &mut self.refused,
            Outcome::Failed => &mut self.failed,
        };
        *counter += 1;
        if matches!(outcome, Outcome::Answered | Outcome::Empty) {
            self.latency.take(micros);
        }
        let Some(code) = code else { return };
        match self.faults.get_mut(code) {
            Some(counted) => *counted += 1,
            None => {
                self.faults.insert(code.to_owned(), 1);
            }
        }
    }

    /// What the calls came to: each code is moved from its counter to where its class belongs.
    #[must_use]
    pub fn outcomes(&self) -> Outcomes {
        let Self { answered, empty, rejected, refused, failed, .. } = *self;
        let mut outcomes = Outcomes { answered, empty, rejected, refused, failed };
        for (code, count) in &self.faults {
            let (counted, is) = (Outcome::counter_of(code), Outcome::of_code(code));
            // No more than there is: a report may name more codes than calls.
            let moved = (*count).min(*outcomes.of(counted));
            *outcomes.of(counted) -= moved;
            let to = outcomes.of(is);
            *to = to.saturating_add(moved);
        }
        outcomes
    }

    /// Adds others to these.
    pub fn merge(&mut self, other: &Self) {
        self.answered = self.answered.saturating_add(other.answered);
        self.empty = self.empty.saturating_add(other.empty);
        self.rejected = self.rejected.saturating_add(other.rejected);
        self.refused = self.refused.saturating_add(other.refused);
        self.failed = self.failed.saturating_add(other.failed);
        for (code, count) in &other.faults {
            let counted = self.faults.entry(code.clone()).or_default();
            *counted = counted.saturating_add(*count);
        }
        self.latency.merge(&other.latency);
    }

    /// All calls.
    #[must_use]
    pub fn calls(&self) -> u64 {
        [self.empty, self.rejected, self.refused, self.failed]
            .into_iter()
            .fold(self.answered, u64::saturating_add)
    }
}

/// How many calls took how long: a count for each span, from a quarter of a millisecond up, each 1.41 times as long as the one before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Latency(Vec<u64>);

impl Latency {
    /// Spans there are: the last begins at eight seconds.
    pub const SPANS: usize = 31;

    /// The end of a span in microseconds: 250 · 2^(n/2).
    fn end(span: usize) -> u64 {
        let whole = 250_u64 << (span / 2).min(40);
        // The half step is √2, as 7071/5000.
        if span.is_multiple_of(2) { whole } else { whole * 7071 / 5000 }
    }

    /// Counts a call that took so long.
    pub fn take(&mut self, micros: u64) {
        let span = (0..Self::SPANS - 1).find(|span| micros < Self::end(*span)).unwrap_or(Self::SPANS - 1);
        if self.0.len() <= span {
            self.0.resize(span + 1, 0);
        }
        if let Some(count) = self.0.get_mut(span) {
            *count += 1;
        }
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len().min(Self::SPANS), 0);
        }
        for (count, more) in self.0.iter_mut().zip(&other.0) {
            *count = count.saturating_add(*more);
        }
    }

    /// The time in microseconds within which this share of the calls was answered, to the end of its span; none if there were none.
    #[must_use]
    pub fn quantile(&self, percent: u64) -> Option<u64> {
        let all: u64 = self.0.iter().fold(0, |sum: u64, count| sum.saturating_add(*count));
        let wanted = (all.saturating_mul(percent).div_ceil(100)).max(1);
        let mut seen: u64 = 0;
        for (span, count) in self.0.iter().enumerate() {
            seen = seen.saturating_add(*count);
            if all > 0 && seen >= wanted {
                return Some(Self::end(span));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fault::ROWS;

    #[test]
    fn spans_rise_by_half_steps() {
        assert_eq!(
            (Latency::end(0), Latency::end(1), Latency::end(2), Latency::end(30)),
            (250, 353, 500, 8_192_000)
        );
        assert!((1..Latency::SPANS).all(|span| Latency::end(span) > Latency::end(span - 1)));
    }

    #[test]
    fn statuses_are_told() {
        assert_eq!(
            [200, 302, 404, 422, 500].map(Outcome::of_status),
            [Outcome::Answered, Outcome::Answered, Outcome::Empty, Outcome::Rejected, Outcome::Failed]
        );
    }

    /// Over all codes, as this release counts them and as an earlier one has: what is refused by rule, wrong or not there is no outage, each
    /// call is in one place, and nothing is told of a code but by its class.
    #[test]
    fn every_code_is_told_by_its_class_whichever_release_has_counted_it() {
        for row in ROWS {
            let outcome = match row.class {
                Class::Mistake => Outcome::Rejected,
                Class::Rule => Outcome::Refused,
                Class::Nothing => Outcome::Empty,
                Class::Outage => Outcome::Failed,
            };
            assert_eq!((Class::of(row.code), Outcome::of_code(row.code)), (Some(row.class), outcome));
            let mut ours = Figures::default();
            (0..3).for_each(|_| ours.count(Outcome::of_code(row.code), Some(row.code), 400));
            // The first release counted by the first digit.
            let counter = match row.code.as_bytes()[3] {
                b'1' => "rejected",
                b'2' => "refused",
                _ => "failed",
            };
            let text = format!("{{\"{counter}\":3,\"faults\":{{\"{}\":3}}}}", row.code);
            let theirs: Figures = serde_json::from_str(&text).unwrap();
            let mut expected = Outcomes::default();
            *expected.of(outcome) = 3;
            for figures in [&ours, &theirs] {
                assert_eq!(figures.outcomes(), expected, "{}", row.code);
                assert_eq!(figures.calls(), 3);
                let mut with_others = figures.clone();
                with_others.merge(&Figures::from(Outcomes { answered: 9, failed: 1, ..Outcomes::default() }));
                let told = with_others.outcomes();
                assert_eq!(told.failed, 1 + expected.failed, "{}", row.code);
                // A rate falls by an outage only.
                let percent = match row.class {
                    Class::Outage => 900 / 13,
                    Class::Nothing => 1200 / 13,
                    Class::Mistake | Class::Rule => 90,
                };
                assert_eq!(told.percent_answered(), Some(percent), "{}", row.code);
            }
            // The first release reads what this one writes, and as it always did.
            let written = serde_json::to_value(&ours).unwrap();
            assert_eq!(
                (&written[counter], &written["faults"][row.code]),
                (&serde_json::json!(3), &serde_json::json!(3))
            );
        }
        let refused = Outcomes { refused: 7, rejected: 2, ..Outcomes::default() };
        assert_eq!(refused.percent_answered(), None, "nothing was to be answered: no 0 % and no 100 %");
    }

    #[test]
    fn codes_of_a_later_release_are_told_by_their_counter_and_no_report_makes_calls_of_codes() {
        assert_eq!(
            ["LT-1999", "LT-2999", "LT-4999", "?"].map(Outcome::of_code),
            [Outcome::Rejected, Outcome::Refused, Outcome::Failed, Outcome::Failed]
        );
        let text = "{\"failed\":2,\"faults\":{\"LT-4108\":900,\"LT-4102\":900}}";
        let hostile: Figures = serde_json::from_str(text).unwrap();
        assert_eq!(hostile.outcomes().empty + hostile.outcomes().failed, hostile.calls());
    }

    #[test]
    fn nothing_measured_has_no_quantile() {
        assert_eq!(Latency::default().quantile(95), None);
    }

    proptest! {
        #[test]
        fn quantiles_are_right_to_a_span_and_merging_is_counting_together(times in prop::collection::vec(0u64..20_000_000, 1..200), cut in 0usize..200) {
            let count = |times: &[u64]| {
                let mut figures = Figures::default();
                times.iter().for_each(|time| figures.count(Outcome::Answered, None, *time));
                times.iter().for_each(|time| figures.count(Outcome::Refused, Some("LT-2104"), *time));
                figures
            };
            let whole = count(&times);
            let (left, right) = times.split_at(cut.min(times.len()));
            let mut merged = count(left);
            merged.merge(&count(right));
            prop_assert_eq!(&merged, &whole);
            let mut sorted = times.clone();
            sorted.sort_unstable();
            let rank = (times.len() * 95).div_ceil(100) - 1;
            let found = whole.latency.quantile(95).unwrap();
            prop_assert!(found >= sorted[rank].min(8_192_000));
            prop_assert!(found <= 353.max(sorted[rank] * 15 / 10), "{} for {}", found, sorted[rank]);
        }
    }
}
