//! Makes a ledger of synthetic entries, as large as a node's of years, and says how long look-ups in it take:
//! `cargo run --release -p ledger --example lookup ENTRIES FOLDER`. For `cargo xtask bench ledger`.

#![expect(clippy::print_stdout, reason = "a tool for a measurement")]

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use ledger::lookup::Wanted;
use ledger::{Entry, Field, Ledger, Lookup, Proof, Side};

type Failed = Box<dyn std::error::Error>;

/// Entries that wait together, so that commits are as large as they get.
const AT_ONCE: u64 = 1024;
/// Each question is asked so often, with other values.
const TIMES: u64 = 21;
/// When the first entry was recorded, and how far they lie apart: ten million are 116 days.
const BEGIN: i64 = 1_790_000_000_000_000;
const APART: i64 = 1_000_000;

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [entries, folder] = arguments.as_slice() else { return Err("ENTRIES FOLDER".into()) };
    let (entries, folder) = (entries.parse::<u64>()?, Path::new(folder));
    let (ledger, index) = (folder.join("ledger"), folder.join("ledger-index"));
    if !ledger.exists() {
        let began = Instant::now();
        write(&ledger, entries)?;
        println!("{entries} entries written in {:.0} s", began.elapsed().as_secs_f64());
    }
    let lookup = Lookup::new(&ledger, &index);
    let began = Instant::now();
    let kept = lookup.keep(&mut HashSet::new(), u64::MAX, || true)?;
    let took = began.elapsed();
    let (held, beside) = (bytes(&ledger)?, bytes(&index)?);
    println!(
        "{} indexes made in {:.1} s, {:.2} µs an entry; ledger {:.0} bytes an entry, index {:.1} ({:.1} %)",
        kept.made,
        took.as_secs_f64(),
        took.as_secs_f64() * 1e6 / ratio(entries),
        ratio(held) / ratio(entries),
        ratio(beside) / ratio(entries),
        100.0 * ratio(beside) / ratio(held),
    );
    ask_all(&lookup, entries)
}

fn ask_all(lookup: &Lookup, entries: u64) -> Result<(), Failed> {
    let one = |field, value: String| Wanted { all: vec![(field, value)], ..Wanted::default() };
    let both = |terms: [(Field, &str); 2]| Wanted {
        all: terms.map(|(field, value)| (field, value.to_owned())).to_vec(),
        ..Wanted::default()
    };
    let place = |turn: u64| (turn * 7_919_993 + 11) % entries;
    println!("{:<52} {:>6} {:>9} {:>9} {:>9} {:>9}", "", "found", "read", "p50 ms", "max ms", "CPU ms");
    told("one case of all", |turn| lookup_of(lookup, &one(Field::Case, case(place(turn)))))?;
    told("one message's id", |turn| lookup_of(lookup, &one(Field::Id, format!("VN-{:08x}", place(turn)))))?;
    told("a case that is not there", |turn| lookup_of(lookup, &one(Field::Case, format!("không {turn}"))))?;
    told("an officer's newest 100", |turn| lookup_of(lookup, &one(Field::Officer, officer(turn * 31))))?;
    told("the newest 100 that were refused by one code", |_| {
        lookup_of(lookup, &one(Field::Code, "LT-2104".into()))
    })?;
    told("a system's newest 100 of one service", |turn| {
        let (client, service) = (client(turn), service(turn));
        lookup_of(lookup, &both([(Field::Client, &client), (Field::Service, &service)]))
    })?;
    told("two common values that never stand together", |_| {
        lookup_of(lookup, &both([(Field::Outcome, "answered"), (Field::Code, "LT-2104")]))
    })?;
    told("100 of a minute, by time alone", |turn| {
        let at = |place| {
            Timestamp::from_microsecond(BEGIN + i64::try_from(place).unwrap_or_default() * APART).ok()
        };
        let wanted = Wanted { from: at(place(turn)), to: at(place(turn) + 60), ..Wanted::default() };
        lookup_of(lookup, &wanted)
    })?;
    told("the newest 100 of all", |_| lookup_of(lookup, &Wanted::default()))
}

/// Entries found, and entries read for it.
fn lookup_of(lookup: &Lookup, wanted: &Wanted) -> Result<(usize, u64), Failed> {
    let page = lookup.page(wanted, 100, || true)?;
    Ok((page.found.len(), page.work.entries))
}

fn told(what: &str, ask: impl Fn(u64) -> Result<(usize, u64), Failed>) -> Result<(), Failed> {
    let (mut times, mut last, before) = (Vec::new(), (0, 0), cpu());
    for turn in 0..TIMES {
        let began = Instant::now();
        last = ask(turn)?;
        times.push(began.elapsed());
    }
    let used = millis_of(cpu().saturating_sub(before)) / ratio(TIMES);
    times.sort_unstable();
    let millis = |time: Option<&Duration>| time.copied().map_or(0.0, millis_of);
    let (middle, most) = (millis(times.get(times.len() / 2)), millis(times.last()));
    println!("{what:<52} {:>6} {:>9} {middle:>9.1} {most:>9.1} {used:>9.1}", last.0, last.1);
    Ok(())
}

