//! Quality of data: of the nation, an agency, a database, a dataset, a field, a rule; and defects. Each view is what the hub answers, with
//! what stands beside it on the page.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use model::id::encode_part;
use serde_json::{Value, json};

use super::register::offered;
use super::{items, lines_mut, map, paged, text, with};
use crate::entry::DEFECT;
use crate::form::Form;
use crate::list;
use crate::reply::Wanted;
use crate::visit::{Refused, Visit};

/// Defects that are named one by one beside scores; the rest is in their list.
const FIRST: usize = 8;
/// Defects of which the probable cause is told beside the scores of an agency.
const CAUSES: usize = 3;
/// Measurements that a line is drawn through: a quarter of days.
const POINTS: usize = 92;

fn at_level(level: &str) -> String {
    format!("/api/v1/quality?limit=500&level={level}")
}

/// The line of one thing; none: there is no such thing on the level.
pub(super) async fn line(
    visit: &Visit,
    level: &str,
    filter: &str,
    id: &str,
) -> Result<Option<Value>, Refused> {
    let found = paged(visit, format!("{}&{filter}", at_level(level))).await?;
    Ok(items(&found).into_iter().find(|line| text(line, "id") == id))
}

/// Puts the scores of databases beside the lines of a list of them.
pub(super) async fn beside(visit: &Visit, view: &mut Value, list: &str) -> Result<(), Refused> {
    let scored = items(&paged(visit, at_level("database")).await?);
    for line in lines_mut(view, list) {
        let of = scored.iter().find(|scores| scores.get("id") == line.get("id")).cloned();
        // One that came to be between the two questions is not measured.
        with(line, "quality", of.unwrap_or_else(|| json!({ "overall": { "measured": false } })));
    }
    Ok(())
}

/// Scores as they were kept, the first first.
async fn trend(visit: &Visit, level: &str, id: &str) -> Result<Value, Refused> {
    let path = format!("/api/v1/quality/history?limit={POINTS}&level={level}&id={}", encode_part(id));
    let kept = items(&visit.get(&path).await?);
    // Of a day with several measurements the last one is drawn.
    let mut days: BTreeMap<String, Value> = BTreeMap::new();
    for point in kept {
        let day = text(&point, "day").to_owned();
        let scores = point.get("scores").cloned().unwrap_or_default();
        let score = scores.get("overall").cloned().unwrap_or_default();
        let drawn = json!({ "day": day, "score": score, "pack": scores.get("pack") });
        days.entry(day).or_insert(drawn);
    }
    Ok(days.into_values().collect())
}

/// Defects that are not corrected, what repair gains most first.
async fn first(visit: &Visit, filter: &str) -> Result<Vec<Value>, Refused> {
    let path = format!("/api/v1/quality/defects?state=live&sort=-gain&limit={FIRST}&{filter}");
    Ok(items(&visit.get(&path).await?))
}

/// The rule pack, as the explanation of a number has it.
async fn pack(visit: &Visit, level: &str, id: &str) -> Result<Value, Refused> {
    let explained =
        visit.get(&format!("/api/v1/quality/explain?level={level}&id={}", encode_part(id))).await?;
    Ok(explained.get("pack").cloned().unwrap_or_default())
}

fn count_measured(lines: &[Value]) -> usize {
    let measured = |line: &&Value| line.get("datasets_measured").and_then(Value::as_u64) > Some(0);
    lines.iter().filter(measured).count()
}

