//! How a case is begun: whose it is, then what only the person can say, one question a page. What was said goes along in the form until all
//! of it is sent at once; it is nowhere in an address, and nothing is kept of a beginning that was left.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::case::{list, put, shown, text};
use super::{load, typed};
use crate::act::{Then, post};
use crate::form::Form;
use crate::visit::{Refused, Visit};
use crate::words::{Language, filled, words};

/// What stands before the name of an answer that goes along.
const SAID: &str = "f.";
/// The question whose case it is.
const ACTING: &str = "acting";
/// What the number of a person is known as, and that of an organisation.
const NUMBER: &str = "so_dinh_danh";
const ENTERPRISE: &str = "ma_so_doanh_nghiep";

/// A procedure with what is asked of it, if the visitor may begin it.
async fn offered(visit: &Visit) -> Result<Value, Refused> {
    let view = load::procedure(visit).await?;
    match view.get("can_begin") {
        Some(Value::Bool(true)) => Ok(view),
        _ => Err(Refused::said(&crate::texts::at_the_office())),
    }
}

/// What the number of a role is known as, if it has one.
fn number_of(roles: &[Value], id: &str) -> Option<String> {
    let role = roles.iter().find(|role| text(role, "id") == id)?;
    match text(role, "party") {
        "" | "person" => Some(format!("{id}.{NUMBER}")),
        "organisation" => Some(format!("{id}.{ENTERPRISE}")),
        _ => None,
    }
}

/// The questions of a procedure, in order; whose numbers are asked for depends on who acts.
fn questions(procedure: &Value, officer: bool, said: &BTreeMap<String, String>) -> Vec<Value> {
    let mut questions = Vec::new();
    let choices = load::ways(procedure);
    if choices.len() > 1 {
        // An officer asks it about whoever stands before them.
        let key = if officer { "shell.begin.whose.officer" } else { "shell.begin.whose" };
        let name = json!({ "vi": words(Language::Vi, key), "en": words(Language::En, key) });
        questions.push(
            json!({ "fact": ACTING, "ways": choices, "optional": false, "kind": "text", "name": name }),
        );
    }
    let acting = match choices.as_slice() {
        [only] => (*only).to_owned(),
        _ => said.get(ACTING).cloned().unwrap_or_default(),
    };
    let roles = list(procedure, "roles");
    let actor = list(procedure, "acts_for")
        .iter()
        .find(|way| text(way, "how") == acting)
        .map(|way| text(way, "role"));
    let subject = roles.first().map(|role| text(role, "id")).unwrap_or_default();
    let inputs = list(procedure, "inputs");
    // Whose case it is and who acts are known by their numbers; a citizen's own by how they signed in.
    let own = (!officer).then(|| actor.unwrap_or(subject)).and_then(|role| number_of(roles, role));
    for role in [Some(subject), actor].into_iter().flatten() {
        let asked = |fact: &String| inputs.iter().any(|input| text(input, "fact") == fact.as_str());
        let Some(fact) = number_of(roles, role).filter(|fact| own.as_ref() != Some(fact) && !asked(fact))
        else {
            continue;
        };
        let name = roles
            .iter()
            .find(|known| text(known, "id") == role)
            .and_then(|role| role.get("name"))
            .cloned()
            .unwrap_or_default();
        let kind = if fact.ends_with(NUMBER) { "person_id" } else { "text" };
        let name = json!({ "vi": filled(Language::Vi, "shell.begin.number_of", text(&name, "vi")), "en": filled(Language::En, "shell.begin.number_of", text(&name, "en")) });
        questions.push(json!({ "fact": fact, "name": name, "kind": kind, "optional": false }));
    }
    for input in inputs {
        if own.as_deref() == Some(text(input, "fact")) {
            continue;
        }
        let mut input = input.clone();
        let optional = input.get("optional") == Some(&json!(true));
        put(&mut input, "optional", json!(optional));
        questions.push(input);
    }
    questions
}

/// What was said so far.
fn said(form: &Form) -> BTreeMap<String, String> {
    let said = form.0.iter().filter_map(|(name, value)| Some((name.strip_prefix(SAID)?, value)));
    said.map(|(fact, value)| (fact.to_owned(), value.clone())).collect()
}

/// The value of an answer, if it is one.
fn answer(question: &Value, form: &Form, language: Language) -> Result<String, Refused> {
    let given = form.get("answer");
    if text(question, "fact") == ACTING {
        let known = list(question, "ways").iter().filter_map(Value::as_str).any(|way| way == given);
        return if known { Ok(given.to_owned()) } else { Err(wrong(question, &crate::texts::choose_here())) };
    }
    let kind = question.get("kind").cloned().unwrap_or_default();
    let optional = question.get("optional") == Some(&json!(true));
    typed::read(&kind, given, optional, language).map_err(|why| wrong(question, &why))
}

