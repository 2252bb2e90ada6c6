//! The law of disks, on the program as it is: whichever call to the system fails, what was acknowledged is there, what was not is whole or
//! not there, health tells the truth, and once the cause is gone the next try goes through without a restart. strace has calls fail in
//! running processes; `crates/disk` plays what it cannot: bytes that a lost power takes away.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::nation::{CLIENT, Nation, PEOPLE, PURPOSE, Plan, lienthong, told, until};

/// What fails, and as what: a call of the system with the errors that disks and full tables of descriptors give.
const FAULTS: [(&str, &str); 12] = [
    ("openat", "EIO"),
    ("openat", "EMFILE"),
    ("openat", "ENOSPC"),
    ("pwrite64", "EIO"),
    ("pwrite64", "ENOSPC"),
    ("fdatasync", "EIO"),
    ("fsync", "EIO"),
    ("rename", "EIO"),
    ("rename", "ENOSPC"),
    ("unlink", "EIO"),
    ("ftruncate", "EIO"),
    ("pread64", "EIO"),
];

/// A fault: from the `first` such call of each thread on, `count` of them fail.
#[derive(Debug, Clone, Copy)]
struct Fault {
    call: &'static str,
    error: &'static str,
    first: u32,
    count: u32,
}

impl Fault {
    /// As strace says it; `killed` in the place of an error ends the process there, as a crash would.
    fn injected(self, killed: bool) -> String {
        let last = self.first + self.count - 1;
        let what = if killed { "signal=KILL".to_owned() } else { format!("error={}", self.error) };
        format!("inject={}:{what}:when={}..{last}", self.call, self.first)
    }
}

/// Every fault from each of `firsts` on, for a while and for longer, at each of `places`.
fn matrix<P: Copy>(places: &[P], firsts: std::ops::Range<u32>) -> Vec<(P, Fault)> {
    let mut all = Vec::new();
    for ((call, error), first) in
        FAULTS.into_iter().flat_map(|fault| firsts.clone().map(move |first| (fault, first)))
    {
        for (place, count) in places.iter().flat_map(|place| [(*place, 1), (*place, 5)]) {
            all.push((place, Fault { call, error, first, count }));
        }
    }
    all
}

