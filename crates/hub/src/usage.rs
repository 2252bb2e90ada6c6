//! Figures of the traffic, as nodes report them: kept by day and, for two days, by minute. From them comes what the hub itself
//! observes; what no node has reported on is not measured, which is not the same as nothing, and what one side alone reports shows nothing.

pub(crate) mod live;
pub(crate) mod measured;
pub(crate) mod monthly;
pub(crate) mod pair;
pub(crate) mod tree;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;
use model::id::{NodeId, ServiceId};
use model::time::day_in_viet_nam;
use model::usage::{AHEAD, Counted, Figures, Flaw, Outcomes, Report, Row};
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::{Db, Tx, all, from_json, optional, run, to_json};
use crate::texts;
use crate::usage::pair::Calls;
use crate::usage::tree::Tree;

/// Rows that are taken in one transaction.
const ROWS_AT_ONCE: usize = 200;
/// What stands for a purpose that the registry does not have.
const UNKNOWN: &str = "?";
/// How long days are kept: somewhat longer than anybody can look back.
const DAYS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 400);
/// Reports that a node may send at once, and how long each then takes to be allowed anew. What is too early is sent again.
const REPORTS: (u32, SignedDuration) = (30, SignedDuration::from_secs(1));
/// A report ends no longer ago: a hub that was away for longer has other sorrows.
const BEHIND: SignedDuration = SignedDuration::from_hours(24 * 30);
/// How long minutes are kept.
const MINUTES_KEPT: SignedDuration = SignedDuration::from_hours(48);
/// So far back, in days, anybody can look.
pub(crate) const DAYS_BACK: i64 = 366;
/// Days of the window in which shared use is looked at.
pub(crate) const WINDOW_DAYS: i64 = 30;

/// Takes a report that was verified, once: in short transactions, between which others write. One that broke off in between goes on
/// when it comes again. Returns whether anything of it is taken now.
///
/// # Errors
/// [`Fault::ReportOutOfTime`], [`Fault::ReportedBefore`]: nothing of it counts. [`Fault::StoreFailed`].
pub(crate) async fn take(db: &Db, report: &Report, now: Timestamp) -> Result<bool, Fault> {
    let mut taken = false;
    loop {
        let mut tx = db.write().await?;
        let Some(left) = take_some(&mut tx, report, now).await? else { return Ok(taken) };
        tx.commit().await?;
        taken = true;
        if left == 0 {
            return Ok(true);
        }
    }
}

/// What a node has reported last.
struct Last {
    number: i64,
    rows_left: i64,
    until: Option<Timestamp>,
}

impl Last {
    async fn of(tx: &mut Tx, node: &NodeId, now: Timestamp) -> Result<Option<Self>, Fault> {
        let last: Option<(i64, i64, String)> = optional!(
            tx,
            "SELECT number, rows_left, reported_until FROM usage_node WHERE node = $1" => node.as_str()
        )?;
        Ok(last.map(|(number, rows_left, until)| {
            let until = until.parse().ok().filter(|until| !Self::is_stale(number, *until, now));
            Self { number, rows_left, until }
        }))
    }

    /// Where an older hub on the same store has written a report since, its number tells how far that went, and `until` is of the one
    /// before.
    fn is_stale(number: i64, until: Timestamp, now: Timestamp) -> bool {
        number > until.as_millisecond() && number <= (now + AHEAD).as_millisecond()
    }

    /// Whether a report is this one, come again.
    fn is(&self, number: i64, report: &Report) -> bool {
        self.number == number && self.until.is_none_or(|until| until == report.to)
    }

    /// Until when the node has reported. Where that was not kept yet, the number tells: it is the end, in milliseconds. An end that has
    /// not come yet was written while clocks were wrong, and holds nobody up.
    fn reported_until(&self, now: Timestamp) -> Option<Timestamp> {
        let until = self.until.or_else(|| Timestamp::from_millisecond(self.number).ok());
        until.filter(|until| *until <= now + AHEAD)
    }
}

