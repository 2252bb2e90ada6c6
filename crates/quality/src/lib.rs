//! Quality of data: rules, one pass over columns, states that merge, scores, defects by cause.
//!
//! Pure: no input or output, no async, no clock. Arrow arrays come in, a [`State`] comes out. Whoever knows the day hands it over.
//!
//! ```text
//! contract + terms + code lists ──▶ Rules ──▶ Run ◀── record batches
//!                                              │
//!                                              ▼
//!                 State + State ──▶ State ──▶ Scores (by a rule pack), Causes, Repairs
//! ```
//!
//! A value is judged once for each time that it differs within a batch (`distinct`), whatever the number of rules, and the verdict is
//! spread over the rows. Only rules over several columns look at rows.

pub mod defects;
mod distinct;
pub mod expression;
pub mod report;
pub mod rule;
pub mod run;
pub mod score;
pub mod state;
#[cfg(test)]
mod tests;
pub mod text;
mod texts;

/// What a run takes.
pub use arrow_array::RecordBatch;
pub use report::Report;
pub use rule::{Rule, Rules};
pub use run::{Run, Settings};
pub use score::{RulePack, Scores, score};
pub use state::State;
