//! What stands in one cell: a list has a line for each entry, and `|` between the parts of an entry. Where a part has such a mark itself, a
//! backslash stands before it.

use std::collections::BTreeMap;

use model::agency::Name;
use model::fault::Fault;
use model::procedure::{ActsFor, Choice, Claim, Identity, Kind, Role, Use};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::sheet::read::Row;
use crate::texts;

const BETWEEN: &str = " | ";

/// Entries of some parts as a cell.
pub(super) fn cell<const N: usize>(entries: impl IntoIterator<Item = [String; N]>) -> String {
    let line = |entry: [String; N]| {
        // Parts that are empty at the end are left out.
        let said = entry.iter().rposition(|part| !part.is_empty()).map_or(0, |last| last + 1);
        let escaped = |part: &String| part.replace('\\', "\\\\").replace('|', "\\|");
        entry.iter().take(said).map(escaped).collect::<Vec<_>>().join(BETWEEN)
    };
    entries.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The entries of a cell. Parts that are left out at an entry's end are empty.
pub(super) fn entries<const N: usize>(
    row: Row<'_>,
    column: &str,
    form: &str,
) -> Result<Vec<[String; N]>, Fault> {
    let text = row.get(column).unwrap_or_default();
    let read = |line: &str| {
        let mut parts = parts(line);
        if parts.len() > N {
            return Err(row.bad(column, &texts::sheet_entry(form)));
        }
        parts.resize(N, String::new());
        parts.try_into().map_err(|_| row.bad(column, &texts::sheet_entry(form)))
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(read).collect()
}

fn parts(line: &str) -> Vec<String> {
    let (mut parts, mut marks) = (vec![String::new()], line.chars());
    while let Some(mark) = marks.next() {
        match (mark, parts.last_mut()) {
            ('|', _) => parts.push(String::new()),
            ('\\', Some(last)) => last.push(marks.next().unwrap_or('\\')),
            (mark, Some(last)) => last.push(mark),
            (_, None) => {}
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

/// A word of a closed list as documents have it.
pub(super) fn word(value: &impl Serialize) -> String {
    match json!(value) {
        Value::String(word) => word,
        other => other.to_string(),
    }
}

pub(super) fn of_word<T: DeserializeOwned>(
    row: Row<'_>,
    column: &str,
    text: &str,
    known: &str,
) -> Result<T, Fault> {
    serde_json::from_value(json!(text)).map_err(|_| row.bad(column, &texts::sheet_word(known)))
}

pub(super) fn yes(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

pub(super) fn is_yes(row: Row<'_>, column: &str) -> Result<bool, Fault> {
    match row.get(column) {
        None | Some("no") => Ok(false),
        Some("yes") => Ok(true),
        Some(_) => Err(row.bad(column, &texts::sheet_word("yes, no"))),
    }
}

const PARTIES: &str = "person, unnumbered, organisation, thing";
const ROLE: &str = "vai | tên | name | person";

pub(super) fn roles(roles: &[Role]) -> String {
    cell(
        roles
            .iter()
            .map(|role| [role.id.clone(), role.name.vi.clone(), role.name.en.clone(), word(&role.party)]),
    )
}

pub(super) fn read_roles(row: Row<'_>) -> Result<Vec<Role>, Fault> {
    let entries = entries::<4>(row, "roles", ROLE)?;
    let role = |[id, vi, en, party]: [String; 4]| {
        let party = if party.is_empty() {
            Ok(model::procedure::Party::Person)
        } else {
            of_word(row, "roles", &party, PARTIES)
        };
        Ok(Role { id, name: Name { vi, en }, party: party? })
    };
    entries.into_iter().map(role).collect()
}

pub(super) fn acts_for(acts: &[ActsFor]) -> String {
    cell(acts.iter().map(|acts| [word(&acts.how), acts.proved_by.clone(), acts.role.clone()]))
}

pub(super) fn read_acts_for(row: Row<'_>) -> Result<Vec<ActsFor>, Fault> {
    let known = "parent, guardian, spouse, legal_representative, mandate";
    let entries = entries::<3>(row, "acts_for", "parent | yêu cầu | vai")?;
    let acts = |[how, proved_by, role]: [String; 3]| {
        Ok(ActsFor { how: of_word(row, "acts_for", &how, known)?, proved_by, role })
    };
    entries.into_iter().map(acts).collect()
}

pub(super) fn pairs(pairs: &BTreeMap<String, String>) -> String {
    cell(pairs.iter().map(|(one, other)| [one.clone(), other.clone()]))
}

pub(super) fn read_pairs(row: Row<'_>, column: &str) -> Result<BTreeMap<String, String>, Fault> {
    let mut pairs = BTreeMap::new();
    for [one, other] in entries::<2>(row, column, "trường | vai.tên")? {
        if one.is_empty() || other.is_empty() {
            return Err(row.bad(column, &texts::sheet_entry("trường | vai.tên")));
        }
        if pairs.insert(one.clone(), other).is_some() {
            return Err(row.bad(column, &texts::twice_in(one)));
        }
    }
    Ok(pairs)
}

const CLAIM: &str = "fill | vai.tên | thuật ngữ | trường";

pub(super) fn claims(claims: &[Claim]) -> String {
    cell(claims.iter().map(|claim| {
        let (how, what) = match &claim.how {
            Use::Fill(fact) => ("fill", fact.clone()),
            Use::Confirm(fact) => ("confirm", fact.clone()),
            Use::Test(condition) => ("test", condition.to_string()),
            Use::Absent => ("absent", String::new()),
        };
        [
            how.to_owned(),
            what,
            claim.term.clone().unwrap_or_default(),
            claim.field.clone().unwrap_or_default(),
        ]
    }))
}

pub(super) fn read_claims(row: Row<'_>) -> Result<Vec<Claim>, Fault> {
    let claim = |[how, what, term, field]: [String; 4]| {
        let how = match how.as_str() {
            "fill" if !what.is_empty() => Use::Fill(what),
            "confirm" if !what.is_empty() => Use::Confirm(what),
            "test" => Use::Test(
                what.parse()
                    .map_err(|error: model::condition::ConditionError| row.bad("claims", &error.0))?,
            ),
            "absent" if what.is_empty() => Use::Absent,
            _ => return Err(row.bad("claims", &texts::sheet_entry(CLAIM))),
        };
        Ok(Claim { term: some(term), field: some(field), how })
    };
    entries::<4>(row, "claims", CLAIM)?.into_iter().map(claim).collect()
}

pub(super) fn identity(identity: &Identity) -> String {
    let text = |member: &Option<String>| member.clone().unwrap_or_default();
    cell([[identity.role.clone(), text(&identity.number), text(&identity.name), text(&identity.born)]])
}

pub(super) fn read_identity(row: Row<'_>) -> Result<Option<Identity>, Fault> {
    let form = "vai | trường số định danh | trường họ tên | trường ngày sinh";
    let mut entries = entries::<4>(row, "identity", form)?.into_iter();
    let first = entries.next();
    if entries.next().is_some() {
        return Err(row.bad("identity", &texts::sheet_entry(form)));
    }
    Ok(first.map(|[role, number, name, born]| Identity {
        role,
        number: some(number),
        name: some(name),
        born: some(born),
    }))
}

pub(super) fn kind(kind: &Kind) -> [String; 2] {
    match kind {
        Kind::Choice(choices) => {
            let choice = |one: &Choice| [one.code.clone(), one.name.vi.clone(), one.name.en.clone()];
            ["choice".to_owned(), cell(choices.iter().map(choice))]
        }
        other => [word(other), String::new()],
    }
}

pub(super) fn read_kind(row: Row<'_>, column: &str, choices: &str) -> Result<Kind, Fault> {
    let word = row.need(column)?;
    if word == "choice" {
        let choice = |[code, vi, en]: [String; 3]| Choice { code, name: Name { vi, en } };
        return Ok(Kind::Choice(
            entries::<3>(row, choices, "mã | tên | name")?.into_iter().map(choice).collect(),
        ));
    }
    if row.get(choices).is_some() {
        return Err(row.bad(choices, &texts::sheet_word("choice")));
    }
    of_word(row, column, word, "text, date, number, person_id, yes, choice")
}

pub(super) fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
