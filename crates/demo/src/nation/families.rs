//! Makes families: founding couples whose parents nobody recorded, their children, the children's marriages with
//! newcomers, and so on until the nation is full. Each step keeps what a register would later check: parents of 18 to
//! 45 years who live at the birth, spouses near in age and old enough, no birth after a divorce.

mod person;

use std::collections::VecDeque;

use jiff::civil::{Date, date};
use model::person::Sex;

use super::days;
use super::dice::Dice;
use super::names::NameStock;
use super::numbers::Numbers;
use super::places::Place;
use super::truth::{Household, HouseholdAt, Marriage, MarriageAt, PersonAt, Truth};
use person::Draft;

/// Both may be dead only when both would be this old, so that no household is left to children.
const AGE_BOTH_MAY_BE_DEAD: i32 = 65;

/// Fills a nation with families.
pub(super) struct Settlers<'a> {
    pub(super) truth: &'a mut Truth,
    pub(super) dice: &'a mut Dice,
    pub(super) numbers: &'a mut Numbers,
    pub(super) names: NameStock,
    /// How many people there are to be.
    pub(super) wanted: usize,
}

impl Settlers<'_> {
    /// Makes exactly the wanted number of people.
    pub(super) fn settle(&mut self) {
        self.found_those_whom_the_demo_needs();
        while self.has_room(2) {
            let home = self.truth.places.draw(self.dice);
            let year = self.dice.between(-86, -30) + i32::from(self.truth.today.year());
            let couple = self.found_couple(home, year);
            self.raise(couple);
        }
        if self.has_room(1) {
            let home = self.truth.places.draw(self.dice);
            self.found_single(home);
        }
    }

    fn has_room(&self, count: usize) -> bool {
        self.truth.people.len() + count <= self.wanted
    }

    /// Families of the seat that no seed may lack: young couples, a child that starts school, someone unmarried.
    fn found_those_whom_the_demo_needs(&mut self) {
        let today = self.truth.today;
        for _ in 0..3 {
            if !self.has_room(4) {
                return;
            }
            let home = self.truth.places.in_seat(self.dice);
            self.found_single(home);
            let couple = self.found_couple(home, i32::from(today.year()) - 34);
            let year = days::school_year(today) - 6;
            let birthday = self.dice.day(date(year, 1, 10), date(year, 9, 30));
            self.bear(couple, birthday);
        }
    }

    /// A couple that nobody's parents are recorded of. They married when he was about 22 to 25.
    fn found_couple(&mut self, home: Place, husband_year: i32) -> MarriageAt {
        let born = self.day_in(husband_year);
        let age = self.dice.between(22, 25);
        let wedding = self.day_in(husband_year + age);
        let since = self.dice.day(wedding, days::years_after(wedding, 12)).min(self.truth.today);
        let household = self.household(home, since);
        let husband = self.person(Draft { died: None, ..Draft::newcomer(Sex::Male, born, home, household) });
        if husband_year + 60 < i32::from(self.truth.today.year()) {
            self.let_fate_act(husband, wedding);
        }
        self.wed(husband, wedding, household)
    }

    /// Someone of 22 to 30 who lives alone.
    fn found_single(&mut self, home: Place) {
        let year = i32::from(self.truth.today.year()) - self.dice.between(23, 30);
        let born = self.day_in(year);
        let household = self.household(home, days::years_after(born, 20));
        let sex = self.dice.one_of(&[Some(Sex::Female), Some(Sex::Male)]).unwrap_or(Sex::Female);
        self.person(Draft::newcomer(sex, born, home, household));
    }

    /// The couple's children, their marriages, their children, until no one is left who could marry.
    fn raise(&mut self, founders: MarriageAt) {
        let mut couples = VecDeque::from([founders]);
        while let Some(couple) = couples.pop_front() {
            self.divorce_some(couple);
            self.bear_all(couple);
            let children = self.truth.marriage(couple).map(|marriage| marriage.children.clone());
            for child in children.unwrap_or_default() {
                match self.marry(child) {
                    Some(next) => couples.push_back(next),
                    None => {
                        self.move_out_some(child);
                    }
                }
            }
        }
    }

    /// A child's wedding with a newcomer, if the child is old enough and lives to see it.
    fn marry(&mut self, at: PersonAt) -> Option<MarriageAt> {
        let child = self.truth.person(at)?.clone();
        let age = match child.sex {
            Sex::Male => self.dice.between(20, 27) + self.dice.between(0, 6),
            Sex::Female => self.dice.between(18, 24) + self.dice.between(0, 6),
        };
        let wedding = days::after(days::years_after(child.born, age), self.dice.between(1, 360));
        let stays_single = self.dice.chance(70) || !self.has_room(1);
        if stays_single || wedding >= self.truth.today || !child.lived_on(wedding) {
            return None;
        }
        let home = self.home_of_newly_wed(child.household, child.sex, wedding)?;
        Some(self.wed(at, wedding, home))
    }

    /// One son stays with his parents more often than not; the others found a household.
    fn home_of_newly_wed(&mut self, parents: HouseholdAt, sex: Sex, wedding: Date) -> Option<HouseholdAt> {
        let household = self.truth.household(parents)?;
        let (place, is_taken) = (household.place, household.has_heir);
        if sex == Sex::Male && !is_taken && self.dice.chance(450) {
            self.truth.households.get_mut(parents.0)?.has_heir = true;
            return Some(parents);
        }
        let place = self.truth.places.near(place, self.dice);
        let since = self.dice.day(wedding, days::years_after(wedding, 4)).min(self.truth.today);
        Some(self.household(place, since))
    }

    /// Marries `at` to a newcomer of fitting age; both live in `home` from then on.
    fn wed(&mut self, at: PersonAt, wedding: Date, home: HouseholdAt) -> MarriageAt {
        let spouse = self.newcomer_for(at, wedding, home);
        let own_sex = self.truth.person(at).map_or(Sex::Male, |person| person.sex);
        let (husband, wife) = if own_sex == Sex::Male { (at, spouse) } else { (spouse, at) };
        let marriage = MarriageAt(self.truth.marriages.len());
        let place = self.place_of(home);
        let since = self.truth.household(home).map_or(wedding, |household| household.since.max(wedding));
        let children = Vec::new();
        self.truth.marriages.push(Marriage {
            husband,
            wife,
            day: wedding,
            place,
            home,
            divorced: None,
            children,
        });
        for one in [at, spouse] {
            if let Some(person) = self.truth.people.get_mut(one.0) {
                person.marriage = Some(marriage);
                // Who stays where they were keeps the day of their registration.
                if person.household != home || one == spouse {
                    person.resident_since = since;
                }
                person.household = home;
            }
        }
        marriage
    }

    /// A spouse for `at` from outside the known families. One of the two outlives the other, unless both are old.
    fn newcomer_for(&mut self, at: PersonAt, wedding: Date, home: HouseholdAt) -> PersonAt {
        let own = self.truth.person(at).cloned();
        let (own_born, own_sex) = own.as_ref().map_or((wedding, Sex::Male), |own| (own.born, own.sex));
        let (sex, years, legal_age) = match own_sex {
            Sex::Male => (Sex::Female, self.dice.between(-1, 5), 18),
            Sex::Female => (Sex::Male, -self.dice.between(-1, 5), 20),
        };
        let born = days::after(days::years_after(own_born, years), self.dice.between(-180, 180));
        let born = born.min(days::years_after(wedding, -legal_age));
        let place = self.place_of(home);
        let birthplace = self.truth.places.near(place, self.dice);
        let spouse = self.person(Draft { birthplace, ..Draft::newcomer(sex, born, place, home) });
        let today = self.truth.today;
        let is_old = |born| days::age_on(born, today) >= AGE_BOTH_MAY_BE_DEAD;
        let may_die = own.is_none_or(|own| own.is_alive()) || (is_old(born) && is_old(own_born));
        if may_die && days::from_to(wedding, today) > 10 * 365 {
            self.let_fate_act(spouse, wedding);
        }
        spouse
    }

    /// Some marriages of two living people end by divorce; the one who married in leaves.
    fn divorce_some(&mut self, at: MarriageAt) -> Option<()> {
        let marriage = self.truth.marriage(at)?;
        let (husband, wife, wedding) = (marriage.husband, marriage.wife, marriage.day);
        let both_live = self.truth.person(husband)?.is_alive() && self.truth.person(wife)?.is_alive();
        let last = days::after(self.truth.today, -30);
        let first = days::years_after(wedding, 2);
        if !both_live || first >= last || !self.dice.chance(60) {
            return None;
        }
        let day = self.dice.day(first, last);
        self.truth.marriages.get_mut(at.0)?.divorced = Some(day);
        let has_parents = |one| self.truth.person(one).is_some_and(|person| person.father.is_some());
        let leaver = if has_parents(wife) { husband } else { wife };
        self.move_out(leaver, day)
    }

    /// Some of the grown-up and unmarried live on their own.
    fn move_out_some(&mut self, at: PersonAt) -> Option<()> {
        let person = self.truth.person(at)?;
        let of_age = days::years_after(person.born, 24);
        let last = self.truth.today;
        if !person.is_alive() || of_age >= last || !self.dice.chance(300) {
            return None;
        }
        let day = self.dice.day(of_age, last);
        self.move_out(at, day)
    }

    fn move_out(&mut self, at: PersonAt, day: Date) -> Option<()> {
        let place = self.truth.place_of(self.truth.person(at)?)?;
        let place = self.truth.places.near(place, self.dice);
        let household = self.household(place, day);
        let person = self.truth.people.get_mut(at.0)?;
        (person.household, person.resident_since) = (household, day);
        Some(())
    }

    fn place_of(&self, household: HouseholdAt) -> Place {
        self.truth.household(household).map(|household| household.place).unwrap_or_default()
    }

    /// A new household.
    fn household(&mut self, place: Place, since: Date) -> HouseholdAt {
        let at = HouseholdAt(self.truth.households.len());
        let number = format!("9{:08}", at.0 + 1);
        let line = self.line(place);
        let (members, head) = (Vec::new(), None);
        self.truth.households.push(Household { number, place, line, since, has_heir: false, members, head });
        at
    }

    /// The part of the address below the commune.
    fn line(&mut self, place: Place) -> String {
        let is_ward = self.truth.places.commune(place.commune).is_some_and(|commune| commune.is_ward());
        if is_ward {
            let (house, group) = (self.dice.between(1, 240), self.dice.between(1, 18));
            return format!("Số {house}, tổ dân phố {group}");
        }
        let hamlet =
            self.dice.one_of(&["Đông", "Đoài", "Thượng", "Hạ", "Giữa", "Chùa", "Đình", "Mới", "Núi", "Trại"]);
        format!("Thôn {hamlet}")
    }

    fn day_in(&mut self, year: i32) -> Date {
        let first = date(i16::try_from(year).unwrap_or(1900), 1, 1);
        self.dice.day(first, days::after(first, 364))
    }
}
