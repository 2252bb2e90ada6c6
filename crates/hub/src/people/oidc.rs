//! Signing in by OpenID Connect: the authorization code flow with PKCE (OpenID Connect Core 1.0, RFC 7636), at one provider. The
//! provider says who somebody is; what they may do stands in their account, which names them by `subject`.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use model::fault::{Fault, Words};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use trust::tls;
use trust::web::{Client, client, fetch};
use url::Url;

use crate::secret::random;
use crate::texts;

/// Algorithms that an ID token may be signed with. None that a shared secret verifies.
const ALGORITHMS: [Algorithm; 8] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::EdDSA,
];
/// Longest wait for the provider.
const PATIENCE: Duration = Duration::from_secs(10);
/// Largest answer of the provider.
const ANSWER_MAX_BYTES: usize = 1024 * 1024;
/// How long what the provider says of itself is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// How long somebody may take to come back from the provider.
pub(crate) const AWAY: SignedDuration = SignedDuration::from_mins(10);
/// How far the clocks may be apart.
const LEEWAY_SECONDS: u64 = 60;

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
        let mut mistakes = Vec::new();
        if Url::parse(&self.issuer).map_or(true, |url| url.scheme() != "https" || url.query().is_some()) {
            mistakes.push(texts::issuer_form());
        }
        if self.client_id.trim().is_empty() {
            mistakes.push(texts::client_id_missing());
        }
        mistakes
    }
}

/// The provider that people are sent to.
pub(crate) struct Provider {
    settings: OidcSettings,
    secret: String,
    client: Client<Full<Bytes>>,
    known: Mutex<Option<Known>>,
}

/// What a provider says of itself.
#[derive(Clone)]
struct Known {
    about: About,
    keys: JwkSet,
    until: Timestamp,
}

#[derive(Debug, Clone, Deserialize)]
struct About {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
}

/// What a browser must bring back from the provider: sealed, in a cookie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AuthorizationState {
    state: String,
    nonce: String,
    verifier: String,
    /// Where to go afterwards.
    pub(crate) next: String,
    until: Timestamp,
}

/// What comes back in the address.
#[derive(Debug, Clone, Default)]
pub(crate) struct Returned {
    /// What the provider made out.
    pub(crate) code: Option<String>,
    /// What it was given.
    pub(crate) state: Option<String>,
    /// Why not.
    pub(crate) error: Option<String>,
    /// Who it is (RFC 9207).
    pub(crate) iss: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Tokens {
    id_token: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Claims {
    sub: String,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    azp: Option<String>,
    #[serde(default)]
    acr: Option<String>,
}

/// Who somebody is, by the provider's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proven {
    /// Their name there.
    pub(crate) subject: String,
    /// Whether the way of signing in was as strong as the settings ask.
    pub(crate) strong: bool,
}

/// The cookie of an authorization that goes by `state`: each has its own, so that two tabs may be on their way at once.
pub(crate) fn state_cookie(state: &str) -> String {
    let short: String = state.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    format!("{STATE_COOKIE}-{short}")
}

/// What these cookies begin with. The prefix makes browsers keep them to this host, over TLS only.
pub(crate) const STATE_COOKIE: &str = "__Host-lienthong-errand";

impl AuthorizationState {
    /// The cookie that carries it.
    pub(crate) fn cookie(&self) -> String {
        state_cookie(&self.state)
    }
}

impl Provider {
    /// The provider in the settings; files are taken from `folder`.
    ///
    /// # Errors
    /// [`Fault::FileFailed`], [`Fault::BadSettings`].
    pub(crate) fn open(settings: &OidcSettings, folder: &Path) -> Result<Self, Fault> {
        let secret_path = folder.join(&settings.secret_file);
        let failed = |path: &Path, why: Words| Fault::FileFailed { path: path.display().to_string(), why };
        let secret = std::fs::read_to_string(&secret_path)
            .map_err(|error| failed(&secret_path, Words::quoted(error)))?;
        let path = folder.join(&settings.authority);
        let bad = |error: pem::Error| failed(&path, Words::quoted(error));
        let anchors = CertificateDer::pem_file_iter(&path).map_err(bad)?;
        let anchors: Vec<_> = anchors.collect::<Result<_, _>>().map_err(bad)?;
        if anchors.is_empty() {
            return Err(failed(&path, texts::no_certificate_in_file()));
        }
        let tls = tls::web_client(&anchors).map_err(|error| failed(&path, Words::quoted(error)))?;
        Ok(Self {
            settings: settings.clone(),
            secret: secret.trim().to_owned(),
            client: client(tls),
            known: Mutex::default(),
        })
    }

