//! The list of open data (rule DL-06): sets that owners have named, each with the fields that the contract in force calls public. A
//! field of any other class cannot come into it.

use model::agency::Name;
use model::database::{Database, Update};
use model::fault::Fault;
use model::id::ServiceId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::catalogue::contract::{self, Class};
use crate::registry::every;
use crate::store::Tx;

/// A set of open data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OpenDataset)]
pub(crate) struct Listed {
    /// The database.
    pub(crate) database: String,
    /// The agency that answers for it.
    pub(crate) owner: Option<String>,
    /// The set's code.
    pub(crate) code: String,
    /// Its name.
    pub(crate) name: Name,
    /// The service.
    pub(crate) service: String,
    /// The contract that says what is public.
    pub(crate) contract: String,
    /// The public fields.
    pub(crate) fields: Vec<String>,
    /// How often it is brought up to date.
    #[schema(value_type = String)]
    pub(crate) update: Update,
}

/// The columns of the list.
pub(crate) const COLUMNS: &[&str] =
    &["database", "owner", "code", "name.vi", "name.en", "service", "contract", "fields", "update"];

/// The contract in force of a service, and its fields that are public.
pub(crate) async fn public_fields(
    tx: &mut Tx,
    service: &ServiceId,
) -> Result<Option<(String, Vec<String>)>, Fault> {
    let Some(contract) = contract::in_force(tx, service).await? else { return Ok(None) };
    let fields = contract.shape().fields.into_iter();
    let public = fields.filter(|field| field.class == Some(Class::Public)).map(|field| field.name).collect();
    Ok(Some((contract.id, public)))
}

/// The sets of a database that have public fields now.
pub(crate) async fn sets_of(tx: &mut Tx, database: &Database) -> Result<Vec<Listed>, Fault> {
    let mut listed = Vec::new();
    for set in &database.open_data {
        let Some((contract, fields)) = public_fields(tx, &set.service).await? else { continue };
        if fields.is_empty() {
            continue;
        }
        listed.push(Listed {
            database: database.id.clone(),
            owner: database.owner.as_ref().map(ToString::to_string),
            code: set.code.clone(),
            name: set.name.clone(),
            service: set.service.to_string(),
            contract,
            fields,
            update: set.update,
        });
    }
    Ok(listed)
}

/// All sets.
pub(crate) async fn list(tx: &mut Tx) -> Result<Vec<Listed>, Fault> {
    let mut listed = Vec::new();
    for database in every::<Database>(tx, &[("standing", "registered")]).await? {
        listed.extend(sets_of(tx, &database).await?);
    }
    Ok(listed)
}
