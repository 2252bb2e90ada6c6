//! Appends. One thread owns the files; all entries that wait become one commit: one write, one `fdatasync`.
//!
//! **What a disk does wrong is survived.** An entry counts when its commit was synced. A commit that failed is overwritten with zeros, and
//! they are synced, before anything else is written: what the system shows of it may not be on the disk. A segment that the next one may
//! have followed gets nothing more. What a ledger is opened with is written and synced anew before anything is built upon it, since the
//! process before may have ended behind a sync that failed.
//!
//! **What nobody can find again does not count.** A file whose name was removed, or leads to another file, takes bytes as before and is
//! gone with the process: so each commit is looked up by its name once it is synced, which takes a thousandth of the sync.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use disk::{Disk, File, Folder};
use model::merkle::GrowingTree;
use tokio::sync::{mpsc, oneshot};

use crate::entry::{self, Entry};
use crate::measures::Measures;
use crate::segment::{self, Ending, HEADER_BYTES, Segment};
use crate::{LedgerError, failed};

/// Entries that may wait for a commit: some 100 ms of them at the highest rates measured.
const WAITING: usize = 2048;
/// Most entries in one commit.
const COMMIT_MAX: usize = 512;

/// A ledger open for appending. Clones share it; the last one to go closes it.
#[derive(Debug, Clone)]
pub struct Ledger {
    queue: mpsc::Sender<Job>,
    /// Whether the last commit failed. Who asks how it is must not take places in the queue from those who write.
    failing: Arc<AtomicBool>,
    /// What is written to. Who asks looks for it: nobody may be there to append.
    open: Arc<Mutex<Open>>,
    measures: Arc<Measures>,
}

/// The segment that is written to.
#[derive(Debug)]
struct Open {
    file: Arc<File>,
    path: PathBuf,
}

impl Open {
    /// Whether it is where it was.
    fn check(&self) -> Result<(), LedgerError> {
        let is_there =
            self.file.is_at(&self.path).map_err(|error| failed("cannot find", &self.path, &error))?;
        if is_there { Ok(()) } else { Err(LedgerError::Gone(self.path.display().to_string())) }
    }
}

/// What opening found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Entries in the ledger.
    pub entries: u64,
    /// Bytes of a commit that had not come to its end, and were cut off.
    pub cut_bytes: usize,
}

#[derive(Debug)]
enum Job {
    Append { entry: Vec<u8>, done: oneshot::Sender<Result<u64, LedgerError>> },
    Check(oneshot::Sender<Result<(), LedgerError>>),
}

/// What a ledger is written with. Tests take another disk, and shorter segments.
pub(crate) struct Means {
    pub(crate) disk: Disk,
    pub(crate) segment_bytes: usize,
    /// How long what failed is not tried again only because somebody asks whether it would do.
    pub(crate) pause: Duration,
}

impl Default for Means {
    fn default() -> Self {
        Self { disk: Disk::default(), segment_bytes: segment::BYTES, pause: Duration::from_secs(1) }
    }
}

impl Ledger {
    /// Opens the ledger in `folder`, or begins one, and reads all of it: `visit` sees every entry in order.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] if what is there is not whole; nothing is changed then. [`LedgerError::InUse`],
    /// [`LedgerError::Disk`].
    pub fn open(folder: &Path, visit: impl FnMut(u64, &[u8])) -> Result<(Self, Opened), LedgerError> {
        Self::open_by(Means::default(), folder, visit)
    }

    pub(crate) fn open_by(
        means: Means,
        folder: &Path,
        visit: impl FnMut(u64, &[u8]),
    ) -> Result<(Self, Opened), LedgerError> {
        std::fs::create_dir_all(folder).map_err(|error| failed("cannot make", folder, &error))?;
        let lock_path = folder.join("lock");
        let lock =
            means.disk.create(&lock_path).map_err(|error| failed("cannot make", &lock_path, &error))?;
        lock.try_lock().map_err(|_| LedgerError::InUse(folder.display().to_string()))?;
        let (writer, opened) = Writer::recover(means, folder, lock, visit)?;
        let (queue, jobs) = mpsc::channel(WAITING);
        let (failing, open, measures) =
            (writer.failing.clone(), writer.open.clone(), writer.measures.clone());
        thread::Builder::new()
            .name("ledger".into())
            .spawn(move || writer.run(jobs))
            .map_err(|error| failed("cannot start the writer of", folder, &error))?;
        Ok((Self { queue, failing, open, measures }, opened))
    }

