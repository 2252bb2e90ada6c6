//! How the node stands with its hub and with what is behind it: the directory that it does not take, whether the hub answers, knows its
//! certificate and certifies its new keys, which services give no answer. Shown in its health and reported to the hub.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use model::fault::Fault;
use model::id::ServiceId;
use model::usage::{Gap, RefusedDirectory};

use crate::clock;
use crate::texts;

/// So many calls in a row without an answer that could be used, and a service counts as failing.
const IN_A_ROW: u32 = 3;
/// A service that nobody has called for so long does not count as failing any more: nobody knows.
const LOOKED_AT: Duration = Duration::from_secs(600);

/// A service without an answer.
struct Failing {
    in_a_row: u32,
    last: Instant,
}

/// What was noted last.
#[derive(Default)]
pub(crate) struct Standing {
    /// Since when the hub does not answer.
    hub_lost: Mutex<Option<Timestamp>>,
    failing: Mutex<HashMap<ServiceId, Failing>>,
    /// Whether there is one at all, so that a call at a node where all is well takes no lock.
    any_failing: AtomicBool,
    refused: Mutex<Option<RefusedDirectory>>,
    turned_away: AtomicBool,
    renewal_refused: AtomicBool,
    /// When the hub last said that the directory held here is the newest, in seconds since 1970; 0: it never has.
    confirmed: AtomicI64,
    /// Each dataset with what it lacked when it was last looked at.
    sources: Mutex<Vec<Looked>>,
}

/// How a dataset's source was when it was last looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Looked {
    pub(crate) service: ServiceId,
    /// It could be read.
    pub(crate) is_up: bool,
    /// Fields of the contract that it does not have.
    pub(crate) missing: usize,
}

impl Standing {
    /// The directory that the node does not take, if there is one: a newer one, or an older one of a hub that does not know the one held
    /// here.
    pub(crate) fn refused_directory(&self) -> Option<RefusedDirectory> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes that the node has the newest directory.
    pub(crate) fn directory_taken(&self) {
        self.confirmed.store(clock::now().as_second(), Ordering::Relaxed);
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// When the hub last said that the directory held here is the newest.
    pub(crate) fn directory_confirmed(&self) -> Option<Timestamp> {
        let at = self.confirmed.load(Ordering::Relaxed);
        Timestamp::from_second(at).ok().filter(|_| at > 0)
    }

    /// Notes how the datasets' sources are: all that were looked `at`, and what some of them lack.
    pub(crate) fn note_sources(&self, at: impl Iterator<Item = ServiceId>, gaps: &[Gap]) {
        let looked = at.map(|service| {
            let gap = gaps.iter().find(|gap| gap.service == service);
            // A gap that names nothing: nothing could be read.
            let is_up = gap.is_none_or(|gap| !gap.fields.is_empty() || !gap.flaws.is_empty());
            Looked { service, is_up, missing: gap.map_or(0, |gap| gap.fields.len()) }
        });
        let looked = looked.collect();
        *self.sources.lock().unwrap_or_else(PoisonError::into_inner) = looked;
    }

    /// How the datasets' sources were when they were last looked at.
    pub(crate) fn sources(&self) -> Vec<Looked> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner).clone()
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

    /// Notes whether the hub answers.
    pub(crate) fn note_hub(&self, answers: bool) {
        let mut lost = self.hub_lost.lock().unwrap_or_else(PoisonError::into_inner);
        *lost = if answers { None } else { lost.or_else(|| Some(clock::now())) };
    }

    /// Since when the hub does not answer; none: it does.
    pub(crate) fn hub_lost(&self) -> Option<Timestamp> {
        *self.hub_lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes whether what stands behind a service gave an answer.
    pub(crate) fn note_source(&self, service: &ServiceId, answers: bool) {
        if answers && !self.any_failing.load(Ordering::Relaxed) {
            return;
        }
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        if answers {
            failing.remove(service);
        } else {
            let one = failing.entry(service.clone()).or_insert(Failing { in_a_row: 0, last: Instant::now() });
            one.in_a_row = one.in_a_row.saturating_add(1);
            one.last = Instant::now();
        }
        self.any_failing.store(!failing.is_empty(), Ordering::Relaxed);
    }

    /// The services that give no answer.
    pub(crate) fn failing(&self) -> BTreeSet<ServiceId> {
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        failing.retain(|_, one| one.last.elapsed() < LOOKED_AT);
        self.any_failing.store(!failing.is_empty(), Ordering::Relaxed);
        let counts = failing.iter().filter(|(_, one)| one.in_a_row >= IN_A_ROW);
        counts.map(|(service, _)| service.clone()).collect()
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
