//! What goes wrong with a call on a dataset: by its caller, or at its source.

use connect::SourceError;
use http::header::RETRY_AFTER;
use jiff::Timestamp;
use model::fault::{Fault, Words};
use model::id::ServiceId;

use crate::backend::Answer;
use crate::clock;

/// Why a call on a dataset has no answer of its own.
pub(super) enum Trouble {
    /// The caller's doing: an answer.
    Asked(Fault),
    Source(SourceError),
}

impl From<SourceError> for Trouble {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

/// What a source's failure is to whoever asked.
pub(super) fn failed(error: SourceError, service: &ServiceId) -> Fault {
    let service = service.clone();
    match error {
        SourceError::Busy | SourceError::NoConnection => Fault::DatabaseBusy { service },
        SourceError::KeyTwice => Fault::KeyTwice { service },
        // What the source says of it holds the value, which may be of a record that the caller is not to see.
        SourceError::Data(_) => {
            let why = "a value is not what its type says, or a view cannot be computed".to_owned();
            Fault::DatabaseFailed { service, why }
        }
        SourceError::Failed(why)
        | SourceError::Changed(why)
        | SourceError::Unreachable(why)
        | SourceError::Unreadable(why) => Fault::DatabaseFailed { service, why },
        SourceError::BadMark => Fault::DatabaseFailed { service, why: error.to_string() },
    }
}

/// What the caller got wrong, as an answer.
pub(super) fn refused(fault: &Fault) -> Answer {
    let mut answer = Answer::problem(status_of(fault), fault);
    if let Fault::TooManyGuesses { until } = fault
        && let Ok(until) = until.parse::<Timestamp>()
    {
        let left = until.duration_since(clock::now()).as_secs().max(1);
        answer.headers.insert(RETRY_AFTER, left.into());
    }
    answer
}

fn status_of(fault: &Fault) -> u16 {
    match fault {
        Fault::NoRecord {} => 404,
        Fault::FieldNotGranted { .. } => 403,
        Fault::RecordWithheld { .. } => 409,
        Fault::TooManyGuesses { .. } => 429,
        _ => 400,
    }
}

/// A question that its caller got wrong.
pub(super) fn question(why: Words) -> Trouble {
    Trouble::Asked(Fault::BadQuestion { why })
}
