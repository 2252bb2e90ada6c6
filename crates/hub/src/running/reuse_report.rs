//! Taking reports of reuse: whether one is the node's and of an office that the node serves, and what of it the registry has words for. Nothing
//! else is kept: what a node could write into a name does not get in.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use model::agency::Node;
use model::fault::{Fault, Words};
use model::gap::Gap;
use model::procedure::Procedure;
use model::reuse_report::{Counted, DAYS_KEPT, LINES_MAX, ReuseLine, ReuseReport, ReuseTaken, SIGNED_AS};
use model::scope::{ReusePack, Scope};
use model::time::day_in_viet_nam;

use crate::members::read;
use crate::registry::{Subject as _, every};
use crate::reuse::measured::{COVERED, month_of};
use crate::running::report::check_signature;
use crate::store::{Db, Tx, moment, optional, run};
use crate::texts;

/// Lines that are taken in one transaction.
const AT_ONCE: usize = 200;
/// Lines of an office on one day: some fifty procedures, ten requirements each, of which ten things are counted for a few reasons.
const A_DAY: i64 = 20_000;
/// Stores of cases that an office may have had.
const STORES: i64 = 50;
/// Longest name of a store.
const STORE_MAX: usize = 64;

fn refused(why: Words) -> Fault {
    Fault::BadReport { why }
}

