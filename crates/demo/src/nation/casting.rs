//! Finds the people whom the demo's procedures are about. No two of them share a household, so that one procedure
//! doesn't spoil the next. Whom chance did not provide, it makes on purpose, and the tally counts that.

mod applicants;
mod clean;
mod land;
mod spoilt;

use std::collections::BTreeSet;

use model::person::PersonId;

use super::faults::{FaultKind, Spoiler};
use super::registers::Registers;
use super::truth::{HouseholdAt, Person, PersonAt, Truth};

pub(crate) use applicants::{Applicants, Landowner, Pair};

/// Faults that may come with every part: they change no one's number, name or status.
const OLD_UNITS: [FaultKind; 2] = [FaultKind::OldUnitPopulation, FaultKind::OldUnitLand];

/// A married couple who expect a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExpectingCouple {
    /// The husband.
    pub(crate) father: PersonId,
    /// The wife.
    pub(crate) mother: PersonId,
    /// `so_ho` of the household where both live.
    pub(crate) household: String,
    /// `so_ket_hon` of their marriage.
    pub(crate) marriage: String,
}

/// Someone who moves to the demo's commune from another province.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Newcomer {
    /// Who moves.
    pub(crate) person: PersonId,
    /// The commune code that the population database still has, and that is in force no more or means another unit.
    pub(crate) old_code: String,
}

/// A child who starts school.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FirstGrader {
    /// The child, six years old in this school year and in no school.
    pub(crate) child: PersonId,
    pub(crate) father: PersonId,
    pub(crate) mother: PersonId,
    /// `so_khai_sinh` of the birth record.
    pub(crate) birth: String,
}

/// A sale of land that can be made once the seller is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LandSale {
    /// `ma_thua` of the parcel.
    pub(crate) parcel: String,
    /// The owner, whom the land register knows by the old card and another spelling.
    pub(crate) seller: PersonId,
    /// The owner's husband or wife.
    pub(crate) spouse: PersonId,
    /// Who buys.
    pub(crate) buyer: PersonId,
}

/// A sale of land that must stop: the parcel is mortgaged or seized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LandDispute {
    /// `ma_thua` of the parcel.
    pub(crate) parcel: String,
    pub(crate) owner: PersonId,
    /// Who would buy.
    pub(crate) buyer: PersonId,
}

/// Someone of 22 to 35 in the demo's commune who never married.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SingleAdult {
    pub(crate) person: PersonId,
}

/// Someone whom the population database calls single and civil status calls married.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WronglySingle {
    pub(crate) person: PersonId,
    /// Their husband or wife.
    pub(crate) spouse: PersonId,
    /// `so_ket_hon` of the marriage that holds.
    pub(crate) marriage: String,
}

/// The family of someone who died insured, and whom the insurance believes alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Survivors {
    /// Who died.
    pub(crate) deceased: PersonId,
    /// `so_bhxh` of the dead.
    pub(crate) insurance: String,
    /// Husband or wife, if alive.
    pub(crate) spouse: Option<PersonId>,
    /// Children under 18.
    pub(crate) children: Vec<PersonId>,
}

/// Someone who asks for an extract of the birth record, which spells the name with other marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExtractSeeker {
    pub(crate) person: PersonId,
    /// `so_khai_sinh` of the record.
    pub(crate) birth: String,
}

/// Someone whose driving licence ends soon and bears a wrong birth date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LicenceHolder {
    pub(crate) person: PersonId,
    /// `so_gplx` of the licence.
    pub(crate) licence: String,
}

/// Someone whom the insurance still names by a cancelled number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Renumbered {
    /// The number in force.
    pub(crate) person: PersonId,
    pub(crate) cancelled: PersonId,
    /// `so_bhxh` of the record.
    pub(crate) insurance: String,
}

/// All of them; each may be missing from a nation that is too small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cast {
    pub(super) expecting_couple: Option<ExpectingCouple>,
    pub(super) newcomer: Option<Newcomer>,
    pub(super) first_grader: Option<FirstGrader>,
    pub(super) land_sale: Option<LandSale>,
    pub(super) land_dispute: Option<LandDispute>,
    pub(super) single_adult: Option<SingleAdult>,
    pub(super) wrongly_single: Option<WronglySingle>,
    pub(super) survivors: Option<Survivors>,
    pub(super) extract_seeker: Option<ExtractSeeker>,
    pub(super) licence_holder: Option<LicenceHolder>,
    pub(super) renumbered: Option<Renumbered>,
    /// Another couple who expect a child.
    pub(super) second_couple: Option<ExpectingCouple>,
    pub(super) applicants: Option<Applicants>,
}

