//! Sending what waits: letters one after another, webhooks a few at a time. A server that does not answer holds up its own kind and nothing
//! else; what it did not take is tried again.

use std::time::Duration;

use jiff::Timestamp;
use model::fault::Fault;
use serde_json::json;
use trust::sealed::Sealer;
use url::Url;

use super::hook::Caller;
use super::mail::{Failed, Mailer};
use super::outbox::{self, Delivery, Outcome};
use super::setting::{self, Channel, Setting};
use super::{Notice, letter};
use crate::clock;
use crate::people::account::{Account, State};
use crate::people::store::by_name;
use crate::store::Db;

/// How often the outbox is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// How long a way is left alone after it took nothing so often in a row: then it is not one mailbox or receiver that fails.
const ALONE: Duration = Duration::from_secs(20);
const IN_A_ROW: u32 = 3;
/// How often it is looked whether something waits for a way that is closed at this hub.
const CLOSED: Duration = Duration::from_secs(3600);
/// How long to wait after the store did not answer.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// What sends.
pub(crate) struct Post {
    /// Letters, if the settings say how.
    pub(crate) mailer: Option<Mailer>,
    /// Webhooks, if the settings allow them.
    pub(crate) caller: Option<Caller>,
    /// How people reach the hub.
    pub(crate) hub: Url,
}

/// What became of one that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    /// Nothing was due.
    Nothing,
    /// It is done with.
    Done,
    /// It is tried again later.
    Failed,
}

impl Post {
    /// Sends for as long as it is polled.
    pub(crate) async fn keep(&self, db: &Db, secrets: &Sealer) {
        tokio::join!(
            self.keep_one(db, secrets, Channel::Mail),
            self.keep_one(db, secrets, Channel::Webhook),
            self.keep_one(db, secrets, Channel::Webhook),
            self.keep_one(db, secrets, Channel::Webhook),
        );
    }

