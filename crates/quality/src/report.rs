//! What leaves a node of a measurement: a report to the hub. It holds what is listed here, made from a state by [`Report::of`], and nothing
//! that is not listed can leave.
//!
//! - Of each rule, rows by outcome: exact, since a key field that fails once must be seen to. They are of all rows and tell no value.
//! - Whatever is told by a value, a length or a unit: only from `least` rows on, and rounded down to a multiple of it. So no such count is of
//!   a few persons. One record more or less moves a count only where it stands just below a step: then by a whole step, and whoever knows
//!   that nothing else changed learns that this record is in the group.
//! - Values themselves: only codes of a list that the rules name, and values of fields that their contract calls public. No keys, no
//!   patterns, no least and greatest values, no digests: a digest with a known key is a question that can be asked of it.
//! - Of a dataset of fewer rows than `least`: that it was measured, and nothing else.

mod read;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use model::id::{NodeId, ServiceId};
use model::term::Version;
use serde::{Deserialize, Serialize};

use crate::defects::{Cause, Dimension, causes};
use crate::rule::{Check, Rules};
use crate::state::State;
use crate::state::measured::Tally;
use crate::state::profile::{Profile, Script};

pub use read::ReportError;

/// The form of the report. One of another form is refused by its number, never read as this one.
pub const FORM: u32 = 1;
/// What a node signs when it signs a report stands before the report's bytes, so that the signature is good for nothing else.
pub const SIGNED_AS: &[u8] = b"lienthong quality report, version 1\n";
/// Largest report: below it stays what [`Report::of`] makes of a dataset with as many rules and fields as there may be.
pub const REPORT_MAX_BYTES: usize = 2 * 1024 * 1024;
/// The least that `least` may be: below it a group is a family.
pub const LEAST: u64 = 5;

/// Groups told of one rule, and of all rules together.
const GROUPS: usize = 50;
const GROUPS_IN_ALL: usize = 4_000;
/// Values told of one field, and of all fields together.
const VALUES: usize = 30;
const VALUES_IN_ALL: usize = 4_000;
/// Lengths told of one field; longer ones are counted together.
const LENGTHS: usize = 32;
/// Units told with their rows: there are 3,321 communes.
const UNITS: usize = 4_000;
/// Longest name of a field or a value, in bytes, and most fields that a source lacks.
const NAME_MAX: usize = 120;
const LACKING_MAX: usize = 1_000;

/// A measurement of a dataset, as far as it leaves its node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Its form: [`FORM`].
    pub form: u32,
    /// Who measured, and signs it.
    pub node: NodeId,
    /// What.
    pub service: ServiceId,
    /// When the run began: not before the end of the last one of this dataset at this node that counted.
    pub from: Timestamp,
    /// When it ended.
    pub to: Timestamp,
    /// The program's version.
    pub version: String,
    /// The contract that the rules are of, with its version: `dan-cu.nguoi@1.0.0`.
    pub contract: String,
    /// The rule pack that says which counts are small.
    pub pack: String,
    /// Counts told by value are multiples of this.
    pub least: u64,
    /// The day at which rules were asked.
    pub day: Date,
    /// Rows that were read.
    pub rows: u64,
    /// Of them, those without a key.
    pub keyless: u64,
    /// Whether only a part of the rows was asked for.
    pub sampled: bool,
    /// Fields of the contract that the source lacks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacking: Vec<String>,
    /// What each rule came to.
    pub rules: Vec<RuleCounts>,
    /// What each field looks like.
    pub fields: Vec<FieldCounts>,
    /// Rows by the unit that recorded them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<Counted>,
}

/// What a rule came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleCounts {
    /// The rule.
    pub rule: String,
    /// In which version.
    pub version: Version,
    /// Rows that pass.
    pub pass: u64,
    /// Rows that fail.
    pub fail: u64,
    /// Rows without a value.
    pub null: u64,
    /// Rows that it is not about.
    pub not_applicable: u64,
    /// What failing rows have in common, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<CauseCounts>,
}

/// What failing rows have in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CauseCounts {
    /// `unit`, `source`, `day`, `value` or `pattern`.
    pub by: String,
    /// How many groups explain them.
    pub groups: u64,
    /// Those that may be told, the largest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<GroupCounts>,
}

/// Failing rows of one unit, day or code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupCounts {
    /// The unit, system, day or code.
    pub name: String,
    /// Failing rows in it.
    pub fails: u64,
    /// All rows in it.
    pub rows: u64,
}

