//! Purposes and legal bases in the registry.

use jiff::civil::Date;
use model::agency::Name;
use model::fault::Fault;
use model::legal::{LegalBasis, Purpose};
use model::time::Validity;

use crate::agency::check_name;
use crate::registry::{PAGE, Subject, check_text, contradictory};
use crate::store::{Tx, all, from_json, from_text, optional, run, to_json};

type PurposeRow = (String, String, String);
type BasisRow = (String, String, String, Option<String>, Option<String>);

impl Subject for Purpose {
    const KIND: &'static str = "Purpose";

    fn name(&self) -> &str {
        &self.code
    }

    async fn load(tx: &mut Tx, name: &str) -> Result<Option<Self>, Fault> {
        let row: Option<PurposeRow> =
            optional!(tx, "SELECT code, name_vi, name_en FROM purpose WHERE code = $1" => name)?;
        Ok(row.map(purpose))
    }

    async fn page(tx: &mut Tx, after: &str) -> Result<Vec<Self>, Fault> {
        let rows: Vec<PurposeRow> = all!(tx, "SELECT code, name_vi, name_en FROM purpose WHERE code > $1 ORDER BY code LIMIT $2" => after, PAGE)?;
        Ok(rows.into_iter().map(purpose).collect())
    }

    async fn save(&self, tx: &mut Tx) -> Result<(), Fault> {
        run!(
            tx,
            "INSERT INTO purpose (code, name_vi, name_en) VALUES ($1, $2, $3)
             ON CONFLICT (code) DO UPDATE SET name_vi = excluded.name_vi, name_en = excluded.name_en"
            => &self.code, &self.name.vi, &self.name.en
        )?;
        Ok(())
    }

    async fn check(&self, _: &mut Tx) -> Result<(), Fault> {
        check_code((Self::KIND, &self.code))?;
        check_name((Self::KIND, &self.code), &self.name)
    }
}

impl Subject for LegalBasis {
    const KIND: &'static str = "LegalBasis";

    fn name(&self) -> &str {
        &self.code
    }

    async fn load(tx: &mut Tx, name: &str) -> Result<Option<Self>, Fault> {
        let row: Option<BasisRow> = optional!(tx, "SELECT code, ground, citation, valid_from, valid_to FROM legal_basis WHERE code = $1" => name)?;
        row.map(basis).transpose()
    }

    async fn page(tx: &mut Tx, after: &str) -> Result<Vec<Self>, Fault> {
        let rows: Vec<BasisRow> = all!(tx, "SELECT code, ground, citation, valid_from, valid_to FROM legal_basis WHERE code > $1 ORDER BY code LIMIT $2" => after, PAGE)?;
        rows.into_iter().map(basis).collect()
    }

    async fn save(&self, tx: &mut Tx) -> Result<(), Fault> {
        let day = |day: Option<Date>| day.map(|day| day.to_string());
        run!(
            tx,
            "INSERT INTO legal_basis (code, ground, citation, valid_from, valid_to) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (code) DO UPDATE SET ground = excluded.ground, citation = excluded.citation, valid_from = excluded.valid_from,
                 valid_to = excluded.valid_to"
            => &self.code, to_json(&self.ground)?, &self.citation, day(self.valid.valid_from), day(self.valid.valid_to)
        )?;
        Ok(())
    }

    async fn check(&self, _: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.code.as_str());
        check_code(subject)?;
        check_text(subject, "citation", &self.citation)?;
        check_validity(subject, self.valid)
    }
}

/// Codes travel in headers: visible ASCII, no spaces.
pub(crate) fn check_code(subject: (&str, &str)) -> Result<(), Fault> {
    let code = subject.1;
    if code.is_empty()
        || code.len() > 100
        || !code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    {
        return Err(contradictory(
            subject,
            "mã gồm 1 đến 100 chữ cái không dấu, chữ số, gạch nối, chấm, gạch dưới",
            "its code is 1 to 100 letters a-z, digits, hyphens, dots and underscores",
        ));
    }
    Ok(())
}

/// A span must have a day in it.
pub(crate) fn check_validity(subject: (&str, &str), valid: Validity) -> Result<(), Fault> {
    match (valid.valid_from, valid.valid_to) {
        (Some(from), Some(to)) if from >= to => Err(contradictory(
            subject,
            "valid_to phải sau valid_from: đó là ngày đầu tiên không còn giá trị",
            "valid_to must be after valid_from: it is the first day on which it no longer holds",
        )),
        _ => Ok(()),
    }
}

pub(crate) fn validity(from: Option<&str>, to: Option<&str>) -> Result<Validity, Fault> {
    Ok(Validity { valid_from: from.map(from_text).transpose()?, valid_to: to.map(from_text).transpose()? })
}

fn purpose((code, vi, en): PurposeRow) -> Purpose {
    Purpose { code, name: Name { vi, en } }
}

fn basis((code, ground, citation, from, to): BasisRow) -> Result<LegalBasis, Fault> {
    Ok(LegalBasis {
        code,
        ground: from_json(&ground)?,
        citation,
        valid: validity(from.as_deref(), to.as_deref())?,
    })
}
