//! One signature for many messages: a Merkle tree over their signature bases, signed at its root.
//!
//! Every message carries a proof of its own and stays provable by itself. The form is written down for others in
//! `docs/signature-batches.md`, with vectors in `docs/signature-batches.json`.

use std::sync::OnceLock;

use model::merkle::{self, Hash};

use crate::key::{PublicKey, SigningKey};

/// The `alg` of a message signed in a batch. RFC 9421 leaves names outside its registry to those who agree on them.
pub const ALGORITHM: &str = "lienthong-ed25519-merkle-v1";
/// The `alg` of a message signed alone (RFC 9421 section 3.3.6).
pub const ALONE: &str = "ed25519";
/// Most messages in a batch. A path of six hashes adds 256 bytes in base64; larger batches save next to nothing.
pub const LARGEST: usize = 64;
/// Random bytes before each base in its leaf, so that a path tells nothing about the messages beside it.
pub const SALT_BYTES: usize = 16;

const CONTEXT: &[u8] = b"lienthong-ed25519-merkle-v1\0";
const HEAD_BYTES: usize = SALT_BYTES + 8;
/// Bytes of the root's signature.
pub const ROOT_SIGNATURE_BYTES: usize = 64;

/// A message's own proof that it was in a signed batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchSignature {
    salt: [u8; SALT_BYTES],
    index: u32,
    size: u32,
    path: Vec<Hash>,
    root_signature: [u8; ROOT_SIGNATURE_BYTES],
}

/// Signs `bases` together. `salts` are fresh random bytes, one each.
#[must_use]
pub fn sign(key: &SigningKey, bases: &[(&[u8], [u8; SALT_BYTES])]) -> Vec<BatchSignature> {
    let leaves: Vec<Hash> = bases.iter().map(|(base, salt)| merkle::leaf_hash(&[salt, base])).collect();
    let (root, paths) = merkle::root_and_paths(&leaves);
    let size = u32::try_from(bases.len()).unwrap_or(u32::MAX);
    let root_signature = key.sign(&statement(size, &root));
    let proofs = bases.iter().zip(paths).zip(0..);
    proofs
        .map(|(((_, salt), path), index)| BatchSignature { salt: *salt, index, size, path, root_signature })
        .collect()
}

/// What the root's signature is over: a name of the form, the size (4 bytes, big-endian), the root.
#[must_use]
pub fn statement(size: u32, root: &Hash) -> Vec<u8> {
    [CONTEXT, &size.to_be_bytes(), root].concat()
}

impl BatchSignature {
    /// The bytes that stand in the `Signature` field: salt, index, size, path, the root's signature.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + 32 * self.path.len() + ROOT_SIGNATURE_BYTES);
        bytes.extend_from_slice(&self.salt);
        bytes.extend_from_slice(&self.index.to_be_bytes());
        bytes.extend_from_slice(&self.size.to_be_bytes());
        self.path.iter().for_each(|hash| bytes.extend_from_slice(hash));
        bytes.extend_from_slice(&self.root_signature);
        bytes
    }

    /// Reads what [`BatchSignature::to_bytes`] wrote; `None` if the bytes have not that form.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (salt, rest) = bytes.split_first_chunk::<SALT_BYTES>()?;
        let (index, rest) = rest.split_first_chunk::<4>()?;
        let (size, rest) = rest.split_first_chunk::<4>()?;
        let (path, root_signature) = rest.split_last_chunk::<ROOT_SIGNATURE_BYTES>()?;
        let (hashes, odd) = path.as_chunks::<32>();
        // A tree of 2^32 leaves has paths of 32 hashes.
        (odd.is_empty() && hashes.len() <= 32).then(|| Self {
            salt: *salt,
            index: u32::from_be_bytes(*index),
            size: u32::from_be_bytes(*size),
            path: hashes.to_vec(),
            root_signature: *root_signature,
        })
    }

    /// What the root's signature must be over if `base` was the leaf; `None` if the path leads nowhere.
    #[must_use]
    pub fn statement_for(&self, base: &[u8]) -> Option<Vec<u8>> {
        let leaf = merkle::leaf_hash(&[&self.salt, base]);
        let root = merkle::root_from_path(leaf, self.index.into(), self.size.into(), &self.path)?;
        Some(statement(self.size, &root))
    }

    /// The root's signature.
    #[must_use]
    pub fn root_signature(&self) -> &[u8; ROOT_SIGNATURE_BYTES] {
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
        self.statement_for(base).is_some_and(|statement| key.verifies(&statement, &self.root_signature))
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
    pub root_signature: [u8; ROOT_SIGNATURE_BYTES],
}

