//! A message's head as a text: the lines that its signature is over (RFC 9421 section 2.5). Framed connections carry it so. What was signed
//! is then what is read, and neither side writes it a second time to find out.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::uri::PathAndQuery;
use http::{Method, StatusCode, Uri};

use super::{
    ANSWER_FIELDS, BASE_MAX_BYTES, PARAMS_LINE, Params, REQUEST_FIELDS, REQUEST_SIGNATURE, SIGNATURE,
    SIGNATURE_INPUT, Signed,
};

/// A message's first line and the headers that stood in its text.
#[derive(Debug)]
pub struct Head {
    /// The first line.
    pub first: First,
    /// The headers.
    pub headers: HeaderMap,
    /// What it is signed by, if it is.
    pub signed: Option<(Signed, Params)>,
}

/// A message's first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum First {
    /// Of a request: its method, and its address without the node's own.
    Request(Method, Uri),
    /// Of an answer: its status.
    Answer(StatusCode),
}

/// The text of a request that bears no signature: its first line.
#[must_use]
pub fn of_request(method: &Method, uri: &Uri) -> String {
    format!(
        "\"@method\": {method}\n\"@path\": {}\n\"@query\": ?{}\n",
        uri.path(),
        uri.query().unwrap_or_default()
    )
}

/// The text of an answer that bears no signature: its first line.
#[must_use]
pub fn of_answer(status: StatusCode) -> String {
    format!("\"@status\": {}\n", status.as_u16())
}

/// Whether a header is among those that a signature has by name, in a request or in an answer. Such a one travels in the text alone.
#[must_use]
pub fn is_in_text(name: &HeaderName, is_request: bool) -> bool {
    let fields = if is_request { &REQUEST_FIELDS[..] } else { &ANSWER_FIELDS[..] };
    fields.contains(&name.as_str())
}

/// Reads the text of a message. With `signature` it is a signed one's, and must be as signatures are written: each line once, the first line
/// whole, and a last line that lists what stands above it.
///
/// # Errors
/// What is wrong with it.
pub fn read(text: String, signature: Option<Vec<u8>>) -> Result<Head, &'static str> {
    if text.len() > BASE_MAX_BYTES {
        return Err("the head is too long");
    }
    // Whoever takes a text apart by lines would drop it, and it was signed.
    if text.contains('\r') {
        return Err("a line ends otherwise");
    }
    let (lines, params) = match signature {
        Some(_) => text
            .rsplit_once(PARAMS_LINE)
            .map(|(lines, params)| (lines, Some(params)))
            .ok_or("no parameters")?,
        None => (text.as_str(), None),
    };
    if !lines.ends_with('\n') {
        return Err("a line has no end");
    }
    let mut reader = Reader { list: String::with_capacity(256), ..Reader::default() };
    for line in lines.lines() {
        reader.line(line)?;
    }
    let first = reader.first()?;
    if reader.is_bound != (params.is_some() && matches!(first, First::Answer(_))) {
        return Err("an answer is bound to its request, and nothing else is");
    }
    let params = match params {
        Some(params) => {
            let params = params.strip_prefix(&format!("({})", reader.list)).and_then(Params::as_written);
            Some(params.ok_or("the list is not that of the lines")?)
        }
        None => None,
    };
    let headers = reader.headers;
    let signed = match signature.zip(params) {
        Some((signature, params)) => {
            Some((Signed::from_record(text, signature).ok_or("no parameters")?, params))
        }
        None => None,
    };
    Ok(Head { first, headers, signed })
}

