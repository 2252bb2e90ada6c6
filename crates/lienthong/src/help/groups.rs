//! The commands by who uses them, in the order in which one meets them.

use model::words::Words;

use super::texts;

/// A group: what it is called, and its commands.
type Group = (fn() -> Words, &'static [&'static str]);

/// Every command stands in one of them.
pub(super) const GROUPS: &[Group] = &[
    (texts::to_begin, &["demo", "login", "logout", "whoami", "explain", "completions", "help"]),
    (
        texts::for_officers,
        &[
            "work",
            "overview",
            "brief",
            "notice",
            "search",
            "db",
            "duty",
            "task",
            "directive",
            "request",
            "grant",
            "suspension",
            "usage",
            "assess",
            "contract",
        ],
    ),
    (
        texts::for_the_registry,
        &[
            "agency",
            "system",
            "service",
            "purpose",
            "basis",
            "pack",
            "procedure",
            "scope",
            "reuse-pack",
            "term",
            "dictionary",
            "codelist",
            "crosswalk",
            "apply",
            "diff",
            "export",
            "seed",
        ],
    ),
    (texts::for_integrators, &["source", "sync", "quality", "defect", "reuse", "package", "case"]),
    (
        texts::for_operators,
        &["hub", "node", "user", "status", "doctor", "check", "directory", "incident", "maintenance"],
    ),
    (texts::for_auditors, &["audit", "ledger"]),
];
