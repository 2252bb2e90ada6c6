//! A disk that fails at the operation it is told to, and a power cut that leaves what a disk leaves.
//!
//! Files are real ones in a folder: they are what programs see, the page cache. Beside them stands what has reached the disk. A sync
//! carries the bytes of a file over, a sync of the folder the names. **A sync that fails carries over a part, and the rest is taken for
//! written**: a later sync does not bring it, only writing it anew does. That is what Linux does. Names are carried over in their order,
//! as a journal does.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Disk;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `EIO`: nothing is done.
    Io,
    /// `EIO` is said, and it was done.
    IoYetDone,
    /// `ENOSPC` where room is needed.
    NoSpace,
    /// `EMFILE` where a descriptor is needed.
    NoDescriptors,
    /// Of what is to be written a part is, then `ENOSPC`.
    ShortWrite,
    /// The machine stops before it is done.
    CrashBefore,
    /// The machine stops when it is done and before anybody hears of it.
    CrashAfter,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Io,
        Self::IoYetDone,
        Self::NoSpace,
        Self::NoDescriptors,
        Self::ShortWrite,
        Self::CrashBefore,
        Self::CrashAfter,
    ];

    fn fits(self, op: &Op<'_>) -> bool {
        match self {
            Self::Io | Self::IoYetDone | Self::CrashBefore | Self::CrashAfter => true,
            Self::NoSpace => matches!(op, Op::Create(_) | Op::Write | Op::Sync | Op::Rename(..)),
            Self::NoDescriptors => matches!(op, Op::Open | Op::Create(_)),
            Self::ShortWrite => matches!(op, Op::Write),
        }
    }

    /// Whether the machine stops.
    #[must_use]
    pub fn is_crash(self) -> bool {
        matches!(self, Self::CrashBefore | Self::CrashAfter)
    }

    /// The error numbers are those of Linux.
    fn error(self) -> io::Error {
        match self {
            Self::Io | Self::IoYetDone => io::Error::from_raw_os_error(5),
            Self::NoSpace | Self::ShortWrite => io::Error::from_raw_os_error(28),
            Self::NoDescriptors => io::Error::from_raw_os_error(24),
            Self::CrashBefore | Self::CrashAfter => off(),
        }
    }
}

/// When what goes wrong.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// What.
    pub kind: Kind,
    /// At which operation, counted from 0; if it does not fit that one, at the first behind it.
    pub at: u64,
    /// Whether it goes on until [`Faults::lift`], or is over at once.
    pub lasts: bool,
    /// Decides which sectors and names a power cut or a failed sync lets through.
    pub seed: u64,
}

/// A file, whatever its names.
pub type Inode = usize;

/// An operation.
#[derive(Debug)]
pub(crate) enum Op<'a> {
    /// Opening what is there, to read it as well.
    Open,
    /// Opening and making.
    Create(&'a Path),
    Write,
    /// Seeing bytes to the disk.
    Sync,
    /// Seeing names to the disk.
    SyncNames,
    /// Another name.
    Rename(&'a Path, &'a Path),
    /// No name.
    Remove(&'a Path),
}

/// The disk that fails. Clones are the same.
#[derive(Debug, Clone)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    plan: Option<Plan>,
    /// The operation at which the plan was first carried out.
    struck: Option<u64>,
    done: u64,
    off: bool,
    chance: u64,
    inodes: Vec<Bytes>,
    /// Names as programs see them, and as the disk has them.
    names: BTreeMap<PathBuf, Inode>,
    on_disk: BTreeMap<PathBuf, Inode>,
    /// What leads from the one to the other, in order.
    under_way: Vec<Naming>,
}

#[derive(Debug, Clone)]
enum Naming {
    Made(PathBuf, Inode),
    Renamed(PathBuf, PathBuf),
    Removed(PathBuf),
}

#[derive(Debug, Default)]
struct Bytes {
    on_disk: Vec<u8>,
    under_way: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Emptied,
    Written(u64, Vec<u8>),
}

