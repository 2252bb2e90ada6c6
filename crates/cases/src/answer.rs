//! What an answer comes to in a case: read, judged whether it is about whom was asked, and taken claim by claim.

use std::collections::BTreeSet;

use exchange::Answered;
use http::StatusCode;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use model::case::{By, Correction, Verdict};
use model::condition::Condition;
use model::fault::Fault;
use model::gap::Gap;
use model::procedure::{Ask, IT, NUMBER, Procedure, Requirement, Use};
use model::text::{Likeness, likeness, nfc};
use model::time::day_in_viet_nam;
use serde_json::{Map, Value};

use crate::case::{AskState, Fact, Held, HeldExchange, asks_of};
use crate::identity::{Fits, Said, fits, judge};
use crate::plan::{self, ToAsk};
use crate::seen;

/// Longest value that a case takes.
const VALUE_MAX: usize = 2_000;
/// Most records that are looked at: one more than is wanted.
pub(crate) const RECORDS: usize = 2;

/// What came of an exchange.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    /// Its id, in both ledgers if it left.
    pub(crate) exchange: String,
    /// Those that left before it, when it was asked twice.
    pub(crate) earlier: Vec<String>,
    pub(crate) at: Timestamp,
    pub(crate) found: Result<Found, Gap>,
}

/// The records that fit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) records: Vec<Map<String, Value>>,
    /// Fields that the source does not give.
    pub(crate) unavailable: Vec<String>,
    /// The day of the record, if the source says.
    pub(crate) as_of: Option<Date>,
}

/// Reads an answer.
pub(crate) fn read(answered: &Answered) -> Result<Found, Gap> {
    match answered.fault() {
        Some("LT-4108") => return Ok(Found { records: Vec::new(), unavailable: Vec::new(), as_of: None }),
        Some(code) => return Err(Gap::of_fault(code)),
        None => {}
    }
    match answered.status {
        StatusCode::OK => {}
        StatusCode::ACCEPTED => return Err(Gap::Pending),
        status if status.is_server_error() => return Err(Gap::SourceDown),
        _ => return Err(Gap::Unsupported),
    }
    let body: Value = serde_json::from_slice(&answered.body).map_err(|_| Gap::Unbelievable)?;
    let items = body.get("items").and_then(Value::as_array).ok_or(Gap::Unbelievable)?;
    let records = items.iter().take(RECORDS).map(|item| item.as_object().cloned().ok_or(Gap::Unbelievable));
    let records: Vec<_> = records.collect::<Result<_, _>>()?;
    if records.is_empty() && answered.withheld() > 0 {
        return Err(Gap::Incomplete);
    }
    let age = answered.age().and_then(|age| SignedDuration::try_from(age).ok());
    Ok(Found {
        records,
        unavailable: answered.unavailable().map(str::to_owned).collect(),
        as_of: age.and_then(|age| answered.at.checked_sub(age).ok()).map(day_in_viet_nam),
    })
}

/// The gap that a fault makes.
pub(crate) fn gap(fault: &Fault) -> Gap {
    Gap::of_fault(fault.code())
}

/// Takes what came of an exchange into a case, for each ask that it was made for. What is not asked for any more is passed over.
/// Gives the items that are asked anew since what they were asked by is another now.
pub(crate) fn take(
    held: &mut Held,
    procedure: &Procedure,
    asked: &ToAsk,
    outcome: &Outcome,
) -> BTreeSet<usize> {
    let mut anew = BTreeSet::new();
    for id in &asked.asks {
        let is_asking =
            held.asks.get(id).is_some_and(|ask| ask.state == AskState::Asking(asked.exchange.clone()));
        let Some((index, requirement)) = held.item_of(procedure, id) else { continue };
        let Some(ask) = asks_of(requirement).find(|ask| ask.id == *id) else { continue };
        // Of several records none was looked at; and nobody is to learn from a list of fields how many there were.
        let fields = match outcome.found.as_ref().map(|found| found.records.as_slice()) {
            Ok([record]) => {
                record.keys().filter(|name| ask.fields().contains(name.as_str())).cloned().collect()
            }
            _ => Vec::new(),
        };
        if let Some(item) = held.items.get_mut(index)
            && !outcome.exchange.is_empty()
        {
            let earlier = outcome.earlier.iter().map(|exchange| HeldExchange {
                id: exchange.clone(),
                ask: id.clone(),
                service: None,
                at: outcome.at,
                fields: Vec::new(),
            });
            item.exchanges.extend(earlier);
            item.exchanges.push(HeldExchange {
                id: outcome.exchange.clone(),
                ask: id.clone(),
                service: None,
                at: outcome.at,
                fields,
            });
        }
        // That it was asked is told all the same.
        if !is_asking {
            continue;
        }
        let state = taken(held, procedure, (index, requirement, ask), outcome, &mut anew);
        if let Some(held) = held.asks.get_mut(id) {
            held.state = state;
        }
    }
    anew
}

