//! Briefs for those who lead: how it stands on a day and what changed since the brief before, kept as it was made. None is ever computed
//! anew; papers are drawn from what was kept.

pub(crate) mod book;
pub(crate) mod page;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use model::agency::{Agency, Name};
use model::fault::Fault;
use model::id::MemberId;
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit::change::{Act, AuditContext, note};
use crate::audit::officer::Officer;
use crate::audit::right::Right;
use crate::registry::Subject as _;
use crate::registry::check::{contradictory, not_there};
use crate::running::situation::{Change, Situation, Topic, changes, situation};
use crate::store::{Tx, all, from_json, from_text, moment, optional, run, to_json};
use crate::texts;

/// The word for briefs in the audit trail.
const KIND: &str = "Brief";
/// So many are made on a day for one scope: nobody reads more, and each is kept for ever.
const OF_A_DAY_MAX: i64 = 20;

/// What stands at the head of papers that a hub makes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BriefSettings {
    /// The agency that runs the hub, as it stands on its papers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<Name>,
    /// The agency above it, if papers name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<Name>,
    /// Where papers are issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

impl BriefSettings {
    /// Whether nothing is set.
    pub(crate) fn is_unset(&self) -> bool {
        *self == Self::default()
    }

    /// What is wrong with them, if anything.
    pub(crate) fn mistakes(&self) -> Vec<model::words::Words> {
        let names = self.agency.iter().chain(&self.above).flat_map(|name| [&name.vi, &name.en]);
        let all_short = names.chain(&self.place).all(|text| (1..=120).contains(&text.trim().chars().count()));
        if all_short { Vec::new() } else { vec![texts::brief_settings()] }
    }
}

/// Who issues a brief, where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = BriefIssuer)]
pub(crate) struct Issuer {
    /// The agency.
    pub(crate) agency: Name,
    /// The one above it, if the paper names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) above: Option<Name>,
    /// The place.
    pub(crate) place: String,
}

/// The brief that another is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = BriefBefore)]
pub(crate) struct Before {
    /// Its number.
    pub(crate) id: String,
    /// Its day.
    pub(crate) day: Date,
}

/// A brief.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Brief {
    /// Its number: `BC-2026-000001`.
    pub(crate) id: String,
    /// When it was made.
    pub(crate) made_at: Timestamp,
    /// Who issues it.
    pub(crate) issuer: Issuer,
    /// How it stood.
    pub(crate) situation: Situation,
    /// The brief before; none: it is the first.
    pub(crate) before: Option<Before>,
    /// What changed since then.
    pub(crate) changes: Vec<Change>,
}

/// A brief on one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BriefLine)]
pub(crate) struct Line {
    /// Its number.
    pub(crate) id: String,
    /// Its day.
    pub(crate) day: Date,
    /// The week that it was made for, `2026-W49`; none: somebody had it made.
    pub(crate) week: Option<String>,
    /// When it was made.
    pub(crate) made_at: String,
    /// How many of each figure it tells.
    pub(crate) counts: BTreeMap<Topic, usize>,
}

fn scope_of(officer: &Officer) -> &str {
    officer.agency.as_ref().map_or("", MemberId::as_str)
}

/// Makes a brief of an officer's scope, and keeps it.
///
/// # Errors
/// [`Fault::NoRight`], [`Fault::Contradictory`] if there were too many on the day, [`Fault::StoreFailed`].
pub(crate) async fn make(
    tx: &mut Tx,
    settings: &BriefSettings,
    context: &AuditContext,
) -> Result<Brief, Fault> {
    context.may(Right::Lead)?;
    write(tx, settings, &context.officer, None, context).await
}

/// Makes the briefs of the week that are not there yet: of the whole country, and of each agency that has a leader. A hub that governs
/// nothing yet makes none.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn make_weekly(
    tx: &mut Tx,
    settings: &BriefSettings,
    now: Timestamp,
) -> Result<Vec<String>, Fault> {
    let any: Option<(String,)> = optional!(tx, "SELECT id FROM database_entry LIMIT 1")?;
    if any.is_none() {
        return Ok(Vec::new());
    }
    let week = day_in_viet_nam(now).iso_week_date();
    let week = format!("{}-W{:02}", week.year(), week.week());
    let leaders: Vec<(Option<String>,)> =
        all!(tx, "SELECT DISTINCT agency FROM account WHERE entry LIKE '%\"leader\"%' AND state = 'active'")?;
    let scopes: BTreeSet<Option<String>> =
        leaders.into_iter().map(|(agency,)| agency).chain([None]).collect();
    let mut made = Vec::new();
    for scope in scopes {
        let known: Option<(String,)> = optional!(
            tx,
            "SELECT id FROM brief WHERE scope = $1 AND week = $2" => scope.as_deref().unwrap_or_default(), &week
        )?;
        if known.is_some() {
            continue;
        }
        let agency = scope.as_deref().map(from_text).transpose()?;
        let reader = Officer { agency, ..Officer::nobody("") };
        let context = AuditContext::of_the_hub("hub", texts::brief_weekly().vi(), now);
        let brief = write(tx, settings, &reader, Some(&week), &context).await?;
        made.push(brief.id);
    }
    Ok(made)
}

