//! Signing in by OpenID Connect: the authorization code flow with PKCE (OpenID Connect Core 1.0, RFC 7636, RFC 9207), as a relying party
//! at one or several providers. A provider says who somebody is, and how surely it knows; what they may do is not its to say.

mod claims;
mod level;
mod once;
mod token;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use bytes::Bytes;
use http::Request;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http_body_util::Full;
use jiff::{SignedDuration, Timestamp};
use model::fault::{Fault, Words};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::Url;

pub use self::claims::Claims;
pub use self::level::{Demand, HIGHEST, Levels};
use self::once::Once;
use self::token::{Bad, Expected, Keys, LEEWAY, LOGOUT_LIFE};
use crate::signer::random;
use crate::web::{Client, client, fetch};
use crate::{texts, tls};

/// Longest wait for a provider.
const PATIENCE: Duration = Duration::from_secs(10);
/// Largest answer of a provider.
const ANSWER_MAX_BYTES: usize = 1024 * 1024;
/// How long what a provider says of itself is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// How soon it is asked again because a token names a key that it had not: anybody can make such a token.
const ASKED_AGAIN: SignedDuration = SignedDuration::from_secs(10);
/// How long somebody may take to come back from a provider.
pub const AWAY: SignedDuration = SignedDuration::from_mins(10);
/// What the cookies of those who are on their way begin with. The prefix makes browsers keep them to this host, over TLS only.
pub const STATE_COOKIE: &str = "__Host-lienthong-errand";

/// What a relying party is at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The provider's issuer, `https://…`, letter for letter as it calls itself.
    pub issuer: String,
    /// What the party is called there.
    pub client_id: String,
    /// File with the party's secret there, from the state folder.
    pub secret_file: PathBuf,
    /// File with the certificates, as PEM, of the authorities that the provider's own may come from.
    pub authority: PathBuf,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// Claims that are needed: from the ID token, else from the provider's userinfo endpoint, if it has one.
    pub claims: Vec<String>,
}

impl Registration {
    /// What cannot be right, at this place of the settings.
    #[must_use]
    pub fn mistakes(&self, at: &str) -> Vec<Words> {
        let mut mistakes = Vec::new();
        if Url::parse(&self.issuer).map_or(true, |url| url.scheme() != "https" || url.query().is_some()) {
            mistakes.push(texts::issuer_form(at));
        }
        if self.client_id.trim().is_empty() {
            mistakes.push(texts::client_id_missing(at));
        }
        mistakes
    }
}

/// A provider that people are sent to.
pub struct Provider {
    own: Registration,
    secret: String,
    client: Client<Full<Bytes>>,
    known: Mutex<Option<Known>>,
    /// Errands that were finished, and logouts that were told.
    done: Once,
}

/// What a provider says of itself.
#[derive(Clone)]
struct Known {
    about: About,
    keys: Keys,
    asked: Timestamp,
}

#[derive(Debug, Clone, Deserialize)]
struct About {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    #[serde(default)]
    userinfo_endpoint: Option<Url>,
    #[serde(default)]
    end_session_endpoint: Option<Url>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// What a browser must bring back from a provider: the caller seals it into a cookie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationState {
    issuer: String,
    state: String,
    nonce: String,
    verifier: String,
    /// Where to go afterwards.
    pub next: String,
    until: Timestamp,
}

/// What comes back in the address.
#[derive(Debug, Clone, Default)]
pub struct Returned {
    /// What the provider made out.
    pub code: Option<String>,
    /// What it was given.
    pub state: Option<String>,
    /// Why not.
    pub error: Option<String>,
    /// Who it is (RFC 9207).
    pub iss: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Tokens {
    id_token: String,
    #[serde(default)]
    access_token: Option<String>,
}

/// Who somebody is, by a provider's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The provider.
    pub issuer: String,
    /// Their name there.
    pub subject: String,
    /// When they signed in there, if it says so.
    pub signed_in: Option<Timestamp>,
    /// What else it says.
    pub claims: Claims,
}

impl Proven {
    /// How they signed in there, in the provider's word.
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.claims.text("acr")
    }

    /// The session that they have there.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.claims.text("sid")
    }
}

