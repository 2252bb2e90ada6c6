//! What waits or stands now: requests at their steps, clocks, grants and certificates that end, incidents, claims.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use model::database::Database;
use model::ending::{Ending, NEAR_DAYS, Tense};
use model::fault::{Fault, Words};
use model::id::MemberId;
use model::time::day_in_viet_nam;

use super::{Cause, Said, To, Which, defects, key, owner_of, tasks};
use crate::audit::right::{Right, Role};
use crate::catalogue::claim::{self, Claimed, Confirmed};
use crate::granting::pack::{By, RulePack};
use crate::granting::request::RequestContent;
use crate::notice::{Kind, Why, word};
use crate::registry::{self, Subject as _};
use crate::running::incident;
use crate::store::{Tx, all, from_json, from_text, optional, readable};
use crate::texts;

/// From so many days before the end of a step on, its clock is told of.
const CLOCK_NEAR_DAYS: i32 = 2;
/// So many days late, a step is told of above the agency: to the hub, or, if it is the hub's, to whoever watches the hub.
const LATE_ABOVE_DAYS: i32 = 3;
/// How long the end of an incident is told of.
const OVER_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// Most of each that is looked at: what comes behind is told of when there is room.
const MOST: i64 = 10_000;
/// Who handles incidents.
const HANDLE: &[Right] = &[Right::Suspend, Right::ChangeServices];

/// Whose causes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// Everybody's.
    All,
    /// Those of an agency; none: of the hub.
    Of(Option<&'a MemberId>),
}

impl Scope<'_> {
    /// As statements ask for it: 1 for all that there is, or the agency.
    fn bound(self) -> (i64, String) {
        match self {
            Self::Of(Some(agency)) => (0, agency.to_string()),
            Self::All | Self::Of(None) => (1, String::new()),
        }
    }

    fn is_for_the_hub(self) -> bool {
        matches!(self, Self::All | Self::Of(None))
    }
}

/// All of it. `endings`: the certificates that are near their end or past it.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn standing(
    tx: &mut Tx,
    scope: Scope<'_>,
    endings: &[Ending],
    now: Timestamp,
) -> Result<Vec<Cause>, Fault> {
    let mut causes = requests(tx, scope, now).await?;
    causes.extend(incidents(tx, scope, now).await?);
    causes.extend(grants(tx, scope, day_in_viet_nam(now)).await?);
    causes.extend(defects::standing(tx, scope.bound(), day_in_viet_nam(now)).await?);
    causes.extend(tasks::standing(tx, scope.bound(), day_in_viet_nam(now)).await?);
    if scope.is_for_the_hub() {
        causes.extend(claims(tx).await?);
    }
    causes.extend(endings.iter().map(ending));
    Ok(causes)
}

type RequestRow = (
    String,
    String,
    String,
    String,
    String,
    String,
    String,
    String,
    i64,
    Option<String>,
    String,
    Option<i64>,
);

/// Requests that wait for somebody, and their clocks.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn requests(tx: &mut Tx, scope: Scope<'_>, now: Timestamp) -> Result<Vec<Cause>, Fault> {
    let (all, agency) = scope.bound();
    let rows: Vec<RequestRow> = all!(
        tx,
        "SELECT id, asking, applicant, owner, state, pack, step, entered_at, entered_after, due, waits_for,
             (SELECT MAX(number) FROM request_act a WHERE a.request = r.id AND a.act = 'returned')
         FROM request r WHERE state IN ('open', 'returned') AND waits_for <> '' AND ($1 = 1 OR applicant = $2 OR owner = $2)
         ORDER BY id LIMIT $3" => all, &agency, MOST
    )?;
    let mut packs: BTreeMap<String, Option<RulePack>> = BTreeMap::new();
    let mut causes = Vec::new();
    for row in rows {
        let pack = match packs.get(&row.5) {
            Some(pack) => pack.clone(),
            None => {
                let pack = readable(RulePack::load(tx, &row.5).await, RulePack::KIND, &row.5)?.flatten();
                packs.insert(row.5.clone(), pack.clone());
                pack
            }
        };
        let id = row.0.clone();
        causes.extend(
            readable(request(row, pack.as_ref(), day_in_viet_nam(now)), "Request", &id)?
                .into_iter()
                .flatten(),
        );
    }
    Ok(causes)
}

