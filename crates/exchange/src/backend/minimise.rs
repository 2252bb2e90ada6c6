//! Cuts a JSON answer down to the granted fields. What stays is not read anew: its bytes pass as they came, so that no digit of
//! a number, no escape and no member that is there twice changes on the way.

use std::collections::BTreeSet;
use std::ops::{Bound, Range};

use model::fault::Words;

use crate::texts;

/// What a problem document (RFC 9457) says for itself; passes in answers that are errors.
const PROBLEM_FIELDS: [&str; 5] = ["type", "title", "status", "detail", "instance"];
/// Deepest nesting of lists and objects. As many as `serde_json` takes.
const DEPTH_MAX: usize = 128;

/// Why an answer can't be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uncut {
    /// It is no JSON; where that shows.
    NotJson {
        /// Bytes before that place.
        at: usize,
    },
    /// It is nested too deeply.
    TooDeep,
    /// It is no object and no list of objects: there are no names in it to go by.
    NoNames,
}

impl Uncut {
    /// For people. Nothing of the answer is told: it may be what is not granted.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::NotJson { at } => texts::not_valid_json(at),
            Self::TooDeep => texts::nested_too_deep(DEPTH_MAX),
            Self::NoNames => texts::plain_values(),
        }
    }
}

/// What `fields` name of the JSON text `body`. A field is a path of names joined by dots; a list on the way is looked into. What is
/// named is kept with all that is in it, byte for byte. The result is never longer than `body`.
///
/// # Errors
/// [`Uncut`].
pub fn cut(body: &str, fields: &BTreeSet<String>, is_error: bool) -> Result<String, Uncut> {
    let mut cutter = Cutter {
        json: Json { body, bytes: body.as_bytes(), at: 0 },
        granted: Granted { fields, is_error },
        path: String::new(),
        kept: String::with_capacity(body.len()),
    };
    cutter.json.white_space();
    let has_names = cutter.value(DEPTH_MAX)?;
    cutter.json.white_space();
    if cutter.json.at != body.len() {
        return Err(cutter.json.wrong());
    }
    if has_names { Ok(cutter.kept) } else { Err(Uncut::NoNames) }
}

/// What becomes of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    All,
    /// Something below it.
    Below,
    Nothing,
}

struct Granted<'a> {
    fields: &'a BTreeSet<String>,
    is_error: bool,
}

impl Granted<'_> {
    /// What becomes of the member at `path`. `path` is given back as it was.
    fn keep(&self, path: &mut String) -> Keep {
        if self.fields.contains(path.as_str()) || self.is_error && PROBLEM_FIELDS.contains(&path.as_str()) {
            return Keep::All;
        }
        path.push('.');
        let mut from = self.fields.range::<str, _>((Bound::Included(path.as_str()), Bound::Unbounded));
        let is_above = from.next().is_some_and(|field| field.starts_with(path.as_str()));
        path.pop();
        if is_above { Keep::Below } else { Keep::Nothing }
    }
}

/// Walks through the text once and writes what stays.
struct Cutter<'a> {
    json: Json<'a>,
    granted: Granted<'a>,
    /// Names from the top to here, joined by dots.
    path: String,
    kept: String,
}

