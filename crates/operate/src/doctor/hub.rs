//! What is looked at about a hub.

use std::path::Path;

use hub::HubSettings;
use serde_json::Value;

use super::{clocks, port};
use crate::finding::{Finding, Level};
use crate::texts;
use crate::watched::Watched;

pub(super) async fn examine(watched: &Watched, dir: &Path, settings: &HubSettings, found: &mut Vec<Finding>) {
    let keys = dir.join("directory/root-keys");
    if std::fs::read_dir(&keys).is_ok_and(|mut files| files.next().is_some()) {
        let said = texts::root_keys_here(keys.display());
        found.push(Finding::bad(Level::Warning, "keys", said, texts::move_root_keys()));
    }
    let health = watched.health().await;
    let runs = health.is_ok();
    found.push(port("listen", settings.listen, runs));
    if let Some(metrics) = settings.metrics {
        found.push(port("metrics", metrics, runs));
    }
    let health = match health {
        Ok(health) => health,
        Err(why) => {
            let said = texts::hub_away(&settings.url, why);
            found.push(Finding::bad(Level::Critical, "hub", said, texts::start_hub(dir.display())));
            return;
        }
    };
    if let Some(ahead) = health.ahead {
        found.push(clocks(ahead));
    }
    let millis = health.took.as_millis();
    if health.told.get("healthy") == Some(&Value::Bool(true)) {
        found.push(Finding::ok("hub", texts::hub_well(&settings.url, millis)));
        return;
    }
    let level = if health.status.is_success() { Level::Warning } else { Level::Critical };
    let said = texts::hub_not_well(&settings.url, health.status.as_u16(), why(&health.told));
    found.push(Finding::bad(level, "hub", said, texts::see_status()));
}

/// What a hub says is wrong, in its own words.
pub(crate) fn why(told: &Value) -> String {
    let text = |member: &str| told.get(member).and_then(Value::as_str);
    let part = |member: &str| told.get("directory").and_then(|directory| directory.get(member));
    let mut said: Vec<String> = text("detail").into_iter().map(str::to_owned).collect();
    for member in ["lags", "left_out", "behind"] {
        match part(member) {
            None | Some(Value::Null | Value::Bool(false)) => {}
            Some(value) if *value == 0 => {}
            Some(value) => said.push(format!("directory.{member} = {value}")),
        }
    }
    let ended = told.get("certificates").and_then(Value::as_array).into_iter().flatten();
    said.extend(ended.filter_map(|ending| ending.get("en")?.as_str().map(str::to_owned)));
    said.join("; ")
}
