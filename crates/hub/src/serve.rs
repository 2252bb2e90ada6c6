//! A hub that runs: it answers, publishes its directory and signs it anew in time, follows other hubs on the store, misses nodes, and
//! ends what time ends.

use std::sync::Arc;
use std::time::Duration;

use axum::middleware::from_fn_with_state;
use jiff::{SignedDuration, Timestamp};
use model::fault::{Fault, Words};
use tokio::net::TcpListener;
use trust::listen::Door;
use trust::scrape;

use crate::audit::growth;
use crate::gauge::step;
use crate::granting::request::paper;
use crate::hub::Hub;
use crate::notice::{self, tell};
use crate::people::{credential, device, manage};
use crate::running::ahead;
use crate::running::brief;
use crate::running::directory;
use crate::running::incident::watch;
use crate::running::node::certified;
use crate::running::reuse_report;
use crate::web::{command, count, listen};
use crate::{api, assess, clock, metrics, quality, usage};

/// How often the log tells of what ends.
const TOLD_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// How often the hub's own certificate, accounts that nobody uses and what has ended are looked at.
const HOURLY: Duration = Duration::from_secs(3600);

/// How often it is looked what people are to be told of.
const NOTICED_EVERY: Duration = Duration::from_secs(2);

/// How often tasks are judged by what is observed.
const JUDGED_EVERY: Duration = Duration::from_secs(60);

/// How long a hub that begins waits for nodes to say what they hold. They ask again after 5 s at most.
const HEARD_WITHIN: Duration = Duration::from_secs(10);

