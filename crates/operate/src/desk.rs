//! Talks to a node with cases, in the name of its one-stop system.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use exchange::backend::http_api::WebClient;
use exchange::body;
use http::{Method, Request};
use model::fault::{Fault, Words};
use model::id::SystemId;
use rustls::pki_types::CertificateDer;
use serde_json::Value;
use trust::web::{client as web_client, fetch};
use trust::{certificate, tls};
use url::Url;

use crate::input;
use crate::trouble::Trouble;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Largest answer.
const ANSWER_MAX_BYTES: usize = 16 * 1024 * 1024;
/// What the file of a token says before it.
const TOKEN: &str = "lienthong-token:";

/// A node with cases, as a one-stop system asks it.
pub struct DeskClient {
    client: WebClient,
    url: Url,
    system: SystemId,
    token: String,
}

/// A certificate in PEM.
fn read_certificate(path: &Path) -> Result<CertificateDer<'static>, Fault> {
    let text = input::text(path)?;
    let base64: String = text.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    certificate::from_base64(&base64).map_err(|error| Fault::bad_settings(path.display(), error.words()))
}

impl DeskClient {
    /// The node at `url`, asked by the token in a file as `node token` writes it; over HTTPS its certificate is that of `certificate`, or was
    /// issued by it.
    ///
    /// # Errors
    /// [`Fault::FileFailed`], [`Fault::BadSettings`].
    pub fn new(url: Url, system: SystemId, token: &Path, certificate: Option<&Path>) -> Result<Self, Fault> {
        let said = input::text(token)?;
        let line = said.trim();
        let token = match line.get(..TOKEN.len()) {
            Some(name) if name.eq_ignore_ascii_case(TOKEN) => line.get(TOKEN.len()..).unwrap_or_default(),
            _ => line,
        };
        let anchors = match certificate {
            Some(path) => vec![read_certificate(path)?],
            None => Vec::new(),
        };
        let tls =
            tls::web_client(&anchors).map_err(|error| Fault::bad_settings("TLS", Words::quoted(error)))?;
        Ok(Self { client: web_client(tls), url, system, token: token.trim().to_owned() })
    }

    /// Asks for what is at `path`.
    ///
    /// # Errors
    /// [`Fault::HubUnreachable`], or what the node says.
    pub async fn get(&self, path: &str) -> Result<Value, Trouble> {
        self.send(Method::GET, path, None, Bytes::new()).await
    }

    /// Sends `body` to `path`, under a key by which it is done once.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn post(&self, path: &str, key: &str, body: Bytes) -> Result<Value, Trouble> {
        self.send(Method::POST, path, Some(key), body).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Bytes,
    ) -> Result<Value, Trouble> {
        let unreachable = |why: String| Fault::HubUnreachable { url: self.url.to_string(), why };
        let uri = self.url.join(path).map_err(|error| unreachable(error.to_string()))?;
        let mut request = Request::builder()
            .method(method)
            .uri(uri.as_str())
            .header("x-road-client", self.system.as_str())
            .header("lienthong-token", &self.token)
            .header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let request = request.body(body::whole(body)).map_err(|error| unreachable(error.to_string()))?;
        let answer = fetch(&self.client, request, PATIENCE, ANSWER_MAX_BYTES).await.map_err(unreachable)?;
        let said = serde_json::from_slice(answer.body()).unwrap_or_default();
        if answer.status().is_success() {
            Ok(said)
        } else {
            Err(Trouble::Hub { status: answer.status(), problem: said })
        }
    }
}
