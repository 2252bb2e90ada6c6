//! The hub: it governs. The registry of agencies, systems, nodes, services and grants; the audit trail of its changes; and
//! the signed directory that nodes decide from. No data of any agency ever comes here.
//!
//! Its rooms lie on floors, and each knows only those below it; `cargo xtask tidy` enforces that.

mod api;
mod assess;
pub mod audit;
mod calls;
pub mod catalogue;
pub mod clock;
pub mod directive;
mod gauge;
pub mod granting;
mod hub;
pub mod kinds;
mod members;
pub mod metrics;
pub mod notice;
pub mod people;
mod pool;
mod quality;
pub mod registry;
mod reuse;
pub mod running;
mod secret;
mod serve;
pub mod settings;
pub mod sheet;
pub mod store;
mod texts;
mod usage;
pub mod web;

pub use crate::hub::{FIRST_OFFICER, Hub};
pub use crate::settings::HubSettings;

#[cfg(test)]
mod tests;
