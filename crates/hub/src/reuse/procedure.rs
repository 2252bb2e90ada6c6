//! Administrative procedures in the registry: each version by itself, since a case ends by the one that it began with.

use std::collections::BTreeSet;

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
use crate::reuse::check::Finding;
use crate::reuse::{bind, check};
use crate::store::{Tx, all, from_text};
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
                "id IN (SELECT r.from_name FROM reference r WHERE r.from_kind = 'Procedure'
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

    /// Of all versions of its code: nobody adds one to a procedure of another ministry. Where it changes hands, the hub writes.
    async fn owners(&self, tx: &mut Tx) -> Result<Vec<MemberId>, Fault> {
        let rows: Vec<(String,)> = all!(
            tx,
            "SELECT DISTINCT owner FROM procedure_entry WHERE code = $1 ORDER BY owner" => self.code()
        )?;
        let others = rows.iter().map(|(owner,)| from_text(owner)).collect::<Result<BTreeSet<_>, _>>()?;
        Ok(others.into_iter().chain([self.owner.clone()]).collect::<BTreeSet<_>>().into_iter().collect())
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
        let mut ended = old.clone();
        ended.valid.valid_to = self.valid.valid_to;
        if has_begun(old) && ended != *self {
            return Err(contradictory((Self::KIND, &self.id), texts::procedure_fixed()));
        }
        Ok(())
    }

    async fn check(&self, tx: &mut Tx) -> Result<(), Fault> {
        refused(self, check::findings(tx, self).await?)
    }

    /// One that is ended need not be possible any more: that may be why it is.
    async fn check_changed(&self, tx: &mut Tx, changed: &[&str]) -> Result<(), Fault> {
        let findings = match changed {
            ["valid_to"] => check::of_itself(self),
            _ => check::findings(tx, self).await?,
        };
        refused(self, findings)
    }

    /// By what has been in force, cases have begun, and they end by it.
    async fn leave(&self, _: &mut Tx) -> Result<(), Fault> {
        if has_begun(self) {
            return Err(contradictory((Self::KIND, &self.id), texts::procedure_stays()));
        }
        Ok(())
    }
}

fn refused(procedure: &Procedure, findings: Vec<Finding>) -> Result<(), Fault> {
    let mut gathered = Gathered::default();
    for finding in findings.into_iter().filter(|finding| !finding.warning) {
        gathered.wrong((Procedure::KIND, &procedure.id), &finding.place, finding.told);
    }
    gathered.done()
}

fn has_begun(procedure: &Procedure) -> bool {
    procedure.valid.valid_from.is_none_or(|from| from <= day_in_viet_nam(clock::now()))
}
