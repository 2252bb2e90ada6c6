//! Those who may change the registry: officers of the hub, and officers of an agency, who change what is their agency's. Each has a
//! token for now; accounts come with the next part of the hub.

use model::agency::Agency;
use model::fault::{Fault, Words};
use model::id::MemberId;
use serde::Serialize;
use serde_json::json;

use crate::change::{Act, Mandate, note};
use crate::legal::check_code;
use crate::node::digest;
use crate::registry::{contradictory, require};
use crate::store::{Db, Tx, all, from_text, optional, run};

/// The word for officers in the audit trail.
const KIND: &str = "Officer";

/// An officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Officer {
    /// Their name, as it stands in the audit trail.
    pub name: String,
    /// The agency whose things they may change; none: an officer of the hub.
    pub agency: Option<MemberId>,
}

impl Officer {
    /// Whether they are an officer of the hub.
    ///
    /// # Errors
    /// [`Fault::NotTheirs`].
    pub fn of_the_hub(&self) -> Result<(), Fault> {
        match &self.agency {
            None => Ok(()),
            Some(agency) => Err(Fault::NotTheirs {
                subject: Words::new(
                    "danh sách cán bộ và vết thay đổi của trung tâm",
                    "the hub's officers and audit trail",
                ),
                agency: agency.to_string(),
            }),
        }
    }
}

/// Makes an officer and returns their token. It is shown once and kept nowhere.
///
/// # Errors
/// [`Fault::Contradictory`] if there is or was an officer of that name, [`Fault::Dangling`], [`Fault::StoreFailed`].
pub async fn create(tx: &mut Tx, officer: &Officer, mandate: &Mandate) -> Result<String, Fault> {
    use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
    let subject = (KIND, officer.name.as_str());
    check_code(subject)?;
    if let Some(agency) = &officer.agency {
        require::<Agency>(tx, subject, agency.as_str()).await?;
    }
    let known: Option<(String,)> =
        optional!(tx, "SELECT name FROM officer WHERE name = $1" => &officer.name)?;
    if known.is_some() {
        return Err(contradictory(
            subject,
            "tên này đã có; vết thay đổi phải phân biệt được người",
            "there is or was one of this name, and the audit trail must tell them apart",
        ));
    }
    let token = BASE64_URL_SAFE_NO_PAD.encode(trust::notary::random::<32>());
    run!(
        tx,
        "INSERT INTO officer (name, token_sha256, agency) VALUES ($1, $2, $3)"
        => &officer.name, digest(&token), officer.agency.as_ref().map(MemberId::as_str)
    )?;
    note(tx, mandate, Act::Created, subject, None, Some(json!(officer).to_string())).await?;
    Ok(token)
}

/// Withdraws an officer's token. One officer of the hub stays.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::Contradictory`], [`Fault::StoreFailed`].
pub async fn withdraw(tx: &mut Tx, name: &str, mandate: &Mandate) -> Result<(), Fault> {
    let left = list(tx).await?;
    let officer = left.iter().find(|officer| officer.name == name);
    let officer = officer.ok_or_else(|| Fault::NotInRegistry { subject: format!("{KIND} {name}") })?;
    if officer.agency.is_none() && left.iter().filter(|other| other.agency.is_none()).count() == 1 {
        return Err(contradictory(
            (KIND, name),
            "là cán bộ cuối cùng của trung tâm; lập người khác trước",
            "is the hub's last officer; make another first",
        ));
    }
    run!(tx, "UPDATE officer SET withdrawn_at = $2 WHERE name = $1" => name, mandate.at.to_string())?;
    note(tx, mandate, Act::Revoked, (KIND, name), Some(json!(officer).to_string()), None).await
}

/// The officers who have not been withdrawn, by name.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub async fn list(tx: &mut Tx) -> Result<Vec<Officer>, Fault> {
    let rows: Vec<(String, Option<String>)> =
        all!(tx, "SELECT name, agency FROM officer WHERE withdrawn_at IS NULL ORDER BY name")?;
    rows.into_iter().map(officer).collect()
}

/// Who has this token.
///
/// # Errors
/// [`Fault::NotSignedIn`].
pub async fn recognise(db: &Db, token: &str) -> Result<Officer, Fault> {
    let mut tx = db.read().await?;
    // Looked up by its digest: the time it takes tells nothing about the token.
    let row: Option<(String, Option<String>)> = optional!(
        tx,
        "SELECT name, agency FROM officer WHERE token_sha256 = $1 AND withdrawn_at IS NULL" => digest(token)
    )?;
    row.map(officer).transpose()?.ok_or(Fault::NotSignedIn {})
}

fn officer((name, agency): (String, Option<String>)) -> Result<Officer, Fault> {
    Ok(Officer { name, agency: agency.as_deref().map(from_text).transpose()? })
}
