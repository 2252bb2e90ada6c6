//! What is numbered by the year and has a story: incidents, defects. Their numbers, and what happens in them, in order.

use jiff::Timestamp;
use model::fault::Fault;
use model::time::day_in_viet_nam;
use sqlx::AssertSqlSafe;

use crate::store::{Tx, all, on, optional};

/// So many events of one thing are told by the hub; those after that are counted only.
const TOLD_MAX: i64 = 300;

/// What happened in something: its number there, when, who did it (nobody: the hub), what, and what was said.
pub(crate) type Told = (i64, String, String, String, String);

/// Where such things are kept. All of it are words of this program.
pub(crate) struct Story {
    /// Their table. Its key is `id`.
    pub(crate) table: &'static str,
    /// The table of what happens in them, and its column that names the thing.
    pub(crate) events: &'static str,
    pub(crate) of: &'static str,
    /// What their numbers begin with: `SC` in `SC-2026-000001`.
    pub(crate) prefix: &'static str,
}

impl Story {
    /// The number of the next one that is opened.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn next_id(&self, tx: &mut Tx, now: Timestamp) -> Result<String, Fault> {
        let Self { table, prefix, .. } = self;
        let year = day_in_viet_nam(now).year();
        let sql = format!("SELECT id FROM {table} WHERE id LIKE $1 ORDER BY id DESC LIMIT 1");
        let last: Option<(String,)> = optional!(tx, AssertSqlSafe(sql) => format!("{prefix}-{year}-%"))?;
        let last = last.and_then(|(id,)| id.rsplit('-').next().and_then(|number| number.parse::<u32>().ok()));
        Ok(format!("{prefix}-{year}-{:06}", last.unwrap_or(0) + 1))
    }

    /// What happened in one, in order.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn all(&self, tx: &mut Tx, id: &str) -> Result<Vec<Told>, Fault> {
        let Self { events, of, .. } = self;
        let sql = format!("SELECT number, at, who, what, said FROM {events} WHERE {of} = $1 ORDER BY number");
        all!(tx, AssertSqlSafe(sql) => id)
    }

    /// How many events one has.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn count(&self, tx: &mut Tx, id: &str) -> Result<i64, Fault> {
        let Self { events, of, .. } = self;
        let sql = format!("SELECT COUNT(*) FROM {events} WHERE {of} = $1");
        let row: Option<(i64,)> = optional!(tx, AssertSqlSafe(sql) => id)?;
        Ok(row.map_or(0, |(count,)| count))
    }

    /// Writes an event down: who, what, what was said.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn add(
        &self,
        tx: &mut Tx,
        id: &str,
        (who, what, said): (&str, &str, &str),
        now: Timestamp,
    ) -> Result<(), Fault> {
        let Self { events, of, .. } = self;
        let sql = format!(
            "INSERT INTO {events} ({of}, number, at, who, what, said)
             SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5 FROM {events} WHERE {of} = $1"
        );
        on!(tx, c => sqlx::query(AssertSqlSafe(sql)).bind(id).bind(now.to_string()).bind(who).bind(what).bind(said)
            .execute(&mut **c).await.map(drop))
        .map_err(|error| tx.failed(error))
    }

    /// Writes down what the hub did or saw, unless that has become a long story.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn tell(
        &self,
        tx: &mut Tx,
        id: &str,
        (what, said): (&str, &str),
        now: Timestamp,
    ) -> Result<(), Fault> {
        if self.count(tx, id).await? >= TOLD_MAX {
            return Ok(());
        }
        self.add(tx, id, ("", what, said), now).await
    }
}
