//! The folder in which everything lies as it will lie on the system it is installed on.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use crate::tools::run;

const PROGRAM: &str = "usr/bin/lienthong";

pub(super) struct Stage {
    /// Emptied at the start.
    folder: PathBuf,
    epoch: u64,
}

impl Stage {
    pub(super) fn new(folder: PathBuf, epoch: u64) -> Result<Self, String> {
        let stage = Self { folder, epoch };
        if stage.folder.exists() {
            stage.clear()?;
        }
        fs::create_dir_all(stage.root()).map_err(|error| error.to_string())?;
        Ok(stage)
    }

    /// What becomes the root of the system.
    pub(super) fn root(&self) -> PathBuf {
        self.folder.join("root")
    }

    /// A folder beside the root, for what packing takes.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn put(&self, path: &str, bytes: &[u8]) -> Result<(), String> {
        write(&self.root().join(path), bytes)
    }

    /// As [`Self::put`], packed as Debian wants manuals and changes: without a name and a time in it.
    pub(super) fn put_packed(&self, path: &str, bytes: &[u8]) -> Result<(), String> {
        self.put(path, bytes)?;
        run(Command::new("gzip").args(["-9", "--no-name", "--force"]).arg(self.root().join(path)))
    }

    /// The program without what only debuggers read. Returns where it is.
    pub(super) fn program(&self, from: &Path) -> Result<PathBuf, String> {
        let to = self.root().join(PROGRAM);
        fs::create_dir_all(to.parent().unwrap_or(&to)).map_err(|error| error.to_string())?;
        let sections = ["--strip-unneeded", "--remove-section=.comment", "--remove-section=.note"];
        run(Command::new("strip").args(sections).arg("-o").arg(&to).arg(from))?;
        Ok(to)
    }

    /// Files from the root, in order.
    pub(super) fn files(&self) -> Result<Vec<String>, String> {
        let root = self.root();
        let mut files = Vec::new();
        walk(&root, &mut |path, is_folder| {
            if !is_folder && let Ok(path) = path.strip_prefix(&root) {
                files.push(path.display().to_string());
            }
            Ok(())
        })?;
        files.sort_unstable();
        Ok(files)
    }

    /// Gives everything in `folder` its rights and its time, whatever they are on this machine.
    pub(super) fn settle(&self, folder: &Path) -> Result<(), String> {
        let time = UNIX_EPOCH + Duration::from_secs(self.epoch);
        walk(folder, &mut |path, is_folder| {
            let settled = File::open(path).and_then(|file| {
                let runs = is_folder || is_program(path, &file)?;
                file.set_permissions(Permissions::from_mode(if runs { 0o755 } else { 0o644 }))?;
                file.set_modified(time)
            });
            settled.map_err(|error| format!("{}: {error}", path.display()))
        })
    }

    pub(super) fn clear(&self) -> Result<(), String> {
        fs::remove_dir_all(&self.folder).map_err(|error| format!("{}: {error}", self.folder.display()))
    }
}

/// Writes a file, with the folders it is in.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let written = fs::create_dir_all(path.parent().unwrap_or(path)).and_then(|()| fs::write(path, bytes));
    written.map_err(|error| format!("{}: {error}", path.display()))
}

/// The program, and scripts but for those that the guides come with.
fn is_program(path: &Path, file: &File) -> std::io::Result<bool> {
    let is_marked = file.metadata()?.permissions().mode() & 0o100 != 0;
    Ok(is_marked && !path.components().any(|part| part.as_os_str() == "share"))
}

/// Everything in a folder, the folder itself last.
fn walk(folder: &Path, visit: &mut impl FnMut(&Path, bool) -> Result<(), String>) -> Result<(), String> {
    for entry in fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.is_dir() {
            walk(&path, visit)?;
        } else {
            visit(&path, false)?;
        }
    }
    visit(folder, true)
}
