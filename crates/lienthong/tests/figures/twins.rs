//! The counts of a page's JSON, by the names that the page gives to them.

use serde_json::Value;

use super::Facts;

fn items<'a>(view: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    view[name].as_array().into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// Notes what a page is drawn from, as it was before the page was drawn and after.
pub(super) fn read(facts: &mut Facts, path: &str, before: &Value, view: &Value) {
    let place = format!("json {path}");
    let plain = path.split('?').next().unwrap_or_default();
    let is_filtered = path.contains('?') && !path.contains("muc=");
    match plain.trim_matches('/').split('/').collect::<Vec<_>>().as_slice() {
        [""] => overview(facts, view, &place),
        ["co-so-du-lieu"] => {
            if !is_filtered {
                facts.put("databases.known", "", &view["known"], &place);
                facts.put("databases.candidates", "", &view["candidates"], &place);
                official(facts, &view["official"], &place);
            }
            items(view, "items").for_each(|line| database(facts, line, &place));
        }
        ["co-so-du-lieu", _] => one_database(facts, view, &place),
        ["uu-tien"] => {
            facts.put("priority.used", "", &view["used"], &place);
            facts.put("priority.claimed", "", &view["claimed"], &place);
            facts.put("priority.all", "", &items(view, "items").count().into(), &place);
            items(view, "items").for_each(|line| database(facts, line, &place));
            items(view, "items").for_each(|line| super::quality::line(facts, &line["quality"], &place));
        }
        ["chat-luong", ..] => super::quality::page(facts, plain, view, &place),
        ["nghia-vu"] => items(view, "items").for_each(|line| duty(facts, line, &place)),
        ["nghia-vu", _] => duty(facts, view, &place),
        ["yeu-cau"] => {
            items(view, "items").for_each(|line| facts.left("request", text(line, "id"), line, &place))
        }
        ["yeu-cau", _] => {
            for step in items(view, "steps") {
                facts.left("request", text(&view["request"], "id"), step, &place);
            }
        }
        ["toi"] => {
            let requests = items(view, "work").filter(|item| item["kind"] == "request_waits");
            requests.for_each(|item| facts.left("request", text(item, "about"), item, &place));
            items(view, "duties").for_each(|line| duty(facts, line, &place));
        }
        ["lanh-dao"] => leader(facts, view, view["scope"].as_str().unwrap_or_default(), &place),
        ["bao-cao"] => items(view, "items").for_each(|line| brief(facts, line, &place)),
        ["bao-cao", id] => leader(facts, view, id, &place),
        ["giam-sat"] => live(facts, before, view, &place),
        ["dich-vu", _] => usage(facts, items(view, "usage"), &place),
        ["quyen"] => holding(facts, &view["holding"], &place),
        ["trang-thai"] => holding(facts, &view["holding"], &place),
        ["quyen", _] => facts.put("grant.calls", text(&view["grant"], "id"), &view["calls"], &place),
        ["co-quan"] => {
            for branch in items(view, "tree") {
                facts.put("agency.below", text(branch, "id"), &branch["below"], &place);
            }
        }
        _ => {}
    }
}

fn overview(facts: &mut Facts, view: &Value, place: &str) {
    let databases = &view["databases"];
    for name in ["known", "confirmed", "candidates", "late"] {
        facts.put(&format!("databases.{name}"), "", &databases[name], place);
    }
    let observed = databases["observed"].as_object().unwrap();
    for (stage, count) in observed {
        facts.put(&format!("databases.observed.{stage}"), "", count, place);
    }
    let used = ["connected", "in_shared_use"].map(|stage| observed[stage].as_u64().unwrap());
    facts.put("databases.used", "", &used.iter().sum::<u64>().into(), place);
    let all: u64 = observed.values().map(|count| count.as_u64().unwrap()).sum();
    facts.put("databases.known", "", &all.into(), &format!("{place}: stages together"));
    official(facts, &databases["official"], place);
    facts.put("duties.all", "", &view["duties"]["all"], place);
    facts.put("duties.met", "", &view["duties"]["met"], place);
    facts.put("requests.waiting", "", &view["requests_waiting"], place);
    facts.put("suspensions", "", &view["suspensions"], place);
    facts.put("gaps", "", &view["gaps"], place);
    items(&view["duties"], "overdue").for_each(|late| facts.left("duty", text(late, "duty"), late, place));
    items(view, "priority").for_each(|line| database(facts, line, place));
    items(view, "priority").for_each(|line| super::quality::line(facts, &line["quality"], place));
    for tile in items(view, "tiles").filter(|tile| !tile["share"].is_null()) {
        for name in ["users", "agencies"] {
            facts.put(&format!("locality.{name}"), text(tile, "agency"), &tile[name], place);
        }
    }
}

pub(super) fn official(facts: &mut Facts, lists: &Value, place: &str) {
    for list in lists.as_array().into_iter().flatten() {
        let code = text(list, "code");
        for name in ["entries", "identified", "confirmed"] {
            if let Some(count) = list.get(name) {
                facts.put(&format!("official.{name}"), code, count, place);
            }
        }
        for (evidence, count) in list["evidence"].as_object().unwrap() {
            facts.put(&format!("official.{evidence}"), code, count, place);
        }
    }
}

