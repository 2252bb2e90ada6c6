//! Checking a package, and opening it.

use std::path::Path;

use ledger::Side;
use model::fault::{Fault, Words};
use trust::receiver::Receiver;

use crate::clock;
use crate::package::envelope::Answered;
use crate::package::{
    Manifest, PART_MAX_BYTES, PackageService, Part, Progress, broken, folder, part_name, read_bytes, write,
};
use crate::texts;

impl PackageService {
    /// Checks a package: who ordered it and who made it by this node's directory, every part by its digest. What the parts hold only the
    /// receiver can see.
    ///
    /// # Errors
    /// [`Fault`] says what is wrong with it.
    pub fn verify(&self, package: &Path, told: impl FnMut(Progress)) -> Result<Manifest, Fault> {
        self.checked(package, told).map(|answered| answered.manifest)
    }

    fn checked(&self, package: &Path, mut told: impl FnMut(Progress)) -> Result<Answered, Fault> {
        let answered = self.read_answer(package)?;
        let manifest = &answered.manifest;
        let mut progress = Progress { parts: 0, records: 0 };
        for (number, part) in manifest.parts.iter().enumerate() {
            check_sealed(&package.join(part_name(number)), part)?;
            progress = Progress { parts: number + 1, records: progress.records + part.records };
            told(progress);
        }
        let place = package.join("manifest.json");
        if progress.records != manifest.records {
            return Err(broken(&place, texts::records_do_not_add_up()));
        }
        if package.join(part_name(manifest.parts.len())).exists() {
            return Err(broken(&place, texts::part_too_many()));
        }
        contract(package, manifest)?;
        Ok(answered)
    }

    /// Opens a package that this node ordered into the folder `out`, or goes on where that broke off. The exchange is recorded before
    /// anything is handed out.
    ///
    /// # Errors
    /// [`Fault`] says what is wrong with it; a package for another node can't be opened here.
    pub async fn unpack(
        &self,
        package: &Path,
        out: &Path,
        mut told: impl FnMut(Progress),
    ) -> Result<Manifest, Fault> {
        let answered = self.checked(package, |_| {})?;
        let kept = self.ordered(answered.order.id);
        let key = kept.join("receiver.key");
        if answered.order.signer.node != *self.id() || !key.exists() {
            return Err(broken(package, texts::ordered_elsewhere(&answered.order.signer.node)));
        }
        let receiver = Receiver::load(&key).map_err(|error| Fault::FileFailed {
            path: key.display().to_string(),
            why: Words::quoted(error),
        })?;
        // One order has one answer. Another one would be handed out without a record.
        let (done, signature) = (kept.join("opened"), answered.signed.signature_value());
        if done.exists() {
            if read_bytes(&done, super::FILE_MAX_BYTES)? != signature.as_bytes() {
                return Err(broken(package, texts::order_answered_before()));
            }
        } else {
            let (request, answer) = (answered.order.signed_by(), answered.signed_by());
            self.recorder()?.exchange(Side::Consumer, clock::now(), request, answer).await?;
            write(&done, signature.as_bytes())?;
        }
        folder(out)?;
        let mut progress = Progress { parts: 0, records: 0 };
        for (number, part) in answered.manifest.parts.iter().enumerate() {
            let name = part_name(number);
            let target = out.join(name.trim_end_matches(".age"));
            let there = read_bytes(&target, PART_MAX_BYTES);
            if !there.is_ok_and(|bytes| trust::hex(&trust::sha256(&bytes)) == part.sha256) {
                let place = package.join(&name);
                let plain = receiver.open(&read_bytes(&place, PART_MAX_BYTES)?).map_err(|error| {
                    Fault::PackageBroken { place: place.display().to_string(), why: Words::quoted(error) }
                })?;
                let lines = plain.iter().filter(|byte| **byte == b'\n').count() as u64;
                if trust::hex(&trust::sha256(&plain)) != part.sha256 || lines != part.records {
                    return Err(broken(&place, texts::not_as_in_manifest()));
                }
                write(&target, &plain)?;
            }
            progress = Progress { parts: number + 1, records: progress.records + part.records };
            told(progress);
        }
        write(
            &out.join("manifest.json"),
            &read_bytes(&package.join("manifest.json"), super::FILE_MAX_BYTES)?,
        )?;
        if let Some(contract) = contract(package, &answered.manifest)? {
            write(&out.join("contract.yaml"), &contract)?;
        }
        Ok(answered.manifest)
    }
}

/// The contract that the manifest names, if it names one.
fn contract(package: &Path, manifest: &Manifest) -> Result<Option<Vec<u8>>, Fault> {
    let Some(sha256) = &manifest.contract_sha256 else { return Ok(None) };
    let path = package.join("contract.yaml");
    let bytes = read_bytes(&path, super::FILE_MAX_BYTES)?;
    if trust::hex(&trust::sha256(&bytes)) == *sha256 {
        return Ok(Some(bytes));
    }
    Err(broken(&path, texts::not_what_was_signed()))
}

/// Whether a part's file is the one that the manifest names.
pub(super) fn check_sealed(path: &Path, part: &Part) -> Result<(), Fault> {
    let bytes = read_bytes(path, PART_MAX_BYTES)?;
    let fits =
        bytes.len() as u64 == part.sealed_bytes && trust::hex(&trust::sha256(&bytes)) == part.sealed_sha256;
    if fits {
        return Ok(());
    }
    Err(broken(path, texts::not_the_signed_part()))
}
