//! Signatures of requests and answers: RFC 9421 over what identifies the message, RFC 9530 for its body.
//!
//! What a node signs is fixed by [`request_components`] and [`answer_components`]; an answer is bound to its request by
//! covering the request's signature. A verifier accepts any order and more than that, but never less.

pub mod head;

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use aws_lc_rs::digest::{Context, SHA256};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use model::fault::{Fault, Words};
use sfv::{BareItem, Dictionary, InnerList, ListEntry, ListSerializer, Parser};

use crate::batch::{self, BatchSignature, Form};
use crate::digest::CONTENT_DIGEST;
use crate::key::PublicKey;
use crate::texts;

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

/// Most bytes of `Signature-Input` and of `Signature`. Ours take some 500 each, with a path of six hashes; what is longer is refused before
/// anything is read in it, since reading and comparing what it lists takes time.
const FIELD_MAX_BYTES: usize = 4 * 1024;

/// What is known of a message when it is signed or checked.
#[derive(Clone, Copy)]
pub struct MessageView<'a> {
    /// Request line or status.
    pub start: Start<'a>,
    /// As sent or received, all of them.
    pub headers: &'a HeaderMap,
    /// The trailers, for a body that was not all there when its headers left.
    pub trailers: Option<&'a HeaderMap>,
}

/// The first line of a message.
#[derive(Clone, Copy)]
pub enum Start<'a> {
    /// Method and target, as the peer receives them.
    Request {
        /// As sent, `GET`; case counts.
        method: &'a str,
        /// The path as sent, percent-encoded.
        path: &'a str,
        /// The query without its question mark.
        query: Option<&'a str>,
    },
    /// The status, bound to the request.
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
    /// [`batch::ALONE`], or that of a [`Form`].
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

impl fmt::Display for Component {
    /// Its identifier, as `"@path"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, parameters) = match self {
            Self::Method => ("@method", ""),
            Self::Path => ("@path", ""),
            Self::Query => ("@query", ""),
            Self::Status => ("@status", ""),
            Self::Header(name) => (name.as_str(), ""),
            Self::Trailer(name) => (name.as_str(), ";tr"),
            Self::RequestSignature => (SIGNATURE, REQUEST_SIGNATURE),
        };
        ["\"", name, "\"", parameters].iter().try_for_each(|piece| f.write_str(piece))
    }
}

impl Component {
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
        Self::whole(view).unwrap_or_else(|partial| partial)
    }

    /// The base of a message.
    ///
    /// # Errors
    /// What there is of it, if a field that it covers is no text.
    fn whole(view: &MessageView<'_>) -> Result<Self, Self> {
        let mut base = Self { lines: String::with_capacity(1024), list: String::with_capacity(256) };
        let mut is_whole = true;
        base.list.push('(');
        for component in required(view) {
            let value = component.value(view);
            is_whole &= value.is_some();
            let from = base.lines.len();
            // Writing to a string does not fail.
            let _ = write!(base.lines, "{component}");
            if base.list.len() > 1 {
                base.list.push(' ');
            }
            base.list.push_str(base.lines.get(from..).unwrap_or_default());
            for piece in [": ", value.as_deref().unwrap_or_default(), "\n"] {
                base.lines.push_str(piece);
            }
        }
        base.list.push(')');
        if is_whole { Ok(base) } else { Err(base) }
    }

    /// The whole base, with its parameters line, and where the parameters begin.
    #[must_use]
    pub fn with_params(&self, params: &Params) -> (String, usize) {
        let Params { created, nonce, keyid, alg } = params;
        let created = created.as_second().to_string();
        self.with_written(&[
            &self.list,
            ";created=",
            &created,
            ";nonce=\"",
            nonce,
            "\";keyid=\"",
            keyid,
            "\";alg=\"",
            alg,
            END_OF_PARAMS,
        ])
    }

    fn with_written(&self, params: &[&str]) -> (String, usize) {
        let length = params.iter().map(|piece| piece.len()).sum::<usize>();
        let mut base = String::with_capacity(self.lines.len() + PARAMS_LINE.len() + length);
        base.push_str(&self.lines);
        base.push_str(PARAMS_LINE);
        let params_at = base.len();
        params.iter().for_each(|piece| base.push_str(piece));
        (base, params_at)
    }
}

