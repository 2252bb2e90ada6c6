//! What people hand in as files: read whole, from a file, a pipe or standard input, as text and as YAML, with what is wrong where.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use model::fault::{Fault, Words};
use serde::de::DeserializeOwned;

use crate::file_failed;
use crate::texts;

/// Largest file that is read. A nation's registry has 90 MB.
const MAX_BYTES: u64 = 1 << 30;

/// Reads a file; `-` is standard input.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let mut read = |from: &mut dyn Read| from.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    let read = match path.to_str() {
        Some("-") => read(&mut std::io::stdin().lock()),
        _ => File::open(path).and_then(|mut file| read(&mut file)),
    };
    read.map_err(|error| file_failed(path, &error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(bad(path, texts::too_large(MAX_BYTES)));
    }
    Ok(bytes)
}

/// Reads a file that is UTF-8, with or without a mark at its beginning that says so.
pub fn text(path: &Path) -> Result<String, Fault> {
    let bytes = bytes(path)?;
    let utf16 = match bytes.as_slice() {
        [0xff, 0xfe, ..] => Some("UTF-16LE"),
        [0xfe, 0xff, ..] => Some("UTF-16BE"),
        _ => None,
    };
    if let Some(name) = utf16 {
        return Err(bad(path, texts::other_encoding(name)));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let read = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = 1 + read.iter().filter(|byte| **byte == b'\n').count();
        bad(path, texts::not_utf8(line))
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The YAML documents of a text, divided by `---`. `place` is what the text is called.
///
/// # Errors
/// [`Fault::BadDocument`] with the document's number, and the line with what stands there.
pub fn documents<T: DeserializeOwned>(place: &str, text: &str) -> Result<Vec<T>, Fault> {
    // Nothing in a file can be more than its bytes; what aliases make of them is bounded as usual.
    let bytes = text.len().max(1000);
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_documents: bytes,
            max_events: bytes.saturating_mul(3),
            max_nodes: bytes,
            max_total_scalar_bytes: bytes,
        },
    };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|error| told(place, text, &error))
}

/// The one YAML document of a file.
///
/// # Errors
/// As [`documents`].
pub fn document<T: DeserializeOwned>(path: &Path) -> Result<T, Fault> {
    let (place, text) = (path.display().to_string(), text(path)?);
    serde_saphyr::from_str(&text).map_err(|error| told(&place, &text, &error))
}

fn told(place: &str, text: &str, error: &serde_saphyr::Error) -> Fault {
    // The first line says what; the others show the text around it.
    let why = error.to_string();
    let why = why.lines().next().unwrap_or_default().to_owned();
    let Some(line) = error.location().map(|location| location.line()).filter(|line| *line > 0) else {
        return Fault::BadDocument { place: Words::quoted(place), why: Words::quoted(why) };
    };
    let before = text.lines().take(usize::try_from(line).unwrap_or(usize::MAX));
    let (mut number, mut is_begun, mut last) = (1, false, "");
    for line in before {
        last = line;
        if line.starts_with("---") {
            number += u32::from(is_begun);
            is_begun = true;
        } else if !line.trim().is_empty() && !line.starts_with(['#', '%']) {
            is_begun = true;
        }
    }
    let last: String = last.trim().chars().take(80).collect();
    Fault::BadDocument {
        place: texts::at_line(place, number, line),
        why: Words::quoted(format!("{why} ({last})")),
    }
}

fn bad(path: &Path, why: Words) -> Fault {
    Fault::BadDocument { place: Words::quoted(path.display()), why }
}

#[cfg(test)]
mod tests {
    use hub::kinds::Document;

    use super::*;

    const GOOD: &str = "kind: Purpose\ncode: khai-sinh\nname:\n  vi: Khai sinh\n  en: Birth registration\n---\nkind: System\nid: VN/GOV/G01/dan-cu\nname: { vi: Dân cư, en: Population }\n";

    #[test]
    fn documents_are_read_one_after_the_other() {
        let read: Vec<Document> = documents("a.yaml", GOOD).unwrap();
        assert_eq!(
            read.iter().map(Document::subject).collect::<Vec<_>>(),
            [("Purpose", "khai-sinh"), ("System", "VN/GOV/G01/dan-cu")]
        );
        assert!(documents::<Document>("empty.yaml", "").unwrap().is_empty());
    }

    #[test]
    fn a_mistake_is_told_with_its_document_its_line_and_what_stands_there() {
        let grant = "---\nkind: Grant\nid: g\nclient: VN/LOC/T02/cons\nservice: VN/GOV/T01/prov/echo\nuses: [{ purpose: a, basis: b }]\nfields: all\nper_second: \"fast\"\n";
        for (text, parts) in [
            (GOOD.replace("code:", "cod:"), ["document 1", "line 2", "cod"]),
            (GOOD.replace("kind: System", "kind: Sistem"), ["document 2", "line 7", "Sistem"]),
            ("kind: [".to_owned(), ["document 1", "line 1", "kind"]),
            (GOOD.replace("VN/GOV/G01/dan-cu", "VN/GOV"), ["document 2", "line 8", "has 2 parts"]),
            (format!("# a\n{GOOD}{grant}"), ["document 3", "line 18", "per_second"]),
            (GOOD.replace("en: Birth", "vi: Birth"), ["document 1", "line 5", "vi"]),
        ] {
            let Err(Fault::BadDocument { place, why }) = documents::<Document>("a.yaml", &text) else {
                panic!("{text}")
            };
            let told = format!("{}: {}", place.en(), why.en());
            assert!(told.starts_with("a.yaml") && parts.iter().all(|part| told.contains(part)), "{told}");
        }
    }

