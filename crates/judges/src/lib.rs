//! Judges of the proof in [`model::contain`], none of which shares anything with it: trying every call of a small world through the decision
//! that nodes make, and over-reaches that are planted one by one; in `xtask/cedar`, apart from all of this, Cedar's symbolic check with an SMT
//! solver behind it.
//!
//! Pairs are made by dice from a seed, so that whatever fails is told by its seed and tried again by one command.

pub mod dice;
pub mod names;
pub mod pairs;
#[cfg(feature = "decide")]
pub mod planted;
pub mod procedures;
#[cfg(feature = "decide")]
pub mod verdict;
#[cfg(feature = "decide")]
pub mod world;
