//! Records of a source as Arrow's batches, in the order of their keys: for whoever measures them where they lie.
//!
//! Each batch tells where it ended, so that reading goes on there after a pause, a restart or a source that died. So many records a second
//! and no more are read, and after each batch the source has at least as long to itself as the batch took; how long that was is told.
//! Values are texts, as their fields show them; one that cannot be given is U+FFFD, which no rule takes for a value that is right.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Field, Schema};
use model::service::FieldKind;

use crate::shown::Shown;
use crate::tally::Tally;
use crate::{Listed, Listing, Mapped, Mark, Shape, Source, SourceError, Table};

/// Records of a batch: what a database gives in a moment, and what is held of it at a time.
const RECORDS: usize = 4096;
/// Longest pause after a batch, whatever it took.
const PAUSE: Duration = Duration::from_secs(30);

/// Records of a table, batch by batch.
pub struct Batches<'a> {
    source: &'a dyn Source,
    table: &'a Table,
    fields: Vec<&'a str>,
    schema: Arc<Schema>,
    after: Option<Mark>,
    per_second: Option<u32>,
    ended: bool,
    /// When the next batch may be asked for.
    rests_until: Option<Instant>,
}

/// A batch, and where it ended.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Its records.
    pub records: RecordBatch,
    /// The place behind the last of them: from here reading goes on.
    pub after: Mark,
    /// How long its source took: a canary of what reading does to it.
    pub took: Duration,
}

impl<'a> Batches<'a> {
    /// Records with these fields, from the beginning or behind a place. `per_second` bounds how many are read.
    #[must_use]
    pub fn new(
        source: &'a dyn Source,
        table: &'a Table,
        fields: &[&'a str],
        after: Option<Mark>,
        per_second: Option<u32>,
    ) -> Self {
        let columns: Vec<Field> = fields.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
        Self {
            source,
            table,
            fields: fields.to_vec(),
            schema: Arc::new(Schema::new(columns)),
            after,
            per_second: per_second.filter(|rate| *rate > 0),
            ended: false,
            rests_until: None,
        }
    }

    /// The next batch; none when all were read. After an error it may be asked again, and goes on at the same place.
    ///
    /// # Errors
    /// [`SourceError`].
    pub async fn next(&mut self) -> Result<Option<Batch>, SourceError> {
        if self.ended {
            return Ok(None);
        }
        if let Some(until) = self.rests_until.take() {
            tokio::time::sleep_until(until.into()).await;
        }
        let limit = self.per_second.map_or(RECORDS, |rate| RECORDS.min(rate as usize));
        let listing = Listing { after: self.after.clone(), limit, ..Listing::default() };
        let began = Instant::now();
        let listed = self.source.list(self.table, &self.fields, &listing).await?;
        let took = began.elapsed();
        self.ended = listed.len() < limit;
        let Some(after) = listed.last().map(|last| last.mark.clone()) else { return Ok(None) };
        self.after = Some(after.clone());
        self.rests_until = Some(Instant::now() + self.pause(listed.len(), took));
        Ok(Some(Batch { records: self.columns(&listed)?, after, took }))
    }

    fn pause(&self, records: usize, took: Duration) -> Duration {
        let rate = self.per_second.map_or(Duration::ZERO, |rate| {
            Duration::from_secs(1).saturating_mul(u32::try_from(records).unwrap_or(u32::MAX)) / rate
        });
        took.max(rate.saturating_sub(took)).min(PAUSE)
    }

    fn columns(&self, listed: &[Listed]) -> Result<RecordBatch, SourceError> {
        let column = |field: &&str| {
            let mut column = StringBuilder::new();
            for record in listed {
                match record.record.get(field) {
                    Some(Shown::Missing(_)) => column.append_value("\u{fffd}"),
                    shown => column.append_option(shown.and_then(Shown::text)),
                }
            }
            Arc::new(column.finish()) as ArrayRef
        };
        let columns = self.fields.iter().map(column).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(listed.len()));
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)
            .map_err(|error| SourceError::Failed(error.to_string()))
    }
}

/// A table with all its columns as they are in their source, by the column `key`: what is measured where it lies, before anything is mapped.
#[must_use]
pub fn as_it_lies(shape: &Shape, key: &str) -> Table {
    let mapped = |column: &crate::Column| Mapped {
        kind: FieldKind::Text,
        column: column.clone(),
        values: std::collections::BTreeMap::new(),
        digits: None,
        original: false,
        searched: column.name == key,
    };
    let fields = shape.columns.iter().map(|column| (column.name.clone(), mapped(column))).collect();
    Table { name: shape.name.clone(), key: key.to_owned(), fields, tally: Arc::new(Tally::default()) }
}
