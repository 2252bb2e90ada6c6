//! What a ledger keeps: exchanges with both signatures, intents, refusals, and the keys that others sign with.

use jiff::Timestamp;

use crate::phrases;

/// An entry fits a tile of C2SP tlog-tiles: 16-bit length.
pub const MAX_BYTES: usize = 65_535;

/// Which end of an exchange the node was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// It asked.
    Consumer,
    /// It answered.
    Provider,
}

/// A signed message without its body: what the signature is over, and the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The RFC 9421 signature base.
    pub base: String,
    /// The signature's bytes.
    pub signature: Vec<u8>,
}

/// What one record of a segment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A key that entries behind this one are signed with: its name, and its certificate as its owner handed it in.
    Key {
        /// The key's name in signatures.
        keyid: String,
        /// The certificate (DER). Opaque here.
        certificate: Vec<u8>,
    },
    /// A request that was recorded before what it asks for began: before the provider's system saw what may change something, or before
    /// the first byte of an answer left that is too long to be recorded first.
    Intent {
        /// When it was recorded.
        at: Timestamp,
        /// What the consumer signed.
        request: Proof,
    },
    /// A request and its answer.
    Exchange {
        /// When it was recorded.
        at: Timestamp,
        /// Which end this is.
        side: Side,
        /// What the consumer signed.
        request: Proof,
        /// What the provider signed, bound to the request.
        answer: Proof,
    },
    /// A request that ended without an answer. At the consumer: refused here, or the other side did not answer. At the provider: an
    /// answer of which only a part was sent.
    Refusal {
        /// When it was recorded.
        at: Timestamp,
        /// Which end this is.
        side: Side,
        /// The fault's code, `LT-2104`.
        fault: String,
        /// Who asked for what and what for, one `name: value` a line; at the consumer also the officer (`user`), the `case` and the `id` of
        /// the message, if the call named them. Of an answer that broke off also the `peer` that asked and how many bytes were `sent`.
        call: String,
        /// The request, if it had been signed.
        request: Option<Proof>,
    },
}

impl Entry {
    /// The entry's bytes: what is hashed, kept and proven.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1024);
        match self {
            Self::Key { keyid, certificate } => {
                out.push(1);
                put_text(&mut out, keyid);
                put_bytes(&mut out, certificate);
            }
            Self::Intent { at, request } => {
                out.push(2);
                put_time(&mut out, *at);
                put_proof(&mut out, request, &[]);
            }
            Self::Exchange { at, side, request, answer } => {
                out.push(if *side == Side::Consumer { 3 } else { 4 });
                put_time(&mut out, *at);
                put_proof(&mut out, request, &[]);
                put_proof(&mut out, answer, &request.signature);
            }
            Self::Refusal { at, side, fault, call, request } => {
                out.push(if *side == Side::Consumer { 5 } else { 6 });
                put_time(&mut out, *at);
                put_text(&mut out, fault);
                put_text(&mut out, call);
                if let Some(request) = request {
                    put_proof(&mut out, request, &[]);
                }
            }
        }
        out
    }

    /// How many bytes were sent, at most, of an answer that broke off.
    #[must_use]
    pub fn sent(&self) -> Option<u64> {
        match self {
            Self::Refusal { side: Side::Provider, call, .. } => {
                call.lines().find_map(|line| line.strip_prefix("sent: ")?.parse().ok())
            }
            _ => None,
        }
    }

    /// Reads what [`Entry::encode`] wrote; `None` if the bytes are no entry.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        Self::read(bytes, true)
    }

    /// The same without signatures, and without the request's in the answer's base: what an entry says is all there, at half the cost.
    pub(crate) fn skim(bytes: &[u8]) -> Option<Self> {
        Self::read(bytes, false)
    }

    fn read(bytes: &[u8], whole: bool) -> Option<Self> {
        let take_proof = |rest: &mut &[u8], bound_to: &[u8]| take_proof(rest, bound_to, whole);
        let (kind, mut rest) = bytes.split_first()?;
        let rest = &mut rest;
        let side = |consumer| if *kind == consumer { Side::Consumer } else { Side::Provider };
        let entry = match kind {
            1 => Self::Key { keyid: take_text(rest)?, certificate: take_bytes(rest)?.to_vec() },
            2 => Self::Intent { at: take_time(rest)?, request: take_proof(rest, &[])? },
            3 | 4 => {
                let at = take_time(rest)?;
                let request = take_proof(rest, &[])?;
                let answer = take_proof(rest, &request.signature)?;
                Self::Exchange { at, side: side(3), request, answer }
            }
            5 | 6 => Self::Refusal {
                at: take_time(rest)?,
                side: side(5),
                fault: take_text(rest)?,
                call: take_text(rest)?,
                request: if rest.is_empty() { None } else { Some(take_proof(rest, &[])?) },
            },
            _ => return None,
        };
        rest.is_empty().then_some(entry)
    }
}

/// Lengths take one byte below 128, as in LEB128.
fn put_length(out: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        out.push(u8::try_from(length & 0x7f).unwrap_or_default() | 0x80);
        length >>= 7;
    }
    out.push(u8::try_from(length).unwrap_or_default());
}

