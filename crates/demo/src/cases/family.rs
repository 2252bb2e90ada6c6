//! Survivors' allowance, and an insured person who is known under a cancelled number.

use model::fault::Fault;
use serde_json::{Value, json};

use crate::cases::{Stage, cast};
use crate::dossier::{Case, text};
use crate::processes::step;
use crate::texts;

const PEOPLE: &str = "VN/GOV/G01/dan-cu/nguoi";
const INSURED: &str = "VN/GOV/G24/bao-hiem/nguoi-tham-gia";

pub(super) async fn allow_survivors(stage: &mut Stage<'_>) -> Result<Case, Fault> {
    let family = cast(stage.nation.survivors(), "survivors")?;
    let deceased = family.deceased.to_string();
    let mut dossier = stage.open(false, "tro-cap-tuat", texts::allowance());
    let deaths =
        dossier.find(texts::death(), "VN/GOV/G15/ho-tich/khai-tu", "so_dinh_danh", &deceased).await?;
    let died = deaths
        .first()
        .map(|death| text(death, "ngay_mat").to_owned())
        .ok_or_else(|| step("survivors", "no death is registered"))?;
    let insured = dossier.get(texts::contributions(), INSURED, &family.insurance).await?;
    let state = text(&insured, "trang_thai").to_owned();
    if state != "da_mat" {
        dossier.differs("trang_thai", texts::death_differs(&state, &died));
    }
    let mut relatives = Vec::new();
    if let Some(spouse) = family.spouse {
        let person = dossier.get(texts::spouse_living(), PEOPLE, &spouse.to_string()).await?;
        relatives.push(
            json!({ "so_dinh_danh": spouse, "quan_he": "vo_chong", "ngay_sinh": text(&person, "ngay_sinh") }),
        );
    }
    for child in family.children.iter().take(2) {
        let person = dossier.get(texts::child_under_age(), PEOPLE, &child.to_string()).await?;
        relatives.push(
            json!({ "so_dinh_danh": child, "quan_he": "con", "ngay_sinh": text(&person, "ngay_sinh") }),
        );
    }
    let months = insured.get("so_thang_dong").cloned().unwrap_or(Value::Null);
    let asked = json!({ "so_bhxh": family.insurance, "so_thang_dong": months, "than_nhan": relatives });
    let told = dossier.act(texts::entitled(), "VN/GOV/G24/bao-hiem/tro-cap", "/tinh", asked).await?;
    let count = told.get("so_than_nhan").cloned().unwrap_or_default();
    Ok(dossier.close(texts::allowance_done(&count, &months)))
}

pub(super) async fn find_by_old_number(stage: &mut Stage<'_>) -> Result<Case, Fault> {
    let renumbered = cast(stage.nation.renumbered(), "renumbered")?;
    let (now, cancelled) = (renumbered.person.to_string(), renumbered.cancelled.to_string());
    let mut dossier = stage.open(false, "tro-cap-tuat", texts::reissued());
    let found = dossier.find(texts::insurance_by_number(), INSURED, "so_dinh_danh", &now).await?;
    if !found.is_empty() {
        return Err(step("renumbered", "insurance knows the new number already"));
    }
    dossier.differs("so_dinh_danh", texts::insurance_lacks_number());
    let old = dossier.get(texts::cancelled_number(), "VN/GOV/G01/dan-cu/so-da-huy", &cancelled).await?;
    if text(&old, "so_moi") != now {
        return Err(step("renumbered", "the cancelled number leads to somebody else"));
    }
    let found = dossier.find(texts::insurance_by_cancelled(), INSURED, "so_dinh_danh", &cancelled).await?;
    let insured = found
        .first()
        .map(|insured| text(insured, "so_bhxh").to_owned())
        .ok_or_else(|| step("renumbered", "nothing under the cancelled number"))?;
    Ok(dossier.close(texts::insurance_found(&insured)))
}
