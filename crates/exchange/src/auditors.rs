//! Who may look exchanges up in the node's ledger: people of its own agency, by tokens. Nobody, if the settings name nobody.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use http::header::{AUTHORIZATION, HeaderMap};
use model::fault::Fault;
use sha2::{Digest as _, Sha256};

use crate::headers;
use crate::settings::{AuditorSettings, token_digest};
use crate::texts;

/// Those who may look.
#[derive(Debug, Default)]
pub(crate) struct Auditors {
    known: Vec<(String, Vec<[u8; 32]>)>,
}

impl Auditors {
    /// Those in a node's settings.
    ///
    /// # Errors
    /// [`Fault::BadSettings`].
    pub(crate) fn open(settings: &[AuditorSettings]) -> Result<Self, Fault> {
        let one = |auditor: &AuditorSettings| {
            let bad = || Fault::bad_settings("node.toml", texts::token_form(&auditor.name));
            let digests = auditor.token_sha256.iter().map(|text| token_digest(text).ok_or_else(bad));
            Ok((auditor.name.clone(), digests.collect::<Result<_, _>>()?))
        };
        Ok(Self { known: settings.iter().map(one).collect::<Result<_, Fault>>()? })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Who has shown a token: as a bearer's, or as the password that a browser asks for. The name that stands beside a password is not
    /// looked at: a look-up is noted under that of the settings.
    ///
    /// # Errors
    /// [`Fault::NotAuditor`].
    pub(crate) fn prove(&self, headers: &HeaderMap) -> Result<&str, Fault> {
        let digest = token(headers).map(|token| <[u8; 32]>::from(Sha256::digest(token)));
        // Digests of secrets are compared, so the time it takes tells nothing about the secrets.
        let known = |digest| self.known.iter().find(|(_, tokens)| tokens.contains(&digest));
        digest.and_then(known).map(|(name, _)| name.as_str()).ok_or(Fault::NotAuditor {})
    }
}

/// The token among the headers, if one stands there, and once.
fn token(headers: &HeaderMap) -> Option<String> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    if (all.next().is_some(), all.next().is_some()) != (true, false) {
        return None;
    }
    let (scheme, value) = headers::last(headers, &AUTHORIZATION)?.trim().split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.trim().to_owned());
    }
    let pair = scheme.eq_ignore_ascii_case("basic").then(|| BASE64_STANDARD.decode(value.trim()).ok())??;
    let (_, password) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
    Some(password.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_token_that_is_known_lets_one_look() {
        let digest = trust::hex(&Sha256::digest("bi-mat"));
        let lan = AuditorSettings { name: "Lan".into(), token_sha256: vec![digest] };
        let auditors = Auditors::open(&[lan]).unwrap();
        let prove = |values: &[String]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, value.parse().unwrap());
            }
            auditors.prove(&headers).map(str::to_owned).ok()
        };
        let basic = |pair: &str| format!("Basic {}", BASE64_STANDARD.encode(pair));
        for good in
            ["Bearer bi-mat".to_owned(), "bearer  bi-mat".into(), basic("ai:bi-mat"), basic(":bi-mat")]
        {
            assert_eq!(prove(std::slice::from_ref(&good)).as_deref(), Some("Lan"), "{good}");
        }
        for bad in ["Bearer bi-ma", "Bearer", "bi-mat", "Basic bi-mat", "Digest bi-mat", "", "Bearer "] {
            assert_eq!(prove(&[bad.to_owned()]), None, "{bad}");
        }
        assert_eq!(prove(&[basic("bi-mat:")]), None);
        assert_eq!(prove(&[]), None);
        assert_eq!(prove(&["Bearer bi-mat".into(), "Bearer bi-mat".into()]), None);
        // Nobody may, where nobody is named; a name without a token is nobody's.
        assert!(Auditors::default().is_empty());
        let nobody = Auditors::open(&[AuditorSettings { name: "Lan".into(), token_sha256: vec![] }]).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, "Bearer ".parse().unwrap());
        assert!(nobody.prove(&headers).is_err());
    }
}
