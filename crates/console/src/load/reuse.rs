//! Reuse as it was counted: of the nation, an agency, a procedure; and papers that could be dropped. Each view is what the hub answers, with what
//! stands beside it on the page.

use axum::http::StatusCode;
use model::id::encode_part;
use serde_json::{Value, json};

use super::{MOST_OF_A_TABLE, followed, items, text, with};
use crate::reply::Wanted;
use crate::visit::{Refused, Visit};

/// Lines of a table beside others; the rest is in its list.
const FIRST: usize = 10;
/// The levels of lists.
const LEVELS: [&str; 6] = ["agency", "province", "office", "procedure", "paper", "reason"];

/// An address of figures, with the month that the page is of.
fn at(visit: &Visit, rest: &str) -> String {
    let month = visit.query.get("month").map(String::as_str).unwrap_or_default();
    format!("/api/v1/reuse?{rest}&month={}", encode_part(month))
}

/// The lines of a level, with by what they are made.
async fn level(visit: &Visit, level: &str, rest: &str) -> Result<Value, Refused> {
    followed(visit, at(visit, &format!("limit=500&level={level}&{rest}")), MOST_OF_A_TABLE).await
}

/// The first of the lines that were measured, and how many there are.
fn first(answer: &Value) -> Value {
    let is_measured = |line: &Value| line.get("measured") == Some(&Value::Bool(true));
    let measured: Vec<Value> = items(answer).into_iter().filter(is_measured).collect();
    let count = measured.len();
    json!({ "items": measured.into_iter().take(FIRST).collect::<Vec<_>>(), "count": count })
}

async fn droppable(visit: &Visit, rest: &str) -> Result<Vec<Value>, Refused> {
    Ok(items(&visit.get(&format!("/api/v1/reuse/papers?limit=500&{rest}")).await?))
}

/// The nation.
pub(crate) async fn overview(visit: &Visit) -> Result<Value, Refused> {
    let nation = level(visit, "nation", "").await?;
    let mut view = json!({
        "nation": items(&nation).into_iter().next(), "basis": nation.get("basis"),
        "droppable": droppable(visit, "verdict=droppable").await?,
        "waiting": droppable(visit, "verdict=not_measured").await?.len(),
        "not_published": droppable(visit, "verdict=not_published").await?.len(),
    });
    for (name, sort) in [
        ("agency", "-cases"),
        ("procedure", "-cases"),
        ("paper", "-papers_asked"),
        ("reason", "-papers_asked"),
    ] {
        let lines = level(visit, name, &format!("sort={sort}")).await?;
        with(&mut view, name, first(&lines));
    }
    let reasons = level(visit, "reason", "").await?;
    with(&mut view, "reasons", json!(asked(&reasons)));
    Ok(view)
}

/// Reasons for which papers were asked for, the most frequent first.
fn asked(reasons: &Value) -> Vec<Value> {
    let count = |line: &Value| {
        let of = |name: &str| line.get(name).and_then(Value::as_u64);
        of("papers_needed").unwrap_or_default().max(of("re_asks").unwrap_or_default())
    };
    let is_of = |line: &Value| count(line) > 0 || line.get("withheld") == Some(&Value::Bool(true));
    let mut lines: Vec<Value> = items(reasons).into_iter().filter(is_of).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(count(line)));
    lines
}

/// The list of a level.
pub(crate) async fn list(visit: &Visit) -> Result<Value, Refused> {
    let asked = visit.query.get("level").map(String::as_str).unwrap_or_default();
    let level = LEVELS.into_iter().find(|level| *level == asked).unwrap_or("agency");
    let path = visit
        .passing_on(&at(visit, &format!("level={level}")), &["agency", "procedure", "paper", "q", "sort"]);
    let mut view = match Wanted::of(visit) {
        Wanted::Table(_) => followed(visit, format!("{path}&limit=500"), MOST_OF_A_TABLE).await?,
        _ => visit.get(&visit.passing_on(&format!("{path}&limit=50"), &["after"])).await?,
    };
    with(&mut view, "level", json!(level));
    with(&mut view, "levels", json!(LEVELS));
    Ok(view)
}