/// How an ask stands after its answer.
fn taken(
    held: &mut Held,
    procedure: &Procedure,
    (index, requirement, ask): (usize, &Requirement, &Ask),
    outcome: &Outcome,
    anew: &mut BTreeSet<usize>,
) -> AskState {
    let found = match &outcome.found {
        Ok(found) => found,
        Err(gap) => return AskState::Failed(*gap),
    };
    let absent = ask.claims.iter().any(|claim| claim.how == Use::Absent);
    let is_stale = |(max, as_of): (u16, Date)| {
        day_in_viet_nam(outcome.at).since(as_of).is_ok_and(|old| old.get_days() > i32::from(max))
    };
    let is_stale = requirement.max_age_days.zip(found.as_of).is_some_and(is_stale);
    if found.records.is_empty() && absent {
        // Of yesterday's copy nobody knows that there is no record today.
        return if is_stale { AskState::Failed(Gap::Stale) } else { AskState::Answered };
    }
    let [record] = found.records.as_slice() else {
        // Asked whether nothing fits or much does: so nobody learns from the question which it was.
        let is_asked = held.asks.get(&ask.id).is_some_and(|held| held.answer.is_some());
        return match (&ask.question, found.records.is_empty()) {
            (Some(_), _) if !is_asked => AskState::Question,
            (_, true) => AskState::Failed(Gap::NotFound),
            (_, false) => AskState::Failed(Gap::Ambiguous),
        };
    };
    let (verdict, fits) = verdict(held, procedure, ask, record).unzip();
    if let Some(asked) = held.asks.get_mut(&ask.id) {
        asked.fits = fits.unwrap_or_default();
    }
    if let Some(item) = held.items.get_mut(index)
        && verdict > item.verdict
    {
        item.verdict = verdict;
    }
    if verdict == Some(Verdict::Other) {
        return AskState::Failed(Gap::OtherPerson);
    }
    // There is a record where there must be none.
    if absent {
        return AskState::Failed(Gap::DiffersSources);
    }
    if is_stale {
        return AskState::Failed(Gap::Stale);
    }
    match claims(held, procedure, ask, record, found) {
        Err(gap) => AskState::Failed(gap),
        Ok(values) => {
            // A source says otherwise than the person did: what was asked by their word is asked by the source's.
            let changed = values.iter().filter(|(name, value)| {
                held.facts.get(name).is_some_and(|fact| fact.ask.is_none() && !is_alike(&fact.value, value))
            });
            let changed: BTreeSet<String> = changed.map(|(name, _)| name.clone()).collect();
            if !changed.is_empty() {
                let named = changed.first().cloned().unwrap_or_default();
                let readers = plan::readers(held, procedure, changed, Some(index));
                // It was found by what would have to be asked anew because of it.
                if readers.contains(&index) {
                    return AskState::Failed(differs(procedure, &named));
                }
                plan::reopen(held, procedure, &readers);
                anew.extend(readers);
            }
            for (name, value) in values {
                let fact = Fact {
                    value,
                    ask: Some(ask.id.clone()),
                    as_of: found.as_of,
                    fetched: Some(outcome.at),
                    exchange: Some(outcome.exchange.clone()),
                };
                fill(held, procedure, name, fact);
            }
            AskState::Answered
        }
    }
}

fn verdict(
    held: &Held,
    procedure: &Procedure,
    ask: &Ask,
    record: &Map<String, Value>,
) -> Option<(Verdict, Fits)> {
    let identity = ask.identity.as_ref()?;
    let said = |field: &Option<String>| text(record.get(field.as_deref()?)?);
    let said =
        Said { number: said(&identity.number), name: said(&identity.name), born: said(&identity.born) };
    let fits = fits(&held.person_as_said(&identity.role), &said);
    let verdict = judge(&held.person(&identity.role), &said);
    // A citizen who has typed a number and nothing else may have typed anybody's.
    let is_own = seen::actor(held, procedure).is_some_and(|actor| actor == identity.role);
    let is_bare = held.by == By::Citizen && !is_own && !fits.more && verdict == Verdict::Same;
    Some((if is_bare { Verdict::Doubtful } else { verdict }, fits))
}

