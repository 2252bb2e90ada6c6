//! How many values two parties have in common, counted by somebody to whom neither shows one.
//!
//! Each makes a point of a group (ristretto255, RFC 9496) of each of its values and covers it: multiplies it by a secret number, drawn for this
//! question alone. What one has covered the other covers once more, and whoever compares what both have covered counts what is equal: the
//! order of the two does not matter (C. Meadows, 1986; Huberman, Franklin and Hogg, 1999). A covered value tells nothing to whoever does not
//! have the number, not even whether it is that of somebody whom they name: they cannot cover that one (decisional Diffie-Hellman).
//!
//! Where there are many values only a sample is covered: those whose digest begins with so many zeros. Which those are follows from question and
//! value, so both take the same ones.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA512, digest};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use model::id::{NodeId, ServiceId};
use serde::{Deserialize, Serialize};

use crate::key::PublicKey;
use crate::signer::random;

/// The form of what nodes hand to the hub. Another one is refused by its number.
pub const FORM: u32 = 1;
/// What a node signs when it hands in a part stands before its bytes, so that the signature is good for nothing else.
pub const SIGNED_AS: &[u8] = b"lienthong overlap part, version 1\n";
/// Most values of a part: a sample of so many is known to a hundredth.
pub const POINTS_MAX: usize = 40_000;
/// Longest part: that many points in base64, and what stands beside them.
pub const PART_MAX_BYTES: usize = 2 * 1024 * 1024;
/// Bytes of a point.
const POINT: usize = 32;
/// What points of values are made of begins with this.
const DOMAIN: &[u8] = b"lienthong overlap, version 1\n";

/// What is covered: values, or what the other has covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Values of the dataset.
    Own,
    /// What the other side has covered.
    Again,
}

/// Which of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The first that the question names.
    A,
    /// The other.
    B,
}

impl Step {
    /// Its name in documents.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Again => "again",
        }
    }
}

impl Side {
    /// Its name in documents.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// What a node is asked to do for a question that both owners have agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The question.
    pub question: String,
    /// The dataset behind the node.
    pub service: ServiceId,
    /// Its field.
    pub field: String,
    /// Which side it is.
    pub side: Side,
    /// What to cover.
    pub step: Step,
    /// Values are taken whose digest begins with so many zeros.
    pub zeros: u32,
    /// The dataset of the other side.
    pub with: ServiceId,
    /// What the other side has covered, as its node has signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theirs: Option<Handed>,
}

/// A part as its node has handed it in, for whoever is to cover it once more: whoever covered whatever a hub sends would let the hub try on its own
/// values whatever the hub can name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    /// The part, as JSON.
    pub part: String,
    /// The key that it is signed by, by name.
    pub key: String,
    /// Its signature, in hexadecimal.
    pub signature: String,
}

impl Handed {
    /// What the other side of a task has covered, if the node `signer`, whose `key` it is, has signed that for this question.
    #[must_use]
    pub fn of_other_side(&self, task: &Task, signer: &NodeId, key: &PublicKey) -> Option<Points> {
        let signature = hex::decode(&self.signature).ok()?;
        if !key.verifies(&[SIGNED_AS, self.part.as_bytes()].concat(), &signature) {
            return None;
        }
        let part: Part = serde_json::from_str(&self.part).ok()?;
        let is_it = part.form == FORM
            && part.question == task.question
            && part.side == task.side.other()
            && part.step == Step::Own
            && part.node == *signer;
        is_it.then_some(part.points)
    }
}

/// What a node hands in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its form: [`FORM`].
    pub form: u32,
    /// The question.
    pub question: String,
    /// Who has covered them.
    pub node: NodeId,
    /// For which side.
    pub side: Side,
    /// What was covered.
    pub step: Step,
    /// The covered values, in the order of their bytes, so that their order tells nothing.
    pub points: Points,
}

/// Covered values, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Points(Vec<[u8; POINT]>);

/// The secret number of one side for one question.
pub struct Cover(Scalar);

