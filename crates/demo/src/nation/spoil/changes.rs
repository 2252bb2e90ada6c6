//! What a fault makes of a record: `None` if the record can't have it, because it isn't so in truth or another fault
//! was there before.

use jiff::civil::Date;

use super::super::days::{self, BEFORE_MERGER, MERGER};
use super::super::dice::Dice;
use super::super::faults::FaultKind;
use super::super::registers::{Cell, InsuranceRecord, ParcelRecord, PopulationRecord, marital_status};
use super::super::spelling;
use super::super::truth::{Parcel, Policy};
use super::super::truth::{Person, PersonAt, Status, Truth};

/// Gives another spelling of a name.
pub(in super::super) type Spell = fn(&str) -> Option<String>;

/// The other spellings of a name with their faults, the rarest to be possible first.
pub(in super::super) const SPELLINGS: [(FaultKind, Spell); 4] = [
    (FaultKind::ToneMoved, spelling::with_tones_moved),
    (FaultKind::NoThi, spelling::without_thi),
    (FaultKind::NoMarks, spelling::without_marks),
    (FaultKind::Capitals, spelling::in_capitals),
];

/// An address as it was before the merger.
pub(in super::super) struct OldAddress {
    origin: Cell,
    pub(in super::super) code: Cell,
    day: Date,
    address: Cell,
}

/// A parcel's commune as it was before the merger.
pub(in super::super) struct OldCommune {
    code: Cell,
    day: Date,
}

/// Another address of the same province.
pub(in super::super) struct FormerAddress {
    pub(in super::super) code: String,
    pub(in super::super) address: String,
}

/// The address of someone who was registered before the merger, as it was written then.
pub(in super::super) fn old_address(truth: &Truth, person: &Person) -> Option<OldAddress> {
    let day = Some(person.resident_since).filter(|day| *day < MERGER)?;
    let home = truth.household(person.household)?;
    Some(OldAddress {
        origin: truth.places.code_on(person.origin, day),
        code: truth.places.code_on(home.place, day),
        day,
        address: truth.places.address_on(home.place, &home.line, day),
    })
}

impl OldAddress {
    /// Whether a row has just this.
    pub(in super::super) fn stands_in(&self, row: &PopulationRecord) -> bool {
        row.thuong_tru_ma == self.code
            && row.thuong_tru_ngay == Some(self.day.to_string())
            && row.thuong_tru_dia_chi == self.address
    }

    /// Puts it into a row.
    pub(in super::super) fn write(self, row: &mut PopulationRecord) {
        row.que_quan_ma = self.origin;
        row.thuong_tru_ma = self.code;
        row.thuong_tru_ngay = Some(self.day.to_string());
        row.thuong_tru_dia_chi = self.address;
    }
}

/// The commune of a parcel whose certificate is from before the merger.
pub(in super::super) fn old_parcel(truth: &Truth, parcel: &Parcel) -> Option<OldCommune> {
    let day = parcel.issued.min(BEFORE_MERGER);
    (parcel.issued == day).then(|| OldCommune { code: truth.places.code_on(parcel.place, day), day })
}

impl OldCommune {
    /// Puts it into a row.
    pub(in super::super) fn write(self, row: &mut ParcelRecord) {
        row.xa_ma = self.code;
        row.xa_ngay = Some(self.day.to_string());
    }
}

/// Somewhere else in the province, where the family of a pupil might have lived before.
pub(in super::super) fn former_address(
    truth: &Truth,
    person: &Person,
    cell: &Cell,
    dice: &mut Dice,
) -> Option<FormerAddress> {
    let home = truth.household(person.household)?;
    if *cell != truth.places.address_on(home.place, &home.line, MERGER) {
        return None;
    }
    let place = truth.places.elsewhere_in_province(home.place, dice);
    Some(FormerAddress {
        code: truth.places.code_on(place, MERGER)?,
        address: truth.places.address_on(place, "Thôn Trung", MERGER)?,
    })
}

/// What the population database believes if it missed the last change.
pub(in super::super) fn stale_status(status: Status) -> Option<Status> {
    match status {
        Status::Single => None,
        Status::Married => Some(Status::Single),
        Status::Divorced | Status::Widowed => Some(Status::Married),
    }
}

/// Puts a stale status into a row.
pub(in super::super) fn write_stale_status(row: &mut PopulationRecord, status: Status) {
    row.tinh_trang_hon_nhan = Some(marital_status(status).to_owned());
    if status == Status::Single {
        row.so_dinh_danh_vo_chong = None;
    }
}

/// The cancelled number of someone whom `cell` names by the number in force.
pub(in super::super) fn cancelled_number(person: &Person, cell: &Cell) -> Option<String> {
    let cancelled = person.cancelled.as_ref()?;
    names(cell, person).then(|| cancelled.id.to_string())
}

/// The old card's number of someone whom `cell` names by the number in force.
pub(in super::super) fn old_number(person: &Person, cell: &Cell) -> Option<String> {
    let old = person.old_id?;
    names(cell, person).then(|| old.to_string())
}

fn names(cell: &Cell, person: &Person) -> bool {
    cell.as_deref() == Some(person.id.as_str())
}

/// Day and month exchanged where that gives another day, else the year off by one.
pub(in super::super) fn wrong_birth_date(person: &Person, cell: &Cell, dice: &mut Dice) -> Option<String> {
    let born = person.born;
    if cell.as_deref() != Some(born.to_string().as_str()) {
        return None;
    }
    let off_by_one = days::years_after(born, dice.one_of(&[-1, 1]));
    let exchanged = Date::new(born.year(), born.day(), born.month()).ok().filter(|day| *day != born);
    let wrong = if dice.chance(600) { exchanged.unwrap_or(off_by_one) } else { off_by_one };
    Some(wrong.to_string())
}

/// The insurance record of someone.
pub(in super::super) fn policy_of(truth: &Truth, at: PersonAt) -> Option<&Policy> {
    let found = truth.policies.binary_search_by_key(&at, |policy| policy.of).ok()?;
    truth.policies.get(found)
}

/// Puts back what the insurance knew before the death.
pub(in super::super) fn write_still_insured(row: &mut InsuranceRecord, policy: &Policy) {
    row.trang_thai = Some(policy.scheme.state().to_owned());
    row.the_tu = Some(policy.card_from.to_string());
    row.the_den = Some(policy.card_to.to_string());
}
