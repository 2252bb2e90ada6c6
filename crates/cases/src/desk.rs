//! What callers do with cases, each as a change of one case.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use model::case::{By, Case, Decided, ItemState, State};
use model::casework::{
    Answers, AskingPaper, Correcting, Deciding, Event, List, Previewing, Submitting, Summary,
};
use model::fault::Fault;
use model::gap::{Gap, GapClass};
use model::procedure::Procedure;
use model::time::day_in_viet_nam;
use store::from_text;
use tokio::time::Instant;

use crate::caller::{Caller, Right};
use crate::case::{AskState, Fact, Held};
use crate::defect;
use crate::form;
use crate::paper::{self, FORMS, Handed};
use crate::plan;
use crate::preview;
use crate::report;
use crate::seen::{self, Eyes};
use crate::store::{self as kept, Wanted};
use crate::submit;
use crate::texts;
use crate::vault;
use crate::wait;
use crate::work::{Cases, Now, Work, is_late};

/// How often it is looked whether another node has changed a case.
const LOOK: Duration = Duration::from_secs(1);
/// Papers that one person hands in at once, and the one-stop system.
const PAPERS_OF_ONE: usize = 2;
const PAPERS_OF_SYSTEM: usize = 6;
/// What a list is asked for in the place of a state: those that were handed in, whose last day is over.
const LATE: &str = "late";
/// Column of papers.
const PAPER: &str = "paper";

impl Cases {
    /// Whether somebody may see a case. To a citizen another's case is none.
    ///
    /// # Errors
    /// [`Fault::NoCase`], [`Fault::NotInCase`].
    pub(crate) async fn may_see(&self, caller: &Caller, id: &str) -> Result<(), Fault> {
        match caller {
            Caller::System(_) => Ok(()),
            Caller::Officer(_) => caller.may(Right::Look, texts::may_look()),
            Caller::Citizen(citizen) => {
                let own = kept::is_of(&self.db, id, &self.vault.index(&citizen.number)).await?;
                if own { Ok(()) } else { Err(Fault::NoCase {}) }
            }
        }
    }

    /// Whether somebody may change a case.
    ///
    /// # Errors
    /// [`Fault::NoCase`], [`Fault::NotInCase`].
    pub(crate) async fn may_change(&self, caller: &Caller, id: &str) -> Result<(), Fault> {
        self.may_see(caller, id).await?;
        caller.may_work()
    }

    /// A case as somebody sees it.
    pub(crate) async fn look(&self, id: &str, to: impl Into<Eyes>) -> Result<Case, Fault> {
        let now = self.now(id).await?;
        Ok(self.shown(id, &now, to))
    }

    /// A case when it has another revision than `after`, or the wait is over.
    pub(crate) async fn wait(
        &self,
        id: &str,
        to: impl Into<Eyes>,
        after: Option<u64>,
        wait: Duration,
    ) -> Result<Case, Fault> {
        let to = to.into();
        let until = Instant::now() + wait;
        loop {
            // Registered before it is looked: a change in between is heard.
            let rung = self.bell(id).map(tokio::sync::Notify::notified);
            let now = self.now(id).await?;
            let left = until.saturating_duration_since(Instant::now());
            if after != Some(now.revision) || left.is_zero() {
                return Ok(self.shown(id, &now, to.clone()));
            }
            match rung {
                Some(rung) => drop(tokio::time::timeout(left.min(LOOK), rung).await),
                None => tokio::time::sleep(left.min(LOOK)).await,
            }
        }
    }