/// Each moment of a node is reported once: a report has an interval of its own, behind the last, in a time that can be right.
fn check_interval(report: &Report, last: Option<&Last>, now: Timestamp) -> Result<(), Fault> {
    if report.from >= report.to {
        return Err(Fault::ReportOutOfTime { why: texts::report_ends_early() });
    }
    if report.to > now + AHEAD || report.to < now - BEHIND {
        return Err(Fault::ReportOutOfTime { why: texts::report_time() });
    }
    match last.and_then(|last| last.reported_until(now)) {
        Some(until) if report.from < until => {
            Err(Fault::ReportedBefore { from: report.from.to_string(), until: until.to_string() })
        }
        _ => Ok(()),
    }
}

/// Takes the next rows. Returns how many are left; none if all were taken before.
async fn take_some(tx: &mut Tx, report: &Report, now: Timestamp) -> Result<Option<usize>, Fault> {
    let node = &report.node;
    let last = Last::of(tx, node, now).await?;
    let number = i64::try_from(report.number).unwrap_or(i64::MAX);
    let all = report.rows.len();
    let left = match &last {
        Some(last) if last.is(number, report) && last.rows_left == 0 => return Ok(None),
        Some(last) if last.is(number, report) => usize::try_from(last.rows_left).unwrap_or_default().min(all),
        _ => {
            check_interval(report, last.as_ref(), now)?;
            all
        }
    };
    let rows = report.rows.iter().skip(all - left).take(ROWS_AT_ONCE);
    let left = left.saturating_sub(ROWS_AT_ONCE);
    let since = since(tx, report).await?;
    run!(
        tx,
        "INSERT INTO usage_node (node, number, reported_at, since, version, rows_left, reported_until) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (node) DO UPDATE SET number = excluded.number, reported_at = excluded.reported_at,
             version = excluded.version, rows_left = excluded.rows_left, reported_until = excluded.reported_until"
        => node.as_str(), number, now.to_string(), since.to_string(),
           report.version.chars().take(40).collect::<String>(), i64::try_from(left).unwrap_or(i64::MAX), report.to.to_string()
    )?;
    if let Some(refused) = &report.refused {
        let fault: String = refused.fault.chars().take(10).collect();
        tracing::warn!(%node, held = report.directory, revision = refused.revision, fault, "a node refuses the directory");
    }
    let (day, minute, mut tree) = (day_in_viet_nam(report.to), minute_of(report.to), Tree::default());
    let mut in_all = Figures::default();
    for row in rows {
        let Some(row) = known(tx, row).await? else { continue };
        add(tx, node, &row, Slot::Day(&day.to_string())).await?;
        add(tx, node, &row, Slot::Minute(&minute)).await?;
        let Row { counted, client, service, figures, purpose } = &row;
        let test: Option<(bool,)> = optional!(tx, "SELECT test FROM purpose WHERE code = $1" => purpose)?;
        let test = test.is_some_and(|(test,)| test);
        let calls = Calls { node, counted: *counted, client, service, test, figures };
        pair::add(tx, &mut tree, &calls, day).await?;
        if *counted == Counted::AtConsumer {
            in_all.merge(figures);
        }
    }
    if in_all != Figures::default() {
        live::add(tx, &minute, &in_all).await?;
    }
    if left == 0 {
        keep_gaps(tx, report, now).await?;
    }
    Ok(Some(left))
}

/// Since when a node can have counted: not before it was admitted, whatever its first report says.
async fn since(tx: &mut Tx, report: &Report) -> Result<Timestamp, Fault> {
    let admitted: Option<(Option<String>,)> = optional!(tx, "SELECT MIN(admitted_at) FROM node_certificate WHERE node = $1" => report.node.as_str())?;
    let admitted = admitted.and_then(|(at,)| at).and_then(|at| at.parse().ok());
    Ok(admitted.map_or(report.from, |admitted: Timestamp| admitted.max(report.from)))
}

/// A row as far as the registry knows what it names: nothing is kept under names that a node made up. What has left the registry since
/// the node's directory was signed is left out, too.
async fn known(tx: &mut Tx, row: &Row) -> Result<Option<Row>, Fault> {
    let found: Option<(i64, i64, i64)> = optional!(
        tx,
        "SELECT (SELECT COUNT(*) FROM system WHERE id = $1), (SELECT COUNT(*) FROM service WHERE id = $2),
             (SELECT COUNT(*) FROM purpose WHERE code = $3)"
        => row.client.as_str(), row.service.as_str(), &row.purpose
    )?;
    Ok(match found {
        Some((1, 1, 1)) => Some(row.clone()),
        Some((1, 1, _)) => Some(Row { purpose: UNKNOWN.to_owned(), ..row.clone() }),
        _ => None,
    })
}

