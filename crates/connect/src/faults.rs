//! Which records of a table have what wrong with them: for its owner, who mends it. Keys and fields are told, and never a value.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use futures::StreamExt as _;
use serde_json::value::RawValue;

use crate::record::missing;
use crate::tally::Trouble;
use crate::{Source, SourceError, Table};

/// Keys that are compared with one another at most: some 16 bytes of memory each.
const KEYS: usize = 50_000_000;
/// A value that its field's kind cannot have. It is shown as the source has it, as a text.
const NOT_OF_KIND: &str = "not_of_kind";

/// What was seen of a table while it was read through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen<'a> {
    /// So many records were read by now.
    Records(u64),
    /// So many rows leave the key empty: no other operation shows them.
    Keyless(u64),
    /// A record has something wrong with it.
    Fault {
        /// The key that it shows, if it shows one.
        key: Option<&'a str>,
        /// The contract's field, as it goes out.
        field: &'a str,
        /// What is wrong: the word of a [`Trouble`], or `not_of_kind`.
        fault: &'a str,
    },
}

/// Reads all records of `table`, and tells which of them have what wrong. Of a key that stands twice all but the first are told.
///
/// # Errors
/// [`SourceError`]; also if there are more than fifty million records, whose keys cannot all be compared.
pub async fn each(
    source: &dyn Source,
    table: &Table,
    mut see: impl FnMut(Seen<'_>),
) -> Result<(), SourceError> {
    let fields: Vec<&str> = table.fields.keys().map(String::as_str).collect();
    let (hasher, mut keys, mut records) = (RandomState::new(), HashSet::new(), 0);
    let mut lines = source.stream(table, &fields, &[]);
    while let Some(piece) = lines.next().await {
        for line in piece?.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            records += 1;
            let record: BTreeMap<String, &RawValue> = serde_json::from_slice(line)
                .map_err(|error| SourceError::Failed(format!("record {records}: {error}")))?;
            let key = record.get(&table.key).and_then(|value| text(value));
            let mut tell = |field: &str, fault: &str| see(Seen::Fault { key: key.as_deref(), field, fault });
            for (field, mapped) in &table.fields {
                let shown = record.get(field).and_then(|value| text(value));
                if let Some(why) = record.get(&missing(field)) {
                    tell(field, &text(why).unwrap_or_default());
                } else if shown.as_ref().is_some_and(|shown| !mapped.kind.holds(shown)) {
                    tell(field, NOT_OF_KIND);
                }
            }
            if let Some(key) = &key
                && !keys.insert(hasher.hash_one(key))
            {
                tell(&table.key, Trouble::KeyTwice.word());
            }
            if keys.len() > KEYS {
                return Err(SourceError::Failed(format!("it has more than {KEYS} records to compare")));
            }
        }
        see(Seen::Records(records));
    }
    see(Seen::Keyless(source.keyless(table).await?));
    Ok(())
}

/// A value as its text; nothing for null.
fn text(value: &RawValue) -> Option<String> {
    match value.get() {
        "null" => None,
        written => Some(serde_json::from_str(written).unwrap_or_else(|_| written.to_owned())),
    }
}
