//! What survives a crash, what is noticed, and what a full disk does.

use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use proptest::prelude::*;

use crate::entry::{Entry, Proof, Side};
use crate::verify::{Checker, Comparison, verify};
use crate::writer::Opened;
use crate::{Ledger, LedgerError, segment};

fn entry(number: u64) -> Entry {
    let proof = |what: &str| Proof {
        base: format!("\"@method\": GET\n{what} {number}"),
        signature: number.to_be_bytes().repeat(8),
    };
    let at = Timestamp::from_second(1_790_000_000).unwrap();
    Entry::Exchange { at, side: Side::Consumer, request: proof("request"), answer: proof("answer") }
}

/// A large entry, to get through a segment quickly.
fn large(number: u64) -> Entry {
    Entry::Key { keyid: number.to_string(), certificate: vec![7; 60_000] }
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

fn open(folder: &Path) -> Result<(Ledger, Opened, Vec<Entry>), LedgerError> {
    let mut entries = Vec::new();
    // The lock of a ledger just dropped is free when its writer has ended.
    for _ in 0..200 {
        match Ledger::open(folder, |_, bytes| entries.push(Entry::decode(bytes).unwrap())) {
            Err(LedgerError::InUse(_)) => std::thread::yield_now(),
            other => return other.map(|(ledger, opened)| (ledger, opened, entries)),
        }
        wait();
    }
    panic!("the ledger stays locked");
}

#[expect(clippy::disallowed_methods, reason = "waits for a thread that gives no sign of its end")]
fn wait() {
    std::thread::sleep(std::time::Duration::from_millis(5));
}

/// A ledger of `count` entries, each in a commit of its own.
fn written(folder: &Path, count: u64) {
    let (ledger, ..) = open(folder).unwrap();
    runtime().block_on(async {
        for number in 0..count {
            assert_eq!(ledger.append(&entry(number)).await.unwrap(), number);
        }
    });
}

fn only_segment(folder: &Path) -> PathBuf {
    let paths = segment::list(folder).unwrap();
    assert_eq!(paths.len(), 1);
    paths[0].clone()
}

#[test]
fn what_was_appended_is_there_again() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), 5);
    let (_, opened, entries) = open(folder.path()).unwrap();
    assert_eq!(opened, Opened { entries: 5, cut_bytes: 0 });
    assert_eq!(entries, (0..5).map(entry).collect::<Vec<_>>());
}

#[test]
fn nothing_counts_that_is_written_to_a_file_that_was_taken_away() {
    type Deed = fn(&Path, &Path);
    let away: [Deed; 3] = [
        |from, _| std::fs::remove_file(from).unwrap(),
        |from, to| std::fs::rename(from, to).unwrap(),
        |from, to| {
            std::fs::copy(from, to).unwrap();
            std::fs::rename(to, from).unwrap();
        },
    ];
    for (number, away) in away.into_iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let (ledger, ..) = open(folder.path()).unwrap();
        let (path, aside) = (only_segment(folder.path()), folder.path().join("aside"));
        runtime().block_on(async {
            ledger.append(&entry(0)).await.unwrap();
            ledger.check().await.unwrap();
            away(&path, &aside);
            // Also while nobody writes.
            assert!(matches!(ledger.check().await, Err(LedgerError::Gone(_))), "{number}");
            for _ in 0..2 {
                assert!(matches!(ledger.append(&entry(1)).await, Err(LedgerError::Gone(_))), "{number}");
                assert!(matches!(ledger.check().await, Err(LedgerError::Gone(_))), "{number}");
            }
            if aside.exists() {
                std::fs::rename(&aside, &path).unwrap();
                assert_eq!(ledger.append(&entry(1)).await.unwrap(), 1);
                ledger.check().await.unwrap();
            }
        });
    }
}

#[test]
fn a_ledger_has_one_writer() {
    let folder = tempfile::tempdir().unwrap();
    let _ledger = open(folder.path()).unwrap();
    assert!(matches!(Ledger::open(folder.path(), |_, _| ()), Err(LedgerError::InUse(_))));
}

