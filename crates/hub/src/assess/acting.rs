//! What people do about assessments: agencies claim and dispute, officers of the hub let off and answer. None of it changes a period that is
//! over, and nobody is let off by themselves.

use assess::period::Period;
use assess::quantity::Quantity;
use jiff::Timestamp;
use jiff::civil::Date;
use model::agency::Agency;
use model::due::{Done, TimeLeft};
use model::fault::{Fault, Words};
use model::id::MemberId;
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::keep;
use super::packs;
use crate::audit::change::{Act, AuditContext, note};
use crate::audit::right::Right;
use crate::granting::pack;
use crate::registry::check::{check_text, contradictory, not_there, require};
use crate::store::{Tx, all, from_text, moment, optional, run};
use crate::texts;

/// The words for them in the audit trail.
const CLAIM: &str = "AssessClaim";
const WAIVER: &str = "AssessWaiver";
const DISPUTE: &str = "AssessDispute";
/// Working days until a dispute is to be answered: as long as a dispute about a defect.
const ANSWER_DAYS: u16 = 15;
/// A waiver holds for a year at most; whoever needs it longer asks anew.
const WAIVER_DAYS: i64 = 366;
/// Disputes of an agency that may be open at once.
const OPEN_MAX: i64 = 100;

/// Which criterion, of whom.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClaimingCriterion)]
pub(crate) struct Claiming {
    /// The family of packs: `lienthong-30`.
    pub(crate) family: String,
    /// The criterion.
    pub(crate) criterion: String,
    /// The agency.
    pub(crate) agency: String,
    /// The value, in the unit of the criterion's measure: `95 %`, `3`, `800 ms`, `yes`; empty: the claim is taken back.
    #[serde(default)]
    pub(crate) value: String,
    /// What it rests on.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub(crate) reason: String,
}

/// A criterion to let off.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WaivingCriterion)]
pub(crate) struct Waiving {
    /// The family of packs.
    pub(crate) family: String,
    /// The criterion.
    pub(crate) criterion: String,
    /// The agency.
    pub(crate) agency: String,
    /// The legal basis.
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub(crate) basis: String,
    /// The last day: within a year.
    pub(crate) until: Date,
    /// Why.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub(crate) reason: String,
}

/// A criterion to dispute.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DisputingCriterion)]
pub(crate) struct Disputing {
    /// The family of packs.
    pub(crate) family: String,
    /// The criterion.
    pub(crate) criterion: String,
    /// The agency.
    pub(crate) agency: String,
    /// The period; without it the newest.
    #[serde(default)]
    pub(crate) period: String,
    /// What is wrong with it.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub(crate) reason: String,
}

/// A waiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AssessWaiverLine)]
pub(crate) struct WaiverLine {
    /// Its number: `MT-2026-000001`.
    pub(crate) id: String,
    /// The family of packs.
    pub(crate) family: String,
    /// The criterion.
    pub(crate) criterion: String,
    /// The agency.
    pub(crate) agency: String,
    /// Who has granted it.
    pub(crate) who: String,
    /// On which legal basis.
    pub(crate) basis: String,
    /// Why.
    pub(crate) reason: String,
    /// The first day.
    pub(crate) since: Date,
    /// The last one.
    pub(crate) until: Date,
}

/// A dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AssessDispute)]
pub(crate) struct Dispute {
    /// Its number: `KN-2026-000001`.
    pub(crate) id: String,
    /// The family of packs.
    pub(crate) family: String,
    /// The period.
    #[schema(value_type = String)]
    pub(crate) period: Period,
    /// The criterion.
    pub(crate) criterion: String,
    /// The agency.
    pub(crate) agency: String,
    /// Who disputes it.
    pub(crate) who: String,
    /// Why.
    pub(crate) reason: String,
    /// When it was opened.
    #[schema(format = DateTime)]
    pub(crate) opened_at: String,
    /// The last day for an answer.
    pub(crate) due: TimeLeft,
    /// The answer; null: there is none yet.
    pub(crate) answer: Option<String>,
    /// When it was answered.
    #[schema(format = DateTime)]
    pub(crate) answered_at: Option<String>,
}

/// What was claimed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AssessClaimed)]
pub(crate) struct Claimed {
    /// The agency.
    pub(crate) agency: String,
    /// The criterion.
    pub(crate) criterion: String,
    /// The value as people write it; null: it was taken back.
    pub(crate) value: Option<String>,
}

