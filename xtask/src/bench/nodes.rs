//! `cargo xtask bench nodes`: one, two and four nodes at the provider's agency, all on this machine, one after the other: does the rate hold
//! that one alone has? On a machine as small as this more nodes can carry no more; they stand for the agency's other machines only in that one
//! may fail.

use std::process::Command;
use std::time::Duration;

use crate::bench::figures::{self, Spread};
use crate::bench::pair;
use crate::bench::peers;
use crate::bench::processes::{Processes, call, free_port};
use crate::bench::rig::{ONE_KB, SERVICE, behind};
use crate::tools::debian;

/// How many nodes the agency has.
const COUNTS: [usize; 3] = [1, 2, 4];
const NAMES: [&str; 4] = ["provider-1", "provider-2", "provider-3", "provider-4"];
const CONNECTIONS: u32 = 64;
const TURNS: usize = 3;
const TURN: Duration = Duration::from_secs(6);

pub(crate) fn measure() -> Result<(), String> {
    debian(&[("nginx", "nginx"), ("wrk", "wrk"), ("openssl", "openssl")])?;
    println!(
        "{CONNECTIONS} connections, medians of {TURNS} turns of {} s, commit {}",
        TURN.as_secs(),
        figures::commit()
    );
    println!("{:>5} {:>24} {:>18} {:>20} {:>10}", "nodes", "a second", "µs CPU each", "p99 ms", "beside one");
    let mut alone = None;
    for count in COUNTS {
        let [rate, cpu, p99] = of(count)?;
        let beside = rate.median / *alone.get_or_insert(rate.median);
        println!(
            "{count:>5} {:>24} {:>18} {:>20} {beside:>10.2}",
            rate.to_string(),
            cpu.to_string(),
            p99.to_string()
        );
    }
    Ok(())
}

/// Rate, CPU time for an exchange in microseconds, and p99 in milliseconds, with so many nodes.
fn of(count: usize) -> Result<[Spread; 3], String> {
    let mut processes = Processes::begin()?;
    let system = free_port()?;
    peers::system(&processes.folder, system)?;
    let names: Vec<&str> = NAMES.into_iter().take(count).collect();
    peers::serve(&mut processes, "system", system)?;
    let edge = pair::start_with(&mut processes, SERVICE, &behind(system), &names)?;
    let address = format!("http://127.0.0.1:{edge}/r1/VN/GOV/G01/dan-cu/api/{ONE_KB}");
    pair::answered(&processes, &address)?;
    let counted: Vec<String> = names.iter().chain(&["consumer"]).map(|name| (*name).to_owned()).collect();
    let (headers, mut turns) = (pair::headers(&processes)?, [Vec::new(), Vec::new(), Vec::new()]);
    for turn in 0..=TURNS {
        let before = processes.cpu(&counted)?;
        let called = call(Command::new("wrk").args(&headers), &address, CONNECTIONS, TURN)?;
        let cpu = (processes.cpu(&counted)? - before) / called.requests;
        if turn > 0 {
            for (turns, figure) in turns.iter_mut().zip([called.per_second, cpu, called.p99_ms]) {
                turns.push(figure);
            }
        }
    }
    let [rate, cpu, p99] = turns.map(Spread::of);
    rate.zip(cpu).zip(p99).map(|((rate, cpu), p99)| [rate, cpu, p99]).ok_or_else(|| "no turn".into())
}
