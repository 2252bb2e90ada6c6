//! Tasks: the list, of which the board and the calendar are views; a text with its tasks; one task.

use std::collections::BTreeMap;

use model::id::encode_part;
use serde_json::{Value, json};

use super::register::offered;
use super::{followed, items, text, with};
use crate::entry::{TASK_EXTENSION, TASK_PART};
use crate::form::Form;
use crate::reply::Wanted;
use crate::visit::{Refused, Visit};

/// What the list is filtered by.
const FILTERS: [&str; 9] = ["agency", "of", "directive", "state", "way", "verdict", "from", "to", "q"];
/// Columns of the board, in their order.
const BOARD: [&str; 8] = [
    "overdue",
    "due_soon",
    "awaiting_review",
    "extended",
    "in_progress",
    "not_due",
    "done_late",
    "done_on_time",
];
/// Most tasks on a board or in a calendar.
const AT_ONCE: usize = 500;

/// Tasks that the filters leave, as a list, a board or a calendar.
pub(crate) async fn list(visit: &Visit) -> Result<Value, Refused> {
    let sorted = visit.query.get("sort").map(String::as_str).unwrap_or_default();
    let path = |limit: usize| {
        visit.passing_on(
            &format!("/api/v1/tasks?total=true&limit={limit}&sort={}", encode_part(sorted)),
            &FILTERS,
        )
    };
    if let Wanted::Table(_) = Wanted::of(visit) {
        return followed(visit, path(500), super::MOST_OF_A_TABLE).await;
    }
    let view = visit.query.get("xem").map(String::as_str).unwrap_or_default();
    let mut found = match view {
        "bang" | "lich" => visit.get(&path(AT_ONCE)).await?,
        _ => {
            let after = visit.query.get("after").map(String::as_str).unwrap_or_default();
            visit.get(&format!("{}&after={}", path(50), encode_part(after))).await?
        }
    };
    let lines = items(&found);
    let view = match view {
        "bang" => {
            with(&mut found, "board", json!(board(&lines)));
            "bang"
        }
        "lich" => {
            with(&mut found, "months", json!(months(&lines)));
            "lich"
        }
        _ => "danh-sach",
    };
    with(&mut found, "view", json!(view));
    with(&mut found, "texts", json!(texts(visit).await?));
    Ok(found)
}

/// Tasks by their state; what nobody follows is not on it.
fn board(lines: &[Value]) -> Vec<Value> {
    let column = |state: &&str| {
        let of: Vec<&Value> = lines.iter().filter(|line| text(line, "state") == *state).collect();
        json!({ "state": state, "lines": of })
    };
    BOARD.iter().map(column).collect()
}

/// Tasks by the month in which they are due; what has no day stands at the end.
fn months(lines: &[Value]) -> Vec<Value> {
    let mut months: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for line in lines {
        let by = line.pointer("/time_left/by").and_then(Value::as_str).unwrap_or("9999-99");
        months.entry(by.chars().take(7).collect()).or_default().push(line);
    }
    let month = |(month, lines): (String, Vec<&Value>)| {
        let month = Some(month).filter(|month| month != "9999-99");
        json!({ "month": month, "lines": lines })
    };
    months.into_iter().map(month).collect()
}

/// All texts, for the filter.
async fn texts(visit: &Visit) -> Result<Vec<Value>, Refused> {
    let all = items(&visit.get("/api/v1/registry/directives?limit=500").await?);
    let brief =
        |one: &Value| json!({ "id": one.get("id"), "number": one.get("number"), "title": one.get("title") });
    Ok(all.iter().map(brief).collect())
}

/// A text, its clauses, and under each the tasks that it orders.
pub(crate) async fn directive(visit: &Visit) -> Result<Value, Refused> {
    let place = visit.place("id");
    let mut view = visit.get(&format!("/api/v1/registry/directives/{place}")).await?;
    let path = format!("/api/v1/tasks?limit=500&sort=id&directive={place}");
    let tasks = items(&followed(visit, path, super::MOST_QUESTIONS).await?);
    let of = |clause: Option<&str>| {
        let lines = tasks.iter().filter(|task| task.get("clause").and_then(Value::as_str) == clause);
        lines.cloned().collect::<Vec<_>>()
    };
    let clauses = view.get("clauses").and_then(Value::as_array).cloned().unwrap_or_default();
    let clauses: Vec<Value> = clauses
        .into_iter()
        .map(|mut clause| {
            let tasks = of(Some(text(&clause, "id")));
            with(&mut clause, "tasks", json!(tasks));
            clause
        })
        .collect();
    with(&mut view, "clauses", json!(clauses));
    with(&mut view, "others", json!(of(None)));
    with(&mut view, "tasks", json!(tasks.len()));
    for (name, value) in [("basis", Value::Null), ("issued", Value::Null), ("second_hand", json!(false))] {
        super::at_least(&mut view, name, value);
    }
    Ok(view)
}

/// One task, with the forms that whoever looks may send.
pub(crate) async fn task(visit: &Visit) -> Result<Value, Refused> {
    let mut view = visit.get(&format!("/api/v1/tasks/{}", visit.place("id"))).await?;
    let empty = Form::default();
    let typed = visit.typed.as_ref().map_or(&empty, |(typed, _)| typed);
    with(&mut view, "extension", json!(offered(visit, TASK_EXTENSION, typed).await));
    with(&mut view, "part", json!(offered(visit, TASK_PART, typed).await));
    Ok(view)
}
