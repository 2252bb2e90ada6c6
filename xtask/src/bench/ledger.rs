//! `cargo xtask bench ledger`: look-ups in a ledger of ten million synthetic entries.

use std::fs;
use std::process::Command;

use crate::bench::figures;
use crate::root;
use crate::tools::{capture, run, target};

/// What a busy node records in some months.
const ENTRIES: &str = "10000000";

pub(crate) fn measure() -> Result<(), String> {
    run(Command::new("cargo")
        .args(["build", "--release", "--workspace", "--example", "lookup"])
        .current_dir(root()))?;
    let folder = target().join("bench-ledger");
    // Some 7 GB: not left behind.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    println!("commit {}", figures::commit());
    let told = capture(
        Command::new(target().join("release/examples/lookup")).args([ENTRIES, &folder.display().to_string()]),
    );
    let _ = fs::remove_dir_all(&folder);
    println!("{}", told?);
    Ok(())
}
