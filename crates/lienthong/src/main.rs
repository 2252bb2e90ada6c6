//! Liên Thông: the program by which a country's databases connect and share.
//!
//! One binary. `hub` governs, `node` carries; everything else is a command beside them.

mod cli;
mod client;
mod commands;
mod demo;
mod output;
mod seed;

use std::process::ExitCode;

use clap::Parser as _;

/// Runs the command; its errors are told in Vietnamese and English, and its exit code says what kind they are of.
fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    output::start_log(cli.log_json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output::fail(&model::fault::Fault::Internal { why: error.to_string() }.into()),
    };
    match runtime.block_on(commands::run(cli)) {
        Ok(code) => code,
        Err(trouble) => output::fail(&trouble),
    }
}
