//! Answers: a page as HTML, or as what it was drawn from: JSON, CSV, XLSX. One address, one view, four forms.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use hub::web::table::respond;
use serde_json::Value;

use crate::act::{Act, Then};
use crate::draw::Drawing;
use crate::entry::check::check;
use crate::form::Form;
use crate::list;
use crate::names::Names;
use crate::page::Page;
use crate::reply::{Wanted, fallen, html, problem, see, unread};
use crate::session;
use crate::shell::sign_in;
use crate::texts;
use crate::visit::{self, Console, Face, Refused, Visit};

/// Shows a page.
pub(crate) async fn page(mut visit: Visit, page: &'static Page) -> Response {
    if let Err(refused) = visit.recognise().await
        && !page.open
    {
        return match (refused.status, Wanted::of(&visit)) {
            (StatusCode::UNAUTHORIZED, Wanted::Html) => session::to_sign_in(&visit),
            _ => problem(&visit, &refused),
        };
    }
    settle(&mut visit).await;
    match (page.load)(&visit).await {
        Ok(view) => show(&visit, page, &view, StatusCode::OK, &Value::Null, &Form::default()).await,
        Err(refused) if refused.is_signed_out() && Wanted::of(&visit) == Wanted::Html => {
            session::to_sign_in(&visit)
        }
        Err(refused) => problem(&visit, &refused),
    }
}

/// Most agencies that are looked at for the one that somebody means.
const MEANT_MAX: &str = "limit=20";

