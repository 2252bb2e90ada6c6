//! What the hub shows on connections: its own certificate, renewed by itself from its authority. Nodes and officers trust the authority,
//! so nobody has to be told. A certificate of another's, put there by somebody, is left alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use model::fault::{Fault, Words};
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use trust::certificate::{self, Authority};
use trust::file;
use trust::tls::{self, Identity};

/// The hub's face, which may change while it runs.
pub(crate) struct Face {
    folder: PathBuf,
    /// By which nodes and officers call it.
    host: String,
    web: ArcSwap<Web>,
}

/// A certificate in use.
pub(crate) struct Web {
    pub(crate) server: Arc<ServerConfig>,
    certificate: CertificateDer<'static>,
    from: Timestamp,
    pub(crate) ends: Timestamp,
}

impl Face {
    /// Opens `tls.key` and `tls.der` in `folder`, and makes others if they are near their end, for another host, or do not fit because
    /// a renewal broke off.
    ///
    /// # Errors
    /// [`Fault::FileFailed`], [`Fault::BadSettings`].
    pub(crate) fn open(
        folder: &Path,
        host: String,
        authority: &Authority,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let (folder, path) = (folder.to_owned(), folder.join("tls.der"));
        let certificate = CertificateDer::from(fs::read(&path).map_err(|error| file_failed(&path, &error))?);
        let names = certificate::names(&certificate).unwrap_or_default();
        let own = authority.issued(&certificate);
        let web = match load(&folder, authority) {
            Err(_) if own => renew(&folder, &host, &names, authority, now)?,
            Ok(_) if own && !names.contains(&host) => renew(&folder, &host, &names, authority, now)?,
            loaded => loaded?,
        };
        let face = Self { folder, host, web: ArcSwap::from_pointee(web) };
        face.renew_if_due(authority, now)?;
        Ok(face)
    }

    /// What it shows now.
    pub(crate) fn now(&self) -> Arc<Web> {
        self.web.load_full()
    }

    /// When what it shows begins and ends.
    pub(crate) fn span(&self) -> (Timestamp, Timestamp) {
        let web = self.web.load();
        (web.from, web.ends)
    }

    /// Makes another when two thirds of its time are over, if the hub's own authority issued it. Connections that are there go on.
    ///
    /// # Errors
    /// [`Fault::FileFailed`]; what was shown is shown on then.
    pub(crate) fn renew_if_due(&self, authority: &Authority, now: Timestamp) -> Result<(), Fault> {
        let web = self.web.load_full();
        let due = web.from + web.ends.duration_since(web.from) * 2 / 3;
        // What the authority issues ends with the authority: then there is nothing to win.
        let longer = authority.ends().is_ok_and(|ends| ends > web.ends);
        if now < due || !longer || !authority.issued(&web.certificate) {
            return Ok(());
        }
        let names = certificate::names(&web.certificate).unwrap_or_default();
        let web = renew(&self.folder, &self.host, &names, authority, now)?;
        tracing::info!(until = %web.ends, "the hub has renewed its own certificate");
        self.web.store(Arc::new(web));
        Ok(())
    }
}

fn load(folder: &Path, authority: &Authority) -> Result<Web, Fault> {
    let (key_path, path) = (folder.join("tls.key"), folder.join("tls.der"));
    let certificate = CertificateDer::from(fs::read(&path).map_err(|error| file_failed(&path, &error))?);
    let key = fs::read_to_string(&key_path).map_err(|error| file_failed(&key_path, &error))?;
    let bad = |why| Fault::bad_settings(key_path.display(), why);
    let (from, ends) = certificate::span(&certificate).map_err(|error| bad(error.words()))?;
    let identity = Identity::new(certificate.clone(), &key).map_err(|error| bad(Words::quoted(error)))?;
    let nodes = tls::any_of(std::slice::from_ref(authority.certificate()));
    let nodes = nodes.map_err(|error| bad(Words::quoted(error)))?;
    let server = tls::web_server(identity, Some(nodes)).map_err(|error| bad(Words::quoted(error)))?;
    Ok(Web { server: Arc::new(server), certificate, from, ends })
}

