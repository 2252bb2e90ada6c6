//! Database `bao-hiem`: one record an insured person.

use super::super::days::MERGER;
use super::super::truth::Policy;
use super::super::truth::{PersonAt, Truth};
use super::population::sex;
use super::record::record;

record! {
    /// An insured person; the dead stay with the months they paid.
    InsuranceRecord of PersonAt, "bao-hiem" "nguoi_tham_gia", indexes ["so_dinh_danh", "so_cmnd"],
    [so_bhxh so_dinh_danh so_cmnd ho_ten ngay_sinh gioi_tinh ma_the_bhyt noi_kcb the_tu the_den don_vi
     so_thang_dong trang_thai]
}

/// Every policy.
pub(super) fn insured(truth: &Truth) -> Vec<InsuranceRecord> {
    truth.policies.iter().filter_map(|policy| insurance_record(truth, policy)).collect()
}

fn insurance_record(truth: &Truth, policy: &Policy) -> Option<InsuranceRecord> {
    let person = truth.person(policy.of)?;
    let place = truth.place_of(person)?;
    let province = truth.places.province_on(place, MERGER)?;
    let clinic = truth.places.name_on(place, MERGER)?;
    let state = if person.is_alive() { policy.scheme.state() } else { "da_mat" };
    let (from, to) = match person.died {
        None => (policy.card_from, policy.card_to),
        Some(died) => (died.first_of_year(), died),
    };
    Some(InsuranceRecord {
        of: policy.of,
        so_bhxh: Some(policy.number.clone()),
        so_dinh_danh: Some(person.id.to_string()),
        so_cmnd: person.old_id.map(|id| id.to_string()),
        ho_ten: Some(person.name.clone()),
        ngay_sinh: Some(person.born.to_string()),
        gioi_tinh: sex(person.sex),
        ma_the_bhyt: Some(format!("{}{province}{}", policy.scheme.card_sign(), policy.number)),
        noi_kcb: Some(format!("Trạm Y tế {clinic}")),
        the_tu: Some(from.to_string()),
        the_den: Some(to.to_string()),
        don_vi: policy.employer.clone(),
        so_thang_dong: Some(policy.months_paid.to_string()),
        trang_thai: Some(state.to_owned()),
    })
}
