//! Defects: records of a dataset that fail a rule, with those who must correct them at the source and the clocks of that (rules.md, section
//! 3). One is opened, counted anew and closed by what is measured (`measure.rs`), or opened by a consumer who met it in an exchange; people
//! say that they are at it, or that it is disputed (`acting.rs`). Nobody closes one: only a later measurement that passes does (DQ-05).

pub(crate) mod acting;
mod keep;
mod measure;
pub(crate) mod reporting;

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use model::agency::Name;
use model::due::{Done, TimeLeft};
use model::fault::Fault;
use model::id::MemberId;
use model::time::day_in_viet_nam;
use quality::report::CauseCounts;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit::officer::Officer;
use crate::registry::check::not_there;
use crate::registry::order::Order;
use crate::store::{Tx, all, from_json, from_text, optional};
use crate::usage::tree::Tree;

pub(crate) use measure::measured;

/// The word for defects in the audit trail.
pub(crate) const KIND: &str = "Defect";
/// Most that are put in order at once; what comes behind is found by a filter.
const MOST: i64 = 20_000;
/// What lists may be ordered by, and the columns of their tables.
pub(crate) const ORDERS: [&str; 7] = ["id", "due", "fails", "gain", "opened_at", "service", "owner"];
pub(crate) const COLUMNS: [&str; 17] = [
    "id",
    "service",
    "owner",
    "field",
    "rule",
    "kind",
    "severity",
    "state",
    "fails",
    "gain",
    "opened_at",
    "check_by.by",
    "due.by",
    "due.days",
    "times",
    "origin",
    "reporter",
];

/// How a defect stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DefectState)]
pub(crate) enum State {
    /// Nobody has said that they are at it.
    Open,
    /// Its owner corrects it at the source.
    Correcting,
    /// A later measurement has passed.
    Closed,
}

impl State {
    const ALL: [Self; 3] = [Self::Open, Self::Correcting, Self::Closed];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Correcting => "correcting",
            Self::Closed => "closed",
        }
    }
}

impl FromStr for State {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.word() == word).ok_or(())
    }
}

/// Where a defect is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DefectOrigin)]
pub(crate) enum Origin {
    /// Its node measured it.
    Measured,
    /// A consumer met it in an exchange.
    Reported,
}

impl Origin {
    fn word(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Reported => "reported",
        }
    }
}

/// A defect on one line.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DefectLine)]
pub(crate) struct Line {
    /// Its number: `CL-2026-000001`.
    pub(crate) id: String,
    /// The dataset.
    pub(crate) service: String,
    /// The agency that must correct it at the source.
    pub(crate) owner: String,
    /// Where it is known from.
    pub(crate) origin: Origin,
    /// The agency that reported it; null: it was measured.
    pub(crate) reporter: Option<String>,
    /// The rule that fails; null: a consumer reported it.
    pub(crate) rule: Option<String>,
    /// The field; null: whole rows.
    pub(crate) field: Option<String>,
    /// Which of the eight groups it belongs to: `missing`, `range`, `duplicate`, `format`, `reference`, `contradiction`, `stale`, `differs`.
    pub(crate) kind: String,
    /// How grave it is: `warning`, `serious`.
    pub(crate) severity: String,
    /// How it stands.
    pub(crate) state: State,
    /// Since when; where it came back, since then.
    #[schema(format = DateTime)]
    pub(crate) opened_at: String,
    /// By when the original file is to be looked at.
    pub(crate) check_by: TimeLeft,
    /// By when it is to be corrected at the source and measured again.
    pub(crate) due: TimeLeft,
    /// Failing rows, as they were counted last.
    pub(crate) fails: i64,
    /// By how many points the dataset's score rises when it is corrected.
    pub(crate) gain: f64,
    /// How often it came, the first time counted.
    pub(crate) times: i64,
    /// When a measurement passed; null: none has.
    #[schema(format = DateTime)]
    pub(crate) ended_at: Option<String>,
}

/// Something that happened in a defect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DefectEvent)]
pub(crate) struct Event {
    /// Its number in the defect.
    pub(crate) number: i64,
    /// When.
    #[schema(format = DateTime)]
    pub(crate) at: String,
    /// Who did it; empty: the hub, by what was measured.
    pub(crate) who: String,
    /// What: `opened`, `counted`, `again`, `passed`, `reported`, `correcting`, `disputed`, `comment`.
    pub(crate) what: String,
    /// What was said, or how many rows fail.
    pub(crate) said: String,
}

