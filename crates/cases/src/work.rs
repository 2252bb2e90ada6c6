//! The engine: cases are opened, changed and carried on. Every change is a plain function over what is kept, written whole and durable
//! before anybody is told of it; so whatever ends the process, a case is at one step or the next, and is carried on from there.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use futures::stream::{FuturesUnordered, StreamExt as _};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use model::case::{By, Case, State};
use model::fault::Fault;
use model::gap::Gap;
use model::id::SystemId;
use model::procedure::Procedure;
use model::reuse_report::ReuseLine;
use model::scope::ReusePack;
use model::time::day_in_viet_nam;
use store::{Db, from_json, moment, to_json};
use tokio::sync::{Mutex as AsyncMutex, Notify, Semaphore};

use crate::answer;
use crate::case::{Held, Named};
use crate::fetch::{For, OF_A_CASE, Services};
use crate::form;
use crate::plan;
use crate::receipt;
use crate::seen::Eyes;
use crate::sources::Sources;
use crate::store::{self as kept, Change, Event, Kept, NewResult, Row, Writer, state_name};
use crate::submit;
use crate::vault::{self, Vault};
use crate::wait;

/// Cases that are carried on at once; others wait in the store.
const AT_ONCE: usize = 512;
/// Papers that are handed in at once: what of them is in memory.
const PAPERS_AT_ONCE: usize = 8;
/// Locks and bells, each for some of the cases.
const STRIPES: usize = 256;
/// How often a change is made anew because the case had changed meanwhile.
const TRIES: usize = 16;
/// For how long a case is held by whoever carries it on, from each change.
const HOLD: SignedDuration = SignedDuration::from_secs(60);
/// Procedures in memory.
const PROCEDURES: usize = 2_000;
/// Days that cases that were handed in are kept where no pack says.
const DECIDED_DAYS: u32 = 3_650;
/// Length of a case's mark.
const MARK: usize = 32;
/// Column of a case's body.
const BODY: &str = "body";

/// Cases at a node.
pub struct Cases {
    pub(crate) sources: Arc<dyn Sources>,
    /// The one-stop system in whose name is asked.
    pub(crate) client: SystemId,
    pub(crate) db: Db,
    pub(crate) vault: Vault,
    pub(crate) writer: Writer,
    services: Services,
    locks: Vec<AsyncMutex<()>>,
    bells: Vec<Notify>,
    hasher: RandomState,
    procedures: Mutex<HashMap<String, Arc<Procedure>>>,
    /// Cases that this process carries on.
    working: Mutex<HashSet<String>>,
    /// Cases that are open of which what came could not be kept: what had left is asked anew, by exchanges of its own.
    lost: Mutex<HashSet<String>>,
    places: Arc<Semaphore>,
    /// Papers that are being handed in.
    pub(crate) paper_places: Semaphore,
    /// By whom.
    pub(crate) papers_by: Mutex<HashMap<String, usize>>,
    pub(crate) wake: Notify,
    /// Who holds cases: the node. And this process of it.
    own: String,
    worker: String,
}

/// A case that is being changed.
pub(crate) struct Work<'a> {
    pub(crate) id: &'a str,
    pub(crate) held: Held,
    pub(crate) procedure: &'a Procedure,
    pub(crate) now: Timestamp,
    /// Whether nobody else carries it on now.
    pub(crate) is_ours: bool,
    by: Option<By>,
    change: Change,
}

