//! What runs: nodes and their certificates, the signed directory and who holds it, what happens, who is heard and what is wrong, and how it
//! all stands.

pub(crate) mod ahead;
pub(crate) mod behind;
pub mod brief;
pub mod directory;
pub(crate) mod event;
pub(crate) mod face;
pub(crate) mod holding;
pub(crate) mod incident;
pub(crate) mod maintenance;
pub mod node;
pub(crate) mod overview;
pub(crate) mod presence;
pub(crate) mod report;
pub(crate) mod reuse_report;
pub mod sandbox;
pub(crate) mod sight;
pub(crate) mod situation;
