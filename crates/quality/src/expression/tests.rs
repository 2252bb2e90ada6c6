//! Conditions: what they mean, what is refused, and that nothing that is written stops who reads it.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::distinct::day_of;

struct Row(HashMap<&'static str, Lane<'static>>);

impl Columns for Row {
    fn lane(&self, field: &str) -> Option<&Lane<'_>> {
        self.0.get(field)
    }
}

fn row() -> Row {
    Row(HashMap::from([
        ("n", Lane::Numbers(vec![Some(7.0)])),
        ("zero", Lane::Numbers(vec![Some(0.0)])),
        ("none", Lane::Numbers(vec![None])),
        ("ten", Lane::Texts(vec![Some("Nguyễn Văn An".into())])),
        ("sinh", Lane::Days(vec![day_of("1990-02-28")])),
        ("cap", Lane::Days(vec![day_of("2020-01-01")])),
        ("song", Lane::Truths(vec![Some(true)])),
    ]))
}

fn field(name: &str) -> Option<Type> {
    Some(match name {
        "n" | "zero" | "none" => Type::Number,
        "ten" => Type::Text,
        "sinh" | "cap" => Type::Day,
        "song" => Type::Truth,
        _ => return None,
    })
}

fn run(text: &str) -> Option<bool> {
    let program = Program::read(text, &field).unwrap_or_else(|error| panic!("{text}: {error}"));
    program.truths(&row(), 1, day_of("2026-11-30").unwrap())[0]
}

#[test]
fn conditions_mean_what_sql_would_mean() {
    for (text, expect) in [
        ("n = 7", Some(true)),
        ("n + 1 * 2 = 9 and not n < 7", Some(true)),
        ("n between 7 and 8", Some(true)),
        ("n not in (1, 2, 3)", Some(true)),
        ("n in (1, null)", None),
        ("n in (7, null)", Some(true)),
        ("n / zero = 1", None),
        ("n / zero is null", Some(true)),
        ("none > 1 or n = 7", Some(true)),
        ("none > 1 or n = 8", None),
        ("none > 1 and n = 8", Some(false)),
        ("not (none = none)", None),
        ("none is null and n is not null", Some(true)),
        ("length(ten) = 13", Some(true)),
        ("ten matches 'Nguyễn .*'", Some(true)),
        ("ten matches 'Văn'", Some(false)),
        ("lower(trim(ten)) = 'nguyễn văn an'", Some(true)),
        ("cap > sinh and year(sinh) = 1990", Some(true)),
        ("cap - sinh > 10898 and cap - sinh < 10900", Some(true)),
        ("sinh + 1 = date '1990-03-01'", Some(true)),
        ("cap <= today", Some(true)),
        ("song", Some(true)),
        ("not song", Some(false)),
        ("-n < -6.5 and abs(-n) = 7", Some(true)),
        ("\"n\" <> 8", Some(true)),
        ("ten = 'it''s'", Some(false)),
        ("null", None),
        ("n * 999999999999999999999999 * 999999999999999999999999 * 99999999999999999999999 > 0", Some(true)),
    ] {
        assert_eq!(run(text), expect, "{text}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, at) in [
        ("", 1),
        ("n =", 4),
        ("n = 'a'", 3),
        ("n + ten = 3", 3),
        ("khong_co = 1", 1),
        ("n", 1),
        ("ten matches n", 13),
        ("ten matches '('", 13),
        ("ten matches '((a{1000}){1000}){1000}'", 13),
        ("n = 7 n", 7),
        ("ten = 'abc", 7),
        ("n = 7 ; drop", 7),
        ("date '2021-02-29' < today", 1),
        ("length(n) = 1", 8),
        ("loop(n) = 1", 1),
        ("n = 1.2.3", 5),
        ("(n = 7", 7),
    ] {
        let error = Program::read(text, &field).unwrap_err();
        assert_eq!(error.at, at, "{text}: {error}");
        assert!(!error.why.vi().is_empty() && error.why.vi() != error.why.en(), "{text}");
    }
    let deep = format!("{}n = 7{}", "(".repeat(1000), ")".repeat(1000));
    assert!(Program::read(&deep, &field).is_err());
    let not = format!("{}song", "not ".repeat(1000));
    assert!(Program::read(&not, &field).is_err());
    let wide = vec!["n = 7"; 600].join(" or ");
    assert!(Program::read(&wide, &field).is_err());
}

proptest! {
    /// Whatever is written is read or refused, and what was read runs.
    #[test]
    fn nothing_that_is_written_stops_who_reads_it(words in prop::collection::vec(prop::sample::select(vec![
        "n", "zero", "none", "ten", "sinh", "song", "(", ")", "and", "or", "not", "in", "between", "matches", "is", "null", "+", "-", "*", "/",
        "=", "<", ">=", ",", "1", "2.5", "'a'", "date '2020-01-01'", "today", "length(", "year(", "true", "\"n\"", "'", "é", ";",
    ]), 0..24)) {
        let text = words.join(" ");
        match Program::read(&text, &field) {
            Ok(program) => prop_assert_eq!(program.truths(&row(), 1, 20_000).len(), 1),
            Err(error) => prop_assert!(error.at >= 1 && error.at <= text.chars().count() + 1, "{}: {}", text, error),
        }
    }
}