fn millis_of(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// What this thread has run: others on the machine do not count.
fn cpu() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = told.split_whitespace().next().and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(nanos.unwrap_or_default())
}

fn write(folder: &Path, entries: u64) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let (ledger, _) = Ledger::open(folder, |_, _| ())?;
    runtime.block_on(async {
        let local = tokio::task::LocalSet::new();
        let tasks: Vec<_> = (0..AT_ONCE)
            .map(|first| {
                let ledger = ledger.clone();
                local.spawn_local(async move {
                    let mut number = first;
                    while number < entries {
                        ledger.append(&entry(number)).await?;
                        number += AT_ONCE;
                    }
                    Ok::<(), ledger::LedgerError>(())
                })
            })
            .collect();
        local.await;
        for task in tasks {
            task.await??;
        }
        Ok(())
    })
}

fn client(number: u64) -> String {
    format!("VN/LOC/H{:02}/mot-cua", number % 34 + 1)
}

fn service(number: u64) -> String {
    format!("VN/GOV/G{:02}/dan-cu/nguoi", number / 34 % 20 + 1)
}

fn officer(number: u64) -> String {
    format!("can.bo.{}", number % 5_000)
}

fn case(number: u64) -> String {
    // Two calls a case.
    format!("H05.{:02}-26-{:08}", number / 2 % 30, number / 2)
}

/// As long as entries of the demo nation: bases as nodes write them, a signature alone and one of a batch.
fn entry(number: u64) -> Entry {
    let micros = BEGIN + i64::try_from(number).unwrap_or_default() * APART;
    let at = Timestamp::from_microsecond(micros).unwrap_or_default();
    // Spread, so that what is rare comes in all segments.
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (client, service, officer) = (client(mixed >> 8), service(mixed >> 8), officer(mixed >> 20));
    let signature = |salt: u64, length: usize| -> Vec<u8> {
        (0..length as u64)
            .map(|at| (mixed ^ salt).wrapping_mul(at * 2 + 3).to_be_bytes())
            .map(|[byte, ..]| byte)
            .collect()
    };
    let digest = format!("sha-256=:{:016x}{:016x}AAAAAAAAAAA=:", mixed, !mixed);
    let params = |list: &str, node: &str| {
        format!(
            "\"@signature-params\": ({list});created={};nonce=\"{mixed:016x}AAAAAA\";keyid=\"{node}/nut-1#{:016x}\";alg=\"ed25519\";tag=\"lienthong\"",
            micros / 1_000_000,
            mixed >> 56
        )
    };
    let (mine, theirs) = (client.trim_end_matches("/mot-cua"), service.trim_end_matches("/dan-cu/nguoi"));
    let request = Proof {
        base: format!(
            "\"@method\": GET\n\"@path\": /r1/{service}/{:012}\n\"@query\": ?\n\"x-road-client\": {client}\n\"x-road-id\": VN-{number:08x}\n\
             \"x-road-request-id\": 0193-{number:016x}\n\"x-road-userid\": {officer}\n\"x-road-issue\": {}\n\"lienthong-purpose\": khai-sinh\n\
             \"content-digest\": {digest}\n{}",
            mixed % 1_000_000_000_000,
            case(number),
            params(
                "\"@method\" \"@path\" \"@query\" \"x-road-client\" \"x-road-id\" \"x-road-request-id\" \"x-road-userid\" \"x-road-issue\" \"lienthong-purpose\" \"content-digest\"",
                mine
            )
        ),
        signature: signature(1, 64),
    };
    // One in fifty is refused by a rule, one in two hundred fails.
    let (status, fault) = match mixed % 200 {
        0..4 => ("500", "\"lienthong-fault\": LT-2104\n"),
        4 => ("500", "\"lienthong-fault\": LT-4102\n"),
        _ => ("200", ""),
    };
    let answer = Proof {
        base: format!(
            "\"@status\": {status}\n\"content-type\": application/json\n{fault}\"content-digest\": {digest}\n{}",
            params("\"@status\" \"content-type\" \"content-digest\"", theirs)
        ),
        signature: signature(2, 64 + 4 * 32),
    };
    let side = if mixed.is_multiple_of(3) { Side::Consumer } else { Side::Provider };
    Entry::Exchange { at, side, request, answer }
}

fn bytes(folder: &Path) -> std::io::Result<u64> {
    std::fs::read_dir(folder)?.map(|file| Ok(file?.metadata()?.len())).sum()
}

fn ratio(number: u64) -> f64 {
    number as f64
}