    /// Where to send somebody, and what their browser keeps until they come back.
    ///
    /// # Errors
    /// [`Fault::ProviderFailed`].
    pub(crate) async fn send_off(
        &self,
        back: &Url,
        next: &str,
        now: Timestamp,
    ) -> Result<(Url, AuthorizationState), Fault> {
        let about = self.known(now, false).await?.about;
        let authorization = AuthorizationState {
            state: random(),
            nonce: random(),
            verifier: random(),
            next: next.to_owned(),
            until: now + AWAY,
        };
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&authorization.verifier));
        let mut address = about.authorization_endpoint;
        address
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", back.as_str())
            .append_pair("scope", "openid")
            .append_pair("state", &authorization.state)
            .append_pair("nonce", &authorization.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if let Some(acr) = &self.settings.acr {
            address.query_pairs_mut().append_pair("acr_values", acr);
        }
        Ok((address, authorization))
    }

    /// Who came back.
    ///
    /// # Errors
    /// [`Fault::SignInRefused`] if anything of it is not as it was sent off; [`Fault::ProviderFailed`].
    pub(crate) async fn welcome_back(
        &self,
        authorization: &AuthorizationState,
        returned: &Returned,
        back: &Url,
        now: Timestamp,
    ) -> Result<Proven, Fault> {
        if authorization.until < now {
            return Err(refused(texts::sign_in_too_long()));
        }
        if returned.state.as_deref() != Some(authorization.state.as_str()) {
            return Err(refused(texts::state_differs()));
        }
        if returned.iss.as_ref().is_some_and(|issuer| *issuer != self.settings.issuer) {
            return Err(refused(texts::issuer_differs()));
        }
        if let Some(error) = &returned.error {
            let error: String = error.chars().filter(|c| c.is_ascii_graphic()).take(60).collect();
            return Err(refused(texts::provider_answered(&error)));
        }
        let code = returned.code.as_deref().ok_or_else(|| refused(texts::code_missing()))?;
        let about = self.known(now, false).await?.about;
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", back.as_str())
            .append_pair("code_verifier", &authorization.verifier)
            .finish();
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let basic = format!("{}:{}", encoded(&self.settings.client_id), encoded(&self.secret));
        let request = Request::post(about.token_endpoint.as_str())
            .header(AUTHORIZATION, format!("Basic {}", BASE64_STANDARD.encode(basic)))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(Full::new(Bytes::from(form)))
            .map_err(|error| failed(error.to_string()))?;
        let answer = fetch(&self.client, request, PATIENCE, ANSWER_MAX_BYTES).await.map_err(failed)?;
        if answer.status().is_client_error() {
            return Err(refused(texts::code_not_accepted()));
        }
        let tokens: Tokens = serde_json::from_slice(answer.body())
            .map_err(|_| failed("its answer holds no id_token".into()))?;
        let claims = self.read(&tokens.id_token, now).await?;
        if claims.nonce.as_deref() != Some(authorization.nonce.as_str()) {
            return Err(refused(texts::nonce_differs()));
        }
        if claims.azp.as_ref().is_some_and(|party| *party != self.settings.client_id) {
            return Err(refused(texts::token_for_another()));
        }
        let strong = self.settings.acr.as_ref().is_some_and(|acr| claims.acr.as_ref() == Some(acr));
        if self.settings.acr.is_some() && !strong {
            return Err(refused(texts::sign_in_weak()));
        }
        Ok(Proven { subject: claims.sub, strong })
    }