impl Work<'_> {
    /// Notes that something happened.
    pub(crate) fn note(&mut self, kind: &'static str, subject: Option<&str>, reason: Option<&str>) {
        self.held.events += 1;
        self.change.events.push(Event {
            number: self.held.events,
            at: moment(self.now),
            actor: self.by.map(by_name),
            kind,
            subject: subject.map(str::to_owned),
            reason: reason.map(str::to_owned),
        });
    }

    /// Takes the case as far as it goes.
    pub(crate) fn advance(&mut self) {
        let before: Vec<_> = self.held.items.iter().map(|item| item.state).collect();
        plan::advance(&mut self.held, self.id, self.procedure);
        let ended: Vec<(String, Option<&'static str>)> = self
            .procedure
            .requirements
            .iter()
            .zip(self.held.items.iter().zip(before))
            .filter(|(_, (item, before))| item.state != *before && !item.is_open())
            .map(|(requirement, (item, _))| (requirement.id.clone(), item.gap.map(model::gap::Gap::code)))
            .collect();
        for (item, gap) in ended {
            self.note(if gap.is_some() { "gap" } else { "answered" }, Some(&item), gap);
        }
    }

    /// What another process had sent nobody knows the outcome of.
    fn lose_sight(&mut self) {
        for (index, exchange) in submit::lose_sight(&mut self.held) {
            let deed = self.procedure.deeds.get(index).map(|deed| deed.id.as_str());
            self.note("deed_unknown", deed, Some(&exchange));
        }
    }

    /// What another process was asking is asked anew; which exchanges were lost is noted.
    fn ask_anew(&mut self) {
        for (index, exchange) in plan::ask_anew(&mut self.held, self.id, self.procedure, self.now) {
            let item = self.procedure.requirements.get(index).map(|item| item.id.as_str());
            self.note("asked_lost", item, Some(&exchange));
        }
    }

    /// Asks again what was promised for later and is due.
    fn ask_again(&mut self, hours: u16) {
        for (index, asked) in wait::ask_again(&mut self.held, self.procedure, self.now, hours) {
            let item = self.procedure.requirements.get(index).map(|item| item.id.as_str());
            match asked {
                true => self.note("asked_again", item, None),
                false => self.note("gap", item, Some(Gap::Timeout.code())),
            }
        }
    }

    pub(crate) fn paper(&mut self, number: u32, item: &str, sealed: Vec<u8>) {
        self.change.paper = Some((number, item.to_owned(), sealed));
    }

    /// The case rests on a result from here on.
    pub(crate) fn uses_result(&mut self, code: &str) {
        self.change.uses = Some(code.to_owned());
    }

    /// A result is made of the case.
    pub(crate) fn result(&mut self, result: NewResult) {
        self.change.result = Some(result);
    }

    pub(crate) fn defect(&mut self, id: String, body: String) {
        self.change.defects.push((id, body));
    }

    pub(crate) fn counts(&mut self, counts: Vec<ReuseLine>) {
        self.change.counts.extend(counts);
    }
}

/// Whether the last day is over of a case that was handed in and not decided.
pub(crate) fn is_late(state: State, due: Option<Date>, today: Date) -> bool {
    matches!(state, State::Submitting | State::OutcomeUnknown | State::Submitted)
        && due.is_some_and(|due| due < today)
}

/// Who did something, as events have it.
pub(crate) fn by_name(by: By) -> &'static str {
    match by {
        By::Citizen => "citizen",
        By::Officer => "officer",
        By::System => "system",
    }
}

/// A case as it is now, and what it is done by.
pub(crate) struct Now {
    pub(crate) held: Held,
    pub(crate) revision: u64,
    pub(crate) procedure: Arc<Procedure>,
    pub(crate) due: Option<String>,
    holder: Option<(String, String)>,
}

struct Names<'a>(&'a dyn Sources);

impl Named for Names<'_> {
    fn agency(&self, service: &model::id::ServiceId) -> model::agency::Name {
        self.0.agency(service)
    }

    fn citation(&self, basis: &str) -> String {
        self.0.citation(basis)
    }
}

