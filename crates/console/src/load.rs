//! What each page is drawn from: one or a few questions to the hub, put beside each other.

pub(crate) mod assess;
pub(crate) mod incident;
pub(crate) mod leader;
mod map;
pub(crate) mod notice;
pub(crate) mod quality;
pub(crate) mod register;
pub(crate) mod request;
pub(crate) mod reuse;
pub(crate) mod task;
mod used;

use axum::http::StatusCode;
use std::collections::BTreeMap;

use hub::sheet::cell;
use jiff::civil::Date;
use model::fault::{Class, ROWS};
use model::id::{Grantee, encode_part};
use model::official;
use model::term::Status;
use model::time::day_in_viet_nam;
use model::usage::Outcomes;
use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::list;
use crate::load::used::{used, used_by};
use crate::reply::Wanted;
use crate::visit::{Refused, Visit};

/// Rows of one page of a list.
const ROWS_A_PAGE: &str = "limit=50";
/// Most questions for a list that is exported: of 500 rows each, all that a table may have.
const MOST_OF_A_TABLE: usize = 200;
/// Minutes that the live page shows.
const MINUTES: i64 = 60;
/// Most pairs of one kind on the live page.
const PAIRS_MAX: usize = 20;
/// A node that has not reported for so long is stale, in seconds: three of the longest usual spans.
const STALE_SECONDS: i64 = 180;

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn items(answer: &Value) -> Vec<Value> {
    answer.get("items").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// The lines of a list, to put something beside them.
fn lines_mut<'a>(view: &'a mut Value, name: &str) -> impl Iterator<Item = &'a mut Value> {
    view.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten()
}

/// Sees to it that a member is there that the hub leaves out when it has nothing to say.
fn at_least(thing: &mut Value, name: &str, value: Value) {
    if let Some(members) = thing.as_object_mut() {
        members.entry(name).or_insert(value);
    }
}

/// Questions for the things of one kind on a page. The hub gives 500 at a time; hardly a database has more of anything.
const MOST_QUESTIONS: usize = 20;

/// What a filter lets through of a kind.
async fn some(visit: &Visit, kind: &str, filter: &str, value: &str) -> Result<Vec<Value>, Refused> {
    let path = format!("/api/v1/registry/{kind}?limit=500&{filter}={}", encode_part(value));
    Ok(items(&paged(visit, path).await?))
}

/// A page of a list as the address arranges it; all of it where it is exported.
async fn arranged(visit: &Visit, path: &str, most: usize) -> Result<Value, Refused> {
    let asked = list::of(&visit.page).map(|list| list.asked(visit)).unwrap_or_default();
    let path = joined(path, &asked);
    if let Wanted::Table(_) = Wanted::of(visit) {
        return followed(visit, joined(&path, &format!("limit={most}")), MOST_OF_A_TABLE * 500 / most).await;
    }
    let after = visit.query.get("after").filter(|after| !after.is_empty());
    let after = after.map(|after| format!("&after={}", encode_part(after))).unwrap_or_default();
    visit.get(&joined(&path, &format!("{ROWS_A_PAGE}&total=true{after}"))).await
}

/// A page of a list with these words of the address; all of it where it is exported.
async fn listed(visit: &Visit, path: &str, limit: usize, words: &[&str]) -> Result<Value, Refused> {
    if let Wanted::Table(_) = Wanted::of(visit) {
        return followed(visit, visit.passing_on(&format!("{path}?limit={limit}"), words), MOST_OF_A_TABLE)
            .await;
    }
    let words: Vec<&str> = words.iter().copied().chain(["after"]).collect();
    visit.get_with(&format!("{path}?limit={}", limit.min(50)), &words).await
}

/// An answer with what its further pages hold.
async fn paged(visit: &Visit, path: String) -> Result<Value, Refused> {
    followed(visit, path, MOST_QUESTIONS).await
}

async fn followed(visit: &Visit, path: String, most: usize) -> Result<Value, Refused> {
    let mut all = visit.get(&path).await?;
    let (mut found, mut next) = (items(&all), cell(&all, "next"));
    for _ in 1..most {
        if next.is_empty() {
            break;
        }
        let answer = visit.get(&format!("{path}&after={}", encode_part(&next))).await?;
        found.extend(items(&answer));
        next = cell(&answer, "next");
    }
    with(&mut all, "items", json!(found));
    Ok(all)
}

