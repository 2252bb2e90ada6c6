//! Nodes in the registry: declared, invited, admitted.

pub(crate) mod certified;

use jiff::{SignedDuration, Timestamp};
use model::agency::{Agency, Node, System};
use model::directory::{AdmittedNode, Part};
use model::fault::Fault;
use model::id::{MemberId, NodeId, SystemId};
use serde::{Deserialize, Serialize};
use trust::certificate::{self, Authority, Usage};
use utoipa::ToSchema;

use crate::audit::change::{Act, AuditContext, note};
use crate::audit::right::Right;
use crate::registry::check::{Gathered, contradictory};
use crate::registry::quota;
use crate::registry::references::Reference;
use crate::registry::row::{Beside, Columns, Row, text};
use crate::registry::{Subject, Table};
use crate::running::sight;
use crate::secret::{digest, random};
use crate::store::{Tx, all, from_text, optional, run};
use crate::texts;

/// How long a code to join with can be used.
const INVITATION: SignedDuration = SignedDuration::from_hours(24);

impl Subject for Node {
    const KIND: &'static str = "Node";
    const TABLE: Table = Table {
        name: "node",
        columns: "id, address, (SELECT string_agg(system, '\n' ORDER BY system) FROM node_system WHERE node = id) AS systems",
        filters: &[("owner", "agency = ?")],
        ..Table::OF_ENTRIES
    };
    const COLUMNS: &'static [&'static str] = &["id", "address", "systems"];
    const RIGHT: Right = Right::ChangeServices;

    fn read(row: &Row) -> Result<Self, Fault> {
        let systems: Option<String> = row.get("systems")?;
        let systems = systems.iter().flat_map(|systems| systems.split('\n')).map(from_text);
        Ok(Self {
            id: row.parsed("id")?,
            address: row.get("address")?,
            systems: systems.collect::<Result<_, _>>()?,
        })
    }

    fn row(&self) -> Result<Columns, Fault> {
        Ok(vec![("agency", text(self.id.member())), ("address", text(&self.address))])
    }

    fn beside(&self) -> Vec<Beside> {
        let rows = self.systems.iter().map(|system| vec![text(system)]).collect();
        vec![Beside { table: "node_system", key: "node", columns: &["system"], rows }]
    }

    fn name(&self) -> &str {
        self.id.as_str()
    }

    async fn owners(&self, _: &mut Tx) -> Result<Vec<MemberId>, Fault> {
        Ok(std::iter::once(self.id.member()).chain(self.systems.iter().map(SystemId::member)).collect())
    }

    fn parts(&self) -> Vec<Part> {
        vec![Part::Agency(self.id.member())]
    }

    fn references(&self) -> Vec<Reference> {
        let systems = self.systems.iter().map(Reference::to::<System>);
        systems.chain([Reference::to::<Agency>(self.id.member())]).collect()
    }

    async fn check(&self, _: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        let mut sorted = self.systems.clone();
        sorted.sort_unstable();
        let mut gathered = Gathered::default();
        let once = sorted == self.systems && sorted.windows(2).all(|pair| pair.first() != pair.last());
        gathered.must(once, subject, "systems", texts::systems_order);
        let address = is_host_and_port(&self.address);
        gathered.must(address, subject, "address", || texts::address_form(&self.address));
        gathered.done()
    }

    /// Its certificates go with it: the directory no longer names them, so nobody takes them. Their keys never come back.
    async fn leave(&self, tx: &mut Tx) -> Result<(), Fault> {
        let id = self.id.as_str();
        certified::bar_all(tx, id, crate::clock::now()).await?;
        run!(tx, "DELETE FROM invitation WHERE node = $1" => id)?;
        run!(tx, "DELETE FROM node_certificate WHERE node = $1" => id)?;
        run!(tx, "DELETE FROM usage_gap WHERE node = $1" => id)?;
        run!(tx, "DELETE FROM node_held WHERE node = $1" => id)?;
        sight::forget(tx, id).await?;
        Ok(())
    }
}

/// Whether a node can be called there: a name or an address, and a port.
fn is_host_and_port(address: &str) -> bool {
    let Some((host, port)) = address.rsplit_once(':') else { return false };
    let is_port = port.bytes().all(|c| c.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0);
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_')
    };
    let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.strip_suffix('.').unwrap_or(host).split('.').all(is_name),
    };
    is_port && is_host && address.len() <= 255
}

/// What a node must be given to join: by a way that its operator trusts, and to nobody else.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// The node it is for.
    pub node: NodeId,
    /// The hub's address.
    pub hub: String,
    /// Good for one node, once, for a day.
    pub code: String,
    /// Certificate of the hub's authority, DER in base64.
    pub authority: String,
    /// The root of the directory (JSON text).
    pub root: String,
}

/// What a node sends to join.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Joining {
    /// The node.
    pub node: NodeId,
    /// The code of its invitation.
    pub code: String,
    /// Certificate request for its TLS key (PEM).
    pub tls: String,
    /// Certificate request for its signing key (PEM).
    pub signing: String,
}

