//! Looking entries up by what they say, while the ledger is written to, in this process or in another.
//!
//! Beside the ledger stands an index of each segment that gets nothing more ([`index`]). It is derived, and proves nothing: what it leads
//! to is read from the ledger and compared with what was asked; an index that is missing, torn, or of another ledger is made anew from its
//! segment. It names what it was made from and by (the root over all entries up to its segment's last, and the rules by which outcomes are
//! told), so nothing has to be kept in step with it, and no mark says how far it has come. The segment that is written to has none and is read whole.
//!
//! Nothing here looks at signatures, sums of the tree or certificates: that is what [`crate::verify`] does.

mod blocks;
mod index;
#[cfg(test)]
mod laws;

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use disk::Disk;
use jiff::Timestamp;
use model::merkle::Hash;

use crate::entry::{self, Entry};
use crate::facts::{Facts, Field};
use crate::lookup::blocks::Broken;
use crate::lookup::index::{Identity, Index, NO_TIME, Notes, RULES, hash};
use crate::segment::{self, LENGTH_BYTES, Segment};
use crate::{LedgerError, failed};

/// What is read of an entry at first: most have some 600 bytes.
const ENTRY_GUESS: usize = 1024;
/// How often the open segment is read anew when something in it is not whole: it may have been written to just then.
const READS: usize = 3;

/// Times and places of so many entries are read one by one; of more, those of the whole segment at once.
const READ_ONE_BY_ONE: usize = 64;
/// Tells files apart that are being written.
static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// A ledger and the index beside it.
#[derive(Debug, Clone)]
pub struct Lookup {
    ledger: PathBuf,
    index: PathBuf,
}

/// What is looked for: entries of which all holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Recorded at that time or later.
    pub from: Option<Timestamp>,
    /// Recorded before that time.
    pub to: Option<Timestamp>,
    /// Found by each of these.
    pub all: Vec<(Field, String)>,
    /// If there are any: found by all of one of these.
    pub any: Option<Vec<Vec<(Field, String)>>>,
    /// With a number below this: where another page went to.
    pub before: Option<u64>,
}

/// Entries that were found, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// With their numbers.
    pub found: Vec<(u64, Entry)>,
    /// Entries below this number were not looked at; without, all were.
    pub next: Option<u64>,
    /// What it took.
    pub work: Work,
}

/// What a look-up took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Segments whose index was asked.
    pub asked: u64,
    /// Segments that were read whole, since they had none.
    pub read_whole: u64,
    /// Entries that were read.
    pub entries: u64,
}

/// What keeping the index came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// Segments that got one.
    pub made: u64,
    /// Files that were of no segment.
    pub removed: u64,
}

/// A segment by its name.
#[derive(Debug, Clone)]
struct Named {
    path: PathBuf,
    first: u64,
}

/// A segment that can be asked.
struct Place {
    index: Index,
    /// The file of the index, if that is where it is.
    kept: Option<PathBuf>,
    path: PathBuf,
    bytes: Bytes,
}

/// A segment's bytes.
enum Bytes {
    File(Option<fs::File>),
    Memory(Vec<u8>),
}

impl Lookup {
    /// Looks in the ledger in `ledger`; its index is in the folder `index`, which need not be there.
    #[must_use]
    pub fn new(ledger: &Path, index: &Path) -> Self {
        Self { ledger: ledger.to_owned(), index: index.to_owned() }
    }

    /// The newest entries that are wanted, `limit` of them at most. Between segments `goes_on` is asked: when it says no, the page tells
    /// where it ended.
    ///
    /// # Errors
    /// [`LedgerError::Disk`], [`LedgerError::Damaged`]: what cannot be read is never passed over.
    pub fn page(
        &self,
        wanted: &Wanted,
        limit: usize,
        goes_on: impl Fn() -> bool,
    ) -> Result<Page, LedgerError> {
        let (segments, limit) = (self.segments()?, limit.max(1));
        let mut page = Page::default();
        let mut later: Option<&Named> = None;
        for segment in segments.iter().rev() {
            if wanted.before.is_none_or(|before| segment.first < before) {
                if page.found.len() >= limit {
                    break;
                }
                // One is always looked at, so that whoever goes on from here gets on.
                if page.work != Work::default() && !goes_on() {
                    page.next = later.map(|later| later.first);
                    return Ok(page);
                }
                self.search(segment, later, wanted, limit, &mut page)?;
            }
            later = Some(segment);
        }
        if page.found.len() >= limit {
            page.next = page.found.last().map(|(number, _)| *number);
        }
        Ok(page)
    }

