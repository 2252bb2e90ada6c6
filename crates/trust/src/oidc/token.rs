//! Tokens that a provider signs (OpenID Connect Core 1.0, section 3.1.3.7; Back-Channel Logout 1.0, section 2.6): whose they are, for whom,
//! and of when. What a token's own header names as its key counts nothing.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use model::fault::Words;
use serde::Deserialize;
use serde_json::Value;

use super::claims::Claims;
use crate::texts;

/// Algorithms that a token may be signed with. None that a shared secret verifies.
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
/// How far the clocks may be apart.
pub(super) const LEEWAY: SignedDuration = SignedDuration::from_secs(60);
/// How old a logout may be that is told now.
pub(super) const LOGOUT_LIFE: SignedDuration = SignedDuration::from_mins(5);
/// Longest token that is read.
const TOKEN_MAX_BYTES: usize = 64 * 1024;
/// Most keys of a provider that are looked at.
const KEYS_MAX: usize = 100;
/// Longest name of a person or session at a provider; OpenID Connect Core allows 255 characters.
const NAME_MAX: usize = 255;
/// What says in a token that somebody has signed out.
const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The keys that a provider signs with.
#[derive(Clone)]
pub(super) struct Keys(Vec<Jwk>);

impl Keys {
    /// Reads them. What is of a kind that is not known here is passed over: providers add kinds.
    pub(super) fn read(text: &[u8]) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        let keys = serde_json::from_slice::<Set>(text)?.keys.into_iter().take(KEYS_MAX);
        let keys = keys.filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        Ok(Self(keys.filter(|key| key.common.public_key_use != Some(PublicKeyUse::Encryption)).collect()))
    }

    /// Those that a token with this header may be signed by: the one it names; if it names none, all for its algorithm.
    fn of(&self, header: &Header) -> impl Iterator<Item = &Jwk> {
        let algorithm = format!("{:?}", header.alg);
        self.0.iter().filter(move |key| {
            let named = header.kid.is_none() || key.common.key_id == header.kid;
            named && key.common.key_algorithm.is_none_or(|own| own.to_string() == algorithm)
        })
    }
}

/// Who a token must be of, and for whom.
#[derive(Clone, Copy)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) now: Timestamp,
}

/// Why a token does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bad {
    /// None of the keys can have signed it; the provider may have new ones.
    NoKey,
    /// Anything else.
    Because(Words),
}

fn because(why: Words) -> Bad {
    Bad::Because(why)
}

fn invalid() -> Bad {
    because(texts::token_not_valid())
}

/// The claims of an ID token that answers a question with this nonce.
pub(super) fn identity(
    token: &str,
    keys: &Keys,
    expected: &Expected<'_>,
    nonce: &str,
) -> Result<Claims, Bad> {
    let (header, claims) = signed(token, keys)?;
    // An access token or a logout is of the same key and audience.
    if header.typ.is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) || claims.value("events").is_some() {
        return Err(invalid());
    }
    for_us(&claims, expected)?;
    if claims.name("sub", NAME_MAX).is_none() {
        return Err(invalid());
    }
    if claims.text("nonce") != Some(nonce) {
        return Err(because(texts::nonce_differs()));
    }
    let late = claims.moment("auth_time").map_err(|()| invalid())?;
    if late.is_some_and(|at| at > expected.now + LEEWAY) {
        return Err(invalid());
    }
    Ok(claims)
}

/// The claims of a token by which a provider tells that somebody has signed out there.
pub(super) fn logout(token: &str, keys: &Keys, expected: &Expected<'_>) -> Result<Claims, Bad> {
    let (header, claims) = signed(token, keys)?;
    let typ = header.typ.as_deref().unwrap_or("JWT");
    if !typ.eq_ignore_ascii_case("JWT") && !typ.eq_ignore_ascii_case("logout+jwt") {
        return Err(invalid());
    }
    for_us(&claims, expected)?;
    let issued = claims.moment("iat").ok().flatten().ok_or_else(invalid)?;
    let event = claims.value("events").and_then(|events| events.get(LOGOUT)).is_some_and(Value::is_object);
    // With a nonce it would be an answer to somebody's sign-in.
    let whole = event && claims.value("nonce").is_none() && claims.name("jti", NAME_MAX).is_some();
    let names =
        ["sub", "sid"].map(|name| (claims.value(name).is_some(), claims.name(name, NAME_MAX).is_some()));
    let named = names.iter().any(|(_, good)| *good) && names.iter().all(|(there, good)| there == good);
    if !whole || !named || expected.now.duration_since(issued) > LOGOUT_LIFE + LEEWAY {
        return Err(invalid());
    }
    Ok(claims)
}

/// What a token says, if one of the keys has signed it.
fn signed(token: &str, keys: &Keys) -> Result<(Header, Claims), Bad> {
    if token.len() > TOKEN_MAX_BYTES {
        return Err(invalid());
    }
    let header = jsonwebtoken::decode_header(token).map_err(|_| invalid())?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(because(texts::algorithm_not_accepted()));
    }
    // What must be understood, and is not.
    if header.crit.is_some() {
        return Err(invalid());
    }
    let mut checks = Validation::new(header.alg);
    // Claims are judged below, by the time that is handed in.
    checks.required_spec_claims.clear();
    (checks.validate_exp, checks.validate_aud) = (false, false);
    let mut tried = false;
    for key in keys.of(&header).filter_map(|key| DecodingKey::from_jwk(key).ok()) {
        tried = true;
        if let Ok(read) = jsonwebtoken::decode::<Claims>(token, &key, &checks) {
            return Ok((read.header, read.claims));
        }
    }
    Err(if tried { invalid() } else { Bad::NoKey })
}

/// What must hold of every token: it is the provider's, for this party alone, and of now.
fn for_us(claims: &Claims, expected: &Expected<'_>) -> Result<(), Bad> {
    if claims.text("iss") != Some(expected.issuer) {
        return Err(invalid());
    }
    let parties: Vec<&str> = match claims.value("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !parties.contains(&expected.client_id) {
        return Err(invalid());
    }
    let meant = claims.value("azp").map_or(parties.len() == 1, |party| party == expected.client_id);
    if !meant {
        return Err(because(texts::token_for_another()));
    }
    let at = |name| claims.moment(name).map_err(|()| invalid());
    let (ends, begins, issued) = (at("exp")?.ok_or_else(invalid)?, at("nbf")?, at("iat")?);
    let now = expected.now;
    let early = [begins, issued].into_iter().flatten().any(|at| at > now + LEEWAY);
    if ends + LEEWAY < now || early { Err(invalid()) } else { Ok(()) }
}
