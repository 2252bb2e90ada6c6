//! A draft on its way through the page that leads from a table to a service: pasted, bound by the hub, decided field by field. The form
//! carries it from step to step; the hub keeps nothing of it until it is published.

use axum::http::Method;
use hub::catalogue::contract::Class;
use hub::catalogue::draft::{Draft, DraftClass, Drawn, Proposal};
use serde_json::{Value, json};

use crate::form::Form;
use crate::texts;
use crate::visit::{Refused, Visit};

/// Longest draft. Encoded, and with all that is typed beside it, it stays below the 2 MB that a form may have.
const BYTES_MAX: usize = 256 * 1024;
/// Most columns that people look through on a page. Wider tables go by the command line.
const FIELDS_MAX: usize = 200;
/// Stands in the place of a class: the column is left out.
const OUT: &str = "out";

/// Reads what was pasted: YAML, or JSON.
pub(crate) fn read(text: &str) -> Result<Draft, Refused> {
    let lines = text.replace("\r\n", "\n");
    if lines.len() > BYTES_MAX {
        return Err(too_large());
    }
    let read: Result<Draft, _> = serde_json::from_str(&lines).or_else(|_| serde_saphyr::from_str(&lines));
    let draft = read.map_err(|error| {
        let why = error.to_string();
        // The first line says where and what; the others show it.
        let why = why.lines().next().unwrap_or_default();
        Refused::said(&texts::draft_unreadable(why))
    })?;
    if draft.fields.len() > FIELDS_MAX { Err(too_large()) } else { Ok(draft) }
}

fn too_large() -> Refused {
    let kib = BYTES_MAX / 1024;
    Refused::said(&texts::draft_too_large(kib, FIELDS_MAX))
}

/// The draft that a form carries on.
pub(crate) fn carried(form: &Form) -> Result<Draft, Refused> {
    serde_json::from_str(form.get("draft")).map_err(|error| Refused::said(&texts::draft_broken(error)))
}

/// Has the hub propose terms.
pub(crate) async fn bind(visit: &Visit, form: &Form, draft: &Draft) -> Result<Draft, Refused> {
    let guard = [("lienthong-guard", form.get("guard"))];
    let asked = json!({ "draft": draft });
    let answered = visit.send(Method::POST, "/api/v1/drafts/bind", Some(&asked), &guard).await?;
    let bound = answered.body.get("draft").cloned().unwrap_or_default();
    serde_json::from_value(bound).map_err(|error| Refused::inside(&error.to_string()))
}

/// What the page is drawn from: a review, or what came of it, or where to begin.
pub(crate) fn view(visit: &Visit, review: &Value, published: &Value) -> Value {
    json!({
        "may": visit.may("change_services"), "review": review, "published": published,
        "bytes_max": BYTES_MAX, "fields_max": FIELDS_MAX,
    })
}

/// What a review shows: each field with what is known of it, and what has been made of it so far.
pub(crate) fn review(bound: &Draft, form: &Form, agency: Option<&str>) -> Value {
    let typed = form.some("draft").map(|_| form);
    let said = |name: &str, before: &str| typed.map_or(before, |form| form.get(name)).to_owned();
    let fields: Vec<Value> =
        bound.fields.iter().enumerate().map(|(number, field)| shown(number, field, typed)).collect();
    let key = bound.fields.iter().find(|field| field.name == bound.key);
    // Proposals are asked for anew each time.
    let mut bare = bound.clone();
    bare.fields.iter_mut().for_each(|field| field.proposed.clear());
    json!({
        "draft": json!(bare).to_string(), "table": bound.table,
        "service": said("service", &agency.map(|agency| format!("{agency}/")).unwrap_or_default()),
        "name": { "vi": said("name.vi", &bound.name.vi), "en": said("name.en", &bound.name.en) },
        "lookup": said("lookup", key.map_or("", |field| field.column.as_str())),
        "fields": fields,
    })
}

fn shown(number: usize, field: &Drawn, typed: Option<&Form>) -> Value {
    let at = format!("f.{number}");
    let said = |name: &str, before: &str| {
        let place = format!("{at}.{name}");
        typed.map_or(before, |form| form.get(&place)).to_owned()
    };
    // A guess is told, and nobody's decision yet.
    let (guess, decided) = match &field.class {
        // State secrets are not shared by a service (CN-07): the page has no such class.
        DraftClass::Guessed(Class::Secret) => (None, String::new()),
        DraftClass::Guessed(class) => (Some(class.word()), String::new()),
        class => (None, class.to_string()),
    };
    let class = said("class", &decided);
    let (term, other) = (said("term", field.term.as_deref().unwrap_or_default()), said("other", ""));
    // A term that is not among the proposals stands in the place for another one.
    let proposed = field.proposed.iter().any(|one| one.term == term);
    let (term, other) = if proposed || !other.is_empty() { (term, other) } else { (String::new(), term) };
    let filter = typed.map_or(field.filter, |form| form.some(&format!("{at}.filter")).is_some());
    let looks: Vec<Value> = field.profile.words().into_iter().map(|words| json!(words)).collect();
    let proposal = |one: &Proposal| {
        let percent = format!("{:.0}", one.score * 100.0);
        json!({ "term": one.term, "name": one.name, "percent": percent, "reasons": one.reasons })
    };
    json!({
        "at": at, "column": field.column, "declared": field.declared, "unique": field.unique,
        "rows": field.profile.rows, "filled": field.profile.filled, "looks": looks,
        "name": said("name", &field.name), "filter": filter,
        "kind": said("kind", json!(field.kind).as_str().unwrap_or_default()),
        "label": { "vi": said("label.vi", &field.label.vi), "en": said("label.en", &field.label.en) },
        "guess": guess, "class": class,
        "open": typed.is_some() && class.is_empty(),
        "proposed": field.proposed.iter().map(proposal).collect::<Vec<_>>(), "term": term, "other": other,
    })
}

