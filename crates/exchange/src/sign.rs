//! Signs a message on its way out. A short body is there whole, and digest and signature stand in the headers; of a long one
//! they follow as trailers, so that it streams.

use std::future::Future;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use model::fault::Fault;
use trust::digest::{BodyDigest, CONTENT_DIGEST};
use trust::message::{Base, MessageView, Signed, Start};
use trust::signer::Signer;

use crate::body::{self, BodyError, BodyTimeout, Limits, MEMORY_BYTES, OutBody, Room};
use crate::clock;
use crate::headers;

/// The first line of a message, owned: it outlives the message while a long body streams.
#[derive(Debug, Clone)]
pub enum FirstLine {
    /// Method and target, as the peer receives them.
    Request {
        /// As sent, `GET`; case counts.
        method: String,
        /// The path as sent.
        path: String,
        /// The query without its question mark.
        query: Option<String>,
    },
    /// The status, bound to the request.
    Answer {
        /// The status code.
        status: u16,
        /// The request's signature as the answer covers it.
        request_signature: String,
    },
}

impl FirstLine {
    /// As the signature sees it.
    #[must_use]
    pub fn start(&self) -> Start<'_> {
        match self {
            Self::Request { method, path, query } => Start::Request { method, path, query: query.as_deref() },
            Self::Answer { status, request_signature } => {
                Start::Answer { status: *status, request_signature }
            }
        }
    }
}

/// A body about to be sent.
pub enum Opening<B> {
    /// All of it is there.
    Whole(Bytes),
    /// More than fits in memory: what has come, and what brings the rest.
    Long {
        /// The beginning.
        begun: Bytes,
        /// What is still to come behind that.
        rest: B,
    },
}

/// Reads a body until it ends or is known to be long.
///
/// # Errors
/// [`BodyError`].
pub async fn open<B>(mut body: B, limits: Limits, room: Room<'_>) -> Result<Opening<B>, BodyError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    body::check_length(&body, limits)?;
    let (mut begun, mut timeout) = (BytesMut::new(), BodyTimeout::new(limits.idle));
    let mut share = room.budget.memory(room.party);
    loop {
        if begun.len() as u64 > limits.bytes {
            return Err(BodyError::TooLarge(limits.bytes));
        }
        if begun.len() > MEMORY_BYTES {
            return Ok(Opening::Long { begun: share.hold(begun.freeze()), rest: body });
        }
        let Some(data) = next_data(&mut body, &mut timeout).await? else {
            return Ok(Opening::Whole(share.hold(begun.freeze())));
        };
        if !share.grow(data.len()) {
            return Err(BodyError::NoRoom);
        }
        if begun.is_empty() && body.is_end_stream() && data.len() <= MEMORY_BYTES {
            if data.len() as u64 > limits.bytes {
                return Err(BodyError::TooLarge(limits.bytes));
            }
            return Ok(Opening::Whole(share.hold(data)));
        }
        begun.extend_from_slice(&data);
    }
}

/// The next data of a body whose trailers mean nothing to us.
async fn next_data<B>(body: &mut B, timeout: &mut BodyTimeout) -> Result<Option<Bytes>, BodyError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    loop {
        let Some(frame) = timeout.next(body).await? else { return Ok(None) };
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
}

/// Signs a message whose body is there: puts its digest into `headers`. The signature goes with the message in the way of whatever carries it.
///
/// # Errors
/// [`Fault::Overloaded`] if too many messages wait for a signature.
pub async fn whole(
    line: &FirstLine,
    headers: &mut HeaderMap,
    body: &[u8],
    signer: &Signer,
    now: Timestamp,
) -> Result<Signed, Fault> {
    if body.is_empty() {
        headers.remove(CONTENT_DIGEST);
    } else {
        put_digest(headers, BodyDigest::of(body));
    }
    let base = Base::of(&MessageView { start: line.start(), headers, trailers: None });
    signer.sign(base, now).await
}

/// What is said in the trailers in the place of a body that broke off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// X-Road's type of the fault.
    pub kind: String,
    /// Our code of it.
    pub code: &'static str,
    /// The error body.
    pub body: String,
}

impl Refusal {
    /// The trailers before they are signed. The digest is that of the error body: with what came before of the other one it does not
    /// fit, so that nobody who overlooks the refusal takes that for an answer.
    fn trailers(&self) -> HeaderMap {
        let mut trailers = HeaderMap::with_capacity(6);
        put_digest(&mut trailers, BodyDigest::of(self.body.as_bytes()));
        headers::set(&mut trailers, headers::ERROR, &self.kind);
        headers::set(&mut trailers, headers::FAULT, self.code);
        headers::set(&mut trailers, headers::REFUSAL, &BASE64_STANDARD.encode(&self.body));
        trailers
    }
}

