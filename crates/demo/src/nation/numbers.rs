//! Numbers that no real person bears.
//!
//! | number | form | why it is nobody's |
//! |---|---|---|
//! | personal id, 12 digits | `9PP C YY NNNNNN` | province codes of birth registration end at 096: `data/person-id/provinces.tsv` |
//! | old card, 9 digits | `9` and 8 digits | provinces began theirs with 0 to 3 |
//! | social insurance, 10 digits | `99` and 8 digits | begins with a province's code, and there is no province 99 |
//! | driving licence, 12 digits | `99` and 10 digits | the same |
//! | telephone, 10 digits | `0199` and 6 digits | 0199 was closed when the numbers of 11 digits ended in 2018 |
//!
//! Other numbers (households, certificates, parcels, pupils) carry a 9 or a `ZZ` in front and are counted up.

use std::collections::HashSet;

use jiff::civil::Date;
use model::person::{OldId9, PersonId, Sex};

use super::dice::Dice;

/// Gives out numbers, none twice. The sets are asked for membership only, never walked.
#[derive(Default)]
pub(super) struct Numbers {
    persons: HashSet<PersonId>,
    old: HashSet<OldId9>,
    insured: HashSet<u64>,
}

impl Numbers {
    /// A personal id number by the rule of Decree 137/2015 Art. 13, for the province (two digits) of birth registration.
    /// There are a million of them for each province, sex and year, so a free one is soon found.
    pub(super) fn person(&mut self, province: &str, sex: Sex, born: Date, dice: &mut Dice) -> PersonId {
        let century = (born.year() - 1900) / 100 * 2 + i16::from(sex == Sex::Female);
        let year = born.year() % 100;
        loop {
            let text = format!("9{province}{century}{year:02}{:06}", dice.below(1_000_000));
            if let Some(id) = text.parse().ok().filter(|id| self.persons.insert(*id)) {
                return id;
            }
        }
    }

    /// A number of the old card.
    pub(super) fn old_card(&mut self, dice: &mut Dice) -> OldId9 {
        loop {
            let text = format!("9{:08}", dice.below(100_000_000));
            if let Some(id) = text.parse().ok().filter(|id| self.old.insert(*id)) {
                return id;
            }
        }
    }

    /// A social-insurance number.
    pub(super) fn insurance(&mut self, dice: &mut Dice) -> String {
        loop {
            let number = dice.below(100_000_000);
            if self.insured.insert(number) {
                return format!("99{number:08}");
            }
        }
    }
}

/// A telephone number. People share telephones, so it may come twice.
pub(super) fn telephone(dice: &mut Dice) -> String {
    format!("0199{:06}", dice.below(1_000_000))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::dice::Stream;
    use super::*;

    #[test]
    fn a_number_says_century_sex_and_year_and_names_no_province() {
        let (mut numbers, mut dice) = (Numbers::default(), Dice::new(1, Stream::Truth));
        let mut check = |sex, born: Date| {
            let id = numbers.person("27", sex, born, &mut dice);
            assert_eq!((id.province_code(), id.province()), ("927", None));
            assert_eq!((id.sex(), id.birth_year()), (sex, born.year()));
        };
        check(Sex::Female, date(1944, 1, 1));
        check(Sex::Male, date(2026, 1, 1));
    }

    #[test]
    fn no_number_is_given_twice() {
        let (mut numbers, mut dice) = (Numbers::default(), Dice::new(1, Stream::Truth));
        let ids: HashSet<_> =
            (0..5000).map(|_| numbers.person("24", Sex::Male, date(1990, 1, 1), &mut dice)).collect();
        assert_eq!(ids.len(), 5000);
    }
}
