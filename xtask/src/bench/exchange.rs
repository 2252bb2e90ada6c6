//! `cargo xtask bench exchange`: two nodes beside two nginx and two HAProxy, on this machine, turn by turn in one run.
//!
//! All carry the same 1 KB answer of the same system from a provider's side to a consumer's, with mutual TLS between the two. nginx and
//! HAProxy do only that; the nodes also decide twice, sign and verify both ways, and record every exchange durably on both sides before
//! its answer leaves. As `-synced` the two also write a log of calls whose every line is synced to the disk, so that the like stands beside
//! the like. `direct` asks the system itself: what the caller and the system can do without anybody between them.

use std::path::PathBuf;
use std::time::Duration;

use crate::bench::figures::{self, Chart, Spread};
use crate::bench::limit;
use crate::bench::rig::{LIENTHONG, Measured, ONE_KB, Rig};
use crate::tools::{debian, target};

/// Turns that each contestant has.
const TURNS: usize = 3;
/// How long a turn lasts.
const TURN: Duration = Duration::from_secs(6);
/// Connections of the caller: one caller alone, up to more than two cores can serve at once.
const CONNECTIONS: [u32; 4] = [1, 16, 64, 256];
/// Connections over which calls come at a given rate: enough that hardly one waits for another's answer.
const OPEN_CONNECTIONS: u32 = 64;

/// What is to be measured.
struct Options {
    connections: Vec<u32>,
    /// Calls a second of the open loop; without it half of what the nodes can carry.
    rate: Option<f64>,
    /// Where JSON and SVG go.
    out: PathBuf,
}

impl Options {
    fn read(words: &[&str]) -> Result<Self, String> {
        let mut options = Self { connections: CONNECTIONS.to_vec(), rate: None, out: target().join("bench") };
        for pair in words.chunks(2) {
            match pair {
                ["--connections", list] => {
                    options.connections = list
                        .split(',')
                        .map(|count| {
                            count.parse().map_err(|_| format!("--connections {list}: numbers, as 1,64"))
                        })
                        .collect::<Result<_, _>>()?;
                }
                ["--rate", rate] => {
                    options.rate = Some(rate.parse().map_err(|_| format!("--rate {rate}: calls a second"))?);
                }
                ["--out", folder] => options.out = folder.into(),
                _ => {
                    return Err(
                        "bench exchange [--connections 1,16,64,256] [--rate CALLS] [--out FOLDER]".into()
                    );
                }
            }
        }
        Ok(options)
    }
}

/// What is measured of a turn.
struct Measure {
    name: &'static str,
    title: &'static str,
    of: fn(&Measured) -> f64,
}

const MEASURES: [Measure; 4] = [
    Measure { name: "rate", title: "exchanges a second", of: |one| one.per_second },
    Measure { name: "cpu", title: "µs of CPU on both sides for an exchange", of: |one| one.cpu_micros },
    Measure { name: "p50", title: "ms, half of the calls are faster", of: |one| one.p50_ms },
    Measure { name: "p99", title: "ms, one call in a hundred is slower", of: |one| one.p99_ms },
];

