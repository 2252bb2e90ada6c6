//! What nodes hand in for a question: what each has covered, then what it has covered of the other's. With the last part it is counted.

use jiff::{SignedDuration, Timestamp};
use model::agency::Node;
use model::fault::{Fault, Words};
use model::id::NodeId;
use serde::Deserialize;
use serde_json::json;
use trust::overlap::{FORM, Handed, Part, Points, SIGNED_AS, Side, Step, Task};

use super::{Found, KIND, Kept, State, columns, end, one, read};
use crate::audit::change::{Act, AuditContext, note};
use crate::quality::pack;
use crate::registry::Subject as _;
use crate::registry::check::not_there;
use crate::registry::row::rows;
use crate::running::report::check_signature;
use crate::store::{Tx, optional, run, to_json};
use crate::texts;

/// With fewer values than this on a side nothing is told: whoever chose them could ask for one person's.
const VALUES_MIN: usize = 100;

/// For so long nodes have time once both owners have agreed.
const ENDS_AFTER: SignedDuration = SignedDuration::from_hours(24 * 14);

fn refused(why: Words) -> Fault {
    Fault::BadReport { why }
}

fn not_asked(id: &str) -> Fault {
    refused(texts::overlap_not_asked(id))
}

/// The node that handed in a part, and the part as it signed it.
async fn handed_in(
    tx: &mut Tx,
    question: &str,
    (side, step): (Side, Step),
) -> Result<Option<(String, Handed)>, Fault> {
    let row: Option<(String, String, String, String)> = optional!(
        tx,
        "SELECT node, keyid, signature, part FROM quality_overlap_part WHERE question = $1 AND side = $2 AND step = $3"
        => question, side.word(), step.word()
    )?;
    Ok(row.map(|(node, key, signature, part)| (node, Handed { part, key, signature })))
}

/// What was covered.
fn points(handed: &Handed) -> Result<Points, Fault> {
    let part: Result<Part, _> = serde_json::from_str(&handed.part);
    part.map(|part| part.points)
        .map_err(|error| Fault::StoreFailed { why: format!("a part of a question cannot be read: {error}") })
}

/// What a node is to do for one side of a question: to cover its own values, or, when the other side has covered its, those.
async fn task(tx: &mut Tx, node: &Node, kept: &Kept, side: Side) -> Result<Option<Task>, Fault> {
    let (of, with) = match side {
        Side::A => (&kept.a, &kept.b),
        Side::B => (&kept.b, &kept.a),
    };
    if !node.systems.contains(&of.service.system()) {
        return Ok(None);
    }
    let task = |step, theirs| Task {
        question: kept.id.clone(),
        service: of.service.clone(),
        field: of.field.clone(),
        side,
        step,
        zeros: kept.zeros,
        with: with.service.clone(),
        theirs,
    };
    let Some((by, _)) = handed_in(tx, &kept.id, (side, Step::Own)).await? else {
        return Ok(Some(task(Step::Own, None)));
    };
    // The number that its values were covered by is at that node alone.
    if by != node.id.as_str() || handed_in(tx, &kept.id, (side, Step::Again)).await?.is_some() {
        return Ok(None);
    }
    let other = handed_in(tx, &kept.id, (side.other(), Step::Own)).await?;
    Ok(other.map(|(_, theirs)| task(Step::Again, Some(theirs))))
}

