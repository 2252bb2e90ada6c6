//! How fast a source is read: the node must never be what makes a ministry's database slow for the ministry.

use std::time::Duration;

/// A page that took so many times as long as the fastest one shows a source that has other work.
const SLOW: u32 = 4;
/// And so much longer at least.
const MARGIN: Duration = Duration::from_millis(100);
/// The longest rest after one page.
const REST_MAX: Duration = Duration::from_secs(10);

pub(super) struct Pace {
    /// Records a second at most.
    rate: u32,
    fastest: Option<Duration>,
    /// How often the source was left alone because it had become slow.
    pub(super) rests: u64,
}

impl Pace {
    pub(super) fn new(rate: u32) -> Self {
        Self { rate: rate.max(1), fastest: None, rests: 0 }
    }

    /// Whether a page shows that the source has other work.
    pub(super) fn is_slow(&self, took: Duration) -> bool {
        self.fastest.is_some_and(|fastest| took > fastest * SLOW + MARGIN)
    }

    /// Waits after a page as long as it should.
    pub(super) async fn after(&mut self, rows: u64, took: Duration, is_last: bool) {
        let wait = self.wait(rows, took);
        if !is_last {
            tokio::time::sleep(wait).await;
        }
    }

    fn wait(&mut self, rows: u64, took: Duration) -> Duration {
        // Milliseconds that so many records may take at the rate; 2,000 of them at one a second are no overflow.
        let least = Duration::from_millis(rows.saturating_mul(1000) / u64::from(self.rate));
        let rest = if self.is_slow(took) {
            self.rests += 1;
            took.min(REST_MAX)
        } else {
            Duration::ZERO
        };
        self.fastest = Some(self.fastest.map_or(took, |fastest| fastest.min(took)));
        least.saturating_sub(took).max(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_rate_and_a_rest_as_long_as_a_slow_page_took() {
        let mut pace = Pace::new(10_000);
        let millis = Duration::from_millis;
        assert_eq!(pace.wait(2000, millis(50)), millis(150));
        assert_eq!(pace.wait(2000, millis(190)), millis(10));
        assert_eq!(
            (pace.wait(2000, millis(300)), pace.rests),
            (millis(0), 0),
            "within four times and a margin"
        );
        assert_eq!((pace.wait(2000, millis(900)), pace.rests), (millis(900), 1));
        assert_eq!(pace.wait(2000, Duration::from_secs(60)), REST_MAX);
    }
}