fn request(row: RequestRow, pack: Option<&RulePack>, today: Date) -> Result<Vec<Cause>, Fault> {
    let mut causes = Vec::new();
    let (id, asking, applicant, owner, state, _, step, entered_at, entered_after, due, waits_for, returned) =
        row;
    let asking: RequestContent = from_json(&asking)?;
    let step = pack.and_then(|pack| pack.step(&step)).map_or_else(
        || Words::quoted(&step),
        |step| Words::new(step.name.vi.as_str(), step.name.en.as_str()),
    );
    let is_returned = state == "returned";
    let number = if is_returned { returned.unwrap_or(entered_after) } else { entered_after };
    let due: Option<Date> = due.map(|day| from_text(&day)).transpose()?;
    let entered = day_in_viet_nam(from_text(&entered_at)?);
    for side in waits_for.split(',') {
        let (agency, right) = match side {
            "applicant" => (Some(from_text(&applicant)?), const { &[Right::Ask] as &[Right] }),
            "owner" => (Some(from_text(&owner)?), const { &[Right::DecideAsOwner] as &[Right] }),
            _ => (None, const { &[Right::DecideAsHub] as &[Right] }),
        };
        let base = key(&["request", &id, &number.to_string(), side]);
        let cause = |suffix: &str, kind, to, text| Cause {
            key: format!("{base}{suffix}"),
            kind,
            about: ("Request", id.clone()),
            since: Some(entered_at.clone()),
            until: due,
            to,
            but: [].into(),
            said: Said::Request {
                id: id.clone(),
                applicant: applicant.clone(),
                service: asking.service.to_string(),
                step: step.clone(),
                text,
            },
            in_hand: false,
        };
        let act = To::new(agency.clone(), Which::May(right), Why::Act);
        let text = if is_returned { texts::notice_request_returned } else { texts::notice_request_waits };
        causes.push(cause("", Kind::RequestWaits, vec![act.clone()], text));
        let Some(left) = due.map(|due| (due - today).get_days()) else { continue };
        if (0..=CLOCK_NEAR_DAYS).contains(&left) && entered < today {
            causes.push(cause("/near", Kind::DeadlineNear, vec![act.clone()], texts::notice_deadline_near));
        }
        if left < 0 {
            let mut to = vec![act];
            if agency.is_some() {
                // At the agency first: its data officers, who answer for it, and those who watch.
                let heads = [Role::DataOfficer, Role::ComplianceOfficer];
                to.extend(heads.map(|role| To::new(agency.clone(), Which::Are(role), Why::Late)));
            }
            causes.push(cause("/over", Kind::DeadlineOver, to, texts::notice_deadline_over));
        }
        if left <= -LATE_ABOVE_DAYS {
            let above = if side == By::Hub.word() { Role::ComplianceOfficer } else { Role::HubOfficer };
            let late = To::new(None, Which::Are(above), Why::Late);
            causes.push(cause("/above", Kind::DeadlineOver, vec![late], texts::notice_deadline_over));
        }
    }
    Ok(causes)
}

type IncidentRow = (String, i64, String, String, String, Option<String>, String, String);

