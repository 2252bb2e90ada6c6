//! The nation as it really is, before any register writes it down.

mod held;

use jiff::civil::Date;
use model::person::{OldId9, PersonId, Sex};

use super::days;
use super::places::{Place, Places};

pub(super) use held::{Licence, Parcel, Policy, Pupil, Scheme, Standing, school_level};

/// Someone who lives in the nation, or died there in the years that its databases cover.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    /// The personal id number in force: `9PP C YY NNNNNN`, see [`Nation`](super::Nation) for why it is nobody's.
    pub(crate) id: PersonId,
    /// Surname, middle and given name, NFC, tone marks where the old orthography puts them ("Hòa").
    pub(crate) name: String,
    /// Day of birth.
    pub(crate) born: Date,
    /// Sex, the one that the number states.
    pub(crate) sex: Sex,
    /// The number of the old card, if this person had one.
    pub(crate) old_id: Option<OldId9>,
    /// A personal id number that was cancelled.
    pub(crate) cancelled: Option<CancelledNumber>,
    /// Day of death.
    pub(crate) died: Option<Date>,
    pub(super) father: Option<PersonAt>,
    pub(super) mother: Option<PersonAt>,
    pub(super) marriage: Option<MarriageAt>,
    /// Where they live; of the dead, where they lived last.
    pub(super) household: HouseholdAt,
    /// Since when they are registered there.
    pub(super) resident_since: Date,
    pub(super) birthplace: Place,
    /// Quê quán: the father's, if he is known.
    pub(super) origin: Place,
    pub(super) ethnicity: &'static str,
    pub(super) religion: &'static str,
    pub(super) telephone: Option<String>,
}

/// A 12-digit number that was taken back when another was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CancelledNumber {
    /// The number.
    pub(crate) id: PersonId,
    /// The day on which it was cancelled and the new one issued.
    pub(crate) day: Date,
    /// `sai_nam_sinh`, `sai_gioi_tinh` or `cap_lai`.
    pub(crate) reason: &'static str,
}

/// A position among the people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PersonAt(pub(super) usize);

/// A position among the households.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HouseholdAt(pub(super) usize);

/// A position among the marriages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MarriageAt(pub(super) usize);

/// A position among the parcels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ParcelAt(pub(super) usize);

/// People at one address.
#[derive(Debug, Clone)]
pub(super) struct Household {
    pub(super) number: String,
    pub(super) place: Place,
    /// House and street, or hamlet: the part of the address below the commune.
    pub(super) line: String,
    pub(super) since: Date,
    /// Whether a married son already stays with his parents.
    pub(super) has_heir: bool,
    /// The living, in order of position. Nobody, if all have died.
    pub(super) members: Vec<PersonAt>,
    pub(super) head: Option<PersonAt>,
}

/// A registered marriage.
#[derive(Debug, Clone)]
pub(super) struct Marriage {
    pub(super) husband: PersonAt,
    pub(super) wife: PersonAt,
    pub(super) day: Date,
    /// Where it was registered.
    pub(super) place: Place,
    /// The couple's household; who leaves after a divorce has another.
    pub(super) home: HouseholdAt,
    pub(super) divorced: Option<Date>,
    pub(super) children: Vec<PersonAt>,
}

/// How a marriage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bond {
    Lasting,
    Divorced,
    EndedByDeath,
}

/// Marital status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Single,
    Married,
    Divorced,
    Widowed,
}

/// All of it.
pub(super) struct Truth {
    pub(super) today: Date,
    pub(super) places: Places,
    pub(super) people: Vec<Person>,
    pub(super) households: Vec<Household>,
    pub(super) marriages: Vec<Marriage>,
    pub(super) parcels: Vec<Parcel>,
    pub(super) policies: Vec<Policy>,
    pub(super) pupils: Vec<Pupil>,
    pub(super) licences: Vec<Licence>,
}

impl Person {
    /// Whether they live.
    #[must_use]
    pub(crate) fn is_alive(&self) -> bool {
        self.died.is_none()
    }

    /// Full years of life on `day`.
    #[must_use]
    pub(crate) fn age_on(&self, day: Date) -> i32 {
        days::age_on(self.born, day)
    }

    /// Whether they lived on `day`.
    pub(super) fn lived_on(&self, day: Date) -> bool {
        self.born <= day && self.died.is_none_or(|died| died > day)
    }
}

impl Truth {
    /// A nation without people.
    pub(super) fn empty(today: Date) -> Self {
        Self {
            today,
            places: Places::shipped(),
            people: Vec::new(),
            households: Vec::new(),
            marriages: Vec::new(),
            parcels: Vec::new(),
            policies: Vec::new(),
            pupils: Vec::new(),
            licences: Vec::new(),
        }
    }

    pub(super) fn person(&self, at: PersonAt) -> Option<&Person> {
        self.people.get(at.0)
    }

    pub(super) fn household(&self, at: HouseholdAt) -> Option<&Household> {
        self.households.get(at.0)
    }

    pub(super) fn marriage(&self, at: MarriageAt) -> Option<&Marriage> {
        self.marriages.get(at.0)
    }

    /// Everyone with their position.
    pub(super) fn everyone(&self) -> impl Iterator<Item = (PersonAt, &Person)> {
        self.people.iter().enumerate().map(|(at, person)| (PersonAt(at), person))
    }

    /// Where `person` lives, or lived last.
    pub(super) fn place_of(&self, person: &Person) -> Option<Place> {
        self.household(person.household).map(|household| household.place)
    }

    /// Husband or wife of a marriage that nobody dissolved; the spouse may be dead.
    pub(super) fn spouse(&self, at: PersonAt) -> Option<PersonAt> {
        let marriage = self.marriage(self.person(at)?.marriage?)?;
        marriage.divorced.is_none().then_some(marriage.other(at))
    }

    /// The children of `at` that the nation knows.
    pub(super) fn children(&self, at: PersonAt) -> &[PersonAt] {
        let marriage = self.person(at).and_then(|person| self.marriage(person.marriage?));
        marriage.map_or(&[], |marriage| &marriage.children)
    }

    /// How a marriage stands today.
    pub(super) fn bond(&self, marriage: &Marriage) -> Bond {
        let lives = |at| self.person(at).is_some_and(Person::is_alive);
        match marriage.divorced {
            Some(_) => Bond::Divorced,
            None if lives(marriage.husband) && lives(marriage.wife) => Bond::Lasting,
            None => Bond::EndedByDeath,
        }
    }

    /// Marital status today, or on the last day of life.
    pub(super) fn status(&self, at: PersonAt) -> Status {
        let own = self.person(at);
        let Some(marriage) = own.and_then(|person| self.marriage(person.marriage?)) else {
            return Status::Single;
        };
        if marriage.divorced.is_some() {
            return Status::Divorced;
        }
        let other_died = self.person(marriage.other(at)).and_then(|other| other.died);
        let own_died = own.and_then(|person| person.died);
        let is_widowed = other_died.is_some_and(|other| own_died.is_none_or(|own| other < own));
        if is_widowed { Status::Widowed } else { Status::Married }
    }
}

impl Marriage {
    /// The other of the two.
    pub(super) fn other(&self, one: PersonAt) -> PersonAt {
        if one == self.husband { self.wife } else { self.husband }
    }
}
