//! What a number is made of. It is computed anew from the counts that were kept, and shown with rules, sources, definitions and counts.

use jiff::Timestamp;
use model::fault::Fault;
use model::term::Term;
use quality::rule::Criterion;
use quality::score::{self, FieldScores, RuleScore};
use quality::state::measured::Tally;
use quality::{RulePack, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::current::Current;
use super::dataset::{Pack, RuleCounts, Shown, TermOfRule, gains, pack_shown};
use super::list::Level;
use super::{Score, Scores, kept, pack};
use crate::registry::check::not_there;
use crate::registry::every;
use crate::store::Tx;

/// A number with all that it is made of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityExplained)]
pub(crate) struct Explained {
    /// Of what level.
    pub(crate) level: Level,
    /// Of what.
    pub(crate) id: String,
    /// Which number: a criterion, a field, a rule; empty: the whole.
    pub(crate) number: String,
    /// What that is: `whole`, `criterion`, `field`, `rule`.
    pub(crate) kind: String,
    /// The number, computed anew.
    pub(crate) score: Score,
    /// When its counts were made, of a dataset.
    #[schema(format = DateTime)]
    pub(crate) measured_at: Option<String>,
    /// The contract, of a dataset.
    pub(crate) contract: Option<String>,
    /// Rows that were read.
    pub(crate) rows: u64,
    /// The rule pack, with what everything weighs.
    pub(crate) pack: Pack,
    /// The means that it is the mean of: criteria of a field, fields of the whole.
    pub(crate) parts: Vec<Part>,
    /// The rules behind it, with their counts.
    pub(crate) rules: Vec<RuleCounts>,
}

/// A part of a mean.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QualityPart)]
pub(crate) struct Part {
    /// A field, or a criterion.
    pub(crate) name: String,
    /// What it weighs.
    pub(crate) weight: f64,
    /// What it came to.
    pub(crate) score: Score,
}

/// What is asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// Of what level.
    pub(crate) level: Level,
    /// Of what.
    pub(crate) id: String,
    /// Which number; empty: the whole.
    pub(crate) number: String,
    /// Which measurement of a dataset; none: the last.
    pub(crate) measurement: Option<i64>,
}

/// Explains it.
///
/// # Errors
/// [`Fault::NotInRegistry`] for what is not there or was never measured; [`Fault::StoreFailed`].
pub(crate) async fn explain(
    tx: &mut Tx,
    current: &Current,
    asked: Asked,
    now: Timestamp,
) -> Result<Explained, Fault> {
    let missing = || not_there("Quality", &format!("{} {}", asked.level.word(), asked.id));
    if asked.level == Level::Dataset && asked.number != Criterion::Shared.word() {
        let kept = kept::one(tx, &asked.id, asked.measurement).await?.ok_or_else(missing)?;
        let shown = Shown::of(tx, kept).await?;
        let of = |field: &str, rule: &RuleScore| shown.counts(field, rule);
        let mut explained = made_of(&asked, &shown.kept.state, of)?;
        explained.measured_at = Some(shown.kept.report.to.to_string());
        explained.contract = Some(shown.kept.report.contract.clone());
        return Ok(explained);
    }
    let country = current.country(tx, now).await?;
    if asked.number == Criterion::Shared.word() {
        let line = country.lines(asked.level).iter().find(|line| line.id == asked.id).ok_or_else(missing)?;
        return Ok(Explained {
            kind: "criterion".to_owned(),
            score: line.criteria.shared,
            ..nothing(&asked)?
        });
    }
    let state = country.merged(asked.level, &asked.id).ok_or_else(missing)?;
    let Some(state) = state else { return nothing(&asked) };
    let (pack, terms, gains) = (pack()?, every::<Term>(tx, &[]).await?, gains(&state)?);
    let mut explained = made_of(&asked, &state, |field, rule| {
        let gain = gains.get(&rule.id).copied().unwrap_or_default();
        let counts = pooled_counts(&state, (field, rule), gain, pack);
        Ok(RuleCounts { term: term_of(&terms, field, rule), ..counts })
    })?;
    // Of the whole and of a criterion the list tells the same number, with its coverage.
    if let Some(score) = country.told(asked.level, &asked.id, &explained.kind, &asked.number) {
        explained.score = score;
    }
    Ok(explained)
}

