//! The columns of assessments, of reuse, and of the catalogue's metadata.

/// Agencies of a period.
pub(crate) const ASSESSMENTS: &[&str] = &[
    "agency",
    "name.vi",
    "assessed.level",
    "assessed.observed",
    "assessed.coverage",
    "assessed.claimed",
    "assessed.gap",
    "assessed.not_met",
    "assessed.not_measured",
];
/// Periods that were assessed.
pub(crate) const ASSESSED_PERIODS: &[&str] = &["period", "pack", "as_of", "frozen_at", "evidence_sha256"];
/// Criteria of an agency.
pub(crate) const ASSESSED_CRITERIA: &[&str] = &[
    "criterion",
    "name.vi",
    "assessed.state",
    "assessed.value",
    "assessed.bound",
    "assessed.claimed",
    "assessed.class",
    "assessed.since",
    "gain",
];
/// Packs of assessments.
pub(crate) const ASSESS_PACKS: &[&str] =
    &["id", "name.vi", "criteria", "effective_from", "announced_at", "second_hand"];
/// The catalogue's metadata by the method of data.europa.eu.
pub(crate) const MQA: &[&str] = &["indicator", "dimension", "measured", "satisfying", "of", "points", "most"];
/// What of a bundle was computed anew.
pub(crate) const VERIFIED: &[&str] =
    &["agency", "period", "pack", "pack_sha256", "evidence_sha256", "result_sha256"];
/// Where one differs.
pub(crate) const BUNDLE_DIFFERENCES: &[&str] = &["place", "told", "computed"];
/// Reuse as it was counted.
pub(crate) const REUSE: &[&str] = &[
    "name.vi",
    "id",
    "measured",
    "withheld",
    "cases",
    "applicable",
    "reused",
    "reuse",
    "coverage",
    "papers_asked",
    "re_asks",
    "re_ask_rate",
];
/// Papers, and whether they could be dropped.
pub(crate) const REUSE_PAPERS: &[&str] =
    &["name.vi", "paper", "procedure", "verdict", "applicable", "shown", "shown_at_least", "differing"];
/// Those of assessments, for the test of heads.
#[cfg(test)]
pub(super) const ALL: [&[&str]; 7] =
    [ASSESSMENTS, ASSESSED_PERIODS, ASSESSED_CRITERIA, ASSESS_PACKS, VERIFIED, BUNDLE_DIFFERENCES, MQA];
