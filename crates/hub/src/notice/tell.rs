//! Telling people: of each cause those whom it is for, each of them once. It is written down that a cause was told of in the transaction in
//! which the notices are, so whatever breaks off and however many hubs look, nothing is lost and nothing is told twice.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use model::ending::Ending;
use model::fault::Fault;

use super::cause::{Cause, Names, Scope, To, Which, happened, incidents, mark, requests, standing};
use super::setting;
use super::{Kind, Why, agency_of, outbox, word};
use crate::audit::right::Role;
use crate::people::account::Account;
use crate::people::store;
use crate::store::{Db, Tx, all, optional, readable, run};

/// How often all that stands is looked through: clocks go by days.
const ALL_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// Causes that are looked at in one look whether they still stand.
const SETTLED_AT_ONCE: i64 = 20_000;

/// What is remembered between two looks, so that the store is not asked for what is known.
#[derive(Default)]
pub(crate) struct Memory {
    told: BTreeSet<String>,
    all_at: Option<Timestamp>,
}

impl Memory {
    /// Whether all that stands is to be looked through.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.all_at.is_none_or(|at| now < at || now >= at + ALL_AFTER)
    }
}

/// Looks what is to be told of, and tells it. `endings` count when all is due. Returns how many notices were written.
///
/// # Errors
/// [`Fault::StoreFailed`]; nothing was told then.
pub(crate) async fn look(
    db: &Db,
    endings: &[Ending],
    memory: &mut Memory,
    now: Timestamp,
) -> Result<usize, Fault> {
    let whole = memory.is_due(now);
    let mut tx = db.read().await?;
    let at = mark(&mut tx).await?;
    let behind = at.seen < at.newest;
    let mut is_new = behind;
    let mut stands = BTreeSet::new();
    for cause in gather(&mut tx, (whole, behind), endings, now).await? {
        is_new |= !memory.told.contains(&cause.key) && !was_told(&mut tx, &cause.key).await?;
        stands.insert(cause.key);
    }
    let settled = if whole { settled(&mut tx, &stands).await? } else { Vec::new() };
    drop(tx);
    let mut written = 0;
    if is_new || !settled.is_empty() {
        let mut tx = db.write().await?;
        // As it is now, and not as it was before others had written.
        let mut causes = happened(&mut tx).await?;
        causes.extend(gather(&mut tx, (whole, behind), endings, now).await?);
        stands.extend(causes.iter().map(|cause| cause.key.clone()));
        written = tell(&mut tx, causes, now).await?;
        for cause in settled {
            run!(tx, "UPDATE notice SET read_at = $2 WHERE cause = $1 AND read_at IS NULL" => cause, now.to_string())?;
        }
        tx.commit().await?;
    }
    if whole {
        memory.all_at = Some(now);
        memory.told = stands;
    } else {
        memory.told.extend(stands);
    }
    Ok(written)
}

async fn gather(
    tx: &mut Tx,
    (all, behind): (bool, bool),
    endings: &[Ending],
    now: Timestamp,
) -> Result<Vec<Cause>, Fault> {
    if all {
        return standing(tx, Scope::All, endings, now).await;
    }
    let mut causes = incidents(tx, Scope::All, now).await?;
    if behind {
        causes.extend(requests(tx, Scope::All, now).await?);
    }
    Ok(causes)
}

/// What was told of as waiting or standing, and does so no more: whoever has not read it need not.
///
/// What ends at a hub is left to whoever reads of it: each of several hubs on a store knows its own certificates only.
async fn settled(tx: &mut Tx, stands: &BTreeSet<String>) -> Result<Vec<String>, Fault> {
    let unread: Vec<(String,)> = all!(
        tx,
        "SELECT DISTINCT cause FROM notice WHERE read_at IS NULL AND kind IN
             ('request_waits', 'deadline_near', 'deadline_over', 'grant_ends', 'claim_waits', 'certificate_ends', 'incident', 'task_soon', 'task_late',
              'task_reopened', 'task_review')
             AND NOT (kind = 'certificate_ends' AND about_kind = 'Hub') LIMIT $1"
        => SETTLED_AT_ONCE
    )?;
    Ok(unread.into_iter().map(|(cause,)| cause).filter(|cause| !stands.contains(cause)).collect())
}

