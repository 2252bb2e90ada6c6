//! Binding a procedure to what is offered today: terms to the fields of the contracts in force, asks to the scopes that let them be asked.

use std::collections::{BTreeMap, BTreeSet};

use model::contain::{Reach, covered_days};
use model::endpoint::Endpoint;
use model::fault::{Fault, Words};
use model::id::ServiceId;
use model::procedure::{Ask, FIND, Procedure, Published};
use model::scope::Scope;
use model::service::{Dataset, Offer, Service};
use model::term::Version;
use serde_json::Value;

use crate::catalogue::contract::{Contract, Shape, in_force};
use crate::registry::Subject as _;
use crate::reuse::scope::of_service;
use crate::store::Tx;
use crate::texts;

/// What a contract says of itself, in its own list of properties, if no record is proof that there is none.
const COMPLETE: &str = "complete";

/// What is offered under the services that a procedure names.
#[derive(Default)]
pub(crate) struct Offers(BTreeMap<ServiceId, Offered>);

/// A service with what is said of it.
#[derive(Default)]
pub(crate) struct Offered {
    pub(crate) service: Option<Service>,
    /// Of the contract in force.
    pub(crate) shape: Option<Shape>,
    /// Whether the contract calls its dataset complete.
    pub(crate) complete: bool,
    pub(crate) scopes: Vec<Scope>,
}

impl Offers {
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn load(tx: &mut Tx, procedure: &Procedure) -> Result<Self, Fault> {
        let mut offers = BTreeMap::new();
        for service in services(procedure) {
            let contract = in_force(tx, service).await?;
            let offered = Offered {
                service: Service::load(tx, service.as_str()).await?,
                complete: contract.as_ref().is_some_and(is_complete),
                shape: contract.map(|contract| contract.shape()),
                scopes: of_service(tx, service.as_str()).await?,
            };
            offers.insert(service.clone(), offered);
        }
        Ok(Self(offers))
    }

    #[cfg(test)]
    pub(crate) fn of_these(offered: impl IntoIterator<Item = Offered>) -> Self {
        let named = |one: Offered| Some((one.service.as_ref()?.id.clone(), one));
        Self(offered.into_iter().filter_map(named).collect())
    }

    pub(crate) fn of(&self, service: &ServiceId) -> Option<&Offered> {
        self.0.get(service)
    }

    /// All scopes of the services.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.0.values().flat_map(|offered| &offered.scopes)
    }
}

impl Offered {
    /// The dataset, if it is one.
    pub(crate) fn dataset(&self) -> Option<&Dataset> {
        match &self.service.as_ref()?.offer {
            Offer::Dataset(dataset) => Some(dataset),
            Offer::Http { .. } => None,
        }
    }

    /// The field that is meant by its name or by its term, `ndg:ID-001@1.0.0`: of the same major version, whose meaning is the same.
    fn field(&self, named: &str) -> Result<String, Words> {
        let dataset = self.dataset().ok_or_else(texts::no_dataset)?;
        let Some((term, version)) = named.rsplit_once('@').filter(|(term, _)| term.contains(':')) else {
            let there = dataset.field(named).is_some();
            return if there { Ok(named.to_owned()) } else { Err(texts::field_unknown(named)) };
        };
        let version: Version = version.parse().map_err(|_| texts::term_version(named))?;
        let shape = self.shape.as_ref().ok_or_else(texts::no_contract_in_force)?;
        let is_it = |field: &&crate::catalogue::contract::Field| {
            field
                .binding
                .as_ref()
                .is_some_and(|bound| bound.term == term && bound.version.major == version.major)
        };
        let found: Vec<_> = shape.fields.iter().filter(is_it).map(|field| field.name.clone()).collect();
        match found.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(texts::term_not_offered(named)),
            several => Err(texts::term_offered_twice(named, &several.join(", "))),
        }
    }
}

/// What could not be bound: where, and why.
pub(crate) type Unbound = Vec<(String, Words)>;

/// The procedure with all its claims, finds and identities bound to fields, and what could not be.
pub(crate) fn bound(procedure: &Procedure, offers: &Offers) -> (Procedure, Unbound) {
    let (mut bound, mut unbound) = (procedure.clone(), Unbound::new());
    for_each_ask(&mut bound, |place, ask| {
        let Some(offered) = offers.of(&ask.service) else { return };
        let mut field = |at: String, named: &str| match offered.field(named) {
            Ok(field) => field,
            Err(why) => {
                unbound.push((format!("{place}.{at}"), why));
                named.to_owned()
            }
        };
        ask.find = std::mem::take(&mut ask.find)
            .into_iter()
            .map(|(named, fact)| (field(format!("find.{named}"), &named), fact))
            .collect();
        for (at, claim) in ask.claims.iter_mut().enumerate() {
            if let Some(named) = claim.term.as_ref().or(claim.field.as_ref()) {
                claim.field = Some(field(format!("claims.{at}"), named));
            }
        }
        if let Some(identity) = &mut ask.identity {
            for (at, member) in [
                ("identity.number", &mut identity.number),
                ("identity.name", &mut identity.name),
                ("identity.born", &mut identity.born),
            ] {
                if let Some(named) = member {
                    *named = field(at.to_owned(), named);
                }
            }
        }
        if let Some(question) = &mut ask.question {
            question.field = field("question.field".to_owned(), &question.field);
        }
    });
    (bound, unbound)
}

