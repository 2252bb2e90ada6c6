//! The description of an HTTP service as callers get it. Its file was written by the agency and may say anywhere where the service
//! stands behind the node: that is taken out, and the node's own address put in.

use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use percent_encoding::percent_decode_str;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};
use url::{Host, Url};

/// Most that a description may hold once its aliases are resolved; a file is at most 4 MiB.
const HELD_MAX_BYTES: usize = 16 * 1024 * 1024;
/// What a value takes beside its text.
const VALUE_BYTES: usize = 16;
/// Deepest nesting.
const DEPTH_MAX: usize = 100;
/// How often something may be percent-encoded over and over.
const ENCODED_MAX: usize = 5;
/// Where a word of a text ends. No sign of an address is among them.
const BETWEEN_WORDS: [char; 8] = ['"', '\'', '<', '>', '`', '(', ')', '|'];
/// Names that are of no use outside a network: RFC 6761, RFC 6762, RFC 8375, and what people use.
const INTERNAL: [&str; 10] = [
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "lan",
    "corp",
    "home.arpa",
    "svc",
    "private",
];

/// What stands behind the node.
#[derive(Debug, Default)]
pub(crate) struct Behind {
    /// Names of hosts, in lower case.
    names: Vec<String>,
    addresses: Vec<IpAddr>,
}

impl Behind {
    /// The hosts of some addresses.
    pub(crate) fn of<'a>(urls: impl IntoIterator<Item = &'a Url>) -> Self {
        let mut behind = Self::default();
        for url in urls {
            match url.host() {
                Some(Host::Domain(name)) => {
                    behind.names.push(name.trim_end_matches('.').to_ascii_lowercase());
                }
                Some(Host::Ipv4(address)) => behind.addresses.push(address.into()),
                Some(Host::Ipv6(address)) => behind.addresses.push(address.to_canonical()),
                None => {}
            }
        }
        behind
    }
}

/// The description in `text`, JSON or YAML, for callers who reach the service at `at`: without any address behind the node.
///
/// # Errors
/// Why it can't be read, for the node's log.
pub(crate) fn described(text: &str, at: &str, behind: &Behind) -> Result<Value, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut members = match read(text)? {
        Value::Object(members) => members,
        _ => return Err("it is no object".into()),
    };
    let is_swagger = members.contains_key("swagger");
    // Those of version 2.0, which has no `servers`.
    for name in ["host", "schemes", "basePath"] {
        members.shift_remove(name);
    }
    let mut clean = Map::with_capacity(members.len() + 1);
    for (name, value) in members {
        if name == "servers" || behind.shows(&name) {
            continue;
        }
        clean.insert(name, cleaned(value, at, behind));
    }
    if is_swagger {
        clean.insert("basePath".into(), at.into());
    }
    clean.insert("servers".into(), json!([{ "url": at }]));
    Ok(Value::Object(clean))
}

/// A value without addresses behind the node.
fn cleaned(value: Value, at: &str, behind: &Behind) -> Value {
    match value {
        Value::String(text) => cleaned_text(&text, at, behind).map_or(Value::String(text), Value::String),
        Value::Array(items) => items.into_iter().map(|item| cleaned(item, at, behind)).collect(),
        Value::Object(members) => {
            let kept =
                members.into_iter().filter(|(name, value)| !is_place(name, value) && !behind.shows(name));
            Value::Object(kept.map(|(name, value)| (name, cleaned(value, at, behind))).collect())
        }
        other => other,
    }
}

/// Whether a member says where something is served: `servers` of paths, operations and callbacks, `server` of links. A field of a
/// schema that is called so is an object without a `url` that is a text.
fn is_place(name: &str, value: &Value) -> bool {
    match name {
        "servers" => value.is_array(),
        "server" => value.get("url").is_some_and(Value::is_string),
        _ => false,
    }
}

/// The text with each word that shows an address replaced; `None` if there is none.
fn cleaned_text(text: &str, at: &str, behind: &Behind) -> Option<String> {
    if !behind.shows(text) && !words(text).any(|(word, _)| behind.shows(word)) {
        return None;
    }
    let mut clean = String::with_capacity(text.len());
    for (word, between) in words(text) {
        clean.push_str(if behind.shows(word) { at } else { word });
        clean.push_str(between);
    }
    // What only shows across words.
    Some(if behind.shows(&clean) { at.to_owned() } else { clean })
}

