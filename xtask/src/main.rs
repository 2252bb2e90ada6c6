//! `cargo xtask …`: what is done to the repository. No dependencies, so that it is built in a moment.

#![expect(clippy::print_stdout, reason = "a tool for people at a terminal")]

mod bench;
mod dist;
mod floors;
mod fuzz;
mod judge;
mod test;
mod tidy;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "cargo xtask COMMAND

  test              install what the tests need if it is missing, then run everything
  laws              laws over their whole matrix: what is shown can be found; no fault of a disk loses anything
  siege             hostile clients at every listener, long and many, beside a caller and an officer: what the two notice
  faults sync [FROM..TO]
                    schedules of what may fail while datasets are kept in step, by seed: the first thousand, or those
  fuzz [RUNS]       whatever reads bytes from outside under libFuzzer, RUNS inputs each (ten million); needs a C++ compiler
  judge contain [PAIRS] [SEED]
                    the proof that grants keep within scopes, beside every call of a small world decided as nodes decide (a million pairs)
  judge cedar [PAIRS] [SEED]
                    the same beside Cedar's symbolic check and cvc5, which are built and installed for it (a thousand)
  judge planted, judge procedures
                    over-reaches of all kinds, found; a thousand procedures, proved
  judge faults [DAYS] [SEED]
                    days of cases with faults by dice: nothing lost, doubled or sent twice unseen (200)
  tidy              the arrows of the house, file sizes, texts in both languages
  dist [--binary PROGRAM] [--out FOLDER]
                    a Debian package, a tarball, a bill of materials and sums, of the program that is built or of PROGRAM
  bench exchange [--connections 1,16,64,256] [--rate CALLS] [--out FOLDER]
                    two nodes beside nginx and HAProxy with mutual TLS: rates, CPU, delays, as a table, JSON and SVG
  bench sizes       bodies from 1 KB to 1 GB beside nginx and HAProxy, a mix of them, and the memory they take
  bench directory   a directory of up to half a million grants at a node: memory, start, revocation, decisions
  bench cases [--short] [--engine]
                    a day of 100,000 cases, 35 a second in an open loop, 10,000 resumed after a kill: the engine alone, then with hub and nodes
  bench datasets    a table of PostgreSQL through two nodes beside COPY and pgbench: ratios
  bench nodes       one, two and four nodes at an agency: whether the rate of one holds
  bench ledger      ten million entries in a node's ledger: how long look-ups take, and what the index costs
  bench quality [ROWS…]  rules and profile of a million and of ten million persons, from Parquet and from PostgreSQL, beside DuckDB, Great
                    Expectations, Soda Core and ydata-profiling
  bench registry    a registry of a nation's size on SQLite and PostgreSQL: loading, lists, searches, changes
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["test"] => test::run(),
        ["laws"] => test::at_length("laws", "LIENTHONG_LAWS"),
        ["siege"] => test::at_length("siege", "LIENTHONG_SIEGE"),
        ["faults", "sync", seeds @ ..] => test::faults(seeds),
        ["fuzz", runs @ ..] => fuzz::run_all(runs),
        ["judge", words @ ..] => judge::judge(words),
        ["tidy"] => tidy::run(),
        ["dist", options @ ..] => dist::run(options),
        ["bench", "exchange", options @ ..] => bench::exchange(options),
        ["bench", "sizes"] => bench::sizes(),
        ["bench", "directory"] => bench::directory(),
        ["bench", "cases", words @ ..] => bench::cases(words),
        ["bench", "datasets"] => bench::datasets(),
        ["bench", "nodes"] => bench::nodes(),
        ["bench", "ledger"] => bench::ledger(),
        ["bench", "quality", rows @ ..] => bench::quality(rows),
        ["bench", "registry"] => bench::registry(),
        _ => {
            println!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

/// The repository's folder.
fn root() -> PathBuf {
    // `xtask/` stands right below it. Asked when it runs: clones that share a target folder share this program, too.
    let own = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    PathBuf::from(own).parent().map(PathBuf::from).unwrap_or_default()
}