/// What claims give, or why one of them does not. Nothing is taken before all of them are.
pub(crate) fn claims(
    held: &Held,
    procedure: &Procedure,
    ask: &Ask,
    record: &Map<String, Value>,
    found: &Found,
) -> Result<Vec<(String, String)>, Gap> {
    let mut values = Vec::new();
    for claim in &ask.claims {
        if claim.how == Use::Absent {
            continue;
        }
        let field = claim.field.as_deref().ok_or(Gap::Unsupported)?;
        let there = !found.unavailable.iter().any(|name| name == field);
        let value = record.get(field).filter(|_| there).and_then(text);
        // A test knows what it tests for, and `không` may be it.
        let value = value.filter(|value| match &claim.how {
            Use::Test(condition) => names(condition, value) || !is_nothing(value),
            _ => !is_placeholder(value),
        });
        match &claim.how {
            Use::Fill(name) => {
                let value = value.ok_or(Gap::Incomplete)?;
                // Whose case it is, and who is in it, no source makes another.
                let stays = |fact: &Fact| fact.ask.is_some() || is_number(name);
                let other = held.facts.get(name).filter(|fact| stays(fact) && !is_alike(&fact.value, &value));
                if other.is_some() {
                    return Err(differs(procedure, name));
                }
                values.push((name.clone(), value));
            }
            Use::Confirm(name) => {
                let known = held.known(name).ok_or(Gap::Incomplete)?;
                if !is_alike(&known, &value.ok_or(Gap::Incomplete)?) {
                    return Err(differs(procedure, name));
                }
            }
            Use::Test(condition) => {
                let known = |name: &str| if name == IT { value.clone() } else { held.known(name) };
                // Kept is that it holds, and not what it holds of.
                match condition.holds(&known, held.day()) {
                    Some(true) => {}
                    Some(false) => return Err(Gap::ConditionNotMet),
                    None => return Err(Gap::Incomplete),
                }
            }
            Use::Absent => {}
        }
    }
    Ok(values)
}

fn is_number(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, member)| member == NUMBER)
}

fn differs(procedure: &Procedure, name: &str) -> Gap {
    if Held::is_of_population(procedure, name) { Gap::DiffersPopulation } else { Gap::DiffersSources }
}

/// Makes something known. What the person had said stays beside it where it differs.
pub(crate) fn fill(held: &mut Held, procedure: &Procedure, name: String, fact: Fact) {
    let said = held.facts.get(&name).cloned();
    if said.as_ref().is_some_and(|fact| fact.ask.is_some()) {
        // Another source has said the same before.
        return;
    }
    if let Some(said) = said
        && !is_alike(&said.value, &fact.value)
        && procedure.form.iter().any(|line| line.fact == name)
    {
        let why = crate::texts::said_at_first().vi().to_owned();
        let correction = Correction {
            value: said.value,
            why,
            by: held.by,
            counts: None,
            defect: None,
            defect_state: None,
        };
        held.corrections.entry(name.clone()).or_insert(correction);
    }
    held.facts.insert(name, fact);
}

/// Whether two sources say the same, in whatever spelling.
fn is_alike(one: &str, other: &str) -> bool {
    likeness(one.trim(), other.trim()) <= Likeness::SameSpelledOtherwise
}

/// A value as text; none of what is nothing, no single value, or longer than any value is.
pub(crate) fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => nfc(text.trim()),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    let is_text =
        !text.is_empty() && text.len() <= VALUE_MAX && !text.contains(|c: char| c.is_control() && c != '\n');
    is_text.then_some(text)
}

/// Whether a condition names a value.
fn names(condition: &Condition, value: &str) -> bool {
    condition.to_string().contains(&format!("\"{value}\""))
}

/// What surely says nothing, whatever is asked.
fn is_nothing(value: &str) -> bool {
    const WORDS: [&str; 5] = ["null", "none", "n/a", "na", "unknown"];
    WORDS.contains(&model::text::search_key(value).as_str())
        || value.chars().all(|c| matches!(c, '-' | '.' | '?' | '*' | '_' | ' ' | '/' | 'x' | 'X'))
}

/// What people type where a program wants something and they have nothing. `Không` alone may be an answer: of a religion it is one.
fn is_placeholder(value: &str) -> bool {
    const WORDS: [&str; 6] =
        ["khong ro", "khong co", "chua ro", "chua co", "khong xac dinh", "chua xac dinh"];
    let same_digit = |text: &str| {
        let mut digits = text.bytes();
        let first = digits.next().filter(u8::is_ascii_digit);
        text.len() >= 9 && first.is_some_and(|first| digits.all(|digit| digit == first))
    };
    is_nothing(value)
        || WORDS.contains(&model::text::search_key(value).as_str())
        || same_digit(value)
        || matches!(value, "1900-01-01" | "1753-01-01" | "0001-01-01" | "9999-12-31")
}
