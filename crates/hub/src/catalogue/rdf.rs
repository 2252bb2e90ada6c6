//! Graphs for others: Turtle, and JSON-LD with names instead of addresses. No blank nodes, so that both say the same graph.

use std::collections::BTreeSet;

use model::fault::Fault;
use oxrdf::{Literal, NamedNode, Term, TripleRef};
use oxttl::TurtleSerializer;
use serde_json::{Map, Value, json};

/// A set of triples.
pub(crate) struct Graph {
    prefixes: &'static [(&'static str, &'static str)],
    triples: BTreeSet<(String, String, Object)>,
}

/// What a triple says of its subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Object {
    /// Another thing, by its address.
    Iri(String),
    /// A text in a language.
    In(&'static str, String),
    /// A value of a datatype.
    Typed(String, String),
    /// A plain text.
    Plain(String),
}

impl Graph {
    /// An empty graph, whose addresses are shortened by these prefixes.
    pub(crate) fn new(prefixes: &'static [(&'static str, &'static str)]) -> Self {
        Self { prefixes, triples: BTreeSet::new() }
    }

    /// Adds a triple. The predicate is written with its prefix.
    pub(crate) fn add(&mut self, subject: &str, predicate: &str, object: Object) {
        let predicate = self.long(predicate);
        self.triples.insert((subject.to_owned(), predicate, object));
    }

    /// Adds a link; the other end is an address, or a name with its prefix.
    pub(crate) fn link(&mut self, subject: &str, predicate: &str, to: &str) {
        let to = self.long(to);
        self.add(subject, predicate, Object::Iri(to));
    }

    /// Says what class a thing is of.
    pub(crate) fn is_a(&mut self, subject: &str, class: &str) {
        self.link(subject, "rdf:type", class);
    }

    /// Adds a text in Vietnamese and one in English.
    pub(crate) fn name(&mut self, subject: &str, predicate: &str, name: &model::agency::Name) {
        self.add(subject, predicate, Object::In("vi", name.vi.clone()));
        self.add(subject, predicate, Object::In("en", name.en.clone()));
    }

    /// Adds a day.
    pub(crate) fn day(&mut self, subject: &str, predicate: &str, day: impl std::fmt::Display) {
        let datatype = self.long("xsd:date");
        self.add(subject, predicate, Object::Typed(day.to_string(), datatype));
    }

    /// The things of a class, which is written with its prefix.
    pub(crate) fn of_class(&self, class: &str) -> Vec<&str> {
        let (kind, class) = (self.long("rdf:type"), Object::Iri(self.long(class)));
        let of = self.triples.iter().filter(|(_, predicate, object)| *predicate == kind && *object == class);
        of.map(|(subject, ..)| subject.as_str()).collect()
    }

    /// What is said of a thing by a predicate, which is written with its prefix.
    pub(crate) fn objects(&self, subject: &str, predicate: &str) -> impl Iterator<Item = &Object> {
        let from = (subject.to_owned(), self.long(predicate), Object::Iri(String::new()));
        let (subject, predicate) = (from.0.clone(), from.1.clone());
        let behind = self.triples.range(from..);
        behind.take_while(move |(of, by, _)| *of == subject && *by == predicate).map(|(.., object)| object)
    }

    /// The same graph without some of its triples.
    #[cfg(test)]
    pub(crate) fn without(&self, mut is_gone: impl FnMut(&str, &str) -> bool) -> Self {
        let kept = self.triples.iter().filter(|(subject, predicate, _)| !is_gone(subject, predicate));
        Self { prefixes: self.prefixes, triples: kept.cloned().collect() }
    }

    /// The whole address of a name with its prefix.
    pub(crate) fn long(&self, name: &str) -> String {
        let Some((prefix, rest)) = name.split_once(':') else { return name.to_owned() };
        let known = self.prefixes.iter().find(|(known, _)| *known == prefix);
        known.map_or_else(|| name.to_owned(), |(_, base)| format!("{base}{rest}"))
    }