/// What has been read of a text.
#[derive(Default)]
struct Reader<'a> {
    method: Option<&'a str>,
    path: Option<&'a str>,
    query: Option<&'a str>,
    status: Option<&'a str>,
    is_bound: bool,
    headers: HeaderMap,
    /// The lines' identifiers, as the parameters list them.
    list: String,
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: &'a str) -> Result<(), &'static str> {
        let (name, rest) =
            line.strip_prefix('"').and_then(|line| line.split_once('"')).ok_or("a line has no name")?;
        let (parameters, value) = rest.split_once(": ").ok_or("a line has no value")?;
        if !self.list.is_empty() {
            self.list.push(' ');
        }
        self.list.extend(["\"", name, "\"", parameters]);
        let slot = match (name, parameters) {
            ("@method", "") => &mut self.method,
            ("@path", "") => &mut self.path,
            ("@query", "") => &mut self.query,
            ("@status", "") => &mut self.status,
            (SIGNATURE, REQUEST_SIGNATURE) => {
                let is_second = std::mem::replace(&mut self.is_bound, true);
                return if is_second { Err("a line stands twice") } else { Ok(()) };
            }
            (name, "") => return self.header(name, value),
            _ => return Err("a line of an unknown kind"),
        };
        if slot.replace(value).is_some() { Err("a line stands twice") } else { Ok(()) }
    }

    fn header(&mut self, name: &str, value: &str) -> Result<(), &'static str> {
        let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "a header without a name")?;
        if parsed.as_str() != name || [SIGNATURE, SIGNATURE_INPUT].contains(&name) {
            return Err("a header that cannot stand there");
        }
        let is_text = value.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t')) && value.trim() == value;
        let value =
            HeaderValue::from_str(value).ok().filter(|_| is_text).ok_or("a header that is no text")?;
        if self.headers.insert(parsed, value).is_some() { Err("a line stands twice") } else { Ok(()) }
    }

    fn first(&self) -> Result<First, &'static str> {
        match (self.method, self.path, self.query, self.status) {
            (Some(method), Some(path), Some(query), None) => {
                let method = Method::from_bytes(method.as_bytes()).map_err(|_| "no method")?;
                let query = query.strip_prefix('?').ok_or("no query")?;
                let whole = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
                let address: PathAndQuery = whole.parse().map_err(|_| "no address")?;
                // What a URL has beside path and query would not be seen by whoever decides.
                if !path.starts_with('/')
                    || address.path() != path
                    || address.query().unwrap_or_default() != query
                {
                    return Err("no address");
                }
                Ok(First::Request(method, Uri::from(address)))
            }
            (None, None, None, Some(status)) => {
                let status =
                    (status.len() == 3).then(|| StatusCode::from_bytes(status.as_bytes()).ok()).flatten();
                status.map(First::Answer).ok_or("no status")
            }
            _ => Err("no first line"),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::message::{Base, MessageView, Start, presented};

    fn params() -> Params {
        Params {
            created: Timestamp::from_second(1_790_000_000).unwrap(),
            nonce: "n".into(),
            keyid: "k".into(),
            alg: "ed25519".into(),
        }
    }

    fn headers(pairs: &[(String, String)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.insert(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value.trim()).unwrap(),
            );
        }
        map
    }

    fn fields() -> impl Strategy<Value = Vec<(String, String)>> {
        let name = prop::sample::select(
            REQUEST_FIELDS.into_iter().chain(ANSWER_FIELDS).chain(["accept", "x-more"]).collect::<Vec<_>>(),
        );
        prop::collection::vec((name.prop_map(str::to_owned), "[ -~]{0,20}"), 0..8)
    }

    proptest! {
        /// What is read from the text is what HTTP's fields say, and the signature is over the same bytes.
        #[test]
        fn the_text_says_what_the_fields_say(
            fields in fields(), path in "/[a-z%/]{0,12}", query in prop::option::of("[a-z=&%]{1,12}"), status in prop::option::of(100u16..1000),
        ) {
            let map = headers(&fields);
            let bound = ":YWJj:";
            let start = match status {
                Some(status) => Start::Answer { status, request_signature: bound },
                None => Start::Request { method: "GET", path: &path, query: query.as_deref() },
            };
            let view = MessageView { start, headers: &map, trailers: None };
            let signed = Signed::new(Base::of(&view).with_params(&params()), vec![7; 64]);
            let head = read(signed.base.clone(), Some(vec![7; 64])).unwrap();
            let (read_signed, read_params) = head.signed.unwrap();
            prop_assert_eq!((&read_signed, &read_params), (&signed, &params()));
            // The same by way of HTTP's fields.
            let mut sent = map.clone();
            signed.put(&mut sent);
            let by_fields = presented(&MessageView { start, headers: &sent, trailers: None }).unwrap();
            prop_assert_eq!(by_fields, (read_signed, read_params));
            for (name, value) in &map {
                prop_assert_eq!(head.headers.get(name), is_in_text(name, status.is_none()).then_some(value));
            }
            match (status, head.first) {
                (Some(status), First::Answer(read)) => prop_assert_eq!(read.as_u16(), status),
                (None, First::Request(method, uri)) => {
                    prop_assert_eq!((method.as_str(), uri.path(), uri.query()), ("GET", path.as_str(), query.as_deref()));
                }
                _ => prop_assert!(false),
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "(\"[@a-z;=\"]{0,12}(: ?)?[ -~é]{0,6}\n?){0,6}(\"@signature-params\": )?[ -~]{0,20}", signed in any::<bool>()) {
            let _ = read(text, signed.then(|| vec![1]));
        }
    }

    #[test]
    fn a_text_that_could_be_read_in_two_ways_is_refused() {
        let first = "\"@method\": GET\n\"@path\": /a\n\"@query\": ?\n";
        let end = "\"@signature-params\": (LIST);created=1;nonce=\"n\";keyid=\"k\";alg=\"ed25519\";tag=\"lienthong\"";
        let signed = |lines: &str, list: &str| {
            read(format!("{lines}{}", end.replace("LIST", list)), Some(vec![1])).map(|_| ())
        };
        let list = "\"@method\" \"@path\" \"@query\"";
        assert_eq!(signed(first, list), Ok(()));
        for (lines, list, why) in [
            (first, "\"@method\" \"@path\"", "the list is not that of the lines"),
            ("\"@method\": GET\n\"@path\": /a\n", "\"@method\" \"@path\"", "no first line"),
            (&format!("{first}\"@path\": /b\n"), &format!("{list} \"@path\""), "a line stands twice"),
            (&format!("{first}\"@status\": 200\n"), &format!("{list} \"@status\""), "no first line"),
            (&format!("{first}\"a\": 1\n\"a\": 2\n"), &format!("{list} \"a\" \"a\""), "a line stands twice"),
            (&format!("{first}\"A\": 1\n"), &format!("{list} \"A\""), "a header that cannot stand there"),
            (
                &format!("{first}\"signature\": 1\n"),
                &format!("{list} \"signature\""),
                "a header that cannot stand there",
            ),
            (&format!("{first}\"a\";tr: 1\n"), &format!("{list} \"a\";tr"), "a line of an unknown kind"),
            (&format!("{first}\"a\":  1\n"), &format!("{list} \"a\""), "a header that is no text"),
            (&first.replace("/a", "/a#b"), list, "no address"),
            (&first.replace("/a", "/a?b"), list, "no address"),
            (&first.replace("/a", "a"), list, "no address"),
            (&first.replace("/a", "//h/a"), list, ""),
            (&first.replace("GET", "G T"), list, "no method"),
            (&format!("{first}\"a\": 1\r\n"), &format!("{list} \"a\""), "a line ends otherwise"),
        ] {
            let expected = if why.is_empty() { Ok(()) } else { Err(why) };
            assert_eq!(signed(lines, list), expected, "{lines}");
        }
        let answer = "\"@status\": 200\n\"signature\";req;key=\"lt\": :YQ==:\n";
        let text = format!("{answer}{}", end.replace("LIST", "\"@status\" \"signature\";req;key=\"lt\""));
        assert!(read(text, Some(vec![1])).is_ok());
        let unbound = format!("\"@status\": 200\n{}", end.replace("LIST", "\"@status\""));
        assert!(read(unbound, Some(vec![1])).is_err(), "an answer that is not bound");
    }
}
