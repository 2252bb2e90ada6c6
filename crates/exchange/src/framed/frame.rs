//! Frames as bytes: a length, a kind, and what it holds. Integers are unsigned, big-endian.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use model::merkle::Hash;
use trust::batch::{Form, LARGEST, RootSignature, SALT_BYTES, Shared};

use crate::framed::{DATA_BYTES, FRAME_BYTES, INLINE_BYTES};
use crate::headers;

/// What stands before a frame: its length without this, and its kind.
pub(super) const HEADER_BYTES: usize = 5;

/// Longest reason that a leaving side gives.
const LEAVE_BYTES: usize = 1024;

/// A frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Frame {
    /// Messages of one batch, or one that was signed alone.
    Signed(Group),
    /// A message whose signature stands behind its body or among its headers, or which has none.
    Plain(Message),
    /// A part of a long body.
    Data(u32, Bytes),
    /// The end of a long body, with its trailers.
    End(u32, HeaderMap),
    /// So many more parts of a long body are taken.
    Credit(u32, u16),
    /// No more of a long body is wanted.
    Stop(u32),
    /// A stream or a body ends early.
    Reset(u32, Why),
    /// Are you there?
    Ping,
    /// Yes.
    Pong,
    /// Nothing new is taken here, and why.
    Leave(String),
}

/// What it means that a stream ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Of a request: nobody waits for its answer, and no more of it comes. Of an answer: the request was not looked at.
    Void,
    /// Of a request: no more of its body comes. Of an answer: there is none, or no more of it.
    Broken,
}

/// Messages that were signed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// The batch; with a size of 0, the signature of the one message that is there.
    pub(super) shared: Shared,
    /// Ascending by index.
    pub(super) messages: Vec<(Place, Message)>,
}

/// A message's place in its batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) index: u32,
    pub(super) salt: [u8; SALT_BYTES],
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) stream: u32,
    /// Its head as `trust::message::head` has it.
    pub(super) head: String,
    /// Headers that do not stand in the head.
    pub(super) headers: HeaderMap,
    pub(super) body: MessageBody,
}

/// A message's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MessageBody {
    /// It is here.
    Inline(Bytes),
    /// It follows in frames of its own.
    Follows,
}

impl Message {
    /// Bytes that it takes, at most.
    pub(super) fn bytes(&self) -> usize {
        let headers: usize =
            self.headers.iter().map(|(name, value)| 4 + name.as_str().len() + value.len()).sum();
        let body = if let MessageBody::Inline(body) = &self.body { body.len() } else { 0 };
        40 + self.head.len() + headers + body
    }
}

impl Group {
    /// Appends a frame of messages that were signed together.
    pub(super) fn put(out: &mut BytesMut, shared: &Shared, messages: &[(Place, &Message)]) {
        let kind = match shared.root_signature.form() {
            Form::Plain => 1,
            Form::Hybrid => 11,
        };
        framed(out, kind, |out| {
            out.put_u32(shared.size);
            out.put_slice(shared.root_signature.as_bytes());
            put_length(out, shared.hashes.len());
            shared.hashes.iter().for_each(|hash| out.put_slice(hash));
            put_length(out, messages.len());
            for (place, message) in messages {
                out.put_u32(place.index);
                out.put_slice(&place.salt);
                put_message(out, message);
            }
        });
    }
}

impl Frame {
    /// Appends its bytes.
    pub(super) fn put(&self, out: &mut BytesMut) {
        match self {
            Self::Signed(Group { shared, messages }) => {
                let messages: Vec<_> = messages.iter().map(|(place, message)| (*place, message)).collect();
                Group::put(out, shared, &messages);
            }
            Self::Plain(message) => framed(out, 2, |out| put_message(out, message)),
            Self::Data(stream, data) => framed(out, 3, |out| {
                out.put_u32(*stream);
                out.put_slice(data);
            }),
            Self::End(stream, trailers) => framed(out, 4, |out| {
                out.put_u32(*stream);
                put_headers(out, trailers);
            }),
            Self::Credit(stream, parts) => framed(out, 5, |out| {
                out.put_u32(*stream);
                out.put_u16(*parts);
            }),
            Self::Stop(stream) => framed(out, 6, |out| out.put_u32(*stream)),
            Self::Reset(stream, why) => framed(out, 7, |out| {
                out.put_u32(*stream);
                out.put_u8(u8::from(*why == Why::Broken));
            }),
            Self::Ping => framed(out, 8, |_| {}),
            Self::Pong => framed(out, 9, |_| {}),
            Self::Leave(why) => framed(out, 10, |out| out.put_slice(why.as_bytes())),
        }
    }

