//! Contracts: what a service answers, as the Open Data Contract Standard 3.1 says it. Each shared field is bound to a term and its
//! version (rule DD-02), and what breaks users of the version before needs a new major one (rule DD-03).

mod compare;
mod shape;

use std::collections::HashMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use model::fault::{Fault, Words};
use model::id::{MemberId, ServiceId};
use model::service::{Offer, Service};
use model::term::{Status, Term, Version};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

pub use compare::{Change, differences};
pub use shape::{Binding, Class, Field, Shape, draft};

use crate::audit::right::Right;
use crate::catalogue::service::OF_DATABASE;
use crate::registry::check::{contradictory, require};
use crate::registry::index::{FIELD, Found};
use crate::registry::references::Reference;
use crate::registry::row::{Beside, Cell, Columns, text, text_if_any};
use crate::registry::{Subject, Table};
use crate::store::{Tx, all, from_json, to_json};
use crate::texts;

/// Largest contract, as JSON text.
const BYTES_MAX: usize = 1024 * 1024;
/// So many mistakes are told at a time.
const MISTAKES_MAX: usize = 8;

/// The standard's own schema: `data/odcs`.
static SCHEMA: LazyLock<Option<Validator>> = LazyLock::new(|| {
    let schema = serde_json::from_str(include_str!("../../../../data/odcs/odcs-3.1.0.schema.json")).ok()?;
    jsonschema::validator_for(&schema).ok()
});

/// A version of a contract in the registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// The contract's own id and version: `dan-cu-nguoi@1.0.0`.
    pub id: String,
    /// The service that it is about.
    pub service: ServiceId,
    /// The contract itself.
    #[schema(value_type = HashMap<String, Value>)]
    pub odcs: Value,
}

/// The life of a version of a contract, first to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Life {
    /// Proposed or drafted: fields need not be bound yet.
    Draft,
    /// In force.
    Active,
    /// In force, but another should be used.
    Deprecated,
    /// No longer in force.
    Retired,
}

impl Contract {
    /// A contract as it comes from a file of the standard.
    ///
    /// # Errors
    /// [`Fault::BadDocument`] if it has no id and version.
    pub fn of(service: ServiceId, odcs: Value) -> Result<Self, Fault> {
        let text = |member: &str| odcs.get(member).and_then(Value::as_str);
        for name in ["id", "version"] {
            // What YAML reads as a number has lost how it was written: 1.10 is 1.1.
            if odcs.get(name).is_some_and(|value| value.is_number()) {
                return Err(Fault::BadDocument {
                    place: Words::quoted(name),
                    why: texts::number_not_text(name),
                });
            }
        }
        let (Some(id), Some(version)) = (text("id"), text("version")) else {
            return Err(Fault::BadDocument { place: Words::quoted("id, version"), why: texts::missing() });
        };
        Ok(Self { id: format!("{id}@{version}"), service, odcs })
    }

    fn text(&self, member: &str) -> &str {
        self.odcs.get(member).and_then(Value::as_str).unwrap_or_default()
    }

    /// Its id without the version.
    #[must_use]
    pub fn family(&self) -> &str {
        self.text("id")
    }

    /// Its version, if it is one.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        self.text("version").parse().ok()
    }

    /// Where it is in its life.
    #[must_use]
    pub fn life(&self) -> Option<Life> {
        match self.text("status") {
            "proposed" | "draft" => Some(Life::Draft),
            "active" => Some(Life::Active),
            "deprecated" => Some(Life::Deprecated),
            "retired" => Some(Life::Retired),
            _ => None,
        }
    }

    /// Its fields.
    #[must_use]
    pub fn shape(&self) -> Shape {
        Shape::of(&self.odcs)
    }
}

/// What the standard's schema finds wrong, with the place of each.
#[must_use]
pub fn mistakes(odcs: &Value) -> Vec<String> {
    let Some(schema) = &*SCHEMA else { return vec!["the schema of the standard is not there".into()] };
    let told = |error: jsonschema::ValidationError<'_>| {
        let place = error.instance_path().to_string();
        let why: String = error.to_string().chars().take(200).collect();
        format!("{}: {why}", if place.is_empty() { "/" } else { &place })
    };
    schema.iter_errors(odcs).take(MISTAKES_MAX).map(told).collect()
}

