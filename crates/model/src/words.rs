//! What people are told, always in Vietnamese and in English: [`Words`], and `texts!`, by which each crate has its texts in a table.

use std::borrow::Cow;
use std::fmt::Display;

use serde::Serialize;

/// A language that people are spoken to in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}

impl Language {
    /// A text in that language.
    #[must_use]
    pub fn of(self, words: &Words) -> &str {
        match self {
            Self::Vi => words.vi(),
            Self::En => words.en(),
        }
    }

    /// Its name, as HTML, addresses and options have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }
}

/// A text in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Words {
    vi: Cow<'static, str>,
    en: Cow<'static, str>,
}

impl Words {
    /// In Vietnamese and in English, as some other place has them. A text of ours stands in a table: `texts!`.
    pub fn new(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { vi: Cow::Owned(vi.into()), en: Cow::Owned(en.into()) }
    }

    /// A text that holds no values.
    #[must_use]
    pub const fn fixed(vi: &'static str, en: &'static str) -> Self {
        Self { vi: Cow::Borrowed(vi), en: Cow::Borrowed(en) }
    }

    /// What others say in one language only: libraries, systems, other nodes.
    pub fn quoted(text: impl Display) -> Self {
        let text = text.to_string();
        Self { vi: text.clone().into(), en: text.into() }
    }

    /// Both, Vietnamese first; once, if they are the same.
    #[must_use]
    pub fn both(&self) -> String {
        if self.vi == self.en { self.vi.clone().into_owned() } else { format!("{} | {}", self.vi, self.en) }
    }

    /// In Vietnamese.
    #[must_use]
    pub fn vi(&self) -> &str {
        &self.vi
    }

    /// In English.
    #[must_use]
    pub fn en(&self) -> &str {
        &self.en
    }

    /// Several, one after another.
    #[must_use]
    pub fn joined(list: &[Self], between: &str) -> Self {
        let of = |one: fn(&Self) -> &str| list.iter().map(one).collect::<Vec<_>>().join(between);
        Self { vi: of(Self::vi).into(), en: of(Self::en).into() }
    }
}

/// A value as it stands in a text of either language.
pub trait Spoken {
    /// How it is written.
    type Said: Display + ?Sized;

    /// In Vietnamese.
    fn in_vi(&self) -> &Self::Said;

    /// In English.
    fn in_en(&self) -> &Self::Said;
}

impl<T: Display + ?Sized> Spoken for T {
    type Said = T;

    fn in_vi(&self) -> &T {
        self
    }

    fn in_en(&self) -> &T {
        self
    }
}

impl Spoken for Words {
    type Said = str;

    fn in_vi(&self) -> &str {
        &self.vi
    }

    fn in_en(&self) -> &str {
        &self.en
    }
}

/// A crate's texts for people, each with a name, in both languages:
///
/// ```
/// mod texts {
///     model::texts! {
///         no_body = "không có thân" | "there is no body";
///         host_twice(name: &str) = "{name} đứng hai lần" | "{name} stands twice";
///     }
/// }
/// assert_eq!(texts::host_twice("a.vn").both(), "a.vn đứng hai lần | a.vn stands twice");
/// ```
///
/// Each becomes a function that gives [`Words`]. What stands in braces is an argument, of any type that can be printed, or [`Words`],
/// of which either language takes its own. The compiler finds a text that nobody uses, and an argument that is missing in one of the
/// languages; a test that the table brings along finds the rest.
#[macro_export]
macro_rules! texts {
    ($($(#[$about:meta])* $name:ident $(($($value:ident: $type:ty),+ $(,)?))? = $vi:literal | $en:literal;)+) => {
        $($crate::text!($(#[$about])* $name $(($($value: $type),+))? = $vi | $en);)+

        #[cfg(test)]
        #[test]
        fn every_text_is_said_in_both_languages() {
            $crate::words::check(&[$((stringify!($name), $vi, $en)),+]);
        }
    };
}

/// One text of a table.
#[doc(hidden)]
#[macro_export]
macro_rules! text {
    ($(#[$about:meta])* $name:ident = $vi:literal | $en:literal) => {
        $(#[$about])*
        pub(crate) const fn $name() -> $crate::words::Words {
            $crate::words::Words::fixed($vi, $en)
        }
    };
    ($(#[$about:meta])* $name:ident ($($value:ident: $type:ty),+) = $vi:literal | $en:literal) => {
        $(#[$about])*
        pub(crate) fn $name($($value: $type),+) -> $crate::words::Words {
            use $crate::words::Spoken as _;
            let vi = { $(let $value = $value.in_vi();)+ format!($vi) };
            let en = { $(let $value = $value.in_en();)+ format!($en) };
            $crate::words::Words::new(vi, en)
        }
    };
}

/// What the test of a table asks of each text: name, Vietnamese, English.
#[doc(hidden)]
pub fn check(texts: &[(&str, &str, &str)]) {
    let is_vietnamese =
        |text: &str| text.chars().any(|c| matches!(c, '\u{c0}'..='\u{1b0}' | '\u{1ea0}'..='\u{1ef9}'));
    for (name, vi, en) in texts {
        assert!(!vi.trim().is_empty() && !en.trim().is_empty(), "{name} is said in one language only");
        assert!(crate::text::is_nfc(vi), "{name} is not in NFC");
        assert!(is_vietnamese(vi) || !is_vietnamese(en), "{name}: Vietnamese comes first");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    mod table {
        use crate::words::Words;

        texts! {
            /// No values.
            plain = "trống" | "empty";
            counted(what: &Words, count: usize, name: &str) =
                "{what}: {count} mục, {name:?}" | "{name:?} has {count} entries: {what}";
        }
    }

    #[test]
    fn each_language_takes_its_own_words() {
        assert_eq!(table::plain(), Words::new("trống", "empty"));
        let told = table::counted(&table::plain(), 3, "a");
        assert_eq!((told.vi(), told.en()), ("trống: 3 mục, \"a\"", "\"a\" has 3 entries: empty"));
        assert_eq!(Words::quoted(3).both(), "3");
        assert_eq!(Words::joined(&[table::plain(), Words::quoted(1)], ", ").both(), "trống, 1 | empty, 1");
    }

    #[test]
    fn a_table_with_a_mistake_is_found() {
        let check = |vi: &'static str, en: &'static str| {
            std::panic::catch_unwind(|| super::check(&[("name", vi, en)])).is_err()
        };
        assert!(!check("trống", "empty"));
        assert!(check("", "empty") && check("trống", " "));
        assert!(check("tro\u{302}\u{301}ng", "empty"), "not composed");
        assert!(check("empty", "trống"), "the wrong way round");
    }
}
