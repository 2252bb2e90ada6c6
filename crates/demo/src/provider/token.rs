//! Tokens: signed by a key that is made when the provider begins, and gone when it ends.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Value, json};
use trust::key::SigningKey;

/// The key's name.
const KEY: &str = "1";

/// What others verify by (RFC 8037).
pub(super) fn public(key: &SigningKey) -> Value {
    let x = BASE64_URL_SAFE_NO_PAD.encode(key.public().as_bytes());
    json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": KEY, "x": x })
}

/// A token that says these claims (RFC 7515, compact form).
pub(super) fn sign(key: &SigningKey, claims: &Value) -> String {
    let header = json!({ "alg": "EdDSA", "typ": "JWT", "kid": KEY });
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let said = format!("{}.{}", part(&header), part(claims));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(said.as_bytes()));
    format!("{said}.{signature}")
}
