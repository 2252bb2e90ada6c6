//! `lienthong explain LT-2104`.

use std::process::ExitCode;

use model::fault::{Fault, ROWS};
use operate::trouble::Trouble;

use crate::output::print;

/// Says what an error's code means and what to do.
pub(super) fn run(code: &str) -> Result<ExitCode, Trouble> {
    let code = code.trim().to_ascii_uppercase();
    let row = ROWS.iter().find(|row| row.code == code).ok_or(Fault::NotInRegistry { subject: code })?;
    print(&format!(
        "{} {}\n{}\n\n{}\n=> {}\n\n{}\n=> {}\n\n{}\nX-Road: {}",
        row.code,
        row.name,
        row.about.trim(),
        row.vi[0],
        row.vi[1],
        row.en[0],
        row.en[1],
        row.class.words().both(),
        row.xroad
    ));
    Ok(ExitCode::SUCCESS)
}