/// The words of a text, each with the sign behind it.
fn words(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split_inclusive(is_between).map(|part| {
        let word = part.strip_suffix(is_between).unwrap_or(part);
        (word, part.get(word.len()..).unwrap_or_default())
    })
}

fn is_between(sign: char) -> bool {
    sign.is_whitespace() || BETWEEN_WORDS.contains(&sign)
}

impl Behind {
    /// Whether a text shows an address behind the node, however it is written.
    fn shows(&self, text: &str) -> bool {
        let mut plain = plain(text);
        for _ in 0..ENCODED_MAX {
            if self.shows_plainly(&plain) {
                return true;
            }
            let decoded = percent_decode_str(&plain).decode_utf8_lossy();
            if decoded == plain {
                return false;
            }
            plain = self::plain(&decoded);
        }
        // Nobody encodes so often who has nothing to hide.
        true
    }

    fn shows_plainly(&self, text: &str) -> bool {
        // Most texts have no sign of an address in them.
        if !text.contains(['.', ':', '/'])
            && !text.bytes().any(|byte| byte.is_ascii_digit())
            && self.names.is_empty()
        {
            return false;
        }
        self.names.iter().any(|name| names_host(text, name))
            || self.addresses.iter().any(|address| text.contains(&address.to_string()))
            || authorities(text).any(|host| self.is_behind(host))
            || text.split(|sign: char| !matches!(sign, '0'..='9' | '.')).any(|run| self.is_usual(run))
            || text.split(|sign| !is_of_name(sign)).any(|run| self.is_ours(run))
            || text.split(|sign| !is_of_ipv6(sign)).any(|run| self.is_ipv6(run))
    }

    /// Whether the host of an address is one of ours, or one that is of no use outside a network.
    fn is_behind(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.');
        match Host::parse(host) {
            Ok(Host::Ipv4(address)) => self.hides(address.into()),
            Ok(Host::Ipv6(address)) => self.hides(address.to_canonical()),
            Ok(Host::Domain(name)) => {
                let is_internal = |end: &str| {
                    name.strip_suffix(end).is_some_and(|above| above.is_empty() || above.ends_with('.'))
                };
                !name.contains('.')
                    || INTERNAL.iter().any(|end| is_internal(end))
                    || self.names.contains(&name)
            }
            Err(_) => false,
        }
    }

    fn hides(&self, address: IpAddr) -> bool {
        self.addresses.contains(&address) || is_private(address)
    }

    /// Whether digits and dots are an address in its usual form.
    fn is_usual(&self, run: &str) -> bool {
        run.trim_matches('.').parse::<Ipv4Addr>().is_ok_and(|address| self.hides(address.into()))
    }

    /// Whether a run of signs is one of our addresses in a form that only programs read: octal, hexadecimal, one number.
    fn is_ours(&self, run: &str) -> bool {
        let run = run.trim_matches('.');
        if !run.starts_with(|first: char| first.is_ascii_digit()) {
            return false;
        }
        // `10.5` would be an address as well, but is more often a version.
        let is_whole = run.split('.').count() == 4 || !run.contains('.') && run.len() >= 8;
        is_whole
            && matches!(Host::parse(run), Ok(Host::Ipv4(address)) if self.addresses.contains(&IpAddr::V4(address)))
    }

    fn is_ipv6(&self, run: &str) -> bool {
        if run.matches(':').count() < 2 {
            return false;
        }
        let one = |text: &str| {
            text.parse::<Ipv6Addr>()
                .is_ok_and(|address| !address.is_unspecified() && self.hides(address.to_canonical()))
        };
        // With a colon or a full stop of the sentence behind it, or with a port.
        one(run)
            || one(run.trim_end_matches(['.', ':']))
            || run.rsplit_once(':').is_some_and(|(host, _)| one(host))
    }
}

