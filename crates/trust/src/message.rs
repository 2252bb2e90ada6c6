//! Signatures of requests and answers: RFC 9421 over what identifies the message, RFC 9530 for its body.
//!
//! What a node signs is fixed by [`request_components`] and [`answer_components`]; an answer is bound to its request by
//! covering the request's signature. A verifier accepts any order and more than that, but never less.

use std::borrow::Cow;
use std::fmt::Write as _;

use aws_lc_rs::digest::{Context, SHA256};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use model::fault::{Fault, Words};
use sfv::{BareItem, Dictionary, InnerList, ListEntry, ListSerializer, Parser};

use crate::batch::{self, BatchSignature};
use crate::digest::CONTENT_DIGEST;
use crate::key::PublicKey;

/// The label of our signatures in `Signature-Input` and `Signature`.
pub const LABEL: &str = "lt";
/// Field that names what is covered.
pub const SIGNATURE_INPUT: &str = "signature-input";
/// Field that carries the signature.
pub const SIGNATURE: &str = "signature";
/// Field of ours: digest of the headers that are passed on but not covered one by one. So all of them are signed, and the
/// evidence that the ledger keeps holds no cookie and no password.
pub const OTHER_HEADERS: &str = "lienthong-other-headers";
/// The `tag` of our signatures (RFC 9421 section 2.3).
pub const TAG: &str = "lienthong";

/// Request fields that are covered one by one, where they are present.
const REQUEST_FIELDS: [&str; 11] = [
    "x-road-client",
    "x-road-id",
    "x-road-request-id",
    "x-road-userid",
    "x-road-issue",
    "x-road-represented-party",
    "x-road-security-server",
    "lienthong-purpose",
    "content-type",
    OTHER_HEADERS,
    CONTENT_DIGEST,
];

/// Answer fields that are covered one by one, where they are present.
const ANSWER_FIELDS: [&str; 6] =
    ["content-type", "x-road-request-id", "x-road-error", "lienthong-fault", OTHER_HEADERS, CONTENT_DIGEST];

/// Fields that count as trailers, too: what a long body that broke off was refused with, and a long body's digest.
const TRAILER_FIELDS: [&str; 3] = ["x-road-error", "lienthong-fault", CONTENT_DIGEST];

/// A signature base holds a few headers of at most some KB; this is far above.
const BASE_MAX_BYTES: usize = 32 * 1024;

/// What is known of a message when it is signed or checked.
#[derive(Clone, Copy)]
pub struct MessageView<'a> {
    /// Request line or status.
    pub start: Start<'a>,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The trailers, for a body that was not all there when its headers left.
    pub trailers: Option<&'a HeaderMap>,
}

/// The first line of a message.
#[derive(Clone, Copy)]
pub enum Start<'a> {
    /// Of a request.
    Request {
        /// The method.
        method: &'a str,
        /// The path as sent, percent-encoded.
        path: &'a str,
        /// The query without its question mark.
        query: Option<&'a str>,
    },
    /// Of an answer.
    Answer {
        /// The status code.
        status: u16,
        /// The request's signature, as [`Signed::signature_value`] gives it: what binds the two together.
        request_signature: &'a str,
    },
}

/// One thing that a signature covers.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Component {
    Method,
    Path,
    Query,
    Status,
    Header(HeaderName),
    Trailer(HeaderName),
    RequestSignature,
}

/// The lines over which a signature is made, without its parameters.
#[derive(Debug, Clone)]
pub struct Base {
    /// `"@method": GET` and so on, each with its line feed.
    lines: String,
    /// `("@method" "@path")`.
    list: String,
}

/// A signature with what it is over: enough to prove the message later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The signature base, parameters line included.
    pub base: String,
    /// The signature's bytes.
    pub signature: Vec<u8>,
    /// Where the parameters begin in `base`.
    params_at: usize,
}

/// The parameters of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    /// When it was made, to the second.
    pub created: Timestamp,
    /// Never the same twice.
    pub nonce: String,
    /// Which key made it.
    pub keyid: String,
    /// [`batch::ALONE`] or [`batch::ALGORITHM`].
    pub alg: String,
}

