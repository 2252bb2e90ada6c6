//! Sketches keep to the errors they tell, whatever they are given.

use std::collections::HashMap;

use proptest::prelude::*;

use crate::distinct::Hasher;
use crate::state::counts::Counts;
use crate::state::hll::Distinct;
use crate::state::spread::{self, Spread};
use crate::state::uniques::Uniques;

#[test]
fn distinct_values_are_counted_within_five_standard_errors() {
    let hasher = Hasher::new(&[3; 16]);
    let mut sketch = Distinct::default();
    let mut next = 0u64;
    for wanted in [0u64, 1, 2, 10, 100, 1000, 10_000, 16_384, 40_000, 65_536, 100_000, 400_000, 1_000_000] {
        while next < wanted {
            // What a nation has: numbers that follow one another. Each stands there several times.
            let digest = hasher.bytes(format!("0012{next:08}").as_bytes());
            (0..3).for_each(|_| sketch.add(digest));
            next += 1;
        }
        let (found, wanted) = (sketch.estimate(), wanted as f64);
        let bound = (5.0 * Distinct::ERROR * wanted).max(0.5);
        assert!((found - wanted).abs() <= bound, "{found} instead of {wanted}");
    }
}

proptest! {
    #[test]
    fn quantiles_are_within_their_share(mut numbers in prop::collection::vec(prop_oneof![
        any::<f64>().prop_filter("finite", |n| n.is_finite()), -1e3..1e3f64, Just(0.0), Just(f64::MIN_POSITIVE), Just(f64::MAX), 0.999..1.001f64,
    ], 1..300), share in 0.0..=1.0f64) {
        let mut spread = Spread::default();
        numbers.iter().for_each(|number| spread.add(*number, 1));
        numbers.sort_by(f64::total_cmp);
        #[expect(clippy::cast_possible_truncation, reason = "a rank")]
        let rank = (share * (numbers.len() - 1) as f64).round() as usize;
        let (wanted, found) = (numbers[rank], spread.quantile(share).unwrap());
        // Below the least normal number the bits are not a share of it.
        let bound = (wanted.abs() * spread::ERROR).max(f64::MIN_POSITIVE);
        prop_assert!((found - wanted).abs() <= bound || (wanted - found).is_infinite(), "{} instead of {}", found, wanted);
    }

    /// Values come in waves that push one another out: the worst that such a table can meet.
    #[test]
    fn counts_are_too_low_by_no_more_than_they_tell(batches in prop::collection::vec(prop::collection::vec(0u64..60, 0..80), 1..12), cut in 0usize..12) {
        const PLACES: usize = 8;
        let mut truth: HashMap<u64, u64> = HashMap::new();
        let mut tables = [Counts::new(PLACES), Counts::new(PLACES)];
        for (at, batch) in batches.iter().enumerate() {
            let table = &mut tables[usize::from(at >= cut)];
            for value in batch {
                // A few are frequent, most are new.
                let value = if value % 3 == 0 { value % 4 } else { value + 100 * at as u64 };
                *truth.entry(value).or_default() += 1;
                table.add(value, 1, u32::try_from(value).unwrap());
            }
            table.settle(|at| at.to_string());
        }
        let [mut merged, other] = tables;
        merged.merge(&other);
        merged.finish();
        let total: u64 = truth.values().sum();
        prop_assert_eq!(merged.total(), total);
        prop_assert!(merged.len() <= PLACES);
        prop_assert!(merged.error() <= total / (PLACES as u64 + 1), "{} of {}", merged.error(), total);
        for (value, count) in truth {
            let found = merged.of(&value.to_string());
            prop_assert!(found <= count && count <= found + merged.error(), "{}: {} instead of {}", value, found, count);
        }
    }

    #[test]
    fn doubles_are_exact_or_a_sample_of_values_with_all_their_rows(rows in prop::collection::vec(0u64..300, 0..600), places in 1usize..400, cut in 0usize..600) {
        let hasher = Hasher::new(&[5; 16]);
        let digest = |value: &u64| hasher.bytes(&value.to_le_bytes());
        let mut both = [Uniques::new(places), Uniques::new(places)];
        let mut whole = Uniques::new(places);
        for (at, row) in rows.iter().enumerate() {
            both[usize::from(at >= cut)].add(digest(row));
            whole.add(digest(row));
            // Sorted in at any time.
            if at % 37 == 0 {
                whole.finish();
            }
        }
        whole.finish();
        let [mut merged, other] = both;
        merged.merge(&other);
        prop_assert_eq!(&merged, &whole);
        let mut truth: HashMap<u64, u64> = HashMap::new();
        rows.iter().for_each(|row| *truth.entry(digest(row)).or_default() += 1);
        prop_assert_eq!(whole.is_exact(), truth.len() <= places);
        let halved = (0..64).find(|halved| truth.keys().filter(|digest| digest.leading_zeros() >= *halved).count() <= places).unwrap();
        let held = || truth.iter().filter(|(digest, _)| digest.leading_zeros() >= halved).map(|(_, count)| *count);
        prop_assert_eq!(whole.held_rows(), held().sum::<u64>());
        prop_assert_eq!(whole.double_rows(), held().filter(|count| *count > 1).sum::<u64>());
        prop_assert_eq!(whole.surplus_rows(), held().map(|count| count - 1).sum::<u64>());
        prop_assert_eq!(whole.rows(), rows.len() as u64);
    }
}
