//! How somebody wants to be told: in which language, of what at once, daily or never, by mail to an address that they have confirmed, by
//! calls to a webhook. Notices stand in the pages in any case.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Kind;
use crate::secret;
use crate::store::{Tx, from_json, optional, run, to_json};

/// How long a code that confirms an address is good.
pub(crate) const CODE_MINUTES: i64 = 30;
/// Wrong tries that a code takes.
const CODE_TRIES: u8 = 5;
/// Codes that are sent in a day: letters to strangers' addresses are no toy.
const CODES_A_DAY: usize = 5;

/// A language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NoticeLanguage)]
pub(crate) enum Language {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}

/// When something is sent out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NoticeWhen)]
pub(crate) enum When {
    /// As soon as it is written.
    AtOnce,
    /// With all of the day, at the hour that was chosen. A webhook is called at once.
    Daily,
    /// Never: it stands in the pages only.
    Never,
}

/// A way by which notices go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NoticeChannel)]
pub(crate) enum Channel {
    /// A letter.
    Mail,
    /// A call to a webhook.
    Webhook,
}

impl Channel {
    pub(crate) const ALL: [Self; 2] = [Self::Mail, Self::Webhook];
}

/// What somebody has set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Setting {
    #[serde(default)]
    pub(crate) language: Language,
    /// The hour of the daily letter, by the clock of Viet Nam.
    #[serde(default = "morning")]
    pub(crate) hour: u8,
    /// What was chosen of kinds; of the others what is usual.
    #[serde(default)]
    pub(crate) when: BTreeMap<Kind, When>,
    #[serde(default)]
    pub(crate) mail: Option<Address>,
    #[serde(default)]
    pub(crate) webhook: Option<Webhook>,
    /// When codes were sent lately.
    #[serde(default)]
    pub(crate) codes_sent: Vec<Timestamp>,
}

fn morning() -> u8 {
    7
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            language: Language::Vi,
            hour: morning(),
            when: BTreeMap::new(),
            mail: None,
            webhook: None,
            codes_sent: Vec::new(),
        }
    }
}

/// An address for letters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Address {
    pub(crate) address: String,
    /// Whether whoever reads there has shown the code.
    pub(crate) confirmed: bool,
    /// The code, by its digest, while it is waited for.
    #[serde(default)]
    pub(crate) code: Option<Code>,
}

/// A code that was sent to an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Code {
    digest: String,
    until: Timestamp,
    tries: u8,
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Webhook {
    pub(crate) url: String,
    /// The secret of its signatures, sealed.
    pub(crate) secret: String,
    /// It has said that it wants no more.
    #[serde(default)]
    pub(crate) gone: bool,
}

impl Setting {
    /// When a kind is sent out.
    pub(crate) fn when(&self, kind: Kind) -> When {
        self.when.get(&kind).copied().unwrap_or_else(|| usual(kind))
    }

    /// Whether anything goes out by a way.
    pub(crate) fn goes_by(&self, channel: Channel) -> bool {
        match channel {
            Channel::Mail => self.mail.as_ref().is_some_and(|mail| mail.confirmed),
            Channel::Webhook => self.webhook.as_ref().is_some_and(|webhook| !webhook.gone),
        }
    }

    /// Where it goes by a way: the address, or the webhook as it was set, which its secret tells from an older one at the same address.
    pub(crate) fn place(&self, channel: Channel) -> Option<String> {
        match channel {
            Channel::Mail => self.mail.as_ref().map(|mail| mail.address.clone()),
            Channel::Webhook => {
                self.webhook.as_ref().map(|webhook| format!("{} {}", webhook.url, webhook.secret))
            }
        }
    }

    /// Whether another code may be sent, which is noted; else after how many seconds one may.
    pub(crate) fn take_code(&mut self, now: Timestamp) -> Result<(), i64> {
        let day = SignedDuration::from_hours(24);
        self.codes_sent.retain(|at| *at + day > now);
        if let Some(first) = self.codes_sent.first().filter(|_| self.codes_sent.len() >= CODES_A_DAY) {
            return Err((*first + day).duration_since(now).as_secs().max(1));
        }
        self.codes_sent.push(now);
        Ok(())
    }

    /// Takes the code that somebody shows. A wrong one costs a try.
    pub(crate) fn confirm(&mut self, shown: &str, now: Timestamp) -> bool {
        let Some(mail) = &mut self.mail else { return false };
        let Some(code) = &mut mail.code else { return false };
        if now >= code.until || code.tries >= CODE_TRIES {
            return false;
        }
        if secret::digest(shown.trim()) != code.digest {
            code.tries += 1;
            return false;
        }
        mail.confirmed = true;
        mail.code = None;
        true
    }
}

impl Address {
    /// An address that is not confirmed yet, and the code that confirms it.
    pub(crate) fn new(address: &str, now: Timestamp) -> (Self, String) {
        let number = u64::from_be_bytes(trust::signer::random::<8>()) % 100_000_000;
        let code = format!("{number:08}");
        let until = now + SignedDuration::from_mins(CODE_MINUTES);
        let kept = Code { digest: secret::digest(&code), until, tries: 0 };
        (Self { address: address.to_owned(), confirmed: false, code: Some(kept) }, code)
    }
}

/// When a kind is sent out unless somebody has chosen otherwise: what waits for a person or stands still at once, the rest daily.
fn usual(kind: Kind) -> When {
    match kind {
        Kind::RequestWaits | Kind::DeadlineOver | Kind::GrantGone | Kind::Suspension | Kind::Incident => {
            When::AtOnce
        }
        _ => When::Daily,
    }
}

/// What an account has set, or what is usual.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn of(tx: &mut Tx, account: &str) -> Result<Setting, Fault> {
    let row: Option<(String,)> =
        optional!(tx, "SELECT entry FROM notice_setting WHERE account = $1" => account)?;
    row.map_or_else(|| Ok(Setting::default()), |(entry,)| from_json(&entry))
}

/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn keep(tx: &mut Tx, account: &str, setting: &Setting) -> Result<(), Fault> {
    run!(
        tx,
        "INSERT INTO notice_setting (account, entry) VALUES ($1, $2) ON CONFLICT (account) DO UPDATE SET entry = excluded.entry"
        => account, to_json(setting)?
    )?;
    Ok(())
}
