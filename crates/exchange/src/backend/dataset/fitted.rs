//! A dataset's table as contract and database describe it: fitted when it is asked for, looked after between, and what is wrong with it told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use connect::faults::{self, Seen};
use connect::shown::merges;
use connect::tally::Trouble as Flawed;
use connect::{Column, Mapped, Native, SourceError, Table};
use model::column::Class;
use model::fault::Words;
use model::id::ServiceId;
use model::service::{Dataset, FieldKind};

use crate::backend::dataset::trouble::{Trouble, question};
use crate::backend::dataset::{Ask, DatasetService};
use crate::compiled::Offered;
use crate::texts;

/// How often the columns of a table are looked at.
const LOOK: Duration = Duration::from_secs(60);
/// How often a key that its source does not hold unique is counted. It takes a look at every row.
const COUNT: Duration = Duration::from_secs(3600);
/// How long what was wrong with records is told after it was last seen.
const TOLD: Duration = Duration::from_secs(24 * 3600);

/// What a dataset's source lacks.
pub struct Lacks {
    /// Fields of the contract that the table does not have.
    pub fields: Vec<String>,
    /// What is wrong with records: the field, what it is, how many of them were seen.
    pub flaws: Vec<(String, &'static str, u64)>,
}

/// A table fitted to a contract.
#[derive(Clone)]
pub(super) struct Fitted {
    pub(super) offered: Arc<Offered>,
    pub(super) table: Table,
    /// Fields of the contract that the table does not have, or not as it had them.
    pub(super) missing: Vec<String>,
    /// Fields that are there and are not given.
    withheld: BTreeSet<String>,
    /// What is to be known of the source.
    remarks: Vec<Words>,
    at: Instant,
}

impl DatasetService {
    /// Looks at the table before anybody asks, if nobody has of late. Returns what of the contract it lacks, and what was wrong with records.
    ///
    /// # Errors
    /// [`SourceError`] if the database can't be read.
    pub async fn look(&self, offered: &Arc<Offered>, dataset: &Dataset) -> Result<Lacks, SourceError> {
        // Of a file or an API it costs nothing to look at once: it is whether it was read that is to be told.
        let is_kept = self.source.age().is_none();
        let known = self.fitted.load_full().filter(|fitted| is_kept && fitted.is_fresh_for(offered));
        let fitted = match known {
            Some(fitted) => fitted,
            None => self.fit(offered, dataset, true).await?,
        };
        if let Err(error) = self.count_key(&fitted).await {
            tracing::warn!(service = %offered.service.id, %error, "the key could not be counted");
        }
        Ok(Lacks { fields: fitted.missing.clone(), flaws: self.flaws(&offered.service.id) })
    }

