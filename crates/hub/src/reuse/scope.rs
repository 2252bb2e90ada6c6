//! Published scopes (rule RU-02): the owner's decision which data may be reused, for which procedures, in place of which papers.

use model::database::Database;
use model::fault::Fault;
use model::id::MemberId;
use model::legal::LegalBasis;
use model::scope::Scope;
use model::service::{Offer, Service};

use crate::audit::right::Right;
use crate::catalogue::contract::{Class, in_force};
use crate::catalogue::service::check_endpoints;
use crate::registry::check::{Gathered, check_code, check_name, check_text, check_validity, require};
use crate::registry::index::Found;
use crate::registry::references::Reference;
use crate::registry::row::{Columns, text};
use crate::registry::{Subject, Table, every};
use crate::reuse::CLASS_EXAMPLE;
use crate::reuse::pack::is_versioned;
use crate::store::Tx;
use crate::texts;

/// Most fields, papers, procedures and classes of a scope.
const PARTS_MAX: usize = 2_000;
/// Most calls a second of each caller.
const RATE_MAX: u32 = 10_000;

impl Subject for Scope {
    const KIND: &'static str = "Scope";
    const TABLE: Table = Table {
        name: "reuse_scope",
        filters: &[("owner", "owner = ?"), ("service", "service = ?"), ("database", "database_id = ?")],
        orders: &[("owner", "owner"), ("service", "service"), ("database", "database_id")],
        ..Table::OF_ENTRIES
    };
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "name.vi",
        "name.en",
        "owner",
        "database",
        "service",
        "fields",
        "papers",
        "procedures",
        "clients",
        "basis",
        "decision.number",
        "decision.day",
        "second_hand",
        "valid_from",
        "valid_to",
    ];
    const RIGHT: Right = Right::IssueGrants;

    fn name(&self) -> &str {
        &self.id
    }

    fn row(&self) -> Result<Columns, Fault> {
        Ok(vec![
            ("owner", text(&self.owner)),
            ("service", text(&self.service)),
            ("database_id", text(&self.database)),
        ])
    }

    /// Whose the service is decides, whatever the document says of its owner.
    async fn owners(&self, _: &mut Tx) -> Result<Vec<MemberId>, Fault> {
        Ok(vec![self.service.system().member()])
    }

    fn references(&self) -> Vec<Reference> {
        vec![
            Reference::to::<Database>(&self.database),
            Reference::to::<Service>(&self.service),
            Reference::to::<LegalBasis>(&self.basis),
        ]
    }

    fn found(&self) -> Vec<Found> {
        vec![Found::thing(self, &self.name)]
    }

    async fn check(&self, tx: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        let mut gathered = Gathered::default();
        gathered.must(is_versioned(&self.id), subject, "id", texts::pack_id);
        gathered.take("name", check_name(subject, &self.name))?;
        gathered.must(self.owner == self.service.system().member(), subject, "owner", texts::scope_owner);
        gathered.must(!self.operations.is_empty(), subject, "operations", texts::endpoints_empty);
        gathered.take("operations", check_endpoints(subject, Some(&self.operations)))?;
        gathered.must(!self.procedures.is_empty(), subject, "procedures", texts::scope_without_procedure);
        gathered.must(!self.clients.is_empty(), subject, "clients", || texts::scope_clients(CLASS_EXAMPLE));
        for (place, codes) in [("papers", &self.papers), ("procedures", &self.procedures)] {
            for code in codes {
                gathered.take(place, check_code((Self::KIND, code)))?;
            }
        }
        for class in &self.clients {
            gathered.must(is_class(class), subject, "clients", || texts::scope_clients(CLASS_EXAMPLE));
        }
        for (place, set) in [
            ("fields", &self.fields),
            ("papers", &self.papers),
            ("procedures", &self.procedures),
            ("clients", &self.clients),
        ] {
            gathered.must(set.len() <= PARTS_MAX, subject, place, || texts::too_many_in(PARTS_MAX));
        }
        if let Some(decision) = &self.decision {
            gathered.take("decision.number", check_text(subject, "decision.number", &decision.number))?;
        }
        gathered.must((1..=RATE_MAX).contains(&self.per_second), subject, "per_second", || {
            texts::scope_rate(RATE_MAX)
        });
        gathered.take("valid_to", check_validity(subject, self.valid))?;
        let service =
            gathered.take("service", require::<Service>(tx, subject, self.service.as_str()).await)?;
        if let Some(service) = service {
            check_fields(tx, self, &service, &mut gathered).await?;
        }
        gathered.done()
    }
}

/// That the fields are there, and none of them is secret.
async fn check_fields(
    tx: &mut Tx,
    scope: &Scope,
    service: &Service,
    gathered: &mut Gathered,
) -> Result<(), Fault> {
    let subject = (Scope::KIND, scope.id.as_str());
    let shape = in_force(tx, &scope.service).await?.map(|contract| contract.shape());
    for field in &scope.fields {
        let there = match &service.offer {
            Offer::Dataset(dataset) => dataset.field(field).is_some(),
            Offer::Http { .. } => shape.as_ref().is_none_or(|shape| shape.field(field).is_some()),
        };
        gathered.must(there, subject, "fields", || texts::scope_field(field, &scope.service));
        let class = shape.as_ref().and_then(|shape| shape.field(field)?.class);
        gathered.must(class != Some(Class::Secret), subject, "fields", || texts::field_is_secret(field));
    }
    Ok(())
}

/// Whether it names systems of a name at all agencies of a class, or one system.
fn is_class(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let plain = |part: &&str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    match parts.as_slice() {
        [instance, class, member, system] => {
            [instance, class, system].into_iter().all(plain) && (*member == "*" || plain(member))
        }
        _ => false,
    }
}

/// The scopes of a service.
pub(crate) async fn of_service(tx: &mut Tx, service: &str) -> Result<Vec<Scope>, Fault> {
    every::<Scope>(tx, &[("service", service)]).await
}