/// Who has signed out at a provider: a person in all their sessions, or in one. One of the two is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedOut {
    /// Their name there.
    pub subject: Option<String>,
    /// The session that they had there.
    pub session: Option<String>,
}

/// The cookie of an authorization that goes by `state`: each has its own, so that two tabs may be on their way at once.
#[must_use]
pub fn state_cookie(state: &str) -> String {
    let short: String = state.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    format!("{STATE_COOKIE}-{short}")
}

impl AuthorizationState {
    /// The cookie that carries it.
    #[must_use]
    pub fn cookie(&self) -> String {
        state_cookie(&self.state)
    }
}

impl Provider {
    /// The provider of a registration; files are taken from `folder`.
    ///
    /// # Errors
    /// [`Fault::FileFailed`].
    pub fn open(own: Registration, folder: &Path) -> Result<Self, Fault> {
        let failed = |path: &Path, why: Words| Fault::FileFailed { path: path.display().to_string(), why };
        let path = folder.join(&own.secret_file);
        let secret = std::fs::read_to_string(&path).map_err(|error| failed(&path, Words::quoted(error)))?;
        let path = folder.join(&own.authority);
        let bad = |error: pem::Error| failed(&path, Words::quoted(error));
        let anchors = CertificateDer::pem_file_iter(&path).map_err(bad)?;
        let anchors: Vec<_> = anchors.collect::<Result<_, _>>().map_err(bad)?;
        if anchors.is_empty() {
            return Err(failed(&path, texts::no_certificate_in_file()));
        }
        let tls = tls::web_client(&anchors).map_err(|error| failed(&path, Words::quoted(error)))?;
        let secret = secret.trim().to_owned();
        Ok(Self { own, secret, client: client(tls), known: Mutex::default(), done: Once::default() })
    }