#[test]
fn entries_that_wait_are_committed_together_and_keep_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (ledger, ..) = open(folder.path()).unwrap();
    runtime().block_on(async {
        let local = tokio::task::LocalSet::new();
        let jobs: Vec<_> = (0..300)
            .map(|number| {
                let ledger = ledger.clone();
                local.spawn_local(async move { (ledger.append(&entry(number)).await.unwrap(), number) })
            })
            .collect();
        local.await;
        for job in jobs {
            let (index, number) = job.await.unwrap();
            assert_eq!(index, number);
        }
    });
    drop(ledger);
    let (_, opened, entries) = open(folder.path()).unwrap();
    assert_eq!((opened.entries, entries.len()), (300, 300));
}

#[test]
fn a_ledger_goes_on_through_segments() {
    let folder = tempfile::tempdir().unwrap();
    let (ledger, ..) = open(folder.path()).unwrap();
    runtime().block_on(async {
        for number in 0..400 {
            ledger.append(&large(number)).await.unwrap();
        }
    });
    drop(ledger);
    assert_eq!(segment::list(folder.path()).unwrap().len(), 3);
    let (_, opened, entries) = open(folder.path()).unwrap();
    assert_eq!(opened.entries, 400);
    assert_eq!(entries[399], large(399));
}

#[test]
fn a_missing_segment_is_noticed() {
    for gone in [0, 1] {
        let folder = tempfile::tempdir().unwrap();
        let (ledger, ..) = open(folder.path()).unwrap();
        runtime().block_on(async {
            for number in 0..400 {
                ledger.append(&large(number)).await.unwrap();
            }
        });
        drop(ledger);
        std::fs::remove_file(&segment::list(folder.path()).unwrap()[gone]).unwrap();
        assert!(matches!(open(folder.path()), Err(LedgerError::Damaged { .. })));
    }
}

#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (ledger, ..) = open(folder.path()).unwrap();
    let fill_disk = || std::os::unix::fs::symlink("/dev/full", folder.path().join("spare"));
    let mut taken = Vec::new();
    let mut refused = 0;
    runtime().block_on(async {
        for number in 0..200 {
            // Until three were refused, the next segment would be made on a device that is always full.
            if refused < 3 {
                let _ = fill_disk();
            }
            match ledger.append(&large(number)).await {
                Ok(_) => taken.push(number),
                Err(error) => {
                    assert!(error.to_string().contains("No space left"), "{error}");
                    refused += 1;
                }
            }
        }
    });
    drop(ledger);
    assert_eq!(refused, 3);
    let (_, _, entries) = open(folder.path()).unwrap();
    assert_eq!(entries, taken.into_iter().map(large).collect::<Vec<_>>());
}

pub(crate) struct Trusting;

impl Checker for Trusting {
    fn key(&mut self, _: &str, _: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn proof(&mut self, proof: &Proof, _: Option<&Proof>) -> Result<(), String> {
        if proof.signature.first() == Some(&0xff) { Err("bad".into()) } else { Ok(()) }
    }
}

#[test]
fn verification_counts_and_tells() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), 3);
    let (ledger, ..) = open(folder.path()).unwrap();
    let at = Timestamp::UNIX_EPOCH;
    let bad = Proof { base: "x".into(), signature: vec![0xff] };
    runtime().block_on(async {
        ledger.append(&Entry::Intent { at, request: bad.clone() }).await.unwrap();
        let refusal = Entry::Refusal {
            at,
            side: Side::Provider,
            fault: "LT-2104".into(),
            call: String::new(),
            request: None,
        };
        ledger.append(&refusal).await.unwrap();
    });
    let report = verify(folder.path(), &mut Trusting, |_, _| ()).unwrap();
    assert_eq!(
        (report.entries, report.consumed, report.provided, report.intents, report.refusals),
        (5, 3, 0, 1, 1)
    );
    assert_eq!((report.signatures, report.problems), (7, 1));
    assert_eq!(report.told[0].place, "3");
}