/// The last of what was done to a thing; none where that is others' business.
async fn history(visit: &Visit, kind: &str) -> Result<Option<Vec<Value>>, Refused> {
    let answer = visit.get(&format!("/api/v1/registry/{kind}/{}/history", visit.place("id"))).await;
    match answer {
        Ok(answer) => Ok(Some(items(&answer).into_iter().take(20).collect())),
        Err(refused) if refused.status == StatusCode::FORBIDDEN => Ok(None),
        Err(refused) => Err(refused),
    }
}

pub(crate) async fn overview(visit: &Visit) -> Result<Value, Refused> {
    let mut view = visit.get("/api/v1/overview").await?;
    let localities = view.get("localities").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let tiles = map::tiles(localities);
    with(&mut view, "tiles", json!(tiles));
    // The country's figures are shares of the list that the resolution makes.
    let lists = view.pointer("/databases/official").and_then(Value::as_array);
    let law = lists.and_then(|lists| lists.iter().find(|list| text(list, "code") == official::RESOLUTION_71));
    let law = law.cloned().unwrap_or_default();
    with(&mut view, "law", law);
    with(&mut view, "endings", json!(items(&visit.get("/api/v1/endings").await?)));
    with(&mut view, "incidents", json!(items(&visit.get("/api/v1/incidents?live=true&limit=20").await?)));
    quality::beside(visit, &mut view, "priority").await?;
    Ok(view)
}

/// The databases that the Prime Minister's dispatch names first, each with what it lacks next.
pub(crate) async fn priority(visit: &Visit) -> Result<Value, Refused> {
    let asked = list::of(&visit.page).map(|list| list.asked(visit)).unwrap_or_default();
    let mut view = visit.get(&joined("/api/v1/databases?priority=true", &asked)).await?;
    // What is said of all of them is said whatever part of the list is looked at.
    let mut all =
        if asked.is_empty() { view.clone() } else { visit.get("/api/v1/databases?priority=true").await? };
    let (used, claimed) = with_next(&mut all);
    with_next(&mut view);
    with(&mut view, "used", json!(used));
    with(&mut view, "claimed", json!(claimed));
    with(&mut view, "all", json!(items(&all).len()));
    quality::beside(visit, &mut view, "items").await?;
    Ok(view)
}

/// Puts beside each database what it lacks next; returns how many are used, and how many are only said to be.
fn with_next(view: &mut Value) -> (usize, usize) {
    let (mut used, mut claimed) = (0, 0);
    for line in lines_mut(view, "items") {
        let declared = line.pointer("/declared/stage").and_then(Value::as_str).unwrap_or_default();
        let says = matches!(declared, "connected" | "in_shared_use");
        let flows = matches!(text(line, "observed"), "connected" | "in_shared_use");
        used += usize::from(flows);
        claimed += usize::from(says && !flows);
        let next = match (text(line, "standing"), text(line, "observed")) {
            ("confirmed", "no_service") => "service",
            ("confirmed", "not_measured") => "node",
            ("confirmed", "published") => "use",
            ("confirmed", "connected") => "share",
            ("confirmed", _) => "keep",
            ("registered", _) => "confirm",
            _ => "register",
        };
        with(line, "next", json!(next));
        with(line, "claimed_only", json!(says && !flows));
    }
    (used, claimed)
}

pub(crate) async fn databases(visit: &Visit) -> Result<Value, Refused> {
    let asked = list::of(&visit.page).map(|list| list.asked(visit)).unwrap_or_default();
    let mut view = visit.get(&format!("/api/v1/databases?{asked}")).await?;
    let filters = list::of(&visit.page).into_iter().flat_map(|list| list.filters).map(list::Filter::word);
    // A part of the list is no count of the country's.
    if filters.into_iter().any(|name| visit.query.get(name).is_some_and(|value| !value.is_empty())) {
        return Ok(view);
    }
    let lines = items(&view);
    let count = |test: &dyn Fn(&Value) -> bool| lines.iter().filter(|line| test(line)).count();
    with(&mut view, "known", json!(count(&|line| line.get("known") == Some(&Value::Bool(true)))));
    with(&mut view, "candidates", json!(count(&|line| text(line, "standing") == "candidate")));
    with(&mut view, "official", json!(items(&visit.get("/api/v1/official-lists").await?)));
    Ok(view)
}

