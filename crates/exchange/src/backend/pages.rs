//! Asks an HTTP API for the pages of a snapshot.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use connect::source::Fetch;
use http::Request;
use http::header::{ACCEPT, AUTHORIZATION};
use model::fault::Fault;
use rustls::pki_types::CertificateDer;
use serde_json::Value;
use trust::tls;
use trust::web::fetch;

use crate::backend::http_api::WebClient;
use crate::body;

/// Longest wait for a page.
const PATIENCE: Duration = Duration::from_secs(60);
/// Largest page.
const PAGE_MAX_BYTES: usize = 64 * 1024 * 1024;

/// Whoever asks.
pub(crate) struct Pages {
    client: WebClient,
    token: Option<String>,
}

impl Pages {
    /// Asks with a token, if the API wants one, and trusts these authorities.
    pub(crate) fn new(token: Option<String>, anchors: &[CertificateDer<'static>]) -> Result<Self, Fault> {
        let tls = tls::web_client(anchors)
            .map_err(|error| Fault::BadSettings { place: "TLS".into(), why: error.to_string() })?;
        Ok(Self { client: trust::web::client(tls), token })
    }
}

#[async_trait]
impl Fetch for Pages {
    async fn json(&self, address: &str) -> Result<Value, String> {
        let mut request = Request::get(address).header(ACCEPT, "application/json");
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(body::whole(Bytes::new())).map_err(|error| error.to_string())?;
        let answer = fetch(&self.client, request, PATIENCE, PAGE_MAX_BYTES).await?;
        if !answer.status().is_success() {
            return Err(format!("{address}: {}", answer.status()));
        }
        serde_json::from_slice(answer.body()).map_err(|error| format!("{address}: {error}"))
    }
}
