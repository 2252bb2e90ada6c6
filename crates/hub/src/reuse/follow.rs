//! What follows for procedures when something else changes: a contract that drops what one of them uses names it before it is in force, and
//! what nodes have of those that are concerned is made anew.

use model::directory::Part;
use model::fault::Fault;
use model::id::ServiceId;
use model::procedure::Procedure;

use crate::catalogue::contract::{Contract, Life};
use crate::registry::check::Gathered;
use crate::registry::parts::touch;
use crate::registry::{Subject as _, every};
use crate::reuse::bind::{self, Offers};
use crate::reuse::check::{Finding, in_view_of};
use crate::store::Tx;
use crate::texts;

/// Procedures that ask a service, or do something there.
async fn of_service(tx: &mut Tx, service: &ServiceId) -> Result<Vec<Procedure>, Fault> {
    every::<Procedure>(tx, &[("service", service.as_str())]).await
}

/// A service, or what is published of it, is another now.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn offered(tx: &mut Tx, service: &ServiceId) -> Result<(), Fault> {
    let parts: Vec<Part> = of_service(tx, service).await?.iter().flat_map(Procedure::parts).collect();
    touch(tx, &parts).await
}

/// A contract is written: one in force must not lack what a procedure uses that could be carried before.
///
/// # Errors
/// [`Fault::Mistaken`] names the procedures, [`Fault::StoreFailed`].
pub(crate) async fn contracted(tx: &mut Tx, contract: &Contract) -> Result<(), Fault> {
    if contract.life() < Some(Life::Active) {
        return Ok(());
    }
    let mut gathered = Gathered::default();
    let in_force = contract.life() < Some(Life::Retired);
    for procedure in of_service(tx, &contract.service).await?.iter().filter(|_| in_force) {
        let offers = Offers::load(tx, procedure).await?;
        // The newest in force counts, which need not be this one.
        let asked = bind::places_of(procedure, &contract.service);
        let concerns = |finding: &Finding| {
            !finding.warning && asked.iter().any(|place| finding.place.starts_with(place.as_str()))
        };
        let broken = in_view_of(procedure, &offers).into_iter().find(concerns);
        if let Some(finding) = broken {
            let what = model::fault::Words::new(
                format!("{} ({})", finding.told.vi(), finding.place),
                format!("{} ({})", finding.told.en(), finding.place),
            );
            gathered.wrong(
                (Contract::KIND, &contract.id),
                "odcs",
                texts::contract_drops(&procedure.id, &what),
            );
        }
    }
    gathered.done()?;
    offered(tx, &contract.service).await
}