pub(crate) async fn database(visit: &Visit) -> Result<Value, Refused> {
    let id = visit.place("id");
    let mut view = visit.get(&format!("/api/v1/databases/{id}")).await?;
    let name = visit.places.get("id").map_or("", String::as_str);
    let services = some(visit, "services", "database", name).await?;
    let contracts = some(visit, "contracts", "database", name).await?;
    let grants = some(visit, "grants", "database", name).await?;
    let duties = some(visit, "duties", "database", name).await?;
    let usage = paged(visit, format!("/api/v1/usage?database={id}")).await?;
    let overlaps = visit.get(&format!("/api/v1/overlaps?database={id}")).await?;
    with(&mut view, "users", json!(consumers(&grants, &usage)));
    with(&mut view, "services", json!(services));
    with(&mut view, "contracts", json!(contracts));
    with(&mut view, "duties", json!(duties));
    with(&mut view, "tab", json!(tab(visit)));
    let shows_quality = tab(visit) == "chat-luong";
    let quality = if shows_quality {
        quality::line(visit, "database", &format!("database={id}"), name).await?
    } else {
        None
    };
    with(&mut view, "quality", json!(quality));
    with(&mut view, "overlaps", overlaps);
    with(&mut view, "differences", json!(differences(visit, "database", name).await?));
    with(&mut view, "may_confirm", json!(visit.agency().is_none() && visit.may("govern")));
    with(&mut view, "history", json!(history(visit, "databases").await?));
    Ok(view)
}

/// Where the two sides of a pair counted otherwise, the last of it.
async fn differences(visit: &Visit, filter: &str, value: &str) -> Result<Vec<Value>, Refused> {
    let path = format!("/api/v1/usage/pairs?differing=true&limit=20&{filter}={}", encode_part(value));
    Ok(items(&visit.get(&path).await?))
}

/// What owners claim of their databases and nobody has confirmed, each claim on a line.
pub(crate) async fn claims(visit: &Visit) -> Result<Value, Refused> {
    let mut view = arranged(visit, "/api/v1/claims", 100).await?;
    with(&mut view, "may_confirm", json!(visit.agency().is_none() && visit.may("govern")));
    Ok(view)
}

/// Counts by pair of agencies, service and day, as both sides reported them.
pub(crate) async fn pairs(visit: &Visit) -> Result<Value, Refused> {
    arranged(visit, "/api/v1/usage/pairs", 500).await
}

/// The parts of a database's page, in order.
pub(crate) const TABS: [&str; 7] =
    ["tong-quan", "du-lieu", "dich-vu", "ai-dung", "chat-luong", "phap-ly", "nhat-ky"];

fn tab(visit: &Visit) -> &'static str {
    let asked = visit.query.get("muc").map_or("", String::as_str);
    TABS.into_iter().find(|tab| *tab == asked).unwrap_or("tong-quan")
}

/// Who may use services, and whether they do.
fn consumers(grants: &[Value], usage: &Value) -> Vec<Value> {
    let line = |grant: &Value| {
        let (calls, last) = used(grant, usage);
        json!({ "grant": grant, "calls": calls, "last": last })
    };
    grants.iter().map(line).collect()
}

