//! What a node tells the hub beside its figures: whom it reaches and whom it does not, and what of its own does not answer. It is what
//! calls have shown; nothing is asked for it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::id::{NodeId, ServiceId};

/// Most nodes of which one tells at once; those that it does not reach come first.
pub const PEERS_MAX: usize = 500;
/// Most services of which one tells at once.
pub const SERVICES_MAX: usize = 200;
/// Largest telling: some 200 bytes for each of them.
pub const SIGHT_MAX_BYTES: usize = 256 * 1024;

/// What a node sees: all of it, in place of what it said before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sight {
    /// Other nodes, those that it has a connection to and those that it could get none to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub peers: BTreeMap<NodeId, How>,
    /// Services here whose source has given no answer that could be used, several times in a row.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub failing: BTreeSet<ServiceId>,
}

/// How another node is reached, or why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// There is a connection.
    Reached,
    /// Its machine answers, and nothing listens there.
    Refused,
    /// Nothing answers.
    Timeout,
    /// What answers does not speak as a node does.
    Tls,
    /// What answers shows no certificate that counts.
    Certificate,
    /// The network says that there is no way.
    Network,
}

impl How {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Reached, Self::Refused, Self::Timeout, Self::Tls, Self::Certificate, Self::Network];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::Refused => "refused",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::Certificate => "certificate",
            Self::Network => "network",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_read_and_the_largest_fits() {
        let node = |number: usize| format!("VN/GOV/{}/nut-{number}", "G".repeat(150)).parse().unwrap();
        let service = |number: usize| format!("VN/GOV/G01/{}/d{number}", "a".repeat(150)).parse().unwrap();
        let sight = Sight {
            peers: (0..PEERS_MAX).map(|number| (node(number), How::Certificate)).collect(),
            failing: (0..SERVICES_MAX).map(service).collect(),
        };
        let text = serde_json::to_string(&sight).unwrap();
        assert!(text.len() < SIGHT_MAX_BYTES, "{}", text.len());
        assert_eq!(serde_json::from_str::<Sight>(&text).unwrap(), sight);
        for how in How::ALL {
            assert_eq!(serde_json::to_string(&how).unwrap(), format!("\"{}\"", how.word()));
        }
    }
}
