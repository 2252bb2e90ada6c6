//! The registry, whatever the kinds of things in it are: what a kind is, how things are found by name and listed by page, what is asked
//! of all of them, how they are written, and what follows from that.

pub(crate) mod check;
pub(crate) mod index;
pub(crate) mod lines;
pub mod names;
pub mod order;
pub(crate) mod parts;
pub(crate) mod quota;
pub(crate) mod references;
pub(crate) mod row;
pub(crate) mod story;
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
use utoipa::ToSchema;

use crate::audit::right::Right;
use crate::registry::check::contradictory;
use crate::registry::index::Found;
use crate::registry::order::Order;
use crate::registry::references::Reference;
use crate::registry::row::{Beside, Cell, Columns, Row, text};
use crate::store::{Tx, failed, on, run, to_json};
use crate::texts;

/// Most things on one page of a list.
pub const PAGE: i64 = 500;

/// Where a kind is kept: what its rows are read from.
#[derive(Debug)]
pub(crate) struct Table {
    /// The table.
    pub(crate) name: &'static str,
    /// Its key: the thing's name, in order of bytes.
    pub(crate) key: &'static str,
    /// What is read of it: `entry`, the thing as JSON, or a column for each member.
    pub(crate) columns: &'static str,
    /// What is written when a row is new, and stays.
    pub(crate) once: &'static [&'static str],
    /// What must hold of rows that are there, as SQL; empty: nothing.
    pub(crate) only: &'static str,
    /// What lists may be filtered by: the filter, and what then holds of a row, with `?` for the value. An index answers it.
    pub(crate) filters: &'static [(&'static str, &'static str)],
    /// What lists may be ordered by beside what all are: the column, and the text of a row that the order goes by.
    pub(crate) orders: &'static [(&'static str, &'static str)],
}

impl Table {
    /// Rows that have their thing whole, as JSON. The other columns are for questions of the store, like those that lists are filtered by.
    pub(crate) const OF_ENTRIES: Self =
        Self { name: "", key: "id", columns: "entry", once: &[], only: "", filters: &[], orders: &[] };
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
    /// Words that each thing has: in its own texts, in those of what it names, or in its name.
    pub text: String,
    /// The order; none: that of names.
    pub order: Option<Order>,
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
    /// What whoever changes one must be allowed to.
    const RIGHT: Right;

    /// Reads a row.
    fn read(row: &Row) -> Result<Self, Fault> {
        row.json("entry")
    }

    /// What its row has beside its key and its entry.
    fn row(&self) -> Result<Columns, Fault> {
        Ok(Vec::new())
    }

    /// What other tables have of it.
    fn beside(&self) -> Vec<Beside> {
        Vec::new()
    }

    /// Its name among its kind.
    fn name(&self) -> &str;

    /// The same, where it depends on what it was before.
    fn right(&self, _: Option<&Self>) -> Right {
        Self::RIGHT
    }

    /// What whoever takes one out must be allowed to.
    fn right_to_remove(&self) -> Right {
        self.right(Some(self))
    }

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
        one::<Self>(tx, name).await?.as_ref().map(Self::read).transpose()
    }

    /// A page of its list, in order of names.
    async fn page(tx: &mut Tx, listing: &Listing) -> Result<Vec<Self>, Fault> {
        rows::<Self>(tx, listing, Self::TABLE.columns).await?.iter().map(Self::read).collect()
    }

    /// Whether it may take the place of what was there, which goes if it is in the way.
    async fn follow(&self, _: &mut Tx, _: Option<&Self>) -> Result<(), Fault> {
        Ok(())
    }

    /// Whether it agrees with itself and with what it names.
    async fn check(&self, tx: &mut Tx) -> Result<(), Fault>;

    /// The same, where it was there before and differs in these members only.
    async fn check_changed(&self, tx: &mut Tx, _: &[&str]) -> Result<(), Fault> {
        self.check(tx).await
    }

    /// Whether it may leave the registry, now that nothing names it; and takes away what goes with it.
    async fn leave(&self, _: &mut Tx) -> Result<(), Fault> {
        Ok(())
    }
}

/// The row of that name.
async fn one<S: Subject>(tx: &mut Tx, name: &str) -> Result<Option<Row>, Fault> {
    let Table { name: table, key, columns, only, .. } = S::TABLE;
    let and = if only.is_empty() { "" } else { " AND " };
    let sql = format!("SELECT {columns} FROM {table} WHERE {key} = $1{and}{only}");
    // Put together from words of this program; values are bound.
    on!(tx, c => sqlx::query(AssertSqlSafe(sql)).bind(name).fetch_optional(&mut **c).await.map(|row| row.map(Row::from)))
        .map_err(failed)
}

