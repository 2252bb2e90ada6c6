//! How many values two datasets have in common, asked by one owner and agreed to by the other. Their nodes cover the values (`trust::overlap`), the hub
//! counts what both have covered, keeps the count, rounded, and forgets the rest. No value comes here, nor anything that one could be tried on by a hub
//! that has neither of both numbers, nor a node's key.

mod part;

use jiff::{SignedDuration, Timestamp};
use model::fault::{Fault, Words};
use model::id::{MemberId, ServiceId};
use model::service::{Offer, Service};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::kept;
use super::list::COUNTS_FOR;
use crate::audit::change::{Act, AuditContext, note};
use crate::audit::officer::Officer;
use crate::audit::right::Right;
use crate::registry::Subject as _;
use crate::registry::check::{contradictory, not_there};
use crate::registry::row::{Row, rows};
use crate::store::{Tx, from_json, moment, optional, run, to_json};
use crate::texts;

pub(crate) use part::{end_old, take, tasks, verify};

/// The word for such questions in the audit trail.
pub(crate) const KIND: &str = "Overlap";
/// So many values of the larger dataset are covered, about: what is said of a sample of so many is known to a hundredth.
const SAMPLE: u64 = 20_000;
/// The same two fields are compared again so long after they were counted: whoever had them counted after each change of one record would learn whom it
/// is about.
const AGAIN: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Questions that are listed at most, the newest.
const LISTED: i64 = 500;

/// What is asked: a field of each of two datasets.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QualityOverlapAsking)]
pub(crate) struct Asking {
    /// One.
    pub(crate) a: Field,
    /// The other.
    pub(crate) b: Field,
    /// What for, for both owners and the audit trail.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub(crate) reason: String,
}

/// A field of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QualityOverlapField)]
pub(crate) struct Field {
    /// The dataset.
    #[schema(value_type = String)]
    pub(crate) service: ServiceId,
    /// Its field.
    #[schema(min_length = 1, max_length = 128)]
    pub(crate) field: String,
}

/// How a question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = QualityOverlapState)]
pub(crate) enum State {
    /// An owner has not agreed yet.
    Asked,
    /// Both have; their nodes are at it.
    Agreed,
    /// It is counted.
    Counted,
    /// An owner has declined it, it was taken back, or a node could not cover its values.
    Ended,
}

impl State {
    fn is_live(self) -> bool {
        matches!(self, Self::Asked | Self::Agreed)
    }
}

/// One side of a question.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QualityOverlapSide)]
pub(crate) struct Side {
    /// The dataset.
    pub(crate) service: String,
    /// Its field.
    pub(crate) field: String,
    /// Whose it is.
    pub(crate) owner: String,
    /// Whether they have agreed.
    pub(crate) agreed: bool,
}

/// What was counted. Counts are rounded down, and small ones are not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = QualityOverlapCount)]
pub(crate) struct Found {
    /// When.
    #[schema(format = DateTime)]
    pub(crate) at: String,
    /// One value in so many was taken: 1, all.
    pub(crate) one_in: u64,
    /// Counts are multiples of this.
    pub(crate) least: u64,
    /// About how many values one dataset has.
    pub(crate) a: u64,
    /// About how many the other has.
    pub(crate) b: u64,
    /// About how many both have; null: too few to be told, or one of them has.
    pub(crate) both: Option<u64>,
    /// As an estimate at least so many (95 %).
    pub(crate) low: Option<u64>,
    /// At most so many.
    pub(crate) high: Option<u64>,
}

/// A question, as those see it whose datasets it is about.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QualityOverlap)]
pub(crate) struct Question {
    /// Its number: `TR-2026-000001`.
    pub(crate) id: String,
    /// One side.
    pub(crate) a: Side,
    /// The other.
    pub(crate) b: Side,
    /// How it stands.
    pub(crate) state: State,
    /// When it was asked.
    #[schema(format = DateTime)]
    pub(crate) asked_at: String,
    /// What for.
    pub(crate) reason: String,
    /// What was counted; null: nothing yet.
    pub(crate) found: Option<Found>,
    /// What the one who looks may do: `agree`, `end`.
    pub(crate) may: Vec<String>,
}

