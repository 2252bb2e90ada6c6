//! What each page of the shells is drawn from.

use jiff::Timestamp;
use jiff::civil::Date;
use model::gap::Gap;
use model::procedure::Published;
use serde_json::{Value, json};

use super::case::{self, Reader, list, put, text};
use super::typed;
use crate::texts;
use crate::visit::{Refused, Visit};

/// Cases of a person that are looked through for who asked: more than anybody has open and kept.
const OWN_MAX: usize = 200;
/// Cases of one question to the node, and most that a list is arranged from.
const AT_ONCE: usize = 100;
const READ_MAX: usize = 2_000;

/// The answer that it is one's own.
pub(super) const SELF: &str = "self";

pub(super) fn items(answer: &Value) -> Vec<Value> {
    list(answer, "items").to_vec()
}

/// The next page of a list.
fn further(path: &str, before: &str) -> String {
    if before.is_empty() {
        path.to_owned()
    } else {
        format!("{path}&before={}", model::id::encode_part(before))
    }
}

fn now() -> Timestamp {
    hub::clock::now()
}

/// Whether the visitor is of the office.
pub(super) fn is_officer(visit: &Visit) -> bool {
    visit.me.as_ref().is_some_and(|me| text(me, "as") == "officer")
}

pub(super) fn reader(visit: &Visit) -> Reader {
    if is_officer(visit) { Reader::Officer } else { Reader::Citizen }
}

/// The procedures that one can begin here, and the visitor's own cases that go on.
pub(super) async fn home(visit: &Visit) -> Result<Value, Refused> {
    let mut procedures = items(&visit.of_anybody().get("/procedures").await?);
    if let Some(words) = visit.query.get("q").filter(|words| !words.trim().is_empty()) {
        let wanted = model::text::search_key(words);
        procedures.retain(|one| {
            let name = |at: &str| {
                model::text::search_key(one.pointer(at).and_then(Value::as_str).unwrap_or_default())
            };
            [name("/name/vi"), name("/name/en"), model::text::search_key(text(one, "id"))]
                .iter()
                .any(|name| name.contains(&wanted))
        });
    }
    let going_on = match &visit.me {
        Some(_) if !is_officer(visit) => {
            let ended = |case: &Value| matches!(text(case, "state"), "decided" | "closed");
            items(&visit.get("/cases").await?).into_iter().filter(|case| !ended(case)).collect()
        }
        _ => Vec::new(),
    };
    Ok(json!({ "procedures": procedures, "cases": going_on }))
}

/// A procedure, told before it is begun: what is asked of whom, what the person must say, what may be left to bring.
pub(super) async fn procedure(visit: &Visit) -> Result<Value, Refused> {
    let mut view =
        told(visit.of_anybody().get(&format!("/procedures/{}", visit.place("code"))).await?, now())?;
    let can_begin = view.get("procedure").is_some_and(|procedure| may_begin(procedure, is_officer(visit)));
    put(&mut view, "can_begin", json!(can_begin));
    Ok(view)
}

/// Whether whoever looks may begin it: the office for everybody, others where there is a way to know for whom they may.
fn may_begin(procedure: &Value, officer: bool) -> bool {
    officer || !ways(procedure).is_empty()
}

/// For whom one may begin it: for oneself where whose case it is has a number, and as somebody who may act.
pub(super) fn ways(procedure: &Value) -> Vec<&str> {
    let person = |role: &Value| matches!(text(role, "party"), "" | "person");
    let own = list(procedure, "roles").first().filter(|role| person(role)).map(|_| SELF);
    own.into_iter().chain(list(procedure, "acts_for").iter().map(|way| text(way, "how"))).collect()
}

/// Whether the State can be asked in this way today: some scope lets it, or it is not known.
fn is_asked(way: &Value, today: Date) -> bool {
    let is_open = |ask: &Value| match ask.get("published").filter(|known| !known.is_null()) {
        None => true,
        Some(known) => serde_json::from_value::<Vec<Published>>(known.clone())
            .is_ok_and(|days| days.iter().any(|one| one.valid.holds_on(today))),
    };
    let asks = list(way, "asks");
    !asks.is_empty() && asks.iter().all(is_open)
}

