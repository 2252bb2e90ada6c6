//! The first page of those who lead, and briefs: what the hub counts, each figure with the list that it leads to.

use std::cmp::Reverse;

use model::id::encode_part;
use serde_json::{Value, json};

use super::{items, text, with};
use crate::visit::{Refused, Visit};

/// Most of one kind that is named one by one; the rest is in the list.
const NAMED_MAX: usize = 12;
/// Briefs that trends are drawn from: half a year of weeks.
const TREND: &str = "/api/v1/briefs?limit=26";

/// What is counted: as the hub calls it, as pages call the figure, the list it leads to, by what the list names an agency, and where one of
/// the things it counts is shown.
struct Told {
    topic: &'static str,
    figure: &'static str,
    list: &'static str,
    under: &'static str,
    page: &'static str,
}

const fn told(
    topic: &'static str,
    figure: &'static str,
    list: &'static str,
    under: &'static str,
    page: &'static str,
) -> Told {
    Told { topic, figure, list, under, page }
}

const TOLD: [Told; 12] = [
    told("known_databases", "databases.known", "/co-so-du-lieu?known=true", "under", "/co-so-du-lieu"),
    told("used_databases", "databases.used", "/co-so-du-lieu?used=true", "under", "/co-so-du-lieu"),
    told("all_duties", "duties.all", "/nghia-vu", "under", "/nghia-vu"),
    told("met_duties", "duties.met", "/nghia-vu?met=true", "under", "/nghia-vu"),
    told("late_databases", "databases.late", "/co-so-du-lieu?late=true", "under", "/co-so-du-lieu"),
    told("late_duties", "duties.late", "/nghia-vu?late=true", "under", "/nghia-vu"),
    told("late_requests", "requests.late", "/yeu-cau?late=true", "", "/yeu-cau"),
    told("unused_databases", "databases.unused", "/co-so-du-lieu?unused=true", "under", "/co-so-du-lieu"),
    told("claims", "databases.claims", "/co-so-du-lieu?claimed=true", "under", "/co-so-du-lieu"),
    told("open_requests", "requests.open", "/yeu-cau?state=open", "", "/yeu-cau"),
    told("differences", "pairs.differing", "/doi-soat?differing=true", "agency", ""),
    told("incidents", "incidents.live", "/su-co?live=true", "", "/su-co"),
];

/// What is late.
const LATE: [&str; 3] = ["late_databases", "late_duties", "late_requests"];
/// What is told agency by agency.
const BY_AGENCY: [&str; 5] = ["late_databases", "late_duties", "late_requests", "unused_databases", "claims"];
/// What trends are drawn of.
const TRENDS: [&str; 4] = ["used_databases", "late_databases", "late_duties", "unused_databases"];

fn of(topic: &str) -> Option<&'static Told> {
    TOLD.iter().find(|told| told.topic == topic)
}

/// An address with a word of a query more.
fn and(address: &str, name: &str, value: &str) -> String {
    if name.is_empty() || value.is_empty() {
        return address.to_owned();
    }
    let mark = if address.contains('?') { '&' } else { '?' };
    format!("{address}{mark}{name}={}", encode_part(value))
}

/// A thing with where it is shown, and what kind of thing it is.
fn shown(topic: &str, item: &Value) -> Value {
    let mut item = item.clone();
    let page = of(topic).map_or("", |told| told.page);
    let at = if page.is_empty() {
        format!(
            "/dich-vu/{}",
            encode_part(item.pointer("/name/vi").and_then(Value::as_str).unwrap_or_default())
        )
    } else {
        format!("{page}/{}", encode_part(text(&item, "id")))
    };
    with(&mut item, "at", json!(at));
    with(&mut item, "topic", json!(topic));
    item
}

fn counted(situation: &Value, topic: &str) -> Vec<Value> {
    let found = situation.pointer(&format!("/figures/{topic}")).and_then(Value::as_array);
    found.into_iter().flatten().map(|item| shown(topic, item)).collect()
}

/// The first few, and how many more there are.
fn few(all: Vec<Value>) -> Value {
    let left = all.len().saturating_sub(NAMED_MAX);
    json!({ "items": all.into_iter().take(NAMED_MAX).collect::<Vec<_>>(), "left": left })
}

