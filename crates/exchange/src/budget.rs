//! Bytes that bodies may take at once, in memory and in the spool: all together, and those of one party. What does not fit is
//! refused, so that nobody who sends fills the memory of a node or the disk that its ledger is on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// Bodies in memory. Most are a few KB, none is held so above 64 KiB, and an answer that is cut to fields above 8 MiB.
const MEMORY_BYTES: u64 = 128 * 1024 * 1024;
/// One party has the fourth part at most: three more find room beside it.
const PARTS: u64 = 4;

/// What there is to take.
pub struct Budget {
    memory: Arc<Pool>,
    spool: Arc<Pool>,
}

struct Pool {
    most: u64,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: u64,
    of: HashMap<Arc<str>, u64>,
}

/// What a body has taken. Given back when it is dropped.
#[derive(Debug)]
pub struct Share {
    pool: Arc<Pool>,
    party: Arc<str>,
    bytes: u64,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pool({})", self.most)
    }
}

impl Budget {
    /// For bodies of up to `body_max_bytes`: each party may have one of that size in the spool.
    #[must_use]
    pub fn new(body_max_bytes: u64) -> Self {
        let pool = |most| Arc::new(Pool { most, taken: Mutex::default() });
        Self { memory: pool(MEMORY_BYTES), spool: pool(body_max_bytes.saturating_mul(PARTS)) }
    }

    /// Bytes that are taken of the memory and of the spool, each with how many there are.
    #[must_use]
    pub fn taken(&self) -> [(u64, u64); 2] {
        [self.memory.taken(), self.spool.taken()]
    }

    /// A share of the memory, nothing of it taken yet.
    #[must_use]
    pub fn memory(&self, party: &str) -> Share {
        Share { pool: self.memory.clone(), party: party.into(), bytes: 0 }
    }

    /// A share of the spool, nothing of it taken yet.
    #[must_use]
    pub fn spool(&self, party: &str) -> Share {
        Share { pool: self.spool.clone(), party: party.into(), bytes: 0 }
    }
}

impl Pool {
    /// How much is taken, and how much there is.
    fn taken(&self) -> (u64, u64) {
        (self.taken.lock().unwrap_or_else(PoisonError::into_inner).all, self.most)
    }
}

impl Share {
    /// Takes more; false if there is no room for it.
    #[must_use]
    pub fn grow(&mut self, bytes: usize) -> bool {
        let bytes = bytes as u64;
        if bytes == 0 {
            return true;
        }
        let mut taken = self.pool.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_party = taken.of.get(&self.party).copied().unwrap_or_default().saturating_add(bytes);
        let all = taken.all.saturating_add(bytes);
        if all > self.pool.most || of_party > self.pool.most / PARTS {
            return false;
        }
        taken.all = all;
        taken.of.insert(self.party.clone(), of_party);
        self.bytes += bytes;
        true
    }

    /// The bytes that were taken for, which hold the share as long as anybody has them.
    #[must_use]
    pub fn hold(self, bytes: Bytes) -> Bytes {
        struct Held {
            bytes: Bytes,
            _share: Share,
        }
        impl AsRef<[u8]> for Held {
            fn as_ref(&self) -> &[u8] {
                &self.bytes
            }
        }
        if self.bytes == 0 { bytes } else { Bytes::from_owner(Held { bytes, _share: self }) }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut taken = self.pool.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(self.bytes);
        if let Some(of_party) = taken.of.get_mut(&self.party) {
            *of_party = of_party.saturating_sub(self.bytes);
            if *of_party == 0 {
                taken.of.remove(&self.party);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_party_leaves_room_for_others_and_gives_back_what_it_took() {
        let budget = Budget::new(100);
        let mut greedy = budget.spool("a");
        assert!(greedy.grow(100) && !greedy.grow(1));
        assert!(!budget.spool("a").grow(1), "nor by another body of the same party");
        let others: Vec<Share> = ["b", "c", "d"].map(|party| budget.spool(party)).into();
        for mut other in others {
            assert!(other.grow(100) && !other.grow(1));
        }
        drop(greedy);
        assert!(budget.spool("a").grow(100));
    }

    #[test]
    fn bytes_hold_their_share_until_the_last_copy_is_gone() {
        let budget = Budget::new(1);
        let most = usize::try_from(MEMORY_BYTES / PARTS).unwrap();
        let mut share = budget.memory("a");
        assert!(share.grow(most));
        let first = share.hold(Bytes::from_static(b"abc"));
        let second = first.slice(1..);
        drop(first);
        assert!(second == "bc" && !budget.memory("a").grow(1));
        drop(second);
        assert!(budget.memory("a").grow(most));
    }
}
