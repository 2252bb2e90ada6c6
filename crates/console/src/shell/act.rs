//! What is done in the shells: each form becomes one question to the node's routes of cases.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use super::begin::wrong;
use super::case::{Reader, list, text};
use super::{load, typed};
use crate::act::{Then, post};
use crate::entry::check::mistake;
use crate::form::Form;
use crate::texts;
use crate::visit::{PAPER_MAX, Refused, Visit};

/// Shortest reason that says something, in characters.
const REASON_MIN: usize = 3;

fn path(visit: &Visit, what: &str) -> String {
    format!("/cases/{}/{what}", visit.place("id"))
}

fn case_page(visit: &Visit) -> Then {
    Then::See(format!("/ho-so/{}", visit.place("id")))
}

fn desk_page(visit: &Visit) -> Then {
    Then::See(format!("/can-bo/{}", visit.place("id")))
}

fn kind(thing: &Value) -> Value {
    thing.get("kind").cloned().unwrap_or_default()
}

/// What was typed for a question, or what is wrong with it.
fn value(visit: &Visit, question: &Value, form: &Form) -> Result<String, Refused> {
    let optional = question.get("optional") == Some(&json!(true));
    typed::read(&kind(question), form.get("answer"), optional, visit.language)
        .map_err(|why| wrong(question, &why))
}

/// Why somebody does something, in their words.
fn reason(form: &Form) -> Result<String, Refused> {
    let said = form.said("reason");
    if said.chars().count() < REASON_MIN {
        return Err(Refused::wrong("reason", &texts::say_why()));
    }
    Ok(said)
}

/// Answers the one question more.
pub(super) async fn answer(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let view = load::one(visit, Reader::Citizen).await?;
    let questions = view.pointer("/case/questions").and_then(Value::as_array).into_iter().flatten();
    let question = questions.clone().find(|one| text(one, "ask") == form.get("ask"));
    // It may have been answered meanwhile: the page shows what is to be done now.
    let Some(question) = question else { return Ok(case_page(visit)) };
    let value = value(visit, question, form)?;
    let body = json!({ "questions": { text(question, "ask"): value } });
    post(visit, form, &path(visit, "answers"), &body).await?;
    Ok(case_page(visit))
}

/// Accepts or declines what was found, card by card.
pub(super) async fn preview(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let view = load::one(visit, Reader::Citizen).await?;
    let (mut accepted, mut declined, mut mistakes) = (Vec::new(), Vec::new(), Vec::new());
    let items = view.pointer("/case/items").and_then(Value::as_array).into_iter().flatten();
    let card = |id: &str| format!("card.{id}");
    let shows_cards = form.0.keys().any(|name| name.starts_with("card."));
    for item in items.filter(|item| text(item, "state") == "found") {
        let place = format!("item.{}", text(item, "id"));
        match form.get(&place) {
            "accept" => accepted.push(text(item, "id")),
            "decline" => declined.push(text(item, "id")),
            // What was found after the page was drawn has its card on the next one.
            _ if shows_cards && form.some(&card(text(item, "id"))).is_none() => {}
            _ => {
                let mut one = mistake(&place, &texts::choose_here());
                super::case::put(&mut one, "label", item.get("name").cloned().unwrap_or_default());
                mistakes.push(one);
            }
        }
    }
    if !mistakes.is_empty() {
        return Err(Refused::mistaken(&mistakes));
    }
    post(visit, form, &path(visit, "preview"), &json!({ "accept": accepted, "decline": declined })).await?;
    Ok(case_page(visit))
}

/// Fills in a line of the form that the State could not.
pub(super) async fn fill(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let view = load::field(visit).await?;
    let line = view.get("line").cloned().unwrap_or_default();
    let value = value(visit, &line, form)?;
    post(visit, form, &path(visit, "corrections"), &json!({ "fact": text(&line, "fact"), "value": value }))
        .await?;
    Ok(case_page(visit))
}

/// Asks again where what was in the way may have passed.
pub(super) async fn again(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    post(visit, form, &path(visit, "answers"), &json!({ "again": true })).await?;
    Ok(case_page(visit))
}