/// What a node is to do, and the questions that it is at, also where it waits for the other side. Of what others have covered one part at a time: each
/// is long.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::StoreFailed`].
pub(crate) async fn tasks(
    tx: &mut Tx,
    node: &NodeId,
    now: Timestamp,
) -> Result<(Vec<Task>, Vec<String>), Fault> {
    let node = Node::load(tx, node.as_str()).await?.ok_or_else(|| not_there("Node", node.as_str()))?;
    let agreed = rows!(
        tx,
        concat!("SELECT ", columns!(), " FROM quality_overlap WHERE state = 'agreed' ORDER BY id")
    )?;
    let (mut tasks, mut live) = (Vec::new(), Vec::new());
    for row in &agreed {
        let kept = read(row)?;
        if ![&kept.a, &kept.b].iter().any(|of| node.systems.contains(&of.service.system())) {
            continue;
        }
        for side in [Side::A, Side::B] {
            if let Some(task) = task(tx, &node, &kept, side).await? {
                tasks.push(task);
            }
        }
        live.push(kept.id);
    }
    // Another one each minute: one that the node cannot do keeps the others waiting for no longer.
    let long = tasks.iter().filter(|task: &&Task| task.theirs.is_some()).count();
    let turn = (now.as_second() / 60).unsigned_abs() % u64::try_from(long).unwrap_or(1).max(1);
    let mut number = 0;
    tasks.retain(|task| {
        let is_kept = task.theirs.is_none() || number == turn;
        number += u64::from(task.theirs.is_some());
        is_kept
    });
    Ok((tasks, live))
}

/// Reads a part and checks that it is its node's.
///
/// # Errors
/// [`Fault::BadReport`], [`Fault::StoreFailed`].
pub(crate) async fn verify(
    tx: &mut Tx,
    bytes: &[u8],
    keyid: &str,
    signature: &str,
) -> Result<(Part, Handed), Fault> {
    #[derive(Deserialize)]
    struct Form {
        form: u64,
    }
    let unreadable = |error: serde_json::Error| {
        refused(Words::quoted(error.to_string().chars().take(200).collect::<String>()))
    };
    // The form first: what another one has may be anything.
    let Form { form } = serde_json::from_slice(bytes).map_err(unreadable)?;
    if form != u64::from(FORM) {
        return Err(refused(texts::report_form(form, FORM)));
    }
    let part: Part = serde_json::from_slice(bytes).map_err(unreadable)?;
    let node = Node::load(tx, part.node.as_str()).await?.ok_or_else(|| refused(texts::node_unknown()))?;
    check_signature(tx, &node, (SIGNED_AS, bytes), keyid, signature).await?;
    let text = String::from_utf8_lossy(bytes).into_owned();
    Ok((part, Handed { part: text, key: keyid.to_owned(), signature: signature.to_owned() }))
}

/// Takes a part that was verified; with the last one it is counted, and what was covered is forgotten. Returns whether it is taken now.
///
/// # Errors
/// [`Fault::BadReport`] for what was not asked of this node; [`Fault::StoreFailed`].
pub(crate) async fn take(
    tx: &mut Tx,
    (part, handed): &(Part, Handed),
    now: Timestamp,
) -> Result<bool, Fault> {
    let id = part.question.as_str();
    let node = Node::load(tx, part.node.as_str()).await?.ok_or_else(|| not_asked(id))?;
    // Of two nodes of one agency the first counts; what was handed in twice counts once.
    if handed_in(tx, id, (part.side, part.step)).await?.is_some() {
        return Ok(false);
    }
    let kept = one(tx, id).await.map_err(|_| not_asked(id))?;
    let asked = match kept.state {
        State::Agreed => task(tx, &node, &kept, part.side).await?,
        // What comes behind the last part was handed in before.
        State::Counted => return Ok(false),
        _ => None,
    };
    let asked = asked.filter(|task| task.step == part.step).ok_or_else(|| not_asked(id))?;
    if let Some(theirs) = &asked.theirs
        && points(theirs)?.len() != part.points.len()
    {
        return Err(not_asked(id));
    }
    run!(
        tx,
        "INSERT INTO quality_overlap_part (question, side, step, node, keyid, signature, part) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        => id, part.side.word(), part.step.word(), part.node.as_str(), &handed.key, &handed.signature, &handed.part
    )?;
    count(tx, kept, now).await?;
    Ok(true)
}

