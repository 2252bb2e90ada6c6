//! A case as its pages show it: what may be seen of it and by whom, each value with its words, what comes next. Pure: JSON of the API in,
//! the view out, which is also the page's machine-readable twin.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use model::gap::{Gap, GapClass};
use serde_json::{Map, Value, json};

use crate::words::{Language, day, known, words};

/// After so many seconds a page shows what is there, whatever is still being asked, where the pack of reuse does not say.
pub(crate) const PATIENCE: u16 = 20;

/// Who looks at a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Whose case it is.
    Citizen,
    /// The office.
    Officer,
}

/// Members that the API leaves out when they say nothing.
const LISTS: &[&str] = &["items", "questions", "form", "deeds", "missing", "log"];
const MAYBE: &[&str] = &["acting", "also_open", "decision", "due", "submitted", "mark"];
const ITEM_MAYBE: &[&str] =
    &["paper", "gap", "told", "class", "alternative", "verdict", "asked_paper", "result"];
const VALUE_MAYBE: &[&str] = &["from", "as_of", "fetched", "exchange"];
const PAPER_MAYBE: &[&str] = &["reason", "handed_in", "number", "file", "proves"];

/// States in which what was found may be shown.
const SHOWN: &[&str] = &["found", "accepted"];

pub(crate) fn text<'a>(thing: &'a Value, name: &str) -> &'a str {
    thing.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn list<'a>(thing: &'a Value, name: &str) -> &'a [Value] {
    thing.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn list_mut<'a>(thing: &'a mut Value, name: &str) -> impl Iterator<Item = &'a mut Value> {
    thing.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten()
}

fn at_least(thing: &mut Value, names: &[&str], value: &Value) {
    if let Some(members) = thing.as_object_mut() {
        for name in names {
            members.entry(*name).or_insert_with(|| value.clone());
        }
    }
}

pub(crate) fn put(thing: &mut Value, name: &str, value: Value) {
    if let Some(members) = thing.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// A name in both languages under a key of the words.
fn said(key: &str) -> Value {
    json!({ "vi": words(Language::Vi, key), "en": words(Language::En, key) })
}

/// What a page of a case is drawn from.
pub(crate) fn view(mut case: Value, reader: Reader, now: Timestamp) -> Value {
    complete(&mut case);
    withhold(&mut case, reader);
    name_values(&mut case);
    let items = list(&case, "items");
    let applies = |item: &&Value| text(item, "state") != "not_applicable";
    let asks = |item: &&Value| matches!(text(item, "state"), "waiting" | "asking");
    let total = items.iter().filter(applies).count();
    let open = items.iter().filter(applies).filter(asks).count();
    let found = items.iter().filter(|item| text(item, "state") == "found").count();
    let state = text(&case, "state").to_owned();
    let patience = case.get("shown_after").and_then(Value::as_u64).unwrap_or_else(|| u64::from(PATIENCE));
    let patience = SignedDuration::from_secs(i64::try_from(patience).unwrap_or(i64::MAX));
    let waited = asked_last(&case).is_some_and(|at| now.duration_since(at) >= patience);
    let renews = matches!(state.as_str(), "fetching" | "submitting");
    // What is missing the engine says, and it alone: a line that says nothing may be shown by a paper, or be the State's to settle.
    let missing = list(&case, "missing");
    let next =
        list(&case, "form").iter().find(|line| empty(line) && missing.iter().any(|one| names(one, line)));
    let next = next.map(|line| text(line, "fact").to_owned());
    // Of what was submitted the office alone says which papers it still wants.
    let is_open =
        |item: &&Value| state != "submitted" || item.get("asked_paper").is_some_and(|asked| !asked.is_null());
    let papers: Vec<Value> = items.iter().filter(|item| wants_paper(item)).filter(is_open).cloned().collect();
    let without: Vec<Value> =
        items.iter().filter(|item| matches!(text(item, "state"), "gap" | "declined")).cloned().collect();
    let again = without.iter().any(|item| {
        text(item, "state") == "gap"
            && (item.get("may_pass") == Some(&json!(true)) || text(item, "gap") == "low_level")
    });
    let corrected: Vec<Value> = list(&case, "form")
        .iter()
        .filter(|line| line.get("correction").is_some_and(|one| !one.is_null()))
        .cloned()
        .collect();
    let can_submit = state == "form" && missing.is_empty();
    json!({
        "progress": { "total": total, "done": total - open, "found": found, "waited": waited, "renews": renews },
        "step": step(&state),
        "next": next,
        "papers": papers,
        "without": without,
        "again": again,
        "corrected": corrected,
        "can_submit": can_submit,
        "case": case,
    })
}

/// When the State was asked last: what was asked again has its time anew.
fn asked_last(case: &Value) -> Option<Timestamp> {
    let exchanges = list(case, "items").iter().flat_map(|item| list(item, "exchanges"));
    let times = exchanges.map(|exchange| text(exchange, "at")).chain([text(case, "opened")]);
    times.filter_map(|at| at.parse().ok()).max()
}

/// Whether what is missing is what a line should say: it ends with the line's name.
fn names(missing: &Value, line: &Value) -> bool {
    let name = line.get("name").unwrap_or(&Value::Null);
    ["vi", "en"].iter().all(|language| {
        let (told, name) = (text(missing, language), text(name, language));
        !name.is_empty()
            && told.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with(": "))
    })
}

