//! Words and signs of a condition.

use crate::expression::{BYTES_MAX, ExpressionError};
use crate::texts;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(String),
    /// A name that stands in double quotes is a field, whatever it is called.
    Field(String),
    /// Any other name: a field, a word of the language or a function.
    Word(String),
    Sign(&'static str),
    End,
}

/// A token and the character at which it begins.
pub(super) type Placed = (usize, Token);

const SIGNS: [&str; 14] = ["<=", ">=", "<>", "!=", "=", "<", ">", "+", "-", "*", "/", "(", ")", ","];

pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, ExpressionError> {
    if text.len() > BYTES_MAX {
        return Err(ExpressionError { at: 1, why: texts::condition_too_long(BYTES_MAX) });
    }
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at).copied() {
        let place = at + 1;
        let from = |more: usize| chars.iter().skip(at + more).copied();
        if c.is_whitespace() {
            at += 1;
        } else if c.is_ascii_digit() {
            let digits: String = from(0).take_while(|c| c.is_ascii_digit() || *c == '.').collect();
            at += digits.len();
            let number =
                digits.parse().ok().filter(|number: &f64| number.is_finite() && !digits.ends_with('.'));
            let number =
                number.ok_or_else(|| ExpressionError { at: place, why: texts::number_not_read(&digits) })?;
            found.push((place, Token::Number(number)));
        } else if c == '\'' || c == '"' {
            let (inner, length) = quoted(&chars, at, c)
                .ok_or_else(|| ExpressionError { at: place, why: texts::quote_not_closed() })?;
            at += length;
            found.push((place, if c == '"' { Token::Field(inner) } else { Token::Text(inner) }));
        } else if c.is_alphabetic() || c == '_' {
            let word: String = from(0).take_while(|c| c.is_alphanumeric() || "_.".contains(*c)).collect();
            at += word.chars().count();
            found.push((place, Token::Word(word)));
        } else {
            let two: String = from(0).take(2).collect();
            let sign = SIGNS.iter().find(|sign| two.starts_with(**sign));
            let sign = sign.ok_or_else(|| ExpressionError { at: place, why: texts::sign_unknown(c) })?;
            at += sign.len();
            found.push((place, Token::Sign(sign)));
        }
    }
    found.push((chars.len() + 1, Token::End));
    Ok(found)
}

/// What stands between quotes; a quote within is written twice. With the characters it takes.
fn quoted(chars: &[char], start: usize, quote: char) -> Option<(String, usize)> {
    let mut inner = String::new();
    let mut at = start + 1;
    loop {
        let c = *chars.get(at)?;
        if c != quote {
            inner.push(c);
            at += 1;
        } else if chars.get(at + 1) == Some(&quote) {
            inner.push(quote);
            at += 2;
        } else {
            return Some((inner, at + 1 - start));
        }
    }
}
