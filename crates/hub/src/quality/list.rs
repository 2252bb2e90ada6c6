//! Scores of all there is on a level, from datasets up to the nation. What is above datasets is made of what was counted in them, merged
//! under the dictionary's names, and of no means of means.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use model::agency::{Bloc, Name};
use model::fault::{Fault, Words};
use model::text::search_key;
use model::time::day_in_viet_nam;
use quality::rule::Criterion;
use quality::score::{self, Summary};
use quality::{RulePack, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::kept::{Latest, latest};
use super::shared::Shared;
use super::{Band, Criteria, Score, Scores, pack};
use crate::registry::order::Order;
use crate::store::{Tx, all, from_json};
use crate::texts;
use crate::usage::tree::Tree;

/// A measurement counts for so long: data are profiled once a quarter at least (rules.md, DQ-06).
pub(crate) const COUNTS_FOR: SignedDuration = SignedDuration::from_hours(24 * 92);
/// What lists are ordered by, and the columns of their tables.
pub(crate) const ORDERS: [&str; 15] = [
    "id",
    "name.vi",
    "name.en",
    "owner",
    "overall",
    "accurate",
    "complete",
    "clean",
    "live",
    "consistent",
    "shared",
    "alerts",
    "rows",
    "measured_at",
    "defects",
];
pub(crate) const COLUMNS: [&str; 29] = [
    "level",
    "id",
    "name.vi",
    "name.en",
    "owner",
    "bloc",
    "overall.measured",
    "overall.value",
    "overall.band",
    "overall.low",
    "overall.high",
    "overall.count",
    "overall.coverage",
    "criteria.accurate.value",
    "criteria.complete.value",
    "criteria.clean.value",
    "criteria.live.value",
    "criteria.consistent.value",
    "criteria.shared.value",
    "alerts",
    "datasets",
    "datasets_measured",
    "datasets_out_of_date",
    "rows",
    "sampled",
    "measured_at",
    "defects",
    "defects_late",
    "pack",
];

/// What scores are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = QualityLevel)]
pub(crate) enum Level {
    /// All of it.
    Nation,
    /// A branch of the State.
    Bloc,
    /// A province with all below it.
    Province,
    /// An agency at the top of its tree, with all below it.
    Agency,
    /// A database: the datasets that were confirmed to belong to it.
    #[default]
    Database,
    /// A dataset.
    Dataset,
}

impl Level {
    pub(crate) const ALL: [Self; 6] =
        [Self::Nation, Self::Bloc, Self::Province, Self::Agency, Self::Database, Self::Dataset];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Nation => "nation",
            Self::Bloc => "bloc",
            Self::Province => "province",
            Self::Agency => "agency",
            Self::Database => "database",
            Self::Dataset => "dataset",
        }
    }
}

/// The scores of something, on one line.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = QualityLine)]
pub(crate) struct Line {
    /// What it is.
    pub(crate) level: Level,
    /// Which: an identifier, a code, or the word of a bloc. Of the nation `nation`.
    pub(crate) id: String,
    /// What it is called.
    pub(crate) name: Name,
    /// Whose it is, of a database or a dataset.
    pub(crate) owner: Option<String>,
    /// The branch of the State that it belongs to.
    pub(crate) bloc: Option<Bloc>,
    /// The mean.
    pub(crate) overall: Score,
    /// By criterion.
    pub(crate) criteria: Criteria,
    /// Rules of key fields that fail: told whatever the mean is.
    pub(crate) alerts: usize,
    /// The rule pack that scores were made by.
    pub(crate) pack: String,
    /// How many datasets it has.
    pub(crate) datasets: usize,
    /// How many of them were measured within a quarter. The others count as not measured.
    pub(crate) datasets_measured: usize,
    /// How many were measured longer ago than that.
    pub(crate) datasets_out_of_date: usize,
    /// Rows that were read of those.
    pub(crate) rows: u64,
    /// Whether any of them is a sample.
    pub(crate) sampled: bool,
    /// When it was measured last; null: never.
    #[schema(format = DateTime)]
    pub(crate) measured_at: Option<String>,
    /// Defects that are not corrected yet.
    pub(crate) defects: i64,
    /// Those of them whose day is over.
    pub(crate) defects_late: i64,
}