/// What a request must cover.
fn request_components<'a>(view: &'a MessageView<'_>) -> impl Iterator<Item = Component> + 'a {
    [Component::Method, Component::Path, Component::Query].into_iter().chain(present(view, &REQUEST_FIELDS))
}

/// What an answer must cover.
fn answer_components<'a>(view: &'a MessageView<'_>) -> impl Iterator<Item = Component> + 'a {
    [Component::Status].into_iter().chain(present(view, &ANSWER_FIELDS)).chain([Component::RequestSignature])
}

fn present<'a>(
    view: &'a MessageView<'_>,
    names: &'static [&'static str],
) -> impl Iterator<Item = Component> + 'a {
    names.iter().filter_map(|name| {
        if view.headers.contains_key(*name) {
            Some(Component::Header(HeaderName::from_static(name)))
        } else if TRAILER_FIELDS.contains(name)
            && view.trailers.is_some_and(|trailers| trailers.contains_key(*name))
        {
            Some(Component::Trailer(HeaderName::from_static(name)))
        } else {
            None
        }
    })
}

fn required(view: &MessageView<'_>) -> Vec<Component> {
    match view.start {
        Start::Request { .. } => request_components(view).collect(),
        Start::Answer { .. } => answer_components(view).collect(),
    }
}

impl Component {
    fn identifier(&self) -> Cow<'_, str> {
        match self {
            Self::Method => "\"@method\"".into(),
            Self::Path => "\"@path\"".into(),
            Self::Query => "\"@query\"".into(),
            Self::Status => "\"@status\"".into(),
            Self::Header(name) => format!("\"{name}\"").into(),
            Self::Trailer(name) => format!("\"{name}\";tr").into(),
            Self::RequestSignature => format!("\"signature\";req;key=\"{LABEL}\"").into(),
        }
    }

    fn value<'a>(&self, view: &MessageView<'a>) -> Option<Cow<'a, str>> {
        match (self, view.start) {
            (Self::Method, Start::Request { method, .. }) => Some(method.into()),
            (Self::Path, Start::Request { path, .. }) => {
                Some(if path.is_empty() { "/" } else { path }.into())
            }
            (Self::Query, Start::Request { query, .. }) => {
                Some(format!("?{}", query.unwrap_or_default()).into())
            }
            (Self::Status, Start::Answer { status, .. }) => Some(status.to_string().into()),
            (Self::RequestSignature, Start::Answer { request_signature, .. }) => {
                Some(request_signature.into())
            }
            (Self::Header(name), _) => field_value(view.headers, name),
            (Self::Trailer(name), _) => field_value(view.trailers?, name),
            _ => None,
        }
    }

    /// Reads an item of the list in `Signature-Input`; `None` for what we do not know how to rebuild.
    fn read(item: &sfv::Item) -> Option<Self> {
        let name = item.bare_item.as_string()?.as_str();
        let flag = |key: &str| item.params.get(key).is_some_and(|value| value.as_boolean() == Some(true));
        match (name, item.params.len()) {
            ("@method", 0) => Some(Self::Method),
            ("@path", 0) => Some(Self::Path),
            ("@query", 0) => Some(Self::Query),
            ("@status", 0) => Some(Self::Status),
            (SIGNATURE, 2) => {
                let key = item.params.get("key").and_then(BareItem::as_string).map(|key| key.as_str());
                (flag("req") && key == Some(LABEL)).then_some(Self::RequestSignature)
            }
            (name, 0) if !name.starts_with('@') => name.parse().ok().map(Self::Header),
            (name, 1) if flag("tr") => name.parse().ok().map(Self::Trailer),
            _ => None,
        }
    }
}

/// A field's value by RFC 9421 section 2.1: lines trimmed and joined.
fn field_value<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Cow<'a, str>> {
    let mut lines = headers.get_all(name).iter().map(|line| line.to_str().ok().map(str::trim));
    let first = lines.next()??;
    let mut value = Cow::Borrowed(first);
    for line in lines {
        let joined = value.to_mut();
        joined.push_str(", ");
        joined.push_str(line?);
    }
    Some(value)
}

