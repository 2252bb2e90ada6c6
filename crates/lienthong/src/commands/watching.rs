//! `lienthong doctor`, `lienthong check`: how hubs and nodes are.

use std::process::ExitCode;

use model::fault::Words;
use model::words::Language;
use operate::check::{self, Bounds, What};
use operate::doctor;
use operate::finding::{Finding, Level};
use operate::trouble::Trouble;
use serde_json::{Value, json};

use crate::cli::{self, Format};
use crate::descriptors;
use crate::language;
use crate::output::print;

/// Looks at everything in some folders; tells what was found, the worst of it in the exit code.
pub(super) async fn examine(command: cli::Doctor) -> Result<ExitCode, Trouble> {
    let mut found = Vec::new();
    for dir in &command.dirs {
        let findings = Box::pin(doctor::examine(dir, descriptors::allowed())).await;
        found.push((dir.display().to_string(), findings));
    }
    match command.output {
        Format::Json => print(&to_json(&found).to_string()),
        Format::Text => print(&to_text(&found, language::chosen())),
    }
    let is_well = found.iter().flat_map(|(_, findings)| findings).all(|finding| finding.level == Level::Ok);
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn to_text(found: &[(String, Vec<Finding>)], language: Language) -> String {
    let mut lines = Vec::new();
    for (dir, findings) in found {
        lines.push(format!("{dir}:"));
        for finding in findings {
            let Finding { level, about, said, next } = finding;
            lines.push(format!("  {:8} {about}: {}", level.word(), language.of(said)));
            lines.extend(next.iter().map(|next| format!("           → {}", language.of(next))));
        }
    }
    lines.join("\n")
}

fn to_json(found: &[(String, Vec<Finding>)]) -> Value {
    let finding = |finding: &Finding| {
        json!({
            "level": finding.level.word(), "about": finding.about,
            "said": finding.said.en(), "said_vi": finding.said.vi(),
            "next": finding.next.as_ref().map(Words::en), "next_vi": finding.next.as_ref().map(Words::vi),
        })
    };
    let folders = found.iter().map(
        |(dir, findings)| json!({ "dir": dir, "findings": findings.iter().map(finding).collect::<Vec<_>>() }),
    );
    json!({ "folders": folders.collect::<Vec<_>>() })
}

/// Looks at one thing; one line, and the exit code that goes with it.
pub(super) async fn check(command: cli::Check) -> Result<ExitCode, Trouble> {
    let (what, at) = match command {
        cli::Check::Node(at) => (What::Node, at),
        cli::Check::Hub(at) => (What::Hub, at),
        cli::Check::Certificates(at) => (What::Certificates, at),
        cli::Check::Directory(at) => (What::Directory, at),
        cli::Check::Disk(at) => (What::Disk, at),
    };
    let bounds = Bounds { warning: at.warning, critical: at.critical };
    let line = Box::pin(check::look(what, &at.dir, bounds)).await;
    print(&line.text(language::chosen()));
    Ok(ExitCode::from(match line.level {
        Level::Ok => 0,
        Level::Warning => 1,
        Level::Critical => 2,
        Level::Unknown => UNKNOWN,
    }))
}

/// What a plugin ends with that does not know. Arguments that cannot be read belong to that: 2 would wake somebody up.
pub(crate) const UNKNOWN: u8 = 3;
