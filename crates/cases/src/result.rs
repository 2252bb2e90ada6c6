//! Results (rules RU-08, RU-09): what the office gives when it grants a case, kept here sealed by a key of its own, signed by the node, found by
//! its code. A later case uses it in the place of a paper, here or at another office (`elsewhere`); one that is revoked is taken out of every case that still rests on it.
//!
//! The code leads to the holder: there is no index of persons elsewhere. It ends in letters by chance, so that codes cannot be counted up.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use model::case::{Case, ItemState, State};
use model::casework::{
    GivenResult, KeptResult, RESULT_SIGNED_AS, Resulting, RevokedResult, Revoking, SignedResult, UsingResult,
};
use model::fault::{Fault, Words};
use model::procedure::{Ask, Kind, NUMBER, Procedure, Requirement, Use};
use model::time::day_in_viet_nam;
use serde_json::{Map, Value};
use store::{from_json, moment, to_json};

use crate::answer::{self, Found};
use crate::caller::{Caller, Right};
use crate::case::{AskState, Elsewhere, Fact, Held, HeldAsk};
use crate::form;
use crate::open::new_id;
use crate::store::{self as kept, NewResult, ResultRow};
use crate::submit;
use crate::texts;
use crate::vault;
use crate::work::{Cases, by_name};

/// Column of results, and the only version that one has.
const RESULT: (&str, u64) = ("result", 1);
/// Fields of a result, and longest name of one and of a kind.
const FIELDS_MAX: usize = 60;
const NAME_MAX: usize = 120;
/// Letters at the end of a code.
const LETTERS: usize = 8;
/// Revocations that are carried into cases at once.
const ROUND: i64 = 50;

fn bad(place: &str, why: Words) -> Fault {
    Fault::BadDocument { place: Words::quoted(place), why }
}

/// What is given, checked: its kind is a code, and its values are texts that say something.
fn checked(said: &Resulting) -> Result<Resulting, Fault> {
    let is_kind = (1..=NAME_MAX).contains(&said.kind.len())
        && said.kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !is_kind {
        return Err(bad("result.kind", texts::no_kind_of_result()));
    }
    if said.fields.len() + said.lines.len() > FIELDS_MAX
        || said.fields.keys().any(|name| name.len() > NAME_MAX)
    {
        return Err(bad("result.fields", texts::too_many_fields(FIELDS_MAX)));
    }
    let value = |(name, value): (&String, &String)| {
        Ok((name.clone(), form::value_of(&Kind::Text, &format!("result.fields.{name}"), value)?))
    };
    let fields: Result<BTreeMap<String, String>, Fault> = said.fields.iter().map(value).collect();
    Ok(Resulting { fields: fields?, ..said.clone() })
}

/// A line of the form as a result says it: by the term of what gave it, so that whoever asks for that finds it, else by its field.
fn line_of(held: &Held, procedure: &Procedure, line: &str) -> Result<(String, String), Fault> {
    let value = held.counting(line).filter(|_| procedure.form.iter().any(|field| field.fact == line));
    let value = value.ok_or_else(|| bad("result.lines", texts::no_line(line)))?;
    let fills = |how: &Use| matches!(how, Use::Fill(fact) if fact == line);
    let mut claims = procedure.asks().flat_map(|(_, ask)| &ask.claims);
    let claim = claims.find(|claim| fills(&claim.how));
    let name = claim.and_then(|claim| claim.term.clone().or_else(|| claim.field.clone()));
    let last = || line.rsplit('.').next().unwrap_or_default().to_owned();
    Ok((name.unwrap_or_else(last), value.to_owned()))
}

