//! The doors of a node's listener for persons: to a provider and back, who has signed in, out again, and a provider's word that somebody
//! has signed out there.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Extension, Path, Query, Request, State};
use axum::http::header::{
    CACHE_CONTROL, COOKIE, LOCATION, REFERRER_POLICY, SET_COOKIE, USER_AGENT, WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use jiff::{SignedDuration, Timestamp};
use model::agency::Name;
use model::fault::{Fault, Words};
use serde::{Deserialize, Serialize};
use serde_json::json;
use trust::oidc::{AWAY, AuthorizationState, Demand, HIGHEST, Returned, STATE_COOKIE, state_cookie};
use url::Url;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::session::{self, Door};
use super::{People, Person, Who, refused};
use crate::api::{Doors, Needed, Problem};
use crate::caller::Right;
use crate::clock;
use crate::texts;

/// The cookie of a session. The prefix makes browsers keep it to this host, over TLS only.
pub const SESSION_COOKIE: &str = "__Host-lienthong-mot-cua";
/// What changes carry beside the cookie, so that no other site can make them.
pub const GUARD: &str = "lienthong-guard";
/// On an answer to somebody who came back and is not signed in: what begins their errand anew, for pages to lead to.
const ERRAND: &str = "lienthong-errand";
/// Longest address that somebody goes on to.
const NEXT_MAX: usize = 1000;
/// Errands of one browser that may be under way at once.
const ERRANDS_MAX: usize = 8;
/// Longest form by which a provider tells that somebody has signed out.
const LOGOUT_MAX_BYTES: usize = 100 * 1024;
/// Longest program's name that is kept.
const AGENT_MAX: usize = 200;

/// The doors.
pub fn routes() -> OpenApiRouter<Arc<People>> {
    OpenApiRouter::new()
        .routes(routes!(providers))
        .routes(routes!(to_provider))
        .routes(routes!(from_provider))
        .routes(routes!(logout))
        .routes(routes!(who, sign_out))
}

/// Who sends a request with the cookie of a session; none if there is no such cookie. What changes something carries the session's guard.
///
/// # Errors
/// [`Fault::NobodyKnown`] if the session has ended, [`Fault::NotGuarded`], [`Fault::StoreFailed`].
pub async fn person(
    people: &People,
    method: &Method,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Option<Person>, Fault> {
    let Some(secret) = cookie(headers, SESSION_COOKIE) else { return Ok(None) };
    let person = session::recognise(people, &secret, agent(headers).as_deref(), now).await?;
    if !matches!(*method, Method::GET | Method::HEAD) {
        let shown = headers.get(GUARD).and_then(|value| value.to_str().ok());
        if shown != Some(person.guard.as_str()) {
            return Err(Fault::NotGuarded {});
        }
    }
    Ok(Some(person))
}

/// Puts who has signed in among the extensions of a request, where routes of cases look for them: nothing that comes with a request from
/// outside gets there. Who shows no session goes on as they came.
pub async fn known(State(people): State<Arc<People>>, mut request: Request, next: Next) -> Response {
    match person(&people, request.method(), request.headers(), clock::now()).await {
        Ok(Some(person)) => {
            request.extensions_mut().insert(person.caller());
            request.extensions_mut().insert(person);
        }
        Ok(None) => {}
        Err(fault) => return Problem::from(fault).into_response(),
    }
    let person = request.extensions().get::<Person>().cloned();
    let mut response = next.run(request).await;
    if let (Some(person), Some(Needed(level))) = (person, response.extensions().get().copied())
        && let Some(told) = challenge(&people, &person, Demand { level, max_age: None })
    {
        response.headers_mut().insert(WWW_AUTHENTICATE, told);
    }
    response
}

/// Puts the doors beside routes of cases, and who has signed in before them.
pub fn around(people: &Arc<People>, routes: Router) -> Router {
    let (_, doors) = self::routes().split_for_parts();
    let routes =
        routes.layer(from_fn_with_state(people.clone(), known)).layer(Extension(Doors(Arc::new(doors))));
    routes.merge(Router::from(self::routes()).with_state(people.clone()))
}

/// What the answer says to somebody who is not known surely enough (RFC 9470).
#[must_use]
pub fn challenge(people: &People, person: &Person, demand: Demand) -> Option<HeaderValue> {
    let levels = &people.settings.providers.get(&person.provider)?.levels;
    HeaderValue::from_str(&demand.challenge(levels)).ok()
}

fn agent(headers: &HeaderMap) -> Option<String> {
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    agent.map(|agent| agent.chars().take(AGENT_MAX).collect())
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    cookies(headers).find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='))
}

/// An identity provider, for people to choose.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IdentityProvider)]
struct Choice {
    /// Its name in addresses.
    id: String,
    /// What people know it as.
    title: Name,
    /// That it is a play provider, which knows nobody.
    play: bool,
}

/// By which providers persons sign in.
#[utoipa::path(get, path = "/api/sign-in", operation_id = "list_identity_providers", security(()),
    responses((status = 200, description = "the providers", body = Vec<Choice>)))]
