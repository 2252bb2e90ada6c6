//! What others' programs say of what is made, and whether it is made the same everywhere.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{MADE, dist, succeed};
use crate::nation::lienthong;

/// How open to attacks a service may be by `systemd-analyze security`, in tenths; 0 to 20 is what it calls OK.
const EXPOSURE: &str = "20";
const VALIDATE: &str = "import sys; from cyclonedx.schema import SchemaVersion; from cyclonedx.validation.json import JsonStrictValidator; \
    print(JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read()))";

fn said(command: &mut Command) -> String {
    String::from_utf8(succeed(command).stdout).unwrap()
}

/// The package's files, unpacked.
fn unpacked() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    succeed(Command::new("dpkg-deb").arg("-x").arg(MADE.file("_amd64.deb")).arg(folder.path()));
    folder
}

#[test]
fn what_is_made_is_the_same_wherever_it_is_made() {
    let elsewhere = tempfile::tempdir().unwrap();
    let environment =
        [("UMASK", "077"), ("TZ", "Asia/Ho_Chi_Minh"), ("LC_ALL", "C.UTF-8"), ("COLUMNS", "200")];
    let other = dist(&elsewhere.path().join("dist"), &environment);
    let sums = |folder: &Path| std::fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    assert_eq!(sums(&MADE.0), sums(&other.0));
    assert_eq!(sums(&other.0).lines().count(), 3);
    succeed(Command::new("sha256sum").args(["--check", "SHA256SUMS"]).current_dir(&other.0));
}

#[test]
fn others_find_no_fault_in_the_package() {
    // It ends with 2 if it finds an error.
    succeed(
        Command::new("lintian").args(["--allow-root", "--fail-on", "error"]).arg(MADE.file("_amd64.deb")),
    );
    let folder = unpacked();
    let units = folder.path().join("usr/lib/systemd/system");
    let node = std::fs::read_to_string(units.join("lienthong-node.service")).unwrap();
    let of_several = std::fs::read_to_string(units.join("lienthong-node@.service")).unwrap();
    let others: Vec<(&str, &str)> =
        node.lines().zip(of_several.lines()).filter(|(one, other)| one != other).collect();
    assert!(others.len() == 4 && others.iter().all(|(_, other)| other.contains("%i")), "{others:?}");
    for unit in ["lienthong-hub.service", "lienthong-node.service", "lienthong-node@.service"] {
        let mut review = Command::new("systemd-analyze");
        review.args(["security", "--no-pager", "--offline=true", "--threshold", EXPOSURE]);
        succeed(review.arg(units.join(unit)));
    }
    // What the units name must be there: targets of the system, and the program.
    succeed(Command::new("sh").args(["-c", "cp -a /lib/systemd/system/*.target \"$0\""]).arg(&units));
    for unit in ["lienthong-hub.service", "lienthong-node.service", "lienthong-node@soyt.service"] {
        let mut verify = Command::new("systemd-analyze");
        verify.args(["verify", "--man=no", "--recursive-errors=no", "--root"]).arg(folder.path()).arg(unit);
        let output = succeed(&mut verify);
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[expect(clippy::disallowed_methods, reason = "where the test's tools are, not a setting")]
fn python() -> String {
    std::env::var("LIENTHONG_TEST_PYTHON").unwrap_or_else(|_| "python3".into())
}

#[test]
fn the_bill_of_materials_is_right_and_tells_nothing_of_the_machine() {
    let path = MADE.file(".cdx.json");
    assert_eq!(said(Command::new(python()).args(["-c", VALIDATE]).arg(&path)).trim(), "None");
    let text = std::fs::read_to_string(&path).unwrap();
    let repository = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let repository = repository.parent().unwrap().parent().unwrap().to_str().unwrap();
    assert!(!text.contains(repository) && !text.contains("/.cargo/"), "a path of this machine");

    let bill: Value = serde_json::from_str(&text).unwrap();
    let folder = unpacked();
    let sum = said(Command::new("sha256sum").arg(folder.path().join("usr/bin/lienthong")));
    assert_eq!(bill["metadata"]["component"]["hashes"][0]["content"], sum.split(' ').next().unwrap());
    let shipped = folder.path().join("usr/share/doc/lienthong/lienthong.cdx.json");
    assert_eq!(std::fs::read_to_string(shipped).unwrap(), text);

    // Each crate with the sum that the lock has; ours are named as ours, so that nobody takes them for others of their names.
    let lock = std::fs::read_to_string(Path::new(repository).join("Cargo.lock")).unwrap();
    let components = bill["components"].as_array().unwrap();
    let has = |name: &str| components.iter().find(|one| one["name"] == name).unwrap();
    for one in components
        .iter()
        .filter(|one| one["purl"].as_str().is_some_and(|purl| purl.starts_with("pkg:cargo/")))
    {
        let (name, version) = (one["name"].as_str().unwrap(), one["version"].as_str().unwrap());
        let entry = lock.split_once(&format!("name = \"{name}\"\nversion = \"{version}\"\n")).unwrap().1;
        let entry = entry.split("\n[[package]]").next().unwrap();
        assert!(entry.contains(one["hashes"][0]["content"].as_str().unwrap()), "{one}");
        assert!(one["licenses"][0]["expression"].is_string(), "{one}");
    }
    assert_eq!(
        (has("rustls")["scope"].as_str(), has("cc")["scope"].as_str()),
        (Some("required"), Some("excluded"))
    );
    assert!(has("model")["purl"].is_null() && has("model")["group"] == "lienthong");
    assert!(components.iter().all(|one| one["name"] != "proptest"));
    has("@fontsource/be-vietnam-pro");
}

#[test]
fn the_manual_has_every_command_and_shells_take_the_completions() {
    let folder = unpacked();
    let share = folder.path().join("usr/share");
    let page = said(Command::new("zcat").arg(share.join("man/man1/lienthong.1.gz")));
    let help = said(lienthong().args(["--help", "--lang", "en"]));
    let listed =
        help.lines().skip_while(|line| !line.starts_with("Usage:")).take_while(|line| *line != "Options:");
    let mut count = 0;
    for name in
        listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).filter(|name| !name.is_empty())
    {
        assert!(
            name == "help" || page.contains(&format!("\n.SS lienthong {}\n", name.replace('-', "\\-"))),
            "{name}"
        );
        count += 1;
    }
    assert!(count > 20 && page.contains("\n.SS lienthong hub init\n"), "{count}");
    succeed(Command::new("bash").arg("-n").arg(share.join("bash-completion/completions/lienthong")));
    assert!(
        std::fs::read_to_string(share.join("zsh/vendor-completions/_lienthong"))
            .unwrap()
            .starts_with("#compdef")
    );
}
