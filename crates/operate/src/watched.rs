//! A hub or a node that may be running is asked how it is; and what both have: certificates, a disk.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use exchange::{NodeSettings, StateFolder, body};
use http::{Request, StatusCode};
use hub::HubSettings;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use model::ending::Kind;
use model::fault::{Fault, Words};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::Value;
use trust::web::{client as web_client, fetch};
use trust::{certificate, tls};
use url::Url;

use crate::file_failed;

/// Longest wait for an answer: who watches asks again within a minute, and gives up by itself after 10 s mostly.
const PATIENCE: Duration = Duration::from_secs(8);
/// Durable writes by which a disk is tried.
const WRITES: usize = 5;
/// Largest answer about somebody's health.
const HEALTH_MAX_BYTES: usize = 1024 * 1024;

/// What the folder of a hub or a node says of it.
pub(crate) enum Watched {
    Node(StateFolder, Box<NodeSettings>),
    Hub(PathBuf, Box<HubSettings>),
}

/// How it said that it is.
pub(crate) struct Health {
    pub(crate) status: StatusCode,
    pub(crate) told: Value,
    pub(crate) took: Duration,
    /// How far our clock is ahead of its.
    pub(crate) ahead: Option<SignedDuration>,
}

impl Watched {
    /// Reads the settings in a folder.
    pub(crate) fn open(dir: &Path) -> Result<Self, Fault> {
        let dir = std::path::absolute(dir).map_err(|error| file_failed(dir, &error))?;
        let hub = dir.join("hub.toml");
        if hub.exists() {
            let text = std::fs::read_to_string(&hub).map_err(|error| file_failed(&hub, &error))?;
            return Ok(Self::Hub(dir.clone(), Box::new(HubSettings::read(&text, &dir)?)));
        }
        let settings = crate::setup::read_settings(&dir)?;
        Ok(Self::Node(StateFolder(dir), Box::new(settings)))
    }

    /// The folder that must be written to: where the ledger is, or the store.
    pub(crate) fn written_to(&self) -> PathBuf {
        match self {
            Self::Node(folder, _) => folder.ledger(),
            Self::Hub(dir, _) => dir.clone(),
        }
    }

    /// Its certificates, with when they end.
    pub(crate) fn certificates(&self) -> Result<Vec<(Kind, &'static str, Timestamp)>, Fault> {
        let files = match self {
            Self::Node(folder, settings) => {
                let mut files = vec![
                    (Kind::NodeTls, "node_tls", folder.tls_certificate()),
                    (Kind::NodeSigning, "node_signing", folder.signing_certificate()),
                ];
                if settings.edge_tls {
                    files.push((Kind::NodeEdge, "node_edge", folder.edge_certificate()));
                }
                files
            }
            Self::Hub(dir, _) => vec![
                (Kind::HubWeb, "hub_web", dir.join("tls.der")),
                (Kind::Authority, "authority", dir.join("authority/authority.der")),
            ],
        };
        let mut found = Vec::new();
        for (kind, name, path) in files {
            let certificate = read_certificate(&path)?;
            let bad =
                |error: certificate::CertificateError| Fault::bad_settings(path.display(), error.words());
            found.push((kind, name, certificate::span(&certificate).map_err(bad)?.1));
        }
        if let Self::Hub(dir, _) = self {
            let path = dir.join("directory");
            let bad = |error: trust::directory::publish::PublishError| {
                Fault::bad_settings(path.display(), Words::quoted(trust::chain(&error)))
            };
            let publisher = trust::directory::publish::Publisher::open(&path).map_err(bad)?;
            found.push((Kind::DirectoryRoot, "directory_root", publisher.root_expires().map_err(bad)?));
        }
        Ok(found)
    }

    /// Asks it how it is.
    pub(crate) async fn health(&self) -> Result<Health, String> {
        match self {
            Self::Node(folder, settings) => {
                let anchors = match settings.edge_tls {
                    true => read_certificates(&folder.edge_certificate()).map_err(|fault| fault.en())?,
                    false => Vec::new(),
                };
                let url = edge_url(settings, anchors.first())?;
                health(&url, &anchors).await
            }
            Self::Hub(dir, settings) => {
                let anchor =
                    read_certificate(&dir.join("authority/authority.der")).map_err(|fault| fault.en())?;
                health(&settings.url, &[anchor]).await
            }
        }
    }
}

