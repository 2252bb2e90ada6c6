//! Datasets kept in step: what a source's commits tell each receiver, in order, durably and provably, and how a receiver takes it.
//!
//! No network and no clock: whoever drives this hands in commits and rows, carries questions and answers, and runs transactions. So a seed
//! replays all of it. What is written to disk goes through `disk`.

pub mod chain;
pub mod feed;
pub mod follow;
pub mod held;
pub mod line;
pub mod log;
pub mod message;
pub mod park;
#[cfg(test)]
mod tests;
pub mod view;
