//! `cargo xtask judge …`: the judges at length.

#![expect(clippy::print_stdout, reason = "a tool for people at a terminal")]

use std::process::ExitCode;
use std::time::Instant;

use judges::pairs::Pair;
use judges::planted;
use judges::procedures::Published;
use judges::verdict::{Judged, Verdict, judge, told};
use judges::world::World;

const HELP: &str = "judges contain PAIRS SEED | planted | procedures COUNT";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok());
    let done = match (words.first(), number(1), number(2)) {
        (Some(&"contain"), Some(1), Some(seed)) => one(seed),
        (Some(&"contain"), Some(pairs), Some(seed)) => contain(pairs, seed),
        (Some(&"planted"), _, _) => all_planted(),
        (Some(&"procedures"), Some(count), _) => procedures(usize::try_from(count).unwrap_or(usize::MAX)),
        _ => Err(HELP.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("judges: {why}");
            ExitCode::FAILURE
        }
    }
}

/// One pair, with what each says of it.
fn one(seed: u64) -> Result<(), String> {
    let pair = Pair::of_seed(seed);
    let verdict = Verdict::of(&pair, &mut World::new());
    println!("{}", told(&pair, &verdict));
    if verdict.is_right() { Ok(()) } else { Err(format!("the proof is wrong at seed {seed}")) }
}

fn contain(pairs: u64, seed: u64) -> Result<(), String> {
    let began = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let share = pairs.div_ceil(threads);
    let judged = std::thread::scope(|scope| {
        let judging: Vec<_> = (0..threads)
            .map(|number| {
                let seeds = seed + (number * share).min(pairs)..seed + ((number + 1) * share).min(pairs);
                scope.spawn(move || {
                    let mut world = World::new();
                    judge(seeds, &mut world).map(|judged| (judged, world.decisions))
                })
            })
            .collect();
        judging
            .into_iter()
            .map(|one| one.join().map_err(|_| "a judge has given up".to_owned()))
            .collect::<Vec<_>>()
    });
    let (mut all, mut decisions) = (Judged::default(), 0);
    for one in judged {
        let (one, made) = one?.map_err(|(seed, told)| {
            format!("the proof is wrong; again: cargo xtask judge contain 1 {seed}\n{told}")
        })?;
        all.covered += one.covered;
        all.uncovered += one.uncovered;
        decisions += made;
    }
    println!(
        "{pairs} pairs from seed {seed}: {} covered, {} not, each counter-example one; {decisions} decisions, {:.1} s",
        all.covered,
        all.uncovered,
        began.elapsed().as_secs_f64()
    );
    Ok(())
}

fn all_planted() -> Result<(), String> {
    let mut world = World::new();
    let all = planted::all();
    for planted in &all {
        let found = planted.check(&mut world)?;
        println!("{:<55} {found}", format!("{:?}", planted.kinds));
    }
    println!("{} over-reaches, all found", all.len());
    Ok(())
}

fn procedures(count: usize) -> Result<(), String> {
    let proved = Published::shipped()?.multiplied(count).prove();
    println!(
        "{count} procedures with {} asks and deeds proved in {:.0} ms; not covered: {}",
        proved.asked,
        proved.took.as_secs_f64() * 1000.0,
        proved.uncovered.len()
    );
    if proved.uncovered.is_empty() { Ok(()) } else { Err(format!("{:?}", proved.uncovered.first())) }
}
