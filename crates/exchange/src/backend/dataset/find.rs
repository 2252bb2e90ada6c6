//! Some fields of the records that fit, all of it said in the body: no number of a person stands in an address, which logs and ledgers keep,
//! and nothing is read or sent beyond what was asked for.

use std::collections::BTreeSet;

use connect::Listing;

use crate::backend::Answer;
use crate::backend::dataset::ask::{FIND_MAX, Find};
use crate::backend::dataset::fitted::Fitted;
use crate::backend::dataset::gate::beside;
use crate::backend::dataset::trouble::{Trouble, question};
use crate::backend::dataset::{Ask, DatasetService, counted, write_items};
use crate::texts;

impl DatasetService {
    /// Returns with the answer those of the fields that the source lacks or that are withheld.
    pub(super) async fn find<'a>(
        &self,
        fitted: &'a Fitted,
        asked: &Ask<'_>,
    ) -> Result<(Answer, Vec<&'a str>), Trouble> {
        // What stands in the address is in every log on the way, and would not count here.
        if asked.query.is_some_and(|query| !query.is_empty()) {
            return Err(question(texts::find_in_address()));
        }
        let Find { filters, fields, limit } = asked.read()?;
        let limit = limit.unwrap_or(FIND_MAX);
        if !(1..=FIND_MAX).contains(&limit) {
            return Err(question(texts::limit_form(FIND_MAX)));
        }
        // What fits nothing in particular is a list, which has its own operation.
        if filters.is_empty() {
            return Err(question(texts::find_by_nothing()));
        }
        let wanted = wanted(asked, &fields)?;
        let (filters, rules) = (asked.filters_by(fitted, filters)?, self.rules(fitted, asked)?);
        self.refuse_misfits(fitted, asked, &filters, &rules).await?;
        let (there, missing): (Vec<&str>, Vec<&str>) =
            wanted.iter().copied().partition(|name| fitted.there(name).is_ok());
        let missing = fitted.missing_of(asked).into_iter().filter(|name| missing.contains(name)).collect();
        // One more tells whether there are more.
        let listing = Listing { filters: [filters, rules].concat(), limit: limit + 1, ..Listing::default() };
        let gate = self.gate();
        let all = beside(gate.as_deref(), fitted, &there)?;
        let mut listed = self.source.list(&fitted.table, &all, &listing).await?;
        let more = listed.len() > limit;
        listed.truncate(limit);
        let judged = self.judged(gate.as_deref(), listed, &there)?;
        let mut out = write_items(&judged.listed);
        out.extend_from_slice(format!(",\"more\":{more}}}").as_bytes());
        Ok((counted(Answer::whole_json(out), judged.count()), missing))
    }
}

/// The fields that are asked for, in the contract's order, each once and granted. One that is not is named, and nothing is cut unseen.
fn wanted<'a>(asked: &Ask<'a>, fields: &[String]) -> Result<Vec<&'a str>, Trouble> {
    let mut named = BTreeSet::new();
    for name in fields {
        asked.granted_field(name)?;
        if !named.insert(name.as_str()) {
            return Err(question(texts::field_twice(name)));
        }
    }
    if named.is_empty() {
        return Err(question(texts::find_nothing()));
    }
    let all = asked.dataset.fields.iter().map(|field| field.name.as_str());
    Ok(all.filter(|name| named.contains(name)).collect())
}
