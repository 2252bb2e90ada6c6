//! What all kinds ask of their texts, codes and names.

use model::agency::Name;
use model::fault::{Fault, Words};
use model::time::Validity;

use crate::registry::Subject;
use crate::store::Tx;

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
pub(crate) fn contradictory(subject: (&str, &str), vi: impl Into<String>, en: impl Into<String>) -> Fault {
    let name: String = subject.1.chars().take(200).collect();
    Fault::Contradictory { subject: format!("{} {name}", subject.0), why: Words::new(vi, en) }
}

/// Texts that people read: not empty, not endless, NFC, no control characters.
pub(crate) fn check_text(subject: (&str, &str), member: &str, text: &str) -> Result<(), Fault> {
    let (vi, en) = if text.trim().is_empty() {
        ("để trống", "is empty")
    } else if text.chars().count() > TEXT_MAX {
        ("dài quá 1000 ký tự", "is longer than 1000 characters")
    } else if text.chars().any(char::is_control) {
        ("có ký tự điều khiển", "holds control characters")
    } else if text.chars().any(model::text::is_hidden) {
        (
            "có ký tự ẩn hoặc ký tự đổi chiều chữ",
            "holds characters that nobody sees, or that turn the direction of text",
        )
    } else if !model::text::is_nfc(text) {
        ("không ở dạng NFC", "is not NFC text")
    } else {
        return Ok(());
    };
    Err(contradictory(subject, format!("{member} {vi}"), format!("{member} {en}")))
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
    Err(contradictory(
        subject,
        format!("mã dài quá {NAME_MAX_BYTES} byte"),
        format!("its identifier is longer than {NAME_MAX_BYTES} bytes"),
    ))
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
        return Err(contradictory(
            subject,
            "mã gồm 1 đến 100 chữ cái không dấu, chữ số, gạch nối, chấm, gạch dưới, không chỉ toàn dấu chấm",
            "its code is 1 to 100 letters a-z, digits, hyphens, dots and underscores, and not of dots only",
        ));
    }
    Ok(())
}

/// A span must have a day in it.
pub(crate) fn check_validity(subject: (&str, &str), valid: Validity) -> Result<(), Fault> {
    match (valid.valid_from, valid.valid_to) {
        (Some(from), Some(to)) if from >= to => Err(contradictory(
            subject,
            "valid_to phải sau valid_from: đó là ngày đầu tiên không còn giá trị",
            "valid_to must be after valid_from: it is the first day on which it no longer holds",
        )),
        _ => Ok(()),
    }
}
