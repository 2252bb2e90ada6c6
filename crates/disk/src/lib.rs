//! Files, for code that must not lose what it has written. Everything goes through [`Disk`], so that a test can make any single
//! operation fail, and can cut the power: see `faults`. Without that feature it is the standard library, and a question about free space.

#[cfg(feature = "faults")]
pub mod faults;

use std::fs;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

#[cfg(feature = "faults")]
use faults::{Faults, Inode, Op};

/// Where files are. Clones are the same disk.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    #[cfg(feature = "faults")]
    faults: Option<Faults>,
}

/// Bytes that whoever is not root may still write to the disk that `path` is on.
///
/// # Errors
/// As the file system says.
pub fn free_bytes(path: &Path) -> io::Result<u64> {
    let figures = rustix::fs::statvfs(path)?;
    Ok(figures.f_bavail.saturating_mul(figures.f_frsize))
}

/// Does it, or lets a played disk do it.
macro_rules! on {
    ($faults:expr, $op:expr, $done:expr) => {{
        #[cfg(feature = "faults")]
        if let Some(faults) = $faults {
            return faults.play($op, || $done);
        }
        $done
    }};
}

impl Disk {
    /// A file that only its owner reads; it must not exist yet.
    ///
    /// # Errors
    /// As the file system says, here and in all that follows.
    pub fn create_new(&self, path: &Path) -> io::Result<File> {
        self.opened(path, fs::File::options().read(true).write(true).create_new(true).mode(0o600))
    }

    /// An empty file that only its owner reads, whatever was there.
    ///
    /// # Errors
    /// As the file system says.
    pub fn create(&self, path: &Path) -> io::Result<File> {
        self.opened(path, fs::File::options().read(true).write(true).create(true).truncate(true).mode(0o600))
    }

    /// A file that is there, to read and to write.
    ///
    /// # Errors
    /// As the file system says.
    pub fn open(&self, path: &Path) -> io::Result<File> {
        self.opened(path, fs::File::options().read(true).write(true))
    }

    fn opened(&self, path: &Path, options: &fs::OpenOptions) -> io::Result<File> {
        #[cfg(feature = "faults")]
        if let Some(faults) = &self.faults {
            let (file, inode) = faults.open(path, options)?;
            return Ok(File { file, played: Some((faults.clone(), inode)) });
        }
        Ok(File {
            file: options.open(path)?,
            #[cfg(feature = "faults")]
            played: None,
        })
    }

    /// A folder, held open: to see its names to the disk later takes no descriptor more.
    ///
    /// # Errors
    /// As the file system says.
    pub fn folder(&self, path: &Path) -> io::Result<Folder> {
        let open = || fs::File::open(path);
        #[cfg(feature = "faults")]
        if let Some(faults) = &self.faults {
            let file = faults.play(Op::Open, open)?;
            return Ok(Folder { file, played: Some(faults.clone()) });
        }
        Ok(Folder {
            file: open()?,
            #[cfg(feature = "faults")]
            played: None,
        })
    }

    /// All of a file.
    ///
    /// # Errors
    /// As the file system says.
    pub fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        on!(&self.faults, Op::Open, fs::read(path))
    }

    /// Gives a file another name, in the place of what has it. For good when the folder was synced.
    ///
    /// # Errors
    /// As the file system says.
    pub fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        on!(&self.faults, Op::Rename(from, to), fs::rename(from, to))
    }

    /// Takes a file away. For good when the folder was synced.
    ///
    /// # Errors
    /// As the file system says.
    pub fn remove(&self, path: &Path) -> io::Result<()> {
        on!(&self.faults, Op::Remove(path), fs::remove_file(path))
    }
}

/// An open file.
#[derive(Debug)]
pub struct File {
    file: fs::File,
    #[cfg(feature = "faults")]
    played: Option<(Faults, Inode)>,
}

impl File {
    /// Writes all of `bytes` at an offset. What was written when this fails is not known.
    ///
    /// # Errors
    /// As the file system says.
    pub fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        #[cfg(feature = "faults")]
        if let Some((faults, inode)) = &self.played {
            return faults.write(*inode, &self.file, bytes, at);
        }
        self.file.write_all_at(bytes, at)
    }

    /// Sees what was written to the disk. If this fails, nobody knows what of it is there, and the system may take it for written: it
    /// must be written anew before the next sync.
    ///
    /// # Errors
    /// As the file system says.
    pub fn sync_data(&self) -> io::Result<()> {
        #[cfg(feature = "faults")]
        if let Some((faults, inode)) = &self.played {
            return faults.sync(*inode);
        }
        self.file.sync_data()
    }

    /// As [`File::sync_data`], with all that belongs to the file beside its bytes.
    ///
    /// # Errors
    /// As the file system says.
    pub fn sync_all(&self) -> io::Result<()> {
        #[cfg(feature = "faults")]
        if let Some((faults, inode)) = &self.played {
            return faults.sync(*inode);
        }
        self.file.sync_all()
    }

    /// Whether it is what has that name: not removed, and nothing put in its place.
    ///
    /// # Errors
    /// As the file system says. That nothing has the name is none.
    pub fn is_at(&self, path: &Path) -> io::Result<bool> {
        let own = self.file.metadata()?;
        match fs::symlink_metadata(path) {
            Ok(there) => Ok((own.dev(), own.ino()) == (there.dev(), there.ino())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Locks it for this process alone, as long as it is open.
    ///
    /// # Errors
    /// If another has locked it.
    pub fn try_lock(&self) -> Result<(), fs::TryLockError> {
        self.file.try_lock()
    }
}

/// An open folder.
#[derive(Debug)]
pub struct Folder {
    file: fs::File,
    #[cfg(feature = "faults")]
    played: Option<Faults>,
}

impl Folder {
    /// Sees to the disk which names are in it.
    ///
    /// # Errors
    /// As the file system says.
    pub fn sync(&self) -> io::Result<()> {
        on!(&self.played, Op::SyncNames, self.file.sync_all())
    }
}