/// All turns of all contestants at a number of connections.
struct Round {
    label: String,
    turns: Vec<(&'static str, Vec<Measured>)>,
}

impl Round {
    fn spread(&self, contestant: &str, of: fn(&Measured) -> f64) -> Option<Spread> {
        let (_, turns) = self.turns.iter().find(|(name, _)| *name == contestant)?;
        Spread::of(turns.iter().map(of).collect())
    }
}

pub(crate) fn measure(words: &[&str]) -> Result<(), String> {
    let options = Options::read(words)?;
    debian(&[
        ("nginx", "nginx"),
        ("haproxy", "haproxy"),
        ("wrk", "wrk"),
        ("nghttp2-client", "h2load"),
        ("openssl", "openssl"),
    ])?;
    let mut rig = Rig::start()?;
    if let Err(why) = rig.add_synced() {
        println!("not measured: peers with synced logs: {why}");
    }
    let idle_mb = rig.idle_memory()?;
    let started = rig.start_again()?;
    let mut rounds = Vec::new();
    for connections in &options.connections {
        let by_wrk = |rig: &Rig, name: &str, time| rig.measure(name, (ONE_KB, &[]), *connections, time);
        rounds.push(round(&rig, format!("{connections} connections"), by_wrk)?);
    }
    let rate = match options.rate {
        Some(rate) => rate,
        None => most_carried(&rounds).ok_or("the nodes carried nothing")? / 2.0,
    };
    // Whoever cannot be asked so is not measured, and the others are.
    let at_rate = |rig: &Rig, name: &str, time| {
        Ok(rig.at_rate(name, OPEN_CONNECTIONS, rate, time).unwrap_or_else(|why| {
            println!("not measured: {why}");
            Measured { per_second: f64::NAN, p50_ms: f64::NAN, p99_ms: f64::NAN, cpu_micros: f64::NAN }
        }))
    };
    rounds.push(round(&rig, format!("{rate:.0}/s offered"), at_rate)?);
    tell(&rounds);
    limit::tell(rig.folder())?;
    println!(
        "\nnode: {idle_mb} MB idle; {:.2} s from its start to its first exchange",
        started.as_secs_f64()
    );
    write(&rounds, &options.out)?;
    rig.finish()
}

/// Once round to warm up, then turn by turn, so that what the machine does meanwhile hits all alike.
fn round(
    rig: &Rig,
    label: String,
    measure: impl Fn(&Rig, &str, Duration) -> Result<Measured, String>,
) -> Result<Round, String> {
    let mut turns: Vec<(&str, Vec<Measured>)> =
        rig.contestants().into_iter().map(|name| (name, Vec::new())).collect();
    for turn in 0..=TURNS {
        for (name, turns) in &mut turns {
            let one = measure(rig, name, if turn == 0 { TURN / 3 } else { TURN })?;
            if turn > 0 {
                turns.push(one);
            }
        }
    }
    println!("measured: {label}");
    Ok(Round { label, turns })
}

fn most_carried(rounds: &[Round]) -> Option<f64> {
    let rates = rounds.iter().filter_map(|round| round.spread(LIENTHONG, |one| one.per_second));
    rates.map(|rate| rate.median).max_by(f64::total_cmp)
}

/// The table: medians with the least and the most, and ratios to the two peers.
fn tell(rounds: &[Round]) {
    println!(
        "\nmedians of {TURNS} turns of {} s (least to most), 1 KB answers, {} cores, commit {}",
        TURN.as_secs(),
        std::thread::available_parallelism().map_or(1, usize::from),
        figures::commit()
    );
    for round in rounds {
        println!("\n{}", round.label);
        println!("{:<14} {:>24} {:>18} {:>20} {:>20}", "", "a second", "µs CPU each", "p50 ms", "p99 ms");
        for (name, _) in &round.turns {
            let cell = |measure: &Measure| {
                round.spread(name, measure.of).map_or("–".to_owned(), |s| s.to_string())
            };
            let [rate, cpu, p50, p99] = MEASURES.each_ref().map(cell);
            println!("{name:<14} {rate:>24} {cpu:>18} {p50:>20} {p99:>20}");
        }
        for peer in ["nginx", "haproxy", "nginx-synced", "haproxy-synced"] {
            let ratio = |of| Some(round.spread(LIENTHONG, of)?.median / round.spread(peer, of)?.median);
            let [rate, cpu, p50, p99] = MEASURES
                .each_ref()
                .map(|measure| ratio(measure.of).map_or("–".to_owned(), |r| format!("{r:.2}")));
            println!(
                "beside {peer}: {rate} of its rate, {cpu} times its CPU, {p50} times its p50, {p99} times its p99"
            );
        }
    }
}

/// One JSON file of all turns, and one SVG for each measure.
fn write(rounds: &[Round], folder: &std::path::Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    let keep = |name: &str, text: String| {
        std::fs::write(folder.join(name), text).map_err(|error| format!("{name}: {error}"))
    };
    let mut rows = Vec::new();
    for round in rounds {
        for (name, turns) in &round.turns {
            for one in turns {
                let mut row = format!("{{\"round\":\"{}\",\"contestant\":\"{name}\"", round.label);
                for measure in &MEASURES {
                    row.push_str(&format!(",\"{}\":{}", measure.name, figures::json((measure.of)(one))));
                }
                rows.push(row + "}");
            }
        }
    }
    let json = format!("{{\"commit\":\"{}\",\"turns\":[\n{}\n]}}\n", figures::commit(), rows.join(",\n"));
    keep("exchange.json", json)?;
    for measure in &MEASURES {
        let mut chart = Chart::new(measure.title);
        for round in rounds {
            for (name, _) in &round.turns {
                if let Some(spread) = round.spread(name, measure.of) {
                    chart.bar(&round.label, name, spread);
                }
            }
        }
        keep(&format!("exchange-{}.svg", measure.name), chart.svg())?;
    }
    println!("\nwritten to {}", folder.display());
    Ok(())
}
