//! A directory of many grants, as a node takes it and decides by it. For `cargo xtask bench directory`, which runs it release-built:
//!
//! - `directory make FOLDER GRANTS`: a hub's published files, and a node's copy of them;
//! - `directory read FOLDER`: all of the copy read into memory, then compiled at once;
//! - `directory start FOLDER`: what a node does when it starts, then decisions, then one revocation after the other.
//!
//! Each of the two prints lines of a name and a number. They are programs of their own, so that the memory of one is not the other's.

#![expect(clippy::print_stdout, reason = "a tool for a measurement")]

mod made;

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use exchange::clock::now;
use exchange::compiled::CompiledDirectory;
use exchange::decide::{Call, decide};
use model::directory::Part;
use model::endpoint::CallPath;
use trust::directory::mirror::{Mirror, Source};

use crate::made::Hub;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Grants that are revoked, one after the other.
const REVOCATIONS: usize = 20;
/// How long it decides.
const DECIDING: Duration = Duration::from_secs(3);

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["make", folder, grants] => make(Path::new(folder), grants.parse()?).await,
        ["read", folder] => read(Path::new(folder)).await,
        ["start", folder] => start(Path::new(folder)).await,
        _ => Err("make FOLDER GRANTS | read FOLDER | start FOLDER".into()),
    }
}

async fn make(folder: &Path, grants: usize) -> Outcome<()> {
    let hub = Hub::make(&folder.join("hub"), grants).await?;
    CompiledDirectory::empty().fetched(&mirror(folder, &hub)?, source(folder), now()).await?;
    Ok(())
}

/// What is published, whole in memory before any of it is compiled; and what parts of a start cost by themselves.
async fn read(folder: &Path) -> Outcome<()> {
    let hub = Hub::open(&folder.join("hub"))?;
    let mirror = mirror(folder, &hub)?;
    let begun = Instant::now();
    for file in std::fs::read_dir(folder.join("node/targets"))? {
        black_box(trust::sha256(&std::fs::read(file?.path())?));
    }
    tell("digest_ms", millis(begun));
    let begun = Instant::now();
    let directory = mirror.open().await?;
    tell("read_ms", millis(begun));
    let mut agencies = directory.clone();
    agencies.parts.retain(|part, _| !matches!(part, Part::Grants(_)));
    let begun = Instant::now();
    black_box(CompiledDirectory::of(agencies, now()).ok_or("a part is missing")?);
    tell("agencies_ms", millis(begun));
    let begun = Instant::now();
    let compiled = CompiledDirectory::of(directory, now()).ok_or("a part is missing")?;
    tell("compile_ms", millis(begun));
    black_box(compiled);
    Ok(())
}

async fn start(folder: &Path) -> Outcome<()> {
    let mut hub = Hub::open(&folder.join("hub"))?;
    let mirror = mirror(folder, &hub)?;
    let calls = calls(&hub)?;
    let empty = memory("VmRSS:")?;
    let begun = Instant::now();
    let mut directory = CompiledDirectory::opened(&mirror, now()).await?;
    tell("start_ms", millis(begun));
    let (passed, refused) = decisions(&directory, &calls);
    tell("passed_per_second", passed);
    tell("refused_per_second", refused);
    tell("held_mb", memory("VmRSS:")? - empty);
    tell("peak_mb", memory("VmHWM:")? - empty);
    let mut took = Vec::new();
    for _ in 0..REVOCATIONS {
        let revoked = hub.revoke().await?;
        let begun = Instant::now();
        directory = directory.fetched(&mirror, source(folder), now()).await?;
        took.push(millis(begun));
        let client = revoked.client.system().ok_or("a class")?;
        let mut left = directory.grants(&client, &revoked.service);
        if left.any(|grant| *grant.id == *revoked.id) {
            return Err("a revoked grant is still there".into());
        }
    }
    took.sort_by(f64::total_cmp);
    tell("revoked_ms", took.get(took.len() / 2).copied().unwrap_or(f64::NAN));
    tell("revoked_most_ms", took.last().copied().unwrap_or(f64::NAN));
    tell("held_after_mb", memory("VmRSS:")? - empty);
    Ok(())
}

/// Calls that grants let through.
fn calls(hub: &Hub) -> Outcome<Vec<Call>> {
    let call = |grant: &model::grant::Grant| -> Outcome<Call> {
        Ok(Call {
            client: grant.client.system().ok_or("a class")?,
            service: grant.service.clone(),
            purpose: grant.uses.first().map(|one| one.purpose.clone()).unwrap_or_default(),
            method: "GET".into(),
            path: CallPath::parse("/001198000001")?,
        })
    };
    hub.sample.iter().map(call).collect()
}

/// Calls a second on one core: of those that pass, and of those that are refused for their purpose.
fn decisions(directory: &CompiledDirectory, calls: &[Call]) -> (f64, f64) {
    let now = now();
    let rate = |calls: &[Call], passes: bool| {
        let (begun, mut count) = (Instant::now(), 0_u32);
        while begun.elapsed() < DECIDING {
            for call in calls {
                assert_eq!(black_box(decide(directory, call, now)).is_ok(), passes, "{call:?}");
            }
            count += u32::try_from(calls.len()).unwrap_or(u32::MAX);
        }
        f64::from(count) / begun.elapsed().as_secs_f64()
    };
    let refused: Vec<Call> = calls.iter().cloned().map(|call| Call { purpose: "?".into(), ..call }).collect();
    (rate(calls, true), rate(&refused, false))
}

fn mirror(folder: &Path, hub: &Hub) -> Outcome<Mirror> {
    Ok(Mirror::new(&folder.join("node"), hub.publisher.root()?))
}

fn source(folder: &Path) -> Arc<dyn Source> {
    Arc::new(Published(folder.join("hub")))
}

/// A hub's published files.
struct Published(std::path::PathBuf);

#[async_trait]
impl Source for Published {
    async fn get(&self, path: &str) -> Result<Option<Bytes>, String> {
        match std::fs::read(self.0.join(path)) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Memory of this process in MB, as Linux tells it.
fn memory(label: &str) -> Outcome<f64> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(label)).ok_or("no memory in /proc")?;
    let kilobytes: f64 = line.split_whitespace().next().ok_or("no memory in /proc")?.parse()?;
    Ok(kilobytes / 1024.0)
}

fn millis(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1000.0
}

fn tell(name: &str, value: f64) {
    println!("{name} {value:.3}");
}