/// Databases with their scores; where nothing is filtered, also the nation, its blocs and provinces.
pub(crate) async fn overview(visit: &Visit) -> Result<Value, Refused> {
    let list = list::of(&visit.page);
    let mut asked = list.map(|list| list.asked(visit)).unwrap_or_default();
    if !asked.contains("sort=") {
        // What was measured comes first: of most databases nothing was.
        asked.push_str("&sort=-overall");
    }
    if let Wanted::Table(_) = Wanted::of(visit) {
        return paged(visit, format!("{}&{asked}", at_level("database"))).await;
    }
    let after = visit.query.get("after").map(String::as_str).unwrap_or_default();
    let mut view =
        visit.get(&format!("/api/v1/quality?limit=50&after={}&{asked}", encode_part(after))).await?;
    let words = list.into_iter().flat_map(|list| list.filters).map(list::Filter::word);
    if words.chain(["after"]).any(|name| visit.query.get(name).is_some_and(|value| !value.is_empty())) {
        return Ok(view);
    }
    let all = items(&paged(visit, at_level("database")).await?);
    with(&mut view, "databases", json!(all.len()));
    with(&mut view, "measured", json!(count_measured(&all)));
    with(&mut view, "nation", json!(line(visit, "nation", "", "nation").await?));
    with(&mut view, "blocs", json!(items(&visit.get(&at_level("bloc")).await?)));
    let provinces = items(&paged(visit, at_level("province")).await?);
    with(&mut view, "tiles", json!(map::scored(&provinces)));
    let with_data = |line: &Value| line.get("datasets").and_then(Value::as_u64) > Some(0);
    with(&mut view, "provinces", provinces.into_iter().filter(with_data).collect());
    with(&mut view, "first", json!(first(visit, "").await?));
    with(&mut view, "trend", trend(visit, "nation", "nation").await?);
    with(&mut view, "pack", pack(visit, "nation", "nation").await?);
    let overlaps = visit.get("/api/v1/overlaps").await?;
    let pairs = overlaps.get("pairs").and_then(Value::as_array).cloned().unwrap_or_default();
    with(&mut view, "pairs", json!(pairs.into_iter().take(20).collect::<Vec<_>>()));
    with(&mut view, "compared", json!(items(&visit.get("/api/v1/quality/overlaps").await?)));
    Ok(view)
}

/// The scorecard of an agency: it prints on one page.
pub(crate) async fn agency(visit: &Visit) -> Result<Value, Refused> {
    let id = visit.places.get("id").map_or("", String::as_str);
    // Whether there is such an agency says the registry.
    let of_registry = visit.get(&format!("/api/v1/registry/agencies/{}", visit.place("id"))).await?;
    let of = format!("agency={}", visit.place("id"));
    let databases = items(&paged(visit, format!("{}&{of}", at_level("database"))).await?);
    let found = line(visit, "agency", &of, id).await?;
    let first = first(visit, &of).await?;
    let mut causes = Vec::new();
    for defect in first.iter().take(CAUSES) {
        causes
            .push(visit.get(&format!("/api/v1/quality/defects/{}", encode_part(text(defect, "id")))).await?);
    }
    let mut view = json!({
        "agency": id, "measured": count_measured(&databases), "databases": databases.len(), "items": databases,
        "first": first, "causes": causes, "trend": trend(visit, "agency", id).await?, "pack": null,
    });
    if found.is_some() {
        with(&mut view, "pack", pack(visit, "agency", id).await?);
    }
    with(&mut view, "line", json!(found));
    with(&mut view, "units", communes(visit, &of_registry).await?);
    Ok(view)
}

/// Communes that are told one by one beside the map of a province, those that pass least first.
const COMMUNES: usize = 20;

