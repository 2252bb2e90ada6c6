//! A visit: who asks for which page in which language; and the way to the hub's routes.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, MatchedPath, RawPathParams, RawQuery};
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use hub::web::Known;
use hub::web::intake::Sender;
use hub::web::listen::From as CameFrom;
use model::words::Words;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::entry::Member;
use crate::entry::check::{mistake, placed};
use crate::form::Form;
use crate::texts;
use crate::words::Language;

/// The cookie with the language that somebody chose.
pub(crate) const LANGUAGE_COOKIE: &str = "lienthong-lang";
/// Largest paper that is handed in, as the node takes it.
pub(crate) const PAPER_MAX: usize = 10 * 1024 * 1024;
/// Largest answer of the hub that a page is drawn from.
const ANSWER_MAX_BYTES: usize = 64 * 1024 * 1024;

/// Whose pages these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// The hub's, for officers of agencies.
    Hub,
    /// A node's, for citizens with cases and for the officers who handle them.
    Shell,
}

impl Face {
    /// Where it is said who is signed in, and where a session is ended.
    pub(crate) fn session(self) -> &'static str {
        match self {
            Self::Hub => "/api/v1/session",
            Self::Shell => "/api/session",
        }
    }

    /// Largest form that carries a file: a document of the registry, or a photograph of a paper with what stands beside it.
    pub(crate) fn file_max(self) -> usize {
        match self {
            Self::Hub => hub::web::intake::ONE_THING,
            Self::Shell => PAPER_MAX + hub::web::intake::FORM,
        }
    }
}

/// What all visits share.
pub(crate) struct Console {
    api: Router,
    face: Face,
    /// The host that people know the pages by, with its port: what stands before them may ask by another.
    host: Option<String>,
}

impl Console {
    pub(crate) fn new(api: Router, face: Face) -> Self {
        Self { api, face, host: None }
    }

    /// The same, known by a host.
    pub(crate) fn known_as(self, host: Option<String>) -> Self {
        Self { host, ..self }
    }

    /// Hands a request on to the hub's own routes.
    pub(crate) async fn hand_on(&self, request: axum::extract::Request) -> axum::response::Response {
        let Ok(response) = self.api.clone().oneshot(request).await;
        response
    }
}

/// Somebody's visit.
#[derive(Clone)]
pub(crate) struct Visit {
    console: Arc<Console>,
    /// The pattern of the page: `/co-so-du-lieu/{id}`.
    pub(crate) page: String,
    /// The address: path and query.
    pub(crate) address: String,
    /// The path alone.
    pub(crate) path: String,
    /// The path that was asked: of a form that was sent, where it was sent.
    pub(crate) sent_to: String,
    /// What stands in the places of the pattern.
    pub(crate) places: BTreeMap<String, String>,
    /// What the query says, the last word of each name.
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) language: Language,
    /// What kinds of answers are taken.
    pub(crate) accept: String,
    /// The host that was asked, with its port: in HTTP/2 it stands in the address, in HTTP/1.1 in a header.
    pub(crate) host: String,
    /// What was typed, if the page is shown again; and what the hub said no with.
    pub(crate) typed: Option<(Form, Value)>,
    /// Who is signed in, as the hub says it.
    pub(crate) me: Option<Value>,
    /// The same as the hub knows it, so that it need not recognise them at each question of the page.
    known: Option<Known>,
    cookie: Option<HeaderValue>,
    agent: Option<HeaderValue>,
    token: Option<HeaderValue>,
    from: Option<CameFrom>,
}

/// What the hub answered in place of what was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) status: StatusCode,
    /// The problem details.
    pub(crate) problem: Value,
}

