//! What of small numbers may be shown: which cells of a table whose sum is shown stay untold, so that nobody can compute one that is small,
//! not from the sum and the others, not as whoever knows one of the hidden cells, and not by knowing this rule.

use std::collections::BTreeSet;

/// What is not told of the cells of a line whose sum is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Withheld {
    /// Those cells that are marked; none, where nothing is small.
    Cells(Vec<bool>),
    /// All of them, and their sum as well: there is too little to hide anything in.
    All,
}

/// Least cells that hide one another. With three, somebody who knows one of them is still left with two.
const LEAST: usize = 3;
/// Where so few are small that larger ones must go with them, this many go: with fewer, what was small could be told from the sum.
const LEAST_WITH_LARGER: usize = 4;

/// Decides it. `small`: cells below it are not told, unless all of those are empty.
///
/// Where enough cells are small they hide one another, if their sum leaves room: at most one below the highest that all but one of them
/// together can be. Where one or two are, the bound is doubled until four cells are below it; so larger cells go by size alone, and that they
/// went says nothing of the small ones. The law over all small tables is below.
pub(crate) fn withhold(cells: &[u64], small: u64) -> Withheld {
    let below = |bound: u64| cells.iter().map(move |cell| *cell < bound).collect::<Vec<bool>>();
    let count = |marked: &[bool]| marked.iter().filter(|is| **is).count();
    let marked = below(small);
    let sum: u64 = cells.iter().filter(|cell| **cell < small).sum();
    let hidden = count(&marked);
    if sum == 0 {
        return Withheld::Cells(vec![false; cells.len()]);
    }
    if hidden >= LEAST {
        let room = (small - 1).saturating_mul(u64::try_from(hidden - 1).unwrap_or(u64::MAX));
        return if sum < room { Withheld::Cells(marked) } else { Withheld::All };
    }
    if cells.len() < LEAST_WITH_LARGER {
        return Withheld::All;
    }
    let mut bound = small;
    loop {
        bound = bound.saturating_mul(2);
        let marked = below(bound);
        if count(&marked) >= LEAST_WITH_LARGER || bound == u64::MAX {
            return Withheld::Cells(marked);
        }
    }
}

