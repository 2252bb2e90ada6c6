//! A hub whose store was restored from an older backup: nodes hold directories that its keys have signed and that the store knows nothing
//! of. They show them, and nobody can forge that; so the hub publishes nothing before an officer has decided from which number it goes on,
//! and tells what the newest of those directories says otherwise than the registry.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::directory::Part;
use model::fault::Fault;
use model::id::NodeId;
use serde::Serialize;
use serde_json::{Value, json};
use trust::directory::{INDEX_OF_CASES, PartIndex};
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Schema};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::audit::change::{Act, AuditContext, note};
use crate::audit::right::Right;
use crate::clock;
use crate::registry::check::contradictory;
use crate::running::behind::{Behind, behind, number, numbers};
use crate::running::directory::{self, Directory, leap};
use crate::running::holding::Holders;
use crate::store::{Db, Tx, all, from_json, optional, run};
use crate::texts;

/// So far above what was proven an officer may go on: a slip of the finger does not use up the numbers.
const LEAP_MAX: u64 = 1_000_000;
/// The word for the directory in the audit trail.
const KIND: &str = "Directory";
/// What a node shows first: the proof.
pub(crate) const TIMESTAMP: &str = "metadata/timestamp.json";
/// Differences that are told by name at most.
const NAMED_MAX: usize = 500;

/// How a node stands that says which directory it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It holds nothing that the store does not know of.
    Known,
    /// It says that it does, and has not shown it.
    Claims,
    /// It has shown it.
    Proven,
}

/// How a node stands that holds `revision`, whose time stamp has the digest `signed`.
pub(crate) async fn standing(
    tx: &mut Tx,
    node: &NodeId,
    revision: u64,
    signed: Option<&str>,
) -> Result<Standing, Fault> {
    if is_known(tx, revision, signed).await? {
        return Ok(Standing::Known);
    }
    let shown: Option<(i64,)> =
        optional!(tx, "SELECT revision FROM directory_ahead WHERE node = $1" => node.as_str())?;
    let proven = shown.is_some_and(|(shown,)| shown == number(revision));
    Ok(if proven { Standing::Proven } else { Standing::Claims })
}

/// Whether the store has signed that directory, or one was decided on that is above it. Of what is too old to be remembered the number says it.
async fn is_known(tx: &mut Tx, revision: u64, signed: Option<&str>) -> Result<bool, Fault> {
    let (own, passed) = numbers(tx).await?;
    if revision <= passed {
        return Ok(true);
    }
    let ours: Option<(String,)> =
        optional!(tx, "SELECT sha256 FROM directory_signed WHERE revision = $1" => number(revision))?;
    Ok(match (ours, signed) {
        (Some((ours,)), Some(signed)) => ours == signed,
        _ => revision <= own,
    })
}

/// Notes that a node holds a directory of ours that the store does not know of.
pub(crate) async fn prove(
    db: &Db,
    directory: &Directory,
    node: &NodeId,
    timestamp: &[u8],
) -> Result<(), Fault> {
    let proven = directory
        .publisher()
        .number_of(timestamp)
        .ok_or_else(|| Fault::BadReport { why: texts::directory_of_another() })?;
    let signed = trust::hex(&trust::sha256(timestamp));
    // Nodes show it again and again; only what is new is written.
    if standing(&mut db.read().await?, node, proven, Some(&signed)).await? != Standing::Claims {
        return Ok(());
    }
    let mut tx = db.write().await?;
    let before = behind(&mut tx).await?;
    run!(
        tx,
        "INSERT INTO directory_ahead (node, revision, at) VALUES ($1, $2, $3)
         ON CONFLICT (node) DO UPDATE SET revision = excluded.revision, at = excluded.at"
        => node.as_str(), number(proven), clock::now().to_string()
    )?;
    let now = behind(&mut tx).await?;
    tx.commit().await?;
    if let Some(now) = now.filter(|now| before.is_none_or(|before| before.proven < now.proven)) {
        tracing::error!(
            fault = now.fault().code(), %node, own = now.own, proven = now.proven,
            "the store is older than what nodes hold; nothing is published before an officer of the hub has decided"
        );
    }
    Ok(())
}

/// Takes a file of the newest directory that was proven, if it is the one that is wanted.
pub(crate) async fn take(db: &Db, directory: &Directory, path: &str, bytes: &[u8]) -> Result<(), Fault> {
    let mut tx = db.write().await?;
    let Some(behind) = behind(&mut tx).await? else { return Ok(()) };
    let held = Held::read(&mut tx, directory, behind.proven).await?;
    if held.wanted.as_deref() != Some(path) {
        return Ok(());
    }
    let named = path.strip_prefix("targets/").and_then(|file| file.split_once('.'));
    let right = match named {
        Some((sha256, _)) => trust::hex(&trust::sha256(bytes)) == sha256,
        None => directory.publisher().indexes_of(behind.proven, bytes).is_some(),
    };
    let text = std::str::from_utf8(bytes)
        .ok()
        .filter(|_| right)
        .ok_or_else(|| Fault::BadReport { why: texts::not_as_signed(path) })?;
    run!(tx, "INSERT INTO directory_shown (path, content) VALUES ($1, $2) ON CONFLICT DO NOTHING" => path, text)?;
    tx.commit().await
}