/// A database on one line of a list.
pub(super) fn database(facts: &mut Facts, line: &Value, place: &str) {
    let id = text(line, "id");
    facts.left("database", id, line, place);
    if !["no_service", "not_measured"].contains(&text(line, "observed")) {
        facts.put("database.agencies", id, &line["agencies"], place);
    }
}

fn one_database(facts: &mut Facts, view: &Value, place: &str) {
    let (id, observed) = (text(&view["entry"], "id"), &view["observed"]);
    facts.left("database", id, view, place);
    for step in items(view, "steps_due") {
        let what = format!("database.{}", text(step, "step"));
        facts.left(&what, &format!("{id} {}", text(step, "list")), step, place);
    }
    facts.put("database.services", id, &observed["services"], place);
    facts.put("database.with_contract", id, &observed["with_contract"], place);
    if !observed["traffic"]["measured_since"].is_null() {
        facts.put("database.agencies", id, &observed["traffic"]["agencies"], place);
    }
    if observed["figures"].is_object() {
        for name in ["calls", "answered", "refused", "failed"] {
            facts.put(&format!("database.{name}"), id, &observed["figures"][name], place);
        }
    }
    for user in items(view, "users") {
        facts.put("grant.calls", text(&user["grant"], "id"), &user["calls"], place);
    }
    super::quality::line(facts, &view["quality"], place);
}

pub(super) fn duty(facts: &mut Facts, line: &Value, place: &str) {
    facts.left("duty", text(&line["entry"], "id"), &line["progress"], place);
}

/// What those who lead see of now, or of a brief: its figures, and each agency's share.
fn leader(facts: &mut Facts, view: &Value, of: &str, place: &str) {
    for figure in view["figures"].as_object().unwrap().values() {
        facts.put(figure["name"].as_str().unwrap(), of, &figure["count"], place);
    }
    // What a brief tells of an agency is of its day.
    for group in items(view, "agencies").filter(|_| view["id"].is_null()) {
        let agency = group["agency"].as_str().unwrap_or("none");
        for cell in items(group, "cells") {
            facts.put(cell["name"].as_str().unwrap(), agency, &cell["count"], place);
        }
    }
    items(view, "briefs").for_each(|line| brief(facts, line, place));
}

/// The figures of a brief that was kept.
pub(super) fn brief(facts: &mut Facts, line: &Value, place: &str) {
    for (topic, name) in [
        ("known_databases", "databases.known"),
        ("used_databases", "databases.used"),
        ("all_duties", "duties.all"),
        ("met_duties", "duties.met"),
        ("late_databases", "databases.late"),
        ("late_duties", "duties.late"),
        ("late_requests", "requests.late"),
        ("unused_databases", "databases.unused"),
        ("claims", "databases.claims"),
        ("open_requests", "requests.open"),
        ("differences", "pairs.differing"),
        ("incidents", "incidents.live"),
    ] {
        facts.put(name, text(line, "id"), &line["counts"][topic], place);
    }
}

fn live(facts: &mut Facts, before: &Value, view: &Value, place: &str) {
    for name in ["calls", "percent_answered", "refused", "failed"] {
        facts.put(&format!("live.{name}"), "", &view["total"][name], place);
    }
    facts.put("live.nodes", "", &items(view, "nodes").count().into(), place);
    // Who is late to report becomes so from one second to the next.
    if before["reporting"] == view["reporting"] {
        facts.put("live.reporting", "", &view["reporting"], place);
    }
    facts.put("gaps", "", &items(view, "gaps").count().into(), place);
    minutes(facts, items(view, "by_minute"), place);
    for (list, what) in [("failing", "failed"), ("refused", "refused")] {
        for pair in items(view, list) {
            let of = format!("{} {}", text(pair, "client"), text(pair, "service"));
            facts.put("pair.calls", &of, &pair["shown"]["calls"], place);
            facts.put(&format!("pair.{what}"), &of, &pair["shown"][what], place);
            assert!(
                items(pair, "causes")
                    .all(|cause| cause["class"] == if what == "failed" { "outage" } else { "rule" }),
                "{pair}"
            );
        }
    }
}

pub(super) fn minutes<'a>(facts: &mut Facts, lines: impl Iterator<Item = &'a Value>, place: &str) {
    for line in lines {
        for name in ["calls", "refused", "failed"] {
            facts.put(&format!("minute.{name}"), text(line, "minute"), &line["figures"][name], place);
        }
    }
}

/// Figures by day.
pub(super) fn usage<'a>(facts: &mut Facts, lines: impl Iterator<Item = &'a Value>, place: &str) {
    for line in lines {
        let of = ["day", "counted", "client", "service", "purpose"].map(|name| text(line, name)).join(" ");
        for name in ["calls", "answered", "refused", "failed"] {
            facts.put(&format!("usage.{name}"), &of, &line["figures"][name], place);
        }
    }
}

pub(super) fn holding(facts: &mut Facts, holding: &Value, place: &str) {
    if holding["of"].as_u64() > Some(0) {
        facts.put("directory.held", "", &holding["held"], place);
        facts.put("directory.nodes", "", &holding["of"], place);
    }
}
