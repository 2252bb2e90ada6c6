//! What tests of several crates need of the machine they run on: database servers of their own, and free addresses. Crates name it
//! among their dev-dependencies only.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod address;
mod server;

pub use address::free_address;
pub use server::Server;
