//! The files of a ledger.
//!
//! ```text
//! segment   header, frames, zeros
//! header    "LTLEDG01"  first entry's number (8)  root before it (32)  crc32c of the 48 bytes before (4)  zeros to 64
//! frame     "LTFR"  length of the body (4)  crc32c of the 8 bytes before (4)  crc32c of the body (4)  body  zeros to a multiple of 8
//! body      first entry's number (8)  count (4)  count × (length (2), entry)  root over all entries so far (32)
//! ```
//! Numbers are big-endian. A segment is filled with zeros before it is used, so that a commit changes no file size.

use std::io;
use std::path::{Path, PathBuf};

use disk::{Disk, File};
use model::merkle::{GrowingTree, Hash, leaf_hash};

use crate::{LedgerError, failed};

/// Size of a segment. Large enough for thousands of exchanges, small enough to be filled with zeros in some 10 ms.
pub const BYTES: usize = 8 * 1024 * 1024;
pub(crate) const HEADER_BYTES: usize = 64;
const MAGIC: &[u8; 8] = b"LTLEDG01";
const FRAME_MAGIC: &[u8; 4] = b"LTFR";
const FRAME_HEAD_BYTES: usize = 16;
const ALIGN: usize = 8;
/// What a disk writes whole or not at all.
const SECTOR: usize = 512;
/// A frame before its entries: number, count.
const FRAME_BEGIN_BYTES: usize = 8 + 4;
/// A frame around its entries: those and the root.
const BODY_AROUND_BYTES: usize = FRAME_BEGIN_BYTES + 32;
/// An entry's length, before it.
pub(crate) const LENGTH_BYTES: usize = 2;

/// The first bytes of a segment.
pub(crate) fn header(first: u64, root_before: &Hash) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    let crc = crc32c::crc32c(&[MAGIC.as_slice(), &first.to_be_bytes(), root_before].concat());
    let filled = [MAGIC.as_slice(), &first.to_be_bytes(), root_before, &crc.to_be_bytes()].concat();
    bytes.iter_mut().zip(filled).for_each(|(byte, value)| *byte = value);
    bytes
}

/// Reads a header: the first entry's number and the root before it.
fn read_header(bytes: &[u8]) -> Option<(u64, Hash)> {
    let (magic, rest) = bytes.split_first_chunk::<8>()?;
    let (first, rest) = rest.split_first_chunk::<8>()?;
    let (root, rest) = rest.split_first_chunk::<32>()?;
    let (crc, _) = rest.split_first_chunk::<4>()?;
    let sum = crc32c::crc32c(bytes.get(..48)?);
    (magic == MAGIC && sum == u32::from_be_bytes(*crc)).then_some((u64::from_be_bytes(*first), *root))
}

/// Writes the entries of one commit as a frame, adding them to `tree`.
pub(crate) fn frame<'a>(tree: &mut GrowingTree, entries: impl ExactSizeIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(4096);
    bytes.extend_from_slice(&[0; FRAME_HEAD_BYTES]);
    bytes.extend_from_slice(&tree.size().to_be_bytes());
    bytes.extend_from_slice(&u32::try_from(entries.len()).unwrap_or(u32::MAX).to_be_bytes());
    for entry in entries {
        // The writer takes none over `entry::MAX_BYTES`.
        bytes.extend_from_slice(&u16::try_from(entry.len()).unwrap_or(u16::MAX).to_be_bytes());
        bytes.extend_from_slice(entry);
        tree.push(leaf_hash(&[entry]));
    }
    bytes.extend_from_slice(&tree.root());
    let body = bytes.get(FRAME_HEAD_BYTES..).unwrap_or_default();
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let head = [frame_start(length).as_slice(), &crc32c::crc32c(body).to_be_bytes()].concat();
    bytes.iter_mut().zip(head).for_each(|(byte, value)| *byte = value);
    bytes.resize(bytes.len().next_multiple_of(ALIGN), 0);
    bytes
}

/// Magic, length, and the sum over both.
fn frame_start(length: u32) -> [u8; 12] {
    let mut bytes = [0; 12];
    let start = [FRAME_MAGIC.as_slice(), &length.to_be_bytes()].concat();
    let crc = crc32c::crc32c(&start).to_be_bytes();
    bytes.iter_mut().zip(start.into_iter().chain(crc)).for_each(|(byte, value)| *byte = value);
    bytes
}

/// Room that a commit of `payload` entry bytes in `count` entries takes.
pub(crate) fn frame_bytes(count: usize, payload: usize) -> usize {
    (FRAME_HEAD_BYTES + BODY_AROUND_BYTES + payload + 2 * count).next_multiple_of(ALIGN)
}

