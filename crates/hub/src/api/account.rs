//! Signing in and accounts, over HTTP.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use model::fault::{Fault, Words};
use model::id::MemberId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::AuditContext;
use crate::audit::officer::Officer;
use crate::audit::right::{Right, Role};
use crate::clock;
use crate::hub::Hub;
use crate::people::account::{Account, AccountRules, KIND, Kept, State as Life, days};
use crate::people::credential::{self, Use};
use crate::people::device;
use crate::people::manage::{self, Handed};
use crate::people::oidc::{self, AuthorizationState, Returned, STATE_COOKIE};
use crate::people::session::{self, Begun, Credentials};
use crate::people::store;
use crate::people::tries::Visitor;
use crate::registry::PAGE;
use crate::running::behind::{Behind, behind};
use crate::store::Tx;
use crate::web::command::{Command, Done, Outcome};
use crate::web::extract::{DEVICE_COOKIE, SESSION_COOKIE, any_cookie, bearer, cookie};
use crate::web::intake::Body;
use crate::web::{Asked, Named, Page, Problem, Reason, read};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, who, sign_out))
        .routes(routes!(welcome, enrol))
        .routes(routes!(change_password))
        .routes(routes!(to_provider))
        .routes(routes!(from_provider))
        .routes(routes!(list, create))
        .routes(routes!(one, change))
        .routes(routes!(disable))
        .routes(routes!(renew))
        .routes(routes!(review))
}

type StandingPage = Page<Standing>;
type DoneChanged = Done<Changed>;
type DoneDisabled = Done<Disabled>;
type DoneReviewed = Done<Reviewed>;

/// What somebody signs in with.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SigningIn {
    /// The account.
    pub name: String,
    /// Its password.
    pub password: String,
    /// The one-time code of the moment, where the account has them.
    #[serde(default)]
    pub code: Option<String>,
    /// A token for a program in place of a cookie for a browser.
    #[serde(default)]
    pub token: bool,
    /// Of a program: the `device` that it was answered with when the account signed in from it before. Tries from there are counted apart
    /// from those of strangers. Browsers have a cookie for it.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub device: Option<String>,
}

/// Who is signed in, what they may, and until when.
#[derive(Debug, Serialize, ToSchema)]
struct SignedIn {
    /// The account.
    name: String,
    /// Its agency; null: the hub's.
    agency: Option<MemberId>,
    /// Its roles there.
    roles: Vec<Role>,
    /// What they may do.
    rights: Vec<Right>,
    /// When the session or token ends in any case.
    #[schema(format = DateTime)]
    ends: String,
    /// Of a program that signs in: its token, shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// Of a program that signs in: what it shows the next time, unless it is known already.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    device: Option<Option<String>>,
    /// Of a browser: what each change must carry in `Lienthong-Guard`.
    #[serde(skip_serializing_if = "Option::is_none")]
    guard: Option<String>,
    /// What nodes have proven that the hub's store does not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    behind: Option<Behind>,
}

impl SignedIn {
    fn new(officer: &Officer, ends: Timestamp) -> Self {
        let rights = officer.roles.iter().flat_map(|role| role.rights()).copied().collect();
        let Officer { name, agency, roles, .. } = officer.clone();
        let ends = ends.to_string();
        Self { name, agency, roles, rights, ends, token: None, device: None, guard: None, behind: None }
    }
}

/// Sign in. Browsers get a cookie, and the guard that each change must carry in `Lienthong-Guard`; programs get a token.
#[utoipa::path(post, path = "/api/v1/session", operation_id = "sign_in", request_body = SigningIn, security(()),
    responses((status = 200, description = "who it is, and until when", body = SignedIn)))]