    /// Reads all records and tells which have what wrong. Returns the fields of the contract that the table lacks.
    ///
    /// # Errors
    /// [`SourceError`] if the database can't be read.
    pub(crate) async fn faults(
        &self,
        offered: &Arc<Offered>,
        dataset: &Dataset,
        see: impl FnMut(Seen<'_>),
    ) -> Result<Vec<String>, SourceError> {
        let fitted = self.fit(offered, dataset, true).await?;
        faults::each(self.source.as_ref(), &fitted.table, see).await?;
        Ok(fitted.missing.clone())
    }

    /// Fits the table, if nobody has of late.
    pub(crate) async fn fit_now(&self, offered: &Arc<Offered>, dataset: &Dataset) -> Result<(), SourceError> {
        self.fit(offered, dataset, false).await.map(drop)
    }

    /// Whether the source has JSON in a field, as far as is known.
    #[must_use]
    pub fn is_json(&self, field: &str) -> bool {
        let fitted = self.fitted.load();
        let mapped = fitted.as_ref().and_then(|fitted| fitted.table.fields.get(field));
        mapped.is_some_and(|mapped| mapped.column.class == Class::Json)
    }

    /// Counts how often the key is empty or stands twice, where the source does not hold that it never is.
    async fn count_key(&self, fitted: &Fitted) -> Result<(), SourceError> {
        let key = &fitted.table.key;
        let is_held = |mapped: &Mapped| mapped.column.is_key() && !merges(mapped);
        if fitted.table.fields.get(key).is_none_or(is_held) {
            return Ok(());
        }
        {
            let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
            if counted.is_some_and(|at| at.elapsed() < COUNT) {
                return Ok(());
            }
            *counted = Some(Instant::now());
        }
        let (empty, twice) = self.source.doubles(&fitted.table).await?;
        if empty > 0 {
            self.tally.note(key, Flawed::KeyEmpty);
        }
        if twice > 0 {
            self.tally.note(key, Flawed::KeyTwice);
        }
        Ok(())
    }

    /// What was wrong with records, until a day after it was last seen.
    fn flaws(&self, service: &ServiceId) -> Vec<(String, &'static str, u64)> {
        let mut flaws = self.flaws.lock().unwrap_or_else(PoisonError::into_inner);
        for ((field, flaw), more) in self.tally.take() {
            tracing::warn!(%service, field, flaw = flaw.word(), records = more, "records of the source are not as they should be");
            let (count, seen) = flaws.entry((field, flaw)).or_insert((0, Instant::now()));
            *count += more;
            *seen = Instant::now();
        }
        flaws.retain(|_, (_, seen)| seen.elapsed() < TOLD);
        flaws.iter().map(|((field, flaw), (count, _))| (field.clone(), flaw.word(), *count)).collect()
    }

    /// The table fitted to the contract: anew when the contract is another, when it was long ago, or when that is asked for.
    pub(super) async fn fit(
        &self,
        offered: &Arc<Offered>,
        dataset: &Dataset,
        anew: bool,
    ) -> Result<Arc<Fitted>, SourceError> {
        let known = self.fitted.load_full().filter(|fitted| Arc::ptr_eq(&fitted.offered, offered));
        if let Some(fitted) = known.clone().filter(|fitted| !anew && fitted.is_fresh_for(offered)) {
            return Ok(fitted);
        }
        let shape = match self.source.shape(&self.mapping.table).await {
            Ok(Some(shape)) => shape,
            Ok(None) => {
                return Err(SourceError::Failed(format!("there is no table {}", self.mapping.table.name)));
            }
            // A database that does not tell its columns now may still answer by those it had.
            Err(error) => return known.filter(|_| !anew).ok_or(error),
        };
        if known.as_ref().is_none_or(|known| known.remarks != shape.remarks) {
            for remark in &shape.remarks {
                tracing::warn!(service = %offered.service.id, remark = remark.en(), "of the source");
            }
        }
        let (mut fields, mut missing) = (BTreeMap::new(), Vec::new());
        for field in &dataset.fields {
            let name = self.mapping.columns.get(&field.name).unwrap_or(&field.name);
            // Of a source without any record nobody knows the columns: it has what the contract says, in no record.
            let column = match shape.columns.is_empty() {
                true => Some(unseen(name)),
                false => shape.columns.iter().find(|column| column.name == *name).cloned(),
            };
            // Columns of files and APIs are whatever they hold today.
            let is_free = self.source.age().is_some();
            match column.filter(|column| is_free || self.is_as_it_was(&field.name, column.class)) {
                Some(column) => {
                    let values = self.mapping.values.get(&field.name).cloned().unwrap_or_default();
                    let mapped = Mapped {
                        kind: field.kind,
                        column,
                        values,
                        digits: self.mapping.digits.get(&field.name).copied(),
                        original: field.original,
                        searched: field.filter || field.name == dataset.key,
                    };
                    fields.insert(field.name.clone(), mapped);
                }
                None => missing.push(field.name.clone()),
            }
        }
        if missing.contains(&dataset.key) {
            return Err(SourceError::Failed(format!(
                "the key {} is not in the table as it was",
                dataset.key
            )));
        }
        let newly = |name: &&String| known.as_ref().is_none_or(|known| !known.missing.contains(name));
        if missing.iter().any(|name| newly(&name)) {
            tracing::warn!(service = %offered.service.id, missing = missing.join(", "), "the table lacks fields of the contract; the others are served");
        }
        let table = Table { name: shape.name, key: dataset.key.clone(), fields, tally: self.tally.clone() };
        let remarks = shape.remarks;
        let fitted = Arc::new(Fitted {
            offered: offered.clone(),
            table,
            missing,
            withheld: BTreeSet::new(),
            remarks,
            at: Instant::now(),
        });
        self.fitted.store(Some(fitted.clone()));
        Ok(fitted)
    }

    /// Whether a field's column holds what it held when it was first seen.
    fn is_as_it_was(&self, field: &str, class: Class) -> bool {
        let mut classes = self.classes.write().unwrap_or_else(PoisonError::into_inner);
        *classes.entry(field.to_owned()).or_insert(class) == class
    }
}

impl Fitted {
    pub(super) fn is_fresh_for(&self, offered: &Arc<Offered>) -> bool {
        Arc::ptr_eq(&self.offered, offered) && self.at.elapsed() < LOOK
    }

    /// The fields that may be seen and are there, in the contract's order.
    pub(super) fn granted<'a>(&self, asked: &Ask<'a>) -> Vec<&'a str> {
        let names = asked.dataset.fields.iter().map(|field| field.name.as_str());
        names.filter(|name| asked.grant.fields.allow(name) && self.there(name).is_ok()).collect()
    }

    /// The granted fields that the source lacks, and those that are withheld.
    pub(super) fn missing_of(&self, asked: &Ask<'_>) -> Vec<&str> {
        let names = self.missing.iter().chain(&self.withheld);
        names.map(String::as_str).filter(|name| asked.grant.fields.allow(name)).collect()
    }

    /// The same without these fields, but for the key: without that no record has a name.
    pub(super) fn without(&self, fields: &BTreeSet<String>) -> Self {
        let there =
            fields.iter().filter(|name| **name != self.table.key && self.table.fields.contains_key(*name));
        Self { withheld: there.cloned().collect(), ..self.clone() }
    }

    /// Whether records can be looked for by a field now: a list or an object as JSON has no one way of writing it.
    pub(super) fn searched(&self, name: &str, key: &str) -> Result<(), Trouble> {
        self.there(name)?;
        let mapped = self.table.fields.get(name);
        if name == key
            || mapped
                .is_none_or(|mapped| mapped.kind != FieldKind::Text || mapped.column.class != Class::Json)
        {
            return Ok(());
        }
        Err(question(texts::json_not_listed(name)))
    }

    /// Whether a field can be asked about now.
    pub(super) fn there(&self, name: &str) -> Result<(), Trouble> {
        if self.table.fields.contains_key(name) && !self.withheld.contains(name) {
            return Ok(());
        }
        Err(question(texts::field_unavailable(name)))
    }
}

/// A column that no record has shown yet.
fn unseen(name: &str) -> Column {
    Column {
        name: name.to_owned(),
        declared: String::new(),
        class: Class::Text,
        nullable: false,
        unique: true,
        comment: String::new(),
        native: Native::Written,
    }
}