/// The communes of a province; of another agency nothing.
async fn communes(visit: &Visit, agency: &Value) -> Result<Value, Refused> {
    let is_province = text(agency, "bloc") == "local" && agency.get("parent").is_none_or(Value::is_null);
    let name = agency.pointer("/name/vi").and_then(Value::as_str).unwrap_or_default();
    let Some(province) = map::province_of(name).filter(|_| is_province) else { return Ok(Value::Null) };
    let mut told = match visit.get(&format!("/api/v1/quality/units/{province}")).await {
        Ok(told) => told,
        // The registry has no list of units.
        Err(refused) if refused.status == StatusCode::NOT_FOUND => return Ok(Value::Null),
        Err(refused) => return Err(refused),
    };
    let units = told.get("units").and_then(Value::as_array).cloned().unwrap_or_default();
    let passes = |unit: &Value| {
        let of = |name: &str| unit.pointer(&format!("/worst/{name}")).and_then(Value::as_u64);
        Some(1_000_000 - (of("fails")?.saturating_mul(1_000_000)).checked_div(of("rows")?)?.min(1_000_000))
    };
    let mut worst: Vec<&Value> = units.iter().filter(|unit| passes(unit).is_some()).collect();
    worst.sort_by_key(|unit| passes(unit));
    let measured = units.iter().filter(|unit| unit.get("rows").is_some_and(Value::is_u64)).count();
    let failing = worst.len();
    let worst: Vec<Value> = worst.into_iter().take(COMMUNES).cloned().collect();
    with(&mut told, "measured", json!(measured));
    with(&mut told, "failing", json!(failing));
    with(&mut told, "worst", json!(worst));
    Ok(told)
}

/// A database with its datasets.
pub(crate) async fn database(visit: &Visit) -> Result<Value, Refused> {
    let id = visit.places.get("id").map_or("", String::as_str);
    let of = format!("database={}", visit.place("id"));
    let found = line(visit, "database", &of, id).await?.ok_or_else(Refused::nowhere)?;
    Ok(json!({
        "owner": found.get("owner"), "line": found, "items": items(&paged(visit, format!("{}&{of}", at_level("dataset"))).await?),
        "first": first(visit, &of).await?, "trend": trend(visit, "database", id).await?, "pack": pack(visit, "database", id).await?,
        "database": null,
    }))
}

/// What the hub has of a dataset, with whose it is.
async fn measured(visit: &Visit) -> Result<Value, Refused> {
    let mut view = visit.get(&format!("/api/v1/quality/datasets/{}", visit.place("id"))).await?;
    let id = visit.places.get("id").cloned().unwrap_or_default();
    let databases = visit.get(&format!("/api/v1/registry/services/{}", visit.place("id"))).await?;
    with(&mut view, "database", databases.get("database").cloned().unwrap_or_default());
    let owner = view.pointer("/line/owner").cloned().unwrap_or_default();
    with(&mut view, "owner", owner);
    with(&mut view, "service", json!(id));
    for field in lines_mut(&mut view, "fields") {
        let rules = field.get("rules").and_then(Value::as_array).into_iter().flatten();
        let fails: u64 = rules.filter_map(|rule| rule.get("fail").and_then(Value::as_u64)).sum();
        with(field, "fails", json!(fails));
    }
    Ok(view)
}

fn rules(view: &Value) -> Vec<Value> {
    let fields = view.get("fields").and_then(Value::as_array).into_iter().flatten();
    fields.filter_map(|field| field.get("rules").and_then(Value::as_array)).flatten().cloned().collect()
}

/// Defects of a dataset, those of one rule if one is named.
async fn defects(visit: &Visit, rule: Option<&str>) -> Result<Vec<Value>, Refused> {
    let path = format!("/api/v1/quality/defects?limit=500&service={}", visit.place("id"));
    let found = items(&paged(visit, path).await?).into_iter();
    Ok(found.filter(|defect| rule.is_none_or(|rule| text(defect, "rule") == rule)).collect())
}

/// A dataset with its fields and rules.
pub(crate) async fn dataset(visit: &Visit) -> Result<Value, Refused> {
    let mut view = measured(visit).await?;
    let id = visit.places.get("id").cloned().unwrap_or_default();
    let changes = visit.get(&format!("/api/v1/quality/datasets/{}/changes", visit.place("id"))).await;
    let changes = match changes {
        Ok(changes) => changes,
        // There is none yet to compare with.
        Err(refused) if refused.status == StatusCode::NOT_FOUND => Value::Null,
        Err(refused) => return Err(refused),
    };
    with(&mut view, "changes", changes);
    with(&mut view, "trend", trend(visit, "dataset", &id).await?);
    let found = rules(&view);
    with(&mut view, "rules", json!(found));
    let heat = heat_of_units(&view);
    with(&mut view, "heat", heat);
    with(&mut view, "defects", json!(defects(visit, None).await?));
    Ok(view)
}