/// Keeps what the node's datasets cannot give; of what was so before, since when.
async fn keep_gaps(tx: &mut Tx, report: &Report, now: Timestamp) -> Result<(), Fault> {
    let node = report.node.as_str();
    let known: Vec<(String, String, String, String)> =
        all!(tx, "SELECT service, fields, flaws, since FROM usage_gap WHERE node = $1" => node)?;
    if known.is_empty() && report.gaps.is_empty() {
        return Ok(());
    }
    run!(tx, "DELETE FROM usage_gap WHERE node = $1" => node)?;
    for gap in &report.gaps {
        let (service, fields, flaws) = (gap.service.as_str(), to_json(&gap.fields)?, to_json(&gap.flaws)?);
        // Counts of bad records rise while they are there: that does not make it another gap.
        let same = known.iter().find(|(known, old, old_flaws, _)| {
            known == service && *old == fields && (*old_flaws == "[]") == gap.flaws.is_empty()
        });
        let since = same.map_or_else(|| now.to_string(), |(.., since)| since.clone());
        run!(
            tx,
            "INSERT INTO usage_gap (service, node, fields, flaws, since) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (service, node) DO NOTHING"
            => service, node, fields, flaws, since
        )?;
    }
    Ok(())
}

/// A gap as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Gap)]
pub(crate) struct Shown {
    /// The dataset.
    pub(crate) service: String,
    /// The node that reports it.
    pub(crate) node: String,
    /// The fields that are not there. Without them and without flaws its source cannot be read.
    pub(crate) fields: Vec<String>,
    /// What is wrong with records.
    #[schema(value_type = Vec<ShownFlaw>)]
    pub(crate) flaws: Vec<Flaw>,
    /// Since when.
    pub(crate) since: String,
}

/// What is wrong with records, as `model` has it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Flaw)]
struct ShownFlaw {
    /// The field.
    field: String,
    /// What: `not_utf8`, `out_of_range`, `unreadable`, `withheld`, `key_twice`, `key_empty`, `guessed`.
    kind: String,
    /// How many such records were met, as often as they were met.
    records: u64,
}

/// What a dataset cannot give.
pub(crate) async fn gaps(tx: &mut Tx, service: &str) -> Result<Vec<Shown>, Fault> {
    shown(all!(
        tx,
        "SELECT service, node, fields, flaws, since FROM usage_gap WHERE service = $1 ORDER BY node" => service
    )?)
}

fn shown(rows: Vec<(String, String, String, String, String)>) -> Result<Vec<Shown>, Fault> {
    rows.into_iter()
        .map(|(service, node, fields, flaws, since)| {
            Ok(Shown { service, node, fields: from_json(&fields)?, flaws: from_json(&flaws)?, since })
        })
        .collect()
}

fn minute_of(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%MZ").to_string()
}

