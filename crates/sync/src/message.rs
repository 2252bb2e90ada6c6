//! A question of a receiver and its answer, as they stand in the bodies of `POST /sync`.
//!
//! ```text
//! {"ask":"rows","place":{"epoch":1764500000,"commit":1200,"head":"9f…"},"behind":"k17"}
//!
//! {"fields":["ho_ten","ngay_sinh"]}
//! C 1201 2
//! S 001…<tab>Nguyễn An<tab>1990-01-02
//! D 002…
//! P 1
//! S 003…<tab>…
//! {"place":{"epoch":1764500000,"commit":1201,"head":"04…"},"sum":"…","as_of":"2026-11-30T01:02:03Z"}
//! ```
//! `C` is a commit with so many lines, `P` so many rows, `G` a row that is to be asked for again, `H` the sum of a heap, `R` that of a record.
//! The last line says where the receiver is then: an answer that breaks off has none, and nothing of it counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::feed::{Changes, Page, Place, Reply};
use crate::held::{Secret, Sums};
use crate::line::{self, BadLine, Key, Line};

/// Most rows, heaps or records that are asked for at once.
pub const ASKED: usize = 1000;
/// Longest key that is asked for, in bytes.
const KEY_BYTES: usize = 1024;

/// A question. Members that a later release adds are not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Where the receiver is; none: it has nothing yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What it asks for.
    #[serde(flatten)]
    pub ask: Ask,
}

/// What is asked for. What came behind the place comes before it in the answer, whatever is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ask")]
pub enum Ask {
    /// What came, and nothing else.
    Changes {
        /// Up to this commit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<u64>,
    },
    /// Some rows behind one, in the source's order.
    Rows {
        /// Which; none: from the first on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        behind: Option<Key>,
    },
    /// Rows by their keys.
    Keys {
        /// Which.
        keys: BTreeSet<Key>,
    },
    /// The sums of all heaps.
    Heaps,
    /// The sums of the records of some heaps.
    Records {
        /// Which.
        heaps: BTreeSet<u16>,
    },
}

/// Why a question is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadQuestion {
    /// It is not the JSON of a question.
    #[error("{0}")]
    Json(String),
    /// It asks for too much, or by a key that is too long.
    #[error("more than {ASKED} are asked for at once, or a key has more than {KEY_BYTES} bytes")]
    TooMuch,
}

impl Question {
    /// Reads one.
    ///
    /// # Errors
    /// [`BadQuestion`].
    pub fn read(body: &[u8]) -> Result<Self, BadQuestion> {
        let question: Self =
            serde_json::from_slice(body).map_err(|error| BadQuestion::Json(error.to_string()))?;
        let is_good = match &question.ask {
            Ask::Changes { .. } | Ask::Heaps => true,
            Ask::Rows { behind } => behind.as_ref().is_none_or(|key| key.len() <= KEY_BYTES),
            Ask::Keys { keys } => keys.len() <= ASKED && keys.iter().all(|key| key.len() <= KEY_BYTES),
            Ask::Records { heaps } => heaps.len() <= ASKED,
        };
        is_good.then_some(question).ok_or(BadQuestion::TooMuch)
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The view's fields in the order of their cells.
    pub fields: Vec<String>,
    /// Where the receiver is then, and what came before.
    pub reply: Reply,
    /// What was asked for beside that; none: it must be asked for again, once what came is taken.
    pub beside: Option<Beside>,
    /// All that the source had at this time is told, here or before; none: that is not known. RFC 3339.
    pub as_of: Option<String>,
}

/// What stands in an answer beside what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beside {
    /// Rows, and the last that was read in the source's order; none: there are no others behind.
    Rows(Page, Option<Key>),
    /// The sums of heaps.
    Heaps(BTreeMap<u16, u128>),
    /// The sums of records.
    Records(Sums),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    fields: Vec<String>,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Foot {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
    /// Of an answer that begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    begin: Option<Secret>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sum: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    more: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    beside: Option<Kind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<Key>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    as_of: Option<String>,
}

#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Rows,
    Heaps,
    Records,
}

/// Why an answer is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    /// It has no first or no last line: it broke off.
    #[error("it breaks off")]
    BrokenOff,
    /// A line of it cannot be read.
    #[error("line {0} cannot be read")]
    Line(usize),
    /// It counts more lines than it has.
    #[error("line {0} counts more lines than follow")]
    Count(usize),
}

