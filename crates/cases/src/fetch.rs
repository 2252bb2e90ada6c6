//! Asking: side by side within bounds, under a deadline, once more where a fault may pass, and not at all where a source has just failed
//! again and again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use exchange::Ask;
use http::Method;
use model::gap::Gap;
use model::id::ServiceId;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::answer::{self, Found, Outcome, RECORDS};
use crate::plan::ToAsk;
use crate::sources::Sources;

/// Exchanges at once of one case.
pub(crate) const OF_A_CASE: usize = 32;
/// Exchanges at once at one service, over all cases.
const OF_A_SERVICE: usize = 64;
/// After so many failures in a row a service is left alone for a while.
const FAILURES: u32 = 5;
/// For how long.
const ALONE: Duration = Duration::from_secs(10);
/// Until it is asked once more, and what must be left of the deadline for it.
const PAUSE: Duration = Duration::from_millis(150);
/// Longest wait for a place at a service.
const TURN: Duration = Duration::from_secs(60);
/// Services that are remembered; the directory has some thousands.
const REMEMBERED: usize = 4096;

/// What is known of services: places, and how they fared last.
#[derive(Default)]
pub(crate) struct Services(Mutex<HashMap<ServiceId, Service>>);

#[derive(Clone)]
struct Service {
    places: Arc<Semaphore>,
    failures: u32,
    alone_until: Option<Instant>,
}

/// For whom something is asked.
#[derive(Debug, Clone)]
pub(crate) struct For {
    pub(crate) client: model::id::SystemId,
    pub(crate) purpose: String,
    pub(crate) dossier: String,
    pub(crate) user: String,
    pub(crate) within: Duration,
}

impl Services {
    fn of(&self, id: &ServiceId) -> Service {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED {
            all.retain(|_, service| service.places.available_permits() < OF_A_SERVICE);
        }
        let new =
            || Service { places: Arc::new(Semaphore::new(OF_A_SERVICE)), failures: 0, alone_until: None };
        all.entry(id.clone()).or_insert_with(new).clone()
    }

    /// Whether a service may be asked now. When its time alone is over, one who asks finds out.
    fn may_ask(&self, id: &ServiceId, now: Instant) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(service) = all.get_mut(id) else { return true };
        match service.alone_until {
            Some(until) if now < until => false,
            Some(_) => {
                service.alone_until = Some(now + ALONE);
                true
            }
            None => true,
        }
    }

    fn note(&self, id: &ServiceId, went: Option<Gap>, now: Instant) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(service) = all.get_mut(id) else { return };
        match went {
            Some(Gap::SourceDown | Gap::Timeout) => {
                service.failures = service.failures.saturating_add(1);
                if service.failures >= FAILURES {
                    service.alone_until = Some(now + ALONE);
                }
            }
            // Any other answer shows that it is there.
            _ => (service.failures, service.alone_until) = (0, None),
        }
    }

    /// Makes an exchange. It always comes to an end: by its turn and its deadline at the latest.
    pub(crate) async fn ask(&self, sources: &dyn Sources, to_ask: &ToAsk, to: &For) -> Outcome {
        let unasked = |gap| Outcome {
            exchange: String::new(),
            earlier: Vec::new(),
            at: sources.now(),
            found: Err(gap),
        };
        // Whoever waits for others waits on nobody's clock, and counts against no source.
        let place = tokio::time::timeout(TURN, self.of(&to_ask.service).places.acquire_owned()).await;
        let Ok(Ok(_place)) = place else { return unasked(Gap::Timeout) };
        if !self.may_ask(&to_ask.service, Instant::now()) {
            return unasked(Gap::SourceDown);
        }
        let left = Mutex::new(Vec::new());
        let ended = tokio::time::timeout(to.within, self.ask_twice(sources, to_ask, to, &left)).await;
        let found = ended.unwrap_or_else(|_| {
            self.note(&to_ask.service, Some(Gap::Timeout), Instant::now());
            Err(Gap::Timeout)
        });
        let mut earlier = left.into_inner().unwrap_or_else(PoisonError::into_inner);
        let exchange = earlier.pop().unwrap_or_default();
        Outcome { exchange, earlier, at: sources.now(), found }
    }

    async fn ask_twice(
        &self,
        sources: &dyn Sources,
        to_ask: &ToAsk,
        to: &For,
        left: &Mutex<Vec<String>>,
    ) -> Result<Found, Gap> {
        let leaves = |id: &str| left.lock().unwrap_or_else(PoisonError::into_inner).push(id.to_owned());
        let began = Instant::now();
        leaves(&to_ask.exchange);
        let first = self.once(sources, to_ask, to, &to_ask.exchange, to.within).await;
        let rest = to.within.saturating_sub(began.elapsed());
        match &first {
            Err(gap) if gap.may_pass() && *gap != Gap::Pending && rest > 2 * PAUSE => {
                tokio::time::sleep(PAUSE).await;
                // An exchange of its own, told from the first in both ledgers.
                let id = format!("{}-2", to_ask.exchange);
                leaves(&id);
                self.once(sources, to_ask, to, &id, rest.saturating_sub(PAUSE)).await
            }
            _ => first,
        }
    }

    async fn once(
        &self,
        sources: &dyn Sources,
        to_ask: &ToAsk,
        to: &For,
        id: &str,
        within: Duration,
    ) -> Result<Found, Gap> {
        let body = json!({ "filters": to_ask.filters, "fields": to_ask.fields, "limit": RECORDS });
        let ask = Ask {
            node: None,
            client: to.client.clone(),
            service: to_ask.service.clone(),
            purpose: to.purpose.clone(),
            method: Method::POST,
            path: "/find".to_owned(),
            id: id.to_owned(),
            issue: Some(to.dossier.clone()),
            user: Some(to.user.clone()),
            represented: None,
            body: Bytes::from(body.to_string()),
            within,
        };
        let found = match sources.ask(ask).await {
            Ok(answered) => answer::read(&answered),
            Err(fault) => Err(answer::gap(&fault)),
        };
        self.note(&to_ask.service, found.as_ref().err().copied(), Instant::now());
        found
    }
}
