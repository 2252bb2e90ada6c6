//! The node's metrics. What is counted on the way of an exchange stands where it is counted; all else is read when somebody scrapes.
//!
//! Labels are sides, outcomes, codes of faults, ports, this node's own services and certificates, and nodes that it calls: each bounded by
//! the program, by settings or by the directory, never by what callers send. No system that calls, no purpose, no person.

use jiff::Timestamp;
use model::metrics::{Form, Metric, Page, process};
use rustls::pki_types::CertificateDer;
use trust::certificate;
use trust::listen::Door;
use trust::scrape::put_process;

use crate::health;
use crate::node::Node;
use crate::totals::{DURATION, EXCHANGES, FAULTS};
use crate::trace;

const CAN_EXCHANGE: Metric = Metric::gauge(
    "lienthong_node_can_exchange",
    "Whether the node can carry exchanges: its directory is current, its ledger takes entries, its certificates count",
);
const ENTRIES: Metric =
    Metric::counter("lienthong_ledger_entries_total", "Entries that were written, and are durable");
const WRITTEN: Metric = Metric::counter("lienthong_ledger_written_bytes_total", "Bytes of those entries");
const COMMITS: Metric = Metric::histogram(
    "lienthong_ledger_commit_duration_seconds",
    "How long commits of the ledger took, each with all entries that waited: writing and syncing",
);
const FAILED_COMMITS: Metric =
    Metric::counter("lienthong_ledger_failed_commits_total", "Commits of the ledger that came to nothing");
const WAITING: Metric = Metric::gauge("lienthong_ledger_waiting_entries", "Entries that wait to be written");
const WAITING_LIMIT: Metric = Metric::gauge(
    "lienthong_ledger_waiting_entries_limit",
    "Most entries that may wait; calls beyond are refused",
);
const DISK_FREE: Metric = Metric::gauge(
    "lienthong_ledger_disk_free_bytes",
    "Bytes that may still be written to the disk of the ledger",
);
const REVISION: Metric =
    Metric::gauge("lienthong_directory_revision", "Number of the directory that the node decides from");
const EXPIRY: Metric = Metric::gauge(
    "lienthong_directory_expiry_timestamp_seconds",
    "When that directory stops counting, in seconds since 1970",
);
const CONFIRMED: Metric = Metric::gauge(
    "lienthong_directory_confirmed_timestamp_seconds",
    "When the hub last said that it is the newest, in seconds since 1970; 0 if it has not since the start",
);
const REFUSED: Metric = Metric::gauge(
    "lienthong_directory_refused",
    "Whether the node refuses what the hub publishes and goes on with what it has",
);
const PEER_UP: Metric =
    Metric::gauge("lienthong_peer_up", "Whether a node that was called can be reached, as far as is known");
const PEER_CALLS: Metric =
    Metric::gauge("lienthong_peer_calls_in_progress", "Calls to a node that are under way");
const SOURCE_UP: Metric = Metric::gauge(
    "lienthong_source_up",
    "Whether the source of a dataset could be read when it was last looked at (each usage_seconds)",
);
const SOURCE_MISSING: Metric = Metric::gauge(
    "lienthong_source_missing_fields",
    "Fields of a dataset's contract that its source did not have when it was last looked at",
);
const BODIES: Metric =
    Metric::gauge("lienthong_body_bytes", "Bytes of bodies that are here, in memory and in files (spool)");
const BODIES_LIMIT: Metric = Metric::gauge(
    "lienthong_body_bytes_limit",
    "Most bytes of bodies; one party gets the fourth part at most",
);
const SERVICE_CALLS: Metric =
    Metric::gauge("lienthong_service_calls_in_progress", "Calls that services behind the node are at");