    /// The claims of a token that is the provider's, for the hub, and of now.
    async fn read(&self, token: &str, now: Timestamp) -> Result<Claims, Fault> {
        let bad = |_| refused(texts::token_not_valid());
        let header = jsonwebtoken::decode_header(token).map_err(bad)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(refused(texts::algorithm_not_accepted()));
        }
        let find = |keys: &JwkSet| match &header.kid {
            Some(kid) => keys.find(kid).cloned(),
            None if keys.keys.len() == 1 => keys.keys.first().cloned(),
            None => None,
        };
        let mut key = find(&self.known(now, false).await?.keys);
        if key.is_none() {
            // The provider may have changed its keys.
            key = find(&self.known(now, true).await?.keys);
        }
        let key = key.ok_or_else(|| refused(texts::key_not_there()))?;
        let key = DecodingKey::from_jwk(&key).map_err(bad)?;
        let checks = checks(header.alg, &self.settings);
        Ok(jsonwebtoken::decode::<Claims>(token, &key, &checks).map_err(bad)?.claims)
    }

    /// What the provider says of itself, asked anew when it is old or when its keys may have changed.
    async fn known(&self, now: Timestamp, anew: bool) -> Result<Known, Fault> {
        let kept = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = kept.filter(|known| !anew && known.until > now) {
            return Ok(known);
        }
        let place =
            format!("{}/.well-known/openid-configuration", self.settings.issuer.trim_end_matches('/'));
        let about: About = self.get(&place).await?;
        if about.issuer != self.settings.issuer {
            return Err(failed(format!("it calls itself {}", about.issuer)));
        }
        for url in [&about.authorization_endpoint, &about.token_endpoint, &about.jwks_uri] {
            if url.scheme() != "https" {
                return Err(failed(format!("{url} is not https")));
            }
        }
        let keys: JwkSet = self.get(about.jwks_uri.as_str()).await?;
        let known = Known { about, keys, until: now + KEPT };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
        Ok(known)
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, url: &str) -> Result<T, Fault> {
        let request = Request::get(url).header(ACCEPT, "application/json").body(Full::default());
        let request = request.map_err(|error| failed(error.to_string()))?;
        let answer = fetch(&self.client, request, PATIENCE, ANSWER_MAX_BYTES).await.map_err(failed)?;
        if !answer.status().is_success() {
            return Err(failed(format!("{url}: {}", answer.status())));
        }
        serde_json::from_slice(answer.body()).map_err(|error| failed(format!("{url}: {error}")))
    }
}

/// What must hold of an ID token beside its signature: whose it is, for whom, and when, [`LEEWAY_SECONDS`] either way.
fn checks(algorithm: Algorithm, settings: &OidcSettings) -> Validation {
    let mut checks = Validation::new(algorithm);
    checks.leeway = LEEWAY_SECONDS;
    checks.validate_nbf = true;
    checks.set_issuer(&[&settings.issuer]);
    checks.set_audience(&[&settings.client_id]);
    checks.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    checks
}

fn refused(why: Words) -> Fault {
    Fault::SignInRefused { why }
}

fn failed(why: String) -> Fault {
    Fault::ProviderFailed { why }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{EncodingKey, Header};
    use serde_json::json;

    use super::*;

    fn settings(issuer: &str, client_id: &str) -> OidcSettings {
        OidcSettings {
            issuer: issuer.into(),
            client_id: client_id.into(),
            secret_file: "a".into(),
            authority: "b".into(),
            acr: None,
        }
    }

    #[test]
    fn a_token_holds_in_its_time_a_minute_either_way() {
        // The times are what is looked at here; the algorithm is none that would be taken.
        let (settings, secret) = (settings("https://id.example", "hub"), b"secret");
        let now = crate::clock::now().as_second();
        let holds = |begins: i64, ends: i64| {
            let claims = json!({ "iss": "https://id.example", "aud": "hub", "sub": "an", "nbf": now + begins, "exp": now + ends });
            let key = EncodingKey::from_secret(secret);
            let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap();
            let key = DecodingKey::from_secret(secret);
            jsonwebtoken::decode::<Claims>(&token, &key, &checks(Algorithm::HS256, &settings)).is_ok()
        };
        assert!(holds(0, 300) && holds(50, 300) && holds(-300, -50));
        assert!(!holds(90, 300) && !holds(-300, -90));
    }

    #[test]
    fn settings_are_https_and_named() {
        assert!(settings("https://id.example/realm", "hub").mistakes().is_empty());
        assert_eq!(settings("http://id.example", " ").mistakes().len(), 2);
        assert_eq!(settings("id.example", "hub").mistakes().len(), 1);
    }
}
