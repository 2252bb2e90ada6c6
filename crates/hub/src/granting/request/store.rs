//! Requests in the store.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use model::due::{Done, TimeLeft};
use model::fault::Fault;
use model::id::MemberId;
use model::time::day_in_viet_nam;

use crate::audit::officer::Officer;
use crate::audit::right::Right;
use crate::granting::grant::{OF_REQUESTS, in_row};
use crate::granting::pack::{By, RulePack};
use crate::granting::request::{ActionRecord, KIND, Request, RequestContent, State, is_done};
use crate::registry::references::{self, Reference};
use crate::store::{Tx, all, from_json, from_text, optional, run, to_json};

/// Requests as they are read, alone and in lists.
macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT id, asking, applicant, owner, state, pack, step, entered_at, entered_after, opened_at, grant_id, due, waits_for
             FROM request WHERE ",
            $condition
        )
    };
}

type LineRow = (
    String,
    String,
    String,
    String,
    String,
    String,
    String,
    String,
    i64,
    String,
    Option<String>,
    Option<String>,
    String,
);

type DoneRow = (i64, String, String, String, String, String, Option<String>, String, Option<String>);

/// The next free number of the year.
pub(super) async fn next_id(tx: &mut Tx, now: Timestamp) -> Result<String, Fault> {
    let year = day_in_viet_nam(now).year();
    let last: Option<(String,)> = optional!(
        tx,
        "SELECT id FROM request WHERE id LIKE $1 ORDER BY id DESC LIMIT 1" => format!("{OF_REQUESTS}{year}-%")
    )?;
    let last = last.and_then(|(id,)| id.rsplit('-').next().and_then(|number| number.parse::<u32>().ok()));
    Ok(format!("{OF_REQUESTS}{year}-{:06}", last.unwrap_or(0) + 1))
}

pub(super) async fn insert(tx: &mut Tx, request: &Request) -> Result<(), Fault> {
    run!(
        tx,
        "INSERT INTO request (id, asking, applicant, owner, state, pack, step, entered_at, entered_after, opened_at, waits_for)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '')"
        => &request.id, to_json(&request.asking)?, request.applicant.as_str(), request.owner.as_str(), request.state.word(),
           &request.pack, &request.step, request.entered_at.to_string(), request.entered_after, request.opened_at.to_string()
    )?;
    references::keep(tx, (KIND, &request.id), &[Reference::to::<RulePack>(&request.pack)]).await
}

pub(super) async fn update(tx: &mut Tx, request: &Request, pack: &RulePack) -> Result<(), Fault> {
    let step = pack.step(&request.step).filter(|_| request.state == State::Open);
    let due = step.and_then(|step| pack.due(step, request.entered_at)).map(|day| day.to_string());
    let open = step.map_or(&[][..], |step| &step.parts).iter().filter(|part| !is_done(request, &part.id));
    let mut waits: Vec<By> = open.map(|part| part.by).collect();
    if request.state == State::Returned {
        waits.push(By::Applicant);
    }
    waits.sort_unstable();
    waits.dedup();
    let waits: String = waits.into_iter().map(By::word).collect::<Vec<_>>().join(",");
    run!(
        tx,
        "UPDATE request SET asking = $2, state = $3, step = $4, entered_at = $5, entered_after = $6, grant_id = $7, due = $8,
             waits_for = $9 WHERE id = $1"
        => &request.id, to_json(&request.asking)?, request.state.word(), &request.step, request.entered_at.to_string(),
           request.entered_after, &request.grant, due, waits
    )?;
    Ok(())
}

pub(super) async fn append(tx: &mut Tx, request: &str, done: &ActionRecord) -> Result<(), Fault> {
    run!(
        tx,
        "INSERT INTO request_act (request, number, at, who, by_whom, act, step, part, said, basis)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        => request, done.number, done.at.to_string(), &done.who, done.by.word(), &done.act, &done.step, &done.part, &done.text,
           &done.basis
    )?;
    Ok(())
}