/// Says that a value is wrong: what is right, and why. Both stay.
pub(super) async fn correct(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let view = load::field(visit).await?;
    let line = view.get("line").cloned().unwrap_or_default();
    let mut mistakes = Vec::new();
    let mut found = |refused: Refused| mistakes.extend(list(&refused.problem, "mistakes").iter().cloned());
    let value = value(visit, &line, form).map_err(&mut found).ok();
    let why = reason(form).map_err(&mut found).ok();
    let (Some(value), Some(why)) = (value, why) else { return Err(Refused::mistaken(&mistakes)) };
    let known = line.pointer("/value/value").and_then(Value::as_str).unwrap_or_default();
    if value == known {
        return Err(wrong(&line, &texts::same_as_before()));
    }
    let body = json!({ "fact": text(&line, "fact"), "value": value, "why": why });
    post(visit, form, &path(visit, "corrections"), &body).await?;
    Ok(case_page(visit))
}

/// The media type of a file that can be a paper, by how it begins.
fn kind_of_file(content: &[u8]) -> Option<&'static str> {
    match content {
        [b'%', b'P', b'D', b'F', b'-', ..] => Some("application/pdf"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        _ => None,
    }
}

/// Hands in a paper.
pub(super) async fn paper(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let view = load::paper(visit).await?;
    hand_in(visit, form, view.get("item").map(|item| text(item, "id")).unwrap_or_default(), None).await?;
    Ok(case_page(visit))
}

/// Sends the file of a form for an item; with the reason of an officer where nothing allows to ask for it.
async fn hand_in(visit: &Visit, form: &Form, item: &str, reason: Option<&str>) -> Result<(), Refused> {
    let (Some(content), Some(file)) = (form.some("file"), form.some("file.name")) else {
        return Err(Refused::wrong("file", &texts::no_file_chosen()));
    };
    let content = BASE64_STANDARD.decode(content).map_err(|error| Refused::inside(&error.to_string()))?;
    // What it is its bytes say; the name is only shown.
    let Some(kind) = kind_of_file(&content) else { return Err(Refused::wrong("file", &texts::file_kind())) };
    if content.len() > PAPER_MAX {
        return Err(Refused::wrong("file", &texts::file_too_large()));
    }
    let file = model::text::nfc(file);
    let said = [("item", item), ("file", file.as_str())].into_iter().chain(reason.map(|why| ("reason", why)));
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(said).finish();
    let headers = [("lienthong-guard", form.get("guard")), ("idempotency-key", form.get("key"))];
    visit.hand_in(&format!("{}?{query}", path(visit, "papers")), kind, content, &headers).await?;
    Ok(())
}

/// Takes in a paper that somebody has brought to the desk, and says that it proves its item, if whoever does so may. Where the State has answered,
/// or could have, it wants a reason, and counts as asking again.
pub(super) async fn brought(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let item = form.some("item").ok_or_else(|| Refused::wrong("item", &texts::choose_here()))?;
    let reason = match form.some("counts") {
        Some(_) => Some(form.some("reason").ok_or_else(|| Refused::wrong("reason", &texts::choose_here()))?),
        None => None,
    };
    hand_in(visit, form, item, reason).await?;
    if form.some("proves").is_some() {
        post(visit, form, &path(visit, "papers"), &json!({ "item": item, "proves": true })).await?;
    }
    Ok(desk_page(visit))
}

/// Says whether the paper of an item proves what it is for.
pub(super) async fn proves(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let item = form.some("item").ok_or_else(|| Refused::wrong("item", &texts::choose_here()))?;
    let proves = match form.get("proves") {
        "yes" => true,
        "no" => false,
        _ => return Err(Refused::wrong("proves", &texts::choose_here())),
    };
    post(visit, form, &path(visit, "papers"), &json!({ "item": item, "proves": proves })).await?;
    Ok(desk_page(visit))
}

/// Has a result that was given before stand in the place of an item's paper.
async fn result_of(visit: &Visit, form: &Form, item: &str) -> Result<(), Refused> {
    let code = form.some("code").map(str::trim).filter(|code| !code.is_empty());
    let code = code.ok_or_else(|| Refused::wrong("code", &texts::not_filled_in_here()))?;
    post(visit, form, &path(visit, "results"), &json!({ "item": item, "code": code })).await?;
    Ok(())
}

/// The same by the person.
pub(super) async fn use_result(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let view = load::paper(visit).await?;
    result_of(visit, form, view.get("item").map(|item| text(item, "id")).unwrap_or_default()).await?;
    Ok(case_page(visit))
}

/// The same by an officer.
pub(super) async fn use_result_at_desk(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let item = form.some("item").ok_or_else(|| Refused::wrong("item", &texts::choose_here()))?;
    result_of(visit, form, item).await?;
    Ok(desk_page(visit))
}