/// A procedure with its requirements told apart: what the State is asked for, what a paper shows, and what the person says.
pub(super) fn told(answer: Value, now: Timestamp) -> Result<Value, Refused> {
    let mut answer = answer;
    let mut procedure = match answer.get_mut("procedure") {
        Some(inside) => inside.take(),
        None => answer.take(),
    };
    let services = answer.get("services").cloned().unwrap_or_else(|| json!({}));
    let bases = answer.get("bases").cloned().unwrap_or_else(|| json!({}));
    for name in ["inputs", "acts_for", "deeds", "bases", "requirements"] {
        if list(&procedure, name).is_empty() {
            put(&mut procedure, name, json!([]));
        }
    }
    for name in ["working_days", "second_hand", "assumed", "assurance"] {
        if procedure.get(name).is_none() {
            put(&mut procedure, name, Value::Null);
        }
    }
    let today = model::time::day_in_viet_nam(now);
    let (mut asked, mut brought, mut yours) = (Vec::new(), Vec::new(), Vec::new());
    for requirement in list(&procedure, "requirements") {
        let ways = list(requirement, "alternatives").iter().filter(|way| is_asked(way, today));
        let ways = ways.flat_map(|way| list(way, "asks"));
        let services: Vec<Value> = ways.map(|ask| source(&services, text(ask, "service"))).collect();
        let mut agencies: Vec<Value> = Vec::new();
        for one in services {
            if !agencies.contains(&one) {
                agencies.push(one);
            }
        }
        let line = json!({
            "id": requirement.get("id"), "name": requirement.get("name"), "paper": requirement.pointer("/paper/name"), "agencies": agencies,
            "sometimes": requirement.get("when").is_some(), "otherwise": requirement.get("otherwise"),
        });
        match text(requirement, "otherwise") {
            _ if !agencies.is_empty() => asked.push(line),
            "paper" if line.get("paper").is_some_and(|paper| !paper.is_null()) => brought.push(line),
            "nothing" => {}
            _ => yours.push(line),
        }
    }
    let cited = |code: &Value| {
        let code = code.as_str().unwrap_or_default();
        bases.get(code).cloned().unwrap_or_else(|| json!(code))
    };
    let bases: Vec<Value> = list(&procedure, "bases").iter().map(cited).collect();
    Ok(json!({ "procedure": procedure, "asked": asked, "brought": brought, "yours": yours, "bases": bases }))
}

/// The agency behind a service by name, or the part of its identifier that people know it by.
fn source(services: &Value, id: &str) -> Value {
    let member: Vec<&str> = id.split('/').skip(1).take(2).collect();
    let agency = services.get(id).and_then(|service| service.get("agency"));
    agency.cloned().unwrap_or_else(|| json!({ "vi": member.join("/"), "en": member.join("/") }))
}

/// The visitor's own cases.
pub(super) async fn own_cases(visit: &Visit) -> Result<Value, Refused> {
    let mut view = visit.get_with("/cases", &["before"]).await?;
    for case in view.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten() {
        *case = seen(case.take(), Reader::Citizen);
    }
    Ok(view)
}

/// A case of a list, as far as its reader may see it.
fn seen(case: Value, reader: Reader) -> Value {
    case::view(case, reader, now()).get_mut("case").map(Value::take).unwrap_or_default()
}

pub(super) async fn one(visit: &Visit, reader: Reader) -> Result<Value, Refused> {
    let answer = visit.get(&format!("/cases/{}", visit.place("id"))).await?;
    Ok(case::view(answer, reader, now()))
}

/// One of the visitor's own cases. An officer who has been given its address sees it as the citizen does.
pub(super) async fn own_case(visit: &Visit) -> Result<Value, Refused> {
    one(visit, Reader::Citizen).await
}

