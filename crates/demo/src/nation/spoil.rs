//! Spoils the registers, record by record, as the coins of [`Spoiler`] fall.
//!
//! No fault hides another, so that the counts are true: values go missing first, and what comes later changes only
//! cells that still say the truth.

pub(super) mod changes;

use super::faults::{FaultKind, Spoiler};
use super::registers::{
    BirthRecord, Cell, DeathRecord, InsuranceRecord, LicenceRecord, MarriageRecord, ParcelRecord,
    PopulationRecord, PupilRecord, Registers,
};
use super::truth::{Person, PersonAt, Truth};

/// Spoils every table.
pub(super) fn spoil(truth: &Truth, registers: &mut Registers, spoiler: &mut Spoiler) {
    let mut work = Work { truth, spoiler };
    for row in &mut registers.people {
        work.population(row);
    }
    for row in &mut registers.licences {
        work.licence(row);
    }
    for row in &mut registers.births {
        work.birth(row);
    }
    for row in &mut registers.marriages {
        work.marriage(row);
    }
    for row in &mut registers.deaths {
        work.death(row);
    }
    for row in &mut registers.insured {
        work.insured(row);
    }
    for row in &mut registers.parcels {
        work.parcel(row);
    }
    for row in &mut registers.pupils {
        work.pupil(row);
    }
}

struct Work<'a> {
    truth: &'a Truth,
    spoiler: &'a mut Spoiler,
}