/// What is wrong with the answer to a question, named by the question.
pub(super) fn wrong(question: &Value, why: &model::words::Words) -> Refused {
    let mut refused = Refused::wrong("answer", why);
    if let Some(mistake) = refused.problem.pointer_mut("/mistakes/0") {
        put(mistake, "label", question.get("name").cloned().unwrap_or_default());
    }
    refused
}

/// The question that is to be asked, or all that was said, to be looked over.
pub(super) async fn load(visit: &Visit) -> Result<Value, Refused> {
    let mut view = offered(visit).await?;
    let procedure = view.get("procedure").cloned().unwrap_or_default();
    let (form, problem) = visit.typed.clone().unwrap_or_default();
    let mut said = said(&form);
    let officer = load::is_officer(visit);
    let mut questions = questions(&procedure, officer, &said);
    let at = form.get("at").to_owned();
    let found = |questions: &[Value], fact: &str| {
        questions.iter().position(|question| text(question, "fact") == fact)
    };
    // Where the answer is wrong its question is asked again.
    let mut now = found(&questions, &at).filter(|_| !problem.is_null());
    if problem.is_null() {
        if let Some(back) = form.some("back") {
            now = found(&questions, back);
        } else if let Some(question) = found(&questions, &at).and_then(|at| questions.get(at))
            && let Ok(value) = answer(question, &form, visit.language)
        {
            said.insert(at.clone(), value);
            questions = self::questions(&procedure, officer, &said);
        }
    }
    let open = questions.iter().position(|question| !said.contains_key(text(question, "fact")));
    let now = now.or(open);
    let line = |question: &Value| {
        let value = said.get(text(question, "fact")).cloned().unwrap_or_default();
        let kind = question.get("kind").cloned().unwrap_or_default();
        let told = if text(question, "fact") == ACTING { Value::Null } else { shown(&kind, &value) };
        json!({ "fact": question.get("fact"), "name": question.get("name"), "value": value, "shown": told })
    };
    let lines: Vec<Value> =
        questions.iter().filter(|one| said.contains_key(text(one, "fact"))).map(line).collect();
    let question = now.and_then(|at| questions.get(at)).cloned();
    let typed = match &question {
        Some(_) if !problem.is_null() => form.get("answer").to_owned(),
        Some(question) => {
            let value = said.get(text(question, "fact")).cloned().unwrap_or_default();
            typed::shown(&question.get("kind").cloned().unwrap_or_default(), &value)
        }
        None => String::new(),
    };
    let before = now.unwrap_or(questions.len()).checked_sub(1).and_then(|at| questions.get(at));
    put(&mut view, "officer", json!(officer));
    put(&mut view, "question", json!(question));
    put(&mut view, "answer", json!(typed));
    put(&mut view, "said", json!(lines));
    put(&mut view, "number", json!(now.unwrap_or(questions.len()) + 1));
    put(&mut view, "of", json!(questions.len()));
    put(&mut view, "before", json!(before.map(|question| text(question, "fact"))));
    Ok(view)
}

/// Takes an answer; when all were looked over, begins the case.
pub(super) async fn act(visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let view = offered(visit).await?;
    let procedure = view.get("procedure").cloned().unwrap_or_default();
    let mut said = said(form);
    let questions = questions(&procedure, load::is_officer(visit), &said);
    if form.some("back").is_some() {
        return Err(Refused::again());
    }
    if form.get("do") != "open" {
        let question = questions.iter().find(|question| text(question, "fact") == form.get("at"));
        answer(question.ok_or_else(Refused::again)?, form, visit.language)?;
        return Err(Refused::again());
    }
    let only = match load::ways(&procedure).as_slice() {
        [only] => Some((*only).to_owned()),
        _ => None,
    };
    let acting = said.remove(ACTING).or(only).filter(|way| way != load::SELF);
    // What was asked for while somebody else was to act is nothing that this case has.
    said.retain(|fact, value| {
        !value.is_empty() && questions.iter().any(|question| text(question, "fact") == fact)
    });
    let mut body = json!({ "procedure": text(&procedure, "id"), "inputs": said });
    if let Some(acting) = acting {
        put(&mut body, "acting", json!(acting));
    }
    let case = post(visit, form, "/cases", &body).await?;
    let home = if load::is_officer(visit) { "/can-bo" } else { "/ho-so" };
    Ok(Then::See(format!("{home}/{}", model::id::encode_part(text(&case, "id")))))
}
