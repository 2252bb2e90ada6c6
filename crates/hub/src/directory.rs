//! The directory: put together from the registry, signed, published, and told to those who wait for news.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use model::agency::{Agency, Node, System};
use model::directory::{Charter, Entry};
use model::fault::Fault;
use model::legal::{LegalBasis, Purpose};
use model::service::Service;
use tokio::sync::{Mutex, Notify, watch};
use trust::certificate::{self, Authority};
use trust::directory::publish::Publisher;

use crate::grant;
use crate::node;
use crate::registry::Subject;
use crate::store::{Db, Tx};

/// Publishes what the registry says, one time after the other.
pub struct Directory {
    publisher: Publisher,
    instance: String,
    anchor: String,
    lifetime: SignedDuration,
    revision: watch::Sender<u64>,
    one: Mutex<()>,
    failed: Notify,
}

/// How long after a publication that failed the next is tried.
const AGAIN: Duration = Duration::from_secs(60);

impl Directory {
    /// The directory of `instance`, published by `publisher`; each holds for `lifetime`.
    #[must_use]
    pub fn new(
        publisher: Publisher,
        instance: String,
        authority: &Authority,
        lifetime: SignedDuration,
    ) -> Self {
        let revision = watch::Sender::new(publisher.revision());
        Self {
            publisher,
            instance,
            anchor: certificate::to_base64(authority.certificate()),
            lifetime,
            revision,
            one: Mutex::default(),
            failed: Notify::new(),
        }
    }

    /// Publishes the registry as it is now. What was committed before this was called is in it.
    ///
    /// # Errors
    /// [`Fault::NotPublished`]; the last directory stands then.
    pub async fn publish(&self, db: &Db, now: Timestamp) -> Result<u64, Fault> {
        let published = self.try_to_publish(db, now).await;
        published.map_err(|fault| {
            self.failed.notify_one();
            match fault {
                Fault::NotPublished { .. } => fault,
                // What the registry says stands; only the directory lags behind.
                other => Fault::NotPublished { why: other.to_string() },
            }
        })
    }

    /// Returns a minute after a publication has failed.
    pub async fn fallen_behind(&self) {
        self.failed.notified().await;
        tokio::time::sleep(AGAIN).await;
    }

    async fn try_to_publish(&self, db: &Db, now: Timestamp) -> Result<u64, Fault> {
        let _one = self.one.lock().await;
        let mut tx = db.read().await?;
        let charter = self.charter(&mut tx).await?;
        let entries = entries(&mut tx).await?;
        let revision = self.publisher.revision() + 1;
        let published = self.publisher.publish(revision, &charter, &entries, now, self.lifetime).await;
        published.map_err(|error| Fault::NotPublished { why: chain(&error) })?;
        self.revision.send_replace(revision);
        tracing::info!(revision, agencies = entries.len(), "directory published");
        Ok(revision)
    }

    /// Number of the last directory published.
    #[must_use]
    pub fn revision(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    /// Where its files are.
    #[must_use]
    pub fn publisher(&self) -> &Publisher {
        &self.publisher
    }

    async fn charter(&self, tx: &mut Tx) -> Result<Charter, Fault> {
        Ok(Charter {
            instance: self.instance.clone(),
            purposes: every::<Purpose>(tx).await?,
            bases: every::<LegalBasis>(tx).await?,
            anchors: vec![self.anchor.clone()],
        })
    }
}

async fn entries(tx: &mut Tx) -> Result<Vec<Entry>, Fault> {
    let mut entries: BTreeMap<_, _> = BTreeMap::new();
    for agency in every::<Agency>(tx).await? {
        let grants = grant::of_provider(tx, agency.id.as_str()).await?;
        let entry = Entry { agency, systems: Vec::new(), nodes: Vec::new(), services: Vec::new(), grants };
        entries.insert(entry.agency.id.clone(), entry);
    }
    for system in every::<System>(tx).await? {
        if let Some(entry) = entries.get_mut(&system.id.member()) {
            entry.systems.push(system);
        }
    }
    for node in every::<Node>(tx).await? {
        if let Some(entry) = entries.get_mut(&node.id.member()) {
            entry.nodes.push(node::admitted(tx, node).await?);
        }
    }
    for service in every::<Service>(tx).await? {
        if let Some(entry) = entries.get_mut(&service.id.system().member()) {
            entry.services.push(service);
        }
    }
    Ok(entries.into_values().collect())
}

/// All of a kind, page by page.
async fn every<S: Subject>(tx: &mut Tx) -> Result<Vec<S>, Fault> {
    let mut all: Vec<S> = Vec::new();
    loop {
        let after = all.last().map_or(String::new(), |last| last.name().to_owned());
        let page = S::page(tx, &after).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// An error with its sources.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}
