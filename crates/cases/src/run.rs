//! A node with cases: opened from its settings, its listener served, what was begun carried on, what time ends erased.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Extension;
use exchange::{CasesSettings, Node};
use http::request::Parts;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use jiff::SignedDuration;
use model::casework::results_of;
use model::fault::Fault;
use model::id::SystemId;
use model::time::day_in_viet_nam;
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use trust::listen::{self, Clock, Connection, Door, Limits, Pace};

use crate::api::{self, Prover, State};
use crate::defect::Defects;
use crate::elsewhere::Offered;
use crate::report::Reports;
use crate::sources::Sources;
use crate::store as kept;
use crate::vault::Vault;
use crate::work::Cases;

/// How often the store is looked at for work that nobody does, at least and at most.
const LOOK: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// Cases looked up at once.
const PAGE: i64 = 1_000;
/// How often defects are told, and what time ends is looked at.
const TOLD: Duration = Duration::from_secs(5);
/// How often the hub is told what has grown of counts.
const COUNTS_TOLD: Duration = Duration::from_secs(60);
const SWEPT: Duration = Duration::from_secs(3600);
/// Cases erased at once.
const ERASED: i64 = 500;
/// A key without a case is one whose opening was broken off, after so long.
const ORPHAN: SignedDuration = SignedDuration::from_hours(1);
/// Older keys have been looked at.
const ORPHANS_SINCE: SignedDuration = SignedDuration::from_hours(24);
/// Places and clocks of the listener. Citizens come from anywhere; the one-stop system has a party's places once it is known.
const LIMITS: Limits = Limits {
    proven: 4096,
    per_party: 2048,
    strangers: 1024,
    per_address: 128,
    strangers_requests: 512,
    strangers_bytes_per_second: 2 * 1024 * 1024,
    party_requests: 4096,
    handshake: Duration::from_secs(10),
    stranger: Clock { idle: Duration::from_secs(30), life: Duration::from_secs(600) },
    known: Clock { idle: Duration::from_secs(90), life: Duration::from_secs(3600) },
    pace: Pace { grace: Duration::from_secs(30), bytes_per_second: 2048 },
};
/// Headers of a request.
const HEADERS_MAX_BYTES: usize = 64 * 1024;

/// Cases of a node, with what serves them.
pub struct Desk {
    /// The cases.
    pub cases: Arc<Cases>,
    /// What routes share.
    pub state: State,
    writing: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>,
    tls: Option<ServerConfig>,
}

/// Opens the cases of a node in its `folder`.
///
/// # Errors
/// [`Fault`] says which file, store or setting cannot be used.
pub async fn open(node: &Arc<Node>, folder: &Path, settings: &CasesSettings) -> Result<Desk, Fault> {
    let (store, keys) = (settings.store_url(folder), settings.keys_url(folder));
    let prover = node.clone();
    let prover = Arc::new(move |parts: &Parts| proven(&prover, parts));
    let key = folder.join("cases.key");
    let (sources, client) = (Arc::new(node.clone()), settings.system.clone());
    let desk = Desk::over(sources, client, (&store, &keys, &key), prover).await?;
    if let Some(service) = results_of(&settings.system) {
        node.answer_by(&service, Arc::new(Offered(desk.cases.clone())));
    }
    let tls = if settings.tls { Some(node.edge_server()?) } else { None };
    Ok(Desk { tls, ..desk })
}

/// The system that a request shows itself to be of, by token or certificate.
fn proven(node: &Node, parts: &Parts) -> Result<SystemId, Fault> {
    let said = parts.headers.get("x-road-client").ok_or(Fault::NobodyKnown {})?;
    let client: SystemId = said
        .to_str()
        .map_err(|_| Fault::NobodyKnown {})?
        .parse()
        .map_err(|error: model::id::IdError| Fault::BadClient { why: error.words() })?;
    let from = parts.extensions.get::<From>();
    let certificate = from.and_then(|from| from.certificate.clone());
    node.prove(&client, &parts.headers, certificate)?;
    if let Some(from) = from {
        from.connection.prove(client.as_str());
    }
    Ok(client)
}

/// Where a request came from.
#[derive(Clone)]
struct From {
    connection: Arc<Connection>,
    certificate: Option<CertificateDer<'static>>,
}

impl Desk {
    /// Cases of the system `client` over whatever sources there are, in a store, with keys in another that are sealed by the key in a file.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`], [`Fault::BadSettings`].
    pub async fn over(
        sources: Arc<dyn Sources>,
        client: SystemId,
        (store, keys, key): (&str, &str, &Path),
        prover: Arc<Prover>,
    ) -> Result<Self, Fault> {
        let vault = Vault::open(keys, key).await?;
        let (cases, writing) = Cases::open(sources, client, (store, vault)).await?;
        let state = State::new(cases.clone(), prover);
        Ok(Self { cases, state, writing: Box::pin(writing), tls: None })
    }

    /// Serves `listener`, with whatever is put around the routes, and does the cases' work, until it is dropped.
    pub async fn run(
        self,
        listener: TcpListener,
        defects: Option<Arc<dyn Defects>>,
        reports: Option<(Arc<dyn Reports>, Duration)>,
        around: impl FnOnce(axum::Router) -> axum::Router,
    ) {
        let Self { cases, state, writing, tls } = self;
        let router = around(api::routes(state).0);
        let door = Door::new(LIMITS);
        // Each of them runs for as long as the others.
        tokio::select! {
            () = writing => {}
            () = serve(listener, door, tls, router) => {}
            () = carry_on(&cases) => {}
            () = tell(&cases, defects) => {}
            () = tell_counts(&cases, reports) => {}
            () = sweep(&cases) => {}
            () = carry_revocations(&cases) => {}
        }
    }
}

