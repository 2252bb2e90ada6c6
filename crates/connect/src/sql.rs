//! What all databases with SQL have in common: the statements, built once for all of them. Names are quoted, every value is an argument.
//!
//! A source's own equality is mostly wider than ours: `1.1` and `1.10`, `a` and `A`, `é` and `e`. So each driver says how it asks for exactly
//! what is written, and what comes back is held against the question once more.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt as _};
use sqlx::{AssertSqlSafe, Executor, IntoArguments};

use crate::connections::Connections;
use crate::feed::{Feed, Piece, fed};
use crate::record::Maker;
use crate::shown::{merges, shown, spellings};
use crate::value::Cell;
use crate::{
    Column, Filter, Lines, Listed, Listing, Mapped, Mark, Shape, Source, SourceError, Table, TableName,
};

/// An argument of a statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Arg {
    Text(String),
    /// Texts as one argument, for a database that has lists.
    Texts(Vec<String>),
    Integer(i64),
    Real(f64),
    Blob(Vec<u8>),
}

/// Keys that are counted at most where that takes a look at each: some 100 MB of memory.
const COUNTED: usize = 5_000_000;
/// Rows in a piece of a stream, at most.
pub(crate) const PIECE: usize = 256;

/// Rows as they come, many in a piece.
pub(crate) type Rows<'a> = BoxStream<'a, Result<Piece, SourceError>>;

/// One database's way.
#[async_trait]
pub(crate) trait Driver: Send + Sync {
    /// A name as SQL takes it.
    fn quote(&self, name: &str) -> String;

    /// A column in a list of what is selected: what it holds, as it is written.
    fn select(&self, quoted: &str, column: &Column) -> String;

    /// How many rows there are, in a form that this driver reads.
    fn count(&self) -> &'static str {
        "COUNT(*)"
    }

    /// The condition that what a column holds is written as one of `texts`, letter for letter; none, if it never can be.
    fn one_of(&self, quoted: &str, column: &Column, texts: &[String], args: &mut Vec<Arg>) -> Option<String>;

    /// What a column is ordered by. Of a key (`total`), no two rows must be the same in it, as far as they are written differently.
    fn order(&self, quoted: &str, column: &Column, total: bool) -> String;

    /// The place of a mark's value that is compared with [`Driver::order`].
    fn mark(&self, column: &Column, total: bool, cell: &Cell, args: &mut Vec<Arg>) -> String;

    /// The condition that a column is not empty.
    fn not_null(&self, quoted: &str) -> String {
        format!("{quoted} IS NOT NULL")
    }

    /// Whether a column may be empty that was not when the table was looked at: a file may be another since.
    fn may_be_empty(&self) -> bool {
        false
    }

    /// What tells which values of a column are shown alike, to count those that are there twice.
    fn alike(&self, quoted: &str, column: &Column) -> String {
        self.order(quoted, column, true)
    }

    /// Whether the source can't read these arguments, rather than something of its own. `bare` is the statement without its conditions.
    async fn is_deaf_to(&self, bare: String, args: Vec<Arg>) -> bool;

    /// The rows that a statement gives.
    async fn rows(&self, sql: String, args: Vec<Arg>) -> Result<Vec<Vec<Cell>>, SourceError>;

    /// The rows that a statement gives, as they come.
    fn stream(&self, sql: String, args: Vec<Arg>) -> Rows<'_>;

    /// The tables, or the one of that name.
    async fn shapes(&self, table: Option<&TableName>) -> Result<Vec<Shape>, SourceError>;
}

