//! A node's settings: `node.toml` in its state folder.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use hex::FromHex as _;
use http::header::HeaderName;
use model::fault::{Fault, Words};
use model::id::{NodeId, ServiceId, SystemId};
use serde::{Deserialize, Serialize};
use trust::batch::Form;
use url::Url;

use crate::{headers, texts, trace};

mod cases;
mod copies;
mod people;

pub use cases::CasesSettings;
pub use copies::CopySettings;
pub use people::{PeopleSettings, ProviderSettings};

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
    /// Where metrics are shown, on this machine only; without, nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<SocketAddr>,
    /// Where spans of exchanges are sent, `http://127.0.0.1:4318/v1/traces`: a collector of OpenTelemetry on this machine; without, nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traces: Option<Url>,
    /// Whether the edge speaks TLS. Without it only a loopback address may be given.
    #[serde(default)]
    pub edge_tls: bool,
    /// Whether the node asks for a post-quantum key beside each of its signing keys. Where two nodes have one they sign by both keys.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hybrid_signatures: bool,
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
    /// Whether the node takes procedures and packs of reuse from its hub, beside what all nodes take: it carries cases.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub procedures: bool,
    /// How the quality of datasets is measured.
    #[serde(default, skip_serializing_if = "QualitySettings::is_usual")]
    pub quality: QualitySettings,
    /// The systems that call through this node, and what proves them.
    #[serde(default)]
    pub systems: Vec<SystemSettings>,
    /// Who may look exchanges up in the node's ledger, over its edge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub auditors: Vec<AuditorSettings>,
    /// Databases that datasets are served from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceSettings>,
    /// Copies of others' datasets that this node keeps in databases of its agency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<CopySettings>,
    /// Cases of the agency's one-stop system, if the node has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cases: Option<CasesSettings>,
    /// How officers and citizens sign in at a node with cases; without, its one-stop system alone is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<PeopleSettings>,
    /// The services behind this node, and where they are.
    #[serde(default)]
    pub services: Vec<ServiceSettings>,
}

/// How the quality of datasets is measured: where they lie, once a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QualitySettings {
    /// Whether the node measures nothing by itself.
    pub off: bool,
    /// The hour of Viet Nam's day at which it begins.
    pub hour: u8,
    /// Records read a second, at most.
    pub rate: u32,
    /// Records of a part; behind each it is saved how far a run came.
    pub segment: u64,
    /// How often it is looked whether it is time, in seconds.
    pub every_seconds: u64,
    /// Whether all records are read each time, also where a source tells what changed.
    pub whole: bool,
    /// Fields, by service, whose values may be covered and compared with another dataset's, where both owners have agreed at the hub: what the hub
    /// says of that is not enough.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub compare: BTreeMap<ServiceId, BTreeSet<String>>,
}

impl QualitySettings {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    fn is_possible(&self) -> bool {
        self.hour <= 23 && self.rate > 0 && self.segment > 0 && self.every_seconds > 0
    }
}

impl Default for QualitySettings {
    fn default() -> Self {
        Self {
            off: false,
            hour: 1,
            rate: 10_000,
            segment: 50_000,
            every_seconds: 60,
            whole: false,
            compare: BTreeMap::new(),
        }
    }
}

/// A database, a file of a table, or an API that gives JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSettings {
    /// What services call it.
    pub name: String,
    /// Where it is: `postgres://user@host/database`, `mariadb://…`, `mysql://…`, `sqlite:PATH`, `http(s)://…`, or the path of a CSV, XLSX
    /// or Parquet file. Never with a password.
    pub url: String,
    /// The variable of the environment that holds its password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_env: Option<String>,
    /// The file that holds its password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// Where an HSM keeps its password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_hsm: Option<HsmSettings>,
    /// File with the authority (PEM) that vouches for an `https` address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// A file's sheet; without it the first that people see and that has rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The row of a file's head, from 1; without it the first that looks like one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<u32>,
    /// The encoding of a CSV file: `utf-8`, `utf-16le`, `utf-16be`, `windows-1258`, `tcvn3`, `vni`; without it what its text says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// What stands between the cells of a CSV file; without it what its first rows say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Where an API's list of records is in its answer, as a JSON pointer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub items: String,
    /// How old what an API gave may become.
    #[serde(default = "default_refresh_seconds")]
    pub refresh_seconds: u64,
    /// Connections at once.
    #[serde(default = "default_connections")]
    pub connections: u32,
    /// Longest time of a statement.
    #[serde(default = "default_statement_seconds")]
    pub statement_seconds: u64,
}

