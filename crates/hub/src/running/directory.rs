//! The directory: what of it has changed, put together from the registry, signed, and told to those who wait for news.
//!
//! What is published lies in the store, beside the registry: all hubs on one store publish one directory, and whichever comes first
//! publishes what another one left behind.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use model::agency::{Agency, Node, System};
use model::directory::{Charter, Entry, PART_MAX_BYTES, Part};
use model::fault::Fault;
use model::legal::{LegalBasis, Purpose};
use model::metrics::Times;
use model::procedure::Procedure;
use model::scope::ReusePack;
use model::service::Service;
use tokio::sync::{Mutex, Notify, watch};
use trust::certificate::{self, Authority};
use trust::directory::publish::{MetadataFile, Named, Publisher};
use trust::directory::{INDEXES, IndexedPart, PartIndex, file_name, index_name, index_of};

use crate::granting::grant;
use crate::granting::suspension;
use crate::registry::parts::touch;
use crate::registry::{Subject, readable};
use crate::reuse::bind::{self, Offers};
use crate::running::behind::{self, numbers};
use crate::running::node;
use crate::store::{Db, Tx, all, from_text, moment, optional, run};

/// Publishes what the registry says, one time after the other.
pub struct Directory {
    publisher: Publisher,
    instance: String,
    anchor: String,
    lifetime: SignedDuration,
    revision: watch::Sender<u64>,
    one: Mutex<()>,
    failed: Notify,
    /// Whether the last attempt to publish failed.
    lags: AtomicBool,
    /// Whether nodes are still to be heard before anything is published: a hub that has just begun does not know what they hold.
    listens: watch::Sender<bool>,
    measures: Measures,
}

/// What this hub has published since it began.
#[derive(Debug, Default)]
pub(crate) struct Measures {
    /// How long that took.
    pub(crate) took: Times,
    /// Attempts that failed.
    pub(crate) failed: AtomicU64,
}

/// How long after a publication that failed the next is tried.
pub(crate) const AGAIN: Duration = Duration::from_secs(60);
/// How often a hub looks whether another has published, or has left something behind.
pub const LOOK: Duration = Duration::from_millis(500);
/// How long a file stays that nothing names any more: a node that began with the last directory may still be at it.
const LAST: SignedDuration = SignedDuration::from_hours(1);

impl Directory {
    /// The directory of `instance`, published by `publisher`; each holds for `lifetime`.
    #[must_use]
    pub fn new(
        publisher: Publisher,
        instance: String,
        authority: &Authority,
        lifetime: SignedDuration,
    ) -> Self {
        Self {
            publisher,
            instance,
            anchor: certificate::to_base64(authority.certificate()),
            lifetime,
            revision: watch::Sender::new(0),
            one: Mutex::default(),
            failed: Notify::new(),
            lags: AtomicBool::new(false),
            listens: watch::Sender::new(false),
            measures: Measures::default(),
        }
    }

    /// Publishes what was touched, if anything was; or all anew when it is `due`. What was committed before this was called is in it.
    ///
    /// # Errors
    /// [`Fault::NotPublished`], [`Fault::StoreBehind`]; the last directory stands then.
    pub async fn publish(&self, db: &Db, now: Timestamp, due: bool) -> Result<u64, Fault> {
        let _ = self.listens.subscribe().wait_for(|listens| !listens).await;
        let published = self.try_to_publish(db, now, due).await;
        if let Err(Fault::StoreBehind { .. }) = published {
            // It waits for a person, and not for another attempt.
            return published;
        }
        self.lags.store(published.is_err(), Ordering::Relaxed);
        published.map_err(|fault| {
            self.measures.failed.fetch_add(1, Ordering::Relaxed);
            self.failed.notify_one();
            match fault {
                Fault::NotPublished { .. } => fault,
                // What the registry says stands; only the directory lags behind.
                other => Fault::NotPublished { why: other.to_string() },
            }
        })
    }

    /// Whether the directory lags behind the registry, because it could not be published.
    pub(crate) fn lags(&self) -> bool {
        self.lags.load(Ordering::Relaxed)
    }

