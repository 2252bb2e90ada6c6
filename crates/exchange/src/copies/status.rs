//! How a copy stands, as its node writes it down for whoever looks. Nothing of its records is in it.

use std::path::Path;

use jiff::Timestamp;
use model::agency::Name;
use model::fault::{Fault, Words};
use model::id::{NodeId, ServiceId};
use serde::{Deserialize, Serialize};

use crate::folder::file_failed;
use crate::settings::CopySettings;

/// How a copy stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyStatus {
    /// The dataset.
    pub service: ServiceId,
    /// The copy's table.
    pub table: String,
    /// The node that it asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeId>,
    /// What it is about.
    pub state: CopyState,
    /// It is what its source was then: all that came until that time is in it, and both sides' sums were equal since. None: not known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_until: Option<String>,
    /// When it asked last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
    /// Records that its database refuses: they stand there as they were before.
    #[serde(default)]
    pub held_records: usize,
    /// Why it stands still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Name>,
}

/// What a copy is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyState {
    /// It has not been answered yet, or its provider is reading its source for the first time.
    Waiting,
    /// It is being made.
    Copying,
    /// It has all that its provider has told.
    Live,
    /// What it has otherwise than its provider is being found out and fetched.
    Comparing,
    /// Something is in the way; it is tried again.
    Standing,
}

impl CopyStatus {
    pub(super) fn new(settings: &CopySettings) -> Self {
        Self {
            service: settings.service.clone(),
            table: settings.table.clone(),
            node: None,
            state: CopyState::Waiting,
            verified_until: None,
            asked_at: None,
            held_records: 0,
            trouble: None,
        }
    }

    /// As it was written; a copy of which nothing was written waits.
    pub(super) fn read(folder: &Path, settings: &CopySettings) -> Result<Self, Fault> {
        let path = folder.join("status.json");
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| file_failed(&path, &error.into())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::new(settings)),
            Err(error) => Err(file_failed(&path, &error)),
        }
    }

    pub(super) fn write(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let text = serde_json::to_vec(self)?;
        trust::file::replace(&folder.join("status.json"), &text)
    }

    /// Notes what is in the way.
    pub(super) fn stand_still(&mut self, why: &Words) {
        self.state = CopyState::Standing;
        self.trouble = Some(Name { vi: why.vi().to_owned(), en: why.en().to_owned() });
    }
}
