//! Lines written to a copy within a transaction, record by record: what the database refuses is held.

use std::collections::BTreeMap;

use connect::target::{Copied, Record, Refusal, TargetError, Value, Writing};
use sync::follow::Plan;
use sync::line::{Cell, Key, Line};
use sync::park::{self, Held, Parked, Reason, Records};
use tokio::runtime::Handle;

/// A copy within a transaction.
struct Within<'a> {
    writing: Writing,
    copied: &'a Copied,
}

fn values(cells: &[Cell]) -> Vec<Value> {
    cells.iter().map(|cell| cell.text().map(str::to_owned)).collect()
}

fn cells(values: Vec<Value>) -> Vec<Cell> {
    values.into_iter().map(|value| value.map_or(Cell::Empty, Cell::Text)).collect()
}

fn reason((code, says): Refusal) -> Reason {
    Reason { code, says }
}

impl Records for Within<'_> {
    type Error = TargetError;

    fn current(&mut self, key: &Key) -> Result<Option<Vec<Cell>>, TargetError> {
        let current = self.writing.current(self.copied, key);
        Ok(Handle::current().block_on(current)?.map(cells))
    }

    fn put(&mut self, key: &Key, cells: &[Cell]) -> Result<Result<(), Reason>, TargetError> {
        let record = [(key.clone(), values(cells))];
        let put = self.writing.put(self.copied, &record);
        Ok(Handle::current().block_on(put)?.map_err(reason))
    }

    fn remove(&mut self, key: &Key) -> Result<Result<(), Reason>, TargetError> {
        let keys = [key.as_str()];
        let remove = self.writing.remove(self.copied, &keys);
        Ok(Handle::current().block_on(remove)?.map_err(reason))
    }

    fn clear(&mut self) -> Result<(), TargetError> {
        Handle::current().block_on(self.writing.clear(self.copied))
    }
}

/// Records that are held, as they stand in `lt_held`: a line of the record, and the key under which it still stands there.
pub(super) fn read(rows: Vec<(String, String, String, String)>, fields: usize) -> Result<Held, TargetError> {
    let wrong = || TargetError::Failed("lt_held: a record cannot be read".into());
    let mut held = Held::new();
    for (key, record, code, says) in rows {
        let (line, before) = record.split_once('\n').ok_or_else(wrong)?;
        let now = match Line::read(line, fields).map_err(|_| wrong())? {
            Line::Set { cells, .. } => Some(cells),
            _ => None,
        };
        let before = Some(before.to_owned()).filter(|before| !before.is_empty());
        held.insert(key, Parked { now, before, reason: Reason { code, says } });
    }
    Ok(held)
}

fn record(key: &Key, parked: &Parked) -> String {
    let line = match &parked.now {
        Some(cells) => Line::Set { key: key.clone(), cells: cells.clone() },
        None => Line::Gone { key: key.clone() },
    };
    format!("{line}\n{}", parked.before.as_deref().unwrap_or_default())
}

/// Writes lines many at a time, if each tells a whole record, and the database takes all. Whether it did; else all is as it was.
async fn at_once(writing: &mut Writing, copied: &Copied, lines: &[Line]) -> Result<bool, TargetError> {
    let mut net: BTreeMap<&str, Option<&[Cell]>> = BTreeMap::new();
    for line in lines {
        match line {
            Line::Set { key, cells } if !cells.contains(&Cell::Unchanged) => {
                net.insert(key.as_str(), Some(cells.as_slice()))
            }
            Line::Gone { key } => net.insert(key.as_str(), None),
            _ => return Ok(false),
        };
    }
    let gone: Vec<&str> = net.iter().filter(|(_, cells)| cells.is_none()).map(|(key, _)| *key).collect();
    let there: Vec<Record> =
        net.iter().filter_map(|(key, cells)| Some(((*key).to_owned(), values((*cells)?)))).collect();
    writing.mark().await?;
    for keys in gone.chunks(copied.at_once()) {
        if writing.remove(copied, keys).await?.is_err() {
            writing.back_to_mark().await?;
            return Ok(false);
        }
    }
    for records in there.chunks(copied.at_once()) {
        if writing.put(copied, records).await?.is_err() {
            writing.back_to_mark().await?;
            return Ok(false);
        }
    }
    Ok(true)
}

/// Does what a plan says, on a thread that may wait. The transaction is the caller's to commit. How many records are held then.
pub(super) fn lines(
    (mut writing, copied, name): (Writing, &Copied, &str),
    plan: &Plan,
) -> Result<(Writing, usize), TargetError> {
    let here = Handle::current();
    let mut held = if plan.is_anew {
        here.block_on(writing.clear(copied))?;
        Held::new()
    } else {
        read(here.block_on(writing.held(name))?, copied.fields.len())?
    };
    if held.is_empty() && here.block_on(at_once(&mut writing, copied, &plan.lines))? {
        return Ok((writing, 0));
    }
    let mut within = Within { writing, copied };
    for line in &plan.lines {
        park::write(&mut within, &mut held, line)?;
    }
    park::release(&mut within, &mut held)?;
    let Within { mut writing, .. } = within;
    here.block_on(async {
        writing.let_go(name).await?;
        for (key, parked) in &held {
            let why = (parked.reason.code.clone(), parked.reason.says.clone());
            writing.hold(name, key, &record(key, parked), &why).await?;
        }
        Ok::<_, TargetError>(())
    })?;
    Ok((writing, held.len()))
}
