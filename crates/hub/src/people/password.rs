//! Passwords: argon2id, with the parameters that OWASP names (19 MiB, two passes), which are the library's own.

use std::collections::HashSet;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use model::fault::{Fault, Words};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;

use crate::texts;

/// Digests of passwords are made one at a time for those who come from where somebody has signed in before, and one at a time for all
/// others: each takes 19 MiB, and strangers may ask for them. So strangers wait for strangers, and officers for officers.
static KNOWN: Semaphore = Semaphore::const_new(1);
static OTHERS: Semaphore = Semaphore::const_new(1);
/// Longest wait for one's turn.
const TURN: Duration = Duration::from_secs(10);

/// Where a password comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// From where somebody has signed in before, or is signed in.
    Known,
    /// From anywhere.
    Other,
}
/// Longest password, in characters.
const LONGEST: usize = 200;
/// Fewest different characters in one.
const DIFFERENT: usize = 5;

/// Digest of a password, in the PHC form.
///
/// # Errors
/// [`Fault::Internal`].
pub(crate) async fn digest(password: &str, door: Door) -> Result<String, Fault> {
    let password = normal(password);
    heavy(door, move || {
        let hash: Result<PasswordHash, _> = Argon2::default().hash_password(password.as_bytes());
        hash.map(|hash| hash.to_string()).map_err(|error| Fault::Internal { why: error.to_string() })
    })
    .await?
}

/// Whether a password is the one of a digest. Without a digest it takes as long, and is not.
///
/// # Errors
/// [`Fault::Internal`].
pub(crate) async fn is_right(password: &str, digest: Option<&str>, door: Door) -> Result<bool, Fault> {
    // Of a password nobody has: only the time counts.
    const NOBODYS: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Nn1mMYMQpK7QnLzbvjXlIUlgHGwzL8bTfDr3MmbHn0A";
    let (password, known) = (normal(password), digest.is_some());
    let digest = digest.unwrap_or(NOBODYS).to_owned();
    heavy(door, move || {
        let right = PasswordHash::new(&digest)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
        right && known
    })
    .await
}

/// Whether a password may be used by the account called `name`: so long, of so many kinds of characters.
///
/// # Errors
/// [`Fault::PasswordRefused`].
pub(crate) fn check(password: &str, name: &str, shortest: usize, kinds: usize) -> Result<(), Fault> {
    let refused = |why: Words| Err(Fault::PasswordRefused { why });
    let length = password.chars().count();
    if length < shortest {
        return refused(texts::password_short(shortest));
    }
    if length > LONGEST {
        return refused(texts::password_long(LONGEST));
    }
    let lower = password.to_lowercase();
    if lower.contains(&name.to_lowercase()) {
        return refused(texts::password_has_name());
    }
    if lower.chars().collect::<HashSet<_>>().len() < DIFFERENT {
        return refused(texts::password_monotonous(DIFFERENT));
    }
    if kinds_in(password) < kinds {
        return refused(texts::password_kinds(kinds));
    }
    Ok(())
}

/// How many kinds of characters there are: small and capital letters, digits, others.
fn kinds_in(password: &str) -> usize {
    let kinds: [fn(char) -> bool; 4] = [char::is_lowercase, char::is_uppercase, char::is_numeric, |c| {
        !c.is_lowercase() && !c.is_uppercase() && !c.is_numeric()
    }];
    kinds.into_iter().filter(|kind| password.chars().any(kind)).count()
}

/// One form for a password, whatever keyboard typed its accents.
fn normal(password: &str) -> String {
    password.nfc().take(LONGEST).collect()
}

async fn heavy<T: Send + 'static>(door: Door, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    let turns = if door == Door::Known { &KNOWN } else { &OTHERS };
    let turn = tokio::time::timeout(TURN, turns.acquire()).await.ok().and_then(Result::ok);
    let turn = turn.ok_or(Fault::HubBusy {})?;
    let done = tokio::task::spawn_blocking(move || {
        // Held until it is done, whether or not somebody still waits for it.
        let _turn = turn;
        work()
    });
    done.await.map_err(|error| Fault::Internal { why: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_by_its_digest_only() {
        let made = digest("mật khẩu rất dài", Door::Known).await.unwrap();
        assert!(made.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{made}");
        assert!(is_right("mật khẩu rất dài", Some(&made), Door::Known).await.unwrap());
        // The same letters, composed otherwise.
        let other: String = unicode_normalization::UnicodeNormalization::nfd("mật khẩu rất dài").collect();
        assert!(is_right(&other, Some(&made), Door::Known).await.unwrap());
        assert!(!is_right("mật khẩu rất dà", Some(&made), Door::Known).await.unwrap());
        assert!(!is_right("mật khẩu rất dài", None, Door::Other).await.unwrap());
    }

    #[test]
    fn weak_ones_are_refused_with_the_reason() {
        let check = |password: &str, expect: &str| {
            let Err(fault) = check(password, "lan.nguyen", 14, 1) else { panic!("{password}") };
            assert!(fault.en().contains(expect), "{fault}");
        };
        check("ngắn quá", "shorter than 14");
        check(&"a1b2c3".repeat(50), "longer than 200");
        check("xin-chao-Lan.Nguyen", "the account's name");
        check("aaaaaaaaaaaaaaaa", "fewer than 5");
        assert!(super::check("bốn con sẻ nâu", "lan.nguyen", 14, 1).is_ok());
        // All four kinds, where the setting asks for them.
        let Err(fault) = super::check("Bốn con sẻ nâu", "lan.nguyen", 14, 4) else { panic!() };
        assert!(fault.en().contains("at least 4 of four kinds"), "{fault}");
        assert!(super::check("Bốn con sẻ nâu 1", "lan.nguyen", 14, 4).is_ok());
    }
}
