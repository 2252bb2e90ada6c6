//! Fills the table of a snapshot. A file is read by a process of its own, which cannot take the node down with it: whatever it asks of memory
//! and time is bounded, and what it did counts only if it ended well.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use model::column::Class;
use model::fault::Words;
use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::Format;
use super::read;
use super::reader::{Options, ReadColumn, Sink};
use crate::sql::Driver as _;
use crate::sqlite::{File, keep_broken};
use crate::texts;
use crate::value::Cell;
use crate::{Column, Native, Shape, SourceError, TableName};

/// The one table.
const TABLE: &str = "data";
/// Rows that are written at a time.
const CHUNK: usize = 500;
/// Columns that are looked at whether they are keys, and get an index.
const INDEXED: usize = 64;
/// Longest time of a reader: a file of 50 million rows takes a tenth of it.
pub(super) const LONGEST: Duration = Duration::from_secs(1800);
/// Memory that a reader may take, as the system counts addresses.
const MEMORY: u64 = 2 << 30;
/// Most bytes that a table may have: what a snapshot may take on a disk of ordinary size.
const BYTES: u64 = 32 << 30;
/// How many times larger than a file its table may be, and how large in any case: compressed columns of records are some twenty times smaller.
const EXPANDED: u64 = 200;
const LEAST: u64 = 1 << 30;
/// Longest word of a reader at its end.
const WORD: u64 = 4 << 20;

/// Who reads a file.
#[derive(Debug, Clone)]
pub enum Reading {
    /// This process, on a thread of its own: for whoever has only this one file to care for.
    Here,
    /// Another process of this program, started with these arguments, which hands over to [`read_in_a_child`].
    Child {
        /// The path of this program's own file.
        program: PathBuf,
        /// What makes it read.
        arguments: Vec<String>,
    },
}

/// What is to be read, and where to.
#[derive(Serialize, Deserialize)]
struct Job {
    file: PathBuf,
    format: Format,
    options: Options,
    out: PathBuf,
}

/// What came of it.
#[derive(Serialize, Deserialize)]
enum Outcome {
    Read(Table),
    Failed(String),
}