impl Subject for Contract {
    const KIND: &'static str = "Contract";
    const TABLE: Table = Table {
        name: "contract",
        filters: &[
            ("service", "service = ?"),
            ("owner", "agency = ?"),
            ("status", "status = ?"),
            ("database", OF_DATABASE),
        ],
        orders: &[("service", "service"), ("odcs.status", "status")],
        ..Table::OF_ENTRIES
    };
    const COLUMNS: &'static [&'static str] =
        &["id", "service", "odcs.name", "odcs.version", "odcs.status", "odcs.domain"];
    const RIGHT: Right = Right::ChangeServices;

    fn name(&self) -> &str {
        &self.id
    }

    async fn owners(&self, _: &mut Tx) -> Result<Vec<MemberId>, Fault> {
        Ok(vec![self.service.system().member()])
    }

    /// The fields of a contract in force; the service itself is found by its own name.
    fn found(&self) -> Vec<Found> {
        if !matches!(self.life(), Some(Life::Active | Life::Deprecated)) {
            return Vec::new();
        }
        let fields = self.shape().fields.into_iter();
        let field = |field: Field| Found {
            kind: FIELD,
            subject: self.service.to_string(),
            part: field.name,
            vi: field.title,
            term: field.binding.map(|binding| binding.term),
            ..Found::default()
        };
        fields.map(field).collect()
    }

    fn references(&self) -> Vec<Reference> {
        // A draft, and what has ended, go with the service.
        let holds = matches!(self.life(), Some(Life::Active | Life::Deprecated));
        holds.then(|| Reference::to::<Service>(&self.service)).into_iter().collect()
    }

    fn row(&self) -> Result<Columns, Fault> {
        let status = to_json(&self.life())?;
        Ok(vec![
            ("family", text(self.family())),
            ("service", text(&self.service)),
            ("agency", text(self.service.system().member())),
            ("status", text(status.trim_matches('"'))),
        ])
    }

    /// Its fields: what is searched, compared between databases, and bound to terms.
    fn beside(&self) -> Vec<Beside> {
        let row = |(place, field): (i64, Field)| {
            let (term, version) = field.binding.map(|binding| (binding.term, binding.version)).unzip();
            vec![
                Cell::Number(place),
                text(&self.service),
                text(&field.name),
                text(folded(&field.name)),
                text(&field.title),
                text_if_any(term),
                text_if_any(version),
                text_if_any(field.class.map(Class::word)),
            ]
        };
        vec![Beside {
            table: "contract_field",
            key: "contract",
            columns: &["place", "service", "name", "folded", "title", "term", "version", "class"],
            rows: (0i64..).zip(self.shape().fields).map(row).collect(),
        }]
    }

    async fn follow(&self, tx: &mut Tx, old: Option<&Self>) -> Result<(), Fault> {
        require::<Service>(tx, (Self::KIND, &self.id), self.service.as_str()).await?;
        old.map_or(Ok(()), |old| check_history(self, old))
    }

    async fn check(&self, tx: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        self.check_itself()?;
        let service: Service = require(tx, subject, self.service.as_str()).await?;
        let shape = self.shape();
        if let Offer::Dataset(dataset) = &service.offer {
            shape.check_against(subject, dataset)?;
        }
        if self.life() >= Some(Life::Active) {
            self.check_bound(tx, &shape).await?;
        }
        self.check_step(tx).await
    }

    /// What was in force stays; drafts go.
    async fn leave(&self, _: &mut Tx) -> Result<(), Fault> {
        if self.life() != Some(Life::Draft) {
            return Err(contradictory((Self::KIND, &self.id), texts::contract_in_force()));
        }
        Ok(())
    }
}

