//! What people hold besides their families.

use jiff::civil::Date;

use super::PersonAt;
use crate::nation::places::Place;

/// A driving licence.
#[derive(Debug, Clone)]
pub(in crate::nation) struct Licence {
    pub(in crate::nation) of: PersonAt,
    pub(in crate::nation) number: String,
    pub(in crate::nation) class: &'static str,
    pub(in crate::nation) issued: Date,
    /// Classes for motorcycles don't end.
    pub(in crate::nation) ends: Option<Date>,
}

/// A parcel with a certificate.
#[derive(Debug, Clone)]
pub(in crate::nation) struct Parcel {
    pub(in crate::nation) sheet: usize,
    pub(in crate::nation) number: usize,
    pub(in crate::nation) place: Place,
    pub(in crate::nation) tenths_of_square_metre: u64,
    /// `ONT`, `ODT`, `CLN`, `LUC`: the land register's signs.
    pub(in crate::nation) use_sign: &'static str,
    pub(in crate::nation) owner: PersonAt,
    pub(in crate::nation) co_owner: Option<PersonAt>,
    pub(in crate::nation) standing: Standing,
    pub(in crate::nation) issued: Date,
}

/// Whether a parcel may be sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::nation) enum Standing {
    Free,
    Mortgaged,
    Disputed,
    Seized,
}

/// An insured person's record.
#[derive(Debug, Clone)]
pub(in crate::nation) struct Policy {
    pub(in crate::nation) of: PersonAt,
    pub(in crate::nation) number: String,
    /// What the insurance thinks as long as it hears of no death.
    pub(in crate::nation) scheme: Scheme,
    pub(in crate::nation) months_paid: i32,
    pub(in crate::nation) employer: Option<String>,
    pub(in crate::nation) card_from: Date,
    pub(in crate::nation) card_to: Date,
}

/// How someone is insured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::nation) enum Scheme {
    /// Under six: card `TE`.
    Infant,
    /// 6 to 17: card `HS`.
    Pupil,
    /// Pays through an employer: card `DN`.
    Working,
    /// Months kept, if any; health insurance with the household: card `GD`.
    Paused,
    /// Card `HT`.
    Retired,
}

impl Scheme {
    /// `trang_thai` of the insurance's table.
    pub(in crate::nation) fn state(self) -> &'static str {
        match self {
            Self::Infant | Self::Pupil => "tre_em",
            Self::Working => "dang_dong",
            Self::Paused => "bao_luu",
            Self::Retired => "huong_huu",
        }
    }

    /// The sign and the digit for the share of costs that a card begins with.
    pub(in crate::nation) fn card_sign(self) -> &'static str {
        match self {
            Self::Infant => "TE1",
            Self::Pupil => "HS4",
            Self::Working => "DN4",
            Self::Paused => "GD4",
            Self::Retired => "HT3",
        }
    }
}

/// A pupil in a class.
#[derive(Debug, Clone)]
pub(in crate::nation) struct Pupil {
    pub(in crate::nation) of: PersonAt,
    /// 1 to 12.
    pub(in crate::nation) grade: i16,
    pub(in crate::nation) class: &'static str,
}

/// Sign and name of the kind of school for a grade.
pub(in crate::nation) fn school_level(grade: i16) -> (&'static str, &'static str) {
    match grade {
        ..=5 => ("TH", "Tiểu học"),
        6..=9 => ("THCS", "THCS"),
        _ => ("THPT", "THPT"),
    }
}
