//! Agencies and their systems in the registry.

use model::agency::{Agency, Name, System};
use model::directory::Part;
use model::fault::Fault;
use model::id::MemberId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::audit::right::Right;
use crate::registry::check::{Gathered, check_name, contradictory, require};
use crate::registry::index::Found;
use crate::registry::references::Reference;
use crate::registry::row::{Cell, Columns, Row, rows, text, text_if_any};
use crate::registry::{BY_NAME_EN, BY_NAME_VI, Subject, Table};
use crate::store::{Tx, to_json};
use crate::texts;

/// An agency with how many are right below it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AgencyBranch)]
pub(crate) struct Branch {
    /// The agency.
    #[serde(flatten)]
    agency: Agency,
    /// How many are right below it.
    below: i64,
}

/// The tree without its leaves: what has others below it, or nothing above.
pub(crate) async fn tree(tx: &mut Tx) -> Result<Vec<Branch>, Fault> {
    let rows = rows!(
        tx,
        "SELECT a.id, a.parent, a.name_vi, a.name_en, a.bloc, a.assumed_code, (SELECT COUNT(*) FROM agency b WHERE b.parent = a.id) AS below
         FROM agency a WHERE a.parent IS NULL OR EXISTS (SELECT 1 FROM agency b WHERE b.parent = a.id) ORDER BY a.id"
    )?;
    let branch = |row: &Row| Ok(Branch { agency: Agency::read(row)?, below: row.get("below")? });
    rows.iter().map(branch).collect()
}

impl Subject for Agency {
    const KIND: &'static str = "Agency";
    const TABLE: Table = Table {
        name: "agency",
        columns: "id, parent, name_vi, name_en, bloc, assumed_code",
        filters: &[("parent", "parent = ?"), ("bloc", "bloc = '\"' || ? || '\"'")],
        orders: &[BY_NAME_VI, BY_NAME_EN, ("parent", "parent"), ("bloc", "bloc")],
        ..Table::OF_ENTRIES
    };
    const COLUMNS: &'static [&'static str] = &["id", "parent", "name.vi", "name.en", "bloc", "assumed_code"];
    const RIGHT: Right = Right::Govern;

    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.parsed("id")?,
            parent: row.parsed_if_any("parent")?,
            name: Name { vi: row.get("name_vi")?, en: row.get("name_en")? },
            bloc: row.json("bloc")?,
            assumed_code: row.get("assumed_code")?,
        })
    }

    fn row(&self) -> Result<Columns, Fault> {
        Ok(vec![
            ("parent", text_if_any(self.parent.as_ref())),
            ("name_vi", text(&self.name.vi)),
            ("name_en", text(&self.name.en)),
            ("bloc", text(to_json(&self.bloc)?)),
            ("assumed_code", Cell::Flag(self.assumed_code)),
        ])
    }

    fn name(&self) -> &str {
        self.id.as_str()
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part::Agency(self.id.clone())]
    }

    fn found(&self) -> Vec<Found> {
        vec![Found::thing(self, &self.name)]
    }

    fn references(&self) -> Vec<Reference> {
        self.parent.iter().map(Reference::to::<Self>).collect()
    }

    async fn check(&self, tx: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        let mut gathered = Gathered::default();
        let has_a_name = Part::Agency(self.id.clone()).has_a_name();
        gathered.must(has_a_name, subject, "id", texts::agency_code_form);
        gathered.take("name", check_name(subject, &self.name))?;
        gathered.take("parent", check_parents(tx, self).await)?;
        gathered.done()
    }
}

async fn check_parents(tx: &mut Tx, agency: &Agency) -> Result<(), Fault> {
    let subject = (Agency::KIND, agency.id.as_str());
    let mut above = agency.parent.clone();
    // The tree of the State is not sixteen levels deep; a circle would be.
    for _ in 0..16 {
        let Some(parent) = above else { return Ok(()) };
        above = require::<Agency>(tx, subject, parent.as_str()).await?.parent;
    }
    Err(contradictory(subject, texts::parents_circle()))
}

impl Subject for System {
    const KIND: &'static str = "System";
    const TABLE: Table = Table {
        name: "system",
        columns: "id, name_vi, name_en",
        filters: &[("owner", "agency = ?")],
        orders: &[BY_NAME_VI, BY_NAME_EN, ("owner", "agency")],
        ..Table::OF_ENTRIES
    };
    const COLUMNS: &'static [&'static str] = &["id", "name.vi", "name.en"];
    const RIGHT: Right = Right::ChangeServices;

    fn read(row: &Row) -> Result<Self, Fault> {
        let name = Name { vi: row.get("name_vi")?, en: row.get("name_en")? };
        Ok(Self { id: row.parsed("id")?, name })
    }

    fn row(&self) -> Result<Columns, Fault> {
        Ok(vec![
            ("agency", text(self.id.member())),
            ("name_vi", text(&self.name.vi)),
            ("name_en", text(&self.name.en)),
        ])
    }

    fn name(&self) -> &str {
        self.id.as_str()
    }

    async fn owners(&self, _: &mut Tx) -> Result<Vec<MemberId>, Fault> {
        Ok(vec![self.id.member()])
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part::Agency(self.id.member())]
    }

    fn found(&self) -> Vec<Found> {
        vec![Found::thing(self, &self.name)]
    }

    fn references(&self) -> Vec<Reference> {
        vec![Reference::to::<Agency>(self.id.member())]
    }

    async fn check(&self, _: &mut Tx) -> Result<(), Fault> {
        let mut gathered = Gathered::default();
        gathered.take("name", check_name((Self::KIND, self.id.as_str()), &self.name))?;
        gathered.done()
    }
}
