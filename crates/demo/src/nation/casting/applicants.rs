//! Parts for people of the procedures that are about no fault in particular: who marries, who is bereaved, who owns the land that they
//! build on. And somebody whose address the population database does not know.

use model::person::{PersonId, Sex};

use super::super::faults::FaultKind;
use super::super::registers::{BirthRecord, InsuranceRecord, PupilRecord};
use super::super::truth::{ParcelAt, Person, PersonAt, Standing, Status};
use super::Casting;

/// What stands where nobody knew an address.
const UNKNOWN_ADDRESS: &str = "không rõ";
/// Months of contributions of whoever is to have a benefit, with room.
const MONTHS: i32 = 24;
/// Grown-ups with no part of their own.
const ADULTS: usize = 9;

/// Somebody, and somebody else whom their case is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    /// Who comes to the desk.
    pub(crate) person: PersonId,
    pub(crate) other: PersonId,
}

/// Somebody with one parcel in their own name, by the number and the commune of today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Landowner {
    pub(crate) person: PersonId,
    /// `ma_thua` of the parcel.
    pub(crate) parcel: String,
    /// The commune's code.
    pub(crate) commune: String,
}

/// All of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Applicants {
    /// A man and a woman who have never been married.
    pub(crate) betrothed: Pair,
    /// Somebody who reports the death of their spouse or parent, who is not entered in any register yet.
    pub(crate) bereaved: Pair,
    /// The same, of somebody who was insured.
    pub(crate) bereaved_of_insured: Pair,
    /// Who is to be the guardian of a child whose father has died.
    pub(crate) guardian: Pair,
    /// Who is to adopt a child.
    pub(crate) adopter: Pair,
    /// A father, and the child whom he acknowledges.
    pub(crate) father: Pair,
    /// A mother with contributions, and her small child.
    pub(crate) mother: Pair,
    /// A parent, and a child who goes to school.
    pub(crate) pupil: Pair,
    /// Somebody of 75 or more without a pension.
    pub(crate) old: PersonId,
    /// A grown-up whose birth is entered.
    pub(crate) entered: PersonId,
    /// Somebody whose address the population database does not know.
    pub(crate) unknown_address: PersonId,
    /// Owners of land.
    pub(crate) landowners: [Landowner; 3],
    /// Grown-ups.
    pub(crate) adults: [PersonId; ADULTS],
}

