//! The tarball, for systems that do not take Debian's packages: the same files, and a script that puts them in their places.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::stage::Stage;
use super::{Release, debian, doc};
use crate::root;
use crate::tools::run;

/// What lies beside the files: guide and licence.
const PAPERS: [(&str, &str); 4] = [
    ("docs/install.md", "INSTALL.md"),
    ("docs/install.vi.md", "INSTALL.vi.md"),
    ("LICENSE", "LICENSE"),
    ("packaging/install.sh", "install.sh"),
];

/// Packs what is staged. Returns the tarball's name.
pub(super) fn pack(release: &Release, stage: &Stage, out: &Path) -> Result<String, String> {
    let list = doc("files.txt");
    let mut files = stage.files()?;
    files.push(list.clone());
    files.sort_unstable();
    stage.put(&list, format!("{}\n", files.join("\n")).as_bytes())?;
    let name = format!("lienthong-{}-linux-{}", release.version, release.architecture);
    let top = stage.beside(&name);
    fs::rename(stage.root(), &top).map_err(|error| error.to_string())?;
    for (from, to) in PAPERS {
        let from = root().join(from);
        fs::copy(&from, top.join(to)).map_err(|error| format!("{}: {error}", from.display()))?;
    }
    debian::put_scripts(&top.join("scripts"))?;
    stage.settle(&top)?;
    let packed = format!("{name}.tar.gz");
    run(Command::new("tar")
        .args(["--create", "--format=ustar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner"])
        .args(["--use-compress-program", "gzip --no-name", "--file"])
        .arg(out.join(&packed))
        .arg("--directory")
        .arg(stage.beside("."))
        .arg(&name))?;
    Ok(packed)
}