/// Most words that a list is looked through for; a text of more finds nothing.
const WORDS_MAX: usize = 16;

/// What a listing asks of rows, as SQL, with the values that are bound to its places.
struct Conditions {
    sql: Vec<String>,
    values: Vec<String>,
}

impl Conditions {
    /// The next place, for a value.
    fn place(&mut self, value: impl Into<String>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// What filters and text ask. None: nothing is so, since the table lacks a filter, or no text has such words.
    fn of<S: Subject>(listing: &Listing) -> Option<Self> {
        let Table { name: table, key, only, filters, .. } = S::TABLE;
        let mut asked = Self { sql: Vec::new(), values: Vec::new() };
        for (filter, value) in &listing.filters {
            let (_, condition) = filters.iter().find(|(name, _)| name == filter)?;
            let place = asked.place(value);
            asked.sql.push(condition.replace('?', &place));
        }
        if !only.is_empty() {
            asked.sql.push(only.to_owned());
        }
        if !listing.text.trim().is_empty() {
            let words: Vec<String> = index::words(&listing.text).take(WORDS_MAX + 1).collect();
            if words.is_empty() || words.len() > WORDS_MAX {
                return None;
            }
            let kind = S::KIND;
            for word in words {
                // Words are letters and digits: nothing in them has a meaning for LIKE.
                let (begins, has) = (asked.place(format!("% {word}%")), asked.place(format!("%{word}%")));
                asked.sql.push(format!(
                    "(LOWER({table}.{key}) LIKE {has}
                      OR EXISTS (SELECT 1 FROM found f WHERE f.source_kind = '{kind}' AND f.source = {table}.{key} AND f.part = '' AND ' ' || f.words LIKE {begins})
                      OR EXISTS (SELECT 1 FROM reference r JOIN found f ON f.source_kind = r.to_kind AND f.source = r.to_name AND f.part = ''
                          WHERE r.from_kind = '{kind}' AND r.from_name = {table}.{key} AND ' ' || f.words LIKE {begins}))"
                ));
            }
        }
        Some(asked)
    }

    fn sql(&self) -> String {
        if self.sql.is_empty() { String::new() } else { format!(" WHERE {}", self.sql.join(" AND ")) }
    }
}

/// Orders by names, for kinds that are found by them: as they are read without marks.
pub(crate) const BY_NAME_VI: (&str, &str) = ("name.vi", "key_vi");
pub(crate) const BY_NAME_EN: (&str, &str) = ("name.en", "key_en");

/// The text that an order of a kind goes by, as SQL; none: it has no such order.
fn ordered_by<S: Subject>(column: &str) -> Option<String> {
    let Table { name: table, key, orders, .. } = S::TABLE;
    if column == key {
        return Some(format!("{table}.{key}"));
    }
    let order = orders.iter().find(|(known, _)| *known == column)?;
    let text = if *order == BY_NAME_VI || *order == BY_NAME_EN {
        let (kind, key_of) = (S::KIND, order.1);
        format!(
            "(SELECT f.{key_of} FROM found f WHERE f.kind = '{kind}' AND f.subject = {table}.{key} AND f.part = '')"
        )
    } else {
        order.1.to_owned()
    };
    Some(format!("COALESCE({text}, '')"))
}

/// The columns that lists of a kind may be ordered by.
pub(crate) fn orders_of<S: Subject>() -> Vec<&'static str> {
    let Table { key, orders, .. } = S::TABLE;
    [key].into_iter().chain(orders.iter().map(|(column, _)| *column)).collect()
}

/// How many things a listing is of, on all its pages.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn count<S: Subject>(tx: &mut Tx, listing: &Listing) -> Result<i64, Fault> {
    let Some(asked) = Conditions::of::<S>(listing) else { return Ok(0) };
    let sql = format!("SELECT COUNT(*) AS things FROM {}{}", S::TABLE.name, asked.sql());
    let rows = fetch(tx, sql, &asked.values).await?;
    rows.first().map_or(Ok(0), |row| row.get("things"))
}

