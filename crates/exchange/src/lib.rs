//! The node: it carries exchanges between an agency's systems and those of others.
//!
//! A call comes in at the [`edge`], [`consume`] takes it to the other node and back; what comes from other nodes [`provide`]
//! answers. Each of the two is one way whose lines are the steps of the design.

pub mod backend;
mod backoff;
pub mod body;
pub mod book;
pub mod budget;
pub mod check;
pub mod clock;
mod consume;
pub mod decide;
mod edge;
pub mod failure;
pub mod folder;
pub mod headers;
mod health;
mod hub;
pub mod inspect;
pub mod metadata;
pub mod node;
mod open;
mod own;
pub mod package;
pub mod peers;
pub mod places;
mod port;
mod presence;
mod provide;
pub mod rate;
pub mod record;
pub mod request;
mod run;
pub mod seal;
pub mod settings;
mod standing;
mod systems;
mod usage;

pub use folder::StateFolder;
pub use node::Node;
pub use run::Running;
pub use settings::{Hubs, NodeSettings};
