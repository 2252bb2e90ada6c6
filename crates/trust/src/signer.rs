//! Signs what the node sends: one message alone, or all that wait together in one batch.

use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::rand;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use jiff::Timestamp;
use model::fault::Fault;
use tokio::sync::oneshot;

use crate::batch::{self, Form, SALT_BYTES};
use crate::key::SigningKey;
use crate::message::{Base, Params, Signed};

/// Messages that may wait for a signature. At 30 µs each they are done in well under a second.
const WAITING: usize = 1024;
/// How often the first message that waits lets everything else that is ready go on before it signs: what that brings to be signed goes into
/// the same batch. Where nothing else is ready this takes no time, so that a caller alone does not wait for others.
const TURNS: usize = 3;
const NONCE_BYTES: usize = 16;

/// A handle on the node's signing key.
#[derive(Clone)]
pub struct Signer {
    inner: Arc<Inner>,
    form: Form,
}

struct Inner {
    key: Arc<SigningKey>,
    keyid: Arc<str>,
    waiting: Mutex<Vec<Job>>,
}

struct Job {
    form: Form,
    base: Base,
    created: Timestamp,
    done: oneshot::Sender<Signed>,
}

/// Whoever came first signs for all that wait when it goes, for whatever reason it does.
struct First<'a>(&'a Inner);

impl Drop for First<'_> {
    fn drop(&mut self) {
        self.0.sign_waiting();
    }
}

impl Signer {
    /// Signs with `key` under the name `keyid`.
    #[must_use]
    pub fn new(key: impl Into<Arc<SigningKey>>, keyid: Arc<str>) -> Self {
        let inner = Arc::new(Inner { key: key.into(), keyid, waiting: Mutex::default() });
        Self { inner, form: Form::Plain }
    }

    /// The same, for what is to be signed in a form.
    #[must_use]
    pub fn by(&self, form: Form) -> Self {
        Self { inner: self.inner.clone(), form }
    }

    /// Signs `base` as made at `created`.
    ///
    /// # Errors
    /// [`Fault::Overloaded`] if too many messages wait.
    pub async fn sign(&self, base: Base, created: Timestamp) -> Result<Signed, Fault> {
        let (done, signed) = oneshot::channel();
        let is_first = {
            let mut waiting = self.inner.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.len() >= WAITING {
                return Err(Fault::Overloaded {});
            }
            waiting.push(Job { form: self.form, base, created, done });
            waiting.len() == 1
        };
        if is_first {
            let _first = First(&self.inner);
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
        }
        signed.await.map_err(|_| Fault::Overloaded {})
    }
}

impl Inner {
    fn sign_waiting(&self) {
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let (hybrid, plain): (Vec<Job>, Vec<Job>) =
            waiting.into_iter().partition(|job| job.form == Form::Hybrid);
        for (form, jobs) in [(Form::Plain, plain), (Form::Hybrid, hybrid)] {
            let mut jobs = jobs.into_iter();
            while jobs.len() > 0 {
                self.sign_batch(form, jobs.by_ref().take(batch::LARGEST).collect());
            }
        }
    }

    fn sign_batch(&self, form: Form, jobs: Vec<Job>) {
        let is_alone = form == Form::Plain && jobs.len() == 1;
        let alg = if is_alone { batch::ALONE } else { form.alg() };
        let params = |job: &Job| params(job.created, &self.keyid, alg);
        let bases: Vec<_> = jobs.iter().map(|job| job.base.with_params(&params(job))).collect();
        let signatures: Vec<Vec<u8>> = match bases.as_slice() {
            [(base, _)] if is_alone => vec![self.key.sign(base.as_bytes()).to_vec()],
            many => {
                let salted: Vec<_> =
                    many.iter().map(|(base, _)| (base.as_bytes(), random::<SALT_BYTES>())).collect();
                batch::sign(&self.key, form, &salted).iter().map(batch::BatchSignature::to_bytes).collect()
            }
        };
        for ((job, base), signature) in jobs.into_iter().zip(bases).zip(signatures) {
            // A caller that gave up no longer listens.
            let _ = job.done.send(Signed::new(base, signature));
        }
    }
}

fn params(created: Timestamp, keyid: &str, alg: &str) -> Params {
    Params {
        created,
        nonce: BASE64_URL_SAFE_NO_PAD.encode(random::<NONCE_BYTES>()),
        keyid: keyid.to_owned(),
        alg: alg.to_owned(),
    }
}

/// Fresh random bytes.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "without random bytes there is no safe way on")]
    rand::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use http::HeaderMap;

    use super::*;
    use crate::message::{MessageView, Start};

    #[test]
    fn one_is_signed_alone_and_many_in_a_batch() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let key = SigningKey::in_memory([3; 32]);
            let public = key.public();
            let signer = Signer::new(key, "k".into());
            let headers = HeaderMap::new();
            let view = MessageView {
                start: Start::Request { method: "GET", path: "/", query: None },
                headers: &headers,
                trailers: None,
            };
            let now = Timestamp::from_second(1_790_000_000).unwrap();

            let alone = signer.sign(Base::of(&view), now).await.unwrap();
            assert_eq!(alone.params().unwrap().alg, batch::ALONE);
            alone.verify(batch::ALONE, &public).unwrap();

            // What is to be signed by both keys goes together, and so does the rest.
            let form = |number: u32| if number.is_multiple_of(3) { Form::Hybrid } else { Form::Plain };
            let jobs: Vec<_> = (0..7)
                .map(|number| {
                    let (signer, base) = (signer.by(form(number)), Base::of(&view));
                    tokio::spawn(async move { signer.sign(base, now).await.unwrap() })
                })
                .collect();
            let (mut nonces, mut roots) = (HashSet::new(), HashSet::new());
            for (job, number) in jobs.into_iter().zip(0..) {
                let signed = job.await.unwrap();
                let params = signed.params().unwrap();
                assert_eq!(params.alg, form(number).alg());
                signed.verify(&params.alg, &public).unwrap();
                let proof = batch::BatchSignature::from_bytes(&signed.signature).unwrap();
                roots.insert(proof.root_signature().as_bytes().to_vec());
                assert!(nonces.insert(params.nonce));
            }
            assert_eq!(roots.len(), 2);
            // One alone is a batch of one.
            let alone = signer.by(Form::Hybrid).sign(Base::of(&view), now).await.unwrap();
            assert_eq!(alone.params().unwrap().alg, batch::HYBRID);
            alone.verify(batch::HYBRID, &public).unwrap();
        });
    }
}
