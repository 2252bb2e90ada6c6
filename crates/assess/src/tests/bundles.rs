//! Bundles are computed anew, and whatever was altered in one is named.

use proptest::prelude::*;
use serde_json::Value;

use super::made::both;
use crate::bundle::{Bundle, verify};

/// The places of all leaves that are numbers, texts or nothing.
fn leaves(place: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, below)| leaves(&format!("{place}/{name}"), below, found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, below)| leaves(&format!("{place}/{at}"), below, found));
        }
        _ => found.push(place.to_owned()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_bundle_comes_to_the_same_digits_and_an_altered_one_is_named((pack, evidence) in both(), which in any::<prop::sample::Index>()) {
        let bundle = Bundle::of(pack, vec![evidence.clone(), evidence]).unwrap();
        let text = bundle.text().unwrap();
        prop_assert!(verify(&text).unwrap().differences.is_empty());
        // Spaces and the order of members are nobody's.
        let pretty = serde_json::to_string_pretty(&bundle).unwrap();
        prop_assert!(verify(&pretty).unwrap().differences.is_empty());
        let mut altered: Value = serde_json::from_str(&text).unwrap();
        let mut places = Vec::new();
        leaves("", &altered, &mut places);
        let place = which.get(&places).clone();
        let leaf = altered.pointer_mut(&place).unwrap();
        *leaf = match leaf.clone() {
            Value::Number(number) => (number.as_i64().unwrap() + 1).into(),
            Value::Bool(is_so) => (!is_so).into(),
            Value::String(said) => format!("{said}1").into(),
            _ => 7.into(),
        };
        // What cannot be read any more is refused, the rest is found.
        if let Ok(verified) = verify(&altered.to_string()) {
            prop_assert!(!verified.differences.is_empty(), "{place} was altered and nothing said so");
        }
    }
}

#[test]
fn what_is_no_bundle_is_refused() {
    for text in ["", "{}", "[]", "null", r#"{"form":"x"}"#, &"[".repeat(100_000)] {
        assert!(verify(text).is_err());
    }
}
