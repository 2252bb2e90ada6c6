//! The domain's terms as types: parse, check, print. No input or output, no async, no clock.

pub mod agency;
pub mod case;
pub mod codelist;
pub mod column;
pub mod condition;
pub mod contain;
pub mod database;
pub mod directory;
#[cfg(test)]
mod documents;
pub mod due;
pub mod ending;
pub mod endpoint;
pub mod fault;
pub mod gap;
pub mod grant;
pub mod id;
pub mod legal;
pub mod merkle;
pub mod metrics;
pub mod official;
pub mod person;
pub mod procedure;
pub mod renewal;
pub mod reuse_report;
pub mod scope;
pub mod service;
pub mod sight;
mod table;
pub mod tax;
pub mod term;
pub mod text;
mod texts;
pub mod time;
pub mod unit;
pub mod usage;
pub mod words;
