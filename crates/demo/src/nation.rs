//! A small made-up nation: families that hold together, and the databases that agencies keep of them, with the faults
//! that real databases have.
//!
//! ```text
//! truth      families → households → land, insurance, school, licences      nobody sees it but the tests
//! registers  the truth as each agency writes it down
//! spoil      FAULTS, each by its coin
//! casting    people for the demo's procedures; what chance did not provide is arranged
//! ```
//!
//! **No number belongs to a real person.** Personal id numbers are `9PP C YY NNNNNN`: codes of birth registration end at
//! 096, so 9PP is no province; PP is the two-digit code of the old province where the person was born. Numbers of the
//! old card begin with 9, of social insurance with 99, of driving licences with 99, telephones with 0199; see
//! `nation/numbers.rs`. Names are drawn from lists, so a name can be that of a living person by chance.
//!
//! The same seed, size and day give the same nation on every machine.

mod casting;
mod days;
mod dice;
mod families;
mod faults;
mod further;
mod holdings;
mod households;
mod names;
mod numbers;
mod places;
mod registers;
mod spelling;
mod spoil;
#[cfg(test)]
mod tests;
mod truth;

use jiff::civil::Date;
use model::person::PersonId;

pub(crate) use casting::{Applicants, ExpectingCouple, Landowner, Pair};
pub(crate) use places::Commune;
pub(crate) use registers::TableRows;
pub(crate) use truth::Person;

use casting::{
    Cast, ExtractSeeker, FirstGrader, LandDispute, LandSale, LicenceHolder, Newcomer, Renumbered,
    SingleAdult, Survivors, WronglySingle,
};
use dice::{Dice, Stream};
use families::Settlers;
use faults::{FAULTS, Fault, Spoiler};
use names::NameStock;
use numbers::Numbers;
use registers::Registers;
use truth::{PersonAt, Truth};

/// The nation: the truth, the spoilt databases, and the people whom the demo's procedures are about.
pub(crate) struct Nation {
    truth: Truth,
    registers: Registers,
    tally: Vec<(&'static Fault, usize)>,
    cast: Cast,
    commune: usize,
    seed: u64,
}

impl Nation {
    /// Makes a nation of exactly `persons`, living and dead, as it stands on `today`. Seven of ten live in province 24.
    /// From 2,000 on every part of the demo is cast.
    ///
    /// `today` should be later than 01/07/2025 by some months: people live in communes in force since that day.
    #[must_use]
    pub(crate) fn generate(seed: u64, persons: usize, today: Date) -> Self {
        let mut truth = settle(seed, persons, today);
        let mut registers = Registers::write(&truth, &mut Dice::new(seed, Stream::Registers));
        let mut spoiler = Spoiler::new(Dice::new(seed, Stream::Faults));
        spoil::spoil(&truth, &mut registers, &mut spoiler);
        let commune = casting::biggest_commune(&truth);
        let cast = casting::cast(&mut truth, &mut registers, &mut spoiler, commune);
        let hits = spoiler.counts().iter().map(|count| count.hits);
        let tally = FAULTS.iter().zip(hits).collect();
        Self { truth, registers, tally, cast, commune, seed }
    }

    /// Every table of every database, spoilt.
    #[must_use]
    pub(crate) fn tables(&self) -> Vec<TableRows> {
        let further = further::tables(&self.truth, &self.cast, self.seed);
        self.registers.tables().into_iter().chain(further).collect()
    }

    /// How many cells or rows each fault really hit, in the order of [`FAULTS`], those arranged for the demo included.
    #[must_use]
    pub(crate) fn tally(&self) -> Vec<(&'static Fault, usize)> {
        self.tally.clone()
    }

    /// Everyone as they are in truth.
    #[must_use]
    pub(crate) fn people(&self) -> &[Person] {
        &self.truth.people
    }

    /// Who bears `id`, as they are in truth. Cancelled numbers find nobody.
    #[must_use]
    pub(crate) fn person(&self, id: &PersonId) -> Option<&Person> {
        self.truth.people.iter().find(|person| person.id == *id)
    }