/// Reads a report and checks that it is the node's, of an office of one of its systems.
///
/// # Errors
/// [`Fault::BadReport`], [`Fault::BadDocument`], [`Fault::StoreFailed`].
pub(crate) async fn verify(
    tx: &mut Tx,
    bytes: &[u8],
    keyid: &str,
    signature: &str,
) -> Result<ReuseReport, Fault> {
    let report: ReuseReport = read(bytes)?;
    let node = Node::load(tx, report.node.as_str()).await?;
    let node = node.ok_or_else(|| refused(texts::node_unknown()))?;
    check_signature(tx, &node, (SIGNED_AS, bytes), keyid, signature).await?;
    if !node.systems.iter().any(|system| system.member() == report.office) {
        return Err(refused(texts::report_of_another(&report.office)));
    }
    let is_name = |text: &str| {
        !text.is_empty() && text.len() <= STORE_MAX && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    if report.lines.len() > LINES_MAX || !is_name(&report.store) {
        return Err(refused(texts::report_rows()));
    }
    Ok(report)
}

/// What the registry has words for.
struct Known {
    procedures: BTreeMap<String, Procedure>,
    reasons: BTreeSet<String>,
    scopes: Vec<Scope>,
}

impl Known {
    async fn load(tx: &mut Tx, lines: &[ReuseLine]) -> Result<Self, Fault> {
        let mut procedures = BTreeMap::new();
        for id in lines.iter().map(|line| &line.procedure).collect::<BTreeSet<_>>() {
            if let Some(procedure) = Procedure::load(tx, id).await? {
                procedures.insert(id.clone(), procedure);
            }
        }
        let packs = every::<ReusePack>(tx, &[]).await?;
        let reasons = packs.into_iter().flat_map(|pack| pack.reasons).map(|reason| reason.code).collect();
        Ok(Self { procedures, reasons, scopes: every(tx, &[]).await? })
    }

    /// Whether each word of a line is the registry's, and where it stands in a procedure the right one.
    fn knows(&self, line: &ReuseLine) -> bool {
        let fits = self.procedures.get(&line.procedure).is_some_and(|procedure| line.fits(procedure));
        fits && (line.requirement.is_none() || self.is_reason(line))
    }

    fn is_reason(&self, line: &ReuseLine) -> bool {
        match (line.counted, &line.reason) {
            (Counted::Decided, _) => false,
            (Counted::PaperNeeded, reason) => {
                reason.as_ref().is_none_or(|reason| Gap::of_code(reason).is_some())
            }
            (Counted::ReAsked, reason) => reason.as_ref().is_some_and(|reason| self.reasons.contains(reason)),
            (_, reason) => reason.is_none(),
        }
    }

    /// Whether a ministry has published on that day what takes the place of the paper.
    fn covers(&self, code: &str, paper: &str, day: Date) -> bool {
        self.scopes.iter().any(|scope| {
            scope.valid.holds_on(day) && scope.procedures.contains(code) && scope.papers.contains(paper)
        })
    }
}

/// Takes a report that was verified: of each thing the highest total that was told counts, so a report may come twice, late, or in any order.
///
/// # Errors
/// [`Fault::BadReport`], [`Fault::HubBusy`]: what was taken before stays. [`Fault::StoreFailed`].
pub(crate) async fn take(db: &Db, report: &ReuseReport, now: Timestamp) -> Result<ReuseTaken, Fault> {
    let known = Known::load(&mut db.read().await?, &report.lines).await?;
    let today = day_in_viet_nam(now);
    // Clocks differ: around midnight the node may be a day ahead.
    let days = today.saturating_sub(DAYS_KEPT.days())..=today.saturating_add(1.day());
    let is_good = |line: &ReuseLine| days.contains(&line.day) && known.knows(line);
    let (good, bad): (Vec<_>, Vec<_>) = report.lines.iter().enumerate().partition(|(_, line)| is_good(line));
    let lines_left_out: Vec<usize> = bad.into_iter().map(|(at, _)| at).collect();
    let mut taken = ReuseTaken { taken: false, left_out: lines_left_out.len(), lines_left_out };
    let mut chunks = good.chunks(AT_ONCE).peekable();
    loop {
        let mut tx = db.write().await?;
        note_store(&mut tx, report, now).await?;
        for (_, line) in chunks.next().unwrap_or_default() {
            taken.taken |= keep(&mut tx, report, line, &known).await?;
        }
        tx.commit().await?;
        if chunks.peek().is_none() {
            return Ok(taken);
        }
    }
}

async fn note_store(tx: &mut Tx, report: &ReuseReport, now: Timestamp) -> Result<(), Fault> {
    let (office, store) = (report.office.as_str(), report.store.as_str());
    let known: Option<(i64, i64)> = optional!(
        tx,
        "SELECT COUNT(*), COUNT(CASE WHEN store = $2 THEN 1 END) FROM reuse_store WHERE office = $1" => office, store
    )?;
    if known.is_some_and(|(all, this)| this == 0 && all >= STORES) {
        return Err(refused(texts::report_stores(STORES)));
    }
    run!(
        tx,
        "INSERT INTO reuse_store (office, store, node, since, reported_at) VALUES ($1, $2, $3, $4, $4)
         ON CONFLICT (office, store) DO UPDATE SET node = excluded.node, reported_at = excluded.reported_at"
        => office, store, report.node.as_str(), moment(now)
    )?;
    Ok(())
}

/// Keeps a total if it is more than was known, and adds what is new of it to the sums. Whether it was.
async fn keep(tx: &mut Tx, report: &ReuseReport, line: &ReuseLine, known: &Known) -> Result<bool, Fault> {
    let (office, store, day) = (report.office.as_str(), report.store.as_str(), line.day.to_string());
    let (requirement, reason) =
        (line.requirement.as_deref().unwrap_or_default(), line.reason.as_deref().unwrap_or_default());
    let (alternative, paper) =
        (line.alternative.map_or(-1, i64::from), line.paper.as_deref().unwrap_or_default());
    let (word, count) = (line.counted.word(), i64::from(line.count));
    let before: Option<(i64,)> = optional!(
        tx,
        "SELECT count FROM reuse_count WHERE office = $1 AND store = $2 AND day = $3 AND procedure = $4 AND requirement = $5
           AND alternative = $6 AND counted = $7 AND reason = $8"
        => office, store, &day, &line.procedure, requirement, alternative, word, reason
    )?;
    if before.is_none() {
        let there: Option<(i64,)> = optional!(tx, "SELECT COUNT(*) FROM reuse_count WHERE office = $1 AND store = $2 AND day = $3" => office, store, &day)?;
        if there.is_some_and(|(there,)| there >= A_DAY) {
            return Err(Fault::HubBusy {});
        }
    }
    let more = count - before.map_or(0, |(before,)| before);
    if more <= 0 {
        return Ok(false);
    }
    run!(
        tx,
        "INSERT INTO reuse_count (office, store, day, procedure, requirement, alternative, counted, reason, paper, count)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (office, store, day, procedure, requirement, alternative, counted, reason) DO UPDATE SET count = excluded.count"
        => office, store, &day, &line.procedure, requirement, alternative, word, reason, paper, count
    )?;
    let code = line.procedure.split_once('@').map_or(line.procedure.as_str(), |(code, _)| code);
    let covered = line.counted == Counted::Applicable && known.covers(code, paper, line.day);
    for word in [Some(word), covered.then_some(COVERED)].into_iter().flatten() {
        run!(
            tx,
            "INSERT INTO reuse_month (month, office, procedure, paper, counted, reason, count) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (month, office, procedure, paper, counted, reason) DO UPDATE SET count = reuse_month.count + excluded.count"
            => month_of(line.day), office, code, paper, word, reason, more
        )?;
        run!(
            tx,
            "INSERT INTO reuse_day (day, procedure, paper, counted, count) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (day, procedure, paper, counted) DO UPDATE SET count = reuse_day.count + excluded.count"
            => &day, code, paper, word, more
        )?;
    }
    Ok(true)
}

/// Forgets days of which no report is taken any more. Months stay: they are few.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn forget_old(tx: &mut Tx, now: Timestamp) -> Result<(), Fault> {
    let day = day_in_viet_nam(now).saturating_sub(DAYS_KEPT.days()).to_string();
    run!(tx, "DELETE FROM reuse_count WHERE day < $1" => &day)?;
    run!(tx, "DELETE FROM reuse_day WHERE day < $1" => &day)?;
    Ok(())
}
