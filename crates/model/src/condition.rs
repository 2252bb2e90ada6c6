//! Conditions over what is known in a case: `ket_hon.tinh_trang = "1" and age(con.ngay_sinh) < 6`. Total: they end, have no loops, and
//! what is not known is neither true nor false (three-valued logic, as in SQL).

mod contradiction;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::texts;
use crate::words::Words;

/// Longest condition, in bytes.
const BYTES_MAX: usize = 2_000;
/// Deepest nesting.
const DEPTH_MAX: usize = 16;

/// A condition. Written as text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Condition {
    /// Something is known under this name, and is not empty.
    Exists(String),
    /// The value compared with a text, a number or another value.
    Compare(Side, Compared, Side),
    /// The value is one of these.
    In(Side, Vec<String>),
    /// All of them.
    And(Vec<Self>),
    /// One of them.
    Or(Vec<Self>),
    /// The other way round.
    Not(Box<Self>),
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Side {
    /// What is known under a name.
    Fact(String),
    /// Whole years since a day that is known, on the day of the case.
    Age(String),
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compared {
    /// `=`
    Equal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

/// What a condition reads: a name's value, if it is known.
pub type Known<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Condition {
    /// Whether it holds on `today`; none if too little is known. Numbers and days are compared as such where both sides are, else texts.
    #[must_use]
    pub fn holds(&self, known: Known<'_>, today: Date) -> Option<bool> {
        match self {
            Self::Exists(fact) => Some(known(fact).is_some_and(|value| !value.trim().is_empty())),
            Self::Compare(left, how, right) => {
                let (left, right) = (left.value(known, today)?, right.value(known, today)?);
                let order = match (Decimal::of(&left), Decimal::of(&right)) {
                    (Some(a), Some(b)) => a.compare(&b),
                    _ => left.cmp(&right),
                };
                Some(match how {
                    Compared::Equal => order.is_eq(),
                    Compared::Less => order.is_lt(),
                    Compared::AtMost => order.is_le(),
                    Compared::More => order.is_gt(),
                    Compared::AtLeast => order.is_ge(),
                })
            }
            Self::In(side, list) => side.value(known, today).map(|value| list.contains(&value)),
            Self::Not(inner) => inner.holds(known, today).map(|holds| !holds),
            Self::And(all) => settled(all, known, today, false),
            Self::Or(any) => settled(any, known, today, true),
        }
    }

    /// The names that it reads, each once.
    #[must_use]
    pub fn reads(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.collect(&mut names);
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether it is certain that it never holds, whatever is known: `a = "1" and a = "2"`. Not all that never holds is found: names are
    /// compared with what is written beside them, not with each other.
    #[must_use]
    pub fn contradicts_itself(&self) -> bool {
        contradiction::never_holds(self)
    }

    fn collect<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Self::Exists(fact) => names.push(fact),
            Self::Compare(left, _, right) => names.extend(left.reads().into_iter().chain(right.reads())),
            Self::In(side, _) => names.extend(side.reads()),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.collect(names)),
            Self::Not(inner) => inner.collect(names),
        }
    }
}

/// Of several: `decisive` if one is, unknown if one may be, else the other.
fn settled(parts: &[Condition], known: Known<'_>, today: Date, decisive: bool) -> Option<bool> {
    let mut end = Some(!decisive);
    for part in parts {
        match part.holds(known, today) {
            Some(value) if value == decisive => return Some(decisive),
            Some(_) => {}
            None => end = None,
        }
    }
    end
}

/// A decimal as it is written, of whatever length. `012` is a code and none; `12.0` and `12` are the same.
struct Decimal<'a> {
    negative: bool,
    whole: &'a str,
    part: &'a str,
}

