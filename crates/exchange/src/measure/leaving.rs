//! What of a measurement leaves the node: the report to the hub, made of what was kept, as `quality::report` lists it.

use jiff::civil::Date;
use model::fault::Fault;
use model::id::{NodeId, ServiceId};
use quality::report::{Head, Report};
use serde_json::Value;

use super::{Kept, Materials, materials};
use crate::folder::StateFolder;

/// The report of what was measured on a day. None: by another contract than the one that is here now, so its rules are not known any more.
///
/// # Errors
/// [`Fault::FileFailed`], as [`Materials::rules`].
pub(crate) fn report(
    folder: &StateFolder,
    node: &NodeId,
    (service, day): (&ServiceId, Date),
    materials: &Materials,
) -> Result<Option<Report>, Fault> {
    let Kept { about, state } = Kept::read(folder, service, day)?;
    let rules = materials.rules(service, day)?;
    if about.contract != format!("{}@{}", rules.dataset, rules.version) {
        return Ok(None);
    }
    let contract = materials.contracts.get(service);
    let text = |member: &str| contract.and_then(|contract| contract.get(member)).and_then(Value::as_str);
    let pack = materials::pack()?;
    let head = Head {
        node: node.clone(),
        service: service.clone(),
        from: about.began,
        to: about.ended,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        contract: format!("{}@{}", text("id").unwrap_or_default(), text("version").unwrap_or_default()),
        pack: pack.id.clone(),
        least: pack.least,
        keyless: about.keyless,
        lacking: about.lacking,
    };
    Ok(Some(Report::of(&state, &rules, head)))
}
