//! Managing accounts: who may sign in, in which roles, and what keeps an account from being used by another.

use jiff::Timestamp;
use model::agency::Agency;
use model::fault::{Fault, Words};
use model::id::MemberId;
use serde_json::json;

use crate::audit::change::{Act, AuditContext, note};
use crate::audit::officer::AccountType;
use crate::audit::right::{Right, Role};
use crate::people::account::{Account, AccountRules, KIND, Kept, State, days};
use crate::people::credential::{self, Use};
use crate::people::store::{self, by_name};
use crate::registry::check::{Gathered, check_code, check_text, contradictory, require};
use crate::store::{Tx, to_json};
use crate::texts;

impl Account {
    async fn check(&self, tx: &mut Tx, context: &AuditContext) -> Result<(), Fault> {
        let subject = (KIND, self.name.as_str());
        let mut gathered = Gathered::default();
        gathered.take("name", check_code(subject))?;
        gathered.take("person", check_text(subject, "person", &self.person))?;
        gathered.take("", self.check_alone(tx).await)?;
        if let Some(agency) = &self.agency {
            gathered.take("agency", require::<Agency>(tx, subject, agency.as_str()).await)?;
        }
        if let Some(role) = self.roles.iter().find(|role| !role.fits(self.agency.is_none())) {
            gathered.wrong(subject, "roles", texts::role_not_there(to_json(role)?));
        }
        // DD-05: whoever watches is nobody's subordinate among those they watch.
        let alone = !self.roles.contains(&Role::ComplianceOfficer) || self.roles.len() == 1;
        gathered.must(alone, subject, "roles", texts::compliance_independent);
        gathered.done()?;
        self.check_appointer(context)
    }

    /// Two accounts of one person at the provider, or of names that look the same, would be taken for each other.
    async fn check_alone(&self, tx: &mut Tx) -> Result<(), Fault> {
        let subject = (KIND, self.name.as_str());
        let mut gathered = Gathered::default();
        if let Some(there) = &self.subject
            && store::by_subject(tx, there).await?.is_some_and(|kept| kept.account.name != self.name)
        {
            gathered.wrong(subject, "subject", texts::subject_taken());
        }
        let alike = store::is_alike(tx, &self.name).await?;
        gathered.must(!alike, subject, "name", texts::name_differs_in_capitals);
        gathered.done()
    }

    /// An agency's administrator neither appoints nor dismisses their peers and those who watch them (DD-05).
    fn check_appointer(&self, context: &AuditContext) -> Result<(), Fault> {
        let reserved = [Role::ComplianceOfficer, Role::Administrator];
        match &context.officer.agency {
            Some(agency) if self.roles.iter().any(|role| reserved.contains(role)) => {
                Err(Fault::NotTheirs { subject: texts::appointing(), agency: Words::quoted(agency) })
            }
            _ => Ok(()),
        }
    }
}

/// What somebody needs who was given an account: the code that their first password is set with, or a program's token. Shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Handed {
    /// A code to set a password with.
    Invitation(String),
    Token(String),
}

/// Whether somebody may manage an account in this context.
fn covers(context: &AuditContext, account: &Account, right: Right) -> Result<(), Fault> {
    context.may(right)?;
    if context.officer.name == account.name {
        return Err(contradictory((KIND, &account.name), texts::not_ones_own()));
    }
    let owners: Vec<MemberId> = account.agency.iter().cloned().collect();
    context.covers((KIND, &account.name), &owners)
}

/// Makes an account.
///
/// # Errors
/// [`Fault::Contradictory`] if there is or was one of that name, [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::Dangling`],
/// [`Fault::StoreFailed`].
pub(crate) async fn create(
    tx: &mut Tx,
    account: &Account,
    context: &AuditContext,
    rules: &AccountRules,
) -> Result<Handed, Fault> {
    covers(context, account, Right::ManageAccounts)?;
    account.check(tx, context).await?;
    let subject = (KIND, account.name.as_str());
    if by_name(tx, &account.name).await?.is_some() {
        return Err(contradictory(subject, texts::account_name_taken()));
    }
    let service = account.kind == AccountType::Service;
    let state = if service { State::Active } else { State::Invited };
    store::insert(tx, account, state, context.at).await?;
    note(tx, context, Act::Created, subject, None, Some(json!(account).to_string())).await?;
    if service {
        let ends = context.at + days(rules.token_days);
        return Ok(Handed::Token(credential::issue(tx, &account.name, Use::Token, context.at, ends).await?));
    }
    invite(tx, account, context.at, rules).await
}

/// Makes the account of whoever sets the hub up. There is nobody yet to ask for the right.
pub(crate) async fn create_first(tx: &mut Tx, name: &str, at: Timestamp) -> Result<String, Fault> {
    let account = Account {
        name: name.to_owned(),
        person: texts::who_set_up().vi().to_owned(),
        kind: AccountType::Service,
        agency: None,
        roles: vec![Role::Administrator, Role::HubOfficer, Role::Architect, Role::Operator],
        subject: None,
    };
    let context = AuditContext::of_the_hub(name, "hub init", at);
    store::insert(tx, &account, State::Active, at).await?;
    note(tx, &context, Act::Created, (KIND, name), None, Some(json!(account).to_string())).await?;
    // It is kept in a file on the hub's machine, and withdrawn by hand when people have their accounts.
    credential::issue(tx, name, Use::Token, at, at + days(3650)).await
}

