//! A play identity provider, so that persons can sign in at the one-stop offices of the demo nation: OpenID Connect as the real one would
//! speak it, but for this: it asks nobody for anything. Whoever opens its page chooses who they are and how surely they are known. It
//! knows fictitious persons only, each page of it says that it is no real one, and it runs beside the agencies' applications of the demo.

mod page;
mod tls;
mod token;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Query, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use jiff::{SignedDuration, Timestamp};
use model::fault::{Fault, Words};
use operate::client::write_private;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use trust::certificate::self_signed;
use trust::key::SigningKey;
use url::Url;

use crate::processes::step;

/// Its file of settings, its key and its certificate, in its folder.
const SETTINGS: &str = "provider.json";
const KEY: &str = "key.pem";
pub(crate) const CERTIFICATE: &str = "certificate.pem";
/// How long a code can be turned in, and a token counts.
const CODE_LIFE: SignedDuration = SignedDuration::from_secs(60);
const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(5);
/// Codes that wait to be turned in.
const CODES_MAX: usize = 1_000;
/// Its words for how surely somebody is known: of a password, of an electronic identity, of one that was checked face to face.
pub(crate) const LEVELS: [(&str, u8); 3] = [("muc-1", 1), ("muc-2", 2), ("muc-3", 3)];
/// The claims that say who somebody is.
pub(crate) const NUMBER: &str = "so_dinh_danh";
pub(crate) const NAME: &str = "ho_ten";
pub(crate) const BORN: &str = "ngay_sinh";

/// What it is set up with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) clients: Vec<Client>,
    pub(crate) people: Vec<Account>,
}

/// A node whose persons sign in here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: String,
    /// Where persons are sent back to.
    pub(crate) back: Url,
}

/// Somebody who can sign in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) number: String,
    pub(crate) name: String,
    pub(crate) born: String,
    /// What they may try, in both languages.
    pub(crate) vi: String,
    pub(crate) en: String,
}

impl Settings {
    /// What it calls itself.
    pub(crate) fn issuer(&self) -> String {
        format!("https://{}", self.listen)
    }

    /// Writes all that it runs by into `folder`.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), Fault> {
        let failed = |why: String| step("provider", &why);
        trust::file::create_private_folder(folder).map_err(|error| failed(error.to_string()))?;
        let names = [self.listen.ip().to_string()];
        let certificate = self_signed(&folder.join(KEY), &names, exchange::clock::now())
            .map_err(|error| failed(error.to_string()))?;
        std::fs::write(folder.join(CERTIFICATE), certificate).map_err(|error| failed(error.to_string()))?;
        write_private(&folder.join(SETTINGS), &serde_json::to_vec_pretty(self).unwrap_or_default())
    }
}

/// The provider as it runs.
struct Provider {
    settings: Settings,
    key: SigningKey,
    codes: Mutex<HashMap<String, Code>>,
}

/// A code that was given out.
struct Code {
    asked: Asked,
    who: Account,
    acr: String,
    at: Timestamp,
}

/// What a node asks, in the address (OpenID Connect Core 1.0, section 3.1.2.1).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Asked {
    client_id: String,
    redirect_uri: String,
    response_type: String,
    scope: String,
    state: String,
    nonce: String,
    code_challenge: String,
    code_challenge_method: String,
    #[serde(default)]
    acr_values: String,
}

/// What somebody chooses.
#[derive(Debug, Deserialize)]
struct Chosen {
    #[serde(flatten)]
    asked: Asked,
    /// Their number.
    who: String,
    acr: String,
}

/// What a node turns in.
#[derive(Debug, Deserialize)]
struct TurnedIn {
    grant_type: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
}

/// Serves what stands in `folder`.
///
/// # Errors
/// [`Fault::DemoStep`], [`Fault::BadSettings`].
pub(crate) async fn serve(folder: &Path) -> Result<(), Fault> {
    let failed = |why: String| Fault::bad_settings(folder.display(), Words::quoted(why));
    let text = std::fs::read(folder.join(SETTINGS)).map_err(|error| failed(error.to_string()))?;
    let settings: Settings = serde_json::from_slice(&text).map_err(|error| failed(error.to_string()))?;
    let listener = tls::Listener::open(settings.listen, &folder.join(CERTIFICATE), &folder.join(KEY)).await?;
    let key = SigningKey::in_memory(trust::signer::random());
    let provider = Arc::new(Provider { settings, key, codes: Mutex::default() });
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(about))
        .route("/jwks", get(keys))
        .route("/authorize", get(ask).post(choose))
        .route("/token", post(redeem))
        .with_state(provider);
    axum::serve(listener, router).await.map_err(|error| failed(error.to_string()))
}