/// A code or a length with its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// The code, or the length as a number.
    pub name: String,
    /// So many rows.
    pub rows: u64,
}

/// What a field looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldCounts {
    /// The field.
    pub field: String,
    /// Rows with a value.
    pub filled: u64,
    /// Rows without.
    pub nulls: u64,
    /// Rows whose text is empty or of spaces only.
    pub blank: u64,
    /// About how many values differ; of a field that is not public in two digits.
    pub distinct: u64,
    /// Rows by length in characters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lengths: Vec<Counted>,
    /// Rows by the signs of their text: `ascii`, `vietnamese`, `foreign`, `apart`, `hidden`, `broken`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scripts: Vec<Counted>,
    /// Values that may be told, the most frequent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Counted>,
}

/// Who has measured what and when: what a report has beside its counts.
#[derive(Debug, Clone)]
pub struct Head {
    /// Who.
    pub node: NodeId,
    /// What.
    pub service: ServiceId,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// The program's version.
    pub version: String,
    /// By which contract.
    pub contract: String,
    /// By which rule pack.
    pub pack: String,
    /// What the pack calls a small count.
    pub least: u64,
    /// Rows without a key.
    pub keyless: u64,
    /// Fields that the source lacks.
    pub lacking: Vec<String>,
}

/// What may be told of values: codes of the lists that rules name, values of fields that are public and have no list.
struct Public<'a> {
    rules: &'a Rules,
    least: u64,
}

impl Public<'_> {
    /// A count as it may be told: none below `least`, and no digit that one row more would change.
    fn count(&self, count: u64) -> u64 {
        count - count % self.least
    }

    /// Whether a list that rules of the field name knows a value; none: there is no such list.
    fn listed(&self, field: &str, value: &str) -> Option<bool> {
        let of_field = self.rules.rules.iter().filter(|rule| rule.field.as_deref() == Some(field));
        let known = of_field.filter_map(|rule| match &rule.check {
            Check::Code { list, .. } => Some(list.knows(value)),
            Check::OneOf(values) => Some(values.contains(value)),
            _ => None,
        });
        known.reduce(|one, other| one || other)
    }

    /// Whether anybody may see that this value stands in this field. Of a field with a list only what the list knows: whatever else stands
    /// there may be anything, a name too.
    fn value(&self, field: &str, value: &str) -> bool {
        let is_public = self.rules.fields.iter().any(|known| known.public && known.name == field);
        is_public && self.listed(field, value).unwrap_or(value.len() <= NAME_MAX)
    }

    /// Whether a code may be told of some field: of what a unit or a system is named by, a list must know it.
    fn code(&self, value: &str) -> bool {
        let mut public = self.rules.fields.iter().filter(|field| field.public);
        public.any(|field| self.listed(&field.name, value) == Some(true))
    }

    /// The same of what groups are named by.
    fn group(&self, by: Dimension, field: Option<&str>, name: &str) -> bool {
        match by {
            Dimension::Pattern => false,
            Dimension::Day => name.parse::<Date>().is_ok(),
            Dimension::Value => field.is_some_and(|field| self.value(field, name)),
            Dimension::Unit | Dimension::Source => self.code(name),
        }
    }

    /// Counts by name, the largest first, as far as they may be told.
    fn counted(&self, all: impl Iterator<Item = (String, u64)>, most: usize) -> Vec<Counted> {
        let told = all.map(|(name, rows)| Counted { name, rows: self.count(rows) });
        let mut told: Vec<Counted> = told.filter(|one| one.rows > 0).collect();
        told.sort_by(|a, b| b.rows.cmp(&a.rows).then_with(|| a.name.cmp(&b.name)));
        told.truncate(most);
        told
    }
}