impl Cover {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(Scalar::from_bytes_mod_order_wide(&random::<64>()))
    }

    /// To be kept until the second step.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; POINT] {
        self.0.to_bytes()
    }

    /// As it was kept.
    #[must_use]
    pub fn from_bytes(bytes: [u8; POINT]) -> Option<Self> {
        Option::from(Scalar::from_canonical_bytes(bytes)).map(Self)
    }

    /// Covers values.
    #[must_use]
    pub fn values<'a>(&self, question: &str, values: impl IntoIterator<Item = &'a str>) -> Points {
        let cover = |value: &str| (point(question, value) * self.0).compress().to_bytes();
        Points::of(values.into_iter().map(cover))
    }

    /// Covers once more what the other has covered. None: something of it is no point, or the one that multiplying leaves as it is.
    #[must_use]
    pub fn again(&self, points: &Points) -> Option<Points> {
        let cover = |bytes: &[u8; POINT]| {
            let point = CompressedRistretto(*bytes).decompress()?;
            (bytes != &[0; POINT]).then(|| (point * self.0).compress().to_bytes())
        };
        points.0.iter().map(cover).collect::<Option<Vec<_>>>().map(Points::of)
    }
}

fn point(question: &str, value: &str) -> RistrettoPoint {
    let digest = digest(&SHA512, &named(question, value));
    let mut bytes = [0; 64];
    bytes.copy_from_slice(digest.as_ref());
    RistrettoPoint::from_uniform_bytes(&bytes)
}

fn named(question: &str, value: &str) -> Vec<u8> {
    [DOMAIN, question.as_bytes(), b"\n", value.as_bytes()].concat()
}

/// Whether a value is of the sample of a question.
#[must_use]
pub fn is_sampled(question: &str, value: &str, zeros: u32) -> bool {
    let digest = crate::sha256(&named(question, value));
    let beginning = digest.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    beginning.leading_zeros() >= zeros
}

impl Points {
    fn of(points: impl IntoIterator<Item = [u8; POINT]>) -> Self {
        let unlike: BTreeSet<_> = points.into_iter().collect();
        Self(unlike.into_iter().collect())
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As they are kept.
    #[must_use]
    pub fn to_text(&self) -> String {
        BASE64_STANDARD.encode(self.0.as_flattened())
    }

    /// As they were kept or handed over. None: no points, or not in order, or too many.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = BASE64_STANDARD.decode(text).ok()?;
        let (points, rest) = bytes.as_chunks::<POINT>();
        let in_order = points.windows(2).all(|pair| matches!(pair, [one, other] if one < other));
        (rest.is_empty() && points.len() <= POINTS_MAX && in_order).then(|| Self(points.to_vec()))
    }

    /// How many of these are among others.
    #[must_use]
    pub fn in_common(&self, other: &Self) -> usize {
        self.0.iter().filter(|point| other.0.binary_search(point).is_ok()).count()
    }
}

impl Serialize for Points {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mistake = || serde::de::Error::custom("points are 32 bytes each, in order, and not too many");
        Self::from_text(&String::deserialize(from)?).ok_or_else(mistake)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Whatever both have, what is counted is what they have in common; and it is counted only of values that both have covered for the
        /// same question.
        #[test]
        fn what_both_have_covered_is_equal_where_their_values_are(
            one in prop::collection::btree_set("[a-c]{1,3}", 0..20),
            other in prop::collection::btree_set("[a-c]{1,3}", 0..20),
        ) {
            let (a, b) = (Cover::random(), Cover::random());
            let texts = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>();
            let (mine, theirs) = (texts(&one), texts(&other));
            let of_a = a.values("TR-1", mine.iter().map(String::as_str));
            let of_b = b.values("TR-1", theirs.iter().map(String::as_str));
            prop_assert_eq!((of_a.len(), of_b.len()), (one.len(), other.len()));
            let kept = Cover::from_bytes(a.to_bytes()).unwrap();
            let (ab, ba) = (b.again(&of_a).unwrap(), kept.again(&of_b).unwrap());
            prop_assert_eq!(ab.in_common(&ba), one.intersection(&other).count());
            // Covered once they have nothing in common with anything; for another question neither.
            prop_assert_eq!(of_a.in_common(&of_b), 0);
            let elsewhere = b.values("TR-2", theirs.iter().map(String::as_str));
            prop_assert_eq!(kept.again(&elsewhere).unwrap().in_common(&ab), 0);
            // They come back as they were handed over.
            let text = serde_json::to_string(&ab).unwrap();
            prop_assert_eq!(serde_json::from_str::<Points>(&text).unwrap(), ab);
        }

