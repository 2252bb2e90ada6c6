//! New numbers for old: some 12-digit numbers were wrong, were cancelled and issued anew.

use jiff::civil::date;
use model::person::Sex;

use super::super::days::{self, BEFORE_MERGER};
use super::super::dice::Dice;
use super::super::numbers::Numbers;
use super::super::truth::{CancelledNumber, PersonAt, Truth};

/// Of a thousand people, those who got another number.
const RENUMBERED_PER_MILLE: u16 = 5;

/// So many insured adults are renumbered at least, because the demo needs one.
const LEAST_RENUMBERED: usize = 3;

/// Gives some people a number that was cancelled before the one they have.
pub(super) fn renumber_some(truth: &mut Truth, dice: &mut Dice, numbers: &mut Numbers) {
    for at in 0..truth.people.len() {
        if dice.chance(RENUMBERED_PER_MILLE) {
            renumber(truth, PersonAt(at), dice, numbers);
        }
    }
    let is_adult = |at| truth.person(at).is_some_and(|one| one.is_alive() && one.age_on(truth.today) >= 18);
    let is_renumbered = |at: &PersonAt| truth.person(*at).is_some_and(|one| one.cancelled.is_some());
    let adults = truth.policies.iter().map(|policy| policy.of).filter(|at| is_adult(*at));
    let (done, open): (Vec<_>, Vec<_>) = adults.partition(is_renumbered);
    // From the end: the first people are those whom other parts of the demo are made for.
    for at in open.into_iter().rev().take(LEAST_RENUMBERED.saturating_sub(done.len())) {
        renumber(truth, at, dice, numbers);
    }
}

fn renumber(truth: &mut Truth, at: PersonAt, dice: &mut Dice, numbers: &mut Numbers) -> Option<()> {
    let person = truth.people.get(at.0)?;
    let (mut born, mut sex) = (person.born, person.sex);
    let reason = dice.one_of(&["sai_nam_sinh", "sai_gioi_tinh", "cap_lai"]);
    match reason {
        "sai_nam_sinh" => born = days::years_after(born, dice.one_of(&[-1, 1])),
        "sai_gioi_tinh" => sex = if sex == Sex::Male { Sex::Female } else { Sex::Male },
        _ => {}
    }
    // The 12-digit numbers came in 2016, and nobody is renumbered at birth.
    let first = days::after(person.born, 40).max(date(2016, 1, 1));
    let last = person.died.unwrap_or(truth.today);
    let day = dice.day(first.min(last), last);
    let province = truth.places.province_on(person.birthplace, BEFORE_MERGER)?;
    let id = numbers.person(province, sex, born, dice);
    truth.people.get_mut(at.0)?.cancelled = Some(CancelledNumber { id, day, reason });
    Some(())
}
