//! Tests: a reader of JSON is the model, and the bytes are counted.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn fields(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn cut_text(body: &str, names: &[&str]) -> Result<String, Uncut> {
    cut(body, &fields(names), false)
}

fn cut_to(value: &Value, names: &[&str], is_error: bool) -> Option<Value> {
    let text = cut(&value.to_string(), &fields(names), is_error).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

#[test]
fn what_is_not_granted_is_not_there() {
    let answer = json!({"ten": "A", "sinh": {"ngay": "1990-01-01", "noi": "x"}, "con": [{"ten": "B", "khoa": 1}, {"ten": "C"}], "dao": "y"});
    assert_eq!(
        cut_to(&answer, &["ten", "sinh.ngay", "con.ten"], false),
        Some(json!({"ten": "A", "sinh": {"ngay": "1990-01-01"}, "con": [{"ten": "B"}, {"ten": "C"}]}))
    );
    assert_eq!(cut_to(&answer, &["sinh"], false), Some(json!({"sinh": {"ngay": "1990-01-01", "noi": "x"}})));
    assert_eq!(cut_to(&answer, &[], false), Some(json!({})));
    assert_eq!(cut_to(&json!([{"a": 1, "b": 2}]), &["a"], false), Some(json!([{"a": 1}])));
}

#[test]
fn plain_values_have_no_granted_name() {
    assert_eq!(cut_to(&json!("001198000001"), &["ten"], false), None);
    assert_eq!(cut_to(&json!(["001198000001"]), &["ten"], false), None);
    assert_eq!(cut_to(&json!({"con": ["x"]}), &["con.ten"], false), Some(json!({})));
    assert_eq!(cut_to(&json!({"con": [{"ten": 1}, "x"], "ten": 2}), &["con.ten"], false), Some(json!({})));
    assert_eq!(cut_text(" null ", &["ten"]), Ok("null".into()));
    assert_eq!(cut_text("\"ten\"", &["ten"]), Err(Uncut::NoNames));
}

#[test]
fn a_problem_keeps_what_problems_say() {
    let problem = json!({"type": "t", "title": "x", "status": 404, "person": {"ten": "A"}});
    assert_eq!(cut_to(&problem, &[], true), Some(json!({"type": "t", "title": "x", "status": 404})));
    assert_eq!(cut_to(&problem, &[], false), Some(json!({})));
}

#[test]
fn what_stays_passes_as_it_came() {
    for (body, names, left) in [
        (r#"{"a":12345678901234567890.10,"b":1}"#, &["a"][..], r#"{"a":12345678901234567890.10}"#),
        (r#"{ "a" : -0.0e+400 , "b":1}"#, &["a"], r#"{"a":-0.0e+400}"#),
        (r#"{"a":"\u0041\/é\ud83d\ude00"}"#, &["a"], r#"{"a":"\u0041\/é\ud83d\ude00"}"#),
        (r#"{"a":"\ud800"}"#, &["a"], r#"{"a":"\ud800"}"#),
        ("{\"a\": {\"x\" :\t[1 , 2.50]}, \"b\":0}", &["a"], "{\"a\":{\"x\" :\t[1 , 2.50]}}"),
        (r#"{"a":1,"b":2,"a":3.0}"#, &["a"], r#"{"a":1,"a":3.0}"#),
        (r#"{"a":1,"b":2,"a":3.0}"#, &["b"], r#"{"b":2}"#),
        (r#"{"a":{"x":1,"y":2},"a":{"y":3,"x":4.0}}"#, &["a.x"], r#"{"a":{"x":1},"a":{"x":4.0}}"#),
        (r#"{"\u0074en":1,"t\u0065n2":2}"#, &["ten"], r#"{"\u0074en":1}"#),
        (r#"{"\ud800":1,"b":2}"#, &["b", "\u{fffd}"], r#"{"b":2}"#),
        (r#"{"c":{"\u0078":1e5,"y":2}}"#, &["c.x"], r#"{"c":{"\u0078":1e5}}"#),
        (r#"[{"a":1},[{"a":2,"b":3}],null]"#, &["a"], r#"[{"a":1},[{"a":2}],null]"#),
        (r#"{"a":null,"b":{"c":null}}"#, &["a.x", "b.c"], r#"{"a":null,"b":{"c":null}}"#),
    ] {
        assert_eq!(cut_text(body, names).as_deref(), Ok(left), "{body}");
    }
}

#[test]
fn what_is_no_json_does_not_pass() {
    for body in [
        "",
        " ",
        "{",
        "}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "[1,]",
        "[,]",
        "{a:1}",
        "{'a':1}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":1e}",
        "{\"a\":-}",
        "{\"a\":NaN}",
        "{\"a\":tru}",
        "{\"a\":1}x",
        "{\"a\":1}{\"a\":1}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\\u12",
        "{\"a\":\"",
        "{\"b\":{\"c\":01}}",
        "{\"a\" 1}",
        "\u{feff}{}",
        "{\"a\":1}\0",
        "{/**/}",
        "{\"a\":1;}",
        "[{\"a\":1} {\"a\":2}]",
    ] {
        let found = cut_text(body, &["a"]);
        assert!(matches!(found, Err(Uncut::NotJson { .. })), "{body:?}: {found:?}");
    }
}

#[test]
fn nesting_has_a_bound() {
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    for names in [&["a"][..], &["a.b"], &[]] {
        assert!(cut_text(&nested(DEPTH_MAX), names).is_ok());
        assert_eq!(cut_text(&nested(DEPTH_MAX + 1), names), Err(Uncut::TooDeep));
        assert_eq!(cut_text(&"[".repeat(1_000_000), names), Err(Uncut::TooDeep));
    }
}

/// What an answer cut by way of `serde_json` is: the meaning of a grant, without the bytes.
fn model(value: &mut Value, keep: &dyn Fn(&str) -> Keep, path: &str) -> bool {
    match value {
        Value::Array(items) => items.iter_mut().all(|item| model(item, keep, path)),
        Value::Object(members) => {
            members.retain(|name, member| {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match keep(&path) {
                    Keep::All => true,
                    Keep::Below => model(member, keep, &path),
                    Keep::Nothing => false,
                }
            });
            true
        }
        Value::Null => true,
        _ => false,
    }
}

fn plainly(path: &str, fields: &BTreeSet<String>) -> Keep {
    if fields.contains(path) {
        Keep::All
    } else if fields.iter().any(|field| field.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'))) {
        Keep::Below
    } else {
        Keep::Nothing
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-c\"\\\\é]{0,2}".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map("[a-c]{1,2}(-[a-c]|\\.[a-c])?", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn leaves(value: &Value, path: &str, out: &mut Vec<(String, Value)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| leaves(item, path, out)),
        Value::Object(members) => {
            for (name, member) in members {
                leaves(member, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, out);
            }
        }
        Value::Null => {}
        _ => out.push((path.to_owned(), value.clone())),
    }
}

/// JSON as somebody might write it: names escaped or not, numbers of any form, members twice. `marks` counts the leaves, so that
/// each is another text.
fn any_text() -> impl Strategy<Value = String> {
    let space = prop::sample::select(vec!["", " ", "\n\t"]);
    let leaf = prop_oneof![
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,4})?",
        "\"([a-c ]|\\\\u00[46][1-5]|\\\\/|\\\\n|ệ){0,5}\"",
        prop::sample::select(vec!["true".to_owned(), "false".to_owned(), "null".to_owned()]),
    ];
    let name = prop::sample::select(vec![
        "\"a\"",
        "\"b\"",
        "\"\\u0061\"",
        "\"\\u0062\"",
        "\"c\"",
        "\"a\\u0062\"",
        "\"a.b\"",
    ]);
    (leaf, space).prop_map(|(leaf, space)| format!("{space}{leaf}{space}")).prop_recursive(
        4,
        40,
        5,
        move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
                prop::collection::vec((name.clone(), inner), 0..5).prop_map(|members| {
                    let members: Vec<String> =
                        members.into_iter().map(|(name, value)| format!("{name} :{value}")).collect();
                    format!("{{{}}}", members.join(" , "))
                }),
            ]
        },
    )
}

/// The plain values of a text, as they are written.
fn raw_leaves<'a>(json: &mut Json<'a>, out: &mut Vec<&'a str>) {
    json.white_space();
    let (open, end) = (json.next(), if json.next() == Some(b'{') { b'}' } else { b']' });
    if !matches!(open, Some(b'{' | b'[')) {
        out.push(json.value(DEPTH_MAX).unwrap());
        return;
    }
    json.at += 1;
    let mut is_first = true;
    while json.is_another(end, is_first).unwrap() {
        is_first = false;
        if open == Some(b'{') {
            json.string().unwrap();
            json.white_space();
            json.take(b':').unwrap();
        }
        raw_leaves(json, out);
    }
}

fn raw_leaves_of(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    raw_leaves(&mut Json { body: text, bytes: text.as_bytes(), at: 0 }, &mut out);
    out
}

fn any_fields() -> impl Strategy<Value = BTreeSet<String>> {
    prop::collection::btree_set("[a-c]{1,2}(-[a-c])?(\\.[a-c]{1,2}){0,2}", 0..5)
}

proptest! {
    #[test]
    fn it_cuts_as_the_model_does(value in any_json(), fields in any_fields()) {
        let mut expected = value.clone();
        let has_names = model(&mut expected, &|path| plainly(path, &fields), "");
        let found = cut(&value.to_string(), &fields, false);
        let expected = has_names.then(|| expected.to_string());
        prop_assert_eq!(found.ok(), expected);
    }

    #[test]
    fn nothing_ungranted_is_ever_left(value in any_json(), fields in any_fields()) {
        if let Ok(left) = cut(&value.to_string(), &fields, false) {
            let mut found = Vec::new();
            leaves(&serde_json::from_str(&left).unwrap(), "", &mut found);
            for (path, _) in found {
                let granted = fields.iter().any(|field| path == *field || path.strip_prefix(field).is_some_and(|rest| rest.starts_with('.')));
                prop_assert!(granted, "{path} in {fields:?}");
            }
        }
    }

    #[test]
    fn what_is_left_is_written_as_it_was_and_no_longer_than_it(text in any_text(), fields in any_fields()) {
        if let Ok(left) = cut(&text, &fields, false) {
            prop_assert!(left.len() <= text.len());
            // In the order in which they came: a subsequence of what there was.
            let mut there = raw_leaves_of(&text).into_iter();
            for leaf in raw_leaves_of(&left) {
                prop_assert!(there.any(|one| one == leaf), "{leaf} of {left} is not in {text}");
            }
            prop_assert_eq!(cut(&left, &fields, false), Ok(left.clone()), "what was cut is not cut again");
        }
    }

    #[test]
    fn it_takes_what_a_reader_of_json_takes_and_nothing_else(text in "[\\[\\]{}\",:0-2aeE+.\\\\utn -]{0,24}") {
        let wrapped = format!("{{\"a\":{text}}}");
        let reads = serde_json::from_str::<serde::de::IgnoredAny>(&wrapped).is_ok();
        prop_assert_eq!(cut(&wrapped, &fields(&["a"]), false).is_ok(), reads, "{}", wrapped);
    }

    #[test]
    fn no_text_makes_it_fall(text in any::<String>(), fields in any_fields()) {
        let _ = cut(&text, &fields, false);
        let _ = cut(&format!("{{\"a\":{text}"), &fields, false);
    }
}
