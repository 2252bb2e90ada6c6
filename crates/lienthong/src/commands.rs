//! The commands, each noun in its own room.

mod explain;
mod hub;
mod ledger;
mod node;
mod officer;
pub(crate) mod registry;

use std::path::Path;
use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::demo;
use crate::output::Trouble;

pub(crate) use hub::init as init_hub;
pub(crate) use ledger::{Checked, verify};
pub(crate) use node::{join, make_token};

/// Runs one command.
pub(crate) async fn run(cli: Cli) -> Result<ExitCode, Trouble> {
    match cli.command {
        Command::Demo(demo) => demo::run(&demo).await,
        Command::Hub(command) => hub::run(command).await,
        Command::Node(command) => node::run(command).await,
        Command::Apply(apply) => registry::apply(&apply).await,
        Command::Export(export) => registry::export(&export).await,
        Command::Officer(command) => officer::run(command).await,
        Command::Audit(audit) => registry::audit(&audit).await,
        Command::Get(get) => registry::get(&get).await,
        Command::Grant(command) => registry::grant(&command).await,
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
