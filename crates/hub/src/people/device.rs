//! Devices that an account has signed in from: browsers and programs that were given a secret then, and show it the next time. Their tries
//! are counted by themselves. So who knows an account's name can lock out by wrong tries only those who never signed in to it
//! ([device cookies](https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies), as OWASP describes them).

use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;

use crate::secret::{digest, random};
use crate::store::{Tx, from_text, moment, optional, run};

/// How long a device is known without being used.
pub(crate) const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(365 * 24);
/// Devices of one account that are known at most.
const DEVICES: i64 = 20;

/// A device that an account has signed in from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Device {
    account: String,
    sha256: String,
    /// Until when it may not try.
    pub(crate) locked_until: Option<Timestamp>,
}

/// The device that shows `secret`, if `account` has signed in from it before.
pub(crate) async fn of(tx: &mut Tx, account: &str, secret: Option<&str>) -> Result<Option<Device>, Fault> {
    let Some(secret) = secret else { return Ok(None) };
    let sha256 = digest(secret);
    let row: Option<(Option<String>,)> = optional!(
        tx,
        "SELECT locked_until FROM device WHERE sha256 = $1 AND account = $2" => &sha256, account
    )?;
    let Some((locked,)) = row else { return Ok(None) };
    let locked_until = locked.map(|text| from_text(&text)).transpose()?;
    Ok(Some(Device { account: account.to_owned(), sha256, locked_until }))
}

/// Wrong tries from it since the last right one.
pub(crate) async fn failures(tx: &mut Tx, device: &Device) -> Result<i64, Fault> {
    let row: Option<(i64,)> = optional!(
        tx,
        "SELECT failures FROM device WHERE sha256 = $1 AND account = $2" => &device.sha256, &device.account
    )?;
    Ok(row.map_or(0, |(failures,)| failures))
}

/// Notes a wrong try from it.
pub(crate) async fn failed(
    tx: &mut Tx,
    device: &Device,
    failures: i64,
    locked_until: Option<Timestamp>,
) -> Result<(), Fault> {
    run!(
        tx,
        "UPDATE device SET failures = $3, locked_until = $4 WHERE sha256 = $1 AND account = $2"
        => &device.sha256, &device.account, failures, locked_until.map(moment)
    )?;
    Ok(())
}

/// `account` has signed in from the device that shows `secret`, or that is given one now. Returns the secret. One that other accounts
/// have signed in from keeps its own; one that somebody made up does not.
pub(crate) async fn known_from_now(
    tx: &mut Tx,
    account: &str,
    secret: Option<&str>,
    now: Timestamp,
) -> Result<String, Fault> {
    let shown = secret.unwrap_or_default();
    let known: Option<(String,)> =
        optional!(tx, "SELECT sha256 FROM device WHERE sha256 = $1 LIMIT 1" => digest(shown))?;
    let secret = if known.is_some() { shown.to_owned() } else { random() };
    run!(
        tx,
        "INSERT INTO device (sha256, account, failures, used_at) VALUES ($1, $2, 0, $3)
         ON CONFLICT (sha256, account) DO UPDATE SET failures = 0, locked_until = NULL, used_at = excluded.used_at"
        => digest(&secret), account, moment(now)
    )?;
    // The ones that were used longest ago make room.
    run!(
        tx,
        "DELETE FROM device WHERE account = $1 AND sha256 NOT IN
             (SELECT sha256 FROM device WHERE account = $1 ORDER BY used_at DESC, sha256 LIMIT $2)" => account, DEVICES
    )?;
    Ok(secret)
}

/// Forgets those of an account.
pub(crate) async fn forget(tx: &mut Tx, account: &str) -> Result<(), Fault> {
    run!(tx, "DELETE FROM device WHERE account = $1" => account)?;
    Ok(())
}

/// Forgets those that nobody uses any more.
pub(crate) async fn forget_unused(tx: &mut Tx, now: Timestamp) -> Result<(), Fault> {
    run!(tx, "DELETE FROM device WHERE used_at < $1" => moment(now - KNOWN_FOR))?;
    Ok(())
}
