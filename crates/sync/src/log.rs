//! The log of what was told: one for a stream of a source, in files, each commit with the lines that its views had of it.
//!
//! ```text
//! segment   "LTSYNC01"  first commit's number (8)  crc32c of the 16 bytes before (4)  records
//! record    length of the body (4)  crc32c of the body (4)  body
//! body      length of the head (4)  head as JSON  lines of each view, in the head's order
//! ```
//! Numbers are big-endian. A commit counts when it was synced. **After a failure nothing is appended until the log was opened anew**, and
//! opening writes and syncs the last segment anew: what the system shows of it after a sync that failed may not be on the disk.

use std::fs;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use disk::{Disk, File};
use serde::{Deserialize, Serialize};

const MAGIC: &[u8; 8] = b"LTSYNC01";
const HEADER_BYTES: usize = 20;
const AROUND_BYTES: usize = 8;
/// A segment ends with the commit that makes it this long. So much is written anew when a log is opened.
const SEGMENT_BYTES: u64 = 8 * 1024 * 1024;
/// Longest body. What a commit has beyond it does not fit in a log; a receiver compares instead.
const BODY_MAX: usize = 256 * 1024 * 1024;

/// A commit of a source, as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What is known of it.
    pub commit: Commit,
    /// What each view had of it: its name and its lines, each with its line feed.
    pub views: Vec<(String, String)>,
}

/// What is known of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Its number, by which receivers ask. Of one stream each number comes once.
    pub number: u64,
    /// In which span of time that its source can account for. It grows when continuity could not be shown.
    pub epoch: u64,
    /// As its source knows it.
    pub upstream: Upstream,
    /// Commits before it that are told with it, as one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<Upstream>,
    /// Views of which it changed too much to be told: each is read anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anew: Vec<String>,
    /// When its source committed it, as that says.
    pub time: String,
}

/// A commit as its source knows it. Of two that are equal here one is the other: neither a source that was set back nor another one has
/// the same transaction at the same place and moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Upstream {
    /// The place in the source's log.
    pub place: String,
    /// The transaction.
    pub transaction: String,
    /// When it was committed.
    pub time: String,
}

#[derive(Serialize, Deserialize)]
struct Head {
    #[serde(flatten)]
    commit: Commit,
    views: Vec<(String, usize)>,
}

/// A log open for appending.
#[derive(Debug)]
pub struct Log {
    disk: Disk,
    folder: PathBuf,
    segments: Vec<Segment>,
    open: File,
    /// Bytes of the open segment that count, or are about to.
    end: u64,
    is_broken: bool,
}

/// A file of the log.
#[derive(Debug)]
struct Segment {
    path: PathBuf,
    first: u64,
    /// Where each of its commits begins, and its length.
    places: Vec<(u64, u32)>,
}

/// Why a log cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file system says so.
    #[error("{}: {error}", path.display())]
    File {
        /// Of which file.
        path: PathBuf,
        /// What it says.
        error: io::Error,
    },
    /// What was written is no longer there as it was.
    #[error("{}: a commit was damaged at byte {at}", path.display())]
    Damaged {
        /// In which file.
        path: PathBuf,
        /// Where.
        at: u64,
    },
    /// A write failed before: open the log anew.
    #[error("a write failed before")]
    Broken,
    /// A commit is too large for it.
    #[error("a commit of {0} bytes is too large")]
    TooLarge(usize),
}

fn failed(path: &Path) -> impl Fn(io::Error) -> LogError {
    move |error| LogError::File { path: path.to_owned(), error }
}

