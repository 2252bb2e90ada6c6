//! Accounts, over HTTP: who has one, and what is done with it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use model::fault::{Fault, Words};
use model::id::MemberId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::sign_in::Changed;
use crate::audit::change::AuditContext;
use crate::audit::officer::Officer;
use crate::audit::right::Right;
use crate::clock;
use crate::hub::Hub;
use crate::people::account::{Account, AccountRules, KIND, Kept, State as Life, days};
use crate::people::manage::{self, Handed};
use crate::people::store;
use crate::registry::PAGE;
use crate::registry::index::says;
use crate::store::Tx;
use crate::web::command::{Command, Done, Outcome};
use crate::web::intake::Body;
use crate::web::{Asked, Named, Page, Problem, Reason, behind, ordered, read, searched, within};

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
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

/// Where the list of accounts goes on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AccountQuery {
    /// Only what stands behind this name.
    #[serde(default)]
    after: String,
    /// So many at most: 1 to 500, which is the default.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// Of this agency only.
    #[param(value_type = Option<String>)]
    agency: Option<String>,
    /// Only those that stand so: invited, active, disabled.
    state: Option<String>,
    /// Only those with this role.
    role: Option<String>,
    /// Only those that somebody must confirm are needed.
    #[serde(default)]
    review: bool,
    /// Only what has words that begin so: in its name or the person's.
    #[serde(default)]
    #[param(max_length = 1000)]
    q: String,
    /// The column that they are ordered by, with `-` before it downwards: account.name, account.person, account.agency, state, used_at.
    #[serde(default)]
    sort: String,
    /// Whether to count all that the filters leave.
    #[serde(default)]
    total: bool,
}

/// What accounts may be ordered by.
const ORDERS: [&str; 5] = ["account.name", "account.person", "account.agency", "state", "used_at"];

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
    let limit = usize::try_from(within("limit", query.limit, PAGE, PAGE)?).unwrap_or_default();
    let (order, text, now) = (ordered(&query.sort, &ORDERS)?, searched(&query.q)?, clock::now());
    // An office's people are some hundreds, those of the nation some thousands, each a few words.
    let mut tx = hub.db.read().await?;
    let (mut items, mut after) = (Vec::new(), String::new());
    loop {
        let found = store::list(&mut tx, own.as_deref(), &after, PAGE).await?;
        let Some(last) = found.last() else { break };
        after.clone_from(&last.account.name);
        items.extend(found.into_iter().map(|kept| shown_to_managers(kept, &hub.people.rules, now)));
    }
    drop(tx);
    items.retain(|Standing { account, state, must_be_reviewed, .. }| {
        (!query.review || *must_be_reviewed)
            && query.state.as_ref().is_none_or(|asked| json!(state) == json!(asked))
            && query
                .role
                .as_ref()
                .is_none_or(|asked| account.roles.iter().any(|role| json!(role) == json!(asked)))
            && says(&[&account.name, &account.person], &text)
    });
    let total = query.total.then(|| i64::try_from(items.len()).unwrap_or(i64::MAX));
    if let Some(order) = order {
        order.sort(&mut items, "account.name", &[]);
    }
    let (items, next) = behind(items, &query.after, limit, |line| &line.account.name)?;
    Ok(Json(Page { total, ..Page::of(items, next) }))
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
        must_be_reviewed: kept.reviewed_at + days(rules.review_days()) < now,
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
            place: Words::quoted("account.name"),
            why: Words::quoted("another than in the address"),
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
    let work = async |tx: &mut Tx, context: &AuditContext| {
        manage::disable(tx, &name, context).await?;
        Ok(Outcome::Done(Disabled { disabled: name }))
    };
    command.run_for_reason(&hub, &body, work).await
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
    let work = async |tx: &mut Tx, context: &AuditContext| {
        let handed = manage::renew(tx, &name, context, &hub.people.rules).await?;
        Ok(Outcome::Secret(hand_over(&name, handed)))
    };
    command.run_for_reason(&hub, &body, work).await
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
    let work = async |tx: &mut Tx, context: &AuditContext| {
        manage::review(tx, &name, context).await?;
        Ok(Outcome::Done(Reviewed { reviewed: name }))
    };
    command.run_for_reason(&hub, &body, work).await
}