    /// Returns a minute after a publication has failed.
    pub async fn fallen_behind(&self) {
        self.failed.notified().await;
        tokio::time::sleep(AGAIN).await;
    }

    /// Looks at what other hubs on the store have done: tells their news on, and publishes what they left behind.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`], [`Fault::NotPublished`].
    pub async fn keep_up(&self, db: &Db, now: Timestamp) -> Result<(), Fault> {
        let mut tx = db.read().await?;
        let revision = state(&mut tx).await?.map_or(0, |state| state.revision);
        let touched: Option<(String,)> = optional!(tx, "SELECT part FROM directory_touched LIMIT 1")?;
        let behind = behind::behind(&mut tx).await?.is_some();
        drop(tx);
        self.tell(revision);
        match touched {
            // Another hub has published what this one could not.
            None => self.lags.store(false, Ordering::Relaxed),
            Some(_) if behind || *self.listens.borrow() || self.one.try_lock().is_err() => {}
            Some(_) => drop(self.publish(db, now, false).await?),
        }
        Ok(())
    }

    /// Publishes nothing until it is told to by [`Self::has_heard`].
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn listen(&self, db: &Db) -> Result<(), Fault> {
        self.tell(numbers(&mut db.read().await?).await?.0);
        self.listens.send_replace(true);
        Ok(())
    }

    /// Those who hold a directory have said which.
    pub(crate) fn has_heard(&self) {
        self.listens.send_replace(false);
    }

