//! What rules of quality are made of, fetched from the hub in an officer's name.

use std::collections::{BTreeMap, BTreeSet};

use exchange::clock;
use exchange::measure::{Materials, terms_named};
use http::StatusCode;
use hub::catalogue::contract::{Contract, first_to_count};
use model::codelist::{CodeList, Crosswalk, UNITS};
use model::id::{ServiceId, encode_part};
use model::term::Term;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::HubClient;
use crate::internal;
use crate::registry::items;
use crate::trouble::Trouble;

/// The contracts of these datasets, the terms that they name and the code lists that those name. A dataset without a contract is not in it.
///
/// # Errors
/// [`model::fault::Fault::HubUnreachable`], or what the hub says.
pub async fn fetch(client: &HubClient, services: &[ServiceId]) -> Result<Materials, Trouble> {
    let mut contracts = BTreeMap::new();
    for service in services {
        let path = format!("api/v1/registry/contracts?service={}", encode_part(service.as_str()));
        if let Some(contract) = in_force(service, items(client, &path).await?) {
            contracts.insert(service.clone(), contract.odcs);
        }
    }
    let named: BTreeSet<String> = contracts.values().flat_map(terms_named).collect();
    let mut terms: Vec<Term> = Vec::new();
    for id in named {
        terms.extend(thing::<Term>(client, "terms", &id).await?);
    }
    let mut wanted = BTreeSet::from([UNITS.to_owned()]);
    let versions = terms.iter().flat_map(|term| &term.versions);
    wanted.extend(versions.filter_map(|version| version.code_list.clone()));
    let (mut lists, mut walks) = (Vec::new(), Vec::new());
    for id in &wanted {
        lists.extend(thing::<CodeList>(client, "codelists", id).await?);
        let of = encode_part(id);
        for walk in items(client, &format!("api/v1/registry/crosswalks?from={of}&to={of}")).await? {
            walks.push(serde_json::from_value::<Crosswalk>(walk).map_err(internal)?);
        }
    }
    Ok(Materials { fetched_at: clock::now(), contracts, terms, lists, walks })
}

/// The contract to measure by, of those that the registry has of a dataset.
fn in_force(service: &ServiceId, found: Vec<Value>) -> Option<Contract> {
    let odcs = found.into_iter().filter_map(|mut item| item.get_mut("odcs").map(Value::take));
    first_to_count(odcs.filter_map(|odcs| Contract::of(service.clone(), odcs).ok()))
}

/// A thing of the registry, if it is there. That it is not, the rules say by name.
async fn thing<T: DeserializeOwned>(client: &HubClient, kind: &str, id: &str) -> Result<Option<T>, Trouble> {
    match client.get(&format!("api/v1/registry/{kind}/{}", encode_part(id))).await {
        Ok(found) => Ok(Some(serde_json::from_value(found).map_err(internal)?)),
        Err(Trouble::Hub { status: StatusCode::NOT_FOUND, .. }) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}
