//! Pupils of the school year that runs.

use super::super::days;
use super::super::dice::Dice;
use super::super::truth::{Pupil, Truth};

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
