//! Floors inside crates: what lies below knows nothing of what lies above, and no file leads back to itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::root;

/// Crates with floors, and the rooms of each, from the ground up. Rooms of one floor do not know each other. ARCHITECTURE.md says what is on
/// them.
const FLOORS: [(&str, &[&[&str]]); 2] = [
    (
        "hub",
        &[
            &["texts"],
            &["calls", "clock", "members", "pool", "secret", "sheet"],
            &["store"],
            &["audit"],
            &["registry", "usage"],
            &["people", "catalogue"],
            &["directive"],
            &["granting"],
            &["reuse"],
            &["running"],
            &["quality"],
            &["assess"],
            &["gauge", "notice"],
            &["kinds", "settings"],
            &["hub"],
            &["metrics"],
            &["web"],
            &["api"],
            &["serve"],
        ],
    ),
    (
        "exchange",
        &[
            &[
                "backoff",
                "budget",
                "clock",
                "headers",
                "presence",
                "rate",
                "signatures",
                "slots",
                "texts",
                "totals",
            ],
            &["body", "standing"],
            &["trace"],
            &["settings"],
            &["compiled", "failure", "framed", "sign"],
            &["check", "decide", "folder", "peers"],
            &["auditors", "backend", "record", "request", "systems"],
            &["admit", "measure", "own", "usage"],
            &["node", "package"],
            &["health", "inspect", "known", "look", "metadata", "reach"],
            &["metrics"],
            &["consume", "hub", "provide"],
            &["ask", "edge"],
            &["copies"],
            &["port"],
            &["run"],
            &["open"],
        ],
    ),
];

/// Heavy crates inside a crate that may see them, and its rooms that do: the walls within.
const WALLS: [(&str, &str, &[&str]); 18] = [
    ("hub", "axum", &["api", "serve", "web"]),
    ("hub", "sqlx", &["registry", "catalogue/search", "granting/grant"]),
    ("hub", "argon2", &["people/password"]),
    ("hub", "totp_rs", &["people/totp"]),
    ("trust", "jsonwebtoken", &["oidc/token"]),
    ("hub", "lettre", &["notice/mail"]),
    ("hub", "jsonschema", &["catalogue/contract"]),
    ("hub", "rust_xlsxwriter", &["sheet"]),
    ("hub", "calamine", &["sheet"]),
    ("hub", "csv", &["sheet"]),
    ("hub", "zip", &["sheet"]),
    ("hub", "oxrdf", &["catalogue/rdf", "catalogue/skos"]),
    ("hub", "oxttl", &["catalogue/rdf", "catalogue/skos"]),
    ("console", "minijinja", &["draw"]),
    ("connect", "arrow_array", &["columnar", "snapshot/parquet"]),
    ("connect", "arrow_schema", &["columnar", "snapshot/parquet"]),
    ("connect", "encoding_rs", &["snapshot/encoding"]),
    ("connect", "calamine", &["snapshot/sheet"]),
];

/// A file's place in its crate: `["catalogue", "term"]`.
type Room = Vec<String>;

pub(crate) fn check(mistakes: &mut Vec<String>) -> Result<(), String> {
    let crates = fs::read_dir(root().join("crates")).map_err(|error| error.to_string())?;
    for folder in crates.flatten().map(|entry| entry.path()) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut texts = BTreeMap::new();
        collect(&folder.join("src"), &mut Vec::new(), &mut texts)?;
        check_walls(&name, &texts, mistakes);
        let arrows = arrows(&texts);
        if let Some((_, floors)) = FLOORS.iter().find(|(known, _)| *known == name) {
            check_floors(&name, floors, &arrows, mistakes);
        }
        if let Some(circle) = circle(&arrows) {
            let circle: Vec<String> = circle.iter().map(|room| room.join("/")).collect();
            mistakes.push(format!("{name}: files lead back to themselves: {}", circle.join(" → ")));
        }
    }
    Ok(())
}

fn check_floors(
    name: &str,
    floors: &[&[&str]],
    arrows: &BTreeMap<Room, BTreeSet<Room>>,
    mistakes: &mut Vec<String>,
) {
    let floor = |room: &str| floors.iter().position(|rooms| rooms.contains(&room));
    for (from, used) in arrows {
        let Some(top) = from.first().filter(|top| *top != "lib") else { continue };
        let Some(own) = floor(top) else {
            mistakes.push(format!("{name}/{top} is on no floor: xtask/src/floors.rs"));
            continue;
        };
        for to in used {
            let Some(below) = to.first().filter(|to| *to != top) else { continue };
            if floor(below).is_none_or(|below| below >= own) {
                mistakes.push(format!(
                    "{name}/{} knows {}, which is not below it",
                    from.join("/"),
                    to.join("/")
                ));
            }
        }
    }
}

