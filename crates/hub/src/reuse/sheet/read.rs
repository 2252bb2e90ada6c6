//! Reading the workbook: all or nothing, each mistake by sheet and cell.

use std::collections::BTreeMap;

use model::agency::Name;
use model::fault::{Fault, Mistake, Words};
use model::procedure::{Alternative, Ask, Deed, Field, FormField, Paper, Procedure, Question, Requirement};
use model::time::Validity;

use super::{SHEETS, cells};
use crate::sheet::read::{Row, Table};
use crate::texts;

/// In which row each thing stands: so what the registry says of a procedure is told where it was written.
#[derive(Debug, Default)]
pub(crate) struct Lines(BTreeMap<(String, String), Line>);

/// A row: what its cells are called, by their columns.
#[derive(Debug)]
struct Line {
    cells: BTreeMap<&'static str, String>,
}

/// The procedures of a workbook, in its order, and where they stand.
///
/// # Errors
/// [`Fault::BadDocument`] with sheet and cell.
pub(crate) fn read(bytes: &[u8]) -> Result<(Vec<Procedure>, Lines), Fault> {
    let tables = Table::read_sheets(bytes, SHEETS.map(|(name, _)| name))?;
    for (table, (_, columns)) in tables.iter().zip(SHEETS) {
        table.check_columns(columns, columns)?;
    }
    let [procedures, requirements, alternatives, asks, form] = &tables;
    let mut book = Book::default();
    procedures.rows().try_for_each(|row| book.procedure(row))?;
    requirements.rows().try_for_each(|row| book.requirement(row))?;
    alternatives.rows().try_for_each(|row| book.alternative(row))?;
    asks.rows().try_for_each(|row| book.ask(row))?;
    form.rows().try_for_each(|row| book.line_of_form(row))?;
    Ok((book.procedures, book.lines))
}

/// The rows of each sheet, cell by cell.
#[cfg(test)]
pub(super) fn tables_of(bytes: &[u8]) -> Vec<Vec<Vec<String>>> {
    let tables = Table::read_sheets(bytes, SHEETS.map(|(name, _)| name)).unwrap();
    let rows = |(table, (_, columns)): (&Table, (&str, &[&str]))| {
        let cells = |row: Row<'_>| {
            columns.iter().map(|column| row.get(column).unwrap_or_default().to_owned()).collect()
        };
        table.rows().map(cells).collect()
    };
    tables.iter().zip(SHEETS).map(rows).collect()
}

impl Lines {
    fn keep(&mut self, procedure: &str, place: String, row: Row<'_>, sheet: usize) {
        let columns = SHEETS.get(sheet).map_or(&[][..], |(_, columns)| columns);
        let cells = columns.iter().map(|column| (*column, row.cell(column))).collect();
        self.0.insert((procedure.to_owned(), place), Line { cells });
    }

    /// The cell in which a member of a procedure stands.
    pub(crate) fn cell(&self, procedure: &str, place: &str) -> Option<&str> {
        let parts: Vec<&str> = place.split('.').collect();
        for length in (0..=parts.len()).rev() {
            let (before, behind) = parts.split_at_checked(length)?;
            let Some(line) = self.0.get(&(procedure.to_owned(), before.join("."))) else { continue };
            let member = behind.first().copied().unwrap_or("id");
            let cell = line.cells.iter().find(|(column, _)| {
                **column == member
                    || column.strip_suffix("_vi") == Some(member)
                    || (**column == "id" && member == "fact")
            });
            let first = || line.cells.get("id").or_else(|| line.cells.get("number"));
            return cell.map(|(_, cell)| cell).or_else(first).map(String::as_str);
        }
        None
    }

    /// A fault of procedures that were read here, its mistakes told by their cells.
    pub(crate) fn told(&self, fault: Fault) -> Fault {
        let Fault::Mistaken { mistakes } = fault else { return fault };
        let told = mistakes.into_list().into_iter().map(|mistake| {
            let (subject, why) = match &mistake.fault {
                Fault::Contradictory { subject, why } => (subject, why.clone()),
                Fault::Dangling { subject, .. } => {
                    (subject, Words::new(mistake.fault.vi(), mistake.fault.en()))
                }
                _ => return mistake,
            };
            let procedure = subject.strip_prefix("Procedure ").unwrap_or_default();
            match self.cell(procedure, &mistake.place) {
                Some(cell) => Mistake {
                    fault: Fault::BadDocument { place: texts::cell(cell), why },
                    place: mistake.place,
                },
                None => mistake,
            }
        });
        Fault::Mistaken { mistakes: model::fault::Mistakes::new(told.collect()) }
    }
}