/// Rows of a statement on a connection of its own, between two statements that prepare it and put it back. Whoever stops listening ends it:
/// the connection is closed, for the server goes on sending what was asked for, and nobody else is to wait for that.
pub(crate) fn pumped<DB>(
    connections: &Connections<DB>,
    [before, after]: [&'static str; 2],
    sql: String,
    args: <DB as sqlx::Database>::Arguments,
    cells: fn(&DB::Row) -> Result<Vec<Cell>, SourceError>,
    failed: fn(sqlx::Error) -> SourceError,
) -> Rows<'static>
where
    DB: sqlx::Database,
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    let connections = connections.clone();
    fed(|feed| async move {
        let mut connection = match connections.take(failed).await {
            Ok(connection) => connection,
            Err(error) => return feed.fail(error).await,
        };
        if let Err(error) = (&mut *connection).execute(before).await {
            return feed.fail(failed(error)).await;
        }
        // The statement holds names that were quoted; every value is an argument.
        let rows = sqlx::query_with(AssertSqlSafe(sql), args).fetch(&mut *connection);
        let whole = hand_on(in_pieces(rows, cells, failed), &feed).await;
        // A connection that is not as it was is used for nothing else.
        if !whole || (&mut *connection).execute(after).await.is_err() {
            connection.discard();
        }
        if whole {
            feed.end().await;
        }
    })
}

/// Hands pieces on until they end or nobody listens. Returns whether all were handed on.
pub(crate) async fn hand_on(mut pieces: Rows<'_>, feed: &Feed<Piece>) -> bool {
    loop {
        let piece = tokio::select! {
            piece = pieces.next() => piece,
            () = feed.unheard() => return false,
        };
        let Some(piece) = piece else { return true };
        let broken = piece.is_err();
        if !feed.put(piece).await || broken {
            return false;
        }
    }
}

/// Rows as a driver gives them, in pieces of what is there.
pub(crate) fn in_pieces<'a, R: Send + 'a>(
    rows: impl Stream<Item = Result<R, sqlx::Error>> + Send + 'a,
    cells: fn(&R) -> Result<Vec<Cell>, SourceError>,
    failed: fn(sqlx::Error) -> SourceError,
) -> Rows<'a> {
    let rows = rows.map(move |row| row.map_err(failed).and_then(|row| cells(&row)));
    rows.ready_chunks(PIECE).map(|rows| rows.into_iter().collect::<Result<_, _>>().map(Piece::Cells)).boxed()
}

/// A stream that is only this failure.
pub(crate) fn failing<'a, T: Send + 'a>(error: SourceError) -> BoxStream<'a, Result<T, SourceError>> {
    futures::stream::once(std::future::ready(Err(error))).boxed()
}

/// A source that is a database with SQL.
pub(crate) struct Sql<D>(pub(crate) D);

/// A statement under way.
struct Statement<'a, D> {
    driver: &'a D,
    table: &'a Table,
    conditions: Vec<String>,
    args: Vec<Arg>,
}

impl<'a, D: Driver> Statement<'a, D> {
    /// A statement about the records of a table: those with a key. What has none cannot be asked for, so it is in no list and no count.
    fn new(driver: &'a D, table: &'a Table) -> Result<Self, SourceError> {
        let mut statement = Self { driver, table, conditions: Vec::new(), args: Vec::new() };
        let key = table.field(&table.key)?;
        if key.column.nullable || driver.may_be_empty() {
            let column = statement.column(key);
            statement.conditions.push(driver.not_null(&column));
        }
        Ok(statement)
    }

    /// A column, by the table: without that, an order would go by what was selected under the same name, which is a text.
    fn column(&self, mapped: &Mapped) -> String {
        format!("r.{}", self.driver.quote(&mapped.column.name))
    }

