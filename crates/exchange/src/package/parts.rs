//! The parts of a package: filled from the source, record by record, and sealed for the receiver.

use std::path::Path;

use bytes::Bytes;
use connect::shown::Shown;
use connect::value::Cell;
use connect::{Listed, Mark};
use jiff::Timestamp;
use model::fault::{Fault, Words};
use model::service::{DatasetCall, Offer};
use serde::{Deserialize, Serialize};
use serde_json::json;
use trust::receiver;

use crate::backend::dataset::Ask;
use crate::backend::{Backend, DatasetService, open};
use crate::clock;
use crate::decide::Permit;
use crate::measure;
use crate::package::envelope::Order;
use crate::package::open::check_sealed;
use crate::package::{PackageService, Part, Progress, broken, part_name, read_json, write, write_json};
use crate::texts;

/// Records that are read at a time: at first, and at most. How many it is depends on how long they turn out to be.
const PORTION: (usize, usize) = (100, 5000);
/// Bytes after which a part ends.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// Longest record. A part of the one before it and this one is still one that can be opened.
const RECORD_BYTES: usize = 32 * 1024 * 1024;

/// How far a package has come, kept at the provider's node: what it holds is a record's key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Begun {
    /// Digest of all that decides what is in it: the grant, the dataset, where it is.
    pub(super) rules: String,
    pub(super) fields: Vec<String>,
    pub(super) unavailable: Vec<String>,
    pub(super) from: Timestamp,
    pub(super) parts: Vec<Part>,
    /// The key of the last record that is in a part.
    after: Option<Cell>,
    /// Whether that was the last of all.
    whole: bool,
}

impl PackageService {
    /// A digest of all that decides what is in a package.
    pub(super) fn rules(&self, permit: &Permit) -> Result<String, Fault> {
        let service = &permit.offered.service;
        let place = self.settings.services.iter().find(|one| one.id == service.id);
        let text = serde_json::to_vec(&json!([permit.grant.published(), service, place]))
            .map_err(|error| Fault::Internal { why: error.to_string() })?;
        Ok(trust::hex(&trust::sha256(&text)))
    }

    /// Writes the parts that are not there yet.
    pub(super) async fn fill(
        &self,
        order: &Order,
        permit: &Permit,
        kept: &Path,
        out: &Path,
        told: &mut impl FnMut(Progress),
    ) -> Result<Begun, Fault> {
        let service = &order.call.service;
        let all = open::backends(&self.settings, &self.folder)?;
        measure::set_gates(&self.folder, &all);
        let not_here = || Fault::NotServedHere { service: service.clone() };
        let (Some(Backend::Dataset(backend)), Offer::Dataset(dataset)) =
            (all.get(service).map(AsRef::as_ref), &permit.offered.service.offer)
        else {
            return Err(not_here());
        };
        let body = Bytes::from(json!({ "filters": order.terms.filters }).to_string());
        let ask = Ask {
            offered: &permit.offered,
            dataset,
            operation: DatasetCall::Stream,
            client: &order.call.client,
            grant: &permit.grant,
            if_none_match: None,
            query: None,
            body,
        };
        let (state, rules) = (kept.join("begun.json"), self.rules(permit)?);
        let mut begun: Option<Begun> = if state.exists() { Some(read_json(&state)?) } else { None };
        if let Some(begun) = &begun {
            for (number, part) in begun.parts.iter().enumerate() {
                check_sealed(&out.join(part_name(number)), part)?;
            }
        }
        // What has no key is in no list: a package that is to be the whole of a dataset would lack it.
        if !backend.has_whole_keys(&ask).await? {
            return Err(bad_keys(out));
        }
        let count = backend.portions(&ask).await?;
        loop {
            if let Some(begun) = begun.take_if(|begun| begun.whole) {
                let taken: u64 = begun.parts.iter().map(|part| part.records).sum();
                // A source that stands still must have as many as were taken.
                if count == backend.portions(&ask).await? && count != taken {
                    return Err(not_all(out, taken, count));
                }
                return Ok(begun);
            }
            let after = begun.as_ref().and_then(|begun| begun.after.clone());
            let taken = take(backend, &ask, after, out).await?;
            let known = begun.get_or_insert_with(|| Begun {
                rules: rules.clone(),
                fields: taken.fields.clone(),
                unavailable: taken.unavailable.clone(),
                from: clock::now(),
                parts: Vec::new(),
                after: None,
                whole: false,
            });
            if known.rules != rules || known.fields != taken.fields || known.unavailable != taken.unavailable
            {
                return Err(another(out));
            }
            if taken.records > 0 {
                let part = taken.seal(&order.terms.receiver, &out.join(part_name(known.parts.len())))?;
                known.parts.push(part);
            }
            known.after = taken.after;
            known.whole = taken.whole;
            write_json(&state, known)?;
            let records = known.parts.iter().map(|part| part.records).sum();
            told(Progress { parts: known.parts.len(), records });
        }
    }
}

