//! The dictionary as SKOS: each version a concept, each code list a scheme of its codes. Attributes that SKOS has no word for stand
//! under our own, so that nothing is lost on the way out and in.

use std::collections::BTreeMap;

use model::codelist::CodeList;
use model::fault::{Fault, Words};
use model::term::{Status, Term, TermVersion};
use oxrdf::Term as Node;
use oxttl::TurtleParser;
use serde_json::{Map, Value, json};

use crate::catalogue::rdf::{Graph, Object};
use crate::texts;

const PREFIXES: &[(&str, &str)] = &[
    ("dct", "http://purl.org/dc/terms/"),
    ("lt", LT),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];
/// Our own words. The address names them; nothing is fetched from it.
const LT: &str = "urn:lienthong:term#";
/// Most triples that are read.
const TRIPLES_MAX: usize = 2_000_000;
/// Attributes that are one text each.
const TEXTS: [&str; 17] = [
    "status",
    "context",
    "entity",
    "created_by",
    "owned_by",
    "language",
    "business",
    "technical_name",
    "value_type",
    "format",
    "rdf_type",
    "relation",
    "technical",
    "code_list",
    "normalisation",
    "api",
    "mapping",
];
/// Attributes that are lists of texts, in their order.
const LISTS: [&str; 3] = ["documents", "values", "synonyms"];

/// A graph of terms and code lists. `base` is the hub's address, ending in a slash.
pub(crate) fn graph(base: &str, terms: &[Term], lists: &[CodeList]) -> Graph {
    let mut graph = Graph::new(PREFIXES);
    let scheme = format!("{base}id/dictionary");
    graph.is_a(&scheme, "skos:ConceptScheme");
    graph.name(&scheme, "dct:title", &texts::common_dictionary().into());
    for term in terms {
        for version in &term.versions {
            concept(&mut graph, base, &scheme, term, version);
        }
    }
    for list in lists {
        code_list(&mut graph, base, list);
    }
    graph
}

fn concept(graph: &mut Graph, base: &str, scheme: &str, term: &Term, version: &TermVersion) {
    let address = |id: &str, version: &str| format!("{base}id/term/{}/{version}", model::id::encode_part(id));
    let subject = address(&term.id, &version.version.to_string());
    graph.is_a(&subject, "skos:Concept");
    graph.link(&subject, "skos:inScheme", scheme);
    graph.add(&subject, "skos:notation", Object::Plain(term.id.clone()));
    graph.add(&subject, "owl:versionInfo", Object::Plain(version.version.to_string()));
    graph.name(&subject, "skos:prefLabel", &version.name);
    graph.add(&subject, "skos:definition", Object::In("vi", version.definition.clone()));
    graph.add(&subject, "dct:source", Object::Plain(version.source.clone()));
    graph.add(&subject, "lt:validation", Object::Plain(version.validation.clone()));
    if version.status == Status::Retired {
        graph.add(
            &subject,
            "owl:deprecated",
            Object::Typed("true".into(), "http://www.w3.org/2001/XMLSchema#boolean".into()),
        );
    }
    if version.assumed {
        graph.add(&subject, "lt:assumed", Object::Plain("yes".into()));
    }
    let members = json!(version);
    let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
    for name in TEXTS {
        if let Some(value) = text(name) {
            graph.add(&subject, &format!("lt:{name}"), Object::Plain(value));
        }
    }
    if let Some(domain) = text("domain") {
        graph.add(&subject, "dct:subject", Object::Plain(domain));
    }
    for synonym in &version.synonyms {
        graph.add(&subject, "skos:altLabel", Object::In("vi", synonym.clone()));
    }
    for name in LISTS {
        let parts =
            members.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        // A graph has no order; the number keeps it.
        for (number, part) in parts.enumerate() {
            graph.add(&subject, &format!("lt:{name}"), Object::Plain(format!("{number:03} {part}")));
        }
    }
    for (number, related) in version.related.iter().enumerate() {
        graph.add(&subject, "lt:related", Object::Plain(format!("{number:03} {related}")));
    }
}

fn code_list(graph: &mut Graph, base: &str, list: &CodeList) {
    let scheme = format!("{base}id/codelist/{}", model::id::encode_part(&list.id));
    graph.is_a(&scheme, "skos:ConceptScheme");
    graph.name(&scheme, "dct:title", &list.name);
    graph.add(&scheme, "skos:notation", Object::Plain(list.id.clone()));
    graph.add(&scheme, "dct:source", Object::Plain(list.source.clone()));
    let address = |code: &model::codelist::Code| {
        let from = code.valid.valid_from.map_or_else(String::new, |day| format!("/{day}"));
        format!("{scheme}/{}{from}", model::id::encode_part(&code.code))
    };
    for code in &list.codes {
        let subject = address(code);
        graph.is_a(&subject, "skos:Concept");
        graph.link(&subject, "skos:inScheme", &scheme);
        graph.add(&subject, "skos:notation", Object::Plain(code.code.clone()));
        graph.add(&subject, "skos:prefLabel", Object::In("vi", code.vi.clone()));
        if let Some(en) = &code.en {
            graph.add(&subject, "skos:prefLabel", Object::In("en", en.clone()));
        }
        if let Some(day) = code.valid.valid_from {
            graph.day(&subject, "lt:valid_from", day);
        }
        if let Some(day) = code.valid.valid_to {
            graph.day(&subject, "lt:valid_to", day);
        }
        // The parent of the same days.
        let parent = code.parent.as_ref().and_then(|parent| {
            list.codes.iter().find(|other| other.code == *parent && other.valid.overlaps(&code.valid))
        });
        if let Some(parent) = parent {
            graph.link(&subject, "skos:broader", &address(parent));
        }
    }
}

