//! The figures of quality: on pages, in what they are drawn from, in the API's answers, and counted anew: what is above datasets from the
//! datasets, fields from their rules, rules from what the explanation of each says, defects from their list.

use std::time::{Duration, Instant};

use model::id::encode_part;
use serde_json::{Value, json};

use super::{Facts, Reader};

/// Fewer measured datasets are no nation.
const ENOUGH: u64 = 5;
/// For so long no more of them come.
const STILL: Duration = Duration::from_secs(8);
const LONGEST: Duration = Duration::from_secs(120);
const CRITERIA: [&str; 6] = ["accurate", "complete", "clean", "live", "consistent", "shared"];

fn items<'a>(view: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    view[name].as_array().into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// Hundredths of a score, rounded down; null: not measured.
fn hundredths(score: &Value) -> Value {
    let Some(value) = score["value"].as_f64() else { return Value::Null };
    assert!((0.0..=100.0).contains(&value), "{score}");
    // As text, so that no rounding of ours is the page's.
    let digits = format!("{value:.6}");
    let (whole, rest) = digits.split_once('.').unwrap();
    json!(format!("{whole}{}", &rest[..2]).parse::<i64>().unwrap())
}

fn scores(facts: &mut Facts, what: &str, of: &str, scored: &Value, place: &str) {
    facts.put(&format!("{what}.overall"), of, &hundredths(&scored["overall"]), place);
    for word in CRITERIA.iter().filter(|word| what != "field" || **word != "shared") {
        facts.put(&format!("{what}.{word}"), of, &hundredths(&scored["criteria"][word]), place);
    }
}

/// A line of any level.
pub(super) fn line(facts: &mut Facts, line: &Value, place: &str) {
    if line.is_null() {
        return;
    }
    let id = text(line, "id");
    scores(facts, "quality", id, line, place);
    facts.put("quality.alerts", id, &line["alerts"], place);
    for name in ["datasets", "datasets_measured", "rows", "defects", "defects_late"] {
        facts.put(&format!("quality.{name}"), id, &line[name], place);
    }
    facts.put("quality.out_of_date", id, &line["datasets_out_of_date"], place);
}

fn rule(facts: &mut Facts, service: &str, rule: &Value, place: &str) {
    let of = format!("{service} {}", text(rule, "rule"));
    for name in ["pass", "fail", "null", "not_applicable"] {
        facts.put(&format!("rule.{name}"), &of, &rule[name], place);
    }
    let judged = rule["pass"].as_u64().unwrap() + rule["fail"].as_u64().unwrap();
    facts.put("rule.judged", &of, &judged.into(), place);
    facts.put("rule.score", &of, &hundredths(&rule["score"]), place);
}

fn field(facts: &mut Facts, service: &str, field: &Value, place: &str) {
    let of = format!("{service} {}", text(field, "field"));
    scores(facts, "field", &of, field, place);
    let fails: u64 = items(field, "rules").map(|rule| rule["fail"].as_u64().unwrap()).sum();
    facts.put("field.fails", &of, &fails.into(), place);
    items(field, "rules").for_each(|one| rule(facts, service, one, place));
}

fn dataset(facts: &mut Facts, service: &str, view: &Value, place: &str) {
    line(facts, &view["line"], place);
    if !view["measurement"].is_null() {
        facts.put("dataset.rows", service, &view["measurement"]["rows"], place);
        facts.put("dataset.keyless", service, &view["measurement"]["keyless"], place);
    }
    items(view, "fields").for_each(|one| field(facts, service, one, place));
    items(view, "fix_first").for_each(|one| rule(facts, service, one, place));
}

fn defect(facts: &mut Facts, defect: &Value, place: &str) {
    facts.put("defect.fails", text(defect, "id"), &defect["fails"], place);
    facts.put("defect.days_left", text(defect, "id"), &defect["due"]["days"], place);
}

/// What a page of quality is drawn from.
pub(super) fn page(facts: &mut Facts, path: &str, view: &Value, place: &str) {
    items(view, "first").chain(items(view, "defects")).for_each(|one| defect(facts, one, place));
    match path.trim_matches('/').split('/').collect::<Vec<_>>().as_slice() {
        [_] => {
            for name in ["items", "blocs", "provinces"] {
                items(view, name).for_each(|one| line(facts, one, place));
            }
            line(facts, &view["nation"], place);
            if !view["nation"].is_null() {
                facts.put("quality.measured", "", &view["measured"], place);
                facts.put("quality.databases", "", &view["databases"], place);
            }
        }
        [_, "co-quan", _] => {
            line(facts, &view["line"], place);
            items(view, "items").for_each(|one| line(facts, one, place));
            facts.put("quality.measured", text(view, "agency"), &view["measured"], place);
            facts.put("quality.databases", text(view, "agency"), &view["databases"], place);
        }
        [_, "csdl", _] => {
            line(facts, &view["line"], place);
            items(view, "items").for_each(|one| line(facts, one, place));
        }
        [_, "du-lieu", ..] => dataset(facts, text(view, "service"), view, place),
        [_, "loi"] => items(view, "items").for_each(|one| defect(facts, one, place)),
        [_, "loi", _] => defect(facts, view, place),
        _ => {}
    }
}