impl Cases {
    /// Makes a result of a case: its code, and it as it is to be kept. Its key is durable before it is.
    pub(crate) async fn new_result(
        &self,
        held: &Held,
        procedure: &Procedure,
        said: &Resulting,
    ) -> Result<NewResult, Fault> {
        let mut said = checked(said)?;
        for line in &said.lines {
            let (name, value) = line_of(held, procedure, line)?;
            said.fields.insert(name, value);
        }
        let now = self.sources.now();
        let issued = day_in_viet_nam(now);
        let member = self.client.member();
        let agency = member.as_str().rsplit('/').next().unwrap_or_default().to_owned();
        let letters: String = new_id().chars().take(LETTERS).collect();
        let code = format!("{agency}-{}-{}-{letters}", said.kind, issued.strftime("%y%m%d"));
        let subject = procedure.roles.first().and_then(|role| held.known(&format!("{}.{NUMBER}", role.id)));
        let given = GivenResult {
            code: code.clone(),
            kind: said.kind.clone(),
            name: said.name,
            fields: said.fields,
            person: subject.clone(),
            node: self.sources.node(),
            issued,
            valid_to: said.valid_to,
        };
        let text = to_json(&given)?;
        let (key, signature) = self.sources.sign(RESULT_SIGNED_AS, text.as_bytes());
        let signed = SignedResult { result: text, key, signature: trust::hex(&signature) };
        let new_key = self.vault.new_key(&code)?;
        self.vault.keep(&code, &new_key.kept, now).await?;
        let kept_until = issued.saturating_add(i64::from(self.decided_days()).days());
        Ok(NewResult {
            body: vault::seal(&new_key.key, (&code, RESULT.0, RESULT.1), to_json(&signed)?.as_bytes())?,
            kind: said.kind,
            person: subject.map(|number| self.vault.index(&number)),
            kept_until: said.valid_to.unwrap_or(kept_until).max(kept_until).to_string(),
            code,
        })
    }

    async fn result_row(&self, code: &str) -> Result<ResultRow, Fault> {
        kept::result(&self.db, code).await?.ok_or(Fault::NoCase {})
    }

    pub(crate) async fn opened_result(&self, row: &ResultRow) -> Result<(SignedResult, GivenResult), Fault> {
        let key = self.vault.key(&row.code).await?;
        let text = vault::open(&key, (&row.code, RESULT.0, RESULT.1), &row.body)?;
        let signed: SignedResult = from_json(&String::from_utf8_lossy(&text))?;
        let given = from_json(&signed.result)?;
        Ok((signed, given))
    }

    /// A result by its code: to the office, and to whose it is.
    ///
    /// # Errors
    /// [`Fault::NoCase`], [`Fault::NotInCase`].
    pub(crate) async fn result(&self, caller: &Caller, code: &str) -> Result<KeptResult, Fault> {
        let row = self.result_row(code).await?;
        match caller {
            Caller::System(_) => {}
            Caller::Officer(_) => caller.may(Right::Look, texts::may_look())?,
            Caller::Citizen(citizen) => {
                if row.person.as_deref() != Some(&self.vault.index(&citizen.number)) {
                    return Err(Fault::NoCase {});
                }
            }
        }
        let (signed, _) = self.opened_result(&row).await?;
        Ok(KeptResult { signed, revoked: revoked(&row)? })
    }

    /// Uses a result of this office or of another for an item, in the place of its paper.
    ///
    /// # Errors
    /// [`Fault::CaseElsewhere`] says why it does not do; [`Fault::ResultNotSeen`].
    pub(crate) async fn use_result(
        self: &Arc<Self>,
        caller: &Caller,
        id: &str,
        said: &UsingResult,
    ) -> Result<Case, Fault> {
        let elsewhere = |why| Fault::CaseElsewhere { why };
        let others = self.offices_of(&said.code);
        if !others.is_empty() && kept::result(&self.db, &said.code).await?.is_none() {
            return self.use_result_of_others(caller, id, said, &others).await;
        }
        // To a citizen another's result is none.
        self.result(caller, &said.code).await.map_err(|fault| match fault {
            Fault::NoCase {} => elsewhere(texts::no_result(&said.code)),
            fault => fault,
        })?;
        let row = self.result_row(&said.code).await?;
        if row.revoked_at.is_some() {
            return Err(elsewhere(texts::result_revoked()));
        }
        let (_, given) = self.opened_result(&row).await?;
        let changed = self.change(id, Some(caller.by()), |work| {
            take(&mut work.held, work.procedure, (&said.item, &given), None, work.now)?;
            work.uses_result(&said.code);
            work.note("result_used", Some(&said.item), Some(&said.code));
            Ok(())
        });
        let (now, ()) = changed.await?;
        Ok(self.shown(id, &now, caller))
    }

