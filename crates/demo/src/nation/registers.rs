//! The agencies' databases, written from the truth without a fault. `spoil` makes them real.
//!
//! Codes of units stand with the day that resolves them: `thuong_tru_ma` and `que_quan_ma` with `thuong_tru_ngay`,
//! `xa_ma` of land with `xa_ngay`, `noi_dang_ky_ma` with `ngay_dang_ky`, `noi_cap_ma` with `ngay_cap`. Addresses and
//! parcels of before 01/07/2025 are converted here: they bear that day and the code of today. `xa_ma` of a pupil is a
//! code of the school year.

mod civil_status;
mod insurance;
mod land;
mod population;
mod record;
mod school;

use super::dice::Dice;
use super::truth::{PersonAt, Truth};

pub(super) use civil_status::{BirthRecord, DeathRecord, MarriageRecord};
pub(super) use insurance::InsuranceRecord;
pub(super) use land::ParcelRecord;
pub(super) use population::{
    CancelledNumberRecord, LicenceRecord, PopulationRecord, marital_status, population_record,
};
pub(super) use school::PupilRecord;

record::found_by_person! { BirthRecord InsuranceRecord LicenceRecord }

/// A cell: text, or NULL.
pub(super) type Cell = Option<String>;

/// A table as a database would hold it, all cells text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableRows {
    /// `dan-cu`, `ho-tich`, `bao-hiem`, `dat-dai`, `giao-duc`, `bao-tro` or `ho-kinh-doanh`.
    pub(crate) database: &'static str,
    /// The table's name.
    pub(crate) name: &'static str,
    /// The column whose cells are all there and all different.
    pub(crate) key: &'static str,
    /// The columns, the key first.
    pub(crate) columns: &'static [&'static str],
    /// Columns that are searched often.
    pub(crate) indexes: &'static [&'static str],
    /// The rows, as many cells as columns; `None` is NULL.
    pub(crate) rows: Vec<Vec<Option<String>>>,
}

/// All tables, with links to the truth that the tables themselves don't hold.
pub(super) struct Registers {
    pub(super) people: Vec<PopulationRecord>,
    pub(super) cancelled: Vec<CancelledNumberRecord>,
    pub(super) licences: Vec<LicenceRecord>,
    pub(super) births: Vec<BirthRecord>,
    pub(super) marriages: Vec<MarriageRecord>,
    pub(super) deaths: Vec<DeathRecord>,
    pub(super) insured: Vec<InsuranceRecord>,
    pub(super) parcels: Vec<ParcelRecord>,
    pub(super) pupils: Vec<PupilRecord>,
}

impl Registers {
    /// Writes everything down.
    pub(super) fn write(truth: &Truth, dice: &mut Dice) -> Self {
        Self {
            people: population::people(truth),
            cancelled: population::cancelled_numbers(truth, dice),
            licences: population::licences(truth),
            births: civil_status::births(truth, dice),
            marriages: civil_status::marriages(truth),
            deaths: civil_status::deaths(truth, dice),
            insured: insurance::insured(truth),
            parcels: land::parcels(truth),
            pupils: school::pupils(truth),
        }
    }

    /// Every table of every database.
    pub(super) fn tables(&self) -> Vec<TableRows> {
        vec![
            PopulationRecord::table(&self.people),
            CancelledNumberRecord::table(&self.cancelled),
            LicenceRecord::table(&self.licences),
            BirthRecord::table(&self.births),
            MarriageRecord::table(&self.marriages),
            DeathRecord::table(&self.deaths),
            InsuranceRecord::table(&self.insured),
            ParcelRecord::table(&self.parcels),
            PupilRecord::table(&self.pupils),
        ]
    }
}
