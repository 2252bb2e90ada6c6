//! Requests for grants: from an agency's asking, by the steps of a rule pack, to a grant in the directory that nobody types again.

pub(crate) mod api;
mod ready;
mod store;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use model::endpoint::Endpoint;
use model::fault::{Fault, Words};
use model::grant::{Fields, Grant, Use};
use model::id::{MemberId, ServiceId, SystemId};
use model::legal::Purpose;
use model::time::day_in_viet_nam;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::change::{Act, Mandate, note};
use crate::duty;
use crate::grant;
use crate::officer::Officer;
use crate::pack::{self, By, Granted, Mode, PartAct, RulePack, Step};
use crate::registry::check::{check_text, contradictory, require};
use crate::registry::{Subject as _, every};
use crate::right::Right;
use crate::store::{Tx, to_json};

pub(crate) use store::{by_id, list};

/// The word for requests in the audit trail.
pub(crate) const KIND: &str = "Request";
/// Longest text of an act, in characters.
const TEXT_MAX: usize = 2000;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Asking {
    /// The type, as the rule pack calls it: `on_request`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The way of sharing.
    pub mode: Mode,
    /// Who wants to call.
    #[schema(value_type = String)]
    pub client: SystemId,
    /// What.
    #[schema(value_type = String)]
    pub service: ServiceId,
    /// What for, each with what allows it.
    #[schema(value_type = Vec<Object>)]
    pub uses: Vec<Use>,
    /// Which fields.
    #[schema(value_type = Object)]
    pub fields: Fields,
    /// Which endpoints; none: all of the service's.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub endpoints: Vec<Endpoint>,
    /// Calls a second.
    #[schema(value_type = u32)]
    pub per_second: std::num::NonZeroU32,
    /// How many calls or records are expected.
    pub volume: String,
    /// The first day on which the grant shall no longer hold.
    #[schema(value_type = String, format = Date)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Request {
    /// `YC-2026-000001`.
    pub id: String,
    /// What is asked for.
    pub asking: Asking,
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
    pub acts: Vec<Done>,
    /// The papers that were handed in, the last of each.
    pub papers: BTreeMap<String, Handed>,
    /// The points of the checklist that were ticked.
    pub ticked: BTreeMap<String, Handed>,
}

/// Where a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
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
    fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Returned => "returned",
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// An act in a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Done {
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
}

/// Something that was handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Handed {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: String,
    /// What it is: a number, a day, an address.
    pub text: String,
}

/// What somebody wants to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Doing {
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
    },
    /// Give it back to the applicant to amend.
    Return {
        /// Why, and what to amend.
        text: String,
    },
    /// Amend it and send it in again. It begins anew.
    Amend {
        /// What is asked for now.
        asking: Box<Asking>,
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

impl Doing {
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
pub async fn open(tx: &mut Tx, asking: Asking, mandate: &Mandate) -> Result<Request, Fault> {
    mandate.may(Right::Ask)?;
    let applicant = asking.client.member();
    mandate.covers((KIND, asking.client.as_str()), std::slice::from_ref(&applicant))?;
    let pack = pack::newest(tx).await?;
    check(tx, &asking, &pack, day_in_viet_nam(mandate.at)).await?;
    let first = first_step(&pack, &asking)?.id.clone();
    let request = Request {
        id: store::next_id(tx, mandate.at).await?,
        applicant,
        owner: asking.service.system().member(),
        asking,
        state: State::Open,
        pack: pack.id.clone(),
        step: first,
        entered_at: mandate.at,
        entered_after: 1,
        opened_at: mandate.at,
        grant: None,
        acts: Vec::new(),
        papers: BTreeMap::new(),
        ticked: BTreeMap::new(),
    };
    let mut request = request;
    store::insert(tx, &request).await?;
    let statement = request.asking.statement.clone();
    write_down(tx, &mut request, By::Applicant, "opened", None, &statement, mandate).await?;
    let after = to_json(&request.asking)?;
    note(tx, mandate, Act::Created, (KIND, &request.id), None, Some(after)).await?;
    store::update(tx, &request, &pack).await?;
    Ok(request)
}

fn first_step<'a>(pack: &'a RulePack, asking: &Asking) -> Result<&'a Step, Fault> {
    let kind = pack.request_type(&asking.kind);
    let first = kind.and_then(|kind| kind.steps.first()).and_then(|step| pack.step(step));
    first.ok_or_else(|| {
        let types: Vec<&str> = pack.types.iter().map(|kind| kind.id.as_str()).collect();
        contradictory(
            (KIND, &asking.kind),
            format!("type là: {}", types.join(", ")),
            format!("its type is one of: {}", types.join(", ")),
        )
    })
}

