//! Settings of a node at which persons sign in: `[people]` in `node.toml`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use model::agency::Name;
use model::fault::Words;
use serde::{Deserialize, Serialize};
use trust::oidc::{HIGHEST, Levels, Registration};
use url::Url;

use crate::texts;

/// How persons sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeopleSettings {
    /// How browsers reach the node, `https://…/`: where providers send people back to.
    pub url: Url,
    /// Identity providers, by the names that they have in addresses.
    pub providers: BTreeMap<String, ProviderSettings>,
    /// Minutes without use after which a citizen's session ends.
    #[serde(default = "idle_minutes")]
    pub idle_minutes: i64,
    /// Hours after which a citizen's session ends in any case.
    #[serde(default = "session_hours")]
    pub session_hours: i64,
    /// Minutes without use after which an officer's session ends (SEC-01: fifteen).
    #[serde(default = "idle_minutes")]
    pub officer_idle_minutes: i64,
    /// Hours after which an officer's session ends in any case.
    #[serde(default = "officer_session_hours")]
    pub officer_session_hours: i64,
    /// The least level at which an officer signs in (SEC-01: two factors).
    #[serde(default = "officer_level")]
    pub officer_level: u8,
    /// Days without use after which an officer must be invited anew (SEC-02).
    #[serde(default = "officer_idle_days")]
    pub officer_idle_days: i64,
    /// Days for which an invitation holds.
    #[serde(default = "invitation_days")]
    pub invitation_days: i64,
}

fn idle_minutes() -> i64 {
    15
}

fn session_hours() -> i64 {
    2
}

fn officer_session_hours() -> i64 {
    12
}

fn officer_level() -> u8 {
    2
}

fn officer_idle_days() -> i64 {
    45
}

fn invitation_days() -> i64 {
    7
}

/// An identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// What people know it as.
    pub title: Name,
    /// Its issuer, `https://…`, letter for letter as it calls itself.
    pub issuer: String,
    /// What the agency is called there.
    pub client_id: String,
    /// File with the agency's secret there, from the state folder.
    pub secret_file: PathBuf,
    /// File with the certificates, as PEM, of the authorities that its own may come from.
    pub authority: PathBuf,
    /// What is asked for beside `openid`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The claim that holds a person's number of 12 digits.
    pub number_claim: String,
    /// The claim that holds their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_claim: Option<String>,
    /// The claim that holds their day of birth, `1999-12-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_claim: Option<String>,
    /// The level of each way of signing in, by its word in `acr`. What is not here has none.
    pub levels: Levels,
    /// That it is a play provider, which knows nobody: pages say so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub play: bool,
}

impl ProviderSettings {
    /// What the agency is at the provider.
    #[must_use]
    pub fn registration(&self) -> Registration {
        Registration {
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            secret_file: self.secret_file.clone(),
            authority: self.authority.clone(),
            scopes: self.scopes.clone(),
            claims: [Some(self.number_claim.clone()), self.name_claim.clone(), self.birth_claim.clone()]
                .into_iter()
                .flatten()
                .collect(),
        }
    }
}

impl PeopleSettings {
    /// What cannot be right; all of it at once.
    #[must_use]
    pub fn mistakes(&self) -> Vec<Words> {
        let mut mistakes = Vec::new();
        if self.url.scheme() != "https" || self.url.path() != "/" || self.url.query().is_some() {
            mistakes.push(texts::people_url_form());
        }
        if self.providers.is_empty() {
            mistakes.push(texts::people_no_provider());
        }
        for (name, provider) in &self.providers {
            let at = format!("people.providers.{name}");
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            if name.is_empty() || name.len() > 40 || !name.bytes().all(plain) {
                mistakes.push(texts::provider_name_form(&at));
            }
            if provider.number_claim.trim().is_empty() {
                mistakes.push(texts::number_claim_missing(&at));
            }
            mistakes.extend(provider.registration().mistakes(&at));
            mistakes.extend(provider.levels.mistakes(&at));
            // By the issuer it is known whose word it is.
            if self.providers.values().filter(|other| other.issuer == provider.issuer).count() > 1 {
                mistakes.push(texts::issuer_twice(&at));
            }
        }
        let numbers = [
            self.idle_minutes,
            self.session_hours,
            self.officer_idle_minutes,
            self.officer_session_hours,
            self.officer_idle_days,
            self.invitation_days,
        ];
        if numbers.iter().any(|number| !(1..=1000).contains(number)) || self.officer_level > HIGHEST {
            mistakes.push(texts::people_numbers());
        }
        mistakes
    }
}