    /// Revokes a result. What still rests on it is told by the node, also if it ends meanwhile.
    ///
    /// # Errors
    /// [`Fault::NoCase`], [`Fault::NotInCase`], [`Fault::NoReason`].
    pub(crate) async fn revoke_result(
        &self,
        caller: &Caller,
        code: &str,
        said: &Revoking,
    ) -> Result<KeptResult, Fault> {
        caller.may(Right::Decide, texts::may_revoke())?;
        let row = self.result_row(code).await?;
        let why = said.reason.trim();
        if why.is_empty() {
            return Err(Fault::NoReason {});
        }
        let why = form::value_of(&Kind::Text, "reason", why)?;
        let key = self.vault.key(&row.code).await?;
        // What people write may be about somebody.
        let why = vault::seal(&key, (code, "revoked", 1), why.as_bytes())?;
        let now = self.sources.now();
        kept::revoke_result(&self.db, code, &moment(now), (by_name(caller.by()), &why)).await?;
        self.carry_revocations().await?;
        self.result(caller, code).await
    }

    /// Takes results that were revoked out of the cases that rest on them. One case that cannot be changed keeps neither the others nor other results:
    /// its result is carried into it the next time. Returns how many results are in no case any more.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn carry_revocations(&self) -> Result<usize, Fault> {
        let (mut carried, mut after) = (0, String::new());
        loop {
            let codes = kept::revoked_results(&self.db, &after, ROUND).await?;
            let Some(last) = codes.last() else { return Ok(carried) };
            for code in &codes {
                let mut is_carried = true;
                for case in kept::users_of_result(&self.db, code).await? {
                    if let Err(fault) = self.carry_revocation(code, &case).await {
                        tracing::warn!(case, code, fault = fault.code(), reason = %fault, "a revoked result is still in a case");
                        is_carried = false;
                    }
                }
                if is_carried {
                    kept::revocation_carried(&self.db, code).await?;
                    carried += 1;
                }
            }
            after.clone_from(last);
        }
    }

    async fn carry_revocation(&self, code: &str, case: &str) -> Result<(), Fault> {
        let changed = self.change(case, None, |work| {
            for index in give_back(&mut work.held, work.procedure, code) {
                let item = work.procedure.requirements.get(index).map(|item| item.id.as_str());
                work.note("result_revoked", item, Some(code));
            }
            Ok(())
        });
        match changed.await {
            // One that is gone rests on nothing.
            Ok(_) | Err(Fault::NoCase {} | Fault::CaseSealed { .. }) => Ok(()),
            Err(fault) => Err(fault),
        }
    }
}

pub(crate) fn revoked(row: &ResultRow) -> Result<Option<RevokedResult>, Fault> {
    row.revoked_at
        .as_deref()
        .map(|at| Ok(RevokedResult { at: store::from_text::<Timestamp>(at)? }))
        .transpose()
}

/// That an item can be answered by a result: it has no answer and no paper. Gives the number of whom that must be about.
pub(crate) fn lacking(held: &Held, procedure: &Procedure, item: &str) -> Result<String, Fault> {
    let elsewhere = |why| Fault::CaseElsewhere { why };
    if !matches!(held.state, State::Preview | State::Form | State::Submitted) {
        return Err(elsewhere(texts::no_papers_now()));
    }
    let index = procedure.requirements.iter().position(|requirement| requirement.id == item);
    let index = index.ok_or_else(|| elsewhere(texts::no_item(item)))?;
    let state = held.items.get(index).map(|item| item.state);
    if !matches!(state, Some(ItemState::Gap | ItemState::Declined)) {
        return Err(elsewhere(texts::not_missing(item)));
    }
    person(held, procedure, index).ok_or_else(|| elsewhere(texts::result_of_another()))
}

/// The number of whom a requirement is about, if they have one.
pub(crate) fn person(held: &Held, procedure: &Procedure, index: usize) -> Option<String> {
    let requirement = procedure.requirements.get(index)?;
    held.known(&format!("{}.{NUMBER}", requirement.role))
}