/// Where a row goes.
enum Slot<'a> {
    Day(&'a str),
    Minute(&'a str),
}

/// Adds a row's figures to what the node has reported for the day or the minute.
async fn add(tx: &mut Tx, node: &NodeId, row: &Row, slot: Slot<'_>) -> Result<(), Fault> {
    let counted = word(row.counted);
    let (node, client, service) = (node.as_str(), row.client.as_str(), row.service.as_str());
    let old: Option<(String,)> = match slot {
        Slot::Day(day) => optional!(
            tx,
            "SELECT figures FROM usage_day WHERE day = $1 AND node = $2 AND counted = $3 AND client = $4 AND service = $5 AND purpose = $6"
            => day, node, counted, client, service, &row.purpose
        )?,
        Slot::Minute(minute) => optional!(
            tx,
            "SELECT figures FROM usage_minute WHERE minute = $1 AND node = $2 AND counted = $3 AND client = $4 AND service = $5 AND purpose = $6"
            => minute, node, counted, client, service, &row.purpose
        )?,
    };
    let mut figures: Figures = old.map(|(figures,)| from_json(&figures)).transpose()?.unwrap_or_default();
    figures.merge(&row.figures);
    let text = to_json(&figures)?;
    let answered = i64::try_from(figures.answered).unwrap_or(i64::MAX);
    match slot {
        Slot::Day(day) => run!(
            tx,
            "INSERT INTO usage_day (day, node, counted, client, service, purpose, figures, answered)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (day, node, counted, client, service, purpose) DO UPDATE SET figures = excluded.figures,
                 answered = excluded.answered"
            => day, node, counted, client, service, &row.purpose, text, answered
        )?,
        Slot::Minute(minute) => {
            let [calls, failed, refused] = live::counts(&figures);
            run!(
                tx,
                "INSERT INTO usage_minute (minute, node, counted, client, service, purpose, figures, calls, failed, refused)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                 ON CONFLICT (minute, node, counted, client, service, purpose) DO UPDATE SET figures = excluded.figures,
                     calls = excluded.calls, failed = excluded.failed, refused = excluded.refused"
                => minute, node, counted, client, service, &row.purpose, text, calls, failed, refused
            )?
        }
    };
    Ok(())
}

fn word(counted: Counted) -> &'static str {
    match counted {
        Counted::AtConsumer => "consumer",
        Counted::AtProvider => "provider",
    }
}

/// Forgets minutes and days that are old. On which days an agency used a service at all is kept.
pub(crate) async fn forget_old(tx: &mut Tx, now: Timestamp) -> Result<(), Fault> {
    let minute = minute_of(now - MINUTES_KEPT);
    run!(tx, "DELETE FROM usage_minute WHERE minute < $1" => &minute)?;
    run!(tx, "DELETE FROM usage_total WHERE minute < $1" => &minute)?;
    let day = day_in_viet_nam(now - DAYS_KEPT).to_string();
    run!(tx, "DELETE FROM usage_day WHERE day < $1" => &day)?;
    pair::forget_old(tx, &day).await
}

/// When each node may report again, in this process.
#[derive(Default)]
pub(crate) struct Pace(Mutex<HashMap<NodeId, Timestamp>>);

impl Pace {
    /// Counts a report.
    ///
    /// # Errors
    /// [`Fault::HubBusy`] if the node sends too many; it sends it again.
    pub(crate) fn take(&self, node: &NodeId, now: Timestamp) -> Result<(), Fault> {
        let mut paid_until = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let most = REPORTS.1 * i32::try_from(REPORTS.0).unwrap_or(i32::MAX);
        // Nobody can have paid for longer: the clock was set back since.
        let paid = paid_until.get(node).copied().filter(|paid| paid.duration_since(now) <= most);
        let until = paid.unwrap_or(now).max(now) + REPORTS.1;
        if until.duration_since(now) > most {
            return Err(Fault::HubBusy {});
        }
        paid_until.insert(node.clone(), until);
        Ok(())
    }

