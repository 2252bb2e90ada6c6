//! Assessments of agencies: packs and from when they judge, evidence that is read from all the hub has, periods that freeze, what agencies
//! claim, dispute and are let off. How a score is made is the crate `assess`'s: here is what it is made of, and what is kept.

pub(crate) mod acting;
pub(crate) mod facts;
mod found;
pub(crate) mod keep;
pub(crate) mod look;
pub(crate) mod measures;
pub(crate) mod packs;
pub(crate) mod run;
