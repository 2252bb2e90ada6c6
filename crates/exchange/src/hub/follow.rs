//! The node follows its hub: it hears of a new directory at once, fetches it, and goes on without the hub if it must.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use model::fault::Fault;
use serde::Deserialize;
use trust::directory::mirror::Mirror;

use crate::backoff::Backoff;
use crate::body;
use crate::clock;
use crate::hub::{FILE, Hub};
use crate::node::Node;

/// The hub holds a question for news this long at most before it says that there is none.
pub(crate) const WAIT: Duration = Duration::from_secs(25);
/// Pause after a failure.
const PAUSE: Backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
/// Pause after the hub was shown the directory that is held here.
const SHOWN_PAUSE: Duration = Duration::from_millis(200);

/// What is shown first.
const TIMESTAMP: &str = "metadata/timestamp.json";
/// Files that are shown to a hub in one go: those of a directory of 8,000 parts.
const SHOWN_MAX: usize = 10_000;

/// Failures in a row to take a directory that is there, after which it counts as refused: one fetch may break off.
const REFUSALS: u32 = 3;

/// What a node calls a hub whose store is behind what it holds.
const HUB_BEHIND: &str = "LT-7133";

/// Follows the hub for as long as the node runs. What it does not take it says: in the log, in its health and to the hub.
pub(crate) async fn follow(node: Arc<Node>, hub: Arc<Hub>, mirror: Mirror) {
    let mut backoff = PAUSE;
    let mut seen = node.directory.load().revision;
    // What the copy lacks is fetched, though there may be no newer one: it was made before the node wanted all of it.
    let mut lacks = mirror.lacks_parts(&node.directory.load().known());
    if lacks {
        lacks = take(&node, &hub, &mirror).await.is_err();
        seen = node.directory.load().revision;
    }
    // As it was when it was verified, whatever becomes of the disk.
    let mut timestamp = mirror.file(TIMESTAMP);
    let mut failures = 0;
    loop {
        let revision = news(&hub, &node, seen, timestamp.as_deref()).await;
        node.standing.note_hub(revision.is_ok());
        let outcome = match &revision {
            Ok(revision) if *revision == seen && !lacks => {
                backoff.reset();
                failures = 0;
                node.standing.directory_taken();
                continue;
            }
            Ok(revision) if *revision < seen => {
                node.standing.directory_refused(*revision, HUB_BEHIND, seen);
                if let Err(why) = show(&hub, &mirror).await {
                    tracing::warn!(why, "the hub could not be shown the directory that is held here");
                }
                // It was told, and answers as soon as somebody has decided.
                tokio::time::sleep(SHOWN_PAUSE).await;
                continue;
            }
            Ok(_) => take(&node, &hub, &mirror).await,
            Err(why) => Err(Fault::HubUnreachable { url: hub.place(), why: why.clone() }),
        };
        match (outcome, revision) {
            (Ok(()), Ok(_)) => {
                lacks = false;
                seen = node.directory.load().revision;
                timestamp = mirror.file(TIMESTAMP);
                backoff.reset();
                failures = 0;
                node.standing.directory_taken();
                continue;
            }
            // One that broke off or was refused is fetched again after a pause.
            (Err(fault), revision) => {
                tracing::warn!(fault = fault.code(), reason = %fault, "the directory could not be renewed");
                if let Ok(revision) = revision {
                    failures += 1;
                    if failures >= REFUSALS {
                        node.standing.directory_refused(revision, fault.code(), seen);
                    }
                }
            }
            (Ok(()), Err(_)) => {}
        }
        tokio::time::sleep(backoff.pause()).await;
    }
}

/// Fetches the directory of the moment and puts it in the place of the one before.
async fn take(node: &Node, hub: &Arc<Hub>, mirror: &Mirror) -> Result<(), Fault> {
    let old = node.directory.load_full();
    let directory = old.fetched(mirror, hub.clone(), clock::now()).await?;
    tracing::info!(revision = directory.revision, expires = %directory.expires, "new directory");
    node.directory.store(Arc::new(directory));
    for rates in [&node.consumer_rates, &node.provider_rates, &node.question_rates, &node.refusal_rates] {
        rates.forget_idle(Instant::now());
    }
    Ok(())
}

/// Waits until there is a directory above `known`, whose time stamp is `timestamp`, and returns its number; or returns `known` after
/// [`WAIT`]. A number below `known`: the hub knows nothing of that directory. Notes whether the hub knows the node.
async fn news(hub: &Hub, node: &Node, known: u64, timestamp: Option<&[u8]>) -> Result<u64, String> {
    let mut path = format!("directory/revision?after={known}");
    if let Some(timestamp) = timestamp {
        path.push_str(&format!("&signed={}", trust::hex(&trust::sha256(timestamp))));
    }
    let request = |uri: &str| Request::get(uri).body(body::whole(Bytes::new()));
    let answer = hub.ask(request, &path, WAIT + Duration::from_secs(10)).await?;
    let status = answer.status();
    node.standing.note_turned_away(matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN));
    if status != StatusCode::OK {
        return Err(format!("the hub answered {status}"));
    }
    let text = String::from_utf8_lossy(answer.body());
    text.trim().parse().map_err(|_| "the hub's answer is no number".to_owned())
}

/// Shows the hub the directory that is held here, file by file as it asks for them: its store does not know it.
async fn show(hub: &Hub, mirror: &Mirror) -> Result<(), String> {
    let mut wanted = Some(TIMESTAMP.to_owned());
    for _ in 0..SHOWN_MAX {
        let Some(path) = wanted else { return Ok(()) };
        let bytes = Bytes::from(mirror.file(&path).ok_or_else(|| format!("{path} is not here"))?);
        let request = |uri: &str| {
            let json = "application/json";
            Request::post(uri).header(CONTENT_TYPE, json).body(body::whole(bytes.clone()))
        };
        let answer = hub.ask(request, &format!("directory/shown?path={path}"), FILE).await?;
        if answer.status() != StatusCode::OK {
            return Err(format!("the hub answered {} to {path}", answer.status()));
        }
        let Wanted { wanted: next } =
            serde_json::from_slice(answer.body()).map_err(|error| error.to_string())?;
        wanted = next.filter(|next| *next != path);
    }
    Ok(())
}

/// What a hub answers that is shown a file.
#[derive(Deserialize)]
struct Wanted {
    wanted: Option<String>,
}
