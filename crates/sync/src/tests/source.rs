//! A database with a log, as PostgreSQL has one: commits in an order, some of which queries see a little later; long values that a change
//! does not repeat; a slot that remembers what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use crate::line::{Cell, Key};
use crate::log::Upstream;
use crate::view::Change;

/// A value so long is kept apart, and not repeated. Shorter than what stands alone in a sum, so that some must be read again.
const APART: usize = 200;

pub(super) type Row = Vec<Cell>;
pub(super) type Rows = BTreeMap<Key, Row>;
pub(super) type Tables = BTreeMap<&'static str, Rows>;

#[derive(Clone)]
pub(super) struct Commit {
    pub(super) upstream: Upstream,
    pub(super) changes: Vec<(String, Change)>,
    /// The tables behind it.
    pub(super) after: Tables,
}

pub(super) struct Source {
    pub(super) tables: Tables,
    pub(super) log: Vec<Commit>,
    /// Of the log so many need not be sent again.
    pub(super) slot: usize,
    /// Queries do not see the last so many yet.
    pub(super) hidden: usize,
    transactions: u64,
    /// Every state that ever was, by the commit that made it.
    pub(super) states: BTreeMap<(String, String), Tables>,
}

impl Source {
    pub(super) fn new(tables: Tables) -> Self {
        Self { tables, log: Vec::new(), slot: 0, hidden: 0, transactions: 0, states: BTreeMap::new() }
    }

    /// Commits these statements: table, key before, row after.
    pub(super) fn commit(&mut self, statements: Vec<(&'static str, Option<Key>, Option<Row>)>) {
        let mut changes = Vec::new();
        for (table, old, row) in statements {
            let rows = self.tables.entry(table).or_default();
            let change = match (old, row) {
                (None, None) => {
                    rows.clear();
                    Change::Cleared
                }
                (Some(key), None) => {
                    drop(rows.remove(&key));
                    Change::Gone { key }
                }
                (old, Some(row)) => {
                    let key = row[0].text().unwrap().to_owned();
                    let before = old.as_ref().and_then(|old| rows.remove(old));
                    let told = row.iter().enumerate().map(|(at, cell)| {
                        let is_apart = cell.text().is_some_and(|text| text.len() >= APART);
                        let is_same = before.as_ref().is_some_and(|before| before[at] == *cell);
                        if is_apart && is_same { Cell::Unchanged } else { cell.clone() }
                    });
                    let told = told.collect();
                    drop(rows.insert(key.clone(), row));
                    Change::Set { old: old.filter(|old| *old != key), row: told }
                }
            };
            changes.push((table.to_owned(), change));
        }
        self.transactions += 1;
        let upstream = Upstream {
            place: (self.log.len() * 8).to_string(),
            transaction: self.transactions.to_string(),
            time: format!("t{}", self.transactions),
        };
        let name = (upstream.place.clone(), upstream.transaction.clone());
        drop(self.states.insert(name, self.tables.clone()));
        self.log.push(Commit { upstream, changes, after: self.tables.clone() });
        self.hidden = self.hidden.min(self.log.len());
    }

    /// What a query sees, and how many commits that are.
    pub(super) fn seen(&self) -> (Tables, usize) {
        let seen = self.log.len() - self.hidden;
        match seen.checked_sub(1).and_then(|last| self.log.get(last)) {
            Some(commit) => (commit.after.clone(), seen),
            None => (self.tables.clone(), seen),
        }
    }

    /// It is set back: the last commits never were, though others have heard of them.
    pub(super) fn set_back(&mut self, commits: usize) {
        let keep = self.log.len().saturating_sub(commits).max(1);
        self.log.truncate(keep);
        if let Some(last) = self.log.last() {
            self.tables.clone_from(&last.after);
        }
        self.slot = self.slot.min(keep);
        self.hidden = 0;
    }

    pub(super) fn at(&self, upstream: &Upstream) -> &Tables {
        &self.states[&(upstream.place.clone(), upstream.transaction.clone())]
    }
}

/// What a view has of a table, for whoever reckons it by hand.
pub(super) fn given(view: &crate::view::View, tables: &Tables) -> BTreeMap<Key, Vec<Cell>> {
    let rows = tables.iter().find(|(name, _)| **name == view.table).map(|(_, rows)| rows);
    let is_given = |row: &Row| {
        view.rules.iter().all(|rule| row[rule.column].text().is_some_and(|text| rule.one_of.contains(text)))
    };
    let rows = rows.into_iter().flatten().filter(|(_, row)| is_given(row));
    rows.map(|(key, row)| (key.clone(), view.columns.iter().map(|column| row[*column].clone()).collect()))
        .collect()
}

/// Some rows in order, and whether they are the last.
pub(super) fn page(rows: &Rows, wanted: &crate::feed::Rows, most: usize) -> (Vec<Row>, bool) {
    match wanted {
        crate::feed::Rows::Keys(keys) => {
            let keys: BTreeSet<&Key> = keys.iter().collect();
            (rows.iter().filter(|(key, _)| keys.contains(key)).map(|(_, row)| row.clone()).collect(), true)
        }
        crate::feed::Rows::Behind(behind) => {
            let mut left = rows.iter().filter(|(key, _)| behind.as_ref().is_none_or(|behind| *key > behind));
            let page: Vec<Row> = left.by_ref().take(most).map(|(_, row)| row.clone()).collect();
            let is_end = left.next().is_none();
            (page, is_end)
        }
    }
}
