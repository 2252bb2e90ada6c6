//! Whether an answer is about whom was asked (invariant O3): by number, name and day of birth.
//!
//! Values of an answer about another person are dropped before anybody sees them; so whatever is not surely another is doubtful, and an
//! officer looks.

use jiff::civil::Date;
use model::case::Verdict;
use model::text::{Likeness, likeness};
use serde::{Deserialize, Serialize};

/// What is known of the person who was asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Person {
    /// The number that counts now.
    pub(crate) number: Option<String>,
    /// Numbers that they had before: of old papers, or cancelled (rules ID-05, ID-06).
    pub(crate) old: Vec<String>,
    pub(crate) name: Option<String>,
    pub(crate) born: Option<String>,
}

/// What the answer says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) number: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) born: Option<String>,
}

/// By what an answer is about whom was asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fits {
    /// The number.
    pub(crate) number: bool,
    /// Something beside the number: the name, or the day of birth; and nothing differs.
    pub(crate) more: bool,
}

/// How one mark compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// Nothing to compare.
    Unknown,
    Same,
    /// The same, spelled otherwise.
    Alike,
    Differs,
}

/// How the number compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    Unknown,
    Same,
    Old,
    /// Of another form: nine digits of an old paper, which nobody can compare.
    OtherForm,
    Differs,
}

/// Judges an answer.
pub(crate) fn judge(asked: &Person, said: &Said) -> Verdict {
    use Mark::{Alike, Differs, Same};
    let (name, born) = (names(asked, said), days(asked, said));
    let agree = |mark| matches!(mark, Same | Alike);
    match numbers(asked, said) {
        Number::Differs => Verdict::Other,
        Number::Same => match (name, born) {
            (Differs, Differs) => Verdict::Other,
            (Differs, _) | (_, Differs) => Verdict::Doubtful,
            (Alike, _) | (_, Alike) => Verdict::OtherSpelling,
            _ => Verdict::Same,
        },
        Number::Old => match (name, born) {
            (Differs, _) | (_, Differs) => Verdict::Other,
            _ => Verdict::OldNumber,
        },
        Number::OtherForm => {
            if agree(name) && agree(born) {
                Verdict::Doubtful
            } else {
                Verdict::Other
            }
        }
        Number::Unknown => match (name, born) {
            (Differs, _) | (_, Differs) => Verdict::Other,
            (Same, Same) => Verdict::Same,
            (Alike | Same, Alike | Same) => Verdict::OtherSpelling,
            _ => Verdict::Doubtful,
        },
    }
}

/// By what an answer is about whom was asked: of the marks that count for whoever asks.
pub(crate) fn fits(asked: &Person, said: &Said) -> Fits {
    let (name, born) = (names(asked, said), days(asked, said));
    let agree = |mark| matches!(mark, Mark::Same | Mark::Alike);
    let number = matches!(numbers(asked, said), Number::Same | Number::Old);
    let differs = name == Mark::Differs || born == Mark::Differs;
    // Without the number both are wanted.
    let more = if number { agree(name) || agree(born) } else { agree(name) && agree(born) };
    Fits { number, more: more && !differs }
}

fn digits(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '.' | '-')).collect()
}

fn numbers(asked: &Person, said: &Said) -> Number {
    let Some(said) = said.number.as_deref().map(digits).filter(|said| !said.is_empty()) else {
        return Number::Unknown;
    };
    let Some(own) = asked.number.as_deref().map(digits) else { return Number::Unknown };
    if said == own {
        Number::Same
    } else if asked.old.iter().any(|old| digits(old) == said) {
        Number::Old
    } else if said.len() != own.len() {
        Number::OtherForm
    } else {
        Number::Differs
    }
}

fn names(asked: &Person, said: &Said) -> Mark {
    let (Some(own), Some(said)) = (present(asked.name.as_ref()), present(said.name.as_ref())) else {
        return Mark::Unknown;
    };
    match likeness(own, said) {
        Likeness::Same => Mark::Same,
        Likeness::SameSpelledOtherwise | Likeness::SameWithoutMarks => Mark::Alike,
        Likeness::Other => Mark::Differs,
    }
}

