//! Rule packs of assessments: what is asked of whom, by which law, from when to when. Data in TOML; each version is a pack of its own.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use model::agency::Name;
use model::words::Words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::canonical;
use crate::evidence::Class;
use crate::measure::Measure;
use crate::period::{Cycle, Period};
use crate::quantity::{Quantity, Unit, WHOLE, rounded};
use crate::texts;

/// Largest pack, in bytes.
pub const BYTES_MAX: usize = 512 * 1024;
/// Most criteria of a pack.
const CRITERIA_MAX: usize = 500;
/// The packs that the program ships, by name of file: `data/packs/assess/`.
pub const SHIPPED: [(&str, &str); 6] = [
    ("lienthong-30", include_str!("../../../data/packs/assess/lienthong-30.toml")),
    ("chiase-278", include_str!("../../../data/packs/assess/chiase-278.toml")),
    ("dulieu-2439", include_str!("../../../data/packs/assess/dulieu-2439.toml")),
    ("kientruc-3090", include_str!("../../../data/packs/assess/kientruc-3090.toml")),
    ("kientruc-4.0", include_str!("../../../data/packs/assess/kientruc-4.0.toml")),
    ("thutuc-66.7", include_str!("../../../data/packs/assess/thutuc-66.7.toml")),
];

/// What is asked of agencies, in one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AssessPack)]
pub struct Pack {
    /// The word that says what this is.
    kind: String,
    /// Name and version: `lienthong-30@1`.
    pub id: String,
    /// In both languages.
    pub name: Name,
    /// Where it comes from, in both languages.
    pub source: Name,
    /// Whether that is known second-hand only. Never to be shown as official then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second_hand: bool,
    /// Whether weights and bounds are ours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assumed: bool,
    /// How long its periods are.
    pub cycle: Cycle,
    /// The first day of the first period that it judges.
    pub effective_from: Date,
    /// The day from which on it judges none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<Date>,
    /// What evidence counts by its class, in hundredths.
    pub factors: BTreeMap<Class, u32>,
    /// What levels above the first ask for.
    pub levels: Vec<Level>,
    /// Groups of peers; an agency is of the first that it fits.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// What is asked.
    pub criteria: Vec<Criterion>,
}

/// What a level asks for, beside its gates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AssessLevel)]
pub struct Level {
    /// 2 to 5.
    pub level: u8,
    /// Coverage, at least.
    #[schema(value_type = String)]
    pub coverage: Quantity,
    /// What was observed, at least.
    #[schema(value_type = String)]
    pub observed: Quantity,
}

/// Agencies that are compared with one another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PeerGroup)]
pub struct Group {
    /// Its code.
    pub id: String,
    /// In both languages.
    pub name: Name,
    /// Facts of which all hold of its agencies.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub all: BTreeSet<String>,
    /// Facts of which one at least holds; none: nothing is asked.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub any: BTreeSet<String>,
}

/// A layer of the architecture framework.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AssessLayer)]
pub enum Layer {
    /// Infrastructure and security.
    Infrastructure,
    /// Data and core platforms.
    Data,
    /// Applications.
    Application,
    /// Channels and measurement.
    Channel,
    /// All of them.
    All,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AssessCriterion)]
pub struct Criterion {
    /// Its code.
    pub id: String,
    /// In both languages.
    pub name: Name,
    /// The rule, down to the point as far as it is known.
    pub citation: String,
    /// Whether that is known second-hand only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second_hand: bool,
    /// The layer.
    pub layer: Layer,
    /// The measure that shows it.
    pub measure: String,
    /// It is met from here up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub at_least: Option<Quantity>,
    /// It is met up to here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub at_most: Option<Quantity>,
    /// From here on it counts nothing, and in between a part; none: all or nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub zero_at: Option<Quantity>,
    /// What it weighs.
    pub weight: u32,
    /// The level from which on it must be met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<u8>,
    /// Evidence that is older counts as none, in days.
    pub fresh_days: u32,
    /// The last day on which it is no failure that nothing was measured; none: it never is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace: Option<Date>,
    /// Facts that all hold of those who are asked.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub applies: BTreeSet<String>,
    /// Facts of which none does.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unless: BTreeSet<String>,
    /// What whoever fails it should do, in both languages.
    pub fix: Name,
}

