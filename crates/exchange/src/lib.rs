//! The node: it carries exchanges between an agency's systems and those of others.
//!
//! A call comes in at the [`edge`], [`consume`] takes it to the other node and back; what comes from other nodes [`provide`]
//! answers. Each of the two is one way whose lines are the steps of the design.

pub mod asked;
pub mod backend;
pub mod body;
pub mod book;
pub mod budget;
pub mod check;
pub mod clock;
pub mod consume;
pub mod decide;
mod description;
pub mod edge;
pub mod failure;
pub mod headers;
pub mod metadata;
pub mod node;
mod own;
pub mod package;
pub mod peers;
pub mod places;
pub mod port;
mod presence;
pub mod provide;
pub mod rate;
pub mod record;
mod renewal;
pub mod seal;
pub mod settings;
pub mod upstream;
mod usage;

pub use node::{Node, Running, StateFolder};
pub use settings::{Hubs, NodeSettings};
