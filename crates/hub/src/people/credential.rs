//! Secrets that an account acts by: invitations, tokens, sessions. Only their digests are kept.

use jiff::Timestamp;
use model::fault::Fault;

use crate::people::tries::Visitor;
use crate::secret::{digest, random};
use crate::store::{Tx, moment, run};

/// What a secret is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// To set the first password.
    Invitation,
    /// To act, from a program.
    Token,
    /// To act, from a browser.
    Session,
}

impl Use {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Token => "token",
            Self::Session => "session",
        }
    }
}

/// Makes a secret for an account. Only its digest is kept.
pub(crate) async fn issue(
    tx: &mut Tx,
    account: &str,
    good_for: Use,
    now: Timestamp,
    ends: Timestamp,
) -> Result<String, Fault> {
    let secret = random();
    keep(tx, account, good_for, &secret, "", &Visitor::default(), now, ends).await?;
    Ok(secret)
}

#[expect(clippy::too_many_arguments, reason = "one column each")]
pub(crate) async fn keep(
    tx: &mut Tx,
    account: &str,
    good_for: Use,
    secret: &str,
    guard: &str,
    visitor: &Visitor,
    now: Timestamp,
    ends: Timestamp,
) -> Result<(), Fault> {
    run!(
        tx,
        "INSERT INTO credential (sha256, account, good_for, guard, agent, address, created_at, expires_at, used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7)"
        => digest(secret), account, good_for.word(), guard, visitor.agent.as_deref(),
           visitor.address.map(|address| address.to_string()), moment(now), moment(ends)
    )?;
    Ok(())
}

/// Ends everything that an account could act by.
pub(crate) async fn end_all(tx: &mut Tx, account: &str) -> Result<(), Fault> {
    run!(tx, "DELETE FROM credential WHERE account = $1" => account)?;
    Ok(())
}

/// Ends one session or token.
pub(crate) async fn end(tx: &mut Tx, secret: &str) -> Result<(), Fault> {
    run!(tx, "DELETE FROM credential WHERE sha256 = $1" => digest(secret))?;
    Ok(())
}

/// Forgets what has ended.
pub(crate) async fn forget_ended(tx: &mut Tx, now: Timestamp) -> Result<(), Fault> {
    run!(tx, "DELETE FROM credential WHERE expires_at < $1" => moment(now))?;
    Ok(())
}
