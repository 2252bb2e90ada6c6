//! Calls a second: one bucket per grant and caller, and per system for what needs no grant; filled once a second's worth at most.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use model::fault::Fault;
use model::id::SystemId;

/// Questions about services that a system may ask, and refusals of its calls that are recorded one by one: what it can write
/// into a ledger without a grant.
const UNGRANTED_PER_SECOND: NonZeroU32 = NonZeroU32::new(20).expect("it is not zero");

/// Buckets by name. One not seen for long is forgotten with the next directory.
#[derive(Default)]
pub(crate) struct Rates {
    buckets: Mutex<HashMap<String, Bucket>>,
}

struct Bucket {
    /// Calls that may come at once, in thousandths.
    millicalls: u64,
    filled: Instant,
}

impl Rates {
    /// Takes one call out of the bucket of that name, which is of a grant and a caller.
    ///
    /// # Errors
    /// [`Fault::RateExceeded`].
    pub(crate) fn admit(
        &self,
        name: &str,
        (grant, per_second): (&str, NonZeroU32),
        now: Instant,
    ) -> Result<(), Fault> {
        let passes = self.take(name, per_second, now);
        passes
            .then_some(())
            .ok_or_else(|| Fault::RateExceeded { grant: grant.to_owned(), per_second: per_second.get() })
    }

    /// Takes one question about services out of the system's bucket.
    ///
    /// # Errors
    /// [`Fault::TooManyQuestions`].
    pub(crate) fn admit_question(&self, client: &SystemId, now: Instant) -> Result<(), Fault> {
        let passes = self.take(client.as_str(), UNGRANTED_PER_SECOND, now);
        passes.then_some(()).ok_or_else(|| Fault::TooManyQuestions {
            client: client.clone(),
            per_second: UNGRANTED_PER_SECOND.get(),
        })
    }

    /// Whether one more refusal of the system's calls is to be recorded. Beyond, they would fill the ledger as fast as they come.
    pub(crate) fn records_refusal(&self, client: &SystemId, now: Instant) -> bool {
        self.take(client.as_str(), UNGRANTED_PER_SECOND, now)
    }

    fn take(&self, name: &str, per_second: NonZeroU32, now: Instant) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(name) {
            return bucket.take(per_second, now);
        }
        let bucket =
            buckets.entry(name.to_owned()).or_insert(Bucket { millicalls: full(per_second), filled: now });
        bucket.take(per_second, now)
    }

    /// Forgets the buckets that are full again.
    pub(crate) fn forget_idle(&self, now: Instant) {
        let second = Duration::from_secs(1);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.retain(|_, bucket| now.saturating_duration_since(bucket.filled) < second);
    }
}

fn full(per_second: NonZeroU32) -> u64 {
    u64::from(per_second.get()) * 1000
}

impl Bucket {
    fn take(&mut self, per_second: NonZeroU32, now: Instant) -> bool {
        let since = now.saturating_duration_since(self.filled);
        let more =
            u64::try_from(since.as_micros()).unwrap_or(u64::MAX).saturating_mul(u64::from(per_second.get()))
                / 1000;
        // Less than a thousandth of a call waits for the next time.
        if more > 0 {
            self.millicalls = self.millicalls.saturating_add(more).min(full(per_second));
            self.filled = now;
        }
        let left = self.millicalls.checked_sub(1000);
        self.millicalls = left.unwrap_or(self.millicalls);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(per_second: u32) -> NonZeroU32 {
        NonZeroU32::new(per_second).unwrap()
    }

    #[test]
    fn as_many_as_granted_pass_and_more_later() {
        let (rates, start) = (Rates::default(), Instant::now());
        let passed = |at: Instant| (0..20).filter(|_| rates.admit("g", ("g", rate(5)), at).is_ok()).count();
        assert_eq!(passed(start), 5);
        assert_eq!(passed(start + Duration::from_millis(199)), 0);
        assert_eq!(passed(start + Duration::from_millis(400)), 2);
        assert_eq!(passed(start + Duration::from_secs(60)), 5, "no more than a second's worth is saved up");
        rates.forget_idle(start + Duration::from_secs(62));
        assert_eq!(passed(start + Duration::from_secs(62)), 5);
    }

    #[test]
    fn slow_rates_are_kept_by_many_small_steps_too() {
        let (rates, start) = (Rates::default(), Instant::now());
        let passed = (0..10_000u64)
            .filter(|step| {
                rates.admit("g", ("g", rate(1)), start + Duration::from_micros(step * 300)).is_ok()
            })
            .count();
        // 3 seconds: the one that was there, and one in each second.
        assert!((3..=4).contains(&passed), "{passed}");
    }
}
