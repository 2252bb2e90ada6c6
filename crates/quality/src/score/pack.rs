//! Rule packs of scores: weights and bands as data, in versions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::agency::Name;
use model::text::tone::Placement;
use serde::Deserialize;

use crate::rule::placeholder::Placeholders;
use crate::rule::{Criterion, Severity};
use crate::score::Band;

/// Largest pack, in bytes.
const BYTES_MAX: usize = 256 * 1024;

/// How scores are made.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulePack {
    kind: String,
    /// Its id and version: `chat-luong@1`.
    pub id: String,
    /// In both languages.
    pub name: Name,
    /// Where it comes from, in both languages.
    pub source: Name,
    /// Whether that is known second-hand only. Never to be shown as official then.
    #[serde(default)]
    pub second_hand: bool,
    /// Bounds of the bands.
    pub bands: Bands,
    /// What each criterion weighs in the mean; those that are absent weigh nothing.
    pub criteria: BTreeMap<Criterion, f64>,
    /// What rules weigh.
    pub severities: Weights,
    /// What a field weighs that identifies persons, enterprises or units, beside others' 1.
    pub identifier_weight: f64,
    /// What is demanded of key fields.
    pub key: KeyDemand,
    /// Counts below it do not leave a node.
    pub least: u64,
    /// Where tone marks are placed.
    pub tone: Placement,
    placeholders: Placeholders,
}

/// Bounds of the bands.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bands {
    /// Green from here.
    pub green: f64,
    /// Yellow from here.
    pub yellow: f64,
}

/// What rules weigh, by severity.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    notice: f64,
    warning: f64,
    serious: f64,
}

/// What is demanded of key fields.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyDemand {
    /// By these criteria.
    pub criteria: BTreeSet<Criterion>,
    /// So much in a hundred.
    pub percent: f64,
    /// The best band of whatever has a key field that fails.
    pub band: Band,
}

/// Why a text is no rule pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// It cannot be read.
    #[error("{0}")]
    Unread(String),
    /// A number in it cannot be.
    #[error("{0}")]
    Impossible(&'static str),
}

impl RulePack {
    /// The pack that the program ships: `data/packs/chat-luong.yaml`.
    ///
    /// # Errors
    /// None, as a test holds.
    pub fn shipped() -> Result<Self, PackError> {
        Self::read(include_str!("../../../../data/packs/chat-luong.yaml"))
    }

    /// A pack of YAML.
    ///
    /// # Errors
    /// [`PackError`].
    pub fn read(text: &str) -> Result<Self, PackError> {
        if text.len() > BYTES_MAX {
            return Err(PackError::Impossible("a rule pack has at most 256 KiB"));
        }
        let pack: Self =
            serde_saphyr::from_str(text).map_err(|error| PackError::Unread(error.to_string()))?;
        let weights = pack.criteria.values().chain([
            &pack.severities.notice,
            &pack.severities.warning,
            &pack.severities.serious,
            &pack.identifier_weight,
        ]);
        let share = |number: f64| (0.0..=100.0).contains(&number);
        let wrong = [
            (pack.kind != "QualityPack", "its kind is not QualityPack"),
            (!weights.copied().all(|weight| (0.0..=1000.0).contains(&weight)), "weights are from 0 to 1000"),
            (!pack.criteria.values().any(|weight| *weight > 0.0), "one criterion at least weighs something"),
            (pack.severities.serious <= 0.0, "serious rules weigh something"),
            (
                !share(pack.bands.green) || !share(pack.bands.yellow) || pack.bands.yellow > pack.bands.green,
                "bands are from 0 to 100, and green begins above yellow",
            ),
            (!share(pack.key.percent), "the demand on key fields is from 0 to 100"),
        ];
        match wrong.into_iter().find(|(wrong, _)| *wrong) {
            Some((_, why)) => Err(PackError::Impossible(why)),
            None => Ok(Self { placeholders: pack.placeholders.clone().ready(), ..pack }),
        }
    }

    /// Its values that stand for nothing.
    #[must_use]
    pub fn placeholders(&self) -> Arc<Placeholders> {
        Arc::new(self.placeholders.clone())
    }
}

impl Bands {
    /// The band of a value.
    #[must_use]
    pub fn of(&self, value: f64) -> Band {
        match value {
            _ if value >= self.green => Band::Green,
            _ if value >= self.yellow => Band::Yellow,
            _ => Band::Red,
        }
    }
}

impl Weights {
    pub(super) fn of(&self, severity: Severity) -> f64 {
        match severity {
            Severity::Notice => self.notice,
            Severity::Warning => self.warning,
            Severity::Serious => self.serious,
        }
    }
}
