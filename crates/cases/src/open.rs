//! Opening a case: once for each key, whatever is repeated; with what is known at the beginning, and the first questions planned.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use model::case::{By, State};
use model::casework::Opening;
use model::fault::{Fault, Words};
use model::procedure::{CASE_FACTS, NUMBER, Party, Procedure};
use model::time::day_in_viet_nam;
use store::{moment, to_json};

use crate::caller::Caller;
use crate::case::{Fact, Held};
use crate::form;
use crate::plan;
use crate::store::{self as kept, Change, Event, Kept, New, state_name};
use crate::texts;
use crate::work::{Cases, by_name};

/// Letters of a case's id: none that are read as others, and no vowels, so that they spell nothing.
const LETTERS: &[u8] = b"bcdfghjkmnpqrstvwxz";
/// How many: some 76 bits.
const LETTERS_OF_ID: usize = 18;
/// Longest `Idempotency-Key` and number of a dossier.
pub(crate) const KEY_MAX: usize = 200;
/// Cases that a person has open, and opens within a day, at most.
const OPEN_MAX: i64 = 20;
const A_DAY_MAX: i64 = 50;
/// Days that a draft is kept where no pack says.
const DRAFT_DAYS: u32 = 30;

/// A new id. Letters only: no part of it can be taken for a number of a person.
pub(crate) fn new_id() -> String {
    // 256 is no multiple of the letters: bytes that would make some likelier are passed over.
    let most = 256 - 256 % LETTERS.len();
    let bytes = std::iter::repeat_with(trust::signer::random::<32>).flatten();
    let letters = bytes.filter(|byte| usize::from(*byte) < most);
    letters
        .filter_map(|byte| LETTERS.get(usize::from(byte) % LETTERS.len()))
        .take(LETTERS_OF_ID)
        .map(|byte| char::from(*byte))
        .collect()
}

impl Cases {
    /// The procedure of a code, of which the version in force is taken, or of an id.
    fn offered(&self, named: &str, today: Date) -> Result<Arc<Procedure>, Fault> {
        let all = self.sources.procedures();
        let fits = |procedure: &&Arc<Procedure>| {
            procedure.valid.holds_on(today) && (procedure.id == named || procedure.code() == named)
        };
        let found = all.iter().filter(fits).max_by_key(|procedure| procedure.version());
        found.cloned().ok_or_else(|| Fault::NoProcedure { procedure: named.chars().take(60).collect() })
    }

    /// Opens a case, or finds the one that the key has opened.
    ///
    /// # Errors
    /// [`Fault::NoProcedure`], [`Fault::NotInCase`], [`Fault::Mistaken`], [`Fault::KeyOfAnotherCase`], [`Fault::StoreFailed`].
    pub(crate) async fn open_case(
        self: &Arc<Self>,
        caller: &Caller,
        (key, sent): (&str, &[u8]),
        opening: &Opening,
    ) -> Result<String, Fault> {
        caller.may_work()?;
        let now = self.sources.now();
        // Keyed: of a plain digest of what one says, who has the store may guess what was said.
        let digest = self.vault.digest(sent);
        // Whose key it is: a citizen's name there would be their number.
        let owner = self.vault.index(&caller.name());
        if let Some((case, before)) = kept::opened(&self.db, &owner, key).await? {
            return same(case, &before, &digest);
        }
        let procedure = self.offered(&opening.procedure, day_in_viet_nam(now))?;
        self.check_quota(caller, now).await?;
        let id = new_id();
        let (mut held, persons) = self.begin(caller, &procedure, opening, (&id, now)).await?;
        plan::advance(&mut held, &id, &procedure);
        held.worker = self.worker().to_owned();
        held.events = 1;
        let new_key = self.vault.new_key(&id)?;
        self.vault.keep(&id, &new_key.kept, now).await?;
        let text = to_json(&*procedure)?;
        let of_procedure = trust::hex(&trust::sha256(text.as_bytes()));
        let due = self.due(&procedure, held.day());
        let change = Change {
            id: id.clone(),
            to: 1,
            state: state_name(held.state),
            kept_until: held.kept_until.to_string(),
            body: Self::sealed(&new_key.key, &id, 1, &held)?,
            held: self.holding(held.state, now),
            new: Some(New {
                code: procedure.code().to_owned(),
                procedure: (of_procedure.clone(), procedure.id.clone(), text),
                opened: moment(now),
                due,
                persons: persons.iter().map(|person| self.vault.index(person)).collect(),
                opening: (owner, key.to_owned(), digest.clone()),
            }),
            events: vec![Event {
                number: 1,
                at: moment(now),
                actor: Some(by_name(caller.by())),
                kind: "opened",
                subject: None,
                reason: None,
            }],
            ..Change::default()
        };
        let state = held.state;
        match self.writer.keep(change).await? {
            Kept::Before(case, before) => same(case, &before, &digest),
            Kept::Done | Kept::Stale | Kept::Revoked => {
                self.vault.remember(&id, &new_key.key);
                self.remember(&of_procedure, &procedure);
                if state == State::Fetching {
                    self.carry_on(&id);
                }
                Ok(id)
            }
        }
    }

