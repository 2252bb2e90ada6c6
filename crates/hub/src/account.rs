//! Accounts: who may sign in, in which roles, and what keeps an account from being used by another. Rules SEC-01 and SEC-02 of
//! level 3 give the numbers; they stand in [`AccountRules`], so that a hub may set its own.

pub mod api;
mod device;
pub mod oidc;

pub(crate) mod password;
pub mod session;
mod store;
pub mod totp;

use jiff::{SignedDuration, Timestamp};
use model::agency::Agency;
use model::fault::{Fault, Words};
use model::id::MemberId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::change::{Act, Mandate, note};
use crate::officer::{AccountType, Officer};
use crate::registry::check::{check_code, check_text, contradictory, require};
use crate::right::{Right, Role};
use crate::store::Tx;

pub(crate) use store::{by_name, list};

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
    #[schema(value_type = Option<String>, pattern = r"^[^/]+(/[^/]+){2}$")]
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
    /// The account.
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
    pub(crate) fn mistakes(&self) -> Vec<&'static str> {
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
            mistakes.push("numbers in [accounts] are from 1 to 10000");
        }
        if self.password_with_code < 8 || self.password_alone < self.password_with_code {
            mistakes.push("password_with_code in [accounts] is 8 or more, and password_alone not below it");
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

    async fn check(&self, tx: &mut Tx, mandate: &Mandate) -> Result<(), Fault> {
        let subject = (KIND, self.name.as_str());
        check_code(subject)?;
        check_text(subject, "person", &self.person)?;
        self.check_alone(tx).await?;
        if let Some(agency) = &self.agency {
            require::<Agency>(tx, subject, agency.as_str()).await?;
        }
        if let Some(role) = self.roles.iter().find(|role| !role.fits(self.agency.is_none())) {
            let role = crate::store::to_json(role)?;
            return Err(contradictory(
                subject,
                format!("vai trò {role} không thuộc nơi này"),
                format!("the role {role} is not held there"),
            ));
        }
        // DD-05: whoever watches is nobody's subordinate among those they watch.
        if self.roles.contains(&Role::ComplianceOfficer) && self.roles.len() > 1 {
            return Err(contradictory(
                subject,
                "cán bộ tuân thủ độc lập: không kiêm vai trò khác (DD-05)",
                "a compliance officer is independent and holds no other role (DD-05)",
            ));
        }
        self.check_appointer(mandate)
    }

    /// Two accounts of one person at the provider, or of names that look the same, would be taken for each other.
    async fn check_alone(&self, tx: &mut Tx) -> Result<(), Fault> {
        let subject = (KIND, self.name.as_str());
        if let Some(there) = &self.subject
            && store::by_subject(tx, there).await?.is_some_and(|kept| kept.account.name != self.name)
        {
            return Err(contradictory(
                subject,
                "tên này ở nhà cung cấp định danh (subject) đã thuộc một tài khoản khác; hãy báo quản trị trung tâm",
                "this name at the identity provider (subject) belongs to another account already; tell the hub's administrator",
            ));
        }
        if store::is_alike(tx, &self.name).await? {
            return Err(contradictory(
                subject,
                "đã có tài khoản có tên chỉ khác ở chữ hoa, chữ thường",
                "there is an account whose name differs in capitals only",
            ));
        }
        Ok(())
    }

    /// An agency's administrator neither appoints nor dismisses their peers and those who watch them (DD-05).
    fn check_appointer(&self, mandate: &Mandate) -> Result<(), Fault> {
        let reserved = [Role::ComplianceOfficer, Role::Administrator];
        match &mandate.officer.agency {
            Some(agency) if self.roles.iter().any(|role| reserved.contains(role)) => Err(Fault::NotTheirs {
                subject: Words::new(
                    "việc bổ nhiệm quản trị và cán bộ tuân thủ",
                    "appointing administrators and compliance officers",
                ),
                agency: agency.to_string(),
            }),
            _ => Ok(()),
        }
    }
}

/// Whether the mandate covers an account.
fn covers(mandate: &Mandate, account: &Account, right: Right) -> Result<(), Fault> {
    mandate.may(right)?;
    if mandate.officer.name == account.name {
        return Err(contradictory(
            (KIND, &account.name),
            "không ai tự đổi tài khoản của mình; đề nghị người quản trị khác",
            "nobody changes their own account; ask another administrator",
        ));
    }
    let owners: Vec<MemberId> = account.agency.iter().cloned().collect();
    mandate.covers((KIND, &account.name), &owners)
}