impl Answer {
    /// As it goes on its way.
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = json(&Head { fields: self.fields.clone() });
        let mut foot = Foot { as_of: self.as_of.clone(), ..Foot::default() };
        match &self.reply {
            Reply::NotYet => {}
            Reply::Begin { place, secret } => {
                (foot.place, foot.begin) = (Some(place.clone()), Some(secret.clone()));
            }
            Reply::Changes(changes) => {
                for (number, lines) in &changes.commits {
                    told(&mut out, format_args!("C {number} {}\n{lines}", lines.matches('\n').count()));
                }
                foot.place = Some(changes.place.clone());
                foot.sum = changes.sum.map(|sum| format!("{sum:032x}"));
                foot.more = changes.more;
            }
        }
        match &self.beside {
            None => {}
            Some(Beside::Rows(page, last)) => {
                (foot.beside, foot.last) = (Some(Kind::Rows), last.clone());
                told(&mut out, format_args!("P {}\n", page.lines.len()));
                page.lines.iter().for_each(|line| told(&mut out, format_args!("{line}\n")));
                for key in &page.again {
                    told(&mut out, format_args!("G {}\n", line::Escaped(key)));
                }
            }
            Some(Beside::Heaps(heaps)) => {
                foot.beside = Some(Kind::Heaps);
                for (heap, sum) in heaps {
                    told(&mut out, format_args!("H {heap} {sum:032x}\n"));
                }
            }
            Some(Beside::Records(records)) => {
                foot.beside = Some(Kind::Records);
                for (key, sum) in records {
                    told(&mut out, format_args!("R {sum:032x} {}\n", line::Escaped(key)));
                }
            }
        }
        out.push_str(&json(&foot));
        out
    }

    /// Reads one. Whether its commits lead from the place that was asked about is another question: [`Changes::lines`].
    ///
    /// # Errors
    /// [`BadAnswer`].
    pub fn read(text: &str) -> Result<Self, BadAnswer> {
        let whole = text.strip_suffix('\n').ok_or(BadAnswer::BrokenOff)?;
        let (head, rest) = whole.split_once('\n').ok_or(BadAnswer::BrokenOff)?;
        let (middle, foot) = rest.rsplit_once('\n').unwrap_or(("", rest));
        let Head { fields } = serde_json::from_str(head).map_err(|_| BadAnswer::Line(1))?;
        let foot: Foot = serde_json::from_str(foot).map_err(|_| BadAnswer::BrokenOff)?;
        let read = Middle::read(middle, fields.len())?;
        let reply = match (foot.place, foot.begin) {
            (None, _) => Reply::NotYet,
            (Some(place), Some(secret)) => Reply::Begin { place, secret },
            (Some(place), None) => {
                let sum = foot.sum.map(|sum| u128::from_str_radix(&sum, 16)).transpose();
                let sum = sum.map_err(|_| BadAnswer::BrokenOff)?;
                Reply::Changes(Changes { commits: read.commits, place, sum, more: foot.more })
            }
        };
        let beside = foot.beside.map(|kind| match kind {
            Kind::Rows => Beside::Rows(read.page, foot.last),
            Kind::Heaps => Beside::Heaps(read.heaps),
            Kind::Records => Beside::Records(read.records),
        });
        Ok(Self { fields, reply, beside, as_of: foot.as_of })
    }
}

/// What stands between the first and the last line.
#[derive(Default)]
struct Middle {
    commits: Vec<(u64, String)>,
    page: Page,
    heaps: BTreeMap<u16, u128>,
    records: Sums,
}

impl Middle {
    fn read(text: &str, fields: usize) -> Result<Self, BadAnswer> {
        let mut read = Self::default();
        let mut lines = (2..).zip(text.lines());
        while let Some((at, line)) = lines.next() {
            let bad = || BadAnswer::Line(at);
            let (kind, rest) = line.split_once(' ').ok_or_else(bad)?;
            match kind {
                "C" => {
                    let (number, count) = rest.split_once(' ').ok_or_else(bad)?;
                    let count: usize = whole(count).ok_or_else(bad)?;
                    let mut told = String::new();
                    for _ in 0..count {
                        let (_, line) = lines.next().ok_or(BadAnswer::Count(at))?;
                        told.push_str(line);
                        told.push('\n');
                    }
                    read.commits.push((whole(number).ok_or_else(bad)?, told));
                }
                "P" => {
                    for _ in 0..whole::<usize>(rest).ok_or_else(bad)? {
                        let (at, line) = lines.next().ok_or(BadAnswer::Count(at))?;
                        let row = Line::read(line, fields).map_err(|_: BadLine| BadAnswer::Line(at))?;
                        read.page.lines.push(row);
                    }
                }
                "G" => drop(read.page.again.insert(line::unescaped(rest).map_err(|_| bad())?)),
                "H" => {
                    let (heap, sum) = rest.split_once(' ').ok_or_else(bad)?;
                    read.heaps.insert(whole(heap).ok_or_else(bad)?, hashed(sum).ok_or_else(bad)?);
                }
                "R" => {
                    let (sum, key) = rest.split_once(' ').ok_or_else(bad)?;
                    read.records
                        .push((line::unescaped(key).map_err(|_| bad())?, hashed(sum).ok_or_else(bad)?));
                }
                _ => return Err(bad()),
            }
        }
        Ok(read)
    }
}