    /// Whether the store does not have all roots: keys were changed since it published.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`], [`Fault::NotPublished`].
    pub(crate) async fn lacks_a_root(&self, tx: &mut Tx) -> Result<bool, Fault> {
        for (name, _) in self.roots()? {
            if !has(tx, &format!("metadata/{name}")).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn roots(&self) -> Result<Vec<MetadataFile>, Fault> {
        self.publisher.roots().map_err(|error| Fault::NotPublished { why: trust::chain(&error) })
    }

    fn tell(&self, revision: u64) {
        self.revision.send_if_modified(|known| {
            let newer = revision > *known;
            *known = revision.max(*known);
            newer
        });
    }

    async fn try_to_publish(&self, db: &Db, now: Timestamp, due: bool) -> Result<u64, Fault> {
        let _one = self.one.lock().await;
        let began = Instant::now();
        let mut tx = db.write().await?;
        if let Some(behind) = behind::behind(&mut tx).await? {
            return Err(behind.fault());
        }
        let last = state(&mut tx).await?;
        let touched = match &last {
            Some(_) => touched(&mut tx, now).await?,
            None => everything(&mut tx, now).await?,
        };
        if let (Some(last), true) = (&last, touched.is_empty() && !due) {
            self.tell(last.revision);
            return Ok(last.revision);
        }
        let indexes = self.renew(&mut tx, &touched, now).await?;
        let before = last.map_or_else(|| self.publisher.revision(), |last| last.revision);
        let revision = before + 1;
        let signed = self.publisher.sign(revision, &indexes, now, self.lifetime).await;
        let signed = signed.map_err(|error| Fault::NotPublished { why: trust::chain(&error) })?;
        for (name, bytes) in self.roots()?.iter().chain(&signed) {
            put(&mut tx, &format!("metadata/{name}"), bytes).await?;
            if name == "timestamp.json" {
                remember(&mut tx, revision, bytes, now, self.lifetime).await?;
            }
        }
        retire_number(&mut tx, before, now).await?;
        run!(tx, "DELETE FROM directory_file WHERE retired_at < $1" => (now - LAST).to_string())?;
        run!(tx, "DELETE FROM directory_touched")?;
        run!(
            tx,
            "INSERT INTO directory_state (id, revision, signed_at) VALUES (1, $1, $2)
             ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, signed_at = excluded.signed_at"
            => i64::try_from(revision).unwrap_or(i64::MAX), now.to_string()
        )?;
        tx.commit().await?;
        self.tell(revision);
        self.measures.took.take(began.elapsed());
        tracing::info!(revision, parts = touched.len(), "directory published");
        Ok(revision)
    }

    /// Makes the touched parts anew, and the indexes that list them. Returns all indexes.
    async fn renew(
        &self,
        tx: &mut Tx,
        touched: &BTreeSet<Part>,
        now: Timestamp,
    ) -> Result<Vec<Named>, Fault> {
        let mut indexes = BTreeSet::new();
        for part in touched {
            let name = part.to_string();
            let old: Option<(String,)> =
                optional!(tx, "SELECT sha256 FROM directory_part WHERE name = $1" => &name)?;
            let mut left_out = LeftOut::new();
            let bytes = self.content(tx, part, now, &mut left_out).await?;
            tell(tx, &name, &left_out, now).await?;
            let sha256 = bytes.as_ref().map(|bytes| trust::hex(&trust::sha256(bytes)));
            if old.as_ref().map(|(sha256,)| sha256) == sha256.as_ref() {
                continue;
            }
            if let Some((sha256,)) = old {
                retire(tx, &format!("targets/{sha256}.{name}"), now).await?;
            }
            indexes.insert(index_of(part));
            let (Some(bytes), Some(sha256)) = (bytes, sha256) else {
                run!(tx, "DELETE FROM directory_part WHERE name = $1" => &name)?;
                continue;
            };
            put(tx, &format!("targets/{sha256}.{name}"), &bytes).await?;
            run!(
                tx,
                "INSERT INTO directory_part (name, shelf, sha256, length) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256, length = excluded.length"
                => &name, i64::from(index_of(part)), sha256, i64::try_from(bytes.len()).unwrap_or(i64::MAX)
            )?;
        }
        for index in indexes {
            self.renew_index(tx, index, now).await?;
        }
        let rows: Vec<(i64, String, i64)> =
            all!(tx, "SELECT shelf, sha256, length FROM directory_shelf ORDER BY shelf")?;
        rows.into_iter()
            .map(|(index, sha256, length)| {
                Ok(Named {
                    name: index_name(u8::try_from(index).unwrap_or(INDEXES)),
                    sha256: bytes_of(&sha256)?,
                    length: u64::try_from(length).unwrap_or_default(),
                })
            })
            .collect()
    }

    async fn renew_index(&self, tx: &mut Tx, number: u8, now: Timestamp) -> Result<(), Fault> {
        let rows: Vec<(String, String, i64)> = all!(
            tx,
            "SELECT name, sha256, length FROM directory_part WHERE shelf = $1 ORDER BY name" => i64::from(number)
        )?;
        let parts = rows.into_iter().map(|(name, sha256, length)| {
            (name, IndexedPart { sha256, length: u64::try_from(length).unwrap_or_default() })
        });
        let bytes = json(&PartIndex { parts: parts.collect() })?;
        let (name, sha256) = (index_name(number), trust::sha256(&bytes));
        let old: Option<(String,)> =
            optional!(tx, "SELECT sha256 FROM directory_shelf WHERE shelf = $1" => i64::from(number))?;
        if let Some((old,)) = old {
            retire(tx, &format!("targets/{old}.{name}"), now).await?;
        }
        put(tx, &format!("targets/{}", file_name(&sha256, &name)), &bytes).await?;
        run!(
            tx,
            "INSERT INTO directory_shelf (shelf, sha256, length) VALUES ($1, $2, $3)
             ON CONFLICT (shelf) DO UPDATE SET sha256 = excluded.sha256, length = excluded.length"
            => i64::from(number), trust::hex(&sha256), i64::try_from(bytes.len()).unwrap_or(i64::MAX)
        )?;
        Ok(())
    }

    /// What a part holds now; nothing if there is nothing to hold. What cannot be read, or has no room, is left out by name.
    pub(crate) async fn content(
        &self,
        tx: &mut Tx,
        part: &Part,
        now: Timestamp,
        left_out: &mut LeftOut,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let mut room = PART_MAX_BYTES;
        match part {
            Part::Charter => json(&Charter {
                instance: self.instance.clone(),
                purposes: fitting(read::<Purpose>(tx, &[], left_out).await?, &mut room, left_out),
                bases: fitting(read::<LegalBasis>(tx, &[], left_out).await?, &mut room, left_out),
                anchors: vec![self.anchor.clone()],
            })
            .map(Some),
            Part::Agency(member) => {
                let of = [("owner", member.as_str())];
                let agency = match Agency::load(tx, member.as_str()).await {
                    Ok(Some(agency)) => agency,
                    Ok(None) => return Ok(None),
                    Err(fault) => {
                        left_out.push((format!("Agency {member}"), fault.en()));
                        return Ok(None);
                    }
                };
                // What stands still comes first: it must not be missing because there is much else.
                let suspensions = suspension::of_agency(tx, member, now).await?;
                room = room.saturating_sub(json(&suspensions)?.len());
                let nodes = fitting(read::<Node>(tx, &of, left_out).await?, &mut room, left_out);
                let systems = fitting(read::<System>(tx, &of, left_out).await?, &mut room, left_out);
                let services = fitting(read::<Service>(tx, &of, left_out).await?, &mut room, left_out);
                let mut admitted = Vec::with_capacity(nodes.len());
                for node in nodes {
                    admitted.push(node::admitted(tx, node).await?);
                }
                json(&Entry { agency, systems, nodes: admitted, services, suspensions }).map(Some)
            }
            Part::Grants(bin) => {
                let (grants, spoilt) = grant::of_bin(tx, *bin).await?;
                left_out
                    .extend(spoilt.into_iter().map(|name| (format!("Grant {name}"), UNREADABLE.to_owned())));
                let grants = fitting(grants, &mut room, left_out);
                if grants.is_empty() { Ok(None) } else { json(&grants).map(Some) }
            }
            Part::Procedure(id) => match Procedure::load(tx, id).await {
                Ok(Some(procedure)) => {
                    let offers = Offers::load(tx, &procedure).await?;
                    json(&bind::published(&procedure, &offers)).map(Some)
                }
                Ok(None) => Ok(None),
                Err(fault) => {
                    left_out.push((format!("Procedure {id}"), fault.en()));
                    Ok(None)
                }
            },
            Part::ReusePacks => {
                let packs = fitting(read::<ReusePack>(tx, &[], left_out).await?, &mut room, left_out);
                if packs.is_empty() { Ok(None) } else { json(&packs).map(Some) }
            }
        }
    }

    /// Number of the last directory published.
    #[must_use]
    pub fn revision(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    /// What was published.
    pub(crate) fn measures(&self) -> &Measures {
        &self.measures
    }

    /// The keys.
    #[must_use]
    pub fn publisher(&self) -> &Publisher {
        &self.publisher
    }
}

/// A file of the directory, by its path `metadata/…` or `targets/…`.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn file(tx: &mut Tx, path: &str) -> Result<Option<Vec<u8>>, Fault> {
    let row: Option<(String,)> = optional!(tx, "SELECT content FROM directory_file WHERE path = $1" => path)?;
    Ok(row.map(|(content,)| content.into_bytes()))
}

/// Whether there is such a file.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn has(tx: &mut Tx, path: &str) -> Result<bool, Fault> {
    let row: Option<(String,)> = optional!(tx, "SELECT path FROM directory_file WHERE path = $1" => path)?;
    Ok(row.is_some())
}

/// Has the next directory come above `revision`, whatever was published, with all of its parts looked at anew.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn leap(tx: &mut Tx, revision: u64, now: Timestamp) -> Result<(), Fault> {
    let (before, _) = numbers(tx).await?;
    retire_number(tx, before, now).await?;
    let parts = everything(tx, now).await?;
    touch(tx, &parts.into_iter().collect::<Vec<_>>()).await?;
    run!(
        tx,
        "INSERT INTO directory_state (id, revision, signed_at, passed) VALUES (1, $1, $2, $1)
         ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, passed = excluded.passed"
        => i64::try_from(revision).unwrap_or(i64::MAX), now.to_string()
    )?;
    Ok(())
}