    /// One document of each kind, as people write them.
    fn one_of_each() -> Vec<String> {
        let more = "---
kind: Agency
id: VN/GOV/G01
name: { vi: A, en: A }
bloc: government
---
kind: Node
id: VN/GOV/G01/nut-1
address: 127.0.0.1:5500
systems: [VN/GOV/G01/dan-cu]
---
kind: CodeList
id: a
name: { vi: A, en: A }
owner: VN/GOV/G01
source: x
codes:
  - code: \"1\"
    vi: Nam
---
kind: Crosswalk
id: a
from: a
to: a
source: x
pairs: [{ from: \"1\", to: \"1\", relation: exact }]
---
kind: Contract
id: a@1.0.0
service: VN/GOV/G01/dan-cu/nguoi
odcs:
  version: 1.0.0
  schema:
    - name: a
      properties: [{ name: b, logicalType: string }]
";
        let texts = [
            include_str!("../../demo/src/registry/catalogue.yaml"),
            include_str!("../../demo/src/registry/grants.yaml"),
            include_str!("../../demo/src/registry/legal.yaml"),
            include_str!("../../demo/src/registry/services.yaml"),
            include_str!("../../demo/src/registry/systems.yaml"),
            include_str!("../../../data/dictionary/terms.yaml"),
            include_str!("../../../data/packs/tiep-nhan.yaml"),
            include_str!("../../../data/packs/tai-su-dung.yaml"),
            include_str!("../../../data/procedures/pham-vi.yaml"),
            include_str!("../../../data/procedures/cu-tru-can-cuoc.yaml"),
            include_str!("../../../data/directives/cd-103-2025.yaml"),
            more,
        ];
        let all = texts.iter().flat_map(|text| text.split("---\n")).filter(|text| text.contains("kind: "));
        let mut found = Vec::new();
        for kind in hub::kinds::Kind::ALL {
            let begins = format!("kind: {}\n", kind.word());
            let one = all.clone().filter(|text| text.contains(&begins)).max_by_key(|text| text.len());
            found.push(one.unwrap_or_else(|| panic!("{begins}")).to_owned());
        }
        found
    }

    #[test]
    fn what_stands_twice_in_a_document_of_any_kind_is_refused_by_its_name() {
        let name_of = |line: &str| {
            let (name, value) = line.trim_start_matches([' ', '-']).split_once(": ")?;
            (!name.contains(['#', '{', '\"', ' ']) && !value.starts_with(['|', '>', '#']))
                .then(|| name.to_owned())
        };
        for text in one_of_each() {
            documents::<Document>("a.yaml", &text).unwrap();
            let lines: Vec<&str> = text.lines().collect();
            let mut tried = 0;
            for (place, line) in lines.iter().enumerate() {
                // Each member of a line of its own, and the first of each that stands in braces.
                let again = line.replacen("- ", "  ", usize::from(line.trim_start().starts_with("- ")));
                let block = name_of(line).map(|name| (name, format!("{line}\n{again}")));
                let flow = line.split_once("{ ").and_then(|(before, within)| {
                    let (name, _) = within.split_once(':')?;
                    Some((name.to_owned(), format!("{before}{{ {name}: x, {within}")))
                });
                for (name, changed) in block.into_iter().chain(flow) {
                    let mut lines = lines.clone();
                    lines[place] = &changed;
                    let text = lines.join("\n");
                    let Err(Fault::BadDocument { why, .. }) = documents::<Document>("a.yaml", &text) else {
                        panic!("{name} is taken twice: {changed}")
                    };
                    assert!(why.en().contains(&name), "{name}: {}", why.en());
                    tried += 1;
                }
            }
            assert!(tried > 3, "{tried}: {text}");
        }
    }

    #[test]
    fn a_file_holds_as_many_documents_as_a_nation_has() {
        let one = "---\n{ kind: Agency, id: VN/LOC/H, name: { vi: A, en: A }, bloc: local }\n";
        assert_eq!(documents::<Document>("a.yaml", &one.repeat(30_000)).unwrap().len(), 30_000);
    }

    #[test]
    fn what_aliases_multiply_is_bounded() {
        let mut text = "kind: Agency\na: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let below = vec![format!("*a{}", level - 1); 9].join(", ");
            text.push_str(&format!("b{level}: &a{level} [{below}]\n"));
        }
        assert!(matches!(documents::<Document>("a.yaml", &text), Err(Fault::BadDocument { .. })));
    }

    #[test]
    fn another_encoding_is_told_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        for (bytes, part) in [
            (b"\xff\xfek\0".to_vec(), "UTF-16LE"),
            (b"\xfe\xff\0k".to_vec(), "UTF-16BE"),
            (b"kind: Purpose\nname: T\xe9n\n".to_vec(), "line 2"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let Err(Fault::BadDocument { why, .. }) = text(&path) else { panic!("{part}") };
            let why = why.en();
            assert!(why.contains(part) && why.contains("UTF-8"), "{why}");
        }
        std::fs::write(&path, "\u{feff}kind: Purpose\n").unwrap();
        assert_eq!(text(&path).unwrap(), "kind: Purpose\n");
    }
}
