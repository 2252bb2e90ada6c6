//! How the sharing of data stands, for those who lead: what is late and whose, what is declared and not used, what needs a decision; each
//! figure with all that it counts. What a figure counts is said elsewhere: by the overview, duties, requests, claims, pairs, incidents.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use model::agency::{Bloc, Name};
use model::due::TimeLeft;
use model::fault::Fault;
use model::id::MemberId;
use model::words::Words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit::officer::Officer;
use crate::catalogue::duty;
use crate::directive::glance::{Glance, glance};
use crate::granting::request::{self, Wanted};
use crate::registry::lines::Wish;
use crate::reuse::measured::headline::{Headline, headline};
use crate::running::incident;
use crate::running::overview::{self, Line};
use crate::store::{Tx, all, from_json};
use crate::texts;
use crate::usage;
use crate::usage::pair::list as pairs;
use crate::usage::tree::{NOBODY, Tree};

/// Lines that are read at once of what grows without end: requests, differing days, incidents. All of them are counted.
const AT_ONCE: i64 = 500;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Topic {
    /// Databases that a source names or that were confirmed.
    KnownDatabases,
    /// Those that other agencies use.
    UsedDatabases,
    /// All duties to share.
    AllDuties,
    /// Those that are met.
    MetDuties,
    /// Databases whose day is over and that are not in shared use.
    LateDatabases,
    /// Duties whose day is over and that are not met.
    LateDuties,
    /// Requests whose step's clock has run out.
    LateRequests,
    /// Databases that are declared to be used, of which no use is seen.
    UnusedDatabases,
    /// Databases of which something that their owners claim waits to be confirmed.
    Claims,
    /// Requests under way.
    OpenRequests,
    /// Days on which the two sides of a pair counted otherwise.
    Differences,
    /// Incidents that last.
    Incidents,
}

impl Topic {
    /// All of them.
    pub(crate) const ALL: [Self; 12] = [
        Self::KnownDatabases,
        Self::UsedDatabases,
        Self::AllDuties,
        Self::MetDuties,
        Self::LateDatabases,
        Self::LateDuties,
        Self::LateRequests,
        Self::UnusedDatabases,
        Self::Claims,
        Self::OpenRequests,
        Self::Differences,
        Self::Incidents,
    ];
    /// Those that are told agency by agency.
    pub(crate) const BY_AGENCY: [Self; 5] =
        [Self::LateDatabases, Self::LateDuties, Self::LateRequests, Self::UnusedDatabases, Self::Claims];

    /// What it is, for people.
    pub(crate) fn words(self) -> Words {
        match self {
            Self::KnownDatabases => texts::known_databases(),
            Self::UsedDatabases => texts::used_databases(),
            Self::AllDuties => texts::all_duties(),
            Self::MetDuties => texts::met_duties(),
            Self::LateDatabases => texts::late_databases(),
            Self::LateDuties => texts::late_duties(),
            Self::LateRequests => texts::late_requests(),
            Self::UnusedDatabases => texts::unused_databases(),
            Self::Claims => texts::databases_to_confirm(),
            Self::OpenRequests => texts::open_requests(),
            Self::Differences => texts::differing_days(),
            Self::Incidents => texts::live_incidents(),
        }
    }

    /// The same above a narrow column.
    pub(crate) fn head(self) -> Words {
        match self {
            Self::LateDatabases => texts::head_late_databases(),
            Self::LateDuties => texts::head_late_duties(),
            Self::LateRequests => texts::head_late_requests(),
            Self::UnusedDatabases => texts::head_unused(),
            Self::Claims => texts::head_claims(),
            other => other.words(),
        }
    }
}

/// Something that a figure counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CountedThing)]
pub(crate) struct Item {
    /// Which.
    pub(crate) id: String,
    /// What it is called.
    pub(crate) name: Name,
    /// Whose it is, or whom it waits for; none: nobody's, or the hub's.
    pub(crate) agency: Option<String>,
    /// By how many days it is late, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) days_late: Option<i64>,
}

