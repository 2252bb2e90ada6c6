//! Appends. One thread owns the files; all entries that wait become one commit: one write, one `fdatasync`.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::thread;

use model::merkle::GrowingTree;
use tokio::sync::{mpsc, oneshot};

use crate::entry::{self, Entry};
use crate::segment::{self, Ending, HEADER_BYTES, Segment};
use crate::{LedgerError, disk};

/// Entries that may wait for a commit: some 100 ms of them at the highest rates measured.
const WAITING: usize = 2048;
/// Most entries in one commit.
const COMMIT_MAX: usize = 512;

/// A ledger open for appending. Clones share it; the last one to go closes it.
#[derive(Debug, Clone)]
pub struct Ledger {
    queue: mpsc::Sender<Job>,
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
struct Job {
    entry: Vec<u8>,
    done: oneshot::Sender<Result<u64, LedgerError>>,
}

impl Ledger {
    /// Opens the ledger in `folder`, or begins one, and reads all of it: `visit` sees every entry in order.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] if what is there is not whole; nothing is changed then. [`LedgerError::InUse`],
    /// [`LedgerError::Disk`].
    pub fn open(folder: &Path, visit: impl FnMut(u64, &[u8])) -> Result<(Self, Opened), LedgerError> {
        fs::create_dir_all(folder).map_err(|error| disk("cannot make", folder, &error))?;
        let lock_path = folder.join("lock");
        let lock = File::create(&lock_path).map_err(|error| disk("cannot make", &lock_path, &error))?;
        lock.try_lock().map_err(|_| LedgerError::InUse(folder.display().to_string()))?;
        let (writer, opened) = Writer::recover(folder, lock, visit)?;
        let (queue, jobs) = mpsc::channel(WAITING);
        thread::Builder::new()
            .name("ledger".into())
            .spawn(move || writer.run(jobs))
            .map_err(|error| disk("cannot start the writer of", folder, &error))?;
        Ok((Self { queue }, opened))
    }

    /// Appends an entry; returns its number once it is on the disk.
    ///
    /// # Errors
    /// [`LedgerError`]; the entry is then not in the ledger.
    pub async fn append(&self, entry: &Entry) -> Result<u64, LedgerError> {
        let entry = entry.encode();
        if entry.len() > entry::MAX_BYTES {
            return Err(LedgerError::TooLarge(entry.len()));
        }
        let (done, written) = oneshot::channel();
        self.queue.try_send(Job { entry, done }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => LedgerError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => LedgerError::Failed("the writer has ended".into()),
        })?;
        written.await.unwrap_or_else(|_| Err(LedgerError::Failed("the writer has ended".into())))
    }
}

struct Writer {
    folder: PathBuf,
    /// Held as long as the ledger is open.
    _lock: File,
    tree: GrowingTree,
    file: File,
    path: PathBuf,
    /// Where the next frame goes.
    at: usize,
    /// The next segment's file, filled with zeros while this one is in use.
    spare: Option<thread::JoinHandle<std::io::Result<File>>>,
    /// After a failed write or sync nobody knows what is on the disk; opening anew finds out.
    failed: Option<String>,
}

