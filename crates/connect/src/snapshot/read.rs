//! What a snapshot is taken of, row by row.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use calamine::{Data, Reader as _, open_workbook_auto};
use futures::channel::mpsc;
use futures::stream::BoxStream;
use futures::{SinkExt as _, StreamExt as _};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;

use crate::SourceError;
use crate::value::Cell;

/// Most columns of a file.
const COLUMNS: usize = 1000;
/// Rows that wait between the reader and the writer.
const WAITING: usize = 256;
/// Most pages that are asked of an API.
const PAGES: usize = 100_000;
/// Records of an API whose members make the columns.
const LOOKED_AT: usize = 1000;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma, semicolon or tab between cells; the first line has the columns. UTF-8.
    Csv,
    /// A sheet; its first row has the columns.
    Xlsx,
    /// Parquet.
    Parquet,
}

impl Format {
    /// By the end of the file's name.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_lowercase().as_str() {
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "xlsx" | "xls" | "ods" => Some(Self::Xlsx),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }
}

/// Gives the pages of an HTTP API: whoever has a client.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// The JSON at an address.
    ///
    /// # Errors
    /// Why there is none.
    async fn json(&self, address: &str) -> Result<Value, String>;
}

/// What a snapshot is taken of.
pub enum Origin {
    /// A file.
    File {
        /// Where it is.
        path: PathBuf,
        /// Its form.
        format: Format,
        /// The sheet; without it the first.
        sheet: Option<String>,
    },
    /// An HTTP API that gives records as JSON: a list, or an object with one. Pages go on by a member `next` that is an address.
    Http {
        /// The address of the first page.
        address: String,
        /// Where the list is, as a JSON pointer; empty: the answer itself, or its member `items`, `data` or `results`.
        items: String,
        /// How old a snapshot may become.
        every: Duration,
        /// Who asks.
        client: Box<dyn Fetch>,
    },
}

