//! The registry as documents: loaded from files, compared, written. What a document says is checked here, wherever it came from.

use std::collections::BTreeMap;

use model::agency::{Agency, Node, System};
use model::database::{Database, Duty};
use model::fault::{Fault, Words};
use model::grant::Grant;
use model::id::MemberId;
use model::legal::{LegalBasis, Purpose};
use model::service::Service;
use model::term::Term;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::change::{Act, Mandate, note};
use crate::store::{Tx, to_json};

/// Things on one page of a list.
pub const PAGE: i64 = 500;
/// Longest text that people read, in characters.
const TEXT_MAX: usize = 1000;

/// One thing in the registry, as a file has it: its `kind`, and its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Document {
    /// An agency.
    Agency(Agency),
    /// A system.
    System(System),
    /// A node.
    Node(Node),
    /// A service.
    Service(Service),
    /// A purpose.
    Purpose(Purpose),
    /// A legal basis.
    LegalBasis(LegalBasis),
    /// A grant.
    Grant(Grant),
    /// A database.
    Database(Box<Database>),
    /// A duty to share.
    Duty(Duty),
    /// A term of the dictionary.
    Term(Term),
}

/// A kind of thing that the registry holds.
pub(crate) trait Subject: Serialize + DeserializeOwned + PartialEq + Sized {
    /// The word for it in documents.
    const KIND: &'static str;

    /// Its name among its kind.
    fn name(&self) -> &str;

    /// The agencies it is about. Officers of an agency may change it if there is no other among them; if there is none at all,
    /// only officers of the hub may.
    fn owners(&self) -> Vec<MemberId> {
        Vec::new()
    }

    /// As the registry has it.
    async fn load(tx: &mut Tx, name: &str) -> Result<Option<Self>, Fault>;

    /// Those behind the name `after`, in order, [`PAGE`] at most.
    async fn page(tx: &mut Tx, after: &str) -> Result<Vec<Self>, Fault>;

    /// Puts it into the registry, in the place of what has its name.
    async fn save(&self, tx: &mut Tx) -> Result<(), Fault>;

    /// Whether it agrees with itself and with what it names.
    async fn check(&self, tx: &mut Tx) -> Result<(), Fault>;
}

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
}

impl Effect {
    /// Whether nodes must be told: the directory holds nothing of the catalogue and the dictionary.
    #[must_use]
    pub fn reaches_nodes(&self) -> bool {
        let kept_at_the_hub = [Database::KIND, Duty::KIND, Term::KIND].contains(&self.kind.as_str());
        self.outcome != Outcome::Unchanged && !kept_at_the_hub
    }
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
}

/// Applies documents in one transaction: what they name may stand in any order among them. Nothing is removed.
///
/// # Errors
/// [`Fault::Dangling`], [`Fault::Contradictory`], [`Fault::StoreFailed`]; drop the transaction then.
pub async fn apply(tx: &mut Tx, documents: &[Document], mandate: &Mandate) -> Result<Vec<Effect>, Fault> {
    check_names(documents)?;
    let mut ordered: Vec<&Document> = documents.iter().collect();
    ordered.sort_by_key(|document| document.rank());
    let mut effects = Vec::with_capacity(documents.len());
    for document in &ordered {
        effects.push(match document {
            Document::Agency(agency) => put(tx, agency, mandate).await?,
            Document::System(system) => put(tx, system, mandate).await?,
            Document::Node(node) => put(tx, node, mandate).await?,
            Document::Service(service) => put(tx, service, mandate).await?,
            Document::Purpose(purpose) => put(tx, purpose, mandate).await?,
            Document::LegalBasis(basis) => put(tx, basis, mandate).await?,
            Document::Grant(grant) => put(tx, grant, mandate).await?,
            Document::Database(database) => put(tx, &**database, mandate).await?,
            Document::Duty(duty) => put(tx, duty, mandate).await?,
            Document::Term(term) => put(tx, term, mandate).await?,
        });
    }
    // Only now is everything there that they may name.
    let changed = ordered.iter().zip(&effects).filter(|(_, effect)| effect.outcome != Outcome::Unchanged);
    for (document, _) in changed {
        match document {
            Document::Agency(agency) => agency.check(tx).await?,
            Document::System(system) => system.check(tx).await?,
            Document::Node(node) => node.check(tx).await?,
            Document::Service(service) => service.check(tx).await?,
            Document::Purpose(purpose) => purpose.check(tx).await?,
            Document::LegalBasis(basis) => basis.check(tx).await?,
            Document::Grant(grant) => grant.check(tx).await?,
            Document::Database(database) => database.check(tx).await?,
            Document::Duty(duty) => duty.check(tx).await?,
            Document::Term(term) => term.check(tx).await?,
        }
    }
    crate::duty::check_masters(tx).await?;
    Ok(effects)
}

