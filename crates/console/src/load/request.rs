//! What the pages of requests are drawn from: what one may ask for, what it needs on its way, what the grant will be able to do.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use jiff::ToSpan as _;
use model::id::encode_part;
use model::time::day_in_viet_nam;
use serde_json::{Value, json};

use super::register::offered;
use super::{items, some, text, with};
use crate::entry::ASKING;
use crate::entry::asking::asking;
use crate::form::Form;
use crate::visit::{Refused, Visit};

pub(crate) async fn list(visit: &Visit) -> Result<Value, Refused> {
    super::arranged(visit, "/api/v1/requests", 500).await
}

/// One request, with the names of its papers and points, and how its grant is called.
pub(crate) async fn one(visit: &Visit) -> Result<Value, Refused> {
    let mut view = visit.get(&format!("/api/v1/requests/{}", visit.place("id"))).await?;
    let request = view.get("request").cloned().unwrap_or_default();
    let pack = visit.get(&format!("/api/v1/registry/packs/{}", encode_part(text(&request, "pack")))).await?;
    let kind = pack.get("types").and_then(Value::as_array).into_iter().flatten();
    let kind = kind.into_iter().find(|kind| kind.get("id") == request.pointer("/asking/type"));
    let needed = kind.and_then(|kind| kind.get("papers")).cloned().unwrap_or_else(|| json!([]));
    with(&mut view, "papers_needed", needed);
    with(&mut view, "papers", named(pack.get("papers")));
    with(&mut view, "points", named(pack.pointer("/checklist/items")));
    let asking = request.get("asking").cloned().unwrap_or_default();
    let place = visit.get("/api/v1/practice").await?.get("practice").cloned().unwrap_or_default();
    let purpose = match text(&request, "grant") {
        "" => Value::Null,
        grant => {
            let grant = visit.get(&format!("/api/v1/registry/grants/{}", encode_part(grant))).await;
            grant.ok().and_then(|grant| grant.pointer("/uses/0/purpose").cloned()).unwrap_or_default()
        }
    };
    let names = names(visit, &asking).await?;
    with(&mut view, "names", names);
    with(
        &mut view,
        "trial",
        json!({ "place": place, "purpose": purpose, "own": place.get("client") == asking.get("client") }),
    );
    Ok(view)
}

/// What a request names, by its names.
async fn names(visit: &Visit, asking: &Value) -> Result<Value, Refused> {
    let service =
        visit.get(&format!("/api/v1/registry/services/{}", encode_part(text(asking, "service")))).await;
    let service = service.unwrap_or_default();
    let mut uses = Vec::new();
    for granted in asking.get("uses").and_then(Value::as_array).into_iter().flatten() {
        let of =
            |kind: &str, name: &str| format!("/api/v1/registry/{kind}/{}", encode_part(text(granted, name)));
        let purpose = visit.get(&of("purposes", "purpose")).await.unwrap_or_default();
        let basis = visit.get(&of("bases", "basis")).await.unwrap_or_default();
        uses.push(json!({ "purpose": purpose.get("name"), "basis": basis.get("citation"), "code": granted.get("purpose") }));
    }
    let fields = service.pointer("/dataset/fields").and_then(Value::as_array).cloned().unwrap_or_default();
    let labels: BTreeMap<&str, &Value> =
        fields.iter().filter_map(|field| Some((text(field, "name"), field.get("label")?))).collect();
    Ok(
        json!({ "service": service.get("name"), "uses": uses, "labels": labels, "key": service.pointer("/dataset/key") }),
    )
}

/// Things of a pack by their code.
fn named(list: Option<&Value>) -> Value {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    let named: BTreeMap<&str, Option<&Value>> = list.map(|one| (text(one, "id"), one.get("name"))).collect();
    json!(named)
}

/// What the form begins with: what the address says, or what is usual.
fn beginning(visit: &Visit) -> Form {
    let mut form = Form::default();
    let until = day_in_viet_nam(hub::clock::now()).saturating_add(1.year());
    for (name, usual) in [("mode", "query"), ("per_second", "5"), ("valid_to", &until.to_string())] {
        form.0.insert(name.to_owned(), usual.to_owned());
    }
    let from_address = ASKING.iter().map(|member| member.name).chain(["duty", "renews"]);
    for name in from_address {
        if let Some(said) = visit.query.get(name).filter(|said| !said.is_empty()) {
            form.0.insert(name.to_owned(), said.clone());
        }
    }
    form
}

/// A form to ask with. Without a service yet, the place to choose one.
pub(crate) async fn ask(visit: &Visit) -> Result<Value, Refused> {
    let mut begun = beginning(visit);
    if let Some(renewed) = visit.query.get("renews") {
        let grant = visit.get(&format!("/api/v1/registry/grants/{}", encode_part(renewed))).await?;
        take_over(&mut begun, &grant);
        begun.0.insert("type".to_owned(), "renewal".to_owned());
        begun.0.insert("renews".to_owned(), renewed.clone());
    }
    form(visit, begun, None).await
}