/// The step of the way that a state is on, of five; none of a case that ended on the way.
fn step(state: &str) -> u8 {
    match state {
        "closed" => 0,
        "fetching" | "question" => 2,
        "preview" => 3,
        "form" => 4,
        _ => 5,
    }
}

/// Puts in what the API leaves out, so that a page asks for nothing that is not there.
fn complete(case: &mut Value) {
    at_least(case, &["late"], &json!(false));
    at_least(case, LISTS, &json!([]));
    at_least(case, MAYBE, &Value::Null);
    for item in list_mut(case, "items") {
        at_least(item, ITEM_MAYBE, &Value::Null);
        at_least(item, &["exchanges", "tried"], &json!([]));
        at_least(item, &["values"], &json!({}));
        for value in item.get_mut("values").and_then(Value::as_object_mut).into_iter().flatten() {
            at_least(value.1, VALUE_MAYBE, &Value::Null);
        }
        if let Some(paper) = item.get_mut("asked_paper") {
            at_least(paper, PAPER_MAYBE, &Value::Null);
        }
    }
    for line in list_mut(case, "form") {
        at_least(line, &["value", "correction"], &Value::Null);
        at_least(line, &["optional"], &json!(false));
        if let Some(value) = line.get_mut("value") {
            at_least(value, VALUE_MAYBE, &Value::Null);
        }
        if let Some(correction) = line.get_mut("correction") {
            at_least(correction, &["counts", "defect", "defect_state"], &Value::Null);
        }
    }
    for deed in list_mut(case, "deeds") {
        at_least(deed, &["told", "asked_next"], &Value::Null);
        at_least(deed, &["gave"], &json!({}));
    }
    if let Some(decision) = case.get_mut("decision") {
        at_least(decision, &["result"], &Value::Null);
    }
}

/// Takes out what nobody is to see: values of what was declined or is about somebody else, wherever they stand. The engine has erased them;
/// a page does not rely on that. A citizen is told the same of no record and of several.
fn withhold(case: &mut Value, reader: Reader) {
    let (mut shown, mut hidden) = (BTreeSet::new(), BTreeSet::new());
    for item in list_mut(case, "items") {
        let seen = SHOWN.contains(&text(item, "state"));
        let ids = list(item, "exchanges").iter().map(|exchange| text(exchange, "id").to_owned());
        if seen {
            shown.extend(ids)
        } else {
            hidden.extend(ids)
        }
        if !seen {
            put(item, "values", json!({}));
        }
        tell(item, reader);
        for tried in list_mut(item, "tried") {
            tell(tried, reader);
        }
    }
    for line in list_mut(case, "form") {
        let exchange = line.pointer("/value/exchange").and_then(Value::as_str).unwrap_or_default();
        if hidden.contains(exchange) && !shown.contains(exchange) {
            put(line, "value", Value::Null);
        }
    }
}

