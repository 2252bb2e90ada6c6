//! Reuse as it was counted: of the nation, an agency, an office, a procedure, a paper, a reason, in a month. What nobody has told is not measured,
//! which is not the same as nothing. Officers of the hub see all of it, those of an agency their own; of others they see what gives no small
//! number away.

pub(crate) mod drop;
mod guard;
pub(crate) mod headline;
pub(crate) mod line;
pub(crate) mod owner;
mod withhold;

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::Date;
use model::agency::{Bloc, Name};
use model::fault::{Fault, Words};
use model::gap::{Gap, GapClass};
use model::id::{Grantee, SystemId};
use model::procedure::Procedure;
use model::reuse_report::Counted;
use model::scope::{ReusePack, Scope};
use model::text::search_key;

use crate::audit::officer::Officer;
use crate::registry::every;
use crate::registry::order::Order;
use crate::store::{Tx, all, from_json};
use crate::texts;
use crate::usage::tree::Tree;
use guard::Hidden;
use line::{Basis, Level, Line, compare, percent};

/// Beside the words of [`Counted`]: applicable, and published by a ministry as replaced on that day.
pub(crate) const COVERED: &str = "covered";
/// What stands for a requirement that replaces no paper.
const NONE: &str = "none";
/// Cells below this are not told where no pack says another number.
const SMALL: u64 = 5;

/// What is summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Measure {
    Cases,
    Applicable,
    Covered,
    Shown,
    Reused,
    Differing,
    LookUps,
    LookUpsCounted,
    PapersNeeded,
    ReAsks,
}

impl Measure {
    const ALL: [Self; 10] = [
        Self::Cases,
        Self::Applicable,
        Self::Covered,
        Self::Shown,
        Self::Reused,
        Self::Differing,
        Self::LookUps,
        Self::LookUpsCounted,
        Self::PapersNeeded,
        Self::ReAsks,
    ];
}

/// What was counted, by its words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Sums(BTreeMap<String, u64>);

impl Sums {
    fn get(&self, measure: Measure) -> u64 {
        let word = |word: &str| self.0.get(word).copied().unwrap_or_default();
        let of = |counted: Counted| word(counted.word());
        let less = |counted, back| of(counted).saturating_sub(of(back));
        match measure {
            Measure::Cases => of(Counted::Decided),
            Measure::Applicable => of(Counted::Applicable),
            Measure::Covered => word(COVERED),
            Measure::Shown => of(Counted::Shown),
            Measure::Reused => less(Counted::Reused, Counted::TakenBack),
            Measure::Differing => of(Counted::Differing),
            Measure::LookUps => of(Counted::LookedUp),
            Measure::LookUpsCounted => less(Counted::Yielded, Counted::YieldTakenBack),
            Measure::PapersNeeded => of(Counted::PaperNeeded),
            Measure::ReAsks => of(Counted::ReAsked),
        }
    }

    fn add(&mut self, counted: &str, count: u64) {
        let sum = self.0.entry(counted.to_owned()).or_default();
        *sum = sum.saturating_add(count);
    }
}

/// Sums by a column.
type Table = BTreeMap<String, Sums>;

/// What is asked of a list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Of this level.
    pub(crate) level: Level,
    /// Only what this agency and those below it have counted.
    pub(crate) agency: String,
    /// Only of this procedure.
    pub(crate) procedure: String,
    /// Only of this paper.
    pub(crate) paper: String,
    /// With these words.
    pub(crate) text: String,
    /// In this order.
    pub(crate) order: Option<Order>,
}

/// The month of a day.
pub(crate) fn month_of(day: Date) -> String {
    day.strftime("%Y-%m").to_string()
}

