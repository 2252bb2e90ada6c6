//! Signature bases say the same words again and again. What they say is visible ASCII, so the other 128 byte values stand
//! for phrases here: two thirds of an entry go away, at the cost of one table that can only grow at its end.

use std::cmp::Reverse;
use std::sync::LazyLock;

/// Byte `0x80 + n` stands for the `n`-th phrase. **Never change or reorder: ledgers on disk are read with this table.**
const PHRASES: [&str; 62] = [
    "\"@method\": ",
    "\"@path\": ",
    "\"@query\": ",
    "\"@status\": ",
    "\"content-type\": ",
    "\"content-digest\": ",
    "\"content-digest\";tr: ",
    "\"x-road-client\": ",
    "\"x-road-id\": ",
    "\"x-road-request-id\": ",
    "\"x-road-userid\": ",
    "\"x-road-issue\": ",
    "\"x-road-represented-party\": ",
    "\"x-road-security-server\": ",
    "\"x-road-error\": ",
    "\"lienthong-purpose\": ",
    "\"lienthong-other-headers\": ",
    "\"signature\";req;key=\"lt\": ",
    "\"@signature-params\": (",
    "\"@method\"",
    "\"@path\"",
    "\"@query\"",
    "\"@status\"",
    "\"content-type\"",
    "\"content-digest\"",
    "\"content-digest\";tr",
    "\"x-road-client\"",
    "\"x-road-id\"",
    "\"x-road-request-id\"",
    "\"x-road-userid\"",
    "\"x-road-issue\"",
    "\"x-road-represented-party\"",
    "\"x-road-security-server\"",
    "\"x-road-error\"",
    "\"lienthong-purpose\"",
    "\"lienthong-other-headers\"",
    "\"signature\";req;key=\"lt\"",
    ");created=",
    ";nonce=\"",
    "\";keyid=\"",
    "\";alg=\"ed25519\";tag=\"lienthong\"",
    "\";alg=\"lienthong-ed25519-merkle-v1\";tag=\"lienthong\"",
    "sha-256=:",
    "=:\n",
    "application/json",
    "/r1/",
    "/GOV/",
    "/LOC/",
    "?\n",
    "GET\n",
    "POST\n",
    "200\n",
    "VN/",
    "VN-",
    " \"@path\" \"@query\" \"x-road-client\"",
    " \"x-road-id\" \"x-road-request-id\"",
    "\"@status\" \"content-type\" \"x-road-request-id\" \"content-digest\" \"signature\";req;key=\"lt\"",
    " \"lienthong-purpose\" \"lienthong-other-headers\"",
    " \"x-road-userid\" \"x-road-issue\" \"lienthong-purpose\"",
    "/nut-",
    "#",
    "\"@signature-params\": ",
];

/// The phrases by their first two bytes. Entries are made shorter on the way of every exchange, so little more is compared than what fits.
struct Index {
    /// Which of `lists` has the phrases that begin with two bytes, at the place `128 * first + second`.
    list: Vec<u8>,
    /// Each with the longest first, so that the longest that fits is taken. The first one is empty.
    lists: Vec<Vec<(&'static [u8], u8)>>,
    /// What stands for a phrase of one byte, at the place of that byte; or none, 0.
    single: [u8; 128],
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index { list: vec![0; 128 * 128], lists: vec![Vec::new()], single: [0; 128] };
    for (phrase, code) in PHRASES.iter().map(|phrase| phrase.as_bytes()).zip(0x80u8..) {
        match phrase {
            [byte] => {
                if let Some(single) = index.single.get_mut(usize::from(*byte)) {
                    *single = code;
                }
            }
            [first, second, ..] => {
                let Some(list) = index.list.get_mut(place(*first, *second)) else { continue };
                if *list == 0 {
                    *list = u8::try_from(index.lists.len()).unwrap_or_default();
                    index.lists.push(Vec::new());
                }
                if let Some(phrases) = index.lists.get_mut(usize::from(*list)) {
                    phrases.push((phrase, code));
                    phrases.sort_by_key(|(phrase, _)| Reverse(phrase.len()));
                }
            }
            [] => {}
        }
    }
    index
});

fn place(first: u8, second: u8) -> usize {
    128 * usize::from(first) + usize::from(second)
}

impl Index {
    /// The longest phrase that `text`, ASCII, begins with, and what stands for it.
    fn longest(&self, text: &[u8]) -> Option<(u8, usize)> {
        let first = *text.first()?;
        let list = self.list.get(place(first, text.get(1).copied().unwrap_or_default()))?;
        let fitting = self.lists.get(usize::from(*list))?.iter().find(|(phrase, _)| text.starts_with(phrase));
        let single = || self.single.get(usize::from(first)).filter(|code| **code != 0).map(|code| (*code, 1));
        fitting.map(|(phrase, code)| (*code, phrase.len())).or_else(single)
    }
}

/// Writes `text` shorter; `None` if it is not ASCII.
pub(crate) fn shorten(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() {
        return None;
    }
    let index = &*INDEX;
    let mut short = Vec::with_capacity(text.len() / 2);
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        if let Some((code, length)) = index.longest(rest) {
            short.push(code);
            rest = rest.get(length..).unwrap_or_default();
        } else {
            short.push(*first);
            rest = after;
        }
    }
    Some(short)
}

/// What [`shorten`] made short; `None` if a byte stands for no phrase.
pub(crate) fn restore(short: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(short.len() * 3);
    for byte in short {
        match byte.checked_sub(0x80) {
            None => text.push(char::from(*byte)),
            Some(index) => text.push_str(PHRASES.get(usize::from(index))?),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_ascii_text_comes_back(text in "[ -~\n]{0,300}", phrases in prop::collection::vec(0usize..PHRASES.len(), 0..20)) {
            let text = phrases.iter().fold(text, |text, at| text + PHRASES[*at]);
            prop_assert_eq!(restore(&shorten(&text).unwrap()).unwrap(), text);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = restore(&bytes);
        }
    }

    #[test]
    fn what_is_not_ascii_is_left_alone() {
        assert_eq!(shorten("số"), None);
        assert_eq!(restore(&[0xff]), None);
    }

    #[test]
    fn the_table_only_grows_at_its_end() {
        // The sum of the first table. Add phrases behind it and extend this test; never change what is here.
        let joined = PHRASES.join("\u{1}");
        assert_eq!(crc32c::crc32c(joined.as_bytes()), 762_794_188);
    }
}
