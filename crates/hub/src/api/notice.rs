//! What waits for whoever asks, what they were told, and how they want to be told, over HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::fault::Fault;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::change::{Act, AuditContext, note};
use crate::audit::officer::Officer;
use crate::clock;
use crate::hub::Hub;
use crate::notice::cause::{self, Item};
use crate::notice::hook;
use crate::notice::setting::{self, Channel, Language, Setting, When};
use crate::notice::{self, AT_ONCE, Kind, Notice, Wanted, letter, outbox};
use crate::people::account::KIND as ACCOUNT;
use crate::store::Tx;
use crate::texts;
use crate::web::intake::Body;
use crate::web::{Asked, Page, Problem, read, within};

/// Notices on one page.
const NOTICES_MAX: i64 = 100;

pub(crate) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(work))
        .routes(routes!(list))
        .routes(routes!(mark_read))
        .routes(routes!(settings, set))
        .routes(routes!(set_mail))
        .routes(routes!(confirm_mail))
        .routes(routes!(set_webhook))
}

type ItemPage = Page<Item>;
type NoticePage = Page<Notice>;

/// All that waits for you to act, what is late or due first before the rest: requests at a step of yours, incidents that nobody has taken,
/// grants and certificates that end, claims to confirm. Each with why it is yours and until when.
#[utoipa::path(get, path = "/api/v1/work", operation_id = "list_work",
    responses((status = 200, description = "all of it", body = ItemPage)))]
async fn work(State(hub): State<Arc<Hub>>, officer: Officer) -> Result<Json<ItemPage>, Problem> {
    let now = clock::now();
    let endings = hub.all_endings(now).await?;
    let items = cause::work(&mut hub.db.read().await?, &officer, &endings, now).await?;
    Ok(Json(Page::all(items)))
}

/// Which notices.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct NoticeQuery {
    /// Only those that you have not read.
    #[serde(default)]
    unread: bool,
    /// Only those behind this one: `next` of the page before.
    after: Option<i64>,
    /// So many at most: 1 to 100, which is the default.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

/// What you were told, newest first: requests, clocks, grants, incidents and more that wait for you or concern your agency. Each thing is
/// told once.
#[utoipa::path(get, path = "/api/v1/notices", operation_id = "list_notices", params(NoticeQuery),
    responses((status = 200, description = "a page", body = NoticePage)))]
async fn list(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Asked(query): Asked<NoticeQuery>,
) -> Result<Json<NoticePage>, Problem> {
    let limit = within("limit", query.limit, NOTICES_MAX, NOTICES_MAX)?;
    // One more than is asked for says whether there is another page.
    let wanted = Wanted { unread: query.unread, before: query.after, limit: limit + 1 };
    let mut items = notice::list(&mut hub.db.read().await?, &officer, &wanted, clock::now()).await?;
    let limit = usize::try_from(limit).unwrap_or_default();
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(Json(Page::of(items, next)))
}

/// Which notices are read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reading {
    /// Those of these numbers.
    #[serde(default)]
    #[schema(max_items = 500)]
    ids: Vec<i64>,
    /// All up to this number.
    #[serde(default)]
    up_to: Option<i64>,
}

/// How many were marked.
#[derive(Debug, Serialize, ToSchema)]
struct Marked {
    /// Those that were not read before.
    marked: u64,
    /// Those that are not read now.
    unread: i64,
}

/// Mark notices of yours as read: by number, or all up to one. Others' numbers are passed over.
#[utoipa::path(post, path = "/api/v1/notices/read", operation_id = "read_notices", request_body = Reading,
    responses((status = 200, description = "how many were marked", body = Marked)))]
async fn mark_read(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Body(body): Body,
) -> Result<Json<Marked>, Problem> {
    let Reading { ids, up_to } = read(&body)?;
    if ids.len() > AT_ONCE {
        return Err(
            Fault::BadParameters { why: model::fault::Words::quoted(format!("ids: 0..={AT_ONCE}")) }.into()
        );
    }
    let mut tx = hub.db.write().await?;
    let marked = notice::read(&mut tx, &officer, (&ids, up_to), clock::now()).await?;
    let unread = notice::unread(&mut tx, &officer).await?;
    tx.commit().await?;
    Ok(Json(Marked { marked, unread }))
}