fn days(asked: &Person, said: &Said) -> Mark {
    let (Some(own), Some(said)) = (present(asked.born.as_ref()), present(said.born.as_ref())) else {
        return Mark::Unknown;
    };
    // Of many old people a register knows the year only.
    let (own_year, said_year) = (own.get(..4), said.get(..4));
    match (own.parse::<Date>(), said.parse::<Date>()) {
        (Ok(own), Ok(said)) => {
            if own == said {
                Mark::Same
            } else {
                Mark::Differs
            }
        }
        _ if own_year.is_none() || said_year.is_none() => Mark::Unknown,
        _ => {
            if own_year == said_year {
                Mark::Alike
            } else {
                Mark::Differs
            }
        }
    }
}

fn present(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OWN: [&str; 3] = ["001085012345", "Nguyễn Thị Hòa", "1985-03-02"];

    fn person() -> Person {
        Person {
            number: Some(OWN[0].into()),
            old: vec!["012345678".into(), "001085099999".into()],
            name: Some(OWN[1].into()),
            born: Some(OWN[2].into()),
        }
    }

    fn said(number: &str, name: &str, born: &str) -> Said {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Said { number: some(number), name: some(name), born: some(born) }
    }

    #[test]
    fn answers_are_about_whom_was_asked_or_are_told_apart() {
        for (number, name, born, verdict) in [
            (OWN[0], OWN[1], OWN[2], Verdict::Same),
            (OWN[0], "", "", Verdict::Same),
            (OWN[0], "NGUYỄN THỊ HOÀ", OWN[2], Verdict::OtherSpelling),
            (OWN[0], "Nguyen Thi Hoa", OWN[2], Verdict::OtherSpelling),
            (OWN[0], "Trần Văn Bình", OWN[2], Verdict::Doubtful),
            (OWN[0], OWN[1], "1985-02-03", Verdict::Doubtful),
            (OWN[0], OWN[1], "1985", Verdict::OtherSpelling),
            (OWN[0], "Trần Văn Bình", "1970-01-01", Verdict::Other),
            ("001085099999", OWN[1], OWN[2], Verdict::OldNumber),
            ("012 345 678", OWN[1], OWN[2], Verdict::OldNumber),
            ("012345678", "Trần Văn Bình", OWN[2], Verdict::Other),
            ("111111111", OWN[1], OWN[2], Verdict::Doubtful),
            ("111111111", OWN[1], "", Verdict::Other),
            ("079085012345", OWN[1], OWN[2], Verdict::Other),
            ("", OWN[1], OWN[2], Verdict::Same),
            ("", OWN[1], "", Verdict::Doubtful),
            ("", "", "", Verdict::Doubtful),
            ("", OWN[1], "1999-01-01", Verdict::Other),
        ] {
            assert_eq!(judge(&person(), &said(number, name, born)), verdict, "{number} {name} {born}");
        }
    }

    proptest! {
        /// A number of the same form that is not theirs is another person, whatever else fits.
        #[test]
        fn another_number_is_another_person(number in "[0-9]{12}", name in "[A-Za-zĐđ ]{0,12}", born in "(19|20)[0-9]{2}-0[1-9]-1[0-9]") {
            prop_assume!(number != OWN[0] && number != "001085099999");
            prop_assert_eq!(judge(&person(), &said(&number, &name, &born)), Verdict::Other);
            prop_assert_eq!(judge(&person(), &said(&number, OWN[1], OWN[2])), Verdict::Other);
        }

        /// Nothing that differs in two marks is ever taken.
        #[test]
        fn two_marks_that_differ_are_another_person(born in "20[0-9]{2}-0[1-9]-1[0-9]") {
            for number in [OWN[0], "001085099999", "111111111", ""] {
                prop_assert_eq!(judge(&person(), &said(number, "Trần Văn Bình", &born)), Verdict::Other);
            }
        }
    }
}
