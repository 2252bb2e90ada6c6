//! What is listed can be found. Every entry that is in the ledger is found by each of its keys, once, and nothing else is: whatever the
//! entries are, whatever became of the index, however the ledger was begun anew, page by page of any size, and while it is written to.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use disk::Disk;
use jiff::Timestamp;
use proptest::prelude::*;

use super::{Lookup, Wanted, Work};
use crate::entry::{Entry, Proof, Side};
use crate::facts::Field;
use crate::tests::runtime;
use crate::writer::Means;
use crate::{Ledger, LedgerError};

/// Short, so that a run goes through some.
const SEGMENT_BYTES: usize = 8 * 1024;

/// Shapes of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Key,
    Intent,
    Answered,
    /// Refused by the other node, in its headers or in its trailers.
    RefusedThere {
        in_trailers: bool,
    },
    /// Refused here before anything left; older nodes did not note the officer and the case.
    RefusedHere {
        is_old: bool,
    },
    NotAnswered,
    BrokenOff,
}

/// An exchange as a test knows it.
#[derive(Debug, Clone)]
struct Played {
    shape: Shape,
    side: Side,
    micros: i64,
    client: usize,
    service: usize,
    purpose: usize,
    officer: usize,
    case: u8,
    id: u8,
}

const CLIENTS: [&str; 3] = ["VN/LOC/H05/mot-cua", "VN/LOC/H05/khac", "VN/LOC/H0/mot-cua"];
/// As it stands in paths, and as it is written.
const SERVICES: [(&str, &str); 3] = [
    ("VN/GOV/G01/dan-cu/nguoi", "VN/GOV/G01/dan-cu/nguoi"),
    ("VN/GOV/G01/dan%2dcu/api", "VN/GOV/G01/dan-cu/api"),
    ("VN/GOV/G1/h%e1%bb%99-t%e1%bb%8bch/a", "VN/GOV/G1/h%E1%BB%99-t%E1%BB%8Bch/a"),
];
const PURPOSES: [&str; 2] = ["khai-sinh", "khai"];
/// The first is none. Values may look like anything.
const OFFICERS: [&str; 4] = ["", "can.bo", "client: VN/LOC/H05/khac", "=1+1"];

impl Played {
    /// What a signature base says of it.
    fn request(&self) -> Proof {
        let mut base =
            format!("\"@method\": GET\n\"@path\": /r1/{}/x\n\"@query\": ?\n", SERVICES[self.service].0);
        base.push_str(&format!("\"x-road-client\": {}\n", CLIENTS[self.client]));
        base.push_str(&format!(
            "\"x-road-id\": id-{}\n\"x-road-request-id\": nut-{}\n",
            self.id,
            self.id % 7
        ));
        if self.officer > 0 {
            base.push_str(&format!("\"x-road-userid\": {}\n", OFFICERS[self.officer]));
        }
        if self.case > 0 {
            base.push_str(&format!("\"x-road-issue\": HS-{}\n", self.case));
        }
        base.push_str(&format!("\"lienthong-purpose\": {}\n", PURPOSES[self.purpose]));
        base.push_str(
            "\"@signature-params\": (\"@method\" \"@path\");created=1;nonce=\"x-road-issue\": HS-9",
        );
        Proof { base, signature: vec![self.id; 64] }
    }

    fn call(&self) -> String {
        let service = SERVICES[self.service].1;
        let purpose = PURPOSES[self.purpose];
        let mut call = format!(
            "client: {}\nservice: {service}\npurpose: {purpose}\nmethod: GET\npath: /x",
            CLIENTS[self.client]
        );
        let is_old = self.shape == (Shape::RefusedHere { is_old: true });
        let own = [
            ("user", OFFICERS[self.officer].to_owned()),
            ("case", self.told_case()),
            ("id", format!("id-{}", self.id)),
        ];
        for (name, value) in own.into_iter().filter(|(_, value)| !is_old && !value.is_empty()) {
            call.push_str(&format!("\n{name}: {value}"));
        }
        call
    }

    fn told_case(&self) -> String {
        if self.case > 0 { format!("HS-{}", self.case) } else { String::new() }
    }

