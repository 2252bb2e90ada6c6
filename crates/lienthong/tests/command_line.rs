//! The command line: help, errors in both languages, exit codes.

use serde_json::{Value, json};

use crate::nation::{Nation, lienthong, until};

fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = lienthong().args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn help_says_what_there_is() {
    let (code, help, _) = run(&["--help"]);
    assert_eq!(code, 0);
    for word in [
        "demo",
        "hub",
        "node",
        "apply",
        "diff",
        "db",
        "term",
        "grant",
        "user",
        "login",
        "ledger",
        "explain",
        "Nền tảng điều phối",
    ] {
        assert!(help.contains(word), "{word} in {help}");
    }
    assert_eq!(run(&["node", "join", "--help"]).0, 0);
    assert_eq!(run(&["khong-co"]).0, 2);
    let (code, page, _) = run(&["help", "grant", "revoke"]);
    assert!(code == 0 && page.contains("lienthong grant revoke --officer"), "{page}");
    let (code, _, said) = run(&["help", "grant", "khong-co"]);
    assert!(
        code == 2 && said.contains("grant khong-co") && said.contains("lienthong grant --help"),
        "{said}"
    );
}

/// All commands: the words that lead to each, as the help of the one above lists them.
fn commands() -> Vec<Vec<String>> {
    let mut found = vec![Vec::new()];
    let mut at = 0;
    while let Some(words) = found.get(at).cloned() {
        let line: Vec<&str> = words.iter().map(String::as_str).chain(["--help", "--lang", "en"]).collect();
        let (code, help, said) = run(&line);
        assert!(code == 0 && said.is_empty(), "{line:?}: {said}");
        let listed = help
            .lines()
            .skip_while(|line| !line.starts_with("Usage:"))
            .take_while(|line| *line != "Options:");
        let names = listed.filter_map(|line| {
            line.strip_prefix("  ").filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        });
        found.extend(
            names.map(|line| [words.as_slice(), &[line.split(' ').next().unwrap().to_owned()]].concat()),
        );
        at += 1;
    }
    found
}

/// The running program, each command, in both languages: help and mistakes are told in one language with the exit code of their kind, and
/// nothing is written anywhere. Every kind of mistake, and every argument, is gone through beside the code.
#[test]
fn help_and_mistakes_of_every_command_are_told_in_one_language_and_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let all = commands();
    assert!(all.len() > 150, "{}", all.len());
    for (at, words) in all.iter().enumerate() {
        let language = if at % 2 == 0 { "vi" } else { "en" };
        let is_check = words.first().is_some_and(|word| word == "check");
        for (more, wanted) in [("--help", 0), ("--khong-co", if is_check { 3 } else { 2 })] {
            let output = lienthong()
                .args(words)
                .arg(more)
                .env("LIENTHONG_LANG", language)
                .current_dir(folder.path())
                .output();
            let output = output.unwrap();
            let said = String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).unwrap();
            assert_eq!(output.status.code(), Some(wanted), "{words:?} {more}: {said}");
            assert_eq!(
                (output.stdout.is_empty(), output.stderr.is_empty()),
                (wanted != 0, wanted == 0),
                "{words:?} {more}"
            );
            let (own, other) =
                if language == "vi" { ("Cách dùng: ", "Usage") } else { ("Usage: ", "Cách dùng") };
            assert!(
                said.contains(own) && !said.contains(other) && !said.contains(" | "),
                "{words:?} {more}: {said}"
            );
            assert!(said.contains("--help"), "{words:?} {more}: {said}");
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_code_is_explained_in_either_language() {
    for (language, says, other) in
        [("vi", "chưa được cấp quyền", "holds no grant"), ("en", "holds no grant", "chưa được")]
    {
        let (code, text, _) = run(&["explain", "lt-2104", "--lang", language]);
        assert!(code == 0 && text.contains("access_denied"), "{text}");
        assert!(text.contains(says) && !text.contains(other), "{language}: {text}");
    }
    let (code, _, error) = run(&["explain", "LT-0000"]);
    assert!(code == 3 && error.starts_with("LT-7105"), "{error}");
}

#[test]
fn what_cannot_be_done_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let check = |arguments: &[&str], code: i32, begins: &str| {
        let (found, _, error) = run(arguments);
        assert_eq!(found, code, "{arguments:?}: {error}");
        assert!(
            error.starts_with(begins) && error.contains(&format!("(lienthong explain {begins})")),
            "{arguments:?}: {error}"
        );
    };
    check(&["node", "run", "--dir", &path("none")], 1, "LT-8102");
    check(&["hub", "run", "--dir", &path("none")], 1, "LT-8102");
    check(&["ledger", "verify", &path("none")], 1, "LT-8102");
    check(&["grant", "list", "--officer", &path("none")], 1, "LT-8102");
    std::fs::write(path("officer.json"), "{}").unwrap();
    check(&["grant", "list", "--officer", &path("officer.json")], 2, "LT-8101");
    std::fs::write(path("bad.yaml"), "kind: Agency\nid: [\n").unwrap();
    check(
        &["apply", "--officer", &path("officer.json"), "-f", &path("bad.yaml"), "--reason", "x"],
        2,
        "LT-7102",
    );
    std::fs::create_dir(path("full")).unwrap();
    std::fs::write(path("full/file"), "x").unwrap();
    check(&["demo", "--once", "--persons", "2000", "--keep", &path("full")], 1, "LT-8102");
}

