//! What an operator installs: the Debian package and the tarball that `cargo xtask dist` makes of this program. The law: what is installed can
//! be upgraded and removed, and data outlive both. Others' tools judge what is made.

mod judged;
mod machine;
mod running;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use machine::{Action, Machine, State, Version, Way};

/// What is made of this program, once for all tests.
static MADE: LazyLock<Made> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dist");
    let made = dist(&folder, &[]);
    make_variants(&made);
    made
});

/// A folder that `cargo xtask dist` filled.
struct Made(PathBuf);

impl Made {
    /// The file whose name ends so.
    fn file(&self, end: &str) -> PathBuf {
        let entries = std::fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path());
        let mut found = entries.filter(|path| path.to_str().unwrap().ends_with(end));
        found.next().unwrap_or_else(|| panic!("no {end} in {}", self.0.display()))
    }
}

/// Has everything made in an empty folder. What the environment says beside that must not show.
fn dist(folder: &Path, environment: &[(&str, &str)]) -> Made {
    let _ = std::fs::remove_dir_all(folder);
    let mut command = Command::new("sh");
    command.args([
        "-c",
        "umask ${UMASK:-022}; exec \"$@\"",
        "sh",
        env!("CARGO"),
        "run",
        "--quiet",
        "--package",
        "xtask",
    ]);
    command.args(["--", "dist", "--binary", env!("CARGO_BIN_EXE_lienthong"), "--out"]).arg(folder);
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    succeed(command.envs(environment.iter().copied()).current_dir(repository));
    Made(folder.to_owned())
}

/// Of both ways two versions that are installed in a moment, and the whole package as the newer version.
fn make_variants(made: &Made) {
    for version in [Version::Old, Version::New] {
        let (package, tarball) = (made.0.join(version.folder("deb")), made.0.join(version.folder("tar")));
        succeed(Command::new("dpkg-deb").arg("-R").arg(made.file("_amd64.deb")).arg(&package));
        unpack(&made.file(".tar.gz"), &tarball);
        change(&package.join("DEBIAN/control"), |text| {
            let own = text.lines().find(|line| line.starts_with("Version: ")).unwrap();
            text.replace(own, &format!("Version: {}", version.number()))
        });
        if version == Version::New {
            pack(&package, &made.0.join("whole.deb"));
        }
        lighten(&package, version);
        lighten(&tarball, version);
        pack(&package, &package.with_extension("deb"));
    }
}

/// A few lines are in the place of the program. The newer version lacks a guide and has another.
fn lighten(root: &Path, version: Version) {
    std::fs::write(root.join("usr/bin/lienthong"), "#!/bin/sh\n").unwrap();
    if version == Version::New {
        let guides = root.join("usr/share/doc/lienthong");
        std::fs::rename(guides.join("docs/values.md"), guides.join("docs/values-2.md")).unwrap();
        if guides.join("files.txt").exists() {
            change(&guides.join("files.txt"), |list| list.replace("docs/values.md", "docs/values-2.md"));
        }
    }
}

fn pack(folder: &Path, package: &Path) {
    let build = ["--root-owner-group", "-Znone", "--build"];
    succeed(Command::new("dpkg-deb").args(build).arg(folder).arg(package));
}

fn unpack(tarball: &Path, folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    succeed(Command::new("tar").args(["--strip-components=1", "-xf"]).arg(tarball).arg("-C").arg(folder));
}

fn change(path: &Path, change: impl FnOnce(String) -> String) {
    std::fs::write(path, change(std::fs::read_to_string(path).unwrap())).unwrap();
}

/// Runs a command that must succeed.
fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}\n{}{}", said(&output.stdout), said(&output.stderr));
    output
}

/// Users of their own, and files that are theirs, only root can make.
fn is_root() -> bool {
    let is_root = succeed(Command::new("id").arg("-u")).stdout.trim_ascii() == b"0";
    if !is_root {
        eprintln!("left out: only root can install");
    }
    is_root
}

#[test]
fn what_is_installed_can_be_upgraded_and_removed_and_data_outlive_both() {
    if !is_root() {
        return;
    }
    for way in [Way::Debian, Way::Tarball] {
        let mut machine = Machine::new(way);
        // Each deed in each state, on one machine, so that what one leaves behind the next one meets.
        let mut left: Vec<(State, Action)> = way
            .states()
            .into_iter()
            .flat_map(|state| way.actions().into_iter().map(move |action| (state, action)))
            .collect();
        let mut steps = 0;
        while let Some(path) = way.to_the_next_of(machine.state, &left) {
            for action in path {
                left.retain(|one| *one != (machine.state, action));
                machine.check(action);
                steps += 1;
            }
        }
        assert!(left.is_empty(), "{left:?}");
        println!("{way:?}: {steps} steps");
    }
}
