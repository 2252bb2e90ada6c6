//! The counts of the API's answers, those of exports and of the command line, and all of them counted anew from lists.

use std::collections::{BTreeMap, BTreeSet};

use model::id::{Grantee, SystemId, encode_part};
use model::usage::Outcomes;
use serde_json::{Value, json};

use super::{Facts, Reader, twins};

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

pub(super) async fn gather(reader: &Reader, facts: &mut Facts) {
    databases(reader, facts).await;
    each_database(reader, facts).await;
    duties_and_requests(reader, facts).await;
    live(reader, facts).await;
    agencies(reader, facts).await;
    leading(reader, facts).await;
    exports(reader, facts).await;
}

/// From the list of databases, line by line.
async fn databases(reader: &Reader, facts: &mut Facts) {
    let lines = reader.items("/api/v1/databases?fields=true").await;
    let place = "counted from the list of databases";
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut add = |name: String| *counts.entry(name).or_default() += 1;
    for stage in ["not_measured", "no_service", "published", "connected", "in_shared_use"] {
        facts.put(&format!("databases.observed.{stage}"), "", &count_of(&lines, stage).into(), place);
    }
    for line in &lines {
        twins::database(facts, line, "api/v1/databases");
        for name in ["fields", "bound"] {
            facts.put(&format!("database.{name}"), text(line, "id"), &line[name], "api/v1/databases");
        }
        let used = ["connected", "in_shared_use"].contains(&text(line, "observed"));
        if text(line, "standing") == "candidate" {
            add("databases.candidates".into());
            continue;
        }
        add("databases.known".into());
        for (holds, name) in [
            (text(line, "standing") == "confirmed", "databases.confirmed"),
            (used, "databases.used"),
            (line["time_left"]["state"] == "late", "databases.late"),
        ] {
            if holds {
                add(name.into());
            }
        }
    }
    let priority: Vec<&Value> = lines.iter().filter(|line| line["priority"] == true).collect();
    let flows = |line: &&&Value| ["connected", "in_shared_use"].contains(&text(line, "observed"));
    let says = |line: &&&Value| ["connected", "in_shared_use"].contains(&text(&line["declared"], "stage"));
    facts.put("priority.all", "", &priority.len().into(), place);
    facts.put("priority.used", "", &priority.iter().filter(flows).count().into(), place);
    let claimed = priority.iter().filter(|line| says(line) && !flows(line)).count();
    facts.put("priority.claimed", "", &claimed.into(), place);
    for name in ["known", "confirmed", "candidates", "used", "late"] {
        let name = format!("databases.{name}");
        facts.put(&name, "", &counts.get(&name).copied().unwrap_or_default().into(), place);
    }
    listed(reader, &lines, facts).await;
}

/// Those of a stage that are known.
fn count_of(lines: &[Value], stage: &str) -> usize {
    lines.iter().filter(|line| line["known"] == true && text(line, "observed") == stage).count()
}

/// The official lists, and the same from what databases say of them.
async fn listed(reader: &Reader, lines: &[Value], facts: &mut Facts) {
    let lists = reader.json("/api/v1/official-lists").await["items"].clone();
    twins::official(facts, &lists, "api/v1/official-lists");
    for code in lists.as_array().unwrap().iter().map(|list| text(list, "code")) {
        let on = |line: &&Value| {
            let mut listings = line["listed"].as_array().into_iter().flatten();
            listings.any(|listing| text(listing, "list") == code)
        };
        let those: Vec<&Value> = lines.iter().filter(on).collect();
        let confirmed = those.iter().filter(|line| text(line, "standing") == "confirmed").count();
        facts.put("official.identified", code, &those.len().into(), "counted from what databases say");
        facts.put("official.confirmed", code, &confirmed.into(), "counted from what databases say");
    }
}