        #[test]
        fn what_is_no_point_is_refused_and_nothing_stops(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let text = serde_json::to_string(&BASE64_STANDARD.encode(&bytes)).unwrap();
            if let Ok(points) = serde_json::from_str::<Points>(&text) {
                let _ = Cover::random().again(&points);
            }
            let neutral = Points(vec![[0; POINT]]);
            prop_assert!(Cover::random().again(&neutral).is_none());
        }
    }

    /// What a hub makes up, takes from another question, side or step, or has signed by anybody else, is not covered.
    #[test]
    fn what_the_other_side_has_not_signed_for_this_question_is_not_covered() {
        let folder = tempfile::tempdir().unwrap();
        let key = |name: &str| crate::key::SigningKey::create(&folder.path().join(name)).unwrap().0;
        let (theirs, other) = (key("a"), key("b"));
        let node: NodeId = "VN/GOV/G15/nut-1".parse().unwrap();
        let task = Task {
            question: "TR-1".to_owned(),
            service: "VN/GOV/G01/dan-cu/nguoi".parse().unwrap(),
            field: "so".to_owned(),
            side: Side::A,
            step: Step::Again,
            zeros: 0,
            with: "VN/GOV/G15/ho-tich/khai-sinh".parse().unwrap(),
            theirs: None,
        };
        let points = Cover::random().values("TR-1", ["1", "2"]);
        let part = Part {
            form: FORM,
            question: "TR-1".to_owned(),
            node: node.clone(),
            side: Side::B,
            step: Step::Own,
            points: points.clone(),
        };
        let handed = |part: &Part, key: &crate::key::SigningKey, signed_as: &[u8]| {
            let part = serde_json::to_string(part).unwrap();
            let signature = crate::hex(&key.sign(&[signed_as, part.as_bytes()].concat()));
            Handed { part, key: "k".to_owned(), signature }
        };
        let is_taken = |handed: &Handed| handed.of_other_side(&task, &node, &theirs.public());
        let good = handed(&part, &theirs, SIGNED_AS);
        assert_eq!(is_taken(&good), Some(points));
        let of_others = [
            handed(&part, &other, SIGNED_AS),
            handed(&part, &theirs, b"lienthong report\n"),
            handed(&Part { question: "TR-2".to_owned(), ..part.clone() }, &theirs, SIGNED_AS),
            handed(&Part { side: Side::A, ..part.clone() }, &theirs, SIGNED_AS),
            handed(&Part { step: Step::Again, ..part.clone() }, &theirs, SIGNED_AS),
            handed(&Part { node: "VN/GOV/G15/nut-2".parse().unwrap(), ..part.clone() }, &theirs, SIGNED_AS),
            handed(&Part { form: FORM + 1, ..part.clone() }, &theirs, SIGNED_AS),
            Handed { part: good.part.replace("TR-1", "TR-1 "), ..good.clone() },
            Handed { signature: String::new(), ..good.clone() },
            Handed { part: "{}".to_owned(), ..good },
        ];
        for handed in of_others {
            assert_eq!(is_taken(&handed), None, "{handed:?}");
        }
    }

    #[test]
    fn both_take_the_same_sample_and_it_is_as_large_as_it_says() {
        let values: Vec<String> = (0..4096).map(|number| format!("0012{number:08}")).collect();
        for zeros in [0, 1, 4] {
            let taken = values.iter().filter(|value| is_sampled("TR-1", value, zeros)).count();
            let expected = 4096 >> zeros;
            assert!(taken.abs_diff(expected) * 5 <= expected, "{zeros}: {taken} of {expected}");
        }
        assert!(!is_sampled("TR-1", "x", 64));
    }
}
