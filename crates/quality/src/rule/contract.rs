//! What a contract says (Open Data Contract Standard 3): its fields, what it asks of them, and the rules that its owner wrote.
//!
//! Of the standard's `quality`: library metrics are run; SQL is carried and run elsewhere, inside the source; words are words; of engines only
//! our own is run, whose implementation is a condition. What is not run is refused by name.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use model::term::Version;
use model::words::Words;
use serde_json::Value;

use crate::expression::{Program, search};
use crate::rule::gate::{self, Gate, Gates};
use crate::rule::making::{Field, From, Making, Materials, Mistake, Of, owned};
use crate::rule::members::{list, text, yes};
use crate::rule::{Check, Compare, Criterion, Demand, Kind, Rule, Severity, dictionary, options};
use crate::text::shape::Pattern;
use crate::texts;

/// What stands before a term's id and version in the address of a definition.
const TERM: &str = "urn:lienthong:term:";
/// Our engine, as a contract names it.
const ENGINE: &str = "lienthong";
/// Deepest nesting of fields that is looked into.
const DEPTH_MAX: usize = 8;
/// Most fields of a table.
const FIELDS_MAX: usize = 2000;

/// A contract, as far as rules need it.
pub(super) struct Contract<'a> {
    /// The fields of its key, where that is of several.
    key: Vec<String>,
    pub(super) dataset: String,
    pub(super) version: Version,
    source: String,
    pub(super) fields: Vec<Of<'a>>,
    /// Fields of which something is asked that nobody looks at, for there are fields within them.
    nested: Vec<String>,
    table: &'a Value,
    whole: &'a Value,
}

impl<'a> Contract<'a> {
    pub(super) fn read(materials: &Materials<'a>) -> Result<Self, Mistake> {
        let whole = materials.contract;
        let mut tables = list(whole, "schema");
        let table = match materials.table {
            None => tables.next(),
            Some(name) => tables.find(|table| text(table, "name") == Some(name)),
        };
        let table = table.ok_or_else(|| Mistake(texts::no_table()))?;
        let id = text(whole, "id").unwrap_or_default();
        let version = text(whole, "version").and_then(|version| version.parse().ok());
        let (mut fields, mut nested) = (Vec::new(), Vec::new());
        for property in list(table, "properties") {
            take(property, "", 0, materials, (&mut fields, &mut nested));
        }
        let key: Vec<String> =
            fields.iter().filter(|of| of.field.key).map(|of| of.field.name.clone()).collect();
        Ok(Self {
            key: if key.len() > 1 { key } else { Vec::new() },
            dataset: format!("{id}/{}", text(table, "name").unwrap_or_default()),
            version: version.unwrap_or(Version { major: 0, minor: 0, patch: 0 }),
            source: format!("{id}@{}", text(whole, "version").unwrap_or_default()),
            fields,
            nested,
            table,
            whole,
        })
    }

    fn from(&self) -> From<'_> {
        From { version: self.version, source: &self.source }
    }
}

/// The ids of all terms that a contract names.
#[must_use]
pub fn terms_named(contract: &Value) -> BTreeSet<String> {
    fn look(value: &Value, named: &mut BTreeSet<String>) {
        match value {
            Value::String(text) => {
                let id = text.strip_prefix(TERM).and_then(|bound| bound.rsplit_once('@'));
                named.extend(id.map(|(id, _)| id.to_owned()));
            }
            Value::Array(items) => items.iter().for_each(|item| look(item, named)),
            Value::Object(members) => members.values().for_each(|member| look(member, named)),
            _ => {}
        }
    }
    let mut named = BTreeSet::new();
    look(contract, &mut named);
    named
}

