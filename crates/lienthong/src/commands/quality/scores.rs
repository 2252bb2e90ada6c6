//! Scores of a measurement, and what each is made of.

use exchange::measure::{About, FieldGate, Gated, Kept, Said};
use model::fault::{Fault, Words};
use quality::rule::Criterion;
use quality::score::{Band, FieldScores, RuleScore, Score, Scores, Summary};
use quality::{RulePack, Rules, score};
use serde_json::{Map, Value, json};

use super::{At, set};
use crate::commands::show::table;
use crate::language::Told as _;
use crate::texts::quality as texts;

/// Scores of a measurement with how it was made.
pub(super) struct Shown<'a> {
    about: &'a About,
    pack: &'a RulePack,
    scores: Scores,
    /// What is withheld; none: that is not asked, or nothing was fetched.
    gated: Option<Gated>,
}

/// The name of a criterion for people.
pub(super) fn criterion_words(criterion: Criterion) -> Words {
    match criterion {
        Criterion::Accurate => texts::accurate(),
        Criterion::Complete => texts::complete(),
        Criterion::Clean => texts::clean(),
        Criterion::Live => texts::live(),
        Criterion::Consistent => texts::consistent(),
        Criterion::Shared => texts::shared(),
    }
}

fn band_word(band: Band) -> &'static str {
    match band {
        Band::Red => "red",
        Band::Yellow => "yellow",
        Band::Green => "green",
    }
}

fn band_words(band: Option<Band>) -> Words {
    match band {
        Some(Band::Red) => texts::red(),
        Some(Band::Yellow) => texts::yellow(),
        Some(Band::Green) => texts::green(),
        None => texts::not_measured(),
    }
}

/// A score as JSON.
pub(super) fn score_json(score: &Score) -> Value {
    let Some(measure) = score.measure() else { return json!({ "measured": false }) };
    json!({
        "measured": true, "value": measure.value, "count": measure.count, "coverage": measure.coverage,
        "interval": [measure.interval.0, measure.interval.1],
    })
}

/// A score for people: never as full when something failed.
fn number(score: &Score) -> String {
    match score.measure() {
        None => "–".to_owned(),
        Some(measure) if measure.value < 100.0 => format!("{:.2}", measure.value.min(99.99)),
        Some(measure) => format!("{:.2}", measure.value),
    }
}

fn criteria_json(of: impl Fn(Criterion) -> Option<Score>) -> Value {
    let all = Criterion::ALL.into_iter();
    let members = all.map(|criterion| {
        (criterion.word().to_owned(), score_json(&of(criterion).unwrap_or(Score::NotMeasured)))
    });
    Value::Object(members.collect::<Map<String, Value>>())
}

pub(super) fn summary_json(summary: &Summary, pack: &RulePack) -> Value {
    json!({
        "overall": score_json(&summary.overall), "band": summary.band(pack).map(band_word), "alerts": summary.alerts,
        "criteria": criteria_json(|criterion| summary.criteria.get(&criterion).copied()),
        "fields_measured": summary.measured, "fields": summary.of,
    })
}

fn field_json(name: &str, field: &FieldScores, pack: &RulePack) -> Value {
    let band = field.overall.measure().map(|measure| pack.bands.of(measure.value));
    json!({
        "field": name, "key": field.key, "weight": field.weight, "overall": score_json(&field.overall),
        "band": band.map(band_word),
        "criteria": criteria_json(|criterion| field.criteria.get(&criterion).copied()),
        "rules": field.rules.iter().map(rule_json).collect::<Vec<_>>(),
    })
}

fn rule_json(rule: &RuleScore) -> Value {
    let tally = rule.tally;
    json!({
        "rule": rule.id, "version": rule.version.to_string(), "criterion": rule.criterion.word(), "weight": rule.weight,
        "pass": tally.pass, "fail": tally.fail, "null": tally.null, "not_applicable": tally.not_applicable,
        "score": score_json(&rule.score), "met": rule.met,
    })
}

