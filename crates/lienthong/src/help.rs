//! Help, a page for each command, in one language.
//!
//! What is said of commands, arguments and values stands beside them in `cli`, in both languages; here a language's half is taken. The parser's
//! own pages speak English around every text, so that pages are drawn here; completions are made of the same commands.

mod examples;
mod groups;
mod places;
mod texts;
pub(crate) mod unread;

use std::ffi::OsString;
use std::io::IsTerminal as _;

use clap::builder::{PossibleValue, PossibleValuesParser, Resettable, StyledStr};
use clap::{Arg, ArgAction, Command, CommandFactory as _};
use model::words::Language;

use crate::cli::Cli;
use crate::language::{self, half};

/// Lines are no longer than this, however wide a terminal is: longer ones are hard to read.
const WIDEST: usize = 110;
/// Where nothing says how wide lines may be.
const USUAL: usize = 100;
/// Names of arguments up to this many characters have their text beside them, longer ones below.
const NAMES: usize = 30;

/// All commands, with what is said of them in one language.
pub(crate) fn commands(language: Language) -> Command {
    let mut root = Cli::command();
    root.build();
    spoken(root, language)
}

fn spoken(command: Command, language: Language) -> Command {
    let in_language = |text: Option<&StyledStr>| text.map(|text| half(&text.to_string(), language));
    let about = in_language(command.get_about());
    let long = in_language(command.get_long_about());
    let command = command.mut_args(|argument| spoken_argument(argument, language));
    let command = match about {
        Some(about) => command.about(about),
        None => command,
    };
    let command = match long {
        Some(long) => command.long_about(long),
        None => command,
    };
    command.mut_subcommands(|below| spoken(below, language))
}

fn spoken_argument(argument: Arg, language: Language) -> Arg {
    let help = match argument.get_id().as_str() {
        "help" => language.of(&texts::print_help()).to_owned(),
        "version" => language.of(&texts::print_version()).to_owned(),
        _ => argument.get_help().map(|help| half(&help.to_string(), language)).unwrap_or_default(),
    };
    let argument = argument.help(help).long_help(Resettable::Reset);
    if !argument.get_action().takes_values() {
        return argument;
    }
    let names: Vec<&str> = argument
        .get_value_names()
        .unwrap_or_default()
        .iter()
        .filter_map(|name| places::of(name, language))
        .collect();
    let values: Vec<PossibleValue> = argument
        .get_possible_values()
        .into_iter()
        .map(|value| {
            let help = value.get_help().map(|help| half(&help.to_string(), language));
            match help {
                Some(help) => value.help(help),
                None => value,
            }
        })
        .collect();
    let argument = if names.is_empty() { argument } else { argument.value_names(names) };
    if values.is_empty() { argument } else { argument.value_parser(PossibleValuesParser::new(values)) }
}

/// The commands that words lead to: from the program itself to the last that is named.
fn path(root: &Command, words: impl Iterator<Item = String>) -> Vec<&Command> {
    let mut path = vec![root];
    for word in words {
        let Some(last) = path.last() else { break };
        if let Some(below) = last.find_subcommand(&word) {
            path.push(below);
        }
    }
    path
}

/// The words that a line begins with, as far as they can be names of commands.
fn words(arguments: &[OsString]) -> impl Iterator<Item = String> + use<> {
    let words: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    words.into_iter().take_while(|word| word != "--")
}

/// How a command is called.
fn name(path: &[&Command]) -> String {
    path.iter().map(|command| command.get_name()).collect::<Vec<_>>().join(" ")
}

/// The page about the command that words name.
///
/// # Errors
/// What to say if they name none.
pub(crate) fn about(words: &[String]) -> Result<String, String> {
    let language = language::chosen();
    let root = commands(language);
    let path = path(&root, words.iter().cloned());
    if path.len() == words.len() + 1 {
        return Ok(page(&path, language, width(), is_plain()));
    }
    let wrong = language.of(&texts::no_command(&words.join(" "))).to_owned();
    Err(format!("{wrong}\n{}", language.of(&texts::see(&name(&path)))))
}

/// How wide lines may be: as the terminal is, or as its variable says.
#[expect(clippy::disallowed_methods, reason = "read once, for a page of help")]
fn width() -> usize {
    let terminal = rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| usize::from(size.ws_col));
    let given = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    terminal.filter(|width| *width > 0).or(given).unwrap_or(USUAL).clamp(40, WIDEST)
}

/// Whether headings stand out (<https://no-color.org>).
fn is_plain() -> bool {
    let is_set = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    is_set || !std::io::stdout().is_terminal()
}

/// The page of a command.
fn page(path: &[&Command], language: Language, width: usize, plain: bool) -> String {
    let Some(command) = path.last() else { return String::new() };
    let say = |words: &model::words::Words| language.of(words).to_owned();
    let heading = |text: &str| if plain { format!("{text}:") } else { format!("\u{1b}[1m{text}:\u{1b}[0m") };
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let mut blocks = vec![about.lines().map(|line| wrapped(line, 0, width)).collect::<Vec<_>>().join("\n")];
    blocks.push(format!("{} {}", heading(&say(&texts::usage())), usage(path, language)));
    if path.len() == 1 {
        for (title, names) in groups::GROUPS {
            let below = names.iter().filter_map(|name| command.find_subcommand(name));
            blocks.push(format!(
                "{}\n{}",
                heading(&say(&title())),
                rows(&below.map(about_row).collect::<Vec<_>>(), width)
            ));
        }
    } else if command.has_subcommands() {
        let below = command.get_subcommands().filter(|below| !below.is_hide_set()).map(about_row);
        blocks.push(format!(
            "{}\n{}",
            heading(&say(&texts::commands())),
            rows(&below.collect::<Vec<_>>(), width)
        ));
    }
    let shown = || command.get_arguments().filter(|argument| !argument.is_hide_set());
    for (title, positional) in [(texts::arguments(), true), (texts::options(), false)] {
        let listed: Vec<Row> = ordered(shown().filter(|argument| argument.is_positional() == positional))
            .into_iter()
            .flat_map(|argument| argument_rows(argument, language))
            .collect();
        if !listed.is_empty() {
            blocks.push(format!("{}\n{}", heading(&say(&title)), rows(&listed, width)));
        }
    }
    let examples: Vec<String> = examples::of(path.get(1..).unwrap_or_default(), language)
        .iter()
        .map(|line| format!("  {line}"))
        .collect();
    if !examples.is_empty() {
        blocks.push(format!("{}\n{}", heading(&say(&texts::examples())), examples.join("\n")));
    }
    if command.has_subcommands() {
        blocks.push(say(&texts::more_of(&name(path))));
    }
    blocks.join("\n\n")
}

