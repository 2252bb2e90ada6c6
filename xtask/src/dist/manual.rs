//! The manual page and the shells' completions: the program says both of itself.

use std::path::Path;
use std::process::{Command, Stdio};

use super::stage::Stage;
use super::{Release, date};

/// How wide the help is in the manual page, in characters: a terminal of 80 with the page's margin.
const WIDTH: &str = "72";

const NAME: &str = "lienthong \\- carry exchanges between agencies' systems, with proof on both sides";

pub(super) fn put(release: &Release, stage: &Stage, program: &Path) -> Result<(), String> {
    let page = page(release, &|words| help(program, words))?;
    stage.put_packed("usr/share/man/man1/lienthong.1", page.as_bytes())?;
    for (shell, path) in [
        ("bash", "usr/share/bash-completion/completions/lienthong"),
        ("zsh", "usr/share/zsh/vendor-completions/_lienthong"),
        ("fish", "usr/share/fish/vendor_completions.d/lienthong.fish"),
    ] {
        stage.put(path, says(program, &["completions", shell])?.as_bytes())?;
    }
    Ok(())
}

fn help(program: &Path, words: &[String]) -> Result<String, String> {
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    words.push("--help");
    says(program, &words)
}

/// What the program prints, asked so that no terminal of this machine shows in it.
fn says(program: &Path, words: &[&str]) -> Result<String, String> {
    let mut command = Command::new(program);
    command
        .args(words)
        .env_clear()
        .env("COLUMNS", WIDTH)
        .env("LIENTHONG_LANG", "en")
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

/// One page of all commands' help, each after the one it belongs to.
fn page(release: &Release, help: &dyn Fn(&[String]) -> Result<String, String>) -> Result<String, String> {
    let mut page = format!(
        ".TH LIENTHONG 1 {} \"lienthong {}\" \"Lien Thong\"\n.SH NAME\n{NAME}\n.SH DESCRIPTION\n",
        date(release, "+%Y-%m-%d")?,
        release.version,
    );
    let top = help(&[])?;
    page.push_str(&verbatim(&top));
    page.push_str(".SH COMMANDS\n");
    let mut left: Vec<Vec<String>> = below(&[], &top);
    if left.is_empty() {
        return Err("the program's help names no commands".into());
    }
    while let Some(words) = left.pop() {
        let text = help(&words)?;
        left.extend(below(&words, &text));
        page.push_str(&format!(".SS lienthong {}\n{}", escaped(&words.join(" ")), verbatim(&text)));
    }
    page.push_str(
        ".SH FILES\n.TP\n.I /var/lib/lienthong\nWhat hubs and nodes keep: settings, keys, ledgers.\n",
    );
    page.push_str(".SH SEE ALSO\n.I /usr/share/doc/lienthong/docs\n");
    Ok(page)
}

/// The commands that a command's help lists, last first.
fn below(words: &[String], help: &str) -> Vec<Vec<String>> {
    // Between how the command is called and its options; the program's own commands stand there in groups.
    let listed = help.lines().skip_while(|line| !line.starts_with("Usage:"));
    let names = listed
        .take_while(|line| *line != "Options:" && *line != "Arguments:")
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help");
    let mut commands: Vec<Vec<String>> = names.map(|name| [words, &[name.to_owned()]].concat()).collect();
    commands.reverse();
    commands
}

fn verbatim(text: &str) -> String {
    let lines: String = text.lines().map(|line| format!("{}\n", escaped(line))).collect();
    format!(".nf\n{lines}.fi\n")
}

/// As a line of text that `man` takes for nothing else.
fn escaped(line: &str) -> String {
    let line = line.replace('\\', "\\e").replace('-', "\\-");
    if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_and_nothing_else_is() {
        let help = "Something\n\nUsage: lienthong <COMMAND>\n\nOperators:\n  hub   The hub,\n        which governs\n\nAll:\n  node  A node\n  help  Help\n\n\
            Options:\n  -h, --help  Print help\n\nExamples:\n  lienthong hub\n";
        assert_eq!(below(&["x".into()], help), [["x", "node"], ["x", "hub"]]);
    }

    #[test]
    fn what_man_would_take_for_its_own_is_text() {
        assert_eq!(escaped(".so \\x"), "\\&.so \\ex");
        assert_eq!(escaped("--dir"), "\\-\\-dir");
    }
}