/// Counts, if both sides have covered everything. What A has covered again are B's values.
async fn count(tx: &mut Tx, kept: Kept, now: Timestamp) -> Result<(), Fault> {
    let Kept { id, zeros, mut entry, .. } = kept;
    let of_b = handed_in(tx, &id, (Side::A, Step::Again)).await?;
    let of_a = handed_in(tx, &id, (Side::B, Step::Again)).await?;
    let (Some((_, of_a)), Some((_, of_b))) = (of_a, of_b) else { return Ok(()) };
    let (of_a, of_b) = (points(&of_a)?, points(&of_b)?);
    let found = found((of_a.len(), of_b.len(), of_a.in_common(&of_b)), zeros, now)?;
    let told = to_json(&found)?;
    entry.found = Some(found);
    run!(tx, "UPDATE quality_overlap SET state = 'counted', entry = $2 WHERE id = $1" => &id, to_json(&entry)?)?;
    run!(tx, "DELETE FROM quality_overlap_part WHERE question = $1" => &id)?;
    let context = AuditContext::of_the_hub("hub", texts::overlap_counted().vi(), now);
    note(tx, &context, Act::Updated, (KIND, &id), None, Some(told)).await
}

/// What may be told of counts of a sample: multiples of what the rule pack calls small, none below it, none of few values. All of it is made of the
/// rounded counts: one record moves nothing but at a multiple, and there by one step.
fn found((a, b, both): (usize, usize, usize), zeros: u32, now: Timestamp) -> Result<Found, Fault> {
    let least = pack()?.least.max(1);
    let one_in = 1u64 << zeros.min(40);
    let told = |count: u64| (count - count % least) * one_in;
    let [in_a, in_b, count] = [a, b, both].map(|count| count as u64);
    let enough = a.min(b) >= VALUES_MIN && count >= least;
    // How many of a sample both have is as good as a number of Poisson's, whose deviation is its root. What was counted whole is only rounded.
    let count = count - count % least;
    let off = if zeros == 0 { 0 } else { 2 * count.isqrt() };
    Ok(Found {
        at: now.to_string(),
        one_in,
        least,
        a: told(in_a),
        b: told(in_b),
        both: enough.then(|| told(count)),
        low: enough.then(|| told(count.saturating_sub(off))),
        high: enough.then(|| told(count + off) + least * one_in),
    })
}

/// Questions that have come to no end: a node cannot cover them, or must not by its settings.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn end_old(tx: &mut Tx, now: Timestamp) -> Result<(), Fault> {
    let agreed = rows!(
        tx,
        concat!("SELECT ", columns!(), " FROM quality_overlap WHERE state = 'agreed' ORDER BY id")
    )?;
    for row in &agreed {
        let kept = read(row)?;
        let since = kept.entry.agreed_at.as_ref().unwrap_or(&kept.asked_at);
        if since.parse::<Timestamp>().is_ok_and(|since| now.duration_since(since) <= ENDS_AFTER) {
            continue;
        }
        end(tx, &kept.id).await?;
        let context = AuditContext::of_the_hub("hub", texts::overlap_no_end().vi(), now);
        let told = json!({ "state": State::Ended }).to_string();
        note(tx, &context, Act::Updated, (KIND, &kept.id), None, Some(told)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Over all counts: what is told follows from the multiple that the count has reached, and one record more changes it there alone, by one step.
    #[test]
    fn one_record_changes_what_is_told_at_a_multiple_alone_and_there_by_one_step() {
        let now: Timestamp = "2026-11-30T08:00:00Z".parse().unwrap();
        let least = pack().unwrap().least.max(1);
        let told = |count: u64, zeros| {
            let counts = (500, 500, usize::try_from(count).unwrap());
            found(counts, zeros, now).unwrap()
        };
        for zeros in [0, 3] {
            for count in least..=500 {
                assert_eq!(told(count, zeros), told(count - count % least, zeros), "{count} {zeros}");
                let (before, after) = (told(count - 1, zeros), told(count, zeros));
                let step = if count % least == 0 { least << zeros } else { 0 };
                assert_eq!(after.both.unwrap() - before.both.unwrap_or_default(), step, "{count} {zeros}");
                let (low, high) = (after.low.unwrap(), after.high.unwrap());
                assert!(low <= count << zeros && count << zeros <= high, "{count} {zeros}: {low} {high}");
            }
        }
        assert_eq!(told(least - 1, 0).both, None);
    }
}
