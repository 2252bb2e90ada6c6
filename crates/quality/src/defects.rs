//! Why records fail, as far as the data themselves tell, and what would repair them.

pub mod cause;
pub mod export;
pub mod repair;

pub use crate::state::dimension::Dimension;
pub use cause::{Cause, Group, causes};
pub use repair::{Repair, repair};
