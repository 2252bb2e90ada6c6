//! A dataset kept in step: what changed of the grant's fields and rows since a receiver asked last. The source is read in rounds, at most
//! every so often, and held against what receivers hold; whoever asks starts a round and does not wait for its end.

mod kept;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use connect::{Filter, Listed, Listing, Mark, Source, SourceError};
use disk::Disk;
use jiff::Timestamp;
use model::fault::{Fault, Words};
use sha2::{Digest as _, Sha256};
use sync::feed::{Feed, FeedError, Reply, Rows, Wanted};
use sync::held::Secret;
use sync::line::Cell;
use sync::log::Upstream;
use sync::message::{Answer as Told, Ask as Wish, Beside, Question};
use sync::view::View;
use tokio::sync::Mutex;
use tokio::task::block_in_place;

use crate::backend::Answer;
use crate::backend::dataset::ask::{bad_cursor, cursor, read_cursor};
use crate::backend::dataset::fitted::Fitted;
use crate::backend::dataset::gate::{Gate, beside};
use crate::backend::dataset::trouble::{Trouble, question};
use crate::backend::dataset::{Ask, DatasetService, PAGE};
use crate::clock;
use crate::texts;

pub(crate) use kept::Kept;

/// What a view is called in its feed: there is one in each.
const VIEW: &str = "view";
/// An answer ends with what makes it so long: with a page beside it, it stays below what whoever asks within a node takes, 1 MiB.
const ANSWER_BYTES: usize = 400 * 1024;
/// A page ends before it is longer.
const PAGE_BYTES: usize = 400 * 1024;
/// Views of one dataset that are kept in step: one for each way in which grants cut it.
const VIEWS: usize = 256;
/// Of what was told so many commits are kept for those who ask late. Others compare.
const COMMITS_KEPT: u64 = 100_000;

/// The views of a dataset that are kept in step.
#[derive(Default)]
pub(super) struct Streams {
    /// Where they are kept; none: nothing can be.
    folder: Option<PathBuf>,
    /// Between the beginnings of two rounds, at least.
    every: Duration,
    open: std::sync::Mutex<HashMap<String, Arc<Mutex<Option<Stream>>>>>,
}

/// A view, and how far reading it has come.
struct Stream {
    feed: Feed<Kept>,
    /// When a round began last, and where it is.
    round: Option<Instant>,
    mark: Option<Mark>,
    is_running: bool,
    /// When the round began that is under way, or broke off and is begun again: what was seen then counts.
    began: Option<String>,
    /// When the last round began that came to its end: what the source had then is told.
    as_of: Option<String>,
}

/// How rows of a view are read.
#[derive(Clone)]
struct Reader {
    source: Arc<dyn Source>,
    fitted: Arc<Fitted>,
    /// The key before the others.
    fields: Vec<String>,
    filters: Vec<Filter>,
    gate: Option<Arc<Gate>>,
}

impl Streams {
    pub(super) fn in_folder(folder: PathBuf, every: Duration) -> Self {
        Self { folder: Some(folder), every, ..Self::default() }
    }

    /// The place of a view, which is opened by whoever locks it first.
    fn place(&self, name: &str) -> Result<Arc<Mutex<Option<Stream>>>, Trouble> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if !open.contains_key(name) && open.len() >= VIEWS {
            return Err(SourceError::Busy.into());
        }
        Ok(open.entry(name.to_owned()).or_default().clone())
    }
}

fn stopped(error: &FeedError<Fault>) -> Trouble {
    let mut why = error.to_string();
    let mut below: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = below {
        why = format!("{why}: {error}");
        below = error.source();
    }
    Trouble::Source(SourceError::Failed(why))
}

impl Stream {
    /// Opens a view in a folder of its own. What fits no more is put away, and read anew: receivers compare then.
    async fn open(folder: &Path, fields: usize, now: Timestamp) -> Result<Self, Trouble> {
        let failed = |error: std::io::Error| SourceError::Failed(format!("{}: {error}", folder.display()));
        let log = folder.join("log");
        std::fs::create_dir_all(&log).map_err(failed)?;
        let secret = read_secret(&folder.join("secret")).map_err(failed)?;
        let columns = (1..=fields).collect();
        let view = View { table: String::new(), key: 0, columns, rules: Vec::new(), secret: secret.clone() };
        let views = BTreeMap::from([(VIEW.to_owned(), view)]);
        let kept = async || Kept::open(&folder.join("held.db"), secret.clone()).await;
        let kept_now = kept().await.map_err(|fault| SourceError::Failed(fault.to_string()))?;
        // A log that is new begins with an epoch that none before it had.
        let epoch = u64::try_from(now.as_second()).unwrap_or_default();
        let opened = block_in_place(|| Feed::open(&Disk::default(), &log, kept_now, views, epoch));
        let feed = opened.map_err(|error| stopped(&error))?;
        Ok(Self { feed, round: None, mark: None, is_running: false, began: None, as_of: None })
    }
}