/// The form of a request that was given back, as it was asked.
pub(crate) async fn amend(visit: &Visit) -> Result<Value, Refused> {
    let view = visit.get(&format!("/api/v1/requests/{}", visit.place("id"))).await?;
    let asking = view.pointer("/request/asking").cloned().unwrap_or_default();
    let mut begun = Form::default();
    take_over(&mut begun, &asking);
    for name in ["type", "mode", "volume", "statement", "duty", "renews", "sla", "valid_to"] {
        if let Some(said) = asking.get(name).and_then(Value::as_str) {
            begun.0.insert(name.to_owned(), said.to_owned());
        }
    }
    let returned = view.pointer("/request/acts").and_then(Value::as_array).into_iter().flatten().rev();
    let returned = returned.into_iter().find(|act| text(act, "act") == "returned").cloned();
    form(visit, begun, Some(json!({ "id": visit.places.get("id"), "said": returned }))).await
}

/// Takes over what a grant, or what was asked for, has.
fn take_over(form: &mut Form, scope: &Value) {
    let mut put = |name: &str, value: &str| drop(form.0.insert(name.to_owned(), value.to_owned()));
    for name in ["client", "service"] {
        put(name, text(scope, name));
    }
    for name in ["purpose", "basis"] {
        put(name, scope.pointer(&format!("/uses/0/{name}")).and_then(Value::as_str).unwrap_or_default());
    }
    put("per_second", &scope.get("per_second").map(ToString::to_string).unwrap_or_default());
    match scope.get("fields") {
        Some(Value::Array(fields)) => {
            fields.iter().filter_map(Value::as_str).for_each(|field| put(&format!("field.{field}"), "true"));
        }
        _ => put("fields", "all"),
    }
    for endpoint in scope.get("endpoints").and_then(Value::as_array).into_iter().flatten() {
        put(&format!("endpoint.{} {}", text(endpoint, "method"), text(endpoint, "path")), "true");
    }
    if let Some(rule) = scope.pointer("/rows/0") {
        put("row_field", text(rule, "field"));
        put("row_under", text(rule, "under"));
        let values = rule.get("one_of").and_then(Value::as_array).into_iter().flatten();
        put("row_values", &values.filter_map(Value::as_str).collect::<Vec<_>>().join("\n"));
    }
}

async fn form(visit: &Visit, begun: Form, amending: Option<Value>) -> Result<Value, Refused> {
    let typed = visit.typed.as_ref().map_or(&begun, |(typed, _)| typed);
    let problem = visit.typed.as_ref().map_or(&Value::Null, |(_, problem)| problem);
    let places = offered(visit, ASKING, typed).await;
    let mut by_name: BTreeMap<String, Value> = BTreeMap::new();
    for place in places {
        by_name.insert(text(&place, "name").to_owned(), place);
    }
    let wanted = typed.get("service");
    let service = match wanted {
        "" => Value::Null,
        wanted => {
            visit.get(&format!("/api/v1/registry/services/{}", encode_part(wanted))).await.unwrap_or_default()
        }
    };
    let mut view = json!({ "service": service, "place": by_name, "typed": typed.0, "amending": amending, "ability": null });
    if service.is_null() {
        return Ok(view);
    }
    let systems = match visit.agency() {
        Some(agency) => some(visit, "systems", "owner", &agency).await?,
        None => Vec::new(),
    };
    let grants = some(visit, "grants", "service", wanted).await?;
    let mine: BTreeSet<&str> = systems.iter().map(|system| text(system, "id")).collect();
    let own: Vec<&Value> = grants.iter().filter(|grant| mine.contains(text(grant, "client"))).collect();
    with(&mut view, "systems", json!(systems));
    with(&mut view, "own_grants", json!(own));
    with(&mut view, "duties", json!(duties(visit, wanted).await?));
    with(&mut view, "types", types(visit).await?);
    with(&mut view, "fields", json!(fields(visit, &service, typed).await?));
    with(&mut view, "endpoints", json!(endpoints(&service, typed)));
    with(&mut view, "bases", json!(bases(visit, &grants).await?));
    with(&mut view, "purposes", json!(items(&visit.get("/api/v1/registry/purposes?limit=500").await?)));
    // What it will be able to do is shown as soon as it can be said.
    if problem.is_null() && visit.typed.is_some() {
        let guard = [("lienthong-guard", typed.get("guard"))];
        let body = json!({ "asking": asking(typed) });
        if let Ok(ability) = visit.send(Method::POST, "/api/v1/requests/preview", Some(&body), &guard).await {
            with(&mut view, "ability", ability.body);
        }
    }
    Ok(view)
}

