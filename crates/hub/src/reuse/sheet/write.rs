//! Writing the workbook.

use model::fault::Fault;
use model::procedure::{Ask, Procedure};

use super::{SHEETS, cells};
use crate::sheet::book::{Cell, Tab, write as workbook};
use crate::texts;

/// Longest text that a cell takes.
const CELL_MAX: usize = 32_767;

/// Some procedures as XLSX.
///
/// # Errors
/// [`Fault::BadParameters`] for a text that no cell holds: nothing is cut. [`Fault::Internal`].
pub(crate) fn write(procedures: &[Procedure]) -> Result<Vec<u8>, Fault> {
    let mut rows: [Vec<Vec<String>>; 5] = Default::default();
    let [of_procedures, requirements, alternatives, asks, form] = &mut rows;
    for procedure in procedures {
        of_procedures.push(procedure_row(procedure));
        for requirement in &procedure.requirements {
            let text = |number: Option<u16>| number.map(|number| number.to_string()).unwrap_or_default();
            let paper = requirement.paper.as_ref();
            let paper = paper.map(|paper| [paper.code.clone(), paper.name.vi.clone(), paper.name.en.clone()]);
            let [paper, paper_vi, paper_en] = paper.unwrap_or_default();
            requirements.push(vec![
                procedure.id.clone(),
                requirement.id.clone(),
                requirement.name.vi.clone(),
                requirement.name.en.clone(),
                requirement.role.clone(),
                requirement.when.as_ref().map(ToString::to_string).unwrap_or_default(),
                paper,
                paper_vi,
                paper_en,
                text(requirement.max_age_days),
                cells::word(&requirement.otherwise),
            ]);
            for (number, alternative) in (1..).zip(&requirement.alternatives) {
                let number: i32 = number;
                let place = [procedure.id.clone(), requirement.id.clone(), number.to_string()];
                let holder = alternative.holder.as_ref().map(ToString::to_string).unwrap_or_default();
                alternatives.push(place.iter().cloned().chain([holder]).collect());
                asks.extend(
                    alternative.asks.iter().map(|ask| place.iter().cloned().chain(ask_row(ask)).collect()),
                );
            }
        }
        form.extend(form_rows(procedure));
    }
    let tabs = SHEETS.iter().zip(rows).map(|((name, columns), rows)| tab(name, columns, rows));
    workbook(&tabs.collect::<Result<Vec<_>, _>>()?)
}

fn procedure_row(procedure: &Procedure) -> Vec<String> {
    let levels: Vec<String> = procedure.levels.iter().map(cells::word).collect();
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    vec![
        procedure.id.clone(),
        procedure.name.vi.clone(),
        procedure.name.en.clone(),
        procedure.owner.to_string(),
        levels.join("; "),
        procedure.purpose.clone(),
        procedure.bases.join("; "),
        cells::roles(&procedure.roles),
        cells::acts_for(&procedure.acts_for),
        procedure.assurance.to_string(),
        procedure.working_days.map(|days| days.to_string()).unwrap_or_default(),
        procedure.source.clone(),
        cells::yes(procedure.second_hand),
        cells::yes(procedure.assumed),
        day(procedure.valid.valid_from),
        day(procedure.valid.valid_to),
    ]
}

fn ask_row(ask: &Ask) -> Vec<String> {
    let question = ask.question.as_ref().map(|question| {
        let [kind, choices] = cells::kind(&question.kind);
        [question.name.vi.clone(), question.name.en.clone(), question.field.clone(), kind, choices]
    });
    let mut row = vec![
        ask.id.clone(),
        ask.service.to_string(),
        cells::pairs(&ask.find),
        cells::claims(&ask.claims),
        ask.identity.as_ref().map(cells::identity).unwrap_or_default(),
    ];
    row.extend(question.unwrap_or_default());
    row
}

fn form_rows(procedure: &Procedure) -> Vec<Vec<String>> {
    let field = |part: &str, fact: &str, name: &model::agency::Name, kind, optional| {
        let [kind, choices] = cells::kind(kind);
        let texts = [procedure.id.as_str(), part, fact, &name.vi, &name.en].map(str::to_owned);
        texts.into_iter().chain([kind, choices, cells::yes(optional)]).collect::<Vec<String>>()
    };
    let inputs =
        procedure.inputs.iter().map(|one| field("input", &one.fact, &one.name, &one.kind, one.optional));
    let form = procedure.form.iter().map(|one| field("form", &one.fact, &one.name, &one.kind, one.optional));
    let deeds = procedure.deeds.iter().map(|deed| {
        let texts = [procedure.id.as_str(), "deed", &deed.id, &deed.name.vi, &deed.name.en, "", "", ""]
            .map(str::to_owned);
        let rest = [
            deed.service.to_string(),
            deed.path.clone(),
            cells::pairs(&deed.body),
            cells::pairs(&deed.gives),
            deed.outcome.clone().unwrap_or_default(),
        ];
        texts.into_iter().chain(rest).collect()
    });
    inputs.chain(form).chain(deeds).collect()
}

fn tab(name: &str, columns: &[&str], rows: Vec<Vec<String>>) -> Result<Tab, Fault> {
    for (line, row) in (2..).zip(&rows) {
        let long = row.iter().position(|cell| cell.chars().count() > CELL_MAX);
        if let Some(column) = long.and_then(|at| columns.get(at)) {
            return Err(Fault::BadParameters { why: texts::cell_too_long(column, line, CELL_MAX) });
        }
    }
    Ok(Tab {
        name: name.to_owned(),
        heads: columns.iter().map(|column| (*column).to_owned()).collect(),
        rows: rows.into_iter().map(|row| row.into_iter().map(Cell::Text).collect()).collect(),
    })
}
