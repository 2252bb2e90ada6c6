//! Signing in by OpenID Connect: `trust::oidc` as the hub uses it, at one provider. What people may do stands in their account, which
//! names them by `subject`.

use std::path::{Path, PathBuf};

use model::fault::{Fault, Words};
use serde::{Deserialize, Serialize};
use trust::oidc::{self, Provider, Registration};

use crate::texts;

/// An identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcSettings {
    /// Its issuer, `https://…`, letter for letter as it calls itself.
    pub issuer: String,
    /// What the hub is called there.
    pub client_id: String,
    /// File with the hub's secret there, from the state folder.
    pub secret_file: PathBuf,
    /// File with the certificates, as PEM, of the authorities that its own may come from.
    pub authority: PathBuf,
    /// What its tokens must say in `acr`: that the way of signing in was strong enough. Without it, whoever needs a one-time code
    /// cannot sign in here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
}

impl OidcSettings {
    /// What cannot be right.
    pub(crate) fn mistakes(&self) -> Vec<Words> {
        self.registration().mistakes("oidc")
    }

    /// The provider; files are taken from `folder`.
    ///
    /// # Errors
    /// [`Fault::FileFailed`].
    pub(crate) fn open(&self, folder: &Path) -> Result<Provider, Fault> {
        Provider::open(self.registration(), folder)
    }

    fn registration(&self) -> Registration {
        Registration {
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            secret_file: self.secret_file.clone(),
            authority: self.authority.clone(),
            scopes: Vec::new(),
            claims: Vec::new(),
        }
    }

    /// Who somebody is, if their way of signing in was as strong as is asked for.
    ///
    /// # Errors
    /// [`Fault::SignInRefused`].
    pub(crate) fn judge(&self, proven: oidc::Proven) -> Result<Proven, Fault> {
        let strong = self.acr.as_deref().is_some_and(|acr| proven.acr() == Some(acr));
        if self.acr.is_some() && !strong {
            return Err(Fault::SignInRefused { why: texts::sign_in_weak() });
        }
        Ok(Proven { subject: proven.subject, strong })
    }
}

/// Who somebody is, by the provider's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proven {
    /// Their name there.
    pub(crate) subject: String,
    /// Whether the way of signing in was as strong as the settings ask.
    pub(crate) strong: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_https_and_named() {
        let mistakes = |issuer: &str, client_id: &str| {
            let (issuer, client_id) = (issuer.to_owned(), client_id.to_owned());
            OidcSettings { issuer, client_id, secret_file: "a".into(), authority: "b".into(), acr: None }
                .mistakes()
        };
        assert!(mistakes("https://id.example/realm", "hub").is_empty());
        let both = mistakes("http://id.example", " ");
        assert!(both.len() == 2 && both.iter().all(|told| told.en().starts_with("oidc.")), "{both:?}");
        assert_eq!(mistakes("id.example", "hub").len(), 1);
    }
}
