//! Changing the registry: documents applied together, one thing put in the place of a state that its writer has seen, one
//! taken out. What a document says is checked here, wherever it came from.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use model::fault::Fault;
use serde_json::Value;

use crate::audit::change::AuditContext;
use crate::catalogue::duty;
use crate::granting::grant;
use crate::kinds::{Document, Kind, load, with_subject};
use crate::registry::check::{contradictory, not_there};
use crate::registry::write::{Effect, Outcome, Seen, put, settle, take_out};
use crate::registry::{quota, tag};
use crate::reuse::follow::{self, Touched};
use crate::store::Tx;
use crate::texts;

/// Applies documents in one transaction: what they name may stand in any order among them. Nothing is removed.
///
/// # Errors
/// [`Fault::Dangling`], [`Fault::Contradictory`], [`Fault::NotTheirs`], [`Fault::NoRight`], [`Fault::StoreFailed`]; drop the
/// transaction then.
pub async fn apply(
    tx: &mut Tx,
    documents: &[Document],
    context: &AuditContext,
) -> Result<Vec<Effect>, Fault> {
    check_names(documents)?;
    let mut ordered: Vec<&Document> = documents.iter().collect();
    ordered.sort_by_key(|document| document.kind());
    let mut effects = Vec::with_capacity(documents.len());
    let mut grown = BTreeSet::new();
    let alone = ordered.len() == 1;
    for document in &ordered {
        effects.push(with_subject!(document, thing => put(tx, &**thing, context, &mut grown, alone).await?));
    }
    // Only now is everything there that they may name.
    let changed = ordered.iter().zip(&effects).filter(|(_, effect)| effect.outcome != Outcome::Unchanged);
    let changed: Vec<(&Document, &Effect)> = changed.map(|(document, effect)| (*document, effect)).collect();
    for (document, effect) in &changed {
        let members: Vec<&str> = match effect.outcome {
            Outcome::Updated => effect.differences.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        with_subject!(document, thing => settle(tx, &**thing, &members, context).await?);
    }
    let changed: Vec<&Document> = changed.into_iter().map(|(document, _)| document).collect();
    check_between(tx, &changed, context).await?;
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
    context: &AuditContext,
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
    let effects = apply(tx, std::slice::from_ref(&document), context).await?;
    effects.into_iter().next().ok_or_else(|| Fault::Internal { why: "no effect".into() })
}

/// Takes a thing out of the registry.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::Contradictory`] if it must stay, [`Fault::NotTheirs`], [`Fault::NoRight`],
/// [`Fault::StoreFailed`].
pub async fn remove(tx: &mut Tx, kind: Kind, name: &str, context: &AuditContext) -> Result<Effect, Fault> {
    let found = load(tx, kind, name).await?;
    let document = found.ok_or_else(|| not_there(kind.word(), name))?;
    with_subject!(&document, thing => take_out(tx, &**thing, context).await?);
    let followed: &[&Document] = match &document {
        Document::Scope(_) | Document::Procedure(_) => &[&document],
        _ => &[],
    };
    check_between(tx, followed, context).await?;
    Ok(Effect {
        kind: kind.word().to_owned(),
        name: name.to_owned(),
        outcome: Outcome::Removed,
        differences: BTreeMap::new(),
        tag: String::new(),
    })
}

/// Nothing may be said twice: one of the two would be lost.
fn check_names(documents: &[Document]) -> Result<(), Fault> {
    let mut seen = HashSet::new();
    for document in documents {
        let subject = document.subject();
        if !seen.insert(subject) {
            return Err(contradictory(subject, texts::twice_among_documents()));
        }
    }
    Ok(())
}

/// What only holds between things of several kinds: that each database has one master, and that services keep to the rules of rows of all
/// grants on them.
async fn check_between(tx: &mut Tx, changed: &[&Document], context: &AuditContext) -> Result<(), Fault> {
    duty::check_masters(tx).await?;
    let mut reuse = Touched::default();
    for document in changed {
        match document {
            Document::Service(service) => {
                grant::check_held(tx, service).await?;
                follow::served(tx, service).await?;
                reuse.service(&service.id);
            }
            Document::Contract(contract) => {
                follow::contracted(tx, contract).await?;
                reuse.service(&contract.service);
            }
            Document::Scope(scope) => reuse.scope(tx, scope).await?,
            Document::Procedure(procedure) => reuse.procedure(tx, procedure).await?,
            Document::Grant(one) if grant::follows_from_a_scope(&one.id) => reuse.grant(one),
            _ => {}
        }
    }
    reuse.settle(tx, context).await
}