#[test]
fn two_ledgers_are_held_against_each_other() {
    let mut comparison = Comparison::of(["consumer".into(), "provider".into()].into());
    let flipped = |number| match entry(number) {
        Entry::Exchange { at, request, answer, .. } => {
            Entry::Exchange { at, side: Side::Provider, request, answer }
        }
        other => other,
    };
    for number in 0..4 {
        comparison.take("consumer", number, &entry(number), |_| "provider".into());
    }
    for number in 1..5 {
        comparison.take("provider", number, &flipped(number), |_| "consumer".into());
    }
    // An exchange with a node whose ledger was not read says nothing.
    comparison.take("consumer", 9, &entry(9), |_| "elsewhere".into());
    assert_eq!(comparison.in_both(), 3);
    assert_eq!(comparison.only_at_consumer(), [("consumer".to_owned(), 0)]);
    assert_eq!(comparison.only_at_provider(), [("provider".to_owned(), 4)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// A crash in the middle of the last commit: some of its sectors are on the disk, others are not.
    #[test]
    fn a_torn_commit_is_cut_off_and_only_that(count in 1u64..6, sectors in prop::collection::vec(any::<bool>(), 1..12)) {
        prop_assume!(sectors.iter().any(|kept| !kept));
        let folder = tempfile::tempdir().unwrap();
        written(folder.path(), count);
        let path = only_segment(folder.path());
        let before = std::fs::read(&path).unwrap();
        let end = before.len() - before.iter().rev().take_while(|byte| **byte == 0).count();
        let start = end.next_multiple_of(8);
        // The commit that never came to its end: large enough to lie in as many sectors.
        let mut tree = model::merkle::GrowingTree::default();
        segment::Segment::read(&disk::Disk::default(), &path).unwrap().replay(&mut tree, |_, _| ()).unwrap();
        let torn = segment::frame(&mut tree, [vec![9; 512 * sectors.len()].as_slice()].into_iter());
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        let mut lost = false;
        for (at, byte) in torn.iter().enumerate() {
            let sector = (start + at) / 512 - start / 512;
            if sectors.get(sector).copied().unwrap_or(true) {
                file.write_all_at(&[*byte], (start + at) as u64).unwrap();
            } else {
                lost = true;
            }
        }
        prop_assume!(lost);
        let (ledger, opened, entries) = open(folder.path()).unwrap();
        prop_assert_eq!(opened.entries, count);
        prop_assert_eq!(entries, (0..count).map(entry).collect::<Vec<_>>());
        // And it goes on from there.
        let next = runtime().block_on(ledger.append(&entry(count))).unwrap();
        prop_assert_eq!(next, count);
        drop(ledger);
        prop_assert_eq!(open(folder.path()).unwrap().1, Opened { entries: count + 1, cut_bytes: 0 });
    }

    /// A bit changed anywhere in what was written is noticed, never cut off as if it had been a crash.
    #[test]
    fn a_changed_bit_is_never_taken_for_a_crash(count in 1u64..6, position in any::<prop::sample::Index>(), bit in 0u32..8) {
        let folder = tempfile::tempdir().unwrap();
        written(folder.path(), count);
        let path = only_segment(folder.path());
        let mut bytes = std::fs::read(&path).unwrap();
        let end = bytes.len() - bytes.iter().rev().take_while(|byte| **byte == 0).count();
        let at = position.index(end);
        let padding = (52..64).contains(&at);
        bytes[at] ^= 1 << bit;
        std::fs::write(&path, &bytes).unwrap();
        match open(folder.path()) {
            Err(LedgerError::Damaged { .. }) => {}
            // Zeros between header and frames, and between frames, say nothing.
            Ok((_, opened, _)) => prop_assert!(opened.entries == count && (padding || opened.cut_bytes == 0), "cut at {}", at),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
