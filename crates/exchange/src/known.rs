//! Who may call through the node and who may look exchanges up, as its settings say now: tokens that are added or taken out there count
//! within seconds, without the node starting again. All other settings are read when it starts.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use model::fault::{Fault, Words};

use crate::auditors::Auditors;
use crate::folder::file_failed;
use crate::node::Node;
use crate::settings::NodeSettings;
use crate::systems::Systems;

/// How often it is looked whether the file of settings is another one.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// By what a changed file is known: when it was written, its length, which file it is, and when anything of that or of who may read it changed.
type Stamp = (Option<SystemTime>, u64, u64, (i64, i64));

/// Takes over what the settings say of systems and auditors each time they change. What cannot be read changes nothing, and is told.
pub(crate) async fn follow(node: Arc<Node>) {
    let path = node.folder.settings();
    // Whatever was written since the node has read it counts as a change.
    let (mut seen, mut last) = (None, None);
    loop {
        tokio::time::sleep(LOOK_AGAIN).await;
        let now = stamp(&path);
        // One that is being written in its place may be read as less than it says, one that is being replaced is not there: it must have
        // stood still for a while.
        let stands = std::mem::replace(&mut last, now) == now;
        if now.is_none() || now == seen || !stands {
            continue;
        }
        seen = now;
        let (shared, path) = (node.clone(), path.clone());
        let taken = tokio::task::spawn_blocking(move || take_over(&shared, &path)).await;
        if let Ok(Err(fault)) = taken {
            tracing::error!(fault = fault.code(), reason = %fault, "the settings cannot be read; tokens stay as they were");
        }
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let of = fs::metadata(path).ok()?;
    Some((of.modified().ok(), of.len(), of.ino(), (of.ctime(), of.ctime_nsec())))
}

fn take_over(node: &Node, path: &Path) -> Result<(), Fault> {
    let text = fs::read_to_string(path).map_err(|error| file_failed(path, &error))?;
    let settings = NodeSettings::read(&text, &node.folder.0)?;
    if settings.id != node.id {
        return Err(Fault::bad_settings(path.display(), Words::quoted(&settings.id)));
    }
    // Both are read before either counts.
    let (systems, auditors) = (Systems::open(&settings.systems)?, Auditors::open(&settings.auditors)?);
    node.systems.store(Arc::new(systems));
    node.auditors.store(Arc::new(auditors));
    Ok(())
}