async fn write(
    tx: &mut Tx,
    settings: &BriefSettings,
    reader: &Officer,
    week: Option<&str>,
    context: &AuditContext,
) -> Result<Brief, Fault> {
    let (scope, day) = (scope_of(reader).to_owned(), day_in_viet_nam(context.at));
    let of_today: Option<(i64,)> = optional!(
        tx,
        "SELECT COUNT(*) FROM brief WHERE scope = $1 AND day = $2" => &scope, day.to_string()
    )?;
    if week.is_none() && of_today.is_some_and(|(made,)| made >= OF_A_DAY_MAX) {
        return Err(contradictory((KIND, &day.to_string()), texts::briefs_of_a_day(OF_A_DAY_MAX)));
    }
    let situation = situation(tx, reader, day).await?;
    let before = last(tx, &scope, None).await?;
    let changed = before.as_ref().map(|before| changes(&before.situation.figures, &situation.figures));
    let brief = Brief {
        id: next_id(tx, context.at).await?,
        made_at: context.at,
        issuer: issuer(tx, settings, reader).await?,
        before: before.map(|before| Before { id: before.id, day: before.situation.day }),
        changes: changed.unwrap_or_default(),
        situation,
    };
    let counts: BTreeMap<Topic, usize> =
        Topic::ALL.into_iter().map(|topic| (topic, brief.situation.count(topic))).collect();
    run!(
        tx,
        "INSERT INTO brief (id, scope, day, week, made_at, made_by, counts, content) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        => &brief.id, &scope, day.to_string(), week, moment(context.at), &context.officer.name, to_json(&counts)?, to_json(&brief)?
    )?;
    note(tx, context, Act::Created, (KIND, &brief.id), None, Some(to_json(&counts)?)).await?;
    Ok(brief)
}

/// Who issues what an officer has made: their agency, or the one that runs the hub.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn issuer(tx: &mut Tx, settings: &BriefSettings, reader: &Officer) -> Result<Issuer, Fault> {
    let place = settings.place.clone().unwrap_or_else(|| "Hà Nội".to_owned());
    let of_hub = || settings.agency.clone().unwrap_or_else(|| texts::brief_issuer().into());
    let Some(id) = &reader.agency else {
        return Ok(Issuer { agency: of_hub(), above: settings.above.clone(), place });
    };
    let agency = Agency::load(tx, id.as_str()).await?;
    let parent = agency.as_ref().and_then(|agency| agency.parent.clone());
    let above = match parent {
        Some(parent) => Agency::load(tx, parent.as_str()).await?.map(|parent| parent.name),
        None => None,
    };
    let unknown = || Name { vi: id.to_string(), en: id.to_string() };
    Ok(Issuer { agency: agency.map_or_else(unknown, |agency| agency.name), above, place })
}

async fn next_id(tx: &mut Tx, now: Timestamp) -> Result<String, Fault> {
    let year = day_in_viet_nam(now).year();
    let last: Option<(String,)> = optional!(
        tx,
        "SELECT id FROM brief WHERE id LIKE $1 ORDER BY id DESC LIMIT 1" => format!("BC-{year}-%")
    )?;
    let last = last.and_then(|(id,)| id.rsplit('-').next().and_then(|number| number.parse::<u32>().ok()));
    Ok(format!("BC-{year}-{:06}", last.unwrap_or(0) + 1))
}

/// The newest brief of a scope, of this day or an earlier one where a day is named.
async fn last(tx: &mut Tx, scope: &str, until: Option<Date>) -> Result<Option<Brief>, Fault> {
    let until = until.map_or_else(|| "~".to_owned(), |day| day.to_string());
    let row: Option<(String,)> = optional!(
        tx,
        "SELECT content FROM brief WHERE scope = $1 AND day <= $2 ORDER BY id DESC LIMIT 1" => scope, until
    )?;
    row.map(|(content,)| from_json(&content)).transpose()
}

/// The brief that today is compared with: the newest that is a week old, or else the oldest there is.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn of_last_week(
    tx: &mut Tx,
    officer: &Officer,
    today: Date,
) -> Result<Option<Brief>, Fault> {
    let scope = scope_of(officer);
    if let Some(brief) = last(tx, scope, Some(today.saturating_sub(7.days()))).await? {
        return Ok(Some(brief));
    }
    let row: Option<(String,)> = optional!(
        tx,
        "SELECT content FROM brief WHERE scope = $1 ORDER BY id LIMIT 1" => scope
    )?;
    row.map(|(content,)| from_json(&content)).transpose()
}

/// The briefs of an officer's scope, newest first, those before `before`.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn list(
    tx: &mut Tx,
    officer: &Officer,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<Line>, Fault> {
    let rows: Vec<(String, String, Option<String>, String, String)> = all!(
        tx,
        "SELECT id, day, week, made_at, counts FROM brief WHERE scope = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
        => scope_of(officer), before.unwrap_or("~"), limit
    )?;
    let line = |(id, day, week, made_at, counts): (String, String, Option<String>, String, String)| {
        Ok(Line { id, day: from_text(&day)?, week, made_at, counts: from_json(&counts)? })
    };
    rows.into_iter().map(line).collect()
}

/// A brief of an officer's scope.
///
/// # Errors
/// [`Fault::NotInRegistry`], also for another's; [`Fault::StoreFailed`].
pub(crate) async fn show(tx: &mut Tx, officer: &Officer, id: &str) -> Result<Brief, Fault> {
    let row: Option<(String,)> = optional!(
        tx,
        "SELECT content FROM brief WHERE scope = $1 AND id = $2" => scope_of(officer), id
    )?;
    let (content,) = row.ok_or_else(|| not_there(KIND, id))?;
    from_json(&content)
}