    /// One entry by its number.
    ///
    /// # Errors
    /// As [`Self::page`].
    pub fn entry(&self, number: u64) -> Result<Option<Entry>, LedgerError> {
        let segments = self.segments()?;
        let at = segments.partition_point(|segment| segment.first <= number);
        let Some(segment) = at.checked_sub(1).and_then(|at| segments.get(at)) else { return Ok(None) };
        let (mut place, _) = self.open(segment, segments.get(at))?;
        let row = u32::try_from(number - segment.first).unwrap_or(u32::MAX);
        place
            .asked(|index| index.rows(row, row.saturating_add(1)))?
            .first()
            .map(|(_, at)| place.entry(number, *at))
            .transpose()
    }

    /// The certificates that entries up to `number` hold under the name of a key, the newest first.
    ///
    /// # Errors
    /// As [`Self::page`].
    pub fn key(&self, keyid: &str, number: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        let wanted = Wanted {
            all: vec![(Field::Key, keyid.to_owned())],
            before: Some(number.saturating_add(1)),
            ..Wanted::default()
        };
        let page = self.page(&wanted, 1, || true)?;
        Ok(page.found.into_iter().find_map(|(_, entry)| match entry {
            Entry::Key { certificate, .. } => Some(certificate),
            _ => None,
        }))
    }

    /// Makes the indexes that are missing, `most` of them, and takes away what is of no segment; asks `goes_on` in between. `known` are
    /// first numbers of segments that are not looked at again.
    ///
    /// # Errors
    /// As [`Self::page`]. What was made stays.
    pub fn keep(
        &self,
        known: &mut HashSet<u64>,
        most: u64,
        goes_on: impl Fn() -> bool,
    ) -> Result<Kept, LedgerError> {
        let segments = self.segments()?;
        let mut kept = Kept { removed: self.tidy(&segments)?, ..Kept::default() };
        for pair in segments.windows(2) {
            let [segment, later] = pair else { continue };
            if known.contains(&segment.first) {
                continue;
            }
            if kept.made >= most || !goes_on() {
                break;
            }
            kept.made += u64::from(self.open(segment, Some(later))?.1);
            // Where it could not be kept, the next turn tries again.
            if self.index_of(segment.first).exists() {
                known.insert(segment.first);
            }
        }
        Ok(kept)
    }

    /// Takes away indexes of segments that are not there, and what was left half written.
    fn tidy(&self, segments: &[Named]) -> Result<u64, LedgerError> {
        let Ok(files) = fs::read_dir(&self.index) else { return Ok(0) };
        let own: HashSet<PathBuf> = segments.iter().map(|segment| self.index_of(segment.first)).collect();
        let mut removed = 0;
        for file in files {
            let path = file.map_err(|error| failed("cannot read", &self.index, &error))?.path();
            let is_ours = path.extension().is_some_and(|end| end == "lookup" || end == "new");
            if is_ours && !own.contains(&path) && fs::remove_file(&path).is_ok() {
                removed += 1;
            }
        }
        Ok(removed)
    }

    fn segments(&self) -> Result<Vec<Named>, LedgerError> {
        let named = |path: PathBuf| {
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            let first = stem.and_then(|stem| stem.parse().ok()).ok_or_else(|| LedgerError::Damaged {
                place: path.display().to_string(),
                why: "its name is not the number of an entry".into(),
            })?;
            Ok(Named { path, first })
        };
        let segments: Vec<Named> =
            segment::list(&self.ledger)?.into_iter().map(named).collect::<Result<_, LedgerError>>()?;
        match segments.first() {
            Some(segment) if segment.first > 0 => Err(missing(&segment.path, segment.first, 0)),
            _ => Ok(segments),
        }
    }

