//! Who may call through the node and who may look exchanges up, as its settings and the files of certificates that they name say now: what
//! is added or taken out there counts within seconds, without the node starting again. All other settings are read when it starts.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use model::fault::{Fault, Words};

use crate::auditors::Auditors;
use crate::folder::file_failed;
use crate::node::Node;
use crate::settings::NodeSettings;
use crate::systems::Systems;

/// How often it is looked whether a file is another one, and what could not be read is read again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// By what a changed file is known: when it was written, its length, which file it is, and when anything of that or of who may read it changed.
type Stamp = (Option<SystemTime>, u64, u64, (i64, i64));

/// Takes over what the settings say of systems and auditors each time they or a certificate's file change. What cannot be read changes
/// nothing, is told once, and is tried again whether or not a file shows a change: what is amiss may be a right, or a disk.
pub(crate) async fn follow(node: Arc<Node>) {
    let settings = node.folder.settings();
    // Whatever was written since the node has read them counts as a change.
    let (mut files, mut taken, mut last, mut told) = (vec![settings.clone()], None, None, None);
    loop {
        tokio::time::sleep(LOOK_AGAIN).await;
        let now: Vec<Option<Stamp>> = files.iter().map(|file| stamp(file)).collect();
        // One that is being written in its place may be read as less than it says, one that is being replaced is not there: they must
        // have stood still for a while.
        let stands = last.replace(now.clone()).is_some_and(|last| last == now);
        if now.first().is_none_or(Option::is_none) || taken.as_ref() == Some(&now) || !stands {
            continue;
        }
        let (shared, path) = (node.clone(), settings.clone());
        match tokio::task::spawn_blocking(move || take_over(&shared, &path)).await {
            Ok(Ok(certificates)) => {
                // Where others are named, they are looked at before this counts as all.
                files.truncate(1);
                files.extend(certificates);
                (taken, told) = (Some(now), None);
            }
            Ok(Err(fault)) => {
                let reason = fault.to_string();
                if told.as_ref() != Some(&reason) {
                    tracing::error!(
                        fault = fault.code(),
                        reason,
                        "the settings cannot be read; tokens and certificates stay as they were"
                    );
                    told = Some(reason);
                }
            }
            Err(_) => {}
        }
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let of = fs::metadata(path).ok()?;
    Some((of.modified().ok(), of.len(), of.ino(), (of.ctime(), of.ctime_nsec())))
}

/// Returns the files of certificates that the settings name.
fn take_over(node: &Node, path: &Path) -> Result<Vec<PathBuf>, Fault> {
    let text = fs::read_to_string(path).map_err(|error| file_failed(path, &error))?;
    let settings = NodeSettings::read(&text, &node.folder.0)?;
    if settings.id != node.id {
        return Err(Fault::bad_settings(path.display(), Words::quoted(&settings.id)));
    }
    // Both are read before either counts.
    let (systems, auditors) = (Systems::open(&settings.systems)?, Auditors::open(&settings.auditors)?);
    node.edge_clients.replace(systems.certificates());
    node.systems.store(Arc::new(systems));
    node.auditors.store(Arc::new(auditors));
    Ok(settings.systems.into_iter().flat_map(|system| system.certificates).collect())
}
