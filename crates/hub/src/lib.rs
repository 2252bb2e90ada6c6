//! The hub: it governs. The registry of agencies, systems, nodes, services and grants; the audit trail of its changes; and
//! the signed directory that nodes decide from. No data of any agency ever comes here.

pub mod account;
pub mod agency;
mod ahead;
pub mod api;
mod catalogue;
pub mod change;
pub mod clock;
pub mod codelist;
pub mod contract;
pub mod database;
mod deed;
pub mod directory;
pub mod draft;
pub mod duty;
mod event;
mod face;
pub mod grant;
mod holding;
pub mod intake;
pub mod legal;
pub mod node;
pub mod officer;
mod overlap;
mod overview;
pub mod pack;
pub mod practice;
mod quota;
mod rdf;
pub mod registry;
pub mod request;
pub mod right;
mod search;
pub mod service;
pub mod settings;
pub mod sheet;
pub mod store;
pub mod suspension;
pub mod term;
mod usage;
mod veil;
mod web;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use model::ending::{Ending, Kind as Ends};
use model::fault::Fault;
use model::id::NodeId;
use tokio::net::TcpListener;
use trust::certificate::{self, Authority};
use trust::directory::publish::Publisher;
use trust::file;
use trust::sealed::Sealer;

use crate::directory::Directory;
use crate::face::Face;
use crate::node::Invitation;
pub use crate::settings::HubSettings;
use crate::store::Db;
pub use crate::web::{From as CameFrom, is_own};

/// An open hub.
pub struct Hub {
    pub(crate) settings: HubSettings,
    pub(crate) db: Db,
    pub(crate) authority: Authority,
    pub(crate) directory: Directory,
    /// Seals what the store must not show.
    pub(crate) secrets: Sealer,
    /// Who says who somebody is, if the hub asks another.
    pub(crate) provider: Option<account::oidc::Provider>,
    /// What happens, for those who listen.
    pub(crate) events: event::Events,
    /// How often nodes report.
    pub(crate) paces: usage::Pace,
    /// Which directory nodes decide from.
    pub(crate) holders: holding::Holders,
    /// What it shows on connections.
    pub(crate) face: Face,
    /// Tries to sign in, by address.
    pub(crate) tries: account::session::Tries,
    /// Who changes something: each agency one thing at a time.
    pub(crate) writers: intake::Turns,
    folder: PathBuf,
}

/// From so many days before its end on the root is told of: its keys lie off the machine, and have to be fetched.
const ROOT_WARNING_DAYS: i64 = 60;
/// How often the log tells of what ends.
const TOLD_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// How often the hub's own certificate, accounts that nobody uses and what has ended are looked at.
const HOURLY: Duration = Duration::from_secs(3600);

/// How long a hub that begins waits for nodes to say what they hold. They ask again after 5 s at most.
const HEARD_WITHIN: Duration = Duration::from_secs(10);

/// Name of the first officer.
pub const FIRST_OFFICER: &str = "quan-tri";

impl Hub {
    /// Makes a hub in `folder`: settings, keys, authority, store. Returns the first officer's token.
    ///
    /// # Errors
    /// [`Fault::FileFailed`] if there is a hub already or the folder can't be written.
    pub async fn create(folder: &Path, settings: &HubSettings) -> Result<String, Fault> {
        let settings_path = folder.join("hub.toml");
        if settings_path.exists() {
            return Err(Fault::FileFailed {
                path: settings_path.display().to_string(),
                why: "there is a hub already".into(),
            });
        }
        let trust_folder = folder.join("authority");
        file::create_private_folder(&trust_folder).map_err(|error| file_failed(&trust_folder, &error))?;
        let now = clock::now();
        let text = toml::to_string(settings).map_err(|error| Fault::Internal { why: error.to_string() })?;
        // Read back, so that what is written can be read.
        let settings = HubSettings::read(&text, folder)?;
        // First of all: a database that does not answer must leave nothing behind.
        let db = Db::open(&settings.database).await?;
        let authority = Authority::create(&trust_folder, &format!("{} authority", settings.instance), now)
            .map_err(|error| key_failed(&error))?;
        let host = settings.url.host_str().unwrap_or("localhost").trim_matches(['[', ']']).to_owned();
        let server =
            authority.server(&folder.join("tls.key"), &[host], now).map_err(|error| key_failed(&error))?;
        let server_path = folder.join("tls.der");
        fs::write(&server_path, &server).map_err(|error| file_failed(&server_path, &error))?;
        Publisher::create(&folder.join("directory"), now)
            .await
            .map_err(|error| directory_failed(folder, &error))?;
        let mut tx = db.write().await?;
        let token = account::create_first(&mut tx, FIRST_OFFICER, now).await?;
        tx.commit().await?;
        // It may hold the database's password.
        file::create_private(&settings_path, text.as_bytes())
            .map_err(|error| file_failed(&settings_path, &error))?;
        Ok(token)
    }