/// How the parameters end that we write.
const END_OF_PARAMS: &str = "\";tag=\"lienthong\"";
const PARAMS_LINE: &str = "\"@signature-params\": ";
/// What binds an answer to its request, as [`Signed::covered`] takes it.
pub const BINDING: &str = "\"signature\";req;key=\"lt\"";
/// The parameters of the component that is a request's signature; its key is [`LABEL`].
const REQUEST_SIGNATURE: &str = ";req;key=\"lt\"";

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
            _ => {
                let form = Form::of_alg(alg).ok_or_else(|| bad(texts::unknown_algorithm()))?;
                let proof = BatchSignature::from_bytes(&self.signature);
                proof
                    .filter(|proof| proof.root_signature().form() == form)
                    .is_some_and(|proof| proof.verifies(key, self.base.as_bytes()))
            }
        };
        if fits { Ok(()) } else { Err(bad(texts::not_this_keys())) }
    }
}

impl Params {
    /// Reads what [`Base::with_params`] writes behind the list, and nothing else.
    fn as_written(text: &str) -> Option<Self> {
        let (created, rest) = text.strip_prefix(";created=")?.split_once(";nonce=\"")?;
        let (nonce, rest) = rest.split_once("\";keyid=\"")?;
        let (keyid, rest) = rest.split_once("\";alg=\"")?;
        let alg = rest.strip_suffix(END_OF_PARAMS)?;
        // As sf-integer and sf-string have them, in their canonical form (RFC 9651).
        let is_number = created.len() <= 15
            && created.bytes().all(|byte| byte.is_ascii_digit())
            && (created == "0" || !created.starts_with('0'));
        let is_text = |text: &str| {
            text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\'))
        };
        if !is_number || ![nonce, keyid, alg].into_iter().all(is_text) {
            return None;
        }
        Some(Self {
            created: Timestamp::from_second(created.parse().ok()?).ok()?,
            nonce: nonce.to_owned(),
            keyid: keyid.to_owned(),
            alg: alg.to_owned(),
        })
    }

    fn read(list: &InnerList) -> Result<Self, Fault> {
        let text = |key: &str| {
            let value = list.params.get(key).and_then(BareItem::as_string);
            value.map(|value| value.as_str().to_owned()).ok_or_else(|| bad(texts::parameter_missing(key)))
        };
        let created = list.params.get("created").and_then(BareItem::as_integer).map(i64::from);
        let created = created.and_then(|second| Timestamp::from_second(second).ok());
        if text("tag")? != TAG {
            return Err(bad(texts::tag_not_ours()));
        }
        Ok(Self {
            created: created.ok_or_else(|| bad(texts::created_missing()))?,
            nonce: text("nonce")?,
            keyid: text("keyid")?,
            alg: text("alg")?,
        })
    }
}

/// Takes the signature off a received message and rebuilds what it must be over. The signature itself is not checked yet.
///
/// # Errors
/// [`Fault::NoSignature`], or [`Fault::BadSignature`] where the fields can't be read, are too long, stand twice or cover too little.
pub fn presented(view: &MessageView<'_>) -> Result<(Signed, Params), Fault> {
    let carrier = if view.headers.contains_key(SIGNATURE_INPUT) { Some(view.headers) } else { view.trailers };
    let field = |name: &str| {
        let value = carrier.and_then(|headers| headers.get(name)).ok_or(Fault::NoSignature {})?;
        if value.len() > FIELD_MAX_BYTES {
            return Err(bad(texts::field_too_long(name, FIELD_MAX_BYTES)));
        }
        if carrier.is_some_and(|headers| headers.get_all(name).iter().nth(1).is_some()) {
            return Err(stands_twice(name));
        }
        Ok(value)
    };
    let (input, signature) = (field(SIGNATURE_INPUT)?, field(SIGNATURE)?);
    check_once(view)?;
    as_we_write_it(view, input, signature).map_or_else(|| taken_apart(view, input, signature), Ok)
}