/// The certificates of a node that joined, DER in base64.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Admission {
    /// For TLS between nodes.
    pub tls: String,
    /// For its signatures.
    pub signing: String,
}

/// Makes a code that `node` can join with.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::NoRight`], [`Fault::NotTheirs`], [`Fault::StoreFailed`].
pub async fn invite(tx: &mut Tx, node: &NodeId, context: &AuditContext) -> Result<String, Fault> {
    context.may(Right::ChangeServices)?;
    context.covers((Node::KIND, node.as_str()), &[node.member()])?;
    if Node::load(tx, node.as_str()).await?.is_none() {
        return Err(Fault::NotInRegistry { subject: format!("Node {node}") });
    }
    certified::forget_ended(tx, node, context.at).await?;
    quota::check_certificates(tx, node.as_str()).await?;
    let code = random();
    let expires = context.at + INVITATION;
    run!(
        tx,
        "INSERT INTO invitation (code_sha256, node, expires_at) VALUES ($1, $2, $3)"
        => digest(&code), node.as_str(), expires.to_string()
    )?;
    note(tx, context, Act::Invited, (Node::KIND, node.as_str()), None, None).await?;
    Ok(code)
}

/// Admits a node that shows its code: certifies its keys. The code is used up.
///
/// # Errors
/// [`Fault::BadInvitation`], [`Fault::Contradictory`] if its requests can't be read.
pub async fn admit(
    tx: &mut Tx,
    joining: &Joining,
    authority: &Authority,
    now: Timestamp,
) -> Result<Admission, Fault> {
    check_invitation(tx, joining, now).await?;
    quota::check_certificates(tx, joining.node.as_str()).await?;
    run!(tx, "UPDATE invitation SET used_at = $2 WHERE code_sha256 = $1" => digest(&joining.code), now.to_string())?;
    let certify = |usage, request: &str| {
        let bad = |error: certificate::CertificateError| {
            contradictory((Node::KIND, joining.node.as_str()), texts::certificate_request(&error.words()))
        };
        authority.admit(&joining.node, usage, request, now).map_err(bad)
    };
    let tls = certify(Usage::Tls, &joining.tls)?;
    let signing = certify(Usage::Signing, &joining.signing)?;
    for (usage, der) in [("tls", &tls), ("signing", &signing)] {
        certified::keep(tx, &joining.node, usage, der, None, now).await?;
    }
    let admission =
        Admission { tls: certificate::to_base64(&tls), signing: certificate::to_base64(&signing) };
    crate::registry::parts::touch(tx, &[Part::Agency(joining.node.member())]).await?;
    let context = AuditContext::of_the_hub(joining.node.as_str(), "joined with its invitation", now);
    note(tx, &context, Act::Admitted, (Node::KIND, joining.node.as_str()), None, None).await?;
    Ok(admission)
}

/// A node with its certificates, as the directory has it.
pub(crate) async fn admitted(tx: &mut Tx, node: Node) -> Result<AdmittedNode, Fault> {
    let rows: Vec<(String, String)> = all!(tx, "SELECT usage, certificate FROM node_certificate WHERE node = $1 ORDER BY admitted_at, certificate" => node.id.as_str())?;
    let of = |wanted: &str| {
        rows.iter().filter(|(usage, _)| usage == wanted).map(|(_, text)| text.clone()).collect()
    };
    Ok(AdmittedNode { tls: of("tls"), signing: of("signing"), node })
}

/// Whether an invitation is good: known, unused, in time, and this node's.
///
/// # Errors
/// [`Fault::BadInvitation`].
pub(crate) async fn check_invitation(tx: &mut Tx, joining: &Joining, now: Timestamp) -> Result<(), Fault> {
    let row: Option<(String, String, Option<String>)> = optional!(tx, "SELECT node, expires_at, used_at FROM invitation WHERE code_sha256 = $1" => digest(&joining.code))?;
    let (node, expires, used) = row.ok_or(Fault::BadInvitation {})?;
    let expires: Timestamp = from_text(&expires)?;
    if node != joining.node.as_str() || used.is_some() || now >= expires {
        return Err(Fault::BadInvitation {});
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_host_and_port;

    #[test]
    fn an_address_is_one_host_and_one_port() {
        for good in ["nut-1.bacninh.gov.vn:5500", "10.0.0.1:1", "[2001:db8::1]:65535", "nut_1:80", "nut.:80"]
        {
            assert!(is_host_and_port(good), "{good}");
        }
        for bad in [
            "nut2:57:05",
            "nut2",
            "nut2:",
            ":5500",
            "nut2:0",
            "nut2:65536",
            "nut2:+80",
            "2001:db8::1:5500",
            "[nut2]:5500",
            "[2001:db8::1:5500",
            "2001:db8::1]:5500",
            "[]:1",
            "a..b:1",
            "a b:1",
            "a/b:1",
            "a@b:1",
            "",
        ] {
            assert!(!is_host_and_port(bad), "{bad}");
        }
    }
}