/// What an officer looks at: a month, and what the registry says beside it.
pub(crate) struct Look {
    pub(crate) basis: Basis,
    own: Option<String>,
    /// Of which agency, with those below it; empty: of all.
    of: String,
    tree: Tree,
    agencies: BTreeMap<String, (Name, Bloc)>,
    /// Agencies whose systems may ask by a scope.
    offices: BTreeSet<String>,
    /// Those of which anything was told in the month.
    reporting: BTreeSet<String>,
    /// Answers that nodes of other agencies counted to have given to each in the month.
    witnessed: BTreeMap<String, u64>,
    pub(crate) procedures: Vec<Procedure>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) pack: Option<ReusePack>,
    reasons: BTreeMap<String, Name>,
}

/// What sums are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    Office,
    Procedure,
    Paper,
    Reason,
}

/// Sums of a month by a column, of an agency with all below it, a procedure, a paper; an empty text is no filter.
macro_rules! sums_by {
    ($column:literal) => {
        concat!(
            "WITH RECURSIVE below(id) AS (SELECT id FROM agency WHERE id = $2 UNION
                 SELECT a.id FROM agency a JOIN below b ON a.parent = b.id)
             SELECT ",
            $column,
            ", counted, CAST(SUM(count) AS BIGINT) FROM reuse_month
             WHERE month = $1 AND ($2 = '' OR office IN (SELECT id FROM below)) AND ($3 = '' OR procedure = $3) AND ($4 = '' OR paper = $4)
             GROUP BY ",
            $column,
            ", counted"
        )
    };
}

impl Look {
    /// A month as an officer sees it: the one that is named, else the present one for those who see all of what they ask for, and the last one
    /// that is over for others. Others see no month before it is over: from one day to the next a small number could be told.
    ///
    /// # Errors
    /// [`Fault::BadParameters`], [`Fault::NotTheirs`], [`Fault::StoreFailed`].
    pub(crate) async fn load(
        tx: &mut Tx,
        officer: &Officer,
        (month, wanted): (&str, &Wanted),
        today: Date,
    ) -> Result<Self, Fault> {
        let tree = Tree::whole(tx).await?;
        let own = officer.agency.as_ref().map(ToString::to_string);
        let is_own = |of: &str| own.as_ref().is_none_or(|own| tree.holds(own, Some(of)));
        let (of_agency, is_all) = (!wanted.agency.is_empty(), own.is_none());
        // Of offices everybody sees their own.
        let is_exact = is_all || wanted.level == Level::Office || of_agency;
        let is_within = wanted.procedure.is_empty() && wanted.paper.is_empty() || is_all || of_agency;
        if of_agency && !is_own(&wanted.agency) || !is_within {
            let agency = Words::quoted(own.as_deref().unwrap_or_default());
            return Err(Fault::NotTheirs { subject: texts::reuse_within_others(), agency });
        }
        let (month, is_over) = chosen(month, today, is_exact)?;
        let packs = every::<ReusePack>(tx, &[]).await?;
        let reasons = packs.iter().flat_map(|pack| &pack.reasons);
        let reasons = reasons.map(|reason| (reason.code.clone(), reason.name.clone())).collect();
        let pack = packs.into_iter().max_by_key(ReusePack::version);
        let rows: Vec<(String, String, String, String)> =
            all!(tx, "SELECT id, name_vi, name_en, bloc FROM agency")?;
        let mut agencies = BTreeMap::new();
        for (id, vi, en, bloc) in rows {
            agencies.insert(id, (Name { vi, en }, from_json(&bloc)?));
        }
        let reporting: Vec<(String,)> =
            all!(tx, "SELECT DISTINCT office FROM reuse_month WHERE month = $1" => &month)?;
        let scopes = every::<Scope>(tx, &[]).await?;
        let witnessed = witnessed(tx, &month).await?;
        Ok(Self {
            witnessed,
            basis: Basis {
                month,
                is_over,
                is_exact,
                small: pack.as_ref().map_or(SMALL, |pack| u64::from(pack.thresholds.small)).max(2),
                pack: pack.as_ref().map(|pack| pack.id.clone()),
                minutes_per_paper: pack.as_ref().map(|pack| pack.assumptions.minutes_per_paper),
                trips_per_hundred_papers: pack.as_ref().map(|pack| pack.assumptions.trips_per_hundred_papers),
                assumed: pack.as_ref().is_some_and(|pack| pack.assumed),
            },
            own,
            of: wanted.agency.clone(),
            tree,
            agencies,
            offices: offices(tx, &scopes, today).await?,
            reporting: reporting.into_iter().map(|(office,)| office).collect(),
            procedures: every(tx, &[]).await?,
            scopes,
            pack,
            reasons,
        })
    }

