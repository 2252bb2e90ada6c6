//! What the things on a page are called: all of them in one question, for pages, tables and the words beside codes.

use std::collections::{BTreeMap, BTreeSet};

use hub::registry::names::{Called, Mentioned, NAMES_MAX, agency_of, mentioned};
use model::agency::Name;
use model::id::encode_part;
use serde::Deserialize as _;
use serde_json::{Value, json};

use crate::visit::{Face, Visit};
use crate::words::Language;

/// Longest address of a question: what is beyond it keeps its code.
const ADDRESS_MAX: usize = 60_000;
/// Most questions for a table that is exported, of [`NAMES_MAX`] things each.
const QUESTIONS_MAX: usize = 50;

/// Names by kind and identifier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names(BTreeMap<Mentioned, Name>);

impl Names {
    /// Those of what a page mentions, in one question. A page without names is still a page: it shows codes.
    pub(crate) async fn of_page(visit: &Visit, view: &Value) -> Self {
        Self::of(visit, view, 1).await
    }

    /// Those of what a whole table mentions.
    pub(crate) async fn of_table(visit: &Visit, items: &Value) -> Self {
        Self::of(visit, items, QUESTIONS_MAX).await
    }

    async fn of(visit: &Visit, answer: &Value, questions: usize) -> Self {
        let mut found = BTreeSet::new();
        mentioned(answer, &mut found);
        // What the address says is shown as well.
        mentioned(&json!(visit.query), &mut found);
        let mut names = BTreeMap::new();
        // Cases name all that they mention by themselves.
        if visit.me.is_none() || visit.face() == Face::Shell {
            return Self(names);
        }
        let mut left = found.into_iter().peekable();
        for _ in 0..questions {
            let mut address = String::from("/api/v1/names?of=");
            for _ in 0..NAMES_MAX {
                let room = address.len() < ADDRESS_MAX;
                let Some((kind, id)) = room.then(|| left.next()).flatten() else { break };
                address.push_str(&format!("{kind}/{},", encode_part(&id)));
            }
            let Ok(answer) = visit.get(address.trim_end_matches(',')).await else { break };
            for item in answer.get("items").and_then(Value::as_array).into_iter().flatten() {
                if let Ok(Called { kind, id, name }) = Called::deserialize(item) {
                    names.insert((kind, id), name);
                }
            }
            if left.peek().is_none() {
                break;
            }
        }
        Self(names)
    }

    /// The agencies that are named, in order.
    pub(crate) fn agencies(&self) -> Vec<String> {
        self.0.keys().filter(|(kind, _)| kind == "Agency").map(|(_, id)| id.clone()).collect()
    }

    /// The name of a thing in a language, or in the other one; none: nobody has given it one.
    pub(crate) fn name(&self, language: Language, kind: &str, id: &str) -> Option<&str> {
        let name = self.0.get(&(kind.to_owned(), id.to_owned()))?;
        let (first, other) =
            if language == Language::Vi { (&name.vi, &name.en) } else { (&name.en, &name.vi) };
        Some(if first.is_empty() { other } else { first })
    }

    /// The name of a thing with that of its agency, if it is one of an agency's.
    pub(crate) fn told(&self, language: Language, kind: &str, id: &str) -> Option<String> {
        // A node has no name of its own: people know it by whose it is.
        if kind == "Node" {
            return self.name(language, "Agency", &agency_of(kind, id)?).map(str::to_owned);
        }
        let name = self.name(language, kind, id)?.to_owned();
        let agency = agency_of(kind, id).filter(|_| kind == "System");
        let agency = agency.and_then(|agency| self.name(language, "Agency", &agency));
        Some(match agency {
            Some(agency) => format!("{name}, {agency}"),
            None => name,
        })
    }
}

/// A code as it stands beside a name: without what all have in common, `G15/mot-cua` for `VN/GOV/G15/mot-cua`.
pub(crate) fn short<'a>(kind: &str, id: &'a str) -> &'a str {
    match kind {
        "Agency" | "System" | "Service" | "Node" => id.splitn(3, '/').nth(2).unwrap_or(id),
        _ => id,
    }
}

/// Where a thing is shown; none: it has no page.
pub(crate) fn page_of(kind: &str, id: &str) -> Option<String> {
    // A class of systems, or of members, is no thing of its own.
    if id.contains("/*") {
        return None;
    }
    let page = match kind {
        "Agency" => "co-quan",
        "Database" => "co-so-du-lieu",
        "Service" => "dich-vu",
        "System" => "so-dang-ky/systems",
        "Node" => "so-dang-ky/nodes",
        "Purpose" => "so-dang-ky/purposes",
        "LegalBasis" => "so-dang-ky/bases",
        "Term" => "tu-dien",
        "CodeList" => "danh-muc",
        "Grant" => "quyen",
        "Task" => "nhiem-vu",
        "Directive" => "nhiem-vu/van-ban",
        _ => return None,
    };
    Some(format!("/{page}/{}", encode_part(id)))
}
