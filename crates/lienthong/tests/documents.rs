//! The tutorial of both READMEs, run as it stands: a document whose commands do not work fails here.

use std::process::{Command, Stdio};

use testing::free_address;

use crate::nation::lienthong;

/// The blocks of commands of a section, in their order, as one script.
fn script(document: &str, heading: &str) -> String {
    let section = document.split(heading).nth(1).unwrap_or_else(|| panic!("{heading} is not there"));
    let section = section.split("\n## ").next().unwrap();
    let blocks = section.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
    blocks.collect()
}

/// What the document says that commands print: comments below them, as far as they are not cut short.
fn promised(script: &str) -> Vec<&str> {
    let comments = script.lines().filter_map(|line| line.strip_prefix("# "));
    comments.map(|comment| comment.split('…').next().unwrap().trim_end()).collect()
}

/// The same, on ports that are free: whoever reads it has these ports for themselves, a test has not.
fn on_free_ports(script: &str) -> String {
    let mut script = script.to_owned();
    let hub = free_address().to_string();
    let url = format!("https://{hub}/");
    script = script.replace(
        "lienthong hub init --dir hub",
        &format!("lienthong hub init --dir hub --listen {hub} --url {url}"),
    );
    for port in [5501, 5502, 8081, 8082] {
        script = script.replace(&format!("127.0.0.1:{port}"), &free_address().to_string());
    }
    script
}

fn run_tutorial(document: &str, heading: &str, build: &str) {
    let folder = tempfile::tempdir().unwrap();
    let script = script(document, heading);
    let promised = promised(&script);
    assert!(promised.len() == 3 && script.contains("lienthong grant revoke"), "{script}");
    // The program is built already, and is found where it is.
    let (building, rest) = script.split_once("cd \"$(mktemp -d)\"\n").unwrap();
    assert!(building.contains(build), "{building}");
    // A machine under tests is slower than one that somebody tries this on.
    let prelude = "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\nsleep() { command sleep $(($1 * 3)); }\n";
    let program = lienthong();
    let programs = std::path::Path::new(program.get_program()).parent().unwrap().to_owned();
    #[expect(clippy::disallowed_methods, reason = "where programs are, not a setting")]
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let ran = Command::new("timeout")
        .args(["--kill-after=5", "150", "bash", "-c", &format!("{prelude}{}", on_free_ports(rest))])
        .current_dir(folder.path())
        .env("PATH", path)
        .env("LIENTHONG_LANG", "en")
        .env_remove("LIENTHONG_OFFICER")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (printed, said) =
        (String::from_utf8(ran.stdout).unwrap(), String::from_utf8_lossy(&ran.stderr).into_owned());
    assert!(ran.status.success(), "{}\n{printed}\n{said}", ran.status);
    let mut rest = printed.as_str();
    for line in promised {
        let at = rest
            .find(line)
            .unwrap_or_else(|| panic!("{line} is promised and does not come: {printed}\n{said}"));
        rest = &rest[at + line.len()..];
    }
    for came in ["whole", "refused by rule", "revoked Grant tinh-nguoi"] {
        assert!(rest.contains(came), "{came}: {rest}");
    }
}

#[test]
fn the_tutorial_of_the_readme_runs_as_it_stands() {
    run_tutorial(include_str!("../../../README.md"), "\n## Starting for real\n", "cargo build --release");
}

#[test]
fn the_tutorial_of_the_vietnamese_readme_runs_as_it_stands() {
    run_tutorial(include_str!("../../../README.vi.md"), "\n## Dựng thật\n", "cargo build --release");
}
