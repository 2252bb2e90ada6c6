//! The provider's node, as far as it drives a feed: a disk whose power is cut, images that count when they are committed.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use disk::faults::Faults;

use crate::feed::{Base, Feed, Images, Taken, Wanted};
use crate::held::Held;
use crate::line::Key;
use crate::log::Upstream;
use crate::tests::source::{self, Row, Source};
use crate::view::{Difference, View};

#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    views: BTreeMap<String, BTreeMap<Key, Held>>,
    seen: BTreeMap<String, BTreeSet<Key>>,
    bases: BTreeMap<String, Base>,
    checkpoint: u64,
}

/// Images in memory: what was committed, and what was not yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    now: Kept,
    pub(super) committed: std::rc::Rc<std::cell::RefCell<Kept>>,
}

impl Memory {
    fn open(committed: &std::rc::Rc<std::cell::RefCell<Kept>>) -> Self {
        Self { now: committed.borrow().clone(), committed: committed.clone() }
    }
}

impl Images for Memory {
    type Error = Infallible;

    fn held(&mut self, view: &str, keys: &BTreeSet<Key>) -> Result<BTreeMap<Key, Option<Held>>, Infallible> {
        let records = self.now.views.entry(view.to_owned()).or_default();
        Ok(keys.iter().map(|key| (key.clone(), records.get(key).cloned())).collect())
    }

    fn sum(&mut self, view: &str) -> Result<u128, Infallible> {
        let records = self.now.views.entry(view.to_owned()).or_default();
        Ok(records.values().fold(0_u128, |sum, held| sum.wrapping_add(held.sum)))
    }

    fn apply(&mut self, view: &str, difference: &Difference) -> Result<(), Infallible> {
        let records = self.now.views.entry(view.to_owned()).or_default();
        apply(records, difference);
        Ok(())
    }

    fn see(&mut self, view: &str, keys: &BTreeSet<Key>) -> Result<(), Infallible> {
        self.now.seen.entry(view.to_owned()).or_default().extend(keys.iter().cloned());
        Ok(())
    }

    fn unseen(&mut self, view: &str) -> Result<BTreeSet<Key>, Infallible> {
        let seen = self.now.seen.remove(view).unwrap_or_default();
        let records = self.now.views.entry(view.to_owned()).or_default();
        Ok(records.keys().filter(|key| !seen.contains(*key)).cloned().collect())
    }

    fn heaps(&mut self, view: &str) -> Result<BTreeMap<u16, u128>, Infallible> {
        Ok(heaps(&self.now.views[view]))
    }

    fn of_heap(&mut self, view: &str, heap: u16) -> Result<Vec<(Key, u128)>, Infallible> {
        Ok(of_heap(&self.now.views[view], heap))
    }

    fn base(&mut self, view: &str) -> Result<Option<Base>, Infallible> {
        Ok(self.now.bases.get(view).copied())
    }

    fn set_base(&mut self, view: &str, base: Option<Base>) -> Result<(), Infallible> {
        match base {
            Some(base) => drop(self.now.bases.insert(view.to_owned(), base)),
            None => drop(self.now.bases.remove(view)),
        }
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<u64, Infallible> {
        Ok(self.now.checkpoint)
    }

    fn commit(&mut self, checkpoint: u64) -> Result<(), Infallible> {
        self.now.checkpoint = checkpoint;
        *self.committed.borrow_mut() = self.now.clone();
        Ok(())
    }
}

pub(super) fn apply(records: &mut BTreeMap<Key, Held>, difference: &Difference) {
    if difference.cleared {
        records.clear();
    }
    for (key, held) in &difference.records {
        match held {
            Some(held) => drop(records.insert(key.clone(), held.clone())),
            None => drop(records.remove(key)),
        }
    }
}

pub(super) fn heaps(records: &BTreeMap<Key, Held>) -> BTreeMap<u16, u128> {
    let mut heaps: BTreeMap<u16, u128> = BTreeMap::new();
    for (key, held) in records {
        let heap = heaps.entry(super::play::secret().heap(key) % 4).or_default();
        *heap = heap.wrapping_add(held.sum);
    }
    heaps.retain(|_, sum| *sum != 0);
    heaps
}

pub(super) fn of_heap(records: &BTreeMap<Key, Held>, heap: u16) -> Vec<(Key, u128)> {
    let of_it = records.iter().filter(|(key, _)| super::play::secret().heap(key) % 4 == heap);
    of_it.map(|(key, held)| (key.clone(), held.sum)).collect()
}

/// Rows that were read, to be handed in when the log is there.
pub(super) struct Read {
    pub(super) wanted: Wanted,
    rows: Vec<Row>,
    pub(super) is_end: bool,
    pub(super) last: Option<Key>,
    end: usize,
}

pub(super) struct Provider {
    pub(super) folder: tempfile::TempDir,
    pub(super) faults: Faults,
    pub(super) images: std::rc::Rc<std::cell::RefCell<Kept>>,
    views: BTreeMap<String, View>,
    pub(super) feed: Feed<Memory>,
    /// Of the source's log so many were taken on this connection; none: there is no connection.
    pub(super) taken: Option<usize>,
    own: Option<Read>,
    lives: u64,
    /// Whether its source has no log.
    pub(super) has_rounds: bool,
    pub(super) epochs: u64,
    /// The source's commit behind each that was told, by epoch and number.
    pub(super) told: BTreeMap<(u64, u64), Upstream>,
}

impl Provider {
    pub(super) fn new(views: BTreeMap<String, View>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let faults = Faults::on(folder.path(), None).unwrap();
        let images = std::rc::Rc::default();
        let feed =
            Feed::open(&faults.disk(), folder.path(), Memory::open(&images), views.clone(), 1000).unwrap();
        Self {
            folder,
            faults,
            images,
            views,
            feed,
            taken: None,
            own: None,
            lives: 1,
            has_rounds: false,
            epochs: 0,
            told: BTreeMap::new(),
        }
    }

