//! `cargo xtask tidy`: what the compiler does not see.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::floors;
use crate::root;
use crate::tools::capture;

/// The arrows of the house: what each crate may depend on within it. ARCHITECTURE.md draws them.
const ARROWS: [(&str, &[&str]); 21] = [
    ("disk", &[]),
    ("model", &[]),
    ("paper", &[]),
    ("store", &["model"]),
    ("trust", &["disk", "model"]),
    ("ledger", &["disk", "model"]),
    ("connect", &["model"]),
    ("sync", &["disk", "model"]),
    ("quality", &["model"]),
    ("assess", &["model"]),
    ("exchange", &["disk", "model", "trust", "ledger", "connect", "quality", "store", "sync"]),
    ("cases", &["model", "trust", "store", "exchange"]),
    ("hub", &["model", "assess", "paper", "quality", "store", "trust"]),
    ("console", &["model", "hub"]),
    ("operate", &["model", "trust", "ledger", "exchange", "hub"]),
    ("demo", &["model", "trust", "exchange", "hub", "operate"]),
    (
        "lienthong",
        &[
            "model", "trust", "connect", "quality", "assess", "exchange", "cases", "hub", "console",
            "operate", "demo",
        ],
    ),
    ("fuzz", &["model", "trust", "ledger", "connect", "exchange", "hub", "sync"]),
    ("judges", &["model", "exchange"]),
    ("testing", &[]),
    ("xtask", &[]),
];

/// Heavy crates and the rooms that may see them: the walls.
const WALLS: [(&str, &[&str]); 31] = [
    ("cryptoki", &["trust"]),
    ("curve25519-dalek", &["trust"]),
    ("age", &["trust"]),
    ("tough", &["trust"]),
    ("rcgen", &["trust"]),
    ("x509-parser", &["trust"]),
    ("sfv", &["trust"]),
    ("hyper-rustls", &["trust"]),
    ("axum", &["cases", "hub", "console", "demo"]),
    ("sqlx", &["connect", "hub", "store", "demo"]),
    ("minijinja", &["console"]),
    ("argon2", &["hub"]),
    ("totp-rs", &["hub"]),
    ("jsonwebtoken", &["trust"]),
    ("lettre", &["hub"]),
    ("jsonschema", &["hub"]),
    ("calamine", &["connect", "hub"]),
    ("csv", &["connect", "hub"]),
    ("rust_xlsxwriter", &["hub"]),
    ("zip", &["connect", "hub", "paper"]),
    ("krilla", &["paper"]),
    ("skrifa", &["paper"]),
    ("oxrdf", &["hub"]),
    ("oxttl", &["hub"]),
    ("parquet", &["connect"]),
    ("arrow-array", &["connect", "quality"]),
    ("arrow-schema", &["connect", "quality"]),
    ("encoding_rs", &["connect"]),
    ("clap_complete", &["lienthong"]),
    ("comfy-table", &["lienthong"]),
    ("rpassword", &["lienthong"]),
];

/// What tests of a crate see beside that: they play the systems and databases that the program meets, and read what it wrote.
const IN_TESTS: [(&str, &[&str]); 6] = [
    ("cases", &["testing"]),
    ("connect", &["testing"]),
    ("hub", &["arrow-array", "testing"]),
    ("lienthong", &["axum", "ledger", "sqlx", "testing"]),
    ("quality", &["parquet"]),
    ("store", &["testing"]),
];

/// Longest file, in lines. A longer one has a second idea in it.
const FILE_MAX_LINES: usize = 700;

pub(crate) fn run() -> Result<(), String> {
    let mut mistakes = Vec::new();
    arrows(&mut mistakes)?;
    files(&mut mistakes)?;
    floors::check(&mut mistakes)?;
    if mistakes.is_empty() { Ok(()) } else { Err(format!("tidy:\n  {}", mistakes.join("\n  "))) }
}

fn arrows(mistakes: &mut Vec<String>) -> Result<(), String> {
    let mut seen = Vec::new();
    for manifest in manifests()? {
        let text = read(&manifest)?;
        let name = value(&text, "name").ok_or_else(|| format!("{} has no name", manifest.display()))?;
        seen.push(name.clone());
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            mistakes.push(format!(
                "{name} is not in the picture: draw its arrows in xtask/src/tidy.rs and ARCHITECTURE.md"
            ));
            continue;
        };
        let in_tests = IN_TESTS.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, seen)| seen);
        let of_tests = dependencies(&text, "[dev-dependencies]");
        let beyond = of_tests.into_iter().filter(|dependency| !in_tests.contains(&dependency.as_str()));
        for dependency in dependencies(&text, "[dependencies]").into_iter().chain(beyond) {
            let in_house = ARROWS.iter().any(|(known, _)| *known == dependency);
            if in_house && !allowed.contains(&dependency.as_str()) {
                mistakes.push(format!("{name} must not depend on {dependency}"));
            }
            if let Some((_, rooms)) = WALLS.iter().find(|(heavy, _)| *heavy == dependency)
                && !rooms.contains(&name.as_str())
            {
                mistakes.push(format!(
                    "{name} must not see {dependency}: it stays behind the wall of {}",
                    rooms.join(", ")
                ));
            }
        }
    }
    mistakes.extend(
        ARROWS
            .iter()
            .filter(|(known, _)| !seen.contains(&(*known).to_owned()))
            .map(|(known, _)| format!("{known} is in the picture and not in the house")),
    );
    Ok(())
}

fn manifests() -> Result<Vec<PathBuf>, String> {
    let crates = root().join("crates");
    let mut paths: Vec<PathBuf> = fs::read_dir(&crates)
        .map_err(|error| error.to_string())?
        .flatten()
        .map(|entry| entry.path().join("Cargo.toml"))
        .collect();
    paths.push(root().join("xtask/Cargo.toml"));
    paths.sort_unstable();
    Ok(paths)
}

fn value(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| {
        line.strip_prefix(key)?
            .trim()
            .strip_prefix('=')?
            .trim()
            .strip_prefix('"')?
            .strip_suffix('"')
            .map(str::to_owned)
    })
}

/// Names in a section of a manifest.
fn dependencies(text: &str, section: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            inside = line == section;
        } else if inside {
            let name: String =
                line.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').collect();
            if !name.is_empty() {
                names.push(name);
            }
        }
    }
    names
}

fn files(mistakes: &mut Vec<String>) -> Result<(), String> {
    for path in tracked()? {
        let is_rust = path.extension().is_some_and(|end| end == "rs");
        let Ok(text) = fs::read_to_string(root().join(&path)) else { continue };
        let shown = path.display();
        if is_rust && text.lines().count() > FILE_MAX_LINES {
            mistakes.push(format!(
                "{shown} has more than {FILE_MAX_LINES} lines: what is the second idea in it?"
            ));
        }
        if is_rust && !text.starts_with("//!") && !shown.to_string().contains("/data/") {
            mistakes.push(format!("{shown} does not open with what it is for"));
        }
        // What a test reads may be as people make it.
        let is_read =
            ["/tests/cases/", "/fuzz/corpus/"].iter().any(|place| shown.to_string().contains(place));
        if text.contains("\r\n") && !is_read {
            mistakes.push(format!("{shown} has line ends of another system"));
        }
    }
    Ok(())
}

fn tracked() -> Result<Vec<PathBuf>, String> {
    let text = capture(Command::new("git").args(["ls-files", "-z"]).current_dir(root()))?;
    Ok(text.split('\0').filter(|path| !path.is_empty()).map(PathBuf::from).collect())
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
