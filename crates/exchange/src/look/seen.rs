//! Nobody looks unseen: each look-up is noted, on the disk before anything of it is shown.

use std::fs::OpenOptions;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;

use jiff::Timestamp;
use model::fault::Fault;
use serde::Serialize;

use crate::folder::{StateFolder, file_failed};
use crate::look::asked::Asked;

/// A look-up.
#[derive(Debug, Serialize)]
pub struct Look<'a> {
    /// When.
    pub at: Timestamp,
    /// Who: the auditor's name in the settings, or the system's user.
    pub who: &'a str,
    /// Over the node's page or by a command.
    pub by: By,
    /// From which address, over the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// For what.
    #[serde(flatten)]
    pub what: What<'a>,
}

/// How somebody looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Over the node's page.
    Page,
    /// By a command that read the state folder.
    Command,
}

/// What was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What<'a> {
    /// Exchanges, by conditions.
    Asked(&'a Asked),
    /// One, by its number.
    Entry(u64),
}

/// Notes a look-up; it is on the disk when this returns.
///
/// # Errors
/// [`Fault::FileFailed`].
pub fn note(folder: &StateFolder, look: &Look<'_>) -> Result<(), Fault> {
    let path = folder.looked();
    let line = serde_json::to_string(look).map_err(|error| Fault::Internal { why: error.to_string() })?;
    let written = || {
        let mut file = OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(&path)?;
        let end = file.seek(SeekFrom::End(0))?;
        let mut last = [b'\n'];
        if end > 0 {
            file.seek(SeekFrom::Start(end - 1))?;
            file.read_exact(&mut last)?;
        }
        // A line that a crash cut off stays a line of its own. One write: others append, too.
        let begin = if last == [b'\n'] { "" } else { "\n" };
        file.write_all(format!("{begin}{line}\n").as_bytes())?;
        file.sync_data()
    };
    written().map_err(|error| file_failed(&path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_look_is_a_line_whatever_was_cut_off_before() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder(folder.path().to_owned());
        let asked = Asked::read([("case", "HS-1")]).unwrap();
        let look = |what| Look { at: Timestamp::UNIX_EPOCH, who: "Lan", by: By::Page, from: None, what };
        note(&state, &look(What::Asked(&asked))).unwrap();
        let cut = std::fs::read_to_string(state.looked()).unwrap();
        std::fs::write(state.looked(), format!("{cut}{{\"at\":")).unwrap();
        note(&state, &look(What::Entry(7))).unwrap();
        let text = std::fs::read_to_string(state.looked()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert_eq!(
            lines[0],
            r#"{"at":"1970-01-01T00:00:00Z","who":"Lan","by":"page","asked":{"case":"HS-1"}}"#
        );
        assert!(lines[2].ends_with(r#""entry":7}"#), "{text}");
    }
}
