//! Records of a source as columns of texts: in the order of their keys, from any key on; or as they come, once.

use std::collections::VecDeque;

use connect::shown::Shown;
use connect::{Lines, Listing, Mark, Source, SourceError, Table};
use futures::StreamExt as _;
use serde_json::{Map, Value};

/// What stands for a value that is there and cannot be given: no UTF-8, no day of any calendar.
const BROKEN: &str = "\u{fffd}";
/// What stands behind a field's name in a line where its value cannot be given.
const MISSING: &str = "__loi";

pub(super) enum Reader<'a> {
    /// Page by page.
    InOrder { source: &'a dyn Source, table: &'a Table, fields: &'a [&'a str], mark: Option<Mark> },
    /// One statement for all.
    AsTheyCome { lines: Lines<'a>, waiting: VecDeque<Map<String, Value>>, ended: bool },
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        source: &'a dyn Source,
        table: &'a Table,
        fields: &'a [&'a str],
        in_order: bool,
        mark: Option<Mark>,
    ) -> Self {
        if in_order {
            return Self::InOrder { source, table, fields, mark };
        }
        Self::AsTheyCome { lines: source.stream(table, fields, &[]), waiting: VecDeque::new(), ended: false }
    }

    /// Behind which record it stands.
    pub(super) fn mark(&self) -> Option<&Mark> {
        match self {
            Self::InOrder { mark, .. } => mark.as_ref(),
            Self::AsTheyCome { .. } => None,
        }
    }

    /// Whether the same page may be asked for once more.
    pub(super) fn can_ask_again(&self, error: &SourceError) -> bool {
        let passes =
            matches!(error, SourceError::Busy | SourceError::NoConnection | SourceError::Unreachable(_));
        passes && matches!(self, Self::InOrder { .. })
    }

    /// The next records, fewer than `limit` only at the end. Fields that the source lacks are empty.
    pub(super) async fn next<'n>(
        &mut self,
        names: &[&'n str],
        limit: u64,
    ) -> Result<Vec<(&'n str, Vec<Option<String>>)>, SourceError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        match self {
            Self::InOrder { source, table, fields, mark } => {
                let listing = Listing { after: mark.clone(), limit, ..Listing::default() };
                let listed = source.list(table, fields, &listing).await?;
                if let Some(last) = listed.last() {
                    *mark = Some(last.mark.clone());
                }
                Ok(columns(
                    names,
                    listed.iter().map(|listed| move |name: &str| shown(listed.record.get(name))),
                ))
            }
            Self::AsTheyCome { lines, waiting, ended } => {
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
                Ok(columns(names, some.iter().map(|record| move |name: &str| member(record, name))))
            }
        }
    }
}

/// Rows as columns, in the order of the names.
pub(super) fn columns<'n, Row: Fn(&str) -> Option<String>>(
    names: &[&'n str],
    rows: impl Iterator<Item = Row>,
) -> Vec<(&'n str, Vec<Option<String>>)> {
    let mut columns: Vec<(&str, Vec<Option<String>>)> =
        names.iter().map(|name| (*name, Vec::new())).collect();
    for row in rows {
        for (name, cells) in &mut columns {
            cells.push(row(name));
        }
    }
    columns
}

/// What a record shows, as a text.
pub(super) fn shown(shown: Option<&Shown>) -> Option<String> {
    match shown? {
        Shown::Missing(_) => Some(BROKEN.to_owned()),
        shown => shown.text().map(std::borrow::Cow::into_owned),
    }
}

fn member(record: &Map<String, Value>, name: &str) -> Option<String> {
    match record.get(name) {
        Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(value) => Some(value.to_string()),
        None => record.contains_key(&format!("{name}{MISSING}")).then(|| BROKEN.to_owned()),
    }
}
