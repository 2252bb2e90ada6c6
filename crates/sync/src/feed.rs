//! The provider's side: what a source's commits tell each view, in order and durably; and what is done when they no longer fit together.
//!
//! Whoever drives it connects to the source, hands in its commits as they come and reads rows when it is asked to. Nothing here waits, and
//! nothing reads a clock: a seed replays it.
//!
//! **Continuity is shown or the epoch ends.** The source is acknowledged one commit behind what is durable here, so that the first commit
//! it sends is one that is known; if it is another, the source was set back, replaced, or has forgotten us. Then its rows are read anew and
//! held against what receivers hold, and the difference is told as one commit of a new epoch: receivers go from a state that the source
//! had to one that it has, and through none that it never had.
//!
//! **Rows that are read while commits go on** (`Wanted`) are those after all commits that were taken when [`Feed::wanted`] was asked, and
//! perhaps after some that follow. So whoever reads them must see those commits, else read again; then find out where the log ends, hand in
//! what is up to there, and only then hand in the rows. Rows that a commit changed meanwhile are left out: the commit has told of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use disk::Disk;
use model::merkle::Hash;

use crate::chain;
use crate::line::{Cell, Key, Line};
use crate::log::{Commit, Entry, Log, LogError, Upstream};
use crate::view::{Change, Difference, Told, Touched, View};

pub use answer::{Changes, Page, Place, Reply};
use gather::Gathered;
pub use images::{Base, Images};

mod answer;
mod gather;
mod images;

/// So many of the last commits may be sent again by a source.
const KNOWN: usize = 4096;
/// No more bytes of lines are told by one commit; receivers of what is beyond compare instead. Small in tests, so that it happens there.
const TOLD_MAX: usize = if cfg!(test) { 1500 } else { 64 * 1024 * 1024 };

/// Why a feed stands still. It is opened anew then; nothing that was told is lost.
#[derive(Debug, thiserror::Error)]
pub enum FeedError<E: std::error::Error + 'static> {
    /// The log.
    #[error("the log of what was told")]
    Log(#[from] LogError),
    /// What receivers hold.
    #[error("what receivers hold")]
    Images(#[source] E),
    /// The log does not fit what receivers hold: one of them was put in the place of another. Take both away; receivers compare then.
    #[error("the log ends before what receivers hold")]
    TakenApart,
}

/// A source's stream, and the views of it.
#[derive(Debug)]
pub struct Feed<I: Images> {
    log: Log,
    images: I,
    views: BTreeMap<String, Stream>,
    /// The last commits, which the source may send again, with the number under which each is told, if it is.
    known: VecDeque<(Upstream, Option<u64>)>,
    /// Of those the ones that it has yet to send again before anything is new; none: it goes on.
    expected: Option<VecDeque<Upstream>>,
    epoch: u64,
    /// The epochs, by the first commit of each.
    epochs: BTreeMap<u64, u64>,
    /// When the last commit was made.
    time: String,
    /// What of the log is durable.
    durable: u64,
    gathered: Option<Gathered>,
    reading: BTreeMap<u64, Reading>,
    next: u64,
}

#[derive(Debug)]
struct Stream {
    view: View,
    /// Where its chain begins; none: what is held is being read for the first time.
    base: Option<Base>,
    /// The heads behind the commits that told it something.
    heads: BTreeMap<u64, Hash>,
    /// How far reading for the first time has come.
    first: First,
}

/// Reading what a view has for the first time.
#[derive(Debug, Default)]
struct First {
    /// Behind this row it goes on.
    behind: Option<Key>,
    /// Whether all were read but those that must be read again.
    is_through: bool,
    /// Which those are.
    unread: BTreeSet<Key>,
}

impl First {
    fn note(&mut self, touched: &Touched, unread: BTreeSet<Key>) {
        if touched.is_cleared() {
            self.unread.clear();
        }
        touched.put_keys().for_each(|key| drop(self.unread.take(key)));
        self.unread.extend(unread);
    }

    fn wanted(&self) -> Rows {
        if self.is_through {
            Rows::Keys(self.unread.iter().take(gather::ROWS).cloned().collect())
        } else {
            Rows::Behind(self.behind.clone())
        }
    }
}

/// Rows that are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// By which they are handed in.
    pub ticket: u64,
    /// Of which view.
    pub view: String,
    /// Which.
    pub rows: Rows,
}