    fn entry(&self) -> Entry {
        let (at, request) = (Timestamp::from_microsecond(self.micros).unwrap(), self.request());
        let answer = |text: &str| Proof { base: text.to_owned(), signature: vec![2; 64] };
        let exchange =
            |text: &str, request| Entry::Exchange { at, side: self.side, request, answer: answer(text) };
        match self.shape {
            Shape::Key => {
                Entry::Key { keyid: format!("khoa-{}", self.id % 3), certificate: vec![self.id; 300] }
            }
            Shape::Intent => Entry::Intent { at, request },
            Shape::Answered => exchange("\"@status\": 200\n", request),
            Shape::RefusedThere { in_trailers: true } => {
                exchange("\"@status\": 200\n\"lienthong-fault\";tr: LT-2104\n", request)
            }
            Shape::RefusedThere { in_trailers: false } => {
                exchange("\"@status\": 500\n\"lienthong-fault\": LT-2105\n", request)
            }
            Shape::RefusedHere { .. } => self.refusal(Side::Consumer, "LT-2104", self.call(), None),
            Shape::NotAnswered => self.refusal(Side::Consumer, "LT-3101", self.call(), Some(request)),
            Shape::BrokenOff => {
                let call = format!("{}\npeer: VN/LOC/H05/nut-1\nsent: 77", self.call());
                self.refusal(Side::Provider, "LT-3213", call, Some(request))
            }
        }
    }

    fn refusal(&self, side: Side, fault: &str, call: String, request: Option<Proof>) -> Entry {
        let at = Timestamp::from_microsecond(self.micros).unwrap();
        Entry::Refusal { at, side, fault: fault.into(), call, request }
    }

    /// All by which it must be found, as this test understands it.
    fn keys(&self) -> BTreeSet<(Field, String)> {
        if self.shape == Shape::Key {
            return [(Field::Key, format!("khoa-{}", self.id % 3))].into();
        }
        let (side, outcome, code) = match self.shape {
            Shape::Intent => (Side::Provider, "begun", ""),
            Shape::RefusedThere { in_trailers: true } => (self.side, "refused", "LT-2104"),
            Shape::RefusedThere { in_trailers: false } => (self.side, "refused", "LT-2105"),
            Shape::RefusedHere { .. } => (Side::Consumer, "refused", "LT-2104"),
            Shape::NotAnswered => (Side::Consumer, "failed", "LT-3101"),
            Shape::BrokenOff => (Side::Provider, "broken_off", "LT-3213"),
            _ => (self.side, "answered", ""),
        };
        let side = if side == Side::Consumer { "consumer" } else { "provider" };
        let (client, service) = (CLIENTS[self.client], SERVICES[self.service].1);
        let parts = |id: &str, count: usize| id.split('/').take(count).collect::<Vec<_>>().join("/");
        let mut keys = vec![
            (Field::Side, side.to_owned()),
            (Field::Outcome, outcome.to_owned()),
            (Field::Code, code.to_owned()),
            (Field::Client, client.to_owned()),
            (Field::Client, parts(client, 3)),
            (Field::Service, service.to_owned()),
            (Field::Service, parts(service, 4)),
            (Field::Service, parts(service, 3)),
            (Field::Purpose, PURPOSES[self.purpose].to_owned()),
        ];
        if self.shape != (Shape::RefusedHere { is_old: true }) {
            keys.push((Field::Officer, OFFICERS[self.officer].to_owned()));
            keys.push((Field::Case, self.told_case()));
            keys.push((Field::Id, format!("id-{}", self.id)));
        }
        if !matches!(self.shape, Shape::RefusedHere { .. }) {
            keys.push((Field::Id, format!("nut-{}", self.id % 7)));
        }
        keys.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }
}