impl Document {
    /// The order in which tables name one another.
    fn rank(&self) -> u8 {
        match self {
            Self::Agency(_) => 0,
            Self::System(_) => 1,
            Self::Node(_) => 2,
            Self::Service(_) => 3,
            Self::Purpose(_) => 4,
            Self::LegalBasis(_) => 5,
            Self::Grant(_) => 6,
            Self::Database(_) => 7,
            Self::Duty(_) => 8,
            Self::Term(_) => 9,
        }
    }

    /// Kind and name.
    #[must_use]
    pub fn subject(&self) -> (&'static str, &str) {
        match self {
            Self::Agency(agency) => (Agency::KIND, agency.name()),
            Self::System(system) => (System::KIND, system.name()),
            Self::Node(node) => (Node::KIND, node.name()),
            Self::Service(service) => (Service::KIND, service.name()),
            Self::Purpose(purpose) => (Purpose::KIND, purpose.name()),
            Self::LegalBasis(basis) => (LegalBasis::KIND, basis.name()),
            Self::Grant(grant) => (Grant::KIND, grant.name()),
            Self::Database(database) => (Database::KIND, database.name()),
            Self::Duty(duty) => (Duty::KIND, duty.name()),
            Self::Term(term) => (Term::KIND, term.name()),
        }
    }
}

/// Nothing may be said twice: one of the two would be lost.
fn check_names(documents: &[Document]) -> Result<(), Fault> {
    let mut seen = std::collections::HashSet::new();
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

async fn put<S: Subject>(tx: &mut Tx, new: &S, mandate: &Mandate) -> Result<Effect, Fault> {
    let old = S::load(tx, new.name()).await?;
    let effect = |outcome, differences| Effect {
        kind: S::KIND.to_owned(),
        name: new.name().to_owned(),
        outcome,
        differences,
    };
    if old.as_ref() == Some(new) {
        return Ok(effect(Outcome::Unchanged, BTreeMap::new()));
    }
    let subject = (S::KIND, new.name());
    mandate.covers(subject, &new.owners())?;
    if let Some(old) = &old {
        mandate.covers(subject, &old.owners())?;
    }
    new.save(tx).await?;
    let (act, outcome) =
        if old.is_some() { (Act::Updated, Outcome::Updated) } else { (Act::Created, Outcome::Created) };
    let before = old.as_ref().map(to_json).transpose()?;
    note(tx, mandate, act, (S::KIND, new.name()), before, Some(to_json(new)?)).await?;
    Ok(effect(outcome, old.map(|old| differences(&old, new)).unwrap_or_default()))
}

fn differences<S: Serialize>(old: &S, new: &S) -> BTreeMap<String, (Value, Value)> {
    let members = |value: &S| match serde_json::to_value(value) {
        Ok(Value::Object(members)) => members,
        _ => serde_json::Map::new(),
    };
    let (old, new) = (members(old), members(new));
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let value = |members: &serde_json::Map<String, Value>, name: &str| {
        members.get(name).cloned().unwrap_or(Value::Null)
    };
    names
        .into_iter()
        .map(|name| (name.clone(), (value(&old, name), value(&new, name))))
        .filter(|(_, (old, new))| old != new)
        .collect()
}

/// What `subject` names must be in the registry.
pub(crate) async fn require<S: Subject>(tx: &mut Tx, subject: (&str, &str), name: &str) -> Result<S, Fault> {
    let found = S::load(tx, name).await?;
    found.ok_or_else(|| Fault::Dangling {
        subject: format!("{} {}", subject.0, subject.1),
        missing: format!("{} {name}", S::KIND),
    })
}

pub(crate) fn contradictory(subject: (&str, &str), vi: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault::Contradictory { subject: format!("{} {}", subject.0, subject.1), why: Words::new(vi, en) }
}

/// Texts that people read: not empty, not endless, NFC, no control characters.
pub(crate) fn check_text(subject: (&str, &str), member: &str, text: &str) -> Result<(), Fault> {
    let (vi, en) = if text.trim().is_empty() {
        ("để trống", "is empty")
    } else if text.chars().count() > TEXT_MAX {
        ("dài quá 1000 ký tự", "is longer than 1000 characters")
    } else if text.chars().any(char::is_control) {
        ("có ký tự điều khiển", "holds control characters")
    } else if !model::text::is_nfc(text) {
        ("không ở dạng NFC", "is not NFC text")
    } else {
        return Ok(());
    };
    Err(contradictory(subject, format!("{member} {vi}"), format!("{member} {en}")))
}
