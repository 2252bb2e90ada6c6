//! What a grant will be able to do, for those who ask and those who decide: which calls it lets through, what an answer looks like, and what
//! keeps it from reading anything. Nodes decide anew at each call; this says beforehand what they will come to.

use jiff::civil::Date;
use model::endpoint::{CallPath, Endpoint};
use model::fault::{Fault, Words};
use model::grant::{Fields, Grant};
use model::legal::{Ground, LegalBasis};
use model::service::{Dataset, DatasetCall, Field, FieldKind, Offer, Service};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::granting::grant::class_of_system;
use crate::registry::Subject as _;
use crate::store::{Tx, optional};
use crate::texts;

/// What a grant will be able to do.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = GrantAbility)]
pub(crate) struct Ability {
    /// What there is to call, and whether the grant lets it through.
    pub(crate) calls: Vec<Allowed>,
    /// What one record looks like, with made-up values; null where the agency's API decides that.
    pub(crate) example: Option<Value>,
    /// What keeps it from reading, as things are.
    pub(crate) warnings: Vec<Warning>,
}

/// Something that may be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AllowedCall)]
pub(crate) struct Allowed {
    /// What it does: `get`, `list`, `find`, `confirm`, `batch`, `count`, `stream`, or `call` for one of an API.
    pub(crate) does: &'static str,
    /// The method.
    pub(crate) method: String,
    /// The path behind the service.
    pub(crate) path: String,
    /// Whether the grant lets it through.
    pub(crate) allowed: bool,
}

/// What keeps a grant from reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = GrantWarning)]
pub(crate) struct Warning {
    /// What: `no_call`, `no_field`, `pages`, `consent`, `not_in_force`, `no_node`, `no_node_of_client`.
    pub(crate) is: &'static str,
    /// Whether it reads nothing at all by this.
    pub(crate) nothing: bool,
    /// In English.
    pub(crate) detail: String,
    /// In Vietnamese.
    pub(crate) detail_vi: String,
}

impl Warning {
    fn new(is: &'static str, nothing: bool, words: &Words) -> Self {
        Self { is, nothing, detail: words.en().to_owned(), detail_vi: words.vi().to_owned() }
    }
}

/// What a grant on a service will be able to do.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn of(tx: &mut Tx, service: &Service, grant: &Grant, today: Date) -> Result<Ability, Fault> {
    let mut ability = plainly(service, grant);
    for granted in &grant.uses {
        let Some(basis) = LegalBasis::load(tx, &granted.basis).await? else { continue };
        if basis.ground == Ground::Consent {
            ability.warn("consent", true, &texts::ability_consent(&basis.citation));
        }
        if !basis.valid.holds_on(today) {
            ability.warn("not_in_force", true, &texts::ability_not_in_force(&basis.citation));
        }
    }
    if !has_node(tx, service.id.system().as_str()).await? {
        ability.warn("no_node", true, &texts::ability_no_node());
    }
    let of_client = match grant.client.system() {
        Some(system) => has_node(tx, system.as_str()).await?,
        None => has_node_of_class(tx, grant.client.as_str()).await?,
    };
    if !of_client {
        ability.warn("no_node_of_client", true, &texts::ability_no_node_of_client());
    }
    Ok(ability)
}

async fn has_node(tx: &mut Tx, system: &str) -> Result<bool, Fault> {
    let node: Option<(String,)> =
        optional!(tx, "SELECT node FROM node_system WHERE system = $1 LIMIT 1" => system)?;
    Ok(node.is_some())
}

async fn has_node_of_class(tx: &mut Tx, class: &str) -> Result<bool, Fault> {
    let node: Option<(String,)> = optional!(
        tx,
        concat!("SELECT node FROM node_system WHERE ", class_of_system!("system"), " = $1 LIMIT 1") => class
    )?;
    Ok(node.is_some())
}

/// The same by service and grant alone.
fn plainly(service: &Service, grant: &Grant) -> Ability {
    let calls: Vec<Allowed> =
        service.endpoints().iter().map(|endpoint| allowed(service, grant, endpoint)).collect();
    let mut ability = Ability { example: None, warnings: Vec::new(), calls };
    if !ability.calls.iter().any(|call| call.allowed) {
        ability.warn("no_call", true, &texts::ability_no_call());
    }
    if let Offer::Dataset(dataset) = &service.offer {
        let shown: Vec<&Field> =
            dataset.fields.iter().filter(|field| grant.fields.allow(&field.name)).collect();
        if shown.is_empty() {
            ability.warn("no_field", true, &texts::ability_no_field());
        } else if !grant.fields.allow(&dataset.key) {
            ability.warn("pages", false, &texts::ability_pages(key_label(dataset)));
        }
        ability.example = Some(example(&shown));
    } else if matches!(&grant.fields, Fields::Only(names) if names.is_empty()) {
        ability.warn("no_field", true, &texts::ability_no_field());
    }
    ability
}

impl Ability {
    fn warn(&mut self, is: &'static str, nothing: bool, words: &Words) {
        if self.warnings.iter().all(|known| known.is != is) {
            self.warnings.push(Warning::new(is, nothing, words));
        }
    }
}

fn key_label(dataset: &Dataset) -> Words {
    dataset.field(&dataset.key).map_or_else(
        || Words::quoted(&dataset.key),
        |field| Words::new(field.label.vi.as_str(), field.label.en.as_str()),
    )
}

