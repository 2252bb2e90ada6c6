//! Who knocks, and how often from one address.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;
use trust::listen::home_of;

use crate::people::password::Door;

/// Tries to sign in that one address may make in a minute.
const TRIES_A_MINUTE: u32 = 30;
/// Addresses that are remembered at most.
const ADDRESSES: usize = 10_000;
/// Who knocks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Visitor {
    /// Address and port.
    pub address: Option<SocketAddr>,
    /// The program, as it calls itself.
    pub agent: Option<String>,
}

/// Tries by address (IPv6 by /64), in this process. An account's own are in the store.
#[derive(Default)]
pub(crate) struct Tries {
    wrong: Mutex<HashMap<IpAddr, (Timestamp, u32)>>,
    /// Where somebody has signed in from.
    known: Mutex<HashSet<IpAddr>>,
}

impl Tries {
    /// Counts one.
    ///
    /// # Errors
    /// [`Fault::TooManyTries`].
    pub(crate) fn take(&self, visitor: &Visitor, now: Timestamp) -> Result<(), Fault> {
        let Some(address) = visitor.address else { return Ok(()) };
        let minute = SignedDuration::from_secs(60);
        let mut tries = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() >= ADDRESSES {
            tries.retain(|_, (since, _)| now.duration_since(*since) < minute);
        }
        let (since, count) = tries.entry(home_of(address)).or_insert((now, 0));
        if now.duration_since(*since) >= minute {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        if *count > TRIES_A_MINUTE { Err(Fault::TooManyTries { seconds: 60 }) } else { Ok(()) }
    }

    /// One that was right is none: many people may sit behind one address.
    pub(crate) fn give_back(&self, visitor: &Visitor) {
        let Some(address) = visitor.address else { return };
        let home = home_of(address);
        let mut tries = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, count)) = tries.get_mut(&home) {
            *count = count.saturating_sub(1);
        }
        drop(tries);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < ADDRESSES {
            known.insert(home);
        }
    }

    /// By which door somebody comes.
    pub(crate) fn door(&self, visitor: &Visitor) -> Door {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match visitor.address {
            Some(address) if !known.contains(&home_of(address)) => Door::Other,
            _ => Door::Known,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_may_not_try_for_ever() {
        let tries = Tries::default();
        let visitor = Visitor { address: Some("192.0.2.1:5000".parse().unwrap()), agent: None };
        let other = Visitor { address: Some("192.0.2.2:5000".parse().unwrap()), agent: None };
        let now: Timestamp = "2026-11-25T08:00:00Z".parse().unwrap();
        for _ in 0..TRIES_A_MINUTE {
            tries.take(&visitor, now).unwrap();
        }
        assert!(matches!(tries.take(&visitor, now), Err(Fault::TooManyTries { .. })));
        assert!(tries.take(&other, now).is_ok());
        // Whoever was right does not use up what is there for all.
        for _ in 0..3 * TRIES_A_MINUTE {
            tries.take(&other, now).unwrap();
            tries.give_back(&other);
        }
        assert!(tries.take(&visitor, now + SignedDuration::from_secs(61)).is_ok());
    }
}
