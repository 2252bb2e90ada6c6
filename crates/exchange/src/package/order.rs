//! Ordering a package.

use std::collections::BTreeMap;
use std::path::Path;

use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use model::endpoint::CallPath;
use model::fault::{Fault, Words};
use model::service::Offer;
use trust::receiver::Receiver;
use uuid::Uuid;

use crate::clock;
use crate::decide::{Call, Permit, decide};
use crate::headers;
use crate::package::envelope::{Envelope, Terms};
use crate::package::{PackageService, Wanted, folder, write_json};
use crate::sign::{self, FirstLine};
use crate::texts;

impl PackageService {
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
        let receiver = Receiver::create(&key).map_err(|error| Fault::FileFailed {
            path: key.display().to_string(),
            why: Words::quoted(error),
        })?;
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
        sign::whole(&line, &mut map, body.as_bytes(), own.plain_signer(), clock::now()).await?.put(&mut map);
        let envelope = Envelope::of(Some(path), &map, body);
        write_json(&kept.join("order.json"), &envelope)?;
        write_json(out, &envelope)?;
        Ok(id)
    }
}

/// Packages are for sets of records. What is asked of one person has a case and goes over the line; and an order may be read by whoever
/// carries it.
pub(super) fn no_single_record(permit: &Permit, filters: &BTreeMap<String, String>) -> Result<(), Fault> {
    let Offer::Dataset(dataset) = &permit.offered.service.offer else {
        return Err(Fault::NotServedHere { service: permit.offered.service.id.clone() });
    };
    if filters.contains_key(&dataset.key) {
        let key = &dataset.key;
        return Err(Fault::BadQuestion { why: texts::package_not_by_key(key) });
    }
    Ok(())
}
