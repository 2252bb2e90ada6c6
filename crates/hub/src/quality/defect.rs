//! Defects: records of a dataset that fail a rule, with those who must correct them at the source and the clocks of that (rules.md, section
//! 3). One is opened, counted anew and closed by what is measured (`measure.rs`), or opened by a consumer who met it in an exchange; people
//! say that they are at it, or that it is disputed (`acting.rs`). Nobody closes one: only a later measurement that passes does (DQ-05). One
//! whose rule the contract in force does not have any more has ended as that, and not as corrected.

pub(crate) mod acting;
mod keep;
mod measure;
pub(crate) mod reporting;
pub(crate) mod telling;

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
use crate::registry::lines::{Lines, Wish};
use crate::registry::order::Order;
use crate::registry::row::{Row, rows};
use crate::registry::story::Story;
use crate::store::Tx;

pub(crate) use measure::{By, measured};

/// The word for defects in the audit trail.
pub(crate) const KIND: &str = "Defect";
/// Their numbers, and what happens in them.
const STORY: Story =
    Story { table: "quality_defect", events: "quality_defect_event", of: "defect", prefix: "CL" };
/// The columns of their tables.
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
    /// No rule of the contract in force asks it any more. Nobody knows whether it was corrected.
    RuleGone,
}

impl State {
    const ALL: [Self; 4] = [Self::Open, Self::Correcting, Self::Closed, Self::RuleGone];

    /// Whether it waits for somebody.
    fn is_live(self) -> bool {
        matches!(self, Self::Open | Self::Correcting)
    }

    /// Whether it is done, as far as anybody knows.
    fn done(self) -> Done {
        match self {
            Self::Open | Self::Correcting => Done::No,
            Self::Closed => Done::Yes,
            Self::RuleGone => Done::NotMeasured,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Correcting => "correcting",
            Self::Closed => "closed",
            Self::RuleGone => "rule_gone",
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
    /// When a measurement passed, or its rule went; null: it has not ended.
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
    /// What: `opened`, `counted`, `again`, `passed`, `rule_gone`, `reported`, `correcting`, `disputed`, `comment`.
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
    /// Of one that a consumer reported: the rules that looked for it then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    looked_for_by: Vec<String>,
    /// Of one that a case met: no rule looked for it then, so its owner's word is waited for before it ends.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unmeasured: bool,
}

/// Which defects. Empty texts: all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Of this agency, or one below it.
    pub(crate) agency: String,
    /// Of this dataset.
    pub(crate) service: String,
    /// Of the datasets that were confirmed to belong to this database.
    pub(crate) database: String,
    /// In this state; `live`: open, or being corrected.
    pub(crate) state: String,
    /// From here: `measured` or `reported`.
    pub(crate) origin: String,
    /// Only those whose day is over.
    pub(crate) late: bool,
    /// In this order; none: what is late or due first.
    pub(crate) order: Option<Order>,
    /// Only what stands behind this one.
    pub(crate) after: String,
    /// So many at most.
    pub(crate) limit: i64,
}

impl Wanted {
    /// The same as the store is asked, of what an officer may see: what was measured everybody sees; what was reported the hub, its owner and
    /// the one who reported it.
    fn wish(&self, officer: &Officer, today: Date) -> Wish {
        let is_live = self.state == "live";
        let wish = Wish {
            order: self.order.clone(),
            after: self.after.clone(),
            limit: self.limit,
            ..Wish::default()
        };
        wish.with("concerns", officer.agency.as_ref())
            .with("under", Some(&self.agency))
            .with("service", Some(&self.service))
            .with("database", Some(&self.database))
            .with("state", Some(&self.state).filter(|_| !is_live))
            .when("live", is_live)
            .with("origin", Some(&self.origin))
            .with("late", self.late.then_some(today))
    }
}

/// What is read of a line.
macro_rules! columns {
    () => {
        "id, service, owner, reporter, origin, rule, field, kind, severity, state, opened_at, check_by, due, fails, gain, times, ended_at"
    };
}

/// Defects as a list.
pub(crate) const LINES: Lines = Lines {
    kind: KIND,
    from: "quality_defect",
    key: "quality_defect.id",
    columns: columns!(),
    filters: &[
        ("concerns", "origin = 'measured' OR owner = ? OR reporter = ?"),
        ("service", "service = ?"),
        ("state", "state = ?"),
        ("live", "state IN ('open', 'correcting')"),
        ("origin", "origin = ?"),
        ("late", "due < ? AND state IN ('open', 'correcting')"),
        (
            "database",
            "service IN (SELECT c.service FROM service_confirmed c WHERE c.database_id = ?)",
        ),
        (
            "under",
            "owner IN (WITH RECURSIVE tree (id) AS (SELECT agency.id FROM agency WHERE agency.id = ? AND parent IS NULL
                 UNION SELECT agency.id FROM agency JOIN tree ON agency.parent = tree.id)
             SELECT id FROM tree UNION SELECT agency.id FROM agency WHERE agency.id = ?)",
        ),
    ],
    orders: &[
        ("id", "quality_defect.id"),
        ("due", "due"),
        ("fails", "fails"),
        ("gain", "gain"),
        ("opened_at", "opened_at"),
        ("service", "service"),
        ("owner", "owner"),
    ],
    usual: "due",
    words: "",
};

