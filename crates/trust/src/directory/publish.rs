//! The hub's side: the keys of the four roles in a folder, and what they sign. Where the signed files are kept is the hub's matter.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::Ed25519KeyPair;
use jiff::{SignedDuration, Timestamp};
use tough::TargetName;
use tough::editor::RepositoryEditor;
use tough::key_source::KeySource;
use tough::schema::decoded::{Decoded, Hex};
use tough::schema::key::Key;
use tough::schema::{Hashes, Role as _, RoleKeys, RoleType, Root, Signature, Signed, Target};
use tough::sign::Sign;

use crate::directory::{CASES, INDEX_OF_CASES, IndexedPart, index_name};
use crate::file;
use crate::key::{KeyError, SigningKey, load_pair};

/// Keys of the root role, and how many of them must sign. Their files belong off the hub, in the hands of different people.
pub const ROOT_KEYS: usize = 3;
/// See [`ROOT_KEYS`].
pub const ROOT_THRESHOLD: u64 = 2;
/// How long a root holds before its keys must sign a new one.
const ROOT_LIFETIME: SignedDuration = SignedDuration::from_hours(365 * 24);
/// The roles whose keys stay on the hub.
pub const ONLINE_ROLES: [RoleType; 3] = [RoleType::Targets, RoleType::Snapshot, RoleType::Timestamp];

/// What went wrong in signing the directory.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A file of the folder cannot be read or written.
    #[error("{path} cannot be used")]
    File {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The framework refused.
    #[error("the directory cannot be signed")]
    Tuf(#[source] Box<tough::error::Error>),
    /// Fewer than [`ROOT_THRESHOLD`] of the root's keys are in `root-keys/`.
    #[error(
        "{found} of the root's keys are at hand, and {ROOT_THRESHOLD} must sign: bring their files to root-keys/"
    )]
    TooFewRootKeys {
        /// How many are.
        found: u64,
    },
    /// The key that was to be replaced is none of the root's.
    #[error("{0} is not a key of the root in force")]
    NotInForce(String),
    /// A part can't be written as JSON, or a name can't be a target's.
    #[error("{0} cannot be a part of the directory")]
    Part(String),
}

/// The keys of a directory in a folder: `keys/`, `root-keys/`, `root.json`, and all roots in `metadata/`.
#[derive(Debug, Clone)]
pub struct Publisher {
    folder: PathBuf,
}

/// A file that is signed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its target name in the framework, without the digest before it.
    pub name: String,
    /// 32 bytes over the file as published.
    pub sha256: Vec<u8>,
    /// Its length in bytes.
    pub length: u64,
}

/// A file of the framework, by its name below `metadata/`.
pub type MetadataFile = (String, Vec<u8>);

impl Publisher {
    /// Makes the keys and the first root in `folder`.
    ///
    /// # Errors
    /// [`PublishError`] if there are keys already or the folder can't be written.
    pub async fn create(folder: &Path, now: Timestamp) -> Result<Self, PublishError> {
        for name in ["keys", "root-keys", "metadata"] {
            let path = folder.join(name);
            fs::create_dir_all(&path).map_err(|source| file_failed(&path, source))?;
        }
        let publisher = Self { folder: folder.to_owned() };
        let mut root = Root {
            spec_version: "1.0.0".into(),
            consistent_snapshot: true,
            version: NonZeroU64::MIN,
            expires: now + ROOT_LIFETIME,
            keys: HashMap::new(),
            roles: HashMap::new(),
            _extra: HashMap::new(),
        };
        for role in ONLINE_ROLES {
            exchange_key(
                &mut root,
                role,
                None,
                publisher.create_key("keys", &role.to_string(), NonZeroU64::MIN)?,
            )?;
        }
        for number in 1..=ROOT_KEYS {
            let key = publisher.create_key("root-keys", &format!("root-{number}"), NonZeroU64::MIN)?;
            exchange_key(&mut root, RoleType::Root, None, key)?;
        }
        publisher.sign_root(&root, &publisher.key_files("root-keys")).await?;
        Ok(publisher)
    }

    /// Opens the keys in `folder`.
    ///
    /// # Errors
    /// [`PublishError::File`] if there is none.
    pub fn open(folder: &Path) -> Result<Self, PublishError> {
        let publisher = Self { folder: folder.to_owned() };
        publisher.root()?;
        Ok(publisher)
    }

    /// The newest root: what a node is given once, by a way it trusts.
    ///
    /// # Errors
    /// [`PublishError::File`] if it can't be read.
    pub fn root(&self) -> Result<Vec<u8>, PublishError> {
        let path = self.folder.join("root.json");
        fs::read(&path).map_err(|source| file_failed(&path, source))
    }

    /// When the root ends, and every directory with it. Any change of keys makes a new one.
    ///
    /// # Errors
    /// [`PublishError::File`] if it can't be read.
    pub fn root_expires(&self) -> Result<Timestamp, PublishError> {
        Ok(self.read_root()?.expires)
    }

