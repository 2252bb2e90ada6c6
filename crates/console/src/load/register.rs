//! What is entered: things of the registry, drafts of services, accounts, suspensions.

use model::id::encode_part;
use serde_json::{Value, json};

use super::{items, lines_mut, listed, text, with};
use crate::draft;
use crate::entry::{self, ACCOUNT, ENTRIES, Entry, Member, SUSPENSION, fill, pick};
use crate::form::Form;
use crate::visit::{Refused, Visit};
use crate::words;

/// The kinds, with what one may do about them.
pub(crate) async fn registry(visit: &Visit) -> Result<Value, Refused> {
    let mut kinds = Vec::new();
    for entry in ENTRIES {
        let some = visit.get(&format!("/api/v1/registry/{}?limit=1", entry.kind)).await?;
        let any = !items(&some).is_empty();
        kinds.push(json!({ "id": entry.kind, "any": any, "may": visit.may(entry.right) }));
    }
    Ok(json!({ "items": kinds, "next": null }))
}

fn kind(visit: &Visit) -> Result<&'static Entry, Refused> {
    visit.places.get("kind").and_then(|kind| entry::of(kind)).ok_or_else(Refused::nowhere)
}

/// The things of a kind.
pub(crate) async fn things(visit: &Visit) -> Result<Value, Refused> {
    let entry = kind(visit)?;
    let mut view = listed(visit, &format!("/api/v1/registry/{}", entry.kind), 500, &["q"]).await?;
    let lines: Vec<Value> = items(&view)
        .iter()
        .map(|thing| {
            let last = thing.get("versions").and_then(Value::as_array).and_then(|editions| editions.last());
            let named = ["name", "title", "text"].into_iter().find_map(|member| thing.get(member));
            let name = named.or_else(|| last?.get("name"));
            json!({ "id": text(thing, entry.id), "name": name })
        })
        .collect();
    with(&mut view, "items", json!(lines));
    with(&mut view, "kind", json!(entry.kind));
    with(&mut view, "page", json!(entry.page));
    with(&mut view, "may", json!(visit.may(entry.right)));
    Ok(view)
}

/// The form of a thing that is there.
pub(crate) async fn change(visit: &Visit) -> Result<Value, Refused> {
    let entry = kind(visit)?;
    let thing = visit.get(&format!("/api/v1/registry/{}/{}", entry.kind, visit.place("id"))).await?;
    let mut view = form(visit, entry, &thing, visit.places.get("id").map(String::as_str)).await;
    if entry.kind == "nodes" {
        let path = format!("/api/v1/nodes/{}/certificates", visit.place("id"));
        with(&mut view, "certificates", json!(items(&visit.get(&path).await?)));
    }
    Ok(view)
}

/// The form of a new thing; with `?tu=`, it begins as that one is.
pub(crate) async fn begin(visit: &Visit) -> Result<Value, Refused> {
    let entry = kind(visit)?;
    let mut thing = match visit.query.get("tu") {
        Some(like) => visit.get(&format!("/api/v1/registry/{}/{}", entry.kind, encode_part(like))).await?,
        None => json!({}),
    };
    if let Some(members) = thing.as_object_mut() {
        members.remove(entry.id);
        // What comes from the address is a beginning, too: a duty for this database, a suspension of that service.
        for member in entry.members {
            if let Some(said) = visit.query.get(member.name) {
                members.insert(member.name.to_owned(), json!(said));
            }
        }
    }
    Ok(form(visit, entry, &thing, None).await)
}

/// The places of a form, with what was found for those that are chosen by name.
pub(crate) async fn offered(visit: &Visit, members: &[Member], typed: &Form) -> Vec<Value> {
    let mut places = fill::places(members, typed);
    pick::offer(visit, typed, &mut places).await;
    places
}

/// The places in sections: what must be there first, the rest where somebody looks for it.
fn sections(entry: &Entry, places: Vec<Value>) -> Vec<Value> {
    let known: &[(&str, &[&str])] = entry.sections;
    let mut sections: Vec<(&str, Vec<Value>)> = known.iter().map(|(name, _)| (*name, Vec::new())).collect();
    let mut rest = Vec::new();
    for place in places {
        let name = text(&place, "name").to_owned();
        let section = known.iter().position(|(_, members)| members.contains(&name.as_str()));
        match section.and_then(|section| sections.get_mut(section)) {
            Some((_, inside)) => inside.push(place),
            None => rest.push(place),
        }
    }
    if !rest.is_empty() {
        sections.insert(0, ("", rest));
    }
    let section = |(name, places): (&str, Vec<Value>)| json!({ "name": name, "filled": places.iter().any(is_filled), "places": places });
    sections.into_iter().map(section).collect()
}

/// Whether anything stands in a place, or in one of those in it.
fn is_filled(place: &Value) -> bool {
    let inside = |name: &str| place.get(name).and_then(Value::as_array).into_iter().flatten();
    place.get("value").and_then(Value::as_str).is_some_and(|value| !value.is_empty())
        || inside("parts").chain(inside("ticks")).any(is_filled)
        || inside("rows").filter_map(Value::as_array).flatten().any(is_filled)
}