/// A field, and those within it under names with dots.
fn take<'a>(
    property: &'a Value,
    within: &str,
    depth: usize,
    materials: &Materials<'_>,
    (fields, nested): (&mut Vec<Of<'a>>, &mut Vec<String>),
) {
    let own = text(property, "name").unwrap_or_default();
    let name = if within.is_empty() { own.to_owned() } else { format!("{within}.{own}") };
    let items = property.get("items").into_iter().flat_map(|items| list(items, "properties"));
    let inner: Vec<&Value> = list(property, "properties").chain(items).collect();
    let is_asked = list(property, "quality").next().is_some() || property.get("logicalTypeOptions").is_some();
    if property.get("map").is_some() || (is_asked && !inner.is_empty()) {
        nested.push(name.clone());
    }
    if !inner.is_empty() && depth < DEPTH_MAX {
        for property in inner {
            take(property, &name, depth + 1, materials, (&mut *fields, &mut *nested));
        }
        return;
    }
    if fields.len() == FIELDS_MAX || name.is_empty() || fields.iter().any(|known| known.field.name == name) {
        return;
    }
    let bound = list(property, "authoritativeDefinitions").find_map(|of| text(of, "url")?.strip_prefix(TERM));
    let term = bound.and_then(|bound| {
        let (id, version) = bound.rsplit_once('@')?;
        let term = materials.terms.iter().find(|term| term.id == id)?;
        let version = term.versions.iter().find(|known| known.version.to_string() == version)?;
        Some((id.to_owned(), version.clone()))
    });
    let technical = term.as_ref().map(|(_, term)| term.technical_name.clone());
    let key = yes(property, "primaryKey");
    let is_code = term.as_ref().is_some_and(|(_, term)| term.code_list.is_some() || !term.values.is_empty());
    fields.push(Of {
        term_missing: bound.filter(|_| term.is_none()).map(|bound| texts::term_missing(&name, bound)),
        field: Field {
            title: title(property, &name, materials),
            kind: term
                .as_ref()
                .map_or_else(|| kind(property), |(_, term)| dictionary::kind_of(term.value_type)),
            key,
            identifies: key || technical.as_deref().is_some_and(dictionary::identifies),
            public: is_code || text(property, "classification") == Some("public"),
            technical,
            name,
        },
        required: key || yes(property, "required"),
        term,
        property,
    });
}

/// What people call a field: by the contract, which speaks one language, and by the dataset, which speaks both.
fn title(property: &Value, name: &str, materials: &Materials<'_>) -> Words {
    let (named, label) = (text(property, "businessName"), materials.labels.get(name));
    let vi = named.or(label.map(|label| label.vi.as_str())).unwrap_or(name);
    Words::new(vi, label.map_or(vi, |label| label.en.as_str()))
}

fn kind(property: &Value) -> Kind {
    match text(property, "logicalType") {
        Some("integer") => Kind::Integer,
        Some("number") => Kind::Decimal,
        Some("date") => Kind::Date,
        Some("timestamp") => Kind::Moment,
        Some("boolean") => Kind::Boolean,
        _ => Kind::Text,
    }
}

/// What the contract itself asks of a field.
pub(super) fn field_rules(
    of: &Of<'_>,
    contract: &Contract<'_>,
    materials: &Materials<'_>,
    made: &mut Making,
) {
    let (field, property, from) = (&of.field, of.property, contract.from());
    if of.required {
        made.rule(field, "required", Check::Required, from);
    }
    // A key of several fields is one together: each alone may stand there as often as it likes.
    if yes(property, "unique") || (field.key && contract.key.is_empty()) {
        made.rule(field, "unique", Check::Unique { with: Vec::new() }, from);
    }
    if let [first, with @ ..] = contract.key.as_slice()
        && *first == field.name
    {
        made.rule(field, "unique_key", Check::Unique { with: with.to_vec() }, from);
    }
    if field.kind != Kind::Text {
        made.rule(field, "type", Check::Is(field.kind), from);
    }
    if let Some(keys) = materials.references.get(&field.name) {
        made.rule(field, "reference", Check::Reference(keys.clone()), from);
    }
    if let Some(values) = property.get("enum").and_then(Value::as_array) {
        let values: Vec<Value> = values.iter().filter_map(|entry| entry.get("value").cloned()).collect();
        made.rule(field, "contract_values", one_of(field, &values), from);
    }
    if let Some(options) = property.get("logicalTypeOptions").and_then(Value::as_object) {
        options::rules(field, options, from, made);
    }
    for (at, quality) in list(property, "quality").enumerate() {
        owner(quality, at, Some(field), contract, materials, made);
    }
}

