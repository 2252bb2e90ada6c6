//! One thing about a hub or a node, in one line, by the rules that Nagios' plugins have: Icinga, Checkmk and others keep them as well.

use std::fmt::Write as _;
use std::path::Path;

use exchange::{StateFolder, clock};
use model::fault::{Fault, Words};
use model::time::day_in_viet_nam;
use model::words::Language;
use serde_json::Value;

use crate::doctor;
use crate::finding::Level;
use crate::texts;
use crate::watched::{self, Watched};

/// From where on an answer is late, in seconds: a warning, and more than that.
const SECONDS: (f64, f64) = (2.0, 5.0);
/// Days before the end of a certificate. Keys are renewed by themselves when two thirds of their time are over, long before.
const DAYS: (f64, f64) = (30.0, 7.0);
/// Hours that a directory counts. It is signed anew when it counts for three quarters of its time, five days as a rule.
const HOURS: (f64, f64) = (72.0, 24.0);
/// Megabytes that are left on a disk.
const MEGABYTES: (f64, f64) = (2_000.0, 256.0);

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Whether a node is well.
    Node,
    /// Whether a hub is.
    Hub,
    /// How long certificates hold.
    Certificates,
    /// How long a node's directory counts.
    Directory,
    /// The disk of a ledger or a store.
    Disk,
}

/// From where on a value is reported, where that is not as usual: seconds until an answer, days, hours, megabytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bounds {
    /// As something to look at.
    pub warning: Option<f64>,
    /// As something to look at now.
    pub critical: Option<f64>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// How bad it is.
    pub level: Level,
    said: Words,
    figures: Vec<Figure>,
}

/// A value behind it, with its bounds.
#[derive(Debug, Clone, PartialEq)]
struct Figure {
    name: &'static str,
    value: f64,
    unit: &'static str,
    bounds: Option<(f64, f64)>,
    /// It is bad below its bounds.
    low: bool,
}

impl Figure {
    /// With the bounds that somebody has set, or else the usual ones.
    fn bounded(
        name: &'static str,
        (value, unit): (f64, &'static str),
        low: bool,
        set: Bounds,
        usual: (f64, f64),
    ) -> Self {
        let bounds = (set.warning.unwrap_or(usual.0), set.critical.unwrap_or(usual.1));
        Self { name, value, unit, bounds: Some(bounds), low }
    }

    fn level(&self) -> Level {
        self.bounds
            .map_or(Level::Ok, |(warning, critical)| Level::of(self.value, warning, critical, self.low))
    }
}

impl Line {
    fn new(level: Level, said: Words, figures: Vec<Figure>) -> Self {
        let level = figures.iter().map(Figure::level).fold(level, Ord::max);
        Self { level, said, figures }
    }

    fn unknown(said: Words) -> Self {
        Self { level: Level::Unknown, said, figures: Vec::new() }
    }

    /// The line itself, in one of the languages. What stands behind `|` is for programs, so there is one of it only, and no line feed.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let said = language.of(&self.said).replace('|', "/");
        let said = said.split(char::is_control).map(str::trim).collect::<Vec<_>>().join(" ");
        let mut line = format!("{} - {}", self.level.word(), said.trim());
        let mut before = " |";
        for Figure { name, value, unit, bounds, low } in &self.figures {
            let _ = write!(line, "{before} {name}={value}{unit}");
            before = "";
            if let Some((warning, critical)) = bounds {
                // A range as the guidelines have it: `30:` is bad below 30.
                let end = if *low { ":" } else { "" };
                let _ = write!(line, ";{warning}{end};{critical}{end}");
            }
        }
        line
    }
}

/// Looks.
pub async fn look(what: What, dir: &Path, bounds: Bounds) -> Line {
    let watched = match Watched::open(dir) {
        Ok(watched) => watched,
        Err(fault) => return unknown(&fault),
    };
    match (what, &watched) {
        (What::Node | What::Directory, Watched::Hub(..)) => Line::unknown(texts::not_a_node()),
        (What::Hub, Watched::Node(..)) => Line::unknown(texts::not_a_hub()),
        (What::Node | What::Hub, _) => health(&watched, bounds).await,
        (What::Certificates, _) => certificates(&watched, bounds),
        (What::Directory, Watched::Node(folder, _)) => directory(folder, bounds).await,
        (What::Disk, _) => disk(&watched, bounds),
    }
}

