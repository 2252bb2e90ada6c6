//! Forms from members, and members from forms. A place has the path of its member as its name: `master_data.0.name.vi`.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use serde_json::{Map, Value, json};

use crate::entry::{Member, What};
use crate::form::Form;
use crate::words::VIET_NAM;

/// Most rows that a form shows. A longer list stays as it is, and is changed as a document or by the command line.
const ROWS_MAX: usize = 100;
/// Most rows that a form may send.
const SENT_MAX: usize = 400;
/// Empty rows beneath those that are filled.
const SPARE: usize = 1;
/// As many as one may ask for beside them.
const MORE: usize = 5;

pub(crate) fn at(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// What a form shows of a thing: each place with its text.
pub(crate) fn flatten(members: &[Member], thing: &Value) -> Form {
    let mut places = BTreeMap::new();
    put(members, thing, "", &mut places);
    Form(places)
}

fn put(members: &[Member], thing: &Value, path: &str, places: &mut BTreeMap<String, String>) {
    for member in members {
        let Some(value) = thing.get(member.name) else { continue };
        let place = at(path, member.name);
        match member.what {
            What::Name => put(NAME, value, &place, places),
            What::Group(parts) => put(parts, value, &place, places),
            What::Rows(parts) => {
                let rows = value.as_array().map(Vec::as_slice).unwrap_or_default();
                if rows.len() > ROWS_MAX {
                    places.insert(at(&place, "kept"), rows.len().to_string());
                    continue;
                }
                for (number, row) in rows.iter().enumerate() {
                    put(parts, row, &at(&place, &number.to_string()), places);
                }
            }
            What::TermVersion(parts) => {
                if let Some(last) = value.as_array().and_then(|editions| editions.last()) {
                    put(parts, last, &place, places);
                }
            }
            What::Several(..) => {
                for word in value.as_array().into_iter().flatten().filter_map(Value::as_str) {
                    places.insert(at(&place, word), "true".to_owned());
                }
            }
            What::Retention => {
                let months = value.get("months").map(ToString::to_string);
                places.insert(place, months.unwrap_or_else(|| text(value)));
            }
            What::Tick => {
                if value == true {
                    places.insert(place, "true".to_owned());
                }
            }
            What::Moment => {
                let moment = value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
                let local = moment.map(|at| VIET_NAM.to_datetime(at).strftime("%Y-%m-%dT%H:%M").to_string());
                places.insert(place, local.unwrap_or_else(|| text(value)));
            }
            What::Lines | What::LinesOrAll | What::Picks(_) if value.is_array() => {
                let lines: Vec<String> = value.as_array().into_iter().flatten().map(text).collect();
                places.insert(place, lines.join("\n"));
            }
            _ => {
                places.insert(place, text(value));
            }
        }
    }
}

pub(crate) const NAME: &[Member] = &[
    Member { name: "vi", what: What::Line, needed: true },
    Member { name: "en", what: What::Line, needed: true },
];

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What a form says. `base` is the thing as it was: what the form does not show is taken from there. What cannot be read, a number
/// with letters, goes on as a text, so that the hub says what is wrong with it.
pub(crate) fn read(members: &[Member], form: &Form, base: &Value) -> Value {
    Value::Object(take(members, form, "", base))
}

fn take(members: &[Member], form: &Form, path: &str, base: &Value) -> Map<String, Value> {
    let mut thing = Map::new();
    for member in members {
        let place = at(path, member.name);
        let was = base.get(member.name).unwrap_or(&Value::Null);
        if let Some(value) = value(member.what, form, &place, was) {
            thing.insert(member.name.to_owned(), value);
        } else if member.needed {
            // An empty text is one, as the path of an API's root is; whether it may be, the hub says.
            match member.what {
                What::Rows(_) | What::Several(..) | What::Lines | What::Picks(_) => {
                    thing.insert(member.name.to_owned(), json!([]))
                }
                What::Line
                | What::Text
                | What::Code
                | What::Id(_)
                | What::Pick(_)
                | What::Listed(_)
                | What::Paths
                | What::Version => thing.insert(member.name.to_owned(), json!("")),
                _ => None,
            };
        }
    }
    thing
}

fn value(what: What, form: &Form, place: &str, was: &Value) -> Option<Value> {
    let group = |parts: &[Member], place: &str, was: &Value| {
        filled(form, place).then(|| Value::Object(take(parts, form, place, was)))
    };
    match what {
        What::Name => group(NAME, place, was),
        What::Group(parts) => group(parts, place, was),
        What::Rows(_) if form.some(&at(place, "kept")).is_some() => Some(was.clone()),
        What::Rows(parts) => {
            let count = rows(form, place);
            let rows: Vec<Value> = (0..count)
                .filter_map(|number| {
                    let was = was.get(number).unwrap_or(&Value::Null);
                    group(parts, &at(place, &number.to_string()), was)
                })
                .collect();
            (!rows.is_empty()).then(|| json!(rows))
        }
        What::TermVersion(parts) => {
            let mut editions = was.as_array().cloned().unwrap_or_default();
            let last = editions.last().unwrap_or(&Value::Null);
            let typed = Value::Object(take(parts, form, place, last));
            if last.get("version") == typed.get("version") {
                editions.pop();
            }
            editions.push(typed);
            Some(json!(editions))
        }
        What::Several(words, _) => {
            let chosen: Vec<&str> =
                words.iter().copied().filter(|word| form.some(&at(place, word)).is_some()).collect();
            (!chosen.is_empty()).then(|| json!(chosen))
        }
        What::Text => Some(form.said(place)).filter(|said| !said.is_empty()).map(Value::String),
        What::Lines | What::Picks(_) => lines(form, place),
        What::LinesOrAll if form.get(place) == "all" => Some(json!("all")),
        What::LinesOrAll => lines(form, place),
        What::Tick => form.some(place).map(|_| json!(true)),
        _ => {
            let typed = form.some(place)?;
            Some(match what {
                What::Number(..) => {
                    typed.parse::<i64>().map_or_else(|_| json!(typed), |number| json!(number))
                }
                What::YesNo => json!(typed == "true"),
                What::Retention => {
                    typed.parse::<u32>().map_or_else(|_| json!(typed), |months| json!({ "months": months }))
                }
                What::Moment => {
                    let local: Option<DateTime> = typed.parse().ok();
                    let moment = local.and_then(|local| VIET_NAM.to_timestamp(local).ok());
                    json!(moment.map_or_else(|| typed.to_owned(), |moment| moment.to_string()))
                }
                _ => json!(typed),
            })
        }
    }
}

fn lines(form: &Form, place: &str) -> Option<Value> {
    let lines: Vec<&str> = form.get(place).lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    (!lines.is_empty()).then(|| json!(lines))
}

/// Whether anything is said below a place.
pub(crate) fn filled(form: &Form, place: &str) -> bool {
    let below = format!("{place}.");
    form.0
        .range(below.clone()..)
        .take_while(|(name, _)| name.starts_with(&below))
        .any(|(_, text)| !text.trim().is_empty())
}

/// How many rows a form has at a place.
pub(crate) fn rows(form: &Form, place: &str) -> usize {
    let below = format!("{place}.");
    let numbers = form.0.range(below.clone()..).take_while(|(name, _)| name.starts_with(&below));
    let last = numbers
        .filter_map(|(name, _)| name.strip_prefix(&below)?.split('.').next()?.parse::<usize>().ok())
        .max();
    last.map_or(0, |last| last.saturating_add(1)).min(SENT_MAX)
}

/// The places of a form, to be drawn in order.
pub(crate) fn places(members: &[Member], form: &Form) -> Vec<Value> {
    draw(members, form, "", form.get("more"))
}

fn draw(members: &[Member], form: &Form, path: &str, more: &str) -> Vec<Value> {
    members.iter().map(|member| place(member, form, path, more)).collect()
}

fn place(member: &Member, form: &Form, path: &str, more: &str) -> Value {
    let place = at(path, member.name);
    let mut drawn = json!({
        "name": place, "label": format!("entry.{}", member.name), "needed": member.needed, "value": form.0.get(&place),
    });
    let choices = |words: &[&str], prefix: &str| -> Vec<Value> {
        let told = |word: &&str| json!({ "value": word, "label": format!("{prefix}.{word}") });
        words.iter().map(told).collect()
    };
    let (what, rest) = match member.what {
        What::Line | What::Code | What::Paths | What::Version | What::Listed(_) => ("line", json!({})),
        What::Id(of) => ("line", json!({ "example": of.example() })),
        What::Pick(of) if of.kind().is_empty() => ("line", json!({ "example": of.example() })),
        What::Pick(of) => ("pick", json!({ "kind": of.kind() })),
        What::Picks(of) => ("picks", json!({ "kind": of.kind() })),
        What::Text => ("text", json!({})),
        What::Day => ("day", json!({})),
        What::Moment => ("moment", json!({})),
        What::Number(..) => ("number", json!({})),
        What::Tick => ("tick", json!({})),
        What::Lines => ("lines", json!({})),
        What::LinesOrAll => ("lines", json!({ "hint": "entry.all.hint" })),
        What::Retention => ("line", json!({ "hint": "entry.retention.hint" })),
        What::YesNo => ("one", json!({ "choices": choices(&["true", "false"], "yes_no") })),
        What::One(words, prefix) => ("one", json!({ "choices": choices(words, prefix) })),
        What::Several(words, prefix) => {
            let ticks: Vec<Value> = words
                .iter()
                .map(|word| {
                    let name = at(&place, word);
                    json!({ "value": form.0.get(&name), "name": name, "label": format!("{prefix}.{word}") })
                })
                .collect();
            ("several", json!({ "ticks": ticks }))
        }
        What::Name => ("name", json!({ "parts": draw(NAME, form, &place, more) })),
        What::Group(parts) => ("group", json!({ "parts": draw(parts, form, &place, more) })),
        What::TermVersion(parts) => {
            ("group", json!({ "parts": draw(parts, form, &place, more), "hint": "entry.edition.hint" }))
        }
        What::Rows(parts) => match form.some(&at(&place, "kept")) {
            Some(count) => ("kept", json!({ "count": count })),
            None => {
                let spare = if more == place { MORE } else { SPARE };
                let filled = (0..rows(form, &place))
                    .rev()
                    .find(|number| filled(form, &at(&place, &number.to_string())));
                let count = filled.map_or(0, |last| last + 1) + spare;
                let rows: Vec<Vec<Value>> = (0..count)
                    .map(|number| draw(parts, form, &at(&place, &number.to_string()), more))
                    .collect();
                ("rows", json!({ "rows": rows }))
            }
        },
    };
    if let (Some(drawn), Value::Object(rest)) = (drawn.as_object_mut(), rest) {
        drawn.insert("what".to_owned(), json!(what));
        drawn.extend(rest);
    }
    drawn
}

/// Where two forms say different things: the place, the one, the other.
pub(crate) fn differences(one: &Form, other: &Form, members: &[Member]) -> Vec<(String, String, String)> {
    let ours = |name: &&String| {
        let first = name.split('.').next().unwrap_or_default();
        members.iter().any(|member| member.name == first)
    };
    let mut names: Vec<&String> = one.0.keys().chain(other.0.keys()).filter(ours).collect();
    names.sort_unstable();
    names.dedup();
    let differ = |name: &&String| one.get(name) != other.get(name);
    let both = |name: &String| (name.clone(), one.get(name).to_owned(), other.get(name).to_owned());
    names.into_iter().filter(differ).map(both).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{ENTRIES, of};

    fn there_and_back(kind: &str, thing: &Value) -> Value {
        let members = of(kind).unwrap().members;
        read(members, &flatten(members, thing), &Value::Null)
    }

    #[test]
    fn a_thing_goes_through_its_form_unchanged() {
        let database = json!({
            "id": "VNDB-900", "name": { "vi": "Đất", "en": "Land" }, "scale": "national", "standing": "candidate", "priority": true,
            "listed": [{ "list": "nd-278-2025-pl1", "act": "Nghị định", "evidence": "annex", "number": 7,
                "due": [{ "step": "connected", "by": "2026-12-31" }, { "step": "standardised", "by": "2025-12-31", "second_hand": true }] }],
            "retention": { "months": 12 }, "security_level": 3, "systems": ["VN/GOV/G01/a", "VN/GOV/G01/b"],
            "master_data": [{ "code": "a", "name": { "vi": "x", "en": "y" } }],
            "declared": { "stage": "connected", "since": "2026-01-02", "evidence": "văn bản" },
        });
        assert_eq!(there_and_back("databases", &database), database);
        let grant = json!({
            "id": "q-1", "client": "c", "service": "s", "uses": [{ "purpose": "p", "basis": "b" }],
            "endpoints": [{ "method": "GET", "path": "/x", "reads_only": false }], "fields": "all", "per_second": 5,
        });
        assert_eq!(there_and_back("grants", &grant), grant);
        let some = json!({ "retention": "permanent" });
        assert_eq!(there_and_back("databases", &some)["retention"], "permanent");
        let pause = json!({ "why": "planned", "from": "2026-11-26T01:30:00Z" });
        let form = flatten(crate::entry::SUSPENSION, &pause);
        assert_eq!(form.get("from"), "2026-11-26T08:30");
        assert_eq!(read(crate::entry::SUSPENSION, &form, &Value::Null), pause);
    }

    #[test]
    fn what_a_form_does_not_show_stays() {
        let codes: Vec<Value> =
            (0..300).map(|number| json!({ "code": number.to_string(), "vi": "x" })).collect();
        let list = json!({ "id": "l", "codes": codes });
        let members = of("codelists").unwrap().members;
        let form = flatten(members, &list);
        assert_eq!(form.get("codes.kept"), "300");
        assert_eq!(read(members, &form, &list)["codes"], list["codes"]);
        let term = json!({ "id": "t", "versions": [{ "version": "1.0.0", "status": "retired" }, { "version": "1.1.0", "status": "proposed" }] });
        let members = of("terms").unwrap().members;
        let mut form = flatten(members, &term);
        form.0.insert("versions.format".into(), "nnn".into());
        let changed = read(members, &form, &term);
        assert_eq!(
            (changed["versions"].as_array().unwrap().len(), &changed["versions"][1]["format"]),
            (2, &json!("nnn"))
        );
        form.0.insert("versions.version".into(), "2.0.0".into());
        assert_eq!(read(members, &form, &term)["versions"].as_array().unwrap().len(), 3);
    }

    #[test]
    fn rows_that_are_empty_are_none_and_hostile_numbers_are_bounded() {
        let form = Form::read(&axum::body::Bytes::from_static(
            b"id=x&master_data.0.code=&master_data.1.code=a&master_data.999999999999.code=&security_level=viii&master_data.18446744073709551615.code=z",
        ));
        let members = of("databases").unwrap().members;
        let thing = read(members, &form, &Value::Null);
        assert_eq!(thing, json!({ "id": "x", "security_level": "viii", "master_data": [{ "code": "a" }] }));
        let root = Form::read(&axum::body::Bytes::from_static(b"endpoints.0.method=GET&endpoints.0.path="));
        assert_eq!(
            read(of("grants").unwrap().members, &root, &Value::Null)["endpoints"],
            json!([{ "method": "GET", "path": "" }])
        );
        assert!(places(members, &form).len() == members.len());
        let differ = differences(&form, &Form::default(), members);
        assert!(differ.contains(&("master_data.1.code".into(), "a".into(), String::new())));
    }

    #[test]
    fn every_kind_of_the_registry_has_its_entry_and_every_place_its_words() {
        let kinds: Vec<&str> = hub::kinds::Kind::ALL.iter().map(|kind| kind.plural()).collect();
        let mut entries: Vec<&str> = ENTRIES.iter().map(|entry| entry.kind).collect();
        assert_eq!(entries.len(), kinds.len());
        entries.retain(|entry| !kinds.contains(entry));
        assert_eq!(entries, Vec::<&str>::new());
        fn labels(places: &[Value], found: &mut Vec<String>) {
            for place in places {
                found.extend(
                    ["label", "hint"].iter().filter_map(|key| Some(place.get(*key)?.as_str()?.to_owned())),
                );
                for list in ["choices", "ticks", "parts"] {
                    labels(
                        place.get(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default(),
                        found,
                    );
                }
                for row in place.get("rows").and_then(Value::as_array).into_iter().flatten() {
                    labels(row.as_array().unwrap(), found);
                }
            }
        }
        let mut found = Vec::new();
        for entry in ENTRIES {
            found.push(format!("kinds.{}", entry.kind));
            labels(&places(entry.members, &Form::default()), &mut found);
        }
        labels(&places(crate::entry::ACCOUNT, &Form::default()), &mut found);
        labels(&places(crate::entry::SUSPENSION, &Form::default()), &mut found);
        found.retain(|key| crate::words::words(crate::words::Language::Vi, key).contains('⟦'));
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, Vec::<String>::new());
    }
}