async fn sign_in(
    State(hub): State<Arc<Hub>>,
    visitor: Visitor,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, Problem> {
    // Another site can send a form, or text, and so sign somebody in as somebody else; JSON it cannot send unasked.
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/json") {
        return Err(
            Fault::BadDocument { place: "Content-Type".into(), why: "application/json".into() }.into()
        );
    }
    let asked: SigningIn = read(&body)?;
    let device = asked.device.clone().or_else(|| cookie(&headers, DEVICE_COOKIE));
    let shown = Credentials {
        name: &asked.name,
        password: &asked.password,
        code: asked.code.as_deref(),
        device: device.as_deref(),
    };
    let good_for = if asked.token { Use::Token } else { Use::Session };
    let begun = session::sign_in(&hub.people, &shown, &visitor, good_for, clock::now()).await?;
    let answer = SignedIn::new(&begun.account.officer(), begun.ends);
    if asked.token {
        let (token, device) = (Some(begun.secret), Some(begun.device));
        return Ok(Json(SignedIn { token, device, ..answer }).into_response());
    }
    let mut response = Json(SignedIn { guard: Some(begun.guard.clone()), ..answer }).into_response();
    response.headers_mut().insert(SET_COOKIE, session_cookie(&begun)?);
    if let Some(device) = &begun.device {
        response.headers_mut().append(SET_COOKIE, device_cookie(device)?);
    }
    Ok(response)
}

/// The cookie by which a browser is known that somebody has signed in from. It lets nobody in.
fn device_cookie(secret: &str) -> Result<HeaderValue, Fault> {
    let seconds = device::KNOWN_FOR.as_secs();
    let text =
        format!("{DEVICE_COOKIE}={secret}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}");
    HeaderValue::from_str(&text).map_err(|error| Fault::Internal { why: error.to_string() })
}

/// The cookie of a session. `Lax`, because whoever comes back from an identity provider comes from another site; what changes
/// something needs the guard beside it.
pub(crate) fn session_cookie(begun: &Begun) -> Result<HeaderValue, Fault> {
    let text = format!("{SESSION_COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Lax", begun.secret);
    HeaderValue::from_str(&text).map_err(|error| Fault::Internal { why: error.to_string() })
}

/// Where to go after signing in.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Next {
    /// An address at the hub: `/…`.
    next: Option<String>,
}

/// Sign in through the identity provider: leads there.
#[utoipa::path(get, path = "/sign-in/provider", operation_id = "go_to_identity_provider", params(Next), security(()),
    responses((status = 303, description = "to the provider")))]
async fn to_provider(
    State(hub): State<Arc<Hub>>,
    visitor: Visitor,
    Asked(query): Asked<Next>,
) -> Result<Response, Problem> {
    let now = clock::now();
    hub.people.tries.take(&visitor, now)?;
    let provider = provider(&hub)?;
    let next = query.next.unwrap_or_else(|| "/".to_owned());
    if !crate::web::listen::is_own(&next) || next.len() > 1000 {
        return Err(Fault::BadParameters { why: "next: /…".into() }.into());
    }
    let (address, authorization) = provider.send_off(&back(&hub)?, &next, now).await?;
    let sealed = hub.people.secrets.seal(&json!(authorization).to_string());
    let cookie = format!(
        "{}={sealed}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={}",
        authorization.cookie(),
        oidc::AWAY.as_secs()
    );
    Ok(([(SET_COOKIE, cookie), (LOCATION, address.to_string())], StatusCode::SEE_OTHER).into_response())
}

/// What the provider sends back.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ReturnQuery {
    /// What the provider made out.
    code: Option<String>,
    /// What it was given.
    state: Option<String>,
    /// Why not.
    error: Option<String>,
    /// Who it is (RFC 9207).
    iss: Option<String>,
}

/// Back from the identity provider: begins a session and leads on.
#[utoipa::path(get, path = "/sign-in/return", operation_id = "return_from_identity_provider", params(ReturnQuery), security(()),
    responses((status = 303, description = "to where they wanted to go")))]