/// Each database that has services: its own answer, and its traffic from the days.
async fn each_database(reader: &Reader, facts: &mut Facts) {
    for line in reader.items("/api/v1/databases").await {
        let id = text(&line, "id").to_owned();
        let own = reader.json(&format!("/api/v1/databases/{}", encode_part(&id))).await;
        twins::read(facts, &format!("/co-so-du-lieu/{id}"), &own, &own);
        facts.put("database.services", &id, &line["services"], "api/v1/databases");
        if line["services"] == 0 {
            assert_eq!(
                (&own["observed"]["figures"], &own["observed"]["stage"]),
                (&json!("no_service"), &json!("no_service"))
            );
            continue;
        }
        let days = reader.items(&format!("/api/v1/usage?database={}", encode_part(&id))).await;
        twins::usage(facts, days.iter(), "api/v1/usage");
        if own["observed"]["figures"].is_object() {
            // What both sides counted of the pairs that are no test and not within one tree.
            let place = "counted from the pairs";
            let mut sum = Outcomes::default();
            let pairs = format!("/api/v1/usage/pairs?days=30&database={}", encode_part(&id));
            for line in reader.items(&pairs).await {
                if line["test"] == false && line["compared"] != "own" {
                    let side = |side: &str, name: &str| line[side][name].as_u64().unwrap_or_default();
                    let both = |name: &str| side("at_provider", name).min(side("at_consumer", name));
                    sum.merge(&Outcomes {
                        answered: both("answered") - line["trial"].as_u64().unwrap_or_default(),
                        empty: both("empty"),
                        rejected: side("at_consumer", "rejected"),
                        refused: side("at_consumer", "refused"),
                        failed: side("at_consumer", "failed"),
                    });
                }
            }
            let calls = sum.answered + sum.empty + sum.rejected + sum.refused + sum.failed;
            facts.put("database.calls", &id, &calls.into(), place);
            facts.put("database.answered", &id, &sum.answered.into(), place);
            facts.put("database.refused", &id, &sum.refused.into(), place);
            facts.put("database.failed", &id, &sum.failed.into(), place);
        }
        for grant in
            reader.items(&format!("/api/v1/registry/grants?limit=500&database={}", encode_part(&id))).await
        {
            // A grant that a scope gives is of all systems of a class.
            let class: Grantee = text(&grant, "client").parse().unwrap();
            let same = |day: &&Value| {
                let of_class =
                    text(day, "client").parse().is_ok_and(|client: SystemId| class.covers(&client));
                text(day, "service") == text(&grant, "service") && of_class
            };
            let mut sides: BTreeMap<(&str, &str, &str), [u64; 2]> = BTreeMap::new();
            for day in days.iter().filter(same) {
                let side = usize::from(text(day, "counted") == "provider");
                sides.entry((text(day, "day"), text(day, "purpose"), text(day, "client"))).or_default()
                    [side] += day["figures"]["calls"].as_u64().unwrap();
            }
            let calls: u64 = sides.values().map(|[consumer, provider]| consumer.min(provider)).sum();
            if own["observed"]["figures"].is_object() {
                facts.put("grant.calls", text(&grant, "id"), &calls.into(), "counted from the days");
            }
        }
    }
}

fn outcomes(figures: &Value) -> Outcomes {
    let count = |name: &str| figures[name].as_u64().unwrap();
    let [answered, empty, rejected, refused, failed] =
        ["answered", "empty", "rejected", "refused", "failed"].map(count);
    assert_eq!(figures["calls"], answered + empty + rejected + refused + failed, "{figures}");
    let outcomes = Outcomes { answered, empty, rejected, refused, failed };
    assert_eq!(figures["percent_answered"], json!(outcomes.percent_answered()), "{figures}");
    outcomes
}

