//! The node covers values of its datasets for questions that both owners have agreed to, and then what the other side has covered
//! (`trust::overlap`). The number that it covers by is drawn for each question, stays in the node's folder, and goes when it is done.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;
use serde::{Deserialize, Serialize};
use trust::overlap::{Cover, FORM, POINTS_MAX, Part, Points, SIGNED_AS, Step, Task, is_sampled};

use crate::clock;
use crate::folder::{StateFolder, file_failed};
use crate::hub::Hub;
use crate::measure::{Measurable, values};
use crate::node::Node;
use crate::settings::QualitySettings;

/// How often the hub is asked whether there is something to do.
const EVERY: Duration = Duration::from_secs(60);
/// A number of a question that has come to no end goes after so long.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 60);
/// What files of such numbers are called before their question's.
const NAMED: &str = "overlap-";

/// The number of a question, as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    at: Timestamp,
    number: String,
}

/// What the hub answers.
#[derive(Deserialize)]
struct Told {
    tasks: Vec<Task>,
}

/// Works for as long as the node runs.
pub(crate) async fn work(node: Arc<Node>, hub: Arc<Hub>, settings: QualitySettings) {
    let every = EVERY.min(Duration::from_secs(settings.every_seconds));
    loop {
        tokio::time::sleep(every).await;
        forget_old(&node.folder);
        let tasks = match hub.fetch("quality/overlaps").await {
            Ok(answer) if answer.status() == StatusCode::OK => {
                serde_json::from_slice::<Told>(answer.body()).map(|told| told.tasks).unwrap_or_default()
            }
            // An older hub has no such question; one that is not there is asked again.
            _ => continue,
        };
        for task in tasks {
            let (question, service) = (task.question.clone(), task.service.clone());
            if let Err(fault) = Box::pin(done(&node, &hub, &settings, task)).await {
                tracing::warn!(question, %service, fault = fault.code(), reason = %fault, "values were not covered");
            }
        }
    }
}

/// Does one, if it is one that this node can do.
async fn done(node: &Node, hub: &Hub, settings: &QualitySettings, task: Task) -> Result<(), Fault> {
    let path = path(&node.folder, &task)?;
    let points = match (task.step, &task.points) {
        (Step::Own, _) => {
            let Some(values) = taken(node, settings, &task).await? else { return Ok(()) };
            let cover = cover(&path)?;
            let question = task.question.clone();
            work_through(move || Some(cover.values(&question, values.iter().map(String::as_str)))).await?
        }
        (Step::Again, Some(theirs)) => {
            let Some(cover) = kept(&path) else { return Ok(()) };
            let theirs = theirs.clone();
            work_through(move || cover.again(&theirs)).await?
        }
        (Step::Again, None) => None,
    };
    let Some(points) = points else {
        return Err(Fault::Internal { why: "what the other side has covered cannot be covered".to_owned() });
    };
    let part = Part {
        form: FORM,
        question: task.question,
        node: node.id.clone(),
        side: task.side,
        step: task.step,
        points,
    };
    let bytes = serde_json::to_vec(&part).map_err(|error| Fault::Internal { why: error.to_string() })?;
    let own = node.own.load_full();
    match hub.post("quality/overlaps", (&own, SIGNED_AS), bytes).await {
        Ok(answer) if answer.status().is_success() && task.step == Step::Again => {
            std::fs::remove_file(&path).map_err(|error| file_failed(&path, &error))
        }
        // It is asked for again.
        _ => Ok(()),
    }
}

/// The values of a sample; none: the dataset is not behind this node, or has more than there may be.
async fn taken(
    node: &Node,
    settings: &QualitySettings,
    task: &Task,
) -> Result<Option<std::collections::BTreeSet<String>>, Fault> {
    let directory = node.directory.load_full();
    let (Some(offered), Some(backend)) = (directory.service(&task.service), node.backends.get(&task.service))
    else {
        return Ok(None);
    };
    let Some(what) = Measurable::of(offered, backend) else { return Ok(None) };
    if !what.contract.fields.iter().any(|field| field.name == task.field) {
        return Ok(None);
    }
    let takes = |value: &str| is_sampled(&task.question, value, task.zeros);
    let values = values(settings, &what, &task.field, (POINTS_MAX, takes)).await?;
    if values.is_none() {
        tracing::warn!(question = task.question, service = %task.service, "there are more values than can be compared");
    }
    Ok(values)
}

/// Multiplies on a thread of its own: exchanges go on meanwhile.
async fn work_through(
    work: impl FnOnce() -> Option<Points> + Send + 'static,
) -> Result<Option<Points>, Fault> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Fault::Internal { why: error.to_string() })
}

/// Where the number of a side of a question is: a node may have both sides.
fn path(folder: &StateFolder, Task { question, side, .. }: &Task) -> Result<PathBuf, Fault> {
    // It comes from the hub and becomes the name of a file.
    let is_id =
        question.len() <= 40 && question.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let wrong = || Fault::Internal { why: "the hub named a question in a way that is none".to_owned() };
    is_id.then(|| folder.quality().join(format!("{NAMED}{question}-{}", side.word()))).ok_or_else(wrong)
}

fn kept(path: &PathBuf) -> Option<Cover> {
    let Kept { number, .. } = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    Cover::from_bytes(hex::decode(number).ok()?.try_into().ok()?)
}

/// The number of a question: the one that is kept, or a new one, which is kept before anything is covered by it.
fn cover(path: &PathBuf) -> Result<Cover, Fault> {
    if let Some(cover) = kept(path) {
        return Ok(cover);
    }
    let cover = Cover::random();
    let kept = Kept { at: clock::now(), number: hex::encode(cover.to_bytes()) };
    let bytes = serde_json::to_vec(&kept).map_err(|error| Fault::Internal { why: error.to_string() })?;
    trust::file::replace(path, &bytes).map_err(|error| file_failed(path, &error))?;
    Ok(cover)
}

/// Removes numbers of questions that have come to no end.
fn forget_old(folder: &StateFolder) {
    let entries = std::fs::read_dir(folder.quality()).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(NAMED)) {
        let kept: Option<Kept> =
            std::fs::read(entry.path()).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if kept.is_none_or(|kept| clock::now().duration_since(kept.at) > KEPT_FOR) {
            // Another try comes with the next round.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
