//! One dataset: its scores, what each is made of, what its columns look like, what changed since the last measurement.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use model::agency::Name;
use model::codelist::UNITS;
use model::fault::Fault;
use model::time::day_in_viet_nam;
use quality::report::{CauseCounts, Counted, FieldCounts, Report};
use quality::score::{self, FieldScores, RuleScore};
use quality::state::measured::Tally;
use quality::{Rule, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::kept::{self, Kept};
use super::list::{Country, Level, Line};
use super::rules::{Made, made};
use super::{Criteria, Score, Scores, named, pack};
use crate::catalogue::contract::Contract;
use crate::registry::Subject as _;
use crate::registry::check::not_there;
use crate::store::{Tx, all, from_json};

/// The word for measurements, where one is not there.
const KIND: &str = "Measurement";

/// A dataset with all that was measured of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityDataset)]
pub(crate) struct Dataset {
    /// On one line.
    pub(crate) line: Line,
    /// The measurement that is shown; null: there is none.
    pub(crate) measurement: Option<Measurement>,
    /// Its fields, in order of their names; what is about whole rows under the empty name.
    pub(crate) fields: Vec<Field>,
    /// Rules that fail, what repair gains most first: at most 50.
    pub(crate) fix_first: Vec<RuleCounts>,
    /// Rows by the unit that recorded them, as far as it may be told.
    pub(crate) units: Vec<Group>,
}

/// A measurement: who made it, when, by what.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityMeasurement)]
pub(crate) struct Measurement {
    /// Its number.
    pub(crate) number: i64,
    /// The node that made it.
    pub(crate) node: String,
    /// The day at which rules were asked.
    pub(crate) day: Date,
    /// When it began.
    #[schema(format = DateTime)]
    pub(crate) began_at: String,
    /// When it ended.
    #[schema(format = DateTime)]
    pub(crate) ended_at: String,
    /// The contract that its rules are of.
    pub(crate) contract: String,
    /// Rows that were read.
    pub(crate) rows: u64,
    /// Of them, those without a key.
    pub(crate) keyless: u64,
    /// Whether only a part of the rows was asked for.
    pub(crate) sampled: bool,
    /// Whether it has so few rows that nothing of it is told.
    pub(crate) few: bool,
    /// Counts that are told by value are multiples of this.
    pub(crate) least: u64,
    /// Fields of the contract that the source lacks.
    pub(crate) lacking: Vec<String>,
    /// What of the contract or the dictionary no rule was made of, and why.
    pub(crate) refused: Vec<Name>,
    /// The rule pack, with what everything weighs.
    pub(crate) pack: Pack,
}

/// How scores are made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityPack)]
pub(crate) struct Pack {
    /// Its id and version.
    pub(crate) id: String,
    /// What it is called.
    pub(crate) name: Name,
    /// Where it comes from.
    pub(crate) source: Name,
    /// Whether that is known second-hand only.
    pub(crate) second_hand: bool,
    /// Green from here.
    pub(crate) green: f64,
    /// Yellow from here.
    pub(crate) yellow: f64,
    /// What each criterion weighs; those that are absent weigh nothing.
    pub(crate) weights: BTreeMap<String, f64>,
    /// What a field weighs that identifies, beside others' 1.
    pub(crate) identifier_weight: f64,
}

/// A field of a dataset.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityField)]
pub(crate) struct Field {
    /// Its name; empty: whole rows.
    pub(crate) field: String,
    /// What people call it; null: the registry has no contract of it any more.
    pub(crate) title: Option<Name>,
    /// Whether its failures are told whatever the mean.
    pub(crate) key: bool,
    /// Whether its values may be shown to anybody.
    pub(crate) public: bool,
    /// What its mean weighs in that of the dataset.
    pub(crate) weight: f64,
    /// The mean of its criteria.
    pub(crate) overall: Score,
    /// By criterion.
    pub(crate) criteria: Criteria,
    /// What they are made of.
    pub(crate) rules: Vec<RuleCounts>,
    /// What the column looks like; null: that was not told.
    pub(crate) profile: Option<Profile>,
}

/// What a column looks like. Counts by value are rounded down, and small ones are not told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityProfile)]
pub(crate) struct Profile {
    /// Rows with a value.
    pub(crate) filled: u64,
    /// Rows without.
    pub(crate) nulls: u64,
    /// Rows whose text is empty or of spaces only.
    pub(crate) blank: u64,
    /// About how many values differ.
    pub(crate) distinct: u64,
    /// Rows by length in characters.
    pub(crate) lengths: Vec<Group>,
    /// Rows by the signs of their text: `ascii`, `vietnamese`, `foreign`, `apart`, `hidden`, `broken`.
    pub(crate) scripts: Vec<Group>,
    /// Values that may be told, the most frequent first.
    pub(crate) values: Vec<Group>,
}

/// Rows that have something in common.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QualityGroup)]
pub(crate) struct Group {
    /// The code, the day, the length.
    pub(crate) name: String,
    /// What a code is called, in Vietnamese; null: no list knows it.
    pub(crate) title: Option<String>,
    /// Failing rows, where it is about those.
    pub(crate) fails: Option<u64>,
    /// All rows.
    pub(crate) rows: u64,
}

/// What failing rows have in common.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QualityCause)]
pub(crate) struct Cause {
    /// `unit`, `source`, `day`, `value` or `pattern`.
    pub(crate) by: String,
    /// How many groups there are that are not small.
    pub(crate) groups: u64,
    /// Those that may be told, the largest first.
    pub(crate) told: Vec<Group>,
}

/// A rule with its counts.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QualityRule)]
pub(crate) struct RuleCounts {
    /// The rule.
    pub(crate) rule: String,
    /// Its field; null: whole rows.
    pub(crate) field: Option<String>,
    /// The version that was measured.
    pub(crate) version: String,
    /// Whether it is the version that the registry has now.
    pub(crate) is_same_version: bool,
    /// Which criterion it counts for.
    pub(crate) criterion: String,
    /// Which of the eight groups of defects a failing record has.
    pub(crate) kind: String,
    /// How grave that is: `notice`, `warning`, `serious`.
    pub(crate) severity: String,
    /// What it weighs.
    pub(crate) weight: f64,
    /// Where it comes from: a law, the dictionary's term, the contract.
    pub(crate) source: String,
    /// What is asked, and what repairs a record that fails.
    pub(crate) text: Option<Name>,
    /// The term that it follows from; null: the contract alone.
    pub(crate) term: Option<TermOfRule>,
    /// Rows that pass.
    pub(crate) pass: u64,
    /// Rows that fail.
    pub(crate) fail: u64,
    /// Rows without a value.
    pub(crate) null: u64,
    /// Rows that it is not about.
    pub(crate) not_applicable: u64,
    /// The share that passes.
    pub(crate) score: Score,
    /// Whether what its owner demands of the count is so; null: nothing is demanded.
    pub(crate) met: Option<bool>,
    /// By how many points the dataset's score rises when all of them pass.
    pub(crate) gain: f64,
    /// What failing rows have in common; null: nothing that may be told.
    pub(crate) cause: Option<Cause>,
}

/// The term that a rule follows from.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QualityTerm)]
pub(crate) struct TermOfRule {
    /// Its id.
    pub(crate) id: String,
    /// In which version.
    pub(crate) version: String,
    /// What it is called.
    pub(crate) name: Name,
    /// What it means.
    pub(crate) definition: String,
}

/// A measurement as it is shown: with the rules as the registry has them.
pub(crate) struct Shown {
    pub(crate) kept: Kept,
    /// None: the registry has the contract no more, or it cannot be read.
    pub(crate) made: Option<Made>,
    pub(crate) scores: score::Scores,
    gains: BTreeMap<String, f64>,
}

impl Shown {
    /// # Errors
    /// [`Fault::Internal`], [`Fault::StoreFailed`].
    pub(crate) async fn of(tx: &mut Tx, kept: Kept) -> Result<Self, Fault> {
        let made = match Contract::load(tx, &kept.report.contract).await? {
            Some(contract) => made(tx, &contract, kept.report.day).await.ok(),
            None => None,
        };
        let scores = score::score(&kept.state, pack()?);
        let gains = gains(&kept.state)?;
        Ok(Self { kept, made, scores, gains })
    }

    fn rule(&self, id: &str) -> Option<&Rule> {
        self.made.as_ref()?.rules.rule(id)
    }

    /// The list that the values of a field are of.
    fn list_of(&self, field: &str) -> Option<&str> {
        self.made.as_ref()?.list_of(field)
    }

    /// A group that is named by a code of a list; of none, by what it is.
    fn group(&self, list: Option<&str>, name: &str, (fails, rows): (Option<u64>, u64)) -> Group {
        let title = || self.made.as_ref()?.name_of(list?, name).map(str::to_owned);
        Group { title: title(), name: name.to_owned(), fails, rows }
    }

    fn cause(&self, field: &str, counts: &CauseCounts) -> Cause {
        let list = match counts.by.as_str() {
            "unit" => Some(UNITS),
            "value" => self.list_of(field),
            _ => None,
        };
        let told = counts.told.iter();
        let told = told.map(|group| self.group(list, &group.name, (Some(group.fails), group.rows)));
        Cause { by: counts.by.clone(), groups: counts.groups, told: told.collect() }
    }

    /// A rule with its counts, what it asks, where that comes from, and the definition of its term.
    ///
    /// # Errors
    /// [`Fault::Internal`].
    pub(crate) fn counts(&self, field: &str, of: &RuleScore) -> Result<RuleCounts, Fault> {
        let (pack, rule) = (pack()?, self.rule(&of.id));
        let measured = self.kept.state.rules.get(&of.id);
        let told = self.kept.report.rules.iter().find(|counts| counts.rule == of.id);
        let Tally { pass, fail, null, not_applicable } = of.tally;
        let word = |word: Option<&'static str>| word.unwrap_or_default().to_owned();
        Ok(RuleCounts {
            rule: of.id.clone(),
            field: (!field.is_empty()).then(|| field.to_owned()),
            version: of.version.to_string(),
            is_same_version: rule.is_some_and(|rule| rule.version == of.version),
            criterion: of.criterion.word().to_owned(),
            kind: word(measured.map(|measured| measured.defect.word())),
            severity: word(measured.map(|measured| measured.severity.word())),
            weight: of.weight,
            source: rule.map(|rule| rule.source.clone()).unwrap_or_default(),
            text: rule.map(|rule| named(&rule.text)),
            term: rule.and_then(|rule| self.term(&rule.source)),
            pass,
            fail,
            null,
            not_applicable,
            score: Score::of(&of.score, pack),
            met: of.met,
            gain: self.gains.get(&of.id).copied().unwrap_or_default(),
            cause: told.and_then(|counts| counts.cause.as_ref()).map(|cause| self.cause(field, cause)),
        })
    }

    fn term(&self, source: &str) -> Option<TermOfRule> {
        let terms = &self.made.as_ref()?.terms;
        let mut versions =
            terms.iter().flat_map(|term| term.versions.iter().map(move |version| (term, version)));
        let (term, version) = versions
            .find(|(term, version)| source.starts_with(&format!("{}@{};", term.id, version.version)))?;
        Some(TermOfRule {
            id: term.id.clone(),
            version: version.version.to_string(),
            name: version.name.clone(),
            definition: version.definition.clone(),
        })
    }

    fn field(&self, name: &str, scores: &FieldScores) -> Result<Field, Fault> {
        let pack = pack()?;
        let known =
            self.made.as_ref().and_then(|made| made.rules.fields.iter().find(|field| field.name == name));
        let rules: Result<Vec<RuleCounts>, Fault> =
            scores.rules.iter().map(|rule| self.counts(name, rule)).collect();
        let profile = self.kept.report.fields.iter().find(|counts| counts.field == name);
        Ok(Field {
            field: name.to_owned(),
            title: known.map(|field| named(&field.title)),
            key: scores.key,
            public: known.is_some_and(|field| field.public),
            weight: scores.weight,
            overall: Score::of(&scores.overall, pack),
            criteria: Criteria::of(|criterion| scores.criteria.get(&criterion).copied(), pack),
            rules: rules?,
            profile: profile.map(|counts| self.profile(counts)),
        })
    }

    fn groups(&self, list: Option<&str>, counted: &[Counted]) -> Vec<Group> {
        counted.iter().map(|one| self.group(list, &one.name, (None, one.rows))).collect()
    }

    fn profile(&self, counts: &FieldCounts) -> Profile {
        let plain = |counted: &[Counted]| -> Vec<Group> {
            let group =
                |one: &Counted| Group { name: one.name.clone(), title: None, fails: None, rows: one.rows };
            counted.iter().map(group).collect()
        };
        let mut lengths = plain(&counts.lengths);
        lengths.sort_by_key(|length| length.name.parse::<u32>().unwrap_or(u32::MAX));
        Profile {
            filled: counts.filled,
            nulls: counts.nulls,
            blank: counts.blank,
            distinct: counts.distinct,
            lengths,
            scripts: plain(&counts.scripts),
            values: self.groups(self.list_of(&counts.field), &counts.values),
        }
    }

    fn measurement(&self) -> Result<Measurement, Fault> {
        let report = &self.kept.report;
        let refused = self.made.iter().flat_map(|made| &made.rules.refused);
        Ok(Measurement {
            number: self.kept.number,
            node: report.node.to_string(),
            day: report.day,
            began_at: report.from.to_string(),
            ended_at: report.to.to_string(),
            contract: report.contract.clone(),
            rows: report.rows,
            keyless: report.keyless,
            sampled: report.sampled,
            few: report.is_of_few(),
            least: report.least,
            lacking: report.lacking.clone(),
            refused: refused.map(named).collect(),
            pack: pack_shown()?,
        })
    }
}

/// The rule pack as it is shown.
///
/// # Errors
/// [`Fault::Internal`].
pub(crate) fn pack_shown() -> Result<Pack, Fault> {
    let pack = pack()?;
    Ok(Pack {
        id: pack.id.clone(),
        name: pack.name.clone(),
        source: pack.source.clone(),
        second_hand: pack.second_hand,
        green: pack.bands.green,
        yellow: pack.bands.yellow,
        weights: pack.criteria.iter().map(|(of, weight)| (of.word().to_owned(), *weight)).collect(),
        identifier_weight: pack.identifier_weight,
    })
}

/// By how many points the score of a state rises when all rows that fail a rule pass, by rule.
///
/// # Errors
/// [`Fault::Internal`].
pub(crate) fn gains(state: &State) -> Result<BTreeMap<String, f64>, Fault> {
    let gains = score::gains(state, pack()?);
    Ok(gains.into_iter().map(|(rule, gain)| (rule, super::down(gain))).collect())
}

/// Most rules that are told to be repaired first.
const FIX_FIRST: usize = 50;

/// A dataset, as the report of that number has it, or the last.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::StoreFailed`].
pub(crate) async fn show(
    tx: &mut Tx,
    country: &Country,
    service: &str,
    number: Option<i64>,
) -> Result<Dataset, Fault> {
    let line = country.lines(Level::Dataset).iter().find(|line| line.id == service).cloned();
    let line = line.ok_or_else(|| not_there("Service", service))?;
    let kept = kept::one(tx, service, number).await?;
    let Some(kept) = kept else {
        if let Some(number) = number {
            return Err(not_there(KIND, &number.to_string()));
        }
        return Ok(Dataset { line, measurement: None, fields: vec![], fix_first: vec![], units: vec![] });
    };
    let shown = Shown::of(tx, kept).await?;
    let fields: Result<Vec<Field>, Fault> =
        shown.scores.fields.iter().map(|(name, scores)| shown.field(name, scores)).collect();
    let fields = fields?;
    let failing = fields.iter().flat_map(|field| &field.rules).filter(|rule| rule.fail > 0);
    let mut fix_first: Vec<RuleCounts> = failing.cloned().collect();
    fix_first.sort_by(|a, b| {
        b.gain.total_cmp(&a.gain).then_with(|| b.fail.cmp(&a.fail)).then_with(|| a.rule.cmp(&b.rule))
    });
    fix_first.truncate(FIX_FIRST);
    let units = shown.groups(Some(UNITS), &shown.kept.report.units);
    Ok(Dataset { line, measurement: Some(shown.measurement()?), fields, fix_first, units })
}

/// A measurement in the history of something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityPoint)]
pub(crate) struct Point {
    /// Its number, of a dataset's; its day, of what is above.
    pub(crate) id: String,
    /// The day.
    pub(crate) day: Date,
    /// When it was measured, of a dataset.
    #[schema(format = DateTime)]
    pub(crate) measured_at: Option<String>,
    /// The node that measured, of a dataset.
    pub(crate) node: Option<String>,
    /// The scores as they were made then.
    pub(crate) scores: Scores,
}

/// The scores of something as they were kept, newest first: of a dataset one for each report, of what is above one for each day.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn history(
    tx: &mut Tx,
    (level, id): (Level, &str),
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Point>, Fault> {
    if level == Level::Dataset {
        let before = after.and_then(|after| after.parse::<i64>().ok()).unwrap_or(i64::MAX);
        let rows: Vec<(i64, String, String, String, String)> = all!(
            tx,
            "SELECT number, day, ended_at, node, scores FROM quality_report WHERE service = $1 AND number < $2
             ORDER BY number DESC, node LIMIT $3" => id, before, limit
        )?;
        let point = |(number, day, at, node, scores): (i64, String, String, String, String)| {
            Ok(Point {
                id: number.to_string(),
                day: crate::store::from_text(&day)?,
                measured_at: Some(at),
                node: Some(node),
                scores: from_json(&scores)?,
            })
        };
        return rows.into_iter().map(point).collect();
    }
    let rows: Vec<(String, String)> = all!(
        tx,
        "SELECT day, scores FROM quality_day WHERE level = $1 AND name = $2 AND day < $3 ORDER BY day DESC LIMIT $4"
        => level.word(), id, after.unwrap_or("9999"), limit
    )?;
    let point = |(day, scores): (String, String)| {
        let scores = from_json(&scores)?;
        Ok(Point { day: crate::store::from_text(&day)?, id: day, measured_at: None, node: None, scores })
    };
    rows.into_iter().map(point).collect()
}

/// Scores of something above datasets, of a day.
pub(crate) struct OfDay {
    level: Level,
    id: String,
    scores: Scores,
}

/// The scores of all that is above datasets and has some.
pub(crate) fn above_datasets(country: &Country) -> Vec<OfDay> {
    let levels = [Level::Nation, Level::Bloc, Level::Province, Level::Agency, Level::Database];
    let lines = levels.into_iter().flat_map(|level| country.lines(level));
    let of_day = |line: &Line| {
        let Line { level, id, overall, criteria, alerts, pack, .. } = line.clone();
        OfDay { level, id, scores: Scores { overall, criteria, alerts, pack } }
    };
    lines.filter(|line| line.datasets > 0).map(of_day).collect()
}

/// Keeps them, as those of today. They are made before, so that nobody who writes waits for them.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn keep_day(tx: &mut Tx, of: &[OfDay], now: Timestamp) -> Result<(), Fault> {
    let day = day_in_viet_nam(now).to_string();
    for OfDay { level, id, scores } in of {
        crate::store::run!(
            tx,
            "INSERT INTO quality_day (level, name, day, scores) VALUES ($1, $2, $3, $4)
             ON CONFLICT (level, name, day) DO UPDATE SET scores = excluded.scores"
            => level.word(), id, &day, crate::store::to_json(scores)?
        )?;
    }
    Ok(())
}

