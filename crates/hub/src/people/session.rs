//! Signing in, and being recognised afterwards: by a session's cookie in a browser, by a token elsewhere.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use model::fault::{Fault, Words};
use trust::oidc::Provider;
use trust::sealed::Sealer;

use crate::audit::change::{Act, AuditContext, note};
use crate::audit::officer::{Officer, Origin};
use crate::people::account::{Account, AccountRules, KIND, Kept, State, days};
use crate::people::credential::{Use, end_all, keep};
use crate::people::device::{self, Device};
use crate::people::manage::shut_idle;
use crate::people::password::{self, Door};
use crate::people::tries::{Tries, Visitor};
use crate::people::{oidc, store, totp};
use crate::secret::{digest, random};
use crate::store::{Db, Tx, from_text, moment, optional, run};
use crate::texts;

/// An account or a session is noted as used at most so often.
const NOTED_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// Longest wait to note it.
const NOTING: Duration = Duration::from_millis(200);
/// First and longest lock of an account.
const LOCK: (i64, i64) = (60, 3600);

/// What signing in needs to know.
pub(crate) struct People {
    pub(crate) db: Db,
    /// Seals what the store must not show.
    pub(crate) secrets: Sealer,
    /// Numbers that accounts go by.
    pub(crate) rules: AccountRules,
    /// The instance, as an authenticator shows it.
    pub(crate) instance: String,
    /// Who says who somebody is, if the hub asks another.
    pub(crate) provider: Option<Provider>,
    /// Tries to sign in, by address.
    pub(crate) tries: Tries,
}

impl People {
    /// What was sealed.
    fn open(&self, sealed: &str) -> Result<String, Fault> {
        self.secrets.open(sealed).map_err(|error| Fault::Internal { why: error.to_string() })
    }
}

/// What somebody signs in with.
#[derive(Debug, Clone)]
pub(crate) struct Credentials<'a> {
    /// The account.
    pub(crate) name: &'a str,
    pub(crate) password: &'a str,
    /// A one-time code.
    pub(crate) code: Option<&'a str>,
    /// What the browser or program was given when somebody signed in from it before.
    pub(crate) device: Option<&'a str>,
}

/// A session, or a token, that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Begun {
    /// The secret: shown once.
    pub(crate) secret: String,
    /// What a browser's changes must carry beside the cookie.
    pub(crate) guard: String,
    /// When it ends in any case.
    pub(crate) ends: Timestamp,
    /// Who it is.
    pub(crate) account: Account,
    /// What the browser or program shows the next time, so that wrong tries of strangers do not lock it out.
    pub(crate) device: Option<String>,
}

/// Somebody who was recognised.
#[derive(Debug, Clone)]
pub(crate) struct Recognised {
    /// As an officer.
    pub(crate) officer: Officer,
    /// Of a session: what changes must carry.
    pub(crate) guard: Option<String>,
    /// When it ends in any case.
    pub(crate) ends: Timestamp,
}

/// Checks a password and a code, and begins a session or makes a token.
///
/// # Errors
/// [`Fault::BadCredentials`] tells nothing of which part was wrong; [`Fault::CodeNeeded`], [`Fault::AccountDisabled`] and
/// [`Fault::PasswordTooOld`] are told to who has shown the password.
pub(crate) async fn sign_in(
    people: &People,
    shown: &Credentials<'_>,
    visitor: &Visitor,
    good_for: Use,
    now: Timestamp,
) -> Result<Begun, Fault> {
    let Proven { kept, step, from } = prove(people, shown, visitor, now).await?;
    let old = kept.account.needs_code()
        && kept.password_at.is_none_or(|at| at + days(people.rules.admin_password_days) < now);
    if old {
        return Err(Fault::PasswordTooOld { days: people.rules.admin_password_days });
    }
    let mut tx = people.db.write().await?;
    take_step(&mut tx, &kept, step).await?;
    store::succeeded(&mut tx, shown.name, step, now).await?;
    if from.is_none() {
        // Whoever comes from a known device says nothing of what strangers have tried.
        store::failed(&mut tx, shown.name, 0, None).await?;
    }
    let device = device::known_from_now(&mut tx, shown.name, shown.device, now).await?;
    let begun = begin(&mut tx, kept.account, visitor, good_for, now, &people.rules).await?;
    tx.commit().await?;
    Ok(Begun { device: Some(device), ..begun })
}

/// Begins a session for somebody who has proven who they are.
pub(crate) async fn begin(
    tx: &mut Tx,
    account: Account,
    visitor: &Visitor,
    good_for: Use,
    now: Timestamp,
    rules: &AccountRules,
) -> Result<Begun, Fault> {
    let (secret, guard) = (random(), random());
    let ends = now + SignedDuration::from_hours(rules.session_hours);
    keep(tx, &account.name, good_for, &secret, &guard, visitor, now, ends).await?;
    note_visit(tx, &account, Act::SignedIn, visitor, good_for.word(), now).await?;
    Ok(Begun { secret, guard, ends, account, device: None })
}

