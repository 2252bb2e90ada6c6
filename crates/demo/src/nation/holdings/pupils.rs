//! Pupils of the school year that runs.

use super::super::days;
use super::super::dice::Dice;
use super::super::truth::{PersonAt, Truth};

/// A pupil in a class.
#[derive(Debug, Clone)]
pub(in super::super) struct Pupil {
    pub(in super::super) of: PersonAt,
    /// 1 to 12.
    pub(in super::super) grade: i16,
    pub(in super::super) class: &'static str,
}

/// Sign and name of the kind of school for a grade.
pub(in super::super) fn school_level(grade: i16) -> (&'static str, &'static str) {
    match grade {
        ..=5 => ("TH", "Tiểu học"),
        6..=9 => ("THCS", "THCS"),
        _ => ("THPT", "THPT"),
    }
}

/// Those who turn 6 to 17 in the year in which the school year began; the grade follows from the year of birth.
pub(super) fn all(truth: &Truth, dice: &mut Dice) -> Vec<Pupil> {
    let year = days::school_year(truth.today);
    let mut pupils = Vec::new();
    for (at, person) in truth.everyone().filter(|(_, person)| person.is_alive()) {
        let grade = year - person.born.year() - 5;
        let share = match grade {
            1..=9 => 985,
            10..=12 => 880,
            _ => continue,
        };
        if dice.chance(share) {
            pupils.push(Pupil { of: at, grade, class: dice.one_of(&["A", "B", "C", "D"]) });
        }
    }
    pupils
}