    fn is_own(&self, agency: &str) -> bool {
        self.own.as_ref().is_none_or(|own| self.tree.holds(own, Some(agency)))
    }

    /// The lines that are asked for, in their order.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    pub(crate) async fn lines(&self, tx: &mut Tx, wanted: &Wanted) -> Result<Vec<Line>, Fault> {
        let mut lines = if self.basis.is_exact {
            self.exact(tx, wanted).await?
        } else {
            self.guarded(tx, wanted.level).await?
        };
        let words: Vec<String> = search_key(&wanted.text).split_whitespace().map(str::to_owned).collect();
        let has_words = |line: &Line| {
            let key = search_key(&format!("{} {} {}", line.id, line.name.vi, line.name.en));
            words.iter().all(|word| key.contains(word))
        };
        lines.retain(has_words);
        if let Some(Order { column, descending }) = &wanted.order {
            lines.sort_by(|a, b| compare(a, b, column).then_with(|| a.id.cmp(&b.id)));
            if *descending {
                lines.reverse();
            }
        }
        Ok(lines)
    }

    /// Everything that is told of what may be seen whole.
    async fn exact(&self, tx: &mut Tx, wanted: &Wanted) -> Result<Vec<Line>, Fault> {
        let filters = (&*wanted.agency, &*wanted.procedure, &*wanted.paper);
        let by = match wanted.level {
            Level::Nation | Level::Agency | Level::Province | Level::Office => By::Office,
            Level::Procedure => By::Procedure,
            Level::Paper => By::Paper,
            Level::Reason => By::Reason,
        };
        let sums = self.sums(tx, by, filters).await?;
        let all = Hidden::new();
        let lines = match wanted.level {
            Level::Nation => {
                let whole = total(sums.values());
                vec![self.line((wanted.level, "nation"), &whole, &all)]
            }
            Level::Agency | Level::Province => {
                // Of one agency it is that one's, also where it is not at the top.
                let tops = match &*wanted.agency {
                    "" => self.by_top(sums),
                    _ if sums.is_empty() => Table::new(),
                    of => [(of.to_owned(), total(sums.values()))].into(),
                };
                let mut ids: BTreeSet<&str> = tops.keys().map(String::as_str).collect();
                if wanted.agency.is_empty() {
                    ids.extend(self.offices.iter().map(|office| self.tree.known_top(office)));
                }
                let line = |id: &str| {
                    self.line((wanted.level, id), &tops.get(id).cloned().unwrap_or_default(), &all)
                };
                ids.into_iter().filter(|id| self.is_of_level(wanted.level, id)).map(line).collect()
            }
            Level::Office => {
                let offices: BTreeSet<&String> = sums.keys().chain(&self.offices).collect();
                let asked = |office: &&String| {
                    self.is_own(office)
                        && (wanted.agency.is_empty()
                            || **office == wanted.agency
                            || sums.contains_key(*office)
                            || self.tree.known_top(office) == wanted.agency)
                };
                let line = |id: &String| {
                    self.line((wanted.level, id), &sums.get(id).cloned().unwrap_or_default(), &all)
                };
                offices.into_iter().filter(asked).map(line).collect()
            }
            Level::Procedure | Level::Paper | Level::Reason => {
                let mut with_known =
                    self.known(by).into_iter().map(|id| (id, Sums::default())).collect::<BTreeMap<_, _>>();
                // Beside a filter only what there is: else every procedure would stand on each office's page.
                if !wanted.agency.is_empty() || !wanted.procedure.is_empty() || !wanted.paper.is_empty() {
                    with_known.clear();
                }
                with_known.extend(sums);
                with_known.iter().map(|(id, sums)| self.line((wanted.level, id), sums, &all)).collect()
            }
        };
        Ok(lines)
    }

    /// What others may see: tables that give no small number away, and what is one's own whole.
    async fn guarded(&self, tx: &mut Tx, level: Level) -> Result<Vec<Line>, Fault> {
        let mut tables = Vec::new();
        for by in [By::Office, By::Procedure, By::Paper, By::Reason] {
            let own = self.own.as_deref().unwrap_or_default();
            let (all, own) =
                (self.sums(tx, by, ("", "", "")).await?, self.sums(tx, by, (own, "", "")).await?);
            if by == By::Office {
                tables.push((by, self.by_top(all), self.by_top(own)));
                continue;
            }
            let mut table: Table = self.known(by).into_iter().map(|id| (id, Sums::default())).collect();
            table.extend(all);
            tables.push((by, table, own));
        }
        let guard = self.guard(&tables);
        let table = |by: By| tables.iter().find(|(known, ..)| *known == by).map(|(_, table, _)| table);
        let by = match level {
            Level::Nation => {
                let whole = total(table(By::Office).into_iter().flat_map(BTreeMap::values));
                return Ok(vec![self.line((level, "nation"), &whole, &guard.whole)]);
            }
            Level::Agency | Level::Province | Level::Office => By::Office,
            Level::Procedure => By::Procedure,
            Level::Paper => By::Paper,
            Level::Reason => By::Reason,
        };
        let is_asked = |id: &str| by != By::Office || self.is_of_level(level, id);
        let line = |(id, sums): (&String, &Sums)| {
            let is_own = by == By::Office && self.own.as_deref() == Some(id);
            let hidden = if is_own { Hidden::new() } else { guard.hidden(by, id) };
            self.line((level, id), sums, &hidden)
        };
        Ok(table(by).into_iter().flatten().filter(|(id, _)| is_asked(id)).map(line).collect())
    }

    fn is_of_level(&self, level: Level, id: &str) -> bool {
        let is_province = || self.agencies.get(id).is_some_and(|(_, bloc)| *bloc == Bloc::Local);
        level != Level::Province || is_province() && self.tree.known_top(id) == id
    }

    fn by_top(&self, sums: BTreeMap<String, Sums>) -> BTreeMap<String, Sums> {
        let mut tops: BTreeMap<String, Vec<Sums>> = BTreeMap::new();
        for (office, sums) in sums {
            tops.entry(self.tree.known_top(&office).to_owned()).or_default().push(sums);
        }
        tops.into_iter().map(|(top, sums)| (top, total(sums.iter()))).collect()
    }

    /// What may be counted by a column at all: whether it was says nothing then.
    fn known(&self, by: By) -> BTreeSet<String> {
        match by {
            By::Office => BTreeSet::new(),
            By::Procedure => self.procedures.iter().map(|one| one.code().to_owned()).collect(),
            By::Paper => self.papers().map(|paper| paper.code.clone()).chain([NONE.to_owned()]).collect(),
            By::Reason => {
                let gaps = Gap::ALL.iter().filter(|gap| gap.class() == GapClass::PaperMayBeAsked);
                let gaps = gaps.map(|gap| format!("{}.{}", Counted::PaperNeeded.word(), gap.code()));
                let reasons = self.reasons.keys().map(|code| format!("{}.{code}", Counted::ReAsked.word()));
                gaps.chain(reasons).collect()
            }
        }
    }

    fn papers(&self) -> impl Iterator<Item = &model::procedure::Paper> {
        self.procedures.iter().flat_map(|one| &one.requirements).filter_map(|one| one.paper.as_ref())
    }

    async fn sums(
        &self,
        tx: &mut Tx,
        by: By,
        (agency, procedure, paper): (&str, &str, &str),
    ) -> Result<BTreeMap<String, Sums>, Fault> {
        let month = self.basis.month.as_str();
        let rows: Vec<(String, String, i64)> = match by {
            By::Office => all!(tx, sums_by!("office") => month, agency, procedure, paper)?,
            By::Procedure => all!(tx, sums_by!("procedure") => month, agency, procedure, paper)?,
            By::Paper => all!(tx, sums_by!("paper") => month, agency, procedure, paper)?,
            By::Reason => all!(tx, sums_by!("reason") => month, agency, procedure, paper)?,
        };
        let mut sums: BTreeMap<String, Sums> = BTreeMap::new();
        for (id, counted, count) in rows {
            let is_paper = [Counted::PaperNeeded, Counted::ReAsked].iter().any(|one| one.word() == counted);
            let is_case = counted == Counted::Decided.word();
            let id = match by {
                By::Office | By::Procedure => id,
                By::Paper if is_case => continue,
                By::Paper if id.is_empty() => NONE.to_owned(),
                By::Paper => id,
                By::Reason if !is_paper => continue,
                By::Reason if id.is_empty() => format!("{counted}.{NONE}"),
                By::Reason => format!("{counted}.{id}"),
            };
            sums.entry(id).or_default().add(&counted, u64::try_from(count).unwrap_or_default());
        }
        Ok(sums)
    }

    fn name(&self, level: Level, id: &str) -> Name {
        let plain = || Name { vi: id.to_owned(), en: id.to_owned() };
        match level {
            Level::Nation => texts::nation().into(),
            Level::Agency | Level::Province | Level::Office => {
                self.agencies.get(id).map_or_else(plain, |(name, _)| name.clone())
            }
            Level::Procedure => {
                let of = self.procedures.iter().filter(|one| one.code() == id);
                of.max_by_key(|one| one.version()).map_or_else(plain, |one| one.name.clone())
            }
            Level::Paper if id == NONE => texts::replaces_no_paper().into(),
            Level::Paper => {
                self.papers().find(|paper| paper.code == id).map_or_else(plain, |paper| paper.name.clone())
            }
            Level::Reason => {
                let code = id.split_once('.').map_or(id, |(_, code)| code);
                match Gap::of_code(code) {
                    Some(gap) if id.starts_with(Counted::PaperNeeded.word()) => gap.words().into(),
                    _ if code == NONE => texts::no_reason_told().into(),
                    _ => self.reasons.get(code).cloned().unwrap_or_else(plain),
                }
            }
        }
    }

    fn line(&self, (level, id): (Level, &str), sums: &Sums, hidden: &Hidden) -> Line {
        let has_cases = !matches!(level, Level::Paper | Level::Reason);
        let is_reason = level == Level::Reason;
        let within = |office: &&String| match level {
            Level::Office => **office == id,
            // Of one agency a line has what is that one's, and no more.
            _ if !self.of.is_empty() => self.tree.holds(&self.of, Some(office)),
            Level::Nation => true,
            _ => self.tree.known_top(office) == id,
        };
        let of_agency = matches!(level, Level::Nation | Level::Agency | Level::Province | Level::Office);
        let offices = of_agency.then(|| {
            self.offices.iter().chain(self.reporting.difference(&self.offices)).filter(within).count()
        });
        let offices_reporting = of_agency.then(|| self.reporting.iter().filter(within).count());
        let seen = self.witnessed.iter().filter(|(office, _)| within(office)).map(|(_, count)| count);
        // Of others it would tell how many cases they have.
        let witnessed = (of_agency && hidden.is_empty()).then(|| seen.sum::<u64>());
        let withheld = !hidden.is_empty();
        let measured = withheld
            || sums.0.values().any(|count| *count > 0)
            || offices_reporting.is_some_and(|count| count > 0);
        let told = |measure: Measure| {
            let is_of = match measure {
                Measure::Cases => has_cases,
                Measure::PapersNeeded | Measure::ReAsks => true,
                _ => !is_reason,
            };
            (is_of && measured && !hidden.contains(&measure)).then(|| sums.get(measure))
        };
        let (cases, applicable, covered) =
            (told(Measure::Cases), told(Measure::Applicable), told(Measure::Covered));
        let (reused, look_ups) = (told(Measure::Reused), told(Measure::LookUps));
        let look_ups_counted = told(Measure::LookUpsCounted);
        let (papers_needed, re_asks) = (told(Measure::PapersNeeded), told(Measure::ReAsks));
        let papers_asked = papers_needed.zip(re_asks).map(|(needed, re_asks)| needed + re_asks);
        let saved = |each: [u32; 3], of: u64| {
            reused.map(|reused| each.map(|each| reused.saturating_mul(u64::from(each)) / of))
        };
        Line {
            level,
            id: id.to_owned(),
            name: self.name(level, id),
            agency: (level == Level::Office).then(|| self.tree.known_top(id).to_owned()),
            month: self.basis.month.clone(),
            measured,
            withheld,
            cases,
            applicable,
            covered,
            coverage: percent(covered, applicable),
            shown: told(Measure::Shown),
            reused,
            reuse: percent(reused, applicable),
            differing: told(Measure::Differing),
            look_ups,
            look_ups_counted,
            witnessed,
            yielded: percent(look_ups_counted, look_ups),
            papers_needed,
            re_asks,
            papers_asked,
            re_ask_rate: percent(re_asks, papers_asked),
            re_asks_per_100_cases: percent(re_asks, cases),
            hours_saved: self.basis.minutes_per_paper.and_then(|minutes| saved(minutes, 60)),
            trips_saved: self.basis.trips_per_hundred_papers.and_then(|trips| saved(trips, 100)),
            offices_reporting,
            offices,
        }
    }
}

