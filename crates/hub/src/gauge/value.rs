//! What each measure comes to, of the whole country, of an agency with all below it, or of a database. Each counts what others count: what is
//! in use the overview says, what is met the duties, what a score is the quality. What is measured in part comes to all that it may be.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use model::database::{Duty, Standing};
use model::due;
use model::fault::Fault;
use model::time::day_in_viet_nam;

use crate::audit::officer::Officer;
use crate::catalogue::database::Seen;
use crate::catalogue::duty::{self, Progress, StepState};
use crate::directive::condition::Threshold;
use crate::directive::measure::Measure;
use crate::quality::current::Current;
use crate::quality::list::{Country, Level, Line as Scored};
use crate::reuse::measured::headline::headline;
use crate::running::overview::{self, Line};
use crate::store::{Tx, all};
use crate::usage;
use crate::usage::tree::Tree;

/// The tree of the State is not sixteen levels deep; a circle would be.
const DEEP: usize = 16;
/// So many agencies more than were seen may use what is not measured, as far as thresholds go.
const UNSEEN: u32 = 1_000;

/// What a measure is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum About<'a> {
    /// The whole country.
    Country,
    /// An agency with all below it.
    Agency(&'a str),
    /// A database.
    Database(&'a str),
}

impl<'a> About<'a> {
    /// What a threshold is about.
    pub(crate) fn of(threshold: &'a Threshold) -> Self {
        match (&threshold.agency, &threshold.database) {
            (_, Some(database)) => Self::Database(database),
            (Some(agency), None) => Self::Agency(agency.as_str()),
            (None, None) => Self::Country,
        }
    }
}

/// All that measures are made of, read once for all tasks.
pub(crate) struct Observed {
    today: Date,
    parents: HashMap<String, Option<String>>,
    tree: Tree,
    lines: Vec<Line>,
    duties: Vec<(Duty, Progress)>,
    country: Arc<Country>,
    /// Database, whose it is, who used it.
    uses: Vec<(String, String, String)>,
    /// Nodes that the hub has heard, by their agency.
    nodes: Vec<String>,
    /// Incidents that last, by the agency of a node of each.
    incidents: Vec<(String, String)>,
}

impl Observed {
    /// Reads it.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`], [`Fault::Internal`].
    pub(crate) async fn load(tx: &mut Tx, quality: &Current, now: Timestamp) -> Result<Self, Fault> {
        let today = day_in_viet_nam(now);
        let since = (today - jiff::Span::new().days(usage::WINDOW_DAYS)).to_string();
        let parents: Vec<(String, Option<String>)> = all!(tx, "SELECT id, parent FROM agency")?;
        let uses = all!(
            tx,
            "SELECT DISTINCT c.database_id, s.agency, u.consumer FROM usage_agency_day u JOIN service s ON s.id = u.service
             JOIN service_confirmed c ON c.service = s.id WHERE NOT u.test AND u.consumer <> s.agency AND u.day >= $1" => &since
        )?;
        let nodes: Vec<(String,)> =
            all!(tx, "SELECT n.agency FROM node_presence p JOIN node n ON n.id = p.node ORDER BY n.id")?;
        let incidents = all!(
            tx,
            "SELECT DISTINCT i.id, n.agency FROM incident i JOIN incident_node x ON x.incident = i.id JOIN node n ON n.id = x.node
             WHERE i.ended_at IS NULL AND i.state <> 'closed'"
        )?;
        Ok(Self {
            today,
            parents: parents.into_iter().collect(),
            tree: Tree::whole(tx).await?,
            lines: overview::databases(tx, today, true).await?,
            duties: duty::standing(tx, today).await?,
            country: quality.country(tx, now).await?,
            uses,
            nodes: nodes.into_iter().map(|(agency,)| agency).collect(),
            incidents,
        })
    }

    /// What a measure may be: one number where all of it was counted, several where part of it was. Nothing: it is not measured.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn value(
        &self,
        tx: &mut Tx,
        measure: Measure,
        about: About<'_>,
    ) -> Result<Vec<f64>, Fault> {
        let lines = || self.lines.iter().filter(move |line| self.is_of(line, about));
        let known = || lines().filter(|line| line.known);
        Ok(match measure {
            Measure::DatabasesKnown => exactly(known().count()),
            Measure::DatabasesConfirmed => exactly(known().filter(|line| is_confirmed(line)).count()),
            Measure::PriorityConfirmed => {
                exactly(known().filter(|line| line.database.priority && is_confirmed(line)).count())
            }
            Measure::DatabasesInUse => counts(known(), Line::is_used),
            Measure::PriorityInUse => counts(known().filter(|line| line.database.priority), Line::is_used),
            Measure::DatabasesInSharedUse => counts(known(), |line| line.observed == Seen::InSharedUse),
            Measure::DatabasesLate => late(known()),
            Measure::ShareInUse => shares(&counts(known(), Line::is_used), known().count()),
            Measure::ServicesConfirmed => vec![lines().map(|line| number(line.services)).sum()],
            Measure::Consumers | Measure::ConsumersOutside => {
                self.consumers(lines(), about, measure == Measure::ConsumersOutside)
            }
            Measure::DutiesMet => self.duties_met(about),
            Measure::DutiesMetShare => shares(&self.duties_met(about), self.duties(about).count()),
            Measure::DutiesLate => {
                let measured = |progress: &Progress| !is_unmeasured(progress);
                let late = |of: &(Duty, Progress)| of.1.overdue;
                let least = self.duties(about).filter(|of| late(of) && measured(&of.1)).count();
                between(least, self.duties(about).filter(|of| late(of)).count())
            }
            Measure::Quality => {
                let score = self.scored(about).filter(|line| line.overall.measured);
                score.and_then(|line| line.overall.value).into_iter().collect()
            }
            Measure::DefectsLate => {
                let measured = self.scored(about).filter(|line| line.datasets_measured > 0);
                measured.map(|line| number(line.defects_late)).into_iter().collect()
            }
            Measure::TermsBound => {
                let sum = |of: fn(&Line) -> i64| lines().map(of).sum::<i64>();
                let (bound, fields) = (sum(|line| line.bound), sum(|line| line.fields));
                if fields > 0 { vec![number(bound) * 100.0 / number(fields)] } else { Vec::new() }
            }
            Measure::Reuse => self.reuse(tx, about).await?,
            Measure::NodesHeard => {
                exactly(self.nodes.iter().filter(|agency| self.is_within(agency, about)).count())
            }
            Measure::IncidentsOpen => {
                let of = |agency: &String| self.is_within(agency, about);
                let open: BTreeSet<&String> =
                    self.incidents.iter().filter(|(_, agency)| of(agency)).map(|(id, _)| id).collect();
                // Of nodes that nobody has heard nobody knows how they are.
                if self.nodes.iter().any(of) { exactly(open.len()) } else { Vec::new() }
            }
        })
    }

    fn is_of(&self, line: &Line, about: About<'_>) -> bool {
        match about {
            About::Database(database) => line.database.id == database,
            about => match &line.database.owner {
                Some(owner) => self.is_within(owner.as_str(), about),
                None => about == About::Country,
            },
        }
    }

    /// Whether an agency is the one that is asked about, or below it.
    fn is_within(&self, agency: &str, about: About<'_>) -> bool {
        let About::Agency(top) = about else { return about == About::Country };
        let mut at = agency;
        for _ in 0..DEEP {
            if at == top {
                return true;
            }
            match self.parents.get(at).and_then(Option::as_deref) {
                Some(above) => at = above,
                None => return false,
            }
        }
        false
    }

    fn duties<'a>(&'a self, about: About<'a>) -> impl Iterator<Item = &'a (Duty, Progress)> {
        self.duties.iter().filter(move |(_, progress)| match &progress.holder {
            Some(holder) => self.is_within(holder.as_str(), about),
            None => about == About::Country,
        })
    }

    fn duties_met(&self, about: About<'_>) -> Vec<f64> {
        let all = self.duties(about).count();
        let met = self.duties(about).filter(|(_, progress)| progress.met).count();
        let unknown =
            self.duties(about).filter(|(_, progress)| !progress.met && is_unmeasured(progress)).count();
        if all > 0 && unknown == all { Vec::new() } else { between(met, met + unknown) }
    }

    fn consumers<'a>(
        &'a self,
        lines: impl Iterator<Item = &'a Line>,
        about: About<'a>,
        outside: bool,
    ) -> Vec<f64> {
        let (mut all, mut unknown) = (0, 0);
        for line in lines {
            all += 1;
            unknown += usize::from(line.observed == Seen::NotMeasured);
        }
        let asked = |database: &String, owner: &String| match about {
            About::Database(asked) => database == asked,
            about => self.is_within(owner, about),
        };
        let top = |agency: &'a String| self.tree.known_top(agency);
        let used = self.uses.iter().filter(|(database, owner, user)| {
            asked(database, owner) && (!outside || top(owner) != top(user))
        });
        let users: BTreeSet<&String> = used.map(|(.., user)| user).collect();
        let seen = u32::try_from(users.len()).unwrap_or(u32::MAX);
        match unknown {
            _ if all == 0 || unknown == all => Vec::new(),
            0 => exactly(users.len()),
            _ => (seen..=seen.saturating_add(UNSEEN)).map(f64::from).collect(),
        }
    }

    fn scored(&self, about: About<'_>) -> Option<&Scored> {
        let line = |level: Level, id: &str| self.country.lines(level).iter().find(|line| line.id == id);
        match about {
            About::Country => self.country.lines(Level::Nation).first(),
            About::Agency(agency) => line(Level::Agency, agency).or_else(|| line(Level::Province, agency)),
            About::Database(database) => line(Level::Database, database),
        }
    }

    async fn reuse(&self, tx: &mut Tx, about: About<'_>) -> Result<Vec<f64>, Fault> {
        let agency = match about {
            About::Country => None,
            About::Agency(agency) => Some(crate::store::from_text(agency)?),
            About::Database(_) => return Ok(Vec::new()),
        };
        let of = Officer { agency, ..Officer::nobody("") };
        let told = headline(tx, &of, self.today).await?;
        if !told.measured || told.applicable == 0 {
            return Ok(Vec::new());
        }
        #[expect(clippy::cast_precision_loss, reason = "cases of a month")]
        let rate = told.reused as f64 * 100.0 / told.applicable as f64;
        Ok(vec![rate])
    }
}