async fn was_told(tx: &mut Tx, key: &str) -> Result<bool, Fault> {
    let row: Option<(String,)> = optional!(tx, "SELECT cause FROM notice_cause WHERE cause = $1" => key)?;
    Ok(row.is_some())
}

/// People by their agency, each agency asked for once.
#[derive(Default)]
struct People(BTreeMap<String, Vec<Account>>);

impl People {
    async fn of(&mut self, tx: &mut Tx, to: &To) -> Result<&[Account], Fault> {
        let agency = agency_of(to.agency.as_ref()).to_owned();
        if !self.0.contains_key(&agency) {
            let active = store::active(tx, to.agency.as_ref().map(|agency| agency.as_str())).await?;
            self.0.insert(agency.clone(), active);
        }
        Ok(self.0.get(&agency).map_or(&[], Vec::as_slice))
    }

    /// Whom a cause is told to, and why each. What nobody at an agency may act on comes before the hub.
    async fn of_cause(
        &mut self,
        tx: &mut Tx,
        cause: &Cause,
    ) -> Result<BTreeMap<String, (Account, Why)>, Fault> {
        let mut told = BTreeMap::new();
        for to in &cause.to {
            for account in self.of(tx, to).await? {
                if let Some(why) = cause.why(&account.officer()) {
                    told.insert(account.name.clone(), (account.clone(), why));
                }
            }
        }
        let must = cause.to.iter().any(|to| to.why == Why::Act && to.agency.is_some());
        if must && !told.values().any(|(_, why)| *why == Why::Act) {
            let hub = To::new(None, Which::Are(Role::HubOfficer), Why::Nobody);
            for account in self.of(tx, &hub).await? {
                if hub.takes(&account.officer()) {
                    told.entry(account.name.clone()).or_insert((account.clone(), Why::Nobody));
                }
            }
        }
        Ok(told)
    }
}

/// Tells causes that were not told of yet. Returns how many notices were written.
async fn tell(tx: &mut Tx, causes: Vec<Cause>, now: Timestamp) -> Result<usize, Fault> {
    let (mut people, mut names) = (People::default(), Names::default());
    let mut letters: BTreeMap<String, Vec<(i64, Kind)>> = BTreeMap::new();
    for cause in causes {
        let is_new = run!(
            tx,
            "INSERT INTO notice_cause (cause, at) VALUES ($1, $2) ON CONFLICT DO NOTHING" => &cause.key, now.to_string()
        )?;
        if is_new == 0 {
            continue;
        }
        let told = people.of_cause(tx, &cause).await?;
        if told.is_empty() {
            continue;
        }
        let words = names.say(tx, &cause.said).await?;
        for (name, (account, why)) in told {
            let row: Option<(i64,)> = optional!(
                tx,
                "INSERT INTO notice (account, agency, cause, kind, about_kind, about, at, until, why, vi, en)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (account, cause) DO NOTHING RETURNING id"
                => &name, agency_of(account.agency.as_ref()), &cause.key, word(cause.kind), cause.about.0, &cause.about.1,
                   now.to_string(), cause.until.map(|day| day.to_string()), word(why), words.vi(), words.en()
            )?;
            letters.entry(name).or_default().extend(row.map(|(id,)| (id, cause.kind)));
        }
    }
    let mut written = 0;
    for (account, notices) in letters {
        let wishes =
            readable(setting::of(tx, &account).await, "NoticeSetting", &account)?.unwrap_or_default();
        outbox::put(tx, &account, &wishes, &notices, now).await?;
        written += notices.len();
    }
    Ok(written)
}
