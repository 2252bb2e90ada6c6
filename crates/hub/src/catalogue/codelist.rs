//! Code lists and cross-walks in the registry.

use model::agency::{Agency, Name};
use model::codelist::{Code, CodeList, Crosswalk, Pair};
use model::fault::Fault;
use model::id::MemberId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::audit::right::Right;
use crate::registry::check::{
    Gathered, check_code, check_name, check_text, check_validity, contradictory, require,
};
use crate::registry::index::{CODE, Found};
use crate::registry::references::Reference;
use crate::registry::row::{Beside, Columns, text};
use crate::registry::{BY_NAME_EN, BY_NAME_VI, Subject, Table};
use crate::store::{Tx, all};
use crate::texts;

/// Most codes of a list, and pairs of a cross-walk: administrative units of all times are 14,000.
const CODES_MAX: usize = 50_000;

/// A list by identifier and name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CodeListName)]
pub(crate) struct Named {
    id: String,
    name: Name,
}

/// The lists by identifier and name: as the search has them, for a list of ten thousand codes is long to read.
pub(crate) async fn names(tx: &mut Tx) -> Result<Vec<Named>, Fault> {
    let rows: Vec<(String, String, String)> =
        all!(tx, "SELECT subject, vi, en FROM found WHERE kind = 'CodeList' ORDER BY subject")?;
    let named = |(id, vi, en): (String, String, String)| Named { id, name: Name { vi, en } };
    Ok(rows.into_iter().map(named).collect())
}

impl Subject for CodeList {
    const KIND: &'static str = "CodeList";
    const TABLE: Table = Table {
        name: "code_list",
        filters: &[("owner", "owner = ?")],
        orders: &[BY_NAME_VI, BY_NAME_EN, ("owner", "owner")],
        ..Table::OF_ENTRIES
    };
    const COLUMNS: &'static [&'static str] =
        &["id", "name.vi", "name.en", "owner", "source", "assumed", "note", "codes"];
    const RIGHT: Right = Right::ApproveTerms;

    fn name(&self) -> &str {
        &self.id
    }

    /// A code list is at once in force: what it says stands in answers and contracts.
    async fn owners(&self, _: &mut Tx) -> Result<Vec<MemberId>, Fault> {
        Ok(vec![self.owner.clone()])
    }

    /// The list, and each of its codes.
    fn found(&self) -> Vec<Found> {
        let list = Found { note: self.note.clone().unwrap_or_default(), ..Found::thing(self, &self.name) };
        let code = |code: &Code| Found {
            kind: CODE,
            subject: self.id.clone(),
            part: code.code.clone(),
            vi: code.vi.clone(),
            en: code.en.clone().unwrap_or_default(),
            note: self.name.vi.clone(),
            ends: code.valid.valid_to,
            ..Found::default()
        };
        [list].into_iter().chain(self.codes.iter().map(code)).collect()
    }

    fn references(&self) -> Vec<Reference> {
        vec![Reference::to::<Agency>(&self.owner)]
    }

    fn row(&self) -> Result<Columns, Fault> {
        Ok(vec![("owner", text(&self.owner))])
    }

    async fn follow(&self, _: &mut Tx, old: Option<&Self>) -> Result<(), Fault> {
        old.map_or(Ok(()), |old| check_history(self, old))
    }

    async fn check(&self, _: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        let mut gathered = Gathered::default();
        gathered.take("id", check_code(subject))?;
        gathered.take("name", check_name(subject, &self.name))?;
        gathered.take("source", check_text(subject, "source", &self.source))?;
        if let Some(note) = &self.note {
            gathered.take("note", check_text(subject, "note", note))?;
        }
        let count = (1..=CODES_MAX).contains(&self.codes.len());
        gathered.must(count, subject, "codes", || texts::codes_count(CODES_MAX));
        let known: std::collections::HashSet<&str> =
            self.codes.iter().map(|code| code.code.as_str()).collect();
        for (at, code) in self.codes.iter().enumerate() {
            gathered.take(&format!("codes.{at}"), check_one(subject, code, &known))?;
        }
        if let Some(code) = self.first_mistake() {
            gathered.wrong(subject, "codes", texts::code_two_meanings(&code.code));
        }
        gathered.done()
    }
}