/// What a row has as JSON.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Entry {
    reason: String,
    /// When the second of both had agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agreed_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    found: Option<Found>,
}

/// A question as the store has it.
struct Kept {
    id: String,
    a: Field,
    a_owner: String,
    agreed_a: bool,
    b: Field,
    b_owner: String,
    agreed_b: bool,
    state: State,
    zeros: u32,
    asked_at: String,
    entry: Entry,
}

macro_rules! columns {
    () => {
        "id, a, a_field, a_owner, agreed_a, b, b_field, b_owner, agreed_b, state, zeros, asked_at, entry"
    };
}
use columns;

fn read(row: &Row) -> Result<Kept, Fault> {
    let field = |service, field| -> Result<Field, Fault> {
        Ok(Field { service: row.parsed(service)?, field: row.get(field)? })
    };
    Ok(Kept {
        id: row.get("id")?,
        a: field("a", "a_field")?,
        a_owner: row.get("a_owner")?,
        agreed_a: row.get::<i64>("agreed_a")? != 0,
        b: field("b", "b_field")?,
        b_owner: row.get("b_owner")?,
        agreed_b: row.get::<i64>("agreed_b")? != 0,
        state: from_json(&format!("{:?}", row.get::<String>("state")?))?,
        zeros: u32::try_from(row.get::<i64>("zeros")?).unwrap_or_default(),
        asked_at: row.get("asked_at")?,
        entry: row.json("entry")?,
    })
}

/// Whether somebody decides for an owner.
fn decides_for(officer: &Officer, owner: &str) -> bool {
    officer.may(Right::DecideAsOwner)
        && officer.agency.as_ref().is_some_and(|agency| agency.as_str() == owner)
}

fn drawn(kept: Kept, officer: &Officer) -> Question {
    let Kept { id, state, asked_at, entry: Entry { reason, found, .. }, .. } = kept;
    let sides = [(&kept.a_owner, kept.agreed_a), (&kept.b_owner, kept.agreed_b)];
    let decides = |(owner, _): &(&String, bool)| decides_for(officer, owner);
    let may_agree = state == State::Asked && sides.iter().any(|side| !side.1 && decides(side));
    let of_hub = officer.agency.is_none() && officer.may(Right::DecideAsHub);
    let may_end = state.is_live() && (of_hub || sides.iter().any(decides));
    let may = [("agree", may_agree), ("end", may_end)];
    let may = may.into_iter().filter(|(_, may)| *may).map(|(word, _)| word.to_owned()).collect();
    let side = |Field { service, field }: Field, owner, agreed| Side {
        service: service.to_string(),
        field,
        owner,
        agreed,
    };
    Question {
        id,
        a: side(kept.a, kept.a_owner, kept.agreed_a),
        b: side(kept.b, kept.b_owner, kept.agreed_b),
        state,
        asked_at,
        reason,
        found,
        may,
    }
}

/// The agency whose questions an officer sees; of the hub all.
fn sees(officer: &Officer) -> (i64, &str) {
    (i64::from(officer.agency.is_none()), officer.agency.as_ref().map_or("", MemberId::as_str))
}

/// The questions that an officer sees, the newest first: those about datasets of their agency; of the hub all.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn list(tx: &mut Tx, officer: &Officer) -> Result<Vec<Question>, Fault> {
    let (all, agency) = sees(officer);
    let rows = rows!(
        tx,
        concat!(
            "SELECT ", columns!(), " FROM quality_overlap WHERE $1 = 1 OR a_owner = $2 OR b_owner = $2 ORDER BY id DESC LIMIT $3"
        )
        => all, agency, LISTED
    )?;
    rows.iter().map(|row| Ok(drawn(read(row)?, officer))).collect()
}

async fn one(tx: &mut Tx, id: &str) -> Result<Kept, Fault> {
    let rows = rows!(tx, concat!("SELECT ", columns!(), " FROM quality_overlap WHERE id = $1") => id)?;
    read(rows.first().ok_or_else(|| not_there(KIND, id))?)
}

async fn show(tx: &mut Tx, officer: &Officer, id: &str) -> Result<Question, Fault> {
    let kept = one(tx, id).await?;
    let (all, agency) = sees(officer);
    let theirs = all == 1 || [&kept.a_owner, &kept.b_owner].iter().any(|owner| *owner == agency);
    if theirs { Ok(drawn(kept, officer)) } else { Err(not_there(KIND, id)) }
}

