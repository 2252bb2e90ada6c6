//! Papers that could be dropped today: those of which the State has shown what they say, nearly always, for as long as the pack looks back.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use model::agency::Name;
use model::fault::Fault;
use model::reuse_report::Counted;
use model::scope::Thresholds;
use serde::Serialize;
use utoipa::ToSchema;

use super::Look;
use crate::store::{Tx, all};

/// The columns of the table.
pub(crate) const COLUMNS: [&str; 15] = [
    "id",
    "procedure",
    "procedure_name.vi",
    "procedure_name.en",
    "paper",
    "name.vi",
    "name.en",
    "verdict",
    "scopes",
    "from",
    "applicable",
    "shown",
    "shown_at_least",
    "differing",
    "differing_percent",
];

/// Whether a paper could be dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It could, today.
    Droppable,
    /// It could not yet: too seldom shown, or sources differ too often.
    NotYet,
    /// Too few cases: nothing can be said.
    NotMeasured,
    /// No ministry has published what takes its place.
    NotPublished,
}

impl Verdict {
    pub(crate) const ALL: [Self; 4] = [Self::Droppable, Self::NotYet, Self::NotMeasured, Self::NotPublished];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Droppable => "droppable",
            Self::NotYet => "not_yet",
            Self::NotMeasured => "not_measured",
            Self::NotPublished => "not_published",
        }
    }
}

/// A paper of a procedure.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ReusePaper)]
pub(crate) struct Paper {
    /// Procedure and paper: `1.001193:giay-chung-sinh`.
    pub(crate) id: String,
    /// The procedure, by its code.
    pub(crate) procedure: String,
    /// What that is called.
    pub(crate) procedure_name: Name,
    /// The paper.
    pub(crate) paper: String,
    /// What it is called.
    pub(crate) name: Name,
    /// Whether it could be dropped.
    pub(crate) verdict: Verdict,
    /// The scopes in force whose data take its place.
    pub(crate) scopes: Vec<String>,
    /// The first of the days that count.
    pub(crate) from: Date,
    /// How often it applied in cases that were decided; null where only the verdict is told.
    pub(crate) applicable: Option<u64>,
    /// How often sources showed what it says.
    pub(crate) shown: Option<u64>,
    /// The share that they show at least, in percent, as far as so many cases can tell (Wilson, 95 %).
    pub(crate) shown_at_least: Option<f64>,
    /// How often sources differed.
    pub(crate) differing: Option<u64>,
    /// The same in percent, rounded up.
    pub(crate) differing_percent: Option<f64>,
}

/// The lower bound of a share, by Wilson's interval at 95 %, in percent.
#[expect(clippy::cast_precision_loss, reason = "numbers of cases")]
pub(crate) fn lower_bound(of: u64, whole: u64) -> Option<f64> {
    const Z: f64 = 1.959_964;
    if whole == 0 {
        return None;
    }
    let (n, share) = (whole as f64, of.min(whole) as f64 / whole as f64);
    let middle = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    // Down to a tenth.
    Some((((middle - half) / (1.0 + Z * Z / n)).max(0.0) * 1000.0).floor() / 10.0)
}

/// What a pack says of so many cases: at least so many, shown surely enough, differing seldom enough.
pub(crate) fn verdict(limits: Thresholds, [applicable, shown, differing]: [u64; 3]) -> Verdict {
    if applicable < u64::from(limits.drop_cases).max(1) {
        return Verdict::NotMeasured;
    }
    let surely =
        lower_bound(shown, applicable).is_some_and(|least| least >= f64::from(limits.drop_answered_percent));
    let seldom = differing * 100 <= applicable * u64::from(limits.drop_differing_percent);
    if surely && seldom { Verdict::Droppable } else { Verdict::NotYet }
}