    /// Only rows that show one of `texts` in a field.
    fn one_of<'t>(&mut self, name: &str, texts: impl Iterator<Item = &'t str>) -> Result<(), SourceError> {
        let mapped = self.table.field(name)?;
        let written: BTreeSet<String> = texts.flat_map(|text| spellings(mapped, text)).collect();
        let written: Vec<String> = written.into_iter().collect();
        let column = self.column(mapped);
        let condition = match written.as_slice() {
            [] => None,
            written => self.driver.one_of(&column, &mapped.column, written, &mut self.args),
        };
        self.conditions.push(condition.unwrap_or_else(|| "1 = 0".to_owned()));
        Ok(())
    }

    fn filters(&mut self, filters: &[Filter]) -> Result<(), SourceError> {
        filters
            .iter()
            .try_for_each(|filter| self.one_of(&filter.field, filter.one_of.iter().map(String::as_str)))
    }

    fn order(&self, mapped: &Mapped, total: bool) -> String {
        self.driver.order(&self.column(mapped), &mapped.column, total)
    }

    fn mark(&mut self, mapped: &Mapped, total: bool, cell: &Cell) -> String {
        self.driver.mark(&mapped.column, total, cell, &mut self.args)
    }

    /// Only what stands behind a mark, in the order of `sort` and key.
    fn behind(&mut self, mark: &Mark, sort: Option<&(String, bool)>) -> Result<(), SourceError> {
        let table = self.table;
        let key = table.field(&table.key)?;
        let key_order = self.order(key, true);
        let Some((name, backwards)) = sort else {
            let place = self.mark(key, true, &mark.key);
            self.conditions.push(format!("{key_order} > {place}"));
            return Ok(());
        };
        let sorted = table.field(name)?;
        let total = *name == table.key;
        let (order, column) = (self.order(sorted, total), self.column(sorted));
        // Asked only where it can be: of a day that is never empty MariaDB takes 0000-00-00 for empty.
        let or_empty = if sorted.column.nullable { format!(" OR {column} IS NULL") } else { String::new() };
        let condition = match &mark.sorted {
            None => {
                let place = self.mark(key, true, &mark.key);
                format!("({column} IS NULL AND {key_order} > {place})")
            }
            Some(value) => {
                let further = if *backwards { "<" } else { ">" };
                let (a, b) = (self.mark(sorted, total, value), self.mark(sorted, total, value));
                let place = self.mark(key, true, &mark.key);
                format!("({order} {further} {a} OR ({order} = {b} AND {key_order} > {place}){or_empty})")
            }
        };
        self.conditions.push(condition);
        Ok(())
    }

    /// The statement without its conditions and without rows.
    fn bare(&self, selected: &[String]) -> String {
        format!("SELECT {} FROM {} AS r LIMIT 0", list(selected), named(self.driver, &self.table.name))
    }

    /// Runs it. What the source can't read of what it was asked is told apart from what it can't read of its own.
    async fn run(self, selected: &[String], rest: &str) -> Result<Vec<Vec<Cell>>, SourceError> {
        let (driver, bare) = (self.driver, self.bare(selected));
        let (sql, args) = self.finish(selected, rest);
        match driver.rows(sql, args.clone()).await {
            Err(SourceError::Unreadable(why)) if !driver.is_deaf_to(bare, args).await => {
                Err(SourceError::Failed(why))
            }
            rows => rows,
        }
    }

    fn finish(self, selected: &[String], rest: &str) -> (String, Vec<Arg>) {
        let condition = match self.conditions.as_slice() {
            [] => String::new(),
            conditions => format!(" WHERE {}", conditions.join(" AND ")),
        };
        let selected = list(selected);
        (
            format!("SELECT {selected} FROM {} AS r{condition}{rest}", named(self.driver, &self.table.name)),
            self.args,
        )
    }

    fn selected<'n>(&self, names: impl Iterator<Item = &'n str>) -> Result<Vec<String>, SourceError> {
        names
            .map(|name| {
                let mapped = self.table.field(name)?;
                Ok(self.driver.select(&self.column(mapped), &mapped.column))
            })
            .collect()
    }
}

fn list(selected: &[String]) -> String {
    if selected.is_empty() { "1".to_owned() } else { selected.join(", ") }
}

fn named(driver: &impl Driver, name: &TableName) -> String {
    match &name.schema {
        Some(schema) => format!("{}.{}", driver.quote(schema), driver.quote(&name.name)),
        None => driver.quote(&name.name),
    }
}

