//! A source, a provider, a receiver and the way between them, all of which fail as a seed says; and what holds whatever it says.

mod play;
mod provider;
mod receiver;
mod source;

/// So many schedules in the ordinary tests. `LIENTHONG_SYNC_SEEDS=FROM..TO` plays others, one of them again for instance.
const SEEDS: std::ops::Range<u64> = 0..200;

/// The seeds that are played.
#[expect(clippy::disallowed_methods, reason = "a seed is played again by whoever looks for its mistake")]
fn seeds() -> std::ops::Range<u64> {
    let asked = std::env::var("LIENTHONG_SYNC_SEEDS").ok().and_then(|range| {
        let (from, to) = range.split_once("..")?;
        Some(from.parse().ok()?..to.parse().ok()?)
    });
    asked.unwrap_or(SEEDS)
}

#[test]
fn nothing_is_lost_doubled_or_torn_whatever_fails() {
    let mut seen = play::Seen::default();
    for seed in seeds() {
        seen.add(&play::schedule(seed));
    }
    println!("{seen:?}");
    seen.check();
}

#[test]
fn what_is_read_in_rounds_was_so_and_comes_to_be_as_it_is() {
    let mut seen = play::Seen::default();
    for seed in seeds() {
        seen.add(&play::rounds(seed));
    }
    println!("{seen:?}");
}
