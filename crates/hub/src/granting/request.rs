//! Requests for grants: from an agency's asking, by the steps of a rule pack, to a grant in the directory that nobody types again.

pub(crate) mod ability;
mod acting;
mod asking;
pub(crate) mod paper;
pub(crate) mod ready;
pub(crate) mod store;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use model::endpoint::Endpoint;
use model::fault::{Fault, Words};
use model::grant::{Fields, Grant, RowRule, Use, named};
use model::id::{MemberId, ServiceId, SystemId};
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit::change::{Act, AuditContext, note};
use crate::audit::officer::Officer;
use crate::audit::right::Right;
use crate::catalogue::duty;
use crate::granting::pack::{self, By, Mode, RulePack, Step};
use crate::registry::Subject as _;
use crate::registry::check::contradictory;
use crate::store::{Tx, to_json};
use crate::texts;

pub use acting::act;
pub(crate) use asking::preview;
use asking::{check, check_entitled};
pub use paper::PaperFile;
pub(crate) use store::{Wanted, by_id, count, list};

/// The word for requests in the audit trail.
pub(crate) const KIND: &str = "Request";

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Asking)]
#[serde(deny_unknown_fields)]
pub struct RequestContent {
    /// The type, as the rule pack calls it: `on_request`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The way of sharing.
    pub mode: Mode,
    /// Who wants to call.
    pub client: SystemId,
    /// What.
    pub service: ServiceId,
    /// What for, each with what allows it.
    pub uses: Vec<Use>,
    /// Which fields.
    pub fields: Fields,
    /// Which records; none: all.
    #[serde(default, deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<RowRule>, min_items = 1)]
    pub rows: Option<Vec<RowRule>>,
    /// Which endpoints; absent: those that a grant covers which names none.
    #[serde(default, deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Endpoint>, min_items = 1)]
    pub endpoints: Option<Vec<Endpoint>>,
    /// Calls a second.
    #[schema(value_type = u32)]
    pub per_second: std::num::NonZeroU32,
    /// How many calls or records are expected.
    pub volume: String,
    /// The first day on which the grant shall no longer hold.
    pub valid_to: Date,
    /// What level of service is needed.
    #[serde(default)]
    pub sla: Option<String>,
    /// Why it is needed: the statement of purpose.
    pub statement: String,
    /// The duty that entitles the applicant.
    #[serde(default)]
    pub duty: Option<String>,
    /// The grant that is to be renewed.
    #[serde(default)]
    pub renews: Option<String>,
}

/// A request, wherever it is on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Request {
    /// `YC-2026-000001`.
    pub id: String,
    /// What is asked for.
    pub asking: RequestContent,
    /// The agency that asks.
    pub applicant: MemberId,
    /// The agency that the service is of.
    pub owner: MemberId,
    /// Where it is.
    pub state: State,
    /// The rule pack it goes by.
    pub pack: String,
    /// The step it is at, while it is under way.
    pub step: String,
    /// When it came to this step.
    pub entered_at: Timestamp,
    /// Number of the last act before it came to this step.
    #[serde(skip)]
    pub entered_after: i64,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The grant that came of it.
    pub grant: Option<String>,
    /// What was done, oldest first.
    pub acts: Vec<ActionRecord>,
    /// The papers that were handed in, the last of each.
    pub papers: BTreeMap<String, Evidence>,
    /// The points of the checklist that were ticked.
    pub ticked: BTreeMap<String, Evidence>,
}

/// Where a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RequestState)]
pub enum State {
    /// Under way.
    Open,
    /// Back with the applicant, who is to amend it.
    Returned,
    /// Done: the grant holds.
    Granted,
    /// Somebody who decides said no.
    Refused,
    /// The applicant took it back.
    Withdrawn,
}

