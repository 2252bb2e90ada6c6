//! Liên Thông: the program by which a country's databases connect and share.
//!
//! One binary. `hub` governs, `node` carries; everything else is a command beside them.

mod cli;
mod commands;
mod descriptors;
mod flood;
mod help;
mod language;
mod output;
mod texts;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

/// An exchange makes some hundred small allocations, most of them given back on another thread: a tenth of a node's time went into the
/// system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Help and version that were asked for, or what is wrong with the arguments.
fn unread(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    let unread = help::unread::Unread::of(error, arguments, language::chosen());
    if unread.code == 0 {
        output::print(&unread.said)
    } else {
        output::say(&unread.said)
    }
    output::ended(ExitCode::from(unread.code))
}

/// The language that is asked for, before anything is said.
fn begin_language(arguments: &[OsString]) {
    #[expect(clippy::disallowed_methods, reason = "read once, here")]
    let variable = |name: &str| std::env::var(name).ok();
    language::begin(language::asked(arguments.iter().cloned(), variable));
}

/// Runs the command; its errors are told in one language, and its exit code says what kind they are of.
fn main() -> ExitCode {
    // Not for people: a node starts its own program so.
    if std::env::args_os().nth(1).is_some_and(|word| word == exchange::backend::open::READ_FILE) {
        let done = connect::snapshot::read_in_a_child(std::io::stdin().lock(), std::io::stdout().lock());
        return if done { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    begin_language(&arguments);
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return unread(&error, &arguments),
    };
    output::start_log(cli.log_json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output::fail(&model::fault::Fault::Internal { why: error.to_string() }.into()),
    };
    output::ended(match runtime.block_on(commands::run(cli)) {
        Ok(code) => code,
        Err(trouble) => output::fail(&trouble),
    })
}
