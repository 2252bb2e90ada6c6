//! `cargo xtask dist`: what an operator installs. A Debian package and a tarball of the same files, a bill of materials, and sums of all of
//! them. One commit and one program make the same bytes on all machines that have the same tools.

mod bill;
mod crates;
mod debian;
mod json;
mod manual;
mod notices;
mod stage;
mod tarball;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::root;
use crate::tools::{self, capture, run as run_command, target};
use stage::Stage;

/// What is made, and of which commit.
pub(crate) struct Release {
    /// As Debian counts: `0.2.0~rc.1` comes before `0.2.0`.
    version: String,
    /// Debian's name of the machine: `amd64`.
    architecture: String,
    commit: String,
    /// The commit's time, in seconds since 1970: the time of all that is made.
    epoch: u64,
    /// Who made the commit, as `Name <address>`.
    maintainer: String,
}

#[derive(Default)]
struct Options {
    binary: Option<PathBuf>,
    out: Option<PathBuf>,
}

pub(crate) fn run(words: &[&str]) -> Result<(), String> {
    let options = read(words)?;
    tools::debian(&[("dpkg-dev", "dpkg-shlibdeps"), ("binutils", "strip")])?;
    let out = options.out.unwrap_or_else(|| target().join("dist"));
    let out = std::path::absolute(out).map_err(|error| error.to_string())?;
    let release = release()?;
    let program = match options.binary {
        Some(path) => path,
        None => build()?,
    };
    let made = make(&release, &program, &out)?;
    sums(&out, &made)?;
    for name in made {
        println!("{}", out.join(name).display());
    }
    Ok(())
}

fn read(words: &[&str]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let value = *words.next().ok_or_else(|| format!("{word} wants a value"))?;
        match *word {
            "--binary" => options.binary = Some(value.into()),
            "--out" => options.out = Some(value.into()),
            _ => return Err(format!("{word} is not known: {}", crate::HELP)),
        }
    }
    Ok(options)
}

fn build() -> Result<PathBuf, String> {
    run_command(Command::new("cargo").args(["build", "--release", "--locked"]).current_dir(root()))?;
    Ok(target().join("release/lienthong"))
}

fn release() -> Result<Release, String> {
    let manifest = text(&root().join("Cargo.toml"))?;
    let own = manifest.lines().find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
    let own = own.ok_or("Cargo.toml names no version")?;
    let git = |form: &str| -> Result<String, String> {
        let form = format!("--format={form}");
        Ok(capture(Command::new("git").args(["log", "-1", &form]).current_dir(root()))?.trim().to_owned())
    };
    Ok(Release {
        version: own.replace('-', "~"),
        architecture: capture(Command::new("dpkg").arg("--print-architecture"))?.trim().to_owned(),
        commit: commit(&git("%H")?)?,
        epoch: git("%ct")?.parse().map_err(|error| format!("the commit's time: {error}"))?,
        maintainer: git("%cn <%ce>")?,
    })
}

/// The commit, marked if something was changed since.
fn commit(name: &str) -> Result<String, String> {
    let changed = capture(Command::new("git").args(["status", "--porcelain"]).current_dir(root()))?;
    Ok(format!("{name}{}", if changed.trim().is_empty() { "" } else { "+" }))
}

/// Puts the files together and packs them. Returns the names of what lies in `out`.
fn make(release: &Release, program: &Path, out: &Path) -> Result<[String; 3], String> {
    fs::create_dir_all(out).map_err(|error| format!("{}: {error}", out.display()))?;
    let stage = Stage::new(out.join("stage"), release.epoch)?;
    let installed = stage.program(program)?;
    let crates = crates::read()?;
    let bill = bill::write(release, &crates, &sha256(&installed)?)?;
    let bill_name = format!("lienthong-{}.cdx.json", release.version);
    save(&out.join(&bill_name), bill.as_bytes())?;
    stage.put(&doc("lienthong.cdx.json"), bill.as_bytes())?;
    stage.put_packed(&doc("third-party.txt"), notices::write(&crates)?.as_bytes())?;
    manual::put(release, &stage, &installed)?;
    services(&stage)?;
    papers(&stage)?;
    let package = debian::pack(release, &stage, &installed, out)?;
    let tarball = tarball::pack(release, &stage, out)?;
    stage.clear()?;
    Ok([package, tarball, bill_name])
}

/// Services, users, folders.
fn services(stage: &Stage) -> Result<(), String> {
    let packaging = root().join("packaging");
    let node = text(&packaging.join("lienthong-node.service"))?;
    // Several nodes on one machine, for agencies that share it: each has a folder by its name.
    let of_several = node
        .replace("/lib/lienthong/node", "/lib/lienthong/node-%i")
        .replace("StateDirectory=lienthong/node", "StateDirectory=lienthong/node-%i")
        .replace("Description=Lien Thong node:", "Description=Lien Thong node %i:");
    let units = "usr/lib/systemd/system";
    stage.put(&format!("{units}/lienthong-node.service"), node.as_bytes())?;
    stage.put(&format!("{units}/lienthong-node@.service"), of_several.as_bytes())?;
    for (from, to) in [
        ("lienthong-hub.service", "usr/lib/systemd/system/lienthong-hub.service"),
        ("lienthong.sysusers", "usr/lib/sysusers.d/lienthong.conf"),
        ("lienthong.tmpfiles", "usr/lib/tmpfiles.d/lienthong.conf"),
    ] {
        stage.put(to, text(&packaging.join(from))?.as_bytes())?;
    }
    Ok(())
}

/// Guides, as they lie in the repository, so that they find one another.
fn papers(stage: &Stage) -> Result<(), String> {
    let listed = capture(
        Command::new("git")
            .args(["ls-files", "-z", "README.md", "README.vi.md", "ARCHITECTURE.md", "docs"])
            .current_dir(root()),
    )?;
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        stage.put(&doc(path), &bytes(&root().join(path))?)?;
    }
    Ok(())
}

fn sums(out: &Path, names: &[String]) -> Result<(), String> {
    let said = capture(Command::new("sha256sum").args(names).current_dir(out))?;
    save(&out.join("SHA256SUMS"), said.as_bytes())
}

/// Where a guide goes.
fn doc(path: &str) -> String {
    format!("usr/share/doc/lienthong/{path}")
}

fn sha256(path: &Path) -> Result<String, String> {
    let said = capture(Command::new("sha256sum").arg(path))?;
    said.split_whitespace().next().map(str::to_owned).ok_or_else(|| format!("no sum of {}", path.display()))
}

/// The release's time in the form that `date` is asked for.
fn date(release: &Release, form: &str) -> Result<String, String> {
    let mut command = Command::new("date");
    command.args(["--utc", "--date", &format!("@{}", release.epoch), form]).env("LC_ALL", "C");
    Ok(capture(&mut command)?.trim().to_owned())
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}
