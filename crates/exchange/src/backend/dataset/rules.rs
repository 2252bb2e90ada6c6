//! The grant's rules of rows, as filters that the source is asked by and each record is held against.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use connect::{Filter, Mapped, Native};
use model::column::Class;
use model::grant::RowRule;
use model::unit::Units;

use crate::backend::dataset::fitted::Fitted;
use crate::backend::dataset::trouble::{Trouble, question};
use crate::backend::dataset::{Ask, DatasetService};
use crate::texts;

impl DatasetService {
    /// The grant's rules of rows, as filters. A rule that cannot be kept lets nothing pass.
    pub(super) fn rules(&self, fitted: &Fitted, asked: &Ask<'_>) -> Result<Vec<Filter>, Trouble> {
        let rule = |rule: &RowRule| {
            // A rule is kept by a field that is not given, too.
            if !fitted.table.fields.contains_key(&rule.field) {
                fitted.there(&rule.field)?;
            }
            let mut one_of: BTreeSet<String> = rule.one_of.iter().cloned().collect();
            if let Some(unit) = &rule.under {
                if fitted.table.fields.get(&rule.field).is_some_and(is_ambiguous) {
                    return Err(question(texts::digits_not_set(&rule.field)));
                }
                if one_of.is_empty() {
                    return Ok(Filter { field: rule.field.clone(), one_of: self.below(unit) });
                }
                one_of.extend(self.below(unit).iter().cloned());
            }
            Ok(Filter { field: rule.field.clone(), one_of: Arc::new(one_of) })
        };
        asked.grant.rows.iter().map(rule).collect()
    }

    /// A unit's code and all codes below it, of today and of former days.
    fn below(&self, unit: &str) -> Arc<BTreeSet<String>> {
        if let Some(known) = self.below.read().unwrap_or_else(PoisonError::into_inner).get(unit) {
            return known.clone();
        }
        let codes = Arc::new(below(unit));
        self.below.write().unwrap_or_else(PoisonError::into_inner).insert(unit.to_owned(), codes.clone());
        codes
    }
}

/// Whether nobody knows of a code how many digits it has in full: of a number, 24 may be a province or the commune 00024. Where settings do
/// not say, it must be a text that its source keeps as one.
fn is_ambiguous(mapped: &Mapped) -> bool {
    let column = &mapped.column;
    let declared = column.declared.to_lowercase();
    let keeps_texts = match column.native {
        Native::Type { .. } => true,
        Native::Written => ["text", "char", "clob"].iter().any(|word| declared.contains(word)),
    };
    mapped.digits.is_none() && !(column.class == Class::Text && keeps_texts)
}

fn below(unit: &str) -> BTreeSet<String> {
    let units = Units::shipped();
    let codes = units.all().map(|one| one.code.as_str()).filter(|code| units.is_below(code, unit));
    codes.chain([unit]).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use connect::shown::Shown;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What is asked of the source and held once more is what the model says a rule means.
        #[test]
        fn a_rule_of_rows_is_held_as_the_model_means_it(one_of in prop::collection::vec("[0-9]{2,5}", 0..3), under in prop::option::of("[0-9]{2}"), value in prop::option::of("[0-9]{2,5}")) {
            let rule = RowRule { field: "xa".into(), one_of: one_of.clone(), under: under.clone() };
            let mut codes: BTreeSet<String> = one_of.into_iter().collect();
            codes.extend(under.iter().flat_map(|unit| below(unit)));
            let filter = Filter { field: "xa".into(), one_of: Arc::new(codes) };
            let shown = value.clone().map_or(Shown::Null, Shown::Text);
            prop_assert_eq!(filter.allows(&shown), rule.allows(value.as_deref(), Units::shipped()));
        }
    }
}
