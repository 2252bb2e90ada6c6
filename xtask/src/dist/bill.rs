//! The bill of materials: CycloneDX 1.6, as JSON. What is in the program, and what it was built with, with licences, sums and who needs whom.

use std::process::Command;

use super::crates::{Crate, Crates, Id};
use super::json::{lines, list, object, string};
use super::{Release, date, text};
use crate::root;
use crate::tools::capture;

const SPECIFICATION: &str = "1.6";

/// What is in the program and is no crate: a row of `packaging/bundled.tsv`.
pub(super) struct Bundled {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) licence: String,
    purl: String,
    /// The text of its licence, from the repository's root.
    pub(super) text: String,
}

pub(super) fn bundled() -> Result<Vec<Bundled>, String> {
    let rows = text(&root().join("packaging/bundled.tsv"))?;
    let of = |row: &str| {
        let cells: Vec<String> = row.split('\t').map(str::to_owned).collect();
        let [name, version, licence, purl, text] =
            cells.try_into().map_err(|_| format!("packaging/bundled.tsv: {row}"))?;
        Ok(Bundled { name, version, licence, purl, text })
    };
    rows.lines().filter(|row| !row.starts_with('#')).skip(1).map(of).collect()
}

/// The bill of a program whose bytes have this SHA-256.
pub(super) fn write(release: &Release, crates: &Crates, sha256: &str) -> Result<String, String> {
    let bundled = bundled()?;
    let program = crates.iter().find(|((name, _), _)| name == "lienthong").ok_or("no crate lienthong")?;
    let library = standard_library()?;
    let components = crates.iter().filter(|(id, _)| *id != program.0).map(|(id, one)| component(id, one));
    let components = components.chain([library.1]).chain(bundled.iter().map(of_bundled));
    let beside = bundled.iter().map(|one| one.purl.clone()).chain([library.0]);
    let dependencies = crates.iter().map(|(id, one)| {
        let mut uses: Vec<String> = one.uses.iter().map(|id| reference(id, crates.get(id))).collect();
        if id == program.0 {
            uses.extend(beside.clone());
        }
        object([
            ("ref", string(&reference(id, Some(one)))),
            ("dependsOn", list(uses.iter().map(|one| string(one)))),
        ])
    });
    let made_by = object([("type", string("application")), ("name", string("cargo xtask dist"))]);
    let metadata = object([
        ("timestamp", string(&date(release, "+%Y-%m-%dT%H:%M:%SZ")?)),
        ("lifecycles", list([object([("phase", string("build"))])])),
        ("tools", object([("components", list([made_by]))])),
        ("component", application(program, sha256)),
        ("properties", list([property("lienthong:commit", &release.commit)])),
    ]);
    Ok(format!(
        "{{\n\"bomFormat\":\"CycloneDX\",\n\"specVersion\":{},\n\"serialNumber\":{},\n\"version\":1,\n\"metadata\":{metadata},\n\
         \"components\":{},\n\"dependencies\":{}\n}}\n",
        string(SPECIFICATION),
        string(&serial_number(sha256)?),
        lines(components),
        lines(dependencies),
    ))
}

/// The same program has the same number: a UUID of version 8 (RFC 9562) out of its sum.
fn serial_number(sha256: &str) -> Result<String, String> {
    let digits = |from: usize, to: usize| sha256.get(from..to).ok_or("a sum is too short");
    let (a, b, c, d, e) = (digits(0, 8)?, digits(8, 12)?, digits(12, 15)?, digits(15, 18)?, digits(18, 30)?);
    Ok(format!("urn:uuid:{a}-{b}-8{c}-8{d}-{e}"))
}

fn application((id, one): (&Id, &Crate), sha256: &str) -> String {
    object([
        ("type", string("application")),
        ("bom-ref", string(&reference(id, Some(one)))),
        ("name", string(&id.0)),
        ("version", string(&id.1)),
        ("hashes", hashes(sha256)),
        ("licenses", licences(&one.licence)),
    ])
}

fn component(id: &Id, one: &Crate) -> String {
    let mut members = vec![("type", string("library")), ("bom-ref", string(&reference(id, Some(one))))];
    if one.is_ours {
        members.push(("group", string("lienthong")));
    }
    members.extend([
        ("name", string(&id.0)),
        ("version", string(&id.1)),
        ("scope", string(if one.is_in_program { "required" } else { "excluded" })),
    ]);
    members.extend(one.checksum.as_deref().map(|sha256| ("hashes", hashes(sha256))));
    if !one.licence.is_empty() {
        members.push(("licenses", licences(&one.licence)));
    }
    if !one.is_ours {
        members.push(("purl", string(&reference(id, Some(one)))));
    }
    if one.repository.starts_with("https://") {
        let place = object([("type", string("vcs")), ("url", string(&one.repository))]);
        members.push(("externalReferences", list([place])));
    }
    object(members)
}

fn of_bundled(one: &Bundled) -> String {
    object([
        ("type", string("data")),
        ("bom-ref", string(&one.purl)),
        ("name", string(&one.name)),
        ("version", string(&one.version)),
        ("scope", string("required")),
        ("licenses", licences(&one.licence)),
        ("purl", string(&one.purl)),
    ])
}

/// Rust's own library is in the program, too. Its reference, and it.
fn standard_library() -> Result<(String, String), String> {
    let said = capture(Command::new("rustc").arg("-vV"))?;
    let version = said.lines().find_map(|line| line.strip_prefix("release: "));
    let version = version.ok_or("rustc does not say its version")?;
    let reference = format!("pkg:generic/rust-std@{version}");
    let component = object([
        ("type", string("library")),
        ("bom-ref", string(&reference)),
        ("name", string("rust-std")),
        ("version", string(version)),
        ("scope", string("required")),
        ("licenses", licences("MIT OR Apache-2.0")),
        ("purl", string(&reference)),
    ]);
    Ok((reference, component))
}

/// How a crate is called within the bill. Ours have names that others have on crates.io: they must not be taken for those.
fn reference((name, version): &Id, one: Option<&Crate>) -> String {
    if one.is_some_and(|one| one.is_ours) {
        format!("lienthong/{name}@{version}")
    } else {
        format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"))
    }
}

fn hashes(sha256: &str) -> String {
    list([object([("alg", string("SHA-256")), ("content", string(sha256))])])
}

fn licences(expression: &str) -> String {
    list([object([("expression", string(expression))])])
}

fn property(name: &str, value: &str) -> String {
    object([("name", string(name)), ("value", string(value))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_are_not_taken_for_others_of_their_name() {
        let id = ("disk".to_owned(), "0.1.0".to_owned());
        let ours = component(&id, &Crate { is_ours: true, ..Crate::default() });
        assert!(ours.contains("lienthong/disk@0.1.0") && !ours.contains("pkg:cargo"), "{ours}");
        let theirs = component(&id, &Crate::default());
        assert!(theirs.contains("\"purl\":\"pkg:cargo/disk@0.1.0\""), "{theirs}");
    }

    #[test]
    fn a_version_with_a_plus_is_written_as_package_urls_want_it() {
        let id = ("zstd-sys".to_owned(), "2.0.16+zstd.1.5.7".to_owned());
        assert_eq!(reference(&id, None), "pkg:cargo/zstd-sys@2.0.16%2Bzstd.1.5.7");
    }

    #[test]
    fn a_number_is_made_of_the_sum() {
        let number = serial_number(&"0123456789abcdef".repeat(4)).unwrap();
        assert_eq!(number, "urn:uuid:01234567-89ab-8cde-8f01-23456789abcd");
    }
}