    /// Appends an entry; returns its number once it is on the disk.
    ///
    /// # Errors
    /// [`LedgerError`]. The entry then does not count; it may be found in the ledger all the same, if the machine or the process ends
    /// before the next one.
    pub async fn append(&self, entry: &Entry) -> Result<u64, LedgerError> {
        let entry = entry.encode();
        if entry.len() > entry::MAX_BYTES {
            return Err(LedgerError::TooLarge(entry.len()));
        }
        self.ask(|done| Job::Append { entry, done }).await
    }

    /// Whether an entry could be written: yes if the last one was and its file is where it was, and else it is tried.
    ///
    /// # Errors
    /// [`LedgerError`]: what stands against it.
    pub async fn check(&self) -> Result<(), LedgerError> {
        if self.failing.load(Ordering::Relaxed) {
            return self.ask(Job::Check).await;
        }
        self.open.lock().unwrap_or_else(PoisonError::into_inner).check()
    }

    /// What it has written since it was opened.
    #[must_use]
    pub fn measures(&self) -> &Measures {
        &self.measures
    }

    /// Entries that wait to be written, and how many may.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        (self.queue.max_capacity() - self.queue.capacity(), self.queue.max_capacity())
    }

    /// Bytes that may still be written to the disk that it is on.
    ///
    /// # Errors
    /// As the file system says, which may not find it any more.
    pub fn free_bytes(&self) -> std::io::Result<u64> {
        let path = self.open.lock().unwrap_or_else(PoisonError::into_inner).path.clone();
        disk::free_bytes(&path)
    }

    async fn ask<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, LedgerError>>) -> Job,
    ) -> Result<T, LedgerError> {
        let (done, answer) = oneshot::channel();
        self.queue.try_send(job(done)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => LedgerError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => LedgerError::Ended,
        })?;
        answer.await.unwrap_or(Err(LedgerError::Ended))
    }
}

struct Writer {
    means: Means,
    folder: PathBuf,
    /// The folder, held open: a sync of its names must not fail for want of a descriptor.
    names: Folder,
    /// Held as long as the ledger is open.
    _lock: File,
    tree: GrowingTree,
    file: Arc<File>,
    path: PathBuf,
    /// The two, for those who ask.
    open: Arc<Mutex<Open>>,
    /// Where the next frame goes. At the segment's end when the next one may have begun.
    at: usize,
    /// Bytes behind `at` in which a commit that failed may have left something.
    litter: usize,
    /// The next segment's file, filled with zeros while this one is in use.
    spare: Option<thread::JoinHandle<std::io::Result<File>>>,
    /// Why the last commit failed, and when that was tried last.
    trouble: Option<(LedgerError, Instant)>,
    failing: Arc<AtomicBool>,
    measures: Arc<Measures>,
}