async fn providers(State(people): State<Arc<People>>) -> Json<Vec<Choice>> {
    let all = people.settings.providers.iter();
    Json(all.map(|(id, own)| Choice { id: id.clone(), title: own.title.clone(), play: own.play }).collect())
}

/// As what somebody comes.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SignInAs)]
enum As {
    Citizen,
    Officer,
}

/// How, and where to go afterwards.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SigningIn {
    /// As what.
    #[serde(rename = "as")]
    #[param(rename = "as", inline)]
    as_what: As,
    /// Of an officer who comes for the first time.
    invitation: Option<String>,
    /// An address at the node: `/…`.
    next: Option<String>,
    /// The least level, 1 to 4, that they should sign in by.
    level: Option<u8>,
    /// So many seconds ago they may have signed in at the provider.
    max_age: Option<u32>,
}

/// What a browser brings back from a provider, sealed, in a cookie.
#[derive(Debug, Serialize, Deserialize)]
struct Errand {
    provider: String,
    officer: bool,
    invitation: Option<String>,
    state: AuthorizationState,
}

impl Errand {
    /// What begins the same errand anew: a query of [`SigningIn`].
    fn again(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("as", if self.officer { "officer" } else { "citizen" });
        query.append_pair("next", &self.state.next);
        if let Some(invitation) = &self.invitation {
            query.append_pair("invitation", invitation);
        }
        query.finish()
    }
}

/// Sign in: leads to the provider.
#[utoipa::path(get, path = "/sign-in/{provider}", operation_id = "go_to_identity_provider",
    params(("provider" = String, Path), SigningIn), security(()),
    responses((status = 303, description = "to the provider")))]
async fn to_provider(
    State(people): State<Arc<People>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Query(asked): Query<SigningIn>,
) -> Result<Response, Problem> {
    let now = clock::now();
    let (settings, provider) = people.provider(&name)?;
    let next = asked.next.unwrap_or_else(|| "/".to_owned());
    if !is_own(&next) {
        return Err(Fault::BadParameters { why: Words::quoted("next: /…") }.into());
    }
    let officer = matches!(asked.as_what, As::Officer);
    let least = if officer { people.settings.officer_level } else { 0 };
    let level = asked.level.unwrap_or_default().max(least).min(HIGHEST);
    // Whoever is not asked how somebody signed in does not always say it.
    let acr = settings.levels.at_least(level);
    let age = asked.max_age.map(|seconds| SignedDuration::from_secs(seconds.into()));
    let (address, state) = provider.send_off(&back(&people, &name)?, &next, &acr, age, now).await?;
    let own = state.cookie();
    let errand = Errand { provider: name, officer, invitation: asked.invitation.filter(|_| officer), state };
    let sealed = people.secrets.seal(&json!(errand).to_string());
    let cookie =
        format!("{own}={sealed}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={}", AWAY.as_secs());
    let mut response = see(address.as_str())?;
    response.headers_mut().append(SET_COOKIE, header(&cookie)?);
    // Whoever began again and again would at last send more cookies than anybody reads.
    let begun: Vec<&str> =
        cookies(&headers).map(|(name, _)| name).filter(|name| name.starts_with(STATE_COOKIE)).collect();
    if begun.len() >= ERRANDS_MAX {
        for old in begun {
            response.headers_mut().append(SET_COOKIE, header(&gone(old))?);
        }
    }
    Ok(response)
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

/// Back from the provider: begins a session, in the place of the one before, and leads on.
#[utoipa::path(get, path = "/sign-in/{provider}/return", operation_id = "return_from_identity_provider",
    params(("provider" = String, Path), ReturnQuery), security(()),
    responses((status = 303, description = "to where they wanted to go")))]
