//! What the demo tells: for people as it goes, and as one JSON object when the day has been played.

use std::time::Duration;

use model::words::Language;
use operate::ledger::Checked;
use serde::Serialize;
use serde_json::{Value, json};

use crate::dossier::{Case, Tally, milliseconds};
use crate::governing::Came;
use crate::nation::Nation;
use crate::texts;
use crate::trials::Trial;
use crate::world::World;

/// All that came of the day.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) cases: Vec<Case>,
    pub(crate) trials: Vec<Trial>,
    /// The slowest read while a node was killed.
    pub(crate) failover_ms: f64,
    /// From the word of revocation to the last node that refuses.
    pub(crate) revocation_ms: f64,
    /// Where each request has come to.
    pub(crate) requests: Vec<Came>,
}

#[derive(Serialize)]
struct NodeLine {
    name: String,
    agency: String,
    edge: String,
    state: String,
}

/// A case, as it is printed.
pub(crate) fn case_text(case: &Case, language: Language) -> String {
    let mut lines = vec![
        String::new(),
        format!("■ {}", language.of(&case.procedure)),
        format!("  {} · {} {}", language.of(&case.agency), language.of(&texts::dossier()), case.dossier),
    ];
    for step in &case.steps {
        lines.push(format!("  → {}: {}", language.of(&step.of), language.of(&step.asked)));
        lines.push(format!("    {} · {} · {} · {:.1} ms", step.service, step.purpose, step.basis, step.ms));
        let fields = if step.fields.is_empty() {
            language.of(&texts::no_record()).to_owned()
        } else {
            step.fields.join(", ")
        };
        lines.push(format!("    ← {} {fields}", step.status));
        lines.extend(
            step.mismatches
                .iter()
                .map(|mismatch| format!("    ≠ {}: {}", mismatch.field, language.of(&mismatch.why))),
        );
    }
    lines.push(format!("  ✔ {}", language.of(&case.outcome)));
    lines.join("\n")
}

/// A trial, as it is printed.
pub(crate) fn trial_text(trial: &Trial, language: Language) -> String {
    format!("\n▲ {}\n  ✔ {}", language.of(&trial.tried), language.of(&trial.outcome))
}

/// Where the requests have come to.
pub(crate) fn requests_text(report: &Report, language: Language) -> String {
    let mut lines = vec![format!("\n▲ {}", language.of(&texts::requests_for_data()))];
    lines.extend(
        report
            .requests
            .iter()
            .map(|came| format!("  {}  {:<11} {:<10} {}", came.id, came.kind, came.state, came.step)),
    );
    lines.join("\n")
}

/// The nation that was made, with its faults.
pub(crate) fn nation_text(nation: &Nation, persons: u32, seed: u64, language: Language) -> String {
    let told = texts::nation_made(persons, seed);
    let mut lines = vec![language.of(&told).to_owned(), format!("{}:", language.of(&texts::faults_put_in()))];
    lines.extend(nation.tally().into_iter().map(|(fault, hits)| {
        let rate = f64::from(fault.per_mille) / 10.0;
        let name = match language {
            Language::Vi => fault.vi,
            Language::En => fault.en,
        };
        format!("  {hits:>6}  {name} ({rate} %)")
    }));
    lines.join("\n")
}

/// The day in numbers.
pub(crate) fn numbers_text(
    world: &World,
    tally: &Tally,
    report: &Report,
    checked: &Checked,
    language: Language,
) -> String {
    let (p50, p99) = percentiles(&tally.times);
    let calls = [
        texts::exchanges(tally.times.len()),
        texts::rightly_refused(tally.refused),
        texts::failed(tally.failed),
    ]
    .map(|words| language.of(&words).to_owned());
    let whole = if checked.is_whole() { texts::whole() } else { texts::damaged() };
    format!(
        "\n{}; p50 {p50} ms, p99 {p99} ms\n{} {} ms; {} {} ms\n{}: {}; {}\n{} {}",
        calls.join(", "),
        language.of(&texts::failover()),
        report.failover_ms,
        language.of(&texts::revocation()),
        report.revocation_ms,
        language.of(&texts::ledgers_checked(checked.reports.len(), checked.entries())),
        language.of(&whole),
        language.of(&texts::in_both(checked.in_both)),
        language.of(&texts::the_hub()),
        world.hub_url,
    )
}