/// Whether what is asked for can be granted at all.
async fn check(tx: &mut Tx, asking: &Asking, pack: &RulePack, today: Date) -> Result<(), Fault> {
    let subject = (KIND, asking.service.as_str());
    first_step(pack, asking)?;
    check_text(subject, "statement", &asking.statement)?;
    check_text(subject, "volume", &asking.volume)?;
    if let Some(sla) = &asking.sla {
        check_text(subject, "sla", sla)?;
    }
    if asking.valid_to <= today {
        return Err(contradictory(subject, "valid_to phải sau hôm nay", "its valid_to must be after today"));
    }
    // What a grant must be, it must be; under a name that nobody has.
    grant_of(asking, "yeu-cau", asking.uses.clone(), asking.valid_to).check(tx).await?;
    require::<model::agency::System>(tx, subject, asking.client.as_str()).await?;
    let kind = pack.request_type(&asking.kind);
    if kind.is_some_and(|kind| kind.needs_duty) {
        check_entitled(tx, asking).await?;
    }
    if kind.is_some_and(|kind| kind.needs_grant) {
        let name = asking.renews.as_deref().unwrap_or_default();
        let grant = grant::existing(tx, name).await?;
        if grant.client != asking.client || grant.service != asking.service {
            return Err(contradictory(
                subject,
                format!("quyền {name} là của hệ thống hoặc dịch vụ khác"),
                format!("the grant {name} is of another system or service"),
            ));
        }
        let renewed = grant_of(asking, name, asking.uses.clone(), asking.valid_to);
        if (Grant { valid_from: grant.valid_from, valid_to: renewed.valid_to, ..grant })
            != (Grant { valid_from: grant.valid_from, ..renewed })
        {
            return Err(contradictory(
                subject,
                format!("gia hạn {name} chỉ đổi được valid_to; muốn đổi phạm vi thì gửi yêu cầu mới"),
                format!(
                    "a renewal of {name} changes its valid_to only; for another scope send a new request"
                ),
            ));
        }
    }
    Ok(())
}

/// A request of type 1 needs no case-by-case approval because a duty entitles the applicant.
async fn check_entitled(tx: &mut Tx, asking: &Asking) -> Result<(), Fault> {
    let subject = (KIND, asking.service.as_str());
    let name = asking.duty.as_deref().unwrap_or_default();
    let duty: model::database::Duty = require(tx, subject, name).await?;
    let receiver = asking.client.member();
    if duty.service.as_ref() != Some(&asking.service) || !duty.receivers.contains(&receiver) {
        return Err(contradictory(
            subject,
            format!("nghĩa vụ {name} không chia sẻ dịch vụ này cho {receiver}; dùng type: on_request"),
            format!("the duty {name} does not share this service with {receiver}; use type: on_request"),
        ));
    }
    Ok(())
}

fn grant_of(asking: &Asking, id: &str, uses: Vec<Use>, valid_to: Date) -> Grant {
    Grant {
        id: id.to_owned(),
        client: asking.client.clone(),
        service: asking.service.clone(),
        uses,
        endpoints: asking.endpoints.clone(),
        fields: asking.fields.clone(),
        valid_from: None,
        valid_to: Some(valid_to),
        per_second: asking.per_second,
    }
}