impl<D: Driver> Sql<D> {
    /// Records of rows whose first cells are the key and, of a sorted list, what it is sorted by; and where the last row stands, which may
    /// be one that is withheld.
    fn listed(
        table: &Table,
        maker: &Maker<'_>,
        sorted: bool,
        rows: Vec<Vec<Cell>>,
    ) -> Result<(Vec<Listed>, Option<Mark>), SourceError> {
        let key = table.field(&table.key)?;
        let (mut listed, mut last) = (Vec::with_capacity(rows.len()), None);
        for mut row in rows {
            let rest = row.split_off(row.len().min(if sorted { 2 } else { 1 }));
            let mut first = row.into_iter();
            let key_cell = first.next().unwrap_or(Cell::Null);
            let sorted = first.next().filter(|cell| *cell != Cell::Null);
            let shown = shown(key, key_cell.clone());
            let mark = Mark { key: key_cell, sorted };
            last = Some(mark.clone());
            if let Some(record) = maker.record(&rest) {
                listed.push(Listed { mark, key: shown, record });
            }
        }
        Ok((listed, last))
    }

    /// What a statement counts.
    async fn number(&self, sql: String) -> Result<u64, SourceError> {
        number(self.0.rows(sql, Vec::new()).await?.first().and_then(|row| row.first()))
    }

    /// How many keys are shown by more than one row: what is different in the source may look alike.
    async fn shown_twice(&self, table: &Table) -> Result<u64, SourceError> {
        let fields = [table.key.as_str()];
        let (mut seen, mut twice) = (HashSet::new(), HashSet::new());
        let mut lines = self.stream(table, &fields, &[]);
        let hasher = RandomState::new();
        while let Some(piece) = lines.next().await {
            for line in piece?.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                let hash = hasher.hash_one(line);
                if !seen.insert(hash) {
                    twice.insert(hash);
                }
            }
            if seen.len() > COUNTED {
                return Err(SourceError::Failed(format!(
                    "it has more than {COUNTED} records: its keys cannot be counted"
                )));
            }
        }
        Ok(twice.len() as u64)
    }

    /// Whether the source can't even read the mark of a list by itself: then nobody gave it out.
    async fn is_forged(&self, table: &Table, listing: &Listing) -> bool {
        let (Some(mark), Ok(key)) = (&listing.after, table.field(&table.key)) else { return false };
        let mut args = Vec::new();
        let mut places = vec![self.0.mark(&key.column, true, &mark.key, &mut args)];
        let sorted = listing.sort.as_ref().and_then(|(name, _)| table.field(name).ok());
        if let (Some(sorted), Some(value)) = (sorted, &mark.sorted) {
            let total = listing.sort.as_ref().is_some_and(|(name, _)| *name == table.key);
            places.push(self.0.mark(&sorted.column, total, value, &mut args));
        }
        let places: Vec<String> = places.iter().map(|place| format!("({place}) IS NULL")).collect();
        self.0.rows(format!("SELECT 1 WHERE {}", places.join(" OR ")), args).await.is_err()
    }

    /// Looks up the keys that the last filter holds.
    async fn look_up_readable(
        &self,
        table: &Table,
        fields: &[&str],
        filters: &[Filter],
    ) -> Result<Vec<Listed>, SourceError> {
        let maker = Maker::new(table, fields, filters)?;
        let mut statement = Statement::new(&self.0, table)?;
        statement.filters(filters)?;
        let names = [table.key.as_str()].into_iter().chain(fields.iter().copied());
        let selected = statement.selected(names.chain(maker.hidden.iter().copied()))?;
        // The last filter holds the keys. Of one that stands twice both must be seen.
        let asked = filters.last().map_or(0, |keys| keys.one_of.len());
        let rows = statement.run(&selected, &format!(" LIMIT {}", 2 * asked)).await?;
        Self::listed(table, &maker, false, rows).map(|(listed, _)| listed)
    }
}

