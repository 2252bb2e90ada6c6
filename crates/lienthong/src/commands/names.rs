//! Names beside codes in tables for people: what a list mentions, asked of the hub in one question.

use std::collections::{BTreeMap, BTreeSet};

use hub::registry::names::{Called, Mentioned, NAMES_MAX, agency_of, kind_of, mentioned};
use model::agency::Name;
use model::id::encode_part;
use model::words::Language;
use operate::client::HubClient;
use operate::registry::items;
use serde_json::Value;

use crate::cli::Output;
use crate::language;

/// Longest question; what is beyond it keeps its code.
const QUESTION_MAX: usize = 60_000;

/// Puts names before the codes of what a list mentions, where it is a table for people. Files and programs get codes.
pub(crate) async fn put(client: &HubClient, found: &mut [Value], output: Output) {
    if output != Output::Table {
        return;
    }
    let mut asked = BTreeSet::new();
    found.iter().for_each(|item| mentioned(item, &mut asked));
    let mut question = String::from("api/v1/names?of=");
    for (kind, id) in asked.iter().take(NAMES_MAX).take_while({
        let mut left = QUESTION_MAX;
        move |(kind, id)| {
            left = left.saturating_sub(kind.len() + 3 * id.len() + 2);
            left > 0
        }
    }) {
        question.push_str(&format!("{kind}/{},", encode_part(id)));
    }
    // Without names the table is still right: it has codes.
    let Ok(named) = items(client, question.trim_end_matches(',')).await else { return };
    let named = named.into_iter().filter_map(|item| serde_json::from_value::<Called>(item).ok());
    let spoken = |name: Name| if language::chosen() == Language::Vi { name.vi } else { name.en };
    let names: BTreeMap<Mentioned, String> =
        named.map(|one| ((one.kind, one.id), spoken(one.name))).collect();
    found.iter_mut().for_each(|item| name(item, &names));
}

/// Writes the names into an item.
fn name(item: &mut Value, names: &BTreeMap<Mentioned, String>) {
    match item {
        Value::Array(items) => items.iter_mut().for_each(|item| name(item, names)),
        Value::Object(members) => {
            for (member, value) in members {
                match (kind_of(member), value) {
                    (Some(kind), Value::String(id)) => *id = told(kind, id, names),
                    (Some(kind), Value::Array(ids)) => {
                        for id in ids {
                            if let Value::String(id) = id {
                                *id = told(kind, id, names);
                            }
                        }
                    }
                    (_, value) => name(value, names),
                }
            }
        }
        _ => {}
    }
}

/// A thing by its name, with its code: `Hệ thống một cửa, Bộ Y tế (VN/GOV/G12/mot-cua)`.
fn told(kind: &str, id: &str, names: &BTreeMap<Mentioned, String>) -> String {
    let of =
        |kind: &str, id: &str| names.get(&(kind.to_owned(), id.to_owned())).filter(|name| !name.is_empty());
    let agency = agency_of(kind, id).filter(|_| kind == "System").and_then(|agency| of("Agency", &agency));
    match (of(kind, id), agency) {
        (Some(name), Some(agency)) => format!("{name}, {agency} ({id})"),
        (Some(name), None) => format!("{name} ({id})"),
        (None, _) => id.to_owned(),
    }
}