/// What is withheld for its quality: what the gates of fields and of rules say, as far as it can be told of a record or a field.
pub(super) fn gates(contract: &Contract<'_>, made: &mut Making) -> Gates {
    let mut gates = Gates::default();
    for of in &contract.fields {
        let field = &of.field.name;
        match Gate::of(of.property, field) {
            Ok(None) => {}
            Ok(Some(Gate::Record)) => {
                let rules: Vec<String> = gate::of_field(&made.rules, field).collect();
                if rules.is_empty() {
                    made.refused.push(texts::gate_without_rule(field));
                }
                gates.records.extend(rules);
            }
            // Without its key no record is found: that is never withheld.
            Ok(Some(Gate::Least(_))) if of.field.key => made.refused.push(texts::gate_at_key(field)),
            Ok(Some(Gate::Least(least))) => drop(gates.fields.insert(field.clone(), least)),
            Err(why) => made.refused.push(why),
        }
        of_rules(of.property, field, &mut gates, made);
    }
    of_rules(contract.table, "", &mut gates, made);
    if list(contract.table, "customProperties").any(|one| text(one, "property") == Some("gate")) {
        made.refused.push(texts::gate_unread(text(contract.table, "name").unwrap_or_default()));
    }
    gates
}

fn of_rules(element: &Value, place: &str, gates: &mut Gates, made: &mut Making) {
    for (at, quality) in list(element, "quality").enumerate() {
        let name = rule_name(quality, at, place);
        match Gate::of(quality, &name) {
            Ok(None) => {}
            Ok(Some(Gate::Record)) => match made.rules.iter().find(|rule| rule.id == name) {
                Some(rule) if gate::is_of_a_record(&rule.check) => drop(gates.records.insert(name)),
                Some(_) => made.refused.push(texts::gate_of_no_record(&name)),
                // The rule itself was refused, and it is said why.
                None => {}
            },
            Ok(Some(Gate::Least(_))) | Err(_) => made.refused.push(texts::gate_unread(&name)),
        }
    }
}

/// What an owner's rule is called.
fn rule_name(quality: &Value, at: usize, place: &str) -> String {
    let said = text(quality, "id").or_else(|| text(quality, "name"));
    format!("{place}:{}", said.map_or_else(|| format!("quality_{}", at + 1), str::to_owned))
}

/// What the contract asks of the table, and how fresh it must be.
pub(super) fn table_rules(
    contract: &Contract<'_>,
    materials: &Materials<'_>,
    fields: &[Field],
    made: &mut Making,
) {
    made.refused.extend(contract.nested.iter().map(|name| texts::nested_unread(name)));
    for (at, quality) in list(contract.table, "quality").enumerate() {
        owner(quality, at, None, contract, materials, made);
    }
    let default = text(contract.whole, "slaDefaultElement");
    let table = [text(contract.table, "name"), text(contract.table, "physicalName")];
    for sla in list(contract.whole, "slaProperties") {
        let (Some(what @ ("latency" | "freshness" | "ly")), Some(element)) =
            (text(sla, "property"), text(sla, "element").or(default))
        else {
            continue;
        };
        // `table.field`; what another table of the contract promises is asked there.
        let (of, name) =
            element.trim().rsplit_once('.').map_or((None, element), |(of, name)| (Some(of), name));
        let others = list(contract.whole, "schema").filter(|other| !std::ptr::eq(*other, contract.table));
        let is_others =
            |other: &Value| of.is_some() && [text(other, "name"), text(other, "physicalName")].contains(&of);
        if !table.contains(&of) && others.into_iter().any(is_others) {
            continue;
        }
        let named = |of: &&Of<'_>| of.field.name == name || text(of.property, "physicalName") == Some(name);
        let field = contract
            .fields
            .iter()
            .find(named)
            .and_then(|of| fields.iter().find(|field| field.name == of.field.name));
        let days = sla.get("value").and_then(number_of).and_then(|value| days(value, text(sla, "unit")));
        match (field, days) {
            (Some(field), Some(days)) => made.rule(field, "fresh", Check::Fresh { days }, contract.from()),
            _ => made.refused.push(texts::sla_unread(what, element)),
        }
    }
}

fn number_of(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

/// Whole days, rounded up.
fn days(value: f64, unit: Option<&str>) -> Option<i32> {
    let days = match unit.unwrap_or("d") {
        "d" | "day" | "days" => value,
        "h" | "hour" | "hours" => value / 24.0,
        "m" | "minute" | "minutes" => value / 1440.0,
        "y" | "year" | "years" => value * 365.25,
        _ => return None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "within a thousand years")]
    (0.0..=365_250.0).contains(&days).then(|| days.ceil() as i32)
}

