//! Directives: texts of those who govern that order something by a day. A dispatch, a resolution, a decision; with the clauses that order.

use std::collections::HashSet;

use jiff::civil::Date;
use model::agency::Name;
use model::fault::Fault;
use model::legal::LegalBasis;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit::right::Right;
use crate::registry::check::{Gathered, check_code, check_name, check_text};
use crate::registry::index::Found;
use crate::registry::references::Reference;
use crate::registry::row::{Columns, text, text_if_any};
use crate::registry::{Subject, Table};
use crate::store::Tx;
use crate::texts;

/// Most clauses of a text.
const CLAUSES_MAX: usize = 500;

/// A text that orders something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Directive {
    /// Its code.
    pub id: String,
    /// Its number: `103/CĐ-TTg`.
    pub number: String,
    /// What it is about.
    pub title: Name,
    /// Who has issued it.
    pub issuer: Name,
    /// On which day; absent: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<Date>,
    /// Code of the legal basis that it rests on, where the registry has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// Where it is known from.
    pub source: String,
    /// Whether it is known second-hand only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second_hand: bool,
    /// What it orders, in its order. Our wording, and not the official text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<Clause>,
}

/// A clause of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DirectiveClause)]
pub struct Clause {
    /// Its code within the text.
    pub id: String,
    /// What it says, in our words.
    pub says: Name,
}

impl Subject for Directive {
    const KIND: &'static str = "Directive";
    const TABLE: Table = Table {
        name: "directive",
        filters: &[("number", "number = ?")],
        orders: &[("number", "number"), ("issued", "issued")],
        ..Table::OF_ENTRIES
    };
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "number",
        "title.vi",
        "title.en",
        "issuer.vi",
        "issuer.en",
        "issued",
        "basis",
        "source",
        "second_hand",
    ];
    const RIGHT: Right = Right::Govern;

    fn name(&self) -> &str {
        &self.id
    }

    fn row(&self) -> Result<Columns, Fault> {
        Ok(vec![("number", text(&self.number)), ("issued", text_if_any(self.issued))])
    }

    fn references(&self) -> Vec<Reference> {
        self.basis.iter().map(Reference::to::<LegalBasis>).collect()
    }

    fn found(&self) -> Vec<Found> {
        vec![Found { note: self.number.clone(), ..Found::thing(self, &self.title) }]
    }

    async fn check(&self, _: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        let mut gathered = Gathered::default();
        gathered.take("id", check_code(subject))?;
        gathered.take("number", check_text(subject, "number", &self.number))?;
        gathered.take("title", check_name(subject, &self.title))?;
        gathered.take("issuer", check_name(subject, &self.issuer))?;
        gathered.take("source", check_text(subject, "source", &self.source))?;
        gathered
            .must(self.clauses.len() <= CLAUSES_MAX, subject, "clauses", || texts::too_many_in(CLAUSES_MAX));
        let mut codes = HashSet::new();
        for (at, clause) in self.clauses.iter().enumerate() {
            let place = format!("clauses.{at}");
            gathered.take(&format!("{place}.id"), check_code((Self::KIND, &clause.id)))?;
            gathered.must(codes.insert(&clause.id), subject, &format!("{place}.id"), || {
                texts::twice_in(&clause.id)
            });
            gathered.take(&format!("{place}.says"), check_name(subject, &clause.says))?;
        }
        gathered.done()
    }
}
