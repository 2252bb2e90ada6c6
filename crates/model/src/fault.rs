//! Everything that can go wrong in a way that a person meets: one list, from which come the error bodies of the client
//! edge and the hub, the texts of the command line, and the pages in `docs/errors/`.
//!
//! A fault says what happened, to what, and what to do, in Vietnamese and in English. Its code never changes its meaning.

use jiff::civil::Date;
use serde::Serialize;

use crate::texts;
pub use crate::words::Words;

/// Whose doing a fault is; decides the first part of X-Road's fault type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The caller sent something that can't be right.
    Caller,
    /// A rule says no, or one of the nodes, the network or a database failed.
    Other,
}

/// What a call comes to that ends with a fault. A fault that is right as it is, a refusal by rule above all, is no outage: figures, rates and
/// colours tell them apart by this and by nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The call itself was wrong, or whoever made it gave it up.
    Mistake,
    /// A rule says no: no grant, another purpose, too fast, not who it says it is.
    Rule,
    /// It was looked for, and there is no such thing.
    Nothing,
    /// A node, the network, a service or a store failed.
    Outage,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Mistake, Self::Rule, Self::Nothing, Self::Outage];

    /// What it is called.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Mistake => texts::class_mistake(),
            Self::Rule => texts::class_rule(),
            Self::Nothing => texts::class_nothing(),
            Self::Outage => texts::class_outage(),
        }
    }
}

/// At which end of an exchange a fault arose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// At the consumer's node.
    Consumer,
    /// At the provider's node.
    Provider,
}

/// A fault's row in the list, for the pages and their test.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// `LT-2104`.
    pub code: &'static str,
    /// Name of the variant.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// X-Road's code.
    pub xroad: &'static str,
    /// What a call comes to that ends with it.
    pub class: Class,
    /// Vietnamese: what happened, what to do. `{}` stand for values.
    pub vi: [&'static str; 2],
    /// English: what happened, what to do.
    pub en: [&'static str; 2],
}

macro_rules! faults {
    ($(
        #[doc = $about:literal]
        $name:ident { $($field:ident: $type:ty),* } $code:literal $xroad:literal $blame:ident $class:ident
        vi: $vi:literal $vi_do:literal
        en: $en:literal $en_do:literal
    )*) => {
        /// Something that went wrong.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the texts beside the variants say what each value is")]
        pub enum Fault {
            $(#[doc = $about] $name { $($field: $type),* },)*
        }

        /// A fault without its values: what is known of one that another node tells of.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind {
            $(#[doc = $about] $name,)*
        }

        impl Kind {
            /// The kind with this code.
            #[must_use]
            pub fn of(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
        }

        impl Class {
            /// The class of the fault with this code.
            #[must_use]
            pub fn of(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$class),)* _ => None }
            }
        }

        /// The whole list, in order of code.
        pub const ROWS: &[Row] = &[$(Row {
            code: $code, name: stringify!($name), about: $about, xroad: $xroad, class: Class::$class,
            vi: [$vi, $vi_do], en: [$en, $en_do],
        },)*];

        impl Fault {
            /// Its stable code, `LT-2104`.
            #[must_use]
            pub fn code(&self) -> &'static str {
                match self { $(Self::$name { .. } => $code,)* }
            }

            /// X-Road's code for the like, `access_denied`.
            #[must_use]
            pub fn xroad(&self) -> &'static str {
                match self { $(Self::$name { .. } => $xroad,)* }
            }

            /// Whose doing it is.
            #[must_use]
            pub fn blame(&self) -> Blame {
                match self { $(Self::$name { .. } => Blame::$blame,)* }
            }

            /// What happened and what to do.
            #[must_use]
            pub fn words(&self) -> Words {
                Words::new(self.vi(), self.en())
            }

            /// The same in Vietnamese.
            #[must_use]
            pub fn vi(&self) -> String {
                match self { $(Self::$name { $($field),* } => { $(let $field = $field.in_vi(); let _ = $field;)* format!("{} {}", format_args!($vi), $vi_do) })* }
            }

            /// The same in English.
            #[must_use]
            pub fn en(&self) -> String {
                match self { $(Self::$name { $($field),* } => { $(let $field = $field.in_en(); let _ = $field;)* format!("{} {}", format_args!($en), $en_do) })* }
            }
        }
    };
}

mod list;

pub use list::{Fault, Kind, ROWS};

