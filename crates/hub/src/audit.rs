//! Who did what, when and why: officers and their rights, and the trail of changes.

pub mod change;
pub(crate) mod growth;
pub mod officer;
pub mod reason;
pub mod right;
pub(crate) mod veil;
