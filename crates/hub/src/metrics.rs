//! The hub's metrics. What is counted stands where it is counted; all else is read when somebody scrapes. Labels are the program's own words:
//! routes, methods, classes, states. No agency, no officer, no person.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;
use model::metrics::{Form, Metric, Page, process};
use trust::listen::Door;
use trust::scrape::put_process;

use crate::calls::{DURATION, REQUESTS};
use crate::hub::Hub;
use crate::running::directory::{last_signed, left_out};
use crate::running::{behind, holding};
use crate::{clock, pool};

/// A node asks for news every 25 s; one that has not for so long is away.
const AWAY: SignedDuration = SignedDuration::from_secs(90);
/// Longest wait for the store; what stands there is left out of the page then.
const PATIENCE: Duration = Duration::from_secs(5);

const STORE_UP: Metric =
    Metric::gauge("lienthong_hub_store_up", "Whether the store can be read, and written as far as is known");
const STORE_CONNECTIONS: Metric =
    Metric::gauge("lienthong_hub_store_connections", "Connections to the store that are in use, by pool");
const STORE_LIMIT: Metric =
    Metric::gauge("lienthong_hub_store_connections_limit", "Most connections to the store, by pool");
const HEAVY: Metric = Metric::gauge(
    "lienthong_hub_heavy_work_in_progress",
    "Pieces of heavy work that are being done: for changes, and for tables and graphs to be read (draw)",
);
const HEAVY_LIMIT: Metric = Metric::gauge("lienthong_hub_heavy_work_limit", "Most of them at a time");
const LISTENERS: Metric = Metric::gauge("lienthong_hub_event_listeners", "Who listens to events");
const PUBLISHED: Metric = Metric::histogram(
    "lienthong_hub_publish_duration_seconds",
    "How long it took to publish a directory, of those that this hub published",
);
const NOT_PUBLISHED: Metric =
    Metric::counter("lienthong_hub_publish_failures_total", "Directories that could not be published");
const REVISION: Metric = Metric::gauge("lienthong_hub_directory_revision", "Number of the directory");
const SIGNED: Metric = Metric::gauge(
    "lienthong_hub_directory_signed_timestamp_seconds",
    "When the directory was signed last, in seconds since 1970",
);
const EXPIRY: Metric = Metric::gauge(
    "lienthong_hub_directory_expiry_timestamp_seconds",
    "When nodes stop deciding from it unless it is signed anew, in seconds since 1970",
);
const LAGS: Metric = Metric::gauge(
    "lienthong_hub_directory_lags",
    "Whether the registry says something that is not published yet",
);
const LEFT_OUT: Metric = Metric::gauge(
    "lienthong_hub_directory_left_out",
    "Things of the registry that are left out of the directory",
);
const BEHIND: Metric = Metric::gauge(
    "lienthong_hub_store_behind",
    "Whether nodes have proven a newer directory than the store knows, so that nothing is published",
);
const NODES: Metric = Metric::gauge(
    "lienthong_hub_nodes",
    "Nodes by state: current (they decide from the newest directory), behind (from an older one), away (not heard for 90 s, or never)",
);

/// All that a hub shows.
pub const METRICS: &[Metric] = &[
    process::BUILD,
    process::OPEN_FDS,
    process::MAX_FDS,
    process::MEMORY,
    process::CONNECTIONS,
    process::CONNECTIONS_LIMIT,
    process::CERTIFICATE_EXPIRY,
    REQUESTS,
    DURATION,
    STORE_UP,
    STORE_CONNECTIONS,
    STORE_LIMIT,
    HEAVY,
    HEAVY_LIMIT,
    LISTENERS,
    PUBLISHED,
    NOT_PUBLISHED,
    REVISION,
    SIGNED,
    EXPIRY,
    LAGS,
    LEFT_OUT,
    BEHIND,
    NODES,
];