/// A secret that stands in no settings: in the environment, or in a file.
fn secret(env: Option<&str>, file: Option<&Path>) -> Result<Option<String>, Words> {
    if let Some(name) = env {
        #[expect(clippy::disallowed_methods, reason = "a secret, which stands in no settings")]
        let found = std::env::var(name);
        return found.map(Some).map_err(|_| texts::not_in_environment(name));
    }
    file.map(secret_in).transpose()
}

fn secret_in(path: &Path) -> Result<String, Words> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Words::quoted(format_args!("{}: {error}", path.display())))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// A data object of a PKCS#11 token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HsmSettings {
    /// The module, such as `/usr/lib/softhsm/libsofthsm2.so`.
    pub module: PathBuf,
    /// The token's label.
    pub token: String,
    /// The object's label.
    pub object: String,
    /// The file that holds the PIN.
    pub pin_file: PathBuf,
}

fn default_refresh_seconds() -> u64 {
    300
}

fn default_connections() -> u32 {
    4
}

fn default_statement_seconds() -> u64 {
    10
}

impl SourceSettings {
    /// Its password, from where the settings say.
    ///
    /// # Errors
    /// [`Fault::BadSettings`] if it is not there.
    pub fn password(&self) -> Result<Option<String>, Fault> {
        let bad = |why| Fault::bad_settings(format_args!("sources.{}", self.name), why);
        if let (None, Some(hsm)) = (&self.password_env, &self.password_hsm) {
            let pin = secret_in(&hsm.pin_file).map_err(bad)?;
            let secret = trust::hsm::read(&hsm.module, &hsm.token, &hsm.object, pin);
            return secret.map(Some).map_err(|error| bad(texts::password_hsm(&error.words())));
        }
        secret(self.password_env.as_deref(), self.password_file.as_deref()).map_err(bad)
    }
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

/// Somebody who may look exchanges up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditorSettings {
    /// Under which name each look-up is noted.
    pub name: String,
    /// SHA-256 of their tokens, in hexadecimal: `lienthong node auditor` makes one.
    pub token_sha256: Vec<String>,
}

/// The digest of a token, from 64 hexadecimal digits.
pub(crate) fn token_digest(text: &str) -> Option<[u8; 32]> {
    <[u8; 32]>::from_hex(text).ok()
}

/// Where a service is; or, without a place, what may be sent to a service of others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceSettings {
    /// Its identifier.
    pub id: ServiceId,
    /// Names of headers that pass to the service beside the node's list, and back with answers that were cut to granted fields. Both
    /// nodes must have them: that of the service, and that of who calls it.
    #[serde(default, skip_serializing_if = "HeaderNames::is_empty")]
    pub headers: HeaderNames,
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
    /// A dataset's source, by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The schema of the table; without it where the database looks by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The table or view in it; without it the service's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Columns by field, where they are not called the same.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
    /// By field, values of the source with the codes that they stand for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// By field, how many digits its codes have in full: where a source keeps them as numbers, their leading zeros are lost.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digits: BTreeMap<String, u8>,
    /// The field that says when a record was last written, in a source that writes it each time a record is made or altered, whoever does
    /// it: then only what is new is read to measure the dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
    /// How often a dataset is read whole, at most, for those who are kept in step with it.
    #[serde(default = "default_round_seconds", skip_serializing_if = "is_usual_round")]
    pub round_seconds: u64,
}

fn default_round_seconds() -> u64 {
    60
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
fn is_usual_round(seconds: &u64) -> bool {
    *seconds == default_round_seconds()
}

impl ServiceSettings {
    /// Whether the service is behind this node.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.url.is_some() || self.sqlite.is_some() || self.source.is_some()
    }
}

/// Names of headers that may be let through: none of a connection's, a node's or a caller's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct HeaderNames(pub Vec<HeaderName>);

impl HeaderNames {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<Vec<String>> for HeaderNames {
    type Error = String;

