//! `cargo xtask judge …`: what was proved or promised, judged at length by what shares nothing with it.

use std::process::Command;

use crate::root;
use crate::tools::{debian, run, target};

/// Pairs of the proof that are tried, if nobody says how many; and of those that Cedar judges.
const PAIRS: &str = "1000000";
const CEDAR_PAIRS: &str = "1000";
const PROCEDURES: &str = "1000";
/// Days of cases with faults.
const DAYS: &str = "200";

pub(crate) fn judge(words: &[&str]) -> Result<(), String> {
    match words {
        ["contain"] => judges(&["contain", PAIRS, "0"]),
        ["contain", pairs] => judges(&["contain", pairs, "0"]),
        ["contain", pairs, seed] => judges(&["contain", pairs, seed]),
        ["planted"] => judges(&["planted"]),
        ["procedures"] => judges(&["procedures", PROCEDURES]),
        ["cedar"] => cedar(CEDAR_PAIRS, "0"),
        ["cedar", pairs] => cedar(pairs, "0"),
        ["cedar", pairs, seed] => cedar(pairs, seed),
        ["faults"] => faults(DAYS, "0"),
        ["faults", days] => faults(days, "0"),
        ["faults", days, seed] => faults(days, seed),
        _ => Err("contain, planted, procedures, cedar or faults?".to_owned()),
    }
}

/// The judges' own program.
fn judges(words: &[&str]) -> Result<(), String> {
    run(Command::new("cargo").args(["build", "--release", "--package", "judges"]).current_dir(root()))?;
    run(Command::new(target().join("release/judges")).args(words))
}

/// Cedar, which is built for those who ask for it and for nobody else, beside cvc5.
fn cedar(pairs: &str, seed: &str) -> Result<(), String> {
    debian(&[("cvc5", "cvc5")])?;
    run(Command::new("cargo")
        .args(["run", "--release", "--locked", "--", pairs, seed])
        .current_dir(root().join("xtask/cedar")))
}

/// Days of cases with faults by dice, from a seed on.
fn faults(days: &str, seed: &str) -> Result<(), String> {
    run(Command::new("cargo")
        .args(["test", "--package", "cases", "--lib", "--", "days_of_cases_with_faults", "--nocapture"])
        .env("LIENTHONG_FAULTS", format!("{days} {seed}"))
        .current_dir(root()))
}