/// All that a node shows, in the order of its page.
pub const METRICS: &[Metric] = &[
    process::BUILD,
    process::OPEN_FDS,
    process::MAX_FDS,
    process::MEMORY,
    process::CONNECTIONS,
    process::CONNECTIONS_LIMIT,
    CAN_EXCHANGE,
    EXCHANGES,
    DURATION,
    FAULTS,
    ENTRIES,
    WRITTEN,
    COMMITS,
    FAILED_COMMITS,
    WAITING,
    WAITING_LIMIT,
    DISK_FREE,
    REVISION,
    EXPIRY,
    CONFIRMED,
    REFUSED,
    PEER_UP,
    PEER_CALLS,
    process::CERTIFICATE_EXPIRY,
    SOURCE_UP,
    SOURCE_MISSING,
    BODIES,
    BODIES_LIMIT,
    SERVICE_CALLS,
    trace::SENT,
    trace::DROPPED,
];

/// The page as it is now.
pub(crate) async fn page(node: &Node, doors: [(&str, &Door); 2], form: Form) -> String {
    let can_exchange = health::answer(node).await.status().is_success();
    let mut page = Page::new(form);
    put_process(&mut page, &doors);
    page.metric(&CAN_EXCHANGE).put(&[], can_exchange);
    node.usage.totals().put(&mut page);
    put_ledger(node, &mut page);
    put_directory(node, &mut page);
    let called = node.peers.called();
    let mut values = page.metric(&PEER_UP);
    for (peer, is_up, _) in &called {
        values.put(&[("peer", peer.as_str())], *is_up);
    }
    values.and(&PEER_CALLS);
    for (peer, _, calls) in &called {
        values.put(&[("peer", peer.as_str())], *calls);
    }
    put_certificates(node, &mut page);
    let sources = node.standing.sources();
    let mut values = page.metric(&SOURCE_UP);
    for source in &sources {
        values.put(&[("service", source.service.as_str())], source.is_up);
    }
    values.and(&SOURCE_MISSING);
    for source in &sources {
        values.put(&[("service", source.service.as_str())], source.missing);
    }
    put_places(node, &mut page);
    node.traces.put(&mut page);
    page.end()
}

fn put_ledger(node: &Node, page: &mut Page) {
    let ledger = node.recorder.ledger();
    let (measures, (waiting, most)) = (ledger.measures(), ledger.waiting());
    page.metric(&ENTRIES).put(&[], &measures.entries);
    page.metric(&WRITTEN).put(&[], &measures.bytes);
    page.metric(&COMMITS).times(&[], &measures.commits);
    page.metric(&FAILED_COMMITS).put(&[], &measures.failed);
    page.metric(&WAITING).put(&[], waiting);
    page.metric(&WAITING_LIMIT).put(&[], most);
    if let Ok(free) = ledger.free_bytes() {
        page.metric(&DISK_FREE).put(&[], free);
    }
}

fn put_directory(node: &Node, page: &mut Page) {
    let directory = node.directory.load();
    page.metric(&REVISION).put(&[], directory.revision);
    page.metric(&EXPIRY).put(&[], directory.expires);
    let confirmed = node.standing.directory_confirmed().unwrap_or(Timestamp::UNIX_EPOCH);
    page.metric(&CONFIRMED).put(&[], confirmed);
    page.metric(&REFUSED).put(&[], node.standing.refused_directory().is_some());
}

fn put_certificates(node: &Node, page: &mut Page) {
    let (face, key) = (node.face.load(), node.own.load());
    let own = [("node_tls", Some(&face.certificate)), ("node_signing", Some(&key.certificate))];
    let all = own.into_iter().chain([("node_edge", node.edge_certificate.as_ref())]);
    let mut values = page.metric(&process::CERTIFICATE_EXPIRY);
    let ends = |certificate: &CertificateDer<'_>| certificate::span(certificate).ok().map(|(_, ends)| ends);
    for (name, certificate) in all {
        if let Some(ends) = certificate.and_then(ends) {
            values.put(&[("certificate", name)], ends);
        }
    }
}

fn put_places(node: &Node, page: &mut Page) {
    let taken = node.budget.taken();
    let mut values = page.metric(&BODIES);
    for (place, (bytes, _)) in ["memory", "spool"].into_iter().zip(taken) {
        values.put(&[("place", place)], bytes);
    }
    values.and(&BODIES_LIMIT);
    for (place, (_, most)) in ["memory", "spool"].into_iter().zip(taken) {
        values.put(&[("place", place)], most);
    }
    values.and(&SERVICE_CALLS).put(&[], node.slots.taken());
}
