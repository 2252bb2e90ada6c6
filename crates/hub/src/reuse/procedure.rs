//! Administrative procedures in the registry: each version by itself, since a case ends by the one that it began with.

use model::agency::Agency;
use model::directory::Part;
use model::fault::Fault;
use model::id::MemberId;
use model::legal::{LegalBasis, Purpose};
use model::procedure::Procedure;
use model::service::Service;
use model::time::day_in_viet_nam;

use crate::audit::right::Right;
use crate::clock;
use crate::registry::check::{Gathered, contradictory};
use crate::registry::index::Found;
use crate::registry::references::Reference;
use crate::registry::row::{Columns, text};
use crate::registry::{Subject, Table};
use crate::reuse::{bind, check};
use crate::store::Tx;
use crate::texts;

impl Subject for Procedure {
    const KIND: &'static str = "Procedure";
    const TABLE: Table = Table {
        name: "procedure_entry",
        filters: &[
            ("owner", "owner = ?"),
            ("code", "code = ?"),
            ("purpose", "purpose = ?"),
            (
                "service",
                "EXISTS (SELECT 1 FROM reference r WHERE r.from_kind = 'Procedure' AND r.from_name = procedure_entry.id
                     AND r.to_kind = 'Service' AND r.to_name = ?)",
            ),
        ],
        orders: &[("owner", "owner"), ("purpose", "purpose")],
        ..Table::OF_ENTRIES
    };
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "name.vi",
        "name.en",
        "owner",
        "levels",
        "purpose",
        "bases",
        "assurance",
        "working_days",
        "source",
        "second_hand",
        "assumed",
        "valid_from",
        "valid_to",
    ];
    const RIGHT: Right = Right::ChangeCatalogue;

    fn name(&self) -> &str {
        &self.id
    }

    fn row(&self) -> Result<Columns, Fault> {
        Ok(vec![("code", text(self.code())), ("owner", text(&self.owner)), ("purpose", text(&self.purpose))])
    }

    async fn owners(&self, _: &mut Tx) -> Result<Vec<MemberId>, Fault> {
        Ok(vec![self.owner.clone()])
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part::Procedure(self.id.clone())]
    }

    fn references(&self) -> Vec<Reference> {
        let holders =
            self.requirements.iter().flat_map(|one| &one.alternatives).filter_map(|way| way.holder.as_ref());
        let agencies = [&self.owner].into_iter().chain(holders).map(Reference::to::<Agency>);
        let bases = self.bases.iter().map(Reference::to::<LegalBasis>);
        let services = bind::services(self).into_iter().map(Reference::to::<Service>);
        let mut named: Vec<Reference> = [Reference::to::<Purpose>(&self.purpose)]
            .into_iter()
            .chain(agencies)
            .chain(bases)
            .chain(services)
            .collect();
        named.sort_by(|one, other| (one.kind, &one.name).cmp(&(other.kind, &other.name)));
        named.dedup_by(|one, other| one.kind == other.kind && one.name == other.name);
        named
    }

    fn found(&self) -> Vec<Found> {
        let papers = self.requirements.iter().filter_map(|one| one.paper.as_ref());
        let also: Vec<String> = papers.map(|paper| format!("{} {}", paper.name.vi, paper.name.en)).collect();
        vec![Found {
            note: self.code().to_owned(),
            also: also.join(" "),
            ends: self.valid.valid_to,
            ..Found::thing(self, &self.name)
        }]
    }

    /// By what is in force, cases have begun: it is only ended, and the next version takes its place.
    async fn follow(&self, _: &mut Tx, old: Option<&Self>) -> Result<(), Fault> {
        let Some(old) = old else { return Ok(()) };
        let in_force = old.valid.valid_from.is_none_or(|from| from <= day_in_viet_nam(clock::now()));
        let mut ended = old.clone();
        ended.valid.valid_to = self.valid.valid_to;
        if in_force && ended != *self {
            return Err(contradictory((Self::KIND, &self.id), texts::procedure_fixed()));
        }
        Ok(())
    }

    async fn check(&self, tx: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        let mut gathered = Gathered::default();
        for finding in check::findings(tx, self).await?.into_iter().filter(|finding| !finding.warning) {
            gathered.wrong(subject, &finding.place, finding.told);
        }
        gathered.done()
    }
}