/// What somebody needs who was given an account: the code that their first password is set with, or a program's token. Shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handed {
    /// A code to set a password with.
    Invitation(String),
    /// A token.
    Token(String),
}

/// Makes an account.
///
/// # Errors
/// [`Fault::Contradictory`] if there is or was one of that name, [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::Dangling`],
/// [`Fault::StoreFailed`].
pub async fn create(
    tx: &mut Tx,
    account: &Account,
    mandate: &Mandate,
    rules: &AccountRules,
) -> Result<Handed, Fault> {
    covers(mandate, account, Right::ManageAccounts)?;
    account.check(tx, mandate).await?;
    let subject = (KIND, account.name.as_str());
    if by_name(tx, &account.name).await?.is_some() {
        return Err(contradictory(
            subject,
            "tên này đã có; vết thay đổi phải phân biệt được người",
            "there is or was one of this name, and the audit trail must tell them apart",
        ));
    }
    let service = account.kind == AccountType::Service;
    let state = if service { State::Active } else { State::Invited };
    store::insert(tx, account, state, mandate.at).await?;
    note(tx, mandate, Act::Created, subject, None, Some(json!(account).to_string())).await?;
    if service {
        let ends = mandate.at + days(rules.token_days);
        return Ok(Handed::Token(
            session::issue(tx, &account.name, session::Use::Token, mandate.at, ends).await?,
        ));
    }
    invite(tx, account, mandate.at, rules).await
}

/// Makes the account of whoever sets the hub up. There is nobody yet to ask for the right.
pub(crate) async fn create_first(tx: &mut Tx, name: &str, at: Timestamp) -> Result<String, Fault> {
    let account = Account {
        name: name.to_owned(),
        person: "Người dựng trung tâm | who set the hub up".into(),
        kind: AccountType::Service,
        agency: None,
        roles: vec![Role::Administrator, Role::HubOfficer, Role::Architect, Role::Operator],
        subject: None,
    };
    let mandate = Mandate::of_the_hub(name, "hub init", at);
    store::insert(tx, &account, State::Active, at).await?;
    note(tx, &mandate, Act::Created, (KIND, name), None, Some(json!(account).to_string())).await?;
    // It is kept in a file on the hub's machine, and withdrawn by hand when people have their accounts.
    session::issue(tx, name, session::Use::Token, at, at + days(3650)).await
}

/// Gives an account a code to set its password with. What it signed in with before no longer counts.
pub(crate) async fn invite(
    tx: &mut Tx,
    account: &Account,
    at: Timestamp,
    rules: &AccountRules,
) -> Result<Handed, Fault> {
    session::end_all(tx, &account.name).await?;
    let ends = at + days(rules.invitation_days);
    let code = session::issue(tx, &account.name, session::Use::Invitation, at, ends).await?;
    Ok(Handed::Invitation(code))
}

/// Changes an account's person, agency, roles, identity at the provider. Its sessions end.
///
/// # Errors
/// As [`create`], and [`Fault::NotInRegistry`].
pub async fn change(tx: &mut Tx, account: &Account, mandate: &Mandate) -> Result<(), Fault> {
    let old = existing(tx, &account.name).await?.account;
    covers(mandate, &old, Right::ManageAccounts)?;
    covers(mandate, account, Right::ManageAccounts)?;
    old.check(tx, mandate).await?;
    account.check(tx, mandate).await?;
    let subject = (KIND, account.name.as_str());
    if old.kind != account.kind {
        return Err(contradictory(subject, "không đổi được loại tài khoản", "the type of an account stays"));
    }
    check_last(tx, &old, Some(account)).await?;
    store::update(tx, account).await?;
    if account.kind != AccountType::Service {
        session::end_all(tx, &account.name).await?;
    }
    note(tx, mandate, Act::Updated, subject, Some(json!(old).to_string()), Some(json!(account).to_string()))
        .await
}

/// Disables an account. Its sessions and tokens end.
///
/// # Errors
/// As [`change`].
pub async fn disable(tx: &mut Tx, name: &str, mandate: &Mandate) -> Result<(), Fault> {
    let kept = existing(tx, name).await?;
    covers(mandate, &kept.account, Right::ManageAccounts)?;
    kept.account.check_appointer(mandate)?;
    check_last(tx, &kept.account, None).await?;
    shut(tx, &kept, mandate).await
}

