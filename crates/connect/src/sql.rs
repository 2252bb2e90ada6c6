//! What all databases with SQL have in common: the statements, built once for all of them. Names are quoted, every value is an argument.

use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt as _};
use model::service::FieldKind;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor, IntoArguments, Pool};

use crate::feed::fed;
use crate::value::{AsItIs, Cell, as_it_is, normal, original};
use crate::{
    Column, Filter, Lines, Listed, Listing, Mapped, Mark, Record, Shape, Source, SourceError, Table,
    TableName,
};
use model::column::Class;

/// An argument of a statement: a value's text, and the column that it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arg {
    pub(crate) text: String,
    pub(crate) class: Class,
    pub(crate) kind: FieldKind,
}

/// Rows in a piece of a stream, at most.
pub(crate) const PIECE: usize = 256;

/// Rows as they come, many in a piece.
pub(crate) type Rows<'a> = BoxStream<'a, Result<Piece, SourceError>>;

/// A piece of a stream.
pub(crate) enum Piece {
    /// Rows of cells.
    Cells(Vec<Vec<Cell>>),
    /// Whole lines as `COPY` writes them. Nothing is made of them on their way to JSON.
    Copied(Vec<u8>),
}

/// One database's way.
#[async_trait]
pub(crate) trait Driver: Send + Sync {
    /// A name as SQL takes it.
    fn quote(&self, name: &str) -> String;

    /// A column in a list of what is selected.
    fn select(&self, quoted: &str, column: &Column) -> String;

    /// How many rows there are, in a form that this driver reads.
    fn count(&self) -> &'static str {
        "COUNT(*)"
    }

    /// The place of an argument in a statement: `number` counts from 1.
    fn place(&self, number: usize, column: &Column) -> String;

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
    pool: &Pool<DB>,
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
    let pool = pool.clone();
    fed(|feed| async move {
        let mut connection = match pool.acquire().await {
            Ok(connection) => connection,
            Err(error) => return feed.fail(failed(error)).await,
        };
        if let Err(error) = (&mut *connection).execute(before).await {
            return feed.fail(failed(error)).await;
        }
        let whole = {
            // The statement holds names that were quoted; every value is an argument.
            let rows = sqlx::query_with(AssertSqlSafe(sql), args).fetch(&mut *connection);
            let mut pieces = in_pieces(rows, cells, failed);
            loop {
                let piece = tokio::select! {
                    piece = pieces.next() => piece,
                    () = feed.unheard() => break false,
                };
                let Some(piece) = piece else { break true };
                let broken = piece.is_err();
                if !feed.put(piece).await || broken {
                    break false;
                }
            }
        };
        // A connection that is not as it was is used for nothing else.
        if !whole || (&mut *connection).execute(after).await.is_err() {
            drop(connection.detach());
        }
        if whole {
            feed.end().await;
        }
    })
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
    fn new(driver: &'a D, table: &'a Table) -> Self {
        Self { driver, table, conditions: Vec::new(), args: Vec::new() }
    }

    /// A column, by the table: without that, an order would go by what was selected under the same name, which is a text.
    fn column(&self, mapped: &Mapped) -> String {
        format!("r.{}", self.driver.quote(&mapped.column.name))
    }

    /// Adds an argument and gives its place.
    fn arg(&mut self, name: &str, mapped: &Mapped, text: &str) -> Result<String, SourceError> {
        check(name, mapped, text)?;
        self.args.push(Arg { text: text.to_owned(), class: mapped.column.class, kind: mapped.kind });
        Ok(self.driver.place(self.args.len(), &mapped.column))
    }

    fn one_of(&mut self, name: &str, values: &[String]) -> Result<(), SourceError> {
        let table = self.table;
        let mapped = field(table, name)?;
        let mut places = Vec::new();
        for value in values {
            let written = as_written(mapped, value);
            for one in &written {
                // A code that the column itself could not hold stands for what it can.
                match self.arg(name, mapped, one) {
                    Ok(place) => places.push(place),
                    Err(error) if written.len() == 1 => return Err(error),
                    Err(_) => {}
                }
            }
        }
        let column = self.column(mapped);
        self.conditions.push(match places.as_slice() {
            [] => "1 = 0".to_owned(),
            [place] => format!("{column} = {place}"),
            places => format!("{column} IN ({})", places.join(", ")),
        });
        Ok(())
    }

    fn filters(&mut self, filters: &[Filter]) -> Result<(), SourceError> {
        filters.iter().try_for_each(|filter| self.one_of(&filter.field, &filter.one_of))
    }

    /// Only what stands behind a mark, in the order of `sort` and key.
    fn behind(&mut self, mark: &Mark, sort: Option<&(String, bool)>) -> Result<(), SourceError> {
        let table = self.table;
        let key = field(table, &table.key)?;
        let key_column = self.column(key);
        let Some((name, backwards)) = sort else {
            let place = self.arg(&table.key, key, &mark.key)?;
            self.conditions.push(format!("{key_column} > {place}"));
            return Ok(());
        };
        let sorted = field(table, name)?;
        let column = self.column(sorted);
        let condition = match &mark.sorted {
            None => {
                let place = self.arg(&table.key, key, &mark.key)?;
                format!("({column} IS NULL AND {key_column} > {place})")
            }
            Some(value) => {
                let further = if *backwards { "<" } else { ">" };
                let (a, b) = (self.arg(name, sorted, value)?, self.arg(name, sorted, value)?);
                let place = self.arg(&table.key, key, &mark.key)?;
                format!(
                    "({column} {further} {a} OR ({column} = {b} AND {key_column} > {place}) OR {column} IS NULL)"
                )
            }
        };
        self.conditions.push(condition);
        Ok(())
    }

    fn finish(self, selected: &str, rest: &str) -> (String, Vec<Arg>) {
        let condition = match self.conditions.as_slice() {
            [] => String::new(),
            conditions => format!(" WHERE {}", conditions.join(" AND ")),
        };
        (format!("SELECT {selected} FROM {} AS r{condition}{rest}", self.named(&self.table.name)), self.args)
    }

    fn named(&self, name: &TableName) -> String {
        match &name.schema {
            Some(schema) => format!("{}.{}", self.driver.quote(schema), self.driver.quote(&name.name)),
            None => self.driver.quote(&name.name),
        }
    }

    fn select(&self, mapped: &Mapped) -> String {
        self.driver.select(&self.column(mapped), &mapped.column)
    }
}

