//! A one-stop office: its system opens cases at its own node, and does what its officers do with them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use exchange::backend::http_api::WebClient;
use exchange::{StateFolder, body};
use http::Request;
use model::case::{Case, State};
use model::casework::SignedReceipt;
use model::fault::Fault;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use trust::web::{client as web_client, fetch};

use crate::processes::step;

/// Longest wait of an office for one answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest that anything of a case is under way: sources have ten seconds each, and some wait for what others give.
const UNDER_WAY: Duration = Duration::from_secs(60);
const ANSWER_MAX_BYTES: usize = 1024 * 1024;

/// The office of a one-stop system, at the cases of its node.
#[derive(Clone)]
pub(crate) struct Office {
    client: WebClient,
    /// Its node's folder.
    pub(crate) folder: PathBuf,
    /// What its node shows.
    pub(crate) certificate: CertificateDer<'static>,
    /// Where the node takes cases, for browsers as well: `https://…/`.
    pub(crate) url: String,
    /// The one-stop system.
    pub(crate) system: String,
    token: String,
}

impl Office {
    /// The office of `system` at the node in `folder`, which takes cases at `cases`.
    pub(crate) fn new(
        folder: &StateFolder,
        cases: SocketAddr,
        system: &str,
        token: &Path,
    ) -> Result<Self, Fault> {
        let text = std::fs::read_to_string(token).map_err(|error| step("token", &error.to_string()))?;
        let token = text.trim().strip_prefix("Lienthong-Token: ").unwrap_or_default().to_owned();
        // The node shows what it shows at its edge; that one certificate is trusted.
        let own = CertificateDer::from_pem_file(folder.edge_certificate())
            .map_err(|error| step("tls", &error.to_string()))?;
        let tls = trust::tls::web_client(std::slice::from_ref(&own))
            .map_err(|error| step("tls", &error.to_string()))?;
        Ok(Self {
            client: web_client(tls),
            folder: folder.0.clone(),
            certificate: own,
            url: format!("https://{cases}/"),
            system: system.to_owned(),
            token,
        })
    }

    fn request(&self, method: &str, path: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("x-road-client", &self.system)
            .header("lienthong-token", &self.token)
    }

    async fn call<T: DeserializeOwned>(
        &self,
        request: http::request::Builder,
        sent: Bytes,
        what: &str,
    ) -> Result<T, Fault> {
        let request = request.body(body::whole(sent)).map_err(|error| step(what, &error.to_string()))?;
        let answer =
            fetch(&self.client, request, PATIENCE, ANSWER_MAX_BYTES).await.map_err(|why| step(what, &why))?;
        if !answer.status().is_success() {
            let said: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
            return Err(step(what, &format!("{} {said}", answer.status())));
        }
        serde_json::from_slice(answer.body()).map_err(|error| step(what, &error.to_string()))
    }

    /// Opens a case; `key` tells it from all others of the office.
    pub(crate) async fn open(&self, key: &str, opening: &model::casework::Opening) -> Result<Case, Fault> {
        let request = self
            .request("POST", "cases")
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        self.call(request, json_of(opening), &opening.procedure).await
    }

    /// Does something with a case: `preview`, `submit`, …
    pub(crate) async fn act(&self, case: &Case, act: &str, said: &impl Serialize) -> Result<Case, Fault> {
        let request = self
            .request("POST", &format!("cases/{}/{act}", case.id))
            .header("content-type", "application/json");
        self.call(request, json_of(said), &format!("{} {act}", case.procedure)).await
    }

    /// Hands a paper in.
    pub(crate) async fn hand_in(
        &self,
        case: &Case,
        item: &str,
        content: &'static [u8],
    ) -> Result<Case, Fault> {
        let path = format!("cases/{}/papers?item={}&file=giay-to.pdf", case.id, model::id::encode_part(item));
        let request = self.request("POST", &path).header("content-type", "application/pdf");
        self.call(request, Bytes::from_static(content), &format!("{} {item}", case.procedure)).await
    }

    /// The receipt of a case that was submitted.
    pub(crate) async fn receipt(&self, case: &Case) -> Result<SignedReceipt, Fault> {
        self.call(self.request("GET", &format!("cases/{}/receipt", case.id)), Bytes::new(), &case.procedure)
            .await
    }

    /// A case when nothing of it is under way.
    pub(crate) async fn settled(&self, mut case: Case) -> Result<Case, Fault> {
        let began = Instant::now();
        while matches!(case.state, State::Fetching | State::Submitting) {
            if began.elapsed() > UNDER_WAY {
                return Err(step(&case.procedure, "it goes on and on"));
            }
            let path = format!("cases/{}?after={}&wait=5", case.id, case.revision);
            case = self.call(self.request("GET", &path), Bytes::new(), &case.procedure).await?;
        }
        Ok(case)
    }
}

fn json_of(said: &impl Serialize) -> Bytes {
    Bytes::from(serde_json::to_vec(said).unwrap_or_default())
}