/// What a situation says, as pages show it. `lists`: whether its figures are those of now, which lists have as well.
fn drawn(situation: &Value, changes: &Value, lists: bool) -> Value {
    let scope = text(situation, "scope");
    let figure = |told: &Told| {
        let at = if lists { and(told.list, told.under, scope) } else { format!("#{}", told.topic) };
        let count = counted(situation, told.topic).len();
        (told.topic.to_owned(), json!({ "name": told.figure, "count": count, "at": at }))
    };
    let figures: serde_json::Map<String, Value> = TOLD.iter().map(figure).collect();
    let mut late: Vec<Value> = LATE.into_iter().flat_map(|topic| counted(situation, topic)).collect();
    late.sort_by_key(|item| Reverse(item.get("days_late").and_then(Value::as_i64)));
    let changes = changes.as_array().into_iter().flatten().map(|change| {
        let topic = text(change, "topic");
        let those = |name: &str| {
            let those = change.get(name).and_then(Value::as_array).into_iter().flatten();
            few(those.map(|item| shown(topic, item)).collect())
        };
        let now = counted(situation, topic).len();
        json!({ "topic": topic, "before": change.get("before"), "now": now, "came": those("came"), "went": those("went") })
    });
    json!({
        "day": situation.get("day"),
        "scope": situation.get("scope"),
        "names": situation.get("names"),
        "tasks": situation.get("tasks"),
        "figures": figures,
        "late": few(late),
        "unused": few(counted(situation, "unused_databases")),
        "changes": changes.collect::<Vec<_>>(),
        "agencies": agencies(situation, lists),
    })
}

/// Ministries and provinces, each with its share of what is counted agency by agency.
fn agencies(situation: &Value, lists: bool) -> Vec<Value> {
    let groups = situation.get("agencies").and_then(Value::as_array).into_iter().flatten();
    groups
        .map(|group| {
            let agency = group.get("agency").and_then(Value::as_str);
            let cell = |topic| {
                let count =
                    group.pointer(&format!("/counts/{topic}")).and_then(Value::as_u64).unwrap_or_default();
                let told = of(topic);
                let list =
                    told.filter(|_| lists).map(|told| and(told.list, "under", agency.unwrap_or("none")));
                json!({ "name": told.map(|told| told.figure), "count": count, "at": list })
            };
            json!({ "agency": agency, "name": group.get("name"), "province": group.get("province"),
                "cells": BY_AGENCY.into_iter().map(cell).collect::<Vec<_>>() })
        })
        .collect()
}

/// How it stands, for those who lead, and how it went.
pub(crate) async fn leader(visit: &Visit) -> Result<Value, Refused> {
    let situation = visit.get("/api/v1/situation").await?;
    let nothing = Value::Null;
    let mut view = drawn(&situation, situation.get("changes").unwrap_or(&nothing), true);
    with(&mut view, "before", situation.get("before").cloned().unwrap_or_default());
    let briefs = items(&visit.get(TREND).await?);
    let trend = |topic: &str| {
        let count = |brief: &Value| brief.pointer(&format!("/counts/{topic}")).cloned().unwrap_or_default();
        let points =
            briefs.iter().rev().map(|brief| json!({ "day": brief.get("day"), "count": count(brief) }));
        json!({ "topic": topic, "points": points.collect::<Vec<_>>() })
    };
    with(&mut view, "trends", json!(TRENDS.map(trend)));
    with(&mut view, "briefs", json!(briefs.into_iter().take(NAMED_MAX).collect::<Vec<_>>()));
    with(&mut view, "may_make", json!(visit.may("lead")));
    Ok(view)
}

/// The briefs that were made.
pub(crate) async fn briefs(visit: &Visit) -> Result<Value, Refused> {
    let mut view = visit.get_with(TREND, &["after"]).await?;
    with(&mut view, "may_make", json!(visit.may("lead")));
    Ok(view)
}

/// A brief as it was made.
pub(crate) async fn brief(visit: &Visit) -> Result<Value, Refused> {
    let brief = visit.get(&format!("/api/v1/briefs/{}", visit.place("id"))).await?;
    let nothing = Value::Null;
    let situation = brief.get("situation").unwrap_or(&nothing);
    let mut view = drawn(situation, brief.get("changes").unwrap_or(&nothing), false);
    let whole =
        TOLD.iter().map(|told| json!({ "topic": told.topic, "items": counted(situation, told.topic) }));
    with(&mut view, "counted", json!(whole.collect::<Vec<_>>()));
    for name in ["id", "made_at", "before", "issuer"] {
        with(&mut view, name, brief.get(name).cloned().unwrap_or_default());
    }
    Ok(view)
}
