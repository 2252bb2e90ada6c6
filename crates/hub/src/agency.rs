//! Agencies and their systems in the registry.

use model::agency::{Agency, Name, System};
use model::fault::Fault;
use model::id::MemberId;

use crate::registry::{PAGE, Subject, check_text, contradictory, require};
use crate::store::{Tx, all, from_json, from_text, optional, run};

type AgencyRow = (String, Option<String>, String, String, String, bool);
type SystemRow = (String, String, String);

impl Subject for Agency {
    const KIND: &'static str = "Agency";

    fn name(&self) -> &str {
        self.id.as_str()
    }

    async fn load(tx: &mut Tx, name: &str) -> Result<Option<Self>, Fault> {
        let row: Option<AgencyRow> = optional!(tx, "SELECT id, parent, name_vi, name_en, bloc, assumed_code FROM agency WHERE id = $1" => name)?;
        row.map(agency).transpose()
    }

    async fn page(tx: &mut Tx, after: &str) -> Result<Vec<Self>, Fault> {
        let rows: Vec<AgencyRow> = all!(tx, "SELECT id, parent, name_vi, name_en, bloc, assumed_code FROM agency WHERE id > $1 ORDER BY id LIMIT $2" => after, PAGE)?;
        rows.into_iter().map(agency).collect()
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
        check_name(subject, &self.name)?;
        let mut above = self.parent.clone();
        // The tree of the State is not sixteen levels deep; a circle would be.
        for _ in 0..16 {
            let Some(parent) = above else { return Ok(()) };
            above = require::<Self>(tx, subject, parent.as_str()).await?.parent;
        }
        Err(contradictory(subject, "các cơ quan cấp trên tạo thành vòng", "its parents lead in a circle"))
    }
}

impl Subject for System {
    const KIND: &'static str = "System";

    fn name(&self) -> &str {
        self.id.as_str()
    }

    fn owners(&self) -> Vec<MemberId> {
        vec![self.id.member()]
    }

    async fn load(tx: &mut Tx, name: &str) -> Result<Option<Self>, Fault> {
        let row: Option<SystemRow> =
            optional!(tx, "SELECT id, name_vi, name_en FROM system WHERE id = $1" => name)?;
        row.map(system).transpose()
    }

    async fn page(tx: &mut Tx, after: &str) -> Result<Vec<Self>, Fault> {
        let rows: Vec<SystemRow> = all!(tx, "SELECT id, name_vi, name_en FROM system WHERE id > $1 ORDER BY id LIMIT $2" => after, PAGE)?;
        rows.into_iter().map(system).collect()
    }

    async fn save(&self, tx: &mut Tx) -> Result<(), Fault> {
        let member = self.id.member();
        require::<Agency>(tx, (Self::KIND, self.id.as_str()), member.as_str()).await?;
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
}

pub(crate) fn check_name(subject: (&str, &str), name: &Name) -> Result<(), Fault> {
    check_text(subject, "name.vi", &name.vi)?;
    check_text(subject, "name.en", &name.en)
}

fn agency((id, parent, vi, en, bloc, assumed_code): AgencyRow) -> Result<Agency, Fault> {
    let parent = parent.map(|parent| from_text(&parent)).transpose()?;
    Ok(Agency { id: from_text(&id)?, parent, name: Name { vi, en }, bloc: from_json(&bloc)?, assumed_code })
}

fn system((id, vi, en): SystemRow) -> Result<System, Fault> {
    Ok(System { id: from_text(&id)?, name: Name { vi, en } })
}
