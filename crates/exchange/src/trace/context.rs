//! W3C Trace Context, level 1: the header `traceparent`.

use std::fmt;

use hex::FromHex as _;
use http::header::{HeaderMap, HeaderName};

pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub(super) const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// A trace, and a span in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Context {
    pub(super) trace: [u8; 16],
    pub(super) span: [u8; 8],
    /// Whether it is to be recorded.
    pub(super) is_sampled: bool,
}

impl Context {
    /// A new trace.
    pub(super) fn root() -> Self {
        Self { trace: trust::signer::random(), span: trust::signer::random(), is_sampled: true }
    }

    /// A new span in the same trace.
    pub(super) fn child(&self) -> Self {
        Self { span: trust::signer::random(), ..self.clone() }
    }

    /// What stands in the headers: once, and as the standard has it, or there is none.
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(TRACEPARENT).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        Self::parse(value.to_str().ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let is_plain = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c) || c == '-';
        let (known, rest) = (text.get(..55)?, text.get(55..)?);
        let parts: Vec<&str> = known.split('-').collect();
        let [version, trace, span, flags] = parts[..] else { return None };
        let lengths = [version, trace, span, flags].map(str::len);
        // Later versions may have more behind it.
        let is_whole = rest.is_empty() || (version != "00" && rest.starts_with('-'));
        if !known.chars().all(is_plain) || lengths != [2, 32, 16, 2] || version == "ff" || !is_whole {
            return None;
        }
        let trace = <[u8; 16]>::from_hex(trace).ok()?;
        let span = <[u8; 8]>::from_hex(span).ok()?;
        let [flags] = <[u8; 1]>::from_hex(flags).ok()?;
        let named = trace != [0; 16] && span != [0; 8];
        named.then_some(Self { trace, span, is_sampled: flags & 1 == 1 })
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sampled = u8::from(self.is_sampled);
        write!(f, "00-{}-{}-{sampled:02x}", trust::hex(&self.trace), trust::hex(&self.span))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_context_is_read_by_the_letter() {
        assert_eq!(Context::parse(GOOD).unwrap().to_string(), GOOD);
        assert!(!Context::parse(&GOOD.replace("-01", "-00")).unwrap().is_sampled);
        assert!(Context::parse(&GOOD.replace("-01", "-03")).unwrap().is_sampled);
        assert!(Context::parse(&format!("cc{}-what-comes", &GOOD[2..])).is_some());
        for bad in [
            String::new(),
            GOOD.to_uppercase(),
            format!("{GOOD}-"),
            format!("{GOOD}0"),
            GOOD[..54].to_owned(),
            format!("ff{}", &GOOD[2..]),
            format!("cc{}x", &GOOD[2..]),
            GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            GOOD.replace("00f067aa0ba902b7", &"0".repeat(16)),
            GOOD.replace('-', "_"),
            GOOD.replace("4bf9", "4bfg"),
            GOOD.replace("-00f0", "0-0f0"),
            "é".repeat(40),
        ] {
            assert_eq!(Context::parse(&bad), None, "{bad}");
        }
        let mut twice = HeaderMap::new();
        twice.append(TRACEPARENT, GOOD.parse().unwrap());
        assert!(Context::read(&twice).is_some());
        twice.append(TRACEPARENT, GOOD.parse().unwrap());
        assert_eq!(Context::read(&twice), None);
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_is_written_and_anything_comes_to_a_good_end(text in "[0-9a-f-]{50,60}|.{0,70}", trace in any::<[u8; 16]>(), span in any::<[u8; 8]>(), is_sampled: bool) {
            let context = Context { trace, span, is_sampled };
            prop_assert_eq!(Context::parse(&context.to_string()), (trace != [0; 16] && span != [0; 8]).then_some(context));
            if let Some(read) = Context::parse(&text) {
                prop_assert!(text.starts_with(&read.to_string()[..3]) || !text.starts_with("00"));
                prop_assert_eq!(&text[3..52], &read.to_string()[3..52]);
            }
        }
    }
}