impl Refused {
    /// There is no such page.
    pub(crate) fn nowhere() -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            problem: problem(StatusCode::NOT_FOUND, &texts::no_such_page()),
        }
    }

    /// Whether it was that nobody is signed in. Whoever is, at a level that is too low, goes on where they are when they have shown more.
    pub(crate) fn is_signed_out(&self) -> bool {
        let low = self.problem.get("title").and_then(Value::as_str) == Some("LT-9108");
        self.status == StatusCode::UNAUTHORIZED && !low
    }

    /// The page says no by itself.
    pub(crate) fn said(words: &Words) -> Self {
        let status = StatusCode::BAD_REQUEST;
        Self { status, problem: problem(status, words) }
    }

    /// Something is wrong with what was typed: all of it is told, each at its place.
    pub(crate) fn mistaken(mistakes: &[Value]) -> Self {
        let mut refused = Self::said(&texts::several_mistakes());
        if let Some(problem) = refused.problem.as_object_mut() {
            problem.insert("mistakes".to_owned(), json!(mistakes));
        }
        refused
    }

    /// One thing is wrong with what was typed.
    pub(crate) fn wrong(place: &str, why: &Words) -> Self {
        Self::mistaken(&[mistake(place, why)])
    }

    /// The same, with the places of what is wrong as the form has them.
    pub(crate) fn placed(mut self, members: &[Member]) -> Self {
        let found = self.problem.get_mut("mistakes").and_then(Value::as_array_mut);
        for mistake in found.into_iter().flatten() {
            let place = placed(members, mistake.get("at").and_then(Value::as_str).unwrap_or_default());
            if let Some(mistake) = mistake.as_object_mut() {
                mistake.insert("at".to_owned(), json!(place));
            }
        }
        self
    }

    /// Nothing was wrong: the page is to be shown again as it was typed.
    pub(crate) fn again() -> Self {
        Self { status: StatusCode::OK, problem: Value::Null }
    }

    /// The page itself failed.
    pub(crate) fn inside(why: &str) -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self { status, problem: problem(status, &Words::quoted(why)) }
    }
}

/// What the console itself tells as a problem, in the form that the hub's problems have.
pub(crate) fn problem(status: StatusCode, words: &Words) -> Value {
    let code = status.as_u16();
    json!({ "title": code.to_string(), "status": code, "detail": words.en(), "detail_vi": words.vi() })
}

/// What the hub answered.
pub(crate) struct Answered {
    pub(crate) body: Value,
    pub(crate) cookies: Vec<HeaderValue>,
    known: Option<Known>,
}

impl FromRequestParts<Arc<Console>> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, console: &Arc<Console>) -> Result<Self, Infallible> {
        let places = RawPathParams::from_request_parts(parts, console).await.ok();
        let places =
            places.iter().flatten().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let page =
            parts.extensions.get::<MatchedPath>().map_or_else(String::new, |path| path.as_str().to_owned());
        let RawQuery(query) = RawQuery::from_request_parts(parts, console).await?;
        let query: BTreeMap<String, String> =
            url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
        let language = query.get("lang").cloned().or_else(|| cookie(&parts.headers, LANGUAGE_COOKIE));
        let text = |name| {
            parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        Ok(Self {
            console: console.clone(),
            page,
            address: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            path: parts.uri.path().to_owned(),
            sent_to: parts.uri.path().to_owned(),
            places,
            query,
            language: language.as_deref().map_or(Language::Vi, Language::of),
            accept: text(ACCEPT),
            host: parts.uri.authority().map_or_else(|| text(HOST), ToString::to_string),
            typed: None,
            me: None,
            known: None,
            cookie: joined(&parts.headers),
            agent: parts.headers.get(USER_AGENT).cloned(),
            token: parts.headers.get(AUTHORIZATION).cloned(),
            from: parts.extensions.get::<CameFrom>().cloned(),
        })
    }
}

/// All cookies in one line: by HTTP/2 each may come in a line of its own (RFC 9113, section 8.2.3).
fn joined(headers: &HeaderMap) -> Option<HeaderValue> {
    let lines: Vec<&[u8]> = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if lines.is_empty() { None } else { HeaderValue::from_bytes(&lines.join(&b"; "[..])).ok() }
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then(|| value.to_owned())
    })
}

impl Visit {
    /// Whose pages it is on.
    pub(crate) fn face(&self) -> Face {
        self.console.face
    }

    /// The host that people know these pages by.
    pub(crate) fn known_as(&self) -> &str {
        self.console.host.as_deref().unwrap_or(&self.host)
    }

    /// Takes the address of the page of this pattern in the place of its own: a form's may answer to nothing but forms.
    pub(crate) fn stand_on(&mut self, pattern: &str) {
        let fill = |path: String, name: &String| path.replace(&format!("{{{name}}}"), &self.place(name));
        let path = self.places.keys().fold(pattern.to_owned(), fill);
        let query = self.address.split_once('?').map_or_else(String::new, |(_, query)| format!("?{query}"));
        self.address = format!("{path}{query}");
        self.path = path;
    }

    /// Asks the hub who is signed in.
    pub(crate) async fn recognise(&mut self) -> Result<(), Refused> {
        let answered =
            self.send(Method::GET, self.face().session(), None, &[]).await.map_err(|mut refused| {
                // Where nobody can sign in nobody is signed in.
                if refused.status == StatusCode::NOT_FOUND {
                    refused.status = StatusCode::UNAUTHORIZED;
                }
                refused
            })?;
        (self.me, self.known) = (Some(answered.body), answered.known);
        Ok(())
    }

