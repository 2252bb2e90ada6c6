//! What the node writes into its ledger.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use ledger::entry::Entry;
use ledger::writer::Opened;
use ledger::{Ledger, LedgerError, Proof, Side};
use model::fault::Fault;
use rustls::pki_types::CertificateDer;
use trust::message::{Params, Signed};
use trust::replay::SKEW_SECONDS;

use crate::decide::Call;

/// The node's ledger, with the keys it has an entry for.
pub struct Recorder {
    ledger: Ledger,
    keys: Mutex<HashSet<String>>,
    /// Whether the last entry could not be written.
    failing: AtomicBool,
}

/// A key that signed something to be recorded.
pub struct UsedKey<'a> {
    /// Its name.
    pub keyid: &'a str,
    /// Its certificate.
    pub certificate: &'a CertificateDer<'static>,
}

impl Recorder {
    /// Opens the ledger in `folder`. Returns with it the parameters of requests answered here that would still be fresh at
    /// `now`: they must not be taken a second time.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn open(folder: &Path, now: Timestamp) -> Result<(Self, Opened, Vec<Params>), LedgerError> {
        let mut keys = HashSet::new();
        let mut recent = Vec::new();
        let fresh_since = now - SignedDuration::from_secs(2 * SKEW_SECONDS);
        let (ledger, opened) = Ledger::open(folder, |_, bytes| match Entry::decode(bytes) {
            Some(Entry::Key { keyid, .. }) => {
                keys.insert(keyid);
            }
            Some(
                Entry::Exchange { at, side: Side::Provider, request, .. } | Entry::Intent { at, request },
            ) if at >= fresh_since => {
                recent.extend(
                    Signed::from_record(request.base, request.signature)
                        .and_then(|signed| signed.params().ok()),
                );
            }
            _ => {}
        })?;
        Ok((Self { ledger, keys: Mutex::new(keys), failing: AtomicBool::new(false) }, opened, recent))
    }

    /// Records an exchange with both signatures; it is durable when this returns.
    ///
    /// # Errors
    /// [`Fault::LedgerFailed`].
    pub async fn exchange(
        &self,
        side: Side,
        at: Timestamp,
        request: &Signed,
        answer: &Signed,
        keys: [UsedKey<'_>; 2],
    ) -> Result<(), Fault> {
        self.know(&keys).await?;
        self.append(&Entry::Exchange { at, side, request: proof(request), answer: proof(answer) }).await
    }

    /// Records a request that may change something, before it is carried out.
    ///
    /// # Errors
    /// [`Fault::LedgerFailed`].
    pub async fn intent(&self, at: Timestamp, request: &Signed, key: UsedKey<'_>) -> Result<(), Fault> {
        self.know(&[key]).await?;
        self.append(&Entry::Intent { at, request: proof(request) }).await
    }

    /// Records a call that ended without an answer from the other side.
    ///
    /// # Errors
    /// [`Fault::LedgerFailed`].
    pub async fn refusal(&self, side: Side, at: Timestamp, fault: &Fault, call: &Call) -> Result<(), Fault> {
        let path: String = call.path.segments().iter().flat_map(|segment| ["/", segment]).collect();
        let call = format!(
            "client: {}\nservice: {}\npurpose: {}\nmethod: {}\npath: {path}",
            call.client, call.service, call.purpose, call.method
        );
        self.append(&Entry::Refusal { at, side, fault: fault.code().to_owned(), call, request: None }).await
    }

    /// Makes sure that the ledger holds the certificate of every key before what it signed.
    async fn know(&self, keys: &[UsedKey<'_>]) -> Result<(), Fault> {
        for key in keys {
            if self.keys().contains(key.keyid) {
                continue;
            }
            self.append(&Entry::Key { keyid: key.keyid.to_owned(), certificate: key.certificate.to_vec() })
                .await?;
            self.keys().insert(key.keyid.to_owned());
        }
        Ok(())
    }

    async fn append(&self, entry: &Entry) -> Result<(), Fault> {
        let appended = self.ledger.append(entry).await;
        let failing = !matches!(appended, Ok(_) | Err(LedgerError::Overloaded));
        // Written when it changes only: the flag is read at every exchange.
        if self.failing.load(Ordering::Relaxed) != failing {
            self.failing.store(failing, Ordering::Relaxed);
        }
        appended.map(|_| ()).map_err(|error| match error {
            LedgerError::Overloaded => Fault::Overloaded {},
            error => Fault::LedgerFailed { why: error.to_string() },
        })
    }

    /// Whether the last entry could be written.
    ///
    /// # Errors
    /// [`Fault::LedgerFailed`].
    pub fn check(&self) -> Result<(), Fault> {
        let failing = self.failing.load(Ordering::Relaxed);
        (!failing)
            .then_some(())
            .ok_or_else(|| Fault::LedgerFailed { why: "the last entry was not written".into() })
    }

    fn keys(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn proof(signed: &Signed) -> Proof {
    Proof { base: signed.base.clone(), signature: signed.signature.clone() }
}
