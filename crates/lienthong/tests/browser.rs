//! The console before a real browser, on the state that a day of the demo nation leaves behind.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::nation::lienthong;

/// What is stopped however the test ends.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_console_serves_everybody_in_a_real_browser() {
    #[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
    let modules = std::env::var("LIENTHONG_TEST_NODE")
        .expect("LIENTHONG_TEST_NODE names the folder of the packages: run `cargo xtask test`");
    let folder = tempfile::tempdir().unwrap();
    let keep = folder.path().join("state");
    let output = lienthong()
        .args(["demo", "--once", "--persons", "2000", "-o", "json", "--keep"])
        .arg(&keep)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let day: Value = serde_json::from_slice(&output.stdout).unwrap();
    let base = day["console_url"].as_str().unwrap().trim_end_matches('/').to_owned();
    let _hub = Running(
        lienthong()
            .args(["hub", "run", "--dir"])
            .arg(keep.join("hub"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let health = Command::new("curl")
        .args(["-sk", "--retry", "60", "--retry-connrefused", "--retry-delay", "1", "--output", "/dev/null"])
        .arg(format!("{base}/health"))
        .status();
    assert!(health.unwrap().success(), "the hub does not answer");
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