async fn from_provider(
    State(hub): State<Arc<Hub>>,
    visitor: Visitor,
    headers: HeaderMap,
    Asked(query): Asked<ReturnQuery>,
) -> Result<Response, Problem> {
    let now = clock::now();
    hub.people.tries.take(&visitor, now)?;
    let provider = provider(&hub)?;
    let lost = || Fault::SignInRefused {
        why: Words::new("trình duyệt không mang theo gì", "the browser brought nothing along"),
    };
    // Another authorization's says at least that this one is not it.
    let own = oidc::state_cookie(query.state.as_deref().unwrap_or_default());
    let sealed = cookie(&headers, &own).or_else(|| any_cookie(&headers, STATE_COOKIE)).ok_or_else(lost)?;
    let authorization = hub.people.secrets.open(&sealed).map_err(|_| lost())?;
    let authorization: AuthorizationState = serde_json::from_str(&authorization).map_err(|_| lost())?;
    let ReturnQuery { code, state, error, iss } = query;
    let returned = Returned { code, state, error, iss };
    let proven = provider.welcome_back(&authorization, &returned, &back(&hub)?, now).await?;
    let begun = session::sign_in_by_provider(&hub.people, &proven, &visitor, now).await?;
    let mut response = ([(LOCATION, authorization.next)], StatusCode::SEE_OTHER).into_response();
    response.headers_mut().append(SET_COOKIE, session_cookie(&begun)?);
    let done = format!("{own}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    response.headers_mut().append(
        SET_COOKIE,
        HeaderValue::from_str(&done).map_err(|error| Fault::Internal { why: error.to_string() })?,
    );
    Ok(response)
}

fn provider(hub: &Hub) -> Result<&oidc::Provider, Fault> {
    hub.people.provider.as_ref().ok_or_else(|| Fault::SignInRefused {
        why: Words::new(
            "trung tâm không dùng nhà cung cấp danh tính nào",
            "the hub has no identity provider",
        ),
    })
}

/// Where the provider sends people back to.
fn back(hub: &Hub) -> Result<url::Url, Fault> {
    hub.settings.url.join("sign-in/return").map_err(|error| Fault::Internal { why: error.to_string() })
}

/// Who is signed in, what they may, and until when.
#[utoipa::path(get, path = "/api/v1/session", operation_id = "who_am_i",
    responses((status = 200, description = "who it is, and until when", body = SignedIn)))]
async fn who(
    State(hub): State<Arc<Hub>>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Json<SignedIn>, Problem> {
    let (secret, good_for) = shown(&headers).ok_or(Fault::NotSignedIn {})?;
    let found = session::recognise(&hub.people, &secret, good_for, &visitor, clock::now()).await?;
    // Whoever is signed in sees it on every page.
    let behind = behind(&mut hub.db.read().await?).await?;
    Ok(Json(SignedIn { behind, guard: found.guard, ..SignedIn::new(&found.officer, found.ends) }))
}

/// Who has signed out.
#[derive(Debug, Serialize, ToSchema)]
struct SignedOut {
    /// The account.
    signed_out: String,
}

/// Sign out: the cookie or token that is shown counts no more.
#[utoipa::path(delete, path = "/api/v1/session", operation_id = "sign_out", responses((status = 200, description = "done", body = SignedOut)))]
async fn sign_out(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    headers: HeaderMap,
) -> Result<Json<SignedOut>, Problem> {
    let (secret, _) = shown(&headers).ok_or(Fault::NotSignedIn {})?;
    let mut tx = hub.db.write().await?;
    credential::end(&mut tx, &secret).await?;
    tx.commit().await?;
    Ok(Json(SignedOut { signed_out: officer.name }))
}

fn shown(headers: &HeaderMap) -> Option<(String, Use)> {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    match header.and_then(bearer) {
        Some(token) => Some((token.trim().to_owned(), Use::Token)),
        None => cookie(headers, SESSION_COOKIE).map(|secret| (secret, Use::Session)),
    }
}

/// An invitation to set a password.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Invited {
    /// The code that was handed over.
    pub invitation: String,
}