    fn try_from(names: Vec<String>) -> Result<Self, String> {
        let name = |text: &String| match text.parse() {
            Ok(name) if headers::may_be_added(&name) => Ok(name),
            Ok(_) => Err(texts::header_never_passes(text).both()),
            Err(_) => Err(texts::not_a_header(text).both()),
        };
        names.iter().map(name).collect::<Result<_, _>>().map(Self)
    }
}

impl From<HeaderNames> for Vec<String> {
    fn from(names: HeaderNames) -> Self {
        names.0.iter().map(ToString::to_string).collect()
    }
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
    /// By which keys new ones of the node are to sign.
    pub(crate) fn form(&self) -> Form {
        if self.hybrid_signatures { Form::Hybrid } else { Form::Plain }
    }

    /// Reads the settings in `text`; paths are taken from `folder`.
    ///
    /// # Errors
    /// [`Fault::BadSettings`] tells all mistakes at once.
    pub fn read(text: &str, folder: &Path) -> Result<Self, Fault> {
        let bad = |why| Fault::bad_settings(folder.join("node.toml").display(), why);
        let mut settings: Self = toml::from_str(text).map_err(|error| bad(Words::quoted(error)))?;
        let mistakes = settings.mistakes();
        if !mistakes.is_empty() {
            return Err(bad(Words::joined(&mistakes, "; ")));
        }
        let systems = settings.systems.iter_mut().flat_map(|system| &mut system.certificates);
        let services = settings
            .services
            .iter_mut()
            .flat_map(|service| [&mut service.ca, &mut service.openapi, &mut service.sqlite]);
        let of_sources = settings.sources.iter_mut().flat_map(|source| {
            let pin = source.password_hsm.as_mut().map(|hsm| &mut hsm.pin_file);
            [source.password_file.as_mut(), source.ca.as_mut(), pin].into_iter().flatten()
        });
        let of_copies = settings.copies.iter_mut().filter_map(|copy| copy.password_file.as_mut());
        let paths = systems.chain(services.flatten()).chain(of_sources).chain(of_copies);
        paths.for_each(|path| *path = folder.join(&*path));
        for copy in &mut settings.copies {
            if let Some(path) = copy.target.strip_prefix("sqlite:") {
                copy.target = format!("sqlite:{}", folder.join(path).display());
            }
        }
        for source in &mut settings.sources {
            // Files, of tables or of SQLite, are taken from the folder as well.
            if let Some(path) = source.url.strip_prefix("sqlite:") {
                source.url = format!("sqlite:{}", folder.join(path).display());
            } else if !source.url.contains("://") {
                source.url = folder.join(source.url.trim_start_matches("file:")).display().to_string();
            }
        }
        Ok(settings)
    }

    /// What is wrong in what is said of persons: auditors, and whoever works on cases.
    fn of_persons(&self, mistakes: &mut Vec<Words>) {
        for auditor in &self.auditors {
            if !auditor.token_sha256.iter().all(|text| token_digest(text).is_some()) {
                mistakes.push(texts::token_form(&auditor.name));
            }
            if auditor.name.trim().is_empty()
                || self.auditors.iter().filter(|other| other.name == auditor.name).count() > 1
            {
                mistakes.push(texts::auditor_name(&auditor.name));
            }
        }
        if let Some(cases) = &self.cases {
            mistakes.extend(cases.mistakes(&self.systems));
        }
        mistakes.extend(self.people.iter().flat_map(PeopleSettings::mistakes));
        if self.people.is_some() && self.cases.is_none() {
            mistakes.push(texts::people_without_cases());
        }
    }