/// What differs between two measurements of a dataset.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityChanges)]
pub(crate) struct Changes {
    /// The dataset.
    pub(crate) service: String,
    /// The earlier one.
    pub(crate) before: Moment,
    /// The later one.
    pub(crate) after: Moment,
    /// Rules of which any count differs, those whose failures changed most first.
    pub(crate) rules: Vec<RuleChange>,
    /// Fields that the source lacks now and did not then.
    pub(crate) lacking_now: Vec<String>,
    /// Fields that it lacked then and does not now.
    pub(crate) lacking_before: Vec<String>,
}

/// A measurement that is compared.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityMoment)]
pub(crate) struct Moment {
    /// Its number.
    pub(crate) number: i64,
    /// When it was made.
    #[schema(format = DateTime)]
    pub(crate) measured_at: String,
    /// Rows that were read.
    pub(crate) rows: u64,
    /// The contract that its rules are of.
    pub(crate) contract: String,
    /// Its scores.
    pub(crate) scores: Scores,
}

/// What became of a rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityRuleChange)]
pub(crate) struct RuleChange {
    /// The rule.
    pub(crate) rule: String,
    /// What it asks; null: the registry has it no more.
    pub(crate) text: Option<Name>,
    /// Then; null: it was not measured.
    pub(crate) before: Option<Counts>,
    /// Now; null: it was not measured.
    pub(crate) after: Option<Counts>,
}

