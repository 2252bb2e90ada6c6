//! A part of a batch as all rules see it: what was computed of its columns once.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use arrow_array::ArrayRef;

use crate::distinct::{Distinct, Hasher, NONE, Scratch, Value, date_of, day_number};
use crate::rule::{Check, Rules};
use crate::run::settings::Settings;
use crate::state::counts::Counts;
use crate::state::dimension::Dimension;
use crate::state::profile::is_blank;

/// Whether a value is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Present,
    /// Empty, or spaces only.
    Blank,
    /// It stands for nothing.
    Placeholder,
}

pub(super) struct Column<'a> {
    pub(super) distinct: Distinct<'a>,
    /// Of each value that differs.
    pub(super) presence: Vec<Presence>,
    days: OnceCell<Vec<Option<i32>>>,
}

pub(super) struct Batch<'a> {
    pub(super) rows: usize,
    pub(super) columns: Vec<Column<'a>>,
    key: Option<usize>,
    pub(super) causes: BTreeMap<Dimension, Cause>,
    /// Days since 1970-01-01.
    pub(super) today: i32,
}

/// A column that may tell why records fail.
pub(super) struct Cause {
    column: usize,
    by_day: bool,
    /// Of each value of the column that differs.
    digests: Vec<u64>,
}

impl<'a> Batch<'a> {
    pub(super) fn of(
        arrays: &'a [ArrayRef],
        rows: usize,
        rules: &Rules,
        settings: &Settings,
        hasher: &Hasher,
        scratch: &mut Scratch,
    ) -> Self {
        let mut asked = vec![false; arrays.len()];
        for rule in &rules.rules {
            let at = rule.field.as_ref().and_then(|name| place(rules, name));
            if let (Check::NotPlaceholder(_), Some(asked)) =
                (&rule.check, at.and_then(|at| asked.get_mut(at)))
            {
                *asked = true;
            }
        }
        let column = |(array, asked): (&'a ArrayRef, bool)| {
            let distinct = Distinct::of(array, hasher, scratch);
            let presence = distinct.values.iter().map(|value| presence(value, rules, asked)).collect();
            Column { distinct, presence, days: OnceCell::new() }
        };
        let columns: Vec<Column<'a>> = arrays.iter().zip(asked).map(column).collect();
        let cause = |(dimension, field): (&Dimension, &String)| {
            let at = place(rules, field)?;
            let by_day = *dimension == Dimension::Day;
            let values = columns.get(at)?.distinct.values.iter();
            let digests = values.map(|value| hasher.bytes(said(value, by_day).as_bytes())).collect();
            Some((*dimension, Cause { column: at, by_day, digests }))
        };
        let causes = settings.causes.iter().filter_map(cause).collect();
        let key = rules.fields.iter().position(|field| field.key);
        Self { rows, columns, key, causes, today: day_number(rules.today) }
    }

    pub(super) fn column(&self, rules: &Rules, field: &str) -> Option<&Column<'a>> {
        self.columns.get(place(rules, field)?)
    }

    /// The key of a row, if it has one.
    pub(super) fn key(&self, row: usize) -> Option<&Value<'a>> {
        self.columns.get(self.key?)?.value(row)
    }

    /// Its digest.
    pub(super) fn key_digest(&self, row: usize) -> Option<u64> {
        let column = self.columns.get(self.key?)?;
        column.value(row)?;
        column.digest(row)
    }
}

fn place(rules: &Rules, field: &str) -> Option<usize> {
    rules.fields.iter().position(|known| known.name == field)
}

fn presence(value: &Value<'_>, rules: &Rules, asked: bool) -> Presence {
    match value {
        Value::Text(text) if is_blank(text) => Presence::Blank,
        Value::Text(text) if asked => {
            let is_day = || {
                crate::distinct::day_of(text)
                    .and_then(date_of)
                    .is_some_and(|day| rules.placeholders.is_day(day))
            };
            if rules.placeholders.is_text(text) || is_day() {
                Presence::Placeholder
            } else {
                Presence::Present
            }
        }
        Value::Day(_) | Value::Moment(_) if asked => {
            let day = value.day().and_then(date_of);
            if day.is_some_and(|day| rules.placeholders.is_day(day)) {
                Presence::Placeholder
            } else {
                Presence::Present
            }
        }
        _ => Presence::Present,
    }
}

impl<'a> Column<'a> {
    /// The value of a row, if it is one.
    pub(super) fn value(&self, row: usize) -> Option<&Value<'a>> {
        let at = *self.distinct.of_row.get(row)? as usize;
        (self.presence.get(at) == Some(&Presence::Present)).then(|| self.distinct.values.get(at))?
    }

    pub(super) fn digest(&self, row: usize) -> Option<u64> {
        self.distinct.hashes.get(*self.distinct.of_row.get(row)? as usize).copied()
    }

    /// The day that a row's value is.
    pub(super) fn day(&self, row: usize) -> Option<i32> {
        self.value(row)?;
        let days = self.days.get_or_init(|| self.distinct.values.iter().map(Value::day).collect());
        *days.get(*self.distinct.of_row.get(row)? as usize)?
    }
}

impl Cause {
    /// Counts all rows.
    pub(super) fn count_all(&self, batch: &Batch<'_>, counts: &mut Counts) {
        let Some(column) = batch.columns.get(self.column) else { return };
        for ((at, digest), times) in (0u32..).zip(&self.digests).zip(&column.distinct.counts) {
            counts.add(*digest, u64::from(*times), at);
        }
        self.settle(batch, counts);
    }

    /// Counts a row. Of those that name no cause nothing is counted.
    pub(super) fn count(&self, batch: &Batch<'_>, row: usize, counts: &mut Counts) {
        let at = batch.columns.get(self.column).and_then(|column| column.distinct.of_row.get(row)).copied();
        if let Some(at) = at.filter(|at| *at != NONE)
            && let Some(digest) = self.digests.get(at as usize)
        {
            counts.add(*digest, 1, at);
        }
    }

    pub(super) fn settle(&self, batch: &Batch<'_>, counts: &mut Counts) {
        let column = batch.columns.get(self.column);
        let value = |at: u32| column.and_then(|column| column.distinct.values.get(at as usize));
        counts.settle(|at| value(at).map(|value| said(value, self.by_day)).unwrap_or_default());
    }
}

/// A value as a cause names it: a moment by its day.
fn said(value: &Value<'_>, by_day: bool) -> String {
    let day = by_day.then(|| value.day().and_then(date_of)).flatten();
    day.map_or_else(|| value.text().into_owned(), |day| day.to_string())
}
