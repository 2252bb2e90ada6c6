//! An open hub: its settings, keys, store, and what it keeps in memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::ending::{Ending, Kind as Ends};
use model::fault::{Fault, Words};
use model::id::NodeId;
use trust::certificate::{self, Authority};
use trust::directory::publish::Publisher;
use trust::file;
use trust::sealed::Sealer;

use crate::calls::Calls;
use crate::notice::hook::Caller;
use crate::notice::mail::Mailer;
use crate::notice::post::Post;
use crate::people::manage;
use crate::people::session::People;
use crate::people::tries::Tries;
use crate::pool::Turns;
use crate::quality::current::Current;
use crate::running::directory::{self, Directory};
use crate::running::event::Events;
use crate::running::face::{Face, file_failed, key_failed};
use crate::running::holding::Holders;
use crate::running::node::{Invitation, certified};
use crate::running::presence::Presence;
use crate::settings::HubSettings;
use crate::store::{Db, MIGRATIONS, WRITER};
use crate::texts;
use crate::usage::{self, Pace};
use crate::{clock, kinds};

/// From so many days before its end on the root is told of: its keys lie off the machine, and have to be fetched.
const ROOT_WARNING_DAYS: i64 = 60;
/// Name of the first officer.
pub const FIRST_OFFICER: &str = "quan-tri";

/// An open hub.
pub struct Hub {
    pub(crate) settings: HubSettings,
    pub(crate) db: Db,
    pub(crate) authority: Authority,
    pub(crate) directory: Directory,
    /// Who may sign in, and how.
    pub(crate) people: People,
    /// What happens, for those who listen.
    pub(crate) events: Events,
    /// How often nodes report.
    pub(crate) paces: Pace,
    /// The country's quality, as it was made last.
    pub(crate) quality: Current,
    /// Which directory nodes decide from.
    pub(crate) holders: Holders,
    /// Which nodes it hears.
    pub(crate) presence: Presence,
    /// What sends notices on.
    pub(crate) post: Post,
    /// What it shows on connections.
    pub(crate) face: Face,
    /// Who changes something: each agency one thing at a time.
    pub(crate) writers: Turns,
    /// What was asked of its routes.
    pub(crate) calls: Calls,
    pub(crate) folder: PathBuf,
}

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
                why: texts::hub_already(),
            });
        }
        let trust_folder = folder.join("authority");
        file::create_private_folder(&trust_folder).map_err(|error| file_failed(&trust_folder, &error))?;
        let now = clock::now();
        let text = toml::to_string(settings).map_err(|error| Fault::Internal { why: error.to_string() })?;
        // Read back, so that what is written can be read.
        let settings = HubSettings::read(&text, folder)?;
        // First of all: a database that does not answer must leave nothing behind.
        let db = open_store(&settings.database).await?;
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
        let token = manage::create_first(&mut tx, FIRST_OFFICER, now).await?;
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
        let db = open_store(&settings.database).await?;
        let secrets = folder.join("secrets.key");
        let secrets = Sealer::open_or_create(&secrets).map_err(|error| Fault::FileFailed {
            path: secrets.display().to_string(),
            why: Words::quoted(error),
        })?;
        let people = People {
            db: db.clone(),
            secrets,
            rules: settings.accounts.clone().at_level(settings.security_level),
            instance: settings.instance.clone(),
            provider: settings.oidc.as_ref().map(|oidc| oidc.open(folder)).transpose()?,
            tries: Tries::default(),
        };
        let folder = folder.to_owned();
        let host = settings.url.host_str().unwrap_or("localhost").trim_matches(['[', ']']).to_owned();
        let mailer = settings.mail.as_ref().map(|mail| Mailer::open(mail, &folder, &host)).transpose()?;
        let caller = settings.webhooks.as_ref().map(|hooks| Caller::open(hooks, &folder)).transpose()?;
        let post = Post { mailer, caller, hub: settings.url.clone() };
        let face = Face::open(&folder, host, &authority, clock::now())?;
        Ok(Arc::new(Self {
            settings,
            db,
            authority,
            directory,
            people,
            events: Events::default(),
            paces: Pace::default(),
            quality: Current::default(),
            holders: Holders::default(),
            presence: Presence::default(),
            post,
            face,
            writers: Turns::default(),
            calls: Calls::default(),
            folder,
        }))
    }

    /// Where it listens.
    #[must_use]
    pub fn listen(&self) -> std::net::SocketAddr {
        self.settings.listen
    }

    /// How long nodes go on with a directory after it was signed.
    pub(crate) fn lifetime(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.settings.directory_days))
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
        let lifetime = self.lifetime();
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
        endings.extend(certified::endings(&mut self.db.read().await?, now).await?);
        Ok(endings)
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

fn directory_failed(folder: &Path, error: &trust::directory::publish::PublishError) -> Fault {
    Fault::FileFailed {
        path: folder.join("directory").display().to_string(),
        why: Words::quoted(trust::chain(error)),
    }
}

/// Opens the store, and makes anew what is derived in it if an older program wrote it.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn open_store(url: &str) -> Result<Db, Fault> {
    let (db, migrated) = Db::open(url, WRITER, MIGRATIONS).await?;
    if let Some(mut tx) = migrated {
        kinds::derive_anew(&mut tx).await?;
        usage::pair::derive_anew(&mut tx).await?;
        usage::live::derive_anew(&mut tx).await?;
        tx.commit().await?;
    }
    Ok(db)
}
