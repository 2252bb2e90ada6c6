//! Changing the registry: documents applied together, one thing put in the place of a state that its writer has seen, one
//! taken out. What a document says is checked here, wherever it came from.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use model::directory::Part;
use model::fault::{Fault, Words};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::change::{Act, Mandate, note};
use crate::quota;
use crate::registry::check::contradictory;
use crate::registry::{Document, Kind, Subject, load, tag, with_subject};
use crate::search;
use crate::store::{Tx, to_json};

/// What applying a document did or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// The kind of thing.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What becomes of it.
    pub outcome: Outcome,
    /// The members that differ: how they are, how they will be.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub differences: BTreeMap<String, (Value, Value)>,
    /// The tag of its new state.
    #[serde(default)]
    pub tag: String,
}

/// What becomes of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// Applies documents in one transaction: what they name may stand in any order among them. Nothing is removed.
///
/// # Errors
/// [`Fault::Dangling`], [`Fault::Contradictory`], [`Fault::NotTheirs`], [`Fault::NoRight`], [`Fault::StoreFailed`]; drop the
/// transaction then.
pub async fn apply(tx: &mut Tx, documents: &[Document], mandate: &Mandate) -> Result<Vec<Effect>, Fault> {
    check_names(documents)?;
    let mut ordered: Vec<&Document> = documents.iter().collect();
    ordered.sort_by_key(|document| document.kind());
    let mut effects = Vec::with_capacity(documents.len());
    let mut grown = BTreeSet::new();
    for document in &ordered {
        effects.push(with_subject!(document, thing => put(tx, &**thing, mandate, &mut grown).await?));
    }
    // Only now is everything there that they may name.
    let changed = ordered.iter().zip(&effects).filter(|(_, effect)| effect.outcome != Outcome::Unchanged);
    for (document, _) in changed {
        with_subject!(document, thing => settle(tx, &**thing, mandate).await?);
    }
    crate::duty::check_masters(tx).await?;
    quota::check_parts(tx, &grown).await?;
    Ok(effects)
}

/// Puts one thing in the place of the state that its writer has seen.
///
/// # Errors
/// As [`apply`], and [`Fault::ChangedMeanwhile`] if it is no longer as they saw it.
pub async fn replace(
    tx: &mut Tx,
    document: Document,
    seen: &Seen,
    mandate: &Mandate,
) -> Result<Effect, Fault> {
    let there = load(tx, document.kind(), document.name()).await?;
    let current = there.as_ref().map(Document::members).transpose()?;
    let expected = match seen {
        Seen::Nothing => None,
        Seen::Tag(tag) => Some(tag.clone()),
    };
    if current.as_ref().map(tag) != expected {
        let (kind, name) = document.subject();
        return Err(Fault::ChangedMeanwhile {
            subject: format!("{kind} {name}"),
            theirs: current.unwrap_or(Value::Null).to_string(),
            yours: document.members()?.to_string(),
        });
    }
    let effects = apply(tx, std::slice::from_ref(&document), mandate).await?;
    effects.into_iter().next().ok_or_else(|| Fault::Internal { why: "no effect".into() })
}

/// Takes a thing out of the registry.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::Contradictory`] if it must stay, [`Fault::NotTheirs`], [`Fault::NoRight`],
/// [`Fault::StoreFailed`].
pub async fn remove(tx: &mut Tx, kind: Kind, name: &str, mandate: &Mandate) -> Result<Effect, Fault> {
    let found = load(tx, kind, name).await?;
    let document = found.ok_or_else(|| not_there(kind, name))?;
    with_subject!(&document, thing => take_out(tx, &**thing, mandate).await?);
    crate::duty::check_masters(tx).await?;
    Ok(Effect {
        kind: kind.word().to_owned(),
        name: name.to_owned(),
        outcome: Outcome::Removed,
        differences: BTreeMap::new(),
        tag: String::new(),
    })
}

/// That there is no such thing.
pub(crate) fn not_there(kind: Kind, name: &str) -> Fault {
    Fault::NotInRegistry {
        subject: format!("{} {}", kind.word(), name.chars().take(200).collect::<String>()),
    }
}

