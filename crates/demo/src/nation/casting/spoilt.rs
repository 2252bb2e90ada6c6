//! Parts for people whom a fault concerns: wrongly single, survivors, an extract with another spelling, a licence with
//! a wrong birth date, a cancelled number.

use jiff::civil::Date;
use model::text::{Likeness, likeness};

use super::super::days;
use super::super::faults::FaultKind;
use super::super::registers::{BirthRecord, InsuranceRecord, LicenceRecord};
use super::super::spelling;
use super::super::spoil::changes;
use super::super::truth::{PersonAt, Status};
use super::{Casting, ExtractSeeker, LicenceHolder, Renumbered, Survivors, WronglySingle};

/// A licence that ends within so many days is to be exchanged.
const DAYS_OF_AN_ENDING_LICENCE: i32 = 180;

impl Casting<'_> {
    /// Married in truth and civil status, single in the population database.
    pub(super) fn wrongly_single(&mut self) -> Option<WronglySingle> {
        let at = self.find_with(FaultKind::StaleMarital, |casting, at| {
            let is_married = casting.is_free(at)
                && casting.truth.status(at) == Status::Married
                && casting.living_spouse(at).is_some();
            let status = casting.registers.people.get(at.0)?.tinh_trang_hon_nhan.as_deref();
            is_married.then_some(status == Some("doc_than"))
        })?;
        let row = self.registers.people.get_mut(at.0)?;
        if row.tinh_trang_hon_nhan.as_deref() != Some("doc_than") {
            let stale = changes::stale_status(self.truth.status(at));
            let stale = self.spoiler.arrange(FaultKind::StaleMarital, at, stale)?;
            changes::write_stale_status(row, stale);
        }
        let marriage = self.registers.marriages.get(self.truth.person(at)?.marriage?.0)?;
        Some(WronglySingle {
            person: self.id(at)?,
            spouse: self.id(self.truth.spouse(at)?)?,
            marriage: marriage.so_ket_hon.clone()?,
        })
    }

    /// The family of an insured dead with months paid, whom the insurance believes alive.
    pub(super) fn survivors(&mut self) -> Option<Survivors> {
        let at = self.find_with(FaultKind::DeadStillInsured, |casting, at| {
            let has_months = changes::policy_of(casting.truth, at)?.months_paid > 0;
            let state = casting.insurance(at)?.trang_thai.as_deref();
            (has_months && casting.leaves_family(at)).then_some(state != Some("da_mat"))
        })?;
        let row = InsuranceRecord::find_mut(&mut self.registers.insured, at)?;
        if row.trang_thai.as_deref() == Some("da_mat") {
            let policy = changes::policy_of(self.truth, at);
            let policy = self.spoiler.arrange(FaultKind::DeadStillInsured, at, policy)?;
            changes::write_still_insured(row, policy);
        }
        Some(Survivors {
            insurance: row.so_bhxh.clone()?,
            deceased: self.id(at)?,
            spouse: self.living_spouse(at).and_then(|spouse| self.id(spouse)),
            children: self.minors(at).into_iter().filter_map(|child| self.id(child)).collect(),
        })
    }

    /// Dead, with a living spouse or a living child under 18, and nobody of the household has a part.
    fn leaves_family(&self, at: PersonAt) -> bool {
        let is_open = |household| !self.taken.contains(household);
        let is_dead = self.truth.person(at).is_some_and(|one| !one.is_alive() && is_open(&one.household));
        is_dead && (self.living_spouse(at).is_some() || !self.minors(at).is_empty())
    }

    fn minors(&self, at: PersonAt) -> Vec<PersonAt> {
        let is_minor = |at: PersonAt| {
            self.truth.person(at).is_some_and(|one| one.is_alive() && one.age_on(self.truth.today) < 18)
        };
        self.truth.children(at).iter().copied().filter(|child| is_minor(*child)).collect()
    }

    /// An adult whose birth record has the name with a tone moved or without marks.
    pub(super) fn extract_seeker(&mut self) -> Option<ExtractSeeker> {
        let at = self.find_with(FaultKind::ToneMoved, |casting, at| {
            let name = casting.truth.person(at)?.name.as_str();
            let written = BirthRecord::find(&casting.registers.births, at)?.ho_ten.as_deref()?;
            let is_adult = casting.is_free(at) && casting.age(at)? >= 18;
            let differs = written != name && differs_by_marks(written, name);
            let may_differ = written == name && spelling::with_tones_moved(name).is_some();
            (is_adult && (differs || may_differ)).then_some(differs)
        })?;
        let name = &self.truth.person(at)?.name;
        let row = BirthRecord::find_mut(&mut self.registers.births, at)?;
        if row.ho_ten.as_ref() == Some(name) {
            let moved = spelling::with_tones_moved(name);
            row.ho_ten = Some(self.spoiler.arrange(FaultKind::ToneMoved, at, moved)?);
        }
        Some(ExtractSeeker { birth: row.so_khai_sinh.clone()?, person: self.id(at)? })
    }

    /// Someone whose licence ends within half a year and has a wrong birth date.
    pub(super) fn licence_holder(&mut self) -> Option<LicenceHolder> {
        let today = self.truth.today;
        let soon = today..=days::after(today, DAYS_OF_AN_ENDING_LICENCE);
        let at = self.find_with(FaultKind::WrongBirthDate, |casting, at| {
            let row = LicenceRecord::find(&casting.registers.licences, at)?;
            let ends: Date = row.ngay_het_han.as_deref()?.parse().ok()?;
            let born = casting.truth.person(at)?.born.to_string();
            let fits = casting.is_free(at) && row.so_dinh_danh.is_some() && soon.contains(&ends);
            fits.then_some(row.ngay_sinh != Some(born))
        })?;
        let person = self.truth.person(at)?;
        let row = LicenceRecord::find_mut(&mut self.registers.licences, at)?;
        let wrong = changes::wrong_birth_date(person, &row.ngay_sinh, &mut self.spoiler.dice);
        if let Some(day) = self.spoiler.arrange(FaultKind::WrongBirthDate, at, wrong) {
            row.ngay_sinh = Some(day);
        }
        Some(LicenceHolder { person: person.id, licence: row.so_gplx.clone()? })
    }

    /// An insured adult whom the insurance names by the cancelled number.
    pub(super) fn renumbered(&mut self) -> Option<Renumbered> {
        let at = self.find_with(FaultKind::CancelledId, |casting, at| {
            let person = casting.truth.person(at)?;
            let cancelled = person.cancelled.as_ref()?.id;
            let number = casting.insurance(at)?.so_dinh_danh.as_deref()?;
            let is_adult = casting.is_free(at) && casting.age(at)? >= 18;
            let fits = is_adult && [person.id.as_str(), cancelled.as_str()].contains(&number);
            fits.then_some(number == cancelled.as_str())
        })?;
        let person = self.truth.person(at)?;
        let cancelled = person.cancelled.as_ref()?.id;
        let row = InsuranceRecord::find_mut(&mut self.registers.insured, at)?;
        let number = changes::cancelled_number(person, &row.so_dinh_danh);
        if let Some(number) = self.spoiler.arrange(FaultKind::CancelledId, at, number) {
            row.so_dinh_danh = Some(number);
        }
        Some(Renumbered { person: person.id, cancelled, insurance: row.so_bhxh.clone()? })
    }

    fn insurance(&self, at: PersonAt) -> Option<&InsuranceRecord> {
        InsuranceRecord::find(&self.registers.insured, at)
    }
}

/// Alike but for marks or where they stand; capitals alone don't count.
fn differs_by_marks(a: &str, b: &str) -> bool {
    let is_alike = matches!(likeness(a, b), Likeness::SameSpelledOtherwise | Likeness::SameWithoutMarks);
    is_alike && a.to_lowercase() != b.to_lowercase()
}