impl<'a> Decimal<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, part) = rest.split_once('.').unwrap_or((rest, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_number = digits(whole) && digits(part) && (whole == "0" || !whole.starts_with('0'));
        let part = part.trim_end_matches('0');
        // Nothing is neither above nor below itself.
        let negative = negative && !(whole == "0" && part.is_empty());
        is_number.then_some(Self { negative, whole, part })
    }

    fn compare(&self, other: &Self) -> Ordering {
        let size =
            (self.whole.len(), self.whole, self.part).cmp(&(other.whole.len(), other.whole, other.part));
        match (self.negative, other.negative) {
            (false, false) => size,
            (true, true) => size.reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl Side {
    fn value(&self, known: Known<'_>, today: Date) -> Option<String> {
        match self {
            Self::Fact(fact) => known(fact).filter(|value| !value.trim().is_empty()),
            Self::Age(fact) => {
                let born: Date = known(fact)?.parse().ok()?;
                let had = (today.month(), today.day()) >= (born.month(), born.day());
                let years = i32::from(today.year()) - i32::from(born.year()) - i32::from(!had);
                (years >= 0).then(|| years.to_string())
            }
            Self::Text(text) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
        }
    }

    fn reads(&self) -> Option<&str> {
        match self {
            Self::Fact(fact) | Self::Age(fact) => Some(fact),
            Self::Text(_) | Self::Number(_) => None,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fact(fact) => f.write_str(fact),
            Self::Age(fact) => write!(f, "age({fact})"),
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str| {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    write!(f, " {word} ")?;
                }
                match part {
                    Self::And(_) | Self::Or(_) => write!(f, "({part})")?,
                    _ => write!(f, "{part}")?,
                }
            }
            Ok(())
        };
        match self {
            Self::Exists(fact) => write!(f, "exists({fact})"),
            Self::Compare(left, how, right) => {
                let sign = match how {
                    Compared::Equal => "=",
                    Compared::Less => "<",
                    Compared::AtMost => "<=",
                    Compared::More => ">",
                    Compared::AtLeast => ">=",
                };
                write!(f, "{left} {sign} {right}")
            }
            Self::In(side, list) => {
                let list: Vec<String> = list.iter().map(|one| format!("\"{one}\"")).collect();
                write!(f, "{side} in ({})", list.join(", "))
            }
            Self::And(parts) => joined(f, parts, "and"),
            Self::Or(parts) => joined(f, parts, "or"),
            Self::Not(inner) => write!(f, "not ({inner})"),
        }
    }
}

/// A condition that can't be read: where, in bytes, and what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionError(pub Words);

impl fmt::Display for ConditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.en())
    }
}

impl FromStr for Condition {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        if text.len() > BYTES_MAX {
            return Err(ConditionError(texts::condition_long(BYTES_MAX)));
        }
        let mut reader = Reader { tokens: tokens(text)?, at: 0 };
        let condition = reader.any(0)?;
        if reader.peek().is_some() {
            return Err(reader.unexpected());
        }
        Ok(condition)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Number(i64),
    Sign(&'static str),
}

fn tokens(text: &str) -> Result<Vec<Token>, ConditionError> {
    let bad = |at: usize| ConditionError(texts::condition_unreadable(at));
    let (mut tokens, mut rest) = (Vec::new(), text);
    loop {
        rest = rest.trim_start();
        let at = text.len() - rest.len();
        let Some(first) = rest.chars().next() else { return Ok(tokens) };
        if let Some(sign) =
            ["<=", ">=", "=", "<", ">", "(", ")", ","].iter().find(|sign| rest.starts_with(**sign))
        {
            tokens.push(Token::Sign(sign));
            rest = rest.strip_prefix(sign).unwrap_or_default();
        } else if let Some(quoted) = rest.strip_prefix('"') {
            let (inside, behind) = quoted.split_once('"').ok_or_else(|| bad(at))?;
            tokens.push(Token::Text(inside.to_owned()));
            rest = behind;
        } else {
            let is_part = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end);
            if word.is_empty() {
                return Err(bad(at));
            }
            tokens.push(if first.is_ascii_digit() || first == '-' {
                Token::Number(word.parse().map_err(|_| bad(at))?)
            } else {
                Token::Word(word.to_owned())
            });
            rest = behind;
        }
    }
}

