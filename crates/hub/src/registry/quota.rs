//! What of the directory is whose: how large a thing may be, an agency's part, a bin, and an agency's share of a bin. Asked in the
//! transaction that makes them grow, so that nothing comes into the registry that could not be published to all nodes. A node takes parts
//! four times as large as the largest here ([`model::directory`]).

use model::directory::{FILE_MAX_BYTES, PART_MAX_BYTES, Part};
use model::fault::Fault;
use model::id::MemberId;
use serde::Serialize;

use crate::clock;
use crate::registry::check::contradictory;
use crate::store::{Tx, all, moment, optional};
use crate::texts;

/// Largest thing that stands in the directory: a service of 1,000 fields with what they are called takes some 250 KB.
const THING_MAX: usize = 512 * 1024;
/// What may be in a part by its texts. With the members' names around them they come to less than twice as much.
const TEXTS_MAX: i64 = PART_MAX_BYTES as i64 / 2;
/// What one agency's grants may take in one bin. A bin of the whole State has some 120 grants, 60 KB in all.
const SHARE_MAX: i64 = TEXTS_MAX / 8;
/// Systems of one agency, nodes, and systems of one node: nobody has so many.
const NUMBER_MAX: i64 = 2000;
// What is refused here is far from what a node refuses, and what one thing takes from what its agency has.
const _: () = assert!(
    2 * TEXTS_MAX <= PART_MAX_BYTES as i64
        && 2 * PART_MAX_BYTES <= FILE_MAX_BYTES
        && 2 * THING_MAX as i64 <= SHARE_MAX
        && 8 * SHARE_MAX <= TEXTS_MAX
);
/// Versions of procedures: the national database has some 6,000 procedures. Their index takes 200 bytes each.
const PROCEDURES_MAX: i64 = 20_000;
/// Certificates of one node. It has two, and four while its keys are renewed.
const CERTIFICATES_MAX: i64 = 16;

/// That a thing is not too large for the directory.
///
/// # Errors
/// [`Fault::Contradictory`].
pub(crate) fn check_size(subject: (&str, &str), thing: &impl Serialize) -> Result<(), Fault> {
    let bytes = serde_json::to_vec(thing).map_or(usize::MAX, |bytes| bytes.len());
    if bytes <= THING_MAX {
        return Ok(());
    }
    Err(contradictory(subject, texts::too_large_for_directory(bytes, THING_MAX)))
}

/// That parts which have grown can still be published, and leave room for others.
///
/// # Errors
/// [`Fault::Contradictory`], [`Fault::StoreFailed`].
pub(crate) async fn check_parts<'a>(
    tx: &mut Tx,
    parts: impl IntoIterator<Item = &'a Part>,
) -> Result<(), Fault> {
    for part in parts {
        match part {
            Part::Charter => check_charter(tx).await?,
            Part::Agency(member) => check_agency(tx, member).await?,
            Part::Grants(bin) => check_bin(tx, bin.number()).await?,
            // Each is a part by itself, and no larger than a thing may be.
            Part::Procedure(id) => check_procedures(tx, id).await?,
            Part::ReusePacks => {}
        }
    }
    Ok(())
}

/// That a node may get certificates once more.
///
/// # Errors
/// [`Fault::Contradictory`], [`Fault::StoreFailed`].
pub(crate) async fn check_certificates(tx: &mut Tx, node: &str) -> Result<(), Fault> {
    let there: Option<(i64,)> =
        optional!(tx, "SELECT COUNT(*) FROM node_certificate WHERE node = $1" => node)?;
    if there.is_none_or(|(count,)| count < CERTIFICATES_MAX) {
        return Ok(());
    }
    Err(contradictory(("Node", node), texts::too_many_certificates()))
}

async fn check_procedures(tx: &mut Tx, id: &str) -> Result<(), Fault> {
    let there: Option<(i64,)> = optional!(tx, "SELECT COUNT(*) FROM procedure_entry")?;
    if there.is_none_or(|(count,)| count <= PROCEDURES_MAX) {
        return Ok(());
    }
    Err(contradictory(("Procedure", id), texts::too_many_procedures(PROCEDURES_MAX)))
}

async fn check_charter(tx: &mut Tx) -> Result<(), Fault> {
    let texts: Option<(i64,)> = optional!(
        tx,
        "SELECT CAST((SELECT COALESCE(SUM(octet_length(code) + octet_length(name_vi) + octet_length(name_en)), 0) FROM purpose)
             + (SELECT COALESCE(SUM(octet_length(code) + octet_length(citation)), 0) FROM legal_basis) AS BIGINT)"
    )?;
    fits(("Charter", "charter"), texts, TEXTS_MAX)
}

async fn check_agency(tx: &mut Tx, member: &MemberId) -> Result<(), Fault> {
    let subject = ("Agency", member.as_str());
    let counts: Option<(i64, i64, i64)> = optional!(
        tx,
        "SELECT (SELECT COUNT(*) FROM system WHERE agency = $1), (SELECT COUNT(*) FROM node WHERE agency = $1),
             (SELECT COALESCE(MAX(s.systems), 0) FROM (SELECT COUNT(*) AS systems FROM node_system x JOIN node n ON n.id = x.node
                 WHERE n.agency = $1 GROUP BY x.node) s)" => member.as_str()
    )?;
    if let Some((systems, nodes, most)) = counts
        && systems.max(nodes).max(most) > NUMBER_MAX
    {
        return Err(contradictory(subject, texts::too_many_of_these(NUMBER_MAX)));
    }
    let texts: Option<(i64,)> = optional!(
        tx,
        "SELECT CAST((SELECT COALESCE(SUM(octet_length(id) + octet_length(name_vi) + octet_length(name_en) + octet_length(offer)), 0)
                 FROM service WHERE agency = $1)
             + (SELECT COALESCE(SUM(octet_length(id) + octet_length(name_vi) + octet_length(name_en)), 0) FROM system WHERE agency = $1)
             + (SELECT COALESCE(SUM(octet_length(x.system)), 0) FROM node_system x JOIN node n ON n.id = x.node WHERE n.agency = $1)
             + (SELECT COALESCE(SUM(octet_length(c.certificate)), 0) FROM node_certificate c JOIN node n ON n.id = c.node WHERE n.agency = $1)
             + (SELECT COALESCE(SUM(octet_length(entry)), 0) FROM suspension WHERE owner = $1 AND ends_at > $2) AS BIGINT)"
        => member.as_str(), moment(clock::now())
    )?;
    fits(subject, texts, TEXTS_MAX)
}

async fn check_bin(tx: &mut Tx, bin: u16) -> Result<(), Fault> {
    let shares: Vec<(String, i64)> = all!(
        tx,
        "SELECT provider, CAST(SUM(octet_length(id) + octet_length(client) + octet_length(service) + octet_length(uses)
             + octet_length(endpoints) + octet_length(fields) + octet_length(row_rules)) AS BIGINT)
         FROM grants WHERE bin = $1 AND revoked_at IS NULL GROUP BY provider" => i64::from(bin)
    )?;
    let whole = shares.iter().map(|(_, texts)| texts).sum();
    for (provider, texts) in shares {
        fits(("Agency", &provider), Some((texts,)), SHARE_MAX)?;
    }
    fits(("Grants", &format!("{bin:03x}")), Some((whole,)), TEXTS_MAX)
}

fn fits(subject: (&str, &str), texts: Option<(i64,)>, max: i64) -> Result<(), Fault> {
    let bytes = texts.map_or(0, |(bytes,)| bytes);
    if bytes <= max {
        return Ok(());
    }
    Err(contradictory(subject, texts::part_too_large(bytes, max)))
}
