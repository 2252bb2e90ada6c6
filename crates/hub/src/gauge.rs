//! What the hub observes, as measures by name; and the step that closes tasks by them and opens them again (`directive/`).

pub(crate) mod step;
pub(crate) mod value;