fn check_walls(name: &str, texts: &BTreeMap<Room, String>, mistakes: &mut Vec<String>) {
    for (_, heavy, rooms) in WALLS.iter().filter(|(walled, ..)| *walled == name) {
        let starts =
            [format!("use {heavy}::"), format!(" {heavy}::"), format!("({heavy}::"), format!("<{heavy}::")];
        for (room, text) in texts {
            let place = room.join("/");
            let inside = rooms.iter().any(|room| place == *room || place.starts_with(&format!("{room}/")));
            if !inside && starts.iter().any(|start| text.contains(start)) {
                mistakes.push(format!(
                    "{name}/{place} must not see {heavy}: it stays behind the wall of {}",
                    rooms.join(", ")
                ));
            }
        }
    }
}

/// What each file of a crate uses of others. Tests may look anywhere.
fn arrows(texts: &BTreeMap<Room, String>) -> BTreeMap<Room, BTreeSet<Room>> {
    let rooms: BTreeSet<Room> = texts.keys().cloned().collect();
    let used = |(room, text): (&Room, &String)| {
        let paths = paths(room, text);
        let known = paths.into_iter().filter_map(|mut path| {
            while !path.is_empty() && !rooms.contains(&path) {
                path.pop();
            }
            (!path.is_empty() && path != *room).then_some(path)
        });
        (room.clone(), known.collect())
    };
    texts.iter().map(used).collect()
}

fn collect(folder: &Path, at: &mut Room, texts: &mut BTreeMap<Room, String>) -> Result<(), String> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort_unstable();
    for path in entries {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if stem == "tests" {
            continue;
        }
        at.push(stem);
        if path.is_dir() {
            collect(&path, at, texts)?;
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            texts.insert(at.clone(), without_tests(&text));
        }
        at.pop();
    }
    Ok(())
}

/// The text without comments, and up to the tests that stand at its end.
fn without_tests(text: &str) -> String {
    let mut lines = text.lines().peekable();
    let mut kept = String::new();
    while let Some(line) = lines.next() {
        let opens = |line: &&str| line.contains("mod ") && line.ends_with('{');
        if line.trim() == "#[cfg(test)]" && lines.peek().is_some_and(opens) {
            break;
        }
        if !line.trim_start().starts_with("//") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The paths in a text that begin with `crate::` or `super::`, groups in braces taken apart one deep.
fn paths(room: &Room, text: &str) -> Vec<Room> {
    let parent: Room = room.iter().take(room.len().saturating_sub(1)).cloned().collect();
    let starts = [("crate::", Room::new()), ("super::", parent)];
    let mut found = Vec::new();
    for (word, base) in starts {
        for (at, _) in text.match_indices(word) {
            if text
                .get(..at)
                .is_some_and(|before| before.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
            {
                continue;
            }
            let rest = text.get(at + word.len()..).unwrap_or_default();
            follow(&base, rest, &mut found);
        }
    }
    found
}

fn follow(base: &Room, text: &str, found: &mut Vec<Room>) {
    let mut path = base.clone();
    let mut rest = text;
    loop {
        if let Some(group) = rest.strip_prefix('{') {
            for item in items(group) {
                let first = item.split("::").next().unwrap_or_default().trim();
                let mut one = path.clone();
                if first != "self" {
                    one.push(first.split(' ').next().unwrap_or_default().to_owned());
                }
                found.push(one);
            }
            return;
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        path.push(word.to_owned());
        match after.strip_prefix("::") {
            Some(after) => rest = after,
            None => break,
        }
    }
    found.push(path);
}

/// What stands between the commas of a group, whatever groups are in it.
fn items(group: &str) -> Vec<&str> {
    let (mut depth, mut begin, mut found) = (0_usize, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.extend(group.get(begin..at));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.extend(group.get(begin..at));
                begin = at + 1;
            }
            _ => {}
        }
    }
    found.retain(|item| !item.trim().is_empty());
    found
}

/// Files that lead back to themselves, if there are any. A file and those in its own folder are one thing.
fn circle(arrows: &BTreeMap<Room, BTreeSet<Room>>) -> Option<Vec<Room>> {
    let mut done = BTreeSet::new();
    arrows.keys().find_map(|room| walk(room, arrows, &mut Vec::new(), &mut done))
}

fn walk(
    room: &Room,
    arrows: &BTreeMap<Room, BTreeSet<Room>>,
    way: &mut Vec<Room>,
    done: &mut BTreeSet<Room>,
) -> Option<Vec<Room>> {
    if let Some(from) = way.iter().position(|passed| passed == room) {
        return Some(way.iter().skip(from).chain([room]).cloned().collect());
    }
    if done.contains(room) {
        return None;
    }
    way.push(room.clone());
    let is_one = |other: &Room| other.starts_with(room) || room.starts_with(other);
    let others = arrows.get(room).into_iter().flatten().filter(|other| !is_one(other));
    let found = others.into_iter().find_map(|other| walk(other, arrows, way, done));
    way.pop();
    done.insert(room.clone());
    found
}
