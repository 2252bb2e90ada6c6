//! `cargo xtask bench …`: what the program can do, beside programs of others, in one run.

mod cases;
mod datasets;
mod directory;
mod exchange;
mod figures;
mod ledger;
mod limit;
mod nation;
mod nodes;
mod pair;
mod peers;
mod processes;
mod quality;
mod registry;
mod rig;
mod sizes;

pub(crate) use cases::measure as cases;
pub(crate) use datasets::measure as datasets;
pub(crate) use directory::measure as directory;
pub(crate) use exchange::measure as exchange;
pub(crate) use ledger::measure as ledger;
pub(crate) use nodes::measure as nodes;
pub(crate) use quality::measure as quality;
pub(crate) use registry::measure as registry;
pub(crate) use sizes::measure as sizes;
