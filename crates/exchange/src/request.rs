//! What a system asks its node for: X-Road's REST message protocol, read into types.

use http::header::HeaderMap;
use http::{Method, Uri};
use model::endpoint::CallPath;
use model::fault::{Fault, Words};
use model::id::{NodeId, ServiceId, SystemId};

use crate::decide::Call;
use crate::headers;
use crate::texts;

/// Longest value of a header that the signature names. Keeps what the ledger holds of an exchange small.
const VALUE_MAX_BYTES: usize = 1024;

/// All headers of a call together. nginx and Apache take 8 KB a line; this is twice that.
const HEADERS_MAX_BYTES: usize = 16 * 1024;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// A call of a service.
    Service(Call),
    /// A question about services: open to every known system, needs no purpose, and is recorded like any call.
    Question(Call, Question),
}

/// X-Road's services about services, which the node of their system answers itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// All services of a system.
    ListMethods,
    /// Those that the caller may use.
    AllowedMethods,
    /// A service's description.
    GetOpenApi,
}

impl Request {
    /// Who asks for what.
    #[must_use]
    pub fn call(&self) -> &Call {
        match self {
            Self::Service(call) | Self::Question(call, _) => call,
        }
    }

    /// Reads the address and the headers of a call, at the client edge as at the peer port.
    ///
    /// # Errors
    /// [`Fault::BadAddress`], [`Fault::MissingHeader`], [`Fault::BadClient`], [`Fault::BadHeader`].
    pub fn read(method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Self, Fault> {
        let (service, path) = read_address(uri.path())?;
        let question = Question::read(&service, &path, method);
        check_values(headers)?;
        let client = headers::last(headers, &headers::CLIENT)
            .ok_or(Fault::MissingHeader { header: "X-Road-Client" })?;
        let client: SystemId =
            client.parse().map_err(|error: model::id::IdError| Fault::BadClient { why: error.words() })?;
        let purpose = match headers::last(headers, &headers::PURPOSE) {
            Some(purpose) => purpose.trim().to_owned(),
            None if question.is_some() => String::new(),
            None => return Err(Fault::MissingHeader { header: "Lienthong-Purpose" }),
        };
        let call = Call { client, service, purpose, method: method.as_str().to_owned(), path };
        Ok(match question {
            Some(question) => Self::Question(call, question),
            None => Self::Service(call),
        })
    }
}

impl Question {
    fn read(service: &ServiceId, path: &CallPath, method: &Method) -> Option<Self> {
        if *method != Method::GET || !path.segments().is_empty() {
            return None;
        }
        match service.code().as_ref() {
            "listMethods" => Some(Self::ListMethods),
            "allowedMethods" => Some(Self::AllowedMethods),
            "getOpenAPI" => Some(Self::GetOpenApi),
            _ => None,
        }
    }
}

/// `/r1/instance/class/member/system/service` and the service's own path.
fn read_address(path: &str) -> Result<(ServiceId, CallPath), Fault> {
    let bad = |why: Words| Fault::BadAddress { why };
    let mut pieces = path.splitn(8, '/');
    if pieces.next() != Some("") {
        return Err(bad(texts::address_no_slash()));
    }
    match pieces.next() {
        Some("r1") => {}
        Some(version) if version.len() == 2 && version.starts_with('r') => {
            return Err(bad(texts::address_other_protocol()));
        }
        _ => return Err(bad(texts::address_no_r1())),
    }
    let parts: Vec<&str> = pieces.by_ref().take(5).collect();
    if parts.len() < 5 {
        return Err(bad(texts::address_incomplete()));
    }
    let service: ServiceId = parts
        .join("/")
        .parse()
        .map_err(|error: model::id::IdError| Fault::BadAddress { why: error.words() })?;
    let rest = pieces.next().map(|rest| format!("/{rest}")).unwrap_or_default();
    let path = CallPath::parse(&rest).map_err(|error| Fault::BadAddress { why: error.words() })?;
    Ok((service, path))
}

/// Refuses a call whose address and headers are too long together.
///
/// # Errors
/// [`Fault::HeadersTooLarge`].
pub(crate) fn check_size(uri: &Uri, headers: &HeaderMap) -> Result<(), Fault> {
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if bytes + uri.path_and_query().map_or(0, |both| both.as_str().len()) > HEADERS_MAX_BYTES {
        return Err(Fault::HeadersTooLarge { limit_bytes: HEADERS_MAX_BYTES });
    }
    Ok(())
}

/// Headers that mean something to nodes stand once, so that nobody on the way can read another of them; values that the signature
/// repeats must be text, and not too long.
fn check_values(headers: &HeaderMap) -> Result<(), Fault> {
    let named = [
        (headers::ID, "X-Road-Id"),
        (headers::USER_ID, "X-Road-UserId"),
        (headers::ISSUE, "X-Road-Issue"),
        (headers::REPRESENTED_PARTY, "X-Road-Represented-Party"),
        (headers::PURPOSE, "Lienthong-Purpose"),
        (headers::CLIENT, "X-Road-Client"),
        (headers::REQUEST_ID, "X-Road-Request-Id"),
        (headers::SECURITY_SERVER, "X-Road-Security-Server"),
        (headers::TOKEN, "Lienthong-Token"),
        (http::header::CONTENT_TYPE, "Content-Type"),
    ];
    for (name, header) in named {
        if headers.get_all(&name).iter().nth(1).is_some() {
            return Err(Fault::BadHeader { header, why: texts::stands_twice() });
        }
        for value in headers.get_all(&name) {
            let text =
                value.to_str().map_err(|_| Fault::BadHeader { header, why: texts::not_visible_ascii() })?;
            if text.len() > VALUE_MAX_BYTES {
                return Err(Fault::BadHeader { header, why: texts::header_too_long(VALUE_MAX_BYTES) });
            }
        }
    }
    if let Some(party) = headers::last(headers, &headers::REPRESENTED_PARTY) {
        let parts: Vec<&str> = party.split('/').collect();
        if parts.len() > 2 || parts.iter().any(|part| part.is_empty()) {
            return Err(Fault::BadHeader {
                header: "X-Road-Represented-Party",
                why: texts::represented_form(),
            });
        }
    }
    Ok(())
}

/// The one node that shall answer, if the caller names one.
///
/// # Errors
/// [`Fault::BadHeader`].
pub fn wanted_node(headers: &HeaderMap) -> Result<Option<NodeId>, Fault> {
    let Some(text) = headers::last(headers, &headers::SECURITY_SERVER) else { return Ok(None) };
    text.parse().map(Some).map_err(|error: model::id::IdError| Fault::BadHeader {
        header: "X-Road-Security-Server",
        why: error.words(),
    })
}

#[cfg(test)]
mod tests {
    use http::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    const GOOD: &str = "/r1/VN/GOV/G01/dan-cu/nguoi";