#[async_trait]
impl<D: Driver> Source for Sql<D> {
    async fn describe(&self) -> Result<Vec<Shape>, SourceError> {
        self.0.shapes(None).await
    }

    async fn shape(&self, table: &TableName) -> Result<Option<Shape>, SourceError> {
        Ok(self.0.shapes(Some(table)).await?.into_iter().next())
    }

    async fn look_up(
        &self,
        table: &Table,
        fields: &[&str],
        keys: &[&str],
        filters: &[Filter],
    ) -> Result<Vec<Listed>, SourceError> {
        // One odd key must not spoil the others. Where the source can't read what it was asked, or one stands twice and takes the place of
        // others, the halves are asked by themselves.
        let mut waiting = vec![keys.to_vec()];
        let mut found = Vec::new();
        while let Some(mut keys) = waiting.pop() {
            let one_of = Arc::new(keys.iter().map(|key| (*key).to_owned()).collect());
            let mut all = filters.to_vec();
            all.push(Filter { field: table.key.clone(), one_of });
            let asked = self.look_up_readable(table, fields, &all).await;
            let is_odd = match &asked {
                Ok(listed) => listed.len() > keys.len(),
                Err(error) => matches!(error, SourceError::Unreadable(_)),
            };
            if is_odd && keys.len() > 1 {
                let half = keys.split_off(keys.len() / 2);
                waiting.extend([keys, half]);
                continue;
            }
            match asked {
                Ok(listed) => found.extend(listed),
                // What it can't read it does not hold.
                Err(SourceError::Unreadable(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    async fn list(
        &self,
        table: &Table,
        fields: &[&str],
        listing: &Listing,
    ) -> Result<Vec<Listed>, SourceError> {
        let maker = Maker::new(table, fields, &listing.filters)?;
        let mut statement = Statement::new(&self.0, table)?;
        statement.filters(&listing.filters)?;
        if let Some(mark) = &listing.after {
            statement.behind(mark, listing.sort.as_ref())?;
        }
        let key = statement.order(table.field(&table.key)?, true);
        let mut first = vec![table.key.as_str()];
        let order = match &listing.sort {
            None => key,
            Some((name, backwards)) => {
                first.push(name);
                let sorted = table.field(name)?;
                let (column, order) = (statement.column(sorted), statement.order(sorted, *name == table.key));
                let way = if *backwards { " DESC" } else { "" };
                // In words that every database has: what is empty comes last.
                let empty = match sorted.column.nullable {
                    true => format!("CASE WHEN {column} IS NULL THEN 1 ELSE 0 END, "),
                    false => String::new(),
                };
                format!("{empty}{order}{way}, {key}")
            }
        };
        let names = first.iter().chain(fields).chain(&maker.hidden).copied();
        let selected = statement.selected(names)?;
        let rest = format!(" ORDER BY {order} LIMIT {}", listing.limit);
        let rows = match statement.run(&selected, &rest).await {
            Err(SourceError::Data(_) | SourceError::Unreadable(_))
                if self.is_forged(table, listing).await =>
            {
                return Err(SourceError::BadMark);
            }
            // What it can't read it does not hold.
            Err(SourceError::Unreadable(_)) => Vec::new(),
            rows => rows?,
        };
        let full = rows.len() == listing.limit;
        let (mut listed, last) = Self::listed(table, &maker, listing.sort.is_some(), rows)?;
        // A list goes on behind a key: one that stands twice would lose records.
        if listed.windows(2).any(|pair| matches!(pair, [a, b] if a.mark.key == b.mark.key)) {
            return Err(SourceError::KeyTwice);
        }
        // In place of what was withheld comes what stands behind: a page that is not full is the last one.
        if full && listed.len() < listing.limit && last.is_some() {
            let further = Listing { after: last, limit: listing.limit - listed.len(), ..listing.clone() };
            listed.extend(self.list(table, fields, &further).await?);
        }
        Ok(listed)
    }

    async fn count(&self, table: &Table, filters: &[Filter]) -> Result<u64, SourceError> {
        let mut statement = Statement::new(&self.0, table)?;
        statement.filters(filters)?;
        match statement.run(&[self.0.count().to_owned()], "").await {
            Err(SourceError::Unreadable(_)) => Ok(0),
            rows => number(rows?.first().and_then(|row| row.first())),
        }
    }

    fn stream<'a>(&'a self, table: &'a Table, fields: &'a [&'a str], filters: &'a [Filter]) -> Lines<'a> {
        let begun = Statement::new(&self.0, table).and_then(|mut statement| {
            statement.filters(filters)?;
            let maker = Maker::new(table, fields, filters)?;
            let selected = statement.selected(fields.iter().chain(&maker.hidden).copied())?;
            let bare = statement.bare(&selected);
            Ok((statement.finish(&selected, ""), bare, maker))
        });
        match begun {
            Err(error) => failing(error),
            Ok(((sql, args), bare, maker)) => {
                let rows = self.0.stream(sql, args.clone());
                // What it can't read it does not hold.
                let asked = Arc::new((bare, args));
                let readable = rows.enumerate().then(move |(number, piece)| {
                    let asked = asked.clone();
                    async move {
                        match piece {
                            Err(SourceError::Unreadable(why)) => {
                                let (bare, args) = asked.as_ref().clone();
                                let deaf = number == 0 && self.0.is_deaf_to(bare, args).await;
                                if deaf { None } else { Some(Err(SourceError::Failed(why))) }
                            }
                            piece => Some(piece),
                        }
                    }
                });
                let readable = readable.filter_map(std::future::ready);
                readable.map(move |piece| piece.map(|piece| maker.lines(piece))).boxed()
            }
        }
    }

    async fn keyless(&self, table: &Table) -> Result<u64, SourceError> {
        let column = &table.field(&table.key)?.column;
        // Of a column that is never empty this is not asked: a day of zeros would be taken for empty.
        if !column.nullable {
            return Ok(0);
        }
        let quoted = format!("r.{}", self.0.quote(&column.name));
        let (count, name) = (self.0.count(), named(&self.0, &table.name));
        self.number(format!("SELECT {count} FROM {name} AS r WHERE {quoted} IS NULL")).await
    }

    async fn doubles(&self, table: &Table) -> Result<(u64, u64), SourceError> {
        let mapped = table.field(&table.key)?;
        let keyless = self.keyless(table).await?;
        if merges(mapped) {
            return Ok((keyless, self.shown_twice(table).await?));
        }
        let column = &mapped.column;
        let quoted = format!("r.{}", self.0.quote(&column.name));
        let (alike, count) = (self.0.alike(&quoted, column), self.0.count());
        let name = named(&self.0, &table.name);
        let filled = if column.nullable { format!("WHERE {quoted} IS NOT NULL") } else { String::new() };
        let twice = format!(
            "SELECT {count} FROM (SELECT {alike} AS w FROM {name} AS r {filled} GROUP BY 1 HAVING COUNT(*) > 1) AS d"
        );
        Ok((keyless, self.number(twice).await?))
    }

    async fn sample(&self, shape: &Shape, limit: usize) -> Result<Vec<Vec<Cell>>, SourceError> {
        let columns: Vec<String> =
            shape.columns.iter().map(|column| self.0.select(&self.0.quote(&column.name), column)).collect();
        if columns.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT {} FROM {} LIMIT {limit}", columns.join(", "), named(&self.0, &shape.name));
        self.0.rows(sql, Vec::new()).await
    }
}

fn number(cell: Option<&Cell>) -> Result<u64, SourceError> {
    cell.and_then(Cell::text)
        .and_then(|count| count.parse().ok())
        .ok_or_else(|| SourceError::Failed("it gave no count".to_owned()))
}
