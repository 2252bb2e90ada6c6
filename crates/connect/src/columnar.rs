//! Records of a source as Arrow's batches, for whoever measures them where they lie: in the order of their keys, from any key on; or as they
//! come, once.
//!
//! Values are texts, as their fields show them; one that cannot be given is U+FFFD, which no rule takes for a value that is right. Whoever
//! reads keeps the pace.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray as _;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow_schema::{DataType, Field, Schema};
use futures::StreamExt as _;
use serde_json::{Map, Value};

use crate::record::missing;
use crate::shown::Shown;
use crate::{Lines, Listed, Listing, Mark, Source, SourceError, Table};

/// What stands for a value that is there and cannot be given: no UTF-8, no day of any calendar.
const BROKEN: &str = "\u{fffd}";

/// A value that is longer counts as one that cannot be given: nobody is to hold it in memory several times over.
const VALUE_MAX: usize = 16 * 1024 * 1024;
/// Longest values of a column of a batch together. Arrow's texts end at 2 GiB.
const COLUMN_MAX: usize = 1024 * 1024 * 1024;

/// Records of a table, page by page.
pub struct Reader<'a> {
    source: &'a dyn Source,
    table: &'a Table,
    /// Of them those that the table has.
    present: &'a [&'a str],
    fields: &'a [&'a str],
    way: Way<'a>,
    bytes: usize,
}

enum Way<'a> {
    /// Behind the record with this mark, in the order of its keys, or of the field and then of its keys.
    InOrder { sort: Option<&'a str>, after: Option<Mark> },
    /// One statement for all.
    AsTheyCome { lines: Lines<'a>, waiting: VecDeque<Map<String, Value>>, ended: bool },
}

impl<'a> Reader<'a> {
    /// Records with these fields, of which the table has some, in the order of their keys: from the beginning, or behind a mark.
    #[must_use]
    pub fn in_order(
        source: &'a dyn Source,
        table: &'a Table,
        (fields, present): (&'a [&'a str], &'a [&'a str]),
        after: Option<Mark>,
    ) -> Self {
        Self { source, table, present, fields, way: Way::InOrder { sort: None, after }, bytes: 0 }
    }

    /// Those that stand behind a mark in the order of a field.
    #[must_use]
    pub fn behind(
        source: &'a dyn Source,
        table: &'a Table,
        (fields, present): (&'a [&'a str], &'a [&'a str]),
        sort: &'a str,
        after: Option<Mark>,
    ) -> Self {
        Self { source, table, present, fields, way: Way::InOrder { sort: Some(sort), after }, bytes: 0 }
    }

    /// All of them, in the order in which the source has them: of a table whose keys may stand twice.
    #[must_use]
    pub fn as_they_come(
        source: &'a dyn Source,
        table: &'a Table,
        (fields, present): (&'a [&'a str], &'a [&'a str]),
    ) -> Self {
        let way = Way::AsTheyCome {
            lines: source.stream(table, present, &[]),
            waiting: VecDeque::new(),
            ended: false,
        };
        Self { source, table, present, fields, way, bytes: 0 }
    }

    /// Behind which record it stands: from here reading goes on after a restart.
    #[must_use]
    pub fn mark(&self) -> Option<&Mark> {
        match &self.way {
            Way::InOrder { after, .. } => after.as_ref(),
            Way::AsTheyCome { .. } => None,
        }
    }

    /// Bytes of the last page's values, as its source has them.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether the same page may be asked for once more.
    #[must_use]
    pub fn can_ask_again(&self, error: &SourceError) -> bool {
        let passes =
            matches!(error, SourceError::Busy | SourceError::NoConnection | SourceError::Unreachable(_));
        passes && matches!(self.way, Way::InOrder { .. })
    }

    /// The next records, fewer than `limit` only at the end. Fields that the table lacks are empty.
    ///
    /// # Errors
    /// [`SourceError`].
    pub async fn next(&mut self, limit: usize) -> Result<RecordBatch, SourceError> {
        let (page, bytes) = match &mut self.way {
            Way::InOrder { sort, after } => {
                let sort = sort.map(|field| (field.to_owned(), false));
                let listing = Listing { after: after.clone(), limit, sort, ..Listing::default() };
                let listed = self.source.list(self.table, self.present, &listing).await?;
                if let Some(last) = listed.last() {
                    *after = Some(last.mark.clone());
                }
                batch(self.fields, &listed, shown)?
            }
            Way::AsTheyCome { lines, waiting, ended } => {
                while waiting.len() < limit && !*ended {
                    let Some(piece) = lines.next().await else {
                        *ended = true;
                        break;
                    };
                    for line in piece?.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                        // What cannot be read is told without its content.
                        let record = serde_json::from_slice(line)
                            .map_err(|_| SourceError::Failed("a record is no JSON".to_owned()))?;
                        waiting.push_back(record);
                    }
                }
                let some: Vec<_> = waiting.drain(..limit.min(waiting.len())).collect();
                batch(self.fields, &some, member)?
            }
        };
        self.bytes = bytes;
        Ok(page)
    }
}