/// The key of a view's sums: made once.
fn read_secret(path: &Path) -> std::io::Result<Secret> {
    match std::fs::read(path) {
        Ok(bytes) => bytes
            .try_into()
            .map(Secret)
            .map_err(|_| std::io::Error::new(std::io::ErrorKind::InvalidData, "it has not 16 bytes")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let secret = trust::signer::random::<16>();
            trust::file::create_private(path, &secret)?;
            Ok(Secret(secret))
        }
        Err(error) => Err(error),
    }
}

impl DatasetService {
    /// What changed since the receiver asked last, and what it asks for beside that.
    pub(super) async fn sync(&self, fitted: &Arc<Fitted>, asked: &Ask<'_>) -> Result<Answer, Trouble> {
        let wish = Question::read(&asked.body)
            .map_err(|error| Trouble::Asked(Fault::BadQuestion { why: Words::quoted(error) }))?;
        let key = asked.dataset.key.as_str();
        if !asked.grant.fields.allow(key) {
            return Err(question(texts::sync_needs_key(key)));
        }
        let mut fields: Vec<String> = fitted.granted(asked).into_iter().map(str::to_owned).collect();
        fields.retain(|field| field != key);
        fields.insert(0, key.to_owned());
        let reader = Reader {
            source: self.source.clone(),
            fitted: fitted.clone(),
            fields,
            filters: self.rules(fitted, asked)?,
            gate: self.gate(),
        };
        let Some(folder) = &self.streams.folder else {
            return Err(SourceError::Failed("this node keeps nothing in step".into()).into());
        };
        let name = reader.name();
        let place = self.streams.place(&name)?;
        let mut stream = place.lock().await;
        let now = clock::now();
        let open = match stream.take() {
            Some(open) => open,
            None => Stream::open(&folder.join(&name), reader.fields.len() - 1, now).await?,
        };
        let open = stream.insert(open);
        if !open.is_running && open.round.is_none_or(|begun| begun.elapsed() >= self.streams.every) {
            (open.round, open.is_running, open.mark) = (Some(Instant::now()), true, None);
            drop(tokio::spawn(round(place.clone(), reader.clone(), now)));
        }
        let told = open.answer(&reader, wish).await?;
        let body = told.write().into_bytes();
        let mut answer = Answer::whole_json(body);
        answer
            .headers
            .insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("text/plain; charset=utf-8"));
        Ok(answer)
    }
}

impl Stream {
    async fn answer(&mut self, reader: &Reader, wish: Question) -> Result<Told, Trouble> {
        let until = match wish.ask {
            Wish::Changes { until } => until,
            _ => None,
        };
        let reply = block_in_place(|| self.feed.answer(VIEW, wish.place.as_ref(), until, ANSWER_BYTES));
        let reply = reply.map_err(|error| stopped(&error))?;
        // What is asked for beside fits where the receiver is then, if that is all there is.
        let is_there = matches!(&reply, Reply::Changes(changes) if changes.place.commit == self.feed.last());
        let beside =
            if is_there && self.feed.is_answering() { self.beside(reader, wish.ask).await? } else { None };
        let fields = reader.fields.iter().skip(1).cloned().collect();
        Ok(Told { fields, reply, beside, as_of: self.as_of.clone() })
    }

    async fn beside(&mut self, reader: &Reader, ask: Wish) -> Result<Option<Beside>, Trouble> {
        let rows = match ask {
            Wish::Changes { .. } => return Ok(None),
            Wish::Heaps => {
                let heaps = block_in_place(|| self.feed.heaps(VIEW)).map_err(|error| stopped(&error))?;
                return Ok(heaps.map(Beside::Heaps));
            }
            Wish::Records { heaps } => {
                let mut records = Vec::new();
                for heap in heaps {
                    let of =
                        block_in_place(|| self.feed.of_heap(VIEW, heap)).map_err(|error| stopped(&error))?;
                    records.extend(of.into_iter().flatten());
                }
                return Ok(Some(Beside::Records(records)));
            }
            Wish::Rows { behind } => Rows::Behind(behind),
            Wish::Keys { keys } => Rows::Keys(keys),
        };
        let Some(Wanted { ticket, rows, .. }) = self.feed.asked(VIEW, rows) else { return Ok(None) };
        let after = match &rows {
            Rows::Behind(Some(behind)) => match read_cursor(behind) {
                Some(mark) => Some(mark),
                None => {
                    self.feed.give_up(ticket);
                    return Err(bad_cursor());
                }
            },
            _ => None,
        };
        let read = reader.read(&rows, after).await.inspect_err(|_| self.feed.give_up(ticket))?;
        let last = read.mark.filter(|_| !read.is_end).as_ref().map(cursor);
        let page = block_in_place(|| self.feed.given(ticket, &read.rows)).map_err(|error| stopped(&error))?;
        Ok(page.map(|page| Beside::Rows(page, last)))
    }
}