/// A shell's line around the program, in a folder; what it ended with and what it said.
fn shell(nation: &Nation, line: &str) -> (i32, String) {
    let program = lienthong();
    let mut command = std::process::Command::new("bash");
    command
        .args(["-o", "pipefail", "-c", line])
        .current_dir(nation.path(""))
        .env("LT", program.get_program());
    let done = command.env("LIENTHONG_OFFICER", "hub/quan-tri.json").output().unwrap();
    (done.status.code().unwrap(), String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned())
}

#[tokio::test]
async fn pipes_files_and_full_disks_do_what_a_shell_expects() {
    let nation = Nation::start().await;
    // What did not fit is a failure; what nobody wanted to read is none.
    for (line, ends) in [
        ("$LT agency list > /dev/full", 1),
        ("$LT agency list -o xlsx > /dev/full", 1),
        ("$LT completions bash > /dev/full", 1),
        ("$LT completions bash | head -c 10", 0),
        ("$LT agency list -o csv | head -c 1", 0),
        ("$LT --help | head -c 10", 0),
    ] {
        let (code, said) = shell(&nation, line);
        assert_eq!(code, ends, "{line}: {said}");
        assert!(!said.contains("panicked") && (ends == 0) != said.contains("LT-8102"), "{line}: {said}");
    }
    let document = "{ kind: Purpose, code: thu, name: { vi: Thử, en: Try } }";
    std::fs::write(nation.path("thu.yaml"), document).unwrap();
    for line in [
        "$LT apply --dry-run --reason x -f - < thu.yaml",
        "$LT apply --dry-run --reason x -f /dev/stdin < thu.yaml",
        "$LT apply --dry-run --reason x -f <(cat thu.yaml)",
        "mkfifo ong; cat thu.yaml > ong & $LT apply --dry-run --reason x -f ong",
        "ln -s thu.yaml lien-ket.yaml; $LT apply --dry-run --reason x -f lien-ket.yaml",
        "mkdir muc; cp thu.yaml muc; ln -s ../lien-ket.yaml muc/b.yml; rm muc/thu.yaml; $LT apply --dry-run --reason x -f muc",
    ] {
        let (code, said) = shell(&nation, line);
        assert!(code == 0 && said.contains("Sẽ tạo 1"), "{line}: {code} {said}");
    }
    // Nothing is altered on its way: codes are as they are written.
    let codes = "kind: CodeList\nid: thu-so-khong\nname: { vi: Số không, en: Zeros }\nowner: VN/GOV/G01\nsource: thử\ncodes:\n  - { code: 001, vi: Một, en: One }\n  - { code: 1_000, vi: Nghìn, en: Thousand }\n  - { code: no, vi: Không, en: No }\n";
    std::fs::write(nation.path("ma.yaml"), codes).unwrap();
    let (code, said) =
        shell(&nation, "$LT apply --reason x -f ma.yaml && $LT codelist get thu-so-khong -o json");
    assert!(code == 0, "{said}");
    for code in ["\"001\"", "\"no\"", "\"1_000\""] {
        assert!(said.contains(code), "{code}: {said}");
    }
    std::fs::write(
        nation.path("sai.yaml"),
        format!("{document}\n---\nkind: Purpose\ncode: hai\nnam: {{ vi: a }}\n"),
    )
    .unwrap();
    let (code, said) = shell(&nation, "$LT apply --reason x -f sai.yaml");
    assert!(code == 2 && said.contains("sai.yaml, tài liệu 2, dòng 5") && said.contains("nam"), "{said}");
}