/// Nothing may be said twice: one of the two would be lost.
fn check_names(documents: &[Document]) -> Result<(), Fault> {
    let mut seen = HashSet::new();
    for document in documents {
        let subject = document.subject();
        if !seen.insert(subject) {
            return Err(contradictory(
                subject,
                "đứng hai lần trong các tài liệu",
                "it stands twice among the documents",
            ));
        }
    }
    Ok(())
}

/// Puts a thing into the registry. The parts of the directory that grow by it are added to `grown`.
async fn put<S: Subject>(
    tx: &mut Tx,
    new: &S,
    mandate: &Mandate,
    grown: &mut BTreeSet<Part>,
) -> Result<Effect, Fault> {
    let old = S::load(tx, new.name()).await?;
    if old.as_ref() != Some(new) {
        mandate.may(new.right(old.as_ref()))?;
        if let Some(old) = &old {
            mandate.covers((S::KIND, new.name()), &old.owners(tx).await?)?;
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
    write(tx, old, new, mandate).await
}

/// Puts a thing into the registry in the place of `old`. Whether the officer may do so was asked before.
pub(crate) async fn write<S: Subject>(
    tx: &mut Tx,
    old: Option<S>,
    new: &S,
    mandate: &Mandate,
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
    new.save(tx).await?;
    search::keep(tx, new).await?;
    let (act, outcome) =
        if old.is_some() { (Act::Updated, Outcome::Updated) } else { (Act::Created, Outcome::Created) };
    let before = old.as_ref().map(to_json).transpose()?;
    note(tx, mandate, act, subject, before, Some(to_json(new)?)).await?;
    let parts: Vec<Part> = old.iter().flat_map(Subject::parts).chain(new.parts()).collect();
    crate::directory::touch(tx, &parts).await?;
    Ok(effect(outcome, old.map(|old| differences(&json!(old), &members)).unwrap_or_default()))
}

/// What can only be asked when all documents are in: whether the thing agrees with the others, and whose it is now.
async fn settle<S: Subject>(tx: &mut Tx, new: &S, mandate: &Mandate) -> Result<(), Fault> {
    new.check(tx).await?;
    let owners = new.owners(tx).await?;
    mandate.covers((S::KIND, new.name()), &owners)
}

async fn take_out<S: Subject>(tx: &mut Tx, thing: &S, mandate: &Mandate) -> Result<(), Fault> {
    let subject = (S::KIND, thing.name());
    mandate.may(thing.right(Some(thing)))?;
    mandate.covers(subject, &thing.owners(tx).await?)?;
    crate::directory::touch(tx, &thing.parts()).await?;
    thing.remove(tx).await.map_err(|fault| match fault {
        Fault::StoreFailed { why } if why.to_ascii_lowercase().contains("foreign key") => contradictory(
            subject,
            "còn được nhắc tới ở nơi khác trong sổ đăng ký",
            "others in the registry still name it",
        ),
        fault => fault,
    })?;
    search::forget::<S>(tx, thing.name()).await?;
    note(tx, mandate, Act::Removed, subject, Some(to_json(thing)?), None).await
}

/// The members in which two states of a thing differ.
#[must_use]
pub fn differences(old: &Value, new: &Value) -> BTreeMap<String, (Value, Value)> {
    let empty = serde_json::Map::new();
    let (old, new) = (old.as_object().unwrap_or(&empty), new.as_object().unwrap_or(&empty));
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let value = |members: &serde_json::Map<String, Value>, name: &str| {
        members.get(name).cloned().unwrap_or(Value::Null)
    };
    names
        .into_iter()
        .map(|name| (name.clone(), (value(old, name), value(new, name))))
        .filter(|(_, (old, new))| old != new)
        .collect()
}

/// That something must stay because others name it.
pub(crate) fn still_named(subject: (&str, &str), by: impl std::fmt::Display) -> Fault {
    Fault::Contradictory {
        subject: format!("{} {}", subject.0, subject.1),
        why: Words::new(format!("còn được {by} nhắc tới"), format!("{by} still names it")),
    }
}
