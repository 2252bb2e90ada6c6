//! Look-ups over the node's edge: for auditors of its own agency who show their token, and nobody else.
//!
//! `/ledger` is the list with its form, `/ledger.json` and `/ledger.csv` the same for programs, `/ledger/N` and `/ledger/N.json` one
//! exchange. They only read, so nothing that another site makes a browser do changes anything; what a browser sends along is for this
//! address alone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use model::fault::Fault;
use serde_json::json;
use trust::listen::Connection;
use trust::tls::PeerBook as _;

use crate::body::{self, OutBody};
use crate::clock;
use crate::compiled::CompiledDirectory;
use crate::headers;
use crate::look::asked::Asked;
use crate::look::page::Frame;
use crate::look::row::{Lang, csv_begin};
use crate::look::seen::{By, Look, What, note};
use crate::look::{Found, Shown, Which, find, lookup, show};
use crate::node::Node;

/// Rows of a page, and of its twin as JSON.
const PAGE_ROWS: usize = 100;
/// Rows of a table for spreadsheets.
const TABLE_ROWS: usize = 1000;
/// Longest look-up: a ledger whose index is not made yet is read in parts.
const LONGEST: Duration = Duration::from_secs(8);
/// Longest wait for the look-ups of others.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Where pages are.
const HOME: &str = "/ledger";

/// What is asked for, and as what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    List(Form),
    One(u64, Form),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Html,
    Json,
    Csv,
}

impl View {
    fn read(path: &str) -> Option<Self> {
        match path.strip_prefix(HOME)? {
            "" => return Some(Self::List(Form::Html)),
            ".json" => return Some(Self::List(Form::Json)),
            ".csv" => return Some(Self::List(Form::Csv)),
            _ => {}
        }
        let number = path.strip_prefix(HOME)?.strip_prefix('/')?;
        let (number, form) =
            number.strip_suffix(".json").map_or((number, Form::Html), |number| (number, Form::Json));
        Some(Self::One(number.parse().ok()?, form))
    }
}

/// Whether the address is one of these. At a node that names no auditor there are none.
pub(crate) fn is_asked(node: &Node, parts: &Parts) -> bool {
    !node.auditors.load().is_empty() && parts.method == Method::GET && View::read(parts.uri.path()).is_some()
}

/// Answers a look-up.
pub(crate) async fn answer(node: &Arc<Node>, parts: &Parts) -> Response<OutBody> {
    let lang = language(parts);
    match looked_up(node, parts, lang).await {
        Ok(answer) => answer,
        Err(fault) => refused(&fault, lang),
    }
}

async fn looked_up(node: &Arc<Node>, parts: &Parts, lang: Lang) -> Result<Response<OutBody>, Fault> {
    let auditors = node.auditors.load_full();
    let who = auditors.prove(&parts.headers).inspect_err(|_| {
        tracing::warn!("somebody who is no auditor asked for the ledger");
    })?;
    let connection = parts.extensions.get::<Arc<Connection>>();
    if let Some(connection) = connection {
        connection.prove(who);
    }
    let view = View::read(parts.uri.path()).unwrap_or(View::List(Form::Html));
    let pairs: Vec<_> = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
        .filter(|(name, _)| name != "lang")
        .collect();
    let asked = match view {
        View::List(_) => Asked::read(pairs.iter().map(|(name, value)| (&**name, &**value)))?,
        View::One(..) => Asked::default(),
    };
    let what = match view {
        View::List(_) => What::Asked(&asked),
        View::One(number, _) => What::Entry(number),
    };
    let from = connection.map(|connection| connection.from().ip().to_string());
    // Before anything is read: whoever looks has been seen, whatever comes of it.
    note(&node.folder, &Look { at: clock::now(), who, by: By::Page, from, what })?;
    let place = tokio::time::timeout(LONGEST_WAIT, node.looking.clone().acquire_owned()).await;
    let place = place.map_err(|_| Fault::Overloaded {})?.map_err(|_| Fault::Overloaded {})?;
    let (shared, own) = (node.clone(), asked.clone());
    let read = tokio::task::spawn_blocking(move || {
        let read = read(&shared, view, &own);
        drop(place);
        read
    });
    let read = read.await.map_err(|error| Fault::Internal { why: error.to_string() })??;
    match (read, view) {
        (Read::List(found), View::List(form)) => Ok(list(node, who, lang, form, (&asked, &found))),
        (Read::One(Some(shown)), View::One(_, form)) => Ok(one(node, who, lang, form, &shown)),
        (_, View::One(number, _)) => Err(Fault::NoExchange { number }),
        (Read::One(_), View::List(_)) => Err(Fault::Internal { why: "another view was read".into() }),
    }
}

/// What was read.
enum Read {
    List(Found),
    One(Option<Box<Shown>>),
}

fn read(node: &Node, view: View, asked: &Asked) -> Result<Read, Fault> {
    let (began, held) = (Instant::now(), node.directory.load_full());
    let directory: &CompiledDirectory = &held;
    let lookup = lookup(&node.folder, Which::Network);
    match view {
        View::List(form) => {
            let limit = if form == Form::Csv { TABLE_ROWS } else { PAGE_ROWS };
            let goes_on = || began.elapsed() < LONGEST;
            find(&lookup, asked, Some((directory, &node.id)), limit, goes_on).map(Read::List)
        }
        View::One(number, _) => show(&lookup, number, directory.anchors(), Some(directory))
            .map(|shown| Read::One(shown.map(Box::new))),
    }
}

