//! Who may do what with a task, and whether it can be done as the task stands.

use jiff::civil::Date;
use model::fault::{Fault, Words};

use super::KIND;
use super::condition::Way;
use super::standing::Standing;
use super::state::State;
use super::task::Task;
use crate::audit::officer::Officer;
use crate::audit::right::Right;
use crate::texts;

/// What whoever acts for an agency that does a task is there for.
const DO: [Right; 2] = [Right::ChangeCatalogue, Right::Lead];
/// What whoever looks for an agency whether it is done is there for.
const LOOK: [Right; 2] = [Right::DecideAsOwner, Right::Lead];

/// Something to do with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Doing {
    /// Say that one is at it.
    Accept,
    /// Say that it is done.
    Claim,
    /// Show something.
    Evidence,
    /// Make a part of it for oneself.
    Part,
    /// Find that it is done.
    Review,
    /// Find that it is not.
    Return,
    /// Put its day off.
    Extend,
    /// Follow it no more.
    Drop,
}

impl Doing {
    pub(crate) const ALL: [Self; 8] = [
        Self::Accept,
        Self::Claim,
        Self::Evidence,
        Self::Part,
        Self::Review,
        Self::Return,
        Self::Extend,
        Self::Drop,
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Claim => "claim",
            Self::Evidence => "evidence",
            Self::Part => "part",
            Self::Review => "review",
            Self::Return => "return",
            Self::Extend => "extend",
            Self::Drop => "drop",
        }
    }
}

/// Whether somebody acts for an agency that does the task.
///
/// # Errors
/// [`Fault::NoRight`] where they are of one and have no such right.
pub(super) fn is_doer(task: &Task, officer: &Officer) -> Result<bool, Fault> {
    if !officer.agency.as_ref().is_some_and(|agency| task.doers().any(|doer| doer == agency)) {
        return Ok(false);
    }
    if !DO.iter().any(|right| officer.may(*right)) {
        officer.must(Right::ChangeCatalogue)?;
    }
    Ok(true)
}

/// Whether somebody is there to look at it: of the agency that the task names, or of the hub; never of one that does it.
pub(super) fn is_reviewer(task: &Task, officer: &Officer) -> bool {
    match (&task.reviewer, &officer.agency) {
        (Some(reviewer), Some(agency)) => {
            reviewer == agency
                && task.doers().all(|doer| doer != agency)
                && LOOK.iter().any(|right| officer.may(*right))
        }
        (None, None) => officer.may(Right::Govern),
        _ => false,
    }
}

/// Whether it is theirs to do.
pub(super) fn is_theirs(task: &Task, officer: &Officer, doing: Doing) -> bool {
    let does = is_doer(task, officer).unwrap_or(false);
    let of_hub = officer.agency.is_none() && officer.may(Right::Govern);
    match doing {
        Doing::Accept | Doing::Claim => does && task.lead == officer.agency,
        Doing::Part => does,
        Doing::Evidence => does || of_hub || is_reviewer(task, officer),
        Doing::Review | Doing::Return => is_reviewer(task, officer),
        Doing::Extend | Doing::Drop => of_hub,
    }
}

/// Whether it can be done as the task stands; else why not.
pub(super) fn is_possible(standing: &Standing, doing: Doing, today: Date) -> Result<(), Words> {
    let state = standing.state(today);
    if state == State::Dropped {
        return Err(texts::task_is_dropped());
    }
    let (live, review) = (state.is_live(), standing.way == Way::Review);
    match doing {
        Doing::Accept if standing.accepted_on.is_some() => Err(texts::task_accepted_before()),
        Doing::Claim if standing.claimed_on.is_some() => Err(texts::task_claimed_before()),
        Doing::Accept | Doing::Claim | Doing::Drop if !live => Err(texts::task_is_done()),
        Doing::Review | Doing::Return if !review => Err(texts::task_not_for_review()),
        Doing::Review if !live => Err(texts::task_is_done()),
        Doing::Review | Doing::Return if standing.claimed_on.is_none() => Err(texts::task_not_claimed()),
        Doing::Extend if !live => Err(texts::task_is_done()),
        Doing::Extend if standing.deadline.is_none() => Err(texts::task_without_day()),
        _ => Ok(()),
    }
}

/// What an officer may do with a task.
pub(super) fn may(task: &Task, standing: &Standing, officer: &Officer, today: Date) -> Vec<String> {
    let may =
        |doing: &Doing| is_theirs(task, officer, *doing) && is_possible(standing, *doing, today).is_ok();
    Doing::ALL.into_iter().filter(may).map(|doing| doing.word().to_owned()).collect()
}

/// That it is another's.
pub(super) fn not_theirs(task: &Task, officer: &Officer) -> Fault {
    Fault::NotTheirs {
        subject: Words::quoted(format!("{KIND} {}", task.id)),
        agency: officer.agency.as_ref().map_or_else(texts::the_hub, Words::quoted),
    }
}
