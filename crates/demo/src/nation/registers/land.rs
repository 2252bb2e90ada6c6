//! Database `dat-dai`: parcels. `xa_ma` is the code of `xa_ngay`.

use super::super::days::MERGER;
use super::super::truth::Standing;
use super::super::truth::{ParcelAt, Truth};
use super::record::record;

record! {
    /// A parcel with its certificate and owners.
    ParcelRecord of ParcelAt, "dat-dai" "thua_dat", indexes ["chu_so_giay_to", "dong_chu_so_giay_to"],
    [ma_thua so_to so_thua xa_ma xa_ngay dien_tich_m2 loai_dat so_giay_chung_nhan chu_so_giay_to chu_ho_ten
     dong_chu_so_giay_to tinh_trang ngay_cap]
}

/// Every parcel.
pub(super) fn parcels(truth: &Truth) -> Vec<ParcelRecord> {
    let rows = truth.parcels.iter().enumerate().filter_map(|(at, parcel)| {
        let owner = truth.person(parcel.owner)?;
        let co_owner = parcel.co_owner.and_then(|at| truth.person(at));
        let recorded = parcel.issued.max(MERGER);
        let (whole, tenth) = (parcel.tenths_of_square_metre / 10, parcel.tenths_of_square_metre % 10);
        Some(ParcelRecord {
            of: ParcelAt(at),
            ma_thua: Some(format!("9{:09}", at + 1)),
            so_to: Some(parcel.sheet.to_string()),
            so_thua: Some(parcel.number.to_string()),
            xa_ma: truth.places.code_on(parcel.place, recorded),
            xa_ngay: Some(recorded.to_string()),
            dien_tich_m2: Some(format!("{whole}.{tenth}")),
            loai_dat: Some(parcel.use_sign.to_owned()),
            so_giay_chung_nhan: Some(format!("ZZ {:08}", at + 1)),
            chu_so_giay_to: Some(owner.id.to_string()),
            chu_ho_ten: Some(owner.name.clone()),
            dong_chu_so_giay_to: co_owner.map(|one| one.id.to_string()),
            tinh_trang: Some(standing(parcel.standing).to_owned()),
            ngay_cap: Some(parcel.issued.to_string()),
        })
    });
    rows.collect()
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Free => "binh_thuong",
        Standing::Mortgaged => "the_chap",
        Standing::Disputed => "tranh_chap",
        Standing::Seized => "ke_bien",
    }
}
