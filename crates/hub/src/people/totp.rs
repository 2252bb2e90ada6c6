//! One-time codes (RFC 6238): six digits, SHA-1, half a minute, as every authenticator knows them.

use jiff::Timestamp;
use model::fault::Fault;
use totp_rs::{Algorithm, Builder, Secret, Totp};

/// Bytes of a secret: as many as SHA-1 has (RFC 4226, section 4).
const SECRET_BYTES: usize = 20;

/// A new secret, in base32.
pub(crate) fn new_secret() -> String {
    Secret::from(trust::signer::random::<SECRET_BYTES>().to_vec()).to_base32()
}

/// The address that an authenticator reads, with the secret in it.
///
/// # Errors
/// [`Fault::Internal`].
pub(crate) fn address(secret: &str, account: &str, instance: &str) -> Result<String, Fault> {
    codes(secret, account, instance)?.to_url().map_err(|error| Fault::Internal { why: error.to_string() })
}

/// The time step of `code`, if it is one of the moment and later than the last one taken.
///
/// # Errors
/// [`Fault::Internal`].
pub(crate) fn check(secret: &str, code: &str, now: Timestamp, last_step: i64) -> Result<Option<i64>, Fault> {
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let step = codes(secret, "-", "-")?.check(&code, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()).filter(|step| *step > last_step))
}

/// The code that an authenticator shows at `at`, which has read `address`: for programs that sign in as people do.
///
/// # Errors
/// [`Fault::Internal`] if it is no such address.
pub fn code(address: &str, at: Timestamp) -> Result<String, Fault> {
    let failed = |why: String| Fault::Internal { why };
    let totp = Totp::from_url(address).map_err(|error| failed(error.to_string()))?;
    Ok(totp.generate(u64::try_from(at.as_second()).unwrap_or_default()).to_string())
}

fn codes(secret: &str, account: &str, instance: &str) -> Result<Totp, Fault> {
    let failed = |why: String| Fault::Internal { why };
    let secret = Secret::try_from_base32(secret).map_err(|error| failed(error.to_string()))?;
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(secret)
        .with_account_name(account)
        .with_issuer(Some(format!("Lien Thong {instance}")))
        .build()
        .map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = Secret::from(b"12345678901234567890".to_vec()).to_base32();
        let at = |seconds: i64| Timestamp::from_second(seconds).unwrap();
        let step = check(&secret, "287 082", at(59), 0).unwrap().unwrap();
        assert!(check(&secret, "081804", at(1_111_111_109), 0).unwrap().is_some());
        assert!(check(&secret, "081805", at(1_111_111_109), 0).unwrap().is_none());
        // Half a minute late is fine; two minutes are not; and no code counts twice.
        assert!(check(&secret, "287082", at(59 + 30), 0).unwrap().is_some());
        assert!(check(&secret, "287082", at(59 + 120), 0).unwrap().is_none());
        assert!(check(&secret, "287082", at(59), step).unwrap().is_none());
    }

    #[test]
    fn an_authenticator_reads_the_address() {
        let secret = new_secret();
        let address = address(&secret, "lan.nguyen", "VN").unwrap();
        assert!(address.starts_with("otpauth://totp/") && address.contains(&secret), "{address}");
        assert_ne!(secret, new_secret());
    }
}