/// Casts everyone; the narrowest parts first.
pub(super) fn cast(
    truth: &mut Truth,
    registers: &mut Registers,
    spoiler: &mut Spoiler,
    commune: usize,
) -> Cast {
    let order = order(truth, commune);
    let mut casting = Casting { truth, registers, spoiler, commune, order, taken: BTreeSet::new() };
    Cast {
        first_grader: casting.first_grader(),
        renumbered: casting.renumbered(),
        survivors: casting.survivors(),
        expecting_couple: casting.expecting_couple(),
        single_adult: casting.single_adult(),
        extract_seeker: casting.extract_seeker(),
        wrongly_single: casting.wrongly_single(),
        licence_holder: casting.licence_holder(),
        newcomer: casting.newcomer(),
        land_sale: casting.land_sale(),
        land_dispute: casting.land_dispute(),
        second_couple: casting.expecting_couple(),
        applicants: casting.applicants(),
    }
}

/// The commune of the home province with most inhabitants, the first of equals.
pub(super) fn biggest_commune(truth: &Truth) -> usize {
    let mut counts = vec![0_usize; truth.places.count()];
    for household in truth.households.iter().filter(|household| truth.places.is_home(household.place)) {
        if let Some(count) = counts.get_mut(household.place.commune) {
            *count += household.members.len();
        }
    }
    let biggest = counts.iter().enumerate().max_by_key(|(at, count)| (**count, std::cmp::Reverse(*at)));
    biggest.map_or(0, |(at, _)| at)
}

/// Everyone, the inhabitants of the demo's commune first, then the rest of the home province.
fn order(truth: &Truth, commune: usize) -> Vec<PersonAt> {
    let distance = |person: &Person| match truth.place_of(person) {
        Some(place) if place.commune == commune => 0,
        Some(place) if truth.places.is_home(place) => 1,
        _ => 2,
    };
    let mut order: Vec<_> = truth.everyone().map(|(at, person)| (distance(person), at)).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, at)| at).collect()
}

/// What the parts are found with.
struct Casting<'a> {
    truth: &'a mut Truth,
    registers: &'a mut Registers,
    spoiler: &'a mut Spoiler,
    /// The demo's commune.
    commune: usize,
    order: Vec<PersonAt>,
    /// Households that have a part already.
    taken: BTreeSet<HouseholdAt>,
}

impl Casting<'_> {
    fn id(&self, at: PersonAt) -> Option<PersonId> {
        Some(self.truth.person(at)?.id)
    }

    fn age(&self, at: PersonAt) -> Option<i32> {
        Some(self.truth.person(at)?.age_on(self.truth.today))
    }

    /// Alive, and nobody of the household has a part.
    fn is_free(&self, at: PersonAt) -> bool {
        self.truth.person(at).is_some_and(|one| one.is_alive() && !self.taken.contains(&one.household))
    }

    fn lives_in_commune(&self, at: PersonAt) -> bool {
        let place = self.truth.person(at).and_then(|person| self.truth.place_of(person));
        place.is_some_and(|place| place.commune == self.commune)
    }

    fn lives_in_home_province(&self, at: PersonAt) -> bool {
        let place = self.truth.person(at).and_then(|person| self.truth.place_of(person));
        place.is_some_and(|place| self.truth.places.is_home(place))
    }

    /// Husband or wife, if the marriage holds and both live.
    fn living_spouse(&self, at: PersonAt) -> Option<PersonAt> {
        self.truth.spouse(at).filter(|spouse| self.truth.person(*spouse).is_some_and(Person::is_alive))
    }

    /// The first of the order that fits and whose records have no fault; else old unit codes only; else whoever fits.
    fn find_clean(&mut self, fits: impl Fn(&Self, PersonAt) -> Option<bool>) -> Option<PersonAt> {
        let rank = |at: PersonAt| {
            let has_any = !self.spoiler.has_only(at, &[]);
            let has_others = !self.spoiler.has_only(at, &OLD_UNITS);
            fits(self, at).unwrap_or_default().then_some(((has_others, has_any), at))
        };
        let (_, found) = self.order.iter().filter_map(|at| rank(*at)).min_by_key(|(rank, _)| *rank)?;
        self.take(found);
        Some(found)
    }

    /// The first of the order that shows the fault best: has it and no other; could have it and has no other; has it;
    /// could have it. `has` gives `None` for those who can't have it. Old unit codes may come with every fault.
    fn find_with(
        &mut self,
        kind: FaultKind,
        has: impl Fn(&Self, PersonAt) -> Option<bool>,
    ) -> Option<PersonAt> {
        let [address, parcel] = OLD_UNITS;
        let kinds = [kind, address, parcel];
        let rank = |at: &PersonAt| {
            let has_it = has(self, *at)?;
            Some(((!self.spoiler.has_only(*at, &kinds), !has_it), *at))
        };
        let (_, found) = self.order.iter().filter_map(rank).min_by_key(|(rank, _)| *rank)?;
        self.take(found);
        Some(found)
    }

    fn take(&mut self, at: PersonAt) {
        if let Some(person) = self.truth.person(at) {
            self.taken.insert(person.household);
        }
    }

    /// Someone of 25 to 60 without a part.
    fn bystander(&mut self) -> Option<PersonId> {
        let fits = |casting: &Self, at| Some(casting.is_free(at) && (25..=60).contains(&casting.age(at)?));
        let at = self.find_clean(fits)?;
        self.id(at)
    }
}
