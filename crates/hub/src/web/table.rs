//! Tables as answers.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use model::fault::Fault;

use crate::pool::draw;
use crate::sheet::{Format, Sheet};

/// A table as an answer to an account, as a file to keep.
///
/// # Errors
/// [`Fault::BadParameters`] for a text that no cell holds, [`Fault::HubBusy`], [`Fault::Internal`].
pub async fn respond(sheet: Sheet, format: Format, account: &str) -> Result<Response, Fault> {
    let name = format!("attachment; filename=\"{}.{}\"", sheet.name().to_lowercase(), format.word());
    let drawn = draw(account, move || {
        Ok(match format {
            Format::Csv => (sheet.csv()?, "text/csv; charset=utf-8"),
            _ => (sheet.xlsx()?, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        })
    });
    let (bytes, kind) = drawn.await?;
    Ok(([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, name)], bytes).into_response())
}