/// The value of [`OTHER_HEADERS`] for the headers that `is_other` picks; `None` if it picks none.
///
/// SHA-256 over one line `name: value` and a line feed for each, sorted by name, several of one name in their order.
pub fn other_headers_digest(
    headers: &HeaderMap,
    is_other: impl Fn(&HeaderName) -> bool,
) -> Option<HeaderValue> {
    let mut names: Vec<&HeaderName> = headers.keys().filter(|name| is_other(name)).collect();
    if names.is_empty() {
        return None;
    }
    names.sort_unstable_by_key(|name| name.as_str());
    let mut digest = Context::new(&SHA256);
    for name in names {
        for value in headers.get_all(name) {
            for bytes in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"] {
                digest.update(bytes);
            }
        }
    }
    let text = format!("sha-256=:{}:", BASE64_STANDARD.encode(digest.finish()));
    HeaderValue::from_str(&text).ok()
}

/// Whether a field is covered one by one, so that it is not among the others.
#[must_use]
pub fn is_covered_by_name(name: &HeaderName) -> bool {
    let name = name.as_str();
    name == SIGNATURE
        || name == SIGNATURE_INPUT
        || REQUEST_FIELDS.contains(&name)
        || ANSWER_FIELDS.contains(&name)
}

impl Base {
    /// The base of a message about to be signed.
    #[must_use]
    pub fn of(view: &MessageView<'_>) -> Self {
        let mut base = Self { lines: String::with_capacity(1024), list: String::with_capacity(256) };
        base.list.push('(');
        for component in required(view) {
            let identifier = component.identifier();
            let value = component.value(view).unwrap_or_default();
            // Writing to a string does not fail.
            let _ = writeln!(base.lines, "{identifier}: {value}");
            if base.list.len() > 1 {
                base.list.push(' ');
            }
            base.list.push_str(&identifier);
        }
        base.list.push(')');
        base
    }

    /// The whole base, with its parameters line, and where the parameters begin.
    #[must_use]
    pub fn with_params(&self, params: &Params) -> (String, usize) {
        let mut base = String::with_capacity(self.lines.len() + self.list.len() + 256);
        base.push_str(&self.lines);
        base.push_str(PARAMS_LINE);
        let params_at = base.len();
        let _ = write!(
            base,
            "{};created={};nonce=\"{}\";keyid=\"{}\";alg=\"{}\";tag=\"{TAG}\"",
            self.list,
            params.created.as_second(),
            params.nonce,
            params.keyid,
            params.alg
        );
        (base, params_at)
    }
}

const PARAMS_LINE: &str = "\"@signature-params\": ";

impl Signed {
    /// Puts a base and its signature together.
    #[must_use]
    pub fn new((base, params_at): (String, usize), signature: Vec<u8>) -> Self {
        Self { base, signature, params_at }
    }

    /// From what a ledger kept. `None` if the base has no parameters line.
    #[must_use]
    pub fn from_record(base: String, signature: Vec<u8>) -> Option<Self> {
        let params_at = base.rfind(PARAMS_LINE)? + PARAMS_LINE.len();
        Some(Self { base, signature, params_at })
    }

    /// The value of `Signature-Input`.
    #[must_use]
    pub fn input_field(&self) -> String {
        format!("{LABEL}={}", self.base.get(self.params_at..).unwrap_or_default())
    }

    /// The value of `Signature`.
    #[must_use]
    pub fn signature_field(&self) -> String {
        format!("{LABEL}={}", self.signature_value())
    }

    /// The signature as an answer covers it: `:base64:`.
    #[must_use]
    pub fn signature_value(&self) -> String {
        format!(":{}:", BASE64_STANDARD.encode(&self.signature))
    }

    /// Writes both fields into `headers`.
    pub fn put(&self, headers: &mut HeaderMap) {
        // The list and its parameters are visible ASCII, as is base64.
        for (name, value) in [(SIGNATURE_INPUT, self.input_field()), (SIGNATURE, self.signature_field())] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }

    /// Its parameters.
    ///
    /// # Errors
    /// [`Fault::BadSignature`] if one is missing or of another kind.
    pub fn params(&self) -> Result<Params, Fault> {
        let list = read_member(self.base.get(self.params_at..).unwrap_or_default().as_bytes())?;
        Params::read(&list)
    }

