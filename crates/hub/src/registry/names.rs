//! What things are called: the names of all that a page, a table or a command mentions, in one question.

use std::collections::{BTreeMap, BTreeSet};

use model::agency::Name;
use model::fault::{Fault, Words};
use model::id::Grantee;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::registry::fetch;
use crate::store::{Tx, from_json};
use crate::texts;

/// Most things that are named at once. A page of a list mentions some hundreds.
pub const NAMES_MAX: usize = 1000;

/// What a datum that a database is master of is called among kinds.
const DATUM: &str = "Datum";

/// By which members things of the registry are named, and of what kind what stands there is.
const MEMBERS: &[(&str, &str)] = &[
    ("agency", "Agency"),
    ("agencies", "Agency"),
    ("applicant", "Agency"),
    ("consumer", "Agency"),
    ("created_by", "Agency"),
    ("holder", "Agency"),
    ("lead", "Agency"),
    ("owned_by", "Agency"),
    ("owner", "Agency"),
    ("parent", "Agency"),
    ("provider", "Agency"),
    ("receivers", "Agency"),
    ("reporter", "Agency"),
    ("reviewer", "Agency"),
    ("support", "Agency"),
    ("client", "System"),
    ("systems", "System"),
    ("node", "Node"),
    ("nodes", "Node"),
    ("service", "Service"),
    ("sharing_services", "Service"),
    ("database", "Database"),
    ("held_by", "Database"),
    ("successor", "Database"),
    ("purpose", "Purpose"),
    ("basis", "LegalBasis"),
    ("term", "Term"),
    ("code_list", "CodeList"),
    ("datum", DATUM),
    ("directive", "Directive"),
];

/// Kinds whose names begin with that of their agency.
const OF_AN_AGENCY: [&str; 3] = ["System", "Service", "Node"];

/// A thing: its kind and its name among its kind.
pub type Mentioned = (String, String);

/// A thing with what it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Called {
    /// Its kind.
    pub kind: String,
    /// Its name among its kind.
    pub id: String,
    /// What it is called. What has one name only, a legal basis by its citation, has it in Vietnamese.
    pub name: Name,
}

/// Of what kind that is which a member names; none: it names nothing.
#[must_use]
pub fn kind_of(member: &str) -> Option<&'static str> {
    MEMBERS.iter().find(|(known, _)| *known == member).map(|(_, kind)| *kind)
}

/// The agency whose a system, a service or a node is.
#[must_use]
pub fn agency_of(kind: &str, id: &str) -> Option<String> {
    let parts: Vec<&str> = id.splitn(4, '/').take(3).collect();
    (OF_AN_AGENCY.contains(&kind) && parts.len() == 3).then(|| parts.join("/"))
}

/// All things that an answer mentions, and the agencies of those that have one.
pub fn mentioned(answer: &Value, found: &mut BTreeSet<Mentioned>) {
    match answer {
        Value::Array(items) => items.iter().for_each(|item| mentioned(item, found)),
        Value::Object(members) => {
            for (member, value) in members {
                match (kind_of(member), value) {
                    (Some(kind), Value::String(id)) => mention(kind, id, found),
                    (Some(kind), Value::Array(ids)) if ids.iter().all(Value::is_string) => {
                        ids.iter().filter_map(Value::as_str).for_each(|id| mention(kind, id, found));
                    }
                    _ => mentioned(value, found),
                }
            }
        }
        _ => {}
    }
}

/// A thing, and its agency if it has one.
pub fn mention(kind: &str, id: &str, found: &mut BTreeSet<Mentioned>) {
    if let Some(agency) = agency_of(kind, id) {
        found.insert(("Agency".to_owned(), agency));
    }
    found.insert((kind.to_owned(), id.to_owned()));
}

