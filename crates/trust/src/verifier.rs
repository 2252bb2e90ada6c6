//! Checks signatures, and a batch's root only once: the messages behind it cost a few hashes each.

use std::collections::HashSet;
use std::mem;
use std::sync::{Mutex, PoisonError};

use model::fault::Fault;
use model::merkle::{self, Hash};

use crate::batch::{BatchSignature, Form, Root};
use crate::key::PublicKey;
use crate::message::Signed;
use crate::texts;

/// Roots remembered in a generation. Messages of one batch arrive within moments of each other.
const ROOTS: usize = 4096;

/// A verifier that remembers the roots it has checked.
#[derive(Default)]
pub struct Verifier {
    roots: Mutex<[HashSet<Hash>; 2]>,
}

impl Verifier {
    /// Whether `key` made the signature.
    ///
    /// # Errors
    /// [`Fault::BadSignature`].
    pub fn check(&self, signed: &Signed, alg: &str, key: &PublicKey) -> Result<(), Fault> {
        let Some(form) = Form::of_alg(alg) else { return signed.verify(alg, key) };
        let proof = BatchSignature::from_bytes(&signed.signature);
        let proof = proof.filter(|proof| proof.root_signature().form() == form);
        let statement = proof.as_ref().and_then(|proof| proof.statement_for(signed.base.as_bytes()));
        let (Some(proof), Some(statement)) = (proof, statement) else {
            return Err(Fault::BadSignature { why: texts::no_root() });
        };
        // A root is known by all that its signature depends on.
        let mark = merkle::leaf_hash(&[key.mark(), &statement, proof.root_signature().as_bytes()]);
        if self.knows(&mark) {
            return Ok(());
        }
        signed.verify(alg, key)?;
        self.remember(mark);
        Ok(())
    }

    /// Whether `key` signed the root that messages led to; by the same memory.
    ///
    /// # Errors
    /// [`Fault::BadSignature`].
    pub fn check_root(&self, root: &Root, key: &PublicKey) -> Result<(), Fault> {
        let is_signed = || {
            let mark = merkle::leaf_hash(&[key.mark(), root.statement(), root.signature().as_bytes()]);
            if self.knows(&mark) {
                return true;
            }
            let is_signed = root.signature().is_of(key, root.statement());
            if is_signed {
                self.remember(mark);
            }
            is_signed
        };
        if root.is_signed(key, is_signed) {
            Ok(())
        } else {
            Err(Fault::BadSignature { why: texts::not_this_keys() })
        }
    }

    fn knows(&self, mark: &Hash) -> bool {
        self.roots.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|roots| roots.contains(mark))
    }

    fn remember(&self, mark: Hash) {
        let mut generations = self.roots.lock().unwrap_or_else(PoisonError::into_inner);
        let [current, previous] = &mut *generations;
        if current.len() >= ROOTS {
            *previous = mem::take(current);
        }
        current.insert(mark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch;
    use crate::key::SigningKey;

    #[test]
    fn a_known_root_vouches_for_its_own_messages_only() {
        let key = SigningKey::in_memory([5; 32]);
        let bases: Vec<String> = (0..4).map(|n| format!("\"@signature-params\": ({n})")).collect();
        let salted: Vec<_> = bases.iter().map(|base| (base.as_bytes(), [1; batch::SALT_BYTES])).collect();
        for form in [Form::Plain, Form::Hybrid] {
            check_one(form, &key, &bases, &salted);
        }
    }

    fn check_one(
        form: Form,
        key: &SigningKey,
        bases: &[String],
        salted: &[(&[u8], [u8; batch::SALT_BYTES])],
    ) {
        let proofs = batch::sign(key, form, salted);
        let signed =
            |base: &str, at: usize| Signed::from_record(base.to_owned(), proofs[at].to_bytes()).unwrap();
        let verifier = Verifier::default();
        for (at, base) in bases.iter().enumerate() {
            assert_eq!(verifier.check(&signed(base, at), form.alg(), &key.public()), Ok(()));
        }
        let other = verifier.check(&signed("\"@signature-params\": (9)", 0), form.alg(), &key.public());
        assert!(matches!(other, Err(Fault::BadSignature { .. })));
        let stranger = SigningKey::in_memory([6; 32]).public();
        assert!(verifier.check(&signed(&bases[0], 0), form.alg(), &stranger).is_err());
        let other = if form == Form::Plain { Form::Hybrid } else { Form::Plain };
        for alg in [batch::ALONE, other.alg()] {
            assert!(verifier.check(&signed(&bases[0], 0), alg, &key.public()).is_err(), "{form:?} as {alg}");
        }
    }
}