async fn health(watched: &Watched, bounds: Bounds) -> Line {
    let health = match watched.health().await {
        Ok(health) => health,
        Err(why) => return Line::new(Level::Critical, texts::checked_away(why), Vec::new()),
    };
    let figures = vec![Figure::bounded("time", (health.took.as_secs_f64(), "s"), false, bounds, SECONDS)];
    if health.told.get("healthy") == Some(&Value::Bool(true)) {
        return Line::new(Level::Ok, texts::checked_well(health.took.as_millis()), figures);
    }
    let level = if health.status.is_success() { Level::Warning } else { Level::Critical };
    let code = ["fault", "title"].iter().find_map(|member| health.told.get(member)?.as_str());
    let why = code.map_or_else(|| doctor::hub::why(&health.told), str::to_owned);
    Line::new(level, texts::checked_ill(health.status.as_u16(), why), figures)
}

fn certificates(watched: &Watched, bounds: Bounds) -> Line {
    let certificates = match watched.certificates() {
        Ok(certificates) => certificates,
        Err(fault) => return unknown(&fault),
    };
    let today = day_in_viet_nam(clock::now());
    let days = |at| i64::from((day_in_viet_nam(at) - today).get_days());
    let left = certificates.into_iter().map(|(_, name, at)| (days(at), name));
    let left: Vec<(i64, &'static str)> = left.collect();
    let figures = left
        .iter()
        .map(|&(days, name)| Figure::bounded(name, (days as f64, ""), true, bounds, DAYS))
        .collect();
    match left.iter().min() {
        Some((days, name)) => Line::new(Level::Ok, texts::ends_first(name, *days), figures),
        None => Line::unknown(texts::not_a_node()),
    }
}

async fn directory(folder: &StateFolder, bounds: Bounds) -> Line {
    let directory = match folder.compile_directory().await {
        Ok(directory) => directory,
        // One that cannot be used keeps the node from its work.
        Err(fault) => return Line { level: Level::Critical, ..unknown(&fault) },
    };
    let hours = directory.expires.duration_since(clock::now()).as_hours();
    let figures = vec![
        Figure::bounded("hours_left", (hours as f64, ""), true, bounds, HOURS),
        Figure { name: "revision", value: directory.revision as f64, unit: "", bounds: None, low: false },
    ];
    Line::new(Level::Ok, texts::directory_left(directory.revision, hours), figures)
}

fn disk(watched: &Watched, bounds: Bounds) -> Line {
    let folder = watched.written_to();
    let (free, took) = match watched::disk(&folder) {
        Ok(found) => found,
        Err(error) => {
            return Line::new(Level::Critical, texts::not_written(folder.display(), error), Vec::new());
        }
    };
    let megabytes = free / 1_000_000;
    let figures = vec![
        Figure::bounded("free", (megabytes as f64, "MB"), true, bounds, MEGABYTES),
        Figure { name: "sync", value: took.as_secs_f64(), unit: "s", bounds: None, low: false },
    ];
    Line::new(Level::Ok, texts::disk_left(megabytes, took.as_millis()), figures)
}

fn unknown(fault: &Fault) -> Line {
    let words = fault.words();
    let code = fault.code();
    Line::unknown(Words::new(format!("{code} {}", words.vi()), format!("{code} {}", words.en())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(value: f64, low: bool, set: Bounds) -> String {
        let figure =
            Figure::bounded("days", (value, ""), low, set, if low { (30.0, 7.0) } else { (2.0, 5.0) });
        let said = Words::fixed("một | hai\nba", "one | two\r\nthree");
        Line::new(Level::Ok, said, vec![figure]).text(Language::En)
    }

    #[test]
    fn a_line_is_one_line_with_one_border_and_its_ranges() {
        let none = Bounds::default();
        assert_eq!(line(400.0, true, none), "OK - one / two  three | days=400;30:;7:");
        assert_eq!(line(29.0, true, none), "WARNING - one / two  three | days=29;30:;7:");
        assert_eq!(line(-1.0, true, none), "CRITICAL - one / two  three | days=-1;30:;7:");
        assert_eq!(line(2.0, false, none), "OK - one / two  three | days=2;2;5");
        assert_eq!(line(5.5, false, none), "CRITICAL - one / two  three | days=5.5;2;5");
        let set = Bounds { warning: Some(500.0), critical: None };
        assert_eq!(line(400.0, true, set), "WARNING - one / two  three | days=400;500:;7:");
    }

    #[test]
    fn what_cannot_be_found_out_is_unknown() {
        let said = unknown(&Fault::NoRecord {});
        assert_eq!(said.level, Level::Unknown);
        assert!(
            said.text(Language::Vi).starts_with("UNKNOWN - LT-") && !said.text(Language::Vi).contains('|')
        );
    }
}
