//! All that is wrong in what somebody has handed in, each at its place, told together.

use super::{Fault, Words};
use crate::texts;
use crate::words::Spoken;

/// So many are told in one sentence; the list has them all.
const TOLD: usize = 10;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where: `name.vi`, `master_data.0.code`. Empty: in the whole.
    pub place: String,
    /// What. It would be the fault by itself if it were the only one.
    pub fault: Fault,
}

impl Mistake {
    /// Why it is wrong, without what it is about.
    #[must_use]
    pub fn why(&self) -> Words {
        match &self.fault {
            Fault::Contradictory { why, .. } | Fault::BadDocument { why, .. } => why.clone(),
            Fault::Dangling { missing, .. } => {
                texts::nothing_of_that_name(missing.split_once(' ').map_or("", |(_, name)| name))
            }
            other => other.words(),
        }
    }
}

/// Several, in the order in which they were found; one of each place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes {
    list: Vec<Mistake>,
    said: Words,
}

impl Mistakes {
    /// These. Of what is said of one place the first counts: the others follow from it.
    #[must_use]
    pub fn new(all: Vec<Mistake>) -> Self {
        let mut list: Vec<Mistake> = Vec::with_capacity(all.len());
        for mistake in all {
            if mistake.place.is_empty() || list.iter().all(|known| known.place != mistake.place) {
                list.push(mistake);
            }
        }
        let mut said: Vec<Words> = list.iter().take(TOLD).map(said).collect();
        if let Some(Fault::Contradictory { subject, .. } | Fault::Dangling { subject, .. }) =
            list.first().map(|first| &first.fault)
        {
            said.insert(0, Words::quoted(subject));
        }
        if list.len() > TOLD {
            said.push(texts::and_more(list.len() - TOLD));
        }
        Self { said: Words::joined(&said, "; "), list }
    }

    /// One by one.
    #[must_use]
    pub fn list(&self) -> &[Mistake] {
        &self.list
    }

    /// One by one, as their owner.
    #[must_use]
    pub fn into_list(self) -> Vec<Mistake> {
        self.list
    }
}

fn said(mistake: &Mistake) -> Words {
    let why = mistake.why();
    if mistake.place.is_empty() {
        return why;
    }
    Words::new(format!("{}: {}", mistake.place, why.vi()), format!("{}: {}", mistake.place, why.en()))
}

impl Spoken for Mistakes {
    type Said = str;

    fn in_vi(&self) -> &str {
        self.said.vi()
    }

    fn in_en(&self) -> &str {
        self.said.en()
    }
}

impl Fault {
    /// The fault itself where it is the only one of [`Fault::Mistaken`], with its place; any other has none.
    #[must_use]
    pub fn alone(self) -> (String, Self) {
        match self {
            Self::Mistaken { mistakes } if mistakes.list.len() == 1 => {
                let only = mistakes.into_list().pop();
                only.map_or_else(
                    || (String::new(), Self::Internal { why: String::new() }),
                    |only| (only.place, only.fault),
                )
            }
            other => (String::new(), other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(place: &str, why: &str) -> Mistake {
        let fault = Fault::Contradictory { subject: "Database X".into(), why: Words::quoted(why) };
        Mistake { place: place.into(), fault }
    }

    #[test]
    fn of_one_place_the_first_counts_and_many_are_told_as_a_number() {
        let all = (0..14).map(|at| mistake(&format!("codes.{}", at / 2), &at.to_string())).collect();
        let seven = Mistakes::new(all);
        assert_eq!(seven.list().len(), 7);
        assert!(seven.in_en().starts_with("Database X; codes.0: 0; codes.1: 2"), "{}", seven.in_en());
        let many = Mistakes::new((0..12).map(|at| mistake(&at.to_string(), "x")).collect());
        assert!(many.in_en().ends_with("2 more") && many.in_vi().contains('2'), "{}", many.in_en());
    }

    #[test]
    fn what_is_alone_is_the_fault_itself() {
        let one = Fault::Mistaken { mistakes: Mistakes::new(vec![mistake("name.vi", "x")]) };
        let (place, fault) = one.alone();
        assert_eq!((place.as_str(), fault.code()), ("name.vi", "LT-7104"));
        let two = Mistakes::new(vec![mistake("a", "x"), mistake("b", "y")]);
        assert_eq!(Fault::Mistaken { mistakes: two }.alone().1.code(), "LT-7170");
    }
}