/// A dataset with where it belongs.
#[derive(PartialEq)]
struct Known {
    id: String,
    name: Name,
    owner: String,
    database: Option<String>,
    latest: Option<Arc<Latest>>,
    /// Defects that are open, and those that are late.
    defects: (i64, i64),
}

#[derive(PartialEq, Eq)]
struct Of {
    name: Name,
    bloc: Bloc,
}

/// The word for a bloc, as documents have it.
fn bloc_word(bloc: Bloc) -> String {
    serde_json::to_value(bloc).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

fn bloc_words(bloc: Bloc) -> Words {
    match bloc {
        Bloc::Government => texts::bloc_government(),
        Bloc::Local => texts::bloc_local(),
        Bloc::Party => texts::bloc_party(),
        Bloc::Assembly => texts::bloc_assembly(),
        Bloc::President => texts::bloc_president(),
        Bloc::Court => texts::bloc_court(),
        Bloc::Procuracy => texts::bloc_procuracy(),
        Bloc::Audit => texts::bloc_audit(),
        Bloc::Front => texts::bloc_front(),
    }
}

/// What was counted in some datasets, as one.
#[derive(Clone)]
struct Merged {
    /// None: of one dataset or none, which have it themselves.
    state: Option<Arc<State>>,
    summary: Summary,
}

/// What was merged, by the numbers of what it was merged of: what others have reported since changes nothing of it.
#[derive(Default)]
struct Merges {
    before: HashMap<Vec<u64>, Merged>,
    now: Mutex<HashMap<Vec<u64>, Merged>>,
}

impl Merges {
    fn of(&self, latest: &[&Latest], pack: &RulePack) -> Merged {
        let key: Vec<u64> = latest.iter().map(|latest| latest.serial).collect();
        let known = |map: &HashMap<Vec<u64>, Merged>| map.get(&key).cloned();
        if let Some(merged) = known(&self.now.lock().unwrap_or_else(PoisonError::into_inner)) {
            return merged;
        }
        let made = self.before.get(&key).cloned().unwrap_or_else(|| {
            let whole = merged(latest.iter().map(|latest| &latest.pooled));
            let summary = whole.as_ref().map(|state| score::score(state, pack).summary).unwrap_or_default();
            Merged { state: whole.filter(|_| latest.len() > 1).map(Arc::new), summary }
        });
        self.now.lock().unwrap_or_else(PoisonError::into_inner).insert(key, made.clone());
        made
    }

    /// Those of which nothing was measured anew, for the next country.
    fn kept(&self, latest: &[Known]) -> HashMap<Vec<u64>, Merged> {
        let serials: HashSet<u64> =
            latest.iter().filter_map(|dataset| Some(dataset.latest.as_ref()?.serial)).collect();
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let all = self.before.iter().chain(now.iter());
        all.filter(|(key, _)| key.iter().all(|serial| serials.contains(serial)))
            .map(|(key, merged)| (key.clone(), merged.clone()))
            .collect()
    }
}

/// All that lines are made of: read in a few statements, and merged once.
pub(crate) struct Country {
    pack: &'static RulePack,
    /// When it was made, and until when no measurement becomes too old.
    now: Timestamp,
    until: Timestamp,
    merges: Merges,
    /// The lines of each level, as soon as anybody has asked for them.
    lines: [OnceLock<Vec<Line>>; Level::ALL.len()],
    tree: Tree,
    agencies: BTreeMap<String, Of>,
    databases: Vec<(String, Name, Option<String>)>,
    datasets: Vec<Known>,
    services: HashMap<String, Vec<String>>,
    shared: Shared,
}

impl Country {
    /// Reads it, with what one that was read before has of it already.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn load(tx: &mut Tx, now: Timestamp, before: Option<&Self>) -> Result<Self, Fault> {
        let today = day_in_viet_nam(now);
        let tree = Tree::whole(tx).await?;
        let shared = Shared::load(tx, &tree, today).await?;
        let rows: Vec<(String, String, String, String)> =
            all!(tx, "SELECT id, name_vi, name_en, bloc FROM agency")?;
        let mut agencies = BTreeMap::new();
        for (id, vi, en, bloc) in rows {
            agencies.insert(id, Of { name: Name { vi, en }, bloc: from_json(&bloc)? });
        }
        let confirmed: Vec<(String, String)> =
            all!(tx, "SELECT service, database_id FROM service_confirmed ORDER BY service")?;
        let mut services: HashMap<String, Vec<String>> = HashMap::new();
        for (service, database) in &confirmed {
            services.entry(database.clone()).or_default().push(service.clone());
        }
        let databases = databases(tx).await?;
        let read = before.iter().flat_map(|before| &before.datasets);
        let read = read.filter_map(|dataset| Some((dataset.id.clone(), dataset.latest.clone()?))).collect();
        let datasets = datasets(tx, (confirmed.into_iter().collect(), read), today).await?;
        let ends = datasets.iter().filter_map(|dataset| Some(dataset.latest.as_ref()?.ended_at + COUNTS_FOR));
        let until = ends.filter(|end| *end >= now).min().unwrap_or(Timestamp::MAX);
        let before = before.map(|before| before.merges.kept(&datasets)).unwrap_or_default();
        let (merges, lines) = (Merges { before, ..Merges::default() }, Default::default());
        Ok(Self {
            pack: pack()?,
            now,
            until,
            merges,
            lines,
            tree,
            agencies,
            databases,
            datasets,
            services,
            shared,
        })
    }

    /// Whether it is at another moment what it was when it was made, as far as time alone changes it: days end, and measurements become too
    /// old.
    pub(crate) fn holds_at(&self, now: Timestamp) -> bool {
        self.now <= now && now <= self.until && day_in_viet_nam(self.now) == day_in_viet_nam(now)
    }

    /// Whether another one has the same lines.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.holds_at(other.now)
            && self.tree == other.tree
            && self.agencies == other.agencies
            && self.databases == other.databases
            && self.datasets == other.datasets
            && self.services == other.services
            && self.shared == other.shared
    }

    fn bloc_of(&self, owner: &str) -> Option<Bloc> {
        self.agencies.get(self.tree.known_top(owner)).or_else(|| self.agencies.get(owner)).map(|of| of.bloc)
    }

    /// All lines of a level, in order of their names.
    pub(crate) fn lines(&self, level: Level) -> &[Line] {
        let place = Level::ALL.iter().position(|known| *known == level);
        match place.and_then(|place| self.lines.get(place)) {
            Some(lines) => lines.get_or_init(|| self.made(level)),
            None => &[],
        }
    }

    fn made(&self, level: Level) -> Vec<Line> {
        match level {
            Level::Nation => {
                let name = super::named(&texts::nation());
                vec![self.above((level, "nation".to_owned(), name), |_| true)]
            }
            Level::Bloc => self.blocs(),
            Level::Province => self.tops(level, |_, of| of.bloc == Bloc::Local),
            Level::Agency => {
                let owners = self.datasets.iter().map(|of| of.owner.as_str());
                let owners = owners.chain(self.databases.iter().filter_map(|(.., owner)| owner.as_deref()));
                let with: BTreeSet<&str> = owners.map(|owner| self.tree.known_top(owner)).collect();
                self.tops(level, |id, _| with.contains(id))
            }
            Level::Database => self.databases.iter().map(|database| self.database(database)).collect(),
            Level::Dataset => self.datasets.iter().map(|dataset| self.dataset(dataset)).collect(),
        }
    }

    fn blocs(&self) -> Vec<Line> {
        let blocs: BTreeMap<String, Bloc> =
            self.agencies.values().map(|of| (bloc_word(of.bloc), of.bloc)).collect();
        let line = |(word, bloc): (String, Bloc)| {
            let name = super::named(&bloc_words(bloc));
            let line = self.above((Level::Bloc, word, name), |owner| self.bloc_of(owner) == Some(bloc));
            Line { bloc: Some(bloc), ..line }
        };
        blocs.into_iter().map(line).collect()
    }

    fn tops(&self, level: Level, which: impl Fn(&str, &Of) -> bool) -> Vec<Line> {
        let tops = self.agencies.iter().filter(|(id, of)| self.tree.known_top(id) == **id && which(id, of));
        let line = |(id, of): (&String, &Of)| {
            let line =
                self.above((level, id.clone(), of.name.clone()), |owner| self.tree.known_top(owner) == *id);
            Line { bloc: Some(of.bloc), ..line }
        };
        tops.map(line).collect()
    }

    /// What is above databases: all of the owners that it holds.
    fn above(&self, head: (Level, String, Name), holds: impl Fn(&str) -> bool) -> Line {
        let datasets: Vec<&Known> = self.datasets.iter().filter(|dataset| holds(&dataset.owner)).collect();
        let databases = self.databases.iter().filter(|(.., owner)| owner.as_deref().is_some_and(&holds));
        let with_services = databases.filter_map(|(id, ..)| self.services.get(id));
        let users: Vec<Option<usize>> =
            with_services.map(|services| self.shared.agencies(services.iter().map(String::as_str))).collect();
        self.line(head, &datasets, Shared::score(&users))
    }

    fn database(&self, (id, name, owner): &(String, Name, Option<String>)) -> Line {
        let of = |dataset: &&Known| dataset.database.as_deref() == Some(id);
        let datasets: Vec<&Known> = self.datasets.iter().filter(of).collect();
        let users =
            self.services.get(id).map(|services| self.shared.agencies(services.iter().map(String::as_str)));
        let shared = Shared::score(users.as_slice());
        let line = self.line((Level::Database, id.clone(), name.clone()), &datasets, shared);
        let bloc = owner.as_deref().and_then(|owner| self.bloc_of(owner));
        Line { owner: owner.clone(), bloc, ..line }
    }

    fn dataset(&self, dataset: &Known) -> Line {
        let shared = Shared::score(&[self.shared.agencies([dataset.id.as_str()])]);
        let line = self.line((Level::Dataset, dataset.id.clone(), dataset.name.clone()), &[dataset], shared);
        let of_own_names = dataset.latest.as_ref().filter(|latest| self.is_fresh(latest));
        let line = match of_own_names {
            // As its own page has it: under its own names, of which two may be of one term.
            Some(latest) => {
                let Scores { overall, criteria, alerts, pack } = latest.scores.clone();
                let criteria = Criteria { shared: line.criteria.shared, ..criteria };
                Line { overall, criteria, alerts, pack, ..line }
            }
            None => line,
        };
        Line { owner: Some(dataset.owner.clone()), bloc: self.bloc_of(&dataset.owner), ..line }
    }

    /// The last reports that still count, by their dataset: the node that made each, and its number.
    pub(crate) fn reports(&self) -> impl Iterator<Item = (&str, (&str, i64))> {
        self.datasets.iter().filter_map(|dataset| {
            let latest = dataset.latest.as_deref().filter(|latest| self.is_fresh(latest))?;
            Some((dataset.id.as_str(), (latest.of.0.as_str(), latest.of.1)))
        })
    }

    fn is_fresh(&self, latest: &Latest) -> bool {
        self.now.duration_since(latest.ended_at) <= COUNTS_FOR
    }

    fn line(
        &self,
        (level, id, name): (Level, String, Name),
        datasets: &[&Known],
        shared: score::Score,
    ) -> Line {
        let all: Vec<&Latest> = datasets.iter().filter_map(|dataset| dataset.latest.as_deref()).collect();
        let fresh: Vec<&Latest> = all.iter().copied().filter(|latest| self.is_fresh(latest)).collect();
        // Of few rows nothing was told: that is no measurement of anything.
        let told = fresh.iter().filter(|latest| latest.scores.overall.measured).count();
        let summary = self.merges.of(&fresh, self.pack).summary.with_shared(shared);
        let mut scores = Scores::of(&summary, self.pack);
        if !datasets.is_empty() {
            lower_coverage(&mut scores, told, datasets.len());
        }
        Line {
            level,
            id,
            name,
            owner: None,
            bloc: None,
            overall: scores.overall,
            criteria: scores.criteria,
            alerts: scores.alerts,
            pack: scores.pack,
            datasets: datasets.len(),
            datasets_measured: told,
            datasets_out_of_date: all.len() - fresh.len(),
            rows: fresh.iter().map(|latest| latest.pooled.rows).sum(),
            sampled: fresh.iter().any(|latest| latest.pooled.sampled),
            measured_at: all.iter().map(|latest| latest.ended_at).max().map(|at| at.to_string()),
            defects: datasets.iter().map(|dataset| dataset.defects.0).sum(),
            defects_late: datasets.iter().map(|dataset| dataset.defects.1).sum(),
        }
    }

    /// A number as the list tells it: the whole, or a criterion. Datasets that were not measured lower its coverage.
    pub(crate) fn told(&self, level: Level, id: &str, kind: &str, number: &str) -> Option<super::Score> {
        let line = self.lines(level).iter().find(|line| line.id == id)?;
        match kind {
            "whole" => Some(line.overall),
            "criterion" => {
                let criterion = Criterion::ALL.into_iter().find(|criterion| criterion.word() == number)?;
                Some(*line.criteria.get(criterion))
            }
            _ => None,
        }
    }

    /// What was counted in all datasets of something, merged. None: there is no such thing on this level.
    pub(crate) fn merged(&self, level: Level, id: &str) -> Option<Option<Arc<State>>> {
        let of = |dataset: &&Known| match level {
            Level::Nation => true,
            Level::Bloc => self.bloc_of(&dataset.owner).is_some_and(|bloc| bloc_word(bloc) == id),
            Level::Province | Level::Agency => self.tree.known_top(&dataset.owner) == id,
            Level::Database => dataset.database.as_deref() == Some(id),
            Level::Dataset => dataset.id == id,
        };
        let there = self.lines(level).iter().any(|line| line.id == id);
        let latest = self.datasets.iter().filter(of).filter_map(|dataset| dataset.latest.as_deref());
        let fresh: Vec<&Latest> = latest.filter(|latest| self.is_fresh(latest)).collect();
        let state = || match fresh.as_slice() {
            [] => None,
            [one] => Some(Arc::new(one.pooled.clone())),
            several => self.merges.of(several, self.pack).state,
        };
        there.then(state)
    }
}

