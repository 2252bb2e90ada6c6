//! What the demo tells: for people as it goes, and as one JSON object when the day has been played.

use std::collections::BTreeMap;
use std::time::Duration;

use model::case::{DeedState, Item, ItemState};
use model::gap::Gap;
use model::words::{Language, Words};
use operate::ledger::Checked;
use serde::Serialize;
use serde_json::{Value, json};

use crate::case::{Figures, Played, reason};
use crate::governing::Came;
use crate::nation::Nation;
use crate::tally::{Tally, milliseconds};
use crate::texts;
use crate::trials::Trial;
use crate::world::World;

/// All that came of the day.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) cases: Vec<Played>,
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

impl Report {
    /// What is counted of all cases.
    fn figures(&self) -> Figures {
        let mut all = Figures::default();
        self.cases.iter().for_each(|case| all.add(&case.figures));
        all
    }

    /// Exchanges of the cases that were answered.
    fn answered(&self) -> usize {
        let all = self.figures();
        all.look_ups.saturating_sub(all.unanswered) + all.deeds
    }
}

/// A case, as it is printed: what was needed, who has said it or why nobody has, what was done, what came of it.
pub(crate) fn case_text(played: &Played, language: Language) -> String {
    let case = &played.case;
    let scene = language.of(&played.scene);
    let scene = if scene.is_empty() { String::new() } else { format!(" · {scene}") };
    let mut lines = vec![
        String::new(),
        format!("■ {} ({}){scene}", language.of(&played.procedure), played.code),
        format!("  {} · {} {}", language.of(&played.agency), language.of(&texts::dossier()), case.dossier),
    ];
    let applies = |item: &&Item| item.state != ItemState::NotApplicable;
    lines.extend(case.items.iter().filter(applies).flat_map(|item| item_lines(item, language)));
    let corrected = case.form.iter().filter_map(|line| {
        let (correction, value) = (line.correction.as_ref()?, line.value.as_ref()?);
        let told = texts::corrected(&named(&line.name), &value.value, &correction.value);
        Some(format!("  ≠ {}", language.of(&told)))
    });
    lines.extend(corrected);
    lines.extend(case.deeds.iter().filter(|deed| deed.state == DeedState::Done).map(|deed| {
        let gave: Vec<&str> = deed.gave.values().map(String::as_str).collect();
        format!("  ⇒ {}: {}", language.of(&named(&deed.name)), gave.join(", "))
    }));
    let found_out = case.deeds.iter().filter(|deed| played.found_out.contains(&deed.id));
    lines.extend(found_out.map(|deed| {
        let told = texts::found_out(&named(&deed.name), &deed.exchange);
        format!("    ↺ {}", language.of(&told))
    }));
    if let Some(code) = case.decision.as_ref().and_then(|decided| decided.result.as_deref()) {
        lines.push(format!("  ↻ {}", language.of(&texts::result_given(code))));
    }
    let figures = &played.figures;
    let counted = texts::case_counted(figures.look_ups, played.asked_ms, figures.not_asked, figures.papers);
    lines.push(format!("  ✔ {} {}", language.of(&played.outcome), language.of(&counted)));
    lines.join("\n")
}

fn named(name: &model::agency::Name) -> Words {
    Words::from(name)
}

/// What was needed and what came of it; with the exchange that gave it, or the reason why none did and what stands for it.
fn item_lines(item: &Item, language: Language) -> Vec<String> {
    let name = named(&item.name);
    let name = language.of(&name);
    let Some(gap) = reason(item) else {
        // The exchange that answered is the last one.
        let from = item.exchanges.last().map(|exchange| {
            let fields = if exchange.fields.is_empty() {
                language.of(&texts::none_there()).to_owned()
            } else {
                exchange.fields.join(", ")
            };
            format!("\n    {} · {}\n    ← {fields}", exchange.service, exchange.basis)
        });
        let of = item.exchanges.last().map(|exchange| named(&exchange.agency));
        let of = of.as_ref().map(|of| format!(" ← {}", language.of(of))).unwrap_or_default();
        let by =
            item.result.as_deref().map(|code| format!("\n    ↻ {}", language.of(&texts::by_result(code))));
        return vec![format!("  ✓ {name}{of}{}{}", from.unwrap_or_default(), by.unwrap_or_default())];
    };
    let told = item.told.as_ref().map(named).unwrap_or_default();
    let mut lines = vec![format!("  ✗ {name}: {}: {}", gap.code(), language.of(&told))];
    let handed_in = item.asked_paper.as_ref().is_some_and(|paper| paper.handed_in.is_some());
    if let Some(paper) = item.paper.as_ref().filter(|_| handed_in) {
        lines.push(format!("    ✎ {}", language.of(&texts::handed_in(&named(paper)))));
    }
    lines
}

