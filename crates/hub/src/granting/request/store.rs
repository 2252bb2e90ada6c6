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
use crate::granting::request::{ActionRecord, KIND, Request, RequestContent, State, is_done, paper};
use crate::registry;
use crate::registry::lines::{Lines, Wish};
use crate::registry::order::Order;
use crate::registry::references::{self, Reference};
use crate::store::{Tx, all, from_json, from_text, optional, run, to_json};
use crate::usage::tree::NOBODY;

/// What is read of a request, alone and in lists.
macro_rules! columns {
    () => {
        "id, asking, applicant, owner, state, pack, step, entered_at, entered_after, opened_at, grant_id, due, waits_for"
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
        "INSERT INTO request (id, asking, applicant, owner, state, pack, step, entered_at, entered_after, opened_at, waits_for, service, client)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', $11, $12)"
        => &request.id, to_json(&request.asking)?, request.applicant.as_str(), request.owner.as_str(), request.state.word(),
           &request.pack, &request.step, request.entered_at.to_string(), request.entered_after, request.opened_at.to_string(),
           request.asking.service.as_str(), request.asking.client.as_str()
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
             waits_for = $9, service = $10, client = $11 WHERE id = $1"
        => &request.id, to_json(&request.asking)?, request.state.word(), &request.step, request.entered_at.to_string(),
           request.entered_after, &request.grant, due, waits, request.asking.service.as_str(), request.asking.client.as_str()
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
    let row: Option<LineRow> =
        optional!(tx, concat!("SELECT ", columns!(), " FROM request WHERE id = $1") => id)?;
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
    request.keep_files(&paper::files(tx, id).await?);
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

/// The agency that a request waits for; nothing: the hub.
macro_rules! waits_at {
    () => {
        "CASE WHEN waits_for LIKE '%owner%' THEN owner WHEN waits_for LIKE '%applicant%' THEN applicant ELSE '' END"
    };
}

/// Requests as a list.
pub(crate) const LINES: Lines = Lines {
    kind: KIND,
    from: "request",
    key: "request.id",
    columns: columns!(),
    filters: &[
        ("concerns", "applicant = ? OR owner = ?"),
        ("state", "state = ?"),
        ("applicant", "applicant = ?"),
        ("owner", "owner = ?"),
        ("service", "service = ?"),
        ("due_before", "due < ?"),
        ("to_applicant", "applicant = ? AND waits_for LIKE '%applicant%'"),
        ("to_owner", "owner = ? AND waits_for LIKE '%owner%'"),
        (
            "to_either",
            "(applicant = ? AND waits_for LIKE '%applicant%') OR (owner = ? AND waits_for LIKE '%owner%')",
        ),
        ("to_hub", "waits_for LIKE '%hub%'"),
        ("to_nobody", "1 = 0"),
        ("under_none", concat!(waits_at!(), " = ''")),
        (
            "under",
            concat!(
                waits_at!(),
                " IN (WITH RECURSIVE tree (id) AS (SELECT agency.id FROM agency WHERE agency.id = ? AND parent IS NULL
                      UNION SELECT agency.id FROM agency JOIN tree ON agency.parent = tree.id)
                  SELECT id FROM tree UNION SELECT agency.id FROM agency WHERE agency.id = ?)"
            ),
        ),
    ],
    orders: &[
        ("id", "request.id"),
        ("client", "COALESCE(client, '')"),
        ("service", "COALESCE(service, '')"),
        ("applicant", "applicant"),
        ("owner", "owner"),
        ("state", "state"),
        ("due", "COALESCE(due, '')"),
        ("opened_at", "opened_at"),
    ],
    usual: "id",
    words: "LOWER(request.id) LIKE {has}
            OR EXISTS (SELECT 1 FROM found f WHERE f.part = '' AND ' ' || f.words LIKE {begins}
                AND ((f.kind = 'Service' AND f.subject = request.service) OR (f.kind = 'System' AND f.subject = request.client)
                    OR (f.kind = 'Agency' AND f.subject IN (request.applicant, request.owner))))",
};

/// What of the list is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) state: Option<String>,
    /// Only those that wait for the officer.
    pub(crate) waiting: bool,
    /// Only those whose clock has run out before this day.
    pub(crate) due_before: Option<Date>,
    /// Only those that wait for this agency or one of the tree that it stands at the top of; `none`: for the hub.
    pub(crate) under: Option<String>,
    pub(crate) applicant: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) service: Option<String>,
    /// Words that each has.
    pub(crate) text: String,
    /// The order; none: that of numbers.
    pub(crate) order: Option<Order>,
    /// Only what stands behind this number.
    pub(crate) after: String,
    /// So many at most.
    pub(crate) limit: i64,
}

impl Wanted {
    /// The same as the store is asked, of what an officer may see.
    fn wish(&self, officer: &Officer) -> Wish {
        let agency = officer.agency.as_ref().map(ToString::to_string);
        // Whom it must wait for so that it waits for this officer.
        let to = match &agency {
            None if officer.may(Right::DecideAsHub) => "to_hub",
            None => "to_nobody",
            Some(_) => match (officer.may(Right::Ask), officer.may(Right::DecideAsOwner)) {
                (true, true) => "to_either",
                (true, false) => "to_applicant",
                (false, true) => "to_owner",
                (false, false) => "to_nobody",
            },
        };
        let of_nobody = self.under.as_deref() == Some(NOBODY);
        let under = self.under.as_ref().filter(|_| !of_nobody);
        let mut wish = Wish { text: self.text.clone(), order: self.order.clone(), ..Wish::default() };
        if self.waiting {
            wish.filters.push((to, agency.clone().unwrap_or_default()));
        }
        (wish.after, wish.limit) = (self.after.clone(), self.limit);
        wish.with("concerns", agency)
            .with("state", self.state.as_ref())
            .with("due_before", self.due_before)
            .with("applicant", self.applicant.as_ref())
            .with("owner", self.owner.as_ref())
            .with("service", self.service.as_ref())
            .with("under", under)
            .when("under_none", of_nobody)
    }
}

/// The requests that an officer may see, in order of their numbers or as is asked.
pub(crate) async fn list(tx: &mut Tx, officer: &Officer, wanted: &Wanted) -> Result<Vec<Line>, Fault> {
    let rows = LINES.page(tx, &wanted.wish(officer)).await?;
    rows.iter().map(listed).collect()
}

/// How many of them there are on all pages.
pub(crate) async fn count(tx: &mut Tx, officer: &Officer, wanted: &Wanted) -> Result<i64, Fault> {
    LINES.count(tx, &wanted.wish(officer)).await
}

fn listed(row: &registry::row::Row) -> Result<Line, Fault> {
    let text = |column| row.get::<String>(column);
    line((
        text("id")?,
        text("asking")?,
        text("applicant")?,
        text("owner")?,
        text("state")?,
        text("pack")?,
        text("step")?,
        text("entered_at")?,
        row.get("entered_after")?,
        text("opened_at")?,
        row.get("grant_id")?,
        row.get("due")?,
        text("waits_for")?,
    ))
}