/// What these things are called. What is not there is left out; of more than [`NAMES_MAX`] the first are named.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn called(tx: &mut Tx, asked: &BTreeSet<Mentioned>) -> Result<Vec<Called>, Fault> {
    let mut all = Vec::new();
    let mut by_kind: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    // Each kind is a condition of the question: there are no more than those that are named by members.
    let known = |kind: &str| MEMBERS.iter().any(|(_, of)| *of == kind);
    for (kind, id) in asked.iter().filter(|(kind, _)| known(kind)).take(NAMES_MAX) {
        match class_name(kind, id) {
            Some(name) => all.push(Called { kind: kind.clone(), id: id.clone(), name }),
            None => by_kind.entry(kind).or_default().push(id),
        }
    }
    let data = by_kind.remove(DATUM).unwrap_or_default();
    let (mut conditions, mut values): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for (kind, ids) in &by_kind {
        values.push((*kind).to_owned());
        let (of_kind, first) = (values.len(), values.len() + 1);
        values.extend(ids.iter().map(|id| (*id).to_owned()));
        let places: Vec<String> = (first..=values.len()).map(|at| format!("${at}")).collect();
        conditions.push(format!("(kind = ${of_kind} AND subject IN ({}) AND part = '')", places.join(", ")));
    }
    if !conditions.is_empty() {
        let sql = format!("SELECT kind, subject, vi, en FROM found WHERE {}", conditions.join(" OR "));
        for row in fetch(tx, sql, &values).await? {
            let name = Name { vi: row.get("vi")?, en: row.get("en")? };
            all.push(Called { kind: row.get("kind")?, id: row.get("subject")?, name });
        }
    }
    if !data.is_empty() {
        let data: Vec<String> = data.into_iter().map(str::to_owned).collect();
        let places: Vec<String> = (1..=data.len()).map(|at| format!("${at}")).collect();
        let sql = format!(
            "SELECT m.datum, d.entry FROM master_datum m JOIN database_entry d ON d.id = m.database_id WHERE m.datum IN ({})",
            places.join(", ")
        );
        for row in fetch(tx, sql, &data).await? {
            let (datum, entry): (String, Value) =
                (row.get("datum")?, from_json(&row.get::<String>("entry")?)?);
            let of = |one: &&Value| one.get("code").and_then(Value::as_str) == Some(datum.as_str());
            let master = entry.get("master_data").and_then(Value::as_array).into_iter().flatten().find(of);
            if let Some(name) = master.and_then(|one| serde_json::from_value(one.get("name")?.clone()).ok()) {
                all.push(Called { kind: DATUM.to_owned(), id: datum, name });
            }
        }
    }
    Ok(all)
}

/// What a class of systems is called: nobody registers it, so nobody gives it a name.
fn class_name(kind: &str, id: &str) -> Option<Name> {
    let grantee = id.parse::<Grantee>().ok().filter(|grantee| kind == "System" && grantee.is_class())?;
    let [_, class, code] = grantee.named();
    let of = match class.as_ref() {
        "LOC" => texts::of_localities(),
        "GOV" => texts::of_ministries(),
        other => Words::quoted(other),
    };
    let words = texts::all_systems(&code, &of);
    Some(Name { vi: words.vi().to_owned(), en: words.en().to_owned() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_mentioned_is_found_wherever_it_stands() {
        let answer = json!({
            "items": [{ "client": "VN/GOV/G15/mot-cua", "uses": [{ "purpose": "khai-sinh", "basis": "nd-70" }], "receivers": ["VN/LOC/H05"] }],
            "owner": null, "service": { "id": "VN/GOV/G01/a/b" }
        });
        let mut found = BTreeSet::new();
        mentioned(&answer, &mut found);
        let found: Vec<String> = found.into_iter().map(|(kind, id)| format!("{kind} {id}")).collect();
        let wanted = [
            "Agency VN/GOV/G15",
            "Agency VN/LOC/H05",
            "LegalBasis nd-70",
            "Purpose khai-sinh",
            "System VN/GOV/G15/mot-cua",
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_class_of_systems_is_called_by_what_it_is() {
        let name = class_name("System", "VN/LOC/*/mot-cua").unwrap();
        assert_eq!(
            (name.vi.as_str(), name.en.as_str()),
            ("mọi hệ thống mot-cua của địa phương", "all mot-cua systems of localities")
        );
        assert!(class_name("System", "VN/LOC/H05/mot-cua").is_none());
        assert!(class_name("Agency", "VN/LOC/*/mot-cua").is_none());
        assert!(class_name("System", "VN/TU-PHAP/*/x").unwrap().vi.ends_with("TU-PHAP"));
    }
}
