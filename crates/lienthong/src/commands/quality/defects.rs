//! Defects by their probable cause; keys of failing records and proposals of repair, which are only at their owner's node.

use std::path::{Path, PathBuf};

use exchange::measure::{self, Checked, FailingKeys, Kept, Materials};
use exchange::settings::ServiceSettings;
use model::fault::{Fault, Words};
use model::id::ServiceId;
use operate::file_failed;
use operate::trouble::Trouble;
use quality::defects::export::{self, Dialect};
use quality::defects::{Cause, Dimension, Repair, causes};
use serde_json::{Value, json};

use super::{At, set};
use crate::commands::show::table;
use crate::language::Told as _;
use crate::texts::quality as texts;

/// What is asked of defects.
pub(super) struct Asked {
    pub(super) rule: Option<String>,
    pub(super) keys: bool,
    pub(super) again: bool,
    pub(super) limit: usize,
    pub(super) sql: Option<PathBuf>,
    pub(super) csv: Option<PathBuf>,
}

impl Asked {
    fn wants_records(&self) -> bool {
        self.keys || self.again || self.sql.is_some() || self.csv.is_some()
    }

    fn reads_again(&self) -> bool {
        self.again || self.sql.is_some() || self.csv.is_some()
    }
}

/// What fails and why, as far as is asked.
pub(super) async fn find(at: &At, service: &ServiceId, asked: &Asked) -> Result<Value, Trouble> {
    let mut found = causes(&at.kept.state);
    if let Some(rule) = &asked.rule {
        if !at.kept.state.rules.contains_key(rule) {
            return Err(Fault::NotInRegistry { subject: rule.clone() }.into());
        }
        found.retain(|cause| cause.rule == *rule);
    }
    let day = at.kept.about.day;
    let rules = at.materials.as_ref().and_then(|materials| materials.rules(service, day).ok());
    let known = match asked.wants_records() {
        true => Kept::failing(&at.folder, service, day)
            .map_err(|_| Fault::bad_settings("--day", texts::keys_of_last_only()))?,
        false => FailingKeys::new(),
    };
    let (mut items, mut repairs) = (Vec::new(), Vec::new());
    for cause in &found {
        let mut item = item(at, cause);
        if let Some(rule) = rules.as_ref().and_then(|rules| rules.rule(&cause.rule)) {
            set(&mut item, "text", json!({ "vi": rule.text.vi(), "en": rule.text.en() }));
            set(&mut item, "source", json!(rule.source));
        }
        if asked.wants_records() {
            let (keys, not_kept) = keys_of(at, service, &cause.rule, &known).await?;
            if asked.reads_again() {
                let checked = check(at, service, &cause.rule, &keys).await?;
                set(&mut item, "failing_still", json!(checked.failing.len()));
                set(&mut item, "not_any_more", json!(checked.others.len()));
                set(&mut item, "repairs", json!(checked.repairs.len()));
                repairs.extend(checked.repairs);
            }
            if asked.keys {
                set(&mut item, "keys", json!(keys.iter().take(asked.limit).collect::<Vec<_>>()));
                set(
                    &mut item,
                    "keys_not_told",
                    json!(keys.len().saturating_sub(asked.limit) as u64 + not_kept),
                );
            }
        }
        items.push(item);
    }
    write(at, service, asked, &repairs)?;
    Ok(json!({ "service": service, "day": day, "rows": at.kept.state.rows, "items": items }))
}

fn item(at: &At, cause: &Cause) -> Value {
    let groups = cause.groups.iter();
    let groups: Vec<Value> = groups
        .map(|group| json!({ "name": group.name, "fails": group.fails, "rows": group.rows, "lift": group.lift }))
        .collect();
    let measured = at.kept.state.rules.get(&cause.rule);
    json!({
        "rule": cause.rule, "field": measured.and_then(|measured| measured.field.clone()),
        "severity": measured.map(|measured| measured.severity.word()),
        "defect": measured.map(|measured| measured.defect.word()),
        "key": measured.is_some_and(|measured| measured.key),
        "fails": cause.fails, "cause": cause.dimension.map(Dimension::word), "explained": cause.explained, "groups": groups,
    })
}

fn materials(at: &At) -> Result<&Materials, Fault> {
    at.materials.as_ref().ok_or_else(|| Fault::bad_settings("quality", texts::nothing_fetched()))
}

/// The keys of the records that fail a rule, and how many rows fail beyond those.
async fn keys_of(
    at: &At,
    service: &ServiceId,
    rule: &str,
    known: &FailingKeys,
) -> Result<(Vec<String>, u64), Fault> {
    let Some(known) = known.get(rule) else { return Ok((Vec::new(), 0)) };
    if known.twice.is_empty() {
        return Ok((known.keys.clone(), known.not_kept));
    }
    let (materials, asked) = (materials(at)?, (rule, at.kept.about.day));
    let mut keys =
        measure::standing_twice(&at.folder, &at.settings, service, materials, asked, &known.twice).await?;
    keys.retain(|key| !key.is_empty());
    Ok((keys, 0))
}

