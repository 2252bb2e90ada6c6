//! Commands: what an officer has the hub do. Each is one transaction, and is not done again when a caller who heard
//! nothing sends it a second time, to this hub or to another on the store.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::schema::{AllOfBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat};
use utoipa::openapi::{Ref, RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::audit::change::{Act, AuditContext, note};
use crate::audit::growth;
use crate::audit::officer::Officer;
use crate::audit::right::Right;
use crate::clock;
use crate::hub::Hub;
use crate::members::read;
use crate::people::account::KIND as ACCOUNT;
use crate::store::{Tx, from_json, optional, run};
use crate::texts;
use crate::web::extract::Reason;
use crate::web::problem::Problem;

/// The header by which a caller tells one command from another.
pub(crate) const KEY: &str = "idempotency-key";
/// Longest key.
pub(crate) const KEY_MAX: usize = 100;
/// How long the answer to a command is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A command that somebody sends.
pub(crate) struct Command {
    /// Who.
    pub(crate) officer: Officer,
    key: Option<Key>,
    /// Method and path.
    path: String,
}

/// What tells a command from another of the same caller.
struct Key {
    /// As the caller names it.
    name: String,
    /// SHA-256 over the question and the body that came with it.
    sent: String,
}

/// What a command has come to.
pub(crate) enum Outcome<T> {
    /// It is done. Its answer is remembered.
    Done(T),
    /// It is done. Its answer is shown once and kept nowhere.
    Secret(T),
    /// It was only asked what it would do: nothing is.
    DryRun(T),
}

/// What a command is answered with, now or when it is asked for again: the members of `T`, as the text has them that is kept.
#[derive(Debug, Serialize)]
pub(crate) struct Done<T> {
    #[serde(flatten)]
    answer: Value,
    /// The directory that nodes decide from then; absent if nothing was done, or if the answer is shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    #[serde(skip)]
    of: PhantomData<T>,
}

impl<T: ToSchema> PartialSchema for Done<T> {
    fn schema() -> RefOr<Schema> {
        let revision = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .description(Some(
                "The directory that nodes decide from then; absent if nothing was done, or if the answer is shown once.",
            ));
        AllOfBuilder::new()
            .item(Ref::from_schema_name(T::name()))
            .item(ObjectBuilder::new().property("revision", revision))
            .into()
    }
}

/// By a name without `<…>`, as [`super::Page`].
impl<T: ToSchema> ToSchema for Done<T> {
    fn name() -> Cow<'static, str> {
        format!("Done{}", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into(), T::schema()));
        T::schemas(schemas);
    }
}

impl<T> Done<T> {
    fn new(answer: Value, revision: Option<u64>) -> Json<Self> {
        Json(Self { answer, revision, of: PhantomData })
    }
}

impl<T> Outcome<T> {
    /// Something that is done, unless it was only asked about.
    pub(crate) fn unless(dry_run: bool, answer: T) -> Self {
        if dry_run { Self::DryRun(answer) } else { Self::Done(answer) }
    }
}

impl FromRequestParts<Arc<Hub>> for Command {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        let officer = Officer::from_request_parts(parts, hub).await?;
        let sent = digest(parts.uri.query().unwrap_or_default(), &[]);
        let key = key(&parts.headers)?.map(|name| Key { name, sent });
        Ok(Self { officer, key, path: format!("{} {}", parts.method, parts.uri.path()) })
    }
}

fn digest(before: &str, body: &[u8]) -> String {
    trust::hex(&trust::sha256(&[before.as_bytes(), b"\n", body].concat()))
}

/// The key that a caller names. One that cannot be kept as it is would stand for another command, or for none.
fn key(headers: &HeaderMap) -> Result<Option<String>, Fault> {
    let mut named = headers.get_all(KEY).iter();
    let (Some(value), second) = (named.next(), named.next()) else { return Ok(None) };
    let name = value.to_str().map(str::trim).ok().filter(|name| name.len() <= KEY_MAX && second.is_none());
    let name = name.ok_or_else(|| Fault::BadParameters { why: texts::idempotency_key(KEY_MAX) })?;
    Ok(Some(name.to_owned()).filter(|name| !name.is_empty()))
}

