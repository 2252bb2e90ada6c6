//! What runs leave in the node's folder, and only there: `quality/SERVICE/DAY.state` with what was counted, the keys of records that failed
//! the last time, how far a run came that was broken off. Files are whole or not there; only their owner reads them.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use connect::Mark;
use jiff::Timestamp;
use jiff::civil::Date;
use model::fault::{Fault, Words};
use model::id::{ServiceId, encode_part};
use model::time::day_in_viet_nam;
use quality::State;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::folder::{StateFolder, file_failed};
use crate::texts;

/// The key of all digests of this node.
const KEY: &str = "key";
/// What a run that is not done has saved.
const PARTIAL: &str = "partial";
/// The last state of a whole, for what changes after it.
const WHOLE: &str = "whole";
const LOCK: &str = "lock";
const STATE: &str = "state";
const ABOUT: &str = "json";
const KEYS: &str = "keys";

/// A text in both languages, as files and JSON have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

impl Said {
    /// Of words.
    #[must_use]
    pub fn of(words: &Words) -> Self {
        Self { vi: words.vi().to_owned(), en: words.en().to_owned() }
    }

    /// As words.
    #[must_use]
    pub fn words(&self) -> Words {
        Words::new(self.vi.clone(), self.en.clone())
    }
}

/// How a dataset was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The dataset.
    pub service: ServiceId,
    /// The day at which rules were asked.
    pub day: Date,
    /// When the run began that came to its end.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// Records that were read.
    pub rows: u64,
    /// Of them, those without a key: nothing else is known of them.
    pub keyless: u64,
    /// Fields of the contract that the source lacks.
    pub lacking: Vec<String>,
    /// What no rule was made of, and why.
    pub refused: Vec<Said>,
    /// Whether it was read in the order of keys. Else a run that is broken off begins anew.
    pub in_order: bool,
    /// Behind so many records it went on where a run was broken off.
    pub resumed_at: Option<u64>,
    /// Only what had changed was read, onto the state of another day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added: Option<Added>,
    /// Why the whole was read though the source tells what changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole_because: Option<Said>,
    /// How often the source was left alone because it had become slow.
    pub rests: u64,
    /// When contract, terms and code lists were fetched from the hub.
    pub materials_of: Timestamp,
    /// The contract, its table and version.
    pub contract: String,
}

/// What was read onto the state of another day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// That day.
    pub since: Date,
    /// So many records were new.
    pub records: u64,
}

/// Keys of records that fail a rule.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RuleKeys {
    /// Those that are known.
    pub keys: Vec<String>,
    /// Rows that fail beyond them.
    pub not_kept: u64,
    /// Of a rule about uniqueness: digests of the values that stand twice, by which their records are found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub twice: Vec<u64>,
}

/// By rule, what is known of the records that fail it.
pub type FailingKeys = BTreeMap<String, RuleKeys>;

/// What was measured on a day.
pub struct Kept {
    /// How.
    pub about: About,
    /// What was counted.
    pub state: State,
}

/// How far a run came, or where one ended.
pub(super) struct Partial {
    pub(super) plan: String,
    pub(super) day: Date,
    pub(super) rows: u64,
    pub(super) mark: Option<Mark>,
    pub(super) state: State,
}

/// The same, to be written.
pub(super) struct Saved<'a> {
    pub(super) plan: &'a str,
    pub(super) day: Date,
    pub(super) rows: u64,
    pub(super) mark: Option<&'a Mark>,
    pub(super) state: &'a State,
}

#[derive(Serialize, Deserialize)]
struct Head {
    plan: String,
    day: Date,
    rows: u64,
    mark: Option<Mark>,
}

/// A dataset's place in the folder, while it is measured.
pub(super) struct Place {
    root: PathBuf,
    folder: PathBuf,
    /// Held as long as the run lasts: two of them would save over each other.
    _lock: File,
}

impl Place {
    /// Makes it, and holds it.
    pub(super) fn open(state: &StateFolder, service: &ServiceId) -> Result<Self, Fault> {
        let (root, folder) = (state.quality(), of(state, service));
        trust::file::create_private_folder(&folder).map_err(|error| file_failed(&folder, &error))?;
        let path = folder.join(LOCK);
        let lock = File::create(&path).map_err(|error| file_failed(&path, &error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { root, folder, _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(Fault::FileFailed { path: path.display().to_string(), why: texts::measured_already() })
            }
            Err(TryLockError::Error(error)) => Err(file_failed(&path, &error)),
        }
    }

    /// The key of all digests of this node; made when it is first asked for.
    pub(super) fn key(&self) -> Result<[u8; 16], Fault> {
        let path = self.root.join(KEY);
        match trust::file::create_private(&path, &trust::signer::random::<16>()) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(file_failed(&path, &error)),
            _ => {}
        }
        key(&self.root)
    }

    /// How far a run came before, if that can be read.
    pub(super) fn partial(&self) -> Option<Partial> {
        self.saved(PARTIAL)
    }

    /// The last state of a whole, if that can be read and what came of it is there still.
    pub(super) fn whole(&self) -> Option<Partial> {
        let whole = self.saved(WHOLE)?;
        self.folder.join(format!("{}.{STATE}", whole.day)).exists().then_some(whole)
    }

    fn saved(&self, name: &str) -> Option<Partial> {
        let bytes = fs::read(self.folder.join(name)).ok()?;
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let head: Head = serde_json::from_slice(bytes.get(..end)?).ok()?;
        let state = State::from_bytes(bytes.get(end + 1..)?).ok()?;
        Some(Partial { plan: head.plan, day: head.day, rows: head.rows, mark: head.mark, state })
    }