async fn duties_and_requests(reader: &Reader, facts: &mut Facts) {
    let duties = reader.items("/api/v1/duties?limit=100").await;
    facts.put("duties.all", "", &duties.len().into(), "api/v1/duties");
    let met = duties.iter().filter(|duty| duty["progress"]["met"] == true).count();
    facts.put("duties.met", "", &met.into(), "api/v1/duties");
    for duty in &duties {
        twins::duty(facts, duty, "api/v1/duties");
        let progress = &duty["progress"];
        assert_eq!(progress["overdue"] == true, progress["time_left"]["state"] == "late", "{duty}");
    }
    for request in reader.items("/api/v1/requests?limit=500").await {
        facts.left("request", text(&request, "id"), &request, "api/v1/requests");
        assert_eq!(request["overdue"] == true, request["time_left"]["state"] == "late", "{request}");
    }
    let waiting = reader.items("/api/v1/requests?limit=500&waiting=true").await;
    facts.put("requests.waiting", "", &waiting.len().into(), "api/v1/requests");
    let suspensions = reader.json("/api/v1/suspensions").await["items"].as_array().unwrap().len();
    facts.put("suspensions", "", &suspensions.into(), "api/v1/suspensions");
    twins::holding(facts, &reader.json("/api/v1/directory/holding").await, "api/v1/directory/holding");
}

async fn live(reader: &Reader, facts: &mut Facts) {
    let live = reader.json("/api/v1/usage/live?minutes=60").await;
    let (mut total, mut calls) = (Outcomes::default(), 0);
    for minute in live["by_minute"].as_array().unwrap() {
        total.merge(&outcomes(&minute["figures"]));
        calls += minute["figures"]["calls"].as_u64().unwrap();
    }
    let place = "counted from the minutes";
    facts.put("live.calls", "", &calls.into(), place);
    facts.put("live.refused", "", &total.refused.into(), place);
    facts.put("live.failed", "", &total.failed.into(), place);
    facts.put("live.percent_answered", "", &json!(total.percent_answered()), place);
    facts.put("live.nodes", "", &live["nodes"].as_array().unwrap().len().into(), place);
    twins::minutes(facts, live["by_minute"].as_array().unwrap().iter(), "api/v1/usage/live");
}

async fn agencies(reader: &Reader, facts: &mut Facts) {
    let all = reader.items("/api/v1/registry/agencies?limit=500").await;
    for branch in reader.items("/api/v1/agencies").await {
        let id = text(&branch, "id");
        let below = all.iter().filter(|agency| text(agency, "parent") == id).count();
        facts.put("agency.below", id, &below.into(), "counted from the agencies");
    }
    for locality in reader.json("/api/v1/overview").await["localities"].as_array().unwrap() {
        if !locality["users"].is_null() {
            for name in ["users", "agencies"] {
                facts.put(
                    &format!("locality.{name}"),
                    text(locality, "agency"),
                    &locality[name],
                    "api/v1/overview",
                );
            }
        }
    }
}

/// What those who lead see, from the lists that it leads to, of all and agency by agency; and the briefs that were kept.
async fn leading(reader: &Reader, facts: &mut Facts) {
    let lists = [
        ("databases.known", "databases?known=true"),
        ("databases.used", "databases?used=true"),
        ("databases.late", "databases?late=true"),
        ("databases.unused", "databases?unused=true"),
        ("databases.claims", "databases?claimed=true"),
        ("duties.met", "duties?met=true"),
        ("duties.late", "duties?late=true"),
        ("requests.late", "requests?late=true&limit=500"),
        ("requests.open", "requests?state=open&limit=500"),
        ("pairs.differing", "usage/pairs?differing=true&limit=500"),
        ("incidents.live", "incidents?live=true"),
    ];
    for (name, list) in lists {
        let found = reader.items(&format!("/api/v1/{list}")).await;
        facts.put(name, "", &found.len().into(), list);
    }
    let situation = reader.json("/api/v1/situation").await;
    let shares = ["databases.late", "duties.late", "requests.late", "databases.unused", "databases.claims"];
    for group in situation["agencies"].as_array().unwrap() {
        let agency = group["agency"].as_str().unwrap_or("none");
        for (name, list) in lists.iter().filter(|(name, _)| shares.contains(name)) {
            let found = reader.items(&format!("/api/v1/{list}&under={}", encode_part(agency))).await;
            facts.put(name, agency, &found.len().into(), &format!("{list} under {agency}"));
        }
    }
    let briefs = reader.items("/api/v1/briefs").await;
    assert!(!briefs.is_empty());
    briefs.iter().for_each(|line| twins::brief(facts, line, "api/v1/briefs"));
}

