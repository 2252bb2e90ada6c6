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
use crate::language::Told as _;
use crate::texts;

/// Tells an error, and where to read more.
pub(crate) fn fail(trouble: &Trouble) -> ExitCode {
    let code = trouble.code();
    say(&format!("{code} {}\n(lienthong explain {code})", listed(code, &trouble.words().told())));
    if let Trouble::Hub { problem, .. } = trouble {
        tell_both(problem);
    }
    ExitCode::from(exit_code(trouble))
}

/// Mistakes in settings and in what contradicts itself are told all at once, with semicolons between them: each on a line of its own.
fn listed(code: &str, text: &str) -> String {
    let lists = ["LT-8101", "LT-7104"].contains(&code);
    let Some((first, rest)) = text.split_once("; ").filter(|_| lists) else { return text.to_owned() };
    let (place, first) = first.rsplit_once(": ").unwrap_or(("", first));
    let mistakes = std::iter::once(first).chain(rest.split("; ")).map(|mistake| format!("\n  - {mistake}"));
    format!("{place}:{}", mistakes.collect::<String>())
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
        let (now, own) = (texts::now().told(), texts::yours().told());
        say(&format!("  {member}\n    {now}:   {theirs}\n    {own}: {yours}"));
    }
}

/// A line on standard error: progress, errors.
pub(crate) fn say(text: &str) {
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// As [`say`], in the language that was chosen.
pub(crate) fn say_words(words: &Words) {
    say(&words.told());
}

/// Why something did not reach standard output: a full disk behind it.
static LOST: OnceLock<String> = OnceLock::new();

/// A line on standard output: results.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    lost(writeln!(out, "{text}").and_then(|()| out.flush()));
}

/// As [`print`], in the language that was chosen.
pub(crate) fn print_words(words: &Words) {
    print(&words.told());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_mistakes_stand_one_below_the_other() {
        assert_eq!(
            listed("LT-8101", "Sai trong node.toml: một; hai; ba. Sửa."),
            "Sai trong node.toml:\n  - một\n  - hai\n  - ba. Sửa."
        );
        assert_eq!(listed("LT-8101", "Sai: một. Sửa."), "Sai: một. Sửa.");
        assert_eq!(listed("LT-2104", "a: b; c"), "a: b; c");
    }
}
