//! Cuts a JSON answer down to the granted fields.

use std::collections::BTreeSet;

use serde_json::Value;

/// What a problem document (RFC 9457) says for itself; passes in answers that are errors.
const PROBLEM_FIELDS: [&str; 5] = ["type", "title", "status", "detail", "instance"];

/// Leaves in `value` what `fields` name. A field is a path of names joined by dots; a list on the way is looked into. What is
/// named is kept with all that is in it.
///
/// Returns false if there is nothing that could be cut: the answer is no object and no list of objects.
#[must_use]
pub fn cut(value: &mut Value, fields: &BTreeSet<String>, is_error: bool) -> bool {
    match value {
        Value::Object(_) | Value::Array(_) => {
            cut_below(value, &|path: &str| keep(path, fields, is_error), "")
        }
        Value::Null => true,
        _ => false,
    }
}

enum Keep {
    All,
    /// Something below it.
    Below,
    Nothing,
}

fn keep(path: &str, fields: &BTreeSet<String>, is_error: bool) -> Keep {
    if fields.contains(path) || is_error && PROBLEM_FIELDS.contains(&path) {
        return Keep::All;
    }
    let is_above = |field: &&String| field.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
    // Names in order: what begins with `path.` follows `path` closely, but `path-x` may stand between.
    if fields
        .range(path.to_owned()..)
        .take_while(|field| field.starts_with(path))
        .any(|field| is_above(&field))
    {
        Keep::Below
    } else {
        Keep::Nothing
    }
}

fn cut_below(value: &mut Value, keep: &dyn Fn(&str) -> Keep, path: &str) -> bool {
    match value {
        Value::Array(items) => items.iter_mut().all(|item| cut_below(item, keep, path)),
        Value::Object(members) => {
            members.retain(|name, member| {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match keep(&path) {
                    Keep::All => true,
                    Keep::Below => cut_below(member, keep, &path),
                    Keep::Nothing => false,
                }
            });
            true
        }
        Value::Null => true,
        // A plain value where an object or a list should be: nothing in it has a granted name.
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn cut_to(mut value: Value, fields: &[&str], is_error: bool) -> Option<Value> {
        cut(&mut value, &fields.iter().map(|field| (*field).to_owned()).collect(), is_error).then_some(value)
    }

    #[test]
    fn what_is_not_granted_is_not_there() {
        let answer = json!({"ten": "A", "sinh": {"ngay": "1990-01-01", "noi": "x"}, "con": [{"ten": "B", "khoa": 1}, {"ten": "C"}], "dao": "y"});
        assert_eq!(
            cut_to(answer.clone(), &["ten", "sinh.ngay", "con.ten"], false),
            Some(json!({"ten": "A", "sinh": {"ngay": "1990-01-01"}, "con": [{"ten": "B"}, {"ten": "C"}]}))
        );
        assert_eq!(
            cut_to(answer.clone(), &["sinh"], false),
            Some(json!({"sinh": {"ngay": "1990-01-01", "noi": "x"}}))
        );
        assert_eq!(cut_to(answer, &[], false), Some(json!({})));
        assert_eq!(cut_to(json!([{"a": 1, "b": 2}]), &["a"], false), Some(json!([{"a": 1}])));
    }

    #[test]
    fn plain_values_have_no_granted_name() {
        assert_eq!(cut_to(json!("001198000001"), &["ten"], false), None);
        assert_eq!(cut_to(json!(["001198000001"]), &["ten"], false), None);
        assert_eq!(cut_to(json!({"con": ["x"]}), &["con.ten"], false), Some(json!({})));
    }

    #[test]
    fn a_problem_keeps_what_problems_say() {
        let problem = json!({"type": "t", "title": "x", "status": 404, "person": {"ten": "A"}});
        assert_eq!(
            cut_to(problem.clone(), &[], true),
            Some(json!({"type": "t", "title": "x", "status": 404}))
        );
        assert_eq!(cut_to(problem, &[], false), Some(json!({})));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            "[a-c]{1,2}".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::btree_map("[a-c]{1,2}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn leaf_paths(value: &Value, path: &str, out: &mut Vec<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| leaf_paths(item, path, out)),
            Value::Object(members) => {
                for (name, member) in members {
                    leaf_paths(
                        member,
                        &if path.is_empty() { name.clone() } else { format!("{path}.{name}") },
                        out,
                    );
                }
            }
            Value::Null => {}
            _ => out.push(path.to_owned()),
        }
    }

    proptest! {
        #[test]
        fn nothing_ungranted_is_ever_left(value in any_json(), fields in prop::collection::btree_set("[a-c]{1,2}(\\.[a-c]{1,2}){0,2}", 0..5)) {
            let mut left = value;
            if cut(&mut left, &fields, false) {
                let mut paths = Vec::new();
                leaf_paths(&left, "", &mut paths);
                for path in paths {
                    let granted = fields.iter().any(|field| path == *field || path.strip_prefix(field).is_some_and(|rest| rest.starts_with('.')));
                    prop_assert!(granted, "{path} in {fields:?}");
                }
            }
        }
    }
}
