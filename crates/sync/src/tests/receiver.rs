//! The receiver's node and its database: a transaction that is all or nothing, and a place that must be what it was.

use std::collections::{BTreeMap, BTreeSet};

use crate::feed::{Changes, Place, Reply, Rows};
use crate::follow::{Came, Plan, Position, State, differing, other_records};
use crate::held::Held;
use crate::line::{Cell, Key, Line};
use crate::park::{self, Reason};
use crate::tests::provider::{Provider, apply, heaps, of_heap};
use crate::tests::source::Source;

/// What the receiver's database does not take as a phone number.
pub(super) const POISON: &str = "3";

pub(super) type Records = BTreeMap<Key, Vec<Cell>>;

/// What the receiver's database has, of one copy. It takes no poison.
struct Table<'a>(&'a mut Records);

impl park::Records for Table<'_> {
    type Error = std::convert::Infallible;

    fn current(&mut self, key: &Key) -> Result<Option<Vec<Cell>>, Self::Error> {
        Ok(self.0.get(key).cloned())
    }

    fn put(&mut self, key: &Key, cells: &[Cell]) -> Result<Result<(), Reason>, Self::Error> {
        assert!(!cells.contains(&Cell::Unchanged), "a value that is not there is not repeated");
        if cells.get(1).and_then(Cell::text) == Some(POISON) {
            return Ok(Err(Reason { code: "23514".into(), says: "poison".into() }));
        }
        drop(self.0.insert(key.clone(), cells.to_vec()));
        Ok(Ok(()))
    }

    fn remove(&mut self, key: &Key) -> Result<Result<(), Reason>, Self::Error> {
        drop(self.0.remove(key));
        Ok(Ok(()))
    }

    fn clear(&mut self) -> Result<(), Self::Error> {
        self.0.clear();
        Ok(())
    }
}

/// What the receiver's database has.
#[derive(Clone, Default)]
pub(super) struct Target {
    /// What it refuses.
    pub(super) held: BTreeMap<String, park::Held>,
    pub(super) tables: BTreeMap<String, Records>,
    pub(super) positions: BTreeMap<String, Position>,
}

impl Target {
    /// A copy with what is held of it in its place: all that its source has told.
    pub(super) fn whole(&self, view: &str) -> Records {
        let mut records = self.tables.get(view).cloned().unwrap_or_default();
        let held = self.held.get(view).into_iter().flatten();
        for (key, parked) in held {
            parked.before.iter().for_each(|before| drop(records.remove(before)));
            match &parked.now {
                Some(cells) => drop(records.insert(key.clone(), cells.clone())),
                None => drop(records.remove(key)),
            }
        }
        records
    }

    /// All of these or none; none if a place is another than they were made for.
    fn run(&mut self, plans: &[(String, Option<Position>, Plan)]) -> bool {
        if plans.iter().any(|(view, was, _)| self.positions.get(view) != was.as_ref()) {
            return false;
        }
        for (view, _, plan) in plans {
            let records = self.tables.entry(view.clone()).or_default();
            let held = self.held.entry(view.clone()).or_default();
            if plan.is_anew {
                records.clear();
                held.clear();
            }
            for line in &plan.lines {
                park::write(&mut Table(records), held, line).unwrap();
            }
            park::release(&mut Table(records), held).unwrap();
            drop(self.positions.insert(view.clone(), plan.next.clone()));
        }
        true
    }
}

pub(super) struct Receiver {
    pub(super) target: Target,
    /// What it holds, as far as it remembers.
    images: BTreeMap<String, BTreeMap<Key, Held>>,
    views: Vec<(String, usize)>,
    /// A transaction of its own that was made, and may be run too late.
    pub(super) late: Option<Vec<(String, Option<Position>, Plan)>>,
    pub(super) compared: u64,
    pub(super) fenced: u64,
    /// Somebody has changed it by hand, and nobody has found out yet.
    pub(super) is_damaged: bool,
}

/// How an answer may be lost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Arrives,
    /// It is read, and the receiver ends before it has written anything.
    Lost,
    /// It is kept, and written when something else has been.
    Late,
}

