//! What people hold besides their families: land, insurance, a place at school, a driving licence, a second number.

mod licences;
mod parcels;
mod policies;
mod pupils;
mod renumbering;

use super::dice::Dice;
use super::numbers::Numbers;
use super::truth::Truth;

/// Gives the people of a settled nation what they hold.
pub(super) fn hand_out(truth: &mut Truth, dice: &mut Dice, numbers: &mut Numbers) {
    truth.parcels = parcels::all(truth, dice);
    truth.policies = policies::all(truth, dice, numbers);
    truth.pupils = pupils::all(truth, dice);
    truth.licences = licences::all(truth, dice);
    renumbering::renumber_some(truth, dice, numbers);
}
