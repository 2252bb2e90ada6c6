//! How someone is born or arrives, and when they die.

use jiff::civil::Date;
use model::person::Sex;

use super::super::days::{self, BEFORE_MERGER};
use super::super::names::surname_of;
use super::super::numbers;
use super::super::places::Place;
use super::super::truth::{HouseholdAt, MarriageAt, Person, PersonAt};
use super::Settlers;

/// Deaths are known from the years in which the databases were kept.
const YEARS_OF_KNOWN_DEATHS: i32 = 12;
/// The last year of birth with an old card: those who turned 14 before the 12-digit card came to all provinces.
const LAST_YEAR_WITH_OLD_CARD: i16 = 2002;

/// What is settled about a person before numbers and names are drawn.
pub(super) struct Draft {
    pub(super) sex: Sex,
    pub(super) born: Date,
    pub(super) birthplace: Place,
    pub(super) household: HouseholdAt,
    pub(super) died: Option<Date>,
    /// Father and mother, if the nation knows them.
    pub(super) parents: Option<(PersonAt, PersonAt)>,
}

impl Draft {
    /// Someone whose parents the nation doesn't know.
    pub(super) fn newcomer(sex: Sex, born: Date, birthplace: Place, household: HouseholdAt) -> Self {
        Self { sex, born, birthplace, household, died: None, parents: None }
    }
}

/// What a child has from the father, and a newcomer by chance.
struct Descent {
    surname: String,
    origin: Place,
    ethnicity: &'static str,
    religion: &'static str,
}

impl Settlers<'_> {
    /// Adds a person with numbers and a name.
    pub(super) fn person(&mut self, draft: Draft) -> PersonAt {
        let at = PersonAt(self.truth.people.len());
        let descent = self.descent(&draft);
        let Draft { sex, born, birthplace, household, died, parents } = draft;
        let province = self.truth.places.province_on(birthplace, BEFORE_MERGER).unwrap_or_default();
        let id = self.numbers.person(province, sex, born, self.dice);
        let had_card = born.year() <= LAST_YEAR_WITH_OLD_CARD && self.dice.chance(920);
        let name = self.names.full_name(&descent.surname, sex, born.year(), self.dice);
        let has_telephone = days::age_on(born, self.truth.today) >= 16 && self.dice.chance(850);
        let home_since = self.truth.household(household).map_or(born, |household| household.since);
        self.truth.people.push(Person {
            id,
            name,
            born,
            sex,
            old_id: had_card.then(|| self.numbers.old_card(self.dice)),
            cancelled: None,
            died,
            father: parents.map(|(father, _)| father),
            mother: parents.map(|(_, mother)| mother),
            marriage: None,
            household,
            resident_since: home_since.max(days::after(born, 20)).min(self.truth.today),
            birthplace,
            origin: descent.origin,
            ethnicity: descent.ethnicity,
            religion: descent.religion,
            telephone: has_telephone.then(|| numbers::telephone(self.dice)),
        });
        at
    }

    fn descent(&mut self, draft: &Draft) -> Descent {
        if let Some(father) = draft.parents.and_then(|(father, _)| self.truth.person(father)) {
            return Descent {
                surname: surname_of(&father.name).to_owned(),
                origin: father.origin,
                ethnicity: father.ethnicity,
                religion: father.religion,
            };
        }
        let minorities = ["Tày", "Nùng", "Sán Dìu", "Sán Chay", "Dao", "Hoa", "Mường", "Thái"];
        let religions = ["Phật giáo", "Phật giáo", "Phật giáo", "Công giáo", "Công giáo", "Tin lành"];
        let is_kinh = self.dice.chance(900);
        let is_secular = self.dice.chance(860);
        Descent {
            surname: self.names.surname(self.dice).to_owned(),
            origin: draft.birthplace,
            ethnicity: if is_kinh { "Kinh" } else { self.dice.one_of(&minorities) },
            religion: if is_secular { "Không" } else { self.dice.one_of(&religions) },
        }
    }

    /// The children of a couple, as many as was usual in the mother's generation, while both live and stay together.
    pub(super) fn bear_all(&mut self, couple: MarriageAt) -> Option<()> {
        let marriage = self.truth.marriage(couple)?;
        let (wife, wedding) = (marriage.wife, marriage.day);
        let count = match self.truth.person(wife)?.born.year() {
            ..=1959 => self.dice.between(2, 5),
            1960..=1979 => self.dice.between(1, 4),
            1980..=1994 => self.dice.between(1, 3),
            _ => self.dice.between(0, 3),
        };
        let mut day = days::after(wedding, self.dice.between(280, 900));
        for _ in 0..count {
            if !self.can_bear(couple, day) {
                break;
            }
            self.bear(couple, day);
            day = days::after(day, self.dice.between(500, 1900));
        }
        Some(())
    }

    /// Whether a child may be born to the couple on `day`, and there is room for it.
    fn can_bear(&self, couple: MarriageAt, day: Date) -> bool {
        let Some(marriage) = self.truth.marriage(couple) else { return false };
        let fits = |at, oldest| {
            let parent = self.truth.person(at);
            parent.is_some_and(|one| one.lived_on(day) && (18..=oldest).contains(&one.age_on(day)))
        };
        // Births of the last two months may not be registered yet: none are made.
        self.has_room(1)
            && day < days::after(self.truth.today, -60)
            && marriage.divorced.is_none_or(|divorced| day < divorced)
            && fits(marriage.husband, 45)
            && fits(marriage.wife, 42)
    }

    /// A child of the couple, born on `day`.
    pub(super) fn bear(&mut self, couple: MarriageAt, day: Date) -> Option<()> {
        let marriage = self.truth.marriage(couple)?;
        let (parents, household) = ((marriage.husband, marriage.wife), marriage.home);
        let birthplace = self.truth.household(household)?.place;
        // 111 boys to 100 girls: the ratio at birth of recent censuses.
        let sex = if self.dice.chance(526) { Sex::Male } else { Sex::Female };
        let parents = Some(parents);
        let child = self.person(Draft { parents, ..Draft::newcomer(sex, day, birthplace, household) });
        self.let_fate_act(child, day);
        self.truth.marriages.get_mut(couple.0)?.children.push(child);
        Some(())
    }

    /// Lets someone die after `not_before`, with a chance by age that makes about 4 % dead over the nation.
    pub(super) fn let_fate_act(&mut self, at: PersonAt, not_before: Date) -> Option<()> {
        let today = self.truth.today;
        let per_mille = match self.truth.person(at)?.age_on(today) {
            ..=14 => 4,
            15..=39 => 10,
            40..=59 => 50,
            60..=74 => 170,
            _ => 400,
        };
        let first = days::after(not_before, 1).max(days::years_after(today, -YEARS_OF_KNOWN_DEATHS));
        let last = days::after(today, -20);
        if first < last && self.dice.chance(per_mille) {
            self.truth.people.get_mut(at.0)?.died = Some(self.dice.day(first, last));
        }
        Some(())
    }
}