impl Item {
    fn new(id: impl Into<String>, name: Name, agency: Option<&MemberId>) -> Self {
        Self { id: id.into(), name, agency: agency.map(ToString::to_string), days_late: None }
    }

    fn late(self, time_left: Option<&TimeLeft>) -> Self {
        Self { days_late: time_left.filter(|left| left.is_late()).map(|left| -left.days), ..self }
    }
}

/// Figures, each by all that it counts.
pub(crate) type Figures = BTreeMap<Topic, Vec<Item>>;

/// What an agency and those below it have of what is counted agency by agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AgencyInSituation)]
pub(crate) struct Group {
    /// The agency at the top of its tree; none: what is nobody's, or the hub's.
    pub(crate) agency: Option<String>,
    /// Its name; none: it is not in the registry, or there is none.
    pub(crate) name: Option<Name>,
    /// Whether it is a province.
    pub(crate) province: bool,
    /// How many of each.
    pub(crate) counts: BTreeMap<Topic, usize>,
}

/// How it stands on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Situation {
    /// The day, in Viet Nam.
    pub(crate) day: Date,
    /// The edition of the rules by which figures are counted.
    pub(crate) rules: u32,
    /// The agency whose situation it is, with those below it; none: the whole country's.
    pub(crate) scope: Option<String>,
    /// What is counted.
    pub(crate) figures: BTreeMap<Topic, Vec<Item>>,
    /// By ministry and province, the one with most of it first. Those with nothing are left out.
    pub(crate) agencies: Vec<Group>,
    /// Names of the agencies that anything of it is of.
    pub(crate) names: BTreeMap<String, Name>,
    /// Reuse of data in procedures; none: the brief is older than its measures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reuse: Option<Headline>,
    /// Tasks of directives; none: the brief is older than they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tasks: Option<Glance>,
}

impl Situation {
    /// How many a figure counts.
    pub(crate) fn count(&self, topic: Topic) -> usize {
        self.items(topic).len()
    }

    /// What a figure counts.
    pub(crate) fn items(&self, topic: Topic) -> &[Item] {
        self.figures.get(&topic).map_or(&[], Vec::as_slice)
    }
}

/// What a figure counts now and did not before, and the other way round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SituationChange)]
pub(crate) struct Change {
    /// Which figure.
    pub(crate) topic: Topic,
    /// How many it was.
    pub(crate) before: usize,
    /// What it counts since then.
    pub(crate) came: Vec<Item>,
    /// What it counts no more.
    pub(crate) went: Vec<Item>,
}

/// What changed from one set of figures to another: those in which something did.
pub(crate) fn changes(before: &Figures, now: &Figures) -> Vec<Change> {
    let not_in = |items: &[Item], others: &[Item]| {
        let known: BTreeSet<&str> = others.iter().map(|item| item.id.as_str()).collect();
        items.iter().filter(|item| !known.contains(item.id.as_str())).cloned().collect::<Vec<_>>()
    };
    let change = |topic| {
        let [before, now] = [before, now].map(|figures| figures.get(&topic).map_or(&[][..], Vec::as_slice));
        Change { topic, before: before.len(), came: not_in(now, before), went: not_in(before, now) }
    };
    let changed = |change: &Change| !change.came.is_empty() || !change.went.is_empty();
    Topic::ALL.into_iter().map(change).filter(changed).collect()
}

