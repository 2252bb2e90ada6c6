//! Signing in, and first passwords, over HTTP.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use jiff::Timestamp;
use model::agency::{Agency, Name};
use model::fault::{Fault, Words};
use model::id::MemberId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use trust::oidc::{self, AuthorizationState, Provider, Returned, STATE_COOKIE};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::officer::Officer;
use crate::audit::right::{Right, Role};
use crate::clock;
use crate::hub::Hub;
use crate::notice;
use crate::people::account::Account;
use crate::people::credential::{self, Use};
use crate::people::device;
use crate::people::oidc::OidcSettings;
use crate::people::session::{self, Begun, Credentials};
use crate::people::store as people;
use crate::people::tries::Visitor;
use crate::registry::Subject as _;
use crate::running::behind::{Behind, behind};
use crate::store::Tx;
use crate::texts;
use crate::web::extract::{DEVICE_COOKIE, SESSION_COOKIE, any_cookie, bearer, cookie};
use crate::web::intake::Body;
use crate::web::{Asked, Known, Problem, read};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, who, sign_out))
        .routes(routes!(welcome, enrol))
        .routes(routes!(change_password))
        .routes(routes!(to_provider))
        .routes(routes!(from_provider))
}

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
    /// Of whoever asks who they are: how their pages are headed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<HeadedBy>)]
    head: Option<HeadedBy>,
}

/// Who somebody is, for people, and how much they have not read.
#[derive(Debug, Serialize, ToSchema)]
struct HeadedBy {
    /// The person's name, or what the program is.
    person: String,
    /// The name of their agency; null: the hub's.
    agency_name: Option<Name>,
    /// Notices that they have not read.
    unread: i64,
}

impl SignedIn {
    fn new(officer: &Officer, ends: Timestamp) -> Self {
        let rights = officer.roles.iter().flat_map(|role| role.rights()).copied().collect();
        let Officer { name, agency, roles, .. } = officer.clone();
        let ends = ends.to_string();
        Self {
            name,
            agency,
            roles,
            rights,
            ends,
            token: None,
            device: None,
            guard: None,
            behind: None,
            head: None,
        }
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
        return Err(Fault::BadDocument {
            place: Words::quoted("Content-Type"),
            why: Words::quoted("application/json"),
        }
        .into());
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
    header(&format!("{DEVICE_COOKIE}={secret}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}"))
}

/// The cookie of a session. `Lax`, because whoever comes back from an identity provider comes from another site; what changes
/// something needs the guard beside it.
pub(crate) fn session_cookie(begun: &Begun) -> Result<HeaderValue, Fault> {
    header(&format!("{SESSION_COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Lax", begun.secret))
}

fn header(text: &str) -> Result<HeaderValue, Fault> {
    HeaderValue::from_str(text).map_err(|error| Fault::Internal { why: error.to_string() })
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
    let (settings, provider) = provider(&hub)?;
    let next = query.next.unwrap_or_else(|| "/".to_owned());
    if !crate::web::listen::is_own(&next) || next.len() > 1000 {
        return Err(Fault::BadParameters { why: Words::quoted("next: /…") }.into());
    }
    let (address, authorization) =
        provider.send_off(&back(&hub)?, &next, settings.acr.as_slice(), None, now).await?;
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
    let (settings, provider) = provider(&hub)?;
    let lost = || Fault::SignInRefused { why: texts::nothing_brought() };
    // Another authorization's says at least that this one is not it.
    let own = oidc::state_cookie(query.state.as_deref().unwrap_or_default());
    let sealed = cookie(&headers, &own).or_else(|| any_cookie(&headers, STATE_COOKIE)).ok_or_else(lost)?;
    let authorization = hub.people.secrets.open(&sealed).map_err(|_| lost())?;
    let authorization: AuthorizationState = serde_json::from_str(&authorization).map_err(|_| lost())?;
    let ReturnQuery { code, state, error, iss } = query;
    let returned = Returned { code, state, error, iss };
    let proven = provider.welcome_back(&authorization, &returned, &back(&hub)?, now).await?;
    let proven = settings.judge(proven)?;
    let begun = session::sign_in_by_provider(&hub.people, &proven, &visitor, now).await?;
    let mut response = ([(LOCATION, authorization.next)], StatusCode::SEE_OTHER).into_response();
    response.headers_mut().append(SET_COOKIE, session_cookie(&begun)?);
    let done = format!("{own}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    response.headers_mut().append(SET_COOKIE, header(&done)?);
    Ok(response)
}

fn provider(hub: &Hub) -> Result<(&OidcSettings, &Provider), Fault> {
    let both = hub.settings.oidc.as_ref().zip(hub.people.provider.as_ref());
    both.ok_or_else(|| Fault::SignInRefused { why: texts::no_provider() })
}

/// Where the provider sends people back to.
fn back(hub: &Hub) -> Result<url::Url, Fault> {
    hub.settings.url.join("sign-in/return").map_err(|error| Fault::Internal { why: error.to_string() })
}

/// Who is signed in, what they may, and until when. Within this process the answer brings along who they are: a page has asked once then.
#[utoipa::path(get, path = "/api/v1/session", operation_id = "who_am_i",
    responses((status = 200, description = "who it is, and until when", body = SignedIn)))]
async fn who(
    State(hub): State<Arc<Hub>>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<(Extension<Known>, Json<SignedIn>), Problem> {
    let (secret, good_for) = shown(&headers).ok_or(Fault::NotSignedIn {})?;
    let found = session::recognise(&hub.people, &secret, good_for, &visitor, clock::now()).await?;
    // Whoever is signed in sees it on every page.
    let mut tx = hub.db.read().await?;
    let behind = behind(&mut tx).await?;
    let head = Some(head(&mut tx, &found.officer).await?);
    let known = Extension(Known::new(&found.officer));
    Ok((
        known,
        Json(SignedIn { behind, head, guard: found.guard, ..SignedIn::new(&found.officer, found.ends) }),
    ))
}

async fn head(tx: &mut Tx, officer: &Officer) -> Result<HeadedBy, Fault> {
    let account = people::by_name(tx, &officer.name).await?;
    let agency_name = match &officer.agency {
        Some(agency) => Agency::load(tx, agency.as_str()).await?.map(|agency| agency.name),
        None => None,
    };
    Ok(HeadedBy {
        person: account.map_or_else(|| officer.name.clone(), |kept| kept.account.person),
        agency_name,
        unread: notice::unread(tx, officer).await?,
    })
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
pub(super) struct Changed {
    /// The account.
    pub changed: String,
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