/// Remembers that a directory was signed, for as long as anybody may hold it.
async fn remember(
    tx: &mut Tx,
    revision: u64,
    timestamp: &[u8],
    now: Timestamp,
    lifetime: SignedDuration,
) -> Result<(), Fault> {
    run!(
        tx,
        "INSERT INTO directory_signed (revision, sha256, at) VALUES ($1, $2, $3)
         ON CONFLICT (revision) DO UPDATE SET sha256 = excluded.sha256, at = excluded.at"
        => i64::try_from(revision).unwrap_or(i64::MAX), trust::hex(&trust::sha256(timestamp)), moment(now)
    )?;
    run!(tx, "DELETE FROM directory_signed WHERE at < $1" => moment(now - lifetime))?;
    Ok(())
}

async fn retire_number(tx: &mut Tx, revision: u64, now: Timestamp) -> Result<(), Fault> {
    for name in ["targets", "snapshot"] {
        retire(tx, &format!("metadata/{revision}.{name}.json"), now).await?;
    }
    Ok(())
}

/// When the directory was signed last.
pub(crate) async fn signed_at(db: &Db) -> Result<Option<Timestamp>, Fault> {
    Ok(state(&mut db.read().await?).await?.map(|state| state.signed_at))
}

/// The same, as a transaction sees it.
pub(crate) async fn last_signed(tx: &mut Tx) -> Result<Option<Timestamp>, Fault> {
    Ok(state(tx).await?.map(|state| state.signed_at))
}