    async fn keep_one(&self, db: &Db, secrets: &Sealer, channel: Channel) {
        while !self.has(channel) {
            // What another hub on the store sends is gone long before.
            if let Err(fault) = outbox::give_up(db, channel, clock::now()).await {
                tracing::warn!(fault = fault.code(), reason = %fault, "old notices were not given up");
            }
            tokio::time::sleep(CLOSED).await;
        }
        let mut failed = 0;
        loop {
            let came = self.one(db, secrets, channel, clock::now()).await;
            failed = if matches!(came, Ok(Came::Failed)) { failed + 1 } else { 0 };
            let pause = match came {
                Ok(Came::Failed) if failed >= IN_A_ROW => ALONE,
                Ok(Came::Done | Came::Failed) => continue,
                Ok(Came::Nothing) => LOOK,
                Err(fault) => {
                    tracing::warn!(fault = fault.code(), reason = %fault, "notices were not sent on");
                    AFTER_FAILURE
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Whether anything goes out by a way at this hub.
    pub(crate) fn has(&self, channel: Channel) -> bool {
        match channel {
            Channel::Mail => self.mailer.is_some(),
            Channel::Webhook => self.caller.is_some(),
        }
    }

    /// Takes one that is due and sends it.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`]; it is taken again after a while.
    pub(crate) async fn one(
        &self,
        db: &Db,
        secrets: &Sealer,
        channel: Channel,
        now: Timestamp,
    ) -> Result<Came, Fault> {
        let Some(delivery) = outbox::take(db, channel, now).await? else { return Ok(Came::Nothing) };
        let mut tx = db.read().await?;
        let account = by_name(&mut tx, &delivery.account).await?.filter(|kept| kept.state == State::Active);
        let Some(account) = account.map(|kept| kept.account) else {
            drop(tx);
            outbox::finish(db, &delivery, (Outcome::NotNeeded, None), now).await?;
            return Ok(Came::Done);
        };
        let wishes = setting::of(&mut tx, &account.name).await?;
        let (notices, more) = outbox::contents(&mut tx, &delivery, &account, &wishes, now).await?;
        drop(tx);
        if notices.is_empty() || !wishes.goes_by(channel) {
            outbox::finish(db, &delivery, (Outcome::NotNeeded, None), now).await?;
            return Ok(Came::Done);
        }
        let sent = match channel {
            Channel::Mail => self.mail(&account, &wishes, (&notices, more), &delivery.id, now).await,
            Channel::Webhook => self.call(secrets, &account, &wishes, &notices, &delivery.id, now).await,
        };
        self.note(db, &delivery, (channel, wishes.place(channel)), sent, now).await
    }

    async fn mail(
        &self,
        account: &Account,
        wishes: &Setting,
        notices: (&[Notice], usize),
        number: &str,
        now: Timestamp,
    ) -> Result<(), Failed> {
        let (Some(mailer), Some(address)) = (&self.mailer, &wishes.mail) else {
            return Err(Failed::Later("no mail server".into()));
        };
        // The settings of the hub may have changed since it was confirmed.
        mailer.settings.check(&address.address).map_err(|fault| Failed::Never(fault.en()))?;
        let letter = letter::of_notices(&account.person, wishes.language, notices, &self.hub);
        mailer.send((&account.person, &address.address), &letter, number, now).await
    }

    async fn call(
        &self,
        secrets: &Sealer,
        account: &Account,
        wishes: &Setting,
        notices: &[Notice],
        number: &str,
        now: Timestamp,
    ) -> Result<(), Failed> {
        let (Some(caller), Some(webhook)) = (&self.caller, &wishes.webhook) else {
            return Err(Failed::Later("no webhooks".into()));
        };
        let secret = secrets.open(&webhook.secret).map_err(|error| Failed::Later(error.to_string()))?;
        let body = json!({
            "type": "notices",
            "timestamp": now.to_string(),
            "data": { "account": account.name, "notices": notices },
        });
        caller.call((&webhook.url, &secret), number, body.to_string(), now).await
    }

    /// Writes down how it went. Neither the log nor the store repeats an address.
    async fn note(
        &self,
        db: &Db,
        delivery: &Delivery,
        (channel, tried): (Channel, Option<String>),
        sent: Result<(), Failed>,
        now: Timestamp,
    ) -> Result<Came, Fault> {
        let id = &delivery.id;
        match sent {
            Ok(()) => {
                outbox::finish(db, delivery, (Outcome::Sent, None), now).await?;
                Ok(Came::Done)
            }
            Err(Failed::Later(why)) => {
                tracing::warn!(
                    ?channel,
                    delivery = id,
                    tries = delivery.tries,
                    reason = why,
                    "notices wait: they were not taken"
                );
                outbox::later(db, delivery, &why, now).await?;
                Ok(Came::Failed)
            }
            Err(Failed::Never(why)) => {
                tracing::warn!(?channel, delivery = id, reason = why, "notices will not be taken there");
                if !self.stop(db, delivery, (channel, tried)).await? {
                    outbox::later(db, delivery, &why, now).await?;
                    return Ok(Came::Failed);
                }
                outbox::finish(db, delivery, (Outcome::GivenUp, Some(&why)), now).await?;
                Ok(Came::Done)
            }
        }
    }

    /// Where nothing will be taken nothing more is sent, until its person has set it anew. Returns whether it was stopped: what they
    /// have set while it was tried stands, and gets what the older one did not take.
    async fn stop(
        &self,
        db: &Db,
        delivery: &Delivery,
        (channel, tried): (Channel, Option<String>),
    ) -> Result<bool, Fault> {
        let mut tx = db.write().await?;
        let mut wishes = setting::of(&mut tx, &delivery.account).await?;
        if wishes.place(channel) != tried {
            return Ok(false);
        }
        match channel {
            Channel::Mail => {
                if let Some(mail) = &mut wishes.mail {
                    mail.confirmed = false;
                }
            }
            Channel::Webhook => {
                if let Some(webhook) = &mut wishes.webhook {
                    webhook.gone = true;
                }
            }
        }
        setting::keep(&mut tx, &delivery.account, &wishes).await?;
        tx.commit().await?;
        Ok(true)
    }
}