/// A line of the form of a case, to be filled in or corrected.
pub(super) async fn field(visit: &Visit) -> Result<Value, Refused> {
    let mut view = one(visit, Reader::Citizen).await?;
    let fact = visit.places.get("fact").map_or("", String::as_str);
    let line = view.pointer("/case/form").and_then(Value::as_array).into_iter().flatten();
    let line = line.clone().find(|line| text(line, "fact") == fact).cloned().ok_or_else(Refused::nowhere)?;
    let said = line.pointer("/correction/value").or_else(|| line.pointer("/value/value"));
    let kind = line.get("kind").cloned().unwrap_or_default();
    let typed = typed::shown(&kind, said.and_then(Value::as_str).unwrap_or_default());
    put(&mut view, "line", line);
    put(&mut view, "typed", json!(typed));
    Ok(view)
}

/// A requirement of a case for which a paper may be handed in.
pub(super) async fn paper(visit: &Visit) -> Result<Value, Refused> {
    let mut view = one(visit, Reader::Citizen).await?;
    let id = visit.places.get("item").map_or("", String::as_str);
    let item = list(&view, "papers").iter().find(|item| text(item, "id") == id).cloned();
    put(&mut view, "item", item.ok_or_else(Refused::nowhere)?);
    Ok(view)
}

/// The receipt, as the node signed it, beside the case: what stands in it is told by the names that the case has.
pub(super) async fn receipt(visit: &Visit) -> Result<Value, Refused> {
    let mut view = one(visit, reader(visit)).await?;
    let mut signed = visit.get(&format!("/cases/{}/receipt", visit.place("id"))).await?;
    let said: Value = serde_json::from_str(text(&signed, "receipt"))
        .map_err(|error| Refused::inside(&error.to_string()))?;
    let case = view.get("case").cloned().unwrap_or_default();
    let named = |members: &str, key: &str, id: &str| {
        let found =
            list(&case, members).iter().find(|one| text(one, key) == id).and_then(|one| one.get("name"));
        found.cloned().unwrap_or_else(|| json!({ "vi": id, "en": id }))
    };
    let mut rows = list(&said, "items").to_vec();
    for row in &mut rows {
        let name = named("items", "id", text(row, "id"));
        put(row, "name", name);
        case::tell(row, reader(visit));
        for absent in ["told", "asked_again"] {
            if row.get(absent).is_none() {
                put(row, absent, Value::Null);
            }
        }
    }
    let corrected = list(&said, "corrected").iter().filter_map(Value::as_str);
    let corrected: Vec<Value> = corrected.map(|fact| named("form", "fact", fact)).collect();
    let mut done = list(&said, "deeds").to_vec();
    for deed in &mut done {
        let name = named("deeds", "id", text(deed, "id"));
        put(deed, "name", name);
    }
    put(&mut signed, "said", said);
    for (name, value) in [
        ("receipt", signed),
        ("rows", json!(rows)),
        ("corrected", json!(corrected)),
        ("done", json!(done)),
        ("officer", json!(is_officer(visit))),
    ] {
        put(&mut view, name, value);
    }
    Ok(view)
}

/// Every look at the visitor's data that their cases made.
pub(super) async fn asked(visit: &Visit) -> Result<Value, Refused> {
    let (mut listed, mut before) = (Vec::new(), String::new());
    while listed.len() < OWN_MAX {
        let answer = visit.get(&further("/cases?limit=100", &before)).await?;
        listed.extend(items(&answer));
        before = text(&answer, "next").to_owned();
        if before.is_empty() {
            break;
        }
    }
    let left_out = !before.is_empty() || listed.len() > OWN_MAX;
    let mut cases = Vec::new();
    for known in listed.into_iter().take(OWN_MAX) {
        let id = model::id::encode_part(text(&known, "id"));
        cases.push(seen(visit.get(&format!("/cases/{id}")).await?, Reader::Citizen));
    }
    Ok(json!({ "items": case::asked(&cases), "left_out": left_out }))
}