/// Columns with their types, and the rows.
type Opened = (Vec<(String, &'static str)>, Rows);
/// A file's rows, one by one.
type Rows = BoxStream<'static, Result<Vec<Cell>, SourceError>>;

impl Origin {
    /// What the file looks like: another length or time, and it is another file.
    pub(super) fn mark(&self) -> Option<(u64, SystemTime)> {
        let Self::File { path, .. } = self else { return None };
        let data = std::fs::metadata(path).ok()?;
        Some((data.len(), data.modified().ok()?))
    }

    pub(super) async fn open(&self) -> Result<Opened, SourceError> {
        match self {
            Self::File { path, format, sheet } => {
                let (path, format, sheet) = (path.clone(), *format, sheet.clone());
                let opened = tokio::task::spawn_blocking(move || match format {
                    Format::Csv => csv(&path),
                    Format::Xlsx => xlsx(&path, sheet.as_deref()),
                    Format::Parquet => parquet(&path),
                });
                opened.await.map_err(|error| SourceError::Failed(error.to_string()))?
            }
            Self::Http { address, items, client, .. } => http(address, items, client.as_ref()).await,
        }
    }
}

fn failed(error: impl std::fmt::Display) -> SourceError {
    SourceError::Failed(error.to_string())
}

/// Names of columns: none empty, none twice.
fn named(names: impl Iterator<Item = String>) -> Result<Vec<String>, SourceError> {
    let mut columns: Vec<String> = Vec::new();
    for (number, name) in names.enumerate() {
        let name = name.trim().trim_start_matches('\u{feff}').to_owned();
        let name = if name.is_empty() { format!("cot_{}", number + 1) } else { name };
        let twice = columns.iter().any(|known| known.eq_ignore_ascii_case(&name));
        columns.push(if twice { format!("{name}_{}", number + 1) } else { name });
    }
    if columns.is_empty() || columns.len() > COLUMNS {
        return Err(SourceError::Failed(format!(
            "it has {} columns; from 1 to {COLUMNS} can be read",
            columns.len()
        )));
    }
    Ok(columns)
}

/// Rows from a thread of their own, as many as are asked for.
fn rows(read: impl FnOnce(&mut dyn FnMut(Result<Vec<Cell>, SourceError>) -> bool) + Send + 'static) -> Rows {
    let (mut sender, receiver) = mpsc::channel(WAITING);
    std::thread::spawn(move || {
        // Whoever listens no more ends it.
        read(&mut |row| futures::executor::block_on(sender.send(row)).is_ok());
    });
    receiver.boxed()
}

fn csv(path: &Path) -> Result<Opened, SourceError> {
    let mut first = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(std::fs::File::open(path).map_err(failed)?),
        &mut first,
    )
    .map_err(failed)?;
    let count = |mark: char| first.matches(mark).count();
    // The mark that the first line has most of.
    let mark = [',', ';', '\t'].into_iter().max_by_key(|mark| count(*mark)).unwrap_or(',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(u8::try_from(mark).unwrap_or(b','))
        .flexible(false)
        .from_path(path)
        .map_err(failed)?;
    let columns = named(reader.headers().map_err(failed)?.iter().map(str::to_owned))?;
    let rows = rows(move |hand_on| {
        for record in reader.into_records() {
            // An empty cell is nothing: CSV cannot tell the two apart.
            let row = record.map_err(failed).map(|record| {
                record
                    .iter()
                    .map(|cell| if cell.is_empty() { Cell::Null } else { Cell::Text(cell.to_owned()) })
                    .collect()
            });
            let broken = row.is_err();
            if !hand_on(row) || broken {
                return;
            }
        }
    });
    Ok((columns.into_iter().map(|name| (name, "TEXT")).collect(), rows))
}

fn xlsx(path: &Path, sheet: Option<&str>) -> Result<Opened, SourceError> {
    let mut book = open_workbook_auto(path).map_err(failed)?;
    let name = match sheet {
        Some(name) => name.to_owned(),
        None => book
            .sheet_names()
            .first()
            .cloned()
            .ok_or_else(|| SourceError::Failed("it has no sheet".into()))?,
    };
    let range = book.worksheet_range(&name).map_err(failed)?;
    let head = range.rows().next().unwrap_or_default().iter().map(ToString::to_string);
    let columns = named(head)?;
    let rows = rows(move |hand_on| {
        for row in range.rows().skip(1) {
            let cells: Vec<Cell> = row.iter().map(sheet_cell).collect();
            if cells.iter().all(|cell| *cell == Cell::Null) {
                continue;
            }
            if !hand_on(Ok(cells)) {
                return;
            }
        }
    });
    Ok((columns.into_iter().map(|name| (name, "")).collect(), rows))
}

fn sheet_cell(cell: &Data) -> Cell {
    match cell {
        Data::Empty | Data::Error(_) => Cell::Null,
        Data::String(text) if text.is_empty() => Cell::Null,
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => Cell::Text(text.clone()),
        Data::Int(number) => Cell::Integer(*number),
        // Sheets know no whole numbers: one without places is one.
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
            format!("{number:.0}").parse().map_or(Cell::Real(*number), Cell::Integer)
        }
        Data::Float(number) => Cell::Real(*number),
        Data::Bool(yes) => Cell::Integer(i64::from(*yes)),
        Data::DateTime(moment) => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            let clock = if (hour, minute, second) == (0, 0, 0) {
                String::new()
            } else {
                format!(" {hour:02}:{minute:02}:{second:02}")
            };
            Cell::Text(format!("{year:04}-{month:02}-{day:02}{clock}"))
        }
    }
}

fn parquet(path: &Path) -> Result<Opened, SourceError> {
    let reader = SerializedFileReader::new(std::fs::File::open(path).map_err(failed)?).map_err(failed)?;
    let fields = reader.metadata().file_metadata().schema().get_fields();
    let columns = named(fields.iter().map(|field| field.name().to_owned()))?;
    let rows = rows(move |hand_on| {
        for row in reader.into_iter() {
            let row = row
                .map_err(failed)
                .map(|row| row.get_column_iter().map(|(_, field)| parquet_cell(field)).collect());
            let broken = row.is_err();
            if !hand_on(row) || broken {
                return;
            }
        }
    });
    Ok((columns.into_iter().map(|name| (name, "")).collect(), rows))
}

