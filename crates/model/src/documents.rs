//! Documents for people: guides say the same in both languages, all keep to the words that were agreed, and their links lead somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization as _;

/// From this crate to the repository.
const ROOT: &str = "../..";

/// Guides that stand in both languages, as `NAME.md` and `NAME.vi.md`.
const TWINS: [&str; 16] = [
    "README",
    "docs/LOGGING",
    "docs/api-clients",
    "docs/auditor",
    "docs/cases",
    "docs/client-edge",
    "docs/connect-a-database",
    "docs/install",
    "docs/ledger",
    "docs/monitoring",
    "docs/officer",
    "docs/operator",
    "docs/packages",
    "docs/quality",
    "docs/sync",
    "docs/values",
];

/// What the program itself says, printed as pages: the tests of those texts hold them.
const PRINTED: &str = "docs/errors";

/// A document, taken apart.
#[derive(Debug, Default)]
struct Document {
    /// Level and text of each heading, in order.
    headings: Vec<(usize, String)>,
    /// The lines of each block of code, without comments.
    blocks: Vec<Vec<String>>,
    /// Rows of tables.
    rows: usize,
    /// What stands between backticks: codes, options, names of files and settings.
    spans: Vec<String>,
    /// Where links lead.
    links: Vec<String>,
    /// All else, on one line.
    prose: String,
}

impl Document {
    fn read(path: &Path) -> Self {
        let text: String = std::fs::read_to_string(path).unwrap().nfc().collect();
        let (mut document, mut outside, mut block) = (Self::default(), String::new(), None::<Vec<String>>);
        for line in text.lines() {
            match (line.trim_start().strip_prefix("```"), &mut block) {
                (Some(_), Some(_)) => document.blocks.extend(block.take()),
                (Some(language), None) => block = Some(vec![language.to_owned()]),
                (None, Some(lines)) => lines.extend(Some(bare(line)).filter(|line| !line.is_empty())),
                (None, None) => {
                    document.rows += usize::from(line.starts_with('|'));
                    let level = line.chars().take_while(|c| *c == '#').count();
                    if level > 0 {
                        document.headings.push((level, line[level..].trim().to_owned()));
                    }
                    outside.push_str(line);
                    outside.push('\n');
                }
            }
        }
        assert!(block.is_none(), "{}: a block of code does not end", path.display());
        document.take_apart(&without(&outside, "<!--", "-->", &mut Vec::new()));
        document
    }

    fn take_apart(&mut self, outside: &str) {
        for (number, piece) in outside.split('`').enumerate() {
            if number % 2 == 1 {
                self.spans.push(piece.split_whitespace().collect::<Vec<_>>().join(" "));
                self.prose.push('`');
            } else {
                self.prose.push_str(&without(piece, "](", ")", &mut self.links));
            }
        }
        self.prose = self.prose.split_whitespace().collect::<Vec<_>>().join(" ");
    }

    /// The numbers in the text, whatever the language divides thousands and decimals by.
    fn numbers(&self) -> Vec<String> {
        let joined = self.prose.replace(['.', ','], "");
        let numbers = joined.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty());
        numbers.map(str::to_owned).collect()
    }

    /// What a link may name behind `#`, as GitHub makes it of each heading.
    fn anchors(&self) -> BTreeSet<String> {
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ');
        let anchor = |text: &String| text.to_lowercase().chars().filter(kept).collect::<String>();
        self.headings.iter().map(|(_, text)| anchor(text).replace(' ', "-")).collect()
    }
}

/// The text without what stands between `begin` and `end`, which is taken out.
fn without(text: &str, begin: &str, end: &str, taken: &mut Vec<String>) -> String {
    let (mut kept, mut rest) = (String::new(), text);
    while let Some((before, behind)) = rest.split_once(begin) {
        let (inside, after) = behind.split_once(end).unwrap_or((behind, ""));
        kept.push_str(before);
        kept.push(' ');
        taken.push(inside.to_owned());
        rest = after;
    }
    kept + rest
}

