//! What is collected twice (R19): fields that several databases hold, found by the term they are bound to and by their names.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::fault::Fault;
use serde::Serialize;
use utoipa::ToSchema;

use crate::catalogue::contract::folded;
use crate::store::{Tx, all};

/// A field that more databases hold than this makes no pairs: it is told of by itself. What every database needs, as an identifier, is
/// no second collection.
const COMMON: usize = 50;
/// Most pairs of one answer.
const PAIRS: usize = 500;

/// What databases have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Overlaps {
    /// Pairs of databases, those that share the largest part of the smaller one first.
    pub(crate) pairs: Vec<Pair>,
    /// Fields that so many databases hold that they were left out of the pairs, and how many do.
    pub(crate) common: BTreeMap<String, usize>,
    /// How many databases have fields in the registry at all; of the others nothing is known.
    pub(crate) databases: usize,
    /// Whether there are more pairs.
    pub(crate) more: bool,
}

/// Two databases that hold the same.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Overlap)]
pub(crate) struct Pair {
    /// One database.
    pub(crate) a: String,
    /// The other.
    pub(crate) b: String,
    /// Terms that fields of both are bound to.
    pub(crate) terms: BTreeSet<String>,
    /// Names that fields of both have, though at least one of them is bound to no term.
    pub(crate) names: BTreeSet<String>,
    /// Fields of the first, and of the other.
    #[schema(value_type = Vec<usize>, min_items = 2, max_items = 2)]
    pub(crate) fields: (usize, usize),
    /// The part of the first one's fields that the other has, in percent; and the other way round.
    #[schema(value_type = Vec<u8>, min_items = 2, max_items = 2)]
    pub(crate) percent: (u8, u8),
}

impl Eq for Pair {}

/// What a database holds: its fields by folded name, each with its term if it is bound to one.
type Fields = BTreeMap<String, Option<String>>;

/// What databases have in common: all of them, or one with all others.
pub(crate) async fn find(tx: &mut Tx, database: Option<&str>) -> Result<Overlaps, Fault> {
    let rows: Vec<(String, String, Option<String>)> = all!(
        tx,
        "SELECT DISTINCT d.database_id, f.part, f.term FROM found f
         JOIN service s ON s.id = f.subject JOIN database_system d ON d.system = s.system WHERE f.kind = 'Field'"
    )?;
    let mut databases: BTreeMap<String, Fields> = BTreeMap::new();
    for (database, field, term) in rows {
        let known = databases.entry(database).or_default().entry(folded(&field)).or_default();
        *known = known.take().or(term);
    }
    Ok(compare(&databases, database))
}