/// The terms of a graph that this hub, or another like it, wrote: concepts with `skos:notation` and `owl:versionInfo`.
///
/// # Errors
/// [`Fault::BadDocument`] with the line, or with the concept that is not whole.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Term>, Fault> {
    let mut concepts: BTreeMap<String, Vec<(String, Node)>> = BTreeMap::new();
    for (number, triple) in TurtleParser::new().for_slice(bytes).enumerate() {
        let triple = triple.map_err(|error| {
            let line = error.location().start.line + 1;
            Fault::BadDocument { place: texts::line(line), why: Words::quoted(error) }
        })?;
        if number > TRIPLES_MAX {
            return Err(Fault::BadDocument { place: Words::quoted(number), why: texts::too_large() });
        }
        let subject = triple.subject.to_string();
        concepts.entry(subject).or_default().push((triple.predicate.into_string(), triple.object));
    }
    let mut terms: BTreeMap<String, Vec<TermVersion>> = BTreeMap::new();
    for (subject, said) in &concepts {
        let all = |name: &str| {
            let address = expand(name);
            said.iter().filter(move |(predicate, _)| *predicate == address).map(|(_, object)| object)
        };
        let Some(version) = all("owl:versionInfo").find_map(literal) else { continue };
        let Some(id) = all("skos:notation").find_map(literal) else { continue };
        let members = members(&version, &all);
        let version = serde_json::from_value(members).map_err(|error| Fault::BadDocument {
            place: Words::quoted(subject.clone()),
            why: Words::quoted(error),
        })?;
        terms.entry(id).or_default().push(version);
    }
    let terms = terms.into_iter().map(|(id, mut versions)| {
        versions.sort_by_key(|version| version.version);
        Term { id, versions }
    });
    Ok(terms.collect())
}

/// The members of a version, as documents have them.
fn members<'a, I: Iterator<Item = &'a Node>>(version: &str, all: &impl Fn(&str) -> I) -> Value {
    let one = |name: &str| all(name).find_map(literal);
    let in_language = |name: &str, language: &str| {
        all(name).find_map(|node| match node {
            Node::Literal(text) if text.language() == Some(language) => Some(text.value().to_owned()),
            _ => None,
        })
    };
    let mut members = Map::new();
    members.insert("version".into(), json!(version));
    members.insert(
        "name".into(),
        json!({ "vi": in_language("skos:prefLabel", "vi"), "en": in_language("skos:prefLabel", "en") }),
    );
    members.insert("definition".into(), json!(in_language("skos:definition", "vi")));
    members.insert("source".into(), json!(one("dct:source")));
    members.insert("validation".into(), json!(one("lt:validation")));
    members.insert("assumed".into(), json!(one("lt:assumed").is_some()));
    for name in TEXTS {
        if let Some(value) = one(&format!("lt:{name}")) {
            members.insert(name.into(), json!(value));
        }
    }
    if let Some(domain) = one("dct:subject") {
        members.insert("domain".into(), json!(domain));
    }
    for name in LISTS.iter().chain(&["related"]) {
        let mut parts: Vec<String> = all(&format!("lt:{name}")).filter_map(literal).collect();
        parts.sort();
        let parts: Vec<&str> =
            parts.iter().filter_map(|part| part.split_once(' ').map(|(_, text)| text)).collect();
        members.insert((*name).into(), json!(parts));
    }
    Value::Object(members)
}

fn literal(node: &Node) -> Option<String> {
    match node {
        Node::Literal(text) => Some(text.value().to_owned()),
        _ => None,
    }
}

fn expand(name: &str) -> String {
    let (prefix, rest) = name.split_once(':').unwrap_or_default();
    let base = PREFIXES.iter().find(|(known, _)| *known == prefix).map_or("", |(_, base)| base);
    format!("{base}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_come_back_from_their_graph() {
        let version = |version: &str, status: &str| {
            json!({ "version": version, "status": status, "name": { "vi": "Giới \"tính\"", "en": "Sex" }, "definition": "Giới tính khi khai sinh",
                "domain": "person", "created_by": "VN/GOV/G01", "owned_by": "VN/GOV/G15", "synonyms": ["gioi_tinh", "GT", "a"], "values": ["2", "1"],
                "related": ["ndg:ID-004"], "technical_name": "CaNhan.gioi_tinh", "value_type": "code", "format": "1", "code_list": "gioi-tinh",
                "validation": "thuộc danh mục", "source": "thử", "assumed": status == "retired" })
        };
        let terms: Vec<Term> = serde_json::from_value(json!([
            { "id": "ndg:ID-004", "versions": [version("1.0.0", "retired"), version("2.0.0", "approved")] },
        ]))
        .unwrap();
        let graph = graph("https://hub.example/", &terms, &[]);
        let turtle = graph.turtle().unwrap();
        assert_eq!(read(&turtle).unwrap(), terms, "{}", String::from_utf8_lossy(&turtle));
        let broken = String::from_utf8(turtle).unwrap().replace("\"code\"", "\"mã\"");
        assert!(read(broken.as_bytes()).unwrap_err().en().contains("ndg%3AID-004"));
        let Err(Fault::BadDocument { place, .. }) = read(b"@prefix a: <b:> .\na:b a:c") else { panic!() };
        assert!(place.en().starts_with("line "), "{place:?}");
    }
}
