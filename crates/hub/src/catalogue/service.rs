//! Services in the registry.

use model::agency::{Name, System};
use model::directory::Part;
use model::endpoint::Endpoint;
use model::fault::Fault;
use model::grant::{Fields, RowRule};
use model::id::MemberId;
use model::service::{Dataset, Field, Offer, RESERVED_CODES, Service};

use crate::audit::right::Right;
use crate::registry::check::{check_name, contradictory};
use crate::registry::index::{FIELD, Found};
use crate::registry::references::Reference;
use crate::registry::row::{Columns, Row, text};
use crate::registry::{Subject, Table};
use crate::store::{Tx, run, to_json};
use crate::texts;

/// That a row is of a service of the database `?`.
pub(crate) const OF_DATABASE: &str = "service IN (SELECT s.id FROM database_system d JOIN service s ON s.system = d.system WHERE d.database_id = ?)";
/// Most fields of a dataset, and endpoints of an API. Far more than the largest form of the State.
const PARTS_MAX: usize = 1000;

impl Subject for Service {
    const KIND: &'static str = "Service";
    const TABLE: Table = Table {
        name: "service",
        columns: "id, name_vi, name_en, offer",
        filters: &[
            ("owner", "agency = ?"),
            ("system", "system = ?"),
            ("database", "system IN (SELECT system FROM database_system WHERE database_id = ?)"),
        ],
        ..Table::OF_ENTRIES
    };
    const COLUMNS: &'static [&'static str] = &["id", "name.vi", "name.en", "dataset.key", "dataset.fields"];
    const RIGHT: Right = Right::ChangeServices;

    fn read(row: &Row) -> Result<Self, Fault> {
        let name = Name { vi: row.get("name_vi")?, en: row.get("name_en")? };
        Ok(Self { id: row.parsed("id")?, name, offer: row.json("offer")? })
    }

    fn row(&self) -> Result<Columns, Fault> {
        let system = self.id.system();
        Ok(vec![
            ("agency", text(system.member())),
            ("system", text(system)),
            ("name_vi", text(&self.name.vi)),
            ("name_en", text(&self.name.en)),
            ("offer", text(to_json(&self.offer)?)),
        ])
    }

    fn name(&self) -> &str {
        self.id.as_str()
    }

    async fn owners(&self, _: &mut Tx) -> Result<Vec<MemberId>, Fault> {
        Ok(vec![self.id.system().member()])
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part::Agency(self.id.system().member())]
    }

    /// The service, and the fields of its dataset.
    fn found(&self) -> Vec<Found> {
        let fields = match &self.offer {
            Offer::Dataset(dataset) => &dataset.fields[..],
            Offer::Http { .. } => &[],
        };
        let field = |field: &Field| Found {
            kind: FIELD,
            part: field.name.clone(),
            ..Found::thing(self, &field.label)
        };
        [Found::thing(self, &self.name)].into_iter().chain(fields.iter().map(field)).collect()
    }

    fn references(&self) -> Vec<Reference> {
        vec![Reference::to::<System>(self.id.system())]
    }

    async fn check(&self, _: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        check_name(subject, &self.name)?;
        if RESERVED_CODES.contains(&self.id.code().as_ref()) {
            return Err(contradictory(subject, texts::service_reserved()));
        }
        match &self.offer {
            Offer::Http { endpoints } if endpoints.is_empty() || endpoints.len() > PARTS_MAX => {
                Err(contradictory(subject, texts::endpoints_count(PARTS_MAX)))
            }
            Offer::Http { .. } => Ok(()),
            Offer::Dataset(dataset) => check_dataset(subject, dataset),
        }
    }

    /// What has ended goes with what it was about; the audit trail has it still.
    async fn leave(&self, tx: &mut Tx) -> Result<(), Fault> {
        let id = self.id.as_str();
        run!(tx, "DELETE FROM contract_field WHERE service = $1" => id)?;
        run!(tx, "DELETE FROM contract WHERE service = $1" => id)?;
        run!(tx, "DELETE FROM reference WHERE from_kind = 'Grant' AND from_name IN (SELECT id FROM grants WHERE service = $1)" => id)?;
        run!(tx, "DELETE FROM grants WHERE service = $1 AND revoked_at IS NOT NULL" => id)?;
        run!(tx, "DELETE FROM usage_gap WHERE service = $1" => id)?;
        Ok(())
    }
}

fn check_dataset(subject: (&str, &str), dataset: &Dataset) -> Result<(), Fault> {
    if dataset.field(&dataset.key).is_none() {
        return Err(contradictory(subject, texts::key_not_a_field(&dataset.key)));
    }
    if dataset.fields.len() > PARTS_MAX {
        return Err(contradictory(subject, texts::fields_too_many(PARTS_MAX)));
    }
    for (at, field) in dataset.fields.iter().enumerate() {
        check_name(subject, &field.label)?;
        let plain = !field.name.is_empty()
            && field.name.len() <= 100
            && !field.name.contains(|c: char| c.is_control() || c == '.' || c == ',');
        // `limit` and `cursor` are words of the list itself.
        if !plain || matches!(field.name.as_str(), "limit" | "cursor") {
            return Err(contradictory(subject, texts::field_name_forbidden(&field.name)));
        }
        if dataset.fields.iter().take(at).any(|earlier| earlier.name == field.name) {
            return Err(contradictory(subject, texts::field_twice(&field.name)));
        }
    }
    Ok(())
}

/// Whether a list of endpoints names some: what is left out allows all, and a list that came out empty was not meant to.
pub(crate) fn check_endpoints(
    subject: (&'static str, &str),
    endpoints: Option<&[Endpoint]>,
) -> Result<(), Fault> {
    match endpoints {
        Some([]) => Err(contradictory(subject, texts::endpoints_empty())),
        _ => Ok(()),
    }
}

/// Whether a service has what is named of it: fields, and what records are limited by.
pub(crate) fn check_scope(
    subject: (&'static str, &str),
    service: &Service,
    fields: &Fields,
    rows: Option<&[RowRule]>,
) -> Result<(), Fault> {
    // What is left out allows all, and a list that came out empty was not meant to.
    if rows.is_some_and(<[RowRule]>::is_empty) {
        return Err(contradictory(subject, texts::rows_empty()));
    }
    check_rows(subject, service, rows.unwrap_or_default())?;
    if let (Offer::Dataset(dataset), Fields::Only(names)) = (&service.offer, fields)
        && let Some(unknown) = names.iter().find(|name| dataset.field(name).is_none())
    {
        return Err(contradictory(subject, texts::field_unknown(unknown)));
    }
    Ok(())
}

/// Whether rules of rows can be kept: fields of the dataset, each with at least one value.
pub(crate) fn check_rows(
    subject: (&'static str, &str),
    service: &Service,
    rows: &[RowRule],
) -> Result<(), Fault> {
    for rule in rows {
        if !service.limits_by(&rule.field) {
            return Err(contradictory(subject, texts::rows_by_no_field(&rule.field)));
        }
        if rule.one_of.is_empty() && rule.under.is_none() {
            return Err(contradictory(subject, texts::rows_without_values(&rule.field)));
        }
    }
    Ok(())
}