/// Rules that are shown unit by unit, and units, those with most failing records first.
const HEAT: (usize, usize) = (6, 30);

/// A unit with its failing records, all and by rule.
struct Unit {
    title: Value,
    fails: u64,
    cells: Vec<Value>,
}

/// Where records fail: by the unit that recorded them, a commune mostly, and by the rules of which that is told. What is too small to be told
/// is left empty.
fn heat_of_units(view: &Value) -> Value {
    let first = view.get("fix_first").and_then(Value::as_array).into_iter().flatten();
    let by_unit = |rule: &&Value| rule.pointer("/cause/by").and_then(Value::as_str) == Some("unit");
    let rules: Vec<&Value> = first.filter(by_unit).take(HEAT.0).collect();
    let [green, yellow] = ["green", "yellow"].map(|band| {
        view.pointer(&format!("/measurement/pack/{band}")).and_then(Value::as_f64).unwrap_or(100.0)
    });
    let mut units: BTreeMap<&str, Unit> = BTreeMap::new();
    for (place, rule) in rules.iter().enumerate() {
        for group in rule.pointer("/cause/told").and_then(Value::as_array).into_iter().flatten() {
            let count = |name: &str| group.get(name).and_then(Value::as_u64).unwrap_or_default();
            let (fails, rows) = (count("fails"), count("rows"));
            let title = group.get("title").cloned().unwrap_or_default();
            let empty = || Unit { title, fails: 0, cells: vec![Value::Null; rules.len()] };
            let unit = units.entry(text(group, "name")).or_insert_with(empty);
            unit.fails += fails;
            if let Some(cell) = unit.cells.get_mut(place).filter(|_| rows > 0) {
                #[expect(clippy::cast_precision_loss, reason = "a share")]
                let passes = 100.0 - fails.min(rows) as f64 * 100.0 / rows as f64;
                let band = if passes >= green {
                    "green"
                } else if passes >= yellow {
                    "yellow"
                } else {
                    "red"
                };
                *cell = json!({ "fails": fails, "rows": rows, "band": band });
            }
        }
    }
    let mut lines: Vec<(&str, Unit)> = units.into_iter().collect();
    lines.sort_by(|a, b| b.1.fails.cmp(&a.1.fails).then_with(|| a.0.cmp(b.0)));
    let line = |(name, unit): (&str, Unit)| json!({ "name": name, "title": unit.title, "cells": unit.cells });
    let lines: Vec<Value> = lines.into_iter().take(HEAT.1).map(line).collect();
    json!({ "rules": rules, "units": lines })
}

/// A line of a distribution.
fn shares(groups: Option<&Value>, told: impl Fn(&str) -> Option<Value>, bad: &[&str]) -> Vec<Value> {
    let groups = groups.and_then(Value::as_array).into_iter().flatten();
    let share = |group: &Value| {
        let name = text(group, "name");
        // What a code is called is known in Vietnamese.
        let called = group.get("title").filter(|title| title.is_string()).cloned();
        let vi = called.is_some();
        let title = called.or_else(|| told(name));
        let code = if title.is_none() || bad.is_empty() { name } else { "" };
        json!({ "name": code, "told": title, "vi": vi, "count": group.get("rows"), "bad": bad.contains(&name) })
    };
    groups.map(share).collect()
}