struct State {
    revision: u64,
    signed_at: Timestamp,
}

async fn state(tx: &mut Tx) -> Result<Option<State>, Fault> {
    let row: Option<(i64, String)> =
        optional!(tx, "SELECT revision, signed_at FROM directory_state WHERE id = 1")?;
    row.map(|(revision, signed_at)| {
        Ok(State { revision: u64::try_from(revision).unwrap_or_default(), signed_at: from_text(&signed_at)? })
    })
    .transpose()
}

async fn touched(tx: &mut Tx, now: Timestamp) -> Result<BTreeSet<Part>, Fault> {
    let rows: Vec<(String,)> = all!(tx, "SELECT part FROM directory_touched")?;
    let (mut parts, mut nameless) = (BTreeSet::new(), false);
    for (name,) in rows {
        match name.parse::<Part>() {
            Ok(part) if part.has_a_name() => drop(parts.insert(part)),
            _ => nameless = true,
        }
    }
    if nameless {
        agencies(tx, now).await?;
    }
    Ok(parts)
}

/// The parts of all agencies. Those whose codes cannot be the name of a part are told.
async fn agencies(tx: &mut Tx, now: Timestamp) -> Result<Vec<Part>, Fault> {
    let rows: Vec<(String,)> = all!(tx, "SELECT id FROM agency ORDER BY id")?;
    let (mut parts, mut nameless) = (Vec::with_capacity(rows.len()), LeftOut::new());
    for (id,) in rows {
        match id.parse().map(Part::Agency) {
            Ok(part) if part.has_a_name() => parts.push(part),
            _ => nameless.push((format!("Agency {id}"), NAMELESS.to_owned())),
        }
    }
    tell(tx, NO_PART, &nameless, now).await?;
    Ok(parts)
}

/// What is left out of a part: by name, and why.
type LeftOut = Vec<(String, String)>;

/// Why something is left out.
const UNREADABLE: &str = "its row in the store cannot be read";
const NO_ROOM: &str = "its part of the directory has no room for it";
const NAMELESS: &str = "its code cannot be the name of a file";
/// Where what has no part stands among what is left out.
const NO_PART: &str = "~";

/// What of a kind can be read.
async fn read<S: Subject>(tx: &mut Tx, of: &[(&str, &str)], left_out: &mut LeftOut) -> Result<Vec<S>, Fault> {
    let (found, spoilt) = readable::<S>(tx, of).await?;
    left_out.extend(spoilt.into_iter().map(|name| (format!("{} {name}", S::KIND), UNREADABLE.to_owned())));
    Ok(found)
}

