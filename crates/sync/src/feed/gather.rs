//! Changes that cannot be told yet: rows that they lean on are being read. What is kept is the difference between what receivers hold and
//! what the source has; it is told as one commit.

use std::collections::{BTreeMap, BTreeSet};

use crate::feed::{FeedError, Images, Rows};
use crate::held::Held;
use crate::line::{Cell, Key, Line};
use crate::log::Upstream;
use crate::view::{Difference, Told, Touched};

/// Rows that are read at once.
pub(super) const ROWS: usize = 1000;

/// What is kept, of all views of a stream.
#[derive(Debug)]
pub(super) struct Gathered {
    /// The epoch in which it will be told.
    pub(super) epoch: u64,
    /// Commits that are in it, the last one last.
    pub(super) commits: Vec<Upstream>,
    views: BTreeMap<String, Part>,
}

#[derive(Debug, Default)]
struct Part {
    /// Reading all rows goes on behind this one.
    all: Option<Option<Key>>,
    /// Rows that must be read.
    unread: BTreeSet<Key>,
    /// All of it went.
    cleared: bool,
    /// What receivers hold of the records that changed.
    before: BTreeMap<Key, Option<Held>>,
    /// What they will hold, and what they will be told.
    now: BTreeMap<Key, Option<(Held, Vec<Cell>)>>,
}

/// What is held of records once all that is kept is told.
pub(super) fn held<I: Images>(
    gathered: Option<&Gathered>,
    images: &mut I,
    view: &str,
    keys: &BTreeSet<Key>,
) -> Result<BTreeMap<Key, Option<Held>>, FeedError<I::Error>> {
    let Some(part) = gathered.and_then(|gathered| gathered.views.get(view)) else {
        return images.held(view, keys).map_err(FeedError::Images);
    };
    if part.cleared {
        return Ok(keys.iter().map(|key| (key.clone(), part.held(key).flatten())).collect());
    }
    let others = keys.iter().filter(|key| !part.now.contains_key(*key)).cloned().collect();
    let mut held = images.held(view, &others).map_err(FeedError::Images)?;
    held.extend(keys.iter().filter_map(|key| Some((key.clone(), part.held(key)?))));
    Ok(held)
}

impl Gathered {
    pub(super) fn new(epoch: u64) -> Self {
        Self { epoch, commits: Vec::new(), views: BTreeMap::new() }
    }

    /// All rows of a view are to be read.
    pub(super) fn read_all(&mut self, view: &str) {
        self.views.entry(view.to_owned()).or_default().all = Some(None);
    }

    /// Keeps what would have been told.
    pub(super) fn add(
        &mut self,
        view: &str,
        held: &BTreeMap<Key, Option<Held>>,
        touched: Touched,
        told: Told,
    ) {
        let part = self.views.entry(view.to_owned()).or_default();
        if touched.is_cleared() {
            *part = Part { cleared: true, all: part.all.take().map(|_| None), ..Part::default() };
        }
        let moved: Vec<Key> = told.lines.into_iter().filter_map(|line| part.take(line)).collect();
        for (key, now) in touched.put_now() {
            part.unread.remove(&key);
            if !part.cleared && !part.before.contains_key(&key) {
                drop(part.before.insert(key.clone(), held.get(&key).cloned().flatten()));
            }
            let cells = part.now.remove(&key).flatten().map(|(_, cells)| cells).unwrap_or_default();
            drop(part.now.insert(key, now.map(|now| (now, cells))));
        }
        part.unread.extend(told.unread);
        part.unread.extend(moved);
    }

    /// The next rows to be read.
    pub(super) fn wanted(&self) -> Option<(String, Rows)> {
        self.views.iter().find_map(|(view, part)| {
            let rows = match &part.all {
                _ if !part.unread.is_empty() => Rows::Keys(part.unread.iter().take(ROWS).cloned().collect()),
                Some(behind) => Rows::Behind(behind.clone()),
                None => return None,
            };
            Some((view.clone(), rows))
        })
    }

