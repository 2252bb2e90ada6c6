//! What a receiver is answered: from its place in the chain on, and only what is durable.

use std::collections::{BTreeMap, BTreeSet};

use model::merkle::Hash;
use serde::{Deserialize, Serialize};

use crate::feed::{Feed, FeedError, Images, Rows, Stream, Wanted, named};
use crate::held::{Secret, Sums};
use crate::line::{Cell, Key, Line};
use crate::view::{Change, Told, Touched};

/// A receiver's place in the chain of a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The epoch.
    pub epoch: u64,
    /// The last commit that it has.
    pub commit: u64,
    /// The head behind that.
    #[serde(with = "hex::serde")]
    pub head: Hash,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The provider cannot say yet: it reads its rows. Ask again.
    NotYet,
    /// The place is none of this chain, or what led from it is no longer kept: begin here, and compare what you have.
    Begin {
        /// Where.
        place: Place,
        /// Under which values are hashed.
        secret: Secret,
    },
    /// What came behind the place.
    Changes(Changes),
}

/// What came behind a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The commits that told something, in order: number and lines, each with its line feed.
    pub commits: Vec<(u64, String)>,
    /// Where the receiver is then.
    pub place: Place,
    /// The sum of what it holds then; none if more has come already.
    pub sum: Option<u128>,
    /// Whether there is more.
    pub more: bool,
}

/// Rows for a receiver.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Each set.
    pub lines: Vec<Line>,
    /// Rows that changed while they were read, and of which a line that comes does not tell all: ask for them again.
    pub again: BTreeSet<Key>,
}