impl Contract {
    /// Whether it is a contract of the standard, under the name it has.
    fn check_itself(&self) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        if self.odcs.to_string().len() > BYTES_MAX {
            return Err(contradictory(subject, texts::contract_too_large()));
        }
        let wrong = mistakes(&self.odcs);
        if !wrong.is_empty() {
            let wrong = wrong.join("; ");
            return Err(contradictory(subject, texts::not_odcs(&wrong)));
        }
        if self.text("apiVersion") != "v3.1.0" {
            return Err(contradictory(subject, texts::contract_api_version()));
        }
        crate::registry::check::check_code((Self::KIND, self.family()))?;
        let named = format!("{}@{}", self.family(), self.text("version"));
        if self.id != named || self.version().is_none() {
            return Err(contradictory(subject, texts::contract_id(&named)));
        }
        if self.life().is_none() {
            return Err(contradictory(subject, texts::contract_status()));
        }
        Ok(())
    }

    /// DD-02: every field has its term, in a version that was approved; and a class. CN-07: what is secret is not shared by a service.
    async fn check_bound(&self, tx: &mut Tx, shape: &Shape) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        for field in &shape.fields {
            let name = &field.name;
            let Some(binding) = &field.binding else {
                return Err(contradictory(subject, texts::field_without_term(name, shape::EXAMPLE)));
            };
            let term: Term = require(tx, subject, &binding.term).await?;
            let version = term.versions.iter().find(|version| version.version == binding.version);
            if version.is_none_or(|version| version.status < Status::Approved) {
                return Err(contradictory(
                    subject,
                    texts::term_not_approved(name, &binding.term, binding.version),
                ));
            }
            match field.class {
                None => {
                    return Err(contradictory(subject, texts::field_without_class(name, Class::WORDS)));
                }
                Some(Class::Secret) => {
                    return Err(contradictory(subject, texts::field_is_secret(name)));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// DD-03: against the version before, what breaks its users needs a new major.
    async fn check_step(&self, tx: &mut Tx) -> Result<(), Fault> {
        let rows: Vec<(String,)> =
            all!(tx, "SELECT entry FROM contract WHERE family = $1 AND id <> $2" => self.family(), &self.id)?;
        let others: Vec<Self> = rows.iter().map(|(entry,)| from_json(entry)).collect::<Result<_, _>>()?;
        let Some(version) = self.version() else { return Ok(()) };
        if let Some(other) = others.iter().find(|other| other.service != self.service) {
            return Err(contradictory(
                (Self::KIND, &self.id),
                texts::contract_id_used(self.family(), &other.service),
            ));
        }
        let before =
            others.iter().filter(|other| other.version() < Some(version)).max_by_key(|other| other.version());
        let Some(before) = before else { return Ok(()) };
        let breaking: Vec<String> = differences(&before.shape(), &self.shape())
            .into_iter()
            .filter(|change| change.breaking)
            .map(|change| format!("{} ({})", change.field, change.what))
            .collect();
        if !breaking.is_empty() && before.version().is_some_and(|before| before.major == version.major) {
            let breaking = breaking.join(", ");
            return Err(Fault::Contradictory {
                subject: format!("{} {}", Self::KIND, self.id),
                why: texts::contract_breaks(&before.id, &breaking),
            });
        }
        Ok(())
    }
}

/// What was in force is not changed, only ended.
fn check_history(new: &Contract, old: &Contract) -> Result<(), Fault> {
    let subject = (Contract::KIND, new.id.as_str());
    let (from, to) = (old.life(), new.life());
    if to < from {
        return Err(contradictory(subject, texts::contract_life()));
    }
    let without_status = |contract: &Contract| {
        let mut odcs = contract.odcs.clone();
        if let Value::Object(members) = &mut odcs {
            members.remove("status");
        }
        (odcs, contract.service.clone())
    };
    if from >= Some(Life::Active) && without_status(new) != without_status(old) {
        return Err(contradictory(subject, texts::contract_fixed()));
    }
    Ok(())
}

/// A field's name as names are compared: no marks, no case, no separators.
#[must_use]
pub fn folded(name: &str) -> String {
    let key = model::text::search_key(name);
    key.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The contract in force of a service, the newest first.
pub(crate) async fn in_force(tx: &mut Tx, service: &ServiceId) -> Result<Option<Contract>, Fault> {
    let rows: Vec<(String,)> = all!(
        tx,
        "SELECT entry FROM contract WHERE service = $1 AND status IN ('active', 'deprecated')" => service.as_str()
    )?;
    let contracts: Vec<Contract> = rows.iter().map(|(entry,)| from_json(entry)).collect::<Result<_, _>>()?;
    Ok(first_to_count(contracts))
}

/// Of the contracts of one service the one that counts: an active one before one that is deprecated, and a draft only where nothing is
/// promised yet; of several the newest. None: all are retired.
#[must_use]
pub fn first_to_count(contracts: impl IntoIterator<Item = Contract>) -> Option<Contract> {
    let rank = |contract: &Contract| match contract.life()? {
        Life::Active => Some(2),
        Life::Deprecated => Some(1),
        Life::Draft => Some(0),
        Life::Retired => None,
    };
    let ranked = contracts.into_iter();
    let ranked = ranked.filter_map(|contract| Some((rank(&contract)?, contract.version(), contract)));
    ranked.max_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1))).map(|(.., contract)| contract)
}

/// The contract in force of each service that a duty names, by its identifier, the newest first.
pub(crate) async fn in_force_of_duties(tx: &mut Tx) -> Result<HashMap<String, String>, Fault> {
    let rows: Vec<(String, String)> = all!(
        tx,
        "SELECT service, entry FROM contract WHERE status IN ('active', 'deprecated')
             AND service IN (SELECT to_name FROM reference WHERE from_kind = 'Duty' AND to_kind = 'Service') ORDER BY id"
    )?;
    let mut newest: HashMap<String, Contract> = HashMap::new();
    for (service, entry) in rows {
        let contract: Contract = from_json(&entry)?;
        if newest.get(&service).is_none_or(|known| known.version() <= contract.version()) {
            newest.insert(service, contract);
        }
    }
    Ok(newest.into_iter().map(|(service, contract)| (service, contract.id)).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_schema_of_the_standard_loads_and_judges() {
        assert!(SCHEMA.is_some());
        let good = json!({ "apiVersion": "v3.1.0", "kind": "DataContract", "id": "thu", "version": "1.0.0", "status": "draft" });
        assert_eq!(mistakes(&good), Vec::<String>::new());
        let mut bad = good;
        bad["schema"] =
            json!([{ "name": "nguoi", "properties": [{ "name": "ho_ten", "logicalType": "chữ" }] }]);
        let found = mistakes(&bad);
        assert!(found[0].starts_with("/schema/0"), "{found:?}");
        assert!(!mistakes(&json!({ "kind": "DataContract" })).is_empty());
    }

    #[test]
    fn names_are_folded() {
        let check = |name: &str, expect: &str| assert_eq!(folded(name), expect, "{name}");
        check("Họ và tên", "hovaten");
        check("HO_VA_TEN", "hovaten");
        check("ngay-sinh", "ngaysinh");
        check("Đ.Chỉ 2", "dchi2");
    }
}
