//! A one-stop desk: a system that calls its own node, as any system of an agency would.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use exchange::backend::http_api::WebClient;
use exchange::body;
use http::{Request, StatusCode};
use model::fault::Fault;
use serde_json::Value;
use trust::web::{client as web_client, fetch};

use crate::processes::step;

/// Longest wait of an officer at a desk.
const PATIENCE: Duration = Duration::from_secs(30);
const ANSWER_MAX_BYTES: usize = 16 * 1024 * 1024;

#[derive(Clone)]
pub(crate) struct Desk {
    client: WebClient,
    edge: SocketAddr,
    /// The system that calls.
    pub(crate) system: String,
    token: String,
}

/// What a call came to.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    /// Our code, if it was refused or found nothing.
    pub(crate) fault: Option<String>,
    pub(crate) json: Value,
    pub(crate) took: Duration,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) service: &'a str,
    /// The path and query behind it.
    pub(crate) path: &'a str,
    pub(crate) purpose: &'a str,
    pub(crate) dossier: &'a str,
    /// What is sent; without it the call is a GET.
    pub(crate) body: Option<&'a Value>,
}

impl Desk {
    /// The desk of `system` at a node's edge, with the token in the file at `token`.
    pub(crate) fn new(edge: SocketAddr, system: &str, token: &std::path::Path) -> Result<Self, Fault> {
        let text = std::fs::read_to_string(token).map_err(|error| step("token", &error.to_string()))?;
        let token = text.trim().strip_prefix("Lienthong-Token: ").unwrap_or_default().to_owned();
        let tls = trust::tls::web_client(&[]).map_err(|error| step("tls", &error.to_string()))?;
        Ok(Self { client: web_client(tls), edge, system: system.to_owned(), token })
    }

    /// Calls.
    ///
    /// # Errors
    /// [`Fault::DemoStep`] only if the node does not answer at all.
    pub(crate) async fn call(&self, call: Call<'_>) -> Result<Reply, Fault> {
        let failed = |why: String| step(call.service, &why);
        let method = if call.body.is_some() { "POST" } else { "GET" };
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}/r1/{}{}", self.edge, call.service, call.path))
            .header("x-road-client", &self.system)
            .header("lienthong-purpose", call.purpose)
            .header("x-road-issue", call.dossier)
            .header("x-road-userid", "VN-can-bo-thu")
            .header("lienthong-token", &self.token)
            .header("content-type", "application/json")
            .body(body::whole(call.body.map(|body| Bytes::from(body.to_string())).unwrap_or_default()))
            .map_err(|error| failed(error.to_string()))?;
        let began = Instant::now();
        let answer = fetch(&self.client, request, PATIENCE, ANSWER_MAX_BYTES).await.map_err(failed)?;
        let took = began.elapsed();
        let fault =
            answer.headers().get("lienthong-fault").and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Reply {
            status: answer.status(),
            fault,
            json: serde_json::from_slice(answer.body()).unwrap_or_default(),
            took,
        })
    }
}
