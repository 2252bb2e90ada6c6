//! The certificates of nodes: who has which, renewed by the nodes themselves, taken out one by one.
//!
//! A key is certified once. Whatever was taken out, its key never comes back: not by joining, not by renewal.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use model::agency::Node;
use model::directory::Part;
use model::ending::{Ending, Kind};
use model::fault::{Fault, Words};
use model::id::NodeId;
use model::renewal::{Renewed, Renewing, SIGNED_AS};
use rustls::pki_types::CertificateDer;
use serde::Serialize;
use trust::certificate::{self, Authority, Usage};
use utoipa::ToSchema;

use crate::audit::change::{Act, AuditContext, note};
use crate::audit::right::Right;
use crate::members::read;
use crate::registry::Subject as _;
use crate::registry::check::contradictory;
use crate::registry::quota;
use crate::store::{Tx, all, run, to_json};
use crate::texts;

/// Fewest digits by which a certificate is named: so many stand in the names of keys.
const DIGITS_MIN: usize = 16;

/// How long a certificate that has ended is shown.
const SHOWN: SignedDuration = SignedDuration::from_hours(24 * 30);

/// One certificate of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = NodeCertificate)]
pub(crate) struct Held {
    /// What it is for: `tls`, `signing`.
    pub(crate) usage: String,
    /// SHA-256 of it, hexadecimal. The first 16 digits stand in the names of keys.
    pub(crate) sha256: String,
    /// SHA-256 of its key.
    pub(crate) key_sha256: String,
    /// From when it holds.
    pub(crate) from: Timestamp,
    /// Until when.
    pub(crate) to: Timestamp,
    /// When it was issued.
    pub(crate) admitted_at: String,
    /// The TLS certificate over which it was renewed; none if the node joined with it.
    pub(crate) renewed_over: Option<String>,
    #[serde(skip)]
    text: String,
}

/// The certificates of a node, oldest first.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn of(tx: &mut Tx, node: &str) -> Result<Vec<Held>, Fault> {
    let rows: Vec<(String, String, String, Option<String>)> = all!(
        tx,
        "SELECT usage, certificate, admitted_at, over_sha256 FROM node_certificate WHERE node = $1 ORDER BY admitted_at, usage, certificate"
        => node
    )?;
    let read = |(usage, text, admitted_at, renewed_over): (String, String, String, Option<String>)| {
        let der = certificate::from_base64(&text).ok()?;
        let ((from, to), key_sha256) = (certificate::span(&der).ok()?, certificate::key_digest(&der).ok()?);
        let sha256 = certificate::fingerprint(&der);
        Some(Held { usage, sha256, key_sha256, from, to, admitted_at, renewed_over, text })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Keeps a certificate that was just issued, if its key was never certified before.
///
/// # Errors
/// [`Fault::NotRenewed`] if it was; [`Fault::StoreFailed`].
pub(crate) async fn keep(
    tx: &mut Tx,
    node: &NodeId,
    usage: &str,
    der: &[u8],
    over: Option<&str>,
    now: Timestamp,
) -> Result<(), Fault> {
    let key = certificate::key_digest(der).map_err(|error| Fault::Internal { why: error.to_string() })?;
    let standing = of(tx, node.as_str()).await?.iter().any(|held| held.key_sha256 == key);
    if standing || !note_key(tx, &key, node.as_str(), now).await? {
        return Err(Fault::NotRenewed { why: texts::key_certified_before() });
    }
    run!(
        tx,
        "INSERT INTO node_certificate (node, usage, certificate, admitted_at, over_sha256) VALUES ($1, $2, $3, $4, $5)"
        => node.as_str(), usage, certificate::to_base64(der), now.to_string(), over
    )?;
    Ok(())
}

/// Notes that a key was certified. Returns whether that is new.
async fn note_key(tx: &mut Tx, key: &str, node: &str, now: Timestamp) -> Result<bool, Fault> {
    let noted = run!(
        tx,
        "INSERT INTO node_key (key_sha256, node, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
        => key, node, now.to_string()
    )?;
    Ok(noted == 1)
}

/// Bars the keys of a node that leaves the registry.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn bar_all(tx: &mut Tx, node: &str, now: Timestamp) -> Result<(), Fault> {
    for held in of(tx, node).await? {
        note_key(tx, &held.key_sha256, node, now).await?;
    }
    Ok(())
}

/// Forgets certificates that ended a while ago: nobody takes them any more, and they take room.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn forget_ended(tx: &mut Tx, node: &NodeId, now: Timestamp) -> Result<(), Fault> {
    let held = of(tx, node.as_str()).await?;
    let (ended, left): (Vec<&Held>, Vec<&Held>) = held.iter().partition(|held| held.to + SHOWN < now);
    // Of a node that has no other they stay: its end is told.
    if ended.is_empty() || left.is_empty() {
        return Ok(());
    }
    for ended in ended {
        note_key(tx, &ended.key_sha256, node.as_str(), now).await?;
        forget(tx, node, ended).await?;
    }
    crate::registry::parts::touch(tx, &[Part::Agency(node.member())]).await
}

