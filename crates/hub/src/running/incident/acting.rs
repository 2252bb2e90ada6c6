//! What people do with incidents: take one in hand, say something, close it. Each leaves an event in it and an entry in the audit trail.

use model::fault::Fault;
use serde_json::json;

use super::{Incident, KIND, Line, Party, STORY, State, show};
use crate::audit::change::{Act, AuditContext, note};
use crate::audit::officer::Officer;
use crate::audit::right::Right;
use crate::registry::check::contradictory;
use crate::store::{Tx, run};
use crate::texts;

/// Most events of one incident; the hub's own end long before.
const EVENTS_MAX: i64 = 1_000;
/// What whoever handles an incident is there for.
const HANDLE: [Right; 2] = [Right::Suspend, Right::ChangeServices];

/// Something to do with an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Take it in hand.
    Take,
    /// Say something.
    Comment,
    /// Close it, with what it was.
    Close,
}

impl Doing {
    const ALL: [Self; 3] = [Self::Take, Self::Comment, Self::Close];

    fn word(self) -> &'static str {
        match self {
            Self::Take => "take",
            Self::Comment => "comment",
            Self::Close => "close",
        }
    }
}

/// Whether somebody is there for such things: whoever runs nodes or announces outages; who only asks for data may say something.
fn has_right(officer: &Officer, doing: Doing) -> bool {
    HANDLE.iter().any(|right| officer.may(*right)) || doing == Doing::Comment && officer.may(Right::Ask)
}

/// Whether it is theirs to do: the hub's and the owners'; of whoever is concerned, to say something.
fn is_theirs(officer: &Officer, doing: Doing, parties: &[Party]) -> bool {
    let Some(agency) = &officer.agency else { return true };
    let own = parties.iter().find(|party| party.agency.as_deref() == Some(agency.as_str()));
    own.is_some_and(|party| doing == Doing::Comment || party.role == "owner")
}

fn is_possible(line: &Line, doing: Doing) -> bool {
    match doing {
        Doing::Take => line.state == State::Open,
        Doing::Comment => true,
        Doing::Close => !matches!(line.state, State::Closed | State::Merged),
    }
}

/// What an officer may do with an incident that they see.
pub(super) fn may(officer: &Officer, line: &Line, parties: &[Party]) -> Vec<String> {
    let may = |doing: &Doing| {
        has_right(officer, *doing) && is_theirs(officer, *doing, parties) && is_possible(line, *doing)
    };
    Doing::ALL.into_iter().filter(may).map(|doing| doing.word().to_owned()).collect()
}

/// Does it; what is said is the reason that the context has.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::Contradictory`], [`Fault::StoreFailed`].
pub(crate) async fn act(
    tx: &mut Tx,
    id: &str,
    doing: Doing,
    context: &AuditContext,
) -> Result<Incident, Fault> {
    let officer = &context.officer;
    if !has_right(officer, doing) {
        context.may(Right::Suspend)?;
    }
    let before = show(tx, officer, id).await?;
    if !is_theirs(officer, doing, &before.parties) {
        context.covers((KIND, id), &[])?;
    }
    if !is_possible(&before.line, doing) {
        return Err(contradictory((KIND, id), texts::incident_not_open()));
    }
    if STORY.count(tx, id).await? >= EVENTS_MAX {
        return Err(contradictory((KIND, id), texts::incident_long()));
    }
    let (what, state) = match doing {
        Doing::Take => ("taken", Some(State::Taken)),
        Doing::Comment => ("comment", None),
        Doing::Close => ("closed", Some(State::Closed)),
    };
    if let Some(state) = state {
        run!(tx, "UPDATE incident SET state = $2 WHERE id = $1" => id, state.word())?;
    }
    STORY.add(tx, id, (&officer.name, what, &context.why), context.at).await?;
    let told = |state: State| json!({ "state": state, "cause": before.line.cause }).to_string();
    let after = told(state.unwrap_or(before.line.state));
    note(tx, context, Act::Updated, (KIND, id), Some(told(before.line.state)), Some(after)).await?;
    show(tx, officer, id).await
}