/// What a command is called with: options that must be there, the others together, what is told by its place.
fn usage(path: &[&Command], language: Language) -> String {
    let Some(command) = path.last() else { return String::new() };
    let mut parts = vec![name(path)];
    let (mut optional, mut places) = (false, Vec::new());
    for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
        match (argument.is_positional(), argument.is_required_set()) {
            (true, true) => places.push(value_of(argument)),
            (true, false) => places.push(format!("[{}]", value_of(argument).trim_matches(['<', '>']))),
            (false, true) => parts.push(option(argument)),
            (false, false) => optional = true,
        }
    }
    if optional {
        parts.push(language.of(&texts::any_options()).to_owned());
    }
    parts.extend(places);
    if command.has_subcommands() {
        parts.push(language.of(&texts::a_command()).to_owned());
    }
    parts.join(" ")
}

/// An argument as it stands on a line: `--dir <DIR>`, `<ID>`.
fn option(argument: &Arg) -> String {
    let name = match (argument.get_long(), argument.get_short()) {
        (Some(long), _) => format!("--{long}"),
        (None, Some(short)) => format!("-{short}"),
        (None, None) => return value_of(argument),
    };
    if argument.get_action().takes_values() { format!("{name} {}", value_of(argument)) } else { name }
}

fn value_of(argument: &Arg) -> String {
    let name = argument
        .get_value_names()
        .and_then(<[_]>::first)
        .map_or(argument.get_id().as_str(), |name| name.as_str());
    let many = matches!(argument.get_action(), ArgAction::Append) && argument.is_positional();
    format!("<{name}>{}", if many { "..." } else { "" })
}

/// What stands on the left of a page and what on its right.
struct Row {
    left: String,
    right: String,
}

fn about_row(command: &Command) -> Row {
    let right = command.get_about().map(ToString::to_string).unwrap_or_default();
    Row { left: format!("  {}", command.get_name()), right }
}

/// Those of all commands stand last.
fn ordered<'a>(arguments: impl Iterator<Item = &'a Arg>) -> Vec<&'a Arg> {
    let is_common = |argument: &&Arg| {
        argument.is_global_set() || matches!(argument.get_id().as_str(), "help" | "version")
    };
    let (common, own): (Vec<&Arg>, Vec<&Arg>) = arguments.partition(is_common);
    own.into_iter().chain(common).collect()
}

fn argument_rows(argument: &Arg, language: Language) -> Vec<Row> {
    let left = match (argument.is_positional(), argument.get_short(), argument.get_long()) {
        (true, ..) => format!("  {}", value_of(argument)),
        (false, Some(short), Some(_)) => format!("  -{short}, {}", option(argument)),
        (false, Some(_), None) => format!("  {}", option(argument)),
        (false, None, _) => format!("      {}", option(argument)),
    };
    let mut right = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let mut notes = Vec::new();
    let defaults: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if !defaults.is_empty() && !argument.is_hide_default_value_set() && argument.get_action().takes_values() {
        notes.push(language.of(&texts::default_is(&defaults.join(" "))).to_owned());
    }
    if let Some(variable) = argument.get_env() {
        notes.push(language.of(&texts::from_variable(&variable.to_string_lossy())).to_owned());
    }
    if !notes.is_empty() {
        right.push_str(&format!(" [{}]", notes.join("; ")));
    }
    let values = argument.get_possible_values().into_iter().filter(|value| !value.is_hide_set());
    let values = values.filter(|_| argument.get_action().takes_values()).map(|value| {
        let help = value.get_help().map(ToString::to_string).unwrap_or_default();
        Row {
            left: String::new(),
            right: format!("{}: {help}", value.get_name()).trim_end_matches(": ").to_owned(),
        }
    });
    std::iter::once(Row { left, right }).chain(values).collect()
}

/// Rows with what stands on the right below one another.
fn rows(rows: &[Row], width: usize) -> String {
    let length = |row: &Row| row.left.chars().count();
    let column = rows.iter().map(length).filter(|length| *length <= NAMES).max().unwrap_or(0) + 2;
    let lines = rows.iter().map(|row| {
        let text = wrapped(&row.right, column, width);
        let indent = " ".repeat(column);
        match length(row) {
            0 => format!("{indent}- {}", wrapped(&row.right, column + 2, width)),
            length if length + 2 <= column => format!("{}{}{text}", row.left, " ".repeat(column - length)),
            _ => format!("{}\n{indent}{text}", row.left),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A text in lines that end before `width`, the second and later ones `indent` characters further in.
fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let room = width.saturating_sub(indent).max(20);
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= room {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

#[cfg(test)]
mod tests;