impl Faults {
    /// A disk whose files are in `folder`. What is there is on the disk.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn on(folder: &Path, plan: Option<Plan>) -> io::Result<Self> {
        let mut state = State {
            plan,
            struck: None,
            done: 0,
            off: false,
            chance: plan.map_or(1, |plan| plan.seed),
            inodes: Vec::new(),
            names: BTreeMap::new(),
            on_disk: BTreeMap::new(),
            under_way: Vec::new(),
        };
        state.take(folder)?;
        Ok(Self(Arc::new(Mutex::new(state))))
    }

    /// As others use it.
    #[must_use]
    pub fn disk(&self) -> Disk {
        Disk { faults: Some(self.clone()) }
    }

    /// How many operations there have been.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.state().done
    }

    /// Whether nobody but the caller has it: the threads that used the disk have ended.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// The operation at which the plan was carried out, if it was.
    #[must_use]
    pub fn struck(&self) -> Option<u64> {
        self.state().struck
    }

    /// Whether what went wrong still does.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        let state = self.state();
        state.struck.is_some() && !state.off && state.plan.is_some_and(|plan| plan.lasts)
    }

    /// Whether the machine has stopped.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.state().off
    }

    /// Takes the cause away: there is room again, the cable sits. A machine that has stopped stays so.
    pub fn lift(&self) {
        self.state().plan = None;
    }

    /// Cuts the power, if the machine has not stopped already, and starts it again: in the folder is then what was on the disk, and of
    /// what was under way some sectors and some names.
    ///
    /// # Errors
    /// If the folder can't be written.
    pub fn cut_power(&self) -> io::Result<()> {
        let mut state = self.state();
        state.plan = None;
        state.off = false;
        let under_way = state.under_way.len() as u64;
        let through = state.draw(under_way + 1);
        state.name(usize::try_from(through).unwrap_or_default());
        state.under_way.clear();
        for inode in 0..state.inodes.len() {
            state.carry(inode, false);
        }
        for path in state.names.keys() {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        state.names = state.on_disk.clone();
        for (path, inode) in &state.names {
            fs::write(path, state.inodes.get(*inode).map_or(&[][..], |bytes| &bytes.on_disk))?;
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn open(&self, path: &Path, options: &fs::OpenOptions) -> io::Result<(fs::File, Inode)> {
        let was_there = path.exists();
        let op = if was_there { Op::Open } else { Op::Create(path) };
        // A file that is emptied when it is opened has no bytes behind.
        let file = self.play(op, || options.open(path))?;
        let mut state = self.state();
        let emptied = was_there && file.metadata()?.len() == 0;
        let inode = state.inode(path);
        if let Some(bytes) = state.inodes.get_mut(inode).filter(|_| emptied) {
            bytes.under_way.push(Change::Emptied);
        }
        Ok((file, inode))
    }

    pub(crate) fn play<T>(&self, op: Op<'_>, mut act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        let mut state = self.state();
        match state.next(&op)? {
            None => {
                // Nobody waits for a real disk: what is on the played one stands beside.
                let done = act()?;
                state.did(&op);
                Ok(done)
            }
            Some(kind @ (Kind::IoYetDone | Kind::CrashAfter)) => {
                if act().is_ok() {
                    state.did(&op);
                }
                Err(kind.error())
            }
            Some(kind) => Err(kind.error()),
        }
    }

    pub(crate) fn write(&self, inode: Inode, file: &fs::File, bytes: &[u8], at: u64) -> io::Result<()> {
        let mut state = self.state();
        let struck = state.next(&Op::Write)?;
        let written = match struck {
            None | Some(Kind::IoYetDone | Kind::CrashAfter) => bytes.len(),
            // The system copies by pages and a disk takes sectors: what is cut is cut between them.
            Some(Kind::ShortWrite) => {
                let end = at + state.draw(bytes.len() as u64);
                usize::try_from((end - end % SECTOR as u64).saturating_sub(at)).unwrap_or_default()
            }
            Some(_) => 0,
        };
        let bytes = bytes.get(..written).unwrap_or_default();
        file.write_all_at(bytes, at)?;
        if let Some(changed) = state.inodes.get_mut(inode) {
            changed.under_way.push(Change::Written(at, bytes.to_vec()));
        }
        struck.map_or(Ok(()), |kind| Err(kind.error()))
    }

    pub(crate) fn sync(&self, inode: Inode) -> io::Result<()> {
        let mut state = self.state();
        match state.next(&Op::Sync)? {
            None => state.carry(inode, true),
            Some(Kind::CrashBefore) => return Err(off()),
            Some(kind @ (Kind::IoYetDone | Kind::CrashAfter)) => {
                state.carry(inode, true);
                return Err(kind.error());
            }
            Some(kind) => {
                state.carry(inode, false);
                return Err(kind.error());
            }
        }
        Ok(())
    }
}

fn off() -> io::Error {
    io::Error::other("the machine has stopped")
}

impl State {
    fn take(&mut self, folder: &Path) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                self.take(&path)?;
                continue;
            }
            self.inodes.push(Bytes { on_disk: fs::read(&path)?, under_way: Vec::new() });
            self.names.insert(path.clone(), self.inodes.len() - 1);
            self.on_disk.insert(path, self.inodes.len() - 1);
        }
        Ok(())
    }

    /// Counts an operation. What goes wrong with it, if anything does.
    fn next(&mut self, op: &Op<'_>) -> io::Result<Option<Kind>> {
        if self.off {
            return Err(off());
        }
        let number = self.done;
        self.done += 1;
        let due = |plan: &Plan| if self.struck.is_some() { plan.lasts } else { number >= plan.at };
        let Some(plan) = self.plan.filter(|plan| due(plan) && plan.kind.fits(op)) else { return Ok(None) };
        self.struck = self.struck.or(Some(number));
        self.off = plan.kind.is_crash();
        Ok(Some(plan.kind))
    }

    /// Notes what was done to names.
    fn did(&mut self, op: &Op<'_>) {
        match op {
            Op::Create(path) => {
                self.inode(path);
            }
            Op::Rename(from, to) => {
                if let Some(inode) = self.names.remove(*from) {
                    self.names.insert((*to).to_owned(), inode);
                }
                self.under_way.push(Naming::Renamed((*from).to_owned(), (*to).to_owned()));
            }
            Op::Remove(path) => {
                self.names.remove(*path);
                self.under_way.push(Naming::Removed((*path).to_owned()));
            }
            Op::SyncNames => {
                self.name(self.under_way.len());
                self.under_way.clear();
            }
            Op::Open | Op::Write | Op::Sync => {}
        }
    }

    /// The file of that name; one that nobody knew was made just now.
    fn inode(&mut self, path: &Path) -> Inode {
        if let Some(inode) = self.names.get(path) {
            return *inode;
        }
        self.inodes.push(Bytes::default());
        let inode = self.inodes.len() - 1;
        self.names.insert(path.to_owned(), inode);
        self.under_way.push(Naming::Made(path.to_owned(), inode));
        inode
    }

    /// Carries the first names under way to the disk.
    fn name(&mut self, count: usize) {
        for naming in self.under_way.iter().take(count) {
            match naming {
                Naming::Made(path, inode) => {
                    self.on_disk.insert(path.clone(), *inode);
                }
                Naming::Renamed(from, to) => {
                    if let Some(inode) = self.on_disk.remove(from) {
                        self.on_disk.insert(to.clone(), inode);
                    }
                }
                Naming::Removed(path) => {
                    self.on_disk.remove(path);
                }
            }
        }
    }

    /// Carries a file's bytes to the disk: all of them, or of what is under way some sectors, the rest being lost.
    fn carry(&mut self, inode: Inode, all: bool) {
        let changes =
            self.inodes.get_mut(inode).map(|bytes| std::mem::take(&mut bytes.under_way)).unwrap_or_default();
        // Often nothing or everything came through.
        let odds = self.draw(3);
        for change in changes {
            match change {
                Change::Emptied => {
                    if all || self.draw(2) == 0 {
                        self.land(inode, |on_disk| on_disk.clear());
                    }
                }
                Change::Written(at, bytes) => {
                    let at = usize::try_from(at).unwrap_or(usize::MAX);
                    let mut from = 0;
                    while from < bytes.len() {
                        let to = ((at + from + 1).next_multiple_of(SECTOR) - at).min(bytes.len());
                        if all || odds == 1 || odds == 2 && self.draw(2) == 0 {
                            let part = bytes.get(from..to).unwrap_or_default().to_vec();
                            self.land(inode, |on_disk| put(on_disk, at + from, &part));
                        }
                        from = to;
                    }
                }
            }
        }
    }

    fn land(&mut self, inode: Inode, change: impl FnOnce(&mut Vec<u8>)) {
        if let Some(bytes) = self.inodes.get_mut(inode) {
            change(&mut bytes.on_disk);
        }
    }

    /// A number below `below`, by splitmix64.
    fn draw(&mut self, below: u64) -> u64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.chance;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below.max(1)
    }
}