/// Finds the agencies that filters name: people write names, lists are filtered by identifiers. What is not found stays, and finds nothing.
async fn settle(visit: &mut Visit) {
    let Some(list) = list::of(&visit.page) else { return };
    for filter in list.filters {
        let list::Filter::Agency(word, _) = filter else { continue };
        let Some(said) = visit.query.get(*word).filter(|said| !said.is_empty() && !said.contains('/')) else {
            continue;
        };
        let said = said.clone();
        let path = format!("/api/v1/registry/agencies?{MEANT_MAX}&q={}", model::id::encode_part(&said));
        let Ok(found) = visit.get(&path).await else { continue };
        let items = found.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let name = |agency: &Value, at: &str| {
            agency.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let length = |agency: &&Value| name(agency, "/name/vi").chars().count();
        let exact =
            items.iter().find(|agency| [name(agency, "/name/vi"), name(agency, "/name/en")].contains(&said));
        if let Some(agency) = exact.or_else(|| items.iter().min_by_key(length)) {
            visit.query.insert((*word).to_owned(), name(agency, "/id"));
        }
    }
}

/// Hands on what is no page: the API, the directory, sign-in by a provider. Where there is nothing, a browser gets a page that says so.
pub(crate) async fn elsewhere(
    State(console): State<Arc<Console>>,
    mut visit: Visit,
    request: Request,
) -> Response {
    let response = console.hand_on(request).await;
    // Whoever comes from an identity provider is a person with a browser: what went wrong is a page, from which they begin anew.
    let signs_in = visit.path.starts_with("/sign-in/") && visit.accept.contains("text/html");
    if signs_in && (response.status().is_client_error() || response.status().is_server_error()) {
        return match visit.face() {
            Face::Hub => session::not_signed_in(visit, response).await,
            Face::Shell => sign_in::not_signed_in(visit, response).await,
        };
    }
    let nowhere = response.status() == StatusCode::NOT_FOUND && !visit.path.starts_with("/api/");
    if nowhere && Wanted::of(&visit) == Wanted::Html && visit.accept.contains("text/html") {
        let _ = visit.recognise().await;
        return problem(&visit, &Refused::nowhere());
    }
    response
}

/// Does what a form of a page asks for. If the hub says no, the page is shown again with what was typed.
pub(crate) async fn act(
    mut visit: Visit,
    act: &'static Act,
    page: &'static Page,
    headers: HeaderMap,
    body: Body,
) -> Response {
    // Who it is comes first: a stranger's form is short.
    let recognised = visit.recognise().await;
    let sender = recognised.is_ok().then(|| visit.sender());
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let form = match Form::take(body, kind, sender.as_ref(), visit.face().file_max()).await {
        Ok(form) => form.with_choices(),
        Err(fault) => return problem(&visit, &unread(&visit, &fault)),
    };
    let known = match recognised {
        // Whoever is not signed in has no guard: their form must come from here.
        Err(_) if page.open && session::from_here(&visit, &headers) => Ok(()),
        Err(_) if page.open => Err(session::foreign()),
        known => known,
    };
    // A form may have an address at which there is no page: what is drawn now stands at the page's own.
    visit.stand_on(page.path);
    let refused = match known {
        Err(refused) => refused,
        // More lines, or a search: nothing is done yet.
        Ok(()) if form.some("more").or(form.some("find")).is_some() => Refused::again(),
        Ok(()) => match done(act, &visit, &form).await {
            Ok(Then::See(next)) => return see(&format!("{next}?xong=1")),
            Ok(Then::Show(view)) => {
                return show(&visit, page, &view, StatusCode::OK, &Value::Null, &form).await;
            }
            Ok(Then::Hand(view)) => return hand_over(&visit, page, &view),
            Err(refused) => refused,
        },
    };
    if refused.is_signed_out() && !page.open {
        // Nothing that was typed is lost: it waits behind the sign-in. A file is chosen anew.
        return match visit.face() {
            Face::Hub => session::ask_again(&visit, &form.without_file()),
            Face::Shell => sign_in::ask_again(&visit, &form.without_file()).await,
        };
    }
    let form = form.without_file();
    visit.typed = Some((form.clone(), refused.problem.clone()));
    match (page.load)(&visit).await {
        Ok(view) => show(&visit, page, &view, refused.status, &refused.problem, &form).await,
        Err(_) => problem(&visit, &refused),
    }
}

/// Checks what was typed, then does it. Whatever is wrong is told at its place in the form.
async fn done(act: &Act, visit: &Visit, form: &Form) -> Result<Then, Refused> {
    let asked = (act.asks)(form);
    let checked = check(&asked, form);
    if !checked.mistakes.is_empty() {
        return Err(Refused::mistaken(&checked.mistakes));
    }
    let outcome = (act.run)(visit, form).await;
    if asked.is_empty() { outcome } else { outcome.map_err(|refused| refused.placed(&asked)) }
}

/// Shows once what is to be handed over in secret.
fn hand_over(visit: &Visit, page: &Page, view: &Value) -> Response {
    let kept = Form::default();
    let drawing = Drawing { has_table: false, ..Drawing::of(page.nav, view, &Value::Null, &kept) };
    html(visit, "handed.html", &drawing, StatusCode::OK)
}

/// A page in the form that is wanted.
async fn show(
    visit: &Visit,
    page: &Page,
    view: &Value,
    status: StatusCode,
    problem: &Value,
    kept: &Form,
) -> Response {
    match Wanted::of(visit) {
        Wanted::Json => (status, [(CACHE_CONTROL, "no-store")], axum::Json(view.clone())).into_response(),
        Wanted::Table(format) if !page.columns.is_empty() => {
            let items = view.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
            let names = Names::of_table(visit, view.get("items").unwrap_or(&Value::Null)).await;
            let sheet = list::sheet(visit, page.nav, page.columns, &items, &names);
            match respond(sheet, format, visit.account()).await {
                Ok(answer) => answer,
                Err(fault) => fallen(&fault.to_string()),
            }
        }
        Wanted::Table(_) => {
            let why = visit::problem(StatusCode::NOT_ACCEPTABLE, &texts::not_a_table());
            (StatusCode::NOT_ACCEPTABLE, axum::Json(why)).into_response()
        }
        Wanted::Html => {
            let mut view = std::borrow::Cow::Borrowed(view);
            let list = list::of(page.path);
            if let Some(list) = list.filter(|_| view.get("total").is_none()) {
                list::cut(list, visit, view.to_mut());
            }
            let names = Names::of_page(visit, &view).await;
            let list = list.map(|list| list.view(visit, &view)).unwrap_or_default();
            let has_table = !page.columns.is_empty();
            let drawing = Drawing { nav: page.nav, has_table, view: &view, problem, kept, names, list };
            html(visit, page.template, &drawing, status)
        }
    }
}
