//! `lienthong explain LT-2104`.

use std::process::ExitCode;

use model::fault::{Fault, ROWS};
use model::words::Language;
use operate::trouble::Trouble;

use crate::language::{self, Told as _};
use crate::output::print;

/// Says what an error's code means and what to do.
pub(super) fn run(code: &str) -> Result<ExitCode, Trouble> {
    let code = code.trim().to_ascii_uppercase();
    let row = ROWS.iter().find(|row| row.code == code).ok_or(Fault::NotInRegistry { subject: code })?;
    // What the code is about stands in English only, in the source.
    let (about, [what, next]) = match language::chosen() {
        Language::Vi => (String::new(), row.vi),
        Language::En => (format!("{}\n\n", row.about.trim()), row.en),
    };
    print(&format!(
        "{} {}\n{about}{what}\n=> {next}\n\n{}\nX-Road: {}",
        row.code,
        row.name,
        row.class.words().told(),
        row.xroad
    ));
    Ok(ExitCode::SUCCESS)
}