/// States as one. Under the dictionary's names each version of a rule is a rule by itself, so all of them merge.
fn merged<'a>(mut states: impl Iterator<Item = &'a State>) -> Option<State> {
    let mut whole = states.next()?.clone();
    for state in states {
        if let Err(error) = whole.take(state) {
            tracing::error!(%error, "two measurements do not merge");
        }
    }
    Some(whole)
}

/// Datasets that were not measured lower the coverage of what is above them, and nothing else.
#[expect(clippy::cast_precision_loss, reason = "a share of a number of datasets")]
fn lower_coverage(scores: &mut Scores, measured: usize, of: usize) {
    let share = measured as f64 / of.max(1) as f64;
    let Criteria { accurate, complete, clean, live, consistent, .. } = &mut scores.criteria;
    for score in [&mut scores.overall, accurate, complete, clean, live, consistent] {
        score.coverage = score.coverage.map(|coverage| super::down(coverage * share));
    }
}

async fn databases(tx: &mut Tx) -> Result<Vec<(String, Name, Option<String>)>, Fault> {
    #[derive(Deserialize)]
    struct Entry {
        name: Name,
    }
    let rows: Vec<(String, Option<String>, String)> =
        all!(tx, "SELECT id, owner, entry FROM database_entry ORDER BY id")?;
    let read = |(id, owner, entry): (String, Option<String>, String)| {
        let Entry { name } = from_json(&entry)?;
        Ok((id, name, owner))
    };
    rows.into_iter().map(read).collect()
}