impl Fault {
    /// X-Road's fault type, `server.serverproxy.access_denied`.
    #[must_use]
    pub fn xroad_type(&self, origin: Origin) -> String {
        let prefix = match (origin, self.blame()) {
            (Origin::Consumer, Blame::Caller) => "client",
            (Origin::Consumer, Blame::Other) => "server.clientproxy",
            (Origin::Provider, _) => "server.serverproxy",
        };
        format!("{prefix}.{}", self.xroad())
    }

    /// Both languages in one line, Vietnamese first: what an error body's `message` holds.
    #[must_use]
    pub fn message(&self) -> String {
        format!("{} {} | {}", self.code(), self.vi(), self.en())
    }

    /// [`Fault::BadSettings`] in a file or a member of one.
    #[must_use]
    pub fn bad_settings(place: impl std::fmt::Display, why: Words) -> Self {
        Self::BadSettings { place: place.to_string(), why }
    }

    /// [`Fault::GrantNotValid`] with its days as people write them.
    #[must_use]
    pub fn grant_not_valid(grant: &str, valid: crate::time::Validity) -> Self {
        let day = |date: Option<Date>| {
            date.map_or_else(|| "…".to_owned(), |date| date.strftime("%d/%m/%Y").to_string())
        };
        Self::GrantNotValid { grant: grant.to_owned(), from: day(valid.valid_from), to: day(valid.valid_to) }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.code(), self.en())
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_ordered_and_said_in_both_languages() {
        assert!(ROWS.is_sorted_by(|a, b| a.code < b.code));
        for row in ROWS {
            assert!(row.code.len() == 7 && row.code.starts_with("LT-"), "{}", row.code);
            assert_ne!(row.vi, row.en, "{}", row.code);
            for text in row.vi.iter().chain(&row.en) {
                let text = text.trim();
                assert!(text.ends_with('.'), "{}: {text:?} ends as a sentence", row.code);
            }
        }
    }

    #[test]
    fn a_fault_says_what_and_what_to_do_in_both_languages() {
        let fault = Fault::NoGrant {
            client: "VN/LOC/H05/mot-cua".parse().unwrap(),
            service: "VN/GOV/G01/dan-cu/nguoi".parse().unwrap(),
        };
        assert_eq!(
            fault.message(),
            "LT-2104 Hệ thống VN/LOC/H05/mot-cua chưa được cấp quyền dùng VN/GOV/G01/dan-cu/nguoi. Gửi đề nghị cấp quyền tới cơ quan chủ quản của dịch vụ. \
             | System VN/LOC/H05/mot-cua holds no grant for VN/GOV/G01/dan-cu/nguoi. Ask the agency that owns the service for one."
        );
        assert_eq!(fault.xroad_type(Origin::Provider), "server.serverproxy.access_denied");
        assert_eq!(
            Fault::MissingHeader { header: "X-Road-Client" }.xroad_type(Origin::Consumer),
            "client.missing_header"
        );
    }

    /// `docs/errors/` has one page per code. Run with `LIENTHONG_WRITE=1` to write them anew.
    #[test]
    fn every_code_has_its_page() {
        let folder = "../../docs/errors";
        #[expect(clippy::disallowed_methods, reason = "a switch of this test, not a setting")]
        let write = std::env::var("LIENTHONG_WRITE").is_ok();
        for row in ROWS {
            let path = format!("{folder}/{}.md", row.code);
            let page = format!(
                "# {} {}\n\n{}\n\n## Tiếng Việt\n\n{}\n\n**Làm gì:** {}\n\n## English\n\n{}\n\n**What to do:** {}\n\n---\n\n\
                 Trong số liệu: {}. In figures: {}.\n\nX-Road: `{}`. \
                 Values in braces are filled in. This page is made from `crates/model/src/fault/list.rs`.\n",
                row.code,
                row.name,
                row.about.trim(),
                row.vi[0],
                row.vi[1],
                row.en[0],
                row.en[1],
                row.class.words().vi(),
                row.class.words().en(),
                row.xroad
            );
            if write {
                std::fs::write(&path, &page).unwrap();
            }
            assert_eq!(
                std::fs::read_to_string(&path).unwrap_or_default(),
                page,
                "{path}: run this test with LIENTHONG_WRITE=1"
            );
        }
        let pages = std::fs::read_dir(folder)
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("LT-"))
            .count();
        assert_eq!(pages, ROWS.len(), "a page without a code");
    }
}
