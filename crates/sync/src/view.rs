//! A view: what a grant leaves of a table, and what of a table's changes is told to those who have it.
//!
//! Whoever never had a record is not told that it went, and nothing is told of a change that touches no field they have. So a view is
//! held against what its receivers hold ([`Held`]), record by record; a record that enters its rows is set, one that leaves them is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::held::{Held, Secret};
use crate::line::{Cell, Key, Line};

/// A change of a table, as its database's log tells it: whole rows in the order of the table's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The row is this now.
    Set {
        /// Its key before, if that was another.
        old: Option<Key>,
        /// Its columns.
        row: Vec<Cell>,
    },
    /// It is no longer there.
    Gone {
        /// Its key.
        key: Key,
    },
    /// None is there any more.
    Cleared,
}

/// What a grant leaves of a table.
#[derive(Debug, Clone)]
pub struct View {
    /// The table.
    pub table: String,
    /// The column that names a row.
    pub key: usize,
    /// The columns that are given, in the order in which they are told, without the key.
    pub columns: Vec<usize>,
    /// The rows that are given: those that all rules let through.
    pub rules: Vec<Rule>,
    /// Under which its values are hashed.
    pub secret: Secret,
}

/// Only rows that show one of these values in a column.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The column.
    pub column: usize,
    /// The values.
    pub one_of: Arc<BTreeSet<String>>,
}

/// What is held of the records that are looked at, and of those what became of it.
#[derive(Debug, Clone, Default)]
pub struct Touched {
    held: BTreeMap<Key, Option<Held>>,
    changed: BTreeSet<Key>,
    cleared: bool,
}

/// What changed in what is held.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// All of it went before the rest.
    pub cleared: bool,
    /// Records, and what is held of them now; none: nothing any more.
    pub records: Vec<(Key, Option<Held>)>,
    /// What is to be added to the sum of what was held, or of nothing if that was cleared, modulo 2^128.
    pub sum: u128,
}

impl Touched {
    /// These records, with what is held of them.
    #[must_use]
    pub fn new(held: BTreeMap<Key, Option<Held>>) -> Self {
        Self { held, ..Self::default() }
    }

    fn get(&self, key: &str) -> Option<&Held> {
        self.held.get(key).and_then(Option::as_ref)
    }

    fn put(&mut self, key: &str, held: Option<Held>) {
        drop(self.held.insert(key.to_owned(), held));
        self.changed.insert(key.to_owned());
    }

    fn clear(&mut self) {
        self.held.values_mut().for_each(|held| *held = None);
        self.changed.clear();
        self.cleared = true;
    }

    /// Whether anything is held of a record.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Whether all of it went.
    pub(crate) fn is_cleared(&self) -> bool {
        self.cleared
    }

    /// The records that were looked at again.
    pub(crate) fn put_keys(&self) -> impl Iterator<Item = &Key> {
        self.changed.iter()
    }

    /// What is held now of the records that were looked at again, though it be the same.
    pub(crate) fn put_now(self) -> Vec<(Key, Option<Held>)> {
        let mut held = self.held;
        self.changed.into_iter().map(|key| (key.clone(), held.remove(&key).flatten())).collect()
    }

    /// What changed, beside what was held `before`.
    #[must_use]
    pub fn difference(self, before: &BTreeMap<Key, Option<Held>>) -> Difference {
        let sum = |held: Option<&Held>| held.map_or(0, |held| held.sum);
        let mut difference = Difference { cleared: self.cleared, ..Difference::default() };
        let mut held = self.held;
        for key in self.changed {
            let now = held.remove(&key).flatten();
            let was = before.get(&key).and_then(Option::as_ref).filter(|_| !self.cleared);
            if was != now.as_ref() {
                difference.sum = difference.sum.wrapping_add(sum(now.as_ref())).wrapping_sub(sum(was));
                difference.records.push((key, now));
            }
        }
        difference
    }
}

/// What is told of a change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// To those who have the view.
    pub lines: Vec<Line>,
    /// Rows that must be read again before anything is told of them: the log does not repeat a value that is needed.
    pub unread: BTreeSet<Key>,
    /// Rows without a key, which nobody can name.
    pub nameless: u64,
}

