//! The hub as the node asks it; below, what the node does with it for as long as it runs.

pub(crate) mod follow;
pub(crate) mod overlap;
pub(crate) mod quality;
pub(crate) mod renewal;
pub(crate) mod report;
pub(crate) mod sight;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use model::directory::FILE_MAX_BYTES;
use model::fault::Fault;
use model::id::NodeId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use trust::directory::mirror::Source;
use trust::web::fetch;
use url::Url;

use crate::backend::http_api::WebClient;
use crate::body::{self, OutBody};
use crate::node::Node;
use crate::own::OwnKey;

/// Longest wait for one of its files, or until it has taken what it was handed.
const FILE: Duration = Duration::from_secs(30);

/// The hub, by its addresses: where one does not answer, the next is asked, and stays the one to ask.
pub(crate) struct Hub {
    client: ArcSwap<WebClient>,
    urls: Vec<Url>,
    current: AtomicUsize,
}

impl Hub {
    /// The hub at `urls`, asked by `client`.
    #[must_use]
    pub(crate) fn new(client: WebClient, urls: Vec<Url>) -> Self {
        Self { client: ArcSwap::from_pointee(client), urls, current: AtomicUsize::new(0) }
    }

    /// From here on it is asked by another client: the node shows another certificate.
    pub(crate) fn ask_by(&self, client: WebClient) {
        self.client.store(Arc::new(client));
    }

    /// Asks until one answers.
    async fn ask(
        &self,
        request: impl Fn(&str) -> http::Result<Request<OutBody>>,
        path: &str,
        timeout: Duration,
    ) -> Result<Response<Bytes>, String> {
        let first = self.current.load(Ordering::Relaxed);
        let mut tried = "no hub is named".to_owned();
        for step in 0..self.urls.len() {
            let number = (first + step) % self.urls.len();
            let Some(url) = self.urls.get(number) else { continue };
            let uri = url.join(path).map_err(|error| error.to_string())?;
            let request = request(uri.as_str()).map_err(|error| error.to_string())?;
            let client = self.client.load_full();
            match fetch(&client, request, timeout, FILE_MAX_BYTES).await {
                Ok(answer) if answer.status() != StatusCode::SERVICE_UNAVAILABLE => {
                    self.current.store(number, Ordering::Relaxed);
                    return Ok(answer);
                }
                Ok(answer) => tried = format!("{url}: {}", answer.status()),
                Err(why) => tried = format!("{url}: {why}"),
            }
        }
        Err(tried)
    }

    /// Fetches what the hub has for this node.
    pub(crate) async fn fetch(&self, path: &str) -> Result<Response<Bytes>, String> {
        self.ask(|uri| Request::get(uri).body(body::whole(Bytes::new())), path, FILE).await
    }

    /// Hands JSON to the hub, signed by the node's `own` key: over `signed_as`, which says what it is, and the JSON.
    pub(crate) async fn post(
        &self,
        path: &str,
        (own, signed_as): (&OwnKey, &[u8]),
        json: Vec<u8>,
    ) -> Result<Response<Bytes>, String> {
        let signature = trust::hex(&own.key.sign(&[signed_as, &json].concat()));
        let headers = [("lienthong-key", &*own.keyid), ("lienthong-signature", signature.as_str())];
        let body = Bytes::from(json);
        let request = |uri: &str| {
            let mut request = Request::post(uri).header("content-type", "application/json");
            for (name, value) in headers {
                request = request.header(name, value);
            }
            request.body(body::whole(body.clone()))
        };
        let answer = self.ask(request, path, FILE).await?;
        if !answer.status().is_success() {
            let said: String = String::from_utf8_lossy(answer.body()).chars().take(300).collect();
            tracing::warn!(status = %answer.status(), said, "the hub did not take what it was handed");
        }
        Ok(answer)
    }

    /// Its addresses, for people.
    fn place(&self) -> String {
        self.urls.iter().map(Url::as_str).collect::<Vec<_>>().join(", ")
    }
}

/// The hub, for what runs beside the node in its process: by the node's certificate, and signed by its key.
pub struct HubDoor {
    node: Arc<Node>,
    hub: Arc<Hub>,
}

impl HubDoor {
    pub(crate) fn new(node: Arc<Node>, hub: Arc<Hub>) -> Self {
        Self { node, hub }
    }

    /// The node in whose name is spoken.
    #[must_use]
    pub fn node(&self) -> &NodeId {
        &self.node.id
    }

    /// Hands JSON to the hub, signed over `signed_as` and the JSON, and reads what it answers.
    ///
    /// # Errors
    /// [`Fault::HubUnreachable`] if it is not there or did not take it.
    pub async fn hand_in<T: DeserializeOwned>(
        &self,
        path: &str,
        signed_as: &[u8],
        said: &(impl Serialize + Sync),
    ) -> Result<T, Fault> {
        let not_taken = |why: String| Fault::HubUnreachable { url: self.hub.place(), why };
        let json = serde_json::to_vec(said).map_err(|error| Fault::Internal { why: error.to_string() })?;
        let own = self.node.own.load_full();
        let answer = self.hub.post(path, (&own, signed_as), json).await.map_err(not_taken)?;
        if !answer.status().is_success() {
            let said: String = String::from_utf8_lossy(answer.body()).chars().take(300).collect();
            return Err(not_taken(format!("{}: {said}", answer.status())));
        }
        serde_json::from_slice(answer.body()).map_err(|error| not_taken(error.to_string()))
    }
}

#[async_trait]
impl Source for Hub {
    async fn get(&self, path: &str) -> Result<Option<Bytes>, String> {
        let request = |uri: &str| Request::get(uri).body(body::whole(Bytes::new()));
        let answer = self.ask(request, &format!("directory/{path}"), FILE).await?;
        match answer.status() {
            StatusCode::OK => Ok(Some(answer.into_body())),
            StatusCode::NOT_FOUND => Ok(None),
            status => Err(format!("the hub answered {status}")),
        }
    }
}
