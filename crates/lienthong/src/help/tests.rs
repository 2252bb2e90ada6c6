//! The law of the command line, over all commands: help, examples and what is said of mistakes, in one language each.

use std::collections::BTreeSet;

use clap::builder::StyledStr;
use clap::error::ErrorKind;

use super::unread::Unread;
use super::*;

const BOTH: [Language; 2] = [Language::Vi, Language::En];

/// All commands with the words that lead to them, the program itself first.
fn all(root: &Command) -> Vec<Vec<&Command>> {
    let mut found = vec![vec![root]];
    let mut at = 0;
    while let Some(path) = found.get(at).cloned() {
        found
            .extend(path.last().unwrap().get_subcommands().map(|below| [path.as_slice(), &[below]].concat()));
        at += 1;
    }
    found
}

fn built() -> Command {
    let mut root = Cli::command();
    root.build();
    root
}

fn is_vietnamese(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{c0}'..='\u{1b0}' | '\u{1ea0}'..='\u{1ef9}'))
}

/// English words that no Vietnamese text has.
fn english(text: &str) -> Option<&str> {
    // Small letters only: what stands in capitals is a place for a value.
    const WORDS: [&str; 22] = [
        "the", "of", "and", "or", "with", "without", "is", "are", "its", "for", "usage", "options", "print",
        "default", "possible", "values", "required", "file", "error", "argument", "found", "provided",
    ];
    text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.' && c != '/' && c != '-')
        .find(|word| WORDS.contains(word))
}

/// What holds for every text that somebody sees in a language.
fn check_language(text: &str, language: Language, place: &str) {
    assert!(!text.contains(" | "), "{place}: both languages: {text}");
    // Names of our own may stand in either.
    let others = text.replace("Liên Thông", "");
    match language {
        Language::En => assert!(!is_vietnamese(&others), "{place}: {text}"),
        Language::Vi => assert_eq!(english(&others), None, "{place}: {text}"),
    }
}