/// A line of code without its comment, and without what it says to people: both are in the reader's language.
fn bare(line: &str) -> String {
    let is_comment = |at: &usize| *at == 0 || line[..*at].ends_with(char::is_whitespace);
    let comments = line.match_indices(['#']).map(|(at, _)| at).find(is_comment);
    let code = &line[..comments.unwrap_or(line.len())];
    let code = if code.trim_start().starts_with("-- ") { "" } else { code };
    let said = ["--reason \"", "--text \"", "--person \""];
    said.iter()
        .fold(code.to_owned(), |code, option| without(&code, option, "\"", &mut Vec::new()))
        .trim_end()
        .to_owned()
}

/// All documents of the repository but those that are printed.
fn documents() -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![PathBuf::from(ROOT)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let is_ours = !name.starts_with('.') && name != "target" && !path.ends_with(PRINTED);
            if is_ours && entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if is_ours && name.ends_with(".md") {
                found.push(path);
            }
        }
    }
    found.sort_unstable();
    found
}

/// The first of what `some` has beyond `others`.
fn beyond(some: &[String], others: &[String]) -> Vec<String> {
    let mut left = others.to_vec();
    let mut is_beyond = |one: &&String| match left.iter().position(|other| other == *one) {
        Some(at) => {
            left.swap_remove(at);
            false
        }
        None => true,
    };
    some.iter().filter(|one| is_beyond(one)).take(20).cloned().collect()
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort_unstable();
    texts
}

#[test]
fn guides_say_the_same_in_both_languages() {
    let ends = |path: &PathBuf| path.to_string_lossy().ends_with(".vi.md");
    let vietnamese: Vec<PathBuf> = documents().into_iter().filter(ends).collect();
    let known: Vec<PathBuf> =
        TWINS.iter().map(|name| Path::new(ROOT).join(format!("{name}.vi.md"))).collect();
    assert_eq!(
        vietnamese, known,
        "each guide in Vietnamese has its place in TWINS, and each place its guide"
    );
    let mut mistakes = Vec::new();
    for name in TWINS {
        let [en, vi] =
            [".md", ".vi.md"].map(|end| Document::read(&Path::new(ROOT).join(format!("{name}{end}"))));
        let mut compare = |what: &str, en: Vec<String>, vi: Vec<String>| {
            if en != vi {
                let (in_english, in_vietnamese) = (beyond(&en, &vi), beyond(&vi, &en));
                mistakes.push(format!(
                    "{name}: {what} differ; only in English {in_english:?}, only in Vietnamese {in_vietnamese:?}"
                ));
            }
        };
        let levels = |of: &Document| of.headings.iter().map(|(level, _)| level.to_string()).collect();
        compare("levels of headings", levels(&en), levels(&vi));
        // What a program prints is in the language of whoever called it: it has as many lines.
        let said = |lines: &Vec<String>| match lines.first().is_some_and(|language| language == "text") {
            true => format!("text of {} lines", lines.len()),
            false => lines.join("\n"),
        };
        let blocks = |of: &Document| of.blocks.iter().map(said).collect();
        compare("blocks of code", blocks(&en), blocks(&vi));
        compare("rows of tables", vec![en.rows.to_string()], vec![vi.rows.to_string()]);
        compare("codes and names", sorted(en.spans.clone()), sorted(vi.spans.clone()));
        compare("numbers", sorted(en.numbers()), sorted(vi.numbers()));
    }
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

/// The words that are not used, as rows of language, wrong word, right word, exceptions.
fn words() -> Vec<Vec<&'static str>> {
    let table = include_str!("../../../data/words.tsv");
    let lines = table.lines().filter(|line| !line.starts_with('#')).skip(1);
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split('\t').collect()).collect();
    assert!(rows.iter().all(|row| row.len() == 4 && row[1] == row[1].to_lowercase()), "{rows:?}");
    rows
}