impl Log {
    /// Opens the log in a folder, which is there; a new one begins with commit `first`. What was written and not synced may be there or
    /// not; from now on it counts.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn open(disk: &Disk, folder: &Path, first: u64) -> Result<Self, LogError> {
        let mut paths: Vec<PathBuf> = fs::read_dir(folder)
            .map_err(failed(folder))?
            .flatten()
            .map(|found| found.path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "log"))
            .collect();
        paths.sort();
        let mut segments = Vec::with_capacity(paths.len());
        let mut last = None;
        let count = paths.len();
        for (at, path) in paths.into_iter().enumerate() {
            let bytes = disk.read(&path).map_err(failed(&path))?;
            let is_last = at + 1 == count;
            match Segment::read(path, &bytes) {
                Ok((segment, end)) if is_last || end == bytes.len() => {
                    if is_last {
                        last = Some((bytes, end));
                    }
                    segments.push(segment);
                }
                // A segment whose header never reached the disk: nothing in it counts.
                Err(_) if is_last => {}
                Ok((segment, end)) => {
                    return Err(LogError::Damaged {
                        path: segment.path,
                        at: u64::try_from(end).unwrap_or(0),
                    });
                }
                Err(path) => return Err(LogError::Damaged { path, at: 0 }),
            }
        }
        let next = segments.last().map_or(first, Segment::next);
        let (open, end) = match (last, segments.last()) {
            (Some((bytes, end)), Some(segment)) => {
                let whole = bytes.get(..end).unwrap_or_default();
                (write_anew(disk, folder, &segment.path, whole)?, end)
            }
            _ => {
                let segment = Segment { path: named(folder, next), first: next, places: Vec::new() };
                let open = write_anew(disk, folder, &segment.path, &header(next))?;
                segments.push(segment);
                (open, HEADER_BYTES)
            }
        };
        let end = u64::try_from(end).unwrap_or(u64::MAX);
        Ok(Self { disk: disk.clone(), folder: folder.to_owned(), segments, open, end, is_broken: false })
    }

    /// The number of the last commit; the one before the first if there is none.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.segments.last().map_or(0, Segment::next).saturating_sub(1)
    }

    /// The number of the first commit that is kept.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.segments.first().map_or(0, |segment| segment.first)
    }

    /// Writes a commit behind the others. It counts once [`Log::sync`] has returned.
    ///
    /// # Errors
    /// [`LogError`]. Open the log anew then.
    pub fn append(&mut self, entry: &Entry) -> Result<(), LogError> {
        if self.is_broken {
            return Err(LogError::Broken);
        }
        let record = record(entry)?;
        let bytes = u64::try_from(record.len()).unwrap_or(u64::MAX);
        self.is_broken = true;
        if self.end >= SEGMENT_BYTES {
            self.begin(entry.commit.number)?;
        }
        let Some(segment) = self.segments.last_mut() else { return Err(LogError::Broken) };
        self.open.write_all_at(&record, self.end).map_err(failed(&segment.path))?;
        segment.places.push((self.end, u32::try_from(record.len()).unwrap_or(u32::MAX)));
        self.end += bytes;
        self.is_broken = false;
        Ok(())
    }

    /// A new segment. What the one before holds is synced first, so that only the last can end in the middle.
    fn begin(&mut self, first: u64) -> Result<(), LogError> {
        if let Some(segment) = self.segments.last() {
            self.open.sync_data().map_err(failed(&segment.path))?;
        }
        let path = named(&self.folder, first);
        self.open = write_anew(&self.disk, &self.folder, &path, &header(first))?;
        self.end = u64::try_from(HEADER_BYTES).unwrap_or(u64::MAX);
        self.segments.push(Segment { path, first, places: Vec::new() });
        Ok(())
    }

    /// Sees all that was appended to the disk.
    ///
    /// # Errors
    /// [`LogError`]. Nobody knows then which of it counts, until the log was opened anew.
    pub fn sync(&mut self) -> Result<(), LogError> {
        if self.is_broken {
            return Err(LogError::Broken);
        }
        let path = self.segments.last().map(|segment| segment.path.clone()).unwrap_or_default();
        self.open.sync_data().map_err(|error| {
            self.is_broken = true;
            failed(&path)(error)
        })
    }

    /// The commits from a number on: at least one if there is one, and so many as their records have at most `bytes` together.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn read(&self, from: u64, bytes: usize) -> Result<Vec<Entry>, LogError> {
        let at = self.segments.partition_point(|segment| segment.next() <= from);
        let Some(segment) = self.segments.get(at) else { return Ok(Vec::new()) };
        let file = fs::File::open(&segment.path).map_err(failed(&segment.path))?;
        let skip = usize::try_from(from.saturating_sub(segment.first)).unwrap_or(usize::MAX);
        let (mut entries, mut read) = (Vec::new(), 0_usize);
        for (place, length) in segment.places.iter().skip(skip) {
            let length = usize::try_from(*length).unwrap_or(usize::MAX);
            read = read.saturating_add(length);
            if !entries.is_empty() && read > bytes {
                break;
            }
            let mut record = vec![0; length];
            file.read_exact_at(&mut record, *place).map_err(failed(&segment.path))?;
            let (entry, _) = read_record(&record)
                .ok_or_else(|| LogError::Damaged { path: segment.path.clone(), at: *place })?;
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Takes whole segments away of which every commit is before this one. The last stays.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn trim(&mut self, before: u64) -> Result<(), LogError> {
        while self.segments.len() > 1 && self.segments.first().is_some_and(|segment| segment.next() <= before)
        {
            let segment = self.segments.remove(0);
            self.disk.remove(&segment.path).map_err(failed(&segment.path))?;
        }
        Ok(())
    }
}