fn field<'a>(table: &'a Table, name: &str) -> Result<&'a Mapped, SourceError> {
    table.fields.get(name).ok_or_else(|| SourceError::Failed(format!("the dataset has no field {name}")))
}

/// The ways in which a source writes a value: the value itself, and all that stand for it.
fn as_written(mapped: &Mapped, value: &str) -> Vec<String> {
    let others = mapped.values.iter().filter(|(_, code)| *code == value).map(|(written, _)| written.clone());
    let mut written: Vec<String> = others.collect();
    if mapped.values.contains_key(value) {
        return written;
    }
    let is_code = value.bytes().all(|byte| byte.is_ascii_digit());
    match mapped.digits {
        // As a number the code of a province, 04, would be that of a commune, 00004.
        Some(full) if is_code && value.len() != usize::from(full) => {}
        Some(_) if is_code && mapped.column.class == Class::Text => {
            written.push(value.to_owned());
            let short = value.trim_start_matches('0');
            written.extend((!short.is_empty() && short != value).then(|| short.to_owned()));
        }
        _ => written.push(value.to_owned()),
    }
    written
}

/// Whether a column can have a value at all: told here, so that no database is asked for what it cannot read.
fn check(name: &str, mapped: &Mapped, text: &str) -> Result<(), SourceError> {
    let good = !text.contains('\0')
        && (mapped.kind != FieldKind::Integer || text.parse::<i128>().is_ok())
        && (mapped.kind != FieldKind::Boolean || matches!(text, "true" | "false" | "1" | "0" | "t" | "f"))
        && match mapped.column.class {
            Class::Integer if mapped.kind == FieldKind::Boolean => true,
            Class::Integer => text.parse::<i128>().is_ok(),
            Class::Boolean => matches!(text, "true" | "false" | "1" | "0" | "t" | "f"),
            Class::Date => crate::value::day(text).is_some(),
            Class::Decimal | Class::Real => {
                !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
            }
            _ => true,
        };
    let bad = || SourceError::BadValue { field: name.to_owned(), value: text.chars().take(80).collect() };
    if good { Ok(()) } else { Err(bad()) }
}

