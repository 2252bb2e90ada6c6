//! What a letter says: who is greeted, each notice with why and until when and where, and where letters are stopped. Plain text, in the
//! language that the person has chosen. It names things of the registry and no citizens: a notice never quotes what somebody has typed.

use jiff::civil::Date;
use model::words::Words;
use url::Url;

use super::Notice;
use super::setting::{CODE_MINUTES, Language};
use crate::texts;

/// Longest subject, in characters.
const SUBJECT_MAX: usize = 150;
/// The page of the settings.
pub(crate) const SETTINGS: &str = "/thong-bao/cach-nhan";
/// The page of all notices.
const PAGE: &str = "/thong-bao";

/// A letter, before it has an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) body: String,
    /// Where such letters are stopped.
    pub(crate) settings: String,
}

/// A letter of notices. `more`: how many it leaves out.
pub(crate) fn of_notices(
    person: &str,
    language: Language,
    (notices, more): (&[Notice], usize),
    hub: &Url,
) -> Letter {
    let said = |words: &Words| in_language(words, language);
    let mut parts = vec![said(&texts::letter_greeting(&one_line(person)))];
    for (number, notice) in notices.iter().enumerate() {
        let (what, why) = match language {
            Language::Vi => (&notice.vi, &notice.why_vi),
            Language::En => (&notice.en, &notice.why_en),
        };
        let mut lines = vec![format!("{}. {}", number + 1, one_line(what)), format!("   {why}")];
        if let Some(left) = &notice.time_left {
            let stands = if language == Language::Vi { &left.vi } else { &left.en };
            lines.push(format!("   {} ({stands})", said(&texts::letter_by(day(left.by, language)))));
        }
        lines.push(format!("   {}", at(hub, &notice.address)));
        parts.push(lines.join("\n"));
    }
    if more > 0 {
        parts.push(said(&texts::letter_more(more)));
    }
    let settings = at(hub, SETTINGS);
    parts.push(format!("-- \n{}", said(&texts::letter_foot(&at(hub, PAGE), &settings))));
    let subject = match notices {
        [only] if more == 0 => {
            texts::letter_subject(&one_line(if language == Language::Vi { &only.vi } else { &only.en }))
        }
        _ => texts::letter_many(notices.len() + more),
    };
    Letter { subject: short(&said(&subject)), body: parts.join("\n\n") + "\n", settings }
}

/// The letter that asks whether an address is theirs.
pub(crate) fn of_code(code: &str, language: Language, hub: &Url) -> Letter {
    let settings = at(hub, SETTINGS);
    Letter {
        subject: in_language(&texts::letter_code_subject(), language),
        body: in_language(&texts::letter_code(code, CODE_MINUTES, &settings), language) + "\n",
        settings,
    }
}

fn in_language(words: &Words, language: Language) -> String {
    if language == Language::Vi { words.vi() } else { words.en() }.to_owned()
}

fn at(hub: &Url, path: &str) -> String {
    hub.join(path).map_or_else(|_| path.to_owned(), |url| url.to_string())
}

fn day(day: Date, language: Language) -> String {
    day.strftime(if language == Language::Vi { "%d/%m/%Y" } else { "%d %b %Y" }).to_string()
}

/// On one line, whatever a name has in it: a line of a letter must be ours.
pub(crate) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .filter(|c| !model::text::is_hidden(*c))
        .collect()
}

fn short(text: &str) -> String {
    let text = one_line(text);
    if text.chars().count() <= SUBJECT_MAX {
        return text;
    }
    text.chars().take(SUBJECT_MAX - 1).chain(['…']).collect()
}
