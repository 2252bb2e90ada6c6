//! What rules of quality are made of, fetched from the hub in an officer's name.

use std::collections::{BTreeMap, BTreeSet};

use exchange::clock;
use exchange::measure::Materials;
use http::StatusCode;
use hub::catalogue::contract::{Contract, Life};
use model::codelist::{CodeList, Crosswalk, UNITS};
use model::id::{ServiceId, encode_part};
use model::term::Term;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::HubClient;
use crate::internal;
use crate::registry::items;
use crate::trouble::Trouble;

/// What stands before a term's id and version in the address of a definition.
const TERM: &str = "urn:lienthong:term:";

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
    let mut named = BTreeSet::new();
    contracts.values().for_each(|contract| name_terms(contract, &mut named));
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

/// The contract to measure by: the one in force, of several the newest; a draft where there is nothing else.
fn in_force(service: &ServiceId, found: Vec<Value>) -> Option<Contract> {
    let odcs = found.into_iter().filter_map(|mut item| item.get_mut("odcs").map(Value::take));
    let contracts = odcs.filter_map(|odcs| Contract::of(service.clone(), odcs).ok());
    let rank = |contract: &Contract| match contract.life()? {
        Life::Active => Some(2),
        Life::Deprecated => Some(1),
        Life::Draft => Some(0),
        Life::Retired => None,
    };
    let ranked = contracts.filter_map(|contract| Some((rank(&contract)?, contract.version(), contract)));
    ranked.max_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1))).map(|(.., contract)| contract)
}

/// The ids of all terms that a contract leads to.
fn name_terms(value: &Value, named: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let id = text.strip_prefix(TERM).and_then(|bound| bound.rsplit_once('@'));
            named.extend(id.map(|(id, _)| id.to_owned()));
        }
        Value::Array(items) => items.iter().for_each(|item| name_terms(item, named)),
        Value::Object(members) => members.values().for_each(|member| name_terms(member, named)),
        _ => {}
    }
}

/// A thing of the registry, if it is there. That it is not, the rules say by name.
async fn thing<T: DeserializeOwned>(client: &HubClient, kind: &str, id: &str) -> Result<Option<T>, Trouble> {
    match client.get(&format!("api/v1/registry/{kind}/{}", encode_part(id))).await {
        Ok(found) => Ok(Some(serde_json::from_value(found).map_err(internal)?)),
        Err(Trouble::Hub { status: StatusCode::NOT_FOUND, .. }) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}
