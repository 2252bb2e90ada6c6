//! Programs from outside, and how they get here.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs a command; what it prints is shown.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}")) }
}

/// Runs a command and returns what it prints.
pub(crate) fn capture(command: &mut Command) -> Result<String, String> {
    let output =
        command.stderr(Stdio::inherit()).output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{command:?}: {}", output.status))
    }
}

/// Whether a program is on the path.
pub(crate) fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).chain(["/usr/sbin".into()]).any(|folder| folder.join(program).is_file())
}

/// Installs Debian's packages whose mark, a file or a program, is missing.
pub(crate) fn debian(packages: &[(&str, &str)]) -> Result<(), String> {
    let missing: Vec<&str> = packages
        .iter()
        .filter(|(_, mark)| !Path::new(mark).exists() && !has(mark))
        .map(|(package, _)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("installing {}", missing.join(" "));
    let apt = |arguments: &[&str]| {
        let mut command = if has("sudo") && !is_root() { Command::new("sudo") } else { Command::new("env") };
        command
            .arg("DEBIAN_FRONTEND=noninteractive")
            .arg("apt-get")
            .args(["-y", "-qq", "-o", "Dpkg::Use-Pty=0"])
            .args(arguments)
            .stdout(Stdio::null());
        run(&mut command)
    };
    apt(&["update"])?;
    apt(&[&["install", "--no-install-recommends"], missing.as_slice()].concat())
}

fn is_root() -> bool {
    capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// A Python of our own with packages in it, beside the build's other products. Returns its interpreter.
pub(crate) fn python(packages: &[&str]) -> Result<PathBuf, String> {
    let folder = target().join("python");
    let interpreter = folder.join("bin/python");
    let wanted = packages.join("\n");
    let mark = folder.join("packages.txt");
    if interpreter.exists() && std::fs::read_to_string(&mark).is_ok_and(|had| had == wanted) {
        return Ok(interpreter);
    }
    if run(Command::new("python3").args(["-m", "venv"]).arg(&folder)).is_err() {
        debian(&[("python3-venv", "/nonexistent")])?;
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    }
    run(Command::new(&interpreter)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(packages))?;
    std::fs::write(&mark, wanted).map_err(|error| error.to_string())?;
    Ok(interpreter)
}

/// Packages of Node.js, beside the build's other products. Returns the folder they are in.
pub(crate) fn node(packages: &[&str]) -> Result<PathBuf, String> {
    debian(&[("nodejs", "node"), ("npm", "npm")])?;
    let folder = target().join("node");
    let modules = folder.join("node_modules");
    let wanted = packages.join("\n");
    let mark = folder.join("packages.txt");
    if modules.exists() && std::fs::read_to_string(&mark).is_ok_and(|had| had == wanted) {
        return Ok(modules);
    }
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    run(Command::new("npm")
        .args([
            "install",
            "--silent",
            "--no-save",
            "--no-package-lock",
            "--no-audit",
            "--no-fund",
            "--prefix",
        ])
        .arg(&folder)
        .args(packages))?;
    std::fs::write(&mark, wanted).map_err(|error| error.to_string())?;
    Ok(modules)
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    let metadata = Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(crate::root())
        .output();
    let text =
        metadata.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let folder = text.split("\"target_directory\":\"").nth(1).and_then(|rest| rest.split('"').next());
    folder.map_or_else(|| crate::root().join("target"), PathBuf::from)
}
