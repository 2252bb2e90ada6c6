//! The receiver's side: what an answer does to its copy. Whoever drives it runs the transaction, in which the place is written with the data:
//! so nothing is taken twice, whenever either side ends.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::chain;
use crate::feed::{Changes, Page, Place, Rows, named};
use crate::held::{Held, Secret};
use crate::line::{BadLine, Key, Line};
use crate::view::{Difference, Touched, View};

/// Most rows that are asked for by their keys at once.
const ROWS: usize = 1000;

/// Where a copy is. It stands beside the copy, in the same database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Its place in the chain.
    pub place: Place,
    /// Under which its values are hashed.
    pub secret: Secret,
    /// What it is about.
    pub state: State,
}

/// What a copy is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is being made: rows up to some key are there.
    Copying {
        /// The last that came.
        behind: Option<Key>,
        /// Rows that a change named before they had come: they are asked for at the end.
        missing: BTreeSet<Key>,
        /// Whether all came but those.
        is_through: bool,
    },
    /// It is what the source was at its place.
    Live,
    /// Whether it is that is being found out, and what is not is fetched.
    Comparing,
}

/// What a transaction does to a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Nothing of what is there counts: it goes first.
    pub is_anew: bool,
    /// Then these, in order.
    pub lines: Vec<Line>,
    /// Where the copy is then.
    pub next: Position,
    /// What changes in what is held.
    pub difference: Difference,
}

/// An answer that cannot be one to the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forked {
    /// Its commits do not lead from the place that was asked about to the one that it gives.
    #[error("the commits do not lead to the head that is given")]
    Chain,
    /// A line of it cannot be read.
    #[error("a line cannot be read")]
    Line(#[from] BadLine),
}

impl Position {
    /// Where a copy begins that was told its place: an empty one is filled, one with rows compared.
    #[must_use]
    pub fn begun(place: Place, secret: Secret, is_empty: bool) -> Self {
        let copying = State::Copying { behind: None, missing: BTreeSet::new(), is_through: false };
        Self { place, secret, state: if is_empty { copying } else { State::Comparing } }
    }

    /// Which rows are asked for next, beside what is new; none: what is new only.
    #[must_use]
    pub fn rows(&self) -> Option<Rows> {
        match &self.state {
            State::Copying { is_through: false, behind, .. } => Some(Rows::Behind(behind.clone())),
            State::Copying { missing, .. } if !missing.is_empty() => {
                Some(Rows::Keys(missing.iter().take(ROWS).cloned().collect()))
            }
            State::Copying { .. } | State::Live | State::Comparing => None,
        }
    }
}

/// Rows that came with an answer, and which were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Came {
    /// Those asked for.
    pub rows: Rows,
    /// Those given.
    pub page: Page,
    /// The last of the source's order that was read, given or not; none: there are no others behind.
    pub last: Option<Key>,
}

impl Changes {
    /// The lines, once it is shown that they lead from `place` to where the answer says.
    ///
    /// # Errors
    /// [`Forked`].
    pub fn lines(&self, place: &Place, fields: usize) -> Result<Vec<Line>, Forked> {
        let (mut head, mut at, mut lines) = (place.head, place.commit, Vec::new());
        for (number, text) in &self.commits {
            if *number <= at || *number > self.place.commit {
                return Err(Forked::Chain);
            }
            head = chain::head(&head, *number, text);
            at = *number;
            for line in text.lines() {
                lines.push(Line::read(line, fields)?);
            }
        }
        (head == self.place.head && self.place.commit >= place.commit).then_some(lines).ok_or(Forked::Chain)
    }
}

impl Position {
    /// The records whose holding must be known before [`Position::plan`] is asked.
    #[must_use]
    pub fn touched(lines: &[Line], came: Option<&Came>) -> BTreeSet<Key> {
        let mut keys = named(lines);
        if let Some(came) = came {
            keys.extend(named(&came.page.lines));
            if let Rows::Keys(asked) = &came.rows {
                keys.extend(asked.iter().cloned());
            }
        }
        keys
    }