async fn datasets(
    tx: &mut Tx,
    (databases, read): (HashMap<String, String>, BTreeMap<String, Arc<Latest>>),
    today: Date,
) -> Result<Vec<Known>, Fault> {
    let rows: Vec<(String, String, String, String)> = all!(
        tx,
        "SELECT id, agency, name_vi, name_en FROM service WHERE offer LIKE '{\"dataset\":%' ORDER BY id"
    )?;
    // The figure is public: what consumers report, whoever they are, does not move it.
    let open: Vec<(String, i64, i64)> = all!(
        tx,
        "SELECT service, COUNT(*), COUNT(CASE WHEN due < $1 THEN 1 END) FROM quality_defect
         WHERE state IN ('open', 'correcting') AND origin = 'measured' GROUP BY service"
        => today.to_string()
    )?;
    let open: HashMap<String, (i64, i64)> =
        open.into_iter().map(|(service, open, late)| (service, (open, late))).collect();
    let mut latest = latest(tx, &read).await?;
    let known = |(id, owner, vi, en): (String, String, String, String)| Known {
        database: databases.get(&id).cloned(),
        latest: latest.remove(&id),
        defects: open.get(&id).copied().unwrap_or_default(),
        name: Name { vi, en },
        owner,
        id,
    };
    Ok(rows.into_iter().map(known).collect())
}