/// Asks a node's hub how it is.
pub(crate) async fn hub_of(folder: &StateFolder, url: &Url) -> Result<Health, String> {
    let anchor = read_certificate(&folder.hub_authority()).map_err(|fault| fault.en())?;
    health(url, &[anchor]).await
}

async fn health(url: &Url, anchors: &[CertificateDer<'static>]) -> Result<Health, String> {
    let client = web_client(tls::web_client(anchors).map_err(|error| error.to_string())?);
    let uri = url.join("health").map_err(|error| error.to_string())?;
    let request = Request::get(uri.as_str()).body(body::whole("")).map_err(|error| error.to_string())?;
    let (asked, began) = (exchange::clock::now(), Instant::now());
    let answer = fetch(&client, request, PATIENCE, HEALTH_MAX_BYTES).await?;
    let took = began.elapsed();
    let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
    // It was made on the way, at the middle of it, and whole seconds are cut off.
    let ours = asked + SignedDuration::try_from(took / 2).unwrap_or_default();
    let ahead = date.map(|date| ours.duration_since(date + SignedDuration::from_millis(500)));
    let told = serde_json::from_slice(answer.body()).unwrap_or_default();
    Ok(Health { status: answer.status(), told, took, ahead })
}

/// How a node's edge is called from this machine.
fn edge_url(settings: &NodeSettings, certificate: Option<&CertificateDer<'static>>) -> Result<Url, String> {
    let mut at = reached_at(settings.edge).to_string();
    if let Some(certificate) = certificate {
        let names = certificate::names(certificate).map_err(|error| error.to_string())?;
        let ip = reached_at(settings.edge).ip();
        // By a name that it is for, and that leads here.
        if !names.contains(&ip.to_string()) {
            let local = names.iter().find(|name| *name == "localhost" && ip.is_loopback());
            let name = local.or(names.first()).ok_or("the certificate of the edge names no host")?;
            at = format!("{name}:{}", settings.edge.port());
        }
    }
    let scheme = if settings.edge_tls { "https" } else { "http" };
    Url::parse(&format!("{scheme}://{at}/")).map_err(|error| error.to_string())
}

/// Where what listens at `address` is reached from this machine.
pub(crate) fn reached_at(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// How the disk of a folder is: bytes that may still be written, and how long it took to write some and have them durable.
pub(crate) fn disk(folder: &Path) -> std::io::Result<(u64, Duration)> {
    let free = ledger::free_bytes(folder)?;
    let path = folder.join(format!("try-{}", std::process::id()));
    // The best of a few: something else may be at the disk as well.
    let written = std::fs::File::create_new(&path).and_then(|mut file| {
        let mut best = Duration::MAX;
        for _ in 0..WRITES {
            let began = Instant::now();
            file.write_all(&[0; 4096])?;
            file.sync_data()?;
            best = best.min(began.elapsed());
        }
        Ok(best)
    });
    let removed = std::fs::remove_file(&path);
    removed.and(written).map(|took| (free, took))
}

fn read_certificate(path: &Path) -> Result<CertificateDer<'static>, Fault> {
    let first = read_certificates(path)?.into_iter().next();
    first
        .ok_or_else(|| Fault::bad_settings(path.display(), certificate::CertificateError::Unreadable.words()))
}

/// The certificates in a file: one as DER, or any number as PEM.
fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let bytes = std::fs::read(path).map_err(|error| file_failed(path, &error))?;
    if !bytes.starts_with(b"-----") && path.extension().is_some_and(|end| end == "der") {
        return Ok(vec![bytes.into()]);
    }
    let read = CertificateDer::pem_slice_iter(&bytes).collect::<Result<_, _>>();
    read.map_err(|error| Fault::bad_settings(path.display(), Words::quoted(error)))
}