/// The criterion in the newest version of its family.
async fn criterion(tx: &mut Tx, family: &str, id: &str) -> Result<assess::pack::Criterion, Fault> {
    let packs = packs::all_of(tx).await?;
    let newest = packs.iter().filter(|known| known.family == family).max_by_key(|known| known.effective_from);
    let newest = newest.ok_or_else(|| not_there(packs::KIND, family))?;
    newest.pack.criterion(id).cloned().ok_or_else(|| not_there("AssessCriterion", id))
}

async fn agency(tx: &mut Tx, subject: (&str, &str), id: &str) -> Result<MemberId, Fault> {
    Ok(require::<Agency>(tx, subject, id).await?.id)
}

/// Claims a value of an agency's own, or takes it back. It is shown beside what was observed, and changes nothing of that.
///
/// # Errors
/// [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::BadDocument`], [`Fault::Dangling`], [`Fault::NotInRegistry`], [`Fault::StoreFailed`].
pub(crate) async fn claim(
    tx: &mut Tx,
    claiming: &Claiming,
    context: &AuditContext,
) -> Result<Claimed, Fault> {
    let Claiming { family, criterion: id, agency: of, value, .. } = claiming;
    let subject = format!("{of} {family} {id}");
    let subject = (CLAIM, subject.as_str());
    context.may(Right::ChangeCatalogue)?;
    let owner = agency(tx, subject, of).await?;
    // What is claimed of somebody they claim themselves.
    if context.officer.agency.as_ref() != Some(&owner) {
        let agency = context.officer.agency.as_ref().map_or_else(texts::hubs_own, Words::quoted);
        return Err(Fault::NotTheirs { subject: Words::quoted(of), agency });
    }
    let criterion = criterion(tx, family, id).await?;
    let before: Option<(i64,)> = optional!(
        tx,
        "SELECT value FROM assess_claim WHERE family = $1 AND criterion = $2 AND agency = $3" => family, id, of
    )?;
    let told = |value: Option<i64>| value.map(|value| json!({ "value": value }).to_string());
    let measure = assess::measure::Measure::of(&criterion.measure);
    let after = if value.trim().is_empty() {
        run!(tx, "DELETE FROM assess_claim WHERE family = $1 AND criterion = $2 AND agency = $3" => family, id, of)?;
        None
    } else {
        let bad = |why: Words| Fault::BadDocument { place: Words::quoted("value"), why };
        let read: Quantity = value.parse().map_err(|error| bad(Words::quoted(error)))?;
        if measure.is_none_or(|measure| measure.unit != read.unit) {
            let bound = criterion.at_least.or(criterion.at_most).map(|bound| bound.to_string());
            return Err(bad(texts::assess_claim_unit(&bound.unwrap_or_default())));
        }
        run!(
            tx,
            "INSERT INTO assess_claim (family, criterion, agency, value, day) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (family, criterion, agency) DO UPDATE SET value = excluded.value, day = excluded.day"
            => family, id, of, read.value, day_in_viet_nam(context.at).to_string()
        )?;
        Some(read)
    };
    let (was, is) = (told(before.map(|(value,)| value)), told(after.map(|read| read.value)));
    note(tx, context, Act::Updated, subject, was, is).await?;
    Ok(Claimed { agency: of.clone(), criterion: id.clone(), value: after.map(|read| read.to_string()) })
}

/// Lets an agency off a criterion for a while. Officers of the hub do, and no officer of an agency.
///
/// # Errors
/// [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::Contradictory`], [`Fault::Dangling`], [`Fault::StoreFailed`].
pub(crate) async fn waive(
    tx: &mut Tx,
    waiving: &Waiving,
    context: &AuditContext,
) -> Result<WaiverLine, Fault> {
    let Waiving { family, criterion: id, agency: of, basis, until, .. } = waiving;
    context.may(Right::Govern)?;
    context.officer.of_the_hub()?;
    agency(tx, (WAIVER, of), of).await?;
    criterion(tx, family, id).await?;
    check_text((WAIVER, of), "basis", basis)?;
    let today = day_in_viet_nam(context.at);
    if *until < today || *until > today.saturating_add(jiff::Span::new().days(WAIVER_DAYS)) {
        return Err(contradictory((WAIVER, of), texts::assess_waiver_until()));
    }
    let number = next(tx, "assess_waiver", "MT", context.at).await?;
    run!(
        tx,
        "INSERT INTO assess_waiver (id, family, criterion, agency, who, basis, why, since, until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        => &number, family, id, of, &context.officer.name, basis, &context.why, today.to_string(), until.to_string()
    )?;
    let told = json!({ "family": family, "criterion": id, "agency": of, "basis": basis, "until": until });
    note(tx, context, Act::Created, (WAIVER, &number), None, Some(told.to_string())).await?;
    Ok(WaiverLine {
        id: number,
        family: family.clone(),
        criterion: id.clone(),
        agency: of.clone(),
        who: context.officer.name.clone(),
        basis: basis.clone(),
        reason: context.why.clone(),
        since: today,
        until: *until,
    })
}