/// How to try it oneself.
pub(crate) fn invitation_text(world: &World, nation: &Nation, language: Language) -> String {
    let mut lines = vec![format!("\n{}:", language.of(&texts::the_nodes()))];
    lines.extend(world.nodes.iter().map(|node| {
        let agency = world.registry.agency(&node.id.member());
        format!("  {:<24} http://{}  {}", node.id.to_string(), node.edge, agency.vi)
    }));
    let person = nation.single_adult().map(|adult| adult.person.to_string()).unwrap_or_default();
    let edge = world.nodes.last().map(|node| node.edge.to_string()).unwrap_or_default();
    lines.push(format!("{}: {}", language.of(&texts::the_console()), world.hub_url));
    lines.push(format!(
        "{}: {}",
        language.of(&texts::accounts_there()),
        world.state.join("accounts.json").display()
    ));
    lines.push(format!("{}:", language.of(&texts::try_it())));
    lines.push(format!(
        "  lienthong request list --waiting --officer {}",
        world.state.join("officers/lan-g01.json").display()
    ));
    lines.push(format!(
        "  curl -H @{} -H 'X-Road-Client: {}' -H 'Lienthong-Purpose: xac-nhan-hon-nhan' http://{edge}/r1/VN/GOV/G01/dan-cu/nguoi/{person}",
        world.token_file(&world.commune).display(),
        world.commune.system,
    ));
    lines.join("\n")
}

/// The day as JSON.
pub(crate) fn to_json(
    world: &World,
    nation: &Nation,
    tally: &Tally,
    report: &Report,
    checked: &Checked,
) -> Value {
    let (p50_ms, p99_ms) = percentiles(&tally.times);
    let nodes: Vec<NodeLine> = world
        .nodes
        .iter()
        .map(|node| NodeLine {
            name: node.id.to_string(),
            agency: world.registry.agency(&node.id.member()).vi,
            edge: format!("http://{}", node.edge),
            state: node.folder.0.display().to_string(),
        })
        .collect();
    let faults: Vec<Value> = nation
        .tally()
        .into_iter()
        .map(|(fault, hits)| json!({ "vi": fault.vi, "en": fault.en, "per_mille": fault.per_mille, "hits": hits }))
        .collect();
    let desks: Vec<Value> = [&world.commune, &world.province]
        .into_iter()
        .map(|desk| json!({ "system": desk.system, "token_file": world.token_file(desk) }))
        .collect();
    json!({
        "hub_url": world.hub_url,
        "console_url": world.hub_url,
        "state": world.state,
        "nodes": nodes,
        "desks": desks,
        "persons": nation.people().len(),
        "faults": faults,
        "exchanges": tally.times.len(),
        "refused": tally.refused,
        "failed": tally.failed,
        "ledger_records": checked.entries(),
        "ledgers_verified": checked.reports.iter().filter(|(_, report)| report.is_whole()).count(),
        "exchanges_in_both_ledgers": checked.in_both,
        "p50_ms": p50_ms,
        "p99_ms": p99_ms,
        "failover_ms": report.failover_ms,
        "revocation_ms": report.revocation_ms,
        "cases": report.cases,
        "trials": report.trials,
        "requests": report.requests,
        "accounts": world.people,
    })
}

/// The median, and what 99 of 100 stay below; nearest rank, in milliseconds.
fn percentiles(times: &[Duration]) -> (f64, f64) {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let at = |percent: usize| {
        let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted.get(rank).copied().map_or(0.0, milliseconds)
    };
    (at(50), at(99))
}