/// Which rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// Some behind this one in the source's order, or from the first on.
    Behind(Option<Key>),
    /// These, as far as they are there.
    Keys(BTreeSet<Key>),
}

/// Rows that are being read.
#[derive(Debug)]
struct Reading {
    view: String,
    rows: Rows,
    /// Whether they are for a receiver.
    is_asked: bool,
    /// Rows that commits changed since, and whether a commit told all of the row.
    changed: BTreeMap<Key, bool>,
    cleared: bool,
}

/// What came of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It was known: the source sent it again.
    Known,
    /// It is told.
    Told,
    /// It is kept until rows that it leans on were read.
    Kept,
    /// It is not what should have come: all rows are read anew, and an epoch begins.
    NewEpoch,
}

impl<I: Images> Feed<I> {
    /// Opens a stream in a folder. A log that is new begins with `epoch`, which no log of this stream ever had: the seconds since 1970.
    ///
    /// # Errors
    /// [`FeedError`].
    pub fn open(
        disk: &Disk,
        folder: &Path,
        mut images: I,
        views: BTreeMap<String, View>,
        epoch: u64,
    ) -> Result<Self, FeedError<I::Error>> {
        let log = Log::open(disk, folder, 1)?;
        let checkpoint = images.checkpoint().map_err(FeedError::Images)?;
        if checkpoint > log.last() {
            return Err(FeedError::TakenApart);
        }
        let durable = log.last();
        let mut feed = Self {
            log,
            images,
            views: BTreeMap::new(),
            known: VecDeque::new(),
            expected: None,
            epoch,
            epochs: BTreeMap::from([(0, epoch)]),
            time: String::new(),
            durable,
            gathered: None,
            reading: BTreeMap::new(),
            next: 0,
        };
        for (name, view) in views {
            feed.add(name, view)?;
        }
        feed.roll_forward(checkpoint)?;
        Ok(feed)
    }

    /// Gives another view. What it has is read before it is told.
    ///
    /// # Errors
    /// [`FeedError`].
    pub fn add(&mut self, name: String, view: View) -> Result<(), FeedError<I::Error>> {
        let base = self.images.base(&name).map_err(FeedError::Images)?;
        if base.is_none() {
            let nothing = Difference { cleared: true, ..Difference::default() };
            self.images.apply(&name, &nothing).map_err(FeedError::Images)?;
        }
        let stream = Stream { view, base, heads: BTreeMap::new(), first: First::default() };
        drop(self.views.insert(name, stream));
        Ok(())
    }

    /// What the log has and the images have not.
    fn roll_forward(&mut self, checkpoint: u64) -> Result<(), FeedError<I::Error>> {
        let mut at = self.log.first();
        loop {
            let entries = self.log.read(at, 1 << 20)?;
            let Some(last) = entries.last() else { break };
            at = last.commit.number + 1;
            for entry in entries {
                if entry.commit.number > checkpoint {
                    self.begin_anew(&entry)?;
                }
                self.remember(&entry);
                if entry.commit.number > checkpoint {
                    self.take_in(&entry)?;
                }
            }
        }
        self.images.commit(self.log.last()).map_err(FeedError::Images)
    }

    /// The views of which a commit changed too much to be told are read anew; whoever receives one begins there, and compares.
    fn begin_anew(&mut self, entry: &Entry) -> Result<(), FeedError<I::Error>> {
        for name in &entry.commit.anew {
            let Some(stream) = self.views.get_mut(name) else { continue };
            (stream.base, stream.heads, stream.first) = (None, BTreeMap::new(), First::default());
            let nothing = Difference { cleared: true, ..Difference::default() };
            self.images.apply(name, &nothing).map_err(FeedError::Images)?;
            self.images.set_base(name, None).map_err(FeedError::Images)?;
        }
        Ok(())
    }

