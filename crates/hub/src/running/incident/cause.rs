//! What is probably wrong with a node, from what is seen of it: a plain table, and nothing but it.
//!
//! Nobody judges alone: against a node stands the hub's own silence from it, or two agencies that do not depend on one another. What the
//! node's own agency says of the way to it counts in neither direction.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// So many agencies must say that a node cannot be reached before that counts against one that the hub hears.
pub(crate) const INDEPENDENT: usize = 2;

/// What is probably wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IncidentCause)]
pub(crate) enum Cause {
    /// The hub does not hear it, and nobody else has tried: the node, its machine or its network is down.
    Silent,
    /// The hub does not hear it and nobody reaches it: the node or its machine is down.
    Down,
    /// The hub does not hear it, others reach it: its way to the hub is cut.
    WayToHub,
    /// Some reach it and some do not: the network between them.
    Between,
    /// Its certificate has ended.
    CertificateEnded,
    /// The hub hears it and nobody else reaches it: its address, its port or what stands before it.
    Unreachable,
    /// The node answers, what stands behind its services does not.
    SourceDown,
    /// Many nodes fell silent together: the hub's own network.
    HubNetwork,
}

impl Cause {
    /// All of them.
    pub(crate) const ALL: [Self; 8] = [
        Self::Silent,
        Self::Down,
        Self::WayToHub,
        Self::Between,
        Self::CertificateEnded,
        Self::Unreachable,
        Self::SourceDown,
        Self::HubNetwork,
    ];

    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Down => "down",
            Self::WayToHub => "way_to_hub",
            Self::Between => "between",
            Self::CertificateEnded => "certificate_ended",
            Self::Unreachable => "unreachable",
            Self::SourceDown => "source_down",
            Self::HubNetwork => "hub_network",
        }
    }
}

impl FromStr for Cause {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|cause| cause.word() == word).ok_or(())
    }
}

/// What is seen of a node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Signs {
    /// Whether a hub hears it.
    pub(crate) heard: bool,
    /// Whether it has a certificate at all: one that was taken out is not missed.
    pub(crate) admitted: bool,
    /// Whether all its certificates have ended.
    pub(crate) certificate_ended: bool,
    /// Agencies, its own apart, that have a connection to it.
    pub(crate) reached_by: usize,
    /// Agencies, its own apart, that got none.
    pub(crate) unreached_by: usize,
    /// Whether it says itself that what stands behind it does not answer.
    pub(crate) failing: bool,
}

/// What is probably wrong with a node of which this is seen; none: nothing that counts.
pub(crate) fn cause(signs: &Signs) -> Option<Cause> {
    let reached = signs.reached_by > 0;
    match (signs.heard, signs.unreached_by) {
        _ if !signs.admitted => None,
        (false, _) if signs.certificate_ended => Some(Cause::CertificateEnded),
        (false, 0) if reached => Some(Cause::WayToHub),
        (false, 0) => Some(Cause::Silent),
        (false, _) if reached => Some(Cause::Between),
        (false, _) => Some(Cause::Down),
        (true, INDEPENDENT..) if reached => Some(Cause::Between),
        (true, INDEPENDENT..) => Some(Cause::Unreachable),
        (true, _) => signs.failing.then_some(Cause::SourceDown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that can be seen of a node, with up to three agencies on either side.
    fn matrix() -> impl Iterator<Item = Signs> {
        (0..16 * 16_usize).map(|number| Signs {
            heard: number & 1 != 0,
            admitted: number & 2 != 0,
            certificate_ended: number & 4 != 0,
            failing: number & 8 != 0,
            reached_by: number >> 4 & 3,
            unreached_by: number >> 6 & 3,
        })
    }

    #[test]
    fn over_all_that_can_be_seen_the_cause_is_what_the_table_says() {
        let mut met = std::collections::BTreeSet::new();
        for signs in matrix() {
            let cause = cause(&signs);
            met.extend(cause);
            let Signs { heard, admitted, certificate_ended, reached_by, unreached_by, failing } = signs;
            // Whoever is silent and should not be is told of, with whatever cause; nothing else makes one of what is not admitted.
            assert_eq!(cause.is_some() && !heard, admitted && !heard, "{signs:?}");
            assert_eq!(
                cause == Some(Cause::CertificateEnded),
                admitted && !heard && certificate_ended,
                "{signs:?}"
            );
            // One agency alone never stands against a node that is heard, and nobody's word clears one that is not.
            if heard && unreached_by < 2 {
                assert_eq!(cause, (admitted && failing).then_some(Cause::SourceDown), "{signs:?}");
            }
            // Who says that it is reached and who says that it is not: each cause names the side that is missing.
            match cause {
                Some(Cause::Silent) => assert!(reached_by == 0 && unreached_by == 0, "{signs:?}"),
                Some(Cause::Down | Cause::Unreachable) => {
                    assert!(reached_by == 0 && unreached_by > 0, "{signs:?}")
                }
                Some(Cause::WayToHub) => assert!(reached_by > 0 && unreached_by == 0, "{signs:?}"),
                Some(Cause::Between) => assert!(reached_by > 0 && unreached_by > 0, "{signs:?}"),
                Some(Cause::SourceDown) => assert!(heard && failing, "{signs:?}"),
                Some(Cause::HubNetwork) => panic!("of one node: {signs:?}"),
                Some(Cause::CertificateEnded) | None => {}
            }
        }
        assert_eq!(met.len(), Cause::ALL.len() - 1, "{met:?}");
        for cause in Cause::ALL {
            assert_eq!(cause.word().parse(), Ok(cause));
            assert_eq!(serde_json::to_value(cause).unwrap(), cause.word());
        }
    }
}
