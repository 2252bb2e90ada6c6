//! The registry as documents: the kinds there are, found by name, listed by page. `apply` changes it, `check` has what all kinds ask
//! of their texts, `api` is its face.

pub mod api;
pub mod apply;
pub(crate) mod check;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use model::agency::{Agency, Node, System};
use model::codelist::{CodeList, Crosswalk};
use model::database::{Database, Duty};
use model::directory::Part;
use model::fault::Fault;
use model::grant::Grant;
use model::id::MemberId;
use model::legal::{LegalBasis, Purpose};
use model::service::Service;
use model::term::Term;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use crate::contract::Contract;
use crate::pack::RulePack;
use crate::right::Right;
use crate::search::{self, Found};
use crate::store::{Tx, failed, on};

/// Most things on one page of a list.
pub const PAGE: i64 = 500;

/// One list, many faces: documents, addresses, tables and commands know the kinds from here. Their order is the one in which
/// tables name one another.
macro_rules! kinds {
    ($($(#[doc = $about:literal])* $kind:ident $plural:literal;)*) => {
        /// One thing in the registry, as a file has it: its `kind`, and its members.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(tag = "kind")]
        pub enum Document {
            $($(#[doc = $about])* $kind(Box<$kind>),)*
        }

        /// The kinds of things that the registry holds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[doc = $about])* $kind,)*
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];
            /// Their words, in the same order.
            const WORDS: &[&'static str] = &[$(<$kind as Subject>::KIND,)*];

            /// The word for it in documents.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$kind => <$kind as Subject>::KIND,)* }
            }

            /// The word for it in addresses.
            #[must_use]
            pub fn plural(self) -> &'static str {
                match self { $(Self::$kind => $plural,)* }
            }

            /// What a list of it may be filtered by.
            #[must_use]
            pub fn filters(self) -> Vec<&'static str> {
                match self { $(Self::$kind => <$kind as Subject>::TABLE.filters.iter().map(|(name, _)| *name).collect(),)* }
            }

            /// The columns of its table, as paths into its JSON.
            #[must_use]
            pub fn columns(self) -> &'static [&'static str] {
                match self { $(Self::$kind => <$kind as Subject>::COLUMNS,)* }
            }
        }

        impl Document {
            /// Its kind.
            #[must_use]
            pub fn kind(&self) -> Kind {
                match self { $(Self::$kind(_) => Kind::$kind,)* }
            }

            /// Its name among its kind.
            #[must_use]
            pub fn name(&self) -> &str {
                match self { $(Self::$kind(thing) => thing.name(),)* }
            }

            /// Its members, without the word for its kind.
            ///
            /// # Errors
            /// [`Fault::Internal`].
            pub fn members(&self) -> Result<Value, Fault> {
                let members = match self { $(Self::$kind(thing) => serde_json::to_value(thing),)* };
                members.map_err(|error| Fault::Internal { why: error.to_string() })
            }

            /// Reads the members of a kind.
            ///
            /// # Errors
            /// As the reader says.
            pub fn read(kind: Kind, members: Value) -> Result<Self, serde_json::Error> {
                Self::of_kind(kind, members)
            }

            fn of_kind<'de, D: Deserializer<'de>>(kind: Kind, members: D) -> Result<Self, D::Error> {
                Ok(match kind { $(Kind::$kind => Self::$kind(Box::new(Deserialize::deserialize(members)?)),)* })
            }
        }

        /// A thing as the registry has it.
        ///
        /// # Errors
        /// [`Fault::StoreFailed`].
        pub async fn load(tx: &mut Tx, kind: Kind, name: &str) -> Result<Option<Document>, Fault> {
            Ok(match kind {
                $(Kind::$kind => <$kind as Subject>::load(tx, name).await?.map(|thing| Document::$kind(Box::new(thing))),)*
            })
        }

        /// A page of a list.
        ///
        /// # Errors
        /// [`Fault::StoreFailed`].
        pub async fn page(tx: &mut Tx, kind: Kind, listing: &Listing) -> Result<Vec<Document>, Fault> {
            Ok(match kind {
                $(Kind::$kind => {
                    let things = <$kind as Subject>::page(tx, listing).await?;
                    things.into_iter().map(|thing| Document::$kind(Box::new(thing))).collect()
                })*
            })
        }

        /// Makes what is derived from what an older program wrote. Nothing that people see changes.
        pub(crate) async fn derive_anew(tx: &mut Tx) -> Result<(), Fault> {
            $(each_anew::<$kind>(tx, DERIVING.contains(&Kind::$kind)).await?;)*
            Ok(())
        }

        /// Calls a generic function for whichever kind a document is.
        macro_rules! with_subject {
            ($document:expr, $thing:ident => $body:expr) => {
                match $document { $($crate::registry::Document::$kind($thing) => $body,)* }
            };
        }
    };
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(OfItsKind)
    }
}

