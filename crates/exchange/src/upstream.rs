//! The node's link to its hub: it hears of a new directory at once, fetches it, and goes on without the hub if it must.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode};
use model::directory::FILE_MAX_BYTES;
use model::fault::Fault;
use serde::Deserialize;
use trust::directory::keep::{Keeper, Source};
use trust::web::fetch;
use url::Url;

use crate::backend::http_api::WebClient;
use crate::body::{self, OutBody};
use crate::clock;
use crate::node::Node;

/// The hub holds a question for news this long before it says that there is none.
pub const WAIT: Duration = Duration::from_secs(25);
/// Longest wait for one of its files.
const FILE: Duration = Duration::from_secs(30);
/// Pause after a failure: doubled each time, up to the second value.
const PAUSE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// What is shown first.
const TIMESTAMP: &str = "metadata/timestamp.json";
/// Files that are shown to a hub in one go: those of a directory of 8,000 parts.
const SHOWN_MAX: usize = 10_000;

/// Failures in a row to take a directory that is there, after which it counts as refused: one fetch may break off.
const REFUSALS: u32 = 3;

/// The hub, by its addresses: where one does not answer, the next is asked, and stays the one to ask.
pub struct Hub {
    client: ArcSwap<WebClient>,
    urls: Vec<Url>,
    current: AtomicUsize,
}

impl Hub {
    /// The hub at `urls`, asked by `client`.
    #[must_use]
    pub fn new(client: WebClient, urls: Vec<Url>) -> Self {
        Self { client: ArcSwap::from_pointee(client), urls, current: AtomicUsize::new(0) }
    }

    /// From here on it is asked by another client: the node shows another certificate.
    pub(crate) fn ask_by(&self, client: WebClient) {
        self.client.store(Arc::new(client));
    }

    /// Asks until one answers.
    async fn ask(
        &self,
        request: impl Fn(&str) -> http::Result<Request<OutBody>>,
        path: &str,
        patience: Duration,
    ) -> Result<Response<Bytes>, String> {
        let first = self.current.load(Ordering::Relaxed);
        let mut tried = "no hub is named".to_owned();
        for step in 0..self.urls.len() {
            let number = (first + step) % self.urls.len();
            let Some(url) = self.urls.get(number) else { continue };
            let uri = url.join(path).map_err(|error| error.to_string())?;
            let request = request(uri.as_str()).map_err(|error| error.to_string())?;
            let client = self.client.load_full();
            match fetch(&client, request, patience, FILE_MAX_BYTES).await {
                Ok(answer) if answer.status() != StatusCode::SERVICE_UNAVAILABLE => {
                    self.current.store(number, Ordering::Relaxed);
                    return Ok(answer);
                }
                Ok(answer) => tried = format!("{url}: {}", answer.status()),
                Err(why) => tried = format!("{url}: {why}"),
            }
        }
        Err(tried)
    }

    async fn get(&self, path: &str, patience: Duration) -> Result<Option<Bytes>, String> {
        let request = |uri: &str| Request::get(uri).body(body::whole(Bytes::new()));
        let answer = self.ask(request, path, patience).await?;
        match answer.status() {
            StatusCode::OK => Ok(Some(answer.into_body())),
            StatusCode::NOT_FOUND => Ok(None),
            status => Err(format!("the hub answered {status}")),
        }
    }

    /// Hands something to the hub.
    pub(crate) async fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Response<Bytes>, String> {
        let request = |uri: &str| {
            let mut request = Request::post(uri).header("content-type", "application/json");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            request.body(body::whole(body.clone()))
        };
        let answer = self.ask(request, path, FILE).await?;
        if !answer.status().is_success() {
            let said: String = String::from_utf8_lossy(answer.body()).chars().take(300).collect();
            tracing::warn!(status = %answer.status(), said, "the hub did not take what it was handed");
        }
        Ok(answer)
    }

    /// Where it is.
    fn place(&self) -> String {
        self.urls.iter().map(Url::as_str).collect::<Vec<_>>().join(", ")
    }

    /// Waits until there is a directory above `known`, whose time stamp is `timestamp`, and returns its number; or returns `known` after
    /// [`WAIT`]. A number below `known`: the hub knows nothing of that directory. Notes whether the hub knows the node.
    async fn news(&self, node: &Node, known: u64, timestamp: Option<&[u8]>) -> Result<u64, String> {
        let mut path = format!("directory/revision?after={known}");
        if let Some(timestamp) = timestamp {
            path.push_str(&format!("&signed={}", trust::hex(&trust::sha256(timestamp))));
        }
        let request = |uri: &str| Request::get(uri).body(body::whole(Bytes::new()));
        let answer = self.ask(request, &path, WAIT + Duration::from_secs(10)).await?;
        let status = answer.status();
        node.note_turned_away(matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN));
        if status != StatusCode::OK {
            return Err(format!("the hub answered {status}"));
        }
        let text = String::from_utf8_lossy(answer.body());
        text.trim().parse().map_err(|_| "the hub's answer is no number".to_owned())
    }
}

