//! A hub's settings: `hub.toml` in its state folder.

use std::net::SocketAddr;
use std::path::Path;

use model::fault::{Fault, Words};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::notice::hook::WebhookSettings;
use crate::notice::mail::MailSettings;
use crate::people::account::{AccountRules, NATIONAL};
use crate::people::oidc::OidcSettings;
use crate::running::brief::BriefSettings;
use crate::running::sandbox::SandboxSettings;
use crate::texts;

/// What a hub needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubSettings {
    /// The instance, `VN`.
    pub instance: String,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where metrics are shown, on this machine only; without, nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<SocketAddr>,
    /// How nodes and officers reach it, `https://…`.
    pub url: Url,
    /// `sqlite:PATH`, taken from the state folder, or `postgres://…`.
    #[serde(default = "default_database")]
    pub database: String,
    /// Days for which nodes go on without hearing from the hub.
    #[serde(default = "default_directory_days")]
    pub directory_days: u16,
    /// The level of information security that the hub's system has, 1 to 5 (Decree 331/2026): what numbers follow from it unless they are set.
    #[serde(default = "default_level")]
    pub security_level: u8,
    /// Numbers that accounts go by.
    #[serde(default)]
    pub accounts: AccountRules,
    /// The identity provider, if people may sign in through one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oidc: Option<OidcSettings>,
    /// How letters are sent to people; without, none are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailSettings>,
    /// How people's webhooks are called; without, none are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhooks: Option<WebhookSettings>,
    /// Where calls may be tried; only a hub of made-up data has one.
    #[serde(default, rename = "practice", skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<SandboxSettings>,
    /// What stands at the head of its papers.
    #[serde(default, skip_serializing_if = "BriefSettings::is_unset")]
    pub brief: BriefSettings,
}

fn default_database() -> String {
    "sqlite:hub.db".into()
}

fn default_directory_days() -> u16 {
    7
}

fn default_level() -> u8 {
    NATIONAL
}

impl HubSettings {
    /// Reads the settings in `text`; a relative `SQLite` path is taken from `folder`.
    ///
    /// # Errors
    /// [`Fault::BadSettings`] tells all mistakes at once.
    pub fn read(text: &str, folder: &Path) -> Result<Self, Fault> {
        let bad = |why| Fault::bad_settings(folder.join("hub.toml").display(), why);
        let mut settings: Self = toml::from_str(text).map_err(|error| bad(Words::quoted(error)))?;
        let mistakes = settings.mistakes();
        if !mistakes.is_empty() {
            return Err(bad(Words::joined(&mistakes, "; ")));
        }
        if let Some(path) = settings.database.strip_prefix("sqlite:") {
            settings.database = format!("sqlite:{}", folder.join(path).display());
        }
        Ok(settings)
    }

    fn mistakes(&self) -> Vec<Words> {
        let mut mistakes = Vec::new();
        let plain = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if !plain(&self.instance) {
            mistakes.push(texts::instance_form());
        }
        if self.url.scheme() != "https" || self.url.path() != "/" {
            mistakes.push(texts::url_form());
        }
        if !self.database.starts_with("sqlite:")
            && !self.database.starts_with("postgres://")
            && !self.database.starts_with("postgresql://")
        {
            mistakes.push(texts::database_form());
        }
        if let Some(metrics) = self.metrics.filter(|metrics| !trust::scrape::may_listen(*metrics)) {
            mistakes.push(texts::metrics_for_all(metrics));
        }
        if !(1..=365).contains(&self.directory_days) {
            mistakes.push(texts::directory_days_range());
        }
        if !(1..=5).contains(&self.security_level) {
            mistakes.push(texts::hub_level_range());
        }
        mistakes.extend(self.brief.mistakes());
        mistakes.extend(self.accounts.mistakes());
        mistakes.extend(self.oidc.iter().flat_map(OidcSettings::mistakes));
        mistakes.extend(self.mail.iter().flat_map(MailSettings::mistakes));
        mistakes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_fit_for_one_machine_and_mistakes_are_told_together() {
        let good = "instance = \"VN\"\nlisten = \"127.0.0.1:7443\"\nurl = \"https://127.0.0.1:7443/\"\n";
        let settings = HubSettings::read(good, Path::new("/state")).unwrap();
        assert_eq!((settings.database.as_str(), settings.directory_days), ("sqlite:/state/hub.db", 7));
        let bad = good.replace("VN", "V N").replace("https", "http")
            + "metrics = \"0.0.0.0:9469\"\ndirectory_days = 0\ndatabase = \"mysql://x\"\nsecurity_level = 6\n[accounts]\npassword_with_code = 4\npassword_alone_kinds = 5\n";
        let Err(Fault::BadSettings { why, .. }) = HubSettings::read(&bad, Path::new("/state")) else {
            panic!()
        };
        for said in [why.vi(), why.en()] {
            assert_eq!(said.split("; ").count(), 8, "{said}");
        }
        assert!(why.vi().contains("directory_days từ 1 đến 365"), "{}", why.vi());
    }

    #[test]
    fn what_is_not_set_follows_from_the_level() {
        let text = "instance = \"VN\"\nlisten = \"127.0.0.1:7443\"\nurl = \"https://127.0.0.1:7443/\"\n";
        let review = |more: &str| {
            let settings = HubSettings::read(&format!("{text}{more}"), Path::new("/state")).unwrap();
            settings.accounts.clone().at_level(settings.security_level).review_days()
        };
        // A national hub that runs around the clock is of level 4: each quarter.
        assert_eq!([review(""), review("security_level = 3"), review("security_level = 5")], [92, 183, 31]);
        assert_eq!(review("[accounts]\nreview_days = 60"), 60);
    }
}