impl State {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Returned => "returned",
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// An action that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RequestAct)]
pub struct ActionRecord {
    /// Its number.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: String,
    /// For whom they acted.
    pub by: By,
    /// What: `opened`, `done`, `refused`, `returned`, `amended`, `withdrawn`, `paper`, `ticked`, `commented`.
    pub act: String,
    /// At which step.
    pub step: String,
    /// Which part, paper or point.
    pub part: Option<String>,
    /// What they said.
    pub text: String,
    /// Of a refusal by the owner: the citation of the law that restricts the data (Decree 194/2025 Art. 16).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
}

/// Something that was handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = HandedIn)]
pub struct Evidence {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: String,
    /// What it is: a number, a day, an address.
    pub text: String,
    /// Its file, where it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PaperFile>,
}

/// What somebody wants to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Doing)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Do a part of the step: decide yes, or state that something is so.
    Do {
        /// The part.
        part: String,
        /// What to say to it.
        text: String,
    },
    /// Decide no: the request ends.
    Refuse {
        /// The part.
        part: String,
        /// Why.
        text: String,
        /// The law that restricts the data: the code of a legal basis in the registry, or a citation. The owner must name it (Decree 194/2025
        /// Art. 16): what State bodies hold is shared with State bodies unless a law says otherwise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<String>,
    },
    /// Give it back to the applicant to amend.
    Return {
        /// Why, and what to amend.
        text: String,
    },
    /// Amend it and send it in again. It begins anew.
    Amend {
        /// What is asked for now.
        asking: Box<RequestContent>,
        /// What was amended.
        text: String,
    },
    /// Take it back.
    Withdraw {
        /// Why.
        text: String,
    },
    /// Hand in a paper.
    Paper {
        /// Which.
        paper: String,
        /// Its number, its day, where it is.
        text: String,
    },
    /// Tick a point of the checklist.
    Tick {
        /// Which.
        item: String,
        /// What shows it.
        text: String,
    },
    /// Say something.
    Comment {
        /// What.
        text: String,
    },
}

impl Action {
    fn text(&self) -> &str {
        match self {
            Self::Do { text, .. }
            | Self::Refuse { text, .. }
            | Self::Return { text }
            | Self::Amend { text, .. }
            | Self::Withdraw { text }
            | Self::Paper { text, .. }
            | Self::Tick { text, .. }
            | Self::Comment { text } => text,
        }
    }
}

/// Opens a request in an agency's name.
///
/// # Errors
/// [`Fault::NoRight`], [`Fault::NotTheirs`] if the client is another agency's, [`Fault::Dangling`], [`Fault::Contradictory`],
/// [`Fault::StoreFailed`].
pub async fn open(tx: &mut Tx, asking: RequestContent, context: &AuditContext) -> Result<Request, Fault> {
    context.may(Right::Ask)?;
    let applicant = asking.client.member();
    context.covers((KIND, asking.client.as_str()), std::slice::from_ref(&applicant))?;
    let pack = pack::newest(tx).await?;
    check(tx, &asking, &pack, day_in_viet_nam(context.at)).await?;
    let first = first_step(&pack, &asking)?.id.clone();
    let request = Request {
        id: store::next_id(tx, context.at).await?,
        applicant,
        owner: asking.service.system().member(),
        asking,
        state: State::Open,
        pack: pack.id.clone(),
        step: first,
        entered_at: context.at,
        entered_after: 1,
        opened_at: context.at,
        grant: None,
        acts: Vec::new(),
        papers: BTreeMap::new(),
        ticked: BTreeMap::new(),
    };
    let mut request = request;
    store::insert(tx, &request).await?;
    let statement = request.asking.statement.clone();
    write_down(tx, &mut request, By::Applicant, "opened", None, &statement, context).await?;
    let after = to_json(&request.asking)?;
    note(tx, context, Act::Created, (KIND, &request.id), None, Some(after)).await?;
    store::update(tx, &request, &pack).await?;
    Ok(request)
}

fn first_step<'a>(pack: &'a RulePack, asking: &RequestContent) -> Result<&'a Step, Fault> {
    let kind = pack.request_type(&asking.kind);
    let first = kind.and_then(|kind| kind.steps.first()).and_then(|step| pack.step(step));
    first.ok_or_else(|| {
        let types: Vec<&str> = pack.types.iter().map(|kind| kind.id.as_str()).collect();
        contradictory((KIND, &asking.kind), texts::request_type(types.join(", ")))
    })
}

/// Whether the owner or the hub has decided on what is asked for now, since it was opened or amended.
fn is_decided(request: &Request, pack: &RulePack) -> bool {
    let since =
        request.acts.iter().rev().take_while(|done| !matches!(done.act.as_str(), "opened" | "amended"));
    let decided = |done: &ActionRecord| {
        let part = done.part.as_deref().and_then(|part| {
            let parts = pack.step(&done.step).map_or(&[][..], |step| &step.parts);
            parts.iter().find(|known| known.id == part)
        });
        done.act == "done" && part.is_some_and(pack::Part::is_decision_of_others)
    };
    since.into_iter().any(decided)
}

/// The grant that a request asks for, as it would be.
pub(crate) fn asked_grant(request: &Request) -> Grant {
    let asking = &request.asking;
    grant_of(asking, &request.id.to_lowercase(), asking.uses.clone(), asking.valid_to)
}

fn grant_of(asking: &RequestContent, id: &str, uses: Vec<Use>, valid_to: Date) -> Grant {
    Grant {
        id: id.to_owned(),
        client: asking.client.clone().into(),
        service: asking.service.clone(),
        uses,
        endpoints: asking.endpoints.clone(),
        fields: asking.fields.clone(),
        rows: asking.rows.clone(),
        valid_from: None,
        valid_to: Some(valid_to),
        per_second: asking.per_second,
    }
}

