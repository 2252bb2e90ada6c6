//! A node's settings: `node.toml` in its state folder.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use model::fault::Fault;
use model::id::{NodeId, ServiceId, SystemId};
use serde::{Deserialize, Serialize};
use url::Url;

/// What a node needs to know that the directory does not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeSettings {
    /// Its identifier.
    pub id: NodeId,
    /// The hub, `https://…`; or the hubs on one store, of which any will do.
    pub hub: Hubs,
    /// Where other nodes reach it.
    pub peer: SocketAddr,
    /// Where the agency's systems reach it.
    pub edge: SocketAddr,
    /// Whether the edge speaks TLS. Without it only a loopback address may be given.
    #[serde(default)]
    pub edge_tls: bool,
    /// Largest body of a call or an answer, in bytes.
    #[serde(default = "default_body_max_bytes")]
    pub body_max_bytes: u64,
    /// Longest wait for a service behind the node, in seconds.
    #[serde(default = "default_service_seconds")]
    pub service_seconds: u64,
    /// Longest wait for the next part of a body, in seconds.
    #[serde(default = "default_idle_seconds")]
    pub idle_seconds: u64,
    /// How often the hub is told figures of the traffic, in seconds.
    #[serde(default = "default_usage_seconds")]
    pub usage_seconds: u64,
    /// The systems that call through this node, and what proves them.
    #[serde(default)]
    pub systems: Vec<SystemSettings>,
    /// The services behind this node, and where they are.
    #[serde(default)]
    pub services: Vec<ServiceSettings>,
}

/// One hub or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Hubs {
    /// One.
    One(Url),
    /// Several on one store.
    Several(Vec<Url>),
}

impl Hubs {
    /// Their addresses.
    #[must_use]
    pub fn urls(&self) -> &[Url] {
        match self {
            Self::One(url) => std::slice::from_ref(url),
            Self::Several(urls) => urls,
        }
    }
}

/// A system that may call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemSettings {
    /// Its identifier.
    pub id: SystemId,
    /// SHA-256 of its tokens, in hexadecimal: `lienthong node token` makes one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub token_sha256: Vec<String>,
    /// Files with its certificates (PEM), for an edge with TLS.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<PathBuf>,
}

/// Where a service is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceSettings {
    /// Its identifier.
    pub id: ServiceId,
    /// An HTTP API's address; calls add their path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Url>,
    /// File with the authority (PEM) that vouches for an `https` address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// File with an HTTP API's `OpenAPI` description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub openapi: Option<PathBuf>,
    /// A dataset's `SQLite` file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqlite: Option<PathBuf>,
    /// The table or view in it; without it the service's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Columns by field, where they are not called the same.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
}

fn default_body_max_bytes() -> u64 {
    4 * 1024 * 1024 * 1024
}

fn default_service_seconds() -> u64 {
    30
}

fn default_usage_seconds() -> u64 {
    60
}

fn default_idle_seconds() -> u64 {
    20
}

impl NodeSettings {
    /// Reads the settings in `text`; paths are taken from `folder`.
    ///
    /// # Errors
    /// [`Fault::BadSettings`] tells all mistakes at once.
    pub fn read(text: &str, folder: &Path) -> Result<Self, Fault> {
        let bad =
            |why: String| Fault::BadSettings { place: folder.join("node.toml").display().to_string(), why };
        let mut settings: Self = toml::from_str(text).map_err(|error| bad(error.to_string()))?;
        let mistakes = settings.mistakes();
        if !mistakes.is_empty() {
            return Err(bad(mistakes.join("; ")));
        }
        let systems = settings.systems.iter_mut().flat_map(|system| &mut system.certificates);
        let services = settings
            .services
            .iter_mut()
            .flat_map(|service| [&mut service.ca, &mut service.openapi, &mut service.sqlite]);
        systems.chain(services.flatten()).for_each(|path| *path = folder.join(&*path));
        Ok(settings)
    }

    fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if !self.edge_tls && !self.edge.ip().is_loopback() {
            mistakes.push(format!("edge {} is open to a network, so edge_tls must be true", self.edge));
        }
        if self.hub.urls().is_empty() {
            mistakes.push("hub is https://… or a list of them".to_owned());
        }
        for hub in self.hub.urls().iter().filter(|hub| hub.scheme() != "https") {
            mistakes.push(format!("hub {hub} must be https"));
        }
        if !(1..=3600).contains(&self.usage_seconds) {
            mistakes.push("usage_seconds is from 1 to 3600".to_owned());
        }
        for system in &self.systems {
            let is_digest =
                |text: &String| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !system.token_sha256.iter().all(is_digest) {
                mistakes.push(format!("token_sha256 of {} is not 64 hexadecimal digits", system.id));
            }
            if !system.certificates.is_empty() && !self.edge_tls {
                mistakes.push(format!("certificates of {} need edge_tls", system.id));
            }
            if self.systems.iter().filter(|other| other.id == system.id).count() > 1 {
                mistakes.push(format!("{} stands twice", system.id));
            }
        }
        for service in &self.services {
            if service.url.is_some() == service.sqlite.is_some() {
                mistakes.push(format!("{} has either url or sqlite", service.id));
            }
            if let Some(url) = &service.url {
                let https_without_ca = url.scheme() == "https" && service.ca.is_none();
                if !matches!(url.scheme(), "http" | "https") || https_without_ca || url.query().is_some() {
                    mistakes.push(format!(
                        "url of {} must be http, or https with ca, and have no query",
                        service.id
                    ));
                }
            }
        }
        mistakes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        id = "VN/GOV/G01/nut-1"
        hub = "https://127.0.0.1:7443"
        peer = "127.0.0.1:5500"
        edge = "127.0.0.1:8080"
        [[services]]
        id = "VN/GOV/G01/dan-cu/nguoi"
        sqlite = "dan-cu.db"
    "#;

    #[test]
    fn paths_are_taken_from_the_folder() {
        let settings = NodeSettings::read(GOOD, Path::new("/state")).unwrap();
        assert_eq!(settings.services[0].sqlite.as_deref(), Some(Path::new("/state/dan-cu.db")));
        assert_eq!(settings.service_seconds, 30);
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let text = GOOD
            .replace("https://", "http://")
            .replace("127.0.0.1:8080", "0.0.0.0:8080")
            .replace("sqlite", "table");
        let Err(Fault::BadSettings { why, .. }) = NodeSettings::read(&text, Path::new("/state")) else {
            panic!()
        };
        assert_eq!(why.split("; ").count(), 3, "{why}");
    }

    #[test]
    fn an_unknown_name_is_a_mistake() {
        let Err(Fault::BadSettings { why, .. }) =
            NodeSettings::read(&format!("edeg = 1\n{GOOD}"), Path::new("/state"))
        else {
            panic!()
        };
        assert!(why.contains("edeg"), "{why}");
    }
}