/// Records that were looked up, as a batch with these fields.
///
/// # Errors
/// [`SourceError::Failed`] if they do not fit into one.
pub fn batch_of(fields: &[&str], listed: &[Listed]) -> Result<RecordBatch, SourceError> {
    batch(fields, listed, shown).map(|(batch, _)| batch)
}

fn shown<'a>(listed: &'a Listed, name: &str) -> Option<Cow<'a, str>> {
    match listed.record.get(name)? {
        Shown::Missing(_) => Some(BROKEN.into()),
        shown => shown.text(),
    }
}

/// The texts of a column of a batch that was read here.
pub fn texts(batch: &RecordBatch, column: usize) -> impl Iterator<Item = Option<&str>> {
    let column = batch.columns().get(column).and_then(|column| column.as_string_opt::<i32>());
    column.into_iter().flatten()
}

/// So many records of which nothing is known.
#[must_use]
pub fn nothing(fields: &[&str], rows: usize) -> RecordBatch {
    let columns = fields.iter().map(|_| new_null_array(&DataType::Utf8, rows)).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    // Columns of one length and of the schema's types: there is nothing that could be wrong.
    RecordBatch::try_new_with_options(schema(fields), columns, &options)
        .unwrap_or_else(|_| RecordBatch::new_empty(schema(fields)))
}

fn schema(fields: &[&str]) -> Arc<Schema> {
    Arc::new(Schema::new(
        fields.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect::<Vec<_>>(),
    ))
}

/// Rows as a batch, with the bytes of their values.
fn batch<R>(
    fields: &[&str],
    rows: &[R],
    of: impl for<'r> Fn(&'r R, &str) -> Option<Cow<'r, str>>,
) -> Result<(RecordBatch, usize), SourceError> {
    let mut bytes = 0;
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(fields.len());
    for name in fields {
        let mut column = StringBuilder::with_capacity(rows.len(), rows.len() * 16);
        for row in rows {
            let text = of(row, name);
            bytes += text.as_ref().map_or(0, |text| text.len());
            column.append_option(text.map(|text| if text.len() > VALUE_MAX { BROKEN.into() } else { text }));
            if column.values_slice().len() > COLUMN_MAX {
                return Err(SourceError::Failed(format!(
                    "the values of {name} are too long to be read together"
                )));
            }
        }
        columns.push(Arc::new(column.finish()));
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(schema(fields), columns, &options)
        .map(|batch| (batch, bytes))
        .map_err(|error| SourceError::Failed(error.to_string()))
}

fn member<'a>(record: &'a Map<String, Value>, name: &str) -> Option<Cow<'a, str>> {
    match record.get(name) {
        Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.into()),
        Some(value) => Some(value.to_string().into()),
        None => record.contains_key(&missing(name)).then(|| BROKEN.into()),
    }
}