/// Forgets those of all nodes.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn forget_all_ended(tx: &mut Tx, now: Timestamp) -> Result<(), Fault> {
    let nodes: Vec<(String,)> =
        all!(tx, "SELECT node FROM node_certificate GROUP BY node HAVING COUNT(*) > 2 ORDER BY node")?;
    for node in nodes.iter().filter_map(|(node,)| node.parse::<NodeId>().ok()) {
        forget_ended(tx, &node, now).await?;
    }
    Ok(())
}

async fn forget(tx: &mut Tx, node: &NodeId, held: &Held) -> Result<(), Fault> {
    run!(
        tx,
        "DELETE FROM node_certificate WHERE node = $1 AND usage = $2 AND certificate = $3"
        => node.as_str(), &held.usage, &held.text
    )?;
    Ok(())
}

/// The certificates of nodes whose end is near or past and that no other has taken the place of.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn endings(tx: &mut Tx, now: Timestamp) -> Result<Vec<Ending>, Fault> {
    let rows: Vec<(String, String, String)> =
        all!(tx, "SELECT node, usage, certificate FROM node_certificate ORDER BY node, usage")?;
    // By node and use the one that holds longest.
    let mut last: BTreeMap<(String, String), (Timestamp, String)> = BTreeMap::new();
    for (node, usage, text) in rows {
        let Some(der) = certificate::from_base64(&text).ok() else { continue };
        let (Ok((_, to)), Ok(id)) = (certificate::span(&der), node.parse::<NodeId>()) else { continue };
        let found = last.entry((node, usage)).or_insert_with(|| (to, trust::key_id(&id, &der)));
        if to > found.0 {
            *found = (to, trust::key_id(&id, &der));
        }
    }
    let ending = |((_, usage), (to, name)): ((String, String), (Timestamp, String))| {
        let kind = if usage == "tls" { Kind::NodeTls } else { Kind::NodeSigning };
        Ending::of(kind, Some(&name), to, now)
    };
    Ok(last.into_iter().filter_map(ending).collect())
}

/// What came of taking one out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Withdrawn {
    /// The node.
    pub(crate) node: NodeId,
    /// What was taken out: the certificate, and any other of the same key.
    pub(crate) withdrawn: Vec<Held>,
    /// Certificates that were got over what was taken out, and still stand. Whoever had the stolen keys may have got them.
    pub(crate) renewed_over_it: Vec<Held>,
    /// What the node has left.
    pub(crate) left: Vec<Held>,
}

/// Takes one certificate of a node out, with its key for good. `name` is its SHA-256 or the beginning of that.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::Contradictory`] if the name is too short or two have it.
pub(crate) async fn withdraw(
    tx: &mut Tx,
    node: &NodeId,
    name: &str,
    context: &AuditContext,
) -> Result<Withdrawn, Fault> {
    let subject = (Node::KIND, node.as_str());
    context.may(Right::ChangeServices)?;
    context.covers(subject, &[node.member()])?;
    if Node::load(tx, node.as_str()).await?.is_none() {
        return Err(Fault::NotInRegistry { subject: format!("Node {node}") });
    }
    // A key's name, as ledgers and logs have it, does as well.
    let name = name.rsplit('#').next().unwrap_or_default().to_ascii_lowercase();
    let held = of(tx, node.as_str()).await?;
    let mut named = held.iter().filter(|held| held.sha256.starts_with(&name));
    let one = match (named.next(), named.next()) {
        (Some(one), None) if name.len() >= DIGITS_MIN => one.clone(),
        (None, _) => {
            let name: String = name.chars().take(64).collect();
            return Err(Fault::NotInRegistry { subject: format!("Node {node} · {name}") });
        }
        _ => {
            return Err(contradictory(subject, texts::certificate_digits(DIGITS_MIN)));
        }
    };
    let (withdrawn, left): (Vec<Held>, Vec<Held>) =
        held.iter().cloned().partition(|held| held.key_sha256 == one.key_sha256);
    note_key(tx, &one.key_sha256, node.as_str(), context.at).await?;
    for held in &withdrawn {
        forget(tx, node, held).await?;
    }
    crate::registry::parts::touch(tx, &[Part::Agency(node.member())]).await?;
    note(tx, context, Act::Revoked, subject, Some(to_json(&withdrawn)?), Some(to_json(&left)?)).await?;
    // A renewal goes by the TLS certificate of the pair.
    let of_pair = |held: &&Held| held.usage == "tls" && held.admitted_at == one.admitted_at;
    let pair: Vec<&str> = held.iter().filter(of_pair).map(|held| held.sha256.as_str()).collect();
    let over = |held: &&Held| held.renewed_over.as_deref().is_some_and(|over| pair.contains(&over));
    let renewed_over_it = left.iter().filter(over).cloned().collect();
    Ok(Withdrawn { node: node.clone(), withdrawn, renewed_over_it, left })
}

