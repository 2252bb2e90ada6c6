//! Digests of bodies (RFC 9530), computed while the body passes.

use aws_lc_rs::digest::{Context, SHA256};
use base64::prelude::{BASE64_STANDARD, Engine as _};

/// Name of the field that carries a body's digest.
pub const CONTENT_DIGEST: &str = "content-digest";

/// The SHA-256 digest of a body, growing with it.
pub struct BodyDigest(Context);

impl Default for BodyDigest {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl BodyDigest {
    /// Adds the next bytes of the body.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The field's value: `sha-256=:…:`.
    #[must_use]
    pub fn finish(self) -> String {
        format!("sha-256=:{}:", BASE64_STANDARD.encode(self.0.finish()))
    }

    /// The field's value for a body that is all there.
    #[must_use]
    pub fn of(body: &[u8]) -> String {
        let mut digest = Self::default();
        digest.update(body);
        digest.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9530 appendix B.1: `{"hello": "world"}` and a line feed.
    #[test]
    fn the_rfcs_example_holds() {
        assert_eq!(
            BodyDigest::of(b"{\"hello\": \"world\"}\n"),
            "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
        );
    }
}