    /// Takes a told commit's lines into what is held, as a receiver does.
    fn take_in(&mut self, entry: &Entry) -> Result<(), FeedError<I::Error>> {
        for (name, text) in &entry.views {
            let Some(stream) = self.views.get(name).filter(|stream| stream.base.is_some()) else { continue };
            let fields = stream.view.columns.len();
            let lines: Vec<Line> = text.lines().filter_map(|line| Line::read(line, fields).ok()).collect();
            let keys = named(&lines);
            let held = self.images.held(name, &keys).map_err(FeedError::Images)?;
            let mut touched = Touched::new(held.clone());
            for line in &lines {
                // What was told was told upon what was held.
                let _told_before = View::take(&stream.view.secret, line, &mut touched);
            }
            self.images.apply(name, &touched.difference(&held)).map_err(FeedError::Images)?;
        }
        Ok(())
    }

    /// Heads and places of a commit in the log.
    fn remember(&mut self, entry: &Entry) {
        let number = entry.commit.number;
        (self.epoch, self.time) = (entry.commit.epoch, entry.commit.time.clone());
        if self.known.is_empty() {
            // The log's own word counts, not that of whoever opens it.
            self.epochs = BTreeMap::from([(0, self.epoch)]);
        } else if self.epochs.last_key_value().is_none_or(|(_, epoch)| *epoch != self.epoch) {
            self.epochs.insert(number, self.epoch);
        }
        // Those that were kept stand last already, unless the feed was opened anew since.
        while self.known.back().is_some_and(|(_, told)| told.is_none()) {
            drop(self.known.pop_back());
        }
        let with = entry.commit.with.iter().chain([&entry.commit.upstream]);
        self.known.extend(with.map(|upstream| (upstream.clone(), Some(number))));
        self.known.drain(..self.known.len().saturating_sub(KNOWN));
        for (name, lines) in &entry.views {
            let Some(stream) = self.views.get_mut(name) else { continue };
            let Some(base) = stream.base.filter(|base| base.commit < number) else { continue };
            let before = stream.heads.last_key_value().map_or(base.head, |(_, head)| *head);
            stream.heads.insert(number, chain::head(&before, number, lines));
        }
    }

    /// A connection to the source begins. It sends what was not acknowledged.
    pub fn connected(&mut self) {
        let known: VecDeque<Upstream> = self.known.iter().map(|(upstream, _)| upstream.clone()).collect();
        self.expected = (!known.is_empty()).then_some(known);
        self.reading.clear();
    }

    /// Up to which of its commits the source may forget; none: nothing yet. The one behind it is durable as well.
    #[must_use]
    pub fn acknowledged(&self) -> Option<&Upstream> {
        let durable = |(_, told): &&(Upstream, Option<u64>)| told.is_some_and(|told| told <= self.durable);
        self.known.iter().rev().skip_while(|known| !durable(known)).nth(1).map(|(upstream, _)| upstream)
    }