fn take_length(rest: &mut &[u8]) -> Option<usize> {
    let mut length = 0;
    for shift in [0, 7, 14, 21] {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(length);
        }
    }
    None
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_length(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn take_bytes<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take_length(rest)?;
    let (bytes, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(bytes)
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_bytes(out, text.as_bytes());
}

fn take_text(rest: &mut &[u8]) -> Option<String> {
    String::from_utf8(take_bytes(rest)?.to_vec()).ok()
}

fn put_time(out: &mut Vec<u8>, at: Timestamp) {
    out.extend_from_slice(&at.as_microsecond().to_be_bytes());
}

fn take_time(rest: &mut &[u8]) -> Option<Timestamp> {
    let (bytes, after) = rest.split_first_chunk::<8>()?;
    *rest = after;
    Timestamp::from_microsecond(i64::from_be_bytes(*bytes)).ok()
}

/// The answer's base repeats the request's signature in base64; in its place stands one byte that no HTTP field holds.
const BOUND: char = '\u{1}';
/// Where it does: the line that binds an answer to its request (RFC 9421 section 2.4).
const BINDING: &str = "\"signature\";req;key=\"lt\": ";

/// How a proof's base is written.
const PLAIN: u8 = 0;
const SHORT: u8 = 1;
const SHORT_AND_BOUND: u8 = 2;

fn put_proof(out: &mut Vec<u8>, proof: &Proof, bound_to: &[u8]) {
    let base = proof.base.as_str();
    let short = match around(base, bound_to) {
        Some((before, after)) => {
            phrases::shorten(before).zip(phrases::shorten(after)).map(|(mut short, after)| {
                short.push(BOUND as u8);
                short.extend(after);
                (SHORT_AND_BOUND, short)
            })
        }
        None => phrases::shorten(base).map(|short| (SHORT, short)),
    };
    if let Some((flag, short)) = short {
        out.push(flag);
        put_bytes(out, &short);
    } else {
        out.push(PLAIN);
        put_text(out, base);
    }
    put_bytes(out, &proof.signature);
}

/// What stands before and behind the request's signature in an answer's base.
fn around<'a>(base: &'a str, bound_to: &[u8]) -> Option<(&'a str, &'a str)> {
    // A base that holds the mark itself could not be told from one in which it stands for something.
    if bound_to.is_empty() || base.contains(BOUND) {
        return None;
    }
    let (before, _) = base.split_once(BINDING)?;
    let (before, rest) = base.split_at_checked(before.len() + BINDING.len())?;
    Some((before, rest.strip_prefix(bound_value(bound_to)?.as_str())?))
}

fn take_proof(rest: &mut &[u8], bound_to: &[u8], whole: bool) -> Option<Proof> {
    let (flag, after) = rest.split_first()?;
    *rest = after;
    let base = match *flag {
        PLAIN => take_text(rest)?,
        SHORT => phrases::restore(take_bytes(rest)?)?,
        SHORT_AND_BOUND if whole => {
            phrases::restore(take_bytes(rest)?)?.replacen(BOUND, &bound_value(bound_to)?, 1)
        }
        SHORT_AND_BOUND => phrases::restore(take_bytes(rest)?)?,
        _ => return None,
    };
    let signature = take_bytes(rest)?;
    Some(Proof { base, signature: if whole { signature.to_vec() } else { Vec::new() } })
}

/// A signature as an answer covers it: `:base64:`.
fn bound_value(signature: &[u8]) -> Option<String> {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    (!signature.is_empty()).then(|| format!(":{}:", BASE64_STANDARD.encode(signature)))
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn any_entry() -> impl Strategy<Value = Entry> {
        let time =
            (0i64..4_000_000_000_000_000).prop_map(|micro| Timestamp::from_microsecond(micro).unwrap());
        let side = prop_oneof![Just(Side::Consumer), Just(Side::Provider)];
        let proof = || {
            ("[ -~\n]{0,200}|\\PC{0,50}|[\u{1}a]{0,5}", prop::collection::vec(any::<u8>(), 0..100))
                .prop_map(|(base, signature)| Proof { base, signature })
        };
        prop_oneof![
            ("\\PC{0,40}", prop::collection::vec(any::<u8>(), 0..500))
                .prop_map(|(keyid, certificate)| Entry::Key { keyid, certificate }),
            (time.clone(), proof()).prop_map(|(at, request)| Entry::Intent { at, request }),
            (time.clone(), side.clone(), proof(), proof(), any::<bool>()).prop_map(
                |(at, side, request, mut answer, bound)| {
                    if let Some(value) = bound_value(&request.signature).filter(|_| bound) {
                        answer.base.push_str(BINDING);
                        answer.base.push_str(&value);
                    }
                    Entry::Exchange { at, side, request, answer }
                }
            ),
            (time, side, "LT-[0-9]{4}", "\\PC{0,80}", prop::option::of(proof())).prop_map(
                |(at, side, fault, call, request)| Entry::Refusal { at, side, fault, call, request }
            ),
        ]
    }

    proptest! {
        #[test]
        fn entries_come_back_as_they_were(entry in any_entry()) {
            prop_assert_eq!(Entry::decode(&entry.encode()), Some(entry));
        }

        #[test]
        fn what_an_entry_says_is_all_there_without_its_signatures(entry in any_entry()) {
            let skimmed = Entry::skim(&entry.encode()).unwrap();
            let terms = |entry: &Entry| {
                let mut terms = Vec::new();
                if let Some(facts) = crate::Facts::of(entry) {
                    facts.terms(|field, value| terms.push((field, value.to_owned())));
                }
                terms
            };
            prop_assert_eq!(terms(&skimmed), terms(&entry));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Entry::decode(&bytes);
            let _ = Entry::skim(&bytes);
        }
    }
}
