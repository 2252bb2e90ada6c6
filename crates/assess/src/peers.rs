//! Where an agency stands among its peers. Nobody is ranked within the noise: whose intervals overlap share their places.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::score::Assessment;

/// A place among peers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PeerPlace)]
pub struct Place {
    /// Among so many of whom something was observed.
    pub among: usize,
    /// The best place that it may have: behind those only whose least is above its most.
    pub best: usize,
    /// The worst one.
    pub worst: usize,
    /// The median of what was observed.
    pub median: i64,
}

/// An agency in its group.
struct Member<'a> {
    agency: &'a str,
    observed: i64,
    interval: (i64, i64),
}

/// The places of agencies in their groups. Those of whom nothing was observed, or who are of no group, have none.
#[must_use]
pub fn places<'a>(of: impl IntoIterator<Item = &'a Assessment>) -> BTreeMap<String, Place> {
    let mut groups: BTreeMap<&str, Vec<Member<'a>>> = BTreeMap::new();
    for one in of {
        if let (Some(group), Some(observed), Some(interval)) = (&one.group, one.triple.observed, one.interval)
        {
            groups.entry(group).or_default().push(Member { agency: &one.agency, observed, interval });
        }
    }
    let mut places = BTreeMap::new();
    for members in groups.into_values() {
        let sorted = |of: fn(&Member<'_>) -> i64| {
            let mut values: Vec<i64> = members.iter().map(of).collect();
            values.sort_unstable();
            values
        };
        let (values, lows, highs) =
            (sorted(|one| one.observed), sorted(|one| one.interval.0), sorted(|one| one.interval.1));
        let among = members.len();
        // Of an even number the lower one of the two in the middle: a value that somebody has.
        let median = values.get((among - 1) / 2).copied().unwrap_or_default();
        for Member { agency, interval: (low, high), .. } in &members {
            let above = among - lows.partition_point(|other| other <= high);
            let below = highs.partition_point(|other| other < low);
            let place = Place { among, best: above + 1, worst: among - below, median };
            places.insert((*agency).to_owned(), place);
        }
    }
    places
}
