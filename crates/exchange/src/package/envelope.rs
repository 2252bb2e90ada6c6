//! A signed message in a file: what else would have gone over the line.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Uri};
use jiff::{SignedDuration, Timestamp};
use model::fault::{Fault, Words};
use model::service::DatasetCall;
use serde::{Deserialize, Serialize};
use trust::batch::Form;
use trust::digest::BodyDigest;
use trust::message::{Signed, Start};
use uuid::Uuid;

use crate::body::{Kept, Received};
use crate::check::{How, Message, Once, check};
use crate::clock;
use crate::compiled::KnownKey;
use crate::decide::Call;
use crate::headers;
use crate::package::{Manifest, PackageService, broken, read_bytes, read_json};
use crate::record::SignedBy;
use crate::request::Request;
use crate::texts;

/// How old an order may be.
const ORDER_AGE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A message with its signature, without the body of an answer, which is a file beside.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Envelope {
    /// The path of a request, which is a `POST`; none: an answer with status 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
    pub(super) headers: BTreeMap<String, String>,
    /// The body of a request.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) body: String,
}

/// What an order says besides who asks for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Only records with these values.
    #[serde(default)]
    pub filters: BTreeMap<String, String>,
    /// Whom the data are sealed for: a name of age.
    pub receiver: String,
}

/// An order whose signature was checked.
pub(super) struct Order {
    pub(super) envelope: Envelope,
    pub(super) id: Uuid,
    pub(super) call: Call,
    pub(super) terms: Terms,
    pub(super) signed: Signed,
    pub(super) signer: Arc<KnownKey>,
}

/// A package whose signatures were checked: order, manifest, and the signature over it.
pub(super) struct Answered {
    pub(super) order: Order,
    pub(super) manifest: Manifest,
    pub(super) signed: Signed,
    pub(super) signer: Arc<KnownKey>,
}

impl Envelope {
    pub(super) fn of(path: Option<String>, map: &HeaderMap, body: String) -> Self {
        let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let headers = map.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        Self { path, headers, body }
    }

    fn header_map(&self, place: &Path) -> Result<HeaderMap, Fault> {
        let pair = |(name, value): (&String, &String)| {
            Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?))
        };
        let read: Option<HeaderMap> = self.headers.iter().map(pair).collect();
        read.ok_or_else(|| broken(place, texts::header_not_valid()))
    }
}

/// What an order asks for and what else it says, before its signature is looked at.
///
/// # Errors
/// [`Fault::PackageBroken`], and those of a call that cannot be read.
pub fn read_order(place: &Path, bytes: &[u8]) -> Result<(Call, Terms), Fault> {
    let unread =
        |error| Fault::PackageBroken { place: place.display().to_string(), why: Words::quoted(error) };
    let envelope: Envelope = serde_json::from_slice(bytes).map_err(unread)?;
    let (_, _, call) = envelope.call(place)?;
    Ok((call, envelope.terms(place)?))
}

impl Envelope {
    /// What a request asks for, with its address and its headers.
    fn call(&self, place: &Path) -> Result<(Uri, HeaderMap, Call), Fault> {
        let bad = |why: Words| broken(place, why);
        let address = self.path.as_deref().ok_or_else(|| bad(texts::not_an_order()))?;
        let uri: Uri = address.parse().map_err(|_| bad(texts::order_path_wrong()))?;
        let map = self.header_map(place)?;
        // What is decided must be what is done: an order is for a stream, and nothing else.
        match Request::read(&Method::POST, &uri, &map)? {
            Request::Service(call)
                if DatasetCall::parse("POST", &call.path) == Some(DatasetCall::Stream)
                    && uri.query().is_none() =>
            {
                Ok((uri, map, call))
            }
            _ => Err(bad(texts::not_for_stream())),
        }
    }

    fn terms(&self, place: &Path) -> Result<Terms, Fault> {
        serde_json::from_str(&self.body).map_err(|error| Fault::PackageBroken {
            place: place.display().to_string(),
            why: Words::quoted(error),
        })
    }
}

impl PackageService {
    fn by_hand(&self) -> How<'_> {
        How { verifier: &self.verifier, own: Form::Plain, once: Once::ByHand }
    }

    /// Reads an order and checks who made it. It may be old: what is done with it decides.
    pub(super) fn read_order(&self, path: &Path) -> Result<Order, Fault> {
        let envelope: Envelope = read_json(path)?;
        let (uri, map, call) = envelope.call(path)?;
        let received = received(envelope.body.clone().into());
        let start = Start::Request { method: "POST", path: uri.path(), query: uri.query() };
        let message = Message { start, headers: &map, presented: None, received: &received };
        let (signed, signer) = check(message, &self.directory, self.by_hand(), clock::now())?;
        self.directory.check_speaks_for(&signer.node, &call.client)?;
        let signer = signer.clone();
        let terms = envelope.terms(path)?;
        let id = headers::last(&map, &headers::REQUEST_ID).and_then(|id| id.parse().ok());
        let id = id.ok_or_else(|| broken(path, texts::no_request_id()))?;
        Ok(Order { id, call, terms, signed, signer, envelope })
    }

    /// Reads a package's order and manifest, and checks both signatures.
    pub(super) fn read_answer(&self, package: &Path) -> Result<Answered, Fault> {
        // It is written last.
        if !package.join("answer.json").exists() {
            return Err(broken(package, texts::package_incomplete()));
        }
        let order = self.read_order(&package.join("order.json"))?;
        let (place, body) = (package.join("answer.json"), package.join("manifest.json"));
        let map = read_json::<Envelope>(&place)?.header_map(&place)?;
        let bytes = read_bytes(&body, super::FILE_MAX_BYTES)?;
        let received = received(bytes.clone().into());
        let request_signature = order.signed.signature_value();
        let start = Start::Answer { status: 200, request_signature: &request_signature };
        let message = Message { start, headers: &map, presented: None, received: &received };
        let (signed, signer) = check(message, &self.directory, self.by_hand(), clock::now())?;
        self.directory.check_speaks_for(&signer.node, &order.call.service.system())?;
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| Fault::PackageBroken {
            place: body.display().to_string(),
            why: Words::quoted(error),
        })?;
        if manifest.format != super::FORMAT {
            return Err(broken(&body, texts::package_form_unknown()));
        }
        let signer = signer.clone();
        Ok(Answered { order, manifest, signed, signer })
    }
}

impl Answered {
    pub(super) fn signed_by(&self) -> SignedBy<'_> {
        (&self.signed, self.signer.as_ref().into())
    }
}

impl Order {
    pub(super) fn signed_by(&self) -> SignedBy<'_> {
        (&self.signed, self.signer.as_ref().into())
    }

    /// Whether it is young enough to be carried out.
    pub(super) fn check_age(&self, now: Timestamp) -> Result<(), Fault> {
        let age = now.duration_since(self.signed.params()?.created);
        if age > ORDER_AGE || age < SignedDuration::from_secs(-trust::replay::SKEW_SECONDS) {
            return Err(Fault::NotFresh { off_seconds: age.as_secs(), limit_seconds: ORDER_AGE.as_secs() });
        }
        Ok(())
    }
}

fn received(body: Bytes) -> Received {
    Received { digest: BodyDigest::of(&body), body: Kept::Memory(body), trailers: None }
}
