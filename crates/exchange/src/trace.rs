//! Traces: for each exchange a span at each node, tied together by W3C Trace Context, for a collector of OpenTelemetry. Off unless settings
//! name one; until then the caller's context passes as any header of the list does.
//!
//! What is told of an exchange is what metrics tell: the service, if the directory has it, how it ended, how long it took. No system that
//! calls, no purpose, no path, no person. The queue has a limit, and what finds no room in it is counted and left out: no exchange waits.

mod context;
mod otlp;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap};
use http::{Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use model::fault::{Fault, ROWS};
use model::id::{NodeId, ServiceId};
use model::metrics::{Metric, Page};
use model::usage::Counted;
use tokio::sync::mpsc;
use trust::web::{self, Client};
use url::{Host, Url};

use crate::body::{self, OutBody};
use crate::clock;
use crate::headers;

use context::Context;

/// Spans that wait for the collector: some seconds of a busy node.
const WAITING: usize = 8192;
/// Most spans in one message, and the pause between two, in which they gather.
const BATCH: usize = 2048;
const PAUSE: Duration = Duration::from_millis(500);
/// Longest wait for the collector, and its longest answer.
const PATIENCE: Duration = Duration::from_secs(10);
const ANSWER_MAX_BYTES: usize = 64 * 1024;

pub(crate) const SENT: Metric =
    Metric::counter("lienthong_trace_spans_sent_total", "Spans that the collector of traces has taken");
pub(crate) const DROPPED: Metric = Metric::counter(
    "lienthong_trace_spans_dropped_total",
    "Spans that were left out: too many waited, or the collector did not take them",
);

/// A span of an exchange that has begun here.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    context: Context,
    /// The span that it is within: the caller's, or the other node's.
    parent: Option<[u8; 8]>,
    began: Timestamp,
    since: Instant,
}

/// One that has ended.
#[derive(Debug)]
struct Ended {
    span: Span,
    side: Counted,
    service: Option<ServiceId>,
    status: Option<StatusCode>,
    fault: Option<&'static str>,
    took: Duration,
}

/// Where spans go.
#[derive(Default)]
pub(crate) struct Traces {
    queue: Option<mpsc::Sender<Ended>>,
    sent: AtomicU64,
    dropped: AtomicU64,
}

impl Span {
    /// Tells whoever is asked next that this is the span it is within.
    pub(crate) fn put(&self, headers: &mut HeaderMap) {
        headers::set(headers, context::TRACEPARENT, &self.context.to_string());
        // What stands beside a context that cannot be read belongs to none.
        if self.parent.is_none() {
            headers.remove(context::TRACESTATE);
        }
    }
}

impl Traces {
    /// Begins a span, if there is a collector, and whoever asks has not decided that this is not to be traced.
    pub(crate) fn begin(&self, headers: &HeaderMap) -> Option<Span> {
        self.queue.as_ref()?;
        let given = Context::read(headers);
        if given.as_ref().is_some_and(|given| !given.is_sampled) {
            return None;
        }
        let parent = given.as_ref().map(|given| given.span);
        let context = given.map_or_else(Context::root, |given| given.child());
        Some(Span { context, parent, began: clock::now(), since: Instant::now() })
    }

