//! The step: what is observed now against the conditions of all tasks. One whose condition holds is closed, and one whose condition holds no
//! more is opened again; that a day has come is told in its task's history as well. Each change is written with what was observed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::agency::Name;
use model::fault::Fault;
use serde::Serialize;
use utoipa::ToSchema;

use super::value::{About, Observed};
use crate::directive::KIND;
use crate::directive::condition::{Condition, Threshold, Values, Verdict, Way};
use crate::directive::measure::{Measure, Unit};
use crate::directive::standing::{self, Standing};
use crate::directive::task::Task;
use crate::quality::current::Current;
use crate::registry::row::{Row, rows};
use crate::store::{Db, Tx, readable};

/// Tasks that are read at once, and changed in one transaction.
const AT_ONCE: i64 = 500;

/// What is known now of a task: what it comes to, what was observed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    verdict: Verdict,
    observed: String,
    why: String,
}

/// Judges all tasks by what is observed now. Returns how many changed.
///
/// # Errors
/// [`Fault::StoreFailed`], [`Fault::Internal`]; what was changed before stays.
pub(crate) async fn step(db: &Db, quality: &Current, now: Timestamp) -> Result<usize, Fault> {
    let changing = changing(&mut db.read().await?, quality, now).await?;
    let mut changed = 0;
    for some in changing.chunks(usize::try_from(AT_ONCE).unwrap_or(1)) {
        let mut tx = db.write().await?;
        for (task, known) in some {
            let judged =
                known.as_ref().map(|known| (known.verdict, known.observed.as_str(), known.why.as_str()));
            changed += usize::from(standing::look(&mut tx, task, judged, now).await?);
        }
        tx.commit().await?;
    }
    Ok(changed)
}

/// The tasks that are to change, with what is known of each. Nobody waits meanwhile who writes.
async fn changing(
    tx: &mut Tx,
    quality: &Current,
    now: Timestamp,
) -> Result<Vec<(String, Option<Known>)>, Fault> {
    let mut judge = Judge { observed: None, values: BTreeMap::new(), quality, now };
    let mut changing = Vec::new();
    let mut after = String::new();
    loop {
        let page = rows!(
            tx,
            concat!(
                "SELECT task.id, task.entry, ", standing::columns!(), " FROM ", standing::from!(),
                " WHERE task.id > $1 AND s.dropped_on IS NULL ORDER BY task.id LIMIT $2"
            )
            => &after, AT_ONCE
        )?;
        let Some(last) = page.last() else { return Ok(changing) };
        after = last.get("id")?;
        for row in &page {
            let id: String = row.get("id")?;
            // One that cannot be read keeps nobody from the others.
            let Some((task, standing)) = readable(read(row), KIND, &id)? else { continue };
            let known = judge.judge(tx, &task, standing.way).await?;
            let judged = known.as_ref().map(|known| (known.verdict, known.observed.as_str()));
            if standing.after(judged, now).is_some() {
                changing.push((id, known));
            }
        }
    }
}

fn read(row: &Row) -> Result<(Task, Standing), Fault> {
    Ok((row.json("entry")?, Standing::read(row)?))
}

/// What measures come to, each computed once.
struct Judge<'a> {
    observed: Option<Observed>,
    values: BTreeMap<(Measure, String), Vec<f64>>,
    quality: &'a Current,
    now: Timestamp,
}

impl Judge<'_> {
    async fn judge(&mut self, tx: &mut Tx, task: &Task, way: Way) -> Result<Option<Known>, Fault> {
        Ok(match &task.condition {
            Condition::Review(_) => None,
            Condition::Artefact(artefact) => {
                let there = standing::is_there(tx, &task.id, artefact).await?;
                let verdict = if there { Verdict::Met } else { Verdict::Unmet };
                let wanted = artefact.number.as_deref().or(artefact.sha256.as_deref()).unwrap_or_default();
                Some(Known { verdict, observed: String::new(), why: wanted.to_owned() })
            }
            Condition::Measure(threshold) if way == Way::Measure => Some(self.measure(tx, threshold).await?),
            Condition::Measure(_) => None,
        })
    }

    async fn measure(&mut self, tx: &mut Tx, threshold: &Threshold) -> Result<Known, Fault> {
        let reading = match threshold.read() {
            Ok(reading) => reading,
            // A measure that there is no more.
            Err(why) => {
                let why = format!("{} ({})", threshold.expression, why.both());
                return Ok(Known { verdict: Verdict::NotMeasured, observed: "?".to_owned(), why });
            }
        };
        let mut values = Values::new();
        for measure in reading.measures() {
            values.insert(measure, self.value(tx, measure, About::of(threshold)).await?);
        }
        let (verdict, observed) = reading.judge(&values, model::time::day_in_viet_nam(self.now));
        let why = format!("{observed} ({})", threshold.expression);
        Ok(Known { verdict, observed, why })
    }

    async fn value(&mut self, tx: &mut Tx, measure: Measure, about: About<'_>) -> Result<Vec<f64>, Fault> {
        let key = (measure, format!("{about:?}"));
        if let Some(known) = self.values.get(&key) {
            return Ok(known.clone());
        }
        let observed = match self.observed.take() {
            Some(observed) => observed,
            None => Observed::load(tx, self.quality, self.now).await?,
        };
        let value = observed.value(tx, measure, about).await;
        self.observed = Some(observed);
        let value = value?;
        self.values.insert(key, value.clone());
        Ok(value)
    }
}

/// A measure, for whoever writes a condition.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = MeasureLine)]
pub(crate) struct Measured {
    /// Its name in conditions.
    pub(crate) id: String,
    /// What it is.
    pub(crate) name: Name,
    /// What it counts in.
    pub(crate) unit: Unit,
    /// Whether it can be of one database.
    pub(crate) of_database: bool,
    /// What it is now, in the whole country: the least that it may be. Null: it is not measured.
    pub(crate) least: Option<f64>,
    /// The most that it may be.
    pub(crate) most: Option<f64>,
}

/// All measures, with what they are now in the whole country.
///
/// # Errors
/// [`Fault::StoreFailed`], [`Fault::Internal`].
pub(crate) async fn measures(tx: &mut Tx, quality: &Current, now: Timestamp) -> Result<Vec<Measured>, Fault> {
    let observed = Observed::load(tx, quality, now).await?;
    let mut all = Vec::new();
    for measure in Measure::ALL {
        let values = observed.value(tx, *measure, About::Country).await?;
        let words = measure.words();
        all.push(Measured {
            id: measure.name().to_owned(),
            name: Name { vi: words.vi().to_owned(), en: words.en().to_owned() },
            unit: measure.unit(),
            of_database: measure.reach() == crate::directive::measure::Reach::All,
            least: values.iter().copied().reduce(f64::min),
            most: values.iter().copied().reduce(f64::max),
        });
    }
    Ok(all)
}
