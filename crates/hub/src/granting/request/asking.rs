//! Whether what is asked for can be granted at all: all that is wrong with it, told at once; and what would come of it.

use jiff::civil::Date;
use model::fault::Fault;
use model::grant::Grant;
use model::service::Service;
use model::time::day_in_viet_nam;
use serde_json::json;

use super::ability::{self, Ability};
use super::{KIND, RequestContent, first_step, grant_of};
use crate::audit::change::AuditContext;
use crate::audit::right::Right;
use crate::granting::pack::{self, RulePack};
use crate::registry::Subject as _;
use crate::registry::check::{Gathered, check_text, contradictory, require};
use crate::registry::references;
use crate::store::Tx;
use crate::texts;

/// What the grant would be able to do that is asked for. Nothing is written.
///
/// # Errors
/// As [`super::open`].
pub(crate) async fn preview(
    tx: &mut Tx,
    asking: &RequestContent,
    context: &AuditContext,
) -> Result<Ability, Fault> {
    context.may(Right::Ask)?;
    context.covers((KIND, asking.client.as_str()), &[asking.client.member()])?;
    let pack = pack::newest(tx).await?;
    let today = day_in_viet_nam(context.at);
    check(tx, asking, &pack, today).await?;
    let service = require::<Service>(tx, (KIND, asking.service.as_str()), asking.service.as_str()).await?;
    let grant = grant_of(asking, "yeu-cau", asking.uses.clone(), asking.valid_to);
    ability::of(tx, &service, &grant, today).await
}

/// Whether what is asked for can be granted at all.
pub(super) async fn check(
    tx: &mut Tx,
    asking: &RequestContent,
    pack: &RulePack,
    today: Date,
) -> Result<(), Fault> {
    let subject = (KIND, asking.service.as_str());
    let mut gathered = Gathered::default();
    gathered.take("type", first_step(pack, asking).map(drop))?;
    gathered.take("statement", check_text(subject, "statement", &asking.statement))?;
    gathered.take("volume", check_text(subject, "volume", &asking.volume))?;
    if let Some(sla) = &asking.sla {
        gathered.take("sla", check_text(subject, "sla", sla))?;
    }
    gathered.must(asking.valid_to > today, subject, "valid_to", texts::request_past);
    // What a grant must be, it must be; under a name that nobody has.
    let grant = grant_of(asking, "yeu-cau", asking.uses.clone(), asking.valid_to);
    gathered.take("", references::check(tx, subject, &json!(asking), &grant.references(), false).await)?;
    gathered.take("", grant.check(tx).await)?;
    let kind = pack.request_type(&asking.kind);
    if kind.is_some_and(|kind| kind.needs_duty) {
        gathered.take("duty", check_entitled(tx, asking).await)?;
    }
    gathered.take("renews", check_renewal(tx, asking, kind.is_some_and(|kind| kind.needs_grant)).await)?;
    gathered.done()
}

/// A renewal is of a grant that there is, and changes when it ends and nothing else.
async fn check_renewal(tx: &mut Tx, asking: &RequestContent, is_renewal: bool) -> Result<(), Fault> {
    let subject = (KIND, asking.service.as_str());
    if !is_renewal {
        // Its grant would otherwise take the place of one that is somebody else's.
        return match asking.renews {
            Some(_) => Err(contradictory(subject, texts::request_renews_nothing())),
            None => Ok(()),
        };
    }
    let Some(name) = asking.renews.as_deref().filter(|name| !name.is_empty()) else {
        return Err(contradictory(subject, texts::renewal_names_none()));
    };
    let grant = require::<Grant>(tx, subject, name).await?;
    if grant.client != asking.client || grant.service != asking.service {
        return Err(contradictory(subject, texts::renewal_of_another(name)));
    }
    let renewed = grant_of(asking, name, asking.uses.clone(), asking.valid_to);
    if (Grant { valid_from: grant.valid_from, valid_to: renewed.valid_to, ..grant })
        != (Grant { valid_from: grant.valid_from, ..renewed })
    {
        return Err(contradictory(subject, texts::renewal_changes_more(name)));
    }
    Ok(())
}

/// A request of type 1 needs no case-by-case approval because a duty entitles the applicant, within the terms that the holder of the
/// datum has published: what nobody but the applicant has seen is not granted.
pub(super) async fn check_entitled(tx: &mut Tx, asking: &RequestContent) -> Result<(), Fault> {
    let subject = (KIND, asking.service.as_str());
    let name = asking.duty.as_deref().unwrap_or_default();
    if name.is_empty() {
        return Err(contradictory(subject, texts::duty_not_named()));
    }
    let duty: model::database::Duty = require(tx, subject, name).await?;
    let receiver = asking.client.member();
    if duty.service.as_ref() != Some(&asking.service) || !duty.receivers.contains(&receiver) {
        return Err(contradictory(subject, texts::duty_not_for(name, &receiver)));
    }
    let Some(terms) = &duty.terms else {
        return Err(contradictory(subject, texts::duty_without_terms(name)));
    };
    let exceeded = terms.exceeded_by(&grant_of(asking, "yeu-cau", asking.uses.clone(), asking.valid_to));
    if !exceeded.is_empty() {
        let exceeded = exceeded.join(", ");
        return Err(contradictory(subject, texts::duty_exceeded(name, &exceeded)));
    }
    Ok(())
}
