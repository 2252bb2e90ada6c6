//! Lists of what is no document: requests, incidents, counts by pair, the audit trail. From a table, arranged as those of documents are:
//! filtered, put in order, counted and in pages, all of it by the store, so that a list may grow as long as it likes.

use model::fault::Fault;

use super::order::Order;
use super::row::Row;
use super::{fetch, index};
use crate::registry::check::not_there;
use crate::store::Tx;

/// Most words that a list is looked through for; a text of more finds nothing.
const WORDS_MAX: usize = 16;

/// The filter by which an officer sees only what concerns them.
const CONCERNS: &str = "concerns";

/// From where lines come, and by what they may be arranged. All of it are words of this program.
pub(crate) struct Lines {
    /// What a line is, to say that one has gone.
    pub(crate) kind: &'static str,
    /// Tables, with their joins.
    pub(crate) from: &'static str,
    /// What names a line: no two have one.
    pub(crate) key: &'static str,
    /// What is read of each.
    pub(crate) columns: &'static str,
    /// Filters: their name, and what they ask of a value, which stands at each `?`.
    pub(crate) filters: &'static [(&'static str, &'static str)],
    /// Orders: their name and the text or number that they go by, which is never nothing.
    pub(crate) orders: &'static [(&'static str, &'static str)],
    /// The order of a list that nobody has arranged.
    pub(crate) usual: &'static str,
    /// What is asked of each word of a text, by both: `{has}` is the word with anything around it, `{begins}` the same where a word begins.
    pub(crate) words: &'static str,
}

/// What is asked of lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wish {
    /// Filters with their values, those by which an officer sees only what concerns them among them.
    pub(crate) filters: Vec<(&'static str, String)>,
    /// What is asked beside them, of words and numbers of this program.
    pub(crate) only: Option<String>,
    /// Words that each line has.
    pub(crate) text: String,
    /// The order; none: the usual one.
    pub(crate) order: Option<Order>,
    /// Only what stands behind this line.
    pub(crate) after: String,
    /// So many at most.
    pub(crate) limit: i64,
}

impl Wish {
    /// With a filter more, if there is a value.
    pub(crate) fn with(mut self, name: &'static str, value: Option<impl ToString>) -> Self {
        self.filters
            .extend(value.map(|value| (name, value.to_string())).filter(|(_, value)| !value.is_empty()));
        self
    }

    /// With what is asked by yes.
    pub(crate) fn when(mut self, name: &'static str, asked: bool) -> Self {
        self.filters.extend(asked.then(|| (name, String::new())));
        self
    }
}

/// Conditions as SQL, with the values of their places.
#[derive(Default)]
struct Asked {
    sql: Vec<String>,
    values: Vec<String>,
}

impl Asked {
    fn place(&mut self, value: impl Into<String>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// What filters and text ask; none: nothing is so.
    fn of(lines: &Lines, wish: &Wish) -> Option<Self> {
        let mut asked = Self::default();
        asked.sql.extend(wish.only.clone());
        for (name, value) in &wish.filters {
            let (_, condition) = lines.filters.iter().find(|(known, _)| known == name)?;
            let condition = match condition.contains('?') {
                true => condition.replace('?', &asked.place(value)),
                false => (*condition).to_owned(),
            };
            asked.sql.push(format!("({condition})"));
        }
        if !wish.text.trim().is_empty() {
            let words: Vec<String> = index::words(&wish.text).take(WORDS_MAX + 1).collect();
            if words.is_empty() || words.len() > WORDS_MAX {
                return None;
            }
            for word in words {
                // Words are letters and digits: nothing in them has a meaning for LIKE.
                let (has, begins) = (asked.place(format!("%{word}%")), asked.place(format!("% {word}%")));
                let condition = lines.words.replace("{has}", &has).replace("{begins}", &begins);
                asked.sql.push(format!("({condition})"));
            }
        }
        Some(asked)
    }

    /// What the line is, behind which a page begins. One that does not concern whoever asks is none to them: nobody learns by it what others
    /// have. The other filters do not count, since it may have changed since its page was shown.
    fn behind(&mut self, lines: &Lines, wish: &Wish) -> String {
        let mut sql = format!("{} = {}", lines.key, self.place(&wish.after));
        let (_, condition) = lines.filters.iter().find(|(known, _)| *known == CONCERNS).unwrap_or(&("", ""));
        for (_, value) in wish.filters.iter().filter(|(name, _)| *name == CONCERNS) {
            sql.push_str(&format!(" AND ({})", condition.replace('?', &self.place(value))));
        }
        sql
    }

    fn sql(&self) -> String {
        if self.sql.is_empty() { String::new() } else { format!(" WHERE {}", self.sql.join(" AND ")) }
    }
}

impl Lines {
    /// The columns that it may be ordered by.
    pub(crate) fn columns(&self) -> Vec<&'static str> {
        self.orders.iter().map(|(name, _)| *name).collect()
    }

