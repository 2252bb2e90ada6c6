//! Cases at an agency's node: the State is asked first, and the citizen only for what it does not know.
//!
//! A case is opened with a procedure and what the person says. The node asks the databases, side by side and in order; checks that answers
//! are about whom was asked; shows what was found, to be accepted or declined; fills the form, each value with its origin; takes corrections
//! and, where nothing answered, papers; submits, and gives a receipt. `case` is what is kept, `plan` what is asked next, `work` the engine
//! that makes every step durable, `desk` what callers do, `api` the routes.

mod answer;
mod api;
mod caller;
mod case;
mod clock;
mod defect;
mod desk;
mod due;
mod elsewhere;
mod fetch;
mod form;
mod identity;
mod open;
mod paper;
mod pause;
pub mod person;
mod plan;
mod preview;
mod receipt;
mod report;
mod result;
mod run;
mod seen;
mod sources;
mod store;
mod submit;
mod texts;
mod vault;
mod wait;
mod work;

#[cfg(test)]
mod tests;

pub use api::{Problem, Prover, State, routes};
pub use caller::{Caller, Citizen, Officer, Right};
pub use defect::Defects;
pub use report::Reports;
pub use run::{Desk, open};
pub use sources::Sources;
pub use work::Cases;
