//! Accounts: what the hub keeps of each. Rules SEC-01 and SEC-02 of level 3 give the numbers; they stand in [`AccountRules`], so that a
//! hub may set its own.

use jiff::{SignedDuration, Timestamp};
use model::fault::Words;
use model::id::MemberId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit::officer::{AccountType, Officer};
use crate::audit::right::{Right, Role};
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
    /// So many kinds of characters it has: small and capital letters, digits, others. Four is the standard's advice (SEC-01).
    pub password_alone_kinds: usize,
    /// Days after which an administrator must set another password (SEC-01: two months).
    pub admin_password_days: i64,
    /// So many last passwords are not taken again (SEC-01).
    pub passwords_barred: i64,
    /// Days without use after which an account is disabled (SEC-02).
    pub idle_days: i64,
    /// Days after which somebody must confirm that an account is needed; none: as the hub's level asks for (SEC-02).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_days: Option<i64>,
    /// Minutes without use after which a session ends (SEC-01: fifteen).
    pub session_idle_minutes: i64,
    /// The same of those who manage accounts or govern the registry (SEC-01: five).
    pub admin_session_idle_minutes: i64,
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
            password_alone_kinds: 1,
            admin_password_days: 61,
            passwords_barred: 10,
            idle_days: 45,
            review_days: None,
            session_idle_minutes: 15,
            admin_session_idle_minutes: 5,
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
            self.review_days.unwrap_or(1),
            self.session_idle_minutes,
            self.admin_session_idle_minutes,
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
        if !(1..=4).contains(&self.password_alone_kinds) {
            mistakes.push(texts::account_password_kinds());
        }
        mistakes
    }

    /// These numbers, and what is not among them as a hub of this level of information security must have it.
    pub(crate) fn at_level(mut self, level: u8) -> Self {
        self.review_days.get_or_insert(review_days_of(level));
        self
    }

    /// Days after which an account is reviewed.
    pub(crate) fn review_days(&self) -> i64 {
        self.review_days.unwrap_or_else(|| review_days_of(NATIONAL))
    }

    /// Minutes without use after which a session of an account ends.
    pub(crate) fn idle_minutes(&self, account: &Account) -> i64 {
        let rights = account.roles.iter().flat_map(|role| role.rights());
        let mut administers = rights.filter(|right| matches!(right, Right::ManageAccounts | Right::Govern));
        if account.kind == AccountType::Admin || administers.next().is_some() {
            self.admin_session_idle_minutes.min(self.session_idle_minutes)
        } else {
            self.session_idle_minutes
        }
    }
}

/// The level of a system that serves the country around the clock: Decree 331/2026.
pub const NATIONAL: u8 = 4;

/// TCVN 14423:2026, rule SEC-02: accounts and rights are reviewed every six months, from level 4 on every quarter, at level 5 each month.
fn review_days_of(level: u8) -> i64 {
    match level {
        5.. => 31,
        4 => 92,
        _ => 183,
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
