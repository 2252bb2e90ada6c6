//! How surely somebody is known: what the token says counts, not what was asked for (ID-03).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use model::fault::Words;
use serde::{Deserialize, Serialize};

use super::Proven;
use super::token::LEEWAY;
use crate::texts;

/// The highest level.
pub const HIGHEST: u8 = 4;

/// The levels that ways of signing in have at a provider, by its words for them in `acr`. A word that is not there has none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Levels(BTreeMap<String, u8>);

impl Levels {
    /// The level of a word: 1 to 4; 0 for one that is not known.
    #[must_use]
    pub fn of(&self, acr: Option<&str>) -> u8 {
        acr.and_then(|acr| self.0.get(acr)).copied().unwrap_or(0)
    }

    /// The words of a level and of those above it, the lowest first: what a provider is asked for.
    #[must_use]
    pub fn at_least(&self, least: u8) -> Vec<String> {
        let mut words: Vec<(&u8, &String)> =
            self.0.iter().map(|(word, level)| (level, word)).filter(|(level, _)| **level >= least).collect();
        words.sort_unstable();
        words.into_iter().map(|(_, word)| word.clone()).collect()
    }

    /// What cannot be right, at this place of the settings.
    #[must_use]
    pub fn mistakes(&self, at: &str) -> Vec<Words> {
        let spoken = |word: &str| {
            !word.is_empty()
                && word.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
        };
        let wrong = self.0.iter().any(|(word, level)| !spoken(word) || !(1..=HIGHEST).contains(level));
        wrong.then(|| texts::levels_form(at)).into_iter().collect()
    }
}

/// How surely somebody must be known for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Demand {
    /// The least level.
    pub level: u8,
    /// How long ago they may have signed in at the provider.
    pub max_age: Option<SignedDuration>,
}

impl Demand {
    /// Whether it is met by somebody who signed in so, then. One whose provider does not say when is asked again.
    #[must_use]
    pub fn is_met(&self, level: u8, signed_in: Option<Timestamp>, now: Timestamp) -> bool {
        let fresh =
            |most: SignedDuration| signed_in.is_some_and(|at| now.duration_since(at) <= most + LEEWAY);
        level >= self.level && self.max_age.is_none_or(fresh)
    }

    /// [`Demand::is_met`] by somebody who has just come back from their provider.
    #[must_use]
    pub fn is_met_by(&self, proven: &Proven, levels: &Levels, now: Timestamp) -> bool {
        self.is_met(levels.of(proven.acr()), proven.signed_in, now)
    }

    /// What the answer says in `WWW-Authenticate` to whoever does not meet it (RFC 9470, section 3).
    #[must_use]
    pub fn challenge(&self, levels: &Levels) -> String {
        let mut text = "Bearer error=\"insufficient_user_authentication\"".to_owned();
        // Words are taken from the settings, where quotes and backslashes are told as mistakes.
        let words = levels.at_least(self.level).join(" ");
        if self.level > 0 && !words.is_empty() {
            text.push_str(&format!(", acr_values=\"{words}\""));
        }
        if let Some(age) = self.max_age {
            text.push_str(&format!(", max_age=\"{}\"", age.as_secs()));
        }
        text
    }
}
