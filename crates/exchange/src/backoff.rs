//! Pauses between tries: doubled each time, up to the longest.

use std::time::Duration;

/// The pause before the next try.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub(crate) const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    /// The pause that is due; the next one is twice as long.
    pub(crate) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = pause.saturating_mul(2).min(self.longest);
        pause
    }

    /// Begins again with the first pause.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_again() {
        let mut backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(5));
        let pauses = [(); 4].map(|()| backoff.pause().as_secs());
        assert_eq!(pauses, [2, 4, 5, 5]);
        backoff.reset();
        assert_eq!(backoff.pause().as_secs(), 2);
    }
}
