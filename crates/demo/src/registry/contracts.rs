//! The contracts of the demo nation: drawn up from its services, bound to the dictionary as `bindings.tsv` says.

use hub::catalogue::contract::{Binding, Contract, draft};
use hub::kinds::Document;
use model::service::{Offer, Service};
use model::term::{Domain, TermVersion};
use serde_json::{Value, json};

const BINDINGS: &str = include_str!("bindings.tsv");
/// What Decree 356/2025 Art. 4 counts as sensitive among the nation's fields: ethnic origin and religion (rule PD-02).
const SENSITIVE: [&str; 2] = ["dan_toc", "ton_giao"];

/// Registers of which the nation's ministries promise that they are complete: no record is proof that there is none.
const COMPLETE: [&str; 4] = [
    "VN/GOV/G15/ho-tich/ket-hon",
    "VN/GOV/G03/giao-duc/hoc-sinh",
    "VN/GOV/G18/bao-tro/doi-tuong",
    "VN/GOV/G12/ho-kinh-doanh/dang-ky",
];

/// A contract in force for each service whose fields are bound.
pub(super) fn contracts(documents: &[Document]) -> Vec<Document> {
    let services = documents.iter().filter_map(|document| match document {
        Document::Service(service) => Some(&**service),
        _ => None,
    });
    services
        .filter_map(|service| {
            let contract = Contract::of(service.id.clone(), in_force(service, documents)?).ok()?;
            Some(Document::Contract(Box::new(contract)))
        })
        .collect()
}

fn in_force(service: &Service, documents: &[Document]) -> Option<Value> {
    let bound: Vec<(&str, Binding)> = bindings(service.id.as_str()).collect();
    if bound.is_empty() {
        return None;
    }
    let binding =
        |name: &str| bound.iter().find(|(field, _)| *field == name).map(|(_, binding)| binding.clone());
    let mut odcs = draft(service, binding);
    odcs.as_object_mut()?.insert("status".into(), json!("active"));
    if COMPLETE.contains(&service.id.as_str()) {
        let complete = json!([{ "property": "complete", "value": true }]);
        odcs.as_object_mut()?.insert("customProperties".into(), complete);
    }
    let properties = odcs.pointer_mut("/schema/0/properties")?.as_array_mut()?;
    if matches!(service.offer, Offer::Http { .. }) {
        properties.extend(bound.iter().map(|(field, binding)| {
            let title = version(documents, binding).map(|version| version.name.vi.clone());
            json!({ "name": field, "businessName": title, "logicalType": "string",
                "authoritativeDefinitions": [{ "url": binding.to_string(), "type": "businessDefinition" }] })
        }));
    }
    for property in properties {
        let name = property.get("name").and_then(Value::as_str)?.to_owned();
        let domain = binding(&name).and_then(|binding| version(documents, &binding)?.domain);
        let class = match domain {
            _ if SENSITIVE.contains(&name.as_str()) => "sensitive",
            Some(Domain::Person) => "personal",
            Some(Domain::Address | Domain::Geography) => "public",
            _ => "internal",
        };
        property.as_object_mut()?.insert("classification".into(), json!(class));
    }
    Some(odcs)
}

fn bindings(service: &str) -> impl Iterator<Item = (&'static str, Binding)> {
    BINDINGS.lines().filter_map(move |line| {
        let mut cells = line.split('\t');
        let (found, field, term, version) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
        let version = version.parse().ok()?;
        (found == service).then(|| (field, Binding { term: term.to_owned(), version }))
    })
}

fn version<'a>(documents: &'a [Document], binding: &Binding) -> Option<&'a TermVersion> {
    documents.iter().find_map(|document| match document {
        Document::Term(term) if term.id == binding.term => {
            term.versions.iter().find(|version| version.version == binding.version)
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sensitive_field_of_the_nation_is_bound_as_such() {
        let mut documents = operate::seed::documents().unwrap();
        let services = include_str!("services.yaml");
        documents.extend(operate::input::documents::<Document>("services.yaml", services).unwrap());
        let contracts = contracts(&documents);
        let mut seen = Vec::new();
        for contract in &contracts {
            let Document::Contract(contract) = contract else { continue };
            let properties = contract.odcs.pointer("/schema/0/properties").and_then(Value::as_array).unwrap();
            for property in properties {
                let name = property["name"].as_str().unwrap();
                let sensitive = property["classification"] == "sensitive";
                assert_eq!(sensitive, ["dan_toc", "ton_giao"].contains(&name), "{name}");
                seen.extend(sensitive.then(|| name.to_owned()));
            }
        }
        assert_eq!(seen, ["dan_toc", "ton_giao"]);
    }
}
