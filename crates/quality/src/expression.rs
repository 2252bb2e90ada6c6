//! Conditions that owners write: a small total language. It has numbers, texts, days and truths, no loops and no calls of its own making,
//! so each condition ends; and what cannot be computed, a division by zero, a number out of all bounds, is null.
//!
//! ```text
//! ngay_cap >= ngay_sinh and length(so) in (9, 12)
//! not (trang_thai = '9') or ngay_mat is not null
//! dien_thoai matches '0[0-9]{9}' and ngay_cap between date '2016-01-01' and today
//! ```
//!
//! Null is as in SQL: a comparison with it is neither true nor false, and a condition that comes to that judges nothing.

mod eval;
mod parse;
mod token;
mod typed;

use std::borrow::Cow;
use std::collections::BTreeSet;

use model::words::Words;

pub use eval::{Columns, Lane};
pub(crate) use typed::{search, whole as pattern};

use typed::Node;

/// Longest condition, in bytes.
pub const BYTES_MAX: usize = 4096;
/// Deepest nesting.
const DEPTH_MAX: usize = 32;
/// Most parts of one condition.
const NODES_MAX: usize = 500;

/// What values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A number.
    Number,
    /// A text.
    Text,
    /// A day.
    Day,
    /// True or false.
    Truth,
}

/// Why a text is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("character {at}: {}", .why.en())]
pub struct ExpressionError {
    /// The character it is about, counted from 1.
    pub at: usize,
    /// Why, and what to write.
    pub why: Words,
}

/// A condition that was read and whose types fit.
#[derive(Debug, Clone)]
pub struct Program {
    text: String,
    root: Node,
    fields: BTreeSet<String>,
}

impl Program {
    /// Reads a condition over fields whose types are known.
    ///
    /// # Errors
    /// [`ExpressionError`], with its place.
    pub fn read(text: &str, field: &dyn Fn(&str) -> Option<Type>) -> Result<Self, ExpressionError> {
        let tokens = token::tokens(text)?;
        let tree = parse::parse(&tokens, text)?;
        let mut fields = BTreeSet::new();
        let (root, kind) = typed::typed(&tree, field, &mut fields)?;
        match kind {
            None | Some(Type::Truth) => Ok(Self { text: text.to_owned(), root, fields }),
            Some(_) => Err(ExpressionError { at: 1, why: crate::texts::no_condition() }),
        }
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether what it comes to depends on the day at which it is asked.
    pub(crate) fn asks_the_day(&self) -> bool {
        // It was read before; a field that is called so stands in double quotes.
        let is_today = |token: &token::Token| matches!(token, token::Token::Word(word) if word.eq_ignore_ascii_case("today"));
        token::tokens(&self.text).is_ok_and(|tokens| tokens.iter().any(|(_, token)| is_today(token)))
    }

    /// The fields that it names.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(String::as_str)
    }

    /// What it comes to for each of so many rows. `today` is a day since 1970-01-01.
    #[must_use]
    pub fn truths<'a>(&'a self, columns: &'a dyn Columns, rows: usize, today: i32) -> Vec<Option<bool>> {
        match eval::eval(&self.root, columns, rows, today) {
            Cow::Owned(Lane::Truths(truths)) => truths,
            Cow::Borrowed(Lane::Truths(truths)) => truths.clone(),
            _ => vec![None; rows],
        }
    }
}

#[cfg(test)]
mod tests;
