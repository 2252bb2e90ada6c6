//! Copies of others' datasets that this node keeps: it asks what changed, by an exchange as any other, and writes that to a database of its
//! agency with the place up to which the copy is, all or nothing. A copy never becomes master.

mod held;
mod look;
mod status;
mod write;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use connect::target::{Copied, Field, Target, TargetError};
use http::Method;
use model::fault::{Fault, Words};
use model::service::{Dataset, Offer};
use sync::feed::{Changes, Place, Reply, Rows};
use sync::follow::{Came, Plan, Position, State, differing, other_records};
use sync::line::{Key, Line};
use sync::message::{ASKED, Answer, Ask as Wish, Beside, Question};
use sync::view::Difference;
use tokio::task::block_in_place;

use crate::ask::{Answered, Ask, ask};
use crate::clock;
use crate::node::Node;
use crate::settings::CopySettings;
use crate::texts;

use held::Image;
pub use look::{HeldRecord, check_copy, copies, held_records};
pub use status::{CopyState, CopyStatus};

/// How long an answer is waited for.
const WITHIN: Duration = Duration::from_secs(60);
/// Between two tries of what failed, at most.
const REST: Duration = Duration::from_secs(300);
/// After an answer with more behind it the next is asked for at once; after so many the others have their turn.
const AT_ONCE: usize = 1000;

/// Why a copy stands still. It is tried again.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    /// The exchange.
    #[error("{0}")]
    Exchange(#[from] Fault),
    /// The provider's node says no.
    #[error("the provider answers {status} {code}")]
    Refused { status: u16, code: String },
    /// What it answers is none, or what stands beside the copy.
    #[error("{0}")]
    Answer(String),
    /// The database of the copy.
    #[error("{0}")]
    Target(#[from] TargetError),
    /// Somebody else writes to the copy.
    #[error("the copy is no longer where it was: something else writes to it")]
    Fenced,
}

impl Trouble {
    fn words(&self) -> Words {
        match self {
            Self::Exchange(fault) => texts::coded(fault.code(), &fault.words()),
            Self::Refused { status, code } => texts::copy_refused(*status, code),
            Self::Answer(why) => texts::copy_answer(why),
            Self::Target(error) => texts::copy_target(&error.words()),
            Self::Fenced => texts::copy_fenced(),
        }
    }
}

/// What came of one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Went {
    /// There is more, or something was fetched: ask at once.
    On,
    /// The copy has all there is.
    There,
}

/// A copy, as far as this process knows it.
struct Copy {
    node: Arc<Node>,
    settings: CopySettings,
    target: Target,
    folder: PathBuf,
    status: CopyStatus,
    image: Option<Image>,
    /// Whether this process has written to it: it knows what is held.
    is_written: bool,
    /// What its table has, once the provider has said.
    copied: Option<Copied>,
}

/// Keeps the copies that the settings name, until the node ends.
pub(crate) async fn run(node: Arc<Node>, copies: Vec<CopySettings>) {
    let keep = |settings: CopySettings| {
        let node = node.clone();
        async move {
            match Copy::open(node, settings.clone()) {
                Ok(copy) => copy.run().await,
                Err(fault) => tracing::error!(service = %settings.service, %fault, "a copy cannot be kept"),
            }
        }
    };
    futures::future::join_all(copies.into_iter().map(keep)).await;
    std::future::pending::<()>().await;
}

impl Copy {
    fn open(node: Arc<Node>, settings: CopySettings) -> Result<Self, Fault> {
        let (target, folder) =
            (settings.open()?, node.folder.copy(&settings.service, &settings.target, &settings.table));
        // What was written of it is of no use to it: only to whoever looks.
        let status = CopyStatus::read(&folder, &settings).unwrap_or_else(|_| CopyStatus::new(&settings));
        Ok(Self { node, settings, target, folder, status, image: None, is_written: false, copied: None })
    }