    /// Nobody needs hundreds of cases; but whoever tries out numbers does.
    async fn check_quota(&self, caller: &Caller, now: Timestamp) -> Result<(), Fault> {
        let Caller::Citizen(citizen) = caller else { return Ok(()) };
        let since = moment(now - SignedDuration::from_hours(24));
        let (open, today) = kept::count_of(&self.db, &self.vault.index(&citizen.number), &since).await?;
        if open >= OPEN_MAX {
            return Err(Fault::CaseElsewhere { why: texts::too_many_open(OPEN_MAX) });
        }
        if today >= A_DAY_MAX {
            return Err(Fault::CaseElsewhere { why: texts::too_many_today(A_DAY_MAX) });
        }
        Ok(())
    }

    /// What a case begins with, and the persons by whom it is found.
    async fn begin(
        &self,
        caller: &Caller,
        procedure: &Procedure,
        opening: &Opening,
        (id, now): (&str, Timestamp),
    ) -> Result<(Held, Vec<String>), Fault> {
        let level = match caller {
            Caller::Citizen(citizen) => citizen.level,
            // Of somebody before them officers see the card; a system says what it has seen.
            Caller::Officer(_) => 4,
            Caller::System(_) => opening.level.unwrap_or(1).min(4),
        };
        let days = self.sources.pack().map_or(DRAFT_DAYS, |pack| pack.retention.draft_days);
        let kept_until = day_in_viet_nam(now).saturating_add(i64::from(days).days());
        let mut held = Held::begin(procedure, (caller.by(), caller.user(), level), now, kept_until);
        held.client = self.client.to_string();
        held.dossier = dossier(opening.dossier.as_deref())?;
        if held.dossier.is_empty() {
            id.clone_into(&mut held.dossier);
        }
        let of_case = [held.day().to_string(), held.dossier.clone()];
        held.facts.extend(CASE_FACTS.map(str::to_owned).into_iter().zip(of_case.map(Fact::said)));
        held.acting = opening.acting;
        let subject = procedure.roles.first();
        let actor = match opening.acting {
            None => subject.map(|role| role.id.as_str()),
            Some(how) => {
                let acts = procedure.acts_for.iter().find(|acts| acts.how == how);
                Some(acts.ok_or_else(|| Fault::NotInCase { what: texts::may_act_so() })?.role.as_str())
            }
        };
        let mut own = None;
        if let (Caller::Citizen(citizen), Some(role)) = (caller, actor) {
            let is_person =
                procedure.roles.iter().any(|known| known.id == role && known.party == Party::Person);
            // Who signs in for an organisation, or for somebody without a number, says by what right.
            if !is_person {
                return Err(Fault::NotInCase { what: texts::may_act_so() });
            }
            let name = format!("{role}.{NUMBER}");
            check_acting(procedure, opening, &citizen.number)?;
            held.facts.insert(name.clone(), Fact::said(citizen.number.clone()));
            own = Some(name);
        }
        form::said(&mut held, procedure, opening.inputs.iter(), own.as_deref())?;
        let number = |role: &str| held.known(&format!("{role}.{NUMBER}"));
        let mut persons: Vec<String> = Vec::new();
        // A case is found by whose it is and by who acts; by nobody else who is named in it.
        persons.extend(
            subject
                .filter(|_| opening.acting.is_none() || caller.by() != By::Citizen)
                .and_then(|role| number(&role.id)),
        );
        persons.extend(actor.and_then(number));
        if let Caller::Citizen(citizen) = caller {
            persons.push(citizen.number.clone());
        }
        persons.sort_unstable();
        persons.dedup();
        let of_subject = || subject.and_then(|role| number(&role.id)).or_else(|| persons.first().cloned());
        // Of nobody else's cases a citizen learns that they are there.
        let person = match caller {
            Caller::Citizen(citizen) => Some(citizen.number.clone()),
            Caller::Officer(_) | Caller::System(_) => of_subject(),
        };
        if let Some(person) = person {
            let person = self.vault.index(&person);
            held.also_open =
                kept::also_open(&self.db, procedure.code(), &person).await?.filter(|other| other != id);
        }
        Ok((held, persons))
    }
}