impl Writer {
    fn recover(
        folder: &Path,
        lock: File,
        mut visit: impl FnMut(u64, &[u8]),
    ) -> Result<(Self, Opened), LedgerError> {
        let mut tree = GrowingTree::default();
        let paths = segment::list(folder)?;
        let mut last = (HEADER_BYTES, Ending::Clean);
        for (number, path) in paths.iter().enumerate() {
            if last.1 != Ending::Clean {
                let place = path.display().to_string();
                return Err(LedgerError::Damaged {
                    place,
                    why: "the segment before it ends with a broken commit".into(),
                });
            }
            let segment = Segment::read(path)?;
            last = segment.replay(&mut tree, &mut visit)?;
            tracing::debug!(segment = number, entries = tree.size(), "ledger segment read");
        }
        let Some(path) = paths.last() else {
            let (file, path) = begin_segment(folder, &tree, None)?;
            let opened = Opened { entries: 0, cut_bytes: 0 };
            return Ok((
                Self {
                    folder: folder.to_owned(),
                    _lock: lock,
                    tree,
                    file,
                    path,
                    at: HEADER_BYTES,
                    spare: None,
                    failed: None,
                },
                opened,
            ));
        };
        let file = File::options()
            .read(true)
            .write(true)
            .open(path)
            .map_err(|error| disk("cannot open", path, &error))?;
        let cut_bytes = match last.1 {
            Ending::Clean => 0,
            Ending::Torn { bytes } => {
                let length = usize::try_from(segment::BYTES).unwrap_or(usize::MAX).saturating_sub(last.0);
                file.write_all_at(&vec![0; length], last.0 as u64)
                    .and_then(|()| file.sync_all())
                    .map_err(|error| disk("cannot write", path, &error))?;
                bytes
            }
        };
        let opened = Opened { entries: tree.size(), cut_bytes };
        let path = path.clone();
        Ok((
            Self {
                folder: folder.to_owned(),
                _lock: lock,
                tree,
                file,
                path,
                at: last.0,
                spare: None,
                failed: None,
            },
            opened,
        ))
    }

    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut waiting = Vec::with_capacity(COMMIT_MAX);
        while jobs.blocking_recv_many(&mut waiting, COMMIT_MAX) > 0 {
            while !waiting.is_empty() {
                let jobs: Vec<Job> = waiting.drain(..self.count_that_fits(&waiting)).collect();
                let first = self.tree.size();
                let outcome = self.commit(&jobs);
                for (number, job) in (first..).zip(jobs) {
                    // A caller that gave up no longer listens; its entry stands all the same.
                    let _ = job.done.send(outcome.clone().map(|()| number));
                }
            }
        }
        if let Some(spare) = self.spare.take() {
            let _ = spare.join();
        }
    }

    /// How many go into the next frame: what fits in this segment, or else as a new frame in the next. One at least.
    fn count_that_fits(&self, waiting: &[Job]) -> usize {
        let left = usize::try_from(segment::BYTES).unwrap_or(usize::MAX).saturating_sub(self.at);
        let mut payload = 0;
        for (count, job) in waiting.iter().enumerate() {
            payload += job.entry.len();
            if segment::frame_bytes(count + 1, payload) > left {
                return count.max(1);
            }
        }
        waiting.len()
    }

    fn commit(&mut self, jobs: &[Job]) -> Result<(), LedgerError> {
        if let Some(why) = &self.failed {
            return Err(LedgerError::Failed(why.clone()));
        }
        let payload = jobs.iter().map(|job| job.entry.len()).sum();
        let end = self.at + segment::frame_bytes(jobs.len(), payload);
        if end as u64 > segment::BYTES {
            self.next_segment()?;
        }
        let mut tree = self.tree.clone();
        let frame = segment::frame(&mut tree, jobs.iter().map(|job| job.entry.as_slice()));
        let written = self.file.write_all_at(&frame, self.at as u64).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            let error = disk("cannot write", &self.path, &error);
            self.failed = Some(error.to_string());
            return Err(error);
        }
        self.tree = tree;
        self.at += frame.len();
        if self.spare.is_none() && self.at as u64 > segment::BYTES / 2 {
            let path = spare_path(&self.folder);
            self.spare =
                thread::Builder::new().name("ledger-spare".into()).spawn(move || segment::blank(&path)).ok();
        }
        Ok(())
    }

    /// Nothing of the old segment is touched: if the disk is full, the entries are refused and the next ones try again.
    fn next_segment(&mut self) -> Result<(), LedgerError> {
        let spare = self.spare.take().and_then(|spare| spare.join().ok()).and_then(Result::ok);
        (self.file, self.path) = begin_segment(&self.folder, &self.tree, spare)?;
        self.at = HEADER_BYTES;
        Ok(())
    }
}

fn spare_path(folder: &Path) -> PathBuf {
    folder.join("spare")
}

/// Gives the spare file its header, then its name: a segment that has its name has its header.
fn begin_segment(
    folder: &Path,
    tree: &GrowingTree,
    spare: Option<File>,
) -> Result<(File, PathBuf), LedgerError> {
    let (from, to) = (spare_path(folder), segment::path(folder, tree.size()));
    let begin = || {
        let file = match spare {
            Some(file) => file,
            None => segment::blank(&from)?,
        };
        file.write_all_at(&segment::header(tree.size(), &tree.root()), 0)?;
        file.sync_data()?;
        fs::rename(&from, &to)?;
        File::open(folder)?.sync_all()?;
        Ok(file)
    };
    begin().map(|file| (file, to.clone())).map_err(|error: std::io::Error| disk("cannot begin", &to, &error))
}
