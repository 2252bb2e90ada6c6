//! A consumer reports a defect that it met in an exchange. It names the exchange, by which the owner finds the record in its own ledger; data
//! of persons are in no report.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::fault::{Fault, Words};
use model::id::ServiceId;
use model::service::{Offer, Service};
use model::time::day_in_viet_nam;
use quality::rule::{Defect as Group, Severity};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::keep::{self, New};
use super::{Defect, Entry, KIND, Origin, STORY, show};
use crate::audit::change::{Act, AuditContext, note};
use crate::audit::right::Right;
use crate::catalogue::contract::in_force;
use crate::granting::grant::class_of_member;
use crate::quality::rules::made;
use crate::registry::Subject as _;
use crate::registry::check::{contradictory, not_there};
use crate::store::{Tx, optional};
use crate::texts;

/// Longest id of an exchange.
const EXCHANGE_MAX: usize = 100;
/// So many digits in a row may be a person's number.
const DIGITS: usize = 9;

/// A defect that a consumer met.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DefectReport)]
pub(crate) struct Reporting {
    /// The dataset.
    #[schema(value_type = String)]
    pub(crate) service: ServiceId,
    /// The exchange, as the node answered it and both ledgers have it.
    #[schema(min_length = 8, max_length = 100, pattern = r"^[A-Za-z0-9-]+$")]
    pub(crate) exchange: String,
    /// The field.
    pub(crate) field: String,
    /// What is wrong: `missing`, `range`, `duplicate`, `format`, `reference`, `contradiction`, `stale`, `differs`.
    pub(crate) kind: String,
    /// What was met, for the owner. No data of persons.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub(crate) reason: String,
}

/// Whether a text has so many digits in a row, with whatever people put between them.
pub(super) fn holds_a_number(text: &str) -> bool {
    let mut digits = 0;
    for c in text.chars() {
        match c {
            c if c.is_numeric() => digits += 1,
            ' ' | '.' | '-' | '\u{a0}' => {}
            _ => digits = 0,
        }
        if digits >= DIGITS {
            return true;
        }
    }
    false
}

/// The rules that look for a kind in a field, and the other kinds that are looked for there. None: the dataset has no contract in force yet,
/// and nobody knows what will be measured.
pub(super) async fn looking(
    tx: &mut Tx,
    (service, field, kind): (&ServiceId, &str, Group),
    now: Timestamp,
) -> Result<Option<(Vec<String>, BTreeSet<Group>)>, Fault> {
    let Some(contract) = in_force(tx, service).await? else { return Ok(None) };
    let made = made(tx, &contract, day_in_viet_nam(now)).await?;
    let of_field = made.rules.rules.iter().filter(|rule| rule.field.as_deref() == Some(field));
    let (of_kind, others): (Vec<_>, Vec<_>) = of_field.partition(|rule| rule.defect == kind);
    let rules = of_kind.into_iter().map(|rule| rule.id.clone()).collect();
    Ok(Some((rules, others.into_iter().map(|rule| rule.defect).collect())))
}

/// Only a measurement closes a defect: one of a kind that no rule of the contract looks for in that field would stay open for ever. Returns
/// the rules that look for it.
async fn check_measured(
    tx: &mut Tx,
    (service, field, kind): (&ServiceId, &str, Group),
    now: Timestamp,
) -> Result<Vec<String>, Fault> {
    let Some((rules, kinds)) = looking(tx, (service, field, kind), now).await? else { return Ok(Vec::new()) };
    if !rules.is_empty() {
        return Ok(rules);
    }
    let words: Vec<Words> = kinds.into_iter().map(Group::words).collect();
    let why = match words.is_empty() {
        true => texts::defect_field_not_measured(field),
        false => texts::defect_kind_not_measured(field, &kind.words(), &Words::joined(&words, "; ")),
    };
    Err(contradictory((KIND, service.as_str()), why))
}

/// Whether an agency ever could call a service: who never could cannot have met anything in it.
pub(super) async fn has_grant(tx: &mut Tx, service: &ServiceId, consumer: &str) -> Result<bool, Fault> {
    let granted: Option<(i64,)> = optional!(
        tx,
        concat!("SELECT COUNT(*) FROM grants WHERE service = $1 AND consumer IN ($2, ", class_of_member!("$2"), ")")
        => service.as_str(), consumer
    )?;
    Ok(granted.is_some_and(|(granted,)| granted > 0))
}

