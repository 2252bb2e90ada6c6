//! One signature for many messages: a Merkle tree over their signature bases, signed at its root.
//!
//! Every message carries a proof of its own and stays provable by itself. The form is written down for others in
//! `docs/signature-batches.md`, with vectors in `docs/signature-batches.json`.

use std::sync::{Arc, OnceLock};

use model::merkle::{self, Hash};

use crate::key::{ED25519_BYTES, HYBRID_BYTES, PublicKey, SigningKey};

/// The `alg` of a message signed in a batch. RFC 9421 leaves names outside its registry to those who agree on them.
pub const ALGORITHM: &str = "lienthong-ed25519-merkle-v1";
/// The `alg` of a message signed in a batch by both keys; one alone is a batch of one.
pub const HYBRID: &str = "lienthong-ed25519-mldsa44-merkle-v1";
/// The `alg` of a message signed alone (RFC 9421 section 3.3.6).
pub const ALONE: &str = "ed25519";
/// Most messages in a batch. A path of six hashes adds 256 bytes in base64; larger batches save next to nothing.
pub const LARGEST: usize = 64;
/// Random bytes before each base in its leaf, so that a path tells nothing about the messages beside it.
pub const SALT_BYTES: usize = 16;

const HEAD_BYTES: usize = SALT_BYTES + 8;

/// By which keys a batch is signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Form {
    /// By Ed25519.
    #[default]
    Plain,
    /// By Ed25519 and ML-DSA-44: both must be good.
    Hybrid,
}

impl Form {
    /// The `alg` of its messages.
    #[must_use]
    pub fn alg(self) -> &'static str {
        match self {
            Self::Plain => ALGORITHM,
            Self::Hybrid => HYBRID,
        }
    }

    /// That of an `alg`, if it is one of batches.
    #[must_use]
    pub fn of_alg(alg: &str) -> Option<Self> {
        [Self::Plain, Self::Hybrid].into_iter().find(|form| form.alg() == alg)
    }

    /// Bytes of a root's signature.
    #[must_use]
    pub fn signature_bytes(self) -> usize {
        match self {
            Self::Plain => ED25519_BYTES,
            Self::Hybrid => HYBRID_BYTES,
        }
    }

    fn sign(self, key: &SigningKey, statement: &[u8]) -> RootSignature {
        let bytes = match self {
            Self::Plain => key.sign(statement).as_slice().into(),
            Self::Hybrid => key.sign_with_both(statement).into(),
        };
        RootSignature { form: self, bytes }
    }
}

/// The signature of a batch's root. All messages of the batch have the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootSignature {
    form: Form,
    bytes: Arc<[u8]>,
}

impl RootSignature {
    /// By its bytes; `None` if they are too few or too many.
    #[must_use]
    pub fn new(form: Form, bytes: &[u8]) -> Option<Self> {
        (bytes.len() == form.signature_bytes()).then(|| Self { form, bytes: bytes.into() })
    }

    /// By which keys it was made.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether `key` made it over `statement`.
    pub(crate) fn is_of(&self, key: &PublicKey, statement: &[u8]) -> bool {
        match self.form {
            Form::Plain => key.verifies(statement, &self.bytes),
            Form::Hybrid => key.both_verify(statement, &self.bytes),
        }
    }
}

/// A message's own proof that it was in a signed batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchSignature {
    salt: [u8; SALT_BYTES],
    index: u32,
    size: u32,
    path: Vec<Hash>,
    root_signature: RootSignature,
}

/// Signs `bases` together. `salts` are fresh random bytes, one each.
#[must_use]
pub fn sign(key: &SigningKey, form: Form, bases: &[(&[u8], [u8; SALT_BYTES])]) -> Vec<BatchSignature> {
    let leaves: Vec<Hash> = bases.iter().map(|(base, salt)| merkle::leaf_hash(&[salt, base])).collect();
    let (root, paths) = merkle::root_and_paths(&leaves);
    let size = u32::try_from(bases.len()).unwrap_or(u32::MAX);
    let root_signature = form.sign(key, &statement(form, size, &root));
    let proofs = bases.iter().zip(paths).zip(0..).map(|(((_, salt), path), index)| BatchSignature {
        salt: *salt,
        index,
        size,
        path,
        root_signature: root_signature.clone(),
    });
    proofs.collect()
}