async fn form(visit: &Visit, entry: &Entry, thing: &Value, id: Option<&str>) -> Value {
    let as_document =
        entry.members.is_empty() || visit.query.get("dang").is_some_and(|form| form == "van-ban");
    let shown = fill::flatten(entry.members, thing);
    let (typed, problem) = match &visit.typed {
        Some((typed, problem)) => (typed, problem),
        None => (&shown, &Value::Null),
    };
    let document = typed
        .some("document")
        .map_or_else(|| serde_json::to_string_pretty(thing).unwrap_or_default(), str::to_owned);
    // Somebody was faster: what they made of it, beside what was typed.
    let theirs = problem.get("theirs").filter(|theirs| theirs.is_object());
    let conflict = theirs.map(|theirs| {
        let differ = fill::differences(&fill::flatten(entry.members, theirs), typed, entry.members);
        let lines: Vec<Value> = differ
            .into_iter()
            .map(|(place, theirs, yours)| json!({ "place": words::place(visit.language, "registry", &place), "theirs": theirs, "yours": yours }))
            .collect();
        json!({ "tag": hub::registry::tag(theirs), "lines": lines, "document": serde_json::to_string_pretty(theirs).unwrap_or_default() })
    });
    let places = if as_document { Vec::new() } else { offered(visit, entry.members, typed).await };
    let tag = typed.some("tag").map_or_else(|| hub::registry::tag(thing), str::to_owned);
    json!({
        "kind": entry.kind, "id": id, "page": entry.page, "may": visit.may(entry.right), "document": document, "as_document": as_document,
        "has_form": !entry.members.is_empty(), "tag": id.map(|_| tag), "conflict": conflict,
        "sections": sections(entry, places),
    })
}

/// From a table to a service: where to begin; or the review again, if it was refused.
pub(crate) async fn connect(visit: &Visit) -> Result<Value, Refused> {
    let typed = visit.typed.as_ref().map(|(typed, _)| typed);
    let Some((typed, carried)) = typed.and_then(|typed| Some((typed, draft::carried(typed).ok()?))) else {
        return Ok(draft::view(visit, &Value::Null, &Value::Null));
    };
    // Without proposals there is less to see, and still nothing that was typed is lost.
    let bound = draft::bind(visit, typed, &carried).await.unwrap_or(carried);
    let review = draft::review(&bound, typed, visit.agency().as_deref());
    Ok(draft::view(visit, &review, &Value::Null))
}

/// The form of a new account.
pub(crate) async fn new_account(visit: &Visit) -> Result<Value, Refused> {
    let mut shown = Form::default();
    if let Some(agency) = visit.agency() {
        shown.0.insert("agency".to_owned(), agency);
    }
    let typed = visit.typed.as_ref().map_or(&shown, |(typed, _)| typed);
    Ok(
        json!({ "account": null, "places": offered(visit, ACCOUNT, typed).await, "may_manage": visit.may("manage_accounts"), "may_review": false }),
    )
}

pub(crate) async fn account(visit: &Visit) -> Result<Value, Refused> {
    let mut view = visit.get(&format!("/api/v1/accounts/{}", visit.place("id"))).await?;
    let shown = fill::flatten(ACCOUNT, view.get("account").unwrap_or(&Value::Null));
    let typed = visit.typed.as_ref().map_or(&shown, |(typed, _)| typed);
    with(&mut view, "places", json!(offered(visit, ACCOUNT, typed).await));
    with(&mut view, "may_manage", json!(visit.may("manage_accounts")));
    with(&mut view, "may_review", json!(visit.may("review_accounts")));
    Ok(view)
}

/// The first password: who the invitation is for, once it has been shown.
pub(crate) async fn enrol(visit: &Visit) -> Result<Value, Refused> {
    let none = json!({ "welcome": null, "picture": null });
    let Some((typed, _)) = &visit.typed else { return Ok(none) };
    let invitation = typed.invitation();
    if invitation.is_empty() {
        return Ok(none);
    }
    let shown = json!({ "invitation": invitation });
    let answered = visit.send(axum::http::Method::POST, "/api/v1/enrolment", Some(&shown), &[]).await;
    let Ok(welcome) = answered.map(|answered| answered.body) else { return Ok(none) };
    let picture = crate::chart::square_code(text(&welcome, "totp"));
    Ok(json!({ "welcome": welcome, "picture": picture }))
}

/// Another password.
pub(crate) async fn password(_: &Visit) -> Result<Value, Refused> {
    Ok(json!({}))
}

/// What stands still or is cut off, and the form to announce it.
pub(crate) async fn suspensions(visit: &Visit) -> Result<Value, Refused> {
    let mut view = visit.get("/api/v1/suspensions?past=true").await?;
    let now = hub::clock::now();
    for line in lines_mut(&mut view, "items") {
        let at = |name: &str| text(line, name).parse::<jiff::Timestamp>().ok();
        let over = at("ended_at").is_some() || at("to").is_some_and(|to| to <= now);
        let mine = visit.agency().is_none_or(|agency| text(line, "owner") == agency);
        with(line, "over", json!(over));
        with(line, "may_end", json!(!over && mine && visit.may("suspend")));
    }
    let mut shown = Form::default();
    for name in ["service", "grant"] {
        if let Some(said) = visit.query.get(name) {
            shown.0.insert(name.to_owned(), said.clone());
        }
    }
    let typed = visit.typed.as_ref().map_or(&shown, |(typed, _)| typed);
    with(&mut view, "places", json!(offered(visit, SUSPENSION, typed).await));
    with(&mut view, "may", json!(visit.may("suspend")));
    with(&mut view, "holding", super::holding(visit).await?);
    Ok(view)
}