/// Somebody who has shown what they must.
struct Proven {
    kept: Kept,
    /// The time step of the code.
    step: i64,
    /// The device that they come from, if the account has signed in from it before.
    from: Option<Device>,
}

/// Whether what is shown is right. Tries from a device that the account has signed in from are counted for that device, all others together.
async fn prove(
    people: &People,
    shown: &Credentials<'_>,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<Proven, Fault> {
    people.tries.take(visitor, now)?;
    let mut tx = people.db.read().await?;
    let known = store::by_name(&mut tx, shown.name).await?;
    let from = device::of(&mut tx, shown.name, shown.device).await?;
    drop(tx);
    let locked = match &from {
        Some(device) => device.locked_until,
        None => known.as_ref().and_then(|kept| kept.locked_until),
    };
    if let Some(until) = locked.filter(|until| *until > now) {
        return Err(Fault::TooManyTries { seconds: until.duration_since(now).as_secs() });
    }
    let stored = known.as_ref().and_then(|kept| kept.password.as_deref());
    let right = password::is_right(shown.password, stored, people.tries.door(visitor)).await?;
    let Some(kept) = known else { return Err(Fault::BadCredentials {}) };
    if !right {
        return Err(fail(people, &kept, from.as_ref(), visitor, now).await?);
    }
    check_idle(people, &kept, now).await?;
    if kept.totp.is_none() && kept.account.needs_code() {
        // It was given such roles after its password was set.
        return Err(Fault::SignInRefused { why: texts::code_not_set_up() });
    }
    let Some(sealed) = &kept.totp else {
        people.tries.give_back(visitor);
        return Ok(Proven { kept, step: 0, from });
    };
    let Some(code) = shown.code.filter(|code| !code.trim().is_empty()) else {
        return Err(Fault::CodeNeeded {});
    };
    let secret = people.open(sealed)?;
    match totp::check(&secret, code, now, kept.totp_step)? {
        Some(step) => {
            people.tries.give_back(visitor);
            Ok(Proven { kept, step, from })
        }
        None => Err(fail(people, &kept, from.as_ref(), visitor, now).await?),
    }
}

/// A one-time code counts once: whoever comes second with the same one finds its step taken, though both were checked before.
async fn take_step(tx: &mut Tx, kept: &Kept, step: i64) -> Result<(), Fault> {
    let name = kept.account.name.as_str();
    match store::by_name(tx, name).await? {
        Some(now) if kept.totp.is_none() || now.totp_step < step => Ok(()),
        _ => Err(Fault::BadCredentials {}),
    }
}

/// Whether an account is in use. One that nobody has used for too long is disabled now, though the hourly look may not have come yet.
async fn check_idle(people: &People, kept: &Kept, now: Timestamp) -> Result<(), Fault> {
    let disabled = Fault::AccountDisabled { account: kept.account.name.clone() };
    if kept.state == State::Disabled {
        return Err(disabled);
    }
    let rules = &people.rules;
    if close_idle(&people.db, kept, rules, now).await? { Err(disabled) } else { Ok(()) }
}

/// Disables an account that nobody has used for too long, unless it is the one that must stay. Returns whether it did.
async fn close_idle(db: &Db, kept: &Kept, rules: &AccountRules, now: Timestamp) -> Result<bool, Fault> {
    if kept.used_at + days(rules.idle_days) >= now {
        return Ok(false);
    }
    let mut tx = db.write().await?;
    let closed = shut_idle(&mut tx, kept, rules, now).await?;
    tx.commit().await?;
    Ok(closed)
}

