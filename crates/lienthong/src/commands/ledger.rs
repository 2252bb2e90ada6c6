//! `lienthong ledger verify`: tells what came of reading whole ledgers.

use std::process::ExitCode;

use operate::ledger::{Checked, verify};
use operate::trouble::Trouble;
use serde_json::{Value, json};

use crate::cli::{self, Format};
use crate::output::print;

pub(super) async fn run(command: &cli::Ledger) -> Result<ExitCode, Trouble> {
    let cli::Ledger::Verify { dirs, output } = command;
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
        let state = if report.is_whole() { "nguyên vẹn | whole" } else { "HỎNG | DAMAGED" };
        lines.push(format!("{}: {state}", dir.display()));
        lines.push(format!(
            "  {} mục | entries ({} hỏi | consumed, {} đáp | provided, {} dự định | intents, {} từ chối | refusals), {} chữ ký | signatures, {} tệp | segments",
            report.entries, report.consumed, report.provided, report.intents, report.refusals, report.signatures, report.segments
        ));
        lines.push(format!("  gốc | root {}", trust::hex(&report.root)));
        if report.unended > 0 {
            lines.push(format!("  {} dự định chưa có kết cục: đang chạy, hoặc bị cắt cùng nút | intents without an end: under way, or cut off with the node", report.unended));
        }
        if report.unfinished {
            lines.push("  lượt ghi cuối chưa trọn | the last commit is not whole: it was cut off, or is being written".into());
        }
        lines.extend(report.told.iter().map(|problem| format!("  ! {}: {}", problem.place, problem.why)));
        if report.problems > report.told.len() as u64 {
            lines.push(format!("  ! … {} vấn đề | problems", report.problems));
        }
    }
    lines.extend(checked.broken_off.iter().map(|broken| {
        let ((dir, number), held) = (
            &broken.place,
            match broken.at_consumer {
                Some(true) => ", bên hỏi cũng ghi | the consumer holds the request, too",
                Some(false) => ", bên hỏi không ghi | the consumer holds nothing of it",
                None => "",
            },
        );
        format!("  đáp dở | broke off: {dir} {number} → {}, {} byte{held}", broken.peer, broken.sent)
    }));
    if checked.reports.len() > 1 {
        lines.push(format!("{} lượt có ở cả hai bên | exchanges held by both sides", checked.in_both));
        lines.extend(
            checked
                .only_at_consumer
                .iter()
                .map(|(dir, number)| format!("! chỉ có ở bên hỏi | only at the consumer: {dir} {number}")),
        );
        lines.extend(
            checked
                .only_at_provider
                .iter()
                .map(|(dir, number)| format!("  chỉ có ở bên đáp | only at the provider: {dir} {number}")),
        );
    }
    lines.join("\n")
}
