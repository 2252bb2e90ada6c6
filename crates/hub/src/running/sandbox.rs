//! The sandbox: calls that people try from a service's page, at a node that serves made-up persons. A hub that governs real data has none:
//! no data of any agency ever comes to a hub, so it is for training and for the demo nation.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use model::fault::{Fault, Words};
use model::id::{ServiceId, SystemId};
use model::usage::Outcome;
use serde::{Deserialize, Serialize};
use trust::web::fetch;
use url::Url;
use utoipa::ToSchema;

use crate::running::face::file_failed;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Largest answer that is shown.
const ANSWER_MAX_BYTES: usize = 64 * 1024;

/// Where calls are tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SandboxSettings {
    /// The client edge of the node.
    pub edge: Url,
    /// The system in whose name calls are made.
    pub client: SystemId,
    /// The file with its token, as `lienthong node token` writes it; from the hub's folder.
    pub token_file: PathBuf,
}

/// A call to try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Trying {
    /// The service.
    pub service: ServiceId,
    /// What stands behind it: `/…`, `?…`, or nothing.
    #[serde(default)]
    #[schema(max_length = 4096)]
    pub path: String,
    /// What for.
    #[schema(max_length = 100)]
    pub purpose: String,
}

/// How a call went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Tried {
    /// The status of the answer.
    status: u16,
    /// Our code of what was refused or failed.
    fault: Option<String>,
    /// The number of the exchange.
    request_id: Option<String>,
    /// How long it took.
    millis: u64,
    /// What was answered, as text.
    body: String,
}

impl Tried {
    /// Whether the service has answered with something.
    pub(crate) fn is_answered(&self) -> bool {
        self.fault.is_none() && Outcome::of_status(self.status) == Outcome::Answered
    }
}

/// Makes a call, and tells how it went.
///
/// # Errors
/// [`Fault::BadParameters`] for a path that is none, [`Fault::PracticeFailed`] if the node does not answer, [`Fault::FileFailed`].
pub(crate) async fn call(settings: &SandboxSettings, folder: &Path, trying: &Trying) -> Result<Tried, Fault> {
    let bad = |why: &str| Fault::BadParameters { why: Words::quoted(format!("path: {why}")) };
    if !(trying.path.is_empty() || trying.path.starts_with(['/', '?'])) || trying.path.len() > 4096 {
        return Err(bad("/… ?…"));
    }
    let failed = |why: String| Fault::PracticeFailed { why };
    let path = folder.join(&settings.token_file);
    let token = std::fs::read_to_string(&path).map_err(|error| file_failed(&path, &error))?;
    let token = token.trim().strip_prefix("Lienthong-Token: ").unwrap_or_default().to_owned();
    let request = http::Request::get(format!("{}r1/{}{}", settings.edge, trying.service, trying.path))
        .header("x-road-client", settings.client.to_string())
        .header("lienthong-purpose", &trying.purpose)
        .header("lienthong-token", token)
        .body(Full::<Bytes>::default())
        .map_err(|error| bad(&error.to_string()))?;
    let tls = trust::tls::web_client(&[]).map_err(|error| failed(error.to_string()))?;
    let begun = Instant::now();
    let answer =
        fetch(&trust::web::client(tls), request, PATIENCE, ANSWER_MAX_BYTES).await.map_err(failed)?;
    let header =
        |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok().map(str::to_owned));
    Ok(Tried {
        status: answer.status().as_u16(),
        fault: header("lienthong-fault"),
        request_id: header("x-road-request-id"),
        millis: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        body: String::from_utf8_lossy(answer.body()).into_owned(),
    })
}