/// Papers, and whether they could be dropped.
pub(crate) async fn papers(visit: &Visit) -> Result<Value, Refused> {
    let path = visit.passing_on("/api/v1/reuse/papers?limit=500", &["procedure", "verdict", "q"]);
    match Wanted::of(visit) {
        Wanted::Table(_) => followed(visit, path, MOST_OF_A_TABLE).await,
        _ => visit.get(&visit.passing_on(&path, &["after"])).await,
    }
}

/// What only some may see: nothing for others.
async fn if_seen(asked: impl Future<Output = Result<Value, Refused>>) -> Result<Value, Refused> {
    match asked.await {
        Err(refused) if refused.status == StatusCode::FORBIDDEN => Ok(Value::Null),
        answer => answer,
    }
}

/// An agency: what its offices have counted, and what it could do as the owner of data.
pub(crate) async fn agency(visit: &Visit) -> Result<Value, Refused> {
    let (id, place) = (visit.places.get("id").map_or("", String::as_str), visit.place("id"));
    // Whether there is such an agency says the registry.
    let agency = visit.get(&format!("/api/v1/registry/agencies/{place}")).await?;
    let month = visit.query.get("month").map(String::as_str).unwrap_or_default();
    let of = format!("agency={place}");
    let whole = if_seen(level(visit, "nation", &of)).await?;
    // Others see it among the others, in a month that is over.
    let told =
        if whole.is_null() { if_wrong_month(level(visit, "agency", "").await)? } else { whole.clone() };
    let line = items(&told).into_iter().find(|line| !whole.is_null() || text(line, "id") == id);
    let owner = format!("/api/v1/reuse/owners/{place}?month={}", encode_part(month));
    let mut view = json!({
        "agency": id, "name": agency.get("name"), "line": line, "basis": told.get("basis"),
        "is_whole": !whole.is_null(), "owner": if_wrong_month(visit.get(&owner).await)?, "reasons": [],
    });
    if whole.is_null() {
        return Ok(view);
    }
    for (name, sort) in [("office", "-cases"), ("procedure", "-cases"), ("paper", "-papers_asked")] {
        let lines = level(visit, name, &format!("{of}&sort={sort}")).await?;
        with(&mut view, name, first(&lines));
    }
    let reasons = level(visit, "reason", &of).await?;
    with(&mut view, "reasons", json!(asked(&reasons)));
    Ok(view)
}

/// A month that others may not see yet shows nothing of them.
fn if_wrong_month(answer: Result<Value, Refused>) -> Result<Value, Refused> {
    match answer {
        Err(refused) if refused.status == StatusCode::BAD_REQUEST => Ok(Value::Null),
        answer => answer,
    }
}

/// A procedure, by its code.
pub(crate) async fn procedure(visit: &Visit) -> Result<Value, Refused> {
    let (id, place) = (visit.places.get("id").map_or("", String::as_str), visit.place("id"));
    let lines = level(visit, "procedure", "").await?;
    let line = items(&lines).into_iter().find(|line| text(line, "id") == id).ok_or_else(Refused::nowhere)?;
    let of = format!("procedure={place}");
    let mut view = json!({
        "procedure": id, "line": line, "basis": lines.get("basis"), "reasons": [],
        "papers": droppable(visit, &format!("procedure={place}")).await?, "is_whole": false,
    });
    let agencies = if_seen(level(visit, "agency", &format!("{of}&sort=-cases"))).await?;
    if agencies.is_null() {
        return Ok(view);
    }
    with(&mut view, "is_whole", json!(true));
    with(&mut view, "agencies", first(&agencies));
    with(&mut view, "paper", first(&level(visit, "paper", &of).await?));
    let reasons = level(visit, "reason", &of).await?;
    with(&mut view, "reasons", json!(asked(&reasons)));
    Ok(view)
}
