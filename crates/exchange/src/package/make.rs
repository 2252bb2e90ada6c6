//! Ordering a package, and making it.

use std::path::Path;

use bytes::Bytes;
use connect::Mark;
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
use crate::backend::{Backend, DatasetService};
use crate::clock;
use crate::decide::{Call, Permit, decide};
use crate::headers;
use crate::node::backends;
use crate::package::letter::{Letter, Order, Terms};
use crate::package::{
    Desk, FORMAT, Manifest, Part, Progress, Wanted, broken, folder, part_name, read_bytes, read_json, write,
    write_json,
};
use crate::record::UsedKey;
use crate::seal::{self, FirstLine};

/// Records that are read at a time.
const PORTION: usize = 5000;
/// Bytes after which a part ends.
const PART_BYTES: usize = 8 * 1024 * 1024;

/// How far a package has come, kept at the provider's node: what it holds is a record's key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Begun {
    grant: String,
    fields: Vec<String>,
    unavailable: Vec<String>,
    from: Timestamp,
    parts: Vec<Part>,
    /// The key of the last record that is in a part.
    after: Option<String>,
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
        let party = self.book.system(&call.client);
        if !party.is_some_and(|party| party.nodes.contains(self.id())) {
            return Err(Fault::ClientElsewhere { client: call.client });
        }
        let permit = decide(&self.book, &call, clock::now())?;
        no_single_record(&permit, &wanted.filters.keys().map(String::as_str).collect::<Vec<_>>())?;
        let own = self.own_key()?;
        let id = Uuid::now_v7();
        let kept = self.kept(id);
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
        let permit = decide(&self.book, &order.asked.call, now)?;
        no_single_record(&permit, &order.terms.filters.keys().map(String::as_str).collect::<Vec<_>>())?;
        let recorder = self.recorder()?;
        let kept = self.kept(order.id);
        folder(&kept)?;
        folder(out)?;
        let answer = kept.join("answer.json");
        if answer.exists() {
            // It was made. If it is here, what the medium may lack is only the last file.
            let made = read_bytes(&kept.join("manifest.json"), super::FILE_MAX_BYTES)?;
            if read_bytes(&out.join("manifest.json"), super::FILE_MAX_BYTES).ok() != Some(made) {
                return Err(broken(
                    place,
                    "đơn này đã được đáp ứng một lần; hãy gửi đơn mới",
                    "this order was carried out before; send another",
                ));
            }
            write(&out.join("answer.json"), &read_bytes(&answer, super::FILE_MAX_BYTES)?)?;
            return read_json(&out.join("manifest.json"));
        }
        let begun = self.fill(&order, &permit, &kept, out, &mut told).await?;
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
            grant: begun.grant,
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
        let signed = seal::whole(&line, &mut map, &body, &own.notary, clock::now()).await?;
        write(&out.join("manifest.json"), &body)?;
        write_json(&out.join("order.json"), &order.letter)?;
        // What makes it count, its signature, leaves only when the exchange is recorded.
        let keyid = trust::key_id(&order.signer.node, &order.signer.certificate);
        let keys = [UsedKey { keyid: &keyid, certificate: &order.signer.certificate }, own.used()];
        recorder.exchange(Side::Provider, clock::now(), &order.signed, &signed, keys).await?;
        let letter = Letter::of(None, &map, String::new());
        write(&kept.join("manifest.json"), &body)?;
        write_json(&answer, &letter)?;
        write_json(&out.join("answer.json"), &letter)?;
        // The key of the last record is not needed any more.
        let _ = std::fs::remove_file(kept.join("begun.json"));
        Ok(manifest)
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
        let service = &order.asked.call.service;
        let all = backends(&self.settings, &self.folder)?;
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
            fields: &permit.grant.fields,
            rows: &permit.grant.rows,
            if_none_match: None,
            query: None,
            body,
        };
        let state = kept.join("begun.json");
        let mut begun: Option<Begun> = if state.exists() { Some(read_json(&state)?) } else { None };
        if let Some(begun) = &begun {
            for (number, part) in begun.parts.iter().enumerate() {
                super::open::check_sealed(&out.join(part_name(number)), part)?;
            }
        }
        loop {
            if let Some(begun) = begun.take_if(|begun| begun.whole) {
                return Ok(begun);
            }
            let after = begun.as_ref().and_then(|begun| begun.after.clone());
            let taken = take(backend, &ask, after, out).await?;
            let known = begun.get_or_insert_with(|| Begun {
                grant: permit.grant.id.clone(),
                fields: taken.fields.clone(),
                unavailable: taken.unavailable.clone(),
                from: clock::now(),
                parts: Vec::new(),
                after: None,
                whole: false,
            });
            if known.grant != permit.grant.id
                || known.fields != taken.fields
                || known.unavailable != taken.unavailable
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
    after: Option<String>,
    /// Whether that is the last of all.
    whole: bool,
}

/// The records behind `after`, as many as make a part.
async fn take(
    backend: &DatasetService,
    ask: &Ask<'_>,
    after: Option<String>,
    out: &Path,
) -> Result<Taken, Fault> {
    let behind = |after: &Option<String>| after.clone().map(|key| Mark { key, sorted: None });
    let mut portion = backend.portion(ask, behind(&after), PORTION).await?;
    let mut taken = Taken {
        fields: portion.fields.clone(),
        unavailable: portion.unavailable.clone(),
        lines: Vec::new(),
        records: 0,
        after,
        whole: false,
    };
    loop {
        if taken.fields != portion.fields || taken.unavailable != portion.unavailable {
            return Err(another(out));
        }
        taken.whole = portion.records.len() < PORTION;
        for listed in portion.records {
            serde_json::to_writer(&mut taken.lines, &listed.record)
                .map_err(|error| Fault::Internal { why: error.to_string() })?;
            taken.lines.push(b'\n');
            taken.records += 1;
            taken.after = Some(listed.mark.key);
        }
        if taken.whole || taken.lines.len() >= PART_BYTES {
            return Ok(taken);
        }
        portion = backend.portion(ask, behind(&taken.after), PORTION).await?;
    }
}

impl Taken {
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

fn another(out: &Path) -> Fault {
    broken(
        out,
        "bảng hoặc quyền đã đổi từ lúc bắt đầu; hãy làm lại từ đơn mới",
        "the table or the grant has changed since it was begun; begin anew with another order",
    )
}

/// Packages are for sets of records. What is asked of one person has a case and goes over the line; and an order may be read by whoever
/// carries it.
fn no_single_record(permit: &Permit, filters: &[&str]) -> Result<(), Fault> {
    let Offer::Dataset(dataset) = &permit.offered.service.offer else {
        return Err(Fault::NotServedHere { service: permit.offered.service.id.clone() });
    };
    if filters.contains(&dataset.key.as_str()) {
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