fn list(
    node: &Node,
    who: &str,
    lang: Lang,
    form: Form,
    (asked, found): (&Asked, &Found),
) -> Response<OutBody> {
    let at = |ending: &str, lang: Lang, before: Option<u64>| address(ending, asked, lang, before);
    let revision = node.directory.load().revision;
    let ending = match form {
        Form::Html => "",
        Form::Json => ".json",
        Form::Csv => ".csv",
    };
    let older = found.next.map(|next| at(ending, lang, Some(next)));
    let mut answer = match form {
        Form::Html => {
            let frame = Frame { lang, node: node.id.as_str(), who, revision };
            let (json, csv) = (at(".json", lang, asked.before), at(".csv", lang, asked.before));
            let other = at("", other(lang), asked.before);
            html(frame.list(asked, found, older.as_deref(), [&json, &csv], &other))
        }
        Form::Json => json_of(&json!({
            "node": node.id, "items": found.items, "next": found.next, "directory": revision,
        })),
        Form::Csv => {
            let mut text = csv_begin(lang);
            found.items.iter().for_each(|row| text.push_str(&row.csv(lang)));
            let mut answer = said(StatusCode::OK, "text/csv; charset=utf-8", text);
            headers::set(answer.headers_mut(), CONTENT_DISPOSITION, "attachment; filename=\"ledger.csv\"");
            answer
        }
    };
    if let Some(older) = older {
        headers::set(answer.headers_mut(), http::header::LINK, &format!("<{older}>; rel=\"next\""));
    }
    answer
}

fn one(node: &Node, who: &str, lang: Lang, form: Form, shown: &Shown) -> Response<OutBody> {
    if form == Form::Json {
        return json_of(&json!(shown));
    }
    let frame = Frame { lang, node: node.id.as_str(), who, revision: node.directory.load().revision };
    html(frame.one(shown, &format!("{HOME}/{}?lang={}", shown.row.number, other(lang).name())))
}

/// The address of a list.
fn address(ending: &str, asked: &Asked, lang: Lang, before: Option<u64>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("lang", lang.name()).extend_pairs(asked.pairs());
    if let Some(before) = before {
        query.append_pair("before", &before.to_string());
    }
    format!("{HOME}{ending}?{}", query.finish())
}

fn other(lang: Lang) -> Lang {
    if lang == Lang::Vi { Lang::En } else { Lang::Vi }
}

/// The language that the address asks for, or else the browser; else Vietnamese.
fn language(parts: &Parts) -> Lang {
    let mut pairs = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let asked = pairs.find(|(name, _)| name == "lang").map(|(_, value)| value.into_owned());
    let asked = asked.or_else(|| headers::last(&parts.headers, &ACCEPT_LANGUAGE).map(str::to_owned));
    if asked.is_some_and(|asked| asked.starts_with("en")) { Lang::En } else { Lang::Vi }
}

fn refused(fault: &Fault, lang: Lang) -> Response<OutBody> {
    let status = match fault {
        Fault::NotAuditor {} => StatusCode::UNAUTHORIZED,
        Fault::BadParameters { .. } => StatusCode::BAD_REQUEST,
        Fault::NoExchange { .. } => StatusCode::NOT_FOUND,
        Fault::Overloaded {} => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(fault = fault.code(), reason = %fault, "a look-up failed");
    }
    let text = format!("{} {}\n", fault.code(), lang.of(&fault.words()));
    let mut answer = said(status, "text/plain; charset=utf-8", text);
    headers::set(answer.headers_mut(), headers::FAULT, fault.code());
    match status {
        StatusCode::UNAUTHORIZED => headers::set(
            answer.headers_mut(),
            WWW_AUTHENTICATE,
            "Basic realm=\"Lien Thong: ledger of the node\", charset=\"UTF-8\"",
        ),
        StatusCode::SERVICE_UNAVAILABLE => headers::set(answer.headers_mut(), RETRY_AFTER, "5"),
        _ => {}
    }
    answer
}

fn html(text: String) -> Response<OutBody> {
    said(StatusCode::OK, "text/html; charset=utf-8", text)
}

fn json_of(value: &serde_json::Value) -> Response<OutBody> {
    said(StatusCode::OK, "application/json", value.to_string())
}

/// An answer that no cache keeps and no other page frames.
fn said(status: StatusCode, content_type: &str, text: String) -> Response<OutBody> {
    let mut answer = Response::new(body::whole(text));
    *answer.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
        (HeaderName::from_static("referrer-policy"), "no-referrer"),
        (
            HeaderName::from_static("content-security-policy"),
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ),
    ] {
        headers::set(answer.headers_mut(), name, value);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_view_or_none() {
        for (path, view) in [
            ("/ledger", Some(View::List(Form::Html))),
            ("/ledger.json", Some(View::List(Form::Json))),
            ("/ledger.csv", Some(View::List(Form::Csv))),
            ("/ledger/7", Some(View::One(7, Form::Html))),
            ("/ledger/7.json", Some(View::One(7, Form::Json))),
            ("/ledger/", None),
            ("/ledger/-1", None),
            ("/ledgers", None),
            ("/ledger/7/x", None),
            ("/ledger.xml", None),
        ] {
            assert_eq!(View::read(path), view, "{path}");
        }
    }

    #[test]
    fn a_list_leads_on_with_what_was_asked() {
        let asked = Asked::read([("case", "HS 1&x"), ("before", "9")]).unwrap();
        assert_eq!(address(".csv", &asked, Lang::En, Some(5)), "/ledger.csv?lang=en&case=HS+1%26x&before=5");
    }
}