async fn check(at: &At, service: &ServiceId, rule: &str, keys: &[String]) -> Result<Checked, Fault> {
    let asked = (rule, at.kept.about.day);
    measure::check_again(&at.folder, &at.settings, service, materials(at)?, asked, keys).await
}

/// Writes proposals. Nothing is done to the source.
fn write(at: &At, service: &ServiceId, asked: &Asked, repairs: &[Repair]) -> Result<(), Fault> {
    let put = |path: &Path, text: &str| {
        trust::file::replace(path, text.as_bytes()).map_err(|error| file_failed(path, &error))
    };
    if let Some(path) = &asked.csv {
        put(path, &export::csv(repairs))?;
    }
    let Some(path) = &asked.sql else { return Ok(()) };
    let settings = at.settings.services.iter().find(|known| known.id == *service);
    let settings = settings.ok_or_else(|| Fault::NotInRegistry { subject: service.to_string() })?;
    let source = settings.source.as_ref();
    let source = source.and_then(|name| at.settings.sources.iter().find(|known| known.name == *name));
    let url = source.map_or("sqlite:", |source| source.url.as_str());
    let dialect = match url.split_once(':').map_or("", |(scheme, _)| scheme) {
        "mysql" | "mariadb" => Dialect::Mariadb,
        "postgres" | "postgresql" | "sqlite" => Dialect::Standard,
        // A file or an API has no statements.
        _ => return Err(Fault::bad_settings("--sql", texts::no_sql())),
    };
    // What the settings translate stands otherwise in the source: the old value would never be found there.
    let as_it_is = |repair: &&Repair| {
        !settings.values.contains_key(&repair.field) && !settings.digits.contains_key(&repair.field)
    };
    let of_columns: Vec<Repair> =
        repairs.iter().filter(as_it_is).map(|repair| of_column(settings, repair)).collect();
    let code = service.code();
    let table = settings.table.as_deref().unwrap_or(&code);
    let table =
        settings.schema.as_ref().map_or_else(|| table.to_owned(), |schema| format!("{schema}.{table}"));
    let rules = materials(at)?.rules(service, at.kept.about.day)?;
    let key = rules.key().unwrap_or_default();
    put(path, &export::sql(&of_columns, &table, column(settings, key), dialect))
}

fn column<'a>(settings: &'a ServiceSettings, field: &'a str) -> &'a str {
    settings.columns.get(field).map_or(field, String::as_str)
}

fn of_column(settings: &ServiceSettings, repair: &Repair) -> Repair {
    Repair { field: column(settings, &repair.field).to_owned(), ..repair.clone() }
}

/// The same for people.
pub(super) fn told(found: &Value) -> String {
    let items = found.get("items").and_then(Value::as_array);
    let mut lines = Vec::new();
    for item in items.into_iter().flatten() {
        let text = |member: &str| item.get(member).and_then(Value::as_str).unwrap_or_default();
        let count = |member: &str| item.get(member).and_then(Value::as_u64);
        let cause = match text("cause") {
            "unit" => texts::cause_unit(),
            "source" => texts::cause_source(),
            "day" => texts::cause_day(),
            "value" => texts::cause_value(),
            "pattern" => texts::cause_pattern(),
            _ => texts::cause_none(),
        };
        let fails = texts::fails(count("fails").unwrap_or_default());
        lines.push(format!("{}  {}  {}", text("rule"), fails.told(), cause.told()));
        let said = |language: &str| item.pointer(&format!("/text/{language}")).and_then(Value::as_str);
        if let (Some(vi), Some(en)) = (said("vi"), said("en")) {
            lines.push(format!("  {}", Words::new(vi, en).told()));
        }
        let groups = item.get("groups").and_then(Value::as_array).into_iter().flatten();
        let rows: Vec<Vec<String>> = groups
            .map(|group| {
                let number = |member: &str| {
                    group
                        .get(member)
                        .and_then(Value::as_u64)
                        .map_or_else(|| "–".to_owned(), |n| n.to_string())
                };
                let name = group.get("name").and_then(Value::as_str).unwrap_or_default();
                vec![format!("  {name}"), number("fails"), number("rows")]
            })
            .collect();
        if !rows.is_empty() {
            let heads = [texts::head_group().told(), texts::head_fails().told(), texts::head_rows().told()];
            lines.push(table(heads.iter().map(String::as_str).collect(), rows));
        }
        if let (Some(still), Some(others)) = (count("failing_still"), count("not_any_more")) {
            lines.push(format!(
                "  {}",
                texts::read_again(still, others, count("repairs").unwrap_or_default()).told()
            ));
        }
        for key in item.get("keys").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
        {
            lines.push(format!("  {key}"));
        }
        if let Some(more) = count("keys_not_told").filter(|more| *more > 0) {
            lines.push(format!("  {}", texts::more_keys(more).told()));
        }
    }
    if lines.is_empty() { texts::no_defects().told() } else { lines.join("\n") }
}
