//! What routes take out of a request: who asks, what the address says, cookies. A body is taken by `intake.rs`.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::header::{AUTHORIZATION, COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use model::fault::{Fault, Words};
use model::id::NodeId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use trust::certificate;
use utoipa::ToSchema;

use crate::audit::officer::Officer;
use crate::clock;
use crate::hub::Hub;
use crate::people::credential::Use;
use crate::people::session;
use crate::people::tries::Visitor;
use crate::store::{from_text, optional};
use crate::texts;
use crate::web::intake::Sender;
use crate::web::listen::From as Origin;
use crate::web::problem::Problem;

/// The cookie of a session. The prefix makes browsers keep it to this host, over TLS only.
pub(crate) const SESSION_COOKIE: &str = "__Host-lienthong";
/// The cookie of a browser that somebody has signed in from.
pub(crate) const DEVICE_COOKIE: &str = "__Host-lienthong-device";
/// What a browser's changes carry beside the cookie, so that no other site can make them.
const GUARD: &str = "lienthong-guard";

/// Who was recognised by the first of the questions that a page asks. It goes along with the others in their extensions, which nothing that
/// comes over a connection can set, and the hub alone makes one.
#[derive(Debug, Clone)]
pub struct Known(Officer);

impl Known {
    pub(crate) fn new(officer: &Officer) -> Self {
        Self(officer.clone())
    }
}

impl FromRequestParts<Arc<Hub>> for Officer {
    type Rejection = Problem;

    /// A token in `Authorization`, or a session's cookie; with a cookie, whatever changes something carries the session's guard. Who only
    /// reads may be known already.
    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        let reads = matches!(parts.method, Method::GET | Method::HEAD);
        if reads && let Some(Known(officer)) = parts.extensions.get().cloned() {
            return Ok(known(parts, officer));
        }
        let visitor = visitor(parts);
        let now = clock::now();
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        if let Some(token) = header.and_then(bearer) {
            let found = session::recognise(&hub.people, token.trim(), Use::Token, &visitor, now).await?;
            return Ok(known(parts, found.officer));
        }
        let secret = cookie(&parts.headers, SESSION_COOKIE).ok_or(Fault::NotSignedIn {})?;
        let found = session::recognise(&hub.people, &secret, Use::Session, &visitor, now).await?;
        if !reads {
            let shown = parts.headers.get(GUARD).and_then(|value| value.to_str().ok());
            if shown.is_none() || shown != found.guard.as_deref() {
                return Err(Fault::NotGuarded {}.into());
            }
        }
        Ok(known(parts, found.officer))
    }
}

/// The token of `Authorization: Bearer`; the scheme's name in any case (RFC 9110, section 11.1).
pub(crate) fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// From here on the request is an officer's, and so is its connection.
fn known(parts: &mut Parts, officer: Officer) -> Officer {
    if let Some(from) = parts.extensions.get::<Origin>() {
        from.prove(&officer.name);
    }
    parts
        .extensions
        .insert(Sender::new(&officer.name, officer.agency.as_ref().map(|agency| agency.as_str())));
    officer
}

/// Who knocks, before anybody is recognised.
pub(crate) fn visitor(parts: &Parts) -> Visitor {
    let agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    Visitor {
        address: parts.extensions.get::<Origin>().map(Origin::address),
        agent: agent.map(|agent| agent.chars().take(200).collect()),
    }
}

impl FromRequestParts<Arc<Hub>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Hub>) -> Result<Self, Problem> {
        Ok(visitor(parts))
    }
}

/// The value of a cookie.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(';')).find_map(|pair| {
        let (found, value) = pair.trim().split_once('=')?;
        (found == name).then(|| value.to_owned())
    })
}

/// The value of the first cookie whose name begins so.
pub(crate) fn any_cookie(headers: &HeaderMap, prefix: &str) -> Option<String> {
    let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| name.starts_with(prefix)).map(|(_, value)| value.to_owned())
}

/// What is asked in the address, with our error where it can't be read, or where it can be read in two ways.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Hub>> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        if let Ok(Query(pairs)) = Query::<Vec<(String, String)>>::from_request_parts(parts, hub).await {
            let mut names = HashSet::new();
            if let Some((name, _)) = pairs.iter().find(|(name, _)| !names.insert(name)) {
                let name: String = name.chars().take(40).collect();
                return Err(Fault::BadParameters { why: texts::parameter_twice(&name) }.into());
            }
        }
        let asked = Query::<T>::from_request_parts(parts, hub).await;
        let asked = asked.map_err(|error| Fault::BadParameters { why: Words::quoted(error.body_text()) })?;
        Ok(Self(asked.0))
    }
}

/// The names in the path.
pub(crate) struct Named<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<Hub>> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        let named = Path::<T>::from_request_parts(parts, hub).await;
        let named = named.map_err(|error| Fault::BadParameters { why: Words::quoted(error.body_text()) })?;
        Ok(Self(named.0))
    }
}

/// Why something is done.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reason {
    /// Why.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

/// A node that has shown its certificate on the connection, and that is in the registry with it now.
#[derive(Debug, Clone)]
pub(crate) struct Admitted(pub(crate) NodeId);

impl FromRequestParts<Arc<Hub>> for Admitted {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        let shown = parts.extensions.get::<Origin>().and_then(Origin::certificate).cloned();
        let shown = shown.ok_or(Fault::NotSignedIn {})?;
        let mut tx = hub.db.read().await?;
        let found: Option<(String,)> = optional!(
            tx,
            "SELECT node FROM node_certificate WHERE certificate = $1 AND usage = 'tls'" => certificate::to_base64(&shown)
        )?;
        let (node,) = found.ok_or_else(|| Fault::BadReport { why: texts::node_unknown() })?;
        if let Some(from) = parts.extensions.get::<Origin>() {
            from.prove(&node);
        }
        let id: NodeId = from_text(&node)?;
        parts.extensions.insert(Sender::new(&node, Some(id.member().as_str())));
        // Whatever it asks, it is there.
        hub.presence.sign(&id, Instant::now());
        Ok(Self(id))
    }
}

/// Who reads the directory: a node, or somebody who is signed in. Strangers see nothing of it.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    /// The node, if it is one.
    pub(crate) node: Option<NodeId>,
}

impl FromRequestParts<Arc<Hub>> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        if parts.headers.contains_key(AUTHORIZATION) || parts.headers.contains_key(COOKIE) {
            Officer::from_request_parts(parts, hub).await?;
            return Ok(Self { node: None });
        }
        Ok(Self { node: Some(Admitted::from_request_parts(parts, hub).await?.0) })
    }
}