    /// What is to be done with lines that lead to `place`, and with rows that were read there.
    #[must_use]
    pub fn plan(
        &self,
        place: &Place,
        lines: Vec<Line>,
        came: Option<Came>,
        held: &BTreeMap<Key, Option<Held>>,
    ) -> Plan {
        let mut touched = Touched::new(held.clone());
        let mut next = Self { place: place.clone(), ..self.clone() };
        let mut kept = Vec::with_capacity(lines.len());
        for line in lines {
            // What leans on a value that has not come yet comes whole: with the rest, or by its key.
            match View::take(&self.secret, &line, &mut touched) {
                Ok(()) => next.state.came(&line),
                Err(_) => {
                    next.state.is_missing(&line);
                    let Some(old) = left_by(&line).filter(|old| touched.has(old)) else { continue };
                    let gone = Line::Gone { key: old.clone() };
                    // It names one key.
                    let _taken = View::take(&self.secret, &gone, &mut touched);
                    kept.push(gone);
                    continue;
                }
            }
            kept.push(line);
        }
        if let Some(came) = came {
            let given: BTreeSet<&Key> = came.page.lines.iter().filter_map(Line::key).collect();
            let mut rows: Vec<Line> = Vec::with_capacity(came.page.lines.len());
            if let Rows::Keys(asked) = &came.rows {
                let is_gone =
                    |key: &&Key| !given.contains(key) && !came.page.again.contains(*key) && touched.has(key);
                rows.extend(asked.iter().filter(is_gone).map(|key| Line::Gone { key: key.clone() }));
            }
            next.state.read(&came);
            rows.extend(came.page.lines);
            for line in &rows {
                // Rows come whole.
                let _taken = View::take(&self.secret, line, &mut touched);
            }
            kept.extend(rows);
        }
        if let State::Copying { is_through: true, missing, .. } = &next.state
            && missing.is_empty()
        {
            next.state = State::Live;
        }
        Plan { is_anew: false, lines: kept, next, difference: touched.difference(held) }
    }

    /// A copy whose place is not one of the chain begins anew there. What was half a copy is none; any other is compared.
    #[must_use]
    pub fn begin(&self, place: Place, secret: Secret) -> Plan {
        let is_anew = matches!(self.state, State::Copying { .. });
        let difference = Difference { cleared: is_anew, ..Difference::default() };
        Plan { is_anew, lines: Vec::new(), next: Self::begun(place, secret, is_anew), difference }
    }
}

/// The key under which a record that moved is no longer there.
fn left_by(line: &Line) -> Option<&Key> {
    match line {
        Line::Moved { new, old, .. } if new != old => Some(old),
        _ => None,
    }
}

impl State {
    /// A change of a record came whole.
    fn came(&mut self, line: &Line) {
        let Self::Copying { missing, .. } = self else { return };
        match line {
            Line::Cleared => missing.clear(),
            line => {
                for key in named(std::slice::from_ref(line)) {
                    missing.remove(&key);
                }
            }
        }
    }

    fn is_missing(&mut self, line: &Line) {
        match self {
            Self::Copying { missing, .. } => {
                if let Some(old) = left_by(line) {
                    missing.remove(old);
                }
                missing.extend(line.key().cloned());
            }
            // It cannot be: what a live copy is told leans on what it holds. So it does not hold what it should.
            Self::Live | Self::Comparing => *self = Self::Comparing,
        }
    }

    fn read(&mut self, came: &Came) {
        let Self::Copying { behind, missing, is_through } = self else { return };
        match &came.rows {
            Rows::Behind(_) => {
                *is_through = came.last.is_none();
                if came.last.is_some() {
                    behind.clone_from(&came.last);
                }
            }
            Rows::Keys(asked) => missing.retain(|key| !asked.contains(key)),
        }
        for key in came.page.lines.iter().filter_map(Line::key) {
            missing.remove(key);
        }
        missing.extend(came.page.again.iter().cloned());
    }
}

/// The heaps in which a copy has something else than its source.
#[must_use]
pub fn differing(own: &BTreeMap<u16, u128>, theirs: &BTreeMap<u16, u128>) -> Vec<u16> {
    let heaps: BTreeSet<u16> = own.keys().chain(theirs.keys()).copied().collect();
    heaps.into_iter().filter(|heap| own.get(heap) != theirs.get(heap)).collect()
}

/// The records of a heap of which a copy has something else than its source.
#[must_use]
pub fn other_records(own: &[(Key, u128)], theirs: &[(Key, u128)]) -> BTreeSet<Key> {
    let own: BTreeSet<&(Key, u128)> = own.iter().collect();
    let theirs: BTreeSet<&(Key, u128)> = theirs.iter().collect();
    own.symmetric_difference(&theirs).map(|(key, _)| key.clone()).collect()
}