#[tokio::test]
async fn the_registry_is_loaded_shown_and_its_changes_are_told() {
    let mut nation = Nation::start().await;
    let officer = ["--officer", "hub/quan-tri.json"];
    let grants: Value =
        serde_json::from_str(&nation.run(&[&["grant", "list", "-o", "json"], officer.as_slice()].concat()))
            .unwrap();
    assert_eq!(grants["items"].as_array().unwrap().len(), 4);
    let agencies = nation.run(&[&["agency", "list"], officer.as_slice()].concat());
    assert!(
        agencies.lines().any(|line| line.contains("VN/GOV/G01") && line.contains("Bộ Công an")),
        "{agencies}"
    );
    std::fs::write(
        nation.path("change.yaml"),
        "{ kind: Agency, id: VN/LOC/H05, name: { vi: Tỉnh Bắc Ninh, en: Bac Ninh }, bloc: local }",
    )
    .unwrap();
    let apply = |more: &[&str]| {
        nation
            .run(&[&["apply", "-f", "change.yaml", "--reason", "đổi tên"], officer.as_slice(), more].concat())
    };
    let dry = apply(&["--dry-run"]);
    assert!(
        dry.contains("~ Agency VN/LOC/H05")
            && dry.contains("UBND tỉnh Bắc Ninh")
            && dry.contains("chưa có gì thay đổi"),
        "{dry}"
    );
    assert!(apply(&[]).contains("sửa 1"));
    assert!(apply(&[]).contains("giữ 1"));
    let changes = nation.run(&[&["agency", "history", "VN/LOC/H05"], officer.as_slice()].concat());
    assert!(
        changes.lines().next().unwrap().contains("quan-tri  updated Agency VN/LOC/H05  (đổi tên)"),
        "{changes}"
    );
    let audit =
        |more: &[&str]| nation.try_run(&[&["audit", "-o", "json"], officer.as_slice(), more].concat());
    let told: Value = serde_json::from_slice(&audit(&[]).stdout).unwrap();
    assert_eq!((&told["whole"], &told["trail"]["unchained"]), (&json!(true), &json!(0)), "{told}");
    assert!(audit(&["--kept", told["trail"]["head"].as_str().unwrap()]).status.success());
    assert_eq!(audit(&["--kept", "khac"]).status.code(), Some(1));
    let output =
        nation.try_run(&["grant", "revoke", "khong-co", "--officer", "hub/quan-tri.json", "--reason", "x"]);
    assert_eq!(output.status.code(), Some(3));
    // An invitation is good for one node only, once.
    let again = nation.try_run(&["node", "join", "--dir", "again", "--invitation", "c1.json"]);
    assert_eq!(again.status.code(), Some(4), "{}", String::from_utf8_lossy(&again.stderr));
    nation.kill("hub");
    let output = nation.try_run(&["grant", "list", "--officer", "hub/quan-tri.json"]);
    assert_eq!(output.status.code(), Some(6));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("LT-8103"));
}

#[tokio::test]
async fn an_account_of_an_agency_is_made_and_withdrawn() {
    let nation = Nation::start().await;
    let officer = ["--officer", "hub/quan-tri.json"];
    // A program of an agency: what is its own, in its roles, and only as long as the account stands.
    let add = [
        "user",
        "add",
        "bac-ninh",
        "--person",
        "Máy của tỉnh",
        "--type",
        "service",
        "--agency",
        "VN/LOC/H05",
    ];
    let more = ["--role", "data_officer", "--out", "bac-ninh.json", "--reason", "phân công"];
    nation.run(&[add.as_slice(), more.as_slice(), officer.as_slice()].concat());
    std::fs::write(
        nation.path("change.yaml"),
        "{ kind: Agency, id: VN/LOC/H05, name: { vi: Khác, en: Other }, bloc: local }",
    )
    .unwrap();
    let own = |arguments: &[&str]| nation.try_run(&[arguments, &["--officer", "bac-ninh.json"]].concat());
    let refused = |arguments: &[&str], code: &str| {
        let output = own(arguments);
        assert_eq!(output.status.code(), Some(4), "{arguments:?}");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.starts_with(code), "{arguments:?}: {error}");
    };
    refused(&["apply", "-f", "change.yaml", "--reason", "đổi tên"], "LT-7112");
    refused(&["grant", "revoke", "g-nguoi", "--reason", "thử"], "LT-7111");
    refused(&["user", "list"], "LT-7112");
    let list = nation.run(&[&["user", "list"], officer.as_slice()].concat());
    assert!(
        list.contains("bac-ninh  VN/LOC/H05  active  data_officer")
            && list.contains("quan-tri  nền tảng điều phối"),
        "{list}"
    );
    nation.run(&[&["user", "disable", "bac-ninh", "--reason", "chuyển việc"], officer.as_slice()].concat());
    refused(&["agency", "list"], "LT-7101");
    let last =
        nation.try_run(&[&["user", "disable", "quan-tri", "--reason", "x"], officer.as_slice()].concat());
    assert!(String::from_utf8_lossy(&last.stderr).starts_with("LT-7104"), "{last:?}");
}