    fn short(&self, iri: &str) -> String {
        let plain = |rest: &str| {
            !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        let fits = self.prefixes.iter().find_map(|(prefix, base)| {
            iri.strip_prefix(base).filter(|rest| plain(rest)).map(|rest| format!("{prefix}:{rest}"))
        });
        fits.unwrap_or_else(|| iri.to_owned())
    }

    /// As Turtle.
    ///
    /// # Errors
    /// [`Fault::Internal`].
    pub(crate) fn turtle(&self) -> Result<Vec<u8>, Fault> {
        let failed = |why: String| Fault::Internal { why };
        let mut serializer = TurtleSerializer::new();
        for (prefix, base) in self.prefixes {
            serializer = serializer.with_prefix(*prefix, *base).map_err(|error| failed(error.to_string()))?;
        }
        let mut writer = serializer.for_writer(Vec::new());
        for (subject, predicate, object) in &self.triples {
            let node = |iri: &str| NamedNode::new(iri).map_err(|error| failed(format!("{iri}: {error}")));
            let (subject, predicate) = (node(subject)?, node(predicate)?);
            let object: Term = match object {
                Object::Iri(iri) => node(iri)?.into(),
                Object::Plain(text) => Literal::new_simple_literal(text).into(),
                Object::In(language, text) => Literal::new_language_tagged_literal(text, *language)
                    .map_err(|error| failed(error.to_string()))?
                    .into(),
                Object::Typed(value, datatype) => Literal::new_typed_literal(value, node(datatype)?).into(),
            };
            writer
                .serialize_triple(TripleRef::new(&subject, &predicate, &object))
                .map_err(|error| failed(error.to_string()))?;
        }
        writer.finish().map_err(|error| failed(error.to_string()))
    }

    /// As JSON-LD: one object for each subject, names shortened by the prefixes in the context.
    pub(crate) fn json_ld(&self) -> Value {
        let context: Map<String, Value> =
            self.prefixes.iter().map(|(prefix, base)| ((*prefix).to_owned(), json!(base))).collect();
        let mut things: Vec<Map<String, Value>> = Vec::new();
        for (subject, predicate, object) in &self.triples {
            let id = json!(self.short(subject));
            if things.last().is_none_or(|last| last.get("@id") != Some(&id)) {
                things.push(Map::from_iter([("@id".to_owned(), id)]));
            }
            let Some(thing) = things.last_mut() else { continue };
            let (member, value) = self.member(predicate, object);
            match thing.get_mut(&member) {
                None => {
                    thing.insert(member, value);
                }
                Some(Value::Array(values)) => values.push(value),
                Some(one) => *one = json!([one.take(), value]),
            }
        }
        json!({ "@context": context, "@graph": things })
    }

    fn member(&self, predicate: &str, object: &Object) -> (String, Value) {
        let member = self.short(predicate);
        if member == "rdf:type"
            && let Object::Iri(class) = object
        {
            return ("@type".to_owned(), json!(self.short(class)));
        }
        let value = match object {
            Object::Iri(iri) => json!({ "@id": self.short(iri) }),
            Object::Plain(text) => json!(text),
            Object::In(language, text) => json!({ "@language": language, "@value": text }),
            Object::Typed(value, datatype) => json!({ "@type": self.short(datatype), "@value": value }),
        };
        (member, value)
    }
}

#[cfg(test)]
mod tests {
    use oxttl::TurtleParser;

    use super::*;

    const PREFIXES: &[(&str, &str)] = &[
        ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
        ("skos", "http://www.w3.org/2004/02/skos/core#"),
        ("xsd", "http://www.w3.org/2001/XMLSchema#"),
    ];

    #[test]
    fn a_graph_is_written_twice_and_read_once() {
        let mut graph = Graph::new(PREFIXES);
        let thing = "https://hub.example/id/term/ndg:ID-001";
        graph.is_a(thing, "skos:Concept");
        graph.name(
            thing,
            "skos:prefLabel",
            &model::agency::Name { vi: "Họ \"tên\"\n".into(), en: "Name".into() },
        );
        graph.day(thing, "skos:changeNote", "2026-11-25");
        graph.link(thing, "skos:related", "https://hub.example/id/term/ndg:ID-002");
        graph.add(thing, "skos:notation", Object::Plain("ndg:ID-001".into()));
        let turtle = graph.turtle().unwrap();
        let read: Vec<_> = TurtleParser::new().for_slice(&turtle).collect::<Result<_, _>>().unwrap();
        assert_eq!(read.len(), 6, "{}", String::from_utf8_lossy(&turtle));
        let json = graph.json_ld();
        let thing = &json["@graph"][0];
        assert_eq!(
            (&thing["@type"], &thing["skos:notation"]),
            (&json!("skos:Concept"), &json!("ndg:ID-001"))
        );
        assert_eq!(thing["skos:prefLabel"].as_array().unwrap().len(), 2);
        assert_eq!(thing["skos:changeNote"], json!({ "@type": "xsd:date", "@value": "2026-11-25" }));
    }
}
