//! The registry, whatever the kinds of things in it are: what a kind is, how things are found by name and listed by page, what is asked
//! of all of them, how they are written, and what follows from that.

pub(crate) mod check;
pub(crate) mod index;
pub(crate) mod parts;
pub(crate) mod quota;
pub(crate) mod references;
pub mod write;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use model::directory::Part;
use model::fault::Fault;
use model::id::MemberId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use utoipa::ToSchema;

use crate::audit::right::Right;
use crate::registry::index::Found;
use crate::registry::references::Reference;
use crate::store::{Tx, failed, on};

/// Most things on one page of a list.
pub const PAGE: i64 = 500;

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
#[derive(Debug)]
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
pub(crate) trait Subject:
    Serialize + DeserializeOwned + ToSchema + PartialEq + Sized + Send + Sync
{
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

    /// What it names: that must be there, and stays for as long as it is named.
    fn references(&self) -> Vec<Reference> {
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

/// Makes anew what is derived from the things of a kind: by what they are found and, if they are `saved`, tables beside their own.
/// Nothing that people see changes.
pub(crate) async fn derive_anew<S: Subject>(tx: &mut Tx, saved: bool) -> Result<(), Fault> {
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
            index::keep(tx, &thing).await?;
            references::keep(tx, (S::KIND, &name), &thing.references()).await?;
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