/// Who an invitation is for.
#[derive(Debug, Serialize, ToSchema)]
struct Welcomed {
    /// The account.
    account: Account,
    /// Whether it must have one-time codes.
    needs_code: bool,
    /// The address that an authenticator reads for them.
    totp: String,
    /// How long its password must be.
    password_at_least: PasswordLengths,
}

/// Characters that a password must have.
#[derive(Debug, Serialize, ToSchema)]
struct PasswordLengths {
    /// Beside one-time codes.
    with_code: usize,
    /// Without them.
    alone: usize,
}

/// Who an invitation is for, and the address that an authenticator reads for one-time codes.
#[utoipa::path(post, path = "/api/v1/enrolment", operation_id = "look_at_invitation", request_body = Invited, security(()),
    responses((status = 200, description = "the account, and its one-time codes", body = Welcomed)))]
async fn welcome(
    State(hub): State<Arc<Hub>>,
    visitor: Visitor,
    Body(body): Body,
) -> Result<Json<Welcomed>, Problem> {
    let invited: Invited = read(&body)?;
    hub.people.tries.take(&visitor, clock::now())?;
    let welcome = session::welcome(&hub.people, &invited.invitation, clock::now()).await?;
    hub.people.tries.give_back(&visitor);
    let rules = &hub.people.rules;
    Ok(Json(Welcomed {
        needs_code: welcome.account.needs_code(),
        account: welcome.account,
        totp: welcome.totp,
        password_at_least: PasswordLengths {
            with_code: rules.password_with_code,
            alone: rules.password_alone,
        },
    }))
}

/// A first password.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Enrolling {
    /// The code that was handed over.
    pub invitation: String,
    /// The password.
    pub password: String,
    /// A one-time code, to show that the authenticator works. Without one the account has none, if its roles allow that.
    #[serde(default)]
    pub code: Option<String>,
}

/// An account that has a password now.
#[derive(Debug, Serialize, ToSchema)]
struct Enrolled {
    /// The account.
    account: Account,
}

/// Set the first password of an account. The invitation is used up.
#[utoipa::path(put, path = "/api/v1/enrolment", operation_id = "enrol", request_body = Enrolling, security(()),
    responses((status = 200, description = "the account", body = Enrolled)))]
async fn enrol(
    State(hub): State<Arc<Hub>>,
    visitor: Visitor,
    Body(body): Body,
) -> Result<Json<Enrolled>, Problem> {
    let asked: Enrolling = read(&body)?;
    let now = clock::now();
    let account =
        session::enrol(&hub.people, &asked.invitation, &asked.password, asked.code.as_deref(), &visitor, now)
            .await?;
    Ok(Json(Enrolled { account }))
}

/// Another password.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    /// The account.
    pub name: String,
    /// Its password.
    pub password: String,
    /// The one-time code of the moment, where the account has them.
    #[serde(default)]
    pub code: Option<String>,
    /// The password that takes its place.
    pub new_password: String,
    /// Of a program: as in signing in.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub device: Option<String>,
}

/// Which account was changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountChanged)]
struct Changed {
    /// The account.
    changed: String,
}

/// Set another password. All sessions and tokens of the account end.
#[utoipa::path(put, path = "/api/v1/password", operation_id = "change_password", request_body = NewPassword, security(()),
    responses((status = 200, description = "done", body = Changed)))]
async fn change_password(
    State(hub): State<Arc<Hub>>,
    visitor: Visitor,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Json<Changed>, Problem> {
    let asked: NewPassword = read(&body)?;
    let device = asked.device.clone().or_else(|| cookie(&headers, DEVICE_COOKIE));
    let shown = Credentials {
        name: &asked.name,
        password: &asked.password,
        code: asked.code.as_deref(),
        device: device.as_deref(),
    };
    session::change_password(&hub.people, &shown, &asked.new_password, &visitor, clock::now()).await?;
    Ok(Json(Changed { changed: asked.name }))
}

/// Where the list of accounts goes on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AccountQuery {
    /// Only names behind this one.
    #[serde(default)]
    after: String,
    /// Of this agency only.
    #[param(value_type = Option<String>)]
    agency: Option<String>,
}