/// A rule that the owner wrote.
fn owner(
    quality: &Value,
    at: usize,
    field: Option<&Field>,
    contract: &Contract<'_>,
    materials: &Materials<'_>,
    made: &mut Making,
) {
    let name = rule_name(quality, at, field.map_or("", |field| field.name.as_str()));
    let kind = text(quality, "type").unwrap_or("library");
    let made_of = match kind {
        "sql" => Err(texts::quality_sql(&name)),
        "text" => Err(texts::quality_text(&name)),
        "custom" => custom(quality, &name, contract),
        _ => library(quality, &name, field, contract, materials),
    };
    match made_of {
        Ok((check, demand)) => {
            let mut rule = owned(name, field, check, demand, contract.from());
            label(quality, &mut rule);
            made.owners(rule);
        }
        Err(why) => made.refused.push(why),
    }
}

/// What the owner says of a rule: its dimension, its severity.
fn label(quality: &Value, rule: &mut Rule) {
    rule.criterion = match text(quality, "dimension") {
        Some("accuracy" | "ac") => Criterion::Accurate,
        Some("completeness" | "cp" | "coverage" | "cv") => Criterion::Complete,
        Some("conformity" | "cf" | "uniqueness" | "uq") => Criterion::Clean,
        Some("consistency" | "cs") => Criterion::Consistent,
        Some("timeliness" | "tm") => Criterion::Live,
        _ => rule.criterion,
    };
    rule.severity = match text(quality, "severity") {
        Some("info") => Severity::Notice,
        Some("warning") => Severity::Warning,
        Some("error") => Severity::Serious,
        _ => rule.severity,
    };
    if let Some(words) = text(quality, "description") {
        rule.text = Words::joined(&[rule.text.clone(), Words::quoted(words)], " · ");
    }
}

type Made = Result<(Check, Option<Demand>), Words>;

/// One of our own conditions.
fn custom(quality: &Value, name: &str, contract: &Contract<'_>) -> Made {
    let engine = text(quality, "engine").unwrap_or_default();
    if !engine.eq_ignore_ascii_case(ENGINE) {
        return Err(texts::quality_engine(name, engine));
    }
    let implementation = quality.get("implementation");
    let condition = implementation.and_then(|of| of.as_str().or_else(|| text(of, "condition")));
    let condition = condition.ok_or_else(|| texts::quality_argument(name, "implementation"))?;
    let fields: Vec<Field> = contract.fields.iter().map(|of| of.field.clone()).collect();
    let program = Program::read(condition, &dictionary::type_in(&fields))
        .map_err(|error| texts::quality_condition(name, error.at, &error.why))?;
    Ok((Check::Condition(Arc::new(program)), None))
}

/// A metric of the standard's library. Names of version 3.0 are read, too.
fn library(
    quality: &Value,
    name: &str,
    field: Option<&Field>,
    contract: &Contract<'_>,
    materials: &Materials<'_>,
) -> Made {
    let metric = text(quality, "metric").or_else(|| text(quality, "rule")).unwrap_or_default();
    let arguments = quality.get("arguments").unwrap_or(&Value::Null);
    let listed = |member: &str| arguments.get(member).or_else(|| quality.get(member))?.as_array();
    let texts_of = |member: &str| -> Option<HashSet<String>> {
        let values = listed(member)?.iter().filter(|value| !value.is_null());
        Some(values.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect())
    };
    let needs_field = || if field.is_some() { Ok(()) } else { Err(texts::quality_needs_field(name)) };
    let check = match metric {
        "nullValues" | "nullCheck" => {
            needs_field()?;
            // What is empty is a value to the standard, and missing by `missingValues` or by what the contract requires.
            Check::NoneOf { values: Arc::default(), nulls: true }
        }
        "missingValues" => {
            needs_field()?;
            match texts_of("missingValues") {
                // The standard's own example lists null among them.
                Some(values) => {
                    let nulls = listed("missingValues").is_some_and(|list| list.iter().any(Value::is_null));
                    Check::NoneOf { values: Arc::new(values), nulls }
                }
                None => Check::NotPlaceholder(materials.placeholders.clone()),
            }
        }
        "invalidValues" | "validValues" => {
            needs_field()?;
            let text = text(arguments, "pattern").or_else(|| text(quality, "pattern"));
            match (listed("validValues"), field, text) {
                (Some(values), Some(field), _) => one_of(field, values),
                (None, _, Some(text)) => {
                    let why = |error| texts::quality_condition(name, 1, &texts::pattern_not_read(&error));
                    Check::Format(Pattern::of(search(text).map_err(why)?))
                }
                _ => return Err(texts::quality_argument(name, "validValues, pattern")),
            }
        }
        "duplicateValues" | "duplicateCount" | "uniqueCheck" => {
            return Ok((unique(arguments, name, field, contract)?, demand(quality, name)?));
        }
        "rowCount" => Check::Rows,
        _ => return Err(texts::quality_metric(name, metric)),
    };
    let demand = demand(quality, name)?;
    if matches!(check, Check::Rows) && demand.is_none() {
        return Err(texts::quality_operator(name));
    }
    Ok((check, demand))
}

