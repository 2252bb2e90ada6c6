//! A schedule: what happens by a seed, and what is looked at after each step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::held::Secret;
use crate::line::{Cell, Key};
use crate::tests::provider::Provider;
use crate::tests::receiver::{POISON, Receiver, Target, Way};
use crate::tests::source::{Row, Source, given};
use crate::view::{Rule, View};

/// What happened in the schedules, so that nobody takes one in which nothing did for a proof.
#[derive(Debug, Default)]
pub(super) struct Seen {
    commits: u64,
    epochs: u64,
    compared: u64,
    fenced: u64,
    states: u64,
    repaired: u64,
    held: u64,
}

impl Seen {
    pub(super) fn add(&mut self, other: &Self) {
        self.commits += other.commits;
        self.epochs += other.epochs;
        self.compared += other.compared;
        self.fenced += other.fenced;
        self.states += other.states;
        self.repaired += other.repaired;
        self.held += other.held;
    }

    pub(super) fn check(&self) {
        let Self { commits, epochs, compared, fenced, states, repaired, held } = self;
        assert!(
            [commits, epochs, compared, fenced, states, repaired, held].iter().all(|seen| **seen > 0),
            "{self:?}"
        );
    }
}

pub(super) fn secret() -> Secret {
    Secret([9; 16])
}

struct Dice(u64);

impl Dice {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }
}

fn text(text: impl ToString) -> Cell {
    Cell::Text(text.to_string())
}

fn key(number: u64) -> Key {
    format!("k{number:02}")
}

/// Persons in two provinces, of whom one is given; accounts in two tables, with a sum that never changes.
fn views() -> BTreeMap<String, View> {
    let of = |columns: &[usize], table: &str, rules| View {
        table: table.to_owned(),
        key: 0,
        columns: columns.to_vec(),
        rules,
        secret: secret(),
    };
    let province = Rule { column: 1, one_of: Arc::new(BTreeSet::from(["01".to_owned()])) };
    BTreeMap::from([
        ("persons".to_owned(), of(&[1, 2, 3], "person", vec![province])),
        ("left".to_owned(), of(&[1], "left", Vec::new())),
        ("right".to_owned(), of(&[1], "right", Vec::new())),
    ])
}

fn person(dice: &mut Dice, key: &str) -> Row {
    let province = if dice.one_in(3) { "24" } else { "01" };
    let length = [3, 150, 220, 300][usize::try_from(dice.below(4)).unwrap()];
    let letter = ["a", "b", "đ"][usize::try_from(dice.below(3)).unwrap()];
    let phone = if dice.one_in(3) { Cell::Empty } else { text(dice.below(4)) };
    vec![text(key), text(province), phone, text(letter.repeat(length)), text(dice.below(100))]
}