/// How somebody is told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoticeSettings)]
struct Shown {
    /// The language of letters.
    language: Language,
    /// The hour of the daily letter, by the clock of Viet Nam.
    hour: u8,
    /// When each kind is sent out.
    when: BTreeMap<Kind, When>,
    /// The address for letters; null: none.
    mail: Option<ShownMail>,
    /// The webhook; null: none.
    webhook: Option<ShownWebhook>,
    /// Whether this hub sends letters.
    sends_mail: bool,
    /// Whether this hub calls webhooks.
    calls_webhooks: bool,
    /// The last that did not get through; null: nothing.
    trouble: Option<Trouble>,
}

/// An address for letters.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoticeMail)]
struct ShownMail {
    /// The address.
    address: String,
    /// Whether it was confirmed by the code that was sent there. Nothing else is sent before.
    confirmed: bool,
    /// Whether a code is waited for.
    waits: bool,
}

/// A webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoticeWebhook)]
struct ShownWebhook {
    /// Its address.
    url: String,
    /// Whether it has answered that it wants no more (410).
    gone: bool,
}

/// Something that did not get through.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoticeTrouble)]
struct Trouble {
    /// By which way.
    channel: String,
    /// Since when.
    #[schema(format = DateTime)]
    at: String,
    /// Why, as the other side or the network says it.
    why: String,
}

async fn shown(tx: &mut Tx, hub: &Hub, officer: &Officer, setting: Setting) -> Result<Shown, Fault> {
    let trouble = outbox::trouble(tx, &officer.name).await?;
    Ok(Shown {
        language: setting.language,
        hour: setting.hour,
        when: Kind::ALL.into_iter().map(|kind| (kind, setting.when(kind))).collect(),
        mail: setting.mail.map(|mail| ShownMail {
            address: mail.address,
            confirmed: mail.confirmed,
            waits: mail.code.is_some(),
        }),
        webhook: setting.webhook.map(|webhook| ShownWebhook { url: webhook.url, gone: webhook.gone }),
        sends_mail: hub.post.has(Channel::Mail),
        calls_webhooks: hub.post.has(Channel::Webhook),
        trouble: trouble.map(|(channel, at, why)| Trouble { channel, at, why }),
    })
}

/// How you are told: in which language, of what at once, daily or never, by mail and by webhook. The pages show all in any case.
#[utoipa::path(get, path = "/api/v1/notices/settings", operation_id = "get_notice_settings",
    responses((status = 200, description = "how you are told", body = Shown)))]
async fn settings(State(hub): State<Arc<Hub>>, officer: Officer) -> Result<Json<Shown>, Problem> {
    let mut tx = hub.db.read().await?;
    let setting = setting::of(&mut tx, &officer.name).await?;
    Ok(Json(shown(&mut tx, &hub, &officer, setting).await?))
}

/// How somebody wants to be told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NoticeWishes)]
struct Wishes {
    /// The language of letters.
    language: Language,
    /// The hour of the daily letter, by the clock of Viet Nam: 0 to 23.
    #[schema(maximum = 23)]
    hour: u8,
    /// When these kinds are sent out; of others as before.
    #[serde(default)]
    when: BTreeMap<Kind, When>,
}

/// Changes what somebody has set, and says how it is then.
async fn change(
    hub: &Hub,
    officer: &Officer,
    what: impl FnOnce(&mut Setting) -> Result<(), Fault>,
) -> Result<Json<Shown>, Problem> {
    let mut tx = hub.db.write().await?;
    let mut setting = setting::of(&mut tx, &officer.name).await?;
    let before = ways(&setting);
    what(&mut setting)?;
    setting::keep(&mut tx, &officer.name, &setting).await?;
    let after = ways(&setting);
    if before != after {
        // Where what an agency's officer sees is sent to is for those who watch.
        let context = AuditContext::new(officer, &texts::notice_way_changed().both(), clock::now())?;
        note(&mut tx, &context, Act::Updated, (ACCOUNT, &officer.name), Some(before), Some(after)).await?;
    }
    let answer = shown(&mut tx, hub, officer, setting).await?;
    tx.commit().await?;
    Ok(Json(answer))
}

fn ways(setting: &Setting) -> String {
    let mail =
        setting.mail.as_ref().map(|mail| json!({ "address": mail.address, "confirmed": mail.confirmed }));
    let webhook = setting.webhook.as_ref().map(|webhook| webhook.url.clone());
    json!({ "notices": { "mail": mail, "webhook": webhook } }).to_string()
}

/// Set how you are told. What you do not name stays as it is.
#[utoipa::path(put, path = "/api/v1/notices/settings", operation_id = "set_notice_settings", request_body = Wishes,
    responses((status = 200, description = "how you are told now", body = Shown)))]