/// The newest directory that was proven, as far as nodes have shown it.
pub(crate) struct Held {
    /// Digests of its parts.
    parts: BTreeMap<String, String>,
    /// The first file that is not here.
    pub(crate) wanted: Option<String>,
}

impl Held {
    pub(crate) async fn read(tx: &mut Tx, directory: &Directory, proven: u64) -> Result<Self, Fault> {
        let mut held = Self { parts: BTreeMap::new(), wanted: None };
        let targets = format!("metadata/{proven}.targets.json");
        // What the store has under that number, if it was given twice, is another directory's.
        let shown: Option<(String,)> =
            optional!(tx, "SELECT content FROM directory_shown WHERE path = $1" => &targets)?;
        let indexes = shown.and_then(|(text,)| directory.publisher().indexes_of(proven, text.as_bytes()));
        let Some(indexes) = indexes else {
            held.wanted = Some(targets);
            return Ok(held);
        };
        for file in indexes {
            let path = format!("targets/{file}");
            let Some(text) = content(tx, &path).await? else {
                held.want(path);
                continue;
            };
            // An index that the store has as it is names nothing that the store has not.
            let ours = directory::has(tx, &path).await?;
            for (name, part) in from_json::<PartIndex>(&text)?.parts {
                let path = format!("targets/{}.{name}", part.sha256);
                if !ours && held.wanted.is_none() && content(tx, &path).await?.is_none() {
                    held.want(path);
                }
                held.parts.insert(name, part.sha256);
            }
        }
        Ok(held)
    }

    fn want(&mut self, path: String) {
        self.wanted.get_or_insert(path);
    }
}

/// A file of a directory, as the store has it published or as a node has shown it: it is named by its digest.
async fn content(tx: &mut Tx, path: &str) -> Result<Option<String>, Fault> {
    let row: Option<(String,)> = optional!(
        tx,
        "SELECT content FROM directory_shown WHERE path = $1 UNION SELECT content FROM directory_file WHERE path = $1" => path
    )?;
    Ok(row.map(|(content,)| content))
}

/// What the registry and the newest directory that was proven say differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct Difference {
    /// The thing.
    subject: String,
    /// `only_here`: it would hold again; `only_there`: it is missing here; `other`: it says something else.
    how: &'static str,
}

async fn differences(
    tx: &mut Tx,
    directory: &Directory,
    held: &Held,
    now: Timestamp,
) -> Result<Vec<Difference>, Fault> {
    let published: Vec<(String, String)> =
        all!(tx, "SELECT name, sha256 FROM directory_part WHERE shelf < $1" => i64::from(INDEX_OF_CASES))?;
    let touched: Vec<(String,)> = all!(tx, "SELECT part FROM directory_touched")?;
    let mut names: BTreeSet<String> = touched.into_iter().map(|(name,)| name).collect();
    let published: BTreeMap<String, String> = published.into_iter().collect();
    let either = held.parts.keys().chain(published.keys());
    names.extend(either.filter(|name| held.parts.get(*name) != published.get(*name)).cloned());
    let mut found = Vec::new();
    for name in names {
        // What nodes prove are the parts that all of them have.
        let Some(part) = name.parse::<Part>().ok().filter(|part| !part.is_for_cases()) else { continue };
        let here = directory.content(tx, &part, now, &mut Vec::new()).await?;
        let here = here.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let there = match held.parts.get(&name) {
            Some(sha256) => match content(tx, &format!("targets/{sha256}.{name}")).await? {
                // It was not shown yet.
                None => continue,
                shown => shown,
            },
            None => None,
        };
        compare(things(here.as_deref())?, things(there.as_deref())?, &mut found);
    }
    Ok(found)
}

fn compare(here: BTreeMap<String, Value>, mut there: BTreeMap<String, Value>, found: &mut Vec<Difference>) {
    for (subject, value) in here {
        match there.remove(&subject) {
            None => found.push(Difference { subject, how: "only_here" }),
            Some(other) if other != value => found.push(Difference { subject, how: "other" }),
            Some(_) => {}
        }
    }
    found.extend(there.into_keys().map(|subject| Difference { subject, how: "only_there" }));
}

/// The things in a part, by kind and name.
fn things(part: Option<&str>) -> Result<BTreeMap<String, Value>, Fault> {
    let mut things = BTreeMap::new();
    let mut put = |kind: &str, value: Value| {
        let name = ["id", "code", "grant", "service"].iter().find_map(|key| value.get(key)?.as_str());
        let mut subject = format!("{kind} {}", name.unwrap_or_default());
        if let Some(from) = value.get("from").and_then(Value::as_str) {
            subject = format!("{subject} {from}");
        }
        things.insert(subject.trim_end().to_owned(), value);
    };
    match part.map(from_json::<Value>).transpose()? {
        None => {}
        Some(Value::Array(grants)) => grants.into_iter().for_each(|grant| put("Grant", grant)),
        Some(Value::Object(members)) => {
            for (member, value) in members {
                let kind = match member.as_str() {
                    "agency" => "Agency",
                    "systems" => "System",
                    "nodes" => "Node",
                    "services" => "Service",
                    "suspensions" => "Suspension",
                    "purposes" => "Purpose",
                    "bases" => "LegalBasis",
                    other => other,
                };
                match value {
                    Value::Array(list) if list.iter().all(Value::is_object) => {
                        list.into_iter().for_each(|value| put(kind, value));
                    }
                    value => put(kind, value),
                }
            }
        }
        Some(_) => return Err(Fault::StoreFailed { why: "a part of the directory cannot be read".into() }),
    }
    Ok(things)
}

