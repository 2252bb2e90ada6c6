//! What others may see: tables of which one has the sum of the other, and no number in any of them that gives a small one away.

use std::collections::{BTreeMap, BTreeSet};

use model::reuse_report::Counted;
use model::scope::Scope;

use super::withhold::{Withheld, withhold};
use super::{By, Look, Measure, NONE, Sums};

/// Which of the sums are not told.
pub(super) type Hidden = BTreeSet<Measure>;

/// What is not told of tables that have one sum.
pub(super) struct Guard {
    pub(super) whole: Hidden,
    cells: BTreeMap<(By, String), Hidden>,
}

impl Guard {
    pub(super) fn hidden(&self, by: By, id: &str) -> Hidden {
        self.cells.get(&(by, id.to_owned())).cloned().unwrap_or_else(|| Measure::ALL.into())
    }
}

impl Look {
    pub(super) fn guard(&self, tables: &[(By, BTreeMap<String, Sums>)]) -> Guard {
        let mut guard = Guard { whole: Hidden::new(), cells: BTreeMap::new() };
        for (by, table) in tables {
            for measure in Measure::ALL {
                let cells: Vec<(&String, u64)> = table
                    .iter()
                    .filter(|(id, _)| self.may_have(*by, id, measure))
                    .map(|(id, sums)| (id, sums.get(measure)))
                    .collect();
                let sums: Vec<u64> = cells.iter().map(|(_, sum)| *sum).collect();
                let marked = match withhold(&sums, self.basis.small) {
                    // A table that cannot have any says nothing of it.
                    _ if cells.is_empty() => continue,
                    Withheld::Cells(marked) => marked,
                    Withheld::All => {
                        guard.whole.insert(measure);
                        continue;
                    }
                };
                for ((id, _), _) in cells.into_iter().zip(marked).filter(|(_, hidden)| *hidden) {
                    guard.cells.entry((*by, id.clone())).or_default().insert(measure);
                }
            }
        }
        if guard.whole.contains(&Measure::Cases) {
            guard.whole = Measure::ALL.into();
        }
        for (by, table) in tables {
            // By what each case of a procedure asks for, few cases could be counted; and by look-ups, few that a paper applied to.
            let base = if *by == By::Paper { Measure::Applicable } else { Measure::Cases };
            for id in table.keys() {
                let cell = guard.cells.entry((*by, id.clone())).or_default();
                cell.extend(&guard.whole);
                if cell.contains(&base) {
                    *cell = Measure::ALL.into();
                }
            }
        }
        guard
    }

    /// Whether a cell of a table can be anything but empty, by what everybody knows: only such cells hide others.
    fn may_have(&self, by: By, id: &str, measure: Measure) -> bool {
        use Measure::{Cases, LookUps, LookUpsCounted, PapersNeeded, ReAsks};
        let of_papers = !matches!(measure, Cases | LookUps | LookUpsCounted | PapersNeeded | ReAsks);
        let covers = |scope: &Scope| match by {
            By::Procedure => scope.procedures.contains(id),
            _ => scope.papers.contains(id),
        };
        match by {
            By::Office => true,
            By::Procedure if of_papers => {
                let of = self.procedures.iter().filter(|one| one.code() == id);
                of.flat_map(|one| &one.requirements).any(|one| one.paper.is_some())
                    && (measure != Measure::Covered || self.scopes.iter().any(covers))
            }
            By::Procedure => true,
            By::Paper if id == NONE => !of_papers && measure != Cases,
            By::Paper => measure != Cases && (measure != Measure::Covered || self.scopes.iter().any(covers)),
            By::Reason => match measure {
                PapersNeeded => id.starts_with(Counted::PaperNeeded.word()),
                ReAsks => id.starts_with(Counted::ReAsked.word()),
                _ => false,
            },
        }
    }
}