    fn index_of(&self, first: u64) -> PathBuf {
        self.index.join(format!("{first:020}.lookup"))
    }

    fn search(
        &self,
        segment: &Named,
        later: Option<&Named>,
        wanted: &Wanted,
        limit: usize,
        page: &mut Page,
    ) -> Result<(), LedgerError> {
        let (mut place, was_read) = self.open(segment, later)?;
        *(if was_read { &mut page.work.read_whole } else { &mut page.work.asked }) += 1;
        if !wanted.meets(place.index.span) {
            return Ok(());
        }
        let rows = place.asked(|index| wanted.rows(index))?;
        let many = rows.len() > READ_ONE_BY_ONE;
        let all = if many { place.asked(|index| index.rows(0, u32::MAX))? } else { Vec::new() };
        for row in rows.into_iter().rev() {
            let number = segment.first + u64::from(row);
            if wanted.before.is_some_and(|before| number >= before) {
                continue;
            }
            let stands = match many {
                true => usize::try_from(row).ok().and_then(|row| all.get(row).copied()),
                false => place.asked(|index| index.rows(row, row.saturating_add(1)))?.first().copied(),
            };
            let (time, at) = stands.ok_or_else(|| unreadable(&segment.path))?;
            if !wanted.holds_at(time) {
                continue;
            }
            let entry = place.entry(number, at)?;
            page.work.entries += 1;
            if wanted.is_met_by(&entry) {
                page.found.push((number, entry));
                if page.found.len() >= limit {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Opens a segment to be asked; says whether it had to be read for that.
    fn open(&self, segment: &Named, later: Option<&Named>) -> Result<(Place, bool), LedgerError> {
        let Some(later) = later else { return Ok((open_last(segment)?, true)) };
        let (next, root) = segment::begins(&later.path)?;
        let entries = next.checked_sub(segment.first).and_then(|entries| u32::try_from(entries).ok());
        let Some(entries) = entries else { return Err(missing(&segment.path, segment.first, next)) };
        let identity = Identity { first: segment.first, entries, root, rules: *RULES };
        let path = self.index_of(segment.first);
        if let Some(index) = Index::open(&path).ok().filter(|index| index.identity == identity) {
            let (path, kept) = (segment.path.clone(), Some(path));
            return Ok((Place { index, kept, path, bytes: Bytes::File(None) }, false));
        }
        let (notes, last, bytes) = note(segment)?;
        if last != next {
            return Err(missing(&segment.path, last, next));
        }
        let written = notes.write(&identity);
        // It is derived: where it cannot be kept, the next look-up reads the segment again.
        if let Err(error) = self.put(&path, &written) {
            tracing::debug!(path = %path.display(), %error, "an index was not kept");
        }
        let index = Index::of(written).map_err(|_| unreadable(&segment.path))?;
        Ok((Place { index, kept: None, path: segment.path.clone(), bytes: Bytes::Memory(bytes) }, true))
    }

    /// Puts an index in its place, whole or not at all as long as the machine runs. What a power cut leaves of it shows by its sums, so
    /// nothing waits for the disk.
    fn put(&self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        use std::os::unix::fs::DirBuilderExt as _;
        let disk = Disk::default();
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.index)?;
        let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let next = path.with_extension(format!("{}-{number}.new", std::process::id()));
        let written = disk.create(&next)?.write_all_at(bytes, 0).and_then(|()| disk.rename(&next, path));
        if written.is_err() {
            let _ = disk.remove(&next);
        }
        written
    }
}

/// The segment that is written to.
fn open_last(segment: &Named) -> Result<Place, LedgerError> {
    let mut tries = 1;
    let (notes, bytes) = loop {
        match note(segment) {
            Ok((notes, _, bytes)) => break (notes, bytes),
            // A part of what was written meanwhile may have been read, and a part not.
            Err(LedgerError::Damaged { .. }) if tries < READS => tries += 1,
            Err(error) => return Err(error),
        }
    };
    let (entries, root) = (notes.entries(), Hash::default());
    let identity = Identity { first: segment.first, entries, root, rules: *RULES };
    let index = Index::of(notes.write(&identity)).map_err(|_| unreadable(&segment.path))?;
    Ok(Place { index, kept: None, path: segment.path.clone(), bytes: Bytes::Memory(bytes) })
}

/// Reads a segment whole. Returns what is to be noted of it, the number behind its last entry, and its bytes.
fn note(segment: &Named) -> Result<(Notes, u64, Vec<u8>), LedgerError> {
    let read = Segment::read(&Disk::default(), &segment.path)?;
    let mut notes = Notes::new();
    let next = read.walk(|_, place, bytes| notes.note(u32::try_from(place).unwrap_or(u32::MAX), bytes))?;
    if next != segment.first + u64::from(notes.entries()) {
        return Err(missing(&segment.path, segment.first, next));
    }
    Ok((notes, next, read.into_bytes()))
}

fn missing(path: &Path, found: u64, wanted: u64) -> LedgerError {
    LedgerError::Damaged {
        place: path.display().to_string(),
        why: format!("entry {found} stands where entry {wanted} belongs: entries are missing"),
    }
}

fn unreadable(path: &Path) -> LedgerError {
    LedgerError::Damaged { place: path.display().to_string(), why: "it cannot be indexed".into() }
}

impl Place {
    /// Asks the index. One that is not as it was written goes, and another is made from the segment; the next look-up keeps one.
    fn asked<T>(&mut self, ask: impl Fn(&Index) -> Result<T, Broken>) -> Result<T, LedgerError> {
        if let Ok(told) = ask(&self.index) {
            return Ok(told);
        }
        if let Some(kept) = self.kept.take() {
            let _ = fs::remove_file(kept);
        }
        let identity = self.index.identity;
        let (notes, _, bytes) = note(&Named { path: self.path.clone(), first: identity.first })?;
        self.index = Index::of(notes.write(&identity)).map_err(|_| unreadable(&self.path))?;
        self.bytes = Bytes::Memory(bytes);
        ask(&self.index).map_err(|_| unreadable(&self.path))
    }

    /// The entry whose length stands at `place`.
    fn entry(&mut self, number: u64, place: u32) -> Result<Entry, LedgerError> {
        let at = usize::try_from(place).unwrap_or(usize::MAX);
        let bytes = self.bytes_at(at, LENGTH_BYTES + ENTRY_GUESS)?;
        let length = bytes.first_chunk().map(|length| usize::from(u16::from_be_bytes(*length)));
        let entry = match length {
            Some(length) if length <= ENTRY_GUESS => decoded(&bytes, length),
            Some(length) => decoded(&self.bytes_at(at, LENGTH_BYTES + length)?, length),
            None => None,
        };
        entry.ok_or_else(|| LedgerError::Damaged {
            place: format!("{}@{place}", self.path.display()),
            why: format!("entry {number} cannot be read"),
        })
    }

    /// Up to `length` bytes of the segment.
    fn bytes_at(&mut self, at: usize, length: usize) -> Result<Vec<u8>, LedgerError> {
        let file = match &mut self.bytes {
            Bytes::Memory(bytes) => {
                let end = bytes.len().min(at.saturating_add(length));
                return Ok(bytes.get(at..end).unwrap_or_default().to_vec());
            }
            Bytes::File(file) => file,
        };
        let fails = |error: std::io::Error| failed("cannot read", &self.path, &error);
        let opened = match file.take() {
            Some(opened) => opened,
            None => fs::File::open(&self.path).map_err(fails)?,
        };
        let mut bytes = vec![0; length];
        let mut filled = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match opened.read_at(rest, (at + filled) as u64).map_err(fails)? {
                0 => break,
                read => filled += read,
            }
        }
        bytes.truncate(filled);
        *file = Some(opened);
        Ok(bytes)
    }
}

fn decoded(bytes: &[u8], length: usize) -> Option<Entry> {
    debug_assert!(length <= entry::MAX_BYTES);
    Entry::decode(bytes.get(LENGTH_BYTES..LENGTH_BYTES + length)?)
}

impl Wanted {
    /// Whether some time of that span is wanted. Clocks are set back: what is asked of is each segment's own span, never an order.
    fn meets(&self, (earliest, latest): (i64, i64)) -> bool {
        let is_key = self.all.iter().any(|(field, _)| *field == Field::Key);
        is_key
            || earliest <= latest
                && self.from.is_none_or(|from| micros_up(from) <= latest)
                && self.to.is_none_or(|to| earliest < micros_up(to))
    }

    fn holds_at(&self, micros: i64) -> bool {
        // A key has no time.
        micros == NO_TIME
            || self.from.is_none_or(|from| micros_up(from) <= micros)
                && self.to.is_none_or(|to| micros < micros_up(to))
    }

    /// The rows of a segment that may be wanted.
    fn rows(&self, index: &Index) -> Result<Vec<u32>, Broken> {
        let all = || (0..index.identity.entries).collect::<Vec<u32>>();
        let mut rows = rows_of_all(index, &self.all)?;
        if let Some(any) = &self.any {
            let mut either = Vec::new();
            for terms in any {
                either.extend(rows_of_all(index, terms)?.unwrap_or_else(all));
            }
            either.sort_unstable();
            either.dedup();
            rows = Some(match rows {
                Some(rows) => in_both(&rows, &either),
                None => either,
            });
        }
        Ok(rows.unwrap_or_else(all))
    }

    /// Whether an entry is what is wanted: what the index says is only where to look.
    fn is_met_by(&self, entry: &Entry) -> bool {
        let facts = match (entry, Facts::of(entry)) {
            (Entry::Key { keyid, .. }, _) => {
                return matches!(&self.all[..], [(Field::Key, asked)] if asked == keyid);
            }
            (_, None) => return false,
            (_, Some(facts)) => facts,
        };
        let has_all = |terms: &[(Field, String)]| terms.iter().all(|(field, value)| facts.has(*field, value));
        self.holds_at(facts.at.as_microsecond())
            && has_all(&self.all)
            && self.any.as_ref().is_none_or(|any| any.iter().any(|terms| has_all(terms)))
    }
}

/// Entries keep whole microseconds: the first that is not before `time`.
fn micros_up(time: Timestamp) -> i64 {
    let micros = time.as_microsecond();
    let is_whole = Timestamp::from_microsecond(micros).is_ok_and(|whole| whole >= time);
    if is_whole { micros } else { micros + 1 }
}

/// The rows that have all of the terms; `None` if there are no terms.
fn rows_of_all(index: &Index, terms: &[(Field, String)]) -> Result<Option<Vec<u32>>, Broken> {
    let mut ordered: Vec<_> = terms.iter().collect();
    ordered.sort_unstable();
    let mut rows: Option<Vec<u32>> = None;
    for (field, value) in ordered {
        if rows.as_ref().is_some_and(Vec::is_empty) {
            break;
        }
        let own = index.rows_of(hash(*field, value))?;
        rows = Some(match rows {
            Some(rows) => in_both(&rows, &own),
            None => own,
        });
    }
    Ok(rows)
}

/// What stands in both of two ascending lists.
fn in_both(some: &[u32], others: &[u32]) -> Vec<u32> {
    let (few, many) = if some.len() <= others.len() { (some, others) } else { (others, some) };
    let mut rest = many;
    let mut both = Vec::with_capacity(few.len());
    for row in few {
        // Few in many: looked for by halves. Else step by step.
        let skip = if few.len() * 16 < rest.len() {
            rest.partition_point(|other| other < row)
        } else {
            rest.iter().take_while(|other| *other < row).count()
        };
        rest = rest.get(skip..).unwrap_or_default();
        if rest.first() == Some(row) {
            both.push(*row);
        }
    }
    both
}
