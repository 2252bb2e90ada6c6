//! What all kinds ask of their texts, codes and names.

use model::agency::Name;
use model::fault::{Fault, Mistake, Mistakes, Words};
use model::time::Validity;
use serde_json::Value;

use crate::registry::Subject;
use crate::store::Tx;
use crate::texts;

/// Longest text that people read, in characters.
const TEXT_MAX: usize = 1000;
/// Longest name of a thing, in bytes. A key of PostgreSQL holds 2,704, and that of what names what has two names.
const NAME_MAX_BYTES: usize = 1200;

/// What is wrong with a thing, gathered: whoever handed it in is told all of it at once, each mistake at its place.
#[derive(Debug, Default)]
pub(crate) struct Gathered(Vec<Mistake>);

impl Gathered {
    /// Takes what a check of a place has come to: mistakes are kept, and what was found is handed on if there was none.
    ///
    /// # Errors
    /// What is no mistake in the thing: [`Fault::StoreFailed`], [`Fault::NoRight`] and the like end the checking.
    pub(crate) fn take<T>(&mut self, place: &str, outcome: Result<T, Fault>) -> Result<Option<T>, Fault> {
        match outcome {
            Ok(found) => return Ok(Some(found)),
            Err(Fault::Mistaken { mistakes }) => {
                let inside = mistakes.into_list().into_iter();
                self.0
                    .extend(inside.map(|mistake| Mistake { place: below(place, &mistake.place), ..mistake }));
            }
            Err(
                fault @ (Fault::Contradictory { .. } | Fault::Dangling { .. } | Fault::BadDocument { .. }),
            ) => {
                self.0.push(Mistake { place: place.to_owned(), fault });
            }
            Err(other) => return Err(other),
        }
        Ok(None)
    }

    /// Says that what stands in a place cannot be.
    pub(crate) fn wrong(&mut self, subject: (&str, &str), place: &str, why: Words) {
        self.0.push(Mistake { place: place.to_owned(), fault: contradictory(subject, why) });
    }

    /// That something is not as it must be, unless it is.
    pub(crate) fn must(
        &mut self,
        holds: bool,
        subject: (&str, &str),
        place: &str,
        why: impl FnOnce() -> Words,
    ) {
        if !holds {
            self.wrong(subject, place, why());
        }
    }

    /// Whether nothing was wrong so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Nothing, or all that is wrong.
    ///
    /// # Errors
    /// [`Fault::Mistaken`].
    pub(crate) fn done(self) -> Result<(), Fault> {
        if self.0.is_empty() { Ok(()) } else { Err(Fault::Mistaken { mistakes: Mistakes::new(self.0) }) }
    }
}

fn below(place: &str, inside: &str) -> String {
    match (place, inside) {
        ("", inside) => inside.to_owned(),
        (place, "") => place.to_owned(),
        (place, inside) => format!("{place}.{inside}"),
    }
}

/// Where in the members of a thing a text stands: `receivers.1`. Empty: nowhere.
pub(crate) fn place_of(members: &Value, text: &str) -> String {
    let within = |name: String, value: &Value| match value {
        Value::String(known) => (known == text).then_some(name),
        Value::Array(_) | Value::Object(_) => Some(place_of(value, text))
            .filter(|inside| !inside.is_empty())
            .map(|inside| below(&name, &inside)),
        _ => None,
    };
    let found = match members {
        // What it is called itself is no mistake of naming.
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "id" | "code"))
            .find_map(|(name, value)| within(name.clone(), value)),
        Value::Array(items) => items.iter().enumerate().find_map(|(at, value)| within(at.to_string(), value)),
        _ => None,
    };
    found.unwrap_or_default()
}

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

/// Texts that may be absent, all of them.
pub(crate) fn check_texts<'a>(
    subject: (&str, &str),
    texts: impl IntoIterator<Item = (&'a str, Option<&'a String>)>,
) -> Result<(), Fault> {
    let mut gathered = Gathered::default();
    for (member, text) in texts {
        if let Some(text) = text {
            gathered.take(member, check_text(subject, member, text))?;
        }
    }
    gathered.done()
}

/// The store's keys can hold it.
pub(crate) fn check_length(subject: (&str, &str)) -> Result<(), Fault> {
    if subject.1.len() <= NAME_MAX_BYTES {
        return Ok(());
    }
    Err(contradictory(subject, texts::identifier_too_long(NAME_MAX_BYTES)))
}

pub(crate) fn check_name(subject: (&str, &str), name: &Name) -> Result<(), Fault> {
    let mut gathered = Gathered::default();
    gathered.take("vi", check_text(subject, "name.vi", &name.vi))?;
    gathered.take("en", check_text(subject, "name.en", &name.en))?;
    gathered.done()
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
