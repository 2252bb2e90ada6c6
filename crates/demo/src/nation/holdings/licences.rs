//! Driving licences by the Law on Road Traffic Order and Safety 36/2024/QH15, Art. 57.

use super::super::days;
use super::super::dice::Dice;
use super::super::truth::{Licence, Truth};

/// What the law says of a class.
struct Class {
    name: &'static str,
    youngest: i32,
    years: Option<i32>,
}

/// One licence for 62 % of the living of 18 to 75.
pub(super) fn all(truth: &Truth, dice: &mut Dice) -> Vec<Licence> {
    let mut licences = Vec::new();
    for (at, person) in truth.everyone().filter(|(_, person)| person.is_alive()) {
        if !(18..=75).contains(&person.age_on(truth.today)) || !dice.chance(620) {
            continue;
        }
        let class = class(dice);
        let of_age = days::years_after(person.born, class.youngest);
        // Whose licence ran out a while ago still stands in the register.
        let oldest = days::years_after(truth.today, -class.years.map_or(25, |years| years + 1));
        if of_age >= truth.today {
            continue;
        }
        let issued = dice.day(of_age.max(oldest), truth.today);
        licences.push(Licence {
            of: at,
            number: format!("99{:010}", licences.len() + 1),
            class: class.name,
            issued,
            ends: class.years.map(|years| days::years_after(issued, years)),
        });
    }
    licences
}

fn class(dice: &mut Dice) -> Class {
    let (name, youngest, years) = match dice.below(1000) {
        0..520 => ("A1", 18, None),
        520..560 => ("A", 18, None),
        560..900 => ("B", 18, Some(10)),
        900..940 => ("C1", 18, Some(10)),
        940..985 => ("C", 21, Some(5)),
        _ => ("D", 27, Some(5)),
    };
    Class { name, youngest, years }
}
