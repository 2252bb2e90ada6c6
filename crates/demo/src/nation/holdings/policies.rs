//! Social and health insurance: one record a person.

use jiff::civil::date;
use model::person::Sex;

use super::super::days::{self, MERGER};
use super::super::dice::Dice;
use super::super::numbers::Numbers;
use super::super::truth::{Person, Policy, Scheme, Truth};

/// Records for 93 % of the living and 80 % of the dead.
pub(super) fn all(truth: &Truth, dice: &mut Dice, numbers: &mut Numbers) -> Vec<Policy> {
    let mut policies = Vec::new();
    for (at, person) in truth.everyone() {
        if !dice.chance(if person.is_alive() { 930 } else { 800 }) {
            continue;
        }
        // Of the dead the record stands as on their last day.
        let age = person.age_on(person.died.unwrap_or(truth.today));
        let (scheme, months_paid) = standing(person, age, dice);
        let year = truth.today.year();
        policies.push(Policy {
            of: at,
            number: numbers.insurance(dice),
            scheme,
            months_paid,
            employer: (scheme == Scheme::Working).then(|| employer(truth, person, dice)).flatten(),
            card_from: date(year, 1, 1).max(days::after(person.born, 15)),
            card_to: date(year, 12, 31),
        });
    }
    policies
}

/// Scheme and months by age. Men retire at 61, women at 57 here; the steps of the law by month don't matter.
fn standing(person: &Person, age: i32, dice: &mut Dice) -> (Scheme, i32) {
    let retires = if person.sex == Sex::Male { 61 } else { 57 };
    match age {
        ..6 => (Scheme::Infant, 0),
        6..18 => (Scheme::Pupil, 0),
        _ if age >= retires && dice.chance(420) => (Scheme::Retired, dice.between(180, 430)),
        _ if age >= retires => (Scheme::Paused, 0),
        _ if dice.chance(560) => (Scheme::Working, dice.between(1, (age - 17) * 10)),
        _ if dice.chance(400) => (Scheme::Paused, dice.between(1, (age - 17) * 5)),
        _ => (Scheme::Paused, 0),
    }
}

/// An employer that could stand anywhere: kinds with a number, no company's name.
fn employer(truth: &Truth, person: &Person, dice: &mut Dice) -> Option<String> {
    let commune = truth.places.name_on(truth.place_of(person)?, MERGER)?;
    let number = dice.between(1, 99);
    let kind = dice.one_of(&[
        "Công ty cổ phần May số",
        "Công ty TNHH Điện tử số",
        "Công ty TNHH Cơ khí số",
        "Hợp tác xã Nông nghiệp số",
        "Xí nghiệp Vận tải số",
    ]);
    Some(if dice.chance(150) { format!("UBND {commune}") } else { format!("{kind} {number}") })
}
