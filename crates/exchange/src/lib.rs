//! The node: it carries exchanges between an agency's systems and those of others.
//!
//! A call comes in at the `edge`, `consume` takes it to the other node and back; what comes from other nodes `provide` answers. Each of
//! the two reads as the steps of the design.
//!
//! The rooms stand on floors, listed here from the ground up. A room uses rooms of the floors below its own, and no others.

// Ground: no room uses less.
mod backoff;
pub mod budget;
pub mod clock;
pub mod headers;
mod presence;
mod rate;
pub mod signatures;
mod slots;
mod totals;

// Bodies; traces; settings; how the node stands with its hub.
pub mod body;
pub mod settings;
mod standing;
mod trace;

// The directory made ready to decide from; messages on their way out.
pub mod compiled;
pub mod failure;
pub mod framed;
pub mod sign;

// Decision and checks; other nodes; files.
mod check;
pub mod decide;
mod folder;
pub mod peers;

// Requests read; what is recorded; who calls, and what is called; who may look.
mod auditors;
pub mod backend;
mod record;
pub mod request;
mod systems;

// Whether a request may go on; the quality of datasets; the node's own keys; its figures.
mod admit;
pub mod measure;
mod own;
mod usage;

// The state that all above share. Packages do without it: they are made beside a node that may be running.
mod node;
pub mod package;

// What a node says of itself and of its services, and what its ledger says.
mod health;
pub mod inspect;
mod known;
pub mod look;
mod metadata;
pub mod metrics;
pub mod reach;

// The two sides of an exchange; what is done with the hub.
mod consume;
mod hub;
mod provide;

// Where systems come in: by the edge, or within this process; what the node asks for its own copies.
mod ask;
pub mod copies;
mod edge;

// Listening, on both ports.
mod port;

// Running all of it.
mod run;

// Opening all of it.
mod open;
mod texts;

pub use ask::{ANSWER_MAX_BYTES, Answered, Ask, ask};
pub use backend::within::{Answers, Called};
pub use folder::{StateFolder, file_failed};
pub use hub::HubDoor;
pub use node::Node;
pub use run::{Ports, Running};
pub use settings::{
    AuditorSettings, CasesSettings, CopySettings, Hubs, NodeSettings, PeopleSettings, ProviderSettings,
};