async fn from_provider(
    State(people): State<Arc<People>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Query(query): Query<ReturnQuery>,
) -> Result<Response, Problem> {
    let now = clock::now();
    let (_, provider) = people.provider(&name)?;
    let lost = || refused(texts::nothing_brought());
    // Another errand's says at least that this one is not it.
    let own = state_cookie(query.state.as_deref().unwrap_or_default());
    let any =
        || cookies(&headers).find(|(name, _)| name.starts_with(STATE_COOKIE)).map(|(_, v)| v.to_owned());
    let sealed = cookie(&headers, &own).or_else(any).ok_or_else(lost)?;
    let text = people.secrets.open(&sealed).map_err(|_| lost())?;
    let errand: Errand = serde_json::from_str(&text).map_err(|_| lost())?;
    // Each provider has an address of its own to send people back to, so that none can pass for another (RFC 9700, section 4.4).
    if errand.provider != name {
        return Err(refused(texts::other_provider()).into());
    }
    let ReturnQuery { code, state, error, iss } = query;
    let returned = Returned { code, state, error, iss };
    let place = back(&people, &name)?;
    let begun = async {
        let proven = provider.welcome_back(&errand.state, &returned, &place, now).await?;
        let door = if errand.officer { Door::Officer(errand.invitation.clone()) } else { Door::Citizen };
        let (before, agent) = (cookie(&headers, SESSION_COOKIE), agent(&headers));
        session::begin(&people, &name, &proven, &door, (before.as_deref(), agent.as_deref()), now).await
    };
    let begun = match begun.await {
        Ok(begun) => begun,
        Err(fault) => {
            let mut response = Problem::from(fault).into_response();
            response.headers_mut().insert(ERRAND, header(&errand.again())?);
            return Ok(response);
        }
    };
    let mut response = see(&errand.state.next)?;
    // `Lax`, because whoever comes back from a provider comes from another site; what changes something needs the guard beside it.
    let session = format!("{SESSION_COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Lax", begun.secret);
    response.headers_mut().append(SET_COOKIE, header(&session)?);
    response.headers_mut().append(SET_COOKIE, header(&gone(&own))?);
    Ok(response)
}

/// What a provider posts when somebody has signed out there.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes the form, which is read by hand")]
struct LogoutForm {
    /// The token that says who.
    logout_token: String,
}

/// A provider's word that somebody has signed out there (OpenID Connect Back-Channel Logout 1.0).
#[utoipa::path(post, path = "/sign-in/{provider}/logout", operation_id = "sign_out_by_identity_provider",
    params(("provider" = String, Path)), security(()),
    request_body(content = LogoutForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "done"), (status = 400, description = "the token does not count")))]
