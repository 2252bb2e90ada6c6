//! Reuse of data in administrative procedures: what ministries have published for it, what procedures ask, and what follows from both.

pub(crate) mod bind;
pub(crate) mod check;
pub(crate) mod follow;
pub(crate) mod pack;
pub(crate) mod procedure;
pub(crate) mod scope;

/// What a class of systems looks like: `VN/LOC/*/mot-cua`.
pub(crate) const CLASS_EXAMPLE: &str = "VN/LOC/*/mot-cua";
