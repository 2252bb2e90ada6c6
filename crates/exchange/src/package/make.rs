//! Ordering a package, and making it.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use connect::shown::Shown;
use connect::value::Cell;
use connect::{Listed, Mark};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use jiff::Timestamp;
use ledger::Side;
use model::endpoint::CallPath;
use model::fault::{Fault, Words};
use model::service::Offer;
use serde::{Deserialize, Serialize};
use serde_json::json;
use trust::receiver::{self, Receiver};
use uuid::Uuid;

use crate::backend::dataset::Ask;
use crate::backend::{Backend, DatasetService, open};
use crate::clock;
use crate::decide::{Call, Permit, decide};
use crate::headers;
use crate::package::letter::{Letter, Order, Terms};
use crate::package::open::check_sealed;
use crate::package::{
    Desk, FORMAT, Manifest, Part, Progress, Wanted, broken, folder, part_name, read_bytes, read_json, write,
    write_json,
};
use crate::record::Recorder;
use crate::seal::{self, FirstLine};

/// Records that are read at a time: at first, and at most. How many it is depends on how long they turn out to be.
const PORTION: (usize, usize) = (100, 5000);
/// Bytes after which a part ends.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// Longest record. A part of the one before it and this one is still one that can be opened.
const RECORD_BYTES: usize = 32 * 1024 * 1024;

/// How far a package has come, kept at the provider's node: what it holds is a record's key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Begun {
    /// Digest of all that decides what is in it: the grant, the dataset, where it is.
    rules: String,
    fields: Vec<String>,
    unavailable: Vec<String>,
    from: Timestamp,
    parts: Vec<Part>,
    /// The key of the last record that is in a part.
    after: Option<Cell>,
    /// Whether that was the last of all.
    whole: bool,
}

impl Desk {
    /// Writes an order to `out`, signed by this node, with a new key that the data are to be sealed for. The key stays here.
    ///
    /// # Errors
    /// What would speak against the call: it is decided here as it will be at the provider's.
    pub async fn order(&self, wanted: &Wanted, out: &Path) -> Result<Uuid, Fault> {
        let path = format!("/r1/{}/stream", wanted.service);
        let call = Call {
            client: wanted.client.clone(),
            service: wanted.service.clone(),
            purpose: wanted.purpose.clone(),
            method: "POST".into(),
            path: CallPath::parse("/stream").map_err(|error| Fault::Internal { why: error.to_string() })?,
        };
        if !self.directory.speaks_for(self.id(), &call.client) {
            return Err(Fault::ClientElsewhere { client: call.client });
        }
        let permit = decide(&self.directory, &call, clock::now())?;
        no_single_record(&permit, &wanted.filters)?;
        let own = self.own_key()?;
        let id = Uuid::now_v7();
        let kept = self.ordered(id);
        folder(&kept)?;
        let key = kept.join("receiver.key");
        let receiver = Receiver::create(&key)
            .map_err(|error| Fault::FileFailed { path: key.display().to_string(), why: error.to_string() })?;
        let terms = Terms { filters: wanted.filters.clone(), receiver: receiver.name() };
        let body =
            serde_json::to_string(&terms).map_err(|error| Fault::Internal { why: error.to_string() })?;
        let mut map = HeaderMap::new();
        headers::set(&mut map, headers::CLIENT, wanted.client.as_str());
        headers::set(&mut map, headers::PURPOSE, &wanted.purpose);
        headers::set(&mut map, headers::ID, &format!("goi-{id}"));
        headers::set(&mut map, headers::REQUEST_ID, &id.to_string());
        if let Some(user) = &wanted.user {
            headers::set(&mut map, headers::USER_ID, user);
        }
        map.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers::put_other_headers(&mut map);
        let line = FirstLine::Request { method: "POST".into(), path: path.clone(), query: None };
        seal::whole(&line, &mut map, body.as_bytes(), &own.notary, clock::now()).await?;
        let letter = Letter::of(Some(path), &map, body);
        write_json(&kept.join("order.json"), &letter)?;
        write_json(out, &letter)?;
        Ok(id)
    }