/// Acts on a request.
///
/// # Errors
/// [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::Contradictory`] if it is not at a point where this can be done, with what is
/// missing; [`Fault::StoreFailed`].
pub async fn act(tx: &mut Tx, id: &str, doing: &Doing, mandate: &Mandate) -> Result<Request, Fault> {
    let mut request = by_id(tx, id).await?.ok_or_else(|| not_there(id))?;
    let pack: RulePack = require(tx, (KIND, id), &request.pack).await?;
    check_said(&request, doing.text())?;
    let before = request.state;
    match doing {
        Doing::Do { part, .. } => do_part(tx, &mut request, &pack, part, doing.text(), mandate).await?,
        Doing::Refuse { part, .. } => {
            let by = part_of(&request, &pack, part, Some(PartAct::Decide))?;
            must_act(&request, by, mandate)?;
            write_down(tx, &mut request, by, "refused", Some(part), doing.text(), mandate).await?;
            request.state = State::Refused;
            take_back_trial(tx, &request, mandate).await?;
        }
        Doing::Return { .. } => {
            let by = decider(&request, mandate)?;
            write_down(tx, &mut request, by, "returned", None, doing.text(), mandate).await?;
            request.state = State::Returned;
        }
        Doing::Amend { asking, .. } => amend(tx, &mut request, &pack, asking, doing.text(), mandate).await?,
        Doing::Withdraw { .. } => {
            check_under_way(&request)?;
            must_act(&request, By::Applicant, mandate)?;
            write_down(tx, &mut request, By::Applicant, "withdrawn", None, doing.text(), mandate).await?;
            request.state = State::Withdrawn;
            take_back_trial(tx, &request, mandate).await?;
        }
        Doing::Paper { paper, .. } => {
            check_under_way(&request)?;
            must_act(&request, By::Applicant, mandate)?;
            let known =
                pack.request_type(&request.asking.kind).is_some_and(|kind| kind.papers.contains(paper));
            if !known {
                return Err(not_so(
                    &request,
                    &format!("không cần giấy tờ {paper}"),
                    &format!("needs no paper {paper}"),
                ));
            }
            write_down(tx, &mut request, By::Applicant, "paper", Some(paper), doing.text(), mandate).await?;
        }
        Doing::Tick { item, .. } => {
            check_under_way(&request)?;
            let by = ready::who_ticks(&request, &pack, item)?;
            must_act(&request, by, mandate)?;
            write_down(tx, &mut request, by, "ticked", Some(item), doing.text(), mandate).await?;
        }
        Doing::Comment { .. } => {
            let by = sides(&request, &mandate.officer).into_iter().next().ok_or_else(|| not_there(id))?;
            write_down(tx, &mut request, by, "commented", None, doing.text(), mandate).await?;
        }
    }
    let (was, is) = (
        json!({ "state": before.word() }),
        json!({ "state": request.state.word(), "step": request.step, "did": doing }),
    );
    note(tx, mandate, Act::Updated, (KIND, id), Some(was.to_string()), Some(is.to_string())).await?;
    store::update(tx, &request, &pack).await?;
    Ok(request)
}

fn check_said(request: &Request, text: &str) -> Result<(), Fault> {
    if text.chars().count() > TEXT_MAX {
        return Err(not_so(
            request,
            "lời quá dài (2000 ký tự)",
            "what is said is too long (2000 characters)",
        ));
    }
    check_text((KIND, &request.id), "text", &text.chars().take(1000).collect::<String>())
}

/// That there is no such request, or none that whoever asks may see.
pub(crate) fn not_there(id: &str) -> Fault {
    Fault::NotInRegistry { subject: format!("{KIND} {}", id.chars().take(60).collect::<String>()) }
}

fn not_so(request: &Request, vi: &str, en: &str) -> Fault {
    Fault::Contradictory { subject: format!("{KIND} {}", request.id), why: Words::new(vi, en) }
}