    /// Opens the hub in `folder`.
    ///
    /// # Errors
    /// [`Fault`] says which file or setting can't be used.
    pub async fn open(folder: &Path) -> Result<Arc<Self>, Fault> {
        let settings_path = folder.join("hub.toml");
        let text = fs::read_to_string(&settings_path).map_err(|error| file_failed(&settings_path, &error))?;
        let settings = HubSettings::read(&text, folder)?;
        let authority = Authority::load(&folder.join("authority")).map_err(|error| key_failed(&error))?;
        let publisher =
            Publisher::open(&folder.join("directory")).map_err(|error| directory_failed(folder, &error))?;
        let lifetime = SignedDuration::from_hours(24 * i64::from(settings.directory_days));
        let directory = Directory::new(publisher, settings.instance.clone(), &authority, lifetime);
        let db = Db::open(&settings.database).await?;
        let secrets = folder.join("secrets.key");
        let secrets = Sealer::open_or_create(&secrets).map_err(|error| Fault::FileFailed {
            path: secrets.display().to_string(),
            why: error.to_string(),
        })?;
        let provider =
            settings.oidc.as_ref().map(|oidc| account::oidc::Provider::open(oidc, folder)).transpose()?;
        let (tries, writers) = (account::session::Tries::default(), intake::Turns::default());
        let folder = folder.to_owned();
        let (events, paces) = (event::Events::default(), usage::Pace::default());
        let holders = holding::Holders::default();
        let host = settings.url.host_str().unwrap_or("localhost").trim_matches(['[', ']']).to_owned();
        let face = Face::open(&folder, host, &authority, clock::now())?;
        Ok(Arc::new(Self {
            settings,
            db,
            authority,
            directory,
            secrets,
            provider,
            events,
            paces,
            holders,
            face,
            tries,
            writers,
            folder,
        }))
    }

    /// Where it listens.
    #[must_use]
    pub fn listen(&self) -> std::net::SocketAddr {
        self.settings.listen
    }

    /// Publishes the directory and serves the API, with whatever is put around it, until the process ends. The directory is signed anew
    /// long before it expires.
    ///
    /// # Errors
    /// [`Fault`] if it can't begin.
    pub async fn run(
        self: Arc<Self>,
        listener: TcpListener,
        around: impl FnOnce(axum::Router) -> axum::Router,
    ) -> Result<(), Fault> {
        self.directory.listen(&self.db).await?;
        if ahead::all_heard(&self).await? {
            self.begin_to_publish().await;
        }
        let router = around(api::routes(self.clone()).0);
        // Each of them runs for as long as the others.
        tokio::select! {
            () = web::serve(listener, &self.face, router) => {}
            () = self.keep_the_directory() => {}
            () = self.keep_up() => {}
            () = self.tidy_up() => {}
            () = self.events.tell(&self.db) => {}
            () = self.holders.keep(&self.db) => {}
        }
        Ok(())
    }

    /// Publishes what is due: keys were changed, the directory is old, or something was left behind. What cannot be published now is tried
    /// again; whoever has to mend it needs the hub.
    async fn begin_to_publish(&self) {
        self.directory.has_heard();
        let begun = async {
            let lacks = self.directory.lacks_a_root(&mut self.db.read().await?).await?;
            let due = lacks || self.is_old().await;
            self.directory.publish(&self.db, clock::now(), due).await
        };
        match begun.await {
            // It was told already, and waits for a person.
            Ok(_) | Err(Fault::StoreBehind { .. }) => {}
            Err(fault) => {
                tracing::error!(fault = fault.code(), reason = %fault, "the directory could not be published at the start");
            }
        }
    }

    /// Hears first what nodes hold, for a while: this store may be an older one. Then publishes whatever is to be published.
    async fn keep_the_directory(&self) {
        let heard = async {
            while !ahead::all_heard(self).await.unwrap_or(false) {
                tokio::time::sleep(directory::LOOK).await;
            }
        };
        let _ = tokio::time::timeout(HEARD_WITHIN, heard).await;
        self.begin_to_publish().await;
        self.renew_the_directory().await;
    }

    /// Whether a quarter of the directory's time is over.
    async fn is_old(&self) -> bool {
        let quarter = SignedDuration::from_hours(24 * i64::from(self.settings.directory_days)) / 4;
        let signed_at = directory::signed_at(&self.db).await.ok().flatten();
        signed_at.is_none_or(|at| at + quarter < clock::now())
    }

    /// Signs the directory anew when a quarter of its time is over, or a while after it could not be signed.
    async fn renew_the_directory(&self) {
        loop {
            let _ = tokio::time::timeout(HOURLY, self.directory.fallen_behind()).await;
            // Another hub on the store may have signed it.
            let due = self.is_old().await;
            let published = self.directory.publish(&self.db, clock::now(), due).await;
            if let Err(fault) = published {
                tracing::error!(fault = fault.code(), reason = %fault, "the directory could not be signed anew");
            }
        }
    }