fn allowed(service: &Service, grant: &Grant, endpoint: &Endpoint) -> Allowed {
    let method = if endpoint.method == "*" { "GET" } else { endpoint.method.as_str() };
    // A path that fits the pattern stands for all that do.
    let sample = endpoint.path.as_str().replace("/**", "/x").replace('*', "x");
    let path = CallPath::parse(&sample).ok();
    let named = |endpoints: &[Endpoint]| {
        path.as_ref().is_some_and(|path| endpoints.iter().any(|granted| granted.matches(method, path)))
    };
    let allowed = match &grant.endpoints {
        Some(endpoints) => named(endpoints),
        None => service.is_covered_unnamed(endpoint),
    };
    let does = match (&service.offer, path.as_ref()) {
        (Offer::Dataset(_), Some(path)) => match DatasetCall::parse(method, path) {
            Some(DatasetCall::Get { .. }) => "get",
            Some(DatasetCall::List) => "list",
            Some(DatasetCall::Find) => "find",
            Some(DatasetCall::Confirm) => "confirm",
            Some(DatasetCall::Batch) => "batch",
            Some(DatasetCall::Count) => "count",
            Some(DatasetCall::Stream) => "stream",
            Some(DatasetCall::Sync) => "sync",
            None => "call",
        },
        _ => "call",
    };
    Allowed { does, method: endpoint.method.clone(), path: endpoint.path.as_str().to_owned(), allowed }
}

/// One record with made-up values: of nobody, and of the form that each field has.
fn example(fields: &[&Field]) -> Value {
    let value = |field: &&Field| {
        let value = match field.kind {
            FieldKind::Text => json!(format!("{} mẫu", field.label.vi)),
            FieldKind::Name => json!("Nguyễn Thị Mẫu"),
            FieldKind::Date => json!("1990-01-31"),
            FieldKind::Integer => json!(42),
            FieldKind::Boolean => json!(true),
            FieldKind::Unit => json!("00004"),
            FieldKind::PersonId => json!("001190000000"),
            FieldKind::Decimal => json!("12.5"),
            FieldKind::Moment => json!("2026-01-31T08:00:00"),
            FieldKind::Code => json!("01"),
        };
        (field.name.clone(), value)
    };
    Value::Object(fields.iter().map(value).collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn service() -> Service {
        serde_json::from_value(json!({
            "id": "VN/GOV/G01/dan-cu/nguoi", "name": { "vi": "Người", "en": "Person" },
            "dataset": { "key": "so", "fields": [
                { "name": "so", "kind": "person_id", "label": { "vi": "Số", "en": "Number" } },
                { "name": "ten", "kind": "name", "label": { "vi": "Tên", "en": "Name" } },
            ] },
        }))
        .unwrap()
    }

    fn grant(fields: Fields, endpoints: Value) -> Grant {
        let mut grant: Grant = serde_json::from_value(json!({
            "id": "q", "client": "VN/GOV/G15/a", "service": "VN/GOV/G01/dan-cu/nguoi", "fields": "all", "per_second": 1,
            "uses": [{ "purpose": "p", "basis": "b" }],
        }))
        .unwrap();
        grant.fields = fields;
        grant.endpoints = serde_json::from_value(endpoints).unwrap();
        grant
    }

    /// Over fields and endpoints of all sorts: it is told that nothing is read exactly where no call passes or no field is shown.
    #[test]
    fn a_grant_that_reads_nothing_is_told_as_that_and_no_other() {
        let only = |names: &[&str]| {
            Fields::Only(names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>())
        };
        let fields = [Fields::All, only(&[]), only(&["ten"]), only(&["so", "ten"])];
        let endpoints = [
            json!(null),
            json!([{ "method": "GET", "path": "/*" }]),
            json!([{ "method": "GET", "path": "" }]),
            json!([{ "method": "*", "path": "/**" }]),
            json!([{ "method": "PUT", "path": "/*" }]),
            json!([{ "method": "GET", "path": "/v1/nguoi/*" }]),
        ];
        for fields in &fields {
            for (at, endpoints) in endpoints.iter().enumerate() {
                let ability = plainly(&service(), &grant(fields.clone(), endpoints.clone()));
                let shown = ability.example.as_ref().and_then(Value::as_object).unwrap();
                let reads = at < 4 && !shown.is_empty();
                let told = ability.warnings.iter().any(|warning| warning.nothing);
                assert_eq!(told, !reads, "{fields:?} {endpoints}: {ability:?}");
                assert_eq!(shown.contains_key("so"), fields.allow("so"));
                assert!(shown.values().all(|value| value.as_str() != Some("…")), "{shown:?}");
                let pages = ability.warnings.iter().any(|warning| warning.is == "pages");
                assert_eq!(pages, !fields.allow("so") && fields.allow("ten"), "{fields:?}");
            }
        }
        let all = plainly(&service(), &grant(Fields::All, json!(null)));
        let does = |allowed: bool| {
            let calls = all.calls.iter().filter(move |call| call.allowed == allowed);
            calls.map(|call| call.does).collect::<Vec<_>>()
        };
        assert_eq!(
            (does(true), does(false)),
            (vec!["list", "get", "find", "confirm", "batch", "count"], vec!["stream", "sync"])
        );
    }
}
