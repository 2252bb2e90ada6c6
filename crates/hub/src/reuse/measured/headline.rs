//! Reuse in a few numbers, for those who lead.

use jiff::civil::Date;
use model::fault::Fault;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::drop::Verdict;
use super::line::Level;
use super::{Look, Wanted, month_of};
use crate::audit::officer::Officer;
use crate::store::Tx;

/// Reuse in a month, of the whole country or an agency: of the last one that is over, or of the present one where nothing was told of that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReuseHeadline)]
pub(crate) struct Headline {
    /// The month: `2026-11`.
    pub(crate) month: String,
    /// Whether anybody has told anything of it.
    pub(crate) measured: bool,
    /// Requirements that applied in decided cases and replace a paper.
    pub(crate) applicable: u64,
    /// Those that count as reused.
    pub(crate) reused: u64,
    /// Papers that were asked for.
    pub(crate) papers_asked: u64,
    /// Those that were asked for although the State had answered, or by the office's own fault.
    pub(crate) re_asks: u64,
    /// Offices that told anything.
    pub(crate) offices_reporting: usize,
    /// Offices that may carry cases.
    pub(crate) offices: usize,
    /// Papers of procedures that could be dropped today.
    pub(crate) droppable: usize,
}

/// What an officer sees of it: one of the hub the whole country's, others their agency's.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn headline(tx: &mut Tx, officer: &Officer, today: Date) -> Result<Headline, Fault> {
    let agency = officer.agency.as_ref().map(ToString::to_string).unwrap_or_default();
    let wanted = Wanted { level: Level::Nation, agency, ..Wanted::default() };
    let before = today.first_of_month().yesterday().unwrap_or(today);
    let mut told = None;
    for day in [before, today] {
        let look = Look::load(tx, officer, (&month_of(day), &wanted), today).await?;
        let line = look.lines(tx, &wanted).await?.into_iter().next();
        let is_measured = line.as_ref().is_some_and(|line| line.measured);
        told = Some((look, line));
        if is_measured {
            break;
        }
    }
    let Some((look, Some(line))) = told else {
        return Err(Fault::Internal { why: "nobody has a line of reuse".into() });
    };
    let papers = look.papers_to_drop(tx, today).await?;
    Ok(Headline {
        month: line.month,
        measured: line.measured,
        applicable: line.applicable.unwrap_or_default(),
        reused: line.reused.unwrap_or_default(),
        papers_asked: line.papers_asked.unwrap_or_default(),
        re_asks: line.re_asks.unwrap_or_default(),
        offices_reporting: line.offices_reporting.unwrap_or_default(),
        offices: line.offices.unwrap_or_default(),
        droppable: papers.iter().filter(|paper| paper.verdict == Verdict::Droppable).count(),
    })
}
