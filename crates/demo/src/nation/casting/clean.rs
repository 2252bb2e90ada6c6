//! Parts for people whose records say the truth, but for an old unit code.

use model::person::Sex;

use super::super::days;
use super::super::faults::FaultKind;
use super::super::registers::BirthRecord;
use super::super::spoil::changes;
use super::super::truth::{PersonAt, Status};
use super::{Casting, ExpectingCouple, FirstGrader, Newcomer, SingleAdult};

impl Casting<'_> {
    /// A couple of the demo's commune, she between 20 and 40, both known as married.
    pub(super) fn expecting_couple(&mut self) -> Option<ExpectingCouple> {
        let wife = self.find_clean(Self::may_expect)?;
        let (husband, marriage) = (self.truth.spouse(wife)?, self.truth.person(wife)?.marriage?);
        let household = self.truth.household(self.truth.person(wife)?.household)?;
        Some(ExpectingCouple {
            father: self.id(husband)?,
            mother: self.id(wife)?,
            household: household.number.clone(),
            marriage: self.registers.marriages.get(marriage.0)?.so_ket_hon.clone()?,
        })
    }

    fn may_expect(&self, at: PersonAt) -> Option<bool> {
        let husband = self.living_spouse(at)?;
        let (her, him) = (self.truth.person(at)?, self.truth.person(husband)?);
        let is_known = |at: PersonAt| {
            let row = self.registers.people.get(at.0);
            row.is_some_and(|row| row.tinh_trang_hon_nhan.as_deref() == Some("da_ket_hon"))
        };
        let fits = her.sex == Sex::Female
            && her.household == him.household
            && self.lives_in_commune(at)
            && self.is_free(at)
            && is_known(at)
            && is_known(husband)
            && (20..=40).contains(&self.age(at)?)
            && self.age(husband)? <= 45;
        Some(fits)
    }

    /// Someone of another province whose address was not converted; the old code is another than today's.
    pub(super) fn newcomer(&mut self) -> Option<Newcomer> {
        let at = self.find_with(FaultKind::OldUnitPopulation, Self::bears_old_code)?;
        let old = changes::old_address(self.truth, self.truth.person(at)?)?;
        let row = self.registers.people.get_mut(at.0)?;
        if !old.stands_in(row) {
            self.spoiler.arrange(FaultKind::OldUnitPopulation, at, Some(()))?;
            old.write(row);
        }
        Some(Newcomer { old_code: row.thuong_tru_ma.clone()?, person: self.id(at)? })
    }

    fn bears_old_code(&self, at: PersonAt) -> Option<bool> {
        let person = self.truth.person(at)?;
        let old = changes::old_address(self.truth, person)?;
        let code_now = self.truth.places.code_on(self.truth.place_of(person)?, days::MERGER);
        let may_come = self.is_free(at)
            && !self.lives_in_home_province(at)
            && (22..=55).contains(&self.age(at)?)
            && old.code != code_now;
        let stands = old.stands_in(self.registers.people.get(at.0)?);
        may_come.then_some(stands)
    }

    /// A child of the demo's commune who turns six in the year in which the school year began. Leaves the school.
    pub(super) fn first_grader(&mut self) -> Option<FirstGrader> {
        let child = self.find_clean(Self::may_start_school)?;
        self.truth.pupils.retain(|pupil| pupil.of != child);
        self.registers.pupils.retain(|row| row.of != child);
        let person = self.truth.person(child)?;
        let birth = BirthRecord::find(&self.registers.births, child)?;
        Some(FirstGrader {
            child: person.id,
            father: self.id(person.father?)?,
            mother: self.id(person.mother?)?,
            birth: birth.so_khai_sinh.clone()?,
        })
    }

    /// Six years old, living with both parents, and the birth record names all three.
    fn may_start_school(&self, at: PersonAt) -> Option<bool> {
        let child = self.truth.person(at)?;
        let birth = BirthRecord::find(&self.registers.births, at)?;
        let lives_with = |parent| {
            self.truth.person(parent).is_some_and(|one| one.is_alive() && one.household == child.household)
        };
        let fits = child.born.year() == days::school_year(self.truth.today) - 6
            && self.is_free(at)
            && self.lives_in_commune(at)
            && lives_with(child.father?)
            && lives_with(child.mother?)
            && birth.so_dinh_danh.as_deref() == Some(child.id.as_str())
            && birth.cha_so_dinh_danh.is_some()
            && birth.me_so_dinh_danh.is_some();
        Some(fits)
    }

    /// Someone of 22 to 35 in the demo's commune, never married.
    pub(super) fn single_adult(&mut self) -> Option<SingleAdult> {
        let at = self.find_clean(|casting, at| {
            let is_single = casting.lives_in_commune(at)
                && casting.is_free(at)
                && casting.truth.status(at) == Status::Single;
            Some(is_single && (22..=35).contains(&casting.age(at)?))
        })?;
        Some(SingleAdult { person: self.id(at)? })
    }
}