impl Report {
    /// What of a state leaves its node.
    #[must_use]
    pub fn of(state: &State, rules: &Rules, head: Head) -> Self {
        let public = Public { rules, least: head.least.max(LEAST) };
        let few = state.rows < public.least;
        let lacking = head.lacking.into_iter().filter(|name| rules.fields.iter().any(|of| of.name == *name));
        let mut report = Self {
            form: FORM,
            node: head.node,
            service: head.service,
            from: head.from,
            to: head.to,
            version: head.version,
            contract: head.contract,
            pack: head.pack,
            least: public.least,
            day: state.as_of,
            rows: if few { 0 } else { state.rows },
            keyless: if few { 0 } else { head.keyless },
            sampled: state.sampled,
            lacking: lacking.take(LACKING_MAX).collect(),
            rules: Vec::new(),
            fields: Vec::new(),
            units: Vec::new(),
        };
        if few {
            return report;
        }
        report.rules = rule_counts(state, &public);
        report.fields = field_counts(state, &public);
        if let Some(units) = state.causes.get(&Dimension::Unit) {
            let known = units.top(usize::MAX).into_iter().filter(|unit| public.code(unit.text));
            report.units = public.counted(known.map(|unit| (unit.text.to_owned(), unit.count)), UNITS);
        }
        report
    }

    /// Whether its dataset has so few rows that nothing of it may be told.
    #[must_use]
    pub fn is_of_few(&self) -> bool {
        self.rows < self.least
    }
}

fn rule_counts(state: &State, public: &Public<'_>) -> Vec<RuleCounts> {
    // In the order of what repair gains, so that what finds no room gains least.
    let mut room = GROUPS_IN_ALL;
    let mut told: BTreeMap<String, CauseCounts> = BTreeMap::new();
    for cause in causes(state) {
        let Some(mut counts) = cause_counts(&cause, state, public) else { continue };
        counts.told.truncate(room.min(GROUPS));
        room -= counts.told.len();
        told.insert(cause.rule, counts);
    }
    let known = state.rules.iter().filter(|(id, _)| public.rules.rule(id).is_some());
    known
        .map(|(id, measured)| {
            let Tally { pass, fail, null, not_applicable } = measured.tally();
            let (rule, version) = (id.clone(), measured.version);
            RuleCounts { rule, version, pass, fail, null, not_applicable, cause: told.remove(id) }
        })
        .collect()
}

fn cause_counts(cause: &Cause, state: &State, public: &Public<'_>) -> Option<CauseCounts> {
    let by = cause.dimension?;
    let field = state.rules.get(&cause.rule)?.field.as_deref();
    let may = cause.groups.iter().filter(|group| public.group(by, field, &group.name));
    let told = may.map(|group| GroupCounts {
        name: group.name.clone(),
        fails: public.count(group.fails),
        rows: public.count(group.rows),
    });
    let told: Vec<GroupCounts> = told.filter(|group| group.fails > 0).collect();
    // How many groups there are says how many of them are small, so it is told of those that are not.
    let groups = cause.groups.iter().filter(|group| public.count(group.fails) > 0).count() as u64;
    (groups > 0).then(|| CauseCounts { by: by.word().to_owned(), groups, told })
}

fn field_counts(state: &State, public: &Public<'_>) -> Vec<FieldCounts> {
    let mut room = VALUES_IN_ALL;
    let known =
        state.fields.iter().filter(|(name, _)| public.rules.fields.iter().any(|of| of.name == **name));
    known
        .map(|(name, profile)| {
            let mut counts = profile_counts(name, profile, public);
            counts.values.truncate(room.min(VALUES));
            room -= counts.values.len();
            counts
        })
        .collect()
}

fn profile_counts(name: &str, profile: &Profile, public: &Public<'_>) -> FieldCounts {
    let lengths = profile.lengths.iter().map(|(length, rows)| (length.to_string(), *rows));
    let scripts = Script::ALL.into_iter().zip(profile.scripts);
    let scripts = scripts.map(|(script, rows)| (script.word().to_owned(), rows));
    let values = profile.values.top(usize::MAX).into_iter().filter(|value| public.value(name, value.text));
    FieldCounts {
        field: name.to_owned(),
        filled: profile.filled,
        nulls: profile.nulls,
        blank: public.count(profile.blank),
        distinct: if profile.public {
            whole(profile.distinct.estimate())
        } else {
            two_digits(profile.distinct.estimate())
        },
        lengths: public.counted(lengths, LENGTHS),
        scripts: public.counted(scripts, Script::ALL.len()),
        values: public.counted(values.map(|value| (value.text.to_owned(), value.count)), VALUES),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate of a number of values"
)]
fn whole(number: f64) -> u64 {
    number.max(0.0).round() as u64
}

/// A number in two digits: what one value more would change is not among them.
fn two_digits(number: f64) -> u64 {
    let number = whole(number);
    let mut unit = 10;
    while number / unit >= 100 {
        unit *= 10;
    }
    (number + unit / 2) / unit * unit
}
