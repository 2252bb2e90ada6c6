//! Reuse of data in administrative procedures: what ministries have published for it, what procedures ask, and what follows from both.

pub(crate) mod bind;
pub(crate) mod check;
pub(crate) mod compile;
pub(crate) mod follow;
pub(crate) mod measured;
pub(crate) mod pack;
pub(crate) mod procedure;
pub(crate) mod scope;
pub(crate) mod sheet;
pub(crate) mod standing;

/// What a class of systems looks like: `VN/LOC/*/mot-cua`.
pub(crate) const CLASS_EXAMPLE: &str = "VN/LOC/*/mot-cua";