/// Reads by recursive descent: `or` binds loosest, then `and`, then `not`.
struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn unexpected(&self) -> ConditionError {
        let found = match self.peek() {
            None => return ConditionError(texts::condition_ends()),
            Some(Token::Word(word) | Token::Text(word)) => word.clone(),
            Some(Token::Number(number)) => number.to_string(),
            Some(Token::Sign(sign)) => (*sign).to_owned(),
        };
        ConditionError(texts::condition_unexpected(&found))
    }

    fn takes(&mut self, token: &Token) -> bool {
        let there = self.peek() == Some(token);
        self.at += usize::from(there);
        there
    }

    fn word(&mut self, word: &str) -> bool {
        self.takes(&Token::Word(word.to_owned()))
    }

    fn sign(&mut self, sign: &'static str) -> Result<(), ConditionError> {
        if self.takes(&Token::Sign(sign)) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn any(&mut self, depth: usize) -> Result<Condition, ConditionError> {
        if depth > DEPTH_MAX {
            return Err(ConditionError(texts::condition_deep(DEPTH_MAX)));
        }
        let mut parts = vec![self.all(depth)?];
        while self.word("or") {
            parts.push(self.all(depth)?);
        }
        Ok(single(parts, Condition::Or))
    }

    fn all(&mut self, depth: usize) -> Result<Condition, ConditionError> {
        let mut parts = vec![self.one(depth)?];
        while self.word("and") {
            parts.push(self.one(depth)?);
        }
        Ok(single(parts, Condition::And))
    }

    fn one(&mut self, depth: usize) -> Result<Condition, ConditionError> {
        if depth > DEPTH_MAX {
            return Err(ConditionError(texts::condition_deep(DEPTH_MAX)));
        }
        if self.word("not") {
            return Ok(Condition::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.takes(&Token::Sign("(")) {
            let inner = self.any(depth + 1)?;
            self.sign(")")?;
            return Ok(inner);
        }
        if self.word("exists") {
            return Ok(Condition::Exists(self.named()?));
        }
        let left = self.side()?;
        if self.word("in") {
            return Ok(Condition::In(left, self.list()?));
        }
        let how = match self.peek() {
            Some(Token::Sign("=")) => Compared::Equal,
            Some(Token::Sign("<")) => Compared::Less,
            Some(Token::Sign("<=")) => Compared::AtMost,
            Some(Token::Sign(">")) => Compared::More,
            Some(Token::Sign(">=")) => Compared::AtLeast,
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(Condition::Compare(left, how, self.side()?))
    }

    fn side(&mut self) -> Result<Side, ConditionError> {
        if self.word("age") {
            return Ok(Side::Age(self.named()?));
        }
        let side = match self.peek() {
            Some(Token::Word(word)) if !["and", "or", "not", "in", "exists"].contains(&word.as_str()) => {
                Side::Fact(word.clone())
            }
            Some(Token::Text(text)) => Side::Text(text.clone()),
            Some(Token::Number(number)) => Side::Number(*number),
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(side)
    }

    /// `(name)`
    fn named(&mut self) -> Result<String, ConditionError> {
        self.sign("(")?;
        let Side::Fact(name) = self.side()? else { return Err(self.unexpected()) };
        self.sign(")")?;
        Ok(name)
    }

    /// `("a", "b")`
    fn list(&mut self) -> Result<Vec<String>, ConditionError> {
        self.sign("(")?;
        let mut list = Vec::new();
        loop {
            match self.side()? {
                Side::Text(text) => list.push(text),
                Side::Number(number) => list.push(number.to_string()),
                Side::Fact(_) | Side::Age(_) => return Err(self.unexpected()),
            }
            if !self.takes(&Token::Sign(",")) {
                break;
            }
        }
        self.sign(")")?;
        Ok(list)
    }
}

fn single(mut parts: Vec<Condition>, several: fn(Vec<Condition>) -> Condition) -> Condition {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            several(parts)
        }
        None => several(parts),
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl PartialSchema for Condition {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "A condition over what is known: `=`, `<`, `in`, `age()`, `exists()`, `and`, `or`, `not`.",
            ))
            .into()
    }
}

impl ToSchema for Condition {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn holds(text: &str) -> Option<bool> {
        let known = |name: &str| match name {
            "con.ngay_sinh" => Some("2021-11-30".to_owned()),
            "cha.tinh_trang" => Some("2".to_owned()),
            "xa" => Some("00004".to_owned()),
            "trong" => Some("  ".to_owned()),
            "ha" => Some("80.5".to_owned()),
            "thang" => Some("12.0".to_owned()),
            "no" => Some("-0.5".to_owned()),
            _ => None,
        };
        text.parse::<Condition>().unwrap().holds(&known, "2026-11-29".parse().unwrap())
    }

    #[test]
    fn what_is_known_decides_and_what_is_not_is_neither() {
        for (text, expected) in [
            ("age(con.ngay_sinh) < 5", Some(true)),
            ("age(con.ngay_sinh) >= 5", Some(false)),
            ("con.ngay_sinh < \"2022-01-01\"", Some(true)),
            ("cha.tinh_trang = 2", Some(true)),
            ("cha.tinh_trang in (\"2\", \"3\")", Some(true)),
            ("xa = 4", Some(false)),
            ("ha >= 100", Some(false)),
            ("ha > 80", Some(true)),
            ("ha < \"80.75\"", Some(true)),
            ("thang >= 6", Some(true)),
            ("thang = 12", Some(true)),
            ("no < 0", Some(true)),
            ("no > -1", Some(true)),
            ("xa = \"00004\"", Some(true)),
            ("exists(trong)", Some(false)),
            ("trong = \"  \"", None),
            ("exists(khac)", Some(false)),
            ("khac = 1", None),
            ("khac = 1 or xa = \"00004\"", Some(true)),
            ("khac = 1 and xa = \"1\"", Some(false)),
            ("khac = 1 and xa = \"00004\"", None),
            ("not (khac = 1)", None),
            ("not xa = \"1\" and (xa = \"1\" or exists(xa))", Some(true)),
        ] {
            assert_eq!(holds(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_condition_says_where_and_never_panics() {
        for text in [
            "",
            "a",
            "a =",
            "a = b c",
            "(a = 1",
            "a in ()",
            "age a < 1",
            "a ~ 1",
            "\"a",
            "9x = 1",
            "and = 1",
            &"(".repeat(100),
            &"not ".repeat(100),
            &"a".repeat(3_000),
        ] {
            assert!(text.parse::<Condition>().is_err(), "{text}");
        }
    }

    pub(super) fn condition() -> impl Strategy<Value = Condition> {
        let fact = "[a-z]{1,4}(\\.[a-z_]{1,4})?".prop_filter("a word of the language", |word| {
            !["and", "or", "not", "in", "exists", "age"].contains(&word.as_str())
        });
        let side = prop_oneof![
            fact.clone().prop_map(Side::Fact),
            fact.clone().prop_map(Side::Age),
            "[^\"]{0,6}".prop_map(Side::Text),
            any::<i64>().prop_map(Side::Number)
        ];
        let how = prop_oneof![
            Just(Compared::Equal),
            Just(Compared::Less),
            Just(Compared::AtMost),
            Just(Compared::More),
            Just(Compared::AtLeast)
        ];
        let leaf = prop_oneof![
            fact.prop_map(Condition::Exists),
            (side.clone(), how, side.clone()).prop_map(|(a, how, b)| Condition::Compare(a, how, b)),
            (side, prop::collection::vec("[^\"]{0,4}", 1..3))
                .prop_map(|(side, list)| Condition::In(side, list)),
        ];
        leaf.prop_recursive(3, 16, 3, |inner| {
            prop_oneof![
                inner.clone().prop_map(|inner| Condition::Not(Box::new(inner))),
                prop::collection::vec(inner.clone(), 2..3).prop_map(Condition::And),
                prop::collection::vec(inner, 2..3).prop_map(Condition::Or),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(condition in condition()) {
            prop_assert_eq!(condition.to_string().parse::<Condition>().unwrap(), condition);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}") {
            let _ = text.parse::<Condition>();
        }
    }
}
