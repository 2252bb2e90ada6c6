//! The console before a real browser, on a demo nation that has lived through its day and goes on.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::nation::lienthong;

/// Longest that a day of the nation takes on a busy machine.
const DAY: Duration = Duration::from_secs(600);

/// A nation that is told to end, and ends all it began, however the test ends.
struct Nation(Child);

impl Drop for Nation {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "waits for a nation that says in a file when its day is over")]
fn pause() {
    std::thread::sleep(Duration::from_millis(200));
}

#[test]
fn the_console_serves_everybody_in_a_real_browser() {
    #[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
    let modules = std::env::var("LIENTHONG_TEST_NODE")
        .expect("LIENTHONG_TEST_NODE names the folder of the packages: run `cargo xtask test`");
    let folder = tempfile::tempdir().unwrap();
    let (keep, told, said) =
        (folder.path().join("state"), folder.path().join("day.json"), folder.path().join("said"));
    let mut nation = Nation(
        lienthong()
            .args(["demo", "--persons", "2000", "-o", "json", "--keep"])
            .arg(&keep)
            .stdout(File::create(&told).unwrap())
            .stderr(File::create(&said).unwrap())
            .stdin(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let begun = Instant::now();
    let day: Value = loop {
        if let Ok(day) = serde_json::from_slice(&std::fs::read(&told).unwrap()) {
            break day;
        }
        let over = nation.0.try_wait().unwrap().is_some() || begun.elapsed() > DAY;
        assert!(!over, "{}", std::fs::read_to_string(&said).unwrap());
        pause();
    };
    let base = day["console_url"].as_str().unwrap().trim_end_matches('/').to_owned();
    // Screenshots are kept for people to look at.
    let out = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-output/console");
    std::fs::create_dir_all(&out).unwrap();
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/console.mjs");
    let told = Command::new("node")
        .arg(script)
        .args([&base])
        .arg(keep.join("accounts.json"))
        .arg(out)
        .env("LIENTHONG_TEST_NODE", modules)
        // The demo's authority is its own.
        .env("NODE_TLS_REJECT_UNAUTHORIZED", "0")
        .output()
        .unwrap();
    assert!(
        told.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&told.stdout),
        String::from_utf8_lossy(&told.stderr)
    );
}