    /// A page of cases.
    pub(crate) async fn list(
        &self,
        caller: &Caller,
        state: &str,
        before: &str,
        limit: usize,
    ) -> Result<List, Fault> {
        let today = day_in_viet_nam(self.sources.now());
        let person = match caller {
            Caller::Citizen(citizen) => Some(self.vault.index(&citizen.number)),
            Caller::Officer(_) => {
                caller.may(Right::Look, texts::may_look())?;
                None
            }
            Caller::System(_) => None,
        };
        let before = before.split_once('_').map(|(opened, id)| (opened.to_owned(), id.to_owned()));
        let late = (state == LATE).then(|| today.to_string());
        let state = Some(state.to_owned()).filter(|_| late.is_none());
        let wanted = Wanted { person, state, late, before };
        // One more tells whether there are more.
        let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let mut rows = kept::page(&self.db, &wanted, most).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        // Also where none of a page can be opened there may be others behind it.
        let last = rows.last().map(|row| format!("{}_{}", row.opened, row.id));
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let id = row.id.clone();
            // One that cannot be opened keeps nobody from the others.
            match self.opened(row).await {
                Ok(now) => items.push(summary(id, &now, today)?),
                Err(Fault::CaseSealed { case }) => {
                    tracing::error!(case, "a case cannot be opened, and is passed over")
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(List { items, next: last.filter(|_| more) })
    }

    /// The level of whoever asks, if it says anything of the case's person.
    fn level(caller: &Caller, opened_by: By, said: &Answers) -> u8 {
        match (caller, opened_by) {
            (Caller::Citizen(citizen), _) => citizen.level,
            // Officers see the card of somebody before them, and not of whoever opened a case from home.
            (Caller::Officer(_), By::Officer) => 4,
            (Caller::System(_), By::System) => said.level.unwrap_or(0).min(4),
            _ => 0,
        }
    }

    /// Answers, inputs, and another try.
    pub(crate) async fn answer(
        self: &std::sync::Arc<Self>,
        caller: &Caller,
        id: &str,
        said: &Answers,
    ) -> Result<Case, Fault> {
        let by = caller.by();
        let changed = self.change(id, Some(by), |work| {
            let procedure = work.procedure;
            if !matches!(work.held.state, State::Fetching | State::Question | State::Preview | State::Form) {
                return Err(Fault::CaseElsewhere { why: texts::submitted_already() });
            }
            check_nothing_sent(&work.held)?;
            let before = work.held.facts.clone();
            let level = Self::level(caller, work.held.by, said);
            let raised = level > work.held.level;
            work.held.level = work.held.level.max(level);
            // The number that a citizen signed in with is in the case and stays.
            let new: Vec<_> =
                said.inputs.iter().filter(|(name, _)| !is_number_known(&work.held, name)).collect();
            form::said(&mut work.held, procedure, new.into_iter(), None)?;
            ask_anew_of_changed(work, &before);
            for (ask, answer) in &said.questions {
                take_answer(&mut work.held, procedure, ask, answer)?;
                work.note("question_answered", Some(ask), None);
            }
            let again = |gap: Gap| {
                raised && gap == Gap::LowLevel
                    || said.again
                        && (gap.may_pass() || gap.class() == GapClass::OurFault || gap == Gap::Unrepresented)
                    || !said.inputs.is_empty() && gap == Gap::Incomplete
            };
            if plan::try_again(&mut work.held, procedure, again) {
                work.note("asked_again", None, None);
            }
            work.advance();
            Ok(())
        });
        let (now, ()) = changed.await?;
        self.go_on(id, &now);
        Ok(self.shown(id, &now, caller))
    }

    fn go_on(self: &std::sync::Arc<Self>, id: &str, now: &Now) {
        if matches!(now.held.state, State::Fetching | State::Submitting) {
            self.carry_on(id);
        }
    }

    /// Accepts and declines.
    pub(crate) async fn preview(
        self: &std::sync::Arc<Self>,
        caller: &Caller,
        id: &str,
        said: &Previewing,
    ) -> Result<Case, Fault> {
        let by = caller.by();
        let changed = self.change(id, Some(by), |work| {
            if !said.decline.is_empty() {
                check_nothing_sent(&work.held)?;
            }
            preview::decide(&mut work.held, work.procedure, said)?;
            for (kind, items) in [("accepted", &said.accept), ("declined", &said.decline)] {
                items.iter().for_each(|item| work.note(kind, Some(item), None));
            }
            // While others are still asked, what was declined is asked by no more.
            work.advance();
            Ok(())
        });
        let (now, ()) = changed.await?;
        self.go_on(id, &now);
        Ok(self.shown(id, &now, caller))
    }

    /// Says, corrects, or decides which of two values counts.
    pub(crate) async fn correct(
        self: &std::sync::Arc<Self>,
        caller: &Caller,
        id: &str,
        said: &Correcting,
    ) -> Result<Case, Fault> {
        let by = caller.by();
        if said.counts.is_some() {
            caller.may(Right::Decide, texts::may_decide_value())?;
        }
        let eyes = Eyes::from(caller);
        let changed = self.change(id, Some(by), |work| {
            // By what is taken and what is not, values could be guessed that one may not see.
            if !seen::sees(&work.held, work.procedure, &eyes, &said.fact) {
                return Err(Fault::CaseElsewhere { why: texts::withheld() });
            }
            if is_number_known(&work.held, &said.fact) && is_said(&work.held, &said.fact) {
                return Err(Fault::CaseElsewhere { why: texts::number_stays() });
            }
            let before = work.held.facts.clone();
            let counted = work.held.counting(&said.fact).map(str::to_owned);
            let is_sent = submit::is_in_sent(&work.held, work.procedure, &said.fact);
            let sourced = form::correct(&mut work.held, work.procedure, said, by)?;
            if is_sent && work.held.counting(&said.fact) != counted.as_deref() {
                return Err(Fault::CaseElsewhere { why: texts::sent_already() });
            }
            let kind = match (said.counts, &sourced) {
                (Some(true), _) => "correction_counts",
                (Some(false), _) => "source_counts",
                (None, Some(_)) => "corrected",
                (None, None) => "said",
            };
            work.note(kind, Some(&said.fact), None);
            // What the person had said before a source did is a correction that nobody has told of yet.
            let counts = || work.held.facts.get(&said.fact).filter(|_| said.counts == Some(true)).cloned();
            if let Some(fact) = sourced.or_else(counts)
                && let Some((key, body)) = defect::of((id, &self.vault), work.procedure, &said.fact, &fact)?
            {
                work.defect(key, body);
            }
            if ask_anew_of_changed(work, &before) {
                check_nothing_sent(&work.held)?;
                work.advance();
            }
            Ok(())
        });
        let (now, ()) = changed.await?;
        self.wake.notify_one();
        self.go_on(id, &now);
        Ok(self.shown(id, &now, caller))
    }

    /// An officer asks for a paper.
    pub(crate) async fn ask_paper(
        self: &std::sync::Arc<Self>,
        caller: &Caller,
        id: &str,
        asked: &AskingPaper,
    ) -> Result<Case, Fault> {
        if let Some(proves) = asked.proves {
            return self.judge_paper(caller, id, (&asked.item, proves)).await;
        }
        let (by, pack) = (caller.by(), self.sources.pack());
        let changed = self.change(id, Some(by), |work| {
            let is_new = paper::is_not_asked(&work.held, work.procedure, &asked.item);
            let needed = paper::ask(&mut work.held, work.procedure, pack.as_deref(), asked)?;
            work.note(
                if needed { "paper_asked" } else { "asked_again_for" },
                Some(&asked.item),
                asked.reason.as_deref().filter(|_| !needed),
            );
            if is_new {
                work.counts(report::asked(work.procedure, &asked.item, &work.held, work.now));
            }
            Ok(())
        });
        let (now, ()) = changed.await?;
        Ok(self.shown(id, &now, caller))
    }

    /// An officer says whether a paper proves what it is for. It may be that one may act for another.
    async fn judge_paper(
        self: &std::sync::Arc<Self>,
        caller: &Caller,
        id: &str,
        (item, proves): (&str, bool),
    ) -> Result<Case, Fault> {
        caller.may(Right::Decide, texts::may_decide_paper())?;
        let changed = self.change(id, Some(caller.by()), |work| {
            paper::judge(&mut work.held, work.procedure, item, proves)?;
            work.note(if proves { "paper_proves" } else { "paper_proves_not" }, Some(item), None);
            let again = |gap| gap == Gap::Unrepresented;
            if proves
                && !submit::has_begun(&work.held)
                && plan::try_again(&mut work.held, work.procedure, again)
            {
                work.advance();
            }
            Ok(())
        });
        let (now, ()) = changed.await?;
        self.go_on(id, &now);
        Ok(self.shown(id, &now, caller))
    }

    /// Whether a paper would be taken, whatever it is.
    pub(crate) async fn may_hand_in(
        &self,
        caller: &Caller,
        id: &str,
        (item, file, reason): (&str, &str, Option<&str>),
    ) -> Result<(), Fault> {
        let (mut now, pack) = (self.now(id).await?, self.sources.pack());
        let content = FORMS.first().copied().unwrap_or_default();
        let handed = Handed { item, file, content, reason };
        let by = (caller.by(), self.sources.now());
        paper::hand_in(&mut now.held, &now.procedure, pack.as_deref(), &handed, by).map(drop)
    }

    /// A place to hand a paper in at: a few for all, fewer for one.
    pub(crate) fn paper_place(&self, caller: &Caller) -> Result<PaperPlace<'_>, Fault> {
        let place = self.paper_places.try_acquire().map_err(|_| Fault::CasesBusy {})?;
        let most = if matches!(caller, Caller::System(_)) { PAPERS_OF_SYSTEM } else { PAPERS_OF_ONE };
        let whose = caller.name();
        let mut all = self.papers_by.lock().unwrap_or_else(PoisonError::into_inner);
        let own = all.entry(whose.clone()).or_default();
        if *own >= most {
            return Err(Fault::CasesBusy {});
        }
        *own += 1;
        Ok(PaperPlace { cases: self, whose, _place: place })
    }

    /// A paper is handed in.
    pub(crate) async fn hand_in(
        self: &std::sync::Arc<Self>,
        caller: &Caller,
        id: &str,
        (item, file, reason): (&str, &str, Option<&str>),
        content: &[u8],
    ) -> Result<Case, Fault> {
        let (by, pack) = (caller.by(), self.sources.pack());
        let key = self.vault.key(id).await?;
        let changed = self.change(id, Some(by), |work| {
            let handed = Handed { item, file, content, reason };
            let (before, is_new) = (work.held.clone(), paper::is_not_asked(&work.held, work.procedure, item));
            let (number, needed) =
                paper::hand_in(&mut work.held, work.procedure, pack.as_deref(), &handed, (by, work.now))?;
            work.paper(number, item, vault::seal(&key, (id, PAPER, u64::from(number)), content)?);
            work.note(
                if needed { "paper_handed_in" } else { "paper_not_needed" },
                Some(item),
                reason.filter(|_| !needed),
            );
            if is_new {
                work.counts(report::asked(work.procedure, item, &work.held, work.now));
            }
            work.counts(report::taken_back(&before, &work.held, work.procedure));
            Ok(())
        });
        let (now, ()) = changed.await?;
        self.go_on(id, &now);
        Ok(self.shown(id, &now, caller))
    }

    /// A paper; that it was looked at is kept before it is shown.
    pub(crate) async fn paper(&self, caller: &Caller, id: &str, number: u32) -> Result<Vec<u8>, Fault> {
        let (item, sealed) = kept::paper(&self.db, id, number).await?.ok_or(Fault::NoCase {})?;
        self.change(id, Some(caller.by()), |work| {
            work.note("paper_looked_at", Some(&item), None);
            Ok(())
        })
        .await?;
        let key = self.vault.key(id).await?;
        vault::open(&key, (id, PAPER, u64::from(number)), &sealed)
    }

    /// Submits, settles what was not known, or has holders asked about it.
    pub(crate) async fn submit_case(
        self: &std::sync::Arc<Self>,
        caller: &Caller,
        id: &str,
        said: &Submitting,
    ) -> Result<Case, Fault> {
        let by = caller.by();
        let changed = self.change(id, Some(by), |work| {
            if said.ask {
                return match wait::hurry(&mut work.held, work.procedure, work.now) {
                    true => Ok(()),
                    false => Err(Fault::CaseElsewhere { why: texts::nobody_to_ask() }),
                };
            }
            if said.outcomes.is_empty() {
                submit::begin(&mut work.held, work.procedure)?;
                if work.held.state == State::Submitting {
                    work.note("submitted", None, None);
                }
            } else {
                submit::settle(&mut work.held, work.procedure, said)?;
                for (deed, done) in &said.outcomes {
                    work.note(
                        if *done { "deed_found_done" } else { "deed_found_not_done" },
                        Some(deed),
                        None,
                    );
                }
            }
            submit::finish(&mut work.held);
            Ok(())
        });
        let (mut now, ()) = changed.await?;
        if said.ask {
            now = self.ask_outcome(id, now).await?;
        }
        self.go_on(id, &now);
        Ok(self.shown(id, &now, caller))
    }

    /// Ends a case that was not submitted.
    pub(crate) async fn close(&self, caller: &Caller, id: &str) -> Result<Case, Fault> {
        let by = caller.by();
        let changed = self.change(id, Some(by), |work| match work.held.state {
            State::Closed => Ok(()),
            State::Fetching | State::Question | State::Preview | State::Form => {
                check_nothing_sent(&work.held)?;
                work.held.state = State::Closed;
                work.note("closed", None, None);
                Ok(())
            }
            _ => Err(Fault::CaseElsewhere { why: texts::submitted_already() }),
        });
        let (now, ()) = changed.await?;
        Ok(self.shown(id, &now, caller))
    }

    /// Decides a case.
    pub(crate) async fn decide(&self, caller: &Caller, id: &str, said: &Deciding) -> Result<Case, Fault> {
        let by = caller.by();
        let days = self.decided_days();
        // What other offices have revoked meanwhile nobody decides on.
        let now = self.now(id).await?;
        if self.look_again(id, &now.held, true).await? {
            return Err(Fault::CaseChanged {});
        }
        let result = match said.result.as_ref().filter(|_| said.granted) {
            Some(result) => {
                let now = self.now(id).await?;
                // Said twice it is one decision, with one result.
                match now.held.state {
                    State::Submitted => Some(self.new_result(&now.held, &now.procedure, result).await?),
                    _ => None,
                }
            }
            None => None,
        };
        let changed = self.change(id, Some(by), |work| {
            let seen = said.mark.as_ref().is_none_or(|mark| *mark == self.mark_of(&work.held));
            match (work.held.state, &work.held.decision) {
                (State::Submitted, _) if !seen => return Err(Fault::CaseChanged {}),
                (State::Submitted, _) => {}
                // Said twice it is one decision; another is none.
                (State::Decided, Some(before)) if before.granted == said.granted => return Ok(()),
                _ => return Err(Fault::CaseElsewhere { why: texts::not_submitted() }),
            }
            work.held.state = State::Decided;
            let code = result.as_ref().map(|result| result.code.clone());
            work.held.decision = Some(Decided { granted: said.granted, at: work.now, result: code });
            if let Some(result) = &result {
                work.note("result_given", None, Some(&result.code));
                work.result(result.clone());
            }
            work.held.kept_until = day_in_viet_nam(work.now).saturating_add(i64::from(days).days());
            work.note(if said.granted { "granted" } else { "not_granted" }, None, None);
            let counts = report::counts(&work.held, work.procedure, work.now);
            work.counts(counts);
            Ok(())
        });
        let (now, ()) = changed.await?;
        Ok(self.shown(id, &now, caller))
    }

    /// The receipt, as it was made.
    pub(crate) async fn receipt(&self, id: &str) -> Result<String, Fault> {
        let receipt = kept::receipt(&self.db, id).await?;
        receipt.ok_or_else(|| Fault::CaseElsewhere { why: texts::not_submitted() })
    }

    /// What happened in a case.
    pub(crate) async fn log(&self, id: &str) -> Result<Vec<Event>, Fault> {
        let rows = kept::events(&self.db, id).await?;
        let event = |(number, at, actor, kind, subject, reason): kept::EventRow| {
            Ok(Event {
                number: u64::try_from(number).unwrap_or_default(),
                at: from_text::<Timestamp>(&at)?,
                by: actor.as_deref().and_then(by_of),
                kind,
                subject,
                reason,
            })
        };
        rows.into_iter().map(event).collect()
    }

    /// Erases cases: their keys first, so that nothing of them opens any more whatever becomes of the rest.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn erase(&self, cases: &[String]) -> Result<(), Fault> {
        self.vault.destroy(cases).await?;
        kept::forget(&self.db, cases).await
    }
}

