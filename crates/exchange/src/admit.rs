//! Whether a request may go on: by the directory, and by the rate. Both nodes ask, each with its own.

use std::time::Instant;

use jiff::Timestamp;
use model::fault::Fault;

use crate::compiled::CompiledDirectory;
use crate::decide::{Permit, decide};
use crate::rate::Rates;
use crate::request::{Question, Request};

/// A request that may go on.
pub(crate) enum Admitted {
    /// To its service, by a grant.
    Service(Permit),
    /// To be answered by the node of the system that it is about.
    Question(Question),
}

/// Decides, and takes the request out of its grant's bucket, or out of its system's for questions.
///
/// # Errors
/// Those of [`decide`], [`Fault::RateExceeded`], [`Fault::TooManyQuestions`].
pub(crate) fn admit(
    directory: &CompiledDirectory,
    request: &Request,
    (rates, question_rates): (&Rates, &Rates),
    now: Timestamp,
) -> Result<Admitted, Fault> {
    match request {
        Request::Question(call, question) => {
            question_rates.admit_question(&call.client, Instant::now())?;
            Ok(Admitted::Question(*question))
        }
        Request::Service(call) => {
            let permit = decide(directory, call, now)?;
            rates.admit(&permit.grant.id, permit.grant.per_second, Instant::now())?;
            Ok(Admitted::Service(permit))
        }
    }
}

impl Admitted {
    /// Whether it changes nothing.
    pub(crate) fn is_safe(&self) -> bool {
        match self {
            Self::Service(permit) => permit.is_safe,
            Self::Question(_) => true,
        }
    }

    /// The largest body that it can have a use for, where a node takes up to `most`.
    pub(crate) fn body_bytes(&self, most: u64) -> u64 {
        match self {
            Self::Service(permit) => permit.offered.body_bytes(most),
            Self::Question(_) => 0,
        }
    }
}