impl Segment {
    fn next(&self) -> u64 {
        self.first + u64::try_from(self.places.len()).unwrap_or(u64::MAX)
    }

    /// Reads a segment, and where it ends; its path if it has not even a header.
    fn read(path: PathBuf, bytes: &[u8]) -> Result<(Self, usize), PathBuf> {
        let Some(first) = read_header(bytes) else { return Err(path) };
        let (mut segment, mut at) = (Self { path, first, places: Vec::new() }, HEADER_BYTES);
        while let Some((entry, length)) = bytes.get(at..).and_then(read_record) {
            if entry.commit.number != segment.next() {
                break;
            }
            let place = (u64::try_from(at).unwrap_or(u64::MAX), u32::try_from(length).unwrap_or(u32::MAX));
            segment.places.push(place);
            at += length;
        }
        Ok((segment, at))
    }
}

fn named(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:020}.log"))
}

/// A file with these bytes, for good, open behind them.
fn write_anew(disk: &Disk, folder: &Path, path: &Path, bytes: &[u8]) -> Result<File, LogError> {
    let new = path.with_extension("new");
    let file = disk.create(&new).map_err(failed(&new))?;
    file.write_all_at(bytes, 0).map_err(failed(&new))?;
    file.sync_all().map_err(failed(&new))?;
    disk.rename(&new, path).map_err(failed(path))?;
    disk.folder(folder).and_then(|folder| folder.sync()).map_err(failed(folder))?;
    Ok(file)
}

fn header(first: u64) -> Vec<u8> {
    let start = [MAGIC.as_slice(), &first.to_be_bytes()].concat();
    let sum = crc32c::crc32c(&start).to_be_bytes();
    [start.as_slice(), &sum].concat()
}

fn read_header(bytes: &[u8]) -> Option<u64> {
    let (_, rest) = bytes.split_first_chunk::<8>()?;
    let first = u64::from_be_bytes(*rest.first_chunk::<8>()?);
    (bytes.get(..HEADER_BYTES)? == header(first).as_slice()).then_some(first)
}

fn record(entry: &Entry) -> Result<Vec<u8>, LogError> {
    let views = entry.views.iter().map(|(view, lines)| (view.clone(), lines.len())).collect();
    let head = Head { commit: entry.commit.clone(), views };
    // Numbers and texts: nothing that cannot be written.
    let head = serde_json::to_vec(&head).unwrap_or_default();
    let mut body = u32::try_from(head.len()).unwrap_or(u32::MAX).to_be_bytes().to_vec();
    body.extend_from_slice(&head);
    entry.views.iter().for_each(|(_, lines)| body.extend_from_slice(lines.as_bytes()));
    if body.len() > BODY_MAX {
        return Err(LogError::TooLarge(body.len()));
    }
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    Ok([length.as_slice(), &crc32c::crc32c(&body).to_be_bytes(), &body].concat())
}

