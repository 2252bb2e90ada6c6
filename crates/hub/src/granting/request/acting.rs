//! Acting on a request: doing the parts of its steps, deciding no, giving it back, amending, and what follows from each.

use jiff::ToSpan as _;
use model::fault::Fault;
use model::grant::{Grant, Use};
use model::legal::{LegalBasis, Purpose};
use model::time::day_in_viet_nam;
use serde_json::json;

use crate::audit::change::{Act, AuditContext, note};
use crate::granting::grant;
use crate::granting::pack::{By, Granted, PartAct, RulePack};
use crate::granting::request::{
    Action, ActionRecord, KIND, Request, RequestContent, State, by_id, check, check_entitled, first_step,
    grant_of, is_decided, is_done, keep, must_act, not_so, not_there, paper, ready, record, sides, store,
    write_down,
};
use crate::registry::check::{check_text, require};
use crate::registry::{Subject as _, every};
use crate::store::Tx;
use crate::texts;

/// Longest text of an act, in characters.
const TEXT_MAX: usize = 2000;

/// Acts on a request.
///
/// # Errors
/// [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::Contradictory`] if it is not at a point where this can be done, with what is
/// missing; [`Fault::StoreFailed`].
pub async fn act(tx: &mut Tx, id: &str, action: &Action, context: &AuditContext) -> Result<Request, Fault> {
    let mut request = by_id(tx, id).await?.ok_or_else(|| not_there(id))?;
    let pack: RulePack = require(tx, (KIND, id), &request.pack).await?;
    check_said(&request, action.text())?;
    let before = request.state;
    match action {
        Action::Do { part, .. } => do_part(tx, &mut request, &pack, part, action.text(), context).await?,
        Action::Refuse { part, basis, .. } => {
            let by = part_of(&request, &pack, part, Some(PartAct::Decide))?;
            must_act(&request, by, context)?;
            let basis = citation(tx, &request, by, basis.as_deref()).await?;
            let done = record(&request, by, "refused", Some(part), action.text(), context);
            keep(tx, &mut request, ActionRecord { basis, ..done }).await?;
            request.state = State::Refused;
            take_back_trial(tx, &request, context).await?;
        }
        Action::Return { .. } => {
            let by = decider(&request, context)?;
            write_down(tx, &mut request, by, "returned", None, action.text(), context).await?;
            request.state = State::Returned;
        }
        Action::Amend { asking, .. } => {
            amend(tx, &mut request, &pack, asking, action.text(), context).await?
        }
        Action::Withdraw { .. } => {
            check_under_way(&request)?;
            must_act(&request, By::Applicant, context)?;
            write_down(tx, &mut request, By::Applicant, "withdrawn", None, action.text(), context).await?;
            request.state = State::Withdrawn;
            take_back_trial(tx, &request, context).await?;
        }
        Action::Paper { paper, .. } => {
            check_under_way(&request)?;
            must_act(&request, By::Applicant, context)?;
            let known =
                pack.request_type(&request.asking.kind).is_some_and(|kind| kind.papers.contains(paper));
            if !known {
                return Err(not_so(&request, texts::paper_not_needed(paper)));
            }
            write_down(tx, &mut request, By::Applicant, "paper", Some(paper), action.text(), context).await?;
            // The file of the act before is not this one's; with a file of its own it comes behind this.
            paper::forget(tx, id, paper).await?;
        }
        Action::Tick { item, .. } => {
            check_under_way(&request)?;
            let by = ready::who_ticks(&request, &pack, item)?;
            must_act(&request, by, context)?;
            write_down(tx, &mut request, by, "ticked", Some(item), action.text(), context).await?;
        }
        Action::Comment { .. } => {
            let by = sides(&request, &context.officer).into_iter().next().ok_or_else(|| not_there(id))?;
            write_down(tx, &mut request, by, "commented", None, action.text(), context).await?;
        }
    }
    let (was, is) = (
        json!({ "state": before.word() }),
        json!({ "state": request.state.word(), "step": request.step, "did": action }),
    );
    note(tx, context, Act::Updated, (KIND, id), Some(was.to_string()), Some(is.to_string())).await?;
    store::update(tx, &request, &pack).await?;
    Ok(request)
}

/// The law on which a request is refused, as it is cited: a basis of the registry by its code, or another one in words.
async fn citation(
    tx: &mut Tx,
    request: &Request,
    by: By,
    basis: Option<&str>,
) -> Result<Option<String>, Fault> {
    let Some(basis) = basis.map(str::trim).filter(|basis| !basis.is_empty()) else {
        return if by == By::Owner { Err(not_so(request, texts::refusal_without_basis())) } else { Ok(None) };
    };
    check_text((KIND, &request.id), "basis", basis)?;
    let known = LegalBasis::load(tx, basis).await?;
    Ok(Some(known.map_or_else(|| basis.to_owned(), |known| known.citation)))
}

fn check_said(request: &Request, text: &str) -> Result<(), Fault> {
    if text.chars().count() > TEXT_MAX {
        return Err(not_so(request, texts::statement_too_long()));
    }
    check_text((KIND, &request.id), "text", &text.chars().take(1000).collect::<String>())?;
    if text.chars().any(char::is_control) || !model::text::is_nfc(text) {
        return Err(not_so(request, texts::statement_form()));
    }
    Ok(())
}

fn check_under_way(request: &Request) -> Result<(), Fault> {
    if matches!(request.state, State::Open | State::Returned) {
        return Ok(());
    }
    Err(not_so(request, texts::request_ended()))
}

