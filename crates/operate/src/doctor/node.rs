//! What is looked at about a node.

use exchange::copies::CopyStatus;
use exchange::reach::{self, Looked};
use exchange::{NodeSettings, StateFolder, clock};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{clocks, hub, port};
use crate::finding::{Finding, Level};
use crate::texts;
use crate::watched::{Watched, hub_of};

/// A directory is signed anew after a quarter of its time, which is a week unless the hub has it otherwise: with so little left it was not.
const DIRECTORY_LEFT: SignedDuration = SignedDuration::from_hours(24);
/// A provider whose connection takes so long holds up calls.
const SLOW_MILLIS: u128 = 1000;

pub(super) async fn examine(
    watched: &Watched,
    folder: &StateFolder,
    settings: &NodeSettings,
    found: &mut Vec<Finding>,
) {
    let health = watched.health().await;
    // Whoever else listens there does not call itself by this node's name.
    let health = health.ok().filter(|health| health.told.get("node") == Some(&json!(settings.id)));
    let runs = health.is_some();
    found.push(port("peer", settings.peer, runs));
    found.push(port("edge", settings.edge, runs));
    if let Some(metrics) = settings.metrics {
        found.push(port("metrics", metrics, runs));
    }
    found.push(match &health {
        None => {
            let next = texts::start_node(folder.0.display());
            Finding::bad(Level::Warning, "node", texts::node_away(settings.edge), next)
        }
        Some(health) if health.told.get("healthy") == Some(&Value::Bool(true)) => {
            Finding::ok("node", texts::node_well(health.took.as_millis()))
        }
        Some(health) => {
            let level = if health.status.is_success() { Level::Warning } else { Level::Critical };
            let code = health.told.get("fault").and_then(Value::as_str).unwrap_or("?");
            let text =
                |member: &str| health.told.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
            let why = model::fault::Words::new(text("reason_vi"), text("reason"));
            Finding::bad(level, "node", texts::node_not_well(code, &why), texts::explain(code))
        }
    });
    let newest = hubs(folder, settings, found).await;
    found.extend(copies(folder, settings));
    match reach::look(folder, settings).await {
        Err(fault) => found.push(Finding::fault("directory", &fault)),
        Ok(looked) => {
            found.push(directory(&looked, newest));
            found.extend(providers(&looked));
        }
    }
}

/// Asks each hub how it is. Returns the number of the newest directory that one of them has.
async fn hubs(folder: &StateFolder, settings: &NodeSettings, found: &mut Vec<Finding>) -> Option<u64> {
    let mut newest = None;
    for url in settings.hub.urls() {
        let health = match hub_of(folder, url).await {
            Ok(health) => health,
            Err(why) => {
                let said = texts::hub_away(url, why);
                found.push(Finding::bad(Level::Critical, "hub", said, texts::reach_hub(url)));
                continue;
            }
        };
        newest = newest.max(health.told.get("revision").and_then(Value::as_u64));
        if let Some(ahead) = health.ahead {
            found.push(clocks(ahead));
        }
        let millis = health.took.as_millis();
        found.push(if health.told.get("healthy") == Some(&Value::Bool(true)) {
            Finding::ok("hub", texts::hub_well(url, millis))
        } else {
            let said = texts::hub_not_well(url, health.status.as_u16(), hub::why(&health.told));
            Finding::bad(Level::Warning, "hub", said, texts::tell_hub())
        });
    }
    newest
}

/// The copies of others' datasets that the node keeps.
fn copies(folder: &StateFolder, settings: &NodeSettings) -> Vec<Finding> {
    let copies = match exchange::copies::copies(folder, settings) {
        Ok(copies) => copies,
        Err(fault) => return vec![Finding::fault("copy", &fault)],
    };
    let look = || texts::look_at_copies(folder.0.display());
    let of = |copy: CopyStatus| match copy.trouble {
        Some(why) => {
            let why = model::fault::Words::new(why.vi, why.en);
            let said = texts::copy_stands_still(&copy.service, &copy.table, &why);
            Finding::bad(Level::Warning, "copy", said, look())
        }
        None if copy.held_records > 0 => {
            let said = texts::copy_holds(&copy.service, &copy.table, copy.held_records);
            Finding::bad(Level::Warning, "copy", said, texts::look_at_held(folder.0.display(), &copy.service))
        }
        None => match copy.verified_until {
            Some(until) => Finding::ok("copy", texts::copy_is_so(&copy.service, &copy.table, until)),
            None => Finding::ok("copy", texts::copy_is_made(&copy.service, &copy.table)),
        },
    };
    copies.into_iter().map(of).collect()
}

fn directory(looked: &Looked, newest: Option<u64>) -> Finding {
    let (revision, now) = (looked.revision, clock::now());
    let left = looked.expires.duration_since(now);
    let said = texts::directory_held(revision, looked.expires);
    if left <= DIRECTORY_LEFT {
        let level = if left.is_negative() { Level::Critical } else { Level::Warning };
        return Finding::bad(level, "directory", said, texts::renew_directory());
    }
    match newest.filter(|newest| *newest > revision) {
        Some(newest) => {
            let said = texts::directory_old(revision, newest);
            Finding::bad(Level::Warning, "directory", said, texts::renew_directory())
        }
        None => Finding::ok("directory", said),
    }
}

fn providers(looked: &Looked) -> Vec<Finding> {
    let each = looked.providers.iter().map(|provider| match &provider.took {
        Ok(took) => {
            let millis = took.as_millis();
            let said = texts::provider_reached(&provider.node, &provider.address, provider.services, millis);
            match millis > SLOW_MILLIS {
                true => Finding::bad(Level::Warning, "provider", said, texts::slow_provider()),
                false => Finding::ok("provider", said),
            }
        }
        Err(why) => {
            let said = texts::provider_away(&provider.node, &provider.address, provider.services, why);
            Finding::bad(Level::Critical, "provider", said, texts::reach_provider(&provider.address))
        }
    });
    let nowhere = looked.nowhere.iter().map(|service| {
        Finding::bad(Level::Warning, "provider", texts::served_nowhere(service), texts::ask_owner())
    });
    each.chain(nowhere).collect()
}