async fn set(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Body(body): Body,
) -> Result<Json<Shown>, Problem> {
    let Wishes { language, hour, when } = read(&body)?;
    change(&hub, &officer, |setting| {
        if hour > 23 {
            return Err(Fault::BadParameters { why: texts::notice_hour() });
        }
        (setting.language, setting.hour) = (language, hour);
        setting.when.extend(when);
        Ok(())
    })
    .await
}

/// An address for letters.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SettingMail)]
struct SettingMail {
    /// The address; null: no letters any more.
    address: Option<String>,
}

/// Set the address for letters. A code is sent there, and nothing else before you have shown it.
#[utoipa::path(put, path = "/api/v1/notices/mail", operation_id = "set_notice_mail", request_body = SettingMail,
    responses((status = 200, description = "how you are told now", body = Shown)))]
async fn set_mail(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Body(body): Body,
) -> Result<Json<Shown>, Problem> {
    let SettingMail { address } = read(&body)?;
    let address = address.as_deref().map(str::trim).filter(|address| !address.is_empty());
    let Some(address) = address else {
        return change(&hub, &officer, |setting| {
            setting.mail = None;
            Ok(())
        })
        .await;
    };
    let mailer = hub.post.mailer.as_ref().ok_or_else(|| Fault::NoSuchWay { what: texts::no_mail() })?;
    mailer.settings.check(address)?;
    let now = clock::now();
    let (waiting, code) = setting::Address::new(address, now);
    let mut language = Language::Vi;
    let answer = change(&hub, &officer, |setting| {
        setting.take_code(now).map_err(|seconds| Fault::TooManyTries { seconds })?;
        setting.mail = Some(waiting);
        language = setting.language;
        Ok(())
    })
    .await?;
    let number = trust::hex(&trust::signer::random::<16>());
    let letter = letter::of_code(&code, language, &hub.post.hub);
    let sent = mailer.send((&officer.name, address), &letter, &number, now).await;
    sent.map_err(|failed| Fault::LetterNotTaken { why: failed.why() })?;
    Ok(answer)
}

/// A code that was sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConfirmingMail)]
struct Confirming {
    /// The code in the letter.
    code: String,
}

/// Confirm that letters sent to your address reach you, by the code that was sent there.
#[utoipa::path(post, path = "/api/v1/notices/mail/confirm", operation_id = "confirm_notice_mail", request_body = Confirming,
    responses((status = 200, description = "how you are told now", body = Shown)))]
async fn confirm_mail(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Body(body): Body,
) -> Result<Json<Shown>, Problem> {
    let Confirming { code } = read(&body)?;
    let mut is_right = false;
    let answer = change(&hub, &officer, |setting| {
        // That it was wrong is kept as well.
        is_right = setting.confirm(&code, clock::now());
        Ok(())
    })
    .await?;
    if is_right { Ok(answer) } else { Err(Fault::WrongConfirmation {}.into()) }
}

/// A webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SettingWebhook {
    /// Its address, `https://…`; null: none any more.
    url: Option<String>,
}

/// A webhook that was set.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookSet {
    /// Its address; null: none.
    url: Option<String>,
    /// What its calls are signed with, as Standard Webhooks has it. Shown this once.
    secret: Option<String>,
}

/// Set the webhook that is called with your notices. Answers with a new secret for the signatures of its calls, shown this once.
#[utoipa::path(put, path = "/api/v1/notices/webhook", operation_id = "set_notice_webhook", request_body = SettingWebhook,
    responses((status = 200, description = "the webhook, with its secret", body = WebhookSet)))]
async fn set_webhook(
    State(hub): State<Arc<Hub>>,
    officer: Officer,
    Body(body): Body,
) -> Result<Json<WebhookSet>, Problem> {
    let SettingWebhook { url } = read(&body)?;
    let url = url.as_deref().map(str::trim).filter(|url| !url.is_empty());
    let Some(url) = url else {
        let _ = change(&hub, &officer, |setting| {
            setting.webhook = None;
            Ok(())
        })
        .await?;
        return Ok(Json(WebhookSet { url: None, secret: None }));
    };
    let caller = hub.post.caller.as_ref().ok_or_else(|| Fault::NoSuchWay { what: texts::no_webhook() })?;
    let url = caller.check(url).await?.to_string();
    let secret = hook::new_secret();
    let sealed = hub.people.secrets.seal(&secret);
    let kept = setting::Webhook { url: url.clone(), secret: sealed, gone: false };
    let _ = change(&hub, &officer, |setting| {
        setting.webhook = Some(kept);
        Ok(())
    })
    .await?;
    Ok(Json(WebhookSet { url: Some(url), secret: Some(secret) }))
}
