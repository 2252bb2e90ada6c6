//! `cargo xtask fuzz`: the targets of `crates/fuzz` under libFuzzer, on stable Rust: the compiler counts what is reached, no sanitizer is used
//! since nothing of ours is unsafe.

use std::fs;
use std::process::Command;

use crate::root;
use crate::tools::{capture, run, target};

/// Inputs of each target, if nobody says how many.
const RUNS: &str = "10000000";
/// Longest time that an input may take, and most memory, as libFuzzer has them: seconds and MB.
const LIMITS: [&str; 2] = ["-timeout=5", "-rss_limit_mb=2048"];
/// What makes the compiler count, as `cargo fuzz` asks for it.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Ccodegen-units=1 --cfg fuzzing";

pub(crate) fn run_all(arguments: &[&str]) -> Result<(), String> {
    let runs = arguments.first().copied().unwrap_or(RUNS);
    let folder = target().join("fuzz");
    // The target is named, so that build scripts and procedural macros are built without counters.
    let host = capture(Command::new("rustc").arg("-vV"))?;
    let host =
        host.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not say its host")?;
    run(Command::new("cargo")
        .args(["build", "--release", "--package", "fuzz", "--features", "coverage", "--target", host])
        .env("RUSTFLAGS", FLAGS)
        .env("CARGO_TARGET_DIR", &folder)
        .current_dir(root()))?;
    let program = folder.join(host).join("release/fuzz");
    let corpora = root().join("crates/fuzz/corpus");
    let mut names: Vec<_> = fs::read_dir(&corpora)
        .map_err(|error| error.to_string())?
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    names.sort();
    for name in names {
        println!("{}", name.display());
        // What is found goes beside the build; the corpus in the repository stays small.
        let found = folder.join("found").join(&name);
        fs::create_dir_all(&found).map_err(|error| error.to_string())?;
        run(Command::new(&program)
            .args([&format!("-runs={runs}"), "-print_final_stats=1", "-verbosity=0"])
            .args(LIMITS)
            .arg(format!("-artifact_prefix={}/", folder.display()))
            .arg(&found)
            .arg(corpora.join(&name))
            .env("LIENTHONG_FUZZ", &name))?;
    }
    Ok(())
}