/// Who may give a request back: whoever decides in the step it is at, or in any step as owner or hub.
fn decider(request: &Request, context: &AuditContext) -> Result<By, Fault> {
    if request.state != State::Open {
        return Err(not_so(request, texts::request_not_under_way()));
    }
    let side = sides(request, &context.officer).into_iter().find(|by| *by != By::Applicant);
    side.map_or_else(|| must_act(request, By::Owner, context).map(|()| By::Owner), Ok)
}

/// Who does a part of the step that a request is at.
fn part_of(request: &Request, pack: &RulePack, part: &str, act: Option<PartAct>) -> Result<By, Fault> {
    if request.state != State::Open {
        return Err(not_so(request, texts::request_not_under_way()));
    }
    let step = pack.step(&request.step).ok_or_else(|| not_so(request, texts::no_such_step()))?;
    let found = step.parts.iter().find(|known| known.id == part && act.is_none_or(|act| known.act == act));
    let Some(found) = found else {
        let parts: Vec<&str> = step.parts.iter().map(|part| part.id.as_str()).collect();
        let parts = parts.join(", ");
        return Err(not_so(request, texts::step_parts(&step.id, &parts)));
    };
    Ok(found.by)
}

async fn do_part(
    tx: &mut Tx,
    request: &mut Request,
    pack: &RulePack,
    part: &str,
    text: &str,
    context: &AuditContext,
) -> Result<(), Fault> {
    let by = part_of(request, pack, part, None)?;
    must_act(request, by, context)?;
    if is_done(request, part) {
        return Err(not_so(request, texts::part_done(part)));
    }
    let step = pack.step(&request.step).ok_or_else(|| not_so(request, texts::no_such_step()))?;
    let others_done = step.parts.iter().all(|other| other.id == part || is_done(request, &other.id));
    if others_done {
        // The last part ends the step, so it is only done when the step can end.
        ready::check(tx, request, pack, step, day_in_viet_nam(context.at)).await?;
    }
    write_down(tx, request, by, "done", Some(part), text, context).await?;
    if !others_done {
        return Ok(());
    }
    if let Some(granted) = step.grants {
        issue(tx, request, pack, granted, context).await?;
    }
    let kind = pack.request_type(&request.asking.kind);
    let next = kind.and_then(|kind| {
        let here = kind.steps.iter().position(|known| *known == request.step)?;
        kind.steps.get(here + 1)
    });
    match next {
        Some(next) => {
            request.step.clone_from(next);
            request.entered_at = context.at;
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
    asking: &RequestContent,
    text: &str,
    context: &AuditContext,
) -> Result<(), Fault> {
    if request.state != State::Returned {
        return Err(not_so(request, texts::request_not_returned()));
    }
    must_act(request, By::Applicant, context)?;
    if asking.client != request.asking.client || asking.service != request.asking.service {
        return Err(not_so(request, texts::request_keeps()));
    }
    check(tx, asking, pack, day_in_viet_nam(context.at)).await?;
    write_down(tx, request, By::Applicant, "amended", None, text, context).await?;
    request.asking = asking.clone();
    request.state = State::Open;
    request.step.clone_from(&first_step(pack, asking)?.id);
    request.entered_at = context.at;
    request.entered_after = request.acts.last().map_or(0, |done| done.number);
    Ok(())
}

/// Puts the grant into the registry, and so into the directory. Nobody types it again.
async fn issue(
    tx: &mut Tx,
    request: &mut Request,
    pack: &RulePack,
    granted: Granted,
    context: &AuditContext,
) -> Result<(), Fault> {
    // Real data are called by a grant for tests, too: nothing is granted that only the applicant has seen.
    if !is_decided(request, pack) {
        check_entitled(tx, &request.asking).await?;
    }
    let today = day_in_viet_nam(context.at);
    let id = match (&request.grant, &request.asking.renews) {
        (Some(id), _) | (None, Some(id)) => id.clone(),
        (None, None) => request.id.to_lowercase(),
    };
    // What is there under that name must be this request's own matter, whatever came in between.
    if let Some(there) = Grant::load(tx, &id).await?
        && (there.client != request.asking.client || there.service != request.asking.service)
    {
        return Err(not_so(request, texts::grant_name_used()));
    }
    let grant = match granted {
        Granted::Full => grant_of(&request.asking, &id, request.asking.uses.clone(), request.asking.valid_to),
        Granted::Trial => {
            let tests: Vec<Purpose> =
                every::<Purpose>(tx, &[]).await?.into_iter().filter(|purpose| purpose.test).collect();
            let basis = request.asking.uses.first().map(|asked| asked.basis.clone()).unwrap_or_default();
            if tests.is_empty() {
                return Err(not_so(request, texts::no_test_purpose()));
            }
            let uses =
                tests.into_iter().map(|test| Use { purpose: test.code, basis: basis.clone() }).collect();
            let ends =
                today.checked_add(i64::from(pack.trial_days).days()).unwrap_or(request.asking.valid_to);
            grant_of(&request.asking, &id, uses, ends.min(request.asking.valid_to))
        }
    };
    let why = match granted {
        Granted::Trial => texts::granted_for_tests(&request.id).both(),
        Granted::Full => texts::granted(&request.id).both(),
    };
    grant::issue(tx, &grant, &AuditContext { why, ..context.clone() }).await?;
    request.grant = Some(id);
    Ok(())
}

/// A request that ended without success leaves no grant for tests behind.
async fn take_back_trial(tx: &mut Tx, request: &Request, context: &AuditContext) -> Result<(), Fault> {
    let Some(id) = &request.grant else { return Ok(()) };
    let Some(grant) = Grant::load(tx, id).await? else { return Ok(()) };
    let why = texts::ended_with_request(&request.id).both();
    grant::take_back(tx, &grant, &AuditContext { why, ..context.clone() }).await
}