/// That there is no such request, or none that whoever asks may see.
pub(crate) fn not_there(id: &str) -> Fault {
    Fault::NotInRegistry { subject: format!("{KIND} {}", id.chars().take(60).collect::<String>()) }
}

fn not_so(request: &Request, why: Words) -> Fault {
    Fault::Contradictory { subject: format!("{KIND} {}", request.id), why }
}

/// For whom an officer may act in a request.
pub(crate) fn sides(request: &Request, officer: &Officer) -> Vec<By> {
    let mut sides = Vec::new();
    match &officer.agency {
        None => {
            if officer.may(Right::DecideAsHub) {
                sides.push(By::Hub);
            }
        }
        Some(agency) => {
            if *agency == request.applicant && officer.may(Right::Ask) {
                sides.push(By::Applicant);
            }
            if *agency == request.owner && officer.may(Right::DecideAsOwner) {
                sides.push(By::Owner);
            }
        }
    }
    sides
}

/// Whether an officer may see a request: the two agencies and the hub.
pub(crate) fn may_see(request: &Request, officer: &Officer) -> bool {
    officer.agency.as_ref().is_none_or(|agency| *agency == request.applicant || *agency == request.owner)
}

fn must_act(request: &Request, by: By, context: &AuditContext) -> Result<(), Fault> {
    if sides(request, &context.officer).contains(&by) {
        return Ok(());
    }
    // Tell first what is missing: the right, or the agency.
    context.may(match by {
        By::Applicant => Right::Ask,
        By::Owner => Right::DecideAsOwner,
        By::Hub => Right::DecideAsHub,
    })?;
    let agency = context.officer.agency.as_ref().map_or_else(texts::the_hub, Words::quoted);
    Err(Fault::NotTheirs { subject: Words::quoted(format!("{KIND} {} ({})", request.id, by.word())), agency })
}

/// Whether a part was done since the request came to its step.
pub(crate) fn is_done(request: &Request, part: &str) -> bool {
    request.acts.iter().any(|done| {
        done.number > request.entered_after && done.act == "done" && done.part.as_deref() == Some(part)
    })
}

async fn write_down(
    tx: &mut Tx,
    request: &mut Request,
    by: By,
    act: &str,
    part: Option<&str>,
    text: &str,
    context: &AuditContext,
) -> Result<(), Fault> {
    let done = record(request, by, act, part, text, context);
    keep(tx, request, done).await
}

/// An action, as it would be the request's next.
fn record(
    request: &Request,
    by: By,
    act: &str,
    part: Option<&str>,
    text: &str,
    context: &AuditContext,
) -> ActionRecord {
    ActionRecord {
        number: request.acts.last().map_or(1, |last| last.number + 1),
        at: context.at,
        who: context.officer.name.clone(),
        by,
        act: act.to_owned(),
        step: request.step.clone(),
        part: part.map(str::to_owned),
        text: text.to_owned(),
        basis: None,
    }
}

async fn keep(tx: &mut Tx, request: &mut Request, done: ActionRecord) -> Result<(), Fault> {
    store::append(tx, &request.id, &done).await?;
    request.take(done);
    Ok(())
}

impl Request {
    /// Takes an action in, with the evidence it brings.
    fn take(&mut self, done: ActionRecord) {
        let evidence =
            || Evidence { at: done.at, who: done.who.clone(), text: done.text.clone(), file: None };
        if let Some(part) = &done.part {
            match done.act.as_str() {
                "paper" => drop(self.papers.insert(part.clone(), evidence())),
                "ticked" => drop(self.ticked.insert(part.clone(), evidence())),
                _ => {}
            }
        }
        self.acts.push(done);
    }

    /// Puts files beside the papers that they are of: the last act on a paper says what it is, with a file or without.
    fn keep_files(&mut self, files: &BTreeMap<i64, PaperFile>) {
        let handed = |done: &&ActionRecord| done.act == "paper";
        for done in self.acts.iter().filter(handed) {
            let paper = done.part.as_ref().and_then(|part| self.papers.get_mut(part));
            if let Some(paper) = paper {
                paper.file = files.get(&done.number).cloned();
            }
        }
    }
}

/// The duty that a grant's service and client meet, if there is one: for the page of a request.
pub(crate) async fn duty_progress(
    tx: &mut Tx,
    request: &Request,
    today: Date,
) -> Result<Option<duty::Progress>, Fault> {
    let Some(name) = &request.asking.duty else { return Ok(None) };
    match model::database::Duty::load(tx, name).await? {
        Some(duty) => Ok(Some(duty::progress(tx, &duty, today).await?)),
        None => Ok(None),
    }
}
