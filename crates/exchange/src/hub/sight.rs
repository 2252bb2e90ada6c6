//! The node tells its hub whom it reaches and whom it does not, and which of its services give no answer: soon when something is lost, later
//! when something is there again. It asks nobody for this; it tells what calls have shown.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use model::sight::{How, PEERS_MAX, SERVICES_MAX, Sight};

use crate::body;
use crate::hub::{FILE, Hub};
use crate::node::Node;

/// How often the node looks.
const LOOK: Duration = Duration::from_secs(1);
/// The shortest time from one telling to the next when something was lost, or when something else has changed.
const SOON: Duration = Duration::from_secs(2);
const LATER: Duration = Duration::from_secs(10);
/// What has not changed is told again after so long: a store may have been restored.
const ANEW: Duration = Duration::from_secs(600);
/// Pause after the hub did not take it.
const PAUSE: Duration = Duration::from_secs(5);

/// Tells for as long as the node runs.
pub(crate) async fn tell(node: Arc<Node>, hub: Arc<Hub>) {
    let mut told: Option<(Sight, Instant)> = None;
    loop {
        tokio::time::sleep(LOOK).await;
        let seen = look(&node);
        let is_due = told.as_ref().is_none_or(|(before, at)| at.elapsed() >= pace(before, &seen));
        if !is_due {
            continue;
        }
        match send(&hub, &seen).await {
            Ok(status) if status.is_success() => told = Some((seen, Instant::now())),
            // A hub of an earlier release.
            Ok(StatusCode::NOT_FOUND) => tokio::time::sleep(ANEW).await,
            Ok(status) => {
                tracing::debug!(%status, "the hub did not take what the node sees");
                tokio::time::sleep(PAUSE).await;
            }
            Err(why) => {
                tracing::debug!(why, "the hub is not there to be told what the node sees");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// What there is to tell. Those that are not reached come first.
fn look(node: &Node) -> Sight {
    let mut peers: Vec<_> = node.peers.seen().into_iter().collect();
    peers.sort_by_key(|(_, how)| *how == How::Reached);
    Sight {
        peers: peers.into_iter().take(PEERS_MAX).collect(),
        failing: node.standing.failing().into_iter().take(SERVICES_MAX).collect(),
    }
}

/// How long after `before` was told `seen` is.
fn pace(before: &Sight, seen: &Sight) -> Duration {
    if before == seen {
        return ANEW;
    }
    let lost = before.peers.iter().any(|(peer, how)| *how == How::Reached && !seen.peers.contains_key(peer));
    let missed =
        seen.peers.iter().any(|(peer, how)| *how != How::Reached && before.peers.get(peer) != Some(how));
    let fails = seen.failing.iter().any(|service| !before.failing.contains(service));
    if lost || missed || fails { SOON } else { LATER }
}

async fn send(hub: &Hub, sight: &Sight) -> Result<StatusCode, String> {
    let json = Bytes::from(serde_json::to_vec(sight).map_err(|error| error.to_string())?);
    let request = |uri: &str| {
        Request::post(uri).header(CONTENT_TYPE, "application/json").body(body::whole(json.clone()))
    };
    Ok(hub.ask(request, "sight", FILE).await?.status())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_is_told_soon_what_is_there_again_later_and_what_is_as_it_was_hardly_ever() {
        let sight = |how: Option<How>, failing: bool| Sight {
            peers: how.map(|how| ("VN/GOV/G01/nut-1".parse().unwrap(), how)).into_iter().collect(),
            failing: failing.then(|| "VN/GOV/G01/dan-cu/nguoi".parse().unwrap()).into_iter().collect(),
        };
        let all: Vec<Option<How>> = How::ALL.into_iter().map(Some).chain([None]).collect();
        for before in &all {
            for now in &all {
                for (failed, fails) in [(false, false), (false, true), (true, false), (true, true)] {
                    let worse = before != now && now.is_some_and(|how| how != How::Reached)
                        || *before == Some(How::Reached) && now.is_none();
                    let expected = match (before == now, failed == fails) {
                        (true, true) => ANEW,
                        _ if worse || fails && !failed => SOON,
                        _ => LATER,
                    };
                    let told = pace(&sight(*before, failed), &sight(*now, fails));
                    assert_eq!(told, expected, "{before:?} {now:?} {failed} {fails}");
                }
            }
        }
    }
}