/// Nodes measure while the day runs, and some longer than it: comes when the hub has heard of so many datasets and of no more for a while.
pub(super) async fn measured_whole(reader: &Reader) {
    let count = async || {
        let lines = reader.items("/api/v1/quality?level=dataset").await;
        lines.iter().filter_map(|line| line["datasets_measured"].as_u64()).sum::<u64>()
    };
    let (began, mut before) = (Instant::now(), 0);
    loop {
        let now = count().await;
        if now > ENOUGH && now == before {
            return;
        }
        assert!(began.elapsed() < LONGEST, "the nation has measured {now} datasets");
        before = now;
        tokio::time::sleep(STILL).await;
    }
}

pub(super) async fn gather(reader: &Reader, facts: &mut Facts) {
    let api = "api/v1/quality";
    let databases = reader.items("/api/v1/quality?level=database").await;
    let measured = |lines: &[Value]| lines.iter().filter(|line| line["datasets_measured"] != 0).count();
    facts.put("quality.measured", "", &measured(&databases).into(), "counted from the databases");
    facts.put("quality.databases", "", &databases.len().into(), "counted from the databases");
    for level in ["nation", "bloc", "province", "agency", "database"] {
        for one in reader.items(&format!("/api/v1/quality?level={level}")).await {
            line(facts, &one, api);
            if ["agency", "province"].contains(&level) {
                let of = text(&one, "id");
                let own =
                    reader.items(&format!("/api/v1/quality?level=database&agency={}", encode_part(of))).await;
                facts.put("quality.measured", of, &measured(&own).into(), "counted from the databases");
                facts.put("quality.databases", of, &own.len().into(), "counted from the databases");
            }
        }
    }
    let datasets = reader.items("/api/v1/quality?level=dataset").await;
    let defects = reader.items("/api/v1/quality/defects").await;
    defects.iter().for_each(|one| defect(facts, one, "api/v1/quality/defects"));
    let sum = |name: &str| datasets.iter().map(|line| line[name].as_u64().unwrap()).sum::<u64>();
    for name in ["datasets", "datasets_measured", "rows", "defects"] {
        facts.put(&format!("quality.{name}"), "nation", &sum(name).into(), "the datasets together");
    }
    assert!(
        sum("datasets_measured") > ENOUGH && !defects.is_empty(),
        "the nation has measured nothing: {datasets:?}"
    );
    for one in &datasets {
        let service = text(one, "id");
        line(facts, one, api);
        // The figure is public: what consumers report does not move it.
        let of = |defect: &&Value| {
            text(defect, "service") == service
                && text(defect, "origin") == "measured"
                && text(defect, "state") != "closed"
        };
        let open = defects.iter().filter(of).count();
        facts.put("quality.defects", service, &open.into(), "counted from the defects");
        let all = reader.json(&format!("/api/v1/quality/datasets/{}", encode_part(service))).await;
        dataset(facts, service, &all, "api/v1/quality/datasets");
        explained(reader, facts, service, &all).await;
    }
}

/// Each number of a dataset as its explanation computes it anew from what was counted.
async fn explained(reader: &Reader, facts: &mut Facts, service: &str, all: &Value) {
    let place = "api/v1/quality/explain";
    for one in items(all, "fields") {
        let name = text(one, "field");
        if name.is_empty() {
            continue;
        }
        let path = format!("/{place}?level=dataset&id={}&number={}", encode_part(service), encode_part(name));
        let explained = reader.json(&path).await;
        facts.put("field.overall", &format!("{service} {name}"), &hundredths(&explained["score"]), place);
        items(&explained, "rules").for_each(|one| rule(facts, service, one, place));
        // A score is the weighted mean of the rules that it opens to.
        for word in CRITERIA {
            let of = items(&explained, "rules")
                .filter(|rule| rule["criterion"] == word && rule["score"]["measured"] == true);
            let parts: Vec<(f64, f64)> = of
                .map(|rule| {
                    (
                        rule["weight"].as_f64().unwrap(),
                        rule["pass"].as_f64().unwrap() * 100.0
                            / (rule["pass"].as_f64().unwrap() + rule["fail"].as_f64().unwrap()),
                    )
                })
                .collect();
            let weights: f64 = parts.iter().map(|(weight, _)| weight).sum();
            if weights > 0.0 {
                let mean = parts.iter().map(|(weight, value)| weight * value).sum::<f64>() / weights;
                let said = one["criteria"][word]["value"].as_f64().unwrap();
                assert!(
                    said <= mean + 1e-6 && mean - said < 0.000_2,
                    "{service} {name} {word}: {said}, its rules come to {mean}"
                );
            }
        }
    }
}
