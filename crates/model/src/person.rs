//! Numbers that name a person: the 12-digit personal id number and the 9-digit number of the old card.
//!
//! `rules.md` of the requirements, section 2.10, and Decree 137/2015 Art. 13: `PPP C YY NNNNNN`. The number has **no check digit**,
//! it can be cancelled and issued anew, and its parts may contradict the person's own data. So a contradiction is
//! reported and never a reason to reject.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Sex as the number states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// Nam.
    Male,
    /// Nữ.
    Female,
}

/// Why a text is no personal id number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PersonIdError {
    /// Not as many characters as the number has.
    #[error("a personal id number has {wanted} digits, not {found}")]
    Length {
        /// 12, or 9 for the old card.
        wanted: usize,
        /// Characters given.
        found: usize,
    },
    /// Something that is not one of `0` to `9`.
    #[error("a personal id number holds digits only; character {position} is none")]
    NotADigit {
        /// Counted from 1.
        position: usize,
    },
}

/// A 12-digit personal id number (số định danh cá nhân). `Debug` hides most of it, so that logs don't hold it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId([u8; 12]);

/// A 9-digit number of the old identity card (chứng minh nhân dân). Found in the card's QR code, still in many databases.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OldId9([u8; 9]);

/// Something the number says that the person's data, or the table of codes, do not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contradiction {
    /// The first three digits are in no list of provinces of birth registration.
    UnknownProvince {
        /// The three digits.
        code: String,
    },
    /// The number's year of birth is another.
    BirthYear {
        /// The year that the number gives.
        number: i16,
        /// By the data.
        stated: i16,
    },
    /// The number's sex is another.
    Sex {
        /// The sex that the number gives.
        number: Sex,
        /// By the data.
        stated: Sex,
    },
}

impl PersonId {
    /// The three digits of the province where the birth was registered, as they stood then.
    #[must_use]
    pub fn province_code(&self) -> &str {
        self.as_str().get(..3).unwrap_or_default()
    }

    /// The old province (before 01/07/2025) that the number names, if the table knows it.
    #[must_use]
    pub fn province(&self) -> Option<&'static str> {
        let code = self.province_code();
        PROVINCES
            .binary_search_by_key(&code, |(key, _)| key)
            .ok()
            .and_then(|at| PROVINCES.get(at))
            .map(|row| row.1)
    }

    /// Sex by the fourth digit: even is male.
    #[must_use]
    pub fn sex(&self) -> Sex {
        if self.digit(3).is_multiple_of(2) { Sex::Male } else { Sex::Female }
    }

    /// Year of birth by digits four to six: 0 and 1 are the 20th century, 2 and 3 the 21st, and so on.
    #[must_use]
    pub fn birth_year(&self) -> i16 {
        1900 + i16::from(self.digit(3) / 2) * 100 + i16::from(self.digit(4)) * 10 + i16::from(self.digit(5))
    }

    /// All twelve digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII digits get in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// What the number says against `born` and `sex`. Empty is no proof: the number has no check digit.
    #[must_use]
    pub fn contradictions(&self, born: Option<Date>, sex: Option<Sex>) -> Vec<Contradiction> {
        let mut found = Vec::new();
        if self.province().is_none() {
            found.push(Contradiction::UnknownProvince { code: self.province_code().to_owned() });
        }
        if let Some(born) = born.filter(|born| born.year() != self.birth_year()) {
            found.push(Contradiction::BirthYear { number: self.birth_year(), stated: born.year() });
        }
        if let Some(sex) = sex.filter(|sex| *sex != self.sex()) {
            found.push(Contradiction::Sex { number: self.sex(), stated: sex });
        }
        found
    }

    fn digit(&self, index: usize) -> u8 {
        self.0.get(index).map_or(0, |byte| byte - b'0')
    }
}

impl OldId9 {
    /// All nine digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

fn digits<const N: usize>(text: &str) -> Result<[u8; N], PersonIdError> {
    if let Some(at) = text.chars().position(|c| !c.is_ascii_digit()) {
        return Err(PersonIdError::NotADigit { position: at + 1 });
    }
    text.as_bytes().try_into().map_err(|_| PersonIdError::Length { wanted: N, found: text.len() })
}

macro_rules! number_text {
    ($name:ident) => {
        impl FromStr for $name {
            type Err = PersonIdError;

            fn from_str(text: &str) -> Result<Self, PersonIdError> {
                digits(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({}…)", stringify!($name), self.as_str().get(..3).unwrap_or_default())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

number_text!(PersonId);
number_text!(OldId9);

/// (three digits, name of the province then), sorted. `data/person-id/provinces.tsv`.
static PROVINCES: LazyLock<Vec<(&'static str, &'static str)>> = LazyLock::new(|| {
    let mut rows: Vec<_> = crate::table::rows(include_str!("../../../data/person-id/provinces.tsv"))
        .filter_map(|row| Some((row.get("id_code")?, row.get("name")?)))
        .collect();
    rows.sort_unstable();
    rows
});

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_parts_are_read_as_the_decree_lays_them_out() {
        let id: PersonId = "001198000001".parse().unwrap();
        assert_eq!(id.province(), Some("Hà Nội"));
        assert_eq!((id.sex(), id.birth_year()), (Sex::Female, 1998));
        let child: PersonId = "027220000001".parse().unwrap();
        assert_eq!((child.sex(), child.birth_year()), (Sex::Male, 2020));
    }

    #[test]
    fn contradictions_are_told_and_nothing_is_rejected() {
        let id: PersonId = "003198000001".parse().unwrap();
        assert_eq!(
            id.contradictions(Some(date(1989, 2, 3)), Some(Sex::Male)),
            [
                Contradiction::UnknownProvince { code: "003".into() },
                Contradiction::BirthYear { number: 1998, stated: 1989 },
                Contradiction::Sex { number: Sex::Female, stated: Sex::Male },
            ]
        );
    }

    #[test]
    fn the_table_has_the_63_provinces_and_no_003() {
        assert_eq!(PROVINCES.len(), 63);
        assert!(PROVINCES.iter().all(|(code, _)| code.len() == 3 && *code != "003"));
    }

    #[test]
    fn a_log_does_not_show_the_number() {
        let id: PersonId = "001198000001".parse().unwrap();
        assert_eq!(format!("{id:?}"), "PersonId(001…)");
    }

    #[test]
    fn what_is_no_number_says_why() {
        assert_eq!("00119800001".parse::<PersonId>(), Err(PersonIdError::Length { wanted: 12, found: 11 }));
        assert_eq!("00119800000a".parse::<PersonId>(), Err(PersonIdError::NotADigit { position: 12 }));
        assert_eq!("12345678٣".parse::<OldId9>(), Err(PersonIdError::NotADigit { position: 9 }));
        assert_eq!("".parse::<OldId9>(), Err(PersonIdError::Length { wanted: 9, found: 0 }));
    }

    proptest! {
        #[test]
        fn twelve_digits_survive_the_round_trip(text in "[0-9]{12}") {
            let id: PersonId = text.parse().unwrap();
            prop_assert_eq!(id.to_string(), text);
            prop_assert!((1900..2400).contains(&id.birth_year()));
        }

        #[test]
        fn a_temporary_code_never_reads_as_an_id(text in "[A-Z][0-9]{11}|[0-9]{1,11}|[0-9]{13,20}") {
            prop_assert!(text.parse::<PersonId>().is_err());
        }
    }
}
