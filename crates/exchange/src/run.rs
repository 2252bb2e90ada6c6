//! Running a node that is open: its listeners and what it does beside them, until it is asked to end.

use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::watch;
use trust::directory::mirror::Mirror;
use trust::listen::Door;
use trust::scrape;

use crate::copies;
use crate::hub::renewal::Renewal;
use crate::hub::report::Reporter;
use crate::hub::{Hub, HubDoor, follow, overlap, quality, sight};
use crate::known;
use crate::look::keep;
use crate::measure;
use crate::metrics;
use crate::node::Node;
use crate::port;
use crate::settings::{CopySettings, QualitySettings};
use crate::trace::Exporter;

/// Longest wait for what is under way when the node is asked to end. Service managers kill after 10 s to 90 s.
const LAST_WAIT: Duration = Duration::from_secs(8);

/// Where a node listens.
pub struct Ports {
    /// For other nodes.
    pub peer: TcpListener,
    /// For the agency's systems.
    pub edge: TcpListener,
    /// For those who measure.
    pub metrics: Option<TcpListener>,
}

/// What runs a node that is open.
pub struct Running {
    pub(crate) renewal: Renewal,
    pub(crate) edge_tls: Option<ServerConfig>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) mirror: Mirror,
    pub(crate) reporter: Reporter,
    pub(crate) exporter: Option<Exporter>,
    pub(crate) quality: QualitySettings,
    pub(crate) copies: Vec<CopySettings>,
}

impl Running {
    /// The hub, for what runs beside the node.
    #[must_use]
    pub fn hub_door(&self, node: &Arc<Node>) -> HubDoor {
        HubDoor::new(node.clone(), self.hub.clone())
    }

    /// Runs at its ports until `asked_to_end`; then takes nothing new, and waits a while for what is under way.
    pub async fn run(
        self,
        node: Arc<Node>,
        Ports { peer, edge, metrics }: Ports,
        asked_to_end: impl Future<Output = ()>,
    ) {
        let (end, ending) = watch::channel(false);
        let sight = tokio::spawn(sight::tell(node.clone(), self.hub.clone()));
        let (peers, systems) = (Door::new(port::PEERS), Door::new(port::SYSTEMS));
        let watched = (node.clone(), peers.clone(), systems.clone());
        let shown = async move {
            let Some(listener) = metrics else { return std::future::pending().await };
            scrape::serve(listener, move |form| {
                let (node, peers, systems) = watched.clone();
                async move { metrics::page(&node, [("peer", &peers), ("edge", &systems)], form).await }
            })
            .await;
        };
        let (traced, exporter) = (node.clone(), self.exporter);
        let sent = async move {
            match exporter {
                Some(exporter) => exporter.run(&traced.id, &traced.traces).await,
                None => std::future::pending().await,
            }
        };
        let looked = Duration::from_secs(self.quality.every_seconds);
        let measured_by_schedule =
            Box::pin(measure::schedule(&node.folder, &self.quality, &node.directory, &node.backends));
        let copied = Box::pin(copies::run(node.clone(), self.copies));
        let measured = quality::report(node.clone(), self.hub.clone(), looked);
        let compared = overlap::work(node.clone(), self.hub.clone(), self.quality.clone());
        let follow = tokio::spawn(follow::follow(node.clone(), self.hub, self.mirror));
        // Only the last of them ends by itself.
        tokio::select! {
            () = port::peers(node.clone(), peer, peers, ending.clone()) => {}
            () = self.renewal.run(node.clone()) => {}
            () = measure::gates(&node.folder, &node.backends) => {}
            () = measured_by_schedule => {}
            () = measured => {}
            () = compared => {}
            () = keep::run(node.clone(), ending.clone()) => {}
            () = known::follow(node.clone()) => {}
            () = copied => {}
            () = port::systems(node.clone(), (edge, systems), self.edge_tls, ending) => {}
            () = self.reporter.run(&node) => {}
            () = shown => {}
            () = sent => {}
            () = asked_to_end => {}
        }
        follow.abort();
        sight.abort();
        let _ = end.send(true);
        if tokio::time::timeout(LAST_WAIT, end.closed()).await.is_err() {
            tracing::warn!(under_way = end.receiver_count(), "ended before everything under way was done");
        }
        self.reporter.keep(&node);
    }
}