/// The procedure as nodes get it: bound, and each ask with the days on which it may be asked. What is not bound may be asked on none.
pub(crate) fn published(procedure: &Procedure, offers: &Offers) -> Procedure {
    let (mut bound, unbound) = bound(procedure, offers);
    let purpose = procedure.purpose.clone();
    let code = procedure.code().to_owned();
    for_each_ask(&mut bound, |place, ask| {
        let place = format!("{place}.");
        let is_bound = unbound.iter().all(|(at, _)| !at.starts_with(&place));
        let days = offers
            .of(&ask.service)
            .filter(|_| is_bound)
            .map(|offered| days_of(ask, offered, &code, &purpose));
        ask.published = Some(days.unwrap_or_default());
    });
    bound
}

/// On which days systems of which classes may ask.
fn days_of(ask: &Ask, offered: &Offered, procedure: &str, purpose: &str) -> Vec<Published> {
    let allowed: Vec<Reach> =
        offered.scopes.iter().filter_map(|scope| scope.reach(procedure, purpose)).collect();
    let classes: BTreeSet<&String> = allowed.iter().flat_map(|one| &one.clients).collect();
    let of = |class: &String| {
        let asked = reach(ask, purpose, BTreeSet::from([class.clone()]));
        let days = asked.map_or_else(Vec::new, |asked| covered_days(&asked, &allowed));
        days.into_iter().map(|valid| Published { clients: class.clone(), valid }).collect::<Vec<_>>()
    };
    classes.into_iter().flat_map(of).collect()
}

/// What an ask asks, on any day.
pub(crate) fn reach(ask: &Ask, purpose: &str, clients: BTreeSet<String>) -> Option<Reach> {
    let find = Endpoint { method: "POST".into(), path: FIND.parse().ok()?, reads_only: None };
    Some(Reach {
        service: ask.service.clone(),
        operations: vec![find],
        fields: Some(ask.needs().into_iter().map(str::to_owned).collect()),
        purposes: Some(BTreeSet::from([purpose.to_owned()])),
        clients,
        valid: model::time::Validity::default(),
    })
}

/// The services that a procedure asks and does something at.
pub(crate) fn services(procedure: &Procedure) -> BTreeSet<&ServiceId> {
    let asked = procedure.asks().map(|(_, ask)| &ask.service);
    asked.chain(procedure.deeds.iter().map(|deed| &deed.service)).collect()
}

/// Each ask with its place: `requirements.0.alternatives.1.asks.0`.
fn for_each_ask(procedure: &mut Procedure, mut each: impl FnMut(&str, &mut Ask)) {
    for (requirement, one) in procedure.requirements.iter_mut().enumerate() {
        for (way, alternative) in one.alternatives.iter_mut().enumerate() {
            for (at, ask) in alternative.asks.iter_mut().enumerate() {
                each(&place_of_ask(requirement, way, at), ask);
            }
        }
    }
}

/// Where a service is asked, or something is done at it; each place with a dot behind it.
pub(crate) fn places_of(procedure: &Procedure, service: &ServiceId) -> Vec<String> {
    let mut places = Vec::new();
    for (requirement, one) in procedure.requirements.iter().enumerate() {
        for (way, alternative) in one.alternatives.iter().enumerate() {
            let asks = alternative.asks.iter().enumerate().filter(|(_, ask)| ask.service == *service);
            places.extend(asks.map(|(at, _)| format!("{}.", place_of_ask(requirement, way, at))));
        }
    }
    let deeds = procedure.deeds.iter().enumerate().filter(|(_, deed)| deed.service == *service);
    places.extend(deeds.map(|(at, _)| format!("deeds.{at}.")));
    places
}

/// Where an ask stands.
pub(crate) fn place_of_ask(requirement: usize, way: usize, at: usize) -> String {
    format!("requirements.{requirement}.alternatives.{way}.asks.{at}")
}

fn is_complete(contract: &Contract) -> bool {
    let properties = contract.odcs.get("customProperties").and_then(Value::as_array).into_iter().flatten();
    properties.into_iter().any(|property| {
        property.get("property").and_then(Value::as_str) == Some(COMPLETE)
            && property.get("value").is_some_and(|value| *value == Value::Bool(true) || value == "true")
    })
}
