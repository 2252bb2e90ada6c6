//! Calls of the hub's routes, counted for those who watch it: by the route as it is written in the program, never by an address that was
//! called.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use model::metrics::{Metric, Page, Times};

pub(crate) const REQUESTS: Metric = Metric::counter(
    "lienthong_hub_requests_total",
    "Requests by method, route and class of the answer's status; what pages ask of the API to be drawn counts as well",
);
pub(crate) const DURATION: Metric = Metric::histogram(
    "lienthong_hub_request_duration_seconds",
    "How long it took until an answer began, of what reads and of what changes something, without questions that wait for news",
);

/// What stands for a method or a route that the hub does not have.
const OTHER: &str = "other";
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
/// Nodes wait there for news.
const WAITS: &str = "/directory/revision";

/// Method, route, class of status.
type Key = (&'static str, String, &'static str);

/// What was counted since the hub began.
#[derive(Default)]
pub(crate) struct Calls {
    counts: Mutex<BTreeMap<Key, u64>>,
    reads: Times,
    changes: Times,
}

impl Calls {
    /// Counts a request that was answered. `route` is a route's template; none: there is no such route.
    pub(crate) fn count(&self, method: &str, route: Option<&str>, status: u16, took: Duration) {
        // What a route does not take is one method.
        let method = METHODS.into_iter().find(|known| *known == method && status != 405).unwrap_or(OTHER);
        let class = match status {
            ..200 => "1xx",
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            500.. => "5xx",
        };
        match method {
            _ if route == Some(WAITS) => {}
            "GET" | "HEAD" => self.reads.take(took),
            _ => self.changes.take(took),
        }
        let key = (method, route.unwrap_or(OTHER).to_owned(), class);
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
    }

    /// Puts what was counted on the page.
    pub(crate) fn put(&self, page: &mut Page) {
        let mut values = page.metric(&REQUESTS);
        for ((method, route, class), count) in &*self.counts.lock().unwrap_or_else(PoisonError::into_inner) {
            values.put(&[("method", method), ("route", route), ("status", class)], *count);
        }
        values
            .and(&DURATION)
            .times(&[("kind", "read")], &self.reads)
            .times(&[("kind", "change")], &self.changes);
    }
}

#[cfg(test)]
mod tests {
    use model::metrics::Form;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// The law: whatever methods and addresses come, there are not more series than the hub has routes.
        #[test]
        fn whatever_is_called_the_series_stay_within_their_bound(
            calls in prop::collection::vec((prop_oneof![Just("GET".to_owned()), Just("BREW".to_owned()), any::<String>()], prop::option::of(0..3_usize), any::<u16>()), 0..300)
        ) {
            let counted = Calls::default();
            let routes = ["/api/v1/grants/{id}", "/directory/revision", "/health"];
            for (method, route, status) in &calls {
                counted.count(method, route.map(|route| routes[route]), *status, Duration::ZERO);
            }
            let mut page = Page::new(Form::Text);
            counted.put(&mut page);
            let page = page.end();
            let lines: Vec<&str> = page.lines().filter(|line| line.starts_with("lienthong_hub_requests_total{")).collect();
            prop_assert!(lines.len() <= (METHODS.len() + 1) * (routes.len() + 1) * 5);
            for line in &lines {
                let is_known = routes.iter().chain(&[OTHER]).any(|route| line.contains(&format!("route=\"{route}\"")));
                let is_method = METHODS.iter().chain(&[OTHER]).any(|method| line.contains(&format!("method=\"{method}\"")));
                prop_assert!(is_known && is_method, "{}", line);
            }
            let sum: u64 = lines.iter().map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum();
            prop_assert_eq!(sum, calls.len() as u64);
        }
    }
}