    /// As if nobody had reported yet.
    #[cfg(test)]
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// What the traffic of some services shows, as far as both sides counted it. Calls for purposes that are tests are told apart: they show
/// a connection, not a use. Calls within one agency's tree show nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ObservedTraffic)]
pub(crate) struct Observed {
    /// Since when their nodes have reported at all; none: not measured.
    pub(crate) measured_since: Option<String>,
    /// The first day on which a call was answered, tests included.
    pub(crate) first_test: Option<Date>,
    /// The first day on which a call for a real purpose was answered.
    pub(crate) first_use: Option<Date>,
    /// Other agencies that used them within the window.
    pub(crate) agencies: usize,
    /// Days with use within the window.
    pub(crate) days_used: usize,
}

/// What the traffic of services shows. With a duty: only what its receivers did.
pub(crate) async fn observe(
    tx: &mut Tx,
    services: &[ServiceId],
    duty: Option<&str>,
    today: Date,
) -> Result<Observed, Fault> {
    let since = (today - jiff::Span::new().days(WINDOW_DAYS)).to_string();
    let (mut observed, mut agencies, mut days) = (Observed::default(), BTreeSet::new(), BTreeSet::new());
    for service in services {
        let owner = service.system().member();
        let (service, owner, duty) = (service.as_str(), owner.as_str(), duty.unwrap_or_default());
        let reported: Option<(Option<String>,)> = optional!(
            tx,
            "SELECT MIN(u.since) FROM usage_node u JOIN node_system n ON n.node = u.node JOIN service s ON s.system = n.system WHERE s.id = $1"
            => service
        )?;
        let reported = reported.and_then(|(since,)| since);
        observed.measured_since = [observed.measured_since.take(), reported].into_iter().flatten().min();
        // In the order of the index, so that the first row ends it.
        let first: Option<(String,)> = optional!(
            tx,
            "SELECT day FROM usage_agency_day WHERE service = $1 AND consumer <> $2
                AND ($3 = '' OR consumer IN (SELECT agency FROM duty_receiver WHERE duty = $3)) ORDER BY day LIMIT 1"
            => service, owner, duty
        )?;
        let first_use: Option<(String,)> = optional!(
            tx,
            "SELECT day FROM usage_agency_day WHERE service = $1 AND consumer <> $2 AND NOT test
                AND ($3 = '' OR consumer IN (SELECT agency FROM duty_receiver WHERE duty = $3)) ORDER BY day LIMIT 1"
            => service, owner, duty
        )?;
        let date = |day: Option<(String,)>| day.and_then(|(day,)| day.parse::<Date>().ok());
        observed.first_test = [observed.first_test, date(first)].into_iter().flatten().min();
        observed.first_use = [observed.first_use, date(first_use)].into_iter().flatten().min();
        let rows: Vec<(String, String)> = all!(
            tx,
            "SELECT day, consumer FROM usage_agency_day WHERE service = $1 AND day >= $4 AND consumer <> $2 AND NOT test
                AND ($3 = '' OR consumer IN (SELECT agency FROM duty_receiver WHERE duty = $3))"
            => service, owner, duty, &since
        )?;
        for (day, consumer) in rows {
            days.insert(day);
            agencies.insert(consumer);
        }
    }
    (observed.agencies, observed.days_used) = (agencies.len(), days.len());
    Ok(observed)
}

/// What other agencies called of services within the window, as far as both sides agree; tests are left out.
pub(crate) async fn of_services(tx: &mut Tx, services: &[ServiceId], today: Date) -> Result<Figures, Fault> {
    let since = (today - jiff::Span::new().days(WINDOW_DAYS)).to_string();
    let mut figures = Figures::default();
    for service in services {
        figures.merge(&pair::figures(tx, service, &since).await?);
    }
    Ok(figures)
}

/// A sum of figures, with those that they were counted for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Sum {
    /// Who counted.
    pub(crate) counted: String,
    /// The day or minute.
    pub(crate) at: String,
    /// Who called.
    pub(crate) client: String,
    /// What.
    pub(crate) service: String,
    /// What for.
    pub(crate) purpose: String,
    /// The figures of all nodes.
    pub(crate) figures: Figures,
}

type DayRow = (String, String, String, String, String, String, String);

/// Whose figures are asked for.
pub(crate) enum Of<'a> {
    /// A service's.
    Service(&'a str),
    /// A client's.
    Client(&'a str),
    /// Those of all services that were confirmed to belong to a database.
    Database(&'a str),
}

/// Where a page of figures by day ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Day, service, client, purpose, who counted.
    sum: [String; 5],
    /// The node, of those that reported for it.
    node: String,
}

impl Mark {
    /// Before the first.
    fn first() -> Self {
        Self { sum: ["9999-12-31", "", "", "", ""].map(str::to_owned), node: String::new() }
    }

    /// Behind all nodes of a sum.
    fn behind(sum: [String; 5]) -> Self {
        Self { sum, node: char::MAX.into() }
    }

    /// Reads what was written.
    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self::behind)
    }
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&serde_json::json!(self.sum).to_string())
    }
}