/// The table that was filled.
#[derive(Debug, Serialize, Deserialize)]
struct Table {
    columns: Vec<Filled>,
    rows: u64,
    remarks: Vec<(String, String)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Filled {
    name: String,
    class: Class,
    declared: String,
    empty: bool,
    unique: bool,
}

impl Table {
    fn shape(self) -> Shape {
        let column = |column: Filled| Column {
            name: column.name,
            declared: column.declared,
            class: column.class,
            nullable: column.empty,
            unique: column.unique,
            comment: String::new(),
            native: Native::Written,
        };
        Shape {
            name: TableName { schema: None, name: TABLE.to_owned() },
            columns: self.columns.into_iter().map(column).collect(),
            rows: Some(self.rows),
            view: false,
            remarks: self.remarks.into_iter().map(|(vi, en)| Words::new(vi, en)).collect(),
        }
    }
}

impl Reading {
    pub(super) async fn read(
        &self,
        file: &Path,
        format: Format,
        options: &Options,
        out: &Path,
    ) -> Result<Shape, SourceError> {
        let failed = |error: &dyn std::fmt::Display| SourceError::Failed(error.to_string());
        let job = Job { file: file.to_owned(), format, options: options.clone(), out: out.to_owned() };
        let outcome = match self {
            Self::Here => {
                tokio::task::spawn_blocking(move || carry_out(&job)).await.map_err(|e| failed(&e))?
            }
            Self::Child { program, arguments } => {
                let word = serde_json::to_vec(&job).map_err(|e| failed(&e))?;
                let asked = ask_a_child(program, arguments, &word, out);
                let said = tokio::time::timeout(LONGEST, asked).await;
                said.map_err(|_| {
                    SourceError::Failed(format!("it takes longer than {} s to read", LONGEST.as_secs()))
                })??
            }
        };
        match outcome {
            Outcome::Read(table) => Ok(table.shape()),
            Outcome::Failed(why) => Err(SourceError::Failed(why)),
        }
    }
}

async fn ask_a_child(
    program: &Path,
    arguments: &[String],
    job: &[u8],
    out: &Path,
) -> Result<Outcome, SourceError> {
    let failed = |error: std::io::Error| SourceError::Failed(format!("the reader cannot be asked: {error}"));
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        // It needs none of our settings, and so must not have our secrets.
        .env_clear()
        // What is sorted lies beside what is made of it.
        .env("SQLITE_TMPDIR", out.parent().unwrap_or(Path::new(".")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(job).await.map_err(failed)?;
    }
    let mut said = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(WORD).read_to_end(&mut said).await.map_err(failed)?;
    }
    let status = child.wait().await.map_err(failed)?;
    // A word and a good end: one without the other is nothing.
    let word = serde_json::from_slice(&said).ok().filter(|_| status.success());
    word.ok_or_else(|| {
        SourceError::Failed(format!(
            "the reader ended without a result ({status}): the file asks for too much, or is broken"
        ))
    })
}

/// Reads what standard input says, and tells on standard output what came of it. Returns whether it could.
pub fn read_in_a_child(mut input: impl Read, mut output: impl Write) -> bool {
    // What cannot be bounded here is still bounded by the readers.
    let _ = setrlimit(Resource::As, Rlimit { current: Some(MEMORY), maximum: Some(MEMORY) });
    let mut word = Vec::new();
    let job: Option<Job> = input.read_to_end(&mut word).ok().and_then(|_| serde_json::from_slice(&word).ok());
    let outcome = job.map(|job| carry_out(&job));
    let said = outcome.and_then(|outcome| serde_json::to_vec(&outcome).ok());
    said.is_some_and(|said| output.write_all(&said).and_then(|()| output.flush()).is_ok())
}

fn carry_out(job: &Job) -> Outcome {
    let filled = || -> Result<Table, String> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().build().map_err(|error| error.to_string())?;
        let data = std::fs::metadata(&job.file).map_err(|error| error.to_string())?;
        // A pipe or a device has no end that would be waited for.
        if !data.is_file() {
            return Err(texts::not_a_file().both());
        }
        let mut fill = runtime.block_on(Fill::create(&job.out))?;
        fill.most = (data.len().saturating_mul(EXPANDED)).clamp(LEAST, BYTES);
        let mut into = Into { fill, runtime, columns: Vec::new() };
        let done = read::read(&job.file, job.format, &job.options, &mut into);
        let done = done.map_err(|error| error.words().both())?;
        into.runtime.block_on(into.fill.finish(into.columns, done.remarks))
    };
    filled().map_or_else(Outcome::Failed, Outcome::Read)
}

/// A table that a reader's rows go into.
struct Into {
    fill: Fill,
    runtime: tokio::runtime::Runtime,
    columns: Vec<ReadColumn>,
}

impl Sink for Into {
    fn begin(&mut self, columns: &[ReadColumn]) -> Result<(), String> {
        self.columns = columns.to_vec();
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        self.runtime.block_on(self.fill.begin(&names))
    }

    fn row(&mut self, cells: Vec<Cell>) -> Result<(), String> {
        self.runtime.block_on(self.fill.row(&cells))
    }
}

/// A table that is being filled. The file can be made again at any time, so it need not outlive a crash.
pub(super) struct Fill {
    connection: SqliteConnection,
    quoter: File,
    insert: String,
    columns: usize,
    rows: u64,
    bytes: u64,
    most: u64,
}