/// The root that messages of a batch have led to. Its signature is looked at once for all of them.
#[derive(Debug)]
pub struct Root {
    statement: Vec<u8>,
    signature: [u8; ROOT_SIGNATURE_BYTES],
    /// The key that was asked first, and whether it made the signature.
    asked: OnceLock<([u8; 32], bool)>,
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
        Some(Self { size: first.size, hashes, root_signature: first.root_signature })
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
            root_signature: self.root_signature,
        });
        let root = Root {
            statement: statement(self.size, &root),
            signature: self.root_signature,
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
    pub fn signature(&self) -> &[u8; ROOT_SIGNATURE_BYTES] {
        &self.signature
    }

    /// Whether `key` signed it; `look` is asked once for the key that is asked for first.
    pub(crate) fn is_signed(&self, key: &PublicKey, look: impl Fn() -> bool) -> bool {
        let (asked, is_signed) = self.asked.get_or_init(|| (*key.as_bytes(), look()));
        if asked == key.as_bytes() { *is_signed } else { look() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signed(count: u8) -> (PublicKey, Vec<Vec<u8>>, Vec<BatchSignature>) {
        let key = SigningKey::in_memory([7; 32]);
        let bases: Vec<Vec<u8>> =
            (0..count).map(|n| format!("\"@method\": GET\nmessage {n}").into_bytes()).collect();
        let salted: Vec<_> =
            bases.iter().zip(0..).map(|(base, n)| (base.as_slice(), [n; SALT_BYTES])).collect();
        let proofs = sign(&key, &salted);
        (key.public(), bases, proofs)
    }

    proptest! {
        #[test]
        fn each_message_is_provable_by_itself(count in 1u8..=64, pick in 0usize..64) {
            let (key, bases, proofs) = signed(count);
            let pick = pick % bases.len();
            let proof = BatchSignature::from_bytes(&proofs[pick].to_bytes()).unwrap();
            prop_assert!(proof.verifies(&key, &bases[pick]));
            prop_assert!(!proof.verifies(&key, b"another"));
            prop_assert!(!proof.verifies(&SigningKey::in_memory([8; 32]).public(), &bases[pick]));
        }

        #[test]
        fn a_changed_bit_is_noticed(count in 1u8..=20, pick in 0usize..20, bit in 0usize..5000) {
            let (key, bases, proofs) = signed(count);
            let pick = pick % bases.len();
            let mut bytes = proofs[pick].to_bytes();
            let bit = bit % (bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!BatchSignature::from_bytes(&bytes).is_some_and(|proof| proof.verifies(&key, &bases[pick])));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Some(proof) = BatchSignature::from_bytes(&bytes) {
                prop_assert_eq!(proof.to_bytes(), bytes);
            }
        }

        #[test]
        fn messages_that_travel_together_keep_their_own_proofs(
            count in 1u8..=64, picks in prop::collection::btree_set(0usize..64, 1..64), bit in any::<usize>(),
        ) {
            let (key, bases, proofs) = signed(count);
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
                0 => shared.root_signature[bit / 8 % 64] ^= 1 << (bit % 8),
                1 if !shared.hashes.is_empty() => { let at = bit % shared.hashes.len(); shared.hashes[at][bit / 8 % 32] ^= 1; }
                _ => shared.size += 64,
            }
            prop_assert!(shared.proofs(&messages).is_none_or(|(root, _)| verifier.check_root(&root, &key).is_err()));
        }
    }
}