    /// Reads a frame of `kind`, whole. `None` if it is none.
    pub(super) fn read(kind: u8, bytes: Bytes) -> Option<Self> {
        let mut rest = bytes;
        let rest = &mut rest;
        let frame = match kind {
            1 => Self::Signed(take_group(rest, Form::Plain)?),
            2 => Self::Plain(take_message(rest)?),
            3 => {
                let stream = rest.try_get_u32().ok()?;
                let data = take(rest, rest.len())?;
                if data.is_empty() || data.len() > DATA_BYTES {
                    return None;
                }
                Self::Data(stream, data)
            }
            4 => Self::End(rest.try_get_u32().ok()?, take_headers(rest)?),
            5 => Self::Credit(rest.try_get_u32().ok()?, rest.try_get_u16().ok()?),
            6 => Self::Stop(rest.try_get_u32().ok()?),
            7 => {
                let stream = rest.try_get_u32().ok()?;
                let why = match rest.try_get_u8().ok()? {
                    0 => Why::Void,
                    1 => Why::Broken,
                    _ => return None,
                };
                Self::Reset(stream, why)
            }
            8 => Self::Ping,
            9 => Self::Pong,
            11 => Self::Signed(take_group(rest, Form::Hybrid)?),
            10 => Self::Leave(String::from_utf8(take(rest, rest.len().min(LEAVE_BYTES))?.to_vec()).ok()?),
            _ => return None,
        };
        rest.is_empty().then_some(frame)
    }

    /// The length and the kind of a frame. `None` if it is too long.
    pub(super) fn header(mut bytes: [u8; HEADER_BYTES]) -> Option<(usize, u8)> {
        let mut bytes = bytes.as_mut_slice() as &[u8];
        let length = usize::try_from(bytes.get_u32()).ok().filter(|length| *length <= FRAME_BYTES)?;
        Some((length, bytes.get_u8()))
    }
}

/// Lengths fit by construction: what is longer was not let in.
fn put_length(out: &mut BytesMut, length: usize) {
    out.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
}

/// Appends a frame of `kind` with what `put` writes.
fn framed(out: &mut BytesMut, kind: u8, put: impl FnOnce(&mut BytesMut)) {
    let begin = out.len();
    out.put_u32(0);
    out.put_u8(kind);
    put(out);
    let length = u32::try_from(out.len() - begin - HEADER_BYTES).unwrap_or(u32::MAX);
    if let Some(place) = out.get_mut(begin..begin + 4) {
        place.copy_from_slice(&length.to_be_bytes());
    }
}

fn take_group(rest: &mut Bytes, form: Form) -> Option<Group> {
    let size = rest.try_get_u32().ok()?;
    let root_signature = RootSignature::new(form, &take(rest, form.signature_bytes())?)?;
    // A message lacks six hashes at most in a batch of 64, and more of them lack fewer.
    let count = usize::try_from(rest.try_get_u32().ok()?).ok().filter(|count| *count <= 32 * LARGEST)?;
    let hashes = (0..count).map(|_| take_hash(rest)).collect::<Option<_>>()?;
    let count =
        usize::try_from(rest.try_get_u32().ok()?).ok().filter(|count| (1..=LARGEST).contains(count))?;
    let messages = (0..count).map(|_| {
        let index = rest.try_get_u32().ok()?;
        let mut salt = [0; SALT_BYTES];
        rest.try_copy_to_slice(&mut salt).ok()?;
        Some((Place { index, salt }, take_message(rest)?))
    });
    let messages = messages.collect::<Option<_>>()?;
    Some(Group { shared: Shared { size, hashes, root_signature }, messages })
}

fn take_hash(rest: &mut Bytes) -> Option<Hash> {
    let mut hash = [0; 32];
    rest.try_copy_to_slice(&mut hash).ok()?;
    Some(hash)
}

fn put_message(out: &mut BytesMut, message: &Message) {
    out.put_u32(message.stream);
    put_length(out, message.head.len());
    out.put_slice(message.head.as_bytes());
    put_headers(out, &message.headers);
    match &message.body {
        MessageBody::Inline(body) => {
            out.put_u8(0);
            put_length(out, body.len());
            out.put_slice(body);
        }
        MessageBody::Follows => out.put_u8(1),
    }
}

fn take_message(rest: &mut Bytes) -> Option<Message> {
    let stream = rest.try_get_u32().ok()?;
    let length = take_length(rest)?;
    let head = String::from_utf8(take(rest, length)?.to_vec()).ok()?;
    let headers = take_headers(rest)?;
    let body = match rest.try_get_u8().ok()? {
        0 => {
            let length = take_length(rest).filter(|length| *length <= INLINE_BYTES)?;
            // A copy: a short body that is kept must not keep the frame with it.
            MessageBody::Inline(Bytes::copy_from_slice(&take(rest, length)?))
        }
        1 => MessageBody::Follows,
        _ => return None,
    };
    Some(Message { stream, head, headers, body })
}

fn put_headers(out: &mut BytesMut, headers: &HeaderMap) {
    put_length(out, headers.len());
    for (name, value) in headers {
        for bytes in [name.as_str().as_bytes(), value.as_bytes()] {
            put_length(out, bytes.len());
            out.put_slice(bytes);
        }
    }
}