/// What there is room for, in the order it came in. Where there is not enough, small things come before large ones: so few are left out, and
/// those that take most.
fn fitting<S: Subject>(things: Vec<S>, room: &mut usize, left_out: &mut LeftOut) -> Vec<S> {
    let size = |thing: &S| serde_json::to_vec(thing).map_or(usize::MAX, |bytes| bytes.len() + 1);
    let mut sizes: Vec<(usize, usize)> =
        things.iter().map(size).enumerate().map(|(at, size)| (size, at)).collect();
    sizes.sort_unstable();
    let mut kept = vec![false; things.len()];
    for (size, at) in sizes {
        let Some(left) = room.checked_sub(size) else { break };
        *room = left;
        if let Some(kept) = kept.get_mut(at) {
            *kept = true;
        }
    }
    let (mut fit, mut kept) = (Vec::with_capacity(things.len()), kept.into_iter());
    for thing in things {
        if kept.next() == Some(true) {
            fit.push(thing);
        } else {
            left_out.push((format!("{} {}", S::KIND, thing.name()), NO_ROOM.to_owned()));
        }
    }
    fit
}

/// Writes down what is left out of a part, and says so in the log when it is new.
async fn tell(tx: &mut Tx, part: &str, left_out: &LeftOut, now: Timestamp) -> Result<(), Fault> {
    let known: Vec<(String, String)> =
        all!(tx, "SELECT subject, since FROM directory_left_out WHERE part = $1" => part)?;
    if known.is_empty() && left_out.is_empty() {
        return Ok(());
    }
    run!(tx, "DELETE FROM directory_left_out WHERE part = $1" => part)?;
    for (subject, why) in left_out {
        let since = known.iter().find(|(known, _)| known == subject).map(|(_, since)| since.clone());
        if since.is_none() {
            tracing::error!(part, subject, why, "left out of the directory");
        }
        run!(
            tx,
            "INSERT INTO directory_left_out (part, subject, why, since) VALUES ($1, $2, $3, $4) ON CONFLICT (part, subject) DO NOTHING"
            => part, subject, why, since.unwrap_or_else(|| now.to_string())
        )?;
    }
    Ok(())
}

/// Something of the registry that is not in the directory, though it should be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = LeftOut)]
pub(crate) struct Missing {
    /// The thing.
    pub(crate) subject: String,
    /// Why.
    pub(crate) why: String,
    /// Since when.
    pub(crate) since: String,
}

/// What is left out, 500 at most.
pub(crate) async fn left_out(tx: &mut Tx) -> Result<Vec<Missing>, Fault> {
    let rows: Vec<(String, String, String)> =
        all!(tx, "SELECT subject, why, since FROM directory_left_out ORDER BY subject LIMIT 500")?;
    Ok(rows.into_iter().map(|(subject, why, since)| Missing { subject, why, since }).collect())
}

/// All parts that there are.
async fn everything(tx: &mut Tx, now: Timestamp) -> Result<BTreeSet<Part>, Fault> {
    let mut parts = BTreeSet::from([Part::Charter]);
    parts.extend(agencies(tx, now).await?);
    let bins: Vec<(i64,)> = all!(tx, "SELECT DISTINCT bin FROM grants WHERE revoked_at IS NULL")?;
    for (bin,) in bins {
        parts.insert(from_text(&format!("grants~{bin:03x}"))?);
    }
    let procedures: Vec<(String,)> = all!(tx, "SELECT id FROM procedure_entry ORDER BY id")?;
    parts.extend(procedures.into_iter().map(|(id,)| Part::Procedure(id)).filter(Part::has_a_name));
    parts.insert(Part::ReusePacks);
    Ok(parts)
}

/// Files are JSON, so text.
async fn put(tx: &mut Tx, path: &str, bytes: &[u8]) -> Result<(), Fault> {
    let content = String::from_utf8_lossy(bytes);
    run!(
        tx,
        "INSERT INTO directory_file (path, content) VALUES ($1, $2)
         ON CONFLICT (path) DO UPDATE SET content = excluded.content, retired_at = NULL" => path, &*content
    )?;
    Ok(())
}

async fn retire(tx: &mut Tx, path: &str, now: Timestamp) -> Result<(), Fault> {
    run!(tx, "UPDATE directory_file SET retired_at = $2 WHERE path = $1" => path, now.to_string())?;
    Ok(())
}

fn json<T: serde::Serialize>(part: &T) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(part).map_err(|error| Fault::NotPublished { why: error.to_string() })
}

fn bytes_of(digits: &str) -> Result<Vec<u8>, Fault> {
    hex::decode(digits).map_err(|_| Fault::StoreFailed { why: "a digest cannot be read".into() })
}
