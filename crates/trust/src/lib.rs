//! Who said what: keys, certificates, message signatures, and the signed directory. The wall around TLS and TUF.

pub mod batch;
pub mod certificate;
pub mod digest;
pub mod directory;
pub mod file;
pub mod hsm;
pub mod key;
pub mod keyring;
pub mod listen;
pub mod message;
pub mod oidc;
pub mod overlap;
pub mod receiver;
pub mod replay;
pub mod scrape;
pub mod sealed;
pub mod signer;
pub mod tenure;
mod texts;
pub mod tls;
pub mod verifier;
pub mod web;

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    ::hex::encode(bytes)
}

/// An error with its sources, as one text.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

/// The name of a node's signing key: the node, and the first 16 digits of its certificate's SHA-256.
#[must_use]
pub fn key_id(node: &model::id::NodeId, certificate: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, certificate);
    let short = hex(digest.as_ref().get(..8).unwrap_or_default());
    format!("{node}#{short}")
}

/// SHA-256 of some bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref());
    hash
}

/// HMAC-SHA256 of some bytes under a key.
#[must_use]
pub fn hmac_sha256(key: &[u8], bytes: &[u8]) -> [u8; 32] {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key);
    let mut tag = [0; 32];
    tag.copy_from_slice(aws_lc_rs::hmac::sign(&key, bytes).as_ref());
    tag
}

#[cfg(test)]
mod foreign;