/// What was read so far.
#[derive(Default)]
struct Book {
    procedures: Vec<Procedure>,
    /// Where each stands in the list.
    places: BTreeMap<String, usize>,
    lines: Lines,
}

impl Book {
    fn procedure(&mut self, row: Row<'_>) -> Result<(), Fault> {
        let id = row.need("id")?.to_owned();
        let list = |column: &str| {
            let text = row.get(column).unwrap_or_default();
            text.split(';')
                .map(|part| part.trim().to_owned())
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
        };
        let levels = list("levels");
        let level = |word: &String| cells::of_word(row, "levels", word, "commune, province, ministry");
        let procedure = Procedure {
            id: id.clone(),
            name: name(row)?,
            owner: needed(row, "owner")?,
            levels: levels.iter().map(level).collect::<Result<_, _>>()?,
            purpose: row.need("purpose")?.to_owned(),
            bases: list("bases"),
            roles: cells::read_roles(row)?,
            acts_for: cells::read_acts_for(row)?,
            assurance: needed(row, "assurance")?,
            inputs: Vec::new(),
            requirements: Vec::new(),
            form: Vec::new(),
            deeds: Vec::new(),
            working_days: row.parse("working_days", str::parse)?,
            source: row.need("source")?.to_owned(),
            second_hand: cells::is_yes(row, "second_hand")?,
            assumed: cells::is_yes(row, "assumed")?,
            valid: Validity {
                valid_from: row.parse("valid_from", str::parse)?,
                valid_to: row.parse("valid_to", str::parse)?,
            },
        };
        if self.places.insert(id.clone(), self.procedures.len()).is_some() {
            return Err(row.bad("id", &texts::twice_in(&id)));
        }
        self.lines.keep(&id, String::new(), row, 0);
        self.procedures.push(procedure);
        Ok(())
    }

    /// The procedure that a row is of.
    fn of(&mut self, row: Row<'_>) -> Result<&mut Procedure, Fault> {
        let id = row.need("procedure")?;
        let place = self.places.get(id).copied();
        let found = place.and_then(|place| self.procedures.get_mut(place));
        found.ok_or_else(|| row.bad("procedure", &texts::sheet_of_nothing(id)))
    }

    fn requirement(&mut self, row: Row<'_>) -> Result<(), Fault> {
        let paper = match (row.get("paper"), row.get("paper_vi"), row.get("paper_en")) {
            (None, None, None) => None,
            _ => Some(Paper {
                code: row.need("paper")?.to_owned(),
                name: Name { vi: row.need("paper_vi")?.to_owned(), en: row.need("paper_en")?.to_owned() },
            }),
        };
        let when = row.get("when").map(str::parse).transpose();
        let requirement = Requirement {
            id: row.need("id")?.to_owned(),
            name: name(row)?,
            role: row.need("role")?.to_owned(),
            when: when.map_err(|error: model::condition::ConditionError| row.bad("when", &error.0))?,
            paper,
            alternatives: Vec::new(),
            max_age_days: row.parse("max_age_days", str::parse)?,
            otherwise: cells::of_word(row, "otherwise", row.need("otherwise")?, "paper, field, nothing")?,
        };
        let procedure = self.of(row)?;
        if procedure.requirement(&requirement.id).is_some() {
            return Err(row.bad("id", &texts::twice_in(&requirement.id)));
        }
        let (id, place) = (procedure.id.clone(), format!("requirements.{}", procedure.requirements.len()));
        procedure.requirements.push(requirement);
        self.lines.keep(&id, place, row, 1);
        Ok(())
    }

    /// The requirement that a row is of, with the procedure's id and its own number.
    fn requirement_of(&mut self, row: Row<'_>) -> Result<(String, usize, &mut Requirement), Fault> {
        let wanted = row.need("requirement")?;
        let procedure = self.of(row)?;
        let (id, place) =
            (procedure.id.clone(), procedure.requirements.iter().position(|one| one.id == wanted));
        let found = place.and_then(|place| Some((place, procedure.requirements.get_mut(place)?)));
        let (place, found) = found.ok_or_else(|| row.bad("requirement", &texts::sheet_of_nothing(wanted)))?;
        Ok((id, place, found))
    }

