//! An exchange carried by hand: a dataset on a medium, for whom no line reaches (rule CN-02 d).
//!
//! It is an exchange like any other. The **order** is a request that the consumer's node signed; it names the key that the data are to be
//! sealed for. The **manifest** is the answer that the provider's node signed, bound to the order; it names the parts by their digests. Both
//! nodes decide by their directories and record order and answer in a ledger of their own for packages, so that the node need not stand
//! still meanwhile.
//!
//! A package is a folder: `order.json`, `manifest.json`, `answer.json` (the signature over the manifest), `contract.yaml` if there was one,
//! and the parts `00001.ndjson.age` and so on. Parts are written and opened one by one, so whatever breaks off is taken up where it was.

mod envelope;
mod make;
mod open;
mod order;
mod parts;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use model::fault::{Fault, Words};
use model::id::{NodeId, ServiceId, SystemId};
use model::service::Service;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use trust::verifier::Verifier;
use uuid::Uuid;

pub use envelope::{Terms, read_order};

use crate::clock;
use crate::compiled::CompiledDirectory;
use crate::folder::{StateFolder, file_failed};
use crate::own::OwnKey;
use crate::package::envelope::Order;
use crate::record::Recorder;
use crate::settings::NodeSettings;
use crate::texts;

/// The form of the manifest.
const FORMAT: &str = "lienthong-package/1";
/// Most bytes of a file that is no part.
const FILE_MAX_BYTES: u64 = 64 * 1024 * 1024;
/// Most bytes of a sealed part.
const PART_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Orders, makes, checks and opens packages for a node, and records what it does.
pub struct PackageService {
    folder: StateFolder,
    settings: NodeSettings,
    directory: CompiledDirectory,
    verifier: Verifier,
}

/// What is ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Who asks.
    pub client: SystemId,
    /// The dataset.
    pub service: ServiceId,
    /// What for.
    pub purpose: String,
    /// The officer, if one is named.
    pub user: Option<String>,
    /// Only records with these values.
    pub filters: BTreeMap<String, String>,
}

/// What a package holds: the answer to its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The form of the package.
    pub format: String,
    /// The dataset as the directory has it: its fields, their kinds and labels.
    pub service: Service,
    /// The identifier of the grant that it was made by.
    pub grant: String,
    /// The fields that every record has.
    pub fields: Vec<String>,
    /// Granted fields that the source could not give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unavailable: Vec<String>,
    /// When the first record was read.
    pub from: Timestamp,
    /// When the last was.
    pub to: Timestamp,
    /// How many records there are.
    pub records: u64,
    /// The contract that lies beside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_sha256: Option<String>,
    /// The records, in order of their keys.
    pub parts: Vec<Part>,
}

/// A part: lines of JSON, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// How many records it has.
    pub records: u64,
    /// Bytes before it was sealed.
    pub bytes: u64,
    /// SHA-256 of those bytes, in hexadecimal.
    pub sha256: String,
    /// Bytes of the file.
    pub sealed_bytes: u64,
    /// SHA-256 of the file, in hexadecimal.
    pub sealed_sha256: String,
}

/// How far making or opening has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Parts that are done.
    pub parts: usize,
    /// Records in them.
    pub records: u64,
}

impl PackageService {
    /// That of the node in `folder`, which may be running.
    ///
    /// # Errors
    /// [`Fault`] if its directory can't be read.
    pub async fn open(folder: StateFolder, settings: NodeSettings) -> Result<Self, Fault> {
        let directory = folder.compile_directory().await?;
        Ok(Self { folder, settings, directory, verifier: Verifier::default() })
    }

    fn id(&self) -> &NodeId {
        &self.settings.id
    }

    /// What the node keeps of an order of its own.
    fn ordered(&self, order: Uuid) -> PathBuf {
        self.folder.packages().join("ordered").join(order.hyphenated().to_string())
    }

    /// What the node keeps of an order that it carries out. Others choose their orders' ids; nobody can choose another's signature.
    fn making(&self, order: &Order) -> PathBuf {
        let digest = trust::hex(&trust::sha256(&order.signed.signature));
        self.folder.packages().join("made").join(digest)
    }

    fn own_key(&self) -> Result<OwnKey, Fault> {
        OwnKey::load(&self.folder, &self.settings)
    }

    fn recorder(&self) -> Result<Recorder, Fault> {
        let opened = Recorder::open(&self.folder.package_ledger(), clock::now());
        opened.map(|(recorder, ..)| recorder)
    }
}

/// The name of a part's file, counted from 0.
fn part_name(number: usize) -> String {
    format!("{:05}.ndjson.age", number + 1)
}

/// What is wrong with a package or an order.
fn broken(path: &Path, why: Words) -> Fault {
    Fault::PackageBroken { place: path.display().to_string(), why }
}

fn read_bytes(path: &Path, most: u64) -> Result<Vec<u8>, Fault> {
    let failed = |error: std::io::Error| file_failed(path, &error);
    // A medium comes from outside: what is no file of its own there is not followed.
    if !std::fs::symlink_metadata(path).map_err(failed)?.is_file() {
        return Err(broken(path, texts::not_a_file()));
    }
    let (mut bytes, file) = (Vec::new(), std::fs::File::open(path).map_err(failed)?);
    file.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(broken(path, texts::file_too_large(most)));
    }
    Ok(bytes)
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Fault> {
    serde_json::from_slice(&read_bytes(path, FILE_MAX_BYTES)?)
        .map_err(|error| broken(path, texts::not_our_file(&error)))
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Fault> {
    let text =
        serde_json::to_vec_pretty(value).map_err(|error| Fault::Internal { why: error.to_string() })?;
    write(path, &text)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    trust::file::replace(path, bytes).map_err(|error| file_failed(path, &error))
}

fn folder(path: &Path) -> Result<(), Fault> {
    trust::file::create_private_folder(path).map_err(|error| file_failed(path, &error))
}
