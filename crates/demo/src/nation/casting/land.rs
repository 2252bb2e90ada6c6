//! Parts for owners of land.

use model::text::{Likeness, likeness};

use super::super::faults::FaultKind;
use super::super::registers::ParcelRecord;
use super::super::spelling;
use super::super::spoil::changes;
use super::super::truth::Standing;
use super::super::truth::{ParcelAt, Person, PersonAt};
use super::{Casting, LandDispute, LandSale};

/// What may be wrong with the owner's records beside the parcel's.
const FAULTS_OF_A_SELLER: [FaultKind; 6] = [
    FaultKind::OldIdLand,
    FaultKind::OldUnitLand,
    FaultKind::OldUnitPopulation,
    FaultKind::ToneMoved,
    FaultKind::NoMarks,
    FaultKind::Capitals,
];

impl Casting<'_> {
    /// A free parcel of the home province whose owner, married and alive, stands there by the old card's number and
    /// under another spelling.
    pub(super) fn land_sale(&mut self) -> Option<LandSale> {
        let rank = |at| {
            let is_named_otherwise = self.is_sold_under_another_name(at)?;
            let has_others = !self.spoiler.has_only(self.truth.parcels.get(at.0)?.owner, &FAULTS_OF_A_SELLER);
            Some(((has_others, !is_named_otherwise), at))
        };
        let (_, at) = self.parcels().filter_map(rank).min_by_key(|(rank, _)| *rank)?;
        self.name_otherwise(at)?;
        let seller = self.truth.parcels.get(at.0)?.owner;
        let spouse = self.living_spouse(seller)?;
        self.take(seller);
        self.take(spouse);
        Some(LandSale {
            parcel: self.record(at)?.ma_thua.clone()?,
            seller: self.id(seller)?,
            spouse: self.id(spouse)?,
            buyer: self.bystander()?,
        })
    }

    /// Whether number and name are spoilt already; `None` if the parcel is unfit, or spoilt so that it can't be used.
    fn is_sold_under_another_name(&self, at: ParcelAt) -> Option<bool> {
        let parcel = self.truth.parcels.get(at.0)?;
        let (owner, row) = (self.truth.person(parcel.owner)?, self.record(at)?);
        let old = owner.old_id?.to_string();
        let (number, name) = (row.chu_so_giay_to.as_deref()?, row.chu_ho_ten.as_deref()?);
        let fits = parcel.standing == Standing::Free
            && self.is_owned_at_home(parcel.owner, at)
            && self.living_spouse(parcel.owner).is_some()
            && [owner.id.as_str(), &old].contains(&number)
            && likeness(&owner.name, name) < Likeness::Other;
        fits.then_some(number == old && name != owner.name)
    }

    /// Spoils what chance left true: the number, the name or both.
    fn name_otherwise(&mut self, at: ParcelAt) -> Option<()> {
        let of = self.truth.parcels.get(at.0)?.owner;
        let owner: &Person = self.truth.person(of)?;
        let row = self.registers.parcels.get_mut(at.0)?;
        let old = changes::old_number(owner, &row.chu_so_giay_to);
        if let Some(number) = self.spoiler.arrange(FaultKind::OldIdLand, of, old) {
            row.chu_so_giay_to = Some(number);
        }
        if row.chu_ho_ten.as_ref() != Some(&owner.name) {
            return Some(());
        }
        let moved = spelling::with_tones_moved(&owner.name);
        let name = match self.spoiler.arrange(FaultKind::ToneMoved, of, moved) {
            Some(name) => name,
            None => self.spoiler.arrange(FaultKind::Capitals, of, spelling::in_capitals(&owner.name))?,
        };
        row.chu_ho_ten = Some(name);
        Some(())
    }

    /// A mortgaged or seized parcel of the home province with a living owner whose records, if possible, have no fault.
    pub(super) fn land_dispute(&mut self) -> Option<LandDispute> {
        let rank = |at: ParcelAt| {
            let parcel = self.truth.parcels.get(at.0)?;
            let is_burdened = matches!(parcel.standing, Standing::Mortgaged | Standing::Seized);
            let has_faults = !self.spoiler.has_only(parcel.owner, &[]);
            (is_burdened && self.is_owned_at_home(parcel.owner, at)).then_some((has_faults, at))
        };
        let (_, at) = self.parcels().filter_map(rank).min()?;
        let owner = self.truth.parcels.get(at.0)?.owner;
        self.take(owner);
        Some(LandDispute {
            parcel: self.record(at)?.ma_thua.clone()?,
            owner: self.id(owner)?,
            buyer: self.bystander()?,
        })
    }

    fn is_owned_at_home(&self, owner: PersonAt, at: ParcelAt) -> bool {
        let parcel = self.truth.parcels.get(at.0);
        self.is_free(owner) && parcel.is_some_and(|parcel| self.truth.places.is_home(parcel.place))
    }

    fn parcels(&self) -> impl Iterator<Item = ParcelAt> + use<> {
        (0..self.truth.parcels.len()).map(ParcelAt)
    }

    fn record(&self, at: ParcelAt) -> Option<&ParcelRecord> {
        self.registers.parcels.get(at.0)
    }
}
