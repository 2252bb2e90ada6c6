//! A brief as a workbook: the figures beside those of the brief before, all that they count, and how much each agency has of it.

use std::collections::BTreeSet;

use model::fault::Fault;
use model::words::Words;

use super::Brief;
use super::page::Language;
use crate::running::situation::{Change, Group, Topic};
use crate::sheet::book::{Cell, Tab, write};
use crate::texts;

/// The workbook of a brief.
///
/// # Errors
/// [`Fault::Internal`].
pub(crate) fn book(brief: &Brief, language: Language) -> Result<Vec<u8>, Fault> {
    write(&[figures(brief, language), things(brief, language), agencies(brief, language)])
}

fn heads(language: Language, words: impl IntoIterator<Item = Words>) -> Vec<String> {
    words.into_iter().map(|words| language.words(&words)).collect()
}

fn number(count: usize) -> Cell {
    Cell::Number(u32::try_from(count).unwrap_or(u32::MAX))
}

fn change(brief: &Brief, topic: Topic) -> Option<&Change> {
    brief.changes.iter().find(|change| change.topic == topic)
}

fn figures(brief: &Brief, language: Language) -> Tab {
    let row = |topic: Topic| {
        let (now, change) = (brief.situation.count(topic), change(brief, topic));
        let before = change.map_or(now, |change| change.before);
        let before = if brief.before.is_some() { number(before) } else { Cell::Text(String::new()) };
        let [came, went] = change.map_or([0, 0], |change| [change.came.len(), change.went.len()]);
        let what = Cell::Text(language.words(&topic.words()));
        vec![what, number(now), before, number(came), number(went)]
    };
    Tab {
        name: language.words(&texts::book_figures()),
        heads: heads(
            language,
            [
                texts::book_figure(),
                texts::book_now(),
                texts::book_before(),
                texts::book_came(),
                texts::book_went(),
            ],
        ),
        rows: Topic::ALL.into_iter().map(row).collect(),
    }
}

fn things(brief: &Brief, language: Language) -> Tab {
    let mut rows = Vec::new();
    for topic in Topic::ALL {
        let came = change(brief, topic).into_iter().flat_map(|change| &change.came);
        let new: BTreeSet<&str> = came.map(|item| item.id.as_str()).collect();
        for item in brief.situation.items(topic) {
            let is_new = new.contains(item.id.as_str());
            let days = item.days_late.and_then(|days| u32::try_from(days).ok());
            let agency = item.agency.clone().unwrap_or_default();
            rows.push(vec![
                Cell::Text(language.words(&topic.words())),
                Cell::Text(language.name(&item.name)),
                Cell::Text(item.id.clone()),
                Cell::Text(language.agency(&brief.situation, item.agency.as_deref())),
                Cell::Text(agency),
                days.map_or(Cell::Text(String::new()), Cell::Number),
                Cell::Text(if is_new { language.words(&texts::book_new()) } else { String::new() }),
            ]);
        }
    }
    let told = [
        texts::book_figure(),
        texts::book_name(),
        texts::book_code(),
        texts::brief_whose(),
        texts::book_agency_code(),
        texts::brief_days_late(),
        texts::book_since(),
    ];
    let heads = heads(language, told);
    Tab { name: language.words(&texts::book_things()), heads, rows }
}

fn agencies(brief: &Brief, language: Language) -> Tab {
    let row = |group: &Group| {
        let id = Cell::Text(group.agency.clone().unwrap_or_default());
        let counts =
            Topic::BY_AGENCY.map(|topic| number(group.counts.get(&topic).copied().unwrap_or_default()));
        [Cell::Text(language.group(group)), id].into_iter().chain(counts).collect()
    };
    let names = [texts::brief_agency(), texts::book_code()].into_iter();
    Tab {
        name: language.words(&texts::book_agencies()),
        heads: heads(language, names.chain(Topic::BY_AGENCY.map(Topic::head))),
        rows: brief.situation.agencies.iter().map(row).collect(),
    }
}
