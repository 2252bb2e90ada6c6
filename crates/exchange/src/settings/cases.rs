//! Settings of a node that has cases: `[cases]` in `node.toml`.

use std::net::SocketAddr;
use std::path::Path;

use model::fault::Words;
use model::id::SystemId;
use serde::{Deserialize, Serialize};

use super::SystemSettings;
use crate::texts;

/// Cases at a node: who asks, where they are kept, where officers, citizens and the one-stop system reach them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CasesSettings {
    /// Where it listens for them.
    pub listen: SocketAddr,
    /// Whether it speaks TLS there, by the edge's certificate. Without it only a loopback address may be given.
    #[serde(default)]
    pub tls: bool,
    /// The one-stop system in whose name databases are asked: one of this node's.
    pub system: SystemId,
    /// Where cases are kept: `sqlite:PATH`, from the node's folder, or `postgres://…`, which several nodes may share.
    #[serde(default = "default_store")]
    pub store: String,
    /// Where their keys are kept: a database of its own, whose backups are kept for a short time only.
    #[serde(default = "default_keys")]
    pub keys: String,
}

fn default_store() -> String {
    "sqlite:cases.db".to_owned()
}

fn default_keys() -> String {
    "sqlite:case-keys.db".to_owned()
}

/// A URL whose path, if it is a file, is taken from a folder.
fn from_folder(url: &str, folder: &Path) -> String {
    url.strip_prefix("sqlite:")
        .map_or_else(|| url.to_owned(), |path| format!("sqlite:{}", folder.join(path).display()))
}

impl CasesSettings {
    /// The store's URL.
    #[must_use]
    pub fn store_url(&self, folder: &Path) -> String {
        from_folder(&self.store, folder)
    }

    /// The URL of the store of keys.
    #[must_use]
    pub fn keys_url(&self, folder: &Path) -> String {
        from_folder(&self.keys, folder)
    }

    pub(super) fn mistakes(&self, systems: &[SystemSettings]) -> Vec<Words> {
        let mut mistakes = Vec::new();
        if !self.tls && !self.listen.ip().is_loopback() {
            mistakes.push(texts::cases_without_tls(self.listen));
        }
        if !systems.iter().any(|system| system.id == self.system) {
            mistakes.push(texts::cases_of_no_system(&self.system));
        }
        let is_url = |url: &str| {
            ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme))
        };
        if !is_url(&self.store) || !is_url(&self.keys) || self.store == self.keys {
            mistakes.push(texts::cases_stores());
        }
        mistakes
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use model::fault::Fault;

    use crate::settings::NodeSettings;

    const GOOD: &str = r#"
        id = "VN/LOC/H05.01/nut-1"
        hub = "https://127.0.0.1:7443"
        peer = "127.0.0.1:5500"
        edge = "127.0.0.1:8080"
        [[systems]]
        id = "VN/LOC/H05.01/mot-cua"
        [cases]
        listen = "127.0.0.1:8443"
        system = "VN/LOC/H05.01/mot-cua"
    "#;

    #[test]
    fn cases_are_kept_in_the_folder_and_each_mistake_is_told() {
        let read = |text: &str| NodeSettings::read(text, Path::new("/state"));
        let cases = read(GOOD).unwrap().cases.unwrap();
        assert_eq!(cases.store_url(Path::new("/state")), "sqlite:/state/cases.db");
        assert_eq!(cases.keys_url(Path::new("/state")), "sqlite:/state/case-keys.db");
        for (from, to, said) in [
            ("127.0.0.1:8443", "0.0.0.0:8443", "cases.tls"),
            ("system = \"VN/LOC/H05.01/mot-cua\"", "system = \"VN/LOC/H05.01/khac\"", "H05.01/khac"),
            ("[cases]", "[cases]\nstore = \"a.db\"", "cases.store"),
            ("[cases]", "[cases]\nstore = \"sqlite:a.db\"\nkeys = \"sqlite:a.db\"", "cases.keys"),
        ] {
            let Err(Fault::BadSettings { why, .. }) = read(&GOOD.replace(from, to)) else { panic!("{to}") };
            assert!(why.vi().contains(said) && why.en().contains(said), "{why:?}");
        }
    }
}