/// Why a text is no pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.en())]
pub struct BadPack(pub Words);

impl Pack {
    /// The packs that the program ships, in their order.
    ///
    /// # Errors
    /// None, as a test holds.
    pub fn shipped() -> Result<Vec<Self>, BadPack> {
        SHIPPED.iter().map(|(_, text)| Self::read(text)).collect()
    }

    /// A pack of TOML.
    ///
    /// # Errors
    /// [`BadPack`] with the first mistake.
    pub fn read(text: &str) -> Result<Self, BadPack> {
        if text.len() > BYTES_MAX {
            return Err(BadPack(texts::pack_too_large(BYTES_MAX)));
        }
        let pack: Self =
            toml::from_str(text).map_err(|error| BadPack(texts::pack_unread(&error.to_string())))?;
        pack.checked()
    }

    /// The same, if it agrees with itself.
    ///
    /// # Errors
    /// [`BadPack`] with the first mistake.
    pub fn checked(self) -> Result<Self, BadPack> {
        match self.mistake() {
            Some(why) => Err(BadPack(why)),
            None => Ok(self),
        }
    }

    fn mistake(&self) -> Option<Words> {
        let factors: Vec<u32> = Class::ALL.iter().map(|class| self.factor(*class)).collect();
        let begins = Period::of(self.cycle, self.effective_from).first() == self.effective_from;
        let levels = self.levels.iter().map(|level| (level.coverage.value, level.observed.value));
        let levels_rise = levels.collect::<Vec<_>>().windows(2).all(|pair| match pair {
            [(coverage, observed), (more, better)] => coverage <= more && observed <= better,
            _ => true,
        });
        let levels_known = self.levels.iter().zip(2_u8..).all(|(level, number)| level.level == number)
            && self.levels.len() <= 4
            && self
                .levels
                .iter()
                .all(|level| level.coverage.unit == Unit::Share && level.observed.unit == Unit::Share);
        let whole = [
            (self.kind != "AssessPack", texts::pack_kind()),
            (!is_versioned(&self.id), texts::pack_id()),
            (!begins, texts::pack_begins()),
            (self.effective_to.is_some_and(|end| end <= self.effective_from), texts::pack_ends()),
            (
                factors.iter().any(|factor| !(1..=100).contains(factor))
                    || !factors.is_sorted_by(|a, b| a >= b),
                texts::pack_factors(),
            ),
            (!levels_rise || !levels_known, texts::pack_levels()),
            (!(1..=CRITERIA_MAX).contains(&self.criteria.len()), texts::pack_empty()),
        ];
        let mut seen = BTreeSet::new();
        let twice = |criterion: &Criterion| {
            (!seen.insert(criterion.id.clone())).then(|| texts::criterion_twice(&criterion.id))
        };
        whole
            .into_iter()
            .find_map(|(wrong, why)| wrong.then_some(why))
            .or_else(|| self.criteria.iter().find_map(Criterion::mistake))
            .or_else(|| self.criteria.iter().find_map(twice))
    }

    /// What evidence of a class counts, in hundredths; nothing where the pack does not say.
    #[must_use]
    pub fn factor(&self, class: Class) -> u32 {
        self.factors.get(&class).copied().unwrap_or_default()
    }

    /// Its name without its version.
    #[must_use]
    pub fn family(&self) -> &str {
        self.id.split_once('@').map_or(self.id.as_str(), |(family, _)| family)
    }

    /// Whether it judges a period: all of it lies within its time.
    #[must_use]
    pub fn judges(&self, period: Period) -> bool {
        period.cycle() == self.cycle
            && self.effective_from <= period.first()
            && self.effective_to.is_none_or(|end| period.first() < end)
    }