/// How it stands for an officer: for one of the hub the whole country, for one of an agency what is theirs.
pub(crate) async fn situation(tx: &mut Tx, officer: &Officer, today: Date) -> Result<Situation, Fault> {
    let tree = Tree::whole(tx).await?;
    let scope = officer.agency.as_ref().map(ToString::to_string);
    let within = |agency: Option<&MemberId>| {
        scope.as_ref().is_none_or(|scope| tree.holds(scope, agency.map(MemberId::as_str)))
    };
    // A figure that counts nothing is there as well.
    let mut figures: Figures = Topic::ALL.into_iter().map(|topic| (topic, Vec::new())).collect();
    let lines = overview::databases(tx, today, false).await?;
    let data: HashMap<String, Name> = lines
        .iter()
        .flat_map(|line| &line.database.master_data)
        .map(|datum| (datum.code.clone(), datum.name.clone()))
        .collect();
    databases(&mut figures, lines.iter().filter(|line| within(line.database.owner.as_ref())));
    for (entry, progress) in duty::standing(tx, today).await? {
        if !within(progress.holder.as_ref()) {
            continue;
        }
        let name = data.get(&entry.datum).cloned();
        let name = name.unwrap_or_else(|| Name { vi: entry.datum.clone(), en: entry.datum.clone() });
        let item = Item::new(&entry.id, name, progress.holder.as_ref()).late(progress.time_left.as_ref());
        let topics = [
            (true, Topic::AllDuties),
            (progress.met, Topic::MetDuties),
            (progress.overdue, Topic::LateDuties),
        ];
        put(&mut figures, &item, topics);
    }
    requests(tx, &mut figures, officer, today).await?;
    beside(tx, &mut figures, officer, today).await?;
    let known = names(tx).await?;
    let mentioned: BTreeSet<&String> =
        figures.values().flatten().filter_map(|item| item.agency.as_ref()).chain(&scope).collect();
    let names = mentioned.into_iter().filter_map(|id| Some((id.clone(), known.get(id)?.0.clone()))).collect();
    let agencies = if scope.is_none() { groups(&figures, &tree, &known) } else { Vec::new() };
    let reuse = Some(headline(tx, officer, today).await?);
    let tasks = Some(glance(tx, officer, today).await?);
    Ok(Situation { day: today, rules: model::usage::RULES, scope, figures, agencies, names, reuse, tasks })
}

fn put<const N: usize>(figures: &mut Figures, item: &Item, topics: [(bool, Topic); N]) {
    for (_, topic) in topics.into_iter().filter(|(is_so, _)| *is_so) {
        figures.entry(topic).or_default().push(item.clone());
    }
}

fn databases<'a>(figures: &mut Figures, lines: impl Iterator<Item = &'a Line>) {
    for line in lines {
        let entry = &line.database;
        let item =
            Item::new(&entry.id, entry.name.clone(), entry.owner.as_ref()).late(line.time_left.as_ref());
        let topics = [
            (line.known, Topic::KnownDatabases),
            (line.is_used(), Topic::UsedDatabases),
            (line.is_late(), Topic::LateDatabases),
            (line.is_unused(), Topic::UnusedDatabases),
            (line.claims > 0, Topic::Claims),
        ];
        put(figures, &item, topics);
    }
}

async fn requests(tx: &mut Tx, figures: &mut Figures, officer: &Officer, today: Date) -> Result<(), Fault> {
    let services: Vec<(String, String, String)> = all!(tx, "SELECT id, name_vi, name_en FROM service")?;
    let services: HashMap<String, Name> =
        services.into_iter().map(|(id, vi, en)| (id, Name { vi, en })).collect();
    let open = Some(request::State::Open.word().to_owned());
    let late = Wanted { due_before: Some(today), limit: AT_ONCE, ..Wanted::default() };
    let open = Wanted { state: open, limit: AT_ONCE, ..Wanted::default() };
    for (topic, mut wanted) in [(Topic::LateRequests, late), (Topic::OpenRequests, open)] {
        let items = figures.entry(topic).or_default();
        loop {
            let lines = request::list(tx, officer, &wanted).await?;
            let Some(last) = lines.last() else { break };
            wanted.after.clone_from(&last.request.id);
            items.extend(lines.into_iter().map(|line| {
                let service = line.request.asking.service.to_string();
                let name = services.get(&service).cloned();
                let name = name.unwrap_or_else(|| Name { vi: service.clone(), en: service });
                let item = Item::new(&line.request.id, name, line.waits_for_agency());
                item.late(line.time_left(today).as_ref())
            }));
        }
    }
    Ok(())
}