/// Says of a gap why, what follows, and where that is explained.
pub(super) fn tell(item: &mut Value, reader: Reader) {
    let Some(gap) = Gap::of_code(text(item, "gap")) else { return };
    let gap = match (gap, reader) {
        (Gap::Ambiguous, Reader::Citizen) => Gap::NotFound,
        (gap, _) => gap,
    };
    let told = gap.words();
    put(item, "gap", json!(gap.code()));
    put(item, "class", json!(gap.class()));
    put(item, "may_pass", json!(gap.may_pass()));
    // The words are of the code, so that nothing of how it came to that can be told by them.
    put(item, "told", json!({ "vi": told.vi(), "en": told.en() }));
}

/// Whether a line of the form says nothing yet.
fn empty(line: &Value) -> bool {
    line.get("value").is_none_or(Value::is_null) && line.get("correction").is_none_or(Value::is_null)
}

/// Whether a paper may be handed in for an item: the office has asked for it, or what came of asking the State allows it.
fn wants_paper(item: &Value) -> bool {
    let asked = item.get("asked_paper").filter(|paper| !paper.is_null());
    if let Some(asked) = asked {
        return asked.get("handed_in").is_none_or(Value::is_null);
    }
    let class = item.get("class").filter(|_| matches!(text(item, "state"), "gap" | "declined"));
    let allowed = text(item, "state") == "declined" || class == Some(&json!(GapClass::PaperMayBeAsked));
    allowed && item.get("paper").is_some_and(|paper| !paper.is_null())
}

/// Gives each value its words and its label.
fn name_values(case: &mut Value) {
    let mut labels = BTreeMap::new();
    for line in list_mut(case, "form") {
        let kind = line.get("kind").cloned().unwrap_or_default();
        for (member, inside) in [("value", "value"), ("correction", "value")] {
            let Some(value) = line.get_mut(member).filter(|value| !value.is_null()) else { continue };
            let shown = shown(&kind, text(value, inside));
            put(value, "shown", shown);
        }
        labels.insert(text(line, "fact").to_owned(), (line.get("name").cloned().unwrap_or_default(), kind));
    }
    for item in list_mut(case, "items") {
        let values = item.get("values").and_then(Value::as_object).cloned().unwrap_or_default();
        let lines: Vec<Value> =
            values.into_iter().map(|(fact, value)| named(&labels, &fact, value)).collect();
        put(item, "lines", json!(lines));
    }
    let gave = |gave: &Map<String, Value>| {
        let line = |(name, value): (&String, &Value)| json!({ "fact": name, "name": label(&labels, name), "value": value });
        gave.iter().map(line).collect::<Vec<_>>()
    };
    for deed in list_mut(case, "deeds") {
        let lines = deed.get("gave").and_then(Value::as_object).map(gave).unwrap_or_default();
        put(deed, "lines", json!(lines));
    }
}

type Labels = BTreeMap<String, (Value, Value)>;

fn named(labels: &Labels, fact: &str, mut value: Value) -> Value {
    let kind = labels.get(fact).map(|(_, kind)| kind.clone()).unwrap_or_default();
    let shown = shown(&kind, text(&value, "value"));
    put(&mut value, "fact", json!(fact));
    put(&mut value, "name", label(labels, fact));
    put(&mut value, "shown", shown);
    value
}