/// Makes key and certificate anew. Broken off between the two files they do not fit, and are made once more at the next start.
fn renew(
    folder: &Path,
    host: &str,
    names: &[String],
    authority: &Authority,
    now: Timestamp,
) -> Result<Web, Fault> {
    let (path, key_path, next) =
        (folder.join("tls.der"), folder.join("tls.key"), folder.join("tls.key.next"));
    let mut names = names.to_vec();
    if !names.iter().any(|name| name == host) {
        names.insert(0, host.to_owned());
    }
    let _ = fs::remove_file(&next);
    let certificate = authority.server(&next, &names, now).map_err(|error| key_failed(&error))?;
    let key = fs::read(&next).map_err(|error| file_failed(&next, &error))?;
    file::replace(&key_path, &key).map_err(|error| file_failed(&key_path, &error))?;
    file::replace(&path, &certificate).map_err(|error| file_failed(&path, &error))?;
    let _ = fs::remove_file(&next);
    load(folder, authority)
}

/// A file of the hub that could not be read or written.
pub(crate) fn file_failed(path: &Path, error: &std::io::Error) -> Fault {
    Fault::FileFailed { path: path.display().to_string(), why: Words::quoted(error) }
}

/// That a key of the hub cannot be used.
pub(crate) fn key_failed(error: &trust::key::KeyError) -> Fault {
    Fault::FileFailed { path: "authority".into(), why: error.words() }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn the_hubs_own_certificate_is_renewed_and_anothers_left_alone() {
        let (folder, foreign) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let day = |days: i64| start + SignedDuration::from_hours(24 * days);
        let authority = Authority::create(folder.path(), "Test authority", start).unwrap();
        let make = |authority: &Authority, host: &str| {
            let _ = fs::remove_file(folder.path().join("tls.key"));
            let names = [host.to_owned()];
            let der = authority.server(&folder.path().join("tls.key"), &names, start).unwrap();
            fs::write(folder.path().join("tls.der"), &der).unwrap();
        };
        let open = |host: &str, now| Face::open(folder.path(), host.to_owned(), &authority, now);
        make(&authority, "127.0.0.1");
        let face = open("127.0.0.1", day(480)).unwrap();
        assert_eq!(face.span().1, day(730), "it is early");
        // While it runs, and at a start.
        face.renew_if_due(&authority, day(487)).unwrap();
        assert_eq!(face.span().1, day(487 + 730));
        assert_eq!(open("127.0.0.1", day(974)).unwrap().span().1, day(974 + 730));
        // It is for the same names, and for another if the hub is called by another.
        let names = |face: &Face| certificate::names(&face.now().certificate).unwrap();
        assert_eq!(names(&open("127.0.0.1", day(974)).unwrap()), ["127.0.0.1"]);
        assert_eq!(names(&open("hub-2.example.vn", day(975)).unwrap()), ["hub-2.example.vn", "127.0.0.1"]);
        // Broken off between key and certificate.
        let der = fs::read(folder.path().join("tls.der")).unwrap();
        make(&authority, "127.0.0.1");
        fs::write(folder.path().join("tls.der"), der).unwrap();
        assert_eq!(open("127.0.0.1", day(980)).unwrap().span().1, day(980 + 730));
        // Near the authority's end it holds as long as that, and is not made again and again.
        let face = open("127.0.0.1", day(3400)).unwrap();
        assert_eq!(face.span().1, authority.ends().unwrap());
        let shown = face.now().certificate.clone();
        face.renew_if_due(&authority, day(3640)).unwrap();
        assert_eq!(face.now().certificate, shown);
        // One of another authority stays, whatever its days are.
        let other = Authority::create(foreign.path(), "Another", start).unwrap();
        make(&other, "10.0.0.1");
        assert_eq!(open("127.0.0.1", day(800)).unwrap().span().1, day(730));
        fs::remove_file(folder.path().join("tls.key")).unwrap();
        assert!(open("127.0.0.1", day(1)).is_err());
    }
}
