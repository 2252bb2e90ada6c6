//! Talks to a hub for its officers.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use exchange::backend::http_api::WebClient;
use exchange::{Hubs, body};
use http::{Method, Request};
use model::fault::{Fault, Words};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trust::web::{client as web_client, fetch};
use trust::{certificate, file, tls};
use url::Url;
use uuid::Uuid;

use crate::file_failed;
use crate::trouble::Trouble;

/// Longest wait for an answer. Loading a large registry takes a while.
const PATIENCE: Duration = Duration::from_secs(120);
/// Largest answer.
const ANSWER_MAX_BYTES: usize = 256 * 1024 * 1024;

/// What an officer needs to reach the hub, in a file that only they read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Officer {
    /// The hub; or the hubs on one store, of which any will do.
    pub hub: Hubs,
    /// Certificate of its authority, DER in base64.
    pub authority: String,
    /// The officer's token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The account that signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// By what the hub knows that the account has signed in from here before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// An invitation to set the account's password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<String>,
}

impl Officer {
    /// Reads an officer's file.
    ///
    /// # Errors
    /// [`Fault::FileFailed`], [`Fault::BadSettings`].
    pub fn read(path: &Path) -> Result<Self, Fault> {
        let text = std::fs::read_to_string(path).map_err(|error| file_failed(path, &error))?;
        serde_json::from_str(&text).map_err(|error| Fault::bad_settings(path.display(), Words::quoted(error)))
    }

    /// Writes an officer's file, readable by its owner only.
    ///
    /// # Errors
    /// [`Fault::FileFailed`], also if there is a file already.
    pub fn write(&self, path: &Path) -> Result<(), Fault> {
        write_private(path, &serde_json::to_vec_pretty(self).unwrap_or_default())
    }

    /// Writes it in the place of the file it was read from.
    ///
    /// # Errors
    /// [`Fault::FileFailed`].
    pub fn rewrite(&self, path: &Path) -> Result<(), Fault> {
        let next = path.with_extension("new");
        let _ = std::fs::remove_file(&next);
        self.write(&next)?;
        std::fs::rename(&next, path).map_err(|error| file_failed(path, &error))
    }
}

/// A hub that is asked in an officer's name.
pub struct HubClient {
    client: WebClient,
    urls: Vec<Url>,
    token: Option<String>,
}

/// What the hub answered.
pub struct Answer {
    /// The tag of what it shows.
    pub tag: Option<String>,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl HubClient {
    /// The hub of an officer.
    ///
    /// # Errors
    /// [`Fault::BadSettings`] if the authority can't be read.
    pub fn of(officer: &Officer) -> Result<Self, Fault> {
        Self::new(officer.hub.urls().to_vec(), &officer.authority, officer.token.clone())
    }

    /// The hub of the officer whose file is at `path`.
    ///
    /// # Errors
    /// [`Fault::FileFailed`], [`Fault::BadSettings`].
    pub fn at(path: &Path) -> Result<Self, Fault> {
        Self::of(&Officer::read(path)?)
    }

    /// A hub, by its authority's certificate.
    ///
    /// # Errors
    /// [`Fault::BadSettings`] if the authority can't be read.
    pub fn new(urls: Vec<Url>, authority: &str, token: Option<String>) -> Result<Self, Fault> {
        let bad = |why| Fault::bad_settings("authority", why);
        let anchor = certificate::from_base64(authority).map_err(|error| bad(error.words()))?;
        let tls = tls::web_client(&[anchor]).map_err(|error| bad(Words::quoted(error)))?;
        Ok(Self { client: web_client(tls), urls, token })
    }

    /// Asks for what is at `path`.
    ///
    /// # Errors
    /// [`Fault::HubUnreachable`], or what the hub says.
    pub async fn get(&self, path: &str) -> Result<Value, Trouble> {
        Ok(self.fetch(path).await?.json())
    }

    /// Asks for what is at `path`, as it comes.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn fetch(&self, path: &str) -> Result<Answer, Trouble> {
        self.send(Method::GET, path, &[], Bytes::new()).await
    }

    /// Sends `body` to `path`.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn post<T: Serialize>(&self, path: &str, body: &T) -> Result<Value, Trouble> {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Ok(self.send(Method::POST, path, &[], body.into()).await?.json())
    }

    /// Sends a file's bytes to `path`.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn upload(&self, path: &str, bytes: Vec<u8>) -> Result<Value, Trouble> {
        Ok(self.send(Method::POST, path, &[], bytes.into()).await?.json())
    }

    /// Puts `body` at `path`, with a header about the state that was seen.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn put<T: Serialize>(
        &self,
        path: &str,
        seen: &[(&str, &str)],
        body: &T,
    ) -> Result<Value, Trouble> {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Ok(self.send(Method::PUT, path, seen, body.into()).await?.json())
    }

    /// Takes away what is at `path`.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn delete(&self, path: &str) -> Result<Value, Trouble> {
        Ok(self.send(Method::DELETE, path, &[], Bytes::new()).await?.json())
    }

    /// Asks one hub after the other until one answers. A deed has a name of its own, so the next one does not do it again.
    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Answer, Trouble> {
        let deed = Uuid::now_v7().to_string();
        let mut tried = Fault::HubUnreachable { url: String::new(), why: "no hub is named".into() };
        for url in &self.urls {
            let unreachable = |why: String| Fault::HubUnreachable { url: url.to_string(), why };
            let uri = url.join(path).map_err(|error| unreachable(error.to_string()))?;
            let mut request = Request::builder()
                .method(&method)
                .uri(uri.as_str())
                .header("content-type", "application/json")
                .header("user-agent", concat!("lienthong/", env!("CARGO_PKG_VERSION")));
            if method != Method::GET {
                request = request.header("idempotency-key", &deed);
            }
            if let Some(token) = &self.token {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let request =
                request.body(body::whole(body.clone())).map_err(|error| unreachable(error.to_string()))?;
            match fetch(&self.client, request, PATIENCE, ANSWER_MAX_BYTES).await {
                Ok(answer) if answer.status().is_success() => {
                    let tag = answer.headers().get("etag").and_then(|tag| tag.to_str().ok());
                    let tag = tag.map(|tag| tag.trim_matches('"').to_owned());
                    return Ok(Answer { tag, body: answer.into_body() });
                }
                Ok(answer) => {
                    let problem = serde_json::from_slice(answer.body()).unwrap_or_default();
                    return Err(Trouble::Hub { status: answer.status(), problem });
                }
                Err(why) => tried = unreachable(why),
            }
        }
        Err(tried.into())
    }
}

/// Writes a file that only its owner reads, and that was not there before.
///
/// # Errors
/// [`Fault::FileFailed`].
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    file::create_private(path, bytes).map_err(|error| file_failed(path, &error))
}
