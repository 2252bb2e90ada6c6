//! Services in the registry.

use model::agency::{Name, System};
use model::directory::Part;
use model::endpoint::Endpoint;
use model::fault::Fault;
use model::grant::{Fields, RowRule};
use model::id::MemberId;
use model::service::{Dataset, Field, Offer, RESERVED_CODES, Service};

use crate::audit::right::Right;
use crate::registry::check::{Gathered, check_name, contradictory};
use crate::registry::index::{FIELD, Found};
use crate::registry::references::Reference;
use crate::registry::row::{Columns, Row, text};
use crate::registry::{BY_NAME_EN, BY_NAME_VI, Subject, Table};
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
        orders: &[BY_NAME_VI, BY_NAME_EN, ("owner", "agency"), ("system", "system")],
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
        let mut gathered = Gathered::default();
        gathered.take("name", check_name(subject, &self.name))?;
        let free = !RESERVED_CODES.contains(&self.id.code().as_ref());
        gathered.must(free, subject, "id", texts::service_reserved);
        match &self.offer {
            Offer::Http { endpoints } => {
                let count = (1..=PARTS_MAX).contains(&endpoints.len());
                gathered.must(count, subject, "http.endpoints", || texts::endpoints_count(PARTS_MAX));
            }
            Offer::Dataset(dataset) => {
                gathered.take("dataset", check_dataset(subject, dataset))?;
            }
        }
        gathered.done()
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
    let mut gathered = Gathered::default();
    let there = dataset.field(&dataset.key).is_some();
    gathered.must(there, subject, "key", || texts::key_not_a_field(&dataset.key));
    if dataset.fields.len() > PARTS_MAX {
        gathered.wrong(subject, "fields", texts::fields_too_many(PARTS_MAX));
        return gathered.done();
    }
    for (at, field) in dataset.fields.iter().enumerate() {
        let place = format!("fields.{at}.name");
        gathered.take(&format!("fields.{at}.label"), check_name(subject, &field.label))?;
        let plain = !field.name.is_empty()
            && field.name.len() <= 100
            && !field.name.contains(|c: char| c.is_control() || c == '.' || c == ',');
        // `limit` and `cursor` are words of the list itself.
        let may = plain && !matches!(field.name.as_str(), "limit" | "cursor");
        gathered.must(may, subject, &place, || texts::field_name_forbidden(&field.name));
        let twice = dataset.fields.iter().take(at).any(|earlier| earlier.name == field.name);
        gathered.must(!twice, subject, &place, || texts::field_twice(&field.name));
    }
    gathered.done()
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
    let mut gathered = Gathered::default();
    // What is left out allows all, and a list that came out empty was not meant to.
    gathered.must(!rows.is_some_and(<[RowRule]>::is_empty), subject, "rows", texts::rows_empty);
    gathered.take("", check_rows(subject, service, rows.unwrap_or_default()))?;
    if let (Offer::Dataset(dataset), Fields::Only(names)) = (&service.offer, fields)
        && let Some(unknown) = names.iter().find(|name| dataset.field(name).is_none())
    {
        gathered.wrong(subject, "fields", texts::field_unknown(unknown));
    }
    gathered.done()
}

/// Whether rules of rows can be kept: fields of the dataset, each with at least one value.
pub(crate) fn check_rows(
    subject: (&'static str, &str),
    service: &Service,
    rows: &[RowRule],
) -> Result<(), Fault> {
    let mut gathered = Gathered::default();
    for (at, rule) in rows.iter().enumerate() {
        let by = service.limits_by(&rule.field);
        gathered.must(by, subject, &format!("rows.{at}.field"), || texts::rows_by_no_field(&rule.field));
        let some = !rule.one_of.is_empty() || rule.under.is_some();
        let why = || texts::rows_without_values(&rule.field);
        gathered.must(some, subject, &format!("rows.{at}.one_of"), why);
    }
    gathered.done()
}