/// The draft as it was decided. What the form does not ask about stays as it was drawn up.
pub(crate) fn decided(draft: &Draft, form: &Form) -> Value {
    let mut key = "";
    let mut fields = Vec::new();
    for (number, field) in draft.fields.iter().enumerate() {
        let some = |name: &str| form.some(&format!("f.{number}.{name}"));
        let said = |name: &str| some(name).unwrap_or_default();
        let class = match some("class") {
            Some(OUT) => continue,
            Some(class) => class.to_owned(),
            // What nobody has decided stays a guess, which the hub refuses.
            None => field.class.to_string(),
        };
        if field.column.trim() == form.get("lookup") {
            key = said("name");
        }
        let typed = json!({
            "name": said("name"), "kind": said("kind"), "class": class, "filter": some("filter").is_some(),
            "label": { "vi": said("label.vi"), "en": said("label.en") },
            "term": some("other").or_else(|| some("term")),
        });
        let mut drawn = json!(field);
        if let (Some(members), Value::Object(typed)) = (drawn.as_object_mut(), typed) {
            members.extend(typed);
        }
        fields.push(drawn);
    }
    let mut decided = json!(draft);
    if let Some(members) = decided.as_object_mut() {
        let name = json!({ "vi": form.get("name.vi"), "en": form.get("name.en") });
        members.insert("name".to_owned(), name);
        members.insert("key".to_owned(), json!(key));
        members.insert("fields".to_owned(), json!(fields));
    }
    decided
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASTED: &str = r#"
source: { name: nguon, url: "postgres://doc@db/dc" }
table: NHAN_KHAU
name: { vi: Nhân khẩu, en: Persons }
key: so_cccd
fields:
  - name: so_cccd
    column: SoCCCD
    unique: true
    kind: person_id
    label: { vi: SoCCCD, en: SoCCCD }
    class: "personal?"
    profile: { rows: 9, filled: 8, twelve: 1.0 }
    term: "ndg:ID-001"
  - name: ghi_chu
    column: GhiChu
    kind: text
    label: { vi: Ghi chú, en: Note }
    class: internal
"#;

    fn typed(pairs: &[(&str, &str)]) -> Form {
        Form(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn yaml_and_json_are_read_and_what_is_too_large_is_told() {
        let draft = read(&PASTED.replace('\n', "\r\n")).unwrap();
        assert_eq!(read(&json!(draft).to_string()).unwrap(), draft);
        let told = read("table: [").unwrap_err().problem;
        assert!(told["detail"].as_str().unwrap().contains("source inspect"), "{told}");
        assert!(read(&" ".repeat(BYTES_MAX + 1)).is_err());
        let mut wide = draft;
        wide.fields = vec![wide.fields[0].clone(); FIELDS_MAX + 1];
        assert!(read(&json!(wide).to_string()).is_err());
    }

    #[test]
    fn a_guess_is_told_and_not_chosen_and_what_was_typed_stays() {
        let draft = read(PASTED).unwrap();
        let view = review(&draft, &Form::default(), Some("VN/GOV/G01"));
        let [first, second] = [&view["fields"][0], &view["fields"][1]];
        assert_eq!(
            (&first["class"], &first["guess"], &first["open"]),
            (&json!(""), &json!("personal"), &json!(false))
        );
        assert_eq!((&second["class"], &second["guess"]), (&json!("internal"), &Value::Null));
        // Nothing was proposed, so the term of the draft is another one.
        assert_eq!((&first["term"], &first["other"]), (&json!(""), &json!("ndg:ID-001")));
        assert_eq!((&view["service"], &view["lookup"]), (&json!("VN/GOV/G01/"), &json!("SoCCCD")));
        let carrying = view["draft"].as_str().unwrap();
        let form = typed(&[("draft", carrying), ("f.0.name", "so"), ("f.1.class", "out"), ("service", "x")]);
        assert_eq!(carried(&form).unwrap(), draft);
        let view = review(&draft, &form, None);
        assert_eq!((&view["fields"][0]["name"], &view["service"]), (&json!("so"), &json!("x")));
        assert_eq!((&view["fields"][0]["open"], &view["fields"][1]["class"]), (&json!(true), &json!("out")));
    }

    #[test]
    fn what_was_decided_is_what_is_published() {
        let draft = read(PASTED).unwrap();
        let form = typed(&[
            ("name.vi", "Người"),
            ("name.en", "People"),
            ("lookup", "SoCCCD"),
            ("f.0.name", "so_dinh_danh"),
            ("f.0.kind", "person_id"),
            ("f.0.label.vi", "Số"),
            ("f.0.label.en", "Number"),
            ("f.0.class", "personal"),
            ("f.0.term", "ndg:ID-001"),
            ("f.0.other", "ndg:ID-002"),
            ("f.1.class", "out"),
        ]);
        let published: Draft = serde_json::from_value(decided(&draft, &form)).unwrap();
        assert_eq!((published.key.as_str(), published.fields.len()), ("so_dinh_danh", 1));
        assert_eq!(published.fields[0].term.as_deref(), Some("ndg:ID-002"));
        assert_eq!(
            (&published.fields[0].profile, &published.source),
            (&draft.fields[0].profile, &draft.source)
        );
        published.check().unwrap();
        // Without a decision the guess goes on to the hub, which refuses it.
        let undecided = decided(&draft, &typed(&[("lookup", "SoCCCD"), ("f.0.name", "so")]));
        assert_eq!(
            (&undecided["fields"][0]["class"], &undecided["key"]),
            (&json!("personal?"), &json!("so"))
        );
    }
}
