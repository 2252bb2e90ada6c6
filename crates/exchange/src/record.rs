//! What the node writes into its ledger.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use http::header::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use ledger::entry::Entry;
use ledger::writer::Opened;
use ledger::{Ledger, LedgerError, Proof, Side};
use model::fault::Fault;
use model::id::NodeId;
use rustls::pki_types::CertificateDer;
use trust::message::{Params, Signed};
use trust::replay::SKEW_SECONDS;

use crate::compiled::KnownKey;
use crate::decide::Call;
use crate::headers;

/// The node's ledger, with the keys it has an entry for.
pub(crate) struct Recorder {
    ledger: Ledger,
    keys: Mutex<HashSet<String>>,
}

/// A key that signed something to be recorded.
#[derive(Clone, Copy)]
pub(crate) struct UsedKey<'a> {
    /// Its name.
    pub keyid: &'a str,
    pub certificate: &'a CertificateDer<'static>,
}

impl<'a> From<&'a KnownKey> for UsedKey<'a> {
    fn from(key: &'a KnownKey) -> Self {
        Self { keyid: &key.keyid, certificate: &key.certificate }
    }
}

/// A signature to be recorded, with the key that made it.
pub(crate) type SignedBy<'a> = (&'a Signed, UsedKey<'a>);

impl Recorder {
    /// Opens the ledger in `folder`. Returns with it the parameters of requests answered here that would still be fresh at
    /// `now`: they must not be taken a second time.
    ///
    /// # Errors
    /// [`Fault::LedgerDamaged`], [`Fault::LedgerFailed`].
    pub(crate) fn open(folder: &Path, now: Timestamp) -> Result<(Self, Opened, Vec<Params>), Fault> {
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
        })
        .map_err(|error| not_opened(&error))?;
        Ok((Self { ledger, keys: Mutex::new(keys) }, opened, recent))
    }

    /// Records an exchange with both signatures; it is durable when this returns.
    ///
    /// # Errors
    /// [`Fault::LedgerFailed`].
    pub(crate) async fn exchange(
        &self,
        side: Side,
        at: Timestamp,
        (request, requester): SignedBy<'_>,
        (answer, answerer): SignedBy<'_>,
    ) -> Result<(), Fault> {
        self.know(&[requester, answerer]).await?;
        self.append(&Entry::Exchange { at, side, request: proof(request), answer: proof(answer) }).await
    }

    /// Records a request before what it asks for begins: what may change something, or an answer that is too long to be recorded first.
    ///
    /// # Errors
    /// [`Fault::LedgerFailed`].
    pub(crate) async fn intent(&self, at: Timestamp, (request, key): SignedBy<'_>) -> Result<(), Fault> {
        self.know(&[key]).await?;
        self.append(&Entry::Intent { at, request: proof(request) }).await
    }

    /// Records a call that ended without an answer from the other side, with the request if one had left.
    ///
    /// # Errors
    /// [`Fault::LedgerFailed`].
    pub(crate) async fn refusal(
        &self,
        at: Timestamp,
        fault: &Fault,
        (call, headers): (&Call, &HeaderMap),
        request: Option<SignedBy<'_>>,
    ) -> Result<(), Fault> {
        let (request, key) = request.unzip();
        self.know(key.as_slice()).await?;
        let call = format!("{}{}", told(call), told_by(headers));
        let (fault, request) = (fault.code().to_owned(), request.map(proof));
        self.append(&Entry::Refusal { at, side: Side::Consumer, fault, call, request }).await
    }

    /// Records an answer of which a part was sent: whose request it was, to which node, and how many bytes.
    ///
    /// # Errors
    /// [`Fault::LedgerFailed`].
    pub(crate) async fn broken(
        &self,
        at: Timestamp,
        fault: &Fault,
        call: &Call,
        (peer, sent): (&NodeId, u64),
        (request, key): SignedBy<'_>,
    ) -> Result<(), Fault> {
        self.know(&[key]).await?;
        let fault = fault.code().to_owned();
        let call = format!("{}\npeer: {peer}\nsent: {sent}", told(call));
        let request = Some(proof(request));
        self.append(&Entry::Refusal { at, side: Side::Provider, fault, call, request }).await
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
        self.ledger.append(entry).await.map(drop).map_err(|error| failed(&error))
    }

    /// Whether an entry could be written.
    ///
    /// # Errors
    /// [`Fault::LedgerFailed`].
    pub(crate) async fn check(&self) -> Result<(), Fault> {
        match self.ledger.check().await {
            Ok(()) | Err(LedgerError::Overloaded) => Ok(()),
            Err(error) => Err(failed(&error)),
        }
    }

    /// The ledger, for those who watch it.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn keys(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call as a refusal tells it.
fn told(call: &Call) -> String {
    let path: String = call.path.segments().iter().flat_map(|segment| ["/", segment]).collect();
    format!(
        "client: {}\nservice: {}\npurpose: {}\nmethod: {}\npath: {path}",
        call.client, call.service, call.purpose, call.method
    )
}

/// What a refusal tells of the officer, the case and the message: no request that says it need have been signed. They are visible ASCII,
/// which `request.rs` sees to, so that none makes a line of its own.
fn told_by(headers: &HeaderMap) -> String {
    let named = [("user", &headers::USER_ID), ("case", &headers::ISSUE), ("id", &headers::ID)];
    let said = named.into_iter().filter_map(|(name, header)| Some((name, headers::last(headers, header)?)));
    said.map(|(name, value)| format!("\n{name}: {}", value.trim())).collect()
}

fn failed(error: &LedgerError) -> Fault {
    match error {
        LedgerError::Overloaded => Fault::Overloaded {},
        error => Fault::LedgerFailed { why: error.to_string() },
    }
}

fn not_opened(error: &LedgerError) -> Fault {
    match error {
        LedgerError::Damaged { place, why } => {
            Fault::LedgerDamaged { place: place.clone(), why: why.clone() }
        }
        other => Fault::LedgerFailed { why: other.to_string() },
    }
}

fn proof(signed: &Signed) -> Proof {
    Proof { base: signed.base.clone(), signature: signed.signature.clone() }
}
