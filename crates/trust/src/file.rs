//! Files that hold secrets or must never be seen half-written.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use disk::Disk;

/// Makes a file that only its owner reads. It must not exist yet; if it can't be made, it does not.
///
/// # Errors
/// As the file system says.
pub fn create_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let disk = Disk::default();
    let names = disk.folder(folder_of(path))?;
    let file = disk.create_new(path)?;
    let written = file.write_all_at(bytes, 0).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = disk.remove(path);
    }
    written.and_then(|()| names.sync())
}

/// A bare name has a parent without a name.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a folder, and those above it, that only its owner may enter.
///
/// # Errors
/// As the file system says.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Puts `bytes` at `path` so that a reader, and a crash, see the old file or the new one, never a part. Only its owner reads it.
///
/// # Errors
/// As the file system says. Whether it is the old file or the new one then is not known; the next try is as good as the first.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_on(&Disk::default(), path, bytes)
}

/// [`replace`] on another disk.
///
/// # Errors
/// As [`replace`].
pub fn replace_on(disk: &Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let next = folder.join(name);
    // Held open from the start: a sync must not fail for want of a descriptor when the file has its name already.
    let names = disk.folder(folder)?;
    // What is left of a try before, or lies there for another to write through, goes first.
    match disk.remove(&next) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = disk.create_new(&next)?;
    let put =
        file.write_all_at(bytes, 0).and_then(|()| file.sync_all()).and_then(|()| disk.rename(&next, path));
    if put.is_err() {
        let _ = disk.remove(&next);
    }
    put.and_then(|()| names.sync())
}

/// Copies a folder with all that is in it.
///
/// # Errors
/// As the file system says.
pub fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use disk::faults::{Faults, Kind, Plan};

    use super::*;

    #[test]
    fn whatever_the_disk_does_there_is_the_old_file_or_the_new_one() {
        let (old, new) = (vec![1; 3000], vec![2; 5000]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let cases = Kind::ALL.into_iter().flat_map(|kind| (0..9).map(move |at| (kind, at)));
        for (seed, (kind, at)) in (0..40u64).flat_map(|seed| cases.clone().map(move |case| (seed, case))) {
            let _ = std::fs::remove_file(folder.path().join("a.new"));
            std::fs::write(&path, &old).unwrap();
            let (lasts, told) = (seed.is_multiple_of(2), format!("{kind:?} at {at}, seed {seed}"));
            let faults = Faults::on(folder.path(), Some(Plan { kind, at, lasts, seed })).unwrap();
            let done = replace_on(&faults.disk(), &path, &new);
            assert!(done.is_err() || !faults.is_off(), "{told}");
            faults.lift();
            if faults.is_off() || seed % 4 < 2 {
                faults.cut_power().unwrap();
            }
            let found = std::fs::read(&path).unwrap();
            assert!(found == new || found == old && done.is_err(), "{told}: {} bytes", found.len());
            replace_on(&faults.disk(), &path, &old).unwrap_or_else(|error| panic!("{told}: {error}"));
            faults.cut_power().unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), old, "{told}");
        }
    }
}
