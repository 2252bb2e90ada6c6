//! Code lists as rules ask them: is a code valid at a day, what is above it, what came after it.

use std::collections::HashMap;

use jiff::civil::Date;
use model::codelist::{Code, Crosswalk, Relation};
use model::text::spelling_key;

use crate::distinct::day_number;

/// The day at which a code is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// This one, the same for all records.
    Day(Date),
    /// The one that the record itself has in this field.
    Field(String),
}

/// A code list, by its codes.
#[derive(Debug, Clone, Default)]
pub struct Codes {
    /// Its name in the registry.
    pub id: String,
    meanings: HashMap<Box<str>, Vec<Meaning>>,
    /// Codes that ended, and those after them; the source's choice first.
    after: HashMap<Box<str>, Vec<Next>>,
    /// Names of codes as they are compared, where one name means one code.
    named: HashMap<String, Option<Box<str>>>,
}

#[derive(Debug, Clone)]
struct Meaning {
    from: i32,
    to: i32,
    above: Option<Box<str>>,
}

/// A code in the place of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// The code.
    pub code: Box<str>,
    /// Whether it is the whole of what the old one was.
    pub whole: bool,
    /// Whether the source chooses it where there are several.
    pub default: bool,
}

impl Codes {
    /// A list of these codes.
    #[must_use]
    pub fn new(id: &str, codes: &[Code]) -> Self {
        let mut list = Self { id: id.to_owned(), ..Self::default() };
        for code in codes {
            list.meanings.entry(code.code.as_str().into()).or_default().push(Meaning {
                from: code.valid.valid_from.map_or(i32::MIN, day_number),
                to: code.valid.valid_to.map_or(i32::MAX, day_number),
                above: code.parent.as_deref().map(Into::into),
            });
            for name in [Some(&code.vi), code.en.as_ref()].into_iter().flatten() {
                let known =
                    list.named.entry(spelling_key(name)).or_insert_with(|| Some(code.code.as_str().into()));
                if known.as_deref() != Some(&*code.code) {
                    *known = None;
                }
            }
        }
        list
    }

    /// With the way from its codes to later ones.
    #[must_use]
    pub fn with_walk(mut self, walk: &Crosswalk) -> Self {
        for pair in &walk.pairs {
            let whole = matches!(pair.relation, Relation::Exact | Relation::Narrower);
            let next = self.after.entry(pair.from.as_str().into()).or_default();
            next.push(Next { code: pair.to.as_str().into(), whole, default: pair.default });
            next.sort_by(|a, b| (!a.default, &a.code).cmp(&(!b.default, &b.code)));
        }
        self
    }

    /// Whether a code has a meaning at a day.
    #[must_use]
    pub fn holds(&self, code: &str, day: i32) -> bool {
        self.at(code, day).is_some()
    }

    fn at(&self, code: &str, day: i32) -> Option<&Meaning> {
        self.meanings.get(code)?.iter().find(|meaning| meaning.from <= day && day < meaning.to)
    }

    /// Whether any code means another thing at one day than at the other.
    pub(crate) fn differs(&self, one: i32, other: i32) -> bool {
        let (first, last) = (one.min(other), one.max(other));
        let between = |day: i32| first < day && day <= last;
        self.meanings.values().flatten().any(|meaning| between(meaning.from) || between(meaning.to))
    }

    /// Whether a code ever had one.
    #[must_use]
    pub fn knows(&self, code: &str) -> bool {
        self.meanings.contains_key(code)
    }

    /// Whether a code is in another at a day, or in one that is.
    #[must_use]
    pub fn is_within(&self, code: &str, above: &str, day: i32) -> bool {
        let mut at = self.at(code, day);
        // Provinces, districts, communes; no list is deeper than a handful.
        for _ in 0..8 {
            let Some(parent) = at.and_then(|meaning| meaning.above.as_deref()) else { return false };
            if parent == above {
                return true;
            }
            at = self.at(parent, day);
        }
        false
    }

    /// The codes after one that ended; the source's choice first.
    #[must_use]
    pub fn after(&self, code: &str) -> &[Next] {
        self.after.get(code).map_or(&[], Vec::as_slice)
    }

    /// The one code of this name, compared without case, spaces and the place of tone marks.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&str> {
        self.named.get(&spelling_key(name))?.as_deref()
    }
}