/// Incidents that last, and those that were over lately.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn incidents(tx: &mut Tx, scope: Scope<'_>, now: Timestamp) -> Result<Vec<Cause>, Fault> {
    let (all, agency) = scope.bound();
    let rows: Vec<IncidentRow> = all!(
        tx,
        "SELECT i.id, i.times, i.cause, i.state, i.since, i.ended_at, p.agency, p.role FROM incident i JOIN incident_party p ON p.incident = i.id
         WHERE (i.ended_at IS NULL OR i.ended_at > $3) AND i.state <> 'merged' AND ($1 = 1 OR p.agency = $2)
         ORDER BY i.id, p.agency LIMIT $4"
        => all, &agency, (now - OVER_WITHIN).to_string(), MOST
    )?;
    // Each agency is told by itself, since one may be concerned later than others; and again when the incident comes back under its number.
    let mut by_party: BTreeMap<(String, String), Cause> = BTreeMap::new();
    for row in rows {
        let id = row.0.clone();
        let Some((party, cause, to)) = readable(incident(row), "Incident", &id)? else { continue };
        by_party.entry((id, party)).or_insert(cause).to.push(to);
    }
    Ok(by_party.into_values().collect())
}

/// What of an incident a party is told, as a cause that is for nobody yet, and whom.
fn incident(row: IncidentRow) -> Result<(String, Cause, To), Fault> {
    let (id, times, cause, state, since, ended_at, party, role) = row;
    let is_over = ended_at.is_some();
    let why = incident::words(from_text(&cause)?);
    let agency = if party.is_empty() { None } else { Some(from_text(&party)?) };
    // Whoever calls a node that fails cannot mend it.
    let told = if is_over || role == "caller" { Why::Know } else { Why::Act };
    let cause = Cause {
        key: key(&["incident", &id, &times.to_string(), &party, if is_over { "over" } else { "" }]),
        kind: if is_over { Kind::IncidentOver } else { Kind::Incident },
        about: ("Incident", id.clone()),
        since: Some(since),
        until: None,
        to: Vec::new(),
        but: [].into(),
        said: Said::Plain(match is_over {
            true => texts::notice_incident_over(&id),
            false => texts::notice_incident(&id, &why),
        }),
        in_hand: state != "open",
    };
    Ok((party, cause, To::new(agency, Which::May(HANDLE), told)))
}

type GrantRow = (String, String, String, String, String);

/// Grants that are about to end.
async fn grants(tx: &mut Tx, scope: Scope<'_>, today: Date) -> Result<Vec<Cause>, Fault> {
    let (all, agency) = scope.bound();
    let until = today.checked_add(NEAR_DAYS.days()).unwrap_or(today);
    let rows: Vec<GrantRow> = all!(
        tx,
        "SELECT id, service, provider, consumer, valid_to FROM grants
         WHERE revoked_at IS NULL AND valid_to > $3 AND valid_to <= $4 AND ($1 = 1 OR consumer = $2 OR provider = $2)
         ORDER BY valid_to, id LIMIT $5"
        => all, &agency, today.to_string(), until.to_string(), MOST
    )?;
    let mut causes = Vec::new();
    // The grants that are to be renewed, by who has asked for it.
    let mut renewed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        let (id, consumer) = (row.0.clone(), row.3.clone());
        if !renewed.contains_key(&consumer) {
            let asked: Vec<(String,)> = all!(
                tx,
                "SELECT asking FROM request WHERE state IN ('open', 'returned') AND applicant = $1 LIMIT $2" => &consumer, MOST
            )?;
            let named = asked.iter().filter_map(|(asking,)| from_json::<RequestContent>(asking).ok()?.renews);
            renewed.insert(consumer.clone(), named.collect());
        }
        let in_hand = renewed.get(&consumer).is_some_and(|named| named.contains(&id));
        causes.extend(readable(grant(row, in_hand), "Grant", &id)?);
    }
    Ok(causes)
}

