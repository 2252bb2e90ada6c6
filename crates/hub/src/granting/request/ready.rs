//! What must be there before a step can end: papers, the checklist, a test call that was seen.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use model::fault::{Fault, Words};
use model::time::day_in_viet_nam;
use serde::Serialize;
use utoipa::ToSchema;

use crate::catalogue::contract::{self, Class};
use crate::granting::pack::{By, Granted, RulePack, Step, Ticked};
use crate::granting::request::{KIND, Request, not_so};
use crate::store::{Tx, optional};
use crate::texts;

/// What a request still lacks, for those who work on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Lacking {
    /// Papers that are not there.
    pub(crate) papers: Vec<String>,
    /// Papers that no longer hold.
    pub(crate) expired: Vec<String>,
    /// Points of the checklist that are open.
    pub(crate) points: Vec<String>,
    /// Whether a test call must be made and was not seen.
    pub(crate) test_call: bool,
}

impl Lacking {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether a step can end.
pub(crate) async fn check(
    tx: &mut Tx,
    request: &Request,
    pack: &RulePack,
    step: &Step,
    today: Date,
) -> Result<(), Fault> {
    let lacking = lacking(tx, request, pack, step, today).await?;
    if lacking.is_empty() {
        return Ok(());
    }
    let mut missing: Vec<Words> = Vec::new();
    missing.extend(lacking.papers.iter().map(|paper| Words::quoted(format!("papers.{paper}"))));
    missing.extend(lacking.expired.iter().map(|paper| texts::paper_expired(paper)));
    missing.extend(lacking.points.iter().map(|item| Words::quoted(format!("checklist.{item}"))));
    if lacking.test_call {
        missing.push(texts::test_call());
    }
    let missing = Words::joined(&missing, ", ");
    Err(Fault::Contradictory {
        subject: format!("{KIND} {}", request.id),
        why: texts::step_lacks(&step.id, &missing),
    })
}

/// What is lacking for a step to end.
pub(crate) async fn lacking(
    tx: &mut Tx,
    request: &Request,
    pack: &RulePack,
    step: &Step,
    today: Date,
) -> Result<Lacking, Fault> {
    let mut lacking = Lacking::default();
    let kind = pack.request_type(&request.asking.kind);
    // Papers are needed before the grant as it was asked for.
    if step.grants == Some(Granted::Full) {
        for id in kind.map_or(&[][..], |kind| &kind.papers) {
            let Some(handed) = request.papers.get(id) else {
                lacking.papers.push(id.clone());
                continue;
            };
            let months = pack.paper(id).and_then(|paper| paper.months);
            let until = months
                .and_then(|months| day_in_viet_nam(handed.at).checked_add(i64::from(months).months()).ok());
            if until.is_some_and(|until| until <= today) {
                lacking.expired.push(id.clone());
            }
        }
    }
    if step.needs_checklist {
        let points = checklist(tx, request, pack).await?;
        lacking.points = points.into_iter().filter(|(_, point)| !point.done).map(|(id, _)| id).collect();
    }
    if step.needs_test_call {
        lacking.test_call = !test_call_seen(tx, request).await?;
    }
    Ok(lacking)
}

/// A point of the checklist, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ChecklistPoint)]
pub(crate) struct Point {
    /// Whether it holds.
    pub(crate) done: bool,
    /// Whether the hub sees by itself whether it does.
    pub(crate) seen_by_itself: bool,
    /// What shows it.
    pub(crate) evidence: Option<String>,
}

/// The checklist of a request, as it stands; empty if its way of sharing has none.
pub(crate) async fn checklist(
    tx: &mut Tx,
    request: &Request,
    pack: &RulePack,
) -> Result<BTreeMap<String, Point>, Fault> {
    let mut points = BTreeMap::new();
    let Some(list) = pack.checklist.as_ref().filter(|list| list.for_modes.contains(&request.asking.mode))
    else {
        return Ok(points);
    };
    let contract = contract::in_force(tx, &request.asking.service).await?;
    let shape = contract.as_ref().map(|contract| contract.shape());
    for item in &list.items {
        let by_contract = |holds: bool| Point {
            done: holds && contract.is_some(),
            seen_by_itself: true,
            evidence: contract.as_ref().map(|contract| contract.id.clone()),
        };
        let fields = shape.as_ref().map_or(&[][..], |shape| &shape.fields);
        let point = match item.by {
            Ticked::Applicant | Ticked::Owner => {
                let handed = request.ticked.get(&item.id);
                Point {
                    done: handed.is_some(),
                    seen_by_itself: false,
                    evidence: handed.map(|handed| handed.text.clone()),
                }
            }
            Ticked::ContractBound => {
                by_contract(!fields.is_empty() && fields.iter().all(|field| field.binding.is_some()))
            }
            Ticked::ContractKeys => by_contract(fields.iter().any(|field| field.key && field.required)),
            Ticked::ContractNoSecret => by_contract(
                fields.iter().all(|field| field.class.is_some_and(|class| class != Class::Secret)),
            ),
            Ticked::Always => {
                Point { done: true, seen_by_itself: true, evidence: Some(texts::by_nodes().both()) }
            }
        };
        points.insert(item.id.clone(), point);
    }
    Ok(points)
}

/// Who ticks a point by hand.
pub(crate) fn who_ticks(request: &Request, pack: &RulePack, item: &str) -> Result<By, Fault> {
    let items = pack.checklist.as_ref().map_or(&[][..], |list| &list.items);
    match items.iter().find(|known| known.id == item).map(|item| item.by) {
        Some(Ticked::Applicant) => Ok(By::Applicant),
        Some(Ticked::Owner) => Ok(By::Owner),
        Some(_) => Err(not_so(request, texts::point_by_hub(item))),
        None => Err(not_so(request, texts::no_such_point(item))),
    }
}

/// Whether the provider's node has reported an answered call of this system for a purpose that is a test.
async fn test_call_seen(tx: &mut Tx, request: &Request) -> Result<bool, Fault> {
    let row: Option<(String,)> = optional!(
        tx,
        "SELECT d.day FROM usage_day d JOIN purpose p ON p.code = d.purpose
         WHERE d.client = $1 AND d.service = $2 AND d.counted = 'provider' AND p.test AND d.answered > 0 LIMIT 1"
        => request.asking.client.as_str(), request.asking.service.as_str()
    )?;
    Ok(row.is_some())
}