/// A frame that was read and whose sum is right.
struct Frame<'a> {
    first: u64,
    entries: Vec<&'a [u8]>,
    root: Hash,
    /// Bytes on disk.
    bytes: usize,
}

/// The length of the body, if `bytes` begin with a frame's head.
fn read_frame_start(bytes: &[u8]) -> Option<usize> {
    let (start, _) = bytes.split_first_chunk::<12>()?;
    let (_, rest) = start.split_first_chunk::<4>()?;
    let length = u32::from_be_bytes(*rest.first_chunk::<4>()?);
    (frame_start(length) == *start).then(|| usize::try_from(length).ok()).flatten()
}

fn read_frame(bytes: &[u8]) -> Option<Frame<'_>> {
    let body_bytes = read_frame_start(bytes)?;
    let crc = bytes.get(12..)?.first_chunk::<4>()?;
    let body = bytes.get(FRAME_HEAD_BYTES..)?.get(..body_bytes)?;
    if crc32c::crc32c(body) != u32::from_be_bytes(*crc) {
        return None;
    }
    let (first, rest) = body.split_first_chunk::<8>()?;
    let (count, rest) = rest.split_first_chunk::<4>()?;
    let (mut rest, root) = rest.split_last_chunk::<32>()?;
    let mut entries = Vec::new();
    for _ in 0..u32::from_be_bytes(*count) {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let (entry, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        rest = after;
    }
    let bytes = (FRAME_HEAD_BYTES + body_bytes).next_multiple_of(ALIGN);
    rest.is_empty().then_some(Frame { first: u64::from_be_bytes(*first), entries, root: *root, bytes })
}

/// A whole segment in memory.
pub struct Segment {
    path: PathBuf,
    bytes: Vec<u8>,
}

/// How a segment's frames end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// With zeros, as they should.
    Clean,
    /// With a commit that did not come to its end. Nobody was told that it had.
    Torn {
        /// Bytes up to the last sector that is not zero.
        bytes: usize,
    },
}

impl Segment {
    /// Reads a file.
    ///
    /// # Errors
    /// [`LedgerError::Disk`].
    pub fn read(disk: &Disk, path: &Path) -> Result<Self, LedgerError> {
        let bytes = disk.read(path).map_err(|error| failed("cannot read", path, &error))?;
        Ok(Self::of(path, bytes))
    }

    /// What a file holds.
    #[must_use]
    pub fn of(path: &Path, bytes: Vec<u8>) -> Self {
        Self { path: path.to_owned(), bytes }
    }

    /// Its bytes up to `at`.
    pub(crate) fn up_to(&self, at: usize) -> &[u8] {
        self.bytes.get(..at).unwrap_or(&self.bytes)
    }

    /// Goes through the entries, adding them to `tree` and showing each with its number to `visit`. Returns where the next
    /// frame goes and how the frames end.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] where something that was once whole is not: a wrong header, number or root, or a broken
    /// frame with whole ones behind it.
    pub fn replay(
        &self,
        tree: &mut GrowingTree,
        mut visit: impl FnMut(u64, &[u8]),
    ) -> Result<(usize, Ending), LedgerError> {
        let (first, root) =
            read_header(&self.bytes).ok_or_else(|| self.damaged(0, "the header is not as it was written"))?;
        if first != tree.size() {
            return Err(self.damaged(
                0,
                &format!(
                    "it begins with entry {first}, but entry {} is next: a segment is missing",
                    tree.size()
                ),
            ));
        }
        if root != tree.root() {
            return Err(self.damaged(0, "the entries before it are not those it was begun after"));
        }
        let mut at = HEADER_BYTES;
        while let Some(frame) = self.bytes.get(at..).and_then(read_frame) {
            if frame.first != tree.size() {
                return Err(self.damaged(
                    at,
                    &format!("entry {} stands where entry {} belongs", frame.first, tree.size()),
                ));
            }
            for entry in &frame.entries {
                visit(tree.size(), entry);
                tree.push(leaf_hash(&[entry]));
            }
            if frame.root != tree.root() {
                return Err(self.damaged(at, "the root does not follow from the entries"));
            }
            at += frame.bytes;
        }
        Ok((at, self.ending(at, tree.size())?))
    }

    /// Goes through the entries of all whole frames, showing each with its number and with the place where its length stands. Returns the
    /// number behind the last. The tree is not proven: that is what verification is for.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`], as [`Self::replay`] but for the tree.
    pub(crate) fn walk(&self, mut visit: impl FnMut(u64, usize, &[u8])) -> Result<u64, LedgerError> {
        let (mut next, _) =
            read_header(&self.bytes).ok_or_else(|| self.damaged(0, "the header is not as it was written"))?;
        let mut at = HEADER_BYTES;
        while let Some(frame) = self.bytes.get(at..).and_then(read_frame) {
            if frame.first != next {
                let why = format!("entry {} stands where entry {next} belongs", frame.first);
                return Err(self.damaged(at, &why));
            }
            let mut place = at + FRAME_HEAD_BYTES + FRAME_BEGIN_BYTES;
            for entry in &frame.entries {
                visit(next, place, entry);
                next += 1;
                place += LENGTH_BYTES + entry.len();
            }
            at += frame.bytes;
        }
        self.ending(at, next).map(|_| next)
    }

