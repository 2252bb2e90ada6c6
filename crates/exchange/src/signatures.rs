//! Signatures of ledger entries, checked by the keys that the ledger itself has entries for.

use std::collections::HashMap;

use jiff::Timestamp;
use ledger::entry::Proof;
use ledger::verify::Checker;
use rustls::pki_types::CertificateDer;
use trust::certificate::{self, Anchors};
use trust::key::PublicKey;
use trust::message::{self, Signed};
use trust::verifier::Verifier;

/// The keys that were shown, and the authorities that must have vouched for them.
pub struct Signatures {
    anchors: Anchors,
    verifier: Verifier,
    keys: HashMap<String, (PublicKey, Timestamp, Timestamp)>,
}

impl Signatures {
    /// None was shown yet.
    #[must_use]
    pub fn new(anchors: Anchors) -> Self {
        Self { anchors, verifier: Verifier::default(), keys: HashMap::new() }
    }
}

/// The name of the key that a message says it was signed with; empty if that can't be read, which [`Signatures`] tells.
#[must_use]
pub fn key_of(proof: &Proof) -> String {
    let signed = Signed::from_record(proof.base.clone(), proof.signature.clone());
    signed.and_then(|signed| signed.params().ok()).map(|params| params.keyid).unwrap_or_default()
}

/// The node that signed a message; empty if that can't be read.
#[must_use]
pub fn signer(proof: &Proof) -> String {
    key_of(proof).split_once('#').map(|(node, _)| node.to_owned()).unwrap_or_default()
}

impl Checker for Signatures {
    fn key(&mut self, keyid: &str, certificate: &[u8]) -> Result<(), String> {
        let certificate = CertificateDer::from(certificate.to_vec());
        let (from, to) = certificate::span(&certificate).map_err(|error| error.to_string())?;
        let key = certificate::signing_key(&certificate).map_err(|error| error.to_string())?;
        // A certificate must have been good when it began; that it has expired since takes nothing from what it signed.
        self.anchors.check(&certificate, from).map_err(|error| error.to_string())?;
        let node = keyid
            .split('#')
            .next()
            .and_then(|node| node.parse().ok())
            .ok_or("the key's name names no node")?;
        if trust::key_id(&node, &certificate) != keyid {
            return Err("the key's name is not that of its certificate".into());
        }
        self.keys.insert(keyid.to_owned(), (key, from, to));
        Ok(())
    }

    fn proof(&mut self, proof: &Proof, request: Option<&Proof>) -> Result<(), String> {
        let signed = Signed::from_record(proof.base.clone(), proof.signature.clone())
            .ok_or("the base has no parameters")?;
        let params = signed.params().map_err(|fault| fault.en())?;
        let (key, from, to) = self
            .keys
            .get(&params.keyid)
            .ok_or_else(|| format!("no entry before it has the key {}", params.keyid))?;
        if params.created < *from || params.created > *to {
            return Err(format!("it was signed at {}, outside the days of its certificate", params.created));
        }
        self.verifier.check(&signed, &params.alg, key).map_err(|fault| fault.en())?;
        if let Some(request) = request {
            let request = Signed::from_record(request.base.clone(), request.signature.clone())
                .ok_or("the request's base has no parameters")?;
            if signed.covered(message::BINDING) != Some(request.signature_value().as_str()) {
                return Err("the answer is not bound to the request beside it".into());
            }
        }
        Ok(())
    }
}