pub(crate) async fn shut(tx: &mut Tx, kept: &Kept, mandate: &Mandate) -> Result<(), Fault> {
    let name = kept.account.name.as_str();
    store::set_state(tx, name, State::Disabled).await?;
    session::end_all(tx, name).await?;
    let (before, after) = (json!({ "state": kept.state }), json!({ "state": State::Disabled }));
    note(tx, mandate, Act::Revoked, (KIND, name), Some(before.to_string()), Some(after.to_string())).await
}

/// Lets an account be used anew, or gives one that is in use new credentials: with a new password, or a new token.
///
/// # Errors
/// As [`change`].
pub async fn renew(
    tx: &mut Tx,
    name: &str,
    mandate: &Mandate,
    rules: &AccountRules,
) -> Result<Handed, Fault> {
    let kept = existing(tx, name).await?;
    covers(mandate, &kept.account, Right::ManageAccounts)?;
    kept.account.check(tx, mandate).await?;
    let service = kept.account.kind == AccountType::Service;
    let state = if service { State::Active } else { State::Invited };
    store::forget_secrets(tx, name, state, mandate.at).await?;
    let (before, after) = (json!({ "state": kept.state }), json!({ "state": state }));
    note(tx, mandate, Act::Invited, (KIND, name), Some(before.to_string()), Some(after.to_string())).await?;
    if service {
        session::end_all(tx, name).await?;
        let ends = mandate.at + days(rules.token_days);
        return Ok(Handed::Token(session::issue(tx, name, session::Use::Token, mandate.at, ends).await?));
    }
    invite(tx, &kept.account, mandate.at, rules).await
}

/// Confirms that an account is still needed (SEC-02).
///
/// # Errors
/// As [`change`].
pub async fn review(tx: &mut Tx, name: &str, mandate: &Mandate) -> Result<(), Fault> {
    let kept = existing(tx, name).await?;
    if !mandate.officer.may(Right::ManageAccounts) {
        mandate.may(Right::ReviewAccounts)?;
    }
    if mandate.officer.name == name {
        return Err(contradictory(
            (KIND, name),
            "không ai tự rà soát tài khoản của mình",
            "nobody reviews their own account",
        ));
    }
    let owners: Vec<MemberId> = kept.account.agency.iter().cloned().collect();
    mandate.covers((KIND, name), &owners)?;
    store::set_reviewed(tx, name, mandate.at).await?;
    note(
        tx,
        mandate,
        Act::Reviewed,
        (KIND, name),
        None,
        Some(json!({ "at": mandate.at.to_string() }).to_string()),
    )
    .await
}

/// Disables the accounts that nobody has used for as long as the rules allow (SEC-02). Returns their names.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub async fn disable_idle(tx: &mut Tx, now: Timestamp, rules: &AccountRules) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    for kept in store::idle_since(tx, now - days(rules.idle_days)).await? {
        if shut_idle(tx, &kept, rules, now).await? {
            names.push(kept.account.name);
        }
    }
    Ok(names)
}

/// Disables an account that nobody has used, but for the last that may manage accounts: without it nobody could let anybody in again.
/// Returns whether it did.
async fn shut_idle(tx: &mut Tx, kept: &Kept, rules: &AccountRules, now: Timestamp) -> Result<bool, Fault> {
    if check_last(tx, &kept.account, None).await.is_err() {
        return Ok(false);
    }
    let why = format!("không dùng quá {0} ngày | not used for {0} days (SEC-02)", rules.idle_days);
    shut(tx, kept, &Mandate::of_the_hub("hub", &why, now)).await?;
    Ok(true)
}

/// The account of that name.
pub(crate) async fn existing(tx: &mut Tx, name: &str) -> Result<Kept, Fault> {
    let found = by_name(tx, name).await?;
    found.ok_or_else(|| Fault::NotInRegistry {
        subject: format!("{KIND} {}", name.chars().take(100).collect::<String>()),
    })
}

/// One administrator of the hub stays: `old` is about to become `new`, or nothing.
async fn check_last(tx: &mut Tx, old: &Account, new: Option<&Account>) -> Result<(), Fault> {
    let manages =
        |account: &Account| account.agency.is_none() && account.roles.contains(&Role::Administrator);
    if !manages(old) || new.is_some_and(manages) {
        return Ok(());
    }
    let others = store::administrators(tx).await?;
    if others.iter().any(|other| other.name != old.name && manages(other)) {
        return Ok(());
    }
    Err(contradictory(
        (KIND, &old.name),
        "là quản trị cuối cùng của trung tâm; lập người khác trước",
        "is the hub's last administrator; make another first",
    ))
}

pub(crate) fn days(number: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * number)
}