/// Tables of pages and of the command line say what the lists say.
async fn exports(reader: &Reader, facts: &mut Facts) {
    let (_, page) = reader.ask("/co-so-du-lieu?format=csv", "text/csv").await;
    let command = reader.command(&["db", "status", "-o", "csv", "--lang", "en"]);
    // A table is for people: headings and words are those of their language.
    let vietnamese =
        ["Mã", "Tình trạng đăng ký", "đã xác nhận", "dự kiến (chưa xác minh)", "Số ngày còn lại"];
    let english = ["code", "standing", "confirmed", "planned (unverified)", "days left"];
    for (table, place, [id, standing, confirmed, candidate, left]) in
        [(page, "csv /co-so-du-lieu", vietnamese), (command, "db status -o csv", english)]
    {
        let rows = rows(&table);
        let of = |word: &str| rows.iter().filter(|row| row[standing] == word).count();
        facts.put("databases.confirmed", "", &of(confirmed).into(), place);
        facts.put("databases.candidates", "", &of(candidate).into(), place);
        facts.put("databases.known", "", &(rows.len() - of(candidate)).into(), place);
        for row in rows.iter().filter(|row| !row[left].is_empty()) {
            let days: i64 = row[left].parse().unwrap();
            facts.put("database.days_left", &row[id], &days.into(), place);
        }
    }
    for row in rows(&reader.command(&["duty", "status", "-o", "csv", "--lang", "en"])) {
        let days: i64 = row["days left"].parse().unwrap();
        facts.put("duty.days_left", &row["code"], &days.into(), "duty status -o csv");
    }
    for row in rows(&reader.command(&["request", "list", "-o", "csv", "--lang", "en"])) {
        if let Ok(days) = row["days left"].parse::<i64>() {
            facts.put("request.days_left", &row["code"], &days.into(), "request list -o csv");
        }
    }
    months(reader).await;
}

/// The monthly report is one table, whoever writes it.
async fn months(reader: &Reader) {
    let today = reader.json("/api/v1/overview").await["today"].as_str().unwrap()[..7].to_owned();
    let month = ["usage", "month", "--owner", "VN/GOV/G01", "--month", &today];
    let csv = rows(&reader.command(&[&month[..], &["-o", "csv"]].concat()));
    let told: Value = serde_json::from_str(&reader.command(&[&month[..], &["-o", "json"]].concat())).unwrap();
    let items = told["items"].as_array().unwrap();
    assert!(!items.is_empty() && csv.len() == items.len(), "{told}");
    let columns: Vec<&str> =
        told["columns"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    for (row, item) in csv.iter().zip(items) {
        assert_eq!(row.keys().collect::<BTreeSet<_>>().len(), columns.len());
        for name in &columns {
            let value =
                item.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            assert_eq!(row[*name], value.unwrap_or_default(), "{name}");
        }
    }
    let table = reader.command(&[&month[..], &["-o", "table"]].concat());
    // For people: a line of heads in their language, and a line for each.
    let services = items.iter().all(|item| table.contains(item["service"].as_str().unwrap()));
    assert!(services && table.lines().count() == items.len() + 1, "{table}");
    assert!(!table.lines().next().unwrap().contains('_'), "{table}");
}

/// A table in CSV, each row by the names of its columns.
fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = vec![vec![String::new()]];
    let (mut is_quoted, mut all) = (false, text.trim_start_matches('\u{feff}').chars().peekable());
    while let Some(c) = all.next() {
        let line = lines.last_mut().unwrap();
        match c {
            '"' if is_quoted && all.peek() == Some(&'"') => {
                line.last_mut().unwrap().push(all.next().unwrap())
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => line.push(String::new()),
            '\r' if !is_quoted => {}
            '\n' if !is_quoted => lines.push(vec![String::new()]),
            c => line.last_mut().unwrap().push(c),
        }
    }
    lines.retain(|line| line.len() > 1 || !line[0].is_empty());
    let head = lines.remove(0);
    lines.into_iter().map(|line| head.iter().cloned().zip(line).collect()).collect()
}