fn line(row: &Row, today: Date) -> Result<Line, Fault> {
    let state: State = row
        .get::<String>("state")?
        .parse()
        .map_err(|()| Fault::StoreFailed { why: "a row of defects cannot be read".into() })?;
    let left = |by| -> Result<TimeLeft, Fault> { Ok(TimeLeft::of(row.parsed(by)?, today, state.done())) };
    let some = |column| -> Result<Option<String>, Fault> {
        Ok(Some(row.get::<String>(column)?).filter(|text| !text.is_empty()))
    };
    #[expect(clippy::cast_precision_loss, reason = "thousandths of points")]
    let gain = row.get::<i64>("gain")? as f64 / 1000.0;
    let is_measured = row.get::<String>("origin")? == Origin::Measured.word();
    Ok(Line {
        id: row.get("id")?,
        service: row.get("service")?,
        owner: row.get("owner")?,
        origin: if is_measured { Origin::Measured } else { Origin::Reported },
        reporter: some("reporter")?,
        rule: some("rule")?,
        field: some("field")?,
        kind: row.get("kind")?,
        severity: row.get("severity")?,
        state,
        opened_at: row.get("opened_at")?,
        check_by: left("check_by")?,
        due: left("due")?,
        fails: row.get("fails")?,
        gain,
        times: row.get("times")?,
        ended_at: row.get("ended_at")?,
    })
}

/// Whether somebody is of the hub, and their agency.
fn whose(officer: &Officer) -> (i64, &str) {
    (i64::from(officer.agency.is_none()), officer.agency.as_ref().map_or("", MemberId::as_str))
}

/// A page of the defects that are asked for, in their order, and whether there are more.
///
/// # Errors
/// [`Fault::NotInRegistry`] where the one behind which the page begins is not there; [`Fault::StoreFailed`].
pub(crate) async fn list(
    tx: &mut Tx,
    officer: &Officer,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<(Vec<Line>, bool), Fault> {
    let today = day_in_viet_nam(now);
    let (rows, more) = LINES.next(tx, wanted.wish(officer, today)).await?;
    let lines: Result<Vec<Line>, Fault> = rows.iter().map(|row| line(row, today)).collect();
    Ok((lines?, more))
}

/// How many of them there are on all pages.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn count(
    tx: &mut Tx,
    officer: &Officer,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<i64, Fault> {
    LINES.count(tx, &wanted.wish(officer, day_in_viet_nam(now))).await
}

/// One of those that an officer sees.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::StoreFailed`].
pub(crate) async fn show(tx: &mut Tx, officer: &Officer, id: &str, now: Timestamp) -> Result<Defect, Fault> {
    let (of_hub, agency) = whose(officer);
    let rows = rows!(
        tx,
        concat!(
            "SELECT ", columns!(), ", entry FROM quality_defect
             WHERE id = $1 AND (origin = 'measured' OR $2 = 1 OR owner = $3 OR reporter = $3)"
        )
        => id, of_hub, agency
    )?;
    let row = rows.first().ok_or_else(|| not_there(KIND, id))?;
    let line = line(row, day_in_viet_nam(now))?;
    let entry: Entry = row.json("entry")?;
    let events = STORY.all(tx, id).await?;
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
