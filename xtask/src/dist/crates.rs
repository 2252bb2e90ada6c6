//! The crates that the program is made of, as cargo resolves them for this machine.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use super::text;
use crate::root;
use crate::tools::capture;

/// Name and version.
pub(super) type Id = (String, String);

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Crate {
    /// An SPDX expression; empty if the crate names none.
    pub(super) licence: String,
    pub(super) repository: String,
    /// Of this repository.
    pub(super) is_ours: bool,
    /// False for what is needed to build it only.
    pub(super) is_in_program: bool,
    /// SHA-256 of what crates.io hands out.
    pub(super) checksum: Option<String>,
    pub(super) uses: BTreeSet<Id>,
}

pub(super) type Crates = BTreeMap<Id, Crate>;

pub(super) fn read() -> Result<Crates, String> {
    let host = capture(Command::new("rustc").arg("-vV"))?;
    let host =
        host.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not say its host")?;
    let tree = |edges: &str| {
        capture(
            Command::new("cargo")
                .args(["tree", "--locked", "--package", "lienthong", "--target", host, "--edges", edges])
                .args(["--prefix", "depth", "--format", "|{p}|{l}|{r}"])
                .current_dir(root()),
        )
    };
    let mut crates = of_tree(&tree("normal,build")?)?;
    for id in of_tree(&tree("normal,no-proc-macro")?)?.into_keys() {
        if let Some(one) = crates.get_mut(&id) {
            one.is_in_program = true;
        }
    }
    for (id, checksum) in checksums(&text(&root().join("Cargo.lock"))?) {
        if let Some(one) = crates.get_mut(&id) {
            one.checksum = Some(checksum);
        }
    }
    Ok(crates)
}

/// Reads `2|name v1.0.0 (proc-macro)|MIT|https://… (*)`: how deep, what, licence, repository; the mark says that what is below stands
/// elsewhere.
fn of_tree(tree: &str) -> Result<Crates, String> {
    let mut crates = Crates::new();
    let mut above: Vec<Id> = Vec::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let strange = || format!("cargo tree says {line:?}");
        let [depth, named, licence, repository] =
            line.trim_end_matches(" (*)").split('|').collect::<Vec<_>>().try_into().map_err(|_| strange())?;
        let mut words = named.split_whitespace();
        let (name, version) = words.next().zip(words.next()).ok_or_else(strange)?;
        let id = (name.to_owned(), version.trim_start_matches('v').to_owned());
        above.truncate(depth.parse().map_err(|_| strange())?);
        if let Some(user) = above.last().and_then(|user| crates.get_mut(user)) {
            user.uses.insert(id.clone());
        }
        let one = crates.entry(id.clone()).or_default();
        // As crates wrote it before there were expressions.
        one.licence = licence.replace('/', " OR ");
        one.repository = repository.to_owned();
        one.is_ours = named.contains("(/");
        above.push(id);
    }
    Ok(crates)
}

fn checksums(lock: &str) -> Vec<(Id, String)> {
    let of = |package: &str| {
        let value = |key: &str| {
            package.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"'))
        };
        let (name, version, checksum) = (value("name")?, value("version")?, value("checksum")?);
        Some(((name.to_owned(), version.to_owned()), checksum.to_owned()))
    };
    lock.split("[[package]]").filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str, version: &str) -> Id {
        (name.into(), version.into())
    }

    #[test]
    fn a_tree_says_who_uses_whom() {
        let tree = "0|top v0.1.0 (/somewhere/top)|Apache-2.0|\n1|a v1.0.0|MIT/Apache-2.0|https://a.example\n\
            2|m v2.0.0+x.3 (proc-macro)|MIT|\n1|b v1.1.0|MIT|https://b.example\n2|a v1.0.0|MIT/Apache-2.0|https://a.example (*)\n";
        let crates = of_tree(tree).unwrap();
        assert_eq!(crates[&id("top", "0.1.0")].uses, BTreeSet::from([id("a", "1.0.0"), id("b", "1.1.0")]));
        assert_eq!(crates[&id("a", "1.0.0")].uses, BTreeSet::from([id("m", "2.0.0+x.3")]));
        assert_eq!(crates[&id("b", "1.1.0")].uses, BTreeSet::from([id("a", "1.0.0")]));
        let a = &crates[&id("a", "1.0.0")];
        assert_eq!((a.licence.as_str(), a.repository.as_str()), ("MIT OR Apache-2.0", "https://a.example"));
        assert!(crates[&id("top", "0.1.0")].is_ours && !a.is_ours);
    }

    #[test]
    fn sums_come_from_the_lock() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"12ab\"\n\n[[package]]\nname = \"ours\"\nversion = \"0.1.0\"\n";
        assert_eq!(checksums(lock), [(id("a", "1.0.0"), "12ab".to_owned())]);
    }
}