/// What a holder has a deed of is not taken back or made another from one side.
fn check_nothing_sent(held: &Held) -> Result<(), Fault> {
    if submit::is_half_done(held) {
        return Err(Fault::CaseElsewhere { why: texts::sent_already() });
    }
    Ok(())
}

/// What was asked by something that is another now is asked anew. Whether there was anything.
fn ask_anew_of_changed(work: &mut Work<'_>, before: &BTreeMap<String, Fact>) -> bool {
    let changed: BTreeSet<String> = work
        .held
        .facts
        .iter()
        .filter(|(name, fact)| before.get(*name).map(|fact| &fact.value) != Some(&fact.value))
        .map(|(name, _)| name.clone())
        .collect();
    let items = plan::readers(&work.held, work.procedure, changed, None);
    plan::reopen(&mut work.held, work.procedure, &items);
    for index in &items {
        let item = work.procedure.requirements.get(*index).map(|requirement| requirement.id.as_str());
        work.note("asked_anew", item, None);
    }
    !items.is_empty()
}

fn is_said(held: &Held, name: &str) -> bool {
    held.facts.get(name).is_some_and(|fact| fact.ask.is_none())
}

/// Held while a paper is handed in.
pub(crate) struct PaperPlace<'a> {
    cases: &'a Cases,
    whose: String,
    _place: tokio::sync::SemaphorePermit<'a>,
}

