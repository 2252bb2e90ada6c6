//! The pages before a real browser, on a demo nation that has lived through its day and goes on: the console of its hub, and those of its
//! one-stop offices.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::nation::lienthong;

/// Longest that a day of the nation takes on a busy machine.
const DAY: Duration = Duration::from_secs(600);

/// A nation that is told to end, and ends all it began, however the test ends.
struct Nation {
    process: Child,
    folder: tempfile::TempDir,
    /// What it has told of its day.
    day: Value,
}

impl Drop for Nation {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        let _ = self.process.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "waits for a nation that says in a file when its day is over")]
fn pause() {
    std::thread::sleep(Duration::from_millis(200));
}

impl Nation {
    /// Waits until its day is over.
    fn lived() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let said = folder.path().join("said");
        let process = lienthong()
            .args(["demo", "--persons", "2000", "-o", "json", "--keep"])
            .arg(folder.path().join("state"))
            .stdout(File::create(folder.path().join("day.json")).unwrap())
            .stderr(File::create(&said).unwrap())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut nation = Self { process, folder, day: Value::Null };
        let begun = Instant::now();
        loop {
            if let Ok(day) = serde_json::from_slice(&std::fs::read(nation.told()).unwrap()) {
                nation.day = day;
                return nation;
            }
            let over = nation.process.try_wait().unwrap().is_some() || begun.elapsed() > DAY;
            assert!(!over, "{}", std::fs::read_to_string(&said).unwrap());
            pause();
        }
    }

    fn told(&self) -> PathBuf {
        self.folder.path().join("day.json")
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }
}

/// Runs a script of the browser. Screenshots are kept for people to look at.
fn run(script: &str, arguments: impl Fn(&Path) -> Vec<PathBuf>) {
    #[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
    let modules = std::env::var("LIENTHONG_TEST_NODE")
        .expect("LIENTHONG_TEST_NODE names the folder of the packages: run `cargo xtask test`");
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = own.join("../../test-output/console");
    std::fs::create_dir_all(&out).unwrap();
    let told = Command::new("node")
        .arg(own.join("tests/browser").join(script))
        .args(arguments(&out))
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

#[test]
fn the_console_serves_everybody_in_a_real_browser() {
    let nation = Nation::lived();
    let base = nation.day["console_url"].as_str().unwrap().trim_end_matches('/').to_owned();
    run("console.mjs", |out| vec![base.clone().into(), nation.state().join("accounts.json"), out.to_owned()]);
}

#[test]
fn the_one_stop_offices_serve_citizens_and_officers_in_a_real_browser() {
    let nation = Nation::lived();
    let program = lienthong().get_program().to_owned();
    run("offices.mjs", |out| {
        vec![nation.told(), out.to_owned(), OsStr::new(&program).into(), nation.state()]
    });
}
