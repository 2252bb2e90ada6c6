//! What changed between two versions of a contract, and whether it breaks those who read by the older one.

use serde::Serialize;
use utoipa::ToSchema;

use crate::catalogue::contract::{Field, Shape};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ContractChange)]
pub struct Change {
    /// The field.
    pub field: String,
    /// What of it.
    pub what: &'static str,
    /// How it was.
    pub before: String,
    /// How it is.
    pub after: String,
    /// Whether who reads by the older version is hurt.
    pub breaking: bool,
}

/// All differences, in the order of the older version, what is new at the end.
#[must_use]
pub fn differences(before: &Shape, after: &Shape) -> Vec<Change> {
    let mut changes = Vec::new();
    for old in &before.fields {
        match after.field(&old.name) {
            Some(new) => compare(old, new, &mut changes),
            None => changes.push(change(&old.name, "removed", old.kind.clone(), String::new(), true)),
        }
    }
    for new in after.fields.iter().filter(|new| before.field(&new.name).is_none()) {
        changes.push(change(&new.name, "added", String::new(), new.kind.clone(), false));
    }
    changes
}

fn compare(old: &Field, new: &Field, changes: &mut Vec<Change>) {
    let mut note = |what, before: String, after: String, breaking| {
        if before != after {
            changes.push(change(&old.name, what, before, after, breaking));
        }
    };
    // A whole number can be read as a number.
    let wider = old.kind == "integer" && new.kind == "number";
    note("type", old.kind.clone(), new.kind.clone(), !wider);
    // Who relies on a value must not find it missing.
    note("required", old.required.to_string(), new.required.to_string(), old.required && !new.required);
    note("key", old.key.to_string(), new.key.to_string(), true);
    let class = |field: &Field| field.class.map_or_else(String::new, |class| class.word().to_owned());
    note("class", class(old), class(new), false);
    let term = |field: &Field| field.binding.as_ref().map_or_else(String::new, ToString::to_string);
    let same_meaning = match (&old.binding, &new.binding) {
        (Some(old), Some(new)) => old.term == new.term && old.version.major == new.version.major,
        // Bound for the first time: the field means what it meant, only said now.
        (None, _) => true,
        (Some(_), None) => false,
    };
    note("term", term(old), term(new), !same_meaning);
}

fn change(field: &str, what: &'static str, before: String, after: String, breaking: bool) -> Change {
    Change { field: field.to_owned(), what, before, after, breaking }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn shape(change: impl Fn(&mut Value)) -> Shape {
        let mut odcs = json!({ "schema": [{ "name": "t", "properties": [
            { "name": "a", "logicalType": "string", "primaryKey": true },
            { "name": "b", "logicalType": "integer", "required": true, "classification": "public",
              "authoritativeDefinitions": [{ "url": "urn:lienthong:term:ndg:ID-001@1.0.0", "type": "businessDefinition" }] },
        ] }] });
        change(&mut odcs["schema"][0]["properties"]);
        Shape::of(&odcs)
    }

    #[test]
    fn changes_are_told_apart_by_whom_they_hurt() {
        let check = |change: fn(&mut Value), expect: &[(&str, bool)]| {
            let found = differences(&shape(|_| ()), &shape(change));
            let found: Vec<_> = found.iter().map(|change| (change.what, change.breaking)).collect();
            assert_eq!(found, expect);
        };
        check(|_| (), &[]);
        check(|fields| fields.as_array_mut().unwrap().push(json!({ "name": "c" })), &[("added", false)]);
        check(|fields| drop(fields.as_array_mut().unwrap().remove(1)), &[("removed", true)]);
        check(|fields| fields[1]["logicalType"] = json!("number"), &[("type", false)]);
        check(|fields| fields[1]["logicalType"] = json!("string"), &[("type", true)]);
        check(|fields| fields[1]["required"] = json!(false), &[("required", true)]);
        check(|fields| fields[1]["primaryKey"] = json!(true), &[("key", true)]);
        check(|fields| fields[1]["classification"] = json!("internal"), &[("class", false)]);
        let bind =
            |fields: &mut Value, url: &str| fields[1]["authoritativeDefinitions"][0]["url"] = json!(url);
        let told = |url: &'static str| {
            let found = differences(&shape(|_| ()), &shape(|fields| bind(fields, url)));
            (found[0].what, found[0].breaking)
        };
        assert_eq!(told("urn:lienthong:term:ndg:ID-001@1.1.0"), ("term", false));
        assert_eq!(told("urn:lienthong:term:ndg:ID-001@2.0.0"), ("term", true));
        assert_eq!(told("urn:lienthong:term:ndg:ID-002@1.0.0"), ("term", true));
    }
}