impl Fill {
    pub(super) async fn create(path: &Path) -> Result<Self, String> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Off)
            .synchronous(SqliteSynchronous::Off);
        let connection = SqliteConnection::connect_with(&options).await.map_err(|error| error.to_string())?;
        Ok(Self {
            connection,
            quoter: File::new(path, Duration::ZERO),
            insert: String::new(),
            columns: 0,
            rows: 0,
            bytes: 0,
            most: BYTES,
        })
    }

    async fn run(&mut self, sql: String) -> Result<(), String> {
        let done = sqlx::query(AssertSqlSafe(sql)).execute(&mut self.connection).await;
        done.map(drop).map_err(|error| error.to_string())
    }

    /// Makes the columns. They have no types: `SQLite` would change values to fit.
    pub(super) async fn begin(&mut self, names: &[String]) -> Result<(), String> {
        let quoted: Vec<String> = names.iter().map(|name| self.quoter.quote(name)).collect();
        self.run(format!("CREATE TABLE {TABLE} ({})", quoted.join(", "))).await?;
        self.widen(names.len());
        Ok(())
    }

    /// Adds a column, empty in all rows so far.
    pub(super) async fn add_column(&mut self, name: &str) -> Result<(), String> {
        let quoted = self.quoter.quote(name);
        self.run(format!("ALTER TABLE {TABLE} ADD COLUMN {quoted}")).await?;
        self.widen(self.columns + 1);
        Ok(())
    }

    fn widen(&mut self, columns: usize) {
        self.columns = columns;
        self.insert = format!("INSERT INTO {TABLE} VALUES ({})", vec!["?"; columns].join(", "));
    }

    pub(super) async fn row(&mut self, cells: &[Cell]) -> Result<(), String> {
        if self.rows.is_multiple_of(CHUNK as u64) {
            if self.rows > 0 {
                self.run("COMMIT".to_owned()).await?;
            }
            self.run("BEGIN".to_owned()).await?;
        }
        let long = |cell: &Cell| match cell {
            Cell::Text(text) => text.len(),
            Cell::Blob(bytes) => bytes.len(),
            _ => 8,
        };
        self.bytes += cells.iter().map(|cell| long(cell) as u64).sum::<u64>();
        if self.bytes > self.most {
            return Err(format!("its table has more than {} bytes; that wants a database", self.most));
        }
        let mut query = sqlx::query(AssertSqlSafe(self.insert.clone()));
        for at in 0..self.columns {
            query = match cells.get(at) {
                None | Some(Cell::Null) => query.bind(None::<String>),
                Some(Cell::Text(text)) => query.bind(text.clone()),
                Some(Cell::Integer(number)) => query.bind(*number),
                Some(Cell::Real(number)) => query.bind(*number),
                Some(Cell::Blob(bytes)) => query.bind(bytes.clone()),
                Some(Cell::Broken { flaw, .. }) => query.bind(keep_broken(*flaw)),
            };
        }
        query.execute(&mut self.connection).await.map_err(|error| error.to_string())?;
        self.rows += 1;
        Ok(())
    }

    /// Looks at what is in the columns, and makes an index for each of the first ones.
    async fn finish(mut self, columns: Vec<ReadColumn>, remarks: Vec<Words>) -> Result<Table, String> {
        if self.rows > 0 {
            self.run("COMMIT".to_owned()).await?;
        }
        let mut filled = Vec::new();
        for (number, column) in columns.into_iter().enumerate() {
            let quoted = self.quoter.quote(&column.name);
            let (mut empty, mut unique) = (true, false);
            if number < INDEXED {
                // By what is written: 7 and "7" are one.
                let counted: (i64, i64, i64) = sqlx::query_as(AssertSqlSafe(format!(
                    "SELECT COUNT(*), COUNT({quoted}), COUNT(DISTINCT CAST({quoted} AS TEXT)) FROM {TABLE}"
                )))
                .fetch_one(&mut self.connection)
                .await
                .map_err(|error| error.to_string())?;
                empty = counted.1 < counted.0;
                unique = counted.2 == counted.1;
                self.run(format!("CREATE INDEX by_{number} ON {TABLE} ({quoted})")).await?;
            }
            let ReadColumn { name, class, declared } = column;
            filled.push(Filled { name, class, declared, empty, unique });
        }
        self.connection.close().await.map_err(|error| error.to_string())?;
        let remarks =
            remarks.into_iter().map(|words| (words.vi().to_owned(), words.en().to_owned())).collect();
        Ok(Table { columns: filled, rows: self.rows, remarks })
    }

    /// Ends it, for whoever fills it in this process.
    pub(super) async fn shape(
        self,
        columns: Vec<ReadColumn>,
        remarks: Vec<Words>,
    ) -> Result<Shape, SourceError> {
        self.finish(columns, remarks).await.map(Table::shape).map_err(SourceError::Failed)
    }
}