/// What a known name is called: as the form calls it, or in the words for what many databases have.
fn label(labels: &Labels, fact: &str) -> Value {
    if let Some((name, _)) = labels.get(fact) {
        return name.clone();
    }
    let last = fact.rsplit('.').next().unwrap_or_default();
    let key = format!("shell.fact.{last}");
    if known(Language::Vi, &key).is_some() { said(&key) } else { said("shell.fact") }
}

/// What many databases call so, in words; nothing where they have no word for it.
pub(super) fn called(member: &str) -> Option<Value> {
    let key = format!("shell.fact.{member}");
    known(Language::Vi, &key).is_some().then(|| said(&key))
}

/// A value as each language writes it.
pub(crate) fn shown(kind: &Value, value: &str) -> Value {
    let plain = || json!({ "vi": value, "en": value });
    if let Some(choices) = kind.get("choice").and_then(Value::as_array) {
        let chosen = choices.iter().find(|choice| text(choice, "code") == value);
        return chosen.and_then(|choice| choice.get("name").cloned()).unwrap_or_else(plain);
    }
    match (kind.as_str(), value) {
        (Some("yes"), "true") => said("yes"),
        (Some("yes"), "false") => said("no"),
        // A day is known by its form as well, where the form does not have it.
        (Some("date") | None, _) => match (day(Language::Vi, value), day(Language::En, value)) {
            (Some(vi), Some(en)) => json!({ "vi": vi, "en": en }),
            _ => plain(),
        },
        _ => plain(),
    }
}

/// What happened in a case, in words, with what it is about.
pub(super) fn happened(event: &mut Value, case: &Value) -> Value {
    let kind = text(event, "kind").to_owned();
    let key = format!("shell.did.{kind}");
    let told =
        if known(Language::Vi, &key).is_some() { said(&key) } else { json!({ "vi": kind, "en": kind }) };
    let subject = text(event, "subject").to_owned();
    let of = |members: &str, key: &str| {
        list(case, members)
            .iter()
            .find(|one| text(one, key) == subject)
            .and_then(|one| one.get("name"))
            .cloned()
    };
    let about = of("items", "id").or_else(|| of("form", "fact")).or_else(|| of("deeds", "id"));
    put(event, "about", about.unwrap_or_default());
    told
}

/// Who asked about a person, what, why: the exchanges of their cases, the last first.
pub(crate) fn asked(cases: &[Value]) -> Vec<Value> {
    let mut lines = Vec::new();
    for case in cases {
        for item in list(case, "items") {
            for exchange in list(item, "exchanges") {
                let fields = list(exchange, "fields").iter().filter_map(Value::as_str);
                let mut labels: Vec<Value> = Vec::new();
                for label in fields.map(|field| label(&Labels::new(), field)) {
                    if !labels.contains(&label) {
                        labels.push(label);
                    }
                }
                lines.push(json!({
                    "labels": labels,
                    "at": exchange.get("at"), "agency": exchange.get("agency"), "service": exchange.get("service"), "for": item.get("name"),
                    "fields": exchange.get("fields"), "basis": exchange.get("basis"), "case": case.get("id"), "dossier": case.get("dossier"),
                    "name": case.get("name"), "id": exchange.get("id"), "gap": item.get("gap"),
                }));
            }
        }
    }
    lines.sort_by(|one, other| {
        text(other, "at").cmp(text(one, "at")).then(text(one, "id").cmp(text(other, "id")))
    });
    // What several requirements were asked by in one exchange is one look.
    let mut told: Vec<Value> = Vec::new();
    for line in lines {
        match told.iter_mut().find(|known| text(known, "id") == text(&line, "id")) {
            Some(known) => {
                let more = line.get("for").cloned().unwrap_or_default();
                if let Some(reasons) = known.get_mut("reasons").and_then(Value::as_array_mut) {
                    reasons.push(more);
                }
            }
            None => {
                let mut line = line;
                let first = line.get("for").cloned().unwrap_or_default();
                put(&mut line, "reasons", json!([first]));
                told.push(line);
            }
        }
    }
    told
}