async fn logout(State(people): State<Arc<People>>, Path(name): Path<String>, request: Request) -> Response {
    let done = async {
        let body = crate::api::body(request, LOGOUT_MAX_BYTES).await.map_err(|problem| problem.0)?;
        let mut tokens = url::form_urlencoded::parse(&body).filter(|(name, _)| name == "logout_token");
        let (Some((_, token)), None) = (tokens.next(), tokens.next()) else {
            return Err(Fault::BadParameters { why: Words::quoted("logout_token") });
        };
        let (_, provider) = people.provider(&name)?;
        let now = clock::now();
        let out = provider.logged_out(&token, now).await?;
        session::end_at_provider(&people, provider.issuer(), &out, now).await
    };
    let answer = match done.await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(fault @ (Fault::SignInRefused { .. } | Fault::BadParameters { .. })) => {
            let told = json!({ "error": "invalid_request", "error_description": fault.en() });
            (StatusCode::BAD_REQUEST, Json(told)).into_response()
        }
        Err(fault) => Problem::from(fault).into_response(),
    };
    unkept(answer)
}

/// Who has signed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonSignedIn)]
struct SignedIn {
    /// `citizen` or `officer`.
    #[serde(rename = "as")]
    as_what: &'static str,
    /// Their name, if it is known.
    name: Option<String>,
    /// Of a citizen: their number.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    /// Of an officer: where they work.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    /// Of an officer: what they may do.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    #[schema(value_type = Vec<String>)]
    rights: BTreeSet<Right>,
    /// How surely they are known, 0 to 4.
    level: u8,
    /// The provider's name in addresses.
    provider: String,
    /// What each change must carry in `Lienthong-Guard`.
    guard: String,
    /// When the session ends in any case.
    #[schema(format = DateTime)]
    ends: String,
}

impl From<Person> for SignedIn {
    fn from(person: Person) -> Self {
        let (as_what, name, number, unit, rights) = match person.who {
            Who::Citizen(own) => {
                ("citizen", own.name, Some(own.number.as_str().to_owned()), None, BTreeSet::new())
            }
            Who::Officer(own) => ("officer", Some(own.name), None, Some(own.unit), own.rights),
        };
        let (level, provider, guard) = (person.level, person.provider, person.guard);
        Self { as_what, name, number, unit, rights, level, provider, guard, ends: person.ends.to_string() }
    }
}

/// Who has signed in, and until when.
#[utoipa::path(get, path = "/api/session", operation_id = "who_am_i",
    responses((status = 200, description = "who it is, and until when", body = SignedIn)))]
async fn who(
    State(people): State<Arc<People>>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let person = person(&people, &method, &headers, clock::now()).await?.ok_or(Fault::NobodyKnown {})?;
    Ok(unkept(Json(SignedIn::from(person)).into_response()))
}

/// Sign out: the session ends.
#[utoipa::path(delete, path = "/api/session", operation_id = "sign_out", responses((status = 204, description = "done")))]
async fn sign_out(
    State(people): State<Arc<People>>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    person(&people, &method, &headers, clock::now()).await?.ok_or(Fault::NobodyKnown {})?;
    if let Some(secret) = cookie(&headers, SESSION_COOKIE) {
        session::sign_out(&people, &secret).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().append(SET_COOKIE, header(&gone(SESSION_COOKIE))?);
    Ok(unkept(response))
}

/// Whether an address is one of this node, and of no length that nobody needs. Browsers read a backslash as a slash, and leave out what is no
/// letter.
fn is_own(address: &str) -> bool {
    let plain =
        address.len() <= NEXT_MAX && address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    plain && address.starts_with('/') && !address.starts_with("//")
}

/// Where a provider sends people back to.
fn back(people: &People, provider: &str) -> Result<Url, Fault> {
    let place = people.settings.url.join(&format!("sign-in/{provider}/return"));
    place.map_err(|error| Fault::Internal { why: error.to_string() })
}

fn gone(cookie: &str) -> String {
    format!("{cookie}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
}

fn header(text: &str) -> Result<HeaderValue, Fault> {
    HeaderValue::from_str(text).map_err(|error| Fault::Internal { why: error.to_string() })
}

/// Leads on, and tells nobody from where.
fn see(address: &str) -> Result<Response, Fault> {
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(LOCATION, header(address)?);
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(unkept(response))
}

fn unkept(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
