//! Accounts: what the hub keeps of each. Rules SEC-01 and SEC-02 of level 3 give the numbers; they stand in [`AccountRules`], so that a
//! hub may set its own.

use jiff::{SignedDuration, Timestamp};
use model::fault::Words;
use model::id::MemberId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit::officer::{AccountType, Officer};
use crate::audit::right::Role;
use crate::texts;

/// The word for accounts in the audit trail.
pub(crate) const KIND: &str = "Account";

/// An account as those who manage it see it. No secret is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Its name: letters a-z, digits, hyphens, dots. Used once, so that the audit trail tells people apart.
    #[schema(pattern = r"^[A-Za-z0-9._-]{1,100}$")]
    pub name: String,
    /// The person's name, or what the program is.
    #[schema(min_length = 1, pattern = r"\S")]
    pub person: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: AccountType,
    /// Its agency; none: the hub's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<MemberId>,
    /// Its roles there.
    pub roles: Vec<Role>,
    /// Who it is at the identity provider, if it signs in by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// What the hub keeps of an account beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) account: Account,
    /// Where it is in its life.
    pub(crate) state: State,
    /// Digest of its password.
    pub(crate) password: Option<String>,
    /// Secret of its one-time codes, sealed.
    pub(crate) totp: Option<String>,
    /// Time step of the last code that was taken: none is taken twice.
    pub(crate) totp_step: i64,
    /// When the password was set.
    pub(crate) password_at: Option<Timestamp>,
    /// Failures since the last success.
    pub(crate) failures: i64,
    /// Until when no try is answered.
    pub(crate) locked_until: Option<Timestamp>,
    /// When it was made or last used.
    pub(crate) used_at: Timestamp,
    /// When it was last found to be needed.
    pub(crate) reviewed_at: Timestamp,
}

/// The life of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AccountState)]
pub enum State {
    /// Made; its owner has not set a password.
    Invited,
    /// In use.
    Active,
    /// Withdrawn, or idle for too long.
    Disabled,
}

/// Numbers that accounts go by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountRules {
    /// Shortest password of an account that also shows one-time codes (SEC-01).
    pub password_with_code: usize,
    /// Shortest password of an account that does not (SEC-01).
    pub password_alone: usize,
    /// Days after which an administrator must set another password (SEC-01: two months).
    pub admin_password_days: i64,
    /// So many last passwords are not taken again (SEC-01).
    pub passwords_barred: i64,
    /// Days without use after which an account is disabled (SEC-02).
    pub idle_days: i64,
    /// Days after which somebody must confirm that an account is needed (SEC-02: six months).
    pub review_days: i64,
    /// Minutes without use after which a session ends.
    pub session_idle_minutes: i64,
    /// Hours after which a session ends in any case.
    pub session_hours: i64,
    /// Days for which a token of a program holds.
    pub token_days: i64,
    /// Days for which an invitation to set a password holds.
    pub invitation_days: i64,
    /// Wrong tries after which an account is locked, first for a minute, then for twice as long each time, up to an hour.
    pub tries: i64,
}

impl Default for AccountRules {
    fn default() -> Self {
        Self {
            password_with_code: 8,
            password_alone: 14,
            admin_password_days: 61,
            passwords_barred: 10,
            idle_days: 45,
            review_days: 183,
            session_idle_minutes: 30,
            session_hours: 12,
            token_days: 90,
            invitation_days: 7,
            tries: 5,
        }
    }
}

impl AccountRules {
    /// What is wrong with them, if anything.
    pub(crate) fn mistakes(&self) -> Vec<Words> {
        let positive = [
            self.admin_password_days,
            self.passwords_barred,
            self.idle_days,
            self.review_days,
            self.session_idle_minutes,
            self.session_hours,
            self.token_days,
            self.invitation_days,
            self.tries,
        ];
        let mut mistakes = Vec::new();
        if positive.iter().any(|number| !(1..=10_000).contains(number)) {
            mistakes.push(texts::account_numbers());
        }
        if self.password_with_code < 8 || self.password_alone < self.password_with_code {
            mistakes.push(texts::password_lengths());
        }
        mistakes
    }
}

impl Account {
    /// Whether it must show a one-time code: the hub's people, and those who manage accounts (SEC-01: administrators, and access from
    /// the Internet and by partners).
    #[must_use]
    pub fn needs_code(&self) -> bool {
        self.kind == AccountType::Admin || self.agency.is_none() || self.roles.contains(&Role::Administrator)
    }

    /// The officer it stands for.
    #[must_use]
    pub fn officer(&self) -> Officer {
        Officer {
            name: self.name.clone(),
            agency: self.agency.clone(),
            roles: self.roles.clone(),
            origin: None,
        }
    }
}

pub(crate) fn days(number: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * number)
}