#[tokio::test]
async fn somebody_sets_a_password_signs_in_and_two_edits_meet() {
    let nation = Nation::start().await;
    let officer = ["--officer", "hub/quan-tri.json"];
    for name in ["an", "binh"] {
        let invitation = format!("{name}.invitation");
        let add =
            ["user", "add", name, "--person", "Một người", "--agency", "VN/GOV/G01", "--role", "engineer"];
        nation.run(
            &[add.as_slice(), &["--out", &invitation, "--reason", "phân công"], officer.as_slice()].concat(),
        );
        let file = format!("{name}.json");
        let said = nation.type_into(
            &["user", "enrol", "--invitation", &invitation, "--out", &file],
            "bốn con sẻ nâu ngoài hiên\n\n",
        );
        assert!(said.contains("lienthong login"), "{said}");
        nation.type_into(&["login", "--officer", &file], "bốn con sẻ nâu ngoài hiên\n");
    }
    let wrong = nation.try_type_into(&["login", "--officer", "an.json"], "sai\n");
    assert_eq!(wrong.status.code(), Some(4));
    let path = |name: &str| nation.path(name);
    for name in ["an", "binh"] {
        let file = format!("{name}.json");
        let read = nation.run(&["system", "get", "VN/GOV/G01/dan-cu", "--officer", &file]);
        assert!(read.starts_with("# tag: "), "{read}");
        std::fs::write(
            path(&format!("{name}.yaml")),
            read.replace("vi: Dân cư", &format!("vi: Dân cư của {name}")),
        )
        .unwrap();
    }
    let put = |name: &str| {
        let (file, officer) = (format!("{name}.yaml"), format!("{name}.json"));
        nation.try_run(&["system", "put", "-f", &file, "--reason", "đổi tên", "--officer", &officer])
    };
    assert!(put("an").status.success());
    let second = put("binh");
    let told = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(second.status.code(), Some(5), "{told}");
    assert!(
        told.starts_with("LT-7113") && told.contains("Dân cư của an") && told.contains("Dân cư của binh"),
        "{told}"
    );
    let removed = ["system", "remove", "VN/GOV/G01/dan-cu", "--reason", "thừa", "--officer", "an.json"];
    assert!(String::from_utf8_lossy(&nation.try_run(&removed).stderr).starts_with("LT-7104"));
    nation.run(&["logout", "--officer", "an.json"]);
    assert_eq!(nation.try_run(&["system", "list", "--officer", "an.json"]).status.code(), Some(4));
    // What differs from the registry is told, and the exit code says so.
    let diff =
        |file: &str| nation.try_run(&[&["diff", "-f", file], officer.as_slice()].concat()).status.code();
    assert_eq!((diff("binh.yaml"), diff("registry.yaml")), (Some(1), Some(1)));
    let xlsx = nation.try_run(&[&["service", "list", "-o", "xlsx"], officer.as_slice()].concat());
    assert!(xlsx.stdout.starts_with(b"PK"));
    let names = nation.run(
        &[&["service", "list", "-o", "name", "--filter", "owner=VN/GOV/G01"], officer.as_slice()].concat(),
    );
    assert_eq!(names.lines().count(), 5, "{names}");
}

#[tokio::test]
async fn the_hubs_keys_are_changed_and_nodes_follow() {
    let mut nation = Nation::start().await;
    let before = nation.revision().await;
    for role in ["timestamp", "snapshot", "targets"] {
        nation.run(&["hub", "rotate", "--dir", "hub", role]);
    }
    nation.run(&["hub", "rotate", "--dir", "hub", "root", "--old", "hub/directory/root-keys/root-1-1.key"]);
    nation.kill("hub");
    nation.start_hub().await;
    until("a directory by the new keys", async || nation.revision().await > before).await;
    nation.wait_for(nation.revision().await).await;
}

/// What the program's own data say of acts that were replaced: nothing as if they were in force.
#[test]
fn an_act_that_was_replaced_is_told_as_such() {
    let read = |path: &str| {
        let at = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
        std::fs::read_to_string(at).unwrap()
    };
    // Levels of information security: the decree of 2016 lost its parent law, and serves appraisals in transition.
    for path in ["data/codelists/cap-do-an-toan.tsv", "data/codelists/lists.tsv"] {
        let text = read(path);
        let line = text.lines().find(|line| line.contains("331/2026")).unwrap();
        assert!(line.contains("2026-08-19") && line.contains("2027-01-01"), "{line}");
        assert!(!line.contains("expired") && !line.contains("until 2026-06-30"), "{line}");
    }
    let insurance = read("crates/demo/src/registry/catalogue.yaml");
    assert!(insurance.contains("164/2025/NĐ-CP") && !insurance.contains("43/2021"), "the insurance database");
    // Resolution 66.7 has two halves: ask for the paper, and have the source corrected.
    for (language, says) in [("vi", "chỉnh sửa dữ liệu tại nguồn"), ("en", "corrected at their source")]
    {
        let (_, text, _) = run(&["explain", "LT-4108", "--lang", language]);
        assert!(text.contains(says), "{text}");
    }
}
