//! Whether a case can be carried by a procedure: facts are made before they are read, asks can be asked, answers can be told to be about whom
//! was asked. Nothing is found out only when a citizen sits at the desk.

mod flow;
mod itself;
mod offers;

use model::agency::Name;
use model::fault::{Fault, Words};
use model::procedure::{NUMBER, Party, Procedure};
use serde::Serialize;
use utoipa::ToSchema;

use crate::reuse::bind::Offers;
use crate::store::Tx;

/// Something that stands in the way, or should be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Where: members and numbers, `requirements.0.alternatives.0.asks.0.find`.
    pub(crate) place: String,
    /// What.
    pub(crate) told: Words,
    /// Whether a case can be carried all the same.
    pub(crate) warning: bool,
}

/// The same, as it is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProcedureFinding)]
pub(crate) struct Told {
    /// Where: members and numbers, `requirements.0.alternatives.0.asks.0.find`.
    place: String,
    /// What.
    name: Name,
    /// Whether a case can be carried all the same.
    warning: bool,
}

impl From<Finding> for Told {
    fn from(finding: Finding) -> Self {
        let name = Name { vi: finding.told.vi().to_owned(), en: finding.told.en().to_owned() };
        Self { place: finding.place, name, warning: finding.warning }
    }
}

/// What was found, in the order of the procedure's members.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn wrong(&mut self, place: impl Into<String>, told: Words) {
        self.0.push(Finding { place: place.into(), told, warning: false });
    }

    fn must(&mut self, holds: bool, place: impl Into<String>, told: impl FnOnce() -> Words) {
        if !holds {
            self.wrong(place, told());
        }
    }

    fn warn(&mut self, place: impl Into<String>, told: Words) {
        self.0.push(Finding { place: place.into(), told, warning: true });
    }
}

/// All that is to be said of a procedure as the registry stands, the first thing that cannot be met first.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn findings(tx: &mut Tx, procedure: &Procedure) -> Result<Vec<Finding>, Fault> {
    let mut found = of_itself(procedure);
    // What does not hold together is not held against what is offered.
    if found.iter().all(|finding| finding.warning) {
        let offers = Offers::load(tx, procedure).await?;
        found.extend(in_view_of(procedure, &offers));
        found.extend(offers::of_purpose(tx, procedure).await?);
    }
    Ok(found)
}

/// What a procedure says of itself.
pub(crate) fn of_itself(procedure: &Procedure) -> Vec<Finding> {
    let mut findings = Findings::default();
    itself::look(procedure, &mut findings);
    if findings.0.iter().all(|finding| finding.warning) {
        flow::look(procedure, &mut findings);
    }
    findings.0
}

/// What is to be said where these are the offers.
pub(crate) fn in_view_of(procedure: &Procedure, offers: &Offers) -> Vec<Finding> {
    let mut findings = Findings::default();
    offers::look(procedure, offers, &mut findings);
    findings.0
}

/// Whether a role is somebody who is there, and so is known by more than a number: a person whose case it is and whose number nobody says,
/// or who acts for them.
fn is_present(procedure: &Procedure, role: &str) -> bool {
    let is_person = procedure.role(role).is_some_and(|role| role.party == Party::Person);
    let own = procedure.roles.first().is_some_and(|first| first.id == role)
        && procedure.inputs.iter().all(|input| input.fact.strip_prefix(role) != Some(&format!(".{NUMBER}")));
    is_person && (own || procedure.acts_for.iter().any(|acts| acts.role == role))
}

#[cfg(test)]
mod tests;
