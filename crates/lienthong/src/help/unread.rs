//! What is said of arguments that cannot be read: what is wrong, each on a line of its own with its place, and what to do.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, CommandFactory as _};
use model::words::{Language, Words};

use super::{is_plain, option, page, path, texts, usage, width, words};
use crate::cli::Cli;
use crate::commands::watching::UNKNOWN;

/// What is said instead of running a command, and what the program ends with.
pub(crate) struct Unread {
    pub(crate) said: String,
    pub(crate) code: u8,
}

impl Unread {
    /// Help and version that were asked for, or what is wrong with the arguments.
    pub(crate) fn of(error: &clap::Error, arguments: &[OsString], language: Language) -> Self {
        let mut plain = Cli::command();
        plain.build();
        Self::among(&plain, &super::commands(language), error, arguments, language)
    }

    /// As [`Self::of`], with the commands as they are read and as they are shown.
    pub(super) fn among(
        plain: &Command,
        shown: &Command,
        error: &clap::Error,
        arguments: &[OsString],
        language: Language,
    ) -> Self {
        let is_check =
            words(arguments).find(|word| !word.starts_with('-')).is_some_and(|word| word == "check");
        // What a plugin ends with that does not know: 2 would wake somebody up.
        let wrong = if is_check { UNKNOWN } else { 2 };
        let at = At { plain: path(plain, words(arguments)), shown: path(shown, words(arguments)), language };
        let page = || page(&at.shown, language, width(), is_plain());
        match error.kind() {
            ErrorKind::DisplayHelp => Self { said: page(), code: 0 },
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
                Self { said: page(), code: wrong }
            }
            ErrorKind::DisplayVersion => Self { said: error.to_string().trim_end().to_owned(), code: 0 },
            _ => Self { said: at.told(error), code: wrong },
        }
    }
}

/// Where it was, in the commands as they are read and as they are shown.
struct At<'a> {
    plain: Vec<&'a Command>,
    shown: Vec<&'a Command>,
    language: Language,
}

impl At<'_> {
    /// What is wrong, how the command is called, and where to read more.
    fn told(&self, error: &clap::Error) -> String {
        let mut lines = self.mistakes(error);
        let name = super::name(&self.shown);
        let meant = suggested(error);
        if !meant.is_empty() {
            lines.push(self.say(&texts::did_you_mean(&meant.join(", "))));
        }
        lines.push(format!("{}: {}", self.say(&texts::usage()), usage(&self.shown, self.language)));
        lines.push(self.say(&texts::see(&name)));
        format!("{name}: {}", lines.join("\n"))
    }

    fn say(&self, words: &Words) -> String {
        self.language.of(words).to_owned()
    }

    /// The lines of what is wrong; the first goes on behind the command's name.
    fn mistakes(&self, error: &clap::Error) -> Vec<String> {
        let first = |kind| all(error, kind).into_iter().next().unwrap_or_default();
        let argument = first(ContextKind::InvalidArg);
        let value = first(ContextKind::InvalidValue);
        match error.kind() {
            ErrorKind::MissingRequiredArgument => {
                let lacking = all(error, ContextKind::InvalidArg);
                let lines = lacking.iter().map(|argument| format!("  {}", self.with_help(argument)));
                std::iter::once(self.say(&texts::lacking())).chain(lines).collect()
            }
            ErrorKind::UnknownArgument if argument.starts_with('-') => {
                vec![self.say(&texts::no_option(&argument))]
            }
            ErrorKind::UnknownArgument => vec![self.say(&texts::one_too_many(&argument))],
            ErrorKind::InvalidSubcommand => {
                vec![self.say(&texts::no_command(&first(ContextKind::InvalidSubcommand)))]
            }
            ErrorKind::InvalidValue
            | ErrorKind::ValueValidation
            | ErrorKind::NoEquals
            | ErrorKind::TooFewValues
            | ErrorKind::WrongNumberOfValues
                if value.is_empty() =>
            {
                vec![
                    self.say(&texts::no_value(&self.named(&argument))),
                    format!("  {}", self.with_help(&argument)),
                ]
            }
            ErrorKind::InvalidValue | ErrorKind::ValueValidation | ErrorKind::TooManyValues => {
                let mut lines = vec![
                    self.say(&texts::not_taken(&self.named(&argument), &value)),
                    format!("  {}", self.with_help(&argument)),
                ];
                let values = all(error, ContextKind::ValidValue);
                if !values.is_empty() {
                    lines.push(format!("  {}", self.say(&texts::may_be(&values.join(", ")))));
                }
                if let Some(range) = range(error) {
                    lines.push(format!("  {}", self.say(&texts::within(&range))));
                }
                lines
            }
            ErrorKind::ArgumentConflict => {
                let others: Vec<String> =
                    all(error, ContextKind::PriorArg).iter().map(|other| self.named(other)).collect();
                let one = self.named(&argument);
                if others.contains(&one) || others.is_empty() {
                    vec![self.say(&texts::only_once(&one))]
                } else {
                    vec![self.say(&texts::not_together(&one, &others.join(", ")))]
                }
            }
            ErrorKind::InvalidUtf8 => vec![self.say(&texts::not_utf8())],
            _ => vec![self.say(&texts::not_read())],
        }
    }

    /// An argument as it is shown, from how the parser names it.
    fn find(&self, text: &str) -> Option<&Arg> {
        let is_it = |argument: &&Arg| argument.to_string() == text;
        let id = self.plain.last()?.get_arguments().find(is_it)?.get_id();
        self.shown.last()?.get_arguments().find(|argument| argument.get_id() == id)
    }

    fn named(&self, text: &str) -> String {
        self.find(text).map_or_else(|| text.to_owned(), option)
    }

    fn with_help(&self, text: &str) -> String {
        let Some(argument) = self.find(text) else { return text.to_owned() };
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let variable =
            argument.get_env().map(|name| self.say(&texts::from_variable(&name.to_string_lossy())));
        let variable = variable.map(|variable| format!(" [{variable}]")).unwrap_or_default();
        format!("{}: {help}{variable}", option(argument))
    }
}

/// What the parser says of something.
fn all(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(one)) => vec![one.clone()],
        Some(ContextValue::Strings(many)) => many.clone(),
        _ => Vec::new(),
    }
}

/// The range that a number is not in, as the parser writes it: `2000..=1000000`.
fn range(error: &clap::Error) -> Option<String> {
    let why = std::error::Error::source(error)?.to_string();
    Some(why.split_once(" is not in ")?.1.to_owned())
}

fn suggested(error: &clap::Error) -> Vec<String> {
    [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue]
        .into_iter()
        .flat_map(|kind| all(error, kind))
        .collect()
}