    async fn run(mut self) {
        let every = Duration::from_secs(self.settings.every_seconds);
        let mut failed = 0_u32;
        loop {
            let mut asked = 0;
            let went = loop {
                asked += 1;
                match self.step().await {
                    Ok(Went::On) if asked < AT_ONCE => {}
                    other => break other,
                }
            };
            self.status.asked_at = Some(clock::now());
            let rest = match went {
                Ok(_) => {
                    failed = 0;
                    self.status.trouble = None;
                    every
                }
                Err(trouble) => {
                    failed = failed.saturating_add(1);
                    // What is remembered of the copy may be of another state of it.
                    self.image = None;
                    if matches!(trouble, Trouble::Exchange(_) | Trouble::Refused { .. }) {
                        self.turn_to_next();
                    }
                    self.status.stand_still(&trouble.words());
                    tracing::warn!(service = %self.settings.service, table = self.settings.table, %trouble, failed, "a copy stands still");
                    every.saturating_mul(failed).min(REST.max(every))
                }
            };
            if let Err(error) = block_in_place(|| self.status.write(&self.folder)) {
                tracing::warn!(folder = %self.folder.display(), %error, "how a copy stands cannot be written down");
            }
            tokio::time::sleep(rest).await;
        }
    }

    /// Asks once, and writes what came.
    async fn step(&mut self) -> Result<Went, Trouble> {
        let dataset = self.dataset()?;
        if self.copied.is_none() {
            self.target.prepare().await?;
        }
        let was = self.position().await?;
        let rows = was.as_ref().and_then(Position::rows);
        let wish = match &rows {
            Some(Rows::Behind(behind)) => Wish::Rows { behind: behind.clone() },
            Some(Rows::Keys(keys)) => Wish::Keys { keys: keys.clone() },
            None => Wish::Changes { until: None },
        };
        let answer = self.ask(was.as_ref(), wish).await?;
        self.prepare(&dataset, &answer.fields, was.is_some()).await?;
        let changes = match answer.reply {
            Reply::NotYet => {
                // A copy that is there is as it was.
                if was.is_none() {
                    self.status.state = CopyState::Waiting;
                }
                return Ok(Went::There);
            }
            Reply::Begin { place, secret } => {
                let plan = match &was {
                    Some(was) => was.begin(place, secret),
                    None => {
                        let next = Position::begun(place, secret, true);
                        Plan { is_anew: false, lines: Vec::new(), next, difference: Difference::default() }
                    }
                };
                self.image = None;
                self.write(was.as_ref(), &plan).await?;
                return Ok(Went::On);
            }
            Reply::Changes(changes) => changes,
        };
        let Some(was) = was else {
            return Err(Trouble::Answer("it goes on from a place that nobody has".into()));
        };
        let came = match (rows, answer.beside) {
            (Some(rows), Some(Beside::Rows(page, last))) => Some(Came { rows, page, last }),
            _ => None,
        };
        // Rows that changed since they were told are told of in the provider's next round: until then there is no use in asking for them.
        let goes_on = changes.more
            || came.as_ref().is_some_and(|came| came.last.is_some() || came.page.again.is_empty());
        let fields = answer.fields.len();
        let lines = changes.lines(&was.place, fields).map_err(|error| Trouble::Answer(error.to_string()))?;
        let plan = self.plan(&was, &changes.place, lines, came).await?;
        let plan = self.settle(plan, &changes, answer.as_of)?;
        // What is held is tried again with each answer; where nothing is there is nothing to write.
        if !self.is_written || plan.next != was || !plan.lines.is_empty() || self.status.held_records > 0 {
            self.write(Some(&was), &plan).await?;
        }
        if plan.next.state == State::Comparing && !changes.more {
            return self.compare(plan.next, fields).await;
        }
        Ok(if goes_on { Went::On } else { Went::There })
    }

    /// The contract of the service, as the directory has it. The copy stays with the node that it is at, as long as that serves the system.
    fn dataset(&mut self) -> Result<Dataset, Fault> {
        let directory = self.node.directory.load();
        let offered = directory.service(&self.settings.service);
        let nodes = directory.reach(&self.settings.service.system());
        if !nodes.iter().any(|node| self.status.node.as_ref() == Some(&node.id)) {
            self.status.node = nodes.first().map(|node| node.id.clone());
        }
        match offered.map(|offered| offered.service.offer.clone()) {
            Some(Offer::Dataset(dataset)) => Ok(dataset),
            _ => Err(Fault::UnknownService { service: self.settings.service.clone() }),
        }
    }

