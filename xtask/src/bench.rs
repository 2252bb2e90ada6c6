//! `cargo xtask bench exchange`: two nodes beside two nginx and two HAProxy, on this machine, turn by turn in one run.
//!
//! All three carry the same 1 KB answer of the same system from a provider's side to a consumer's, with mutual TLS between
//! the two. nginx and HAProxy do only that; the nodes also decide twice, sign and verify both ways, and record every exchange
//! durably on both sides before its answer leaves.

mod datasets;
mod nation;
mod pair;
mod peers;
mod processes;
mod registry;
mod rig;

use std::time::Duration;

use crate::tools::debian;
pub(crate) use datasets::measure as datasets;
pub(crate) use registry::measure as registry;
use rig::{Measured, Rig};

/// Turns that each contestant has.
const TURNS: usize = 3;
/// How long a turn lasts.
const TURN: Duration = Duration::from_secs(6);
/// Connections of the caller: enough to saturate two cores.
const CONNECTIONS: u32 = 64;

pub(crate) fn exchange(options: &[&str]) -> Result<(), String> {
    let connections = match options {
        [] => CONNECTIONS,
        ["--connections", count] => count.parse().map_err(|_| "--connections takes a number".to_owned())?,
        _ => return Err("bench exchange [--connections N]".into()),
    };
    debian(&[("nginx", "nginx"), ("haproxy", "haproxy"), ("wrk", "wrk"), ("openssl", "openssl")])?;
    let rig = Rig::start()?;
    let mut measured: Vec<(&str, Vec<Measured>)> =
        rig.contestants().into_iter().map(|name| (name, Vec::new())).collect();
    // Once round to warm up, then turn by turn, so that what the machine does meanwhile hits all alike.
    for turn in 0..=TURNS {
        for (name, turns) in &mut measured {
            let one = rig.measure(name, connections, if turn == 0 { TURN / 3 } else { TURN })?;
            println!(
                "{name:<22} {:>9.0}/s  p50 {:>7.2} ms  p99 {:>7.2} ms  {:>6.1} µs CPU per exchange{}",
                one.per_second,
                one.p50_ms,
                one.p99_ms,
                one.cpu_micros,
                if turn == 0 { "  (warm-up)" } else { "" }
            );
            if turn > 0 {
                turns.push(one);
            }
        }
    }
    report(&measured, connections);
    rig.finish()
}

/// Medians over the turns, and ratios to the two peers.
fn report(measured: &[(&str, Vec<Measured>)], connections: u32) {
    let median = |turns: &[Measured], of: fn(&Measured) -> f64| {
        let mut values: Vec<f64> = turns.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    println!(
        "\nmedian of {TURNS} turns of {} s, {connections} connections, 1 KB answers, {} cores",
        TURN.as_secs(),
        std::thread::available_parallelism().map_or(1, usize::from)
    );
    println!("{:<22} {:>10} {:>12} {:>10} {:>10}", "", "per second", "µs CPU each", "p50 ms", "p99 ms");
    for (name, turns) in measured {
        let row = [
            median(turns, |one| one.per_second),
            median(turns, |one| one.cpu_micros),
            median(turns, |one| one.p50_ms),
            median(turns, |one| one.p99_ms),
        ];
        println!("{name:<22} {:>10.0} {:>12.1} {:>10.2} {:>10.2}", row[0], row[1], row[2], row[3]);
    }
    let of = |wanted: &str, of: fn(&Measured) -> f64| {
        measured.iter().find(|(name, _)| *name == wanted).map_or(f64::NAN, |(_, turns)| median(turns, of))
    };
    for peer in ["nginx", "haproxy"] {
        let (rate, cpu) = (
            of("lienthong", |one| one.per_second) / of(peer, |one| one.per_second),
            of("lienthong", |one| one.cpu_micros) / of(peer, |one| one.cpu_micros),
        );
        println!(
            "lienthong / {peer}: {rate:.2} of its exchanges a second, {cpu:.1} times its CPU per exchange"
        );
    }
}