/// The day's cases together: by procedure, and by reason.
pub(crate) fn cases_text(report: &Report, language: Language) -> String {
    let mut procedures: BTreeMap<&str, (&Words, usize, Figures)> = BTreeMap::new();
    for case in &report.cases {
        let (_, count, figures) =
            procedures.entry(&case.code).or_insert((&case.procedure, 0, Figures::default()));
        *count += 1;
        figures.add(&case.figures);
    }
    let all = report.figures();
    let told =
        texts::day_counted(report.cases.len(), procedures.len(), all.look_ups, all.not_asked, all.papers);
    let mut lines = vec![
        String::new(),
        language.of(&told).to_owned(),
        format!("{}:", language.of(&texts::papers_not_asked())),
    ];
    lines.extend(procedures.iter().map(|(code, (name, count, figures))| {
        let name = language.of(name);
        format!("  {:>2}/{:<2} {code:<18} {count} × {name}", figures.not_asked, figures.papers)
    }));
    lines.push(format!("{}:", language.of(&texts::without_answer())));
    let mut gaps: Vec<(&String, &usize)> = all.gaps.iter().collect();
    gaps.sort_by_key(|(code, count)| (std::cmp::Reverse(**count), (*code).clone()));
    lines.extend(gaps.into_iter().map(|(code, count)| {
        let words = Gap::of_code(code).map(Gap::words).unwrap_or_default();
        format!("  {count:>3}  {code:<18} {}", language.of(&words))
    }));
    lines.join("\n")
}

/// A trial, as it is printed.
pub(crate) fn trial_text(trial: &Trial, language: Language) -> String {
    format!("\n▲ {}\n  ✔ {}", language.of(&trial.tried), language.of(&trial.outcome))
}

/// Where the requests have come to.
pub(crate) fn requests_text(report: &Report, language: Language) -> String {
    let mut lines = vec![format!("\n▲ {}", language.of(&texts::requests_for_data()))];
    lines.extend(report.requests.iter().map(|came| {
        let words = [&came.kind, &came.state, &came.step].map(|code| word(code));
        let [kind, state, step] = words.each_ref().map(|words| language.of(words));
        format!("  {}  {kind:<22} {state:<12} {step}", came.id)
    }));
    lines.join("\n")
}

/// What a kind, state or step of requests is called; another pack's may have others.
fn word(code: &str) -> Words {
    match code {
        "automatic" => texts::kind_automatic(),
        "on_request" => texts::kind_on_request(),
        "special" => texts::kind_special(),
        "open" => texts::state_open(),
        "returned" => texts::state_returned(),
        "granted" => texts::state_granted(),
        "refused" => texts::state_refused(),
        "withdrawn" => texts::state_withdrawn(),
        "agree" => texts::step_agree(),
        "appraise" => texts::step_appraise(),
        "set_up" => texts::step_set_up(),
        "test" => texts::step_test(),
        "live" => texts::step_live(),
        other => Words::quoted(other),
    }
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
        texts::exchanges(tally.times.len() + report.answered()),
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
    lines.push(format!("{}:", language.of(&texts::offices_there())));
    for office in &world.offices {
        let member = office.system.rsplit_once('/').and_then(|(member, _)| member.parse().ok());
        let agency = member.map(|member| Words::from(&world.registry.agency(&member))).unwrap_or_default();
        lines.push(format!("  {}  {}", office.url, language.of(&agency)));
    }
    lines.push(format!("{}:", language.of(&texts::sign_in_as())));
    for visitor in world.visitors.citizens.iter().chain(&world.visitors.officers) {
        lines.push(format!(
            "  {}  {} ({}): {}",
            visitor.url,
            visitor.name,
            visitor.number,
            language.of(&visitor.tries)
        ));
    }
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
    let offices: Vec<Value> =
        world.offices.iter().map(|office| json!({ "system": office.system, "url": office.url })).collect();
    json!({
        "hub_url": world.hub_url,
        "console_url": world.hub_url,
        "state": world.state,
        "nodes": nodes,
        "desks": desks,
        "persons": nation.people().len(),
        "faults": faults,
        "exchanges": tally.times.len() + report.answered(),
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
        "figures": report.figures(),
        "offices": offices,
        "visitors": world.visitors,
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