    /// Follows what other hubs on the store do.
    async fn keep_up(&self) {
        loop {
            tokio::time::sleep(directory::LOOK).await;
            if let Err(fault) = self.directory.keep_up(&self.db, clock::now()).await {
                tracing::warn!(fault = fault.code(), reason = %fault, "what other hubs did was not followed");
                tokio::time::sleep(directory::AGAIN).await;
            }
        }
    }

    /// Ends what time ends: accounts that nobody uses, sessions, answers that are remembered.
    async fn tidy_up(&self) {
        let mut told: Option<Timestamp> = None;
        loop {
            let now = clock::now();
            if let Err(fault) = self.face.renew_if_due(&self.authority, now) {
                tracing::error!(fault = fault.code(), reason = %fault, "the hub's own certificate could not be renewed");
            }
            if told.is_none_or(|told| now >= told + TOLD_EVERY) {
                told = self.tell_what_ends(now).await.then_some(now);
            }
            match self.tidy(clock::now()).await {
                Ok(idle) if !idle.is_empty() => {
                    tracing::info!(accounts = ?idle, "accounts disabled: nobody used them")
                }
                Ok(_) => {}
                Err(fault) => {
                    tracing::warn!(fault = fault.code(), reason = %fault, "what has ended was not put away")
                }
            }
            tokio::time::sleep(HOURLY).await;
        }
    }

    async fn tidy(&self, now: Timestamp) -> Result<Vec<String>, Fault> {
        let mut tx = self.db.write().await?;
        let idle = account::disable_idle(&mut tx, now, &self.settings.accounts).await?;
        account::session::forget_ended(&mut tx, now).await?;
        deed::forget_old(&mut tx, now).await?;
        usage::forget_old(&mut tx, now).await?;
        node::certified::forget_all_ended(&mut tx, now).await?;
        tx.commit().await?;
        Ok(idle)
    }

    /// What of the hub's own is near its end, or past it.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn endings(&self, now: Timestamp) -> Result<Vec<Ending>, Fault> {
        let (_, web) = self.face.span();
        let mut endings: Vec<Ending> = Ending::of(Ends::HubWeb, None, web, now).into_iter().collect();
        let authority = self.authority.ends().ok();
        endings.extend(authority.and_then(|at| Ending::of(Ends::Authority, None, at, now)));
        let root = self.directory.publisher().root_expires().ok();
        endings.extend(
            root.and_then(|at| Ending::within(Ends::DirectoryRoot, None, at, now, ROOT_WARNING_DAYS)),
        );
        let lifetime = SignedDuration::from_hours(24 * i64::from(self.settings.directory_days));
        let signed = directory::signed_at(&self.db).await?.map(|at| at + lifetime);
        // A quarter of its time is over when it is signed anew; half of it only if that failed.
        for at in signed.into_iter().filter(|at| at.duration_since(now) < lifetime / 2) {
            for role in [Ends::DirectoryTargets, Ends::DirectorySnapshot, Ends::DirectoryTimestamp] {
                endings.extend(Ending::within(role, None, at, now, i64::MAX));
            }
        }
        Ok(endings)
    }

    /// What is near its end or past it, the hub's own and nodes'.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn all_endings(&self, now: Timestamp) -> Result<Vec<Ending>, Fault> {
        let mut endings = self.endings(now).await?;
        endings.extend(node::certified::endings(&mut self.db.read().await?, now).await?);
        Ok(endings)
    }

    /// Says in the log what ends or has ended, its own and nodes'. Returns whether there was anything to say.
    async fn tell_what_ends(&self, now: Timestamp) -> bool {
        let endings = match self.all_endings(now).await {
            Ok(endings) => endings,
            Err(fault) => {
                tracing::warn!(fault = fault.code(), reason = %fault, "what ends was not looked at");
                return false;
            }
        };
        for ending in &endings {
            let name = ending.name.as_deref().unwrap_or_default();
            tracing::error!(kind = ?ending.kind, name, at = %ending.at, days = ending.days, "{}", ending.en);
        }
        !endings.is_empty()
    }

    /// What a node is handed to join.
    pub(crate) fn invitation(&self, node: NodeId, code: String) -> Result<Invitation, Fault> {
        let root =
            self.directory.publisher().root().map_err(|error| directory_failed(&self.folder, &error))?;
        Ok(Invitation {
            node,
            hub: self.settings.url.to_string(),
            code,
            authority: certificate::to_base64(self.authority.certificate()),
            root: String::from_utf8_lossy(&root).into_owned(),
        })
    }
}

fn file_failed(path: &Path, error: &std::io::Error) -> Fault {
    Fault::FileFailed { path: path.display().to_string(), why: error.to_string() }
}

fn directory_failed(folder: &Path, error: &trust::directory::publish::PublishError) -> Fault {
    Fault::FileFailed { path: folder.join("directory").display().to_string(), why: trust::chain(error) }
}

fn key_failed(error: &trust::key::KeyError) -> Fault {
    let why = std::error::Error::source(error)
        .map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
    Fault::FileFailed { path: "authority".into(), why }
}

#[cfg(test)]
mod tests;