    fn mistakes(&self) -> Vec<Words> {
        let mut mistakes = Vec::new();
        if !self.edge_tls && !self.edge.ip().is_loopback() {
            mistakes.push(texts::edge_without_tls(self.edge));
        }
        if let Some(metrics) = self.metrics.filter(|metrics| !trust::scrape::may_listen(*metrics)) {
            mistakes.push(texts::metrics_for_all(metrics));
        }
        if let Some(traces) = self.traces.as_ref().filter(|traces| !trace::may_collect(traces)) {
            mistakes.push(texts::traces_elsewhere(traces));
        }
        self.of_persons(&mut mistakes);
        if self.hub.urls().is_empty() {
            mistakes.push(texts::hub_form());
        }
        for hub in self.hub.urls().iter().filter(|hub| hub.scheme() != "https") {
            mistakes.push(texts::hub_not_https(hub));
        }
        if !(1..=3600).contains(&self.usage_seconds) {
            mistakes.push(texts::usage_seconds_range());
        }
        if !self.quality.is_possible() {
            mistakes.push(texts::quality_range());
        }
        for system in &self.systems {
            if !system.token_sha256.iter().all(|text| token_digest(text).is_some()) {
                mistakes.push(texts::token_form(&system.id));
            }
            if !system.certificates.is_empty() && !self.edge_tls {
                mistakes.push(texts::certificates_need_tls(&system.id));
            }
            if self.systems.iter().filter(|other| other.id == system.id).count() > 1 {
                mistakes.push(texts::system_twice(&system.id));
            }
        }
        for service in &self.services {
            let places = [service.url.is_some(), service.sqlite.is_some(), service.source.is_some()];
            let count = places.into_iter().filter(|given| *given).count();
            if count > 1 || count == 0 && service.headers.is_empty() {
                mistakes.push(texts::one_of_three(&service.id));
            }
            if let Some(source) = &service.source
                && !self.sources.iter().any(|known| known.name == *source)
            {
                mistakes.push(texts::source_unknown(&service.id, source));
            }
            if let Some(url) = &service.url {
                let https_without_ca = url.scheme() == "https" && service.ca.is_none();
                if !matches!(url.scheme(), "http" | "https") || https_without_ca || url.query().is_some() {
                    mistakes.push(texts::url_form(&service.id));
                }
            }
        }
        mistakes.extend(copies::mistakes(&self.copies, &self.systems));
        for source in &self.sources {
            if source.password_env.is_some() && source.password_file.is_some() {
                mistakes.push(texts::password_in_two_places(&source.name));
            }
            if source.connections == 0 || source.statement_seconds == 0 || source.refresh_seconds == 0 {
                mistakes.push(texts::source_limits(&source.name));
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
        for said in [why.vi(), why.en()] {
            assert_eq!(said.split("; ").count(), 3, "{said}");
        }
        assert!(why.vi().contains("edge_tls phải là true") && why.en().contains("edge_tls must be true"));
    }

    #[test]
    fn metrics_are_for_this_machine_and_off_unless_they_are_asked_for() {
        assert_eq!(NodeSettings::read(GOOD, Path::new("/state")).unwrap().metrics, None);
        let read = |at: &str| NodeSettings::read(&format!("metrics = \"{at}\"\n{GOOD}"), Path::new("/state"));
        assert!(read("127.0.0.1:9470").is_ok() && read("[::1]:9470").is_ok());
        for at in ["0.0.0.0:9470", "10.0.0.1:9470", "[::]:9470"] {
            let Err(Fault::BadSettings { why, .. }) = read(at) else { panic!("{at}") };
            assert!(why.vi().contains(at) && why.en().contains("only this machine"), "{why:?}");
        }
    }

    #[test]
    fn headers_that_say_another_method_or_caller_are_a_mistake() {
        let read = |header: &str| {
            let text = format!("{GOOD}\n[[services]]\nid = \"VN/GOV/G03/x/y\"\nheaders = [\"{header}\"]");
            NodeSettings::read(&text, Path::new("/state"))
        };
        let settings = read("X-Custom").unwrap();
        let [here, elsewhere] = &settings.services[..] else { panic!() };
        assert!(here.is_here() && !elsewhere.is_here() && elsewhere.headers.0[0] == "x-custom");
        for header in ["X-HTTP-Method-Override", "x-original-url", "X-Forwarded-For", "connection", "a b"] {
            let Err(Fault::BadSettings { why, .. }) = read(header) else { panic!("{header}") };
            assert!(why.vi().contains(header) && why.vi().contains("tiêu đề"), "{why:?}");
        }
    }

    #[test]
    fn an_unknown_name_is_a_mistake() {
        let Err(Fault::BadSettings { why, .. }) =
            NodeSettings::read(&format!("edeg = 1\n{GOOD}"), Path::new("/state"))
        else {
            panic!()
        };
        assert!(why.vi().contains("edeg"), "{why:?}");
    }
}
