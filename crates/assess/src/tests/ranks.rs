//! Nobody is ranked within the noise.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::peers::places;
use crate::score::{Assessment, Triple};

fn one(agency: usize, group: bool, (low, observed, high): (i64, i64, i64)) -> Assessment {
    Assessment {
        agency: format!("VN/GOV/G{agency:02}"),
        group: Some(if group { "a" } else { "b" }.to_owned()),
        triple: Triple { observed: Some(observed), ..Triple::default() },
        interval: Some((low, high)),
        with_declared: None,
        level: Some(1),
        held_by: None,
        layers: [].into(),
        criteria: Vec::new(),
    }
}

proptest! {
    #[test]
    fn who_overlaps_shares_places_and_who_does_not_is_apart(made in vec((any::<bool>(), 0..1000_i64, 0..60_i64, 0..60_i64), 1..30)) {
        let all: Vec<Assessment> = made
            .iter()
            .enumerate()
            .map(|(at, (group, observed, below, above))| one(at, *group, (observed - below, *observed, observed + above)))
            .collect();
        let found = places(&all);
        prop_assert_eq!(found.len(), all.len());
        for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))).filter(|(a, b)| a.group == b.group) {
            let (one, other) = (&found[&a.agency], &found[&b.agency]);
            prop_assert!(1 <= one.best && one.best <= one.worst && one.worst <= one.among);
            if a.interval.unwrap().0 > b.interval.unwrap().1 {
                prop_assert!(one.best <= other.best && one.worst <= other.worst && one.best < other.worst);
            } else if b.interval.unwrap().0 <= a.interval.unwrap().1 {
                prop_assert!(one.best <= other.worst && other.best <= one.worst);
            }
        }
    }
}