    fn read(uri: &str, pairs: &[(&'static str, &'static str)]) -> Result<Request, Fault> {
        Request::read(&Method::GET, &uri.parse().unwrap(), &headers(pairs))
    }

    const SAID: [(&str, &str); 2] =
        [("x-road-client", "VN/LOC/H05/mot-cua"), ("lienthong-purpose", "khai-sinh")];

    #[test]
    fn a_call_is_read() {
        let Request::Service(call) = read(&format!("{GOOD}/001%2d?limit=1"), &SAID).unwrap() else {
            panic!()
        };
        assert_eq!(call.service.as_str(), "VN/GOV/G01/dan-cu/nguoi");
        assert_eq!(
            (call.path.segments(), call.purpose.as_str()),
            (["001-".to_owned()].as_slice(), "khai-sinh")
        );
        let asked = read("/r1/VN/GOV/G01/dan-cu/listMethods", &SAID[..1]).unwrap();
        assert!(matches!(asked, Request::Question(_, Question::ListMethods)));
    }

    #[test]
    fn what_stands_twice_is_refused_by_its_name() {
        for (name, header) in [
            ("x-road-client", "X-Road-Client"),
            ("lienthong-purpose", "Lienthong-Purpose"),
            ("x-road-id", "X-Road-Id"),
            ("x-road-request-id", "X-Road-Request-Id"),
            ("x-road-userid", "X-Road-UserId"),
            ("x-road-issue", "X-Road-Issue"),
            ("x-road-represented-party", "X-Road-Represented-Party"),
            ("x-road-security-server", "X-Road-Security-Server"),
            ("lienthong-token", "Lienthong-Token"),
            ("content-type", "Content-Type"),
        ] {
            let mut map = headers(&SAID);
            map.remove(name);
            for value in ["a", "a"] {
                map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            let refused = Request::read(&Method::GET, &GOOD.parse().unwrap(), &map).unwrap_err();
            let Fault::BadHeader { header: named, .. } = refused else { panic!("{name}: {refused}") };
            assert_eq!(named, header);
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let code = |uri: &str, pairs: &[(&'static str, &'static str)]| read(uri, pairs).unwrap_err().code();
        assert_eq!(code("/", &SAID), "LT-1104");
        assert_eq!(code("/r2/VN/GOV/G01/dan-cu/nguoi", &SAID), "LT-1104");
        assert_eq!(code("/r1/VN/GOV/G01/dan-cu", &SAID), "LT-1104");
        assert_eq!(code("/r1/VN/GOV/G01/dan-cu/", &SAID), "LT-1104");
        assert_eq!(code("/r1/VN/GOV/G01/dan-cu/nguoi/%2e%2e/x", &SAID), "LT-1104");
        assert_eq!(code(GOOD, &[]), "LT-1101");
        assert_eq!(code(GOOD, &SAID[..1]), "LT-1101");
        assert_eq!(code(GOOD, &[("x-road-client", "VN/LOC/H05"), SAID[1]]), "LT-1103");
        let with = |pair| [SAID[0], SAID[1], pair];
        assert_eq!(code(GOOD, &with(("x-road-represented-party", "a/b/c"))), "LT-1102");
        assert_eq!(
            wanted_node(&headers(&[("x-road-security-server", "VN/GOV")])).unwrap_err().code(),
            "LT-1102"
        );
    }

    #[test]
    fn values_that_no_signature_can_repeat_are_refused() {
        let mut map = headers(&SAID);
        map.insert("x-road-issue", HeaderValue::from_bytes("hồ sơ".as_bytes()).unwrap());
        assert_eq!(Request::read(&Method::GET, &GOOD.parse().unwrap(), &map).unwrap_err().code(), "LT-1102");
        map.insert("x-road-issue", HeaderValue::from_str(&"x".repeat(1025)).unwrap());
        assert_eq!(Request::read(&Method::GET, &GOOD.parse().unwrap(), &map).unwrap_err().code(), "LT-1102");
        for (name, header) in [
            ("x-road-client", "X-Road-Client"),
            ("x-road-security-server", "X-Road-Security-Server"),
            ("lienthong-token", "Lienthong-Token"),
        ] {
            let mut map = headers(&SAID);
            map.insert(name, HeaderValue::from_bytes("Bắc Ninh".as_bytes()).unwrap());
            let refused = Request::read(&Method::GET, &GOOD.parse().unwrap(), &map).unwrap_err();
            assert!(
                matches!(refused, Fault::BadHeader { header: named, .. } if named == header),
                "{refused}"
            );
        }
    }
}
