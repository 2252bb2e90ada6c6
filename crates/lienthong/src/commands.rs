//! The commands, each noun in its own room.

mod assess;
mod brief;
mod case;
mod columns;
mod contract;
mod demo;
mod dictionary;
mod directory;
mod explain;
mod governing;
mod hub;
mod incident;
mod ledger;
mod names;
mod node;
mod noun;
mod overview;
mod package;
mod procedure;
mod quality;
mod registry;
mod request;
mod reuse;
mod seed;
mod show;
mod source;
mod sync;
mod task;
mod user;
pub(crate) mod watching;

use std::process::ExitCode;

use ::hub::kinds::Kind;
use operate::trouble::Trouble;

use crate::cli::{Cli, Command};
use crate::output::{print, print_bytes, say};
use crate::{help, language};

/// Runs one command.
#[expect(clippy::too_many_lines, reason = "one line for each command")]
pub(crate) async fn run(cli: Cli) -> Result<ExitCode, Trouble> {
    match cli.command {
        Command::Demo(demo) => Box::pin(demo::run(demo)).await,
        Command::Hub(command) => Box::pin(hub::run(command)).await,
        Command::Node(command) => node::run(command).await,
        Command::Source(command) => source::run(command).await,
        Command::Sync(command) => Box::pin(sync::run(command)).await,
        Command::Quality(command) => Box::pin(quality::run(command)).await,
        Command::Reuse(command) => reuse::run(command).await,
        Command::Assess(command) => Box::pin(assess::run(command)).await,
        Command::Defect(command) => Box::pin(quality::defect(command)).await,
        Command::Package(command) => package::run(command).await,
        Command::Apply(apply) => registry::apply(&apply).await,
        Command::Diff(diff) => registry::diff(&diff).await,
        Command::Export(export) => registry::export(&export).await,
        Command::Seed(seed) => seed::run(&seed).await,
        Command::Agency(verb) => noun::run(Kind::Agency, verb).await,
        Command::System(verb) => noun::run(Kind::System, verb).await,
        Command::Service(verb) => noun::run(Kind::Service, verb).await,
        Command::Purpose(verb) => noun::run(Kind::Purpose, verb).await,
        Command::Basis(verb) => noun::run(Kind::LegalBasis, verb).await,
        Command::Codelist(command) => governing::codelist(command).await,
        Command::Crosswalk(command) => governing::crosswalk(command).await,
        Command::Term(verb) => noun::run(Kind::Term, verb).await,
        Command::Dictionary(command) => dictionary::run(command).await,
        Command::Contract(command) => contract::run(command).await,
        Command::Db(command) => governing::database(command).await,
        Command::Duty(command) => governing::duty(command).await,
        Command::Request(command) => request::run(command).await,
        Command::Pack(verb) => noun::run(Kind::RulePack, verb).await,
        Command::Case(command) => case::run(command).await,
        Command::Procedure(command) => procedure::run(command).await,
        Command::Scope(verb) => noun::run(Kind::Scope, verb).await,
        Command::ReusePack(verb) => noun::run(Kind::ReusePack, verb).await,
        Command::Directive(verb) => noun::run(Kind::Directive, verb).await,
        Command::Task(command) => task::run(command).await,
        Command::Grant(command) => governing::grant(command).await,
        Command::Suspension(command) => governing::suspension(command).await,
        Command::Incident(command) => incident::incident(command).await,
        Command::Work(command) => incident::work(command).await,
        Command::Notice(command) => incident::notice(command).await,
        Command::Maintenance(command) => incident::maintenance(command).await,
        Command::Brief(command) => brief::run(command).await,
        Command::Directory(command) => directory::run(command).await,
        Command::Usage(command) => governing::usage(command).await,
        Command::Search(search) => governing::search(&search).await,
        Command::User(command) => user::run(command).await,
        Command::Login(login) => user::login(&login).await,
        Command::Logout { officer } => user::logout(&officer.path).await,
        Command::Overview { officer, output } => governing::overview(&officer.path, output).await,
        Command::Status { officer, output } => governing::status(&officer.path, output).await,
        Command::Whoami { officer, output } => governing::whoami(&officer.path, output).await,
        Command::Audit(audit) => registry::audit(&audit).await,
        Command::Ledger(command) => ledger::run(&command).await,
        Command::Doctor(command) => watching::examine(command).await,
        Command::Check(command) => watching::check(command).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            let mut commands = help::commands(language::chosen());
            clap_complete::generate(shell, &mut commands, "lienthong", &mut script);
            print_bytes(&script);
            Ok(ExitCode::SUCCESS)
        }
        Command::Explain { code } => explain::run(&code),
        Command::Help { words } => {
            let about = help::about(&words);
            match about {
                Ok(page) => print(&page),
                Err(wrong) => {
                    say(&wrong);
                    return Ok(ExitCode::from(2));
                }
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Ends the process when standard input closes: a child does not outlive the one that started it.
pub(crate) fn end_with_stdin() {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        std::process::exit(0);
    });
}

/// Waits for Ctrl-C or SIGTERM, which are heard from this call on: whoever calls it before a port is open ends well also when somebody who
/// has just reached the port asks for the end.
pub(crate) fn asked_to_end() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = signal(SignalKind::terminate()).and_then(|end| Ok((end, signal(SignalKind::interrupt())?)));
    async move {
        let Ok((mut terminate, mut interrupt)) = signals else { return std::future::pending().await };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}
