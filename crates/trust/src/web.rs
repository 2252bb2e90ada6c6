//! HTTP requests of our own: to hubs, to identity providers, to what stands behind a node.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Body, Incoming};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;

use crate::chain;

/// An HTTP client that sends bodies of a kind.
pub type Client<B> = legacy::Client<HttpsConnector<HttpConnector>, B>;

/// A client that speaks HTTP, and HTTPS with servers that `tls` trusts.
#[must_use]
pub fn client<B>(tls: rustls::ClientConfig) -> Client<B>
where
    B: Body + Send,
    B::Data: Send,
{
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_connect_timeout(Some(Duration::from_secs(5)));
    connector.set_nodelay(true);
    let connector = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector);
    legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .pool_idle_timeout(Duration::from_secs(30))
        .build(connector)
}

/// Sends a request and reads the whole answer.
///
/// # Errors
/// Why there is none, for people.
pub async fn fetch<B>(
    client: &Client<B>,
    request: Request<B>,
    patience: Duration,
    max_bytes: usize,
) -> Result<Response<Bytes>, String>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let asked = async {
        let answer: Response<Incoming> = client.request(request).await.map_err(|error| chain(&error))?;
        let (parts, body) = answer.into_parts();
        let body =
            Limited::new(body, max_bytes).collect().await.map_err(|error| error.to_string())?.to_bytes();
        Ok(Response::from_parts(parts, body))
    };
    tokio::time::timeout(patience, asked)
        .await
        .map_err(|_| format!("no answer within {} s", patience.as_secs()))?
}
