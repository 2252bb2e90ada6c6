//! What commands beside the node ask about copies: whether one can be kept, how those stand that are, and what is held of one.

use connect::target::{Copied, Field};
use model::endpoint::CallPath;
use model::fault::Fault;
use model::service::Offer;

use crate::clock;
use crate::copies::CopyStatus;
use crate::decide::{Call, decide};
use crate::folder::StateFolder;
use crate::settings::{CopySettings, NodeSettings};
use crate::texts;

/// A record that a copy's database refuses.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct HeldRecord {
    /// Its key.
    pub key: String,
    /// The database's code for why, `SQLSTATE` where there is one.
    pub code: String,
    /// The same in the database's words.
    pub says: String,
}

/// Whether a copy can be kept: its node's copy of the directory allows it today, and its database has or takes a table for it, which is made.
///
/// # Errors
/// The [`Fault`] of what is in the way.
pub async fn check_copy(folder: &StateFolder, copy: &CopySettings) -> Result<(), Fault> {
    let bad = |why| Fault::bad_settings(format_args!("copies.{}", copy.service), why);
    let path = CallPath::parse("/sync").map_err(|error| Fault::Internal { why: error.to_string() })?;
    let (client, service, purpose) = (copy.client.clone(), copy.service.clone(), copy.purpose.clone());
    let call = Call { client, service, purpose, method: "POST".to_owned(), path };
    let decided = decide(&folder.compile_directory().await?, &call, clock::now());
    let permit = decided.map_err(|fault| match fault {
        Fault::EndpointNotGranted { .. } => bad(texts::sync_not_named(&copy.client)),
        fault => fault,
    })?;
    let Offer::Dataset(dataset) = &permit.offered.service.offer else {
        return Err(Fault::UnknownService { service: copy.service.clone() });
    };
    if !permit.grant.fields.allow(&dataset.key) {
        return Err(bad(texts::sync_needs_key(&dataset.key)));
    }
    let of = |name: &str, kind| Field { name: name.to_owned(), kind };
    let kind = dataset.field(&dataset.key).map(|field| field.kind).unwrap_or_default();
    let others = dataset.fields.iter().filter(|field| field.name != dataset.key);
    let granted = others.filter(|field| permit.grant.fields.allow(&field.name));
    let copied = Copied {
        table: copy.table.clone(),
        key: of(&dataset.key, kind),
        fields: granted.map(|field| of(&field.name, field.kind)).collect(),
    };
    let target = copy.open()?;
    let failed = |error: connect::target::TargetError| bad(error.words());
    target.prepare().await.map_err(failed)?;
    let mut looking = target.begin().await.map_err(failed)?;
    let is_known = looking.position(&copy.name()).await.map_err(failed)?.is_some();
    drop(looking);
    target.prepare_copy(&copied, &[], is_known).await.map_err(failed)
}

/// How the copies stand that a node keeps, as it wrote that down last.
///
/// # Errors
/// [`Fault::FileFailed`].
pub fn copies(folder: &StateFolder, settings: &NodeSettings) -> Result<Vec<CopyStatus>, Fault> {
    let of =
        |copy: &CopySettings| CopyStatus::read(&folder.copy(&copy.service, &copy.target, &copy.table), copy);
    settings.copies.iter().map(of).collect()
}

/// The records that a copy's database refuses.
///
/// # Errors
/// [`Fault::BadSettings`] with what the database says.
pub async fn held_records(copy: &CopySettings) -> Result<Vec<HeldRecord>, Fault> {
    let failed = |error: connect::target::TargetError| {
        Fault::bad_settings(format_args!("copies.{}", copy.service), error.words())
    };
    let mut looking = copy.open()?.begin().await.map_err(failed)?;
    let held = looking.held(&copy.name()).await.map_err(failed)?;
    Ok(held.into_iter().map(|(key, _, code, says)| HeldRecord { key, code, says }).collect())
}