    /// Ends one. `service` is what was called, if the directory has it.
    pub(crate) fn end(
        &self,
        span: Option<&Span>,
        side: Counted,
        service: Option<&ServiceId>,
        ended: Result<(StatusCode, &HeaderMap), &Fault>,
    ) {
        let (Some(queue), Some(span)) = (&self.queue, span) else { return };
        let (status, code) = match ended {
            Ok((status, headers)) => {
                (Some(status), headers::last(headers, &headers::FAULT).unwrap_or_default())
            }
            Err(fault) => (None, fault.code()),
        };
        // A code that another node tells of may be none of ours.
        let fault = ROWS.iter().map(|row| row.code).find(|known| *known == code);
        let (span, service, took) = (span.clone(), service.cloned(), span.since.elapsed());
        if queue.try_send(Ended { span, side, service, status, fault, took }).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Puts what became of spans on the page.
    pub(crate) fn put(&self, page: &mut Page) {
        page.metric(&SENT).put(&[], &self.sent).and(&DROPPED).put(&[], &self.dropped);
    }
}

/// What sends spans to the collector.
pub(crate) struct Exporter {
    client: Client<OutBody>,
    collector: Url,
    queue: mpsc::Receiver<Ended>,
}

/// Whether spans may be sent there: to this machine only. From there they go on by the collector that an operator has on it.
pub(crate) fn may_collect(collector: &Url) -> bool {
    let is_here = match collector.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    collector.scheme() == "http" && is_here
}

/// Traces for `collector`, and what sends them; without one there are none.
pub(crate) fn open(collector: Option<&Url>) -> (Traces, Option<Exporter>) {
    // Over plain HTTP no authority is asked for.
    let tls = collector.and_then(|collector| Some((collector, trust::tls::web_client(&[]).ok()?)));
    let Some((collector, tls)) = tls else { return (Traces::default(), None) };
    let (sender, queue) = mpsc::channel(WAITING);
    let traces = Traces { queue: Some(sender), ..Traces::default() };
    (traces, Some(Exporter { client: web::client(tls), collector: collector.clone(), queue }))
}

impl Exporter {
    /// Sends what comes for as long as it is polled. What the collector does not take is not sent again.
    pub(crate) async fn run(mut self, node: &NodeId, traces: &Traces) {
        let mut batch = Vec::with_capacity(BATCH);
        while self.queue.recv_many(&mut batch, BATCH).await > 0 {
            let count = batch.len() as u64;
            match self.send(otlp::message(node, &batch).to_string()).await {
                Ok(()) => traces.sent.fetch_add(count, Ordering::Relaxed),
                Err(why) => {
                    tracing::warn!(why, spans = count, "the collector of traces did not take spans");
                    traces.dropped.fetch_add(count, Ordering::Relaxed)
                }
            };
            batch.clear();
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn send(&self, json: String) -> Result<(), String> {
        let request = Request::post(self.collector.as_str()).header(CONTENT_TYPE, "application/json");
        let request = request.body(body::whole(Bytes::from(json))).map_err(|error| error.to_string())?;
        let answer = web::fetch(&self.client, request, PATIENCE, ANSWER_MAX_BYTES).await?;
        if answer.status().is_success() { Ok(()) } else { Err(format!("it answered {}", answer.status())) }
    }
}

impl Ended {
    /// When it ended. By the clock that only goes forward: whatever the other one does meanwhile, no span ends before it begins.
    fn at(&self) -> Timestamp {
        self.span.began + SignedDuration::try_from(self.took).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_go_to_this_machine_only() {
        for (url, may) in [
            ("http://127.0.0.1:4318/v1/traces", true),
            ("http://[::1]:4318/v1/traces", true),
            ("http://localhost:4318/v1/traces", true),
            ("http://10.0.0.1:4318/v1/traces", false),
            ("http://localhost.example.vn/v1/traces", false),
            ("https://127.0.0.1/v1/traces", false),
        ] {
            assert_eq!(may_collect(&url.parse().unwrap()), may, "{url}");
        }
    }

    #[test]
    fn nobody_waits_for_a_collector_and_what_finds_no_room_is_counted() {
        let (traces, exporter) = open(Some(&"http://127.0.0.1:9/".parse().unwrap()));
        let span = traces.begin(&HeaderMap::new());
        for _ in 0..WAITING + 7 {
            traces.end(span.as_ref(), Counted::AtConsumer, None, Err(&Fault::NoRecord {}));
        }
        assert_eq!(traces.dropped.load(Ordering::Relaxed), 7);
        drop(exporter);
        // Without a collector nothing begins.
        let (none, exporter) = open(None);
        assert!(none.begin(&HeaderMap::new()).is_none() && exporter.is_none());
    }
}
