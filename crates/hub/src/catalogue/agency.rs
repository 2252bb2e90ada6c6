//! Agencies and their systems in the registry.

use model::agency::{Agency, Name, System};
use model::directory::Part;
use model::fault::Fault;
use model::id::MemberId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::audit::right::Right;
use crate::registry::check::{check_name, contradictory, require};
use crate::registry::index::Found;
use crate::registry::references::Reference;
use crate::registry::{Subject, Table};
use crate::store::{Tx, all, from_json, from_text, run};

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
    type Row = (String, Option<String>, String, String, String, bool, i64);
    let rows: Vec<Row> = all!(
        tx,
        "SELECT a.id, a.parent, a.name_vi, a.name_en, a.bloc, a.assumed_code, (SELECT COUNT(*) FROM agency b WHERE b.parent = a.id) AS below
         FROM agency a WHERE a.parent IS NULL OR EXISTS (SELECT 1 FROM agency b WHERE b.parent = a.id) ORDER BY a.id"
    )?;
    let branch = |(id, parent, vi, en, bloc, assumed, below): Row| {
        Ok(Branch { agency: Agency::read((id, parent, vi, en, bloc, assumed))?, below })
    };
    rows.into_iter().map(branch).collect()
}

impl Subject for Agency {
    const KIND: &'static str = "Agency";
    const TABLE: Table = Table {
        name: "agency",
        key: "id",
        columns: "id, parent, name_vi, name_en, bloc, assumed_code",
        only: "",
        filters: &[("parent", "parent")],
    };
    const COLUMNS: &'static [&'static str] = &["id", "parent", "name.vi", "name.en", "bloc", "assumed_code"];
    type Row = (String, Option<String>, String, String, String, bool);

    fn read((id, parent, vi, en, bloc, assumed_code): Self::Row) -> Result<Self, Fault> {
        let parent = parent.map(|parent| from_text(&parent)).transpose()?;
        Ok(Self { id: from_text(&id)?, parent, name: Name { vi, en }, bloc: from_json(&bloc)?, assumed_code })
    }

    fn name(&self) -> &str {
        self.id.as_str()
    }

    fn right(&self, _: Option<&Self>) -> Right {
        Right::Govern
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

    async fn save(&self, tx: &mut Tx) -> Result<(), Fault> {
        let bloc = crate::store::to_json(&self.bloc)?;
        run!(
            tx,
            "INSERT INTO agency (id, parent, name_vi, name_en, bloc, assumed_code) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO UPDATE SET parent = excluded.parent, name_vi = excluded.name_vi, name_en = excluded.name_en,
                 bloc = excluded.bloc, assumed_code = excluded.assumed_code"
            => self.id.as_str(), self.parent.as_ref().map(MemberId::as_str), &self.name.vi, &self.name.en, bloc, self.assumed_code
        )?;
        Ok(())
    }

    async fn check(&self, tx: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        if !Part::Agency(self.id.clone()).has_a_name() {
            return Err(contradictory(
                subject,
                "mã cơ quan chỉ gồm chữ cái không dấu, chữ số, gạch nối, chấm, gạch dưới, và không quá dài: nó là tên tệp trong danh bạ",
                "its codes are letters a-z, digits, hyphens, dots and underscores, and not too long: they name a file of the directory",
            ));
        }
        check_name(subject, &self.name)?;
        let mut above = self.parent.clone();
        // The tree of the State is not sixteen levels deep; a circle would be.
        for _ in 0..16 {
            let Some(parent) = above else { return Ok(()) };
            above = require::<Self>(tx, subject, parent.as_str()).await?.parent;
        }
        Err(contradictory(subject, "các cơ quan cấp trên tạo thành vòng", "its parents lead in a circle"))
    }

    async fn remove(&self, tx: &mut Tx) -> Result<(), Fault> {
        run!(tx, "DELETE FROM agency WHERE id = $1" => self.id.as_str())?;
        Ok(())
    }
}

impl Subject for System {
    const KIND: &'static str = "System";
    const TABLE: Table = Table {
        name: "system",
        key: "id",
        columns: "id, name_vi, name_en",
        only: "",
        filters: &[("owner", "agency")],
    };
    const COLUMNS: &'static [&'static str] = &["id", "name.vi", "name.en"];
    type Row = (String, String, String);

    fn read((id, vi, en): Self::Row) -> Result<Self, Fault> {
        Ok(Self { id: from_text(&id)?, name: Name { vi, en } })
    }

    fn name(&self) -> &str {
        self.id.as_str()
    }

    fn right(&self, _: Option<&Self>) -> Right {
        Right::ChangeServices
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

    async fn save(&self, tx: &mut Tx) -> Result<(), Fault> {
        let member = self.id.member();
        run!(
            tx,
            "INSERT INTO system (id, agency, name_vi, name_en) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET name_vi = excluded.name_vi, name_en = excluded.name_en"
            => self.id.as_str(), member.as_str(), &self.name.vi, &self.name.en
        )?;
        Ok(())
    }

    async fn check(&self, _: &mut Tx) -> Result<(), Fault> {
        check_name((Self::KIND, self.id.as_str()), &self.name)
    }

    async fn remove(&self, tx: &mut Tx) -> Result<(), Fault> {
        run!(tx, "DELETE FROM system WHERE id = $1" => self.id.as_str())?;
        Ok(())
    }
}
