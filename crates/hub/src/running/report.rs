//! Whether a report of the traffic is the node's, and tells of nothing that is not the node's to tell.

use model::agency::Node;
use model::fault::{Fault, Kind, Words};
use model::usage::{Counted, GAPS_MAX, Gap, ROWS_MAX, Report, SIGNED_AS};
use trust::certificate;

use crate::members::read;
use crate::registry::Subject as _;
use crate::running::node;
use crate::store::Tx;
use crate::texts;

/// Reads a report and checks that it is the node's, and tells of nothing that is not the node's to tell.
///
/// # Errors
/// [`Fault::BadReport`], [`Fault::BadDocument`], [`Fault::StoreFailed`]. Whether its interval is one of its own is asked where it is
/// taken ([`crate::usage::take`]).
pub(crate) async fn verify(tx: &mut Tx, bytes: &[u8], keyid: &str, signature: &str) -> Result<Report, Fault> {
    let mut report: Report = read(bytes)?;
    let node = Node::load(tx, report.node.as_str()).await?;
    let node = node.ok_or_else(|| refused(texts::node_unknown()))?;
    check_signature(tx, &node, (SIGNED_AS, bytes), keyid, signature).await?;
    if report.rows.len() > ROWS_MAX {
        return Err(refused(texts::report_rows()));
    }
    let is_large = |gap: &Gap| gap.fields.len() > GAPS_MAX || gap.flaws.len() > GAPS_MAX;
    let many = report.gaps.len() > GAPS_MAX || report.gaps.iter().any(is_large);
    let long = |gap: &Gap| {
        let flaws = gap.flaws.iter().flat_map(|flaw| [&flaw.field, &flaw.kind]);
        gap.fields.iter().chain(flaws).any(|text| text.chars().count() > 200)
    };
    if many || report.gaps.iter().any(long) {
        return Err(refused(texts::report_gaps()));
    }
    let counted = report.rows.iter().map(|row| match row.counted {
        Counted::AtConsumer => row.client.clone(),
        Counted::AtProvider => row.service.system(),
    });
    for own in counted.chain(report.gaps.iter().map(|gap| gap.service.system())) {
        if !node.systems.contains(&own) {
            return Err(refused(texts::report_of_another(&own)));
        }
    }
    // Names of faults are those of the list: a node cannot make up others for us to keep.
    for row in &mut report.rows {
        row.figures.faults.retain(|code, _| Kind::of(code).is_some());
    }
    Ok(report)
}

/// Checks that bytes are signed by a key that a node has in the directory, over them and the words of their kind.
///
/// # Errors
/// [`Fault::BadReport`], [`Fault::StoreFailed`].
pub(crate) async fn check_signature(
    tx: &mut Tx,
    node: &Node,
    (signed_as, bytes): (&[u8], &[u8]),
    keyid: &str,
    signature: &str,
) -> Result<(), Fault> {
    let admitted = node::admitted(tx, node.clone()).await?;
    let certificates = admitted.signing.iter().filter_map(|text| certificate::from_base64(text).ok());
    let key = certificates
        .filter(|der| trust::key_id(&node.id, der) == keyid)
        .find_map(|der| certificate::signing_key(&der).ok());
    let signature = hex::decode(signature).ok();
    match (key, signature) {
        (Some(key), Some(signature)) if key.verifies(&[signed_as, bytes].concat(), &signature) => Ok(()),
        _ => Err(refused(texts::report_signature())),
    }
}

fn refused(why: Words) -> Fault {
    Fault::BadReport { why }
}
