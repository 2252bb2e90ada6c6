//! Purposes and legal bases in the registry.

use model::agency::Name;
use model::directory::Part;
use model::fault::Fault;
use model::legal::{LegalBasis, Purpose};
use model::time::Validity;

use crate::audit::right::Right;
use crate::registry::check::{Gathered, check_code, check_name, check_text, check_validity};
use crate::registry::index::Found;
use crate::registry::row::{Cell, Columns, Row, text, text_if_any};
use crate::registry::{BY_NAME_EN, BY_NAME_VI, Subject, Table};
use crate::store::{Tx, to_json};

impl Subject for Purpose {
    const KIND: &'static str = "Purpose";
    const TABLE: Table = Table {
        name: "purpose",
        key: "code",
        columns: "code, name_vi, name_en, test",
        orders: &[BY_NAME_VI, BY_NAME_EN],
        ..Table::OF_ENTRIES
    };
    const COLUMNS: &'static [&'static str] = &["code", "name.vi", "name.en", "test"];
    const RIGHT: Right = Right::Govern;

    fn read(row: &Row) -> Result<Self, Fault> {
        let name = Name { vi: row.get("name_vi")?, en: row.get("name_en")? };
        Ok(Self { code: row.get("code")?, name, test: row.get("test")? })
    }

    fn row(&self) -> Result<Columns, Fault> {
        Ok(vec![
            ("name_vi", text(&self.name.vi)),
            ("name_en", text(&self.name.en)),
            ("test", Cell::Flag(self.test)),
        ])
    }

    fn name(&self) -> &str {
        &self.code
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part::Charter]
    }

    fn found(&self) -> Vec<Found> {
        vec![Found::thing(self, &self.name)]
    }

    async fn check(&self, _: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.code.as_str());
        let mut gathered = Gathered::default();
        gathered.take("code", check_code(subject))?;
        gathered.take("name", check_name(subject, &self.name))?;
        gathered.done()
    }
}

impl Subject for LegalBasis {
    const KIND: &'static str = "LegalBasis";
    const TABLE: Table = Table {
        name: "legal_basis",
        key: "code",
        columns: "code, ground, citation, valid_from, valid_to",
        orders: &[
            ("ground", "ground"),
            ("citation", "citation"),
            ("valid_from", "valid_from"),
            ("valid_to", "valid_to"),
        ],
        ..Table::OF_ENTRIES
    };
    const COLUMNS: &'static [&'static str] = &["code", "ground", "citation", "valid_from", "valid_to"];
    const RIGHT: Right = Right::Govern;

    fn read(row: &Row) -> Result<Self, Fault> {
        let valid = Validity {
            valid_from: row.parsed_if_any("valid_from")?,
            valid_to: row.parsed_if_any("valid_to")?,
        };
        Ok(Self {
            code: row.get("code")?,
            ground: row.json("ground")?,
            citation: row.get("citation")?,
            valid,
        })
    }

    fn row(&self) -> Result<Columns, Fault> {
        Ok(vec![
            ("ground", text(to_json(&self.ground)?)),
            ("citation", text(&self.citation)),
            ("valid_from", text_if_any(self.valid.valid_from)),
            ("valid_to", text_if_any(self.valid.valid_to)),
        ])
    }

    fn name(&self) -> &str {
        &self.code
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part::Charter]
    }

    fn found(&self) -> Vec<Found> {
        let name = Name { vi: self.citation.clone(), en: String::new() };
        vec![Found { ends: self.valid.valid_to, ..Found::thing(self, &name) }]
    }

    async fn check(&self, _: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.code.as_str());
        let mut gathered = Gathered::default();
        gathered.take("code", check_code(subject))?;
        gathered.take("citation", check_text(subject, "citation", &self.citation))?;
        gathered.take("valid_to", check_validity(subject, self.valid))?;
        gathered.done()
    }
}
