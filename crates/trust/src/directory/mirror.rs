//! The node's side: a verified copy on disk, newer than the last one or not taken.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use disk::Disk;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use hex::FromHex as _;
use jiff::Timestamp;
use model::directory::{Content, Directory, Part, Piece};
use model::fault::Fault;
use serde::de::DeserializeOwned;
use tough::schema::{Root, Signed};
use tough::{
    ExpirationEnforcement, FilesystemTransport, IntoVec as _, Limits, Repository, RepositoryLoader,
    Transport, TransportError, TransportErrorKind, TransportStream,
};
use url::Url;

use crate::directory::{CASES, INDEX_OF_CASES, IndexedPart, PartIndex, file_name, index_name};
use crate::file;

/// `targets.json` names 64 indexes with some 250 bytes each. This bounds what a bad hub can send.
const METADATA_MAX_BYTES: u64 = 4 * 1024 * 1024;
/// Parts that are fetched at a time.
const AT_ONCE: usize = 8;

/// What a reader knows already: the parts' digests.
pub type Known = HashMap<Part, [u8; 32]>;

/// Who takes a directory part by part: the charter first, then agencies, then grants.
pub type Take<'a> = dyn FnMut(Part, Piece) -> Result<(), Fault> + Send + 'a;

/// What a directory is beside its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub revision: u64,
    /// When it stops counting.
    pub expires: Timestamp,
}

/// The parts of a directory by its indexes.
type Listed = BTreeMap<Part, ([u8; 32], IndexedPart)>;

/// Where published files come from. `path` is `metadata/…` or `targets/…`.
#[async_trait]
pub trait Source: Send + Sync {
    /// The file's bytes; `None` if there is no such file.
    ///
    /// # Errors
    /// Why it can't be had, for people.
    async fn get(&self, path: &str) -> Result<Option<Bytes>, String>;
}

/// A node's copy of the directory in a folder: `metadata/`, `targets/` as published, `seen/` against roll-back.
pub struct Mirror {
    disk: Disk,
    folder: PathBuf,
    root: Vec<u8>,
    /// Whether the parts of cases are wanted.
    for_cases: bool,
}

impl Mirror {
    /// Keeps a copy in `folder`, trusting `root`: the root that came with the node's invitation.
    #[must_use]
    pub fn new(folder: &Path, root: Vec<u8>) -> Self {
        Self::on(Disk::default(), folder, root)
    }

    pub(crate) fn on(disk: Disk, folder: &Path, root: Vec<u8>) -> Self {
        Self { disk, folder: folder.to_owned(), root, for_cases: false }
    }

    /// The same, with procedures and packs of reuse.
    #[must_use]
    pub fn for_cases(mut self, wanted: bool) -> Self {
        self.for_cases = wanted;
        self
    }

    /// Whether the copy on disk lacks parts that are wanted: it was fetched before they were.
    #[must_use]
    pub fn lacks_parts(&self, known: &Known) -> bool {
        self.for_cases && !known.keys().any(Part::is_for_cases)
    }

    /// The copy on disk, verified anew, whole. It may have expired; its `expires` says so.
    ///
    /// # Errors
    /// [`Fault::DirectoryMissing`] if there is none, [`Fault::DirectoryRefused`] if it is damaged.
    pub async fn open(&self) -> Result<Directory, Fault> {
        let mut parts = BTreeMap::new();
        let head = self.open_by_parts(&mut |part, piece| keep_part(&mut parts, part, piece)).await?;
        Ok(Directory { revision: head.revision, expires: head.expires, parts })
    }

