//! The dictionary as a table: one row a version, one column an attribute of Decision 2439/QĐ-TTg (rule DD-01).

use std::collections::BTreeMap;

use model::agency::Name;
use model::fault::{Fault, Words};
use model::term::{Term, TermVersion};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::sheet::Sheet;
use crate::sheet::read::{Row, Table};
use crate::texts;

/// The columns, in the order of the attributes.
pub(crate) const COLUMNS: [&str; 30] = [
    "id",
    "version",
    "status",
    "name_vi",
    "name_en",
    "definition",
    "context",
    "domain",
    "entity",
    "created_by",
    "owned_by",
    "language",
    "documents",
    "synonyms",
    "related",
    "business",
    "technical_name",
    "value_type",
    "format",
    "rdf_type",
    "relation",
    "technical",
    "values",
    "code_list",
    "normalisation",
    "api",
    "mapping",
    "validation",
    "source",
    "assumed",
];
/// Those that no version is without.
const NEEDED: [&str; 14] = [
    "id",
    "version",
    "status",
    "name_vi",
    "name_en",
    "definition",
    "created_by",
    "owned_by",
    "technical_name",
    "value_type",
    "format",
    "validation",
    "source",
    "assumed",
];
/// What stands between the parts of a list in one cell. Where a part has such a mark itself, a backslash stands before it.
const BETWEEN: &str = " | ";

fn escaped(part: &str) -> String {
    part.replace('\\', "\\\\").replace('|', "\\|")
}

