//! `cargo xtask test`: everything, on a machine that may have none of it yet.

use std::process::Command;

use crate::tools::{self, debian, node, python};
use crate::{root, tidy};

/// Versions of what others wrote and our tests judge by.
const PYTHON: [&str; 13] = [
    "aiosmtpd==1.4.6",
    "cyclonedx-python-lib[json-validation]==11.12.0",
    "duckdb==2.0.1",
    "http-message-signatures==3.0.0",
    "openapi-python-client==0.29.1",
    "openpyxl==3.1.5",
    "opentelemetry-proto==1.45.2",
    "prometheus-client==0.26.0",
    "pyarrow==26.0.1",
    "pyshacl==0.40.1",
    "python-docx==1.2.0",
    "schemathesis==4.32.5",
    "standardwebhooks==1.1.0",
];
const NODE: [&str; 7] = [
    "@axe-core/playwright@4.14.0",
    "@types/node@20.19.43",
    "oidc-provider@9.13.3",
    "openapi-fetch@0.17.0",
    "openapi-typescript@7.13.0",
    "playwright-core@1.65.1",
    "typescript@5.9.3",
];

pub(crate) fn run() -> Result<(), String> {
    let (python, node) = install()?;
    tidy::run()?;
    licences()?;
    tools::run(
        Command::new("cargo")
            .args(["test", "--workspace"])
            .env("LIENTHONG_TEST_PYTHON", python)
            .env("LIENTHONG_TEST_NODE", node)
            .current_dir(root()),
    )
}

/// `cargo xtask laws`, `cargo xtask siege`: tests that are short among the others, at their full length, with what they say. Their processes
/// are of the program as it is released: figures of another would say nothing of it.
pub(crate) fn at_length(tests: &str, variable: &str) -> Result<(), String> {
    let (python, _) = install()?;
    tools::run(
        Command::new("cargo").args(["build", "--release", "--package", "lienthong"]).current_dir(root()),
    )?;
    let program = tools::target().join("release/lienthong");
    let run = |arguments: &[&str]| {
        tools::run(
            Command::new("cargo")
                .arg("test")
                .args(arguments)
                .env("LIENTHONG_TEST_PYTHON", &python)
                .env("LIENTHONG_TEST_PROGRAM", &program)
                .env(variable, "all")
                .current_dir(root()),
        )
    };
    run(&["--workspace", "--test", "main", "--", tests, "--nocapture"])?;
    // A law over rows by the million that needs no processes stands beside its crate.
    if tests == "laws" {
        run(&["--package", "quality", "--lib", "--", "over_ten_million_rows"])
    } else {
        Ok(())
    }
}

/// `cargo xtask faults sync`: the schedules that the tests play a few of. A seed that fails is named, and played again by `N..N+1`.
pub(crate) fn faults(seeds: &[&str]) -> Result<(), String> {
    let seeds = seeds.first().copied().unwrap_or("0..1000");
    tools::run(
        Command::new("cargo")
            .args(["test", "--package", "sync", "--lib", "--", "tests::", "--nocapture"])
            .env("LIENTHONG_SYNC_SEEDS", seeds)
            .current_dir(root()),
    )
}

/// Installs what is missing. Returns the interpreter of Python and the folder of Node.js's packages.
fn install() -> Result<(std::path::PathBuf, std::path::PathBuf), String> {
    debian(&[
        ("age", "age"),
        ("mariadb-server", "mariadbd"),
        ("postgresql", "/usr/lib/postgresql"),
        ("opensc", "pkcs11-tool"),
        ("poppler-utils", "pdftotext"),
        ("procps", "pgrep"),
        ("prometheus", "promtool"),
        ("softhsm2", "softhsm2-util"),
        ("strace", "strace"),
        ("python3", "python3"),
        ("openssl", "openssl"),
        ("curl", "curl"),
        ("chromium", "chromium"),
        ("libfaketime", "/usr/share/doc/libfaketime"),
        ("dpkg-dev", "dpkg-shlibdeps"),
        ("lintian", "lintian"),
        ("systemd", "systemd-analyze"),
    ])?;
    Ok((python(&PYTHON)?, node(&NODE)?))
}

/// `cargo deny`: licences, and which crate may see which heavy one. Advisories need a database that is not always in reach.
fn licences() -> Result<(), String> {
    if Command::new("cargo").args(["deny", "--version"]).output().is_ok_and(|output| output.status.success())
    {
        return tools::run(
            Command::new("cargo")
                .args(["deny", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"])
                .current_dir(root()),
        );
    }
    println!("cargo-deny is not installed: `cargo install cargo-deny --locked` adds the check of licences");
    Ok(())
}