    /// Saves how far it came.
    pub(super) fn save(&self, saved: &Saved<'_>) -> Result<(), Fault> {
        self.write(PARTIAL, saved)
    }

    /// Saves the state of a whole; none: what was saved before is no longer one to go on with.
    pub(super) fn save_whole(&self, saved: Option<&Saved<'_>>) -> Result<(), Fault> {
        match saved {
            Some(saved) => self.write(WHOLE, saved),
            None => {
                let _ = fs::remove_file(self.folder.join(WHOLE));
                Ok(())
            }
        }
    }

    fn write(&self, name: &str, saved: &Saved<'_>) -> Result<(), Fault> {
        let Saved { plan, day, rows, mark, state } = *saved;
        let head = Head { plan: plan.to_owned(), day, rows, mark: mark.cloned() };
        let mut bytes = json(&head)?;
        bytes.push(b'\n');
        bytes.extend(state.to_bytes());
        put(&self.folder.join(name), &bytes)
    }

    /// Keeps what a run came to. Keys of failing records are those of the last run only.
    pub(super) fn put(&self, whole: &State, about: About) -> Result<Kept, Fault> {
        let state = whole.shared(1);
        let file = |kind: &str| self.folder.join(format!("{}.{kind}", about.day));
        put(&file(KEYS), &json(&failing(whole))?)?;
        put(&file(STATE), &state.to_bytes())?;
        // The last: a day is there when this is.
        put(&file(ABOUT), &json(&about)?)?;
        let _ = fs::remove_file(self.folder.join(PARTIAL));
        for day in days_in(&self.folder).into_iter().filter(|day| *day != about.day) {
            let _ = fs::remove_file(self.folder.join(format!("{day}.{KEYS}")));
        }
        Ok(Kept { about, state })
    }
}

fn failing(state: &State) -> FailingKeys {
    let of = |(id, measured): (&String, &quality::state::measured::Measured)| {
        let records = measured.failing.records().filter(|(_, record)| !record.key.is_empty() && !record.cut);
        let keys: Vec<String> = records.map(|(_, record)| record.key.to_string()).collect();
        let twice: Vec<u64> =
            measured.uniques.iter().flat_map(|uniques| uniques.doubles().map(|(digest, _)| digest)).collect();
        let not_kept = measured.failing.not_kept();
        (!keys.is_empty() || !twice.is_empty() || not_kept > 0)
            .then(|| (id.clone(), RuleKeys { keys, not_kept, twice }))
    };
    state.rules.iter().filter_map(of).collect()
}

/// Where runs of a dataset leave what they come to.
pub(crate) fn of(state: &StateFolder, service: &ServiceId) -> PathBuf {
    state.quality().join(encode_part(service.as_str()))
}

fn key(root: &Path) -> Result<[u8; 16], Fault> {
    let path = root.join(KEY);
    let bytes = fs::read(&path).map_err(|error| file_failed(&path, &error))?;
    <[u8; 16]>::try_from(bytes.as_slice())
        .map_err(|_| Fault::FileFailed { path: path.display().to_string(), why: texts::key_damaged() })
}

fn days_in(folder: &Path) -> Vec<Date> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut days: Vec<Date> =
        named.filter_map(|name| name.strip_suffix(&format!(".{ABOUT}"))?.parse().ok()).collect();
    days.sort_unstable();
    days
}

pub(super) fn json(value: &impl Serialize) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|error| Fault::Internal { why: error.to_string() })
}

pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    trust::file::replace(path, bytes).map_err(|error| file_failed(path, &error))
}

pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Fault> {
    let bytes = fs::read(path).map_err(|error| file_failed(path, &error))?;
    let damaged = |error| Fault::FileFailed { path: path.display().to_string(), why: Words::quoted(error) };
    serde_json::from_slice(&bytes).map_err(damaged)
}

impl Kept {
    /// The days on which a dataset was measured, the first first. A day to come was written while the clock was wrong, and is none.
    #[must_use]
    pub fn days(state: &StateFolder, service: &ServiceId) -> Vec<Date> {
        let mut days = days_in(&of(state, service));
        days.retain(|day| *day <= day_in_viet_nam(clock::now()));
        days
    }

    /// The file that says how a dataset was measured last.
    pub(super) fn last(state: &StateFolder, service: &ServiceId) -> Option<PathBuf> {
        let last = Self::days(state, service).pop()?;
        Some(of(state, service).join(format!("{last}.{ABOUT}")))
    }

    /// What was measured on a day.
    ///
    /// # Errors
    /// [`Fault::FileFailed`].
    pub fn read(state: &StateFolder, service: &ServiceId, day: Date) -> Result<Self, Fault> {
        let folder = of(state, service);
        let path = folder.join(format!("{day}.{STATE}"));
        let bytes = fs::read(&path).map_err(|error| file_failed(&path, &error))?;
        let damaged =
            |error| Fault::FileFailed { path: path.display().to_string(), why: Words::quoted(error) };
        Ok(Self {
            about: read(&folder.join(format!("{day}.{ABOUT}")))?,
            state: State::from_bytes(&bytes).map_err(damaged)?,
        })
    }

    /// What is known of the records that failed on a day. Of days before the last nothing is.
    ///
    /// # Errors
    /// [`Fault::FileFailed`].
    pub fn failing(state: &StateFolder, service: &ServiceId, day: Date) -> Result<FailingKeys, Fault> {
        read(&of(state, service).join(format!("{day}.{KEYS}")))
    }
}

/// The key of all digests of a node that has measured something.
pub(super) fn key_of(state: &StateFolder) -> Result<[u8; 16], Fault> {
    key(&state.quality())
}