/// Takes what a result says into a case: all that the item's first way would have filled, confirmed and tested, or nothing. Of another office's,
/// `from` says where it is kept and by which exchange it came.
pub(crate) fn take(
    held: &mut Held,
    procedure: &Procedure,
    (item, given): (&str, &GivenResult),
    from: Option<(Elsewhere, &str)>,
    now: Timestamp,
) -> Result<(), Fault> {
    let elsewhere = |why| Fault::CaseElsewhere { why };
    lacking(held, procedure, item)?;
    let index = procedure.requirements.iter().position(|requirement| requirement.id == item);
    let index = index.ok_or_else(|| elsewhere(texts::no_item(item)))?;
    let requirement = procedure.requirements.get(index).ok_or_else(|| elsewhere(texts::no_item(item)))?;
    if requirement.paper.as_ref().is_none_or(|paper| paper.code != given.kind) {
        return Err(elsewhere(texts::another_kind(&given.kind)));
    }
    if person(held, procedure, index) != given.person {
        return Err(elsewhere(texts::result_of_another()));
    }
    let today = day_in_viet_nam(now);
    if !in_time(requirement, given, today) {
        return Err(elsewhere(texts::result_over()));
    }
    let way = requirement.alternatives.iter().find(|way| !way.asks.is_empty());
    let mut values = Vec::new();
    for ask in way.iter().flat_map(|way| &way.asks) {
        let record = record(ask, given);
        let found = Found { records: Vec::new(), unavailable: Vec::new(), as_of: Some(given.issued) };
        let told = answer::claims(held, procedure, ask, &record, &found);
        let told = told.map_err(|_| elsewhere(texts::result_lacks()))?;
        values.extend(told.into_iter().map(|(name, value)| (ask.id.clone(), name, value)));
    }
    // A holder that has a deed has it with what was known then.
    if values.iter().any(|(_, name, _)| submit::is_in_sent(held, procedure, name)) {
        return Err(elsewhere(texts::sent_already()));
    }
    let (from, exchange) = from.unzip();
    for (ask, name, value) in values {
        let fact = Fact {
            value,
            ask: Some(ask.clone()),
            as_of: Some(given.issued),
            fetched: Some(now),
            exchange: exchange.map(str::to_owned),
        };
        answer::fill(held, procedure, name, fact);
        held.asks.insert(ask, HeldAsk { state: AskState::Answered, ..HeldAsk::default() });
    }
    if let Some(item) = held.items.get_mut(index) {
        // Whoever named it has seen it.
        item.state = ItemState::Accepted;
        (item.gap, item.pending) = (None, None);
        (item.result, item.elsewhere) = (Some(given.code.clone()), from);
        let came = item.exchanges.iter_mut().find(|one| Some(one.id.as_str()) == exchange);
        if let Some(came) = came {
            came.fields = given.fields.keys().cloned().collect();
        }
    }
    if held.state == State::Preview && !held.items.iter().any(|item| item.state == ItemState::Found) {
        held.state = State::Form;
    }
    Ok(())
}

/// Whether a result is valid on a day and not too old for what it is to show.
fn in_time(requirement: &Requirement, given: &GivenResult, today: Date) -> bool {
    let old = today.since(given.issued).map_or(i32::MAX, |since| since.get_days());
    given.valid_to.is_none_or(|to| today <= to)
        && requirement.max_age_days.is_none_or(|most| old <= i32::from(most))
}

/// What a result says, as a record of the dataset that an ask asks: by term where the claim names one, else by field.
fn record(ask: &Ask, given: &GivenResult) -> Map<String, Value> {
    let term = |term: &str| term.split_once('@').map_or(term, |(name, _)| name).to_owned();
    let by_term: BTreeMap<String, &String> =
        given.fields.iter().map(|(name, value)| (term(name), value)).collect();
    let of = |claim: &model::procedure::Claim| {
        let field = claim.field.clone()?;
        let named = claim.term.as_deref().and_then(|name| by_term.get(&term(name)).copied());
        Some((field.clone(), Value::from(named.or_else(|| given.fields.get(&field))?.clone())))
    };
    ask.claims.iter().filter_map(of).collect()
}

/// Takes a result out of a case that is not decided: its items are as if the result did not meet what is asked. Gives the items.
pub(crate) fn give_back(held: &mut Held, procedure: &Procedure, code: &str) -> Vec<usize> {
    if matches!(held.state, State::Decided | State::Closed) {
        return Vec::new();
    }
    let items = held.items.iter().enumerate().filter(|(_, item)| item.result.as_deref() == Some(code));
    let items: Vec<usize> = items.map(|(index, _)| index).collect();
    for index in &items {
        if let Some(requirement) = procedure.requirements.get(*index) {
            held.erase(requirement);
        }
        if let Some(item) = held.items.get_mut(*index) {
            (item.result, item.elsewhere) = (None, None);
            item.end(model::gap::Gap::ConditionNotMet);
        }
    }
    items
}