/// The rows of a page. What the table does not have, a filter or an order, matches nothing.
async fn rows<S: Subject>(tx: &mut Tx, listing: &Listing, columns: &str) -> Result<Vec<Row>, Fault> {
    let Table { name: table, key, .. } = S::TABLE;
    let Some(mut asked) = Conditions::of::<S>(listing) else { return Ok(Vec::new()) };
    let order = match &listing.order {
        None => {
            let place = asked.place(&listing.after);
            asked.sql.push(format!("{table}.{key} > {place}"));
            format!("{table}.{key}")
        }
        Some(Order { column, descending }) => {
            let Some(by) = ordered_by::<S>(column) else { return Ok(Vec::new()) };
            let (beyond, down) = if *descending { ("<", " DESC") } else { (">", "") };
            if !listing.after.is_empty() {
                let place = asked.place(&listing.after);
                // Where the last one stands now; if it has gone meanwhile, nobody can say what comes behind it.
                let there = fetch(
                    tx,
                    format!("SELECT {key} FROM {table} WHERE {key} = $1"),
                    std::slice::from_ref(&listing.after),
                )
                .await?;
                if there.is_empty() {
                    return Err(check::not_there(S::KIND, &listing.after));
                }
                asked.sql.push(format!(
                    "({by}, {table}.{key}) {beyond} (SELECT {by}, {table}.{key} FROM {table} WHERE {table}.{key} = {place})"
                ));
            }
            format!("{by}{down}, {table}.{key}{down}")
        }
    };
    let sql =
        format!("SELECT {columns} FROM {table}{} ORDER BY {order} LIMIT {}", asked.sql(), listing.limit());
    fetch(tx, sql, &asked.values).await
}

/// Rows of a statement that is put together from words of this program, numbers and places.
async fn fetch(tx: &mut Tx, sql: String, values: &[String]) -> Result<Vec<Row>, Fault> {
    on!(tx, c => {
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for value in values {
            query = query.bind(value);
        }
        query.fetch_all(&mut **c).await.map(|rows| rows.into_iter().map(Row::from).collect())
    })
    .map_err(|error| tx.failed(error))
}

/// Puts a thing into its table, and what others have of it into those.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn save<S: Subject>(tx: &mut Tx, thing: &S) -> Result<(), Fault> {
    let table = S::TABLE;
    let mut columns = vec![(table.key, text(thing.name()))];
    columns.extend(thing.row()?);
    if table.columns == Table::OF_ENTRIES.columns {
        columns.push((table.columns, text(to_json(thing)?)));
    }
    row::put(tx, table.name, columns, table.once).await?;
    for Beside { table, key, columns, rows } in thing.beside() {
        delete(tx, table, key, thing.name()).await?;
        let names: Vec<&str> = [key].into_iter().chain(columns.iter().copied()).collect();
        let rows: Vec<Vec<Cell>> =
            rows.into_iter().map(|row| [text(thing.name())].into_iter().chain(row).collect()).collect();
        row::add(tx, table, &names, &rows).await?;
    }
    Ok(())
}

/// Takes a thing out of its table and the others.
///
/// # Errors
/// [`Fault::Contradictory`] if a row names it of which that was not written down: one that cannot be read, or that an older program has
/// written since. [`Fault::StoreFailed`].
pub(crate) async fn remove<S: Subject>(tx: &mut Tx, thing: &S) -> Result<(), Fault> {
    for Beside { table, key, .. } in thing.beside() {
        delete(tx, table, key, thing.name()).await?;
    }
    // Put together from words of this program; values are bound.
    let sql = format!("DELETE FROM {} WHERE {} = $1", S::TABLE.name, S::TABLE.key);
    let gone =
        on!(tx, c => sqlx::query(AssertSqlSafe(sql)).bind(thing.name()).execute(&mut **c).await.map(drop));
    gone.map_err(|error| match &error {
        sqlx::Error::Database(told) if told.is_foreign_key_violation() => {
            contradictory((S::KIND, thing.name()), texts::named_by_an_unreadable_row())
        }
        _ => tx.failed(error),
    })
}

async fn delete(tx: &mut Tx, table: &str, key: &str, name: &str) -> Result<(), Fault> {
    // Put together from words of this program; values are bound.
    run!(tx, AssertSqlSafe(format!("DELETE FROM {table} WHERE {key} = $1")) => name)?;
    Ok(())
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
    rows::<S>(tx, listing, S::TABLE.key).await?.iter().map(|row| row.get(S::TABLE.key)).collect()
}

/// Makes anew what is derived from the things of a kind: what their rows and tables beside them have, by what they are found, what they
/// name. Nothing that people see changes.
pub(crate) async fn derive_anew<S: Subject>(tx: &mut Tx) -> Result<(), Fault> {
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
            save(tx, &thing).await?;
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
