//! Directives and the tasks that they order: the text, its clauses, who must do what by when, and how far it is (R16). A task is done when
//! its condition holds: a measure of what the hub observes, which opens it again when it holds no more (`gauge/`); an artefact; or another
//! agency's word. A deadline stays what it was; what was put off is told beside it. What the one who is judged says closes nothing that is
//! measured or reviewed. How a task stands follows from its rows and the day alone (`state.rs`).

pub(crate) mod acting;
pub mod condition;
pub(crate) mod doing;
pub(crate) mod glance;
pub(crate) mod list;
pub mod measure;
pub(crate) mod part;
pub(crate) mod show;
pub(crate) mod standing;
pub(crate) mod state;
pub mod task;
pub mod text;

/// The word for tasks in the audit trail, as their kind has it.
pub(crate) const KIND: &str = "Task";