fn check_one(
    subject: (&str, &str),
    code: &Code,
    known: &std::collections::HashSet<&str>,
) -> Result<(), Fault> {
    let mut gathered = Gathered::default();
    gathered.take("code", check_text(subject, "code", &code.code))?;
    gathered.take("vi", check_text(subject, &format!("codes.{}.vi", code.code), &code.vi))?;
    if let Some(en) = &code.en {
        gathered.take("en", check_text(subject, &format!("codes.{}.en", code.code), en))?;
    }
    gathered.take("valid_to", check_validity(subject, code.valid))?;
    if let Some(parent) = &code.parent {
        let there = known.contains(parent.as_str());
        gathered.must(there, subject, "parent", || texts::code_without_parent(&code.code, parent));
    }
    gathered.done()
}

/// Rule AU-02: codes that were in use stay. They may end; records of before still have them.
fn check_history(new: &CodeList, old: &CodeList) -> Result<(), Fault> {
    let there: std::collections::HashSet<(&str, Option<jiff::civil::Date>)> =
        new.codes.iter().map(|code| (code.code.as_str(), code.valid.valid_from)).collect();
    match old.codes.iter().find(|code| !there.contains(&(code.code.as_str(), code.valid.valid_from))) {
        Some(lost) => Err(contradictory((CodeList::KIND, &new.id), texts::code_left_out(&lost.code))),
        None => Ok(()),
    }
}

impl Subject for Crosswalk {
    const KIND: &'static str = "Crosswalk";
    const TABLE: Table = Table {
        name: "crosswalk",
        filters: &[("from", "from_list = ?"), ("to", "to_list = ?")],
        orders: &[("from", "from_list"), ("to", "to_list")],
        ..Table::OF_ENTRIES
    };
    const COLUMNS: &'static [&'static str] = &["id", "from", "to", "source", "pairs"];
    const RIGHT: Right = Right::ApproveTerms;

    fn name(&self) -> &str {
        &self.id
    }

    /// Whoever keeps the list that it leads to.
    async fn owners(&self, tx: &mut Tx) -> Result<Vec<MemberId>, Fault> {
        let list = CodeList::load(tx, &self.to).await?;
        Ok(list.into_iter().map(|list| list.owner).collect())
    }

    fn references(&self) -> Vec<Reference> {
        [&self.from, &self.to].map(Reference::to::<CodeList>).into()
    }

    fn row(&self) -> Result<Columns, Fault> {
        Ok(vec![("from_list", text(&self.from)), ("to_list", text(&self.to))])
    }

    /// Its steps, for what became of a code.
    fn beside(&self) -> Vec<Beside> {
        let step = |pair: &Pair| [&self.from, &pair.from, &self.to, &pair.to].map(text).into();
        vec![Beside {
            table: "code_step",
            key: "walk",
            columns: &["from_list", "from_code", "to_list", "to_code"],
            rows: self.pairs.iter().map(step).collect(),
        }]
    }

    async fn check(&self, tx: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        let mut gathered = Gathered::default();
        gathered.take("id", check_code(subject))?;
        gathered.take("source", check_text(subject, "source", &self.source))?;
        let from = gathered.take("from", require::<CodeList>(tx, subject, &self.from).await)?;
        let to = gathered.take("to", require::<CodeList>(tx, subject, &self.to).await)?;
        let few = self.pairs.len() <= CODES_MAX;
        gathered.must(few, subject, "pairs", || texts::pairs_too_many(CODES_MAX));
        let (Some(from), Some(to)) = (from, to) else { return gathered.done() };
        let codes = |list: &CodeList| -> std::collections::HashSet<String> {
            list.codes.iter().map(|code| code.code.clone()).collect()
        };
        let (from, to) = (codes(&from), codes(&to));
        for (at, pair) in self.pairs.iter().enumerate() {
            let place = |member: &str| format!("pairs.{at}.{member}");
            if let Some(note) = &pair.note {
                gathered.take(&place("note"), check_text(subject, "note", note))?;
            }
            let ends = [("from", &pair.from, &from), ("to", &pair.to, &to)];
            for (member, code, list) in ends {
                gathered.must(list.contains(code), subject, &place(member), || texts::no_such_code(code));
            }
        }
        gathered.done()
    }
}
