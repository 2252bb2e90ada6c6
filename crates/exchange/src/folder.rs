//! A node's state folder: its files, and its copy of the directory as commands beside the node read it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::directory::Directory;
use model::fault::{Fault, Words};
use model::id::{ServiceId, encode_part};
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};
use sha2::{Digest as _, Sha256};
use trust::directory::mirror::Mirror;
use trust::tls::{self, Identity, Pinned};

use crate::clock;
use crate::compiled::CompiledDirectory;

/// The files in a node's state folder.
#[derive(Debug, Clone)]
pub struct StateFolder(pub PathBuf);

impl StateFolder {
    /// `node.toml`: [`crate::settings::NodeSettings`].
    #[must_use]
    pub fn settings(&self) -> PathBuf {
        self.0.join("node.toml")
    }

    /// Key of its TLS certificate.
    #[must_use]
    pub fn tls_key(&self) -> PathBuf {
        self.0.join("tls.key")
    }

    /// The certificate (DER) that other nodes know it by.
    #[must_use]
    pub fn tls_certificate(&self) -> PathBuf {
        self.0.join("tls.der")
    }

    /// Key of the certificate that the edge shows to the agency's systems.
    #[must_use]
    pub fn edge_key(&self) -> PathBuf {
        self.0.join("edge.key")
    }

    /// The certificate that the edge shows (PEM, with its chain). The agency may put its own in its place.
    #[must_use]
    pub fn edge_certificate(&self) -> PathBuf {
        self.0.join("edge.pem")
    }

    /// Key that signs its messages.
    #[must_use]
    pub fn signing_key(&self) -> PathBuf {
        self.0.join("signing.key")
    }

    /// Certificate of that key.
    #[must_use]
    pub fn signing_certificate(&self) -> PathBuf {
        self.0.join("signing.der")
    }

    /// The hub's authority: what its web face is checked by.
    #[must_use]
    pub fn hub_authority(&self) -> PathBuf {
        self.0.join("hub.der")
    }

    /// The root of the directory that came with the invitation.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.0.join("root.json")
    }

    /// The copy of the directory.
    #[must_use]
    pub fn directory(&self) -> PathBuf {
        self.0.join("directory")
    }

    /// The folder of the ledger's segments.
    #[must_use]
    pub fn ledger(&self) -> PathBuf {
        self.0.join("ledger")
    }

    /// The index beside the ledger: derived from it, and made anew when it is gone.
    #[must_use]
    pub fn ledger_index(&self) -> PathBuf {
        self.0.join("ledger-index")
    }

    /// Who looked something up in the ledger, one line each.
    #[must_use]
    pub fn looked(&self) -> PathBuf {
        self.0.join("looked.jsonl")
    }

    /// Where long bodies are while they are here.
    #[must_use]
    pub fn spool(&self) -> PathBuf {
        self.0.join("spool")
    }

    /// Snapshots of sources that are files or APIs.
    #[must_use]
    pub fn snapshots(&self) -> PathBuf {
        self.0.join("snapshots")
    }

    /// What was measured of the quality of datasets.
    #[must_use]
    pub fn quality(&self) -> PathBuf {
        self.0.join("quality")
    }

    /// The report of figures that the hub may have or not.
    #[must_use]
    pub fn usage_sent(&self) -> PathBuf {
        self.0.join("usage-sent.json")
    }

    /// What was counted and not reported when the node ended.
    #[must_use]
    pub fn usage_left(&self) -> PathBuf {
        self.0.join("usage-left.json")
    }

    /// What a dataset of this node is kept in step by.
    #[must_use]
    pub fn streams(&self, service: &ServiceId) -> PathBuf {
        self.0.join("streams").join(encode_part(service.as_str()))
    }

    /// What is remembered of a copy that this node keeps.
    #[must_use]
    pub fn copy(&self, service: &ServiceId, target: &str, table: &str) -> PathBuf {
        // The same table in two databases is two copies.
        let target = hex::encode(Sha256::digest(target));
        let name = format!("{}-{target:.16}", encode_part(table));
        self.0.join("copies").join(encode_part(service.as_str())).join(name)
    }

    /// What belongs to packages that were ordered or made here.
    #[must_use]
    pub fn packages(&self) -> PathBuf {
        self.0.join("packages")
    }

    /// The ledger of exchanges that were carried by hand.
    #[must_use]
    pub fn package_ledger(&self) -> PathBuf {
        self.packages().join("ledger")
    }

    /// The index beside that.
    #[must_use]
    pub fn package_index(&self) -> PathBuf {
        self.packages().join("ledger-index")
    }

    /// The node's copy of the directory, verified anew. The node may be running: its copy stays as it is.
    ///
    /// # Errors
    /// [`Fault::DirectoryMissing`], [`Fault::DirectoryRefused`], [`Fault::FileFailed`].
    pub async fn read_directory(&self) -> Result<Directory, Fault> {
        let root = read(&self.root())?;
        let failed = |error: std::io::Error| file_failed(&self.directory(), &error);
        // A mirror writes beside the copy what it has seen. And what the node says it has seen is left out, since roots found there are
        // taken as verified already.
        let scratch = tempfile::tempdir().map_err(failed)?;
        for part in ["metadata", "targets"] {
            trust::file::copy_folder(&self.directory().join(part), &scratch.path().join(part))
                .map_err(failed)?;
        }
        Mirror::new(scratch.path(), root).open().await
    }

    /// The same, compiled.
    ///
    /// # Errors
    /// As [`Self::read_directory`].
    pub async fn compile_directory(&self) -> Result<CompiledDirectory, Fault> {
        CompiledDirectory::of(self.read_directory().await?, clock::now()).ok_or(Fault::DirectoryMissing {})
    }
}

/// Reads a file, of the folder or one that the settings name.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    fs::read(path).map_err(|error| file_failed(path, &error))
}

/// The first certificate in a PEM file.
pub(crate) fn read_certificate(path: &Path) -> Result<CertificateDer<'static>, Fault> {
    CertificateDer::from_pem_slice(&read(path)?).map_err(|error| bad_pem(path, &error))
}

/// All certificates in a PEM file.
pub(crate) fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let read = CertificateDer::pem_slice_iter(&read(path)?).collect::<Result<_, _>>();
    read.map_err(|error| bad_pem(path, &error))
}

/// A file, of the folder or another, that could not be read or written.
#[must_use]
pub fn file_failed(path: &Path, error: &std::io::Error) -> Fault {
    Fault::FileFailed { path: path.display().to_string(), why: Words::quoted(error) }
}

fn bad_pem(path: &Path, error: &pem::Error) -> Fault {
    Fault::bad_settings(path.display(), Words::quoted(error))
}

pub(crate) fn tls_failed(error: &rustls::Error) -> Fault {
    Fault::bad_settings("tls.key, tls.der", Words::quoted(error))
}

pub(crate) fn key_failed(error: &trust::key::KeyError) -> Fault {
    Fault::bad_settings("tls.key, tls.der, signing.key, signing.der", error.words())
}

/// TLS of the edge: its own certificate, and the systems that may show one.
pub(crate) fn edge_tls(folder: &StateFolder, clients: Arc<Pinned>) -> Result<ServerConfig, Fault> {
    let certificate = folder.edge_certificate();
    let bad = |why| Fault::bad_settings(format_args!("{}, edge.key", certificate.display()), why);
    let chain = read(&certificate)?;
    let key = read(&folder.edge_key())?;
    let identity = Identity::from_pem(&chain, &key).map_err(|error| bad(Words::quoted(error)))?;
    tls::web_server(identity, Some(clients)).map_err(|error| bad(Words::quoted(error)))
}