fn whole<T: std::str::FromStr + ToString>(text: &str) -> Option<T> {
    text.parse().ok().filter(|number: &T| number.to_string() == text)
}

fn hashed(text: &str) -> Option<u128> {
    u128::from_str_radix(text, 16).ok().filter(|_| text.len() == 32)
}

fn told(out: &mut String, what: std::fmt::Arguments<'_>) {
    // A text takes whatever is written to it.
    let _written = out.write_fmt(what);
}

fn json(what: &impl Serialize) -> String {
    // Texts and numbers: nothing that cannot be written.
    serde_json::to_string(what).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_key() -> impl Strategy<Value = Key> {
        prop_oneof!["[a-c]{0,2}", any::<String>()]
    }

    fn any_line() -> impl Strategy<Value = Line> {
        let cell = prop_oneof![
            Just(line::Cell::Empty),
            Just(line::Cell::Unchanged),
            any_key().prop_map(line::Cell::Text)
        ];
        prop_oneof![
            any_key().prop_map(|key| Line::Gone { key }),
            (any_key(), prop::collection::vec(cell, 2)).prop_map(|(key, cells)| Line::Set { key, cells }),
        ]
    }

    fn any_place() -> impl Strategy<Value = Place> {
        (any::<u64>(), any::<u64>(), any::<[u8; 32]>()).prop_map(|(epoch, commit, head)| Place {
            epoch,
            commit,
            head,
        })
    }

    fn any_answer() -> impl Strategy<Value = Answer> {
        let lines = || prop::collection::vec(any_line(), 0..3);
        let text = |lines: Vec<Line>| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        let commits = prop::collection::vec((any::<u64>(), lines().prop_map(text)), 0..3);
        let changes = (commits, any_place(), any::<Option<u128>>(), any::<bool>())
            .prop_map(|(commits, place, sum, more)| Reply::Changes(Changes { commits, place, sum, more }));
        let begin = (any_place(), any::<[u8; 16]>())
            .prop_map(|(place, secret)| Reply::Begin { place, secret: Secret(secret) });
        let reply = prop_oneof![Just(Reply::NotYet), begin, changes];
        let again = prop::collection::btree_set(any_key(), 0..3);
        let rows = (lines(), again, prop::option::of(any_key()))
            .prop_map(|(lines, again, last)| Beside::Rows(Page { lines, again }, last));
        let heaps = prop::collection::btree_map(any::<u16>(), any::<u128>(), 0..3).prop_map(Beside::Heaps);
        let records = prop::collection::vec((any_key(), any::<u128>()), 0..3).prop_map(Beside::Records);
        let beside = prop::option::of(prop_oneof![rows, heaps, records]);
        let as_of = prop::option::of(Just("2026-11-30T01:02:03Z".to_owned()));
        (reply, beside, as_of).prop_map(|(reply, beside, as_of)| Answer {
            fields: vec!["ho_ten".to_owned(), "ngay".to_owned()],
            reply,
            beside,
            as_of,
        })
    }

    proptest! {
        #[test]
        fn an_answer_is_read_as_it_was_written_and_any_part_of_it_is_none(answer in any_answer()) {
            let text = answer.write();
            prop_assert_eq!(Answer::read(&text), Ok(answer));
            for (at, _) in text.char_indices() {
                prop_assert!(Answer::read(&text[..at]).is_err(), "{}", &text[..at]);
            }
        }

        #[test]
        fn a_question_is_read_as_it_was_written(place in prop::option::of(any_place()), keys in prop::collection::btree_set(any_key().prop_filter("short", |key| key.len() < KEY_BYTES), 0..4), heaps in prop::collection::btree_set(any::<u16>(), 0..4)) {
            for ask in [Ask::Changes { until: None }, Ask::Heaps, Ask::Rows { behind: keys.first().cloned() }, Ask::Keys { keys }, Ask::Records { heaps }] {
                let question = Question { place: place.clone(), ask };
                let body = serde_json::to_vec(&question).unwrap();
                prop_assert_eq!(Question::read(&body), Ok(question));
            }
        }
    }

    #[test]
    fn a_question_for_too_much_is_none() {
        let keys = (0..=ASKED).map(|key| key.to_string()).collect();
        let body = serde_json::to_vec(&Question { place: None, ask: Ask::Keys { keys } }).unwrap();
        assert_eq!(Question::read(&body), Err(BadQuestion::TooMuch));
        assert!(matches!(Question::read(br#"{"ask":"all"}"#), Err(BadQuestion::Json(_))));
    }
}
