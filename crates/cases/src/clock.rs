//! The one place where this crate reads the clock.

use jiff::Timestamp;

/// The machine's time. Whoever computes is given it as `now`.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the rim: everything behind it is given `now`")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