/// What nodes hold that the store does not know of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Ahead)]
pub(crate) struct Told {
    /// The number that the store knows.
    own: u64,
    /// The highest that was proven.
    proven: u64,
    /// Which nodes have proven something, 500 at most.
    nodes: Vec<Shower>,
    /// Whether all of it has been shown.
    complete: bool,
    /// How many differences there are.
    count: usize,
    /// What the registry says otherwise, 500 at most.
    differences: Vec<Difference>,
}

/// A node that has shown what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = NodeAhead)]
struct Shower {
    /// The node.
    node: String,
    /// The directory that it holds.
    revision: i64,
    /// When it has shown it.
    at: String,
}

/// What an officer has decided on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Was {
    /// Nodes held something that the store did not know of.
    Behind(Told),
    /// They did not.
    Even {
        /// The number that the store knew.
        own: u64,
    },
}

/// What is even has one member of what is behind, so that both may fit.
impl PartialSchema for Was {
    fn schema() -> RefOr<Schema> {
        let even = ObjectBuilder::new().property("own", u64::schema()).required("own");
        AnyOfBuilder::new()
            .description(Some(
                "What an officer has decided on: what nodes held, or the hub's own number alone.",
            ))
            .item(Ref::from_schema_name(Told::name()))
            .item(even)
            .into()
    }
}

impl ToSchema for Was {
    fn name() -> Cow<'static, str> {
        "DecidedOn".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Told::name().into(), Told::schema()));
        Told::schemas(schemas);
    }
}

/// What nodes hold that the store does not know of.
pub(crate) async fn told(
    tx: &mut Tx,
    directory: &Directory,
    behind: &Behind,
    now: Timestamp,
) -> Result<Told, Fault> {
    let rows: Vec<(String, i64, String)> =
        all!(tx, "SELECT node, revision, at FROM directory_ahead ORDER BY revision DESC, node LIMIT 500")?;
    let nodes = rows.into_iter().map(|(node, revision, at)| Shower { node, revision, at }).collect();
    let held = Held::read(tx, directory, behind.proven).await?;
    let mut differences = differences(tx, directory, &held, now).await?;
    let count = differences.len();
    differences.truncate(NAMED_MAX);
    let (own, proven, complete) = (behind.own, behind.proven, held.wanted.is_none());
    Ok(Told { own, proven, nodes, complete, count, differences })
}

/// Decides that the registry holds as it is now: the next directory is published above `revision`. Returns what that undoes.
///
/// # Errors
/// [`Fault::NoRight`], [`Fault::Contradictory`] for a number below what was proven or far above it, [`Fault::StoreFailed`].
pub(crate) async fn go_on(
    tx: &mut Tx,
    directory: &Directory,
    revision: u64,
    context: &AuditContext,
) -> Result<Was, Fault> {
    context.may(Right::Govern)?;
    let subject = (KIND, "go-on");
    let (own, _) = numbers(tx).await?;
    let behind = behind(tx).await?;
    let least = behind.as_ref().map_or(own, |behind| behind.proven.max(own));
    if !(least..=least.saturating_add(LEAP_MAX)).contains(&revision) {
        let range = format!("{least}..={}", least.saturating_add(LEAP_MAX));
        return Err(contradictory(subject, texts::number_range(&range)));
    }
    let was = match &behind {
        Some(behind) => Was::Behind(told(tx, directory, behind, context.at).await?),
        None => Was::Even { own },
    };
    leap(tx, revision, context.at).await?;
    run!(tx, "DELETE FROM directory_ahead")?;
    run!(tx, "DELETE FROM directory_shown")?;
    let is = json!({ "revision": revision });
    note(tx, context, Act::Updated, subject, Some(json!(was).to_string()), Some(is.to_string())).await?;
    Ok(was)
}

/// Whether all nodes that have joined have said which directory they hold, and none of them one that the store does not know of; or one
/// has proven that, so that nothing is to be waited for.
pub(crate) async fn all_heard(db: &Db, holders: &Holders) -> Result<bool, Fault> {
    let mut tx = db.read().await?;
    if behind(&mut tx).await?.is_some() {
        return Ok(true);
    }
    let nodes: Vec<(String,)> = all!(tx, "SELECT DISTINCT node FROM node_certificate")?;
    Ok(nodes.iter().all(|(node,)| node.parse().is_ok_and(|node| holders.has_heard(&node))))
}
