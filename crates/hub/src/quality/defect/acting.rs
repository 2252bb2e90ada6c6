//! What people do with defects: say that they correct it, that it is disputed and needs to be looked into, or something else. Each leaves an
//! event in it and an entry in the audit trail. Closing is not among it.

use jiff::Timestamp;
use model::fault::Fault;
use serde_json::json;

use super::reporting::holds_a_number;
use super::{Defect, Entry, KIND, Line, STORY, State, keep, show};
use crate::audit::change::{Act, AuditContext, note};
use crate::audit::officer::Officer;
use crate::audit::right::Right;
use crate::registry::check::contradictory;
use crate::store::{Tx, from_json, from_text, optional, run, to_json};
use crate::texts;

/// Most events of one defect; the hub's own end long before.
const EVENTS_MAX: i64 = 1_000;
/// What whoever corrects data is there for.
const CORRECT: [Right; 3] = [Right::ChangeCatalogue, Right::ChangeServices, Right::ProposeTerms];

/// Something to do with a defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Say that it is being corrected.
    Correct,
    /// Say that it is disputed: it may take longer then.
    Dispute,
    /// Say something.
    Comment,
}

impl Doing {
    const ALL: [Self; 3] = [Self::Correct, Self::Dispute, Self::Comment];

    fn word(self) -> &'static str {
        match self {
            Self::Correct => "correct",
            Self::Dispute => "dispute",
            Self::Comment => "comment",
        }
    }
}

fn has_right(officer: &Officer, doing: Doing) -> bool {
    CORRECT.iter().any(|right| officer.may(*right)) || doing == Doing::Comment && officer.may(Right::Ask)
}

/// Whether it is theirs to do: the owner's; to say something also the hub's, and whoever reported it.
fn is_theirs(officer: &Officer, doing: Doing, line: &Line) -> bool {
    let agency = officer.agency.as_ref().map(|agency| agency.as_str());
    match agency {
        Some(agency) if agency == line.owner => true,
        Some(agency) => doing == Doing::Comment && line.reporter.as_deref() == Some(agency),
        None => doing == Doing::Comment,
    }
}

fn is_possible(line: &Line, entry: &Entry, doing: Doing) -> bool {
    match doing {
        Doing::Correct => line.state == State::Open,
        Doing::Dispute => line.state.is_live() && !entry.disputed,
        Doing::Comment => true,
    }
}

/// What an officer may do with a defect that they see.
pub(super) fn may(officer: &Officer, line: &Line, entry: &Entry) -> Vec<String> {
    let may = |doing: &Doing| {
        has_right(officer, *doing) && is_theirs(officer, *doing, line) && is_possible(line, entry, *doing)
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
) -> Result<Defect, Fault> {
    let officer = &context.officer;
    if !has_right(officer, doing) {
        context.may(Right::ChangeCatalogue)?;
    }
    let before = show(tx, officer, id, context.at).await?;
    if !is_theirs(officer, doing, &before.line) {
        return Err(Fault::NotTheirs {
            subject: model::fault::Words::quoted(format!("{KIND} {id}")),
            agency: officer.agency.as_ref().map_or_else(texts::the_hub, model::fault::Words::quoted),
        });
    }
    // What is said stays in the defect for all who see it.
    if holds_a_number(&context.why) {
        return Err(contradictory((KIND, id), texts::defect_holds_digits()));
    }
    let row: Option<(String,)> = optional!(tx, "SELECT entry FROM quality_defect WHERE id = $1" => id)?;
    let mut entry: Entry = from_json(&row.map(|(entry,)| entry).unwrap_or_default())?;
    if !is_possible(&before.line, &entry, doing) {
        let why = match doing {
            _ if before.line.state == State::Closed => texts::defect_closed(),
            _ if before.line.state == State::RuleGone => texts::defect_rule_gone(),
            Doing::Dispute => texts::defect_disputed_before(),
            _ => texts::defect_only_measured(),
        };
        return Err(contradictory((KIND, id), why));
    }
    if STORY.count(tx, id).await? >= EVENTS_MAX {
        return Err(contradictory((KIND, id), texts::defect_long()));
    }
    let what = match doing {
        Doing::Correct => {
            run!(tx, "UPDATE quality_defect SET state = 'correcting' WHERE id = $1" => id)?;
            "correcting"
        }
        Doing::Dispute => {
            entry.disputed = true;
            let opened_at: Timestamp = from_text(&before.line.opened_at)?;
            let due = keep::after(&keep::holidays(tx).await?, opened_at, keep::DISPUTE_DAYS);
            run!(
                tx,
                "UPDATE quality_defect SET due = $2, entry = $3 WHERE id = $1" => id, due.to_string(), to_json(&entry)?
            )?;
            "disputed"
        }
        Doing::Comment => "comment",
    };
    STORY.add(tx, id, (&officer.name, what, &context.why), context.at).await?;
    let after = show(tx, officer, id, context.at).await?;
    let told = |defect: &Defect| {
        json!({ "state": defect.line.state, "due": defect.line.due.by, "disputed": defect.disputed })
            .to_string()
    };
    note(tx, context, Act::Updated, (KIND, id), Some(told(&before)), Some(told(&after))).await?;
    Ok(after)
}