fn gap(gap: Gap) -> Value {
    let told = gap.words();
    json!({ "code": gap.code(), "class": gap.class(), "may_pass": gap.may_pass(), "told": { "vi": told.vi(), "en": told.en() } })
}

/// All reasons for which a look-up may have no answer.
pub(super) async fn reasons(_: &Visit) -> Result<Value, Refused> {
    Ok(json!({ "items": Gap::ALL.iter().map(|one| gap(*one)).collect::<Vec<_>>() }))
}

/// One of them.
pub(super) async fn reason(visit: &Visit) -> Result<Value, Refused> {
    let code = visit.places.get("code").map_or("", String::as_str);
    let found = Gap::of_code(code).ok_or_else(Refused::nowhere)?;
    let rows = model::fault::ROWS.iter().map(|row| row.code).filter(|code| Gap::of_fault(code) == found);
    let mut view = gap(found);
    // All that is no exchange's fault would stand under the platform's own: only what says something is told.
    let faults: Vec<&str> = if found == Gap::Internal { Vec::new() } else { rows.collect() };
    put(&mut view, "faults", json!(faults));
    Ok(view)
}

/// That a page is for the office.
pub(super) fn for_the_office(visit: &Visit) -> Result<(), Refused> {
    if is_officer(visit) {
        return Ok(());
    }
    let mut refused = Refused::said(&texts::for_officers());
    refused.status = axum::http::StatusCode::FORBIDDEN;
    Err(refused)
}

/// The cases of the office, arranged as the address says. The node gives them newest first; what is beyond [`READ_MAX`] is told as left out.
pub(super) async fn desk(visit: &Visit) -> Result<Value, Refused> {
    for_the_office(visit)?;
    let path = visit.passing_on(&format!("/cases?limit={AT_ONCE}"), &["state"]);
    let (mut cases, mut before) = (Vec::new(), String::new());
    while cases.len() < READ_MAX {
        let answer = visit.get(&further(&path, &before)).await?;
        cases.extend(items(&answer));
        before = text(&answer, "next").to_owned();
        if before.is_empty() {
            break;
        }
    }
    let read = cases.len();
    for case in &mut cases {
        if case.get("due").is_none() {
            put(case, "due", Value::Null);
        }
        let late = case.get("late") == Some(&json!(true));
        put(case, "late", json!(late));
    }
    arrange(visit, &mut cases);
    Ok(json!({ "items": cases, "read": read, "left_out": !before.is_empty() }))
}

/// Filters and orders cases by the words of the address.
fn arrange(visit: &Visit, cases: &mut Vec<Value>) {
    let said = |word: &str| visit.query.get(word).map(|value| value.trim()).filter(|value| !value.is_empty());
    if let Some(state) = said("state") {
        cases.retain(|case| text(case, "state") == state);
    }
    if said("late") == Some("true") {
        cases.retain(|case| case.get("late") == Some(&json!(true)));
    }
    if let Some(words) = said("q") {
        let wanted = model::text::search_key(words);
        let fits = |text: &str| model::text::search_key(text).contains(&wanted);
        let of =
            |case: &Value, at: &str| case.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
        cases.retain(|case| {
            ["/dossier", "/procedure", "/name/vi", "/name/en"].iter().any(|at| fits(&of(case, at)))
        });
    }
    let asked = said("sort").unwrap_or_default();
    let (column, down) = asked.strip_prefix('-').map_or((asked, false), |column| (column, true));
    let key = |case: &Value| -> (bool, String) {
        let found = match column {
            "name" => text(case.get("name").unwrap_or(&Value::Null), visit.language.code()).to_owned(),
            "gaps" => format!("{:>9}", case.get("gaps").and_then(Value::as_u64).unwrap_or_default()),
            "state" | "opened" | "due" | "dossier" => text(case, column).to_owned(),
            _ => String::new(),
        };
        // What has no day comes last, whichever way the list goes.
        (found.is_empty() != down, found)
    };
    if !column.is_empty() {
        cases.sort_by_cached_key(&key);
        if down {
            cases.reverse();
        }
    }
}

