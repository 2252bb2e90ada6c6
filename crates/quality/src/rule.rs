//! Rules: what is asked of a field or a row, why, how grave it is, and what repairs it.

pub mod code;
mod compile;
mod contract;
mod dictionary;
mod format;
pub mod gate;
pub mod making;
mod members;
mod options;
pub mod placeholder;
mod said;

use std::sync::Arc;

use model::term::Version;
use model::text::tone::Placement;
use model::words::Words;
use serde::Deserialize;

use crate::expression::{Program, Type};
use crate::rule::code::{At, Codes};
use crate::rule::placeholder::Placeholders;
use crate::text::shape::Pattern;
use crate::texts;

pub use compile::Rules;
pub use contract::terms_named;
pub use making::{Field, Materials, Mistake};

/// The six criteria: rules.md, section 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// Đúng.
    Accurate,
    /// Đủ.
    Complete,
    /// Sạch.
    Clean,
    /// Sống.
    Live,
    /// Thống nhất.
    Consistent,
    /// Dùng chung.
    Shared,
}

impl Criterion {
    /// All six, in the order in which they are said.
    pub const ALL: [Self; 6] =
        [Self::Accurate, Self::Complete, Self::Clean, Self::Live, Self::Consistent, Self::Shared];

    /// Its name for machines.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Accurate => "accurate",
            Self::Complete => "complete",
            Self::Clean => "clean",
            Self::Live => "live",
            Self::Consistent => "consistent",
            Self::Shared => "shared",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Accurate => texts::criterion_accurate(),
            Self::Complete => texts::criterion_complete(),
            Self::Clean => texts::criterion_clean(),
            Self::Live => texts::criterion_live(),
            Self::Consistent => texts::criterion_consistent(),
            Self::Shared => texts::criterion_shared(),
        }
    }
}

/// The eight groups of defects: rules.md, section 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Defect {
    /// 1: missing, or a word that stands for nothing.
    Missing,
    /// 2: beyond its range.
    Range,
    /// 3: there more than once.
    Duplicate,
    /// 4: not in its form.
    Format,
    /// 5: leads nowhere.
    Reference,
    /// 6: contradicts another field.
    Contradiction,
    /// 7: stale.
    Stale,
    /// 8: differs from the legal source.
    Differs,
}

impl Defect {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Missing,
        Self::Range,
        Self::Duplicate,
        Self::Format,
        Self::Reference,
        Self::Contradiction,
        Self::Stale,
        Self::Differs,
    ];

    /// Its name for machines.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Range => "range",
            Self::Duplicate => "duplicate",
            Self::Format => "format",
            Self::Reference => "reference",
            Self::Contradiction => "contradiction",
            Self::Stale => "stale",
            Self::Differs => "differs",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Missing => texts::defect_missing(),
            Self::Range => texts::defect_range(),
            Self::Duplicate => texts::defect_duplicate(),
            Self::Format => texts::defect_format(),
            Self::Reference => texts::defect_reference(),
            Self::Contradiction => texts::defect_contradiction(),
            Self::Stale => texts::defect_stale(),
            Self::Differs => texts::defect_differs(),
        }
    }
}

/// How grave a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing: how a tone mark is placed.
    Notice,
    /// To be repaired.
    Warning,
    /// Nobody can rely on the record.
    Serious,
}

impl Severity {
    /// All, the lightest first.
    pub const ALL: [Self; 3] = [Self::Notice, Self::Warning, Self::Serious];

    /// Its name for machines.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Serious => "serious",
        }
    }
}

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its id, unlike all others of its dataset: `so_dinh_danh:format`.
    pub id: String,
    /// Its version: that of the term or of the contract which it comes from.
    pub version: Version,
    /// The field that it is about; none: the rows or their number.
    pub field: Option<String>,
    /// Which criterion it counts for.
    pub criterion: Criterion,
    /// Which defect a failing record has.
    pub defect: Defect,
    /// How grave that is.
    pub severity: Severity,
    /// Where it comes from: a law, the dictionary's term, the contract.
    pub source: String,
    /// What is asked, and what repairs a record that fails.
    pub text: Words,
    /// How it is checked.
    pub check: Check,
    /// What its owner demands of the count, where that is not "none fails".
    pub demand: Option<Demand>,
}

/// What fields hold, as rules read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// A day.
    Date,
    /// A moment.
    Moment,
    /// Yes or no.
    Boolean,
}

impl Kind {
    /// What it is in conditions.
    #[must_use]
    pub fn in_conditions(self) -> Type {
        match self {
            Self::Text => Type::Text,
            Self::Integer | Self::Decimal => Type::Number,
            Self::Date | Self::Moment => Type::Day,
            Self::Boolean => Type::Truth,
        }
    }
}

/// A bound of a range.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Range {
    /// Lowest value, and whether it is itself allowed.
    pub low: Option<(f64, bool)>,
    /// Highest value, and whether it is itself allowed.
    pub high: Option<(f64, bool)>,
}

impl Range {
    /// Whether a number is in it. What is no number is not.
    #[must_use]
    pub fn holds(&self, number: f64) -> bool {
        let above = self.low.is_none_or(|(low, with)| number > low || (with && number == low));
        let below = self.high.is_none_or(|(high, with)| number < high || (with && number == high));
        above && below && !number.is_nan()
    }
}