/// Ends a waiver today.
///
/// # Errors
/// [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::NotInRegistry`], [`Fault::Contradictory`], [`Fault::StoreFailed`].
pub(crate) async fn end_waiver(tx: &mut Tx, id: &str, context: &AuditContext) -> Result<WaiverLine, Fault> {
    context.may(Right::Govern)?;
    context.officer.of_the_hub()?;
    let rows: Vec<WaiverRow> = all!(
        tx,
        "SELECT id, family, criterion, agency, who, basis, why, since, until FROM assess_waiver WHERE id = $1" => id
    )?;
    let row = rows.into_iter().next().ok_or_else(|| not_there(WAIVER, id))?;
    let mut waiver = read_waiver(row)?;
    let yesterday = day_in_viet_nam(context.at).yesterday().unwrap_or(waiver.since);
    if waiver.until <= yesterday {
        return Err(contradictory((WAIVER, id), texts::assess_waiver_ended()));
    }
    run!(tx, "UPDATE assess_waiver SET until = $2 WHERE id = $1" => id, yesterday.to_string())?;
    let told = |until: Date| json!({ "until": until }).to_string();
    note(tx, context, Act::Revoked, (WAIVER, id), Some(told(waiver.until)), Some(told(yesterday))).await?;
    waiver.until = yesterday;
    Ok(waiver)
}

type WaiverRow = (String, String, String, String, String, String, String, String, String);

fn read_waiver(
    (id, family, criterion, agency, who, basis, reason, since, until): WaiverRow,
) -> Result<WaiverLine, Fault> {
    let (since, until) = (from_text(&since)?, from_text(&until)?);
    Ok(WaiverLine { id, family, criterion, agency, who, basis, reason, since, until })
}

/// The waivers of an agency, the newest first.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn waivers(tx: &mut Tx, family: &str, agency: &str) -> Result<Vec<WaiverLine>, Fault> {
    let rows: Vec<WaiverRow> = all!(
        tx,
        "SELECT id, family, criterion, agency, who, basis, why, since, until FROM assess_waiver WHERE agency = $1 AND family = $2 ORDER BY id DESC"
        => agency, family
    )?;
    rows.into_iter().map(read_waiver).collect()
}

/// Disputes how a criterion stands. It is answered within fifteen working days, and everybody sees both.
///
/// # Errors
/// [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::NotInRegistry`], [`Fault::Contradictory`], [`Fault::StoreFailed`].
pub(crate) async fn dispute(
    tx: &mut Tx,
    disputing: &Disputing,
    context: &AuditContext,
) -> Result<Dispute, Fault> {
    let Disputing { family, criterion: id, agency: of, period, .. } = disputing;
    context.may(Right::ChangeCatalogue)?;
    let owner = agency(tx, (DISPUTE, of), of).await?;
    if context.officer.agency.as_ref() != Some(&owner) {
        let agency = context.officer.agency.as_ref().map_or_else(texts::hubs_own, Words::quoted);
        return Err(Fault::NotTheirs { subject: Words::quoted(of), agency });
    }
    criterion(tx, family, id).await?;
    let bad = |error| Fault::BadDocument { place: Words::quoted("period"), why: Words::quoted(error) };
    let period = if period.is_empty() { None } else { Some(period.parse::<Period>().map_err(bad)?) };
    let head = keep::named(tx, family, period).await?;
    let open: Option<(i64, i64)> = optional!(
        tx,
        "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN family = $2 AND criterion = $3 AND period = $4 THEN 1 ELSE 0 END), 0) AS BIGINT)
         FROM assess_dispute WHERE agency = $1 AND answer IS NULL" => of, family, id, head.period.to_string()
    )?;
    let (open, same) = open.unwrap_or_default();
    if same > 0 || open >= OPEN_MAX {
        return Err(contradictory((DISPUTE, of), texts::assess_disputed()));
    }
    let today = day_in_viet_nam(context.at);
    let holidays = match pack::newest(tx).await {
        Ok(pack) => pack.holidays,
        Err(Fault::NotInRegistry { .. }) => Vec::new(),
        Err(fault) => return Err(fault),
    };
    let due = pack::working_days_after(&holidays, today, ANSWER_DAYS);
    let number = next(tx, "assess_dispute", "KN", context.at).await?;
    run!(
        tx,
        "INSERT INTO assess_dispute (id, family, period, criterion, agency, who, why, opened_at, due, answer, answered_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, NULL)"
        => &number, family, head.period.to_string(), id, of, &context.officer.name, &context.why, moment(context.at), due.to_string()
    )?;
    let told = json!({ "family": family, "period": head.period, "criterion": id, "agency": of, "due": due });
    note(tx, context, Act::Created, (DISPUTE, &number), None, Some(told.to_string())).await?;
    one_dispute(tx, &number, context.at).await
}

