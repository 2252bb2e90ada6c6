//! What a ministry could do for reuse: its databases of which it has published nothing, and papers that people bring since its data were asked in
//! vain or not at all.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use model::agency::Name;
use model::fault::Fault;
use model::gap::Gap;
use model::id::{MemberId, ServiceId};
use model::procedure::Procedure;
use model::reuse_report::Counted;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Look;
use super::line::Basis;
use super::withhold::withhold_of_lines;
use crate::store::{Tx, all, from_json};

/// A database of a ministry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReuseDatabase)]
pub(crate) struct Database {
    /// Which.
    id: String,
    /// What it is called.
    name: Name,
    /// Its scopes that hold today; none: nothing of it is published for reuse.
    scopes: Vec<String>,
}

/// Data of a ministry that a procedure needs in place of a paper, and papers that people were asked for all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReuseAskedInVain)]
pub(crate) struct InVain {
    /// The procedure, by its code.
    procedure: String,
    /// What that is called.
    procedure_name: Name,
    /// The paper.
    paper: String,
    /// What it is called.
    paper_name: Name,
    /// The service that is asked; none: there is none yet.
    service: Option<ServiceId>,
    /// The fields that are asked for.
    fields: Vec<String>,
    /// Cases in which people were asked for the paper since these data did not show it: what the lack of them cost. Null where it is not told.
    cases_paid: Option<u64>,
    /// The same by the gap's code, the most frequent first: to officers of the hub.
    reasons: Vec<Cost>,
}

/// So many papers for a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReuseCost)]
pub(crate) struct Cost {
    /// The gap's code.
    code: String,
    /// What it says.
    name: Name,
    /// How many.
    count: u64,
}

/// What a ministry has and has not published, and what came of it in a month.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ReuseOfOwner)]
pub(crate) struct OfOwner {
    /// The ministry.
    pub(crate) owner: MemberId,
    /// By what figures are made.
    pub(crate) basis: Basis,
    /// Its databases, those without a scope first.
    pub(crate) databases: Vec<Database>,
    /// How many of them have none.
    pub(crate) without_scope: usize,
    /// What was asked in vain, what cost most first.
    pub(crate) in_vain: Vec<InVain>,
    /// Papers that people were asked for in all of that; null where it is not told.
    pub(crate) cases_paid: Option<u64>,
}

/// Reasons that are the person's, or nobody's: data were there.
fn is_of_source(gap: Gap) -> bool {
    !matches!(gap, Gap::Declined | Gap::NotApplicable | Gap::LowLevel | Gap::Pending | Gap::Unrepresented)
}

impl Look {
    /// What a ministry could do.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn of_owner(
        &self,
        tx: &mut Tx,
        owner: &MemberId,
        today: Date,
    ) -> Result<OfOwner, Fault> {
        #[derive(Deserialize)]
        struct Entry {
            name: Name,
        }
        let rows: Vec<(String, String)> = all!(
            tx, "SELECT id, entry FROM database_entry WHERE owner = $1 ORDER BY id" => owner.as_str()
        )?;
        let mut databases = Vec::with_capacity(rows.len());
        for (id, entry) in rows {
            let Entry { name } = from_json(&entry)?;
            let scopes =
                self.scopes.iter().filter(|scope| scope.database == id && scope.valid.holds_on(today));
            let scopes = scopes.map(|scope| scope.id.clone()).collect();
            databases.push(Database { id, name, scopes });
        }
        databases.sort_by_key(|database| !database.scopes.is_empty());
        let without_scope = databases.iter().filter(|database| database.scopes.is_empty()).count();
        let mut costs = self.costs(tx, "").await?;
        // What may have been asked for and was not is a cell like any other.
        for (procedure, requirement) in self.of_month() {
            if let Some(paper) = &requirement.paper {
                costs.0.entry((procedure.code().to_owned(), paper.code.clone())).or_default();
            }
        }
        // Of offices of others the ministry itself sees what gives no small number away, and nothing by reason.
        let told = match (self.basis.is_exact, self.is_own(owner.as_str())) {
            (true, _) => costs.of_source(),
            (false, true) => {
                let own = self.costs(tx, self.own.as_deref().unwrap_or_default()).await?;
                costs.told_to_others(&own, self.basis.small)
            }
            (false, false) => BTreeMap::new(),
        };
        let mut in_vain: BTreeMap<(String, String, Option<ServiceId>), InVain> = BTreeMap::new();
        for procedure in self.procedures.iter().filter(|one| one.valid.holds_on(today)) {
            for one in needed_of(procedure, owner) {
                let of = (one.procedure.clone(), one.paper.clone());
                let cases_paid = told.get(&of).copied().or(self.basis.is_exact.then_some(0));
                let reasons = if self.basis.is_exact { costs.reasons(&of) } else { Vec::new() };
                let key = (one.procedure.clone(), one.paper.clone(), one.service.clone());
                in_vain.insert(key, InVain { cases_paid, reasons, ..one });
            }
        }
        let mut in_vain: Vec<InVain> = in_vain.into_values().collect();
        in_vain.sort_by_key(|one| Reverse(one.cases_paid));
        // A paper for which two of its services are asked was brought once. With one that is not told the sum would tell it.
        let papers: BTreeMap<(&String, &String), Option<u64>> =
            in_vain.iter().map(|one| ((&one.procedure, &one.paper), one.cases_paid)).collect();
        let cases_paid = papers.values().copied().sum();
        let cases_paid = if papers.is_empty() && !self.basis.is_exact { None } else { cases_paid };
        Ok(OfOwner {
            owner: owner.clone(),
            basis: self.basis.clone(),
            databases,
            without_scope,
            in_vain,
            cases_paid,
        })
    }

    /// Papers that were asked for in the month, of all or of an agency with those below it.
    async fn costs(&self, tx: &mut Tx, agency: &str) -> Result<Costs, Fault> {
        let rows: Vec<(String, String, String, i64)> = all!(
            tx,
            "WITH RECURSIVE below(id) AS (SELECT id FROM agency WHERE id = $3 UNION
                 SELECT a.id FROM agency a JOIN below b ON a.parent = b.id)
             SELECT procedure, paper, reason, CAST(SUM(count) AS BIGINT) FROM reuse_month WHERE month = $1 AND counted = $2
                 AND ($3 = '' OR office IN (SELECT id FROM below))
             GROUP BY procedure, paper, reason" => &self.basis.month, Counted::PaperNeeded.word(), agency
        )?;
        let mut costs = Costs::default();
        for (procedure, paper, reason, count) in rows {
            let count = u64::try_from(count).unwrap_or_default();
            costs.0.entry((procedure, paper)).or_default().push((reason, count));
        }
        Ok(costs)
    }
}