/// A field: its scores, its rules, and what the column looks like.
pub(crate) async fn field(visit: &Visit) -> Result<Value, Refused> {
    let mut view = measured(visit).await?;
    let name = visit.places.get("field").map_or("", String::as_str);
    let fields = view.get("fields").and_then(Value::as_array).into_iter().flatten();
    let found = fields.into_iter().find(|field| text(field, "field") == name && !name.is_empty()).cloned();
    let mut field = found.ok_or_else(Refused::nowhere)?;
    let profile = field.get("profile").cloned().unwrap_or_default();
    let script =
        |word: &str| crate::words::known(visit.language, &format!("script.{word}")).map(Value::String);
    let lines = json!({
        "values": shares(profile.get("values"), |_| None, &[]),
        "lengths": shares(profile.get("lengths"), |_| None, &[]),
        "scripts": shares(profile.get("scripts"), script, &["apart", "hidden", "broken"]),
    });
    let lengths = profile.get("lengths").and_then(Value::as_array).into_iter().flatten();
    let columns = lengths.map(|length| json!([length.get("name"), length.get("rows")]));
    with(&mut field, "columns", columns.collect());
    with(&mut field, "lines", lines);
    with(&mut view, "field", field);
    Ok(view)
}

/// A rule: what it asks, where that comes from, its counts, what failing records have in common.
pub(crate) async fn rule(visit: &Visit) -> Result<Value, Refused> {
    let mut view = measured(visit).await?;
    let id = visit.places.get("rule").map_or("", String::as_str);
    let rule = rules(&view).into_iter().find(|rule| text(rule, "rule") == id).ok_or_else(Refused::nowhere)?;
    let fields = view.get("fields").and_then(Value::as_array).into_iter().flatten();
    let of = fields.into_iter().find(|field| rule.get("field") == field.get("field"));
    let key = of.and_then(|field| field.get("key")).cloned();
    let outcomes = ["pass", "fail", "null", "not_applicable"];
    let all: u64 = outcomes.iter().filter_map(|name| rule.get(name).and_then(Value::as_u64)).sum();
    with(&mut view, "key", key.unwrap_or_default());
    with(&mut view, "all", json!(all));
    with(&mut view, "groups", rule.pointer("/cause/told").cloned().unwrap_or_else(|| json!([])));
    with(&mut view, "rule", rule);
    with(&mut view, "defects", json!(defects(visit, Some(id)).await?));
    Ok(view)
}

/// Words of the address that the hub filters defects by.
const FILTERS: [&str; 6] = ["agency", "service", "database", "state", "origin", "late"];

/// Defects that whoever looks may see.
pub(crate) async fn list(visit: &Visit) -> Result<Value, Refused> {
    let sorted = visit.query.get("sort").map(String::as_str).unwrap_or_default();
    let path = |limit: usize| {
        visit.passing_on(
            &format!("/api/v1/quality/defects?total=true&limit={limit}&sort={}", encode_part(sorted)),
            &FILTERS,
        )
    };
    if let Wanted::Table(_) = Wanted::of(visit) {
        return super::followed(visit, path(500), super::MOST_OF_A_TABLE).await;
    }
    let after = visit.query.get("after").map(String::as_str).unwrap_or_default();
    visit.get(&format!("{}&after={}", path(50), encode_part(after))).await
}

/// One defect.
pub(crate) async fn defect(visit: &Visit) -> Result<Value, Refused> {
    visit.get(&format!("/api/v1/quality/defects/{}", visit.place("id"))).await
}

/// The form to report a defect that was met in an exchange.
pub(crate) async fn report(visit: &Visit) -> Result<Value, Refused> {
    let begun = ["service", "field", "exchange"].into_iter();
    let begun = begun.filter_map(|name| Some((name.to_owned(), visit.query.get(name)?.clone())));
    let begun = Form(begun.collect());
    let typed = visit.typed.as_ref().map_or(&begun, |(typed, _)| typed);
    Ok(json!({ "places": offered(visit, DEFECT, typed).await }))
}