/// Carries on what is to be carried on: all that was begun before, at first, and then whatever found no place.
pub(crate) async fn carry_on(cases: &Arc<Cases>) {
    let mut after = String::new();
    loop {
        if let Err(fault) = carry_on_a_page(cases, &mut after).await {
            tracing::warn!(fault = fault.code(), reason = %fault, "cases were not looked up to be carried on");
        }
        tokio::time::sleep(LOOK.0).await;
        if after.is_empty() {
            let _ = tokio::time::timeout(LOOK.1, cases.wake.notified()).await;
        }
    }
}

async fn carry_on_a_page(cases: &Arc<Cases>, after: &mut String) -> Result<(), Fault> {
    let now = cases.sources.now();
    let page = kept::to_work_on(&cases.db, &cases.sources.node(), now, after, PAGE).await?;
    let is_last = i64::try_from(page.len()).unwrap_or(PAGE) < PAGE;
    for id in page {
        while !cases.has_room() {
            let _ = tokio::time::timeout(LOOK.1, cases.wake.notified()).await;
        }
        cases.carry_on(&id);
        *after = id;
    }
    if is_last {
        after.clear();
    }
    Ok(())
}

async fn tell(cases: &Arc<Cases>, defects: Option<Arc<dyn Defects>>) {
    // They wait in the store until somebody is named who takes them.
    let Some(defects) = defects else { return std::future::pending().await };
    loop {
        if let Err(fault) = cases.tell_defects(&*defects, cases.sources.now()).await {
            tracing::warn!(fault = fault.code(), reason = %fault, "defects were not told");
        }
        tokio::time::sleep(TOLD).await;
    }
}

async fn tell_counts(cases: &Arc<Cases>, reports: Option<(Arc<dyn Reports>, Duration)>) {
    let Some((reports, every)) = reports else { return std::future::pending().await };
    loop {
        tokio::time::sleep(every.min(COUNTS_TOLD)).await;
        if let Err(fault) = cases.tell_counts(&*reports, cases.sources.now()).await {
            tracing::warn!(fault = fault.code(), reason = %fault, "counts of reuse were not told");
        }
    }
}

/// What was revoked is taken out of cases at once; here what a process that ended has left.
async fn carry_revocations(cases: &Arc<Cases>) {
    loop {
        if let Err(fault) = cases.carry_revocations().await {
            tracing::warn!(fault = fault.code(), reason = %fault, "revoked results were not taken out of cases");
        }
        tokio::time::sleep(TOLD).await;
    }
}

async fn sweep(cases: &Arc<Cases>) {
    loop {
        match sweep_once(cases).await {
            Ok(0) => {}
            Ok(erased) => tracing::info!(erased, "cases whose time is over were erased"),
            Err(fault) => {
                tracing::warn!(fault = fault.code(), reason = %fault, "what is over was not erased")
            }
        }
        tokio::time::sleep(SWEPT).await;
    }
}

/// Erases what is over. A clock that was set back erases nothing too early: it only waits.
pub(crate) async fn sweep_once(cases: &Arc<Cases>) -> Result<usize, Fault> {
    let now = cases.sources.now();
    let today = day_in_viet_nam(now).to_string();
    let mut erased = 0;
    loop {
        let over = kept::over(&cases.db, &today, ERASED).await?;
        if over.is_empty() {
            break;
        }
        cases.erase(&over).await?;
        erased += over.len();
    }
    loop {
        let over = kept::results_over(&cases.db, &today, ERASED).await?;
        if over.is_empty() {
            break;
        }
        // The key first, as of cases.
        cases.vault.destroy(&over).await?;
        kept::forget_results(&cases.db, &over).await?;
    }
    let (from, to) = (now - ORPHANS_SINCE, now - ORPHAN);
    let mut after = String::new();
    loop {
        let page = cases.vault.made_between((from, to), &after, ERASED).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(last);
        let mut orphans = Vec::new();
        for case in page {
            if kept::one(&cases.db, &case).await?.is_none() && kept::result(&cases.db, &case).await?.is_none()
            {
                orphans.push(case);
            }
        }
        if !orphans.is_empty() {
            cases.vault.destroy(&orphans).await?;
        }
    }
    Ok(erased)
}

async fn serve(listener: TcpListener, door: Door, tls: Option<ServerConfig>, router: axum::Router) {
    let acceptor = tls.map(|tls| TlsAcceptor::from(Arc::new(tls)));
    listen::accept_by(listener, door, move |stream, connection| {
        let (acceptor, router) = (acceptor.clone(), router.clone());
        async move {
            let Some(acceptor) = acceptor else {
                return serve_one(stream, connection, None, router).await;
            };
            let stream = connection.handshake(acceptor.accept(stream)).await?;
            let shown = stream
                .get_ref()
                .1
                .peer_certificates()
                .and_then(<[_]>::first)
                .map(|der| der.clone().into_owned());
            serve_one(stream, connection, shown, router).await
        }
    })
    .await;
}

async fn serve_one<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    connection: Arc<Connection>,
    certificate: Option<CertificateDer<'static>>,
    router: axum::Router,
) -> Result<(), String> {
    let router = router.layer(Extension(From { connection: connection.clone(), certificate }));
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().max_buf_size(HEADERS_MAX_BYTES);
    server.http2().timer(TokioTimer::new()).max_concurrent_streams(64);
    connection.serve(server, stream, TowerToHyperService::new(router), std::future::pending()).await
}
