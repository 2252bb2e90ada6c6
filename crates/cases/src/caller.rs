//! Who asks a node for cases: the office's one-stop system, an officer, or a citizen for their own.
//!
//! A system shows its token, as at the client edge. Officers and citizens are put among a request's extensions by whatever signed them in;
//! nothing that comes with a request from outside gets there.

use std::collections::BTreeSet;

use jiff::civil::Date;
use model::case::By;
use model::fault::Fault;
use model::id::SystemId;
use model::words::Words;
use serde::{Deserialize, Serialize};

use crate::texts;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// The office's one-stop system.
    System(SystemId),
    /// An officer of the office.
    Officer(Officer),
    /// A citizen, for their own cases.
    Citizen(Citizen),
}

/// An officer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officer {
    /// The pseudonym by which ledgers know them: `X-Road-UserId`.
    pub account: String,
    /// Their unit.
    pub unit: String,
    /// What they may do.
    pub rights: BTreeSet<Right>,
}

/// What an officer may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Look at cases.
    Look,
    /// Open them, ask for papers, correct.
    Work,
    /// Decide: which value counts, and the case.
    Decide,
}

/// A citizen who has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citizen {
    /// Their number.
    pub number: String,
    /// Their name, if the token says.
    pub name: Option<String>,
    /// Their day of birth, if the token says.
    pub born: Option<Date>,
    /// The level at which they have shown who they are, 0 to 4.
    pub level: u8,
}

impl Caller {
    /// As a case remembers it.
    #[must_use]
    pub fn by(&self) -> By {
        match self {
            Self::System(_) => By::System,
            Self::Officer(_) => By::Officer,
            Self::Citizen(_) => By::Citizen,
        }
    }

    /// `X-Road-UserId` of what is asked for them: never a person's number.
    #[must_use]
    pub(crate) fn user(&self) -> String {
        match self {
            Self::System(_) => "robot".to_owned(),
            Self::Officer(officer) => officer.account.clone(),
            Self::Citizen(_) => "person".to_owned(),
        }
    }

    /// Under which name keys of commands are kept.
    #[must_use]
    pub(crate) fn name(&self) -> String {
        match self {
            Self::System(id) => id.to_string(),
            Self::Officer(officer) => format!("officer {}", officer.account),
            Self::Citizen(citizen) => format!("citizen {}", citizen.number),
        }
    }

    /// An officer's right; a system has those of an officer who works, and a citizen none.
    ///
    /// # Errors
    /// [`Fault::NotInCase`], which says what is not allowed.
    pub(crate) fn may(&self, right: Right, what: Words) -> Result<(), Fault> {
        let allowed = match self {
            Self::System(_) => true,
            Self::Officer(officer) => officer.rights.contains(&right),
            Self::Citizen(_) => false,
        };
        if allowed { Ok(()) } else { Err(Fault::NotInCase { what }) }
    }

    /// Whether they may change a case that they can see.
    pub(crate) fn may_work(&self) -> Result<(), Fault> {
        match self {
            Self::Citizen(_) => Ok(()),
            Self::System(_) | Self::Officer(_) => self.may(Right::Work, texts::may_work()),
        }
    }
}