impl Work<'_> {
    fn population(&mut self, row: &mut PopulationRecord) -> Option<()> {
        let person = self.truth.person(row.of)?;
        let old = changes::old_address(self.truth, person);
        if let Some(old) = self.spoiler.toss(FaultKind::OldUnitPopulation, row.of, old) {
            old.write(row);
        }
        let stale = changes::stale_status(self.truth.status(row.of)).filter(|_| person.is_alive());
        if let Some(status) = self.spoiler.toss(FaultKind::StaleMarital, row.of, stale) {
            changes::write_stale_status(row, status);
        }
        self.missing(
            row.of,
            [&mut row.dan_toc, &mut row.ton_giao, &mut row.que_quan_ma, &mut row.dien_thoai],
        );
        self.placeholder(row.of, [&mut row.ton_giao, &mut row.thuong_tru_dia_chi], []);
        Some(())
    }

    fn licence(&mut self, row: &mut LicenceRecord) -> Option<()> {
        let person = self.truth.person(row.of)?;
        self.missing(row.of, [&mut row.noi_cap_ma, &mut row.so_dinh_danh]);
        self.number(row.of, person, &mut row.so_dinh_danh, None);
        self.birth_date(row.of, person, &mut row.ngay_sinh);
        self.name(row.of, &mut row.ho_ten);
        Some(())
    }

    fn birth(&mut self, row: &mut BirthRecord) -> Option<()> {
        let person = self.truth.person(row.of)?;
        self.missing(row.of, [&mut row.noi_sinh, &mut row.cha_so_dinh_danh, &mut row.me_so_dinh_danh]);
        self.placeholder(row.of, [&mut row.noi_sinh], []);
        self.number(row.of, person, &mut row.so_dinh_danh, None);
        self.name(row.of, &mut row.ho_ten);
        Some(())
    }

    fn marriage(&mut self, row: &mut MarriageRecord) -> Option<()> {
        let marriage = self.truth.marriage(row.of)?;
        self.name(marriage.husband, &mut row.chong_ho_ten);
        self.name(marriage.wife, &mut row.vo_ho_ten);
        self.missing(marriage.husband, [&mut row.noi_dang_ky_ma]);
        Some(())
    }

    fn death(&mut self, row: &mut DeathRecord) {
        self.name(row.of, &mut row.ho_ten);
        self.missing(row.of, [&mut row.nguyen_nhan, &mut row.noi_dang_ky_ma]);
        self.placeholder(row.of, [&mut row.nguyen_nhan], []);
    }

    fn insured(&mut self, row: &mut InsuranceRecord) -> Option<()> {
        let person = self.truth.person(row.of)?;
        self.missing(row.of, [&mut row.noi_kcb, &mut row.so_dinh_danh, &mut row.gioi_tinh]);
        self.placeholder(row.of, [&mut row.noi_kcb], [&mut row.ngay_sinh]);
        let policy = person.died.and_then(|_| changes::policy_of(self.truth, row.of));
        if let Some(policy) = self.spoiler.toss(FaultKind::DeadStillInsured, row.of, policy) {
            changes::write_still_insured(row, policy);
        }
        self.number(row.of, person, &mut row.so_dinh_danh, Some(FaultKind::OldIdInsurance));
        self.birth_date(row.of, person, &mut row.ngay_sinh);
        self.name(row.of, &mut row.ho_ten);
        Some(())
    }

    fn parcel(&mut self, row: &mut ParcelRecord) -> Option<()> {
        let parcel = self.truth.parcels.get(row.of.0)?;
        let person = self.truth.person(parcel.owner)?;
        self.missing(parcel.owner, [&mut row.dien_tich_m2, &mut row.loai_dat, &mut row.dong_chu_so_giay_to]);
        self.placeholder(parcel.owner, [&mut row.loai_dat], [&mut row.ngay_cap]);
        let old = changes::old_parcel(self.truth, parcel);
        if let Some(old) = self.spoiler.toss(FaultKind::OldUnitLand, parcel.owner, old) {
            old.write(row);
        }
        self.number(parcel.owner, person, &mut row.chu_so_giay_to, Some(FaultKind::OldIdLand));
        if let Some((at, co_owner)) = parcel.co_owner.and_then(|at| Some((at, self.truth.person(at)?))) {
            self.number(at, co_owner, &mut row.dong_chu_so_giay_to, Some(FaultKind::OldIdLand));
        }
        self.name(parcel.owner, &mut row.chu_ho_ten);
        Some(())
    }

    fn pupil(&mut self, row: &mut PupilRecord) -> Option<()> {
        let person = self.truth.person(row.of)?;
        self.missing(row.of, [&mut row.so_dinh_danh, &mut row.dia_chi, &mut row.gioi_tinh]);
        self.placeholder(row.of, [&mut row.dia_chi], [&mut row.ngay_sinh]);
        let before = changes::former_address(self.truth, person, &row.dia_chi, &mut self.spoiler.dice);
        if let Some(before) = self.spoiler.toss(FaultKind::StaleAddress, row.of, before) {
            (row.xa_ma, row.dia_chi) = (Some(before.code), Some(before.address));
        }
        self.number(row.of, person, &mut row.so_dinh_danh, None);
        self.birth_date(row.of, person, &mut row.ngay_sinh);
        self.name(row.of, &mut row.ho_ten);
        Some(())
    }

    /// A cancelled number, else the old card's if `old_card` says that this register has them.
    fn number(&mut self, of: PersonAt, person: &Person, cell: &mut Cell, old_card: Option<FaultKind>) {
        let cancelled = changes::cancelled_number(person, cell);
        if let Some(number) = self.spoiler.toss(FaultKind::CancelledId, of, cancelled) {
            *cell = Some(number);
            return;
        }
        let Some(kind) = old_card else { return };
        if let Some(number) = self.spoiler.toss(kind, of, changes::old_number(person, cell)) {
            *cell = Some(number);
        }
    }

    fn birth_date(&mut self, of: PersonAt, person: &Person, cell: &mut Cell) {
        let wrong = changes::wrong_birth_date(person, cell, &mut self.spoiler.dice);
        if let Some(day) = self.spoiler.toss(FaultKind::WrongBirthDate, of, wrong) {
            *cell = Some(day);
        }
    }

    /// One other spelling at most.
    fn name(&mut self, of: PersonAt, cell: &mut Cell) {
        for (kind, spell) in changes::SPELLINGS {
            let other = cell.as_deref().and_then(spell);
            if let Some(name) = self.spoiler.toss(kind, of, other) {
                *cell = Some(name);
                return;
            }
        }
    }

    fn placeholder<const T: usize, const D: usize>(
        &mut self,
        of: PersonAt,
        texts: [&mut Cell; T],
        days: [&mut Cell; D],
    ) {
        let texts = texts.into_iter().map(|cell| (cell, false));
        let mut cells: Vec<_> = texts.chain(days.into_iter().map(|cell| (cell, true))).collect();
        cells.retain(|(cell, _)| cell.is_some());
        let chosen = self.spoiler.dice.index(cells.len());
        let chosen = cells.into_iter().nth(chosen);
        if let Some((cell, is_day)) = self.spoiler.toss(FaultKind::Placeholder, of, chosen) {
            let text = self.spoiler.dice.one_of(&["không rõ", "-"]);
            *cell = Some(if is_day { "1900-01-01" } else { text }.to_owned());
        }
    }

    fn missing<const N: usize>(&mut self, of: PersonAt, cells: [&mut Cell; N]) {
        let filled: Vec<_> = cells.into_iter().filter(|cell| cell.is_some()).collect();
        let chosen = self.spoiler.dice.index(filled.len());
        let chosen = filled.into_iter().nth(chosen);
        if let Some(cell) = self.spoiler.toss(FaultKind::MissingValue, of, chosen) {
            *cell = None;
        }
    }
}