fn compare(databases: &BTreeMap<String, Fields>, only: Option<&str>) -> Overlaps {
    // Who holds a term, who holds a name.
    let mut holders: HashMap<Key<'_>, BTreeSet<&str>> = HashMap::new();
    for (database, fields) in databases {
        for (name, term) in fields {
            holders.entry(Key::Name(name)).or_default().insert(database);
            if let Some(term) = term {
                holders.entry(Key::Term(term)).or_default().insert(database);
            }
        }
    }
    let mut common = BTreeMap::new();
    let mut shared: BTreeMap<(&str, &str), Shared> = BTreeMap::new();
    for (key, holders) in &holders {
        if holders.len() > COMMON && only.is_none() {
            common.insert(key.text().to_owned(), holders.len());
            continue;
        }
        for a in holders {
            for b in holders.range::<str, _>((std::ops::Bound::Excluded(*a), std::ops::Bound::Unbounded)) {
                if only.is_some_and(|only| only != *a && only != *b) {
                    continue;
                }
                let Shared { terms, names } = shared.entry((a, b)).or_default();
                match key {
                    Key::Term(term) => drop(terms.insert((*term).to_owned())),
                    // Where both are bound, their terms say whether it is the same.
                    Key::Name(name) if bound(databases, a, name) && bound(databases, b, name) => {}
                    Key::Name(name) => drop(names.insert((*name).to_owned())),
                }
            }
        }
    }
    let pair = |((a, b), Shared { terms, names }): ((&str, &str), Shared)| {
        let count = |database: &str| databases.get(database).map_or(0, BTreeMap::len);
        let of = |database: &str| {
            let fields = databases.get(database);
            let same = fields.into_iter().flatten().filter(|(name, term)| {
                names.contains(*name) || term.as_ref().is_some_and(|term| terms.contains(term))
            });
            percent(same.count(), count(database))
        };
        Pair {
            percent: (of(a), of(b)),
            fields: (count(a), count(b)),
            a: a.to_owned(),
            b: b.to_owned(),
            terms,
            names,
        }
    };
    let some = shared.into_iter().filter(|(_, shared)| !shared.terms.is_empty() || !shared.names.is_empty());
    let mut pairs: Vec<Pair> = some.map(pair).collect();
    let most = |pair: &Pair| (pair.percent.0.max(pair.percent.1), pair.terms.len() + pair.names.len());
    pairs.sort_by(|one, other| {
        most(other).cmp(&most(one)).then_with(|| (&one.a, &one.b).cmp(&(&other.a, &other.b)))
    });
    let more = pairs.len() > PAIRS;
    pairs.truncate(PAIRS);
    Overlaps { pairs, common, databases: databases.len(), more }
}

/// What two databases share.
#[derive(Default)]
struct Shared {
    terms: BTreeSet<String>,
    names: BTreeSet<String>,
}

#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Term(&'a str),
    Name(&'a str),
}

impl Key<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Term(text) | Self::Name(text) => text,
        }
    }
}

fn bound(databases: &BTreeMap<String, Fields>, database: &str, name: &str) -> bool {
    databases.get(database).and_then(|fields| fields.get(name)).is_some_and(Option::is_some)
}

/// Whole percent, rounded down.
fn percent(part: usize, whole: usize) -> u8 {
    (part * 100).checked_div(whole).and_then(|percent| u8::try_from(percent).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(list: &[(&str, &str)]) -> Fields {
        list.iter()
            .map(|(name, term)| ((*name).into(), Some((*term).to_owned()).filter(|term| !term.is_empty())))
            .collect()
    }

    #[test]
    fn what_is_collected_twice_is_found_by_term_and_by_name() {
        let databases = BTreeMap::from([
            (
                "dan-cu".to_owned(),
                fields(&[("hoten", "ID-001"), ("ngaysinh", "ID-003"), ("quequan", ""), ("anh", "")]),
            ),
            // The same under another name; the same name without a term; the same name for something else.
            ("ho-tich".to_owned(), fields(&[("hovaten", "ID-001"), ("quequan", "")])),
            ("dat-dai".to_owned(), fields(&[("hoten", "LA-009"), ("thua", "LA-001")])),
        ]);
        let found = compare(&databases, None);
        assert_eq!((found.pairs.len(), found.databases), (1, 3));
        let pair = &found.pairs[0];
        assert_eq!((pair.a.as_str(), pair.b.as_str(), pair.percent), ("dan-cu", "ho-tich", (50, 100)));
        assert_eq!((pair.terms.len(), pair.names.iter().next().map(String::as_str)), (1, Some("quequan")));
        assert!(compare(&databases, Some("dat-dai")).pairs.is_empty());
        assert_eq!(compare(&databases, Some("ho-tich")).pairs, found.pairs);
    }

    #[test]
    fn what_all_hold_makes_no_pairs_but_is_told() {
        let all: BTreeMap<String, Fields> =
            (0..=COMMON).map(|number| (format!("db-{number:03}"), fields(&[("sodinhdanh", "")]))).collect();
        let found = compare(&all, None);
        assert_eq!((found.pairs.len(), found.common["sodinhdanh"]), (0, COMMON + 1));
        assert_eq!(compare(&all, Some("db-000")).pairs.len(), COMMON);
    }
}
