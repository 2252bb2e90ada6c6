//! `lienthong ledger verify`: tells what came of reading whole ledgers. The other verbs look exchanges up: `look.rs`.

mod look;

use std::process::ExitCode;

use operate::ledger::{Checked, verify};
use operate::trouble::Trouble;
use serde_json::{Value, json};

use crate::cli::{self, Format};
use crate::language::Told as _;
use crate::output::print;
use crate::texts;

pub(super) async fn run(command: &cli::Ledger) -> Result<ExitCode, Trouble> {
    let (dirs, output) = match command {
        cli::Ledger::Verify { dirs, output } => (dirs, output),
        cli::Ledger::List { at, told } => return look::list(at, told).await,
        cli::Ledger::Find { at, conditions, told } => return look::found(at, conditions, told).await,
        cli::Ledger::Show { at, number, output } => return look::show(at, *number, *output).await,
        cli::Ledger::Export { at, conditions, format, out } => {
            return look::export(at, conditions, *format, out).await;
        }
    };
    let checked = verify(dirs).await?;
    match output {
        Format::Json => print(&to_json(&checked).to_string()),
        Format::Text => print(&to_text(&checked)),
    }
    Ok(if checked.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn to_json(checked: &Checked) -> Value {
    let ledgers: Vec<Value> = checked
        .reports
        .iter()
        .map(|(dir, report)| {
            let told: Vec<Value> = report.told.iter().map(|problem| json!({ "place": problem.place, "why": problem.why })).collect();
            json!({
                "state": dir, "whole": report.is_whole(), "entries": report.entries, "segments": report.segments,
                "consumed": report.consumed, "provided": report.provided, "intents": report.intents, "unended": report.unended,
                "refusals": report.refusals, "broken": report.broken,
                "signatures": report.signatures, "root": trust::hex(&report.root), "unfinished": report.unfinished,
                "problems": report.problems, "told": told,
            })
        })
        .collect();
    let broken_off: Vec<Value> = checked
        .broken_off
        .iter()
        .map(|broken| json!({ "place": broken.place, "peer": broken.peer, "sent": broken.sent, "at_consumer": broken.at_consumer }))
        .collect();
    json!({
        "whole": checked.is_whole(), "ledgers": ledgers, "in_both": checked.in_both,
        "only_at_consumer": checked.only_at_consumer, "only_at_provider": checked.only_at_provider,
        "broken_off": broken_off,
    })
}

fn to_text(checked: &Checked) -> String {
    let mut lines = Vec::new();
    for (dir, report) in &checked.reports {
        let state = if report.is_whole() { texts::whole() } else { texts::damaged() };
        lines.push(format!("{}: {}", dir.display(), state.told()));
        let kinds = [
            texts::consumed(report.consumed),
            texts::provided(report.provided),
            texts::intents(report.intents),
            texts::refusals(report.refusals),
        ]
        .map(|words| words.told());
        lines.push(format!(
            "  {} ({}), {}, {}",
            texts::entries(report.entries).told(),
            kinds.join(", "),
            texts::signatures(report.signatures).told(),
            texts::segments(report.segments).told(),
        ));
        lines.push(format!("  {} {}", texts::root().told(), trust::hex(&report.root)));
        if report.unended > 0 {
            lines.push(format!("  {}", texts::unended(report.unended).told()));
        }
        if report.unfinished {
            lines.push(format!("  {}", texts::unfinished().told()));
        }
        lines.extend(report.told.iter().map(|problem| format!("  ! {}: {}", problem.place, problem.why)));
        if report.problems > report.told.len() as u64 {
            lines.push(format!("  ! … {}", texts::problems(report.problems).told()));
        }
    }
    lines.extend(checked.broken_off.iter().map(|broken| {
        let ((dir, number), held) = (
            &broken.place,
            match broken.at_consumer {
                Some(true) => format!(", {}", texts::held_at_consumer().told()),
                Some(false) => format!(", {}", texts::not_held_at_consumer().told()),
                None => String::new(),
            },
        );
        format!(
            "  {}: {dir} {number} → {}, {} byte{held}",
            texts::broke_off().told(),
            broken.peer,
            broken.sent
        )
    }));
    if checked.reports.len() > 1 {
        lines.push(texts::in_both(checked.in_both).told());
        lines.extend(
            checked
                .only_at_consumer
                .iter()
                .map(|(dir, number)| format!("! {}: {dir} {number}", texts::only_at_consumer().told())),
        );
        lines.extend(
            checked
                .only_at_provider
                .iter()
                .map(|(dir, number)| format!("  {}: {dir} {number}", texts::only_at_provider().told())),
        );
    }
    lines.join("\n")
}
