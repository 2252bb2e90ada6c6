//! Assessments of agencies by rule packs: what is asked, what shows it, and what that comes to.
//!
//! Pure: no input or output, no async, no clock. A score is a function of a pack and of evidence, in whole numbers from end to end, so that
//! whoever has both comes to the same digits on any machine.
//!
//! ```text
//! Pack (what is asked) ──┐
//!                        ├──▶ score ──▶ Assessment ──▶ Bundle ──▶ verify, anywhere
//! Evidence (what shows) ─┘
//! ```
//!
//! What an agency says of itself is beside what was observed, and never in it. See `docs/decisions/0031-assessments.md`.

pub mod bundle;
pub mod canonical;
pub mod evidence;
pub mod measure;
pub mod pack;
pub mod peers;
pub mod period;
pub mod quantity;
pub mod score;
#[cfg(test)]
mod tests;
mod texts;

pub use bundle::Bundle;
pub use evidence::{Class, Evidence};
pub use pack::Pack;
pub use period::Period;
pub use score::{Assessment, score};
