//! What happens, told as it happens: an event for each change of the registry, by its number in the audit trail, and one when nodes have
//! reported. Events say what changed, never how; whoever hears one asks for the thing, under their own rights.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::fault::Fault;
use serde::Serialize;
use tokio::sync::broadcast;

use crate::people::account;
use crate::running::{directory, incident};
use crate::store::{Db, Tx, all, optional};

/// Events that wait for a slow listener; one that falls further behind is told to ask for everything anew.
const WAITING: usize = 1024;
/// Most events that are told again to who was away.
const REPLAY: i64 = 500;
/// Listeners at once. A hub has more connections than that, so nodes always find one.
const LISTENERS: usize = 12_000;
/// Listeners of one account.
const OF_ONE: usize = 32;
/// How long to wait after the store did not answer.
const AGAIN: Duration = Duration::from_secs(5);

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// Something was changed.
    Change {
        /// Its number in the audit trail.
        seq: i64,
        /// When.
        at: String,
        /// What was done.
        act: String,
        /// To which kind of thing.
        kind: String,
        /// To which; none: it is only for those who take part in it.
        #[serde(skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
    },
    /// Nodes have reported.
    Usage {
        /// When the last one did.
        at: String,
    },
    /// More happened than is told again: ask for everything anew.
    Anew {
        /// The last number.
        seq: i64,
    },
}

type Row = (i64, String, String, String, String);

impl Event {
    /// What everybody who is signed in may hear of a change: accounts are told of to nobody, requests and incidents without their number.
    fn of((seq, at, act, kind, subject): Row) -> Option<Self> {
        let is_for_some = [crate::granting::request::KIND, incident::KIND].contains(&kind.as_str());
        let subject = Some(subject).filter(|_| !is_for_some);
        (kind != account::KIND).then_some(Self::Change { seq, at, act, kind, subject })
    }
}

/// The number of the last change.
pub(crate) async fn newest(tx: &mut Tx) -> Result<i64, Fault> {
    let row: Option<(i64,)> = optional!(tx, "SELECT seq FROM change ORDER BY seq DESC LIMIT 1")?;
    Ok(row.map_or(0, |(seq,)| seq))
}

/// What happened behind a number, and the last number; if that was too much, only that.
pub(crate) async fn since(tx: &mut Tx, seq: i64) -> Result<(Vec<Event>, i64), Fault> {
    let rows: Vec<Row> = all!(
        tx,
        "SELECT seq, at, act, kind, subject FROM change WHERE seq > $1 ORDER BY seq LIMIT $2" => seq, REPLAY + 1
    )?;
    if i64::try_from(rows.len()).is_ok_and(|count| count > REPLAY) {
        let newest = newest(tx).await?;
        return Ok((vec![Event::Anew { seq: newest }], newest));
    }
    let last = rows.last().map_or(seq, |row| row.0);
    Ok((rows.into_iter().filter_map(Event::of).collect(), last))
}

/// Who listens, and what they are told.
pub(crate) struct Events {
    sender: broadcast::Sender<Event>,
    listeners: Arc<Mutex<HashMap<String, usize>>>,
}

impl Default for Events {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(WAITING), listeners: Arc::default() }
    }
}

/// A listener's place. Dropped, it is free again.
pub(crate) struct Place {
    listeners: Arc<Mutex<HashMap<String, usize>>>,
    account: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = listeners.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                listeners.remove(&self.account);
            }
        }
    }
}

impl Events {
    /// How many listen.
    pub(crate) fn listeners(&self) -> usize {
        self.sender.receiver_count()
    }

    /// Begins to listen.
    ///
    /// # Errors
    /// [`Fault::TooManyListeners`].
    pub(crate) fn listen(&self, account: &str) -> Result<(Place, broadcast::Receiver<Event>), Fault> {
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        let all = self.sender.receiver_count();
        let own = listeners.get(account).copied().unwrap_or_default();
        if all >= LISTENERS || own >= OF_ONE {
            return Err(Fault::TooManyListeners {});
        }
        listeners.insert(account.to_owned(), own + 1);
        let place = Place { listeners: self.listeners.clone(), account: account.to_owned() };
        Ok((place, self.sender.subscribe()))
    }

    /// Tells what happens, on this hub or on another on the store, for as long as the process runs. While nobody listens nothing is read.
    pub(crate) async fn tell(&self, db: &Db) {
        let mut known: Option<(i64, String)> = None;
        loop {
            tokio::time::sleep(directory::LOOK).await;
            if self.sender.receiver_count() == 0 {
                known = None;
                continue;
            }
            match self.look(db, known.as_ref()).await {
                Ok(next) => known = Some(next),
                Err(fault) => {
                    tracing::warn!(fault = fault.code(), reason = %fault, "what happened was not told on");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    async fn look(&self, db: &Db, known: Option<&(i64, String)>) -> Result<(i64, String), Fault> {
        let mut tx = db.read().await?;
        let reported: Option<(String,)> =
            optional!(tx, "SELECT reported_at FROM usage_node ORDER BY reported_at DESC LIMIT 1")?;
        let reported = reported.map_or_else(String::new, |(at,)| at);
        let Some((seq, at)) = known else { return Ok((newest(&mut tx).await?, reported)) };
        let (events, last) = since(&mut tx, *seq).await?;
        drop(tx);
        for event in events {
            // Nobody may be listening any more.
            let _ = self.sender.send(event);
        }
        if reported != *at {
            let _ = self.sender.send(Event::Usage { at: reported.clone() });
        }
        Ok((last, reported))
    }
}