/// What the root's signature is over: the name of the form and a zero, the size (4 bytes, big-endian), the root.
#[must_use]
pub fn statement(form: Form, size: u32, root: &Hash) -> Vec<u8> {
    [form.alg().as_bytes(), &[0], &size.to_be_bytes(), root].concat()
}

impl BatchSignature {
    /// The bytes that stand in the `Signature` field: salt, index, size, path, the root's signature.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let root_signature = self.root_signature.as_bytes();
        let mut bytes = Vec::with_capacity(HEAD_BYTES + 32 * self.path.len() + root_signature.len());
        bytes.extend_from_slice(&self.salt);
        bytes.extend_from_slice(&self.index.to_be_bytes());
        bytes.extend_from_slice(&self.size.to_be_bytes());
        self.path.iter().for_each(|hash| bytes.extend_from_slice(hash));
        bytes.extend_from_slice(root_signature);
        bytes
    }

    /// Reads what [`BatchSignature::to_bytes`] wrote; `None` if the bytes have not that form. How many are left over beside whole hashes tells
    /// by which keys the root was signed; that it is what the message's `alg` says is for whoever checks it.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (salt, rest) = bytes.split_first_chunk::<SALT_BYTES>()?;
        let (index, rest) = rest.split_first_chunk::<4>()?;
        let (size, rest) = rest.split_first_chunk::<4>()?;
        let form = if rest.len() % 32 == HYBRID_BYTES % 32 { Form::Hybrid } else { Form::Plain };
        let (path, root_signature) =
            rest.len().checked_sub(form.signature_bytes()).and_then(|at| rest.split_at_checked(at))?;
        let root_signature = RootSignature::new(form, root_signature)?;
        let (hashes, odd) = path.as_chunks::<32>();
        // A tree of 2^32 leaves has paths of 32 hashes.
        (odd.is_empty() && hashes.len() <= 32).then(|| Self {
            salt: *salt,
            index: u32::from_be_bytes(*index),
            size: u32::from_be_bytes(*size),
            path: hashes.to_vec(),
            root_signature,
        })
    }

    /// What the root's signature must be over if `base` was the leaf; `None` if the path leads nowhere.
    #[must_use]
    pub fn statement_for(&self, base: &[u8]) -> Option<Vec<u8>> {
        let leaf = merkle::leaf_hash(&[&self.salt, base]);
        let root = merkle::root_from_path(leaf, self.index.into(), self.size.into(), &self.path)?;
        Some(statement(self.root_signature.form, self.size, &root))
    }

    /// The root's signature.
    #[must_use]
    pub fn root_signature(&self) -> &RootSignature {
        &self.root_signature
    }

    /// The message's place in the batch.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.index
    }

    /// The random bytes before the message's base in its leaf.
    #[must_use]
    pub fn salt(&self) -> &[u8; SALT_BYTES] {
        &self.salt
    }

    /// Whether `key` signed a batch with `base` in it.
    #[must_use]
    pub fn verifies(&self, key: &PublicKey, base: &[u8]) -> bool {
        self.statement_for(base).is_some_and(|statement| self.root_signature.is_of(key, &statement))
    }
}

/// What messages of one batch share when they travel together: the root's signature once, and in place of a path for each the hashes that
/// they do not give one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// Messages in the batch, not only here.
    pub size: u32,
    /// As [`merkle::lacking`] has them.
    pub hashes: Vec<Hash>,
    /// The root's signature.
    pub root_signature: RootSignature,
}

/// The root that messages of a batch have led to. Its signature is looked at once for all of them.
#[derive(Debug)]
pub struct Root {
    statement: Vec<u8>,
    signature: RootSignature,
    /// The key that was asked first, and whether it made the signature.
    asked: OnceLock<(Hash, bool)>,
}