    /// The same, handed to `take` part by part, so that not all of it is in memory at once. What `take` was given counts only when this
    /// has ended well.
    ///
    /// # Errors
    /// As [`Self::open`], and what `take` says.
    pub async fn open_by_parts(&self, take: &mut Take<'_>) -> Result<Head, Fault> {
        if !self.folder.join("metadata/timestamp.json").exists() {
            return Err(Fault::DirectoryMissing {});
        }
        let seen = self.copy_of_seen()?;
        let url = |name: &str| {
            Url::from_directory_path(self.folder.join(name))
                .map_err(|()| refused("its folder has no absolute path"))
        };
        let repository = RepositoryLoader::new(&self.newest_root(), url("metadata")?, url("targets")?)
            .transport(FilesystemTransport)
            .datastore(&seen)
            .limits(limits())
            .expiration_enforcement(ExpirationEnforcement::Unsafe)
            .load()
            .await
            .map_err(|error| refused(&chain(&error)))?;
        let mut parts = self.listed(&repository)?;
        // A copy from before they were wanted is none the worse for it: they come with the next fetch.
        if self.for_cases_index(&repository).is_some_and(|path| path.exists()) {
            parts.extend(self.listed_for_cases(&repository)?);
        }
        self.read(&parts, &Known::new(), take).await?;
        // The machine may have stopped when the copy was kept and what was seen was not.
        if let Err(error) = self.keep_seen(&seen) {
            tracing::warn!(%error, "what was seen of the directory could not be kept");
        }
        Ok(Head::of(&repository))
    }

