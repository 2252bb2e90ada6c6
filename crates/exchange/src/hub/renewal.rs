//! A node renews its own keys, well before its certificates end, while it runs.
//!
//! New keys are on disk before anybody hears of them. The hub certifies them over the pair in use. They are taken into use when every
//! node that decides anything knows them: when the directory that named them first has ended, since whoever has an older one decides from
//! none by then. Until the old pair ends both stand in the directory. Whatever breaks off goes on at the next look.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;
use model::renewal::{Renewed, Renewing, SIGNED_AS};
use tokio::time::Instant;
use trust::batch::Form;
use trust::certificate;
use trust::keyring::{Keyring, New};

use crate::backoff::Backoff;
use crate::clock;
use crate::folder::{StateFolder, key_failed};
use crate::health;
use crate::hub::Hub;
use crate::node::Node;
use crate::own::Ready;

/// How often it is looked whether there is something to do. Mostly it is the comparison of two moments.
const LOOK: Duration = Duration::from_secs(5);
/// Pause between two questions to the hub.
const PAUSE: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(3600));
/// What the hub says of keys that it does not certify ([`Fault::NotRenewed`]).
const REFUSED: &str = "LT-7132";
/// How often the log tells of what ends or has ended.
const TOLD_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// The state of a renewal that goes on while the node runs.
pub(crate) struct Renewal {
    keyring: Keyring,
    /// By which keys new ones are to sign.
    form: Form,
    folder: StateFolder,
    hub: Arc<Hub>,
    backoff: Backoff,
    ask_again: Instant,
    told: Option<Timestamp>,
}

/// Why a renewal does not go on now.
enum Halt {
    /// Something that may go by.
    Later(String),
    /// The hub says no: these keys are of no use.
    Refused(String),
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Later(fault.to_string())
    }
}

impl Renewal {
    /// Renews what lies in `folder`, at `hub`.
    pub(crate) fn new(folder: StateFolder, hub: Arc<Hub>, form: Form) -> Self {
        let keyring = Keyring::new(&folder.0);
        Self { keyring, form, folder, hub, backoff: PAUSE, ask_again: Instant::now(), told: None }
    }

    /// Renews for as long as the node runs.
    pub(crate) async fn run(mut self, node: Arc<Node>) {
        loop {
            let now = clock::now();
            self.tell(&node, now);
            if let Err(halt) = self.step(&node, now).await {
                match halt {
                    Halt::Later(why) => tracing::warn!(why, "the node's keys could not be renewed yet"),
                    Halt::Refused(why) => {
                        tracing::error!(why, "the hub does not certify the node's new keys");
                        node.standing.note_renewal_refused(true);
                        // Others may be certified, once somebody has seen to it.
                        let _ = self.keyring.forget();
                    }
                }
                self.put_off();
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn put_off(&mut self) {
        self.ask_again = Instant::now() + self.backoff.pause();
    }

    /// Does what can be done now.
    async fn step(&mut self, node: &Arc<Node>, now: Timestamp) -> Result<(), Halt> {
        let (key, face) = (node.own.load_full(), node.face.load_full());
        let spans = [certificate::span(&key.certificate), certificate::span(&face.certificate)];
        let [Ok((from, to)), Ok((tls_from, tls_to))] = spans else {
            return Ok(());
        };
        let (from, to) = (from.max(tls_from), to.min(tls_to));
        let failed = |error: trust::key::KeyError| Halt::from(key_failed(&error));
        let found = self.keyring.new_keys().map_err(failed)?;
        // Nothing can be asked for with what has ended.
        let due = now >= from + to.duration_since(from) * 2 / 3 && now < to;
        let mut new = match found {
            Some(new) => new,
            None if !due || Instant::now() < self.ask_again => return Ok(()),
            None => self.keyring.begin().map_err(failed)?,
        };
        // The present pair is of no use any more: the other one may be.
        if new.certificates.is_some() && node.standing.is_turned_away() {
            return self.take(node, new);
        }
        let directory = node.directory.load_full();
        let named = new.certified().is_some_and(|(tls, signing)| {
            directory.node_of(&tls) == Some(&node.id) && directory.has_key(&trust::key_id(&node.id, &signing))
        });
        if !named {
            if Instant::now() < self.ask_again {
                return Ok(());
            }
            self.put_off();
            return self.ask(node, new).await;
        }
        self.backoff.reset();
        self.ask_again = Instant::now();
        node.standing.note_renewal_refused(false);
        let Some(at) = new.from else {
            // Half of what is left at the latest: directories may hold a year.
            let at = directory.expires.min(now + to.duration_since(now) / 2);
            new.from = Some(at);
            self.keyring.keep(&new).map_err(failed)?;
            tracing::info!(%at, "the node's new keys are in the directory; they are used from then on");
            return Ok(());
        };
        let old_stands =
            directory.node_of(&face.certificate) == Some(&node.id) && directory.has_key(&key.keyid);
        if now >= at || !old_stands { self.take(node, new) } else { Ok(()) }
    }

    /// Takes new keys into use, on disk and then in the running node.
    fn take(&self, node: &Node, new: New) -> Result<(), Halt> {
        let failed = |error: trust::key::KeyError| Halt::from(key_failed(&error));
        self.keyring.take(new).map_err(failed)?;
        let pair = self.keyring.pair().map_err(failed)?;
        let ready = Ready::make(pair, &node.id, &self.folder, &node.directory)?;
        tracing::info!(keyid = &*ready.key.keyid, until = %ready.face.ends, "the node uses its new keys");
        self.hub.ask_by(ready.hub.clone());
        node.become_known_by(ready);
        Ok(())
    }

    /// Asks the hub for the certificates of new keys. Asked again it says the same.
    async fn ask(&self, node: &Node, mut new: New) -> Result<(), Halt> {
        let later = |error: &dyn std::fmt::Display| Halt::Later(error.to_string());
        let (tls, signing) = new.requests(&node.id, self.form).map_err(|error| later(&error))?;
        let renewing = Renewing { node: node.id.clone(), tls, signing };
        let body = serde_json::to_vec(&renewing).map_err(|error| later(&error))?;
        let own = node.own.load_full();
        let answer = self.hub.post("renewal", (&own, SIGNED_AS), body).await.map_err(Halt::Later)?;
        let said = || String::from_utf8_lossy(answer.body()).chars().take(300).collect::<String>();
        match answer.status() {
            StatusCode::OK => {}
            // It has judged these keys; anything else may go by.
            StatusCode::FORBIDDEN if said().contains(REFUSED) => return Err(Halt::Refused(said())),
            status => return Err(Halt::Later(format!("{status}: {}", said()))),
        }
        let renewed: Renewed = serde_json::from_slice(answer.body()).map_err(|error| later(&error))?;
        if new.certificates.as_ref() != Some(&renewed) {
            new.certificates = Some(renewed);
            self.keyring.keep(&new).map_err(|error| Halt::from(key_failed(&error)))?;
        }
        Ok(())
    }

    /// Says once a day what ends, or has ended.
    fn tell(&mut self, node: &Node, now: Timestamp) {
        if self.told.is_some_and(|told| now < told + TOLD_EVERY) {
            return;
        }
        let endings = health::endings(node, now);
        for ending in &endings {
            let name = ending.name.as_deref().unwrap_or_default();
            tracing::warn!(kind = ?ending.kind, name, at = %ending.at, days = ending.days, "{}", ending.en);
        }
        if !endings.is_empty() {
            self.told = Some(now);
        }
    }
}
