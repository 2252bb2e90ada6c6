//! Writing things of any kind: right and owners, what is found, what is told in the audit trail, and which parts of the directory differ.

use std::collections::{BTreeMap, BTreeSet};

use model::directory::Part;
use model::fault::Fault;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::audit::change::{Act, AuditContext, note};
use crate::registry::check::{Gathered, check_length};
use crate::registry::parts::touch;
use crate::registry::{self, Subject, index, quota, references, tag};
use crate::store::{Tx, to_json};

/// What applying a document did or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Effect {
    /// The kind of thing.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What becomes of it.
    pub outcome: Outcome,
    /// The members that differ: how they are, how they will be.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = HashMap<String, Vec<Value>>)]
    pub differences: BTreeMap<String, (Value, Value)>,
    /// The tag of its new state.
    #[serde(default)]
    pub tag: String,
}

/// What a command did or would do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Effects {
    /// Of each document.
    pub(crate) effects: Vec<Effect>,
    /// Whether it was only asked what it would do.
    pub(crate) dry_run: bool,
}

/// What becomes of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EffectOutcome)]
pub enum Outcome {
    /// It is new.
    Created,
    /// It differs.
    Updated,
    /// It is as it was.
    Unchanged,
    /// It is gone.
    Removed,
}

/// What a writer has seen of the thing they write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Nothing: it must not be there.
    Nothing,
    /// The state with this tag.
    Tag(String),
}

/// Puts a thing into the registry. The parts of the directory that grow by it are added to `grown`.
pub(crate) async fn put<S: Subject>(
    tx: &mut Tx,
    new: &S,
    context: &AuditContext,
    grown: &mut BTreeSet<Part>,
    alone: bool,
) -> Result<Effect, Fault> {
    let old = S::load(tx, new.name()).await?;
    if old.as_ref() != Some(new) {
        context.may(new.right(old.as_ref()))?;
        if let Some(old) = &old {
            context.covers((S::KIND, new.name()), &old.owners(tx).await?)?;
        }
        let parts = new.parts();
        if !parts.is_empty() {
            quota::check_size((S::KIND, new.name()), new)?;
            // Whoever takes something out of what is too large already is not kept from it.
            let grows = match &old {
                Some(old) => to_json(new)?.len() > to_json(old)?.len() || old.parts() != parts,
                None => true,
            };
            grown.extend(parts.into_iter().filter(|_| grows));
        }
    }
    write(tx, old, new, context, alone).await
}

/// Puts a thing into the registry in the place of `old`. Whether the officer may do so was asked before. One that comes `alone` is told all
/// that is wrong with it at once; of one among others, what it needs of them may not be there yet.
pub(crate) async fn write<S: Subject>(
    tx: &mut Tx,
    old: Option<S>,
    new: &S,
    context: &AuditContext,
    alone: bool,
) -> Result<Effect, Fault> {
    let members = json!(new);
    let effect = |outcome, differences| Effect {
        kind: S::KIND.to_owned(),
        name: new.name().to_owned(),
        outcome,
        differences,
        tag: tag(&members),
    };
    if old.as_ref() == Some(new) {
        return Ok(effect(Outcome::Unchanged, BTreeMap::new()));
    }
    let subject = (S::KIND, new.name());
    if old.is_none() {
        check_length(subject)?;
    }
    let named = new.references();
    // Of its own kind things may name each other: those are asked for when all are in.
    let all_there = references::check(tx, subject, &members, &named, false).await;
    let mut gathered = Gathered::default();
    gathered.take("", all_there)?;
    let followed = new.follow(tx, old.as_ref()).await;
    if gathered.take("", followed)?.is_none() || !gathered.is_empty() {
        // Nothing is written any more; what else is wrong is told along with it.
        if alone {
            gathered.take("", new.check(tx).await)?;
        }
        gathered.done()?;
    }
    registry::save(tx, new).await?;
    index::keep(tx, new).await?;
    references::keep(tx, subject, &named).await?;
    let (act, outcome) =
        if old.is_some() { (Act::Updated, Outcome::Updated) } else { (Act::Created, Outcome::Created) };
    let before = old.as_ref().map(to_json).transpose()?;
    note(tx, context, act, subject, before, Some(to_json(new)?)).await?;
    let parts: Vec<Part> = old.iter().flat_map(Subject::parts).chain(new.parts()).collect();
    touch(tx, &parts).await?;
    Ok(effect(outcome, old.map(|old| differences(&json!(old), &members)).unwrap_or_default()))
}

/// What can only be asked when all documents are in: whether the thing agrees with the others, and whose it is now. `changed` are the members
/// in which it differs from what was there; none: it is new.
pub(crate) async fn settle<S: Subject>(
    tx: &mut Tx,
    new: &S,
    changed: &[&str],
    context: &AuditContext,
) -> Result<(), Fault> {
    let subject = (S::KIND, new.name());
    let mut gathered = Gathered::default();
    gathered.take("", references::check(tx, subject, &json!(new), &new.references(), true).await)?;
    gathered.take("", new.check_changed(tx, changed).await)?;
    gathered.done()?;
    let owners = new.owners(tx).await?;
    context.covers(subject, &owners)
}

pub(crate) async fn take_out<S: Subject>(
    tx: &mut Tx,
    thing: &S,
    context: &AuditContext,
) -> Result<(), Fault> {
    let subject = (S::KIND, thing.name());
    context.may(thing.right_to_remove())?;
    context.covers(subject, &thing.owners(tx).await?)?;
    touch(tx, &thing.parts()).await?;
    references::check_unnamed(tx, subject).await?;
    thing.leave(tx).await?;
    registry::remove(tx, thing).await?;
    references::forget(tx, subject).await?;
    index::forget::<S>(tx, thing.name()).await?;
    note(tx, context, Act::Removed, subject, Some(to_json(thing)?), None).await
}

/// The members in which two states of a thing differ.
#[must_use]
pub fn differences(old: &Value, new: &Value) -> BTreeMap<String, (Value, Value)> {
    let empty = serde_json::Map::new();
    let (old, new) = (old.as_object().unwrap_or(&empty), new.as_object().unwrap_or(&empty));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let value = |members: &serde_json::Map<String, Value>, name: &str| {
        members.get(name).cloned().unwrap_or(Value::Null)
    };
    names
        .into_iter()
        .map(|name| (name.clone(), (value(old, name), value(new, name))))
        .filter(|(_, (old, new))| old != new)
        .collect()
}