    /// The file's bytes.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// What stands behind the last whole frame. A commit that was cut off leaves one frame of which sectors are missing; a
    /// whole frame behind a broken one, or a broken frame of which nothing is missing, was changed afterwards.
    fn ending(&self, at: usize, next: u64) -> Result<Ending, LedgerError> {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let Some(last) = rest.chunks(SECTOR).rposition(|sector| !is_zero(sector)) else {
            return Ok(Ending::Clean);
        };
        let rest = rest.get(..(last + 1) * SECTOR).unwrap_or(rest);
        let later = (ALIGN..rest.len())
            .step_by(ALIGN)
            .find_map(|skip| read_frame(rest.get(skip..)?).filter(|frame| frame.first >= next));
        if let Some(frame) = later {
            let last = frame.first.saturating_sub(1);
            return Err(self.damaged(
                at,
                &format!("entries {next} to {last} cannot be read, and entries behind them can"),
            ));
        }
        let is_torn = match read_frame_start(rest) {
            Some(body_bytes) => self.lacks_a_sector(at, FRAME_HEAD_BYTES + body_bytes),
            None => self.lacks_a_sector(at, FRAME_HEAD_BYTES),
        };
        if is_torn {
            Ok(Ending::Torn { bytes: rest.len() })
        } else {
            Err(self.damaged(at, "the last commit is not as it was written"))
        }
    }

    /// Whether some sector of the `length` bytes from `at` is still as the file was before: zero, or not there.
    fn lacks_a_sector(&self, at: usize, length: usize) -> bool {
        let end = at + length;
        let mut from = at;
        while from < end {
            let to = (from + 1).next_multiple_of(SECTOR).min(end);
            if self.bytes.get(from..to).is_none_or(is_zero) {
                return true;
            }
            from = to;
        }
        false
    }

    fn damaged(&self, at: usize, why: &str) -> LedgerError {
        LedgerError::Damaged { place: format!("{}@{at}", self.path.display()), why: why.to_owned() }
    }
}

/// Whether a sector, or a part of one, holds nothing but zeros.
fn is_zero(sector: &[u8]) -> bool {
    [0; SECTOR].starts_with(sector)
}

/// What the header of a segment says: its first entry's number, and the root over all before it.
///
/// # Errors
/// [`LedgerError::Disk`], [`LedgerError::Damaged`].
pub(crate) fn begins(path: &Path) -> Result<(u64, Hash), LedgerError> {
    use std::io::Read as _;
    let mut bytes = [0; HEADER_BYTES];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut bytes));
    read.map_err(|error| failed("cannot read", path, &error))?;
    read_header(&bytes).ok_or_else(|| LedgerError::Damaged {
        place: format!("{}@0", path.display()),
        why: "the header is not as it was written".into(),
    })
}

/// The segments of the ledger in `folder`, oldest first.
///
/// # Errors
/// [`LedgerError::Disk`] if the folder can't be read.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>, LedgerError> {
    let entries = std::fs::read_dir(folder).map_err(|error| failed("cannot read", folder, &error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| failed("cannot read", folder, &error))?.path();
        if path.extension().is_some_and(|end| end == "segment") {
            paths.push(path);
        }
    }
    paths.sort_unstable();
    Ok(paths)
}

/// The path of the segment that begins with entry `first`. Twenty digits hold every number, so names sort as numbers do.
pub(crate) fn path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:020}.segment"))
}

/// Makes a file of zeros that a segment can begin in, readable by its owner only, and sees it to the disk. Leaves nothing if it can't.
pub(crate) fn blank(disk: &Disk, path: &Path, bytes: usize) -> io::Result<File> {
    let file = disk.create(path)?;
    let filled = fill(&file, 0, bytes).and_then(|()| file.sync_all());
    if filled.is_err() {
        let _ = disk.remove(path);
    }
    filled.map(|()| file)
}

/// Writes zeros from `from` to `to`.
pub(crate) fn fill(file: &File, from: usize, to: usize) -> io::Result<()> {
    let zeros = vec![0; to.saturating_sub(from).min(256 * 1024)];
    let mut at = from;
    while at < to {
        let part = zeros.get(..(to - at).min(zeros.len())).unwrap_or(&zeros);
        file.write_all_at(part, at as u64)?;
        at += part.len();
    }
    Ok(())
}