impl Receiver {
    pub(super) fn new(views: Vec<(String, usize)>) -> Self {
        Self {
            target: Target::default(),
            images: BTreeMap::new(),
            views,
            late: None,
            compared: 0,
            fenced: 0,
            is_damaged: false,
        }
    }

    /// Ends and comes back: what it holds is found out from its tables.
    pub(super) fn restart(&mut self) {
        self.images.clear();
        for (view, _) in &self.views {
            let Some(position) = self.target.positions.get(view) else { continue };
            let records = self.target.whole(view);
            let held = |(key, cells): (&Key, &Vec<Cell>)| {
                (key.clone(), position.secret.held(key, cells, None).unwrap())
            };
            drop(self.images.insert(view.clone(), records.iter().map(held).collect()));
        }
    }

    /// A late transaction is run: it must not do anything.
    pub(super) fn run_late(&mut self) {
        let Some(plans) = self.late.take() else { return };
        if self.target.run(&plans) {
            self.remember(&plans);
        } else {
            self.fenced += 1;
        }
    }

    fn remember(&mut self, plans: &[(String, Option<Position>, Plan)]) {
        for (view, _, plan) in plans {
            apply(self.images.entry(view.clone()).or_default(), &plan.difference);
        }
    }

    /// One round: all views up to the same commit, in one transaction.
    pub(super) fn round(
        &mut self,
        provider: &mut Provider,
        source: &Source,
        way: Way,
        bytes: usize,
        most: usize,
    ) {
        let mut until = None;
        let mut bytes = bytes;
        let mut plans: Vec<(String, Option<Position>, Plan)> = Vec::new();
        for again in 0..8 {
            plans.clear();
            let mut ends = BTreeSet::new();
            for (view, fields) in &self.views.clone() {
                let Some(plan) = self.plan(provider, source, (view, *fields), until, bytes, most) else {
                    return;
                };
                ends.insert(plan.2.next.place.commit);
                plans.push(plan);
            }
            if ends.len() == 1 {
                break;
            }
            // One that begins anew begins where it is told to: the others come there, however much that is.
            let begins = plans.iter().filter(|(_, was, plan)| {
                was.as_ref().is_none_or(|was| was.place != plan.next.place && plan.lines.is_empty())
            });
            let begins = begins.map(|(_, _, plan)| plan.next.place.commit).max();
            (until, bytes) = match begins.filter(|begins| ends.last() == Some(begins)) {
                Some(begins) => (Some(begins), usize::MAX),
                None => (ends.first().copied(), bytes),
            };
            assert!(again < 7, "no commit that all views reach");
        }
        match way {
            Way::Lost => self.restart(),
            Way::Late => self.late = Some(plans),
            Way::Arrives => {
                if self.target.run(&plans) {
                    self.remember(&plans);
                } else {
                    self.fenced += 1;
                    self.restart();
                }
            }
        }
    }

    fn plan(
        &mut self,
        provider: &mut Provider,
        source: &Source,
        (view, fields): (&str, usize),
        until: Option<u64>,
        bytes: usize,
        most: usize,
    ) -> Option<(String, Option<Position>, Plan)> {
        let was = self.target.positions.get(view).cloned();
        let place = was.as_ref().map(|was| &was.place);
        // Rows first: what is new up to then comes with them.
        let rows = was.as_ref().and_then(Position::rows).filter(|_| until.is_none());
        let came = rows.and_then(|rows| came(provider, source, view, rows, most));
        match provider.feed.answer(view, place, until, bytes).unwrap() {
            Reply::NotYet => None,
            Reply::Begin { place, secret } => {
                let plan = match &was {
                    Some(was) => was.begin(place, secret.clone()),
                    None => {
                        let is_empty = self.target.tables.get(view).is_none_or(BTreeMap::is_empty);
                        let next = Position::begun(place, secret.clone(), is_empty);
                        Plan { is_anew: false, lines: Vec::new(), next, difference: Default::default() }
                    }
                };
                if was.is_none_or(|was| was.secret != secret) {
                    self.restart();
                }
                Some((view.to_owned(), self.target.positions.get(view).cloned(), plan))
            }
            Reply::Changes(changes) => {
                let was = was?;
                let is_all = changes.place.commit == provider.feed.last() && provider.feed.is_answering();
                let came = came.filter(|_| is_all);
                let plan = self.take(&was, view, fields, &changes, came);
                Some((
                    view.to_owned(),
                    Some(was),
                    self.compare(provider, source, view, changes.sum, plan, most),
                ))
            }
        }
    }