/// What of a row becomes a record: cells in the order of `fields`.
fn record(table: &Table, fields: &[&str], cells: impl Iterator<Item = Cell>) -> Result<Record, SourceError> {
    let mut record = Record::new();
    for (name, cell) in fields.iter().zip(cells) {
        let mapped = field(table, name)?;
        let class = mapped.column.class;
        if mapped.original {
            record.insert(format!("{name}__goc"), original(class, cell.clone()));
        }
        record.insert((*name).to_owned(), normal(mapped, cell));
    }
    Ok(record)
}

/// Writes rows as lines of JSON, the records of [`record`] with nothing made between.
struct Writer<'a> {
    fields: Vec<Written<'a>>,
}

/// A field with its name as JSON, behind a comma and before a colon.
struct Written<'a> {
    name: String,
    original: String,
    mapped: &'a Mapped,
}

impl<'a> Writer<'a> {
    fn new(table: &'a Table, fields: &[&str]) -> Result<Self, SourceError> {
        let named = |name: String| format!(",{}:", Value::from(name));
        let fields = fields.iter().map(|name| {
            let (original, written) = (named(format!("{name}__goc")), named((*name).to_owned()));
            Ok(Written { name: written, original, mapped: field(table, name)? })
        });
        Ok(Self { fields: fields.collect::<Result<_, SourceError>>()? })
    }

    fn lines(&self, piece: Piece) -> Result<Vec<u8>, SourceError> {
        match piece {
            Piece::Cells(rows) => {
                let mut out = Vec::with_capacity(rows.len() * 256);
                rows.into_iter().try_for_each(|row| self.record(&mut out, row.into_iter(), Written::cell))?;
                Ok(out)
            }
            Piece::Copied(lines) => {
                let mut out = Vec::with_capacity(lines.len() * 2);
                // Each ends with a line feed; a line with nothing in it is a record with one empty text.
                let lines = lines.strip_suffix(b"\n").unwrap_or(&lines);
                for line in lines.split(|byte| *byte == b'\n') {
                    self.record(&mut out, line.split(|byte| *byte == b'\t'), Written::copied)?;
                }
                Ok(out)
            }
        }
    }

    fn record<T>(
        &self,
        out: &mut Vec<u8>,
        cells: impl Iterator<Item = T>,
        put: impl Fn(&Written<'a>, &mut Vec<u8>, T) -> Result<(), SourceError>,
    ) -> Result<(), SourceError> {
        let begin = out.len();
        for (written, cell) in self.fields.iter().zip(cells) {
            put(written, out, cell)?;
        }
        // The first comma makes place for what opens a record.
        match out.get_mut(begin) {
            Some(first) => *first = b'{',
            None => out.push(b'{'),
        }
        out.extend_from_slice(b"}\n");
        Ok(())
    }
}

impl Written<'_> {
    fn cell(&self, out: &mut Vec<u8>, cell: Cell) -> Result<(), SourceError> {
        if self.mapped.original {
            out.extend_from_slice(self.original.as_bytes());
            put(out, &original(self.mapped.column.class, cell.clone()))?;
        }
        out.extend_from_slice(self.name.as_bytes());
        put(out, &normal(self.mapped, cell))
    }

    /// A cell between two tabs. Most are in their normal form already, and are written as they are.
    fn copied(&self, out: &mut Vec<u8>, raw: &[u8]) -> Result<(), SourceError> {
        let Some(text) = crate::postgres::copied(raw)? else { return self.cell(out, Cell::Null) };
        let as_is = if self.mapped.original { None } else { as_it_is(self.mapped, &text) };
        match as_is {
            Some(AsItIs::Text) => {
                out.extend_from_slice(self.name.as_bytes());
                put(out, &*text)
            }
            Some(AsItIs::Number) => {
                out.extend_from_slice(self.name.as_bytes());
                out.extend_from_slice(text.as_bytes());
                Ok(())
            }
            None => self.cell(out, Cell::Text(text.into_owned())),
        }
    }
}

fn put(out: &mut Vec<u8>, value: &(impl serde::Serialize + ?Sized)) -> Result<(), SourceError> {
    serde_json::to_writer(out, value).map_err(|error| SourceError::Failed(error.to_string()))
}

/// A row whose first cells are the key and what it is sorted by.
fn listed(table: &Table, fields: &[&str], sorted: bool, row: Vec<Cell>) -> Result<Listed, SourceError> {
    let key = field(table, &table.key)?;
    let mut cells = row.into_iter();
    let first = cells.next().unwrap_or(Cell::Null);
    let mark_key = first.text().unwrap_or_default();
    let sorted = if sorted { cells.next().and_then(|cell| cell.text()) } else { None };
    Ok(Listed {
        mark: Mark { sorted, key: mark_key },
        key: normal(key, first),
        record: record(table, fields, cells)?,
    })
}