/// Gives an account a code to set its password with. What it signed in with before no longer counts.
pub(crate) async fn invite(
    tx: &mut Tx,
    account: &Account,
    at: Timestamp,
    rules: &AccountRules,
) -> Result<Handed, Fault> {
    credential::end_all(tx, &account.name).await?;
    let ends = at + days(rules.invitation_days);
    let code = credential::issue(tx, &account.name, Use::Invitation, at, ends).await?;
    Ok(Handed::Invitation(code))
}

/// Changes an account's person, agency, roles, identity at the provider. Its sessions end.
///
/// # Errors
/// As [`create`], and [`Fault::NotInRegistry`].
pub(crate) async fn change(tx: &mut Tx, account: &Account, context: &AuditContext) -> Result<(), Fault> {
    let old = existing(tx, &account.name).await?.account;
    covers(context, &old, Right::ManageAccounts)?;
    covers(context, account, Right::ManageAccounts)?;
    old.check(tx, context).await?;
    account.check(tx, context).await?;
    let subject = (KIND, account.name.as_str());
    if old.kind != account.kind {
        return Err(contradictory(subject, texts::account_type_stays()));
    }
    check_last(tx, &old, Some(account)).await?;
    store::update(tx, account).await?;
    if account.kind != AccountType::Service {
        credential::end_all(tx, &account.name).await?;
    }
    note(tx, context, Act::Updated, subject, Some(json!(old).to_string()), Some(json!(account).to_string()))
        .await
}

/// Disables an account. Its sessions and tokens end.
///
/// # Errors
/// As [`change`].
pub(crate) async fn disable(tx: &mut Tx, name: &str, context: &AuditContext) -> Result<(), Fault> {
    let kept = existing(tx, name).await?;
    covers(context, &kept.account, Right::ManageAccounts)?;
    kept.account.check_appointer(context)?;
    check_last(tx, &kept.account, None).await?;
    shut(tx, &kept, context).await
}

pub(crate) async fn shut(tx: &mut Tx, kept: &Kept, context: &AuditContext) -> Result<(), Fault> {
    let name = kept.account.name.as_str();
    store::set_state(tx, name, State::Disabled).await?;
    credential::end_all(tx, name).await?;
    let (before, after) = (json!({ "state": kept.state }), json!({ "state": State::Disabled }));
    note(tx, context, Act::Revoked, (KIND, name), Some(before.to_string()), Some(after.to_string())).await
}

/// Lets an account be used anew, or gives one that is in use new credentials: with a new password, or a new token.
///
/// # Errors
/// As [`change`].
pub(crate) async fn renew(
    tx: &mut Tx,
    name: &str,
    context: &AuditContext,
    rules: &AccountRules,
) -> Result<Handed, Fault> {
    let kept = existing(tx, name).await?;
    covers(context, &kept.account, Right::ManageAccounts)?;
    kept.account.check(tx, context).await?;
    let service = kept.account.kind == AccountType::Service;
    let state = if service { State::Active } else { State::Invited };
    store::forget_secrets(tx, name, state, context.at).await?;
    let (before, after) = (json!({ "state": kept.state }), json!({ "state": state }));
    note(tx, context, Act::Invited, (KIND, name), Some(before.to_string()), Some(after.to_string())).await?;
    if service {
        credential::end_all(tx, name).await?;
        let ends = context.at + days(rules.token_days);
        return Ok(Handed::Token(credential::issue(tx, name, Use::Token, context.at, ends).await?));
    }
    invite(tx, &kept.account, context.at, rules).await
}

/// Confirms that an account is still needed (SEC-02).
///
/// # Errors
/// As [`change`].
pub(crate) async fn review(tx: &mut Tx, name: &str, context: &AuditContext) -> Result<(), Fault> {
    let kept = existing(tx, name).await?;
    if !context.officer.may(Right::ManageAccounts) {
        context.may(Right::ReviewAccounts)?;
    }
    if context.officer.name == name {
        return Err(contradictory((KIND, name), texts::no_review_of_ones_own()));
    }
    let owners: Vec<MemberId> = kept.account.agency.iter().cloned().collect();
    context.covers((KIND, name), &owners)?;
    store::set_reviewed(tx, name, context.at).await?;
    note(
        tx,
        context,
        Act::Reviewed,
        (KIND, name),
        None,
        Some(json!({ "at": context.at.to_string() }).to_string()),
    )
    .await
}

/// Disables the accounts that nobody has used for as long as the rules allow (SEC-02). Returns their names.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn disable_idle(
    tx: &mut Tx,
    now: Timestamp,
    rules: &AccountRules,
) -> Result<Vec<String>, Fault> {
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
pub(crate) async fn shut_idle(
    tx: &mut Tx,
    kept: &Kept,
    rules: &AccountRules,
    now: Timestamp,
) -> Result<bool, Fault> {
    if check_last(tx, &kept.account, None).await.is_err() {
        return Ok(false);
    }
    let why = texts::not_used_for(rules.idle_days).both();
    shut(tx, kept, &AuditContext::of_the_hub("hub", &why, now)).await?;
    Ok(true)
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
    Err(contradictory((KIND, &old.name), texts::last_administrator()))
}

/// The account of that name.
pub(crate) async fn existing(tx: &mut Tx, name: &str) -> Result<Kept, Fault> {
    let found = by_name(tx, name).await?;
    found.ok_or_else(|| Fault::NotInRegistry {
        subject: format!("{KIND} {}", name.chars().take(100).collect::<String>()),
    })
}