/// The page as it is now.
pub(crate) async fn page(hub: &Hub, door: &Door, form: Form) -> String {
    let mut page = Page::new(form);
    put_process(&mut page, &[("hub", door)]);
    let mut values = page.metric(&process::CERTIFICATE_EXPIRY);
    let ends = [
        ("hub_web", Some(hub.face.span().1)),
        ("authority", hub.authority.ends().ok()),
        ("directory_root", hub.directory.publisher().root_expires().ok()),
    ];
    for (name, ends) in ends {
        if let Some(ends) = ends {
            values.put(&[("certificate", name)], ends);
        }
    }
    hub.calls.put(&mut page);
    put_work(hub, &mut page);
    let told = tokio::time::timeout(PATIENCE, stored(hub)).await;
    match told.unwrap_or_else(|_| Err(pool::busy())) {
        Ok(stored) => put_stored(&stored, &mut page),
        Err(_) => {
            page.metric(&STORE_UP).put(&[], false);
        }
    }
    page.end()
}

/// What is done at the moment, and was since the hub began.
fn put_work(hub: &Hub, page: &mut Page) {
    let connections = hub.db.connections();
    let mut values = page.metric(&STORE_CONNECTIONS);
    for (pool, used, _) in connections {
        values.put(&[("pool", pool)], used);
    }
    values.and(&STORE_LIMIT);
    for (pool, _, most) in connections {
        values.put(&[("pool", pool)], most);
    }
    let work = pool::taken();
    values.and(&HEAVY);
    for (kind, taken, _) in work {
        values.put(&[("kind", kind)], taken);
    }
    values.and(&HEAVY_LIMIT);
    for (kind, _, most) in work {
        values.put(&[("kind", kind)], most);
    }
    values.and(&LISTENERS).put(&[], hub.events.listeners());
    let published = hub.directory.measures();
    values.and(&PUBLISHED).times(&[], &published.took);
    values.and(&NOT_PUBLISHED).put(&[], &published.failed);
    values.and(&REVISION).put(&[], *hub.directory.revision().borrow());
    values.and(&LAGS).put(&[], hub.directory.lags());
}

/// What only the store knows.
struct Stored {
    signed: Option<Timestamp>,
    lifetime: SignedDuration,
    left_out: usize,
    is_behind: bool,
    nodes: [(&'static str, usize); 3],
}

async fn stored(hub: &Hub) -> Result<Stored, Fault> {
    hub.db.check().await?;
    let mut tx = hub.db.read().await?;
    let revision = behind::numbers(&mut tx).await?.0;
    let (now, mut nodes) = (clock::now(), [("current", 0), ("behind", 0), ("away", 0)]);
    for holder in holding::everybody(&mut tx).await? {
        let at = holder.at.and_then(|at| at.parse::<Timestamp>().ok());
        let is_newest = holder.revision.and_then(|held| u64::try_from(held).ok()) >= Some(revision);
        let state = match at {
            Some(at) if now.duration_since(at) < AWAY => usize::from(!is_newest),
            _ => 2,
        };
        if let Some((_, count)) = nodes.get_mut(state) {
            *count += 1;
        }
    }
    Ok(Stored {
        left_out: left_out(&mut tx).await?.len(),
        is_behind: behind::behind(&mut tx).await?.is_some(),
        signed: last_signed(&mut tx).await?,
        lifetime: hub.lifetime(),
        nodes,
    })
}

fn put_stored(stored: &Stored, page: &mut Page) {
    page.metric(&STORE_UP).put(&[], true);
    if let Some(signed) = stored.signed {
        page.metric(&SIGNED).put(&[], signed);
        page.metric(&EXPIRY).put(&[], signed + stored.lifetime);
    }
    page.metric(&LEFT_OUT).put(&[], stored.left_out);
    page.metric(&BEHIND).put(&[], stored.is_behind);
    let mut values = page.metric(&NODES);
    for (state, count) in stored.nodes {
        values.put(&[("state", state)], count);
    }
}
