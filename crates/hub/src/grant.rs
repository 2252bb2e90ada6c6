//! Grants in the registry: issued by a document, revoked with a reason.

use std::num::NonZeroU32;

use model::agency::System;
use model::fault::Fault;
use model::grant::{Fields, Grant};
use model::id::MemberId;
use model::legal::{LegalBasis, Purpose};
use model::service::{Offer, Service};

use crate::change::{Act, Mandate, note};
use crate::legal::{check_code, check_validity, validity};
use crate::registry::{PAGE, Subject, contradictory, require};
use crate::store::{Tx, all, from_json, from_text, optional, run, to_json};

type Row = (String, String, String, String, String, String, Option<String>, Option<String>, i64);

impl Subject for Grant {
    const KIND: &'static str = "Grant";

    fn name(&self) -> &str {
        &self.id
    }

    /// A revoked grant is not there; a document with its name issues it anew.
    fn owners(&self) -> Vec<MemberId> {
        vec![self.service.system().member()]
    }

    async fn load(tx: &mut Tx, name: &str) -> Result<Option<Self>, Fault> {
        let row: Option<Row> = optional!(
            tx,
            "SELECT id, client, service, uses, endpoints, fields, valid_from, valid_to, per_second FROM grants WHERE id = $1 AND revoked_at IS NULL" => name
        )?;
        row.map(grant).transpose()
    }

    async fn page(tx: &mut Tx, after: &str) -> Result<Vec<Self>, Fault> {
        let rows: Vec<Row> = all!(
            tx,
            "SELECT id, client, service, uses, endpoints, fields, valid_from, valid_to, per_second FROM grants
             WHERE id > $1 AND revoked_at IS NULL ORDER BY id LIMIT $2" => after, PAGE
        )?;
        rows.into_iter().map(grant).collect()
    }

    async fn save(&self, tx: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        require::<System>(tx, subject, self.client.as_str()).await?;
        require::<Service>(tx, subject, self.service.as_str()).await?;
        let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string());
        run!(
            tx,
            "INSERT INTO grants (id, client, service, uses, endpoints, fields, valid_from, valid_to, per_second)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (id) DO UPDATE SET client = excluded.client, service = excluded.service, uses = excluded.uses,
                 endpoints = excluded.endpoints, fields = excluded.fields, valid_from = excluded.valid_from,
                 valid_to = excluded.valid_to, per_second = excluded.per_second, revoked_at = NULL"
            => &self.id, self.client.as_str(), self.service.as_str(), to_json(&self.uses)?, to_json(&self.endpoints)?,
               to_json(&self.fields)?, day(self.valid_from), day(self.valid_to), i64::from(self.per_second.get())
        )?;
        Ok(())
    }

    async fn check(&self, tx: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        check_code(subject)?;
        check_validity(subject, self.validity())?;
        if self.uses.is_empty() {
            return Err(contradictory(
                subject,
                "chưa nêu mục đích nào kèm căn cứ pháp lý (PD-01)",
                "it names no purpose with a legal basis (PD-01)",
            ));
        }
        for granted in &self.uses {
            require::<Purpose>(tx, subject, &granted.purpose).await?;
            require::<LegalBasis>(tx, subject, &granted.basis).await?;
        }
        let service: Service = require(tx, subject, self.service.as_str()).await?;
        if let (Offer::Dataset(dataset), Fields::Only(names)) = (&service.offer, &self.fields)
            && let Some(unknown) = names.iter().find(|name| dataset.field(name).is_none())
        {
            return Err(contradictory(
                subject,
                format!("dịch vụ không có trường {unknown:?}"),
                format!("the service has no field {unknown:?}"),
            ));
        }
        Ok(())
    }
}

/// Takes a grant back.
///
/// # Errors
/// [`Fault::NotInRegistry`] if there is none that holds.
pub async fn revoke(tx: &mut Tx, id: &str, mandate: &Mandate) -> Result<(), Fault> {
    let grant =
        Grant::load(tx, id).await?.ok_or_else(|| Fault::NotInRegistry { subject: format!("Grant {id}") })?;
    mandate.covers((Grant::KIND, id), &grant.owners())?;
    run!(tx, "UPDATE grants SET revoked_at = $2 WHERE id = $1" => id, mandate.at.to_string())?;
    note(tx, mandate, Act::Revoked, (Grant::KIND, id), Some(to_json(&grant)?), None).await
}

/// The grants on the services of one agency, that hold or will hold.
pub(crate) async fn of_provider(tx: &mut Tx, agency: &str) -> Result<Vec<Grant>, Fault> {
    let rows: Vec<Row> = all!(
        tx,
        "SELECT g.id, g.client, g.service, g.uses, g.endpoints, g.fields, g.valid_from, g.valid_to, g.per_second
         FROM grants g JOIN service s ON s.id = g.service JOIN system y ON y.id = s.system
         WHERE y.agency = $1 AND g.revoked_at IS NULL ORDER BY g.id" => agency
    )?;
    rows.into_iter().map(grant).collect()
}

fn grant((id, client, service, uses, endpoints, fields, from, to, per_second): Row) -> Result<Grant, Fault> {
    let valid = validity(from.as_deref(), to.as_deref())?;
    let per_second = u32::try_from(per_second).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
    Ok(Grant {
        id,
        client: from_text(&client)?,
        service: from_text(&service)?,
        uses: from_json(&uses)?,
        endpoints: from_json(&endpoints)?,
        fields: from_json(&fields)?,
        valid_from: valid.valid_from,
        valid_to: valid.valid_to,
        per_second,
    })
}
