//! What a measurement makes of defects: opens what fails, counts it anew, closes what passes, opens again what came back, ends what is asked
//! no more. A measurement says something of a rule only if it judged any rows by it, and all of them were read.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use model::fault::Fault;
use quality::Rule;
use quality::report::{Report, RuleCounts};
use quality::rule::Severity;

use super::keep::{self, CHECK_DAYS, CORRECT_DAYS, New};
use super::{Entry, Origin, STORY, State};
use crate::quality::named;
use crate::quality::rules::Made;
use crate::store::{Tx, all, from_json, from_text, optional, run, to_json};

/// Defects that one measurement opens at most, what repair gains most first: what finds no room is opened by the next one.
const AT_ONCE: usize = 200;

/// What a measurement says of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    /// So many rows fail.
    Fails(u64),
    /// Rows were judged, all there are, and none fails.
    Passes,
    /// Nothing.
    Nothing,
}

impl Says {
    fn of(report: &Report, rule: &Rule, counts: Option<&RuleCounts>) -> Self {
        match counts {
            Some(counts) if counts.fail > 0 => Self::Fails(counts.fail),
            // Another version may have asked less.
            Some(counts) if counts.pass > 0 && counts.version == rule.version && !report.sampled => {
                Self::Passes
            }
            _ => Self::Nothing,
        }
    }
}

/// A defect of a rule, as it stands.
struct Known {
    id: String,
    state: State,
    fails: i64,
    entry: Entry,
}

type Row = (String, String, String, i64, String);

/// What a report is judged by.
pub(crate) struct By<'a> {
    pub(crate) made: &'a Made,
    pub(crate) gains: &'a BTreeMap<String, f64>,
    /// Whether its contract is the one in force: only that says what is asked no more.
    pub(crate) in_force: bool,
}

/// Takes up what a report tells. One that is older than another of the dataset tells nothing any more.
///
/// # Errors
/// [`Fault::Internal`], [`Fault::StoreFailed`].
pub(crate) async fn measured(
    tx: &mut Tx,
    report: &Report,
    By { made, gains, in_force }: By<'_>,
    now: Timestamp,
) -> Result<(), Fault> {
    let number = report.to.as_millisecond();
    let newest: Option<(Option<i64>,)> = optional!(
        tx,
        "SELECT MAX(number) FROM quality_report WHERE service = $1" => report.service.as_str()
    )?;
    if newest.and_then(|(newest,)| newest).is_some_and(|newest| newest > number) {
        return Ok(());
    }
    let holidays = keep::holidays(tx).await?;
    let known = known(tx, report.service.as_str()).await?;
    let counts: BTreeMap<&str, &RuleCounts> =
        report.rules.iter().map(|counts| (counts.rule.as_str(), counts)).collect();
    let mut fresh = Vec::new();
    for rule in &made.rules.rules {
        let counts = counts.get(rule.id.as_str()).copied();
        let says = Says::of(report, rule, counts);
        match (known.get(&rule.id), says) {
            (Some(one), Says::Fails(fails)) => {
                let gain = thousandths(gains, &rule.id);
                let of = Again { report, rule, counts, fails, gain };
                again(tx, one, &of, (&holidays, now)).await?;
            }
            (Some(one), Says::Passes) if one.state.is_live() => close(tx, &one.id, number, now).await?,
            // Worth knowing is nothing that must be corrected by a day.
            (None, Says::Fails(fails)) if rule.severity > Severity::Notice => {
                fresh.push((thousandths(gains, &rule.id), fails, rule, counts));
            }
            _ => {}
        }
    }
    let gone = known.iter().filter(|(rule, one)| one.state.is_live() && made.rules.rule(rule).is_none());
    for (_, one) in gone.filter(|_| in_force) {
        end_without_rule(tx, &one.id, &report.contract, now).await?;
    }
    fresh.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)).then_with(|| a.2.id.cmp(&b.2.id)));
    for (gain, fails, rule, counts) in fresh.into_iter().take(AT_ONCE) {
        open(tx, &Again { report, rule, counts, fails, gain }, (&holidays, now)).await?;
    }
    reported(tx, report, (made, in_force), now).await
}

fn thousandths(gains: &BTreeMap<String, f64>, rule: &str) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "at most a hundred points")]
    let thousandths = (gains.get(rule).copied().unwrap_or_default() * 1000.0).round() as i64;
    thousandths
}

async fn known(tx: &mut Tx, service: &str) -> Result<BTreeMap<String, Known>, Fault> {
    let rows: Vec<Row> = all!(
        tx,
        "SELECT rule, id, state, fails, entry FROM quality_defect WHERE service = $1 AND origin = 'measured' ORDER BY id" => service
    )?;
    let mut known = BTreeMap::new();
    for (rule, id, state, fails, entry) in rows {
        let state = state.parse().map_err(|()| Fault::StoreFailed { why: format!("state {state:?}") })?;
        known.insert(rule, Known { id, state, fails, entry: from_json(&entry)? });
    }
    Ok(known)
}

/// A rule that fails.
struct Again<'a> {
    report: &'a Report,
    rule: &'a Rule,
    counts: Option<&'a RuleCounts>,
    fails: u64,
    gain: i64,
}