/// Differences between counts, and incidents.
async fn beside(tx: &mut Tx, figures: &mut Figures, officer: &Officer, today: Date) -> Result<(), Fault> {
    let agency = officer.agency.as_ref().map(ToString::to_string).unwrap_or_default();
    let wanted = pairs::Wanted { agency, differing: true, ..pairs::Wanted::default() };
    let since = today - jiff::Span::new().days(usage::WINDOW_DAYS);
    let at_once = usize::try_from(AT_ONCE).unwrap_or_default();
    let differences = figures.entry(Topic::Differences).or_default();
    let mut mark = None;
    loop {
        let (differing, next) = pairs::list(tx, &wanted, (since, today), mark, at_once).await?;
        differences.extend(differing.iter().map(|line| {
            let (day, provider, consumer, service) = line.names();
            let name = Name { vi: service.to_owned(), en: service.to_owned() };
            let agency = Some(provider.to_owned());
            Item { id: format!("{day} {consumer} {service}"), name, agency, days_late: None }
        }));
        if next.is_none() {
            break;
        }
        mark = next;
    }
    let mut live = Wish { limit: AT_ONCE, ..Wish::default() }.when("live", true);
    let incidents = figures.entry(Topic::Incidents).or_default();
    loop {
        let (lines, more) = incident::list(tx, officer, live.clone()).await?;
        live.after = lines.last().map(|last| last.id.clone()).unwrap_or_default();
        incidents.extend(lines.into_iter().map(|line| {
            let name = Name { vi: line.vi, en: line.en };
            Item { id: line.id, name, agency: line.owners.into_iter().next(), days_late: None }
        }));
        if !more {
            return Ok(());
        }
    }
}

/// Names of all agencies, and whether each is of the localities.
async fn names(tx: &mut Tx) -> Result<HashMap<String, (Name, bool)>, Fault> {
    let rows: Vec<(String, String, String, String)> =
        all!(tx, "SELECT id, name_vi, name_en, bloc FROM agency")?;
    rows.into_iter()
        .map(|(id, vi, en, bloc)| Ok((id, (Name { vi, en }, from_json::<Bloc>(&bloc)? == Bloc::Local))))
        .collect()
}

fn groups(figures: &Figures, tree: &Tree, known: &HashMap<String, (Name, bool)>) -> Vec<Group> {
    let mut counts: BTreeMap<&str, BTreeMap<Topic, usize>> = BTreeMap::new();
    for topic in Topic::BY_AGENCY {
        for item in figures.get(&topic).into_iter().flatten() {
            let top = item.agency.as_deref().map_or(NOBODY, |agency| tree.known_top(agency));
            *counts.entry(top).or_default().entry(topic).or_default() += 1;
        }
    }
    let group = |(top, counts): (&str, BTreeMap<Topic, usize>)| {
        let (name, province) = known.get(top).cloned().unzip();
        let agency = (top != NOBODY).then(|| top.to_owned());
        Group { agency, name, province: province.unwrap_or_default(), counts }
    };
    let mut groups: Vec<Group> = counts.into_iter().map(group).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.counts.values().sum::<usize>()));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(ids: &[&str]) -> Figures {
        let item = |id: &&str| Item::new(*id, Name { vi: String::new(), en: String::new() }, None);
        [(Topic::LateDuties, ids.iter().map(item).collect())].into()
    }

    #[test]
    fn what_came_and_went_is_told_and_what_stayed_is_not() {
        let [change] = changes(&figures(&["a", "b"]), &figures(&["b", "c", "d"])).try_into().unwrap();
        let ids = |items: &[Item]| items.iter().map(|item| item.id.clone()).collect::<Vec<_>>();
        assert_eq!((change.topic, change.before), (Topic::LateDuties, 2));
        assert_eq!((ids(&change.came), ids(&change.went)), (vec!["c".into(), "d".into()], vec!["a".into()]));
        assert!(changes(&figures(&["a"]), &figures(&["a"])).is_empty());
    }
}
