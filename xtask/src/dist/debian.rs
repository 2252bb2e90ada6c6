//! The Debian package, by Debian's own tools.

use std::path::Path;
use std::process::Command;

use super::stage::{self, Stage};
use super::{Release, bytes, date, doc};
use crate::root;
use crate::tools::{capture, run};

const DESCRIPTION: &str = "carry exchanges between agencies' systems, with proof on both sides
 Lien Thong is the program by which the databases of a State connect and
 share: a hub governs, nodes at the agencies carry the exchanges, and each
 exchange is signed and kept in a ledger on both sides.
 .
 Liên Thông là chương trình để các cơ sở dữ liệu của Nhà nước kết nối và
 chia sẻ: nền tảng điều phối quản lý, nút kết nối tại mỗi cơ quan thực hiện
 các lượt trao đổi, và mỗi lượt được ký và lưu vào sổ ở cả hai bên.
";

/// Packs what is staged. Returns the package's name.
pub(super) fn pack(release: &Release, stage: &Stage, program: &Path, out: &Path) -> Result<String, String> {
    stage.put_packed(&doc("changelog"), changelog(release)?.as_bytes())?;
    stage.put(&doc("copyright"), &bytes(&root().join("packaging/debian/copyright"))?)?;
    let root = stage.root();
    stage.settle(&root)?;
    let files = stage.files()?;
    let folder = root.join("DEBIAN");
    let sums = capture(Command::new("md5sum").args(&files).current_dir(&root))?;
    stage::write(&folder.join("md5sums"), sums.as_bytes())?;
    stage::write(&folder.join("control"), control(release, stage, program)?.as_bytes())?;
    put_scripts(&folder)?;
    stage.settle(&root)?;
    let name = format!("lienthong_{}_{}.deb", release.version, release.architecture);
    // One thread: how many there are would show in the bytes.
    run(Command::new("dpkg-deb")
        .args(["--root-owner-group", "-Zxz", "-z1", "--threads-max=1", "--build"])
        .arg(&root)
        .arg(out.join(&name))
        .env("SOURCE_DATE_EPOCH", release.epoch.to_string())
        .stdout(std::process::Stdio::null()))?;
    std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(name)
}

/// The scripts around installing and removing, into `folder`.
pub(super) fn put_scripts(folder: &Path) -> Result<(), String> {
    for name in ["postinst", "prerm", "postrm"] {
        let from = root().join("packaging/debian").join(name);
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::copy(&from, folder.join(name)))
            .map_err(|error| format!("{}: {error}", from.display()))?;
    }
    Ok(())
}

fn control(release: &Release, stage: &Stage, program: &Path) -> Result<String, String> {
    let libraries = libraries(stage, program)?;
    let size = capture(
        Command::new("du").args(["--apparent-size", "--summarize", "--block-size=1024"]).arg(stage.root()),
    )?;
    let size = size.split_whitespace().next().unwrap_or("0");
    Ok(format!(
        "Package: lienthong\nVersion: {}\nArchitecture: {}\nMaintainer: {}\nInstalled-Size: {size}\n\
         Depends: {libraries}, systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles\n\
         Section: net\nPriority: optional\nDescription: {DESCRIPTION}",
        release.version, release.architecture, release.maintainer,
    ))
}

/// The libraries that the program asks of the system, in the versions that it was linked against.
fn libraries(stage: &Stage, program: &Path) -> Result<String, String> {
    let folder = stage.beside("libraries");
    stage::write(
        &folder.join("debian/control"),
        b"Source: lienthong\n\nPackage: lienthong\nArchitecture: any\n",
    )?;
    let program = std::path::absolute(program).map_err(|error| error.to_string())?;
    let said = capture(Command::new("dpkg-shlibdeps").arg("-O").arg(program).current_dir(&folder))?;
    said.trim()
        .strip_prefix("shlibs:Depends=")
        .map(str::to_owned)
        .ok_or_else(|| format!("dpkg-shlibdeps says {said}"))
}

fn changelog(release: &Release) -> Result<String, String> {
    Ok(format!(
        "lienthong ({}) unstable; urgency=medium\n\n  * Built of commit {}.\n\n -- {}  {}\n",
        release.version,
        release.commit,
        release.maintainer,
        date(release, "+%a, %d %b %Y %H:%M:%S %z")?,
    ))
}
