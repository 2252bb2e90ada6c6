//! The disk under the hub's PostgreSQL is full for a while. The test of the other store, and of either's connections, is beside the hub's.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::nation::{Nation, Plan, until};

/// What PostgreSQL takes when it is made, and some room.
const DISK: &str = "size=112m";

/// A disk of its own, small, in memory; gone with its test. Only root may make one.
pub(crate) struct Disk(tempfile::TempDir);

impl Disk {
    /// A disk of this `size`, as `mount` takes it.
    pub(crate) fn new(size: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("lienthong-disk-").tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", size, "lienthong-test"]).arg(folder.path());
        assert!(mount.status().unwrap().success(), "a disk of its own can be made by root only");
        Self(folder)
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    fn filler(&self) -> PathBuf {
        self.0.path().join("day")
    }

    /// Takes all the room there is.
    pub(crate) fn fill(&self) {
        let mut filler = std::fs::File::options().create(true).append(true).open(self.filler()).unwrap();
        let full = std::io::copy(&mut std::io::repeat(7), &mut filler).unwrap_err();
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    }

    /// Gives it back.
    pub(crate) fn free(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

/// Whether a disk can be made.
pub(crate) fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout.trim_ascii() == b"0"
}

/// Purposes that nobody has yet, too large to fit where something is left. Returns the code of one of them, if they were taken.
fn declare(nation: &Nation, number: usize, count: usize) -> Result<String, String> {
    let purpose = |part: usize| {
        format!(
            "{{ kind: Purpose, code: m{number}-{part}, name: {{ vi: Mục đích, en: {} }} }}",
            "x".repeat(900)
        )
    };
    let documents: Vec<String> = (0..count).map(purpose).collect();
    std::fs::write(nation.path("m.yaml"), documents.join("\n---\n")).unwrap();
    let apply = ["apply", "--officer", "hub/quan-tri.json", "-f", "m.yaml", "--reason", "thử"];
    let output = nation.try_run(&apply);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(format!("m{number}-{}", count - 1)) } else { Err(said) }
}

async fn health(nation: &Nation) -> (u16, bool) {
    let (status, told) = nation.hub("GET", "/health", "").await;
    (status, told["healthy"] == true)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_under_postgresql_is_told_loses_nothing_and_is_over_when_there_is_room() {
    // Whoever may not make a disk has calls of the system fail instead: `a_hub_and_nodes_whose_disk_fails…`, which need no root.
    if !is_root() {
        eprintln!("left out: only root can make a small disk");
        return;
    }
    let disk = Disk::new(DISK);
    let mut server = testing::Server::postgres_in(disk.0.path());
    let url = server.database("day");
    let plan = Plan { database: Some(&url), one_provider: true, ..Plan::default() };
    let nation = Nation::start_with(plan).await;
    let hub = nation.process_id("hub");
    let (mut declared, mut number) = (BTreeSet::new(), 0);
    let mut next = || {
        number += 1;
        number
    };
    for round in 0..2 {
        declared.insert(declare(&nation, next(), 20).unwrap());
        assert_eq!(health(&nation).await, (200, true), "round {round}");
        disk.fill();
        let mut refused = 0;
        for _ in 0..40 {
            match declare(&nation, next(), 150) {
                Ok(code) => drop(declared.insert(code)),
                Err(said) => {
                    assert!(said.contains("LT-7108") || said.contains("LT-7131"), "round {round}: {said}");
                    refused += 1;
                    // It says so as long as it is so, and not only of what was tried a moment ago.
                    for wait in [0, 1200] {
                        tokio::time::sleep(Duration::from_millis(wait)).await;
                        let health = health(&nation).await;
                        assert_eq!(health, (503, false), "round {round}, after {refused}: {said}");
                    }
                }
            }
            if refused == 3 {
                break;
            }
        }
        assert_eq!(refused, 3, "round {round}: the disk is full");
        disk.free();
        // Where its journal cannot grow PostgreSQL may end; what starts services starts it again.
        if !server.runs() {
            server.start();
        }
        until("health", async || health(&nation).await == (200, true)).await;
        declared.insert(declare(&nation, next(), 150).expect("the next write works"));
        assert_eq!(nation.process_id("hub"), hub);
    }
    assert!(nation.runs("hub"), "it was never started again");
    server.kill();
    server.start();
    for code in &declared {
        let path = format!("/api/v1/registry/purposes/{code}");
        until(code, async || nation.hub("GET", &path, "").await.0 == 200).await;
    }
    drop(nation);
    drop(server);
}