/// Who acts for another says so: else the case would be theirs, and what proves their right would not be asked for.
fn check_acting(procedure: &Procedure, opening: &Opening, own: &str) -> Result<(), Fault> {
    let subject = procedure.roles.first().map(|role| role.id.as_str());
    let names_another = |role: &str| {
        let said = opening.inputs.get(&format!("{role}.{NUMBER}")).map(|said| said.trim());
        said.is_some_and(|said| !said.is_empty() && said != own)
    };
    let is_for_another = procedure
        .acts_for
        .iter()
        .map(|acts| acts.role.as_str())
        .chain(subject.filter(|_| !procedure.acts_for.is_empty()))
        .any(names_another);
    if opening.acting.is_none() && is_for_another {
        return Err(Fault::NotInCase { what: texts::may_act_unsaid() });
    }
    Ok(())
}

/// The case that a key has opened, if it was opened by the same.
fn same(case: String, before: &str, digest: &str) -> Result<String, Fault> {
    if before == digest { Ok(case) } else { Err(Fault::KeyOfAnotherCase {}) }
}

/// Number of a dossier: a header carries it, and ledgers keep it.
fn dossier(said: Option<&str>) -> Result<String, Fault> {
    let said = said.map(str::trim).unwrap_or_default();
    let digits = said.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or_default();
    let is_number = said.len() <= KEY_MAX && said.bytes().all(|byte| byte.is_ascii_graphic());
    // Twelve digits in a row may be somebody's number, which has no place in ledgers.
    if is_number && digits < 12 {
        return Ok(said.to_owned());
    }
    Err(Fault::BadDocument { place: Words::quoted("dossier"), why: texts::no_dossier() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_letters_and_none_comes_twice() {
        let ids: std::collections::BTreeSet<String> = (0..1000).map(|_| new_id()).collect();
        assert!(
            ids.len() == 1000
                && ids.iter().all(|id| id.len() == 18 && id.bytes().all(|byte| byte.is_ascii_lowercase()))
        );
    }

    #[test]
    fn no_number_of_a_person_is_a_dossiers() {
        assert_eq!(dossier(Some(" H05.01-261130-0012 ")).unwrap(), "H05.01-261130-0012");
        assert!(
            dossier(Some("001085012345")).is_err()
                && dossier(Some("a b")).is_err()
                && dossier(Some("hồ-sơ")).is_err()
        );
    }
}
