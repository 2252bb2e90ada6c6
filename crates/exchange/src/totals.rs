//! Calls since the node began, for those who watch it. Whatever callers send, there are not more series than this: so many services are
//! counted by name, all others together. No system, no purpose, no path.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use model::fault::ROWS;
use model::id::ServiceId;
use model::metrics::{Metric, Page, Times};
use model::usage::{Counted, Outcome};

/// Services that are counted by name, on each side. A node of a province calls some dozens, and has fewer.
const NAMED_MAX: usize = 200;
/// What stands for all others. No service is called so: identifiers have slashes.
const OTHER: &str = "other";

pub(crate) const EXCHANGES: Metric = Metric::counter(
    "lienthong_exchanges_total",
    "Calls by side and by what they came to: answered, empty (there is no such thing), rejected (the call was wrong), refused (by a rule), failed",
);
pub(crate) const DURATION: Metric = Metric::histogram(
    "lienthong_exchange_duration_seconds",
    "How long calls took that were answered or empty, on this node's side",
);
pub(crate) const FAULTS: Metric = Metric::counter(
    "lienthong_exchange_faults_total",
    "Calls that were rejected, refused or failed with one of our codes: lienthong explain CODE says what it means",
);

const SIDES: [(Counted, &str); 2] = [(Counted::AtConsumer, "consumer"), (Counted::AtProvider, "provider")];
const OUTCOMES: [(Outcome, &str); 5] = [
    (Outcome::Answered, "answered"),
    (Outcome::Empty, "empty"),
    (Outcome::Rejected, "rejected"),
    (Outcome::Refused, "refused"),
    (Outcome::Failed, "failed"),
];

/// Both sides.
#[derive(Default)]
pub(crate) struct Totals {
    consumer: Side,
    provider: Side,
}

struct Side {
    named: ArcSwap<HashMap<ServiceId, Arc<Total>>>,
    others: Arc<Total>,
    /// By the place of their code in the list of faults.
    faults: Box<[AtomicU64]>,
}

/// What is counted of a service.
#[derive(Default)]
struct Total {
    outcomes: [AtomicU64; OUTCOMES.len()],
    times: Times,
}

impl Default for Side {
    fn default() -> Self {
        let faults = ROWS.iter().map(|_| AtomicU64::default()).collect();
        Self { named: ArcSwap::default(), others: Arc::default(), faults }
    }
}

impl Totals {
    /// Counts a call of a service, if the directory knows it.
    pub(crate) fn count(
        &self,
        counted: Counted,
        service: Option<&ServiceId>,
        (outcome, code): (Outcome, Option<&str>),
        took: Duration,
    ) {
        let side = self.side(counted);
        if let Some(code) = code
            // A code that another node tells of may be none of ours.
            && let Ok(place) = ROWS.binary_search_by(|row| row.code.cmp(code))
            && let Some(count) = side.faults.get(place)
        {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let named = side.named.load();
        match service.and_then(|service| named.get(service)) {
            Some(total) => total.count(outcome, took),
            None => match service.and_then(|service| side.name(service, outcome)) {
                Some(total) => total.count(outcome, took),
                None => side.others.count(outcome, took),
            },
        }
    }

    /// Puts what was counted on the page.
    pub(crate) fn put(&self, page: &mut Page) {
        let all = SIDES.map(|(counted, side)| (side, self.side(counted).all()));
        let mut values = page.metric(&EXCHANGES);
        for (side, services) in &all {
            for (service, total) in services {
                for (count, (_, outcome)) in total.outcomes.iter().zip(OUTCOMES) {
                    values
                        .put(&[("side", *side), ("service", service.as_str()), ("outcome", outcome)], count);
                }
            }
        }
        values.and(&DURATION);
        for (side, services) in &all {
            for (service, total) in services {
                values.times(&[("side", *side), ("service", service.as_str())], &total.times);
            }
        }
        values.and(&FAULTS);
        for (counted, side) in SIDES {
            for (count, row) in self.side(counted).faults.iter().zip(ROWS) {
                if count.load(Ordering::Relaxed) > 0 {
                    values.put(&[("side", side), ("code", row.code)], count);
                }
            }
        }
    }

    fn side(&self, counted: Counted) -> &Side {
        match counted {
            Counted::AtConsumer => &self.consumer,
            Counted::AtProvider => &self.provider,
        }
    }
}

impl Side {
    /// From now on a service is counted by its name, if there is room. One that was only ever refused is not: a caller could go through all
    /// that the directory has.
    fn name(&self, service: &ServiceId, outcome: Outcome) -> Option<Arc<Total>> {
        let is_used = matches!(outcome, Outcome::Answered | Outcome::Empty | Outcome::Failed);
        if !is_used || self.named.load().len() >= NAMED_MAX {
            return None;
        }
        self.named.rcu(|named| {
            let mut named = HashMap::clone(named);
            if named.len() < NAMED_MAX {
                named.entry(service.clone()).or_default();
            }
            named
        });
        self.named.load().get(service).cloned()
    }

