//! What names what. A thing's references are written with it: so what it names must be there, and stays for as long as it is named.

use model::fault::Fault;
use serde_json::Value;
use sqlx::AssertSqlSafe;

use crate::registry::check::{Gathered, place_of};
use crate::registry::row::{self, Cell, text};
use crate::registry::{Subject, Table};
use crate::store::{Tx, all, failed, on, run};
use crate::texts;

/// So many of those that name a thing are told.
const TOLD: usize = 5;

/// One thing that another names.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    table: Table,
}

impl Reference {
    /// A thing of a kind.
    pub(crate) fn to<S: Subject>(name: impl ToString) -> Self {
        Self { kind: S::KIND, name: name.to_string(), table: S::TABLE }
    }

    async fn is_there(&self, tx: &mut Tx) -> Result<bool, Fault> {
        let Table { name: table, key, only, .. } = self.table;
        let and = if only.is_empty() { "" } else { " AND " };
        let sql = format!("SELECT {key} FROM {table} WHERE {key} = $1{and}{only}");
        // Put together from words of this program; values are bound.
        let row: Option<(String,)> =
            on!(tx, c => sqlx::query_as(AssertSqlSafe(sql)).bind(&self.name).fetch_optional(&mut **c).await)
                .map_err(failed)?;
        Ok(row.is_some())
    }
}

/// Whether all is there that `subject` names among its own kind, or among the others; `members` show where it does.
///
/// # Errors
/// [`Fault::Mistaken`] names all that are not, [`Fault::StoreFailed`].
pub(crate) async fn check(
    tx: &mut Tx,
    subject: (&str, &str),
    members: &Value,
    named: &[Reference],
    own_kind: bool,
) -> Result<(), Fault> {
    let mut gathered = Gathered::default();
    for reference in named {
        if (reference.kind == subject.0) == own_kind && !reference.is_there(tx).await? {
            let name: String = reference.name.chars().take(200).collect();
            let dangling = Fault::Dangling {
                subject: format!("{} {}", subject.0, subject.1),
                missing: format!("{} {name}", reference.kind),
            };
            gathered.take(&place_of(members, &reference.name), Err::<(), _>(dangling))?;
        }
    }
    gathered.done()
}

/// Keeps what `subject` names, in the place of what it named before.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn keep(tx: &mut Tx, subject: (&str, &str), named: &[Reference]) -> Result<(), Fault> {
    forget(tx, subject).await?;
    let row = |named: &Reference| vec![text(subject.0), text(subject.1), text(named.kind), text(&named.name)];
    let rows: Vec<Vec<Cell>> = named.iter().map(row).collect();
    row::add(tx, "reference", &["from_kind", "from_name", "to_kind", "to_name"], &rows).await
}

/// Forgets what `subject` named.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn forget(tx: &mut Tx, subject: (&str, &str)) -> Result<(), Fault> {
    run!(tx, "DELETE FROM reference WHERE from_kind = $1 AND from_name = $2" => subject.0, subject.1)?;
    Ok(())
}

/// Whether nothing else names `subject`.
///
/// # Errors
/// [`Fault::Contradictory`] says what does, [`Fault::StoreFailed`].
pub(crate) async fn check_unnamed(tx: &mut Tx, subject: (&str, &str)) -> Result<(), Fault> {
    let rows: Vec<(String, String)> = all!(
        tx,
        "SELECT from_kind, from_name FROM reference
         WHERE to_kind = $1 AND to_name = $2 AND NOT (from_kind = $1 AND from_name = $2) ORDER BY from_kind, from_name LIMIT 6"
        => subject.0, subject.1
    )?;
    if rows.is_empty() {
        return Ok(());
    }
    let more = if rows.len() > TOLD { ", …" } else { "" };
    let told: Vec<String> = rows.iter().take(TOLD).map(|(kind, name)| format!("{kind} {name}")).collect();
    let told = told.join(", ") + more;
    Err(Fault::Contradictory {
        subject: format!("{} {}", subject.0, subject.1),
        why: texts::still_named(&told),
    })
}