/// All of it with `cargo xtask laws`; otherwise so many, spread over it from a place that is drawn, and printed.
fn some_of<T: Copy>(all: &[T], few: usize) -> Vec<T> {
    if std::env::var_os("LIENTHONG_LAWS").is_some_and(|how| how == "all") {
        return all.to_vec();
    }
    let given = std::env::var_os("LIENTHONG_SEED").and_then(|text| text.to_str()?.parse().ok());
    let seed = given.unwrap_or_else(std::process::id);
    eprintln!("LIENTHONG_SEED={seed}");
    let start = seed as usize % all.len();
    // A step that has no factor in common with the length comes twice to none.
    let step = (all.len() / few + 1..).find(|step| gcd(*step, all.len()) == 1).unwrap();
    (0..few).map(|number| all[(start + number * step) % all.len()]).collect()
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// strace, beside a process whose calls fail as long as this is there.
struct Injected(Child);

impl Injected {
    async fn into(nation: &Nation, name: &str, fault: Fault) -> Self {
        let pid = nation.process_id(name).to_string();
        let said = nation.path("strace.txt");
        let child = Command::new("strace")
            .args([
                "-f",
                "-p",
                &pid,
                "-e",
                &format!("trace={}", fault.call),
                "-e",
                &fault.injected(false),
                "-o",
            ])
            .arg(nation.path("strace.out"))
            .stderr(std::fs::File::create(&said).unwrap())
            .spawn()
            .expect("strace is not installed: run `cargo xtask test`");
        until("strace", async || std::fs::read_to_string(&said).unwrap_or_default().contains("attached"))
            .await;
        Self(child)
    }
}

impl Drop for Injected {
    fn drop(&mut self) {
        // Asked to end it lets the process go on; killed it might take it along.
        let asked = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        assert!(asked.is_ok_and(|status| status.success()));
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_and_nodes_whose_disk_fails_lose_nothing_and_go_on_by_themselves() {
    let mut nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    let (mut declared, mut recorded) = (BTreeSet::new(), 0);
    for (victim, fault) in some_of(&matrix(&["hub", "p1", "c1"], 1..8), 30) {
        let case = format!("{victim}: {fault:?}");
        let injected = Injected::into(&nation, victim, fault).await;
        for _ in 0..3 {
            if victim == "hub" {
                let code = format!("m{}", declared.len());
                let purpose =
                    format!("{{ kind: Purpose, code: {code}, name: {{ vi: Mục đích, en: Purpose }} }}");
                if let (true, _) = tried(&nation, &purpose, &case) {
                    declared.insert(code);
                }
            } else {
                let answer = nation.try_send(nation.request("GET", PEOPLE, "/924198000007"), "").await;
                match answer.map(|answer| told(&answer)) {
                    Ok((200, ..)) => recorded += 1,
                    // A connection that cannot be had for want of a descriptor is no answer.
                    Ok((status, fault, _)) => assert!(status >= 500 && !fault.is_empty(), "{case}: {status}"),
                    Err(_) => {}
                }
            }
        }
        drop(injected);
        // The cause is gone: it goes on by itself, and says that it is well.
        let code = format!("m{}", declared.len());
        until(&format!("{case}: the hub going on"), async || {
            tried(
                &nation,
                &format!("{{ kind: Purpose, code: {code}, name: {{ vi: Mục đích, en: Purpose }} }}"),
                &case,
            )
            .0
        })
        .await;
        declared.insert(code);
        until(&format!("{case}: exchanges going on"), async || {
            nation
                .try_send(nation.request("GET", PEOPLE, "/924198000007"), "")
                .await
                .is_ok_and(|answer| answer.status() == 200)
        })
        .await;
        recorded += 1;
        until(&format!("{case}: health"), async || {
            let hub = nation.hub("GET", "/health", "").await.1;
            let nodes = [nation.health("p1").await, nation.health("c1").await];
            hub["healthy"] == true
                && nodes.iter().flatten().filter(|health| health["healthy"] == true).count() == 2
        })
        .await;
    }
    for name in ["hub", "p1", "c1"] {
        nation.kill(name);
    }
    nation.start_hub().await;
    for code in &declared {
        let (status, told) = nation.hub("GET", &format!("/api/v1/registry/purposes/{code}"), "").await;
        assert_eq!(status, 200, "the hub lacks {code}: {told}");
    }
    for name in ["p1", "c1"] {
        nation.start_node(name);
    }
    nation.wait_for(nation.revision().await).await;
    let verified = nation.verify(&["p1", "c1"]);
    assert_eq!(verified["whole"], true, "{verified}");
    assert!(verified["in_both"].as_u64() >= Some(recorded), "{recorded} were answered: {verified}");
}

/// Whether a change went through; if not, it said so in words of ours.
fn tried(nation: &Nation, yaml: &str, case: &str) -> (bool, String) {
    std::fs::write(nation.path("thay-doi.yaml"), yaml).unwrap();
    let output = nation.try_run(&[
        "apply",
        "--officer",
        "hub/quan-tri.json",
        "-f",
        "thay-doi.yaml",
        "--reason",
        "thử",
    ]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() || said.contains("LT-"), "{case}: {said}");
    (output.status.success(), said)
}

/// One command of the program, in which calls fail or which is killed at one.
fn under(nation: &Nation, fault: Fault, killed: bool, arguments: &[&str]) -> bool {
    let output = Command::new("strace")
        .args([
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            &format!("trace={}", fault.call),
            "-e",
            &fault.injected(killed),
        ])
        .arg(lienthong().get_program())
        .args(arguments)
        .current_dir(nation.path(""))
        .stdin(Stdio::null())
        .output()
        .expect("strace is not installed: run `cargo xtask test`");
    let said = String::from_utf8_lossy(&output.stderr);
    // What the system's own loader says is no word of ours; before `main` there is nothing to lose.
    let is_told = said.contains("LT-") || said.contains("error while loading") || said.is_empty() && killed;
    assert!(output.status.success() || killed || is_told, "{fault:?} {arguments:?}: {said}");
    assert!(!said.contains("panicked"), "{fault:?} {arguments:?}: {said}");
    output.status.success()
}

fn lines(folder: &Path) -> usize {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let data = files.filter(|path| path.extension().is_some_and(|extension| extension == "ndjson"));
    data.map(|path| std::fs::read_to_string(path).unwrap().lines().count()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_whose_disk_fails_anywhere_is_whole_when_it_is_done() {
    let nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    nation.apply(&crate::packages::grant(", endpoints: [{ method: POST, path: /stream }]"));
    nation.wait_for(nation.revision().await).await;
    let (cases, mut failed) = (some_of(&matrix(&[false, true], 1..20), 16), 0);
    for (number, (killed, fault)) in cases.iter().enumerate() {
        let name = |what: &str| format!("{what}-{number}");
        let (order, made, opened) = (name("don.json"), name("goi"), name("mo"));
        let ordering = ["package", "order", "--dir", "c1", "--client", CLIENT, "--service", PEOPLE];
        let ordering = [&ordering[..], &["--purpose", PURPOSE, "--out", &order]].concat();
        let making = ["package", "make", "--dir", "p1", &order, "--out", &made];
        let opening = ["package", "open", "--dir", "c1", &made, "--out", &opened];
        for step in [&ordering[..], &making, &opening] {
            // Each step with its fault; then, if it was not done, as it is.
            if under(&nation, *fault, *killed, step) {
                continue;
            }
            failed += 1;
            let verified = nation.try_run(&["package", "verify", "--dir", "c1", &made]);
            let answered = nation.path(&made).join("answer.json").exists();
            let case = format!("{fault:?}, killed {killed}: {}", step.join(" "));
            assert!(answered || !verified.status.success(), "{case}: half of it is taken for whole");
            nation.run(step);
        }
        assert_eq!(lines(&nation.path(&opened)), 300, "{fault:?}, killed {killed}");
    }
    assert!(failed > cases.len() / 2, "next to nothing failed: does strace reach the calls?");
    let verified = nation.verify(&["p1", "c1"]);
    assert_eq!(verified["whole"], true, "{verified}");
    assert_eq!(
        verified["in_both"].as_u64(),
        Some(cases.len() as u64),
        "each package once in both: {verified}"
    );
}
