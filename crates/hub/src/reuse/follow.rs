//! What follows for procedures when something else changes: a contract that drops what one of them uses names it before it is in force, and
//! what nodes have of those that are concerned is made anew.

use std::collections::BTreeSet;

use model::directory::Part;
use model::fault::{Fault, Words};
use model::grant::Grant;
use model::id::ServiceId;
use model::procedure::Procedure;
use model::scope::Scope;
use model::service::Service;

use crate::audit::change::AuditContext;
use crate::catalogue::contract::{Contract, Life};
use crate::granting::grant::OF_SCOPES;
use crate::registry::check::{Gathered, contradictory};
use crate::registry::parts::touch;
use crate::registry::{Subject as _, every};
use crate::reuse::bind::{self, Offers};
use crate::reuse::check::{Finding, in_view_of};
use crate::reuse::compile::{self, Times};
use crate::store::Tx;
use crate::texts;

/// Procedures that ask a service, or do something there.
async fn of_service(tx: &mut Tx, service: &ServiceId) -> Result<Vec<Procedure>, Fault> {
    every::<Procedure>(tx, &[("service", service.as_str())]).await
}

/// What a change touches of reuse: services of which grants and procedures are to be made anew, once each.
#[derive(Default)]
pub(crate) struct Touched {
    services: BTreeSet<ServiceId>,
    /// Grants that follow from scopes and were written as documents, by whoever brings a whole registry.
    written: Vec<Grant>,
}

impl Touched {
    pub(crate) fn service(&mut self, service: &ServiceId) {
        self.services.insert(service.clone());
    }

    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn scope(&mut self, tx: &mut Tx, scope: &Scope) -> Result<(), Fault> {
        self.service(&scope.service);
        self.services.extend(compile::services_of(tx, "scopes", &scope.id).await?);
        Ok(())
    }

    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn procedure(&mut self, tx: &mut Tx, procedure: &Procedure) -> Result<(), Fault> {
        self.services.extend(bind::services(procedure).into_iter().cloned());
        self.services.extend(compile::services_of(tx, "procedures", &procedure.id).await?);
        Ok(())
    }

    pub(crate) fn grant(&mut self, grant: &Grant) {
        self.service(&grant.service);
        self.written.push(grant.clone());
    }

    /// Makes all of it anew.
    ///
    /// # Errors
    /// [`Fault::Contradictory`] if a grant was written that does not follow, or there is no room in the directory; [`Fault::StoreFailed`].
    pub(crate) async fn settle(self, tx: &mut Tx, context: &AuditContext) -> Result<(), Fault> {
        for service in &self.services {
            compile::renew(tx, service, context).await?;
            offered(tx, service).await?;
        }
        for grant in &self.written {
            let follows = compile::follows(tx, &grant.id).await?;
            if !follows || Grant::load(tx, &grant.id).await?.as_ref() != Some(grant) {
                return Err(contradictory((Grant::KIND, &grant.id), texts::grant_name_of_scopes(OF_SCOPES)));
            }
        }
        Ok(())
    }
}

/// A service, or what is published of it, is another now.
async fn offered(tx: &mut Tx, service: &ServiceId) -> Result<(), Fault> {
    let parts: Vec<Part> = of_service(tx, service).await?.iter().flat_map(Procedure::parts).collect();
    touch(tx, &parts).await
}

/// A contract is written: one in force must not lack what a procedure uses that could be carried before, nor may the last one end that it
/// cannot be carried without.
///
/// # Errors
/// [`Fault::Mistaken`] names the procedures, [`Fault::StoreFailed`].
pub(crate) async fn contracted(tx: &mut Tx, contract: &Contract) -> Result<(), Fault> {
    if contract.life() < Some(Life::Active) {
        return Ok(());
    }
    let mut gathered = Gathered::default();
    for (procedure, what) in broken(tx, &contract.service).await? {
        gathered.wrong((Contract::KIND, &contract.id), "odcs", texts::contract_drops(&procedure, &what));
    }
    gathered.done()
}

/// A service is written: it must not lose what a procedure asks or does there, such as a field that records are found by.
///
/// # Errors
/// [`Fault::Mistaken`] names the procedures, [`Fault::StoreFailed`].
pub(crate) async fn served(tx: &mut Tx, service: &Service) -> Result<(), Fault> {
    let mut gathered = Gathered::default();
    for (procedure, what) in broken(tx, &service.id).await? {
        gathered.wrong((Service::KIND, service.id.as_str()), "", texts::service_drops(&procedure, &what));
    }
    gathered.done()
}

/// Procedures that cannot be carried as the service is offered now, each with the first thing that it lacks of it. Those by which no case
/// goes on any more are left alone.
async fn broken(tx: &mut Tx, service: &ServiceId) -> Result<Vec<(String, Words)>, Fault> {
    let times = Times::load(tx).await?;
    let (mut offers, mut found) = (Offers::default(), Vec::new());
    for procedure in of_service(tx, service).await?.iter().filter(|one| times.goes_on(one)) {
        offers.add(tx, procedure).await?;
        let asked = bind::places_of(procedure, service);
        let concerns = |finding: &Finding| {
            let place = format!("{}.", finding.place);
            !finding.warning && asked.iter().any(|one| place.starts_with(one) || one.starts_with(&place))
        };
        if let Some(finding) = in_view_of(procedure, &offers).into_iter().find(concerns) {
            let told = |text: &str| format!("{text} ({})", finding.place);
            let what = Words::new(told(finding.told.vi()), told(finding.told.en()));
            found.push((procedure.id.clone(), what));
        }
    }
    Ok(found)
}
