//! Whoever is signed in: what stands on every route that is not open, and in every audit context.

use std::net::SocketAddr;

use model::fault::{Fault, Words};
use model::id::MemberId;
use serde::{Deserialize, Serialize};

use crate::audit::right::{Right, Role};
use crate::texts;

/// An officer who was recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Officer {
    /// The name of their account, as it stands in the audit trail.
    pub name: String,
    /// The agency whose things they may change; none: an officer of the hub.
    pub agency: Option<MemberId>,
    /// What they are there for.
    pub roles: Vec<Role>,
    /// Where the request came from, for the audit trail (rule SEC-03).
    #[serde(skip)]
    pub origin: Option<Origin>,
}

/// Where a request came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The type of the account.
    pub account: AccountType,
    /// Address and port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<SocketAddr>,
    /// The program, as it calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

/// Types of accounts (rule SEC-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountType {
    /// Quản trị: a person who administers.
    Admin,
    /// Nghiệp vụ: a person who works with the registry.
    Operator,
    /// Kỹ thuật: a person who works on systems.
    Technical,
    /// Dịch vụ: a program; it has tokens and no password.
    Service,
}

impl Officer {
    /// For what happens without an officer: no rights at all.
    #[must_use]
    pub fn nobody(name: &str) -> Self {
        Self { name: name.to_owned(), agency: None, roles: Vec::new(), origin: None }
    }

    /// Whether one of their roles has a right.
    #[must_use]
    pub fn may(&self, right: Right) -> bool {
        self.roles.iter().any(|role| role.rights().contains(&right))
    }

    /// Whether one of their roles has a right.
    ///
    /// # Errors
    /// [`Fault::NoRight`].
    pub fn must(&self, right: Right) -> Result<(), Fault> {
        if self.may(right) {
            return Ok(());
        }
        Err(Fault::NoRight { officer: self.name.clone(), right: right.words() })
    }

    /// Whether they are an officer of the hub.
    ///
    /// # Errors
    /// [`Fault::NotTheirs`].
    pub fn of_the_hub(&self) -> Result<(), Fault> {
        match &self.agency {
            None => Ok(()),
            Some(agency) => {
                Err(Fault::NotTheirs { subject: texts::hubs_own(), agency: Words::quoted(agency) })
            }
        }
    }
}