    /// The statement of a page, with its values. None: nothing is so.
    fn statement(&self, wish: &Wish) -> Option<(String, Vec<String>)> {
        let mut asked = Asked::of(self, wish)?;
        let Order { column, descending } = wish.order.clone().or_else(|| Order::read(self.usual))?;
        let (_, by) = self.orders.iter().find(|(name, _)| *name == column)?;
        let Self { from, key, columns, .. } = self;
        let (beyond, down) = if descending { ("<", " DESC") } else { (">", "") };
        if !wish.after.is_empty() {
            let line = asked.behind(self, wish);
            asked.sql.push(format!("({by}, {key}) {beyond} (SELECT {by}, {key} FROM {from} WHERE {line})"));
        }
        let sql = format!(
            "SELECT {columns} FROM {from}{} ORDER BY {by}{down}, {key}{down} LIMIT {}",
            asked.sql(),
            wish.limit
        );
        Some((sql, asked.values))
    }

    /// The rows of a page.
    ///
    /// # Errors
    /// [`Fault::NotInRegistry`] where the line behind which it begins has gone, since nobody can say what comes behind it;
    /// [`Fault::StoreFailed`].
    pub(crate) async fn page(&self, tx: &mut Tx, wish: &Wish) -> Result<Vec<Row>, Fault> {
        let Some((sql, values)) = self.statement(wish) else { return Ok(Vec::new()) };
        if !wish.after.is_empty() {
            let mut one = Asked::default();
            let line = one.behind(self, wish);
            let Self { from, key, .. } = self;
            let there = fetch(tx, format!("SELECT {key} FROM {from} WHERE {line}"), &one.values).await?;
            if there.is_empty() {
                return Err(not_there(self.kind, &wish.after));
            }
        }
        fetch(tx, sql, &values).await
    }

    /// How `SQLite` goes about a page, step by step.
    #[cfg(test)]
    pub(crate) async fn plan(&self, tx: &mut Tx, wish: &Wish) -> Vec<String> {
        let (sql, values) = self.statement(wish).unwrap();
        let rows = fetch(tx, format!("EXPLAIN QUERY PLAN {sql}"), &values).await.unwrap();
        rows.iter().map(|row| row.get("detail").unwrap()).collect()
    }

    /// A page, and behind which line the next one begins, if there is more.
    ///
    /// # Errors
    /// As [`Lines::page`].
    pub(crate) async fn next(&self, tx: &mut Tx, mut wish: Wish) -> Result<(Vec<Row>, bool), Fault> {
        wish.limit += 1;
        let mut rows = self.page(tx, &wish).await?;
        let limit = usize::try_from(wish.limit - 1).unwrap_or_default();
        let more = rows.len() > limit;
        rows.truncate(limit);
        Ok((rows, more))
    }

    /// How many lines there are on all pages.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn count(&self, tx: &mut Tx, wish: &Wish) -> Result<i64, Fault> {
        let Some(asked) = Asked::of(self, wish) else { return Ok(0) };
        let sql = format!("SELECT COUNT(*) AS lines FROM {}{}", self.from, asked.sql());
        let rows = fetch(tx, sql, &asked.values).await?;
        rows.first().map_or(Ok(0), |row| row.get("lines"))
    }
}