impl Shared {
    /// What `proofs`, of one batch and ascending by index, share. `None` if they do not go together.
    #[must_use]
    pub fn of(proofs: &[&BatchSignature]) -> Option<Self> {
        let first = proofs.first()?;
        let is_one = |proof: &&BatchSignature| {
            proof.size == first.size && proof.root_signature == first.root_signature
        };
        let places: Vec<u64> = proofs.iter().map(|proof| proof.index.into()).collect();
        let paths: Vec<&[Hash]> = proofs.iter().map(|proof| proof.path.as_slice()).collect();
        let hashes =
            merkle::lacking(first.size.into(), &places, &paths).filter(|_| proofs.iter().all(is_one))?;
        Some(Self { size: first.size, hashes, root_signature: first.root_signature.clone() })
    }

    /// The root, and each message's own proof, from what travelled: index, salt and base, ascending by index. `None` if that leads nowhere.
    #[must_use]
    pub fn proofs(&self, messages: &[(u32, [u8; SALT_BYTES], &[u8])]) -> Option<(Root, Vec<BatchSignature>)> {
        let leaf = |(index, salt, base): &(u32, [u8; SALT_BYTES], &[u8])| {
            (u64::from(*index), merkle::leaf_hash(&[salt, base]))
        };
        let leaves: Vec<(u64, Hash)> = messages.iter().map(leaf).collect();
        let (root, paths) = merkle::root_from_leaves(self.size.into(), &leaves, &self.hashes)?;
        let proofs = messages.iter().zip(paths).map(|((index, salt, _), path)| BatchSignature {
            salt: *salt,
            index: *index,
            size: self.size,
            path,
            root_signature: self.root_signature.clone(),
        });
        let root = Root {
            statement: statement(self.root_signature.form, self.size, &root),
            signature: self.root_signature.clone(),
            asked: OnceLock::new(),
        };
        Some((root, proofs.collect()))
    }
}

impl Root {
    /// What its signature is over.
    #[must_use]
    pub fn statement(&self) -> &[u8] {
        &self.statement
    }

    /// Its signature.
    #[must_use]
    pub fn signature(&self) -> &RootSignature {
        &self.signature
    }