/// The month that is looked at, and whether it is over.
fn chosen(month: &str, today: Date, is_exact: bool) -> Result<(String, bool), Fault> {
    let first = today.first_of_month();
    let why = || if is_exact { texts::reuse_month_known() } else { texts::reuse_month_over() };
    let wrong = || Fault::BadParameters { why: why() };
    let asked = match (month, is_exact) {
        ("", true) => first,
        ("", false) => first.saturating_sub(1.month()),
        (month, _) => format!("{month}-01").parse::<Date>().map_err(|_| wrong())?,
    };
    let is_over = asked < first;
    if asked > first || !is_exact && !is_over || month.len() > 7 {
        return Err(wrong());
    }
    Ok((month_of(asked), is_over))
}

/// Agencies whose systems may ask by a scope that holds today.
async fn offices(tx: &mut Tx, scopes: &[Scope], today: Date) -> Result<BTreeSet<String>, Fault> {
    let classes = scopes.iter().filter(|scope| scope.valid.holds_on(today)).flat_map(|scope| &scope.clients);
    let classes: Vec<Grantee> = classes.filter_map(|class| class.parse().ok()).collect();
    if classes.is_empty() {
        return Ok(BTreeSet::new());
    }
    let systems: Vec<(String, String)> = all!(tx, "SELECT id, agency FROM system")?;
    let may_ask = |id: &str| {
        id.parse::<SystemId>().is_ok_and(|system| classes.iter().any(|class| class.covers(&system)))
    };
    Ok(systems.into_iter().filter(|(id, _)| may_ask(id)).map(|(_, agency)| agency).collect())
}

/// Answers that the nodes of providers counted to have given to agencies outside their own tree in a month, tests left out.
async fn witnessed(tx: &mut Tx, month: &str) -> Result<BTreeMap<String, u64>, Fault> {
    let rows: Vec<(String, i64)> = all!(
        tx,
        "SELECT consumer, CAST(SUM(provider_answers) AS BIGINT) FROM usage_pair_day
         WHERE day >= $1 || '-01' AND day <= $1 || '-31' AND NOT test AND NOT own GROUP BY consumer" => month
    )?;
    Ok(rows.into_iter().map(|(office, count)| (office, u64::try_from(count).unwrap_or_default())).collect())
}

fn total<'a>(all: impl Iterator<Item = &'a Sums>) -> Sums {
    let mut whole = Sums::default();
    for (counted, count) in all.flat_map(|sums| &sums.0) {
        whole.add(counted, *count);
    }
    whole
}
