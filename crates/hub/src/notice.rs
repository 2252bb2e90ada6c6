//! Notices: what happens or waits, told to the person whom it concerns, once. What is to be told follows from what the registry, the audit
//! trail and incidents hold (`cause.rs`); whom, from their agency and rights (`tell.rs`). A notice is written in one transaction with the
//! note that its cause has been told of. It stands in the pages, and goes out by mail and webhook as the person wishes (`setting.rs`,
//! `outbox.rs`, `post.rs`).

pub(crate) mod cause;
pub(crate) mod hook;
pub(crate) mod letter;
pub(crate) mod mail;
pub(crate) mod outbox;
pub(crate) mod post;
pub(crate) mod setting;
pub(crate) mod tell;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use model::due::{Done, TimeLeft};
use model::fault::{Fault, Words};
use model::id::{MemberId, encode_part};
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit::officer::Officer;
use crate::store::{Tx, all, from_json, from_text, optional, run};
use crate::texts;

/// How long a notice stands, and that its cause was told of.
const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);
/// Most notices that are marked as read at once.
pub(crate) const AT_ONCE: usize = 500;

/// Kinds of notices. People set for each how they want to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NoticeKind)]
pub(crate) enum Kind {
    /// A request waits for a step of theirs, or was returned to them.
    RequestWaits,
    /// The clock of a step of theirs is about to run out.
    DeadlineNear,
    /// It has run out.
    DeadlineOver,
    /// A request has come to its end.
    RequestDecided,
    /// A grant is about to end.
    GrantEnds,
    /// A grant was revoked.
    GrantGone,
    /// A service stands still, or a user is cut off.
    Suspension,
    /// A node fails or does not report: their own, or one that they use.
    Incident,
    /// That is over.
    IncidentOver,
    /// What an owner says of a database waits for confirmation.
    ClaimWaits,
    /// It was confirmed.
    ClaimConfirmed,
    /// A certificate is about to end, or has ended.
    CertificateEnds,
    /// Data of theirs are to be corrected at the source.
    DefectWaits,
    /// The day by which that was to be done is over.
    DefectLate,
    /// A task of theirs is due within seven days.
    TaskSoon,
    /// A task is overdue.
    TaskLate,
    /// A task that was done is to be done again: its condition holds no more, or a reviewer found that it is not.
    TaskReopened,
    /// A task waits for them to look whether it is done.
    TaskReview,
}

impl Kind {
    /// All of them, in the order of the settings.
    pub(crate) const ALL: [Self; 18] = [
        Self::RequestWaits,
        Self::DeadlineNear,
        Self::DeadlineOver,
        Self::RequestDecided,
        Self::GrantEnds,
        Self::GrantGone,
        Self::Suspension,
        Self::Incident,
        Self::IncidentOver,
        Self::ClaimWaits,
        Self::ClaimConfirmed,
        Self::CertificateEnds,
        Self::DefectWaits,
        Self::DefectLate,
        Self::TaskSoon,
        Self::TaskLate,
        Self::TaskReopened,
        Self::TaskReview,
    ];
}

/// Why somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NoticeWhy)]
pub(crate) enum Why {
    /// It is for them to act.
    Act,
    /// It concerns their agency.
    Know,
    /// Whoever should have acted is late.
    Late,
    /// There is nobody who could act.
    Nobody,
}

impl Why {
    fn words(self) -> Words {
        match self {
            Self::Act => texts::notice_why_act(),
            Self::Know => texts::notice_why_know(),
            Self::Late => texts::notice_why_late(),
            Self::Nobody => texts::notice_why_nobody(),
        }
    }
}

/// A notice, as whoever is told sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Notice {
    /// Its number.
    pub(crate) id: i64,
    /// Its kind.
    pub(crate) kind: Kind,
    /// The kind of thing that it is about: `Request`, `Grant`, `Incident`, `Suspension`, `Database`, `Quality` of a dataset, `Task`, `Node`, `Hub`.
    pub(crate) about_kind: String,
    /// Which.
    pub(crate) about: String,
    /// The page of the console that shows it.
    pub(crate) address: String,
    /// When it was written.
    #[schema(format = DateTime)]
    pub(crate) at: String,
    /// How its last day stands; null: it has none.
    pub(crate) time_left: Option<TimeLeft>,
    /// Why you are told.
    pub(crate) why: Why,
    /// The same, in Vietnamese.
    pub(crate) why_vi: String,
    /// The same, in English.
    pub(crate) why_en: String,
    /// What is told, in Vietnamese.
    pub(crate) vi: String,
    /// What is told, in English.
    pub(crate) en: String,
    /// Since when it is read; null: it is not.
    #[schema(format = DateTime)]
    pub(crate) read_at: Option<String>,
}