    /// Whether `key` signed it; `look` is asked once for the key that is asked for first.
    pub(crate) fn is_signed(&self, key: &PublicKey, look: impl Fn() -> bool) -> bool {
        let (asked, is_signed) = self.asked.get_or_init(|| (*key.mark(), look()));
        if asked == key.mark() { *is_signed } else { look() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form() -> impl Strategy<Value = Form> {
        prop_oneof![Just(Form::Plain), Just(Form::Hybrid)]
    }

    fn signed(form: Form, count: u8) -> (PublicKey, Vec<Vec<u8>>, Vec<BatchSignature>) {
        let key = SigningKey::in_memory([7; 32]);
        let bases: Vec<Vec<u8>> =
            (0..count).map(|n| format!("\"@method\": GET\nmessage {n}").into_bytes()).collect();
        let salted: Vec<_> =
            bases.iter().zip(0..).map(|(base, n)| (base.as_slice(), [n; SALT_BYTES])).collect();
        let proofs = sign(&key, form, &salted);
        (key.public(), bases, proofs)
    }

    proptest! {
        #[test]
        fn each_message_is_provable_by_itself(form in form(), count in 1u8..=64, pick in 0usize..64) {
            let (key, bases, proofs) = signed(form, count);
            let pick = pick % bases.len();
            let proof = BatchSignature::from_bytes(&proofs[pick].to_bytes()).unwrap();
            prop_assert!(proof.verifies(&key, &bases[pick]));
            prop_assert!(!proof.verifies(&key, b"another"));
            prop_assert!(!proof.verifies(&SigningKey::in_memory([8; 32]).public(), &bases[pick]));
        }

        #[test]
        fn a_changed_bit_is_noticed(form in form(), count in 1u8..=20, pick in 0usize..20, bit in 0usize..50_000) {
            let (key, bases, proofs) = signed(form, count);
            let pick = pick % bases.len();
            let mut bytes = proofs[pick].to_bytes();
            let bit = bit % (bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!BatchSignature::from_bytes(&bytes).is_some_and(|proof| proof.verifies(&key, &bases[pick])));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..400),
            (0usize..12).prop_flat_map(|hashes| prop::collection::vec(any::<u8>(), HEAD_BYTES + 32 * hashes + HYBRID_BYTES)),
        ]) {
            if let Some(proof) = BatchSignature::from_bytes(&bytes) {
                prop_assert_eq!(proof.to_bytes(), bytes);
            }
        }

        #[test]
        fn messages_that_travel_together_keep_their_own_proofs(
            form in form(), count in 1u8..=64, picks in prop::collection::btree_set(0usize..64, 1..64), bit in any::<usize>(),
        ) {
            let (key, bases, proofs) = signed(form, count);
            let picks: std::collections::BTreeSet<usize> = picks.iter().map(|pick| pick % bases.len()).collect();
            let together: Vec<&BatchSignature> = picks.iter().map(|pick| &proofs[*pick]).collect();
            let mut shared = Shared::of(&together).unwrap();
            let messages: Vec<_> = together.iter().zip(&picks).map(|(proof, pick)| (proof.index, proof.salt, bases[*pick].as_slice())).collect();
            let (root, apart) = shared.proofs(&messages).unwrap();
            let verifier = crate::verifier::Verifier::default();
            prop_assert!(verifier.check_root(&root, &key).is_ok());
            let stranger = SigningKey::in_memory([8; 32]).public();
            prop_assert!(verifier.check_root(&root, &stranger).is_err() && verifier.check_root(&root, &key).is_ok());
            for (proof, own) in apart.iter().zip(together) {
                prop_assert_eq!(proof, own);
            }
            // Whatever is changed of what they share, or of one of them, speaks against all.
            match bit % 3 {
                0 => {
                    let mut bytes = shared.root_signature.as_bytes().to_vec();
                    let at = bit / 8 % bytes.len();
                    bytes[at] ^= 1 << (bit % 8);
                    shared.root_signature = RootSignature::new(form, &bytes).unwrap();
                }
                1 if !shared.hashes.is_empty() => { let at = bit % shared.hashes.len(); shared.hashes[at][bit / 8 % 32] ^= 1; }
                _ => shared.size += 64,
            }
            prop_assert!(shared.proofs(&messages).is_none_or(|(root, _)| verifier.check_root(&root, &key).is_err()));
        }
    }

    /// Law: of a signature by both keys neither half counts alone, nor with another's half, nor in the place of the plain one.
    #[test]
    fn both_halves_of_a_hybrid_signature_must_be_good() {
        let (key, bases, hybrid) = signed(Form::Hybrid, 3);
        let (_, _, plain) = signed(Form::Plain, 3);
        let other = sign(&SigningKey::in_memory([8; 32]), Form::Hybrid, &[(&bases[1], [1; SALT_BYTES])]);
        let with = |form: Form, bytes: &[u8]| BatchSignature {
            root_signature: RootSignature::new(form, bytes).unwrap(),
            ..hybrid[1].clone()
        };
        let halves = |proof: &BatchSignature| {
            let (one, two) = proof.root_signature.as_bytes().split_at(ED25519_BYTES);
            (one.to_vec(), two.to_vec())
        };
        let ((one, two), (others_one, others_two)) = (halves(&hybrid[1]), halves(&other[0]));
        assert!(hybrid[1].verifies(&key, &bases[1]));
        for (what, ed25519, ml_dsa) in [
            ("another's second half", &one, &others_two),
            ("another's first half", &others_one, &two),
            ("the plain form's first half", &halves(&plain[1]).0, &two),
            ("no second half", &one, &vec![0; HYBRID_BYTES - ED25519_BYTES]),
            ("no first half", &vec![0; ED25519_BYTES], &two),
        ] {
            let bytes = [ed25519.as_slice(), ml_dsa].concat();
            assert!(!with(Form::Hybrid, &bytes).verifies(&key, &bases[1]), "{what}");
        }
        assert!(!with(Form::Plain, &one).verifies(&key, &bases[1]), "the first half as the plain form");
        // A key of which no certificate names the second half makes no such signature.
        assert!(!hybrid[1].verifies(&PublicKey::from_bytes(*key.as_bytes()), &bases[1]));
    }
}