fn put(on_disk: &mut Vec<u8>, at: usize, part: &[u8]) {
    if on_disk.len() < at + part.len() {
        on_disk.resize(at + part.len(), 0);
    }
    if let Some(place) = on_disk.get_mut(at..at + part.len()) {
        place.copy_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(plan: Option<Plan>) -> (tempfile::TempDir, Faults) {
        let folder = tempfile::tempdir().unwrap();
        let faults = Faults::on(folder.path(), plan).unwrap();
        (folder, faults)
    }

    #[test]
    fn what_was_synced_with_its_name_survives_and_nothing_else_must() {
        for seed in 0..20 {
            let (folder, faults) = disk(None);
            let (disk, path) = (faults.disk(), folder.path().join("a"));
            let file = disk.create_new(&path).unwrap();
            file.write_all_at(&[1; 2000], 0).unwrap();
            file.sync_data().unwrap();
            disk.folder(folder.path()).unwrap().sync().unwrap();
            file.write_all_at(&[2; 2000], 0).unwrap();
            drop(disk.create_new(&folder.path().join("b")).unwrap());
            faults.state().chance = seed;
            faults.cut_power().unwrap();
            let left = fs::read(&path).unwrap();
            assert_eq!(left.len(), 2000);
            assert!(left.chunks(SECTOR).all(|sector| sector.iter().all(|byte| *byte == sector[0])));
        }
    }

    #[test]
    fn what_a_failed_sync_lost_no_later_sync_brings() {
        let (folder, faults) = disk(None);
        let (disk, path) = (faults.disk(), folder.path().join("a"));
        let file = disk.create_new(&path).unwrap();
        disk.folder(folder.path()).unwrap().sync().unwrap();
        file.write_all_at(&[1; 512], 0).unwrap();
        // A seed by which nothing comes through.
        let seed = (0..).find(|seed| {
            faults.state().chance = *seed;
            faults.state().draw(3) == 0
        });
        faults.state().chance = seed.unwrap();
        faults.state().plan = Some(Plan { kind: Kind::Io, at: faults.count(), lasts: false, seed: 0 });
        assert_eq!(file.sync_data().unwrap_err().raw_os_error(), Some(5));
        file.sync_data().unwrap();
        assert_eq!(fs::read(&path).unwrap(), [1; 512], "programs see it");
        faults.cut_power().unwrap();
        assert_eq!(fs::read(&path).unwrap(), [0; 0], "and it is not there");
    }

    #[test]
    fn a_stopped_machine_does_nothing() {
        let (folder, faults) = disk(Some(Plan { kind: Kind::CrashAfter, at: 0, lasts: false, seed: 1 }));
        let disk = faults.disk();
        disk.create_new(&folder.path().join("a")).unwrap_err();
        assert!(faults.is_off());
        disk.create_new(&folder.path().join("b")).unwrap_err();
        assert!(!folder.path().join("b").exists());
    }
}