impl Writer {
    fn recover(
        means: Means,
        folder: &Path,
        lock: File,
        mut visit: impl FnMut(u64, &[u8]),
    ) -> Result<(Self, Opened), LedgerError> {
        let names = means.disk.folder(folder).map_err(|error| failed("cannot open", folder, &error))?;
        let mut tree = GrowingTree::default();
        let mut last: Option<(Segment, usize, Ending)> = None;
        let paths = segment::list(folder)?;
        for (number, path) in paths.iter().enumerate() {
            if last.as_ref().is_some_and(|(_, _, ending)| *ending != Ending::Clean) {
                let place = path.display().to_string();
                return Err(LedgerError::Damaged {
                    place,
                    why: "the segment before it ends with a broken commit".into(),
                });
            }
            let segment = Segment::read(&means.disk, path)?;
            let (at, ending) = segment.replay(&mut tree, &mut visit)?;
            last = Some((segment, at, ending));
            tracing::debug!(segment = number, entries = tree.size(), "ledger segment read");
        }
        let mut opened = Opened { entries: tree.size(), cut_bytes: 0 };
        let (file, path, at) = match (paths.last(), last) {
            (Some(path), Some((segment, at, ending))) => {
                if let Ending::Torn { bytes } = ending {
                    opened.cut_bytes = bytes;
                }
                let file = renew(&means, &names, path, segment.up_to(at))
                    .map_err(|error| failed("cannot write", path, &error))?;
                (file, path.clone(), at)
            }
            _ => {
                let (from, to) = (spare_path(folder), segment::path(folder, 0));
                let begun = prepare(&means, &from, None, &tree).and_then(|file| {
                    means.disk.rename(&from, &to)?;
                    names.sync()?;
                    Ok(file)
                });
                let file = begun.map_err(|error| failed("cannot begin", &to, &error))?;
                (file, to, HEADER_BYTES)
            }
        };
        let (folder, file) = (folder.to_owned(), Arc::new(file));
        let open = Arc::new(Mutex::new(Open { file: file.clone(), path: path.clone() }));
        let writer = Self {
            means,
            folder,
            names,
            _lock: lock,
            tree,
            file,
            path,
            open,
            at,
            litter: 0,
            spare: None,
            trouble: None,
            failing: Arc::default(),
            measures: Arc::default(),
        };
        Ok((writer, opened))
    }

    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut taken = Vec::with_capacity(COMMIT_MAX);
        while jobs.blocking_recv_many(&mut taken, COMMIT_MAX) > 0 {
            let (mut entries, mut done, mut checks) = (Vec::new(), Vec::new(), Vec::new());
            for job in taken.drain(..) {
                match job {
                    Job::Append { entry, done: told } => {
                        entries.push(entry);
                        done.push(told);
                    }
                    Job::Check(told) => checks.push(told),
                }
            }
            let (mut entries, mut done) = (entries.as_slice(), done.into_iter());
            while !entries.is_empty() {
                let (now, later) = entries.split_at(self.count_that_fits(entries));
                let first = self.tree.size();
                let began = Instant::now();
                let outcome = self.commit(now);
                self.measures.note(now, began.elapsed(), outcome.is_ok());
                self.note(outcome.as_ref().err());
                for (number, told) in (first..).zip(done.by_ref().take(now.len())) {
                    // A caller that gave up no longer listens; its entry stands all the same.
                    let _ = told.send(outcome.clone().map(|()| number));
                }
                entries = later;
            }
            for told in checks {
                let _ = told.send(self.check());
            }
        }
        if let Some(spare) = self.spare.take() {
            let _ = spare.join();
        }
    }

    /// How many go into the next frame: what fits in this segment, or else as a new frame in the next. One at least.
    fn count_that_fits(&self, waiting: &[Vec<u8>]) -> usize {
        let left = self.means.segment_bytes.saturating_sub(self.at);
        let mut payload = 0;
        for (count, entry) in waiting.iter().enumerate() {
            payload += entry.len();
            if segment::frame_bytes(count + 1, payload) > left {
                return count.max(1);
            }
        }
        waiting.len()
    }

    fn commit(&mut self, entries: &[Vec<u8>]) -> Result<(), LedgerError> {
        self.find()?;
        self.sweep()?;
        let payload = entries.iter().map(Vec::len).sum();
        if self.at + segment::frame_bytes(entries.len(), payload) > self.means.segment_bytes {
            self.next_segment()?;
        }
        let mut tree = self.tree.clone();
        let frame = segment::frame(&mut tree, entries.iter().map(Vec::as_slice));
        self.litter = frame.len();
        self.file
            .write_all_at(&frame, self.at as u64)
            .and_then(|()| self.file.sync_data())
            .map_err(|error| failed("cannot write", &self.path, &error))?;
        self.find()?;
        self.litter = 0;
        self.tree = tree;
        self.at += frame.len();
        if self.spare.is_none() && self.at > self.means.segment_bytes / 2 {
            let (disk, path) = (self.means.disk.clone(), spare_path(&self.folder));
            let bytes = self.means.segment_bytes;
            let fill = move || segment::blank(&disk, &path, bytes);
            self.spare = thread::Builder::new().name("ledger-spare".into()).spawn(fill).ok();
        }
        Ok(())
    }

    /// Whether the open segment is where it was.
    fn find(&self) -> Result<(), LedgerError> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).check()
    }

    /// Takes away what a commit that failed may have left. Some of it may be on the disk and some not, whatever the system shows: a frame
    /// written over it would have a rest of it behind.
    fn sweep(&mut self) -> Result<(), LedgerError> {
        if self.litter > 0 {
            segment::fill(&self.file, self.at, self.at + self.litter)
                .and_then(|()| self.file.sync_data())
                .map_err(|error| failed("cannot write", &self.path, &error))?;
            self.litter = 0;
        }
        Ok(())
    }

    /// Nothing of the old segment is touched: if the disk is full, the entries are refused and the next ones try again.
    fn next_segment(&mut self) -> Result<(), LedgerError> {
        let spare = self.spare.take().and_then(|spare| spare.join().ok()).and_then(Result::ok);
        let (from, to) = (spare_path(&self.folder), segment::path(&self.folder, self.tree.size()));
        let begun = prepare(&self.means, &from, spare, &self.tree).and_then(|file| {
            // From here on the next segment may be there, whatever is said: what came into this one now would stand behind it.
            self.at = self.means.segment_bytes;
            self.means.disk.rename(&from, &to)?;
            self.names.sync()?;
            Ok(file)
        });
        self.file = Arc::new(begun.map_err(|error| failed("cannot begin", &to, &error))?);
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) =
            Open { file: self.file.clone(), path: to.clone() };
        self.path = to;
        self.at = HEADER_BYTES;
        Ok(())
    }

    /// Keeps in mind how the last commit went.
    fn note(&mut self, error: Option<&LedgerError>) {
        if self.trouble.is_some() || error.is_some() {
            self.trouble = error.map(|error| (error.clone(), Instant::now()));
            self.failing.store(error.is_some(), Ordering::Relaxed);
        }
    }

    /// Whether the next entry could be written. After a failure that is tried: nobody may be there to append one.
    fn check(&mut self) -> Result<(), LedgerError> {
        let Some((error, tried)) = &self.trouble else { return Ok(()) };
        if tried.elapsed() < self.means.pause {
            return Err(error.clone());
        }
        // What failed was a commit, which has left litter, or the next segment. Nothing goes on from a segment that is gone.
        let outcome =
            self.find().and_then(|()| if self.litter > 0 { self.sweep() } else { self.next_segment() });
        self.note(outcome.as_ref().err());
        outcome
    }
}

/// Writes and syncs anew what a ledger goes on from, with the zeros behind it: a sync that failed in the process before may have kept
/// either from the disk. The bytes are those that stand there, so that a crash in between changes nothing.
fn renew(means: &Means, names: &Folder, path: &Path, kept: &[u8]) -> std::io::Result<File> {
    let file = means.disk.open(path)?;
    file.write_all_at(kept, 0)?;
    segment::fill(&file, kept.len(), means.segment_bytes)?;
    file.sync_all()?;
    names.sync()?;
    Ok(file)
}

fn spare_path(folder: &Path) -> PathBuf {
    folder.join("spare")
}

/// Gives the spare file its header. It gets its name behind that: a segment that has its name has its header.
fn prepare(means: &Means, path: &Path, spare: Option<File>, tree: &GrowingTree) -> std::io::Result<File> {
    let file = match spare {
        Some(file) => file,
        None => segment::blank(&means.disk, path, means.segment_bytes)?,
    };
    file.write_all_at(&segment::header(tree.size(), &tree.root()), 0)?;
    file.sync_data()?;
    Ok(file)
}