    /// Whether whoever is signed in has a right.
    pub(crate) fn may(&self, right: &str) -> bool {
        let rights = self.me.as_ref().and_then(|me| me.get("rights")?.as_array());
        rights.is_some_and(|rights| rights.iter().any(|known| known == right))
    }

    /// The account of whoever is signed in.
    pub(crate) fn account(&self) -> &str {
        self.me.as_ref().and_then(|me| me.get("name")?.as_str()).unwrap_or_default()
    }

    /// Whose budget what they send comes out of: their account's; at a node that of the session, for a citizen has no other name.
    pub(crate) fn sender(&self) -> Sender {
        let of_session = || self.me.as_ref().and_then(|me| me.get("guard")?.as_str()).unwrap_or_default();
        match self.face() {
            Face::Hub => Sender::new(self.account(), self.agency().as_deref()),
            Face::Shell => Sender::new(of_session(), None),
        }
    }

    /// The same visit as somebody whom nobody knows makes it: for what everybody may ask, whatever has become of their session.
    pub(crate) fn of_anybody(&self) -> Self {
        Self { cookie: None, token: None, known: None, ..self.clone() }
    }

    /// The agency of whoever is signed in; none: the hub.
    pub(crate) fn agency(&self) -> Option<String> {
        self.me.as_ref()?.get("agency")?.as_str().map(str::to_owned)
    }

    /// What stands in a place of the pattern, percent-encoded for an address of the hub.
    pub(crate) fn place(&self, name: &str) -> String {
        model::id::encode_part(self.places.get(name).map_or("", String::as_str))
    }

    /// Asks the hub.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Refused> {
        self.send(Method::GET, path, None, &[]).await.map(|answered| answered.body)
    }

    /// Asks the hub with these words of the page's own query passed on.
    pub(crate) async fn get_with(&self, path: &str, names: &[&str]) -> Result<Value, Refused> {
        self.get(&self.passing_on(path, names)).await
    }

    /// An address of the hub with these words of the page's own query.
    pub(crate) fn passing_on(&self, path: &str, names: &[&str]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for name in names {
            // A filter that is left empty in a form is no filter.
            if let Some(value) = self.query.get(*name).filter(|value| !value.is_empty()) {
                query.append_pair(name, value);
            }
        }
        match query.finish() {
            query if query.is_empty() => path.to_owned(),
            query if path.contains('?') => format!("{path}&{query}"),
            query => format!("{path}?{query}"),
        }
    }

    /// Has the hub do something.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&'static str, &str)],
    ) -> Result<Answered, Refused> {
        let body = body.map(|body| ("application/json", Body::from(body.to_string())));
        self.ask(method, path, body, headers).await
    }

    /// Hands in a file as it is.
    pub(crate) async fn hand_in(
        &self,
        path: &str,
        kind: &'static str,
        content: Vec<u8>,
        headers: &[(&'static str, &str)],
    ) -> Result<Answered, Refused> {
        self.ask(Method::POST, path, Some((kind, Body::from(content))), headers).await
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<(&'static str, Body)>,
        headers: &[(&'static str, &str)],
    ) -> Result<Answered, Refused> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(from) = self.from.clone() {
            request = request.extension(from);
        }
        if let Some(known) = self.known.clone() {
            request = request.extension(known);
        }
        if let Some(known) = request.headers_mut() {
            known.extend(self.cookie.clone().map(|cookie| (COOKIE, cookie)));
            known.extend(self.agent.clone().map(|agent| (USER_AGENT, agent)));
            known.extend(self.token.clone().map(|token| (AUTHORIZATION, token)));
            if let Some((kind, _)) = &body {
                known.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            }
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, |(_, body)| body);
        let request = request.body(body).map_err(|error| Refused::inside(&error.to_string()))?;
        let Ok(response) = self.console.api.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let body = http_body_util::Limited::new(body, ANSWER_MAX_BYTES).collect().await;
        let body = body.map_err(|error| Refused::inside(&error.to_string()))?.to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if !parts.status.is_success() {
            return Err(Refused { status: parts.status, problem: body });
        }
        let cookies = parts.headers.get_all(SET_COOKIE).iter().cloned().collect();
        Ok(Answered { body, cookies, known: parts.extensions.get().cloned() })
    }
}