/// Duties to share by this service that the applicant is entitled by.
async fn duties(visit: &Visit, service: &str) -> Result<Vec<Value>, Refused> {
    let Some(agency) = visit.agency() else { return Ok(Vec::new()) };
    let all = items(&super::paged(visit, "/api/v1/registry/duties?limit=500".to_owned()).await?);
    let entitles = |duty: &Value| {
        let receivers = duty.get("receivers").and_then(Value::as_array);
        text(duty, "service") == service && receivers.is_some_and(|all| all.iter().any(|one| *one == agency))
    };
    Ok(all.into_iter().filter(entitles).collect())
}

/// The types of requests with their steps and papers, as the newest rule pack has them.
async fn types(visit: &Visit) -> Result<Value, Refused> {
    let packs = items(&visit.get("/api/v1/registry/packs?limit=500").await?);
    let number =
        |pack: &&Value| text(pack, "id").split_once('@').and_then(|(_, number)| number.parse::<u32>().ok());
    let Some(pack) = packs.iter().max_by_key(number) else { return Ok(json!([])) };
    let list = |name: &str| pack.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let (steps, papers) = (list("steps"), list("papers"));
    let by_id = |all: &[Value], wanted: Option<&Value>| -> Vec<Value> {
        let wanted = wanted.and_then(Value::as_array).into_iter().flatten();
        wanted.filter_map(|id| all.iter().find(|one| one.get("id") == Some(id)).cloned()).collect()
    };
    let shown = list("types").iter().map(|kind| {
        json!({ "id": kind.get("id"), "name": kind.get("name"), "steps": by_id(&steps, kind.get("steps")), "papers": by_id(&papers, kind.get("papers")) })
    }).collect::<Vec<_>>();
    Ok(json!(shown))
}

/// The fields of a dataset, each with its label and its class by the contract in force; the key among them goes along by itself.
async fn fields(visit: &Visit, service: &Value, typed: &Form) -> Result<Vec<Value>, Refused> {
    let all = service.pointer("/dataset/fields").and_then(Value::as_array).cloned().unwrap_or_default();
    let key = service.pointer("/dataset/key").and_then(Value::as_str).unwrap_or_default();
    let contracts = some(visit, "contracts", "service", text(service, "id")).await?;
    let in_force =
        contracts.iter().find(|contract| contract.pointer("/odcs/status") == Some(&json!("active")));
    let classes: BTreeMap<&str, &Value> = in_force
        .and_then(|contract| contract.pointer("/odcs/schema/0/properties"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|field| Some((text(field, "name"), field.get("classification")?)))
        .collect();
    let shown = |field: &Value| {
        let name = text(field, "name");
        let is_ticked = typed.get("fields") == "all" || typed.some(&format!("field.{name}")).is_some();
        json!({ "name": name, "label": field.get("label"), "kind": field.get("kind"), "class": classes.get(name), "key": name == key, "ticked": is_ticked || name == key })
    };
    Ok(all.iter().map(shown).collect())
}

/// What may be called of a service, each with its tick.
fn endpoints(service: &Value, typed: &Form) -> Vec<Value> {
    let of_dataset = [
        ("GET", "", "list"),
        ("GET", "/*", "get"),
        ("POST", "/find", "find"),
        ("POST", "/confirm", "confirm"),
        ("POST", "/batch", "batch"),
        ("POST", "/count", "count"),
        ("POST", "/stream", "stream"),
        ("POST", "/sync", "sync"),
    ];
    let shown = |method: &str, path: &str, does: &str| {
        let name = format!("endpoint.{method} {path}");
        json!({ "ticked": typed.some(&name).is_some(), "name": name, "does": does, "method": method, "path": path })
    };
    match service.pointer("/http/endpoints").and_then(Value::as_array) {
        Some(endpoints) => {
            endpoints.iter().map(|one| shown(text(one, "method"), text(one, "path"), "call")).collect()
        }
        None => of_dataset.map(|(method, path, does)| shown(method, path, does)).to_vec(),
    }
}

/// Legal bases that are in force, those first that grants on the service rest on, each with the purposes that they do so for.
async fn bases(visit: &Visit, grants: &[Value]) -> Result<Vec<Value>, Refused> {
    let today = day_in_viet_nam(hub::clock::now()).to_string();
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for granted in grants.iter().filter_map(|grant| grant.get("uses")?.as_array()).flatten() {
        used.entry(text(granted, "basis").to_owned())
            .or_default()
            .insert(text(granted, "purpose").to_owned());
    }
    let in_force = |basis: &Value| {
        let day = |name: &str| basis.get(name).and_then(Value::as_str);
        day("valid_from").is_none_or(|from| from <= today.as_str())
            && day("valid_to").is_none_or(|to| to > today.as_str())
    };
    let all = items(&visit.get("/api/v1/registry/bases?limit=500").await?);
    let mut bases: Vec<Value> = all.into_iter().filter(in_force).collect();
    for basis in &mut bases {
        let purposes = used.get(text(basis, "code")).cloned().unwrap_or_default();
        with(basis, "purposes", json!(purposes));
    }
    bases.sort_by_key(|basis| basis.get("purposes").and_then(Value::as_array).is_none_or(Vec::is_empty));
    Ok(bases)
}