/// Reads a document. Where its kind stands first, as it should, its members go straight to their types: codes are taken as they are
/// written, `012` or `no`, and the reader can say in which line a mistake is. Members before it are kept until the kind is known.
struct OfItsKind;

impl<'de> Visitor<'de> for OfItsKind {
    type Value = Document;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a document with its kind")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let (mut kind, mut members) = (None, Map::new());
        while let Some(name) = map.next_key::<String>()? {
            if name != "kind" {
                if members.insert(name.clone(), map.next_value()?).is_some() {
                    return Err(A::Error::custom(format!("duplicate member `{name}`")));
                }
                continue;
            }
            let word: String = map.next_value()?;
            let known = Kind::ALL.iter().find(|kind| kind.word() == word);
            let known = *known.ok_or_else(|| A::Error::unknown_variant(&word, Kind::WORDS))?;
            if members.is_empty() {
                return Document::of_kind(known, MapAccessDeserializer::new(map));
            }
            if kind.replace(known).is_some() {
                return Err(A::Error::duplicate_field("kind"));
            }
        }
        let kind = kind.ok_or_else(|| A::Error::missing_field("kind"))?;
        Document::read(kind, Value::Object(members)).map_err(A::Error::custom)
    }
}

kinds! {
    /// An agency.
    Agency "agencies";
    /// A system.
    System "systems";
    /// A node.
    Node "nodes";
    /// A service.
    Service "services";
    /// A purpose.
    Purpose "purposes";
    /// A legal basis.
    LegalBasis "bases";
    /// A code list.
    CodeList "codelists";
    /// A cross-walk between code lists.
    Crosswalk "crosswalks";
    /// A term of the dictionary.
    Term "terms";
    /// A contract.
    Contract "contracts";
    /// A database.
    Database "databases";
    /// A duty to share.
    Duty "duties";
    /// A rule pack.
    RulePack "packs";
    /// A grant.
    Grant "grants";
}

pub(crate) use with_subject;

impl Kind {
    /// The kind with this word in addresses.
    #[must_use]
    pub fn of_plural(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.plural() == word)
    }
}

impl Document {
    /// Kind and name, for people.
    #[must_use]
    pub fn subject(&self) -> (&'static str, &str) {
        (self.kind().word(), self.name())
    }
}

/// A row of either database.
pub(crate) trait Row:
    for<'r> sqlx::FromRow<'r, SqliteRow> + for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> Row for T where
    T: for<'r> sqlx::FromRow<'r, SqliteRow> + for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin
{
}

/// Where a kind is kept: what its rows are read from.
pub(crate) struct Table {
    /// The table.
    pub(crate) name: &'static str,
    /// Its key: the thing's name, in order of bytes.
    pub(crate) key: &'static str,
    /// What is read of it.
    pub(crate) columns: &'static str,
    /// What must hold of rows that are there, as SQL; empty: nothing.
    pub(crate) only: &'static str,
    /// What lists may be filtered by: the filter, and its column, which has an index with the key.
    pub(crate) filters: &'static [(&'static str, &'static str)],
}