impl View {
    /// The records whose holding must be known before [`View::tell`] is asked of these changes.
    #[must_use]
    pub fn named<'a>(&self, changes: impl IntoIterator<Item = &'a Change>) -> BTreeSet<Key> {
        let keys = changes.into_iter().flat_map(|change| match change {
            Change::Set { old, row } => [old.clone(), self.key_of(row).map(str::to_owned)],
            Change::Gone { key } => [Some(key.clone()), None],
            Change::Cleared => [None, None],
        });
        keys.flatten().collect()
    }

    /// The key of a row.
    #[must_use]
    pub fn key_of<'a>(&self, row: &'a [Cell]) -> Option<&'a str> {
        row.get(self.key).and_then(Cell::text)
    }

    /// What is told of a change, and what is held then.
    pub fn tell(&self, change: &Change, touched: &mut Touched, told: &mut Told) {
        match change {
            Change::Set { old, row } => {
                let Some(key) = self.key_of(row) else {
                    told.nameless += 1;
                    return;
                };
                self.tell_row(old.as_deref().filter(|old| *old != key), key, row, touched, told);
            }
            Change::Gone { key } => {
                told.unread.remove(key);
                leave(key, touched, told);
            }
            Change::Cleared => {
                // What was told of the rows that went with the others is of no use to anybody.
                (told.unread, told.lines) = (BTreeSet::new(), vec![Line::Cleared]);
                touched.clear();
            }
        }
    }

    fn tell_row(&self, old: Option<&str>, key: &str, row: &[Cell], touched: &mut Touched, told: &mut Told) {
        let is_given = self.rules.iter().try_fold(true, |is, rule| match row.get(rule.column) {
            Some(Cell::Unchanged) => None,
            Some(Cell::Text(text)) => Some(is && rule.one_of.contains(text)),
            Some(Cell::Empty) | None => Some(false),
        });
        let cells: Vec<Cell> =
            self.columns.iter().map(|column| row.get(*column).cloned().unwrap_or(Cell::Empty)).collect();
        let before = touched.get(key).or_else(|| old.and_then(|old| touched.get(old)));
        let held = match is_given {
            Some(false) => None,
            Some(true) => Some(self.secret.held(key, &cells, before)),
            None => Some(Err(crate::held::Unknown)),
        };
        if let Some(old) = old {
            told.unread.remove(old);
        }
        match held {
            // It is read again; until then it stays as it was told, under whatever key.
            Some(Err(_)) => {
                told.unread.insert(key.to_owned());
                if let Some(old) = old {
                    told.unread.insert(old.to_owned());
                }
            }
            None => {
                told.unread.remove(key);
                for key in old.into_iter().chain([key]) {
                    leave(key, touched, told);
                }
            }
            Some(Ok(held)) => {
                told.unread.remove(key);
                let moved = old.filter(|old| touched.get(old).is_some());
                if let Some(old) = moved {
                    touched.put(old, None);
                    told.lines.push(Line::Moved { new: key.to_owned(), old: old.to_owned(), cells });
                } else if touched.get(key).is_none_or(|before| before.sum != held.sum) {
                    told.lines.push(Line::Set { key: key.to_owned(), cells });
                }
                touched.put(key, Some(held));
            }
        }
    }

    /// What is held of a record once a line was taken. Both sides reckon by it: who tells, and who is told.
    ///
    /// # Errors
    /// [`crate::held::Unknown`]: the line leans on a value that is not held, so that it was told to somebody else.
    pub fn take(secret: &Secret, line: &Line, touched: &mut Touched) -> Result<(), crate::held::Unknown> {
        match line {
            Line::Set { key, cells } => {
                let held = secret.held(key, cells, touched.get(key))?;
                touched.put(key, Some(held));
            }
            Line::Moved { new, old, cells } => {
                let before = touched.get(new).or_else(|| touched.get(old));
                let held = secret.held(new, cells, before)?;
                if old != new {
                    touched.put(old, None);
                }
                touched.put(new, Some(held));
            }
            Line::Gone { key } => touched.put(key, None),
            Line::Cleared => touched.clear(),
        }
        Ok(())
    }
}

fn leave(key: &str, touched: &mut Touched, told: &mut Told) {
    if touched.get(key).is_some() {
        touched.put(key, None);
        told.lines.push(Line::Gone { key: key.to_owned() });
    }
}