    /// Number of the directory that an older program published in the folder; 0 if none did.
    #[must_use]
    pub fn revision(&self) -> u64 {
        let timestamp = fs::read(self.folder.join("metadata/timestamp.json")).ok();
        let timestamp = timestamp
            .and_then(|bytes| serde_json::from_slice::<Signed<tough::schema::Timestamp>>(&bytes).ok());
        timestamp.map_or(0, |timestamp| timestamp.signed.version.get())
    }

    /// All roots, from the first on: who has only the first one needs them all.
    ///
    /// # Errors
    /// [`PublishError::File`].
    pub fn roots(&self) -> Result<Vec<MetadataFile>, PublishError> {
        let folder = self.folder.join("metadata");
        let entries = fs::read_dir(&folder).map_err(|source| file_failed(&folder, source))?;
        let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        names
            .filter(|name| name.ends_with(".root.json"))
            .map(|name| {
                let path = folder.join(&name);
                Ok((name, fs::read(&path).map_err(|source| file_failed(&path, source))?))
            })
            .collect()
    }

    /// Signs for `files` (the index of the parts of cases among them is named apart) as number `revision`, which must be above the last one. Of the files that come back, `timestamp.json` names
    /// the others: nodes see the old directory whole or the new one whole, if it is put in place last.
    ///
    /// # Errors
    /// [`PublishError`].
    pub async fn sign(
        &self,
        revision: u64,
        files: &[Named],
        now: Timestamp,
        lifetime: SignedDuration,
    ) -> Result<Vec<MetadataFile>, PublishError> {
        let mut editor = RepositoryEditor::new(&self.folder.join("root.json")).await.map_err(tuf)?;
        let version = NonZeroU64::new(revision).unwrap_or(NonZeroU64::MIN);
        let expires = now + lifetime;
        editor.targets_version(version).map_err(tuf)?.targets_expires(expires).map_err(tuf)?;
        editor.snapshot_version(version).snapshot_expires(expires);
        editor.timestamp_version(version).timestamp_expires(expires);
        let (apart, files): (Vec<_>, Vec<_>) =
            files.iter().partition(|file| file.name == index_name(INDEX_OF_CASES));
        for (at, file) in files.into_iter().enumerate() {
            let hashes = Hashes { sha256: file.sha256.clone().into(), _extra: HashMap::new() };
            let mut custom = HashMap::new();
            if let (0, Some(apart)) = (at, apart.first()) {
                let named = IndexedPart { sha256: crate::hex(&apart.sha256), length: apart.length };
                let named =
                    serde_json::to_value(named).map_err(|_| PublishError::Part(apart.name.clone()))?;
                custom.insert(CASES.to_owned(), named);
            }
            let target = Target { length: file.length, hashes, custom, _extra: HashMap::new() };
            editor.add_target(TargetName::new(&file.name).map_err(tuf)?, target).map_err(tuf)?;
        }
        let keys: Vec<Box<dyn KeySource>> = self
            .key_files("keys")
            .into_iter()
            .map(|path| Box::new(KeyFile(path)) as Box<dyn KeySource>)
            .collect();
        let signed = editor.sign(&keys).await.map_err(tuf)?;
        // The framework writes files; a folder that nobody else sees takes them.
        let scratch = tempfile::tempdir().map_err(|source| file_failed(&self.folder, source))?;
        signed.write(scratch.path()).await.map_err(tuf)?;
        [format!("{revision}.targets.json"), format!("{revision}.snapshot.json"), "timestamp.json".to_owned()]
            .into_iter()
            .map(|name| {
                let path = scratch.path().join(&name);
                Ok((name, fs::read(&path).map_err(|source| file_failed(&path, source))?))
            })
            .collect()
    }

    /// Gives a role a new key: the root's keys sign a root that names it. The old key signs nothing any more.
    ///
    /// # Errors
    /// [`PublishError`] if too few root keys are at hand or a file can't be written; then the old root stands.
    pub async fn rotate(&self, role: RoleType, now: Timestamp) -> Result<(), PublishError> {
        let mut root = self.next_root(now)?;
        let key = self.create_key("keys", &role.to_string(), root.version)?;
        let old = root.roles.get(&role).and_then(|keys| keys.keyids.first().cloned());
        exchange_key(&mut root, role, old.as_ref(), key)?;
        self.sign_root(&root, &self.key_files("root-keys")).await
    }

    /// Puts a new key in the place of one of the root's, whose file is `old`. The old keys and the new one sign the root that says so.
    ///
    /// # Errors
    /// [`PublishError`] if too few root keys are at hand or a file can't be written; then the old root stands.
    pub async fn rotate_root(&self, old: &Path, now: Timestamp) -> Result<(), PublishError> {
        let mut root = self.next_root(now)?;
        let path = old.display().to_string();
        let old = key_id(&ed25519(old)?)?;
        if !root.roles.get(&RoleType::Root).is_some_and(|keys| keys.keyids.contains(&old)) {
            return Err(PublishError::NotInForce(path));
        }
        let key = self.create_key("root-keys", "root", root.version)?;
        exchange_key(&mut root, RoleType::Root, Some(&old), key)?;
        self.sign_root(&root, &self.key_files("root-keys")).await
    }