/// A defect with all that is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Defect)]
pub(crate) struct Defect {
    /// On one line.
    #[serde(flatten)]
    pub(crate) line: Line,
    /// What the rule asks, and what repairs a record that fails; null: a consumer reported it.
    pub(crate) text: Option<Name>,
    /// Where the rule comes from.
    pub(crate) source: Option<String>,
    /// What failing rows have in common: who must correct them. Null: nothing that may be told.
    pub(crate) cause: Option<DefectCause>,
    /// The exchange in which a consumer met it, as both nodes wrote it down.
    pub(crate) exchange: Option<String>,
    /// Whether its owner was given longer, to look into what is disputed.
    pub(crate) disputed: bool,
    /// The number of the measurement that counted it last.
    pub(crate) measurement: Option<i64>,
    /// What happened, in order.
    pub(crate) events: Vec<Event>,
    /// What the one who asks may do: `correct`, `dispute`, `comment`.
    pub(crate) may: Vec<String>,
}

/// What failing rows have in common.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct DefectCause {
    /// `unit`, `source`, `day`, `value` or `pattern`.
    pub(crate) by: String,
    /// How many groups there are that are not small.
    pub(crate) groups: u64,
    /// Those that may be told, the largest first.
    pub(crate) told: Vec<DefectGroup>,
}

/// Failing rows of one unit, day or code; rounded down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct DefectGroup {
    /// The unit, system, day or code.
    pub(crate) name: String,
    /// Failing rows in it.
    pub(crate) fails: u64,
    /// All rows in it.
    pub(crate) rows: u64,
}

/// What a row has as JSON.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Entry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<CauseCounts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exchange: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    disputed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    measurement: Option<i64>,
}

/// Which defects.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Of this agency, or one below it.
    pub(crate) agency: String,
    /// Of this dataset.
    pub(crate) service: String,
    /// Of the datasets that were confirmed to belong to this database.
    pub(crate) database: String,
    /// In this state; `live`: not closed.
    pub(crate) state: String,
    /// From here: `measured` or `reported`.
    pub(crate) origin: String,
    /// Only those whose day is over.
    pub(crate) late: bool,
    /// In this order; none: what is late or due first.
    pub(crate) order: Option<Order>,
}

type Row = (String, String, String, String, String, String, String, String, String, String, String, Dates);
/// Check by, due, fails, gain, times, ended: beside the others, since tuples of rows are not longer.
type Dates = String;

/// The columns of a line, those of numbers and days as one text: tuples that rows are read as end at 16.
macro_rules! line_sql {
    ($rest:literal) => {
        concat!(
            "SELECT id, service, owner, reporter, origin, rule, field, kind, severity, state, opened_at,
                 check_by || '|' || due || '|' || CAST(fails AS TEXT) || '|' || CAST(gain AS TEXT) || '|' || CAST(times AS TEXT) || '|' || COALESCE(ended_at, '')
             FROM quality_defect ",
            $rest
        )
    };
}

fn line(row: Row, today: Date) -> Result<Line, Fault> {
    let unreadable = || Fault::StoreFailed { why: "a row of defects cannot be read".into() };
    let (id, service, owner, reporter, origin, rule, field, kind, severity, state, opened_at, rest) = row;
    let parts: Vec<&str> = rest.split('|').collect();
    let [check_by, due, fails, gain, times, ended_at] = parts.as_slice() else { return Err(unreadable()) };
    let state: State = state.parse().map_err(|()| unreadable())?;
    let left = |by: &str| -> Result<TimeLeft, Fault> {
        Ok(TimeLeft::of(from_text(by)?, today, Done::known(state == State::Closed)))
    };
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    #[expect(clippy::cast_precision_loss, reason = "thousandths of points")]
    let gain = from_text::<i64>(gain)? as f64 / 1000.0;
    Ok(Line {
        check_by: left(check_by)?,
        due: left(due)?,
        fails: from_text(fails)?,
        gain,
        times: from_text(times)?,
        ended_at: some((*ended_at).to_owned()),
        origin: if origin == Origin::Measured.word() { Origin::Measured } else { Origin::Reported },
        reporter: some(reporter),
        rule: some(rule),
        field: some(field),
        id,
        service,
        owner,
        kind,
        severity,
        state,
        opened_at,
    })
}

