//! A pause that grows: something is waited for since a moment, and looked at again at another.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The first pause and the longest. The first is longer than any deed is under way.
pub(crate) const FIRST: SignedDuration = SignedDuration::from_mins(5);
pub(crate) const MOST: SignedDuration = SignedDuration::from_hours(6);

/// Something that is waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wait {
    pub(crate) since: Timestamp,
    pub(crate) next: Timestamp,
}

impl Wait {
    pub(crate) fn begin(now: Timestamp) -> Self {
        Self { since: now, next: now + FIRST }
    }

    /// Whether it is time. What is farther off than any pause was set by a clock that is set back by now.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        now >= self.next || self.is_of_another_clock(now)
    }

    /// Whether it is farther off than any pause.
    pub(crate) fn is_of_another_clock(&self, now: Timestamp) -> bool {
        self.next.duration_since(now) > MOST
    }

    /// It is time now.
    pub(crate) fn hurry(&mut self, now: Timestamp) {
        self.next = self.next.min(now);
    }

    /// As long again as it was waited.
    pub(crate) fn again(&mut self, now: Timestamp) {
        self.since = self.since.min(now);
        self.next = now + now.duration_since(self.since).clamp(FIRST, MOST);
    }
}