/// Papers that were asked for, by procedure and paper: for which reason how many.
#[derive(Default)]
struct Costs(BTreeMap<Of, Vec<(String, u64)>>);

/// Procedure and paper.
type Of = (String, String);

impl Costs {
    /// Of one paper: those that were asked for since sources did not show what it says, and all others.
    fn split(&self, of: &Of) -> [u64; 2] {
        let mut split = [0; 2];
        for (reason, count) in self.0.get(of).into_iter().flatten() {
            let is_of_source = Gap::of_code(reason).is_some_and(is_of_source);
            let [source, other] = &mut split;
            *if is_of_source { source } else { other } += count;
        }
        split
    }

    fn of_source(&self) -> BTreeMap<Of, u64> {
        self.0.keys().map(|of| (of.clone(), self.split(of)[0])).collect()
    }

    /// What may be told to those who see the sums of procedures, of papers and of reasons, and all of their own.
    fn told_to_others(&self, own: &Self, small: u64) -> BTreeMap<Of, u64> {
        let all: Vec<&Of> = self.0.keys().collect();
        let [whole, rest] = [&Self::default(), own].map(|own| {
            let mut cells: Vec<u64> = Vec::new();
            let mut lines: BTreeMap<(u8, &str), Vec<usize>> = BTreeMap::new();
            let split = all.iter().map(|of| {
                let ([source, other], [own_source, own_other]) = (self.split(of), own.split(of));
                [source.saturating_sub(own_source), other.saturating_sub(own_other)]
            });
            let split: Vec<[u64; 2]> = split.collect();
            for (at, (of, [source, _])) in all.iter().zip(&split).enumerate() {
                cells.push(*source);
                for line in [(0, of.0.as_str()), (1, of.1.as_str()), (2, "")] {
                    lines.entry(line).or_default().push(at);
                }
            }
            // What was asked for otherwise is what is left of each sum.
            for ((which, id), line) in &mut lines {
                let is_of = |of: &Of| [&*of.0, &*of.1, ""].get(usize::from(*which)) == Some(id);
                let others = all.iter().zip(&split).filter(|(of, _)| is_of(of));
                line.push(cells.len());
                cells.push(others.map(|(_, [_, other])| other).sum());
            }
            withhold_of_lines(&cells, &lines.into_values().collect::<Vec<_>>(), small)
        });
        let is_told = |at: &usize| whole.get(*at) == Some(&false) && rest.get(*at) == Some(&false);
        let told = all.iter().enumerate().filter(|(at, _)| is_told(at));
        told.map(|(_, of)| ((*of).clone(), self.split(of)[0])).collect()
    }

    /// The reasons that are a source's, the most frequent first.
    fn reasons(&self, of: &Of) -> Vec<Cost> {
        let cost = |(code, count): &(String, u64)| {
            let gap = Gap::of_code(code).filter(|gap| is_of_source(*gap))?;
            Some(Cost { code: code.clone(), name: gap.words().into(), count: *count })
        };
        let mut reasons: Vec<Cost> = self.0.get(of).into_iter().flatten().filter_map(cost).collect();
        reasons.sort_by_key(|cost| Reverse(cost.count));
        reasons
    }
}

/// What a procedure needs of a ministry's data in place of papers.
fn needed_of(procedure: &Procedure, owner: &MemberId) -> Vec<InVain> {
    let mut all = Vec::new();
    for requirement in &procedure.requirements {
        let Some(paper) = &requirement.paper else { continue };
        let one = |service: Option<ServiceId>, fields: BTreeSet<&str>| InVain {
            procedure: procedure.code().to_owned(),
            procedure_name: procedure.name.clone(),
            paper: paper.code.clone(),
            paper_name: paper.name.clone(),
            service,
            fields: fields.into_iter().map(str::to_owned).collect(),
            cases_paid: None,
            reasons: Vec::new(),
        };
        for way in &requirement.alternatives {
            if way.holder.as_ref() == Some(owner) {
                all.push(one(None, BTreeSet::new()));
            }
            let asks = way.asks.iter().filter(|ask| ask.service.system().member() == *owner);
            all.extend(asks.map(|ask| one(Some(ask.service.clone()), ask.fields().into_iter().collect())));
        }
    }
    all
}
