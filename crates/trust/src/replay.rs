//! Refuses messages that are too old, from the future, or here for the second time.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use model::fault::Fault;

use crate::message::Params;

/// How far a signature's time may lie from ours, either way. Nodes keep time by NTP (SEC-03); a minute is generous.
pub const SKEW_SECONDS: i64 = 60;
/// Nonces remembered in one generation. At 10,000 messages a second a generation of 60 s holds 600,000 of 16 bytes.
const GENERATION_MAX: usize = 2_000_000;

/// Remembers the nonces of messages as long as they would still be fresh.
#[derive(Default)]
pub struct ReplayGuard {
    generations: Mutex<Generations>,
}

/// Two generations: a nonce seen stays known for at least the time a message is fresh, and at most twice that.
#[derive(Default)]
struct Generations {
    current: HashSet<u128>,
    previous: HashSet<u128>,
    current_began: i64,
}

impl ReplayGuard {
    /// Lets a message through once. Call it after its signature was verified, so that nobody fills it with lies.
    ///
    /// # Errors
    /// [`Fault::NotFresh`], [`Fault::Replayed`]; [`Fault::Overloaded`] when more messages come than it can remember.
    pub fn admit(&self, params: &Params, now: Timestamp) -> Result<(), Fault> {
        check_fresh(params, now)?;
        let mark = mark(params);
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        generations.turn(now.as_second());
        if generations.previous.contains(&mark) {
            return Err(Fault::Replayed {});
        }
        if generations.current.len() >= GENERATION_MAX {
            return Err(Fault::Overloaded {});
        }
        if generations.current.insert(mark) { Ok(()) } else { Err(Fault::Replayed {}) }
    }
}

impl Generations {
    fn turn(&mut self, now: i64) {
        // A message is fresh from SKEW before to SKEW after its time: its nonce must be known for twice the skew.
        let age = now - self.current_began;
        if age >= 2 * SKEW_SECONDS {
            self.previous = std::mem::take(&mut self.current);
            if age >= 4 * SKEW_SECONDS {
                self.previous.clear();
            }
            self.current_began = now;
        }
    }
}

/// Whether a message was made about now.
///
/// # Errors
/// [`Fault::NotFresh`].
pub fn check_fresh(params: &Params, now: Timestamp) -> Result<(), Fault> {
    let off_seconds = now.as_second() - params.created.as_second();
    if off_seconds.abs() > SKEW_SECONDS {
        return Err(Fault::NotFresh { off_seconds, limit_seconds: SKEW_SECONDS });
    }
    Ok(())
}

/// 128 bits of the key's name and the nonce together: two different messages do not share them.
fn mark(params: &Params) -> u128 {
    let hash = model::merkle::leaf_hash(&[params.keyid.as_bytes(), b"\0", params.nonce.as_bytes()]);
    let (half, _) = hash.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    u128::from_be_bytes(*half)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(nonce: &str, second: i64) -> Params {
        Params {
            created: Timestamp::from_second(second).unwrap(),
            nonce: nonce.into(),
            keyid: "k".into(),
            alg: String::new(),
        }
    }

    #[test]
    fn a_message_passes_once_while_it_is_fresh() {
        let guard = ReplayGuard::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        let message = params("a", 1000);
        assert_eq!(guard.admit(&message, at(940)), Ok(()));
        for second in [940, 1000, 1060] {
            assert_eq!(guard.admit(&message, at(second)), Err(Fault::Replayed {}), "{second}");
        }
        assert_eq!(guard.admit(&params("b", 1000), at(1000)), Ok(()));
    }

    #[test]
    fn old_and_future_messages_are_refused() {
        let guard = ReplayGuard::default();
        let now = Timestamp::from_second(1000).unwrap();
        for (second, off_seconds) in [(939, 61), (1061, -61)] {
            assert_eq!(
                guard.admit(&params("a", second), now),
                Err(Fault::NotFresh { off_seconds, limit_seconds: 60 })
            );
        }
    }

    #[test]
    fn what_was_seen_is_known_as_long_as_it_is_fresh() {
        // Whatever the moment of a generation's turn, a message first seen at its earliest is refused at its latest.
        for first in 900..1300 {
            let guard = ReplayGuard::default();
            let at = |second| Timestamp::from_second(second).unwrap();
            let _ = guard.admit(&params("turn", 900), at(900));
            let message = params("x", first + SKEW_SECONDS);
            assert_eq!(guard.admit(&message, at(first)), Ok(()));
            let _ = guard.admit(&params("between", first + 60), at(first + 60));
            assert_eq!(
                guard.admit(&message, at(first + 2 * SKEW_SECONDS)),
                Err(Fault::Replayed {}),
                "{first}"
            );
        }
    }
}
