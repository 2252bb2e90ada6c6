//! Copies of others' datasets that a node keeps in databases of its agency.

use std::path::PathBuf;

use connect::target::Target;
use model::fault::{Fault, Words};
use model::id::{ServiceId, SystemId};
use serde::{Deserialize, Serialize};

use crate::settings::{SystemSettings, secret};
use crate::texts;

/// A copy of another's dataset. It needs a grant that names `POST /sync`, and the key among its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopySettings {
    /// The dataset.
    pub service: ServiceId,
    /// The system of this node that the grant is for.
    pub client: SystemId,
    /// What for.
    pub purpose: String,
    /// The database: `postgres://user@host/database` or `sqlite:PATH`. Never with a password.
    pub target: String,
    /// The variable of the environment that holds its password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_env: Option<String>,
    /// The file that holds its password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// The table in it, which is made if it is not there.
    pub table: String,
    /// Between two questions, once the copy has all there is.
    #[serde(default = "default_copy_seconds")]
    pub every_seconds: u64,
    /// After so long the copy is read whole, so that what others have changed in it is found out.
    #[serde(default = "default_verify_seconds")]
    pub verify_seconds: u64,
}

impl CopySettings {
    /// How long a copy is believed to be what was written to it, unless it is said.
    pub const VERIFY_SECONDS: u64 = 24 * 3600;

    /// What the copy is called where its place is written down.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.service, self.table)
    }

    /// As it stands in `node.toml`.
    ///
    /// # Errors
    /// [`Fault::Internal`].
    pub fn told(&self) -> Result<String, Fault> {
        let copies = std::collections::BTreeMap::from([("copies", [self])]);
        toml::to_string(&copies).map_err(|error| Fault::Internal { why: error.to_string() })
    }

    /// Its database, to which nothing is connected yet.
    ///
    /// # Errors
    /// [`Fault::BadSettings`] if its address means none, or its password is not there.
    pub fn open(&self) -> Result<Target, Fault> {
        let bad = |why| Fault::bad_settings(format_args!("copies.{}", self.service), why);
        let password = secret(self.password_env.as_deref(), self.password_file.as_deref()).map_err(bad)?;
        Target::open(&self.target, password.as_deref()).map_err(bad)
    }
}

fn default_copy_seconds() -> u64 {
    60
}

fn default_verify_seconds() -> u64 {
    CopySettings::VERIFY_SECONDS
}

/// What is wrong in what is said of copies.
pub(super) fn mistakes(copies: &[CopySettings], systems: &[SystemSettings]) -> Vec<Words> {
    let mut mistakes = Vec::new();
    for copy in copies {
        let is_same = |other: &&CopySettings| other.target == copy.target && other.table == copy.table;
        if copies.iter().filter(is_same).count() > 1 {
            mistakes.push(texts::copy_twice(&copy.table, &copy.target));
        }
        if copy.password_env.is_some() && copy.password_file.is_some() {
            mistakes.push(texts::password_in_two_places(&copy.table));
        }
        if !(1..=86_400).contains(&copy.every_seconds) || copy.verify_seconds == 0 || copy.table.is_empty() {
            mistakes.push(texts::copy_limits(&copy.service));
        }
        if !systems.iter().any(|system| system.id == copy.client) {
            mistakes.push(texts::copy_of_no_system(&copy.service, &copy.client));
        }
    }
    mistakes
}