impl<D: Driver> Sql<D> {
    fn selected(
        &self,
        statement: &Statement<'_, D>,
        fields: &[&str],
        first: &[&str],
    ) -> Result<String, SourceError> {
        let columns: Result<Vec<String>, SourceError> = first
            .iter()
            .chain(fields)
            .map(|name| Ok(statement.select(field(statement.table, name)?)))
            .collect();
        let columns = columns?;
        Ok(if columns.is_empty() { "1".to_owned() } else { columns.join(", ") })
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
        let mut statement = Statement::new(&self.0, table);
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        statement.one_of(&table.key, &keys)?;
        statement.filters(filters)?;
        let selected = self.selected(&statement, fields, &[&table.key])?;
        // A key is unique; should a table have it twice, an answer is still no longer than was asked for.
        let (sql, args) = statement.finish(&selected, &format!(" LIMIT {}", keys.len()));
        let rows = self.0.rows(sql, args).await?;
        rows.into_iter().map(|row| listed(table, fields, false, row)).collect()
    }

    async fn list(
        &self,
        table: &Table,
        fields: &[&str],
        listing: &Listing,
    ) -> Result<Vec<Listed>, SourceError> {
        let mut statement = Statement::new(&self.0, table);
        statement.filters(&listing.filters)?;
        if let Some(mark) = &listing.after {
            statement.behind(mark, listing.sort.as_ref())?;
        }
        let key = statement.column(field(table, &table.key)?);
        let mut first = vec![table.key.as_str()];
        let order = match &listing.sort {
            None => key,
            Some((name, backwards)) => {
                first.push(name);
                let column = statement.column(field(table, name)?);
                let way = if *backwards { " DESC" } else { "" };
                // In words that every database has: what is empty comes last.
                format!("CASE WHEN {column} IS NULL THEN 1 ELSE 0 END, {column}{way}, {key}")
            }
        };
        let selected = self.selected(&statement, fields, &first)?;
        let (sql, args) = statement.finish(&selected, &format!(" ORDER BY {order} LIMIT {}", listing.limit));
        let rows = self.0.rows(sql, args).await?;
        let sorted = listing.sort.is_some();
        rows.into_iter().map(|row| listed(table, fields, sorted, row)).collect()
    }

    async fn count(&self, table: &Table, filters: &[Filter]) -> Result<u64, SourceError> {
        let mut statement = Statement::new(&self.0, table);
        statement.filters(filters)?;
        let (sql, args) = statement.finish(self.0.count(), "");
        let rows = self.0.rows(sql, args).await?;
        let count =
            rows.into_iter().next().and_then(|row| row.into_iter().next()).and_then(|cell| cell.text());
        count
            .and_then(|count| count.parse().ok())
            .ok_or_else(|| SourceError::Failed("it gave no count".to_owned()))
    }

    fn stream<'a>(&'a self, table: &'a Table, fields: &'a [&'a str], filters: &'a [Filter]) -> Lines<'a> {
        let mut statement = Statement::new(&self.0, table);
        let begun = statement.filters(filters).and_then(|()| self.selected(&statement, fields, &[]));
        match begun {
            Err(error) => failing(error),
            Ok(selected) => {
                let (sql, args) = statement.finish(&selected, "");
                let writer = match Writer::new(table, fields) {
                    Ok(writer) => writer,
                    Err(error) => return failing(error),
                };
                self.0.stream(sql, args).map(move |piece| piece.and_then(|piece| writer.lines(piece))).boxed()
            }
        }
    }

    async fn sample(&self, shape: &Shape, limit: usize) -> Result<Vec<Vec<Cell>>, SourceError> {
        let table =
            Table { name: shape.name.clone(), key: String::new(), fields: std::collections::BTreeMap::new() };
        let statement = Statement::new(&self.0, &table);
        let columns: Vec<String> =
            shape.columns.iter().map(|column| self.0.select(&self.0.quote(&column.name), column)).collect();
        if columns.is_empty() {
            return Ok(Vec::new());
        }
        let (sql, args) = statement.finish(&columns.join(", "), &format!(" LIMIT {limit}"));
        self.0.rows(sql, args).await
    }
}