/// The same of cells that stand in several lines, each with a sum that is told: of no line so few are hidden that another line gives one away.
pub(crate) fn withhold_of_lines(cells: &[u64], lines: &[Vec<usize>], small: u64) -> Vec<bool> {
    let of = |line: &[usize]| -> Vec<u64> { line.iter().filter_map(|at| cells.get(*at).copied()).collect() };
    let mut hidden = BTreeSet::new();
    for line in lines {
        let marked = match withhold(&of(line), small) {
            Withheld::Cells(marked) => marked,
            Withheld::All => vec![true; line.len()],
        };
        hidden.extend(line.iter().zip(marked).filter(|(_, marked)| *marked).map(|(at, _)| *at));
    }
    loop {
        let before = hidden.len();
        for line in lines {
            let least = LEAST_WITH_LARGER.min(line.len());
            let mut bound = small;
            // Larger ones go by size alone, as above.
            while (1..least).contains(&line.iter().filter(|at| hidden.contains(*at)).count()) {
                bound = bound.saturating_mul(2);
                let below = line.iter().zip(of(line)).filter(|(_, cell)| *cell < bound || bound == u64::MAX);
                hidden.extend(below.map(|(at, _)| *at));
            }
        }
        if hidden.len() == before {
            return (0..cells.len()).map(|at| hidden.contains(&at)).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// What is shown of a line.
    type View = (u64, Vec<Option<u64>>);

    fn view(cells: &[u64], small: u64) -> Option<View> {
        let Withheld::Cells(marked) = withhold(cells, small) else { return None };
        let told = cells.iter().zip(marked).map(|(cell, hidden)| (!hidden).then_some(*cell)).collect();
        Some((cells.iter().sum(), told))
    }

    fn lines(cells: usize, below: u64) -> Vec<Vec<u64>> {
        (0..cells).fold(vec![Vec::new()], |lines, _| {
            let longer = |line: &Vec<u64>| {
                (0..below).map(|cell| line.iter().copied().chain([cell]).collect()).collect::<Vec<_>>()
            };
            lines.iter().flat_map(longer).collect()
        })
    }

    /// The cells that somebody can compute who sees a view, knows the rule, and one cell besides, or none.
    fn computed(rule: impl Fn(&[u64]) -> Option<View>, (cells, below): (usize, u64), small: u64) -> usize {
        let mut worlds: BTreeMap<View, Vec<Vec<u64>>> = BTreeMap::new();
        for line in lines(cells, below) {
            if let Some(view) = rule(&line) {
                worlds.entry(view).or_default().push(line);
            }
        }
        let mut found = 0;
        for ((_, told), worlds) in worlds {
            for hidden in (0..cells).filter(|at| told[*at].is_none()) {
                let mut may_be: BTreeMap<Option<(usize, u64)>, BTreeSet<u64>> = BTreeMap::new();
                for world in &worlds {
                    let known = (0..cells).filter(|at| *at != hidden).map(|at| Some((at, world[at])));
                    for known in known.chain([None]) {
                        may_be.entry(known).or_default().insert(world[hidden]);
                    }
                }
                let is_told = |values: &&BTreeSet<u64>| {
                    values.len() == 1 && values.iter().all(|value| (1..small).contains(value))
                };
                found += may_be.values().filter(is_told).count();
            }
        }
        found
    }

    /// Over all lines of some cells: whatever is shown, and whoever sees it, a small cell may still be one number or another.
    #[test]
    fn no_small_cell_can_be_computed_from_what_is_shown_and_one_that_is_known() {
        for (small, cells, below) in
            [(5, 1, 40), (5, 2, 30), (5, 3, 14), (5, 4, 10), (3, 4, 14), (3, 5, 8), (2, 5, 9), (2, 6, 6)]
        {
            let rule = |line: &[u64]| view(line, small);
            assert_eq!(computed(rule, (cells, below), small), 0, "{cells} cells, {small}");
        }
        // The same looks find what the plain ways give away: one cell that is hidden alone, and one with the smallest other beside it.
        let alone = |line: &[u64]| {
            Some((
                line.iter().sum(),
                line.iter().map(|cell| (*cell >= 3).then_some(*cell)).collect::<Vec<_>>(),
            ))
        };
        assert!(computed(alone, (4, 8), 3) > 0);
        let with_next = |line: &[u64]| {
            let mut sorted: Vec<u64> = line.to_vec();
            sorted.sort_unstable();
            let bound = sorted.iter().copied().find(|cell| *cell >= 3).unwrap_or_default();
            let hides = line.iter().any(|cell| (1..3).contains(cell));
            Some((
                line.iter().sum(),
                line.iter().map(|cell| (!hides || *cell > bound).then_some(*cell)).collect(),
            ))
        };
        assert!(computed(with_next, (4, 8), 3) > 0);
    }

    #[test]
    fn what_is_large_is_told_and_what_is_empty_is_told_as_that() {
        assert_eq!(withhold(&[0, 0, 7], 5), Withheld::Cells(vec![false, false, false]));
        assert_eq!(withhold(&[3, 0, 1, 50], 5), Withheld::Cells(vec![true, true, true, false]));
        assert_eq!(withhold(&[3, 40, 50, 60, 70], 5), Withheld::Cells(vec![true, true, true, true, true]));
        assert_eq!(withhold(&[3, 6, 8, 9, 700], 5), Withheld::Cells(vec![true, true, true, true, false]));
        // What others' tools were asked about: zeros that are all of a sum, and ones of which no other division is possible.
        assert_eq!(withhold(&[0, 0, 0], 5), Withheld::Cells(vec![false, false, false]));
        assert_eq!(withhold(&[10, 3, 1, 1], 5), Withheld::Cells(vec![false, true, true, true]));
        assert_eq!(withhold(&[10, 5, 0, 1], 5), Withheld::Cells(vec![true, true, true, true]));
        assert_eq!(withhold(&[4, 50], 5), Withheld::All);
        assert_eq!(withhold(&[4, 4, 4], 5), Withheld::All);
    }

    /// Over tables of two by three: what is told is no small number, and neither is what is left when all that is told of a line is taken from its
    /// sum; of none so few are hidden that a second line tells one.
    #[test]
    fn where_lines_cross_none_of_them_gives_away_what_another_hides() {
        let small = 3;
        let crossing: Vec<Vec<usize>> =
            vec![vec![0, 1, 2], vec![3, 4, 5], vec![0, 3], vec![1, 4], vec![2, 5], vec![0, 1, 2, 3, 4, 5]];
        let mut told = 0;
        for cells in lines(6, 5) {
            let hidden = withhold_of_lines(&cells, &crossing, small);
            told += hidden.iter().filter(|hidden| !**hidden).count();
            for line in &crossing {
                let marked: Vec<u64> = line.iter().filter(|at| hidden[**at]).map(|at| cells[*at]).collect();
                assert!(marked.is_empty() || marked.len() >= line.len().min(4), "{cells:?} {hidden:?}");
                let is_small = |at: &&usize| (1..small).contains(&cells[**at]);
                assert!(line.iter().filter(is_small).all(|at| hidden[*at]), "{cells:?} {hidden:?}");
            }
        }
        assert!(told > 0, "not all is hidden");
        assert_eq!(withhold_of_lines(&[90, 0, 40], &[vec![0, 1], vec![0, 1, 2]], 5), [false; 3]);
    }
}