fn with(view: &mut Value, name: &str, value: Value) {
    if let Some(members) = view.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

pub(crate) async fn duties(visit: &Visit) -> Result<Value, Refused> {
    let mut view = arranged(visit, "/api/v1/duties", 100).await?;
    for entry in lines_mut(&mut view, "items").filter_map(|line| line.get_mut("entry")) {
        at_least(entry, "deadline", Value::Null);
    }
    Ok(view)
}

pub(crate) async fn duty(visit: &Visit) -> Result<Value, Refused> {
    let mut view = visit.get(&format!("/api/v1/duties/{}", visit.place("id"))).await?;
    with(&mut view, "history", json!(history(visit, "duties").await?));
    Ok(view)
}

pub(crate) async fn procedures(visit: &Visit) -> Result<Value, Refused> {
    let mut view = arranged(visit, "/api/v1/procedures", 100).await?;
    for line in lines_mut(&mut view, "items") {
        at_least(line, "valid_to", Value::Null);
    }
    Ok(view)
}

pub(crate) async fn procedure(visit: &Visit) -> Result<Value, Refused> {
    let mut view = visit.get(&format!("/api/v1/procedures/{}", visit.place("id"))).await?;
    with(&mut view, "history", json!(history(visit, "procedures").await?));
    Ok(view)
}

pub(crate) async fn publications(visit: &Visit) -> Result<Value, Refused> {
    visit.get("/api/v1/publications").await
}

pub(crate) async fn services(visit: &Visit) -> Result<Value, Refused> {
    let mut view = arranged(visit, "/api/v1/registry/services", 500).await?;
    for line in lines_mut(&mut view, "items") {
        let parts: Vec<String> = text(line, "id").splitn(5, '/').take(4).map(str::to_owned).collect();
        with(line, "owner", json!(parts.iter().take(3).cloned().collect::<Vec<_>>().join("/")));
        with(line, "system", json!(parts.join("/")));
        with(line, "offer", json!(if line.get("dataset").is_some() { "dataset" } else { "http" }));
    }
    Ok(view)
}

pub(crate) async fn service(visit: &Visit) -> Result<Value, Refused> {
    let id = visit.places.get("id").cloned().unwrap_or_default();
    let service = visit.get(&format!("/api/v1/registry/services/{}", visit.place("id"))).await?;
    let grants = some(visit, "grants", "service", &id).await?;
    let contracts = some(visit, "contracts", "service", &id).await?;
    let usage = paged(visit, format!("/api/v1/usage?service={}", encode_part(&id))).await?;
    let suspended: Vec<Value> = items(&visit.get("/api/v1/suspensions").await?)
        .into_iter()
        .filter(|line| line.get("service").and_then(Value::as_str) == Some(id.as_str()))
        .collect();
    let owner: Vec<&str> = id.splitn(4, '/').take(3).collect();
    let practice = visit.get("/api/v1/practice").await?.get("practice").cloned().unwrap_or_default();
    let tried = tried(visit, &id).await?;
    // A call that can be copied is one that somebody may make: by the first grant there is.
    let first = grants.iter().find(|grant| !text(grant, "client").contains("/*/"));
    let client = first.map(|grant| text(grant, "client").to_owned());
    let purpose =
        first.and_then(|grant| grant.pointer("/uses/0/purpose")).and_then(Value::as_str).map(str::to_owned);
    Ok(json!({
        "service": service, "owner": owner.join("/"), "grants": grants, "contracts": contracts, "usage": items(&usage), "gaps": usage.get("gaps"),
        "measured_since": usage.get("measured_since").and_then(|since| since.get(&id)),
        "suspensions": suspended, "practice": practice, "tried": tried, "client": client, "purpose": purpose, "history": history(visit, "services").await?,
    }))
}

/// What came of a call that was tried from the page, or nothing.
async fn tried(visit: &Visit, service: &str) -> Result<Value, Refused> {
    let Some((typed, problem)) = &visit.typed else { return Ok(Value::Null) };
    if !problem.is_null() {
        return Ok(Value::Null);
    }
    let trying = json!({ "service": service, "path": typed.get("path"), "purpose": typed.get("purpose") });
    let guard = [("lienthong-guard", typed.get("guard"))];
    let answered = visit.send(axum::http::Method::POST, "/api/v1/practice", Some(&trying), &guard).await;
    match answered {
        Ok(answered) => {
            let mut came = answered.body;
            let class = Class::of(text(&came, "fault"));
            with(&mut came, "class", json!(class));
            Ok(came)
        }
        Err(refused) => Ok(json!({ "problem": refused.problem })),
    }
}

pub(crate) async fn dictionary(visit: &Visit) -> Result<Value, Refused> {
    let mut view = arranged(visit, "/api/v1/registry/terms", 500).await?;
    for edition in lines_mut(&mut view, "items").flat_map(|term| lines_mut(term, "versions")) {
        at_least(edition, "assumed", Value::Bool(false));
    }
    let lists = items(&visit.get("/api/v1/codelists").await?);
    with(&mut view, "codelists", json!(lists));
    Ok(view)
}

pub(crate) async fn term(visit: &Visit) -> Result<Value, Refused> {
    let mut term = visit.get(&format!("/api/v1/registry/terms/{}", visit.place("id"))).await?;
    let tag = hub::registry::tag(&term);
    for edition in lines_mut(&mut term, "versions") {
        at_least(edition, "assumed", Value::Bool(false));
    }
    let last = term.pointer("/versions").and_then(Value::as_array).and_then(|editions| editions.last());
    let status = last.and_then(|edition| Status::deserialize(edition.get("status")?).ok());
    let next = status
        .filter(|_| visit.may("approve_terms"))
        .into_iter()
        .flat_map(|now| Status::ALL.into_iter().filter(move |next| now != *next && now.may_become(*next)));
    let next: Vec<Status> = next.collect();
    Ok(json!({ "term": term, "tag": tag, "next_status": next, "history": history(visit, "terms").await? }))
}

/// An address with more of a query.
fn joined(path: &str, more: &str) -> String {
    match more {
        "" => path.to_owned(),
        more => format!("{path}{}{more}", if path.contains('?') { '&' } else { '?' }),
    }
}

pub(crate) async fn codelist(visit: &Visit) -> Result<Value, Refused> {
    let asked = list::of(&visit.page).map(|list| list.asked(visit)).unwrap_or_default();
    let id = visit.place("id");
    let mut list = visit.get(&format!("/api/v1/registry/codelists/{id}")).await?;
    if let Some(list) = list.as_object_mut() {
        list.remove("codes");
    }
    at_least(&mut list, "assumed", Value::Bool(false));
    let path = visit.passing_on(&format!("/api/v1/codelists/{id}/codes"), &["on", "under"]);
    let mut view = match Wanted::of(visit) {
        Wanted::Table(_) => visit.get(&joined(&path, &asked)).await?,
        _ => visit.get(&joined(&visit.passing_on(&joined(&path, ROWS_A_PAGE), &["after"]), &asked)).await?,
    };
    with(&mut view, "list", list);
    Ok(view)
}

pub(crate) async fn agencies(visit: &Visit) -> Result<Value, Refused> {
    let mut view = arranged(visit, "/api/v1/registry/agencies", 500).await?;
    // The tree stands before the list, not before a further page of it or a part of it.
    let tree = match visit.query.keys().any(|name| !matches!(name.as_str(), "lang" | "format")) {
        true => Vec::new(),
        false => items(&visit.get("/api/v1/agencies").await?),
    };
    with(&mut view, "tree", json!(tree));
    Ok(view)
}

/// The last month that is over, as a field for months has it.
fn last_month(today: Date) -> Option<String> {
    let before = today.first_of_month().yesterday().ok()?;
    Some(before.strftime("%Y-%m").to_string())
}

pub(crate) async fn agency(visit: &Visit) -> Result<Value, Refused> {
    let id = visit.places.get("id").cloned().unwrap_or_default();
    let agency = visit.get(&format!("/api/v1/registry/agencies/{}", visit.place("id"))).await?;
    Ok(json!({
        "agency": agency,
        "last_month": last_month(day_in_viet_nam(hub::clock::now())),
        "databases": some(visit, "databases", "owner", &id).await?,
        "services": some(visit, "services", "owner", &id).await?,
        "below": some(visit, "agencies", "parent", &id).await?,
        "nodes": some(visit, "nodes", "owner", &id).await?,
        "duties": some(visit, "duties", "owner", &id).await?,
        "claims": items(&visit.get(&format!("/api/v1/claims?owner={}", encode_part(&id))).await?),
        "differences": differences(visit, "agency", &id).await?,
        "history": history(visit, "agencies").await?,
    }))
}

pub(crate) async fn grants(visit: &Visit) -> Result<Value, Refused> {
    let mut view = arranged(visit, "/api/v1/registry/grants", 500).await?;
    with(&mut view, "holding", holding(visit).await?);
    Ok(view)
}

/// Which nodes decide from the newest directory, and which do not yet: what was revoked goes on there.
pub(crate) async fn holding(visit: &Visit) -> Result<Value, Refused> {
    visit.get("/api/v1/directory/holding").await
}

pub(crate) async fn grant(visit: &Visit) -> Result<Value, Refused> {
    let grant = visit.get(&format!("/api/v1/registry/grants/{}", visit.place("id"))).await?;
    let service = text(&grant, "service");
    let usage = paged(visit, format!("/api/v1/usage?service={}", encode_part(service))).await?;
    let (calls, _) = used(&grant, &usage);
    let is_class = text(&grant, "client").parse::<Grantee>().is_ok_and(|grantee| grantee.is_class());
    let by_system = if is_class { used_by(&grant, &usage) } else { Vec::new() };
    let mine = visit.agency().is_none_or(|agency| service.starts_with(&format!("{agency}/")));
    Ok(json!({
        "grant": grant, "calls": calls, "by_system": by_system, "may_revoke": mine && visit.may("issue_grants"),
        "history": history(visit, "grants").await?,
    }))
}

/// What a fault says and what to do, with what it would name left open.
fn told(texts: &[&str; 2]) -> String {
    let mut text = String::new();
    let joined = texts.join(" ");
    let mut rest = joined.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        text.push('…');
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    text + rest
}

/// What a fault is in words.
fn cause(code: &str) -> Value {
    let row = ROWS.iter().find(|row| row.code == code);
    let (vi, en) = row.map_or_else(Default::default, |row| (told(&row.vi), told(&row.en)));
    json!({ "code": code, "vi": vi, "en": en, "class": row.map(|row| row.class) })
}

/// What figures of an answer say that calls came to.
fn outcomes(figures: &Value) -> Outcomes {
    let count = |name: &str| figures.get(name).and_then(Value::as_u64).unwrap_or_default();
    Outcomes {
        answered: count("answered"),
        empty: count("empty"),
        rejected: count("rejected"),
        refused: count("refused"),
        failed: count("failed"),
    }
}

/// The pairs with calls of this outcome and the faults of its class behind them, those with most first. What the caller's side has
/// counted is shown, since it sees every call, or else what the other has.
fn pairs_with(view: &Value, outcome: &str, class: Class) -> Vec<Value> {
    let mut found = Vec::new();
    for mut pair in view.get("pairs").and_then(Value::as_array).cloned().unwrap_or_default() {
        let of = |side: &str| pair.get(side).cloned().unwrap_or_default();
        let count =
            |figures: &Value, name: &str| figures.get(name).and_then(Value::as_u64).unwrap_or_default();
        let consumer = of("at_consumer");
        let shown = if count(&consumer, "calls") > 0 { consumer } else { of("at_provider") };
        let such = count(&shown, outcome);
        if such > 0 {
            let faults = shown.get("faults").and_then(Value::as_object);
            let codes = faults.into_iter().flatten().map(|(code, _)| code.as_str());
            let causes = codes.filter(|code| Class::of(code) == Some(class)).map(cause);
            with(&mut pair, "causes", json!(causes.collect::<Vec<_>>()));
            with(&mut pair, "shown", shown);
            found.push((such, pair));
        }
    }
    found.sort_by_key(|(such, _)| std::cmp::Reverse(*such));
    found.into_iter().take(PAIRS_MAX).map(|(_, pair)| pair).collect()
}

pub(crate) async fn live(visit: &Visit) -> Result<Value, Refused> {
    let mut view = visit.get(&format!("/api/v1/usage/live?minutes={MINUTES}")).await?;
    let lines = view.get("by_minute").and_then(Value::as_array).cloned().unwrap_or_default();
    let (mut calls, mut total, mut slowest) = (0, Outcomes::default(), None);
    let mut strip: BTreeMap<String, Option<u64>> = BTreeMap::new();
    let now = text(&view, "now").parse::<jiff::Timestamp>().unwrap_or_default();
    for back in 0..MINUTES {
        let minute = (now - jiff::SignedDuration::from_mins(back)).strftime("%Y-%m-%dT%H:%MZ").to_string();
        strip.insert(minute, None);
    }
    for line in &lines {
        let figures = line.get("figures").unwrap_or(&Value::Null);
        let came_to = outcomes(figures);
        calls += figures.get("calls").and_then(Value::as_u64).unwrap_or_default();
        total.merge(&came_to);
        slowest = slowest.max(figures.get("p95_micros").and_then(Value::as_u64));
        if let Some(cell) = strip.get_mut(text(line, "minute")) {
            *cell = came_to.percent_answered();
        }
    }
    let cells: Vec<Value> =
        strip.into_iter().map(|(minute, share)| json!({ "label": minute, "share": share })).collect();
    let (failing, refused) =
        (pairs_with(&view, "failed", Class::Outage), pairs_with(&view, "refused", Class::Rule));
    let mut reporting = 0;
    for node in lines_mut(&mut view, "nodes") {
        let at = text(node, "reported_at").parse::<jiff::Timestamp>().unwrap_or_default();
        let fresh = now.duration_since(at).as_secs() <= STALE_SECONDS;
        reporting += i64::from(fresh);
        with(node, "fresh", json!(fresh));
    }
    let Outcomes { answered, empty, rejected, refused: by_rule, failed } = total;
    let total = json!({ "calls": calls, "answered": answered, "empty": empty, "rejected": rejected, "refused": by_rule, "failed": failed,
        "percent_answered": total.percent_answered(), "p95_micros": slowest });
    with(&mut view, "total", total);
    with(&mut view, "strip", json!(cells));
    with(&mut view, "failing", json!(failing));
    with(&mut view, "refused", json!(refused));
    with(&mut view, "reporting", json!(reporting));
    with(&mut view, "suspensions", json!(items(&visit.get("/api/v1/suspensions").await?)));
    Ok(view)
}

pub(crate) async fn audit(visit: &Visit) -> Result<Value, Refused> {
    // Newest first, unless somebody turns it round.
    let path = match visit.query.get("sort").is_some_and(|sort| sort == "seq") {
        true => "/api/v1/changes",
        false => "/api/v1/changes?newest=true",
    };
    let mut view = arranged(visit, path, 500).await?;
    for change in lines_mut(&mut view, "items") {
        // What changed stands in the history of the thing; the list is for finding.
        if let Some(change) = change.as_object_mut() {
            change.retain(|name, _| !matches!(name.as_str(), "before" | "after"));
        }
    }
    Ok(view)
}

pub(crate) async fn users(visit: &Visit) -> Result<Value, Refused> {
    let mut view = arranged(visit, "/api/v1/accounts", 500).await?;
    with(&mut view, "may_manage", json!(visit.may("manage_accounts")));
    with(&mut view, "may_review", json!(visit.may("review_accounts")));
    Ok(view)
}

pub(crate) async fn search(visit: &Visit) -> Result<Value, Refused> {
    if visit.query.get("q").is_none_or(|words| words.trim().is_empty()) {
        return Ok(json!({ "items": [], "more": false }));
    }
    let mut view = visit.get_with("/api/v1/search?limit=50", &["q", "kind"]).await?;
    for hit in lines_mut(&mut view, "items") {
        let at = address(text(hit, "kind"), text(hit, "id"), text(hit, "part"));
        with(hit, "at", json!(at));
    }
    Ok(view)
}

/// Where a thing that was found is shown.
fn address(kind: &str, id: &str, part: &str) -> String {
    let of = |page: &str| format!("/{page}/{}", encode_part(id));
    match kind {
        "Database" => of("co-so-du-lieu"),
        "Term" => of("tu-dien"),
        "Service" | "Field" => of("dich-vu"),
        "Agency" => of("co-quan"),
        "Duty" => of("nghia-vu"),
        "Procedure" => of("thu-tuc"),
        "Scope" => format!("/cong-bo#{}", encode_part(id)),
        "CodeList" => of("danh-muc"),
        "Code" => format!("{}#{}", of("danh-muc"), encode_part(part)),
        "System" => {
            let owner: Vec<&str> = id.splitn(4, '/').take(3).collect();
            format!("/co-quan/{}", encode_part(&owner.join("/")))
        }
        "Purpose" => format!("/api/v1/registry/purposes/{}", encode_part(id)),
        _ => format!("/api/v1/registry/bases/{}", encode_part(id)),
    }
}

pub(crate) async fn help(_: &Visit) -> Result<Value, Refused> {
    let faults: Vec<Value> = ROWS.iter().map(|row| cause(row.code)).collect();
    Ok(json!({ "faults": faults, "figures": crate::words::figures() }))
}

pub(crate) async fn status(visit: &Visit) -> Result<Value, Refused> {
    let mut view = visit.get("/health").await?;
    // The page is open to everybody, who holds what is not.
    with(&mut view, "holding", holding(visit).await.unwrap_or_default());
    with(&mut view, "standing", visit.get("/api/v1/directory").await.unwrap_or_default());
    Ok(view)
}
