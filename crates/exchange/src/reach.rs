//! Whether the nodes can be reached that a node's systems hold grants at, looked at beside a node that may be running.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures::StreamExt as _;
use jiff::Timestamp;
use model::fault::Fault;
use model::id::{NodeId, ServiceId};
use trust::keyring::Keyring;
use trust::tls;

use crate::compiled::{CompiledDirectory, Reach};
use crate::folder::{StateFolder, key_failed, tls_failed};
use crate::peers::Peers;
use crate::settings::NodeSettings;

/// Connections that are tried side by side.
const TRIES: usize = 16;

/// The directory that a node has, and how far it reaches.
pub struct Looked {
    /// Number of the directory.
    pub revision: u64,
    /// When it stops counting.
    pub expires: Timestamp,
    /// The nodes of all providers that its systems hold grants at.
    pub providers: Vec<Provider>,
    /// Services that are granted and that no node serves.
    pub nowhere: BTreeSet<ServiceId>,
}

/// A node of a provider.
pub struct Provider {
    /// The node.
    pub node: NodeId,
    /// `host:port`.
    pub address: String,
    /// How many services behind it are granted.
    pub services: usize,
    /// How long a connection took; or why there is none.
    pub took: Result<Duration, String>,
}

/// Reads a node's directory and connects to the providers that grants name, with the node's own certificate.
///
/// # Errors
/// As [`StateFolder::read_directory`]; [`Fault::BadSettings`] if its keys cannot be used.
pub async fn look(folder: &StateFolder, settings: &NodeSettings) -> Result<Looked, Fault> {
    let directory = Arc::new(ArcSwap::from_pointee(folder.compile_directory().await?));
    let pair = Keyring::new(&folder.0).pair().map_err(|error| key_failed(&error))?;
    let client = tls::peer_client(pair.tls, directory.clone()).map_err(|error| tls_failed(&error))?;
    let peers = &Peers::new(client, directory.clone());
    let directory = directory.load_full();
    let (wanted, nowhere) = wanted(&directory, &settings.id);
    let tries = wanted.into_values().map(|(reach, services)| async move {
        let took = peers.try_out(&reach).await;
        Provider { node: reach.id, address: reach.address, services, took }
    });
    let mut providers: Vec<_> = futures::stream::iter(tries).buffer_unordered(TRIES).collect().await;
    providers.sort_unstable_by(|a, b| a.node.cmp(&b.node));
    Ok(Looked { revision: directory.revision, expires: directory.expires, providers, nowhere })
}

/// The nodes behind which something is granted to a system of `node`, each with how much; and what is served nowhere.
fn wanted(
    directory: &CompiledDirectory,
    node: &NodeId,
) -> (BTreeMap<NodeId, (Reach, usize)>, BTreeSet<ServiceId>) {
    let own = directory.systems().filter(|party| party.nodes.contains(node));
    let services: BTreeSet<ServiceId> = own
        .flat_map(|party| directory.grants_of(&party.system.id))
        .map(|grant| grant.service.clone())
        .collect();
    let (mut wanted, mut nowhere) = (BTreeMap::new(), BTreeSet::new());
    for service in services {
        let reached = directory.reach(&service.system());
        if reached.is_empty() {
            nowhere.insert(service);
            continue;
        }
        for reach in reached {
            wanted.entry(reach.id.clone()).or_insert((reach, 0)).1 += 1;
        }
    }
    (wanted, nowhere)
}