impl Look {
    /// All papers of procedures in force, with what can be said of each: of those that one sees whole as of today.
    ///
    /// # Errors
    /// [`Fault::StoreFailed`].
    #[expect(clippy::cast_precision_loss, reason = "numbers of cases")]
    pub(crate) async fn papers_to_drop(&self, tx: &mut Tx, today: Date) -> Result<Vec<Paper>, Fault> {
        let limits = self.pack.as_ref().map(|pack| pack.thresholds);
        let days = limits.map_or(90, |limits| i64::from(limits.drop_days));
        // To others from one day to the next a verdict could tell of one case: they get the one as of the last month that is over.
        let until = if self.basis.is_exact { today } else { today.first_of_month().saturating_sub(1.day()) };
        let from = until.saturating_sub(days.days());
        let rows: Vec<(String, String, String, i64)> = all!(
            tx,
            "SELECT procedure, paper, counted, CAST(SUM(count) AS BIGINT) FROM reuse_day WHERE day > $1 AND day <= $2 AND paper <> ''
             GROUP BY procedure, paper, counted" => from.to_string(), until.to_string()
        )?;
        let mut counts: BTreeMap<(String, String), [u64; 3]> = BTreeMap::new();
        for (procedure, paper, counted, count) in rows {
            let [applicable, shown, differing] = counts.entry((procedure, paper)).or_default();
            let of = match Counted::of_word(&counted) {
                Some(Counted::Applicable) => applicable,
                Some(Counted::Shown) => shown,
                Some(Counted::Differing) => differing,
                _ => continue,
            };
            *of += u64::try_from(count).unwrap_or_default();
        }
        let mut papers: BTreeMap<String, Paper> = BTreeMap::new();
        for procedure in self.procedures.iter().filter(|one| one.valid.holds_on(today)) {
            for paper in procedure.requirements.iter().filter_map(|one| one.paper.as_ref()) {
                let code = procedure.code();
                let counts = counts.get(&(code.to_owned(), paper.code.clone())).copied().unwrap_or_default();
                let scopes = self.scopes.iter().filter(|scope| {
                    scope.valid.holds_on(today)
                        && scope.procedures.contains(code)
                        && scope.papers.contains(&paper.code)
                });
                let scopes: Vec<String> = scopes.map(|scope| scope.id.clone()).collect();
                let verdict = match limits {
                    _ if scopes.is_empty() => Verdict::NotPublished,
                    Some(limits) => verdict(limits, counts),
                    None => Verdict::NotMeasured,
                };
                let [applicable, shown, differing] = counts;
                let told = (self.basis.is_exact && applicable > 0).then_some(());
                let line = Paper {
                    id: format!("{code}:{}", paper.code),
                    procedure: code.to_owned(),
                    procedure_name: procedure.name.clone(),
                    paper: paper.code.clone(),
                    name: paper.name.clone(),
                    verdict,
                    scopes,
                    from: from.saturating_add(1.day()),
                    applicable: told.map(|()| applicable),
                    shown: told.map(|()| shown),
                    shown_at_least: told.and_then(|()| lower_bound(shown, applicable)),
                    differing: told.map(|()| differing),
                    differing_percent: told
                        .map(|()| (differing * 1000).div_ceil(applicable.max(1)) as f64 / 10.0),
                };
                papers.insert(line.id.clone(), line);
            }
        }
        let mut papers: Vec<Paper> = papers.into_values().collect();
        // What could be dropped first, and of that what is asked for most.
        papers.sort_by(|a, b| {
            a.verdict.cmp(&b.verdict).then(b.applicable.cmp(&a.applicable)).then_with(|| a.id.cmp(&b.id))
        });
        Ok(papers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wilson's interval has the share that a bound is of at its border: there z standard errors lie between both.
    #[test]
    fn a_bound_is_where_the_share_is_z_standard_errors_off() {
        for whole in [1u64, 7, 30, 100, 5_000] {
            for of in 0..=whole.min(60) {
                let of = whole - of;
                let least = lower_bound(of, whole).unwrap() / 100.0;
                let share = of as f64 / whole as f64;
                let error = |bound: f64| (bound * (1.0 - bound) / whole as f64).sqrt();
                assert!(share - least >= 1.959 * error(least) - 1e-3, "{of} of {whole}: {least}");
                let above = (least + 0.0011).min(1.0);
                assert!(share - above <= 1.961 * error(above) + 1e-3, "{of} of {whole}: {least}");
            }
        }
        assert_eq!((lower_bound(0, 0), lower_bound(1, 0), lower_bound(0, 77)), (None, None, Some(0.0)));
        assert!(lower_bound(38, 38).unwrap() <= 100.0 && lower_bound(9, 3) == lower_bound(3, 3));
        // 35 of 35 is not yet sure enough of 0.9 by a hair less than 0.9; with few cases nothing is.
        assert!(lower_bound(30, 30).unwrap() < 90.0 && lower_bound(35, 35).unwrap() >= 90.0);
    }

    #[test]
    fn a_paper_can_be_dropped_when_enough_cases_show_it_and_hardly_any_differ() {
        let limits = Thresholds {
            drop_cases: 30,
            drop_days: 90,
            drop_answered_percent: 90,
            drop_differing_percent: 1,
            small: 5,
        };
        for (counts, is) in [
            ([0, 0, 0], Verdict::NotMeasured),
            ([29, 29, 0], Verdict::NotMeasured),
            ([30, 30, 0], Verdict::NotYet),
            ([35, 35, 0], Verdict::Droppable),
            ([200, 191, 2], Verdict::Droppable),
            ([200, 191, 3], Verdict::NotYet),
            ([200, 180, 0], Verdict::NotYet),
        ] {
            assert_eq!(verdict(limits, counts), is, "{counts:?}");
        }
    }
}