fn grant((id, service, provider, consumer, valid_to): GrantRow, in_hand: bool) -> Result<Cause, Fault> {
    let ends: Date = from_text(&valid_to)?;
    let owner =
        |why| Ok::<_, Fault>(To::new(Some(from_text(&provider)?), Which::May(&[Right::IssueGrants]), why));
    // Of a class its owner alone can see to it.
    let to = match consumer.ends_with("/*") {
        true => vec![owner(Why::Act)?],
        false => {
            vec![To::new(Some(from_text(&consumer)?), Which::May(&[Right::Ask]), Why::Act), owner(Why::Know)?]
        }
    };
    Ok(Cause {
        key: key(&["grant", &id, "ends", &valid_to]),
        kind: Kind::GrantEnds,
        about: ("Grant", id.clone()),
        since: None,
        // The day in the grant is the first on which it holds no more.
        until: Some(ends.yesterday().unwrap_or(ends)),
        to,
        but: [].into(),
        said: Said::Named(id, service, texts::notice_grant_ends),
        in_hand,
    })
}

/// What owners say of their databases, and nobody has confirmed.
async fn claims(tx: &mut Tx) -> Result<Vec<Cause>, Fault> {
    let confirmed = Confirmed::load(tx).await?;
    let mut causes = Vec::new();
    let (databases, spoilt) = registry::readable::<Database>(tx, &[]).await?;
    for name in spoilt {
        tracing::error!(kind = Database::KIND, name, "a row is passed over");
    }
    for database in databases {
        let claims = confirmed.claims(&database);
        if claims.is_empty() {
            continue;
        }
        let id = database.id.clone();
        let of_services = claims.iter().filter(|one| one.what == Claimed::Service);
        let services: Vec<_> = of_services.filter_map(|one| one.service.as_ref()?.parse().ok()).collect();
        let decided: Option<(Option<i64>,)> = optional!(
            tx,
            "SELECT MAX(seq) FROM change WHERE kind = 'Database' AND subject = $1 AND act IN ('confirmed', 'revoked')" => &id
        )?;
        // The same claims after another decision are claimed anew.
        let decided = decided.and_then(|(seq,)| seq).unwrap_or_default();
        let told: Vec<String> = claims
            .iter()
            .map(|one| format!("{}:{}", word(one.what), one.service.as_deref().unwrap_or_default()))
            .collect();
        let digest = trust::hex(&trust::sha256(told.join("\n").as_bytes()));
        causes.push(Cause {
            key: key(&["claim", &id, &decided.to_string(), digest.get(..16).unwrap_or_default()]),
            kind: Kind::ClaimWaits,
            about: ("Database", id.clone()),
            since: None,
            until: None,
            to: vec![To::new(None, Which::May(&[Right::Govern]), Why::Act)],
            // Whoever claims does not confirm.
            but: claim::claimants(tx, &database, &services).await?,
            said: Said::Owned(
                Words::new(database.name.vi, database.name.en),
                database.owner.map(|owner| owner.to_string()).unwrap_or_default(),
                texts::notice_claim_waits,
            ),
            in_hand: false,
        });
    }
    Ok(causes)
}

/// A certificate that is near its end, or past it. Nodes renew theirs by themselves: one that is here was not renewed.
fn ending(ending: &Ending) -> Cause {
    let named = ending.name.as_deref().unwrap_or_default();
    let node = named.split('#').next().unwrap_or_default();
    let owner = owner_of(node);
    let mut to = vec![To::new(owner.clone(), Which::May(&[Right::ChangeServices]), Why::Act)];
    if owner.is_some() && ending.tense == Tense::Ended {
        to.push(To::new(None, Which::May(&[Right::ChangeServices]), Why::Late));
    }
    Cause {
        key: key(&["ending", &word(ending.kind), named, &ending.at.to_string(), &word(ending.tense)]),
        kind: Kind::CertificateEnds,
        about: if owner.is_some() { ("Node", node.to_owned()) } else { ("Hub", String::new()) },
        since: None,
        until: Some(day_in_viet_nam(ending.at)),
        to,
        but: [].into(),
        said: Said::Plain(Words::new(ending.vi.as_str(), ending.en.as_str())),
        in_hand: false,
    }
}