/// What a hub answers that is shown a file.
#[derive(Deserialize)]
struct Wanted {
    wanted: Option<String>,
}

impl Hub {
    /// Shows the hub the directory that is held here, file by file as it asks for them: its store does not know it.
    async fn show(&self, keeper: &Keeper) -> Result<(), String> {
        let mut wanted = Some(TIMESTAMP.to_owned());
        for _ in 0..SHOWN_MAX {
            let Some(path) = wanted else { return Ok(()) };
            let bytes = Bytes::from(keeper.file(&path).ok_or_else(|| format!("{path} is not here"))?);
            let request = |uri: &str| {
                let json = "application/json";
                Request::post(uri).header(CONTENT_TYPE, json).body(body::whole(bytes.clone()))
            };
            let answer = self.ask(request, &format!("directory/shown?path={path}"), FILE).await?;
            if answer.status() != StatusCode::OK {
                return Err(format!("the hub answered {} to {path}", answer.status()));
            }
            let Wanted { wanted: next } =
                serde_json::from_slice(answer.body()).map_err(|error| error.to_string())?;
            wanted = next.filter(|next| *next != path);
        }
        Ok(())
    }
}

#[async_trait]
impl Source for Hub {
    async fn get(&self, path: &str) -> Result<Option<Bytes>, String> {
        Self::get(self, &format!("directory/{path}"), FILE).await
    }
}

/// What a node calls a hub whose store is behind what it holds.
const HUB_BEHIND: &str = "LT-7133";

/// Follows the hub for as long as the node runs. What it does not take it says: in the log, in its health and to the hub.
pub async fn follow(node: Arc<Node>, hub: Arc<Hub>, keeper: Keeper) {
    let mut pause = PAUSE.0;
    let mut seen = node.book.load().revision;
    // As it was when it was verified, whatever becomes of the disk.
    let mut timestamp = keeper.file(TIMESTAMP);
    let mut failures = 0;
    loop {
        let revision = hub.news(&node, seen, timestamp.as_deref()).await;
        let outcome = match &revision {
            Ok(revision) if *revision == seen => {
                (pause, failures) = (PAUSE.0, 0);
                node.refuse_directory(None);
                continue;
            }
            Ok(revision) if *revision < seen => {
                node.refuse_directory(Some((*revision, HUB_BEHIND)));
                if let Err(why) = hub.show(&keeper).await {
                    tracing::warn!(why, "the hub could not be shown the directory that is held here");
                }
                // It was told, and answers as soon as somebody has decided.
                tokio::time::sleep(PAUSE.0).await;
                continue;
            }
            Ok(_) => take(&node, &hub, &keeper).await,
            Err(why) => Err(Fault::HubUnreachable { url: hub.place(), why: why.clone() }),
        };
        match (outcome, revision) {
            (Ok(()), Ok(_)) => {
                seen = node.book.load().revision;
                timestamp = keeper.file(TIMESTAMP);
                (pause, failures) = (PAUSE.0, 0);
                node.refuse_directory(None);
                continue;
            }
            // One that broke off or was refused is fetched again after a pause.
            (Err(fault), revision) => {
                tracing::warn!(fault = fault.code(), reason = %fault, "the directory could not be renewed");
                if let Ok(revision) = revision {
                    failures += 1;
                    if failures >= REFUSALS {
                        node.refuse_directory(Some((revision, fault.code())));
                    }
                }
            }
            (Ok(()), Err(_)) => {}
        }
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2).min(PAUSE.1);
    }
}

/// Fetches the directory of the moment and puts it in the place of the one before.
async fn take(node: &Node, hub: &Arc<Hub>, keeper: &Keeper) -> Result<(), Fault> {
    let old = node.book.load_full();
    let directory = keeper.fetch(hub.clone(), &old.known()).await?;
    let book = old.renewed(directory, clock::now());
    let book = book.ok_or_else(|| Fault::DirectoryRefused { why: "a part is missing".into() })?;
    tracing::info!(revision = book.revision, expires = %book.expires, "new directory");
    node.book.store(Arc::new(book));
    for rates in [&node.consumer_rates, &node.provider_rates, &node.question_rates, &node.refusal_rates] {
        rates.forget_idle(Instant::now());
    }
    Ok(())
}