/// Counts of a rule in a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = QualityCounts)]
pub(crate) struct Counts {
    /// Rows that pass.
    pub(crate) pass: u64,
    /// Rows that fail.
    pub(crate) fail: u64,
    /// Rows without a value.
    pub(crate) null: u64,
    /// Rows that it is not about.
    pub(crate) not_applicable: u64,
}

fn moment(kept: &Kept) -> Moment {
    let Report { to, rows, contract, .. } = &kept.report;
    Moment {
        number: kept.number,
        measured_at: to.to_string(),
        rows: *rows,
        contract: contract.clone(),
        scores: kept.scores.clone(),
    }
}

/// What changed between a measurement and an earlier one; without numbers, between the last two.
///
/// # Errors
/// [`Fault::NotInRegistry`], [`Fault::StoreFailed`].
pub(crate) async fn changes(
    tx: &mut Tx,
    service: &str,
    (number, with): (Option<i64>, Option<i64>),
) -> Result<Changes, Fault> {
    let missing = |number: Option<i64>| {
        not_there(KIND, &number.map_or_else(|| service.to_owned(), |number| format!("{service} {number}")))
    };
    let after = kept::one(tx, service, number).await?.ok_or_else(|| missing(number))?;
    let before = match with {
        Some(_) => kept::one(tx, service, with).await?,
        None => kept::before(tx, service, after.number).await?,
    };
    let before = before.ok_or_else(|| missing(with))?;
    let told = (moment(&before), moment(&after));
    let lacking = |one: &Kept, other: &Kept| {
        let lacks = one.report.lacking.iter().filter(|name| !other.report.lacking.contains(name));
        lacks.cloned().collect()
    };
    let (lacking_now, lacking_before) = (lacking(&after, &before), lacking(&before, &after));
    let shown = Shown::of(tx, after).await?;
    let of = |kept: &Kept, rule: &str| {
        let counts = kept.report.rules.iter().find(|counts| counts.rule == rule)?;
        let (pass, fail, null, not_applicable) =
            (counts.pass, counts.fail, counts.null, counts.not_applicable);
        Some((Counts { pass, fail, null, not_applicable }, counts.version))
    };
    let both = before.report.rules.iter().chain(&shown.kept.report.rules);
    let ids: BTreeSet<&String> = both.map(|counts| &counts.rule).collect();
    let mut rules: Vec<RuleChange> = ids
        .into_iter()
        .filter_map(|id| {
            let (old, new) = (of(&before, id), of(&shown.kept, id));
            let text = shown.rule(id).map(|rule| named(&rule.text));
            let counts = |of: Option<(Counts, _)>| of.map(|(counts, _)| counts);
            (old != new).then(|| RuleChange {
                rule: id.clone(),
                text,
                before: counts(old),
                after: counts(new),
            })
        })
        .collect();
    let moved = |change: &RuleChange| {
        let fail = |counts: Option<Counts>| counts.map_or(0, |counts| counts.fail);
        fail(change.before).abs_diff(fail(change.after))
    };
    rules.sort_by_key(|change| std::cmp::Reverse(moved(change)));
    Ok(Changes {
        service: service.to_owned(),
        before: told.0,
        after: told.1,
        rules,
        lacking_now,
        lacking_before,
    })
}