    /// Makes the package that `order` asks for in the folder `out`, or goes on where that broke off.
    ///
    /// # Errors
    /// What speaks against the order, what fails at the source, and [`Fault::PackageBroken`] if what was begun can't be gone on with.
    pub async fn make(
        &self,
        order: &Path,
        out: &Path,
        contract: Option<&Path>,
        mut told: impl FnMut(Progress),
    ) -> Result<Manifest, Fault> {
        let now = clock::now();
        let place = order;
        let order = self.read_order(order)?;
        order.check_age(now)?;
        let permit = decide(&self.directory, &order.call, now)?;
        no_single_record(&permit, &order.terms.filters)?;
        let recorder = self.recorder()?;
        let kept = self.making(&order);
        folder(&kept)?;
        folder(out)?;
        if kept.join("answer.json").exists() {
            return self.hand_over(place, &kept, out, &recorder).await;
        }
        // Parts can be opened as soon as they lie on the medium: that somebody asked for them is on record before.
        if !kept.join("begun.json").exists() {
            recorder.intent(now, order.signed_by()).await?;
        }
        let begun = self.fill(&order, &permit, &kept, out, &mut told).await?;
        // It took a while. What counts is what holds when it is signed.
        let directory = self.folder.compile_directory().await?;
        let again = decide(&directory, &order.call, clock::now())?;
        if self.rules(&again)? != begun.rules {
            return Err(another(out));
        }
        let contract_sha256 = match contract {
            Some(path) => {
                let bytes = read_bytes(path, super::FILE_MAX_BYTES)?;
                write(&out.join("contract.yaml"), &bytes)?;
                Some(trust::hex(&trust::sha256(&bytes)))
            }
            None => None,
        };
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            service: permit.offered.service.clone(),
            grant: permit.grant.id.clone(),
            fields: begun.fields,
            unavailable: begun.unavailable,
            from: begun.from,
            to: clock::now(),
            records: begun.parts.iter().map(|part| part.records).sum(),
            contract_sha256,
            parts: begun.parts,
        };
        let body = serde_json::to_vec_pretty(&manifest)
            .map_err(|error| Fault::Internal { why: error.to_string() })?;
        let own = self.own_key()?;
        let mut map = HeaderMap::new();
        map.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers::set(&mut map, headers::REQUEST_ID, &order.id.to_string());
        headers::put_other_headers(&mut map);
        let line = FirstLine::Answer { status: 200, request_signature: order.signed.signature_value() };
        seal::whole(&line, &mut map, &body, &own.notary, clock::now()).await?;
        // Signed once: whatever breaks off from here, it is this answer that is recorded and handed over.
        write(&kept.join("manifest.json"), &body)?;
        write_json(&kept.join("order.json"), &order.letter)?;
        write_json(&kept.join("answer.json"), &Letter::of(None, &map, String::new()))?;
        self.hand_over(place, &kept, out, &recorder).await
    }

    /// Records a signed answer, if that is not done, and then puts it beside its parts: what makes it count leaves only when it is durable.
    async fn hand_over(
        &self,
        order: &Path,
        kept: &Path,
        out: &Path,
        recorder: &Recorder,
    ) -> Result<Manifest, Fault> {
        let answered = self.read_answer(kept)?;
        for (number, part) in answered.manifest.parts.iter().enumerate() {
            check_sealed(&out.join(part_name(number)), part).map_err(|_| carried_out(order))?;
        }
        let recorded = kept.join("recorded");
        if !recorded.exists() {
            let now = clock::now();
            let (request, answer) = (answered.order.signed_by(), answered.signed_by());
            recorder.exchange(Side::Provider, now, request, answer).await?;
            write(&recorded, now.to_string().as_bytes())?;
        } else if answered.manifest.parts.is_empty() && !out.join("manifest.json").exists() {
            return Err(carried_out(order));
        }
        for name in ["order.json", "manifest.json", "answer.json"] {
            write(&out.join(name), &read_bytes(&kept.join(name), super::FILE_MAX_BYTES)?)?;
        }
        // The key of the last record is not needed any more.
        let _ = std::fs::remove_file(kept.join("begun.json"));
        Ok(answered.manifest)
    }

    /// A digest of all that decides what is in a package.
    fn rules(&self, permit: &Permit) -> Result<String, Fault> {
        let service = &permit.offered.service;
        let place = self.settings.services.iter().find(|one| one.id == service.id);
        let text = serde_json::to_vec(&json!([permit.grant.as_ref(), service, place]))
            .map_err(|error| Fault::Internal { why: error.to_string() })?;
        Ok(trust::hex(&trust::sha256(&text)))
    }

    /// Writes the parts that are not there yet.
    async fn fill(
        &self,
        order: &Order,
        permit: &Permit,
        kept: &Path,
        out: &Path,
        told: &mut impl FnMut(Progress),
    ) -> Result<Begun, Fault> {
        let service = &order.call.service;
        let all = open::backends(&self.settings, &self.folder)?;
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
            operation: model::service::DatasetCall::Stream,
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
                return Err(broken(
                    out,
                    format!("một bản ghi dài quá {RECORD_BYTES} byte"),
                    format!("a record is longer than {RECORD_BYTES} bytes"),
                ));
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
    broken(
        out,
        "khoá của bộ dữ liệu có giá trị trống hoặc trùng; bên cung cấp cần sửa nguồn",
        "the dataset's key is empty or stands twice somewhere; the provider must mend the source",
    )
}

fn not_all(out: &Path, taken: u64, count: u64) -> Fault {
    broken(
        out,
        format!("đã lấy {taken} bản ghi nhưng nguồn có {count}; không ký gói này, hãy báo bên cung cấp"),
        format!(
            "{taken} records were taken and the source counts {count}; this package is not signed, tell the provider"
        ),
    )
}

fn carried_out(order: &Path) -> Fault {
    broken(
        order,
        "đơn này đã được đáp ứng một lần, ở một thư mục khác hoặc với phần nay đã hỏng; hãy gửi đơn mới",
        "this order was carried out before, in another folder or with parts that are broken now; send another",
    )
}

fn another(out: &Path) -> Fault {
    broken(
        out,
        "bảng hoặc quyền đã đổi từ lúc bắt đầu; hãy làm lại từ đơn mới",
        "the table or the grant has changed since it was begun; begin anew with another order",
    )
}

/// Packages are for sets of records. What is asked of one person has a case and goes over the line; and an order may be read by whoever
/// carries it.
fn no_single_record(permit: &Permit, filters: &BTreeMap<String, String>) -> Result<(), Fault> {
    let Offer::Dataset(dataset) = &permit.offered.service.offer else {
        return Err(Fault::NotServedHere { service: permit.offered.service.id.clone() });
    };
    if filters.contains_key(&dataset.key) {
        let key = &dataset.key;
        return Err(Fault::BadQuestion {
            why: Words::new(
                format!("gói dữ liệu không lọc theo khoá {key}"),
                format!("a package is not filtered by the key {key}"),
            ),
        });
    }
    Ok(())
}