    /// A file of the copy on disk, as it was published; none if there is no such file.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<Vec<u8>> {
        let (folder, name) = path.split_once('/')?;
        let plain = matches!(folder, "metadata" | "targets") && !name.contains(['/', '\\']) && name != "..";
        plain.then(|| fs::read(self.folder.join(folder).join(name)).ok())?
    }

    /// Fetches what is newer and, if all of it verifies, keeps it. Parts that are as `known` come without their content.
    ///
    /// # Errors
    /// [`Fault::DirectoryRefused`] says why; the copy on disk then stays as it was.
    pub async fn fetch(&self, source: Arc<dyn Source>, known: &Known) -> Result<Directory, Fault> {
        let mut parts = BTreeMap::new();
        let mut take = |part, piece| keep_part(&mut parts, part, piece);
        let head = self.fetch_by_parts(source, known, &mut take).await?;
        Ok(Directory { revision: head.revision, expires: head.expires, parts })
    }

    /// The same, handed to `take` part by part. What `take` was given counts only when this has ended well.
    ///
    /// # Errors
    /// As [`Self::fetch`], and what `take` says.
    pub async fn fetch_by_parts(
        &self,
        source: Arc<dyn Source>,
        known: &Known,
        take: &mut Take<'_>,
    ) -> Result<Head, Fault> {
        let seen_next = self.copy_of_seen()?;
        let via = Via { source: source.clone(), metadata: Arc::default() };
        let base =
            |name: &str| Url::parse(&format!("hub:///{name}/")).map_err(|error| refused(&error.to_string()));
        let repository = RepositoryLoader::new(&self.newest_root(), base("metadata")?, base("targets")?)
            .transport(via.clone())
            .datastore(&seen_next)
            .limits(limits())
            .load()
            .await
            .map_err(|error| refused(&chain(&error)))?;
        self.fetch_indexes(&repository).await?;
        self.fetch_for_cases(&repository, &*source).await?;
        let mut parts = self.listed(&repository)?;
        parts.extend(self.listed_for_cases(&repository)?);
        self.fetch_parts(&parts, &*source).await?;
        self.read(&parts, known, take).await?;
        self.keep(&via, &seen_next).map_err(|error| refused(&error.to_string()))?;
        self.tidy(&repository, &parts);
        Ok(Head::of(&repository))
    }

    /// What was seen, in a folder for the framework to write in. It writes in place: what is kept must not be what it writes.
    fn copy_of_seen(&self) -> Result<PathBuf, Fault> {
        let next = self.folder.join("seen.new");
        copy_folder(&self.folder.join("seen"), &next).map_err(|error| refused(&error.to_string()))?;
        forget_the_time(&next);
        Ok(next)
    }

    /// The newest root that was verified on the way from the first. Numbers seen before are forgotten when a root that is
    /// new to us changes the keys that signed them (TUF 5.3.11); so we must not go the way from the first root twice.
    fn newest_root(&self) -> Vec<u8> {
        let verified = |bytes: &Vec<u8>| {
            let root = serde_json::from_slice::<Signed<Root>>(bytes);
            root.is_ok_and(|root| root.signed.verify_role(&root).is_ok())
        };
        fs::read(self.folder.join("seen/root.json"))
            .ok()
            .filter(verified)
            .unwrap_or_else(|| self.root.clone())
    }

    /// Brings the indexes that are not on disk yet. The framework checks their digests.
    async fn fetch_indexes(&self, repository: &Repository) -> Result<(), Fault> {
        let folder = self.folder.join("targets");
        fs::create_dir_all(&folder).map_err(|error| refused(&error.to_string()))?;
        for (name, target) in repository.all_targets().collect::<Vec<_>>() {
            let path = folder.join(file_name(&target.hashes.sha256, name.resolved()));
            if fs::metadata(&path).is_ok_and(|file| file.len() == target.length) {
                continue;
            }
            let stream = repository.read_target(name).await.map_err(|error| refused(&chain(&error)))?;
            let bytes = stream
                .ok_or_else(|| refused("a part is named and not there"))?
                .into_vec()
                .await
                .map_err(|error| refused(&chain(&error)))?;
            put(self.disk.clone(), path, bytes.into()).await?;
        }
        Ok(())
    }

    /// Brings the index of the parts of cases, if they are wanted and it is not on disk yet.
    async fn fetch_for_cases(&self, repository: &Repository, source: &dyn Source) -> Result<(), Fault> {
        let Some((path, named)) = self.for_cases_index(repository).zip(for_cases(repository)) else {
            return Ok(());
        };
        if fs::metadata(&path).is_ok_and(|file| file.len() == named.length) {
            return Ok(());
        }
        let file = format!("{}.{}", named.sha256, index_name(INDEX_OF_CASES));
        put(self.disk.clone(), path, fetch_part(source, file, &named).await?).await
    }

    /// Where the index of the parts of cases is on disk; none if they are not wanted, or there are none.
    fn for_cases_index(&self, repository: &Repository) -> Option<PathBuf> {
        let named = for_cases(repository).filter(|_| self.for_cases)?;
        let digest = <[u8; 32]>::from_hex(&named.sha256).ok()?;
        Some(self.folder.join("targets").join(file_name(&digest, &index_name(INDEX_OF_CASES))))
    }

    /// The parts of cases, if they are wanted. What this program does not know is left.
    fn listed_for_cases(&self, repository: &Repository) -> Result<Listed, Fault> {
        let mut parts = Listed::new();
        let Some((path, named)) = self.for_cases_index(repository).zip(for_cases(repository)) else {
            return Ok(parts);
        };
        let digest = |hex: &str| <[u8; 32]>::from_hex(hex).map_err(|_| refused("a digest cannot be read"));
        let name = index_name(INDEX_OF_CASES);
        let bytes = read_checked(&path, &digest(&named.sha256)?, &name)?;
        for (name, indexed) in parse::<PartIndex>(&name, &bytes)?.parts {
            if let Some(part) = name.parse::<Part>().ok().filter(Part::is_for_cases) {
                parts.insert(part, (digest(&indexed.sha256)?, indexed));
            }
        }
        Ok(parts)
    }

    /// Brings the parts that are not on disk yet, and checks each against its index.
    async fn fetch_parts(&self, parts: &Listed, source: &dyn Source) -> Result<(), Fault> {
        let folder = self.folder.join("targets");
        let missing: Vec<(String, IndexedPart)> = parts
            .iter()
            .map(|(part, (_, indexed))| (format!("{}.{part}", indexed.sha256), indexed))
            .filter(|(file, indexed)| {
                fs::metadata(folder.join(file)).map_or(true, |file| file.len() != indexed.length)
            })
            .map(|(file, indexed)| (file, indexed.clone()))
            .collect();
        stream::iter(missing)
            .map(|(file, indexed)| {
                let (disk, path) = (self.disk.clone(), folder.join(&file));
                async move { put(disk, path, fetch_part(source, file, &indexed).await?).await }
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    /// All parts that the indexes on disk name. What is on disk is checked against the signed digests, whoever put it there.
    fn listed(&self, repository: &Repository) -> Result<Listed, Fault> {
        let mut parts = Listed::new();
        for (name, target) in repository.all_targets() {
            let path = self.folder.join("targets").join(file_name(&target.hashes.sha256, name.resolved()));
            let bytes = read_checked(&path, &target.hashes.sha256, name.raw())?;
            for (name, indexed) in parse::<PartIndex>(name.raw(), &bytes)?.parts {
                let part: Part = name.parse().map_err(|_| refused(&format!("{name} is no part")))?;
                let sha256 =
                    <[u8; 32]>::from_hex(&indexed.sha256).map_err(|_| refused("a digest cannot be read"))?;
                parts.insert(part, (sha256, indexed));
            }
        }
        if !parts.contains_key(&Part::Charter) {
            return Err(refused("it has no charter"));
        }
        Ok(parts)
    }

    /// Reads the parts that are not as `known`, and hands on all of them.
    async fn read(&self, parts: &Listed, known: &Known, take: &mut Take<'_>) -> Result<(), Fault> {
        for (part, (sha256, _)) in parts {
            let content = if known.get(part) == Some(sha256) {
                None
            } else {
                let name = part.to_string();
                let path = self.folder.join("targets").join(file_name(sha256, &name));
                // Thousands of files may be read here.
                tokio::task::yield_now().await;
                Some(content(part, &read_checked(&path, sha256, &name)?)?)
            };
            take(part.clone(), Piece { sha256: *sha256, content })?;
        }
        Ok(())
    }

    fn keep(&self, via: &Via, seen_next: &Path) -> std::io::Result<()> {
        let metadata = self.folder.join("metadata");
        fs::create_dir_all(&metadata)?;
        // What it names must be there when it is.
        self.disk.folder(&self.folder.join("targets"))?.sync()?;
        let fetched = std::mem::take(&mut *via.metadata.lock().unwrap_or_else(PoisonError::into_inner));
        // `timestamp.json` names the others, so it comes last: a crash in between leaves the old directory whole.
        let (last, first): (Vec<_>, Vec<_>) =
            fetched.iter().partition(|(name, _)| name.as_str() == "timestamp.json");
        for (name, bytes) in first.iter().chain(&last) {
            file::replace_on(&self.disk, &metadata.join(name), bytes)?;
        }
        for entry in fs::read_dir(&metadata)?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            // Roots stay: who has only the first one needs them all.
            if !fetched.contains_key(&name) && !name.ends_with(".root.json") {
                self.disk.remove(&entry.path())?;
            }
        }
        self.keep_seen(seen_next)
    }

    /// Keeps what was seen, where it is another than before.
    fn keep_seen(&self, next: &Path) -> std::io::Result<()> {
        let seen = self.folder.join("seen");
        fs::create_dir_all(&seen)?;
        for entry in fs::read_dir(next)?.flatten() {
            let (kept, bytes) = (seen.join(entry.file_name()), fs::read(entry.path())?);
            if !fs::read(&kept).is_ok_and(|known| known == bytes) {
                file::replace_on(&self.disk, &kept, &bytes)?;
            }
        }
        Ok(())
    }

    /// Removes the files that nothing names any more.
    fn tidy(&self, repository: &Repository, parts: &Listed) {
        let indexes =
            repository.all_targets().map(|(name, target)| file_name(&target.hashes.sha256, name.resolved()));
        let parts = parts.iter().map(|(part, (sha256, _))| file_name(sha256, &part.to_string()));
        let apart = self.for_cases_index(repository);
        let apart = apart.iter().filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
        let wanted: HashSet<String> = indexes.chain(parts).chain(apart).collect();
        for entry in fs::read_dir(self.folder.join("targets")).into_iter().flatten().flatten() {
            if !wanted.contains(&*entry.file_name().to_string_lossy()) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Head {
    fn of(repository: &Repository) -> Self {
        Self { revision: repository.timestamp().signed.version.get(), expires: expires(repository) }
    }
}

/// What the first target says of the index of the parts of cases.
fn for_cases(repository: &Repository) -> Option<IndexedPart> {
    let named = repository.all_targets().find_map(|(_, target)| target.custom.get(CASES))?;
    serde_json::from_value(named.clone()).ok()
}

fn keep_part(parts: &mut BTreeMap<Part, Piece>, part: Part, piece: Piece) -> Result<(), Fault> {
    parts.insert(part, piece);
    Ok(())
}

async fn fetch_part(source: &dyn Source, file: String, indexed: &IndexedPart) -> Result<Bytes, Fault> {
    let bytes = source.get(&format!("targets/{file}")).await.map_err(|why| refused(&why))?;
    let bytes = bytes.ok_or_else(|| refused(&format!("{file} is named and not there")))?;
    if bytes.len() as u64 != indexed.length || crate::hex(&crate::sha256(&bytes)) != indexed.sha256 {
        return Err(refused(&format!("{file} is not what is signed for")));
    }
    Ok(bytes)
}

/// The bytes of a file, if they have the digest.
fn read_checked(path: &Path, sha256: &[u8], name: &str) -> Result<Vec<u8>, Fault> {
    let bytes = fs::read(path).map_err(|error| refused(&format!("{name}: {error}")))?;
    if crate::sha256(&bytes) != *sha256 {
        // It is fetched again next time.
        let _ = fs::remove_file(path);
        return Err(refused(&format!("{name} on disk is damaged")));
    }
    Ok(bytes)
}

fn content(part: &Part, bytes: &[u8]) -> Result<Content, Fault> {
    let name = part.to_string();
    Ok(match part {
        Part::Charter => Content::Charter(parse(&name, bytes)?),
        Part::Agency(member) => {
            let entry: Box<model::directory::Entry> = parse(&name, bytes)?;
            if entry.agency.id != *member {
                return Err(refused(&format!("{name} holds another agency")));
            }
            Content::Agency(entry)
        }
        Part::Grants(_) => Content::Grants(parse(&name, bytes)?),
        Part::Procedure(id) => {
            let procedure: Box<model::procedure::Procedure> = parse(&name, bytes)?;
            if procedure.id != *id {
                return Err(refused(&format!("{name} holds another procedure")));
            }
            Content::Procedure(procedure)
        }
        Part::ReusePacks => Content::ReusePacks(parse(&name, bytes)?),
    })
}

/// Writes a file that is checked whenever it is read. It has its name when its bytes are on the disk; the name is for good when the folder
/// was synced, for all of them together.
async fn put(disk: Disk, path: PathBuf, bytes: Bytes) -> Result<(), Fault> {
    let written = tokio::task::spawn_blocking(move || {
        let next = path.with_extension("new");
        let file = disk.create(&next)?;
        let put = file.write_all_at(&bytes, 0).and_then(|()| file.sync_all());
        let put = put.and_then(|()| disk.rename(&next, &path));
        if put.is_err() {
            let _ = disk.remove(&next);
        }
        put
    });
    let written = written.await.map_err(|error| refused(&error.to_string()))?;
    written.map_err(|error| refused(&error.to_string()))
}

fn expires(repository: &Repository) -> Timestamp {
    let dates = [
        repository.root().signed.expires,
        repository.timestamp().signed.expires,
        repository.snapshot().signed.expires,
        repository.targets().signed.expires,
    ];
    dates.into_iter().min().unwrap_or(Timestamp::MIN)
}

fn parse<T: DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(bytes).map_err(|error| refused(&format!("{name}: {error}")))
}

fn limits() -> Limits {
    Limits {
        max_root_size: METADATA_MAX_BYTES,
        max_targets_size: METADATA_MAX_BYTES,
        max_timestamp_size: METADATA_MAX_BYTES,
        max_snapshot_size: METADATA_MAX_BYTES,
        max_root_updates: 1024,
    }
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(from)?;
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)?.flatten() {
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// The framework refuses everything for good once it has seen a later time than now. A clock that was wrong for a moment must
/// not keep a node from its directory; numbers that only rise and expiry are what protects it.
fn forget_the_time(seen: &Path) {
    let _ = fs::remove_file(seen.join("latest_known_time.json"));
}

fn refused(why: &str) -> Fault {
    Fault::DirectoryRefused { why: why.to_owned() }
}

/// An error with its sources: the framework tells the reason in the innermost.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = inner.source();
    }
    text
}

/// The hub's files as the framework asks for them, remembering the metadata so that they can be kept as they came.
#[derive(Clone)]
struct Via {
    source: Arc<dyn Source>,
    metadata: Arc<Mutex<BTreeMap<String, Bytes>>>,
}

impl fmt::Debug for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Via")
    }
}

#[async_trait]
impl Transport for Via {
    async fn fetch(&self, url: Url) -> Result<TransportStream, TransportError> {
        let path = url.path().trim_start_matches('/').to_owned();
        match self.source.get(&path).await {
            Ok(Some(bytes)) => {
                if let Some(name) = path.strip_prefix("metadata/") {
                    self.metadata
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .insert(name.to_owned(), bytes.clone());
                }
                Ok(Box::pin(stream::iter([Ok(bytes)])))
            }
            Ok(None) => Err(TransportError::new(TransportErrorKind::FileNotFound, path)),
            Err(why) => Err(TransportError::new_with_cause(TransportErrorKind::Other, path, why)),
        }
    }
}
