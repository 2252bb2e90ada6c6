//! Tasks: what a clause of a directive orders, of whom, by when, and when it is done. What the text says stays as it was entered; what came
//! of it stands beside (`standing.rs`).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use model::agency::{Agency, Name};
use model::database::Database;
use model::fault::{Fault, Words};
use model::id::MemberId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::condition::Condition;
use super::standing;
use super::text::Directive;
use crate::audit::right::Right;
use crate::registry::check::{Gathered, check_code, check_name, contradictory, require};
use crate::registry::index::Found;
use crate::registry::references::Reference;
use crate::registry::row::{Columns, text, text_if_any};
use crate::registry::{Subject, Table};
use crate::store::{Tx, all};
use crate::texts;
use crate::usage::tree::Tree;

/// Most agencies and tasks that a task names.
const NAMED_MAX: usize = 200;

/// What somebody must do by a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Its code.
    pub id: String,
    /// Code of the text that orders it.
    pub directive: String,
    /// The clause of that text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// What is to be done.
    pub text: Name,
    /// The agency that leads; absent: no source names one, or it is each agency that the text is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<MemberId>,
    /// Who leads, as the text says it, where that is no agency of the registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_said: Option<Name>,
    /// Agencies that support.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub support: Vec<MemberId>,
    /// The agency that looks whether it is done, where it is for somebody to look; absent: the hub. Never one of those that do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<MemberId>,
    /// The last day, as the text sets it. It is never changed: what puts it off stands beside it. Absent: no source says one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Date>,
    /// The same in the words of the text, where they are no day: `Quý III/2025`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_said: Option<Name>,
    /// When it is done.
    pub condition: Condition,
    /// Codes of tasks that must be done before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    /// What is known second-hand, or is ours, of all this; absent: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Name>,
    /// Whether it is known second-hand only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second_hand: bool,
}

impl Task {
    /// Those that do it.
    pub(crate) fn doers(&self) -> impl Iterator<Item = &MemberId> {
        self.lead.iter().chain(&self.support)
    }

    fn wrong(&self, why: Words) -> Fault {
        contradictory((Self::KIND, &self.id), why)
    }
}