fn any_played() -> impl Strategy<Value = Played> {
    let shape = prop_oneof![
        1 => Just(Shape::Key),
        1 => Just(Shape::Intent),
        4 => Just(Shape::Answered),
        1 => any::<bool>().prop_map(|in_trailers| Shape::RefusedThere { in_trailers }),
        1 => any::<bool>().prop_map(|is_old| Shape::RefusedHere { is_old }),
        1 => Just(Shape::NotAnswered),
        1 => Just(Shape::BrokenOff),
    ];
    // Times go forth and back, and several entries have one.
    let values = (0usize..3, 0usize..3, 0usize..2, 0usize..4, 0u8..5, any::<u8>());
    (shape, any::<bool>(), -3i64..60, values).prop_map(
        |(shape, consumer, micros, (client, service, purpose, officer, case, id))| {
            let side = if consumer { Side::Consumer } else { Side::Provider };
            Played { shape, side, micros, client, service, purpose, officer, case, id }
        },
    )
}

/// What may become of a ledger and of the index beside it.
#[derive(Debug, Clone)]
enum Step {
    Append(Vec<Played>),
    /// The process ends, a part of a commit behind it, and another goes on.
    Restart {
        torn: bool,
    },
    Keep,
    Ask(usize),
    /// The index, or one file of it, goes.
    Remove(Option<prop::sample::Index>),
    /// Of a file of the index a part is lost, or is not as it was.
    Tear(prop::sample::Index, prop::sample::Index, Tear),
    /// A file of the index stands in another's place.
    Mistake(prop::sample::Index, prop::sample::Index),
    /// All of the index is that of another ledger.
    Exchange,
}

#[derive(Debug, Clone, Copy)]
enum Tear {
    Cut,
    Zeros,
    Bit,
}

fn any_step() -> impl Strategy<Value = Step> {
    let index = any::<prop::sample::Index>;
    let tear = prop_oneof![Just(Tear::Cut), Just(Tear::Zeros), Just(Tear::Bit)];
    prop_oneof![
        6 => prop::collection::vec(any_played(), 1..30).prop_map(Step::Append),
        1 => any::<bool>().prop_map(|torn| Step::Restart { torn }),
        2 => Just(Step::Keep),
        2 => (1usize..9).prop_map(Step::Ask),
        1 => prop::option::of(index()).prop_map(Step::Remove),
        2 => (index(), index(), tear).prop_map(|(file, at, tear)| Step::Tear(file, at, tear)),
        1 => (index(), index()).prop_map(|(from, to)| Step::Mistake(from, to)),
        1 => Just(Step::Exchange),
    ]
}

/// A ledger under test.
struct Run {
    folder: tempfile::TempDir,
    ledger: Option<Ledger>,
    played: Vec<Played>,
    known: HashSet<u64>,
}

impl Run {
    fn begin() -> Self {
        let mut run = Self {
            folder: tempfile::tempdir().unwrap(),
            ledger: None,
            played: Vec::new(),
            known: HashSet::new(),
        };
        run.open();
        run
    }

    fn lookup(&self) -> Lookup {
        Lookup::new(&self.folder.path().join("ledger"), &self.folder.path().join("index"))
    }

    fn open(&mut self) {
        self.ledger = None;
        self.ledger = Some(open(&self.folder.path().join("ledger")));
    }

    fn append(&mut self, entries: &[Played]) {
        let ledger = self.ledger.as_ref().unwrap();
        runtime().block_on(async {
            for (played, number) in entries.iter().zip(self.played.len() as u64..) {
                assert_eq!(ledger.append(&played.entry()).await.unwrap(), number);
            }
        });
        self.played.extend_from_slice(entries);
    }

    /// Leaves the first part of a commit behind the last one.
    fn tear_ledger(&mut self) {
        use std::os::unix::fs::FileExt as _;
        self.ledger = None;
        let path = crate::segment::list(&self.folder.path().join("ledger")).unwrap().pop().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let end = bytes.len() - bytes.iter().rev().take_while(|byte| **byte == 0).count();
        // A frame's head of 4096 bytes, and of those the first sector only.
        let (start, length) = (end.max(64).next_multiple_of(8), 4096_u32);
        let head = [b"LTFR".as_slice(), &length.to_be_bytes()].concat();
        let torn = [head.as_slice(), &crc32c::crc32c(&head).to_be_bytes(), &[7; 20]].concat();
        if start + 1024 < bytes.len() {
            let file = std::fs::File::options().write(true).open(&path).unwrap();
            file.write_all_at(&torn, start as u64).unwrap();
        }
    }

