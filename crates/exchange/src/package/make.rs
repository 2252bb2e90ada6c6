//! Making a package that was ordered, signing it and handing it over.

use std::path::Path;

use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use ledger::Side;
use model::fault::Fault;

use crate::clock;
use crate::decide::decide;
use crate::headers;
use crate::package::envelope::Envelope;
use crate::package::open::check_sealed;
use crate::package::order::no_single_record;
use crate::package::parts::another;
use crate::package::{
    FORMAT, Manifest, PackageService, Progress, broken, folder, part_name, read_bytes, write, write_json,
};
use crate::record::Recorder;
use crate::sign::{self, FirstLine};
use crate::texts;

impl PackageService {
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
            grant: permit.grant.id.to_string(),
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
        sign::whole(&line, &mut map, &body, own.plain_signer(), clock::now()).await?.put(&mut map);
        // Signed once: whatever breaks off from here, it is this answer that is recorded and handed over.
        write(&kept.join("manifest.json"), &body)?;
        write_json(&kept.join("order.json"), &order.envelope)?;
        write_json(&kept.join("answer.json"), &Envelope::of(None, &map, String::new()))?;
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
}

fn carried_out(order: &Path) -> Fault {
    broken(order, texts::order_done_before())
}