impl Again<'_> {
    fn entry(&self, before: &Entry) -> Entry {
        Entry {
            text: Some(named(&self.rule.text)),
            source: Some(self.rule.source.clone()),
            cause: self.counts.and_then(|counts| counts.cause.clone()),
            measurement: Some(self.report.to.as_millisecond()),
            ..before.clone()
        }
    }

    fn fails(&self) -> i64 {
        i64::try_from(self.fails).unwrap_or(i64::MAX)
    }
}

async fn open(tx: &mut Tx, of: &Again<'_>, (holidays, now): (&[Date], Timestamp)) -> Result<(), Fault> {
    let owner = of.report.service.system().member();
    let new = New {
        service: of.report.service.as_str(),
        owner: owner.as_str(),
        reporter: "",
        origin: Origin::Measured,
        rule: &of.rule.id,
        field: of.rule.field.as_deref().unwrap_or_default(),
        kind: of.rule.defect.word(),
        severity: of.rule.severity.word(),
        fails: of.fails(),
        gain: of.gain,
    };
    let id = keep::open(tx, &new, &of.entry(&Entry::default()), (holidays, now)).await?;
    STORY.tell(tx, &id, ("opened", &of.fails.to_string()), now).await
}

/// Counts one anew, or opens it again.
async fn again(
    tx: &mut Tx,
    known: &Known,
    of: &Again<'_>,
    (holidays, now): (&[Date], Timestamp),
) -> Result<(), Fault> {
    let came_back = !known.state.is_live();
    let before =
        if came_back { Entry { disputed: false, ..known.entry.clone() } } else { known.entry.clone() };
    run!(
        tx,
        "UPDATE quality_defect SET fails = $2, gain = $3, severity = $4, kind = $5, entry = $6 WHERE id = $1"
        => &known.id, of.fails(), of.gain, of.rule.severity.word(), of.rule.defect.word(), to_json(&of.entry(&before))?
    )?;
    if came_back {
        run!(
            tx,
            "UPDATE quality_defect SET state = 'open', times = times + 1, opened_at = $2, check_by = $3, due = $4, ended_at = NULL WHERE id = $1"
            => &known.id, now.to_string(), keep::after(holidays, now, CHECK_DAYS).to_string(),
               keep::after(holidays, now, CORRECT_DAYS).to_string()
        )?;
        return STORY.tell(tx, &known.id, ("again", &of.fails.to_string()), now).await;
    }
    if known.fails == of.fails() {
        return Ok(());
    }
    STORY.tell(tx, &known.id, ("counted", &of.fails.to_string()), now).await
}

async fn close(tx: &mut Tx, id: &str, number: i64, now: Timestamp) -> Result<(), Fault> {
    run!(
        tx,
        "UPDATE quality_defect SET state = 'closed', fails = 0, gain = 0, ended_at = $2 WHERE id = $1"
        => id, now.to_string()
    )?;
    // That it passed is always told, however long the story is.
    STORY.add(tx, id, ("", "passed", &number.to_string()), now).await
}

/// Ends one that no rule asks any more. Its rows stay as they were counted last: nobody says that they were corrected.
async fn end_without_rule(tx: &mut Tx, id: &str, contract: &str, now: Timestamp) -> Result<(), Fault> {
    run!(
        tx,
        "UPDATE quality_defect SET state = 'rule_gone', gain = 0, ended_at = $2 WHERE id = $1" => id, now.to_string()
    )?;
    STORY.add(tx, id, ("", "rule_gone", contract), now).await
}

/// What consumers reported: it is corrected when every rule that looks for it, one at least, passes in a measurement that began later. Where a
/// rule has gone that looked for it when it was reported, those that are left do not say that it was corrected. What no rule ever looked for
/// waits until its owner has said that it is at it.
async fn reported(
    tx: &mut Tx,
    report: &Report,
    (made, in_force): (&Made, bool),
    now: Timestamp,
) -> Result<(), Fault> {
    let rows: Vec<(String, String, String, String, String, String)> = all!(
        tx,
        "SELECT id, field, kind, opened_at, entry, state FROM quality_defect
         WHERE service = $1 AND origin = 'reported' AND state IN ('open', 'correcting') ORDER BY id" => report.service.as_str()
    )?;
    for (id, field, kind, opened_at, entry, state) in rows {
        let opened_at: Timestamp = from_text(&opened_at)?;
        let looks = |rule: &&Rule| rule.field.as_deref() == Some(&*field) && rule.defect.word() == kind;
        let says =
            |rule: &Rule| Says::of(report, rule, report.rules.iter().find(|counts| counts.rule == rule.id));
        let said: Vec<Says> = made.rules.rules.iter().filter(looks).map(says).collect();
        if report.from <= opened_at {
            continue;
        }
        let entry: Entry = from_json(&entry)?;
        if said.is_empty() && entry.unmeasured && state == State::Open.word() {
            continue;
        }
        let is_gone = said.is_empty() || entry.looked_for_by.iter().any(|id| made.rules.rule(id).is_none());
        if !said.iter().all(|says| *says == Says::Passes) {
            continue;
        }
        match is_gone {
            false => close(tx, &id, report.to.as_millisecond(), now).await?,
            true if in_force => end_without_rule(tx, &id, &report.contract, now).await?,
            true => {}
        }
    }
    Ok(())
}
