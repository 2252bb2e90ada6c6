//! The systems that call through the node, and what proves them: tokens and certificates.

use std::collections::HashMap;

use http::header::HeaderMap;
use jiff::Timestamp;
use model::fault::Fault;
use model::id::SystemId;
use rustls::pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};

use crate::clock;
use crate::folder;
use crate::headers;
use crate::settings::{SystemSettings, token_digest};
use crate::texts;

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Caller {
    /// The certificate shown, if the edge speaks TLS and one was.
    pub(crate) certificate: Option<CertificateDer<'static>>,
    /// When that ends.
    pub(crate) ends: Option<Timestamp>,
}

/// What proves the systems that call through this node.
#[derive(Debug, Default)]
pub(crate) struct Systems {
    by_id: HashMap<SystemId, Credentials>,
}

/// What proves one system.
#[derive(Debug, Default, Clone)]
struct Credentials {
    /// SHA-256 of its tokens.
    tokens: Vec<[u8; 32]>,
    certificates: Vec<CertificateDer<'static>>,
}

impl Systems {
    /// The systems in a node's settings, with the certificates in their files.
    ///
    /// # Errors
    /// [`Fault::BadSettings`], [`Fault::FileFailed`].
    pub(crate) fn open(settings: &[SystemSettings]) -> Result<Self, Fault> {
        let mut by_id: HashMap<SystemId, Credentials> = HashMap::new();
        for system in settings {
            let digest = |text: &String| {
                let bad = || Fault::bad_settings("node.toml", texts::token_form(&system.id));
                token_digest(text).ok_or_else(bad)
            };
            let tokens = system.token_sha256.iter().map(digest).collect::<Result<_, _>>()?;
            let certificates = system.certificates.iter().map(|path| folder::read_certificate(path));
            let certificates = certificates.collect::<Result<_, _>>()?;
            by_id.insert(system.id.clone(), Credentials { tokens, certificates });
        }
        Ok(Self { by_id })
    }

    /// All certificates: the edge's TLS accepts these.
    #[must_use]
    pub(crate) fn certificates(&self) -> Vec<CertificateDer<'static>> {
        self.by_id.values().flat_map(|credentials| credentials.certificates.clone()).collect()
    }

    /// Whether a system calls through this node at all, whatever proves it.
    ///
    /// # Errors
    /// [`Fault::NotProven`].
    pub(crate) fn named(&self, client: &SystemId) -> Result<(), Fault> {
        self.by_id
            .contains_key(client)
            .then_some(())
            .ok_or_else(|| Fault::NotProven { client: client.clone() })
    }

    /// Whether the caller has shown that it is `client`: by its token or by its certificate.
    ///
    /// # Errors
    /// [`Fault::NotProven`].
    pub(crate) fn prove(&self, client: &SystemId, headers: &HeaderMap, caller: &Caller) -> Result<(), Fault> {
        let credentials = self.by_id.get(client);
        let token = headers::last(headers, &headers::TOKEN)
            .map(|token| <[u8; 32]>::from(Sha256::digest(token.trim())));
        // Digests of secrets are compared, so the time it takes tells nothing about the secrets.
        let by_token =
            token.is_some_and(|token| credentials.is_some_and(|known| known.tokens.contains(&token)));
        let by_certificate = caller
            .certificate
            .as_ref()
            .filter(|_| caller.ends.is_none_or(|ends| clock::now() <= ends))
            .is_some_and(|shown| credentials.is_some_and(|known| known.certificates.contains(shown)));
        if by_token || by_certificate { Ok(()) } else { Err(Fault::NotProven { client: client.clone() }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_proves_itself_by_its_own_secret_only() {
        let (a, b): (SystemId, SystemId) = ("VN/LOC/H05/a".parse().unwrap(), "VN/LOC/H05/b".parse().unwrap());
        let credentials = |token: &str| Credentials {
            tokens: vec![Sha256::digest(token).into()],
            certificates: vec![token.as_bytes().to_vec().into()],
        };
        let by_id = [(a.clone(), credentials("secret-a")), (b.clone(), credentials("secret-bb"))].into();
        let systems = Systems { by_id };
        let prove = |client: &SystemId, token: Option<&str>, certificate: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(token) = token {
                headers::set(&mut headers, headers::TOKEN, token);
            }
            systems
                .prove(
                    client,
                    &headers,
                    &Caller {
                        certificate: certificate.map(|text| text.as_bytes().to_vec().into()),
                        ends: None,
                    },
                )
                .is_ok()
        };
        assert!(
            prove(&a, Some("secret-a"), None)
                && prove(&a, None, Some("secret-a"))
                && prove(&b, Some("secret-bb"), Some("x"))
        );
        assert!(
            !prove(&a, Some("secret-bb"), None)
                && !prove(&a, None, Some("secret-bb"))
                && !prove(&a, None, None)
                && !prove(&a, Some(""), None)
        );
        assert!(!prove(&"VN/LOC/H05/c".parse().unwrap(), Some("secret-a"), Some("secret-a")));
    }
}