/// The parts of a list in one cell.
fn parts(cell: &str) -> Vec<String> {
    let (mut parts, mut marks) = (vec![String::new()], cell.chars());
    while let Some(mark) = marks.next() {
        match (mark, parts.last_mut()) {
            ('|', _) => parts.push(String::new()),
            ('\\', Some(last)) => last.push(marks.next().unwrap_or('\\')),
            (mark, Some(last)) => last.push(mark),
            (_, None) => {}
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// The table of some terms.
pub(crate) fn sheet(terms: &[Term]) -> Sheet {
    let rows: Vec<Value> =
        terms.iter().flat_map(|term| term.versions.iter().map(|version| row(&term.id, version))).collect();
    Sheet::of("dictionary", &COLUMNS, &rows)
}

fn row(id: &str, version: &TermVersion) -> Value {
    let mut row = json!(version);
    let Value::Object(members) = &mut row else { return row };
    members.insert("id".into(), json!(id));
    members.remove("name");
    members.insert("name_vi".into(), json!(version.name.vi));
    members.insert("name_en".into(), json!(version.name.en));
    members.insert("assumed".into(), json!(if version.assumed { "yes" } else { "no" }));
    for list in ["documents", "synonyms", "related", "values"] {
        let parts = members.get(list).and_then(Value::as_array).into_iter().flatten();
        let parts: Vec<String> = parts.filter_map(Value::as_str).map(escaped).collect();
        let joined = parts.join(BETWEEN);
        members.insert(list.into(), json!(joined));
    }
    row
}

/// The terms of a table, with the versions it names, oldest first.
///
/// # Errors
/// [`Fault::BadDocument`] with line and cell.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Term>, Fault> {
    let table = Table::read(bytes)?;
    table.check_columns(&NEEDED, &COLUMNS)?;
    let mut terms: BTreeMap<String, Vec<TermVersion>> = BTreeMap::new();
    for row in table.rows() {
        let version = version(row)?;
        let versions = terms.entry(row.need("id")?.to_owned()).or_default();
        if versions.iter().any(|other| other.version == version.version) {
            return Err(row.bad("version", &texts::version_twice()));
        }
        versions.push(version);
    }
    let terms = terms.into_iter().map(|(id, mut versions)| {
        versions.sort_by_key(|version| version.version);
        Term { id, versions }
    });
    Ok(terms.collect())
}

fn version(row: Row<'_>) -> Result<TermVersion, Fault> {
    let text = |column: &str| row.get(column).map(str::to_owned);
    let list = |column: &str| parts(row.get(column).unwrap_or_default());
    Ok(TermVersion {
        version: needed(row, "version", str::parse)?,
        status: needed(row, "status", word)?,
        name: Name { vi: row.need("name_vi")?.to_owned(), en: row.need("name_en")?.to_owned() },
        definition: row.need("definition")?.to_owned(),
        context: text("context"),
        domain: row.parse("domain", word)?,
        entity: text("entity"),
        created_by: needed(row, "created_by", |cell| {
            cell.parse().map_err(|error: model::id::IdError| error.to_string())
        })?,
        owned_by: needed(row, "owned_by", |cell| {
            cell.parse().map_err(|error: model::id::IdError| error.to_string())
        })?,
        language: text("language"),
        documents: list("documents"),
        synonyms: list("synonyms"),
        related: list("related"),
        business: text("business"),
        technical_name: row.need("technical_name")?.to_owned(),
        value_type: needed(row, "value_type", word)?,
        format: row.need("format")?.to_owned(),
        rdf_type: text("rdf_type"),
        relation: text("relation"),
        technical: text("technical"),
        values: list("values"),
        code_list: text("code_list"),
        normalisation: text("normalisation"),
        api: text("api"),
        mapping: text("mapping"),
        validation: row.need("validation")?.to_owned(),
        source: row.need("source")?.to_owned(),
        assumed: needed(row, "assumed", |cell| match cell {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err("yes, no"),
        })?,
    })
}

fn needed<T, E: std::fmt::Display>(
    row: Row<'_>,
    column: &str,
    read: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, Fault> {
    row.need(column)?;
    row.parse(column, read)?.ok_or_else(|| row.bad(column, &Words::quoted("?")))
}

/// A word of an enum, as documents have it.
pub(crate) fn word<T: DeserializeOwned>(cell: &str) -> Result<T, serde_json::Error> {
    serde_json::from_value(json!(cell))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms() -> Vec<Term> {
        let version = |version: &str, status: &str| {
            json!({ "version": version, "status": status, "name": { "vi": "Giới tính", "en": "Sex" }, "definition": "=Giới tính, khi khai sinh",
                "domain": "person", "created_by": "VN/GOV/G01", "owned_by": "VN/GOV/G15", "synonyms": ["gioi_tinh", "GT"], "values": ["1", "2"],
                "technical_name": "CaNhan.gioi_tinh", "value_type": "code", "format": "1", "code_list": "gioi-tinh", "validation": "thuộc danh mục", "source": "thử", "assumed": true })
        };
        let term = |id: &str, versions: Value| {
            serde_json::from_value(json!({ "id": id, "versions": versions })).unwrap()
        };
        vec![
            term("ndg:ID-003", json!([version("1.0.0", "retired")])),
            term("ndg:ID-004", json!([version("1.0.0", "retired"), version("2.0.0", "approved")])),
        ]
    }

    #[test]
    fn terms_come_back_from_their_table() {
        let sheet = sheet(&terms());
        assert_eq!(read(&sheet.csv().unwrap()).unwrap(), terms());
        assert_eq!(read(&sheet.xlsx().unwrap()).unwrap(), terms());
    }

    /// Texts as checks let them into the dictionary: something, and no spaces at their ends.
    fn any_text() -> impl Strategy<Value = String> {
        "[a|\\\\ '=;,\"\n@+_x0-9ễ-]{1,12}"
            .prop_map(|text| text.trim().to_owned())
            .prop_filter("something", |text| !text.is_empty())
    }

    proptest! {
        #[test]
        fn whatever_stands_in_a_term_comes_back_from_both_kinds_of_tables(
            lists in proptest::array::uniform4(proptest::collection::vec(any_text(), 0..4)),
            texts in proptest::array::uniform4(any_text()),
        ) {
            let mut terms = terms();
            let version = &mut terms[0].versions[0];
            let [documents, synonyms, related, values] = lists;
            (version.documents, version.synonyms, version.related, version.values) = (documents, synonyms, related, values);
            let [definition, format, source, context] = texts;
            (version.definition, version.format, version.source, version.context) = (definition, format, source, Some(context));
            let sheet = sheet(&terms);
            prop_assert_eq!(&read(&sheet.csv().unwrap()).unwrap(), &terms);
            prop_assert_eq!(&read(&sheet.xlsx().unwrap()).unwrap(), &terms);
        }
    }

    #[test]
    fn a_text_that_a_workbook_cannot_hold_is_refused_by_its_place() {
        let mut terms = terms();
        terms[1].versions[1].definition = "x".repeat(32_768);
        let sheet = sheet(&terms);
        assert_eq!(read(&sheet.csv().unwrap()).unwrap(), terms);
        let told = sheet.xlsx().unwrap_err().en();
        assert!(told.contains("definition") && told.contains("row 4") && told.contains("CSV"), "{told}");
    }

    #[test]
    fn a_wrong_cell_is_told() {
        let csv = String::from_utf8(sheet(&terms()).csv().unwrap()).unwrap();
        let check = |from: &str, to: &str, expect: &str| {
            let told = read(csv.replacen(from, to, 1).as_bytes()).unwrap_err().en();
            assert!(told.contains(expect), "{told}");
        };
        check("1.0.0", "1.0", "cell B2");
        check("retired", "chết", "cell C2");
        check("VN/GOV/G15", "VN", "cell K2");
        check(",code,", ",mã,", "cell R2");
        check("ndg:ID-003,1.0.0", "ndg:ID-004,2.0.0", "it stands twice");
        check("definition", "dinh_nghia", "column definition is missing");
    }
}