/// An account, as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountStanding)]
struct Standing {
    /// The account.
    account: Account,
    /// Where it is in its life.
    state: Life,
    /// When it was made or last used.
    #[schema(format = DateTime)]
    used_at: String,
    /// When it was last found to be needed.
    #[schema(format = DateTime)]
    reviewed_at: String,
    /// Whether somebody must confirm that it is.
    must_be_reviewed: bool,
    /// When it is disabled if nobody uses it.
    #[schema(format = DateTime)]
    disabled_if_idle_at: String,
    /// Whether it has one-time codes.
    has_codes: bool,
    /// Until when no try is answered.
    #[schema(format = DateTime)]
    locked_until: Option<String>,
}

/// The accounts, with their state and whether they must be reviewed. An agency's officer sees those of the agency.
#[utoipa::path(get, path = "/api/v1/accounts", operation_id = "list_accounts", params(AccountQuery),
    responses((status = 200, description = "a page", body = StandingPage)))]
async fn list(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Asked(query): Asked<AccountQuery>,
) -> Result<Json<StandingPage>, Problem> {
    may_see(&officer)?;
    let own = officer.agency.as_ref().map(MemberId::to_string).or(query.agency);
    let found = store::list(&mut hub.db.read().await?, own.as_deref(), &query.after, PAGE).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == PAGE);
    let next = found.last().filter(|_| full).map(|kept| kept.account.name.clone());
    let now = clock::now();
    let items = found.into_iter().map(|kept| shown_to_managers(kept, &hub.people.rules, now)).collect();
    Ok(Json(Page { items, next }))
}

fn may_see(officer: &Officer) -> Result<(), Fault> {
    let may =
        [Right::ManageAccounts, Right::ReviewAccounts, Right::ReadAudit].map(|right| officer.must(right));
    let [first, ..] = may.clone();
    if may.iter().any(Result::is_ok) { Ok(()) } else { first }
}

fn shown_to_managers(kept: Kept, rules: &AccountRules, now: Timestamp) -> Standing {
    Standing {
        account: kept.account,
        state: kept.state,
        used_at: kept.used_at.to_string(),
        reviewed_at: kept.reviewed_at.to_string(),
        must_be_reviewed: kept.reviewed_at + days(rules.review_days) < now,
        disabled_if_idle_at: (kept.used_at + days(rules.idle_days)).to_string(),
        has_codes: kept.totp.is_some(),
        locked_until: kept.locked_until.filter(|until| *until > now).map(|until| until.to_string()),
    }
}

/// An account to make or to change.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountChange {
    /// The account.
    pub account: Account,
    /// Why.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

/// What is handed to whoever the account is for. Shown once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountHandedOver)]
struct HandedOver {
    /// The account.
    account: String,
    /// Of a person: the code that their first password is set with.
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation: Option<String>,
    /// Of a program: its token.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// Make an account. A person gets an invitation to set a password, a program a token; either is shown once.
#[utoipa::path(post, path = "/api/v1/accounts", operation_id = "create_account", request_body = AccountChange,
    responses((status = 200, description = "invitation or token; hand it over in secret", body = HandedOver)))]
async fn create(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Body(body): Body,
) -> Result<Json<Done<HandedOver>>, Problem> {
    let AccountChange { account, reason } = read(&body)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let handed = manage::create(tx, &account, context, &hub.people.rules).await?;
        Ok(Outcome::Secret(hand_over(&account.name, handed)))
    };
    command.with(&body).run(&hub, &reason, work).await
}

fn hand_over(name: &str, handed: Handed) -> HandedOver {
    let (invitation, token) = match handed {
        Handed::Invitation(code) => (Some(code), None),
        Handed::Token(token) => (None, Some(token)),
    };
    HandedOver { account: name.to_owned(), invitation, token }
}

