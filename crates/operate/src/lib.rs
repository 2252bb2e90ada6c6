//! What officers and operators do with a hub and its nodes from outside, behind any front end: the command line uses it, and so does the
//! demo.
//!
//! ```text
//! client      a hub that is asked in an officer's name
//! desk        a node with cases that is asked in its one-stop system's name
//! trouble     why that came to nothing
//! input       what people hand in as files
//! registry    documents to the hub, lists from it
//! seed        what a hub can begin with
//! quality     what rules of quality are made of
//! setup       a hub is made, a node joins it
//! ledger      ledgers are read and held against each other
//! finding     how something was found, how bad that is, and what to do next
//! watched     a hub or a node is asked how it is
//! doctor      everything about a folder is looked at
//! check       one thing about a folder is looked at, for those who watch by Nagios' rules
//! ```

pub mod check;
pub mod client;
pub mod desk;
pub mod doctor;
pub mod finding;
pub mod input;
pub mod ledger;
pub mod quality;
pub mod registry;
pub mod seed;
pub mod setup;
mod texts;
pub mod trouble;
mod watched;

pub use exchange::file_failed;
use model::fault::Fault;

/// What the program itself got wrong, or did not understand of an answer.
pub fn internal(error: impl std::fmt::Display) -> Fault {
    Fault::Internal { why: error.to_string() }
}