/// The page that shows a thing.
pub(crate) fn address(kind: &str, id: &str) -> String {
    let of = |page: &str| format!("/{page}/{}", encode_part(id));
    match kind {
        "Request" => of("yeu-cau"),
        "Grant" => of("quyen"),
        "Incident" => of("su-co"),
        "Database" => of("co-so-du-lieu"),
        "Node" => of("so-dang-ky/nodes"),
        "Quality" => of("chat-luong"),
        "Task" => of("nhiem-vu"),
        "Suspension" => "/tam-ngung".to_owned(),
        _ => "/trang-thai".to_owned(),
    }
}

type Row = (i64, String, String, String, String, Option<String>, String, String, String, Option<String>);

fn notice(row: Row, today: Date) -> Result<Notice, Fault> {
    let (id, kind, about_kind, about, at, until, why, vi, en, read_at) = row;
    let until: Option<Date> = until.map(|day| from_text(&day)).transpose()?;
    let why: Why = from_json(&format!("\"{why}\""))?;
    let told = why.words();
    Ok(Notice {
        id,
        kind: from_json(&format!("\"{kind}\""))?,
        address: address(&about_kind, &about),
        about_kind,
        about,
        at,
        time_left: until.map(|day| TimeLeft::of(day, today, Done::No)),
        why,
        why_vi: told.vi().to_owned(),
        why_en: told.en().to_owned(),
        vi,
        en,
        read_at,
    })
}

/// Which notices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Only those that are not read.
    pub(crate) unread: bool,
    /// Only those before this number.
    pub(crate) before: Option<i64>,
    /// So many at most.
    pub(crate) limit: i64,
}

/// An officer's notices, newest first. What somebody was told at another agency stays there.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn list(
    tx: &mut Tx,
    officer: &Officer,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Vec<Notice>, Fault> {
    let rows: Vec<Row> = all!(
        tx,
        "SELECT id, kind, about_kind, about, at, until, why, vi, en, read_at FROM notice
         WHERE account = $1 AND agency = $2 AND id < $3 AND ($4 = 0 OR read_at IS NULL) ORDER BY id DESC LIMIT $5"
        => &officer.name, agency_of(officer.agency.as_ref()), wanted.before.unwrap_or(i64::MAX), i64::from(wanted.unread),
           wanted.limit
    )?;
    let today = day_in_viet_nam(now);
    rows.into_iter().map(|row| notice(row, today)).collect()
}

/// How many of an officer's notices are not read.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn unread(tx: &mut Tx, officer: &Officer) -> Result<i64, Fault> {
    let row: Option<(i64,)> = optional!(
        tx,
        "SELECT COUNT(*) FROM notice WHERE account = $1 AND agency = $2 AND read_at IS NULL"
        => &officer.name, agency_of(officer.agency.as_ref())
    )?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Marks notices of an officer as read: those of these numbers, or, naming none, all up to a number. Returns how many were not yet.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn read(
    tx: &mut Tx,
    officer: &Officer,
    (ids, up_to): (&[i64], Option<i64>),
    now: Timestamp,
) -> Result<u64, Fault> {
    let at = now.to_string();
    let mut marked = 0;
    for id in ids.iter().take(AT_ONCE) {
        marked += run!(
            tx,
            "UPDATE notice SET read_at = $3 WHERE account = $1 AND id = $2 AND read_at IS NULL" => &officer.name, id, &at
        )?;
    }
    if let Some(last) = up_to {
        marked += run!(
            tx,
            "UPDATE notice SET read_at = $3 WHERE account = $1 AND id <= $2 AND read_at IS NULL" => &officer.name, last, &at
        )?;
    }
    Ok(marked)
}

/// Forgets old notices, and what went out long ago.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn forget_old(tx: &mut Tx, now: Timestamp) -> Result<(), Fault> {
    let before = (now - KEPT).to_string();
    outbox::forget_done(tx, now).await?;
    run!(tx, "DELETE FROM notice WHERE at < $1 AND id NOT IN (SELECT notice FROM notice_in_delivery)" => &before)?;
    run!(tx, "DELETE FROM notice_cause WHERE at < $1" => &before)?;
    Ok(())
}

/// An agency in a column that holds nothing for the hub.
fn agency_of(agency: Option<&MemberId>) -> &str {
    agency.map_or("", MemberId::as_str)
}

/// The word of a closed list, as a column has it.
fn word<T: Serialize>(one: T) -> String {
    serde_json::to_value(one).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