/// Whether a text can be the id of an exchange, and no number of anybody.
pub(super) fn is_exchange(text: &str) -> bool {
    (8..=EXCHANGE_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Takes it.
///
/// # Errors
/// [`Fault::NoRight`], [`Fault::NotInRegistry`], [`Fault::Contradictory`], [`Fault::StoreFailed`].
pub(crate) async fn report(
    tx: &mut Tx,
    reporting: &Reporting,
    context: &AuditContext,
) -> Result<Defect, Fault> {
    context.may(Right::Ask)?;
    let service = Service::load(tx, reporting.service.as_str()).await?;
    let service = service.ok_or_else(|| not_there("Service", reporting.service.as_str()))?;
    let subject = (KIND, service.id.as_str());
    let reporter = context.officer.agency.as_ref().map(ToString::to_string);
    let granted = has_grant(tx, &service.id, reporter.as_deref().unwrap_or_default()).await?;
    let reporter = reporter.filter(|_| granted).ok_or_else(|| contradictory(subject, texts::defect_own()))?;
    let exchange = reporting.exchange.trim();
    if !is_exchange(exchange) {
        return Err(contradictory(subject, texts::defect_exchange()));
    }
    let is_field = match &service.offer {
        Offer::Dataset(dataset) => dataset.fields.iter().any(|field| field.name == reporting.field),
        Offer::Http { .. } => false,
    };
    if !is_field {
        let field: String = reporting.field.chars().take(80).collect();
        return Err(contradictory(subject, texts::defect_no_field(&field, &service.id)));
    }
    let group = Group::ALL.into_iter().find(|group| group.word() == reporting.kind);
    let group =
        group.ok_or_else(|| not_there("Defect", &reporting.kind.chars().take(40).collect::<String>()))?;
    let looked_for_by = check_measured(tx, (&service.id, &reporting.field, group), context.at).await?;
    let kind = group.word();
    if holds_a_number(&reporting.reason) {
        return Err(contradictory(subject, texts::defect_holds_digits()));
    }
    let before: Option<(String,)> = optional!(
        tx,
        "SELECT id FROM quality_defect WHERE service = $1 AND reporter = $2 AND field = $3 AND kind = $4 AND state IN ('open', 'correcting')
         ORDER BY id LIMIT 1" => service.id.as_str(), &reporter, &reporting.field, kind
    )?;
    if let Some((id,)) = before {
        return Err(contradictory(subject, texts::defect_twice(&id)));
    }
    let owner = service.id.system().member();
    let new = New {
        service: service.id.as_str(),
        owner: owner.as_str(),
        reporter: &reporter,
        origin: Origin::Reported,
        rule: "",
        field: &reporting.field,
        kind,
        severity: Severity::Warning.word(),
        fails: 1,
        gain: 0,
    };
    let entry = Entry { exchange: Some(exchange.to_owned()), looked_for_by, ..Entry::default() };
    let holidays = keep::holidays(tx).await?;
    let id = keep::open(tx, &new, &entry, (&holidays, context.at)).await?;
    STORY.add(tx, &id, (&context.officer.name, "reported", &context.why), context.at).await?;
    let told = json!({ "service": service.id, "field": reporting.field, "kind": kind, "exchange": exchange });
    note(tx, context, Act::Created, (KIND, &id), None, Some(told.to_string())).await?;
    show(tx, &context.officer, &id, context.at).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_persons_are_met_however_they_are_written() {
        for text in [
            "079203001234",
            "số 079 203 001 234",
            "079.203.001.234",
            "CMND: 024-123-456",
            "０７９２０３００１２３４",
        ] {
            assert!(holds_a_number(text), "{text}");
        }
        for text in ["thiếu ngày sinh từ 01/07/2025", "mã xã cũ 26734, nay 26740", "12 bản ghi", ""]
        {
            assert!(!holds_a_number(text), "{text}");
        }
    }
}