    fn files(&self) -> Vec<std::path::PathBuf> {
        let files = std::fs::read_dir(self.folder.path().join("index"));
        let mut files: Vec<_> = files.into_iter().flatten().map(|file| file.unwrap().path()).collect();
        files.sort_unstable();
        files
    }

    fn play(&mut self, step: &Step) {
        let files = self.files();
        match step {
            Step::Append(entries) => self.append(entries),
            Step::Restart { torn } => {
                if *torn {
                    self.tear_ledger();
                    self.check(11, 9);
                }
                self.open();
            }
            Step::Keep => {
                let mut known = std::mem::take(&mut self.known);
                self.lookup().keep(&mut known, 3, || true).unwrap();
                self.known = known;
            }
            Step::Ask(limit) => self.check(*limit, 3),
            Step::Remove(None) => drop(std::fs::remove_dir_all(self.folder.path().join("index"))),
            Step::Remove(Some(file)) if !files.is_empty() => std::fs::remove_file(file.get(&files)).unwrap(),
            Step::Tear(file, at, tear) if !files.is_empty() => {
                spoil(file.get(&files[..]).as_path(), |length| at.index(length), *tear)
            }
            Step::Mistake(from, to) if !files.is_empty() => {
                let bytes = std::fs::read(from.get(&files)).unwrap();
                std::fs::write(to.get(&files), bytes).unwrap();
            }
            Step::Exchange => {
                // One that begins and ends as this one, with other entries.
                let mut other = Self::begin();
                other.append(&self.played.iter().rev().cloned().collect::<Vec<_>>());
                other.lookup().keep(&mut HashSet::new(), u64::MAX, || true).unwrap();
                for file in other.files() {
                    std::fs::create_dir_all(self.folder.path().join("index")).unwrap();
                    std::fs::copy(&file, self.folder.path().join("index").join(file.file_name().unwrap()))
                        .unwrap();
                }
            }
            _ => {}
        }
    }

    /// Everything is found by each of its keys and by its time, once, and nothing else, in pages of `limit`. One key in `thinned` is tried.
    fn check(&self, limit: usize, thinned: usize) {
        let keys: BTreeSet<_> = self.played.iter().flat_map(Played::keys).collect();
        let never = [
            (Field::Case, "HS-".to_owned()),
            (Field::Officer, "HS-1".to_owned()),
            (Field::Client, "VN/LOC".to_owned()),
        ];
        for (number, key) in
            keys.iter().chain(&never).enumerate().filter(|(number, _)| number.is_multiple_of(thinned))
        {
            let wanted = Wanted { all: vec![key.clone()], ..Wanted::default() };
            self.finds(&wanted, limit, |played| played.keys().contains(key));
            // With another, and a time.
            if let Some(other) =
                keys.iter().nth(number * 7 % keys.len().max(1)).filter(|other| other.0 != Field::Key)
                && key.0 != Field::Key
            {
                let (from, to) = (number as i64 % 50, number as i64 % 50 + 13);
                let at = |micros| Timestamp::from_microsecond(micros).ok();
                let both = vec![key.clone(), other.clone()];
                let wanted = Wanted { from: at(from), to: at(to), all: both.clone(), ..Wanted::default() };
                self.finds(&wanted, limit, |played| {
                    let keys = played.keys();
                    both.iter().all(|key| keys.contains(key)) && (from..to).contains(&played.micros)
                });
                let wanted = Wanted { any: Some(vec![vec![key.clone()], both]), ..Wanted::default() };
                self.finds(&wanted, limit, |played| played.keys().contains(key));
            }
        }
        self.finds(&Wanted::default(), limit, |played| played.shape != Shape::Key);
        for number in (0..self.played.len() as u64 + 3).step_by(thinned) {
            let expected = usize::try_from(number).ok().and_then(|at| self.played.get(at)).map(Played::entry);
            assert_eq!(self.lookup().entry(number).unwrap(), expected, "entry {number}");
        }
    }

