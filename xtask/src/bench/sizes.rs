//! `cargo xtask bench sizes`: bodies from 1 KB to 1 GB through two nodes, two nginx and two HAProxy, turn by turn, and what memory the nodes
//! take meanwhile.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::bench::figures::{self, Spread};
use crate::bench::rig::{LIENTHONG, Measured, Rig};
use crate::tools::{debian, run};

/// Files that the system has, by their bytes.
const FILES: [(&str, u64); 7] = [
    ("1k.bin", 1_000),
    ("2k.bin", 2_000),
    ("10k.bin", 10_000),
    ("100k.bin", 100_000),
    ("2m.bin", 2_000_000),
    ("10m.bin", 10_000_000),
    ("100m.bin", 100_000_000),
];
/// The mix that X-Road's own load tests publish: a file for so many of a thousand calls.
const MIX: [(&str, u32); 5] =
    [("2k.bin", 300), ("10k.bin", 600), ("100k.bin", 90), ("2m.bin", 9), ("10m.bin", 1)];
/// A file that is carried once.
const LARGE: (&str, u64) = ("1g.bin", 1_000_000_000);
const CONNECTIONS: u32 = 16;
const TURNS: usize = 2;
const TURN: Duration = Duration::from_secs(4);

pub(crate) fn measure() -> Result<(), String> {
    debian(&[
        ("nginx", "nginx"),
        ("haproxy", "haproxy"),
        ("wrk", "wrk"),
        ("curl", "curl"),
        ("openssl", "openssl"),
    ])?;
    let rig = Rig::start()?;
    files(&rig.folder().join("www"))?;
    let script = rig.folder().join("mix.lua");
    fs::write(&script, mix()).map_err(|error| error.to_string())?;
    let script = script.display().to_string();
    println!(
        "{CONNECTIONS} connections, medians of {TURNS} turns of {} s, commit {}",
        TURN.as_secs(),
        figures::commit()
    );
    println!(
        "{:<10} {:<10} {:>22} {:>18} {:>12} {:>22}",
        "", "", "MB/s", "µs CPU each", "beside nginx", "most MB of a node"
    );
    for (file, bytes) in FILES {
        row(&rig, file, (file, &[]), bytes)?;
    }
    let mean =
        MIX.iter().filter_map(|(file, times)| Some(bytes_of(file)? * u64::from(*times))).sum::<u64>() / 1000;
    row(&rig, "mix", ("", &["-s", &script]), mean)?;
    large(&rig)?;
    rig.finish()
}

/// All contestants with one file, or a mix.
fn row(rig: &Rig, label: &str, asked: (&str, &[&str]), bytes: u64) -> Result<(), String> {
    rig.forget_memory()?;
    let mut turns: Vec<(&str, Vec<Measured>)> =
        rig.contestants().into_iter().map(|name| (name, Vec::new())).collect();
    for _ in 0..TURNS {
        for (name, turns) in &mut turns {
            turns.push(rig.measure(name, asked, CONNECTIONS, TURN)?);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "bytes of a file")]
    let megabytes = bytes as f64 / 1e6;
    let rate = |turns: &[Measured]| Spread::of(turns.iter().map(|one| one.per_second * megabytes).collect());
    let nginx = turns.iter().find(|(name, _)| *name == "nginx").and_then(|(_, turns)| rate(turns));
    for (name, turns) in &turns {
        let Some(own) = rate(turns) else { continue };
        let cpu = Spread::of(turns.iter().map(|one| one.cpu_micros).collect());
        let cpu = cpu.map_or_else(|| "–".to_owned(), |cpu| cpu.to_string());
        let ratio = nginx.as_ref().map_or(f64::NAN, |nginx| own.median / nginx.median);
        let memory = if *name == LIENTHONG {
            rig.most_memory("provider")?.max(rig.most_memory("consumer")?).to_string()
        } else {
            String::new()
        };
        println!("{label:<10} {name:<10} {:>22} {cpu:>18} {ratio:>12.2} {memory:>22}", own.to_string());
    }
    Ok(())
}

/// One large body, once through each.
fn large(rig: &Rig) -> Result<(), String> {
    let (file, bytes) = LARGE;
    rig.forget_memory()?;
    let idle = rig.idle_memory()?;
    for name in rig.contestants() {
        rig.once(name, file)?;
        let seconds = rig.once(name, file)?.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "bytes of a file")]
        let rate = bytes as f64 / 1e6 / seconds;
        println!("{file:<10} {name:<10} {rate:>22.0}");
    }
    let most = rig.most_memory("provider")?.max(rig.most_memory("consumer")?);
    println!(
        "memory of a node while it carried {file}: {most} MB at most, {} above what it had before",
        most.saturating_sub(idle)
    );
    Ok(())
}

fn bytes_of(file: &str) -> Option<u64> {
    FILES.iter().find(|(name, _)| *name == file).map(|(_, bytes)| *bytes)
}

fn files(folder: &Path) -> Result<(), String> {
    for (name, bytes) in FILES.into_iter().chain([LARGE]) {
        let file = fs::File::create(folder.join(name)).map_err(|error| error.to_string())?;
        // Filled with zeros by the file system, without taking its room.
        file.set_len(bytes).map_err(|error| error.to_string())?;
    }
    run(Command::new("chmod").args(["-R", "a+rX"]).arg(folder))
}

/// What wrk asks for: the files of the mix in turn, in an order that spreads them.
fn mix() -> String {
    let mut lines = String::from("local files = {}\n");
    for (file, times) in MIX {
        lines.push_str(&format!("for _ = 1, {times} do files[#files + 1] = '{file}' end\n"));
    }
    // 389 has no divisor in common with 1000, so all are met once in a thousand calls.
    lines
        + "local at = 0\nfunction request()\n  at = (at + 389) % #files\n  return wrk.format(nil, wrk.path .. files[at + 1])\nend\n"
}
