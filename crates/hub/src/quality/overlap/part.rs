//! What nodes hand in for a question: what each has covered, then what it has covered of the other's. With the last part it is counted.

use jiff::Timestamp;
use model::agency::Node;
use model::fault::{Fault, Words};
use model::id::NodeId;
use serde::Deserialize;
use trust::overlap::{FORM, Part, Points, SIGNED_AS, Side, Step, Task};

use super::{Found, KIND, Kept, columns, one, read};
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

fn refused(why: Words) -> Fault {
    Fault::BadReport { why }
}

fn not_asked(id: &str) -> Fault {
    refused(texts::overlap_not_asked(id))
}

/// The node that handed in a part, and its points.
async fn handed_in(
    tx: &mut Tx,
    question: &str,
    (side, step): (Side, Step),
) -> Result<Option<(String, Points)>, Fault> {
    let row: Option<(String, String)> = optional!(
        tx,
        "SELECT node, points FROM quality_overlap_part WHERE question = $1 AND side = $2 AND step = $3"
        => question, side.word(), step.word()
    )?;
    let Some((node, text)) = row else { return Ok(None) };
    let points = Points::from_text(&text);
    let points =
        points.ok_or_else(|| Fault::StoreFailed { why: format!("a part of {question} cannot be read") })?;
    Ok(Some((node, points)))
}

/// What a node is to do for one side of a question: to cover its own values, or, when the other side has covered its, those.
async fn task(tx: &mut Tx, node: &Node, kept: &Kept, side: Side) -> Result<Option<Task>, Fault> {
    let of = match side {
        Side::A => &kept.a,
        Side::B => &kept.b,
    };
    if !node.systems.contains(&of.service.system()) {
        return Ok(None);
    }
    let task = |step, points| Task {
        question: kept.id.clone(),
        service: of.service.clone(),
        field: of.field.clone(),
        side,
        step,
        zeros: kept.zeros,
        points,
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

/// What a node is to do. Of what others have covered one part at a time: each is long.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::StoreFailed`].
pub(crate) async fn tasks(tx: &mut Tx, node: &NodeId) -> Result<Vec<Task>, Fault> {
    let node = Node::load(tx, node.as_str()).await?.ok_or_else(|| not_there("Node", node.as_str()))?;
    let agreed = rows!(
        tx,
        concat!("SELECT ", columns!(), " FROM quality_overlap WHERE state = 'agreed' ORDER BY id")
    )?;
    let mut tasks = Vec::new();
    for row in &agreed {
        let kept = read(row)?;
        for side in [Side::A, Side::B] {
            let Some(task) = task(tx, &node, &kept, side).await? else { continue };
            let is_long = task.points.is_some();
            tasks.push(task);
            if is_long {
                return Ok(tasks);
            }
        }
    }
    Ok(tasks)
}

/// Reads a part and checks that it is its node's.
///
/// # Errors
/// [`Fault::BadReport`], [`Fault::StoreFailed`].
pub(crate) async fn verify(tx: &mut Tx, bytes: &[u8], keyid: &str, signature: &str) -> Result<Part, Fault> {
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
    Ok(part)
}

/// Takes a part that was verified; with the last one it is counted, and what was covered is forgotten. Returns whether it is taken now.
///
/// # Errors
/// [`Fault::BadReport`] for what was not asked of this node; [`Fault::StoreFailed`].
pub(crate) async fn take(tx: &mut Tx, part: &Part, now: Timestamp) -> Result<bool, Fault> {
    let id = part.question.as_str();
    let node = Node::load(tx, part.node.as_str()).await?.ok_or_else(|| not_asked(id))?;
    // Of two nodes of one agency the first counts; what was handed in twice counts once.
    if handed_in(tx, id, (part.side, part.step)).await?.is_some() {
        return Ok(false);
    }
    let kept = one(tx, id).await.map_err(|_| not_asked(id))?;
    let asked = match kept.state {
        super::State::Agreed => task(tx, &node, &kept, part.side).await?,
        // What comes behind the last part was handed in before.
        super::State::Counted => return Ok(false),
        _ => None,
    };
    let asked = asked.filter(|task| task.step == part.step).ok_or_else(|| not_asked(id))?;
    if asked.points.is_some_and(|theirs| theirs.len() != part.points.len()) {
        return Err(not_asked(id));
    }
    run!(
        tx,
        "INSERT INTO quality_overlap_part (question, side, step, node, points) VALUES ($1, $2, $3, $4, $5)"
        => id, part.side.word(), part.step.word(), part.node.as_str(), part.points.to_text()
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
    let found = found((of_a.len(), of_b.len(), of_a.in_common(&of_b)), zeros, now)?;
    let told = to_json(&found)?;
    entry.found = Some(found);
    run!(tx, "UPDATE quality_overlap SET state = 'counted', entry = $2 WHERE id = $1" => &id, to_json(&entry)?)?;
    run!(tx, "DELETE FROM quality_overlap_part WHERE question = $1" => &id)?;
    let context = AuditContext::of_the_hub("hub", texts::overlap_counted().vi(), now);
    note(tx, &context, Act::Updated, (KIND, &id), None, Some(told)).await
}

/// What may be told of counts of a sample: multiples of what the rule pack calls small, none below it, none of few values.
fn found((a, b, both): (usize, usize, usize), zeros: u32, now: Timestamp) -> Result<Found, Fault> {
    let least = pack()?.least.max(1);
    let one_in = 1u64 << zeros.min(40);
    let told = |count: u64| (count - count % least) * one_in;
    let [in_a, in_b, count] = [a, b, both].map(|count| count as u64);
    let enough = a.min(b) >= VALUES_MIN && count >= least;
    // How many of a sample both have is as good as a number of Poisson's, whose deviation is its root. What was counted whole is only rounded.
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