/// What is asked of a list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Of this level.
    pub(crate) level: Level,
    /// Of this agency, or one below it.
    pub(crate) agency: String,
    /// Of this branch of the State.
    pub(crate) bloc: String,
    /// Of this database.
    pub(crate) database: String,
    /// In this band; `not_measured` for what was not.
    pub(crate) band: String,
    /// With these words.
    pub(crate) text: String,
    /// In this order; none: that of names.
    pub(crate) order: Option<Order>,
}

/// The lines that are asked for, in their order.
pub(crate) fn list<'a>(country: &'a Country, wanted: &Wanted) -> Vec<&'a Line> {
    let words: Vec<String> = search_key(&wanted.text).split_whitespace().map(str::to_owned).collect();
    let band = |line: &Line| match line.overall.band {
        Some(Band::Red) => "red",
        Some(Band::Yellow) => "yellow",
        Some(Band::Green) => "green",
        None => "not_measured",
    };
    let is_asked = |line: &&Line| {
        let owner = line.owner.as_deref().unwrap_or(&line.id);
        let of_agency = wanted.agency.is_empty()
            || owner == wanted.agency
            || country.tree.known_top(owner) == wanted.agency;
        let of_bloc = wanted.bloc.is_empty() || line.bloc.is_some_and(|bloc| bloc_word(bloc) == wanted.bloc);
        let of_database = wanted.database.is_empty()
            || line.id == wanted.database
            || country.services.get(&wanted.database).is_some_and(|services| services.contains(&line.id));
        let of_band = wanted.band.is_empty() || band(line) == wanted.band;
        let has_words = || {
            let key = search_key(&format!("{} {} {}", line.id, line.name.vi, line.name.en));
            words.iter().all(|word| key.contains(word))
        };
        of_agency && of_bloc && of_database && of_band && (words.is_empty() || has_words())
    };
    let mut lines: Vec<&Line> = country.lines(wanted.level).iter().filter(is_asked).collect();
    if let Some(Order { column, descending }) = &wanted.order {
        lines.sort_by(|a, b| compare(a, b, column).then_with(|| a.id.cmp(&b.id)));
        if *descending {
            lines.reverse();
        }
    }
    lines
}

/// By a column. What was not measured stands below everything that was.
fn compare(a: &Line, b: &Line, column: &str) -> std::cmp::Ordering {
    let number = |line: &Line| {
        let score = match column {
            "overall" => line.overall,
            "accurate" => line.criteria.accurate,
            "complete" => line.criteria.complete,
            "clean" => line.criteria.clean,
            "live" => line.criteria.live,
            "consistent" => line.criteria.consistent,
            _ => line.criteria.shared,
        };
        score.value.unwrap_or(-1.0)
    };
    match column {
        "id" => a.id.cmp(&b.id),
        "name.vi" => search_key(&a.name.vi).cmp(&search_key(&b.name.vi)),
        "name.en" => search_key(&a.name.en).cmp(&search_key(&b.name.en)),
        "owner" => a.owner.cmp(&b.owner),
        "alerts" => a.alerts.cmp(&b.alerts),
        "rows" => a.rows.cmp(&b.rows),
        "defects" => a.defects.cmp(&b.defects),
        "measured_at" => {
            let at = |line: &Line| line.measured_at.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
            at(a).cmp(&at(b))
        }
        _ => number(a).total_cmp(&number(b)),
    }
}