/// Whether somebody is of the hub, and their agency.
fn whose(officer: &Officer) -> (i64, &str) {
    (i64::from(officer.agency.is_none()), officer.agency.as_ref().map_or("", MemberId::as_str))
}

/// The defects that are asked for, in their order. What was measured everybody sees; what was reported the hub, its owner and the one who
/// reported it.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn list(
    tx: &mut Tx,
    officer: &Officer,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Vec<Line>, Fault> {
    let (of_hub, agency) = whose(officer);
    let today = day_in_viet_nam(now);
    let rows: Vec<Row> = all!(
        tx,
        line_sql!(
            "WHERE ($1 = '' OR service = $1) AND ($2 = '' OR state = $2 OR ($2 = 'live' AND state <> 'closed'))
                 AND ($3 = '' OR origin = $3) AND ($4 = 0 OR (due < $5 AND state <> 'closed'))
                 AND ($6 = '' OR service IN (SELECT c.service FROM service_confirmed c WHERE c.database_id = $6))
                 AND (origin = 'measured' OR $7 = 1 OR owner = $8 OR reporter = $8)
             ORDER BY due, id LIMIT $9"
        )
        => &wanted.service, &wanted.state, &wanted.origin, i64::from(wanted.late), today.to_string(), &wanted.database,
           of_hub, agency, MOST
    )?;
    let mut lines: Vec<Line> = rows.into_iter().map(|row| line(row, today)).collect::<Result<_, _>>()?;
    if !wanted.agency.is_empty() {
        let tree = Tree::whole(tx).await?;
        lines.retain(|line| line.owner == wanted.agency || tree.known_top(&line.owner) == wanted.agency);
    }
    if let Some(Order { column, descending }) = &wanted.order {
        lines.sort_by(|a, b| compare(a, b, column).then_with(|| a.id.cmp(&b.id)));
        if *descending {
            lines.reverse();
        }
    }
    Ok(lines)
}

fn compare(a: &Line, b: &Line, column: &str) -> std::cmp::Ordering {
    match column {
        "due" => a.due.by.cmp(&b.due.by),
        "fails" => a.fails.cmp(&b.fails),
        "gain" => a.gain.total_cmp(&b.gain),
        "opened_at" => a.opened_at.cmp(&b.opened_at),
        "service" => a.service.cmp(&b.service),
        "owner" => a.owner.cmp(&b.owner),
        _ => a.id.cmp(&b.id),
    }
}

/// One of those that an officer sees.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::StoreFailed`].
pub(crate) async fn show(tx: &mut Tx, officer: &Officer, id: &str, now: Timestamp) -> Result<Defect, Fault> {
    let (of_hub, agency) = whose(officer);
    let row: Option<Row> = optional!(
        tx,
        line_sql!("WHERE id = $1 AND (origin = 'measured' OR $2 = 1 OR owner = $3 OR reporter = $3)")
        => id, of_hub, agency
    )?;
    let line = line(row.ok_or_else(|| not_there(KIND, id))?, day_in_viet_nam(now))?;
    let entry: Option<(String,)> = optional!(tx, "SELECT entry FROM quality_defect WHERE id = $1" => id)?;
    let entry: Entry = from_json(&entry.map(|(entry,)| entry).unwrap_or_default())?;
    let events: Vec<(i64, String, String, String, String)> = all!(
        tx,
        "SELECT number, at, who, what, said FROM quality_defect_event WHERE defect = $1 ORDER BY number" => id
    )?;
    let event = |(number, at, who, what, said)| Event { number, at, who, what, said };
    let may = acting::may(officer, &line, &entry);
    Ok(Defect {
        text: entry.text,
        source: entry.source,
        cause: entry.cause.map(|cause| DefectCause {
            by: cause.by,
            groups: cause.groups,
            told: cause
                .told
                .into_iter()
                .map(|group| DefectGroup { name: group.name, fails: group.fails, rows: group.rows })
                .collect(),
        }),
        exchange: entry.exchange,
        disputed: entry.disputed,
        measurement: entry.measurement,
        events: events.into_iter().map(event).collect(),
        may,
        line,
    })
}
