//! The commands, each noun in its own room.

mod contract;
mod dictionary;
mod explain;
mod hub;
mod ledger;
mod node;
mod noun;
pub(crate) mod registry;
mod user;

use std::path::Path;
use std::process::ExitCode;

use ::hub::registry::Kind;

use crate::cli::{self, Cli, Command};
use crate::client::HubClient;
use crate::demo;
use crate::output::{Trouble, print};
use crate::seed;

pub(crate) use hub::init as init_hub;
pub(crate) use ledger::{Checked, verify};
pub(crate) use node::{join, make_token};

/// Runs one command.
pub(crate) async fn run(cli: Cli) -> Result<ExitCode, Trouble> {
    match cli.command {
        Command::Demo(demo) => demo::run(&demo).await,
        Command::Hub(command) => Box::pin(hub::run(command)).await,
        Command::Node(command) => node::run(command).await,
        Command::Apply(apply) => registry::apply(&apply).await,
        Command::Diff(diff) => registry::diff(&diff).await,
        Command::Export(export) => registry::export(&export).await,
        Command::Seed(seed) => seed::run(&seed).await,
        Command::Agency(verb) => noun::run(Kind::Agency, verb).await,
        Command::System(verb) => noun::run(Kind::System, verb).await,
        Command::Service(verb) => noun::run(Kind::Service, verb).await,
        Command::Purpose(verb) => noun::run(Kind::Purpose, verb).await,
        Command::Basis(verb) => noun::run(Kind::LegalBasis, verb).await,
        Command::Codelist(verb) => noun::run(Kind::CodeList, verb).await,
        Command::Crosswalk(verb) => noun::run(Kind::Crosswalk, verb).await,
        Command::Term(verb) => noun::run(Kind::Term, verb).await,
        Command::Dictionary(command) => dictionary::run(command).await,
        Command::Contract(command) => contract::run(command).await,
        Command::Db(verb) => noun::run(Kind::Database, verb).await,
        Command::Duty(verb) => noun::run(Kind::Duty, verb).await,
        Command::Grant(cli::Grant::Verb(verb)) => noun::run(Kind::Grant, verb).await,
        Command::Grant(cli::Grant::Revoke { officer, id, reason }) => {
            registry::revoke(&HubClient::at(&officer.path)?, &id, &reason).await?;
            print(&format!("Đã thu hồi {id}. | Revoked {id}."));
            Ok(ExitCode::SUCCESS)
        }
        Command::User(command) => user::run(command).await,
        Command::Login(login) => user::login(&login).await,
        Command::Logout { officer } => user::logout(&officer.path).await,
        Command::Audit(audit) => registry::audit(&audit).await,
        Command::Ledger(command) => ledger::run(&command).await,
        Command::Explain { code } => explain::run(&code),
    }
}

/// Ends the process when standard input closes: a child does not outlive the one that started it.
pub(crate) fn end_with_stdin() {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        std::process::exit(0);
    });
}

/// Waits for Ctrl-C or SIGTERM.
pub(crate) async fn asked_to_end() {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(_) => return std::future::pending().await,
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Copies a folder with all that is in it.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