/// What part of a list is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Only what stands behind this name.
    pub after: String,
    /// So many at most; [`PAGE`] if it is 0.
    pub limit: i64,
    /// Filters, with the value each must have.
    pub filters: Vec<(String, String)>,
}

impl Listing {
    /// Everything behind `after`, [`PAGE`] at most.
    #[must_use]
    pub fn after(after: &str) -> Self {
        Self { after: after.to_owned(), ..Self::default() }
    }

    /// How many are asked for.
    #[must_use]
    pub fn limit(&self) -> i64 {
        if self.limit <= 0 { PAGE } else { self.limit }
    }
}

/// A kind of thing that the registry holds.
pub(crate) trait Subject: Serialize + DeserializeOwned + PartialEq + Sized + Send + Sync {
    /// The word for it in documents.
    const KIND: &'static str;
    /// Where it is kept.
    const TABLE: Table;
    /// The columns of its list as a table: paths into its JSON.
    const COLUMNS: &'static [&'static str];
    /// A row of its table.
    type Row: Row;

    /// Reads a row.
    fn read(row: Self::Row) -> Result<Self, Fault>;

    /// Its name among its kind.
    fn name(&self) -> &str;

    /// What whoever changes it from `old` must be allowed to.
    fn right(&self, old: Option<&Self>) -> Right;

    /// The agencies it is about. Officers of an agency may change it if there is no other among them; if there is none at all,
    /// only officers of the hub may.
    async fn owners(&self, _: &mut Tx) -> Result<Vec<MemberId>, Fault> {
        Ok(Vec::new())
    }

    /// The parts of the directory that it stands in; none: nodes need not know of it.
    fn parts(&self) -> Vec<Part> {
        Vec::new()
    }

    /// By what a search finds it.
    fn found(&self) -> Vec<Found> {
        Vec::new()
    }

    /// As the registry has it.
    async fn load(tx: &mut Tx, name: &str) -> Result<Option<Self>, Fault> {
        one::<Self>(tx, name).await?.map(Self::read).transpose()
    }

    /// A page of its list, in order of names.
    async fn page(tx: &mut Tx, listing: &Listing) -> Result<Vec<Self>, Fault> {
        many::<Self>(tx, listing).await?.into_iter().map(Self::read).collect()
    }

    /// Puts it into the registry, in the place of what has its name.
    async fn save(&self, tx: &mut Tx) -> Result<(), Fault>;

    /// Whether it agrees with itself and with what it names.
    async fn check(&self, tx: &mut Tx) -> Result<(), Fault>;

    /// Takes it out of the registry. What still names it is told.
    async fn remove(&self, tx: &mut Tx) -> Result<(), Fault>;
}

/// The row of that name.
pub(crate) async fn one<S: Subject>(tx: &mut Tx, name: &str) -> Result<Option<S::Row>, Fault> {
    let Table { name: table, key, columns, only, .. } = S::TABLE;
    let and = if only.is_empty() { "" } else { " AND " };
    let sql = format!("SELECT {columns} FROM {table} WHERE {key} = $1{and}{only}");
    // Put together from words of this program; values are bound.
    on!(tx, c => sqlx::query_as(AssertSqlSafe(sql)).bind(name).fetch_optional(&mut **c).await).map_err(failed)
}

/// The rows of a page. A filter that the table does not have matches nothing.
pub(crate) async fn many<S: Subject>(tx: &mut Tx, listing: &Listing) -> Result<Vec<S::Row>, Fault> {
    rows::<S, _>(tx, listing, S::TABLE.columns).await
}