/// Revokes a result.
pub(super) async fn revoke(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let why = reason(form)?;
    let code = visit.place("code");
    post(visit, form, &format!("/results/{code}/revoke"), &json!({ "reason": why })).await?;
    Ok(Then::See(format!("/ket-qua/{code}")))
}

/// The result that is given with a decision; none where no kind was chosen.
async fn given(visit: &Visit, form: &Form) -> Result<Option<Value>, Refused> {
    let Some(kind) = form.some("result.kind") else { return Ok(None) };
    let view = load::desk_case(visit).await?;
    let known = list(&view, "results").iter().find(|one| text(one, "code") == kind);
    let known = known.ok_or_else(|| Refused::wrong("result.kind", &texts::choose_here()))?;
    let mut fields = serde_json::Map::new();
    for line in form.get("result.more").lines().map(str::trim).filter(|line| !line.is_empty()) {
        let said = line.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
        let said = said.filter(|(name, value)| !name.is_empty() && !value.is_empty());
        let (name, value) = said.ok_or_else(|| Refused::wrong("result.more", &texts::field_as_written()))?;
        fields.insert(name.to_owned(), json!(value));
    }
    let lines: Vec<&str> = form.0.keys().filter_map(|name| name.strip_prefix("result.line.")).collect();
    let mut result = json!({ "kind": kind, "name": known.get("name"), "fields": fields, "lines": lines });
    let until = typed::read(&json!("date"), form.get("result.to"), true, visit.language);
    let until = until.map_err(|why| Refused::wrong("result.to", &why))?;
    if !until.is_empty() {
        super::case::put(&mut result, "valid_to", json!(until));
    }
    Ok(Some(result))
}

/// Submits the case.
pub(super) async fn submit(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    post(visit, form, &path(visit, "submit"), &json!({})).await?;
    Ok(case_page(visit))
}

/// Ends a case that its owner does not want any more.
pub(super) async fn close(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    if form.get("sure") != "true" {
        return Err(Refused::wrong("sure", &texts::tick_to_close()));
    }
    post(visit, form, &path(visit, "close"), &json!({})).await?;
    Ok(Then::See("/ho-so".to_owned()))
}

/// Decides whether what a person says counts, or what the source has.
pub(super) async fn decide_correction(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let counts = match form.get("counts") {
        "person" => true,
        "source" => false,
        _ => return Err(Refused::wrong("counts", &texts::choose_here())),
    };
    // Of what they have seen: meanwhile another may have been said.
    let body = json!({ "fact": form.get("fact"), "value": form.some("value"), "counts": counts });
    post(visit, form, &path(visit, "corrections"), &body).await?;
    Ok(desk_page(visit))
}

/// Asks for a paper. Where the State has answered, or it is the State's own fault that it has not, that wants a reason, and counts.
pub(super) async fn ask_paper(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let item = form.some("item").ok_or_else(|| Refused::wrong("item", &texts::choose_here()))?;
    let mut body = json!({ "item": item });
    if form.some("counts").is_some() {
        let why = form.some("reason").ok_or_else(|| Refused::wrong("reason", &texts::choose_here()))?;
        super::case::put(&mut body, "reason", json!(why));
    }
    post(visit, form, &path(visit, "papers"), &body).await?;
    Ok(desk_page(visit))
}

/// Decides the case.
pub(super) async fn decide(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let granted = match form.get("granted") {
        "yes" => true,
        "no" => false,
        _ => return Err(Refused::wrong("granted", &texts::choose_here())),
    };
    // Of the case that they have seen: meanwhile another officer may have been at it.
    let mut body = json!({ "granted": granted, "mark": form.some("mark") });
    if granted && let Some(result) = given(visit, form).await? {
        super::case::put(&mut body, "result", result);
    }
    post(visit, form, &path(visit, "decide"), &body).await?;
    Ok(desk_page(visit))
}

/// Says what became of a deed of which nobody knew, having asked its holder, or has the node ask it now. One that was not done is sent again.
pub(super) async fn outcome(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let done = match form.get("done") {
        "ask" => {
            post(visit, form, &path(visit, "submit"), &json!({ "ask": true })).await?;
            return Ok(desk_page(visit));
        }
        "yes" => true,
        "no" => false,
        _ => return Err(Refused::wrong("done", &texts::choose_here())),
    };
    post(visit, form, &path(visit, "submit"), &json!({ "outcomes": { form.get("deed"): done } })).await?;
    Ok(desk_page(visit))
}