/// Whether it is a field of a dataset that was measured lately, and how many rows that has.
async fn rows_of(tx: &mut Tx, of: &Field, now: Timestamp) -> Result<u64, Fault> {
    let service = Service::load(tx, of.service.as_str()).await?;
    let service = service.ok_or_else(|| not_there("Service", of.service.as_str()))?;
    let subject = (KIND, of.service.as_str());
    let is_field = match &service.offer {
        Offer::Dataset(dataset) => dataset.fields.iter().any(|field| field.name == of.field),
        Offer::Http { .. } => false,
    };
    if !is_field {
        let field: String = of.field.chars().take(80).collect();
        return Err(contradictory(subject, texts::defect_no_field(&field, &service.id)));
    }
    let kept = kept::one(tx, of.service.as_str(), None).await?.map(|kept| kept.report);
    let fresh = kept.filter(|report| now.duration_since(report.to) <= COUNTS_FOR && !report.is_of_few());
    fresh
        .map(|report| report.rows)
        .ok_or_else(|| contradictory(subject, texts::overlap_not_measured(&service.id)))
}

/// Asks. Whoever asks has agreed for what is theirs.
///
/// # Errors
/// [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::NotInRegistry`], [`Fault::Contradictory`], [`Fault::StoreFailed`].
pub(crate) async fn ask(tx: &mut Tx, asking: &Asking, context: &AuditContext) -> Result<Question, Fault> {
    let officer = &context.officer;
    context.may(if officer.agency.is_none() { Right::DecideAsHub } else { Right::DecideAsOwner })?;
    let Asking { a, b, .. } = asking;
    let owners = [a, b].map(|of| of.service.system().member());
    let agreed = owners.each_ref().map(|owner| i64::from(decides_for(officer, owner.as_str())));
    if officer.agency.is_some() && agreed == [0, 0] {
        let subject = Words::quoted(format!("{KIND} {} {}", a.service, b.service));
        let agency = officer.agency.as_ref().map_or_else(texts::the_hub, Words::quoted);
        return Err(Fault::NotTheirs { subject, agency });
    }
    if a == b {
        return Err(contradictory((KIND, a.service.as_str()), texts::overlap_itself()));
    }
    for of in [a, b] {
        rows_of(tx, of, context.at).await?;
    }
    if let Some(id) = before(tx, (a, b), context.at).await? {
        return Err(contradictory((KIND, a.service.as_str()), texts::overlap_before(&id)));
    }
    let id = next_id(tx, context.at).await?;
    let entry = Entry { reason: context.why.clone(), ..Entry::default() };
    let [a_owner, b_owner] = owners.each_ref().map(MemberId::as_str);
    run!(
        tx,
        "INSERT INTO quality_overlap (id, a, a_field, a_owner, agreed_a, b, b_field, b_owner, agreed_b, state, zeros, asked_at, entry)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'asked', 0, $10, $11)"
        => &id, a.service.as_str(), &a.field, a_owner, agreed[0], b.service.as_str(), &b.field, b_owner, agreed[1],
           moment(context.at), to_json(&entry)?
    )?;
    let told = json!({ "a": a, "b": b });
    note(tx, context, Act::Created, (KIND, &id), None, Some(told.to_string())).await?;
    begin(tx, &id, context).await?;
    show(tx, officer, &id).await
}