fn pack_json(pack: &RulePack) -> Value {
    let weights =
        pack.criteria.iter().map(|(criterion, weight)| (criterion.word().to_owned(), json!(weight)));
    json!({
        "id": pack.id, "name": { "vi": pack.name.vi, "en": pack.name.en }, "source": { "vi": pack.source.vi, "en": pack.source.en },
        "second_hand": pack.second_hand, "bands": { "green": pack.bands.green, "yellow": pack.bands.yellow },
        "criteria": weights.collect::<Map<String, Value>>(), "identifier_weight": pack.identifier_weight,
    })
}

fn said_json(said: &[Said]) -> Value {
    said.iter().map(|said| json!({ "vi": said.vi, "en": said.en })).collect()
}

impl<'a> Shown<'a> {
    pub(super) fn of(kept: &'a Kept, pack: &'a RulePack) -> Self {
        Self { about: &kept.about, pack, scores: score(&kept.state, pack), gated: None }
    }

    /// With what is withheld.
    pub(super) fn behind(self, gated: Option<Gated>) -> Self {
        Self { gated, ..self }
    }

    pub(super) fn json(&self) -> Value {
        let (about, scores) = (self.about, &self.scores);
        let alerts = scores.alerts.iter();
        let alerts: Vec<Value> = alerts
            .map(|alert| json!({ "field": alert.field, "rule": alert.rule, "fails": alert.fails }))
            .collect();
        json!({
            "service": about.service, "measured": true, "day": about.day, "began": about.began, "ended": about.ended,
            "rows": scores.rows, "keyless": about.keyless, "lacking": about.lacking, "sampled": scores.sampled,
            "contract": about.contract, "materials_of": about.materials_of, "refused": said_json(&about.refused),
            "in_order": about.in_order, "resumed_at": about.resumed_at, "added": about.added, "whole_because": about.whole_because, "rests": about.rests,
            "pack": pack_json(self.pack), "summary": summary_json(&scores.summary, self.pack), "alerts": alerts,
            "gates": self.gated,
            "fields": scores.fields.iter().map(|(name, field)| field_json(name, field, self.pack)).collect::<Vec<_>>(),
        })
    }

    pub(super) fn told(&self) -> String {
        let (about, scores, pack) = (self.about, &self.scores, self.pack);
        let mut text = vec![format!(
            "{}  {}  {}  {}",
            about.service,
            about.day,
            crate::texts::records(scores.rows).told(),
            pack.id
        )];
        text.push(summary_told(&scores.summary, pack));
        text.push(fields_told(&scores.fields));
        for alert in &scores.alerts {
            text.push(texts::alert(&alert.field, alert.fails, &alert.rule).told());
        }
        text.extend(self.gated.iter().flat_map(gated_told));
        if about.keyless > 0 {
            text.push(texts::keyless(about.keyless).told());
        }
        if !about.lacking.is_empty() {
            text.push(format!("{}: {}", texts::lacking().told(), about.lacking.join(", ")));
        }
        if !about.in_order {
            text.push(texts::not_in_order().told());
        }
        if let Some(added) = &about.added {
            text.push(texts::added(added.records, added.since).told());
        }
        if let Some(why) = &about.whole_because {
            text.push(format!("{}: {}", texts::whole_read().told(), why.words().told()));
        }
        for said in &about.refused {
            text.push(format!("{}: {}", texts::no_rule().told(), said.words().told()));
        }
        text.push(texts::materials_of(about.materials_of).told());
        if pack.second_hand {
            text.push(texts::second_hand(&Words::new(&pack.source.vi, &pack.source.en)).told());
        }
        text.join("\n")
    }
}

/// Gates, a line for each.
fn gated_told(gated: &Gated) -> Vec<String> {
    let records = (!gated.records.is_empty()).then(|| texts::gate_records(&gated.records.join(", ")).told());
    let field = |gate: &FieldGate| {
        let score = gate
            .score
            .map_or_else(|| "–".to_owned(), |score| format!("{:.2}", (score * 100.0).floor() / 100.0));
        match gate.withheld {
            true => texts::gate_shut(&gate.field, gate.least, &score).told(),
            false => texts::gate_open(&gate.field, gate.least, &score).told(),
        }
    };
    records.into_iter().chain(gated.fields.iter().map(field)).collect()
}

