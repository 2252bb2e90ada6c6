//! What a procedure asks for, held against what is offered: contracts in force and published scopes.

use std::collections::BTreeSet;

use model::endpoint::CallPath;
use model::fault::Fault;
use model::procedure::{Ask, Deed, Otherwise, Procedure, Use};
use model::service::Offer;

use super::{Finding, Findings};
use crate::catalogue::contract::Class;
use crate::reuse::bind::{Offered, Offers, bound, place_of_ask, published};
use crate::store::{Tx, all};
use crate::texts;

pub(super) fn look(procedure: &Procedure, offers: &Offers, findings: &mut Findings) {
    let (_, unbound) = bound(procedure, offers);
    let bound = published(procedure, offers);
    for (at, one) in bound.requirements.iter().enumerate() {
        let mut possible = false;
        let mut why = Vec::new();
        for (way, alternative) in one.alternatives.iter().enumerate() {
            let mut whole = !alternative.asks.is_empty();
            for (number, ask) in alternative.asks.iter().enumerate() {
                let place = place_of_ask(at, way, number);
                let inside = format!("{place}.");
                let mut told: Vec<_> =
                    unbound.iter().filter(|(place, _)| place.starts_with(&inside)).cloned().collect();
                let offered = offers.of(&ask.service);
                // Without a contract nothing is promised; where there is one, what it lacks is a mistake.
                let promised =
                    offered.is_some_and(|offered| offered.shape.is_some() && offered.dataset().is_some());
                if promised {
                    for (place, why) in told.drain(..) {
                        findings.wrong(place, why);
                    }
                }
                if let Some(offered) = offered {
                    of_ask(&place, ask, offered, findings);
                }
                whole &= promised && ask.published.as_ref().is_some_and(|days| !days.is_empty());
                if !promised {
                    why.push(texts::not_offered(&ask.service));
                } else if ask.published.as_ref().is_none_or(Vec::is_empty) {
                    why.push(texts::not_published(&ask.service));
                }
            }
            possible |= whole;
        }
        let silent = !possible && one.otherwise == Otherwise::Nothing;
        if let Some(why) = why.into_iter().next().filter(|_| !possible) {
            if silent {
                findings.wrong(format!("requirements.{at}"), texts::requirement_unmet(&why));
            } else {
                findings.warn(format!("requirements.{at}"), why);
            }
        }
    }
    for (at, deed) in procedure.deeds.iter().enumerate() {
        if let Some(offered) = offers.of(&deed.service) {
            of_deed(&format!("deeds.{at}"), deed, offered, findings);
        }
    }
}

fn of_ask(place: &str, ask: &Ask, offered: &Offered, findings: &mut Findings) {
    let Some(dataset) = offered.dataset() else {
        return findings.wrong(format!("{place}.service"), texts::no_dataset());
    };
    for field in ask.find.keys().chain(ask.question.iter().map(|question| &question.field)) {
        let filter = *field == dataset.key || dataset.field(field).is_none_or(|known| known.filter);
        findings.must(filter, format!("{place}.find.{field}"), || texts::not_filterable(field));
    }
    let shape = offered.shape.as_ref();
    for (at, claim) in ask.claims.iter().enumerate() {
        let place = format!("{place}.claims.{at}");
        if claim.how == Use::Absent {
            findings.must(offered.complete, place, texts::procedure_not_complete);
            continue;
        }
        let known = claim.field.as_ref().and_then(|field| shape?.field(field));
        let secret = known.is_some_and(|known| known.class == Some(Class::Secret));
        findings.must(!secret, place, || {
            texts::field_is_secret(known.map(|known| known.name.clone()).unwrap_or_default())
        });
    }
}

fn of_deed(place: &str, deed: &Deed, offered: &Offered, findings: &mut Findings) {
    let Some(service) = &offered.service else { return };
    let Offer::Http { endpoints } = &service.offer else {
        return findings.wrong(format!("{place}.service"), texts::no_http());
    };
    let fits = CallPath::parse(&deed.path)
        .is_ok_and(|path| endpoints.iter().any(|endpoint| endpoint.matches("POST", &path)));
    findings.must(fits, format!("{place}.path"), || texts::no_such_operation(&format!("POST {}", deed.path)));
    if let Some(outcome) = &deed.outcome {
        let fits = CallPath::parse(&format!("{outcome}/x"))
            .is_ok_and(|path| endpoints.iter().any(|endpoint| endpoint.matches("GET", &path)));
        let place = format!("{place}.outcome");
        findings.must(fits, place, || texts::no_such_operation(&format!("GET {outcome}/*")));
    }
    for field in deed.gives.keys() {
        let there = offered.shape.as_ref().is_none_or(|shape| shape.field(field).is_some());
        findings.must(there, format!("{place}.gives.{field}"), || texts::field_unknown(field));
    }
}

/// A purpose is of one procedure alone: a grant's fields hold for all its purposes.
pub(super) async fn of_purpose(tx: &mut Tx, procedure: &Procedure) -> Result<Vec<Finding>, Fault> {
    let others: Vec<(String,)> = all!(
        tx,
        "SELECT DISTINCT code FROM procedure_entry WHERE purpose = $1 AND code <> $2 ORDER BY code"
        => &procedure.purpose, procedure.code()
    )?;
    let others: BTreeSet<String> = others.into_iter().map(|(code,)| code).collect();
    let found = others.iter().next().map(|other| Finding {
        place: "purpose".to_owned(),
        told: texts::purpose_of_another(&procedure.purpose, other),
        warning: false,
    });
    Ok(found.into_iter().collect())
}