/// A case of the office, with what happened in it, and the reasons that an officer may have for asking again.
pub(super) async fn desk_case(visit: &Visit) -> Result<Value, Refused> {
    for_the_office(visit)?;
    let mut view = one(visit, Reader::Officer).await?;
    let case = view.get("case").cloned().unwrap_or_default();
    let code = model::id::encode_part(text(&case, "procedure"));
    let procedure = visit.get(&format!("/procedures/{code}")).await.unwrap_or_default();
    let mut log = visit
        .get(&format!("/cases/{}/log", visit.place("id")))
        .await?
        .as_array()
        .cloned()
        .unwrap_or_default();
    for event in &mut log {
        let told = case::happened(event, &case);
        put(event, "told", told);
    }
    log.reverse();
    let rights = |right: &str| visit.may(right);
    put(&mut view, "may_work", json!(rights("work")));
    put(&mut view, "may_decide", json!(rights("decide")));
    put(&mut view, "log", json!(log));
    for name in ["reasons", "results"] {
        put(&mut view, name, procedure.get(name).cloned().unwrap_or_else(|| json!([])));
    }
    Ok(view)
}

/// A result of the office: what it says, whether it holds, and its signature.
pub(super) async fn result(visit: &Visit) -> Result<Value, Refused> {
    let kept = visit.get(&format!("/results/{}", visit.place("code"))).await?;
    let mut said: Value =
        serde_json::from_str(text(&kept, "result")).map_err(|error| Refused::inside(&error.to_string()))?;
    for absent in ["person", "valid_to"] {
        if said.get(absent).is_none() {
            put(&mut said, absent, Value::Null);
        }
    }
    let fields = said.get("fields").and_then(Value::as_object).cloned().unwrap_or_default();
    let row = |(name, value): (&String, &Value)| {
        let shown = case::shown(&Value::Null, value.as_str().unwrap_or_default());
        json!({ "field": name, "name": case::called(name), "shown": shown })
    };
    let fields: Vec<Value> = fields.iter().map(row).collect();
    Ok(json!({
        "result": said, "fields": fields, "revoked": kept.get("revoked"), "key": kept.get("key"), "signature": kept.get("signature"),
        "officer": is_officer(visit), "may_decide": visit.may("decide"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_is_asked_of_the_state_brought_or_said_as_it_is_today() {
        let published =
            |days: Value| json!([{ "asks": [{ "service": "VN/GOV/G01/a/b", "published": days }] }]);
        let open = json!([{ "clients": "VN/LOC/*/mot-cua", "valid_from": "2026-01-01" }]);
        let over =
            json!([{ "clients": "VN/LOC/*/mot-cua", "valid_from": "2026-01-01", "valid_to": "2026-02-01" }]);
        let paper = json!({ "code": "p", "name": { "vi": "p", "en": "p" } });
        let requirements = json!([
            { "id": "hoi", "alternatives": published(open), "paper": paper, "otherwise": "paper" },
            { "id": "het", "alternatives": published(over), "paper": paper, "otherwise": "paper" },
            { "id": "chua", "alternatives": published(json!([])), "otherwise": "field" },
            { "id": "khong-ro", "alternatives": [{ "asks": [] }, { "asks": [{ "service": "VN/GOV/G01/a/b" }] }], "otherwise": "field" },
            { "id": "khai", "alternatives": [{ "asks": [] }], "otherwise": "field" },
            { "id": "bo", "alternatives": [{ "asks": [] }], "otherwise": "nothing" },
        ]);
        let answer = json!({ "procedure": { "requirements": requirements } });
        let view = told(answer, "2026-11-30T01:00:00Z".parse().unwrap()).unwrap();
        let ids = |of: &str| list(&view, of).iter().map(|one| text(one, "id").to_owned()).collect::<Vec<_>>();
        assert_eq!(ids("asked"), ["hoi", "khong-ro"]);
        assert_eq!(ids("brought"), ["het"]);
        assert_eq!(ids("yours"), ["chua", "khai"]);
    }
}
