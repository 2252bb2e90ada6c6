//! Lists of databases by acts of the State (`data/official-lists.tsv`), and what shows that a database is on one. No annex of such an act
//! ships with the program: whoever holds one loads it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::agency::Name;
use crate::table;

/// The list that Resolution 71/NQ-CP makes: what the country's figures are shares of.
pub const RESOLUTION_71: &str = "nq-71-2025";
/// Appendix I of Decree 278/2025: the databases that must connect and share.
pub const MANDATORY: &str = "nd-278-2025-pl1";

/// That a database is on an official list, and what shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OfficialListing)]
pub struct Listing {
    /// The list, as `nq-71-2025`.
    pub list: String,
    /// The act by which it is on the list, with what has amended it.
    pub act: String,
    /// What shows it.
    pub evidence: Evidence,
    /// Its number in the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// Where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What must be done by when, because it is on the list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub due: Vec<Due>,
}

/// What shows that a database is on a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ListingEvidence)]
pub enum Evidence {
    /// The list itself was loaded.
    Annex,
    /// A source says that it is on the list.
    Named,
    /// It follows from a source: that it was built under the act, say.
    Implied,
}

/// What must be done by a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ListingDue)]
pub struct Due {
    /// What.
    pub step: Step,
    /// The last day.
    pub by: Date,
    /// Set where no text of the act was seen for it. It must not be shown as law.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second_hand: bool,
}

/// What the act of a list asks of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ListingStep)]
pub enum Step {
    /// Its data are standardised.
    Standardised,
    /// It is connected and shares.
    Connected,
}

/// A row of `data/official-lists.tsv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficialList {
    /// Its code.
    pub code: &'static str,
    /// Its name.
    pub name: Name,
    /// The act that makes it.
    pub act: &'static str,
    /// How many databases the act itself says there are.
    pub entries: Option<usize>,
    /// What it asks of each of them.
    pub due: Vec<Due>,
}

/// All lists, in the file's order.
#[must_use]
pub fn lists() -> Vec<OfficialList> {
    table::rows(include_str!("../../../data/official-lists.tsv"))
        .filter_map(|row| OfficialList::read(&row))
        .collect()
}

/// The list of this code.
#[must_use]
pub fn list(code: &str) -> Option<OfficialList> {
    lists().into_iter().find(|list| list.code == code)
}

impl OfficialList {
    fn read(row: &table::Row<'static>) -> Option<Self> {
        let doubtful: Vec<&str> = row.get("second_hand").unwrap_or_default().split(' ').collect();
        let steps = [("standardised_by", Step::Standardised), ("connected_by", Step::Connected)];
        let due = steps.into_iter().filter_map(|(column, step)| {
            let by = row.get(column)?.parse().ok()?;
            Some(Due { step, by, second_hand: doubtful.contains(&column) })
        });
        Some(Self {
            code: row.get("code")?,
            name: Name { vi: row.get("name_vi")?.to_owned(), en: row.get("name_en")?.to_owned() },
            act: row.get("act")?,
            entries: row.get("entries").and_then(|count| count.parse().ok()),
            due: due.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_lists_load_and_doubt_keeps_its_mark() {
        let text = include_str!("../../../data/official-lists.tsv");
        let rows = text.lines().filter(|line| !line.starts_with('#')).count() - 1;
        assert_eq!(lists().len(), rows);
        assert!(list(RESOLUTION_71).unwrap().entries.is_some());
        let due = list(MANDATORY).unwrap().due;
        let marks: Vec<(Step, bool)> = due.iter().map(|due| (due.step, due.second_hand)).collect();
        assert_eq!(marks, [(Step::Standardised, true), (Step::Connected, false)]);
    }
}