/// One account.
#[utoipa::path(get, path = "/api/v1/accounts/{name}", operation_id = "get_account", params(("name" = String, Path, description = "the account")),
    responses((status = 200, description = "the account and its state", body = Standing)))]
async fn one(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Named(name): Named<String>,
) -> Result<Json<Standing>, Problem> {
    let kept = manage::existing(&mut hub.db.read().await?, &name).await?;
    if officer.name != name {
        may_see(&officer)?;
        if officer.agency.is_some() && officer.agency != kept.account.agency {
            return Err(Fault::NotInRegistry { subject: format!("{} {name}", KIND) }.into());
        }
    }
    Ok(Json(shown_to_managers(kept, &hub.people.rules, clock::now())))
}

/// Change an account's person, roles or agency. Its sessions end.
#[utoipa::path(put, path = "/api/v1/accounts/{name}", operation_id = "change_account", request_body = AccountChange,
    params(("name" = String, Path, description = "the account")),
    responses((status = 200, description = "done", body = DoneChanged)))]
async fn change(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(name): Named<String>,
    Body(body): Body,
) -> Result<Json<DoneChanged>, Problem> {
    let AccountChange { account, reason } = read(&body)?;
    if account.name != name {
        return Err(Fault::BadDocument {
            place: "account.name".into(),
            why: "another than in the address".into(),
        }
        .into());
    }
    let work = async |tx: &mut Tx, context: &AuditContext| {
        manage::change(tx, &account, context).await?;
        Ok(Outcome::Done(Changed { changed: name }))
    };
    command.with(&body).run(&hub, &reason, work).await
}

/// Which account was disabled.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountDisabled)]
struct Disabled {
    /// The account.
    disabled: String,
}

/// Disable an account. What it signed in with counts no more, at once.
#[utoipa::path(post, path = "/api/v1/accounts/{name}/disable", operation_id = "disable_account", request_body = Reason,
    params(("name" = String, Path, description = "the account")),
    responses((status = 200, description = "done", body = DoneDisabled)))]
async fn disable(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(name): Named<String>,
    Body(body): Body,
) -> Result<Json<DoneDisabled>, Problem> {
    let Reason { reason } = read(&body)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        manage::disable(tx, &name, context).await?;
        Ok(Outcome::Done(Disabled { disabled: name }))
    };
    command.with(&body).run(&hub, &reason, work).await
}

/// Give an account new credentials: a new invitation, or a new token. Also lets one that was disabled be used anew.
#[utoipa::path(post, path = "/api/v1/accounts/{name}/renew", operation_id = "renew_account", request_body = Reason,
    params(("name" = String, Path, description = "the account")),
    responses((status = 200, description = "invitation or token; hand it over in secret", body = HandedOver)))]
async fn renew(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(name): Named<String>,
    Body(body): Body,
) -> Result<Json<Done<HandedOver>>, Problem> {
    let Reason { reason } = read(&body)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let handed = manage::renew(tx, &name, context, &hub.people.rules).await?;
        Ok(Outcome::Secret(hand_over(&name, handed)))
    };
    command.with(&body).run(&hub, &reason, work).await
}

/// Which account is still needed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountReviewed)]
struct Reviewed {
    /// The account.
    reviewed: String,
}

/// Confirm that an account is still needed.
#[utoipa::path(post, path = "/api/v1/accounts/{name}/review", operation_id = "review_account", request_body = Reason,
    params(("name" = String, Path, description = "the account")),
    responses((status = 200, description = "done", body = DoneReviewed)))]
async fn review(
    State(hub): State<Arc<Hub>>,
    command: Command,
    Named(name): Named<String>,
    Body(body): Body,
) -> Result<Json<DoneReviewed>, Problem> {
    let Reason { reason } = read(&body)?;
    let work = async |tx: &mut Tx, context: &AuditContext| {
        manage::review(tx, &name, context).await?;
        Ok(Outcome::Done(Reviewed { reviewed: name }))
    };
    command.with(&body).run(&hub, &reason, work).await
}