/// Text as addresses are compared: in lower case, wide signs narrow, other full stops as dots, invisible signs gone, and slashes that
/// lean neither way.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|sign| !matches!(sign, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'))
        .map(|sign| match sign {
            '\u{3002}' | '\u{ff0e}' | '\u{ff61}' => '.',
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(sign) - 0xfee0).unwrap_or(sign),
            '\\' => '/',
            other => other,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

fn is_of_name(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || matches!(sign, '.' | '-' | '_')
}

fn is_of_ipv6(sign: char) -> bool {
    sign.is_ascii_hexdigit() || matches!(sign, '.' | ':')
}

/// Whether a text names a host of ours. A name with a dot in it is nothing else; a single word only is one where an address stands.
fn names_host(text: &str, name: &str) -> bool {
    if name.contains('.') || name == "localhost" {
        return text.contains(name);
    }
    text.match_indices(name).any(|(from, _)| {
        let (before, behind) =
            (text.get(..from).unwrap_or_default(), text.get(from + name.len()..).unwrap_or_default());
        let begins = !before.ends_with(is_of_name);
        let has_port = behind
            .strip_prefix(':')
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
        let ends = !behind.starts_with(is_of_name);
        begins && (has_port || ends && before.ends_with(['/', '@']) && before.contains("//"))
    })
}

/// The hosts of the addresses in a text: what follows `//` behind a scheme or at the beginning of a word.
fn authorities(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("//").filter_map(|(at, _)| {
        let before = text.get(..at)?;
        if !before.is_empty() && !before.ends_with(|sign| sign == ':' || sign == '=' || is_between(sign)) {
            return None;
        }
        let rest = text.get(at..)?.trim_start_matches('/');
        let authority = rest.split(|sign| matches!(sign, '/' | '?' | '#') || is_between(sign)).next()?;
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        if host.starts_with('[') {
            return host.split_inclusive(']').next();
        }
        host.split(':').next().filter(|host| !host.is_empty())
    })
}

/// Addresses that lead nowhere from outside.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => {
            // RFC 6598: shared by carriers.
            let is_shared = matches!(four.octets(), [100, 64..=127, ..]);
            four.is_private()
                || four.is_loopback()
                || four.is_link_local()
                || four.is_unspecified()
                || is_shared
        }
        IpAddr::V6(six) => {
            six.is_loopback() || six.is_unspecified() || six.is_unique_local() || six.is_unicast_link_local()
        }
    }
}

/// Reads JSON, or YAML if it is none. A name twice in one object is refused: one reader would see the one, another the other.
fn read(text: &str) -> Result<Value, String> {
    let left = Cell::new(HELD_MAX_BYTES);
    let mut json = serde_json::Deserializer::from_str(text);
    let read = Plain { left: &left }.deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    if let Ok(value) = read {
        return Ok(value);
    }
    left.set(HELD_MAX_BYTES);
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: DEPTH_MAX, max_documents: 1 },
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::Error,
        // Texts stay texts: `no`, `001`, `1_000`.
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
    };
    serde_saphyr::with_deserializer_from_str_with_options(text, options, |yaml| {
        Plain { left: &left }.deserialize(yaml)
    })
    // The parser's text shows the line as well; the first line says where and what.
    .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
}

/// Reads a value, strictly and within bounds.
#[derive(Clone, Copy)]
struct Plain<'a> {
    left: &'a Cell<usize>,
}

impl Plain<'_> {
    fn take<E: serde::de::Error>(self, text_bytes: usize) -> Result<(), E> {
        let left = self.left.get().checked_sub(text_bytes + VALUE_BYTES);
        self.left.set(left.ok_or_else(|| E::custom("it holds too much"))?);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Plain<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Plain<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value that JSON has")
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        self.take(0).map(|()| value.into())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        self.take(0).map(|()| value.into())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        self.take(0).map(|()| value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        self.take(0)?;
        serde_json::Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("it is no number of JSON"))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.take(value.len()).map(|()| value.into())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        self.take(0).map(|()| Value::Null)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_some<D: serde::Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        self.deserialize(from)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        self.take(0)?;
        let mut items = Vec::new();
        while let Some(item) = from.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        self.take(0)?;
        let mut members = Map::new();
        while let Some(name) = from.next_key::<String>()? {
            self.take(name.len())?;
            if members.contains_key(&name) {
                return Err(A::Error::custom("a name stands twice in one object"));
            }
            let value = from.next_value_seed(self)?;
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests;