/// What an id number says of its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// A province of first registration that there was.
    Province,
    /// The year of birth, in this other field.
    BirthYear,
    /// The sex, in this other field.
    Sex,
}

/// What is asked of a text beyond its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Composed letters: Unicode NFC.
    Composed,
    /// Read in its own encoding: no TCVN3, no VNI, nothing that could not be read.
    Encoding,
    /// Đ as Vietnamese writes it (U+0110), not the Icelandic Ð or the African Ɖ.
    LetterD,
    /// Single spaces between words, none at the ends, nothing that cannot be seen.
    Spaces,
    /// Capitals as names have them.
    Case,
    /// Tone marks where the chosen style has them: `hòa` or `hoà`.
    Tone(Placement),
    /// No digits.
    NoDigits,
}

/// How a rule is checked. Names in it are of fields.
#[derive(Debug, Clone)]
pub enum Check {
    /// There is a value.
    Required,
    /// The value is none of those that stand for nothing.
    NotPlaceholder(Arc<Placeholders>),
    /// The value can be read as what the field holds.
    Is(Kind),
    /// So many characters.
    Length {
        /// Fewest.
        low: u32,
        /// Most.
        high: u32,
    },
    /// The whole value matches.
    Format(Pattern),
    /// A tax code whose check digit is right.
    TaxCode,
    /// One of these.
    OneOf(Arc<std::collections::HashSet<String>>),
    /// One of these numbers, however it is written.
    NumberOf(Arc<[f64]>),
    /// None of these: missing by its owner's words.
    NoneOf {
        /// Texts that count as missing; an empty one stands for all that have nothing but spaces.
        values: Arc<std::collections::HashSet<String>>,
        /// Whether nothing at all does, too.
        nulls: bool,
    },
    /// A code that is valid at the record's day.
    Code {
        /// Of this list.
        list: Arc<Codes>,
        /// The record's day.
        at: At,
    },
    /// A code that is, at the record's day, in the one that another field has.
    Within {
        /// Of this list.
        list: Arc<Codes>,
        /// The field with the code above it.
        above: String,
        /// The record's day.
        at: At,
    },
    /// A number within a range.
    Range(Range),
    /// A day or a moment within a range, in microseconds since 1970-01-01 as clocks in Viet Nam show them.
    Span(Range),
    /// No two records have it; with these fields together.
    Unique {
        /// Beside the rule's own field.
        with: Vec<String>,
    },
    /// It is the key of a record elsewhere: digests of all keys there, by the run's own key.
    Reference(Arc<[u64]>),
    /// The id number agrees with what else is known of its person. For [`Says::Province`] there is no other field.
    PersonId {
        /// What it says.
        says: Says,
        /// The field beside it.
        beside: Option<String>,
    },
    /// Not before another field's day.
    NotBefore {
        /// That field.
        earlier: String,
        /// Whether the same day is too early, too.
        strict: bool,
    },
    /// Not the same as another field: a father is not his own child.
    Differs {
        /// That field.
        from: String,
    },
    /// The parent whose id number this is was born so many years before this field's day.
    ParentOlder {
        /// The child's day of birth.
        born: String,
        /// So many years.
        years: i16,
    },
    /// A day that is not to come.
    NotFuture,
    /// Not older than so many days.
    Fresh {
        /// Most days.
        days: i32,
    },
    /// Written down within so many days after it happened.
    Lag {
        /// The field that says when it happened.
        since: String,
        /// Most days.
        days: i32,
    },
    /// Vietnamese as it should be written.
    Written(Asked),
    /// The full name is the family name, the middle name and the given name.
    FullName {
        /// Family name.
        family: String,
        /// Middle name, where there is a field for it.
        middle: Option<String>,
        /// Given name.
        given: String,
    },
    /// A condition that its owner wrote.
    Condition(Arc<Program>),
    /// The number of rows itself.
    Rows,
}

/// What an owner demands of a count: ODCS's operators.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// How the count is compared.
    pub is: Compare,
    /// Whether the count is a share of the rows, in percent.
    pub percent: bool,
}

/// ODCS's comparisons.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Compare {
    /// `mustBe`.
    Is(f64),
    /// `mustNotBe`.
    IsNot(f64),
    /// `mustBeGreaterThan`.
    Above(f64),
    /// `mustBeGreaterOrEqualTo`.
    AtLeast(f64),
    /// `mustBeLessThan`.
    Below(f64),
    /// `mustBeLessOrEqualTo`.
    AtMost(f64),
    /// `mustBeBetween`.
    Between(f64, f64),
    /// `mustNotBeBetween`.
    NotBetween(f64, f64),
}

impl Compare {
    /// Whether a count is as demanded.
    #[must_use]
    pub fn holds(self, count: f64) -> bool {
        match self {
            Self::Is(number) => count == number,
            Self::IsNot(number) => count != number,
            Self::Above(number) => count > number,
            Self::AtLeast(number) => count >= number,
            Self::Below(number) => count < number,
            Self::AtMost(number) => count <= number,
            Self::Between(low, high) => (low..=high).contains(&count),
            Self::NotBetween(low, high) => !(low..=high).contains(&count),
        }
    }
}