    /// The criterion of that code.
    #[must_use]
    pub fn criterion(&self, id: &str) -> Option<&Criterion> {
        self.criteria.iter().find(|criterion| criterion.id == id)
    }

    /// The group of an agency of which these facts hold.
    #[must_use]
    pub fn group(&self, facts: &BTreeSet<String>) -> Option<&Group> {
        self.groups.iter().find(|group| {
            group.all.is_subset(facts) && (group.any.is_empty() || !group.any.is_disjoint(facts))
        })
    }

    /// Its digest: whoever has the same pack has the same one.
    #[must_use]
    pub fn digest(&self) -> String {
        // Nothing in a pack is without a canonical text: members are texts, whole numbers and lists of those.
        canonical::digest(self).unwrap_or_default()
    }
}

impl Criterion {
    fn mistake(&self) -> Option<Words> {
        let id = &self.id;
        let is_code = (1..=60).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !is_code {
            return Some(texts::criterion_id(id));
        }
        let Some(measure) = Measure::of(&self.measure) else {
            return Some(texts::criterion_measure(id, &self.measure));
        };
        let bounds = [self.at_least, self.at_most, self.zero_at];
        if let Some(other) = bounds.into_iter().flatten().find(|bound| bound.unit != measure.unit) {
            return Some(texts::criterion_unit(id, other, measure.name));
        }
        let zero_is_beyond = match (self.at_least, self.at_most, self.zero_at) {
            (_, _, None) => true,
            (Some(least), _, Some(zero)) => zero.value < least.value,
            (None, Some(most), Some(zero)) => zero.value > most.value,
            (None, None, Some(_)) => false,
        };
        let texts_there = [&self.name.vi, &self.name.en, &self.citation, &self.fix.vi, &self.fix.en];
        let wrong = [
            (self.at_least.is_some() == self.at_most.is_some(), texts::criterion_bound(id)),
            (!zero_is_beyond, texts::criterion_zero(id)),
            (!(1..=1000).contains(&self.weight), texts::criterion_weight(id)),
            (self.gate.is_some_and(|gate| !(2..=5).contains(&gate)), texts::criterion_gate(id)),
            (self.grace.is_some() && !measure.seen, texts::criterion_grace(id)),
            (texts_there.iter().any(|text| text.trim().is_empty()), texts::criterion_text(id)),
        ];
        wrong.into_iter().find_map(|(wrong, why)| wrong.then_some(why))
    }

    /// Whether it is asked of an agency of which these facts hold.
    #[must_use]
    pub fn is_asked(&self, facts: &BTreeSet<String>) -> bool {
        self.applies.is_subset(facts) && self.unless.is_disjoint(facts)
    }

    /// Whether a value meets it.
    #[must_use]
    pub fn is_met(&self, value: i64) -> bool {
        self.at_least.is_none_or(|least| value >= least.value)
            && self.at_most.is_none_or(|most| value <= most.value)
    }

    /// What a value counts, from nothing to [`WHOLE`].
    #[must_use]
    pub fn result(&self, value: i64) -> i64 {
        let bound = self.at_least.or(self.at_most).map_or(0, |bound| bound.value);
        match self.zero_at {
            _ if self.is_met(value) => WHOLE,
            None => 0,
            Some(zero) => {
                let way = i128::from(bound) - i128::from(zero.value);
                let gone = i128::from(value) - i128::from(zero.value);
                // Both point the same way between zero and bound, otherwise the value lies beyond zero.
                let (way, gone) = if way < 0 { (-way, -gone) } else { (way, gone) };
                rounded(gone.max(0) * i128::from(WHOLE), way).unwrap_or_default().min(WHOLE - 1)
            }
        }
    }
}

/// Whether it is a name and a number: `lienthong-30@1`.
fn is_versioned(id: &str) -> bool {
    let is_name = |name: &str| {
        (1..=60).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte))
    };
    id.split_once('@').is_some_and(|(name, version)| {
        is_name(name)
            && version.parse::<u32>().is_ok_and(|number| number > 0 && number.to_string() == version)
    })
}
