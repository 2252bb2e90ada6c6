//! How numbers and days are spread: counts of buckets that are fixed beforehand, so merging is exact and in any order. A number's bucket
//! is the beginning of its floating form, seven bits of its fraction, so a quantile is wrong by 1/256 of itself at most; a day's
//! bucket is its month.

use std::collections::BTreeMap;

use crate::distinct::date_of;

/// Bits of the fraction that are kept.
const BITS: u32 = 7;

/// A quantile is wrong by this share of itself at most.
pub const ERROR: f64 = 1.0 / 256.0;

/// Counts by bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spread {
    /// In the order of the numbers.
    buckets: BTreeMap<i64, u64>,
    total: u64,
}

/// The bucket of a number, in the order of numbers.
fn bucket(number: f64) -> i64 {
    let size = i64::try_from(number.abs().to_bits() >> (52 - BITS)).unwrap_or(i64::MAX);
    if number < 0.0 { -size } else { size }
}

/// The middle of a bucket.
fn middle(bucket: i64) -> f64 {
    let size = bucket.unsigned_abs();
    if size == 0 {
        return 0.0;
    }
    let low = f64::from_bits(size << (52 - BITS));
    let high = f64::from_bits((size + 1) << (52 - BITS));
    let middle = low + (high - low) / 2.0;
    if bucket < 0 { -middle } else { middle }
}

/// The bucket of a day: months since the beginning of year 0.
pub(crate) fn month(day: i32) -> Option<i64> {
    date_of(day).map(|day| i64::from(day.year()) * 12 + i64::from(day.month()) - 1)
}

impl Spread {
    pub(crate) fn add(&mut self, number: f64, times: u64) {
        if number.is_finite() {
            self.put(bucket(number), times);
        }
    }

    pub(crate) fn put(&mut self, bucket: i64, times: u64) {
        *self.buckets.entry(bucket).or_default() += times;
        self.total += times;
    }

    /// Both together.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, times) in &other.buckets {
            *self.buckets.entry(*bucket).or_default() += times;
        }
        self.total += other.total;
    }

    /// The number below which this share of all numbers is, of finite ones; none if there is none.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        self.bucket_at(share).map(middle)
    }

    /// The month (year, month) in which the day is below which this share of all days is.
    #[must_use]
    pub fn month_quantile(&self, share: f64) -> Option<(i64, i64)> {
        self.bucket_at(share).map(|bucket| (bucket.div_euclid(12), bucket.rem_euclid(12) + 1))
    }

    fn bucket_at(&self, share: f64) -> Option<i64> {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank, which is below the number of rows"
        )]
        let rank = (share.clamp(0.0, 1.0) * self.total.saturating_sub(1) as f64).round() as u64;
        let mut seen = 0;
        self.buckets.iter().find_map(|(bucket, times)| {
            seen += times;
            (seen > rank).then_some(*bucket)
        })
    }

    /// How many numbers.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Buckets with their counts, in order: what a page draws.
    pub fn buckets(&self) -> impl Iterator<Item = (i64, u64)> {
        self.buckets.iter().map(|(bucket, times)| (*bucket, *times))
    }

    pub(crate) fn restore(buckets: impl Iterator<Item = (i64, u64)>) -> Self {
        let mut spread = Self::default();
        buckets.for_each(|(bucket, times)| spread.put(bucket, times));
        spread
    }
}