    /// The next question goes to another node of the dataset, if it has one.
    fn turn_to_next(&mut self) {
        let nodes = self.node.directory.load().reach(&self.settings.service.system());
        let at = nodes.iter().position(|node| self.status.node.as_ref() == Some(&node.id));
        let next = nodes.get(at.map_or(0, |at| at + 1)).or_else(|| nodes.first());
        self.status.node = next.map(|node| node.id.clone());
    }

    async fn ask(&self, was: Option<&Position>, wish: Wish) -> Result<Answer, Trouble> {
        let question = Question { place: was.map(|was| was.place.clone()), ask: wish };
        let body = serde_json::to_vec(&question).map_err(|error| Trouble::Answer(error.to_string()))?;
        let asked = Ask {
            client: self.settings.client.clone(),
            service: self.settings.service.clone(),
            // What a node has told goes on at that node: another has another chain.
            node: self.status.node.clone(),
            purpose: self.settings.purpose.clone(),
            method: Method::POST,
            path: "/sync".to_owned(),
            id: uuid::Uuid::now_v7().to_string(),
            issue: None,
            user: None,
            represented: None,
            body: Bytes::from(body),
            within: WITHIN,
        };
        let Answered { status, body, headers, .. } = ask(&self.node, asked).await?;
        if !status.is_success() {
            let code = crate::headers::last(&headers, &crate::headers::FAULT).unwrap_or_default();
            return Err(Trouble::Refused { status: status.as_u16(), code: code.to_owned() });
        }
        let text = std::str::from_utf8(&body).map_err(|error| Trouble::Answer(error.to_string()))?;
        Answer::read(text).map_err(|error| Trouble::Answer(error.to_string()))
    }

    /// Makes the copy's table when it is known what is given.
    async fn prepare(&mut self, dataset: &Dataset, fields: &[String], is_known: bool) -> Result<(), Trouble> {
        let kind = |name: &str| dataset.field(name).map(|field| field.kind).unwrap_or_default();
        let field = |name: &String| Field { name: name.clone(), kind: kind(name) };
        let copied = Copied {
            table: self.settings.table.clone(),
            key: field(&dataset.key),
            fields: fields.iter().map(field).collect(),
        };
        if self.copied.as_ref() != Some(&copied) {
            let is_given = |name: &String| copied.fields.iter().any(|field| field.name == *name);
            let others = dataset.fields.iter().map(|field| field.name.clone());
            let withdrawn: Vec<String> =
                others.filter(|name| *name != dataset.key && !is_given(name)).collect();
            self.target.prepare_copy(&copied, &withdrawn, is_known).await?;
            self.copied = Some(copied);
        }
        Ok(())
    }

    async fn position(&self) -> Result<Option<Position>, Trouble> {
        let text = self.target.begin().await?.position(&self.settings.name()).await?;
        let read = text.map(|text| serde_json::from_str(&text)).transpose();
        read.map_err(|error| Trouble::Answer(format!("lt_position: {error}")))
    }

    async fn plan(
        &mut self,
        was: &Position,
        place: &Place,
        lines: Vec<Line>,
        came: Option<Came>,
    ) -> Result<Plan, Trouble> {
        let keys = Position::touched(&lines, came.as_ref());
        let held = self.image(was).await?.of(&keys)?;
        Ok(was.plan(place, lines, came, &held))
    }

    /// A plan with the state that the copy has once it is done: it is live if it has what the provider says it should.
    fn settle(&mut self, plan: Plan, changes: &Changes, as_of: Option<String>) -> Result<Plan, Trouble> {
        let mut plan = plan;
        if let (Some(sum), State::Live | State::Comparing, Some(image)) =
            (changes.sum, &plan.next.state, &mut self.image)
        {
            let is_same = image.sum_with(&plan.difference)? == sum;
            plan.next.state = if is_same { State::Live } else { State::Comparing };
            if is_same && as_of.is_some() {
                self.status.verified_until = as_of;
            }
        }
        Ok(plan)
    }

