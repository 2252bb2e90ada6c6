//! In which language the program speaks: one at a time, chosen once at its start.
//!
//! By `--lang`, by `LIENTHONG_LANG`, by the locale (the first of `LC_ALL`, `LC_MESSAGES`, `LANG` that is set decides, as POSIX has it), and
//! else Vietnamese. Whatever a program reads, as JSON, holds both languages whichever was chosen.

use std::ffi::OsString;
use std::sync::OnceLock;

use model::words::{Language, Words};

/// What the locale says, the strongest first.
const LOCALE: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

static CHOSEN: OnceLock<Language> = OnceLock::new();

/// From now on everything is said in this language.
pub(crate) fn begin(language: Language) {
    CHOSEN.get_or_init(|| language);
}

/// The language in which the program speaks.
pub(crate) fn chosen() -> Language {
    CHOSEN.get().copied().unwrap_or_default()
}

/// The language that arguments and environment ask for. It must be known before arguments are read: what is wrong with them is told in it.
pub(crate) fn asked(
    arguments: impl Iterator<Item = OsString>,
    variable: impl Fn(&str) -> Option<String>,
) -> Language {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    by_option(arguments)
        .or_else(|| set("LIENTHONG_LANG").and_then(|value| named(&value)))
        .or_else(|| LOCALE.into_iter().find_map(set).and_then(|value| named(&value)))
        .unwrap_or_default()
}

fn by_option(arguments: impl Iterator<Item = OsString>) -> Option<Language> {
    let mut words = arguments
        .map(|word| word.to_string_lossy().into_owned())
        .take_while(|word| word != "--")
        .skip_while(|word| !word.starts_with("--lang"));
    match words.next()?.strip_prefix("--lang")? {
        "" => named(&words.next()?),
        value => named(value.strip_prefix('=')?),
    }
}

/// The language of a name: `vi`, `en_GB.UTF-8`.
fn named(name: &str) -> Option<Language> {
    let language = name.split(['_', '-', '.', '@']).next().unwrap_or_default();
    [Language::Vi, Language::En].into_iter().find(|known| known.name().eq_ignore_ascii_case(language))
}

/// What is told in the language that was chosen.
pub(crate) trait Told {
    /// In that language.
    fn told(&self) -> String;
}

impl Told for Words {
    fn told(&self) -> String {
        chosen().of(self).to_owned()
    }
}

/// One language's half of a text in which both stand, `Vietnamese | English`, line by line; all of a line that is the same in both.
pub(crate) fn half(text: &str, language: Language) -> String {
    let lines = text.lines().map(|line| match (line.split_once(" | "), language) {
        (Some((vi, _)), Language::Vi) => vi,
        (Some((_, en)), Language::En) => en,
        (None, _) => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The order, over all that may be said in each place.
    #[test]
    fn the_option_counts_before_the_variable_the_variable_before_the_locale() {
        let said = [
            None,
            Some("vi"),
            Some("en"),
            Some("en_GB.UTF-8"),
            Some("vi_VN"),
            Some("fr_FR"),
            Some("C"),
            Some(""),
        ];
        let means = |said: Option<&str>| match said {
            Some("vi" | "vi_VN") => Some(Language::Vi),
            Some("en" | "en_GB.UTF-8") => Some(Language::En),
            _ => None,
        };
        for option in [None, Some("vi"), Some("en")] {
            for (own, all, messages, lang) in every_four(&said) {
                let variable = |name: &str| {
                    let value = match name {
                        "LIENTHONG_LANG" => own,
                        "LC_ALL" => all,
                        "LC_MESSAGES" => messages,
                        "LANG" => lang,
                        _ => None,
                    };
                    value.map(str::to_owned)
                };
                // Of the locale the first that is set decides, whatever it says.
                let locale = [all, messages, lang]
                    .into_iter()
                    .find(|value| value.is_some_and(|value| !value.is_empty()));
                let wanted = means(option).or(means(own)).or(means(locale.flatten())).unwrap_or(Language::Vi);
                let both = option
                    .map(|option| [format!("--lang={option}"), format!("--lang {option}")])
                    .unwrap_or_default();
                for line in both {
                    let words = format!("db list {line} -o json");
                    let words = words.split_whitespace().map(OsString::from);
                    assert_eq!(
                        asked(words, variable),
                        wanted,
                        "{option:?} {own:?} {all:?} {messages:?} {lang:?}"
                    );
                }
            }
        }
    }

    type Four<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>, Option<&'a str>);

    fn every_four<'a>(said: &[Option<&'a str>]) -> Vec<Four<'a>> {
        let mut all = Vec::new();
        for a in said {
            for b in said {
                for c in said {
                    all.extend(said.iter().map(|d| (*a, *b, *c, *d)));
                }
            }
        }
        all
    }

    proptest! {
        /// Whatever stands on the line, there is a language.
        #[test]
        fn whatever_is_asked_there_is_a_language(words in proptest::collection::vec("(--lang)?=?[a-z-]{0,4}", 0..6)) {
            let _ = asked(words.into_iter().map(OsString::from), |_| None);
        }
    }

    #[test]
    fn what_follows_two_dashes_is_no_option() {
        let asked = |line: &str| asked(line.split_whitespace().map(OsString::from), |_| None);
        assert_eq!(asked("search -- --lang en"), Language::Vi);
        assert_eq!(asked("--lang"), Language::Vi);
        assert_eq!(asked("--language en"), Language::Vi);
    }

    #[test]
    fn a_half_is_one_language() {
        assert_eq!(half("một | one\nhai | two", Language::En), "one\ntwo");
        assert_eq!(half("một | one", Language::Vi), "một");
        assert_eq!(half("JSON", Language::En), "JSON");
    }
}
