//! Purposes and legal bases in the registry.

use jiff::civil::Date;
use model::agency::Name;
use model::directory::Part;
use model::fault::Fault;
use model::legal::{LegalBasis, Purpose};
use model::time::Validity;

use crate::audit::right::Right;
use crate::registry::check::{check_code, check_name, check_text, check_validity};
use crate::registry::index::Found;
use crate::registry::{Subject, Table};
use crate::store::{Tx, from_json, from_text, run, to_json};

impl Subject for Purpose {
    const KIND: &'static str = "Purpose";
    const TABLE: Table = Table {
        name: "purpose",
        key: "code",
        columns: "code, name_vi, name_en, test",
        only: "",
        filters: &[],
    };
    const COLUMNS: &'static [&'static str] = &["code", "name.vi", "name.en", "test"];
    type Row = (String, String, String, bool);

    fn read((code, vi, en, test): Self::Row) -> Result<Self, Fault> {
        Ok(Self { code, name: Name { vi, en }, test })
    }

    fn name(&self) -> &str {
        &self.code
    }

    fn right(&self, _: Option<&Self>) -> Right {
        Right::Govern
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part::Charter]
    }

    fn found(&self) -> Vec<Found> {
        vec![Found::thing(self, &self.name)]
    }

    async fn save(&self, tx: &mut Tx) -> Result<(), Fault> {
        run!(
            tx,
            "INSERT INTO purpose (code, name_vi, name_en, test) VALUES ($1, $2, $3, $4)
             ON CONFLICT (code) DO UPDATE SET name_vi = excluded.name_vi, name_en = excluded.name_en, test = excluded.test"
            => &self.code, &self.name.vi, &self.name.en, self.test
        )?;
        Ok(())
    }

    async fn check(&self, _: &mut Tx) -> Result<(), Fault> {
        check_code((Self::KIND, &self.code))?;
        check_name((Self::KIND, &self.code), &self.name)
    }

    async fn remove(&self, tx: &mut Tx) -> Result<(), Fault> {
        run!(tx, "DELETE FROM purpose WHERE code = $1" => &self.code)?;
        Ok(())
    }
}

impl Subject for LegalBasis {
    const KIND: &'static str = "LegalBasis";
    const TABLE: Table = Table {
        name: "legal_basis",
        key: "code",
        columns: "code, ground, citation, valid_from, valid_to",
        only: "",
        filters: &[],
    };
    const COLUMNS: &'static [&'static str] = &["code", "ground", "citation", "valid_from", "valid_to"];
    type Row = (String, String, String, Option<String>, Option<String>);

    fn read((code, ground, citation, from, to): Self::Row) -> Result<Self, Fault> {
        let valid = validity(from.as_deref(), to.as_deref())?;
        Ok(Self { code, ground: from_json(&ground)?, citation, valid })
    }

    fn name(&self) -> &str {
        &self.code
    }

    fn right(&self, _: Option<&Self>) -> Right {
        Right::Govern
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part::Charter]
    }

    fn found(&self) -> Vec<Found> {
        let name = Name { vi: self.citation.clone(), en: String::new() };
        vec![Found { ends: self.valid.valid_to, ..Found::thing(self, &name) }]
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

    async fn remove(&self, tx: &mut Tx) -> Result<(), Fault> {
        run!(tx, "DELETE FROM legal_basis WHERE code = $1" => &self.code)?;
        Ok(())
    }
}

pub(crate) fn validity(from: Option<&str>, to: Option<&str>) -> Result<Validity, Fault> {
    Ok(Validity { valid_from: from.map(from_text).transpose()?, valid_to: to.map(from_text).transpose()? })
}