/// One of these values: of a field of numbers, as numbers.
fn one_of(field: &Field, values: &[Value]) -> Check {
    let values = || values.iter().filter(|value| !value.is_null());
    let numbers: Option<Vec<f64>> = values().map(Value::as_f64).collect();
    match numbers {
        Some(numbers) if matches!(field.kind, Kind::Integer | Kind::Decimal) => {
            Check::NumberOf(numbers.into())
        }
        _ => {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Check::OneOf(Arc::new(values().map(text).collect()))
        }
    }
}

/// Of the field, or of the fields together that the arguments name.
fn unique(
    arguments: &Value,
    name: &str,
    field: Option<&Field>,
    contract: &Contract<'_>,
) -> Result<Check, Words> {
    let wrong = || texts::quality_argument(name, "properties");
    let mut with = Vec::new();
    for named in list(arguments, "properties") {
        let named = named.as_str().ok_or_else(wrong)?;
        if !contract.fields.iter().any(|of| of.field.name == named) {
            return Err(texts::field_unknown(named));
        }
        if field.is_none_or(|field| field.name != named) {
            with.push(named.to_owned());
        }
    }
    if field.is_none() && with.is_empty() { Err(wrong()) } else { Ok(Check::Unique { with }) }
}

/// What is demanded of the count: one operator. None: no row may fail.
fn demand(quality: &Value, name: &str) -> Result<Option<Demand>, Words> {
    let wrong = || texts::quality_operator(name);
    let number = |value: &Value| value.as_f64().ok_or_else(wrong);
    let pair = |value: &Value| match value.as_array().map(Vec::as_slice) {
        Some([low, high]) => Ok((number(low)?, number(high)?)),
        _ => Err(wrong()),
    };
    let operators: HashMap<&str, &Value> = quality
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(member, _)| member.starts_with("must"))
        .map(|(member, value)| (member.as_str(), value))
        .collect();
    let is = match operators.iter().collect::<Vec<_>>().as_slice() {
        [] => return Ok(None),
        [(operator, value)] => match **operator {
            "mustBe" => Compare::Is(number(value)?),
            "mustNotBe" => Compare::IsNot(number(value)?),
            "mustBeGreaterThan" => Compare::Above(number(value)?),
            "mustBeGreaterOrEqualTo" | "mustBeGreaterThanOrEqualTo" => Compare::AtLeast(number(value)?),
            "mustBeLessThan" => Compare::Below(number(value)?),
            "mustBeLessOrEqualTo" | "mustBeLessThanOrEqualTo" => Compare::AtMost(number(value)?),
            "mustBeBetween" => pair(value).map(|(low, high)| Compare::Between(low, high))?,
            "mustNotBeBetween" => pair(value).map(|(low, high)| Compare::NotBetween(low, high))?,
            _ => return Err(wrong()),
        },
        _ => return Err(wrong()),
    };
    if matches!(is, Compare::Between(low, high) | Compare::NotBetween(low, high) if low > high) {
        return Err(texts::quality_contradicts(name));
    }
    let percent = match text(quality, "unit") {
        None | Some("" | "rows") => false,
        Some("percent") => true,
        Some(_) => return Err(texts::quality_argument(name, "unit")),
    };
    Ok(Some(Demand { is, percent }))
}
