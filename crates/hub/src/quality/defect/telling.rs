//! Nodes with cases tell of values that people say are wrong: a narrow right, of exchanges of the node's own systems, by kind and field. Data
//! of persons are in none of it. Each is taken once, however often it is told; told again, the answer says how it stands.
//!
//! What differs from what a person says no rule may be able to measure. Such a defect stays until its owner has said that it is corrected.

use jiff::Timestamp;
use model::agency::{Name, Node};
use model::defect::{Answer, Met, SIGNED_AS, Standing, TELLING_MAX, Telling, Told};
use model::fault::{Fault, Words};
use model::service::{Offer, Service};
use quality::rule::{Defect as Group, Severity};
use serde_json::json;

use super::keep::{self, New};
use super::reporting::{has_grant, is_exchange, looking};
use super::{Entry, KIND, Origin, STORY, State};
use crate::audit::change::{Act, AuditContext, note};
use crate::members::read;
use crate::registry::Subject as _;
use crate::running::report::check_signature;
use crate::store::{Db, Tx, optional, run};
use crate::texts;

/// Longest key.
const KEY_MAX: usize = 200;
/// Most that is written down of one defect by its exchange; those after that are counted.
const NAMED_MAX: i64 = 500;

/// Reads what a node tells and checks that it is the node's, of one of its systems.
///
/// # Errors
/// [`Fault::BadReport`], [`Fault::BadDocument`], [`Fault::StoreFailed`].
pub(crate) async fn verify(
    tx: &mut Tx,
    bytes: &[u8],
    keyid: &str,
    signature: &str,
) -> Result<Telling, Fault> {
    let telling: Telling = read(bytes)?;
    let refused = |why| Fault::BadReport { why };
    let node = Node::load(tx, telling.node.as_str()).await?;
    let node = node.ok_or_else(|| refused(texts::node_unknown()))?;
    check_signature(tx, &node, (SIGNED_AS, bytes), keyid, signature).await?;
    if !node.systems.contains(&telling.client) {
        return Err(refused(texts::report_of_another(&telling.client)));
    }
    if telling.met.len() > TELLING_MAX {
        return Err(refused(texts::too_many_in(TELLING_MAX)));
    }
    Ok(telling)
}

/// Takes what was verified. What was taken before is only looked up.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn take(db: &Db, telling: &Telling, now: Timestamp) -> Result<Answer, Fault> {
    let reporter = telling.client.member().to_string();
    let mut told = Vec::new();
    // Who only asks how something stands waits behind nobody who writes.
    let mut tx = db.read().await?;
    for met in &telling.met {
        told.push(before(&mut tx, &reporter, met).await?);
    }
    drop(tx);
    if told.iter().any(Option::is_none) {
        let mut tx = db.write().await?;
        for (met, told) in telling.met.iter().zip(&mut told) {
            if told.is_none() {
                *told = Some(take_one(&mut tx, telling, (&reporter, met), now).await?);
            }
        }
        tx.commit().await?;
    }
    Ok(Answer { told: told.into_iter().flatten().collect() })
}

fn standing(state: &str) -> Result<Standing, Fault> {
    let state: State = state.parse().map_err(|()| Fault::StoreFailed { why: format!("state {state:?}") })?;
    Ok(match state {
        State::Open => Standing::Open,
        State::Correcting => Standing::Correcting,
        State::Closed => Standing::Closed,
        State::RuleGone => Standing::RuleGone,
    })
}

/// One that was taken before.
async fn before(tx: &mut Tx, reporter: &str, met: &Met) -> Result<Option<Told>, Fault> {
    let row: Option<(String, String)> = optional!(
        tx,
        "SELECT d.id, d.state FROM quality_defect_told t JOIN quality_defect d ON d.id = t.defect
         WHERE t.reporter = $1 AND t.name = $2" => reporter, &met.key
    )?;
    row.map(|(defect, state)| {
        let state = Some(standing(&state)?);
        Ok(Told { key: met.key.clone(), defect: Some(defect), state, refused: None })
    })
    .transpose()
}

