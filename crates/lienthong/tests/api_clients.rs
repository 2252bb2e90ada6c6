//! Clients that others' programs make of the hub's description, for Python and for TypeScript, do what `docs/clients` shows.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::nation::{Nation, Plan};

const CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/clients");

/// What the generator for Python leaves out: bodies that are no JSON.
const NOT_IN_PYTHON: [&str; 7] = [
    "WARNING parsing GET /api/v1/contracts/{id} within contracts.",
    "WARNING parsing GET /api/v1/procedure-book within procedures.",
    "WARNING parsing GET /api/v1/services/{id}/contract-draft within contracts.",
    "WARNING parsing POST /api/v1/contracts within contracts. Endpoint will not be generated.",
    "WARNING parsing POST /api/v1/dictionary within dictionary. Endpoint will not be generated.",
    "WARNING parsing POST /api/v1/official-lists/{list} within databases. Endpoint will not be generated.",
    "WARNING parsing POST /api/v1/procedure-book within procedures. Endpoint will not be generated.",
];

#[tokio::test]
async fn clients_made_of_the_description_read_change_and_meet_problems() {
    let nation = Nation::start_with(Plan { one_provider: true, ..Plan::default() }).await;
    let (_, description) = nation.hub("GET", "/api/openapi.json", "").await;
    std::fs::write(nation.path("hub.json"), description.to_string()).unwrap();
    nation.write_authority();
    let seen = [
        ("khai-tu", "Đăng ký khai tử", "Death registration", in_python(&nation)),
        ("ket-hon", "Đăng ký kết hôn", "Marriage registration", in_typescript(&nation)),
    ];
    for (code, vi, en, seen) in seen {
        let expected = json!({
            "agencies": ["VN/GOV/G01", "VN/LOC/H05"],
            "agency": "Bộ Công an",
            "problem": [404, "LT-7105"],
            "done": ["created", "created"],
            "kept": { "code": code, "name": { "vi": vi, "en": en } },
        });
        assert_eq!(seen, expected);
        // Sent twice, it was done once.
        let (_, history) = nation.hub("GET", &format!("/api/v1/registry/purposes/{code}/history"), "").await;
        assert_eq!(history["items"].as_array().unwrap().len(), 1, "{history}");
    }
}

fn in_python(nation: &Nation) -> Value {
    let python = tool("LIENTHONG_TEST_PYTHON");
    let generator = python.with_file_name("openapi-python-client");
    let told = run(
        nation,
        Command::new(generator)
            .args(["generate", "--path", "hub.json", "--meta", "none", "--output-path", "lienthong_hub"])
            // It tidies what it has made by a program beside it.
            .env("PATH", path_with(python.parent().unwrap())),
    );
    let mut left_out: Vec<&str> =
        told.lines().filter(|line| line.contains("WARNING") || line.contains("Unable")).collect();
    left_out.sort_unstable();
    assert_eq!(left_out, NOT_IN_PYTHON, "{told}");
    let script = Path::new(CLIENTS).join("purposes.py");
    last_line(&run(nation, Command::new(python).arg(script).env("PYTHONPATH", nation.path(""))))
}

fn in_typescript(nation: &Nation) -> Value {
    let modules = tool("LIENTHONG_TEST_NODE");
    std::os::unix::fs::symlink(&modules, nation.path("node_modules")).unwrap();
    std::fs::write(nation.path("package.json"), r#"{ "type": "module" }"#).unwrap();
    std::fs::copy(Path::new(CLIENTS).join("purposes.ts"), nation.path("purposes.ts")).unwrap();
    let node = |program: &str| {
        let mut command = Command::new("node");
        command.arg(modules.join(program));
        command
    };
    run(nation, node("openapi-typescript/bin/cli.js").args(["hub.json", "--output", "lienthong-hub.ts"]));
    run(
        nation,
        node("typescript/bin/tsc").args([
            "--strict",
            "--noUncheckedIndexedAccess",
            "--skipLibCheck",
            "--target",
            "es2022",
            "--module",
            "nodenext",
            "purposes.ts",
        ]),
    );
    last_line(&run(
        nation,
        Command::new("node").arg("purposes.js").env("NODE_EXTRA_CA_CERTS", nation.path("authority.pem")),
    ))
}

#[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
fn tool(variable: &str) -> PathBuf {
    std::env::var(variable).expect("run `cargo xtask test`, which installs what makes clients").into()
}

#[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
fn path_with(folder: &Path) -> String {
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap())
}

/// Runs a program in the nation's folder, which must do well. Returns what it printed.
fn run(nation: &Nation, command: &mut Command) -> String {
    let command = command
        .current_dir(nation.path(""))
        .env("HUB", format!("https://{}", nation.hub))
        // The token is one of this test alone.
        .env("TOKEN", nation.first_officer("token"))
        .env("AUTHORITY", nation.path("authority.pem"));
    let output = command.output().unwrap();
    let told = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{command:?}: {}\n{}", told[0], told[1]);
    told.concat()
}

fn last_line(told: &str) -> Value {
    serde_json::from_str(told.lines().last().unwrap()).unwrap()
}