/// A command of somebody who may change the registry in some way: nobody else's documents are read.
pub(crate) struct Changing(pub(crate) Command);

/// What there is to change in the registry.
const CHANGES: [Right; 6] = [
    Right::Govern,
    Right::ChangeCatalogue,
    Right::ChangeServices,
    Right::ProposeTerms,
    Right::ApproveTerms,
    Right::IssueGrants,
];

impl FromRequestParts<Arc<Hub>> for Changing {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        let command = Command::from_request_parts(parts, hub).await?;
        if !CHANGES.iter().any(|right| command.officer.may(*right)) {
            command.officer.must(Right::ChangeServices)?;
        }
        Ok(Self(command))
    }
}

/// A command of somebody who may ask for grants.
pub(crate) struct Applying(pub(crate) Command);

impl FromRequestParts<Arc<Hub>> for Applying {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        let command = Command::from_request_parts(parts, hub).await?;
        command.officer.must(Right::Ask)?;
        Ok(Self(command))
    }
}

/// A command of somebody who is there to do tasks, to look at them, or to govern them.
pub(crate) struct Tending(pub(crate) Command);

impl FromRequestParts<Arc<Hub>> for Tending {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        let command = Command::from_request_parts(parts, hub).await?;
        let tends = [Right::ChangeCatalogue, Right::Lead, Right::DecideAsOwner, Right::Govern];
        if !tends.iter().any(|right| command.officer.may(*right)) {
            command.officer.must(Right::ChangeCatalogue)?;
        }
        Ok(Self(command))
    }
}

impl Command {
    /// The command that came with this body.
    pub(crate) fn with(mut self, body: &[u8]) -> Self {
        if let Some(key) = &mut self.key {
            key.sent = digest(&key.sent, body);
        }
        self
    }

    /// Does it, or answers as it was answered: `work` in one transaction, then what nodes must know is published. The answer gets the
    /// `revision` of the directory that nodes decide from then.
    ///
    /// # Errors
    /// [`Fault::NoReason`], [`Fault::Contradictory`] if the caller's key stood for another command, [`Fault::DoneBefore`], whatever `work`
    /// says, [`Fault::StoreFailed`]; nothing was done then. [`Fault::NotPublished`]; it was done.
    pub(crate) async fn run<T: Serialize>(
        self,
        hub: &Hub,
        reason: &str,
        work: impl AsyncFnOnce(&mut Tx, &AuditContext) -> Result<Outcome<T>, Fault>,
    ) -> Result<Json<Done<T>>, Problem> {
        let context = AuditContext::new(&self.officer, reason, clock::now())?;
        // Of its agency nobody else changes anything meanwhile: so others wait behind one of them at most.
        let agency =
            self.officer.agency.as_ref().map_or(self.officer.name.as_str(), |agency| agency.as_str());
        let _turn = hub.writers.take(agency).await?;
        let mut tx = hub.db.write().await?;
        if let Some(answer) = self.done_before(&mut tx).await? {
            drop(tx);
            // It may have been left unpublished; what it came to is told all the same.
            return match hub.directory.publish(&hub.db, clock::now(), false).await {
                Ok(revision) => Ok(Done::new(answer, Some(revision))),
                Err(Fault::StoreBehind { .. } | Fault::NotPublished { .. }) => Ok(Done::new(answer, None)),
                Err(fault) => Err(fault.into()),
            };
        }
        let last = growth::last(&mut tx).await?;
        let outcome = match work(&mut tx, &context).await {
            Ok(outcome) => outcome,
            Err(fault) => {
                drop(tx);
                note_refused(hub, &context, &fault).await?;
                return Err(fault.into());
            }
        };
        if !matches!(outcome, Outcome::DryRun(_)) {
            let bytes = growth::since(&mut tx, last).await?;
            growth::take(&mut tx, agency, bytes, context.at).await?;
        }
        match outcome {
            Outcome::DryRun(answer) => Ok(Done::new(json!(answer), None)),
            Outcome::Done(answer) => {
                let answer = json!(answer);
                self.remember(&mut tx, context.at, Some(&answer)).await?;
                tx.commit().await?;
                let revision = hub.directory.publish(&hub.db, clock::now(), false).await?;
                Ok(Done::new(answer, Some(revision)))
            }
            Outcome::Secret(answer) => {
                self.remember(&mut tx, context.at, None).await?;
                tx.commit().await?;
                // It is shown as well while nothing is published: nobody could ask for it again.
                match hub.directory.publish(&hub.db, clock::now(), false).await {
                    Ok(_) | Err(Fault::StoreBehind { .. }) => Ok(Done::new(json!(answer), None)),
                    Err(fault) => Err(fault.into()),
                }
            }
        }
    }

