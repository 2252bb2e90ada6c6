//! Talks to a hub for its officers.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use exchange::backend::http_api::{WebClient, fetch, web_client};
use exchange::body;
use http::{Method, Request, StatusCode};
use model::fault::Fault;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trust::{certificate, file, tls};
use url::Url;

use crate::output::Trouble;

/// Longest wait for an answer. Loading a large registry takes a while.
const PATIENCE: Duration = Duration::from_secs(120);
/// Largest answer.
const ANSWER_MAX_BYTES: usize = 256 * 1024 * 1024;

/// What an officer needs to reach the hub, in a file that only they read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Officer {
    /// The hub.
    pub(crate) hub: Url,
    /// Certificate of its authority, DER in base64.
    pub(crate) authority: String,
    /// The officer's token.
    pub(crate) token: String,
}

impl Officer {
    /// Reads an officer's file.
    ///
    /// # Errors
    /// [`Fault::FileFailed`], [`Fault::BadSettings`].
    pub(crate) fn read(path: &Path) -> Result<Self, Fault> {
        let place = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Fault::FileFailed { path: place.clone(), why: error.to_string() })?;
        serde_json::from_str(&text).map_err(|error| Fault::BadSettings { place, why: error.to_string() })
    }

    /// Writes an officer's file, readable by its owner only.
    ///
    /// # Errors
    /// [`Fault::FileFailed`], also if there is a file already.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Fault> {
        write_private(path, &serde_json::to_vec_pretty(self).unwrap_or_default())
    }
}

/// A hub that is asked in an officer's name.
pub(crate) struct HubClient {
    client: WebClient,
    url: Url,
    token: Option<String>,
}

impl HubClient {
    /// The hub of an officer.
    ///
    /// # Errors
    /// [`Fault::BadSettings`] if the authority can't be read.
    pub(crate) fn of(officer: &Officer) -> Result<Self, Fault> {
        Self::new(officer.hub.clone(), &officer.authority, Some(officer.token.clone()))
    }

    /// A hub, by its authority's certificate.
    ///
    /// # Errors
    /// [`Fault::BadSettings`] if the authority can't be read.
    pub(crate) fn new(url: Url, authority: &str, token: Option<String>) -> Result<Self, Fault> {
        let bad = |why: String| Fault::BadSettings { place: "authority".into(), why };
        let anchor = certificate::from_base64(authority).map_err(|error| bad(error.to_string()))?;
        let tls = tls::web_client(&[anchor]).map_err(|error| bad(error.to_string()))?;
        Ok(Self { client: web_client(tls), url, token })
    }

    /// Asks for what is at `path`.
    ///
    /// # Errors
    /// [`Fault::HubUnreachable`], or what the hub says.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Trouble> {
        self.send(Method::GET, path, Bytes::new()).await
    }

    /// Sends `body` to `path`.
    ///
    /// # Errors
    /// [`Fault::HubUnreachable`], or what the hub says.
    pub(crate) async fn post<T: Serialize>(&self, path: &str, body: &T) -> Result<Value, Trouble> {
        self.send(Method::POST, path, serde_json::to_vec(body).unwrap_or_default().into()).await
    }

    async fn send(&self, method: Method, path: &str, body: Bytes) -> Result<Value, Trouble> {
        let unreachable =
            |why: String| Trouble::Fault(Fault::HubUnreachable { url: self.url.to_string(), why });
        let uri = self.url.join(path).map_err(|error| unreachable(error.to_string()))?;
        let mut request =
            Request::builder().method(method).uri(uri.as_str()).header("content-type", "application/json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(body::whole(body)).map_err(|error| unreachable(error.to_string()))?;
        let answer = fetch(&self.client, request, PATIENCE, ANSWER_MAX_BYTES).await.map_err(unreachable)?;
        let value: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        if answer.status().is_success() { Ok(value) } else { Err(said(answer.status(), &value)) }
    }
}

/// What the hub said, as it said it.
fn said(status: StatusCode, problem: &Value) -> Trouble {
    let text = |name: &str| problem.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Trouble::Hub { status, code: text("title"), vi: text("detail_vi"), en: text("detail") }
}

/// Writes a file that only its owner reads, and that was not there before.
///
/// # Errors
/// [`Fault::FileFailed`].
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    file::create_private(path, bytes)
        .map_err(|error| Fault::FileFailed { path: path.display().to_string(), why: error.to_string() })
}
