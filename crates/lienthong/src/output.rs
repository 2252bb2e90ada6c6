//! What the program says: results on standard output, everything else on standard error.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::OnceLock;

use http::StatusCode;
use model::fault::{Fault, Words};
use operate::trouble::Trouble;
use serde_json::Value;
use tracing_subscriber::filter::FilterExt as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

use crate::flood::Flood;
use crate::texts;

/// Tells an error in both languages, and where to read more.
pub(crate) fn fail(trouble: &Trouble) -> ExitCode {
    let (code, words) = (trouble.code(), trouble.words());
    say(&format!("{code} {}\n{code} {}\n(lienthong explain {code})", words.vi(), words.en()));
    if let Trouble::Hub { problem, .. } = trouble {
        tell_both(problem);
    }
    ExitCode::from(exit_code(trouble))
}

/// 1 failed, 2 wrong input, 3 not found, 4 no right, 5 conflict, 6 unreachable: so that scripts can tell them apart.
fn exit_code(trouble: &Trouble) -> u8 {
    match trouble {
        Trouble::Fault(Fault::BadSettings { .. } | Fault::BadDocument { .. } | Fault::NoReason {}) => 2,
        Trouble::Fault(Fault::NotInRegistry { .. } | Fault::NoExchange { .. }) => 3,
        Trouble::Fault(Fault::HubUnreachable { .. }) => 6,
        Trouble::Hub { status, .. } => match *status {
            StatusCode::BAD_REQUEST => 2,
            StatusCode::NOT_FOUND => 3,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => 4,
            StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => 5,
            _ => 1,
        },
        Trouble::Fault(_) => 1,
    }
}

/// Of a conflict: how it stands and what was sent, member by member.
fn tell_both(problem: &Value) {
    let (Some(theirs), Some(yours)) = (problem.get("theirs"), problem.get("yours")) else { return };
    for (member, (theirs, yours)) in hub::registry::write::differences(theirs, yours) {
        let (now, own) = (texts::now().both(), texts::yours().both());
        say(&format!("  {member}\n    {now}:   {theirs}\n    {own}: {yours}"));
    }
}

/// A line on standard error: progress, errors.
pub(crate) fn say(text: &str) {
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// As [`say`], in both languages.
pub(crate) fn say_both(words: &Words) {
    say(&words.both());
}

/// Why something did not reach standard output: a full disk behind it.
static LOST: OnceLock<String> = OnceLock::new();

/// A line on standard output: results.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    lost(writeln!(out, "{text}").and_then(|()| out.flush()));
}

/// As [`print`], in both languages.
pub(crate) fn print_both(words: &Words) {
    print(&words.both());
}

/// What is no text on standard output.
pub(crate) fn print_bytes(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    lost(out.write_all(bytes).and_then(|()| out.flush()));
}

fn lost(written: std::io::Result<()>) {
    match written {
        // A reader that closed the pipe has seen enough.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            LOST.get_or_init(|| error.to_string());
        }
        _ => {}
    }
}

/// The exit code of a command that ends with `code`; it has failed if what it printed was lost.
pub(crate) fn ended(code: ExitCode) -> ExitCode {
    match LOST.get() {
        None => code,
        Some(why) => fail(&Fault::FileFailed { path: "stdout".into(), why: Words::quoted(why) }.into()),
    }
}

/// The log goes to standard error; `RUST_LOG` chooses what, `info` of our own crates if it is not set.
pub(crate) fn start_log(json: bool) {
    // What h2 warns of is what strangers do: they must not fill the log.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        EnvFilter::new(
            "warn,h2=error,lienthong=info,operate=info,hub=info,exchange=info,ledger=info,trust=info",
        )
    });
    // https://no-color.org: whoever sets it to anything wants none.
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let text = fmt::layer().with_writer(std::io::stderr);
    let text = match json {
        true => text.json().boxed(),
        false => text.with_ansi(std::io::stderr().is_terminal() && !is_plain).boxed(),
    };
    tracing_subscriber::registry().with(text.with_filter(filter.and(Flood::default()))).init();
}