    fn alternative(&mut self, row: Row<'_>) -> Result<(), Fault> {
        let number: usize = needed(row, "number")?;
        let holder = row.parse("holder", str::parse)?;
        let (id, at, requirement) = self.requirement_of(row)?;
        let next = requirement.alternatives.len() + 1;
        if number != next {
            return Err(row.bad("number", &texts::sheet_number(next)));
        }
        requirement.alternatives.push(Alternative { asks: Vec::new(), holder });
        self.lines.keep(&id, format!("requirements.{at}.alternatives.{}", next - 1), row, 2);
        Ok(())
    }

    fn ask(&mut self, row: Row<'_>) -> Result<(), Fault> {
        let question = ["question_vi", "question_en", "question_field", "question_kind", "question_choices"];
        let question = if question.iter().any(|column| row.get(column).is_some()) {
            Some(Question {
                name: Name {
                    vi: row.need("question_vi")?.to_owned(),
                    en: row.need("question_en")?.to_owned(),
                },
                field: row.need("question_field")?.to_owned(),
                kind: cells::read_kind(row, "question_kind", "question_choices")?,
            })
        } else {
            None
        };
        let ask = Ask {
            id: row.need("id")?.to_owned(),
            service: needed(row, "service")?,
            find: cells::read_pairs(row, "find")?,
            claims: cells::read_claims(row)?,
            identity: cells::read_identity(row)?,
            question,
            published: None,
        };
        let number: usize = needed(row, "alternative")?;
        let (id, at, requirement) = self.requirement_of(row)?;
        let way = number.checked_sub(1).and_then(|way| Some((way, requirement.alternatives.get_mut(way)?)));
        let (way, alternative) =
            way.ok_or_else(|| row.bad("alternative", &texts::sheet_of_nothing(&number.to_string())))?;
        let place = format!("requirements.{at}.alternatives.{way}.asks.{}", alternative.asks.len());
        alternative.asks.push(ask);
        self.lines.keep(&id, place, row, 3);
        Ok(())
    }

    fn line_of_form(&mut self, row: Row<'_>) -> Result<(), Fault> {
        let (what, name) = (row.need("id")?.to_owned(), name(row)?);
        let part = row.need("part")?;
        let fields_only = ["service", "path", "body", "gives", "outcome"];
        let deeds_only = ["kind", "choices"];
        let stray = if part == "deed" { &deeds_only[..] } else { &fields_only[..] };
        if let Some(column) = stray.iter().find(|column| row.get(column).is_some()) {
            return Err(row.bad(column, &texts::sheet_of_nothing(part)));
        }
        let (id, place) = match part {
            "input" => {
                let kind = cells::read_kind(row, "kind", "choices")?;
                let field = Field { fact: what, name, kind, optional: cells::is_yes(row, "optional")? };
                let procedure = self.of(row)?;
                procedure.inputs.push(field);
                (procedure.id.clone(), format!("inputs.{}", procedure.inputs.len() - 1))
            }
            "form" => {
                let kind = cells::read_kind(row, "kind", "choices")?;
                let field = FormField { fact: what, name, kind, optional: cells::is_yes(row, "optional")? };
                let procedure = self.of(row)?;
                procedure.form.push(field);
                (procedure.id.clone(), format!("form.{}", procedure.form.len() - 1))
            }
            "deed" => {
                let deed = Deed {
                    id: what,
                    name,
                    service: needed(row, "service")?,
                    path: row.need("path")?.to_owned(),
                    body: cells::read_pairs(row, "body")?,
                    gives: cells::read_pairs(row, "gives")?,
                    outcome: row.get("outcome").map(str::to_owned),
                };
                let procedure = self.of(row)?;
                procedure.deeds.push(deed);
                (procedure.id.clone(), format!("deeds.{}", procedure.deeds.len() - 1))
            }
            _ => return Err(row.bad("part", &texts::sheet_word("input, form, deed"))),
        };
        self.lines.keep(&id, place, row, 4);
        Ok(())
    }
}

fn name(row: Row<'_>) -> Result<Name, Fault> {
    Ok(Name { vi: row.need("name_vi")?.to_owned(), en: row.need("name_en")?.to_owned() })
}

fn needed<T: std::str::FromStr<Err: std::fmt::Display>>(row: Row<'_>, column: &str) -> Result<T, Fault> {
    row.need(column)?;
    row.parse(column, str::parse)?.ok_or_else(|| row.bad(column, &texts::cell_empty()))
}