/// The record that `bytes` begin with, and its length; none if they begin with none that is whole.
fn read_record(bytes: &[u8]) -> Option<(Entry, usize)> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let body = rest.get(..length)?;
    if crc32c::crc32c(body) != u32::from_be_bytes(*sum) {
        return None;
    }
    let (head, rest) = body.split_first_chunk::<4>()?;
    let (head, mut rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*head)).ok()?)?;
    let head: Head = serde_json::from_slice(head).ok()?;
    let mut views = Vec::with_capacity(head.views.len().min(rest.len()));
    for (view, length) in head.views {
        let (lines, behind) = rest.split_at_checked(length)?;
        views.push((view, std::str::from_utf8(lines).ok()?.to_owned()));
        rest = behind;
    }
    rest.is_empty().then_some((Entry { commit: head.commit, views }, AROUND_BYTES + length))
}

#[cfg(test)]
mod tests {
    use disk::faults::{Faults, Kind, Plan};

    use super::*;

    fn entry(number: u64, lines: &str) -> Entry {
        let upstream = Upstream {
            place: number.to_string(),
            transaction: (number * 3).to_string(),
            time: "t".to_owned(),
        };
        let commit = Commit {
            number,
            epoch: 1,
            upstream,
            with: Vec::new(),
            anew: Vec::new(),
            time: "2026-11-30T00:00:00Z".to_owned(),
        };
        Entry { commit, views: vec![("v".to_owned(), lines.to_owned()), ("w".to_owned(), String::new())] }
    }

    /// Appends three groups of two and syncs each, as far as it comes; how many counted.
    fn play(log: &mut Log) -> u64 {
        let mut counted = log.last();
        for _ in 0..3 {
            for _ in 0..2 {
                let number = log.last() + 1;
                if log.append(&entry(number, &format!("S {number}\tx\n"))).is_err() {
                    return counted;
                }
            }
            if log.sync().is_err() {
                return counted;
            }
            counted = log.last();
        }
        counted
    }

    /// Whatever operation fails, and however: what was synced is there when the log was opened anew, whole and in order, and nothing that
    /// was never appended.
    #[test]
    fn what_was_synced_is_there_whatever_the_disk_does() {
        for kind in Kind::ALL {
            for at in 0..40 {
                let folder = tempfile::tempdir().unwrap();
                let faults =
                    Faults::on(folder.path(), Some(Plan { kind, at, lasts: false, seed: at })).unwrap();
                let disk = faults.disk();
                let counted = Log::open(&disk, folder.path(), 1).map_or(0, |mut log| play(&mut log));
                if faults.is_off() {
                    faults.cut_power().unwrap();
                }
                faults.lift();
                let mut log = Log::open(&disk, folder.path(), 1).unwrap();
                assert!(
                    log.last() >= counted,
                    "{kind:?} at {at}: {counted} were synced, {} are there",
                    log.last()
                );
                let then = play(&mut log);
                faults.cut_power().unwrap();
                let log = Log::open(&disk, folder.path(), 1).unwrap();
                assert!(log.last() >= then, "{kind:?} at {at}: once more");
                let mut read = Vec::new();
                while let Some(more) =
                    Some(log.read(1 + read.len() as u64, 60).unwrap()).filter(|more| !more.is_empty())
                {
                    read.extend(more);
                }
                let all: Vec<Entry> =
                    (1..=log.last()).map(|number| entry(number, &format!("S {number}\tx\n"))).collect();
                assert_eq!(read, all, "{kind:?} at {at}");
            }
        }
    }

    #[test]
    fn a_byte_that_changed_is_told_and_whole_segments_can_go() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::open(&Disk::default(), folder.path(), 5).unwrap();
        let long = format!("S 1\t{}\n", "x".repeat(5_000_000));
        for number in 5..10 {
            log.append(&entry(number, &long)).unwrap();
        }
        log.sync().unwrap();
        assert_eq!((log.first(), log.last()), (5, 9));
        let damaged = named(folder.path(), 5);
        let mut bytes = fs::read(&damaged).unwrap();
        bytes[1000] ^= 1;
        fs::write(&damaged, bytes).unwrap();
        assert!(matches!(log.read(5, 1), Err(LogError::Damaged { .. })));
        assert!(matches!(Log::open(&Disk::default(), folder.path(), 5), Err(LogError::Damaged { .. })));
        log.trim(8).unwrap();
        assert!(log.first() > 5 && log.first() <= 8);
        assert_eq!(Log::open(&Disk::default(), folder.path(), 5).unwrap().last(), 9);
    }
}