/// The request of that number, with all its acts.
pub(crate) async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<Request>, Fault> {
    let row: Option<LineRow> = optional!(tx, select!("id = $1") => id)?;
    let Some(row) = row else { return Ok(None) };
    let mut request = line(row)?.request;
    let acts: Vec<DoneRow> = all!(
        tx,
        "SELECT number, at, who, by_whom, act, step, part, said, basis FROM request_act WHERE request = $1 ORDER BY number" => id
    )?;
    for (number, at, who, by, act, step, part, text, basis) in acts {
        let by = from_json(&format!("\"{by}\""))?;
        request.take(ActionRecord { number, at: from_text(&at)?, who, by, act, step, part, text, basis });
    }
    Ok(Some(request))
}

/// A row as it was selected.
fn line(
    (
        id,
        asking,
        applicant,
        owner,
        state,
        pack,
        step,
        entered_at,
        entered_after,
        opened_at,
        grant,
        due,
        waits_for,
    ): LineRow,
) -> Result<Line, Fault> {
    let mut asking: RequestContent = from_json(&asking)?;
    asking.endpoints = in_row(asking.endpoints.unwrap_or_default());
    let request = Request {
        id,
        asking,
        applicant: from_text(&applicant)?,
        owner: from_text(&owner)?,
        state: from_json(&format!("\"{state}\""))?,
        pack,
        step,
        entered_at: from_text(&entered_at)?,
        entered_after,
        opened_at: from_text(&opened_at)?,
        grant,
        acts: Vec::new(),
        papers: BTreeMap::new(),
        ticked: BTreeMap::new(),
    };
    Ok(Line { request, due, waits_for })
}

/// A line of a list of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// The request, without its acts.
    pub(crate) request: Request,
    /// The last day of its step.
    pub(crate) due: Option<String>,
    /// Whom it waits for.
    pub(crate) waits_for: String,
}

impl Line {
    /// How the last day of its step stands, while one runs.
    pub(crate) fn time_left(&self, today: Date) -> Option<TimeLeft> {
        let due: Option<Date> = self.due.as_deref().and_then(|day| day.parse().ok());
        due.map(|due| TimeLeft::of(due, today, Done::No))
    }

    /// The agency that it waits for; none: the hub.
    pub(crate) fn waits_for_agency(&self) -> Option<&MemberId> {
        let waits = |side: By| self.waits_for.split(',').any(|word| word == side.word());
        if waits(By::Owner) {
            return Some(&self.request.owner);
        }
        waits(By::Applicant).then_some(&self.request.applicant)
    }
}

/// What of the list is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) state: Option<String>,
    /// Only those that wait for the officer.
    pub(crate) waiting: bool,
    /// Only those whose clock has run out before this day.
    pub(crate) due_before: Option<Date>,
    /// Only numbers behind this one.
    pub(crate) after: String,
    /// So many at most.
    pub(crate) limit: i64,
}

/// The requests that an officer may see, in order of their numbers.
pub(crate) async fn list(tx: &mut Tx, officer: &Officer, wanted: &Wanted) -> Result<Vec<Line>, Fault> {
    let agency = officer.agency.as_ref().map(ToString::to_string).unwrap_or_default();
    let state = wanted.state.clone().unwrap_or_default();
    let due_before = wanted.due_before.map(|day| day.to_string()).unwrap_or_default();
    // Whom it must wait for so that it waits for this officer.
    let side = |right: Right, word: &str| {
        if wanted.waiting && officer.may(right) { word.to_owned() } else { "-".into() }
    };
    let (as_applicant, as_owner, as_hub) =
        (side(Right::Ask, "applicant"), side(Right::DecideAsOwner, "owner"), side(Right::DecideAsHub, "hub"));
    let rows: Vec<LineRow> = all!(
        tx,
        select!(
            "id > $1 AND ($2 = '' OR state = $2) AND ($3 = '' OR applicant = $3 OR owner = $3)
                AND ($4 = 0 OR ($3 <> '' AND applicant = $3 AND waits_for LIKE '%' || $5 || '%')
                    OR ($3 <> '' AND owner = $3 AND waits_for LIKE '%' || $6 || '%') OR ($3 = '' AND waits_for LIKE '%' || $7 || '%'))
                AND ($9 = '' OR due < $9)
             ORDER BY id LIMIT $8"
        )
        => &wanted.after, &state, &agency, i64::from(wanted.waiting), &as_applicant, &as_owner, &as_hub, wanted.limit, &due_before
    )?;
    rows.into_iter().map(line).collect()
}