/// Signs a long body behind it: the body that is returned ends with the trailers. If it does not come to its end, `refuse` may say
/// what is signed in its place. `then` is told how it ended before the trailers leave; it says whether they may.
pub fn long<B, R, F, G>(
    line: FirstLine,
    headers: HeaderMap,
    (begun, rest): (Bytes, B),
    (limits, signer): (Limits, Signer),
    refuse: R,
    then: F,
) -> OutBody
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: std::fmt::Display + Send,
    R: FnOnce(&BodyError) -> Option<Refusal> + Send + 'static,
    F: FnOnce(Ending) -> G + Send + 'static,
    G: Future<Output = bool> + Send,
{
    let (parts, fed) = body::channel();
    tokio::spawn(async move {
        let gone = || std::io::Error::other("the body broke off");
        let mut sent = 0;
        let streamed = stream(&parts, begun, rest, limits, &mut sent).await;
        let (trailers, why) = match streamed {
            Ok(digest) => {
                let mut trailers = HeaderMap::with_capacity(3);
                put_digest(&mut trailers, digest);
                (Some(trailers), None)
            }
            // Who took it may have gone since.
            Err(Broken::Body(why)) if !parts.is_closed() => {
                (refuse(&why).map(|refusal| refusal.trailers()), Some(Broken::Body(why)))
            }
            Err(why) => (None, Some(why)),
        };
        let signed = match trailers {
            Some(trailers) => sign_trailers(&line, &headers, trailers, &signer).await.map(Some),
            None => Ok(None),
        };
        let (signed, trailers, why) = match signed {
            Ok(signed) => {
                let (signed, trailers) = signed.unzip();
                (signed, trailers, why)
            }
            Err(fault) => (None, None, Some(Broken::Fault(fault))),
        };
        let ending = match (signed, why) {
            (Some(signed), None) => Ending::Whole(signed),
            (refusal, why) => Ending::Broken { why: why.unwrap_or(Broken::Gone), sent, refusal },
        };
        let may_leave = then(ending).await;
        let last = trailers.filter(|_| may_leave).map(Frame::trailers).ok_or_else(gone);
        let _ = parts.send(last).await;
    });
    fed.boxed()
}

/// How a long body ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// All of it was sent, and signed.
    Whole(Signed),
    /// It was not.
    Broken {
        /// What broke it off.
        why: Broken,
        /// Bytes that were given to the connection: no more than these have left.
        sent: u64,
        /// What was signed in its place, if there is somebody to be told.
        refusal: Option<Signed>,
    },
}

/// Why a long body was not sent to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// Whoever took it is gone.
    Gone,
    /// It did not come to its end.
    Body(BodyError),
    /// It could not be signed.
    Fault(Fault),
}

async fn stream<B>(
    parts: &body::Parts,
    begun: Bytes,
    mut rest: B,
    limits: Limits,
    sent: &mut u64,
) -> Result<String, Broken>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let (mut digest, mut timeout) = (BodyDigest::default(), BodyTimeout::new(limits.idle));
    let mut next = Some(begun);
    while let Some(data) = next {
        let bytes = data.len() as u64;
        if *sent + bytes > limits.bytes {
            return Err(Broken::Body(BodyError::TooLarge(limits.bytes)));
        }
        digest.update(&data);
        if parts.send(Ok(Frame::data(data))).await.is_err() {
            return Err(Broken::Gone);
        }
        *sent += bytes;
        // For nobody it is not waited.
        next = tokio::select! {
            biased;
            next = next_data(&mut rest, &mut timeout) => next.map_err(Broken::Body)?,
            () = parts.closed() => return Err(Broken::Gone),
        };
    }
    Ok(digest.finish())
}

async fn sign_trailers(
    line: &FirstLine,
    headers: &HeaderMap,
    mut trailers: HeaderMap,
    signer: &Signer,
) -> Result<(Signed, HeaderMap), Fault> {
    let base = Base::of(&MessageView { start: line.start(), headers, trailers: Some(&trailers) });
    let signed = signer.sign(base, clock::now()).await?;
    signed.put(&mut trailers);
    Ok((signed, trailers))
}

fn put_digest(headers: &mut HeaderMap, digest: String) {
    // Base64 and a few signs: always a header's text.
    if let Ok(value) = HeaderValue::try_from(digest) {
        headers.insert(HeaderName::from_static(CONTENT_DIGEST), value);
    }
}
