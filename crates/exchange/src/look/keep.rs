//! Keeps the index beside the ledger, behind the exchanges: one segment at a time, with a pause after each.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::look::{Which, lookup};
use crate::node::Node;

/// How often it is looked for segments that are full. At the highest rates measured one is full in some seconds.
const EVERY: Duration = Duration::from_secs(10);
/// Rest after a segment, which takes some 100 ms: a long ledger without an index takes a part of one core only.
const REST: Duration = Duration::from_millis(400);

/// Makes what is missing, for as long as the node runs.
pub(crate) async fn run(node: Arc<Node>, ending: watch::Receiver<bool>) {
    let mut known = [HashSet::new(), HashSet::new()];
    loop {
        let mut made = 0;
        for (which, known) in [Which::Network, Which::Packages].into_iter().zip(&mut known) {
            let lookup = lookup(&node.folder, which);
            if which == Which::Packages && !node.folder.package_ledger().exists() {
                continue;
            }
            let (mut own, ends) = (std::mem::take(known), ending.clone());
            let kept = tokio::task::spawn_blocking(move || {
                let kept = lookup.keep(&mut own, 1, || !*ends.borrow());
                (own, kept)
            });
            match kept.await {
                Ok((own, kept)) => {
                    *known = own;
                    match kept {
                        Ok(kept) => made += kept.made,
                        Err(error) => tracing::warn!(%error, "the index of the ledger is not kept"),
                    }
                }
                Err(error) => tracing::error!(%error, "the index of the ledger is not kept"),
            }
        }
        tokio::time::sleep(if made > 0 { REST } else { EVERY }).await;
    }
}