/// Records that become a part.
struct Taken {
    fields: Vec<String>,
    unavailable: Vec<String>,
    lines: Vec<u8>,
    records: u64,
    /// The key of the last.
    after: Option<Cell>,
    /// Whether that is the last of all.
    whole: bool,
}

/// The records behind `after`, as many as make a part.
async fn take(
    backend: &DatasetService,
    ask: &Ask<'_>,
    after: Option<Cell>,
    out: &Path,
) -> Result<Taken, Fault> {
    let mut taken: Option<Taken> = None;
    let mut limit = PORTION.0;
    loop {
        let mark = match &taken {
            Some(taken) => taken.after.clone(),
            None => after.clone(),
        };
        // One more tells whether there is more, and whether two keys are the same.
        let mark = mark.map(|key| Mark { key, sorted: None });
        let mut portion = backend.portion(ask, mark, limit + 1).await?;
        check_keys(&portion.records, out)?;
        let more = portion.records.len() > limit;
        portion.records.truncate(limit);
        let taken = taken.get_or_insert_with(|| Taken {
            fields: portion.fields.clone(),
            unavailable: portion.unavailable.clone(),
            lines: Vec::new(),
            records: 0,
            after: after.clone(),
            whole: false,
        });
        if taken.fields != portion.fields || taken.unavailable != portion.unavailable {
            return Err(another(out));
        }
        let (count, begin) = (portion.records.len(), taken.lines.len());
        let full = taken.add(portion.records, out)?;
        taken.whole = !more && !full;
        if taken.whole || full || taken.lines.len() >= PART_BYTES {
            break;
        }
        let mean = (taken.lines.len() - begin) / count.max(1);
        limit = (PART_BYTES / mean.max(1)).clamp(1, PORTION.1);
    }
    taken.ok_or_else(|| Fault::Internal { why: "nothing was taken".into() })
}

/// A package goes on behind the last key: keys that are empty, or not each its own, would lose records.
fn check_keys(records: &[Listed], out: &Path) -> Result<(), Fault> {
    let twice = records.windows(2).any(|pair| matches!(pair, [a, b] if a.mark.key == b.mark.key));
    if twice || records.iter().any(|record| matches!(record.key, Shown::Null | Shown::Missing(_))) {
        return Err(bad_keys(out));
    }
    Ok(())
}

impl Taken {
    /// Adds records as lines until a part is full. Returns whether some are left.
    fn add(&mut self, records: Vec<Listed>, out: &Path) -> Result<bool, Fault> {
        for listed in records {
            if self.lines.len() >= PART_BYTES {
                return Ok(true);
            }
            let begin = self.lines.len();
            listed.record.write(&mut self.lines);
            if self.lines.len() - begin > RECORD_BYTES {
                return Err(broken(out, texts::record_too_long(RECORD_BYTES)));
            }
            self.lines.push(b'\n');
            self.records += 1;
            self.after = Some(listed.mark.key);
        }
        Ok(false)
    }

    /// Writes them to `path`, for the receiver alone.
    fn seal(&self, receiver: &str, path: &Path) -> Result<Part, Fault> {
        let sealed = receiver::seal(receiver, &self.lines)
            .map_err(|error| Fault::PackageBroken { place: "receiver".into(), why: Words::quoted(error) })?;
        write(path, &sealed)?;
        Ok(Part {
            records: self.records,
            bytes: self.lines.len() as u64,
            sha256: trust::hex(&trust::sha256(&self.lines)),
            sealed_bytes: sealed.len() as u64,
            sealed_sha256: trust::hex(&trust::sha256(&sealed)),
        })
    }
}

fn bad_keys(out: &Path) -> Fault {
    broken(out, texts::key_empty_or_twice())
}

fn not_all(out: &Path, taken: u64, count: u64) -> Fault {
    broken(out, texts::records_differ(taken, count))
}

pub(super) fn another(out: &Path) -> Fault {
    broken(out, texts::changed_since_begun())
}
