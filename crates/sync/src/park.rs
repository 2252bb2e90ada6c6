//! Records that the receiver's database refuses. One is held with its reason, and what follows of it with it, so that nothing overtakes it;
//! all others go on. It is released when its source sends what passes, or when the database takes it after all. Until then the copy has of
//! it what it had before: of a person whose new address does not fit the old one is better than nobody, and it is told which those are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::line::{Cell, Key, Line};

/// A record that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// What it should be, whole; none: it should not be there.
    pub now: Option<Vec<Cell>>,
    /// The key under which it still stands there as it was before, if that is another.
    pub before: Option<Key>,
    /// Why the database does not take it.
    pub reason: Reason,
}

/// Why a database does not take a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Its code for that: `SQLSTATE` where there is one.
    pub code: String,
    /// In its words. They may hold values, and go nowhere but to whoever looks at the copy.
    pub says: String,
}

/// A database that takes records one by one, within a transaction.
pub trait Records {
    /// Why it cannot go on at all: then nothing of the transaction counts.
    type Error;

    /// What it has of a record.
    ///
    /// # Errors
    /// As it fails, here and in all that follows.
    fn current(&mut self, key: &Key) -> Result<Option<Vec<Cell>>, Self::Error>;
    /// Writes a record, whole; or says why it is refused, and has it as it was.
    ///
    /// # Errors
    /// As above.
    fn put(&mut self, key: &Key, cells: &[Cell]) -> Result<Result<(), Reason>, Self::Error>;
    /// Takes a record away, if it is there.
    ///
    /// # Errors
    /// As above.
    fn remove(&mut self, key: &Key) -> Result<Result<(), Reason>, Self::Error>;
    /// Takes all away.
    ///
    /// # Errors
    /// As above.
    fn clear(&mut self) -> Result<(), Self::Error>;
}

/// What is held of a copy.
pub type Held = BTreeMap<Key, Parked>;

/// Does what a line says, or holds its record, which then stands there as it was: whoever looks at the copy is told which those are.
///
/// # Errors
/// As `records` fails.
pub fn write<R: Records>(records: &mut R, held: &mut Held, line: &Line) -> Result<(), R::Error> {
    let (key, before, cells) = match line {
        Line::Set { key, cells } => (key, None, cells),
        Line::Moved { new, old, cells } => (new, Some(old).filter(|old| *old != new), cells),
        Line::Gone { key } => {
            let stood = held.remove(key).and_then(|parked| parked.before);
            for key in [Some(key.clone()), stood].into_iter().flatten() {
                remove(records, held, key)?;
            }
            return Ok(());
        }
        Line::Cleared => {
            held.clear();
            return records.clear();
        }
    };
    // What stood in the place of another stands for itself now.
    held.values_mut()
        .filter(|parked| parked.before.as_ref() == Some(key))
        .for_each(|parked| parked.before = None);
    let was = |records: &mut R, key: &Key| match held.get(key) {
        Some(parked) => Ok(parked.now.clone()),
        None => records.current(key),
    };
    let mut cells = cells.clone();
    if cells.contains(&Cell::Unchanged) {
        let mut known = was(records, key)?;
        if let (None, Some(before)) = (&known, before) {
            known = was(records, before)?;
        }
        for (cell, known) in cells.iter_mut().zip(known.unwrap_or_default()) {
            if *cell == Cell::Unchanged {
                *cell = known;
            }
        }
    }
    let stood = match before {
        // It may have been held under its old key, and stand there under one before that.
        Some(before) => held.remove(before).and_then(|parked| parked.before).or_else(|| Some(before.clone())),
        None => held.get(key).and_then(|parked| parked.before.clone()),
    };
    put(records, held, key, cells, stood)
}

/// Tries once more what is held: somebody may have mended the database, or a record that it leans on has come.
///
/// # Errors
/// As `records` fails.
pub fn release<R: Records>(records: &mut R, held: &mut Held) -> Result<(), R::Error> {
    for (key, parked) in std::mem::take(held) {
        match parked.now {
            Some(cells) => put(records, held, &key, cells, parked.before)?,
            None => remove(records, held, key)?,
        }
    }
    Ok(())
}

fn put<R: Records>(
    records: &mut R,
    held: &mut Held,
    key: &Key,
    cells: Vec<Cell>,
    before: Option<Key>,
) -> Result<(), R::Error> {
    match records.put(key, &cells)? {
        Ok(()) => {
            held.remove(key);
            before.map_or(Ok(()), |before| remove(records, held, before))
        }
        Err(reason) => {
            held.insert(key.clone(), Parked { now: Some(cells), before, reason });
            Ok(())
        }
    }
}

fn remove<R: Records>(records: &mut R, held: &mut Held, key: Key) -> Result<(), R::Error> {
    match records.remove(&key)? {
        Ok(()) => held.remove(&key),
        Err(reason) => held.insert(key, Parked { now: None, before: None, reason }),
    };
    Ok(())
}
