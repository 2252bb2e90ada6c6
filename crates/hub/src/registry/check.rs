//! What all kinds ask of their texts, codes and names.

use model::agency::Name;
use model::fault::{Fault, Words};
use model::time::Validity;

use crate::registry::Subject;
use crate::store::Tx;
use crate::texts;

/// Longest text that people read, in characters.
const TEXT_MAX: usize = 1000;
/// Longest name of a thing, in bytes. A key of PostgreSQL holds 2,704, and that of what names what has two names.
const NAME_MAX_BYTES: usize = 1200;

/// What `subject` names must be in the registry.
pub(crate) async fn require<S: Subject>(tx: &mut Tx, subject: (&str, &str), name: &str) -> Result<S, Fault> {
    let found = S::load(tx, name).await?;
    found.ok_or_else(|| Fault::Dangling {
        subject: format!("{} {}", subject.0, subject.1),
        missing: format!("{} {}", S::KIND, name.chars().take(200).collect::<String>()),
    })
}

/// That there is no such thing.
pub(crate) fn not_there(kind: &str, name: &str) -> Fault {
    Fault::NotInRegistry { subject: format!("{kind} {}", name.chars().take(200).collect::<String>()) }
}

/// That what is said of `subject` cannot be.
pub(crate) fn contradictory(subject: (&str, &str), why: Words) -> Fault {
    let name: String = subject.1.chars().take(200).collect();
    Fault::Contradictory { subject: format!("{} {name}", subject.0), why }
}

/// Texts that people read: not empty, not endless, NFC, no control characters.
pub(crate) fn check_text(subject: (&str, &str), member: &str, text: &str) -> Result<(), Fault> {
    let why = if text.trim().is_empty() {
        texts::text_empty as fn(&str) -> Words
    } else if text.chars().count() > TEXT_MAX {
        texts::text_too_long
    } else if text.chars().any(char::is_control) {
        texts::text_control
    } else if text.chars().any(model::text::is_hidden) {
        texts::text_hidden
    } else if !model::text::is_nfc(text) {
        texts::text_not_nfc
    } else {
        return Ok(());
    };
    Err(contradictory(subject, why(member)))
}

/// Texts that may be absent.
pub(crate) fn check_texts<'a>(
    subject: (&str, &str),
    texts: impl IntoIterator<Item = (&'a str, Option<&'a String>)>,
) -> Result<(), Fault> {
    for (member, text) in texts {
        if let Some(text) = text {
            check_text(subject, member, text)?;
        }
    }
    Ok(())
}

/// The store's keys can hold it.
pub(crate) fn check_length(subject: (&str, &str)) -> Result<(), Fault> {
    if subject.1.len() <= NAME_MAX_BYTES {
        return Ok(());
    }
    Err(contradictory(subject, texts::identifier_too_long(NAME_MAX_BYTES)))
}

pub(crate) fn check_name(subject: (&str, &str), name: &Name) -> Result<(), Fault> {
    check_text(subject, "name.vi", &name.vi)?;
    check_text(subject, "name.en", &name.en)
}

/// Codes travel in headers and addresses: visible ASCII, no spaces, and nothing that stands for a place above.
pub(crate) fn check_code(subject: (&str, &str)) -> Result<(), Fault> {
    let code = subject.1;
    if code.is_empty()
        || code.len() > 100
        || code.bytes().all(|byte| byte == b'.')
        || !code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    {
        return Err(contradictory(subject, texts::code_form()));
    }
    Ok(())
}

/// A span must have a day in it.
pub(crate) fn check_validity(subject: (&str, &str), valid: Validity) -> Result<(), Fault> {
    match (valid.valid_from, valid.valid_to) {
        (Some(from), Some(to)) if from >= to => Err(contradictory(subject, texts::validity_empty())),
        _ => Ok(()),
    }
}
