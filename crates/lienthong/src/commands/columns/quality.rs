//! The columns of quality, of defects, and of tasks with their measures.

pub(crate) const QUALITY: &[&str] = &[
    "id",
    "name.vi",
    "name.en",
    "owner",
    "overall.value",
    "overall.band",
    "criteria.accurate.value",
    "criteria.complete.value",
    "criteria.clean.value",
    "criteria.live.value",
    "criteria.consistent.value",
    "criteria.shared.value",
    "alerts",
    "datasets",
    "datasets_measured",
    "measured_at",
    "defects",
];
pub(crate) const QUALITY_HISTORY: &[&str] = &[
    "id",
    "day",
    "measured_at",
    "scores.overall.value",
    "scores.criteria.accurate.value",
    "scores.criteria.complete.value",
    "scores.criteria.clean.value",
    "scores.criteria.live.value",
    "scores.criteria.consistent.value",
    "scores.alerts",
];
pub(crate) const COMPARED: &[&str] =
    &["id", "a.service", "a.field", "b.service", "b.field", "state", "found.a", "found.b", "found.both"];
pub(crate) const QUALITY_UNITS: &[&str] =
    &["code", "name", "rows", "band", "worst.service", "worst.rule", "worst.fails", "worst.rows"];
pub(crate) const DEFECTS: &[&str] =
    &["id", "service", "owner", "field", "rule", "fails", "gain", "state", "opened_at", "due.by", "times"];
pub(crate) const TASKS: &[&str] = &[
    "id",
    "directive",
    "text.vi",
    "text.en",
    "lead",
    "state",
    "deadline",
    "extended_to",
    "time_left.by",
    "time_left.days",
    "verdict",
    "measures",
    "claimed_on",
    "done_on",
];
pub(crate) const MEASURES: &[&str] = &["id", "name.vi", "name.en", "unit", "of_database", "least", "most"];