    /// What somebody says of themselves, by the names of the population database: the truth.
    #[must_use]
    pub(crate) fn says(&self, id: &PersonId, member: &str) -> Option<String> {
        let at = self.truth.people.iter().position(|person| person.id == *id)?;
        let row = registers::population_record(&self.truth, PersonAt(at), self.truth.people.get(at)?)?;
        match member {
            "ho_ten" => row.ho_ten,
            "ngay_sinh" => row.ngay_sinh,
            "gioi_tinh" => row.gioi_tinh,
            "thuong_tru_ma" => row.thuong_tru_ma,
            "thuong_tru_dia_chi" => row.thuong_tru_dia_chi,
            "so_ho" => row.so_ho,
            "quan_he_chu_ho" => row.quan_he_chu_ho,
            "tinh_trang_hon_nhan" => row.tinh_trang_hon_nhan,
            "que_quan_ma" => row.que_quan_ma,
            "dan_toc" => row.dan_toc,
            _ => None,
        }
    }

    /// The demo's commune: the one of province 24 with most inhabitants.
    #[must_use]
    pub(crate) fn commune(&self) -> Option<&Commune> {
        self.truth.places.commune(self.commune)
    }

    /// A married couple living in the demo's commune, both alive, whose records have no fault.
    #[must_use]
    pub(crate) fn expecting_couple(&self) -> Option<&ExpectingCouple> {
        self.cast.expecting_couple.as_ref()
    }

    /// An adult of another province whose population address still bears an old unit code.
    #[must_use]
    pub(crate) fn newcomer(&self) -> Option<&Newcomer> {
        self.cast.newcomer.as_ref()
    }

    /// A child of the demo's commune who turns six in this school year, birth registered, in no school.
    #[must_use]
    pub(crate) fn first_grader(&self) -> Option<&FirstGrader> {
        self.cast.first_grader.as_ref()
    }

    /// A parcel to sell whose owner the land register names by the old card and in another spelling.
    #[must_use]
    pub(crate) fn land_sale(&self) -> Option<&LandSale> {
        self.cast.land_sale.as_ref()
    }

    /// A mortgaged or seized parcel: its sale must stop.
    #[must_use]
    pub(crate) fn land_dispute(&self) -> Option<&LandDispute> {
        self.cast.land_dispute.as_ref()
    }

    /// Someone of 22 to 35 in the demo's commune who never married, whose records have no fault.
    #[must_use]
    pub(crate) fn single_adult(&self) -> Option<&SingleAdult> {
        self.cast.single_adult.as_ref()
    }

    /// Someone single in the population database and married in civil status.
    #[must_use]
    pub(crate) fn wrongly_single(&self) -> Option<&WronglySingle> {
        self.cast.wrongly_single.as_ref()
    }

    /// The family of an insured dead whom the insurance believes alive.
    #[must_use]
    pub(crate) fn survivors(&self) -> Option<&Survivors> {
        self.cast.survivors.as_ref()
    }

    /// An adult whose birth record spells the name with a tone elsewhere or without marks.
    #[must_use]
    pub(crate) fn extract_seeker(&self) -> Option<&ExtractSeeker> {
        self.cast.extract_seeker.as_ref()
    }

    /// Someone whose licence ends within half a year and bears a wrong birth date.
    #[must_use]
    pub(crate) fn licence_holder(&self) -> Option<&LicenceHolder> {
        self.cast.licence_holder.as_ref()
    }

    /// Someone whom the insurance still names by a cancelled number.
    #[must_use]
    pub(crate) fn renumbered(&self) -> Option<&Renumbered> {
        self.cast.renumbered.as_ref()
    }

    /// Another couple who expect a child.
    #[must_use]
    pub(crate) fn second_couple(&self) -> Option<&ExpectingCouple> {
        self.cast.second_couple.as_ref()
    }

    /// Those whom the other procedures are about.
    #[must_use]
    pub(crate) fn applicants(&self) -> Option<&Applicants> {
        self.cast.applicants.as_ref()
    }
}

/// The truth alone.
fn settle(seed: u64, persons: usize, today: Date) -> Truth {
    let mut truth = Truth::empty(today);
    let mut dice = Dice::new(seed, Stream::Truth);
    let mut numbers = Numbers::default();
    let names = NameStock::shipped();
    let mut settlers =
        Settlers { truth: &mut truth, dice: &mut dice, numbers: &mut numbers, names, wanted: persons };
    settlers.settle();
    households::gather(&mut truth);
    holdings::hand_out(&mut truth, &mut dice, &mut numbers);
    truth
}