fn summary_told(summary: &Summary, pack: &RulePack) -> String {
    let row = |name: String, score: &Score, band: Option<Band>| match score.measure() {
        Some(measure) => vec![
            name,
            number(score),
            format!("{:.2}–{:.2}", measure.interval.0, measure.interval.1),
            measure.count.to_string(),
            format!("{:.0} %", measure.coverage * 100.0),
            band_words(band).told(),
        ],
        None => {
            let dash = || "–".to_owned();
            vec![name, dash(), dash(), dash(), dash(), texts::not_measured().told()]
        }
    };
    let mut rows = vec![row(texts::whole().told(), &summary.overall, summary.band(pack))];
    for criterion in Criterion::ALL {
        let score = summary.criteria.get(&criterion).copied().unwrap_or(Score::NotMeasured);
        let band = score.measure().map(|measure| pack.bands.of(measure.value));
        rows.push(row(criterion_words(criterion).told(), &score, band));
    }
    let heads = [
        texts::head_what(),
        texts::head_score(),
        texts::head_interval(),
        texts::head_count(),
        texts::head_coverage(),
        texts::head_band(),
    ];
    let heads: Vec<String> = heads.iter().map(Words::told).collect();
    table(heads.iter().map(String::as_str).collect(), rows)
}

fn fields_told(fields: &std::collections::BTreeMap<String, FieldScores>) -> String {
    let mut heads = vec![texts::head_field().told(), texts::head_score().told()];
    heads.extend(Criterion::ALL.into_iter().map(|criterion| criterion_words(criterion).told()));
    let rows =
        fields.iter().map(|(name, field)| {
            let name = if name.is_empty() { texts::of_rows().told() } else { name.clone() };
            let mut row = vec![if field.key { format!("{name} *") } else { name }, number(&field.overall)];
            row.extend(Criterion::ALL.into_iter().map(|criterion| {
                number(&field.criteria.get(&criterion).copied().unwrap_or(Score::NotMeasured))
            }));
            row
        });
    table(heads.iter().map(String::as_str).collect(), rows.collect())
}

/// What a number is made of: of the dataset, a field, a criterion or a rule. Computed anew from the counts that were kept.
pub(super) fn explain(at: &At, number: Option<&str>) -> Result<Value, Fault> {
    let (about, pack) = (&at.kept.about, &at.pack);
    let scores = score(&at.kept.state, pack);
    let rules = at.materials.as_ref().and_then(|materials| materials.rules(&about.service, about.day).ok());
    let definition = |rule: &RuleScore| defined(at, rules.as_ref(), rule);
    let all = || scores.fields.iter();
    let criterion = Criterion::ALL.into_iter().find(|criterion| number == Some(criterion.word()));
    let (kind, own, parts): (&str, Value, Vec<Value>) = match (number, criterion) {
        (None, _) => {
            let parts = all().map(|(name, field)| part(name, field.weight, &field.overall, pack));
            ("dataset", score_json(&scores.summary.overall), parts.collect())
        }
        (_, Some(criterion)) => {
            let of = scores.summary.criteria.get(&criterion).copied().unwrap_or(Score::NotMeasured);
            let parts = all().filter_map(|(name, field)| {
                let rules = field.rules.iter().filter(|rule| rule.criterion == criterion);
                let rules: Vec<Value> = rules.map(definition).collect();
                let mut part = part(name, field.weight, field.criteria.get(&criterion)?, pack);
                set(&mut part, "rules", json!(rules));
                Some(part)
            });
            ("criterion", score_json(&of), parts.collect())
        }
        (Some(name), None) => match scores.fields.get(name) {
            Some(field) => {
                ("field", score_json(&field.overall), field.rules.iter().map(definition).collect())
            }
            None => {
                let rule = all().flat_map(|(_, field)| &field.rules).find(|rule| rule.id == name);
                let rule = rule.ok_or_else(|| Fault::NotInRegistry { subject: name.to_owned() })?;
                ("rule", score_json(&rule.score), vec![definition(rule)])
            }
        },
    };
    Ok(json!({
        "service": about.service, "day": about.day, "what": number, "kind": kind, "score": own, "made_of": parts,
        "rows": scores.rows, "contract": about.contract, "materials_of": about.materials_of, "pack": pack_json(pack),
    }))
}

