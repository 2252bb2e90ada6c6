//! How something was found: how bad that is, what it is, and what to do next.

use model::fault::{Fault, Words};

/// How bad it is, by Nagios' four words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// All is well.
    Ok,
    /// Somebody should look, soon.
    Warning,
    /// Somebody must look now.
    Critical,
    /// It could not be found out.
    Unknown,
}

impl Level {
    /// As Nagios says it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// What is reported of a value that is bad above (or, `low`, below) a bound.
    #[must_use]
    pub fn of(value: f64, warning: f64, critical: f64, low: bool) -> Self {
        let passes = |bound: f64| if low { value < bound } else { value > bound };
        match (passes(critical), passes(warning)) {
            (true, _) => Self::Critical,
            (_, true) => Self::Warning,
            _ => Self::Ok,
        }
    }
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What was looked at, a word for programs: `clock`, `disk`.
    pub about: &'static str,
    /// What was found.
    pub said: Words,
    /// What to do next, if there is something to do.
    pub next: Option<Words>,
}

impl Finding {
    /// All is well with it.
    pub(crate) fn ok(about: &'static str, said: Words) -> Self {
        Self { level: Level::Ok, about, said, next: None }
    }

    /// All is not.
    pub(crate) fn bad(level: Level, about: &'static str, said: Words, next: Words) -> Self {
        Self { level, about, said, next: Some(next) }
    }

    /// What a fault says, which names what to do itself.
    pub(crate) fn fault(about: &'static str, fault: &Fault) -> Self {
        let words = fault.words();
        let said = Words::new(
            format!("{} {}", fault.code(), words.vi()),
            format!("{} {}", fault.code(), words.en()),
        );
        Self { level: Level::Critical, about, said, next: None }
    }
}
