//! Land parcels and who owns them.

use model::person::Sex;

use super::super::days;
use super::super::dice::Dice;
use super::super::places::Place;
use super::super::truth::{Bond, Parcel, Person, PersonAt, Standing, Truth};

/// Parcels on a sheet of the cadastral map.
const PARCELS_OF_A_SHEET: usize = 180;

/// Parcels for about 35 % of the adults. A couple's parcel is mostly in both names.
pub(super) fn all(truth: &Truth, dice: &mut Dice) -> Vec<Parcel> {
    let mut counts = vec![0; truth.places.count()];
    let mut parcels = Vec::new();
    for (at, person) in truth.everyone() {
        let Some(home) = truth.place_of(person) else { continue };
        for _ in 0..count(truth, at, person, dice) {
            let place = if dice.chance(850) { home } else { truth.places.near(home, dice) };
            let Some(before) = counts.get_mut(place.commune) else { continue };
            parcels.push(parcel(truth, at, person, place, *before, dice));
            *before += 1;
        }
    }
    parcels
}

/// How many parcels `at` holds as the first owner.
fn count(truth: &Truth, at: PersonAt, person: &Person, dice: &mut Dice) -> u8 {
    let leads_a_couple = person.sex == Sex::Male && lasting_spouse(truth, at).is_some();
    let share = match (person.is_alive(), person.age_on(truth.today)) {
        (_, ..22) => 0,
        // Heirs have not come yet.
        (false, _) => 60,
        (true, _) if leads_a_couple => 440,
        (true, _) if person.marriage.is_some() => 110,
        (true, _) => 170,
    };
    if !dice.chance(share) {
        return 0;
    }
    1 + u8::from(dice.chance(200)) + u8::from(dice.chance(50))
}

fn parcel(
    truth: &Truth,
    owner: PersonAt,
    person: &Person,
    place: Place,
    before: usize,
    dice: &mut Dice,
) -> Parcel {
    let spouse = lasting_spouse(truth, owner);
    let is_ward = truth.places.commune(place.commune).is_some_and(super::super::places::Commune::is_ward);
    let (use_sign, square_metres) = match dice.below(10) {
        0..6 if is_ward => ("ODT", 40..160),
        0..6 => ("ONT", 90..600),
        6..8 => ("CLN", 200..2500),
        _ => ("LUC", 240..1800),
    };
    let tenths = dice.between(square_metres.start * 10, square_metres.end * 10);
    let first = days::years_after(person.born, 22).max(jiff::civil::date(1994, 1, 1));
    let last = person.died.unwrap_or(truth.today);
    Parcel {
        sheet: before / PARCELS_OF_A_SHEET + 1,
        number: before % PARCELS_OF_A_SHEET + 1,
        place,
        tenths_of_square_metre: u64::try_from(tenths).unwrap_or_default(),
        use_sign,
        owner,
        co_owner: spouse.filter(|_| dice.chance(750)),
        standing: standing(dice),
        issued: dice.day(first, last),
    }
}

fn standing(dice: &mut Dice) -> Standing {
    match dice.below(1000) {
        0..80 => Standing::Mortgaged,
        80..92 => Standing::Disputed,
        92..100 => Standing::Seized,
        _ => Standing::Free,
    }
}

/// Husband or wife, if both live.
fn lasting_spouse(truth: &Truth, at: PersonAt) -> Option<PersonAt> {
    let marriage = truth.marriage(truth.person(at)?.marriage?)?;
    (truth.bond(marriage) == Bond::Lasting).then_some(marriage.other(at))
}