impl Drop for PaperPlace<'_> {
    fn drop(&mut self) {
        let mut all = self.cases.papers_by.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = all.get_mut(&self.whose) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                all.remove(&self.whose);
            }
        }
    }
}

fn by_of(name: &str) -> Option<By> {
    match name {
        "citizen" => Some(By::Citizen),
        "officer" => Some(By::Officer),
        "system" => Some(By::System),
        _ => None,
    }
}

/// Whether a role's number is in the case: whose case it is does not change.
fn is_number_known(held: &Held, name: &str) -> bool {
    name.ends_with(model::procedure::NUMBER) && held.facts.contains_key(name)
}

/// An answer to the question of an ask: it is asked once more, narrowed by it.
fn take_answer(held: &mut Held, procedure: &Procedure, id: &str, answer: &str) -> Result<(), Fault> {
    let none = || Fault::CaseElsewhere { why: texts::no_question(id) };
    let (_, ask) = procedure.asks().find(|(_, ask)| ask.id == id).ok_or_else(none)?;
    let question = ask.question.as_ref().ok_or_else(none)?;
    let value = form::value_of(&question.kind, &format!("questions.{id}"), answer)?;
    let state = held.asks.get_mut(id).filter(|ask| ask.state == AskState::Question).ok_or_else(none)?;
    state.answer = Some(value);
    state.state = AskState::Waiting;
    Ok(())
}

fn summary(id: String, now: &Now, today: Date) -> Result<Summary, Fault> {
    let Now { held, procedure, due, .. } = now;
    let due = due.as_deref().map(from_text).transpose()?;
    let is_gap = |item: &&crate::case::HeldItem| matches!(item.state, ItemState::Gap | ItemState::Declined);
    Ok(Summary {
        id,
        dossier: held.dossier.clone(),
        procedure: procedure.id.clone(),
        name: procedure.name.clone(),
        state: held.state,
        opened: held.opened,
        by: held.by,
        due,
        late: is_late(held.state, due, today),
        gaps: held.items.iter().filter(is_gap).count(),
    })
}
