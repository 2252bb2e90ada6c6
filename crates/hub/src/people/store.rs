//! Accounts in the store.

use jiff::Timestamp;
use model::agency::Agency;
use model::fault::Fault;

use crate::people::account::{Account, KIND, Kept, State};
use crate::people::device;
use crate::registry::references::{self, Reference};
use crate::store::{Tx, all, from_json, from_text, moment, optional, readable, run, to_json};

/// The rows of accounts that a condition leaves.
macro_rules! accounts {
    ($condition:literal) => {
        concat!(
            "SELECT entry, state, password, totp, totp_step, password_at, failures, locked_until, used_at, reviewed_at FROM account ",
            $condition
        )
    };
}

type Row = (
    String,
    String,
    Option<String>,
    Option<String>,
    i64,
    Option<String>,
    i64,
    Option<String>,
    String,
    String,
);

/// The account of that name.
pub(crate) async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<Kept>, Fault> {
    let row: Option<Row> = optional!(tx, accounts!("WHERE name = $1") => name)?;
    row.map(kept).transpose()
}

/// The accounts behind the name `after`, of one agency or of all.
pub(crate) async fn list(
    tx: &mut Tx,
    agency: Option<&str>,
    after: &str,
    limit: i64,
) -> Result<Vec<Kept>, Fault> {
    let rows: Vec<Row> = match agency {
        Some(agency) => {
            all!(tx, accounts!("WHERE agency = $1 AND name > $2 ORDER BY name LIMIT $3") => agency, after, limit)?
        }
        None => all!(tx, accounts!("WHERE name > $1 ORDER BY name LIMIT $2") => after, limit)?,
    };
    rows.into_iter().map(kept).collect()
}

/// The accounts of the hub that are in use.
pub(super) async fn administrators(tx: &mut Tx) -> Result<Vec<Account>, Fault> {
    let rows: Vec<(String,)> =
        all!(tx, "SELECT entry FROM account WHERE agency IS NULL AND state = 'active' ORDER BY name")?;
    rows.iter().map(|(entry,)| from_json(entry)).collect()
}

/// The accounts in use of an agency; without one, of the hub. One that cannot be read is passed over.
pub(crate) async fn active(tx: &mut Tx, agency: Option<&str>) -> Result<Vec<Account>, Fault> {
    let rows: Vec<(String, String)> = match agency {
        Some(agency) => all!(
            tx,
            "SELECT name, entry FROM account WHERE agency = $1 AND state = 'active' ORDER BY name" => agency
        )?,
        None => all!(
            tx,
            "SELECT name, entry FROM account WHERE agency IS NULL AND state = 'active' ORDER BY name"
        )?,
    };
    let read = rows.iter().map(|(name, entry)| readable(from_json(entry), "Account", name));
    Ok(read.collect::<Result<Vec<_>, Fault>>()?.into_iter().flatten().collect())
}

/// The account that the identity provider's name for somebody stands in.
pub(super) async fn by_subject(tx: &mut Tx, subject: &str) -> Result<Option<Kept>, Fault> {
    let row: Option<Row> = optional!(tx, accounts!("WHERE subject = $1") => subject)?;
    row.map(kept).transpose()
}

/// Whether another account's name differs in capitals only.
pub(super) async fn is_alike(tx: &mut Tx, name: &str) -> Result<bool, Fault> {
    let found: Option<(String,)> = optional!(
        tx,
        "SELECT name FROM account WHERE lower(name) = $1 AND name <> $2" => name.to_ascii_lowercase(), name
    )?;
    Ok(found.is_some())
}

/// The accounts in use that nobody has used since.
pub(super) async fn idle_since(tx: &mut Tx, since: Timestamp) -> Result<Vec<Kept>, Fault> {
    let rows: Vec<Row> = all!(
        tx,
        "SELECT entry, state, password, totp, totp_step, password_at, failures, locked_until, used_at, reviewed_at
         FROM account WHERE state <> 'disabled' AND used_at < $1 ORDER BY name" => moment(since)
    )?;
    rows.into_iter().map(kept).collect()
}

pub(super) async fn insert(tx: &mut Tx, account: &Account, state: State, at: Timestamp) -> Result<(), Fault> {
    run!(
        tx,
        "INSERT INTO account (name, agency, subject, entry, state, totp_step, failures, used_at, reviewed_at)
         VALUES ($1, $2, $3, $4, $5, 0, 0, $6, $6)"
        => &account.name, account.agency.as_ref().map(model::id::MemberId::as_str), &account.subject, to_json(account)?,
           word(state), moment(at)
    )?;
    keep_agency(tx, account).await
}