    /// Finds out what a copy has otherwise than its provider, and fetches it.
    async fn compare(&mut self, was: Position, fields: usize) -> Result<Went, Trouble> {
        let answer = self.ask(Some(&was), Wish::Heaps).await?;
        let Some(Beside::Heaps(theirs)) = at_place(&answer, &was).then_some(answer.beside).flatten() else {
            // More came meanwhile: that first.
            return Ok(Went::On);
        };
        let own = self.image(&was).await?.heaps()?;
        let heaps: BTreeSet<u16> = differing(&own, &theirs).into_iter().take(ASKED).collect();
        let answer = self.ask(Some(&was), Wish::Records { heaps: heaps.clone() }).await?;
        let Some(Beside::Records(theirs)) = at_place(&answer, &was).then_some(answer.beside).flatten() else {
            return Ok(Went::On);
        };
        let mut own = Vec::new();
        for heap in heaps {
            own.extend(self.image(&was).await?.of_heap(heap)?);
        }
        let keys: BTreeSet<Key> = other_records(&own, &theirs).into_iter().take(ASKED).collect();
        if keys.is_empty() {
            return Ok(Went::There);
        }
        let answer = self.ask(Some(&was), Wish::Keys { keys: keys.clone() }).await?;
        let (Reply::Changes(changes), Some(Beside::Rows(page, last))) = (answer.reply, answer.beside) else {
            return Ok(Went::On);
        };
        let lines = changes.lines(&was.place, fields).map_err(|error| Trouble::Answer(error.to_string()))?;
        let is_waiting = !page.again.is_empty();
        let came = Some(Came { rows: Rows::Keys(keys), page, last });
        let plan = self.plan(&was, &changes.place, lines, came).await?;
        let plan = self.settle(plan, &changes, answer.as_of)?;
        self.write(Some(&was), &plan).await?;
        // What differs still is of rows that the source has changed since, which its next round tells.
        Ok(if plan.next.state == State::Live || is_waiting { Went::There } else { Went::On })
    }

    /// What is known to be held, found out from the copy if it is not known.
    async fn image(&mut self, was: &Position) -> Result<&mut Image, Trouble> {
        let again = Duration::from_secs(self.settings.verify_seconds);
        let is_known = self.image.as_ref().is_some_and(|image| image.is_of(&was.place, again));
        if !is_known {
            self.image = None;
            let copied = self.copied.clone().ok_or_else(|| Trouble::Answer("no table".into()))?;
            let image =
                Image::open(&self.folder, was, (&self.target, &copied, &self.settings.name())).await?;
            self.image = Some(image);
        }
        self.image.as_mut().ok_or(Trouble::Fenced)
    }

    async fn write(&mut self, was: Option<&Position>, plan: &Plan) -> Result<(), Trouble> {
        let copied = self.copied.clone().ok_or_else(|| Trouble::Answer("no table".into()))?;
        let text = |position: &Position| {
            serde_json::to_string(position).map_err(|error| Trouble::Answer(error.to_string()))
        };
        let (was, is) = (was.map(text).transpose()?, text(&plan.next)?);
        let mut writing = self.target.begin().await?;
        let name = self.settings.name();
        if !writing.move_on(&name, was.as_deref(), &is).await? {
            return Err(Trouble::Fenced);
        }
        let (writing, held) = block_in_place(|| write::lines((writing, &copied, &name), plan))?;
        writing.commit().await?;
        self.is_written = true;
        self.status.held_records = held;
        self.status.state = match plan.next.state {
            State::Copying { .. } => CopyState::Copying,
            State::Live => CopyState::Live,
            State::Comparing => CopyState::Comparing,
        };
        if let Some(image) = &mut self.image {
            image.take(&plan.difference, &plan.next.place)?;
        }
        Ok(())
    }
}

fn at_place(answer: &Answer, was: &Position) -> bool {
    matches!(&answer.reply, Reply::Changes(changes) if changes.place == was.place)
}
