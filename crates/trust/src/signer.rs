//! Signs what the node sends: one message alone, or all that wait together in one batch.

use std::sync::Arc;

use aws_lc_rs::rand;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use jiff::Timestamp;
use model::fault::Fault;
use tokio::sync::{mpsc, oneshot};

use crate::batch::{self, SALT_BYTES};
use crate::key::SigningKey;
use crate::message::{Base, Params, Signed};

/// Messages that may wait for a signature. At 30 µs each they are done in well under a second.
const WAITING: usize = 1024;
const NONCE_BYTES: usize = 16;

/// A handle on the node's signing key.
#[derive(Clone)]
pub struct Signer {
    queue: mpsc::Sender<Job>,
}

struct Job {
    base: Base,
    created: Timestamp,
    done: oneshot::Sender<Signed>,
}

impl Signer {
    /// Starts to sign with `key` under the name `keyid`; must be called within a runtime. It ends with its last handle.
    #[must_use]
    pub fn start(key: impl Into<Arc<SigningKey>>, keyid: Arc<str>) -> Self {
        let (queue, jobs) = mpsc::channel(WAITING);
        tokio::spawn(work(key.into(), keyid, jobs));
        Self { queue }
    }

    /// Signs `base` as made at `created`.
    ///
    /// # Errors
    /// [`Fault::Overloaded`] if too many messages wait.
    pub async fn sign(&self, base: Base, created: Timestamp) -> Result<Signed, Fault> {
        let (done, signed) = oneshot::channel();
        self.queue.try_send(Job { base, created, done }).map_err(|_| Fault::Overloaded {})?;
        signed.await.map_err(|_| Fault::Overloaded {})
    }
}

async fn work(key: Arc<SigningKey>, keyid: Arc<str>, mut jobs: mpsc::Receiver<Job>) {
    let mut waiting = Vec::with_capacity(batch::LARGEST);
    while jobs.recv_many(&mut waiting, batch::LARGEST).await > 0 {
        let alg = if waiting.len() == 1 { batch::ALONE } else { batch::ALGORITHM };
        let bases: Vec<_> =
            waiting.iter().map(|job| job.base.with_params(&params(job.created, &keyid, alg))).collect();
        let signatures: Vec<Vec<u8>> = match bases.as_slice() {
            [(base, _)] => vec![key.sign(base.as_bytes()).to_vec()],
            many => {
                let salted: Vec<_> =
                    many.iter().map(|(base, _)| (base.as_bytes(), random::<SALT_BYTES>())).collect();
                batch::sign(&key, &salted).iter().map(batch::BatchSignature::to_bytes).collect()
            }
        };
        for ((job, base), signature) in waiting.drain(..).zip(bases).zip(signatures) {
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
    use http::HeaderMap;

    use super::*;
    use crate::message::{MessageView, Start};

    #[test]
    fn one_is_signed_alone_and_many_in_a_batch() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let key = SigningKey::in_memory([3; 32]);
            let public = key.public();
            let signer = Signer::start(key, "k".into());
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

            let jobs: Vec<_> = (0..5)
                .map(|_| {
                    let (signer, base) = (signer.clone(), Base::of(&view));
                    tokio::spawn(async move { signer.sign(base, now).await.unwrap() })
                })
                .collect();
            let mut nonces = std::collections::HashSet::new();
            for job in jobs {
                let signed = job.await.unwrap();
                let params = signed.params().unwrap();
                assert_eq!(params.alg, batch::ALGORITHM);
                signed.verify(&params.alg, &public).unwrap();
                assert!(nonces.insert(params.nonce));
            }
        });
    }
}
