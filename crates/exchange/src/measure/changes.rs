//! Yesterday's state and what changed since are today's: where nothing was altered and nothing deleted.
//!
//! A source that writes down when a record was last changed tells which are new or altered, and not what they were before; of what is
//! deleted it tells nothing. But it can be counted: it has as many records more as it says have changed if, and only if, all of those are
//! new and none has gone, for each that was altered or deleted makes the sum smaller. Then what changed is read onto the state of then;
//! else the whole is read, and it is said why.

use connect::columnar::Reader;
use connect::{Listing, Mark, Source, SourceError, Table};
use jiff::civil::Date;
use model::fault::Words;
use quality::Rules;

use crate::measure::kept::{Added, Partial, Saved};
use crate::measure::{Pass, Progress, Stopped};
use crate::texts;

/// Records of one moment that are looked at together.
const MOMENT: usize = 5_000;

/// The records of a dataset, and how they are read.
pub(super) struct Records<'a> {
    pub(super) source: &'a dyn Source,
    pub(super) table: &'a Table,
    /// The contract's fields, and of them those that the table has.
    pub(super) fields: (&'a [&'a str], &'a [&'a str]),
    pub(super) in_order: bool,
    /// Where a run goes on that was broken off.
    pub(super) after: Option<Mark>,
    /// The field that tells what changed.
    pub(super) changed: Option<&'a str>,
    /// By which rules, table and lists they are measured, whatever the day.
    pub(super) plan: String,
    /// Behind which record all are that change from now on.
    pub(super) newest: Option<Mark>,
}

/// How they were read.
#[derive(Default)]
pub(super) struct Ended {
    pub(super) added: Option<Added>,
    pub(super) whole_because: Option<Words>,
}

impl Records<'_> {
    /// Behind which record all are that change from now on; none: where no record says when it changed, all of them. Of records that
    /// changed in the same moment it is the one with the last key.
    pub(super) async fn newest(&self) -> Result<Option<Mark>, SourceError> {
        let Some(field) = self.changed else { return Ok(None) };
        let page = |after: Option<Mark>, backwards: bool, limit: usize| {
            let sort = Some((field.to_owned(), backwards));
            async move {
                let listing = Listing { sort, after, limit, ..Listing::default() };
                self.source.list(self.table, &[], &listing).await
            }
        };
        // What is empty comes last, whichever way.
        let says = |mark: &Mark| mark.sorted.is_some();
        let mut newest = page(None, true, 1).await?.pop().map(|listed| listed.mark).filter(says);
        while newest.is_some() {
            let beside = page(newest.clone(), false, MOMENT).await?;
            let (got, last) = (beside.len(), beside.into_iter().rev().map(|listed| listed.mark).find(says));
            let is_last = got < MOMENT || last.is_none();
            newest = last.or(newest);
            if is_last {
                break;
            }
        }
        Ok(newest)
    }
}

impl<See: FnMut(Progress) + Send> Pass<'_, See> {
    /// Reads what there is to read: what changed, or the whole. `then` makes the rules of another day.
    pub(super) async fn records(
        &mut self,
        records: &Records<'_>,
        whole: bool,
        then: impl Fn(Date) -> Option<Rules>,
    ) -> Result<Ended, Stopped> {
        let mut ended = Ended::default();
        let mut mark = records.newest.clone();
        // A run that was broken off was one of the whole, and goes on.
        let goes_on = self.state.is_some();
        if let Some(field) = records.changed.filter(|_| !goes_on) {
            match self.base(records, whole, then) {
                Err(why) => ended.whole_because = Some(why),
                Ok(base) => {
                    let (since, had, after) = (base.day, base.rows, base.mark.clone());
                    let mut reader =
                        Reader::behind(records.source, records.table, records.fields, field, after);
                    if self.onto(base, &mut reader).await? {
                        ended.added = Some(Added { since, records: self.rows - had });
                        mark = reader.mark().cloned();
                    } else {
                        ended.whole_because = Some(texts::read_whole_altered(since));
                    }
                }
            }
        }
        if ended.added.is_none() {
            let Records { source, table, fields, in_order, after, .. } = records;
            let mut reader = match in_order {
                true => Reader::in_order(*source, table, *fields, after.clone()),
                false => Reader::as_they_come(*source, table, *fields),
            };
            self.read(&mut reader, *in_order).await?;
        }
        if let (Some(_), Some(state)) = (records.changed, &self.state) {
            let saved = Saved {
                plan: &records.plan,
                day: self.rules.today,
                rows: self.rows,
                mark: mark.as_ref(),
                state,
            };
            // Of a run that went on it is not known which record was the newest when it began.
            self.place.save_whole((!goes_on).then_some(&saved)).map_err(Stopped::File)?;
        }
        Ok(ended)
    }

    /// The state to go on with, as today's rules would have made it; or why there is none.
    fn base(
        &self,
        records: &Records<'_>,
        whole: bool,
        then: impl Fn(Date) -> Option<Rules>,
    ) -> Result<Partial, Words> {
        if whole {
            return Err(texts::read_whole_asked());
        }
        let base = self.place.whole().ok_or_else(texts::read_whole_first)?;
        let then =
            then(base.day).filter(|_| base.plan == records.plan).ok_or_else(texts::read_whole_other)?;
        if self.of.is_none_or(|now| now < base.rows) {
            return Err(texts::read_whole_altered(base.day));
        }
        let state = base.state.as_of_today(&then, &self.rules)?;
        Ok(Partial { state, plan: base.plan, day: base.day, rows: base.rows, mark: base.mark })
    }

    /// Reads what changed onto the state of another day. Whether that is the same as reading the whole: the source has as many records
    /// more as were read. If it is not, nothing was done.
    async fn onto(&mut self, base: Partial, reader: &mut Reader<'_>) -> Result<bool, Stopped> {
        let had = base.rows;
        (self.rows, self.from, self.most) = (had, had, self.of);
        self.state = Some(base.state);
        let read = self.read(reader, false).await;
        let is_same = match read {
            Ok(()) => self.of == Some(self.rows),
            Err(Stopped::More) => false,
            Err(error) => return Err(error),
        };
        self.most = None;
        if !is_same {
            (self.rows, self.from, self.state) = (0, 0, None);
        }
        Ok(is_same)
    }
}
