//! What differs between two measurements of a dataset.

use std::collections::BTreeSet;

use exchange::measure::Kept;
use quality::rule::Criterion;
use quality::score::Score;
use quality::{RulePack, score};
use serde_json::{Value, json};

use super::scores::{criterion_words, score_json};
use crate::commands::show::table;
use crate::language::Told as _;
use crate::texts::quality as texts;

/// Scores and counts of both; rules of which anything differs.
pub(super) fn compare(before: &Kept, after: &Kept, pack: &RulePack) -> Value {
    let (old, new) = (score(&before.state, pack), score(&after.state, pack));
    let pair = |old: Option<&Score>, new: Option<&Score>| {
        let none = Score::NotMeasured;
        json!({ "before": score_json(old.unwrap_or(&none)), "after": score_json(new.unwrap_or(&none)) })
    };
    let criteria = Criterion::ALL.into_iter().map(|criterion| {
        let (old, new) = (old.summary.criteria.get(&criterion), new.summary.criteria.get(&criterion));
        (criterion.word().to_owned(), pair(old, new))
    });
    let ids: BTreeSet<&String> = before.state.rules.keys().chain(after.state.rules.keys()).collect();
    let rules = ids.into_iter().filter_map(|id| {
        let of = |kept: &Kept| {
            kept.state.rules.get(id).map(|measured| (measured.tally(), measured.version.to_string()))
        };
        let (old, new) = (of(before), of(after));
        if old == new {
            return None;
        }
        let told = |of: &Option<(quality::state::measured::Tally, String)>| {
            of.as_ref().map(|(tally, version)| {
                json!({ "pass": tally.pass, "fail": tally.fail, "null": tally.null, "version": version })
            })
        };
        Some(json!({ "rule": id, "before": told(&old), "after": told(&new) }))
    });
    json!({
        "service": after.about.service,
        "before": before.about.day, "after": after.about.day,
        "rows": { "before": old.rows, "after": new.rows },
        "overall": pair(Some(&old.summary.overall), Some(&new.summary.overall)),
        "criteria": criteria.collect::<serde_json::Map<String, Value>>(),
        "rules": rules.collect::<Vec<_>>(),
    })
}

/// The same for people.
pub(super) fn told(differences: &Value) -> String {
    let number = |path: &str| {
        let value = differences.pointer(path).and_then(Value::as_f64);
        value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"))
    };
    let row = |name: String, path: &str| {
        vec![name, number(&format!("{path}/before/value")), number(&format!("{path}/after/value"))]
    };
    let mut rows = vec![row(texts::whole().told(), "/overall")];
    rows.extend(
        Criterion::ALL.into_iter().map(|criterion| {
            row(criterion_words(criterion).told(), &format!("/criteria/{}", criterion.word()))
        }),
    );
    let fails = |rule: &Value, member: &str| {
        let value = rule.pointer(&format!("/{member}/fail")).and_then(Value::as_u64);
        value.map_or_else(|| "–".to_owned(), |fails| fails.to_string())
    };
    for rule in differences.get("rules").and_then(Value::as_array).into_iter().flatten() {
        let id = rule.get("rule").and_then(Value::as_str).unwrap_or_default();
        rows.push(vec![texts::fails_of(id).told(), fails(rule, "before"), fails(rule, "after")]);
    }
    let day = |member: &str| differences.get(member).and_then(Value::as_str).unwrap_or_default();
    table(vec![&texts::head_what().told(), day("before"), day("after")], rows)
}
