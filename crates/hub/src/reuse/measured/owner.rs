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
    /// The same by the gap's code, the most frequent first.
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
        let costs = self.costs(tx).await?;
        let mut in_vain: BTreeMap<(String, String, Option<ServiceId>), InVain> = BTreeMap::new();
        for procedure in self.procedures.iter().filter(|one| one.valid.holds_on(today)) {
            for one in needed_of(procedure, owner) {
                let reasons =
                    costs.get(&(one.procedure.clone(), one.paper.clone())).cloned().unwrap_or_default();
                let cases_paid = self.basis.is_exact.then(|| reasons.iter().map(|cost| cost.count).sum());
                let reasons = if self.basis.is_exact { reasons } else { Vec::new() };
                let key = (one.procedure.clone(), one.paper.clone(), one.service.clone());
                in_vain.insert(key, InVain { cases_paid, reasons, ..one });
            }
        }
        let mut in_vain: Vec<InVain> = in_vain.into_values().collect();
        in_vain.sort_by_key(|one| Reverse(one.cases_paid));
        // A paper for which two of its services are asked was brought once.
        let papers: BTreeMap<(&String, &String), u64> =
            in_vain.iter().filter_map(|one| Some(((&one.procedure, &one.paper), one.cases_paid?))).collect();
        let cases_paid = self.basis.is_exact.then(|| papers.values().sum());
        Ok(OfOwner {
            owner: owner.clone(),
            basis: self.basis.clone(),
            databases,
            without_scope,
            in_vain,
            cases_paid,
        })
    }

    /// Papers that were asked for in the month since sources did not show what they say, by procedure, paper and reason.
    async fn costs(&self, tx: &mut Tx) -> Result<BTreeMap<(String, String), Vec<Cost>>, Fault> {
        let rows: Vec<(String, String, String, i64)> = all!(
            tx,
            "SELECT procedure, paper, reason, CAST(SUM(count) AS BIGINT) FROM reuse_month WHERE month = $1 AND counted = $2
             GROUP BY procedure, paper, reason" => &self.basis.month, Counted::PaperNeeded.word()
        )?;
        let mut costs: BTreeMap<(String, String), Vec<Cost>> = BTreeMap::new();
        for (procedure, paper, reason, count) in rows {
            let Some(gap) = Gap::of_code(&reason).filter(|gap| is_of_source(*gap)) else { continue };
            let count = u64::try_from(count).unwrap_or_default();
            costs.entry((procedure, paper)).or_default().push(Cost {
                code: reason,
                name: gap.words().into(),
                count,
            });
        }
        costs.values_mut().for_each(|costs| costs.sort_by_key(|cost| Reverse(cost.count)));
        Ok(costs)
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