    /// All that is counted, in order.
    fn all(&self) -> Vec<(String, Arc<Total>)> {
        let named = self.named.load();
        let named = named.iter().map(|(service, total)| (service.to_string(), total.clone()));
        let mut all: Vec<_> = named.chain([(OTHER.to_owned(), self.others.clone())]).collect();
        all.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        all
    }
}

impl Total {
    fn count(&self, outcome: Outcome, took: Duration) {
        let counts = OUTCOMES.iter().zip(&self.outcomes);
        for (_, count) in counts.filter(|((known, _), _)| *known == outcome) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        if matches!(outcome, Outcome::Answered | Outcome::Empty) {
            self.times.take(took);
        }
    }
}

#[cfg(test)]
mod tests {
    use model::metrics::Form;
    use proptest::prelude::*;

    use super::*;

    fn lines(totals: &Totals) -> Vec<String> {
        let mut page = Page::new(Form::Text);
        totals.put(&mut page);
        page.end().lines().map(str::to_owned).collect()
    }

    fn service(number: usize) -> ServiceId {
        format!("VN/GOV/G01/dan-cu/s{number}").parse().unwrap()
    }

    #[test]
    fn what_was_counted_is_shown_by_side_service_and_outcome() {
        let totals = Totals::default();
        let took = Duration::from_millis(3);
        totals.count(Counted::AtConsumer, Some(&service(1)), (Outcome::Answered, None), took);
        totals.count(Counted::AtConsumer, Some(&service(1)), (Outcome::Refused, Some("LT-2110")), took);
        totals.count(Counted::AtProvider, None, (Outcome::Refused, Some("LT-2103")), took);
        // Refused only: it has no name here.
        totals.count(Counted::AtProvider, Some(&service(2)), (Outcome::Refused, Some("LT-2104")), took);
        let lines = lines(&totals);
        for line in [
            "lienthong_exchanges_total{side=\"consumer\",service=\"VN/GOV/G01/dan-cu/s1\",outcome=\"answered\"} 1",
            "lienthong_exchanges_total{side=\"consumer\",service=\"VN/GOV/G01/dan-cu/s1\",outcome=\"refused\"} 1",
            "lienthong_exchanges_total{side=\"provider\",service=\"other\",outcome=\"refused\"} 2",
            "lienthong_exchange_duration_seconds_count{side=\"consumer\",service=\"VN/GOV/G01/dan-cu/s1\"} 1",
            "lienthong_exchange_faults_total{side=\"consumer\",code=\"LT-2110\"} 1",
            "lienthong_exchange_faults_total{side=\"provider\",code=\"LT-2104\"} 1",
        ] {
            assert!(lines.iter().any(|found| found == line), "{line}: {lines:#?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        /// The law: series are bounded, and nothing that a caller or a peer makes up is among them.
        #[test]
        fn whatever_callers_send_the_series_stay_within_their_bound(
            calls in prop::collection::vec((any::<bool>(), 0..3 * NAMED_MAX, 0..OUTCOMES.len(), prop_oneof![Just("LT-2104".to_owned()), any::<String>()]), 0..1500)
        ) {
            let totals = Totals::default();
            for (consumer, number, outcome, code) in &calls {
                let counted = if *consumer { Counted::AtConsumer } else { Counted::AtProvider };
                let outcome = OUTCOMES[*outcome].0;
                totals.count(counted, Some(&service(*number)), (outcome, Some(code)), Duration::ZERO);
            }
            let lines = lines(&totals);
            let of = |start: &str| lines.iter().filter(|line| line.starts_with(start)).count();
            let (exchanges, faults) = (of("lienthong_exchanges_total{"), of("lienthong_exchange_faults_total{"));
            prop_assert!(exchanges <= 2 * (NAMED_MAX + 1) * OUTCOMES.len() && faults <= 2 * ROWS.len());
            let foreign = lines.iter().filter(|line| line.contains("code=")).find(|line| !ROWS.iter().any(|row| line.contains(row.code)));
            prop_assert_eq!(foreign, None);
            // Nothing is lost on the way.
            let sum: u64 = lines.iter().filter(|line| line.starts_with("lienthong_exchanges_total{")).map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum();
            prop_assert_eq!(sum, calls.len() as u64);
        }
    }
}