/// The term by whose technical name a field goes above datasets, in the version that the rule is of.
fn term_of(terms: &[Term], field: &str, rule: &RuleScore) -> Option<TermOfRule> {
    let technical = field.split('#').next().unwrap_or_default();
    let versions = terms.iter().flat_map(|term| term.versions.iter().map(move |version| (&term.id, version)));
    let (id, version) = versions
        .filter(|(_, version)| version.technical_name == technical)
        .max_by_key(|(_, version)| (version.version == rule.version, version.version))?;
    Some(TermOfRule {
        id: id.clone(),
        version: version.version.to_string(),
        name: version.name.clone(),
        definition: version.definition.clone(),
    })
}

fn nothing(asked: &Asked) -> Result<Explained, Fault> {
    Ok(Explained {
        level: asked.level,
        id: asked.id.clone(),
        number: asked.number.clone(),
        kind: "whole".to_owned(),
        score: Score::default(),
        measured_at: None,
        contract: None,
        rows: 0,
        pack: pack_shown()?,
        parts: Vec::new(),
        rules: Vec::new(),
    })
}

fn made_of(
    asked: &Asked,
    state: &State,
    counts: impl Fn(&str, &RuleScore) -> Result<RuleCounts, Fault>,
) -> Result<Explained, Fault> {
    let pack = pack()?;
    let scores = score::score(state, pack);
    let all = || scores.fields.iter();
    let rules = |which: &dyn Fn(&str, &RuleScore) -> bool| -> Result<Vec<RuleCounts>, Fault> {
        let of = all().flat_map(|(field, of)| of.rules.iter().map(move |rule| (field.as_str(), rule)));
        of.filter(|(field, rule)| which(field, rule)).map(|(field, rule)| counts(field, rule)).collect()
    };
    let part = |name: &str, of: &FieldScores, score: &score::Score| Part {
        name: name.to_owned(),
        weight: of.weight,
        score: Score::of(score, pack),
    };
    let number = asked.number.as_str();
    let criterion = Criterion::ALL.into_iter().find(|criterion| number == criterion.word());
    let whole = Scores::of(&scores.summary, pack);
    let (kind, score, parts, rules) = match (criterion, scores.fields.get(number)) {
        _ if number.is_empty() => {
            let parts = all().map(|(name, of)| part(name, of, &of.overall)).collect();
            ("whole", whole.overall, parts, Vec::new())
        }
        (Some(criterion), _) => {
            let parts = all().filter_map(|(name, of)| Some(part(name, of, of.criteria.get(&criterion)?)));
            let rules = rules(&|_, rule| rule.criterion == criterion)?;
            ("criterion", *whole.criteria.get(criterion), parts.collect(), rules)
        }
        (None, Some(field)) => {
            let weight = |criterion: &Criterion| pack.criteria.get(criterion).copied().unwrap_or(0.0);
            let parts = field.criteria.iter().map(|(criterion, score)| Part {
                name: criterion.word().to_owned(),
                weight: weight(criterion),
                score: Score::of(score, pack),
            });
            ("field", Score::of(&field.overall, pack), parts.collect(), rules(&|of, _| of == number)?)
        }
        (None, None) => {
            let rule = all().flat_map(|(_, of)| &of.rules).find(|rule| rule.id == number);
            let rule = rule.ok_or_else(|| not_there("Rule", number))?;
            ("rule", Score::of(&rule.score, pack), Vec::new(), rules(&|_, rule| rule.id == number)?)
        }
    };
    Ok(Explained { kind: kind.to_owned(), score, rows: state.rows, parts, rules, ..nothing(asked)? })
}

/// A rule as it stands above datasets: under the dictionary's names, with the counts of all datasets together.
fn pooled_counts(state: &State, (field, of): (&str, &RuleScore), gain: f64, pack: &RulePack) -> RuleCounts {
    let measured = state.rules.get(&of.id);
    let Tally { pass, fail, null, not_applicable } = of.tally;
    let word = |word: Option<&'static str>| word.unwrap_or_default().to_owned();
    RuleCounts {
        rule: of.id.clone(),
        field: (!field.is_empty()).then(|| field.to_owned()),
        version: of.version.to_string(),
        is_same_version: true,
        criterion: of.criterion.word().to_owned(),
        kind: word(measured.map(|measured| measured.defect.word())),
        severity: word(measured.map(|measured| measured.severity.word())),
        weight: of.weight,
        source: String::new(),
        text: None,
        term: None,
        pass,
        fail,
        null,
        not_applicable,
        score: Score::of(&of.score, pack),
        met: of.met,
        gain,
        cause: None,
    }
}