fn is_confirmed(line: &Line) -> bool {
    line.database.standing == Standing::Confirmed
}

fn is_unmeasured(progress: &Progress) -> bool {
    progress.steps.iter().any(|step| step.state == StepState::NotMeasured)
}

/// How many databases are so, of which some may be that nobody measures. Nothing: nobody measures any.
fn counts<'a>(lines: impl Iterator<Item = &'a Line>, is_so: impl Fn(&Line) -> bool) -> Vec<f64> {
    let (mut all, mut so, mut unknown) = (0, 0, 0);
    for line in lines {
        all += 1;
        so += usize::from(is_so(line));
        unknown += usize::from(line.observed == Seen::NotMeasured);
    }
    if all > 0 && unknown == all { Vec::new() } else { between(so, so + unknown) }
}

/// How many databases are late. One whose day is over and that nobody measures may be.
fn late<'a>(lines: impl Iterator<Item = &'a Line>) -> Vec<f64> {
    let (mut late, mut unknown) = (0, 0);
    for line in lines {
        late += usize::from(line.is_late());
        let is_over = |left: &due::TimeLeft| left.state == due::State::NotMeasured;
        unknown += usize::from(line.time_left.as_ref().is_some_and(is_over));
    }
    between(late, late + unknown)
}

/// Counts as parts of a hundred. Of nothing there are none.
fn shares(counts: &[f64], all: usize) -> Vec<f64> {
    if all == 0 {
        return Vec::new();
    }
    let all = exactly(all);
    counts.iter().zip(all.iter().cycle()).map(|(count, all)| count * 100.0 / all).collect()
}

fn exactly(count: usize) -> Vec<f64> {
    between(count, count)
}

/// All whole numbers between two.
#[expect(clippy::cast_precision_loss, reason = "counts of what a registry holds")]
fn between(least: usize, most: usize) -> Vec<f64> {
    (least..=most).map(|count| count as f64).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of what a registry holds")]
fn number(count: i64) -> f64 {
    count as f64
}