fn take_headers(rest: &mut Bytes) -> Option<HeaderMap> {
    let count = take_length(rest)?;
    let mut left = headers::MAX_BYTES as usize;
    let mut headers = HeaderMap::new();
    for _ in 0..count {
        let length = take_length(rest)?;
        let name = take(rest, length)?;
        let length = take_length(rest)?;
        let value = take(rest, length)?;
        // As HTTP/2 counts them (RFC 9113 section 6.5.2).
        left = left.checked_sub(name.len() + value.len() + 32)?;
        let parsed =
            HeaderName::from_bytes(&name).ok().filter(|parsed| parsed.as_str().as_bytes() == name)?;
        headers.append(parsed, HeaderValue::from_bytes(&value).ok()?);
    }
    Some(headers)
}

fn take_length(rest: &mut Bytes) -> Option<usize> {
    usize::try_from(rest.try_get_u32().ok()?).ok()
}

fn take(rest: &mut Bytes, length: usize) -> Option<Bytes> {
    (length <= rest.len()).then(|| rest.split_to(length))
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message() -> impl Strategy<Value = Message> {
        let headers = prop::collection::vec(("[a-z-]{1,12}", "[ -~]{0,20}"), 0..6).prop_map(|pairs| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(
                    HeaderName::from_bytes(name.as_bytes()).unwrap(),
                    HeaderValue::from_str(&value).unwrap(),
                );
            }
            headers
        });
        let body = prop_oneof![
            Just(MessageBody::Follows),
            prop::collection::vec(any::<u8>(), 0..200).prop_map(|body| MessageBody::Inline(body.into())),
        ];
        (any::<u32>(), "\\PC{0,60}", headers, body).prop_map(|(stream, head, headers, body)| Message {
            stream,
            head,
            headers,
            body,
        })
    }

    pub(in crate::framed) fn frame() -> impl Strategy<Value = Frame> {
        let place = (any::<u32>(), any::<[u8; SALT_BYTES]>()).prop_map(|(index, salt)| Place { index, salt });
        let group = (
            any::<u32>(),
            prop::collection::vec(any::<Hash>(), 0..10),
            any::<([u8; 32], bool)>(),
            prop::collection::vec((place, message()), 1..5),
        );
        let group = group.prop_map(|(size, hashes, (begin, is_hybrid), messages)| {
            let form = if is_hybrid { Form::Hybrid } else { Form::Plain };
            let mut root_signature = vec![0; form.signature_bytes()];
            root_signature[..32].copy_from_slice(&begin);
            let root_signature = RootSignature::new(form, &root_signature).unwrap();
            Frame::Signed(Group { shared: Shared { size, hashes, root_signature }, messages })
        });
        prop_oneof![
            group,
            message().prop_map(Frame::Plain),
            (any::<u32>(), prop::collection::vec(any::<u8>(), 1..200))
                .prop_map(|(stream, data)| Frame::Data(stream, data.into())),
            (any::<u32>(), message()).prop_map(|(stream, message)| Frame::End(stream, message.headers)),
            (any::<u32>(), any::<u16>()).prop_map(|(stream, parts)| Frame::Credit(stream, parts)),
            any::<u32>().prop_map(Frame::Stop),
            (any::<u32>(), any::<bool>())
                .prop_map(|(stream, seen)| Frame::Reset(stream, if seen { Why::Broken } else { Why::Void })),
            Just(Frame::Ping),
            Just(Frame::Pong),
            "[ -~]{0,50}".prop_map(Frame::Leave),
        ]
    }

    fn read(bytes: &[u8]) -> Option<Frame> {
        let (header, rest) = bytes.split_first_chunk::<HEADER_BYTES>()?;
        let (length, kind) = Frame::header(*header)?;
        (length == rest.len()).then(|| Frame::read(kind, Bytes::copy_from_slice(rest)))?
    }

    proptest! {
        #[test]
        fn frames_come_back_as_they_were(frame in frame()) {
            let mut bytes = BytesMut::new();
            frame.put(&mut bytes);
            if let Frame::Plain(message) = &frame {
                prop_assert!(bytes.len() <= message.bytes() + HEADER_BYTES);
            }
            prop_assert_eq!(read(&bytes), Some(frame));
        }

        #[test]
        fn no_bytes_make_it_panic(kind in 0u8..13, bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Frame::read(kind, bytes.into());
        }

        #[test]
        fn what_was_cut_or_changed_is_no_panic_either(frame in frame(), at in any::<usize>(), bit in 0u8..8, cut in any::<bool>()) {
            let mut bytes = BytesMut::new();
            frame.put(&mut bytes);
            let at = at % bytes.len();
            if cut { bytes.truncate(at); } else { bytes[at] ^= 1 << bit; }
            let _ = read(&bytes);
        }
    }
}
