//! Duties to share: which datum, from whom to whom, on what basis.

use model::agency::Agency;
use model::database::{Database, Duty};
use model::fault::Fault;
use model::legal::LegalBasis;
use model::service::Service;

use crate::legal::check_code;
use crate::registry::{PAGE, Subject, check_text, contradictory, require};
use crate::store::{Tx, entries, entry, optional, run, to_json};

/// Every duty stands on a datum that has a master: who gives one up leaves none without.
///
/// # Errors
/// [`Fault::Contradictory`], [`Fault::StoreFailed`].
pub(crate) async fn check_masters(tx: &mut Tx) -> Result<(), Fault> {
    let orphan: Option<(String, String)> = optional!(
        tx,
        "SELECT d.id, d.datum FROM duty d LEFT JOIN master_datum m ON m.datum = d.datum WHERE m.datum IS NULL ORDER BY d.id LIMIT 1"
    )?;
    let Some((duty, datum)) = orphan else { return Ok(()) };
    Err(contradictory(
        (Duty::KIND, &duty),
        format!("dữ liệu {datum} không còn cơ sở dữ liệu chủ nào, mà nghĩa vụ này dựa vào nó"),
        format!("no database is master of {datum} any more, and this duty stands on it"),
    ))
}

impl Subject for Duty {
    const KIND: &'static str = "Duty";

    fn name(&self) -> &str {
        &self.id
    }

    async fn load(tx: &mut Tx, name: &str) -> Result<Option<Self>, Fault> {
        entry(tx, "SELECT entry FROM duty WHERE id = $1", name).await
    }

    async fn page(tx: &mut Tx, after: &str) -> Result<Vec<Self>, Fault> {
        entries(tx, "SELECT entry FROM duty WHERE id > $1 ORDER BY id LIMIT $2", after, PAGE).await
    }

    async fn save(&self, tx: &mut Tx) -> Result<(), Fault> {
        run!(
            tx,
            "INSERT INTO duty (id, datum, entry) VALUES ($1, $2, $3)
             ON CONFLICT (id) DO UPDATE SET datum = excluded.datum, entry = excluded.entry"
            => &self.id, &self.datum, to_json(self)?
        )?;
        Ok(())
    }

    async fn check(&self, tx: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        check_code(subject)?;
        if let Some(standard) = &self.standard {
            check_text(subject, "standard", standard)?;
        }
        require::<LegalBasis>(tx, subject, &self.basis).await?;
        let master: Option<(String,)> =
            optional!(tx, "SELECT database_id FROM master_datum WHERE datum = $1" => &self.datum)?;
        let Some((master,)) = master else {
            return Err(contradictory(
                subject,
                format!(
                    "dữ liệu {} chưa có cơ sở dữ liệu chủ: đăng ký trong master_data của một cơ sở dữ liệu trước",
                    self.datum
                ),
                format!(
                    "the datum {} has no master: name it in the master_data of a database first",
                    self.datum
                ),
            ));
        };
        let master: Database = require(tx, subject, &master).await?;
        if self.receivers.is_empty() {
            return Err(contradictory(subject, "chưa nêu cơ quan nhận nào", "it names no receivers"));
        }
        for receiver in &self.receivers {
            require::<Agency>(tx, subject, receiver.as_str()).await?;
            if master.owner.as_ref() == Some(receiver) {
                return Err(contradictory(
                    subject,
                    format!("{receiver} là chủ quản dữ liệu, không phải bên nhận"),
                    format!("{receiver} holds the datum and does not receive it"),
                ));
            }
        }
        let Some(service) = &self.service else { return Ok(()) };
        require::<Service>(tx, subject, service.as_str()).await?;
        if !master.systems.contains(&service.system()) {
            return Err(contradictory(
                subject,
                format!("dịch vụ {service} không thuộc hệ thống nào của {}", master.id),
                format!("the service {service} is of none of the systems of {}", master.id),
            ));
        }
        Ok(())
    }
}