fn check_under_way(request: &Request) -> Result<(), Fault> {
    if matches!(request.state, State::Open | State::Returned) {
        return Ok(());
    }
    Err(not_so(request, "đã kết thúc", "has ended"))
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

fn must_act(request: &Request, by: By, mandate: &Mandate) -> Result<(), Fault> {
    if sides(request, &mandate.officer).contains(&by) {
        return Ok(());
    }
    // Tell first what is missing: the right, or the agency.
    mandate.may(match by {
        By::Applicant => Right::Ask,
        By::Owner => Right::DecideAsOwner,
        By::Hub => Right::DecideAsHub,
    })?;
    let agency =
        mandate.officer.agency.as_ref().map_or_else(|| "trung tâm | the hub".to_owned(), ToString::to_string);
    Err(Fault::NotTheirs { subject: Words::quoted(format!("{KIND} {} ({})", request.id, by.word())), agency })
}

/// Who may give a request back: whoever decides in the step it is at, or in any step as owner or hub.
fn decider(request: &Request, mandate: &Mandate) -> Result<By, Fault> {
    if request.state != State::Open {
        return Err(not_so(request, "không đang được xử lý", "is not under way"));
    }
    let side = sides(request, &mandate.officer).into_iter().find(|by| *by != By::Applicant);
    side.map_or_else(|| must_act(request, By::Owner, mandate).map(|()| By::Owner), Ok)
}

/// Who does a part of the step that a request is at.
fn part_of(request: &Request, pack: &RulePack, part: &str, act: Option<PartAct>) -> Result<By, Fault> {
    if request.state != State::Open {
        return Err(not_so(request, "không đang được xử lý", "is not under way"));
    }
    let step =
        pack.step(&request.step).ok_or_else(|| not_so(request, "không có bước này", "has no such step"))?;
    let found = step.parts.iter().find(|known| known.id == part && act.is_none_or(|act| known.act == act));
    let Some(found) = found else {
        let parts: Vec<&str> = step.parts.iter().map(|part| part.id.as_str()).collect();
        let parts = parts.join(", ");
        return Err(not_so(
            request,
            &format!("đang ở bước {}, có các phần: {parts}", step.id),
            &format!("is at the step {}, whose parts are: {parts}", step.id),
        ));
    };
    Ok(found.by)
}

/// Whether a part was done since the request came to its step.
pub(crate) fn is_done(request: &Request, part: &str) -> bool {
    request.acts.iter().any(|done| {
        done.number > request.entered_after && done.act == "done" && done.part.as_deref() == Some(part)
    })
}

async fn do_part(
    tx: &mut Tx,
    request: &mut Request,
    pack: &RulePack,
    part: &str,
    text: &str,
    mandate: &Mandate,
) -> Result<(), Fault> {
    let by = part_of(request, pack, part, None)?;
    must_act(request, by, mandate)?;
    if is_done(request, part) {
        return Err(not_so(
            request,
            &format!("phần {part} đã làm"),
            &format!("has its part {part} done already"),
        ));
    }
    let step =
        pack.step(&request.step).ok_or_else(|| not_so(request, "không có bước này", "has no such step"))?;
    let others_done = step.parts.iter().all(|other| other.id == part || is_done(request, &other.id));
    if others_done {
        // The last part ends the step, so it is only done when the step can end.
        ready::check(tx, request, pack, step, day_in_viet_nam(mandate.at)).await?;
    }
    write_down(tx, request, by, "done", Some(part), text, mandate).await?;
    if !others_done {
        return Ok(());
    }
    if let Some(granted) = step.grants {
        issue(tx, request, pack, granted, mandate).await?;
    }
    let kind = pack.request_type(&request.asking.kind);
    let next = kind.and_then(|kind| {
        let here = kind.steps.iter().position(|known| *known == request.step)?;
        kind.steps.get(here + 1)
    });
    match next {
        Some(next) => {
            request.step.clone_from(next);
            request.entered_at = mandate.at;
            request.entered_after = request.acts.last().map_or(0, |done| done.number);
        }
        None => request.state = State::Granted,
    }
    Ok(())
}

async fn amend(
    tx: &mut Tx,
    request: &mut Request,
    pack: &RulePack,
    asking: &Asking,
    text: &str,
    mandate: &Mandate,
) -> Result<(), Fault> {
    if request.state != State::Returned {
        return Err(not_so(request, "chưa được trả lại để sửa", "was not given back to be amended"));
    }
    must_act(request, By::Applicant, mandate)?;
    if asking.client != request.asking.client || asking.service != request.asking.service {
        return Err(not_so(
            request,
            "hệ thống và dịch vụ giữ nguyên; muốn đổi thì gửi yêu cầu mới",
            "keeps its system and its service; for others send a new request",
        ));
    }
    check(tx, asking, pack, day_in_viet_nam(mandate.at)).await?;
    write_down(tx, request, By::Applicant, "amended", None, text, mandate).await?;
    request.asking = asking.clone();
    request.state = State::Open;
    request.step.clone_from(&first_step(pack, asking)?.id);
    request.entered_at = mandate.at;
    request.entered_after = request.acts.last().map_or(0, |done| done.number);
    Ok(())
}

/// Puts the grant into the registry, and so into the directory. Nobody types it again.
async fn issue(
    tx: &mut Tx,
    request: &mut Request,
    pack: &RulePack,
    granted: Granted,
    mandate: &Mandate,
) -> Result<(), Fault> {
    let today = day_in_viet_nam(mandate.at);
    let id = match (&request.grant, &request.asking.renews) {
        (Some(id), _) | (None, Some(id)) => id.clone(),
        (None, None) => request.id.to_lowercase(),
    };
    let grant = match granted {
        Granted::Full => grant_of(&request.asking, &id, request.asking.uses.clone(), request.asking.valid_to),
        Granted::Trial => {
            let tests: Vec<Purpose> =
                every::<Purpose>(tx, &[]).await?.into_iter().filter(|purpose| purpose.test).collect();
            let basis = request.asking.uses.first().map(|asked| asked.basis.clone()).unwrap_or_default();
            if tests.is_empty() {
                return Err(not_so(
                    request,
                    "chưa cấp được quyền kiểm thử: chưa có mục đích nào đánh dấu test: true",
                    "cannot be given a grant for tests: no purpose is marked test: true",
                ));
            }
            let uses =
                tests.into_iter().map(|test| Use { purpose: test.code, basis: basis.clone() }).collect();
            let ends =
                today.checked_add(i64::from(pack.trial_days).days()).unwrap_or(request.asking.valid_to);
            grant_of(&request.asking, &id, uses, ends.min(request.asking.valid_to))
        }
    };
    let why = match granted {
        Granted::Trial => format!("{}: cấp quyền kiểm thử | granted for tests", request.id),
        Granted::Full => format!("{}: cấp quyền | granted", request.id),
    };
    grant::issue(tx, &grant, &Mandate { why, ..mandate.clone() }).await?;
    request.grant = Some(id);
    Ok(())
}

/// A request that ended without success leaves no grant for tests behind.
async fn take_back_trial(tx: &mut Tx, request: &Request, mandate: &Mandate) -> Result<(), Fault> {
    let Some(id) = &request.grant else { return Ok(()) };
    let Some(grant) = Grant::load(tx, id).await? else { return Ok(()) };
    let why = format!("{}: yêu cầu kết thúc | the request has ended", request.id);
    grant::take_back(tx, &grant, &Mandate { why, ..mandate.clone() }).await
}

async fn write_down(
    tx: &mut Tx,
    request: &mut Request,
    by: By,
    act: &str,
    part: Option<&str>,
    text: &str,
    mandate: &Mandate,
) -> Result<(), Fault> {
    let done = Done {
        number: request.acts.last().map_or(1, |last| last.number + 1),
        at: mandate.at,
        who: mandate.officer.name.clone(),
        by,
        act: act.to_owned(),
        step: request.step.clone(),
        part: part.map(str::to_owned),
        text: text.to_owned(),
    };
    store::append(tx, &request.id, &done).await?;
    request.take(done);
    Ok(())
}

impl Request {
    /// Takes an act in, with what it hands in.
    fn take(&mut self, done: Done) {
        let handed = || Handed { at: done.at, who: done.who.clone(), text: done.text.clone() };
        if let Some(part) = &done.part {
            match done.act.as_str() {
                "paper" => drop(self.papers.insert(part.clone(), handed())),
                "ticked" => drop(self.ticked.insert(part.clone(), handed())),
                _ => {}
            }
        }
        self.acts.push(done);
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