/// Reads all rows of a view, page by page, and lets whoever asks in between.
async fn round(place: Arc<Mutex<Option<Stream>>>, reader: Reader, now: Timestamp) {
    let time = now.to_string();
    let upstream = Upstream { place: "round".into(), transaction: String::new(), time: time.clone() };
    let mut begun = false;
    loop {
        let mut held = place.lock().await;
        let Some(stream) = held.as_mut() else { return };
        if !begun {
            begun = true;
            stream.began.get_or_insert_with(|| time.clone());
            if let Err(error) = block_in_place(|| stream.feed.round(upstream.clone(), &time)) {
                return end(&mut held, &stopped(&error));
            }
        }
        let Some(Wanted { ticket, rows, .. }) = stream.feed.wanted() else {
            let flushed = block_in_place(|| {
                stream.feed.flush()?;
                stream.feed.trim(COMMITS_KEPT)
            });
            stream.is_running = false;
            match flushed {
                Ok(()) => stream.as_of = stream.began.take(),
                Err(error) => end(&mut held, &stopped(&error)),
            }
            return;
        };
        let after = stream.mark.clone();
        drop(held);
        let read = reader.read(&rows, after).await;
        let mut held = place.lock().await;
        let Some(stream) = held.as_mut() else { return };
        match read {
            Ok(read) => {
                if matches!(rows, Rows::Behind(_)) {
                    stream.mark = read.mark.filter(|_| !read.is_end);
                }
                let taken = block_in_place(|| {
                    stream.feed.read(ticket, &read.rows, read.is_end)?;
                    stream.feed.flush()
                });
                if let Err(error) = taken {
                    return end(&mut held, &stopped(&error));
                }
            }
            Err(trouble) => {
                // It goes on from there when somebody asks again.
                stream.feed.give_up(ticket);
                stream.is_running = false;
                tracing::warn!(why = %reason(&trouble), "a round of a dataset broke off");
                return;
            }
        }
    }
}

/// A feed that stands still is opened anew by whoever asks next.
fn end(held: &mut Option<Stream>, trouble: &Trouble) {
    tracing::warn!(why = %reason(trouble), "a dataset is not kept in step");
    *held = None;
}

fn reason(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Asked(fault) => fault.to_string(),
        Trouble::Source(error) => error.to_string(),
    }
}

/// Rows that were read.
struct Read {
    rows: Vec<Vec<Cell>>,
    mark: Option<Mark>,
    is_end: bool,
}

impl Reader {
    /// The view's name: what is cut alike is one.
    fn name(&self) -> String {
        let mut hash = Sha256::new_with_prefix(b"lienthong view 1\n");
        for field in &self.fields {
            hash.update(field.as_bytes());
            hash.update(b"\n");
        }
        for filter in &self.filters {
            hash.update(b"\t");
            hash.update(filter.field.as_bytes());
            for value in filter.one_of.iter() {
                hash.update(b"\n");
                hash.update(value.as_bytes());
            }
        }
        hex::encode(hash.finalize())
    }

    async fn read(&self, rows: &Rows, after: Option<Mark>) -> Result<Read, Trouble> {
        let names: Vec<&str> = self.fields.iter().map(String::as_str).collect();
        let all = beside(self.gate.as_deref(), &self.fitted, &names)?;
        let table = &self.fitted.table;
        let (mut listed, mut is_end) = match rows {
            Rows::Behind(_) => {
                let listing = Listing { filters: self.filters.clone(), sort: None, after, limit: PAGE };
                let listed = self.source.list(table, &all, &listing).await?;
                let is_end = listed.len() < PAGE;
                (listed, is_end)
            }
            Rows::Keys(keys) => {
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                (self.source.look_up(table, &all, &keys, &self.filters).await?, true)
            }
        };
        let mut bytes = 0;
        let fit = listed.iter().take_while(|one| {
            bytes += self.bytes_of(one);
            bytes <= PAGE_BYTES
        });
        let fit = fit.count().max(1);
        if fit < listed.len() {
            listed.truncate(fit);
            is_end = false;
        }
        let mark = listed.last().map(|last| last.mark.clone());
        let judged = match &self.gate {
            Some(gate) => gate.judge(listed, &names)?.listed,
            None => listed,
        };
        // What is withheld is not there, as for any other operation.
        let given = judged.iter().filter(|one| one.record.withheld_by().is_none());
        let rows = given.map(|one| self.cells(one)).collect();
        Ok(Read { rows, mark, is_end })
    }

    fn bytes_of(&self, one: &Listed) -> usize {
        let length =
            |field: &String| one.record.get(field).and_then(|shown| shown.text().map(|text| text.len()));
        self.fields.iter().filter_map(length).sum()
    }

    fn cells(&self, one: &Listed) -> Vec<Cell> {
        let cell = |field: &String| {
            let shown = one.record.get(field).and_then(|shown| shown.text());
            shown.map_or(Cell::Empty, |text| Cell::Text(text.into_owned()))
        };
        self.fields.iter().map(cell).collect()
    }
}