    fn finds(&self, wanted: &Wanted, limit: usize, is_wanted: impl Fn(&Played) -> bool) {
        let numbered = self.played.iter().enumerate().rev();
        let expected: Vec<(u64, Entry)> = numbered
            .filter(|(_, played)| is_wanted(played))
            .map(|(number, played)| (number as u64, played.entry()))
            .collect();
        let (found, _) = all_pages(&self.lookup(), wanted, limit);
        assert_eq!(found, expected, "{wanted:?} by {limit}");
    }
}

/// All that is found, page by page.
fn all_pages(lookup: &Lookup, wanted: &Wanted, limit: usize) -> (Vec<(u64, Entry)>, Work) {
    let (mut found, mut before, mut work) = (Vec::new(), None, Work::default());
    loop {
        let wanted = Wanted { before, ..wanted.clone() };
        // Every second page is asked to end as early as it can.
        let page = lookup.page(&wanted, limit, || limit.is_multiple_of(2)).unwrap();
        assert!(page.found.len() <= limit);
        work.asked += page.work.asked;
        work.read_whole += page.work.read_whole;
        work.entries += page.work.entries;
        found.extend(page.found);
        let Some(next) = page.next else { return (found, work) };
        assert!(before.is_none_or(|before| next < before), "it gets on: {next}");
        before = Some(next);
    }
}

fn open(folder: &Path) -> Ledger {
    for _ in 0..2000 {
        let means = Means { disk: Disk::default(), segment_bytes: SEGMENT_BYTES, pause: Duration::ZERO };
        match Ledger::open_by(means, folder, |_, _| ()) {
            Err(LedgerError::InUse(_)) => std::thread::yield_now(),
            opened => return opened.unwrap().0,
        }
        wait();
    }
    panic!("the ledger stays locked");
}

#[expect(clippy::disallowed_methods, reason = "waits for a thread that gives no sign of its end")]
fn wait() {
    std::thread::sleep(Duration::from_millis(1));
}

fn spoil(file: &Path, at: impl Fn(usize) -> usize, tear: Tear) {
    let mut bytes = std::fs::read(file).unwrap();
    if bytes.is_empty() {
        return;
    }
    let at = at(bytes.len());
    match tear {
        Tear::Cut => bytes.truncate(at),
        Tear::Zeros => bytes[at / 4096 * 4096..].fill(0),
        Tear::Bit => bytes[at] ^= 1,
    }
    std::fs::write(file, bytes).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_listed_can_be_found(steps in prop::collection::vec(any_step(), 1..16), limit in 3usize..40) {
        let mut run = Run::begin();
        for step in &steps {
            run.play(step);
        }
        run.check(limit, 1);
    }
}

#[test]
fn what_is_written_meanwhile_hides_nothing_and_comes_once() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(&folder.path().join("ledger"));
    let lookup = Lookup::new(&folder.path().join("ledger"), &folder.path().join("index"));
    let (begun, durable, ended) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let played = |number: u64| Played {
        shape: Shape::Answered,
        side: Side::Consumer,
        micros: i64::try_from(number).unwrap(),
        client: 0,
        service: 0,
        purpose: 0,
        officer: 1,
        case: u8::try_from(number % 3).unwrap(),
        id: u8::try_from(number % 200).unwrap(),
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            runtime().block_on(async {
                for number in 0..1500 {
                    begun.store(number + 1, Ordering::SeqCst);
                    ledger.append(&played(number).entry()).await.unwrap();
                    durable.store(number + 1, Ordering::SeqCst);
                }
            });
            ended.store(1, Ordering::SeqCst);
        });
        let case = vec![(Field::Case, "HS-1".to_owned())];
        for turn in 0_u64.. {
            let is_last = ended.load(Ordering::SeqCst) == 1;
            let before = durable.load(Ordering::SeqCst);
            if turn.is_multiple_of(3) {
                lookup.keep(&mut HashSet::new(), u64::MAX, || true).unwrap();
            }
            let (found, _) = all_pages(&lookup, &Wanted { all: case.clone(), ..Wanted::default() }, 50);
            let after = begun.load(Ordering::SeqCst);
            let numbers: Vec<u64> = found.iter().map(|(number, _)| *number).collect();
            assert!(numbers.is_sorted_by(|one, other| one > other), "none twice");
            let known: Vec<u64> = numbers.iter().copied().filter(|number| *number < before).rev().collect();
            assert_eq!(known, (0..before).filter(|number| number % 3 == 1).collect::<Vec<_>>());
            assert!(numbers.iter().all(|number| *number < after && number % 3 == 1));
            if is_last {
                break;
            }
        }
    });
}

