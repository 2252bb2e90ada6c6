//! What routes share: connections, bodies, who asks, commands that are done once, problems, lists, tables.

pub(crate) mod command;
pub(crate) mod count;
pub(crate) mod extract;
pub mod intake;
pub mod listen;
pub(crate) mod page;
pub(crate) mod problem;
pub mod table;

pub(crate) use crate::members::read;
pub use extract::Known;
pub(crate) use extract::{Asked, Named, Reason};
pub(crate) use page::{Page, behind, ordered, searched, within};
pub(crate) use problem::Problem;
