//! Each operation on the disk fails in each way, and then the power is cut or the process ends: nothing that was acknowledged is lost,
//! nothing is damaged, and it goes on by itself.

use std::time::Duration;

use disk::faults::{Faults, Kind, Plan};
use jiff::Timestamp;

use crate::entry::{Entry, Proof};
use crate::tests::{Trusting, runtime};
use crate::verify::verify;
use crate::writer::Means;
use crate::{Ledger, LedgerError};

/// Short, so that a run goes through some.
const SEGMENT_BYTES: usize = 8 * 1024;
/// Entries of a run: three segments of them.
const ENTRIES: u64 = 24;
/// The seed of each run of the tests: a change is what fails them, not chance.
const SEED: u64 = 12_050;

/// What happens behind the appends.
#[derive(Debug, Clone, Copy)]
enum End {
    /// The process ends; the files are as programs see them.
    Process,
    /// The power is cut.
    Power,
    /// The process ends; another one goes on, and then the power is cut.
    ProcessThenPower,
}

/// An entry of some hundred bytes, each fourth of more, so that a small one still fits where a large one did not; no two are alike.
fn entry(number: u64) -> Entry {
    let bytes = usize::try_from(if number % 4 == 3 { 2000 } else { 60 + number * 7919 % 500 }).unwrap();
    let signature = vec![u8::try_from(number % 255).unwrap() + 1; bytes];
    Entry::Intent { at: Timestamp::UNIX_EPOCH, request: Proof { base: format!("entry {number}"), signature } }
}

/// A run: what was acknowledged, by its number.
struct Run {
    folder: tempfile::TempDir,
    faults: Faults,
    acknowledged: Vec<(u64, Entry)>,
    next: u64,
    /// Whether an append was refused.
    refused: bool,
    /// How often somebody asks whether it is well, which mends it: never, or before each so-manieth entry.
    asks: u64,
    /// Whether the process ends at the first refusal.
    gives_up: bool,
}

impl Run {
    fn begin(plan: Option<Plan>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let faults = Faults::on(folder.path(), plan).unwrap();
        let (asks, gives_up) = plan.map_or((1, false), |plan| (plan.seed / 3 % 3, plan.seed / 9 % 3 == 0));
        Self { folder, faults, acknowledged: Vec::new(), next: 0, refused: false, asks, gives_up }
    }

    fn open(&self) -> Result<Ledger, LedgerError> {
        let means = Means { disk: self.faults.disk(), segment_bytes: SEGMENT_BYTES, pause: Duration::ZERO };
        Ledger::open_by(means, self.folder.path(), |_, _| ()).map(|(ledger, _)| ledger)
    }

    /// Appends. While entries are refused the ledger must say so, and as soon as the cause is gone that it takes them again.
    fn append(&mut self, ledger: &Ledger, count: u64) {
        runtime().block_on(async {
            for _ in 0..count {
                if self.asks > 0 && self.next.is_multiple_of(self.asks) {
                    let (fails, healthy) = (self.refused && self.faults.is_lasting(), ledger.check().await);
                    assert!(!(fails && healthy.is_ok()), "it fails, and says that it is well");
                }
                let entry = entry(self.next);
                self.next += 1;
                match ledger.append(&entry).await {
                    Ok(number) => self.acknowledged.push((number, entry)),
                    Err(_) => self.refused = true,
                }
                if self.refused && self.gives_up {
                    break;
                }
                if self.refused && self.faults.is_lasting() && self.next.is_multiple_of(3) {
                    self.faults.lift();
                    if self.asks > 0 {
                        ledger.check().await.expect("the cause is gone, and it says so");
                    }
                }
            }
        });
    }

    /// The process ends: its threads with it.
    fn close(&self, ledger: Ledger) {
        drop(ledger);
        self.idle();
    }

    #[expect(clippy::disallowed_methods, reason = "waits for threads that give no sign of their end")]
    fn idle(&self) {
        while !self.faults.is_idle() {
            std::thread::sleep(Duration::from_micros(100));
        }
    }

    /// Everything that was acknowledged is there, at its place, and nothing is damaged.
    fn check(&self) {
        let mut found = Vec::new();
        let report = verify(self.folder.path(), &mut Trusting, |number, entry| {
            assert_eq!(number, found.len() as u64);
            found.push(entry.clone());
        });
        let report = report.unwrap();
        assert!(report.is_whole(), "{:?}", report.told);
        for (number, entry) in &self.acknowledged {
            let at = usize::try_from(*number).unwrap();
            assert_eq!(found.get(at), Some(entry), "entry {number} was acknowledged");
        }
    }
}

/// Returns the operation that failed, if one did.
fn play(plan: Plan, end: End) -> Option<u64> {
    let mut run = Run::begin(Some(plan));
    match run.open() {
        Ok(ledger) => {
            run.append(&ledger, ENTRIES);
            run.close(ledger);
        }
        Err(error) => assert!(matches!(error, LedgerError::Disk { .. }), "{error}"),
    }
    run.idle();
    let struck = run.faults.struck();
    run.faults.lift();
    if run.faults.is_off() || matches!(end, End::Power) {
        run.faults.cut_power().unwrap();
    }
    run.gives_up = false;
    // It begins again, goes on, and is whole.
    for _ in 0..2 {
        let ledger = run.open().unwrap_or_else(|error| panic!("it does not begin again: {error}"));
        let before = run.acknowledged.len();
        run.append(&ledger, 6);
        assert_eq!(run.acknowledged.len(), before + 6, "with the cause gone, entries are taken");
        run.close(ledger);
        if matches!(end, End::ProcessThenPower) {
            run.faults.cut_power().unwrap();
        }
        run.check();
    }
    struck
}

#[test]
fn whatever_the_disk_does_nothing_acknowledged_is_lost_and_nothing_is_damaged() {
    let mut quiet = Run::begin(None);
    let ledger = quiet.open().unwrap();
    quiet.append(&ledger, ENTRIES);
    quiet.close(ledger);
    quiet.check();
    assert!(crate::segment::list(quiet.folder.path()).unwrap().len() >= 3);
    let base = seed();
    eprintln!("LIENTHONG_SEED={base}");
    for (number, kind) in (0..).zip(Kind::ALL) {
        // Where a sync fails, most depends on what comes behind.
        let ways = if kind == Kind::Io { 16 } else { 2 };
        for way in 0..ways {
            // A crash does not last.
            let lasts = way % 2 == 1 && !kind.is_crash();
            // From one operation that this fits to the next.
            let mut at = 0;
            loop {
                let step: u64 = (number << 32) ^ (at << 8) ^ way;
                let seed = base.wrapping_mul(1_000_003) ^ step.wrapping_mul(7_919);
                let end =
                    [End::Process, End::Power, End::ProcessThenPower][usize::try_from(seed % 3).unwrap()];
                let plan = Plan { kind, at, lasts, seed };
                let played = std::panic::catch_unwind(|| play(plan, end));
                let struck = played.unwrap_or_else(|_| panic!("{plan:?}, {end:?}"));
                let Some(struck) = struck else { break };
                at = struck + 1;
            }
        }
    }
}

/// The seed that is asked for, or that of the tests.
fn seed() -> u64 {
    let asked = std::env::var_os("LIENTHONG_SEED").and_then(|seed| seed.to_str()?.parse().ok());
    asked.unwrap_or(SEED)
}
