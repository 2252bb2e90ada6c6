//! Columns of texts as a batch: what a reader of rows hands over, who need not know Arrow.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};

/// A batch of columns of texts, each with its field's name; none: there is no value. All have as many rows as the first: what a column
/// lacks is empty, what it has beyond is left out.
#[must_use]
pub fn of_texts(columns: Vec<(&str, Vec<Option<String>>)>) -> RecordBatch {
    let rows = columns.first().map_or(0, |(_, cells)| cells.len());
    let array = |(name, mut cells): (&str, Vec<Option<String>>)| {
        cells.resize(rows, None);
        (name.to_owned(), Arc::new(StringArray::from(cells)) as ArrayRef, true)
    };
    let arrays: Vec<_> = columns.into_iter().map(array).collect();
    // Names and lengths are as a batch wants them: only one without any column is none.
    RecordBatch::try_from_iter_with_nullable(arrays)
        .unwrap_or_else(|_| RecordBatch::new_empty(Arc::new(arrow_schema::Schema::empty())))
}