type Statement = (&'static str, Option<Key>, Option<Row>);

/// What people do with a source in a transaction.
fn statements(dice: &mut Dice, source: &Source) -> Vec<Statement> {
    let mut tables = source.tables.clone();
    let mut made: Vec<Statement> = Vec::new();
    for _ in 0..=dice.below(3) {
        let persons = &tables["person"];
        let there: Vec<Key> = persons.keys().cloned().collect();
        let one = (!there.is_empty())
            .then(|| there[usize::try_from(dice.below(there.len() as u64)).unwrap()].clone());
        let mut own: Vec<Statement> = Vec::new();
        match (dice.below(12), one) {
            (0..3, _) | (_, None) => {
                let key = key(dice.below(30));
                let row = person(dice, &key);
                let old = persons.contains_key(&key).then(|| key.clone());
                own.push(("person", old, Some(row)));
            }
            // One column, and a long value is not repeated.
            (3..7, Some(one)) => {
                let mut row = persons[&one].clone();
                let column = 1 + usize::try_from(dice.below(4)).unwrap();
                row[column] = person(dice, &one)[column].clone();
                own.push(("person", Some(one), Some(row)));
            }
            (7, Some(one)) => own.push(("person", Some(one), None)),
            (8, Some(one)) => {
                let new = key(dice.below(40));
                if !persons.contains_key(&new) {
                    let mut row = persons[&one].clone();
                    row[0] = text(&new);
                    own.push(("person", Some(one), Some(row)));
                }
            }
            (9, Some(_)) if dice.one_in(6) => own.push(("person", None, None)),
            _ => {
                let (from, to, amount) = (key(dice.below(4)), key(dice.below(4)), dice.below(50));
                let balance = |table: &str, key: &Key| -> i64 {
                    tables[table][key][1].text().unwrap().parse().unwrap()
                };
                let amount = i64::try_from(amount).unwrap();
                let (left, right) = (balance("left", &from) - amount, balance("right", &to) + amount);
                own.push(("left", Some(from.clone()), Some(vec![text(&from), text(left)])));
                own.push(("right", Some(to.clone()), Some(vec![text(&to), text(right)])));
            }
        }
        for (table, old, row) in &own {
            let rows = tables.get_mut(table).unwrap();
            match (old, row) {
                (None, None) => rows.clear(),
                (old, row) => {
                    if let Some(old) = old {
                        drop(rows.remove(old));
                    }
                    if let Some(row) = row {
                        drop(rows.insert(row[0].text().unwrap().to_owned(), row.clone()));
                    }
                }
            }
        }
        made.extend(own);
    }
    made
}

fn beginning(dice: &mut Dice) -> Source {
    let account = |number| (key(number), vec![text(key(number)), text(1000)]);
    let accounts: BTreeMap<Key, Row> = (0..4).map(account).collect();
    let mut persons = BTreeMap::new();
    for number in 0..dice.below(25) {
        let key = key(number);
        drop(persons.insert(key.clone(), person(dice, &key)));
    }
    Source::new(BTreeMap::from([("person", persons), ("left", accounts.clone()), ("right", accounts)]))
}

/// All concerned.
struct World {
    dice: Dice,
    source: Source,
    provider: Provider,
    receiver: Receiver,
    /// A copy of the copy, to be put in its place some day.
    saved: Option<Target>,
    seen: Seen,
}

impl World {
    fn new(mut dice: Dice) -> Self {
        let mut source = beginning(&mut dice);
        source.commit(Vec::new());
        let fields = views().into_iter().map(|(name, view)| (name, view.columns.len())).collect();
        let (provider, receiver) = (Provider::new(views()), Receiver::new(fields));
        Self { dice, source, provider, receiver, saved: None, seen: Seen::default() }
    }

    fn commit(&mut self) {
        let statements = statements(&mut self.dice, &self.source);
        self.source.commit(statements);
        self.seen.commits += 1;
    }

    /// What goes on every day. Of 32 chances all but one are its own.
    fn goes_on(&mut self, chance: u64, bytes: usize, most: usize) {
        match chance {
            0..7 => {
                self.commit();
                let hidden = usize::try_from(self.dice.below(3)).unwrap();
                self.source.hidden = hidden.min(self.source.log.len());
            }
            7 | 8 => self.source.hidden = 0,
            9..13 => drop(self.provider.take(&self.source)),
            13 | 14 => while self.provider.take(&self.source) {},
            15 => self.provider.feed.flush().unwrap(),
            16 => self.provider.acknowledge(&mut self.source),
            17..23 => self.provider.read(&self.source, most),
            _ => self.receiver.round(&mut self.provider, &self.source, Way::Arrives, bytes, most),
        }
    }

    fn goes_wrong(&mut self, bytes: usize, most: usize) {
        let Self { dice, source, provider, receiver, saved, seen } = self;
        match dice.below(16) {
            0 | 1 => receiver.round(provider, source, Way::Lost, bytes, most),
            2 | 3 if receiver.late.is_none() => receiver.round(provider, source, Way::Late, bytes, most),
            2 | 3 => receiver.run_late(),
            4 | 5 => provider.taken = None,
            6 | 7 => provider.restart(false),
            8 => provider.restart(true),
            9 => receiver.restart(),
            10 | 11 => {
                source.set_back(1 + usize::try_from(dice.below(6)).unwrap());
                provider.taken = None;
            }
            // The slot is gone, and was made anew.
            12 => (source.slot, provider.taken) = (source.log.len(), None),
            13 | 14 => match saved.take() {
                None => *saved = Some(receiver.target.clone()),
                Some(target) => {
                    receiver.target = target;
                    receiver.restart();
                }
            },
            _ => seen.repaired += u64::from(damage(dice, receiver)),
        }
    }
}

/// Plays a schedule: some hundred steps of all concerned in any order, faults among them; then all that is broken is mended, and the
/// copy must become what the source is.
pub(super) fn schedule(seed: u64) -> Seen {
    let mut world = World::new(Dice(seed));
    let steps = 100 + world.dice.below(300);
    // In some schedules much goes wrong, in others hardly anything, so that copies come to live and stay so for a while.
    let calm = 1 + world.dice.below(12);
    for step in 0..steps {
        let bytes = [1, 200, 5000][usize::try_from(world.dice.below(3)).unwrap()];
        let most = 1 + usize::try_from(world.dice.below(7)).unwrap();
        match world.dice.below(32) {
            31 if world.dice.one_in(calm) => world.goes_wrong(bytes, most),
            31 => {}
            chance => world.goes_on(chance, bytes, most),
        }
        let World { dice, source, provider, receiver, .. } = &mut world;
        if provider.taken.is_none() && dice.one_in(3) {
            provider.connect(source);
        }
        provider.note();
        assert_eq!(look(receiver, provider, source), None, "seed {seed}, step {step}");
        world.seen.states += u64::from(world.receiver.is_live());
    }
    mend(seed, &mut world);
    let World { mut seen, provider, receiver, .. } = world;
    seen.epochs += provider.epochs;
    seen.compared += receiver.compared;
    seen.fenced += receiver.fenced;
    seen
}

/// Somebody changes the copy by hand.
fn damage(dice: &mut Dice, receiver: &mut Receiver) -> bool {
    let Some(records) = receiver.target.tables.get_mut("persons").filter(|_| dice.one_in(2)) else {
        return false;
    };
    let Some((_, cells)) = records.iter_mut().next() else { return false };
    cells[1] = text("by hand");
    receiver.is_damaged = true;
    true
}

/// What a live copy shows that the source never was; none if nothing.
fn look(receiver: &Receiver, provider: &Provider, source: &Source) -> Option<String> {
    if !receiver.is_live() || receiver.is_damaged {
        return None;
    }
    let place = receiver.place("left")?;
    let (epoch, commit) = (place.epoch, place.commit);
    let places: BTreeSet<u64> = views().keys().map(|view| receiver.place(view).unwrap().commit).collect();
    if places.len() != 1 {
        return Some(format!("views stand at different commits: {places:?}"));
    }
    let upstream = provider.told.get(&(epoch, commit))?;
    let tables = source.at(upstream);
    for (name, view) in views() {
        let (is, should) = (receiver.target.whole(&name), given(&view, tables));
        let poison = |cells: &[Cell]| name == "persons" && cells[1].text() == Some(POISON);
        let held: BTreeSet<&Key> =
            should.iter().filter(|(_, cells)| poison(cells)).map(|(key, _)| key).collect();
        if held != receiver.target.held[&name].keys().collect() {
            return Some(format!("{name} at {commit}: {held:?} should be held, and no others"));
        }
        if is != should {
            return Some(format!("{name} at {commit} ({upstream:?}) is {is:?}\nand should be {should:?}"));
        }
    }
    None
}

fn mend(seed: u64, world: &mut World) {
    let World { source, provider, receiver, seen, .. } = world;
    source.hidden = 0;
    receiver.late = None;
    // Tables are held against what is remembered of them.
    receiver.restart();
    receiver.is_damaged = false;
    for _ in 0..400 {
        if provider.taken.is_none() {
            provider.connect(source);
        }
        while provider.take(source) {}
        provider.read(source, 5);
        provider.feed.flush().unwrap();
        provider.acknowledge(source);
        receiver.round(provider, source, Way::Arrives, 5000, 5);
        let is_there = provider.feed.is_settled() && receiver.is_live();
        if is_there && receiver.place("left").map(|place| place.commit) == Some(provider.feed.last()) {
            for (name, view) in views() {
                let (is, should) = (receiver.target.whole(&name), given(&view, &source.tables));
                assert_eq!(is, should, "seed {seed}: {name} in the end");
            }
            seen.held += receiver.target.held["persons"].len() as u64;
            if source.slot + 2 >= source.log.len() {
                return;
            }
            // An idle source is written to now and then, so that it need not keep its log.
            source.commit(Vec::new());
        }
    }
    panic!(
        "seed {seed}: the copy does not come to an end, or the source keeps its log from {} of {}: {:?}",
        source.slot,
        source.log.len(),
        receiver.target.positions
    );
}

/// A source without a log, whose rows are read round by round while they change: a copy has of each record only what that once was, and
/// all of it as it is once the source is quiet.
pub(super) fn rounds(seed: u64) -> Seen {
    let mut world = World::new(Dice(seed ^ 0x5eed));
    world.provider.has_rounds = true;
    let mut ever: BTreeSet<(String, Key, Vec<Cell>)> = BTreeSet::new();
    let steps = 100 + world.dice.below(300);
    let changes = 1 + world.dice.below(12);
    for step in 0..steps + 200 {
        let is_quiet = step >= steps;
        if !is_quiet && world.dice.one_in(changes) {
            world.commit();
        }
        let World { dice, source, provider, receiver, .. } = &mut world;
        for (name, view) in views() {
            ever.extend(
                given(&view, &source.tables).into_iter().map(|(key, cells)| (name.clone(), key, cells)),
            );
        }
        let most = 1 + usize::try_from(dice.below(7)).unwrap();
        match dice.below(16) {
            0 if !is_quiet && dice.one_in(4) => provider.restart(dice.one_in(4)),
            1 if !is_quiet && dice.one_in(4) => receiver.restart(),
            2..10 => provider.round(source, most),
            _ => receiver.round(provider, source, Way::Arrives, 500, most),
        }
        for (name, _) in views() {
            for (key, cells) in receiver.target.whole(&name) {
                let record = (name.clone(), key, cells);
                assert!(ever.contains(&record), "seed {seed}, step {step}: {record:?} never was");
            }
        }
    }
    let World { source, receiver, mut seen, .. } = world;
    for (name, view) in views() {
        let (is, should) = (receiver.target.whole(&name), given(&view, &source.tables));
        let others: Vec<_> = is
            .iter()
            .filter(|(key, cells)| should.get(*key) != Some(cells))
            .chain(should.iter().filter(|(key, _)| !is.contains_key(*key)))
            .collect();
        assert!(
            others.is_empty(),
            "seed {seed}: {name} in the end: {others:?} {:?}",
            receiver.target.positions[&name]
        );
        seen.states += 1;
    }
    assert!(receiver.is_live(), "seed {seed}: {:?}", receiver.target.positions);
    seen
}