/// Where `text`, in small letters, has a wrong word, and what it should say.
fn wrong(text: &str, rows: &[Vec<&str>]) -> Vec<String> {
    let mut mistakes = Vec::new();
    for row in rows {
        let excepted = row[3].split("; ").filter(|phrase| !phrase.is_empty());
        let text = excepted.fold(text.to_owned(), |text, phrase| text.replace(phrase, "_"));
        for (at, word) in text.match_indices(row[1]) {
            let (before, after) = (&text[..at], &text[at + word.len()..]);
            if !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric) {
                let near: String = after.chars().take(40).collect();
                mistakes.push(format!("{word}{near}: say {}", row[2]));
            }
        }
    }
    mistakes
}

#[test]
fn documents_keep_to_the_words_that_were_agreed() {
    let rows = words();
    let said = |path: PathBuf| {
        let prose = Document::read(&path).prose.to_lowercase();
        wrong(&prose, &rows).into_iter().map(move |mistake| format!("{}: {mistake}", path.display()))
    };
    let mistakes: Vec<String> = documents().into_iter().flat_map(said).collect();
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

/// Vietnamese stands in the program only where people read it; English is its comments' language, too.
#[test]
fn what_the_program_says_keeps_to_the_words_that_were_agreed() {
    let mut rows = words();
    rows.retain(|row| row[0] == "vi");
    let (mut mistakes, mut read) = (Vec::new(), 0);
    let mut folders: Vec<PathBuf> =
        ["crates", "data/packs", "deploy", PRINTED].map(|folder| Path::new(ROOT).join(folder)).into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                read += 1;
                let text: String = text.nfc().collect::<String>().to_lowercase();
                let said = wrong(&text, &rows);
                mistakes.extend(said.into_iter().map(|mistake| format!("{}: {mistake}", path.display())));
            }
        }
    }
    assert!(read > 500, "{read} files are not the program");
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

/// All text of the sources below a folder.
fn sources(folder: &str) -> String {
    let (mut text, mut folders) = (String::new(), vec![Path::new(ROOT).join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                text.push_str(&std::fs::read_to_string(&path).unwrap_or_default());
            }
        }
    }
    text
}

/// A document that says how something is tested would say it of a test that is gone.
#[test]
fn every_test_that_a_document_names_is_there() {
    let text = ["crates", "xtask"].map(sources).concat();
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let functions: BTreeSet<&str> =
        text.split("fn ").map(|rest| rest.split(|c| !is_word(c)).next().unwrap_or_default()).collect();
    // Names of tests are sentences; what has fewer words may be a member, a column or a setting.
    // Metrics have names as long.
    let is_test = |name: &&str| {
        !name.starts_with("lienthong_") && name.matches('_').count() >= 4 && name.chars().all(is_word)
    };
    let (mut missing, mut found) = (Vec::new(), 0);
    for path in documents() {
        let document = std::fs::read_to_string(&path).unwrap();
        for name in document.split('`').skip(1).step_by(2).filter(is_test) {
            found += 1;
            if !functions.contains(name) {
                missing.push(format!("{}: {name}", path.display()));
            }
        }
    }
    assert!(found > 300, "{found} names of tests are too few");
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn links_between_documents_lead_somewhere() {
    let real = |path: &Path| path.canonicalize().ok();
    let all: Vec<(PathBuf, Document)> =
        documents().into_iter().map(|path| (path.clone(), Document::read(&path))).collect();
    let anchors: BTreeMap<PathBuf, BTreeSet<String>> =
        all.iter().filter_map(|(path, document)| Some((real(path)?, document.anchors()))).collect();
    let mut mistakes = Vec::new();
    for (path, document) in &all {
        for link in document.links.iter().filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            let leads = real(&target).is_some_and(|target| {
                anchor.is_empty() || anchors.get(&target).is_some_and(|known| known.contains(anchor))
            });
            if !leads {
                mistakes.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}
