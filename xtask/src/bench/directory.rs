//! `cargo xtask bench directory`: a directory of a thousand to half a million grants at a node: the memory it holds, a start, a revocation,
//! decisions.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::bench::figures::{self, Chart, Spread};
use crate::root;
use crate::tools::{capture, run, target};

/// Grants of the directories, the last a nation's.
const GRANTS: [usize; 3] = [1_000, 50_000, 500_000];
/// How often each is started.
const TURNS: usize = 3;

/// What the program tells, by name, and what it is.
const MEASURES: [(&str, &str); 12] = [
    ("held_mb", "memory held, MB above that of the empty program"),
    ("peak_mb", "the most of it while it starts, MB"),
    ("held_after_mb", "memory held after the revocations, MB"),
    ("start_ms", "start: read from disk, verified, compiled, ms"),
    ("digest_ms", "of that: all files read, and their digests, ms"),
    ("agencies_ms", "of that: agencies with services and certificates compiled, ms"),
    ("read_ms", "all of it read and verified before any is compiled, ms"),
    ("compile_ms", "compiled from what is in memory, ms"),
    ("revoked_ms", "one grant revoked: fetched, verified, kept, in force, ms (median of 20)"),
    ("revoked_most_ms", "the slowest of the 20, ms"),
    ("passed_per_second", "decisions a second and core: calls that pass"),
    ("refused_per_second", "decisions a second and core: calls that are refused"),
];

/// The figures of one size, by measure.
type Figures = Vec<(&'static str, &'static str, Spread)>;

pub(crate) fn measure() -> Result<(), String> {
    run(Command::new("cargo")
        .args(["build", "--release", "--workspace", "--example", "directory"])
        .current_dir(root()))?;
    println!(
        "medians of {TURNS} turns (least to most), {} cores, commit {}",
        std::thread::available_parallelism().map_or(1, usize::from),
        figures::commit()
    );
    let mut all = Vec::new();
    for grants in GRANTS {
        let figures = of(grants)?;
        println!("\n{grants} grants");
        for (_, title, spread) in &figures {
            println!("  {title:<76} {spread:>32}");
        }
        all.push((grants, figures));
    }
    write(&all)
}

/// Makes a directory, and measures it turn by turn: each turn is a program of its own.
fn of(grants: usize) -> Result<Figures, String> {
    let folder = Folder::new()?;
    let tell = |word: &str, more: &[&str]| {
        capture(Command::new(target().join("release/examples/directory")).arg(word).arg(&folder.0).args(more))
    };
    tell("make", &[&grants.to_string()])?;
    let mut told = String::new();
    for _ in 0..TURNS {
        told += &tell("read", &[])?;
        told += &tell("start", &[])?;
    }
    let spread = |(name, title): (&'static str, &'static str)| {
        let values = told.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        let spread = Spread::of(values.collect()).ok_or_else(|| format!("{name} was not told"))?;
        Ok((name, title, spread))
    };
    MEASURES.into_iter().map(spread).collect()
}

/// One JSON file, and one SVG for each measure.
fn write(all: &[(usize, Figures)]) -> Result<(), String> {
    let folder = target().join("bench");
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let keep = |name: &str, text: String| {
        fs::write(folder.join(name), text).map_err(|error| format!("{name}: {error}"))
    };
    let rows: Vec<String> = all
        .iter()
        .map(|(grants, figures)| {
            let figures = figures.iter().map(|(name, _, spread)| {
                let [least, median, most] = [spread.least, spread.median, spread.most].map(figures::json);
                format!("\"{name}\":{{\"least\":{least},\"median\":{median},\"most\":{most}}}")
            });
            format!("{{\"grants\":{grants},{}}}", figures.collect::<Vec<_>>().join(","))
        })
        .collect();
    let json = format!("{{\"commit\":\"{}\",\"sizes\":[\n{}\n]}}\n", figures::commit(), rows.join(",\n"));
    keep("directory.json", json)?;
    for (name, title) in MEASURES {
        let mut chart = Chart::new(title);
        for (grants, figures) in all {
            if let Some((_, _, spread)) = figures.iter().find(|(known, _, _)| *known == name) {
                chart.bar(&format!("{grants} grants"), "node", *spread);
            }
        }
        keep(&format!("directory-{name}.svg"), chart.svg())?;
    }
    println!("\nwritten to {}", folder.display());
    Ok(())
}

/// A folder that is gone when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, String> {
        let folder = std::env::temp_dir().join(format!("lienthong-directory-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