    /// All is known of these rows.
    pub(super) fn was_read<'a>(&mut self, view: &str, rows: impl Iterator<Item = &'a Key>) {
        let Some(part) = self.views.get_mut(view) else { return };
        rows.for_each(|key| drop(part.unread.take(key)));
    }

    /// Reading all goes on behind this row, or has come to its end.
    pub(super) fn goes_on(&mut self, view: &str, behind: Option<Key>) {
        if let Some(part) = self.views.get_mut(view) {
            part.all = behind.map(Some);
        }
    }

    /// All rows were read: records that receivers hold and that nobody has seen are no longer there.
    pub(super) fn end<I: Images>(
        &mut self,
        view: &str,
        unseen: BTreeSet<Key>,
        images: &mut I,
    ) -> Result<(), FeedError<I::Error>> {
        let Some(part) = self.views.get_mut(view).filter(|part| !part.cleared) else { return Ok(()) };
        let gone = unseen
            .into_iter()
            .filter(|key| !part.now.contains_key(key) && !part.unread.contains(key))
            .collect();
        for (key, held) in images.held(view, &gone).map_err(FeedError::Images)? {
            drop(part.before.insert(key.clone(), held));
            drop(part.now.insert(key, None));
        }
        Ok(())
    }

    pub(super) fn is_complete(&self) -> bool {
        self.views.values().all(|part| part.all.is_none() && part.unread.is_empty())
    }

    /// What is told of each view, and what changes in what receivers hold.
    pub(super) fn net(self) -> Vec<(String, Vec<Line>, Difference)> {
        self.views.into_iter().map(|(view, part)| part.net(view)).collect()
    }
}

impl Part {
    fn held(&self, key: &str) -> Option<Option<Held>> {
        Some(self.now.get(key)?.as_ref().map(|(held, _)| held.clone()))
    }

    /// The cells that a line tells, with what was kept of those that it does not repeat. The record, if a value of it is held under its old
    /// key only: the difference knows no moves.
    fn take(&mut self, line: Line) -> Option<Key> {
        let (key, old, mut cells) = match line {
            Line::Set { key, cells } => (key, None, cells),
            Line::Moved { new, old, cells } => (new, Some(old), cells),
            Line::Gone { .. } | Line::Cleared => return None,
        };
        let kept = |key: &Key| self.now.get(key).and_then(Option::as_ref).map(|(_, cells)| cells.clone());
        let was = kept(&key).or_else(|| old.as_ref().and_then(kept)).unwrap_or_default();
        for (cell, was) in cells.iter_mut().zip(was) {
            if *cell == Cell::Unchanged {
                *cell = was;
            }
        }
        let is_apart = old.is_some() && cells.contains(&Cell::Unchanged);
        drop(self.now.insert(key.clone(), Some((Held::default(), cells))));
        is_apart.then_some(key)
    }

    fn net(self, view: String) -> (String, Vec<Line>, Difference) {
        let mut difference = Difference { cleared: self.cleared, ..Difference::default() };
        let mut lines = Vec::new();
        if self.cleared {
            lines.push(Line::Cleared);
        }
        for (key, now) in self.now {
            let before = self.before.get(&key).and_then(Option::as_ref);
            let held = now.as_ref().map(|(held, _)| held);
            if before == held {
                continue;
            }
            let sum = |held: Option<&Held>| held.map_or(0, |held| held.sum);
            difference.sum = difference.sum.wrapping_add(sum(held)).wrapping_sub(sum(before));
            let (held, cells) = now.map_or((None, None), |(held, cells)| (Some(held), Some(cells)));
            lines.push(match cells {
                Some(cells) => Line::Set { key: key.clone(), cells },
                None => Line::Gone { key: key.clone() },
            });
            difference.records.push((key, held));
        }
        (view, lines, difference)
    }
}