#[test]
fn what_cannot_be_read_is_never_passed_over() {
    let mut run = Run::begin();
    let played = |id| Played {
        shape: Shape::Answered,
        side: Side::Provider,
        micros: 1,
        client: 0,
        service: 0,
        purpose: 0,
        officer: 0,
        case: 1,
        id,
    };
    run.append(&(0..120).map(played).collect::<Vec<_>>());
    let ledger = run.folder.path().join("ledger");
    let segments = crate::segment::list(&ledger).unwrap();
    assert!(segments.len() > 3, "{}", segments.len());
    for gone in &segments {
        let aside = run.folder.path().join("aside");
        std::fs::rename(gone, &aside).unwrap();
        let is_last = gone == segments.last().unwrap();
        let told = run.lookup().page(&Wanted::default(), 1000, || true);
        // That the last one is missing nobody can know who has only the others.
        assert_eq!(matches!(told, Err(LedgerError::Damaged { .. })), !is_last, "{told:?}");
        std::fs::rename(&aside, gone).unwrap();
    }
    run.check(7, 1);
    assert!(
        Lookup::new(&run.folder.path().join("none"), &ledger).page(&Wanted::default(), 1, || true).is_err()
    );
}

#[test]
fn the_work_is_bounded_by_what_is_found_and_not_by_what_there_is() {
    let mut run = Run::begin();
    let played = |number: u64| Played {
        shape: Shape::Answered,
        side: Side::Provider,
        micros: i64::try_from(number).unwrap(),
        client: 0,
        service: 0,
        purpose: 0,
        officer: 1,
        case: u8::from(number == 40),
        id: u8::try_from(number % 250).unwrap(),
    };
    run.append(&(0..1000).map(played).collect::<Vec<_>>());
    let segments = crate::segment::list(&run.folder.path().join("ledger")).unwrap().len() as u64;
    assert!(segments > 20, "{segments}");
    let lookup = run.lookup();
    assert_eq!(lookup.keep(&mut HashSet::new(), u64::MAX, || true).unwrap().made, segments - 1);
    // One entry of a thousand: one is read, and of the segments only the open one is.
    let case = Wanted { all: vec![(Field::Case, "HS-1".into())], ..Wanted::default() };
    let page = lookup.page(&case, 10, || true).unwrap();
    assert_eq!((page.found.len(), page.next), (1, None));
    assert_eq!(page.work, Work { asked: segments - 1, read_whole: 1, entries: 1 });
    // The newest of many: no older segment is opened than those that hold them.
    let officer = Wanted { all: vec![(Field::Officer, "can.bo".into())], ..Wanted::default() };
    let page = lookup.page(&officer, 10, || true).unwrap();
    assert_eq!((page.found.len(), page.work.entries), (10, 10));
    assert!(page.work.asked < 5, "{:?}", page.work);
    // What was spoilt is found out once.
    spoil(&run.files()[3], |length| length / 2, Tear::Cut);
    for read_whole in [2, 1] {
        assert_eq!(lookup.page(&case, 10, || true).unwrap().work.read_whole, read_whole);
    }
    // A ledger that was moved away leaves nothing of its index behind.
    std::fs::remove_dir_all(run.folder.path().join("ledger")).unwrap();
    std::fs::create_dir_all(run.folder.path().join("ledger")).unwrap();
    assert_eq!(lookup.keep(&mut HashSet::new(), u64::MAX, || true).unwrap().removed, segments - 1);
}