/// Its agency stays for as long as the account is there.
async fn keep_agency(tx: &mut Tx, account: &Account) -> Result<(), Fault> {
    let agency: Vec<Reference> = account.agency.iter().map(Reference::to::<Agency>).collect();
    references::keep(tx, (KIND, &account.name), &agency).await
}

pub(super) async fn update(tx: &mut Tx, account: &Account) -> Result<(), Fault> {
    run!(
        tx,
        "UPDATE account SET agency = $2, subject = $3, entry = $4 WHERE name = $1"
        => &account.name, account.agency.as_ref().map(model::id::MemberId::as_str), &account.subject, to_json(account)?
    )?;
    keep_agency(tx, account).await
}

pub(super) async fn set_state(tx: &mut Tx, name: &str, state: State) -> Result<(), Fault> {
    run!(tx, "UPDATE account SET state = $2 WHERE name = $1" => name, word(state))?;
    Ok(())
}

pub(super) async fn set_reviewed(tx: &mut Tx, name: &str, at: Timestamp) -> Result<(), Fault> {
    run!(tx, "UPDATE account SET reviewed_at = $2 WHERE name = $1" => name, moment(at))?;
    Ok(())
}

/// What it signed in with is forgotten; the passwords it had stay barred.
pub(super) async fn forget_secrets(
    tx: &mut Tx,
    name: &str,
    state: State,
    at: Timestamp,
) -> Result<(), Fault> {
    run!(
        tx,
        "UPDATE account SET state = $2, password = NULL, totp = NULL, totp_step = 0, failures = 0, locked_until = NULL, used_at = $3
         WHERE name = $1" => name, word(state), moment(at)
    )?;
    device::forget(tx, name).await
}

/// The secret of its one-time codes, before it counts.
pub(super) async fn set_totp(tx: &mut Tx, name: &str, sealed: Option<&str>) -> Result<(), Fault> {
    run!(tx, "UPDATE account SET totp = $2 WHERE name = $1" => name, sealed)?;
    Ok(())
}

/// A new password, remembered among those that may not come again.
pub(super) async fn set_password(
    tx: &mut Tx,
    name: &str,
    digest: &str,
    totp_step: i64,
    at: Timestamp,
) -> Result<(), Fault> {
    run!(
        tx,
        "UPDATE account SET state = 'active', password = $2, password_at = $3, totp_step = $4, failures = 0, locked_until = NULL,
         used_at = $3 WHERE name = $1" => name, digest, moment(at), totp_step
    )?;
    run!(
        tx,
        "INSERT INTO account_password (account, at, digest) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
        => name, moment(at), digest
    )?;
    Ok(())
}

/// Its last passwords, newest first.
pub(super) async fn passwords(tx: &mut Tx, name: &str, number: i64) -> Result<Vec<String>, Fault> {
    let rows: Vec<(String,)> = all!(
        tx,
        "SELECT digest FROM account_password WHERE account = $1 ORDER BY at DESC LIMIT $2" => name, number
    )?;
    Ok(rows.into_iter().map(|(digest,)| digest).collect())
}

pub(super) async fn failed(
    tx: &mut Tx,
    name: &str,
    failures: i64,
    locked_until: Option<Timestamp>,
) -> Result<(), Fault> {
    run!(
        tx,
        "UPDATE account SET failures = $2, locked_until = $3 WHERE name = $1"
        => name, failures, locked_until.map(moment)
    )?;
    Ok(())
}

pub(super) async fn succeeded(tx: &mut Tx, name: &str, totp_step: i64, at: Timestamp) -> Result<(), Fault> {
    run!(
        tx,
        "UPDATE account SET totp_step = $2, used_at = $3 WHERE name = $1"
        => name, totp_step, moment(at)
    )?;
    Ok(())
}

pub(super) async fn used(tx: &mut Tx, name: &str, at: Timestamp) -> Result<(), Fault> {
    run!(tx, "UPDATE account SET used_at = $2 WHERE name = $1" => name, moment(at))?;
    Ok(())
}

fn kept(
    (entry, state, password, totp, totp_step, password_at, failures, locked_until, used_at, reviewed_at): Row,
) -> Result<Kept, Fault> {
    let moment = |text: Option<String>| text.map(|text| from_text(&text)).transpose();
    Ok(Kept {
        account: from_json(&entry)?,
        state: from_json(&format!("\"{state}\""))?,
        password,
        totp,
        totp_step,
        password_at: moment(password_at)?,
        failures,
        locked_until: moment(locked_until)?,
        used_at: from_text(&used_at)?,
        reviewed_at: from_text(&reviewed_at)?,
    })
}

fn word(state: State) -> &'static str {
    match state {
        State::Invited => "invited",
        State::Active => "active",
        State::Disabled => "disabled",
    }
}