async fn about(State(provider): State<Arc<Provider>>) -> Json<Value> {
    let issuer = provider.settings.issuer();
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "acr_values_supported": LEVELS.map(|(word, _)| word),
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn keys(State(provider): State<Arc<Provider>>) -> Json<Value> {
    Json(json!({ "keys": [token::public(&provider.key)] }))
}

/// The page on which somebody chooses who they are.
async fn ask(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    match provider.check(&asked) {
        Ok(_) => {
            let text = page::choose(&asked, &provider.settings.people, page::language(&headers));
            // It has one form, which is sent to this place; from here the way leads on to the node.
            let own = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")];
            let policy = [(
                CONTENT_SECURITY_POLICY,
                "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            )];
            (own, policy, text).into_response()
        }
        Err(why) => wrong(why),
    }
}

/// They have chosen: back to the node, with a code.
async fn choose(State(provider): State<Arc<Provider>>, body: String) -> Response {
    let Some(chosen) = form::<Chosen>(&body) else { return wrong("form") };
    let mut back = match provider.check(&chosen.asked) {
        Ok(client) => client.back.clone(),
        Err(why) => return wrong(why),
    };
    let who = provider.settings.people.iter().find(|account| account.number == chosen.who).cloned();
    let (Some(who), true) = (who, LEVELS.iter().any(|(word, _)| *word == chosen.acr)) else {
        return wrong("who, acr");
    };
    let code = trust::hex(&trust::signer::random::<32>());
    let now = exchange::clock::now();
    back.query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("state", &chosen.asked.state)
        .append_pair("iss", &provider.settings.issuer());
    let mut codes = provider.codes.lock().unwrap_or_else(PoisonError::into_inner);
    codes.retain(|_, code| now.duration_since(code.at) < CODE_LIFE);
    if codes.len() >= CODES_MAX {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    codes.insert(code, Code { asked: chosen.asked, who, acr: chosen.acr, at: now });
    (StatusCode::SEE_OTHER, [(LOCATION, back.to_string()), (CACHE_CONTROL, "no-store".to_owned())])
        .into_response()
}

/// The node turns a code in for a token that says who it was.
async fn redeem(State(provider): State<Arc<Provider>>, headers: HeaderMap, body: String) -> Response {
    let Some(turned_in) = form::<TurnedIn>(&body) else { return wrong("form") };
    let said = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(client) = provider.client_of(said) else {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client" }))).into_response();
    };
    let code = provider.codes.lock().unwrap_or_else(PoisonError::into_inner).remove(&turned_in.code);
    let now = exchange::clock::now();
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(trust::sha256(turned_in.code_verifier.as_bytes()));
    let counts = |code: &Code| {
        turned_in.grant_type == "authorization_code"
            && code.asked.client_id == client.id
            && code.asked.redirect_uri == turned_in.redirect_uri
            && code.asked.code_challenge == challenge
            && now.duration_since(code.at) < CODE_LIFE
    };
    let Some(code) = code.filter(counts) else {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
    };
    let claims = json!({
        "iss": provider.settings.issuer(), "aud": client.id, "sub": code.who.number, "nonce": code.asked.nonce,
        "iat": now.as_second(), "exp": (now + TOKEN_LIFE).as_second(), "auth_time": code.at.as_second(), "acr": code.acr,
        NUMBER: code.who.number, NAME: code.who.name, BORN: code.who.born,
    });
    let answer = json!({
        "access_token": trust::hex(&trust::signer::random::<32>()), "token_type": "Bearer", "expires_in": TOKEN_LIFE.as_secs(),
        "id_token": token::sign(&provider.key, &claims),
    });
    ([(CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

/// What a form says.
fn form<T: DeserializeOwned>(body: &str) -> Option<T> {
    let members: serde_json::Map<String, Value> = url::form_urlencoded::parse(body.as_bytes())
        .map(|(name, value)| (name.into_owned(), json!(value)))
        .collect();
    serde_json::from_value(Value::Object(members)).ok()
}

fn wrong(what: &'static str) -> Response {
    (
        StatusCode::BAD_REQUEST,
        [(CONTENT_TYPE, "text/plain; charset=utf-8")],
        format!("invalid_request: {what}"),
    )
        .into_response()
}

impl Provider {
    /// The client of a question that is well asked; else what of it is not. Nobody is sent anywhere before its address is known.
    fn check(&self, asked: &Asked) -> Result<&Client, &'static str> {
        let client =
            self.settings.clients.iter().find(|client| client.id == asked.client_id).ok_or("client_id")?;
        let rules = [
            ("redirect_uri", client.back.as_str() == asked.redirect_uri),
            ("response_type", asked.response_type == "code"),
            ("scope", asked.scope.split(' ').any(|scope| scope == "openid")),
            ("code_challenge_method", asked.code_challenge_method == "S256"),
            ("code_challenge", !asked.code_challenge.is_empty()),
        ];
        match rules.into_iter().find(|(_, holds)| !holds) {
            Some((what, _)) => Err(what),
            None => Ok(client),
        }
    }

    /// Whose secret a request shows.
    fn client_of(&self, authorization: &str) -> Option<&Client> {
        let shown = BASE64_STANDARD.decode(authorization.strip_prefix("Basic ")?).ok()?;
        let shown = String::from_utf8(shown).ok()?;
        let (id, secret) = shown.split_once(':')?;
        self.settings.clients.iter().find(|client| client.id == id && client.secret == secret)
    }
}

#[cfg(test)]
mod tests;
