//! Those who may change the registry. For now each has a token; accounts and roles come with the next part of the hub.

use model::fault::Fault;

use crate::node::digest;
use crate::store::{Db, Tx, optional, run};

/// An officer who was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officer {
    /// Their name, as it stands in the audit trail.
    pub name: String,
}

/// Makes an officer and returns their token. It is shown once and kept nowhere.
///
/// # Errors
/// [`Fault::StoreFailed`], also if there is an officer of that name.
pub async fn create(tx: &mut Tx, name: &str) -> Result<String, Fault> {
    use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
    let token = BASE64_URL_SAFE_NO_PAD.encode(trust::notary::random::<32>());
    run!(tx, "INSERT INTO officer (name, token_sha256) VALUES ($1, $2)" => name, digest(&token))?;
    Ok(token)
}

/// Who has this token.
///
/// # Errors
/// [`Fault::NotSignedIn`].
pub async fn recognise(db: &Db, token: &str) -> Result<Officer, Fault> {
    let mut tx = db.read().await?;
    // Looked up by its digest: the time it takes tells nothing about the token.
    let row: Option<(String,)> =
        optional!(tx, "SELECT name FROM officer WHERE token_sha256 = $1" => digest(token))?;
    row.map(|(name,)| Officer { name }).ok_or(Fault::NotSignedIn {})
}
