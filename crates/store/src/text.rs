//! Values as columns hold them, and failures as callers are told of them.

use jiff::Timestamp;
use model::fault::Fault;

/// What a failure of the database is to the caller.
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "the shape of `map_err`")]
pub fn failed(error: sqlx::Error) -> Fault {
    let why = match &error {
        sqlx::Error::Database(inner) => inner.message().to_owned(),
        // A URL may hold a password; the driver's other errors do not repeat it.
        sqlx::Error::Configuration(_) => "its URL cannot be read".to_owned(),
        other => other.to_string(),
    };
    Fault::StoreFailed { why }
}

/// How faults begin that are of a row and not of the store.
const UNREADABLE: &str = "a row cannot be read";

/// Reads JSON that this program wrote.
///
/// # Errors
/// [`Fault::StoreFailed`] if it is not what was written.
pub fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::StoreFailed { why: format!("{UNREADABLE}: {error}") })
}

/// Writes JSON for a column.
///
/// # Errors
/// [`Fault::StoreFailed`] for what has no form as JSON.
pub fn to_json<T: serde::Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::StoreFailed { why: error.to_string() })
}

/// Moments as text that sorts as they do: seconds, always 20 characters.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Reads a text that this program wrote: an identifier, a day.
///
/// # Errors
/// [`Fault::StoreFailed`] if it is not what was written.
pub fn from_text<T: std::str::FromStr>(text: &str) -> Result<T, Fault> {
    text.parse().map_err(|_| Fault::StoreFailed { why: format!("{UNREADABLE}: {text:?}") })
}

/// What one row of many says; none if it cannot be read: that is told in the log, and keeps nobody from the others.
///
/// # Errors
/// [`Fault::StoreFailed`] if the store itself did not answer.
pub fn readable<T>(read: Result<T, Fault>, kind: &str, name: &str) -> Result<Option<T>, Fault> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(Fault::StoreFailed { why }) if why.starts_with(UNREADABLE) => {
            tracing::error!(kind, name, reason = why, "a row is passed over");
            Ok(None)
        }
        Err(fault) => Err(fault),
    }
}
