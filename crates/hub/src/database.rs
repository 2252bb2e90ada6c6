//! Databases in the registry: what the catalogue says of them, checked against the rules and the rest of the registry.

use model::agency::{Agency, System};
use model::database::{Database, Standing};
use model::fault::Fault;
use model::id::{MemberId, SystemId};
use serde_json::{Value, json};

use crate::agency::check_name;
use crate::legal::check_code;
use crate::registry::{PAGE, Subject, check_text, contradictory, require};
use crate::store::{Tx, entries, entry, optional, run, to_json};

impl Subject for Database {
    const KIND: &'static str = "Database";

    fn name(&self) -> &str {
        &self.id
    }

    fn owners(&self) -> Vec<MemberId> {
        self.owner.iter().cloned().chain(self.systems.iter().map(SystemId::member)).collect()
    }

    async fn load(tx: &mut Tx, name: &str) -> Result<Option<Self>, Fault> {
        entry(tx, "SELECT entry FROM database_entry WHERE id = $1", name).await
    }

    async fn page(tx: &mut Tx, after: &str) -> Result<Vec<Self>, Fault> {
        entries(tx, "SELECT entry FROM database_entry WHERE id > $1 ORDER BY id LIMIT $2", after, PAGE).await
    }

    async fn save(&self, tx: &mut Tx) -> Result<(), Fault> {
        run!(
            tx,
            "INSERT INTO database_entry (id, entry) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET entry = excluded.entry"
            => &self.id, to_json(self)?
        )?;
        run!(tx, "DELETE FROM database_system WHERE database_id = $1" => &self.id)?;
        for system in &self.systems {
            require::<System>(tx, (Self::KIND, &self.id), system.as_str()).await?;
            run!(
                tx,
                "INSERT INTO database_system (database_id, system) VALUES ($1, $2) ON CONFLICT DO NOTHING"
                => &self.id, system.as_str()
            )?;
        }
        // Taken anew when all documents are in, so that one database may hand a datum to another among them.
        run!(tx, "DELETE FROM master_datum WHERE database_id = $1" => &self.id)?;
        Ok(())
    }

    async fn check(&self, tx: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        check_code(subject)?;
        check_name(subject, &self.name)?;
        check_texts(self)?;
        for datum in &self.master_data {
            check_code((Self::KIND, &datum.code))?;
            check_name(subject, &datum.name)?;
        }
        if let Some(owner) = &self.owner {
            require::<Agency>(tx, subject, owner.as_str()).await?;
        }
        if self.security_level.is_some_and(|level| !(1..=5).contains(&level)) {
            return Err(contradictory(
                subject,
                "security_level là số từ 1 đến 5",
                "its security_level is a number from 1 to 5",
            ));
        }
        check_successors(tx, self).await?;
        take_masters(tx, self).await?;
        let says_more = self.declared.is_some() || !self.systems.is_empty() || !self.master_data.is_empty();
        match self.standing {
            Standing::Registered => check_registered(self),
            _ if says_more => Err(contradictory(
                subject,
                "chỉ cơ sở dữ liệu mà chủ quản đã đăng ký (standing: registered) mới khai giai đoạn, hệ thống và dữ liệu chủ",
                "only a database that its owner has registered (standing: registered) has a declared stage, systems and master data",
            )),
            _ => Ok(()),
        }
    }
}

/// A datum has one master (Decree 278/2025 Art. 5(2), rule CN-03): who names it second is told who holds it.
async fn take_masters(tx: &mut Tx, database: &Database) -> Result<(), Fault> {
    let subject = (Database::KIND, database.id.as_str());
    for datum in &database.master_data {
        let holder: Option<(String,)> =
            optional!(tx, "SELECT database_id FROM master_datum WHERE datum = $1" => &datum.code)?;
        if let Some((holder,)) = holder {
            let owner = Database::load(tx, &holder).await?.and_then(|database| database.owner);
            let owner = owner.map(|owner| format!(" ({owner})")).unwrap_or_default();
            return Err(contradictory(
                subject,
                format!(
                    "dữ liệu {} đã có cơ sở dữ liệu chủ là {holder}{owner}; mỗi dữ liệu chỉ có một (CN-03)",
                    datum.code
                ),
                format!(
                    "the datum {} has its master already: {holder}{owner}; there is one for each (CN-03)",
                    datum.code
                ),
            ));
        }
        run!(
            tx,
            "INSERT INTO master_datum (datum, database_id) VALUES ($1, $2)" => &datum.code, &database.id
        )?;
    }
    Ok(())
}

fn check_texts(database: &Database) -> Result<(), Fault> {
    let texts = [
        ("legal_basis", &database.legal_basis),
        ("scope", &database.scope),
        ("data_sources", &database.data_sources),
        ("users", &database.users),
        ("ways_of_use", &database.ways_of_use),
        ("ways_of_sharing", &database.ways_of_sharing),
        ("note", &database.note),
    ];
    let subject = (Database::KIND, database.id.as_str());
    for (member, text) in texts.into_iter().filter_map(|(member, text)| Some((member, text.as_ref()?))) {
        check_text(subject, member, text)?;
    }
    match &database.declared {
        Some(declared) => check_text(subject, "declared.evidence", &declared.evidence),
        None => Ok(()),
    }
}

async fn check_successors(tx: &mut Tx, database: &Database) -> Result<(), Fault> {
    let subject = (Database::KIND, database.id.as_str());
    let mut next = database.successor.clone();
    // Databases are not replaced sixteen times; a circle would be.
    for _ in 0..16 {
        let Some(successor) = next else { return Ok(()) };
        next = require::<Database>(tx, subject, &successor).await?.successor;
    }
    Err(contradictory(subject, "các cơ sở dữ liệu kế tiếp tạo thành vòng", "its successors lead in a circle"))
}

/// What the rules ask of an owner who registers: DL-01 (class), DL-05 (retention), and the members that others decide from.
fn check_registered(database: &Database) -> Result<(), Fault> {
    let asked = [
        ("owner", database.owner.is_some()),
        ("legal_basis", database.legal_basis.is_some()),
        ("scope", database.scope.is_some()),
        ("class", database.class.is_some()),
        ("retention", database.retention.is_some()),
        ("security_level", database.security_level.is_some()),
        ("personal_data", database.personal_data.is_some()),
    ];
    let missing: Vec<&str> =
        asked.into_iter().filter(|(_, there)| !there).map(|(member, _)| member).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join(", ");
    Err(contradictory(
        (Database::KIND, &database.id),
        format!("muốn đăng ký phải nêu: {missing} (DL-01, DL-05)"),
        format!("to be registered it must have: {missing} (DL-01, DL-05)"),
    ))
}

/// What the hub itself sees of a database. Traffic is not reported to the hub yet, so what depends on it is not measured.
pub(crate) async fn observed(tx: &mut Tx, id: &str) -> Result<Value, Fault> {
    let services: Option<(i64,)> = optional!(
        tx,
        "SELECT COUNT(*) FROM service s JOIN database_system d ON d.system = s.system WHERE d.database_id = $1" => id
    )?;
    Ok(json!({
        "published_services": services.map_or(0, |(count,)| count),
        "first_exchange": "not_measured",
        "agencies_in_30_days": "not_measured",
    }))
}