/// What our own nodes write is known by its text: the list is the one that must be covered, in our order, and the parameters are in ours.
/// That spares taking it apart and putting it together again. `None` for anything else, however right.
fn as_we_write_it(
    view: &MessageView<'_>,
    input: &HeaderValue,
    signature: &HeaderValue,
) -> Option<(Signed, Params)> {
    let written = input.to_str().ok()?.strip_prefix(LABEL)?.strip_prefix('=')?;
    let base = Base::whole(view).ok()?;
    let params = Params::as_written(written.strip_prefix(base.list.as_str())?)?;
    let value = signature.to_str().ok()?.strip_prefix(LABEL)?.strip_prefix("=:")?.strip_suffix(':')?;
    let signature = BASE64_STANDARD.decode(value).ok()?;
    (base.lines.len() <= BASE_MAX_BYTES)
        .then(|| (Signed::new(base.with_written(&[written]), signature), params))
}

/// The same for whatever a structured field may look like.
fn taken_apart(
    view: &MessageView<'_>,
    input: &HeaderValue,
    signature: &HeaderValue,
) -> Result<(Signed, Params), Fault> {
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

/// A field that is covered one by one stands once, in the headers or in the trailers: of two nobody knows which was meant.
fn check_once(view: &MessageView<'_>) -> Result<(), Fault> {
    let names = match view.start {
        Start::Request { .. } => &REQUEST_FIELDS[..],
        Start::Answer { .. } => &ANSWER_FIELDS[..],
    };
    let count = |headers: &HeaderMap, name: &str| headers.get_all(name).iter().take(2).count();
    let is_double = |name: &&&str| {
        let in_trailers = view.trailers.filter(|_| TRAILER_FIELDS.contains(*name));
        count(view.headers, name) + in_trailers.map_or(0, |trailers| count(trailers, name)) > 1
    };
    names.iter().find(is_double).map_or(Ok(()), |name| Err(stands_twice(name)))
}

fn stands_twice(name: &str) -> Fault {
    bad(texts::header_twice(name))
}

fn rebuild(view: &MessageView<'_>, list: &InnerList) -> Result<(String, usize), Fault> {
    let covered: Vec<Component> = list
        .items
        .iter()
        .map(|item| Component::read(item).ok_or_else(|| bad(texts::not_rebuildable())))
        .collect::<Result<_, _>>()?;
    if let Some(missing) = required(view).into_iter().find(|component| !covered.contains(component)) {
        return Err(bad(texts::not_covered(&missing)));
    }
    if covered
        .iter()
        .enumerate()
        .any(|(at, component)| covered.iter().take(at).any(|earlier| earlier == component))
    {
        return Err(bad(texts::covered_twice()));
    }
    let mut base = String::with_capacity(1024);
    for component in &covered {
        let value = component.value(view).ok_or_else(|| bad(texts::not_in_message(component)))?;
        let _ = writeln!(base, "{component}: {value}");
        if base.len() > BASE_MAX_BYTES {
            return Err(bad(texts::base_too_long()));
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
    serializer.finish().ok_or_else(|| bad(texts::signature_input_empty()))
}

fn dictionary(bytes: &[u8]) -> Result<Dictionary, Fault> {
    Parser::new(bytes).parse().map_err(|error| bad(texts::field_unreadable(&error)))
}

fn read_member(bytes: &[u8]) -> Result<InnerList, Fault> {
    let list: sfv::List =
        Parser::new(bytes).parse().map_err(|error| bad(texts::parameters_unreadable_as(&error)))?;
    match list.into_iter().next() {
        Some(ListEntry::InnerList(list)) => Ok(list),
        _ => Err(bad(texts::parameters_unreadable())),
    }
}

fn bad(why: Words) -> Fault {
    Fault::BadSignature { why }
}

#[cfg(test)]
mod tests;
