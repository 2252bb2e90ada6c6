//! Names to draw from: `data/names/`.

use model::person::Sex;

use super::dice::Dice;

/// Rough shares of the surnames in the order of `data/names/surnames.tsv`, for looks only: the source has no weights.
const SURNAME_WEIGHTS: [u64; 18] = [384, 121, 95, 70, 51, 15, 45, 39, 12, 21, 20, 14, 13, 13, 10, 5, 5, 5];

/// The lists of names.
pub(super) struct NameStock {
    surnames: Vec<String>,
    male: Vec<String>,
    female: Vec<String>,
}

impl NameStock {
    /// The lists that come with the program.
    pub(super) fn shipped() -> Self {
        Self {
            surnames: names(include_str!("../../../../data/names/surnames.tsv")),
            male: names(include_str!("../../../../data/names/given_male.tsv")),
            female: names(include_str!("../../../../data/names/given_female.tsv")),
        }
    }

    /// A surname by its share.
    pub(super) fn surname(&self, dice: &mut Dice) -> &str {
        let mut left = dice.below(SURNAME_WEIGHTS.iter().sum());
        for (surname, weight) in self.surnames.iter().zip(SURNAME_WEIGHTS) {
            if left < weight {
                return surname;
            }
            left -= weight;
        }
        "Nguyễn"
    }

    /// A full name. "Thị" and "Văn" stand in most names of the old and in few of the young.
    pub(super) fn full_name(&self, surname: &str, sex: Sex, birth_year: i16, dice: &mut Dice) -> String {
        let (given, particle, share) = match (sex, birth_year) {
            (Sex::Male, ..=1979) => (&self.male, "Văn", 450),
            (Sex::Male, 1980..=1999) => (&self.male, "Văn", 250),
            (Sex::Male, _) => (&self.male, "Văn", 60),
            (Sex::Female, ..=1979) => (&self.female, "Thị", 850),
            (Sex::Female, 1980..=1999) => (&self.female, "Thị", 600),
            (Sex::Female, _) => (&self.female, "Thị", 120),
        };
        let given = dice.pick(given).map_or("An", String::as_str);
        if !dice.chance(share) {
            return format!("{surname} {given}");
        }
        let last = given.rsplit(' ').next().unwrap_or(given);
        let keeps_both = sex == Sex::Female && dice.chance(300);
        format!("{surname} {particle} {}", if keeps_both { given } else { last })
    }
}

/// The surname in a full name; all surnames of the list have one syllable.
pub(super) fn surname_of(full_name: &str) -> &str {
    full_name.split(' ').next().unwrap_or(full_name)
}

/// The source writes the Icelandic eth (U+00D0, U+00F0) where Vietnamese has đ (U+0110, U+0111): they look alike.
fn names(table: &str) -> Vec<String> {
    let rows = table.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).skip(1);
    rows.map(|line| line.replace('\u{d0}', "Đ").replace('\u{f0}', "đ")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::dice::Stream;
    use super::*;

    #[test]
    fn the_lists_are_whole_and_hold_no_eth() {
        let stock = NameStock::shipped();
        assert_eq!((stock.surnames.len(), stock.male.len(), stock.female.len()), (18, 1224, 1309));
        let all = [&stock.surnames, &stock.male, &stock.female];
        assert!(all.into_iter().flatten().all(|name| !name.contains(['\u{d0}', '\u{f0}'])));
    }

    #[test]
    fn an_old_woman_is_mostly_called_thi() {
        let (stock, mut dice) = (NameStock::shipped(), Dice::new(1, Stream::Truth));
        let names: Vec<_> = (0..1000).map(|_| stock.full_name("Đỗ", Sex::Female, 1950, &mut dice)).collect();
        let with_thi = names.iter().filter(|name| name.contains(" Thị ")).count();
        assert!((800..900).contains(&with_thi), "{with_thi}");
        assert!(names.iter().all(|name| surname_of(name) == "Đỗ"));
    }
}
