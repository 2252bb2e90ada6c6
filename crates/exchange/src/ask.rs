//! A call of one of the node's systems from within the node's own process: what an agency's work on cases asks others.
//!
//! It goes the way of a call over the client edge, `consume::carry`, by the same decision and rate, into the same ledger and the same
//! figures. What stands in the place of a token is the process: only a system that the node's settings name can be asked for, and only
//! one that the directory has this node speak for.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AGE, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode, Uri};
use jiff::Timestamp;
use model::fault::{Fault, Words};
use model::id::{NodeId, ServiceId, SystemId};

use crate::backend::dataset::{UNAVAILABLE, WITHHELD};
use crate::body::{self, Kept, Limits};
use crate::clock;
use crate::consume::{Answer, ClientCall, Patience, carry};
use crate::headers;
use crate::node::Node;
use crate::presence::Presence;
use crate::request::{Request, check_size};
use crate::texts;

/// Largest answer: whoever asks within the process holds it in memory.
pub const ANSWER_MAX_BYTES: u64 = 1024 * 1024;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Who asks: a system of this node.
    pub client: SystemId,
    /// What is asked.
    pub service: ServiceId,
    /// `X-Road-Security-Server`: the node of it that shall answer; none: whichever.
    pub node: Option<NodeId>,
    /// What for.
    pub purpose: String,
    /// The method.
    pub method: Method,
    /// Path and query behind the service, as they are sent; empty for the service itself.
    pub path: String,
    /// `X-Road-Id`: chosen by who asks, so that it is written down before anything leaves, and its outcome can be asked for by it.
    pub id: String,
    /// `X-Road-Issue`: the case.
    pub issue: Option<String>,
    /// `X-Road-UserId`: the officer.
    pub user: Option<String>,
    /// `X-Road-Represented-Party`: on whose behalf. Never a person's number.
    pub represented: Option<String>,
    /// JSON, or nothing.
    pub body: Bytes,
    /// How long its answer is waited for. A deed whose time is over may have been done.
    pub within: Duration,
}

/// An answer that is in both ledgers: the service's own, or a refusal that the provider's node has signed.
#[derive(Debug, Clone)]
pub struct Answered {
    /// Its status.
    pub status: StatusCode,
    /// Its headers, X-Road's among them.
    pub headers: HeaderMap,
    /// All of it.
    pub body: Bytes,
    /// `X-Road-Request-Id`: the nodes' own id of the exchange.
    pub exchange: String,
    /// When it was recorded here.
    pub at: Timestamp,
}

/// Asks, and waits for the answer. Whoever stops waiting changes nothing of it: it goes to its end, and into the ledgers, by a task of its
/// own.
///
/// # Errors
/// [`Fault`]: what a system at the client edge would be told; [`Fault::PeerTimeout`] or, of a deed, [`Fault::AnswerLost`] when its time is
/// over.
pub async fn ask(node: &Arc<Node>, ask: Ask) -> Result<Answered, Fault> {
    let node = node.clone();
    let asking = tokio::spawn(async move { carried(&node, ask).await });
    // Of what failed inside nobody knows whether it had left.
    asking.await.map_err(|error| Fault::AnswerWithheld { why: error.to_string() })?
}

async fn carried(node: &Arc<Node>, ask: Ask) -> Result<Answered, Fault> {
    let (method, uri, headers) = (&ask.method, &ask.uri()?, &ask.headers()?);
    check_size(uri, headers)?;
    let request = Request::read(method, uri, headers)?;
    node.systems.load().named(&request.call().client)?;
    let call = ClientCall {
        request,
        method,
        uri,
        headers,
        presence: Presence::default(),
        span: node.traces.begin(headers),
        patience: Patience { answer_bytes: Some(ANSWER_MAX_BYTES), within: Some(ask.within) },
    };
    let answer = carry(node, &call, body::whole(ask.body.clone())).await.map_err(|failure| {
        failure.log("question refused");
        failure.fault
    })?;
    let at = clock::now();
    let Answer { status, headers, body } = answer;
    let body = match body {
        Kept::Memory(bytes) => bytes,
        long @ Kept::File { .. } => {
            let limits = Limits { bytes: ANSWER_MAX_BYTES, ..node.body_limits };
            let read = body::in_memory(long.into_body(), limits, node.room(ask.client.as_str())).await;
            read.map_err(|error| Fault::AnswerWithheld { why: error.of_caller().to_string() })?
        }
    };
    let exchange = headers::last(&headers, &headers::REQUEST_ID).unwrap_or_default().to_owned();
    Ok(Answered { status, headers, body, exchange, at })
}

impl Ask {
    fn uri(&self) -> Result<Uri, Fault> {
        let address = format!("/r1/{}{}", self.service, self.path);
        address
            .parse()
            .map_err(|error: http::uri::InvalidUri| Fault::BadAddress { why: Words::quoted(error) })
    }

    /// What a system would send with it. A value that cannot stand in a header is refused by its name, as at the edge.
    fn headers(&self) -> Result<HeaderMap, Fault> {
        let mut all = HeaderMap::new();
        let mut set = |name: HeaderName, header: &'static str, text: &str| {
            let why = texts::not_visible_ascii;
            // Spaces around a value are no part of it (RFC 9110 section 5.5).
            let value = HeaderValue::from_bytes(text.trim_matches([' ', '\t']).as_bytes());
            all.insert(name, value.map_err(|_| Fault::BadHeader { header, why: why() })?);
            Ok(())
        };
        set(headers::CLIENT, "X-Road-Client", self.client.as_str())?;
        set(headers::PURPOSE, "Lienthong-Purpose", &self.purpose)?;
        set(headers::ID, "X-Road-Id", &self.id)?;
        let node = self.node.as_ref().map(ToString::to_string);
        for (name, header, said) in [
            (headers::SECURITY_SERVER, "X-Road-Security-Server", &node),
            (headers::ISSUE, "X-Road-Issue", &self.issue),
            (headers::USER_ID, "X-Road-UserId", &self.user),
            (headers::REPRESENTED_PARTY, "X-Road-Represented-Party", &self.represented),
        ] {
            if let Some(text) = said {
                set(name, header, text)?;
            }
        }
        if !self.body.is_empty() {
            all.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Ok(all)
    }
}

impl Answered {
    /// Our code, if it is a refusal or a problem: there is no such record, `LT-4108`.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        headers::last(&self.headers, &headers::FAULT).filter(|code| !code.is_empty())
    }

    /// The fields of the contract that the source lacks, or that are withheld.
    pub fn unavailable(&self) -> impl Iterator<Item = &str> {
        let named = headers::last(&self.headers, &UNAVAILABLE).unwrap_or_default().split(',').map(str::trim);
        named.filter(|name| !name.is_empty())
    }

    /// How many records its gate withheld of it.
    #[must_use]
    pub fn withheld(&self) -> u64 {
        headers::last(&self.headers, &WITHHELD).and_then(|count| count.parse().ok()).unwrap_or_default()
    }

    /// How long ago the source was read, where the answer is of a file or an API that is read now and then.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        headers::last(&self.headers, &AGE)?.parse().ok().map(Duration::from_secs)
    }
}