/// What a node shows to have its keys renewed.
pub(crate) struct Shown<'a> {
    /// The node, by the certificate on its connection.
    pub(crate) node: &'a NodeId,
    /// That certificate.
    pub(crate) tls: &'a CertificateDer<'static>,
    /// The name of its signing key.
    pub(crate) keyid: &'a str,
    /// The signature over what it asks.
    pub(crate) signature: &'a str,
}

/// Certifies the new keys of a node that shows both of its present ones. Over one pair one other is given, and no second: so whoever
/// stole the keys and is faster is noticed, and whoever is slower gets nothing. Asked again for the same keys it answers the same.
///
/// # Errors
/// [`Fault::NotRenewed`], [`Fault::BadDocument`], [`Fault::Contradictory`], [`Fault::StoreFailed`].
pub(crate) async fn renew(
    tx: &mut Tx,
    shown: &Shown<'_>,
    bytes: &[u8],
    authority: &Authority,
    now: Timestamp,
) -> Result<Renewed, Fault> {
    let renewing: Renewing = read(bytes)?;
    let node = shown.node;
    let held = of(tx, node.as_str()).await?;
    let sha256 = certificate::fingerprint(shown.tls);
    let present = held.iter().find(|held| held.sha256 == sha256);
    let proven = signed_by_a_standing_key(&held, shown, bytes, now);
    let (Some(present), true, true) = (present, proven, renewing.node == *node) else {
        return Err(refused(texts::renewal_not_signed()));
    };
    let certify = |usage, request: &str| {
        let error = |error: certificate::CertificateError| {
            let place = Words::quoted("tls, signing");
            Fault::BadDocument { place, why: Words::quoted(error) }
        };
        authority.admit(node, usage, request, now).map_err(error)
    };
    let tls = certify(Usage::Tls, &renewing.tls)?;
    let signing = certify(Usage::Signing, &renewing.signing)?;
    certificate::signing_key(&signing)
        .map_err(|error| Fault::BadDocument { place: Words::quoted("signing"), why: Words::quoted(error) })?;
    let digest =
        |der: &[u8]| certificate::key_digest(der).map_err(|error| Fault::Internal { why: error.to_string() });
    let over: Vec<&Held> = held.iter().filter(|held| held.renewed_over.as_deref() == Some(&sha256)).collect();
    if !over.is_empty() {
        let given = |usage: &str, key: String| {
            let given = over.iter().find(|held| held.usage == usage && held.key_sha256 == key);
            given.map(|held| held.text.clone())
        };
        let again = (given("tls", digest(&tls)?), given("signing", digest(&signing)?));
        if let (Some(tls), Some(signing)) = again {
            return Ok(Renewed { tls, signing });
        }
        return Err(refused(texts::renewed_otherwise()));
    }
    if now < half_of(present) {
        return Err(refused(texts::renewal_too_early()));
    }
    forget_ended(tx, node, now).await?;
    quota::check_certificates(tx, node.as_str()).await?;
    keep(tx, node, "tls", &tls, Some(&sha256), now).await?;
    keep(tx, node, "signing", &signing, Some(&sha256), now).await?;
    let parts = [Part::Agency(node.member())];
    crate::registry::parts::touch(tx, &parts).await?;
    let context = AuditContext::of_the_hub(node.as_str(), "renewed its keys by itself", now);
    let after = of(tx, node.as_str()).await?;
    let of_now: Vec<&Held> =
        after.iter().filter(|held| held.renewed_over.as_deref() == Some(&sha256)).collect();
    note(tx, &context, Act::Admitted, (Node::KIND, node.as_str()), None, Some(to_json(&of_now)?)).await?;
    Ok(Renewed { tls: certificate::to_base64(&tls), signing: certificate::to_base64(&signing) })
}

/// When half of a certificate's time is over: before that nobody needs another.
fn half_of(held: &Held) -> Timestamp {
    held.from + held.to.duration_since(held.from) / 2
}

fn signed_by_a_standing_key(held: &[Held], shown: &Shown<'_>, bytes: &[u8], now: Timestamp) -> bool {
    let Ok(signature) = hex::decode(shown.signature) else { return false };
    let signing = held.iter().filter(|held| held.usage == "signing" && now <= held.to);
    let named = signing.filter_map(|held| certificate::from_base64(&held.text).ok());
    named
        .filter(|der| trust::key_id(shown.node, der) == shown.keyid)
        .filter_map(|der| certificate::signing_key(&der).ok())
        .any(|key| key.verifies(&[SIGNED_AS, bytes].concat(), &signature))
}

fn refused(why: Words) -> Fault {
    Fault::NotRenewed { why }
}