fn parquet_cell(field: &Field) -> Cell {
    match field {
        Field::Null => Cell::Null,
        Field::Bool(yes) => Cell::Integer(i64::from(*yes)),
        Field::Byte(number) => Cell::Integer(i64::from(*number)),
        Field::Short(number) => Cell::Integer(i64::from(*number)),
        Field::Int(number) => Cell::Integer(i64::from(*number)),
        Field::Long(number) => Cell::Integer(*number),
        Field::UByte(number) => Cell::Integer(i64::from(*number)),
        Field::UShort(number) => Cell::Integer(i64::from(*number)),
        Field::UInt(number) => Cell::Integer(i64::from(*number)),
        Field::ULong(number) => {
            i64::try_from(*number).map_or_else(|_| Cell::Text(number.to_string()), Cell::Integer)
        }
        Field::Float(number) => Cell::Real(f64::from(*number)),
        Field::Double(number) => Cell::Real(*number),
        Field::Str(text) => Cell::Text(text.clone()),
        Field::Bytes(bytes) => Cell::Blob(bytes.data().to_vec()),
        Field::TimestampMillis(_) | Field::TimestampMicros(_) => {
            let text = field.to_string();
            let text = text.trim_end_matches(" +00:00");
            let whole =
                if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
            Cell::Text(whole.to_owned())
        }
        // Days since 1970 and decimals as they print themselves: `2020-01-02`, `1.50`.
        other => Cell::Text(other.to_string().trim_matches('"').to_owned()),
    }
}

async fn http(address: &str, items: &str, client: &dyn Fetch) -> Result<Opened, SourceError> {
    // Kept whole: an API that gives more than memory holds wants a database, not a snapshot.
    let mut records: Vec<serde_json::Map<String, Value>> = Vec::new();
    let mut next = Some(address.to_owned());
    let mut pages = 0;
    while let Some(address) = next.take() {
        pages += 1;
        if pages > PAGES {
            return Err(SourceError::Failed(format!("it has more than {PAGES} pages")));
        }
        let page = client.json(&address).await.map_err(SourceError::Failed)?;
        let list = match items {
            "" if page.is_array() => Some(&page),
            "" => ["items", "data", "results"]
                .iter()
                .find_map(|name| page.get(name))
                .filter(|list| list.is_array()),
            pointer => page.pointer(pointer),
        };
        let list = list
            .and_then(Value::as_array)
            .ok_or_else(|| SourceError::Failed("its answer has no list of records".into()))?;
        records.extend(list.iter().filter_map(Value::as_object).cloned());
        let on = page.get("next").and_then(Value::as_str).filter(|on| !on.is_empty());
        next = on.map(|on| joined(&address, on)).transpose()?;
        if next.as_deref() == Some(address.as_str()) {
            return Err(SourceError::Failed("a page names itself as the next".into()));
        }
    }
    let mut names: Vec<String> = Vec::new();
    for record in records.iter().take(LOOKED_AT) {
        for name in record.keys() {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    let columns = named(names.iter().cloned())?;
    let rows = records.into_iter().map(move |mut record| {
        Ok(names.iter().map(|name| record.remove(name).map_or(Cell::Null, json_cell)).collect())
    });
    Ok((columns.into_iter().map(|name| (name, "")).collect(), futures::stream::iter(rows).boxed()))
}

/// The address of the next page, which must be at the same place: an answer does not lead the node elsewhere.
fn joined(address: &str, on: &str) -> Result<String, SourceError> {
    let base = url::Url::parse(address).map_err(failed)?;
    let next = base.join(on).map_err(failed)?;
    if next.origin() == base.origin() {
        Ok(next.to_string())
    } else {
        Err(SourceError::Failed(format!(
            "its next page is elsewhere: {}",
            next.origin().ascii_serialization()
        )))
    }
}

fn json_cell(value: Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Bool(yes) => Cell::Integer(i64::from(yes)),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Cell::Integer(whole),
            (None, Some(real)) => Cell::Real(real),
            _ => Cell::Text(number.to_string()),
        },
        Value::String(text) => Cell::Text(text),
        other => Cell::Text(other.to_string()),
    }
}