    fn take(
        &mut self,
        was: &Position,
        view: &str,
        fields: usize,
        changes: &Changes,
        came: Option<Came>,
    ) -> Plan {
        let lines = changes.lines(&was.place, fields).unwrap();
        let image = self.images.entry(view.to_owned()).or_default();
        let keys = Position::touched(&lines, came.as_ref());
        let held = keys.into_iter().map(|key| (key.clone(), image.get(&key).cloned())).collect();
        was.plan(&changes.place, lines, came, &held)
    }

    /// Holds the sum against the provider's; where they differ, record by record.
    fn compare(
        &mut self,
        provider: &mut Provider,
        source: &Source,
        view: &str,
        sum: Option<u128>,
        mut plan: Plan,
        most: usize,
    ) -> Plan {
        let Some(sum) = sum.filter(|_| !matches!(plan.next.state, State::Copying { .. })) else {
            return plan;
        };
        let mut image = self.images.entry(view.to_owned()).or_default().clone();
        apply(&mut image, &plan.difference);
        if image.values().fold(0_u128, |sum, held| sum.wrapping_add(held.sum)) == sum {
            plan.next.state = State::Live;
            return plan;
        }
        plan.next.state = State::Comparing;
        self.compared += 1;
        let theirs = provider.feed.heaps(view).unwrap().unwrap();
        let mut keys = BTreeSet::new();
        for heap in differing(&heaps(&image), &theirs) {
            let others = provider.feed.of_heap(view, heap).unwrap().unwrap();
            keys.extend(other_records(&of_heap(&image, heap), &others));
        }
        let place = provider.feed.last();
        let Some(came) = came(provider, source, view, Rows::Keys(keys), most) else { return plan };
        if provider.feed.last() != place {
            // More came while they were read: what they are then fits another place.
            return plan;
        }
        let mut fetched = came.page.lines.clone();
        if let Rows::Keys(asked) = &came.rows {
            let given: BTreeSet<&Key> = came.page.lines.iter().filter_map(Line::key).collect();
            let is_gone = |key: &&Key| !given.contains(key) && !came.page.again.contains(*key);
            fetched.extend(asked.iter().filter(is_gone).map(|key| Line::Gone { key: key.clone() }));
        }
        let keys = Position::touched(&fetched, None);
        let held = keys.into_iter().map(|key| (key.clone(), image.get(&key).cloned())).collect();
        let more = plan.next.plan(&plan.next.place.clone(), fetched, None, &held);
        apply(&mut image, &more.difference);
        plan.lines.extend(more.lines);
        // One difference over both.
        let before = self.images[view].clone();
        plan.difference = between(&before, &image);
        plan
    }

    pub(super) fn is_live(&self) -> bool {
        self.views.iter().all(|(view, _)| {
            self.target.positions.get(view).is_some_and(|position| position.state == State::Live)
        })
    }

    pub(super) fn place(&self, view: &str) -> Option<&Place> {
        self.target.positions.get(view).map(|position| &position.place)
    }
}

fn between(before: &BTreeMap<Key, Held>, now: &BTreeMap<Key, Held>) -> crate::view::Difference {
    let keys: BTreeSet<&Key> = before.keys().chain(now.keys()).collect();
    let records = keys.into_iter().filter(|key| before.get(*key) != now.get(*key));
    let records = records.map(|key| (key.clone(), now.get(key).cloned())).collect();
    crate::view::Difference { records, ..Default::default() }
}

fn came(provider: &mut Provider, source: &Source, view: &str, rows: Rows, most: usize) -> Option<Came> {
    let wanted = provider.feed.asked(view, rows.clone())?;
    let ticket = wanted.ticket;
    let Some(read) = provider.taken.and_then(|_| provider.rows(source, wanted, most)) else {
        provider.feed.give_up(ticket);
        return None;
    };
    let page = provider.given(source, &read)?;
    Some(Came { rows, page, last: read.last })
}