    fn read_root(&self) -> Result<Root, PublishError> {
        let signed: Signed<Root> =
            serde_json::from_slice(&self.root()?).map_err(|_| PublishError::Part("root.json".into()))?;
        Ok(signed.signed)
    }

    fn next_root(&self, now: Timestamp) -> Result<Root, PublishError> {
        let mut root = self.read_root()?;
        root.version = root.version.checked_add(1).ok_or_else(|| PublishError::Part("root.json".into()))?;
        root.expires = now + ROOT_LIFETIME;
        Ok(root)
    }

    /// Signs a root by each of `signers` and puts it in place.
    async fn sign_root(&self, root: &Root, signers: &[PathBuf]) -> Result<(), PublishError> {
        let bytes = root.canonical_form().map_err(|_| PublishError::Part("root.json".into()))?;
        let mut signatures = Vec::new();
        for path in signers {
            let key = ed25519(path)?;
            let sig = Sign::sign(&key, &bytes, &SystemRandom::new())
                .await
                .map_err(|_| PublishError::Part("root.json".into()))?;
            signatures.push(Signature { keyid: key_id(&key)?, sig: sig.into() });
        }
        let counts = |signature: &&Signature| {
            root.roles.get(&RoleType::Root).is_some_and(|keys| keys.keyids.contains(&signature.keyid))
        };
        let found = signatures.iter().filter(counts).count() as u64;
        if found < ROOT_THRESHOLD {
            return Err(PublishError::TooFewRootKeys { found });
        }
        let bytes = json("root.json", &Signed { signed: root, signatures })?;
        for path in [
            self.folder.join("metadata").join(format!("{}.root.json", root.version)),
            self.folder.join("root.json"),
        ] {
            file::replace(&path, &bytes).map_err(|source| file_failed(&path, source))?;
        }
        Ok(())
    }

    fn create_key(&self, folder: &str, name: &str, root_version: NonZeroU64) -> Result<Key, PublishError> {
        let path = self.folder.join(folder).join(format!("{name}-{root_version}.key"));
        // Left over from a rotation that did not come to its end.
        let _ = fs::remove_file(&path);
        SigningKey::create(&path)?;
        Ok(ed25519(&path)?.tuf_key())
    }

    /// All key files in a folder; which of them count is said by the root.
    fn key_files(&self, folder: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.join(folder)).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|end| end == "key"))
            .collect();
        paths.sort_unstable();
        paths
    }
}

/// Names `key` in the root for `role`, in the place of `old`; keys that no role names any more leave the root.
fn exchange_key(
    root: &mut Root,
    role: RoleType,
    old: Option<&Decoded<Hex>>,
    key: Key,
) -> Result<(), PublishError> {
    let id = key.key_id().map_err(|_| PublishError::Part("root.json".into()))?;
    let threshold =
        NonZeroU64::new(if role == RoleType::Root { ROOT_THRESHOLD } else { 1 }).unwrap_or(NonZeroU64::MIN);
    let keys = root.roles.entry(role).or_insert_with(|| RoleKeys {
        keyids: Vec::new(),
        threshold,
        _extra: HashMap::new(),
    });
    keys.keyids.retain(|known| Some(known) != old);
    keys.keyids.push(id.clone());
    root.keys.insert(id, key);
    let named: Vec<_> = root.roles.values().flat_map(|keys| keys.keyids.clone()).collect();
    root.keys.retain(|id, _| named.contains(id));
    Ok(())
}

/// A key file, as the framework wants it.
struct KeyFile(PathBuf);

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyFile({})", self.0.display())
    }
}

#[async_trait]
impl KeySource for KeyFile {
    async fn as_sign(&self) -> Result<Box<dyn Sign>, Box<dyn std::error::Error + Send + Sync + 'static>> {
        Ok(Box::new(ed25519(&self.0)?))
    }

    async fn write(
        &self,
        _: &str,
        _: &str,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync + 'static>> {
        Err("keys are made by the publisher".into())
    }
}

fn ed25519(path: &Path) -> Result<Ed25519KeyPair, KeyError> {
    let pair = load_pair(path)?;
    Ed25519KeyPair::from_pkcs8(pair.serialized_der()).map_err(|_| crate::key::not_a_key(path))
}

fn key_id(key: &Ed25519KeyPair) -> Result<Decoded<Hex>, PublishError> {
    key.tuf_key().key_id().map_err(|_| PublishError::Part("key".into()))
}

fn json<T: serde::Serialize>(name: &str, part: &T) -> Result<Vec<u8>, PublishError> {
    serde_json::to_vec(part).map_err(|_| PublishError::Part(name.to_owned()))
}

fn tuf(error: tough::error::Error) -> PublishError {
    PublishError::Tuf(Box::new(error))
}

fn file_failed(path: &Path, source: std::io::Error) -> PublishError {
    PublishError::File { path: path.display().to_string(), source }
}