async fn rows<S: Subject, R: Row>(tx: &mut Tx, listing: &Listing, columns: &str) -> Result<Vec<R>, Fault> {
    let Table { name: table, key, only, filters, .. } = S::TABLE;
    let mut conditions = format!("{key} > $1");
    for (number, (filter, _)) in (3..).zip(&listing.filters) {
        let Some((_, column)) = filters.iter().find(|(name, _)| name == filter) else {
            return Ok(Vec::new());
        };
        conditions.push_str(&format!(" AND {column} = ${number}"));
    }
    if !only.is_empty() {
        conditions.push_str(" AND ");
        conditions.push_str(only);
    }
    let sql = format!("SELECT {columns} FROM {table} WHERE {conditions} ORDER BY {key} LIMIT $2");
    on!(tx, c => {
        // As above.
        let mut query = sqlx::query_as(AssertSqlSafe(sql)).bind(&listing.after).bind(listing.limit());
        for (_, value) in &listing.filters {
            query = query.bind(value);
        }
        query.fetch_all(&mut **c).await
    })
    .map_err(failed)
}

/// All of a kind that a filter lets through, page by page.
pub(crate) async fn every<S: Subject>(tx: &mut Tx, filters: &[(&str, &str)]) -> Result<Vec<S>, Fault> {
    let filters = filters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut listing = Listing { filters, ..Listing::default() };
    let mut all: Vec<S> = Vec::new();
    loop {
        let page = S::page(tx, &listing).await?;
        let Some(last) = page.last() else { return Ok(all) };
        last.name().clone_into(&mut listing.after);
        all.extend(page);
    }
}

/// What a filter lets through, as far as it can be read, and the names of what cannot: a row that somebody has spoilt, or that an older
/// program let in, is told and stops nothing else.
///
/// # Errors
/// [`Fault::StoreFailed`] if the store itself does not answer.
pub(crate) async fn readable<S: Subject>(
    tx: &mut Tx,
    filters: &[(&str, &str)],
) -> Result<(Vec<S>, Vec<String>), Fault> {
    if let Ok(all) = every::<S>(tx, filters).await {
        return Ok((all, Vec::new()));
    }
    let filters = filters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut listing = Listing { filters, ..Listing::default() };
    let (mut found, mut spoilt) = (Vec::new(), Vec::new());
    loop {
        let names = names::<S>(tx, &listing).await?;
        let Some(last) = names.last() else { return Ok((found, spoilt)) };
        listing.after.clone_from(last);
        for name in names {
            match S::load(tx, &name).await {
                Ok(thing) => found.extend(thing),
                Err(_) => spoilt.push(name),
            }
        }
    }
}

/// The names of a page.
async fn names<S: Subject>(tx: &mut Tx, listing: &Listing) -> Result<Vec<String>, Fault> {
    let rows: Vec<(String,)> = rows::<S, _>(tx, listing, S::TABLE.key).await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// Kinds from which tables beside their own are filled when they are saved.
const DERIVING: [Kind; 4] = [Kind::Term, Kind::Crosswalk, Kind::Duty, Kind::Grant];

async fn each_anew<S: Subject>(tx: &mut Tx, saved: bool) -> Result<(), Fault> {
    let mut listing = Listing::default();
    loop {
        let names = names::<S>(tx, &listing).await?;
        let Some(last) = names.last() else { return Ok(()) };
        listing.after.clone_from(last);
        for name in names {
            let thing = match S::load(tx, &name).await {
                Ok(Some(thing)) => thing,
                Ok(None) => continue,
                Err(fault) => {
                    tracing::error!(kind = S::KIND, name, reason = %fault, "a row cannot be read and is passed over");
                    continue;
                }
            };
            if saved {
                thing.save(tx).await?;
            }
            search::keep(tx, &thing).await?;
        }
    }
}

/// The tag of one state of a thing: another state has another. By it whoever changes a thing says which state they have seen.
///
/// # Errors
/// [`Fault::Internal`].
pub fn tag(members: &Value) -> String {
    let digest = Sha256::digest(members.to_string());
    BASE64_URL_SAFE_NO_PAD.encode(digest.get(..12).unwrap_or_default())
}
