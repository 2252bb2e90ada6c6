//! The hub's store: what of the crate `store` it uses, and the steps of its schema. A change, its entry in the audit trail and all that
//! follows from it commit together or not at all. See `docs/decisions/0003-store.md`.

pub use ::store::{Db, Tx};
pub(crate) use ::store::{
    On, all, failed, from_json, from_text, moment, on, optional, readable, run, to_json,
};

/// Writers of all hubs on one PostgreSQL queue behind this key: so numbers of changes appear in order.
pub(crate) const WRITER: i64 = 0x6c69_656e_7468_6f6e;

/// The steps of the schema, oldest first. A step that was released is never edited; the next is added.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("store/migrations/0001_registry.sql"),
    include_str!("store/migrations/0002_catalogue.sql"),
    include_str!("store/migrations/0003_term.sql"),
    include_str!("store/migrations/0004_audit_chain.sql"),
    include_str!("store/migrations/0005_officer_agency.sql"),
    include_str!("store/migrations/0006_accounts.sql"),
    include_str!("store/migrations/0007_lists.sql"),
    include_str!("store/migrations/0008_code_lists.sql"),
    include_str!("store/migrations/0009_contracts.sql"),
    include_str!("store/migrations/0010_usage.sql"),
    include_str!("store/migrations/0011_requests.sql"),
    include_str!("store/migrations/0012_search.sql"),
    include_str!("store/migrations/0013_rows.sql"),
    include_str!("store/migrations/0014_gaps.sql"),
    include_str!("store/migrations/0015_flaws.sql"),
    include_str!("store/migrations/0016_places.sql"),
    include_str!("store/migrations/0017_node_keys.sql"),
    include_str!("store/migrations/0018_ahead.sql"),
    include_str!("store/migrations/0019_devices.sql"),
    include_str!("store/migrations/0020_commands.sql"),
    include_str!("store/migrations/0021_references.sql"),
    include_str!("store/migrations/0022_standing.sql"),
    include_str!("store/migrations/0023_intervals.sql"),
    include_str!("store/migrations/0024_refusals.sql"),
    include_str!("store/migrations/0025_confirmed.sql"),
    include_str!("store/migrations/0026_incidents.sql"),
    include_str!("store/migrations/0027_briefs.sql"),
    include_str!("store/migrations/0028_notices.sql"),
    include_str!("store/migrations/0030_bloc.sql"),
    include_str!("store/migrations/0031_quality.sql"),
    include_str!("store/migrations/0032_lists.sql"),
    include_str!("store/migrations/0033_papers.sql"),
    include_str!("store/migrations/0034_bounds.sql"),
    include_str!("store/migrations/0035_defects.sql"),
    include_str!("store/migrations/0036_reuse.sql"),
    include_str!("store/migrations/0037_classes.sql"),
    include_str!("store/migrations/0038_measures.sql"),
    include_str!("store/migrations/0039_told_defects.sql"),
    include_str!("store/migrations/0040_overlap.sql"),
    include_str!("store/migrations/0041_tasks.sql"),
    include_str!("store/migrations/0042_assess.sql"),
    include_str!("store/migrations/0045_overlap_signed.sql"),
];