fn part(name: &str, weight: f64, score: &Score, pack: &RulePack) -> Value {
    let band = score.measure().map(|measure| pack.bands.of(measure.value));
    json!({ "field": name, "weight": weight, "score": score_json(score), "band": band.map(band_word) })
}

/// A rule with its counts, what it asks, where that comes from, and the definition of its term.
fn defined(at: &At, rules: Option<&Rules>, rule: &RuleScore) -> Value {
    let mut value = rule_json(rule);
    let Some(known) = rules.and_then(|rules| rules.rule(&rule.id)) else { return value };
    set(&mut value, "field", json!(known.field));
    set(&mut value, "severity", json!(known.severity.word()));
    set(&mut value, "defect", json!(known.defect.word()));
    set(&mut value, "source", json!(known.source));
    set(&mut value, "text", json!({ "vi": known.text.vi(), "en": known.text.en() }));
    // Another version than the one that was measured by is said.
    set(&mut value, "is_same_version", json!(known.version == rule.version));
    let terms = at.materials.iter().flat_map(|materials| &materials.terms);
    let mut versions = terms.flat_map(|term| term.versions.iter().map(move |version| (term, version)));
    let named = |term: &str, version: &str| known.source.starts_with(&format!("{term}@{version};"));
    if let Some((term, version)) =
        versions.find(|(term, version)| named(&term.id, &version.version.to_string()))
    {
        set(
            &mut value,
            "term",
            json!({ "id": term.id, "version": version.version.to_string(), "name": { "vi": version.name.vi, "en": version.name.en }, "definition": version.definition }),
        );
    }
    value
}

/// The same for people.
pub(super) fn told(explained: &Value) -> String {
    let text = |value: &Value, member: &str| {
        value.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let count = |value: &Value, member: &str| value.get(member).and_then(Value::as_u64).unwrap_or_default();
    let value_of = |value: &Value| match value.pointer("/score/value").and_then(Value::as_f64) {
        Some(number) => format!("{number:.2}"),
        None => texts::not_measured().told(),
    };
    let mut lines = vec![format!(
        "{}  {}  {}  {}",
        text(explained, "service"),
        text(explained, "day"),
        explained.get("what").and_then(Value::as_str).unwrap_or_default(),
        value_of(explained)
    )];
    let rule_lines = |rule: &Value| {
        let counts = texts::counts(
            count(rule, "pass"),
            count(rule, "fail"),
            count(rule, "null"),
            count(rule, "not_applicable"),
        );
        let said = |language: &str| {
            rule.pointer(&format!("/text/{language}")).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let mut lines = vec![format!(
            "  {} {}  {}  {}",
            text(rule, "rule"),
            text(rule, "version"),
            value_of(rule),
            counts.told()
        )];
        if !said("vi").is_empty() {
            lines.push(format!("    {}", Words::new(said("vi"), said("en")).told()));
            lines.push(format!("    {}: {}", texts::source().told(), text(rule, "source")));
        }
        if let Some(definition) = rule.pointer("/term/definition").and_then(Value::as_str) {
            lines.push(format!("    {}: {definition}", texts::definition().told()));
        }
        lines
    };
    for part in explained.get("made_of").and_then(Value::as_array).into_iter().flatten() {
        if part.get("rule").is_some() {
            lines.extend(rule_lines(part));
            continue;
        }
        let weight = part.get("weight").and_then(Value::as_f64).unwrap_or_default();
        lines.push(format!("  {}  {}  × {weight}", text(part, "field"), value_of(part)));
        for rule in part.get("rules").and_then(Value::as_array).into_iter().flatten() {
            lines.extend(rule_lines(rule).into_iter().map(|line| format!("  {line}")));
        }
    }
    lines.push(format!(
        "{}  {}",
        text(explained, "contract"),
        explained.pointer("/pack/id").and_then(Value::as_str).unwrap_or_default()
    ));
    lines.join("\n")
}
