//! What others may see: tables of which one has the sum of the other, and no number in any of them that gives a small one away.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::Date;
use model::procedure::{Procedure, Requirement};
use model::reuse_report::Counted;
use model::time::Validity;

use super::withhold::{Withheld, withhold};
use super::{By, Look, Measure, NONE, Table};

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

    /// Hides of the cells of a table what may not be told.
    fn hide(&mut self, (by, measure): (By, Measure), cells: &[(&String, u64)], small: u64) {
        let sums: Vec<u64> = cells.iter().map(|(_, sum)| *sum).collect();
        let marked = match withhold(&sums, small) {
            // A table that cannot have any says nothing of it.
            _ if cells.is_empty() => return,
            Withheld::Cells(marked) => marked,
            Withheld::All => {
                self.whole.insert(measure);
                return;
            }
        };
        for ((id, _), _) in cells.iter().zip(marked).filter(|(_, hidden)| *hidden) {
            self.cells.entry((by, (*id).clone())).or_default().insert(measure);
        }
    }
}

impl Look {
    /// Beside each table stands what of it is the viewer's own, which they see whole: what is left when that is taken away gives no small number
    /// away either.
    pub(super) fn guard(&self, tables: &[(By, Table, Table)]) -> Guard {
        let mut guard = Guard { whole: Hidden::new(), cells: BTreeMap::new() };
        for (by, table, own) in tables {
            for measure in Measure::ALL {
                let cells: Vec<(&String, u64)> = table
                    .iter()
                    .map(|(id, sums)| (id, sums.get(measure)))
                    .filter(|(id, sum)| *sum > 0 || self.may_have(*by, id, measure))
                    .collect();
                let known = |id: &String| own.get(id).map_or(0, |sums| sums.get(measure));
                let is_whole = |id: &String| *by == By::Office && self.own.as_ref() == Some(id);
                let rest = cells.iter().filter(|(id, _)| !is_whole(id));
                let rest: Vec<_> = rest.map(|(id, sum)| (*id, sum.saturating_sub(known(id)))).collect();
                guard.hide((*by, measure), &cells, self.basis.small);
                guard.hide((*by, measure), &rest, self.basis.small);
            }
        }
        if guard.whole.contains(&Measure::Cases) {
            guard.whole = Measure::ALL.into();
        }
        for (by, table, _) in tables {
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
        use Measure::{Cases, PapersNeeded, ReAsks};
        let mut of_month = self.of_month();
        match by {
            By::Office => true,
            By::Procedure => of_month.any(|(one, of)| one.code() == id && self.may_count(one, of, measure)),
            By::Paper => of_month.any(|(one, of)| {
                let paper = of.paper.as_ref().map_or(NONE, |paper| &paper.code);
                measure != Cases && paper == id && self.may_count(one, of, measure)
            }),
            By::Reason => match measure {
                PapersNeeded => id.starts_with(Counted::PaperNeeded.word()),
                ReAsks => id.starts_with(Counted::ReAsked.word()),
                _ => false,
            },
        }
    }

    /// Requirements of procedures by which cases could begin in the month; or in the one before, since cases go on for a while by what has ended.
    pub(super) fn of_month(&self) -> impl Iterator<Item = (&Procedure, &Requirement)> {
        let first: Option<Date> = format!("{}-01", self.basis.month).parse().ok();
        let days = first.map_or_else(Validity::default, |first| Validity {
            valid_from: Some(first.saturating_sub(1.month())),
            valid_to: Some(first.saturating_add(1.month())),
        });
        let of_month = self.procedures.iter().filter(move |one| one.valid.overlaps(&days));
        of_month.flat_map(|one| one.requirements.iter().map(move |requirement| (one, requirement)))
    }

    /// Whether something can be counted of a requirement at all.
    fn may_count(&self, procedure: &Procedure, requirement: &Requirement, measure: Measure) -> bool {
        let asks = requirement.alternatives.iter().any(|way| !way.asks.is_empty());
        let paper = requirement.paper.as_ref();
        match measure {
            Measure::Cases | Measure::PapersNeeded | Measure::ReAsks => true,
            Measure::LookUps | Measure::LookUpsCounted => asks,
            Measure::Applicable => paper.is_some(),
            Measure::Shown | Measure::Reused | Measure::Differing => paper.is_some() && asks,
            Measure::Covered => paper.is_some_and(|paper| {
                let mut scopes = self.scopes.iter();
                scopes
                    .any(|one| one.procedures.contains(procedure.code()) && one.papers.contains(&paper.code))
            }),
        }
    }
}