    /// Ends and comes back, with what was durable. `is_lost`: with nothing.
    pub(super) fn restart(&mut self, is_lost: bool) {
        (self.taken, self.own) = (None, None);
        self.lives += 1;
        if is_lost {
            self.folder = tempfile::tempdir().unwrap();
            self.images = std::rc::Rc::default();
        } else {
            self.faults.cut_power().unwrap();
        }
        self.faults = Faults::on(self.folder.path(), None).unwrap();
        let images = Memory::open(&self.images);
        let (disk, folder) = (self.faults.disk(), self.folder.path());
        self.feed = Feed::open(&disk, folder, images, self.views.clone(), 1000 * self.lives).unwrap();
    }

    /// Writes down what was told, for whoever looks at a copy later.
    pub(super) fn note(&mut self) {
        for commit in self.feed.told(self.feed.last().saturating_sub(20).max(1)) {
            drop(self.told.insert((commit.epoch, commit.number), commit.upstream));
        }
    }

    pub(super) fn connect(&mut self, source: &mut Source) {
        self.taken = Some(source.slot);
        self.own = None;
        self.feed.connected();
        // What is written so is the first that is new, if nothing else is.
        source.commit(Vec::new());
    }

    /// Takes the next commit, if there is one.
    pub(super) fn take(&mut self, source: &Source) -> bool {
        let Some(at) = &mut self.taken else { return false };
        let Some(commit) = source.log.get(*at) else { return false };
        *at += 1;
        if self.feed.take(&commit.upstream, &commit.upstream.time, &commit.changes).unwrap()
            == Taken::NewEpoch
        {
            self.epochs += 1;
        }
        true
    }

    pub(super) fn acknowledge(&mut self, source: &mut Source) {
        if self.taken.is_none() {
            return;
        }
        let Some(upstream) = self.feed.acknowledged() else { return };
        // A place is a number to a slot, whoever's it was.
        let at = source.log.iter().position(|commit| commit.upstream.place == upstream.place);
        source.slot = source.slot.max(at.map_or(source.slot, |at| at + 1));
    }

    /// Reads rows that the feed wants, or hands in those that were read.
    pub(super) fn read(&mut self, source: &Source, most: usize) {
        match self.own.take() {
            None => {
                let Some(wanted) = self.taken.and_then(|_| self.feed.wanted()) else { return };
                let ticket = wanted.ticket;
                self.own = self.rows(source, wanted, most);
                if self.own.is_none() {
                    self.feed.give_up(ticket);
                }
            }
            Some(read) if self.taken.is_some_and(|taken| taken >= read.end) => {
                self.feed.read(read.wanted.ticket, &read.rows, read.is_end).unwrap();
            }
            Some(read) => self.own = Some(read),
        }
    }

    /// Rows by the rules: none if a query does not see yet what was taken.
    pub(super) fn rows(&self, source: &Source, wanted: Wanted, most: usize) -> Option<Read> {
        let (tables, seen) = source.seen();
        if self.taken? > seen {
            return None;
        }
        let table = self.views[&wanted.view].table.as_str();
        let none = BTreeMap::new();
        let rows = tables.iter().find(|(name, _)| **name == table).map_or(&none, |(_, rows)| rows);
        let (rows, is_end) = source::page(rows, &wanted.rows, most);
        let last = rows.last().and_then(|row| row[0].text()).map(str::to_owned).filter(|_| !is_end);
        Some(Read { wanted, rows, is_end, last, end: source.log.len() })
    }

    /// One step of reading all rows anew, of a source without a log.
    pub(super) fn round(&mut self, source: &Source, most: usize) {
        if self.feed.is_settled() {
            let number = source.log.len().to_string();
            let upstream =
                Upstream { place: number.clone(), transaction: number.clone(), time: number.clone() };
            self.feed.round(upstream, &number).unwrap();
        }
        let Some(wanted) = self.feed.wanted() else { return };
        self.taken = Some(0);
        if let Some(read) = self.rows(source, wanted, most) {
            self.feed.read(read.wanted.ticket, &read.rows, read.is_end).unwrap();
        }
        self.feed.flush().unwrap();
    }

    /// Hands rows in that a receiver asked for.
    pub(super) fn given(&mut self, source: &Source, read: &Read) -> Option<crate::feed::Page> {
        while !self.has_rounds && self.taken? < read.end {
            if !self.take(source) {
                return None;
            }
        }
        self.feed.flush().unwrap();
        self.feed.given(read.wanted.ticket, &read.rows).unwrap()
    }
}