async fn take_one(
    tx: &mut Tx,
    telling: &Telling,
    (reporter, met): (&str, &Met),
    now: Timestamp,
) -> Result<Told, Fault> {
    // Another hub on the store, or the line above, may have taken it meanwhile.
    if let Some(told) = before(tx, reporter, met).await? {
        return Ok(told);
    }
    let group = match check(tx, reporter, met).await? {
        Ok(group) => group,
        Err(why) => {
            let refused = Some(Name::from(why));
            return Ok(Told { key: met.key.clone(), defect: None, state: None, refused });
        }
    };
    let looked_for_by = looking(tx, (&met.service, &met.field, group), now)
        .await?
        .map(|(rules, _)| rules)
        .unwrap_or_default();
    let live: Option<(String, String)> = optional!(
        tx,
        "SELECT id, state FROM quality_defect WHERE service = $1 AND reporter = $2 AND field = $3 AND kind = $4
           AND origin = 'reported' AND state IN ('open', 'correcting') ORDER BY id LIMIT 1"
        => met.service.as_str(), reporter, &met.field, group.word()
    )?;
    let context = AuditContext::of_the_hub(telling.node.as_str(), texts::defect_of_case().vi(), now);
    let is_new = live.is_none();
    let (id, state) = match live {
        // Another record of the same field: its owner finds it by its exchange.
        Some((id, state)) => {
            run!(tx, "UPDATE quality_defect SET fails = fails + 1 WHERE id = $1" => &id)?;
            (id, standing(&state)?)
        }
        None => {
            let owner = met.service.system().member();
            let new = New {
                service: met.service.as_str(),
                owner: owner.as_str(),
                reporter,
                origin: Origin::Reported,
                rule: "",
                field: &met.field,
                kind: group.word(),
                severity: Severity::Warning.word(),
                fails: 1,
                gain: 0,
            };
            let entry = Entry {
                exchange: Some(met.exchange.clone()),
                unmeasured: looked_for_by.is_empty(),
                looked_for_by,
                ..Entry::default()
            };
            let holidays = keep::holidays(tx).await?;
            (keep::open(tx, &new, &entry, (&holidays, now)).await?, Standing::Open)
        }
    };
    if STORY.count(tx, &id).await? < NAMED_MAX {
        let said = texts::defect_of_case_in(&met.exchange);
        STORY.add(tx, &id, (telling.node.as_str(), "reported", said.vi()), now).await?;
    }
    run!(
        tx,
        "INSERT INTO quality_defect_told (reporter, name, defect, at) VALUES ($1, $2, $3, $4)"
        => reporter, &met.key, &id, now.to_string()
    )?;
    if is_new {
        let told = json!({ "service": met.service, "field": met.field, "kind": group.word(), "exchange": met.exchange });
        note(tx, &context, Act::Created, (KIND, &id), None, Some(told.to_string())).await?;
    }
    Ok(Told { key: met.key.clone(), defect: Some(id), state: Some(state), refused: None })
}

/// Whether it can be one at all: of a dataset that the agency was granted, and of a field of it. Else why not.
async fn check(tx: &mut Tx, reporter: &str, met: &Met) -> Result<Result<Group, Words>, Fault> {
    let is_key =
        (1..=KEY_MAX).contains(&met.key.len()) && met.key.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_key || !is_exchange(&met.exchange) {
        return Ok(Err(texts::defect_exchange()));
    }
    let Some(service) = Service::load(tx, met.service.as_str()).await? else {
        return Ok(Err(texts::defect_no_field(&short(&met.field), &met.service)));
    };
    if !has_grant(tx, &service.id, reporter).await? {
        return Ok(Err(texts::defect_own()));
    }
    let is_field = match &service.offer {
        Offer::Dataset(dataset) => dataset.fields.iter().any(|field| field.name == met.field),
        Offer::Http { .. } => false,
    };
    let group = Group::ALL.into_iter().find(|group| group.word() == met.kind);
    match group.filter(|_| is_field) {
        Some(group) => Ok(Ok(group)),
        None => Ok(Err(texts::defect_no_field(&short(&met.field), &service.id))),
    }
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}