    /// The value that the base has for `identifier`, as `"@path"`.
    #[must_use]
    pub fn covered(&self, identifier: &str) -> Option<&str> {
        self.base.lines().find_map(|line| line.strip_prefix(identifier)?.strip_prefix(": "))
    }

    /// Whether `key` made the signature.
    ///
    /// # Errors
    /// [`Fault::BadSignature`] says what does not fit.
    pub fn verify(&self, alg: &str, key: &PublicKey) -> Result<(), Fault> {
        let fits = match alg {
            batch::ALONE => key.verifies(self.base.as_bytes(), &self.signature),
            batch::ALGORITHM => BatchSignature::from_bytes(&self.signature)
                .is_some_and(|proof| proof.verifies(key, self.base.as_bytes())),
            _ => return Err(bad("thuật toán không phải của ta", "the algorithm is not one of ours")),
        };
        if fits {
            Ok(())
        } else {
            Err(bad(
                "không phải chữ ký của khoá này trên thông điệp này",
                "it is not this key's over this message",
            ))
        }
    }
}

impl Params {
    fn read(list: &InnerList) -> Result<Self, Fault> {
        let text = |key: &str| {
            let value = list.params.get(key).and_then(BareItem::as_string);
            value
                .map(|value| value.as_str().to_owned())
                .ok_or_else(|| bad(format!("thiếu tham số {key}"), format!("the parameter {key} is missing")))
        };
        let created = list.params.get("created").and_then(BareItem::as_integer).map(i64::from);
        let created = created.and_then(|second| Timestamp::from_second(second).ok());
        if text("tag")? != TAG {
            return Err(bad("nhãn tag không phải của ta", "the tag is not ours"));
        }
        Ok(Self {
            created: created
                .ok_or_else(|| bad("thiếu tham số created", "the parameter created is missing"))?,
            nonce: text("nonce")?,
            keyid: text("keyid")?,
            alg: text("alg")?,
        })
    }
}

/// Takes the signature off a received message and rebuilds what it must be over. The signature itself is not checked yet.
///
/// # Errors
/// [`Fault::NoSignature`], or [`Fault::BadSignature`] where the fields can't be read or cover too little.
pub fn presented(view: &MessageView<'_>) -> Result<(Signed, Params), Fault> {
    let carrier = if view.headers.contains_key(SIGNATURE_INPUT) { Some(view.headers) } else { view.trailers };
    let field = |name: &str| carrier.and_then(|headers| headers.get(name)).ok_or(Fault::NoSignature {});
    let (input, signature) = (field(SIGNATURE_INPUT)?, field(SIGNATURE)?);
    let list = match dictionary(input.as_bytes())?.shift_remove(LABEL) {
        Some(ListEntry::InnerList(list)) => list,
        _ => return Err(Fault::NoSignature {}),
    };
    let signature = match dictionary(signature.as_bytes())?.shift_remove(LABEL) {
        Some(ListEntry::Item(item)) => item.bare_item.as_byte_sequence().map(<[u8]>::to_vec),
        _ => None,
    };
    let params = Params::read(&list)?;
    let base = rebuild(view, &list)?;
    Ok((Signed::new(base, signature.ok_or(Fault::NoSignature {})?), params))
}

fn rebuild(view: &MessageView<'_>, list: &InnerList) -> Result<(String, usize), Fault> {
    let covered: Vec<Component> = list
        .items
        .iter()
        .map(|item| {
            Component::read(item).ok_or_else(|| {
                bad("chữ ký bao thành phần không dựng lại được", "it covers something we can't rebuild")
            })
        })
        .collect::<Result<_, _>>()?;
    if let Some(missing) = required(view).into_iter().find(|component| !covered.contains(component)) {
        return Err(bad(
            format!("chữ ký không bao {}", missing.identifier()),
            format!("it does not cover {}", missing.identifier()),
        ));
    }
    if covered
        .iter()
        .enumerate()
        .any(|(at, component)| covered.iter().take(at).any(|earlier| earlier == component))
    {
        return Err(bad("chữ ký bao một thành phần hai lần", "it covers something twice"));
    }
    let mut base = String::with_capacity(1024);
    for component in &covered {
        let identifier = component.identifier();
        let value = component.value(view).ok_or_else(|| {
            bad(format!("thông điệp không có {identifier}"), format!("{identifier} is not in the message"))
        })?;
        let _ = writeln!(base, "{identifier}: {value}");
        if base.len() > BASE_MAX_BYTES {
            return Err(bad("phần được ký quá dài", "what it covers is too long"));
        }
    }
    base.push_str(PARAMS_LINE);
    let params_at = base.len();
    base.push_str(&write_list(list)?);
    Ok((base, params_at))
}

