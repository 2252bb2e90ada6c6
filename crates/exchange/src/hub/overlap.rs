//! The node covers values of its datasets for questions that both owners have agreed to, and then what the other side has covered
//! (`trust::overlap`). The number that it covers by is drawn for each question, stays in the node's folder, and goes when it is done.
//!
//! Of what the hub says the node believes little: only fields are compared that its settings name, and covered once more is only what a node has
//! signed that speaks for the other dataset's system by the directory.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;
use serde::{Deserialize, Serialize};
use trust::overlap::{Cover, FORM, POINTS_MAX, Part, Points, SIGNED_AS, Side, Step, Task, is_sampled};

use crate::clock;
use crate::compiled::CompiledDirectory;
use crate::folder::{StateFolder, file_failed};
use crate::hub::Hub;
use crate::measure::{Measurable, values};
use crate::node::Node;
use crate::settings::QualitySettings;

/// How often the hub is asked whether there is something to do.
const EVERY: Duration = Duration::from_secs(60);
/// The longest pause before a task is tried again that was not done: it may be a table that is read whole each time.
const PAUSE_MOST: Duration = Duration::from_secs(6 * 3600);
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
    /// The questions that nodes are at, also those that wait for the other side. An older hub does not say.
    #[serde(default)]
    live: Option<Vec<String>>,
}

/// Tasks that were tried and are still there: each is tried again after a pause that grows.
#[derive(Default)]
struct Tried(HashMap<(String, Side, Step), (Instant, Duration)>);

impl Tried {
    /// Whether one is to be tried now; then it is not before a pause, twice as long as the last one.
    fn is_due(&mut self, task: &Task, first: Duration, now: Instant) -> bool {
        let tried = self.0.entry((task.question.clone(), task.side, task.step)).or_insert((now, first));
        let is_due = now >= tried.0;
        if is_due {
            *tried = (now + tried.1, (tried.1 * 2).min(PAUSE_MOST));
        }
        is_due
    }
}

/// Works for as long as the node runs.
pub(crate) async fn work(node: Arc<Node>, hub: Arc<Hub>, settings: QualitySettings) {
    let every = EVERY.min(Duration::from_secs(settings.every_seconds));
    let mut tried = Tried::default();
    loop {
        tokio::time::sleep(every).await;
        let told = match hub.fetch("quality/overlaps").await {
            Ok(answer) if answer.status() == StatusCode::OK => serde_json::from_slice::<Told>(answer.body()),
            // An older hub has no such question; one that is not there is asked again.
            _ => continue,
        };
        let Ok(Told { tasks, live }) = told else { continue };
        forget_old(&node.folder, live.as_deref());
        tried.0.retain(|(question, ..), _| live.as_ref().is_none_or(|live| live.contains(question)));
        for task in tasks {
            if !tried.is_due(&task, every, Instant::now()) {
                continue;
            }
            let (question, service) = (task.question.clone(), task.service.clone());
            if let Err(fault) = Box::pin(done(&node, &hub, &settings, task)).await {
                tracing::warn!(question, %service, fault = fault.code(), reason = %fault, "values were not covered");
            }
        }
    }
}

/// What the other side has covered, if a node has signed it that speaks for its dataset's system.
fn theirs(directory: &CompiledDirectory, task: &Task, now: Timestamp) -> Option<Points> {
    let handed = task.theirs.as_ref()?;
    let signer = directory.key(&handed.key, now).ok()?;
    let speaks = directory.speaks_for(&signer.node, &task.with.system());
    handed.of_other_side(task, &signer.node, &signer.key).filter(|_| speaks)
}

/// Does one, if it is one that this node can do.
async fn done(node: &Node, hub: &Hub, settings: &QualitySettings, task: Task) -> Result<(), Fault> {
    let path = path(&node.folder, &task)?;
    if !settings.compare.get(&task.service).is_some_and(|fields| fields.contains(&task.field)) {
        tracing::warn!(question = task.question, service = %task.service, field = task.field, "a field is not compared that [quality.compare] does not name");
        return Ok(());
    }
    let points = match task.step {
        Step::Own => {
            let Some(values) = taken(node, settings, &task).await? else { return Ok(()) };
            let cover = cover(&path)?;
            let question = task.question.clone();
            work_through(move || Some(cover.values(&question, values.iter().map(String::as_str)))).await?
        }
        Step::Again => {
            let Some(cover) = kept(&path) else {
                tracing::warn!(question = task.question, "the number is gone that values were covered by");
                return Ok(());
            };
            let Some(theirs) = theirs(&node.directory.load_full(), &task, clock::now()) else {
                tracing::warn!(question = task.question, with = %task.with, "what is to be covered is not the other side's");
                return Ok(());
            };
            work_through(move || cover.again(&theirs)).await?
        }
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

/// Removes numbers of questions that are over, or have come to no end.
fn forget_old(folder: &StateFolder, live: Option<&[String]>) {
    let entries = std::fs::read_dir(folder.quality()).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(question) = name.strip_prefix(NAMED).and_then(|name| name.rsplit_once('-')) else {
            continue;
        };
        let is_over = live.is_some_and(|live| !live.iter().any(|live| live == question.0));
        let kept: Option<Kept> =
            std::fs::read(entry.path()).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if is_over || kept.is_none_or(|kept| clock::now().duration_since(kept.at) > KEPT_FOR) {
            // Another try comes with the next round.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(question: &str) -> Task {
        Task {
            question: question.to_owned(),
            service: "VN/GOV/G01/dan-cu/nguoi".parse().unwrap(),
            field: "so".to_owned(),
            side: Side::A,
            step: Step::Own,
            zeros: 0,
            with: "VN/GOV/G15/ho-tich/khai-sinh".parse().unwrap(),
            theirs: None,
        }
    }

    /// Over a day in which one task never gets done, and another comes in between: the first is tried seldom, the other at once.
    #[test]
    fn a_task_that_is_not_done_is_tried_after_pauses_that_grow_and_keeps_no_other_waiting() {
        let (mut tried, begin) = (Tried::default(), Instant::now());
        let at = |minute: u64| begin + Duration::from_secs(60 * minute);
        let tries = (0..24 * 60).filter(|minute| tried.is_due(&task("TR-1"), EVERY, at(*minute))).count();
        assert!((8..14).contains(&tries), "{tries}");
        assert!(tried.is_due(&task("TR-2"), EVERY, at(24 * 60)));
    }

    #[test]
    fn numbers_go_with_their_questions() {
        let folder = tempfile::tempdir().unwrap();
        let folder = StateFolder(folder.path().to_owned());
        std::fs::create_dir_all(folder.quality()).unwrap();
        for question in ["TR-2026-000001", "TR-2026-000002"] {
            cover(&path(&folder, &task(question)).unwrap()).unwrap();
        }
        std::fs::write(folder.quality().join("another.json"), "{}").unwrap();
        let left = |live: Option<&[String]>| {
            forget_old(&folder, live);
            std::fs::read_dir(folder.quality()).unwrap().count()
        };
        assert_eq!(left(None), 3, "an older hub says nothing of them");
        assert_eq!(left(Some(&["TR-2026-000002".to_owned()])), 2);
        assert_eq!(left(Some(&[])), 1);
    }
}