impl<I: Images> Feed<I> {
    /// What came behind `place`, up to commit `until`, in at most about so many bytes.
    ///
    /// # Errors
    /// [`FeedError`].
    pub fn answer(
        &mut self,
        view: &str,
        place: Option<&Place>,
        until: Option<u64>,
        bytes: usize,
    ) -> Result<Reply, FeedError<I::Error>> {
        let Some(stream) = self.views.get(view).filter(|stream| stream.base.is_some()) else {
            return Ok(Reply::NotYet);
        };
        let Some(place) = place.filter(|place| self.is_ours(stream, place)) else {
            let Some(head) = stream.head_at(self.durable).filter(|_| self.is_answering()) else {
                return Ok(Reply::NotYet);
            };
            let place = Place { epoch: self.epoch, commit: self.durable, head };
            return Ok(Reply::Begin { place, secret: stream.view.secret.clone() });
        };
        let last = until.unwrap_or(u64::MAX).min(self.durable).max(place.commit);
        let (mut commits, mut at, mut read) = (Vec::new(), place.clone(), 0_usize);
        'reading: while at.commit < last {
            let entries = self.log.read(at.commit + 1, bytes.saturating_sub(read))?;
            if entries.is_empty() {
                break;
            }
            for entry in entries.into_iter().filter(|entry| entry.commit.number <= last) {
                let lines = entry.views.into_iter().find(|(name, _)| name == view).map(|(_, lines)| lines);
                let length = lines.as_ref().map_or(0, String::len);
                if read > 0 && read + length > bytes {
                    break 'reading;
                }
                read += length;
                (at.commit, at.epoch) = (entry.commit.number, entry.commit.epoch);
                commits.extend(lines.map(|lines| (at.commit, lines)));
            }
        }
        at.head = stream.head_at(at.commit).unwrap_or(at.head);
        let is_all = at.commit == self.log.last() && self.is_answering();
        let sum = if is_all { Some(self.images.sum(view).map_err(FeedError::Images)?) } else { None };
        let more = at.commit < self.durable;
        Ok(Reply::Changes(Changes { commits, place: at, sum, more }))
    }

    /// Whether what is held is what was told and is durable: sums, heaps and rows can be asked for. What is kept meanwhile is not in it.
    #[must_use]
    pub fn is_answering(&self) -> bool {
        self.durable == self.log.last()
    }

    /// Whether a receiver can go on from there.
    fn is_ours(&self, stream: &Stream, place: &Place) -> bool {
        let is_kept = place.commit + 1 >= self.log.first() && place.commit <= self.durable;
        let epoch = self.epochs.range(..=place.commit).next_back().map(|(_, epoch)| *epoch);
        is_kept && epoch == Some(place.epoch) && stream.head_at(place.commit) == Some(place.head)
    }

    /// Rows for a receiver that has all that is told; none if it must take that first.
    ///
    /// The rows are read as those that the feed wants for itself, and what the log has up to then is made durable before they are given.
    pub fn asked(&mut self, view: &str, rows: Rows) -> Option<Wanted> {
        let is_whole = self.views.get(view).is_some_and(|stream| stream.base.is_some());
        (is_whole && self.is_answering()).then(|| self.reading(view.to_owned(), rows, true))
    }

    /// Rows that were asked for, as a receiver gets them behind all that is durable now; none if they must be asked for again.
    ///
    /// # Errors
    /// [`FeedError`].
    pub fn given(&mut self, ticket: u64, rows: &[Vec<Cell>]) -> Result<Option<Page>, FeedError<I::Error>> {
        let Some(reading) = self.reading.remove(&ticket).filter(|reading| reading.is_asked) else {
            return Ok(None);
        };
        let Some(stream) = self.views.get(&reading.view).filter(|_| self.is_answering()) else {
            return Ok(None);
        };
        let (mut touched, mut told) = (Touched::new(BTreeMap::new()), Told::default());
        for row in
            rows.iter().filter(|row| stream.view.key_of(row).is_some_and(|key| reading.is_untouched(key)))
        {
            stream.view.tell(&Change::Set { old: None, row: row.clone() }, &mut touched, &mut told);
        }
        let keys = named(&told.lines);
        let held = self.images.held(&reading.view, &keys).map_err(FeedError::Images)?;
        let mut again: BTreeSet<Key> =
            reading.changed.into_iter().filter(|(_, is_whole)| !is_whole).map(|(key, _)| key).collect();
        // What is not what was told will be: nobody is given it before.
        again.extend(
            touched.put_now().into_iter().filter(|(key, now)| held.get(key) != Some(now)).map(|(key, _)| key),
        );
        told.lines.retain(|line| line.key().is_none_or(|key| !again.contains(key)));
        Ok(Some(Page { lines: told.lines, again }))
    }

    /// The sums of a view's heaps, at the end of what is durable.
    ///
    /// # Errors
    /// [`FeedError`].
    pub fn heaps(&mut self, view: &str) -> Result<Option<BTreeMap<u16, u128>>, FeedError<I::Error>> {
        if !self.is_answering() {
            return Ok(None);
        }
        self.images.heaps(view).map(Some).map_err(FeedError::Images)
    }

    /// The records of a heap with their sums, at the end of what is durable.
    ///
    /// # Errors
    /// [`FeedError`].
    pub fn of_heap(&mut self, view: &str, heap: u16) -> Result<Option<Sums>, FeedError<I::Error>> {
        if !self.is_answering() {
            return Ok(None);
        }
        self.images.of_heap(view, heap).map(Some).map_err(FeedError::Images)
    }
}

impl Stream {
    /// The head behind a commit; none if that is before where the chain can be reckoned from.
    pub(super) fn head_at(&self, commit: u64) -> Option<Hash> {
        let base = self.base.filter(|base| base.commit <= commit)?;
        Some(self.heads.range(..=commit).next_back().map_or(base.head, |(_, head)| *head))
    }
}

#[cfg(test)]
impl<I: Images> Feed<I> {
    /// What was told from a commit on.
    pub(crate) fn told(&self, from: u64) -> Vec<crate::log::Commit> {
        self.log.read(from, usize::MAX).unwrap().into_iter().map(|entry| entry.commit).collect()
    }
}
