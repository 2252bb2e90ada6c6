//! Values that were compared and were wrong. A confirmation shows nothing, but whoever may ask often enough finds out by trying. So the
//! wrong ones are counted by caller and key and by caller alone: some are free, for people mistype; then each takes its time; then none
//! is compared for the rest of the hour, and the owner is told.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use model::id::SystemId;
use sha2::{Digest as _, Sha256};

/// For how long a wrong value counts, from the first.
const COUNTED: Duration = Duration::from_secs(3600);
/// Wrong values for one key: how many are free, and how many there may be. A day of birth within ten years has 3,652 values.
const OF_KEY: (u32, u32) = (5, 10);
/// Wrong values and keys that nobody has, of one caller in all. A list that is compared with the register has some wrong, not a thousand an
/// hour.
const OF_CALLER: (u32, u32) = (500, 1000);
/// How much longer each one takes that is not free; up to five times as long.
const STEP: Duration = Duration::from_secs(1);

/// What was wrong of late.
#[derive(Default)]
pub(super) struct Guesses(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    /// Each caller adds a thousand keys an hour at most.
    of: HashMap<Counted, Count>,
    /// How many there may be before those that no longer count are looked for.
    sweep_at: usize,
}

/// A caller and the digest of a key; without one, all keys.
type Counted = (SystemId, Option<[u8; 32]>);

#[derive(Clone, Copy)]
struct Count {
    wrong: u32,
    since: Instant,
}

/// A comparison under way: counted as wrong, so that many at once do not all pass, until it turns out otherwise.
pub(super) struct Try<'a> {
    guesses: &'a Guesses,
    /// What is to be taken back.
    counted: Vec<Counted>,
    /// How long it is to take.
    pub(super) wait: Duration,
}

/// No more for now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMany {
    /// For how long.
    pub(super) left: Duration,
    /// Whether nobody was told so before.
    pub(super) is_first: bool,
}

impl Guesses {
    /// Begins a comparison.
    pub(super) fn begin(&self, client: &SystemId, key: &str, now: Instant) -> Result<Try<'_>, TooMany> {
        let counted = vec![(client.clone(), Some(Sha256::digest(key).into())), (client.clone(), None)];
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut wait = Duration::ZERO;
        for (one, (free, most)) in counted.iter().zip([OF_KEY, OF_CALLER]) {
            let Some(count) = counts.of.get_mut(one) else { continue };
            let left = COUNTED.saturating_sub(now.saturating_duration_since(count.since));
            if left.is_zero() {
                counts.of.remove(one);
            } else if count.wrong >= most {
                // One beyond the most says that it was told.
                let is_first = count.wrong == most;
                count.wrong = most + 1;
                return Err(TooMany { left, is_first });
            } else {
                wait = wait.max(STEP * (count.wrong + 1).saturating_sub(free).min(5));
            }
        }
        if counts.of.len() >= counts.sweep_at {
            counts.of.retain(|_, count| now.saturating_duration_since(count.since) < COUNTED);
            counts.sweep_at = 1000 + 2 * counts.of.len();
        }
        for one in &counted {
            counts.of.entry(one.clone()).or_insert(Count { wrong: 0, since: now }).wrong += 1;
        }
        Ok(Try { guesses: self, counted, wait })
    }
}

impl Try<'_> {
    /// A value was wrong.
    pub(super) fn was_wrong(mut self) {
        self.counted.clear();
    }

    /// Nobody has the key. Who asks for one again and again finds out nothing of it; who asks for many finds out which there are.
    pub(super) fn had_no_record(mut self) {
        self.counted.truncate(1);
    }
}

impl Drop for Try<'_> {
    fn drop(&mut self) {
        let mut counts = self.guesses.0.lock().unwrap_or_else(PoisonError::into_inner);
        for one in &self.counted {
            if let Some(count) = counts.of.get_mut(one) {
                count.wrong = count.wrong.saturating_sub(1);
                if count.wrong == 0 {
                    counts.of.remove(one);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(name: &str) -> SystemId {
        format!("VN/LOC/H05/{name}").parse().unwrap()
    }

    #[test]
    fn wrong_values_are_slowed_then_refused_and_the_owner_is_told_once() {
        let (guesses, a, start) = (Guesses::default(), client("a"), Instant::now());
        let mut waits = Vec::new();
        for _ in 0..OF_KEY.1 {
            let one = guesses.begin(&a, "1", start).unwrap();
            waits.push(one.wait.as_secs());
            one.was_wrong();
        }
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 3, 4, 5]);
        let refused = |at| guesses.begin(&a, "1", at).err();
        assert_eq!(refused(start), Some(TooMany { left: COUNTED, is_first: true }));
        let later = start + Duration::from_secs(600);
        assert_eq!(refused(later), Some(TooMany { left: Duration::from_secs(3000), is_first: false }));
        assert!(guesses.begin(&a, "2", start).is_ok() && guesses.begin(&client("b"), "1", start).is_ok());
        assert_eq!(refused(start + COUNTED), None, "an hour later it may be tried again");
    }

    #[test]
    fn right_values_cost_nothing_and_many_at_once_do_not_all_pass() {
        let (guesses, a, now) = (Guesses::default(), client("a"), Instant::now());
        for _ in 0..100 {
            assert_eq!(guesses.begin(&a, "1", now).unwrap().wait, Duration::ZERO);
        }
        let under_way: Vec<_> = (0..100).filter_map(|_| guesses.begin(&a, "1", now).ok()).collect();
        assert_eq!(under_way.len(), OF_KEY.1 as usize);
    }

    #[test]
    fn who_tries_many_keys_is_counted_over_all() {
        let (guesses, a, now) = (Guesses::default(), client("a"), Instant::now());
        for key in 0..OF_CALLER.1 {
            guesses.begin(&a, &key.to_string(), now).unwrap().had_no_record();
        }
        assert!(guesses.begin(&a, "another", now).is_err());
        let (guesses, poll) = (Guesses::default(), "a child not registered yet");
        for _ in 0..100 {
            guesses.begin(&a, poll, now).unwrap().had_no_record();
        }
        assert_eq!(guesses.begin(&a, poll, now).unwrap().wait, Duration::ZERO);
    }
}