/// Figures by day, newest first: so many at most, those behind a mark; and the mark of the next, if there are more.
pub(crate) async fn by_day(
    tx: &mut Tx,
    of: Of<'_>,
    since: Date,
    after: Option<Mark>,
    limit: usize,
) -> Result<(Vec<Sum>, Option<Mark>), Fault> {
    macro_rules! where_ {
        ($condition:literal) => {
            concat!(
                "SELECT counted, day, client, service, purpose, figures, node FROM usage_day WHERE ",
                $condition,
                " AND day >= $2 AND day <= $3
                   AND (day < $3 OR (service, client, purpose, counted, node) > ($4, $5, $6, $7, $8))
                 ORDER BY day DESC, service, client, purpose, counted, node LIMIT $9"
            )
        };
    }
    let (sql, name) = match of {
        Of::Service(service) => (where_!("service = $1"), service),
        Of::Client(client) => (where_!("client = $1"), client),
        Of::Database(database) => {
            (where_!("service IN (SELECT service FROM service_confirmed WHERE database_id = $1)"), database)
        }
    };
    let (since, mut mark, mut sums) = (since.to_string(), after.unwrap_or_else(Mark::first), Vec::new());
    let at_once = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    loop {
        let Mark { sum: [day, service, client, purpose, counted], node } = &mark;
        let rows: Vec<DayRow> =
            all!(tx, sql => name, &since, day, service, client, purpose, counted, node, at_once)?;
        let is_last = (rows.len() as i64) < at_once;
        for (counted, at, client, service, purpose, figures, node) in rows {
            mark = Mark { sum: [&at, &service, &client, &purpose, &counted].map(String::clone), node };
            add_to(&mut sums, Sum { counted, at, client, service, purpose, figures: from_json(&figures)? });
        }
        // One more than is asked for shows that the last one asked for is whole: nodes of one sum stand together.
        if sums.len() > limit {
            sums.truncate(limit);
            let last =
                sums.last().map(|sum| [&sum.at, &sum.service, &sum.client, &sum.purpose, &sum.counted]);
            let next = last.map(|last| Mark::behind(last.map(String::clone)));
            return Ok((sums, next));
        }
        if is_last {
            return Ok((sums, None));
        }
    }
}

/// Adds figures to the last sum, if they are of the same.
fn add_to(sums: &mut Vec<Sum>, one: Sum) {
    let same = |sum: &&mut Sum| {
        [&sum.counted, &sum.at, &sum.client, &sum.service, &sum.purpose]
            == [&one.counted, &one.at, &one.client, &one.service, &one.purpose]
    };
    match sums.last_mut().filter(same) {
        Some(sum) => sum.figures.merge(&one.figures),
        None => sums.push(one),
    }
}

/// When a node reported last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReportingNode)]
pub(crate) struct Reporting {
    /// The node.
    node: String,
    /// When.
    reported_at: String,
    /// Its program's version.
    version: String,
}

/// When each node reported last.
pub(crate) async fn reporting(tx: &mut Tx) -> Result<Vec<Reporting>, Fault> {
    let rows: Vec<(String, String, String)> =
        all!(tx, "SELECT node, reported_at, version FROM usage_node ORDER BY node")?;
    Ok(rows
        .into_iter()
        .map(|(node, reported_at, version)| Reporting { node, reported_at, version })
        .collect())
}

/// Figures with what people ask of them: the share that was answered, and times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Tally {
    /// All calls.
    calls: u64,
    /// Answered with something.
    answered: u64,
    /// Answered: there is no such thing.
    empty: u64,
    /// The call was wrong, or its caller gave it up.
    rejected: u64,
    /// A rule said no, which is no failure.
    refused: u64,
    /// A node, the network or the service failed.
    failed: u64,
    /// Of a hundred calls that were to be answered so many were, empty or not; what was refused or wrong was not to be. Null: none was.
    percent_answered: Option<u64>,
    /// Our codes of what was not answered with something, counted.
    faults: BTreeMap<String, u64>,
    /// Half of the calls took no longer, in microseconds; null: none was answered.
    p50_micros: Option<u64>,
    /// 95 of a hundred took no longer.
    p95_micros: Option<u64>,
    /// 99 of a hundred took no longer.
    p99_micros: Option<u64>,
}

impl From<&Figures> for Tally {
    fn from(figures: &Figures) -> Self {
        let Outcomes { answered, empty, rejected, refused, failed } = figures.outcomes();
        Self {
            calls: figures.calls(),
            answered,
            empty,
            rejected,
            refused,
            failed,
            percent_answered: figures.outcomes().percent_answered(),
            faults: figures.faults.clone(),
            p50_micros: figures.latency.quantile(50),
            p95_micros: figures.latency.quantile(95),
            p99_micros: figures.latency.quantile(99),
        }
    }
}