    /// The last commit that was told, durable or not.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.log.last()
    }

    /// Whether all that is held fits what the source has: no rows are awaited, and the source was heard since it was connected to.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.gathered.is_none()
            && self.expected.is_none()
            && self.views.values().all(|view| view.base.is_some())
    }

    /// Takes a commit of the source, with its changes by table in order.
    ///
    /// # Errors
    /// [`FeedError`].
    pub fn take(
        &mut self,
        upstream: &Upstream,
        time: &str,
        changes: &[(String, Change)],
    ) -> Result<Taken, FeedError<I::Error>> {
        let mut taken = Taken::Told;
        if let Some(expected) = &mut self.expected {
            // It may have kept more than it had to: it begins anywhere among what is known, and goes on in order.
            while expected.front().is_some_and(|next| next != upstream) && expected.len() == self.known.len()
            {
                let at = expected.iter().position(|known| known == upstream);
                expected.drain(..at.unwrap_or(expected.len()));
                if at.is_none() {
                    break;
                }
            }
            if expected.pop_front().is_some_and(|known| known == *upstream) {
                if expected.is_empty() {
                    self.expected = None;
                }
                return Ok(Taken::Known);
            }
            self.expected = None;
            self.begin_epoch()?;
            taken = Taken::NewEpoch;
        }
        self.time = time.to_owned();
        self.note_changed(changes);
        let mut told = Vec::new();
        for (name, stream) in &self.views {
            let own: Vec<&Change> = changes
                .iter()
                .filter(|(table, _)| *table == stream.view.table)
                .map(|(_, change)| change)
                .collect();
            if own.is_empty() {
                continue;
            }
            let keys = stream.view.named(own.iter().copied());
            let held = gather::held(self.gathered.as_ref(), &mut self.images, name, &keys)?;
            let (mut touched, mut lines) = (Touched::new(held.clone()), Told::default());
            own.iter().for_each(|change| stream.view.tell(change, &mut touched, &mut lines));
            told.push((name.clone(), held, touched, lines));
        }
        let is_whole = |name: &str| self.views.get(name).is_some_and(|stream| stream.base.is_some());
        let leans = told.iter().any(|(name, _, _, lines)| is_whole(name) && !lines.unread.is_empty());
        if leans && self.gathered.is_none() {
            self.gathered = Some(Gathered::new(self.epoch));
        }
        let mut views = Vec::new();
        for (name, held, touched, lines) in told {
            let Some(stream) = self.views.get_mut(&name) else { continue };
            let is_whole = stream.base.is_some();
            match &mut self.gathered {
                Some(gathered) if is_whole => gathered.add(&name, &held, touched, lines),
                _ => {
                    stream.first.note(&touched, lines.unread);
                    let difference = touched.difference(&held);
                    self.images.apply(&name, &difference).map_err(FeedError::Images)?;
                    let text: String = lines.lines.iter().map(|line| format!("{line}\n")).collect();
                    if is_whole && !text.is_empty() {
                        views.push((name.clone(), text));
                    }
                }
            }
        }
        if let Some(gathered) = &mut self.gathered {
            gathered.commits.push(upstream.clone());
            self.known.push_back((upstream.clone(), None));
            // A later commit may have told all of what was to be read.
            self.settle()?;
            return Ok(if taken == Taken::Told { Taken::Kept } else { taken });
        }
        self.write(vec![upstream.clone()], views)?;
        Ok(taken)
    }

    fn note_changed(&mut self, changes: &[(String, Change)]) {
        for reading in self.reading.values_mut() {
            let Some(stream) = self.views.get(&reading.view) else { continue };
            for (_, change) in changes.iter().filter(|(table, _)| *table == stream.view.table) {
                let is_whole = match change {
                    Change::Set { row, .. } => !row.contains(&Cell::Unchanged),
                    Change::Gone { .. } => true,
                    Change::Cleared => {
                        (reading.cleared, reading.changed) = (true, BTreeMap::new());
                        continue;
                    }
                };
                let keys = stream.view.named([change]);
                reading.changed.extend(keys.into_iter().map(|key| (key, is_whole)));
            }
        }
    }

    /// All rows are read anew, of a source that has no log to be followed: the difference is told as one commit. Nothing is done while they
    /// are being read already.
    ///
    /// # Errors
    /// [`FeedError`].
    pub fn round(&mut self, upstream: Upstream, time: &str) -> Result<(), FeedError<I::Error>> {
        if self.gathered.is_some() {
            return Ok(());
        }
        self.time = time.to_owned();
        let mut gathered = Gathered::new(self.epoch);
        gathered.commits.push(upstream);
        for (name, _) in self.views.iter().filter(|(_, stream)| stream.base.is_some()) {
            drop(self.images.unseen(name).map_err(FeedError::Images)?);
            gathered.read_all(name);
        }
        self.gathered = Some(gathered);
        // Where no view was read before there is nothing to tell, and the commit says so.
        self.settle()
    }

    /// All rows are read anew: what was kept before is of the source as it was.
    fn begin_epoch(&mut self) -> Result<(), FeedError<I::Error>> {
        self.reading.clear();
        let epoch = self.gathered.take().map_or(self.epoch, |gathered| gathered.epoch) + 1;
        let mut gathered = Gathered::new(epoch);
        for (name, stream) in &mut self.views {
            drop(self.images.unseen(name).map_err(FeedError::Images)?);
            stream.first = First::default();
            if stream.base.is_some() {
                gathered.read_all(name);
            } else {
                let nothing = Difference { cleared: true, ..Difference::default() };
                self.images.apply(name, &nothing).map_err(FeedError::Images)?;
            }
        }
        self.gathered = Some(gathered);
        Ok(())
    }

    /// A commit with what it tells, written and not yet synced.
    fn write(
        &mut self,
        mut with: Vec<Upstream>,
        views: Vec<(String, String)>,
    ) -> Result<(), FeedError<I::Error>> {
        let Some(upstream) = with.pop() else { return Ok(()) };
        let number = self.log.last() + 1;
        let mut length = 0;
        let (views, large): (Vec<_>, Vec<_>) =
            views.into_iter().partition(|(_, lines): &(String, String)| {
                let fits = length + lines.len() <= TOLD_MAX;
                length += if fits { lines.len() } else { 0 };
                fits
            });
        let anew = large.into_iter().map(|(name, _)| name).collect();
        let commit = Commit { number, epoch: self.epoch, upstream, with, time: self.time.clone(), anew };
        let entry = Entry { commit, views };
        self.log.append(&entry)?;
        self.begin_anew(&entry)?;
        self.remember(&entry);
        Ok(())
    }

    /// Makes all that was taken durable.
    ///
    /// # Errors
    /// [`FeedError`].
    pub fn flush(&mut self) -> Result<(), FeedError<I::Error>> {
        self.log.sync()?;
        self.durable = self.log.last();
        self.images.commit(self.durable).map_err(FeedError::Images)
    }

    /// Forgets what was told before the last so many commits, as far as whole files hold nothing else. Whoever asks for it compares.
    ///
    /// # Errors
    /// [`FeedError`].
    pub fn trim(&mut self, commits: u64) -> Result<(), FeedError<I::Error>> {
        let first = self.log.last().saturating_sub(commits);
        if first <= self.log.first() {
            return Ok(());
        }
        for (name, stream) in &mut self.views {
            let Some(head) = stream.head_at(first) else { continue };
            stream.base = Some(Base { commit: first, head });
            stream.heads = stream.heads.split_off(&(first + 1));
            self.images.set_base(name, stream.base).map_err(FeedError::Images)?;
        }
        self.images.commit(self.durable).map_err(FeedError::Images)?;
        self.log.trim(first)?;
        Ok(())
    }

    /// Rows that are to be read for the feed itself; none if it has all it needs, or they are being read.
    pub fn wanted(&mut self) -> Option<Wanted> {
        if self.expected.is_some() || self.reading.values().any(|reading| !reading.is_asked) {
            return None;
        }
        let building = self.views.iter().find(|(_, stream)| stream.base.is_none());
        let (view, rows) = match (building, &self.gathered) {
            (Some((name, stream)), _) => (name.clone(), stream.first.wanted()),
            (None, Some(gathered)) => gathered.wanted()?,
            (None, None) => return None,
        };
        Some(self.reading(view, rows, false))
    }

    fn reading(&mut self, view: String, rows: Rows, is_asked: bool) -> Wanted {
        self.next += 1;
        let wanted = Wanted { ticket: self.next, view, rows };
        let reading = Reading {
            view: wanted.view.clone(),
            rows: wanted.rows.clone(),
            is_asked,
            changed: BTreeMap::new(),
            cleared: false,
        };
        drop(self.reading.insert(self.next, reading));
        wanted
    }

    /// Gives up reading rows: they are wanted again.
    pub fn give_up(&mut self, ticket: u64) {
        drop(self.reading.remove(&ticket));
    }

    /// Takes rows that were wanted, in the source's order; `is_end` if no others are behind them.
    ///
    /// # Errors
    /// [`FeedError`].
    pub fn read(&mut self, ticket: u64, rows: &[Vec<Cell>], is_end: bool) -> Result<(), FeedError<I::Error>> {
        let Some(reading) = self.reading.remove(&ticket).filter(|reading| !reading.is_asked) else {
            return Ok(());
        };
        let Some(stream) = self.views.get_mut(&reading.view) else { return Ok(()) };
        let last = rows.iter().rev().find_map(|row| stream.view.key_of(row)).map(str::to_owned);
        let mut changes: Vec<Change> = rows
            .iter()
            .filter(|row| stream.view.key_of(row).is_some_and(|key| reading.is_untouched(key)))
            .map(|row| Change::Set { old: None, row: row.clone() })
            .collect();
        if let Rows::Keys(asked) = &reading.rows {
            let there: BTreeSet<&str> = rows.iter().filter_map(|row| stream.view.key_of(row)).collect();
            let gone = asked.iter().filter(|key| !there.contains(key.as_str()) && reading.is_untouched(key));
            changes.extend(gone.map(|key| Change::Gone { key: key.clone() }));
        }
        let keys = stream.view.named(&changes);
        let held = gather::held(self.gathered.as_ref(), &mut self.images, &reading.view, &keys)?;
        let (mut touched, mut told) = (Touched::new(held.clone()), Told::default());
        changes.iter().for_each(|change| stream.view.tell(change, &mut touched, &mut told));
        if stream.base.is_none() {
            stream.first.note(&touched, told.unread);
            match &reading.rows {
                Rows::Keys(asked) => reading.told(asked).for_each(|key| drop(stream.first.unread.take(key))),
                Rows::Behind(_) if is_end => stream.first.is_through = true,
                Rows::Behind(_) => stream.first.behind = last.or_else(|| stream.first.behind.take()),
            }
            self.images.apply(&reading.view, &touched.difference(&held)).map_err(FeedError::Images)?;
            return self.built(&reading.view);
        }
        let Some(gathered) = &mut self.gathered else { return Ok(()) };
        gathered.add(&reading.view, &held, touched, told);
        match reading.rows {
            Rows::Keys(ref asked) => gathered.was_read(&reading.view, reading.told(asked)),
            Rows::Behind(_) => {
                let seen = rows.iter().filter_map(|row| stream.view.key_of(row)).map(str::to_owned).collect();
                self.images.see(&reading.view, &seen).map_err(FeedError::Images)?;
                gathered.goes_on(&reading.view, last.filter(|_| !is_end));
                if is_end {
                    let unseen = self.images.unseen(&reading.view).map_err(FeedError::Images)?;
                    gathered.end(&reading.view, unseen, &mut self.images)?;
                }
            }
        }
        self.settle()
    }

    fn built(&mut self, view: &str) -> Result<(), FeedError<I::Error>> {
        let Some(stream) = self.views.get_mut(view) else { return Ok(()) };
        if stream.first.is_through && stream.first.unread.is_empty() {
            let base = Base { commit: self.log.last(), head: chain::root(&stream.view.secret) };
            (stream.base, stream.heads) = (Some(base), BTreeMap::new());
            self.images.set_base(view, stream.base).map_err(FeedError::Images)?;
        }
        self.settle()
    }

    /// Tells what was kept, once nothing is wanted.
    fn settle(&mut self) -> Result<(), FeedError<I::Error>> {
        let is_building = self.views.values().any(|stream| stream.base.is_none());
        let Some(gathered) = self.gathered.take_if(|gathered| !is_building && gathered.is_complete()) else {
            return Ok(());
        };
        self.epoch = gathered.epoch;
        let commits = gathered.commits.clone();
        let mut views = Vec::new();
        for (name, lines, difference) in gathered.net() {
            self.images.apply(&name, &difference).map_err(FeedError::Images)?;
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            if !text.is_empty() {
                views.push((name, text));
            }
        }
        self.write(commits, views)
    }
}

impl Reading {
    fn is_untouched(&self, key: &str) -> bool {
        !self.cleared && !self.changed.contains_key(key)
    }

    /// Of the rows that were asked for those of which all is known now: no commit changed them meanwhile, or one that told all of them.
    fn told<'a>(&'a self, asked: &'a BTreeSet<Key>) -> impl Iterator<Item = &'a Key> {
        asked.iter().filter(|key| self.changed.get(*key).copied().unwrap_or(true))
    }
}

/// The records that lines are about.
#[must_use]
pub fn named(lines: &[Line]) -> BTreeSet<Key> {
    let keys = lines.iter().flat_map(|line| match line {
        Line::Moved { new, old, .. } => [Some(new.clone()), Some(old.clone())],
        other => [other.key().cloned(), None],
    });
    keys.flatten().collect()
}
