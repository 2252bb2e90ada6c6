//! Tasks that are due within days, overdue, opened again, or wait to be reviewed: told to those who do them, or look at them; what is late
//! also above.

use jiff::civil::Date;
use model::agency::Name;
use model::fault::Fault;

use super::{Cause, Said, To, Which, key, owner_of};
use crate::audit::right::{Right, Role};
use crate::directive::KIND;
use crate::directive::standing::{self, Standing};
use crate::directive::state::State;
use crate::directive::task::Task;
use crate::notice::{Kind, Why};
use crate::registry::row::{Row, rows};
use crate::store::{Tx, readable};
use crate::texts;

/// Who does an agency's tasks, and who looks at those of others.
const DO: &[Right] = &[Right::ChangeCatalogue, Right::Lead];
const LOOK: &[Right] = &[Right::DecideAsOwner, Right::Lead];
/// Most tasks that are looked at, what is due first.
const MOST: i64 = 10_000;

/// What stands of it; of all, or of an agency's.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(super) async fn standing(
    tx: &mut Tx,
    (all, agency): (i64, String),
    today: Date,
) -> Result<Vec<Cause>, Fault> {
    let rows = rows!(
        tx,
        concat!(
            "SELECT task.id, task.entry, ", standing::columns!(), " FROM ", standing::from!(),
            " WHERE s.dropped_on IS NULL AND s.done_on IS NULL AND ($1 = 1 OR task.id IN (SELECT r.from_name FROM reference r
                 WHERE r.from_kind = 'Task' AND r.to_kind = 'Agency' AND r.to_name = $2))
             ORDER BY COALESCE(e.deadline, task.deadline, '9999-12-31'), task.id LIMIT $3"
        )
        => all, &agency, MOST
    )?;
    let mut causes = Vec::new();
    for row in &rows {
        let id: String = row.get("id")?;
        if let Some((task, standing)) = readable(read(row), KIND, &id)? {
            causes.extend(of(&task, &standing, today));
        }
    }
    Ok(causes)
}

fn read(row: &Row) -> Result<(Task, Standing), Fault> {
    Ok((row.json("entry")?, Standing::read(row)?))
}

fn of(task: &Task, standing: &Standing, today: Date) -> Vec<Cause> {
    let (due, state) = (standing.due(), standing.state(today));
    let Name { vi, en } = task.text.clone();
    let text = model::words::Words::new(vi, en);
    let of_lead = || owner_of(task.lead.as_ref().map_or("", |lead| lead.as_str()));
    let act = || match of_lead() {
        Some(lead) => To::new(Some(lead), Which::May(DO), Why::Act),
        // What nobody leads is for the hub to give to somebody.
        None => To::new(None, Which::May(&[Right::Govern]), Why::Act),
    };
    let said = due.map(|due| due.to_string()).unwrap_or_default();
    let times = standing.times.to_string();
    let cause = |parts: &[&str], kind, to, said| Cause {
        key: key(&[&["task", task.id.as_str()], parts].concat()),
        kind,
        about: (KIND, task.id.clone()),
        since: None,
        until: due,
        to,
        but: [].into(),
        said: Said::Plain(said),
        in_hand: false,
    };
    let mut causes = Vec::new();
    if standing.times > 0 {
        let told = texts::notice_task_reopened(&task.id, &text);
        causes.push(cause(&["reopened", &times], Kind::TaskReopened, vec![act()], told));
    }
    match state {
        State::DueSoon => {
            let told = texts::notice_task_soon(&task.id, &text);
            causes.push(cause(&["soon", &said], Kind::TaskSoon, vec![act()], told));
        }
        State::Overdue => {
            let mut to = vec![act()];
            if let Some(lead) = of_lead() {
                let heads = [Role::Leader, Role::ComplianceOfficer];
                to.extend(heads.map(|role| To::new(Some(lead.clone()), Which::Are(role), Why::Late)));
                to.push(To::new(None, Which::Are(Role::HubOfficer), Why::Late));
            }
            let told = texts::notice_task_late(&task.id, &text);
            causes.push(cause(&["late", &said, &times], Kind::TaskLate, to, told));
        }
        State::AwaitingReview => {
            let to = match &task.reviewer {
                Some(reviewer) => To::new(Some(reviewer.clone()), Which::May(LOOK), Why::Act),
                None => To::new(None, Which::May(&[Right::Govern]), Why::Act),
            };
            let claimed = standing.claimed_on.map(|day| day.to_string()).unwrap_or_default();
            let told = texts::notice_task_review(&task.id, &text);
            causes.push(cause(&["review", &claimed], Kind::TaskReview, vec![to], told));
        }
        _ => {}
    }
    causes
}