    /// Does it for the reason that is all its body says.
    ///
    /// # Errors
    /// [`Fault::BadDocument`], and as [`Command::run`].
    pub(crate) async fn run_for_reason<T: Serialize>(
        self,
        hub: &Hub,
        body: &[u8],
        work: impl AsyncFnOnce(&mut Tx, &AuditContext) -> Result<Outcome<T>, Fault>,
    ) -> Result<Json<Done<T>>, Problem> {
        let Reason { reason } = read(body)?;
        self.with(body).run(hub, &reason, work).await
    }

    /// What was answered when the command was done before.
    async fn done_before(&self, tx: &mut Tx) -> Result<Option<Value>, Fault> {
        let Some(Key { name, sent }) = &self.key else { return Ok(None) };
        let row: Option<(String, Option<String>, Option<String>)> = optional!(
            tx,
            "SELECT path, sent, answer FROM deed WHERE account = $1 AND name = $2" => &self.officer.name, name
        )?;
        let Some((path, before, answer)) = row else { return Ok(None) };
        // What an older program did is not known by its body.
        let is_other = before.is_some_and(|before| before != *sent);
        if path != self.path || is_other {
            return Err(Fault::Contradictory {
                subject: format!("Idempotency-Key {name}"),
                why: texts::key_of_another_command(&path),
            });
        }
        match answer {
            Some(answer) => Ok(Some(from_json(&answer)?)),
            None => Err(Fault::DoneBefore {}),
        }
    }

    async fn remember(&self, tx: &mut Tx, at: Timestamp, answer: Option<&Value>) -> Result<(), Fault> {
        let Some(Key { name, sent }) = &self.key else { return Ok(()) };
        run!(
            tx,
            "INSERT INTO deed (account, name, path, sent, at, answer) VALUES ($1, $2, $3, $4, $5, $6)"
            => &self.officer.name, name, &self.path, sent, at.to_string(), answer.map(Value::to_string)
        )?;
        Ok(())
    }
}

/// Notes that somebody of an agency has tried what is not theirs: whoever reads the trail sees it.
async fn note_refused(hub: &Hub, context: &AuditContext, fault: &Fault) -> Result<(), Fault> {
    let Some(agency) = &context.officer.agency else { return Ok(()) };
    if !matches!(fault, Fault::NotTheirs { .. } | Fault::NoRight { .. }) {
        return Ok(());
    }
    let told = json!({ "fault": fault.code(), "detail": fault.en() }).to_string();
    let mut tx = hub.db.write().await?;
    let last = growth::last(&mut tx).await?;
    note(&mut tx, context, Act::Refused, (ACCOUNT, &context.officer.name), None, Some(told)).await?;
    // Whoever has used up the day is refused all the same, and adds nothing.
    let bytes = growth::since(&mut tx, last).await?;
    match growth::take(&mut tx, agency.as_str(), bytes, context.at).await {
        Ok(()) => tx.commit().await,
        Err(_) => Ok(()),
    }
}

/// Forgets the answers to old commands.
pub(crate) async fn forget_old(tx: &mut Tx, now: Timestamp) -> Result<(), Fault> {
    run!(tx, "DELETE FROM deed WHERE at < $1" => (now - REMEMBERED).to_string())?;
    Ok(())
}