/// Answers a dispute. What follows from it, a waiver or a correction at the source, is a deed of its own.
///
/// # Errors
/// [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::NotInRegistry`], [`Fault::Contradictory`], [`Fault::StoreFailed`].
pub(crate) async fn answer(tx: &mut Tx, id: &str, context: &AuditContext) -> Result<Dispute, Fault> {
    context.may(Right::Govern)?;
    context.officer.of_the_hub()?;
    let before = one_dispute(tx, id, context.at).await?;
    if before.answer.is_some() {
        return Err(contradictory((DISPUTE, id), texts::assess_answered()));
    }
    run!(
        tx,
        "UPDATE assess_dispute SET answer = $2, answered_at = $3 WHERE id = $1 AND answer IS NULL"
        => id, &context.why, moment(context.at)
    )?;
    note(tx, context, Act::Updated, (DISPUTE, id), None, Some(json!({ "answer": context.why }).to_string()))
        .await?;
    one_dispute(tx, id, context.at).await
}

type DisputeRow =
    (String, String, String, String, String, String, String, String, String, Option<String>, Option<String>);

fn read_dispute(row: DisputeRow, today: Date) -> Result<Dispute, Fault> {
    let (id, family, period, criterion, agency, who, reason, opened_at, due, answer, answered_at) = row;
    let due = TimeLeft::of(from_text(&due)?, today, Done::known(answered_at.is_some()));
    Ok(Dispute {
        id,
        family,
        period: from_text(&period)?,
        criterion,
        agency,
        who,
        reason,
        opened_at,
        due,
        answer,
        answered_at,
    })
}

async fn one_dispute(tx: &mut Tx, id: &str, now: Timestamp) -> Result<Dispute, Fault> {
    let row: Option<DisputeRow> = optional!(
        tx,
        "SELECT id, family, period, criterion, agency, who, why, opened_at, due, answer, answered_at FROM assess_dispute WHERE id = $1" => id
    )?;
    read_dispute(row.ok_or_else(|| not_there(DISPUTE, id))?, day_in_viet_nam(now))
}

/// What an agency disputes, the newest first.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn disputes(tx: &mut Tx, family: &str, agency: &str) -> Result<Vec<Dispute>, Fault> {
    let rows: Vec<DisputeRow> = all!(
        tx,
        "SELECT id, family, period, criterion, agency, who, why, opened_at, due, answer, answered_at FROM assess_dispute
         WHERE agency = $1 AND family = $2 ORDER BY id DESC LIMIT 500" => agency, family
    )?;
    let today = day_in_viet_nam(crate::clock::now());
    rows.into_iter().map(|row| read_dispute(row, today)).collect()
}

/// The next number of its kind: `MT-2026-000001`.
async fn next(tx: &mut Tx, table: &str, word: &str, now: Timestamp) -> Result<String, Fault> {
    let year = day_in_viet_nam(now).year();
    let like = format!("{word}-{year}-%");
    let last: Option<(String,)> = if table == "assess_waiver" {
        optional!(tx, "SELECT id FROM assess_waiver WHERE id LIKE $1 ORDER BY id DESC LIMIT 1" => like)?
    } else {
        optional!(tx, "SELECT id FROM assess_dispute WHERE id LIKE $1 ORDER BY id DESC LIMIT 1" => like)?
    };
    let last = last.and_then(|(id,)| id.rsplit('-').next().and_then(|number| number.parse::<u32>().ok()));
    Ok(format!("{word}-{year}-{:06}", last.unwrap_or(0) + 1))
}