/// The question about the same two fields that is still open, or was counted lately.
async fn before(tx: &mut Tx, (a, b): (&Field, &Field), now: Timestamp) -> Result<Option<String>, Fault> {
    let rows = rows!(
        tx,
        concat!("SELECT ", columns!(), " FROM quality_overlap
         WHERE ((a = $1 AND a_field = $2 AND b = $3 AND b_field = $4) OR (a = $3 AND a_field = $4 AND b = $1 AND b_field = $2))
             AND state IN ('asked', 'agreed', 'counted') ORDER BY id")
        => a.service.as_str(), &a.field, b.service.as_str(), &b.field
    )?;
    for row in &rows {
        let kept = read(row)?;
        let counted = kept.entry.found.as_ref().and_then(|found| found.at.parse::<Timestamp>().ok());
        if kept.state.is_live() || counted.is_some_and(|at| now.duration_since(at) < AGAIN) {
            return Ok(Some(kept.id));
        }
    }
    Ok(None)
}

async fn next_id(tx: &mut Tx, now: Timestamp) -> Result<String, Fault> {
    let year = model::time::day_in_viet_nam(now).year();
    let last: Option<(String,)> = optional!(
        tx,
        "SELECT id FROM quality_overlap WHERE id LIKE $1 ORDER BY id DESC LIMIT 1" => format!("TR-{year}-%")
    )?;
    let last = last.and_then(|(id,)| id.rsplit('-').next().and_then(|number| number.parse::<u32>().ok()));
    Ok(format!("TR-{year}-{:06}", last.unwrap_or(0) + 1))
}

/// Where both have agreed, nodes are told. How large a sample is follows from what was measured last.
async fn begin(tx: &mut Tx, id: &str, context: &AuditContext) -> Result<(), Fault> {
    let mut kept = one(tx, id).await?;
    if !(kept.agreed_a && kept.agreed_b) {
        return Ok(());
    }
    kept.entry.agreed_at = Some(context.at.to_string());
    let most = rows_of(tx, &kept.a, context.at).await?.max(rows_of(tx, &kept.b, context.at).await?);
    let mut zeros = 0_i64;
    while most >> zeros > SAMPLE {
        zeros += 1;
    }
    run!(
        tx,
        "UPDATE quality_overlap SET state = 'agreed', zeros = $2, entry = $3 WHERE id = $1"
        => id, zeros, to_json(&kept.entry)?
    )?;
    Ok(())
}

/// Nothing more is counted, and what was covered is forgotten.
async fn end(tx: &mut Tx, id: &str) -> Result<(), Fault> {
    run!(tx, "UPDATE quality_overlap SET state = 'ended' WHERE id = $1" => id)?;
    run!(tx, "DELETE FROM quality_overlap_part WHERE question = $1" => id)?;
    Ok(())
}

/// What an owner does with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Agrees for what is theirs.
    Agree,
    /// Declines it or takes it back: nothing more is counted, and what was covered is forgotten.
    End,
}

/// Does it.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::Contradictory`], [`Fault::StoreFailed`].
pub(crate) async fn act(
    tx: &mut Tx,
    id: &str,
    doing: Doing,
    context: &AuditContext,
) -> Result<Question, Fault> {
    let officer = &context.officer;
    let before = show(tx, officer, id).await?;
    let word = if doing == Doing::Agree { "agree" } else { "end" };
    if !before.may.iter().any(|may| may == word) {
        if !before.state.is_live() {
            return Err(contradictory((KIND, id), texts::overlap_over()));
        }
        context.may(if officer.agency.is_none() { Right::DecideAsHub } else { Right::DecideAsOwner })?;
        if doing == Doing::Agree && officer.agency.is_some() {
            return Err(contradictory((KIND, id), texts::overlap_agreed()));
        }
        let agency = officer.agency.as_ref().map_or_else(texts::the_hub, Words::quoted);
        return Err(Fault::NotTheirs { subject: Words::quoted(format!("{KIND} {id}")), agency });
    }
    match doing {
        Doing::Agree => {
            let theirs = |owner: &str| i64::from(decides_for(officer, owner));
            run!(
                tx,
                "UPDATE quality_overlap SET agreed_a = CASE WHEN $2 = 1 THEN 1 ELSE agreed_a END,
                     agreed_b = CASE WHEN $3 = 1 THEN 1 ELSE agreed_b END WHERE id = $1"
                => id, theirs(&before.a.owner), theirs(&before.b.owner)
            )?;
            begin(tx, id, context).await?;
        }
        Doing::End => end(tx, id).await?,
    }
    let after = show(tx, officer, id).await?;
    let told = |question: &Question| {
        json!({ "state": question.state, "agreed": [question.a.agreed, question.b.agreed] }).to_string()
    };
    note(tx, context, Act::Updated, (KIND, id), Some(told(&before)), Some(told(&after))).await?;
    Ok(after)
}
