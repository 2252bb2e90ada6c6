//! Files that hold secrets or must never be seen half-written.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Makes a file that only its owner reads. It must not exist yet.
///
/// # Errors
/// As the file system says.
pub fn create_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
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
/// As the file system says.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A bare name has a parent without a name.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let next = folder.join(name);
    // What is left of a try before, or lies there for another to write through, goes first.
    match std::fs::remove_file(&next) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => create_private(&next, bytes)?,
    }
    std::fs::rename(&next, path)?;
    File::open(folder)?.sync_all()
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
