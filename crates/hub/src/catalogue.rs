//! What there is: agencies and what they run, databases and duties, the dictionary, code lists, contracts; drafts of services, search, and
//! the catalogue for others.

pub mod agency;
pub(crate) mod claim;
pub mod codelist;
pub mod contract;
pub mod database;
pub(crate) mod dcat;
pub mod draft;
pub mod duty;
pub mod legal;
pub(crate) mod mqa;
pub(crate) mod official;
pub(crate) mod open;
pub(crate) mod overlap;
pub(crate) mod rdf;
pub(crate) mod search;
pub mod service;
pub(crate) mod skos;
pub mod term;
pub(crate) mod term_table;