impl Hub {
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
        if ahead::all_heard(&self.db, &self.holders).await? {
            self.begin_to_publish().await;
        }
        let door = Door::new(listen::LIMITS);
        let shown = self.clone().show_metrics(door.clone()).await?;
        let api = api::routes(self.clone()).0.layer(from_fn_with_state(self.clone(), count::all));
        let router = around(api).layer(from_fn_with_state(self.clone(), count::of_routes));
        // Each of them runs for as long as the others.
        tokio::select! {
            () = listen::serve(listener, door, &self.face, router) => {}
            () = shown => {}
            () = self.keep_the_directory() => {}
            () = self.keep_up() => {}
            () = self.tidy_up() => {}
            () = self.events.tell(&self.db) => {}
            () = self.holders.keep(&self.db) => {}
            () = watch::keep(&self.db, &self.presence) => {}
            () = self.tell_people() => {}
            () = self.judge_tasks() => {}
            () = self.post.keep(&self.db, &self.people.secrets) => {}
        }
        Ok(())
    }

    /// Shows metrics for as long as it is polled, where the settings say.
    async fn show_metrics(self: Arc<Self>, door: Door) -> Result<impl Future<Output = ()>, Fault> {
        let listener = match self.settings.metrics {
            Some(address) => Some(TcpListener::bind(address).await.map_err(|error| {
                Fault::bad_settings(format_args!("metrics {address}"), Words::quoted(error))
            })?),
            None => None,
        };
        Ok(async move {
            let Some(listener) = listener else { return std::future::pending().await };
            scrape::serve(listener, move |form| {
                let (hub, door) = (self.clone(), door.clone());
                async move { metrics::page(&hub, &door, form).await }
            })
            .await;
        })
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
            while !ahead::all_heard(&self.db, &self.holders).await.unwrap_or(false) {
                tokio::time::sleep(directory::LOOK).await;
            }
        };
        let _ = tokio::time::timeout(HEARD_WITHIN, heard).await;
        self.begin_to_publish().await;
        self.renew_the_directory().await;
    }

    /// Whether a quarter of the directory's time is over.
    async fn is_old(&self) -> bool {
        let quarter = self.lifetime() / 4;
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

    /// Tells people what waits for them and what has happened, for as long as it is polled.
    async fn tell_people(&self) {
        let mut memory = tell::Memory::default();
        loop {
            tokio::time::sleep(NOTICED_EVERY).await;
            let now = clock::now();
            let looked = async {
                let endings = if memory.is_due(now) { self.all_endings(now).await? } else { Vec::new() };
                tell::look(&self.db, &endings, &mut memory, now).await
            };
            if let Err(fault) = looked.await {
                tracing::warn!(fault = fault.code(), reason = %fault, "people were not told what waits for them");
                tokio::time::sleep(directory::AGAIN).await;
            }
        }
    }

    /// Closes tasks by what is observed, and opens them again, for as long as it is polled.
    async fn judge_tasks(&self) {
        loop {
            match step::step(&self.db, &self.quality, clock::now()).await {
                Ok(changed) if changed > 0 => tracing::info!(changed, "tasks were judged"),
                Ok(_) => {}
                Err(fault) => {
                    tracing::warn!(fault = fault.code(), reason = %fault, "tasks were not judged")
                }
            }
            tokio::time::sleep(JUDGED_EVERY).await;
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
            match self.make_briefs(clock::now()).await {
                Ok(made) if !made.is_empty() => tracing::info!(briefs = ?made, "the week's briefs were made"),
                Ok(_) => {}
                Err(fault) => {
                    tracing::warn!(fault = fault.code(), reason = %fault, "the week's briefs were not made")
                }
            }
            match self.assess(clock::now()).await {
                Ok(ran) if !ran.is_empty() => tracing::info!(?ran, "agencies were assessed"),
                Ok(_) => {}
                Err(fault) => {
                    tracing::warn!(fault = fault.code(), reason = %fault, "agencies were not assessed")
                }
            }
            tokio::time::sleep(HOURLY).await;
        }
    }

    /// Assesses what is due. Another hub on the store may have done so.
    async fn assess(&self, now: Timestamp) -> Result<Vec<assess::run::Ran>, Fault> {
        let mut tx = self.db.read().await?;
        if !assess::run::is_due(&mut tx, now).await? {
            return Ok(Vec::new());
        }
        // What is long to read and to score is read and scored before anybody waits who writes.
        let country = self.quality.country(&mut tx, now).await?;
        let read = assess::run::read(&mut tx, &country, now).await?;
        drop(tx);
        let mut tx = self.db.write().await?;
        let ran = assess::run::write(&mut tx, &read, &assess::packs::by_the_hub(now)).await?;
        tx.commit().await?;
        Ok(ran)
    }

    /// Those of the week that are not there yet. Another hub on the store may have made them.
    async fn make_briefs(&self, now: Timestamp) -> Result<Vec<String>, Fault> {
        let mut tx = self.db.write().await?;
        let made = brief::make_weekly(&mut tx, &self.settings.brief, now).await?;
        if !made.is_empty() {
            tx.commit().await?;
        }
        Ok(made)
    }

    async fn tidy(&self, now: Timestamp) -> Result<Vec<String>, Fault> {
        // What is long to make is made before anybody waits who writes.
        let country = self.quality.country(&mut self.db.read().await?, now).await?;
        let scores = quality::dataset::above_datasets(&country);
        let mut tx = self.db.write().await?;
        let idle = manage::disable_idle(&mut tx, now, &self.people.rules).await?;
        credential::forget_ended(&mut tx, now).await?;
        device::forget_unused(&mut tx, now).await?;
        command::forget_old(&mut tx, now).await?;
        usage::forget_old(&mut tx, now).await?;
        quality::report::forget_old(&mut tx, now).await?;
        quality::overlap::end_old(&mut tx, now).await?;
        reuse_report::forget_old(&mut tx, now).await?;
        quality::dataset::keep_day(&mut tx, &scores, now).await?;
        certified::forget_all_ended(&mut tx, now).await?;
        notice::forget_old(&mut tx, now).await?;
        paper::forget_old(&mut tx, now).await?;
        growth::forget_paid(&mut tx, now).await?;
        tx.commit().await?;
        Ok(idle)
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
}
