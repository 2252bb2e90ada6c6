//! What is asked: of a hub by somebody, of a node by a system.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use exchange::body;
use http::{Request, Response};
use serde_json::Value;
use trust::web::{client as web_client, fetch};

use super::{CLIENT, Nation, PURPOSE, read, until};

impl Nation {
    /// Number of the directory that is published.
    pub(crate) async fn revision(&self) -> u64 {
        self.hub("GET", "/health", "").await.1["revision"].as_u64().unwrap_or_default()
    }

    /// Asks the hub in its first officer's name.
    pub(crate) async fn hub(&self, method: &str, path: &str, body: impl Into<Bytes>) -> (u16, Value) {
        self.hub_as(&self.first_officer("token"), method, path, body).await
    }

    /// What the file of the first officer says.
    pub(crate) fn first_officer(&self, member: &str) -> String {
        let officer: Value = serde_json::from_slice(&read(&self.path("hub/quan-tri.json"))).unwrap();
        officer[member].as_str().unwrap().to_owned()
    }

    /// Writes the certificate of the hub's authority as PEM, as others' programs want it.
    pub(crate) fn write_authority(&self) -> PathBuf {
        let text = self.first_officer("authority");
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
        let path = self.path("authority.pem");
        std::fs::write(&path, pem).unwrap();
        path
    }

    /// Asks the hub with a token.
    pub(crate) async fn hub_as(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: impl Into<Bytes>,
    ) -> (u16, Value) {
        let anchor = trust::certificate::from_base64(&self.first_officer("authority")).unwrap();
        let client = web_client(trust::tls::web_client(&[anchor]).unwrap());
        let request = Request::builder()
            .method(method)
            .uri(format!("https://{}{path}", self.hub))
            .header("authorization", format!("Bearer {token}"))
            .body(body::whole(body))
            .unwrap();
        match fetch(&client, request, Duration::from_secs(60), 1 << 30).await {
            Ok(answer) => {
                (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
            }
            Err(why) => (0, Value::String(why)),
        }
    }

    /// Waits until all running nodes decide from that directory or a later one.
    pub(crate) async fn wait_for(&self, revision: u64) {
        let names: Vec<String> = self
            .processes
            .iter()
            .map(|(name, _)| name.clone())
            .filter(|name| !name.starts_with("hub"))
            .collect();
        for name in names {
            until(&name, async || {
                self.health(&name)
                    .await
                    .is_some_and(|health| health["directory"]["revision"].as_u64() >= Some(revision))
            })
            .await;
        }
    }

    /// What a node says of itself.
    pub(crate) async fn health(&self, name: &str) -> Option<Value> {
        let request =
            Request::get(format!("http://{}/health", self.address(name).edge)).body(body::whole("")).unwrap();
        let answer = fetch(&self.client, request, Duration::from_secs(2), 1 << 20).await.ok()?;
        serde_json::from_slice(answer.body()).ok()
    }

    /// A request to the consumer's edge with all that a good call has.
    pub(crate) fn request(&self, method: &str, service: &str, path: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("http://{}/r1/{service}{path}", self.address("c1").edge))
            .header("x-road-client", CLIENT)
            .header("lienthong-purpose", PURPOSE)
            .header("lienthong-token", &self.token)
    }

    /// Sends a request and reads the answer.
    pub(crate) async fn send(
        &self,
        request: http::request::Builder,
        body: impl Into<Bytes>,
    ) -> Response<Bytes> {
        self.try_send(request, body).await.unwrap()
    }

    /// Sends a request and reads the answer, if there is one.
    pub(crate) async fn try_send(
        &self,
        request: http::request::Builder,
        body: impl Into<Bytes>,
    ) -> Result<Response<Bytes>, String> {
        fetch(&self.client, request.body(body::whole(body)).unwrap(), Duration::from_secs(60), 1 << 30).await
    }

    /// A good read.
    pub(crate) async fn get(&self, service: &str, path: &str) -> Response<Bytes> {
        self.send(self.request("GET", service, path), "").await
    }

    /// The consumer's token.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Reads the ledgers of nodes with `ledger verify`; returns its JSON.
    pub(crate) fn verify(&self, names: &[&str]) -> Value {
        let output = self.try_run(&[&["ledger", "verify", "-o", "json"], names].concat());
        assert!(!output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}