    /// Its issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.own.issuer
    }

    /// Where to send somebody, and what their browser keeps until they come back to `back`. They should sign in by one of these ways, best
    /// first, and not longer ago than `max_age`; whether they have is for [`Demand`] to judge by what comes back.
    ///
    /// # Errors
    /// [`Fault::ProviderFailed`].
    pub async fn send_off(
        &self,
        back: &Url,
        next: &str,
        acr_values: &[String],
        max_age: Option<SignedDuration>,
        now: Timestamp,
    ) -> Result<(Url, AuthorizationState), Fault> {
        let about = self.known(now, false).await?.about;
        let errand = AuthorizationState {
            issuer: self.own.issuer.clone(),
            state: secret(),
            nonce: secret(),
            verifier: secret(),
            next: next.to_owned(),
            until: now + AWAY,
        };
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(crate::sha256(errand.verifier.as_bytes()));
        let scopes = ["openid".to_owned()].into_iter().chain(self.own.scopes.clone());
        let mut address = about.authorization_endpoint;
        address
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.own.client_id)
            .append_pair("redirect_uri", back.as_str())
            .append_pair("scope", &scopes.collect::<Vec<_>>().join(" "))
            .append_pair("state", &errand.state)
            .append_pair("nonce", &errand.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if !acr_values.is_empty() {
            address.query_pairs_mut().append_pair("acr_values", &acr_values.join(" "));
        }
        if let Some(age) = max_age {
            address.query_pairs_mut().append_pair("max_age", &age.as_secs().to_string());
        }
        Ok((address, errand))
    }

    /// Who came back.
    ///
    /// # Errors
    /// [`Fault::SignInRefused`] if anything of it is not as it was sent off; [`Fault::ProviderFailed`].
    pub async fn welcome_back(
        &self,
        errand: &AuthorizationState,
        returned: &Returned,
        back: &Url,
        now: Timestamp,
    ) -> Result<Proven, Fault> {
        if errand.until < now {
            return Err(refused(texts::sign_in_too_long()));
        }
        if returned.state.as_deref() != Some(errand.state.as_str()) {
            return Err(refused(texts::state_differs()));
        }
        if errand.issuer != self.own.issuer
            || returned.iss.as_ref().is_some_and(|issuer| *issuer != self.own.issuer)
        {
            return Err(refused(texts::issuer_differs()));
        }
        if let Some(error) = &returned.error {
            let error: String = error.chars().filter(|c| c.is_ascii_graphic()).take(60).collect();
            return Err(refused(texts::provider_answered(&error)));
        }
        let code = returned.code.as_deref().ok_or_else(|| refused(texts::code_missing()))?;
        let about = self.known(now, false).await?.about;
        if about.authorization_response_iss_parameter_supported && returned.iss.is_none() {
            return Err(refused(texts::issuer_differs()));
        }
        // What a provider gives out for one code twice is taken once.
        if !self.done.take(&errand.state, errand.until, now) {
            return Err(refused(texts::code_not_accepted()));
        }
        let tokens = self.redeem(&about, code, errand, back).await?;
        let mut claims = self
            .read(now, |keys, expected| token::identity(&tokens.id_token, keys, expected, &errand.nonce))
            .await?;
        let lacking = self.own.claims.iter().any(|name| claims.value(name).is_none());
        if let (true, Some(place), Some(access)) = (lacking, &about.userinfo_endpoint, &tokens.access_token) {
            let more: Claims = self.get(place.as_str(), Some(access)).await?;
            // It may be another's (OpenID Connect Core, section 5.3.2).
            if more.text("sub") != claims.text("sub") {
                return Err(refused(texts::token_for_another()));
            }
            claims.add(more, &self.own.claims);
        }
        let signed_in = claims.moment("auth_time").unwrap_or_default();
        let subject = claims.text("sub").unwrap_or_default().to_owned();
        Ok(Proven { issuer: self.own.issuer.clone(), subject, signed_in, claims })
    }

    /// What a code is good for.
    async fn redeem(
        &self,
        about: &About,
        code: &str,
        errand: &AuthorizationState,
        back: &Url,
    ) -> Result<Tokens, Fault> {
        let request = self.redemption(about, code, errand, back)?;
        let answer = fetch(&self.client, request, PATIENCE, ANSWER_MAX_BYTES).await.map_err(failed)?;
        if answer.status().is_client_error() {
            return Err(refused(texts::code_not_accepted()));
        }
        serde_json::from_slice(answer.body()).map_err(|_| failed("its answer holds no id_token".into()))
    }

    /// The question for that.
    fn redemption(
        &self,
        about: &About,
        code: &str,
        errand: &AuthorizationState,
        back: &Url,
    ) -> Result<Request<Full<Bytes>>, Fault> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", back.as_str())
            .append_pair("code_verifier", &errand.verifier);
        let request = Request::post(about.token_endpoint.as_str())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json");
        // Without a word of it, a provider takes the secret in the header (OpenID Connect Discovery 1.0, section 3).
        let ways = about.token_endpoint_auth_methods_supported.as_deref();
        let takes = |way: &str| ways.is_some_and(|ways| ways.iter().any(|other| other == way));
        let request = if !takes("client_secret_basic") && takes("client_secret_post") {
            form.append_pair("client_id", &self.own.client_id).append_pair("client_secret", &self.secret);
            request
        } else {
            let encoded =
                |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let basic = format!("{}:{}", encoded(&self.own.client_id), encoded(&self.secret));
            request.header(AUTHORIZATION, format!("Basic {}", BASE64_STANDARD.encode(basic)))
        };
        let request = request.body(Full::new(Bytes::from(form.finish())));
        request.map_err(|error| failed(error.to_string()))
    }

    /// Who a provider tells to have signed out there, by a token that it posts here (OpenID Connect Back-Channel Logout 1.0). The same
    /// token counts once.
    ///
    /// # Errors
    /// [`Fault::SignInRefused`] if it is not the provider's, for this party, and of now; [`Fault::ProviderFailed`].
    pub async fn logged_out(&self, token: &str, now: Timestamp) -> Result<LoggedOut, Fault> {
        let claims = self.read(now, |keys, expected| token::logout(token, keys, expected)).await?;
        let id = claims.text("jti").unwrap_or_default();
        if !self.done.take(&format!("logout {id}"), now + LOGOUT_LIFE + LEEWAY + LEEWAY, now) {
            return Err(refused(texts::token_not_valid()));
        }
        let text = |name| claims.text(name).map(str::to_owned);
        Ok(LoggedOut { subject: text("sub"), session: text("sid") })
    }

    /// Where somebody who signs out here may be sent to sign out there, too; none if the provider has no such place.
    ///
    /// # Errors
    /// [`Fault::ProviderFailed`].
    pub async fn sign_out(&self, back: &Url, now: Timestamp) -> Result<Option<Url>, Fault> {
        let place = self.known(now, false).await?.about.end_session_endpoint;
        Ok(place.map(|mut place| {
            place
                .query_pairs_mut()
                .append_pair("client_id", &self.own.client_id)
                .append_pair("post_logout_redirect_uri", back.as_str());
            place
        }))
    }

    /// Reads a token by the provider's keys, which it may have changed since it was asked.
    async fn read<T>(
        &self,
        now: Timestamp,
        read: impl Fn(&Keys, &Expected<'_>) -> Result<T, Bad>,
    ) -> Result<T, Fault> {
        let expected = Expected { issuer: &self.own.issuer, client_id: &self.own.client_id, now };
        let told = |bad| match bad {
            Bad::NoKey => refused(texts::key_not_there()),
            Bad::Because(why) => refused(why),
        };
        match read(&self.known(now, false).await?.keys, &expected) {
            Err(Bad::NoKey) => read(&self.known(now, true).await?.keys, &expected).map_err(told),
            other => other.map_err(told),
        }
    }

    /// What the provider says of itself, asked anew when it is old or when its keys may have changed.
    async fn known(&self, now: Timestamp, anew: bool) -> Result<Known, Fault> {
        let kept = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let fresh = if anew { ASKED_AGAIN } else { KEPT };
        // A clock that was set back makes nothing last longer.
        if let Some(known) = kept.filter(|known| (known.asked..known.asked + fresh).contains(&now)) {
            return Ok(known);
        }
        let place = format!("{}/.well-known/openid-configuration", self.own.issuer.trim_end_matches('/'));
        let about: About = self.get(&place, None).await?;
        if about.issuer != self.own.issuer {
            return Err(failed(format!("it calls itself {}", about.issuer)));
        }
        let ends = [&about.authorization_endpoint, &about.token_endpoint, &about.jwks_uri];
        for url in ends.into_iter().chain(&about.userinfo_endpoint).chain(&about.end_session_endpoint) {
            if url.scheme() != "https" {
                return Err(failed(format!("{url} is not https")));
            }
        }
        let keys = self.bytes(about.jwks_uri.as_str(), None).await?;
        let keys = Keys::read(&keys).map_err(|error| failed(format!("{}: {error}", about.jwks_uri)))?;
        let known = Known { about, keys, asked: now };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
        Ok(known)
    }

    async fn get<T: DeserializeOwned>(&self, url: &str, access: Option<&str>) -> Result<T, Fault> {
        let bytes = self.bytes(url, access).await?;
        serde_json::from_slice(&bytes).map_err(|error| failed(format!("{url}: {error}")))
    }

    async fn bytes(&self, url: &str, access: Option<&str>) -> Result<Bytes, Fault> {
        let mut request = Request::get(url).header(ACCEPT, "application/json");
        if let Some(access) = access {
            request = request.header(AUTHORIZATION, format!("Bearer {access}"));
        }
        let request = request.body(Full::default()).map_err(|error| failed(error.to_string()))?;
        let answer = fetch(&self.client, request, PATIENCE, ANSWER_MAX_BYTES).await.map_err(failed)?;
        if !answer.status().is_success() {
            return Err(failed(format!("{url}: {}", answer.status())));
        }
        Ok(answer.into_body())
    }
}

/// 32 random bytes, in 43 characters.
fn secret() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random::<32>())
}

fn refused(why: Words) -> Fault {
    Fault::SignInRefused { why }
}

fn failed(why: String) -> Fault {
    Fault::ProviderFailed { why }
}

#[cfg(test)]
mod tests;
