//! How the node stands with its hub: the directory that it does not take, whether the hub knows its certificate and certifies its new
//! keys. Shown in its health and reported to the hub.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use model::fault::Fault;
use model::usage::RefusedDirectory;

use crate::clock;
use crate::texts;

/// What was noted last.
#[derive(Default)]
pub(crate) struct Standing {
    refused: Mutex<Option<RefusedDirectory>>,
    turned_away: AtomicBool,
    renewal_refused: AtomicBool,
}

impl Standing {
    /// The directory that the node does not take, if there is one: a newer one, or an older one of a hub that does not know the one held
    /// here.
    pub(crate) fn refused_directory(&self) -> Option<RefusedDirectory> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes that the node has taken the newest directory.
    pub(crate) fn directory_taken(&self) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Notes that the node does not take the directory `revision`, by the fault of that code, and goes on with the one `held`.
    pub(crate) fn directory_refused(&self, revision: u64, fault: &str, held: u64) {
        if revision < held {
            tracing::error!(revision, fault, held, "the hub does not know the directory that is held here");
        } else {
            tracing::error!(
                revision,
                fault,
                held,
                "a newer directory is refused; what was taken back in it goes on"
            );
        }
        let mut known = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let since = known.as_ref().map_or_else(clock::now, |known| known.since);
        *known = Some(RefusedDirectory { revision, fault: fault.to_owned(), since });
    }

    /// Notes whether the hub knows the node's certificate.
    pub(crate) fn note_turned_away(&self, turned_away: bool) {
        if self.turned_away.swap(turned_away, Ordering::Relaxed) != turned_away && turned_away {
            tracing::error!(
                "the hub does not know this node's certificate: it was taken out, or the node was removed"
            );
        }
    }

    /// Whether the hub does not know the node's certificate.
    pub(crate) fn is_turned_away(&self) -> bool {
        self.turned_away.load(Ordering::Relaxed)
    }

    /// Notes whether the hub certifies the node's new keys.
    pub(crate) fn note_renewal_refused(&self, refused: bool) {
        self.renewal_refused.store(refused, Ordering::Relaxed);
    }

    /// What the hub says of the node's certificates that somebody must see to.
    pub(crate) fn wrong_with_certificates(&self) -> Option<Fault> {
        if self.is_turned_away() {
            return Some(Fault::OwnCertificate { why: texts::not_taken_by_hub() });
        }
        self.renewal_refused.load(Ordering::Relaxed).then(|| Fault::NotRenewed { why: texts::see_log() })
    }
}
