//! What licences ask for where their software is handed on in a program: the copyright notices and texts of all that is in it.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::bill::{Bundled, bundled};
use super::crates::Crates;
use super::text;
use crate::root;
use crate::tools::capture;

/// How files are called that hold a licence or a notice.
const NAMES: [&str; 6] = ["licence", "license", "copying", "copyright", "notice", "unlicense"];
/// How deep they lie at most: in a crate that brings a library in C, beside that library.
const DEPTH: usize = 4;
const RULE: &str = "------------------------------------------------------------------------";

pub(super) fn write(crates: &Crates) -> Result<String, String> {
    let bundled = bundled()?;
    check_all_known(&bundled)?;
    let places = places()?;
    // Each text once, with all that it covers.
    let mut covers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    // Rust comes without one.
    let mut without = vec!["rust-std (MIT OR Apache-2.0)".to_owned()];
    for (id, one) in crates.iter().filter(|(_, one)| one.is_in_program && !one.is_ours) {
        let name = format!("{} {} ({})", id.0, id.1, one.licence);
        let place = places.get(&format!("{}-{}", id.0, id.1)).ok_or_else(|| {
            format!("the sources of {} {} are not here: build the program first", id.0, id.1)
        })?;
        let texts = texts(place, DEPTH)?;
        if texts.is_empty() {
            without.push(name.clone());
        }
        for text in texts {
            covers.entry(text).or_default().push(name.clone());
        }
    }
    for one in bundled {
        let name = format!("{} {} ({})", one.name, one.version, one.licence);
        covers.entry(tidied(&text(&root().join(&one.text))?)).or_default().push(name);
    }
    let mut sections: Vec<(Vec<String>, String)> = covers
        .into_iter()
        .map(|(text, mut names)| {
            names.dedup();
            (names, text)
        })
        .collect();
    sections.sort_unstable();
    let mut out = String::from("What others wrote and is in the program lienthong, and under which terms.\n");
    out.push_str("Where several licences are named with OR, each of them may be chosen.\n\n");
    let without = without.join("\n  ");
    out.push_str(&format!("Without a file of their own, under what they declare:\n  {without}\n\n"));
    for (names, text) in sections {
        out.push_str(&format!("{RULE}\n{}\n{RULE}\n{text}\n\n", names.join("\n")));
    }
    Ok(out)
}

/// Whatever has a licence of its own in the repository is in the list of what is bundled.
fn check_all_known(bundled: &[Bundled]) -> Result<(), String> {
    let listed = capture(Command::new("git").args(["ls-files", "-z", "*LICENSE-*"]).current_dir(root()))?;
    let unknown =
        listed.split('\0').find(|path| !path.is_empty() && bundled.iter().all(|one| one.text != *path));
    match unknown {
        None => Ok(()),
        Some(path) => Err(format!("{path} is of something that packaging/bundled.tsv does not name")),
    }
}

/// Where the sources of crates are, by `name-version`.
fn places() -> Result<HashMap<String, PathBuf>, String> {
    let metadata = capture(
        Command::new("cargo").args(["metadata", "--locked", "--format-version", "1"]).current_dir(root()),
    )?;
    let manifests = metadata.split("\"manifest_path\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    let place = |manifest: &str| {
        let place = Path::new(manifest).parent()?;
        Some((place.file_name()?.to_str()?.to_owned(), place.to_owned()))
    };
    Ok(manifests.filter_map(place).collect())
}

fn texts(folder: &Path, depth: usize) -> Result<Vec<String>, String> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort_unstable();
    let mut found = Vec::new();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if path.is_dir() {
            if depth > 0 {
                found.extend(texts(&path, depth - 1)?);
            }
        } else if NAMES.iter().any(|begin| name.starts_with(begin)) && !name.ends_with(".rs") {
            let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            found.push(tidied(&String::from_utf8_lossy(&bytes)));
        }
    }
    Ok(found)
}

/// One text is one, however its lines end.
fn tidied(text: &str) -> String {
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_matches('\n').to_owned()
}