impl Subject for Task {
    const KIND: &'static str = super::KIND;
    const TABLE: Table = Table {
        name: "task",
        filters: &[("directive", "directive = ?"), ("lead", "lead = ?")],
        orders: &[("directive", "directive"), ("lead", "lead"), ("deadline", "deadline")],
        ..Table::OF_ENTRIES
    };
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "directive",
        "clause",
        "text.vi",
        "text.en",
        "lead",
        "lead_said.vi",
        "lead_said.en",
        "support",
        "reviewer",
        "deadline",
        "deadline_said.vi",
        "deadline_said.en",
        "depends_on",
        "second_hand",
    ];
    const RIGHT: Right = Right::Govern;

    fn name(&self) -> &str {
        &self.id
    }

    fn row(&self) -> Result<Columns, Fault> {
        Ok(vec![
            ("directive", text(&self.directive)),
            ("lead", text_if_any(self.lead.as_ref())),
            ("deadline", text_if_any(self.deadline)),
            ("way", text(self.condition.way().word())),
        ])
    }

    fn references(&self) -> Vec<Reference> {
        let threshold = match &self.condition {
            Condition::Measure(threshold) => Some(threshold),
            _ => None,
        };
        let agencies =
            self.doers().chain(&self.reviewer).chain(threshold.iter().filter_map(|one| one.agency.as_ref()));
        let agencies: BTreeSet<&MemberId> = agencies.collect();
        let databases = threshold.iter().filter_map(|one| one.database.as_ref());
        let tasks: BTreeSet<&String> = self.depends_on.iter().collect();
        [Reference::to::<Directive>(&self.directive)]
            .into_iter()
            .chain(agencies.into_iter().map(Reference::to::<Agency>))
            .chain(databases.map(Reference::to::<Database>))
            .chain(tasks.into_iter().map(Reference::to::<Self>))
            .collect()
    }

    fn found(&self) -> Vec<Found> {
        vec![Found { note: self.directive.clone(), ..Found::thing(self, &self.text) }]
    }

    /// What it was ordered by, and by when, stays. A day that nobody knew may be found.
    async fn follow(&self, tx: &mut Tx, old: Option<&Self>) -> Result<(), Fault> {
        let Some(old) = old else { return Ok(()) };
        let mut gathered = Gathered::default();
        let subject = (Self::KIND, self.id.as_str());
        let day = old.deadline.is_none() || old.deadline == self.deadline;
        gathered.must(day, subject, "deadline", texts::task_baseline);
        gathered.must(old.directive == self.directive, subject, "directive", texts::task_of_its_text);
        gathered.done()?;
        if old.deadline != self.deadline && standing::is_extended(tx, &self.id).await? {
            return Err(self.wrong(texts::task_baseline()));
        }
        // What was found by another condition says nothing of this one.
        if old.condition != self.condition {
            standing::forget_verdict(tx, &self.id).await?;
        }
        Ok(())
    }

    async fn check(&self, tx: &mut Tx) -> Result<(), Fault> {
        let subject = (Self::KIND, self.id.as_str());
        let mut gathered = Gathered::default();
        gathered.take("id", check_code(subject))?;
        gathered.take("text", check_name(subject, &self.text))?;
        for (place, said) in
            [("lead_said", &self.lead_said), ("deadline_said", &self.deadline_said), ("note", &self.note)]
        {
            if let Some(said) = said {
                gathered.take(place, check_name(subject, said))?;
            }
        }
        gathered.take("condition", self.condition.check(subject))?;
        let named = self.support.len() + self.depends_on.len();
        gathered.must(named <= NAMED_MAX, subject, "support", || texts::too_many_in(NAMED_MAX));
        let directive =
            gathered.take("directive", require::<Directive>(tx, subject, &self.directive).await)?;
        if let (Some(directive), Some(clause)) = (&directive, &self.clause) {
            let there = directive.clauses.iter().any(|known| known.id == *clause);
            gathered.must(there, subject, "clause", || texts::task_no_clause(clause, &self.directive));
        }
        let mut agencies = BTreeSet::new();
        for (at, agency) in self.support.iter().enumerate() {
            let once = self.lead.as_ref() != Some(agency) && agencies.insert(agency);
            gathered.must(once, subject, &format!("support.{at}"), || texts::twice_in(agency.to_string()));
        }
        if let Some(reviewer) = &self.reviewer {
            let mut tree = Tree::default();
            for doer in self.doers() {
                let one = tree.is_one(tx, reviewer.as_str(), doer.as_str()).await?;
                gathered.must(!one, subject, "reviewer", || texts::task_own_reviewer(reviewer));
            }
        }
        gathered.done()?;
        self.check_circle(tx).await
    }

    /// What was ever done in one stays.
    async fn leave(&self, tx: &mut Tx) -> Result<(), Fault> {
        if standing::has_history(tx, &self.id).await? {
            return Err(self.wrong(texts::task_stays()));
        }
        standing::forget(tx, &self.id).await
    }
}

impl Task {
    /// No task waits for itself, however far around.
    async fn check_circle(&self, tx: &mut Tx) -> Result<(), Fault> {
        if self.depends_on.is_empty() {
            return Ok(());
        }
        let rows: Vec<(String, String)> = all!(
            tx,
            "SELECT from_name, to_name FROM reference WHERE from_kind = 'Task' AND to_kind = 'Task' ORDER BY from_name, to_name"
        )?;
        let mut waits: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (from, to) in rows.iter().filter(|(from, _)| *from != self.id) {
            waits.entry(from).or_default().push(to);
        }
        let mut ahead: Vec<&str> = self.depends_on.iter().map(String::as_str).collect();
        let mut seen = BTreeSet::new();
        while let Some(next) = ahead.pop() {
            if next == self.id {
                return Err(self.wrong(texts::task_circle()));
            }
            if seen.insert(next) {
                ahead.extend(waits.get(next).into_iter().flatten());
            }
        }
        Ok(())
    }
}