#[test]
fn every_command_argument_and_value_is_said_in_both_languages() {
    // What is written the same in both.
    let is_a_name = |text: &str| ["Turtle", "JSON", "JSON-LD"].contains(&text);
    let root = built();
    root.clone().debug_assert();
    let mut places = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut check = |text: Option<&StyledStr>, place: &str| {
        let text = text.map(ToString::to_string).unwrap_or_default();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let (vi, en) = line.split_once(" | ").unwrap_or((line, ""));
            let is_good = is_a_name(vi) || is_vietnamese(vi) && english(vi).is_none();
            let en_good =
                !en.is_empty() && !is_vietnamese(&en.replace("Liên Thông", "")) && !en.contains(" | ");
            if !is_good || !en_good {
                wrong.push(format!("{place}: {line}"));
            }
        }
        if text.is_empty() {
            wrong.push(format!("{place}: nothing is said"));
        }
    };
    for path in all(&root) {
        let (place, command) = (name(&path), path.last().unwrap());
        check(command.get_about(), &place);
        let own = command.get_arguments().filter(|one| !matches!(one.get_id().as_str(), "help" | "version"));
        for argument in own {
            let place = format!("{place} {argument}");
            check(argument.get_help(), &place);
            if argument.get_action().takes_values() {
                places.extend(argument.get_value_names().unwrap_or_default().iter().map(ToString::to_string));
                // The shells' names come from the crate that knows them.
                for value in argument.get_possible_values().iter().filter(|_| argument.get_id() != "shell") {
                    check(value.get_help(), &format!("{place} {}", value.get_name()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let known: BTreeSet<String> = places::PLACES.iter().map(|(english, _)| (*english).to_owned()).collect();
    assert_eq!(places, known, "names of values");
}

#[test]
fn every_page_is_in_one_language_within_its_width_and_has_examples() {
    for language in BOTH {
        let root = commands(language);
        for path in all(&root) {
            for width in [60, 100] {
                let page = page(&path, language, width, true);
                let place = format!("{} in {}", name(&path), language.name());
                let (above, examples) = page
                    .split_once(&format!("{}:\n", language.of(&texts::examples())))
                    .unwrap_or_else(|| panic!("{place}: {page}"));
                assert!(examples.lines().next().unwrap().starts_with("  lienthong "), "{place}: {page}");
                assert!(!page.contains(" | "), "{place}: {page}");
                for line in above.lines() {
                    let said = line.trim_start().split("  ").last().unwrap_or_default();
                    if !line.contains("lienthong ") && !said.starts_with(['-', '<']) {
                        check_language(said, language, &place);
                    }
                    let is_whole = line.contains(&name(&path)) || line.trim_start().starts_with(['-', '<']);
                    assert!(
                        is_whole || line.chars().count() <= width || !line.trim().contains(' '),
                        "{place}, {width}: {line}"
                    );
                }
                if language == Language::En {
                    assert!(!is_vietnamese(&page.replace("Liên Thông", "")), "{place}: {page}");
                }
            }
        }
    }
}

#[test]
fn every_command_stands_in_one_group() {
    let root = built();
    let listed: Vec<&str> = groups::GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let known: BTreeSet<&str> = root.get_subcommands().map(Command::get_name).collect();
    assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), known);
    assert_eq!(listed.len(), known.len(), "one stands in two groups");
}

/// A line as a shell takes it apart, up to where it sends what is printed.
fn split(line: &str) -> Vec<String> {
    let line = line.split(" > ").next().unwrap();
    let mut words = Vec::new();
    for (at, part) in line.split('"').enumerate() {
        match at % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

#[test]
fn every_example_is_read_as_its_own_command() {
    for language in BOTH {
        let root = commands(language);
        for path in all(&root).iter().filter(|path| !path.last().unwrap().has_subcommands()) {
            let examples = examples::of(&path[1..], language);
            assert!(matches!(examples.len(), 1..=2), "{}: {examples:?}", name(path));
            for line in examples {
                let mut words = split(&line);
                // `LIENTHONG_OFFICER` is not set here.
                let read = built().try_get_matches_from(&words).or_else(|_| {
                    words.extend(["--officer".to_owned(), "lan.json".to_owned()]);
                    built().try_get_matches_from(&words)
                });
                let read = read.unwrap_or_else(|error| panic!("{line}: {error}"));
                let mut found = vec!["lienthong"];
                let mut at = &read;
                while let Some((name, below)) = at.subcommand() {
                    found.push(name);
                    at = below;
                }
                let wanted = name(path);
                // One whose input another makes is shown with that other.
                assert!(found.join(" ") == wanted || line.contains(" > "), "{line} is not {wanted}");
            }
        }
    }
}

/// What is wrong, and what must be named when it is told.
fn mistakes(command: &Command) -> Vec<(Vec<String>, String)> {
    let mut made = vec![(vec!["--khong-co".to_owned()], "--khong-co".to_owned())];
    if command.has_subcommands() {
        made.push((vec!["khong-co".to_owned()], "khong-co".to_owned()));
        return made;
    }
    for argument in command.get_arguments().filter(|one| !one.is_positional() && !one.is_hide_set()) {
        let Some(long) = argument.get_long() else { continue };
        let flag = format!("--{long}");
        if argument.get_action().takes_values() {
            made.push((vec![flag.clone()], flag.clone()));
            let is_typed = !argument.get_possible_values().is_empty()
                || argument
                    .get_default_values()
                    .iter()
                    .any(|value| value.to_str().is_some_and(|value| value.parse::<u32>().is_ok()));
            if is_typed {
                made.push((vec![flag.clone(), "sai bét".to_owned()], "sai bét".to_owned()));
            }
        } else if !matches!(long, "help" | "version") {
            made.push((vec![format!("{flag}=x")], flag));
        }
    }
    made
}

/// Every command, with every kind of mistake, in both languages.
#[test]
fn whatever_is_wrong_with_a_line_is_told_in_one_language_with_what_to_do() {
    let plain = built();
    let shown = BOTH.map(commands);
    let mut count = 0;
    for path in all(&plain) {
        let words: Vec<String> = path[1..].iter().map(|command| command.get_name().to_owned()).collect();
        let last = path.last().unwrap();
        let mut lines = mistakes(last);
        lines.push((Vec::new(), String::new()));
        lines.extend(["--help", "-h"].map(|flag| (vec![flag.to_owned()], String::new())));
        for (more, named) in lines {
            let line: Vec<OsString> = words.iter().chain(&more).map(OsString::from).collect();
            let all = std::iter::once(OsString::from("lienthong")).chain(line.iter().cloned());
            let Err(error) = plain.clone().try_get_matches_from(all) else {
                let required = last.get_arguments().any(clap::Arg::is_required_set);
                assert!(more.is_empty() && !required && !last.has_subcommands(), "{line:?} is taken");
                continue;
            };
            for (language, shown) in BOTH.into_iter().zip(&shown) {
                count += 1;
                let Unread { said, code } = Unread::among(&plain, shown, &error, &line, language);
                let place = format!("{line:?} in {}: {said}", language.name());
                let wanted = match (error.kind(), words.first().map(String::as_str)) {
                    (ErrorKind::DisplayHelp, _) => 0,
                    (_, Some("check")) => 3,
                    _ => 2,
                };
                assert_eq!(i32::from(code), wanted, "{place}");
                assert!(said.contains(&named), "{named} is not named: {place}");
                if wanted == 0 || matches!(error.kind(), ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand)
                {
                    assert_eq!(
                        said,
                        page(&super::path(shown, words.iter().cloned()), language, width(), is_plain()),
                        "{place}"
                    );
                    continue;
                }
                let wanted = format!("{} --help", name(&path));
                assert!(said.lines().last().unwrap().contains(&wanted), "{place}");
                assert!(
                    !matches!(error.kind(), ErrorKind::MissingRequiredArgument) || said.lines().count() >= 4,
                    "{place}"
                );
                let own: String = said
                    .lines()
                    .filter(|line| !line.contains("lienthong "))
                    .map(|line| line.replace("sai bét", ""))
                    .collect();
                check_language(&own, language, &place);
            }
        }
    }
    assert!(count > 2_000, "{count}");
}

#[test]
fn completions_are_in_one_language() {
    for language in BOTH {
        for shell in [clap_complete::Shell::Zsh, clap_complete::Shell::Fish, clap_complete::Shell::Bash] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut commands(language), "lienthong", &mut script);
            let script = String::from_utf8(script).unwrap();
            assert!(
                !script.contains(" | ") || shell == clap_complete::Shell::Bash,
                "{shell} {}",
                language.name()
            );
            assert!(language == Language::Vi || !is_vietnamese(&script.replace("Liên Thông", "")), "{shell}");
            assert!(language == Language::En || !script.contains("Print help"), "{shell}");
        }
    }
}

/// What documents tell people to type, line by line: continued lines are one.
fn typed(document: &str) -> Vec<String> {
    let blocks = document
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap().replace("\\\n", " "));
    let lines: Vec<String> = blocks
        .flat_map(|block| block.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>())
        .collect();
    lines.into_iter().filter(|line| line.starts_with("lienthong ") && !line.contains("$(")).collect()
}

/// As [`split`], up to where a shell takes the rest.
fn of_shell(line: &str) -> Vec<String> {
    let words = split(&line.replace('\'', "\""));
    words
        .into_iter()
        .take_while(|word| !["|", ">", "<", "&", "&&", "||", ";", "#", "2>"].contains(&word.as_str()))
        .collect()
}

/// Every command that a document tells people to type is read by the program.
#[test]
fn what_documents_tell_people_to_type_is_read() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let guides = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let readmes = ["README.md", "README.vi.md"].map(|name| root.join(name));
    let mut count = 0;
    let mut wrong = Vec::new();
    for path in guides.chain(readmes).filter(|path| path.extension().is_some_and(|end| end == "md")) {
        for line in typed(&std::fs::read_to_string(&path).unwrap()) {
            count += 1;
            let mut words = of_shell(&line);
            let read = built().try_get_matches_from(&words).or_else(|_| {
                words.extend(["--officer".to_owned(), "lan.json".to_owned()]);
                built().try_get_matches_from(&words)
            });
            if let Err(error) = read {
                wrong.push(format!("{}: {line}: {}", path.file_name().unwrap().display(), error.kind()));
            }
        }
    }
    assert!(wrong.is_empty() && count > 100, "{count}\n{}", wrong.join("\n"));
}
