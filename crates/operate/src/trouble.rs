//! Why something did not go as it was asked.

use http::StatusCode;
use model::fault::{Fault, Words};
use serde_json::Value;

/// Why a command did not do what it was told.
#[derive(Debug)]
pub enum Trouble {
    /// Something here.
    Fault(Fault),
    /// The hub said no.
    Hub {
        /// The answer's status code.
        status: StatusCode,
        /// All it said: problem details.
        problem: Value,
    },
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Trouble {
    /// The fault's code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Fault(fault) => fault.code(),
            Self::Hub { problem, .. } => said(problem, "title"),
        }
    }

    /// What happened and what to do, in Vietnamese and in English.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Fault(fault) => fault.words(),
            Self::Hub { problem, .. } => Words::new(said(problem, "detail_vi"), said(problem, "detail")),
        }
    }
}

fn said<'a>(problem: &'a Value, member: &str) -> &'a str {
    problem.get(member).and_then(Value::as_str).unwrap_or_default()
}