impl Casting<'_> {
    /// All of them; none if one is missing.
    pub(super) fn applicants(&mut self) -> Option<Applicants> {
        Some(Applicants {
            guardian: self.guardian()?,
            mother: self.insured_mother()?,
            old: self.without_pension()?,
            bereaved_of_insured: self.bereaved(true)?,
            landowners: [self.landowner()?, self.landowner()?, self.landowner()?],
            pupil: self.pupil()?,
            father: self.father()?,
            adopter: self.adopter()?,
            bereaved: self.bereaved(false)?,
            betrothed: Pair {
                person: self.never_married(Sex::Male)?,
                other: self.never_married(Sex::Female)?,
            },
            unknown_address: self.unknown_address()?,
            entered: self.entered()?,
            adults: {
                let found: Vec<PersonId> =
                    std::iter::repeat_with(|| self.bystander()).take(ADULTS).flatten().collect();
                found.try_into().ok()?
            },
        })
    }

    fn never_married(&mut self, sex: Sex) -> Option<PersonId> {
        let at = self.find_clean(|casting, at| {
            let fits = casting.is_free(at)
                && casting.truth.status(at) == Status::Single
                && casting.truth.person(at)?.sex == sex;
            Some(fits && (22..=40).contains(&casting.age(at)?))
        })?;
        self.id(at)
    }

    /// A spouse or a grown-up child of somebody, alive and without a part.
    fn next_of_kin(&self, at: PersonAt) -> Option<PersonAt> {
        let grown_up =
            |child: &&PersonAt| self.is_free(**child) && self.age(**child).is_some_and(|age| age >= 18);
        self.living_spouse(at).or_else(|| self.truth.children(at).iter().find(grown_up).copied())
    }

    fn bereaved(&mut self, insured: bool) -> Option<Pair> {
        let at = self.find_clean(|casting, at| {
            let fits = casting.is_free(at) && casting.age(at)? >= 60 && casting.next_of_kin(at).is_some();
            Some(fits && (!insured || casting.policy(at).is_some()))
        })?;
        let kin = self.next_of_kin(at).or_else(|| self.living_spouse(at))?;
        self.take(kin);
        Some(Pair { person: self.id(kin)?, other: self.id(at)? })
    }

    /// The record of somebody whom the insurance knows rightly.
    fn policy(&self, at: PersonAt) -> Option<&InsuranceRecord> {
        let person = self.truth.person(at)?;
        let row = InsuranceRecord::find(&self.registers.insured, at)?;
        let is_right = row.so_dinh_danh.as_deref() == Some(person.id.as_str())
            && row.ngay_sinh == Some(person.born.to_string());
        is_right.then_some(row)
    }

    fn has_months(&self, at: PersonAt) -> bool {
        let months = self.policy(at).and_then(|row| row.so_thang_dong.as_deref()?.parse::<i32>().ok());
        months.is_some_and(|months| months >= MONTHS)
    }

    /// The record of a birth that names the child and its parents rightly.
    fn birth(&self, at: PersonAt) -> Option<&BirthRecord> {
        let child = self.truth.person(at)?;
        let row = BirthRecord::find(&self.registers.births, at)?;
        let number = |parent: Option<PersonAt>| Some(self.truth.person(parent?)?.id);
        let is_right = row.so_dinh_danh.as_deref() == Some(child.id.as_str())
            && row.cha_so_dinh_danh.as_deref() == number(child.father).as_ref().map(PersonId::as_str)
            && row.me_so_dinh_danh.as_deref() == number(child.mother).as_ref().map(PersonId::as_str);
        is_right.then_some(row)
    }

    /// A child without a part, born so and so long ago, whose birth is entered rightly.
    fn is_child(&self, at: PersonAt, ages: std::ops::RangeInclusive<i32>) -> bool {
        self.is_free(at) && self.age(at).is_some_and(|age| ages.contains(&age)) && self.birth(at).is_some()
    }

    fn guardian(&mut self) -> Option<Pair> {
        let at = self.find_clean(|casting, at| {
            let father = casting.truth.person(casting.truth.person(at)?.father?)?;
            Some(casting.is_child(at, 0..=17) && !father.is_alive())
        })?;
        Some(Pair { other: self.id(at)?, person: self.bystander()? })
    }

    fn adopter(&mut self) -> Option<Pair> {
        let at = self.find_clean(|casting, at| Some(casting.is_child(at, 1..=10)))?;
        Some(Pair { other: self.id(at)?, person: self.bystander()? })
    }

    /// A child of whom this holds, and whose parent has no part.
    fn child_of(
        &mut self,
        parent: impl Fn(&Person) -> Option<PersonAt>,
        fits: impl Fn(&Self, PersonAt, PersonAt) -> bool,
    ) -> Option<Pair> {
        let at = self.find_clean(|casting, at| {
            let of = parent(casting.truth.person(at)?)?;
            Some(casting.is_free(at) && casting.is_free(of) && fits(casting, at, of))
        })?;
        let of = parent(self.truth.person(at)?)?;
        self.take(of);
        Some(Pair { person: self.id(of)?, other: self.id(at)? })
    }

    fn father(&mut self) -> Option<Pair> {
        self.child_of(|child| child.father, |casting, at, _| casting.is_child(at, 0..=13))
    }

    fn insured_mother(&mut self) -> Option<Pair> {
        self.child_of(
            |child| child.mother,
            |casting, at, of| casting.is_child(at, 0..=3) && casting.has_months(of),
        )
    }

    /// The record of a pupil; they stand in the order of the people.
    fn school_record(&self, at: PersonAt) -> Option<&PupilRecord> {
        let found = self.registers.pupils.binary_search_by_key(&at, |row| row.of).ok()?;
        self.registers.pupils.get(found)
    }

    fn pupil(&mut self) -> Option<Pair> {
        self.child_of(
            |child| child.mother,
            |casting, at, _| {
                let (child, row) = (casting.truth.person(at), casting.school_record(at));
                child.zip(row).is_some_and(|(child, row)| {
                    row.so_dinh_danh.as_deref() == Some(child.id.as_str())
                        && row.ngay_sinh == Some(child.born.to_string())
                })
            },
        )
    }

    fn without_pension(&mut self) -> Option<PersonId> {
        let at = self.find_clean(|casting, at| {
            let state = casting.policy(at)?.trang_thai.as_deref();
            Some(casting.is_free(at) && casting.age(at)? >= 75 && state == Some("bao_luu"))
        })?;
        self.id(at)
    }

    fn entered(&mut self) -> Option<PersonId> {
        let at = self.find_clean(|casting, at| Some(casting.is_child(at, 18..=60)))?;
        self.id(at)
    }

    fn unknown_address(&mut self) -> Option<PersonId> {
        let at = self.find_with(FaultKind::Placeholder, |casting, at| {
            let address = casting.registers.people.get(at.0)?.thuong_tru_dia_chi.as_deref()?;
            let may = casting.is_free(at) && (25..=60).contains(&casting.age(at)?);
            may.then_some([UNKNOWN_ADDRESS, "-"].contains(&address))
        })?;
        let row = self.registers.people.get_mut(at.0)?;
        if !row.thuong_tru_dia_chi.as_deref().is_some_and(|address| [UNKNOWN_ADDRESS, "-"].contains(&address))
        {
            row.thuong_tru_dia_chi =
                self.spoiler.arrange(FaultKind::Placeholder, at, Some(UNKNOWN_ADDRESS.to_owned()));
        }
        self.id(at)
    }

    fn landowner(&mut self) -> Option<Landowner> {
        let rank = |at: ParcelAt| {
            let parcel = self.truth.parcels.get(at.0)?;
            let (owner, row) = (self.truth.person(parcel.owner)?, self.registers.parcels.get(at.0)?);
            let today = self.truth.places.commune(parcel.place.commune)?.code.to_string();
            let fits = parcel.standing == Standing::Free
                && self.is_free(parcel.owner)
                && self.truth.places.is_home(parcel.place)
                && row.chu_so_giay_to.as_deref() == Some(owner.id.as_str())
                && row.xa_ma.as_deref() == Some(today.as_str())
                && [&row.dien_tich_m2, &row.loai_dat].into_iter().all(|cell| {
                    cell.as_deref().is_some_and(|text| text.len() > 1 && text != UNKNOWN_ADDRESS)
                });
            let has_faults = !self.spoiler.has_only(parcel.owner, &[]);
            fits.then_some((has_faults, at))
        };
        let is_only = |at: &ParcelAt| {
            let number =
                |at: &ParcelAt| self.registers.parcels.get(at.0).and_then(|row| row.chu_so_giay_to.clone());
            let own = number(at);
            self.registers.parcels.iter().filter(|row| row.chu_so_giay_to == own).count() == 1
        };
        let mut all: Vec<_> = (0..self.truth.parcels.len()).filter_map(|at| rank(ParcelAt(at))).collect();
        all.sort_unstable();
        let (_, at) = all.into_iter().find(|(_, at)| is_only(at))?;
        let owner = self.truth.parcels.get(at.0)?.owner;
        let row = self.registers.parcels.get(at.0)?;
        let found =
            Landowner { person: self.id(owner)?, parcel: row.ma_thua.clone()?, commune: row.xa_ma.clone()? };
        self.take(owner);
        Some(found)
    }
}