/// A list with its parameters, written canonically (RFC 9421 section 2.5 asks for that).
fn write_list(list: &InnerList) -> Result<String, Fault> {
    let mut serializer = ListSerializer::new();
    let mut inner = serializer.inner_list();
    inner.items(&list.items);
    inner.finish().parameters(&list.params);
    serializer.finish().ok_or_else(|| bad("Signature-Input để trống", "Signature-Input is empty"))
}

fn dictionary(bytes: &[u8]) -> Result<Dictionary, Fault> {
    Parser::new(bytes).parse().map_err(|error| {
        bad(format!("không đọc được trường chữ ký: {error}"), format!("the field cannot be read: {error}"))
    })
}

fn read_member(bytes: &[u8]) -> Result<InnerList, Fault> {
    let list: sfv::List = Parser::new(bytes).parse().map_err(|error| {
        bad(format!("không đọc được tham số: {error}"), format!("the parameters cannot be read: {error}"))
    })?;
    match list.into_iter().next() {
        Some(ListEntry::InnerList(list)) => Ok(list),
        _ => Err(bad("không đọc được tham số", "the parameters cannot be read")),
    }
}

fn bad(vi: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault::BadSignature { why: Words::new(vi, en) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SigningKey;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    fn request() -> HeaderMap {
        headers(&[
            ("x-road-client", "VN/LOC/H05/mot-cua"),
            ("lienthong-purpose", "dang-ky-khai-sinh"),
            ("content-digest", "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"),
        ])
    }

    const START: Start<'_> =
        Start::Request { method: "GET", path: "/r1/VN/GOV/G01/dan-cu/nguoi/001", query: None };

    fn params() -> Params {
        Params {
            created: Timestamp::from_second(1_790_000_000).unwrap(),
            nonce: "bm9uY2U".into(),
            keyid: "k1".into(),
            alg: batch::ALONE.into(),
        }
    }

    fn sign(view: &MessageView<'_>) -> Signed {
        let (base, at) = Base::of(view).with_params(&params());
        let signature = SigningKey::in_memory([1; 32]).sign(base.as_bytes()).to_vec();
        Signed::new((base, at), signature)
    }

    #[test]
    fn the_base_is_as_the_rfc_lays_it_out() {
        let headers = request();
        let signed = sign(&MessageView { start: START, headers: &headers, trailers: None });
        assert_eq!(
            signed.base,
            "\"@method\": GET\n\"@path\": /r1/VN/GOV/G01/dan-cu/nguoi/001\n\"@query\": ?\n\"x-road-client\": VN/LOC/H05/mot-cua\n\
             \"lienthong-purpose\": dang-ky-khai-sinh\n\"content-digest\": sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:\n\
             \"@signature-params\": (\"@method\" \"@path\" \"@query\" \"x-road-client\" \"lienthong-purpose\" \"content-digest\")\
             ;created=1790000000;nonce=\"bm9uY2U\";keyid=\"k1\";alg=\"ed25519\";tag=\"lienthong\""
        );
    }

    #[test]
    fn what_was_signed_verifies_and_what_was_changed_does_not() {
        let key = SigningKey::in_memory([1; 32]).public();
        let mut headers = request();
        sign(&MessageView { start: START, headers: &headers, trailers: None }).put(&mut headers);
        let check = |start, headers: &HeaderMap| {
            let (signed, params) = presented(&MessageView { start, headers, trailers: None })?;
            signed.verify(&params.alg, &key).map(|()| params)
        };
        assert_eq!(check(START, &headers).unwrap(), params());

        let other_path =
            Start::Request { method: "GET", path: "/r1/VN/GOV/G01/dan-cu/nguoi/002", query: None };
        assert!(matches!(check(other_path, &headers), Err(Fault::BadSignature { .. })));
        for (name, value) in
            [("lienthong-purpose", "khac"), ("x-road-issue", "H05-1"), ("content-type", "text/plain")]
        {
            let mut changed = headers.clone();
            changed.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
            assert!(matches!(check(START, &changed), Err(Fault::BadSignature { .. })), "{name}");
        }
        let mut without = headers.clone();
        without.remove("lienthong-purpose");
        assert!(matches!(check(START, &without), Err(Fault::BadSignature { .. })));
        without.remove(SIGNATURE);
        assert_eq!(check(START, &without), Err(Fault::NoSignature {}));
    }

    #[test]
    fn an_answer_is_bound_to_its_request() {
        let key = SigningKey::in_memory([1; 32]).public();
        let mut headers = headers(&[("content-type", "application/json")]);
        let answer = |request_signature| Start::Answer { status: 200, request_signature };
        sign(&MessageView { start: answer(":AAA=:"), headers: &headers, trailers: None }).put(&mut headers);
        for (request_signature, fits) in [(":AAA=:", true), (":BBB=:", false)] {
            let view = MessageView { start: answer(request_signature), headers: &headers, trailers: None };
            let (signed, params) = presented(&view).unwrap();
            assert_eq!(signed.verify(&params.alg, &key).is_ok(), fits);
            assert_eq!(signed.covered("\"@status\""), Some("200"));
        }
    }

    #[test]
    fn a_long_body_is_signed_in_the_trailers() {
        let key = SigningKey::in_memory([1; 32]).public();
        let headers = headers(&[("x-road-client", "VN/LOC/H05/mot-cua")]);
        let mut trailers = self::headers(&[("content-digest", "sha-256=:AAAA:")]);
        sign(&MessageView { start: START, headers: &headers, trailers: Some(&trailers) }).put(&mut trailers);
        let (signed, params) =
            presented(&MessageView { start: START, headers: &headers, trailers: Some(&trailers) }).unwrap();
        signed.verify(&params.alg, &key).unwrap();
        assert_eq!(signed.covered("\"content-digest\";tr"), Some("sha-256=:AAAA:"));
    }

    #[test]
    fn a_refusal_in_the_trailers_is_signed_with_them() {
        let key = SigningKey::in_memory([1; 32]).public();
        let start = Start::Answer { status: 200, request_signature: ":AAAA:" };
        let headers = HeaderMap::new();
        let mut trailers =
            self::headers(&[("content-digest", "sha-256=:AAAA:"), ("lienthong-fault", "LT-4102")]);
        sign(&MessageView { start, headers: &headers, trailers: Some(&trailers) }).put(&mut trailers);
        let view = MessageView { start, headers: &headers, trailers: Some(&trailers) };
        let (signed, params) = presented(&view).unwrap();
        signed.verify(&params.alg, &key).unwrap();
        assert_eq!(signed.covered("\"lienthong-fault\";tr"), Some("LT-4102"));
        // A fault that somebody put there on the way is not covered.
        trailers.insert("x-road-error", HeaderValue::from_static("x"));
        assert!(presented(&MessageView { start, headers: &headers, trailers: Some(&trailers) }).is_err());
    }

    #[test]
    fn what_was_kept_can_be_checked_again() {
        let headers = request();
        let signed = sign(&MessageView { start: START, headers: &headers, trailers: None });
        let kept = Signed::from_record(signed.base.clone(), signed.signature.clone()).unwrap();
        assert_eq!(kept, signed);
        assert_eq!(kept.params().unwrap(), params());
    }

    #[test]
    fn fields_that_cannot_be_read_are_refused() {
        for input in [
            "",
            "lt",
            "lt=(",
            "lt=(\"@method\")",
            "lt=(\"@method\";sf)",
            "other=(\"@method\");created=1",
            "lt=(\"a\" \"a\")",
        ] {
            let mut headers = request();
            headers.insert(SIGNATURE_INPUT, HeaderValue::from_static(input));
            headers.insert(SIGNATURE, HeaderValue::from_static("lt=:AAAA:"));
            assert!(
                presented(&MessageView { start: START, headers: &headers, trailers: None }).is_err(),
                "{input}"
            );
        }
    }
}