impl Cases {
    /// Cases in these stores, asked in the name of `client`; and who writes them, for as long as it is polled.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`], [`Fault::BadSettings`].
    pub(crate) async fn open(
        sources: Arc<dyn Sources>,
        client: SystemId,
        (store, vault): (&str, Vault),
    ) -> Result<(Arc<Self>, impl Future<Output = ()> + use<>), Fault> {
        let (db, migrated) = Db::open(store, kept::WRITER, kept::MIGRATIONS).await?;
        if let Some(tx) = migrated {
            tx.commit().await?;
        }
        belong_together(&db, &vault).await?;
        let (writer, writing) = Writer::new(db.clone());
        let own = sources.node();
        let cases = Self {
            sources,
            client,
            db,
            vault,
            writer,
            services: Services::default(),
            locks: (0..STRIPES).map(|_| AsyncMutex::default()).collect(),
            bells: (0..STRIPES).map(|_| Notify::new()).collect(),
            hasher: RandomState::new(),
            procedures: Mutex::default(),
            working: Mutex::default(),
            lost: Mutex::default(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            paper_places: Semaphore::new(PAPERS_AT_ONCE),
            papers_by: Mutex::default(),
            wake: Notify::new(),
            own,
            worker: trust::hex(&trust::signer::random::<8>()),
        };
        Ok((Arc::new(cases), writing))
    }

    fn stripe(&self, id: &str) -> usize {
        usize::try_from(self.hasher.hash_one(id) % STRIPES as u64).unwrap_or_default()
    }

    /// Rings when a case has changed here.
    pub(crate) fn bell(&self, id: &str) -> Option<&Notify> {
        self.bells.get(self.stripe(id))
    }

    /// The procedure that cases began by.
    pub(crate) async fn procedure(&self, digest: &str) -> Result<Arc<Procedure>, Fault> {
        let known = |cases: &Self| {
            cases.procedures.lock().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
        };
        if let Some(known) = known(self) {
            return Ok(known);
        }
        let text = kept::procedure(&self.db, digest).await?;
        let text =
            text.ok_or_else(|| Fault::StoreFailed { why: format!("procedure {digest} is not there") })?;
        let procedure = Arc::new(from_json::<Procedure>(&text)?);
        self.remember(digest, &procedure);
        Ok(procedure)
    }

    pub(crate) fn remember(&self, digest: &str, procedure: &Arc<Procedure>) {
        let mut known = self.procedures.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= PROCEDURES {
            known.clear();
        }
        known.insert(digest.to_owned(), procedure.clone());
    }

    /// A case as it is now.
    ///
    /// # Errors
    /// [`Fault::NoCase`], [`Fault::CaseSealed`], [`Fault::StoreFailed`].
    pub(crate) async fn now(&self, id: &str) -> Result<Now, Fault> {
        let row = kept::one(&self.db, id).await?.ok_or(Fault::NoCase {})?;
        self.opened(row).await
    }

    pub(crate) async fn opened(&self, row: Row) -> Result<Now, Fault> {
        let key = self.vault.key(&row.id).await?;
        let text = vault::open(&key, (&row.id, BODY, row.revision), &row.body)?;
        let held =
            serde_json::from_slice(&text).map_err(|error| Fault::StoreFailed { why: error.to_string() })?;
        let procedure = self.procedure(&row.procedure).await?;
        Ok(Now { held, revision: row.revision, procedure, due: row.due, holder: row.held })
    }

    /// A case as somebody may see it.
    pub(crate) fn shown(&self, id: &str, now: &Now, to: impl Into<Eyes>) -> Case {
        let to = to.into();
        let shown = now.held.shown((id, now.revision), &now.procedure, &Names(&*self.sources), &to);
        let missing = form::missing(&now.held, &now.procedure).into_iter().map(model::agency::Name::from);
        let due = now.due.as_deref().and_then(|due| due.parse().ok());
        let late = is_late(now.held.state, due, day_in_viet_nam(self.sources.now()));
        let mark = (to == Eyes::Office).then(|| self.mark_of(&now.held));
        let asks = now.held.state == State::Fetching;
        let shown_after = self.sources.pack().filter(|_| asks).map(|pack| pack.timers.page_seconds);
        Case { missing: missing.collect(), due, late, mark, shown_after, ..shown }
    }

    /// Changes with whatever a decision rests on. Keyed: by a plain digest values could be guessed.
    pub(crate) fn mark_of(&self, held: &Held) -> String {
        let items: Vec<_> = held.items.iter().map(|item| (item.state, item.gap, &item.paper)).collect();
        let corrections = held.corrections.iter().map(|(name, one)| (name, (&one.value, one.counts)));
        let corrections: BTreeMap<_, _> = corrections.collect();
        let facts: BTreeMap<_, _> = held.facts.iter().map(|(name, fact)| (name, &fact.value)).collect();
        let deeds: Vec<_> = held.deeds.iter().map(|deed| (deed.state, &deed.gave)).collect();
        let text = serde_json::to_string(&(held.state, items, corrections, facts, deeds)).unwrap_or_default();
        self.vault.digest(text.as_bytes()).chars().take(MARK).collect()
    }

    /// Seals a case's body.
    pub(crate) fn sealed(
        key: &trust::sealed::Sealer,
        id: &str,
        revision: u64,
        held: &Held,
    ) -> Result<Vec<u8>, Fault> {
        vault::seal(key, (id, BODY, revision), to_json(held)?.as_bytes())
    }

    /// Who holds a case that is at such a step.
    pub(crate) fn holding(&self, state: State, now: Timestamp) -> Option<(String, String)> {
        matches!(state, State::Fetching | State::Submitting).then(|| (self.own.clone(), moment(now + HOLD)))
    }

    /// For how many days a case is kept that was handed in.
    pub(crate) fn decided_days(&self) -> u32 {
        self.sources.pack().map_or(DECIDED_DAYS, |pack| pack.retention.decided_days)
    }

    /// The last day on which a case of a procedure is decided that is handed in on a day: working days, without the pack's holidays.
    pub(crate) fn due(&self, procedure: &Procedure, day: Date) -> Option<String> {
        let pack = self.sources.pack();
        let holidays = pack.as_ref().map_or(&[][..], |pack| &pack.holidays);
        crate::due::due(day, procedure.working_days?, holidays).map(|day| day.to_string())
    }

    /// This process, as cases remember it.
    pub(crate) fn worker(&self) -> &str {
        &self.worker
    }

    /// Changes a case: `change` is called with it as it is, again if it has changed meanwhile, and what it leaves is durable before this
    /// returns. If it fails nothing is written.
    ///
    /// # Errors
    /// Those of `change`; [`Fault::NoCase`], [`Fault::CaseSealed`], [`Fault::StoreFailed`], [`Fault::CommitUnknown`].
    pub(crate) async fn change<T>(
        &self,
        id: &str,
        by: Option<By>,
        change: impl Fn(&mut Work<'_>) -> Result<T, Fault>,
    ) -> Result<(Now, T), Fault> {
        let lock = self.locks.get(self.stripe(id));
        let _turn = match lock {
            Some(lock) => Some(lock.lock().await),
            None => None,
        };
        for _ in 0..TRIES {
            let now = self.now(id).await?;
            let at = self.sources.now();
            let theirs =
                now.holder.clone().filter(|(own, until)| *own != self.own && kept::is_held(until, at));
            let mut work = Work {
                id,
                held: now.held.clone(),
                procedure: &now.procedure,
                now: at,
                is_ours: theirs.is_none(),
                by,
                change: Change::default(),
            };
            let done = change(&mut work)?;
            let Work { mut held, change: mut write, .. } = work;
            wait::keep(&mut held, &now.procedure, at);
            if held == now.held {
                return Ok((now, done));
            }
            held.worker.clone_from(&self.worker);
            // What has been handed in is no draft any more, even where a deed of it came to nothing.
            if submit::has_begun(&held) && held.state != State::Decided {
                let until = day_in_viet_nam(at).saturating_add(i64::from(self.decided_days()).days());
                held.kept_until = held.kept_until.max(until);
            }
            let mut due = now.due.clone();
            if held.state == State::Submitted && now.held.state != State::Submitted {
                write.receipt = Some(receipt::make(&held, id, &now.procedure, &*self.sources, at)?);
                // Until it is handed in nobody can decide it.
                due = self.due(&now.procedure, day_in_viet_nam(at)).or(due);
            }
            let revision = now.revision + 1;
            let key = self.vault.key(id).await?;
            // Who carries it on elsewhere goes on holding it.
            let holder = self.holding(held.state, at).map(|own| theirs.unwrap_or(own));
            let write = Change {
                id: id.to_owned(),
                from: Some(now.revision),
                to: revision,
                state: state_name(held.state),
                kept_until: held.kept_until.to_string(),
                due: due.clone(),
                // What is kept has no parts of seconds.
                wake: wait::next(&held).map(|next| moment(next + SignedDuration::from_secs(1))),
                body: Self::sealed(&key, id, revision, &held)?,
                held: holder.clone(),
                ..write
            };
            let kept = self.writer.keep(write).await?;
            if kept == Kept::Revoked {
                return Err(Fault::CaseElsewhere { why: crate::texts::result_revoked() });
            }
            if kept == Kept::Done {
                if let Some(bell) = self.bell(id) {
                    bell.notify_waiters();
                }
                return Ok((Now { held, revision, holder, due, ..now }, done));
            }
        }
        Err(Fault::CasesBusy {})
    }

    /// For whom something is asked in a case.
    pub(crate) fn asks_for(&self, held: &Held, procedure: &Procedure, pack: Option<&ReusePack>) -> For {
        let seconds = pack.map_or(10, |pack| u64::from(pack.timers.ask_seconds)).clamp(1, 60);
        For {
            client: self.client.clone(),
            purpose: procedure.purpose.clone(),
            dossier: held.dossier.clone(),
            user: held.user.clone(),
            within: Duration::from_secs(seconds),
        }
    }

    /// Carries a case on, by a task of its own, if it has anything to do and nobody does it.
    pub(crate) fn carry_on(self: &Arc<Self>, id: &str) -> bool {
        let Ok(place) = self.places.clone().try_acquire_owned() else { return false };
        if !self.working.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned()) {
            return true;
        }
        let (cases, id) = (self.clone(), id.to_owned());
        tokio::spawn(async move {
            // However it ends, others may carry it on.
            let turn = Turn { cases: cases.clone(), id };
            if let Err(fault) = cases.carry(&turn.id).await {
                tracing::warn!(case = turn.id, fault = fault.code(), reason = %fault, "a case was not carried on");
                cases.lost.lock().unwrap_or_else(PoisonError::into_inner).insert(turn.id.clone());
            }
            drop((turn, place));
            cases.wake.notify_one();
        });
        true
    }

    /// Whether there is room to carry more cases on.
    pub(crate) fn has_room(&self) -> bool {
        self.places.available_permits() > 0
    }

    async fn carry(&self, id: &str) -> Result<(), Fault> {
        let worker = self.worker.clone();
        let hours = self.sources.pack().map_or(wait::PENDING_HOURS, |pack| pack.timers.pending_hours);
        let was_lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        // What another process was at is asked anew, and what it had sent is not known.
        let (now, is_ours) = self
            .change(id, None, |work| {
                if work.is_ours {
                    work.lose_sight();
                    if work.held.state == State::Fetching && (was_lost || work.held.worker != worker) {
                        work.ask_anew();
                        work.held.worker.clone_from(&worker);
                    }
                    work.ask_again(hours);
                    work.advance();
                }
                Ok(work.is_ours)
            })
            .await?;
        if !is_ours {
            return Ok(());
        }
        let mut now = self.fetch(id, now).await?;
        if now.held.state == State::OutcomeUnknown {
            now = self.ask_outcome(id, now).await?;
        }
        self.look_again(id, &now.held, false).await?;
        if now.held.state == State::Submitting { self.submit(id).await } else { Ok(()) }
    }

    /// Asks the holder of a deed what became of it, if that is due and it can be asked. The question is in the case before it leaves.
    pub(crate) async fn ask_outcome(&self, id: &str, now: Now) -> Result<Now, Fault> {
        let begun = self.change(id, None, |work| {
            let Some(index) = wait::deed_due(&mut work.held, work.procedure, work.now) else {
                return Ok(None);
            };
            let exchange = work.held.exchange(work.id);
            let deed = work.procedure.deeds.get(index).map(|deed| deed.id.as_str());
            work.note("outcome_asked", deed, Some(&exchange));
            Ok(Some((index, exchange)))
        });
        let (now, Some((index, exchange))) = begun.await? else { return Ok(now) };
        let Some((deed, sent)) = now.procedure.deeds.get(index).zip(now.held.deeds.get(index)) else {
            return Ok(now);
        };
        let to = self.asks_for(&now.held, &now.procedure, self.sources.pack().as_deref());
        let ask = submit::ask_outcome(deed, (&exchange, &sent.exchange), &to);
        let Some(ask) = ask else { return Ok(now) };
        let Some(outcome) = submit::read_outcome(deed, &self.sources.ask(ask).await) else { return Ok(now) };
        if outcome == submit::Outcome::NotDone && wait::is_under_way(sent, self.sources.now()) {
            return Ok(now);
        }
        let kind = match &outcome {
            submit::Outcome::Done(_) => "deed_found_done",
            submit::Outcome::NotDone => "deed_found_not_done",
        };
        let (now, ()) = self
            .change(id, None, |work| {
                let of = (index, sent.exchange.as_str());
                if submit::take_outcome(&mut work.held, of, outcome.clone(), work.now) {
                    work.note(kind, Some(&deed.id), Some(&sent.exchange));
                    submit::finish(&mut work.held);
                }
                Ok(())
            })
            .await?;
        Ok(now)
    }

    /// Asks until nothing is left to be asked. What comes is kept as it comes, all that is there together.
    async fn fetch(&self, id: &str, mut now: Now) -> Result<Now, Fault> {
        let pack = self.sources.pack();
        let mut flying = HashSet::new();
        let mut flight = FuturesUnordered::new();
        loop {
            let to = self.asks_for(&now.held, &now.procedure, pack.as_deref());
            for to_ask in plan::to_ask(&now.held, &now.procedure) {
                if flying.len() < OF_A_CASE && flying.insert(to_ask.exchange.clone()) {
                    let to = to.clone();
                    flight.push(async move {
                        let outcome = self.services.ask(&*self.sources, &to_ask, &to).await;
                        (to_ask, outcome)
                    });
                }
            }
            let Some(first) = flight.next().await else { return Ok(now) };
            let mut came = vec![first];
            while let Some(Some(next)) = flight.next().now_or_never() {
                came.push(next);
            }
            let (after, ()) = self
                .change(id, None, |work| {
                    for (to_ask, outcome) in &came {
                        for index in answer::take(&mut work.held, work.procedure, to_ask, outcome) {
                            let item = work.procedure.requirements.get(index);
                            work.note("asked_anew", item.map(|item| item.id.as_str()), None);
                        }
                    }
                    work.advance();
                    Ok(())
                })
                .await?;
            for (to_ask, _) in &came {
                flying.remove(&to_ask.exchange);
            }
            now = after;
        }
    }

    /// Sends deeds, one after the other: each is kept as sent before it is.
    async fn submit(&self, id: &str) -> Result<(), Fault> {
        let pack = self.sources.pack();
        let begin = self.change(id, None, |work| {
            submit::finish(&mut work.held);
            Ok(submit::next(&mut work.held, work.procedure, work.id))
        });
        let (mut now, mut next) = begin.await?;
        while let Some(index) = next {
            let Some((deed, sent)) = now.procedure.deeds.get(index).zip(now.held.deeds.get(index)) else {
                break;
            };
            let to = self.asks_for(&now.held, &now.procedure, pack.as_deref());
            let ask = submit::ask(&now.held, &now.procedure, deed, &sent.exchange, &to);
            let answered = self.sources.ask(ask).await;
            let came = submit::read(deed, &answered);
            let kind = match &came {
                submit::Sent::Done(_) => "deed_done",
                submit::Sent::Refused(_) | submit::Sent::Unseen(_) => "deed_refused",
                submit::Sent::Unknown => "deed_unknown",
            };
            let (after, following) = self
                .change(id, None, |work| {
                    let of = (index, sent.exchange.as_str());
                    if !submit::take(&mut work.held, of, came.clone(), work.now) {
                        return Ok(None);
                    }
                    work.note(kind, Some(&deed.id), Some(&sent.exchange));
                    submit::finish(&mut work.held);
                    // What another has taken over it goes on with.
                    Ok(work.is_ours.then(|| submit::next(&mut work.held, work.procedure, work.id)).flatten())
                })
                .await?;
            (now, next) = (after, following);
        }
        Ok(())
    }
}

/// Makes sure that the keys are those of the cases: by one wrong path in the settings all keys would seem to be of cases that are gone.
///
/// # Errors
/// [`Fault::BadSettings`] if they are not.
async fn belong_together(db: &Db, vault: &Vault) -> Result<(), Fault> {
    let (mut id, case) = kept::own_id(db).await?;
    let known = vault.own_id().await?;
    let fits = match (&id, &known, &case) {
        (Some(id), Some(known), _) => id == known,
        // Both are new, or older than such ids; or the power went between the two.
        (None, _, Some(case)) => vault.key(case).await.is_ok(),
        (None, _, None) => vault.is_empty().await?,
        _ => false,
    };
    if !fits {
        return Err(Fault::bad_settings("[cases] store, keys", crate::texts::keys_of_others()));
    }
    if id.is_none() {
        kept::keep_own_id(db, &vault.keep_own_id().await?).await?;
        id = kept::own_id(db).await?.0;
    }
    if id == vault.own_id().await? {
        Ok(())
    } else {
        Err(Fault::bad_settings("[cases] store, keys", crate::texts::keys_of_others()))
    }
}

/// Held while a case is carried on.
struct Turn {
    cases: Arc<Cases>,
    id: String,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.cases.working.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}
