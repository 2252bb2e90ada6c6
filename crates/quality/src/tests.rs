//! Laws of this crate, over made-up tables.

mod bad;
mod changes;
mod contracts;
mod duckdb;
mod expectations;
mod merging;
mod persons;
mod public;
mod reported;
mod reports;
mod scores;
mod sketches;
mod truth;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use model::agency::Name;
use model::codelist::{UNITS, shipped, shipped_crosswalks};
use model::term::{Status, Term};
use serde_json::Value;

use crate::rule::Materials;
use crate::rule::code::Codes;
use crate::state::dimension::Dimension;
use crate::{RulePack, Rules, Settings};

/// The dictionary that the program ships.
static TERMS: LazyLock<Vec<Term>> = LazyLock::new(|| {
    let text = include_str!("../../../data/dictionary/terms.yaml");
    let documents = text.split("\n---\n").map(|document| document.replace("kind: Term\n", ""));
    documents.map(|document| serde_saphyr::from_str(&document).unwrap()).collect()
});

/// Its code lists.
static LISTS: LazyLock<HashMap<String, Arc<Codes>>> = LazyLock::new(|| {
    let walks = shipped_crosswalks();
    let list = |list: model::codelist::ShippedList| {
        let walk = walks.iter().find(|walk| walk.from == list.id && walk.to == list.id);
        let codes = Codes::new(&list.id, &list.codes);
        (
            list.id,
            Arc::new(match walk {
                Some(walk) => codes.with_walk(walk),
                None => codes,
            }),
        )
    };
    shipped().into_iter().map(list).collect()
});

fn pack() -> RulePack {
    RulePack::shipped().unwrap()
}

/// The address of the approved version of a term.
fn address(technical: &str) -> Option<String> {
    TERMS.iter().find_map(|term| {
        let version = term
            .versions
            .iter()
            .find(|version| version.technical_name == technical && version.status == Status::Approved)?;
        Some(format!("urn:lienthong:term:{}@{}", term.id, version.version))
    })
}

fn compiled(contract: &Value) -> Rules {
    Rules::compile(&materials_of(contract)).unwrap()
}

fn materials_of(contract: &Value) -> Materials<'_> {
    static NO_REFERENCES: LazyLock<HashMap<String, Arc<[u64]>>> = LazyLock::new(HashMap::new);
    static NO_LABELS: LazyLock<HashMap<String, Name>> = LazyLock::new(HashMap::new);
    let pack = pack();
    Materials {
        contract,
        table: None,
        terms: &TERMS,
        labels: &NO_LABELS,
        lists: &LISTS,
        references: &NO_REFERENCES,
        placeholders: pack.placeholders(),
        tone: pack.tone,
        today: persons::TODAY,
    }
}

/// The rules of the table of persons.
static PERSONS: LazyLock<Arc<Rules>> = LazyLock::new(|| Arc::new(compiled(&persons::contract(address))));

fn settings() -> Settings {
    let causes = [(Dimension::Unit, "don_vi"), (Dimension::Source, "nguon"), (Dimension::Day, "cap_nhat")];
    Settings {
        causes: causes
            .into_iter()
            .map(|(dimension, field)| (dimension, field.to_owned()))
            .collect::<BTreeMap<_, _>>(),
        ..Settings::new(*b"0123456789abcdef")
    }
}

#[test]
fn the_shipped_terms_make_rules_and_what_does_not_is_told() {
    assert!(LISTS.contains_key(UNITS));
    let rules = &PERSONS;
    assert_eq!(rules.refused, [], "every format of these terms is read");
    assert!(rules.rules.len() > 50, "{}", rules.rules.len());
    for rule in &rules.rules {
        assert!(rule.text.vi() != rule.text.en() && !rule.source.is_empty(), "{}", rule.id);
    }
    // Of the whole dictionary: each format makes a rule or is told by name.
    let all = TERMS.iter().flat_map(|term| term.versions.iter().map(move |version| (term, version)));
    let properties: Vec<Value> = all
        .enumerate()
        .map(|(at, (term, version))| {
            let url = format!("urn:lienthong:term:{}@{}", term.id, version.version);
            serde_json::json!({ "name": format!("t{at}"), "authoritativeDefinitions": [{ "url": url, "type": "businessDefinition" }] })
        })
        .collect();
    let whole = compiled(
        &serde_json::json!({ "id": "tat-ca", "version": "1.0.0", "schema": [{ "name": "t", "properties": properties }] }),
    );
    let told: Vec<&str> = whole.refused.iter().map(model::words::Words::vi).collect();
    assert!(told.len() <= 12, "{told:#?}");
    assert!(whole.rules.len() > 500, "{}", whole.rules.len());
}