impl Cutter<'_> {
    /// Cuts the value that begins here. False if it is a plain one, or a list with a plain one in it: nothing in that has a
    /// granted name, and what was written of it does not count.
    fn value(&mut self, depth: usize) -> Result<bool, Uncut> {
        match self.json.next() {
            Some(b'{') => self.object(depth.checked_sub(1).ok_or(Uncut::TooDeep)?).map(|()| true),
            Some(b'[') => self.list(depth.checked_sub(1).ok_or(Uncut::TooDeep)?),
            _ => {
                let text = self.json.value(depth)?;
                self.kept.push_str(text);
                Ok(text == "null")
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<bool, Uncut> {
        let mut has_names = true;
        self.kept.push('[');
        self.json.take(b'[')?;
        let mut is_first = true;
        while self.json.is_another(b']', is_first)? {
            if !is_first {
                self.kept.push(',');
            }
            is_first = false;
            has_names &= self.value(depth)?;
        }
        self.kept.push(']');
        Ok(has_names)
    }

    fn object(&mut self, depth: usize) -> Result<(), Uncut> {
        self.kept.push('{');
        self.json.take(b'{')?;
        let begins = self.kept.len();
        let mut is_first = true;
        while self.json.is_another(b'}', is_first)? {
            is_first = false;
            let before = self.kept.len();
            if before > begins {
                self.kept.push(',');
            }
            if !self.member(depth)? {
                self.kept.truncate(before);
            }
        }
        self.kept.push('}');
        Ok(())
    }

    /// Reads a member and writes what stays of it; false if nothing does.
    fn member(&mut self, depth: usize) -> Result<bool, Uncut> {
        let name_at = self.json.string()?;
        let name = self.json.slice(name_at);
        let above = self.path.len();
        let is_text = push_name(&mut self.path, name);
        let keep = if is_text { self.granted.keep(&mut self.path) } else { Keep::Nothing };
        self.json.white_space();
        self.json.take(b':')?;
        self.json.white_space();
        let stays = match keep {
            Keep::Nothing => self.json.value(depth).map(|_| false),
            Keep::All => {
                self.kept.push_str(name);
                self.kept.push(':');
                self.json.value(depth).map(|text| {
                    self.kept.push_str(text);
                    true
                })
            }
            Keep::Below => {
                self.kept.push_str(name);
                self.kept.push(':');
                // An absence is told as it is; another plain value has no name of its own.
                self.value(depth)
            }
        };
        self.path.truncate(above);
        stays
    }
}

/// Puts a name behind a path, its escapes resolved. False if it is no text: half of a surrogate pair, which no field has.
fn push_name(path: &mut String, quoted: &str) -> bool {
    if !path.is_empty() {
        path.push('.');
    }
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    if !inner.contains('\\') {
        path.push_str(inner);
        return true;
    }
    match serde_json::from_str::<String>(quoted) {
        Ok(name) => {
            path.push_str(&name);
            true
        }
        Err(_) => false,
    }
}

/// A JSON text (RFC 8259) and how far it was read.
struct Json<'a> {
    body: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Json<'a> {
    fn wrong(&self) -> Uncut {
        Uncut::NotJson { at: self.at }
    }

    fn next(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn slice(&self, range: Range<usize>) -> &'a str {
        // All places lie before or behind ASCII signs of the text.
        self.body.get(range).unwrap_or_default()
    }

    fn take(&mut self, wanted: u8) -> Result<(), Uncut> {
        if self.next() != Some(wanted) {
            return Err(self.wrong());
        }
        self.at += 1;
        Ok(())
    }

    fn while_(&mut self, is: impl Fn(u8) -> bool) -> usize {
        let from = self.at;
        while self.next().is_some_and(&is) {
            self.at += 1;
        }
        self.at - from
    }

    fn white_space(&mut self) {
        self.while_(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    /// Whether a list or an object has another item; goes to it, or behind the end.
    fn is_another(&mut self, end: u8, is_first: bool) -> Result<bool, Uncut> {
        self.white_space();
        if self.next() == Some(end) {
            self.at += 1;
            return Ok(false);
        }
        if !is_first {
            self.take(b',')?;
            self.white_space();
        }
        Ok(true)
    }

    /// Passes over a value and returns its text.
    fn value(&mut self, depth: usize) -> Result<&'a str, Uncut> {
        let from = self.at;
        match self.next() {
            Some(b'{') => {
                self.at += 1;
                let depth = depth.checked_sub(1).ok_or(Uncut::TooDeep)?;
                let mut is_first = true;
                while self.is_another(b'}', is_first)? {
                    is_first = false;
                    self.string()?;
                    self.white_space();
                    self.take(b':')?;
                    self.white_space();
                    self.value(depth)?;
                }
            }
            Some(b'[') => {
                self.at += 1;
                let depth = depth.checked_sub(1).ok_or(Uncut::TooDeep)?;
                let mut is_first = true;
                while self.is_another(b']', is_first)? {
                    is_first = false;
                    self.value(depth)?;
                }
            }
            Some(b'"') => {
                self.string()?;
            }
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        }
        Ok(self.slice(from..self.at))
    }

    fn word(&mut self) -> Result<(), Uncut> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let word = ["true", "false", "null"].into_iter().find(|word| rest.starts_with(word.as_bytes()));
        self.at += word.ok_or_else(|| self.wrong())?.len();
        Ok(())
    }

    /// A number of any length: its value is nobody's business here.
    fn number(&mut self) -> Result<(), Uncut> {
        if self.next() == Some(b'-') {
            self.at += 1;
        }
        if self.next() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.next() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.next(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.next(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Uncut> {
        if self.while_(|byte| byte.is_ascii_digit()) == 0 { Err(self.wrong()) } else { Ok(()) }
    }

    /// Passes over a text in quotation marks; where it is, the marks with it.
    fn string(&mut self) -> Result<Range<usize>, Uncut> {
        let from = self.at;
        self.take(b'"')?;
        loop {
            self.while_(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
            match self.next() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(from..self.at);
                }
                Some(b'\\') => self.escape()?,
                _ => return Err(self.wrong()),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Uncut> {
        self.take(b'\\')?;
        match self.next() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.next().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.wrong());
                    }
                    self.at += 1;
                }
            }
            _ => return Err(self.wrong()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