/// Begins a session for somebody whom the identity provider has named. An account that was only invited is in use from then on.
///
/// # Errors
/// [`Fault::SignInRefused`], [`Fault::AccountDisabled`].
pub(crate) async fn sign_in_by_provider(
    people: &People,
    proven: &oidc::Proven,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<Begun, Fault> {
    let known = store::by_subject(&mut people.db.read().await?, &proven.subject).await?;
    let refused = |why: Words| Fault::SignInRefused { why };
    let kept = known.ok_or_else(|| refused(texts::identity_unknown()))?;
    check_idle(people, &kept, now).await?;
    if kept.account.needs_code() && !proven.strong {
        return Err(refused(texts::second_factor_missing()));
    }
    let mut tx = people.db.write().await?;
    if kept.state == State::Invited {
        store::set_state(&mut tx, &kept.account.name, State::Active).await?;
    }
    store::succeeded(&mut tx, &kept.account.name, kept.totp_step, now).await?;
    store::failed(&mut tx, &kept.account.name, 0, None).await?;
    let begun = begin(&mut tx, kept.account, visitor, Use::Session, now, &people.rules).await?;
    tx.commit().await?;
    people.tries.give_back(visitor);
    Ok(begun)
}

/// Counts a failure, and locks the device that it came from, or the account for all that are not known to it, when there were too many.
async fn fail(
    people: &People,
    kept: &Kept,
    from: Option<&Device>,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<Fault, Fault> {
    let name = &kept.account.name;
    let mut tx = people.db.write().await?;
    // Others may have failed meanwhile.
    let failures = 1 + match from {
        Some(device) => device::failures(&mut tx, device).await?,
        None => store::by_name(&mut tx, name).await?.map_or(0, |kept| kept.failures),
    };
    let over = failures - people.rules.tries;
    let seconds = (over >= 0).then(|| (LOCK.0 << over.min(10)).min(LOCK.1));
    let until = seconds.map(|seconds| now + SignedDuration::from_secs(seconds));
    match from {
        Some(device) => device::failed(&mut tx, device, failures, until).await?,
        None => store::failed(&mut tx, name, failures, until).await?,
    }
    note_visit(&mut tx, &kept.account, Act::Refused, visitor, "sign-in", now).await?;
    tx.commit().await?;
    Ok(Fault::BadCredentials {})
}

async fn note_visit(
    tx: &mut Tx,
    account: &Account,
    act: Act,
    visitor: &Visitor,
    why: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    let context = AuditContext { officer: as_officer(account, visitor), why: why.to_owned(), at: now };
    note(tx, &context, act, (KIND, &account.name), None, None).await
}

fn as_officer(account: &Account, visitor: &Visitor) -> Officer {
    let origin = Origin { account: account.kind, address: visitor.address, agent: visitor.agent.clone() };
    Officer { origin: Some(origin), ..account.officer() }
}

/// What somebody who holds an invitation needs to see before they set a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Welcome {
    pub(crate) account: Account,
    /// What their authenticator reads.
    pub(crate) totp: String,
}

/// Who an invitation is for. Gives the account a secret for one-time codes if it has none.
///
/// # Errors
/// [`Fault::BadInvitation`].
pub(crate) async fn welcome(people: &People, code: &str, now: Timestamp) -> Result<Welcome, Fault> {
    let mut tx = people.db.write().await?;
    let kept = invited(&mut tx, code, now).await?;
    let secret = match &kept.totp {
        Some(sealed) => people.open(sealed)?,
        None => {
            let secret = totp::new_secret();
            let sealed = people.secrets.seal(&secret);
            store::set_totp(&mut tx, &kept.account.name, Some(&sealed)).await?;
            tx.commit().await?;
            secret
        }
    };
    let totp = totp::address(&secret, &kept.account.name, &people.instance)?;
    Ok(Welcome { account: kept.account, totp })
}

/// Sets the first password, by an invitation. It is used up.
///
/// # Errors
/// [`Fault::BadInvitation`], [`Fault::PasswordRefused`], [`Fault::CodeNeeded`], [`Fault::BadCredentials`] if the code is wrong.
pub(crate) async fn enrol(
    people: &People,
    invitation: &str,
    new: &str,
    code: Option<&str>,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<Account, Fault> {
    people.tries.take(visitor, now)?;
    let kept = invited(&mut people.db.read().await?, invitation, now).await?;
    let code = code.filter(|code| !code.trim().is_empty());
    if code.is_none() && kept.account.needs_code() {
        return Err(Fault::CodeNeeded {});
    }
    let digest = acceptable(people, &kept, new, code.is_some(), people.tries.door(visitor)).await?;
    let mut tx = people.db.write().await?;
    let kept = invited(&mut tx, invitation, now).await?;
    let step = match (code, &kept.totp) {
        (None, _) => {
            store::set_totp(&mut tx, &kept.account.name, None).await?;
            0
        }
        (Some(_), None) => return Err(Fault::CodeNeeded {}),
        (Some(code), Some(sealed)) => {
            let secret = people.open(sealed)?;
            totp::check(&secret, code, now, kept.totp_step)?.ok_or(Fault::BadCredentials {})?
        }
    };
    renew_password(&mut tx, &kept.account, (&digest, step), visitor, now).await?;
    tx.commit().await?;
    people.tries.give_back(visitor);
    Ok(kept.account)
}

/// Sets another password. All sessions end.
///
/// # Errors
/// As [`sign_in`], and [`Fault::PasswordRefused`].
pub(crate) async fn change_password(
    people: &People,
    shown: &Credentials<'_>,
    new: &str,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<(), Fault> {
    let Proven { kept, step, .. } = prove(people, shown, visitor, now).await?;
    let digest = acceptable(people, &kept, new, kept.totp.is_some(), people.tries.door(visitor)).await?;
    let mut tx = people.db.write().await?;
    take_step(&mut tx, &kept, step).await?;
    renew_password(&mut tx, &kept.account, (&digest, step), visitor, now).await?;
    tx.commit().await
}

/// Gives an account the password of a digest, set with a code of that step. All sessions end.
async fn renew_password(
    tx: &mut Tx,
    account: &Account,
    (digest, step): (&str, i64),
    visitor: &Visitor,
    now: Timestamp,
) -> Result<(), Fault> {
    end_all(tx, &account.name).await?;
    store::set_password(tx, &account.name, digest, step, now).await?;
    note_visit(tx, account, Act::Updated, visitor, "password", now).await
}

/// The digest of a password that an account may set.
async fn acceptable(
    people: &People,
    kept: &Kept,
    new: &str,
    with_code: bool,
    door: Door,
) -> Result<String, Fault> {
    let rules = &people.rules;
    let (shortest, kinds) = if with_code {
        (rules.password_with_code, 1)
    } else {
        (rules.password_alone, rules.password_alone_kinds)
    };
    password::check(new, &kept.account.name, shortest, kinds)?;
    let used =
        store::passwords(&mut people.db.read().await?, &kept.account.name, rules.passwords_barred).await?;
    for old in &used {
        if password::is_right(new, Some(old), door).await? {
            let last = rules.passwords_barred;
            return Err(Fault::PasswordRefused { why: texts::password_used_before(last) });
        }
    }
    password::digest(new, door).await
}

async fn invited(tx: &mut Tx, code: &str, now: Timestamp) -> Result<Kept, Fault> {
    let row: Option<(String, String)> = optional!(
        tx,
        "SELECT account, expires_at FROM credential WHERE sha256 = $1 AND good_for = 'invitation'" => digest(code)
    )?;
    let (name, expires) = row.ok_or(Fault::BadInvitation {})?;
    let expires: Timestamp = from_text(&expires)?;
    let kept = store::by_name(tx, &name).await?.ok_or(Fault::BadInvitation {})?;
    if now >= expires || kept.state == State::Disabled {
        return Err(Fault::BadInvitation {});
    }
    Ok(kept)
}

type Row = (String, String, String, Option<String>, String, String);

/// Who acts by a secret.
///
/// # Errors
/// [`Fault::NotSignedIn`], [`Fault::AccountDisabled`].
pub(crate) async fn recognise(
    people: &People,
    secret: &str,
    good_for: Use,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<Recognised, Fault> {
    // Looked up by its digest: the time it takes tells nothing about the secret.
    let sha256 = digest(secret);
    let People { db, rules, .. } = people;
    let mut tx = db.read().await?;
    let row: Option<Row> = optional!(
        tx,
        "SELECT account, good_for, guard, agent, expires_at, used_at FROM credential WHERE sha256 = $1" => &sha256
    )?;
    let (name, kind, guard, agent, expires, used) = row.ok_or(Fault::NotSignedIn {})?;
    let (ends, used): (Timestamp, Timestamp) = (from_text(&expires)?, from_text(&used)?);
    let kept = store::by_name(&mut tx, &name).await?.ok_or(Fault::NotSignedIn {})?;
    drop(tx);
    let idle = SignedDuration::from_mins(rules.idle_minutes(&kept.account));
    let session = good_for == Use::Session;
    if kind != good_for.word() || now >= ends || (session && now.duration_since(used) > idle) {
        return Err(Fault::NotSignedIn {});
    }
    if session && agent != visitor.agent {
        // A cookie that turns up in another program was taken from its owner.
        let mut tx = db.write().await?;
        run!(tx, "DELETE FROM credential WHERE sha256 = $1" => &sha256)?;
        note_visit(
            &mut tx,
            &kept.account,
            Act::Refused,
            visitor,
            "the session moved to another program",
            now,
        )
        .await?;
        tx.commit().await?;
        return Err(Fault::NotSignedIn {});
    }
    if kept.state != State::Active {
        return Err(Fault::AccountDisabled { account: name });
    }
    if close_idle(db, &kept, rules, now).await? {
        return Err(Fault::AccountDisabled { account: name });
    }
    if now.duration_since(used) >= NOTED_EVERY {
        // Whoever only reads does not wait for those who write: where they are at it, the next use is noted.
        let _ = tokio::time::timeout(NOTING, note_use(db, &sha256, &name, now)).await;
    }
    Ok(Recognised { officer: as_officer(&kept.account, visitor), guard: session.then_some(guard), ends })
}

async fn note_use(db: &Db, sha256: &str, name: &str, now: Timestamp) -> Result<(), Fault> {
    let mut tx = db.write().await?;
    run!(tx, "UPDATE credential SET used_at = $2 WHERE sha256 = $1" => sha256, moment(now))?;
    store::used(&mut tx, name, now).await?;
    tx.commit().await
}
